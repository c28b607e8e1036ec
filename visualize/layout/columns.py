"""From where Graphviz placed the units to columns, and the heights of wires from one to the next.

Graphviz decides the order alone: which units share a column, and how they stand in it. How wide the
columns are, and how each wire runs, is ours, so that no wire is broken and none runs over a number.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field

from .graphviz import Placement
from .unit import Link, Output, Unit, Units

NEAR = 1.6
"""Heights that differ by less are one."""

BEND = 8.0
"""By so much a unit is moved at most to stand on the line of the one before it."""

LANE = 4.0
"""How far a wire keeps from what it passes."""


@dataclass(eq=False)
class Columns:
    """Units in columns, and the wires between them."""

    units: Units
    widths: list[float]
    gaps: list[float]
    """Behind each column but the last."""
    knots: dict[Link, list[float]] = field(default_factory=dict)
    """The height of a wire at its start, in each column that it passes, and at its end."""

    @property
    def count(self) -> int:
        """How many columns there are."""
        return len(self.widths)

    def steps(self, link: Link) -> list[tuple[int, float, float]]:
        """The column behind which each piece of a wire lies, and its heights at both ends."""
        knots = self.knots[link]
        first = link.source.column
        return [(first + n, a, b) for n, (a, b) in enumerate(itertools.pairwise(knots))]


def columns_of(units: Units, placement: Placement) -> Columns:
    """Return the columns of placed units; the units get their heights."""
    across = units.across
    for unit in units.units:
        x, y = placement.nodes[unit.id]
        unit.u, unit.v = (x, y) if across else (y, x)
    places = sorted({round(unit.u) for unit in units.units})
    number = {place: index for index, place in enumerate(places)}
    for unit in units.units:
        unit.column = number[round(unit.u)]
    passing = _passing(units, placement, places)
    columns = Columns(units, _widths(units, len(places)), [])
    _straighten(units, passing, len(places))
    columns.knots = _knots(units, passing, len(places))
    columns.gaps = _gaps(columns)
    return columns


Passing = dict[tuple[Link, int], float]
"""About how high a long wire passes each column between its ends."""


def _passing(units: Units, placement: Placement, places: list[int]) -> Passing:
    found: Passing = {}
    for number, link in enumerate(units.links):
        first, last = link.source.column, link.target.column
        if last - first < 2:
            continue
        points = placement.edges.get(number, [])
        line = [(x, y) if units.across else (y, x) for x, y in points]
        for column in range(first + 1, last):
            found[link, column] = _height(line, places[column], link.source.v)
    return found


def _height(line: list[tuple[float, float]], u: float, otherwise: float) -> float:
    for (u0, v0), (u1, v1) in itertools.pairwise(line):
        if u0 <= u <= u1:
            return v0 + (v1 - v0) * (u - u0) / max(u1 - u0, 1e-9)
    return otherwise


def _widths(units: Units, count: int) -> list[float]:
    """The width of each column; the bodies in it stand with their middles on one line."""
    front, behind, whole = [0.0] * count, [0.0] * count, [0.0] * count
    for unit in units.units:
        column = unit.column
        if unit.is_operation:
            front[column] = max(front[column], unit.rows + unit.body_along / 2)
            behind[column] = max(behind[column], unit.body_along / 2 + unit.after)
        else:
            whole[column] = max(whole[column], unit.along)
    for unit in units.units:
        # From the left edge of the column.
        unit.middle = front[unit.column]
    return [max(a + b, c) for a, b, c in zip(front, behind, whole, strict=True)]


def _straighten(units: Units, passing: Passing, count: int) -> None:
    """Move an operation onto the line of the one before it, where its column has room."""
    stacks: list[list[Unit]] = [[] for _ in range(count)]
    for unit in units.units:
        stacks[unit.column].append(unit)
    lanes: dict[int, list[float]] = defaultdict(list)
    for (_, column), height in passing.items():
        lanes[column].append(height)
    into: dict[Unit, list[Link]] = defaultdict(list)
    for link in units.links:
        into[link.target].append(link)
    for stack in stacks[1:]:
        for unit in stack:
            wanted = [
                link.source.v + link.output.v - link.input.v
                for link in into[unit]
                if link.source.is_operation and link.source.column == unit.column - 1
            ]
            if not wanted or not unit.is_operation:
                continue
            want = (min(wanted) + max(wanted)) / 2
            if abs(want - unit.v) > BEND:
                continue
            air = 9.0 + unit.across / 2
            passes = lanes[unit.column]
            low = [other.below for other in stack if other is not unit and other.v < unit.v]
            low += [height - LANE for height in passes if height < unit.v]
            high = [other.above for other in stack if other is not unit and other.v >= unit.v]
            high += [height + LANE for height in passes if height >= unit.v]
            if max(low, default=-1e9) + air <= want <= min(high, default=1e9) - air:
                unit.v = want


# --- wires ---------------------------------------------------------------------------------------


def _knots(units: Units, passing: Passing, count: int) -> dict[Link, list[float]]:
    """Lead each wire as straight as there is room, the shorter branches along the longest."""
    lanes: list[list[Lane]] = [[] for _ in range(count)]
    for unit in units.units:
        lanes[unit.column].append((unit.v, unit.above, unit.below))

    def length(link: Link) -> int:
        return link.target.column - link.source.column

    longest: dict[Output, int] = defaultdict(int)
    first: dict[Output, int] = {}
    for number, link in enumerate(units.links):
        longest[link.output] = max(longest[link.output], length(link))
        first.setdefault(link.output, number)
    ordered = sorted(
        units.links,
        key=lambda link: (longest[link.output], first[link.output], -length(link)),
    )
    found: dict[Link, list[float]] = {}
    trunks: dict[Output, list[float]] = {}
    for link in ordered:
        start = link.source.v + link.output.v
        end = link.target.v + link.input.v
        if abs(start - end) < NEAR:
            end = start
        between = range(link.source.column + 1, link.target.column)
        trunk = trunks.get(link.output)
        if trunk is None:
            free = [_free(lanes[column], passing[link, column]) for column in between]
            trunk = trunks[link.output] = _straight(free, start, end)
            for column, height in zip(between, trunk, strict=True):
                lanes[column].append((passing[link, column], height - 1.5, height + 1.5))
        found[link] = [start, *trunk[: len(between)], end]
    return found


Lane = tuple[float, float, float]
"""Where Graphviz has something in a column, and from where to where it is."""


def _free(lanes: list[Lane], height: float) -> tuple[float, float]:
    """The free interval around a height, between what stands in a column, in Graphviz's order."""
    low, high = -1e9, 1e9
    for place, top, bottom in lanes:
        if place < height:
            low = max(low, bottom + LANE)
        else:
            high = min(high, top - LANE)
    return (low, high) if low <= high else _nearest_gap(lanes, height)


