"""The IDX format of the MNIST files: reading with suspicion, writing exactly.

The format: two zero bytes, one for the element type, one for the number of axes, each axis as a
big-endian 32-bit number, then the entries, big-endian, in C order.
"""

from __future__ import annotations

import gzip
import math
import os
import zlib
from typing import Any, BinaryIO, Protocol

import numpy as np
import numpy.typing as npt

from autograd_core.files import IrregularFileError, expanded, opened, shown, write_atomically

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

MAX_UNPACKED_BYTES = 2**30
"""The same for compressed files, whose own size says little."""

_GZIP_RATIO = 1032
"""No byte of a gzip file stands for more than so many."""

_MOST_AXES = 64
"""Of NumPy's arrays."""

_BLOCK = 2**20


class DataError(ValueError):
    """A data file is not what it should be; says which file, what was expected and what found.

    Examples
    --------
    >>> from nn import DataError, write_idx
    >>> try:
    ...     write_idx("complex.idx", [1j])
    ... except DataError as error:
    ...     print("got 1 axes of complex128" in str(error))
    True
    """


def read_idx(path: str | os.PathLike[str]) -> npt.NDArray[Any]:
    """Read an array from an IDX file, compressed by gzip or not.

    Exactly the declared number of entries is read, so a file that claims or unpacks to something
    else is found out without reading it all. It takes no more memory than the array: at most 8 GiB,
    and 1 GiB where the file is compressed.

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
        If the file is empty, truncated, too long, not IDX, damaged, or no file at all; or if
        it declares more than that, or more than 64 axes.
    OSError
        If it can't be opened.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> from nn import read_idx, write_idx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_idx(f"{folder}/labels-idx1-ubyte.gz", np.array([5, 0, 4], dtype=np.uint8))
    ...     read_idx(f"{folder}/labels-idx1-ubyte.gz")
    array([5, 0, 4], dtype=uint8)
    """
    try:
        with opened(path) as raw:
            size = os.fstat(raw.fileno()).st_size
            if not (start := raw.read(2)):
                raise DataError(f"{shown(path)}: expected an IDX file, found an empty file")
            raw.seek(0)
            if start == b"\x1f\x8b":
                most = min(MAX_UNPACKED_BYTES, _GZIP_RATIO * size)
                return _read_stream(OneGzipMember(raw, path), shown(path), None, most)
            return _read_stream(raw, shown(path), size, MAX_BYTES)
    except IrregularFileError as error:
        raise DataError(f"{shown(path)}: expected an IDX file, found {error.found}") from None
    except MemoryError as error:
        raise DataError(f"{shown(path)}: not enough memory for what it holds ({error})") from None


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class OneGzipMember:
    """What a gzip file holds, unpacked no further than asked for.

    Python's own reader passes over zeros and further members behind the first without a word.
    """

    def __init__(self, raw: BinaryIO, path: str | os.PathLike[str]) -> None:
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
            f"{shown(self._path)}: expected one whole gzip file, found a damaged one: {reason}"
        )


def _read_stream(
    stream: _Readable, path: str, file_size: int | None, most: int
) -> npt.NDArray[Any]:
    """Read the array; `file_size` says how many bytes there are, where that is known."""
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
    if axes > _MOST_AXES:
        raise DataError(f"{path}: expected at most {_MOST_AXES} axes, found a header with {axes}")
    header = _read_at_most(stream, 4 * axes)
    if len(header) < 4 * axes:
        raise DataError(
            f"{path}: expected the lengths of {axes} axes ({4 * axes} bytes), found {len(header)}"
        )
    shape = tuple(int(n) for n in np.frombuffer(header, ">u4"))
    size = math.prod(shape) * dtype.itemsize
    # An axis of 0 doesn't make the others any shorter.
    spanned = math.prod(max(n, 1) for n in shape) * dtype.itemsize
    if spanned > most:
        raise DataError(
            f"{path}: expected at most {most} bytes of data in such a file, found a header that "
            f"declares shape {shape}, {spanned} bytes"
        )
    if file_size is not None:
        found = file_size - len(magic) - len(header)
        if found < size:
            raise _truncated(path, shape, size, found)
    array = np.empty(shape, dtype)
    entries = array.reshape(-1).view(np.uint8)
    start = 0
    while start < size:
        block = stream.read(min(size - start, _BLOCK))
        if not block:
            raise _truncated(path, shape, size, start)
        entries[start : start + len(block)] = np.frombuffer(block, np.uint8)
        start += len(block)
    if stream.read(1):
        raise DataError(
            f"{path}: expected {size} bytes for the declared shape {shape}, found more: "
            "the file has something appended"
        )
    if dtype.isnative or dtype.itemsize == 1:
        return array
    return array.byteswap(inplace=True).view(dtype.newbyteorder("="))


def _truncated(path: str, shape: tuple[int, ...], size: int, found: int) -> DataError:
    return DataError(
        f"{path}: expected {size} bytes for the declared shape {shape}, found {found}: "
        "the file is truncated"
    )


def _read_at_most(stream: _Readable, size: int) -> bytes:
    """Read `size` bytes or up to the end."""
    found = b""
    while (missing := size - len(found)) and (part := stream.read(missing)):
        found += part
    return found


def write_idx(path: str | os.PathLike[str], array: npt.ArrayLike) -> None:
    """Write an array as an IDX file; compressed where the name ends in ``.gz``.

    Parameters
    ----------
    path : path-like
        The file, by custom ``...-idx3-ubyte`` for three axes of uint8.
    array : array_like
        1 to 64 axes of uint8, int8, int16, int32, float32 or float64.

    Raises
    ------
    DataError
        If IDX can't hold the array.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from nn import read_idx, write_idx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_idx(Path(folder, "images.idx.gz"), np.zeros((5, 28, 28), np.uint8))
    ...     read_idx(Path(folder, "images.idx.gz")).shape
    (5, 28, 28)
    """
    array = np.asarray(array)
    code = _CODES.get(array.dtype.newbyteorder("="))
    if code is None or not 1 <= array.ndim <= 255:
        allowed = ", ".join(str(dtype) for dtype in _CODES)
        raise DataError(
            f"{shown(path)}: expected 1 to 255 axes of {allowed}, got {array.ndim} axes of "
            f"{array.dtype}. Convert first, for example labels.astype(np.uint8)"
        )
    content = b"".join(
        (
            bytes((0, 0, code, array.ndim)),
            np.array(array.shape, ">u4").tobytes(),
            array.astype(_TYPES[code]).tobytes(),
        )
    )
    if expanded(path).suffix == ".gz":
        content = gzip.compress(content, mtime=0)  # the same bytes at any time of day
    write_atomically(path, content)
