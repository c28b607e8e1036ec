"""The lines that one writes beside a picture, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from autograd_core import Node

from ..chain_rule.formulas import in_matrices
from ..chain_rule.notation import (
    ATOM,
    PRODUCT,
    SHAPE,
    SUM,
    WORDS,
    Notation,
    Term,
    first_of,
    looseness,
)
from ..graph.picture import Box, Edge
from ..text import number, shape_text, shown

LONGEST_EXPRESSION = 24
"""A result without a name is called by its expression, if that is not longer."""

LONGEST_SUM = 70
"""Where a gradient takes more letters, the operations that it comes through are named."""


_ASSOCIATIVE = {"add": SUM, "multiply": PRODUCT}
"""Operations that need no brackets in a formula."""


class Caption(Notation):
    """Writes what stands beside a picture, where `labels` are those of folds.

    A node is called by its name or its fold, else by the expression that made it.

    Examples
    --------
    >>> x, w = Node(3.0, name="x"), Node(0.5, name="w")
    >>> n = Caption({}, ".4g")
    >>> n.operand(x * w).text, n.operand(np.exp(-(x * w + x * x))).text, n.label(x * w)
    ('x·w', 'exp(-(x·w + x·x))', '(x·w)')
    """

    deepest, shallowest = 4, 1
    longest = LONGEST_EXPRESSION

    def label(self, node: Node) -> str:
        """What a node is called, in brackets where it is an expression."""
        return self.bracketed(self.operand(node), ATOM)

    def symbol(self, x: Node, depth: int) -> Term | None:
        """A name, a number, or dots for what would be too long."""
        name = x.name or (self.labels[x].name if x in self.labels else None)
        if name:
            return Term(shown(name, LONGEST_EXPRESSION), looseness(name), x.size != 1)
        if x.operation is None:
            return self.constant(x.value)
        return None if depth else Term("…", ATOM, x.size != 1)

    def applied(self, node: Node, terms: Sequence[Term]) -> Term:
        """An operation; in x·(y·z), as in x + (y + z), brackets say what the second operand is."""
        loose = _ASSOCIATIVE.get(node.operation.name)  # type: ignore[union-attr]
        if loose is not None:
            left, right = terms
            right = right._replace(loose=WORDS) if right.loose == loose else right
            terms = left, right
        return super().applied(node, terms)

    def constant(self, value: Any) -> Term:
        """A number; of an array its shape; dots for the further inputs of a fold."""
        if value is None:
            return Term("…")
        if np.ndim(value):
            return Term(shape_text(np.shape(value)), SHAPE, True)
        return super().constant(value)

    def added(self, terms: Sequence[Term]) -> str:
        """A sum of terms."""
        return reduce(self.sum, terms).text


def called(node: Node, number_format: str) -> str:
    """Return what a node is called: its name, or the expression that made it."""
    return Caption({}, number_format).operand(node).text


def multiplied(upstream: Any, local: Any, number_format: str) -> str:
    """Return a step of the chain rule between numbers: ``1.5 · (-2)``."""
    n = Caption({}, number_format)
    return n.chain(n.number_term(upstream), n.number_term(local)).text


def computed(n: Caption, node: Node, box: Box, edges: Sequence[Edge]) -> str:
    """Return the written line of a forward value: ``q = 3 + 1 = 4``, or with the shapes of arrays.

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> picture = picture_of(Node(np.ones((4, 3)), name="x") @ Node(np.ones((3, 2)), name="W"))
    >>> computed(Caption({}, ".4g"), picture.root, picture.boxes[0], picture.edges)
    'x @ W: 4×3 @ 3×2 → 4×2'
    """
    if box.folded:
        inputs = [edge.source.value if edge.wire is None else edge.wire.node.value  # type: ignore[union-attr]
                  for edge in edges]  # fmt: skip
        made = n.function(box.label, *first_of(inputs, n.constant)).text
        left = shown(node.name) if node.name else ""
    else:
        inputs = [x.value if type(x) is Node else x for x in node.inputs]
        made = n.applied(node, first_of(inputs, n.constant)).text
        left = n.operand(node).text
    if any(np.ndim(x) for x in (node.value, *inputs)):
        result = shape_text(node.shape) if node.ndim else number(node.value, n.format)
        return f"{f'{left}: ' if left else ''}{made} → {result}"
    value = number(node.value, n.format)
    written = [left or made] if made in (left, value) else [left, made]
    return " = ".join([*filter(None, written), value])


# --- gradients of arrays -------------------------------------------------------------------------


def across_arrays(
    n: Caption, symbol: str, node: Node, edges: Sequence[Edge], above: Sequence[Term]
) -> str:
    """Return the written line of a gradient that is no product of numbers, with its shapes."""
    shape = f": {shape_text(node.shape)}" if node.ndim else ""
    if not edges:
        return f"{symbol}{shape}"
    forms = [_matrix_form(n, node, edge, up) for edge, up in zip(edges, above, strict=True)]
    if len(forms) == 1:
        ((form, shapes),) = forms
        return f"{symbol} = {form.text}{f': {shapes}' if shapes else ''}"
    together = n.added([form for form, _ in forms])
    if len(together) <= LONGEST_SUM and not any(edge.target.folded for edge in edges):
        return f"{symbol} = {together}{shape}"
    labels = list(dict.fromkeys(shown(edge.target.label) for edge in edges))
    listed = ", ".join(labels[:3]) + (", …" if len(labels) > 3 else "")
    return f"{symbol} = sum of {len(edges)} branches ({listed}){shape}"


def _matrix_form(n: Caption, node: Node, edge: Edge, above: Term) -> tuple[Term, str]:
    shapes = shape_text(node.shape) if node.ndim else ""
    if not edge.target.folded:
        form, shapes = in_matrices(n, edge.node, edge.position, above)
        if len(form.text) <= LONGEST_SUM:
            return form, shapes
    return Term(f"{above.text} back through {shown(edge.target.label)}", WORDS), shapes
