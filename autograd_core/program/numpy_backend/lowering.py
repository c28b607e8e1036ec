"""From values to instructions: the quickest way of NumPy's to the same bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..value import Value, as_held
from .composites import composite
from .elementwise import elementwise, ufunc_of
from .instructions import Instruction, Kind
from .layouts import Layouts
from .numbers import number
from .products import product
from .reductions import reduction
from .views import call, view

if TYPE_CHECKING:
    from .writing import Writer


def lowered(value: Value, layouts: Layouts) -> Instruction:
    """Choose how a value is computed, and note how it lies in memory.

    Parameters
    ----------
    value : Value
        A result of an operation.
    layouts : Layouts
        It knows the operands, and is told of the result.

    Returns
    -------
    Instruction
        A call of the operation's own forward function where there is nothing better.
    """
    found = (
        number(value)
        or composite(value, layouts)
        or view(value, layouts)
        or product(value)
        or reduction(value, layouts)
        or elementwise(value, layouts)
        or _called(value, layouts)
    )
    if found.kind is Kind.BUFFER:
        layouts.rows_first(value)
    return found


def _called(value: Value, layouts: Layouts) -> Instruction:
    operation = value.operation
    assert operation is not None
    is_ufunc = ufunc_of(operation.forward) is not None

    def lines(writer: Writer, out: str, temporaries: Sequence[str]) -> list[str]:
        text = call(writer, value)
        if not value.shape and not isinstance(operation.forward, np.ufunc):
            text = f"{writer.function(as_held)}({text})"
        return [text]

    if not value.shape:
        return Instruction(value, Kind.NUMBER, lines)
    ours = str(getattr(operation.forward, "__module__", "")).startswith("autograd_core.")
    if (
        operation.elementwise
        and (is_ufunc or ours)
        and all(layouts.gives_rows_first(x) for x in value.inputs)
    ):
        layouts.rows_first(value)
    return Instruction(value, Kind.CALL, lines, fresh=is_ufunc)
