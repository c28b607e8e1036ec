"""One gradient that mistakes are made in, and what their expressions are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.node import raw

from .way_back import Consumer, WayBack

FACTORS = {"sign", "factor 2", "factor n", "factor 1/n"}
"""Mistakes that multiply a gradient by a number."""


@dataclass(frozen=True, eq=False)
class Mistake:
    """A mistake, and where it leads.

    Attributes
    ----------
    kind : str
        Which mistake: ``"one path"``, ``"sign"``, ...
    value : number, ndarray or Node
        What comes out in place of the gradient.
    hint : str
        What to think of, in a sentence without its full stop.
    """

    kind: str
    value: Any
    hint: str


class Gradient:
    """The gradient of one node, or what one of several paths adds to it.

    Parameters
    ----------
    node, back : Node, WayBack
        Of which node, and the gradients with their history.
    everywhere : bool, default False
        Whether it is asked for other numbers than those of now, too.
    path : (Node, int), optional
        The one path that is meant.
    part : number, ndarray or Node, optional
        What it adds.
    """

    def __init__(
        self,
        node: Node,
        back: WayBack,
        everywhere: bool = False,
        path: Consumer | None = None,
        part: Any = None,
    ) -> None:
        self.node, self.back, self.everywhere = node, back, everywhere
        self.consumers = back.consumers[node] if path is None else [path]
        self.right = back.gradients[node] if path is None else part

    def value(self, x: Any) -> Any:
        """An operand: as a node where the backward pass is a graph."""
        return x if self.back.on_nodes else raw(x)

    def one(self, n: Node) -> Any:
        """The gradient 1 at a result."""
        ones = np.ones_like(raw(self.back.gradients[n]))[()]
        if not self.back.on_nodes:
            return ones
        # What the gradient at the root follows, this does, too: else it is a constant in a page.
        return Node(ones, requires_grad=False) + 0.0 * np.sum(self.back.gradients[self.back.root])

    def fitted(self, part: Any) -> Any:
        """Summed over what was repeated, so that it has the shape of the node."""
        have, want = np.shape(raw(part)), self.node.shape
        extra = len(have) - len(want)
        if have == want or extra < 0:
            return part
        if extra:
            part = np.sum(part, axis=tuple(range(extra)))
        again = tuple(axis for axis, n in enumerate(want) if n == 1 != have[axis + extra])
        return np.sum(part, axis=again, keepdims=True) if again else part
