"""A graph computed afresh: with other numbers in its leaves, and its gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.backpropagation import ancestors
from autograd_core.modes import recording
from autograd_core.node import raw
from autograd_core.program.value import as_held

from ..graph.frozen import repeated
from ..graph.picture import plain_gradient


def afresh(root: Node, numbers: Mapping[Node, Any] | None = None) -> Node:
    """Return a graph of the same operations, after ``backward()``; `root` stays as it is.

    The gradient at the root is the one that it has, or 1.

    Parameters
    ----------
    root : Node
        The result.
    numbers : mapping of Node to number or ndarray, optional
        Other numbers for some leaves.

    Examples
    --------
    >>> x = Node(3.0, name="x")
    >>> y = afresh(x * x, {x: 5.0})
    >>> y.value, y.inputs[0].grad
    (np.float64(25.0), np.float64(10.0))
    """
    given = numbers or {}

    def value(node: Node, inputs: Sequence[Any]) -> Any:
        if node.operation is None:
            return np.array(given.get(node, node.value), node.dtype)
        return as_held(node.operation.forward(*map(raw, inputs), **node.options))

    with np.errstate(all="ignore"), recording():
        again = repeated(ancestors(root), value)[root]
        if again.requires_grad:
            seed = plain_gradient(root)
            again.backward(np.ones_like(again.value)[()] if seed is None else np.array(seed)[()])
    return again
