"""Operations of several steps, each left in buffers: softmax and the cross entropy.

They have another way for whole, huge and infinite entries. It is asked for in the run, and taken by
calling the operation itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operations.softmax import log_softmax, negative_log_likelihood, softmax
from ...short_sums import as_matrix
from ..value import Value, dtype_of, shape_of
from .elementwise import is_faster_spread
from .instructions import Instruction, Kind
from .layouts import Layouts
from .reductions import largest_lines, largest_temporaries, sum_lines

if TYPE_CHECKING:
    from .writing import Writer


def composite(value: Value, layouts: Layouts) -> Instruction | None:
    """The steps of an operation that has some, for arrays of floats."""
    if value.operation is log_softmax or value.operation is softmax:
        return _along_rows(value, layouts)
    if value.operation is negative_log_likelihood:
        return _negative_log_likelihood(value, layouts)
    return None


def _along_rows(value: Value, layouts: Layouts) -> Instruction | None:
    (x,) = value.inputs
    if (
        type(x) is not Value
        or value.options["axis"] != -1  # the engine's short ways are for -1 alone
        or x.dtype.char not in "fd"
        or not value.size
        or not value.shape
        or not layouts.is_rows_first(x)
    ):
        return None
    shape = as_matrix(x.shape) if x.ndim > 1 else x.shape
    array = (shape, x.dtype)
    temporaries = [array, *largest_temporaries(array)]

    def lines(writer: Writer, out: str, names: Sequence[str]) -> list[str]:
        whole_name, whole_out = name, out = writer.operand(x), out
        flat = writer.once(f"{name}.reshape(-1)", name)
        if x.ndim > 2:  # all rows are those of one matrix
            name, out = (writer.once(f"{part}.reshape{shape}", part) for part in (name, out))
        assert value.operation is not None
        forward = writer.function(value.operation.forward)
        whole, kept = names[0], names[-1]
        exp = writer.function(np.exp)
        steps = [
            *largest_lines(writer, name, array, names[1:]),
            *_less(writer, np.subtract, name, kept, out, out, shape),
        ]
        if value.operation is softmax:
            steps += [
                f"{exp}({out}, {out})",
                *sum_lines(writer, out, array, -1, True, kept),
                *_less(writer, np.true_divide, out, kept, whole, out, shape),
            ]
        else:
            steps += [
                f"{exp}({out}, {whole})",
                *sum_lines(writer, whole, array, -1, True, kept),
                f"{writer.function(np.log)}({kept}, {kept})",
                *_less(writer, np.subtract, out, kept, whole, out, shape),
            ]
        dot = writer.once(f"{flat}.dot", flat)
        return [
            f"if {dot}({flat}) < inf:",
            *[f"    {step}" for step in steps],
            "else:",
            f"    {whole_out}[...] = {forward}({whole_name}, -1)",
        ]

    return Instruction(value, Kind.BUFFER, lines, temporaries=temporaries)


def _negative_log_likelihood(value: Value, layouts: Layouts) -> Instruction | None:
    logs, targets = value.inputs
    divisor = value.options["divisor"]
    if (
        any(dtype_of(x) != value.dtype or not shape_of(x) for x in (logs, targets))
        or value.dtype.char not in "fd"
        or not all(layouts.is_rows_first(x) for x in (logs, targets))
        or type(divisor) not in (int, float)
        or not math.isfinite(divisor)
    ):
        return None

    def lines(writer: Writer, out: str, names: Sequence[str]) -> list[str]:
        assert value.operation is not None
        forward = writer.function(value.operation.forward)
        left, right = _flat(writer, targets), _flat(writer, logs)
        dot = writer.once(f"{left}.dot", left)
        return [
            f"{out} = -{dot}({right}) / {divisor!r}",
            f"if {out} != {out}:",
            f"    {out} = {forward}({', '.join(map(writer.operand, value.inputs))}, {divisor!r})",
        ]

    return Instruction(value, Kind.NUMBER, lines, statements=True)


def _less(
    writer: Writer,
    ufunc: np.ufunc,
    name: str,
    column: str,
    spread: str,
    out: str,
    shape: tuple[int, ...],
) -> list[str]:
    """A column taken from all columns of an array; where that is faster spread out first."""
    if not is_faster_spread(shape):
        return [f"{writer.function(ufunc)}({name}, {column}, {out})"]
    return [f"{spread}[...] = {column}", f"{writer.function(ufunc)}({name}, {spread}, {out})"]


def _flat(writer: Writer, x: Any) -> str:
    name = writer.operand(x)
    return name if len(shape_of(x)) == 1 else writer.once(f"{name}.reshape(-1)", name)
