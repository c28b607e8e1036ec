"""A data source that is asked for one batch after the other, as in lecture 000."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..calls import explains_arguments
from ..checks import cut, generator_in, whole_number
from .preparation import samples_and_labels

__all__ = ["DataSource"]

_SEEDS = 2**128 - 1
"""The highest seed: NumPy draws such where none is given."""


class DataSource:
    """Hands out batches without end, in a new order in every epoch.

    Parameters
    ----------
    x, y : ndarray
        Samples and labels, with the samples along the first axis; memory maps are read batch by
        batch. Of a model with several inputs x is a tuple or dict of them.
    batch_size : int
        Samples per batch. The last batch of an epoch holds what is left.
    seed : int, default 0
        Source of the orders.

    Attributes
    ----------
    epoch : int
        How many epochs have been handed out completely.

    Raises
    ------
    ValueError
        If the lengths differ, there are no samples, or the batch size is no whole number from 1.

    References
    ----------
    Lecture 000: the network has only one data source, which is asked by ``next()``.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import DataSource
    >>> source = DataSource(np.arange(5.0), np.arange(5), batch_size=2)
    >>> [len(source.next()[0]) for _ in range(4)]
    [2, 2, 1, 2]
    >>> source.epoch
    1
    """

    @explains_arguments
    def __init__(
        self, x: npt.NDArray[Any], y: npt.NDArray[Any], batch_size: int, seed: int = 0
    ) -> None:
        x, y = samples_and_labels(x, y)
        if not len(x):
            raise ValueError("DataSource expects at least one sample, got none")
        self.x = x
        self.y = y
        self.batch_size = whole_number("DataSource", "batch_size", batch_size)
        self.epoch = 0
        if seed is not None:
            seed = whole_number("DataSource", "seed", seed, least=0, most=_SEEDS)
        self._generator = np.random.default_rng(seed)
        self._begin_epoch()

    def _begin_epoch(self) -> None:
        self._before_shuffle = self._generator.bit_generator.state
        self._order = self._generator.permutation(len(self.x))
        self._position = 0

    def next(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Return the next batch.

        Returns
        -------
        tuple of ndarray
            The rows of x and of y.
        """
        rows = self._order[self._position : self._position + self.batch_size]
        batch = self.x[rows], self.y[rows]
        self._position += len(rows)
        if self._position == len(self._order):
            self.epoch += 1
            self._begin_epoch()
        return batch

    __next__ = next

    def __iter__(self) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
        return self

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return -(-len(self.x) // self.batch_size)

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint needs to go on with the very next batch.

        Returns
        -------
        dict
            ``generator``: the state before the epoch's order was drawn; ``position``: samples
            handed out in this epoch; ``epoch``; ``samples`` and ``batch_size``, to see that the
            source is the same one. Plain data, which JSON can hold.

        Examples
        --------
        >>> import numpy as np
        >>> from nn import DataSource
        >>> source = DataSource(np.arange(100), np.arange(100), batch_size=32)
        >>> source.next()[0].shape
        (32,)
        >>> twin = DataSource(np.arange(100), np.arange(100), batch_size=32, seed=7)
        >>> twin.load_state_dict(source.state_dict())
        >>> np.array_equal(twin.next()[0], source.next()[0])
        True
        """
        return {
            "generator": self._before_shuffle,
            "position": self._position,
            "epoch": self.epoch,
            "samples": len(self.x),
            "batch_size": self.batch_size,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where the source stood that `state_dict` was called on.

        Raises
        ------
        ValueError
            If it is the state of another source; nothing is changed then.
        """
        own = self.state_dict()
        if not isinstance(state, Mapping) or state.keys() != own.keys():
            came = ", ".join(map(str, state)) if isinstance(state, Mapping) else state
            raise ValueError(
                f"load_state_dict() expects the keys {', '.join(own)}; got {cut(came)}"
            )
        for key in ("samples", "batch_size"):
            if state[key] != own[key]:
                raise ValueError(
                    f"load_state_dict() expects the state of a source with {key}={own[key]}, "
                    f"got {key}={cut(state[key])}"
                )
        owner = "load_state_dict"
        last = len(self.x) - 1
        try:
            epoch = whole_number(owner, "epoch", state["epoch"], least=0)
            position = whole_number(owner, "position", state["position"], least=0, most=last)
        except ValueError:
            raise ValueError(
                f"{owner}() expects an epoch from 0 and a position from 0 to {last}, whole "
                f"numbers, got {cut(state['epoch'])} and {cut(state['position'])}"
            ) from None
        kind = own["generator"]["bit_generator"]
        self._generator = np.random.Generator(generator_in(f"{owner}()", state["generator"], kind))
        self._begin_epoch()
        self._position, self.epoch = position, epoch
