"""Which values can't be 0 or below, whatever the inputs are: rules need no guards there."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..value import Value, dtype_of, own_name

DEEPEST = 8
"""So many operations are followed."""

_NOT_NEGATIVE = {
    "absolute", "exp", "exp2", "hypot", "relu", "sigmoid", "softplus", "sqrt", "square",
}  # fmt: skip
_KEEP = {
    "broadcast_to", "expand_dims", "getitem", "max", "mean", "min", "ravel", "reshape",
    "sqrt", "squeeze", "transpose",
}  # fmt: skip
"""Operations whose result is positive where their inputs are."""


def is_positive(x: Any, deep: int = DEEPEST) -> bool:
    """Whether all entries are above 0, or nan.

    Examples
    --------
    >>> from autograd_core import Program
    >>> program = Program.record(lambda x: (x * x + 1.0, np.exp(x)), 1.0)
    >>> [is_positive(x) for x in program.outputs]  # exp(-1000) is 0
    [True, False]
    """
    if dtype_of(x).kind == "c":
        return False
    if type(x) is not Value:
        return bool(np.all(np.asarray(x) > 0))
    if x.operation is None or not deep or not x.size:
        return False
    name, inputs, deep = own_name(x), x.inputs, deep - 1
    if name == "add":
        first, second = inputs
        return (is_positive(first, deep) and is_not_negative(second, deep)) or (
            is_positive(second, deep) and is_not_negative(first, deep)
        )
    if name == "maximum":
        return any(is_positive(y, deep) for y in inputs)
    if name == "sum":
        return is_positive(inputs[0], deep) or _has_a_one(inputs[0], x.options["axis"])
    return name in _KEEP and all(is_positive(y, deep) for y in inputs)


def is_not_negative(x: Any, deep: int = DEEPEST) -> bool:
    """Whether all entries are 0, above, or nan.

    Examples
    --------
    >>> x = Value(None, (), {}, (3,), np.float64, "x")
    >>> is_not_negative(x), is_not_negative(np.ones(3))
    (False, True)
    """
    if dtype_of(x).kind == "c":
        return False
    if type(x) is not Value:
        return bool(np.all(np.asarray(x) >= 0))
    if x.operation is None or not deep:
        return x.dtype.kind in "bu"
    name, inputs, deep = own_name(x), x.inputs, deep - 1
    if name in _NOT_NEGATIVE:
        return True
    if name == "maximum":
        return any(is_not_negative(y, deep) for y in inputs)
    if name == "multiply" and inputs[0] is inputs[1]:
        return True
    if name == "power" and type(inputs[1]) in (int, float) and inputs[1] % 2 == 0:
        return True
    if name in _KEEP or name in ("add", "divide", "multiply", "sum"):
        return all(is_not_negative(y, deep) for y in inputs)
    return False


def _has_a_one(x: Any, axis: Any) -> bool:
    """Whether a value is exp(z - max(z)), over the axis over which it is summed."""
    if own_name(x) != "exp" or own_name(x.inputs[0]) != "subtract":
        return False
    z, largest = x.inputs[0].inputs
    return own_name(largest) == "max" and largest.inputs[0] is z and largest.options["axis"] == axis
