"""Calls as NumPy's functions take them, handed on to functions that take less.

NumPy takes most arguments by position and by name, and among them some that change nothing here,
such as ``overwrite_input=``, and one that nodes can't have: ``out=``.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

NOT_GIVEN: Any = getattr(np, "_NoValue", None)
"""What NumPy hands on for an argument that nobody gave."""

HARMLESS = frozenset({"overwrite_input", "subok", "device", "copy"})
"""Arguments that concern memory alone: a node's value is never overwritten."""

_PLAIN = (bool, int, float, str, type(None))


def spelled(function: Callable[..., Any]) -> str:
    """How a user spells a NumPy function.

    Examples
    --------
    >>> import numpy as np
    >>> spelled(np.linalg.norm), spelled(np.add.reduce)
    ('np.linalg.norm', 'np.add.reduce')
    """
    name = getattr(function, "__name__", str(function))
    of = getattr(function, "__self__", None)
    if isinstance(of, np.ufunc):
        return f"{spelled(of)}.{name}"
    if isinstance(function, np.ufunc):
        public = name.lstrip("_").removesuffix(" (vectorized)")
        home = next((home for home in _HOMES if _lives_in(home, function, public)), "")
        return f"{home.replace('numpy', 'np', 1)}.{public}" if home else public
    module = getattr(function, "__module__", None) or "numpy"
    return f"{module.replace('numpy', 'np', 1)}.{name}"


_HOMES = ("numpy", "scipy.special")
"""Where users find ufuncs, which do not say it themselves."""


def _lives_in(home: str, ufunc: np.ufunc, name: str) -> bool:
    found = getattr(sys.modules.get(home), name, None)
    return found is ufunc or (found is not None and ufunc.__name__ != name)


def is_made_of_python(function: Any) -> bool:
    """Whether a function comes from np.frompyfunc.

    Examples
    --------
    >>> is_made_of_python(np.frompyfunc(max, 2, 1)), is_made_of_python(np.maximum)
    (True, False)
    """
    function = getattr(function, "__self__", function)
    return isinstance(function, np.ufunc) and all(set(t) <= set("O->") for t in function.types)


def refuse_out(called: str) -> TypeError:
    """The error of ``out=``."""
    return TypeError(
        f"{called}(out=...) can't take nodes: a node's value is never overwritten; write "
        f"y = {called}(...), or x = x + y for x += y"
    )


def signature_of(functions: Iterable[Callable[..., Any]]) -> inspect.Signature | None:
    """The signature of the first NumPy function that tells one; ufuncs have rules of their own."""
    for function in functions:
        if isinstance(function, np.ufunc) or isinstance(
            getattr(function, "__self__", None), np.ufunc
        ):
            continue
        try:
            return inspect.signature(function)
        except ValueError:  # written in C
            if function in _UNTOLD:
                return inspect.signature(_UNTOLD[function])
    return None


_UNTOLD: dict[Any, Callable[..., Any]] = {
    np.concatenate: lambda arrays, /, axis=0, out=None, *, dtype=None, casting="same_kind": None,
    np.dot: lambda a, b, out=None: None,
    np.bincount: lambda x, /, weights=None, minlength=0: None,
}
"""NumPy functions with options that tell no signature before NumPy 2.4, and what it is."""


