"""Arrays as text of a page: no more bytes than they need, compressed, all in one."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

MOST_SHADES = 256
"""Up to so many different numbers a byte can name."""


def is_one_hot(labels: npt.NDArray[Any]) -> bool:
    """Whether each row is of zeros with a one.

    Examples
    --------
    >>> is_one_hot(np.eye(3)), is_one_hot(np.ones((2, 2)))
    (True, False)
    """
    rows = labels.ndim == 2 and 1 < labels.shape[1] <= 2**16
    return bool(
        rows and np.isin(labels, (0.0, 1.0)).all() and (np.count_nonzero(labels, axis=1) == 1).all()
    )


def with_fewest_bytes(array: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    """Return an array, or, where that is less, a byte for each entry and the numbers they name.

    Pixels have at most 256 different values, whatever they were divided by: so they come back as
    they were, bit for bit.

    Examples
    --------
    >>> pixels = np.array([0, 51, 255, 51, 0]) / 255
    >>> names, shades = with_fewest_bytes(np.tile(pixels, 10))
    >>> names[:5], shades
    (array([0, 1, 2, 1, 0], dtype=uint8), array([0. , 0.2, 1. ]))
    """
    bits = np.ascontiguousarray(array).view(f"u{array.itemsize}")  # in which -0 is not 0
    shades, names = np.unique(bits, return_inverse=True)
    if len(shades) > MOST_SHADES or array.size + shades.nbytes >= array.nbytes:
        return [array]
    return [names.astype(np.uint8).reshape(array.shape), shades.view(array.dtype)]


class Pack:
    """Arrays one behind the other.

    Examples
    --------
    >>> pack = Pack()
    >>> pack.add(np.arange(3, dtype=np.float32))
    [{'at': 0, 'type': 'float32', 'shape': [3]}]
    >>> pack.add(np.tile([0.5, 1.0], 20))
    [{'at': 16, 'type': 'uint8', 'shape': [40]}, {'at': 56, 'type': 'float64', 'shape': [2]}]
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, array: npt.NDArray[Any]) -> list[dict[str, Any]]:
        """Add an array, and return where the page finds it; see `with_fewest_bytes`."""
        return [self._placed(part) for part in with_fewest_bytes(array)]

    def add_json(self, data: Any) -> dict[str, Any]:
        """Add plain data, as text, and return where the page finds it."""
        text = json.dumps(data, separators=(",", ":"), allow_nan=False)
        return self._placed(np.frombuffer(text.encode(), np.uint8))

    def _placed(self, array: npt.NDArray[Any]) -> dict[str, Any]:
        place = {"at": self._size, "type": array.dtype.name, "shape": list(array.shape)}
        little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
        data = little.tobytes()
        data += bytes(-len(data) % 8)  # where the next may begin, whatever its type
        self._parts.append(data)
        self._size += len(data)
        return place

    def text(self) -> str:
        """Return all of them: zlib, in base64."""
        return base64.b64encode(zlib.compress(b"".join(self._parts), 9)).decode()
