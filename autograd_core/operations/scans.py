"""Scans: running sums and products, differences, and the area under a curve."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..errors import refuse_complex
from ..node import constant, held
from ..numpy_protocol import existing, stands_in_for
from ..operation import Operation, as_operand
from ..signature import plain_option
from ..ufunc_options import cast
from ..values import DIFFERENTIABLE
from .indexing import along, getitem
from .interpolation import lerp
from .shaping import astype, ravel, reshape

__all__ = [
    "cumprod", "cumsum", "cumulative_prod", "cumulative_sum", "diff", "ediff1d", "interp",
    "linspace", "trapezoid",
]  # fmt: skip


def _cumsum_rule(g: Any, out: Any, x: Any, axis: Any) -> Any:
    axis = 0 if axis is None else axis  # without an axis the result is flat
    total = np.flip(np.cumsum(np.flip(g, axis), axis), axis)
    return np.reshape(total, np.shape(x))


cumsum = Operation(
    "cumsum",
    np.cumsum,
    rules=(_cumsum_rule,),
    options={"axis": None},
    numpy=(np.cumsum, np.add.accumulate),
    doc="""Running sums along `axis`, or of the flat array. Each gets the gradients from there on.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int, optional
        Along which axis; by default of the flat array.
    dtype : dtype, optional
        In which data type to add them up.

    Returns
    -------
    Node or ndarray
        As many entries, in the same shape; without `axis` flat.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    AxisError
        If there is no such axis.

    See Also
    --------
    numpy.cumsum, numpy.add.accumulate : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0, 3.0])
    >>> y = np.cumsum(x)
    >>> y.sum().backward()
    >>> y.value, x.grad  # the first entry is in all three sums
    (array([1., 3., 6.]), array([3., 2., 1.]))
    """,
)


def weighted_from_here(g: Any, factor: Any) -> Any:
    """S with s[i] = g[i] + factor[i + 1] * s[i + 1] along the last axis, in log2(n) steps.

    After the step of width w, s holds the terms up to i + w, and `weight` the product of the
    factors that lead there.
    """
    total = g
    weight = factor[..., 1:]  # nothing is multiplied beyond the end: a factor may be infinite
    width = 1
    while width < g.shape[-1]:
        nearer = total[..., :-width] + weight * total[..., width:]
        total = np.concatenate([nearer, total[..., -width:]], axis=-1)
        weight = weight[..., :-width] * weight[..., width:]
        width *= 2
    return total


def _cumprod_rule(g: Any, out: Any, x: Any, axis: Any) -> Any:
    if axis is None or not np.ndim(x):
        g, out, flat, axis = np.ravel(g), np.ravel(out), np.ravel(x), 0
    else:
        flat = x
    if not flat.shape[axis]:
        return np.zeros_like(x)
    g, out, flat = (np.moveaxis(part, axis, -1) for part in (g, out, flat))
    before = np.concatenate([np.ones_like(out[..., :1]), out[..., :-1]], axis=-1)
    each = before * weighted_from_here(g, flat)
    return np.reshape(np.moveaxis(each, -1, axis), np.shape(x))


cumprod = Operation(
    "cumprod",
    np.cumprod,
    rules=(_cumprod_rule,),
    options={"axis": None},
    numpy=(np.cumprod, np.multiply.accumulate),
    doc="""Running products along `axis`, or of the flat array. The gradient is right at zeros, too.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int, optional
        Along which axis; by default of the flat array.
    dtype : dtype, optional
        In which data type to multiply them.

    Returns
    -------
    Node or ndarray
        As many entries, in the same shape; without `axis` flat.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    AxisError
        If there is no such axis.

    See Also
    --------
    numpy.cumprod, numpy.multiply.accumulate : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([2.0, 0.0, 5.0])
    >>> y = np.cumprod(x)
    >>> y.sum().backward()
    >>> y.value, x.grad
    (array([2., 0., 0.]), array([ 1., 12.,  0.]))
    """,
)


@stands_in_for(*existing("cumulative_sum"))
def cumulative_sum(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """Running sums along an axis, as the array API standard calls `cumsum`.

    Parameters
    ----------
    x : Node or array_like
        The entries; with more than one axis `axis` must be given.
    axis : int, optional
        Along which axis.
    dtype : dtype, optional
        In which data type to add them up.
    include_initial : bool, default False
        Whether to start with the empty sum, 0.

    Returns
    -------
    Node or ndarray
        In the same shape, or with one entry more along the axis.

    Raises
    ------
    ValueError
        If there are several axes and none is given, or there is no such axis.

    See Also
    --------
    numpy.cumulative_sum : the same on plain numbers, from NumPy 2.1.

    Examples
    --------
    >>> from autograd_core import Node, cumulative_sum
    >>> x = Node([1.0, 2.0, 3.0])
    >>> y = cumulative_sum(x, include_initial=True)
    >>> y.sum().backward()
    >>> y.value, x.grad
    (array([0., 1., 3., 6.]), array([3., 2., 1.]))
    """
    x = x if dtype is None else cast(x, dtype)
    return _cumulative("cumulative_sum", cumsum, x, axis, np.zeros if include_initial else None)


@stands_in_for(*existing("cumulative_prod"))
def cumulative_prod(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """Running products along an axis, as the array API standard calls `cumprod`.

    Parameters
    ----------
    x : Node or array_like
        The entries; with more than one axis `axis` must be given.
    axis : int, optional
        Along which axis.
    dtype : dtype, optional
        In which data type to multiply them.
    include_initial : bool, default False
        Whether to start with the empty product, 1.

    Returns
    -------
    Node or ndarray
        In the same shape, or with one entry more along the axis.

    Raises
    ------
    ValueError
        If there are several axes and none is given, or there is no such axis.

    See Also
    --------
    numpy.cumulative_prod : the same on plain numbers, from NumPy 2.1.

    Examples
    --------
    >>> from autograd_core import Node, cumulative_prod
    >>> x = Node([2.0, 3.0])
    >>> y = cumulative_prod(x, include_initial=True)
    >>> y.sum().backward()
    >>> y.value, x.grad
    (array([1., 2., 6.]), array([4., 2.]))
    """
    x = x if dtype is None else cast(x, dtype)
    return _cumulative("cumulative_prod", cumprod, x, axis, np.ones if include_initial else None)


def _cumulative(name: str, scan: Operation, x: Any, axis: int | None, first: Any) -> Any:
    x = np.atleast_1d(as_operand(x))
    if axis is None:
        if np.ndim(x) != 1:
            raise ValueError(f"{name} expects axis= for an array of shape {np.shape(x)}")
        axis = 0
    out = scan(x, axis)
    if first is None:
        return out
    shape = list(out.shape)
    shape[axis] = 1
    return np.concatenate([first(shape, out.dtype), out], axis=axis)


def _neighbours(x: Any, axis: int) -> tuple[Any, Any]:
    """Every entry but the first along an axis, and the one before each."""
    after = x[along(axis, slice(1, None), x.ndim)]
    return after, x[along(axis, slice(None, -1), x.ndim)]


@stands_in_for(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours along an axis. Each gives g to the later one, -g to the one before.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    n : int, default 1
        How many times to take differences.
    axis : int, default -1
        Along which axis.
    prepend, append : Node or array_like, optional
        What stands before the entries and behind them; a number is one entry everywhere.

    Returns
    -------
    Node or ndarray
        With n entries less along the axis.

    Raises
    ------
    ValueError
        If n is negative, or there is no such axis.

    See Also
    --------
    numpy.diff : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 4.0, 9.0])
    >>> y = np.diff(x)
    >>> y.backward([1.0, 10.0])
    >>> y.value, x.grad
    (array([3., 5.]), array([-1., -9., 10.]))
    """
    a = as_operand(a)
    if n < 0:
        raise ValueError(f"diff(n=...) expects 0 or more, got {n}")
    if n and (prepend is not None or append is not None):
        parts = [_beside(prepend, a, axis), a, _beside(append, a, axis)]
        a = np.concatenate([part for part in parts if part is not None], axis=axis)
    for _ in range(n):
        after, before = _neighbours(a, axis)
        a = after - before
    return a


