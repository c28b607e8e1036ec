"""The columns of a network whose layers are matrix products, read off its graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core import Node, Scope

from ..graph.picture import plain_gradient
from ..text import shape_text, shown
from .columns import Column, Links, Numbers

PASSING = {"reshape", "transpose", "broadcast_to", "getitem", "ravel", "squeeze", "expand_dims"}
"""Operations that leave each unit what it is."""

GENERAL_NAMES = {"FullyConnected", "layer"}
"""Scopes whose names say no more than that there is a layer."""


class NotAChainError(ValueError):
    """A graph or network can't be drawn as columns of units; the message says why.

    ``style="neurons"`` shows fully connected layers, one behind the other.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize import draw
    >>> try:
    ...     draw(Node(2.0) + 1.0, style="neurons")
    ... except ValueError as error:
    ...     print("there is no product with a weight in this graph" in str(error))
    True
    """

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(
            "style='neurons' draws fully connected layers, one behind the other, each with a "
            f"weight matrix of its own; {why}. Draw the graph instead: draw(root), or draw(root, "
            "fold=1) for its layers"
        )


@dataclass(eq=False)
class _Product:
    """A product of what comes in and a matrix of weights."""

    node: Node
    data: Any
    weights: Node
    of_columns: bool
    """Whether it is W x, with the units of a sample below one another."""


def products_of(order: Sequence[Node]) -> list[_Product]:
    """Return the products with weights in a graph, as they were computed."""
    found: list[_Product] = []
    for node in order:
        if node.operation is None or node.operation.name != "matmul":
            continue
        product = _product(node, found)
        if product is not None:
            found.append(product)
    return found


def _product(node: Node, before: Sequence[_Product]) -> _Product | None:
    left, right = node.inputs
    of_rows = _may_be_weights(right)
    of_columns = _may_be_weights(left)
    if of_rows and of_columns:
        of_columns = _reads_w_x(left, right)
    elif not of_rows and not of_columns:
        return None
    if before and before[0].of_columns != of_columns:
        raise NotAChainError("here some products are x @ W and some W @ x")
    return _Product(node, right, left, True) if of_columns else _Product(node, left, right, False)


def _may_be_weights(x: Any) -> bool:
    return type(x) is Node and x.operation is None and x.requires_grad and x.ndim in (1, 2)


def _reads_w_x(left: Node, right: Node) -> bool:
    """Whether of two leaves the first is the weights: by their names, else by their shapes."""
    names = [(x.name or "")[:1].lower() == "w" for x in (left, right)]
    if names[0] != names[1]:
        return names[0]
    return left.ndim == 2 and (right.ndim == 1 or (right.shape[1] == 1 and left.shape[0] > 1))


def matrix_columns(root: Node, order: Sequence[Node], products: Sequence[_Product]) -> list[Column]:
    """Return the columns of a graph whose weights stand in matrices."""
    reader = _Reader(root, order, products)
    return reader.columns()


class _Reader:
    """Reads one graph, from product to product."""

    def __init__(self, root: Node, order: Sequence[Node], products: Sequence[_Product]) -> None:
        self.root = root
        self.order = order
        self.products = products
        self.of = {product.node: product for product in products}
        seen: dict[Node, _Product] = {}
        for product in products:
            if product.weights in seen:
                raise NotAChainError(
                    f"here {_called(product.weights)} is used more than once, as in a recurrent "
                    "network"
                )
            seen[product.weights] = product
        self.shared = _scopes_around_several(products)

    def columns(self) -> list[Column]:
        first = self.products[0]
        _, leaves = self._behind(first.data, None)
        units = self._weights(first).shape[0]
        names = [x.name for x in leaves if x.name]
        columns = [
            Column(
                units,
                shown(names[0], 30) if len(names) == 1 and len(names[0]) > 1 else "",
                values=self._sample(first, first.data, units),
                gradients=self._sample(first, _gradient(first.data), units),
            )
        ]
        for number, product in enumerate(self.products):
            following = self.products[number + 1 :]
            end = following[0].data if following else self.root
            path, others = self._behind(end, product)
            if again := {*leaves} & {*others}:
                raise NotAChainError(f"here {_called(again.pop())} comes in again further on")
            columns.append(self._column(product, path, following[0] if following else None))
        return columns

    def _behind(self, end: Any, start: _Product | None) -> tuple[list[Node], list[Node]]:
        """The operations from a product, or the beginning, to a node; and the leaves among them."""
        if type(end) is not Node:
            return [], []
        found, todo = {end}, [end]
        products = set()
        for node in todo:
            if node in self.of:
                products.add(self.of[node])
                continue
            for x in node.inputs:
                if type(x) is Node and x not in found:
                    found.add(x)
                    todo.append(x)
        if start is not None and start not in products:
            raise NotAChainError(f"here nothing behind {_called(start.weights)} goes on")
        if len(products) > (start is not None):
            which = " and ".join(_called(product.weights) for product in products)
            raise NotAChainError(f"here the products with {which} do not follow one another")
        todo.sort(key=lambda node: node.serial)
        return [x for x in todo if x.operation], [x for x in todo if x.operation is None]

    def _column(self, product: _Product, path: list[Node], following: _Product | None) -> Column:
        weights = self._weights(product)
        size = weights.shape[1]
        bias, path = self._bias(product, path)
        scope = self._own(product.node)
        groups = self._groups(product, path)
        output = product.node if bias is None else bias[0]
        functions = []
        for name, nodes in groups:
            if not following and self._is_loss(nodes, product.node):
                break
            if not {x.operation.name for x in nodes if x.operation} <= PASSING:
                functions.append(name)
            output = nodes[-1]
        if following:
            output = following.data
            if self._weights(following).shape[0] != size:
                raise NotAChainError(
                    f"here {_called(following.weights)} takes {self._weights(following).shape[0]} "
                    f"inputs, but there are {size} units before it"
                )
        gradient = plain_gradient(product.weights)
        if gradient is not None:
            gradient = _as_matrix(gradient, product.of_columns)
        beside = None if bias is None else bias[1]
        known = scope is not None and scope.name not in GENERAL_NAMES
        return Column(
            size,
            shown(scope.name, 30) if scope is not None and known else "",
            tuple(functions) if len(functions) < 3 else ("f",),
            self._sample(product, output, size),
            links=Links(
                weights,
                gradient,
                None if beside is None else _row(beside.value, size),
                None if beside is None else _row(plain_gradient(beside), size),
                name=shown(product.weights.name or "", 20),
            ),
            gradients=self._sample(product, _gradient(output), size),
        )

    def _bias(self, product: _Product, path: list[Node]) -> tuple[tuple[Node, Node] | None, Any]:
        """The sum with the biases right behind a product, and the biases."""
        rest = [node for node in path if node is not product.node]
        if rest and rest[0].operation and rest[0].operation.name == "add":
            inputs = rest[0].inputs
            for one, other in (inputs, inputs[::-1]):
                leaf = type(other) is Node and other.operation is None and other.requires_grad
                if one is product.node and leaf:
                    return (rest[0], other), rest[1:]
        return None, rest

    def _groups(self, product: _Product, path: list[Node]) -> list[tuple[str, list[Node]]]:
        """Operations, those of one scope together, with the name of each function."""
        groups: dict[Any, tuple[str, list[Node]]] = {}
        own = self._own(product.node)
        for node in path:
            assert node.operation is not None
            scope = self._own(node)
            if scope is own and scope is not None:  # a layer with its function in it
                inner = [s for s in node.scope or () if s not in self.shared and s is not own]
                scope = inner[0] if inner else None
            name = shown((scope or node.operation).name, 24)
            groups.setdefault(scope or node, (name, []))[1].append(node)
        return list(groups.values())

    def _own(self, node: Node) -> Scope | None:
        """The outermost scope around a node that is not around several layers."""
        return next((s for s in node.scope or () if s not in self.shared), None)

    def _is_loss(self, nodes: list[Node], product: Node) -> bool:
        """Whether something is no function of the units, but what compares them with labels."""
        inside = set(nodes)
        for node in nodes:
            for x in node.inputs:
                if type(x) is not Node:
                    if np.ndim(x) > 0:
                        return True
                elif x.operation is None and x.ndim > 0 and x not in inside:
                    return True
        last = nodes[-1]
        return last.ndim < product.ndim or last.shape[-1:] != product.shape[-1:]

    def _weights(self, product: _Product) -> Numbers:
        return _as_matrix(product.weights.value, product.of_columns)

    def _sample(self, product: _Product, x: Any, size: int) -> Numbers | None:
        """The numbers of the units in the first sample."""
        value = np.asarray(x.value if type(x) is Node else x)
        if x is None or not value.size or value.size % size:
            return None
        if product.of_columns and value.ndim == 2:
            value = value.T
        return value.reshape(-1, size)[0]


def _scopes_around_several(products: Sequence[_Product]) -> set[Scope]:
    counts: dict[Scope, int] = {}
    for product in products:
        for scope in product.node.scope or ():
            counts[scope] = counts.get(scope, 0) + 1
    return {scope for scope, count in counts.items() if count > 1}


def _as_matrix(value: Any, of_columns: bool) -> Numbers:
    """Weights as (inputs, units)."""
    array = np.asarray(value)
    if array.ndim == 1:
        return array.reshape(-1, 1)
    return array.T if of_columns else array


def _row(value: Any, size: int) -> Numbers | None:
    if value is None:
        return None
    array = np.asarray(value)
    return np.broadcast_to(array.reshape(-1), (size,)) if array.size in (1, size) else None


def _gradient(x: Any) -> Any:
    return plain_gradient(x) if type(x) is Node else None


def _called(node: Node) -> str:
    return shown(node.name, 40) if node.name else f"an array of shape {shape_text(node.shape)}"
