"""The picture of a network without data: its layers, shapes and parameter counts."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeGuard

from autograd_core import Scope

from .drawing import PlacedDrawing
from .graph.folding import Fold, checked_fold
from .graph.picture import lines_of
from .layout.blocks import NOTHING, Block, Blocks, stacked
from .layout.laid_out import LaidOut, placed
from .layout.sheet import Sheet, letters
from .layout.sizes import measure, size_box
from .layout.unit import Input, Kind, Link, Output, Unit, Units
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

    def __init__(self, network: NeuralNetwork, look: Look, fold: Fold = None) -> None:
        self.look = look
        self._writer = writer = _NetworkInUnits(network, look, fold)
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

    def __init__(self, network: NeuralNetwork, look: Look, fold: Fold) -> None:
        self.network = network
        self.look = look
        self.write = Blocks(look)
        self.stages = network.stages()
        self.fold = 1 if fold is None else checked_fold(fold)
        if not isinstance(self.fold, int):
            self._require_names(self.fold)
        self.titles: dict[str, str] = {}
        total = sum(stage.parameters for stage in self.stages)
        layers = f"{len(self.stages)} layer{'s' if len(self.stages) != 1 else ''}"
        self.description = f"Neural network: {layers}, {_counted(total)}"

    def units(self) -> Units:
        """The units from the inputs to the loss."""
        from nn.stages import shapes_between

        self._units: list[Unit] = []
        self._links: list[Link] = []
        x = self._leaf("x", shapes_between(self.stages, shape_text)[0])
        last = self._row(self.stages, x, None)
        loss = self._box(self.network.loss, [repr(self.network.loss)], [])
        y = self._leaf("y", "")
        self._behind(loss, [last, y], "", None)
        self.titles |= {y.outputs[0].id: "the labels", loss.outputs[0].id: "the loss"}
        for unit in self._units:
            measure(unit, self.look)
        return Units(self.look, self._units[::-1], self._links, plain=False, leaves=[x, y])

    def _row(self, stages: Sequence[Stage], before: Unit, around: Scope | None) -> Unit:
        """Put layers one behind the other; return the last unit."""
        from nn.stages import shapes_between

        for stage, shape in zip(stages, shapes_between(stages, shape_text)[1:], strict=True):
            ways = stage.layer.ways() if self._opens(stage.layer, around) else None
            before = (
                self._behind(self._layer(stage), [before], shape, around)
                if ways is None
                else self._opened(stage, *ways, before, shape, around)
            )
        return before

    def _require_names(self, names: set[str]) -> None:
        from nn.layers.layer import layers_in

        known: dict[str, None] = {}
        for layer in layers_in(self.network.layers):
            known |= dict.fromkeys(filter(None, (layer.name, type(layer).__name__)))
        unknown = sorted(map(str, names - known.keys()))
        if unknown:
            raise ValueError(
                f"fold expects names or classes of layers in this network, got "
                f"{', '.join(map(repr, unknown))}; there are: {', '.join(map(repr, known))}"
            )

    def _opens(self, layer: Any, around: Scope | None) -> bool:
        if isinstance(self.fold, int):
            return len(list(around or ())) + 1 < self.fold
        return not {layer.name, type(layer).__name__} & self.fold

    def _opened(
        self, stage: Stage, rows: Sequence[Any], joined_by: str, before: Unit, shape: str,
        around: Scope | None,
    ) -> Unit:  # fmt: skip
        """Put down what a block is made of, in a frame; return the last unit."""
        inside = Scope(stage.layer.name or type(stage.layer).__name__, around)
        ends = [self._row(stage.through(row), before, inside) for row in rows]
        if not joined_by:
            return ends[0]
        unit = self._unit("circle" if joined_by == "+" else "pill", [self.write.text(joined_by)])
        self.titles[unit.id] = f"operation: {'add' if joined_by == '+' else 'concatenate'}"
        return self._behind(unit, ends, shape, inside)

    def _unit(self, kind: Kind, lines: Sequence[Block]) -> Unit:
        unit = Unit(f"o{len(self._units)}", kind, body=stacked(lines))
        if kind == "circle":
            unit.body_along = unit.body_across = 2.76 * self.look.theme.font_size
        else:
            size_box(unit, self.look)
        return unit

    def _leaf(self, name: str, shape: str) -> Unit:
        unit = Unit(f"w{len(self._units)}", "leaf")
        self._put(unit, unit.id, shape)
        unit.outputs[0].name = self.write.name(name)
        return unit

    def _behind(
        self, unit: Unit, sources: Sequence[Unit], shape: str, around: Scope | None
    ) -> Unit:
        """Put down a unit and the wires into it; return it."""
        for place, source in enumerate(sources):
            edge: Any = _Named(f"e{place}_{source.id}_{unit.id}")
            input = Input(edge)
            unit.inputs.append(input)
            self._links.append(Link(edge, source, source.outputs[0], unit, input))
        unit.scopes = tuple(around or ())
        self._put(unit, f"w{len(self._units)}", shape)
        return unit

    def _put(self, unit: Unit, wire: str, shape: str) -> None:
        """Add a unit with the wire behind it, and the shape of one sample there."""
        above = self.write.text(shape, "value") if shape else NOTHING
        unit.outputs.append(Output(_Named(wire), above=above))  # type: ignore[arg-type]
        self.titles[wire] = "shape of one sample"
        self._units.append(unit)

    def _layer(self, stage: Stage) -> Unit:
        layer = stage.layer
        title = [layer.name] if layer.name else []
        parts = list(_inside(stage, 0))
        title += [type(layer).__name__ if parts else repr(layer), *parts[:MOST_INSIDE]]
        title += ["…"] * (len(parts) > MOST_INSIDE)
        more = [f"{name}: {shape_text(node.shape)}" for name, node in layer.parameters().items()]
        count = [_counted(stage.parameters)] if stage.parameters else []
        return self._box(layer, title, more, count)

    def _box(
        self, part: Any, title: Sequence[str], more: Sequence[str], count: Sequence[str] = ()
    ) -> Unit:
        formula, backward = lines_of(part.formulas) or ("", ())
        forward = [formula] if formula else []
        write = self.write
        lines = [
            *(write.formula(line, "value") for line in forward),
            *(write.text(shown(line, LONGEST_TITLE)) for line in title),
            *(write.text(line, small=True) for line in count),
            *(write.formula(line, "gradient") for line in backward),
        ]
        unit = self._unit("box", lines)
        self.titles[unit.id] = "\n".join([shown(repr(part), 300), *more, *forward, *backward])
        return unit


def _inside(stage: Stage, depth: int) -> Iterator[str]:
    """A line for each layer inside of a block."""
    for part in stage.inside:
        inside = list(_inside(part, depth + 1))
        yield "· " * depth + (type(part.layer).__name__ if inside else repr(part.layer))
        yield from inside


def _counted(number: int) -> str:
    return f"{number:,} parameter{'s' if number != 1 else ''}"
