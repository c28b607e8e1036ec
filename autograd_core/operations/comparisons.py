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


_EXAMPLES = {
    "equal": ("(Node([1.0, 2.0, 3.0]) == 2.0).value", "array([False,  True, False])"),
    "not_equal": ("(Node([1.0, 2.0, 3.0]) != 2.0).value", "array([ True, False,  True])"),
    "less": ("(Node([1.0, 2.0, 3.0]) < 2.0).value", "array([ True, False, False])"),
    "less_equal": ("(Node([1.0, 2.0, 3.0]) <= 2.0).value", "array([ True,  True, False])"),
    "greater": ("grad(lambda x: x * (x > 2.0))(3.0)", "np.float64(1.0)"),
    "greater_equal": ("(Node([1.0, 2.0, 3.0]) >= 2.0).value", "array([False,  True,  True])"),
    "logical_and": (
        "np.logical_and(Node([0.0, 1.0, 2.0]), [True, True, False]).value",
        "array([False,  True, False])",
    ),
    "logical_or": (
        "np.logical_or(Node([0.0, 1.0, 2.0]), [True, True, False]).value",
        "array([ True,  True,  True])",
    ),
    "logical_xor": (
        "np.logical_xor(Node([0.0, 1.0, 2.0]), [True, True, False]).value",
        "array([ True, False,  True])",
    ),
    "logical_not": ("np.logical_not(Node([0.0, 1.0, 2.0])).value", "array([ True, False, False])"),
    "bitwise_and": (
        "((Node([1.0, 2.0, 3.0]) > 1.0) & [True, True, False]).value",
        "array([False,  True, False])",
    ),
    "bitwise_or": (
        "((Node([1.0, 2.0, 3.0]) > 2.0) | [True, False, False]).value",
        "array([ True, False,  True])",
    ),
    "bitwise_xor": (
        "((Node([1.0, 2.0, 3.0]) > 1.0) ^ [True, True, False]).value",
        "array([ True, False,  True])",
    ),
    "invert": ("(~np.isnan(Node([1.0, np.nan]))).value", "array([ True, False])"),
    "left_shift": ("(Node([1, 3], requires_grad=False) << 2).value", "array([ 4, 12])"),
    "right_shift": ("(Node([4, 13], requires_grad=False) >> 2).value", "array([1, 3])"),
    "bitwise_count": (
        "np.bitwise_count(Node([3, 8], requires_grad=False)).value",
        "array([2, 1], dtype=uint8)",
    ),
    "gcd": ("np.gcd(Node([12, 7], requires_grad=False), 18).value", "array([6, 1])"),
    "lcm": ("np.lcm(Node([4, 7], requires_grad=False), 6).value", "array([12, 42])"),
    "isnan": ("np.isnan(Node([1.0, np.inf, np.nan])).value", "array([False, False,  True])"),
    "isinf": ("np.isinf(Node([1.0, np.inf, np.nan])).value", "array([False,  True, False])"),
    "isfinite": ("np.isfinite(Node([1.0, np.inf, np.nan])).value", "array([ True, False, False])"),
    "signbit": ("np.signbit(Node([-2.0, -0.0, 0.0])).value", "array([ True,  True, False])"),
    "sign": ("grad(lambda x: x * np.sign(x))(-3.0)", "np.float64(-1.0)"),
    "floor": ("grad(lambda x: x * np.floor(x))(2.5)", "np.float64(2.0)"),
    "ceil": ("grad(lambda x: x * np.ceil(x))(2.5)", "np.float64(3.0)"),
    "trunc": ("grad(lambda x: x * np.trunc(x))(-2.5)", "np.float64(-2.0)"),
    "rint": ("np.rint(Node([0.5, 1.5, 2.4])).value", "array([0., 2., 2.])"),
    "spacing": ("np.spacing(Node([1.0, 2.0])).value / np.finfo(float).eps", "array([1., 2.])"),
    "floor_divide": ("(Node([7.0, -7.0]) // 2.0).value", "array([ 3., -4.])"),
    "round": ("np.round(Node([0.25, 2.71828]), 1).value", "array([0.2, 2.7])"),
    "argsort": ("np.argsort(Node([3.0, 1.0, 2.0])).value", "array([1, 2, 0])"),
    "argpartition": ("np.argpartition(Node([3.0, 1.0, 2.0]), 0).value[0]", "np.int64(1)"),
    "argmax": ("np.argmax(Node([[1.0, 5.0], [4.0, 2.0]]), axis=1).value", "array([1, 0])"),
    "argmin": ("np.argmin(Node([[1.0, 5.0], [4.0, 2.0]]), axis=1).value", "array([0, 1])"),
    "all": ("np.all(Node([[1.0, 5.0], [4.0, 2.0]]) > 1.0, axis=1).value", "array([False,  True])"),
    "any": ("np.any(Node([[1.0, 5.0], [4.0, 2.0]]) > 4.0, axis=1).value", "array([ True, False])"),
}
"""What to call on nodes, and what comes, by the name of the operation."""


