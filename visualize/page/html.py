"""The interactive page of a diagram: one text without links to anything outside of it."""

from __future__ import annotations

import html
import json
import re
import secrets
from collections.abc import Collection
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from ..drawing import Drawing, GraphDrawing
from ..formats.document import document
from ..formats.svg import image_tag
from ..style import ROLES, THEMES, Theme
from .facts import Facts
from .sheets import Tables, packed, packed_alone
from .views import OUTERMOST, View, Views

SCRIPTS = (
    "elements.js",
    "compose.js",
    "picture.js",
    "stage.js",
    "panel.js",
    "player.js",
    "page.js",
)
"""The parts of the page's script, in the order in which they build on each other."""

MOST_LETTERS = 830_000
"""So much all sheets may take together, so that a page stays below 1 MB."""

LARGEST_IMAGE = 60_000
"""Up to this size a page of its own has the image too, for readers without scripts."""


class Page:
    """The interactive display of a diagram. Made by `draw`; see `Diagram.html`.

    A drawing that is no graph, such as that of a network, has no steps and nothing that opens.
    """

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.theme = drawing.look.theme

    @cached_property
    def views(self) -> Views | None:
        """The sheets; None of a drawing that is no graph."""
        return Views(self.drawing) if isinstance(self.drawing, GraphDrawing) else None

    def read_numbers(self) -> None:
        """Read all numbers now; the page that is written later does not look at the graph again."""
        if self.views is not None:
            _ = self._content

    def document(self, svg: str) -> str:
        """Return the page as a file of its own."""
        description, style = self.drawing.description, "<style>body { margin: 0 }</style>"
        image = image_tag(svg, description)
        if len(svg) > LARGEST_IMAGE:
            image = f"<p>{html.escape(description, quote=True)}</p>"
        data = self._data("page", whole_page=True)
        return document(description, style, image + data, _script("page"))

    def fragment(self, svg: str) -> str:
        """Return what a notebook shows: an image, and the script that puts the page in its place.

        Where scripts may not run, the image stays. Each call has ids of its own.
        """
        image = image_tag(svg, self.drawing.description)
        token = secrets.token_hex(8)
        return f"{image}{self._data(token, whole_page=False)}<script>{_script(token)}</script>"

    def _data(self, token: str, *, whole_page: bool) -> str:
        content = {
            "description": self.drawing.description,
            "page": whole_page,
            "style": _asset("page.css"),
            **looks_of(self.theme),
            "rankdir": self.drawing.look.rankdir,
            **self._content,
        }
        return f'<script type="application/json" data-graph="{token}">{embedded(content)}</script>'

    @cached_property
    def _content(self) -> dict[str, Any]:
        views = self.views
        if views is None:
            return _alone(self.drawing)
        content = _packed(views)
        if not set(views.open) <= content["sheets"].keys():
            views.leave_alone()
            content = _packed(views)
        return content


def _packed(views: Views) -> dict[str, Any]:
    """The sheets, from the outermost in, and what there is to say about their parts."""
    tables = Tables()
    sheets: dict[str, Any] = {}
    parts: dict[str, Facts] = {}
    room = MOST_LETTERS
    for name, view in views.sheets.items():
        texts = len(tables.texts)
        sheet = packed(view, tables, views.order)
        facts = _facts(views, view, parts)
        room -= len(embedded([sheet, facts, tables.texts[texts:]]))
        if room < 0 and sheets and name != OUTERMOST:
            break  # what is in the boxes from here on stays there
        sheets[name] = sheet
        for part, found in facts.items():
            parts[part] = parts.get(part, {}) | found
    return {
        "curves": views.style == "curve",
        "sheets": sheets,
        "first": {"sheet": views.first, "open": views.open},
        "scopes": views.names.scopes,
        "parts": parts,
        "looks": tables.looks,
        "texts": tables.texts,
    }


def _alone(drawing: Drawing) -> dict[str, Any]:
    """A drawing that is no graph; about its parts there are the words at the pointer."""
    tables = Tables()
    sheet = packed_alone(drawing.sheet, tables, drawing.look.theme.font_size)
    parts = {}
    for part, words in drawing.sheet.titles.items():
        title, *lines = words.split("\n")
        about = [[name, rest] for name, _, rest in (line.partition(": ") for line in lines)]
        parts[part] = {"title": title, "kind": "", "about": about}
    return {
        "sheets": {OUTERMOST: sheet},
        "first": {"sheet": OUTERMOST, "open": []},
        "scopes": {},
        "parts": parts,
        "looks": tables.looks,
        "texts": [],
    }


def _facts(views: Views, view: View, known: Collection[str]) -> dict[str, Facts]:
    """What there is to say about the parts of a sheet, of those already known the scope alone."""
    parts = [view.id(part.id) for part in view.parts]
    made = {name: views.facts[name] for name in parts if name in views.facts and name not in known}
    around = {view.id(box.id): box.scope for box in view.boxes}
    for wire in view.wires:
        if wire.source is not None:
            around[view.id(wire.id)] = wire.source.scope
    for name, scope in around.items():
        if scope is not None:
            made.setdefault(name, {})["scope"] = view.names.scope(scope)
    return made


# --- text that is safe inside a page -------------------------------------------------------------


def embedded(content: Any) -> str:
    r"""Return JSON that can stand in a script element: nothing in it ends the element.

    Examples
    --------
    >>> embedded({"name": "</script>", "grad": None})
    '{"name":"\\u003c/script\\u003e","grad":null}'
    """
    # JSON has no NaN; numbers are text here, so one would be a mistake of ours.
    text = json.dumps(content, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return _BREAKS_OUT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


_BREAKS_OUT = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


@cache
def _asset(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def _script(token: str) -> str:
    code = "\n".join(_asset(name) for name in SCRIPTS).replace("%TOKEN%", token)
    return f'(() => {{\n"use strict";\n{code}}})();'


def looks_of(theme: Theme) -> dict[str, Any]:
    """Return what a page is told of its theme: for light and dark, and its letters."""
    dark = _is_dark(theme)
    other = THEMES["lecture" if dark else "dark"]
    light, night = (other, theme) if dark else (theme, other)
    return {
        "font": theme.font,
        "size": theme.font_size,
        # A dark theme was asked for: it stays dark wherever it is shown.
        "scheme": "dark" if dark else None,
        "colours": {"light": _colours(light), "dark": _colours(night)},
    }


def _colours(theme: Theme) -> dict[str, str]:
    return {role: getattr(theme, role) for role in ROLES}


def _is_dark(theme: Theme) -> bool:
    """Whether the ground is dark; of a name, which may be any that SVG knows, we take it is not."""
    colour = theme.background
    if not colour.startswith("#"):
        return colour == "black"
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 0.3 * red + 0.59 * green + 0.11 * blue < 128
