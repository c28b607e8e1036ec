"""A graph with live numbers, for the texts of a page, and the program behind them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core import Node, Program
from autograd_core.backpropagation import ancestors
from autograd_core.modes import recording
from autograd_core.node import next_serial
from autograd_core.program.reading import read
from autograd_core.program.value import Value
from autograd_core.values import is_complex

from ..graph.frozen import copied, repeated
from ..graph.picture import are_of_another_root, plain_gradient
from ..text import shown
from .derivatives import recorded_gradients
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

    def still(self) -> Node:
        """Return a copy of the graph with the numbers of now alone, for formats that stand still.

        Its gradients are those that the page shows.
        """
        copies = copied(
            ancestors(self.root),
            lambda node: np.array(node.value)[()],
            lambda node: None if node.grad is None else np.array(plain_gradient(node))[()],
        )
        return copies[self.root]


def live_graph(root: Node, changing: Collection[Node], *, everything: bool = False) -> LiveGraph:
    """Return a copy of a graph whose numbers follow some of its leaves.

    Gradients are those of `root` alone, from the gradient that stands at it: what other results
    have added to them is not computed in the page.

    Parameters
    ----------
    root : Node
        The result; it is not changed.
    changing : collection of Node
        The leaves whose numbers may change.
    everything : bool, default False
        Whether numbers have slots, too, that nothing changes.

    Raises
    ------
    TypeError
        If a number of the graph is complex, or a leaf that may change holds no floats.
    ValueError
        If one of `changing` is no leaf of the graph.

    Notes
    -----
    What a text says follows the numbers; how the graph is told does not, and stays as it was drawn:
    which 20 of more paths `explain` shows and in which order, which results are short enough to be
    written out, and whether a line says what the gradient of a loss is. Gradients are those of one
    recorded walk: in a product of matrices 0 times infinity is nan, also where nothing came from
    above. What is computed in float32 is rounded at each step.

    Examples
    --------
    >>> from visualize.templates import has_slots
    >>> from visualize.text import number
    >>> x = Node(3.0, name="x")
    >>> y = x * x
    >>> y.backward()
    >>> graph = live_graph(y, [x])
    >>> (copy,) = graph.leaves
    >>> has_slots(number(graph.root.value, ".4g")), has_slots(number(copy.grad, ".4g"))
    (True, True)
    >>> from autograd_core.program.interpreter import run
    >>> run(graph.program(), [5.0])
    [np.float64(25.0), np.float64(10.0)]
    """
    since = next_serial()
    order = ancestors(root)
    _check(order, changing)
    with recording():
        nodes = repeated(order, lambda node, _: np.array(node.value)[()])
        slots = Slots([nodes[leaf] for leaf in changing], everything=everything)
        gradients = _gradients(root, order, nodes, slots, [*changing] if everything else [])

    def gradient(node: Node) -> Any:
        if node.grad is None or not gradients:
            return None
        found = gradients.get(nodes[node])
        # A leaf that nothing comes back to has a gradient of 0.
        return np.zeros_like(node.value)[()] if found is None else live(found, slots)

    copies = copied(order, lambda node: live(nodes[node], slots), gradient)
    leaves = {copies[leaf]: nodes[leaf] for leaf in changing}
    return LiveGraph(copies[root], leaves, slots, since)


def _check(order: list[Node], changing: Collection[Node]) -> None:
    for node in order:
        if is_complex(node):
            raise TypeError(
                f"a live page computes with real numbers, got {node.dtype}{_named(node)}. Write "
                "draw(root) without live=, which shows complex numbers"
            )
    known = set(order)
    for leaf in changing:
        if leaf not in known or leaf.operation is not None:
            raise ValueError(
                f"the numbers that change in a live page are leaves of the graph,{_named(leaf)} is "
                "none. Pass leaves that the root was made of"
            )
        if leaf.dtype not in (np.float64, np.float32):
            raise TypeError(
                f"the numbers that change in a live page are floats of 64 or 32 bits, got "
                f"{leaf.dtype}{_named(leaf)}. Write for example: Node(3.0, name='x')"
            )


def _named(node: Node) -> str:
    return f" {shown(node.name)!r}" if node.name else ""


def _gradients(
    root: Node, order: list[Node], nodes: dict[Node, Node], slots: Slots, behind: Sequence[Node]
) -> Mapping[Node, Any]:
    """The gradients of the root as nodes, if the graph has any of its own.

    With leaves `behind` them none is a constant, which a program would hold as a plain number.
    """
    seed = plain_gradient(root)
    if seed is None:
        if all(node.grad is None for node in order) or are_of_another_root(root, order):
            return {}
        seed = np.ones_like(root.value)  # backward(keep_intermediate=False) leaves none there
    start = Node(np.array(seed), requires_grad=False)
    if behind:
        start = start + 0.0 * np.sum(nodes[behind[0]])
    return recorded_gradients(nodes[root], start, slots)
