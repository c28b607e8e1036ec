"""Layers that make images and sequences smaller, or larger by zeros."""

from __future__ import annotations

from typing import Any

from autograd_core import Node, average_pool, max_pool, mean, pad
from autograd_core.convolving import Padding, PerAxis
from autograd_core.operations.pooling import pool_window

from ..checks import whole_number
from ..formulas import Formulas
from .layer import Batch
from .windows import OverImages, checked_padding, per_axis

__all__ = [
    "AveragePool1D", "AveragePool2D", "GlobalAveragePool", "MaxPool1D", "MaxPool2D", "ZeroPad",
]  # fmt: skip


class _Pool(OverImages):
    """What all pooling layers share: a window, and how it moves."""

    def __init__(
        self, size: PerAxis = 2, *, stride: PerAxis | None = None, padding: Padding = "valid"
    ) -> None:
        owner = type(self).__name__
        self.size = per_axis(owner, "size", size, self.axes)
        self.stride = None if stride is None else per_axis(owner, "stride", stride, self.axes)
        self.padding = checked_padding(owner, padding, self.axes)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        channels = self._sample(shape)[0]
        found = self._fitting(pool_window, (1, *shape), **self._how)
        return (channels, *found.out[2 - self.axes :])

    @property
    def _how(self) -> dict[str, Any]:
        return {"size": self.size, "stride": self.stride, "padding": self.padding}


class _MaxPool(_Pool):
    formulas = Formulas("Y = max X in each window", ("E′ = E where X = Y in a window, else 0",))

    def apply(self, x: Batch) -> Node:
        """Take the largest entry of each window."""
        self.require_batch(x.shape)
        found: Node = max_pool(x, **self._how)
        return found


class MaxPool2D(_MaxPool):
    """The largest entry of each window of an image, channel by channel.

    From (samples, channels, height, width) to the same with fewer rows and columns.

    Parameters
    ----------
    size : int or tuple of int, default 2
        Height and width of the window.
    stride : int or tuple of int, optional
        How far it moves; by its size by default.
    padding : {"valid", "same"}, int, or tuple, default "valid"
        How much stands around the image, as in `Conv2D`; it is smaller than all numbers. "same"
        gives ceil(size / stride) results with as little as that needs, evenly on both sides.

    Raises
    ------
    ValueError
        If size or stride is below 1; when called, if the batch is not of shape (N, C, H, W), or
        smaller than the window.

    Notes
    -----
    The error goes to the largest entry; those that tie share it evenly, as for `autograd_core.max`.

    References
    ----------
    CS231n, "Convolutional networks", pooling layer.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import MaxPool2D
    >>> layer = MaxPool2D(2)
    >>> layer.forward(np.array([[[[1.0, 2.0], [4.0, 4.0]]]]))
    array([[[[4.]]]])
    >>> layer.backward(np.array([[[[1.0]]]]))
    array([[[[0. , 0. ],
             [0.5, 0.5]]]])
    """


class MaxPool1D(_MaxPool):
    """The largest entry of each window of a sequence (N, C, T); see `MaxPool2D`.

    Parameters
    ----------
    size : int, default 2
        Length of the window.
    stride : int, optional
        How far it moves; by its size by default.
    padding : {"valid", "same"}, int, or tuple, default "valid"
        How much stands at the ends, as in `Conv1D`; it is smaller than all numbers.

    Raises
    ------
    ValueError
        If size or stride is below 1; when called, if the batch is not of shape (N, C, T), or
        smaller than the window.

    References
    ----------
    CS231n, "Convolutional networks", pooling layer.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import MaxPool1D
    >>> layer = MaxPool1D(2)
    >>> layer.forward(np.array([[[1.0, 3.0, 2.0, 0.0]]]))
    array([[[3., 2.]]])
    >>> layer.backward(np.array([[[1.0, 1.0]]]))
    array([[[0., 1., 1., 0.]]])
    """

    axes = 1


class _AveragePool(_Pool):
    linear = True
    formulas = Formulas("Y = mean of X in each window", ("E′ = E / n in each window",))

    def apply(self, x: Batch) -> Node:
        """Take the mean of each window."""
        self.require_batch(x.shape)
        found: Node = average_pool(x, **self._how)
        return found


