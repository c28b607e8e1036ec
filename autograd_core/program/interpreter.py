"""Programs run one operation at a time: what every back end has to equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .. import unused
from .value import Value, as_held

if TYPE_CHECKING:
    from .program import Program


def run(program: Program, arrays: Sequence[Any]) -> list[Any]:
    """Return the outputs of a program; nothing is written over an input.

    Parameters
    ----------
    program : Program
        What to run.
    arrays : sequence of numpy scalar or ndarray
        The value of each input.

    Returns
    -------
    list of numpy scalar or ndarray
        The outputs, in order.

    Examples
    --------
    >>> from autograd_core import Program
    >>> program = Program.record(lambda x: 2.0 * x + 1.0, 1.0)
    >>> run(program, [3.0])
    [np.float64(7.0)]
    """
    found: dict[int, Any] = {
        id(value): as_held(array) for value, array in zip(program.inputs, arrays, strict=True)
    }
    for value in program.values():
        if value.operation is not None:
            inputs = [found[id(x)] if type(x) is Value else x for x in value.inputs]
            found[id(value)] = as_held(value.operation.forward(*inputs, **value.options))
    return [
        found[id(output)] if type(output) is Value else as_held(output)
        for output in program.outputs
    ]


class Interpreter:
    """A program run by `run`, as an `Executable`: slow, and nothing can go wrong with it."""

    def __init__(self, program: Program, bound: Sequence[int]) -> None:
        self._program = program
        self._bound: dict[int, Any] = dict.fromkeys(bound)

    def bind(self, arrays: Mapping[int, npt.NDArray[Any]]) -> None:
        """Let inputs be these arrays; see `Executable`."""
        self._bound.update(arrays)

    def __call__(self, *free: Any) -> list[Any] | None:
        """Run; see `Executable`."""
        program = self._program
        given = iter(free)
        arrays = [
            self._bound[number] if number in self._bound else next(given)
            for number in range(len(program.inputs))
        ]
        invalid = unused.found_invalid
        results = run(program, arrays)
        if program.guard is not None and not (
            np.isfinite(results[program.guard]).all() and unused.found_invalid == invalid
        ):
            return None
        results = [np.array(result)[()] for result in results]  # some may lie in an input
        for number, place in program.aliases.items():
            arrays[place][...] = results[number]
        return [result for number, result in enumerate(results) if number not in program.aliases]


def build(program: Program, *, bound: Sequence[int] = (), reuse: bool = False) -> Interpreter:
    """Return an executable; see `Backend`."""
    return Interpreter(program, bound)
