"""Discrete Fourier transforms, as in ``np.fft``.

Four rows along one axis; those over several axes are made of them. A transform is linear and its
matrix symmetric, so its adjoint is a transform again, and second order is complete.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..numpy_protocol import stands_in_for
from ..operation import Operation, as_operand
from .complex_numbers import conjugate
from .indexing import along
from .shaping import roll

__all__ = [
    "fft", "fft2", "fftn", "fftshift", "hfft", "ifft", "ifft2", "ifftn", "ifftshift", "ihfft",
    "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftn",
]  # fmt: skip

_OPTIONS: dict[str, Any] = {"options": {"n": None, "axis": -1, "norm": None}}
_OPPOSITE: Any = {
    None: "forward",
    "backward": "forward",
    "ortho": "ortho",
    "forward": "backward",
}
"""The norm of a transform's adjoint where that goes the other way."""


def _in_length(g: Any, x: Any, axis: int) -> Any:
    """The gradient of the entries that were read: the others were cut off, or zeros put there."""
    n, have = np.shape(x)[axis], np.shape(g)[axis]
    if have > n:
        return g[along(axis, slice(n), np.ndim(g))]
    if have < n:
        ends = [(0, 0)] * np.ndim(g)
        ends[axis] = (0, n - have)
        return np.pad(g, ends)
    return g


def _fft_rule(g: Any, out: Any, x: Any, n: Any, axis: int, norm: Any) -> Any:
    return _in_length(np.fft.fft(g, axis=axis, norm=norm), x, axis)


def _ifft_rule(g: Any, out: Any, x: Any, n: Any, axis: int, norm: Any) -> Any:
    return _in_length(np.fft.ifft(g, axis=axis, norm=norm), x, axis)


def _rfft_rule(g: Any, out: Any, x: Any, n: Any, axis: int, norm: Any) -> Any:
    # Half of the frequencies are left: nothing comes from the others.
    length = np.shape(x)[axis] if n is None else n
    return _in_length(np.real(np.fft.fft(g, length, axis, norm)), x, axis)


