"""What is made of constants alone is computed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..value import Value, as_held
from .rewriting import rewritten

if TYPE_CHECKING:
    from ..program import Program

_MOST = 2**16
"""Results of more entries than this, and than what they are made of, are left to each run."""


def fold(program: Program) -> Program:
    """Put the result in place of each operation that has constants alone.

    Examples
    --------
    >>> from autograd_core import Program
    >>> program = Program.record(lambda x: x * (Program.record(lambda y: y, 2.0)(2.0) + 1.0), 1.0)
    >>> fold(program)(5.0)
    np.float64(15.0)
    """
    return rewritten(program, _result)


def _result(value: Value) -> Any:
    if any(type(x) is Value for x in value.inputs):
        return None
    if value.size > max([_MOST, *(np.size(x) for x in value.inputs)]):
        return None
    assert value.operation is not None
    with np.errstate(all="ignore"):
        try:
            found = as_held(value.operation.forward(*value.inputs, **value.options))
        except (ValueError, TypeError, IndexError, ArithmeticError):
            return None  # it is said when the program runs
    if found.shape != value.shape or found.dtype != value.dtype:
        return None
    if type(found) is np.ndarray and found.base is None:
        found.flags.writeable = False
    return found
