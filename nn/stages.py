"""The one walk over the layers of a network: the shapes of a sample on its way through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from .open_sizes import Open, opened

if TYPE_CHECKING:
    from autograd_core import Node

    from .layers import Layer

Shape = tuple[int, ...]

_STEPS = 2
"""As many are tried to see what a layer makes of samples that have an axis more."""


class Stage(NamedTuple):
    """A layer, and the shapes of one sample before and behind it; None where not known."""

    layer: Layer
    before: Shape | None
    behind: Shape | None
    open_before: Open | None = None
    open_behind: Open | None = None

    @property
    def parameters(self) -> int:
        """How many numbers the layer learns, those that are frozen among them."""
        return sum(node.size for node in self.layer.parameters().values())

    @property
    def inside(self) -> list[Stage]:
        """The layers that it is made of, with their shapes where these follow from each other."""
        parts, row = list(_parts_of(self.layer)), self.layer.in_a_row
        if row is None:
            return [Stage(part, None, None) for part in parts]
        place = parts.index(row[0]) if row else 0
        return [
            *(self._first(part) for part in parts[:place]),
            *self.through(row),
            *(self._first(part) for part in parts[place:] if part not in row),
        ]

    def through(self, row: Sequence[Layer]) -> list[Stage]:
        """Layers one behind the other that take what the layer itself takes."""
        return lettered(stages_of(row, self.before), self.open_before)

    def _first(self, part: Layer) -> Stage:
        """A part that takes what the layer itself takes, if it stands in no row without a word."""
        if self.layer.in_a_row and part.sample_axes is None and part.in_features is None:
            return Stage(part, None, None)
        return self.through([part])[0]


def stages_of(layers: Iterable[Layer], shape: Shape | None = None) -> list[Stage]:
    """Return the stages of a network, or raise a ValueError where neighbours can't fit.

    Where no shape is given, what the first full connection expects is the last axis of a sample.

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
    known = _Known.ALL
    for position, layer in enumerate(layers):
        expected = layer.in_features
        if shape is None and expected is not None:
            shape, known = (expected,), _Known.LAST
        if shape and expected not in (None, shape[-1]):
            if known is not _Known.NOTHING:
                raise ValueError(
                    f"layer {position}, {layer!r}, expects {expected} inputs, but the layers "
                    f"before it give {shape[-1]}"
                )
            shape = (*shape[:-1], expected)
            stages[-1] = stages[-1]._replace(behind=shape)
        if known is _Known.NOTHING and expected is not None:
            known = _Known.LAST
        before = shape
        if before is not None:
            shape, known = _behind(layer, before, known)
        stages.append(Stage(layer, before, shape))
    return stages


def lettered(stages: Iterable[Stage], sizes: Open | None = None) -> list[Stage]:
    """Return the stages with letters for sizes that layers leave open.

    Parameters
    ----------
    stages : iterable of Stage
        One behind the other.
    sizes : Open, optional
        Of the samples before the first; otherwise a layer says what it takes.
    """
    result = []
    for stage in stages:
        sample = stage.layer.sample_axes
        if sizes is None and sample and len(stage.before or ()) < len(sample):
            sizes = opened(sample)
        before = sizes
        if sizes is not None:
            sizes = None if says_nothing(stage.layer) else sizes.behind(stage.layer)
        result.append(stage._replace(open_before=before, open_behind=sizes))
    return result


def shapes_between(stages: Sequence[Stage], write: Callable[[Shape], str] = str) -> list[str]:
    """Return the shape of one sample before the first stage and behind each, as people read it.

    What is not known from before may be known from what the next layer expects; else it is `?`.
    """
    pairs = zip([None, *stages], [*stages, None], strict=True)
    return [_text(stage, after, write) for stage, after in pairs]


def _text(stage: Stage | None, after: Stage | None, write: Callable[[Shape], str] = str) -> str:
    """The shape between two stages, of which one is None at the ends."""
    known = None if stage is None else stage.behind
    expected = None if after is None or known is not None else after.before
    sizes = (stage and stage.open_behind) or (after and after.open_before)
    found = sizes and sizes.written()
    if sizes and found and not (expected and len(expected) == len(sizes.shapes[0]) == 1):
        return found
    shape = expected if known is None else known
    return "?" if shape is None else write(shape)


class _Known(Enum):
    """What is known of the shape of a sample."""

    ALL = auto()
    LAST = auto()
    """The last axis, before which there may be others: a full connection takes steps, too."""
    NOTHING = auto()
    """It is what it would be if a sample had no other axis."""


def _behind(layer: Layer, shape: Shape, known: _Known) -> tuple[Shape | None, _Known]:
    """Return the shape behind a layer, and what is known of it."""
    if known is _Known.ALL:
        # Who writes a layer and says nothing of shapes may change them all the same.
        return layer.output_shape(shape), _Known.NOTHING if says_nothing(layer) else known
    if known is _Known.LAST and layer.takes_sequences:
        layer.output_shape(shape)  # raises where that axis does not fit: of others it says nothing
    found = _tried(layer, shape)
    if known is _Known.NOTHING or found is None or says_nothing(layer):
        return found, _Known.NOTHING
    of_steps = _tried(layer, (_STEPS, *shape))
    if of_steps in (None, found):  # then there are no other axes, or none are left
        return found, _Known.ALL
    return found, _Known.LAST if of_steps == (_STEPS, *found) else _Known.NOTHING


def _tried(layer: Layer, shape: Shape) -> Shape | None:
    try:
        return layer.output_shape(shape)
    except ValueError:  # a batch will show whether it has this shape
        return None


def table_of(stages: Sequence[Stage]) -> str:
    """Return the stages as a table for people; see `NeuralNetwork.summary`."""
    rows: list[tuple[str, str, str]] = []
    nodes: dict[int, Node] = {}
    for stage, shape in zip(stages, shapes_between(stages)[1:], strict=True):
        rows += _rows(stage, shape, 0)
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


def _rows(stage: Stage, shape: str, depth: int) -> Iterator[tuple[str, str, str]]:
    """The row of a layer, and below it, further in, those of the layers that it is made of."""
    layer, inside = stage.layer, stage.inside
    words = type(layer).__name__ if inside else repr(layer)
    if layer.name and layer.name not in words:
        words = f"{layer.name}: {words}"
    nodes = layer.parameters().values()
    if nodes and not any(node.requires_grad for node in nodes):
        words = f"{words}, frozen"
    words = " ".join(words.splitlines())  # a name may have several
    yield f"{'  ' * depth}{words}", shape, f"{stage.parameters:,}"
    rows = [inside] if layer.in_a_row else [[part] for part in inside]
    shapes = [shape for row in rows for shape in shapes_between(row)[1:]]
    for part, behind in zip(inside, shapes, strict=True):
        yield from _rows(part, behind, depth + 1)


def _parts_of(layer: Layer) -> Iterator[Layer]:
    """The layers in the attributes of a layer, not those inside of these."""
    from .layers.layer import layers_below

    return layers_below(layer)


def says_nothing(layer: Layer) -> bool:
    """Whether a layer, or one that it is made of, is from elsewhere and says nothing of shapes."""
    from .layers.layer import Layer, is_from_elsewhere

    if layer.in_a_row is not None:
        return any(map(says_nothing, _parts_of(layer)))
    return is_from_elsewhere(layer) and type(layer).output_shape is Layer.output_shape
