"""The tables in DOT's HTML that make a wire: the value above a line, the gradient below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..style import Look
from ..text import constant, grid, is_finite, letters_width, number, shown, summary
from .dot_text import html_text

_TABLE = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'

Rows = list[list[str]]
"""The cells of a value, row by row; nested tables would be stretched, so they are kept flat."""


class Cells:
    """Makes the labels of one diagram.

    Graphviz measures text with the fonts of this machine; whoever opens the SVG may have others.
    So every cell asks for the width that its text takes in a wide font.
    """

    def __init__(self, look: Look) -> None:
        self.theme = look.theme
        self.format = look.number_format
        self.across = look.across
        self.line_height = math.ceil(1.25 * self.theme.font_size)

    # --- whole labels -------------------------------------------------------------------------

    def line(
        self,
        name: str | None,
        value: Any,
        gradient: Any,
        remark: str | None,
        *,
        leaf: bool,
        name_first: bool,
    ) -> str:
        """A wire from left to right: value above, gradient below, the name at its left."""
        above, below = self._halves(value, gradient, self.theme.value)
        height = len(above)
        wide = len(above[0])
        if not leaf and name is not None:
            # The name of a result stands before its value: q = 4.
            label = self._text(f"{shown(name)} =", self.theme.text)
            above[0].insert(0, self._cell(label, rowspan=height))
            below[0].insert(0, self._cell("", rowspan=height))
            wide += 1
        if remark is not None:
            cell = self._cell(self._text(remark, self.theme.warning, small=True), colspan=wide)
            above.insert(0, [cell])
            below.append([self._cell("", colspan=wide)])
        wire = self._across(above, below)
        if not leaf or name is None:
            return wire
        label = self._cell(self._text(shown(name), self.theme.text))
        whole = [label, self._cell(wire)]
        return self._table([whole if name_first else whole[::-1]])

    def column(self, name: str | None, value: Any, gradient: Any, remark: str | None) -> str:
        """A wire from top to bottom: value at its left, gradient at its right, the name above."""
        left, right = self._halves(value, gradient, self.theme.value)
        for text, colour, small in (
            (name, self.theme.text, False),
            (remark, self.theme.warning, True),
        ):
            if text is not None:
                cell = self._text(shown(text), colour, small=small)
                left.insert(0, [self._cell(cell, colspan=len(left[-1]))])
                right.insert(0, [self._cell("", colspan=len(right[-1]))])
        return self._along(left, right)

    def record(self, name: str | None, value: Any, gradient: Any, remark: str | None) -> str:
        """A box with cells, as micrograd draws it."""
        theme = self.theme
        parts = [] if name is None else [self._text(shown(name), theme.text)]
        if remark is not None:
            parts.append(self._text(remark, theme.warning, small=True))
        parts.append(self._titled("data", value, theme.value))
        if gradient is not None:
            parts.append(self._titled("grad", gradient, theme.gradient))
        cells = "".join(f"<TD>{part}</TD>" for part in parts)
        return (
            f'<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="4" '
            f'COLOR="{theme.line}" BGCOLOR="{theme.fill}"><TR>{cells}</TR></TABLE>'
        )

    def _titled(self, title: str, value: Any, colour: str) -> str:
        rows = self._value(value, colour)
        rows[0].insert(0, self._cell(self._text(title, self.theme.text), rowspan=len(rows)))
        return self._table(rows)

    def constant(self, value: Any) -> str:
        """A constant operand: its number or its entries in plain text."""
        if np.ndim(value):
            return self._table(self._value(value, self.theme.text))
        return self._text(constant(value, self.format), self.theme.text)

    def branch(self, local_gradient: Any, contribution: Any) -> str:
        """A piece of line before an operation: the local gradient, and a fork's contribution."""
        above, below = self._halves(local_gradient, contribution, self.theme.local)
        return self._across(above, below) if self.across else self._along(above, below)

    def layer(self, title: Sequence[str], forward: Sequence[str], backward: Sequence[str]) -> str:
        """A layer: a box with its title, the way forward above it, the way back below.

        From left to right the box stands in the middle, so that wires run straight through; from
        top to bottom the formulas stand at its sides.
        """
        theme = self.theme
        lines = [
            [self._cell(self._text(text, theme.text, small=number > 0))]
            for number, text in enumerate(title)
        ]
        box = (
            f'<TD PORT="box" BORDER="1" CELLPADDING="5" COLOR="{theme.line}" '
            f'BGCOLOR="{theme.fill}">{self._table(lines)}</TD>'
        )
        above = self._formulas(forward, theme.value)
        below = self._formulas(backward, theme.gradient)
        if self.across:
            most = max(len(above), len(below))
            empty = [self._cell("")]
            above = [empty] * (most - len(above)) + above
            below = below + [empty] * (most - len(below))
            return self._table([*above, [box], *below])
        left, right = (self._cell(self._table(side) if side else "") for side in (above, below))
        return self._table([[left, box, right]])

    def fold(self, title: str, forward: Sequence[str], backward: Sequence[str]) -> str:
        """What stands in the box of a folded layer: the way forward above its name, back below."""
        name = [[self._cell(self._text(title, self.theme.text))]]
        above = self._formulas(forward, self.theme.value)
        return self._table([*above, *name, *self._formulas(backward, self.theme.gradient)])

    def _formulas(self, texts: Sequence[str], colour: str) -> Rows:
        return [[self._cell(self._text(text, colour, small=True))] for text in texts]

    def passing(self, name: str | None, shape: str) -> str:
        """A wire between two layers, and the shape of one sample beside it."""
        value = [[self._cell(self._text(shape, self.theme.value) if shape else "")]]
        empty = [[self._cell("")]]
        label = [] if name is None else [self._cell(self._text(name, self.theme.text))]
        if self.across:
            return self._table([[*label, self._cell(self._across(value, empty))]])
        left = [label, *value] if label else value
        return self._along(left, empty * len(left))

    # --- the line between two halves -----------------------------------------------------------

    def _across(self, above: Rows, below: Rows) -> str:
        """A line from left to right. As the halves have equal rows, it runs through the middle."""
        wide = max(len(row) for row in above)
        least = math.ceil(2.2 * self.theme.font_size)
        air = [f'<TD COLSPAN="{wide}" HEIGHT="2"></TD>']
        rule = (
            f'<TD PORT="line" COLSPAN="{wide}" WIDTH="{least}" HEIGHT="1" '
            f'BGCOLOR="{self.theme.line}"></TD>'
        )
        return self._table([*above, air, [rule], air, *below])

    def _along(self, left: Rows, right: Rows) -> str:
        """A line from top to bottom."""
        spans = f'ROWSPAN="{len(left)}"'
        rule = (
            f'<TD {spans} WIDTH="3"></TD>'
            f'<TD PORT="line" {spans} WIDTH="1" BGCOLOR="{self.theme.line}"></TD>'
            f'<TD {spans} WIDTH="3"></TD>'
        )
        pairs = enumerate(zip(left, right, strict=True))
        return self._table([[*a, rule if row == 0 else "", *b] for row, (a, b) in pairs])

    # --- values -------------------------------------------------------------------------------

    def _halves(self, value: Any, gradient: Any, colour: str) -> tuple[Rows, Rows]:
        """The rows of a value and of its gradient; without a gradient as many that are empty."""
        above = self._value(value, colour)
        if gradient is not None:
            return above, self._value(gradient, self.theme.gradient, with_shape=False)
        return above, [[self._cell("", colspan=len(row))] for row in above]

    def _value(self, value: Any, colour: str, *, with_shape: bool = True) -> Rows:
        if not np.ndim(value):
            text = self._text(number(value, self.format), self._checked(value, colour))
            return [[self._cell(text)]]
        rows = grid(value, self.format)
        if rows is None:
            line = summary(value, self.format, with_shape=with_shape)
            return [[self._cell(self._text(line, self._checked(value, colour), small=True))]]
        return self._grid(rows, np.asarray(value), colour)

    def _grid(self, rows: list[list[str]], value: Any, colour: str) -> Rows:
        """A matrix between square brackets, which are borders of narrow cells."""
        entries = value.reshape(len(rows), len(rows[0]))
        last = len(rows) - 1
        cells = []
        bracket = f'BORDER="1" COLOR="{colour}" WIDTH="4" HEIGHT="{self.line_height}"'
        for i, row in enumerate(rows):
            ends = ("T" if i == 0 else "") + ("B" if i == last else "")
            inside = [
                f'<TD WIDTH="{self._width(text)}" HEIGHT="{self.line_height}">'
                f"{self._font(text, self._checked(entries[i, j], colour))}</TD>"
                for j, text in enumerate(row)
            ]
            left, right = (f'<TD {bracket} SIDES="{side}{ends}"></TD>' for side in "LR")
            cells.append([left, *inside, right])
        return cells

    def _checked(self, value: Any, colour: str) -> str:
        return colour if is_finite(value) else self.theme.warning

    # --- text and tables ----------------------------------------------------------------------

    def _font(self, text: str, colour: str, *, small: bool = False) -> str:
        size = f' POINT-SIZE="{0.85 * self.theme.font_size:g}"' if small else ""
        return f'<FONT COLOR="{colour}"{size}>{html_text(text)}</FONT>'

    def _text(self, text: str, colour: str, *, small: bool = False) -> str:
        """A text in a table of its own, wide enough for it in any font."""
        return (
            f'<TABLE {_TABLE}><TR><TD WIDTH="{self._width(text, small)}">'
            f"{self._font(text, colour, small=small)}</TD></TR></TABLE>"
        )

    def _cell(self, content: str, *, colspan: int = 1, rowspan: int = 1) -> str:
        spans = f' COLSPAN="{colspan}"' if colspan > 1 else ""
        spans += f' ROWSPAN="{rowspan}"' if rowspan > 1 else ""
        return f'<TD{spans} HEIGHT="{self.line_height * rowspan}">{content}</TD>'

    def _table(self, rows: Rows) -> str:
        lines = "".join(f"<TR>{''.join(row)}</TR>" for row in rows)
        return f"<TABLE {_TABLE}>{lines}</TABLE>"

    def _width(self, text: str, small: bool = False) -> int:
        size = self.theme.font_size * (0.85 if small else 1.0)
        return math.ceil(size * (letters_width(text, fullwidth=1.35, other=0.66) + 0.5))
