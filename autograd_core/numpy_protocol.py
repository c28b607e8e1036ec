"""What happens when a NumPy function meets a node: the stand-in is called, or a clear error raised.

NumPy asks every argument that has ``__array_ufunc__`` or ``__array_function__`` to take the call
over (NEP 13 and NEP 18). A function without a stand-in is an error: to compute on the plain values
would cut the gradient silently.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .containers import map_leaves
from .lists import stacking
from .node import Node, raw
from .numpy_calls import NOT_GIVEN, as_numpy_calls, is_made_of_python, refuse_out, spelled
from .ufunc_options import call_with_options, cast

LOADED: dict[Callable[..., Any], Callable[..., Any]] = {}
"""NumPy function -> operation or function that works on nodes, in the parts that are loaded."""

if TYPE_CHECKING:
    STAND_INS = LOADED
    """The same of all parts: whoever reads it loads them."""

METHODS: dict[str, Callable[..., Any]] = {}
"""Method of a ufunc -> function of the ufunc, of what stands in for it, and of the arguments."""

REFUSED: dict[Callable[..., Any], str] = {}
"""NumPy function that can't take nodes -> why, and what to write."""
_ON_DEMAND = {"scipy.special": "autograd_core.scipy.special"}
"""Library that someone has imported -> our part of the table for it, until that is loaded."""


def existing(*names: str) -> tuple[Callable[..., Any], ...]:
    """Return the NumPy functions of these names, those that the installed NumPy has.

    Examples
    --------
    >>> [function.__name__ for function in existing("stack", "linalg.det", "not_a_function")]
    ['stack', 'det']
    """
    found = []
    for name in names:
        place: Any = np
        for part in name.split("."):
            place = getattr(place, part, None)
        if place is not None:
            found.append(place)
    return tuple(found)


