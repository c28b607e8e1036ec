"""Numbers in few letters: tables of places, and constants."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["CODES", "Table", "code_of", "regular", "spelled", "table_of", "written"]

Table = list[Any] | str
"""Places as [offset, lengths, strides] where they are regular, else as base64 of int32."""

CODES = {"<f8": "d", "<f4": "f", "|b1": "b", "<i8": "i", "<u8": "i"}
"""The four common kinds of numbers; the others are called as NumPy does, such as i4.

Whole numbers of 64 bits are kept as floating-point numbers: exact up to 2**53.
"""

_SHORT = 8
"""So many numbers are written in digits, more in base64."""


def code_of(dtype: np.dtype[Any]) -> str | None:
    """What the kernel calls a data type; None if it doesn't have it.

    Examples
    --------
    >>> code_of(np.dtype(np.float32)), code_of(np.dtype(np.int8)), code_of(np.dtype(complex))
    ('f', 'i1', None)
    """
    if dtype.kind not in "biuf" or (dtype.kind == "f" and dtype.itemsize not in (4, 8)):
        return None
    return CODES.get(dtype.str, dtype.str[1:])


def regular(places: npt.NDArray[np.intp]) -> tuple[int, list[int]] | None:
    """Return the offset and the stride of each axis if places go in equal steps, else None.

    Examples
    --------
    >>> regular(np.arange(12).reshape(3, 4)[:, 1:].T)
    (1, [1, 4])
    >>> regular(np.array([0, 1, 3])) is None
    True
    """
    if not places.size:
        return 0, [0] * places.ndim
    offset = int(places[(0,) * places.ndim])
    strides = []
    found = np.asarray(offset)
    for axis, n in enumerate(places.shape):
        second = tuple(int(a == axis and n > 1) for a in range(places.ndim))
        strides.append(int(places[second]) - offset)
        found = found[..., None] + np.arange(n) * strides[-1]
    return (offset, strides) if np.array_equal(found, places) else None


def table_of(places: npt.NDArray[np.intp]) -> Table:
    """Return places in few letters; axes that follow each other are one.

    Examples
    --------
    >>> table_of(np.arange(12).reshape(3, 4)), table_of(np.arange(12).reshape(3, 4).T)
    ([0, [12], [1]], [0, [4, 3], [1, 4]])
    """
    found = regular(places)
    if found is None:
        return base64.b64encode(places.astype("<i4").tobytes()).decode()
    offset, strides = found
    if not places.size:
        return [0, [0], [0]]
    lengths: list[int] = []
    steps: list[int] = []
    for n, step in zip(places.shape, strides, strict=True):
        if n == 1:
            continue
        if lengths and steps[-1] == step * n:
            lengths[-1], steps[-1] = lengths[-1] * n, step
        else:
            lengths.append(n)
            steps.append(step)
    return [offset, lengths, steps]


def spelled(x: float) -> float | str:
    """Return a number as JSON has it, which has no nan and no infinity.

    Examples
    --------
    >>> spelled(1.5), spelled(-math.inf)
    (1.5, '-inf')
    """
    return x if math.isfinite(x) else str(x)


def written(array: npt.NDArray[Any]) -> list[Any] | str:
    """Return an array's entries as JSON has them: a few in digits, many in base64.

    Examples
    --------
    >>> written(np.array([1.0, -np.inf])), written(np.arange(9, dtype=np.uint8))
    ([1.0, '-inf'], 'AAECAwQFBgcI')
    """
    flat = np.ravel(array)
    if flat.size <= _SHORT:
        return [spelled(int(x) if flat.dtype.kind == "b" else x.item()) for x in flat]
    kept = "<f8" if code_of(flat.dtype) == "i" else flat.dtype.newbyteorder("<")
    return base64.b64encode(flat.astype(kept).tobytes()).decode()
