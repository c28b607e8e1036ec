"""Normalisation: entries less their mean, over their standard deviation, scaled and shifted.

Of batches, layers, groups of channels: which is a question of axes. Mean and variance stay beside
the result, for who keeps running statistics and for the way back, which takes one pass.
"""

from __future__ import annotations

import math
from functools import lru_cache
from string import ascii_letters
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..joint import JointRule
from ..operation import Operation

__all__ = ["batch_normalization", "moments", "normalize"]

_FAR_MEAN = 1.0
"""Up to so many variances a squared mean costs the variance of squares one bit at most."""


@lru_cache(maxsize=256)
def _subscripts(count: int, ndim: int, axes: tuple[int, ...]) -> str:
    """Einsum's, for the sum of a product of some arrays along axes.

    Examples
    --------
    >>> _subscripts(2, 3, (0, 2))
    'abc,abc->b'
    """
    letters = ascii_letters[:ndim]
    kept = "".join(letter for place, letter in enumerate(letters) if place not in axes)
    return f"{','.join([letters] * count)}->{kept}"


def _sums(axes: tuple[int, ...], *factors: Any) -> Any:
    """Sums of a product of arrays along some axes, which stay with length 1.

    By einsum, which needs no copy of the product and goes along the memory.
    """
    if not axes and len(factors) == 1:
        return factors[0]
    shape = list(factors[0].shape)
    found = np.einsum(_subscripts(len(factors), len(shape), axes), *factors)
    for place in axes:
        shape[place] = 1
    return found.reshape(shape)


def _summed_to(shape: tuple[int, ...], *factors: Any) -> Any:
    """Sums of a product of arrays along the axes in which a shape repeats."""
    whole = factors[0].shape
    extra = len(whole) - len(shape)
    axes = [place for place, n in enumerate(whole) if place < extra or shape[place - extra] < n]
    return _sums(tuple(axes), *factors).reshape(shape)


def _floats(*parts: Any) -> list[Any]:
    """Arrays to compute with: half precision, whose squares soon overflow, as float32."""
    dtype = np.result_type(np.float16, *parts)
    wide = np.float32 if dtype == np.float16 else dtype
    return [part if type(part) is float else np.asarray(part, wide) for part in parts]


def _moments(x: Any, axis: Any = -1, center: bool = True) -> Any:
    if x.dtype.kind in "biu":  # as for np.mean
        x = x.astype(np.float64)
    (wide,) = _floats(x)
    axes, n = _together(wide, axis)
    square = _sums(axes, wide, wide)
    found = np.zeros((2, *square.shape), wide.dtype)
    mean, variance = found
    np.divide(square, n, out=variance)
    if center:
        np.divide(_sums(axes, wide), n, out=mean)
        variance -= mean * mean
        if not _is_near(mean, variance):
            centered = wide - mean
            rest = _sums(axes, centered) / n
            mean += rest
            np.divide(_sums(axes, centered, centered), n, out=variance)
            variance -= rest * rest
            np.maximum(variance, 0.0, out=variance)
    return found.astype(x.dtype, copy=False)


def _together(x: Any, axis: Any) -> tuple[tuple[int, ...], int]:
    """The axes along which entries are normalised together, and how many these are."""
    axes = normalize_axis_tuple(axis, x.ndim)
    return axes, math.prod([x.shape[place] for place in axes])


def _is_near(mean: Any, variance: Any) -> bool:
    """Whether the mean can be subtracted from sums: else that costs digits, or there is a nan."""
    return bool((mean * mean <= _FAR_MEAN * variance).all())


def _composed_moments(x: Any, axis: Any = -1, center: bool = True) -> Any:
    square = np.mean(x * x, axis, keepdims=True)
    if not center:
        return np.stack([np.zeros_like(square), square])
    mean = np.mean(x, axis, keepdims=True)
    return np.stack([mean, np.mean((x - mean) ** 2, axis, keepdims=True)])


