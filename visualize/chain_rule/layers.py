"""The layers of a network as a graph has them: its products and its functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core import Node, Scope
from autograd_core.backpropagation import ancestors
from autograd_core.node import raw

from ..graph.naming import ENTRYWISE, is_loss
from .formulas import UNITS
from .functions import SIGMOIDS, function_formulas
from .letters import WITH_NUMBER, name_of
from .notation import Notation

LONGEST_FUNCTION = 40
"""So many operations without a scope can be one function."""


@dataclass(frozen=True, eq=False)
class Unit:
    """Operations that are one function of one variable, entry by entry."""

    start: Node
    end: Node
    members: tuple[Node, ...]
    letter: str
    scope: Scope | None


class Layers:
    """The products and functions of a network's graph, as a lecturer would say them."""

    def __init__(self, root: Node, n: Notation) -> None:
        self.root = root
        self.nodes = ancestors(root)
        self.n = n
        self.place = {node: place for place, node in enumerate(self.nodes)}
        self.users: dict[Node, list[tuple[Node, int]]] = {}
        for node in self.nodes:
            for position, x in enumerate(node.inputs):
                if type(x) is Node:
                    self.users.setdefault(x, []).append((node, position))
        self.products = [
            node for node in self.nodes
            if is_product(node) and node.requires_grad and not in_loss(node.scope)
        ]  # fmt: skip
        self.columns = bool(self.products) and _weight_is_left(self.products[0])
        self.units: dict[Node, Unit] = {}
        self.numbers: dict[Node, str] = {}
        self.weights: set[Node] = set()
        for number, product in enumerate(self.products, 1):
            self._read_layer(product, str(number) if len(self.products) > 1 else "")

    def is_matrix(self, x: Any) -> bool:
        """Whether it has rows and columns: neither a vector nor a column of the lecture."""
        shape = np.shape(raw(x))
        return len(shape) > 1 and not (self.columns and shape[-1] == 1)

    def _read_layer(self, product: Node, number: str) -> None:
        left = self.columns if self.columns else _weight_is_left(product)
        weight = without_transpose(product.inputs[0 if left else 1])
        if type(weight) is Node and weight.operation is None:
            self.weights.add(weight)
        z = self.after_bias(product)
        if z is not product:
            bias = next(x for x in z.inputs if x is not product)
            if type(bias) is Node and bias.operation is None:
                self.weights.add(bias)
        self.numbers[z] = number
        z = self._after_sums(z)
        if z in self.units:
            return
        self.numbers[z] = number
        end, members = self._function_after(z)
        if members:
            suffix = self._suffix(weight, z, number)
            self.units[z] = Unit(z, end, members, f"f{suffix}", _scope_of(members))
            if number or (getattr(weight, "name", None) and weight.name[1:] == suffix):
                self.numbers[z] = suffix.strip("_^{}")

    def _suffix(self, weight: Any, z: Node, number: str) -> str:
        """The number of a function: that of the user's weight, else of z1, else of the layer."""
        taken = {unit.letter[1:] for unit in self.units.values()}
        found = WITH_NUMBER.fullmatch(weight.name or "") if type(weight) is Node else None
        made = WITH_NUMBER.fullmatch(name_of(self.n, z))
        wanted = [weight.name[1:]] if found is not None else []
        if made is not None and made[1] in "zZ" and number:
            wanted.append(made[3])
        wanted += [number] if name_of(self.n, self.root) != f"f{number}" else []
        free = (str(one) for one in range(1, len(self.products) + 2))
        return next(one for one in (*wanted, *free) if one not in taken)

    def after_bias(self, product: Node) -> Node:
        """The product with its bias added, where it has one."""
        users = self.users.get(product, ())
        if len(users) == 1 and product is not self.root and not product.name:
            node, _ = users[0]
            other = next((x for x in node.inputs if x is not product), None)
            operation = node.operation
            if (
                operation is not None and operation.name == "add" and other is not None
                and node.shape == product.shape and not in_loss(node.scope)
                and (type(other) is not Node or other.operation is None)
                and (np.ndim(raw(other)) < max(node.ndim, 2) or np.shape(raw(other))[0] == 1
                     or self.columns)
            ):  # fmt: skip
                return node
        return product

    def _after_sums(self, z: Node) -> Node:
        """The sum of products of matrices, as a recurrent network has it, that begins here."""
        while True:
            users = self.users.get(z, ())
            if len(users) != 1 or z is self.root:
                break
            node, _ = users[0]
            if (
                node.operation is None or node.operation.name != "add" or node.shape != z.shape
                or in_loss(node.scope) or not node.requires_grad
            ):  # fmt: skip
                break
            z = node
        return z

    # --- functions ------------------------------------------------------------------------------

    def _function_after(self, z: Node) -> tuple[Node, tuple[Node, ...]]:
        """The operations after a node that are a function of it alone, and their result."""
        reached: dict[Node, None] = {z: None}
        waiting = sorted({node for node, _ in self.users.get(z, ())}, key=self._order)
        best: tuple[Node, tuple[Node, ...]] = (z, ())
        scope = waiting[0].scope if waiting else None
        while waiting and len(reached) <= LONGEST_FUNCTION:
            node = waiting.pop(0)
            operation = node.operation
            assert operation is not None
            others = [x for x in node.inputs if not (type(x) is Node and x in reached)]
            if (
                not operation.elementwise or node.shape != z.shape or node.scope is not scope
                or in_loss(node.scope) or not node.requires_grad
                or any(np.size(raw(x)) != 1 for x in others)
            ):  # fmt: skip
                break
            reached[node] = None
            for user, _ in self.users.get(node, ()):
                if all(user is not other for other in waiting):
                    waiting.append(user)
            waiting.sort(key=self._order)
            inside = [x for x in reached if x is not node]
            if all(user in reached for x in inside for user, _ in self.users.get(x, ())):
                best = node, tuple(list(reached)[1:])
                if node.name or node is self.root or self._is_activation(best[1], z):
                    break
        end, members = best
        if all(node.operation.name in {*UNITS, "multiply"} for node in members):  # type: ignore[union-attr]
            return z, ()
        return end, members

    def _is_activation(self, members: Sequence[Node], z: Node) -> bool:
        """Whether operations are a known activation: what follows is the next function."""
        names = [node.operation.name for node in members if node.operation is not None]
        if len(names) == 1:
            return names[0] in ENTRYWISE
        if names[:2] != ["negative", "exp"]:
            return False
        formula, _ = function_formulas(Notation({}, ".4g"), "f", members, z, "x")
        return formula in SIGMOIDS

    def _order(self, node: Node) -> int:
        return self.place[node]


