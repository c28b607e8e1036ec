"""Results put together from pieces: where each piece goes, and loops that copy it there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...operations import joining, padding
from ...operations.indexing import is_basic, scatter_add
from ..value import Value, dtype_of, shape_of
from .c_types import C_NAMES, LETTERS
from .views import address_of

__all__ = ["Piece", "copy_lines", "pieces_of"]


class Piece(NamedTuple):
    """An input, and where its entries go: from which place on, with which strides, in entries."""

    source: Any
    offset: int
    strides: tuple[int, ...]


def pieces_of(value: Value) -> list[Piece] | None:
    """Return the pieces of a result that are copied, or None if it is none of such.

    What no piece covers is 0.

    Examples
    --------
    >>> from autograd_core import Program
    >>> program = Program.record(lambda x: np.concatenate([x, x], axis=1), np.ones((2, 3)))
    >>> [(piece.offset, piece.strides) for piece in pieces_of(program.outputs[0])]
    [(0, (6, 1)), (3, (6, 1))]
    """
    find = _WAYS.get(value.operation)
    if find is None or not value.size or any(dtype_of(x) not in C_NAMES for x in value.inputs):
        return None
    if value.dtype not in C_NAMES or any(
        dtype_of(x).kind == "f" and value.dtype.kind != "f" for x in value.inputs
    ):
        return None
    memory = np.empty(value.shape, value.dtype)
    targets = find(value, memory)
    if targets is None:
        return None
    found = []
    for x, target in zip(value.inputs, targets, strict=True):
        if target.shape != shape_of(x) or not np.may_share_memory(target, memory):
            return None
        offset = (address_of(target) - address_of(memory)) // memory.itemsize
        found.append(Piece(x, offset, tuple(step // memory.itemsize for step in target.strides)))
    return found


def _scattered(value: Value, memory: npt.NDArray[Any]) -> list[Any] | None:
    index = value.options["index"]
    if not is_basic(index):
        return None
    index = index if isinstance(index, tuple) else (index,)
    return [memory[index if Ellipsis in index else (*index, ...)]]


def _joined(value: Value, memory: npt.NDArray[Any]) -> list[Any] | None:
    axis = value.options["axis"]
    if axis is None:
        return None
    ends = np.cumsum([shape_of(x)[axis] for x in value.inputs])
    return np.split(memory, ends[:-1].tolist(), axis)


def _stacked(value: Value, memory: npt.NDArray[Any]) -> list[Any] | None:
    below = np.moveaxis(memory, value.options["axis"], 0)
    return [below[number, ...] for number in range(len(below))]  # with ... numbers are views, too


def _padded(value: Value, memory: npt.NDArray[Any]) -> list[Any] | None:
    filling = value.options["constant_values"]
    if np.ndim(filling) or filling != 0:
        return None
    shape = shape_of(value.inputs[0])
    begins: Sequence[tuple[int, int]] = value.options["width"]
    index: list[Any] = [slice(b, b + n) for (b, _), n in zip(begins, shape, strict=True)]
    return [memory[(*index, ...)]]


_WAYS: dict[Any, Any] = {
    scatter_add: _scattered,
    joining._concatenate_row: _joined,
    joining._stack_row: _stacked,
    padding._pad_row: _padded,
}


def copy_lines(
    out: str, shape: Sequence[int], source: str, steps: Sequence[int], piece: Piece
) -> list[str]:
    """Return the C that copies a piece into a result, in as few loops as there can be.

    Parameters
    ----------
    out : str
        The C name of the result.
    shape : sequence of int
        Shape of the piece.
    source : str
        The C of its entry at an index, which is put in for ``{}``.
    steps : sequence of int
        The strides of the source.
    piece : Piece
        Where it goes.

    Examples
    --------
    >>> for line in copy_lines("out", (2, 3), "x[{}]", (3, 1), Piece(None, 4, (6, 1))):
    ...     print(line)
    for (ptrdiff_t i = 0; i < 2; i++) {
      for (ptrdiff_t j = 0; j < 3; j++) {
        out[4 + i * 6 + j * 1] = x[i * 3 + j * 1];
      }
    }
    """
    axes: list[tuple[int, int, int]] = []
    for n, step, to in zip(shape, steps, piece.strides, strict=True):
        if axes and axes[-1][1:] == (step * n, to * n):
            axes[-1] = axes[-1][0] * n, step, to
        elif n != 1:
            axes.append((n, step, to))
    lines, indent = [], ""
    places = ["", str(piece.offset)]
    for letter, (n, *strides) in zip(LETTERS, axes, strict=False):
        lines.append(f"{indent}for (ptrdiff_t {letter} = 0; {letter} < {n}; {letter}++) {{")
        indent += "  "
        places = [f"{at} + {letter} * {step}" for at, step in zip(places, strides, strict=True)]
    index = places[0].removeprefix(" + ") or "0"
    lines.append(f"{indent}{out}[{places[1]}] = {source.format(index)};")
    while indent:
        indent = indent[2:]
        lines.append(indent + "}")
    return lines
