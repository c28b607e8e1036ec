"""Functions compiled: recorded for each kind of arguments, and run by a back end."""

from __future__ import annotations

import inspect
import sys
import threading
import warnings
from collections.abc import Callable
from functools import update_wrapper
from importlib import import_module
from types import MethodType
from typing import Any

from ..containers import leaves, map_leaves
from ..leaving import belongs_to_a_function
from ..node import Node, raw
from ..recorded import here
from ..values import DIFFERENTIABLE
from .arguments import arrays_of, as_examples, is_input
from .drawn import Draw, repeating
from .executable import Backend, Executable
from .program import Program
from .quick_calls import Again, QuickCall, holds_nan, quick_key

BACKENDS = {"numpy": "numpy_backend", "native": "native", "xla": "xla"}
"""Back ends, and the modules of this package in which they are."""

MOST_SIGNATURES = 8
"""So many programs are kept of one function; what comes then runs eagerly."""


def backend_named(name: str) -> Backend:
    """Return the module of a back end.

    Raises
    ------
    ValueError
        If there is none of that name.
    ImportError
        If what it needs is not installed; the message says what to write.
    """
    if not isinstance(name, str) or name not in BACKENDS:
        raise ValueError(f"expected a back end, {' or '.join(map(repr, BACKENDS))}, got {name!r}")
    module: Any = import_module(f".{BACKENDS[name]}", __package__)
    if hasattr(module, "require"):
        module.require()
    found: Backend = module
    return found


