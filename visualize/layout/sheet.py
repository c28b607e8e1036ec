"""The one list of shapes from which every format is written: what each is, and of which part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from ..lettering import Run, Runs, plain, text_of
from ..style import ROLES, Theme

Point = tuple[float, float]
Half = Literal["", "value", "gradient", "value symbol", "gradient symbol"]
"""What a shape belongs to: a value, a gradient, or the symbol in the place of one until then."""

TAKES = {"M": 1, "L": 1, "Q": 2, "C": 3, "Z": 0}
"""How many points each command of a path takes: those of SVG, all absolute."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing on the sheet, in points from its left upper corner.

    Colours are roles of the theme, such as ``value``, or a colour such as ``#c0392b``. The points
    of a path are those of its commands, one after the other; of an ellipse its centre and its
    radii; of a rectangle two corners; of a text the start, middle or end of its base line.
    """

    kind: Literal["text", "path", "ellipse", "rectangle"]
    points: tuple[Point, ...]
    fill: str | None = None
    stroke: str | None = None
    width: float = 1.0
    commands: str = ""
    radius: float = 0.0
    """Of a rectangle's corners."""
    dashed: bool = False
    runs: Runs = ()
    size: float = 0.0
    anchor: Literal["start", "middle", "end"] = "start"
    opacity: float = 1.0
    part: str = ""
    half: Half = ""

    @property
    def text(self) -> str:
        """The letters of a text."""
        return text_of(self.runs)

    def moved(self, right: float, down: float) -> Shape:
        """The shape at another place."""
        first, *rest = self.points
        if self.kind != "ellipse":
            rest = [(x + right, y + down) for x, y in rest]
        return replace(self, points=((first[0] + right, first[1] + down), *rest))

    def scaled(self, by: float) -> Shape:
        """The shape with the whole sheet made larger or smaller."""
        return replace(
            self,
            points=tuple((x * by, y * by) for x, y in self.points),
            width=self.width * by,
            radius=self.radius * by,
            size=self.size * by,
        )


@dataclass(frozen=True)
class Sheet:
    """Shapes on a sheet, those behind first, and what its parts are called."""

    width: float
    height: float
    shapes: Sequence[Shape]
    titles: Mapping[str, str] = field(default_factory=dict)
    """What stands at the pointer, by the id of a part."""


def line(*points: Point, part: str = "", half: Half = "", **look: object) -> Shape:
    """A line through points.

    Examples
    --------
    >>> line((0, 0), (10, 0)).commands
    'ML'
    """
    commands = "M" + "L" * (len(points) - 1)
    return Shape("path", points, None, "line", commands=commands, part=part, half=half, **look)  # type: ignore[arg-type]


def letters(
    text: str | Runs,
    at: Point,
    size: float,
    colour: str = "text",
    anchor: Literal["start", "middle", "end"] = "middle",
    *,
    part: str = "",
) -> Shape:
    """A text on a base line.

    Examples
    --------
    >>> letters("0.5", (0, 0), 13, "value").text
    '0.5'
    """
    runs = plain(text) if isinstance(text, str) else text
    return Shape("text", (at,), colour, runs=runs, size=size, anchor=anchor, part=part)


def segments(shape: Shape) -> list[tuple[str, tuple[Point, ...]]]:
    """Return the commands of a path, each with its points.

    Examples
    --------
    >>> segments(line((0, 0), (10, 0)))
    [('M', ((0, 0),)), ('L', ((10, 0),))]
    """
    found, place = [], 0
    for command in shape.commands:
        found.append((command, shape.points[place : place + TAKES[command]]))
        place += TAKES[command]
    return found


def colour_of(role: str | None, theme: Theme) -> str:
    """Return the colour that a role has in a theme; ``none`` where there is none."""
    if role is None:
        return "none"
    colour: str = getattr(theme, role) if role in ROLES else role
    return "none" if colour == "transparent" else colour


__all__ = [
    "TAKES",
    "Half",
    "Point",
    "Run",
    "Shape",
    "Sheet",
    "colour_of",
    "letters",
    "line",
    "segments",
]
