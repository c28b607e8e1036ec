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
    if _done or not sys.platform.startswith("linux"):
        yield
        return
    with _without_remarks_of_fontconfig(), _configured():
        yield
        _done = True


@contextmanager
def _configured() -> Iterator[None]:
    if "FONTCONFIG_FILE" in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fonts.conf"
        file.write_text(_configuration(), encoding="utf-8")
        os.environ["FONTCONFIG_FILE"] = str(file)
        try:
            yield
        finally:
            os.environ.pop("FONTCONFIG_FILE", None)


@contextmanager
def _without_remarks_of_fontconfig() -> Iterator[None]:
    """Keep from the terminal what fontconfig says of the system's configuration.

    The library's fontconfig is older than many a system's and complains of every element that it
    does not know, in C, past `sys.stderr`. What else was written meanwhile, by other threads, is
    written afterwards.
    """
    try:
        terminal = os.dup(2)
    except OSError:  # closed
        yield
        return
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
            said.seek(0)
            for line in said:
                if not line.startswith(b"Fontconfig "):
                    os.write(2, line)


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
