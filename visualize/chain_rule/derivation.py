"""Writes the chain rule of one gradient: as plain text, or as LaTeX."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autograd_core.backpropagation import ancestors

from ..text import shape_text
from .factors import FIRST, LAST, Factors
from .formulas import ONE, in_matrices
from .notation import Notation, Term, labels_of
from .paths import ChainRule, Path

MOST_MATRICES = 24
"""So many steps of a path between arrays are written."""

MOST_TERMS = 6
"""A sum of the contributions of more paths is not written out."""

WIDEST = 100
"""Longer equations are broken before their equals signs."""


class Derivation:
    """Writes one explanation."""

    def __init__(self, rule: ChainRule, *, latex: bool) -> None:
        self.rule = rule
        self.paths, self.count, self.value = rule.paths, rule.count, rule.value
        self.in_numbers = all(node.size == 1 for node in rule.ways)
        labels = labels_of(ancestors(rule.root), rule.root)
        self.n = Notation(labels, rule.number_format, latex)
        self.root = self.n.label(rule.root)
        self.gradient = self.n.partial(self.root, self.n.label(rule.wrt))
        self.factors = Factors(rule, self.n)
        self.legend: dict[str, str] = {}

    # --- whole explanations -------------------------------------------------------------------

    def lines(self) -> list[str]:
        """The explanation in plain text, line by line."""
        if not self.paths:
            return [f"{self.gradient} = {self.n.value(self.value)}: no path carries a gradient"]
        if not self.in_numbers:
            return self._array_lines()
        equations = [self._equation(path) for path in self.paths]
        if self.count == 1:
            lines = _broken([self.gradient, *equations[0]])
        else:
            lines = [self._heading()]
            for number, (path, parts) in enumerate(zip(self.paths, equations, strict=True), 1):
                lines.append(f"  path {number}: {self._route(path)}")
                lines += [f"    {line}" for line in _broken(["", *parts])]
            lines += self._sum_lines()
        for number, text in enumerate(self.legend.values()):
            lines.append(("  with " if number == 0 else "       ") + text)
        return lines

    def display(self) -> str:
        """The explanation as one display in LaTeX."""
        if not self.paths:
            return f"$\\displaystyle {self.gradient} = {self.n.value(self.value)}$"
        rows = []
        if self.count > len(self.paths):
            many = written_count(self.count)
            if "^" in many:
                power = rf"10^{{{many.partition('^')[2]}}}"
                many = f"{self.n.words('about ')}{power}"
            else:
                many = self.n.words(many)
            rest = self.n.words(f" paths, of which these {len(self.paths)} contribute most:")
            rows.append(f"& {many}{rest}")
        if not self.in_numbers:
            for number, path in enumerate(self.paths, 1):
                if self.count > 1:
                    rows.append(self.n.words(f"path {number}:"))
                rows += [
                    rf"{left} &= {right} && {shapes}"
                    for left, right, shapes in self._matrix_steps(path)
                ]
        elif self.count == 1:
            first, *others = self._equation(self.paths[0])
            rows = [rf"{self.gradient} &= {first}", *(f"&= {part}" for part in others)]
        else:
            for number, path in enumerate(self.paths, 1):
                parts = " = ".join(self._equation(path))
                rows.append(rf"{self.n.words(f'path {number}')} &: \quad {parts}")
        if self.count > 1 or not self.in_numbers:
            rows.append(rf"{self.gradient} &= {' = '.join(self._total())}")
        rows += [text.replace(" = ", " &= ", 1) for text in self.legend.values()]
        return "$\\displaystyle \\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}$"

    def _heading(self) -> str:
        value = self.n.value(self.value)
        if self.count <= len(self.paths):
            return f"{self.gradient} = {value}: the sum over {self.count} paths"
        return (
            f"{self.gradient} = {value}: the sum over {written_count(self.count)} paths; "
            f"these {len(self.paths)} contribute most"
        )

    def _total(self) -> list[str]:
        """The sum of what the paths contribute, and what it gives."""
        values = [path.value for path in self.paths]
        if self.count == 1:
            return [self.n.value(self.value)]
        if len(values) > MOST_TERMS or self.count > len(values) or np.ndim(values[0]):
            names = [self.n.words(f"path {number}") for number in (1, 2)]
            added = " + ".join([*names, self.n.dots] if self.count > 2 else names)
        else:
            added = " + ".join(map(self.n.number, values)).replace("+ -", "- ")
        return [added, self.n.value(self.value)]

    def _sum_lines(self) -> list[str]:
        if self.count > len(self.paths):
            return []
        return _broken([f"  {self.gradient}", *self._total()])

    def _route(self, path: Path) -> str:
        """The nodes that a path passes, from the root."""
        left_out = len(path.nodes) - FIRST - LAST
        if left_out <= 1:
            return " ← ".join(map(self.n.label, path.nodes))
        first, last = (map(self.n.label, some) for some in (path.nodes[:FIRST], path.nodes[-LAST:]))
        return " ← ".join([*first, f"… {left_out:,} more …", *last])

    # --- numbers ------------------------------------------------------------------------------

    def _equation(self, path: Path) -> list[str]:
        """The product of one path: in symbols, in numbers, its value."""
        value = self.n.number(path.value.item())
        if not path.steps:
            return [value]
        factors = self.factors.of(path)
        for factor in factors:
            if factor.meaning is not None:
                self.legend.setdefault(factor.symbol.text, factor.meaning)
        parts = [self.n.chain(*(factor.symbol for factor in factors)).text]
        if len(factors) > 1:
            numbers = (
                Term(self.n.dots) if factor.value is None else self.n.number_term(factor.value)
                for factor in factors
            )
            parts.append(self.n.chain(*numbers).text)
        return parts if parts[-1] == value else [*parts, value]

    # --- arrays -------------------------------------------------------------------------------

    def _array_lines(self) -> list[str]:
        shape = shape_text(self.rule.wrt.shape)
        if self.count == 1:
            lines = [f"{self.gradient}, {shape}: one path"]
            lines += [f"  {line}" for line in _columns(self._matrix_steps(self.paths[0]))]
            return [*lines, f"  {self.gradient} = {self.n.value(self.value)}"]
        lines = [f"{self.gradient}, {shape}: the sum over {written_count(self.count)} paths"]
        if self.count > len(self.paths):
            lines[0] += f"; these {len(self.paths)} contribute most"
        for number, path in enumerate(self.paths, 1):
            lines.append(f"  path {number}: {self._route(path)}")
            lines += [f"    {line}" for line in _columns(self._matrix_steps(path))]
            lines.append(f"    = {self.n.value(path.value)}")
        return [*lines, f"  {self.gradient} = {' = '.join(self._total())}"]

    def _matrix_steps(self, path: Path) -> list[tuple[str, str, str]]:
        """For each step the gradient that it passes on, how, and the shapes."""
        steps = list(path.steps)
        dots = r"\vdots" if self.n.latex else "…"
        left_out = len(steps) - MOST_MATRICES
        rows = []
        for number, (node, position, x) in enumerate(steps):
            if left_out > 1 and MOST_MATRICES - LAST <= number < len(steps) - LAST:
                if number == MOST_MATRICES - LAST:
                    rows.append((dots, self.n.words(f"{left_out:,} more steps"), ""))
                continue
            upstream = self.n.partial_term(self.root, node) if number else ONE
            right, shapes = in_matrices(self.n, node, position, upstream)
            rows.append((self.n.partial_term(self.root, x).text, right.text, shapes))
        return rows


# --- helpers -------------------------------------------------------------------------------------


def written_count(count: int) -> str:
    """Return a number of paths in words, also one with thousands of digits.

    Examples
    --------
    >>> written_count(1234), written_count(2**100_000)
    ('1,234', 'about 10^30103')
    """
    return f"{count:,}" if count < 10**15 else f"about 10^{round(math.log10(count))}"


def _broken(parts: Sequence[str]) -> list[str]:
    """An equation in one line, or broken before its equals signs."""
    left, *others = parts
    if left:
        left += " = "
    line = left + " = ".join(others)
    if len(line) <= WIDEST or len(others) < 2:
        return [line]
    before = " " * max(0, len(left) - 2)
    return [left + others[0], *(f"{before}= {part}" for part in others[1:])]


def _columns(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    lefts = max((len(left) for left, _, _ in rows), default=0)
    rights = max((len(right) for _, right, shapes in rows if shapes), default=0)
    return [
        f"{left:<{lefts}} = {right:<{rights}}   {shapes}".rstrip() if right else left
        for left, right, shapes in rows
    ]
