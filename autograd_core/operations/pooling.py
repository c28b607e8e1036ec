"""Pooling: the largest entry of each window on an image or a sequence, or the mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import pooling
from ..convolving import Padding, PerAxis, Window
from ..operation import Operation
from .convolutions import as_given, as_images, extracted, over, scattered

__all__ = ["average_pool", "average_spread", "max_pool", "pool_pick", "pool_spread"]

Size = int | tuple[int, ...]


def pool_window(
    shape: tuple[int, ...], size: Size, stride: PerAxis | None, padding: Padding
) -> Window:
    """Return how a pooling window goes over a batch of images or sequences."""
    if len(shape) not in (3, 4):
        raise ValueError(
            f"expected images of shape (N, C, H, W), or sequences (N, C, T), got shape {shape}. "
            "One channel is an axis, too: x[:, None]"
        )
    axes = len(shape) - 2
    kernel = tuple(size) if isinstance(size, (tuple, list)) else (size,) * axes
    how = over(shape, kernel, kernel if stride is None else stride, padding, 1, even_sides=True)
    if any(max(width) >= k for width, k in zip(how.padding[2 - axes :], kernel, strict=True)):
        raise ValueError(
            f"padding {padding!r} leaves windows of size {size!r} without an entry. Take less"
        )
    return how


def _last(x: Any, axes: int) -> Any:
    """An array with as many further axes of length 1."""
    return np.reshape(x, (*x.shape, *(1,) * axes))


def _over_windows(axes: int) -> tuple[int, ...]:
    return tuple(range(-axes, 0))


# --- the largest ------------------------------------------------------------------------------


def _max_pool(x: Any, size: Size = 2, stride: PerAxis | None = None, padding: Padding = 0) -> Any:
    how = pool_window(x.shape, size, stride, padding)
    return as_given(pooling.largest(as_images(x), how), x.ndim)


def _by_largest(function: Callable[..., Any]) -> Callable[..., Any]:
    """The forward function of what is moved to the largest entries of windows, or from there."""

    def forward(
        moved: Any,
        x: Any,
        out: Any,
        size: Size = 2,
        stride: PerAxis | None = None,
        padding: Padding = 0,
    ) -> Any:
        how = pool_window(x.shape, size, stride, padding)
        return as_given(function(*map(as_images, (moved, x, out)), how), x.ndim)

    return forward


def _max_composed(x: Any, **options: Any) -> Any:
    how = pool_window(x.shape, **options)
    windows = extracted(x, how, pooling.lowest(x.dtype))
    return np.max(windows, axis=_over_windows(len(x.shape) - 2))


def _shares(x: Any, out: Any, how: Window, dtype: np.dtype[Any]) -> Any:
    """Of each window the entry's share: 1 for the largest, 0 for others; ties have equal parts."""
    axes = len(x.shape) - 2
    chosen = extracted(x, how, pooling.unlike(x.dtype)) == _last(out, axes)
    chosen = chosen.astype(dtype)
    return chosen / np.sum(chosen, axis=_over_windows(axes), keepdims=True)


def _spread_composed(g: Any, x: Any, out: Any, **options: Any) -> Any:
    how = pool_window(x.shape, **options)
    return scattered(_last(g, len(x.shape) - 2) * _shares(x, out, how, g.dtype), x.shape, how)


def _pick_composed(h: Any, x: Any, out: Any, **options: Any) -> Any:
    how = pool_window(x.shape, **options)
    picked = extracted(h, how) * _shares(x, out, how, h.dtype)
    return np.sum(picked, axis=_over_windows(len(x.shape) - 2))


