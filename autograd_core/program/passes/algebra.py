"""Identities that hold for numbers, but not for their last bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...operations.arithmetic import divide, multiply, negative, subtract
from ...operations.exponential import exp, log
from ...operations.reductions import sum
from ...operations.shaping import broadcast_to
from ..value import Value
from .decompose import named_as
from .rewriting import expressed, rewritten
from .simplify import is_like, is_number

if TYPE_CHECKING:
    from ..program import Program


def algebra(program: Program) -> Program:
    """Rewrite what can be had for less, to rounding.

    A softmax behind its own logarithm uses the exponentials that are there already, the sum of a
    number that was repeated is a product, and so is division by a number.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program
    >>> def both(x):
    ...     logarithms = x - np.log(np.sum(np.exp(x)))
    ...     return logarithms, np.exp(logarithms)
    >>> program = algebra(Program.record(both, np.ones(3)))
    >>> [value.operation.name for value in program.values() if value.operation]
    ['exp', 'sum', 'log', 'subtract', 'divide']
    """
    return rewritten(program, _simpler)


def _simpler(value: Value) -> Any:
    rule = _RULES.get(value.operation)
    return None if rule is None else named_as(rule(value), value)


def _exp(value: Value) -> Any:
    """exp(x - log(s)) is exp(x) / s, where s is the sum of exp(x)."""
    x = value.inputs[0]
    if type(x) is not Value or x.operation is not subtract:
        return None
    below, logarithm = x.inputs
    if type(logarithm) is not Value or logarithm.operation is not log:
        return None
    total = logarithm.inputs[0]
    if type(total) is not Value or total.operation is not sum:
        return None
    weights = total.inputs[0]
    if type(weights) is not Value or weights.operation is not exp or weights.inputs[0] is not below:
        return None
    found = expressed(lambda e, s: e / s, weights, total)
    return found if is_like(found, value) else None


def _sum(value: Value) -> Any:
    x = value.inputs[0]
    if type(x) is not Value or x.operation is not broadcast_to or value.shape:
        return None
    one = x.inputs[0]
    if type(one) is not Value or one.shape:
        return None
    found = expressed(lambda one: one * float(x.size), one)
    return found if is_like(found, value) else None


def _multiply(value: Value) -> Any:
    for x, y in (value.inputs, value.inputs[::-1]):
        if is_like(x, value) and is_number(y, -1):
            return Value(negative, (x,), {}, value.shape, value.dtype)
    return None


def _divide(value: Value) -> Any:
    """X / 4.0 is x * 0.25, which takes less time; of a power of two even the bits stay."""
    x, y = value.inputs
    if not is_like(x, value) or x.dtype.kind != "f" or type(y) is not float:
        return None
    if not 1e-30 < abs(y) < 1e30:
        return None
    return Value(multiply, (x, 1.0 / y), {}, value.shape, value.dtype)


_RULES: dict[Any, Callable[[Value], Any]] = {
    exp: _exp,
    sum: _sum,
    multiply: _multiply,
    divide: _divide,
}
