"""What all interactive pages share: an image, data beside it, and one script that takes over."""

from __future__ import annotations

import html
import json
import re
import secrets
from abc import ABC, abstractmethod
from functools import cache
from importlib.resources import files
from typing import Any

from autograd_core import Program
from autograd_core.program import UnsupportedOperationError
from autograd_core.program.javascript import exported

from ..formats.document import document
from ..formats.svg import image_tag
from ..style import ROLES, THEMES, Theme

LARGEST_IMAGE = 60_000
"""Up to this size a page of its own has the image too, for readers without scripts."""

MARGINS = "<style>body { margin: 0 }</style>"


class Shell(ABC):
    """A page that stands in the place of an image, in a file of its own or in a notebook."""

    @property
    @abstractmethod
    def description(self) -> str:
        """What stands in place of the image for those who do not see it."""

    @property
    @abstractmethod
    def code(self) -> str:
        """The script, with that of the shell; it defines ``display(host, data)``."""

    @abstractmethod
    def json(self, *, whole_page: bool = False) -> str:
        """Return what the script shows, as `embedded` writes it.

        Parameters
        ----------
        whole_page : bool, default False
            Whether it has a page to itself, and not a place in a notebook.
        """

    def document(self, svg: str) -> str:
        """Return the page as a file of its own."""
        image = image_tag(svg, self.description)
        if len(svg) > LARGEST_IMAGE:
            image = f"<p>{html.escape(self.description, quote=True)}</p>"
        body = image + data_element(self.json(whole_page=True), graph="page")
        return document(self.description, MARGINS, body, self._script("page"))

    def fragment(self, svg: str) -> str:
        """Return what a notebook shows: an image, and the script that puts the page in its place.

        Where scripts may not run, the image stays. Each call has ids of its own.
        """
        token = secrets.token_hex(8)
        data = data_element(self.json(), graph=token)
        return f"{image_tag(svg, self.description)}{data}<script>{self._script(token)}</script>"

    def _script(self, token: str) -> str:
        return in_one(f'{self.code}\ntakeOver(document.currentScript, "{token}", display);\n')


def data_element(json: str, **names: str) -> str:
    """Return the element that holds what a script shows.

    Examples
    --------
    >>> data_element("{}", graph="page")
    '<script type="application/json" data-graph="page">{}</script>'
    """
    attributes = "".join(f' data-{name}="{value}"' for name, value in names.items())
    return f'<script type="application/json"{attributes}>{json}</script>'


def in_one(code: str) -> str:
    r"""Return a script whose names are its own.

    Examples
    --------
    >>> in_one("const x = 1;")
    '(() => {\n"use strict";\nconst x = 1;})();'
    """
    return f'(() => {{\n"use strict";\n{code}}})();'


@cache
def asset(name: str, package: str = __package__) -> str:
    """Return the text of a file of a package, by default of this one.

    Examples
    --------
    >>> asset("shell.js").startswith("//")
    True
    """
    return (files(package) / name).read_text(encoding="utf-8")


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


# --- light and dark -------------------------------------------------------------------------------


def looks_of(theme: Theme) -> dict[str, Any]:
    """Return what a page is told of its theme: for light and dark, and its letters.

    Examples
    --------
    >>> looks_of(THEMES["dark"])["scheme"], looks_of(THEMES["lecture"])["scheme"]
    ('dark', None)
    """
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


def program_data(program: Program, instead: str) -> dict[str, Any]:
    """Return a program as data for the page's kernel.

    Parameters
    ----------
    program : Program
        What the page computes.
    instead : str
        What to write where the page can't run it, for the error.

    Raises
    ------
    UnsupportedOperationError
        If the kernel has no way to run an operation; it is named.

    Examples
    --------
    >>> data = program_data(Program.record(lambda x: x * x, 2.0), "Write draw(f)")
    >>> [step[0] for step in data["steps"]]
    ['multiply']
    """
    try:
        return exported(program)
    except UnsupportedOperationError as error:
        raise UnsupportedOperationError(f"{error}. {instead}") from error
