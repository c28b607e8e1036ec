"""The interactive page of a diagram: one text without links to anything outside of it."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import secrets
from dataclasses import asdict
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from ..drawing import Drawing, GraphDrawing
from ..formats.svg import compact, image_tag
from ..graph.picture import Picture
from ..steps.sequence import Step
from ..style import ROLES, THEMES, Theme
from .facts import Facts, facts_of
from .views import View, views_of

SCRIPTS = ("elements.js", "picture.js", "stage.js", "panel.js", "player.js", "page.js")
"""The parts of the page's script, in the order in which they build on each other."""

LARGEST_IMAGE = 200_000
"""Up to this size a page of its own has the image too, for readers without scripts."""


class Page:
    """The interactive display of a diagram. Made by `draw`; see `Diagram.html`.

    A drawing without a picture of a graph, such as that of a network, is shown as an image alone.
    """

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.theme = drawing.look.theme

    @cached_property
    def views(self) -> list[View]:
        """The levels of folding; the first is what the diagram shows."""
        return views_of(self.drawing) if isinstance(self.drawing, GraphDrawing) else []

    @cached_property
    def facts(self) -> list[dict[str, Facts]]:
        """What there is to say about the parts of each view."""
        drawings = [view.drawing for view in self.views]
        return [facts_of(drawing.picture, drawing.steps) for drawing in drawings]

    def document(self, svg: str) -> str:
        """Return the page as a file of its own."""
        # The browser itself then refuses to load or run anything else.
        policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
        title = html.escape(self.drawing.description, quote=True)
        image, rest = image_tag(svg, self.drawing.description), ""
        if self.views:
            script = _script("page")
            code = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
            policy += f"; script-src 'sha256-{code}'"
            image = image if len(svg) <= LARGEST_IMAGE else f"<p>{title}</p>"
            rest = f"{self._data('page', whole_page=True)}<script>{script}</script>"
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title}</title>\n<style>body {{ margin: 0 }}</style>\n</head>\n<body>\n"
            f"{image}{rest}\n</body>\n</html>\n"
        )

    def fragment(self, svg: str) -> str:
        """Return what a notebook shows: an image, and the script that puts the page in its place.

        Where scripts may not run, the image stays. Each call has ids of its own.
        """
        image = image_tag(svg, self.drawing.description)
        if not self.views:
            return image
        token = secrets.token_hex(8)
        return f"{image}{self._data(token, whole_page=False)}<script>{_script(token)}</script>"

    def _data(self, token: str, *, whole_page: bool) -> str:
        dark = _is_dark(self.theme)
        other = THEMES["lecture" if dark else "dark"]
        light, night = (other, self.theme) if dark else (self.theme, other)
        content = {
            "description": self.drawing.description,
            "page": whole_page,
            "style": _asset("page.css"),
            "font": self.theme.font,
            # A dark theme was asked for: it stays dark wherever it is shown.
            "scheme": "dark" if dark else None,
            "colours": {"light": _colours(light), "dark": _colours(night)},
            "views": self._views,
        }
        return f'<script type="application/json" data-graph="{token}">{embedded(content)}</script>'

    @cached_property
    def _views(self) -> list[dict[str, Any]]:
        return [_view(*pair) for pair in zip(self.views, self.facts, strict=True)]


def _view(view: View, facts: dict[str, Facts]) -> dict[str, Any]:
    drawing = view.drawing
    picture = drawing.picture
    return {
        "svg": compact(drawing.sheet, drawing.look.theme),
        "parts": facts,
        "edges": {edge.id: edge.source.id for edge in picture.edges},
        "steps": [_step(step, picture) for step in drawing.steps],
        "opens": view.opens,
        "frames": [asdict(scope) for scope in view.frames],
    }


def _step(step: Step, picture: Picture) -> dict[str, Any]:
    """A step as the page reads it: which halves of which parts appear, and what stands out."""
    show = [f"{wire}.v" for wire in step.values] + [f"{wire}.g" for wire in step.gradients]
    show += [f"{edge}.v" for edge in step.locals] + [f"{edge}.g" for edge in step.contributions]
    # Where a wire was cut, its value may stand again at the other end.
    show += [
        f"{constant.id}.v"
        for constant in picture.constants
        if constant.refers_to is not None and constant.refers_to.id in step.values
    ]
    lines = [*step.locals, *step.contributions]
    if step.kind == "value":
        lines += [f"from_{wire}" for wire in step.values]
    elif step.kind == "gradient":
        above = [part for part in step.highlighted if part[0] == "w"]
        lines += [f"from_{wire}" for wire in above if wire not in step.gradients]
    return {
        "kind": step.kind,
        "text": step.text,
        "chain": step.chain,
        "show": show,
        "highlighted": list(step.highlighted),
        "lines": lines,
    }


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


def _colours(theme: Theme) -> dict[str, str]:
    return {role: getattr(theme, role) for role in ROLES}


def _is_dark(theme: Theme) -> bool:
    """Whether the ground is dark; of a name, which may be any that SVG knows, we take it is not."""
    colour = theme.background
    if not colour.startswith("#"):
        return colour == "black"
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 0.3 * red + 0.59 * green + 0.11 * blue < 128
