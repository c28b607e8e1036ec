"""What is written at a wire or in a box: lines of text, or a matrix; measured, then placed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..lettering import Runs, formula_runs, name_runs, plain, width
from ..live.numbers import is_live
from ..style import Look
from ..templates import now
from ..text import Unknown, constant, grid, is_finite, number, shape_text, shown, size_and_range
from .sheet import Half, Point, Shape, letters

LINE = 1.23
"""The height of a line of text, in units of its size."""

_NUMBER = re.compile(r"[-+\d.][\d.,_e+-]*|nan|inf")

BASELINE = 0.74
"""Where the base line of a text stands in its line, from above."""


@dataclass(frozen=True)
class Block:
    """Shapes around an origin, which is the left upper corner, and the room that they take."""

    width: float = 0.0
    height: float = 0.0
    shapes: tuple[Shape, ...] = ()

    def at(self, left: float, top: float, part: str = "", half: Half = "") -> list[Shape]:
        """The shapes at a place, as parts of something."""
        return [
            replace(
                shape,
                points=tuple([(x + left, y + top) for x, y in shape.points]),
                part=part,
                half=shape.half if shape.half.endswith("symbol") else half or shape.half,
            )
            for shape in self.shapes
        ]

    def of(self, half: Half) -> Block:
        """The block as one half of a wire, also where it stands in a larger block."""
        return replace(self, shapes=tuple([replace(shape, half=half) for shape in self.shapes]))

    def __bool__(self) -> bool:
        return bool(self.shapes)


NOTHING = Block()


def stacked(blocks: Iterable[Block]) -> Block:
    """Return blocks one below the other, their middles on one line.

    Examples
    --------
    >>> stacked([Block(10, 5), Block(20, 5)]).height
    10.0
    """
    blocks = list(blocks)
    wide = max((block.width for block in blocks), default=0.0)
    shapes: list[Shape] = []
    top = 0.0
    for block in blocks:
        shapes += block.at((wide - block.width) / 2, top)
        top += block.height
    return Block(wide, top, tuple(shapes))


def in_one_place(*blocks: Block, across: float = 0.5, down: float = 0.5) -> Block:
    """Return blocks over each other, of which one at a time is shown: in room for each.

    Examples
    --------
    >>> place = in_one_place(Block(10, 5), Block(4, 8))
    >>> place.width, place.height
    (10, 8)
    """
    wide = max(block.width for block in blocks)
    high = max(block.height for block in blocks)
    shapes = [
        block.at((wide - block.width) * across, (high - block.height) * down) for block in blocks
    ]
    return Block(wide, high, tuple(shape for some in shapes for shape in some))


def beside(*blocks: Block, gap: float = 0.0) -> Block:
    """Return blocks one beside the other, their middles on one line."""
    blocks = tuple(block for block in blocks if block)
    high = max((block.height for block in blocks), default=0.0)
    shapes: list[Shape] = []
    left = 0.0
    for block in blocks:
        shapes += block.at(left, (high - block.height) / 2)
        left += block.width + gap
    return Block(max(0.0, left - gap), high, tuple(shapes))


class Blocks:
    """Writes the blocks of one picture."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.format = look.number_format
        self.size = look.theme.font_size
        self.line_height = LINE * self.size

    # --- text ---------------------------------------------------------------------------------

    def text(self, runs: str | Runs, colour: str = "text", *, small: bool = False) -> Block:
        """One line."""
        size = self.size * (0.85 if small else 1.0)
        runs = plain(runs) if isinstance(runs, str) else runs
        wide = width(runs, size)
        height = LINE * size
        made = letters(runs, (wide / 2, BASELINE * height), size, colour)
        return Block(wide, height, (made,))

    def name(self, name: str, after: str = "") -> Block:
        """A user's name."""
        runs = name_runs(shown(name))
        return self.text((*runs, *plain(after)) if after else runs)

    def formula(self, text: str, colour: str, *, small: bool = False) -> Block:
        """A formula, with the names in it as mathematics."""
        return self.text(formula_runs(text), colour, small=small)

    # --- numbers ------------------------------------------------------------------------------

    def value(
        self, value: Any, colour: str, *, with_shape: bool = True, upright: bool = False
    ) -> Block:
        """A number, the entries of a small array, or the shape and the range of a large one.

        A vector is a row, or `upright` a column.
        """
        if isinstance(value, str):
            return self.formula(value, colour)
        if isinstance(value, Unknown):
            return self.text(shape_text(value.shape), colour)
        if not np.ndim(value):
            return self._number(number(value, self.format), self._checked(value, colour))
        if upright and np.ndim(value) == 1 and np.size(value) <= max(self.look.grid, 1):
            value = value.reshape(-1, 1)
        rows = grid(value, self.format, self.look.grid)
        if rows is not None:
            return self._matrix(rows, np.asanyarray(value), colour)
        shape, extent = size_and_range(value, self.format)
        colour = self._checked(value, colour)
        lines = [self.text(shape, colour)] if with_shape else []
        return stacked([*lines, self._number(extent, colour)])

    def constant(self, value: Any, *, upright: bool = False) -> Block:
        """A constant operand: its number or its entries in plain text."""
        if np.ndim(value):
            return self.value(value, "text", upright=upright)
        return self._number(constant(value, self.format), "text")

    def _number(self, text: str, colour: str) -> Block:
        """Numbers in a line, with room for others."""
        block = self.text(text, colour)
        (shape,) = block.shapes
        wide = self._room(text)
        points = ((wide / 2, shape.points[0][1]),)
        return replace(block, width=wide, shapes=(replace(shape, points=points),))

    def _room(self, text: str) -> float:
        """How wide numbers may become: each has as many letters as the look reserves."""
        text, room = now(text), "0" * self.look.room
        widest = _NUMBER.sub(lambda found: max(found[0], room, key=len), text)
        return max(width(text, self.size), width(widest, self.size))

    def _matrix(self, rows: Sequence[Sequence[str]], value: Any, colour: str) -> Block:
        """A matrix between square brackets; its columns as wide as their widest number."""
        entries = value.reshape(len(rows), len(rows[0]))
        size, height = self.size, self.line_height
        gap, bracket = 0.6 * size, 0.3 * size
        widths = [max(self._room(row[j]) for row in rows) for j in range(len(rows[0]))]
        middles: list[float] = []
        left = bracket + 0.15 * size
        for wide in widths:
            middles.append(left + wide / 2)
            left += wide + gap
        # Row by row, as one reads and copies them.
        shapes = [
            letters(text, (x, (i + BASELINE) * height), size, self._checked(entries[i, j], colour))
            for i, row in enumerate(rows)
            for j, (x, text) in enumerate(zip(middles, row, strict=True))
        ]
        whole = left - gap + 0.15 * size + bracket
        bottom = len(rows) * height
        for edge, inner in ((0.5, bracket), (whole - 0.5, whole - bracket)):
            corners: tuple[Point, ...] = (
                (inner, 1.0), (edge, 1.0), (edge, bottom - 1.0), (inner, bottom - 1.0)
            )  # fmt: skip
            shapes.append(Shape("path", corners, None, colour, commands="MLLL"))
        return Block(whole, bottom, tuple(shapes))

    def _checked(self, value: Any, colour: str) -> str:
        # Of a number that may change the page decides, whenever it does.
        return colour if is_live(value) or is_finite(value) else "warning"


def even(length: float) -> int:
    """Return a length rounded up to an even number of points, whose half is whole.

    Examples
    --------
    >>> even(7.2), even(8)
    (8, 8)
    """
    return 2 * math.ceil(length / 2)