moments = Operation(
    "moments",
    _moments,
    rules=(None,),
    real_only=True,
    composed=_composed_moments,
    doc="""Mean and variance along axes, which stay with length 1: shape (2, ...).

    They have no gradient: the rule of `normalize`, whose input they are, knows how they depend on
    x.

    Parameters
    ----------
    x : Node or array_like
        Real numbers.
    axis : int or tuple of int, default -1
        Along which axes.
    center : bool, default True
        False: the mean counts as 0, and the variance is the mean square.

    Returns
    -------
    Node or ndarray, shape (2, ...)
        The mean, and the variance, which is the mean of the squared deviations.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    AxisError
        If there is no such axis.

    References
    ----------
    S. Ioffe and C. Szegedy, "Batch Normalization", 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import moments
    >>> mean, variance = moments(np.array([[1.0, 3.0], [0.0, 8.0]]))
    >>> mean.tolist(), variance.tolist()
    ([[2.0], [4.0]], [[1.0], [16.0]])
    """,
)


def _normalize(
    x: Any,
    scale: Any,
    shift: Any,
    moments: Any,
    axis: Any = -1,
    epsilon: float = 1e-5,
    center: bool = True,
) -> Any:
    dtype = np.result_type(x, scale, shift, moments)
    x, scale, shift, moments = _floats(x, scale, shift, moments)
    mean, variance = moments
    spread = 1.0 / np.sqrt(variance + epsilon)
    axes, _ = _together(x, axis)
    if _alike(axes, x.ndim, scale, shift):  # few scales and shifts: as one of each
        x, mean = _shifted(x, mean, variance)
        factor = spread * scale
        out = x * factor
        out += shift - mean * factor
    else:
        out = _normalized(x, mean, spread, center)
        out *= scale
        out += shift
    return out.astype(dtype, copy=False)


def _shifted(x: Any, mean: Any, variance: Any) -> tuple[Any, Any]:
    """The entries and their mean; if it is far from 0 the entries less their mean, and 0."""
    if _is_near(mean, variance):
        return x, mean
    return x - mean, np.zeros_like(mean)


def _normalized(x: Any, mean: Any, spread: Any, center: bool) -> Any:
    if not center:
        return x * spread
    found = x - mean
    found *= spread
    return found


def _alike(axes: tuple[int, ...], ndim: int, *parts: Any) -> tuple[int, ...]:
    """The axes, of those given, along which a scale and a shift are repeated."""
    alike = axes
    for part in parts:
        if type(part) is not float:
            extra = ndim - part.ndim
            alike = tuple(n for n in alike if n < extra or part.shape[n - extra] == 1)
    return alike


def _gradients(
    g: Any,
    out: Any,
    x: Any,
    scale: Any,
    shift: Any,
    moments: Any,
    axis: Any,
    epsilon: float,
    center: bool,
) -> tuple[Any, Any, Any]:
    """The gradients for x, scale and shift.

    With y the normalised entries, and means over what is normalised together, that for x is
    (h - mean(h) - y mean(h y)) / std, where h is g times the scale.
    """
    g, x, scale, shift, moments = _floats(g, x, scale, shift, moments)
    axes, n = _together(x, axis)
    mean, variance = moments
    spread = 1.0 / np.sqrt(variance + epsilon)
    alike = _alike(axes, x.ndim, scale, shift)
    if alike:  # what is summed along these first serves all three, and is short
        x, mean = _shifted(x, mean, variance)
        sums = _sums(alike, g)
        products = (_sums(alike, g, x) - mean * sums) * spread
        others = tuple(place for place in axes if place not in alike)
        along = _sums(others, products * scale) * (spread * spread / -n)
        part = x * along
        part += g * (scale * spread)
        rest = _sums(others, sums * scale) * (spread / n) if center else 0.0
        part -= along * mean + rest
        return part, _summed_to(np.shape(scale), products), _summed_to(np.shape(shift), sums)
    part = _normalized(x, mean, spread, center)
    of_scale = _summed_to(np.shape(scale), g, part)
    h = g * scale
    total = _sums(axes, h)
    part *= _sums(axes, h, part) * (spread / -n)
    h *= spread
    part += h
    if center:
        part -= total * (spread / n)
    return part, of_scale, _summed_to(np.shape(shift), g)


def _composed_normalize(
    x: Any,
    scale: Any,
    shift: Any,
    axis: Any = -1,
    epsilon: float = 1e-5,
    center: bool = True,
) -> Any:
    centered = x - np.mean(x, axis, keepdims=True) if center else x
    variance = np.mean(centered * centered, axis, keepdims=True)
    return centered / np.sqrt(variance + epsilon) * scale + shift


