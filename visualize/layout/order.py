"""Which of several layouts is kept: operands in order, few crossings, whole units as they are read.

Graphviz keeps the order of the operands of each operation, but not that of whole units, such as the
neurons of a layer. From where it starts, in which order things are declared, decides where it ends.
"""

from __future__ import annotations

import logging
import random
from collections import defaultdict

from .columns import Columns, columns_of
from .dot import dot_source
from .graphviz import GraphvizMissingError, place
from .layered import layered
from .unit import Link, Output, Unit, Units

logger = logging.getLogger("visualize")

STARTS = 12
MOST_UNITS = 80
"""A larger picture is laid out once: nobody compares the order of so many units."""


def best_columns(units: Units) -> tuple[Columns, str, str | None]:
    """Return the best of several layouts, its DOT text, and a note about the program `dot`.

    Where Graphviz is missing, our own layout; the note says so.
    """
    source = dot_source(units)
    try:
        return _best(units, source)
    except GraphvizMissingError as missing:
        logger.info(missing)
        return columns_of(units, layered(units)), source, str(missing)


def _best(units: Units, source: str) -> tuple[Columns, str, str | None]:
    small = len(units.units) <= MOST_UNITS
    placement = place(source, small=small)
    columns = columns_of(units, placement)
    best = disorder(columns)
    if not small or not best:
        return columns, source, placement.note
    kept = source
    for start in range(1, STARTS):
        other = dot_source(units, _order(units, start))
        found = disorder(columns_of(units, place(other, small=True)))
        if found < best:
            best, kept = found, other
        if not best:
            break
    placement = place(kept, small=True)
    return columns_of(units, placement), kept, placement.note


def _order(units: Units, start: int) -> list[Unit]:
    order = list(units.units)
    if start == 1:
        return order[::-1]
    random.Random(start).shuffle(order)
    return order


def disorder(columns: Columns) -> float:
    """How far a layout is from the order of the expression: 0 where nothing is out of place.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize.graph.picture import picture_of
    >>> from visualize.layout.units import units_of
    >>> a, b = Node(2.0, name="a"), Node(5.0, name="b")
    >>> disorder(best_columns(units_of(picture_of(b - a)))[0])
    0.0
    """
    swaps = _swaps(columns)
    wrong = inversions(columns)
    if not swaps and not wrong:
        return 0.0
    return 3.0 * wrong + crossings(columns) + 0.5 * swaps


def inversions(columns: Columns) -> int:
    """How many pairs of operands of one operation come in in the wrong order."""
    arrivals: dict[Unit, list[Link]] = defaultdict(list)
    for link in columns.units.links:
        arrivals[link.target].append(link)
    wrong = 0
    for links in arrivals.values():
        links.sort(key=lambda link: link.target.inputs.index(link.input))
        heights = [columns.knots[link][-2] for link in links]
        for at, link in enumerate(links):
            wrong += sum(
                other.output is not link.output and height > heights[at] + 1e-6
                for other, height in zip(links[:at], heights[:at], strict=True)
            )
    return wrong


def crossings(columns: Columns) -> int:
    """How many pairs of wires cross between two columns."""
    pieces: dict[int, list[tuple[float, float, Output]]] = defaultdict(list)
    for link in columns.units.links:
        for column, start, end in columns.steps(link):
            pieces[column].append((start, end, link.output))
    return sum(
        one[2] is not other[2] and (one[0] - other[0]) * (one[1] - other[1]) < -1e-6
        for found in pieces.values()
        for place, one in enumerate(found)
        for other in found[:place]
    )


def _swaps(columns: Columns) -> int:
    """How many pairs of one column stand in another order than one reads them."""
    reading = {unit: number for number, unit in enumerate(columns.units.units)}
    stacks: dict[int, list[Unit]] = defaultdict(list)
    for unit in columns.units.units:
        stacks[unit.column].append(unit)
    wrong = 0
    for stack in stacks.values():
        stack.sort(key=lambda unit: unit.v)
        order = [reading[unit] for unit in stack]
        wrong += sum(above > below for at, below in enumerate(order) for above in order[:at])
    return wrong