def _nearest_gap(lanes: list[Lane], height: float) -> tuple[float, float]:
    """The free interval that is nearest to a height, where Graphviz's own is full."""
    gaps: list[tuple[float, float]] = []
    low = -1e9
    for _, top, bottom in sorted(lanes, key=lambda lane: lane[1]):
        if low <= top - LANE:
            gaps.append((low, top - LANE))
        low = max(low, bottom + LANE)
    gaps.append((low, 1e9))
    return min(gaps, key=lambda gap: max(gap[0] - height, height - gap[1], 0.0))


def _straight(free: list[tuple[float, float]], start: float, end: float) -> list[float]:
    """Heights in free intervals, each as long as it goes."""
    heights: list[float] = []
    here, place = start, 0
    while place < len(free):
        low, high = free[place]
        last = place
        while last + 1 < len(free):
            both = max(low, free[last + 1][0]), min(high, free[last + 1][1])
            if both[0] > both[1]:
                break
            low, high = both
            last += 1
        want = here
        if last == len(free) - 1 and not low <= want <= high and low <= end <= high:
            want = end
        here = min(max(want, low), high)
        heights += [here] * (last + 1 - place)
        place = last + 1
    return heights


def _gaps(columns: Columns) -> list[float]:
    """Wider where wires change their height by much, or many do."""
    jumps: list[list[float]] = [[] for _ in range(columns.count)]
    for link in columns.units.links:
        for column, a, b in columns.steps(link):
            jumps[column].append(abs(a - b))
    frames = max((len(unit.scopes) for unit in columns.units.units), default=0)
    room = frames * (16.0 if columns.units.across else 30.0)
    return [
        room
        + min(46.0, 20.0 + 0.1 * max(found, default=0.0) + 1.5 * min(12, sum(j > 3 for j in found)))
        for found in jumps[:-1]
    ]
