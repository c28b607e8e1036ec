"""What NumPy has no single function for: printed above the code that calls it.

Each function stands alone, but for those that it calls, which are printed, too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)) without overflow."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def silu(x: Any) -> Any:
    """Sigmoid(x) times x; -inf gives 0."""
    return np.maximum(x, -2e4) * sigmoid(x)


def erf(x: Any) -> Any:
    """The error function, in the precision of x."""
    found = np.frompyfunc(math.erf, 1, 1)(x)
    return np.asarray(found).astype(np.result_type(x, np.float16))


def gelu(x: Any, approximate: Any = False) -> Any:
    """The standard normal distribution function at x, times x; approximately with tanh."""
    high = np.maximum(x, -2e4)
    if approximate:
        near = np.minimum(np.maximum(x, -30.0), 30.0)
        cubic = near + 0.044715 * near * near * near
        return 0.5 * high * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * cubic))
    return 0.5 * high * (1.0 + erf(x / math.sqrt(2.0)))


def logsumexp(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """The logarithm of a sum of exponentials, without overflow."""
    largest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore"):  # the sum of nothing but exp(-inf)
        found = np.log(np.sum(np.exp(x - largest), axis=axis, keepdims=True)) + largest
    found = found.astype(x.dtype)
    return found if keepdims else np.reshape(found, np.shape(np.sum(found, axis=axis)))


def sigmoid_cross_entropy(scores: Any, targets: Any) -> Any:
    """Binary cross entropy of sigmoid(scores); what has no weight costs nothing."""
    yes = np.logaddexp(0.0, np.where(targets == 0, -np.inf, -scores))
    no = np.logaddexp(0.0, np.where(targets == 1, -np.inf, scores))
    return targets * yes + (1.0 - targets) * no


def away_from_pole(g: Any, x: Any) -> Any:
    """Return x, but 1 where it and the gradient g are both 0: a gradient of 0 / 0 counts as 0."""
    return np.where((g == 0) & (x == 0), 1.0, x)


def inside_domain(g: Any, x: Any) -> Any:
    """Return x, but 1 where it is not positive and the gradient g is 0: 0 / 0 counts as 0."""
    outside = x == 0 if np.iscomplexobj(x) else np.logical_not(x > 0)
    return np.where((g == 0) & outside, 1.0, x)


def base_inside_domain(g: Any, x: Any, y: Any) -> Any:
    """Return x, but 1 where x**(y - 1) is no number and the gradient g is 0."""
    if np.iscomplexobj(x) or np.iscomplexobj(y):
        outside = x == 0
    else:
        outside = ((x == 0) & (y < 1)) | ((x < 0) & (np.floor(y) != y))
    return np.where((g == 0) & outside, 1.0, x)


def finite_where_wanted(g: Any, slope: Any) -> Any:
    """The slope, but 1 where it is not finite and the gradient g is 0: 0 * inf counts as 0."""
    return np.where((g == 0) & ~np.isfinite(slope), 1.0, slope)


def placed(x: Any, index: Any, shape: Any) -> Any:
    """Zeros in a shape, with x at an index."""
    found = np.zeros(shape, np.asarray(x).dtype)
    found[index] = x
    return found


def scatter_add(x: Any, index: Any, shape: Any) -> Any:
    """Zeros in a shape, with x added at an index, where a place may come several times."""
    found = np.zeros(shape, np.asarray(x).dtype)
    np.add.at(found, index, x)
    return found


def add_along_axis(x: Any, indices: Any, axis: Any, shape: Any) -> Any:
    """Zeros in a shape, with x added at indices along an axis: take_along_axis turned around."""
    found = np.zeros(shape, np.asarray(x).dtype)
    if axis is None:
        np.add.at(found.reshape(-1), indices, x)
        return found
    axis %= len(shape)
    places = list(np.ogrid[tuple(slice(n) for n in np.shape(indices))])
    for a, every in enumerate(np.ogrid[tuple(slice(n) for n in shape)]):
        if places[a].shape[a] != shape[a]:
            places[a] = every
    places[axis] = indices
    np.add.at(found, tuple(places), np.broadcast_to(x, np.shape(x)))
    return found


def lerp(a: Any, b: Any, weight: Any) -> Any:
    """The line from a to b: a + (b - a) * weight. An infinity without weight doesn't count."""
    with np.errstate(invalid="ignore", over="ignore"):
        gap = b - a
        found = np.where(weight < 0.5, a + gap * weight, b - gap * (1.0 - weight))
        found = np.where(np.isfinite(gap), found, a * (1.0 - weight) + b * weight)
    return np.where(weight == 0, a, np.where(weight == 1, b, found))


