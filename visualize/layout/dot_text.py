"""DOT text: any string made safe for it, and the statements that every graph of ours has."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from ..style import Look

LONGEST_TOOLTIP = 1000

BACKSLASH_GRAPH = r"digraph <\> {"
"""How DOT text opens that has backslashes from `html_text`: a graph whose name is one."""


def html_text(string: str) -> str:
    r"""Escape one line of text for a DOT label in angle brackets.

    There DOT still expands \N to the name of the node and \G to that of the graph, and has no
    escape for a backslash: the graph's name has to stand in.
    """
    return html.escape(string, quote=True).replace("\\", r"\G")


def quoted(string: str) -> str:
    r"""Return `string` as a DOT string in quotes, in which nothing expands.

    Examples
    --------
    >>> print(quoted('say "hi" & <b>'))
    "say \"hi\" &amp; <b>"
    """
    return _in_quotes(string, "\\\\")


def quoted_tooltip(string: str) -> str:
    """The same for a tooltip, whose backslashes DOT reads twice."""
    return _in_quotes(string, "\\\\" * 2)


def _in_quotes(string: str, backslash: str) -> str:
    # DOT takes \" for a quote, \\ for a backslash (else \N is the node's name), \n for a line
    # break, and entities such as &lt; for what they stand for.
    escaped = string.replace("&", "&amp;").replace("\\", backslash).replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n") + '"'


def document(lines: Sequence[str]) -> str:
    """Return the statements of a graph as DOT text."""
    opening = BACKSLASH_GRAPH if any(r"\G" in line for line in lines) else "digraph {"
    return "\n".join([opening, *lines, "}"]) + "\n"


def defaults(look: Look, graph: dict[str, str], node: dict[str, str]) -> list[str]:
    """Return the statements of what holds for the graph, and for every node and edge of it."""
    theme = look.theme
    text = {
        "fontname": theme.font,
        "fontsize": f"{theme.font_size:g}",
        "fontcolor": theme.text,
    }
    ground = {"rankdir": look.rankdir, "bgcolor": theme.background, "pad": "0.15"}
    return [
        f"graph [{attributes(ground | text | graph)}]",
        f"node [{attributes(text | node)}]",
        f"edge [{attributes({'arrowhead': 'none', 'color': theme.line})}]",
    ]


def attributes(values: Mapping[str, str]) -> str:
    """Return ``key="value"`` pairs."""
    return " ".join(f"{key}={quoted(value)}" for key, value in values.items())


def statement(id: str, label: str, tooltip: str) -> str:
    """Return the statement of a part that is its label alone, without an outline."""
    return (
        f"{id} [shape=plain style=solid label={label} "
        f"tooltip={quoted_tooltip(tooltip[:LONGEST_TOOLTIP])}]"
    )
