"""Nested containers of arrays: tuples, lists and dicts, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def leaves(container: Any) -> list[Any]:
    """Return what a nest of tuples, lists and dicts holds, in order; dicts by insertion.

    Examples
    --------
    >>> leaves({"w": [1.0, 2.0], "b": 3.0})
    [1.0, 2.0, 3.0]
    """
    found: list[Any] = []
    map_leaves(found.append, container)
    return found


def map_leaves(function: Callable[[Any], Any], container: Any) -> Any:
    """Return the same nest with `function` applied to everything it holds.

    Lists of plain numbers count as containers too, as their entries are what they hold.

    Examples
    --------
    >>> map_leaves(lambda x: 2 * x, {"w": (1.0, 2.0), "b": 3.0})
    {'w': (2.0, 4.0), 'b': 6.0}
    """
    if isinstance(container, tuple):
        parts = [map_leaves(function, part) for part in container]
        # A named tuple takes its fields one by one.
        return type(container)(*parts) if hasattr(container, "_fields") else tuple(parts)
    if isinstance(container, list):
        return [map_leaves(function, part) for part in container]
    if isinstance(container, dict):
        return {key: map_leaves(function, part) for key, part in container.items()}
    return function(container)
