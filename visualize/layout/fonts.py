"""Fonts for the Graphviz inside pygraphviz, also on a machine that has none."""

from __future__ import annotations

import html
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
{folders}
<dir prefix="xdg">fonts</dir>
<cachedir>/var/cache/fontconfig</cachedir>
<cachedir prefix="xdg">fontconfig</cachedir>
{aliases}
</fontconfig>
"""
_ALIAS = (
    '<alias binding="same"><family>{family}</family><accept>'
    "<family>Liberation Sans</family><family>Arimo</family><family>Nimbus Sans</family>"
    "<family>DejaVu Sans</family></accept></alias>"
)

_done = False


@contextmanager
def library_fonts() -> Iterator[None]:
    """Tell the library where fonts are, on the first call of the process.

    A fresh Linux container has no fonts and no configuration of them, and a picture would have no
    text: matplotlib's fonts step in. The library reads its configuration once, when it first needs
    a font; the environment variable is there only for that moment, and a user's own goes first.
    """
    global _done
    if _done or not sys.platform.startswith("linux") or "FONTCONFIG_FILE" in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fonts.conf"
        file.write_text(_configuration(), encoding="utf-8")
        os.environ["FONTCONFIG_FILE"] = str(file)
        try:
            yield
            _done = True
        finally:
            os.environ.pop("FONTCONFIG_FILE", None)


def _configuration() -> str:
    folders = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("~/.fonts")]
    matplotlib = find_spec("matplotlib")  # finds it without importing it
    if matplotlib is not None and matplotlib.origin is not None:
        folders.append(Path(matplotlib.origin).parent / "mpl-data" / "fonts" / "ttf")
    families = ("Helvetica", "Arial", "sans-serif")
    return _CONFIGURATION.format(
        folders="\n".join(f"<dir>{html.escape(str(path))}</dir>" for path in folders),
        aliases="\n".join(_ALIAS.format(family=family) for family in families),
    )
