"""Products of matrices, left in buffers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...operations.products import matmul, times
from ..value import Value, dtype_of, shape_of
from .instructions import Instruction, Kind

if TYPE_CHECKING:
    from .writing import Writer


def product(value: Value) -> Instruction | None:
    """A product of two matrices of floats by `dot`, as the engine computes it."""
    if value.operation is not matmul or value.ndim != 2 or not value.size:
        return None
    x, y = value.inputs
    if any(len(shape_of(a)) != 2 or dtype_of(a) != value.dtype for a in (x, y)):
        return None
    if value.dtype.char not in "fdFD" or not shape_of(x)[1]:
        return None

    def lines(writer: Writer, out: str, temporaries: Sequence[str]) -> list[str]:
        left = writer.operand(x)
        if times is not np.ndarray.dot:  # an older NumPy, whose dot does not say what is invalid
            return [f"{writer.function(np.matmul)}({left}, {writer.operand(y)}, {out})"]
        return [f"{writer.once(f'{left}.dot', left)}({writer.operand(y)}, {out})"]

    return Instruction(value, Kind.BUFFER, lines)