class AveragePool2D(_AveragePool):
    """The mean of each window of an image, channel by channel.

    From (samples, channels, height, width) to the same with fewer rows and columns.
    What stands around the image is not counted, as in
    Keras and ONNX; PyTorch counts zeros there unless told ``count_include_pad=False``.

    Parameters
    ----------
    size : int or tuple of int, default 2
        Height and width of the window.
    stride : int or tuple of int, optional
        How far it moves; by its size by default.
    padding : {"valid", "same"}, int, or tuple, default "valid"
        How much stands around the image, as in `Conv2D`; it is not counted. "same"
        gives ceil(size / stride) results with as little as that needs, evenly on both sides.

    Raises
    ------
    ValueError
        If size or stride is below 1; when called, if the batch is not of shape (N, C, H, W), or
        smaller than the window.

    References
    ----------
    CS231n, "Convolutional networks", pooling layer.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import AveragePool2D
    >>> layer = AveragePool2D(2)
    >>> layer.forward(np.array([[[[1.0, 2.0], [4.0, 5.0]]]]))
    array([[[[3.]]]])
    >>> layer.backward(np.array([[[[1.0]]]]))
    array([[[[0.25, 0.25],
             [0.25, 0.25]]]])
    """


class AveragePool1D(_AveragePool):
    """The mean of each window of a sequence (N, C, T); see `AveragePool2D`.

    Parameters
    ----------
    size : int, default 2
        Length of the window.
    stride : int, optional
        How far it moves; by its size by default.
    padding : {"valid", "same"}, int, or tuple, default "valid"
        How much stands at the ends, as in `Conv1D`; it is not counted.

    Raises
    ------
    ValueError
        If size or stride is below 1; when called, if the batch is not of shape (N, C, T), or
        smaller than the window.

    References
    ----------
    CS231n, "Convolutional networks", pooling layer.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import AveragePool1D
    >>> layer = AveragePool1D(2)
    >>> layer.forward(np.array([[[1.0, 3.0, 2.0, 0.0]]]))
    array([[[2., 1.]]])
    >>> layer.backward(np.array([[[1.0, 1.0]]]))
    array([[[0.5, 0.5, 0.5, 0.5]]])
    """

    axes = 1


class GlobalAveragePool(OverImages):
    """The mean of each channel: one number in place of an image or a sequence.

    From (samples, channels, ...) to (samples, channels). The features of sequences (samples, steps,
    features) stand last: write ``Lambda(lambda x: x.mean(axis=1))`` for the mean of the steps.

    Raises
    ------
    ValueError
        When called: if the batch has no axes behind (samples, channels).

    References
    ----------
    M. Lin, Q. Chen, S. Yan, "Network in network", ICLR 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import GlobalAveragePool
    >>> GlobalAveragePool()(np.ones((5, 16, 7, 7))).shape
    (5, 16)
    """

    linear = True
    sample_axes = None  # it takes sequences, too
    formulas = Formulas("Y = mean of X in each channel", ("E′ = E / n in each channel",))

    def apply(self, x: Batch) -> Node:
        """Take the mean along all axes behind that of the channels."""
        if len(x.shape) < 3:
            self.require_batch(x.shape)
        found: Node = mean(x, axis=tuple(range(2, len(x.shape))))
        return found

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        return shape[:1] if len(shape) > 1 else self._sample(shape)


class ZeroPad(OverImages):
    """Zeros around images (N, C, H, W) or sequences (N, C, T).

    Parameters
    ----------
    padding : int or tuple, default 1
        How many on all sides, or for each axis a number or a pair (before, after).

    Raises
    ------
    ValueError
        If a number is below 0; when called, if the batch holds neither images nor sequences.

    References
    ----------
    CS231n, "Convolutional networks", zero-padding.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import ZeroPad
    >>> ZeroPad(((0, 1), (2, 0)))(np.ones((5, 3, 4, 4))).shape
    (5, 3, 5, 6)
    """

    linear = True
    sample_axes = None  # as many on all sides: it takes sequences, too
    formulas = Formulas("Y = X with zeros around", ("E′ = E without what is around",))

    def __init__(self, padding: Padding = 1) -> None:
        if isinstance(padding, str):
            whole_number("ZeroPad", "padding", padding, least=0)
        self.axes = 1 if isinstance(padding, (tuple, list)) and len(padding) == 1 else 2
        self.padding = checked_padding("ZeroPad", padding, self.axes)

    def _widths(self, axes: int) -> list[tuple[int, int]]:
        each: Any = self.padding if isinstance(self.padding, tuple) else (self.padding,) * axes
        return [pair if isinstance(pair, tuple) else (pair, pair) for pair in each]

    def apply(self, x: Batch) -> Node:
        """Put zeros around x."""
        if isinstance(self.padding, tuple) or len(x.shape) != 3:
            self.require_batch(x.shape)
        found: Node = pad(x, [(0, 0), (0, 0), *self._widths(len(x.shape) - 2)])
        return found

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        if isinstance(self.padding, tuple) or len(shape) != 2:
            self._sample(shape)
        channels, *size = shape
        widths = self._widths(len(size))
        return (channels, *(n + sum(width) for n, width in zip(size, widths, strict=True)))
