"""What one backward pass made of a graph: the gradients, and through whom they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.backpropagation import ancestors, backpropagate, contribution

from ..graph.calling import Calling
from ..graph.naming import names_of_graph

Consumer = tuple[Node, int]
"""Who uses a node: the result of an operation, and the position of the input there."""

_AS_NAMED = Calling({})
"""Hints know the names of users alone: nobody has seen a picture with others."""


@dataclass(frozen=True, eq=False)
class WayBack:
    """The gradients of a graph, and for each node the operations that pass one to it.

    Make one with `way_back`.

    Attributes
    ----------
    root : Node
        Where the walk starts.
    gradients : mapping of Node to number, ndarray or Node
        d root / d node.
    consumers : dict of Node to list of (Node, int)
        Through which results a gradient comes, and to which of their inputs.
    calling : Calling
        What pictures call the nodes.
    """

    root: Node
    gradients: Mapping[Node, Any]
    consumers: dict[Node, list[Consumer]]
    calling: Calling

    def called(self, node: Node) -> str:
        """What hints call a node: its name, or the operation that made it, ``x * …``."""
        if node.name or node is self.root or node.operation is None:
            return self.calling.name(node)
        return _AS_NAMED.expression(node)

    def operands(self, node: Node) -> list[str] | None:
        """What hints call all inputs of a node; None where one is neither named nor a number."""
        written = [_AS_NAMED.operand(x) for x in node.inputs]
        return None if any("…" in operand for operand in written) else written

    def parts(self, node: Node) -> list[Any]:
        """What each consumer contributes to the gradient of a node."""
        return [contribution(n, place, self.gradients[n]) for n, place in self.consumers[node]]

    @cached_property
    def averaged(self) -> list[int]:
        """Over how many entries means go that are one number: each gradient is divided by them."""
        means = {
            x.size
            for x, consumers in self.consumers.items()
            for n, _ in consumers
            if n.operation.name == "mean" and n.size == 1 < x.size  # type: ignore[union-attr]
        }
        return sorted(means)

    @property
    def on_nodes(self) -> bool:
        """Whether the gradients are nodes, so that what is made of them is a graph."""
        return type(self.gradients[self.root]) is Node


def way_back(
    root: Node, gradients: Mapping[Node, Any] | None = None, *, seed: Any = None
) -> WayBack:
    """Return the gradients of `root` with their history; the graph stays as it is.

    Parameters
    ----------
    root : Node
        The result, which wants a gradient.
    gradients : mapping, optional
        The gradients where they are known: Nodes after ``backward(create_graph=True)``. By default
        they are computed as numbers.
    seed : number or ndarray, optional
        The gradient at the root; 1 by default.

    Examples
    --------
    >>> x, w = Node(3.0, name="x"), Node(0.5, name="w")
    >>> back = way_back(x * w + x)
    >>> back.gradients[x], back.parts(x), [back.called(node) for node, _ in back.consumers[x]]
    (np.float64(1.5), [np.float64(0.5), np.float64(1.0)], ['x * w', 'f'])
    """
    order = ancestors(root)
    if gradients is None:
        with np.errstate(all="ignore"):
            seed = np.ones_like(root.value)[()] if seed is None else seed
            gradients = backpropagate(root, seed, keep_intermediate=True)
    known = {node: g for node, g in gradients.items() if g is not None}
    consumers: dict[Node, list[Consumer]] = {node: [] for node in known}
    for node in order:
        if node.operation is None or node not in known:
            continue
        for position, (x, rule) in enumerate(zip(node.inputs, node.operation.rules, strict=False)):
            if type(x) is Node and rule is not None and x in known and x.requires_grad:
                consumers[x].append((node, position))
    names = names_of_graph(root)
    return WayBack(root, known, consumers, Calling(names.nodes, names.arrays))
