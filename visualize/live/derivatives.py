"""Derivatives for texts: those of `autograd_core`, on live numbers as numbers that are live again.

A rule that runs on nodes is recorded, so a live number gets its derivative from the same rule.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import Node, backpropagation
from autograd_core.backpropagation import ancestors
from autograd_core.modes import recording

from .numbers import Live, is_live, live, node_of


def contribution(node: Node, position: int, upstream: Any) -> Any:
    """Return what an operation passes to one of its inputs when `upstream` arrives at its result.

    Examples
    --------
    >>> x = Node(3.0)
    >>> contribution(x * x, 0, 2.0)
    np.float64(6.0)
    """
    behind = _behind(node)
    if behind is None:
        return backpropagation.contribution(node, position, upstream)
    with recording(), np.errstate(all="ignore"):
        part = backpropagation.contribution(behind.node, position, _as_node(upstream))
    return None if part is None else live(part, behind.registry)


def local_gradients(node: Node) -> tuple[Any, ...]:
    """Return `Node.local_gradients`.

    Examples
    --------
    >>> x = Node(3.0)
    >>> local_gradients(x * x)
    (np.float64(3.0), np.float64(3.0))
    """
    behind = _behind(node)
    if behind is None:
        return node.local_gradients
    result = behind.node
    operation = result.operation
    if operation is None or not operation.elementwise:
        return (None,) * len(result.inputs)
    found: list[Live | None] = []
    with recording(), np.errstate(all="ignore"):
        one = Node(np.ones_like(result.value), requires_grad=False)
        for x, rule in zip(result.inputs, operation.rules, strict=False):
            if type(x) is not Node or not x.requires_grad or rule is None:
                found.append(None)
                continue
            local: Any = _as_node(rule(one, result, *result.inputs, **result.options))
            if local.shape != result.shape:
                local = np.broadcast_to(local, result.shape)
            found.append(live(local, behind.registry))
    return tuple(found)


def gradients(root: Node, seed: Any) -> dict[Node, Any]:
    """Return d root / d node for every node that `root` was made of and that wants a gradient.

    Examples
    --------
    >>> x = Node(3.0)
    >>> gradients(x * x, np.float64(1.0))[x]
    np.float64(6.0)
    """
    behind = _behind(root)
    if behind is None:
        return backpropagation.backpropagate(root, seed, keep_intermediate=True)
    found = recorded_gradients(behind.node, _as_node(seed))
    parts = ((copy, found.get(copy.value.node)) for copy in ancestors(root))
    return {copy: live(part, behind.registry) for copy, part in parts if part is not None}


def recorded_gradients(root: Node, seed: Node) -> dict[Node, Any]:
    """Return the same as nodes: one walk, whatever the numbers are.

    What nobody asked for may be nan (`autograd_core.unused`): to find that is to look at numbers.
    """
    with recording(), np.errstate(all="ignore"):
        return backpropagation.backpropagate(root, seed, keep_intermediate=True, ends=[seed])


def _behind(node: Node) -> Any:
    """The live value of a node; None of a plain one."""
    return node.value if is_live(node.value) else None


def _as_node(x: Any) -> Node:
    if is_live(x):
        return node_of(x)
    return x if type(x) is Node else Node(x, requires_grad=False)
