"""Operations on numbers without axes: Python's operators, which are the fastest there."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.choices import where
from ...operations.guards import _away_from_pole as away_from_pole
from ..value import Value, as_held
from .instructions import Instruction, Kind, Lines

if TYPE_CHECKING:
    from .writing import Writer

_INFIX = {
    operator.add: "+",
    operator.sub: "-",
    operator.mul: "*",
    operator.truediv: "/",
    operator.floordiv: "//",
    operator.mod: "%",
    operator.pow: "**",
    operator.eq: "==",
    operator.ne: "!=",
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
}


def number(value: Value) -> Instruction | None:
    """An expression for a result without axes of operands without axes."""
    assert value.operation is not None
    if value.shape or any(np.ndim(x) if type(x) is not Value else x.shape for x in value.inputs):
        return None
    forward = value.operation.forward
    lines: Lines | None = None
    if forward in _INFIX and len(value.inputs) == 2:
        lines = _infix(_INFIX[forward], value)
    elif forward is operator.neg:
        lines = _prefix("-", value)
    elif value.operation is where:
        lines = _chosen(value)
    elif value.operation is away_from_pole:
        lines = _away_from_pole(value)
    return None if lines is None else Instruction(value, Kind.NUMBER, lines)


def _infix(sign: str, value: Value) -> Lines:
    def lines(writer: Writer, out: str, temporaries: Sequence[str]) -> list[str]:
        left, right = map(writer.operand, value.inputs)
        return [f"{left} {sign} {right}"]

    return lines


def _prefix(sign: str, value: Value) -> Lines:
    def lines(writer: Writer, out: str, temporaries: Sequence[str]) -> list[str]:
        return [f"{sign}{writer.operand(value.inputs[0])}"]

    return lines


def _as_result(x: Any, value: Value) -> Any:
    """A choice in the dtype that NumPy would give it; None where that has to be computed."""
    if type(x) is Value:
        return x if x.dtype == value.dtype else None
    return as_held(value.dtype.type(x)) if value.dtype.kind in "fib" else None


def _chosen(value: Value) -> Lines | None:
    condition, *choices = value.inputs
    x, y = (_as_result(choice, value) for choice in choices)
    if type(condition) is not Value or x is None or y is None:
        return None

    def lines(writer: Writer, out: str, temporaries: Sequence[str]) -> list[str]:
        return [f"{writer.operand(x)} if {writer.operand(condition)} else {writer.operand(y)}"]

    return lines


def _away_from_pole(value: Value) -> Lines | None:
    g, x = value.inputs
    if type(x) is not Value or x.dtype != value.dtype or value.dtype.kind != "f":
        return None
    one = value.dtype.type(1)

    def lines(writer: Writer, out: str, temporaries: Sequence[str]) -> list[str]:
        g_name, x_name = writer.operand(g), writer.operand(x)
        return [f"{writer.constant(one)} if {g_name} == 0 == {x_name} else {x_name}"]

    return lines
