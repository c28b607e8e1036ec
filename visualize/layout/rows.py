"""Wide pictures cut into rows: each column stands in one, wires run on around the ends of rows."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from .columns import Columns
from .unit import Output, Unit

LANE = 7.0
"""Between wires that run on side by side."""

MARGIN = 12.0
GUTTER = 16.0
"""At the ends of rows, and between them, beside the wires there."""

FRAME = 8.0
FRAME_ABOVE = 20.0
"""How far a frame stands around what is in it; above there is its name."""

SLIDE = 16 / 9
WIDEST = 2.2
"""What is wider, is cut to fill a slide."""

LONGEST_WITHOUT = 1000.0
"""A picture as short as this fits a slide at its real size: cut, it would be no larger."""

MOST_CANDIDATES = 6
"""About so many numbers of rows are tried."""

HIGH = 540.0
"""The height of a frame to be filled, in points."""

MUCH = 0.8
"""A picture that is drawn smaller than this share of the best is much smaller."""

SHORTEST = 0.55
"""No row but the last is shorter than this share of the others."""

WORTH = 0.75
"""What is made smaller than this share by cuts stays in one row, unless a frame was asked for."""

PRICE_OF_WIRE = 0.08
PRICE_OF_ROW = 0.03
"""How much smaller a picture may become to spare a wire over a cut, or a row."""


@dataclass(eq=False)
class Row:
    """Some columns beside each other, and the leaves that come in before them."""

    first: int
    last: int
    units: list[Unit]
    entry: float = 0.0
    """How wide the column of leaves is that the row begins with, besides its columns."""
    widths: list[float] = field(default_factory=list)
    top: float = 0.0
    bottom: float = 0.0
    length: float = 0.0
    over: list[Output] = field(default_factory=list)
    """The wires that run on into the next row, from above."""
    entering: dict[Output, float] = field(default_factory=dict)
    """The height of the layout at which each wire comes in that runs on from the row before."""
    # Where it stands on the sheet.
    shift: float = 0.0
    """From heights of the layout to those of the sheet."""
    start: float = 0.0
    end: float = 0.0

    @property
    def height(self) -> float:
        """From its upper to its lower end."""
        return self.bottom - self.top


@dataclass(eq=False)
class Rows:
    """The rows of a picture, placed on a sheet."""

    columns: Columns
    rows: list[Row]
    of: dict[Unit, int]
    """The row in which each unit stands."""
    edges: list[dict[int, tuple[float, float]]] = field(default_factory=list)
    """Of each row, where its columns begin and end."""
    left: float = 0.0
    """Where rows begin, behind the wires that come around their ends."""
    frames: float = 0.0
    """How far frames reach beyond the ends of rows."""
    length: float = 0.0
    height: float = 0.0

    @property
    def ratio(self) -> float:
        """Width through height, as one sees it."""
        sides = self.length, max(self.height, 1.0)
        wide, high = sides if self.columns.units.across else sides[::-1]
        return wide / high

    def row_of_column(self, column: int) -> int:
        """The row in which a column stands."""
        return next(n for n, row in enumerate(self.rows) if row.first <= column <= row.last)


def rows_of(columns: Columns, aspect: float | None) -> Rows:
    """Cut a layout into rows, if it is wider than wanted, and place its units on the sheet.

    Parameters
    ----------
    columns : Columns
        The layout in one row.
    aspect : float or None
        Width through height of the frame to be filled; None cuts only what is wider than 2.2 to 1,
        to fill 16 to 9.
    """
    whole = _measured(columns, [])
    rows = whole
    wanted = SLIDE if aspect is None else aspect
    ratio = whole.length / max(whole.height, 1.0)
    flow = wanted if columns.units.across else 1 / wanted
    limit = WIDEST if aspect is None else flow
    long = whole.length > LONGEST_WITHOUT or aspect is not None
    if ratio > limit and long and math.isfinite(wanted):
        # Larger than life only where a frame was asked for.
        largest = 1.0 if aspect is None else 1.6
        rows = _best(_candidates(columns, flow) or [whole], wanted, largest)
        whole_score = _score(whole, wanted, largest)
        if aspect is None and _score(rows, wanted, largest) < WORTH * whole_score:
            rows = whole
    _place(rows)
    return rows


# --- where to cut --------------------------------------------------------------------------------


def _best(candidates: Sequence[Rows], wanted: float, largest: float) -> Rows:
    """The one that can be drawn largest; one no wider than the frame, if it is not much smaller."""
    scores = {rows: _score(rows, wanted, largest) for rows in candidates}
    best = max(scores, key=scores.__getitem__)
    fitting = [rows for rows in scores if rows.ratio <= 1.05 * wanted]
    other = max(fitting, key=scores.__getitem__, default=best)
    return other if scores[other] >= MUCH * scores[best] else best


def _score(rows: Rows, wanted: float, largest: float) -> float:
    """How large the picture can be drawn in the frame, less the price of its cuts."""
    frame = HIGH * wanted, HIGH
    wide, high = frame if rows.columns.units.across else frame[::-1]
    scale = min(wide / rows.length, high / rows.height, largest)
    wires = sum(max(0, len(row.over) - 1) for row in rows.rows)
    cuts = len(rows.rows) - 1
    return scale * (1 - PRICE_OF_ROW * min(cuts, 10) - PRICE_OF_WIRE * min(wires, 8) / (cuts or 1))


def _candidates(columns: Columns, flow: float) -> list[Rows]:
    """The picture cut into rows of about each of some lengths."""
    whole = _measured(columns, [])
    found: list[Rows] = []
    seen: set[tuple[int, ...]] = {()}
    crossing = _crossing(columns)
    likely = math.sqrt(whole.length / (flow * (whole.height + GUTTER)))
    least, most = max(2, math.floor(0.6 * likely)), math.ceil(1.6 * likely) + 1
    step = max(1, (most - least) // MOST_CANDIDATES)
    for count in range(least, most + 1, step):
        cuts = _cuts(columns, crossing, whole.length / count)
        if tuple(cuts) not in seen:
            seen.add(tuple(cuts))
            found.append(_measured(columns, cuts))
    return found


def _crossing(columns: Columns) -> list[int]:
    """How many wires run on where the picture is cut behind each column."""
    over: list[set[Output]] = [set() for _ in range(columns.count)]
    for link in columns.units.links:
        first = link.source.column
        if not link.source.is_operation and link.target.column == first + 1:
            continue  # a leaf moves to the row of what takes it
        for column in range(first, link.target.column):
            over[column].add(link.output)
    return [len(outputs) for outputs in over]


def _cuts(columns: Columns, crossing: Sequence[int], target: float) -> list[int]:
    """The columns behind which to cut, so that rows are near a length and few wires are cut.

    As TeX breaks paragraphs into lines: the sum of squared distances from the length, and a price
    for each wire, is least.
    """
    count = columns.count
    starts = [0.0]
    for column in range(count - 1):
        starts.append(starts[-1] + columns.widths[column] + columns.gaps[column])
    has_body = [False] * count
    for unit in columns.units.units:
        has_body[unit.column] |= unit.is_operation
    best: list[tuple[float, int]] = [(0.0, -1)] + [(math.inf, -1)] * count
    bodies = [0, *accumulate(has_body)]
    ends = [start + wide for start, wide in zip(starts, columns.widths, strict=True)]
    price = [0.02 + 0.05 * max(0, over - 1) ** 1.5 for over in crossing]
    for begin in range(count):
        so_far = best[begin][0]
        if not math.isfinite(so_far):
            continue
        at = starts[begin]
        # From where a row is long enough; the first with something in it, where none is.
        end = bisect_left(ends, at + SHORTEST * target, begin)
        while end < count:
            length = starts[end] + columns.widths[end] - at
            final = end == count - 1
            if bodies[end + 1] > bodies[begin]:
                # The last row may be short.
                far = (max(0.0, length - target) if final else abs(target - length)) / target
                cost = so_far + far * far + (0.0 if final else price[end])
                if cost < best[end + 1][0]:
                    best[end + 1] = (cost, begin)
                if length > 1.12 * target:
                    break
            end += 1
        if end >= count and bodies[count] > bodies[begin]:
            length = max(0.0, starts[-1] + columns.widths[-1] - at - target) / target
            if so_far + length**2 < best[count][0]:
                best[count] = (so_far + length**2, begin)
    cuts = []
    place = best[count][1]
    while place > 0:
        cuts.append(place - 1)
        place = best[place][1]
    return cuts[::-1]


# --- how large rows are --------------------------------------------------------------------------


def _measured(columns: Columns, cuts: Sequence[int]) -> Rows:
    """Rows as they are when the layout is cut behind some columns; not yet placed."""
    bounds = [-1, *cuts, columns.count - 1]
    rows = [Row(a + 1, b, []) for a, b in itertools.pairwise(bounds)]
    number = [0] * columns.count
    for index, row in enumerate(rows):
        number[row.first : row.last + 1] = [index] * (row.last + 1 - row.first)
    of = {unit: number[unit.column] for unit in columns.units.units}
    if len(rows) > 1:
        _move_leaves(columns, set(cuts), number, of)
    for unit, index in of.items():
        rows[index].units.append(unit)
    for index, row in enumerate(rows):
        _measure(columns, row, index)
    _bounds(columns, rows, number, of)
    found = Rows(columns, rows, of)
    most = max(len(row.over) for row in rows)
    frames = max((len(unit.scopes) for unit in of), default=0)
    found.frames = (FRAME if columns.units.across else FRAME_ABOVE) * frames
    found.left = found.frames + (MARGIN + LANE * most if len(rows) > 1 else 0.0)
    found.length = max(row.length for row in rows) + 2 * found.left
    found.height = sum(row.height for row in rows)
    found.height += sum(GUTTER + LANE * len(row.over) for row in rows[:-1])
    return found


def _move_leaves(columns: Columns, cuts: set[int], number: list[int], of: dict[Unit, int]) -> None:
    """A leaf in the last column of a row stands in that of its first consumer."""
    first: dict[Unit, int] = {}
    for link in columns.units.links:
        column = link.target.column
        first[link.source] = min(first.get(link.source, column), column)
    for unit in columns.units.units:
        if not unit.is_operation and unit.column in cuts and unit in first:
            of[unit] = number[first[unit]]


def _measure(columns: Columns, row: Row, index: int) -> None:
    entry = [unit for unit in row.units if unit.column < row.first]
    row.entry = max((unit.along for unit in entry), default=0.0)
    needs: dict[int, float] = defaultdict(float)
    for unit in row.units:
        wide = float(unit.along)
        if unit.is_operation:
            wide = unit.middle + unit.body_along / 2 + unit.after
        needs[unit.column] = max(needs[unit.column], wide)
    row.widths = [needs[column] for column in range(row.first, row.last + 1)]
    row.length = sum(row.widths) + sum(columns.gaps[row.first : row.last])
    if index:
        row.length += row.entry + columns.gaps[row.first - 1]
    tops = [unit.above - FRAME_ABOVE * len(unit.scopes) for unit in row.units]
    bottoms = [unit.below + FRAME * len(unit.scopes) for unit in row.units]
    row.top, row.bottom = min(tops, default=0.0), max(bottoms, default=0.0)


def _bounds(columns: Columns, rows: list[Row], number: list[int], of: dict[Unit, int]) -> None:
    """Make room for the wires in each row, and list those that run on to the next."""
    over: list[dict[Output, float]] = [{} for _ in rows]
    onward: list[dict[Output, list[float]]] = [{} for _ in rows]
    for link in columns.units.links:
        index = of[link.source]
        if len(columns.knots[link]) == 2 and index == of[link.target]:
            continue
        for column, a, b in columns.steps(link):
            there = number[column + 1]
            if index >= there:
                _widen(rows[there], a)
            while index < there:
                over[index].setdefault(link.output, a)
                index += 1
                onward[index].setdefault(link.output, []).append(b)
            if column + 1 < link.target.column:
                _widen(rows[there], b)
    for row, outputs in zip(rows, over, strict=True):
        row.over = sorted(outputs, key=lambda output: outputs[output])
    for before, row, ways in zip(over, rows[1:], onward[1:], strict=False):
        _let_in(row, {o: min(max(before[o], min(bs)), max(bs)) for o, bs in ways.items()})


def _let_in(row: Row, wanted: dict[Output, float]) -> None:
    """Find a height for each wire that comes in: near where it goes on, apart from the others.

    The leaves at the beginning of the row stay free.
    """
    taken = [(unit.above - 3, unit.below + 3) for unit in row.units if unit.column < row.first]
    for output in sorted(wanted, key=lambda output: wanted[output]):
        want = wanted[output]
        places = [want, *(end for interval in taken for end in interval)]
        free = (v for v in places if not any(low < v < high for low, high in taken))
        height = min(free, key=lambda v: abs(v - want))
        row.entering[output] = height
        taken.append((height - LANE, height + LANE))
        _widen(row, height)


def _widen(row: Row, height: float) -> None:
    row.top, row.bottom = min(row.top, height - 4), max(row.bottom, height + 4)


def _place(rows: Rows) -> None:
    """Give rows and units their places on the sheet."""
    columns = rows.columns
    top = 0.0
    for index, row in enumerate(rows.rows):
        row.shift = top - row.top
        row.start = at = rows.left
        edges: dict[int, tuple[float, float]] = {}
        if index:
            edges[row.first - 1] = (at, at + row.entry)
            at += row.entry + columns.gaps[row.first - 1]
        for column, wide in zip(range(row.first, row.last + 1), row.widths, strict=True):
            edges[column] = (at, at + wide)
            at += wide + (columns.gaps[column] if column < row.last else 0.0)
        row.end = at
        rows.edges.append(edges)
        top += row.height + GUTTER + LANE * len(row.over)
    for unit, index in rows.of.items():
        row, edges = rows.rows[index], rows.edges[index]
        # A leaf of an earlier column, too, stands in the entry.
        left, right = edges.get(unit.column, edges.get(row.first - 1, (row.start, row.start)))
        unit.v += row.shift
        unit.right = right
        if unit.is_operation:
            unit.middle += left
            unit.left = unit.middle - unit.body_along / 2 - unit.rows
        else:
            unit.left = right - unit.along
            unit.middle = right - unit.along / 2
