"""Layout and rendering: the `dot` program where there is one, else the library in pygraphviz."""

from __future__ import annotations

import contextlib
import io
import logging
import subprocess
import threading

from .fonts import library_fonts

logger = logging.getLogger("visualize")

TIMEOUT = 60.0
"""Seconds after which the `dot` program counts as hanging."""

HOW_TO_INSTALL = (
    "drawing needs Graphviz, and neither the program 'dot' nor the Python package pygraphviz "
    "(which carries it) works here. Install it with: pip install 'pygraphviz>=2.0'"
)

MOST_KEPT = 32
LARGEST_KEPT = 1_000_000
"""So many pictures, of so many bytes with their text, are kept for when they are drawn again."""

kept: dict[tuple[str, str, int | None], bytes] = {}
"""The pictures last made, by what they were made of."""

_one_at_a_time = threading.Lock()  # Graphviz as a library keeps global state


def render(source: str, format: str, dpi: int | None = None) -> tuple[bytes, str | None]:
    """Return the picture of DOT text, and a note where `dot` failed and the library stepped in.

    The same text is laid out once, as long as it is among the last; what went wrong is tried again.

    Parameters
    ----------
    source : str
        The DOT text.
    format : {"svg", "png", "pdf"}
        What to render.
    dpi : int, optional
        Resolution of a PNG.

    Raises
    ------
    RuntimeError
        If Graphviz is missing; says what to install.
    """
    key = (source, format, dpi)
    if key in kept:
        return kept[key], None
    image, note = _by_program(source, format, dpi)
    if image is None:
        image = _by_library(source, format, dpi, note)
    if note is not None:
        logger.info(note)
    elif len(source) + len(image) <= LARGEST_KEPT:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[key] = image
    return image, note


def _by_program(source: str, format: str, dpi: int | None) -> tuple[bytes | None, str | None]:
    """Run `dot`; no image and no note where it is not installed."""
    try:
        from graphviz.backend import dot_command
        from graphviz.encoding import DEFAULT_ENCODING
    except ImportError:
        return None, None
    command = [str(part) for part in dot_command.command("dot", format)]
    if dpi is not None:
        command.append(f"-Gdpi={dpi}")
    try:
        done = subprocess.run(
            command, input=source.encode(DEFAULT_ENCODING), capture_output=True, timeout=TIMEOUT
        )
    except FileNotFoundError:
        return None, None
    except subprocess.TimeoutExpired:
        return None, f"the program dot gave no answer within {TIMEOUT:g} s"
    except OSError as error:
        return None, f"the program dot can't be run ({error})"
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()[:500]
        return None, f"the program dot failed with code {done.returncode}: {said or 'no message'}"
    if not _looks_right(done.stdout, format):
        return None, "the program dot gave no picture"
    image = done.stdout
    if format == "svg":
        # Programs before Graphviz 3 write "transparent" for what later ones call "none". User
        # text has its quotes escaped, so this stands nowhere but in attributes.
        for attribute in (b"stroke", b"fill"):
            image = image.replace(attribute + b'="transparent"', attribute + b'="none"')
    return image, None


def _looks_right(image: bytes, format: str) -> bool:
    if format == "svg":
        return b"</svg>" in image[-100:]
    return image.startswith({"png": b"\x89PNG", "pdf": b"%PDF"}[format])


def _by_library(source: str, format: str, dpi: int | None, note: str | None) -> bytes:
    try:
        import pygraphviz
    except ImportError as error:
        # Its wheels need some libraries of the system, which the error names.
        said = "; ".join(filter(None, (note, f"import pygraphviz: {error}")))
        raise RuntimeError(f"{HOW_TO_INSTALL} ({said})") from error
    # It prints a warning for large graphs, which we have made as quick as we can.
    with _one_at_a_time, library_fonts(), contextlib.redirect_stderr(io.StringIO()):
        graph = pygraphviz.AGraph(string=source)
        try:
            image: bytes = graph.draw(
                format=format, prog="dot", args="" if dpi is None else f"-Gdpi={dpi}"
            )
        finally:
            graph.close()
    return image
