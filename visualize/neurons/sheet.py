"""Columns of units as circles, their weights as lines, on one sheet."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from ..layout.sheet import Point, Shape, Sheet, letters
from ..lettering import Runs, name_runs, plain, text_of, width
from ..style import LECTURE, Look
from ..text import number, shape_text
from .columns import Column, weight_name
from .placing import Segment, box_around, label_places, without

Edges = Literal["weight", "gradient"]

POSITIVE, NEGATIVE = "#3a8ddd", "#d6453d"
"""Blue and red that can be told apart by all, on white and on black."""

MOST_UNITS = 30
"""Columns of up to this many units show all of them."""

KEPT_AT_THE_ENDS = 5
"""Of larger ones, so many at the top and at the bottom."""

MOST_LINES = 12_000
"""Above this many lines the columns show fewer units."""

MOST_LABELS = 16, 40
"""Weights have their numbers where there are up to so many between two columns, and in all."""

LARGEST: Point = (1066.0, 600.0)
"""Text of 10 points on a sheet of this size has 9 when it fills 960 x 540."""

TITLE, VALUE, LABEL, BIAS = 12.0, 11.0, 10.0, 9.0
"""Sizes of the texts."""

LINE_HEIGHT = 1.3
EDGE = 10.0
"""The margin of the sheet."""


def sheet_of(columns: list[Column], look: Look = LECTURE, edges: Edges = "weight") -> Sheet:
    """Draw columns of units as circles, and their weights as lines.

    Lines are blue where what they show is positive and red where it is negative, wide where it is
    large; the strongest lie on top. The circles hold the activations of the first sample, or the
    names of the units, and below the biases.

    Parameters
    ----------
    columns : list of Column
        What is shown, see `columns_of`.
    look : Look
        Theme and number format; ``symbolic`` writes the names of the weights on their lines.
    edges : {"weight", "gradient"}, default "weight"
        What colour and width of the lines show.

    References
    ----------
    Lecture 003, "Neural Network" and "Fully Connected Layer".

    Examples
    --------
    >>> from nn import FullyConnected, NeuralNetwork, ReLU
    >>> from visualize.neurons.reading import columns_of
    >>> network = NeuralNetwork([FullyConnected(2, 3), ReLU(), FullyConnected(3, 2)])
    >>> sheet = sheet_of(columns_of(network, [1.0, 2.0]))
    >>> sum(shape.kind == "ellipse" for shape in sheet.shapes)
    7
    """
    if edges not in ("weight", "gradient"):
        raise ValueError(f"edges expects 'weight' or 'gradient', got {edges!r}")
    return _Drawing(columns, look, edges).sheet()


@dataclass(eq=False)
class _Line:
    """A weight on its way to the sheet."""

    column: int
    before: int
    unit: int
    number: float
    ends: Segment
    label: Runs | None = None
    label_at: Point | None = None

    @property
    def part(self) -> str:
        return f"e{self.column}_{self.before}_{self.unit}"


class _Drawing:
    """Draws one network; the steps share where everything stands."""

    def __init__(self, columns: list[Column], look: Look, edges: Edges) -> None:
        self.columns = columns
        self.look = look
        self.edges = edges
        self.numbers = [c.links.shown(edges) if c.links else (None, None) for c in columns]
        self.symbolic = look.symbolic
        self.shown = self._choose_units()
        self.largest = max(len(units) for units in self.shown)
        self.has_values = any(c.values is not None for c in columns) and not self.symbolic
        self.strongest = self._strongest()
        values = [np.abs(c.values) for c in columns if c.values is not None]
        self.highest = max((float(v[np.isfinite(v)].max(initial=0.0)) for v in values), default=0.0)
        # Of many lines the weak ones step back.
        self.faintest = 0.4 if self.largest <= 6 else 0.2
        self.titles: dict[str, str] = {}

    def _choose_units(self) -> list[list[int | None]]:
        """The units of each column that have a circle; None for those left out in between."""
        kept, most = KEPT_AT_THE_ENDS, MOST_UNITS
        while True:
            shown = [
                [*range(c.size)]
                if c.size <= most
                else [*range(kept), None, *range(c.size - kept, c.size)]
                for c in self.columns
            ]
            lines = sum(len(a) * len(b) for a, b in pairwise(shown))
            if lines <= MOST_LINES or most <= 2 * kept:
                return shown
            most = max(2 * kept, most // 2)

    def _strongest(self) -> float:
        """The largest number that a line shows."""
        found = [0.0]
        for place, (weights, _) in enumerate(self.numbers):
            if weights is not None:
                rows = [i for i in self.shown[place - 1] if i is not None]
                units = [j for j in self.shown[place] if j is not None]
                sizes = np.abs(np.asarray(weights, float)[np.ix_(rows, units)])
                found.append(float(sizes[np.isfinite(sizes)].max(initial=0.0)))
        return max(found)

    # --- where everything stands -----------------------------------------------------------------

    def _lay_out(self, stretch: float) -> None:
        """Place the circles, for labels further apart."""
        base = min(max(520 / self.largest, 28.0), 80.0)
        self.radius = min(21.0, 0.43 * base)
        pitch = base * stretch
        heads = [self._head(place) for place in range(len(self.columns))]
        widest = max(width(text, size) for head in heads for text, size in head)
        height = self.largest * pitch
        # So flat that no line runs over a neighbour of the unit where it starts.
        gap = max(100.0 * stretch, widest + 14, 0.55 * height)
        left, right = (self._name_width(column) for column in (self.columns[0], self.columns[-1]))
        margin = EDGE + max(self.radius + max(left, right), widest / 2)
        self.foot = max(map(len, heads)) * TITLE * LINE_HEIGHT + 8
        across = gap * (len(self.columns) - 1)
        self.width = max(2 * margin + across, self._legend_width() + 2 * EDGE)
        rest = 2 * EDGE + self.foot + self._legend_height()
        # Where there are few units in many layers, they stand further apart: no wider than 16:9.
        height = max(height, self.width * 9 / 16 - rest)
        margin = (self.width - across) / 2
        self.bottom = EDGE + height
        self.height = height + rest
        pitch = height / self.largest
        self.at: list[list[Point]] = []
        for place, units in enumerate(self.shown):
            step = min(height / len(units), 1.6 * pitch) if len(units) < self.largest else pitch
            middle = EDGE + height / 2
            self.at.append(
                [
                    (margin + place * gap, middle + (row - (len(units) - 1) / 2) * step)
                    for row in range(len(units))
                ]
            )
        self.gap = gap

    def _head(self, place: int) -> list[tuple[str, float]]:
        """The lines below a column, each with its size."""
        column = self.columns[place]
        lines = [(column.title, TITLE)]
        lines.append((f"{column.size:,} unit{'s' if column.size != 1 else ''}", LABEL))
        if column.functions:
            lines.append((", ".join(column.functions), LABEL))
        return lines

    def _name_width(self, column: Column) -> float:
        """The room beside a column for the names of its units."""
        if not self.has_values:
            return 0.0
        names = [name_runs(name or "") for name in column.names[:MOST_UNITS]]
        return 8 + max(width(name, TITLE) for name in names)

    def _lines(self) -> list[_Line]:
        lines = []
        for place, (weights, _) in enumerate(self.numbers):
            links = self.columns[place].links
            if weights is None or links is None:
                continue
            for i, start in zip(self.shown[place - 1], self.at[place - 1], strict=True):
                for j, end in zip(self.shown[place], self.at[place], strict=True):
                    if i is None or j is None or not links.has(i, j):
                        continue
                    ends = self._between(start, end)
                    lines.append(_Line(place, i, j, float(weights[i, j]), ends))
        return lines

    def _between(self, start: Point, end: Point) -> Segment:
        """The line between the edges of two circles."""
        (x0, y0), (x1, y1) = start, end
        share = self.radius / math.hypot(x1 - x0, y1 - y0)
        right, down = share * (x1 - x0), share * (y1 - y0)
        return (x0 + right, y0 + down), (x1 - right, y1 - down)

    def _label(self, line: _Line) -> Runs:
        links = self.columns[line.column].links
        assert links is not None
        if self.symbolic:
            return name_runs(weight_name(links, line.before, line.unit, line.column))
        return plain(self._number(line.number, self.strongest))

    def _place_labels(self, lines: list[_Line]) -> bool:
        """Label the lines of a small network; return whether all have room."""
        between = [
            [line for line in lines if line.column == place]
            for place in range(1, len(self.columns))
        ]
        wanted = [here for here in between if len(here) <= MOST_LABELS[0]]
        if sum(map(len, wanted)) > MOST_LABELS[1]:
            return True
        found = []
        for here in wanted:
            texts = [self._label(line) for line in here]
            sizes = [(width(text, LABEL), LABEL) for text in texts]
            places = label_places([line.ends for line in here], sizes)
            if places is None:
                return False
            found += [*zip(here, texts, places, strict=True)]
        for line, text, centre in found:
            line.label, line.label_at = text, centre
        return True

    def _number(self, shown: float, highest: float, fewer: int = 0) -> str:
        """A number in few letters: there is little room in a circle and on a line."""
        if self.look.number_format != ".4g":
            return number(shown, self.look.number_format)
        digits = (3 if self.largest <= 16 else 2) - fewer
        if shown == round(shown, 0) and abs(shown) < 1000:
            return str(int(shown))
        if 0.1 <= highest < 100:  # all with as many digits behind the point
            return number(shown, f".{digits if abs(shown) < 10 else digits - 1}f")
        return number(shown, f".{digits}g")

    # --- shapes ----------------------------------------------------------------------------------

    def sheet(self) -> Sheet:
        stretch = 1.0
        while True:
            self._lay_out(stretch)
            lines = self._lines()
            done = self._place_labels(lines)
            if done or self.width * 1.1 > LARGEST[0] or self.height * 1.1 > LARGEST[1]:
                break
            stretch *= 1.1
        shapes: list[Shape] = []
        # The strong lines on top.
        lines.sort(key=lambda line: abs(line.number) if math.isfinite(line.number) else math.inf)
        for line in lines:
            shapes += self._line(line)
        for place in range(len(self.columns)):
            for unit, at in zip(self.shown[place], self.at[place], strict=True):
                shapes += self._gap(place, at) if unit is None else self._unit(place, unit, at)
            shapes += self._foot(place)
        shapes += self._legend()
        return Sheet(self.width, self.height, shapes, self.titles)

    def _stroke(self, shown: float) -> dict[str, Any]:
        """Colour and width of what shows a number."""
        if not math.isfinite(shown):
            return {"stroke": "warning", "width": 1.5, "dashed": True}
        share = abs(shown) / self.strongest if self.strongest else 0.0
        thin = min(1.0, self.radius / 14)
        return {
            "stroke": POSITIVE if shown >= 0 else NEGATIVE,
            "width": (0.8 + 2.7 * share) * thin,
            "opacity": self.faintest + (1 - self.faintest) * min(share, 1.0),
        }

    def _line(self, line: _Line) -> list[Shape]:
        links = self.columns[line.column].links
        assert links is not None
        name = weight_name(links, line.before, line.unit, line.column)
        weight = number(links.weights[line.before, line.unit], self.look.number_format)
        title = f"{text_of(name_runs(name))} = {weight}"
        if links.gradients is not None:
            gradient = number(links.gradients[line.before, line.unit], self.look.number_format)
            title += f", gradient {gradient}"
        self.titles[line.part] = title
        box = None
        if line.label is not None and line.label_at is not None:
            box = box_around(line.label_at, width(line.label, LABEL), LABEL)
        pieces = [line.ends] if box is None else without(line.ends, [box])
        points = tuple(point for piece in pieces for point in piece)
        look = self._stroke(line.number)
        shapes = [Shape("path", points, commands="ML" * len(pieces), part=line.part, **look)]
        if box is not None and line.label is not None and line.label_at is not None:
            x, y = line.label_at
            colour = "gradient" if self.edges == "gradient" and not self.symbolic else "text"
            if not math.isfinite(line.number) and not self.symbolic:
                colour = "warning"
            at = (x, y + 0.36 * LABEL)
            shapes.append(letters(line.label, at, LABEL, colour, part=line.part))
        return shapes

    def _unit(self, place: int, unit: int, at: Point) -> list[Shape]:
        column = self.columns[place]
        part = f"u{place}_{unit}"
        x, y = at
        name = column.names[unit] or ""
        biases = self.numbers[place][1]
        bias = None if biases is None else float(biases[unit])
        written = bias is not None and self.radius >= 18
        circle = Shape("ellipse", (at, (self.radius, self.radius)), "fill", "line", part=part)
        if bias and not written:
            share = min(abs(bias) / self.strongest, 1.0) if self.strongest else 1.0
            colour = self._stroke(bias)["stroke"]
            circle = replace(circle, stroke=colour, width=1.2 + 1.2 * share)
        shapes = [circle]
        title = f"{text_of(name_runs(name))}, unit {unit + 1} of {column.size:,}, {column.title}"
        down = 0.36 * VALUE if not written else -1.0
        if self.has_values and column.values is not None:
            value = column.values[unit]
            text = self._number(float(value), self.highest)
            title += f": {number(value, self.look.number_format)}"
            good = np.isfinite(value)
            shapes.append(self._fitting(plain(text), (x, y), down, "value" if good else "warning"))
            if place in (0, len(self.columns) - 1):
                side = -1 if place == 0 else 1
                beside = (x + side * (self.radius + 5), y + 0.36 * TITLE)
                anchor: Any = "end" if place == 0 else "start"
                shapes.append(letters(name_runs(name), beside, TITLE, "text", anchor, part=part))
        else:
            shapes.append(self._fitting(name_runs(name), (x, y), down, "text"))
        if bias is not None:
            what = "bias" if self.edges == "weight" else "gradient of the bias"
            title += f", {what} {number(bias, self.look.number_format)}"
        if written and bias is not None:
            text = self._number(bias, self.strongest, 1)
            sign = "" if text.startswith("-") or not bias else "+"
            colour = "text" if self.edges == "weight" else "gradient"
            runs = plain(sign + text)
            shapes.append(self._fitting(runs, (x, y), BIAS + 2.0, colour, BIAS))
        self.titles[part] = title
        return [replace(shape, part=part) for shape in shapes]

    def _fitting(
        self, text: Runs, at: Point, down: float, colour: str, most: float = VALUE
    ) -> Shape:
        """A text in a circle, as large as there is room."""
        edge = max(abs(down - 0.74 * most), abs(down + 0.2 * most))
        room = 2 * math.sqrt(max((self.radius - 1) ** 2 - edge**2, 0.0))
        size = min(most, room / max(width(text), 0.1))
        return letters(text, (at[0], at[1] + down * min(1.0, size / most + 0.3)), size, colour)

    def _gap(self, place: int, at: Point) -> list[Shape]:
        """The units that are left out: three dots and how many there are."""
        x, y = at
        column = self.columns[place]
        hidden = column.size - sum(unit is not None for unit in self.shown[place])
        dots = [
            Shape("ellipse", ((x, y - 16 + 5 * row), (1.4, 1.4)), "text", None) for row in range(3)
        ]
        count = f"{hidden:,}"
        size = min(LABEL, 2 * self.radius / width(count))
        return [*dots, letters(count, (x, y + 7), size), letters("more", (x, y + 17), BIAS)]

    def _foot(self, place: int) -> list[Shape]:
        x = self.at[place][0][0]
        y = self.bottom + 4
        shapes = []
        for text, size in self._head(place):
            y += TITLE * LINE_HEIGHT
            shapes.append(letters(text, (x, y), size))
        links = self.columns[place].links
        if links is not None and links.name:
            runs = name_runs(links.name)
            shape = shape_text(links.weights.shape)
            need = max(width(runs, TITLE), width(shape, LABEL)) / 2
            heads = [self._head(p) for p in (place - 1, place)]
            taken = [max(width(text, size) for text, size in head) / 2 for head in heads]
            if need + max(taken) + 6 < self.gap / 2:
                middle = x - self.gap / 2
                top = self.bottom + 4 + TITLE * LINE_HEIGHT
                shapes.append(letters(runs, (middle, top), TITLE))
                shapes.append(letters(shape, (middle, top + TITLE * LINE_HEIGHT), LABEL))
        return shapes

    # --- legend ----------------------------------------------------------------------------------

    STEP, DASH, STEPS = 30.0, 22.0, 7

    def _legend_text(self) -> tuple[str, str]:
        what = "weight" if self.edges == "weight" else "gradient of the weight"
        if all(biases is None for _, biases in self.numbers):
            return what, ""
        bias = "bias" if self.edges == "weight" else "gradient of the bias"
        if self.radius >= 18:
            inside_of = "value" if self.has_values else "name"
            return what, f"in the circles: {inside_of}, below it the {bias}"
        return what, f"outline of a circle: {bias}"

    def _legend_width(self) -> float:
        what, note = self._legend_text()
        scale = 2 * width(what, LABEL) + 24 + self.STEP * self.STEPS
        return max(scale, width(note, LABEL))

    def _legend_height(self) -> float:
        return (
            12 + 2 * LABEL * LINE_HEIGHT + (LABEL * LINE_HEIGHT + 4) * bool(self._legend_text()[1])
        )

    def _legend(self) -> list[Shape]:
        """The scale: lines as they are drawn, from the strongest negative to the positive."""
        what, note = self._legend_text()
        middle = self.width / 2
        y = self.bottom + self.foot + 16
        shapes = []
        start = middle - self.STEP * self.STEPS / 2
        shapes.append(letters(what, (start - 8, y + 0.36 * LABEL), LABEL, "text", "end"))
        for step in range(self.STEPS):
            share = 2 * step / (self.STEPS - 1) - 1
            x = start + (step + 0.5) * self.STEP
            ends = ((x - self.DASH / 2, y), (x + self.DASH / 2, y))
            look = self._stroke(share * self.strongest)
            if self.strongest or not share:
                shapes.append(Shape("path", ends, commands="ML", **look))
            if step in (0, self.STEPS // 2, self.STEPS - 1) and (self.strongest or not share):
                text = self._number(share * self.strongest, self.strongest)
                shapes.append(letters(text, (x, y + LABEL * LINE_HEIGHT + 1), LABEL))
        if note:
            shapes.append(letters(note, (middle, y + 2 * LABEL * LINE_HEIGHT + 7), LABEL))
        return shapes


__all__ = ["Edges", "sheet_of"]
