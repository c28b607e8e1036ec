"""Slopes, phases, windows, and sequences that grow by a factor."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..errors import refuse_complex
from ..node import constant, held
from ..numpy_protocol import stands_in_for
from ..operation import Operation, as_operand
from ..recorded import depends
from ..values import as_array
from .arithmetic import power
from .choices import where
from .exponential import log10
from .indexing import along
from .joining import concatenate
from .scans import cumsum, diff, linspace, of_one_kind
from .shaping import astype, broadcast_arrays, expand_dims, moveaxis

__all__ = ["geomspace", "gradient", "i0", "kaiser", "logspace", "modified_bessel", "unwrap"]


@stands_in_for(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """The slopes of sampled values: central differences, and one-sided ones at the edges.

    They are made of differences, so the gradient flows to the values and to the distances. What
    differentiates a function is `grad`.

    Parameters
    ----------
    f : Node or array_like
        The values.
    *varargs : float, Node or array_like
        The distance of the samples, or where they stand along each axis; 1 apart by default.
    axis : int or tuple of int, optional
        Along which axes; along each by default.
    edge_order : {1, 2}, default 1
        How many differences to take into account at the edges.

    Returns
    -------
    Node, ndarray or tuple of them
        The slopes along the axis, or along each of several, in the shape of `f`.

    Raises
    ------
    TypeError
        If there are not as many distances as axes.
    ValueError
        If `edge_order` is none of the two, an axis has not more than `edge_order` entries, or the
        places are not one for each entry.

    See Also
    --------
    numpy.gradient : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> f = Node([1.0, 4.0, 9.0, 16.0])
    >>> slopes = np.gradient(f)
    >>> slopes.value
    array([3., 4., 6., 7.])
    >>> slopes.sum().backward()
    >>> f.grad
    array([-1.5,  0.5, -0.5,  1.5])
    """
    f = as_operand(f)
    if f.dtype.kind in "iub":
        f = astype(f, np.float64)
    axes = range(f.ndim) if axis is None else normalize_axis_tuple(axis, f.ndim)
    distances = varargs or (1.0,)
    if len(distances) == 1 and not np.ndim(distances[0]):
        distances *= len(axes)
    if len(distances) != len(axes):
        raise TypeError(
            "gradient expects no distance, one number for all axes, or one distance for each of "
            f"{len(axes)} axes, got {len(varargs)}"
        )
    if edge_order not in (1, 2):
        raise ValueError(f"gradient(edge_order=...) expects 1 or 2, got {edge_order}")
    found = tuple(
        moveaxis(astype(_slopes(moveaxis(f, a, -1), d, edge_order), f.dtype), -1, a)
        for a, d in zip(axes, distances, strict=True)
    )
    return found[0] if len(found) == 1 else found


def _slopes(f: Any, distance: Any, edge_order: int) -> Any:
    """The slopes along the last axis."""
    n = f.shape[-1]
    if n < edge_order + 1:
        raise ValueError(
            f"gradient(edge_order={edge_order}) expects at least {edge_order + 1} entries along "
            f"each axis, got {n}"
        )
    if not np.ndim(distance):
        rises = diff(f) / distance
        before = after = 0.5
        middle = (f[..., 2:] - f[..., :-2]) / (2.0 * distance)  # whatever stands between
    else:
        places = as_operand(distance)
        if places.shape != (n,):
            raise ValueError(
                f"gradient expects a distance, or the places of the {n} entries along the axis, "
                f"got shape {places.shape}"
            )
        steps = diff(places if places.dtype.kind == "f" else astype(places, np.float64))
        rises = diff(f) / steps
        # Of two neighbouring steps, the share of each.
        before = steps[:-1] / (steps[:-1] + steps[1:])
        after = 1.0 - before
        middle = rises[..., :-1] * after + rises[..., 1:] * before
    left, right = rises[..., :-1], rises[..., 1:]
    first, last = rises[..., :1], rises[..., -1:]
    if edge_order == 2:
        bend = (left - right) * before
        first = first + bend[..., :1]
        bend = (right - left) * after
        last = last + bend[..., -1:]
    return concatenate([first, middle, last], axis=-1)


@stands_in_for(np.unwrap)
def unwrap(
    p: Any, discont: float | None = None, axis: int = -1, *, period: float = 2.0 * math.pi
) -> Any:
    """Phases without jumps: whole periods are added where neighbours differ by more than a half.

    The gradient passes; a `period` gets it for the periods that were added.

    Parameters
    ----------
    p : Node or array_like
        The phases, in radians unless `period` says otherwise.
    discont : float, optional
        The least difference that counts as a jump; half a period by default, and at the least.
    axis : int, default -1
        Along which axis.
    period : float or Node, default 2 pi
        The period.

    Returns
    -------
    Node or ndarray
        In the shape of the input.

    See Also
    --------
    numpy.unwrap : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> angles = Node([350.0, 10.0])  # in degrees
    >>> y = np.unwrap(angles, period=360.0)
    >>> y.value
    array([350., 370.])
    >>> y[1].backward()
    >>> angles.grad
    array([0., 1.])
    """
    p = as_operand(p)
    steps = diff(p, axis=axis)
    half = period / 2
    least = constant(half) if discont is None else discont
    whole = np.result_type(p, held(period)).kind != "f"
    if whole:
        half, odd = divmod(period, 2)
    near = np.mod(steps + half, period) - half
    if not whole or not odd:  # at half a period either sign is near: that of the step
        near = where((constant(near) == -constant(half)) & (constant(steps) > 0), half, near)
    added = where(np.abs(constant(steps)) < least, 0 if whole else 0.0, near - steps)
    first = p[along(axis, slice(0, 1), p.ndim)]
    rest = p[along(axis, slice(1, None), p.ndim)] + cumsum(added, axis)
    return concatenate([first, rest], axis=axis)


_SERIES_ENDS = 12.0
"""Up to here the power series needs few terms."""


def _modified_bessel(x: Any, order: int = 0) -> Any:
    """I_n(x): by its power series, for large x by its integral.

    The integrand is periodic, so that the trapezoidal rule is exact to rounding with as many places
    as its peak needs; from |x| = 709 on the sum overflows.
    """
    x = as_array(x)
    refuse_complex("i0", x)
    kind = np.result_type(x, np.float32)
    far = np.abs(x.astype(np.float64))
    near = np.minimum(far, _SERIES_ENDS)
    term = (near / 2.0) ** order / math.factorial(order)
    total = term
    for k in range(1, 48):
        term = term * ((near / 2.0) ** 2 / (k * (k + order)))
        total = total + term
    if np.any(far > _SERIES_ENDS):
        angles = (np.arange(160) + 0.5) * (math.pi / 160)
        with np.errstate(over="ignore"):
            heights = np.exp(far[..., None] * np.cos(angles)) * np.cos(order * angles)
            total = np.where(far > _SERIES_ENDS, np.mean(heights, axis=-1), total)
    return (total * np.where(x < 0, -1.0, 1.0) ** order).astype(kind)


def _modified_bessel_rule(g: Any, out: Any, x: Any, order: int) -> Any:
    beside = modified_bessel(x, abs(order - 1)) + modified_bessel(x, order + 1)
    return g * (0.5 * beside)


modified_bessel: Operation = Operation(
    "modified_bessel",
    _modified_bessel,
    rules=(_modified_bessel_rule,),
    symbol="I",
    elementwise=True,
    doc="""The modified Bessel function I_n(x) of a whole order n.

    Gradient: g (I_(n-1)(x) + I_(n+1)(x)) / 2.

    Parameters
    ----------
    x : Node or array_like
        Real numbers, of any shape. From 709 on the result overflows to infinity.
    order : int, default 0
        The order, 0 or more.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.

    See Also
    --------
    scipy.special.iv : of any order, on plain numbers.

    References
    ----------
    M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions", 1964, eqs. 9.6.10, 9.6.19 and
    9.6.26.

    Examples
    --------
    >>> from autograd_core import grad, modified_bessel
    >>> modified_bessel(0.0)
    np.float64(1.0)
    >>> grad(lambda x: modified_bessel(x, 1))(0.0)
    np.float64(0.5)
    """,
)

i0 = Operation(
    "i0",
    lambda x: np.i0(x),
    rules=(lambda g, out, x: g * modified_bessel(x, 1),),
    symbol="I₀",
    elementwise=True,
    numpy=(np.i0,),
    doc="""The modified Bessel function of order 0. Gradient: g I_1(x).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.i0)(2.0).round(3)
    np.float64(1.591)
    """,
)


def kaiser(M: int, beta: Any) -> Any:  # noqa: N803  # NumPy's name
    """The Kaiser window, as np.kaiser, which can't take a node. The gradient goes to its shape.

    Parameters
    ----------
    M : int
        The number of places.
    beta : float or Node
        The shape: 0 gives a rectangle, larger numbers a narrower bell.

    Returns
    -------
    Node or ndarray
        A vector of M heights, the same from both ends, at most 1.

    See Also
    --------
    numpy.kaiser : The same for a plain `beta`.

    References
    ----------
    J. Kaiser, "Digital filters", in F. Kuo and J. Kaiser (eds.), "System Analysis by Digital
    Computer", 1966.

    Examples
    --------
    >>> from autograd_core import Node, kaiser
    >>> beta = Node(2.0)
    >>> window = kaiser(3, beta)
    >>> window.value.round(3)
    array([0.439, 1.   , 0.439])
    >>> window[0].backward()
    >>> beta.grad.round(3)
    np.float64(-0.306)
    """
    if M == 1:
        return np.ones(1)
    middle = (M - 1) / 2.0
    heights = np.sqrt(1.0 - ((np.arange(M) - middle) / middle) ** 2)
    return i0(beta * heights) / i0(beta)


@stands_in_for(np.logspace)
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Powers of a base whose exponents are evenly spaced, along a new axis.

    Gradient of base**e: g log(base) base**e for the exponent, which the two ends share.

    Parameters
    ----------
    start, stop : Node or array_like
        The first exponent and the last.
    num : int, default 50
        How many.
    endpoint : bool, default True
        False leaves the last one out.
    base : Node or array_like, default 10.0
        The base.
    dtype : dtype, optional
        That of the result.
    axis : int, default 0
        Where the new axis stands.

    Returns
    -------
    Node or ndarray
        `num` numbers along the new axis, else in the shape of the ends.

    See Also
    --------
    numpy.logspace : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> stop = Node(3.0)
    >>> y = np.logspace(0.0, stop, 4, base=2.0)
    >>> y.value
    array([1., 2., 4., 8.])
    >>> y[-1].backward()
    >>> stop.grad.round(3)
    np.float64(5.545)
    """
    if np.ndim(base):
        start, stop, base = broadcast_arrays(start, stop, base)
        base = expand_dims(base, axis)
    exponents = linspace(*of_one_kind(start, stop), num, endpoint)
    if type(base) in (int, float):
        base = np.result_type(exponents).type(base)
    found = power(base, moveaxis(exponents, 0, axis))
    return found if dtype is None else astype(found, np.dtype(dtype))


