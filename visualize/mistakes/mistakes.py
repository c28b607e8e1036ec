"""The usual mistakes in one gradient, each as the number or array that it leads to.

Every mistake is an expression of NumPy calls, as the gradient rules are: of numbers it gives
numbers, and of a recorded backward pass a graph, which a page computes again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.backpropagation import contribution
from autograd_core.node import raw

from .gradient import FACTORS, Gradient, Mistake
from .operations import of_batch, of_operation, of_softmax
from .way_back import WayBack

MOST_BRANCHES = 8
"""At a fork of more, no mistake of a single branch is looked for."""


def mistakes_of(
    node: Node,
    back: WayBack,
    *,
    any_shape: bool = False,
    carried: bool = True,
    everywhere: bool = False,
) -> list[Mistake]:
    """Return what usual mistakes make of the gradient of a node, the likeliest first.

    Parameters
    ----------
    node : Node
        A node of the graph.
    back : WayBack
        The gradients with their history: ``way_back(root)``.
    any_shape : bool, default False
        Whether those are wanted, too, whose shape is not that of the node.
    carried : bool, default True
        Whether those are wanted, too, that are right but for a mistake one operation above.
    everywhere : bool, default False
        Whether those are wanted, too, that give the right value, or none, with the numbers of now:
        with others they may not.

    Returns
    -------
    list of Mistake
        None has the right value, and all are finite. Different ones may come to the same number.

    Examples
    --------
    >>> from visualize.mistakes.way_back import way_back
    >>> x, w, b = Node(3.0, name="x"), Node(0.5, name="w"), Node(2.0, name="b")
    >>> loss = (x * w + b) ** 2
    >>> for mistake in mistakes_of(w, way_back(loss), carried=False)[:3]:
    ...     print(f"{mistake.kind}: {mistake.value:g}, {mistake.hint}")
    upstream forgotten: 3, the upstream gradient is missing: 3 is the local gradient alone
    local forgotten: 7, the local gradient is missing: this is the upstream gradient alone
    own value: 3.5, multiplied by its own value: the local gradient of a product is the other factor
    """
    if not back.consumers.get(node):
        return []
    made = _Made(node, back, everywhere)
    with np.errstate(all="ignore"):
        found = list(made.all())
        if carried:
            found += made.carried()
    right = np.asarray(raw(back.gradients[node]))
    said = {
        mistake.hint: mistake
        for mistake in found
        if _tells(mistake.value, right, any_shape, everywhere)
    }
    return list(said.values())


def _tells(value: Any, right: Any, any_shape: bool, everywhere: bool) -> bool:
    """Whether what came out differs from the gradient, and is a number."""
    value = np.asarray(raw(value))
    if everywhere:
        return any_shape or value.shape == right.shape
    if not np.isfinite(value).all():
        return False
    if value.shape != right.shape:
        return any_shape
    rtol = 64 * np.finfo(right.dtype).eps
    return not np.allclose(value, right, rtol=rtol, atol=rtol * np.abs(right).max(initial=0.0))


class _Made(Gradient):
    """The mistakes in the gradient of one node, or in what one of several paths adds to it."""

    def all(self) -> Iterator[Mistake]:
        """Those made here, the likeliest first."""
        if len(self.consumers) == 1:
            yield from self._on_the_path()
        elif len(self.consumers) <= MOST_BRANCHES:
            yield from self._at_a_fork()
            yield from self._on_each_path()
        yield from of_softmax(self)
        yield Mistake("sign", -self.right, "the sign is wrong")
        if np.ndim(raw(self.right)) == 2:
            yield Mistake("transposed", np.transpose(self.right), "right, but transposed")
        if len(self.consumers) == 1 and not self.node.ndim:
            ((n, position),) = self.consumers
            local = contribution(n, position, self.one(n))
            hint = "added, where the chain rule multiplies"
            yield Mistake("sum", self.fitted(self.back.gradients[n]) + local, hint)
        yield Mistake("factor 2", self.right * 2.0, "a factor of 2 too much")
        yield Mistake("factor 2", self.right * 0.5, "a factor of 2 is missing")
        for number in self.back.averaged:
            yield Mistake(
                "factor n", self.right * float(number), f"not divided by the {number} entries"
            )

    def _on_the_path(self) -> Iterator[Mistake]:
        """Those of the only path."""
        ((n, position),) = self.consumers
        yield from self._of_chain(n, position)
        yield from of_operation(self, n, position)
        yield from of_batch(self, n, position)

    # --- forks ------------------------------------------------------------------------------------

    def _at_a_fork(self) -> Iterator[Mistake]:
        """The parts of the branches are added: not one alone, nor all but one, nor multiplied."""
        parts, through = self.back.parts(self.node), self._paths()
        number = len(parts)
        for part, where in zip(parts, through, strict=True):
            yield Mistake(
                "one path",
                part,
                f"only one path of several, that {where}: at a fork the parts of all {number} are "
                "added",
            )
        for left_out, where in enumerate(through) if number > 2 else ():
            others = [part for place, part in enumerate(parts) if place != left_out]
            yield Mistake(
                "path forgotten", sum(others[1:], others[0]), f"the path {where} is missing"
            )
        product = parts[0]
        for part in parts[1:]:
            product = product * part
        yield Mistake("product of paths", product, "at a fork the parts are added, not multiplied")
        local = [contribution(n, place, self.one(n)) for n, place in self.consumers]
        yield Mistake(
            "upstream forgotten",
            sum(local[1:], local[0]),
            "the upstream gradients are missing: each local gradient times the one that arrives",
        )

    def _paths(self) -> list[str]:
        """What the paths are called: through what, and of several of one name the number."""
        names = [self.back.called(n) for n, _ in self.consumers]
        return [
            f"through {name}" if names.count(name) == 1 else f"through {name}, number {number}"
            for number, name in enumerate(names, 1)
        ]

    def _on_each_path(self) -> Iterator[Mistake]:
        """A mistake on one path, and the others are right."""
        parts = self.back.parts(self.node)
        for place, where in enumerate(self._paths()):
            path = _Made(self.node, self.back, self.everywhere, self.consumers[place], parts[place])
            others = [part for other, part in enumerate(parts) if other != place]
            wrong = [Mistake("sign", -parts[place], "the sign is wrong"), *path._on_the_path()]
            for mistake in wrong:
                if np.shape(raw(mistake.value)) == self.node.shape:
                    value = sum(others, mistake.value)
                    kind = "factor of a path" if mistake.kind in FACTORS else mistake.kind
                    yield Mistake(kind, value, f"on the path {where}: {mistake.hint}")

    # --- one chain --------------------------------------------------------------------------------

    def _of_chain(self, n: Node, position: int) -> Iterator[Mistake]:
        up, local = self.back.gradients[n], contribution(n, position, self.one(n))
        scalar = not self.everywhere and not np.ndim(raw(local))  # a page has other numbers
        said = f"{raw(local):.4g} is" if scalar else "this is"
        yield Mistake(
            "upstream forgotten",
            local,
            f"the upstream gradient is missing: {said} the local gradient alone",
        )
        if (passed := self.fitted(up)) is not up or np.shape(raw(up)) == self.node.shape:
            yield Mistake(
                "local forgotten",
                passed,
                "the local gradient is missing: this is the upstream gradient alone",
            )

    # --- above ------------------------------------------------------------------------------------

    def carried(self) -> Iterator[Mistake]:
        """Right here, of a gradient above that a mistake was made in."""
        if len(self.consumers) > MOST_BRANCHES:
            return
        parts = self.back.parts(self.node)
        for place, (n, position) in enumerate(self.consumers):
            if n is self.back.root:
                continue
            others = [part for other, part in enumerate(parts) if other != place]
            for mistake in mistakes_of(n, self.back, carried=False, everywhere=self.everywhere):
                if len(self.consumers) == 1 and mistake.kind in FACTORS:
                    continue  # the same as here
                value = sum(others, contribution(n, position, mistake.value))
                hint = f"right but for a mistake upstream, at {self.back.called(n)}: {mistake.hint}"
                yield Mistake("carried", value, hint)
