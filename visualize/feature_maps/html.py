"""The page of feature maps: one text without links to anything outside of it."""

from __future__ import annotations

from typing import Any

from ..page.shell import Shell, asset, embedded, looks_of
from ..style import Theme


class FeatureMapsPage(Shell):
    """The page; without scripts there is the result as an image.

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
        """What stands in place of the image for those who do not see it."""
        description: str = self._content["description"]
        return description

    @property
    def code(self) -> str:
        """The script, with that of the shell."""
        own = asset("feature_maps.js", __package__)
        return "\n".join([asset("elements.js"), asset("shell.js"), own])

    def json(self, *, whole_page: bool = False) -> str:
        """Return what the script shows."""
        from ..training.figure import PALETTES

        looks = {
            **looks_of(self._theme),
            "page": whole_page,
            "style": asset("page.css") + asset("feature_maps.css", __package__),
            "series": {scheme: palette.series[:2] for scheme, palette in PALETTES.items()},
        }
        return embedded({**self._content, **looks})
