"""Frames around the open scopes of a picture that is laid out as a whole, where there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core import Scope

from ..graph.picture import Picture
from ..layout.laid_out import PAD, LaidOut, to_page
from ..layout.sheet import Point, Shape, segments
from ..layout.unit import Unit
from ..lettering import width
from ..text import shown

AROUND = (4.0, 7.5, 9.5)
"""How far a frame stands off what is in it: one without frames in it, and those around it."""

TITLE = 16.0
"""The height of a frame's title."""

Rect = tuple[float, float, float, float]
"""Left, upper, right and lower end."""


@dataclass(frozen=True)
class Outline:
    """The frame of an open scope; its title stands in its left upper corner."""

    scope: str
    name: str
    rect: Rect


def outlines_of(
    laid_out: LaidOut, picture: Picture, name_of: Callable[[Scope], str]
) -> list[Outline]:
    """Return the frames of open scopes, in each row that they reach.

    Left out are those of which one would hold what is not in it.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node, scope
    >>> from visualize.graph.picture import picture_of
    >>> from visualize.layout.laid_out import lay_out
    >>> x = Node(3.0, name="x")
    >>> with scope("sigmoid"):
    ...     y = 1 / (1 + np.exp(-x))
    >>> picture = picture_of(y)
    >>> [frame.name for frame in outlines_of(lay_out(picture), picture, str)]
    ['sigmoid']
    """
    rects = rects_of(laid_out)
    scopes: dict[Scope, set[str]] = {}
    for box in picture.boxes:
        for scope in box.scope or ():
            scopes.setdefault(scope, set()).add(box.id)
    leaves = {
        source.id: {edge.target.id for edge in edges}
        for source, edges in picture.consumers.items()
        if source.id in rects and edges
    }
    nested = {scope: _height(scope, scopes) for scope in scopes}
    row = {unit.id: place for unit, place in laid_out.rows.of.items()}
    frames = []
    wires = [shape for shape in laid_out.sheet.shapes if shape.kind == "path"]
    points = np.array([point for wire in wires for point in _along(wire)]).reshape(-1, 2)
    ids, sides = [*rects], np.array([*rects.values()])
    for scope, boxes in scopes.items():
        own = {leaf for leaf, targets in leaves.items() if targets <= boxes}
        off = AROUND[min(nested[scope], len(AROUND) - 1)]
        title = shown(scope.name)
        tops = TITLE * (1 + nested[scope])
        found = []
        for place in sorted({row[box] for box in boxes}):
            here = {box for box in boxes if row[box] == place}
            for parts in (here, here | {leaf for leaf in own if row[leaf] == place}):
                rect = _rect(rects, parts, off, tops, title)
                clear = all(ids[met] in parts for met in _met(rect, sides))
                if clear and not _meets_wire(rect, title, points):
                    found.append(Outline(name_of(scope), title, rect))
                    break
            else:
                break
        else:
            frames += found
    return frames


def rects_of(laid_out: LaidOut) -> dict[str, Rect]:
    """Return the room that each unit takes on the sheet, by its id."""
    page = to_page(laid_out.units.look, laid_out.rows.length)
    return {
        unit.id: on_page(page, (unit.left, unit.above), (unit.right, unit.below))
        for unit in laid_out.units.units
    }


def body_of(laid_out: LaidOut, unit: Unit) -> Rect:
    """Return the room that the body of an operation takes."""
    page = to_page(laid_out.units.look, laid_out.rows.length)
    along, across = unit.body_along / 2, unit.body_across / 2
    return on_page(
        page, (unit.middle - along, unit.v - across), (unit.middle + along, unit.v + across)
    )


def on_page(page: Callable[[Point], Point], one: Point, other: Point) -> Rect:
    """Return two corners, in lengths along and across the flow, as a rectangle of the sheet."""
    (a, b), (c, d) = page(one), page(other)
    return min(a, c) + PAD, min(b, d) + PAD, max(a, c) + PAD, max(b, d) + PAD


def _height(scope: Scope, scopes: dict[Scope, set[str]]) -> int:
    """How many frames stand in each other inside of a scope."""
    inner = [one for one in scopes if one.parent is scope]
    return 1 + max(_height(one, scopes) for one in inner) if inner else 0


def _rect(rects: dict[str, Rect], parts: set[str], off: float, title: float, name: str) -> Rect:
    left = min(rects[part][0] for part in parts) - off
    right = max(rects[part][2] for part in parts) + off
    top = min(rects[part][1] for part in parts) - title
    wide = 22 + width(name, 12)
    return left, top, max(right, left + wide), max(rects[part][3] for part in parts) + off


def _met(rect: Rect, sides: Any) -> list[int]:
    """The places of the rectangles that one meets."""
    x0, y0, x1, y1 = sides.T
    meets = (rect[0] < x1) & (x0 < rect[2]) & (rect[1] < y1) & (y0 < rect[3])
    places: list[int] = np.flatnonzero(meets).tolist()
    return places


def _meets_wire(rect: Rect, name: str, points: Any) -> bool:
    """Whether a wire runs over the title of a frame."""
    left, top = rect[:2]
    right, bottom = left + 18 + width(name, 12), top + TITLE
    x, y = points.T
    return bool(np.any((left <= x) & (x <= right) & (top <= y) & (y <= bottom)))


def _along(wire: Shape) -> Iterator[Point]:
    """Points along a path, close to each other; curves by their corners."""
    here = wire.points[0]
    for command, points in segments(wire):
        for x, y in points if command != "M" else ():
            steps = max(1, int(max(abs(x - here[0]), abs(y - here[1])) / 4))
            for step in range(1, steps + 1):
                yield here[0] + (x - here[0]) * step / steps, here[1] + (y - here[1]) * step / steps
            here = x, y
        if command == "M":
            (here,) = points
