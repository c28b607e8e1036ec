"""Derivatives for texts: those of `autograd_core`, on live numbers as numbers that are live again.

A rule that runs on nodes is recorded, so a live number gets its derivative from the same rule.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from autograd_core import Node, backpropagation
from autograd_core.backpropagation import ancestors
from autograd_core.modes import recording

from .numbers import Live, Slots, is_live, live, node_of


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
        with np.errstate(all="ignore"):
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
    found = recorded_gradients(behind.node, _as_node(seed), behind.registry)
    parts = ((copy, found.get(copy.value.node)) for copy in ancestors(root))
    return {copy: live(part, behind.registry) for copy, part in parts if part is not None}


def recorded_gradients(root: Node, seed: Node, slots: Slots) -> dict[Node, Any]:
    """Return the same as nodes: one walk, whatever the numbers will be.

    What an operation entry by entry makes of a gradient of 0 is 0, also where a factor is not
    finite, if the root is: `autograd_core.unused` looks at the numbers for that, here it is
    recorded.

    Examples
    --------
    >>> x = Node(3.0)
    >>> recorded_gradients(x * x, Node(1.0, requires_grad=False), Slots([x]))[x].value
    np.float64(6.0)
    """
    found: dict[Node, Any] = {root: seed}
    with recording(), np.errstate(all="ignore"):
        is_finite = np.all(np.isfinite(root))
        for node in reversed(ancestors(root)):
            upstream = found.get(node)
            if node.operation is None or upstream is None:
                continue
            mended = None
            may_be_zero = slots.follows(upstream) or not np.all(upstream.value)
            if may_be_zero and _may_overflow(node):
                unasked = np.logical_and(np.equal(upstream, 0.0), is_finite)
                mended = partial(np.where, unasked, 0.0)
            for position, (x, rule) in enumerate(
                zip(node.inputs, node.operation.rules, strict=False)
            ):
                if type(x) is Node and x.requires_grad and rule is not None:
                    part = backpropagation.contribution(node, position, upstream, mended)
                    found[x] = found[x] + part if x in found else part
    return found


def _may_overflow(node: Node) -> bool:
    """Whether a local gradient may be infinite or nan."""
    operation = node.operation
    assert operation is not None
    if not operation.elementwise or operation.name in ("add", "subtract", "negative", "positive"):
        return False
    return operation.name != "multiply" or all(type(x) is Node for x in node.inputs)


def _behind(node: Node) -> Any:
    """The live value of a node; None of a plain one."""
    return node.value if is_live(node.value) else None


def _as_node(x: Any) -> Node:
    if is_live(x):
        return node_of(x)
    return x if type(x) is Node else Node(x, requires_grad=False)
