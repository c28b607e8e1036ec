"""The page of a playground: one text without links to anything outside of it."""

from __future__ import annotations

from typing import Any

from autograd_core.program.javascript import kernel_source

from ..page.shell import Shell, asset, embedded, looks_of
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


class PlaygroundPage(Shell):
    """The page; without scripts there is the picture of the network.

    Parameters
    ----------
    content : dict
        What the script shows.
    theme : Theme
        The look.
    """

    def __init__(self, content: dict[str, Any], theme: Theme) -> None:
        self._content, self._theme = content, theme

    @property
    def description(self) -> str:
        """What stands in place of the picture for those who do not see it."""
        description: str = self._content["description"]
        return description

    @property
    def code(self) -> str:
        """The script, with that of the shell and the kernel."""
        shared = [asset("elements.js"), asset("shell.js"), kernel_source()]
        return "\n".join([*shared, *map(_own, SCRIPTS)])

    def json(self, *, whole_page: bool = False) -> str:
        """Return what the script shows."""
        from ..training.figure import PALETTES

        looks = {
            **looks_of(self._theme),
            "page": whole_page,
            "style": asset("page.css") + _own("playground.css"),
            "series": {scheme: palette.series for scheme, palette in PALETTES.items()},
        }
        return embedded({**self._content, **looks})


def _own(name: str) -> str:
    return asset(name, __package__)
