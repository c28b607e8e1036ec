"""Lists that hold nodes, where an array is expected: they are stacked."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .node import Node

_LISTS = frozenset({list, tuple})


def holds_node(x: Any) -> bool:
    """Whether a list or tuple, nested or not, holds a node.

    Examples
    --------
    >>> holds_node([[1.0, Node(2.0)]]), holds_node([1.0]), holds_node(Node(2.0))
    (True, False, False)
    """
    if type(x) not in _LISTS:
        return False
    kinds = set(map(type, x))
    return Node in kinds or (not _LISTS.isdisjoint(kinds) and any(map(holds_node, x)))


def stacked(x: Any) -> Any:
    """Return a list that holds nodes as one node, with an axis for each level; all else as it is.

    Examples
    --------
    >>> stacked([[Node(1.0), 2.0], [3.0, Node(4.0)]]).shape
    (2, 2)
    """
    return np.stack([stacked(part) for part in x]) if holds_node(x) else x


def stacking(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, called with nodes in place of lists of nodes."""

    @functools.wraps(function)
    def on_nodes(*arguments: Any, **options: Any) -> Any:
        if not _LISTS.isdisjoint(map(type, arguments)):
            arguments = tuple(map(stacked, arguments))
        if options and not _LISTS.isdisjoint(map(type, options.values())):
            options = {name: stacked(x) for name, x in options.items()}
        return function(*arguments, **options)

    return on_nodes
