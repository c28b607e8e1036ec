"""Writes the chain rule of one gradient: as plain text, or as LaTeX."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd_core import Node, Scope
from autograd_core.backpropagation import ancestors

from ..text import shape_text
from .formulas import UNITS, formula, in_matrices
from .notation import ATOM, NEGATIVE, SUM, Notation, Term, labels_of
from .paths import Step, Ways
from .symbols import common_scopes, function_labels, scope_below, scopes_of

if TYPE_CHECKING:
    from .explain import Path

FIRST, LAST = 8, 3
"""Of a product with more factors the first and the last are written."""

MOST_MATRICES = 24
"""So many steps of a path between arrays are written."""

LONGEST_JOINED = 1000
"""In longer paths each step is a factor of its own."""

WIDEST = 100
"""Longer equations are broken before their equals signs."""


class Factor(NamedTuple):
    """One factor of a product: its symbol, its number, and the steps that it stands for."""

    symbol: str
    value: float
    steps: Sequence[Step]
    explained: bool


class Run(NamedTuple):
    """Steps of a path that make one factor; all of a scope, where there is one."""

    start: int
    stop: int
    scope: Scope | None = None


class Writer:
    """Writes one explanation.

    A factor is the other operand of a product, 1 or -1 for sums, f' for a function, and ∂a/∂b for
    several steps in a row from one named node to the next.
    """

    def __init__(
        self,
        root: Node,
        wrt: Node,
        ways: Ways,
        paths: Sequence[Path],
        count: int,
        value: Any,
        number_format: str,
        latex: bool,
    ) -> None:
        self.root = root
        self.wrt = wrt
        self.ways = ways
        self.paths = paths
        self.count = count
        self.value = value
        nodes = ancestors(root)
        self.in_numbers = all(node.size == 1 for node in ways)
        labels = labels_of(nodes, root)
        self.n = Notation(labels, number_format, latex, arrays=not self.in_numbers)
        self.gradient = self.n.partial(self.n.label(root), self.n.label(wrt))
        self.functions = function_labels(nodes)
        self.scopes = scopes_of(nodes)

    # --- whole explanations -------------------------------------------------------------------

    def lines(self) -> list[str]:
        """The explanation in plain text, line by line."""
        if not self.paths:
            return [f"{self.gradient} = {self.n.value(self.value)}: no path carries a gradient"]
        if not self.in_numbers:
            return self._array_lines()
        legend: dict[str, str] = {}
        equations = [self._equation(path, legend) for path in self.paths]
        if self.count == 1:
            lines = _broken([self.gradient, *equations[0]])
        else:
            lines = [self._heading()]
            for number, (path, parts) in enumerate(zip(self.paths, equations, strict=True), 1):
                lines.append(f"  path {number}: {self._route(path)}")
                lines += [f"    {line}" for line in _broken(["", *parts])]
            lines += self._sum_lines()
        for number, text in enumerate(legend.values()):
            lines.append(("  with " if number == 0 else "       ") + text)
        return lines

    def latex(self) -> str:
        """The explanation as one display in LaTeX."""
        if not self.paths:
            return f"$\\displaystyle {self.gradient} = {self.n.value(self.value)}$"
        rows = []
        legend: dict[str, str] = {}
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
            first, *others = self._equation(self.paths[0], legend)
            rows = [rf"{self.gradient} &= {first}", *(f"&= {part}" for part in others)]
        else:
            for number, path in enumerate(self.paths, 1):
                parts = " = ".join(self._equation(path, legend))
                rows.append(rf"{self.n.words(f'path {number}')} &: \quad {parts}")
        if self.count > 1 or not self.in_numbers:
            rows.append(rf"{self.gradient} &= {' = '.join(self._total())}")
        rows += [text.replace(" = ", " &= ", 1) for text in legend.values()]
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
        if len(values) > 6 or self.count > len(values) or np.ndim(values[0]):
            dots = r"\cdots" if self.n.latex else "…"
            names = ["path 1", "path 2", *([dots] if self.count > 2 else [])]
            added = " + ".join(one if one == dots else self.n.words(one) for one in names)
            return [added, self.n.value(self.value)]
        text = self.n.number(values[0])
        for value in values[1:]:
            number = self.n.number(value)
            text += f" - {number[1:]}" if number.startswith("-") else f" + {number}"
        return [text, self.n.value(self.value)]

    def _sum_lines(self) -> list[str]:
        if self.count > len(self.paths):
            return []
        return _broken([f"  {self.gradient}", *self._total()])

    # --- numbers ------------------------------------------------------------------------------

    def _equation(self, path: Path, legend: dict[str, str]) -> list[str]:
        """The product of one path: in symbols, in numbers, its value."""
        if not path.steps:
            return [self.n.number(path.value)]
        factors = self._factors(path)
        for factor in factors:
            if factor.explained and factor.steps:
                legend.setdefault(factor.symbol, self._meaning(factor, path))
        symbols = [factor.symbol for factor in factors]
        parts = [self.n.times.join(self._bracketed(symbols))]
        if len(factors) > 1:
            parts.append(self._numbers([f.value if f.steps else None for f in factors]))
        value = self.n.number(path.value.item())
        return parts if parts[-1] == value else [*parts, value]

    def _numbers(self, values: Sequence[float | None]) -> str:
        dots = r"\cdots" if self.n.latex else "…"
        texts = [dots if value is None else self.n.number(value) for value in values]
        return self.n.times.join(self._bracketed(texts))

    def _bracketed(self, factors: list[str]) -> list[str]:
        """In LaTeX a minus that follows a dot stands in brackets."""
        if not self.n.latex:
            return factors
        first, *others = factors
        return [first, *(f"({text})" if text.startswith("-") else text for text in others)]

    def _meaning(self, factor: Factor, path: Path) -> str:
        """What a factor's symbol stands for: its local gradients in symbols and in numbers."""
        parts = [factor.symbol]
        if len(factor.steps) <= FIRST:
            terms = [self._formula(step) for step in factor.steps]
            loosest = SUM if len(terms) == 1 else NEGATIVE
            formulas = self.n.times.join(self.n.bracketed(term, loosest) for term in terms)
            if formulas != factor.symbol:
                parts.append(formulas)
        if 1 < len(factor.steps) <= FIRST:
            start = next(i for i, step in enumerate(path.steps) if step is factor.steps[0])
            parts.append(self._numbers(path.local_gradients[start : start + len(factor.steps)]))
        return " = ".join([*parts, self.n.number(factor.value)])

    def _formula(self, step: Step) -> Term:
        node, position, x = step
        found = formula(self.n, node, position)
        return found or Term(self._partial_of_step(node, position, x))

    def _factors(self, path: Path) -> list[Factor]:
        """The factors of a path's product; of very many a few, and dots between."""
        steps = len(path.steps)
        if steps > LONGEST_JOINED:
            left_out = steps - FIRST - LAST
            shown = [*range(FIRST), *range(steps - LAST, steps)]
            runs = [Run(start, start + 1) for start in shown]
        else:
            runs = self._runs(path.steps)
            left_out = len(runs) - FIRST - LAST
        if left_out <= 1:
            return [self._factor(path, run) for run in runs]
        dots = r"\cdots" if self.n.latex else f"… {left_out:,} more factors …"
        return [
            *(self._factor(path, run) for run in runs[:FIRST]),
            Factor(dots, math.nan, (), False),
            *(self._factor(path, run) for run in runs[-LAST:]),
        ]

    def _factor(self, path: Path, run: Run) -> Factor:
        symbol, explained = self._symbol(run, path)
        value = math.prod(path.local_gradients[run.start : run.stop])
        return Factor(symbol, value, path.steps[run.start : run.stop], explained)

    # --- which steps make one factor ----------------------------------------------------------

    def _runs(self, steps: Sequence[Step]) -> list[Run]:
        """Split a path into the steps of each factor."""
        common = common_scopes(steps)
        scopes = [scope_below(node, common) for node, _, _ in steps]
        # From where on there is one way only, until the next fork.
        single = [len(self.ways[node]) == 1 for node, _, _ in steps]
        runs: list[Run] = []
        start = 0
        while start < len(steps):
            scope = scopes[start]
            entered = start == 0 or scopes[start - 1] is not scope
            stop = None
            if scope is not None and entered:
                stop = self._end_of_scope(steps, scopes, start, scope)
            run = Run(start, stop, scope) if stop else None
            runs.append(run or Run(start, self._end_of_run(steps, single, start)))
            start = runs[-1].stop
        return runs

    def _end_of_scope(
        self, steps: Sequence[Step], scopes: Sequence[Scope | None], start: int, scope: Scope
    ) -> int | None:
        """Where a path leaves a scope that it leads through in the only way."""
        stop = start
        while stop < len(scopes) and scopes[stop] is scope:
            stop += 1
        first, end = steps[start][0], steps[stop - 1][2]
        symbol = self.scopes[scope]
        if end not in symbol.inputs or len(symbol.members) > LONGEST_JOINED:
            return None
        ways: dict[Node, int] = {end: 1}
        for node in symbol.members:
            ways[node] = sum(ways.get(x, 0) for _, _, x in self.ways.get(node, ()))
        return stop if ways[first] == 1 else None

    def _end_of_run(self, steps: Sequence[Step], single: Sequence[bool], start: int) -> int:
        """Go on to the next named node, past functions and sums."""
        if start and not steps[start][0].name:
            return start + 1
        stop = start
        functions = False
        while stop < len(steps):
            node, _, x = steps[stop]
            if not single[stop] or node.operation.name == "multiply":  # type: ignore[union-attr]
                return start + 1
            functions = functions or node.operation.name not in UNITS  # type: ignore[union-attr]
            stop += 1
            if x.name:
                break
        whole = start == 0 and stop == len(steps)
        joined = functions and not whole and (start == 0 or stop - start > 1)
        return stop if joined else start + 1

    # --- symbols ------------------------------------------------------------------------------

    def _symbol(self, run: Run, path: Path) -> tuple[str, bool]:
        """The symbol of a factor, and whether a line below has to say what it stands for."""
        steps = path.steps[run.start : run.stop]
        node, position, _ = steps[0]
        end = steps[-1][2]
        if run.scope is not None:
            symbol = self.scopes[run.scope]
            if len(symbol.inputs) == 1:
                return self.n.prime(*symbol.label), True
            return self.n.partial(self.n.name(*symbol.label), self.n.label(end)), True
        if len(steps) > 1 or (node is self.root and end.name and len(path.steps) > 1
                              and node in self.functions and node.name):  # fmt: skip
            return self.n.partial(self.n.label(node), self.n.label(end)), True
        made_by = node.operation
        assert made_by is not None
        if made_by.name == "multiply" or made_by.name in UNITS:
            loosest = SUM if len(path.steps) == 1 else ATOM
            if made_by.name in UNITS:
                loosest = NEGATIVE
            return self.n.bracketed(self._formula(steps[0]), loosest), False
        if made_by.name == "divide" and position == 0:
            return self.n.bracketed(self._formula(steps[0]), NEGATIVE), False
        if node in self.functions:
            return self.n.prime(*self.functions[node]), True
        return self._partial_of_step(node, position, end), True

    def _partial_of_step(self, node: Node, position: int, x: Node) -> str:
        if sum(y is x for y in node.inputs) > 1:
            return self.n.slot(position, self.n.label(node))
        return self.n.partial(self.n.label(node), self.n.label(x))

    def _route(self, path: Path) -> str:
        """The nodes that a path passes, from the root."""
        left_out = len(path.nodes) - FIRST - LAST
        if left_out <= 1:
            return " ← ".join(map(self.n.label, path.nodes))
        first, last = (map(self.n.label, some) for some in (path.nodes[:FIRST], path.nodes[-LAST:]))
        return " ← ".join([*first, f"… {left_out:,} more …", *last])

    # --- arrays -------------------------------------------------------------------------------

    def _array_lines(self) -> list[str]:
        shape = shape_text(self.wrt.shape)
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
        root = self.n.label(self.root)
        steps = list(path.steps)
        dots = r"\vdots" if self.n.latex else "…"
        left_out = len(steps) - MOST_MATRICES
        rows = []
        for number, (node, position, x) in enumerate(steps):
            if left_out > 1 and MOST_MATRICES - LAST <= number < len(steps) - LAST:
                if number == MOST_MATRICES - LAST:
                    rows.append((dots, self.n.words(f"{left_out:,} more steps"), ""))
                continue
            upstream = "" if node is self.root else self.n.partial(root, self.n.label(node))
            right, shapes = in_matrices(self.n, node, position, upstream)
            rows.append((self.n.partial(root, self.n.label(x)), right, shapes))
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
