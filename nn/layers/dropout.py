"""The layer that leaves units out during training."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node, drawn, multiply

from ..checks import flag, number
from ..formulas import Formulas
from .layer import Batch, Layer

__all__ = ["Dropout"]


class Dropout(Layer):
    """During training each entry is set to 0 with probability `rate`, the others grow to match.

    What is kept is divided by 1 - rate, so that its mean stays; when training is over
    (``train(False)``) the layer returns what it gets.

    Parameters
    ----------
    rate : float, default 0.5
        Probability of being left out, from 0 to below 1.
    channels : bool, default False
        Whether whole channels are left out, in batches (samples, channels, ...): of a map of
        features, whose neighbours say nearly the same, single entries would hardly be missed.
        PyTorch calls it Dropout2d, Keras SpatialDropout2D.

    Raises
    ------
    ValueError
        If the rate is not from 0 to below 1.

    Notes
    -----
    Each call draws new entries, from a generator of its own that `initialize` derives: a network
    gives it one from its seed. `random_state` reads its state, for a checkpoint.

    Stepped by hand the layer does as `training` says, True at first: `forward` draws which entries
    stay, `backward` passes the error through the same ones.

    References
    ----------
    N. Srivastava et al., "Dropout: A simple way to prevent neural networks from overfitting",
    Journal of Machine Learning Research, 2014; section 10 has the form that divides in training.
    J. Tompson et al., "Efficient object localization using convolutional networks", CVPR 2015,
    leaves out channels.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Dropout
    >>> layer = Dropout(0.5)
    >>> layer.initialize(np.random.default_rng(0), np.float64)
    >>> layer.forward(np.ones((1, 6)))
    array([[2., 2., 0., 0., 2., 2.]])
    >>> layer.backward(np.full((1, 6), 0.1))
    array([[0.2, 0.2, 0. , 0. , 0.2, 0.2]])
    >>> layer.train(False)
    >>> layer.forward(np.ones((1, 6)))
    array([[1., 1., 1., 1., 1., 1.]])
    """

    _generator: np.random.Generator
    made_by_initialize = ("_generator",)
    linear = True

    formulas = Formulas("Y = X ⊙ M / (1 − p)", ("E′ = E ⊙ M / (1 − p)",))

    def __init__(self, rate: float = 0.5, *, channels: bool = False) -> None:
        self.rate = number("Dropout", "rate", rate, least=0, below=1)
        self.channels = flag("Dropout", "channels", channels)

    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        """Derive the layer's own generator, which leaves the given one where it stands."""
        (self._generator,) = generator.spawn(1)

    def random_state(self) -> dict[str, Any]:
        """Return the state of the generator as plain data."""
        if not self.initialized:
            self._make_by_itself()
        return dict(self._generator.bit_generator.state)

    def set_random_state(self, state: Mapping[str, Any]) -> None:
        """Continue the random numbers where `random_state` was read; see `Layer`."""
        before = self.random_state()
        generator = copy.deepcopy(self._generator)
        try:
            generator.bit_generator.state = state
        except (TypeError, ValueError, KeyError, OverflowError) as error:
            raise ValueError(
                "Dropout.set_random_state(state) expects what random_state() returned, a dict of "
                f"{before['bit_generator']}; got {state!r} ({error})"
            ) from None
        self._generator = generator  # one that was set: a network keeps it

    def apply(self, x: Batch) -> Node:
        """Leave entries out while training, else return x itself."""
        if not self.training or not self.rate:
            return x
        dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
        shape = x.shape
        if self.channels:
            shape = (*shape[:2], *[1] * (x.ndim - 2))
        return multiply(x, drawn(_Mask(self, shape, dtype)))


@dataclass(frozen=True)
class _Mask:
    """Draws by what each entry is multiplied: 0, or what makes up for those left out."""

    layer: Dropout
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def law(self) -> tuple[Any, ...]:
        """What is drawn, for those who draw it without Python; see `Draw.law`."""
        kept = 1.0 - self.layer.rate
        return "bernoulli", kept, 1.0 / kept

    def __call__(self) -> npt.NDArray[Any]:
        # Drawn in float32 whatever the dtype: the same seed leaves the same entries out in both.
        kept = self.layer._generator.random(self.shape, np.float32) >= self.layer.rate
        return np.multiply(kept, 1.0 / (1.0 - self.layer.rate), dtype=self.dtype)