class CompiledFunction:
    """What `compile` returns: called as the function is, it returns numbers and arrays.

    Attributes
    ----------
    backend : str
        The name of the back end.
    programs : list of Program
        What was recorded so far.
    """

    def __init__(self, function: Callable[..., Any], backend: str) -> None:
        self.__name__ = getattr(function, "__name__", type(function).__name__)
        update_wrapper(self, function)
        self._function = function
        self.backend = backend
        self._build = backend_named(backend).build
        self._ready: dict[Any, tuple[Program, Executable]] = {}
        self._quick: dict[Any, QuickCall] = {}
        self._said = False
        self._lock = threading.Lock()

    @property
    def programs(self) -> list[Program]:
        """What was recorded so far, one program for each kind of arguments."""
        return [program for program, _ in self._ready.values()]

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Run the function, compiled for arguments of these shapes and dtypes."""
        if keywords:
            arguments = in_order(self._function, arguments, keywords)
        key, flat = quick_key(arguments)
        quick = self._quick.get(key)
        if quick is not None and not here():
            with self._lock:
                result = quick(flat)
            return (
                self._again(quick.program, arguments, result) if type(result) is Again else result
            )
        if is_inside_of_another(arguments):
            return self._function(*arguments)
        signature = signature_of(arguments)
        with self._lock:  # an executable has buffers of its own
            found = self._ready.get(signature)
            if found is None:
                if len(self._ready) >= MOST_SIGNATURES:
                    self._say_too_many()
                    return eagerly(self._function, arguments)
                program = Program.record(self._function, *arguments)
                found = self._ready[signature] = program, self._build(program)
            program, executable = found
            given = arrays_of(program, arguments)
            drawn = [source() for source in program.sources.values()]
            results = executable(*given, *drawn)
            if key is not None and len(given) == len(flat):
                self._quick[key] = QuickCall(program, executable)
        assert results is not None  # no guard is recorded of a plain function
        if holds_nan(results):
            return self._again(program, arguments, Again(drawn))
        return program.rebuilt(results)

    def _again(self, program: Program, arguments: tuple[Any, ...], again: Again) -> Any:
        """Call the function itself, which draws what the program was given."""
        pairs = zip(again.drawn, program.sources.values(), strict=True)
        with repeating([x for x, source in pairs if isinstance(source, Draw)]):
            return eagerly(self._function, arguments)

    def _say_too_many(self) -> None:
        if not self._said:
            self._said = True
            warnings.warn(
                f"compile({self.__name__}) has met {MOST_SIGNATURES} kinds of arguments and runs "
                "others without compiling. Shapes and dtypes of arrays and the values of whole "
                "numbers, strings and truth values make a kind: pad arrays to few shapes, or give "
                "numbers that change as floats",
                RuntimeWarning,
                stacklevel=3,
            )

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __reduce__(self) -> Any:
        name = getattr(self, "__qualname__", "")
        found: Any = sys.modules.get(self.__module__)
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is self:  # made by @compile: known by its name
            return name
        return CompiledFunction, (self._function, self.backend)  # a copy records anew

    def __repr__(self) -> str:
        return f"<compiled {self.__name__}, backend={self.backend!r}>"


def compile(function: Callable[..., Any], backend: str = "numpy") -> CompiledFunction:
    """Return a function that does the same, recorded at its first call and compiled.

    Parameters
    ----------
    function : callable
        As for `Program.record`.
    backend : {"numpy", "native", "xla"}, default "numpy"
        NumPy calls with planned buffers; C; or XLA, by JAX.

    Returns
    -------
    callable
        It takes numbers, arrays and nodes, and returns numbers and arrays. For other shapes or
        dtypes it records again, up to 8 times.

    Raises
    ------
    RecordingError
        At the first call, where the function can't be recorded; see `Program.record`.
    ImportError
        If the back end is not installed.

    Notes
    -----
    Arrays and nodes from outside of the function are looked at in each call. Other things that it
    reads there, such as a global number or ``self.rate``, are as they were at the first call, and
    so is which array a name stands for: write ``self.weights[...] = new``, or make it an argument.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import compile, value_and_grad
    >>> @compile
    ... @value_and_grad
    ... def energy(x):
    ...     return np.sum(x**2)
    >>> energy(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """
    if not callable(function):
        raise TypeError(
            f"compile() expects a function, got {type(function).__name__}. Write compile(f), or "
            "compile(f, backend='native')"
        )
    return CompiledFunction(function, backend)


def in_order(
    function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[Any, ...]:
    """Return arguments, some of them given by keyword, by their positions.

    Raises
    ------
    TypeError
        If the function takes them in no such way.

    Examples
    --------
    >>> in_order(lambda x, y=2.0, z=3.0: None, (1.0,), {"z": 4.0})
    (1.0, 2.0, 4.0)
    """
    bound = inspect.signature(function).bind(*arguments, **keywords)
    bound.apply_defaults()
    if any(name in bound.kwargs for name in keywords):
        raise TypeError(
            f"a compiled function expects arguments that have a position, got the keywords "
            f"{', '.join(bound.kwargs)}. Write compile(functools.partial(f, "
            f"{next(iter(bound.kwargs))}=...)) for what stays the same"
        )
    return bound.args


def is_inside_of_another(arguments: Any) -> bool:
    """Whether a call is a part of a function that is recorded or differentiated around it."""
    return here() or any(type(x) is Node and belongs_to_a_function(x) for x in leaves(arguments))


def signature_of(arguments: Any) -> Any:
    """What makes two calls the same program: shapes, dtypes, nesting, and all that is no input."""
    nest = map_leaves(_kept, arguments)
    examples = tuple((x.shape, x.dtype) for x in as_examples(arguments))
    return _hashable(nest), examples


def _kept(leaf: Any) -> Any:
    """What a call has in place of an input, or another argument, which belongs to the program."""
    if is_input(leaf):
        return None
    try:
        hash(leaf)
    except TypeError:
        what = f"dtype {leaf.dtype}" if hasattr(leaf, "dtype") else repr(leaf)[:60]
        raise TypeError(
            "a compiled function expects numbers, arrays of numbers, nodes, nested tuples, lists "
            "and dicts of them, and else what never changes and can be hashed, such as strings; "
            f"got {type(leaf).__name__} ({what})"
        ) from None
    return type(leaf), leaf


def _hashable(nest: Any) -> Any:
    if isinstance(nest, dict):
        return ("dict", *((key, _hashable(part)) for key, part in nest.items()))
    if isinstance(nest, (tuple, list)):
        return (type(nest).__name__, *map(_hashable, nest))
    return nest


def eagerly(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Call a function on nodes, as when it is recorded, and return numbers and arrays."""
    given = iter(as_examples(arguments))

    def node_for(leaf: Any) -> Any:
        if not is_input(leaf):
            return leaf
        array = next(given)
        return Node(array, requires_grad=array.dtype.kind in DIFFERENTIABLE)

    return map_leaves(raw, function(*map_leaves(node_for, arguments)))
