"""Composite operations in terms of simpler ones, bit for bit."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.activations import relu
from ...operations.arithmetic import power, square
from ...operations.reductions import mean
from ...operations.shaping import expand_dims, ravel, squeeze
from ..value import Constant, Value
from .rewriting import expressed, rewritten

if TYPE_CHECKING:
    from ..program import Program

_EXACT_COUNT = 2**24
"""Up to here float32 has every whole number: to divide by one is to divide by the other."""


def decompose(program: Program) -> Program:
    """Write relu, mean, square and their like as what they are made of.

    Each stands for calls of the same NumPy functions in the same order, so that the results have
    the same bits.

    Parameters
    ----------
    program : Program
        Any.

    Returns
    -------
    Program
        With the operations maximum, sum, divide, multiply and reshape in place of composites.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program, relu
    >>> program = decompose(Program.record(lambda x: np.mean(relu(x)), np.ones(4)))
    >>> [value.operation.name for value in program.values() if value.operation]
    ['maximum', 'sum', 'divide']
    """
    return rewritten(program, _simpler)


def _simpler(value: Value) -> Value | Constant | None:
    rule = _RULES.get(value.operation)
    found = rule(value) if rule is not None else None
    return named_as(found, value)


def named_as(found: Any, value: Value) -> Any:
    """Give what stands in place of a value its name and scope, if it was made for that."""
    if type(found) is Value and found.operation is not None and found.name is None:
        found.name, found.scope = value.name, value.scope
    return found


def _relu(value: Value) -> Any:
    return expressed(lambda x: np.maximum(x, 0), *value.inputs)


def _mean(value: Value) -> Any:
    (x,) = value.inputs
    if type(x) is not Value or x.dtype.char not in "fd":
        return None  # NumPy widens the others on the way
    count = x.size // value.size if value.size else 0
    if not 0 < count <= _EXACT_COUNT:
        return None
    axis = _one_by_one(value.options["axis"], x.ndim)
    total = expressed(lambda x: np.sum(x, axis=axis, keepdims=value.options["keepdims"]), x)
    return expressed(lambda total: total / float(count), total)


def _one_by_one(axis: Any, ndim: int) -> Any:
    """The same axes, written so that NumPy adds up, as it does for a mean; see `short_sums`."""
    if axis is None or not ndim:
        return axis
    axes = tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))
    return axes[0] if len(axes) == 1 else axes


def _square(value: Value) -> Any:
    (x,) = value.inputs
    if type(x) is not Value or x.dtype.kind not in "fi":
        return None
    return expressed(lambda x: x * x, x)


def _power(value: Value) -> Any:
    # Of arrays alone: numbers are raised by a function of C's, which rounds in its own way.
    x, exponent = value.inputs
    if type(exponent) not in (int, float) or exponent != 2 or type(x) is not Value:
        return None
    if not x.shape or x.dtype.kind != "f" or value.dtype != x.dtype:
        return None
    return expressed(operator.mul, x, x)


def _reshaped(value: Value) -> Any:
    (x,) = value.inputs
    if type(x) is not Value or value.options.get("order", "C") != "C":
        return None
    return expressed(lambda x: np.reshape(x, value.shape), x)


_RULES: dict[Any, Any] = {
    relu: _relu,
    mean: _mean,
    square: _square,
    power: _power,
    expand_dims: _reshaped,
    squeeze: _reshaped,
    ravel: _reshaped,
}
