"""Writes the chain rule of one gradient: as plain text, or as LaTeX."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.node import raw

from ..graph.naming import names_of_graph
from ..templates import group
from ..text import grid, shape_text
from .closed_form import aligned_rows, closed_form, in_lines
from .entries import EntrySum
from .factors import FIRST, LAST, Factors, ends
from .formulas import ONE, in_matrices
from .notation import Label, Notation, Term, first_of
from .paths import ChainRule, Path

MOST_MATRICES = 24
"""So many steps of a path between arrays are written."""

MOST_TERMS = 6
"""A sum of the contributions of more paths is not written out."""

MOST_DEFINITIONS = 20
"""So many names that are not the user's are explained."""

WIDEST = 100
"""Longer equations are broken before their equals signs."""


class Derivation:
    """Writes one explanation."""

    def __init__(self, rule: ChainRule, *, latex: bool) -> None:
        self.rule = rule
        self.paths, self.count, self.value = rule.paths, rule.count, rule.value
        self.in_numbers = all(node.size == 1 for node in rule.ways)
        names = names_of_graph(rule.root)
        labels = {node: Label(name) for node, name in names.nodes.items()}
        self.n = Notation(labels, rule.number_format, latex, names.arrays)
        self.root = self.n.label(rule.root)
        self.gradient = self.n.partial(self.root, self.n.label(rule.wrt))
        self.factors = Factors(rule, self.n)
        self.legend: dict[str, list[str]] = {}

    # --- whole explanations -------------------------------------------------------------------

    def lines(self) -> list[str]:
        """The explanation in plain text: its lines, some of which are broken."""
        if self.rule.entry is not None:
            entry = EntrySum(self.rule, self.n, self.rule.entry)
            left, sides = entry.parts()
            notes = in_lines(entry.notes(), "  ")
            return [_broken(f"{left} = ", sides), *self._with_lines(), *notes]
        if not self.paths:
            return [f"{self.gradient} = {self.n.value(self.value)}: no path carries a gradient"]
        if self.in_numbers and self.count == 1:
            lines = [_broken(f"{self.gradient} = ", self._equation(self.paths[0]))]
        else:
            lines = [self._heading()]
            indent = "  " if self.count == 1 else "    "
            for number, path in enumerate(self.paths, 1):
                if self.count > 1:
                    lines.append(f"  path {number}: {self._route(path)}")
                lines += self._body(path, indent)
            if not self.in_numbers or self.count <= len(self.paths):
                lines.append(_broken(f"  {self.gradient} = ", self._total()))
        form = closed_form(self.rule, self.n)
        rows = [] if form is None else form.rows(index_form=self.rule.index_form)
        lines += self._with_lines()
        return lines + (["  in matrices:", *in_lines(rows, "    ")] if rows else [])

    def _with_lines(self) -> list[str]:
        """What the letters stand for that were written so far."""
        lines: list[str] = []
        for left, *parts in [*self._definitions(), *self.legend.values()]:
            start = "       " if lines else "  with "
            lines.append(_broken(f"{start}{left} = ", parts) if parts else start + left)
        return lines

    def _definitions(self) -> list[list[str]]:
        """What the names stand for that were written and are not the user's, inputs first.

        Of each what stands between the equals signs.
        """
        found: dict[int, list[str]] = {}
        while len(found) < MOST_DEFINITIONS:
            some = next((x for key, x in self.n.used.items() if key not in found), None)
            if some is None:
                break
            found[id(some)] = self._definition(some)
        more = len(self.n.used) - len(found)
        nodes = sorted(found, key=lambda key: (getattr(self.n.used[key], "serial", -1), found[key]))
        left_out = [[self.n.words(f"{more:,} more results in between")]] if more > 0 else []
        return [found[key] for key in nodes] + left_out

    def _definition(self, x: Any) -> list[str]:
        term = self.n.label_term(x) if type(x) is Node else self.n.constant(x)
        if type(x) is Node and x.operation is not None:
            n = replace(self.n, settled=self.n.used)
            return [term.text, n.applied(x, first_of(x.inputs, n.operand)).text]
        value = raw(x)
        if not np.ndim(value) or grid(value, self.n.format):
            return [term.text, self.n.value(value)]
        return [f"{term.text}: {self.n.shape(np.shape(value))}"]

    def _heading(self) -> str:
        if self.in_numbers:
            left = f"{self.gradient} = {self.n.value(self.value)}"
        else:
            left = f"{self.gradient}, {shape_text(self.rule.wrt.shape)}"
        if self.count == 1:
            return f"{left}: one path"
        most = len(self.paths)
        more = f"; these {most} contribute most" if self.count > most else ""
        return f"{left}: the sum over {written_count(self.count)} paths{more}"

    def _body(self, path: Path, indent: str) -> list[str]:
        if self.in_numbers:
            return [_broken("", self._equation(path), indent)]
        value = [f"= {self.n.value(path.value)}"] if self.count > 1 else []
        return [indent + line for line in (*_columns(self._matrix_steps(path)), *value)]

    def display(self) -> str:
        """The explanation as one display in LaTeX."""
        if self.rule.entry is not None:
            entry = EntrySum(self.rule, self.n, self.rule.entry)
            left, sides = entry.parts()
            notes = aligned_rows(entry.notes())
            return _aligned([rf"{left} &= {_equal(sides)}", *self._with_rows(), *notes])
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
            first, *others = dict.fromkeys(self._equation(self.paths[0]))
            rows = [rf"{self.gradient} &= {first}", *(f"&= {part}" for part in others)]
        else:
            for number, path in enumerate(self.paths, 1):
                equation = _equal(self._equation(path))
                rows.append(rf"{self.n.words(f'path {number}')} &: \quad {equation}")
        if self.count > 1 or not self.in_numbers:
            rows.append(rf"{self.gradient} &= {_equal(self._total())}")
        form = closed_form(self.rule, self.n)
        below = [] if form is None else form.rows(index_form=self.rule.index_form)
        rows += self._with_rows()
        if below:
            rows += [f"& {self.n.words('in matrices:')}", *aligned_rows(below)]
        return _aligned(rows)

    def _with_rows(self) -> list[str]:
        """What the letters stand for that were written so far, as rows of a display."""
        rows: list[str] = []
        for left, *equals in [*self._definitions(), *self.legend.values()]:
            equals = [*dict.fromkeys(equals)]
            if not equals:
                rows.append(left.replace(":", " &: ", 1))
            elif len(equals) < 3:
                rows.append(f"{left} &= {' = '.join(equals)}")
            else:
                rows += [f"{left} &= {equals[0]}", *(f"&= {part}" for part in equals[1:])]
        return rows

    def _total(self) -> list[str]:
        """The sum of what the paths contribute, and what it gives."""
        values = [path.value for path in self.paths]
        if self.count == 1:
            return [self.n.value(self.value)]
        if len(values) > MOST_TERMS or self.count > len(values) or np.ndim(values[0]):
            names = [self.n.words(f"path {number}") for number in (1, 2)]
            added = " + ".join([*names, self.n.dots] if self.count > 2 else names)
        else:
            added = group("+", *map(self.n.number, values))
        return [added, self.n.value(self.value)]

    def _route(self, path: Path) -> str:
        """The nodes that a path passes, from the root."""
        nodes = self.routes[path]
        if len(nodes) <= WIDEST:
            plain = replace(self.n, used={})
            if len(" ← ".join(map(plain.label, nodes))) <= WIDEST:
                return " ← ".join(map(self.n.label, nodes))
        first, left_out, last = ends(nodes, FIRST, LAST)
        dots = [f"… {left_out:,} more …"] if left_out else []
        return " ← ".join([*map(self.n.label, first), *dots, *map(self.n.label, last)])

    @cached_property
    def routes(self) -> dict[Path, tuple[Node, ...]]:
        """The nodes that each path passes; if that tells the paths apart, those that have names."""
        some = {
            path: tuple(
                node
                for node in path.nodes
                if node is self.rule.root or node is self.rule.wrt or not self.n.is_shy(node)
            )
            for path in self.paths
        }
        whole = {path: path.nodes for path in self.paths}
        return some if len({*some.values()}) == len({*whole.values()}) else whole

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
        return [*parts, value]

    # --- arrays -------------------------------------------------------------------------------

    def _matrix_steps(self, path: Path) -> list[tuple[str, str, str]]:
        """For each step the gradient that it passes on, how, and the shapes."""
        first, left_out, last = ends(path.steps, MOST_MATRICES - LAST, LAST)
        rows = [self._matrix_step(*link) for link in first]
        if left_out:
            dots = r"\vdots" if self.n.latex else "…"
            rows.append((dots, self.n.words(f"{left_out:,} more steps"), ""))
        return rows + [self._matrix_step(*link) for link in last]

    def _matrix_step(self, node: Node, position: int, x: Node) -> tuple[str, str, str]:
        upstream = ONE if node is self.rule.root else self.n.partial_term(self.root, node)
        n = replace(self.n, settled=self.n.used)
        right, shapes = in_matrices(n, node, position, upstream)
        return self.n.partial_term(self.root, x).text, right.text, shapes


def _aligned(rows: Sequence[str]) -> str:
    return "$\\displaystyle \\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}$"


# --- helpers -------------------------------------------------------------------------------------


def written_count(count: int) -> str:
    """Return a number of paths in words, also one with thousands of digits.

    Examples
    --------
    >>> written_count(1234), written_count(2**100_000)
    ('1,234', 'about 10^30103')
    """
    return f"{count:,}" if count < 10**15 else f"about 10^{round(math.log10(count))}"


def _equal(parts: Sequence[str]) -> str:
    """Parts with equals signs between them, the same ones once."""
    return group("=", " = ", *parts)


def _broken(left: str, parts: Sequence[str], indent: str = "") -> str:
    """An equation in one line, or broken before its equals signs."""
    return group("|", str(WIDEST), indent, left, *parts)


def _columns(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    lefts = max((len(left) for left, _, _ in rows), default=0)
    rights = max((len(right) for _, right, shapes in rows if shapes), default=0)
    return [
        f"{left:<{lefts}} = {right:<{rights}}   {shapes}".rstrip() if right else left
        for left, right, shapes in rows
    ]
