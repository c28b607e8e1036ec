"""Layers that slide kernels over images and sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node, convolution, convolution_input, reshape
from autograd_core.convolving import Padding, PerAxis, grown, window

from ..checks import whole_number
from ..constraints import Constraint
from ..formulas import Formulas
from ..initializers import He, Initializer, KernelShape, Zeros
from ..regularization import Regularizer
from .layer import Batch
from .weight_and_bias import WeightAndBias
from .windows import OverImages, checked_padding, per_axis, sizes

__all__ = ["Conv1D", "Conv2D", "ConvTranspose2D"]


class _Convolution(WeightAndBias, OverImages):
    """What all convolutions share: their arguments and parameters."""

    in_channels: int
    gives_scores = True
    joins_units = "weight"
    slides = True
    linear = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: PerAxis,
        *,
        stride: PerAxis = 1,
        padding: Padding = "valid",
        dilation: PerAxis = 1,
        groups: int = 1,
        bias: bool = True,
        weight_initializer: Initializer = He(),  # noqa: B008  # they hold no state
        bias_initializer: Initializer = Zeros(),  # noqa: B008
        weight_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        weight_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
    ) -> None:
        owner = type(self).__name__
        self.in_channels = whole_number(owner, "in_channels", in_channels)
        self.out_channels = whole_number(owner, "out_channels", out_channels)
        self.kernel = per_axis(owner, "kernel", kernel, self.axes)
        self.stride = per_axis(owner, "stride", stride, self.axes)
        self.padding = checked_padding(owner, padding, self.axes)
        self.dilation = per_axis(owner, "dilation", dilation, self.axes)
        self.groups = whole_number(owner, "groups", groups)
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ValueError(
                f"{owner}(groups) expects a divisor of in_channels and out_channels, got "
                f"{self.groups} for {self.in_channels} and {self.out_channels}"
            )
        self._take(
            owner,
            bias,
            (weight_initializer, bias_initializer),
            (weight_regularizer, bias_regularizer),
            (weight_constraint, bias_constraint),
        )
        if not self._has_bias and self.formulas is not None:
            first, *others = self.formulas.backward
            forward = self.formulas.forward.removesuffix(" + b")
            self.formulas = Formulas(forward, (first, *others[:1]))

    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        """Make weight and bias anew from a random generator."""
        inputs, kernel = self.in_channels // self.groups, sizes(self.kernel, self.axes)
        shape = KernelShape((self.out_channels, inputs, *kernel))
        weight = self._arranged(self.weight_initializer(shape, generator, dtype))
        self._make(weight, self.out_channels, generator, dtype)

    def _arranged(self, weight: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Kernels as the layer keeps them, of those (outputs, inputs, ...)."""
        return weight

    @property
    def _how(self) -> dict[str, Any]:
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        size = self._sample(shape)[1:]
        how = self._fitting(window, size, sizes(self.kernel, self.axes), **self._how)
        return (self.out_channels, *how.out[2 - self.axes :])

    def apply(self, x: Batch) -> Node:
        """Compute the convolution of x with the weight, and add b."""
        self.require_batch(x.shape)
        return self._with_bias(convolution(x, self.weight, **self._how, groups=self.groups))

    def _with_bias(self, product: Node) -> Node:
        if self.bias is None:
            return product
        return product + reshape(self.bias, (self.out_channels, *(1,) * self.axes))


_CONVOLUTION = Formulas("Y = W ⋆ X + b", ("E′ = W ∗ E", "∂W = E ⋆ X", "∂b = Σ E"))


