"""How a diagram looks: its colours and font, how numbers are written, where values flow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Literal

import numpy as np

from .text import LARGEST_GRID, check_number_format

ROLES = ("value", "gradient", "local", "warning", "text", "line", "background", "fill")
"""The colours of a theme; a class of that name says what something means."""

RANKDIRS = ("LR", "RL", "TB", "BT")

Leaves = Literal["near", "column"]
"""Where leaves stand: near their first use, or all in one column."""

SWITCHES = (
    "gradients", "local_gradients", "names", "symbolic", "function_boxes", "outlines",
)  # fmt: skip
"""Fields of a look that are on or off."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}|[a-zA-Z]+")


@dataclass(frozen=True)
class Theme:
    """The look of a diagram.

    Colours are written ``"#rrggbb"`` or as a name that SVG knows, such as ``"white"``.

    Parameters
    ----------
    value : str, default "#007a00"
        Colour of forward values, above the wire.
    gradient : str, default "#d00000"
        Colour of gradients, below the wire.
    local : str, default "#1f4fd8"
        Colour of local gradients, on the edges.
    warning : str, default "#a3009e"
        Colour of NaN and infinity, and of the node that made the first.
    text : str, default "#000000"
        Colour of names, symbols and constants.
    line : str, default "#000000"
        Colour of outlines, wires and edges.
    background : str, default "#ffffff"
        Colour of the ground; ``"transparent"`` for none.
    fill : str, default "#ffffff"
        Colour inside the circles and boxes.
    font : str, default "Helvetica,Arial,sans-serif"
        Font families in the order of preference, separated by commas.
    font_size : float, default 13.0
        Size of the text in points.
    wires : {"line", "record"}, default "line"
        ``"line"``: the value above a line and the gradient below. ``"record"``: a box with cells
        for name, data and grad, as micrograd draws it.

    Raises
    ------
    ValueError
        For what is no colour, a font size that is not above 0, or other `wires`.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from visualize import THEMES
    >>> large = replace(THEMES["lecture"], font_size=20)
    >>> large.value
    '#007a00'
    """

    value: str = "#007a00"
    gradient: str = "#d00000"
    local: str = "#1f4fd8"
    warning: str = "#a3009e"
    text: str = "#000000"
    line: str = "#000000"
    background: str = "#ffffff"
    fill: str = "#ffffff"
    font: str = "Helvetica,Arial,sans-serif"
    font_size: float = 13.0
    wires: Literal["line", "record"] = "line"

    def __post_init__(self) -> None:
        for field in ROLES:
            colour = getattr(self, field)
            if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
                raise ValueError(
                    f"Theme({field}=...) expects a colour such as '#007a00' or 'white', "
                    f"got {colour!r}"
                )
        if self.wires not in ("line", "record"):
            raise ValueError(f"Theme(wires=...) expects 'line' or 'record', got {self.wires!r}")
        if not self.font_size > 0:
            raise ValueError(f"Theme(font_size=...) expects points above 0, got {self.font_size!r}")


THEMES = {
    "lecture": Theme(),
    "colour-blind": Theme(value="#0072b2", gradient="#b34700", local="#555555", warning="#a3009e"),
    "dark": Theme(
        value="#5fd35f",
        gradient="#ff7a70",
        local="#82aaff",
        warning="#ffb7ff",
        text="#f2f2f2",
        line="#d8d8d8",
        background="#16181d",
        fill="#23262d",
    ),
    "micrograd": Theme(wires="record"),
}
"""The looks that come with the package, by name."""


ROOM = 8
"""For so many letters each number has room in pages whose numbers change."""


def as_theme(theme: str | Theme) -> Theme:
    """Return the theme of that name, or the theme itself."""
    if isinstance(theme, Theme):
        return theme
    if isinstance(theme, str) and theme in THEMES:
        return THEMES[theme]
    raise ValueError(
        f"theme expects one of {', '.join(map(repr, THEMES))}, or a visualize.Theme of your own, "
        f"got {theme!r}"
    )


@dataclass(frozen=True)
class Look:
    """All that says how a graph is drawn. The fields are the arguments of `draw`, which see."""

    theme: Theme = THEMES["lecture"]
    number_format: str = ".4g"
    rankdir: str = "LR"
    leaves: Leaves = "near"
    gradients: bool = True
    local_gradients: bool = False
    aspect: float | None = None
    grid: int = LARGEST_GRID
    names: bool = False
    symbolic: bool = False
    symbols_first: bool = False
    """Whether the steps show symbols before numbers; no argument of `draw`, but of `frames`."""
    function_boxes: bool = False
    outlines: bool = False
    room: int = 0
    """For how many letters at least there is room in each number: more where numbers may change."""

    def __post_init__(self) -> None:
        for name in SWITCHES:
            value = getattr(self, name)
            if not isinstance(value, (int, np.bool_)) or value not in (0, 1):
                raise TypeError(
                    f"{name} expects True or False, got {value!r}. Write for example: {name}=True"
                )
        if self.aspect is not None and not (_is_number(self.aspect, Real) and self.aspect > 0):
            raise ValueError(
                f"aspect expects width divided by height, such as 16/9, math.inf for one row, or "
                f"None, got {self.aspect!r}"
            )
        if not _is_number(self.grid, Integral) or self.grid < 0:
            raise ValueError(
                f"grid expects how many rows and columns of an array are shown, such as 8, got "
                f"{self.grid!r}"
            )
        if self.rankdir not in RANKDIRS:
            raise ValueError(f"rankdir expects one of {', '.join(RANKDIRS)}, got {self.rankdir!r}")
        check_number_format(self.number_format)
        if self.leaves not in ("near", "column"):
            raise ValueError(f"leaves expects 'near' or 'column', got {self.leaves!r}")

    @property
    def across(self) -> bool:
        """Whether wires run from left to right or back, so that gradients are below them."""
        return self.rankdir in ("LR", "RL")


def _is_number(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


LECTURE = Look()
"""The look of the lecture's slides."""
