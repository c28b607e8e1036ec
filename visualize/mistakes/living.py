"""The results that were made of a node and still exist: a node points only to its inputs.

Whoever asks about a gradient names the leaf, `compare(dW, W)`, and seldom the loss that it is of.
So it is looked for among the living nodes, which costs the engine nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.node import raw

from .way_back import WayBack, way_back

MOST_ROOTS = 8
"""So many results are tried."""


def living_nodes() -> list[Node]:
    """Return all nodes that exist now, in the order in which they were made.

    Examples
    --------
    >>> x = Node(2.0)
    >>> x in living_nodes()
    True
    """
    # Another thread may be about to make one: then it has no number yet.
    nodes = [made for made in gc.get_objects() if type(made) is Node and hasattr(made, "serial")]
    return sorted(nodes, key=lambda made: made.serial)


def results_of(node: Node) -> list[Node]:
    """Return all living nodes that were made of one, in the order in which they were made.

    Examples
    --------
    >>> x = Node(2.0)
    >>> y = x * x
    >>> z = y + 1.0
    >>> results_of(x) == [y, z]
    True
    """
    found = {node}
    order = []
    for made in living_nodes():  # inputs come before what is made of them
        if any(type(x) is Node and x in found for x in made.inputs):
            found.add(made)
            order.append(made)
    return order


def ends_of(made: Sequence[Node]) -> list[Node]:
    """Return those of which none of the others was made.

    Examples
    --------
    >>> x = Node(2.0)
    >>> y = x * x
    >>> ends_of([x, y]) == [y]
    True
    """
    used = {x for result in made for x in result.inputs if type(x) is Node}
    return [result for result in made if result not in used]


def source_of_gradient(node: Node) -> WayBack | None:
    """Return the backward pass that ``node.grad`` is of; None where its root is gone.

    Examples
    --------
    >>> x = Node(2.0)
    >>> loss = x**3
    >>> loss.backward()
    >>> source_of_gradient(x).root is loss
    True
    """
    if node.grad is None:
        return None
    made = results_of(node)
    if node.operation is not None and _is_one(node):
        made.insert(0, node)
    ends = {result for result in ends_of(made) if result.requires_grad}
    roots = [result for result in made if result not in ends and _is_one(result)]
    # The latest first, and those that `backward` started at before those it never saw.
    tried = sorted([*ends, *roots], key=lambda result: (_is_one(result), result.serial))
    for root in tried[: -MOST_ROOTS - 1 : -1]:
        try:
            back = way_back(root, seed=raw(root.grad))
        except (RuntimeError, ValueError, TypeError):  # such as a leaf that was changed since
            continue
        if node in back.gradients and _same(raw(back.gradients[node]), raw(node.grad)):
            return back
    return None


def _same(a: Any, b: Any) -> bool:
    """Whether gradients are equal up to rounding: joined operations round otherwise."""
    room = 1e3 * np.finfo(a.dtype).eps
    with np.errstate(all="ignore"):
        size = np.abs(b[np.isfinite(b)]).max(initial=0.0)
        return np.shape(a) == np.shape(b) and np.allclose(a, b, room, room * size, equal_nan=True)


def _is_one(node: Node) -> bool:
    """Whether `backward` started here."""
    return node.grad is not None and node.size == 1 and bool(np.all(raw(node.grad) == 1))