class Conv2D(_Convolution):
    """Small kernels slide over images; each makes one channel of the result.

    At each place the entries of the kernel are multiplied by those of the image below, and all
    products added: cross-correlation, ⋆. The error goes back by the kernel turned around, ∗.

    Parameters
    ----------
    in_channels, out_channels : int
        Numbers of channels of the images and of the result.
    kernel : int or tuple of int
        Height and width of the kernels.
    stride : int or tuple of int, default 1
        How far they move at a time.
    padding : {"valid", "same"}, int, or tuple, default "valid"
        How many zeros stand around the image: none; so many that there are ceil(size / stride)
        results; as many on all sides; or for each axis a number or a pair (before, after). "same"
        with an even kernel has the entry behind the middle above the entry that is computed.
    dilation : int or tuple of int, default 1
        How far the entries of a kernel are apart.
    groups : int, default 1
        Into how many parts the channels are cut, each with kernels of its own.
    bias : bool, default True
        Whether b is added, one number for each channel of the result.
    weight_initializer : Initializer, default He()
        How W starts; a unit has in_channels / groups * height * width inputs.
    bias_initializer : Initializer, default Zeros()
        How b starts.
    weight_regularizer, bias_regularizer : Regularizer, optional
        What large weights and biases cost beside the loss, such as ``L2(1e-4)``.
    weight_constraint, bias_constraint : Constraint, optional
        What they are held to after each update, such as ``MaxNorm(2.0)``.

    Attributes
    ----------
    weight : Node, shape (out_channels, in_channels / groups, height, width)
        W.
    bias : Node, shape (out_channels,), or None
        b.

    Raises
    ------
    ValueError
        If a size is below 1, or `groups` does not divide the channels; when called, if the batch is
        not of shape (N, in_channels, H, W), or smaller than the kernel.
    TypeError
        If an initializer, regularizer or constraint is something else.

    References
    ----------
    Y. LeCun et al., "Gradient-based learning applied to document recognition", Proceedings of the
    IEEE, 1998. CS231n, "Convolutional networks".

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from nn import Conv2D
    >>> layer = Conv2D(1, 8, 5, padding="same")
    >>> layer(np.ones((64, 1, 28, 28), dtype=np.float32)).shape
    (64, 8, 28, 28)
    >>> layer.output_shape((1, 28, 28))
    (8, 28, 28)
    >>> one = Conv2D(1, 1, 2)
    >>> one.weight = Node([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> one.forward(np.ones((1, 1, 2, 2)))
    array([[[[10.]]]])
    >>> one.backward(np.ones((1, 1, 1, 1)))
    array([[[[1., 2.],
             [3., 4.]]]])
    >>> layer.forward(np.ones((64, 28, 28)))
    Traceback (most recent call last):
        ...
    ValueError: Conv2D(1, 8, 5, padding='same') expects a batch of shape (N, 1, H, W), got \
(64, 28, 28). One channel is an axis, too: write x[:, None]
    """

    formulas = _CONVOLUTION


class Conv1D(_Convolution):
    """Small kernels slide over sequences (N, C, T); see `Conv2D`.

    Parameters
    ----------
    in_channels, out_channels : int
        Numbers of channels of the sequences and of the result.
    kernel : int
        Length of the kernels.
    stride : int, default 1
        How far they move at a time.
    padding : {"valid", "same"}, int, or tuple, default "valid"
        How many zeros stand at the ends: none; so many that there are ceil(length / stride)
        results; as many at both; or in a tuple a pair, ``((before, after),)``.
    dilation : int, default 1
        How far the entries of a kernel are apart.
    groups : int, default 1
        Into how many parts the channels are cut, each with kernels of its own.
    bias : bool, default True
        Whether b is added, one number for each channel of the result.
    weight_initializer : Initializer, default He()
        How W starts; a unit has in_channels / groups * kernel inputs.
    bias_initializer : Initializer, default Zeros()
        How b starts.
    weight_regularizer, bias_regularizer : Regularizer, optional
        What large weights and biases cost beside the loss, such as ``L2(1e-4)``.
    weight_constraint, bias_constraint : Constraint, optional
        What they are held to after each update, such as ``MaxNorm(2.0)``.

    Raises
    ------
    ValueError
        If a size is below 1, or `groups` does not divide the channels; when called, if the batch is
        not of shape (N, in_channels, T), or shorter than the kernel.
    TypeError
        If an initializer, regularizer or constraint is something else.

    References
    ----------
    A. Waibel et al., "Phoneme recognition using time-delay neural networks", 1989.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Conv1D
    >>> layer = Conv1D(4, 8, 3, padding=((2, 0),))  # causal: nothing of what comes later
    >>> layer(np.ones((2, 4, 10), dtype=np.float32)).shape
    (2, 8, 10)
    """

    axes = 1
    formulas = _CONVOLUTION


