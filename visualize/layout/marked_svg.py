"""An SVG of Graphviz in few letters, whose looks come from a style sheet.

A page shows one layout in light and in dark, and hides numbers until their step has come. So
colours become classes, and everything knows the part and the half of the wire that it belongs to.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from ..style import ROLE_OF, Look, Theme

_KEPT = ("x", "y", "cx", "cy", "rx", "ry", "d", "points", "transform", "text-anchor")
_SHORT = re.compile(r"(\.\d)\d+")  # a tenth of a point is less than anybody sees
_OURS = re.compile(r"(?:(?:from|to)_)?[woce]\d+")


def compact(svg: bytes, look: Look) -> str:
    """Return the SVG that Graphviz made with `marked` colours, ready for the page.

    Every part is a group with its id in ``data-part``; what belongs to the forward value has the
    class ``v``, what belongs to the gradient ``g``. There are no ids, so that the same picture
    may stand on a page twice, and neither links nor scripts nor styles. `look` says how
    large the font is, and on which side of a wire its gradient stands.
    """
    root = ET.fromstring(svg)
    graph = next(element for element in root if tag(element) == "g")
    parts = [
        _group(group, look)
        for group in graph
        if tag(group) == "g" and group.get("class") in ("node", "edge")
    ]
    # Lines go under the boxes that they run to.
    parts.sort(key=lambda part: part.startswith('<g class="node"'))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{root.get("viewBox")}" '
        f'font-size="{look.theme.font_size:.2f}">'
        f'<g transform="{graph.get("transform")}">{"".join(parts)}</g></svg>'
    )


def _group(group: ET.Element, look: Look) -> str:
    kind = group.get("class", "")
    title = next((child.text or "" for child in group if tag(child) == "title"), "")
    part = title if kind == "node" else group.get("id", "")
    shapes = [*drawn(group)]
    halves = _halves(shapes, look) if part[:1] in "wec" and kind == "node" else {}
    written = "".join(_shape(shape, halves.get(shape, ""), look.theme) for shape in shapes)
    ours = f' data-part="{part}"' if _OURS.fullmatch(part) else ""
    return f'<g class="{kind}"{ours}>{written}</g>'


def drawn(group: ET.Element) -> Iterator[ET.Element]:
    """What is drawn in a group; tooltips are groups and links around it."""
    for child in group:
        if tag(child) in ("g", "a"):
            yield from drawn(child)
        elif tag(child) != "title":
            yield child


def _halves(shapes: list[ET.Element], look: Look) -> dict[ET.Element, str]:
    """Which shapes of a wire belong to the value (``v``) and which to the gradient (``g``)."""
    coloured = [s for s in shapes if _roles(s) & {"value", "gradient", "local", "warning"}]
    if look.theme.wires == "record":
        titles = [s for s in shapes if tag(s) == "text" and "text" in _roles(s)]
        grad = [s for s in titles if s.text == "grad"][-1:]
        after = shapes.index(grad[0]) if grad else len(shapes)
        return {s: "g" if shapes.index(s) > after else "v" for s in coloured}
    rules = [
        s for s in shapes if ROLE_OF.get(s.get("fill", "")) == "line" and s.get("stroke") == "none"
    ]
    if not rules:  # another wire's value, where a wire was cut
        return dict.fromkeys(coloured, "v")
    axis = 1 if look.across else 0
    middle = _corner(rules[0])[axis]
    return {s: "v" if _corner(s)[axis] < middle else "g" for s in coloured}


def _roles(shape: ET.Element) -> set[str]:
    return {ROLE_OF[c] for c in (shape.get("fill"), shape.get("stroke")) if c in ROLE_OF}


def _corner(shape: ET.Element) -> tuple[float, float]:
    """Where a text starts, or the left upper corner of a shape."""
    if tag(shape) == "text":
        return float(shape.get("x", 0)), float(shape.get("y", 0))
    numbers = [
        float(n) for n in re.findall(r"-?[\d.]+", shape.get("points") or shape.get("d") or "")
    ]
    return min(numbers[::2], default=0.0), min(numbers[1::2], default=0.0)


def _shape(shape: ET.Element, half: str, theme: Theme) -> str:
    kind = tag(shape)
    classes = [half] if half else []
    if kind == "text":
        classes.append(ROLE_OF.get(shape.get("fill", ""), "text"))
    else:
        classes += [
            f"{letter}-{ROLE_OF[shape.get(name, '')]}"
            for letter, name in (("f", "fill"), ("s", "stroke"))
            if shape.get(name) in ROLE_OF
        ]
    attributes = {"class": " ".join(classes)}
    attributes |= {
        name: _SHORT.sub(r"\1", shape.get(name, ""))
        for name in _KEPT
        if shape.get(name) is not None
    }
    if shape.get("stroke-width"):
        attributes["stroke-width"] = shape.get("stroke-width", "")
    if kind == "text" and shape.get("font-size") != f"{theme.font_size:.2f}":
        attributes["font-size"] = shape.get("font-size", "")
    written = "".join(f' {name}="{html.escape(value)}"' for name, value in attributes.items())
    text = html.escape(shape.text or "")
    return f"<{kind}{written}>{text}</{kind}>" if text else f"<{kind}{written}/>"


def tag(element: ET.Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]
