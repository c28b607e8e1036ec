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

    Gradient: the transform of g, since its matrix is symmetric.

    Parameters
    ----------
    a : Node or array_like
        Real or complex numbers, such as samples at equal distances in time.
    n : int, optional
        How many entries to transform; the rest is cut off, or zeros are added. All by default.
    axis : int, default -1
        Along which axis.
    norm : {"backward", "ortho", "forward"}, optional
        Which direction is scaled: the inverse by 1/n ("backward", the default), both by 1/sqrt(n),
        or the forward one by 1/n.

    Returns
    -------
    Node or ndarray
        Complex; `n` frequencies along the axis, from 0 up, the negative ones behind.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    ValueError
        If `norm` is none of the three, or there is nothing to transform.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> x = np.array([1.0, 2.0])
    >>> np.fft.fft(x).real
    array([ 3., -1.])
    >>> grad(lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2))(x)  # 2 n x (Parseval)
    array([4., 8.])
    """,
)
ifft = Operation(
    "ifft",
    lambda a, n, axis, norm: np.fft.ifft(a, n, axis, norm),
    rules=(_ifft_rule,),
    **_OPTIONS,
    numpy=(np.fft.ifft,),
    doc="""The inverse of `fft`. Gradient: the inverse transform of g.

    Parameters
    ----------
    a : Node or array_like
        Frequencies, in the order of `fft`.
    n : int, optional
        How many entries to transform; the rest is cut off, or zeros are added. All by default.
    axis : int, default -1
        Along which axis.
    norm : {"backward", "ortho", "forward"}, optional
        Which direction is scaled: the inverse by 1/n ("backward", the default), both by 1/sqrt(n),
        or the forward one by 1/n.

    Returns
    -------
    Node or ndarray
        Complex; `n` entries along the axis.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    ValueError
        If `norm` is none of the three, or there is nothing to transform.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> y = np.array([3.0, -1.0])
    >>> np.fft.ifft(y).real
    array([1., 2.])
    >>> grad(lambda y: np.sum(np.abs(np.fft.ifft(y)) ** 2))(y)  # 2 y / n
    array([ 3., -1.])
    """,
)
rfft = Operation(
    "rfft",
    lambda a, n, axis, norm: np.fft.rfft(a, n, axis, norm),
    rules=(_rfft_rule,),
    **_OPTIONS,
    numpy=(np.fft.rfft,),
    doc="""The Fourier transform of real numbers: the frequencies from 0 to the highest; see `fft`.

    Gradient: the real part of the transform of g, with zeros for the frequencies left out.

    Parameters
    ----------
    a : Node or array_like
        Real numbers.
    n : int, optional
        How many entries to transform; the rest is cut off, or zeros are added. All by default.
    axis : int, default -1
        Along which axis.
    norm : {"backward", "ortho", "forward"}, optional
        Which direction is scaled: the inverse by 1/n ("backward", the default), both by 1/sqrt(n),
        or the forward one by 1/n.

    Returns
    -------
    Node or ndarray
        Complex; n // 2 + 1 frequencies along the axis.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    ValueError
        If `norm` is none of the three, or there is nothing to transform.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0, 3.0, 4.0])
    >>> y = np.real(np.fft.rfft(x))
    >>> y.value
    array([10., -2., -2.])
    >>> y[0].backward()
    >>> x.grad
    array([1., 1., 1., 1.])
    """,
)
irfft = Operation(
    "irfft",
    lambda a, n, axis, norm: np.fft.irfft(a, n, axis, norm),
    rules=(_irfft_rule,),
    **_OPTIONS,
    numpy=(np.fft.irfft,),
    doc="""The inverse of `rfft`, of `n` real numbers: by default an even number of them.

    The imaginary part of the first frequency, and of the middle one, is not read. Gradient: the
    transform of g over n, conjugated, where each frequency that stands for two counts twice.

    Parameters
    ----------
    a : Node or array_like
        Frequencies, in the order of `rfft`.
    n : int, optional
        How many numbers to return; by default 2 (m - 1) for m frequencies.
    axis : int, default -1
        Along which axis.
    norm : {"backward", "ortho", "forward"}, optional
        Which direction is scaled: the inverse by 1/n ("backward", the default), both by 1/sqrt(n),
        or the forward one by 1/n.

    Returns
    -------
    Node or ndarray
        Real; `n` entries along the axis.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    ValueError
        If `norm` is none of the three, or there is nothing to transform.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> y = Node([4.0, 0.0, 0.0])
    >>> x = np.fft.irfft(y)
    >>> x.value
    array([1., 1., 1., 1.])
    >>> x[0].backward()
    >>> y.grad
    array([0.25, 0.5 , 0.25])
    """,
)

# --- made of the operations above -----------------------------------------------------------------


@stands_in_for(np.fft.hfft)
def hfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """The transform of a signal of which one half is given, the other being its conjugate.

    The result is real. The parameters are those of `irfft`, which is its inverse up to a factor.

    Parameters
    ----------
    a : Node or array_like
        The half of the signal that begins at 0.
    n : int, optional
        How many numbers to return; by default 2 (m - 1) for m entries.
    axis : int, default -1
        Along which axis.
    norm : {"backward", "ortho", "forward"}, optional
        Which direction is scaled: the inverse by 1/n ("backward", the default), both by 1/sqrt(n),
        or the forward one by 1/n.

    Returns
    -------
    Node or ndarray
        Real; `n` entries along the axis.

    Raises
    ------
    ValueError
        If `norm` is none of the three, or there is nothing to transform.

    See Also
    --------
    numpy.fft.hfft : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([1.0, 2.0, 1.0])
    >>> y = np.fft.hfft(a)
    >>> y[0].backward()
    >>> float(y.value[0]), a.grad
    (6.0, array([1., 2., 1.]))
    """
    return irfft(conjugate(a), n, axis, _opposite(norm))


@stands_in_for(np.fft.ihfft)
def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """The inverse of `hfft`; see `rfft`.

    Parameters
    ----------
    a : Node or array_like
        Real numbers.
    n : int, optional
        How many entries to transform; the rest is cut off, or zeros are added. All by default.
    axis : int, default -1
        Along which axis.
    norm : {"backward", "ortho", "forward"}, optional
        Which direction is scaled: the inverse by 1/n ("backward", the default), both by 1/sqrt(n),
        or the forward one by 1/n.

    Returns
    -------
    Node or ndarray
        Complex; n // 2 + 1 entries along the axis.

    Raises
    ------
    ValueError
        If `norm` is none of the three, or there is nothing to transform.

    See Also
    --------
    numpy.fft.ihfft : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> y = Node([6.0, 0.0, -2.0, 0.0])
    >>> a = np.real(np.fft.ihfft(y))
    >>> a.value
    array([1., 2., 1.])
    >>> a[0].backward()
    >>> y.grad
    array([0.25, 0.25, 0.25, 0.25])
    """
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
    a : Node or array_like
        The entries.
    s : sequence of int, optional
        How many entries to transform along each axis; all by default.
    axes : sequence of int, optional
        Over which axes; over all by default, over the last ones where only `s` is given.
    norm : {"backward", "ortho", "forward"}, optional
        Which direction is scaled: the inverse by 1/n ("backward", the default), both by 1/sqrt(n),
        or the forward one by 1/n.

    Returns
    -------
    Node or ndarray
        Complex, in the shape of `a` but for `s`.

    Raises
    ------
    ValueError
        If `norm` is none of the three, `s` and `axes` differ in length, or there is nothing to
        transform.

    See Also
    --------
    numpy.fft.fftn : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> x = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> grad(lambda x: np.sum(np.abs(np.fft.fftn(x)) ** 2))(x)  # 2 n x, of n = 4 entries
    array([[ 8., 16.],
           [24., 32.]])
    """
    return _over(fft, a, _lengths_and_axes(a, s, axes), norm)


