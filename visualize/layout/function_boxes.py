"""Function boxes f | f′, as on the neuron slides: the value in one half, the derivative beside it.

References
----------
Lecture 003, "Abstract function" and "Neuron".
"""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd_core import Node, Scope

from ..chain_rule.functions import function_derivative, function_names, slope_through
from ..graph.naming import names_in
from ..graph.picture import Box, Picture
from ..live.derivatives import local_gradients

_ARITHMETIC = {
    "add", "subtract", "multiply", "divide", "negative", "positive", "power", "square",
    "reciprocal",
}  # fmt: skip
"""Steps of arithmetic keep their circles, also where they have one variable."""


class Halves(NamedTuple):
    """What stands in a function box: its names above it, the value, the derivative."""

    names: tuple[str, str]
    value: Any
    derivative: Any


def halves_of(picture: Picture, box: Box) -> Halves | None:
    """Return the halves of an activation, a function of one's own or a fold; None of others.

    A fold of several inputs, such as a whole neuron, shows the function that it ends with. In a
    picture with letters in place of numbers the halves read f(x) and f′(x).

    Examples
    --------
    >>> import numpy as np
    >>> from visualize.graph.picture import picture_of
    >>> picture = picture_of(np.tanh(Node(0.5, name="z")))
    >>> names, value, derivative = halves_of(picture, picture.boxes[0])
    >>> names, round(float(value), 4), round(float(derivative), 4)
    (('tanh', 'tanh′'), 0.4621, 0.7864)
    """
    results = picture.results[box]
    if len(results) != 1:
        return None
    result = results[0].node
    found = _whole(picture, box) or _last(box, result)
    if found is None:
        return None
    names, x, derivative = found
    if picture.look.symbolic:
        letter = names_in(picture).of(x) or "x"
        return Halves(names, f"{names[0]}({letter})", f"{names[1]}({letter})")
    return Halves(names, result.value, derivative)


_Found = tuple[tuple[str, str], Node, Any]


def _whole(picture: Picture, box: Box) -> _Found | None:
    """The box as one function of one variable."""
    if not box.folded and not _is_function(box.nodes[0]):
        return None
    derivative = function_derivative(picture, box)
    if derivative is None:
        return None
    x = next(e.wire.node for e in picture.inputs[box] if e.wire and e.wire.node.requires_grad)
    return function_names(box), x, derivative


def _last(box: Box, result: Node) -> _Found | None:
    """The function that a fold ends with: of a scope inside it, or of its last operation."""
    if not box.folded:
        return None
    inside = set(box.nodes)
    for scope in reversed(list(result.scope or ())):
        members = [node for node in box.nodes if scope in _chain(node)]
        if len(members) == len(box.nodes):
            break
        own = set(members)  # in a list nodes would be compared entry by entry
        variables = {
            x for node in members for x in node.inputs
            if type(x) is Node and x.requires_grad and x not in own
        }  # fmt: skip
        if len(variables) == 1 and (x := next(iter(variables))) in inside:
            slope = slope_through(members, x)
            if slope is not None:
                return function_names(scope), x, slope
    squares = result.operation is not None and result.operation.name in ("power", "square")
    if not squares and not _is_function(result):
        return None
    if sum(type(x) is Node and x.requires_grad for x in result.inputs) != 1:
        return None
    position = next(n for n, x in enumerate(result.inputs) if type(x) is Node and x.requires_grad)
    x = result.inputs[position]
    assert isinstance(x, Node)
    # A neuron may end with a square: it is its function, and has no name.
    names = ("f", "f′") if squares else function_names(result)
    return names, x, local_gradients(result)[position]


def _chain(node: Node) -> list[Scope]:
    return list(node.scope or ())


def _is_function(node: Node) -> bool:
    operation = node.operation
    if operation is None or not operation.elementwise or operation.name in _ARITHMETIC:
        return False
    return sum(type(x) is Node and x.requires_grad for x in node.inputs) == 1
