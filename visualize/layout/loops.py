"""Loops of a rolled-up graph on its sheet: a frame around the body, and the wires back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..lettering import width
from .laid_out import PAD, LaidOut, to_page
from .routes import FORK, ROUND
from .sheet import Point, Shape, Sheet, letters
from .unit import Unit

AROUND = 6.0
"""Between a body and what runs around it."""

LANE = 4.0
"""Between wires that run back side by side."""

ABOVE = 7.0
"""From a row to the wires that run back along it."""


@dataclass(frozen=True)
class Body:
    """What is framed: its words, the ids of its units, and of its wires back with their ends."""

    words: str
    units: frozenset[str]
    back: tuple[tuple[str, str], ...]


def with_loops(laid_out: LaidOut, bodies: Sequence[Body], caption: str) -> Sheet:
    """Return the sheet of a layout with the frames of its bodies, and the wires that run back.

    A body has a frame in each row where nothing else stands between its units.
    """
    return _Loops(laid_out).drawn(bodies, caption)


class _Loops:
    def __init__(self, laid_out: LaidOut) -> None:
        self.laid_out = laid_out
        self.look = laid_out.units.look
        self.size = self.look.theme.font_size
        self.page = to_page(self.look, laid_out.rows.length)
        self.rows = laid_out.rows
        self.units = laid_out.units.units
        self.by_id = {unit.id: unit for unit in self.units}
        self.outputs = {output.id: (unit, output) for unit in self.units for output in unit.outputs}

    def drawn(self, bodies: Sequence[Body], caption: str) -> Sheet:
        frames: list[Shape] = []
        wires: list[Shape] = []
        lane = 0
        for body in bodies:
            labelled = False
            for index in range(len(self.rows.rows)):
                units = [u for u in self.units if u.id in body.units and self.rows.of[u] == index]
                if units and self._is_free(box := self._around(units), body.units):
                    frames.append(self._frame(box))
                    if index == 0 and not labelled:
                        frames.append(self._above(body.words, box))
                        labelled = True
            for wire, end in body.back:
                if wire in self.outputs and end in self.by_id:
                    wires += self._wire(wire, end, lane, 1.6 * self.size if labelled else 0.0)
                    lane += 1
        sheet = _grown(
            self.laid_out.sheet,
            [shape.moved(PAD, PAD) for shape in frames],
            [shape.moved(PAD, PAD) for shape in wires],
        )
        wide = max(sheet.width, width(caption, self.size) + 2 * PAD)
        left = (wide - sheet.width) / 2
        words = letters(caption, (wide / 2, sheet.height + 0.6 * self.size), self.size)
        shapes = [*(shape.moved(left, 0) for shape in sheet.shapes), words]
        return replace(sheet, width=wide, height=sheet.height + 1.4 * self.size, shapes=shapes)

    # --- the frame ----------------------------------------------------------------------------

    def _around(self, units: Sequence[Unit]) -> tuple[float, float, float, float]:
        """Left, top, right and bottom along and across the flow."""
        air = AROUND if len(self.rows.rows) == 1 else 2.0
        return (
            min(unit.left for unit in units) - AROUND,
            min(unit.above - unit.title.height for unit in units) - air,
            max(unit.right for unit in units) + 2.0,
            max(unit.below for unit in units) + air,
        )

    def _is_free(self, box: tuple[float, float, float, float], inside: frozenset[str]) -> bool:
        """Whether nothing else stands in a frame."""
        left, top, right, bottom = box
        return not any(
            unit.left < right and unit.right > left and unit.above < bottom and unit.below > top
            for unit in self.units
            if unit.id not in inside
        )

    def _frame(self, box: tuple[float, float, float, float]) -> Shape:
        (x0, y0), (x1, y1) = self.page(box[:2]), self.page(box[2:])
        corners = ((min(x0, x1), min(y0, y1)), (max(x0, x1), max(y0, y1)))
        return Shape("rectangle", corners, None, "line", radius=8.0, opacity=0.4)

    def _above(self, words: str, box: tuple[float, float, float, float]) -> Shape:
        (x0, y0), (x1, y1) = self.page(box[:2]), self.page(box[2:])
        at = (min(x0, x1) + 6, min(y0, y1) - 0.35 * self.size)
        return letters(words, at, self.size, anchor="start")

    # --- the wire back ------------------------------------------------------------------------

    def _wire(self, wire: str, end: str, lane: int, room: float) -> list[Shape]:
        """From a result out of its row, around the rows before, and into the joint."""
        unit, output = self.outputs[wire]
        target = self.by_id[end]
        first, last = self.rows.of[target], self.rows.of[unit]
        v = unit.v + output.v
        right = unit.right + AROUND + LANE * lane
        left, side = self._way_in(target, lane)
        away = side * (ABOVE + LANE * lane)
        out, into = self._edge(last, side) + away, self._edge(first, side) + away
        if side < 0 and first == 0:
            into -= room
            out = into if last == 0 else out
        corners = [(right, v), (right, out)]
        if first != last:
            outside = -LANE * (lane + 1)
            corners += [(outside, out), (outside, into)]
        corners += [(left, into), (left, target.v)]
        stop = (target.right, target.v)
        start = before = (unit.right, v)
        path: list[Point] = [start]
        commands = "M"
        for at, following in zip(corners, [*corners[1:], stop], strict=True):
            path += [_towards(at, before), at, _towards(at, following)]
            commands += "LQ"
            before = at
        path.append(stop)
        points = tuple([self.page(point) for point in path])
        line = Shape("path", points, None, "line", commands=commands + "L", dashed=True, part=wire)
        middle = ((left + right) / 2 if first == last else (left - LANE) / 2, into)
        way = -1.0 if first == last else 1.0
        return [line, self._arrow(middle, way, wire), self._dot(start, wire)]

    def _edge(self, index: int, side: int) -> float:
        """The upper or lower end of a row on the sheet."""
        row = self.rows.rows[index]
        return row.shift + (row.top if side < 0 else row.bottom)

    def _way_in(self, target: Unit, lane: int) -> tuple[float, int]:
        """How far left a wire comes down, or up, to a joint's input: beside it, if that is free."""
        index = self.rows.of[target]
        column = [
            unit
            for unit in self.units
            if unit.column == target.column and self.rows.of[unit] == index and unit is not target
        ]
        beside = target.left - 6.0 - LANE * lane
        reaching = [unit for unit in column if unit.left < beside + 6]
        if not any(unit.v < target.v for unit in reaching):
            return beside, -1
        if not any(unit.v > target.v for unit in reaching):
            return beside, 1
        return min(unit.left for unit in column) - AROUND - LANE * lane, -1

    def _arrow(self, at: Point, way: float, part: str) -> Shape:
        """The head of an arrow along the flow."""
        u, v = at
        corners = [(u - 4 * way, v - 3.5), (u + 4 * way, v), (u - 4 * way, v + 3.5)]
        points = tuple(self.page(corner) for corner in corners)
        return Shape("path", points, "line", None, commands="MLLZ", part=part)

    def _dot(self, at: Point, part: str) -> Shape:
        return Shape("ellipse", (self.page(at), (FORK, FORK)), "line", None, part=part)


