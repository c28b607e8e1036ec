"""What the letters of a closed form stand for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.node import raw

from .functions import function_formulas, function_names
from .layers import Unit, without_transpose
from .letters import Local, Name, Partial, Prime
from .loss_gradients import loss_gradient
from .matrices import Matrix, Pen, Product, Symbol
from .matrix_gradient import MatrixGradient
from .notation import Term, first_of


def legend(form: MatrixGradient, tree: Matrix) -> list[tuple[str, str]]:
    """Return a line for each letter that the graph does not have, and for the functions."""
    return _Legend(form).rows(tree)


class _Legend:
    """Writes what the letters of one formula mean."""

    def __init__(self, form: MatrixGradient) -> None:
        self.form, self.n, self.layers = form, form.n, form.layers

    def rows(self, tree: Matrix) -> list[tuple[str, str]]:
        """The lines, left and right of their equals signs."""
        used = {id(symbol.letter): symbol.letter for symbol in _symbols(tree)}.values()
        names = {letter.name for letter in used if isinstance(letter, (Name, Partial, Local))}
        names |= {x for letter in used if isinstance(letter, Local) for x in letter.operands if x}
        primes = {letter.function for letter in used if isinstance(letter, Prime)}
        units = [unit for unit in self.layers.units.values() if unit.letter in primes]
        ends_of = {unit.end: unit for unit in self.layers.units.values()}
        names |= {self.layers.name(node) for unit in units for node in (unit.start, unit.end)}
        rows: list[tuple[str, str]] = []
        for node in reversed(self.layers.nodes):
            name = self.layers.names.get(id(node))
            if name is None and ends_of.get(node) in units:
                name = node.name
            if name in names and node.operation is not None:
                mentioned, text = self._made(node)
                names |= mentioned
                rows.append((self.n.name(name or ""), text))
                if node in ends_of and ends_of[node] not in units:
                    units.append(ends_of[node])
        rows.reverse()
        units.sort(key=lambda unit: self.layers.place[unit.start])
        loss = []
        head = self.form.head
        output = None if head is None else self.layers.name(head)
        if any(isinstance(letter, Partial) and letter.name == output for letter in used):
            found = loss_gradient(self.form)
            if found is not None:
                mentioned, left, right = found
                names |= mentioned
                loss = [(left, right)]
        return [*self._words(names), *rows, *self._functions(units, primes), *loss]

    def _words(self, names: Collection[str]) -> Iterator[tuple[str, str]]:
        """What is given to the network, where it has no name of its own."""
        kinds = {"X": "the input", "T": "the target"}
        for x in self._given():
            name = self.layers.names.get(id(x))
            if name is not None and name in names:
                kind = kinds.get(name[0].upper(), "constant")
                yield "", f"{self.n.words(f'{name}: {kind}, ')}{self.n.shape(np.shape(raw(x)))}"

    def _given(self) -> Iterator[Any]:
        """Leaves and arrays of the expression, each once."""
        seen: set[int] = set()
        for node in self.layers.nodes:
            for x in node.inputs:
                if (type(x) is not Node or x.operation is None) and id(x) not in seen:
                    seen.add(id(x))
                    yield x

    def _made(self, node: Node) -> tuple[set[str], str]:
        """How a node was made: the names in it, and the text."""
        layers, pen = self.layers, Pen(self.n)
        unit = next((unit for unit in layers.units.values() if unit.end is node), None)
        if unit is not None:
            start = layers.name(unit.start)
            return {start}, f"{self.n.name(unit.letter)}({self.n.name(start)})"
        product = next((x for x in layers.products if layers.after_bias(x) is node), None)
        if product is None:
            terms = first_of(node.inputs, self._term)
            names = {layers.name(x) for x in node.inputs if type(x) is Node}
            text = self.n.applied(node, terms).text
            return names, text.replace(r"\odot", r"\circ").replace("⊙", "∘")
        left, right = product.inputs
        a, b = self.form.operand(left), self.form.operand(right)
        if np.ndim(raw(left)) == 1:
            a, b = (b.transposed, a) if np.ndim(raw(right)) > 1 else (a.transposed, b)
        text = Product(a, b).written(pen)
        names = {layers.name(without_transpose(x)) for x in (left, right)}
        if node is not product:
            bias = next(x for x in node.inputs if x is not product)
            names.add(layers.name(bias))
            text = f"{text} + {self.n.name(layers.name(bias))}"
        return names, text

    def _term(self, x: Any) -> Term:
        if type(x) is Node or np.ndim(x):
            return Term(self.n.name(self.layers.name(x)), array=np.ndim(raw(x)) > 0)
        return self.n.operand(x)

    def _functions(self, units: Sequence[Unit], primed: Collection[str]) -> list[tuple[str, str]]:
        """What f and f′ are; functions that are the same stand in one line."""
        n = self.n
        found: dict[tuple[str, str | None], list[Unit]] = {}
        for unit in units:
            only = unit.members[0] if len(unit.members) == 1 else None
            scope = unit.scope.name if unit.scope is not None else unit.letter
            name, _ = function_names(only if only is not None else scope)
            f, slope = function_formulas(n, name, unit.members, unit.start, "z")
            called = n.function(name, Term("z")).text
            if name == unit.letter or not name.isidentifier():
                written = f or called
            else:
                written = called if f in (called, None) else f"{called} = {f}"
            found.setdefault((written, slope), []).append(unit)
        rows = []
        for (written, slope), same in found.items():
            primes = [
                Prime(unit.letter, "z", alone=False) for unit in same if unit.letter in primed
            ]
            rows.append((" = ".join(f"{n.name(unit.letter)}(z)" for unit in same), written))
            if slope is not None and primes:
                rows.append((" = ".join(prime.full(n) for prime in primes), slope))
        for unit in units:
            if unit.letter in primed and not self.layers.is_matrix(unit.start):
                at = Prime(unit.letter, self.layers.name(unit.start), alone=True)
                rows.append((at.text(n), at.full(n)))
        return rows


def _symbols(tree: Matrix) -> Iterator[Symbol]:
    """The symbols of a formula, and of those that it is written with."""
    waiting = [tree]
    seen: set[int] = set()
    while waiting:
        part = waiting.pop()
        if isinstance(part, Symbol):
            yield part
            if part.definition is not None and id(part) not in seen:
                seen.add(id(part))
                waiting.append(part.definition)
        waiting += part.pieces