def _without_derivative(
    name: str,
    forward: Callable[..., Any],
    arity: int = 1,
    *,
    symbol: str | None = None,
    elementwise: bool = True,
    doc: str,
    sections: str = "",
    also: tuple[str, ...] = (),
    **options: Any,
) -> Operation:
    about = f"{doc} It has no derivative: no gradient passes."
    return Operation(
        name,
        forward,
        rules=(None,) * arity,
        symbol=symbol,
        elementwise=elementwise,
        numpy=existing(name, *also),
        doc="\n\n".join(filter(None, (about, sections, _example(name)))),
        **options,
    )


def _example(name: str) -> str:
    call, result = _EXAMPLES[name]
    imports = ["import numpy as np"] if "np." in call else []
    imports.append(f"from autograd_core import {'grad' if 'grad(' in call else 'Node'}")
    lines = [f">>> {line}" for line in (*imports, call)]
    return "\n".join(["Examples", "--------", *lines, result])


def _whole(names: str, kind: str = "Whole numbers") -> str:
    """The sections of an operation on whole numbers, of one input or of two."""
    several = "," in names
    fit = "broadcast against each other" if several else "of any shape"
    shapes = "\nValueError\n    If the shapes don't fit together." if several else ""
    return (
        f"Parameters\n----------\n{names} : Node or array_like\n    {kind}, {fit}.\n\n"
        "Raises\n------\nTypeError\n    If an input holds others, such as 2.0." + shapes
    )


_ordering = partial(_without_derivative, real_only=True)

equal = _without_derivative("equal", operator.eq, 2, symbol="=", doc="Whether x == y.")
not_equal = _without_derivative("not_equal", operator.ne, 2, symbol="≠", doc="Whether x != y.")
less = _ordering("less", operator.lt, 2, symbol="<", doc="Whether x < y.")
less_equal = _ordering("less_equal", operator.le, 2, symbol="≤", doc="Whether x <= y.")
greater = _ordering("greater", operator.gt, 2, symbol=">", doc="Whether x > y.")
greater_equal = _ordering("greater_equal", operator.ge, 2, symbol="≥", doc="Whether x >= y.")

