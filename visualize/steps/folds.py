"""What a fold computes, and how a gradient comes back through it, in letters."""

from __future__ import annotations

from dataclasses import replace

from autograd_core import Node

from ..chain_rule.formulas import ONE, formula, is_ours
from ..chain_rule.functions import function_names
from ..chain_rule.notation import POWER, PRODUCT, Notation, Term, first_of
from ..chain_rule.symbols import scopes_of
from ..graph.naming import ACTIVATIONS
from ..graph.picture import Box
from ..lettering import formula_runs, text_of

MOST_WAYS = 2
"""A gradient that comes back through a fold in more ways is not written out,"""

MOST_FACTORS = 3
"""nor is a way with more factors,"""

LARGEST = 200
"""nor the inside of a fold of more operations."""

LONGEST = 48
"""What a fold computes is written with up to so many letters."""


class Letters(Notation):
    """Matrices stand side by side, as on the slides, ``xᵀ (∂L/∂z)``; functions have a prime."""

    deepest = 6
    longest = 60
    shyness = Notation.shyness[1:]

    def local(self, node: Node, position: int) -> Term | None:
        """f′(x), of an activation or a user's function of one variable."""
        operation = node.operation
        assert operation is not None
        if is_ours(operation) and operation.name not in ACTIVATIONS:
            return None
        variables = {x for x in node.inputs if type(x) is Node and x.requires_grad}
        if len(variables) != 1:
            return None
        return self.function(function_names(node)[1], self.operand(*variables))

    def matrix_product(self, *terms: Term, sign: str = "@") -> Term:
        """A product of matrices; with ⊗ all products of an entry of each."""
        if sign != "@":
            return super().matrix_product(*terms, sign=sign)
        parts = [f"({term.text})" if "/" in term.text else self.bracketed(term, POWER)
                 for term in terms]  # fmt: skip
        return Term(" ".join(parts), PRODUCT, True)


class Inside:
    """The operations in one fold, in letters: names that the graph has, or written out.

    A scope in the fold that is a function of one variable is one factor, as σ′(z).

    Examples
    --------
    >>> from autograd_core import scope, sigmoid
    >>> from visualize.chain_rule.notation import labels_of
    >>> from visualize.graph.picture import picture_of
    >>> x, w = Node(3.0, name="x"), Node(0.5, name="w")
    >>> with scope("neuron"):
    ...     y = sigmoid(x * w)
    >>> picture = picture_of(y, fold="neuron")
    >>> labels = labels_of([x, w, *y.inputs, y], y)
    >>> inside = Inside(Letters(labels, ".4g", writes_out=False), picture.boxes[0])
    >>> [[factor.text for factor in way] for way in inside.ways(y, x)]
    [['σ′(z1)', 'w']]
    >>> inside.computes(y)
    'σ(z1), z1 = x·w'
    """

    def __init__(self, n: Notation, box: Box) -> None:
        self.box = box
        self.small = len(box.nodes) <= LARGEST
        self.nodes = sorted(box.nodes, key=lambda node: -node.serial) if self.small else []
        self.members = set(self.nodes)
        # Results in the fold that say nothing by their names are written out.
        labels = {
            node: label
            for node, label in n.labels.items()
            if node not in self.members or not n.is_shy(node)
        }
        self.n = replace(n, labels=labels, writes_out=True, used={}, known={})
        self.functions: dict[Node, tuple[str, Node]] = {}
        self._find_functions()

    def _find_functions(self) -> None:
        """The results of scopes in the fold that are functions of one variable, and of which."""
        for scope, symbol in scopes_of(self.nodes).items():
            if len(symbol.members) == len(self.nodes) or len(symbol.inputs) != 1:
                continue
            (variable,) = symbol.inputs
            inner = set(symbol.members)
            outside = {id(x) for node in self.nodes if node not in inner for x in node.inputs}
            passed_on = {id(x) for node in inner for x in node.inputs}
            for node in symbol.members:
                if id(node) in outside or id(node) not in passed_on:
                    self.functions[node] = scope.name, variable

    def ways(self, result: Node, x: Node) -> list[list[Term]] | None:
        """The factors of each way from a result back to an input, without those that are 1.

        None where they are many, or have no short form.
        """
        if not self.small:
            return None
        leads = {x}
        for node in reversed(self.nodes):
            if any(before in leads for _, before in _links(node)):
                leads.add(node)
        found: list[list[Term]] = []
        todo: list[tuple[Node, list[Term]]] = [(result, [])]
        while todo:
            node, way = todo.pop()
            if node is x:
                found.append(way)
                if len(found) > MOST_WAYS or len(way) > MOST_FACTORS:
                    return None
                continue
            # The first operand comes first.
            for local, before in reversed(self._locals(node, leads)):
                if local is None or "…" in local.text:
                    return None
                todo.append((before, way if local == ONE else [*way, local]))
        return found

    def _locals(self, node: Node, leads: set[Node]) -> list[tuple[Term | None, Node]]:
        if node not in leads:
            return []
        if node in self.functions:
            name, variable = self.functions[node]
            prime = function_names(name)[1]
            return [(self.n.function(prime, self.n.operand(variable)), variable)]
        return [
            (formula(self.n, node, position), before)
            for position, before in _links(node)
            if before in leads
        ]

    def computes(self, result: Node) -> str | None:
        """How a result is made, and what the names in that stand for; None where that is long."""
        if not self.small:
            return None
        named, todo = {result: self._made(result).text}, [result]
        for node in todo:
            for inner in self._named_in(node):
                if inner not in named:
                    named[inner] = f"{self.n.called(inner)} = {self._made(inner).text}"
                    todo.append(inner)
        text = ", ".join(named.values())
        short = len(text_of(formula_runs(text))) <= LONGEST
        return text if short and "…" not in text else None

    def _named_in(self, node: Node) -> list[Node]:
        """The results in the fold that a result is written with, by their names."""
        found: list[Node] = []
        for x in [self.functions[node][1]] if node in self.functions else node.inputs:
            if type(x) is Node and x in self.members:
                found += [x] if x in self.n.labels else self._named_in(x)
        return list(dict.fromkeys(found))

    def _made(self, node: Node) -> Term:
        if node in self.functions:
            name, variable = self.functions[node]
            return self.n.function(function_names(name)[0], self.n.operand(variable))
        operation = node.operation
        assert operation is not None
        terms = first_of(node.inputs, self.n.operand)
        if operation.name in ACTIVATIONS:
            return self.n.function(function_names(node)[0], *terms)
        return self.n.applied(node, terms)


def _links(node: Node) -> list[tuple[int, Node]]:
    """The inputs of an operation that a gradient comes back to."""
    assert node.operation is not None
    rules = node.operation.rules
    return [
        (position, x)
        for position, x in enumerate(node.inputs)
        if type(x) is Node and x.requires_grad and rules[position] is not None
    ]
