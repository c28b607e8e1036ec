"""Which vectors stand upright: those that a matrix is multiplied with from the left, W @ x."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core.node import raw

from .picture import Picture


def columns_in(picture: Picture) -> set[int]:
    """Return the ids of the arrays that the slides write as columns.

    In W @ x the vector is a column, and so is the result, and what is added to it or made of it
    entry by entry. In x @ W, with the batch outermost, vectors stay rows.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize.graph.picture import picture_of
    >>> W, x, b = Node(np.ones((3, 2))), Node(np.ones(2)), Node(np.ones(3))
    >>> found = columns_in(picture_of(W @ x + b))
    >>> id(x.value) in found, id(b.value) in found, columns_in(picture_of(b @ W))
    (True, True, set())
    """
    neighbours: dict[int, list[Any]] = {}
    waiting: list[Any] = []
    for box in picture.boxes:
        for node in box.nodes:
            operation = node.operation
            assert operation is not None
            if operation.name in ("matmul", "dot"):
                left, right = (raw(x) for x in node.inputs[:2])
                if np.ndim(left) == 2 and np.ndim(right) == 1:
                    waiting += [right, node.value]
            elif operation.elementwise and node.ndim == 1:
                together = [raw(x) for x in (node, *node.inputs) if np.ndim(raw(x)) == 1]
                for array in together:
                    neighbours.setdefault(id(array), []).extend(together)
    found: set[int] = set()
    while waiting:
        array = waiting.pop()
        if id(array) not in found:
            found.add(id(array))
            waiting += neighbours.get(id(array), [])
    return found
