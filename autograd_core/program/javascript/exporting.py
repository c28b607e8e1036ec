"""A program as data for the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..drawn import Draw
from ..errors import UnsupportedOperationError
from ..passes import optimized
from ..passes.composed import composed
from ..passes.composites import in_parts
from ..value import Value, dtype_of
from .library import JavaScript
from .lowering import LOWERINGS, lowered
from .tables import code_of, written
from .tape import Step, Symbol

if TYPE_CHECKING:
    from ..program import Program

__all__ = ["exported"]


def exported(program: Program) -> dict[str, Any]:
    """`javascript.exported`."""
    _refuse_kinds(program)
    # What is not taken apart keeps its bits, as far as the functions of the two languages do.
    simpler = optimized(in_parts(composed(program, keep=LOWERINGS)))
    library = JavaScript()
    tape = library.tape
    found: dict[int, Symbol] = {}
    for value in simpler.inputs:
        found[id(value)] = tape.value(value.dtype, value.shape)
    inputs = [found[id(value)].base for value in simpler.inputs]
    for value in simpler.values():
        if value.operation is not None:
            given = [found[id(x)] if type(x) is Value else x for x in value.inputs]
            found[id(value)] = lowered(library, value, given)
    outputs = []
    for output in simpler.outputs:
        symbol = found[id(output)] if type(output) is Value else library.symbol(output)
        outputs.append(_of_its_own(library, symbol, len(inputs)))
    numbers, steps = _needed(tape.steps, inputs, outputs)
    values = {number: tape.values[old] for old, number in numbers.items()}
    return {
        "values": [[code_of(values[n][0]), list(values[n][1])] for n in range(len(values))],
        "inputs": [numbers[n] for n in inputs],
        "names": [value.name or "" for value in simpler.inputs],
        "outputs": [numbers[n] for n in outputs],
        "aliases": {str(place): number for place, number in simpler.aliases.items()},
        "guard": simpler.guard,
        "drawn": {str(n): _origin(source) for n, source in simpler.sources.items()},
        "steps": steps,
    }


def _refuse_kinds(program: Program) -> None:
    """Name the first operation on numbers that the kernel doesn't have, or else such an input."""
    values = program.values()
    for value in sorted(values, key=lambda value: value.operation is None):
        for x in (value, *value.inputs):
            if code_of(dtype_of(x)) is None:
                name = value.name if value.operation is None else value.operation.name
                raise UnsupportedOperationError(
                    f"the back end 'javascript' can't run {name!r}: the kernel has no "
                    f"{dtype_of(x)} numbers, only real ones of 32 and 64 bits, whole numbers and "
                    "truth values"
                )


def _of_its_own(library: JavaScript, x: Symbol, inputs: int) -> int:
    """The number of a value that holds an output, not in the memory of an input."""
    tape = library.tape
    number = tape.whole(x)
    if tape.owner(number) < inputs:
        return tape.made("positive", (number,), x.dtype, x.shape).base
    return number


def _needed(
    steps: list[Step], inputs: list[int], outputs: list[int]
) -> tuple[dict[int, int], list[list[Any]]]:
    """New numbers of the values that outputs need, and the steps that make them."""
    needed = set(outputs)
    kept = []
    for step in reversed(steps):
        if step.out in needed:
            needed.update(step.inputs)
            kept.append(step)
    kept.reverse()
    numbers: dict[int, int] = {}
    for old in (*inputs, *(step.out for step in kept)):
        numbers[old] = len(numbers)
    written_out = [
        [step.name, numbers[step.out], [numbers[x] for x in step.inputs], *step.more]
        for step in kept
    ]
    return numbers, written_out


def _origin(source: Any) -> list[Any]:
    """How an input that nobody gives comes about: a law, or the numbers that it starts with."""
    if not isinstance(source, Draw):
        return ["start", written(source())]
    if source.law is None:
        raise UnsupportedOperationError(
            "the back end 'javascript' can't run 'drawn': what draws the numbers doesn't say by "
            "which law. Give it an attribute law, for example draw.law = ('normal', 0.0, 1.0)"
        )
    return list(source.law)