def _beside(part: Any, a: Any, axis: int) -> Any:
    """What stands beside the entries along an axis; a number fills its other axes."""
    if part is None or np.ndim(part):
        return part
    shape = list(np.shape(a))
    shape[axis] = 1
    return np.broadcast_to(part, tuple(shape))


def of_one_kind(start: Any, stop: Any) -> list[Any]:
    """Both in one floating-point data type, in which Python's numbers have no say."""
    ends = [x if type(x) in (int, float) else as_operand(x) for x in (start, stop)]
    kind = np.result_type(*map(held, ends), 0.0)
    return [astype(as_operand(x), kind) for x in ends]


@stands_in_for(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Evenly spaced numbers from one to another, along a new axis; both ends get a gradient.

    Parameters
    ----------
    start, stop : Node or array_like
        The first number and the last, broadcast against each other.
    num : int, default 50
        How many.
    endpoint : bool, default True
        False leaves the last one out.
    retstep : bool, default False
        Whether to return the distance of neighbours, too.
    dtype : dtype, optional
        The data type of the result; whole numbers are the next below.
    axis : int, default 0
        Where the new axis stands.

    Returns
    -------
    Node or ndarray
        The numbers; with `retstep` a tuple of them and the distance.

    Raises
    ------
    ValueError
        If the shapes don't fit together, the new axis can't stand there, or `num` is negative.

    See Also
    --------
    numpy.linspace : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> stop = Node(8.0)
    >>> x = np.linspace(0.0, stop, 5)
    >>> x.sum().backward()
    >>> x.value, stop.grad  # 0 + 1/4 + 1/2 + 3/4 + 1
    (array([0., 2., 4., 6., 8.]), np.float64(2.5))
    """
    if num < 0:
        raise ValueError(f"linspace(num=...) expects 0 or more, got {num}")
    start, stop = np.broadcast_arrays(*of_one_kind(start, stop))
    steps = num - 1 if endpoint else num
    places = np.arange(num) / max(steps, 1)
    places = places.astype(start.dtype)
    places = places.reshape((num,) + (1,) * np.ndim(start))
    found = start * (1.0 - places) + stop * places
    if dtype is not None:
        found = cast(np.floor(found) if np.dtype(dtype).kind in "iu" else found, dtype)
    if axis != 0:
        found = np.moveaxis(found, 0, axis)
    return (found, (stop - start) / (steps if steps > 0 else math.nan)) if retstep else found


@stands_in_for(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Differences of neighbours in the flat array; see `diff`.

    Parameters
    ----------
    ary : Node or array_like
        The entries.
    to_end, to_begin : Node or array_like, optional
        What to write behind the differences and before them.

    Returns
    -------
    Node or ndarray
        In one axis, with one entry less than the array has, and those around.

    Raises
    ------
    TypeError
        If what stands around can't be cast to the data type of the entries.

    See Also
    --------
    numpy.ediff1d : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 4.0, 9.0])
    >>> y = np.ediff1d(x, to_begin=0.0)
    >>> y.sum().backward()
    >>> y.value, x.grad
    (array([0., 3., 5.]), array([-1.,  0.,  1.]))
    """
    ary = as_operand(ary)
    found = diff(reshape(ary, (-1,)))
    around = {"to_begin": to_begin, "to_end": to_end}
    begin, end = (
        [] if part is None else [cast(ravel(part), ary.dtype, "same_kind", f"ediff1d({name}=...)")]
        for name, part in around.items()
    )
    return np.concatenate([*begin, found, *end]) if begin or end else found


@stands_in_for(np.interp)
def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None
) -> Any:
    """The height at `x` of the straight lines through given points.

    Parameters
    ----------
    x : Node or array_like
        Where to read off. At a given point its gradient is the slope on the right.
    xp : array_like
        Where the points stand, in ascending order; constants.
    fp : Node or array_like
        Their heights, as many.
    left, right : Node or number, optional
        The height before the first point and behind the last; that of the point by default.
    period : float, optional
        After which the points come again: then they may stand in any order, and there are no ends.

    Returns
    -------
    Node, scalar or ndarray
        A height for each entry of x, in its shape.

    Raises
    ------
    TypeError
        If `xp` is a node that wants a gradient, or x is complex.
    ValueError
        If `xp` and `fp` are not two vectors of one length, at least 1, or `period` is 0.

    See Also
    --------
    numpy.interp : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x, heights = Node(1.5), Node([0.0, 10.0, 30.0])
    >>> y = np.interp(x, [0.0, 1.0, 2.0], heights)
    >>> y.backward()
    >>> y.value, x.grad, heights.grad
    (np.float64(20.0), np.float64(20.0), array([0. , 0.5, 0.5]))
    """
    refuse_complex("interp", x)
    points = np.asarray(plain_option("interp", "xp", xp), np.float64)
    x, fp = _at_least_single(x), _at_least_single(fp)
    if points.ndim != 1 or points.shape != fp.shape or not points.size:
        raise ValueError(
            "interp expects points and heights as two vectors of one length, at least 1, got "
            f"shapes {points.shape} and {fp.shape}"
        )
    if period is not None:
        period = abs(period)
        if not period:
            raise ValueError("interp(period=...) expects a number that is not 0")
        left = right = None
        x, order = np.remainder(x, period), np.argsort(points % period)
        around = np.concatenate([order[-1:], order, order[:1]])  # one more point on each side
        points, fp = points[around] % period, fp[around]
        points[0], points[-1] = points[0] - period, points[-1] + period
    places = constant(x)
    last = len(points) - 1
    segment = np.clip(np.searchsorted(points, places, side="right") - 1, 0, max(last - 1, 0))
    following = np.minimum(segment + 1, last)
    start = getitem(points, segment)  # as it stands it may be an array, and its index a node
    widths = getitem(points, following) - start
    inside = (x - start.astype(x.dtype)) / np.where(widths > 0, widths, 1.0).astype(x.dtype)
    found = lerp(getitem(fp, segment), getitem(fp, following), inside)
    found = np.where(places < points[0], fp[0] if left is None else left, found)
    return np.where(places > points[-1], fp[-1] if right is None else right, found)


