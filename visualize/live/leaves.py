"""Which leaves of a graph may be changed in its page."""

from __future__ import annotations

import difflib
from collections.abc import Collection

import numpy as np

from autograd_core import Node
from autograd_core.backpropagation import ancestors

from ..graph.frozen import MOST_ENTRIES, MOST_OPERATIONS, is_small
from ..text import Unknown, shown

WhichLeaves = bool | str | Collection[str]
"""All leaves, or those of these names."""


def changing_leaves(root: Node, live: WhichLeaves) -> list[Node]:
    """Return the leaves that are asked for, in the order in which they were made.

    Parameters
    ----------
    root : Node
        The result.
    live : True, str or collection of str
        All leaves of floating point numbers; or those with these names, all that have one.

    Raises
    ------
    TypeError
        If a leaf that is named does not hold floating point numbers, or `live` is no name.
    ValueError
        If there is no such leaf, or the graph is too large to be computed at each change.

    Examples
    --------
    >>> x, w = Node(2.0, name="x"), Node(3.0, name="w")
    >>> [leaf.name for leaf in changing_leaves(x * w, True)]
    ['x', 'w']
    >>> changing_leaves(x * w, ["w"])[0] is w
    True
    """
    if not is_small(root):
        raise ValueError(
            "a live page computes the whole graph at each change: it expects up to "
            f"{MOST_OPERATIONS:,} operations and {MOST_ENTRIES:,} entries, got more. Draw a "
            "smaller part of it, or leave live= out"
        )
    if any(isinstance(node.value, Unknown) for node in ancestors(root)):
        raise TypeError(
            "a live page expects a graph with its numbers, and this one has shapes alone"
        )
    leaves = [node for node in ancestors(root) if node.operation is None]
    names = _names(live)
    if names is None:
        found = [leaf for leaf in leaves if _is_drawn(leaf) and leaf.dtype.kind == "f"]
        if not found:
            raise ValueError(
                "live=True expects a graph with a leaf of floating point numbers, and this one "
                "has none. Write for example: x = Node(2.0, name='x'); draw(x * x, live=True)"
            )
        return found
    for name in names:
        same = [leaf for leaf in leaves if leaf.name == name]
        if not same:
            missing = _not_there(name, [leaf.name for leaf in leaves if leaf.name])
            if _has_data(root):
                missing += f". Data change as nodes: write Node(x, name={shown(name)!r})"
            raise ValueError(missing)
        wrong = next((leaf for leaf in same if leaf.dtype.kind != "f"), None)
        if wrong is not None:
            raise TypeError(
                f"live= expects names of leaves of floating point numbers, and {shown(name)} "
                f"holds {wrong.dtype}"
            )
    return [leaf for leaf in leaves if leaf.name in names]


def _names(live: WhichLeaves) -> list[str] | None:
    if live is True:
        return None
    if isinstance(live, str):
        return [live]
    try:
        names = [*live]  # type: ignore[misc]
    except TypeError:
        names = [live]
    if not names or not all(isinstance(name, str) for name in names):
        raise TypeError(f"live expects True, or names of leaves such as ['x', 'w'], got {live!r}")
    return names


def _is_drawn(leaf: Node) -> bool:
    """Not a number of the expression, which is drawn as a constant."""
    return bool(leaf.name) or leaf.requires_grad or leaf.grad is not None


def _has_data(root: Node) -> bool:
    """Whether there are arrays that are no nodes, such as what a network was called with."""
    return any(type(x) is not Node and np.ndim(x) for node in ancestors(root) for x in node.inputs)


def _not_there(name: str, names: list[str]) -> str:
    there = [*dict.fromkeys(names)]
    near = difflib.get_close_matches(name, there, 3, 0.5) or there[:8]
    hint = f" Its leaves are called {', '.join(map(repr, map(shown, near)))}" if near else (
        " None of its leaves has a name: write for example x = Node(2.0, name='x')"
    )  # fmt: skip
    return f"live= names {shown(name)!r}, and this graph has no leaf of that name.{hint}"