max_pool: Operation = Operation(
    "max_pool",
    _max_pool,
    rules=(lambda g, out, x, **how: pool_spread(g, x, out, **how),),
    symbol="max",
    real_only=True,
    composed=_max_composed,
    doc="""The largest entry of each window on images (N, C, H, W) or sequences (N, C, T).

    It gets the gradient, ties share it evenly; if the largest entry is nan, all of its window get
    nan.

    Parameters
    ----------
    x : Node or array_like
        The images or sequences, of real numbers.
    size : int or tuple of int, default 2
        Of the window, in pixels or steps.
    stride : int or tuple of int, optional
        How far the window moves; its size by default.
    padding : {"valid", "same"}, int, or tuple of int or pairs (before, after), default 0
        What stands around is smaller than all numbers. "same" gives ceil(size / stride) results,
        with as little around as that needs, evenly on both sides (if odd, one more behind).

    Returns
    -------
    Node or ndarray, shape (N, C, OH, OW) or (N, C, OT)
        Batch last in memory.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    ValueError
        If the shape is none of these, the window is larger than the image, or the padding leaves
        windows without an entry.

    References
    ----------
    D. Scherer, A. Müller and S. Behnke, "Evaluation of Pooling Operations in Convolutional
    Architectures for Object Recognition", 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad, max_pool
    >>> max_pool(np.array([[[1.0, 3.0, 2.0, 2.0]]]))
    array([[[3., 2.]]])
    >>> grad(lambda x: max_pool(x).sum())(np.array([[[1.0, 3.0, 2.0, 2.0]]]))
    array([[[0. , 1. , 0.5, 0.5]]])
    """,
)
pool_spread: Operation = Operation(
    "pool_spread",
    _by_largest(pooling.spread),
    rules=(lambda h, r, g, x, out, **how: pool_pick(h, x, out, **how), None, None),
    symbol="max\u1d40",
    real_only=True,
    composed=_spread_composed,
    doc="""What stands at the result of a `max_pool`, `out` of x, at the largest entries of x.

    Of those that tie each has an equal part. It is the gradient rule of `max_pool`; the adjoint is
    `pool_pick`. x and out have no gradient.

    Parameters
    ----------
    moved : Node or array_like, shape (N, C, OH, OW) or (N, C, OT)
        What stands at the result, such as the gradient there.
    x : array_like, shape (N, C, H, W) or (N, C, T)
        The images or sequences.
    out : array_like
        Their `max_pool`, in the shape of `moved`.
    size, stride, padding : int or tuple, as of `max_pool`
        How the window went over them.

    Returns
    -------
    Node or ndarray
        In the shape of x.

    Raises
    ------
    TypeError
        If an input does not hold numbers, or holds complex ones.
    ValueError
        If the shapes don't fit together.

    References
    ----------
    D. Scherer, A. Müller and S. Behnke, "Evaluation of Pooling Operations in Convolutional
    Architectures for Object Recognition", 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import max_pool, pool_spread
    >>> x = np.array([[[1.0, 3.0, 2.0, 2.0]]])
    >>> pool_spread(np.array([[[10.0, 20.0]]]), x, max_pool(x))
    array([[[ 0., 10., 10., 10.]]])
    """,
)
pool_pick: Operation = Operation(
    "pool_pick",
    _by_largest(pooling.picked),
    rules=(lambda v, r, h, x, out, **how: pool_spread(v, x, out, **how), None, None),
    symbol="pick",
    real_only=True,
    composed=_pick_composed,
    doc="""What stands in `moved` where the largest entries of x are, for each window.

    Where entries tie it is their mean. The adjoint is `pool_spread`. x and out have no gradient.

    Parameters
    ----------
    moved : Node or array_like, shape (N, C, H, W) or (N, C, T)
        What stands at the entries of x.
    x : array_like, shape (N, C, H, W) or (N, C, T)
        The images or sequences.
    out : array_like, shape (N, C, OH, OW) or (N, C, OT)
        Their `max_pool`.
    size, stride, padding : int or tuple, as of `max_pool`
        How the window went over them.

    Returns
    -------
    Node or ndarray
        In the shape of `out`.

    Raises
    ------
    TypeError
        If an input does not hold numbers, or holds complex ones.
    ValueError
        If the shapes don't fit together.

    References
    ----------
    D. Scherer, A. Müller and S. Behnke, "Evaluation of Pooling Operations in Convolutional
    Architectures for Object Recognition", 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import max_pool, pool_pick
    >>> x = np.array([[[1.0, 3.0, 2.0, 2.0]]])
    >>> pool_pick(np.array([[[10.0, 20.0, 30.0, 40.0]]]), x, max_pool(x))
    array([[[20., 35.]]])
    """,
)

