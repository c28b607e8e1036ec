"""Rules of optimizers: an update as a plain expression, and how it is evaluated on arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy.typing as npt

__all__ = ["Numbers", "Rule", "State", "Updated", "apply_rule"]

State = Mapping[str, Any]
"""What is remembered of a parameter, arrays or nodes of its shape, by key."""

Numbers = Mapping[str, Any]
"""What depends on the number of the step: floats, or nodes without axes, by name."""

Updated = tuple[Any, Mapping[str, Any]]
"""A parameter after a step, and all that is remembered of it."""

Rule = Callable[[Any, Any, State, Numbers], Updated]

_BLOCK = 2**15
"""Entries that are updated at a time: all arrays of Adam's rule fit into a core's cache."""


def apply_rule(
    rule: Rule,
    value: npt.NDArray[Any],
    gradient: npt.NDArray[Any],
    state: Mapping[str, npt.NDArray[Any]],
    numbers: Mapping[str, float],
    *,
    elementwise: bool,
) -> None:
    """Evaluate a rule, and write what it returns into the arrays that it was given.

    An element-wise rule sees a few rows at a time of large arrays: what it computes on the way
    stays in the cache then, and takes next to no memory.

    Parameters
    ----------
    rule : callable
        See `Optimizer.rule`.
    value, gradient : ndarray
        The parameter, which is changed, and its gradient, which is not.
    state : mapping of str to ndarray
        What is remembered, which is changed.
    numbers : mapping of str to float
        What `Optimizer.numbers` returned.
    elementwise : bool
        Whether each entry depends on the entries at the same place alone.

    Raises
    ------
    ValueError
        If the rule returns something else for the parameter, or other keys than those of `state`.
    """
    size = value.size
    if size <= _BLOCK or not elementwise:
        _apply(rule, value, gradient, state, numbers)
        return
    rows = max(1, _BLOCK * len(value) // size)
    for start in range(0, len(value), rows):
        block = slice(start, start + rows)
        part = {key: array[block] for key, array in state.items()}
        _apply(rule, value[block], gradient[block], part, numbers)


def _apply(
    rule: Rule,
    value: npt.NDArray[Any],
    gradient: npt.NDArray[Any],
    state: Mapping[str, npt.NDArray[Any]],
    numbers: Mapping[str, float],
) -> None:
    result, remembered = rule(value, gradient, state, numbers)
    for key, array in state.items():
        array[...] = remembered[key]
    value[...] = result