@stands_in_for(np.fft.ifftn)
def ifftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Any:
    """The inverse of `fftn`, with the same parameters.

    Parameters
    ----------
    a : Node or array_like
        Frequencies, in the order of `fftn`.
    s : sequence of int, optional
        How many entries to transform along each axis; all by default.
    axes : sequence of int, optional
        Over which axes; over all by default, over the last ones where only `s` is given.
    norm : {"backward", "ortho", "forward"}, optional
        Which direction is scaled: the inverse by 1/n ("backward", the default), both by 1/sqrt(n),
        or the forward one by 1/n.

    Returns
    -------
    Node or ndarray
        Complex, in the shape of `a` but for `s`.

    Raises
    ------
    ValueError
        If `norm` is none of the three, `s` and `axes` differ in length, or there is nothing to
        transform.

    See Also
    --------
    numpy.fft.ifftn : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> y = np.array([[10.0, -2.0], [-4.0, 0.0]])
    >>> np.fft.ifftn(y).real
    array([[1., 2.],
           [3., 4.]])
    >>> grad(lambda y: np.real(np.fft.ifftn(y))[0, 0])(y)
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    return _over(ifft, a, _lengths_and_axes(a, s, axes), norm)


def _over(transform: Operation, a: Any, places: Any, norm: str | None) -> Any:
    a = as_operand(a)
    for n, axis in reversed(places):
        a = transform(a, n, axis, norm)
    return a


@stands_in_for(np.fft.rfftn)
def rfftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Any:
    """`rfft` over the last of several axes, `fft` over the others; the parameters are `fftn`'s.

    Parameters
    ----------
    a : Node or array_like
        Real numbers.
    s : sequence of int, optional
        How many entries to transform along each axis; all by default.
    axes : sequence of int, optional
        Over which axes; over all by default, over the last ones where only `s` is given.
    norm : {"backward", "ortho", "forward"}, optional
        Which direction is scaled: the inverse by 1/n ("backward", the default), both by 1/sqrt(n),
        or the forward one by 1/n.

    Returns
    -------
    Node or ndarray
        Complex; along the last axis n // 2 + 1 frequencies for n entries.

    Raises
    ------
    ValueError
        If `norm` is none of the three, `s` and `axes` differ in length, or there is nothing to
        transform.
    TypeError
        If the input holds complex numbers.

    See Also
    --------
    numpy.fft.rfftn : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node(np.ones((2, 4)))
    >>> y = np.fft.rfftn(x)
    >>> y.shape
    (2, 3)
    >>> np.real(y[0, 0]).backward()
    >>> x.grad
    array([[1., 1., 1., 1.],
           [1., 1., 1., 1.]])
    """
    *others, (n, axis) = _lengths_and_axes(a, s, axes)
    return _over(fft, rfft(a, n, axis, norm), others, norm)


@stands_in_for(np.fft.irfftn)
def irfftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Any:
    """The inverse of `rfftn`, with the same parameters.

    Parameters
    ----------
    a : Node or array_like
        Frequencies, in the order of `rfftn`.
    s : sequence of int, optional
        How many numbers to return along each axis; by default as many as there are, along the last
        axis 2 (m - 1) for m frequencies.
    axes : sequence of int, optional
        Over which axes; over all by default, over the last ones where only `s` is given.
    norm : {"backward", "ortho", "forward"}, optional
        Which direction is scaled: the inverse by 1/n ("backward", the default), both by 1/sqrt(n),
        or the forward one by 1/n.

    Returns
    -------
    Node or ndarray
        Real, in the shape `s` along the axes.

    Raises
    ------
    ValueError
        If `norm` is none of the three, `s` and `axes` differ in length, or there is nothing to
        transform.

    See Also
    --------
    numpy.fft.irfftn : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> y = Node([[4.0, 0.0], [0.0, 0.0]])
    >>> x = np.fft.irfftn(y)
    >>> x.value
    array([[1., 1.],
           [1., 1.]])
    >>> x[0, 0].backward()
    >>> y.grad
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    *others, (n, axis) = _lengths_and_axes(a, s, axes)
    return irfft(_over(ifft, a, others[::-1], norm), n, axis, norm)


