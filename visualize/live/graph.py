"""A graph with live numbers, for the texts of a page, and the program behind them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core import Node, Program
from autograd_core.backpropagation import ancestors, backpropagate
from autograd_core.node import next_serial
from autograd_core.operation import record
from autograd_core.program.reading import read
from autograd_core.program.value import Value

from ..graph.picture import plain_gradient
from .numbers import Slots, live


@dataclass(eq=False)
class LiveGraph:
    """A graph whose texts have slots. Make one with `live_graph`.

    Attributes
    ----------
    root : Node
        A copy of the graph, with live numbers in place of values and gradients.
    leaves : dict of Node to Node
        The leaves of the copy that may be changed, and the inputs of the program for them.
    slots : Slots
        What has been written so far.
    """

    root: Node
    leaves: dict[Node, Node]
    slots: Slots
    since: int

    def program(self) -> Program:
        """Return the program of all that has been written: an output for each node of `slots`."""
        given = {x: Value(None, (), {}, x.shape, x.dtype, x.name) for x in self.leaves.values()}
        reading = read(self.slots.outputs, given, self.since)
        return Program(given.values(), reading.outputs, name="page")


def live_graph(root: Node, changing: Collection[Node]) -> LiveGraph:
    """Return a copy of a graph whose numbers follow some of its leaves.

    Gradients are those of `root`, from the gradient that stands at it.

    Parameters
    ----------
    root : Node
        The result; it is not changed.
    changing : collection of Node
        The leaves whose numbers may change.

    Examples
    --------
    >>> from visualize.templates import has_slots
    >>> from visualize.text import number
    >>> x = Node(3.0, name="x")
    >>> y = x * x
    >>> y.backward()
    >>> graph = live_graph(y, [x])
    >>> has_slots(number(graph.root.value, ".4g")), has_slots(number(graph.root.grad, ".4g"))
    (True, True)
    >>> from autograd_core.program.interpreter import run
    >>> run(graph.program(), [5.0])
    [np.float64(25.0), np.float64(10.0)]
    """
    since = next_serial()
    slots = Slots()
    order = ancestors(root)
    nodes = _again(order)  # an ordinary graph of the same operations
    gradients: Mapping[Node, Any] = {}
    if plain_gradient(root) is not None:
        seed = Node(np.array(plain_gradient(root)), requires_grad=False)
        with np.errstate(all="ignore"):
            gradients = backpropagate(nodes[root], seed, keep_intermediate=True)
    follows = _following(order, changing)
    copies: dict[Node, Node] = {}
    for node in order:
        copy = copies[node] = Node.__new__(Node)
        for name in ("operation", "options", "name", "scope", "requires_grad", "serial"):
            setattr(copy, name, getattr(node, name))
        copy._value = live(nodes[node], slots) if node in follows else node.value
        copy.inputs = tuple([copies[x] if type(x) is Node else x for x in node.inputs])
        gradient = gradients.get(nodes[node])
        copy.grad = None if plain_gradient(node) is None else plain_gradient(node)
        if copy.grad is not None and type(gradient) is Node:
            copy.grad = live(gradient, slots)
    leaves = {copies[leaf]: nodes[leaf] for leaf in changing}
    return LiveGraph(copies[root], leaves, slots, since)


def _again(order: list[Node]) -> dict[Node, Node]:
    """The same operations on nodes of this moment."""
    nodes: dict[Node, Node] = {}
    for node in order:
        operation = node.operation
        if operation is None:
            again = Node(np.array(node.value), requires_grad=node.requires_grad)
        else:
            inputs = tuple([nodes[x] if type(x) is Node else x for x in node.inputs])
            again = record(operation, inputs, node.value, node.options, node.requires_grad)
        again.name = node.name
        nodes[node] = again
    return nodes


def _following(order: list[Node], changing: Collection[Node]) -> set[Node]:
    """The leaves that may change and all that is computed from them."""
    found = set(changing)
    for node in order:
        if any(type(x) is Node and x in found for x in node.inputs):
            found.add(node)
    return found
