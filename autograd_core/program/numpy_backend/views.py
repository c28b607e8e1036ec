"""Values that lie in the memory of another: transposed, reshaped, a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.indexing import getitem_row
from ...operations.shaping import broadcast_to, expand_dims, ravel, reshape, squeeze, transpose
from ..value import Value
from .instructions import Instruction, Kind, Lines
from .layouts import Layouts

if TYPE_CHECKING:
    from .writing import Writer

_MAY_BE_VIEWS = (broadcast_to, expand_dims, getitem_row, ravel, reshape, squeeze, transpose)


def view(value: Value, layouts: Layouts) -> Instruction | None:
    """A view of an array, where the operation is known to give one."""
    if value.operation not in _MAY_BE_VIEWS or not value.shape:
        return None
    (x,) = value.inputs
    if type(x) is not Value or not x.shape or (sample := layouts.sample(x)) is None:
        return None
    assert value.operation is not None
    result = value.operation.forward(sample, **value.options)
    if not np.may_share_memory(result, sample) or result.shape != value.shape:
        return None
    layouts.lies_as(value, result)
    return Instruction(value, Kind.VIEW, _lines(value))


def _lines(value: Value) -> Lines:
    def lines(writer: Writer, out: str, temporaries: Sequence[str]) -> list[str]:
        name = writer.operand(value.inputs[0])
        if value.operation is transpose and _reverses(value):
            return [f"{name}.T"]
        if value.operation in (reshape, ravel) and value.options["order"] == "C":
            return [f"{name}.reshape({value.shape!r})"]
        return [call(writer, value)]

    return lines


def _reverses(value: Value) -> bool:
    axes = value.options["axes"]
    return axes is None or (
        isinstance(axes, tuple)
        and tuple(int(axis) % value.ndim for axis in axes) == tuple(range(value.ndim))[::-1]
    )


def call(writer: Writer, value: Value) -> str:
    """A call of the operation's forward function on its inputs, as the interpreter makes it."""
    assert value.operation is not None
    arguments = [writer.operand(x) for x in value.inputs]
    arguments += [f"{name}={_option(writer, x)}" for name, x in value.options.items()]
    return f"{writer.function(value.operation.forward)}({', '.join(arguments)})"


def _option(writer: Writer, x: Any) -> str:
    if x is None or type(x) in (bool, int, str):
        return repr(x)
    if type(x) is tuple and all(type(part) is int for part in x):
        return repr(x)
    return writer.constant(x, "option")
