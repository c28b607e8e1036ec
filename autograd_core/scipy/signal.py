"""``scipy.signal`` on nodes: convolution, along any axes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.signal as _scipy

from ..operation import Operation, as_operand
from ..operations.complex_numbers import conjugated
from .rows import falls_back_on

__all__ = ["convolve", "correlate", "fftconvolve"]

__getattr__ = falls_back_on(_scipy, __name__)

Axes = tuple[Any, Any]


def _windows(a: Any, b: Any) -> Any:
    """out[i, j, place] = the sum over d and k of a[i, d, place + k] b[j, d, k]."""
    if a.shape[:2] == b.shape[:2] == (1, 1) and a.ndim > 2:
        # SciPy takes the faster way, by Fourier transforms for long ones.
        found = _scipy.correlate(a[0, 0], np.conjugate(b[0, 0]), mode="valid")
        return found[None, None].astype(np.result_type(a, b), copy=False)
    along = tuple(range(2, a.ndim))
    if not along:
        return np.tensordot(a, b, (1, 1))
    windows = np.lib.stride_tricks.sliding_window_view(a, b.shape[2:], along)
    rest = tuple(range(2, b.ndim))
    summed = np.tensordot(windows, b, ((1, *(n + len(along) for n in rest)), (1, *rest)))
    return np.moveaxis(summed, -1, 1)


def _flipped(x: Any) -> Any:
    return np.flip(x, tuple(range(2, np.ndim(x))))


def _signal_rule(g: Any, out: Any, a: Any, b: Any) -> Any:
    around = [(0, 0), (0, 0), *((n - 1, n - 1) for n in b.shape[2:])]
    return windows(np.pad(g, around), np.swapaxes(_flipped(b), 0, 1))


def _filter_rule(g: Any, out: Any, a: Any, b: Any) -> Any:
    found = windows(np.swapaxes(a, 0, 1), np.swapaxes(g, 0, 1))
    return np.swapaxes(found, 0, 1)


windows = Operation(
    "scipy.signal.windows",
    _windows,
    rules=(_signal_rule, _filter_rule),
    symbol="convolve",
    doc="""The sums of `b` times each part of `a` as large as it: a valid correlation.

    Axes: what stays of `a`, or of `b`; what is summed over; then those of the convolution.""",
)


def convolve(
    in1: Any,
    in2: Any,
    mode: str = "full",
    method: str = "auto",
    *,
    axes: Axes | None = None,
    dot_axes: Axes = ((), ()),
) -> Any:
    """The convolution of two arrays. The gradient for each is the correlation of g with the other.

    Parameters
    ----------
    in1, in2 : Node or array_like
        The arrays, with as many axes if `axes` is not given.
    mode : {"full", "valid", "same"}, default "full"
        All places where they overlap; those where one lies within the other; or as many as `in1`
        has, in the middle.
    method : {"auto", "direct", "fft"}, default "auto"
        As in SciPy; the faster way is taken in any case.
    axes : pair of sequences of int, optional
        The axes of each along which they are convolved; all by default. The others stay, those of
        `in1` first, and the convolved ones come last.
    dot_axes : pair of sequences of int, default ((), ())
        Axes of each that are multiplied and summed, as the channels of an image are.

    Returns
    -------
    Node, scalar or ndarray
        Along each convolved axis, of lengths m and n: m + n - 1 for "full", max(m, n) - min(m, n) +
        1 for "valid", m for "same".

    Raises
    ------
    ValueError
        If the mode is another one, the arrays have not as many axes and `axes` is not given, or for
        "valid" neither lies within the other.

    See Also
    --------
    scipy.signal.convolve : the same on plain numbers, along all axes.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy.signal import convolve
    >>> x, kernel = Node([1.0, 2.0, 3.0]), Node([1.0, 0.5])
    >>> y = convolve(x, kernel)
    >>> y[1].backward()  # 2 * 1 + 1 * 0.5
    >>> y.value
    array([1. , 2.5, 4. , 1.5])
    >>> x.grad, kernel.grad
    (array([0.5, 1. , 0. ]), array([2., 1.]))

    Images of shape (batch, channel, row, column) with filters of (channel, filter, row, column):

    >>> import numpy as np
    >>> images, filters = Node(np.ones((2, 3, 8, 8))), np.ones((3, 4, 3, 3))
    >>> y = convolve(images, filters, "valid", axes=([2, 3], [2, 3]), dot_axes=([1], [0]))
    >>> y.shape, y.value[0, 0, 0, 0]
    ((2, 4, 6, 6), np.float64(27.0))
    """
    a, b = as_operand(in1), as_operand(in2)
    if mode not in ("full", "valid", "same"):
        raise ValueError(f"convolve expects mode full, valid or same, got {mode!r}")
    if axes is None:
        if a.ndim != b.ndim:
            raise ValueError(
                f"convolve expects arrays with as many axes, got shapes {a.shape} and {b.shape}. "
                "Name those to convolve along with axes=([...], [...])"
            )
        axes = (range(a.ndim), range(a.ndim))
    if a.ndim == 0 == b.ndim:
        return a * b
    canonical_a, kept_a = _canonical(a, axes[0], dot_axes[0])
    canonical_b, kept_b = _canonical(b, axes[1], dot_axes[1])
    found = _convolved(canonical_a, canonical_b, mode)
    return np.reshape(found, kept_a + kept_b + found.shape[2:])


def _canonical(x: Any, axes: Any, dot_axes: Any) -> tuple[Any, tuple[int, ...]]:
    """Axes: all that stay in one, all that are summed in one, then those of the convolution."""
    along = [axis % x.ndim for axis in axes]
    summed = [axis % x.ndim for axis in dot_axes]
    kept = [axis for axis in range(x.ndim) if axis not in along + summed]
    lengths = [tuple(x.shape[axis] for axis in part) for part in (kept, summed, along)]
    shape = (math.prod(lengths[0]), math.prod(lengths[1]), *lengths[2])
    return np.reshape(np.transpose(x, kept + summed + along), shape), lengths[0]


def _convolved(a: Any, b: Any, mode: str) -> Any:
    larger = [n >= m for n, m in zip(a.shape[2:], b.shape[2:], strict=True)]
    if mode == "valid" and not all(larger):
        if any(n > m for n, m in zip(a.shape[2:], b.shape[2:], strict=True)):
            raise ValueError(
                f"convolve(mode='valid') expects one array to be at least as long as the other "
                f"along all axes, got {a.shape[2:]} and {b.shape[2:]}"
            )
        return np.swapaxes(_convolved(b, a, mode), 0, 1)
    if mode == "full" and larger and not any(larger):  # pad the shorter one's length
        return np.swapaxes(_convolved(b, a, mode), 0, 1)
    if mode != "valid":
        around = [(n - 1, n - 1) if mode == "full" else (n // 2, (n - 1) // 2) for n in b.shape[2:]]
        a = np.pad(a, [(0, 0), (0, 0), *around])
    return windows(a, _flipped(b))


def correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """The correlation of two arrays: the convolution with `in2` backwards; see `convolve`.

    Parameters
    ----------
    in1, in2 : Node or array_like
        The arrays, with as many axes; of a complex `in2` the conjugate is taken.
    mode : {"full", "valid", "same"}, default "full"
        All places where they overlap; those where one lies within the other; or as many as `in1`
        has, in the middle.
    method : {"auto", "direct", "fft"}, default "auto"
        As in SciPy; the faster way is taken in any case.

    Returns
    -------
    Node, scalar or ndarray
        In the shape that `convolve` gives.

    Raises
    ------
    ValueError
        If the mode is another one, the arrays have not as many axes, or for "valid" neither lies
        within the other.

    See Also
    --------
    scipy.signal.correlate : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy.signal import correlate
    >>> x, pattern = Node([1.0, 2.0, 4.0]), Node([1.0, 0.5])
    >>> y = correlate(x, pattern, "valid")
    >>> y[0].backward()  # 1 * 1 + 2 * 0.5
    >>> y.value, pattern.grad
    (array([2., 4.]), array([1., 2.]))
    """
    return convolve(in1, np.flip(conjugated(as_operand(in2))), mode, method)


def fftconvolve(in1: Any, in2: Any, mode: str = "full", axes: None = None) -> Any:
    """`convolve` along all axes.

    Parameters
    ----------
    in1, in2 : Node or array_like
        The arrays, with as many axes.
    mode : {"full", "valid", "same"}, default "full"
        See `convolve`.
    axes : None, optional
        Only all axes are for nodes.

    Returns
    -------
    Node, scalar or ndarray
        In the shape that `convolve` gives.

    Raises
    ------
    TypeError
        If axes are given.
    ValueError
        As `convolve`.

    See Also
    --------
    scipy.signal.fftconvolve : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy.signal import fftconvolve
    >>> x = Node([1.0, 2.0, 3.0])
    >>> fftconvolve(x, [1.0, 0.5]).sum().backward()
    >>> x.grad
    array([1.5, 1.5, 1.5])
    """
    if axes is not None:
        raise TypeError(
            "fftconvolve(axes=...) has no derivative here. Write "
            "autograd_core.scipy.signal.convolve(in1, in2, axes=([...], [...]))"
        )
    return convolve(in1, in2, mode)