# --- the mean ---------------------------------------------------------------------------------


def _average_pool(
    x: Any, size: Size = 2, stride: PerAxis | None = None, padding: Padding = 0
) -> Any:
    how = pool_window(x.shape, size, stride, padding)
    return as_given(pooling.averaged(as_images(x), how), x.ndim)


def _average_spread(
    g: Any,
    shape: tuple[int, ...] = (),
    size: Size = 2,
    stride: PerAxis | None = None,
    padding: Padding = 0,
) -> Any:
    how = pool_window(shape, size, stride, padding)
    return as_given(pooling.average_spread(as_images(g), how), g.ndim)


def counts(how: Window, dtype: np.dtype[Any], axes: int) -> Any:
    """Return how many entries each window holds, beside a batch of `axes` axes."""
    return as_given(pooling.counted(how, dtype).transpose(3, 1, 0, 2), axes)


def _average_composed(x: Any, **options: Any) -> Any:
    how, axes = pool_window(x.shape, **options), len(x.shape)
    total = np.sum(extracted(x, how), axis=_over_windows(axes - 2))
    return total / counts(how, total.dtype, axes)


def _average_spread_composed(g: Any, shape: tuple[int, ...], **options: Any) -> Any:
    how, axes = pool_window(shape, **options), len(shape)
    share = _last(g / counts(how, g.dtype, axes), axes - 2)
    return scattered(np.broadcast_to(share, (*g.shape, *how.kernel[4 - axes :])), shape, how)


average_pool: Operation = Operation(
    "average_pool",
    _average_pool,
    rules=(lambda g, out, x, **how: average_spread(g, shape=np.shape(x), **how),),
    symbol="mean",
    real_only=True,
    composed=_average_composed,
    doc="""The mean of each window on images (N, C, H, W) or sequences (N, C, T).

    Each entry of a window gets the gradient over their number. What stands around is not counted.

    Parameters
    ----------
    x : Node or array_like
        The images or sequences, of real numbers.
    size : int or tuple of int, default 2
        Of the window, in pixels or steps.
    stride : int or tuple of int, optional
        How far the window moves; its size by default.
    padding : {"valid", "same"}, int, or tuple of int or pairs (before, after), default 0
        How far windows stand out, as of `max_pool`.

    Returns
    -------
    Node or ndarray, shape (N, C, OH, OW) or (N, C, OT)
        Batch last in memory.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    ValueError
        If the shape is none of these, the window is larger than the image, or the padding leaves
        windows without an entry.

    References
    ----------
    Y. LeCun et al., "Gradient-Based Learning Applied to Document Recognition", 1998, subsampling.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import average_pool, grad
    >>> x = np.array([[[1.0, 3.0, 2.0, 2.0]]])
    >>> average_pool(x)
    array([[[2., 2.]]])
    >>> grad(lambda x: average_pool(x).sum())(x)
    array([[[0.5, 0.5, 0.5, 0.5]]])
    """,
)
average_spread: Operation = Operation(
    "average_spread",
    _average_spread,
    rules=(lambda h, out, g, shape, **how: average_pool(h, **how),),
    symbol="mean\u1d40",
    real_only=True,
    composed=_average_spread_composed,
    doc="""What stands at the result of an `average_pool`, in equal parts at the entries of `shape`.

    The adjoint of `average_pool`, and its gradient rule.

    Parameters
    ----------
    g : Node or array_like, shape (N, C, OH, OW) or (N, C, OT)
        What stands at the result, such as the gradient there.
    shape : tuple of int
        The shape of the images or sequences.
    size, stride, padding : int or tuple, as of `average_pool`
        How the window went over them.

    Returns
    -------
    Node or ndarray
        In that shape.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    ValueError
        If the shapes don't fit together.

    References
    ----------
    Y. LeCun et al., "Gradient-Based Learning Applied to Document Recognition", 1998.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import average_spread
    >>> average_spread(np.array([[[1.0, 4.0]]]), shape=(1, 1, 4))
    array([[[0.5, 0.5, 2. , 2. ]]])
    """,
)
