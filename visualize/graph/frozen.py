"""A graph as it is now, so that a drawing can be finished later: training goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any

from autograd_core import Node
from autograd_core.backpropagation import ancestors
from autograd_core.operation import record

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
    >>> x = Node([1.0, 2.0], name="x")
    >>> y = x * 3.0
    >>> copy = frozen(y)
    >>> x.value[:] = 7.0
    >>> copy.inputs[0].value, copy.value
    (array([1., 2.]), array([3., 6.]))
    """
    # An array that an expression uses several times stays one array: a fold draws it once.
    arrays: dict[int, Any] = {}
    copies = copied(
        ancestors(root),
        lambda node: deepcopy(node.value, arrays),
        lambda node: deepcopy(plain_gradient(node), arrays),
        lambda constant: deepcopy(constant, arrays),
    )
    return copies[root]


def repeated(
    order: Iterable[Node], value: Callable[[Node, Sequence[Any]], Any]
) -> dict[Node, Node]:
    """Return the same operations on nodes of this moment.

    Parameters
    ----------
    order : iterable of Node
        A graph, inputs first.
    value : callable
        Of a node and the new inputs of its operation, none for a leaf: the value of the new one.

    Examples
    --------
    >>> x = Node(3.0, name="x")
    >>> y = x * 2.0
    >>> repeated([x, y], lambda node, inputs: node.value)[y].inputs
    (Node(3.0, name='x'), 2.0)
    """
    nodes: dict[Node, Node] = {}
    for node in order:
        operation = node.operation
        if operation is None:
            made = Node(value(node, ()), requires_grad=node.requires_grad)
        else:
            inputs = tuple([nodes[x] if type(x) is Node else x for x in node.inputs])
            made = record(operation, inputs, value(node, inputs), node.options, node.requires_grad)
        made.name, made.scope = node.name, node.scope
        nodes[node] = made
    return nodes


def copied(
    order: Iterable[Node],
    value: Callable[[Node], Any],
    gradient: Callable[[Node], Any],
    constant: Callable[[Any], Any] = lambda x: x,
) -> dict[Node, Node]:
    """Return a copy of each node in which values, gradients and constants are what functions give.

    Examples
    --------
    >>> x = Node(3.0, name="x")
    >>> y = x * 2.0
    >>> copy = copied([x, y], lambda node: -node.value, lambda node: 1.0)[y]
    >>> copy.value, copy.inputs[0].grad, copy.inputs[1]
    (np.float64(-6.0), 1.0, 2.0)
    """
    copies: dict[Node, Node] = {}
    for node in order:
        copy = copies[node] = Node.__new__(Node)
        for name in ("operation", "options", "name", "scope", "requires_grad", "serial"):
            setattr(copy, name, getattr(node, name))
        copy._value = value(node)
        copy.inputs = tuple([copies[x] if type(x) is Node else constant(x) for x in node.inputs])
    for node, copy in copies.items():
        # A gradient may be a node, also of this graph: then what it is called says so.
        inside = copies.get(node.grad) if type(node.grad) is Node else None
        copy.grad = gradient(node) if inside is None else inside
    return copies
