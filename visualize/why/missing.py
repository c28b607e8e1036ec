"""Why a node has no gradient at all: nobody asked, or the graph ends on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.backpropagation import ancestors

from ..graph.calling import Calling
from ..mistakes.living import ends_of, living_nodes, results_of
from ..text import shown
from .following import Found

MOST_LEAVES = 3
"""So many leaves are named."""

CUT = "detach(), .value or no_grad()"


def unwanted(node: Node, calling: Calling) -> Found:
    """The node wants no gradient itself.

    Examples
    --------
    >>> x = Node(2.0, name="x", requires_grad=False)
    >>> unwanted(x, Calling({x: "x"})).reason[:38]
    'the leaf x does not want a gradient: i'
    """
    name = calling.name(node) if node.operation is None else calling.definition(node)
    if node.operation is None:
        return Found(
            node,
            f"the leaf {name} does not want a gradient: it was made with requires_grad=False, by "
            "detach() or inside no_grad()",
            (node,),
        )
    blocked = [x for x in node.inputs if type(x) is Node and x.requires_grad]
    if blocked:
        return Found(node, _no_derivative(node, calling, blocked[0]), (node, blocked[0]))
    leaves = [x for x in ancestors(node) if x.operation is None]
    names = [f"the leaf {calling.name(x)}" for x in leaves[:MOST_LEAVES]]
    more = [f"{len(leaves) - MOST_LEAVES} more"] if len(leaves) > MOST_LEAVES else []
    said = f"{name} does not want a gradient, as none does that it was made of"
    return Found(leaves[0], f"{said}: {', '.join([*names, *more])}", (leaves[0], node))


def in_another_graph(node: Node, root: Node, calling: Calling) -> Found:
    """The root was not made of the node: find where its numbers went in without their history.

    Examples
    --------
    >>> x, other = Node(2.0, name="x"), Node(3.0, name="x")
    >>> y = other * 2.0
    >>> in_another_graph(x, y, Calling({x: "x", y: "y"})).at is other
    True
    """
    name = calling.name(node)
    order = ancestors(root)
    twin = next((x for x in order if node.name and x.name == node.name and x.requires_grad), None)
    if twin is not None:
        return Found(
            twin,
            f"{calling.name(root)} was made of another node named {shown(str(node.name))!r}: was "
            f"{name} made anew since? Compute {calling.name(root)} again",
            (twin,),
        )
    for cut in _cut([node, *results_of(node)], order, calling):
        return cut
    ends = [x for x in order if x.operation is None and not x.requires_grad]
    what = ", ".join(dict.fromkeys(calling.name(x) for x in ends[:3]))
    said = f"{calling.name(root)} was not made of {name}"
    if ends:
        said += (
            f": if it should be, {CUT} cut it off; of the leaves of {calling.name(root)}, {what} "
            f"want{'s' if len(ends) == 1 else ''} no gradient"
        )
    at = ends[0] if ends else root
    return Found(at, said, (at,))


def stopped(node: Node, root: Node, calling: Calling) -> Found:
    """The root was made of the node, but no gradient comes: an operation has no derivative.

    Examples
    --------
    >>> x = Node(2.0, name="x")
    >>> y = np.floor(x)
    >>> stopped(x, y, Calling({x: "x", y: "y"})).at is y
    True
    """
    return _stopped(node, ancestors(root), calling)


def without_root(node: Node, calling: Calling) -> tuple[Node | None, Found]:
    """Nobody said what is differentiated: look at what was made of the node and still exists.

    Returns
    -------
    Node or None, Found
        What a picture shows, and the cause.
    """
    name = calling.name(node)
    made = results_of(node)
    ends = ends_of(made)
    for cut in _cut([node, *made], living_nodes(), calling):
        # What was cut off may also have been made for nothing but a look at it.
        later = [result for result in (cut.at, *results_of(cut.at)) if result.grad is not None]
        if later:
            return later[-1], cut
    if not made:
        said = (
            f"nothing that still exists was made of {name}; if something was, then by {CUT}, which "
            "cut it off"
        )
        return None, Found(node, said, (node,))
    wanting = [end for end in ends if end.requires_grad]
    if not wanting:
        return ends[-1], _stopped(node, made, calling)
    called = [result for result in made if result.grad is not None]
    end = (called or wanting)[-1]
    if called and node.operation is None:
        return end, _stopped(node, made, calling)
    if called or any(x.grad is not None and x.operation is None for x in ancestors(node)):
        said = "backward(keep_intermediate=False) keeps the gradients of leaves alone"
        return end, Found(node, said, (node,))
    said = (
        f"backward() was not called on {calling.name(end)}, nor on anything else that was made of "
        f"{name}. Write {shown(end.name or 'loss')}.backward()"
    )
    return end, Found(end, said, (end, node))


def _stopped(node: Node, order: Iterable[Node], calling: Calling) -> Found:
    """The first operation without a derivative on the ways up from a node."""
    open_nodes = {node}
    for n in order:
        for x, rule in zip(n.inputs, n.operation.rules if n.operation else (), strict=False):
            if type(x) is Node and x in open_nodes:
                if rule is None or not n.requires_grad:
                    return Found(n, _no_derivative(n, calling, x), (n, x))
                open_nodes.add(n)
    return Found(node, f"nothing passes a gradient on to {calling.name(node)}", (node,))


def _no_derivative(n: Node, calling: Calling, x: Node) -> str:
    said = f"{calling.expression(n)} has no derivative with respect to {calling.name(x)}"
    if n.dtype.kind not in "fc":
        return f"{said}: its result is {n.dtype}, which goes in steps"
    return f"{said}: no gradient passes through it"


def _cut(nodes: list[Node], order: Iterable[Node], calling: Calling) -> Iterator[Found]:
    """Where the numbers of nodes stand in a graph as a leaf, or as a plain array: cut off there."""
    for n in order:
        # A node without a gradient that holds the numbers of one that has its history.
        x = None if n.operation is not None or n.requires_grad else _twin(n.value, n.name, nodes)
        how = "detach() or no_grad() made a leaf of its numbers"
        for value in n.inputs if x is None else ():
            x = None if type(value) is Node else _twin(value, None, nodes)
            if x is not None:
                how = f"{calling.expression(n)} was given its .value, plain numbers"
                break
        if x is not None and x is not n:
            cut = f"the gradient was cut off at {calling.definition(x)}"
            yield Found(n, f"{cut}: {how}, without their history", (n, x))


def _twin(value: Any, name: str | None, nodes: list[Node]) -> Node | None:
    """The node whose numbers these are: by name, or the last; equal by chance are few numbers."""
    found = None
    for x in nodes:
        if x.value is value:
            return x
        if np.shape(value) == x.shape and np.array_equal(value, x.value):
            if name is not None and x.name == name:
                return x
            if x.size > 1 and np.any(x.value != x.value.flat[0]):
                found = x
    return found