@stands_in_for(np.geomspace)
def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    """Numbers from one to another, each the same multiple of the one before, along a new axis.

    Parameters
    ----------
    start, stop : Node or array_like
        The first number and the last, of one sign.
    num : int, default 50
        How many.
    endpoint : bool, default True
        False leaves the last one out.
    dtype : dtype, optional
        That of the result.
    axis : int, default 0
        Where the new axis stands.

    Returns
    -------
    Node or ndarray
        `num` numbers along the new axis, else in the shape of the ends, which are in it unchanged.

    Raises
    ------
    ValueError
        If the two have not one sign, or one is 0.
    TypeError
        If an end is complex.

    See Also
    --------
    numpy.geomspace : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> start, stop = Node(1.0), Node(16.0)
    >>> y = np.geomspace(start, stop, 3)
    >>> y.value.round(3)
    array([ 1.,  4., 16.])
    >>> y[1].backward()
    >>> start.grad.round(3), stop.grad.round(3)
    (np.float64(2.0), np.float64(0.125))
    """
    start, stop = broadcast_arrays(*of_one_kind(start, stop))
    refuse_complex("geomspace", start, stop)
    if not (depends(start) or depends(stop)) and (held(start) * held(stop) <= 0).any():
        raise ValueError("geomspace expects numbers of one sign that are not 0")
    sign = np.sign(constant(start))
    start, stop = start * sign, stop * sign
    found = logspace(log10(start), log10(stop), num, endpoint)
    # The ends are the numbers themselves, not what they become on the way.
    ends = [start[None], found[1:]] if num > 1 or num == 1 else [found]
    if num > 1 and endpoint:
        ends = [start[None], found[1:-1], stop[None]]
    found = moveaxis(concatenate(ends) * sign, 0, axis)
    return found if dtype is None else astype(found, np.dtype(dtype))
