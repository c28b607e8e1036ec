"""What happens when a NumPy function meets a node: the stand-in is called, or a clear error raised.

NumPy asks every argument that has ``__array_ufunc__`` or ``__array_function__`` to take the call
over (NEP 13 and NEP 18). A function without a stand-in is an error: to compute on the plain values
would cut the gradient silently.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from .containers import map_leaves
from .lists import stacking
from .node import Node, raw

STAND_INS: dict[Callable[..., Any], Callable[..., Any]] = {}
"""NumPy function -> operation or function that works on nodes."""

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

    Lists of nodes arrive as one node, unless it `takes_lists`, as those that join arrays do.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        function = function if takes_lists else stacking(function)
        for stood_for in functions:
            STAND_INS[stood_for] = function
        return function

    return register


def _on_demand(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """The stand-in from a part of the table that nobody has needed yet, if there is one."""
    for library in [name for name in _ON_DEMAND if name in sys.modules]:
        importlib.import_module(_ON_DEMAND.pop(library))
    return STAND_INS.get(function)


def call_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: Mapping[str, Any]
) -> Any:
    """`Node.__array_ufunc__`."""
    instead = "np.where(mask, {called}(x), other)" if method == "__call__" else _CHOOSE_FIRST
    options = _without_output_options(_called(ufunc), options, instead)
    function = ufunc if method == "__call__" else getattr(ufunc, method)
    stand_in = STAND_INS.get(function)
    if method in ("reduce", "accumulate"):
        # They work along the first axis unless told; sum and cumsum along all.
        options = {"axis": 0, **options}
    elif method == "reduceat":  # NumPy hands its indices on as an input, and by name once more
        options = {key: value for key, value in options.items() if key != "indices"}
    elif method == "outer":
        x, y = inputs
        inputs = (np.reshape(x, np.shape(x) + (1,) * np.ndim(y)), y)
        function, stand_in = ufunc, STAND_INS.get(ufunc)
    if stand_in is None:
        stand_in = _on_demand(function)
    if stand_in is None and method in METHODS and ufunc in STAND_INS and ufunc.nin == 2:
        stand_in = partial(METHODS[method], ufunc, STAND_INS[ufunc])
    if stand_in is None:
        return _of_constants(function, inputs, options, "at" if method == "at" else None)
    return stand_in(*inputs, **options)


def call_function(
    function: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any]
) -> Any:
    """`Node.__array_function__`."""
    stand_in = STAND_INS.get(function)
    if stand_in is None:
        return _of_constants(function, arguments, options)
    options = _without_output_options(_called(function), options, _CHOOSE_FIRST)
    return stand_in(*arguments, **options)


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


def _called(function: Callable[..., Any]) -> str:
    """How a user spells a NumPy function."""
    name = getattr(function, "__name__", str(function))
    of = getattr(function, "__self__", None)
    if isinstance(of, np.ufunc):
        return f"{_called(of)}.{name}"
    module = getattr(function, "__module__", None) or "numpy"
    return f"{module.replace('numpy', 'np', 1)}.{name}"


_CHOOSE_FIRST = "{called}(np.where(mask, x, other))"
"""What to write for ``where=`` of a reduction."""


def _without_output_options(
    called: str, options: Mapping[str, Any], instead_of_where: str
) -> Mapping[str, Any]:
    """`out=` and `where=` would write into memory that the graph has recorded."""
    if "out" not in options and "where" not in options:
        return options
    for option, unused, advice in (
        (
            "out",
            None,
            "a node's value is never overwritten; write y = {called}(...), or x = x + y for x += y",
        ),
        ("where", True, f"use {instead_of_where} instead"),
    ):
        if options.get(option, unused) is not unused:
            raise TypeError(
                f"{called}({option}=...) can't take nodes: {advice.format(called=called)}"
            )
    return {key: value for key, value in options.items() if key not in ("out", "where")}


def _refused(function: Callable[..., Any], method: str | None = None) -> TypeError:
    advice = REFUSED.get(function if method is None else getattr(np.ufunc, method))
    if advice is None:
        return _not_covered(_called(function))
    return TypeError(f"{_called(function)} can't take nodes: {advice}")


def _not_covered(called: str) -> TypeError:
    covered = {_called(function).rpartition(".")[2]: _called(function) for function in STAND_INS}
    name = called.rpartition(".")[2]
    near = difflib.get_close_matches(name, covered, n=1, cutoff=0.0)[0]
    return TypeError(
        f"{called} is not covered for nodes: its gradient is not known here. The nearest covered "
        f"function is {covered[near]}. To compute on the plain value, without a gradient, pass "
        "node.value"
    )
