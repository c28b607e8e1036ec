"""The steps of the lecture: symbols, forward values, the 1 at the output, then the gradients.

Each step says what it adds to the picture, by the ids of its parts, and what one writes beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from autograd_core import Node
from autograd_core.node import raw

from ..chain_rule.notation import NEGATIVE, POWER, Term, notation_of
from ..graph.contributions import LARGEST_FOLD, local_gradients
from ..graph.folding import counted
from ..graph.naming import names_of_constants
from ..graph.picture import Box, Edge, Picture, Wire, picture_of, plain_gradient
from ..live.derivatives import contribution
from ..live.numbers import is_live
from ..templates import group
from ..text import is_finite, number, shape_text, shown
from .lines import across_arrays, added, computed, derivative
from .order import backward_order

Kind = Literal["structure", "inputs", "value", "seed", "gradient"]

MOST_FACTORS = 8
"""A longer product from the output on shows its last factors."""

MOST_BRANCHES = 6
"""A sum at a fork of more branches shows the first ones, and a count."""

MOST_LEAVES = 8
"""So many leaves are listed when their values are shown; of more, the others are counted."""


@dataclass(frozen=True)
class Step:
    """One step: what it shows that was not there before, and the written line that goes with it.

    Ids are those of `Picture`: ``w0`` for a wire, ``o0`` for a box; ``e0`` is the first edge.

    Attributes
    ----------
    kind : {"structure", "inputs", "value", "seed", "gradient"}
        The graph with its symbols; the values of all leaves; the value of one operation; the
        gradient at the output; the gradient of one wire.
    text : str
        What is written in this step, such as ``∂L/∂z2 = -1.5 · (-3) = 4.5``.
    chain : str
        The product from the output down to here, factors of 1 left out
        (``-1.5 · (-3) · 1.5 = 6.75``), or at a fork the sum of products; behind it, of a function,
        its derivative (``with 2·z2 = 2·(-1.5) = -3``). May be empty.
    values : tuple of str
        Wires whose value appears in this step.
    gradients : tuple of str
        Wires whose gradient appears.
    locals : tuple of str
        Edges whose local gradient appears (where the diagram shows those).
    contributions : tuple of str
        Edges whose contribution to a fork appears (where the diagram shows those).
    highlighted : tuple of str
        Wires and boxes that the step works with: those that it computes from, and through.
    symbols : bool
        Whether what appears are symbols, in whose places numbers follow.
    """

    kind: Kind
    text: str
    chain: str = ""
    values: tuple[str, ...] = ()
    gradients: tuple[str, ...] = ()
    locals: tuple[str, ...] = ()
    contributions: tuple[str, ...] = ()
    highlighted: tuple[str, ...] = ()
    symbols: bool = False


def steps_of(picture: Picture | Node) -> list[Step]:
    """Return the steps in which a graph is computed and backpropagated.

    Before ``backward()``, and in a look without gradients, they end with the forward values.

    Parameters
    ----------
    picture : Picture or Node
        What is drawn; a node is drawn as it is by default.

    References
    ----------
    Lecture 003, "Computational Graph", "Simple example, with numbers".

    Examples
    --------
    >>> x, y, z = Node(3.0, name="x"), Node(1.0, name="y"), Node(-2.0, name="z")
    >>> q = x + y
    >>> v = q * z
    >>> q.name, v.name = "q", "v"
    >>> v.backward()
    >>> for step in steps_of(v):
    ...     print(f"{step.kind:9}  {step.text}")
    structure  the graph of v: 2 operations
    inputs     x = 3, y = 1, z = -2
    value      q = 3 + 1 = 4
    value      v = 4·(-2) = -8
    seed       ∂v/∂v = 1
    gradient   ∂v/∂z = 1 · 4 = 4
    gradient   ∂v/∂q = 1 · (-2) = -2
    gradient   ∂v/∂x = -2 · 1 = -2
    gradient   ∂v/∂y = -2 · 1 = -2
    """
    if isinstance(picture, Node):
        picture = picture_of(picture)
    return _Steps(picture).all()


class _Steps:
    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.format = picture.look.number_format
        self.root = next(wire for wire in picture.wires if wire.node is picture.root)
        self.n = notation_of(picture)
        self.root_name = self.n.label(picture.root)
        self.chains: dict[Wire, list[Term]] = {}
        # Only where a gradient of 1 started here is it d root / d node.
        seed = plain_gradient(picture.root)
        self.from_root = seed is not None and bool(np.all(np.asarray(seed) == 1))

    def all(self) -> list[Step]:
        steps = [Step("structure", self._title()), *self._forward()]
        if self.picture.gradient(self.picture.root) is not None:
            with np.errstate(all="ignore"):
                steps += self._backward()
        return steps

    def _title(self) -> str:
        name = f" of {shown(self.picture.root.name)}" if self.picture.root.name else ""
        return f"the graph{name}: {counted(self.picture.operations)}"

    # --- forward ------------------------------------------------------------------------------

    def _forward(self) -> list[Step]:
        leaves = [wire for wire in self.picture.wires if wire.source is None]
        steps = []
        if leaves:
            arrays = names_of_constants(self.picture)
            lines = [f"{name}: {shape_text(np.shape(x.value))}" for x, name in arrays.items()]
            lines = [*dict.fromkeys(lines), *(self._leaf(wire.node) for wire in leaves)]
            more = len(lines) - MOST_LEAVES
            if more > 0:
                lines[MOST_LEAVES:] = [f"… {more:,} more"]
            ids = tuple(wire.id for wire in leaves)
            steps.append(Step("inputs", ", ".join(lines), values=ids))
        # Wires are in the order in which their nodes were made.
        wires = self.picture.wires
        return steps + [self._value(wire, wire.source) for wire in wires if wire.source is not None]

    def _leaf(self, node: Node) -> str:
        value = shape_text(node.shape) if node.ndim else number(node.value, self.format)
        return f"{self.n.label(node)}{': ' if node.ndim else ' = '}{value}"

    def _value(self, wire: Wire, box: Box) -> Step:
        edges = self.picture.inputs[box]
        sources = [edge.wire.id for edge in edges if edge.wire is not None]
        return Step(
            "value",
            computed(self.n, wire.node, box, edges),
            values=(wire.id,),
            locals=tuple(edge.id for edge in edges),
            highlighted=tuple(dict.fromkeys((wire.id, box.id, *sources))),
        )

    # --- backward -----------------------------------------------------------------------------

    def _backward(self) -> list[Step]:
        # The factors between scalars; of arrays the written line shows shapes alone.
        scalar = [box for box in self.picture.boxes if _is_scalar(box)]
        self.factors = local_gradients(self.picture, scalar)
        seed = plain_gradient(self.picture.root)
        value = shape_text(np.shape(seed)) if np.ndim(seed) else number(seed, self.format)
        text = f"{self._symbol(self.root)}{': ' if np.ndim(seed) else ' = '}{value}"
        if np.ndim(seed) and self.from_root:
            text = f"{self._symbol(self.root)} = 1 in every entry: {value}"
        self.chains[self.root] = [] if self.from_root else [Term(value)]
        ids = (self.root.id,)
        steps = [Step("seed", text, gradients=ids, highlighted=ids)]
        order = backward_order(self.picture)
        return steps + [
            self._gradient(wire) for wire in order if plain_gradient(wire.node) is not None
        ]

    def _symbol(self, wire: Wire) -> str:
        name = self.n.label(wire.node)
        if not self.from_root:
            return f"grad {name}"
        return f"∂{self.root_name}/∂{name}"

    def _gradient(self, wire: Wire) -> Step:
        edges = self.picture.consumers[wire]
        results = [r for edge in edges for r in self.picture.results[edge.target]]
        text, chain = self._product(wire, edges)
        return Step(
            "gradient",
            text,
            chain,
            gradients=(wire.id,),
            contributions=tuple(edge.id for edge in edges),
            highlighted=tuple(
                dict.fromkeys(
                    (wire.id, *(edge.target.id for edge in edges), *(r.id for r in results))
                )
            ),
        )

    def _product(self, wire: Wire, edges: list[Edge]) -> tuple[str, str]:
        """The written line of a gradient, and the whole product down from the output."""
        symbol = self._symbol(wire)
        gradient = plain_gradient(wire.node)
        if np.ndim(gradient):
            return self._of_arrays(wire, edges, symbol), ""
        inside = self._from_inside(wire)
        total = self.n.number_term(gradient)
        self.chains[wire] = [total]
        parts = [self._part(edge) for edge in edges]
        known = [part for part in parts if part is not None]
        if len(known) < len(edges) or not known:  # through an operation on arrays
            return self._of_arrays(wire, edges, f"{symbol} = {total.text}"), ""
        if not _adds_up(known, inside, gradient):
            return f"{symbol} = {total.text} (accumulated with other gradients)", ""
        products = [self.n.chain(*map(self.n.number_term, part)) for part in known]
        if len(known) + len(inside) > 1:
            terms = [self.n.number_term(upstream * local) for upstream, local in known]
            hidden = [self.n.number_term(part) for part in inside]
            sums = self._sum([*terms, *hidden]), self._sum([*products, *hidden])
            where = f", in part from inside {_fold_of(wire)}" if inside else ""
            return f"{symbol} = {sums[0]} = {total.text}{where}", f"{sums[1]} = {total.text}"
        (above,) = self.picture.results[edges[0].target]
        upstream, local = map(self.n.number_term, known[0])
        # Of folds that run into each other, one has a gradient that is not yet written.
        before = self.chains.get(above, [upstream])
        self.chains[wire] = factors = [*before, local]
        product = group(
            "·", str(MOST_FACTORS), *(self.n.bracketed(factor, NEGATIVE) for factor in factors)
        )
        written = f"{products[0].text} = {total.text}"
        made = derivative(self.n, edges[0])
        chain = group("?", product, "", written if made else "", f"{product} = {total.text}")
        return f"{symbol} = {written}", f"{chain}, with {made}" if made else chain

    def _sum(self, terms: list[Term]) -> str:
        more = [Term(f"… {len(terms) - MOST_BRANCHES:,} more")]
        few = terms[:MOST_BRANCHES]
        return added(self.n, [*few, *more] if len(terms) > MOST_BRANCHES else terms)

    def _part(self, edge: Edge) -> tuple[Any, Any] | None:
        """The upstream gradient and the local gradient; None where they are no numbers."""
        results = self.picture.results[edge.target]
        local = self.factors.get(edge)
        if local is None or len(results) != 1:
            return None
        upstream = plain_gradient(results[0].node)
        return None if upstream is None or np.ndim(upstream) else (upstream, local)

    def _from_inside(self, wire: Wire) -> list[Any]:
        """What comes back to a result of a fold from other operations in it, out of sight."""
        box = wire.source
        if box is None or len(self.picture.results[box]) < 2:
            return []
        uses = [(n, place) for n in box.nodes for place, x in enumerate(n.inputs) if x is wire.node]
        found = [(n, place, plain_gradient(n)) for n, place in uses if n.requires_grad]
        parts = [contribution(n, place, above) for n, place, above in found if above is not None]
        return [part for part in parts if part is not None]

    def _of_arrays(self, wire: Wire, edges: list[Edge], symbol: str) -> str:
        above = []
        for edge in edges:
            (result, *_) = self.picture.results[edge.target]
            above.append(Term(self._symbol(result), POWER, result.node.size != 1))
        inside = _fold_of(wire) if self._from_inside(wire) else ""
        return across_arrays(self.n, symbol, wire.node, edges, above, inside)


def _is_scalar(box: Box) -> bool:
    """Whether a box works on numbers alone, and is small enough for a look inside."""
    if len(box.nodes) > LARGEST_FOLD:
        return False
    nodes = [*box.nodes, *(x for node in box.nodes for x in node.inputs)]
    return all(np.ndim(raw(x)) == 0 for x in nodes)


def _fold_of(wire: Wire) -> str:
    return shown(wire.source.label) if wire.source is not None else ""


def _adds_up(parts: list[tuple[Any, Any]], inside: list[Any], gradient: Any) -> bool:
    if is_live(gradient):  # the page's gradients are those of its root alone
        return True
    total = sum(upstream * local for upstream, local in parts) + sum(inside)
    if not (is_finite(gradient) and is_finite(total)):  # at a pole 0 · inf counts as 0
        return True
    return bool(np.isclose(total, gradient, rtol=1e-3, atol=1e-30))
