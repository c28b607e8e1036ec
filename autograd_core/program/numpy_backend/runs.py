"""Long element-wise updates: a few rows of all arrays at a time, which stay in the cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..value import Value
from .instructions import Instruction, Kind
from .rows import rows_of


@dataclass
class Run:
    """Instructions on arrays of one shape, executed for a few rows after the other.

    Attributes
    ----------
    steps : list of Instruction
        In order.
    inner : set of int
        The results, by identity, that nothing but the run itself needs.
    """

    steps: list[Instruction]
    inner: set[int]

    @property
    def shape(self) -> tuple[int, ...]:
        """That of all arrays."""
        return self.steps[0].value.shape

    @property
    def rows(self) -> int:
        """How many rows of it make a block."""
        return rows_of(self.steps[0].value)


def grouped(
    steps: Sequence[Instruction], outputs: set[int], roots: dict[int, set[int]]
) -> list[Instruction | Run]:
    """Put neighbouring instructions on long arrays into runs.

    `outputs` are results, by identity, that are needed afterwards. A number between long
    instructions that needs nothing of their run goes before it.
    """
    found: list[Instruction | Run] = []
    run: Run | None = None
    for step in steps:
        if run is not None and step.kind is Kind.NUMBER and not _needs(step, run):
            found.insert(len(found) - 1, step)
        elif _is_long(step, roots) and run is not None and run.shape == step.value.shape:
            run.steps.append(step)
        elif _is_long(step, roots):
            run = Run([step], set())
            found.append(run)
        else:
            run = None
            found.append(step)
    for item in found:
        if isinstance(item, Run):
            made = {id(step.value) for step in item.steps}
            elsewhere = {
                id(x)
                for step in steps
                if id(step.value) not in made
                for x in step.value.inputs
                if type(x) is Value
            }
            item.inner = made - elsewhere - outputs
    return found


def _is_long(step: Instruction, roots: dict[int, set[int]]) -> bool:
    """Whether all arrays of an instruction have one shape, and its entries a place of their own."""
    value = step.value
    return (
        step.elementwise
        and not step.temporaries
        and rows_of(value) < value.shape[0]
        and all(
            not np.ndim(x)
            or (type(x) is Value and x.shape == value.shape and roots[id(x)] == {id(x)})
            for x in value.inputs
        )
    )


def _needs(step: Instruction, run: Run) -> bool:
    made = {id(part.value) for part in run.steps}
    return any(id(x) in made for x in step.value.inputs)
