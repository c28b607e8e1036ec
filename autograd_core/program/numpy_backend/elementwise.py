"""Operations entry by entry: NumPy's element-wise functions, told where to leave the result."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..value import Value, shape_of
from .instructions import Instruction, Kind, Lines
from .layouts import Layouts
from .writing import array_dtype

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
"""They take the arrays after the operands by keyword alone, and are slow beside a number."""

_MOST_FILLED = 2**22


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
    if ufunc is np.multiply and (mask := _mask(value)) is not None:
        return Instruction(
            value, Kind.BUFFER, _masked(mask), [(value.shape, value.dtype)], True, True
        )
    return Instruction(value, Kind.BUFFER, _called(ufunc, value), (), True, True)


def _called(ufunc: np.ufunc, value: Value) -> Lines:
    dtype = array_dtype(value.inputs)

    def lines(writer: Writer, out: str, temporaries: Sequence[str]) -> list[str]:
        name = writer.function(ufunc)
        if ufunc in _EXTREMES:
            operands = [_extreme_operand(writer, x, value, dtype) for x in value.inputs]
            return [f"{name}({', '.join(operands)}, out={out})"]
        operands = [
            writer.operand(x) if dtype is None else writer.beside_arrays(x, dtype)
            for x in value.inputs
        ]
        return [f"{name}({', '.join(operands)}, {out})"]

    return lines


def _extreme_operand(writer: Writer, x: Any, value: Value, dtype: Any) -> str:
    if type(x) in (int, float) and dtype is not None and not writer.in_rows:
        if value.size <= _MOST_FILLED:
            return writer.filled(x, value.shape, dtype)
        return writer.beside_arrays(x, dtype)
    return writer.operand(x) if dtype is None else writer.beside_arrays(x, dtype)


def _mask(value: Value) -> tuple[Value, Value] | None:
    """The factor and the mask of a product of floats and truth values, in one shape."""
    for factor, mask in (value.inputs, value.inputs[::-1]):
        if (
            type(factor) is type(mask) is Value
            and mask.dtype.kind == "b"
            and factor.dtype == value.dtype
            and value.dtype.char in "fd"
            and shape_of(mask) == factor.shape == value.shape
        ):
            return factor, mask
    return None


def _masked(pair: tuple[Value, Value]) -> Lines:
    """First the mask as numbers: one product of two dtypes takes longer than that."""
    factor, mask = pair

    def lines(writer: Writer, out: str, temporaries: Sequence[str]) -> list[str]:
        ones = temporaries[0]
        return [
            f"{ones}[...] = {writer.operand(mask)}",
            f"{writer.function(np.multiply)}({writer.operand(factor)}, {ones}, {out})",
        ]

    return lines
