"""Comparisons, and other operations without a derivative: rules make their masks of them.

A comparison has no derivative, but it is an operation: when a rule runs on nodes, its mask is
recorded with everything else.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..numpy_protocol import existing, stands_in_for
from ..operation import Operation
from .arithmetic import remainder
from .reductions import OVER_AXES

__all__ = [
    "all", "any", "argmax", "argmin", "argpartition", "argsort", "bitwise_and", "bitwise_count",
    "bitwise_or", "bitwise_xor", "ceil", "divmod", "equal", "floor", "floor_divide", "gcd",
    "greater", "greater_equal", "invert", "isfinite", "isinf", "isnan", "lcm", "left_shift", "less",
    "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor", "not_equal",
    "right_shift", "rint", "round", "sign", "signbit", "spacing", "trunc",
]  # fmt: skip


def _without_derivative(
    name: str,
    forward: Callable[..., Any],
    arity: int = 1,
    *,
    symbol: str | None = None,
    elementwise: bool = True,
    doc: str,
    also: tuple[str, ...] = (),
    **options: Any,
) -> Operation:
    return Operation(
        name,
        forward,
        rules=(None,) * arity,
        symbol=symbol,
        elementwise=elementwise,
        numpy=existing(name, *also),
        doc=f"{doc} It has no derivative: no gradient passes.",
        **options,
    )


_ordering = partial(_without_derivative, real_only=True)

equal = _without_derivative("equal", operator.eq, 2, symbol="=", doc="Whether x == y.")
not_equal = _without_derivative("not_equal", operator.ne, 2, symbol="≠", doc="Whether x != y.")
less = _ordering("less", operator.lt, 2, symbol="<", doc="Whether x < y.")
less_equal = _ordering("less_equal", operator.le, 2, symbol="≤", doc="Whether x <= y.")
greater = _ordering("greater", operator.gt, 2, symbol=">", doc="Whether x > y.")
greater_equal = _ordering("greater_equal", operator.ge, 2, symbol="≥", doc="Whether x >= y.")

logical_and = _without_derivative("logical_and", np.logical_and, 2, symbol="∧", doc="x and y.")
logical_or = _without_derivative("logical_or", np.logical_or, 2, symbol="∨", doc="x or y.")
logical_xor = _without_derivative("logical_xor", np.logical_xor, 2, symbol="⊻", doc="Either, or.")
logical_not = _without_derivative("logical_not", np.logical_not, symbol="¬", doc="not x.")
bitwise_and = _without_derivative("bitwise_and", np.bitwise_and, 2, symbol="&", doc="x & y.")
bitwise_or = _without_derivative("bitwise_or", np.bitwise_or, 2, symbol="|", doc="x | y.")
bitwise_xor = _without_derivative("bitwise_xor", np.bitwise_xor, 2, symbol="^", doc="x ^ y.")
invert = _without_derivative(
    "invert", np.invert, symbol="~", doc="~x.", also=("bitwise_not", "bitwise_invert")
)
left_shift = _without_derivative(
    "left_shift", np.left_shift, 2, symbol="<<", doc="x << y.", also=("bitwise_left_shift",)
)
right_shift = _without_derivative(
    "right_shift", np.right_shift, 2, symbol=">>", doc="x >> y.", also=("bitwise_right_shift",)
)
bitwise_count = _without_derivative("bitwise_count", np.bitwise_count, doc="The bits that are 1.")
gcd = _without_derivative("gcd", np.gcd, 2, doc="The greatest common divisor.")
lcm = _without_derivative("lcm", np.lcm, 2, doc="The lowest common multiple.")
isnan = _without_derivative("isnan", np.isnan, doc="Whether x is nan.")
isinf = _without_derivative("isinf", np.isinf, doc="Whether x is an infinity.")
isfinite = _without_derivative("isfinite", np.isfinite, doc="Whether x is neither inf nor nan.")
signbit = _without_derivative("signbit", np.signbit, doc="Whether the sign of x is negative.")

sign = _ordering(
    "sign", np.sign, doc="-1, 0 or 1. Flat: its derivative is 0 wherever it has one."
)  # of a complex number z / np.abs(z), which is not flat
floor = _without_derivative("floor", np.floor, symbol="⌊ ⌋", doc="The next integer below.")
ceil = _without_derivative("ceil", np.ceil, symbol="⌈ ⌉", doc="The next integer above.")
trunc = _without_derivative("trunc", np.trunc, doc="The next integer towards 0.", also=("fix",))
rint = _without_derivative("rint", np.rint, doc="The nearest integer, even at a half.")
spacing = _without_derivative("spacing", np.spacing, doc="How far the next number is from x.")
floor_divide = _without_derivative(
    "floor_divide", operator.floordiv, 2, symbol="//", doc="floor(x / y)."
)


round = _without_derivative(
    "round",
    np.round,
    options={"decimals": 0},
    doc="The nearest number with so many decimals.",
    also=("around",),
)
argsort = _ordering(
    "argsort",
    np.argsort,
    elementwise=False,
    options={"axis": -1, "kind": None},
    keyword_options={"stable": None},
    doc="The order that sorts the entries along an axis.",
)
argpartition = _ordering(
    "argpartition",
    np.argpartition,
    elementwise=False,
    options={"kth": 0, "axis": -1, "kind": "introselect"},
    doc="The order that puts the `kth` smallest entry in its place, smaller ones before it.",
)


def _over_axes(name: str, doc: str, also: tuple[str, ...] = (), **options: Any) -> Operation:
    options = {**OVER_AXES, **options}
    forward = getattr(np, name)
    return _without_derivative(name, forward, elementwise=False, doc=doc, also=also, **options)


argmax = _over_axes("argmax", "Where the largest entry along an axis stands.", real_only=True)
argmin = _over_axes("argmin", "Where the smallest entry along an axis stands.", real_only=True)
all = _over_axes("all", "Whether all entries hold.", ("logical_and.reduce",))
any = _over_axes("any", "Whether any entry holds.", ("logical_or.reduce",))


@stands_in_for(np.divmod)
def divmod(x1: Any, x2: Any) -> tuple[Any, Any]:
    """The quotient x // y, which has no derivative, and the remainder x % y."""
    return floor_divide(x1, x2), remainder(x1, x2)
