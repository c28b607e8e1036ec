"""The IDX format of the MNIST files: reading with suspicion, writing exactly.

The format: two zero bytes, one for the element type, one for the number of axes, each axis as a
big-endian 32-bit number, then the entries, big-endian, in C order.
"""

from __future__ import annotations

import gzip
import io
import math
import os
import zlib
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
import numpy.typing as npt

from autograd_core.files import write_atomically

__all__ = ["DataError", "read_idx", "write_idx"]

_TYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
_CODES = {dtype.newbyteorder("="): code for code, dtype in _TYPES.items()}

MAX_BYTES = 8 * 2**30
"""Larger declared sizes count as damage. (Full MNIST declares 47 MB.)"""


class DataError(ValueError):
    """A data file is not what it should be; says which file, what was expected and what found."""


def read_idx(path: str | os.PathLike[str]) -> npt.NDArray[Any]:
    """Read an array from an IDX file, compressed by gzip or not.

    Exactly the declared number of entries is read, so a file that claims or unpacks to something
    else is found out without reading it all.

    Parameters
    ----------
    path : path-like
        The file; whether it is compressed is seen from its first bytes.

    Returns
    -------
    ndarray
        The array in the machine's byte order, for example (images, rows, columns) of uint8.

    Raises
    ------
    DataError
        If the file is empty, truncated, too long, not IDX, or damaged.
    OSError
        If it can't be opened.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_idx(f"{folder}/labels-idx1-ubyte.gz", np.array([5, 0, 4], dtype=np.uint8))
    ...     read_idx(f"{folder}/labels-idx1-ubyte.gz")
    array([5, 0, 4], dtype=uint8)
    """
    path = Path(path)
    with path.open("rb") as raw:
        if not (start := raw.read(2)):
            raise DataError(f"{path}: expected an IDX file, found an empty file")
        raw.seek(0)
        return _read_stream(OneGzipMember(raw, path) if start == b"\x1f\x8b" else raw, path)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class OneGzipMember:
    """What a gzip file holds, unpacked no further than asked for.

    Python's own reader passes over zeros and further members behind the first without a word.
    """

    def __init__(self, raw: BinaryIO, path: Path | str) -> None:
        self._raw = raw
        self._path = path
        self._unpacker = zlib.decompressobj(wbits=31)

    def read(self, size: int, /) -> bytes:
        """Return up to so many unpacked bytes; none at the end."""
        unpacker = self._unpacker
        try:
            while not unpacker.eof:
                packed = unpacker.unconsumed_tail or self._raw.read(2**16)
                data = unpacker.decompress(packed, size)
                if data:
                    return data
                if not packed and not unpacker.eof:
                    raise self._damaged("it is truncated")
        except zlib.error as error:
            raise self._damaged(str(error)) from None
        if unpacker.unused_data or self._raw.read(1):
            raise self._damaged("something is appended to it")
        return b""

    def _damaged(self, reason: str) -> DataError:
        return DataError(
            f"{self._path}: expected one whole gzip file, found a damaged one: {reason}"
        )


def _read_stream(stream: _Readable, path: Path) -> npt.NDArray[Any]:
    magic = _read_at_most(stream, 4)
    if len(magic) < 4:
        raise DataError(f"{path}: expected an IDX header of 4 bytes, found {len(magic)}")
    if magic[:2] != b"\0\0" or magic[2] not in _TYPES or not magic[3]:
        codes = ", ".join(f"{code:#04x}" for code in _TYPES)
        raise DataError(
            f"{path}: expected an IDX magic number (00 00, a type of {codes}, the number of axes), "
            f"found {magic.hex(' ')}"
        )
    dtype, axes = _TYPES[magic[2]], magic[3]
    header = _read_at_most(stream, 4 * axes)
    if len(header) < 4 * axes:
        raise DataError(
            f"{path}: expected the lengths of {axes} axes ({4 * axes} bytes), found {len(header)}"
        )
    shape = tuple(int(n) for n in np.frombuffer(header, ">u4"))
    size = math.prod(shape) * dtype.itemsize
    if size > MAX_BYTES:
        raise DataError(
            f"{path}: expected at most {MAX_BYTES} bytes of data, found a header that declares "
            f"shape {shape}, {size} bytes"
        )
    data = _read_at_most(stream, size)
    if len(data) < size:
        raise DataError(
            f"{path}: expected {size} bytes for the declared shape {shape}, found {len(data)}: "
            "the file is truncated"
        )
    if stream.read(1):
        raise DataError(
            f"{path}: expected {size} bytes for the declared shape {shape}, found more: "
            "the file has something appended"
        )
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def _read_at_most(stream: _Readable, size: int) -> bytes:
    """Read `size` bytes or up to the end, without taking memory for bytes that never come."""
    parts = io.BytesIO()
    while (missing := size - parts.tell()) and (part := stream.read(min(missing, 2**20))):
        parts.write(part)
    return parts.getvalue()


def write_idx(path: str | os.PathLike[str], array: npt.ArrayLike) -> None:
    """Write an array as an IDX file; compressed where the name ends in ``.gz``.

    Parameters
    ----------
    path : path-like
        The file, by custom ``...-idx3-ubyte`` for three axes of uint8.
    array : array_like
        1 to 255 axes of uint8, int8, int16, int32, float32 or float64.

    Raises
    ------
    DataError
        If IDX can't hold the array.
    """
    array = np.asarray(array)
    code = _CODES.get(array.dtype.newbyteorder("="))
    if code is None or not 1 <= array.ndim <= 255:
        allowed = ", ".join(str(dtype) for dtype in _CODES)
        raise DataError(
            f"{path}: expected 1 to 255 axes of {allowed}, got {array.ndim} axes of {array.dtype}. "
            "Convert first, for example labels.astype(np.uint8)"
        )
    content = b"".join(
        (
            bytes((0, 0, code, array.ndim)),
            np.array(array.shape, ">u4").tobytes(),
            array.astype(_TYPES[code]).tobytes(),
        )
    )
    if Path(path).suffix == ".gz":
        content = gzip.compress(content, mtime=0)  # the same bytes at any time of day
    write_atomically(path, content)