def _irfft_rule(g: Any, out: Any, x: Any, n: Any, axis: int, norm: Any) -> Any:
    # All frequencies but the first and, of an even number, the middle one stand for their
    # conjugates too.
    length = np.shape(out)[axis]
    times = np.full(length // 2 + 1, 2.0, g.dtype)
    times[0] = 1.0
    if length % 2 == 0:
        times[-1] = 1.0
    times = times.reshape([-1 if a == axis % np.ndim(g) else 1 for a in range(np.ndim(g))])
    spectrum = np.conjugate(np.fft.rfft(g, axis=axis, norm=_OPPOSITE[norm]))
    return _in_length(spectrum * times, x, axis)


fft = Operation(
    "fft",
    lambda a, n, axis, norm: np.fft.fft(a, n, axis, norm),
    rules=(_fft_rule,),
    **_OPTIONS,
    numpy=(np.fft.fft,),
    doc="""The discrete Fourier transform along `axis`, of `n` entries.

    Gradient: the transform of g, since its matrix is symmetric.""",
)
ifft = Operation(
    "ifft",
    lambda a, n, axis, norm: np.fft.ifft(a, n, axis, norm),
    rules=(_ifft_rule,),
    **_OPTIONS,
    numpy=(np.fft.ifft,),
    doc="The inverse of `fft`. Gradient: the inverse transform of g.",
)
rfft = Operation(
    "rfft",
    lambda a, n, axis, norm: np.fft.rfft(a, n, axis, norm),
    rules=(_rfft_rule,),
    **_OPTIONS,
    numpy=(np.fft.rfft,),
    doc="The Fourier transform of real numbers: the frequencies from 0 to the highest; see `fft`.",
)
irfft = Operation(
    "irfft",
    lambda a, n, axis, norm: np.fft.irfft(a, n, axis, norm),
    rules=(_irfft_rule,),
    **_OPTIONS,
    numpy=(np.fft.irfft,),
    doc="""The inverse of `rfft`, of `n` real numbers: by default an even number of them.

    The imaginary part of the first frequency, and of the middle one, is not read.""",
)

# --- made of the operations above -----------------------------------------------------------------


@stands_in_for(np.fft.hfft)
def hfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """The transform of a signal of which one half is given, the other being its conjugate.

    The result is real. The parameters are those of `irfft`, which is its inverse up to a factor.
    """
    return irfft(conjugate(a), n, axis, _opposite(norm))


@stands_in_for(np.fft.ihfft)
def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """The inverse of `hfft`; see `rfft`."""
    return conjugate(rfft(a, n, axis, _opposite(norm)))


def _opposite(norm: str | None) -> str:
    try:
        return _OPPOSITE[norm]
    except KeyError:
        raise ValueError(f"norm expects 'backward', 'ortho' or 'forward', got {norm!r}") from None


def _lengths_and_axes(a: Any, s: Any, axes: Any) -> list[tuple[int | None, int]]:
    """How many entries to transform along which axis, in the order in which NumPy does."""
    if axes is None:
        axes = range(-len(s), 0) if s is not None else range(np.ndim(a))
    axes = [operator.index(axis) for axis in axes]
    if s is None:
        return [(None, axis) for axis in axes]
    if len(s) != len(axes):
        raise ValueError(f"s={s} and axes={axes}: expected as many lengths as axes")
    return [(np.shape(a)[axis] if n == -1 else n, axis) for n, axis in zip(s, axes, strict=True)]


@stands_in_for(np.fft.fftn)
def fftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Any:
    """The Fourier transform over several axes, by default all; see `fft`.

    Parameters
    ----------
    a : array_like or Node
        The entries.
    s : sequence of int, optional
        How many entries to transform along each axis.
    axes : sequence of int, optional
        Over which; the last ones where only `s` is given.
    norm : {"backward", "ortho", "forward"}, optional
        Which of the two directions is scaled: the inverse by 1/n, both by its root, or this one.
    """
    return _over(fft, a, _lengths_and_axes(a, s, axes), norm)


@stands_in_for(np.fft.ifftn)
def ifftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Any:
    """The inverse of `fftn`, with the same parameters."""
    return _over(ifft, a, _lengths_and_axes(a, s, axes), norm)


def _over(transform: Operation, a: Any, places: Any, norm: str | None) -> Any:
    a = as_operand(a)
    for n, axis in reversed(places):
        a = transform(a, n, axis, norm)
    return a


@stands_in_for(np.fft.rfftn)
def rfftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Any:
    """`rfft` over the last of several axes, `fft` over the others; the parameters are `fftn`'s."""
    *others, (n, axis) = _lengths_and_axes(a, s, axes)
    return _over(fft, rfft(a, n, axis, norm), others, norm)


@stands_in_for(np.fft.irfftn)
def irfftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Any:
    """The inverse of `rfftn`, with the same parameters."""
    *others, (n, axis) = _lengths_and_axes(a, s, axes)
    return irfft(_over(ifft, a, others[::-1], norm), n, axis, norm)


@stands_in_for(np.fft.fft2)
def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Any:
    """`fftn` over two axes, by default the last."""
    return fftn(a, s, axes, norm)


@stands_in_for(np.fft.ifft2)
def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Any:
    """`ifftn` over two axes, by default the last."""
    return ifftn(a, s, axes, norm)


@stands_in_for(np.fft.rfft2)
def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Any:
    """`rfftn` over two axes, by default the last."""
    return rfftn(a, s, axes, norm)


@stands_in_for(np.fft.irfft2)
def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Any:
    """`irfftn` over two axes, by default the last."""
    return irfftn(a, s, axes, norm)


@stands_in_for(np.fft.fftshift)
def fftshift(x: Any, axes: Any = None) -> Any:
    """Move the frequency 0 into the middle, along `axes` (an int or several; by default all)."""
    return _shifted(x, axes, lambda n: n // 2)


@stands_in_for(np.fft.ifftshift)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """The inverse of `fftshift`, with the same parameters."""
    return _shifted(x, axes, lambda n: -(n // 2))


def _shifted(x: Any, axes: Any, by: Callable[[int], int]) -> Any:
    x = as_operand(x)
    axes = range(x.ndim) if axes is None else np.atleast_1d(axes).tolist()
    axes = tuple(normalize_axis_index(axis, x.ndim) for axis in axes)
    return roll(x, tuple(by(x.shape[axis]) for axis in axes), axes)
