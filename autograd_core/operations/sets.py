"""Sets of entries: what two arrays share, or not. The entries that are taken get the gradient."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..node import raw
from ..numpy_protocol import existing, stands_in_for
from ..operation import as_operand
from .indexing import take
from .joining import concatenate
from .shaping import ravel

__all__ = [
    "intersect1d", "setdiff1d", "setxor1d", "union1d", "unique_all", "unique_counts",
    "unique_inverse", "unique_values",
]  # fmt: skip


def _first_places(x: Any, assume_unique: bool) -> Any:
    """Where each value stands first in a vector, in ascending order of the values."""
    return np.arange(x.shape[0]) if assume_unique else np.unique(raw(x), return_index=True)[1]


@stands_in_for(np.union1d)
def union1d(ar1: Any, ar2: Any) -> Any:
    """The values of both arrays, each once, in ascending order."""
    both = concatenate([ar1, ar2], axis=None)
    return take(both, _first_places(both, False))


@stands_in_for(np.intersect1d)
def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    """The values that both arrays hold, in ascending order; those of the first are taken.

    Parameters
    ----------
    ar1, ar2 : array_like or Node
        The arrays.
    assume_unique : bool, default False
        Whether each holds a value only once.
    return_indices : bool, default False
        Whether to return where they stand in both, too.
    """
    x, y = raw(as_operand(ar1)), raw(as_operand(ar2))
    found = np.intersect1d(x, y, assume_unique, return_indices=True)
    picked = take(ravel(ar1), found[1])
    return (picked, *found[1:]) if return_indices else picked


@stands_in_for(np.setdiff1d)
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """The values of the first array that the second does not hold."""
    x = ravel(as_operand(ar1))
    places = _first_places(x, assume_unique)
    return take(x, places[~np.isin(raw(x)[places], raw(as_operand(ar2)))])


@stands_in_for(np.setxor1d)
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """The values that one of the arrays holds and the other does not, in ascending order."""
    x, y = ravel(as_operand(ar1)), ravel(as_operand(ar2))
    apart = [
        take(a, places[~np.isin(raw(a)[places], raw(b))])
        for a, b in ((x, y), (y, x))
        for places in [_first_places(a, assume_unique)]
    ]
    both = concatenate(apart)
    return take(both, np.argsort(raw(both), kind="stable"))


class UniqueAll(NamedTuple):
    """What `unique_all` returns."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCounts(NamedTuple):
    """What `unique_counts` returns."""

    values: Any
    counts: Any


class UniqueInverse(NamedTuple):
    """What `unique_inverse` returns."""

    values: Any
    inverse_indices: Any


@stands_in_for(*existing("unique_all"))
def unique_all(x: Any) -> UniqueAll:
    """The values, each once, where they stand first, which of them each entry is, and how often.

    nan equals nothing, so each counts as a value of its own.
    """
    x = as_operand(x)
    _, places, inverse, counts = np.unique(
        raw(x), return_index=True, return_inverse=True, return_counts=True, equal_nan=False
    )
    return UniqueAll(take(x, places), places, inverse.reshape(x.shape), counts)


@stands_in_for(*existing("unique_counts"))
def unique_counts(x: Any) -> UniqueCounts:
    """The values, each once, and how often each stands there; see `unique_all`."""
    found = unique_all(x)
    return UniqueCounts(found.values, found.counts)


@stands_in_for(*existing("unique_inverse"))
def unique_inverse(x: Any) -> UniqueInverse:
    """The values, each once, and which of them each entry is; see `unique_all`."""
    found = unique_all(x)
    return UniqueInverse(found.values, found.inverse_indices)


@stands_in_for(*existing("unique_values"))
def unique_values(x: Any) -> Any:
    """The values, each once, in ascending order; see `unique_all`."""
    return unique_all(x).values
