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
from ..value import Value, dtype_of, shape_of
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
    array = (x.shape, x.dtype)
    temporaries = largest_temporaries(array)
    if value.operation is log_softmax:
        temporaries = [array, *temporaries]

    def lines(writer: Writer, out: str, names: Sequence[str]) -> list[str]:
        name = writer.operand(x)
        flat = writer.once(f"{name}.reshape(-1)", name)
        kept = names[-1]
        subtract, exp = writer.function(np.subtract), writer.function(np.exp)
        assert value.operation is not None
        forward = writer.function(value.operation.forward)
        if value.operation is softmax:
            steps = [
                *largest_lines(writer, name, array, names),
                f"{subtract}({name}, {kept}, {out})",
                f"{exp}({out}, {out})",
                *sum_lines(writer, out, array, -1, True, kept),
                f"{writer.function(np.true_divide)}({out}, {kept}, {out})",
            ]
        else:
            weights = names[0]
            steps = [
                *largest_lines(writer, name, array, names[1:]),
                f"{subtract}({name}, {kept}, {out})",
                f"{exp}({out}, {weights})",
                *sum_lines(writer, weights, array, -1, True, kept),
                f"{writer.function(np.log)}({kept}, {kept})",
                f"{subtract}({out}, {kept}, {out})",
            ]
        dot = writer.once(f"{flat}.dot", flat)
        return [
            f"if {dot}({flat}) < inf:",
            *[f"    {step}" for step in steps],
            "else:",
            f"    {out}[...] = {forward}({name}, -1)",
        ]

    return Instruction(value, Kind.BUFFER, lines, temporaries)


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
            f"    {out} = {forward}({writer.operand(logs)}, {writer.operand(targets)}, {divisor!r})",
        ]

    return Instruction(value, Kind.NUMBER, lines, statements=True)


def _flat(writer: Writer, x: Any) -> str:
    name = writer.operand(x)
    return name if len(shape_of(x)) == 1 else writer.once(f"{name}.reshape(-1)", name)
