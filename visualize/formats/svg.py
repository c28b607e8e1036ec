"""SVG, written from a list of shapes."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Mapping, Sequence

from ..layout.sheet import Shape, Sheet, colour_of, segments
from ..lettering import Run, letters_width, placed
from ..style import Theme


def svg_of(sheet: Sheet, theme: Theme, description: str) -> str:
    """Return a sheet as SVG text; what belongs to one part is a group, with its words as title."""
    background = colour_of("background", theme)
    ground = (
        "" if background == "none" else f'<rect width="100%" height="100%" fill="{background}"/>\n'
    )
    label = html.escape(description, quote=True)
    width, height = _short(sheet.width), _short(sheet.height)
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" '
        f'width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}">\n{ground}'
        f'<g font-family="{html.escape(theme.font, quote=True)}" '
        f'font-size="{theme.font_size:g}" stroke-linejoin="round">\n'
        f"{_groups(sheet, theme)}</g>\n</svg>\n"
    )


def image_tag(svg: str, description: str) -> str:
    """Return an image: it can't run scripts, and its ids can't clash with those of another."""
    data = base64.b64encode(svg.encode()).decode()
    alt = html.escape(description, quote=True)
    return (
        f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" '
        f'style="max-width:100%;height:auto">'
    )


NARROW = 0.86
"""The width of letters in usual fonts, in that of the wide font in which they are measured."""


def _groups(sheet: Sheet, theme: Theme) -> str:
    """The shapes of each part in a group; those that are drawn first come first."""
    parts: dict[str, list[Shape]] = {}
    for shape in sheet.shapes:
        parts.setdefault(shape.part, []).append(shape)
    return "".join(
        f"{_opening(part, sheet.titles)}{elements_of(shapes, theme)}</g>\n"
        for part, shapes in parts.items()
    )


def _opening(part: str, titles: Mapping[str, str]) -> str:
    title = titles.get(part)
    words = "" if title is None else f"<title>{html.escape(title)}</title>"
    return f'<g data-part="{part}">{words}' if part else f"<g>{words}"


def elements_of(shapes: Iterable[Shape], theme: Theme) -> str:
    """Return shapes as elements of SVG, to stand in a group with the font of the theme.

    Examples
    --------
    >>> from visualize.layout.sheet import letters
    >>> from visualize.style import THEMES
    >>> elements_of([letters("3", (10, 10), 13, "value")], THEMES["lecture"])
    '<text fill="#007a00" text-anchor="middle" x="10" y="10">3</text>'
    """
    return "".join(_shape(shape, theme) for shape in shapes)


def _look(shape: Shape, theme: Theme) -> str:
    fill = colour_of(shape.fill, theme)
    look = f' fill="{fill}"'
    if shape.stroke is not None:
        look += f' stroke="{colour_of(shape.stroke, theme)}"'
        look += f' stroke-width="{shape.width:g}"' if shape.width != 1 else ""
    if shape.dashed:
        look += ' stroke-dasharray="5 3"'
    if shape.opacity < 1:
        look += f' opacity="{shape.opacity:g}"'
    return look


def _shape(shape: Shape, theme: Theme) -> str:
    look = _look(shape, theme)
    if shape.kind == "text":
        return _text(shape, look, theme.font_size)
    if shape.kind == "path":
        return f'<path{look} d="{path_data(shape)}"/>'
    (x, y), (a, b) = shape.points
    if shape.kind == "ellipse":
        centre = f'cx="{_short(x)}" cy="{_short(y)}"'
        if a == b:
            return f'<circle{look} {centre} r="{_short(a)}"/>'
        return f'<ellipse{look} {centre} rx="{_short(a)}" ry="{_short(b)}"/>'
    radius = f' rx="{_short(shape.radius)}"' if shape.radius else ""
    return (
        f'<rect{look} x="{_short(min(x, a))}" y="{_short(min(y, b))}" '
        f'width="{_short(abs(a - x))}" height="{_short(abs(b - y))}"{radius}/>'
    )


def path_data(shape: Shape) -> str:
    """Return the commands of a path as SVG writes them.

    Examples
    --------
    >>> from visualize.layout.sheet import line
    >>> path_data(line((0, 0), (10.5, 0)))
    'M0 0L10.5 0'
    """
    return "".join(
        command + " ".join(f"{_short(x)} {_short(y)}" for x, y in points)
        for command, points in segments(shape)
    )


def _text(shape: Shape, look: str, size: float) -> str:
    ((x, y),) = shape.points
    anchor = "" if shape.anchor == "start" else f' text-anchor="{shape.anchor}"'
    own = "" if abs(shape.size - size) < 0.005 else f' font-size="{shape.size:.4g}"'
    exact = len(shape.runs) > 1 or "  " in shape.text or shape.text != shape.text.strip()
    kept = ' xml:space="preserve"' if exact else ""
    return (
        f'<text{look}{anchor}{own}{kept} x="{_short(x)}" y="{_short(y)}">'
        f"{spans(shape.runs, shape.size)}</text>"
    )


def spans(runs: Sequence[Run], size: float) -> str:
    """Return runs as text of SVG: subscripts lower and smaller; it stays real text.

    Examples
    --------
    >>> from visualize.lettering import name_runs
    >>> spans(name_runs("x_1"), 10)
    'x<tspan dy="2.2" font-size="7">1</tspan>'
    """
    made, height, wide, owed = "", 0.0, 0.0, 0.0
    before = 0
    for run, _, rise, own in placed(runs, size):
        text = html.escape(run.text)
        attributes = ""
        if abs(rise - height) > 0.005:
            attributes += f' dy="{_short(height - rise)}"'
        stacked = run.level != 0 and run.level == -before
        own_width = letters_width(run.text) * own
        if stacked:
            # Above the subscript: back by its width, as wide as it is in a usual font.
            attributes += f' dx="{_short(-NARROW * wide)}"'
            owed = max(0.0, NARROW * (wide - own_width))
        elif owed:
            attributes += f' dx="{_short(owed)}"'
            owed = 0.0
        if run.level:
            attributes += f' font-size="{own:.3g}"'
        made += f"<tspan{attributes}>{text}</tspan>" if attributes else text
        height, wide, before = rise, own_width, run.level
    return made


def _short(length: float) -> str:
    """A tenth of a point is more than anybody sees; wires get two digits, to stay level."""
    return f"{length:.2f}".rstrip("0").rstrip(".") or "0"