logical_and = _without_derivative(
    "logical_and", np.logical_and, 2, symbol="∧", doc="Whether both hold."
)
logical_or = _without_derivative(
    "logical_or", np.logical_or, 2, symbol="∨", doc="Whether x or y holds, or both."
)
logical_xor = _without_derivative(
    "logical_xor", np.logical_xor, 2, symbol="⊻", doc="Whether one of them holds."
)
logical_not = _without_derivative(
    "logical_not", np.logical_not, symbol="¬", doc="Whether x does not hold."
)
_masks = _whole("x, y", "Whole numbers or bools")
_whole_numbers = _whole("x, y")
bitwise_and = _without_derivative(
    "bitwise_and",
    np.bitwise_and,
    2,
    symbol="&",
    doc="x & y, bit by bit; of masks: where both hold.",
    sections=_masks,
)
bitwise_or = _without_derivative(
    "bitwise_or",
    np.bitwise_or,
    2,
    symbol="|",
    doc="x | y, bit by bit; of masks: where x or y holds.",
    sections=_masks,
)
bitwise_xor = _without_derivative(
    "bitwise_xor",
    np.bitwise_xor,
    2,
    symbol="^",
    doc="x ^ y, bit by bit; of masks: where just one holds.",
    sections=_masks,
)
invert = _without_derivative(
    "invert",
    np.invert,
    symbol="~",
    doc="~x, bit by bit; of masks: where x does not hold.",
    sections=_whole("x", "Whole numbers or bools"),
    also=("bitwise_not", "bitwise_invert"),
)
left_shift = _without_derivative(
    "left_shift",
    np.left_shift,
    2,
    symbol="<<",
    doc="x << y: x times 2**y.",
    sections=_whole_numbers,
    also=("bitwise_left_shift",),
)
right_shift = _without_derivative(
    "right_shift",
    np.right_shift,
    2,
    symbol=">>",
    doc="x >> y: floor(x / 2**y).",
    sections=_whole_numbers,
    also=("bitwise_right_shift",),
)
bitwise_count = _without_derivative(
    "bitwise_count", np.bitwise_count, doc="How many bits of abs(x) are 1.", sections=_whole("x")
)
gcd = _without_derivative(
    "gcd", np.gcd, 2, doc="The greatest common divisor.", sections=_whole_numbers
)
lcm = _without_derivative(
    "lcm", np.lcm, 2, doc="The lowest common multiple.", sections=_whole_numbers
)
isnan = _without_derivative("isnan", np.isnan, doc="Whether x is nan.")
isinf = _without_derivative("isinf", np.isinf, doc="Whether x is an infinity.")
isfinite = _without_derivative("isfinite", np.isfinite, doc="Whether x is neither inf nor nan.")
signbit = _without_derivative("signbit", np.signbit, doc="Whether the sign of x is negative.")

sign = _ordering(
    "sign", np.sign, doc="-1, 0 or 1, flat between the steps."
)  # of a complex number z / np.abs(z), which is not flat
floor = _without_derivative("floor", np.floor, symbol="⌊ ⌋", doc="The next integer below.")
ceil = _without_derivative("ceil", np.ceil, symbol="⌈ ⌉", doc="The next integer above.")
trunc = _without_derivative("trunc", np.trunc, doc="The next integer towards 0.", also=("fix",))
rint = _without_derivative("rint", np.rint, doc="The nearest integer, at a half the even one.")
spacing = _without_derivative("spacing", np.spacing, doc="How far the next number is from x.")
floor_divide = _without_derivative(
    "floor_divide", operator.floordiv, 2, symbol="//", doc="floor(x / y)."
)


_ROUND = """Parameters
----------
a : Node or array_like
    Numbers, of any shape.
decimals : int, default 0
    How many digits stay behind the point; -1 rounds to tens."""

_ARGSORT = """Parameters
----------
a : Node or array_like
    Real numbers.
axis : int or None, default -1
    Along which axis; None: of the flat array.
kind : {"quicksort", "mergesort", "heapsort", "stable"}, optional
    How to sort; "quicksort" by default.
stable : bool, optional
    Whether entries that tie keep their order.

Returns
-------
Node or ndarray of int
    The index of the smallest entry, of the next, and so on, in the shape of the entries.

Raises
------
TypeError
    If the input does not hold numbers, or holds complex ones.
AxisError
    If there is no such axis."""

_ARGPARTITION = """Parameters
----------
a : Node or array_like
    Real numbers.
kth : int or sequence of int
    Which entry comes into its place, counted from 0; negative ones from the end.
axis : int or None, default -1
    Along which axis; None: of the flat array.
kind : {"introselect"}
    How to choose.

Returns
-------
Node or ndarray of int
    The indices in that order, in the shape of the entries.

Raises
------
TypeError
    If the input does not hold numbers, or holds complex ones.
ValueError
    If there are fewer entries than `kth` asks for, or there is no such axis."""

