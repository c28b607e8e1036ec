"""Long arrays: a few rows at a time, which stay in the cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..value import Value

LONG = 2**16
"""Arrays of more entries are worked on in blocks of rows."""

BLOCK = 2**15
"""Entries that are worked on at a time."""


def rows_of(value: Value) -> int:
    """How many rows of an array are worked on at a time; all of a short one.

    Examples
    --------
    >>> import numpy as np
    >>> rows_of(Value(None, (), {}, (1000, 1000), np.float32))
    32
    """
    if value.size <= LONG:
        return value.shape[0]
    return max(1, BLOCK * value.shape[0] // value.size)


def in_rows(arrays: Sequence[Any], rows: int) -> list[tuple[Any, ...]]:
    """Return views of the arrays, some rows of all at a time; shorter arrays serve every block."""
    return list(_in_rows(arrays, rows))


def _in_rows(arrays: Sequence[Any], rows: int) -> Iterator[tuple[Any, ...]]:
    count = max(len(array) for array in arrays)
    for start in range(0, count, rows):
        here = min(rows, count - start)
        yield tuple(
            array[start : start + rows] if len(array) == count else array[:here] for array in arrays
        )
