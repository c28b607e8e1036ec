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


def leaves_beside(pattern: Any, container: Any) -> list[Any]:
    """Return what a nest holds in the order of another one, which says how it has to be nested.

    Raises
    ------
    ValueError
        If the two are nested differently.

    Examples
    --------
    >>> leaves_beside({"w": 1.0, "b": 2.0}, {"b": 20.0, "w": 10.0})
    [10.0, 20.0]
    """
    kind: Any = next((k for k in (tuple, list, dict) if isinstance(pattern, k)), None)
    if kind is None and isinstance(container, (tuple, dict)):
        raise ValueError(f"a {type(container).__name__} stands where an array is expected")
    if kind is None:
        return [container]
    if not isinstance(container, kind):
        raise ValueError(f"a {type(container).__name__} stands where a {kind.__name__} is expected")
    if kind is dict:
        if pattern.keys() != container.keys():
            raise ValueError(f"the keys {list(container)} differ from {list(pattern)}")
        pairs = [(part, container[key]) for key, part in pattern.items()]
    elif len(pattern) != len(container):
        raise ValueError(f"there are {len(container)} parts in place of {len(pattern)}")
    else:
        pairs = list(zip(pattern, container, strict=True))
    return [leaf for pair in pairs for leaf in leaves_beside(*pair)]
