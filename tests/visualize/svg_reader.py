"""Reads the parts of a diagram back out of its SVG, and where its shapes stand."""

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
    """What has one id: a circle or box (o), a wire (w), a constant (c), the row of an edge (e)."""

    id: str
    tip: str
    texts: list[Text]
    outline: str | None
    """The colour of what surrounds an operation."""
    path: str
    """The wire, as SVG writes it."""
    dots: int

    def colour(self, colour):
        return [text.content for text in self.texts if text.colour == colour]

    @property
    def title(self):
        """What it is called, as one says it."""
        first = self.tip.partition("\n")[0]
        return first.removeprefix("name: ")

    @property
    def circle(self):
        """Whether it is an operation of its own, in a circle or a longer one."""
        return self.id[0] == "o" and self.tip.startswith("operation: ")

    @property
    def box(self):
        """Whether it is a fold, or a layer."""
        return self.id[0] == "o" and not self.circle

    @property
    def branches(self):
        """How often the pen is set down: once for each branch of a wire."""
        return self.path.count("M")


@dataclass
class Drawing:
    parts: list[Part] = field(default_factory=list)

    @property
    def circles(self):
        return [part.texts[0].content for part in self.parts if part.circle]

    @property
    def boxes(self):
        return [part.title for part in self.parts if part.box]

    @property
    def texts(self):
        return [text.content for part in self.parts for text in part.texts]

    @property
    def branches(self):
        """How many branches all wires have; one that goes nowhere counts too."""
        return sum(part.branches for part in self.parts)

    def wire(self, name):
        """The wire, or the box, with that name."""
        (found,) = (p for p in self.parts if not p.circle and p.title == name and p.texts)
        return found


def read(svg):
    found = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        id = group.get("data-part")
        if id is None:
            continue
        assert id not in found, "a part is one group"
        title = group.find(f"{SVG}title")
        texts = [
            Text("".join(t.itertext()), t.get("fill"), float(t.get("x")), float(t.get("y")))
            for t in group.iter(f"{SVG}text")
        ]
        shapes = [shape for shape in group if shape.tag != f"{SVG}title"]
        outline = shapes[0].get("stroke") if id[0] == "o" else None
        # Brackets are paths too, but the wire is drawn first.
        is_wire = id[0] in "wc" and shapes[0].tag == f"{SVG}path"
        path = shapes[0].get("d") if is_wire else ""
        dots = sum(c.get("stroke") is None for c in group.iter(f"{SVG}circle"))
        tip = "" if title is None else title.text
        found[id] = Part(id, tip, texts, outline, path, dots)
    return Drawing(sorted(found.values(), key=lambda part: (part.id[0], len(part.id), part.id)))


def tooltips(svg):
    return [title.text for title in ET.fromstring(svg).iter(f"{SVG}title")]


def size(svg):
    found = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    return float(found[1]), float(found[2])
