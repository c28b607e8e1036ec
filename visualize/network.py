"""The picture of a network without data: its layers, shapes and parameter counts."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeGuard

from .drawing import PlacedDrawing
from .graph.picture import lines_of
from .layout.blocks import NOTHING, Blocks, stacked
from .layout.laid_out import LaidOut, placed
from .layout.sheet import Sheet, letters
from .layout.sizes import measure, size_box
from .layout.unit import Input, Link, Output, Unit, Units
from .lettering import width
from .style import Look
from .text import shape_text, shown

if TYPE_CHECKING:
    from nn import NeuralNetwork
    from nn.stages import Stage

LONGEST_TITLE = 60
"""Longer layers are cut in the picture; the tooltip has more of them."""


def is_network(thing: Any) -> TypeGuard[NeuralNetwork]:
    """Whether something is a network of `nn`, which is not imported for that."""
    nn = sys.modules.get("nn")
    return nn is not None and isinstance(thing, getattr(nn, "NeuralNetwork", ()))


MOST_INSIDE = 8
"""Lines for the layers that a block is made of."""


class NetworkDrawing(PlacedDrawing):
    """The layers of a network without data, from the inputs to the loss; see `draw`.

    Examples
    --------
    >>> from nn import FullyConnected, NeuralNetwork, ReLU
    >>> from visualize import draw
    >>> network = NeuralNetwork([FullyConnected(784, 128), ReLU(), FullyConnected(128, 10)])
    >>> draw(network)
    layer                     output  parameters
    --------------------------------------------
    FullyConnected(784, 128)  (128,)     100,480
    ReLU()                    (128,)           0
    FullyConnected(128, 10)   (10,)        1,290
    --------------------------------------------
    total                                101,770
    """

    def __init__(self, network: NeuralNetwork, look: Look) -> None:
        self.look = look
        self._writer = writer = _NetworkInUnits(network, look)
        self.description = writer.description
        self.table = network.summary()
        self.references = {}
        self.parts = 2 * len(writer.stages) + 4
        self.steps = []
        self.no_steps = (
            "a network without data has no steps. Draw its graph on a batch: "
            "draw(network.loss(network.forward(x), y), fold=1).frames()"
        )

    def _lay_out(self) -> LaidOut:
        return placed(self._writer.units(), "line", self._writer.titles)

    @cached_property
    def sheet(self) -> Sheet:  # type: ignore[override]
        """All shapes; below them what the network is."""
        sheet = self.laid_out.sheet
        size = self.look.theme.font_size
        words = letters(self.description, (sheet.width / 2, sheet.height + 0.4 * size), size)
        wide = max(sheet.width, width(self.description, size) + 2 * size)
        left = (wide - sheet.width) / 2
        shapes = [shape.moved(left, 0) for shape in (*sheet.shapes, words)]
        return replace(sheet, width=wide, height=sheet.height + size, shapes=shapes)


@dataclass(eq=False)
class _Named:
    """A wire or an edge that is known by its id alone."""

    id: str


class _NetworkInUnits:
    """Measures the layers of one network, and the wires between them."""

    def __init__(self, network: NeuralNetwork, look: Look) -> None:
        self.network = network
        self.look = look
        self.write = Blocks(look)
        from nn.stages import shapes_between

        self.stages = network.stages()
        self.before, *self.shapes = shapes_between(self.stages, shape_text)
        self.titles: dict[str, str] = {}
        total = sum(stage.parameters for stage in self.stages)
        layers = f"{len(self.stages)} layer{'s' if len(self.stages) != 1 else ''}"
        self.description = f"Neural network: {layers}, {_counted(total)}"

    def units(self) -> Units:
        """The units from the inputs to the loss."""
        count = len(self.stages)
        before = self._leaf("w0", "x", self.before)
        units, links = [before], []
        for number, (stage, shape) in enumerate(zip(self.stages, self.shapes, strict=True), 1):
            unit = self._layer(f"o{number}", stage)
            self._passing(unit, f"w{number}", shape)
            links.append(self._joined(before, unit))
            units.append(unit)
            before = unit
        loss = self._box(f"o{count + 1}", self.network.loss, [repr(self.network.loss)], [])
        target = self._leaf(f"w{count + 1}", "y", "")
        self.titles[target.id] = "the labels"
        self._passing(loss, f"w{count + 2}", "")
        self.titles[f"w{count + 2}"] = "the loss"
        links += [self._joined(before, loss), self._joined(target, loss)]
        units += [loss, target]
        for unit in units:
            measure(unit, self.look)
        return Units(self.look, units[::-1], links, plain=False, leaves=[units[0], target])

    def _leaf(self, id: str, name: str, shape: str) -> Unit:
        unit = Unit(id, "leaf")
        self._passing(unit, id, shape)
        unit.outputs[0].name = self.write.name(name)
        return unit

    def _passing(self, unit: Unit, id: str, shape: str) -> None:
        """A wire between two layers, and the shape of one sample beside it."""
        above = self.write.text(shape, "value") if shape else NOTHING
        unit.outputs.append(Output(_Named(id), above=above))  # type: ignore[arg-type]
        self.titles[id] = "shape of one sample"

    def _layer(self, id: str, stage: Stage) -> Unit:
        layer = stage.layer
        title = [layer.name] if layer.name else []
        parts = list(_inside(stage, 0))
        title += [type(layer).__name__ if parts else repr(layer), *parts[:MOST_INSIDE]]
        title += ["…"] * (len(parts) > MOST_INSIDE)
        more = [f"{name}: {shape_text(node.shape)}" for name, node in layer.parameters().items()]
        count = [_counted(stage.parameters)] if stage.parameters else []
        return self._box(id, layer, title, more, count)

    def _box(
        self, id: str, part: Any, title: Sequence[str], more: Sequence[str],
        count: Sequence[str] = (),
    ) -> Unit:  # fmt: skip
        formula, backward = lines_of(part.formulas) or ("", ())
        forward = [formula] if formula else []
        write = self.write
        lines = [
            *(write.formula(line, "value") for line in forward),
            *(write.text(shown(line, LONGEST_TITLE)) for line in title),
            *(write.text(line, small=True) for line in count),
            *(write.formula(line, "gradient") for line in backward),
        ]
        self.titles[id] = "\n".join([shown(repr(part), 300), *more, *forward, *backward])
        unit = Unit(id, "box", body=stacked(lines))
        size_box(unit, self.look)
        return unit

    def _joined(self, source: Unit, target: Unit) -> Link:
        edge: Any = _Named(f"e_{source.id}_{target.id}")
        input = Input(edge)
        target.inputs.append(input)
        return Link(edge, source, source.outputs[0], target, input)


def _inside(stage: Stage, depth: int) -> Iterator[str]:
    """A line for each layer inside of a block."""
    for part in stage.inside:
        inside = list(_inside(part, depth + 1))
        yield "· " * depth + (type(part.layer).__name__ if inside else repr(part.layer))
        yield from inside


def _counted(number: int) -> str:
    return f"{number:,} parameter{'s' if number != 1 else ''}"
