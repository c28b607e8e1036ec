"""Operations whose forward function is array code, in terms of those that anything can run."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from ..value import Value, is_own, own_name
from .decompose import named_as
from .rewriting import expressed, rewritten

if TYPE_CHECKING:
    from ..program import Program


def composed(program: Program, keep: Collection[str] = ()) -> Program:
    """Write operations that have a `composed` form in that.

    Parameters
    ----------
    program : Program
        Any.
    keep : collection of str, optional
        Names of operations of the package that stay.

    Returns
    -------
    Program
        Right to rounding, for whoever can't call array code; see `Operation`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Operation, Program
    >>> def filled(x):
    ...     out = np.empty_like(x)
    ...     out[...] = x
    ...     return out
    >>> twice = Operation("twice", filled, (None,), composed=lambda x: x + x)
    >>> program = composed(Program.record(twice, np.ones(2)))
    >>> [value.operation.name for value in program.values() if value.operation]
    ['add']
    """

    def rule(value: Value) -> Any:
        operation = value.operation
        if operation is None or operation.composed is None:
            return None
        if operation.name in keep and is_own(operation):
            return None
        # Behind the function's own inputs stand residuals, which it computes by itself.
        count = getattr(operation.rules, "inputs", None)
        found = expressed(operation.composed, *value.inputs[:count], **value.options)
        return named_as(found, value)

    while True:
        before = program
        program = rewritten(program, rule)
        if program is before:
            return program
        program = rewritten(program, _unpacked)


def _unpacked(value: Value) -> Any:
    """A gradient taken out of all of an operation, which are packed into one vector."""
    if own_name(value) != "reshape":
        return None
    (vector,) = value.inputs
    if own_name(vector) == "getitem":
        vector = _part(vector)
    if own_name(vector) in ("ravel", "reshape"):
        (x,) = vector.inputs
        if type(x) is Value and x.shape == value.shape and _in_order(value, vector):
            return x
    return None


def _part(taken: Value) -> Any:
    """Of vectors in a row, the one that a slice takes, if it takes one."""
    row, index = taken.inputs[0], taken.options["index"]
    if own_name(row) != "concatenate" or type(index) is not slice:
        return None
    start = 0
    for x in row.inputs:
        stop = start + np.size(x) if type(x) is not Value else start + x.size
        if (index.start, index.stop, index.step) == (start, stop, None):
            return x
        start = stop
    return None


def _in_order(*values: Value) -> bool:
    return all(value.options.get("order", "C") == "C" for value in values)
