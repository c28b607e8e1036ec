"""The columns of a network of scalar neurons, each a weighted sum and a function of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_core import Node

from ..graph.picture import plain_gradient
from ..text import shown
from .columns import Column, Links, Numbers
from .matrices import NotAChainError

LOSSES = {"L", "loss", "E", "J", "C", "cost", "error"}
"""What a result is called that is no output."""


@dataclass(eq=False)
class Neuron:
    """A weighted sum and what is made of it."""

    total: Node
    inputs: list[tuple[Node, Node]] = field(default_factory=list)
    """Each input and its weight."""
    bias: Any = None
    output: Node | None = None
    functions: list[str] = field(default_factory=list)
    level: int = 0


def scalar_neurons(root: Node, order: Sequence[Node]) -> list[Neuron]:
    """Return the neurons of a graph of scalars, as they were computed."""
    return _Reader(root, order).neurons()


def scalar_columns(root: Node, order: Sequence[Node]) -> list[Column]:
    """Return the columns of a graph of scalar neurons."""
    neurons = scalar_neurons(root, order)
    made_by = {neuron.output: neuron for neuron in neurons}
    layers: dict[int, list[Neuron]] = {}
    inputs: dict[Node, int] = {}
    for neuron in neurons:
        before = {made_by[x].level if x in made_by else 0 for x, _ in neuron.inputs}
        if len(before) != 1:
            raise NotAChainError("here a neuron has inputs from several layers")
        neuron.level = before.pop() + 1
        layers.setdefault(neuron.level, []).append(neuron)
        for x, _ in neuron.inputs:
            if x not in made_by:
                inputs.setdefault(x, len(inputs))
    columns = [_column([*inputs], None)]
    places = inputs
    for level in sorted(layers):
        outputs = [neuron.output for neuron in layers[level] if neuron.output is not None]
        column = _column(outputs, _links(layers[level], places))
        names = {name for neuron in layers[level] for name in neuron.functions}
        column.functions = tuple(sorted(names))
        columns.append(column)
        places = {x: place for place, x in enumerate(outputs)}
    return columns


def _column(nodes: list[Node], links: Links | None) -> Column:
    return Column(
        len(nodes),
        values=np.array([node.value for node in nodes]),
        names=tuple(shown(node.name, 20) if node.name else None for node in nodes),
        links=links,
        gradients=_numbers([plain_gradient(node) for node in nodes]),
    )


def _links(neurons: list[Neuron], places: dict[Node, int]) -> Links:
    shape = (len(places), len(neurons))
    weights, present = np.zeros(shape), np.zeros(shape, bool)
    gradients: Any = np.zeros(shape)
    names = {}
    for unit, neuron in enumerate(neurons):
        for x, weight in neuron.inputs:
            place = (places[x], unit)
            present[place] = True
            weights[place] = weight.value
            gradient = plain_gradient(weight)
            if gradient is None:
                gradients = None
            elif gradients is not None:
                gradients[place] = gradient
            if weight.name:
                names[place] = shown(weight.name, 20)
    beside = [neuron.bias for neuron in neurons]
    biases = None
    if any(bias is not None for bias in beside):
        biases = np.array([0.0 if b is None else b.value if type(b) is Node else b for b in beside])
    bias_gradients = _numbers([plain_gradient(b) if type(b) is Node else 0.0 for b in beside])
    every = None if present.all() else present
    return Links(weights, gradients, biases, bias_gradients, every, names=names)


def _numbers(gradients: list[Any]) -> Numbers | None:
    return None if any(g is None for g in gradients) else np.array(gradients, float)


class _Reader:
    """Finds the weighted sums of one graph."""

    def __init__(self, root: Node, order: Sequence[Node]) -> None:
        self.root = root
        self.order = order
        self.consumers: dict[Node, list[Node]] = {node: [] for node in order}
        for node in order:
            for x in node.inputs:
                if type(x) is Node:
                    self.consumers[x].append(node)
        self.products: dict[Node, tuple[Node, Node]] = {}
        for node in order:
            pair = self._product(node)
            if pair is not None:
                self.products[node] = pair

    def _product(self, node: Node) -> tuple[Node, Node] | None:
        """The input and the weight of a product; None of anything else."""
        if node.operation is None or node.operation.name != "multiply":
            return None
        first, second = node.inputs
        if type(first) is not Node or type(second) is not Node or first is second:
            return None
        leaf = [x.operation is None for x in (first, second)]
        if not any(leaf):
            return None
        if not all(leaf):
            return (second, first) if leaf[0] else (first, second)
        for one, other in zip(self._signs(first), self._signs(second), strict=True):
            if one != other:
                return (second, first) if one else (first, second)
        return first, second

    def _signs(self, leaf: Node) -> tuple[bool, bool, bool]:
        """What makes a leaf a weight, the surest first."""
        named = (leaf.name or "")[:1].lower() == "w"
        return named, leaf.requires_grad, len(self.consumers[leaf]) == 1

    def neurons(self) -> list[Neuron]:
        totals: dict[Node, None] = {}
        for node in self.products:
            top = node
            while True:
                above = self.consumers[top]
                if len(above) != 1 or above[0].operation is None:
                    break
                if above[0].operation.name != "add":
                    break
                top = above[0]
            totals[top] = None
        neurons = [self._neuron(total) for total in sorted(totals, key=lambda node: node.serial)]
        if not neurons:
            raise NotAChainError("there is no product with a weight in this graph")
        sums = {neuron.total for neuron in neurons}
        used = {x for neuron in neurons for x, _ in neuron.inputs}
        for neuron in neurons:
            self._follow(neuron, used, sums)
        outputs = {neuron.output for neuron in neurons}
        if strange := [x for x in used if x.operation is not None and x not in outputs]:
            raise NotAChainError(f"here {_called(strange[0])}, an input, has several neurons in it")
        return neurons

    def _neuron(self, total: Node) -> Neuron:
        neuron = Neuron(total)
        todo: list[Any] = [total]
        while todo:
            term = todo.pop()
            if term in self.products:
                neuron.inputs.append(self.products[term])
            elif type(term) is Node and term.operation and term.operation.name == "add":
                todo += term.inputs[::-1]
            elif neuron.bias is None and (type(term) is not Node or term.operation is None):
                neuron.bias = term
            else:
                raise NotAChainError(f"here {_called(term)} is added to a weighted sum")
        return neuron

    def _follow(self, neuron: Neuron, used: set[Node], sums: set[Node]) -> None:
        """Find the output of a neuron: the input of another, or what no function goes on from."""
        scope = self._neuron_scope(neuron)
        node = neuron.total
        functions: dict[Any, str] = {}
        named: tuple[Node, list[str]] | None = None
        while node not in used and node is not self.root:
            above = self.consumers[node]
            if len({*above}) != 1:
                # Of several uses, those inside one scope are one function: exp(x) / (1 + exp(x)).
                inner = _function_scope(above[0], scope) if above else None
                if inner is None or any(_function_scope(x, scope) is not inner for x in above):
                    break
                functions[inner] = inner.name
                node = self._last_in(inner, node)
                continue
            (following,) = {*above}
            others = [x for x in following.inputs if type(x) is Node and x is not node]
            if others or following.name in LOSSES:
                break
            if scope is not None and scope not in (following.scope or ()):
                break
            inner = _function_scope(following, scope)
            assert following.operation is not None
            functions[inner or following] = (inner or following.operation).name
            node = following
            if node.name:
                named = node, [*functions.values()]
        found = [*functions.values()]
        if named is not None and not node.name and node not in used:
            node, found = named  # behind what has a name comes a loss without one
        neuron.output = node
        names = [shown(name, 24) for name in found]
        neuron.functions = names if len(names) < 3 else ["f"]

    def _neuron_scope(self, neuron: Neuron) -> Any:
        """The innermost scope around the sum that holds more than the sum, if any does."""
        scope = neuron.total.scope
        users = self.consumers[neuron.total]
        while scope is not None and users and all(scope not in (x.scope or ()) for x in users):
            scope = scope.parent
        return scope

    def _last_in(self, scope: Any, start: Node) -> Node:
        inside = [x for x in self.order if x.scope is not None and scope in x.scope]
        return max((x for x in inside if x.serial > start.serial), key=lambda x: x.serial)


def _function_scope(node: Node, around: Any) -> Any:
    """The outermost scope of a node inside of the neuron's."""
    chain = [*(node.scope or ())]
    if around is not None:
        chain = chain[chain.index(around) + 1 :] if around in chain else []
    return chain[0] if chain else None


def _called(x: Any) -> str:
    if type(x) is not Node:
        return f"a number, {x!r},"
    what = f"the result of {x.operation.name}" if x.operation else "a leaf"
    return shown(x.name, 40) if x.name else what
