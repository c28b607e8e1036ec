"""The page of a playground: one text without links to anything outside of it."""

from __future__ import annotations

import html
import secrets
from functools import cache
from importlib.resources import files
from typing import Any

from autograd_core.program.javascript import kernel_source

from ..formats.document import document
from ..formats.svg import image_tag
from ..page.html import LARGEST_IMAGE, embedded, looks_of
from ..style import Theme

SCRIPTS = (
    "shuffle.js",
    "trainer.js",
    "painting.js",
    "chain.js",
    "plane.js",
    "images.js",
    "playground.js",
)
"""The parts of the page's own script, in the order in which they build on each other."""


def document_of(content: dict[str, Any], theme: Theme, svg: str) -> str:
    """Return the page as a file of its own; without scripts there is the picture."""
    description, style = content["description"], "<style>body { margin: 0 }</style>"
    still = image_tag(svg, description)
    if len(svg) > LARGEST_IMAGE:
        still = f"<p>{html.escape(description, quote=True)}</p>"
    data = _data("page", content, theme, whole_page=True)
    return document(description, style, still + data, _script("page"))


def fragment_of(content: dict[str, Any], theme: Theme, svg: str) -> str:
    """Return what a notebook shows: a picture, and the script that puts the page in its place."""
    token = secrets.token_hex(8)
    still = image_tag(svg, content["description"])
    data = _data(token, content, theme, whole_page=False)
    return f"{still}{data}<script>{_script(token)}</script>"


def _data(token: str, content: dict[str, Any], theme: Theme, *, whole_page: bool) -> str:
    from ..training.figure import PALETTES

    filled = {
        **content,
        **looks_of(theme),
        "page": whole_page,
        "style": _asset("page.css", "page") + _asset("playground.css"),
        "series": {scheme: palette.series for scheme, palette in PALETTES.items()},
    }
    return f'<script type="application/json" data-playground="{token}">{embedded(filled)}</script>'


@cache
def _asset(name: str, of: str = "playground") -> str:
    return (files(f"visualize.{of}") / name).read_text(encoding="utf-8")


def _script(token: str) -> str:
    own = "\n".join(map(_asset, SCRIPTS)).replace("%TOKEN%", token)
    return (
        f'(() => {{\n"use strict";\n{_asset("elements.js", "page")}\n{kernel_source()}\n{own}}})();'
    )
