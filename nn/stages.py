"""The one walk over the layers of a network: the shapes of a sample on its way through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .layers import Layer

Shape = tuple[int, ...]


class Stage(NamedTuple):
    """A layer, and the shapes of one sample before and behind it; None where not known."""

    layer: Layer
    before: Shape | None
    behind: Shape | None

    @property
    def parameters(self) -> int:
        """How many numbers the layer learns."""
        return sum(node.size for node in self.layer.parameters().values())


def stages_of(layers: Iterable[Layer]) -> list[Stage]:
    """Return the stages of a network, or raise a ValueError where neighbours don't fit.

    Examples
    --------
    >>> from nn import FullyConnected, ReLU
    >>> [(stage.before, stage.behind) for stage in stages_of([ReLU(), FullyConnected(2, 8)])]
    [(None, None), ((2,), (8,))]
    """
    stages = []
    shape: Shape | None = None
    for position, layer in enumerate(layers):
        expected = layer.in_features
        if shape is None and expected is not None:
            shape = (expected,)
        if shape is not None and expected not in (None, shape[-1]):
            raise ValueError(
                f"layer {position}, {layer!r}, expects {expected} inputs, but the layers "
                f"before it give {shape[-1]}"
            )
        before = shape
        shape = None if before is None else layer.output_shape(before)
        stages.append(Stage(layer, before, shape))
    return stages


def table_of(stages: Sequence[Stage]) -> str:
    """Return the stages as a table for people; see `NeuralNetwork.summary`."""
    rows = [
        (repr(layer), "?" if shape is None else str(shape), f"{stage.parameters:,}")
        for stage in stages
        for layer, _, shape in [stage]
    ]
    heading = ("layer", "output", "parameters")
    total = ("total", "", f"{sum(stage.parameters for stage in stages):,}")
    first, second, third = (max(map(len, column)) for column in zip(heading, *rows, strict=True))
    line = "-" * (first + second + third + 4)
    return "\n".join(
        line if row is None else f"{row[0]:<{first}}  {row[1]:<{second}}  {row[2]:>{third}}"
        for row in (heading, None, *rows, None, total)
    )
