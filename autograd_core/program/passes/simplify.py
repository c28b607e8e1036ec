"""Operations that change nothing are left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.arithmetic import add, divide, multiply, negative, positive, power, subtract
from ...operations.products import matmul
from ...operations.reductions import sum
from ...operations.shaping import (
    astype,
    broadcast_to,
    copy,
    expand_dims,
    ravel,
    reshape,
    squeeze,
    transpose,
)
from ..value import Constant, Value
from .rewriting import rewritten

if TYPE_CHECKING:
    from ..program import Program


def simplify(program: Program) -> Program:
    """Leave out what has no effect on any bit: x * 1, an identity transpose, -(-x).

    x + 0 stays: it makes 0 of -0.

    Examples
    --------
    >>> from autograd_core import Program
    >>> program = simplify(Program.record(lambda x: -(-(x * 1.0)) + 0.0, 1.0))
    >>> [value.operation.name for value in program.values() if value.operation]
    ['add']
    """
    return rewritten(program, without_effect)


def without_effect(value: Value) -> Value | Constant | None:
    """Return the input that an operation leaves as it is, to the last bit; None if it does not."""
    rule = _RULES.get(value.operation)
    return None if rule is None else rule(value)


def is_like(x: Any, value: Value) -> bool:
    """Whether `x` is a value of the same shape and dtype."""
    return type(x) is Value and x.shape == value.shape and x.dtype == value.dtype


def is_number(x: Any, number: float) -> bool:
    """Whether `x` is this constant number, the sign of zero included."""
    if type(x) is Value or np.ndim(x) or isinstance(x, (bool, np.bool_)):
        return False
    return bool(x == number and (number or np.copysign(1.0, number) == np.copysign(1.0, x.real)))


def _is_compact(x: Value) -> bool:
    """Whether an array is known to have no gaps in memory, so that a copy of it lies as it does.

    BLAS rounds in another way where they lie otherwise.
    """
    made = x.operation
    return not x.shape or made is None or made.elementwise or made in (matmul, sum)


def _same_view(value: Value) -> Any:
    x = value.inputs[0]
    return x if is_like(x, value) else None


def _same_copy(value: Value) -> Any:
    x = value.inputs[0]
    return x if is_like(x, value) and _is_compact(x) else None


def _stays(x: Any, y: Any, value: Value, numbers: tuple[float, ...]) -> bool:
    return is_like(x, value) and any(is_number(y, n) for n in numbers) and _is_compact(x)


def _neutral_right(*numbers: float) -> Callable[[Value], Any]:
    def rule(value: Value) -> Any:
        x, y = value.inputs
        return x if _stays(x, y, value, numbers) else None

    return rule


def _neutral(*numbers: float) -> Callable[[Value], Any]:
    def rule(value: Value) -> Any:
        for x, y in (value.inputs, value.inputs[::-1]):
            if _stays(x, y, value, numbers):
                return x
        return None

    return rule


def _negative(value: Value) -> Any:
    x = value.inputs[0]
    if type(x) is Value and x.operation is negative and is_like(x.inputs[0], value):
        return x.inputs[0] if _is_compact(x.inputs[0]) else None
    return None


def _axes(value: Value) -> tuple[int, ...]:
    axes = value.options["axes"]
    if axes is None:
        return tuple(range(value.ndim))[::-1]
    return tuple(int(axis) % value.ndim for axis in np.atleast_1d(axes))


def _transpose(value: Value) -> Any:
    identity = tuple(range(value.ndim))
    x = value.inputs[0]
    if type(x) is not Value:
        return None
    if _axes(value) == identity:
        return x
    if x.operation is transpose and type(x.inputs[0]) is Value:
        inner = _axes(x)
        if tuple(inner[axis] for axis in _axes(value)) == identity:
            return x.inputs[0]
    return None


_RULES: dict[Any, Callable[[Value], Any]] = {
    add: _neutral(-0.0),
    subtract: _neutral_right(0.0),
    multiply: _neutral(1),
    divide: _neutral_right(1),
    power: _neutral_right(1),
    negative: _negative,
    transpose: _transpose,
    **dict.fromkeys((reshape, ravel, squeeze, expand_dims, broadcast_to), _same_view),
    **dict.fromkeys((positive, copy, astype), _same_copy),
}
