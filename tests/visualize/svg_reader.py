"""Reads the parts of a diagram back out of its SVG."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

SVG = "{http://www.w3.org/2000/svg}"
VALUE, GRADIENT, LOCAL, WARNING = "#007a00", "#d00000", "#1f4fd8", "#a3009e"


@dataclass
class Text:
    content: str
    colour: str
    x: float
    y: float


@dataclass
class Part:
    """One node of the layout: a circle, a box, a wire or a constant."""

    title: str
    texts: list[Text]
    circle: bool
    outline: str | None

    def colour(self, colour):
        return [text.content for text in self.texts if text.colour == colour]


@dataclass
class Drawing:
    parts: list[Part] = field(default_factory=list)
    lines: int = 0

    @property
    def circles(self):
        return [part.texts[0].content for part in self.parts if part.circle]

    @property
    def texts(self):
        return [text.content for part in self.parts for text in part.texts]

    def wire(self, name):
        """The wire with that name."""
        (found,) = (
            part for part in self.parts if not part.circle and part.title == name and part.texts
        )
        return found


def read(svg):
    root = ET.fromstring(svg)
    drawing = Drawing()
    for group in root.iter(f"{SVG}g"):
        kind = group.get("class")
        if kind == "edge":
            drawing.lines += 1
        elif kind == "node":
            title = group.find(f"{SVG}title")
            texts = [
                Text(
                    (text.text or "").replace("\xa0", " "),
                    text.get("fill", "black"),
                    float(text.get("x")),
                    float(text.get("y")),
                )
                for text in group.iter(f"{SVG}text")
            ]
            ellipse = group.find(f".//{SVG}ellipse")
            outline = ellipse.get("stroke") if ellipse is not None else None
            drawing.parts.append(
                Part(title.text if title is not None else "", texts, ellipse is not None, outline)
            )
    return drawing


def tooltips(svg):
    link = "{http://www.w3.org/1999/xlink}title"
    return [element.get(link) for element in ET.fromstring(svg).iter() if element.get(link)]


def size(svg):
    found = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    return float(found[1]), float(found[2])
