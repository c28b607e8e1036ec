"""A diagram laid out once, and what of it is there in each step: nothing ever moves."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..layout.sheet import Half, Point, Shape, Sheet, letters
from ..lettering import formula_runs, width
from ..steps.sequence import Step
from ..style import Look, Theme

MOST_ROWS = 6
"""So many rows of written lines stand below a picture; when they are full, they start anew. Beside
a tall one there are as many as it is high."""

WIDEST_TEXT = 760.0
WIDEST_BESIDE = 340.0
"""Points beyond which a written line, below or beside a picture, does not widen the sheet: it goes
on in the next line."""

SCREEN = (16.0, 9.0)
"""Where the lines stand is decided by which way all is larger on such a screen."""


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

    def at(self, step: int) -> Sheet:
        """What is there in a step."""
        shapes = [timed.shape for timed in self.shapes if timed.there(step)]
        return Sheet(self.width, self.height, shapes)

    def at_most(self, longest: float) -> Timeline:
        """It, made smaller where one of its sides is longer than so many points."""
        scale = longest / max(self.width, self.height)
        if scale >= 1:
            return self
        shapes = [replace(timed, shape=timed.shape.scaled(scale)) for timed in self.shapes]
        width, height = self.width * scale, self.height * scale
        return replace(self, width=width, height=height, shapes=tuple(shapes))


def still(sheet: Sheet, theme: Theme) -> Timeline:
    """Return a picture without steps, as a timeline of one."""
    shapes = tuple(Timed(shape) for shape in sheet.shapes)
    return Timeline(theme, sheet.width, sheet.height, shapes, ())


def timeline_of(
    sheet: Sheet, steps: Sequence[Step], look: Look, references: Mapping[str, str]
) -> Timeline:
    """Return what is there when.

    Parameters
    ----------
    sheet : Sheet
        The whole picture.
    steps : sequence of Step
        What appears when.
    look : Look
        Whose theme and number format are used.
    references : mapping
        Constants that repeat the value of a wire: the id of each, and of its wire.
    """
    shown = _first_steps(steps)
    written = _below(sheet, steps, look.theme)
    left, right, down = (written.width - sheet.width) / 2, 0.0, sheet.height
    width, height = float(written.width), sheet.height + written.height
    beside = _beside(sheet, steps, look.theme)
    if _scale(sheet.width + beside.width, beside.height) > 1.15 * _scale(width, height):
        written = beside
        left, right, down = 0.0, sheet.width, 0.0
        width, height = sheet.width + beside.width, max(sheet.height, beside.height)
    shapes = []
    for shape in sheet.shapes:
        key = (shape.half, references.get(shape.part, shape.part))
        if not shape.half or key in shown:
            shapes.append(Timed(shape.moved(left, 0), shown.get(key, 0), _last(key, shown)))
    halos, outlines = _highlights(shapes, steps)
    lines = [replace(timed, shape=timed.shape.moved(right, down)) for timed in written.lines]
    return Timeline(
        look.theme,
        width,
        height,
        # Behind the picture, in it, and beside it.
        (*halos, *shapes, *outlines, *lines),
        tuple(steps),
    )


def _first_steps(steps: Sequence[Step]) -> dict[tuple[Half, str], int]:
    """In which step the two halves of wires and edges appear."""
    first: dict[tuple[Half, str], int] = {}
    for index, step in enumerate(steps):
        for part in (*step.values, *step.locals):
            first.setdefault((_half(step, "value"), part), index)
        for part in (*step.gradients, *step.contributions):
            first.setdefault((_half(step, "gradient"), part), index)
    return first


def _half(step: Step, half: Literal["value", "gradient"]) -> Half:
    """What of a wire a step shows: a number, or the symbol in its place."""
    if not step.symbols:
        return half
    return "value symbol" if half == "value" else "gradient symbol"


def _last(key: tuple[Half, str], shown: Mapping[tuple[Half, str], int]) -> int | None:
    """The last step in which something is there: a symbol, until its number comes."""
    half, part = key
    number: Half = "value" if half == "value symbol" else "gradient"
    after = shown.get((number, part)) if half.endswith("symbol") else None
    return None if after is None else after - 1


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
        colour: Literal["value", "gradient"] = "gradient" if step.gradients else "value"
        if step.kind not in ("structure", "inputs"):
            for part in step.gradients or step.values:
                number = halves.get((_half(step, colour), part))
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
    left, right = min(x for x, _ in corners) - 3, max(x for x, _ in corners) + 3
    top, bottom = min(y for _, y in corners), max(y for _, y in corners)
    around = ((left, top), (right, bottom))
    return Shape("rectangle", around, fill=colour, radius=3.0, opacity=0.16)


def _corners(shape: Shape) -> tuple[Point, ...]:
    if shape.kind != "text":
        return shape.points
    ((x, y),) = shape.points
    wide = width(shape.runs, shape.size)
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor] * wide
    return (left, y - 0.85 * shape.size), (left + wide, y + 0.25 * shape.size)


# --- the written lines ---------------------------------------------------------------------------


def _below(sheet: Sheet, steps: Sequence[Step], theme: Theme) -> _Written:
    # At a wide picture, which is seen from further away, one writes larger.
    size = theme.font_size * min(1.5, max(1.0, sheet.width / 700))
    room = max(sheet.width - 1.6 * size, WIDEST_TEXT)
    return _Written(steps, size, sheet.width, room, lambda top: MOST_ROWS)


def _beside(sheet: Sheet, steps: Sequence[Step], theme: Theme) -> _Written:
    size = theme.font_size * min(1.5, max(1.0, sheet.height / 500))
    room = WIDEST_BESIDE * size / theme.font_size
    per_row = 1.45 * 0.85 * size
    written = _Written(
        steps, size, 0.0, room, lambda top: max(MOST_ROWS, int((sheet.height - top) / per_row))
    )
    written.height = max(written.height, math.ceil(sheet.height))
    return written


def _scale(width: float, height: float) -> float:
    return min(SCREEN[0] / width, SCREEN[1] / height)


class _Written:
    """The lines at a picture: that of the step, its whole product, and those before it.

    `most_rows` says how many rows of those before there is room for, by where they begin.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        size: float,
        least_width: float,
        room: float,
        most_rows: Callable[[float], int],
    ) -> None:
        self.lines: list[Timed] = []
        self.margin = 0.8 * size
        self.most_rows = most_rows
        texts = [broken(step.text, 1.1 * size, room) for step in steps]
        chains = [
            broken(f"written out: {step.chain}", 0.9 * size, room)
            if step.chain and not step.text.endswith(f" {step.chain}")
            else []
            for step in steps
        ]
        longest = max(
            *(text_width(line, 1.1 * size) for text in texts for line in text),
            *(text_width(line, 0.9 * size) for chain in chains for line in chain),
            0.0,
        )
        self.width = math.ceil(max(least_width, longest + 2 * self.margin))
        baseline = 1.3 * size
        below = baseline
        for index, step in enumerate(steps):
            colour = {"value": "value", "seed": "gradient", "gradient": "gradient"}.get(step.kind)
            y = baseline
            for line in texts[index]:
                self._write(line, 0, y, 1.1 * size, colour or "text", index, index)
                y += 1.5 * size
            for line in chains[index]:
                self._write(line, 0, y - 0.1 * size, 0.9 * size, "text", index, index)
                y += 1.3 * size
            below = max(below, y - 1.5 * size)
        self.height = below + 0.8 * size
        # What came before stays: that is how the products grow.
        phases: dict[tuple[bool, bool], list[int]] = {}
        for index, step in enumerate(steps):
            if step.kind in ("value", "seed", "gradient"):
                phases.setdefault((step.symbols, step.kind == "value"), []).append(index)
        for phase in phases.values():
            self._list(phase, texts, len(steps), below + 1.9 * size, 0.85 * size)
        self.height = math.ceil(self.height)

    def _list(
        self, phase: list[int], texts: list[list[str]], count: int, top: float, size: float
    ) -> None:
        """The lines of the steps before, in columns; a long one takes several rows."""
        if len(phase) < 2:
            return
        widest = max(text_width(line, size) for index in phase for line in texts[index])
        column = widest + 2 * size
        columns = max(1, math.floor((self.width - 2 * self.margin + 2 * size) / column))
        needed = sum(len(texts[index]) for index in phase[:-1])
        rows = min(self.most_rows(top), math.ceil(needed / columns))
        rows = max(rows, *(len(texts[index]) for index in phase[:-1]))
        end = phase[-1] if phase[-1] + 1 < count else None
        pages = _pages([len(texts[index]) for index in phase[:-1]], rows, columns)
        for number, spots in enumerate(pages):
            # A full page of lines makes room for the next.
            following = pages[number + 1][0][0] if number + 1 < len(pages) else None
            last = end if following is None else phase[following]
            for place, at, row in spots:
                index = phase[place]
                for extra, line in enumerate(texts[index]):
                    x, y = at * column, top + (row + extra) * 1.45 * size
                    self._write(line, x, y, size, "text", phase[place + 1], last)
        self.height = max(self.height, top + (rows - 1) * 1.45 * size + 0.8 * size)

    def _write(
        self, text: str, x: float, y: float, size: float, colour: str, first: int, last: int | None
    ) -> None:
        if text and (last is None or last >= first):
            shape = letters(formula_runs(text), (self.margin + x, y), size, colour, "start")
            self.lines.append(Timed(shape, first, last))


def _pages(heights: Sequence[int], rows: int, columns: int) -> list[list[tuple[int, int, int]]]:
    """Put lines into columns and pages: which line, in which column, and in which row of it."""
    pages: list[list[tuple[int, int, int]]] = [[]]
    column = row = 0
    for place, height in enumerate(heights):
        if row + height > rows:
            column, row = column + 1, 0
        if column == columns:
            pages.append([])
            column = row = 0
        pages[-1].append((place, column, row))
        row += height
    return pages


def text_width(text: str, size: float) -> float:
    """The width of a text in a wide font; no usual font needs more."""
    return width(formula_runs(text), size)


def broken(text: str, size: float, room: float) -> list[str]:
    """Return a text in lines that there is room for; what goes on is indented.

    Examples
    --------
    >>> broken("a = 1 + 2 + 3", 10, 100), broken("a = 1 + 2 + 3", 10, 55)
    (['a = 1 + 2 + 3'], ['a = 1 + 2', '  + 3'])
    """
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1].strip() else lines[-1] + word
        if text_width(longer, size) <= room or not lines[-1].strip():
            lines[-1] = longer
        else:
            lines.append(f"  {word}")
    return lines