class ConvTranspose2D(_Convolution):
    """What a `Conv2D` does on the way back: each entry puts down a kernel, and all add up.

    So images grow: a stride of 2 doubles height and width.

    Parameters
    ----------
    in_channels, out_channels : int
        Numbers of channels of the images and of the result.
    kernel : int or tuple of int
        Height and width of the kernels.
    stride : int or tuple of int, default 1
        How far they are put apart: 2 doubles height and width.
    padding : {"valid", "same"}, int, or tuple, default "valid"
        How much of the result is cut off: nothing; so much that size * stride is left; as much on
        all sides; or for each axis a number or a pair (before, after). What PyTorch writes as
        padding=1, output_padding=1 is ``((1, 0), (1, 0))``: one more row and column behind.
    dilation : int or tuple of int, default 1
        How far the entries of a kernel are apart.
    groups : int, default 1
        Into how many parts the channels are cut, each with kernels of its own.
    bias : bool, default True
        Whether b is added, one number for each channel of the result.
    weight_initializer : Initializer, default He()
        How W starts; a unit has in_channels / groups * height * width inputs.
    bias_initializer : Initializer, default Zeros()
        How b starts.
    weight_regularizer, bias_regularizer : Regularizer, optional
        What large weights and biases cost beside the loss, such as ``L2(1e-4)``.
    weight_constraint, bias_constraint : Constraint, optional
        What they are held to after each update, such as ``MaxNorm(2.0)``.

    Attributes
    ----------
    weight : Node, shape (in_channels, out_channels / groups, height, width)
        W.
    bias : Node, shape (out_channels,), or None
        b.

    Raises
    ------
    ValueError
        If a size is below 1, or `groups` does not divide the channels; when called, if the batch is
        not of shape (N, in_channels, H, W).
    TypeError
        If an initializer, regularizer or constraint is something else.

    References
    ----------
    V. Dumoulin, F. Visin, "A guide to convolution arithmetic for deep learning", 2016, chapter 4.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import ConvTranspose2D
    >>> layer = ConvTranspose2D(16, 8, 4, stride=2, padding=1)
    >>> layer(np.ones((2, 16, 7, 7), dtype=np.float32)).shape
    (2, 8, 14, 14)
    """

    formulas = Formulas("Y = W ∗ X + b", ("E′ = W ⋆ E", "∂W = X ⋆ E", "∂b = Σ E"))

    def _arranged(self, weight: npt.NDArray[Any]) -> npt.NDArray[Any]:
        outputs, inputs, *kernel = weight.shape
        parts = weight.reshape(self.groups, outputs // self.groups, inputs, *kernel)
        shape = (self.in_channels, outputs // self.groups, *kernel)
        return np.ascontiguousarray(parts.swapaxes(1, 2)).reshape(shape)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        size = self._sample(shape)[1:]
        found = self._fitting(grown, size, sizes(self.kernel, self.axes), **self._how)
        return (self.out_channels, *found)

    def apply(self, x: Batch) -> Node:
        """Put down kernels for all entries of x, and add b."""
        self.require_batch(x.shape)
        shape = (x.shape[0], *self.output_shape(x.shape[1:]))
        product = convolution_input(x, self.weight, shape=shape, **self._how, groups=self.groups)
        return self._with_bias(product)
