"""Pooling on plain arrays, by slices: one for each place in a window, with the batch last.

See `autograd_core.convolving` for the memory order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .convolving import Array, Window, rows

__all__ = [
    "average_spread",
    "averaged",
    "counted",
    "largest",
    "lowest",
    "picked",
    "spread",
    "unlike",
]


def _along(x: Array, axis: int, place: int, w: Window) -> Array:
    """What stands at one place of all windows, along the height (axis 0) or the width (axis 1)."""
    part = slice(place, place + w.stride[axis] * (w.out[axis] - 1) + 1, w.stride[axis])
    return x[part] if axis == 0 else x[:, :, part]


def _slices(x: Array, w: Window) -> Iterator[Array]:
    """Views (OH, C, OW, N), one for each place in a window."""
    for i in range(w.kernel[0]):
        for j in range(w.kernel[1]):
            yield _along(_along(x, 0, i, w), 1, j, w)


def lowest(dtype: np.dtype[Any]) -> float:
    """What is below all entries."""
    if dtype.kind == "f":
        return -math.inf
    return np.iinfo(dtype).min if dtype.kind in "iu" else False


def unlike(dtype: np.dtype[Any]) -> float:
    """What equals no largest entry, not even if all are -inf."""
    return math.nan if dtype.kind == "f" else lowest(dtype)


def _padded(x: Array, w: Window, filling: float) -> Array:
    """Return an image batch as rows with what stands around them."""
    lying, ((top, bottom), (left, right)) = rows(x), w.padding
    if not (top or bottom or left or right):
        return lying
    height, channels, width, n = lying.shape
    shape = (top + height + bottom, channels, left + width + right, n)
    padded = np.full(shape, filling, x.dtype)
    padded[top : top + height, :, left : left + width] = lying
    return padded


def largest(x: Array, w: Window) -> Array:
    """Return the largest entry of each window, (N, C, OH, OW); nan where one is nan."""
    found = _padded(x, w, lowest(x.dtype))
    for axis in (0, 1):
        first, *others = (_along(found, axis, place, w) for place in range(w.kernel[axis]))
        found = np.maximum(first, others.pop(0)) if others else first
        for other in others:
            np.maximum(found, other, out=found)
    return found.transpose(3, 1, 0, 2)


def averaged(x: Array, w: Window) -> Array:
    """Return the mean of each window, (N, C, OH, OW); what stands around the image has no say."""
    if x.dtype.kind in "biu":  # the sum of bytes is none
        x = x.astype(np.float64)
    found = _padded(x, w, 0.0)
    for axis in (0, 1):
        first, *others = (_along(found, axis, place, w) for place in range(w.kernel[axis]))
        found = np.add(first, others.pop(0)) if others else first
        for other in others:
            found += other
    return np.divide(found, counted(w, x.dtype)).transpose(3, 1, 0, 2)


def counted(w: Window, dtype: np.dtype[Any]) -> Array:
    """Return how many entries of the image each window holds, (OH, 1, OW, 1)."""
    lengths = []
    for axis in (0, 1):
        begins = np.arange(w.out[axis]) * w.stride[axis] - w.padding[axis][0]
        ends = np.minimum(begins + w.kernel[axis], w.size[axis])
        lengths.append((ends - np.maximum(begins, 0)).astype(dtype))
    return lengths[0][:, None, None, None] * lengths[1][:, None]


def _chosen(x: Array, out: Array, w: Window) -> tuple[list[Array], Array]:
    """Which entries are the largest of their window, by places, and how many of each window."""
    best = rows(out)
    chosen = [part == best for part in _slices(_padded(x, w, unlike(x.dtype)), w)]
    count = chosen[0].astype(np.min_scalar_type(len(chosen)))
    for part in chosen[1:]:
        count += part
    return chosen, count


def spread(g: Array, x: Array, out: Array, w: Window) -> Array:
    """Hand what arrives at each window to its largest entry; ties share it evenly.

    A window whose largest entry is nan hands on nan.
    """
    chosen, count = _chosen(x, out, w)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _handed(rows(g) / count, w, chosen)


def picked(h: Array, x: Array, out: Array, w: Window) -> Array:
    """Return what stands in `h` where the largest entries of `x` are: the adjoint of `spread`."""
    chosen, count = _chosen(x, out, w)
    found: Any = 0
    for part, held in zip(_slices(_padded(h, w, 0.0), w), chosen, strict=True):
        found = found + part * held
    with np.errstate(divide="ignore", invalid="ignore"):
        return (found / count).transpose(3, 1, 0, 2)


def average_spread(g: Array, w: Window) -> Array:
    """Hand each window's share to all of its entries: the adjoint of `averaged`."""
    return _handed(rows(g) / counted(w, g.dtype), w)


def _handed(share: Array, w: Window, chosen: Sequence[Array] = ()) -> Array:
    """Add shares to the entries of their windows: to the chosen ones, or to all."""
    (top, bottom), (left, right) = w.padding
    (height, width), (_, channels, _, n) = w.size, share.shape
    shape = (top + height + bottom, channels, left + width + right, n)
    apart = w.stride[0] >= w.kernel[0] and w.stride[1] >= w.kernel[1]
    tiled = apart and shape[::2] == tuple(o * k for o, k in zip(w.out, w.kernel, strict=True))
    found = np.empty(shape, share.dtype) if tiled else np.zeros(shape, share.dtype)
    for place, target in enumerate(_slices(found, w)):
        if not apart:
            target += share * chosen[place] if chosen else share
        elif chosen:
            np.multiply(share, chosen[place], out=target)
        else:
            target[...] = share
    inner = found[top : top + height, :, left : left + width]
    return inner.transpose(3, 1, 0, 2)
