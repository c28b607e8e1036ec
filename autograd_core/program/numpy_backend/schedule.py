"""The order of the instructions: all that may fail first, then what is written over inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..passes.order import ordered
from ..value import Value
from .instructions import Instruction, Kind
from .layouts import Layouts
from .lowering import lowered

if TYPE_CHECKING:
    from ..program import Program


@dataclass
class Schedule:
    """Instructions in the order of their execution.

    Attributes
    ----------
    first : list of Instruction
        What leaves all inputs as they are.
    second : list of Instruction
        Updates: what leads to replaced inputs alone, entry by entry.
    roots : dict of int to set of int
        For each value, by identity, the values in whose memory it may lie: its own, or others'.
    written : dict of int to Value
        Results of the second part, by identity, that are left in the memory of an input straight
        away.
    copied : list of (int, int)
        Numbers of the other outputs that replace an input, and of the input.
    """

    first: list[Instruction]
    second: list[Instruction]
    roots: dict[int, set[int]]
    written: dict[int, Value]
    copied: list[tuple[int, int]]

    def read_by(self, step: Instruction) -> set[int]:
        """In whose memory the operands of an instruction may lie."""
        return read_by(step, self.roots)


def read_by(step: Instruction, roots: dict[int, set[int]]) -> set[int]:
    """See `Schedule.read_by`."""
    return set().union(*[roots[id(x)] for x in step.value.inputs if type(x) is Value])


def scheduled(program: Program) -> Schedule:
    """Choose the instructions of a program and their order.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program
    >>> w = np.ones(3)
    >>> program = Program.record(lambda w, g: (np.sum(w * g), w - 0.1 * g), w, w)
    >>> schedule = scheduled(program.replaced(aliases={1: 0}))
    >>> [step.value.operation.name for step in schedule.first]
    ['multiply', 'sum']
    >>> [step.value.operation.name for step in schedule.second]
    ['multiply', 'subtract']
    """
    layouts = Layouts()
    for value in program.inputs:
        if value.shape:
            layouts.rows_first(value)
    instructions = {id(value): lowered(value, layouts) for value in ordered(program)}
    updates = _updates(program, instructions)
    first = [step for key, step in instructions.items() if key not in updates]
    second = [instructions[id(value)] for value in program.values() if id(value) in updates]
    roots = _roots(program, [*first, *second])
    written = _written(program, second, roots)
    copied = [
        (output, place)
        for output, place in program.aliases.items()
        if written.get(id(program.outputs[output])) is not program.inputs[place]
    ]
    return Schedule(first, second, roots, written, copied)


def _updates(program: Program, instructions: dict[int, Instruction]) -> set[int]:
    """The values that lead to outputs alone that replace an input, and that may come last."""
    replacing = {id(program.outputs[number]) for number in program.aliases}
    needed = {
        id(output) for number, output in enumerate(program.outputs) if number not in program.aliases
    }
    if program.guard is not None:
        needed.add(id(program.outputs[program.guard]))
    uses: dict[int, list[int]] = {key: [] for key in instructions}
    for key, step in instructions.items():
        for x in step.value.inputs:
            if type(x) is Value and x.operation is not None:
                uses[id(x)].append(key)
    updates: set[int] = set()
    for value in reversed(program.values()):
        key = id(value)
        if value.operation is None or key in needed:
            continue
        step = instructions[key]
        simple = step.elementwise or step.kind is Kind.NUMBER
        leads_there = bool(uses[key]) or key in replacing
        if simple and leads_there and all(user in updates for user in uses[key]):
            updates.add(key)
    return updates


def _roots(program: Program, steps: list[Instruction]) -> dict[int, set[int]]:
    roots = {id(value): {id(value)} for value in program.inputs}
    for step in steps:
        key = id(step.value)
        if step.kind is Kind.NUMBER:
            roots[key] = set()
        elif step.kind is Kind.BUFFER or step.fresh:
            roots[key] = {key}
        else:
            roots[key] = read_by(step, roots)
            if step.kind is Kind.CALL:
                roots[key].add(key)
    return roots


def _written(
    program: Program, second: list[Instruction], roots: dict[int, set[int]]
) -> dict[int, Value]:
    """Which results may be left in an input at once: nothing reads what is there any more."""
    last_read: dict[int, int] = {}
    for number, step in enumerate(second):
        last_read.update(dict.fromkeys(read_by(step, roots), number))
    outputs: dict[int, int] = {}
    for x in program.outputs:
        if type(x) is Value:
            outputs[id(x)] = outputs.get(id(x), 0) + 1
    read_at_the_end = {
        root
        for number, x in enumerate(program.outputs)
        if type(x) is Value and (number in program.aliases)
        for root in roots[id(x)]
    }
    places = {id(program.outputs[number]): place for number, place in program.aliases.items()}
    written: dict[int, Value] = {}
    for number, step in enumerate(second):
        key = id(step.value)
        if key not in places or step.kind is not Kind.BUFFER or outputs[key] > 1:
            continue
        target = program.inputs[places[key]]
        is_free = last_read.get(id(target), -1) < number + step.in_place
        alike = target.dtype == step.value.dtype and target.shape == step.value.shape
        if is_free and alike and id(target) not in read_at_the_end:
            written[key] = target
    return written
