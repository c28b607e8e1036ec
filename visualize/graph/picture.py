"""The parts of a diagram, before any layout: boxes, the wires between them, and constants.

Every picture of a graph starts here: which operations are boxes of their own, which fold into
one, what each wire carries, and which input of which operation a wire runs to.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from autograd_core import Node, Scope, find_nonfinite
from autograd_core.backpropagation import ancestors, backpropagate
from autograd_core.node import raw

from ..live.numbers import is_live
from ..style import LECTURE, Look
from ..text import is_finite, shown
from .folding import Fold, Group, fold_groups
from .labels import circle_label

MOST_GRADIENTS_IN_A_NAME = 2

MOST_BOXES_LAID_OUT = 10_000
"""The time of the layout grows with the square: 5,000 take one and a half minutes."""

MOST_INPUTS = 100
"""Of more inputs of one box that are leaves, or out of one fold, three stand at it, and a count."""

LONGEST_FORMULA = 300

MOST_INPUTS_OF_A_FOLD = 8
"""Up to this many leaves stand at a folded box as its inputs; of more, three, and a count."""


Lines = tuple[str, Sequence[str]]
"""What a box computes, and what it passes back: `nn.Formulas`."""


@dataclass(eq=False)
class Box:
    """An operation in its circle, or several folded into one box."""

    id: str
    label: str
    folded: bool
    nodes: list[Node]
    scope: Scope | None
    formulas: Lines | None = None
    """Those of the layer or loss that was folded into it."""
    marked: bool = False

    @property
    def holds(self) -> list[str]:
        """How many operations of each kind are in it: ``2 add``."""
        names = Counter(node.operation.name for node in self.nodes if node.operation is not None)
        return [f"{count} {shown(name, 100)}" for name, count in names.items()]

    @property
    def options(self) -> list[tuple[str, str]]:
        """The options of an operation, such as its axis, that were given."""
        (node,) = self.nodes
        return [
            (shown(key), shown(str(value), 100))
            for key, value in node.options.items()
            if value is not None
        ]


@dataclass(eq=False)
class Wire:
    """The line after a leaf or an operation, with the value above and the gradient below."""

    id: str
    node: Node
    source: Box | None
    marked: bool = False
    gradient_of: str | None = None

    @property
    def name(self) -> str | None:
        """The node's name; without one, a gradient in its own graph is called after its node."""
        return self.node.name or self.gradient_of


@dataclass(eq=False)
class Constant:
    """Plain text at an input: a number or array of the expression, a remark, or another wire."""

    id: str
    value: Any
    text: str | None = None
    refers_to: Wire | None = None


@dataclass(eq=False)
class Edge:
    """A wire, or a constant, running into an input of a box."""

    source: Wire | Constant
    target: Box
    node: Node
    position: int
    id: str = ""

    @property
    def wire(self) -> Wire | None:
        """The wire that comes in, also where the drawing cuts it; None for a constant."""
        return self.source if isinstance(self.source, Wire) else self.source.refers_to


@dataclass(eq=False)
class Picture:
    """Everything that a diagram of a graph shows, in topological order."""

    root: Node
    operations: int
    look: Look = LECTURE
    boxes: list[Box] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    constants: list[Constant] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    remark: str | None = None
    """What stands at the marked box and wire: there the first number is that is not finite."""

    def mark(self, node: Node, remark: str) -> None:
        """Mark a node, in place of what is marked; of a folded one its box."""
        self.remark = remark
        for box in self.boxes:
            box.marked = any(one is node for one in box.nodes)
        for wire in self.wires:
            wire.marked = wire.node is node

    @property
    def parts(self) -> int:
        """How many things there are to lay out."""
        return len(self.boxes) + len(self.wires) + len(self.constants)

    def gradient(self, node: Node) -> Any:
        """The gradient that is shown of a node, as a number or array; None where none is."""
        return plain_gradient(node) if self.look.gradients else None

    @cached_property
    def inputs(self) -> dict[Box, list[Edge]]:
        """The edges into each box, in the order of its operands."""
        found: dict[Box, list[Edge]] = {box: [] for box in self.boxes}
        for edge in self.edges:
            found[edge.target].append(edge)
        return found

    @cached_property
    def results(self) -> dict[Box, list[Wire]]:
        """The wires that start at each box: one, or of a fold several."""
        found: dict[Box, list[Wire]] = {box: [] for box in self.boxes}
        for wire in self.wires:
            if wire.source is not None:
                found[wire.source].append(wire)
        return found

    @cached_property
    def consumers(self) -> dict[Wire | Constant, list[Edge]]:
        """The edges that run from each wire, also where the drawing cuts them, or constant."""
        found: dict[Wire | Constant, list[Edge]] = {wire: [] for wire in self.wires}
        for edge in self.edges:
            found.setdefault(edge.source, []).append(edge)
            if edge.wire is not None and edge.wire is not edge.source:
                found[edge.wire].append(edge)
        return found


