"""What `fit` forgets: weights, gradients and activations of each layer, as histograms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from autograd_core import no_grad
from nn import History, NeuralNetwork
from nn.checks import whole_number
from nn.training.callbacks import Callback

__all__ = ["TrainingRecorder"]

_INSPECTED_SAMPLES = 512
"""Activations are those of at most so many samples."""

T = TypeVar("T")


@dataclass(frozen=True)
class Histogram:
    """How many values lie where, and the figures of their sizes.

    Attributes
    ----------
    edges : ndarray, shape (bins + 1,)
        Bounds of the bins.
    counts : ndarray, shape (bins,)
        Number of finite values in each.
    mean_size, largest_size : float
        Mean and maximum of the absolute values; nan where a value is.
    not_finite : int
        Number of values that are nan or infinite, and in no bin.
    """

    edges: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]
    mean_size: float
    largest_size: float
    not_finite: int

    @classmethod
    def of(cls, *arrays: Any, bins: int = 64) -> Histogram:
        """Count the values of arrays.

        Examples
        --------
        >>> Histogram.of([0.0, 1.0, 1.0], bins=2).counts
        array([1, 2])
        """
        parts = [np.asarray(array, np.float64).ravel() for array in arrays]
        values = np.concatenate(parts) if parts else np.zeros(0)
        if not values.size:
            raise ValueError("Histogram.of() expects at least one value, got none")
        finite = values[np.isfinite(values)]
        counts, edges = np.histogram(finite, _edges(finite, bins))
        sizes = np.abs(values)
        return cls(
            edges=edges,
            counts=counts,
            mean_size=float((sizes / sizes.size).sum()),  # the sum of large sizes may overflow
            largest_size=float(sizes.max()),
            not_finite=values.size - finite.size,
        )

    def counts_between(self, edges: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the counts in other bins; what a bin here holds is spread evenly over it."""
        below = np.concatenate([[0], np.cumsum(self.counts)])
        return np.diff(np.interp(edges, self.edges, below))


def _edges(values: npt.NDArray[np.float64], bins: int) -> npt.NDArray[np.float64]:
    """Return bounds of bins that are wider than rounding, also where all values are equal."""
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    least = max(abs(low), abs(high), 1e-12) * 1e-6
    if high / 2 - low / 2 < least:
        low, high = low - least, high + least
    return 2.0 * np.linspace(low / 2, high / 2, bins + 1)  # high - low may overflow


class Thinned(Generic[T]):
    """A list that keeps at most a number of entries: when full, every second one goes.

    Examples
    --------
    >>> kept = Thinned(at_most=4)
    >>> for moment in range(1, 12):
    ...     kept.add(moment, f"entry {moment}")
    >>> list(kept.entries)
    [1, 5, 9, 11]
    """

    def __init__(self, at_most: int) -> None:
        self.at_most = at_most
        self.entries: dict[int, T] = {}
        self._apart = 1
        self._first: int | None = None

    def add(self, moment: int, entry: T) -> None:
        """Keep an entry, the newest always."""
        if self._first is None:
            self._first = moment
        newest = next(reversed(self.entries), self._first)
        if (newest - self._first) % self._apart:  # it was kept only for being the newest
            del self.entries[newest]
        self.entries[moment] = entry
        while len(self.entries) > self.at_most:
            self._apart *= 2
            self.entries = {
                kept: entry
                for kept, entry in self.entries.items()
                if not (kept - self._first) % self._apart or kept == moment
            }


@dataclass(frozen=True)
class Moment:
    """The layers after one epoch, by their position in the network."""

    weights: dict[int, Histogram]
    gradients: dict[int, Histogram]
    activations: dict[int, Histogram]


