"""The activation functions of lecture 003."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node, elu, exp, leaky_relu, max, relu, sigmoid, sum, tanh, where

from ..checks import flag, number
from ..finite import cast
from ..formulas import Formulas
from .layer import Batch, Layer

__all__ = ["ELU", "LeakyReLU", "ReLU", "Sigmoid", "SoftMax", "Tanh"]


class ReLU(Layer):
    """max(0, x), with gradient 0 at x = 0.

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

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Sigmoid
    >>> Sigmoid().forward(np.array([[0.0, 2.0]])).round(4)
    array([[0.5   , 0.8808]])
    """

    short_name = "sigmoid"
    saturates_at = (0.0, 1.0)
    formulas = Formulas("Y = 1 / (1 + exp(−X))", ("E′ = E ⊙ Y ⊙ (1 − Y)",))

    def apply(self, x: Batch) -> Node:
        """Compute the sigmoid."""
        return sigmoid(x)


class Tanh(Layer):
    """Hyperbolic tangent (lecture 003, "Tangens hyperbolicus").

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Tanh
    >>> Tanh().forward(np.array([[0.0, 2.0]])).round(4)
    array([[0.   , 0.964]])
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


class ELU(Layer):
    """x above 0, and alpha (exp(x) - 1) below (lecture 003, "Exponential Linear Unit").

    Parameters
    ----------
    alpha : float, default 1.0
        How far below 0 it goes; also its slope at 0.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import ELU
    >>> ELU().forward(np.array([[-1.0, 3.0]])).round(4)
    array([[-0.6321,  3.    ]])
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
    >>> SoftMax().forward(np.array([[1.0, 2.0, 3.0]])).round(4)
    array([[0.09  , 0.2447, 0.6652]])
    """

    applies_softmax = True
    formulas = Formulas("Y = exp(X) / Σ exp(X)", ("E′ = Y ⊙ (E − Σ E ⊙ Y)",))

    def apply(self, x: Batch) -> Node:
        """Compute the probabilities."""
        x = x if type(x) is Node else Node(x, requires_grad=False)
        largest: Node = max(x, axis=-1, keepdims=True)
        # The probabilities do not depend on what is subtracted: its gradient is exactly 0.
        largest.requires_grad = False
        exponentials: Node = exp(x - largest)
        return exponentials / sum(exponentials, axis=-1, keepdims=True)
