"""Where the labels of lines stand: each on its line, clear of all other lines and labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ..layout.sheet import Point

Segment = tuple[Point, Point]
Box = tuple[float, float, float, float]

MARGIN = 2.5
"""How far a label stays from what is not its own."""

CLEAR = 9.0
"""How much of a line is to be seen at least before and behind its label."""

MOST_TRIALS = 20_000

_SHARES = sorted((np.arange(10, 91) / 100).tolist(), key=lambda share: abs(share - 0.3))
"""How far along its line a label may stand, best first: near the start, where lines diverge."""


def box_around(centre: Point, width: float, height: float) -> Box:
    """Return left, top, right and bottom of a label and its margin."""
    x, y = centre
    right, down = width / 2 + MARGIN, height / 2 + MARGIN
    return x - right, y - down, x + right, y + down


def inside(segment: Segment, box: Box) -> tuple[float, float] | None:
    """Return from where to where a segment runs through a box, as shares of it; None if nowhere.

    Examples
    --------
    >>> inside(((0.0, 0.0), (10.0, 0.0)), (4.0, -1.0, 6.0, 1.0))
    (0.4, 0.6)
    >>> inside(((0.0, 5.0), (10.0, 5.0)), (4.0, -1.0, 6.0, 1.0)) is None
    True
    """
    (x0, y0), (x1, y1) = segment
    start, end = 0.0, 1.0
    for at, step, low, high in ((x0, x1 - x0, box[0], box[2]), (y0, y1 - y0, box[1], box[3])):
        if step == 0:
            if not low <= at <= high:
                return None
            continue
        near, far = sorted(((low - at) / step, (high - at) / step))
        start, end = max(start, near), min(end, far)
    return (start, end) if start < end else None


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes have something in common."""
    return (
        one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    )  # fmt: skip


def label_places(
    lines: Sequence[Segment], sizes: Sequence[tuple[float, float]]
) -> list[Point] | None:
    """Return the centre of the label of each line; None where not all have room.

    Parameters
    ----------
    lines : sequence of two points each
        The lines, from circle to circle.
    sizes : sequence of (width, height)
        How large the label of each line is.

    Examples
    --------
    >>> label_places([((0.0, 0.0), (0.0, 100.0))], [(20.0, 10.0)])
    [(0.0, 30.0)]
    >>> label_places([((0.0, 0.0), (40.0, 0.0)), ((0.0, 5.0), (40.0, 5.0))], [(18.0, 10.0)] * 2)
    """
    choices = [_free(number, lines, size) for number, size in enumerate(sizes)]
    order = sorted(range(len(lines)), key=lambda number: len(choices[number]))
    chosen: list[tuple[Point, Box]] = []
    tried = [0]
    trials = 0
    while len(chosen) < len(order):
        here = choices[order[len(chosen)]]
        while tried[-1] < len(here) and any(overlap(here[tried[-1]][1], box) for _, box in chosen):
            tried[-1] += 1
        trials += 1
        if trials > MOST_TRIALS:
            return None
        if tried[-1] < len(here):
            chosen.append(here[tried[-1]])
            tried.append(0)
        elif chosen:
            chosen.pop()
            tried.pop()
            tried[-1] += 1
        else:
            return None
    places = dict(zip(order, (place for place, _ in chosen), strict=True))
    return [places[number] for number in range(len(lines))]


def _free(
    number: int, lines: Sequence[Segment], size: tuple[float, float]
) -> list[tuple[Point, Box]]:
    """The places on a line where a label touches no other line."""
    (x0, y0), (x1, y1) = lines[number]
    clear = CLEAR / math.hypot(x1 - x0, y1 - y0)
    found = []
    for share in _SHARES:
        centre = (x0 + share * (x1 - x0), y0 + share * (y1 - y0))
        box = box_around(centre, *size)
        start, end = inside(lines[number], box) or (0.0, 1.0)
        if start < clear or end > 1 - clear:
            continue
        others = (line for place, line in enumerate(lines) if place != number)
        if all(inside(line, box) is None for line in others):
            found.append((centre, box))
    return found


def without(segment: Segment, boxes: Sequence[Box]) -> list[Segment]:
    """Return what is left of a segment outside of boxes.

    Examples
    --------
    >>> without(((0.0, 0.0), (10.0, 0.0)), [(4.0, -1.0, 6.0, 1.0)])
    [((0.0, 0.0), (4.0, 0.0)), ((6.0, 0.0), (10.0, 0.0))]
    """
    (x0, y0), (x1, y1) = segment
    cuts = sorted(cut for box in boxes if (cut := inside(segment, box)) is not None)
    ends = [0.0, *(share for cut in cuts for share in cut), 1.0]

    def at(share: float) -> Point:
        return x0 + share * (x1 - x0), y0 + share * (y1 - y0)

    return [(at(a), at(b)) for a, b in [*pairwise(ends)][::2] if b > a]
