"""Tensors of ONNX files as arrays, their sizes checked before anything is allocated."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.files import opened, shown
from autograd_core.program.errors import UnsupportedOperationError

from ..tensor_file import DamagedFileError, ModelFileError

__all__ = ["Tensors", "from_array"]

_MOST_AXES = 64
_EXTERNAL = 1
_MOST_DIGITS = 19

_FIELDS = {
    1: ("float32", "float_data"),
    11: ("float64", "double_data"),
    10: ("float16", "int32_data"),
    7: ("int64", "int64_data"),
    6: ("int32", "int32_data"),
    9: ("bool", "int32_data"),
}
"""By the number of the data type: the dtype, and where numbers stand if not in raw_data."""

_NUMBERS = {np.dtype(name): number for number, (name, _) in _FIELDS.items()}


class Tensors:
    """Reads tensors, those of their own files beside the model too.

    Parameters
    ----------
    folder : Path
        The model's; a tensor in another file must have it there or below.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, tensor: Any) -> npt.NDArray[Any]:
        """Return a TensorProto as an array of its own.

        Raises
        ------
        ModelFileError
            If its type is none of those that networks are made of.
        DamagedFileError
            If its numbers don't fit its shape.
        """
        name = f"tensor {shown(repr(tensor.name[:80]))}"
        if tensor.data_type not in _FIELDS:
            expected = ", ".join(kind for kind, _ in _FIELDS.values())
            raise ModelFileError(
                f"{name}: expected numbers of {expected}, found ONNX's type {tensor.data_type}"
            )
        kind, field = _FIELDS[tensor.data_type]
        dtype = np.dtype(kind).newbyteorder("<")
        shape = tuple(tensor.dims)
        if len(shape) > _MOST_AXES or any(axis < 0 for axis in shape):
            raise DamagedFileError(f"{name}: expected a shape, found {shape[:_MOST_AXES]}")
        if tensor.HasField("segment"):
            raise ModelFileError(f"{name}: expected a whole tensor, found a segment of one")
        size = math.prod(shape)
        if tensor.data_location == _EXTERNAL:
            content = self._external(name, tensor, size * dtype.itemsize)
        elif tensor.HasField("raw_data"):
            content = tensor.raw_data
        else:
            return _listed(name, getattr(tensor, field), np.dtype(kind), shape)
        if len(content) != size * dtype.itemsize:
            raise DamagedFileError(
                f"{name}: expected {size * dtype.itemsize} bytes for shape {shape} of {kind}, "
                f"found {len(content)}"
            )
        return np.frombuffer(content, dtype).reshape(shape).astype(kind)

    def _external(self, name: str, tensor: Any, size: int) -> bytes:
        """Read a tensor from a file of its own, which must be in the model's folder or below."""
        entries = {entry.key: entry.value for entry in tensor.external_data}
        location = entries.get("location", "")
        path = self._folder / location
        if not location or "\0" in location or not _is_inside(path, self._folder):
            raise ModelFileError(
                f"{name}: expected its numbers in a file in the model's own folder, found "
                f"{shown(repr(location[:200]))}"
            )
        offset = _whole(name, "offset", entries.get("offset", "0"))
        length = _whole(name, "length", entries.get("length", str(size)))
        with opened(path) as file:
            there = os.fstat(file.fileno()).st_size
            if length != size or offset + length > there:
                raise DamagedFileError(
                    f"{name}: expected {size} bytes from {offset} in {shown(location[:200])}, "
                    f"found {min(length, max(there - offset, 0))}"
                )
            file.seek(offset)
            return file.read(size)


def _is_inside(path: Path, folder: Path) -> bool:
    """Whether a path is in a folder or below, behind all links."""
    return path.resolve().is_relative_to(folder.resolve())


def _listed(
    name: str, numbers: Any, dtype: np.dtype[Any], shape: tuple[int, ...]
) -> npt.NDArray[Any]:
    """An array of numbers that stand one by one in a field."""
    if len(numbers) != math.prod(shape):
        raise DamagedFileError(
            f"{name}: expected {math.prod(shape)} numbers for shape {shape}, found {len(numbers)}"
        )
    if dtype == np.float16:  # the bits, as whole numbers
        bits = np.asarray(numbers, np.int64)
        return bits.astype(np.uint16).view(np.float16).reshape(shape)
    return np.asarray(numbers, dtype).reshape(shape)


def _whole(name: str, what: str, digits: str) -> int:
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _MOST_DIGITS:
        raise DamagedFileError(f"{name}: expected a whole number as {what}, found {digits[:40]!r}")
    return int(digits)


def type_number(dtype: npt.DTypeLike) -> int:
    """Return the number by which ONNX knows a dtype.

    Raises
    ------
    UnsupportedOperationError
        If it is none of those that are read again.

    Examples
    --------
    >>> type_number("float32"), type_number("int64")
    (1, 7)
    """
    if np.dtype(dtype) not in _NUMBERS:
        expected = ", ".join(kind for kind, _ in _FIELDS.values())
        raise UnsupportedOperationError(
            f"an ONNX file expects numbers of {expected}, got {np.dtype(dtype)}"
        )
    return _NUMBERS[np.dtype(dtype)]


def from_array(name: str, array: npt.NDArray[Any]) -> Any:
    """Return an array as a TensorProto, its numbers in raw_data."""
    from onnx import TensorProto

    little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
    return TensorProto(
        name=name,
        dims=array.shape,
        data_type=type_number(array.dtype),
        raw_data=little.tobytes(),
    )