def is_product(node: Node) -> bool:
    """Whether a node is the product of a matrix with a matrix or vector."""
    return (
        node.operation is not None and node.operation.name == "matmul"
        and all(0 < np.ndim(raw(x)) <= 2 for x in node.inputs)
    )  # fmt: skip


def without_transpose(x: Any) -> Any:
    """What a transposed matrix was made of."""
    while type(x) is Node and not x.name and is_transpose(x):
        x = x.inputs[0]
    return x


def is_transpose(node: Node) -> bool:
    """Whether a node is a transposed matrix, or a vector that it leaves as it is."""
    if node.operation is None or node.operation.name != "transpose" or node.ndim > 2:
        return False
    axes = node.options.get("axes")
    return axes is None or tuple(axes) in ((1, 0), (-1, -2))


def _weight_is_left(product: Node) -> bool:
    """Whether the left factor is the weight: in W x, and in Wᵀ x."""
    left, right = product.inputs
    weights = [_is_weight(x) for x in (left, right)]
    if weights[0] != weights[1]:
        return weights[0]
    if np.ndim(raw(left)) != np.ndim(raw(right)):
        return np.ndim(raw(right)) == 1
    names = [(without_transpose(x).name or "") if type(x) is Node else "" for x in (left, right)]
    return names[0][:1] in ("W", "w") and names[1][:1] not in ("W", "w")


def _is_weight(x: Any) -> bool:
    x = without_transpose(x)
    return type(x) is Node and x.operation is None and x.requires_grad


def in_loss(scope: Scope | None) -> bool:
    """Whether a scope is that of a loss."""
    return is_loss(scope) or any(
        one.name.lower().endswith(("error", "entropy")) for one in scope or ()
    )


def _scope_of(members: Sequence[Node]) -> Scope | None:
    return members[0].scope if len(members) > 1 else None
