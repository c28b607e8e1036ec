"""A gradient as a formula between matrices, which is built from the graph and can be computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.node import raw

from ..live.derivatives import gradients, local_gradients
from .functions import slope_through
from .layers import Layers, Unit, is_product, is_transpose
from .letters import Delta, Local, Name, Partial, Prime
from .matrices import (
    Entrywise,
    Matrix,
    OverRows,
    Product,
    Scaled,
    Sum,
    Symbol,
    Total,
    as_matrix,
)
from .notation import Notation
from .paths import ChainRule, Link

MOST_TERMS = 6
"""A gradient that is the sum of more products, as of a recurrent network, is not written out."""


class MatrixGradient:
    """Builds the formula of one gradient, from that at the network's output on.

    Attributes
    ----------
    layers : Layers
        What is called how.
    definitions : list of Symbol
        The δ that stand in the formula, nearest to the weight first.
    """

    def __init__(self, rule: ChainRule, n: Notation) -> None:
        self.rule = rule
        self.n = n
        self.layers = Layers(rule.root, n)
        self.users: dict[Node, list[Link]] = {}
        for links in rule.ways.values():
            for link in links:
                self.users.setdefault(link[2], []).append(link)
        one = np.ones_like(rule.root.value)[()]
        self.gradients = gradients(rule.root, one)
        self.head = self._output()
        self.found: dict[Node, Matrix] = {}
        self.primes: dict[Node, Symbol] = {}
        self.definitions: list[Symbol] = []

    # --- where it begins ------------------------------------------------------------------------

    def _output(self) -> Node | None:
        """The network's output: all behind it is the loss, whose gradient there is given."""
        ways, root = self.rule.ways, self.rule.root
        order = [node for node in reversed(ways) if node is root or node in self.users]
        layers = self.layers
        linear = {*layers.products, *map(layers.after_bias, layers.products), *layers.units}
        products = [node for node in order if node in linear]
        if not products or root not in ways:
            return None
        place = {node: number for number, node in enumerate(order)}
        furthest, common = 0, []
        for number, node in enumerate(order):
            if furthest <= number:
                common.append(node)
            furthest = max([furthest, *(place[x] for _, _, x in ways[node])])
        before = [node for node in common if place[node] <= place[products[0]]]
        output = before[-1]
        if output is products[0]:
            output = layers.after_bias(output)
        unit = layers.units.get(output)
        return output if unit is None else unit.end

    # --- the walk to the weight ------------------------------------------------------------------

    def build(self, *, in_steps: bool) -> Matrix | None:
        """The formula, in one line or with a δ for each layer; None where there is none."""
        wrt, head = self.rule.wrt, self.head
        if head is None or head is wrt:
            return None
        self.found = {}
        self.definitions = []
        for node in reversed(self.rule.ways):
            if node is head:
                self.found[node] = self.arriving(node)
            elif self.layers.place[node] < self.layers.place[head]:
                made = self._passed_back(node)
                if made is None and node is wrt:
                    return None
                self.found[node] = self.partial(node) if made is None else made
                is_before = in_steps and node in self.layers.numbers
                if is_before and made is not None and not isinstance(made, Symbol):
                    self.found[node] = self._delta(node, made)
        tree = self.found.get(wrt)
        if tree is None:
            return None
        self.definitions.reverse()
        return tree

    def _delta(self, node: Node, made: Matrix) -> Matrix:
        """A letter for the gradient before a function."""
        used = {symbol.letter for symbol in self.definitions}
        wanted = [self.layers.numbers[node], *map(str, range(1, len(used) + 2))]
        number = next(one for one in wanted if Delta(one) not in used)
        symbol = Symbol(made.computed(), Delta(number), self._axes(node), definition=made)
        self.definitions.append(symbol)
        return symbol

    def partial(self, node: Node) -> Symbol:
        """∂L/∂node."""
        value = as_matrix(self.gradients.get(node, np.zeros_like(node.value)))
        return Symbol(value, Partial(self.rule.root, node), self._axes(node))

    def operand(self, x: Any, *, as_row: bool = False) -> Matrix:
        """A node or an array of the expression by its name."""
        if type(x) is Node and not x.name and is_transpose(x):
            found = self.operand(x.inputs[0], as_row=as_row)
            return found.transposed if x.ndim == 2 else found
        value = as_matrix(raw(x), as_row=as_row)
        axes = "c" if as_row and np.ndim(raw(x)) == 1 else self._axes(x)
        return Symbol(value, Name(x), axes)

    def _axes(self, x: Any) -> str:
        shape = np.shape(raw(x))
        if not shape:
            return ""
        return "rc" if self.layers.is_matrix(x) else "r"

    def prime(self, unit: Unit) -> Symbol:
        """f′ of a function of the network."""
        if unit.start not in self.primes:
            value = slope_through(unit.members, unit.start)
            letter = Prime(unit.letter, unit.start, not self.layers.is_matrix(unit.start))
            self.primes[unit.start] = Symbol(as_matrix(value), letter, self._axes(unit.start))
        return self.primes[unit.start]

    def _passed_back(self, node: Node) -> Matrix | None:
        """The gradient at a node, from those of what was made of it."""
        unit = self.layers.units.get(node)
        if unit is not None and unit.end in self.found:
            return self.through(unit, self.found[unit.end])
        parts = []
        for user, position, _ in self.users.get(node, ()):
            if user not in self.found:
                return None
            part = self.step(user, position, self.found[user])
            if part is None:
                return None
            parts.append(part)
        if not parts or len(parts) > MOST_TERMS:
            return None
        return parts[0] if len(parts) == 1 else Sum(*parts)

    def through(self, unit: Unit, above: Matrix) -> Matrix:
        """What a function of the network passes back."""
        return _entrywise(above, self.prime(unit))

    def arriving(self, node: Node) -> Matrix:
        """The gradient that arrives at a node, by its name."""
        return ONE if node is self.rule.root else self.partial(node)

    @property
    def sums_over_samples(self) -> bool:
        """Whether the gradient is a sum over the rows of a batch."""
        return not self.layers.columns and self.rule.wrt in self.layers.weights

    def step(self, user: Node, position: int, above: Matrix) -> Matrix | None:
        """What an operation passes back to one of its inputs; None where that has no such form."""
        x = user.inputs[position]
        made_by = user.operation
        assert made_by is not None
        if is_product(user):
            return self._of_product(user, position, above)
        if is_transpose(user):
            return above.transposed if user.ndim == 2 else above
        if user.ndim > 2 or x.ndim > 2 or not made_by.elementwise:
            return None
        local: Matrix | None
        match made_by.name, position:
            case "add" | "positive", _:
                return self._gathered(above, user, x)
            case "subtract", 0:
                return self._gathered(above, user, x)
            case ("subtract", 1) | ("negative", 0):
                return self._gathered(_scaled(-1, above), user, x)
            case "multiply", _:
                other = user.inputs[1 - position]
                if not isinstance(other, Node) and np.ndim(other) == 0:
                    return self._gathered(_scaled(float(other), above), user, x)
                as_row = np.ndim(raw(other)) == 1 and user.ndim == 2
                return self._gathered(
                    _entrywise(above, self.operand(other, as_row=as_row)), user, x
                )
            case _:
                value = local_gradients(user)[position]
                if value is None or np.shape(value) != user.shape:
                    return None
                local = Symbol(as_matrix(value), Local(user, position), self._axes(user))
                return self._gathered(_entrywise(above, local), user, x)

    def _gathered(self, above: Matrix, user: Node, x: Node) -> Matrix | None:
        """The sum over what was broadcast."""
        if user.shape == x.shape:
            return above
        if x.size == 1 and x.ndim < 2:
            return Total(above) if user.size > 1 else above
        if user.ndim == 2 and x.shape == user.shape[1:]:
            return OverRows(above)
        if user.ndim == 2 and x.shape == (1, user.shape[1]):
            return OverRows(above).transposed
        return None

    def _of_product(self, user: Node, position: int, above: Matrix) -> Matrix:
        left, right = user.inputs
        other = self.operand(right if position == 0 else left)
        dims = np.ndim(raw(left)), np.ndim(raw(right))
        if dims == (1, 1):
            return _product(other, above)
        if dims[0] == 1:  # Wᵀ x, where x is a column
            return _product(other, above if position == 0 else above.transposed)
        if position == 0:
            return _product(above, other.transposed)
        return _product(other.transposed, above)


ONE = Symbol(as_matrix(1.0), Name(1.0), "")


def _entrywise(left: Matrix, right: Matrix) -> Matrix:
    if isinstance(left, Scaled):
        return _scaled(left.factor, _entrywise(left.part, right))
    return right if left is ONE else Entrywise(left, right)


def _product(left: Matrix, right: Matrix) -> Matrix:
    for part in (left, right):
        if isinstance(part, Scaled):  # numbers go to the front
            parts = [x.part if x is part else x for x in (left, right)]
            return _scaled(part.factor, _product(*parts))
    if left is ONE or right is ONE:
        return right if left is ONE else left
    return Product(left, right)


def _scaled(factor: float, part: Matrix) -> Matrix:
    if isinstance(part, Scaled):
        return _scaled(factor * part.factor, part.part)
    return part if factor == 1 else Scaled(factor, part)
