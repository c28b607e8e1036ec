"""Local gradients on the edges of a picture, and what the branches of a fork contribute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.backpropagation import contribution

from .picture import Box, Edge, Picture, Wire, plain_gradient

LARGEST_FOLD = 1000
"""Folds of more operations show no local gradient."""


def local_gradients(picture: Picture, boxes: Iterable[Box] | None = None) -> dict[Edge, Any]:
    """Return d result / d input for the edges into all boxes, or into some.

    There is one number per entry only for operations that work entry by entry, and for folds of
    such operations with one result; the others are left out.

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> x = Node(3.0, name="x")
    >>> [*local_gradients(picture_of(x * x)).values()]
    [np.float64(3.0), np.float64(3.0)]
    """
    found = {}
    with np.errstate(all="ignore"):
        for box in picture.boxes if boxes is None else boxes:
            known = _of_fold(box, picture.results[box]) if box.folded else _of_operation(box)
            for edge in picture.inputs[box]:
                if edge.wire is not None:
                    local = known.get(edge.wire.node if box.folded else edge.position)
                    if local is not None:
                        found[edge] = local
    return found


def contributions(picture: Picture, local: Mapping[Edge, Any]) -> dict[Edge, Any]:
    """Return what each branch of a fork adds to the gradient of its wire, where it is known.

    `local` are the picture's `local_gradients`.

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> x = Node(3.0, name="x")
    >>> y = x * x
    >>> y.backward()
    >>> picture = picture_of(y)
    >>> [*contributions(picture, local_gradients(picture)).values()]
    [np.float64(3.0), np.float64(3.0)]
    """
    found = {}
    with np.errstate(all="ignore"):
        for source, branches in picture.consumers.items():
            for edge in branches if isinstance(source, Wire) and len(branches) > 1 else ():
                above = plain_gradient(picture.results[edge.target][0].node)
                part = _contribution(edge, above, local.get(edge))
                if part is not None:
                    found[edge] = part
    return found


def _of_operation(box: Box) -> dict[Any, Any]:
    """The local gradient for each position of an operation's inputs."""
    return dict(enumerate(box.nodes[0].local_gradients))


def _of_fold(box: Box, results: list[Wire]) -> dict[Any, Any]:
    """The local gradient for each input of a fold, f' for a function f: backpropagation inside.

    Empty where the fold has several results, or an operation in it mixes entries.
    """
    if len(results) != 1 or len(box.nodes) > LARGEST_FOLD:
        return {}
    result = results[0].node
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


def _contribution(edge: Edge, upstream: Any, local: Any) -> Any:
    """What one branch adds to the gradient of a wire; None where it is not known."""
    if upstream is None:
        return None
    if edge.target.folded:
        return None if local is None else upstream * local
    if not edge.node.inputs[edge.position].requires_grad:
        return None
    return contribution(edge.node, edge.position, upstream)
