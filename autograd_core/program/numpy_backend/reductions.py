"""Sums and extremes along axes, left in buffers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.reductions import max, min, sum
from ...short_sums import as_matrix, is_summed_by_blas, leading, ones, takes_columns
from ..value import Value
from .instructions import Instruction, Kind, Temporary
from .layouts import Layouts

if TYPE_CHECKING:
    from .writing import Writer

_ADD, _MAXIMUM = np.add.reduce, np.maximum.reduce  # each access makes another object
_REDUCTIONS: dict[Any, Any] = {sum: _ADD, max: _MAXIMUM, min: np.minimum.reduce}


def reduction(value: Value, layouts: Layouts) -> Instruction | None:
    """A sum or an extreme along some axes of an array."""
    reduced = _REDUCTIONS.get(value.operation)
    if reduced is None or not value.shape or not value.size:
        return None
    (x,), axis, keepdims = value.inputs, value.options["axis"], value.options["keepdims"]
    if type(x) is not Value or not layouts.gives_rows_first(x):
        return None

    def lines(writer: Writer, out: str, temporaries: Sequence[str]) -> list[str]:
        name = writer.operand(x)
        if reduced is _ADD:
            fixed = layouts.is_rows_first(x)
            return sum_lines(writer, name, (x.shape, x.dtype), axis, keepdims, out, fixed=fixed)
        reduce = writer.function(reduced)
        return [f"{reduce}({name}, {axis!r}, None, {out}, {keepdims})"]

    if not _is_plain(axis):
        return None
    return Instruction(value, Kind.BUFFER, lines)


def _is_plain(axis: Any) -> bool:
    if isinstance(axis, tuple):
        return all(type(a) is int for a in axis)
    return axis is None or type(axis) is int


def sum_lines(
    writer: Writer,
    name: str,
    array: Temporary,
    axis: Any,
    keepdims: bool,
    out: str,
    *,
    fixed: bool = True,
) -> list[str]:
    """The sum of an array as `short_sums.total` computes it, by BLAS where that does.

    `fixed` says whether it is known to lie with the rows one after the other, so that a matrix of
    all rows can be a view of it.
    """
    shape, dtype = array
    by_rows = axis == leading(len(shape)) and not keepdims and is_summed_by_blas(shape, dtype, 0)
    by_columns = axis == -1 and keepdims and is_summed_by_blas(shape, dtype, 1)
    if by_rows or by_columns:
        rows, columns = as_matrix(shape)
        if len(shape) > 2:
            matrix = f"{name}.reshape({rows}, {columns})"
            name = writer.once(matrix, name) if fixed else matrix
        if by_rows:
            row = writer.constant(ones(rows, dtype), "ones")
            return [f"{writer.once(f'{row}.dot', row)}({name}, {out})"]
        if len(shape) > 2:
            out = writer.once(f"{out}.reshape({rows}, 1)", out)
        column = writer.constant(ones((columns, 1), dtype), "ones")
        return [f"{writer.once(f'{name}.dot', name)}({column}, {out})"]
    if axis == (0,) and not keepdims:
        axis = 0
    reduce = writer.function(_ADD)
    return [f"{reduce}({name}, {axis!r}, None, {out}, {keepdims})"]


_FEW_COLUMNS = 3
"""So many are compared one by one."""


def _is_narrow(shape: tuple[int, ...]) -> bool:
    return len(shape) == 2 and shape[1] <= _FEW_COLUMNS


def largest_temporaries(array: Temporary) -> list[Temporary]:
    """What `largest_lines` needs: the matrix in columns, if it takes those, and the result."""
    shape, dtype = array
    kept = ((*shape[:-1], 1), dtype)
    if takes_columns(shape) and not _is_narrow(shape):
        return [(shape[::-1], dtype), kept]
    return [kept]


def largest_lines(
    writer: Writer, name: str, array: Temporary, temporaries: Sequence[str]
) -> list[str]:
    """The largest entries of the rows, as `short_sums.largest_kept`, in the last temporary."""
    shape, _ = array
    reduce = writer.function(_MAXIMUM)
    out = temporaries[-1]
    flat = writer.once(f"{out}.reshape(-1)", out)
    if _is_narrow(shape):
        columns = [writer.once(f"{name}[:, {n}]", name) for n in range(shape[1])]
        if len(columns) == 1:
            return [f"{flat}[...] = {columns[0]}"]
        maximum = writer.function(np.maximum)
        return [
            f"{maximum}({left}, {right}, out={flat})"
            for left, right in zip([columns[0], flat], columns[1:], strict=False)
        ]
    if takes_columns(shape):
        return [
            f"{temporaries[0]}[...] = {writer.once(f'{name}.T', name)}",
            f"{reduce}({temporaries[0]}, 0, None, {flat})",
        ]
    return [f"{reduce}({name}, -1, None, {out}, True)"]
