"""The neuron view, and the artificial neuron, as what a `Diagram` is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd_core import Node

from ..drawing import Drawing
from ..layout.sheet import Sheet
from ..lettering import name_runs, text_of
from ..style import LECTURE, Look
from ..text import in_line, shape_text
from .columns import Column
from .reading import columns_of
from .sheet import Edges, sheet_of
from .single import artificial_neuron

if TYPE_CHECKING:
    from nn import NeuralNetwork


class NeuronDrawing(Drawing):
    """A network as circles and lines; see `sheet_of`.

    Examples
    --------
    >>> from nn import FullyConnected, NeuralNetwork, ReLU
    >>> network = NeuralNetwork([FullyConnected(2, 3), ReLU(), FullyConnected(3, 1)])
    >>> drawing = NeuronDrawing(network)
    >>> drawing.description
    'Neural network: 2 inputs, 3 units, 1 output'
    >>> print(drawing.table)
    layer         units  function  weights  activations
    inputs        2      -         -        -
    hidden layer  3      ReLU      2×3      -
    outputs       1      -         3×1      -
    """

    def __init__(
        self,
        thing: NeuralNetwork | Node,
        look: Look = LECTURE,
        *,
        edges: Edges = "weight",
        x: Any = None,
    ) -> None:
        columns = columns_of(thing, x)
        self._start(look, lambda: sheet_of(columns, look, edges))
        # Read now: the network may learn on before anybody asks for the picture.
        _ = self.sheet
        self.parts = len(self.sheet.titles)
        self.description = _description(columns)
        self.table = _table(columns, look)

    def _start(self, look: Look, make: Callable[[], Sheet]) -> None:
        self.look = look
        self._make = make
        self.source = ""
        self.steps = []
        self.references = {}
        self.no_steps = (
            "a picture of units and weights has no steps. Draw the graph on a batch: "
            "draw(network.loss(network.forward(x), y), fold=1).frames()"
        )

    @cached_property
    def sheet(self) -> Sheet:  # type: ignore[override]
        """All shapes."""
        return self._make()


class ArtificialNeuronDrawing(NeuronDrawing):
    """One neuron: inputs, weights, sum, function and output; see `artificial_neuron`.

    Examples
    --------
    >>> ArtificialNeuronDrawing(3).description
    'Artificial neuron: y = f(Σ wᵢxᵢ + b)'
    """

    def __init__(self, what: int | Node = 3, look: Look = LECTURE) -> None:
        self._start(look, lambda: artificial_neuron(what, look))
        self.parts = len(self.sheet.titles)
        self.description = "Artificial neuron: y = f(Σ wᵢxᵢ + b)"
        self.table = "\n".join([self.description, *self.sheet.titles.values()])


def _description(columns: list[Column]) -> str:
    counts = [f"{column.size:,}" for column in columns]
    first, last = columns[0].size, columns[-1].size
    words = [
        f"{counts[0]} input{'s' if first != 1 else ''}",
        *(f"{count} unit{'s' if count != '1' else ''}" for count in counts[1:-1]),
        f"{counts[-1]} output{'s' if last != 1 else ''}",
    ]
    return f"Neural network: {', '.join(words)}"


def _table(columns: list[Column], look: Look) -> str:
    rows = [("layer", "units", "function", "weights", "activations")]
    for column in columns:
        weights = "-" if column.links is None else shape_text(column.links.weights.shape)
        values = "-" if column.values is None else in_line(column.values, look.number_format)
        title = text_of(name_runs(column.title))
        functions = ", ".join(column.functions) or "-"
        rows.append((title, f"{column.size:,}", functions, weights, values))
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    return "\n".join(
        "  ".join([*(text.ljust(n) for text, n in zip(row, widths, strict=False)), row[4]])
        for row in rows
    )


__all__ = ["ArtificialNeuronDrawing", "NeuronDrawing"]
