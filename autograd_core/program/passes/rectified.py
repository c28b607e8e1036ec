"""What a rectified value is compared with its input for, it says itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...operations.choices import maximum
from ...operations.comparisons import greater
from ..value import Value
from .rewriting import rewritten
from .simplify import is_number

if TYPE_CHECKING:
    from ..program import Program


def rectified(program: Program) -> Program:
    """Ask max(x, 0) where the program asks x whether it is above 0.

    The answer is the same, for nan too, and x itself is needed no longer: the rectified values can
    be left in its memory.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program
    >>> def f(x):
    ...     x = 2.0 * x
    ...     return np.maximum(x, 0) * (x > 0)
    >>> program = rectified(Program.record(f, np.ones(3)))
    >>> [value.inputs[0].operation.name for value in program.values()[3:]]
    ['maximum', 'maximum']
    """
    above: dict[int, Value] = {}
    for value in program.values():
        if value.operation is maximum:
            for x, y in (value.inputs, value.inputs[::-1]):
                if _is_zero(y) and type(x) is Value and (x.shape, x.dtype) == _kind(value):
                    above[id(x)] = value

    def rule(value: Value) -> Value | None:
        if value.operation is not greater or not _is_zero(value.inputs[1]):
            return None
        found = above.get(id(value.inputs[0]))
        return None if found is None else value.with_inputs([found, value.inputs[1]])

    return rewritten(program, rule) if above else program


def _is_zero(x: object) -> bool:
    return is_number(x, 0) or is_number(x, -0.0)


def _kind(value: Value) -> object:
    return value.shape, value.dtype
