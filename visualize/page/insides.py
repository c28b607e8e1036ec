"""What is inside of a fold, as a picture whose wires come in and leave at its border."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from autograd_core import Node, Scope
from autograd_core.node import raw

from ..graph.picture import Box, Constant, Edge, Picture, Wire
from ..layout.detours import cut_long_wires
from ..layout.sizes import measure, size_box
from ..layout.unit import Input, Link, Output, Unit, Units, as_read
from ..layout.units import units_of
from ..steps.sequence import Step, steps_of
from ..steps.symbolic import symbolic_steps
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
        cut_long_wires(picture)
        self._box = {node: box for box in picture.boxes for node in box.nodes}

    @cached_property
    def units(self) -> Units:
        """All of it measured, with the names that it has in the whole graph."""
        return units_of(self.picture, plain=False)

    @cached_property
    def links(self) -> dict[str, list[Link]]:
        """The links into each box, by its id."""
        found: dict[str, list[Link]] = defaultdict(list)
        for link in self.units.links:
            found[link.target.id].append(link)
        return found

    @cached_property
    def unit(self) -> dict[str, Unit]:
        """The units by their ids."""
        return {unit.id: unit for unit in self.units.units}

    @cached_property
    def steps(self) -> list[Step]:
        """All steps."""
        symbolic = self.picture.look.symbolic
        return symbolic_steps(self.picture) if symbolic else steps_of(self.picture)

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


class Inside:
    """The inside of a fold: what a level of folding shows of it, with ports at its border.

    Attributes
    ----------
    wires, constants : list
        What stands in it, as on the level.
    sources : dict of Edge to str
        The edges to its boxes, and what the page calls their sources.
    ports : dict of str to str
        The units at which wires come in from outside, and what the page calls these.
    ends : dict of str to str
        The edges that end at the border: the id of each, and of its wire on the page.
    """

    def __init__(
        self, level: Level, boxes: Collection[Box], outside: Sequence[Edge], names: Names
    ) -> None:
        self.level, self.boxes, self.names = level, boxes, names
        # What stands before the box when it is closed does so when it is open, also a wire that
        # was cut there.
        self.given = {_origin(edge): names.source(edge) for edge in outside}
        picture = level.picture
        self.edges = [edge for box in boxes for edge in picture.inputs[box]]
        self.wires = [wire for box in boxes for wire in picture.results[box]]
        self.results = [
            wire
            for wire in self.wires
            if wire.node is picture.root
            or any(edge.target not in boxes for edge in picture.consumers[wire])
        ]
        sources = dict.fromkeys(edge.source for edge in self.edges if self._port(edge) is None)
        self.wires += [x for x in sources if isinstance(x, Wire) and x.source not in boxes]
        self.constants = [x for x in sources if isinstance(x, Constant)]
        self.ports: dict[str, str] = {}
        self.ends = {
            f"end{place}": names.wire(wire.node) for place, wire in enumerate(self.results)
        }

    @property
    def sources(self) -> dict[Edge, str]:  # noqa: D102
        return {edge: self._port(edge) or self.names.source(edge) for edge in self.edges}

    @property
    def incoming(self) -> list[Wire]:
        """The wires that come in from outside."""
        sources = dict.fromkeys(edge.wire for edge in self.edges if self._port(edge) is not None)
        return [wire for wire in sources if wire is not None]

    def _port(self, edge: Edge) -> str | None:
        """What the page calls the wire that comes in from outside; None of one that does not."""
        if isinstance(edge.source, Wire) and edge.source.source in self.boxes:
            return None
        return self.given.get(_origin(edge))

    # --- its units ----------------------------------------------------------------------------

    def units(self) -> Units:
        """It as units to be placed; what comes in stands in one column at its border."""
        level = self.level
        look = level.picture.look
        self.made: dict[str, Unit] = {}
        self.gates: dict[str, Unit] = {}
        self.ports.clear()
        self.outputs: dict[str, Output] = {}
        results = {wire.id for wire in self.results}
        for box in self.boxes:
            unit = self._copy(level.unit[box.id])
            if any(output.id in results for output in unit.outputs):
                unit.outputs = [self._bare(one, results) for one in unit.outputs]
                measure(unit, look, plain=level.units.plain)
        links: list[Link] = []
        for box in self.boxes:
            target = self.made[box.id]
            for number, link in enumerate(level.links[box.id]):
                source, output = self._source(link)
                links.append(Link(link.edge, source, output, target, target.inputs[number]))
        border = Unit("border", "box")
        size_box(border, look)
        for wire, end in zip(self.results, self.ends, strict=True):
            assert wire.source is not None
            input = Input(Edge(wire, BORDER, wire.node, len(border.inputs), end))
            border.inputs.append(input)
            source = self.made[wire.source.id]
            links.append(Link(input.edge, source, self.outputs[wire.id], border, input))
        measure(border, look)
        # Behind a wire that was cut, nothing leads back from the border.
        every = [*as_read(border, links), *self.made.values(), *self.gates.values()]
        ordered = [*dict.fromkeys(every)]
        ports = [unit for unit in ordered if unit.kind == "port"]
        if ports:
            look = replace(look, leaves="column")
        return Units(look, ordered, links, level.units.plain, ports)

    def _copy(self, unit: Unit) -> Unit:
        copy = replace(
            unit,
            inputs=[replace(input) for input in unit.inputs],
            outputs=[replace(output) for output in unit.outputs],
            scopes=(),
        )
        self.made[unit.id] = copy
        self.outputs |= {output.id: output for output in copy.outputs}
        return copy

    def _bare(self, output: Output, results: Collection[str]) -> Output:
        """A wire whose numbers stand outside."""
        if output.id in results:
            self.outputs[output.id] = output = Output(output.source, port=True)
        return output

    def _source(self, link: Link) -> tuple[Unit, Output]:
        port = self._port(link.edge)
        if port is None:
            if link.source.id not in self.made:
                self._copy(link.source)
            return self.made[link.source.id], self.outputs[link.output.id]
        if port not in self.gates:
            id = f"in{len(self.ports)}"
            unit = self.gates[port] = Unit(id, "port")
            unit.outputs.append(Output(Wire(id, link.edge.node, None), port=True))
            measure(unit, self.level.picture.look)
            self.ports[id] = port
        return self.gates[port], self.gates[port].outputs[0]


BORDER = Box("border", "", True, [], None)
"""Where results leave the inside of a fold."""


def _origin(edge: Edge) -> object:
    """What comes in, the same for an array that is used several times."""
    if edge.wire is not None:
        return edge.wire.node
    if edge.position < 0:  # a count of more inputs
        return edge
    value = edge.node.inputs[edge.position]
    if not np.ndim(raw(value)):
        return edge.node, edge.position
    return value if type(value) is Node else id(value)
