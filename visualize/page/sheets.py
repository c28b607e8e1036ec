"""Sheets in few letters, as the page reads them: shapes with their looks in a table of their own.

The browser makes the elements, and makes room for what is opened (`compose.js`). So a sheet says of
each thing where it stands, and of each wire who takes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from ..layout.laid_out import PAD, to_page
from ..layout.routes import Route
from ..layout.sheet import Point, Shape, Sheet, segments
from ..lettering import RISES, SMALL, Runs, formula_runs, marked
from .outlines import Rect, body_of, on_page, rects_of
from .views import View

Packed = dict[str, Any]


class Tables:
    """What sheets refer to by a number: looks of shapes, and texts."""

    def __init__(self) -> None:
        self.looks: list[Packed] = []
        self.texts: list[str] = []
        self._looks: dict[tuple[tuple[str, object], ...], int] = {}
        self._texts: dict[str, int] = {}

    def look(self, **fields: object) -> int:
        """The number of a look; what a shape does not have is left out."""
        kept = {name: value for name, value in fields.items() if value not in (None, "", 0, False)}
        key = tuple(kept.items())
        if key not in self._looks:
            self._looks[key] = len(self.looks)
            self.looks.append(kept)
        return self._looks[key]

    def text(self, text: str) -> int:
        """The number of a text."""
        if text not in self._texts:
            self._texts[text] = len(self.texts)
            self.texts.append(text)
        return self._texts[text]


def packed(view: View, tables: Tables, order: dict[tuple[str, str], int]) -> Packed:
    """Return a sheet as plain data.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize.drawing import GraphDrawing
    >>> from visualize.graph.picture import picture_of
    >>> from visualize.page.views import Views
    >>> views = Views(GraphDrawing(picture_of(Node(3.0, name="x") * 2.0)))
    >>> sheet = packed(views.sheets[""], Tables(), {})
    >>> sheet["wires"], sheet["edges"]
    ({'w0': '', 'w1': 'o2'}, {'e3': ['w0', 'o2']})
    """
    return _Packer(view, tables).sheet(order)


class _Packer:
    def __init__(self, view: View, tables: Tables) -> None:
        self.view, self.tables = view, tables
        self.laid_out = view.laid_out
        self.look = self.laid_out.units.look
        self.page = to_page(self.look, self.laid_out.rows.length)
        self.size = self.look.theme.font_size
        self.routes = {route.output.id: route for route in self.laid_out.routes}
        self.border = self._border()

    def sheet(self, order: dict[tuple[str, str], int]) -> Packed:
        view, id = self.view, self.view.id
        rects = rects_of(self.laid_out)
        hidden = {"border", *view.ports}
        bodies = {unit.id: body_of(self.laid_out, unit) for unit in self.laid_out.units.units}
        ports, results = self._ports()
        found = {
            "bounds": _numbers(self._bounds()),
            "rows": [_number(row.shift + row.top + PAD - 1) for row in self.laid_out.rows.rows[1:]],
            "shapes": list(self._shapes()),
            "units": {id(part): _numbers(r) for part, r in rects.items() if part not in hidden},
            "boxes": {id(box.id): _numbers(bodies[box.id]) for box in view.folds},
            "ports": ports,
            "results": results,
            "wires": {
                id(wire.id): id(wire.source.id) if wire.source is not None else ""
                for wire in view.wires
            },
            "edges": {
                id(edge.id): [source, id(edge.target.id)]
                for edge, source in view.edges.items()
            },
            "same": {
                id(constant.id): view.names.wire(constant.refers_to.node)
                for constant in view.constants
                if constant.refers_to is not None
            },
            "frames": [[frame.scope, frame.name, *_numbers(frame.rect)] for frame in view.outlines],
            "steps": [
                [step.kind, wire, self._written(step.text), self._written(step.chain),
                 order.get((step.kind, wire), 0)]
                for step, wire in view.steps
            ],
        }  # fmt: skip
        return {name: value for name, value in found.items() if value}

    def _written(self, text: str) -> int:
        return self.tables.text(marked(formula_runs(text)))

    # --- its border ---------------------------------------------------------------------------

    @property
    def is_inside(self) -> bool:
        """Whether it is the inside of a box, whose wires run on outside."""
        return bool(self.view.ends)

    def _border(self) -> float:
        """Where results leave the sheet, along the flow."""
        rows = self.laid_out.rows
        if not self.is_inside or len(rows.rows) > 1:
            return rows.length
        return max(route.points[route.ends[end]][0] for route, end in self._leaving())

    def _leaving(self) -> Iterator[tuple[Route, str]]:
        for route in self.laid_out.routes:
            yield from ((route, end) for end in route.ends if end in self.view.ends)

    def _bounds(self) -> Rect:
        if not self.is_inside:
            return 0.0, 0.0, self.laid_out.sheet.width, self.laid_out.sheet.height
        return on_page(self.page, (0.0, 0.0), (self.border, self.laid_out.rows.height))

    def _ports(self) -> tuple[dict[str, float], dict[str, float]]:
        """At which heights wires come in and leave."""
        ports, results = {}, {}
        for route in self.laid_out.routes:
            if route.output.id in self.view.ports and len(route.points) > 1:
                ports[self.view.id(route.output.id)] = _number(route.points[0][1] + PAD)
        for route, end in self._leaving():
            results[self.view.ends[end]] = _number(route.points[route.ends[end]][1] + PAD)
        return ports, results

    # --- shapes -------------------------------------------------------------------------------

    def _shapes(self) -> Iterator[list[Any]]:
        # Frames are the page's own: they belong to no part.
        shapes = [s for s in self.laid_out.sheet.shapes if s.part and s.part != "border"]
        if self.is_inside:
            shapes = [*map(self._to_the_border, shapes)]
        for part, group in groupby(shapes, key=lambda shape: shape.part):
            yield [self.view.id(part), *map(self._shape, group)]

    def _to_the_border(self, shape: Shape) -> Shape:
        """A wire that comes from, or goes on, outside reaches the border of the sheet."""
        route = self.routes.get(shape.part)
        if route is None or not self._is_wire(shape):
            return shape
        pieces = [(command, list(points)) for command, points in segments(shape)]
        if shape.part in self.view.ports:
            pieces[0][1][0] = self._at(0.0, route.points[0][1])
        for end, place in sorted(route.ends.items(), key=lambda one: -one[1]):
            if end in self.view.ends:
                height = route.points[place][1]
                self._insert(pieces, place, self._at(self.border, height))
        points = tuple(point for _, some in pieces for point in some)
        return Shape("path", points, shape.fill, shape.stroke, shape.width,
                     "".join(command for command, _ in pieces), part=shape.part)  # fmt: skip

    @staticmethod
    def _insert(pieces: list[tuple[str, list[Point]]], place: int, point: Point) -> None:
        """Go on to a point behind the one at a place."""
        for number, (_, points) in enumerate(pieces):
            place -= len(points)
            if place < 0:
                if points[-1] != point:
                    pieces.insert(number + 1, ("L", [point]))
                return

    def _at(self, along: float, across: float) -> Point:
        x, y = self.page((along, across))
        return x + PAD, y + PAD

    def _is_wire(self, shape: Shape) -> bool:
        """Whether it is the line of a wire, and not a bracket of what is written beside it."""
        is_line = shape.kind == "path" and shape.fill is None and shape.stroke == "line"
        return is_line and not shape.half and shape.part in self.routes

    def _shape(self, shape: Shape) -> list[Any]:
        # A fork's dot, or an arrow, stands on a wire.
        is_mark = shape.part in self.routes and shape.fill == "line" and shape.stroke is None
        return _packed(shape, self.tables, self.size, wire=self._is_wire(shape), dot=is_mark)


def packed_alone(sheet: Sheet, tables: Tables, size: float) -> Packed:
    """Return a sheet without a graph, such as that of a network: shapes that move together."""
    shapes = []
    for part, group in groupby(sheet.shapes, key=lambda shape: shape.part):
        packed: list[Any] = [part]
        for shape in group:
            wire = shape.kind == "path" and shape.fill is None and bool(part)
            dot = shape.fill == "line" and shape.stroke is None and shape.kind != "text"
            packed.append(_packed(shape, tables, size, wire=wire, dot=dot))
        shapes.append(packed)
    return {"bounds": _numbers((0.0, 0.0, sheet.width, sheet.height)), "shapes": shapes}


def _packed(shape: Shape, tables: Tables, size: float, **kind: bool) -> list[Any]:
    """A shape: the number of its look, and where it is."""
    fields: Packed = {
        "kind": shape.kind,
        "fill": shape.fill,
        "stroke": shape.stroke,
        "width": shape.width if shape.stroke is not None and shape.width != 1 else None,
        "dashed": shape.dashed,
        "half": shape.half[:1],
        "opacity": shape.opacity if shape.opacity != 1 else None,
        **kind,
    }
    if shape.kind == "text":
        fields["anchor"] = shape.anchor if shape.anchor != "start" else None
        fields["size"] = shape.size if abs(shape.size - size) > 0.005 else None
        ((x, y),) = shape.points
        return [tables.look(**fields), _number(x), _number(y), _runs(shape.runs)]
    if shape.kind == "path":
        return [tables.look(**fields), path_data(shape)]
    fields["radius"] = shape.radius
    return [tables.look(**fields), *(_number(n) for point in shape.points for n in point)]


def path_data(shape: Shape) -> str:
    """Return a path in few letters.

    Examples
    --------
    >>> from visualize.layout.sheet import line
    >>> path_data(line((0, 0), (10.53, 2)))
    'M0 0L10.5 2'
    """
    return "".join(
        command + " ".join(f"{_number(n):g}" for point in points for n in point)
        for command, points in segments(shape)
    )


def _runs(runs: Runs) -> str | list[list[Any]]:
    """A text, or its runs: each with its level, how high it stands, and its size."""
    if all(run.level == 0 for run in runs):
        return "".join(run.text for run in runs)
    return [[run.text, run.level, RISES[run.level], SMALL if run.level else 1] for run in runs]


def _number(length: float) -> float:
    """A tenth of a point is more than anybody sees."""
    short = round(float(length), 1)
    return int(short) if short == int(short) else short


def _numbers(lengths: Rect) -> list[float]:
    return [*map(_number, lengths)]
