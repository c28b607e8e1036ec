"""SVG: that of Graphviz with words and colours for people, and that of a frame."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Mapping

from ..layout.shapes import Shape
from ..style import Theme, coloured
from .timeline import Timeline

_TITLE = re.compile(r"<title>([^<]*)</title>\n?")


def readable(svg: bytes, theme: Theme, names: Mapping[str, str], description: str) -> str:
    """Return an SVG of Graphviz in `marked` colours as people want it.

    In the colours of a theme, with words where Graphviz put our ids, and without what only dates
    it.
    """

    def title(found: re.Match[str]) -> str:
        name = names.get(found[1])
        return "" if name is None else f"<title>{html.escape(name)}</title>\n"

    text = coloured(_TITLE.sub(title, svg.decode()), theme)
    # What DOT calls transparent. User text has its quotes escaped, so this is in attributes alone.
    text = text.replace('="transparent"', '="none"')
    head, _, rest = text.partition("<svg ")
    label = html.escape(description, quote=True)
    return f'{head}<svg role="img" aria-label="{label}" {rest}'


def image_tag(svg: str, description: str) -> str:
    """Return an image: it can't run scripts, and its ids can't clash with those of another."""
    data = base64.b64encode(svg.encode()).decode()
    alt = html.escape(description, quote=True)
    return (
        f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" '
        f'style="max-width:100%;height:auto">'
    )


def svg_of(timeline: Timeline, step: int, description: str) -> str:
    """Return a step as an SVG; every part is a group of its own, with its id as class."""
    theme, width, height = timeline.theme, timeline.width, timeline.height
    label = html.escape(description, quote=True)
    font = html.escape(theme.font, quote=True)
    lines = [
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
        f'<svg role="img" aria-label="{label}" width="{width:g}pt" height="{height:g}pt" '
        f'viewBox="0 0 {width:g} {height:g}" xmlns="http://www.w3.org/2000/svg">',
    ]
    if theme.background != "transparent":
        lines.append(f'<rect width="100%" height="100%" fill="{theme.background}"/>')
    lines.append(f'<g font-family="{font}">')
    lines += [_svg_shape(shape, theme) for shape in timeline.at(step)]
    return "\n".join([*lines, "</g>", "</svg>\n"])


def _svg_shape(shape: Shape, theme: Theme) -> str:
    fill = getattr(theme, shape.fill) if shape.fill else "none"
    named = f' class="{" ".join(filter(None, (shape.part, shape.half)))}"' if shape.part else ""
    if shape.kind == "text":
        ((x, y),) = shape.points
        middle = ' text-anchor="middle"' if shape.middle else ""
        return (
            f'<text{named} xml:space="preserve" x="{x:.2f}" y="{y:.2f}"{middle} '
            f'font-size="{shape.size:g}" fill="{fill}">{html.escape(shape.text)}</text>'
        )
    look = f'{named} fill="{fill}"'
    if shape.stroke:
        look += f' stroke="{getattr(theme, shape.stroke)}"'
        look += f' stroke-width="{shape.width:g}"' if shape.width != 1 else ""
    if shape.opacity < 1:
        look += f' opacity="{shape.opacity:g}"'
    if shape.kind == "ellipse":
        (x, y), (rx, ry) = shape.points
        return f'<ellipse{look} cx="{x:.2f}" cy="{y:.2f}" rx="{rx:.2f}" ry="{ry:.2f}"/>'
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in shape.points)
    if shape.kind == "path":
        start, _, curves = points.partition(" ")
        return f'<path{look} d="M{start} C{curves}"/>'
    return f'<{shape.kind}{look} points="{points}"/>'
