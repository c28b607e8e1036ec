"""Local gradients on the edges of a picture, and what the branches of a fork contribute."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.backpropagation import contribution

from .picture import Box, Edge, Picture, Wire, plain_gradient

LARGEST_FOLD = 1000
"""Folds of more operations show no local gradient."""


def add_local_gradients(picture: Picture) -> None:
    """Set d result / d input on the edges, and at a fork what each branch contributes.

    There is one number per entry only for operations that work entry by entry, and for folds of
    such operations with one result; the others are left out.

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> x = Node(3.0, name="x")
    >>> picture = picture_of(x * x)
    >>> add_local_gradients(picture)
    >>> [edge.local_gradient for edge in picture.edges]
    [np.float64(3.0), np.float64(3.0)]
    """
    consumed = Counter(edge.source for edge in picture.edges)
    results: dict[Box, list[Node]] = {}
    for wire in picture.wires:
        if wire.source is not None:
            results.setdefault(wire.source, []).append(wire.node)
    known: dict[Box, dict[Any, Any]] = {}
    with np.errstate(all="ignore"):
        for edge in picture.edges:
            if not isinstance(edge.source, Wire):
                continue
            box = edge.target
            if box not in known:
                known[box] = _of_fold(box, results[box]) if box.folded else _of_operation(box)
            key = edge.source.node if box.folded else edge.position
            edge.local_gradient = known[box].get(key)
            if consumed[edge.source] > 1:
                edge.contribution = _contribution(edge, results[box][0])


def _of_operation(box: Box) -> dict[Any, Any]:
    """The local gradient for each position of an operation's inputs."""
    return dict(enumerate(box.nodes[0].local_gradients))


def _of_fold(box: Box, results: list[Node]) -> dict[Any, Any]:
    """The local gradient for each input of a fold, f' for a function f: backpropagation inside.

    Empty where the fold has several results, or an operation in it mixes entries.
    """
    if len(results) != 1 or len(box.nodes) > LARGEST_FOLD:
        return {}
    result = results[0]
    found: dict[Any, Any] = {result: np.ones_like(result.value)}
    for node in reversed(box.nodes):
        upstream = found.pop(node, None)
        if upstream is None:
            continue
        for x, local in zip(node.inputs, node.local_gradients, strict=True):
            if type(x) is not Node or not x.requires_grad:
                continue
            if local is None or x.shape != result.shape:
                return {}
            found[x] = found.get(x, 0.0) + upstream * local
    return found


def _contribution(edge: Edge, result: Node) -> Any:
    """What one branch adds to the gradient of a wire; None where it is not known."""
    upstream = plain_gradient(result)
    if edge.target.folded:
        if upstream is None or edge.local_gradient is None:
            return None
        return upstream * edge.local_gradient
    if upstream is None or not edge.node.inputs[edge.position].requires_grad:
        return None
    return contribution(edge.node, edge.position, upstream)
