"""The safetensors format, read with suspicion: all of the header first, then the numbers.

The format: the header's length as a little-endian 64-bit number, the header in JSON, which says of
each tensor its dtype, its shape and its first and last byte behind the header, then these bytes.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core.files import IrregularFileError, opened, shown

__all__ = ["ModelFileError"]

MOST_IN_HEADER = 100_000_000
"""Bytes; the format's own limit. Files of networks have a tighter one."""

MOST_BRACKETS = 1_000_000
"""In a header: each stands for some 80 bytes of memory."""

MOST_DIGITS = 50
"""Of a whole number in a header: the state of a generator has 39."""

_DTYPES = {
    name: np.dtype(code)
    for name, code in {
        "F64": "<f8", "F32": "<f4", "F16": "<f2",
        "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
        "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
    }.items()
}  # fmt: skip
_BLOCK = 2**20
_MOST_AXES = 64
_MOST_BYTES = 2**63 - 1


class ModelFileError(ValueError):
    """A model file is damaged or not one of ours; says what was expected and what found.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from nn import ModelFileError, NeuralNetwork
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "model.safetensors")
    ...     size = path.write_bytes(b"not a model")
    ...     try:
    ...         NeuralNetwork.load(path)
    ...     except ModelFileError as error:
    ...         print(str(path) in str(error))
    True
    """


class DamagedFileError(ModelFileError):
    """A file is not what was written: cut off, changed, or of another kind."""


class Tensor(NamedTuple):
    """What the header says of a tensor."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


class TensorFile:
    """An open file whose header has been read and fits the file.

    Attributes
    ----------
    metadata : mapping of str to str
        Texts.
    tensors : mapping of str to Tensor
        What the header says of each.
    """

    def __init__(
        self, file: BinaryIO, start: int, metadata: Mapping[str, str], tensors: Mapping[str, Tensor]
    ) -> None:
        self.metadata = metadata
        self.tensors = tensors
        self._file = file
        self._start = start

    def read(self, name: str) -> npt.NDArray[Any]:
        """Read one tensor, in the machine's byte order."""
        tensor = self.tensors[name]
        array = np.empty(tensor.shape, tensor.dtype)
        view = array.reshape(-1).view(np.uint8)
        start = 0
        for block in self.blocks(name):
            view[start : start + len(block)] = np.frombuffer(block, np.uint8)
            start += len(block)
        return array.astype(tensor.dtype.newbyteorder("="), copy=False)

    def blocks(self, name: str) -> Iterator[bytes]:
        """Read one tensor's bytes, as they stand in the file, a few at a time."""
        tensor = self.tensors[name]
        self._file.seek(self._start + tensor.begin)
        missing = tensor.end - tensor.begin
        while missing:
            if not (block := self._file.read(min(missing, _BLOCK))):
                raise DamagedFileError(f"the file ends {missing} bytes before {shown(name)} does")
            missing -= len(block)
            yield block


@contextmanager
def opened_tensors(
    path: str | os.PathLike[str], most_in_header: int = MOST_IN_HEADER
) -> Iterator[TensorFile]:
    """Open a safetensors file; nothing but its header is read, of so many bytes at most.

    Raises
    ------
    DamagedFileError
        If the header is damaged, or says something else than the file's size.
    OSError
        If the file can't be opened.
    """
    try:
        with opened(path) as file:
            yield _with_header(file, most_in_header)
    except IrregularFileError as error:
        raise DamagedFileError(f"it is {error.found}") from None


