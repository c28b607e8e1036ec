"""The interactive page of a diagram: one text without links to anything outside of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograd_core.program.javascript import kernel_source

from ..drawing import Drawing, GraphDrawing
from ..live.graph import LiveGraph
from ..style import Look
from ..templates import bare, now
from .facts import Facts
from .live import legend_of, live_data
from .sheets import Tables, packed, packed_alone
from .shell import Shell, asset, embedded, looks_of
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
    "shell.js",
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


class Page(Shell):
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

    @property
    def description(self) -> str:
        """What stands in place of the image for those who do not see it."""
        return now(self.drawing.description)

    @property
    def code(self) -> str:
        """The script, with that of the shell and of what is added."""
        more = "" if self.addition is None else self.addition.script
        return page_code(more, live=self.graph is not None)

    @property
    def leaf_keys(self) -> list[str]:
        """What the leaves are called that can be changed in the page, each in a way of its own."""
        live = self._content.get("live", {"leaves": ()})
        return [leaf["key"] for leaf in live["leaves"]]

    def module(self) -> str:
        """Return the script as a module, with the one function that a widget's host calls."""
        made = f"(() => {{\n{self.code}\n{asset('widget.js')}return render;\n}})()"
        return f"const render = {made};\nexport default {{ render }};\n"

    def json(self, *, whole_page: bool = False) -> str:
        """Return what the script shows: lists of numbers and texts, without markup."""
        content = {
            "description": self.drawing.description,
            **look_data(self.drawing.look, whole_page=whole_page),
            **self._content,
        }
        if self.addition is not None:
            content["style"] += self.addition.style
        text = embedded(content)
        return text if self.graph is None else bare(text)

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


# --- scripts --------------------------------------------------------------------------------------


def page_code(more: str = "", *, live: bool) -> str:
    """Return what the script of a page, or of one whose numbers change, is made of."""
    parts = [*map(asset, SCRIPTS)]
    if live:
        parts += [kernel_source(), *map(asset, LIVE_SCRIPTS)]
    return "\n".join([*parts, more])


def look_data(look: Look, *, whole_page: bool) -> dict[str, Any]:
    """Return what the script has to know of how a page looks."""
    return {
        "page": whole_page,
        "style": asset("page.css"),
        "rankdir": look.rankdir,
        **looks_of(look.theme),
    }
