"""A graph in letters alone: what stands above and below each wire, and the steps to it."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from autograd_core import Node

from ..chain_rule.formulas import ONE, UNITS, formula, in_matrices
from ..chain_rule.functions import function_names
from ..chain_rule.notation import SUM, Term, first_of, notation_of
from ..graph.folding import counted
from ..graph.picture import Box, Constant, Edge, Picture, Wire
from ..lettering import formula_runs, text_of
from .folds import Inside, Letters
from .lines import through_fold
from .order import backward_order
from .sequence import Step, steps_of

LONGEST_PRODUCT = 21
"""Where a product takes more letters, it begins with the gradient before: ``∂v/∂q · 1``."""

MOST_BRANCHES = 3
"""At a fork of more branches the sum shows the first ones, and dots."""


def symbols_of(picture: Picture) -> dict[str, tuple[str, str]]:
    """Return what stands above and below each wire, by its id, in letters.

    Above a leaf its name, above a result how it is made; below, the derivative of the root as the
    product along the way. A factor 1 is written where it arises, and left out further on.

    References
    ----------
    Lecture 003, "Computational Graph", "Simple example" and "Abstract function".

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> x, y, z = Node(3.0, name="x"), Node(1.0, name="y"), Node(-2.0, name="z")
    >>> q = x + y
    >>> v = q * z
    >>> q.name, v.name = "q", "v"
    >>> for above, below in symbols_of(picture_of(v)).values():
    ...     print(f"{above:9}  {below}")
    x          ∂v/∂x = z · 1
    y          ∂v/∂y = z · 1
    z          ∂v/∂z = q
    q = x + y  ∂v/∂q = z
    v = q·z    ∂v/∂v = 1
    """
    writer = _Symbols(picture)
    return {wire.id: (writer.above(wire), writer.below(wire)) for wire in picture.wires}


def local_symbols_of(picture: Picture) -> dict[Edge, tuple[str, str]]:
    """Return d result / d input at each edge, and what a branch of a fork contributes, in letters.

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> x, y = Node(3.0, name="x"), Node(1.0, name="y")
    >>> [*local_symbols_of(picture_of(x * y + x)).values()]
    [('y', 'y'), ('x', ''), ('1', ''), ('1', '1')]
    """
    writer = _Symbols(picture)
    return {
        edge: (local, writer.contribution(edge))
        for edge in picture.edges
        if (local := writer.local(edge))
    }


def symbolic_steps(picture: Picture) -> list[Step]:
    """Return the steps in which the symbols are written: names, results, then the derivatives.

    They come before the numbers of `steps_of`, and show the same parts.

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> x, y = Node(3.0, name="x"), Node(1.0, name="y")
    >>> for step in symbolic_steps(picture_of(x * y)):
    ...     print(f"{step.kind:9}  {step.text}")
    structure  the graph: 1 operation
    inputs     x, y
    value      f = x·y
    seed       ∂f/∂f = 1
    gradient   ∂f/∂x = y
    gradient   ∂f/∂y = x
    """
    writer = _Symbols(picture)
    name = f" of {writer.n.called(picture.root)}" if picture.root.name else ""
    steps = [Step("structure", f"the graph{name}: {counted(picture.operations)}")]
    leaves = [wire for wire in picture.wires if wire.source is None]
    if leaves:
        text = ", ".join(map(writer.above, leaves))
        steps.append(Step("inputs", text, values=tuple(wire.id for wire in leaves)))
    steps += [_forward(writer, wire) for wire in picture.wires if wire.source is not None]
    written = [wire for wire in (writer.root, *writer.order) if writer.below(wire)]
    return steps + [_backward(writer, wire) for wire in written]


def steps_from_symbols(picture: Picture) -> list[Step]:
    """Return the steps of the lecture from the start: structure, symbols, and then the numbers.

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> for step in steps_from_symbols(picture_of(Node(3.0, name="x") * Node(2.0, name="y"))):
    ...     print(f"{step.kind:9}  {step.text}")
    structure  the graph: 1 operation
    inputs     x, y
    value      f = x·y
    seed       ∂f/∂f = 1
    gradient   ∂f/∂x = y
    gradient   ∂f/∂y = x
    inputs     x = 3, y = 2
    value      f = x·y = 3·2 = 6
    """
    _, *numbers = steps_of(picture)
    first, *symbols = symbolic_steps(picture)
    return [first, *(replace(step, symbols=True) for step in symbols), *numbers]


def _forward(writer: _Symbols, wire: Wire) -> Step:
    edges = writer.picture.inputs[wire.source]  # type: ignore[index]
    sources = [edge.wire.id for edge in edges if edge.wire is not None]
    parts = (wire.id, wire.source.id, *sources)  # type: ignore[union-attr]
    return Step(
        "value",
        writer.above(wire),
        values=(wire.id,),
        locals=tuple(edge.id for edge in edges),
        highlighted=tuple(dict.fromkeys(parts)),
    )


def _backward(writer: _Symbols, wire: Wire) -> Step:
    picture = writer.picture
    if wire is writer.root:
        return Step("seed", writer.below(wire), gradients=(wire.id,), highlighted=(wire.id,))
    edges = picture.consumers[wire]
    results = [result.id for edge in edges for result in picture.results[edge.target]]
    parts = (wire.id, *(edge.target.id for edge in edges), *results)
    return Step(
        "gradient",
        writer.below(wire),
        gradients=(wire.id,),
        contributions=tuple(edge.id for edge in edges),
        highlighted=tuple(dict.fromkeys(parts)),
    )


class _Symbols:
    """Writes the symbols of one picture; gradients are made from the root on."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        n = notation_of(picture)
        self.n = Letters(n.labels, n.format, arrays=n.arrays, writes_out=False)
        self.root = next(wire for wire in picture.wires if wire.node is picture.root)
        self.order = backward_order(picture)
        self.folds: dict[Box, Inside] = {}
        names = (self.n.name(*label) for label in n.labels.values())
        self.names = set(names)
        # Of gradients that are products of letters, without those that are 1.
        self.factors: dict[Wire, list[Term]] = {self.root: []}
        self.gradients: dict[Wire, str] = {self.root: "1"}
        if picture.look.gradients and picture.root.requires_grad:
            for wire in self.order:
                self._find(wire)
        else:
            self.gradients = {}

    # --- above --------------------------------------------------------------------------------

    def above(self, wire: Wire) -> str:
        """A leaf's name; of a result also how it is made."""
        name = self.n.called(wire.node)
        if wire.source is None:
            return name
        if wire.source.folded:
            inputs = [self._input(edge) for edge in self.picture.inputs[wire.source]]
            if len(inputs) > 1 and (text := self._inside(wire.source).computes(wire.node)):
                return f"{name} = {text}"
            made = self._function(wire.source.label, first_of(inputs, lambda term: term))
        else:
            terms = first_of(wire.node.inputs, self.n.operand)
            operation = wire.node.operation
            assert operation is not None
            if operation.elementwise and len(terms) == 1 and operation.name not in UNITS:
                made = self._function(wire.node, terms)
            else:
                made = self.n.applied(wire.node, terms)
        return f"{name} = {made.text}"

    def _inside(self, box: Box) -> Inside:
        if box not in self.folds:
            self.folds[box] = Inside(self.n, box)
        return self.folds[box]

    def _input(self, edge: Edge) -> Term:
        if edge.wire is not None:
            return self.n.label_term(edge.wire.node)
        assert isinstance(edge.source, Constant)
        return Term("…") if edge.source.value is None else self.n.constant(edge.source.value)

    def _function(self, of: Node | str, terms: list[Term]) -> Term:
        name = function_names(of)[0]
        if not name.isidentifier() and type(of) is Node:
            name = of.operation.name  # type: ignore[union-attr]
        return self.n.function(name, *terms)

    # --- below --------------------------------------------------------------------------------

    def below(self, wire: Wire) -> str:
        """The derivative of the root; nothing where there is none."""
        gradient = self.gradients.get(wire)
        return "" if gradient is None else f"{self._symbol(wire).text} = {gradient}"

    def _symbol(self, wire: Wire) -> Term:
        return self.n.partial_term(self.n.label(self.root.node), wire.node)

    def _find(self, wire: Wire) -> None:
        parts = [
            part
            for edge in self.picture.consumers[wire]
            for result in self.picture.results[edge.target]
            if result in self.gradients and (part := self._part(wire, edge, result)) is not None
        ]
        if not parts or not wire.node.requires_grad:
            return
        terms = [term for term, _ in parts]
        if len(parts) == 1:
            ((term, factors),) = parts
            self.gradients[wire] = term.text
            if factors is not None:
                self.factors[wire] = factors
            return
        few = terms if len(terms) <= MOST_BRANCHES else [*terms[:MOST_BRANCHES], Term("…")]
        self.gradients[wire] = reduce(self.n.sum, few).text

    def _part(self, wire: Wire, edge: Edge, result: Wire) -> tuple[Term, list[Term] | None] | None:
        """What comes back along an edge, and its factors where it is a product of letters."""
        operation = edge.node.operation
        assert operation is not None
        if not edge.target.folded and operation.rules[edge.position] is None:
            return None
        above = ONE if result is self.root else self._symbol(result)
        if wire.node.shape != result.node.shape or wire.node.size != 1:
            return self._between_arrays(wire, edge, result, above), None
        local = self._local(wire, edge, result)
        if local is None:
            return None
        factors = self.factors.get(result)
        if factors is not None:
            product = [*factors, *local]
            # z · 1, as on the slide: z alone would not say that there was a step.
            alone = len(product) == 1 and product[0].text in self.names and not local
            term = self.n.chain(*product, ONE) if alone else self._product(product)
            if not factors or len(text_of(formula_runs(term.text))) <= LONGEST_PRODUCT:
                return term, product
        return self._product([above, *local]), None

    def _product(self, factors: list[Term]) -> Term:
        return self.n.chain(*factors) if factors else ONE

    def _between_arrays(self, wire: Wire, edge: Edge, result: Wire, above: Term) -> Term:
        before = [] if above == ONE else [above]
        if self._entry_by_entry(wire, edge, result):
            return self._product([*before, *(self._local(wire, edge, result) or [])])
        if edge.target.folded:
            form = through_fold(self.n, wire.node, edge, above)
            written = None if form is None else form[0]
        else:
            written = in_matrices(self.n, edge.node, edge.position, above)[0]
        picked = edge.node.operation.name == "getitem"  # type: ignore[union-attr]
        if written is not None and (written.loose <= SUM or picked):
            return written
        # Not entry by entry, so no ⊙.
        return self.n.chain(*before, self._whole(wire, edge, result)._replace(array=False))

    def local(self, edge: Edge) -> str:
        """The local derivative entry by entry; nothing where there is none, or not one result."""
        wire, results = edge.wire, self.picture.results[edge.target]
        if wire is None or not wire.node.requires_grad or len(results) != 1:
            return ""
        (result,) = results
        if not self._entry_by_entry(wire, edge, result) or not self._part(wire, edge, result):
            return ""
        terms = self._local(wire, edge, result)
        return "" if terms is None else self._product(terms).text

    def contribution(self, edge: Edge) -> str:
        """What comes back along one branch of a fork."""
        wire, (result, *_) = edge.wire, self.picture.results[edge.target]
        if wire is None or result not in self.gradients or len(self.picture.consumers[wire]) < 2:
            return ""
        part = self._part(wire, edge, result)
        return "" if part is None else part[0].text

    def _entry_by_entry(self, wire: Wire, edge: Edge, result: Wire) -> bool:
        return wire.node.shape == result.node.shape and all(
            node.operation.elementwise and node.shape == result.node.shape  # type: ignore[union-attr]
            for node in edge.target.nodes
        )

    def _local(self, wire: Wire, edge: Edge, result: Wire) -> list[Term] | None:
        """The factors of the local derivative that are not 1; None where nothing comes back."""
        if not edge.target.folded:
            found = formula(self.n, edge.node, edge.position)
            local = self._whole(wire, edge, result) if found is None else found
            return [] if local == ONE else [local]
        if len(self._variables(edge)) > 1:
            ways = self._inside(edge.target).ways(result.node, wire.node)
            if ways is not None:
                if len(ways) < 2:
                    return ways[0] if ways else None
                return [reduce(self.n.sum, map(self._product, ways))]
        return [self._whole(wire, edge, result)]

    def _variables(self, edge: Edge) -> set[Wire]:
        return {
            one.wire
            for one in self.picture.inputs[edge.target]
            if one.wire is not None and one.wire.node.requires_grad
        }

    def _whole(self, wire: Wire, edge: Edge, result: Wire) -> Term:
        """The local derivative as one: f′(x), or ∂y/∂x; at the root that is what is asked."""
        name, prime = function_names(edge.target)
        if len(self._variables(edge)) > 1:
            above = name if result is self.root else self.n.label(result.node)
            return self.n.partial_term(above, wire.node)
        return self.n.function(prime, self.n.label_term(wire.node))
