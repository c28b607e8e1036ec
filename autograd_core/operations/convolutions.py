"""Convolution of images and sequences, and the patches behind it.

Three operations are closed under differentiation: the gradients of each are the other two, so that
every order exists. `extract_patches` and `scatter_patches` say the same visibly; where array code
can't be called the three are made of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from .. import convolving
from ..convolving import Array, Padding, PerAxis, Window, window
from ..operation import Operation
from .indexing import scatter_add

__all__ = [
    "convolution", "convolution_input", "convolution_kernel", "extract_patches", "scatter_patches",
]  # fmt: skip


def _option(option: Any) -> Any:
    """An option that may have been given as a list, as what never changes."""
    return tuple(map(_option, option)) if isinstance(option, (list, tuple)) else option


def over(
    shape: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: PerAxis,
    padding: Padding,
    dilation: PerAxis,
    even_sides: bool = False,
) -> Window:
    """Return how a window goes over a batch (N, C, H, W) or (N, C, T)."""
    return window(
        shape[2:], kernel, _option(stride), _option(padding), _option(dilation), even_sides
    )


def as_images(x: Any) -> Any:
    """A batch of sequences (N, C, T) as images of height 1."""
    return x[:, :, None] if x.ndim == 3 else x


def as_given(images: Any, axes: int) -> Any:
    """Images of height 1 as a batch of `axes` axes."""
    return images[:, :, 0] if axes == 3 else images


def _checked(
    x: tuple[int, ...], kernel: tuple[int, ...], groups: int, name: str = "images"
) -> None:
    if len(x) not in (3, 4) or len(kernel) != len(x):
        raise ValueError(
            f"expected {name} of shape (N, C, H, W) and kernels (F, C, kh, kw), or (N, C, T) and "
            f"(F, C, k), got shapes {x} and {kernel}. One channel is an axis, too: x[:, None]"
        )
    if not isinstance(groups, (int, np.integer)) or groups < 1:
        raise ValueError(f"groups expects a whole number from 1, got {groups!r}")
    if kernel[1] * groups != x[1]:
        of = f" in {groups} groups" if groups != 1 else ""
        raise ValueError(
            f"expected {name} of {kernel[1] * groups} channels along axis 1{of}, for kernels of "
            f"shape {kernel}, got shape {x}. Channels stand before height and width: write "
            "np.moveaxis(x, -1, 1) where they come last"
        )
    if kernel[0] % groups:
        raise ValueError(f"expected kernels in {groups} equal groups, got {kernel[0]}")


def _computed(function: Callable[..., Array], a: Any, b: Any, *rest: Any) -> Any:
    """Call with arrays of one type, in which BLAS can compute."""
    dtype = np.result_type(a, b)
    exact = np.float32 if dtype == np.float16 else dtype
    found = function(a.astype(exact, copy=False), b.astype(exact, copy=False), *rest)
    return found.astype(dtype, copy=False)


def _convolution(
    x: Any,
    w: Any,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Any:
    _checked(x.shape, w.shape, groups)
    how = over(x.shape, w.shape[2:], stride, padding, dilation)
    found = _computed(convolving.correlated, as_images(x), as_images(w), how, groups)
    return as_given(found, x.ndim)


def _convolution_input(
    g: Any,
    w: Any,
    shape: tuple[int, ...] = (),
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Any:
    _checked(shape, w.shape, groups)
    how = over(shape, w.shape[2:], stride, padding, dilation)
    _refuse_others("gradients", g.shape, (shape[0], w.shape[0], *how.out[4 - len(shape) :]))
    found = _computed(convolving.input_gradient, as_images(g), as_images(w), how, groups)
    return as_given(found, g.ndim)


def _convolution_kernel(
    x: Any,
    g: Any,
    shape: tuple[int, ...] = (),
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Any:
    _checked(x.shape, shape, groups)
    how = over(x.shape, shape[2:], stride, padding, dilation)
    _refuse_others("gradients", g.shape, (x.shape[0], shape[0], *how.out[4 - len(shape) :]))
    found = _computed(convolving.kernel_gradient, as_images(x), as_images(g), how, groups)
    return as_given(found, x.ndim)


def _refuse_others(name: str, shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    if shape != expected:
        raise ValueError(f"expected {name} of shape {expected}, got {shape}")


# --- patches ----------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _places(how: Window, axes: int) -> tuple[Any, ...]:
    """The index of all patches in a padded image: (..., *out, *kernel)."""
    index: list[Any] = []
    for axis in range(2 - axes, 2):
        begins = np.arange(how.out[axis]) * how.stride[axis]
        places = begins[:, None] + np.arange(how.kernel[axis]) * how.dilation[axis]
        at = axis - (2 - axes)
        shape = [1] * (2 * axes)
        shape[at], shape[axes + at] = places.shape
        places = places.reshape(shape)
        places.flags.writeable = False
        index.append(places)
    return (slice(None), slice(None), *index)


def _around(how: Window, axes: int) -> tuple[tuple[int, int], ...]:
    return ((0, 0), (0, 0), *how.padding[2 - axes :])


def _extract_patches(
    x: Any, kernel: Any = 1, stride: PerAxis = 1, padding: Padding = 0, dilation: PerAxis = 1
) -> Any:
    return extracted(x, _window(x.shape, kernel, stride, padding, dilation))


def _window(shape: tuple[int, ...], kernel: Any, *how: Any, **options: Any) -> Window:
    sizes = tuple(kernel) if isinstance(kernel, (tuple, list)) else (kernel,) * (len(shape) - 2)
    return over(shape, sizes, *how, **options)


def extracted(x: Any, how: Window, filling: float = 0.0) -> Any:
    """Return the patches of a batch, in ordinary operations."""
    axes = len(x.shape) - 2
    around = _around(how, axes)
    if any(map(any, around)):
        x = np.pad(x, around, constant_values=filling)
    return x[_places(how, axes)]


def _scatter_patches(
    patches: Any,
    shape: tuple[int, ...] = (),
    kernel: Any = 1,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Any:
    how, axes = _window(shape, kernel, stride, padding, dilation), len(shape) - 2
    _refuse_others(
        "patches", patches.shape, (*shape[:2], *how.out[2 - axes :], *how.kernel[2 - axes :])
    )
    widths = _around(how, axes)
    large = tuple(n + sum(width) for n, width in zip(shape, widths, strict=True))
    found = np.zeros(large, patches.dtype)
    for place in np.ndindex(patches.shape[2 + axes :]):
        part: tuple[Any, ...] = tuple(
            slice(i * d, i * d + s * (n - 1) + 1, s)
            for i, d, s, n in zip(
                place,
                how.dilation[2 - axes :],
                how.stride[2 - axes :],
                how.out[2 - axes :],
                strict=True,
            )
        )
        found[(..., *part)] += patches[(..., *place)]
    return found[_inside(widths, shape)]


def _inside(widths: tuple[tuple[int, int], ...], shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(before, before + n) for (before, _), n in zip(widths, shape, strict=True))


def scattered(patches: Any, shape: tuple[int, ...], how: Window) -> Any:
    """Add patches up where they were taken, in ordinary operations."""
    widths = _around(how, len(shape) - 2)
    large = tuple(n + sum(width) for n, width in zip(shape, widths, strict=True))
    found = scatter_add(patches, index=_places(how, len(shape) - 2), shape=large)
    return found[_inside(widths, shape)]


extract_patches: Operation = Operation(
    "extract_patches",
    _extract_patches,
    rules=(lambda g, out, x, **how: scatter_patches(g, shape=np.shape(x), **how),),
    symbol="patches",
    real_only=True,
    composed=_extract_patches,
    doc="""The patches that a window meets on images (N, C, H, W) or sequences (N, C, T).

    The gradient adds up where the patches were taken: `scatter_patches`.

    Parameters
    ----------
    x : Node or array_like
        The images or sequences, of real numbers.
    kernel : int or tuple of int, default 1
        The size of the window, in pixels or steps.
    stride, dilation : int or tuple of int, default 1
        As of `convolution`.
    padding : {"valid", "same"}, int, or tuple of int or pairs (before, after), default 0
        As of `convolution`.

    Returns
    -------
    Node or ndarray, shape (N, C, OH, OW, kh, kw) or (N, C, OT, k)
        The places of the window, then what it shows.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    ValueError
        If the shape is none of these, or the window is larger than the image.

    References
    ----------
    K. Chellapilla, S. Puri and P. Simard, "High Performance Convolutional Neural Networks for
    Document Processing", 2006.

    Examples
    --------
    >>> from autograd_core import Node, extract_patches
    >>> x = Node([[[1.0, 2.0, 3.0]]])
    >>> patches = extract_patches(x, kernel=2)
    >>> patches.sum().backward()
    >>> patches.value.tolist(), x.grad  # the middle is in both patches
    ([[[[1.0, 2.0], [2.0, 3.0]]]], array([[[1., 2., 1.]]]))
    """,
)
scatter_patches: Operation = Operation(
    "scatter_patches",
    _scatter_patches,
    rules=(lambda h, out, patches, shape, **how: extract_patches(h, **how),),
    symbol="patches\u1d40",
    real_only=True,
    composed=lambda patches, shape, kernel, **how: scattered(
        patches, shape, _window(shape, kernel, **how)
    ),
    doc="""Patches added up where they were taken, in an array of `shape`: see `extract_patches`.

    It is the adjoint of that, not its inverse: an entry in several patches is counted as often.

    Parameters
    ----------
    patches : Node or array_like, shape (N, C, OH, OW, kh, kw) or (N, C, OT, k)
        What to add up.
    shape : tuple of int
        The shape of the images or sequences.
    kernel : int or tuple of int, default 1
        The size of the window, in pixels or steps.
    stride, dilation : int or tuple of int, default 1
        As of `convolution`.
    padding : {"valid", "same"}, int, or tuple of int or pairs (before, after), default 0
        As of `convolution`.

    Returns
    -------
    Node or ndarray, shape (N, C, H, W) or (N, C, T)
        The sums.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    ValueError
        If the shapes don't fit together.

    References
    ----------
    K. Chellapilla, S. Puri and P. Simard, "High Performance Convolutional Neural Networks for
    Document Processing", 2006.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import scatter_patches
    >>> scatter_patches(np.array([[[[1.0, 2.0], [10.0, 20.0]]]]), shape=(1, 1, 3), kernel=2)
    array([[[ 1., 12., 20.]]])
    """,
)


# --- convolution ------------------------------------------------------------------------------


def _parts(
    shape: tuple[int, ...], kernel: tuple[int, ...], groups: int, out: tuple[int, ...]
) -> tuple[Any, Any, Any]:
    """The shapes of patches, kernels and results for the three products, by groups."""
    n, channels = shape[:2]
    taps, places = math.prod(kernel[2:]), math.prod(out)
    return (
        (n, groups, channels // groups, places, taps),
        (groups, kernel[0] // groups, channels // groups, taps),
        (n, groups, kernel[0] // groups, places),
    )


def _composed(x: Any, w: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    how = over(x.shape, w.shape[2:], stride, padding, dilation)
    patches, kernels, _ = _parts(x.shape, w.shape, groups, how.out)
    found = np.einsum(
        "ngcpk,gfck->ngfp",
        np.reshape(extracted(x, how), patches),
        np.reshape(w, kernels),
    )
    return np.reshape(found, (x.shape[0], w.shape[0], *how.out[4 - len(x.shape) :]))


def _composed_input(g: Any, w: Any, shape: Any, groups: int, **how: Any) -> Any:
    _, kernels, results = _parts(shape, w.shape, groups, g.shape[2:])
    found = np.einsum("ngfp,gfck->ngcpk", np.reshape(g, results), np.reshape(w, kernels))
    found = np.reshape(found, (*shape[:2], *g.shape[2:], *w.shape[2:]))
    return scatter_patches(found, shape=shape, kernel=w.shape[2:], **how)


def _composed_kernel(
    x: Any, g: Any, shape: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    how = over(x.shape, shape[2:], stride, padding, dilation)
    patches, _, results = _parts(x.shape, shape, groups, how.out)
    found = np.einsum(
        "ngcpk,ngfp->gfck",
        np.reshape(extracted(x, how), patches),
        np.reshape(g, results),
    )
    return np.reshape(found, shape)


convolution: Operation = Operation(
    "convolution",
    _convolution,
    rules=(
        lambda g, out, x, w, **how: convolution_input(g, w, shape=np.shape(x), **how),
        lambda g, out, x, w, **how: convolution_kernel(x, g, shape=np.shape(w), **how),
    ),
    symbol="conv",
    real_only=True,
    composed=_composed,
    doc="""Slide kernels over images or sequences: cross-correlation, as in all neural networks.

    Gradients: `convolution_input` and `convolution_kernel`.

    Parameters
    ----------
    x : Node or array_like, shape (N, C, H, W) or (N, C, T)
        The images or sequences, channels first.
    w : Node or array_like, shape (F, C / groups, kh, kw) or (F, C / groups, k)
        A kernel for each output channel.
    stride, dilation : int or tuple of int, default 1
        How far the kernel moves, and how far its entries are apart; for all axes, or for each.
    padding : {"valid", "same"}, int, or tuple of int or pairs (before, after), default 0
        How many zeros stand around the images. "same" gives ceil(size / stride) outputs: those of
        stride 1, each entry in the middle of its window, or just behind the middle if the kernel
        is even (as `scipy.signal.correlate`), of which a stride leaves every second, third ...
    groups : int, default 1
        Into how many parts, each with kernels of its own, the channels are cut.

    Returns
    -------
    Node or ndarray, shape (N, F, OH, OW) or (N, F, OT)
        Batch last in memory, which the next convolution reads fastest.

    Raises
    ------
    TypeError
        If an input does not hold numbers, or holds complex ones.
    ValueError
        If the shapes don't fit together, the kernel is larger than the images with what stands
        around, or an option is none of these.

    References
    ----------
    V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning", 2016.

    Examples
    --------
    >>> from autograd_core import Node, convolution
    >>> edge = Node([[[-1.0, 1.0]]])
    >>> y = convolution([[[0.0, 0.0, 1.0, 3.0]]], edge)
    >>> y.sum().backward()
    >>> y.value, edge.grad  # the kernel is shared: its places add up
    (array([[[0., 1., 2.]]]), array([[[1., 4.]]]))
    """,
)
convolution_input: Operation = Operation(
    "convolution_input",
    _convolution_input,
    rules=(
        lambda h, out, g, w, shape, **how: convolution(h, w, **how),
        lambda h, out, g, w, shape, **how: convolution_kernel(h, g, shape=np.shape(w), **how),
    ),
    symbol="conv\u1d40",
    real_only=True,
    composed=_composed_input,
    doc="""The gradient of a `convolution` at its images of `shape`: the transposed convolution.

    Parameters
    ----------
    g : Node or array_like, shape (N, F, OH, OW) or (N, F, OT)
        The gradient at the result.
    w : Node or array_like, shape (F, C / groups, kh, kw) or (F, C / groups, k)
        The kernels.
    shape : tuple of int
        The shape of the images or sequences.
    stride, dilation, groups : int or tuple of int, default 1
        As of `convolution`.
    padding : {"valid", "same"}, int, or tuple of int or pairs (before, after), default 0
        As of `convolution`.

    Returns
    -------
    Node or ndarray, shape (N, C, H, W) or (N, C, T)
        The gradient at the images.

    Raises
    ------
    TypeError
        If an input does not hold numbers, or holds complex ones.
    ValueError
        If the shapes don't fit together.

    References
    ----------
    V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import convolution_input
    >>> w = np.array([[[1.0, 10.0]]])
    >>> convolution_input(np.array([[[1.0, 0.0, 2.0]]]), w, shape=(1, 1, 4))
    array([[[ 1., 10.,  2., 20.]]])
    """,
)
convolution_kernel: Operation = Operation(
    "convolution_kernel",
    _convolution_kernel,
    rules=(
        lambda v, out, x, g, shape, **how: convolution_input(g, v, shape=np.shape(x), **how),
        lambda v, out, x, g, shape, **how: convolution(x, v, **how),
    ),
    symbol="conv\u2032",
    real_only=True,
    composed=_composed_kernel,
    doc="""The gradient of a `convolution` at its kernels of `shape`.

    Parameters
    ----------
    x : Node or array_like, shape (N, C, H, W) or (N, C, T)
        The images or sequences.
    g : Node or array_like, shape (N, F, OH, OW) or (N, F, OT)
        The gradient at the result.
    shape : tuple of int
        The shape of the kernels.
    stride, dilation, groups : int or tuple of int, default 1
        As of `convolution`.
    padding : {"valid", "same"}, int, or tuple of int or pairs (before, after), default 0
        As of `convolution`.

    Returns
    -------
    Node or ndarray, shape (F, C / groups, kh, kw) or (F, C / groups, k)
        The gradient at the kernels: the sum over all places and samples, which share them.

    Raises
    ------
    TypeError
        If an input does not hold numbers, or holds complex ones.
    ValueError
        If the shapes don't fit together.

    References
    ----------
    Y. LeCun et al., "Gradient-Based Learning Applied to Document Recognition", 1998.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import convolution_kernel
    >>> x, g = np.array([[[1.0, 2.0, 3.0]]]), np.array([[[1.0, 10.0]]])
    >>> convolution_kernel(x, g, shape=(1, 1, 2))
    array([[[21., 32.]]])
    """,
)
