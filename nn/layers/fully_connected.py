"""The layer in which every output is connected to every input."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from autograd_core import Node, matmul
from autograd_core.affine import affine

from ..checks import cut, whole_number
from ..constraints import Constraint
from ..formulas import Formulas
from ..initializers import He, Initializer, Zeros
from ..regularization import Regularizer
from .layer import Batch, Layer
from .weight_and_bias import WeightAndBias

__all__ = ["FullyConnected"]

_MOST_WEIGHTS = 2**59
"""No array of float64 has more; fewer may still be too many for the memory."""


class FullyConnected(WeightAndBias, Layer):
    """Every output is connected to every input: y = x W + b.

    Parameters
    ----------
    in_features, out_features : int
        Numbers of inputs and outputs.
    bias : bool, default True
        Whether b is added.
    weight_initializer : Initializer, default He()
        How W starts.
    bias_initializer : Initializer, default Zeros()
        How b starts.
    weight_regularizer, bias_regularizer : Regularizer, optional
        What large weights and biases cost beside the loss, such as ``L2(1e-4)``.
    weight_constraint, bias_constraint : Constraint, optional
        What they are held to after each update, such as ``MaxNorm(2.0)``.

    Attributes
    ----------
    weight : Node, shape (in_features, out_features)
        W.
    bias : Node, shape (out_features,), or None
        b.

    Raises
    ------
    ValueError
        If there are more weights than an array can have; when called, if a batch has other
        features.

    Notes
    -----
    The parameters are made by the network that the layer is put in; see `Layer`.

    References
    ----------
    Lecture 000, eqs. (4) to (8); lecture 003, "Fully Connected Layer Dimensions".

    Examples
    --------
    >>> import numpy as np
    >>> from nn import FullyConnected
    >>> layer = FullyConnected(2, 4)
    >>> layer(np.ones((3, 2), dtype=np.float32)).shape
    (3, 4)

    What comes out, the error that goes on, and the gradient of W:

    >>> from autograd_core import Node
    >>> layer = FullyConnected(2, 1)
    >>> layer.weight, layer.bias = Node([[2.0], [3.0]]), Node([1.0])
    >>> layer.forward(np.array([[1.0, 10.0]]))
    array([[33.]])
    >>> layer.backward(np.array([[1.0]]))
    array([[2., 3.]])
    >>> layer.weight.grad
    array([[ 1.],
           [10.]])
    """

    in_features: int
    gives_scores = True
    joins_units = "weight"
    linear = True
    swapped_in_pytorch: ClassVar[tuple[str, ...]] = ("weight",)

    formulas = Formulas("Y = X W + b", ("E′ = E Wᵀ", "∂W = Xᵀ E", "∂b = Σ E"))

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        bias: bool = True,
        weight_initializer: Initializer = He(),  # noqa: B008  # they hold no state
        bias_initializer: Initializer = Zeros(),  # noqa: B008
        weight_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        weight_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
    ) -> None:
        owner = "FullyConnected"
        self.in_features = whole_number(owner, "in_features", in_features)
        self.out_features = whole_number(owner, "out_features", out_features)
        if self.in_features * self.out_features > _MOST_WEIGHTS:
            raise ValueError(
                f"FullyConnected(in_features, out_features) expects at most {_MOST_WEIGHTS} "
                f"weights, got {cut(in_features)} times {cut(out_features)}"
            )
        self._take(
            owner,
            bias,
            (weight_initializer, bias_initializer),
            (weight_regularizer, bias_regularizer),
            (weight_constraint, bias_constraint),
        )
        if not self._has_bias and self.formulas is FullyConnected.formulas:
            self.formulas = Formulas("Y = X W", self.formulas.backward[:2])

    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        """Make weight and bias anew from a random generator."""
        shape = (self.in_features, self.out_features)
        weight = self.weight_initializer(shape, generator, dtype)
        self._make(weight, self.out_features, generator, dtype)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        return (*shape[:-1], self.out_features)

    def apply(self, x: Batch) -> Node:
        """Compute x W + b."""
        if x.shape[-1:] != (self.in_features,):
            raise ValueError(
                f"{self!r} expects a batch of shape (samples, {self.in_features}), got "
                f"{x.shape}. {self._advice(x.shape)}"
            )
        bias = self.bias
        if bias is not None:
            return affine(x, self.weight, bias)
        product: Node = matmul(x, self.weight)
        return product

    def _advice(self, shape: tuple[int, ...]) -> str:
        if math.prod(shape[1:]) == self.in_features:
            return "Put Flatten() before it"
        if math.prod(shape) == self.in_features:
            return "It looks like one sample without the axis of the batch: write x.reshape(1, -1)"
        if len(shape) == 4:
            entries = math.prod(shape[1:])
            return f"Of images put Flatten() before it, and change in_features to {entries}"
        return f"Change in_features to {shape[-1] if shape else 1}, or the data"
