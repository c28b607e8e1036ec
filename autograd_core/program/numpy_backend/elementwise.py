"""Operations entry by entry: NumPy's element-wise functions, told where to leave the result."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..value import Value, dtype_of, shape_of
from .instructions import Instruction, Kind, Lines
from .layouts import Layouts
from .rows import in_rows, rows_of
from .writing import array_dtype, fits

if TYPE_CHECKING:
    from .writing import Writer

UFUNCS: dict[Any, np.ufunc] = {
    operator.add: np.add,
    operator.sub: np.subtract,
    operator.mul: np.multiply,
    operator.truediv: np.true_divide,
    operator.floordiv: np.floor_divide,
    operator.mod: np.remainder,
    operator.neg: np.negative,
    operator.pos: np.positive,
    operator.eq: np.equal,
    operator.ne: np.not_equal,
    operator.lt: np.less,
    operator.le: np.less_equal,
    operator.gt: np.greater,
    operator.ge: np.greater_equal,
}
"""What arrays do when Python's operators meet them. They raise to powers in ways of their own."""

_EXTREMES = (np.maximum, np.minimum)


def ufunc_of(forward: Callable[..., Any]) -> np.ufunc | None:
    """The element-wise function of NumPy that computes the same on arrays, if there is one."""
    found = UFUNCS.get(forward, forward)
    if not isinstance(found, np.ufunc) or found.signature is not None or found.nout != 1:
        return None
    return None if "O" in found.types[-1] and found.ntypes == 1 else found


def elementwise(value: Value, layouts: Layouts) -> Instruction | None:
    """A call of an element-wise function that leaves its result in a buffer."""
    assert value.operation is not None
    ufunc = ufunc_of(value.operation.forward)
    if ufunc is None or not value.shape or value.options or len(value.inputs) != ufunc.nin:
        return None
    if not all(layouts.gives_rows_first(x) for x in value.inputs):
        return None
    if ufunc in _EXTREMES:
        return Instruction(value, Kind.BUFFER, _extreme(ufunc, value), True, True)
    place = _spread_operand(ufunc, value)
    if place is None:
        return Instruction(value, Kind.BUFFER, _called(ufunc, value), True, True)
    return Instruction(value, Kind.BUFFER, _spread(ufunc, value, place), elementwise=True)


def is_faster_spread(shape: tuple[int, ...]) -> bool:
    """Whether to write an operand into an array of the result's shape before the call.

    NumPy takes the shortest way where all operands have one shape and dtype: to broadcast costs it
    more than to copy, but for many short rows.
    """
    return shape[-1] >= _SHORT_ROW or math.prod(shape) <= _FEW


_SHORT_ROW, _FEW = 32, 2**12


def _spread_operand(ufunc: np.ufunc, value: Value) -> int | None:
    """Which of two operands is to be spread: a row, a column or a mask beside a whole array."""
    if len(value.inputs) != 2 or value.dtype.char not in "fd" or not is_faster_spread(value.shape):
        return None
    for place, (small, whole) in enumerate((value.inputs, value.inputs[::-1])):
        if (dtype_of(whole), shape_of(whole)) != (value.dtype, value.shape) or not np.ndim(small):
            continue
        if dtype_of(small).kind == "b":
            if ufunc is np.multiply and shape_of(small) == value.shape:
                return place
        elif dtype_of(small) == value.dtype and shape_of(small) != value.shape:
            return place
    return None


def _spread(ufunc: np.ufunc, value: Value, place: int) -> Lines:
    def lines(writer: Writer, out: str, temporaries: Sequence[str]) -> list[str]:
        names = [writer.operand(x) for x in value.inputs]
        small, names[place] = names[place], out
        return [
            f"{out}[...] = {small}",
            f"{writer.function(ufunc)}({', '.join(names)}, out={out})",
        ]

    return lines


def _called(ufunc: np.ufunc, value: Value) -> Lines:
    dtype = array_dtype(value.inputs)

    def lines(writer: Writer, out: str, temporaries: Sequence[str]) -> list[str]:
        name = writer.function(ufunc)
        operands = [
            writer.operand(x) if dtype is None else writer.beside_arrays(x, dtype)
            for x in value.inputs
        ]
        return [f"{name}({', '.join(operands)}, {out})"]

    return lines


def _extreme(ufunc: np.ufunc, value: Value) -> Lines:
    """The larger or smaller of each entry and a number, which is written into an array once.

    NumPy compares two arrays in a quarter of the time that it takes for an array and a number.
    They get the array for the result by keyword alone.
    """
    dtype = array_dtype(value.inputs)
    numbers = [x for x in value.inputs if dtype is not None and fits(x, dtype)]

    def lines(writer: Writer, out: str, temporaries: Sequence[str]) -> list[str]:
        name = writer.function(ufunc)
        if dtype is None or len(numbers) != 1 or writer.in_rows:
            operands = [
                writer.operand(x) if dtype is None else writer.beside_arrays(x, dtype)
                for x in value.inputs
            ]
            return [f"{name}({', '.join(operands)}, out={out})"]
        rows = rows_of(value)
        filled = writer.filled(numbers[0], (rows, *value.shape[1:]), dtype)
        operands = [filled if x is numbers[0] else writer.operand(x) for x in value.inputs]
        if rows == value.shape[0]:
            return [f"{name}({', '.join(operands)}, out={out})"]
        blocks = writer.once(
            f"{writer.function(in_rows)}(({', '.join(operands)}, {out}), {rows})", *operands, out
        )
        return [f"for left, right, here in {blocks}:", f"    {name}(left, right, out=here)"]

    return lines
