"""What is written at the wires and in the boxes of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..graph.columns import columns_in
from ..graph.contributions import contributions, local_gradients, local_words
from ..graph.naming import names_of_constants, names_of_wires
from ..graph.picture import Box, Constant, Edge, Picture, Wire
from ..steps.symbolic import local_symbols_of, symbols_of
from ..text import in_line
from .blocks import NOTHING, Block, Blocks, beside, in_one_place, stacked
from .function_boxes import Halves, halves_of
from .sheet import Shape
from .sizes import size_box, turned
from .unit import Input, Output, Unit

MOST_FORMULAS = 7
"""With more folded layers than this their formulas are left to the pointer."""


class Writer:
    """Writes into the units of one picture; of a plain one only what can be read from afar."""

    def __init__(self, picture: Picture, *, plain: bool) -> None:
        self.picture = picture
        self.plain = plain
        self.look = picture.look
        self.write = Blocks(self.look)
        self.size = self.look.theme.font_size
        self.horizontal = self.look.across
        self.records = self.look.theme.wires == "record"
        self.local: Mapping[Edge, Any] = {}
        self.parts: Mapping[Edge, Any] = {}
        if self.look.local_gradients and not plain:
            self._read_local_gradients()
        self.formulas = sum(box.formulas is not None for box in picture.boxes) <= MOST_FORMULAS
        self.names = self._names()
        self.symbols: Mapping[str, tuple[Any, Any]] = {}
        if (self.look.symbolic or self.look.symbols_first) and not plain:
            self.symbols = symbols_of(picture)
        self.upright = set() if plain else columns_in(picture)

    def _read_local_gradients(self) -> None:
        """What stands at the inputs of operations, and what the branches of forks contribute."""
        picture = self.picture
        self.local = {**local_words(picture), **local_gradients(picture)}
        if not self.look.symbolic:
            self.parts = contributions(picture, self.local)
            return
        letters = local_symbols_of(picture)
        words = {edge: text for edge, text in self.local.items() if isinstance(text, str)}
        self.local = words | {edge: local for edge, (local, _) in letters.items()}
        self.parts = {edge: part for edge, (_, part) in letters.items() if part}

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

    # --- at wires -----------------------------------------------------------------------------

    def at_wire(self, wire: Wire, unit: Unit, output: Output) -> None:
        """Write name, value and gradient of a wire."""
        node = wire.node
        gradient = self.picture.gradient(node)
        if self.plain:
            if unit.kind == "leaf":
                unit.body = self._numbers(wire)
            return
        name = self.names.get(wire) if wire.name is None else wire.name
        if name is not None and not self.look.symbolic:
            after = " =" if unit.is_operation and self.horizontal and not self.records else ""
            output.name = self.write.name(name, after)
        if wire.marked and self.picture.remark is not None:
            output.remark = self.write.text(self.picture.remark, "warning", small=True)
        if self.records:
            output.record = self._record(output, node.value, gradient)
            return
        above, below = node.value, gradient
        if self.look.symbolic:
            above, below = self.symbols.get(wire.id, (above, below))
        upright = id(node.value) in self.upright
        output.above = self.write.value(above, "value", upright=upright)
        if below is not None and self.look.gradients:
            output.below = self._gradient(below, upright=upright)
        if self.look.symbols_first and not self.look.symbolic:
            self._put_symbols(output, wire)

    def at_edge(self, edge: Edge, input: Input) -> None:
        """Write the local gradient of an input, and what its branch contributes."""
        # Where the drawing cuts a wire there is no room for a local gradient.
        local = self.local.get(edge) if isinstance(edge.source, Wire) else None
        if local is not None:
            input.above = self.write.value(local, "local")
            part = self.parts.get(edge)
            input.below = NOTHING if part is None else self._gradient(part)

    def constant(self, constant: Constant) -> tuple[Unit, Output]:
        """Return a constant operand with its number; the data of a network stand as a leaf."""
        name = self.names.get(constant)
        if name is None or self.records:
            return Unit(constant.id, "constant"), Output(constant, above=self._constant(constant))
        upright = id(constant.value) in self.upright
        value = self.write.value(constant.value, "value", upright=upright)
        return Unit(constant.id, "leaf"), Output(constant, above=value, name=self.write.name(name))

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

    # --- in boxes -------------------------------------------------------------------------------

    def operation(self, box: Box, *, numbers_inside: bool) -> Unit:
        """Return a circle or a box with its label."""
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
            size_box(unit, self.look)
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
        unit.body_along, unit.body_across = turned(self.look, 2 * half, high)

    def _fold(self, box: Box, label: Block) -> Block:
        if box.formulas is None or self.plain or not self.formulas:
            return label
        forward, backward = box.formulas
        above = self.write.formula(forward, "value", small=True)
        below = [self.write.formula(line, "gradient", small=True) for line in backward]
        return stacked([above, label, *below])


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
