"""Batches of data that do not fit into memory, read ahead in a background thread."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..calls import NEEDED, explains_arguments
from ..checks import cut, flag, whole_number
from .augmentation import Augment, augmented, checked_augment
from .given import labels_from, samples_from
from .preparation import samples_and_labels
from .read_ahead import read_ahead
from .several import each_array, several_in, stacked_several

__all__ = ["DataLoader"]

Array = npt.NDArray[Any]

_SEEN_SAMPLES = 512


class Batch(NamedTuple):
    """Samples and their labels."""

    x: Array
    y: Array

    @property
    def weight(self) -> None:
        """All count the same."""


class WeightedBatch(NamedTuple):
    """Samples, their labels, and how much each counts."""

    x: Array
    y: Array
    weight: Array


AnyBatch = Batch | WeightedBatch


class DataLoader:
    """Batches for `NeuralNetwork.fit` that are read while the network learns from those before.

    Parameters
    ----------
    source : ndarray, object with ``len()`` and ``[i]``, function, or iterable
        Where batches come from:

        - with `labels`, an array or memory map of samples; of a model with several inputs a tuple
          or dict of them (as the samples of a batch may be, and the sample of an entry);
        - with `batch_size`, an object with a length whose entry i is a sample and its label, such
          as an `ImageFolder`, a list of pairs, or the data sets of PyTorch;
        - else a function that returns an iterable of whole batches (x, y), such as a generator
          function: it is called for each epoch, with a `numpy.random.Generator` if it takes an
          argument; or an iterable of them that can be gone through more than once.

        Entries and batches may have a third part, which says how much each sample counts, as
        `sample_weight` does in `NeuralNetwork.fit`.
    labels : ndarray, optional
        The labels of samples in an array.
    batch_size : int, optional
        Samples per batch; the last batch of an epoch holds what is left.
    batches : int, optional
        How many whole batches an epoch has; further ones are left. By default as many as ``len()``
        says of an iterable.
    shuffle : bool, default True
        Whether the samples are in a new order in each epoch. Whole batches come in the order in
        which they are made.
    augment : callable or sequence of callables, default ()
        Called on the samples of each batch and a `numpy.random.Generator`, one after the other;
        see `RandomFlip` and its like. Only where a network learns: `NeuralNetwork.evaluate` and
        `predict` leave them out.
    collate : callable, optional
        Makes a batch (x, y) of a list of entries (sample, label); by default both are stacked.
    ahead : int, default 2
        How many batches are read ahead at most, by one background thread; 0 for none.
    seed : int, default 0
        Source of the orders where one iterates by hand. In `fit` they come from the network.

    Attributes
    ----------
    epoch : int
        How often it was iterated over by hand: it decides the order of the next time.

    Raises
    ------
    TypeError, ValueError
        If the source is none of these, or something is missing; says what to write.

    Notes
    -----
    The same seed gives the same batches, whatever is read ahead. In `fit`, samples in arrays give
    the same bits as without a loader. What the source raises, in the background thread too, is
    raised where the batch was waited for. The thread ends with the iteration, also when that is
    left early; one that is in the middle of reading is waited for a second, then left behind.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import FullyConnected, NeuralNetwork, load_dataset
    >>> from nn.data import DataLoader
    >>> data = load_dataset("digits")
    >>> loader = DataLoader(data.x_train, data.y_train, batch_size=32)
    >>> len(loader), [x.shape for x, y in loader][-1]
    (45, (29, 64))
    >>> network = NeuralNetwork([FullyConnected(64, 10)])
    >>> history = network.fit(loader, epochs=5, progress=False)

    Batches that are computed:

    >>> def noise(generator):
    ...     while True:
    ...         x = generator.standard_normal((50, 64))
    ...         yield x, (x.sum(axis=1) > 0).astype(int)
    >>> history = network.fit(DataLoader(noise, batches=10), epochs=2, progress=False)
    """

    @explains_arguments
    def __init__(
        self,
        source: Any,
        labels: Any = None,
        *,
        batch_size: int | None = None,
        batches: int | None = None,
        shuffle: bool = True,
        augment: Augment | Sequence[Augment] = (),
        collate: Callable[[list[Any]], Any] | None = None,
        ahead: int = 2,
        seed: int = 0,
    ) -> None:
        self.shuffle = flag("DataLoader", "shuffle", shuffle)
        self.augment = checked_augment("DataLoader", augment)
        self.ahead = whole_number("DataLoader", "ahead", ahead, least=0)
        self.seed = whole_number("DataLoader", "seed", seed, least=0)
        self.epoch = 0
        self._source: _Samples | _WholeBatches
        if labels is None and batch_size is None:
            if collate is not None:
                raise TypeError(
                    "DataLoader(collate) is for sources of samples; whole batches are left as "
                    "they are. Write batch_size too, or leave it out"
                )
            self._source = _WholeBatches(source, batches)
            return
        if batches is not None:
            raise TypeError(
                f"DataLoader(batches={cut(batches)}) is for functions and iterables that make "
                "whole batches; of samples an epoch shows all. Leave it out, or batch_size"
            )
        if batch_size is None:
            raise TypeError("DataLoader expects batch_size, got none. Write batch_size=32")
        size = whole_number("DataLoader", "batch_size", batch_size)
        self._source = (
            _Entries(source, size, collate) if labels is None else _Arrays(source, labels, size)
        )

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return self._source.batches

    def __iter__(self) -> Iterator[AnyBatch]:
        """Go through one epoch, in an order of its own."""
        generator = np.random.default_rng([self.seed, self.epoch])
        self.epoch += 1
        return self.shuffled(generator)

    @property
    def samples(self) -> int:
        """How many samples an epoch has; of whole batches about how many."""
        return self._source.samples

    @property
    def batch_size(self) -> int:
        """How many samples a batch has; of whole batches the first one."""
        return self._source.batch_size

    def shuffled(self, generator: np.random.Generator, *, start: int = 0) -> Iterator[AnyBatch]:
        """Return the batches of an epoch to learn from.

        Parameters
        ----------
        generator : numpy.random.Generator
            Decides the order and what `augment` does. It is used at once, and not by the thread.
        start : int, default 0
            How many batches are left out: the others are the same as without.

        Returns
        -------
        iterator of (x, y), or of (x, y, weight)
            The batches.
        """
        order = self._source.order(generator) if self.shuffle else None
        # Each batch has a generator of its own, so that any of them can be the first.
        seed = int(generator.integers(2**63)) if self.augment or self._source.draws else 0
        found = self._source.read(order, start, np.random.default_rng([seed, 0]))
        changed = (
            batch._replace(x=augmented(batch.x, self.augment, seed, number))
            for number, batch in enumerate(found, start=start + 1)
        )
        return read_ahead(changed, self.ahead)

    def in_order(self) -> Iterator[AnyBatch]:
        """Return the batches of an epoch to evaluate on: as they are, in the source's order."""
        return read_ahead(self._source.read(None, 0, np.random.default_rng(0)), self.ahead)

    def sample(self) -> AnyBatch:
        """Return one batch to look at before anything is learned."""
        return self._source.sample()


