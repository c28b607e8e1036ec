"""What is inside of a fold, as a picture whose wires come in and leave at its border."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from autograd_core import Node, Scope

from ..graph.picture import Box, Constant, Edge, Picture, Wire
from ..layout.detours import cut_long_wires
from ..layout.units import Units, units_of
from ..steps.sequence import Step, steps_of
from ..text import shown


class Names:
    """What the page calls things, the same on all sheets."""

    def __init__(self) -> None:
        self._known: dict[object, str] = {}
        self.scopes: dict[str, tuple[str, str]] = {}
        """Of each fold its name, and the fold around it."""

    def _name(self, letter: str, *what: object) -> str:
        return self._known.setdefault((letter, *what), f"{letter}{len(self._known)}")

    def wire(self, node: Node) -> str:
        """The name of a wire, by its node."""
        return self._name("w", node)

    def box(self, box: Box) -> str:
        """The name of an operation, or of a fold by its scope."""
        if not box.folded:
            return self._name("o", box.nodes[0])
        scope = scope_of(box)
        name = self._name("s", *(box.nodes if scope is None else (scope,)))
        if name not in self.scopes:
            self.scopes[name] = shown(box.label), self.scope(box.scope)
        return name

    def scope(self, scope: Scope | None) -> str:
        """The name of an open scope; empty outside of all."""
        if scope is None:
            return ""
        name = self._name("s", scope)
        if name not in self.scopes:
            self.scopes[name] = shown(scope.name), self.scope(scope.parent)
        return name

    def edge(self, edge: Edge) -> str:
        """The name of what comes into a box from a source."""
        return self._name("e", self.box(edge.target), self.source(edge), edge.position)

    def source(self, edge: Edge) -> str:
        """Of a wire, or of a constant by the place where it is used."""
        source = edge.source
        if isinstance(source, Wire):
            return self.wire(source.node)
        if source.text is not None or source.refers_to is not None:
            return self._name("c", self.box(edge.target), edge.node, edge.position)
        value = edge.node.inputs[edge.position]
        # An array that is used several times stands there once.
        if type(value) is Node and value.ndim:
            return self._name("c", value)
        return self._name("c", edge.node, edge.position)


def scope_of(box: Box) -> Scope | None:
    """Return the scope that is folded into a box; None where no scope holds it all."""
    depth = len(list(box.scope or ()))
    chain = list(box.nodes[0].scope or ())
    if len(chain) <= depth:
        return None
    scope = chain[depth]
    return scope if all(scope in (node.scope or ()) for node in box.nodes) else None


class Level:
    """The whole graph, folded to a depth: from it the insides of all folds of a depth are cut."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self._box = {node: box for box in picture.boxes for node in box.nodes}

    @cached_property
    def steps(self) -> list[Step]:
        """All steps."""
        return steps_of(self.picture)

    @cached_property
    def steps_of(self) -> dict[str, list[Step]]:
        """The steps in which the value and the gradient of each wire appear."""
        found: dict[str, list[Step]] = defaultdict(list)
        for step in self.steps:
            if step.kind in ("value", "gradient"):
                (wire,) = step.values if step.kind == "value" else step.gradients
                found[wire].append(step)
        return found

    def boxes_of(self, nodes: Iterable[Node]) -> dict[Box, None]:
        """The boxes that hold some nodes, in their order."""
        boxes = dict.fromkeys(self._box[node] for node in nodes)
        return dict.fromkeys(sorted(boxes, key=lambda box: int(box.id[1:])))

    def copy(self) -> Picture:
        """The picture, in which wires can be cut."""
        edges = [replace(edge) for edge in self.picture.edges]
        return replace(self.picture, edges=edges, constants=list(self.picture.constants))


class Inside:
    """The inside of a fold.

    Attributes
    ----------
    own : list of Wire
        The wires of the level that start or end in it.
    ports : dict of str to str
        The wires that come in from outside: their ids here, and on the page.
    ends : dict of str to str
        The edges that end at the border: the id of each, and of its wire on the page.
    """

    def __init__(
        self, level: Picture, boxes: Collection[Box], outside: Sequence[Edge], names: Names
    ) -> None:
        self.boxes, self.names = boxes, names
        # What stands before the box when it is closed does so when it is open, also a wire that
        # was cut there.
        self.given = {
            names.wire(edge.wire.node) if edge.wire else names.source(edge): names.source(edge)
            for edge in outside
        }
        self.ports: dict[str, str] = {}
        self.made: dict[str, Wire] = {}
        came = [edge for box in boxes for edge in level.inputs[box]]
        made = [wire for box in boxes for wire in level.results[box]]
        self.own = [*made]
        self.own += {e.source: None for e in came if isinstance(e.source, Wire)}.keys() - {*made}
        results = [
            wire
            for wire in made
            if wire.node is level.root
            or any(edge.target not in boxes for edge in level.consumers[wire])
        ]
        self.ends = {f"end{place}": names.wire(wire.node) for place, wire in enumerate(results)}
        border = Box("border", "", True, [], None)
        end = Wire("end", Node(0.0, requires_grad=False), border)
        edges = [self._edge(edge) for edge in came]
        edges += [
            Edge(wire, border, wire.node, place, f"end{place}")
            for place, wire in enumerate(results)
        ]
        sources = dict.fromkeys(edge.source for edge in edges)
        wires = {wire: None for wire in (*sources, *made) if isinstance(wire, Wire)}
        self.picture = Picture(
            end.node,
            sum(len(box.nodes) for box in boxes),
            level.look,
            [*boxes, border],
            [*sorted(wires, key=lambda wire: wire.node.serial), end],
            [source for source in sources if isinstance(source, Constant)],
            edges,
            level.nonfinite,
        )
        self._leaving = {wire.id for wire in results}

    def _edge(self, edge: Edge) -> Edge:
        source: Wire | Constant = edge.source
        outer = self.given.get(self.names.source(edge))
        if outer is not None and not (isinstance(source, Wire) and source.source in self.boxes):
            if outer not in self.made:
                node = source.node if isinstance(source, Wire) else Node(source.value)
                self.made[outer] = Wire(f"in{len(self.made)}", node, None)
                self.ports[self.made[outer].id] = outer
            source = self.made[outer]
        return Edge(source, edge.target, edge.node, edge.position, edge.id)

    def units(self) -> Units:
        """It measured; what comes in stands in one column at its border."""
        cut_long_wires(self.picture)
        units = units_of(self.picture, {*self.ports, *self._leaving, "end"})
        at_the_border = [unit for unit in units.leaves if unit.kind == "port"]
        # Where the drawing is to fill a frame of its own, a part of it is not.
        aspect = math.inf if self.picture.look.aspect == math.inf else None
        units.look = replace(units.look, aspect=aspect)
        if at_the_border:
            units.leaves = at_the_border
            units.look = replace(units.look, leaves="column")
        return units
