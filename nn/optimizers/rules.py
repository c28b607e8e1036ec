"""Rules of optimizers: an update as a plain expression, and how it is evaluated on arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["BLOCK", "Numbers", "Rule", "State", "Updated", "evaluate", "in_blocks"]

State = Mapping[str, Any]
"""What is remembered of a parameter, arrays or nodes of its shape, by key."""

Numbers = Mapping[str, Any]
"""What depends on the number of the step: scalars, or nodes without axes, by name."""

Updated = tuple[Any, Mapping[str, Any]]
"""A parameter after a step, and all that is remembered of it."""

Rule = Callable[[Any, Any, State, Numbers], Updated]

BLOCK = 2**16
"""Entries that are updated at a time."""


def evaluate(
    rule: Rule,
    value: npt.NDArray[Any],
    gradient: npt.NDArray[Any],
    state: Mapping[str, npt.NDArray[Any]],
    numbers: Mapping[str, Any],
) -> None:
    """Evaluate a rule, and write what it returns into the arrays that it was given.

    Parameters
    ----------
    rule : callable
        See `Optimizer.rule`.
    value, gradient : ndarray
        The parameter, which is changed, and its gradient, which is not.
    state : mapping of str to ndarray
        What is remembered, which is changed.
    numbers : mapping of str to NumPy scalar
        What `Optimizer.numbers` returned, in the dtype of the parameter.
    """
    new, remembered = rule(value, gradient, state, numbers)
    # Copies, for a rule may return what it was given, to be remembered under another key.
    results = [np.array(new), *(np.array(remembered[key]) for key in state)]
    for array, result in zip((value, *state.values()), results, strict=True):
        array[...] = result


def in_blocks(
    change: Callable[..., None],
    value: npt.NDArray[Any],
    gradient: npt.NDArray[Any],
    state: Sequence[npt.NDArray[Any]],
    numbers: Sequence[Any],
) -> None:
    """Call `change` with a few rows of all arrays at a time.

    What it computes on the way stays in the cache then, and takes next to no memory.
    """
    rows = max(1, BLOCK * len(value) // value.size)
    for start in range(0, len(value), rows):
        block = slice(start, start + rows)
        change(value[block], gradient[block], [array[block] for array in state], numbers)
