"""The picture of a network without data: its layers, shapes and parameter counts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeGuard

from .drawing import Drawing
from .layout.cells import Cells
from .layout.dot_text import defaults, document, statement
from .style import Look, marked
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


class NetworkDrawing(Drawing):
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
        writer = _NetworkInDot(network, look)
        self.source = document(writer.lines())
        self.names = writer.names
        self.description = writer.description
        self.table = network.summary()
        self.parts = 2 * len(writer.stages) + 4
        self.steps = []
        self.no_steps = (
            "a network without data has no steps. Draw its graph on a batch: "
            "draw(network.loss(network.forward(x), y), fold=1).frames()"
        )


class _NetworkInDot:
    """Writes the DOT text of one network."""

    def __init__(self, network: NeuralNetwork, look: Look) -> None:
        self.network = network
        self.look = replace(look, theme=marked(look.theme), number_format=".4g")
        self.cells = Cells(self.look)
        self.start, self.end = look.sides
        self.stages = network.stages()
        following = [*(stage.before for stage in self.stages[1:]), None]
        # What is not known from before may be known from what the next layer expects.
        self.shapes = [s.behind or n for s, n in zip(self.stages, following, strict=True)]
        self.names: dict[str, str] = {}
        total = sum(stage.parameters for stage in self.stages)
        layers = f"{len(self.stages)} layer{'s' if len(self.stages) != 1 else ''}"
        self.description = f"Neural network: {layers}, {_counted(total)}"

    def lines(self) -> list[str]:
        graph = {
            "nodesep": "0.3",
            "ranksep": "0.2",
            "splines": "line",
            "label": self.description,
            "labelloc": "b",
        }
        lines = defaults(self.look, graph, {})
        lines.append(self._wire("w0", "x", self.stages[0].before))
        before = "w0"
        for number, (stage, shape) in enumerate(zip(self.stages, self.shapes, strict=True), 1):
            lines.append(self._layer(f"o{number}", stage))
            lines.append(self._wire(f"w{number}", None, shape))
            lines += self._joined(before, f"o{number}", f"w{number}")
            before = f"w{number}"
        loss = f"o{len(self.stages) + 1}"
        end = f"w{len(self.stages) + 2}"
        target = f"w{len(self.stages) + 1}"
        title = shown(repr(self.network.loss), LONGEST_TITLE)
        lines.append(self._box(loss, self.network.loss, [title], []))
        lines.append(self._wire(target, "y", None, tooltip="the labels"))
        lines.append(self._wire(end, None, (), tooltip="the loss"))
        lines += self._joined(before, loss, end)
        lines.append(f"{target}:line:{self.end} -> {loss}:box:{self.start}")
        return lines

    def _layer(self, id: str, stage: Stage) -> str:
        layer = stage.layer
        title = [shown(repr(layer), LONGEST_TITLE)]
        if layer.name:
            title.insert(0, shown(layer.name, LONGEST_TITLE))
        if stage.parameters:
            title.append(_counted(stage.parameters))
        shapes = [f"{name}: {shape_text(node.shape)}" for name, node in layer.parameters().items()]
        return self._box(id, layer, title, shapes)

    def _box(self, id: str, part: Any, title: Sequence[str], more: Sequence[str]) -> str:
        from nn.formulas import Formulas  # loaded by now: the part is of nn

        formulas = part.formulas if isinstance(part.formulas, Formulas) else None
        forward = (formulas.forward,) if formulas else ()
        backward = formulas.backward if formulas else ()
        self.names[id] = title[0]
        tooltip = "\n".join([shown(repr(part), 300), *more, *forward, *backward])
        return statement(id, f"<{self.cells.layer(title, forward, backward)}>", tooltip)

    def _wire(
        self,
        id: str,
        name: str | None,
        shape: tuple[int, ...] | None,
        tooltip: str = "shape of one sample",
    ) -> str:
        known = name == "y" or shape is not None
        text = shape_text(shape) if shape is not None else ""
        self.names[id] = name or tooltip
        return statement(id, f"<{self.cells.passing(name, text if known else '?')}>", tooltip)

    def _joined(self, before: str, box: str, after: str) -> list[str]:
        return [
            # The chain runs straight; the labels come in from the side.
            f"{before}:line:{self.end} -> {box}:box:{self.start} [weight=20]",
            f"{box}:box:{self.end} -> {after}:line:{self.start} [weight=20]",
        ]


def _counted(number: int) -> str:
    return f"{number:,} parameter{'s' if number != 1 else ''}"
