"""A graph as it is now, so that a drawing can be finished later: training goes on meanwhile."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.backpropagation import ancestors

from .picture import plain_gradient

MOST_OPERATIONS = 3000
MOST_ENTRIES = 2_000_000
"""The copy of a larger graph, or of larger arrays, takes longer than what it saves."""


def is_small(root: Node) -> bool:
    """Whether a copy of a graph costs little."""
    entries = operations = 0
    for node in ancestors(root):
        operations += node.operation is not None
        entries += node.size
    return operations <= MOST_OPERATIONS and entries <= MOST_ENTRIES


def frozen(root: Node) -> Node:
    """Return a copy of a graph with its numbers, names and gradients.

    Examples
    --------
    >>> x = Node(np.array([1.0, 2.0]), name="x")
    >>> y = x * 3.0
    >>> copy = frozen(y)
    >>> x.value[:] = 7.0
    >>> copy.inputs[0].value, copy.value
    (array([1., 2.]), array([3., 6.]))
    """
    order = ancestors(root)
    copies: dict[Node, Node] = {}
    for node in order:
        copy = copies[node] = Node.__new__(Node)
        for name in ("operation", "options", "name", "scope", "requires_grad", "serial"):
            setattr(copy, name, getattr(node, name))
        copy._value = _copied(node.value)
        copy.inputs = tuple([copies[x] if type(x) is Node else _copied(x) for x in node.inputs])
    for node, copy in copies.items():
        # A gradient may be a node, also of this graph: then what it is called says so.
        gradient = copies.get(node.grad) if type(node.grad) is Node else None
        copy.grad = _copied(plain_gradient(node)) if gradient is None else gradient
    return copies[root]


def _copied(value: Any) -> Any:
    """Arrays can be written to, numbers can't."""
    return value.copy() if isinstance(value, np.ndarray) else value
