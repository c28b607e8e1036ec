"""The interactive page of a diagram: one text without links to anything outside of it."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import secrets
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ..graph.picture import Picture
from ..layout.dot import MOST_PARTS_IN_FULL, dot_source
from ..layout.graphviz import render
from ..layout.marked_svg import ROLES, compact, marked
from ..steps.sequence import Step, steps_of
from ..style import THEMES, Theme
from .facts import Facts, facts_of
from .views import View, views_of

SCRIPTS = ("elements.js", "picture.js", "stage.js", "panel.js", "player.js", "page.js")
"""The parts of the page's script, in the order in which they build on each other."""

LARGEST_IMAGE = 200_000
"""Up to this size a page of its own has the image too, for readers without scripts."""


@dataclass(frozen=True)
class Layout:
    """One view of a page before it is rendered: everything in it is text.

    The numbers are taken from the graph when it is drawn, so that training goes on meanwhile.
    """

    view: View
    source: str
    steps: list[Step]
    facts: dict[str, Facts]


class Page:
    """The interactive display of a diagram. Made by `draw`; see `Diagram.html`.

    Parameters
    ----------
    picture : Picture
        What the diagram shows at first.
    theme : Theme
        Its look; the other of light and dark comes from the lecture's themes.
    gradients, local_gradients, number_format, rankdir
        As in `draw`.
    source, steps
        Of the picture, in `marked` colours, where they are already there.
    """

    def __init__(
        self,
        picture: Picture,
        theme: Theme,
        *,
        gradients: bool,
        local_gradients: bool,
        number_format: str,
        rankdir: str,
        source: str | None = None,
        steps: list[Step] | None = None,
    ) -> None:
        self.theme = theme
        self.across = rankdir in ("LR", "RL")
        self.layouts = []
        for view in views_of(picture, number_format):
            if view.picture is not picture or source is None:
                source = dot_source(
                    view.picture,
                    marked(theme),
                    gradients=gradients,
                    local_gradients=local_gradients,
                    number_format=number_format,
                    rankdir=rankdir,
                )
            if view.picture is not picture or steps is None:
                # Without steps where the numbers stand inside the circles, too small to read.
                steps = []
                if view.picture.parts <= MOST_PARTS_IN_FULL:
                    steps = steps_of(view.picture, number_format=number_format, gradients=gradients)
            facts = facts_of(view.picture, steps, number_format, gradients=gradients)
            self.layouts.append(Layout(view, source, steps, facts))
        self._views: list[dict[str, Any]] | None = None

    def document(self, description: str, svg: str) -> str:
        """Return the page as a file of its own."""
        script = _script("page")
        code = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        # The browser itself then refuses to load or run anything else.
        policy = (
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
            f"script-src 'sha256-{code}'"
        )
        title = html.escape(description, quote=True)
        image = image_tag(svg, description) if len(svg) <= LARGEST_IMAGE else f"<p>{title}</p>"
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title}</title>\n<style>body {{ margin: 0 }}</style>\n</head>\n<body>\n"
            f"{image}{self._data('page', description, whole_page=True)}"
            f"<script>{script}</script>\n</body>\n</html>\n"
        )

    def fragment(self, description: str, svg: str) -> str:
        """Return what a notebook shows: an image, and the script that puts the page in its place.

        Where scripts may not run, the image stays. Each call has ids of its own.
        """
        token = secrets.token_hex(8)
        data = self._data(token, description, whole_page=False)
        return f"{image_tag(svg, description)}{data}<script>{_script(token)}</script>"

    def _data(self, token: str, description: str, *, whole_page: bool) -> str:
        if self._views is None:
            self._views = [self._view(layout) for layout in self.layouts]
        dark = _is_dark(self.theme)
        other = THEMES["lecture" if dark else "dark"]
        light, night = (other, self.theme) if dark else (self.theme, other)
        content = {
            "description": description,
            "page": whole_page,
            "style": _asset("page.css"),
            "font": self.theme.font,
            # A dark theme was asked for: it stays dark wherever it is shown.
            "scheme": "dark" if dark else None,
            "colours": {"light": _colours(light), "dark": _colours(night)},
            "views": self._views,
        }
        return f'<script type="application/json" data-graph="{token}">{embedded(content)}</script>'

    def _view(self, layout: Layout) -> dict[str, Any]:
        svg, _ = render(layout.source, "svg")
        picture = layout.view.picture
        return {
            "svg": compact(svg, self.theme, across=self.across),
            "parts": layout.facts,
            "edges": {edge.id: edge.source.id for edge in picture.edges},
            "steps": [_step(step, picture) for step in layout.steps],
            "opens": layout.view.opens,
            "frames": [asdict(frame) for frame in layout.view.frames],
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


def image_tag(svg: str, description: str) -> str:
    """Return an image: it can't run scripts, and its ids can't clash with those of another."""
    data = base64.b64encode(svg.encode()).decode()
    alt = html.escape(description, quote=True)
    return (
        f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" '
        f'style="max-width:100%;height:auto">'
    )


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