def plain_gradient(node: Node) -> Any:
    """The gradient as a number or array, also where it is itself a node; None before backward."""
    return node.grad.value if type(node.grad) is Node else node.grad


def lines_of(formulas: Any) -> Lines | None:
    """Formulas as the lines of a box; None of anything else that a layer may call so.

    Examples
    --------
    >>> lines_of(("Y = 2 X", ("E′ = 2 E",))), lines_of(0.5)
    (('Y = 2 X', ['E′ = 2 E']), None)
    """
    match formulas:
        case (str(forward), (tuple() | list()) as backward) if all(
            isinstance(x, str) for x in backward
        ):
            first, *others = (shown(line, LONGEST_FORMULA) for line in (forward, *backward))
            return first, others
    return None


def picture_of(root: Node, fold: Fold = None, look: Look = LECTURE) -> Picture:
    """Return the picture of everything that `root` was made of.

    Examples
    --------
    >>> x = Node(3.0, name="x")
    >>> picture = picture_of(x + x)
    >>> len(picture.boxes), len(picture.wires), len(picture.edges)
    (1, 2, 2)
    """
    return _Builder(root, fold, look).picture


class _Builder:
    """Builds one picture; the steps share the tables of what has been made so far."""

    def __init__(self, root: Node, fold: Fold, look: Look) -> None:
        order = ancestors(root)
        operations = [node for node in order if node.operation is not None]
        self.picture = Picture(root, len(operations), look)
        self.boxes: dict[Node, Box] = {}
        self.absorbed: dict[Node, int] = {}
        self.wires: dict[Node, Wire] = {}
        self.constants: dict[Node, Constant] = {}
        self._make_boxes(operations, fold_groups(operations, fold))
        if len(self.picture.boxes) > MOST_BOXES_LAID_OUT:
            raise ValueError(
                f"draw(fold={fold!r}) of this graph leaves {len(self.picture.boxes):,} boxes, "
                f"expected at most {MOST_BOXES_LAID_OUT:,}: more can't be laid out in minutes, nor "
                "be read. Write draw(root), which folds by itself, or draw(root, rolled=True) "
                "where steps repeat"
            )
        self._make_edges(operations)
        self._wire(root)
        # As they were made, whoever asked for them first.
        self.picture.wires.sort(key=lambda wire: wire.node.serial)
        self._name_gradients(order)
        self._mark_first_nonfinite()

    def _make_boxes(self, operations: list[Node], groups: dict[Node, Group]) -> None:
        made: dict[Group, Box] = {}
        for node in operations:
            group = groups.get(node)
            if group is None:
                label, position = circle_label(node, self.picture.look.number_format)
                if position is not None:
                    self.absorbed[node] = position
                box = self._new_box(label, False, [node], node.scope)
            elif group in made:
                box = made[group]
            else:
                scope = group.scope
                parent = scope.parent if scope else None
                box = made[group] = self._new_box(group.name, True, group.members, parent)
                box.formulas = lines_of(scope.formulas) if scope else None
            self.boxes[node] = box

    def _new_box(self, label: str, folded: bool, nodes: list[Node], scope: Scope | None) -> Box:
        box = Box(f"o{len(self.picture.boxes)}", label, folded, nodes, scope)
        self.picture.boxes.append(box)
        return box

    def _wire(self, node: Node) -> Wire:
        wire = self.wires.get(node)
        if wire is None:
            wire = Wire(f"w{len(self.wires)}", node, self.boxes.get(node))
            self.wires[node] = wire
            self.picture.wires.append(wire)
        return wire

    def _constant(self, value: Any, text: str | None = None) -> Constant:
        made = Constant(f"c{len(self.picture.constants)}", value, text)
        self.picture.constants.append(made)
        return made

    def _make_edges(self, operations: list[Node]) -> None:
        drawn: set[tuple[int, Box]] = set()
        # Inputs that may be too many: by their box, and the fold that they come out of, if any.
        many: dict[tuple[Box, Box | None], list[tuple[Any, Node, int]]] = {}
        for node in operations:
            box = self.boxes[node]
            crowded = len(node.inputs) > MOST_INPUTS
            for position, x in enumerate(node.inputs):
                source = self.boxes.get(x) if type(x) is Node else None
                if box.folded:
                    # From outside the fold is one function: each of its inputs comes in once.
                    if not self._comes_in(x, box) or (id(x), box) in drawn:
                        continue
                    drawn.add((id(x), box))
                elif self.absorbed.get(node) == position:
                    continue
                if (box.folded or crowded) and (source is None or source.folded):
                    many.setdefault((box, source), []).append((x, node, position))
                else:
                    self.picture.edges.append(Edge(self._source(x), box, node, position))
        for (box, source), inputs in many.items():
            most = MOST_INPUTS_OF_A_FOLD if box.folded and source is None else MOST_INPUTS
            few = inputs if len(inputs) <= most else inputs[:3]
            for x, node, position in few:
                self.picture.edges.append(Edge(self._source(x), box, node, position))
            if len(few) < len(inputs):
                what = "inputs" if source is None else f"from {shown(source.label)}"
                more = self._constant(None, f"… {len(inputs) - len(few):,} more {what}")
                at = -1 if box.folded else inputs[len(few)][2]
                node = box.nodes[0] if box.folded else inputs[0][1]
                self.picture.edges.append(Edge(more, box, node, at))
        # Boxes before those that consume them, inputs in the order of the expression.
        orders = {box: _reading_order(box) for box in self.picture.boxes if box.folded}

        def place(edge: Edge) -> float:
            if not edge.target.folded:
                return edge.position
            return orders[edge.target].get((edge.node, edge.position), math.inf)

        self.picture.edges.sort(key=lambda edge: (int(edge.target.id[1:]), place(edge)))
        for number, edge in enumerate(self.picture.edges):
            edge.id = f"e{number}"

    def _comes_in(self, x: Any, box: Box) -> bool:
        """Whether an input of a folded operation is drawn: not inside, and no number of its own."""
        if type(x) is not Node:
            return np.ndim(x) > 0
        return self.boxes.get(x) is not box and not (self._is_constant(x) and x.ndim == 0)

    def _source(self, x: Any) -> Wire | Constant:
        if type(x) is not Node:
            return self._constant(x)
        if not self._is_constant(x):
            return self._wire(x)
        if not x.ndim:
            return self._constant(x.value)  # at each use: the 1 of a backward pass has many
        if x not in self.constants:
            self.constants[x] = self._constant(x.value)
        return self.constants[x]

    def _is_constant(self, x: Node) -> bool:
        """A leaf without a name that wants no gradient: a number of the expression."""
        return x.operation is None and not x.name and not x.requires_grad and x.grad is None

    def _name_gradients(self, order: list[Node]) -> None:
        """Call the nodes of a recorded backward pass after the nodes whose gradients they are."""
        owners: dict[Node, list[str]] = {}
        for node in order:
            if type(node.grad) is Node:
                owners.setdefault(node.grad, []).append(node.name or "")
        if self.picture.root.grad is None and are_of_another_root(self.picture.root, order):
            self.picture.look = replace(self.picture.look, gradients=False)
        for wire in self.picture.wires:
            # Sums pass one gradient on to several nodes.
            names = [f"{name}.grad" for name in owners.get(wire.node, ()) if name]
            if names:
                wire.gradient_of = " = ".join(names[:MOST_GRADIENTS_IN_A_NAME])

    def _mark_first_nonfinite(self) -> None:
        if is_live(self.picture.root.value):
            return  # the page finds it, at every change
        node = find_nonfinite(self.picture.root)
        if node is None:
            return
        which = "gradient" if is_finite(node.value) else "value"
        self.picture.mark(node, f"first {which} that is not finite")


