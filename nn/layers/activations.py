"""The activation functions of lecture 003, and their successors."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from autograd_core import (
    Node,
    absolute,
    clip,
    elu,
    exp,
    gelu,
    leaky_relu,
    log_softmax,
    max,
    relu,
    reshape,
    selu,
    sigmoid,
    silu,
    softplus,
    sum,
    tanh,
    where,
)
from autograd_core.operations.activations import SELU_ALPHA, SELU_SCALE

from ..checks import flag, number, whole_number
from ..finite import cast
from ..formulas import Formulas
from .layer import Batch, Layer

__all__ = [
    "ELU", "GELU", "SELU", "HardSigmoid", "LeakyReLU", "LogSoftMax", "PReLU", "ReLU", "SiLU",
    "Sigmoid", "SoftMax", "Softplus", "Softsign", "Tanh",
]  # fmt: skip


class ReLU(Layer):
    """max(0, x), with gradient 0 at x = 0.

    Entry by entry, on arrays of any shape.

    References
    ----------
    Lecture 000, eq. (9); lecture 003, "Rectified Linear Unit" (its derivative 1 at 0 is not the
    convention here).

    Examples
    --------
    >>> import numpy as np
    >>> from nn import ReLU
    >>> layer = ReLU()
    >>> layer.forward(np.array([[-1.0, 2.0]]))
    array([[0., 2.]])
    >>> layer.backward(np.array([[5.0, 5.0]]))
    array([[0., 5.]])
    """

    short_name = "relu"
    rectifies = True
    gives_scores = True
    units_can_die = True
    formulas = Formulas("Y = max(0, X)", ("E′ = E where X > 0, else 0",))

    def apply(self, x: Batch) -> Node:
        """Compute max(0, x)."""
        return relu(x)


class Sigmoid(Layer):
    """1 / (1 + exp(-x)) (lecture 003, "Sigmoid").

    Entry by entry, on arrays of any shape.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Sigmoid
    >>> layer = Sigmoid()
    >>> layer.forward(np.array([[0.0, 2.0]])).round(4)
    array([[0.5   , 0.8808]])
    >>> layer.backward(np.array([[1.0, 1.0]])).round(4)
    array([[0.25 , 0.105]])
    """

    short_name = "sigmoid"
    saturates_at = (0.0, 1.0)
    formulas = Formulas("Y = 1 / (1 + exp(−X))", ("E′ = E ⊙ Y ⊙ (1 − Y)",))

    def apply(self, x: Batch) -> Node:
        """Compute the sigmoid."""
        return sigmoid(x)


class Tanh(Layer):
    """Hyperbolic tangent (lecture 003, "Tangens hyperbolicus").

    Entry by entry, on arrays of any shape.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Tanh
    >>> layer = Tanh()
    >>> layer.forward(np.array([[0.0, 2.0]])).round(4)
    array([[0.   , 0.964]])
    >>> layer.backward(np.array([[1.0, 1.0]])).round(4)
    array([[1.    , 0.0707]])
    """

    short_name = "tanh"
    saturates_at = (-1.0, 1.0)
    gives_scores = True
    formulas = Formulas("Y = tanh(X)", ("E′ = E ⊙ (1 − Y²)",))

    def apply(self, x: Batch) -> Node:
        """Compute the hyperbolic tangent."""
        return tanh(x)


class LeakyReLU(Layer):
    """x above 0, and `slope` times x below.

    Parameters
    ----------
    slope : float, default 0.01
        Slope below 0, and at 0; where it starts if it is learned.
    learned : bool, default False
        Whether the network learns the slope.

    Attributes
    ----------
    slope : float, or where it is learned Node of shape (1,)
        The slope, one for all units.

    Raises
    ------
    ValueError
        If the slope is not finite.

    References
    ----------
    Lecture 003, "Leaky ReLU": "Parameter a can also be learned by the network". K. He et al.,
    "Delving deep into rectifiers", ICCV 2015, starts a learned slope at 0.25.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import LeakyReLU
    >>> LeakyReLU(0.1).forward(np.array([[-2.0, 3.0]]))
    array([[-0.2,  3. ]])
    >>> layer = LeakyReLU(0.25, learned=True)
    >>> layer.forward(np.array([[-2.0, 3.0]]))
    array([[-0.5,  3. ]])
    >>> layer.backward(np.array([[1.0, 1.0]]))
    array([[0.25, 1.  ]])
    >>> layer.slope.grad
    array([-2.], dtype=float32)
    """

    slope: Any

    short_name = "leaky_relu"
    kept_as = MappingProxyType({"slope": "_start"})
    rectifies = True
    gives_scores = True
    formulas = Formulas("Y = X where X > 0, else a X", ("E′ = E where X > 0, else a E",))

    def __init__(self, slope: float = 0.01, *, learned: bool = False) -> None:
        self._start = number("LeakyReLU", "slope", slope)
        self.learned = flag("LeakyReLU", "learned", learned)
        if self.learned:
            self.made_by_initialize = ("slope",)
            if self.formulas is LeakyReLU.formulas:
                self.formulas = Formulas(
                    self.formulas.forward,
                    (*self.formulas.backward, "∂a = Σ E ⊙ X where X ≤ 0"),
                )
        else:
            self.slope = self._start

    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        """Put a learned slope at its start."""
        if self.learned:
            # An axis, because a scalar can't be updated in place.
            self.slope = Node(cast("LeakyReLU(slope)", np.full(1, self._start), dtype), name="a")

    def apply(self, x: Batch) -> Node:
        """Compute the leaky ReLU."""
        if self.learned:
            return where(x > 0, x, self.slope * x)
        return leaky_relu(x, self.slope)


class PReLU(Layer):
    """x above 0, and below a learned slope times x, one slope for each channel.

    Parameters
    ----------
    channels : int, default 1
        How many slopes: as many as axis 1 of a batch is long, the units of (samples, units) or the
        channels of (samples, channels, ...); or one for all.
    start : float, default 0.25
        Where the slopes start.

    Attributes
    ----------
    slope : Node, shape (channels,)
        The slopes below 0, and at 0.

    Raises
    ------
    ValueError
        If there is no channel, or the start is not finite; when called, if there is a slope per
        channel and axis 1 of the batch has another length.

    References
    ----------
    K. He et al., "Delving deep into rectifiers", ICCV 2015. `LeakyReLU` has one slope, which may
    be learned, too.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import PReLU
    >>> layer = PReLU(2)
    >>> layer.forward(np.array([[-4.0, -8.0], [1.0, 1.0]]))
    array([[-1., -2.],
           [ 1.,  1.]])
    >>> layer.backward(np.ones((2, 2)))
    array([[0.25, 0.25],
           [1.  , 1.  ]])
    >>> layer.slope.grad
    array([-4., -8.], dtype=float32)
    """

    slope: Node

    made_by_initialize = ("slope",)
    named_in_pytorch = MappingProxyType({"weight": "slope"})
    rectifies = True
    gives_scores = True
    formulas = Formulas(
        "Y = X where X > 0, else a ⊙ X",
        ("E′ = E where X > 0, else a ⊙ E", "∂a = Σ E ⊙ X where X ≤ 0"),
    )

    def __init__(self, channels: int = 1, start: float = 0.25) -> None:
        self.channels = whole_number("PReLU", "channels", channels)
        self.start = number("PReLU", "start", start)

    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        """Put the slopes at their start."""
        self.slope = Node(cast("PReLU(start)", np.full(self.channels, self.start), dtype), name="a")

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        if self.channels != 1 and shape[:1] != (self.channels,):
            raise ValueError(
                f"{self!r} expects {self.channels} channels along axis 1 of the batch, got samples "
                f"of shape {shape}. Write PReLU({shape[0] if shape else 1}), or PReLU() for one "
                "slope"
            )
        return shape

    def apply(self, x: Batch) -> Node:
        """Compute the rectified entries."""
        self.output_shape(x.shape[1:])
        slope: Node = self.slope
        if self.channels != 1 and x.ndim > 2:
            slope = reshape(slope, (self.channels, *[1] * (x.ndim - 2)))
        return where(x > 0, x, slope * x)


class ELU(Layer):
    """x above 0, and alpha (exp(x) - 1) below (lecture 003, "Exponential Linear Unit").

    Entry by entry, on arrays of any shape.

    Parameters
    ----------
    alpha : float, default 1.0
        How far below 0 it goes; also its slope at 0.

    Raises
    ------
    ValueError
        If alpha is not finite.

    References
    ----------
    D.-A. Clevert, T. Unterthiner and S. Hochreiter, "Fast and accurate deep network learning by
    exponential linear units", ICLR 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import ELU
    >>> layer = ELU()
    >>> layer.forward(np.array([[-1.0, 3.0]])).round(4)
    array([[-0.6321,  3.    ]])
    >>> layer.backward(np.array([[1.0, 1.0]])).round(4)
    array([[0.3679, 1.    ]])
    """

    short_name = "elu"
    rectifies = True
    gives_scores = True
    formulas = Formulas(
        "Y = X where X > 0, else α (exp(X) − 1)", ("E′ = E where X > 0, else E ⊙ (Y + α)",)
    )

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = number("ELU", "alpha", alpha)

    def apply(self, x: Batch) -> Node:
        """Compute the exponential linear unit."""
        return elu(x, self.alpha)


class SELU(Layer):
    """A scaled `ELU` that brings mean and variance of a layer's entries towards 0 and 1.

    Entry by entry, on arrays of any shape.

    λ x above 0, and λ α (exp(x) - 1) below, with the two numbers for which 0 and 1 are fixed
    points.

    Notes
    -----
    That is so where the weights before it start as `LeCun` says, and without `Dropout`.

    References
    ----------
    G. Klambauer et al., "Self-Normalizing Neural Networks", NeurIPS 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import SELU
    >>> layer = SELU()
    >>> layer.forward(np.array([[-1.0, 1.0]])).round(4)
    array([[-1.1113,  1.0507]])
    >>> layer.backward(np.array([[1.0, 1.0]])).round(4)
    array([[0.6468, 1.0507]])
    """

    short_name = "selu"
    gives_scores = True
    alpha: ClassVar[float] = SELU_ALPHA
    scale: ClassVar[float] = SELU_SCALE
    formulas = Formulas(
        "Y = λ X where X > 0, else λ α (exp(X) − 1)",
        ("E′ = λ E where X > 0, else E ⊙ (Y + λ α)",),
    )

    def apply(self, x: Batch) -> Node:
        """Compute the scaled exponential linear unit."""
        return selu(x)


class GELU(Layer):
    """x times the share of a standard normal distribution below x.

    Entry by entry, on arrays of any shape.

    Parameters
    ----------
    approximate : bool, default False
        Whether a formula with tanh stands in, which is faster and off by up to 5e-4.

    Raises
    ------
    ValueError
        If `approximate` is neither True nor False.

    References
    ----------
    D. Hendrycks and K. Gimpel, "Gaussian Error Linear Units", 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import GELU
    >>> GELU().forward(np.array([[-1.0, 1.0]])).round(4)
    array([[-0.1587,  0.8413]])
    >>> GELU(approximate=True).forward(np.array([[-1.0, 1.0]])).round(4)
    array([[-0.1588,  0.8412]])
    """

    short_name = "gelu"
    rectifies = True
    gives_scores = True
    formulas = Formulas(
        "Y = X ⊙ (1 + erf(X / √2)) / 2",
        ("E′ = E ⊙ (1 + erf(X / √2) + X ⊙ exp(−X² / 2) √(2 / π)) / 2",),
    )

    def __init__(self, *, approximate: bool = False) -> None:
        self.approximate = flag("GELU", "approximate", approximate)
        if self.approximate and self.formulas is GELU.formulas:
            step = "tanh(√(2 / π) (X + 0.044715 X³))"
            slope = "√(2 / π) X ⊙ (1 + 0.134145 X²)"
            self.formulas = Formulas(
                f"Y = X ⊙ (1 + {step}) / 2",
                (f"E′ = E ⊙ (1 + {step} + {slope} ⊙ (1 − {step}²)) / 2",),
            )

    def apply(self, x: Batch) -> Node:
        """Compute the Gaussian error linear unit."""
        return gelu(x, approximate=self.approximate)


class SiLU(Layer):
    """x times its sigmoid, also called swish.

    Entry by entry, on arrays of any shape.

    References
    ----------
    S. Elfwing, E. Uchibe and K. Doya, "Sigmoid-weighted linear units", Neural Networks, 2018.
    P. Ramachandran, B. Zoph and Q. V. Le, "Searching for activation functions", 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import SiLU
    >>> layer = SiLU()
    >>> layer.forward(np.array([[0.0, 1.0]])).round(4)
    array([[0.    , 0.7311]])
    >>> layer.backward(np.array([[1.0, 1.0]])).round(4)
    array([[0.5   , 0.9277]])
    """

    short_name = "silu"
    rectifies = True
    gives_scores = True
    formulas = Formulas("Y = X ⊙ σ(X)", ("E′ = E ⊙ σ(X) ⊙ (1 + X ⊙ (1 − σ(X)))",))

    def apply(self, x: Batch) -> Node:
        """Compute x times its sigmoid."""
        return silu(x)


class Softplus(Layer):
    """ln(1 + exp(x)), a smooth `ReLU`; it does not overflow.

    Entry by entry, on arrays of any shape.

    References
    ----------
    C. Dugas et al., "Incorporating second-order functional knowledge for better option pricing",
    NIPS 2000.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Softplus
    >>> layer = Softplus()
    >>> layer.forward(np.array([[-800.0, 0.0, 800.0]])).round(4).tolist()
    [[0.0, 0.6931, 800.0]]
    >>> layer.backward(np.array([[1.0, 1.0, 1.0]]))
    array([[0. , 0.5, 1. ]])
    """

    short_name = "softplus"
    rectifies = True
    gives_scores = True
    formulas = Formulas("Y = ln(1 + exp(X))", ("E′ = E ⊙ σ(X)",))

    def apply(self, x: Batch) -> Node:
        """Compute the softplus."""
        return softplus(x)


class Softsign(Layer):
    """x / (1 + |x|): from -1 to 1 as `Tanh`, which it reaches more slowly.

    Entry by entry, on arrays of any shape.

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Softsign
    >>> layer = Softsign()
    >>> layer.forward(np.array([[-1.0, 3.0]]))
    array([[-0.5 ,  0.75]])
    >>> layer.backward(np.array([[1.0, 1.0]]))
    array([[0.25  , 0.0625]])
    """

    short_name = "softsign"
    saturates_at = (-1.0, 1.0)
    gives_scores = True
    formulas = Formulas("Y = X / (1 + |X|)", ("E′ = E / (1 + |X|)²",))

    def apply(self, x: Batch) -> Node:
        """Compute the softsign."""
        return x / (1.0 + absolute(x))


class HardSigmoid(Layer):
    """x / 6 + 1/2 within 0 and 1: a `Sigmoid` of straight lines.

    Entry by entry, on arrays of any shape.

    The gradient is 1/6 from -3 to 3, at both of them too, and 0 beyond.

    References
    ----------
    A. Howard et al., "Searching for MobileNetV3", ICCV 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import HardSigmoid
    >>> layer = HardSigmoid()
    >>> layer.forward(np.array([[-4.0, 0.0, 1.5, 4.0]]))
    array([[0.  , 0.5 , 0.75, 1.  ]])
    >>> layer.backward(np.array([[6.0, 6.0, 6.0, 6.0]]))
    array([[0., 1., 1., 0.]])
    """

    short_name = "hard_sigmoid"
    saturates_at = (0.0, 1.0)
    formulas = Formulas("Y = clip(X / 6 + 0.5, 0, 1)", ("E′ = E / 6 where 3 ≥ |X|, else 0",))

    def apply(self, x: Batch) -> Node:
        """Compute the hard sigmoid."""
        return clip(x / 6.0 + 0.5, 0.0, 1.0)


class SoftMax(Layer):
    """Probabilities from scores: exp(x_k) / sum_j exp(x_j), along the last axis.

    The largest score of each sample is subtracted first, which leaves the result unchanged and
    keeps the exponentials from overflowing.

    References
    ----------
    Lecture 000, eqs. (10) and (11) (eq. (10) is printed without the index k).

    Examples
    --------
    >>> import numpy as np
    >>> from nn import SoftMax
    >>> layer = SoftMax()
    >>> layer.forward(np.array([[1.0, 2.0, 3.0]])).round(4)
    array([[0.09  , 0.2447, 0.6652]])
    >>> layer.backward(np.array([[1.0, 0.0, 0.0]])).round(4)
    array([[ 0.0819, -0.022 , -0.0599]])
    """

    applies_softmax = True
    formulas = Formulas("Y = exp(X) / Σ exp(X)", ("E′ = Y ⊙ (E − Σ E ⊙ Y)",))

    def apply(self, x: Batch) -> Node:
        """Compute the probabilities."""
        x = x if type(x) is Node else Node(x, requires_grad=False)
        if x.dtype.kind in "biu":  # there are no negative bytes
            x = x * 1.0
        largest: Node = max(x, axis=-1, keepdims=True)
        # The probabilities do not depend on what is subtracted: its gradient is exactly 0.
        largest.requires_grad = False
        exponentials: Node = exp(x - largest)
        return exponentials / sum(exponentials, axis=-1, keepdims=True)


class LogSoftMax(Layer):
    """Logarithms of the probabilities that `SoftMax` gives: finite where these round to 0.

    Along the last axis of an array of any shape.

    References
    ----------
    Of `SoftMax`, lecture 000, eq. (10).

    Examples
    --------
    >>> import numpy as np
    >>> from nn import LogSoftMax
    >>> layer = LogSoftMax()
    >>> layer.forward(np.array([[0.0, 0.0]])).round(4)
    array([[-0.6931, -0.6931]])
    >>> layer.backward(np.array([[1.0, 0.0]]))
    array([[ 0.5, -0.5]])
    >>> LogSoftMax().forward(np.array([[800.0, 0.0]]))
    array([[   0., -800.]])
    """

    gives_scores = True
    formulas = Formulas("Y = X − ln Σ exp(X)", ("E′ = E − exp(Y) ⊙ Σ E",))

    def apply(self, x: Batch) -> Node:
        """Compute the logarithms of the probabilities."""
        return log_softmax(x)