def _towards(corner: Point, other: Point) -> Point:
    """The point on the way from a corner where its rounding begins."""
    (u0, v0), (u1, v1) = corner, other
    far = abs(u1 - u0) + abs(v1 - v0)
    share = min(ROUND / far, 0.5) if far else 0.0
    return u0 + share * (u1 - u0), v0 + share * (v1 - v0)


def _grown(sheet: Sheet, behind: Sequence[Shape], before: Sequence[Shape]) -> Sheet:
    """A sheet with more shapes, as large as they need."""
    boxes = [_extent(shape) for shape in (*behind, *before)] or [(0.0, 0.0, 0.0, 0.0)]
    left = min(0.0, min(box[0] for box in boxes) - 4)
    top = min(0.0, min(box[1] for box in boxes) - 4)
    right = max(sheet.width, max(box[2] for box in boxes) + 4)
    bottom = max(sheet.height, max(box[3] for box in boxes) + 4)
    shapes = [shape.moved(-left, -top) for shape in (*behind, *sheet.shapes, *before)]
    return replace(sheet, width=right - left, height=bottom - top, shapes=shapes)


def _extent(shape: Shape) -> tuple[float, float, float, float]:
    if shape.kind == "text":
        (x, y), wide = shape.points[0], width(shape.runs, shape.size)
        return x, y - shape.size, x + wide, y + 0.3 * shape.size
    if shape.kind == "ellipse":
        (x, y), (across, down) = shape.points
        return x - across, y - down, x + across, y + down
    xs, ys = zip(*shape.points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


__all__ = ["Body", "with_loops"]
