"""Matrices with their entries, drawn as cells on axes without scales."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..text import literal, number
from .figure import Axes, font_size, palette, size_in_points

WIDE = 0.62
"""The width of a letter, in units of its size."""

Entries = Sequence[Sequence[str]]
"""What stands in a matrix, row by row, as matplotlib takes it."""


class Board:
    """Axes in units of a cell, from the left upper corner downwards.

    Parameters
    ----------
    ax : matplotlib Axes
        Where to draw.
    width, height : float
        How many cells have room.
    letters : float
        How many letters the longest entry has: the size of the text follows.
    """

    def __init__(self, ax: Axes, width: float, height: float, letters: float = 3.0) -> None:
        ax.set_xlim(-0.05, width + 0.05)  # half of a line is outside of its cell
        ax.set_ylim(height, 0)
        ax.set_aspect("equal")
        ax.set_axis_off()
        self.ax = ax
        across, down = size_in_points(ax)
        self.points = min(across / width, down / height)
        """The side of a cell."""
        self.size = font_size(min(0.5 * self.points, self.points / (WIDE * max(letters, 1.0))))
        self.colours = palette(ax)

    def text(self, x: float, y: float, words: str, *, size: float = 1.0, **style: Any) -> None:
        """Write words that matplotlib may read as mathematics; `size` is a share of the usual."""
        style = {"ha": "center", "va": "center", "color": self.colours.text, **style}
        self.ax.text(x, y, words, fontsize=max(4.5, size * self.size), **style)

    def cells(
        self,
        left: float,
        top: float,
        entries: Entries,
        *,
        fills: npt.NDArray[Any] | None = None,
        width: float = 1.0,
        colours: Any = None,
    ) -> None:
        """Draw a box per entry; `fills` holds a colour for each, `colours` one for each text."""
        from matplotlib.patches import Rectangle

        for i, row in enumerate(entries):
            for j, entry in enumerate(row):
                face = "none" if fills is None else fills[i][j]
                corner = (left + j * width, top + i)
                self.ax.add_patch(
                    Rectangle(
                        corner, width, 1.0, facecolor=face, edgecolor=self.colours.neutral, lw=0.8
                    )
                )
                if entry:
                    ink = self.colours.text if colours is None else colours[i][j]
                    self.text(left + (j + 0.5) * width, top + i + 0.5, entry, color=ink)

    def arrow(self, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
        """Draw an arrow."""
        self.ax.annotate(
            "",
            end,
            start,
            arrowprops={
                "arrowstyle": "-|>",
                "color": colour,
                "shrinkA": 0,
                "shrinkB": 0,
                "lw": 1.2,
            },
        )


def tints(ax: Axes, groups: npt.ArrayLike, *, strength: float = 0.3) -> npt.NDArray[Any]:
    """Return for each group number a light shade of its colour, on which text stays legible."""
    from matplotlib.colors import to_rgba

    series = palette(ax).series
    numbers = np.asarray(groups)
    shades = np.empty(numbers.shape, object)
    for place, group in np.ndenumerate(numbers):
        shades[place] = to_rgba(series[int(group) % len(series)], strength)
    return shades


def written(matrix: npt.ArrayLike, number_format: str) -> list[list[str]]:
    """Return the entries of a matrix as text.

    Examples
    --------
    >>> written([[1.0, -0.5]], ".4g")
    [['1', '-0.5']]
    """
    return [
        [literal(number(entry, number_format)) for entry in row] for row in np.atleast_2d(matrix)
    ]


def longest(*matrices: Entries) -> int:
    """Return the letters of the longest entry."""
    return max((len(entry) for matrix in matrices for row in matrix for entry in row), default=1)