round = _without_derivative(
    "round",
    np.round,
    options={"decimals": 0},
    doc="The nearest number with so many decimals, at a half the even one.",
    sections=_ROUND,
    also=("around",),
)
argsort = _ordering(
    "argsort",
    np.argsort,
    elementwise=False,
    options={"axis": -1, "kind": None},
    keyword_options={"stable": None},
    doc="The order that sorts the entries along an axis.",
    sections=_ARGSORT,
)
argpartition = _ordering(
    "argpartition",
    np.argpartition,
    elementwise=False,
    options={"kth": 0, "axis": -1, "kind": "introselect"},
    doc="The order that puts the `kth` smallest entry in its place, smaller ones before it.",
    sections=_ARGPARTITION,
)


_ARG = """Parameters
----------
a : Node or array_like
    Real numbers.
axis : int, optional
    Along which axis; by default of the flat array.
keepdims : bool, default False
    Whether the axis stays, with length 1.

Returns
-------
Node, scalar or ndarray of int
    The index of that entry, of the first of those that tie.

Raises
------
TypeError
    If the input does not hold numbers, or holds complex ones.
ValueError
    If there is no entry, or no such axis."""

_LOGICAL = """Parameters
----------
a : Node or array_like
    Bools, or numbers: all but 0 hold.
axis : int or tuple of int, optional
    Along which axes; by default along all.
keepdims : bool, default False
    Whether the axes stay, with length 1.
where : array_like of bool, default True
    Which entries take part, broadcast against a.

Returns
-------
Node, scalar or ndarray of bool
    One for each place along the other axes.

Raises
------
TypeError
    If the input does not hold numbers.
AxisError
    If there is no such axis.

See Also
--------
numpy.{name}, numpy.{ufunc}.reduce : the same on plain numbers."""


def _over_axes(
    name: str, doc: str, sections: str, also: tuple[str, ...] = (), **options: Any
) -> Operation:
    forward = getattr(np, name)
    return _without_derivative(
        name,
        forward,
        elementwise=False,
        doc=doc,
        sections=sections,
        also=also,
        **OVER_AXES,
        **options,
    )


argmax = _over_axes("argmax", "Where the largest entry along an axis stands.", _ARG, real_only=True)
argmin = _over_axes(
    "argmin", "Where the smallest entry along an axis stands.", _ARG, real_only=True
)
all = _over_axes(
    "all",
    "Whether all entries hold.",
    _LOGICAL.format(name="all", ufunc="logical_and"),
    also=("logical_and.reduce",),
)
any = _over_axes(
    "any",
    "Whether any entry holds.",
    _LOGICAL.format(name="any", ufunc="logical_or"),
    also=("logical_or.reduce",),
)


@stands_in_for(np.divmod)
def divmod(x1: Any, x2: Any) -> tuple[Any, Any]:
    """The quotient x // y, which has no derivative, and the remainder x % y.

    Parameters
    ----------
    x1, x2 : Node or array_like
        Real numbers, broadcast against each other.

    Returns
    -------
    quotient : Node, scalar or ndarray
        floor(x1 / x2), in the shape that they have together; no gradient passes.
    remainder : Node, scalar or ndarray
        The rest, with the sign of x2, in the same shape.

    Raises
    ------
    TypeError
        If an input does not hold numbers, or holds complex ones.
    ValueError
        If the shapes don't fit together.

    See Also
    --------
    numpy.divmod : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node(7.5)
    >>> quotient, remainder = np.divmod(x, 2.0)
    >>> remainder.backward()
    >>> quotient.value, remainder.value, x.grad
    (np.float64(3.0), np.float64(1.5), np.float64(1.0))
    """
    return floor_divide(x1, x2), remainder(x1, x2)
