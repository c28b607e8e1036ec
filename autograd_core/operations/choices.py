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
    doc="""x where the condition holds, else y. The gradient goes to the one that was taken.

    ``np.where(condition)`` alone gives the places where it holds, as ``np.nonzero`` does.

    Parameters
    ----------
    condition : Node or array_like
        Where to take x, broadcast against the others; it gets no gradient.
    x, y : Node or array_like
        What to take, broadcast against each other.

    See Also
    --------
    numpy.where : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([-1.0, 2.0])
    >>> np.where(x > 0, 3.0 * x, x).sum().backward()
    >>> x.grad
    array([1., 3.])
    """,
)


@stands_in_for(np.where)
def _where(condition: Any, *choices: Any) -> Any:
    return where(condition, *choices) if choices else np.nonzero(condition)


@stands_in_for(np.select, takes_lists=True)
def select(condlist: Any, choicelist: Any, default: Any = 0.0) -> Any:
    """Take each entry from the first choice whose condition holds.

    Parameters
    ----------
    condlist : sequence of Node or array_like of bool
        The conditions; they get no gradient.
    choicelist : sequence of Node or array_like
        As many choices; the one that was taken gets the gradient.
    default : Node or array_like, default 0.0
        What to take where no condition holds.

    Returns
    -------
    Node, scalar or ndarray
        The entries that were taken, in the shape that all have together.

    Raises
    ------
    ValueError
        If there are not as many choices as conditions, or the shapes don't fit together.

    See Also
    --------
    numpy.select : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([-2.0, 0.5, 3.0])
    >>> np.select([x < 0, x < 1], [0.0 * x, x**2], default=2 * x - 1).sum().backward()
    >>> x.grad
    array([0., 1., 2.])
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
    doc="""0 for x < 0, 1 for x > 0, and y at 0, which alone gets a gradient.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.heaviside)(2.0, 0.5), grad(np.heaviside, 1)(0.0, 0.5)
    (np.float64(0.0), np.float64(1.0))
    """,
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
    """The larger of x and y, entry by entry. It gets the gradient; a tie gives each a half.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([-1.0, 0.0, 2.0])
    >>> np.maximum(x, 0.0).sum().backward()
    >>> x.grad
    array([0. , 0.5, 1. ])
    """,
)
minimum = _winner(
    "minimum",
    "min",
    lambda x, y: x < y,
    """The smaller of x and y, entry by entry. It gets the gradient; a tie gives each a half.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([-1.0, 0.0, 2.0])
    >>> np.minimum(x, 0.0).sum().backward()
    >>> x.grad
    array([1. , 0.5, 0. ])
    """,
)
fmax = _winner(
    "fmax",
    "max",
    lambda x, y: (x > y) | np.isnan(y),
    """The larger of x and y, a number before nan. Gradient as of `maximum`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.fmax)(2.0, np.nan)
    (np.float64(2.0), np.float64(1.0))
    """,
)
fmin = _winner(
    "fmin",
    "min",
    lambda x, y: (x < y) | np.isnan(y),
    """The smaller of x and y, a number before nan. Gradient as of `minimum`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.fmin)(2.0, np.nan)
    (np.float64(2.0), np.float64(1.0))
    """,
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
    a : Node or array_like
        The entries.
    a_min, a_max : Node or array_like, optional
        The edges; None leaves that side open.
    min, max : Node or array_like, optional
        The same, as the array API standard calls them.
    dtype : dtype, optional
        In which data type to compute.
    casting : str, default "same_kind"
        Which casts to it are allowed.

    Returns
    -------
    Node, scalar or ndarray
        The limited entries, in the shape that all have together.

    Raises
    ------
    TypeError
        If the entries are complex, or `casting` forbids the cast to `dtype`.
    ValueError
        If the shapes don't fit together, or edges are given in both ways.

    See Also
    --------
    numpy.clip : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([-2.0, 0.5, 1.0])
    >>> y = np.clip(x, 0.0, 1.0)
    >>> y.sum().backward()
    >>> y.value, x.grad
    (array([0. , 0.5, 1. ]), array([0., 1., 1.]))
    """
    if (a_min is not None or a_max is not None) and (min is not None or max is not None):
        raise ValueError("clip expects a_min and a_max, or min= and max=, not some of both")
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
    x : Node or array_like
        The entries.
    copy : bool, default True
        Without meaning here: a node's value is never overwritten.
    nan : float, default 0.0
        What to write for nan.
    posinf, neginf : float, optional
        What to write for the infinities; the largest and the lowest number of the dtype by default.

    Returns
    -------
    Node, scalar or ndarray
        The finite entries, in the same shape.

    See Also
    --------
    numpy.nan_to_num : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, np.nan, np.inf])
    >>> y = np.nan_to_num(x, posinf=9.0)
    >>> y.sum().backward()
    >>> y.value, x.grad
    (array([1., 0., 9.]), array([1., 0., 0.]))
    """
    x = as_operand(x)
    if is_complex(x):
        parts = (nan_to_num(part, copy, nan, posinf, neginf) for part in (np.real(x), np.imag(x)))
        return next(parts) + 1j * next(parts)
    limits = np.finfo(np.result_type(x))
    x = where(np.isnan(x), nan, x)
    x = where(np.equal(x, np.inf), float(limits.max) if posinf is None else posinf, x)
    return where(np.equal(x, -np.inf), float(limits.min) if neginf is None else neginf, x)
