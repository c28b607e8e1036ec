"""One entry of a gradient as the sum that it is: where the transpose in Xᵀ comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import index
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.node import raw

from ..templates import group
from ..text import shown
from .closed_form import letter_of
from .factors import ends
from .layers import is_transpose
from .legend import legend
from .matrices import Brackets, Matrix, Pen, Product, Shapes, Step, Sum, Symbol, Transposed
from .matrix_gradient import MatrixGradient
from .notation import Notation
from .paths import ChainRule

Entry = tuple[int, ...]

FIRST, LAST = 4, 2
"""Of a longer sum the first and the last terms are written."""


def checked_entry(owner: str, wrt: Node, entry: Any) -> Entry:
    """Return an entry's indices, counted from the front, or raise what is wrong with them.

    Examples
    --------
    >>> checked_entry("explain", Node(np.ones((2, 3)), name="W"), (0, -1))
    (0, 2)
    """
    name = f" {shown(wrt.name)!r}" if wrt.name else ""
    example = f"entry={tuple([0] * wrt.ndim)}" if wrt.ndim else "entry=()"
    given = entry if isinstance(entry, (tuple, list)) else (entry,)
    try:
        indices = tuple(index(one) for one in given if not isinstance(one, (bool, np.bool_)))
    except TypeError:
        indices = ()
    if len(indices) != len(given):
        raise TypeError(
            f"{owner}() expects entry to be a tuple of whole numbers, one for each axis, got "
            f"{entry!r}. Write for example: {example}"
        )
    if len(indices) != wrt.ndim:
        raise ValueError(
            f"{owner}() expects an entry of {wrt.ndim} indices, because{name or ' it'} has shape "
            f"{wrt.shape}, got {entry!r}. Write for example: {example}"
        )
    for axis, (place, size) in enumerate(zip(indices, wrt.shape, strict=True)):
        if not -size <= place < size:
            raise IndexError(
                f"{owner}() expects an entry of{name or ' an array'}, of shape {wrt.shape}, got "
                f"{entry!r}: axis {axis} has indices from 0 to {size - 1}"
            )
    return tuple(place % size for place, size in zip(indices, wrt.shape, strict=True))


class EntrySum:
    """One entry of a gradient, as what the next operations pass back to it."""

    def __init__(self, rule: ChainRule, n: Notation, entry: Entry) -> None:
        self.rule, self.entry = rule, entry
        self.form = MatrixGradient(rule, n)
        self.n = self.form.n
        self.tree = self._tree(rule.wrt)
        self.row, self.column = (*entry, 0, 0)[:2]

    def _tree(self, node: Node) -> Matrix | None:
        """What one step passes back, of the gradients that arrive there."""
        form = self.form
        unit = form.layers.units.get(node)
        if unit is not None:
            return form.through(unit, form.arriving(unit.end))
        parts = []
        for user, position, _ in form.users.get(node, ()):
            if max(np.ndim(raw(x)) for x in (user, *user.inputs)) > 2:
                return None
            above: Matrix | None
            if is_transpose(user) and not user.name and user is not self.rule.root:
                above = self._tree(user)
            else:
                above = form.arriving(form.layers.after_bias(user))
            part = form.step(user, position, above) if above is not None else None
            if part is None:
                return None
            parts.append(part)
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else Sum(*parts)

    @property
    def value(self) -> Any:
        """The entry."""
        return np.asanyarray(self.rule.value)[self.entry]

    def parts(self) -> tuple[str, list[str]]:
        """What stands before the equals signs, and between them: letters, numbers, the value."""
        n = self.n
        letter = letter_of(self.form, self.rule.wrt)
        left = letter.entry(n, ",".join(map(str, self.entry))) if self.entry else letter.text(n)
        if self.tree is None:
            return left, [n.number(self.value)]
        letters = "nkml" if self.form.sums_over_samples else "kmln"
        formula = self.tree.at(Brackets(n), self.row, self.column, iter(letters))
        terms = self.tree.terms(self.row, self.column)
        numbers = self._numbers(terms)
        value = n.number(self.value)
        return left, [formula, numbers, value]

    def _numbers(self, terms: Sequence[tuple[float, list[Step]]]) -> str:
        first, left_out, last = ends(terms, FIRST, LAST)
        written = [*map(self._term, first)]
        if left_out:
            written.append(self.n.words(f"… {left_out:,} more …"))
        return " + ".join([*written, *map(self._term, last)])

    def _term(self, term: tuple[float, list[Step]]) -> str:
        factor, steps = term
        values = [symbol.value[row, column] for symbol, row, column in steps]
        found = [self.n.number_term(x) for x in ([factor, *values] if factor != 1 else values)]
        texts = [group("-", one.text) for one in found]
        return (self.n.sign("·") if self.n.latex else "·").join(texts)

    def notes(self) -> Iterator[tuple[str, str]]:
        """What the letters stand for, all entries at once, and where a transpose comes from."""
        n, wrt = self.n, self.rule.wrt
        if self.tree is None:
            through = {user.operation.name for user, _, _ in self.form.users.get(wrt, ())}  # type: ignore[union-attr]
            names = ", ".join(shown(name) for name in sorted(through))
            if names:
                yield "", n.words(f"passed back through {names}, not as a product of matrices")
            return
        yield from legend(self.form, self.tree)
        shapes = Shapes(n)
        shape = n.shape(wrt.shape) if wrt.ndim < 2 else shapes.shape(self.tree)
        whole = f"{letter_of(self.form, wrt).text(n)} = {self.tree.written(Pen(n))}"
        made = f"{self.tree.written(shapes)}{n.sign('→')}{shape}"
        yield "", f"{n.words('all entries at once: ')}{whole}{n.words(',  ')}{made}"
        for product in _products(self.tree):
            yield from self._reason(product)

    def _reason(self, product: Product) -> Iterator[tuple[str, str]]:
        n = self.n
        for part, lines, side, other in (
            (product.left, "rows", "left", "columns"), (product.right, "columns", "right", "rows")
        ):  # fmt: skip
            summed = product.left.has("c") or product.right.has("r")
            if summed and isinstance(part, Transposed) and isinstance(part.part, Symbol):
                name, turned = part.part.written(Pen(n)), part.written(Pen(n))
                first = f"summed over the {lines} of "
                second = f"; a product sums over the {other} of its {side} factor: "
                yield "", f"{n.words(first)}{name}{n.words(second)}{turned}"


def _products(tree: Matrix) -> Iterator[Product]:
    if isinstance(tree, Product):
        yield tree
    for part in tree.pieces:
        yield from _products(part)