def _at_least_single(x: Any) -> Any:
    """Differences of whole numbers and of half precision overflow: those in float64."""
    x = as_operand(x)
    wide = x.dtype.kind in DIFFERENTIABLE and x.dtype != np.float16
    return x if wide else x.astype(np.float64)


@stands_in_for(*existing("trapezoid", "trapz"))
def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """The area under a curve by the trapezoidal rule.

    Parameters
    ----------
    y : Node or array_like
        The heights.
    x : Node or array_like, optional
        Where they stand, one for all rows or in the shape of y; evenly, `dx` apart, by default.
    dx : float, default 1.0
        The distance where `x` is not given.
    axis : int, default -1
        Along which axis.

    Returns
    -------
    Node, scalar or ndarray
        The area, in units of y times those of x: one for each place along the other axes.

    Raises
    ------
    ValueError
        If the shapes don't fit together, or there is no such axis.

    See Also
    --------
    numpy.trapezoid : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.trapezoid)(np.array([1.0, 4.0, 9.0]))
    (np.float64(9.0), array([0.5, 1. , 0.5]))
    """
    y = as_operand(y)
    width: Any = dx
    if x is not None:
        if np.ndim(x) == 1:
            shape = [1] * np.ndim(y)
            shape[axis] = np.shape(x)[0]
            x = reshape(x, shape)
        width = diff(x, axis=axis)
    after, before = _neighbours(y, axis)
    return np.sum(width * (after + before) / 2.0, axis=axis)
