"""Layers: functions of a batch, made of graph operations, each call in a scope of its own."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from autograd_core import (
    Node,
    elu,
    exp,
    leaky_relu,
    matmul,
    max,
    relu,
    reshape,
    sigmoid,
    sum,
    tanh,
)
from autograd_core.modes import Scope, mode

from .initializers import He, Initializer, Zeros
from .registry import Configurable

Batch = Any
"""What a layer takes: a Node or an array, with the samples along the first axis."""


class Layer(Configurable):
    """One function in a network.

    Calling a layer records its operations in a scope of the layer's name. A subclass says in
    `apply` what it computes; its gradient follows from the operations.

    A layer can also be stepped by hand on plain arrays, as in lecture 000: `forward`, then
    `backward` with the error from the layer behind.

    Examples
    --------
    A layer of your own:

    >>> import numpy as np
    >>> from nn import Layer
    >>> class Square(Layer):
    ...     def apply(self, x):
    ...         return x * x
    >>> Square().forward(np.array([[1.0, 3.0]]))
    array([[1., 9.]])
    """

    kind: ClassVar[str] = "layer"
    name: str | None = None
    """What a diagram calls the layer; its class name where None."""

    def __call__(self, x: Batch) -> Node:
        """Record the layer on a batch."""
        if type(x) is not Node and type(x) is not np.ndarray:
            x = np.asarray(x)
        # `with scope(name)` spelled out: it costs 1 us less, and small networks call it often.
        recording, outer = mode.get()
        token = mode.set((recording, Scope(self.name or type(self).__name__, outer)))
        try:
            result = self.apply(x)
        finally:
            mode.reset(token)
        # On a plain array a layer without parameters has nothing to record.
        return result if type(result) is Node else Node(result, requires_grad=False)

    def apply(self, x: Batch) -> Node:
        """Compute the layer with graph operations.

        Parameters
        ----------
        x : Node or ndarray
            The batch, samples along the first axis.

        Returns
        -------
        Node
            The result.
        """
        raise NotImplementedError(f"{type(self).__name__} must define apply(self, x)")

    @property
    def initialized(self) -> bool:
        """Whether the parameters have been made; True where there are none."""
        return True

    def parameters(self) -> dict[str, Node]:
        """Return the trainable parameters by name; none by default."""
        return {}

    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        """Make the parameters from a random generator; nothing by default."""

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer, given the one before it."""
        return shape

    def forward(self, x: npt.ArrayLike) -> npt.NDArray[Any]:
        """Step forward by hand: from an array to an array, remembering what `backward` needs.

        Parameters
        ----------
        x : array_like
            The batch.

        Returns
        -------
        ndarray
            The layer's output.
        """
        array = np.asarray(x)
        self._stepped_input = Node(array if array.dtype.kind == "f" else array.astype(np.float64))
        self._stepped_output = self(self._stepped_input)
        return self._stepped_output.value.copy()

    def backward(self, error: npt.ArrayLike) -> npt.NDArray[Any]:
        """Step backward by hand: from the error behind the layer to the error before it.

        The gradients of the parameters are then in their ``.grad``.

        Parameters
        ----------
        error : array_like
            E_n, the gradient of the loss for the layer's output, in its shape.

        Returns
        -------
        ndarray
            E_(n-1), the gradient of the loss for the layer's input.

        Raises
        ------
        RuntimeError
            If `forward` was not called before.

        References
        ----------
        Lecture 000, eqs. (7) to (9) and (11).
        """
        if not hasattr(self, "_stepped_output"):
            raise RuntimeError(
                f"{type(self).__name__}.backward(error) expects forward(x) before it: "
                "the rules need the input. Call layer.forward(x) first"
            )
        self._stepped_output.backward(error)
        return self._stepped_input.grad.copy()