class EpochRecorder(Callback, Generic[T]):
    """Keeps something of each epoch of `fit`, of at most a number of them."""

    def __init__(self, at_most: int) -> None:
        self._at_most = whole_number(type(self).__name__, "at_most", at_most, least=2)
        self._kept: Thinned[T] = Thinned(self._at_most)

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Forget the last run."""
        self._kept = Thinned(self._at_most)

    def _keep(self, history: History, entry: T) -> None:
        self._kept.add(int(history.epochs[-1]["epoch"]), entry)


def last_of(entries: dict[int, T], owner: str) -> T:
    """Return what was recorded last; raise where nothing was."""
    if not entries:
        raise ValueError(
            f"{owner}() expects a recorder that has seen an epoch, got none. "
            "Write network.fit(..., callbacks=[recorder]) first"
        )
    return next(reversed(entries.values()))


class TrainingRecorder(EpochRecorder[Moment]):
    """Records the layers' weights, gradients and activations after each epoch of `fit`.

    Parameters
    ----------
    x : array_like, shape (samples, ...), optional
        Samples whose activations are recorded, at most 512 of them; without them there are none.
    bins : int, default 64
        Bins per histogram.
    at_most : int, default 200
        How many epochs are kept. When there are more, every second one goes, so memory stays
        bounded; the last one is always there.

    Attributes
    ----------
    moments : dict of int to Moment
        By the epoch.
    names : dict of int to str
        What the layers are, by their position.

    Notes
    -----
    Gradients are those of the last batch of the epoch, as the optimizer left them. Weights and
    biases of a layer are counted together.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import FullyConnected, NeuralNetwork, ReLU
    >>> x, y = np.eye(2), np.array([0, 1])
    >>> network = NeuralNetwork([FullyConnected(2, 3), ReLU(), FullyConnected(3, 2)])
    >>> recorder = TrainingRecorder(x)
    >>> history = network.fit(x, y, epochs=2, batch_size=2, callbacks=[recorder], progress=False)
    >>> list(recorder.moments), list(recorder.moments[2].weights)
    ([1, 2], [0, 2])
    """

    def __init__(
        self, x: npt.ArrayLike | None = None, *, bins: int = 64, at_most: int = 200
    ) -> None:
        super().__init__(at_most)
        self._x = None if x is None else checked_samples(x, "TrainingRecorder")[:_INSPECTED_SAMPLES]
        self._bins = whole_number("TrainingRecorder", "bins", bins, least=2)
        self.names: dict[int, str] = {}

    @property
    def moments(self) -> dict[int, Moment]:
        """The layers by the epoch."""
        return self._kept.entries

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Forget the last run."""
        super().on_train_begin(network, epochs, batches_per_epoch)
        self.names = {position: repr(layer) for position, layer in enumerate(network.layers)}

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """Count."""
        weights, gradients, activations = {}, {}, {}
        for position, layer in enumerate(network.layers):
            nodes = list(layer.parameters().values())
            if nodes:
                weights[position] = Histogram.of(*(node.value for node in nodes), bins=self._bins)
            found = [node.grad for node in nodes if node.grad is not None]
            if found:
                gradients[position] = Histogram.of(*found, bins=self._bins)
        if self._x is not None:
            for position, output in enumerate(activations_of(network, self._x)):
                activations[position] = Histogram.of(output, bins=self._bins)
        self._keep(history, Moment(weights, gradients, activations))


def checked_samples(x: npt.ArrayLike, owner: str) -> npt.NDArray[Any]:
    """Return samples as an array, if they stand along its first axis."""
    samples = np.asarray(x)
    if samples.ndim < 2 or not samples.size:
        raise ValueError(
            f"{owner}(x) expects samples along the first axis, such as x_test[:500], "
            f"got shape {samples.shape}"
        )
    return samples


def activations_of(network: NeuralNetwork, x: npt.ArrayLike) -> Iterator[npt.NDArray[Any]]:
    """Yield the output of each layer for samples, without recording and as after training."""
    batch: Any = np.asarray(x, network.dtype)
    for layer in network.layers:
        with no_grad(), network.evaluating():  # not around the yield: the caller would be in it
            batch = layer(batch)
        yield np.asarray(batch.value)
