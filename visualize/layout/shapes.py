"""The shapes that Graphviz laid out, read back from its SVG: what each is, and of which part."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from typing import Literal

from ..style import ROLE_OF, Look
from .marked_svg import drawn, tag

Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """One thing on the sheet. Colours are roles of the theme: ``value``, ``gradient``, ``line``.

    Points of a path are one start and then Bézier curves, three each; those of an ellipse are its
    centre and its radii; that of a text is where its base line starts, or its middle.
    """

    kind: Literal["text", "polygon", "polyline", "path", "ellipse"]
    points: tuple[Point, ...]
    fill: str | None = None
    stroke: str | None = None
    width: float = 1.0
    text: str = ""
    size: float = 0.0
    middle: bool = False
    opacity: float = 1.0
    part: str = ""
    half: Literal["", "value", "gradient"] = ""


class LaidOut:
    """The shapes of an SVG by Graphviz, moved so that the left upper corner is the origin.

    Parameters
    ----------
    svg : bytes
        What Graphviz made of the picture in `marked` colours.
    look : Look
        Says where a wire has its value: above, at the left, or in a cell of its own.
    references : dict
        Constants that repeat the value of a wire: the id of each, and of its wire.
    """

    def __init__(self, svg: bytes, look: Look, references: dict[str, str]) -> None:
        self.records = look.theme.wires == "record"
        self.axis = 1 if look.across else 0
        self.references = references
        root = ET.fromstring(svg)
        box = [float(n) for n in root.get("viewBox", "0 0 0 0").split()]
        graph = next(element for element in root if tag(element) == "g")
        # Graphviz scales large pictures down to its limits; ours may be of any size.
        scale, shift = _transform(graph.get("transform", ""))
        self.shift = shift
        self.width, self.height = box[2] / scale, box[3] / scale
        groups = [group for group in graph if group.get("class") in ("node", "edge")]
        # Lines go under the boxes that they run to.
        groups.sort(key=lambda group: group.get("class") == "node")
        self.shapes = [shape for group in groups for shape in self._group(group)]

    def _group(self, group: ET.Element) -> list[Shape]:
        node = group.get("class") == "node"
        title = next((child.text or "" for child in group if tag(child) == "title"), "")
        part = title if node else group.get("id", "")
        shapes = [self._shape(element, part) for element in drawn(group)]
        if node and part in self.references:
            part = self.references[part]
            return [replace(shape, part=part, half="value") for shape in shapes]
        return self._halved(shapes) if node and part[:1] in ("w", "e") else shapes

    def _halved(self, shapes: list[Shape]) -> list[Shape]:
        """Say which shapes of a wire belong to its value, and which to its gradient."""
        if self.records:
            titles = [i for i, s in enumerate(shapes) if s.fill == "text" and s.text == "grad"]
            start = titles[-1] if titles else len(shapes)
            later = [index > start for index in range(len(shapes))]
        else:
            rules = [s for s in shapes if s.fill == "line" and s.kind == "polygon"]
            if not rules:
                return shapes
            middle = min(point[self.axis] for point in rules[0].points)
            later = [min(p[self.axis] for p in shape.points) > middle for shape in shapes]
        return [
            replace(shape, half="gradient" if after else "value")
            if {shape.fill, shape.stroke} & {"value", "gradient", "local", "warning"}
            else shape
            for shape, after in zip(shapes, later, strict=True)
        ]

    def _shape(self, element: ET.Element, part: str) -> Shape:
        def number(name: str, otherwise: float = 0.0) -> float:
            return float(element.get(name, otherwise))

        kind = tag(element)
        fill = ROLE_OF.get(element.get("fill", ""))
        stroke = ROLE_OF.get(element.get("stroke", ""))
        width = number("stroke-width", 1.0)
        x, y = self.shift
        if kind == "text":
            return Shape(
                "text",
                ((number("x") + x, number("y") + y),),
                fill or "text",
                text=(element.text or "").replace("\xa0", " "),
                size=number("font-size", 14.0),
                middle=element.get("text-anchor") == "middle",
                part=part,
            )
        if kind == "ellipse":
            points: tuple[Point, ...] = (
                (number("cx") + x, number("cy") + y),
                (number("rx"), number("ry")),
            )
            return Shape("ellipse", points, fill, stroke, width, part=part)
        numbers = [float(n) for n in _NUMBER.findall(element.get("points", element.get("d", "")))]
        points = tuple((a + x, b + y) for a, b in zip(numbers[::2], numbers[1::2], strict=True))
        assert kind in ("polygon", "polyline", "path")
        return Shape(kind, points, fill, stroke, width, part=part)  # type: ignore[arg-type]


_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def _transform(text: str) -> tuple[float, Point]:
    found = re.search(r"scale\(([\d.]+).*translate\(([-\d.]+)[ ,]+([-\d.]+)\)", text)
    if found is None:
        return 1.0, (0.0, 0.0)
    return float(found[1]), (float(found[2]), float(found[3]))