@stands_in_for(np.fft.fft2)
def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Any:
    """`fftn` over two axes, by default the last.

    Parameters
    ----------
    a : Node or array_like
        The entries, such as an image's pixels.
    s : sequence of int, optional
        How many entries to transform along each axis; all by default.
    axes : pair of int, default (-2, -1)
        Over which axes.
    norm : {"backward", "ortho", "forward"}, optional
        Which direction is scaled: the inverse by 1/n ("backward", the default), both by 1/sqrt(n),
        or the forward one by 1/n.

    Returns
    -------
    Node or ndarray
        Complex, in the shape of `a` but for `s`.

    Raises
    ------
    ValueError
        If `norm` is none of the three, `s` and `axes` differ in length, or there is nothing to
        transform.

    See Also
    --------
    numpy.fft.fft2 : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> x = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> np.fft.fft2(x).real
    array([[10., -2.],
           [-4.,  0.]])
    >>> grad(lambda x: np.real(np.fft.fft2(x))[0, 1])(x)
    array([[ 1., -1.],
           [ 1., -1.]])
    """
    return fftn(a, s, axes, norm)


@stands_in_for(np.fft.ifft2)
def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Any:
    """`ifftn` over two axes, by default the last.

    Parameters
    ----------
    a : Node or array_like
        Frequencies, in the order of `fft2`.
    s : sequence of int, optional
        How many entries to transform along each axis; all by default.
    axes : pair of int, default (-2, -1)
        Over which axes.
    norm : {"backward", "ortho", "forward"}, optional
        Which direction is scaled: the inverse by 1/n ("backward", the default), both by 1/sqrt(n),
        or the forward one by 1/n.

    Returns
    -------
    Node or ndarray
        Complex, in the shape of `a` but for `s`.

    Raises
    ------
    ValueError
        If `norm` is none of the three, `s` and `axes` differ in length, or there is nothing to
        transform.

    See Also
    --------
    numpy.fft.ifft2 : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> y = np.array([[10.0, -2.0], [-4.0, 0.0]])
    >>> np.fft.ifft2(y).real
    array([[1., 2.],
           [3., 4.]])
    >>> grad(lambda y: np.real(np.fft.ifft2(y))[0, 1])(y)
    array([[ 0.25, -0.25],
           [ 0.25, -0.25]])
    """
    return ifftn(a, s, axes, norm)


