"""A training step recorded without keeping its numbers: a program is made of shapes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.backpropagation import ancestors, listener


@contextmanager
def without_numbers(root: Node) -> Iterator[None]:
    """Let go of arrays while a backward pass from a root is recorded, as soon as they are used.

    The rules compute with ones in the place of what the forward pass has computed, and of the
    gradients that they have passed on. So a recording takes no more memory than the step itself.
    It is not for programs whose constants are looked at again, such as arrays of the user's.
    """
    before = listener.get()
    used: list[Any] = []

    def hear(node: Node, gradient: Any) -> None:
        if before is not None:
            before(node, gradient)
        if used:
            _let_go(used.pop())
        used.append(gradient)

    forget(root)
    token = listener.set(hear)
    try:
        yield
    finally:
        listener.reset(token)


def forget(root: Node) -> None:
    """Let go of all that was computed on the way to a result, and of the result."""
    for node in ancestors(root):
        if node.operation is not None:
            _let_go(node)


def _let_go(node: Any) -> None:
    """Put ones in the place of an array, which take the memory of one."""
    if type(node) is Node and node.ndim:
        node._value = np.broadcast_to(node.dtype.type(1), node.shape)
