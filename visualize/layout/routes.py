"""The wires: each one path, from its source to the ports of all that takes it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ..graph.picture import Picture
from .columns import Columns
from .rows import GUTTER, LANE, MARGIN, Rows
from .sheet import Point
from .unit import Link, Output, Unit

Style = Literal["line", "curve"]

ROUND = 6.0
"""The radius of the corners of a wire that runs on in the next row."""

FORK = 2.3
"""The radius of the dot where a wire forks."""

STEEPEST = 4.0
"""How much further across the flow than along it a line may run; more, and all are curves."""

MOST_STRAIGHT = 3
"""A box with more inputs, or arrays, or a wire past other boxes, makes all wires curves."""


@dataclass(eq=False)
class Route:
    """One wire in coordinates along and across the flow: commands as in SVG, with their points."""

    output: Output
    commands: list[str] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    ends: dict[str, int] = field(default_factory=dict)
    """The place in `points` at which it arrives, by the id of the edge."""
    forks: list[Point] = field(default_factory=list)
    arrows: list[Point] = field(default_factory=list)
    """Where it comes into a row."""

    @property
    def here(self) -> Point:
        """Where the pen is."""
        return self.points[-1]

    def add(self, command: str, *points: Point) -> None:
        """Go on, unless that leads nowhere."""
        if command == "L" and self.points and _same(self.here, points[0]):
            return
        self.commands.append(command)
        self.points += points


def _same(a: Point, b: Point) -> bool:
    return abs(a[0] - b[0]) < 0.01 and abs(a[1] - b[1]) < 0.01


def style_of(picture: Picture) -> Style:
    """Straight lines as on the slides, or curves where those can be followed better.

    All wires of a picture are of one style.
    """
    crowded = any(len(edges) > MOST_STRAIGHT for edges in picture.inputs.values())
    arrays = any(np.ndim(wire.node.value) for wire in picture.wires)
    forks = sum(len(edges) > 1 for edges in picture.consumers.values())
    return "curve" if crowded or arrays or forks > 3 else "line"


def routes_of(rows: Rows, style: Style) -> list[Route]:
    """Return the routes of all wires of placed rows."""
    columns = rows.columns
    if style == "line" and not columns.units.plain and _is_steep(columns):
        style = "curve"
    return _Router(rows, style).routes


def _is_steep(columns: Columns) -> bool:
    """Whether a line would run along the boxes more than to them, and so into one."""
    return any(
        abs(a - b) > STEEPEST * columns.gaps[column]
        for link in columns.units.links
        for column, a, b in columns.steps(link)
    )


class _Router:
    def __init__(self, rows: Rows, style: Style) -> None:
        self.rows = rows
        self.columns = rows.columns
        self.curved = style == "curve"
        # The lane of each wire that runs on behind a row.
        self.lanes = [{output: place for place, output in enumerate(row.over)} for row in rows.rows]
        self.stacks: dict[tuple[int, int], list[Unit]] = defaultdict(list)
        for unit, row in rows.of.items():
            if unit.is_operation:
                self.stacks[row, unit.column].append(unit)
        links: dict[Output, list[Link]] = defaultdict(list)
        for link in self.columns.units.links:
            links[link.output].append(link)
        self.routes = [
            self._route(unit, output, links[output])
            for unit in self.columns.units.units
            for output in unit.outputs
        ]

    def _route(self, unit: Unit, output: Output, links: Sequence[Link]) -> Route:
        route = Route(output)
        v = unit.v + output.v
        output.end = unit.right
        if unit.kind == "constant":
            output.start = output.end
            route.add("M", (output.end, v))
        elif unit.is_operation:
            self._leave(route, unit, output, v)
        else:
            output.start = unit.left + unit.lead
            route.add("M", (output.start, v))
            route.add("L", (output.end, v))
        for number, link in enumerate(links):
            if number:
                route.add("M", (output.end, v))
            self._branch(route, link, v)
        self._fork(route, unit, v, links)
        return route

    def _leave(self, route: Route, unit: Unit, output: Output, v: float) -> None:
        """Out of the body, and along the rule."""
        half = unit.body_across / 2
        edge = max(0.0, half - (4 if unit.kind == "box" else 0.2 * half))
        if abs(output.v) <= edge:
            output.start = unit.middle + unit.face(output.v)
            route.add("M", (output.start, v))
        else:  # one of several results, above or below the body
            at = math.copysign(edge, output.v)
            face = unit.middle + unit.face(at)
            output.start = face + 14
            route.add("M", (face, unit.v + at))
            self._to(route, (output.start, v))
        route.add("L", (output.end, v))

    # --- from column to column ----------------------------------------------------------------

    def _branch(self, route: Route, link: Link, v: float) -> None:
        rows, target = self.rows, link.target
        index = rows.of[link.source]
        for column, _, b in self.columns.steps(link):
            final = column + 1 == target.column
            there = rows.of[target] if final else rows.row_of_column(column + 1)
            while index < there:
                self._around(route, index, link.output)
                index += 1
            row = rows.rows[index]
            if final:
                self._arrive(route, link)
            else:
                left, right = rows.edges[index][column + 1]
                self._to(route, (left, b + row.shift))
                route.add("L", (right, b + row.shift))
        route.ends[link.edge.id] = len(route.points) - 1

    def _arrive(self, route: Route, link: Link) -> None:
        """To the port of the body; through the row of a local gradient, if there is one."""
        target, input = link.target, link.input
        v = target.v + input.v
        if abs(v - route.here[1]) < 1.6:
            v = route.here[1]
        port = target.v + input.port
        edge = self.rows.edges[self.rows.of[target]][target.column][0]
        if target.left - edge > 1 and self._in_the_way(target, route.here[1], v):
            # Between wider boxes of its column it comes in level.
            v = v if target.rows else port
            self._to(route, (edge, v))
        if target.rows:
            self._to(route, (target.left, v))
            route.add("L", (target.middle - target.body_along / 2 - target.run_in, v))
        elif abs(port - v) < 1.6:
            port = v
        end = target.middle - target.face(port - target.v), port
        if not target.rows and self._is_behind_others(target, route.here[1], port):
            index = self.rows.of[target]
            self._to(route, (self.rows.edges[index][target.column][0], port))
        elif not self.curved and self._cuts_into(target, route.here, end):
            route.add("L", (target.middle - target.body_along / 2 - 2, port))
        self._to(route, end)

    def _is_behind_others(self, unit: Unit, start: float, end: float) -> bool:
        """Whether larger boxes of its column reach into the way of a wire that comes from aside."""
        low, high = sorted((start, end))
        return any(
            other.column == unit.column
            and other.left < unit.left - 4
            and other.below > low
            and other.above < high
            for other in self.rows.rows[self.rows.of[unit]].units
            if other is not unit
        )

    def _cuts_into(self, unit: Unit, start: Point, end: Point) -> bool:
        """Whether a straight line to a port runs through the body before."""
        if unit.kind not in ("circle", "pill"):
            return False
        half = unit.body_across / 2
        length = max(math.dist(start, end), 1.0)
        back = (start[0] - end[0]) / length, (start[1] - end[1]) / length
        points = (
            (end[0] + n * back[0], end[1] + n * back[1])
            for n in range(1, math.ceil(min(length, unit.body_along + unit.body_across)))
        )
        return any(
            abs(v - unit.v) < half and u > unit.middle - unit.face(v - unit.v) + 0.3
            for u, v in points
        )

    def _in_the_way(self, target: Unit, start: float, end: float) -> bool:
        """Whether something in the column of a unit stands between two heights."""
        top, bottom = min(start, end), max(start, end)
        column = self.stacks[self.rows.of[target], target.column]
        return any(
            unit is not target and unit.above < bottom and unit.below > top for unit in column
        )

    def _to(self, route: Route, end: Point) -> None:
        """On to a point at another height: straight, or in a curve that begins and ends level."""
        start = route.here
        if not self.curved or abs(start[1] - end[1]) < 0.05:
            route.add("L", end)
            return
        half = (end[0] - start[0]) / 2
        route.add("C", (start[0] + half, start[1]), (end[0] - half, end[1]), end)

    def _around(self, route: Route, index: int, output: Output) -> None:
        """Around the end of a row, back below it, and into the next."""
        row, following = self.rows.rows[index], self.rows.rows[index + 1]
        lane, count = self.lanes[index][output], len(row.over)
        v = route.here[1]
        beyond = self.rows.frames + MARGIN
        right = row.end + beyond + LANE * (count - 1 - lane)
        gutter = row.bottom + row.shift + GUTTER / 2 + LANE * (count - 1 - lane)
        left = self.rows.left - beyond - LANE * lane
        into = following.shift + following.entering[output]
        route.add("L", (right - ROUND, v))
        route.add("Q", (right, v), (right, v + ROUND))
        route.add("L", (right, gutter - ROUND))
        route.add("Q", (right, gutter), (right - ROUND, gutter))
        route.add("L", (left + ROUND, gutter))
        route.add("Q", (left, gutter), (left, gutter + ROUND))
        route.add("L", (left, into - ROUND))
        route.add("Q", (left, into), (left + ROUND, into))
        begin = self.rows.left
        if (begin, into) not in route.arrows:
            route.arrows.append((begin, into))
        entry = self.rows.edges[index + 1].get(following.first - 1, (begin, begin))[1]
        route.add("L", (max(begin, entry), into))

    # --- where it forks -----------------------------------------------------------------------

    def _fork(self, route: Route, unit: Unit, v: float, links: Sequence[Link]) -> None:
        if len(links) < 2:
            return
        onward: dict[tuple[int, float], set[object]] = defaultdict(set)
        for link in links:
            for column, a, b in self.columns.steps(link):
                final = column + 1 == link.target.column
                onward[column, a].add(link if final else b)
        for (column, height), ways in onward.items():
            if len(ways) < 2:
                continue
            index = self._row_behind(unit, column, links)
            row = self.rows.rows[index]
            if column < row.first:
                height = row.entering.get(route.output, height)
            edges = self.rows.edges[index]
            end = edges[column][1] if column in edges else edges[row.first][0]
            at = (end, height + row.shift) if column != unit.column or index else (unit.right, v)
            route.forks.append(at)

    def _row_behind(self, unit: Unit, column: int, links: Sequence[Link]) -> int:
        """The row in which a wire runs behind a column."""
        rows = self.rows
        if column + 1 < self.columns.count and not all(
            link.target.column <= column for link in links
        ):
            following = rows.row_of_column(column + 1)
            return max(following, rows.of[unit])
        return rows.of[unit]
