"""A diagram laid out once, and what of it is there in each step: nothing ever moves.

Graphviz lays out the complete picture, in colours that say what everything is. Read back from its
SVG it becomes a list of shapes, from which the frames are drawn: as SVG, on paper, as TikZ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..layout.shapes import LaidOut, Point, Shape
from ..steps.sequence import Step
from ..style import Look, Theme
from ..text import letters_width

MOST_ROWS = 6
"""So many rows of written lines stand below a picture; when they are full, they start anew."""

WIDEST_TEXT = 760.0
"""Points beyond which a written line does not widen the sheet: it is cut instead."""


@dataclass(frozen=True)
class Timed:
    """A shape, and the first and the last step in which it is there (None: to the end)."""

    shape: Shape
    first: int = 0
    last: int | None = None

    def there(self, step: int) -> bool:
        """Whether it is there in a step."""
        return self.first <= step and (self.last is None or step <= self.last)


@dataclass(frozen=True)
class Timeline:
    """All shapes of all steps, on one sheet of fixed size, and the theme of their colours."""

    theme: Theme
    width: float
    height: float
    shapes: tuple[Timed, ...]
    steps: tuple[Step, ...]

    def at(self, step: int) -> list[Shape]:
        """What is there in a step."""
        return [timed.shape for timed in self.shapes if timed.there(step)]

    def at_most(self, longest: float) -> Timeline:
        """It, made smaller where one of its sides is longer than so many points."""
        scale = longest / max(self.width, self.height)
        if scale >= 1:
            return self
        shapes = [replace(timed, shape=_scaled(timed.shape, scale)) for timed in self.shapes]
        width, height = self.width * scale, self.height * scale
        return replace(self, width=width, height=height, shapes=tuple(shapes))


def timeline_of(
    svg: bytes, steps: Sequence[Step], look: Look, references: dict[str, str]
) -> Timeline:
    """Return what is there when; the arguments are those of `LaidOut`, and what appears when."""
    picture = LaidOut(svg, look, references)
    shown = _first_steps(steps)
    written = _Written(steps, look.theme, picture.width)
    left = (written.width - picture.width) / 2
    shapes = [Timed(_moved(shape, left), shown.get((shape.half, shape.part), 0))
              for shape in picture.shapes
              if not shape.half or (shape.half, shape.part) in shown]  # fmt: skip
    halos, outlines = _highlights(shapes, steps)
    lines = [
        replace(timed, shape=_moved(timed.shape, 0, picture.height)) for timed in written.lines
    ]
    return Timeline(
        look.theme,
        written.width,
        picture.height + written.height,
        # Behind the picture, in it, and beside it.
        (*halos, *shapes, *outlines, *lines),
        tuple(steps),
    )


def _first_steps(steps: Sequence[Step]) -> dict[tuple[str, str], int]:
    """In which step the two halves of wires and edges appear."""
    first: dict[tuple[str, str], int] = {}
    for index, step in enumerate(steps):
        for part in (*step.values, *step.locals):
            first.setdefault(("value", part), index)
        for part in (*step.gradients, *step.contributions):
            first.setdefault(("gradient", part), index)
    return first


def _highlights(shapes: Sequence[Timed], steps: Sequence[Step]) -> tuple[list[Timed], list[Timed]]:
    """A halo behind the number that is new, and the boxes it came through in its colour."""
    halves: dict[tuple[str, str], list[Shape]] = {}
    boxes: dict[str, Shape] = {}
    for timed in shapes:
        shape = timed.shape
        if shape.half and shape.part.startswith("w"):
            halves.setdefault((shape.half, shape.part), []).append(shape)
        elif shape.part.startswith("o") and shape.stroke and shape.part not in boxes:
            boxes[shape.part] = shape
    halos, outlines = [], []
    for index, step in enumerate(steps):
        colour = "gradient" if step.gradients else "value"
        if step.kind not in ("structure", "inputs"):
            for part in step.gradients or step.values:
                number = halves.get((colour, part))
                if number:
                    halos.append(Timed(_halo(number, colour), index, index))
        for part in step.highlighted:
            if part in boxes:
                ring = replace(boxes[part], fill=None, stroke=colour, width=2.2)
                outlines.append(Timed(ring, index, index))
    return halos, outlines


def _halo(number: Sequence[Shape], colour: str) -> Shape:
    """What lies behind a number, or the entries of a matrix and their brackets."""
    corners = [point for shape in number for point in _corners(shape)]
    left, right = min(x for x, _ in corners) - 3, max(x for x, _ in corners) + 2
    top, bottom = min(y for _, y in corners) + 0.5, max(y for _, y in corners) + 1
    around = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Shape("polygon", around, fill=colour, opacity=0.16)


def _corners(shape: Shape) -> tuple[Point, ...]:
    if shape.kind != "text":
        return shape.points
    ((x, y),) = shape.points
    return (x, y - shape.size), (x + text_width(shape.text, shape.size), y + 2)


def _moved(shape: Shape, right: float, down: float = 0.0) -> Shape:
    (x, y), *rest = shape.points
    if shape.kind != "ellipse":  # whose second point are the radii
        rest = [(a + right, b + down) for a, b in rest]
    return replace(shape, points=((x + right, y + down), *rest))


def _scaled(shape: Shape, scale: float) -> Shape:
    return replace(
        shape,
        points=tuple((x * scale, y * scale) for x, y in shape.points),
        width=shape.width * scale,
        size=shape.size * scale,
    )


# --- the written lines ---------------------------------------------------------------------------


class _Written:
    """The lines below the picture: that of the step, its whole product, and those before it."""

    def __init__(self, steps: Sequence[Step], theme: Theme, picture_width: float) -> None:
        # Beside a wide picture, which is seen from further away, one writes larger.
        size = theme.font_size * min(1.5, max(1.0, picture_width / 700))
        self.lines: list[Timed] = []
        self.margin = 0.8 * size
        room = max(picture_width - 2 * self.margin, WIDEST_TEXT)
        texts = [cut(step.text, 1.1 * size, room) for step in steps]
        chains = [
            cut(f"written out: {step.chain}", 0.9 * size, room)
            if step.chain and not step.text.endswith(f" {step.chain}")
            else ""
            for step in steps
        ]
        longest = max(
            *(text_width(text, 1.1 * size) for text in texts),
            *(text_width(chain, 0.9 * size) for chain in chains),
        )
        self.width = math.ceil(max(picture_width, longest + 2 * self.margin))
        baseline = 1.3 * size
        for index, step in enumerate(steps):
            colour = {"value": "value", "seed": "gradient", "gradient": "gradient"}.get(step.kind)
            self._write(texts[index], 0, baseline, 1.1 * size, colour or "text", index, index)
            self._write(chains[index], 0, baseline + 1.4 * size, 0.9 * size, "text", index, index)
        below = baseline + (1.4 * size if any(chains) else 0)
        self.height = below + 0.8 * size
        # What came before stays: that is how the products grow.
        phases: list[list[int]] = [[], []]
        for index, step in enumerate(steps):
            if step.kind in ("value", "seed", "gradient"):
                phases[step.kind != "value"].append(index)
        for phase in phases:
            self._list(phase, texts, len(steps), below + 1.9 * size, 0.85 * size)
        self.height = math.ceil(self.height)

    def _list(
        self, phase: list[int], texts: list[str], count: int, top: float, size: float
    ) -> None:
        if len(phase) < 2:
            return
        column = max(text_width(texts[index], size) for index in phase) + 2 * size
        columns = max(1, math.floor((self.width - 2 * self.margin + 2 * size) / column))
        rows = min(MOST_ROWS, math.ceil((len(phase) - 1) / columns))
        full = rows * columns
        end = phase[-1] if phase[-1] + 1 < count else None
        for place, index in enumerate(phase[:-1]):
            # A full page of lines makes room for the next.
            newer = place - place % full + full
            last = phase[newer] if newer < len(phase) - 1 else end
            spot = place % full
            x, y = (spot // rows) * column, top + (spot % rows) * 1.45 * size
            self._write(texts[index], x, y, size, "text", phase[place + 1], last)
        self.height = max(self.height, top + (rows - 1) * 1.45 * size + 0.8 * size)

    def _write(
        self, text: str, x: float, y: float, size: float, colour: str, first: int, last: int | None
    ) -> None:
        if text:
            at = ((self.margin + x, y),)
            self.lines.append(Timed(Shape("text", at, colour, text=text, size=size), first, last))


def text_width(text: str, size: float) -> float:
    """The width of a text in a wide font; no usual font needs more."""
    return size * letters_width(text, fullwidth=1.0, other=0.64)


def cut(text: str, size: float, room: float) -> str:
    """Return the text, or as much of it as there is room for.

    Examples
    --------
    >>> cut("1 + 2 + 3", 10, 100), cut("1 + 2 + 3", 10, 35)
    ('1 + 2 + 3', '1 +…')
    """
    if text_width(text, size) <= room:
        return text
    while text and text_width(text, size) + size > room:
        text = text[:-1]
    return text.rstrip() + "…"