def _reading_order(box: Box) -> dict[tuple[Node, int], int]:
    """The place of each input of a fold's operations, as one reads the expression.

    Examples
    --------
    >>> x, W, b = Node(1.0, name="x"), Node(2.0, name="W"), Node(3.0, name="b")
    >>> T = W * 1.0
    >>> y = x * T + b
    >>> picture = picture_of(y, fold=0)
    >>> [edge.wire.name for edge in picture.inputs[picture.boxes[0]]]
    ['x', 'W', 'b']
    """
    inside = set(box.nodes)
    used = {x for node in box.nodes for x in node.inputs if type(x) is Node}
    order: dict[tuple[Node, int], int] = {}
    seen: set[Node] = set()
    for result in box.nodes:
        waiting: list[tuple[Node, int]] = [(result, -1)] if result not in used else []
        while waiting:
            node, position = waiting.pop()
            if position >= 0:
                order.setdefault((node, position), len(order))
                x = node.inputs[position]
                if type(x) is not Node or x not in inside or x in seen:
                    continue
                node = x
            seen.add(node)
            waiting += [(node, place) for place in reversed(range(len(node.inputs)))]
    return order


MOST_TO_CHECK = 3000
"""In larger graphs, gradients without one at the root count as those of another root."""


def are_of_another_root(root: Node, order: Sequence[Node]) -> bool:
    """Whether gradients are left over from another graph, with which this one shares nodes.

    After ``backward(keep_intermediate=False)`` only leaves have gradients, the root has none: then
    those are of this graph that it has by a backward pass of its own.
    """
    kept = {node: plain_gradient(node) for node in order if node.grad is not None}
    if not kept:
        return False
    if any(node.operation is not None or type(node.grad) is Node for node in kept):
        return True
    if not root.requires_grad or len(order) > MOST_TO_CHECK:
        return True
    with np.errstate(all="ignore"):
        own = backpropagate(root, np.ones_like(root.value)[()], keep_intermediate=False)
    return not all(
        node in own and np.allclose(raw(own[node]), gradient, equal_nan=True)
        for node, gradient in kept.items()
    )
