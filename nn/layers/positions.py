"""Where in a sequence a step stands, told to layers that could not know: learned, waves, turns."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from autograd_core import Node, matmul

from ..checks import instance, number, whole_number
from ..formulas import Formulas
from ..initializers import Initializer, Normal
from .layer import Batch, Layer

__all__ = ["PositionalEmbedding", "PositionalEncoding", "rotary_embedding"]

_BASE = 10_000.0


class OnSequences(Layer):
    """A layer that takes vectors of one length, step by step, and gives as many of the same.

    Attributes
    ----------
    features : int
        Their length.
    """

    kind: ClassVar[str] = "layer"  # and none by itself
    features: int
    takes_sequences = True

    @property
    def sample_axes(self) -> tuple[int | str, ...] | None:  # type: ignore[override]
        """Any number of steps."""
        return ("T", self.features)

    def require_sequences(self, shape: tuple[int, ...]) -> int:
        """Return how many steps the sequences of a batch have, or raise where it holds none.

        Parameters
        ----------
        shape : tuple of int
            Of the batch: (samples, steps, features).

        Raises
        ------
        ValueError
            If it is another.

        Examples
        --------
        >>> PositionalEncoding(4).require_sequences((2, 3, 4))
        3
        """
        if len(shape) != 3 or shape[-1] != self.features:
            advice = f"Change features to {shape[-1] if shape else 1}, or the data"
            if len(shape) == 2 and shape[-1] == self.features:
                advice = "It looks like one sequence without the axis of the batch: write x[None]"
            elif len(shape) == 2:
                advice = (
                    f"Put Embedding(..., {self.features}) before it, which makes vectors of numbers"
                )
            raise ValueError(
                f"{self!r} expects a batch of shape (samples, steps, {self.features}), got "
                f"{tuple(shape)}. {advice}"
            )
        return int(shape[1])

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        if shape[-1:] != (self.features,):  # of the steps nobody may know
            self.require_sequences((1, *shape))
        return shape


class PositionalEmbedding(OnSequences):
    """Adds to each step of a sequence a vector that is learned for its position.

    Parameters
    ----------
    steps : int
        How long sequences can be; shorter ones use the first rows.
    features : int
        Length of each step's vector.
    weight_initializer : Initializer, default Normal(0, 0.02)
        How the vectors start.

    Attributes
    ----------
    weight : Node, shape (steps, features)
        One row for each position.

    Raises
    ------
    ValueError
        If a size is below 1; when called, if the batch is not of shape (samples, steps, features),
        or has more steps.

    References
    ----------
    A. Radford et al., "Improving language understanding by generative pre-training", 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import PositionalEmbedding
    >>> PositionalEmbedding(12, 32)(np.ones((5, 8, 32), np.float32)).shape
    (5, 8, 32)
    """

    weight: Node
    made_by_initialize = ("weight",)
    gives_scores = True
    formulas = Formulas("Y = X + W", ("E′ = E", "∂W = Σ E"))

    def __init__(
        self,
        steps: int,
        features: int,
        *,
        weight_initializer: Initializer = Normal(0.0, 0.02),  # noqa: B008  # it holds no state
    ) -> None:
        owner = "PositionalEmbedding"
        self.steps = whole_number(owner, "steps", steps)
        self.features = whole_number(owner, "features", features)
        self.weight_initializer = instance(
            owner, "weight_initializer", weight_initializer, Initializer, "Normal(0.0, 0.02)"
        )

    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        """Make the vectors anew from a random generator."""
        shape = (self.steps, self.features)
        self.weight = Node(self.weight_initializer(shape, generator, dtype), name="W")

    def apply(self, x: Batch) -> Node:
        """Compute x + W, of as many rows as there are steps."""
        steps = self.require_sequences(x.shape)
        if steps > self.steps:
            raise ValueError(
                f"{self!r} expects at most {self.steps} steps, got a batch of shape {x.shape}. "
                f"Write PositionalEmbedding({steps}, {self.features}), or cut the sequences"
            )
        return x + (self.weight if steps == self.steps else self.weight[:steps])


class PositionalEncoding(OnSequences):
    """Adds to each step of a sequence sines and cosines of its position; nothing is learned.

    From (samples, steps, features) to the same.

    Entries 2i and 2i + 1 are the sine and the cosine of position / base^(2i / features): waves
    from one of 2π steps to one of about ``2π base`` steps.

    Parameters
    ----------
    features : int
        Length of each step's vector.
    base : float, default 10000
        How much slower the last wave is than the first.

    Raises
    ------
    ValueError
        If `features` is below 1, or `base` not above 0; when called, if the batch is not of shape
        (samples, steps, features).

    References
    ----------
    A. Vaswani et al., "Attention is all you need", NeurIPS 2017, section 3.5.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import PositionalEncoding
    >>> PositionalEncoding(4).forward(np.zeros((1, 3, 4))).round(3)
    array([[[ 0.   ,  1.   ,  0.   ,  1.   ],
            [ 0.841,  0.54 ,  0.01 ,  1.   ],
            [ 0.909, -0.416,  0.02 ,  1.   ]]])
    """

    linear = True
    gives_scores = True
    formulas = Formulas("Y = X + P, sines and cosines of the positions", ("E′ = E",))

    def __init__(self, features: int, *, base: float = _BASE) -> None:
        self.features = whole_number("PositionalEncoding", "features", features)
        self.base = number("PositionalEncoding", "base", base, above=0)

    def apply(self, x: Batch) -> Node:
        """Compute x plus the waves."""
        steps = self.require_sequences(x.shape)
        dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
        return x + _waves(steps, self.features, self.base, dtype)


def rotary_embedding(x: Any, *, start: int = 0, base: float = _BASE) -> Any:
    """Turn each pair of neighbouring entries of a step's vector by an angle for its position.

    Of two vectors that are turned so, the dot product depends on how far apart they stand, and not
    on where: made for queries and keys.

    Parameters
    ----------
    x : Node or ndarray, shape (..., steps, features)
        Queries or keys; the number of features is even.
    start : int, default 0
        Position of the first step.
    base : float, default 10000
        How much slower the last pair turns than the first, which turns by 1 (radian) per step.

    Returns
    -------
    Node or ndarray
        In the shape of x.

    Raises
    ------
    ValueError
        If the number of features is odd.

    References
    ----------
    J. Su et al., "RoFormer: Enhanced transformer with rotary position embedding", 2021, eq. (34):
    neighbours are the pairs, as there.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import rotary_embedding
    >>> rotary_embedding(np.array([[1.0, 0.0], [1.0, 0.0]])).round(3)
    array([[1.   , 0.   ],
           [0.54 , 0.841]])
    """
    if len(x.shape) < 2 or x.shape[-1] % 2:
        raise ValueError(
            "rotary_embedding(x) expects pairs along the last axis, shape (..., steps, features) "
            f"with an even number of features, got {x.shape}"
        )
    steps, features = x.shape[-2:]
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    cosines, sines, quarter = _turns(start, steps, features, base, dtype)
    return x * cosines + matmul(x, quarter) * sines


def _angles(start: int, steps: int, features: int, base: float) -> npt.NDArray[np.float64]:
    """Position times speed, one column for each pair of features."""
    speeds = base ** (-np.arange(0, features, 2) / features)
    return np.multiply.outer(np.arange(start, start + steps), speeds)


@lru_cache(maxsize=64)
def _waves(steps: int, features: int, base: float, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    angles = _angles(0, steps, features, base)
    waves = np.stack([np.sin(angles), np.cos(angles)], axis=-1)
    return _constant(waves.reshape(steps, -1)[:, :features], dtype)


@lru_cache(maxsize=64)
def _turns(
    start: int, steps: int, features: int, base: float, dtype: np.dtype[Any]
) -> tuple[npt.NDArray[Any], ...]:
    """Cosines and sines of the angles, and the matrix that turns each pair by a quarter."""
    angles = np.repeat(_angles(start, steps, features, base), 2, axis=1)
    quarter = np.kron(np.eye(features // 2), [[0.0, 1.0], [-1.0, 0.0]])
    return tuple(_constant(part, dtype) for part in (np.cos(angles), np.sin(angles), quarter))


def _constant(array: npt.NDArray[Any], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    array = array.astype(dtype)
    array.flags.writeable = False
    return array
