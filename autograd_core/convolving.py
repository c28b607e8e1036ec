"""Convolution on plain arrays: fast on one core, in any layout, best with the batch last.

Arrays keep their logical shape (N, C, H, W); what is made here lies in memory in the order H, C,
W, N. Then the samples are what every loop runs along, and of the k x k copies of the image that a
matrix product wants only k are made, shifted along the width: row i of the kernel is the same
memory, i rows further down, so that all patches of one row of outputs are a view, and BLAS reads
it as it lies.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
PerAxis: TypeAlias = int | tuple[int, ...]
Padding: TypeAlias = Literal["same", "valid"] | int | tuple[int | tuple[int, int], ...]

CHUNK = 64
"""So many samples are convolved at once: of more, the copies leave the cache."""


class Window(NamedTuple):
    """How a window goes over the two axes of an image, height and width."""

    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    dilation: tuple[int, int]
    out: tuple[int, int]


@lru_cache(maxsize=1024)
def window(
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: PerAxis,
    padding: Padding,
    dilation: PerAxis,
    even_sides: bool = False,
) -> Window:
    """Return what the options say for an image; one of a single axis has a height of 1.

    Parameters
    ----------
    size, kernel : tuple of int
        Lengths of the image and of the kernel, along one axis or two.
    stride, dilation : int or tuple of int
        For all axes, or for each.
    padding : "same", "valid", int, or one int or pair (before, after) for each axis
        "same" gives as many outputs as the stride leaves: ceil(size / stride).
    even_sides : bool
        How "same" pads: True, no more than the windows need, and evenly on both sides; False, as
        without a stride, where the middle of an even kernel is the entry behind the middle.

    Raises
    ------
    ValueError
        If they do not fit together.

    Examples
    --------
    >>> window((5,), (2,), 1, "same", 1).padding, window((5,), (2,), 1, "same", 1).out
    (((0, 0), (1, 0)), (1, 5))
    >>> window((5, 5), (3, 3), 2, 1, 1).out
    (3, 3)
    """
    axes = len(size)
    kernel = _per_axis("the size of the window", kernel, axes)
    strides, dilations = _per_axis("stride", stride, axes), _per_axis("dilation", dilation, axes)
    spans = _spans(kernel, dilations)
    if padding == "same" and even_sides:
        needs = [
            max((-(-n // s) - 1) * s + span - n, 0)
            for n, s, span in zip(size, strides, spans, strict=True)
        ]
        widths = tuple((need // 2, need - need // 2) for need in needs)
    else:
        widths = _widths(padding, spans)
    out = tuple(
        (n + sum(width) - span) // s + 1
        for n, width, span, s in zip(size, widths, spans, strides, strict=True)
    )
    if min(out) < 1:
        raise ValueError(
            f"the window is larger than the image: {' x '.join(map(str, spans))} entries on "
            f"{' x '.join(map(str, size))} with padding {padding!r}. Write padding='same', or take "
            "a smaller kernel, stride or dilation"
        )
    whole: Any = [((1,) * (2 - axes)) + each for each in (size, kernel, strides, dilations, out)]
    size, kernel, strides, dilations, out = whole
    around: Any = ((0, 0),) * (2 - axes) + widths
    return Window(size, kernel, strides, around, dilations, out)  # type: ignore[arg-type]


def grown(
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: PerAxis,
    padding: Padding,
    dilation: PerAxis,
) -> tuple[int, ...]:
    """Return the size of the image on which there are `size` windows: of a transposed convolution.

    Examples
    --------
    >>> grown((7, 7), (4, 4), 2, 1, 1)
    (14, 14)
    """
    axes = len(size)
    strides = _per_axis("stride", stride, axes)
    if padding == "same":
        return tuple(n * s for n, s in zip(size, strides, strict=True))
    spans = _spans(kernel, _per_axis("dilation", dilation, axes))
    found = tuple(
        (n - 1) * s + span - sum(width)
        for n, s, span, width in zip(size, strides, spans, _widths(padding, spans), strict=True)
    )
    if min(found) < 1:
        raise ValueError(
            f"padding {padding!r} cuts off all of {' x '.join(map(str, size))} entries. Take less"
        )
    return found


def _spans(kernel: tuple[int, ...], dilations: tuple[int, ...]) -> list[int]:
    return [d * (k - 1) + 1 for d, k in zip(dilations, kernel, strict=True)]


def _per_axis(name: str, lengths: Any, axes: int) -> tuple[int, ...]:
    each = lengths if isinstance(lengths, tuple) else (lengths,) * axes
    if len(each) != axes or not all(isinstance(n, (int, np.integer)) and n > 0 for n in each):
        raise ValueError(
            f"{name} expects a whole number from 1, or one for each of {axes} axes, got {lengths!r}"
        )
    return tuple(map(int, each))


def _widths(padding: Any, spans: list[int]) -> tuple[tuple[int, int], ...]:
    axes = len(spans)
    if padding == "valid":
        return ((0, 0),) * axes
    if padding == "same":
        return tuple((span // 2, (span - 1) // 2) for span in spans)
    each = padding if isinstance(padding, tuple) else (padding,) * axes
    pairs = [pair if isinstance(pair, tuple) else (pair, pair) for pair in each]
    if len(pairs) != axes or not all(
        len(pair) == 2 and all(isinstance(n, (int, np.integer)) and n >= 0 for n in pair)
        for pair in pairs
    ):
        raise ValueError(
            "padding expects 'same', 'valid', a whole number from 0, or for each of "
            f"{axes} axes a number or a pair (before, after), got {padding!r}"
        )
    return tuple((int(before), int(after)) for before, after in pairs)


# --- memory -----------------------------------------------------------------------------------

# What is freed is kept for what comes next, up to about so much: glibc does so from the largest
# block on that was ever freed. Else each array of a step is new memory, and costs a page fault for
# every 4 KiB, as long as the arithmetic takes.
np.empty(31 * 2**20, np.uint8)


def batch_last(x: Array) -> Array:
    """Return the same entries, in memory in the order H, C, W, N: a copy if they lie otherwise."""
    return rows(x).transpose(3, 1, 0, 2)


def rows(x: Array) -> Array:
    """Return an image batch as an array (H, C, W, N) whose rows lie together."""
    lying = x.transpose(2, 1, 3, 0)
    if lying.flags.c_contiguous:
        return lying
    return _filled(np.empty(lying.shape, lying.dtype), lying)


def _filled(target: Array, x: Array) -> Array:
    """Copy; a few samples at a time where all of them would fall into the same lines of cache."""
    if x.strides[-1] % 4096:
        target[...] = x
        return target
    for n in range(0, x.shape[-1], 8):
        target[..., n : n + 8] = x[..., n : n + 8]
    return target


def _shifted(x: Array, w: Window, groups: int) -> Array:
    """Return the image shifted along W to each place of the kernel: (groups, H, C, k, OW, N)."""
    xt = rows(x)
    height, channels, width, n = xt.shape
    (top, bottom), (left, right) = w.padding
    k, stride, step, out = w.kernel[1], w.stride[1], w.dilation[1], w.out[1]
    if k == stride == groups == 1 and not (top or bottom or left or right):
        return xt[None, :, :, None]
    shifted = np.empty((groups, top + height + bottom, channels // groups, k, out, n), x.dtype)
    shifted[:, :top] = 0
    shifted[:, top + height :] = 0
    inner = shifted[:, top : top + height]
    xt = xt.reshape(height, groups, channels // groups, width, n).swapaxes(0, 1)
    for j in range(k):
        first = j * step - left  # where the first output of this place looks
        low = min(max(0, -(first // stride)), out)
        high = max(low, min(out, (width - 1 - first) // stride + 1))
        inner[:, :, :, j, :low] = 0
        inner[:, :, :, j, high:] = 0
        inner[:, :, :, j, low:high] = xt[
            :, :, :, first + low * stride : max(0, first + (high - 1) * stride + 1) : stride
        ]
    return shifted


def _row_windows(x: Array, count: int, taps: int, step: int, begin: int = 0) -> Array:
    """View `taps` rows of (groups, H, ..., cols, N) from each `step`-th on, as matrices."""
    groups, height, *rest, width, n = x.shape
    columns = width * n
    inner = prod(rest)
    row = inner * columns * x.itemsize
    return np.ndarray(
        (groups, count, taps * inner, columns),
        x.dtype,
        x,
        begin * row,
        (height * row, step * row, columns * x.itemsize, x.itemsize),
    )


def _spread_rows(kernel: Array, step: int) -> Array:
    """A kernel with zeros between its rows: dilation along the height."""
    if step == 1 or kernel.shape[2] == 1:
        return kernel
    f, c, k, width = kernel.shape
    spread = np.zeros((f, c, step * (k - 1) + 1, width), kernel.dtype)
    spread[:, :, ::step] = kernel
    return spread


# --- the three products -----------------------------------------------------------------------


def correlated(x: Array, kernel: Array, w: Window, groups: int) -> Array:
    """Slide kernels over images.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        The images.
    kernel : ndarray, shape (F, C / groups, kh, kw)
        One kernel for each output channel.
    w : Window
        How they go.
    groups : int
        In how many groups, by themselves, the channels are.

    Returns
    -------
    ndarray, shape (N, F, OH, OW)
        Batch last in memory.
    """
    n, f = len(x), len(kernel)
    height, width = w.out
    if n >= 2 * CHUNK:
        y = np.empty((height, f, width, n), x.dtype).transpose(3, 1, 0, 2)
        for at in range(0, n, CHUNK):
            y[at : at + CHUNK] = correlated(x[at : at + CHUNK], kernel, w, groups)
        return y
    kernel = _spread_rows(kernel, w.dilation[0])
    taps = kernel.shape[2]
    patches = _row_windows(_shifted(x, w, groups), height, taps, w.stride[0])
    matrices = kernel.reshape(groups, f // groups, *kernel.shape[1:]).swapaxes(2, 3)
    y = np.empty((height, groups, f // groups, width * n), x.dtype)
    np.matmul(matrices.reshape(groups, 1, f // groups, -1), patches, out=y.swapaxes(0, 1))
    return y.reshape(height, f, width, n).transpose(3, 1, 0, 2)


def kernel_gradient(x: Array, g: Array, w: Window, groups: int) -> Array:
    """Return the gradient at the kernel, of shape (F, C / groups, kh, kw), from that behind.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        The images.
    g : ndarray, shape (N, F, OH, OW)
        The gradient at the result.
    w, groups
        As in `correlated`.
    """
    f, channels = g.shape[1], x.shape[1] // groups
    if len(x) >= 2 * CHUNK:
        parts = (slice(at, at + CHUNK) for at in range(0, len(x), CHUNK))
        total: Array = sum(kernel_gradient(x[part], g[part], w, groups) for part in parts)  # type: ignore[assignment]
        return total
    height = w.out[0]
    step, (kh, kw) = w.dilation[0], w.kernel
    taps = step * (kh - 1) + 1
    patches = _row_windows(_shifted(x, w, groups), height, taps, w.stride[0])
    columns = w.out[1] * len(x)
    behind = rows(g).reshape(height, groups, f // groups, columns).transpose(1, 0, 3, 2)
    # Many rows by few: twice as fast in OpenBLAS as the other way round.
    found = np.matmul(patches, behind).sum(1)
    found = found.reshape(groups, taps, channels, kw, f // groups)[:, ::step]
    # In the order of the kernel, beside which an optimizer reads it.
    return np.ascontiguousarray(found.transpose(0, 4, 2, 1, 3)).reshape(f, channels, kh, kw)


def input_gradient(g: Array, kernel: Array, w: Window, groups: int) -> Array:
    """Return the gradient at the images, of shape (N, C, H, W); it is the transposed convolution.

    Parameters
    ----------
    g : ndarray, shape (N, F, OH, OW)
        The gradient at the result.
    kernel : ndarray, shape (F, C / groups, kh, kw)
        The kernels.
    w, groups
        As in `correlated`.
    """
    n, f = g.shape[:2]
    channels = kernel.shape[1]
    kernel = _spread_rows(kernel, w.dilation[0])
    (oh, ow), (height, width), kw = w.out, w.size, w.kernel[1]
    (top, _), (left, _) = w.padding
    stride, across = w.stride
    taps = kernel.shape[2]
    most = -(-taps // stride) - 1  # rows of zeros, above and below
    gt = np.empty((groups, oh + 2 * most, f // groups, ow, n), g.dtype)
    gt[:, :most] = 0
    gt[:, most + oh :] = 0
    inner = gt[:, most : most + oh]
    for group, part in enumerate(np.split(g.transpose(2, 1, 3, 0), groups, axis=1)):
        _filled(inner[group], part)
    found = np.zeros((height, groups * channels, width, n), g.dtype)
    by_group = found.reshape(height, groups, channels, width, n).swapaxes(0, 1)
    kernel = kernel.reshape(groups, f // groups, channels, taps, kw)
    for phase in range(min(stride, taps)):  # the rows that the same rows of the kernel reach
        some = kernel[:, :, :, phase::stride]
        m = some.shape[3]
        first = max(0, -((phase - top) // stride))
        last = min(oh + m - 2, (height - 1 + top - phase) // stride)
        if last < first:
            continue
        count = last - first + 1
        matrices = (
            some[:, :, :, ::-1].transpose(0, 2, 4, 3, 1).reshape(groups, 1, channels * kw, -1)
        )
        behind = _row_windows(gt, count, m, 1, first - (m - 1) + most)
        parts = np.matmul(matrices, behind).reshape(groups, count, channels, kw, ow, n)
        row = phase + stride * first - top
        target = by_group[:, row : row + stride * (count - 1) + 1 : stride]
        for j in range(kw):
            at = j * w.dilation[1] - left
            low = min(max(0, -(at // across)), ow)
            high = max(low, min(ow, (width - 1 - at) // across + 1))
            if low < high:
                place = target[:, :, :, at + low * across : at + (high - 1) * across + 1 : across]
                np.add(place, parts[:, :, :, j, low:high], out=place)
    return found.transpose(3, 1, 0, 2)
