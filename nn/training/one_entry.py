"""Element-wise rules of optimizers recorded on one entry of each array."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.backpropagation import ancestors
from autograd_core.node import next_serial

from ..optimizers import Optimizer
from ..optimizers.rules import Updated


def updated_at_one_entry(
    optimizer: Optimizer,
    parameter: Node,
    gradient: Node,
    state: Mapping[str, Node],
    numbers: Mapping[str, Node],
) -> Updated:
    """Return what `Optimizer.recorded_rule` does, without the numbers in it.

    On whole arrays Adam computes a dozen in the size of the parameter, which nobody looks at, and
    which stay until the program is written down. What is returned has the shapes of the arrays all
    the same.
    """
    since, shape = next_serial(), parameter.shape
    whole: dict[Any, Node] = {}

    def one_entry(node: Node) -> Node:
        leaf = Node(np.ones((1,) * len(shape), node.dtype), requires_grad=False)
        whole[leaf] = node
        return leaf

    new, after = optimizer.recorded_rule(
        one_entry(parameter),
        one_entry(gradient),
        {key: one_entry(node) for key, node in state.items()},
        numbers,
    )
    for result in (new, *after.values()):
        for node in ancestors(result) if type(result) is Node else ():
            if node.serial > since and node.operation is not None:
                node.inputs = tuple(
                    [whole.get(x, x) if type(x) is Node else x for x in node.inputs]
                )
                if node.ndim == len(shape):
                    node._value = np.broadcast_to(node._value, shape)
    return _whole(new, whole), {key: _whole(node, whole) for key, node in after.items()}


def _whole(result: Any, whole: Mapping[Any, Node]) -> Any:
    return whole.get(result, result) if type(result) is Node else result
