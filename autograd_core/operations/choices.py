"""The choice of one of several values: where, the larger, the smaller, the nearest in a range."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..numpy_protocol import existing, stands_in_for
from ..operation import Operation, as_operand, symmetric
from ..ufunc_options import cast
from ..values import is_complex
from .guards import may_hold

__all__ = [
    "clip", "fmax", "fmin", "heaviside", "maximum", "minimum", "nan_to_num", "select", "where",
]  # fmt: skip

where = Operation(
    "where",
    lambda condition, x, y: np.where(condition, x, y),
    rules=(
        None,
        lambda g, out, condition, x, y: np.where(condition, g, 0.0),
        lambda g, out, condition, x, y: np.where(condition, 0.0, g),
    ),
    elementwise=True,
    doc="x where the condition holds, else y. The gradient goes to the one that was taken.",
)


@stands_in_for(np.where)
def _where(condition: Any, *choices: Any) -> Any:
    return where(condition, *choices) if choices else np.nonzero(condition)


@stands_in_for(np.select, takes_lists=True)
def select(condlist: Any, choicelist: Any, default: Any = 0.0) -> Any:
    """Take each entry from the first choice whose condition holds.

    Parameters
    ----------
    condlist : sequence of array_like or Node
        The conditions.
    choicelist : sequence of array_like or Node
        As many choices; the one that was taken gets the gradient.
    default : array_like or Node, default 0.0
        What to take where no condition holds.
    """
    found = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        found = where(condition, choice, found)
    return found


heaviside = Operation(
    "heaviside",
    np.heaviside,
    rules=(None, lambda g, out, x, at_zero: np.where(x == 0, g, 0.0)),
    numpy=(np.heaviside,),
    doc="0 for x < 0, 1 for x > 0, and the second input at 0, which alone gets a gradient.",
)


def _winner(name: str, symbol: str, wins: Callable[[Any, Any], Any], doc: str) -> Operation:
    """An operation that takes one of two entries: `wins` says where the first, if they differ."""

    def rule(g: Any, out: Any, x: Any, y: Any) -> Any:
        part = np.where(x == y, 0.5 * g, np.where(wins(x, y), g, 0.0))
        if may_hold(np.isnan, out):  # nan that was taken has no derivative
            part = np.where(np.isnan(out) & np.isnan(x), math.nan, part)
        return part

    function = getattr(np, name)
    return Operation(
        name,
        function,
        symmetric(rule),
        symbol=symbol,
        real_only=True,
        numpy=(function,),
        doc=doc,
    )


maximum = _winner(
    "maximum",
    "max",
    lambda x, y: x > y,
    "The larger of x and y, entry by entry. It gets the gradient; a tie gives each a half.",
)
minimum = _winner(
    "minimum",
    "min",
    lambda x, y: x < y,
    "The smaller of x and y, entry by entry. It gets the gradient; a tie gives each a half.",
)
fmax = _winner(
    "fmax",
    "max",
    lambda x, y: (x > y) | np.isnan(y),
    "The larger of x and y, a number before nan. Gradient as of `maximum`.",
)
fmin = _winner(
    "fmin",
    "min",
    lambda x, y: (x < y) | np.isnan(y),
    "The smaller of x and y, a number before nan. Gradient as of `minimum`.",
)

_clip_row = Operation(
    "clip",
    lambda x, low, high: np.clip(x, low, high),
    rules=(
        lambda g, out, x, low, high: np.where((x < low) | (x > high), 0.0, g),  # nan passes
        lambda g, out, x, low, high: np.where((x < low) & (low <= high), g, 0.0),
        lambda g, out, x, low, high: np.where((x > high) | (low > high), g, 0.0),
    ),
    elementwise=True,
    real_only=True,
)


@stands_in_for(np.clip)
def clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    *,
    min: Any = None,
    max: Any = None,
    dtype: Any = None,
    casting: str = "same_kind",
) -> Any:
    """Limit the entries to a range.

    The gradient passes where the entry lies in the range, edges included; outside, the edge that
    took its place gets it.

    Parameters
    ----------
    a : array_like or Node
        The entries.
    a_min, a_max : array_like or Node, optional
        The edges; None leaves that side open.
    min, max : array_like or Node, optional
        The same, as the array API standard calls them.
    dtype : dtype, optional
        In which data type to compute.
    casting : str, default "same_kind"
        Which casts to it are allowed.

    Examples
    --------
    >>> from autograd_core import clip, grad
    >>> grad(lambda x: clip(x, 0.0, 1.0))(1.0)
    np.float64(1.0)
    """
    low = min if a_min is None else a_min
    high = max if a_max is None else a_max
    a = as_operand(a)
    if dtype is not None:
        a, low, high = (x if x is None else cast(x, dtype, casting, "clip") for x in (a, low, high))
    least, most = -np.inf, np.inf
    if a.dtype.kind in "iu":
        least, most = np.iinfo(a.dtype).min, np.iinfo(a.dtype).max
    return _clip_row(a, least if low is None else low, most if high is None else high)


@stands_in_for(*existing("nan_to_num"))
def nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """Replace nan and the infinities by numbers; those entries get no gradient.

    Parameters
    ----------
    x : array_like or Node
        The entries.
    copy : bool
        Without meaning here: a node's value is never overwritten.
    nan : float, default 0.0
        What to write for nan.
    posinf, neginf : float, optional
        What to write for the infinities; the largest and the lowest number of the dtype by default.
    """
    x = as_operand(x)
    if is_complex(x):
        parts = (nan_to_num(part, copy, nan, posinf, neginf) for part in (np.real(x), np.imag(x)))
        return next(parts) + 1j * next(parts)
    limits = np.finfo(np.result_type(x))
    x = where(np.isnan(x), nan, x)
    x = where(np.equal(x, np.inf), float(limits.max) if posinf is None else posinf, x)
    return where(np.equal(x, -np.inf), float(limits.min) if neginf is None else neginf, x)