def _with_header(file: BinaryIO, most: int) -> TensorFile:
    size = os.fstat(file.fileno()).st_size
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > size - 8:
        raise DamagedFileError(f"its {size} bytes declare a header of {length}")
    if length > most:
        raise ModelFileError(f"expected a header of at most {most} bytes, found one of {length}")
    header = plain(file.read(length), "the header")
    if not isinstance(header, dict):
        raise DamagedFileError("expected tensors by name in the header, found none")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(type(text) is str for text in metadata.values()):
        raise DamagedFileError("expected texts under __metadata__ in the header")
    tensors = {name: _tensor(name, entry) for name, entry in header.items()}
    end = 0
    for name, tensor in sorted(tensors.items(), key=lambda item: item[1][2:]):
        if tensor.begin != end:
            raise DamagedFileError(
                f"expected {shown(name)} to begin at byte {end} behind the header, where the "
                f"tensor before it ends; found {tensor.begin}"
            )
        end = tensor.end
    if end != size - 8 - length:
        raise DamagedFileError(
            f"expected {end} bytes behind the header, as it says; found {size - 8 - length}: the "
            f"file is {'truncated' if end > size - 8 - length else 'too long'}"
        )
    return TensorFile(file, 8 + length, metadata, tensors)


def _tensor(name: str, entry: Any) -> Tensor:
    """What the header says of a tensor, checked for itself."""
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise DamagedFileError(
            f"expected dtype, shape, data_offsets of {shown(name)} in the header"
        )
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _DTYPES:
        known = isinstance(dtype, str) and re.fullmatch("BF16|F[468]_[A-Z0-9]+|F4|C64", dtype)
        raise (ModelFileError if known else DamagedFileError)(
            f"{shown(name)} is of dtype {shown(str(dtype)[:40])}, expected one that NumPy has: "
            f"{', '.join(_DTYPES)}. Convert it where it was made, for example to F32"
        )
    if not _are_counts(shape) or len(shape) > _MOST_AXES:
        raise DamagedFileError(
            f"expected a shape of at most {_MOST_AXES} whole numbers from 0 for {shown(name)}"
        )
    if not _are_counts(offsets) or len(offsets) != 2:
        raise DamagedFileError(f"expected two whole numbers as data_offsets of {shown(name)}")
    begin, end = offsets
    item = _DTYPES[dtype].itemsize
    if math.prod(max(axis, 1) for axis in shape) * item > _MOST_BYTES:
        raise DamagedFileError(f"{shown(name)} has a shape that no array can have: {shape}")
    if end - begin != math.prod(shape) * item:
        raise DamagedFileError(
            f"expected {math.prod(shape) * item} bytes for {shown(name)} of shape {tuple(shape)} "
            f"and {dtype}, found data_offsets {begin} to {end}"
        )
    return Tensor(_DTYPES[dtype], tuple(shape), begin, end)


def _are_counts(numbers: Any) -> bool:
    return isinstance(numbers, list) and all(type(each) is int and each >= 0 for each in numbers)


def plain(text: str | bytes, what: str) -> Any:
    """Read plain data in JSON, in which no name stands twice and no number is endless.

    Raises
    ------
    DamagedFileError
        If it is none, or nested too deep to be read.
    """
    try:
        written = text if isinstance(text, str) else text.decode("utf-8")
        if written.count("[") + written.count("{") > MOST_BRACKETS:
            raise DamagedFileError(f"expected at most {MOST_BRACKETS} lists and names, found more")
        return json.loads(written, object_pairs_hook=_without_doubles, parse_int=_whole)
    except UnicodeDecodeError:
        raise DamagedFileError(f"expected UTF-8 in {what}, found other bytes") from None
    except json.JSONDecodeError as error:
        raise DamagedFileError(f"expected JSON in {what}, found damage: {error}") from None
    except RecursionError:
        raise DamagedFileError(f"expected JSON in {what}, found brackets nested too deep") from None
    except DamagedFileError as error:
        raise DamagedFileError(f"{what}: {error}") from None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise DamagedFileError(f"expected each name once, found {shown(twice[:80])!r} twice")
    return found


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise DamagedFileError(
            f"expected whole numbers of at most {MOST_DIGITS} digits, found {len(digits)}"
        )
    return int(digits)
