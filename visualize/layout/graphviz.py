"""Where Graphviz places things: as the library in pygraphviz, or as the program `dot`."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import subprocess
import threading
from dataclasses import dataclass, field

logger = logging.getLogger("visualize")

TIMEOUT = 60.0
"""Seconds after which the `dot` program counts as hanging."""

HOW_TO_INSTALL = (
    "a simpler layout is used: Graphviz is missing, for neither the program 'dot' nor the Python "
    "package pygraphviz (which carries it) works here. Install it with: "
    "pip install 'pygraphviz>=2.0', or install your system's package graphviz"
)

MOST_KEPT = 64
LARGEST_KEPT = 200_000
"""So many placements, of texts of so many letters, are kept for when they are drawn again."""

Point = tuple[float, float]

_one_at_a_time = threading.Lock()  # Graphviz as a library keeps global state


class GraphvizMissingError(Exception):
    """Neither the program nor the library can be used; says why, and what to install."""


@dataclass(frozen=True)
class Placement:
    """Middles of nodes by name, the points of edges by id; y grows downwards."""

    nodes: dict[str, Point]
    edges: dict[int, list[Point]] = field(default_factory=dict)
    note: str | None = None
    """What went wrong with the program `dot`, where something else stepped in."""


kept: dict[str, Placement] = {}
"""The last placements, by their DOT text."""


def place(source: str, *, small: bool = False) -> Placement:
    """Return where Graphviz places the nodes of DOT text.

    Both ways give the same places. Of a small graph the library answers five times sooner than a
    program is started; a large one can be stopped only in a program. The same text is laid out
    once, as long as it is among the last; what went wrong is tried again.

    Raises
    ------
    GraphvizMissingError
        If it works in neither way; says what to install.
    """
    if source in kept:
        return kept[source]
    text, note = None, None
    if small:
        with contextlib.suppress(ImportError):
            text = _by_library(source)
    if text is None:
        text, note = _by_program(source)
    if text is None:
        try:
            text = _by_library(source)
        except ImportError as error:
            # Its wheels need some libraries of the system, which the error names.
            said = "; ".join(filter(None, (note, f"import pygraphviz: {error}")))
            raise GraphvizMissingError(f"{HOW_TO_INSTALL} ({said})") from error
    placement = _read(text, note)
    if note is not None:
        logger.info(note)
    elif len(source) <= LARGEST_KEPT:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[source] = placement
    return placement


def _read(text: bytes, note: str | None) -> Placement:
    graph = json.loads(text)
    height = float(graph["bb"].split(",")[3])

    def point(written: str) -> Point:
        x, y = written.split(",")
        return float(x), height - float(y)

    nodes = {thing["name"]: point(thing["pos"]) for thing in graph["objects"] if "pos" in thing}
    edges = {
        int(edge["id"]): [point(one) for one in edge["pos"].split() if one[0] not in "es"]
        for edge in graph.get("edges", ())
    }
    return Placement(nodes, edges, note)


def _by_program(source: str) -> tuple[bytes | None, str | None]:
    """Run `dot`; no text and no note where it is not installed."""
    try:
        from graphviz.backend import dot_command
    except ImportError:
        return None, None
    command = [str(part) for part in dot_command.command("dot", "json0")]
    try:
        done = subprocess.run(command, input=source.encode(), capture_output=True, timeout=TIMEOUT)
    except FileNotFoundError:
        return None, None
    except subprocess.TimeoutExpired:
        return None, f"the program dot gave no answer within {TIMEOUT:g} s"
    except OSError as error:
        return None, f"the program dot can't be run ({error})"
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()[:500]
        return None, f"the program dot failed with code {done.returncode}: {said or 'no message'}"
    if not done.stdout.rstrip().endswith(b"}"):
        return None, "the program dot gave no layout"
    return done.stdout, None


def _by_library(source: str) -> bytes:
    import pygraphviz

    # It prints a warning for large graphs, which we have made as quick as we can.
    with _one_at_a_time, contextlib.redirect_stderr(io.StringIO()):
        graph = pygraphviz.AGraph(string=source)
        try:
            text: bytes = graph.draw(format="json0", prog="dot")
        finally:
            graph.close()
    return text