def stands_in_for(
    *functions: Callable[..., Any], takes_lists: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function that is made of operations for NumPy functions (decorator).

    It is called as they are: what they take besides, see `numpy_calls`, it need not name. Lists of
    nodes arrive as one node, unless it `takes_lists`, as those that join arrays do.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        function = as_numpy_calls(function, functions)
        function = function if takes_lists else stacking(function)
        for stood_for in functions:
            LOADED[stood_for] = function
        return function

    return register


def load_rest() -> None:
    """Load the parts of the table of operations that nobody has needed yet."""
    importlib.import_module("autograd_core.operations").load_rest()


def __getattr__(name: str) -> Any:
    if name == "STAND_INS":
        load_rest()
        return LOADED
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _on_demand(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """The stand-in from a part of the table that nobody has needed yet, if there is one."""
    load_rest()
    for library in [name for name in _ON_DEMAND if name in sys.modules]:
        importlib.import_module(_ON_DEMAND.pop(library))
    return LOADED.get(function)


def call_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: Mapping[str, Any]
) -> Any:
    """`Node.__array_ufunc__`."""
    function = ufunc if method == "__call__" else getattr(ufunc, method)
    stand_in = LOADED.get(function)
    if method == "outer":
        x, y = inputs
        inputs = (np.reshape(x, np.shape(x) + (1,) * np.ndim(y)), y)
        function, stand_in = ufunc, LOADED.get(ufunc)
    if stand_in is None:
        stand_in = _on_demand(function)
    if stand_in is None and method in METHODS and ufunc in LOADED and ufunc.nin == 2:
        stand_in = partial(METHODS[method], ufunc, LOADED[ufunc])
    if stand_in is None:
        return _of_constants(function, inputs, options, "at" if method == "at" else None)
    if options:
        if _asks_for_out(options):
            return _into(function, inputs, options)
        options = _given(options)
    if function is ufunc:
        return call_with_options(ufunc, stand_in, inputs, options) if options else stand_in(*inputs)
    if method == "reduceat":  # NumPy hands its indices on as an input, and by name once more
        options = {key: value for key, value in options.items() if key != "indices"}
    else:  # they work along the first axis unless told; sum and cumsum along all
        options = {"axis": 0, **options}
    dtype = options.pop("dtype", None)
    if dtype is not None:
        inputs = (cast(inputs[0], dtype), *inputs[1:])
    return stand_in(*inputs, **options)


def call_function(
    function: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any]
) -> Any:
    """`Node.__array_function__`."""
    stand_in = LOADED.get(function) or _on_demand(function)
    if stand_in is None:
        return _of_constants(function, arguments, options)
    if options:
        if _asks_for_out(options):
            return _into(function, arguments, options)
        options = _given(options)
    return stand_in(*arguments, **options)


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that somebody gave."""
    return {key: x for key, x in options.items() if x is not NOT_GIVEN and key != "out"}


def _asks_for_out(options: Mapping[str, Any]) -> bool:
    out = options.get("out")
    return any(part is not None for part in (out if isinstance(out, tuple) else (out,)))


def _into(
    function: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any]
) -> Any:
    """What NumPy writes into an array of ``out=``; a gradient would be lost on the way."""

    def plain(x: Any) -> Any:
        if type(x) is Node and x.requires_grad:
            raise refuse_out(spelled(function))
        return raw(x)

    out = options["out"]
    if any(type(part) is Node for part in (out if isinstance(out, tuple) else (out,))):
        raise refuse_out(spelled(function))
    return function(*map_leaves(plain, arguments), **map_leaves(plain, dict(options)))


_WRITE = existing("copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask")
"""NumPy functions that write into the array that they are given first."""


def _of_constants(
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    options: Mapping[str, Any],
    method: str | None = None,
) -> Any:
    """What NumPy alone returns, where no node wants a gradient: then none can be lost."""
    changed = None
    if method == "at" or function in _WRITE:
        changed = next(iter((*arguments, *options.values())), None)

    def plain(x: Any) -> Any:
        if type(x) is Node and (x.requires_grad or x is changed):
            raise _refused(function, method)
        return raw(x)

    return function(*map_leaves(plain, arguments), **map_leaves(plain, dict(options)))


def _refused(function: Callable[..., Any], method: str | None = None) -> TypeError:
    advice = REFUSED.get(function if method is None else getattr(np.ufunc, method))
    if advice is None:
        return _not_covered(function)
    return TypeError(f"{spelled(function)} can't take nodes: {advice}")


def _not_covered(function: Callable[..., Any]) -> TypeError:
    called = spelled(function)
    if is_made_of_python(function):
        return TypeError(
            f"{called} is a function of your own, made for plain numbers: a node's gradient can't "
            "pass through it. Write it in NumPy's functions, or make an Operation with a gradient "
            "rule. To compute on the plain value, without a gradient, pass node.value"
        )
    near = _nearest(function)
    advice = f" The nearest covered function is {near}." if near else ""
    return TypeError(
        f"{called} is not covered for nodes: its gradient is not known here.{advice} To compute on "
        "the plain value, without a gradient, pass node.value"
    )


def _nearest(function: Callable[..., Any]) -> str:
    """The covered function whose name holds this one, or is held by it; mostly there is none.

    Names that are alike in other ways mean other things: gradient and rint, isnat and isnan.
    """
    name = _short(function)
    found = {}
    for other in LOADED:
        shorter, longer = sorted((name, _short(other)), key=len)
        if len(shorter) >= _LEAST and shorter in longer and other is not function:
            found[len(shorter) / len(longer)] = spelled(other)
    return found[max(found)] if found and max(found) > _NEAR else ""


_LEAST = 3
"""Shorter names than this are in many others."""

_NEAR = 0.6
"""How much of the longer name the shorter one has to be."""


def _short(function: Callable[..., Any]) -> str:
    """The name without its module: "eig", "add.reduceat"."""
    of = getattr(function, "__self__", None)
    name = str(getattr(function, "__name__", function)).lstrip("_")
    return f"{of.__name__}.{name}" if isinstance(of, np.ufunc) else name