def loader_from(owner: str, x: Any, y: Any) -> DataLoader | None:
    """Return what reads batches where it is given in place of samples and labels; None else."""
    if y is not NEEDED:
        if isinstance(x, DataLoader):
            raise TypeError(
                f"{owner}() expects no labels beside a DataLoader, which reads them too. Write "
                f"{owner}(loader)"
            )
        return None
    if isinstance(x, DataLoader):
        return x
    if hasattr(x, "shape") or isinstance(x, (list, tuple, str, bytes, dict)):
        return None
    if callable(x) or hasattr(x, "__iter__"):
        return DataLoader(x)
    if hasattr(x, "__getitem__"):  # entries, such as of a folder of images
        raise TypeError(
            f"{owner}() expects arrays or a DataLoader, got {cut(x)}. Write "
            f"{owner}(DataLoader(source, batch_size=32))"
        )
    return None


# --- sources -------------------------------------------------------------------------------------


class _Samples:
    """A source that reads samples by their places."""

    draws = False
    """Whether it is given random numbers."""

    def __init__(self, samples: int, batch_size: int) -> None:
        if not samples:
            raise ValueError("DataLoader expects at least one sample, got none")
        self.samples, self.batch_size = samples, batch_size
        self.batches = -(-samples // batch_size)

    def order(self, generator: np.random.Generator) -> npt.NDArray[np.int64]:
        return generator.permutation(self.samples)

    def read(
        self, order: npt.NDArray[np.int64] | None, start: int, generator: np.random.Generator
    ) -> Iterator[AnyBatch]:
        size = self.batch_size
        for first in range(start * size, self.samples, size):
            last = min(first + size, self.samples)
            yield self.at(np.arange(first, last) if order is None else order[first:last])

    def sample(self) -> AnyBatch:
        """Read samples from all over: the first ones are often of one class."""
        number = min(self.batch_size, _SEEN_SAMPLES)
        return self.at(np.unique(np.linspace(0, self.samples - 1, number).astype(np.int64)))

    def at(self, places: npt.NDArray[np.int64]) -> AnyBatch:
        raise NotImplementedError


class _Arrays(_Samples):
    def __init__(self, x: Any, y: Any, batch_size: int) -> None:
        labels = labels_from(y)
        self._x, self._y = samples_and_labels(_samples_of(x, labels), labels)
        super().__init__(len(self._x), batch_size)

    def at(self, places: npt.NDArray[np.int64]) -> AnyBatch:
        return Batch(each_array(self._x[places]), np.asarray(self._y[places]))


class _Entries(_Samples):
    def __init__(
        self, source: Any, batch_size: int, collate: Callable[[list[Any]], Any] | None
    ) -> None:
        if isinstance(source, tuple) and any(hasattr(part, "shape") for part in source):
            raise TypeError(
                "DataLoader expects arrays one by one, got them in a tuple. Write DataLoader(x, y, "
                "batch_size=32)"
            )
        if not (hasattr(source, "__len__") and hasattr(source, "__getitem__")):
            raise TypeError(
                "DataLoader(batch_size) is for arrays with labels=, or an object with len() whose "
                f"entry i is a sample and its label, got {cut(source)}. Functions and iterables "
                "make whole batches: leave batch_size out"
            )
        self._source, self._collate = source, collate
        super().__init__(len(source), batch_size)

    def at(self, places: npt.NDArray[np.int64]) -> AnyBatch:
        entries = [self._source[place] for place in places.tolist()]
        for place, entry in zip(places, entries, strict=True):
            if not isinstance(entry, (tuple, list)) or len(entry) not in (2, 3):
                raise TypeError(
                    f"DataLoader expects entry {place} to be a sample and its label, got "
                    f"{type(entry).__name__}. Of an array write DataLoader(x, y, batch_size=...)"
                )
        if self._collate is not None:
            return _checked(self._collate(entries), "collate")
        if len({len(entry) for entry in entries}) > 1:
            raise ValueError("DataLoader expects a weight in each entry of a batch, or in none")
        samples, *others = zip(*entries, strict=True)
        several = stacked_several(samples, _stacked)
        stacked = _stacked(samples) if several is None else several
        return _checked([stacked, *map(_stacked, others)], "its source")


class _WholeBatches:
    """A source that makes batches, each epoch from the first."""

    def __init__(self, source: Any, batches: int | None) -> None:
        self._source = source
        if hasattr(source, "shape"):
            raise TypeError(
                "DataLoader expects labels beside samples in an array, got none. Write "
                "DataLoader(x, y, batch_size=32)"
            )
        if not callable(source) and not hasattr(source, "__iter__"):
            advice = ". Write batch_size=32" if hasattr(source, "__getitem__") else ""
            raise TypeError(
                "DataLoader expects arrays, an object with entries and batch_size, a function, or "
                f"an iterable of batches, got {cut(source)}{advice}"
            )
        if not callable(source) and iter(source) is source:
            raise TypeError(
                f"DataLoader expects what can be gone through in each epoch, got a "
                f"{type(source).__name__}, which is empty after one. Give the function that makes "
                "it, without calling it: DataLoader(read, batches=100)"
            )
        if batches is None and hasattr(source, "__len__"):
            batches = len(source)
        if batches is None:
            raise TypeError(
                "DataLoader expects batches, the number of batches in an epoch, where nothing has "
                "a length, got none. Write batches=100; a function may also go on for ever"
            )
        self.batches = whole_number("DataLoader", "batches", batches)
        self.draws = callable(source) and _takes_an_argument(source)

    @property
    def batch_size(self) -> int:
        return len(self.sample().y)

    @property
    def samples(self) -> int:
        return self.batches * self.batch_size

    def order(self, generator: np.random.Generator) -> None:
        """They have the order in which they are made."""

    def read(self, order: Any, start: int, generator: np.random.Generator) -> Iterator[AnyBatch]:
        made = 0
        for found in islice(self._begun(generator), self.batches):
            made += 1
            if made > start:
                yield _checked(found, "its source")
        if made < self.batches:
            raise ValueError(
                f"DataLoader(batches={self.batches}) expects so many batches in each epoch, got "
                f"{made}. Write batches={made}, or let the function go on"
            )

    def sample(self) -> AnyBatch:
        """Return the first batch."""
        if self._first is None:
            self._first = next(iter(self.read(None, 0, np.random.default_rng(0))))
        return self._first

    _first: AnyBatch | None = None

    def _begun(self, generator: np.random.Generator) -> Iterable[Any]:
        if not callable(self._source):
            return self._source
        found = self._source(generator) if self.draws else self._source()
        if not hasattr(found, "__iter__"):
            raise TypeError(
                "DataLoader expects a function that returns an iterable of batches (x, y), got "
                f"{cut(found)}. Write yield x, y in a loop"
            )
        return found


def _takes_an_argument(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # what is written in C may not say
        return False
    return any(
        each.default is each.empty
        and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        for each in parameters
    )


def _checked(found: Any, owner: str) -> AnyBatch:
    """Return a batch as arrays, or raise."""
    if not isinstance(found, (tuple, list)) or len(found) not in (2, 3):
        raise TypeError(
            f"DataLoader expects {owner} to make batches of samples and labels (x, y), or (x, y, "
            f"weight), got {type(found).__name__}. Of a source with single samples write "
            "batch_size too"
        )
    y, *weight = map(labels_from, found[1:])
    x = _samples_of(found[0], y)
    if y.ndim == 0 or not len(y) or len(x) != len(y):
        raise ValueError(
            f"DataLoader expects {owner} to make batches with as many labels as samples, got "
            f"shapes {x.shape} and {y.shape}. Of a source with single samples write batch_size too"
        )
    return WeightedBatch(x, y, *weight) if weight else Batch(x, y)


def _samples_of(x: Any, labels: Array) -> Any:
    """Return samples as an array, or as those of several inputs."""
    several = several_in(x, len(labels) if labels.ndim else 0)
    return samples_from(x) if several is None else several.each(samples_from)


def _stacked(parts: Sequence[Any]) -> Array:
    arrays = [np.asarray(part) for part in parts]
    for number, array in enumerate(arrays):
        if array.shape != arrays[0].shape:
            raise ValueError(
                f"DataLoader expects samples of one shape, got {array.shape} at place {number} of "
                f"a batch after {arrays[0].shape}. Write collate=, a function that makes (x, y) of "
                "a list of entries, such as with pad_sequences"
            )
    return np.stack(arrays)
