"""The units that Graphviz places: each an operation with its wires' numbers, or a leaf; measured.

A unit runs along the flow: rows of local gradients, the body with its label, the rule with the
value above it and the gradient below. Everything is measured here, in a wide font, so Graphviz
sees boxes of fixed size and two versions of it give the same picture.

Lengths along the flow are called u, across it v; from left to right that is x and y.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from autograd_core import Scope

from ..graph.columns import columns_in
from ..graph.contributions import contributions, local_gradients, local_words
from ..graph.naming import names_of_constants, names_of_wires
from ..graph.picture import Box, Constant, Edge, Picture, Wire
from ..steps.symbolic import local_symbols_of, symbols_of
from ..style import Look
from ..text import in_line
from .blocks import LINE, NOTHING, Block, Blocks, beside, even, in_one_place, stacked
from .function_boxes import Halves, halves_of
from .sheet import Shape

MOST_PARTS_IN_FULL = 1200
"""Above this many parts nobody reads the numbers: they stand inside the circles, in one block."""

MOST_FORMULAS = 7
"""With more folded layers than this their formulas are left to the pointer."""

AIR = 3.0
"""Between a wire and the numbers above and below it."""

Kind = Literal["circle", "pill", "box", "function", "leaf", "constant", "port"]


@dataclass(eq=False, slots=True)
class Output:
    """A wire where it leaves its unit: its rule, with the value above and the gradient below."""

    source: Wire | Constant
    port: bool = False
    """Whether it goes on, or comes from, outside of the sheet, where its numbers stand."""
    above: Block = NOTHING
    below: Block = NOTHING
    name: Block = NOTHING
    remark: Block = NOTHING
    record: Block = NOTHING
    """A box with cells on the rule, as micrograd draws it."""
    along: float = 0.0
    across: float = 0.0
    over: float | None = None
    """How much of `across` lies above the wire, where that is not half of it."""
    v: float = 0.0
    """Its height, from the middle of the unit."""
    start: float = 0.0
    end: float = 0.0

    @property
    def id(self) -> str:
        """The id of the wire."""
        return self.source.id


@dataclass(eq=False, slots=True)
class Input:
    """A wire where it comes in: through the row of its local gradient, if there is one."""

    edge: Edge
    above: Block = NOTHING
    below: Block = NOTHING
    along: float = 0.0
    across: float = 0.0
    v: float = 0.0
    """The height at which it reaches the unit."""
    port: float = 0.0
    """The height at which it meets the body."""


@dataclass(eq=False, slots=True)
class Unit:
    """One thing to place; `u` and `v` are its middle as Graphviz placed it."""

    id: str
    kind: Kind
    body: Block = NOTHING
    title: Block = NOTHING
    """Above the body, of a function box."""
    marked: bool = False
    scopes: tuple[Scope, ...] = ()
    """The open scopes around it that are framed, from the outermost."""
    body_along: float = 0.0
    body_across: float = 0.0
    rows: float = 0.0
    """How far the rows of local gradients reach before the body."""
    run_in: float = 0.0
    """How far before the body they end, where wires turn to their ports."""
    lead: float = 0.0
    """How far the name reaches before the rule of a leaf."""
    after: float = 0.0
    """How far the rules reach behind the body."""
    along: int = 0
    across: int = 0
    inputs: list[Input] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    u: float = 0.0
    v: float = 0.0
    column: int = 0
    left: float = 0.0
    middle: float = 0.0
    right: float = 0.0

    @property
    def is_operation(self) -> bool:
        """Whether it has a body that wires run into."""
        return self.kind in ("circle", "pill", "box", "function")

    @property
    def above(self) -> float:
        """Its upper end, or its left one where the flow runs down."""
        return self.v - self.across / 2

    @property
    def below(self) -> float:
        """The other end."""
        return self.v + self.across / 2

    def size_box(self, look: Look) -> None:
        """Make the box large enough for what stands in it."""
        size = look.theme.font_size
        wide = self.body.width + 1.3 * size
        high = max(self.body.height + 0.8 * size, 2.2 * size)
        self.body_along, self.body_across = _turned(look, wide, high)

    def face(self, v: float) -> float:
        """How far before, or behind, its middle the outline of the body is met at a height."""
        if self.kind == "circle":
            radius = self.body_along / 2
            return math.sqrt(max(radius**2 - v**2, 0.0))
        if self.kind == "pill":
            radius = min(self.body_along, self.body_across) / 2
            flat = self.body_across / 2 - radius
            over = max(0.0, abs(v) - flat)
            return self.body_along / 2 - radius + math.sqrt(max(radius**2 - over**2, 0.0))
        return self.body_along / 2


@dataclass(eq=False)
class Link:
    """An edge of the picture between two units."""

    edge: Edge
    source: Unit
    output: Output
    target: Unit
    input: Input


@dataclass(eq=False)
class Units:
    """All units of a picture, as a walk from the result meets them, and the links between them."""

    look: Look
    units: list[Unit]
    links: list[Link]
    plain: bool
    leaves: list[Unit]

    @property
    def across(self) -> bool:
        """Whether the flow runs from left to right, or back."""
        return self.look.across


def units_of(picture: Picture, ports: Collection[str] = (), *, plain: bool | None = None) -> Units:
    """Return the measured units of a picture.

    Parameters
    ----------
    picture : Picture
        What is drawn.
    ports : collection of str
        Ids of wires that come from, or go on, outside of the sheet: nothing is written at them.
    plain : bool, optional
        Whether it is so large that numbers stand inside the circles; by default, by its parts.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize.graph.picture import picture_of
    >>> x = Node(3.0, name="x")
    >>> [unit.kind for unit in units_of(picture_of(x * x)).units]
    ['circle', 'leaf']
    """
    return _Measure(picture, ports, plain).units


class _Measure:
    def __init__(self, picture: Picture, ports: Collection[str], plain: bool | None) -> None:
        self.picture = picture
        self.look = picture.look
        self.ports = ports
        self.write = Blocks(self.look)
        self.size = self.look.theme.font_size
        self.horizontal = self.look.across
        self.records = self.look.theme.wires == "record"
        self.plain = picture.parts > MOST_PARTS_IN_FULL if plain is None else plain
        with_locals = self.look.local_gradients and not self.plain
        self.local: Mapping[Edge, Any] = {}
        if with_locals:
            self.local = {**local_words(picture), **local_gradients(picture)}
        self.parts = contributions(picture, self.local) if with_locals else {}
        if with_locals and self.look.symbolic:
            letters = local_symbols_of(picture)
            words = {edge: text for edge, text in self.local.items() if isinstance(text, str)}
            self.local = words | {edge: local for edge, (local, _) in letters.items()}
            self.parts = {edge: part for edge, (_, part) in letters.items() if part}
        self.formulas = sum(box.formulas is not None for box in picture.boxes) <= MOST_FORMULAS
        self.names = self._names()
        self.symbols: Mapping[str, tuple[Any, Any]] = {}
        if (self.look.symbolic or self.look.symbols_first) and not self.plain:
            self.symbols = symbols_of(picture)
        self.upright = set() if self.plain else columns_in(picture)
        self.by_id: dict[str, Unit] = {}
        owners = self._outputs()
        links = self._inputs(owners)
        for unit in self.by_id.values():
            if not unit.is_operation:
                measure(unit, self.look, plain=self.plain)
        self._make_rows_as_high_as_leaves(links)
        for unit in self.by_id.values():
            if unit.is_operation:
                measure(unit, self.look, plain=self.plain)
        root = next(wire for wire in picture.wires if wire.node is picture.root)
        ordered = _from_the_result(owners[root.id][0], [*self.by_id.values()], links)
        if self.look.outlines and not self.plain:
            self._frame(links)
        leaves = [self.by_id[wire.id] for wire in picture.wires if wire.source is None]
        self.units = Units(self.look, ordered, links, self.plain, leaves)

    def _names(self) -> dict[Wire | Constant, str]:
        """The names that stand in the picture although nobody gave them.

        That of the result, which all gradients are called after, and of the data of a network;
        on request those of all results.
        """
        if self.plain:
            return {}
        picture = self.picture
        wires, constants = names_of_wires(picture), names_of_constants(picture)
        if self.look.names or self.look.symbolic:
            return dict([*wires.items(), *constants.items()])
        shown: dict[Wire | Constant, str] = {
            wire: name for wire, name in wires.items()
            if wire.node is picture.root or (wire.source is None and name in ("x", "y"))
        }  # fmt: skip
        return shown | {constant: name for constant, name in constants.items() if name in "xy"}

    def _frame(self, links: list[Link]) -> None:
        """Say which open scopes each unit stands in: a leaf in those of all that take it."""
        for box in self.picture.boxes:
            self.by_id[box.id].scopes = tuple(box.scope or ())
        inside: dict[Unit, tuple[Scope, ...]] = {}
        for link in links:
            if not link.source.is_operation:
                scopes = link.target.scopes
                known = inside.get(link.source, scopes)
                inside[link.source] = tuple(
                    one for one, other in zip(known, scopes, strict=False) if one is other
                )
        for unit, scopes in inside.items():
            unit.scopes = scopes

    # --- what there is ------------------------------------------------------------------------

    def _outputs(self) -> dict[str, tuple[Unit, Output]]:
        owners: dict[str, tuple[Unit, Output]] = {}
        inside = set() if not self.plain else {
            wire.source for wire in self.picture.wires
            if wire.source is not None and not wire.source.folded
        }  # fmt: skip
        for box in self.picture.boxes:
            self.by_id[box.id] = self._operation(box, box in inside)
        for wire in self.picture.wires:
            if wire.source is None:
                kind: Kind = "port" if wire.id in self.ports else "leaf"
                unit = self.by_id[wire.id] = Unit(wire.id, kind)
            else:
                unit = self.by_id[wire.source.id]
            output = self._output(wire, unit, written=wire.source not in inside)
            unit.outputs.append(output)
            owners[wire.id] = unit, output
        for constant in self.picture.constants:
            name = self.names.get(constant)
            if name is None or self.records:
                unit, output = self._plain_constant(constant)
            else:  # the data of a network
                unit = Unit(constant.id, "leaf")
                upright = id(constant.value) in self.upright
                value = self.write.value(constant.value, "value", upright=upright)
                output = Output(constant, above=value, name=self.write.name(name))
            self.by_id[constant.id] = unit
            unit.outputs.append(output)
            owners[constant.id] = unit, output
        return owners

    def _plain_constant(self, constant: Constant) -> tuple[Unit, Output]:
        return Unit(constant.id, "constant"), Output(constant, above=self._constant(constant))

    def _inputs(self, owners: Mapping[str, tuple[Unit, Output]]) -> list[Link]:
        links = []
        for edge in self.picture.edges:
            source, output = owners[edge.source.id]
            target = self.by_id[edge.target.id]
            input = Input(edge)
            # Where the drawing cuts a wire there is no room for a local gradient.
            local = self.local.get(edge) if isinstance(edge.source, Wire) else None
            if local is not None:
                input.above = self.write.value(local, "local")
                part = self.parts.get(edge)
                input.below = NOTHING if part is None else self._gradient(part)
            target.inputs.append(input)
            links.append(Link(edge, source, output, target, input))
        return links

    def _output(self, wire: Wire, unit: Unit, *, written: bool) -> Output:
        output = Output(wire, port=wire.id in self.ports)
        if not written or output.port:
            return output
        node = wire.node
        gradient = self.picture.gradient(node)
        if self.plain:
            if unit.kind == "leaf":
                unit.body = self._numbers(wire)
            return output
        name = self.names.get(wire) if wire.name is None else wire.name
        if name is not None and not self.look.symbolic:
            after = " =" if unit.is_operation and self.horizontal and not self.records else ""
            output.name = self.write.name(name, after)
        if wire.marked and self.picture.nonfinite is not None:
            output.remark = self.write.text(self.picture.nonfinite, "warning", small=True)
        if self.records:
            output.record = self._record(output, node.value, gradient)
            return output
        above, below = node.value, gradient
        if self.look.symbolic:
            above, below = self.symbols.get(wire.id, (above, below))
        upright = id(node.value) in self.upright
        output.above = self.write.value(above, "value", upright=upright)
        if below is not None and self.look.gradients:
            output.below = self._gradient(below, upright=upright)
        if self.look.symbols_first and not self.look.symbolic:
            self._put_symbols(output, wire)
        return output

    def _put_symbols(self, output: Output, wire: Wire) -> None:
        """Make room for the symbols that stand in the place of numbers before those are known."""
        above, below = self.symbols[wire.id]
        if output.name:
            above = above.partition(" = ")[2]
        symbol = self.write.value(above, "value").of("value symbol") if above else NOTHING
        across, down = (0.5, 1.0) if self.horizontal else (1.0, 0.5)
        output.above = in_one_place(output.above, symbol, across=across, down=down)
        symbol = self._gradient(below).of("gradient symbol") if below else NOTHING
        output.below = in_one_place(output.below, symbol, across=1 - across, down=1 - down)

    def _gradient(self, gradient: Any, *, upright: bool = False) -> Block:
        return self.write.value(gradient, "gradient", with_shape=False, upright=upright)

    def _numbers(self, wire: Wire) -> Block:
        """The quick look of a picture that is too large to read: all in one block."""
        gradient = self.picture.gradient(wire.node)
        lines = [] if wire.name is None else [self.write.name(wire.name)]
        number_format = self.look.number_format
        lines.append(self.write.text(in_line(wire.node.value, number_format), "value"))
        if gradient is not None:
            lines.append(self.write.text(in_line(gradient, number_format), "gradient"))
        return stacked(lines)

    def _record(self, output: Output, value: Any, gradient: Any) -> Block:
        data = beside(self.write.text("data"), self.write.value(value, "value").of("value"), gap=4)
        cells = [output.name, output.remark, data]
        if gradient is not None:
            number = self._gradient(gradient).of("gradient")
            cells.append(beside(self.write.text("grad"), number, gap=4))
        output.name = output.remark = NOTHING
        return _cells([cell for cell in cells if cell])

    def _constant(self, constant: Constant) -> Block:
        if constant.text is not None:
            return self.write.text(constant.text)
        wire = constant.refers_to
        if wire is None:
            if self.plain:
                return self.write.text(in_line(constant.value, self.look.number_format))
            return self.write.constant(constant.value, upright=id(constant.value) in self.upright)
        if wire.name:
            return self.write.name(wire.name)
        return self.write.text(in_line(wire.node.value, self.look.number_format), "value")

    # --- bodies -------------------------------------------------------------------------------

    def _operation(self, box: Box, numbers_inside: bool) -> Unit:
        unit = Unit(box.id, "box" if box.folded else "circle", marked=box.marked)
        label = self.write.name(box.label) if box.folded else self.write.text(box.label)
        halves = self._halves(box)
        if halves is not None:
            self._function(unit, *halves)
            return unit
        radius = 1.38 * self.size
        if numbers_inside:
            (wire,) = self.picture.results[box]
            unit.body = stacked([label, self._numbers(wire)])
            unit.kind = "pill"
        elif box.folded:
            unit.body = self._fold(box, label)
        else:
            unit.body = label
            if label.width > 2 * radius - 4:
                unit.kind = "pill"
        if unit.kind == "circle":
            unit.body_along = unit.body_across = 2 * radius
        else:
            unit.size_box(self.look)
        return unit

    def _halves(self, box: Box) -> Halves | None:
        wanted = self.look.function_boxes and not self.plain
        return halves_of(self.picture, box) if wanted else None

    def _function(self, unit: Unit, names: tuple[str, str], value: Any, derivative: Any) -> None:
        """A box with two halves, and what they are called above it."""
        unit.kind = "function"
        unit.title = self.write.formula(" | ".join(names), "text")
        left, right = self.write.value(value, "value"), self.write.value(derivative, "local")
        half = max(left.width, right.width, 1.8 * self.size) + self.size
        high = max(left.height, right.height) + self.size
        cells = (
            block.at((half - block.width) / 2 + place * half, (high - block.height) / 2)
            for place, block in enumerate((left, right))
        )
        unit.body = Block(2 * half, high, tuple(shape for cell in cells for shape in cell))
        unit.body_along, unit.body_across = _turned(self.look, 2 * half, high)

    def _fold(self, box: Box, label: Block) -> Block:
        if box.formulas is None or self.plain or not self.formulas:
            return label
        forward, backward = box.formulas
        above = self.write.formula(forward, "value", small=True)
        below = [self.write.formula(line, "gradient", small=True) for line in backward]
        return stacked([above, label, *below])

    def _make_rows_as_high_as_leaves(self, links: list[Link]) -> None:
        """Give rows their heights, so that each stands on the line of its leaf."""
        for link in links:
            if not any(input.above for input in link.target.inputs):
                continue
            above, below = link.input.above, link.input.below
            line = LINE * self.size
            if self.horizontal:
                along = max(above.width, below.width, 1.8 * self.size) + 6
                across = 2 * (max(above.height, below.height, 0.6 * line) + AIR)
            else:
                along = max(above.height, below.height, line) + 6
                across = 2 * (max(above.width, below.width, 10.0) + 7)
            if link.source.kind == "leaf" and len(link.target.inputs) > 1:
                across = max(across, link.source.across + 10)
            link.input.along, link.input.across = along, across


# --- sizes ---------------------------------------------------------------------------------------


def measure(unit: Unit, look: Look, *, plain: bool = False) -> None:
    """Find out how much room a unit takes, and at which heights wires reach and leave it."""
    _measure_inputs(unit, look)
    for output in unit.outputs:
        _measure_output(unit, output, look, plain=plain)
    height = sum(output.across for output in unit.outputs)
    at = -height / 2
    for output in unit.outputs:
        output.v = at + (output.across / 2 if output.over is None else output.over)
        at += output.across
    unit.after = max((output.along for output in unit.outputs), default=0.0)
    rows = sum(input.across for input in unit.inputs)
    title = 0.0
    if unit.title:
        title = 2 * ((unit.title.height if look.across else unit.title.width) + 4)
    unit.along = even(unit.rows + unit.body_along + unit.lead + unit.after)
    unit.across = even(max(height, unit.body_across + 2 + title, rows))


def _measure_output(unit: Unit, output: Output, look: Look, *, plain: bool) -> None:
    size = look.theme.font_size
    line = LINE * size
    if unit.kind == "port" or output.port:
        sides = 10.0, 14.0
    elif unit.kind == "constant":
        sides = _turned(look, output.above.width + 4, max(output.above.height, line))
    elif plain:
        sides = 8.0, 8.0
        if unit.kind == "leaf":
            sides = _turned(look, unit.body.width + 6, unit.body.height + 4)
    elif output.record:
        along, across = _turned(look, output.record.width, output.record.height + 6)
        sides = along + (18 if unit.is_operation else 0), across
    elif look.across:
        sides = _beside_a_level_wire(unit, output, size)
    else:
        sides = _beside_an_upright_wire(unit, output, size)
    output.along, output.across = sides


def _turned(look: Look, wide: float, high: float) -> tuple[float, float]:
    """Width and height as lengths along the flow and across it."""
    return (wide, high) if look.across else (high, wide)


def _beside_a_level_wire(unit: Unit, output: Output, size: float) -> tuple[float, float]:
    above, below, name, remark = output.above, output.below, output.name, output.remark
    wide = max(above.width, below.width, remark.width, 2.3 * size) + 8
    if name and unit.is_operation:
        wide += name.width + 6
    elif name:
        unit.lead = name.width + 8
    high = max(above.height + remark.height, LINE * size)
    if unit.is_operation:
        return wide, 2 * (max(high, below.height, name.height) + AIR)
    output.over = even(max(high, name.height / 2) + AIR)
    return wide, output.over + even(max(below.height, name.height / 2) + AIR)


def _beside_an_upright_wire(unit: Unit, output: Output, size: float) -> tuple[float, float]:
    above, below, name, remark = output.above, output.below, output.name, output.remark
    label = name if unit.is_operation else NOTHING
    if name and not unit.is_operation:
        unit.lead = name.height + 2
    left = max(above.width, remark.width, label.width)
    half = max(left, below.width, 12.0, 0.0 if label else name.width / 2)
    high = above.height + remark.height + label.height
    return max(high, below.height, LINE * size) + 8, 2 * (half + 7)


def _measure_inputs(unit: Unit, look: Look) -> None:
    inputs = unit.inputs
    count = len(inputs)
    if not count:
        return
    if unit.kind == "circle":
        radius = unit.body_across / 2
        step = 0.0 if count < 2 else min(1.24 * radius / (count - 1), radius)
    else:
        least = 11.0 if look.across else 14.0
        unit.body_across = max(unit.body_across, least * count + 6)
        step = unit.body_across / (count + (0 if count > 2 else 1))
    for place, input in enumerate(inputs):
        input.v = input.port = (place - (count - 1) / 2) * step
    if not any(input.above for input in inputs):
        return
    at = -sum(input.across for input in inputs) / 2
    for input in inputs:
        input.v = at + input.across / 2
        at += input.across
    size = look.theme.font_size
    shift = max(abs(input.v - input.port) for input in inputs)
    unit.run_in = min(max(size, 0.35 * shift), 2.5 * size)
    unit.rows = max(input.along for input in inputs) + 0.7 * size + unit.run_in


def _cells(blocks: list[Block]) -> Block:
    """A box with cells beside each other, their texts in the middle."""
    high = max(block.height for block in blocks) + 8
    shapes: list[Shape] = []
    left = 0.0
    for block in blocks:
        wide = block.width + 10
        corners = ((left, 0.0), (left + wide, high))
        shapes.append(Shape("rectangle", corners, "fill", "line"))
        shapes += block.at(left + 5, (high - block.height) / 2)
        left += wide
    return Block(left, high, tuple(shapes))


def _from_the_result(root: Unit, units: list[Unit], links: list[Link]) -> list[Unit]:
    """Return the units in the order in which one reads the expression, from the result on."""
    into: dict[Unit, list[Unit]] = {}
    for link in links:
        into.setdefault(link.target, []).append(link.source)
    found: dict[Unit, None] = {}
    waiting = [root]
    while waiting:
        unit = waiting.pop()
        if unit not in found:
            found[unit] = None
            waiting += reversed(into.get(unit, []))
    return [*found, *(unit for unit in units if unit not in found)]
