"""How much memory an ONNX file would take, before a parser makes objects of it.

A protobuf message of two bytes becomes an object of a hundred, so a small file could fill the
memory. The walk here makes no objects: it counts the bytes that are not numbers of tensors.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..tensor_file import DamagedFileError, ModelFileError

__all__ = ["check_weight"]

MOST_OF_STRUCTURE = 16 * 2**20
"""Bytes of a file beside the numbers of its tensors: names, nodes, attributes, notes."""

MOST_ENTRIES = 1_000_000
"""Of a file, at every level; a network of 10,000 layers has fewer."""

_DEEPEST = 100
"""Messages inside each other, as protobuf's own parsers have it."""

_NUMBERS = ("raw_data", "float_data", "double_data", "int32_data", "int64_data", "uint64_data")
"""What holds the numbers of a TensorProto."""

_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5


class _Field(NamedTuple):
    """One entry of a message."""

    number: int
    begin: int
    end: int
    is_bytes: bool


def check_weight(content: bytes) -> None:
    """Raise where a file has more structure than a network needs, or can't be ONNX at all.

    Raises
    ------
    ModelFileError
        If names, nodes and attributes take more than `MOST_OF_STRUCTURE` bytes, or are more than
        `MOST_ENTRIES`.
    DamagedFileError
        If the bytes are no protobuf message.
    """
    from onnx import ModelProto

    numbers = entries = 0
    model: Any = ModelProto.DESCRIPTOR
    open_messages = [(model, _fields(content, 0, len(content)))]
    while open_messages:
        message, fields = open_messages[-1]
        field = next(fields, None)
        if field is None:
            open_messages.pop()
            continue
        entries += 1
        if entries > MOST_ENTRIES or len(open_messages) > _DEEPEST:
            raise ModelFileError(
                f"expected at most {MOST_ENTRIES} entries, at most {_DEEPEST} inside each other, "
                "found more"
            )
        known = message.fields_by_number.get(field.number)
        if known is None or not field.is_bytes:
            continue
        if known.message_type is not None:
            inner = _fields(content, field.begin, field.end)
            open_messages.append((known.message_type, inner))
        elif message.name == "TensorProto" and known.name in _NUMBERS:
            numbers += field.end - field.begin
    structure = len(content) - numbers
    if structure > MOST_OF_STRUCTURE:
        raise ModelFileError(
            f"expected at most {MOST_OF_STRUCTURE} bytes beside the numbers of tensors, found "
            f"{structure}"
        )


def _fields(content: bytes, begin: int, end: int) -> Iterator[_Field]:
    """The entries of a message, without those inside of them."""
    place = begin
    while place < end:
        start = place
        key, place = _varint(content, place, end)
        number, kind = key >> 3, key & 7
        length = 0
        if kind == _VARINT:
            _, place = _varint(content, place, end)
        elif kind == _BYTES:
            length, place = _varint(content, place, end)
        elif kind == _FIXED_64:
            length = 8
        elif kind == _FIXED_32:
            length = 4
        else:
            raise DamagedFileError(f"no protobuf entry begins at byte {start}")
        if length > end - place:
            raise DamagedFileError(f"an entry at byte {start} goes on behind the end")
        yield _Field(number, place, place + length, kind == _BYTES)
        place += length


def _varint(content: bytes, place: int, end: int) -> tuple[int, int]:
    """A number in groups of seven bits, and the place behind it."""
    number = shift = 0
    while place < end and shift < 70:
        group = content[place]
        place += 1
        number |= (group & 0x7F) << shift
        if group < 0x80:
            return number, place
        shift += 7
    raise DamagedFileError(f"expected a number that ends before byte {place}")
