"""The gradient of a network's weight in one line of matrices, as the lecture writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from autograd_core import Node

from .factors import ends
from .legend import legend
from .letters import Letter, Name, Partial
from .matrices import PRODUCT, Matrix, OverRows, Pen, Shapes, Symbol
from .matrix_gradient import MatrixGradient
from .notation import Notation
from .paths import ChainRule

LARGEST = 3000
"""Graphs with more operations on the way have no closed form."""

WIDEST = 72
"""A longer line is written with a δ for each layer."""

FIRST, LAST = 6, 3
"""Of more layers' δ the first and the last are written."""


class ClosedForm(MatrixGradient):
    """A gradient as a formula between matrices, written. Make one with `closed_form`."""

    # --- written ----------------------------------------------------------------------------------

    def rows(self, *, index_form: bool = False) -> list[tuple[str, str]]:
        """The lines, left and right of their equals signs; a line of words has no left."""
        tree = self.build(in_steps=False)
        if tree is None:
            return []
        n, wrt = self.n, self.rule.wrt
        if len(tree.written(Pen(replace(n, latex=False, used={})))) > WIDEST:
            tree = self.build(in_steps=True) or tree
        pen, shapes = Pen(n), Shapes(n)
        rows = legend(self, tree)
        rows.append((letter_of(self, wrt).text(n), tree.written(pen)))
        rows += self._deltas(lambda delta, formula: (delta.written(pen), formula.written(pen)))
        if wrt in self.layers.weights:
            name = Name(wrt).text(n)
            change = rf"\Delta {name}" if n.latex else f"Δ{name}"
            step = r"-\alpha" if n.latex else "−α"
            rows.append((change, f"{step} {tree.closed(pen, PRODUCT)}"))
        shape = n.shape(wrt.shape) if isinstance(tree, OverRows) else shapes.shape(tree)
        made = f"{tree.written(shapes)}{n.sign('→')}{shape}"
        rows.append(("", f"{n.words('shapes: ')}{made}"))
        return [*rows, *self._in_indices()] if index_form else rows

    def _deltas(self, write: Callable[[Symbol, Matrix], tuple[str, str]]) -> list[tuple[str, str]]:
        """The definitions of δ; of very many the first and the last."""
        first, left_out, last = ends(self.definitions, FIRST, LAST)
        dots = [("", self.n.words(f"… {left_out} more of this form …"))] if left_out else []
        known = [[write(x, x.definition) for x in some if x.definition] for some in (first, last)]
        return [*known[0], *dots, *known[1]]

    def _in_indices(self) -> list[tuple[str, str]]:
        """Every line again for one entry."""
        tree = self.build(in_steps=True)
        assert tree is not None
        n, wrt, batch = self.n, self.rule.wrt, not self.layers.columns
        is_weight = wrt in self.layers.weights
        letter, axes, letters = letter_of(self, wrt), self._axes(wrt), "nkml"
        if not self.sums_over_samples:
            letters = "kmln" if is_weight or not batch else "kmlj"
        row, column = ("i", "j") if is_weight or not batch else ("n", "i")
        if axes == "r":
            row = "j" if is_weight else "i"
        left = {"rc": row + column, "r": row, "": ""}[axes]
        rows = [("", n.words("in indices:"))]
        rows.append(
            (letter.indexed(n, left) if left else letter.text(n),
             tree.at(Pen(n), row, column, iter(letters)))
        )  # fmt: skip

        def entry(delta: Symbol, formula: Matrix) -> tuple[str, str]:
            indices = ("n", "j") if batch and delta.axes == "rc" else ("j", "n")
            return tuple(x.at(Pen(n), *indices, iter("kmlpq")) for x in (delta, formula))  # type: ignore[return-value]

        return rows + self._deltas(entry)


def letter_of(form: MatrixGradient, node: Node) -> Letter:
    """Return how the gradient at a node is written."""
    return Partial(form.rule.root, node)


def closed_form(rule: ChainRule, n: Notation) -> ClosedForm | None:
    """Return a gradient as a formula between matrices; None where it has no such form.

    That is where it passes products of matrices, between which operations work entry by entry. It
    begins with the gradient at the network's output: the loss may be any.

    References
    ----------
    Lecture 003, "Neural Network, one hidden layer"; ΔW¹ and ΔW² are printed there with f in place
    of f′, and with transposes that do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from visualize import explain
    >>> from visualize.chain_rule.notation import labels_of
    >>> X, W = Node(np.ones((3, 2)), name="X"), Node(np.ones((2, 4)), name="W")
    >>> rule = explain(np.sum(np.tanh(X @ W) ** 2), W)
    >>> form = closed_form(rule, Notation(labels_of(rule.ways, rule.root), ".4g"))
    >>> form.build(in_steps=False).written(Pen(form.n))
    'Xᵀ (∂f/∂a1 ∘ f1′(z1))'
    """
    if len(rule.ways) > LARGEST:
        return None
    form = ClosedForm(rule, n)
    return form if form.build(in_steps=False) is not None else None


def in_lines(rows: Iterable[tuple[str, str]], indent: str) -> list[str]:
    """Return rows as lines of plain text."""
    return [f"{indent}{left} = {right}" if left else f"{indent}{right}" for left, right in rows]


def aligned_rows(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Return rows as those of an aligned display in LaTeX."""
    return [f"{left} &= {right}" if left else f"& {right}" for left, right in rows]