@stands_in_for(np.fft.rfft2)
def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Any:
    """`rfftn` over two axes, by default the last.

    Parameters
    ----------
    a : Node or array_like
        Real numbers.
    s : sequence of int, optional
        How many entries to transform along each axis; all by default.
    axes : pair of int, default (-2, -1)
        Over which axes.
    norm : {"backward", "ortho", "forward"}, optional
        Which direction is scaled: the inverse by 1/n ("backward", the default), both by 1/sqrt(n),
        or the forward one by 1/n.

    Returns
    -------
    Node or ndarray
        Complex; along the last axis n // 2 + 1 frequencies for n entries.

    Raises
    ------
    ValueError
        If `norm` is none of the three, `s` and `axes` differ in length, or there is nothing to
        transform.
    TypeError
        If the input holds complex numbers.

    See Also
    --------
    numpy.fft.rfft2 : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node(np.ones((2, 4)))
    >>> y = np.fft.rfft2(x)
    >>> y.shape
    (2, 3)
    >>> np.real(y[0, 0]).backward()
    >>> x.grad
    array([[1., 1., 1., 1.],
           [1., 1., 1., 1.]])
    """
    return rfftn(a, s, axes, norm)


@stands_in_for(np.fft.irfft2)
def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Any:
    """`irfftn` over two axes, by default the last.

    Parameters
    ----------
    a : Node or array_like
        Frequencies, in the order of `rfft2`.
    s : pair of int, optional
        How many numbers to return along each axis; by default as many as there are, along the last
        axis 2 (m - 1) for m frequencies.
    axes : pair of int, default (-2, -1)
        Over which axes.
    norm : {"backward", "ortho", "forward"}, optional
        Which direction is scaled: the inverse by 1/n ("backward", the default), both by 1/sqrt(n),
        or the forward one by 1/n.

    Returns
    -------
    Node or ndarray
        Real, in the shape `s` along the axes.

    Raises
    ------
    ValueError
        If `norm` is none of the three, `s` and `axes` differ in length, or there is nothing to
        transform.

    See Also
    --------
    numpy.fft.irfft2 : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> y = Node([[4.0, 0.0], [0.0, 0.0]])
    >>> x = np.fft.irfft2(y)
    >>> x.value
    array([[1., 1.],
           [1., 1.]])
    >>> x[0, 0].backward()
    >>> y.grad
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    return irfftn(a, s, axes, norm)


@stands_in_for(np.fft.fftshift)
def fftshift(x: Any, axes: Any = None) -> Any:
    """Move the frequency 0 into the middle, along `axes` (an int or several; by default all).

    The gradient is moved back.

    Parameters
    ----------
    x : Node or array_like
        Frequencies, in the order of `fft`.
    axes : int or sequence of int, optional
        Along which axes; along all by default.

    Returns
    -------
    Node or ndarray
        In the shape of the input.

    Raises
    ------
    np.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    numpy.fft.fftshift : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([0.0, 1.0, -1.0])
    >>> y = np.fft.fftshift(x)
    >>> y.value
    array([-1.,  0.,  1.])
    >>> y.backward(np.array([10.0, 20.0, 30.0]))
    >>> x.grad
    array([20., 30., 10.])
    """
    return _shifted(x, axes, lambda n: n // 2)


@stands_in_for(np.fft.ifftshift)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """The inverse of `fftshift`, with the same parameters. The gradient is moved back.

    Parameters
    ----------
    x : Node or array_like
        Frequencies, with 0 in the middle.
    axes : int or sequence of int, optional
        Along which axes; along all by default.

    Returns
    -------
    Node or ndarray
        In the shape of the input.

    Raises
    ------
    np.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    numpy.fft.ifftshift : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([-1.0, 0.0, 1.0])
    >>> y = np.fft.ifftshift(x)
    >>> y.value
    array([ 0.,  1., -1.])
    >>> y.backward(np.array([10.0, 20.0, 30.0]))
    >>> x.grad
    array([30., 10., 20.])
    """
    return _shifted(x, axes, lambda n: -(n // 2))


def _shifted(x: Any, axes: Any, by: Callable[[int], int]) -> Any:
    x = as_operand(x)
    axes = range(x.ndim) if axes is None else np.atleast_1d(axes).tolist()
    axes = tuple(normalize_axis_index(axis, x.ndim) for axis in axes)
    return roll(x, tuple(by(x.shape[axis]) for axis in axes), axes)
