"""The one walk over the layers of a network: the shapes of a sample on its way through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from autograd_core import Node

    from .layers import Layer

Shape = tuple[int, ...]


class Stage(NamedTuple):
    """A layer, and the shapes of one sample before and behind it; None where not known."""

    layer: Layer
    before: Shape | None
    behind: Shape | None

    @property
    def parameters(self) -> int:
        """How many numbers the layer learns, those that are frozen among them."""
        return sum(node.size for node in self.layer.parameters().values())

    @property
    def inside(self) -> list[Stage]:
        """The layers that it is made of, with their shapes where these follow from each other."""
        layer = self.layer
        parts = list(_parts_of(layer))
        if layer._held_in == "layers":  # they stand one behind the other
            row = list(vars(layer)["layers"])
            rest = [part for part in parts if all(part is not each for each in row)]
            return stages_of(row, self.before) + [_alone(part, self.before) for part in rest]
        if layer._held_in == "branches":
            return [_alone(part, self.before) for part in parts]
        return [Stage(part, None, None) for part in parts]


def stages_of(layers: Iterable[Layer], shape: Shape | None = None) -> list[Stage]:
    """Return the stages of a network, or raise a ValueError where neighbours don't fit.

    Parameters
    ----------
    layers : iterable of Layer
        One behind the other.
    shape : tuple of int, optional
        Of one sample, where it is known before a layer says what it expects.

    Examples
    --------
    >>> from nn import FullyConnected, ReLU
    >>> [(stage.before, stage.behind) for stage in stages_of([ReLU(), FullyConnected(2, 8)])]
    [(None, None), ((2,), (8,))]
    """
    stages: list[Stage] = []
    assumed = guessed = False
    for position, layer in enumerate(layers):
        expected = layer.in_features
        if shape is None and expected is not None:
            shape, guessed = (expected,), True  # there may be axes before this one
        if shape and expected not in (None, shape[-1]):
            if not assumed:
                raise ValueError(
                    f"layer {position}, {layer!r}, expects {expected} inputs, but the layers "
                    f"before it give {shape[-1]}"
                )
            shape = (*shape[:-1], expected)
            stages[-1] = stages[-1]._replace(behind=shape)
        before = shape
        shape = None if before is None else layer.output_shape(before)
        # Who writes a layer and says nothing of shapes may change them all the same.
        assumed = (assumed and layer.in_features is None) or says_nothing(layer)
        if guessed and before and _joins_axes(layer, before):
            assumed, guessed = True, False
        stages.append(Stage(layer, before, shape))
    return stages


def table_of(stages: Sequence[Stage]) -> str:
    """Return the stages as a table for people; see `NeuralNetwork.summary`."""
    rows: list[tuple[str, str, str]] = []
    nodes: dict[int, Node] = {}
    for stage in stages:
        rows += _rows(stage, 0)
        nodes |= {id(node): node for node in stage.layer.parameters().values()}
    heading = ("layer", "output", "parameters")
    total = [("total", "", f"{sum(node.size for node in nodes.values()):,}")]
    if frozen := sum(node.size for node in nodes.values() if not node.requires_grad):
        total.append(("of these frozen", "", f"{frozen:,}"))
    columns = zip(heading, *rows, *total, strict=True)
    first, second, third = (max(map(len, column)) for column in columns)
    line = "-" * (first + second + third + 4)
    return "\n".join(
        line if row is None else f"{row[0]:<{first}}  {row[1]:<{second}}  {row[2]:>{third}}"
        for row in (heading, None, *rows, None, *total)
    )


def _rows(stage: Stage, depth: int) -> Iterator[tuple[str, str, str]]:
    """The row of a layer, and below it, further in, those of the layers that it is made of."""
    layer, inside = stage.layer, stage.inside
    words = type(layer).__name__ if inside else repr(layer)
    if layer.name and layer.name not in words:
        words = f"{layer.name}: {words}"
    nodes = layer.parameters().values()
    if nodes and not any(node.requires_grad for node in nodes):
        words = f"{words}, frozen"
    shape = "?" if stage.behind is None else str(stage.behind)
    yield f"{'  ' * depth}{words}", shape, f"{stage.parameters:,}"
    for part in inside:
        yield from _rows(part, depth + 1)


def _parts_of(layer: Layer) -> Iterator[Layer]:
    """The layers in the attributes of a layer, not those inside of these."""
    from .layers.layer import layers_below

    return layers_below(layer)


def _alone(layer: Layer, before: Shape | None) -> Stage:
    return stages_of([layer], before)[0]


def _joins_axes(layer: Layer, shape: Shape) -> bool:
    """Whether the last axis behind a layer depends on those before, as of `Flatten`."""
    try:
        return layer.output_shape((2, *shape))[-1:] != layer.output_shape(shape)[-1:]
    except Exception:  # whatever a layer from elsewhere raises on such samples
        return False


def says_nothing(layer: Layer) -> bool:
    """Whether a layer may change shapes in a way that nobody knows."""
    from .layers.layer import Layer, is_from_elsewhere

    return is_from_elsewhere(layer) and type(layer).output_shape is Layer.output_shape
