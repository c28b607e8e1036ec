"""Lines of code that fit the page."""

from __future__ import annotations

WIDTH = 96
"""So many letters, behind the indentation of a function, are 100."""


def wrapped(line: str, indent: str = "    ") -> list[str]:
    """A line cut behind commas within brackets, so that it fits.

    Examples
    --------
    >>> [line[-19:] for line in wrapped("f(" + ", ".join(["gradient"] * 12) + ")")]
    ['gradient, gradient,', 'gradient, gradient)']
    """
    if len(line) <= WIDTH:
        return [line]
    pieces = _pieces(line)
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if len(lines[-1]) + len(piece) <= WIDTH:
            lines[-1] += piece
        else:
            lines.append(f"{indent}{piece}")
    return [line.rstrip() for line in lines]


def _pieces(line: str) -> list[str]:
    """The parts that end behind a comma within brackets, outside of strings."""
    pieces, start, depth, quote = [], 0, 0, ""
    skip = False
    for place, letter in enumerate(line):
        if skip:
            skip = False
        elif quote:
            skip = letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == "," and depth and line[place + 1 : place + 2] == " ":
            pieces.append(line[start : place + 2])
            start = place + 2
    return [*pieces, line[start:]]
