"""Rules of optimizers: an update as a plain expression, and how it is evaluated on arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["BLOCK", "Numbers", "Rule", "State", "Updated", "blocks", "checked_update", "evaluate"]

State = Mapping[str, Any]
"""What is remembered of a parameter, arrays or nodes of its shape, by key."""

Numbers = Mapping[str, Any]
"""What depends on the number of the step: scalars, or nodes without axes, by name."""

Updated = tuple[Any, Mapping[str, Any]]
"""A parameter after a step, and all that is remembered of it."""

Rule = Callable[[Any, Any, State, Numbers], Updated]

BLOCK = 2**16
"""Entries that are updated at a time. Arrays of twice the size, made and freed in every step, are
returned to the system each time in some processes: then Adam takes 2.5 times as long."""


def checked_update(found: Any, keys: Iterable[str]) -> Updated:
    """Return what a rule returned, or raise where it is not what a rule returns.

    Raises
    ------
    TypeError
        If it is no new value with a mapping that has all keys of the state.
    """
    keys = list(keys)
    fits = isinstance(found, tuple) and len(found) == 2 and isinstance(found[1], Mapping)
    missing = [key for key in keys if key not in found[1]] if fits else keys
    if not fits or missing:
        got = f"no {missing[0]!r} there" if fits else f"{type(found).__name__}: {str(found)[:60]}"
        state = ", ".join(f"{key!r}: ..." for key in keys)
        raise TypeError(
            "rule(value, gradient, state, numbers) expects to return the new value and all that "
            f"is remembered, got {got}. Write: return value, {{{state}}}"
        )
    return found


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
    new, remembered = checked_update(rule(value, gradient, state, numbers), state)
    # Copies, for a rule may return what it was given, to be remembered under another key.
    results = [np.array(new), *(np.array(remembered[key]) for key in state)]
    for array, result in zip((value, *state.values()), results, strict=True):
        array[...] = result


def blocks(
    value: npt.NDArray[Any], gradient: npt.NDArray[Any], state: Sequence[npt.NDArray[Any]]
) -> list[tuple[npt.NDArray[Any], npt.NDArray[Any], Sequence[npt.NDArray[Any]]]]:
    """Cut a parameter, its gradient and what is remembered of it into a few rows at a time.

    What is computed on the way stays in the cache then, and takes next to no memory.

    Examples
    --------
    >>> weight = np.zeros((1000, 100))
    >>> [value.shape for value, gradient, state in blocks(weight, weight, [])]
    [(655, 100), (345, 100)]
    """
    if value.size <= BLOCK:
        return [(value, gradient, state)]
    rows = max(1, BLOCK * len(value) // value.size)
    cut = [slice(start, start + rows) for start in range(0, len(value), rows)]
    return [(value[rows], gradient[rows], [array[rows] for array in state]) for rows in cut]
