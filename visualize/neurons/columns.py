"""What the neuron view shows: columns of units, and the weights between neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

Numbers = npt.NDArray[Any]


@dataclass(eq=False)
class Links:
    """The weights between two columns, and the biases of the second."""

    weights: Numbers
    """Shape (units before, units)."""
    gradients: Numbers | None = None
    biases: Numbers | None = None
    bias_gradients: Numbers | None = None
    present: Numbers | None = None
    """Which of the weights there are; None where all are."""
    name: str = ""
    """That of the matrix."""
    names: dict[tuple[int, int], str] = field(default_factory=dict)
    """Those of single weights."""

    def shown(self, edges: str) -> tuple[Numbers, Numbers | None]:
        """Weights and biases, or the gradients of both."""
        if edges == "weight":
            return self.weights, self.biases
        if self.gradients is None:
            raise ValueError(
                "edges='gradient' expects a network after a backward pass, but the weights have "
                "no gradients. Write first: loss = network.loss(network.forward(x), y); "
                "loss.backward()"
            )
        return self.gradients, self.bias_gradients

    def has(self, before: int, unit: int) -> bool:
        """Whether there is such a weight."""
        return self.present is None or bool(self.present[before, unit])


@dataclass(eq=False)
class Column:
    """The units of one layer, from the top."""

    size: int
    title: str = ""
    functions: tuple[str, ...] = ()
    """What is applied to them, such as ``ReLU``."""
    values: Numbers | None = None
    names: tuple[str | None, ...] = ()
    links: Links | None = None
    """Those from the column before; None for the inputs."""
    gradients: Numbers | None = None


def finished(columns: list[Column]) -> list[Column]:
    """Give columns the titles and units the names that nothing else has given them."""
    last = len(columns) - 1
    for place, column in enumerate(columns):
        if not column.title:
            hidden = f"hidden {place}" if last > 2 else "hidden layer"
            column.title = "inputs" if not place else "outputs" if place == last else hidden
        given = column.names or (None,) * column.size
        column.names = tuple(
            name or _unit_name(place, last, unit) for unit, name in enumerate(given, 1)
        )
    return columns


def _unit_name(place: int, last: int, unit: int) -> str:
    index = str(unit) if unit < 10 else f"{{{unit}}}"
    if place == 0:
        return f"x_{index}"
    if place == last:
        return f"y_{index}"
    return f"f_{index}" if last == 2 else f"f_{index}^{place}"


def weight_name(links: Links, before: int, unit: int, layer: int) -> str:
    """Return the name of a weight: its own, or w with the input, the unit and the layer.

    Examples
    --------
    >>> import numpy as np
    >>> weight_name(Links(np.ones((2, 3))), 0, 2, 1)
    'w_{13}^1'
    """
    comma = "," if max(links.weights.shape) > 9 else ""
    return links.names.get((before, unit)) or f"w_{{{before + 1}{comma}{unit + 1}}}^{layer}"
