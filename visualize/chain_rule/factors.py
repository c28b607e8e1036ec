"""The product of one path: which of its steps make one factor, and what the factor is called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from operator import mul
from typing import Any, NamedTuple, TypeVar

import numpy as np

from autograd_core import Node, Scope
from autograd_core.backpropagation import ancestors

from ..graph.naming import is_loss
from .formulas import UNITS, formula
from .functions import function_names
from .notation import POWER, SUM, WORDS, InNumbers, Label, Notation, Term
from .paths import ChainRule, Link, Path
from .symbols import common_scopes, function_labels, scopes_of

FIRST, LAST = 8, 3
"""Of a product with more factors the first and the last are written."""

LONGEST_JOINED = 1000
"""In longer paths each step is a factor of its own."""

T = TypeVar("T")


class Factor(NamedTuple):
    """One factor of a product: its symbol, its number (None where steps are left out).

    `meaning` says what the symbol stands for, where that needs a line of its own: what stands
    between its equals signs.
    """

    symbol: Term
    value: Any
    meaning: list[str] | None


class Stretch(NamedTuple):
    """Steps of a path that make one factor; all of a scope, where there is one."""

    start: int
    stop: int
    scope: Scope | None = None


def ends(items: Sequence[T], first: int, last: int) -> tuple[Sequence[T], int, Sequence[T]]:
    """Return the first and the last of many items, and how many are left out between them.

    Examples
    --------
    >>> ends("abcdefgh", 3, 2), ends("abcdef", 3, 2)
    (('abc', 3, 'gh'), ('abcdef', 0, ''))
    """
    left_out = len(items) - first - last
    return (items, 0, items[:0]) if left_out <= 1 else (items[:first], left_out, items[-last:])


class Factors:
    """Splits the paths of one gradient into factors.

    A factor is the other operand of a product, 1 or -1 for sums, f' for a function, and ∂a/∂b for
    several steps in a row from one named node to the next.
    """

    def __init__(self, rule: ChainRule, notation: Notation) -> None:
        nodes = ancestors(rule.root)
        self.root, self.ways = rule.root, rule.ways
        self.n = notation
        self.numbers = InNumbers({}, notation.format, notation.latex)
        self.functions = function_labels(nodes)
        self.scopes = scopes_of(nodes)
        self.primes: dict[str, Node | Scope] = {}

    def of(self, path: Path) -> list[Factor]:
        """The factors of a path's product; of very many a few, and dots between."""
        steps = len(path.steps)
        if steps <= LONGEST_JOINED:
            stretches = self._stretches(path.steps)
        else:
            stretches = [Stretch(start, start + 1) for start in range(steps)]
        stretches = self._but_units(path.steps, stretches)
        first, left_out, last = ends(stretches, FIRST, LAST)
        factors = [self._factor(path, stretch) for stretch in first]
        if left_out:
            dots = self.n.dots if self.n.latex else f"… {left_out:,} more factors …"
            factors.append(Factor(Term(dots), None, None))
        return factors + [self._factor(path, stretch) for stretch in last]

    def _but_units(self, links: Sequence[Link], stretches: list[Stretch]) -> list[Stretch]:
        """Leave out factors that are always 1; one stays at a name that has no other: z · 1."""
        kept = [
            part
            for part in stretches
            if part.stop - part.start > 1 or not _is_one(links[part.start])
        ]
        named = kept and kept[0].stop - kept[0].start == 1 and _is_product(links[kept[0].start])
        if len(kept) == len(stretches) or len(kept) > 1 or (kept and not named):
            return kept
        return [*kept, *[part for part in stretches if part not in kept][-1:]]

    def _factor(self, path: Path, stretch: Stretch) -> Factor:
        links = path.steps[stretch.start : stretch.stop]
        values = path.local_gradients[stretch.start : stretch.stop]
        symbol, explained = self._symbol(links, stretch, path)
        meaning = self._meaning(symbol, links, values) if explained else None
        return Factor(symbol, reduce(mul, values), meaning)

    def _meaning(self, symbol: Term, links: Sequence[Link], values: Sequence[Any]) -> list[str]:
        """What a factor's symbol stands for: its local gradients in symbols and in numbers."""
        parts = [symbol.text]
        if len(links) <= FIRST:
            parts.append(self._written(self.n, links))
            trial = replace(self.n, used={})
            found = [formula(trial, node, position) for node, position, _ in links]
            if all(term is not None and term.loose != WORDS for term in found):
                parts.append(self._written(self.numbers, links))
            parts.append(self.n.chain(*map(self.n.number_term, self._but_ones(links, values))).text)
        return [*parts, self.n.number(reduce(mul, values))]

    def _written(self, n: Notation, links: Sequence[Link]) -> str:
        """The local gradients of some steps, in names or in numbers."""
        terms = self._but_ones(links, [self._formula(link, n) for link in links])
        return n.bracketed(n.chain(*terms), SUM)

    def _but_ones(self, links: Sequence[Link], items: Sequence[T]) -> list[T]:
        """Those of steps whose local gradient is not always 1; of such alone, one."""
        kept = [item for link, item in zip(links, items, strict=True) if not _is_one(link)]
        return kept or [items[-1]]

    def _formula(self, link: Link, n: Notation | None = None) -> Term:
        node, position, x = link
        # Of the names of operands only those need to be explained that stand in the formula.
        trial = replace(self.n if n is None else n, used={})
        found = formula(trial, node, position)
        if found is None:
            return Term(self._partial(node, position, x))
        self.n.used.update({key: y for key, y in trial.used.items() if _has(found.text, trial, y)})
        return found

    # --- which steps make one factor ----------------------------------------------------------

    def _stretches(self, links: Sequence[Link]) -> list[Stretch]:
        """Split a path into the steps of each factor."""
        common = common_scopes(links)
        scopes = [self._function(node, common) for node, _, _ in links]
        # From where on there is one way only, until the next fork.
        single = [len(self.ways[node]) == 1 for node, _, _ in links]
        found: list[Stretch] = []
        start = 0
        while start < len(links):
            scope = scopes[start]
            entered = start == 0 or scopes[start - 1] is not scope
            stop = None
            if scope is not None and entered:
                stop = self._end_of_scope(links, scopes, start, scope)
            whole = Stretch(start, stop, scope) if stop else None
            found.append(whole or Stretch(start, self._end(links, single, start)))
            start = found[-1].stop
        return found

    def _function(self, node: Node, common: set[Scope]) -> Scope | None:
        """The outermost scope of a node that is a function of one variable, or the loss."""
        ends_here = set(self.root.scope or ())
        for scope in node.scope or ():
            one = len(self.scopes[scope].inputs) == 1 or (scope in ends_here and is_loss(scope))
            if one and scope not in common:
                return scope
        return None

    def _end_of_scope(
        self, links: Sequence[Link], scopes: Sequence[Scope | None], start: int, scope: Scope
    ) -> int | None:
        """Where a path leaves a scope that it leads through in the only way."""
        stop = start
        while stop < len(scopes) and scopes[stop] is scope:
            stop += 1
        first, end = links[start][0], links[stop - 1][2]
        symbol = self.scopes[scope]
        if end not in symbol.inputs or len(symbol.members) > LONGEST_JOINED:
            return None
        ways: dict[Node, int] = {end: 1}
        for node in symbol.members:
            ways[node] = sum(ways.get(x, 0) for _, _, x in self.ways.get(node, ()))
        return stop if ways[first] == 1 else None

    def _end(self, links: Sequence[Link], single: Sequence[bool], start: int) -> int:
        """Go on to the next named node, past functions and sums."""
        if start and not links[start][0].name:
            return start + 1
        stop = start
        functions = False
        while stop < len(links):
            node, _, x = links[stop]
            if not single[stop] or node.operation.name == "multiply":  # type: ignore[union-attr]
                return start + 1
            functions = functions or node.operation.name not in UNITS  # type: ignore[union-attr]
            stop += 1
            if x.name:
                break
        whole = start == 0 and stop == len(links)
        joined = functions and not whole and (start == 0 or stop - start > 1)
        return stop if joined else start + 1

    # --- symbols ------------------------------------------------------------------------------

    def _symbol(self, links: Sequence[Link], stretch: Stretch, path: Path) -> tuple[Term, bool]:
        """The symbol of a factor, and whether a line below has to say what it stands for."""
        node, position, _ = links[0]
        end = links[-1][2]
        if stretch.scope is not None:
            if node is self.root and is_loss(stretch.scope):
                return Term(self.n.partial(self.n.label(node), self.n.label(end))), True
            return self._prime(stretch.scope, self.scopes[stretch.scope].label, end), True
        if len(links) > 1 or (node is self.root and end.name and len(path.steps) > 1
                              and node in self.functions and node.name):  # fmt: skip
            return Term(self.n.partial(self.n.label(node), self.n.label(end))), True
        made_by = node.operation
        assert made_by is not None
        term = self._formula(links[0])
        if made_by.name == "multiply" and len(path.steps) > 1:
            return Term(self.n.bracketed(term, POWER)), False
        if made_by.name in ("multiply", *UNITS) or (made_by.name == "divide" and position == 0):
            return term, False
        if node in self.functions:
            return self._prime(node, self.functions[node], end), True
        return Term(self._partial(node, position, end)), True

    def _prime(self, of: Node | Scope, label: Label, x: Node) -> Term:
        """The derivative of a function: σ′(z), with a number where there is no name to tell it."""
        operation = of.operation if type(of) is Node else of
        letter = label.name if label.name == "f" else function_names(operation)[0]  # type: ignore[arg-type]
        if self.n.is_shy(x):
            return Term(self.n.prime(letter, label.number))
        at = f"({self.n.label(x)})"
        for number in (None if letter != "f" else label.number, label.number):
            text = self.n.prime(letter, number) + at
            if self.primes.setdefault(text, of) is of:
                break
        return Term(text)

    def _partial(self, node: Node, position: int, x: Node) -> str:
        if sum(y is x for y in node.inputs) > 1:
            return self.n.slot(position, self.n.label(node))
        return self.n.partial(self.n.label(node), self.n.label(x))


def _has(text: str, n: Notation, x: Any) -> bool:
    """Whether a name stands in a text."""
    name = n.called(x) if type(x) is Node else n.constant(x).text
    # In ASCII a power is no part of a name: u1².
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.ASCII) is not None


def _is_one(link: Link) -> bool:
    """Whether a local gradient is 1 whatever the numbers are."""
    node, position, _ = link
    name = node.operation.name  # type: ignore[union-attr]
    if name == "multiply":
        other = node.inputs[1 - position]
        return type(other) is not Node and np.ndim(other) == 0 and other == 1
    return name in ("add", "positive") or (name == "subtract" and position == 0)


def _is_product(link: Link) -> bool:
    """Whether a local gradient is the other factor."""
    return link[0].operation.name == "multiply"  # type: ignore[union-attr]
