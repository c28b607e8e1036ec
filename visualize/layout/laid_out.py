"""A picture laid out: units placed, wires led, and all of it as one list of shapes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Scope

from ..graph.picture import Constant, Picture, Wire
from ..lettering import name_runs, width
from ..style import Look
from ..text import shown
from .blocks import NOTHING
from .order import best_columns
from .routes import FORK, Route, Style, routes_of, style_of
from .rows import FRAME, FRAME_ABOVE, Rows, rows_of
from .sheet import Half, Point, Shape, Sheet, letters, line, segments
from .sizes import AIR
from .titles import titles_of
from .unit import Output, Unit, Units
from .units import units_of

PAD = 10.0
"""Around a picture, in points."""

Points = npt.NDArray[np.float64]
"""One in each row."""


@dataclass(eq=False)
class LaidOut:
    """A picture on its sheet.

    Attributes
    ----------
    source : str
        The DOT text that Graphviz places.
    note : str or None
        What is wrong with Graphviz, where something else stepped in.
    """

    rows: Rows
    routes: list[Route]
    source: str
    note: str | None
    titles: Mapping[str, str]

    @property
    def units(self) -> Units:
        """What stands in the picture."""
        return self.rows.columns.units

    @cached_property
    def sheet(self) -> Sheet:
        """All shapes, from the left upper corner."""
        return _Drawn(self).sheet


def lay_out(picture: Picture) -> LaidOut:
    """Place a picture.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize.graph.picture import picture_of
    >>> x = Node(3.0, name="x")
    >>> sheet = lay_out(picture_of(x * x)).sheet
    >>> [shape.text for shape in sheet.shapes if shape.kind == "text"]
    ['*', 'f =', '9', 'x', '3']
    """
    units = units_of(picture)
    style: Style = "line" if units.plain else style_of(picture)
    return placed(units, style, titles_of(picture))


def placed(units: Units, style: Style, titles: Mapping[str, str]) -> LaidOut:
    """Place measured units."""
    columns, source, note = best_columns(units)
    rows = rows_of(columns, units.look.aspect)
    return LaidOut(rows, routes_of(rows, style), source, note, titles)


def to_page(look: Look, length: float) -> Callable[[Point], Point]:
    """Return what takes lengths along and across the flow to x and y on the page."""
    if look.rankdir == "LR":
        return lambda at: at
    if look.rankdir == "RL":
        return lambda at: (length - at[0], at[1])
    if look.rankdir == "TB":
        return lambda at: (at[1], at[0])
    return lambda at: (at[1], length - at[0])


def points_on(paths: Sequence[Shape]) -> Points:
    """Return points on paths, about three lengths apart.

    Examples
    --------
    >>> points_on([line((0, 0), (6, 0))]).tolist()
    [[0.0, 0.0], [3.0, 0.0], [6.0, 0.0]]
    """
    found: list[Points] = []
    for path in paths:
        here = (0.0, 0.0)
        for command, points in segments(path) if path.kind == "path" else ():
            if command != "M" and points:
                corners: list[Any] = [np.array(corner) for corner in (here, *points)]
                steps = max(2, math.ceil(math.dist(here, points[-1]) / 3) + 1)
                share = np.linspace(0, 1, steps)[:, None]
                while len(corners) > 1:
                    corners = [a + (b - a) * share for a, b in itertools.pairwise(corners)]
                found.append(corners[0])
            here = points[-1] if points else here
    return np.concatenate(found) if found else np.empty((0, 2))


class _Drawn:
    """Draws one laid-out picture."""

    def __init__(self, laid_out: LaidOut) -> None:
        self.look = laid_out.units.look
        self.horizontal = self.look.across
        self.theme = self.look.theme
        units = laid_out.units.units
        self.plain = laid_out.units.plain
        self.length, self.height = laid_out.rows.length, laid_out.rows.height
        self.units = units
        self.frames: list[tuple[Scope, tuple[Point, Point]]] = []
        self.page = to_page(self.look, self.length)
        wires: list[Shape] = []
        bodies: list[Shape] = []
        texts: list[Shape] = []
        for route in laid_out.routes:
            wires += self._wire(route)
        for unit in units:
            bodies += self._body(unit)
            for output in unit.outputs:
                texts += self._output(unit, output)
            texts += self._rows(unit)
        shapes = [*self._frames(laid_out.rows, wires), *wires, *bodies, *texts]
        wide, high = self.length, laid_out.rows.height
        if not self.horizontal:
            wide, high = high, wide
        moved = [shape.moved(PAD, PAD) for shape in shapes]
        self.sheet = Sheet(wide + 2 * PAD, high + 2 * PAD, moved, laid_out.titles)

    # --- wires --------------------------------------------------------------------------------

    def _wire(self, route: Route) -> list[Shape]:
        shapes = []
        part = route.output.id
        if len(route.commands) > 1:
            points = tuple([self.page(point) for point in route.points])
            commands = "".join(route.commands)
            shapes.append(Shape("path", points, None, "line", commands=commands, part=part))
        for at in route.forks:
            dot = (self.page(at), (FORK, FORK))
            shapes.append(Shape("ellipse", dot, "line", None, part=part))
        for u, v in route.arrows:
            corners = [(u - 9, v - 3.5), (u - 2, v), (u - 9, v + 3.5)]
            points = tuple([self.page(corner) for corner in corners])
            shapes.append(Shape("path", points, "line", None, commands="MLLZ", part=part))
        return shapes

    # --- frames around open scopes ------------------------------------------------------------

    def _frames(self, rows: Rows, wires: list[Shape]) -> list[Shape]:
        """A frame around each open scope, in every row that it reaches.

        Its leaves stand inside, where nothing else does; a frame that seemed to hold what it does
        not would mislead.
        """
        groups: dict[tuple[Scope, int], list[Unit]] = {}
        for unit, row in rows.of.items():
            for scope in unit.scopes:
                groups.setdefault((scope, row), []).append(unit)
        shapes: list[Shape] = []
        without: set[tuple[Scope, int]] = set()
        passed = points_on(wires if groups else ())
        # The outer frames first: where one leaves its leaves out, so do those inside of it.
        for (scope, row), units in sorted(groups.items(), key=lambda one: len(list(one[0][0]))):
            operations = [unit for unit in units if unit.is_operation]
            outside = any((outer, row) in without for outer in scope)
            for members in (operations,) if outside else (units, operations):
                frame = self._around(scope, members) if members else None
                others = (unit for unit in rows.rows[row].units if unit not in members)
                if frame is not None and not any(self._reaches(frame, unit) for unit in others):
                    self.frames.append((scope, frame))
                    break
                without.add((scope, row))
        for scope, frame in self.frames:
            shapes += self._frame(scope, *frame, passed)
        return shapes

    def _reaches(self, frame: tuple[Point, Point], unit: Unit) -> bool:
        (left, top), (right, bottom) = frame
        (x0, y0), (x1, y1) = self._corners(unit)
        return x0 < right and left < x1 and y0 < bottom and top < y1

    def _corners(self, unit: Unit) -> tuple[Point, Point]:
        first, last = self.page((unit.left, unit.above)), self.page((unit.right, unit.below))
        xs, ys = sorted((first[0], last[0])), sorted((first[1], last[1]))
        return (xs[0], ys[0]), (xs[1], ys[1])

    def _around(self, scope: Scope, units: list[Unit]) -> tuple[Point, Point]:
        depth = len(list(scope))
        lefts, rights, tops, bottoms = [], [], [], []
        for unit in units:
            # Frames inside this one take room too.
            levels = len(unit.scopes) - depth + 1
            (left, top), (right, bottom) = self._corners(unit)
            lefts.append(left - FRAME * levels)
            rights.append(right + FRAME * levels)
            tops.append(top - FRAME_ABOVE * levels)
            bottoms.append(bottom + FRAME * levels)
        return (min(lefts), min(tops)), (max(rights), max(bottoms))

    def _frame(self, scope: Scope, first: Point, last: Point, wires: Points) -> list[Shape]:
        (left, top), (right, bottom) = first, last
        size = 0.85 * self.theme.font_size
        outline = Shape(
            "rectangle", ((left, top), (right, bottom)), None, "line", radius=6.0, dashed=True,
            opacity=0.6,
        )  # fmt: skip
        runs = name_runs(shown(scope.name))
        wide = width(runs, size)
        near = wires[(wires[:, 1] > top) & (wires[:, 1] < top + 1.5 * size)][:, 0]
        at = self._free_of_wires(left, right, (top, top + 1.5 * size), wide, near)
        return [outline, letters(runs, (at, top + 1.15 * size), size, anchor="start")]

    def _free_of_wires(
        self, left: float, right: float, band: tuple[float, float], wide: float, near: Points
    ) -> float:
        """Where the name of a frame stands: on the left, or where no wire runs through it.

        Beside a narrow frame, where nothing else is.
        """
        last = right - wide - 6
        places = [*np.arange(left + 6, max(last, left + 7), 6), max(last, left + 6)]
        free = [at for at in places if not np.any((near > at - 2) & (near < at + wide + 2))]
        for at in (right + 4, left - 4 - wide):
            is_free = not np.any((near > at - 2) & (near < at + wide + 2))
            if is_free and self._is_empty((at, band[0]), (at + wide, band[1])):
                free.append(at)
        return float(free[0]) if free else left + 6

    def _is_empty(self, first: Point, last: Point) -> bool:
        if first[0] < 0 or last[0] > (self.length if self.horizontal else self.height):
            return False
        for _, ((left, top), (right, bottom)) in self.frames:
            beside = last[0] <= left or right <= first[0] or last[1] <= top or bottom <= first[1]
            within = left <= first[0] and last[0] <= right and top + FRAME_ABOVE <= first[1]
            if not beside and not (within and last[1] <= bottom):
                return False
        return not any(self._reaches((first, last), unit) for unit in self.units)

    # --- bodies -------------------------------------------------------------------------------

    def _body(self, unit: Unit) -> list[Shape]:
        if not unit.is_operation:
            return []
        x, y = self.page((unit.middle, unit.v))
        wide, high = unit.body_along, unit.body_across
        if not self.horizontal:
            wide, high = high, wide
        look = ("fill", "warning" if unit.marked else "line")
        pen = 3.0 if unit.marked else 1.0
        if unit.kind == "circle":
            points: tuple[Point, ...] = ((x, y), (wide / 2, high / 2))
            outline = Shape("ellipse", points, *look, width=pen, part=unit.id)
        else:
            points = ((x - wide / 2, y - high / 2), (x + wide / 2, y + high / 2))
            radius = {"pill": min(wide, high) / 2, "box": 3.0}.get(unit.kind, 0.0)
            outline = Shape("rectangle", points, *look, width=pen, radius=radius, part=unit.id)
        body, title = unit.body, unit.title
        shapes = [outline]
        if unit.kind == "function":
            shapes.append(line((x, y - high / 2), (x, y + high / 2), part=unit.id))
        shapes += body.at(x - body.width / 2, y - body.height / 2, unit.id)
        if title and self.horizontal:
            shapes += title.at(x - title.width / 2, y - high / 2 - title.height - 1, unit.id)
        elif title:
            shapes += title.at(x + wide / 2 + 4, y - title.height / 2, unit.id)
        return shapes

    # --- numbers at wires ---------------------------------------------------------------------

    def _output(self, unit: Unit, output: Output) -> list[Shape]:
        part = output.id
        v = unit.v + output.v
        if unit.kind == "constant":
            x, y = self.page((output.end - 2 - output.along / 2, v))
            block = output.above
            refers = isinstance(output.source, Constant) and output.source.refers_to is not None
            half: Half = "value" if refers else ""
            return block.at(x - block.width / 2, y - block.height / 2, part, half)
        if self.plain and unit.kind == "leaf":
            x, y = self.page((output.end - output.along / 2, v))
            block = unit.body
            return block.at(x - block.width / 2, y - block.height / 2, part)
        if output.record:
            begin = 18.0 if unit.is_operation else 0.0
            x, y = self.page(((output.start + begin + output.end) / 2, v))
            block = output.record
            return block.at(x - block.width / 2, y - block.height / 2, part)
        return self._beside(unit, output, v)

    def _beside(self, unit: Unit, output: Output, v: float) -> list[Shape]:
        """The value on one side of the rule and the gradient on the other, and the name."""
        part = output.id
        # Data that are written into the expression are there from the first step on.
        value: Half = "value" if isinstance(output.source, Wire) else ""
        above, below, name, remark = output.above, output.below, output.name, output.remark
        start, end = output.start, output.end
        (x0, y0), (x1, y1) = self.page((start, v)), self.page((end, v))
        shapes: list[Shape] = []
        if self.horizontal:
            left, right = min(x0, x1), max(x0, x1)
            if name and unit.is_operation:
                spare = right - left - name.width - 6 - max(above.width, below.width)
                left += max(4.0, spare / 2)
                shapes += name.at(left, y0 - AIR - (above.height + name.height) / 2, part)
                left += name.width + 6
                right -= max(4.0, spare / 2)
            elif name:
                outside = left - 6 - name.width if x0 <= x1 else right + 6
                shapes += name.at(outside, y0 - name.height / 2, part)
            middle = (left + right) / 2
            top = y0 - AIR - above.height
            shapes += remark.at(middle - remark.width / 2, top - remark.height, part)
            shapes += above.at(middle - above.width / 2, top, part, value)
            return shapes + below.at(middle - below.width / 2, y0 + AIR, part, "gradient")
        top, bottom = min(y0, y1), max(y0, y1)
        if name and not unit.is_operation:
            outside = top - 2 - name.height if y0 <= y1 else bottom + 2
            shapes += name.at(x0 - name.width / 2, outside, part)
            name = NOTHING
        high = name.height + remark.height + above.height
        at = (top + bottom) / 2 - high / 2
        for block in (name, remark, above):
            half: Half = value if block is above else ""
            shapes += block.at(x0 - 5 - block.width, at, part, half)
            at += block.height
        at = (top + bottom) / 2 - below.height / 2
        return shapes + below.at(x0 + 5, at, part, "gradient")

    def _rows(self, unit: Unit) -> list[Shape]:
        """The local gradients before a body, and what forks contribute."""
        if not unit.rows:
            return []
        shapes: list[Shape] = []
        reach = unit.rows - unit.run_in
        for input in unit.inputs:
            x, y = self.page((unit.left + reach / 2, unit.v + input.v))
            above, below, part = input.above, input.below, input.edge.id
            if self.horizontal:
                shapes += above.at(x - above.width / 2, y - AIR - above.height, part, "value")
                shapes += below.at(x - below.width / 2, y + AIR, part, "gradient")
            else:
                shapes += above.at(x - 5 - above.width, y - above.height / 2, part, "value")
                shapes += below.at(x + 5, y - below.height / 2, part, "gradient")
        return shapes
