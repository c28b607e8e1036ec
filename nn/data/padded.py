"""Sequences of unequal length, filled up batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks import whole_number
from .text import pad_sequences

__all__ = ["Padded"]


class Padded:
    """Fills up the sequences of each batch to the longest in it, for `DataLoader`.

    Parameters
    ----------
    padding : number, default 0
        What stands behind shorter sequences; the same as in ``Embedding(padding=0)``, which tells
        the layers and the loss behind it that there are no steps.
    labels : number, default 0
        What stands behind shorter rows of labels, if each step has one: any class, where a mask
        leaves it out, else the loss's ``ignore_index``.
    multiple : int, default 8
        Lengths are rounded up to a multiple of it, so that batches have few shapes: compiled steps
        are made for each.

    Raises
    ------
    ValueError
        If `multiple` is below 1.

    Examples
    --------
    >>> from nn.data import DataLoader, Padded
    >>> entries = [([3, 1, 2], 0), ([5], 1), ([2, 2], 1)]
    >>> loader = DataLoader(
    ...     entries, batch_size=2, shuffle=False, collate=Padded(multiple=1)
    ... )
    >>> for x, y in loader:
    ...     print(x.tolist(), y.tolist())
    [[3, 1, 2], [5, 0, 0]] [0, 1]
    [[2, 2]] [1]
    """

    def __init__(self, padding: float = 0, *, labels: float = 0, multiple: int = 8) -> None:
        self.padding, self.labels = padding, labels
        self.multiple = whole_number("Padded", "multiple", multiple)

    def __repr__(self) -> str:
        return f"Padded({self.padding!r}, labels={self.labels!r}, multiple={self.multiple})"

    def __call__(
        self, entries: Sequence[tuple[Any, Any]]
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Return the batch of some samples with their labels."""
        samples, labels = zip(*entries, strict=True)
        length = -(-max(map(len, samples)) // self.multiple) * self.multiple
        x = pad_sequences(samples, length=max(length, 1), padding=self.padding)
        if not np.ndim(labels[0]):
            return x, np.asarray(labels)
        return x, pad_sequences(labels, length=x.shape[1], padding=self.labels)