def packed(parts: Any, axes: Any) -> Any:
    """Arrays side by side in one: what stands behind the first axes lies in a row."""
    rows = [np.reshape(x, (*x.shape[:axes], math.prod(x.shape[axes:]))) for x in parts]
    return np.concatenate(rows, axis=-1)


def cofactors(a: Any) -> Any:
    """The determinant times the inverse transposed, of singular matrices, too."""
    u, s, vh = np.linalg.svd(a)
    others = [np.prod(np.delete(s, i, -1), axis=-1) for i in range(s.shape[-1])]
    turned = np.linalg.det(u) * np.linalg.det(vh)
    inner = np.conj(u) * np.stack(others, axis=-1)[..., None, :]
    return inner @ np.conj(vh) * turned[..., None, None]


def real_roots(p: Any) -> Any:
    """The roots of a polynomial, in the precision of its coefficients."""
    found = np.roots(p)
    kind = np.result_type(p, np.float16)
    return found.astype(np.result_type(kind, 1j) if np.iscomplexobj(found) else kind)


def sinc_derivative(x: Any, order: Any) -> Any:
    """A derivative of sin(pi x) / (pi x): a recurrence, and near 0 the power series."""
    z = math.pi * np.asarray(x).astype(np.float64)
    small = np.abs(z) < order + 1.0
    divisor = np.where(small, 1.0, z)
    far = np.sin(divisor) / divisor
    for n in range(1, order + 1):
        far = (np.sin(divisor + n * (math.pi / 2.0)) - n * far) / divisor
    z = np.where(small, z, 0.0)
    near = np.zeros_like(z)
    for k in range((order + 1) // 2, order + 16):
        power = 2 * k - order
        near = near + (-1.0) ** k / (math.factorial(power) * (2 * k + 1)) * z**power
    return (math.pi**order * np.where(small, near, far)).astype(np.result_type(x, np.float16))


def modified_bessel(x: Any, order: Any) -> Any:
    """The Bessel function I_n(x): by its power series, for large x by its integral."""
    far = np.abs(np.asarray(x).astype(np.float64))
    near = np.minimum(far, 12.0)
    total = term = (near / 2.0) ** order / math.factorial(order)
    for k in range(1, 48):
        term = term * ((near / 2.0) ** 2 / (k * (k + order)))
        total = total + term
    if np.any(far > 12.0):
        angles = (np.arange(160) + 0.5) * (math.pi / 160)
        heights = np.exp(far[..., None] * np.cos(angles)) * np.cos(order * angles)
        total = np.where(far > 12.0, np.mean(heights, axis=-1), total)
    return (total * np.where(x < 0, -1.0, 1.0) ** order).astype(np.result_type(x, np.float32))


def windows(a: Any, b: Any) -> Any:
    """The sums of b times each part of a as large as it, over the second axes of both."""
    along = tuple(range(2, a.ndim))
    if not along:
        return np.tensordot(a, b, (1, 1))
    parts = np.lib.stride_tricks.sliding_window_view(a, b.shape[2:], along)
    rest = tuple(range(2, b.ndim))
    found = np.tensordot(parts, b, ((1, *(n + len(along) for n in rest)), (1, *rest)))
    return np.moveaxis(found, -1, 1)
