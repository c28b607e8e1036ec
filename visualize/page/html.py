"""The interactive page of a diagram: one text without links to anything outside of it."""

from __future__ import annotations

import html
import json
import re
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from autograd_core.program.javascript import kernel_source

from ..drawing import Drawing, GraphDrawing
from ..formats.document import document
from ..formats.svg import image_tag
from ..live.graph import LiveGraph
from ..style import ROLES, THEMES, Look, Theme
from ..templates import bare, now
from .facts import Facts
from .live import legend_of, live_data
from .sheets import Tables, packed, packed_alone
from .views import OUTERMOST, View, Views

LIVE_SCRIPTS = (
    "fill.js",
    "live.js",
    "cells.js",
    "knobs.js",
    "fields.js",
    "compare.js",
    "descent.js",
    "instrument.js",
)
"""The parts of a live page alone, behind the script that runs programs."""

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


@dataclass(frozen=True)
class Addition:
    """What makes more of a live page: an exercise.

    Attributes
    ----------
    script, style : str
        What its script and its style sheet have behind those of all pages.
    data : callable
        What the script finds as ``data.exercise``, of the page's sheets.
    """

    script: str
    style: str
    data: Callable[[Views], dict[str, Any]]


class Page:
    """The interactive display of a diagram. Made by `draw`; see `Diagram.html`.

    A drawing that is no graph, such as that of a network, has no steps and nothing that opens.
    One with a `graph` is drawn from it, and its numbers change in the page. With an `addition`
    nothing opens, for what is inside would tell what is asked for.
    """

    def __init__(
        self,
        drawing: Drawing,
        graph: LiveGraph | None = None,
        addition: Addition | None = None,
    ) -> None:
        self.drawing, self.graph, self.addition = drawing, graph, addition
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
        description, style = now(self.drawing.description), "<style>body { margin: 0 }</style>"
        image = image_tag(svg, description)
        if len(svg) > LARGEST_IMAGE:
            image = f"<p>{html.escape(description, quote=True)}</p>"
        data = self._data("page", whole_page=True)
        return document(description, style, image + data, self.script("page"))

    def fragment(self, svg: str) -> str:
        """Return what a notebook shows: an image, and the script that puts the page in its place.

        Where scripts may not run, the image stays. Each call has ids of its own.
        """
        image = image_tag(svg, now(self.drawing.description))
        token = secrets.token_hex(8)
        data = self._data(token, whole_page=False)
        return f"{image}{data}<script>{self.script(token)}</script>"

    def script(self, token: str) -> str:
        """Return the script of the page, which finds its data by a token."""
        more = "" if self.addition is None else self.addition.script
        return _script(token, more, live=self.graph is not None)

    @property
    def leaf_names(self) -> list[str]:
        """What the leaves are called that can be changed in the page."""
        live = self._content.get("live", {"leaves": ()})
        return [leaf["name"] for leaf in live["leaves"]]

    def module(self) -> str:
        """Return the script as a module, with the one function that a widget's host calls."""
        code = page_code(live=self.graph is not None)
        made = f"(() => {{\n{code}\n{_asset('widget.js')}return render;\n}})()"
        return f"const render = {made};\nexport default {{ render }};\n"

    def json(self, *, whole_page: bool = False) -> str:
        """Return what the script shows: lists of numbers and texts, without markup.

        Parameters
        ----------
        whole_page : bool, default False
            Whether it has a page to itself, and not a place in a notebook.
        """
        content = {
            "description": self.drawing.description,
            **look_data(self.drawing.look, whole_page=whole_page),
            **self._content,
        }
        if self.addition is not None:
            content["style"] += self.addition.style
        text = embedded(content)
        return text if self.graph is None else bare(text)

    def _data(self, token: str, *, whole_page: bool) -> str:
        text = self.json(whole_page=whole_page)
        return f'<script type="application/json" data-graph="{token}">{text}</script>'

    @cached_property
    def _content(self) -> dict[str, Any]:
        views = self.views
        if views is None:
            return _alone(self.drawing)
        if self.addition is not None:
            views.leave_alone()
        content = _packed(views)
        if not set(views.open) <= content["sheets"].keys():
            views.leave_alone()
            content = _packed(views)
        if self.addition is not None:
            content["exercise"] = self.addition.data(views)
        if self.graph is not None:
            content["legend"] = legend_of(views.drawing.picture)
            content["live"] = live_data(self.graph, views, explains=self.addition is None)
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


def _script(token: str, more: str, *, live: bool) -> str:
    run = f'display(document.currentScript, "{token}");'
    return in_one(f"{page_code(more, live=live)}\n{run}\n")


def page_code(more: str = "", *, live: bool) -> str:
    """Return what the script of a page, or of one whose numbers change, is made of."""
    parts = [*map(_asset, SCRIPTS)]
    if live:
        parts += [kernel_source(), *map(_asset, LIVE_SCRIPTS)]
    return "\n".join([*parts, more])


def in_one(code: str) -> str:
    """Return a script whose names are its own."""
    return f'(() => {{\n"use strict";\n{code}}})();'


def look_data(look: Look, *, whole_page: bool) -> dict[str, Any]:
    """Return what the script has to know of how a page looks."""
    return {
        "page": whole_page,
        "style": _asset("page.css"),
        "rankdir": look.rankdir,
        **looks_of(look.theme),
    }


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