class NumpyCall:
    """A function or an operation, called as NumPy calls its own of that name.

    Parameters
    ----------
    name : str
        The name, for errors.
    function : callable
        What is called: with NumPy's inputs by position, and the rest by name.
    like : inspect.Signature
        The signature of NumPy's function.
    accepted : iterable of str
        The names of the options that `function` takes.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        like: inspect.Signature,
        accepted: Iterable[str],
    ) -> None:
        self.name = name
        self.function = function
        self.like = like
        self.accepted = frozenset(accepted)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Call the function with what NumPy's would read from these arguments."""
        try:
            bound = self.like.bind(*arguments, **options)
        except TypeError as error:
            raise TypeError(f"{self.name}() expects {self.name}{self.like}: {error}") from None
        inputs: list[Any] = []
        given: dict[str, Any] = {}
        for name, value in bound.arguments.items():
            parameter = self.like.parameters[name]
            if parameter.kind is parameter.VAR_POSITIONAL:
                inputs.extend(value)
            elif parameter.kind is parameter.VAR_KEYWORD:
                given.update(value)
            elif parameter.default is parameter.empty:
                inputs.append(value)
            else:
                given[name] = value
        return self.function(*inputs, **self._wanted(given))

    def _wanted(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The options that the function takes; the others must not ask for anything."""
        wanted = {}
        for name, value in given.items():
            if value is NOT_GIVEN:
                continue
            if name in self.accepted:
                wanted[name] = value
            elif name == "out" and value is not None:
                raise refuse_out(self.name)
            elif name not in HARMLESS and not self._is_default(name, value):
                covered = ", ".join(f"{option}=" for option in sorted(self.accepted)) or "none"
                raise TypeError(
                    f"{self.name}({name}=...) is not covered for nodes. Covered options are: "
                    f"{covered}"
                )
        return wanted

    def _is_default(self, name: str, value: Any) -> bool:
        if name not in self.like.parameters:
            return False
        default = self.like.parameters[name].default
        return value is default or (
            type(value) is type(default) and isinstance(value, _PLAIN) and value == default
        )


def as_numpy_calls(
    function: Callable[..., Any], functions: Iterable[Callable[..., Any]]
) -> Callable[..., Any]:
    """Return `function`, able to take all that NumPy's of these takes by position and by name.

    What it takes itself goes to it at once.
    """
    ready: Callable[..., Any] | None = None

    @functools.wraps(function)
    def taking_more(*arguments: Any, **options: Any) -> Any:
        nonlocal ready
        if ready is None:  # not before: reading all signatures would take half of the import
            ready = _taking_more(function, functions)
        return ready(*arguments, **options)

    return taking_more


def _taking_more(
    function: Callable[..., Any], functions: Iterable[Callable[..., Any]]
) -> Callable[..., Any]:
    like = signature_of(functions)
    ours = inspect.signature(function).parameters
    variadic = any(p.kind is p.VAR_KEYWORD for p in ours.values())
    if like is None or variadic or _takes_all(ours, like.parameters):
        return function
    inputs = [p.name for p in like.parameters.values() if p.default is p.empty]
    accepted = frozenset(p.name for p in ours.values() if p.default is not p.empty)
    own = frozenset(p.name for p in ours.values() if p.kind is not p.POSITIONAL_ONLY)
    safe = _alike_in_front(ours, like.parameters, len(inputs))
    numpy_call = NumpyCall(function.__name__, function, like, accepted)

    def call(*arguments: Any, **options: Any) -> Any:
        if len(arguments) <= safe and options.keys() <= own:
            return function(*arguments, **options)
        return numpy_call(*arguments, **options)

    return call


def _takes_all(
    ours: Mapping[str, inspect.Parameter], theirs: Mapping[str, inspect.Parameter]
) -> bool:
    """Whether a function takes all that NumPy's takes, in the same places."""
    places = [p.name for p in theirs.values() if p.kind is not p.KEYWORD_ONLY]
    return [p.name for p in ours.values() if p.kind is not p.KEYWORD_ONLY][
        : len(places)
    ] == places and set(theirs) <= set(ours)


def _alike_in_front(
    ours: Mapping[str, inspect.Parameter], theirs: Mapping[str, inspect.Parameter], inputs: int
) -> int:
    """How many arguments by position mean the same to both."""
    number = 0
    for mine, other in zip(ours.values(), theirs.values(), strict=False):
        if mine.kind is mine.VAR_POSITIONAL:
            return 10**6
        if mine.kind is mine.KEYWORD_ONLY or (number >= inputs and mine.name != other.name):
            break
        number += 1
    return number
