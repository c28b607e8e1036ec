"""Memory of a program's results: planned once, used again at each run."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from ..passes.buffers import Buffers, Step, aligned, planned
from ..value import Value
from .instructions import Instruction, Kind
from .runs import Run
from .schedule import read_by


class Memory:
    """Arrays for the results and temporaries of instructions.

    Parameters
    ----------
    items : sequence of Instruction or Run
        In the order of their execution.
    roots : dict
        See `Schedule`.
    elsewhere : set of int
        Results that lie somewhere else, by identity.
    kept : set of int
        What is needed after the last instruction.
    """

    def __init__(
        self,
        items: Sequence[Instruction | Run],
        roots: dict[int, set[int]],
        elsewhere: set[int],
        kept: set[int],
    ) -> None:
        self._roots = roots
        self._elsewhere = elsewhere
        self._inner: dict[int, Buffers] = {}
        steps = [
            self._run_step(item) if isinstance(item, Run) else self._step(item) for item in items
        ]
        self._plan = planned(steps, kept)
        self._block = aligned(self._plan.size)

    @property
    def nbytes(self) -> int:
        """Of all arrays together, which share it."""
        return self._plan.size

    def of(self, value: Value) -> Any:
        """The array of a result."""
        return self._array(id(value), value.shape, value.dtype)

    def temporaries(self, step: Instruction) -> list[Any]:
        """The arrays that an instruction needs for itself."""
        return [
            self._array((id(step.value), place), shape, dtype)
            for place, (shape, dtype) in enumerate(step.temporaries)
        ]

    def of_rows(self, run: Run, value: Value) -> Any:
        """The array for some rows of a result that the run alone needs."""
        start = self._inner[id(run)].places[id(value)]
        shape = (run.rows, *run.shape[1:])
        return self._array(id(run), shape, value.dtype, start)

    def _array(
        self, key: Hashable, shape: tuple[int, ...], dtype: np.dtype[Any], start: int = 0
    ) -> Any:
        start += self._plan.places[key]
        size = math.prod(shape) * dtype.itemsize
        return self._block[start : start + size].view(dtype).reshape(shape)

    def _makes(self, step: Instruction) -> dict[Hashable, int]:
        value = step.value
        if step.kind is not Kind.BUFFER or id(value) in self._elsewhere:
            return {}
        return {id(value): value.size * value.dtype.itemsize}

    def _step(self, step: Instruction) -> Step:
        brief: dict[Hashable, int] = {
            (id(step.value), place): math.prod(shape) * dtype.itemsize
            for place, (shape, dtype) in enumerate(step.temporaries)
        }
        return Step(self._makes(step), read_by(step, self._roots), brief, self._replaceable(step))

    def _replaceable(self, step: Instruction) -> list[Hashable]:
        value = step.value
        if not step.in_place:
            return []
        return [
            id(x)
            for x in value.inputs
            if type(x) is Value and (x.shape, x.dtype) == (value.shape, value.dtype)
        ]

    def _run_step(self, run: Run) -> Step:
        inner = [
            Step(
                {
                    id(step.value): run.rows
                    * (step.value.size // run.shape[0])
                    * step.value.dtype.itemsize
                }
                if id(step.value) in run.inner
                else {},
                read_by(step, self._roots) & run.inner,
                replaces=[key for key in self._replaceable(step) if key in run.inner],
            )
            for step in run.steps
        ]
        plan = self._inner[id(run)] = planned(inner)
        makes: dict[Hashable, int] = {}
        needs: set[Hashable] = set()
        for step in run.steps:
            needs |= read_by(step, self._roots)
            if id(step.value) not in run.inner:
                makes |= self._makes(step)
        return Step(makes, needs - run.inner, {id(run): plan.size})
