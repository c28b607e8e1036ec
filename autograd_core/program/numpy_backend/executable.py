"""Programs run by generated NumPy code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ... import unused
from ..interpreter import run
from ..passes import optimized
from ..passes.images import batch_last
from .source import source_of

if TYPE_CHECKING:
    from ..program import Program


class NumpyExecutable:
    """A program as a Python function with buffers of its own; see `Executable`.

    Two threads may not call it at once.

    Parameters
    ----------
    program : Program
        As it was recorded.
    bound : sequence of int
        Numbers of the inputs that `bind` gives.
    reuse : bool
        Whether arrays that a call returns may be overwritten by the next.

    Attributes
    ----------
    source : str
        The code.
    nbytes : int
        How much memory its buffers take.
    """

    def __init__(self, program: Program, bound: Sequence[int], reuse: bool) -> None:
        self._program = program
        self._bound: dict[int, Any] = dict.fromkeys(bound)
        written = source_of(optimized(batch_last(program)), bound, reuse)
        self.source = written.text
        self.nbytes = written.nbytes
        names: dict[str, Any] = {}
        exec(written.code, names)
        self._make: Callable[..., Any] = names["make"]
        self._names = written.bound
        self._constants = written.constants
        if "slowly" in self._constants:
            self._constants["slowly"] = self._slowly
        self._step: Callable[..., list[Any] | None] = self._not_bound
        if not bound:
            self.bind({})

    def bind(self, arrays: Mapping[int, npt.NDArray[Any]]) -> None:
        """Let inputs be these arrays; see `Executable`."""
        self._bound.update(arrays)
        if all(array is not None for array in self._bound.values()):
            bound = {self._names[number]: array for number, array in self._bound.items()}
            self._step = self._make(**self._constants, **bound)

    def __call__(self, *free: Any) -> list[Any] | None:
        """Run; see `Executable`."""
        return self._step(*free)

    def _not_bound(self, *free: Any) -> list[Any] | None:
        missing = [number for number, array in self._bound.items() if array is None]
        raise RuntimeError(
            f"this program expects arrays for its inputs {missing} first. Call bind({{number: "
            "array}) with them"
        )

    def _slowly(self, *free: Any) -> list[Any] | None:
        """Run the operations one by one, on arrays that lie otherwise than the code expects."""
        program, given = self._program, iter(free)
        arrays = [
            self._bound[number] if number in self._bound else next(given)
            for number in range(len(program.inputs))
        ]
        guarded = program.guard is not None
        before = unused.found_invalid
        counting = unused.start_counting() if guarded else None
        try:
            results = run(program, arrays)
        finally:
            if guarded:
                unused.stop_counting(counting)
        if program.guard is not None and (
            unused.found_invalid != before or not np.isfinite(results[program.guard]).all()
        ):
            return None
        returned = [
            np.array(result)[()] for n, result in enumerate(results) if n not in program.aliases
        ]
        for number in program.aliases:
            results[number] = np.array(results[number])  # it may lie in an input
        for number, place in program.aliases.items():
            arrays[place][...] = results[number]
        return returned