class FullyConnected(Layer):
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

    Attributes
    ----------
    weight : Node, shape (in_features, out_features)
        W.
    bias : Node, shape (out_features,), or None
        b.

    Notes
    -----
    The parameters are made by the network that the layer is put in, from its seed and in its
    dtype; or, when they are used before, from seed 0 in float32. `initialize` makes them anew.

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
    """

    weight: Node
    bias: Node | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        bias: bool = True,
        weight_initializer: Initializer = He(),  # noqa: B008  # they hold no state
        bias_initializer: Initializer = Zeros(),  # noqa: B008
    ) -> None:
        for name, number in (("in_features", in_features), ("out_features", out_features)):
            if not isinstance(number, (int, np.integer)) or number < 1:
                raise ValueError(
                    f"FullyConnected({name}) expects a whole number from 1, got {number!r}"
                )
        for name, given in (("weight", weight_initializer), ("bias", bias_initializer)):
            if not isinstance(given, Initializer):
                raise TypeError(
                    f"FullyConnected({name}_initializer) expects an initializer such as He(), "
                    f"got {given!r}"
                )
        self.in_features = int(in_features)
        self.out_features = int(out_features)
        self._has_bias = bool(bias)
        self.weight_initializer = weight_initializer
        self.bias_initializer = bias_initializer

    def arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "in_features": self.in_features,
            "out_features": self.out_features,
            "bias": self._has_bias,
            "weight_initializer": self.weight_initializer,
            "bias_initializer": self.bias_initializer,
        }

    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        """Make weight and bias anew from a random generator."""
        shape = (self.in_features, self.out_features)
        self.weight = Node(self.weight_initializer(shape, generator, dtype), name="W")
        if self._has_bias:
            values = self.bias_initializer((self.out_features,), generator, dtype)
            self.bias = Node(values, name="b")
        else:
            self.bias = None

    @property
    def initialized(self) -> bool:
        """Whether weight and bias have been made."""
        return "weight" in self.__dict__

    def __getattr__(self, name: str) -> Any:
        # Called only for what is not there yet.
        if name in ("weight", "bias"):
            self.initialize(np.random.default_rng(0), np.float32)
            return self.__dict__[name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def parameters(self) -> dict[str, Node]:
        """Return weight and bias."""
        if self.bias is None:
            return {"weight": self.weight}
        return {"weight": self.weight, "bias": self.bias}

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
        product: Node = matmul(x, self.weight)
        return product if self.bias is None else product + self.bias

    def _advice(self, shape: tuple[int, ...]) -> str:
        if math.prod(shape[1:]) == self.in_features:
            return "Put Flatten() before it"
        return f"Change in_features to {shape[-1] if shape else 1}, or the data"


class ReLU(Layer):
    """max(0, x), with gradient 0 at x = 0.

    References
    ----------
    Lecture 000, eq. (9); lecture 003, "Rectified Linear Unit" (its derivative 1 at 0 is not the
    convention here).
    """

    def apply(self, x: Batch) -> Node:
        """Compute max(0, x)."""
        return relu(x)


class Sigmoid(Layer):
    """1 / (1 + exp(-x)) (lecture 003, "Sigmoid")."""

    def apply(self, x: Batch) -> Node:
        """Compute the sigmoid."""
        return sigmoid(x)


class Tanh(Layer):
    """Hyperbolic tangent (lecture 003, "Tangens hyperbolicus")."""

    def apply(self, x: Batch) -> Node:
        """Compute the hyperbolic tangent."""
        return tanh(x)


class LeakyReLU(Layer):
    """x above 0, and `slope` times x below (lecture 003, "Leaky ReLU").

    Parameters
    ----------
    slope : float, default 0.01
        Slope below 0, and at 0.
    """

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = float(slope)

    def apply(self, x: Batch) -> Node:
        """Compute the leaky ReLU."""
        return leaky_relu(x, self.slope)


class ELU(Layer):
    """x above 0, and alpha (exp(x) - 1) below (lecture 003, "Exponential Linear Unit").

    Parameters
    ----------
    alpha : float, default 1.0
        How far below 0 it goes.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = float(alpha)

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

    def apply(self, x: Batch) -> Node:
        """Compute the probabilities."""
        x = x if type(x) is Node else Node(x, requires_grad=False)
        largest: Node = max(x, axis=-1, keepdims=True)
        # The probabilities do not depend on what is subtracted: its gradient is exactly 0.
        largest.requires_grad = False
        exponentials: Node = exp(x - largest)
        return exponentials / sum(exponentials, axis=-1, keepdims=True)


class Flatten(Layer):
    """Each sample's entries in one row, such as the pixels of an image.

    References
    ----------
    Lecture 003, "Fully Connected Layer, Image Data": (1 x 3 x 3) -> (1 x 9).
    """

    def apply(self, x: Batch) -> Node:
        """Reshape to (samples, entries)."""
        shape = x.shape
        return reshape(x, (shape[0], math.prod(shape[1:])))

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        return (math.prod(shape),)