normalize = Operation(
    "normalize",
    _normalize,
    JointRule(_gradients, inputs=3, residuals=1),
    real_only=True,
    composed=_composed_normalize,
    doc="""(x - mean) / sqrt(variance + epsilon) * scale + shift, along `axis`.

    It is called as ``normalize(x, scale, shift, moments(x, axis), axis)``. The gradient for x takes
    into account that mean and variance depend on it: it is 0 for what shifts or scales all entries.

    Parameters
    ----------
    x : Node or array_like
        Real numbers.
    scale, shift : Node or array_like
        Broadcast to x; they may be the numbers 1.0 and 0.0.
    moments : Node or array_like, shape (2, ...)
        What `moments` gives for x, the same axes and `center`.
    axis : int or tuple of int, default -1
        Along which axes entries are normalised together.
    epsilon : float, default 1e-5
        What is added to the variance, so that nothing is divided by 0.
    center : bool, default True
        False: nothing is subtracted, and x is divided by its root mean square.

    Returns
    -------
    Node or ndarray
        The normalised entries, in the shape of x.

    Raises
    ------
    TypeError
        If an input does not hold numbers, or holds complex ones.
    ValueError
        If the shapes don't fit together, or there is no such axis.

    References
    ----------
    S. Ioffe and C. Szegedy, "Batch Normalization", 2015; J. L. Ba, J. R. Kiros and G. E. Hinton,
    "Layer Normalization", 2016; B. Zhang and R. Sennrich, "Root Mean Square Layer Normalization",
    2019.

    Examples
    --------
    >>> from autograd_core import Node, moments, normalize
    >>> x = Node([1.0, 3.0, 1.0, 3.0])
    >>> y = normalize(x, 1.0, 0.0, moments(x), epsilon=0.0)
    >>> y[0].backward()
    >>> y.value, x.grad
    (array([-1.,  1., -1.,  1.]), array([ 0.5,  0. , -0.5,  0. ]))
    """,
)


def _batch_normalization(
    x: Any, scale: Any, shift: Any, mean: Any, variance: Any, epsilon: float = 1e-5
) -> Any:
    # The mean first: where it is large, the difference of two products would have few digits.
    return (x - mean) * (scale / np.sqrt(variance + epsilon)) + shift


batch_normalization = Operation(
    "batch_normalization",
    _batch_normalization,
    rules=(
        lambda g, out, x, scale, shift, mean, variance, epsilon: (
            g * (scale / np.sqrt(variance + epsilon))
        ),
        lambda g, out, x, scale, shift, mean, variance, epsilon: (
            g * ((x - mean) / np.sqrt(variance + epsilon))
        ),
        lambda g, out, x, scale, shift, mean, variance, epsilon: g,
        lambda g, out, x, scale, shift, mean, variance, epsilon: (
            -g * (scale / np.sqrt(variance + epsilon))
        ),
        lambda g, out, x, scale, shift, mean, variance, epsilon: (
            g * (x - mean) * (-0.5 * scale * (variance + epsilon) ** -1.5)
        ),
    ),
    real_only=True,
    elementwise=True,
    composed=lambda x, scale, shift, mean, variance, epsilon: (
        (x - mean) / np.sqrt(variance + epsilon) * scale + shift
    ),
    doc="""(x - mean) / sqrt(variance + epsilon) * scale + shift, with statistics that are given.

    It is what `normalize` does with those of the batch, which depend on it. All inputs have a
    gradient.

    Parameters
    ----------
    x : Node or array_like
        Real numbers.
    scale, shift, mean, variance : Node or array_like
        Broadcast against x: one of each per feature, say.
    epsilon : float, default 1e-5
        What is added to the variance, so that nothing is divided by 0.

    References
    ----------
    S. Ioffe and C. Szegedy, "Batch Normalization", 2015.

    Examples
    --------
    >>> from autograd_core import Node, batch_normalization
    >>> x, scale = Node([1.0, 5.0]), Node(3.0)
    >>> y = batch_normalization(x, scale, 10.0, 1.0, 4.0, epsilon=0.0)
    >>> y.sum().backward()
    >>> y.value, x.grad, scale.grad
    (array([10., 16.]), array([1.5, 1.5]), np.float64(2.0))
    """,
)
