"""The lines that one writes beside a picture, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.node import raw

from ..chain_rule.formulas import UNITS, formula, in_matrices
from ..chain_rule.notation import SHAPE, SUM, WORDS, InNumbers, Notation, Term, first_of
from ..graph.contributions import MOST_STEPS_IN_A_FOLD
from ..graph.picture import Box, Edge
from ..live.derivatives import local_gradients
from ..templates import group, now
from ..text import number, shape_text, shown

LONGEST_SUM = 70
"""Where a gradient takes more letters, the operations that it comes through are named."""


def multiplied(upstream: Any, local: Any, number_format: str) -> str:
    """Return a step of the chain rule between numbers: ``1.5 · (-2)``."""
    n = Notation({}, number_format)
    return n.chain(n.number_term(upstream), n.number_term(local)).text


def computed(n: Notation, node: Node, box: Box, edges: Sequence[Edge]) -> str:
    """Return the written line of a forward value: ``q = 3 + 1 = 4``, or with the shapes of arrays.

    The first place where a made name stands says what it means: ``z1 = x·w = 3·0.5 = 1.5``.

    Examples
    --------
    >>> from visualize.chain_rule.notation import notation_of
    >>> from visualize.graph.picture import picture_of
    >>> picture = picture_of(Node(np.ones((4, 3)), name="x") @ Node(np.ones((3, 2)), name="W"))
    >>> computed(notation_of(picture), picture.root, picture.boxes[0], picture.edges)
    'f = x @ W: 4×3 @ 3×2 → 4×2'
    """
    inputs = _inputs(node, box, edges)
    filled = _made(n, node, box, first_of(inputs, lambda x: _filled(n, x))).text
    made = _defined(n, node, box, edges)
    start = n.called(node) if node.name else f"{n.called(node)} = {made}"
    if any(np.ndim(raw(x)) for x in (node, *inputs)):
        result = shape_text(node.shape) if node.ndim else number(node.value, n.format)
        return f"{start}: {filled} → {result}"
    value = number(node.value, n.format)
    # A name of the user's needs no definition.
    sides = [filled, value] if node.name else [group("=", " = ", made, filled, value)]
    return " = ".join([n.called(node), *sides])


def definition(n: Notation, node: Node, box: Box, edges: Sequence[Edge]) -> str:
    """Return what a result is called and how it is made: ``z1 = x·w``."""
    return f"{n.called(node)} = {_defined(n, node, box, edges)}"


def _defined(n: Notation, node: Node, box: Box, edges: Sequence[Edge]) -> str:
    inputs = _inputs(node, box, edges)
    # The further inputs of a fold are a count.
    terms = first_of(inputs, lambda x: Term("…") if x is None else n.operand(x))
    return _made(n, node, box, terms).text


def _inputs(node: Node, box: Box, edges: Sequence[Edge]) -> Sequence[Any]:
    return [_carried(edge) for edge in edges] if box.folded else node.inputs


def _made(n: Notation, node: Node, box: Box, terms: Sequence[Term]) -> Term:
    return n.function(box.label, *terms) if box.folded else n.applied(node, terms)


def _carried(edge: Edge) -> Any:
    """What comes in by an edge: a node, a plain value, or nothing for inputs that are counted."""
    if edge.wire is not None:
        return edge.wire.node
    return edge.source.value  # type: ignore[union-attr]


def _filled(n: Notation, x: Any) -> Term:
    """The number of an input, or its shape; dots for the further inputs of a fold."""
    value = raw(x)
    if value is None:
        return Term("…")
    if np.ndim(value):
        return Term(shape_text(np.shape(value)), SHAPE, True)
    return n.constant(value)._replace(came_in=type(x) is Node)


def added(n: Notation, terms: Iterable[Term]) -> str:
    """Return a sum of terms."""
    return reduce(n.sum, terms).text


def derivative(n: Notation, edge: Edge) -> str:
    """Return how the local gradient of a function comes about; nothing of sums and products.

    Examples
    --------
    >>> from visualize.chain_rule.notation import notation_of
    >>> from visualize.graph.picture import picture_of
    >>> picture = picture_of(1 / Node(1.607, name="u"))
    >>> derivative(notation_of(picture), picture.edges[0])
    '-1/u² = -1/1.607² = -0.3872'
    """
    node, position = edge.node, edge.position
    assert node.operation is not None
    if edge.target.folded or node.operation.name in ("multiply", *UNITS):
        return ""
    local = formula(n, node, position)
    if local is None:
        return ""
    parts = [n.bracketed(local, SUM)]
    if local.loose != WORDS:  # not 1 where 1.5 > 0
        parts.append(formula(InNumbers({}, n.format), node, position).text)  # type: ignore[union-attr]
    parts.append(n.number(local_gradients(node)[position]))
    return group("=", " = ", *parts)


# --- gradients of arrays -------------------------------------------------------------------------


def across_arrays(
    n: Notation,
    symbol: str,
    node: Node,
    edges: Sequence[Edge],
    above: Sequence[Term],
    inside: str = "",
) -> str:
    """Return the written line of a gradient that is no product of numbers, with its shapes.

    `inside` is the fold from whose other operations a part comes back, out of sight.
    """
    rest = f" + what comes back inside {inside}" if inside else ""
    shape = f": {shape_text(node.shape)}" if node.ndim else ""
    if not edges:
        return f"{symbol}{shape}"
    forms = [_matrix_form(n, node, edge, up) for edge, up in zip(edges, above, strict=True)]
    if len(forms) == 1:
        ((form, shapes),) = forms
        return f"{symbol} = {form.text}{rest}{f': {shapes}' if shapes else ''}"
    together = added(n, [form for form, _ in forms])
    if len(now(together)) <= LONGEST_SUM and not any(edge.target.folded for edge in edges):
        return f"{symbol} = {together}{rest}{shape}"
    labels = list(dict.fromkeys(shown(edge.target.label) for edge in edges))
    listed = ", ".join(labels[:3]) + (", …" if len(labels) > 3 else "")
    return f"{symbol} = sum of {len(edges)} branches ({listed}){rest}{shape}"


def _matrix_form(n: Notation, node: Node, edge: Edge, above: Term) -> tuple[Term, str]:
    shapes = shape_text(node.shape) if node.ndim else ""
    if not edge.target.folded:
        form, shapes = in_matrices(n, edge.node, edge.position, above)
    else:
        form, shapes = through_fold(n, node, edge, above) or (Term(""), shapes)
    if form.text and len(now(form.text)) <= LONGEST_SUM:
        return form, shapes
    return Term(f"{above.text} back through {shown(edge.target.label)}", WORDS), shapes


def through_fold(n: Notation, node: Node, edge: Edge, above: Term) -> tuple[Term, str] | None:
    """Return a gradient that comes back through a fold in matrix form, and its shapes.

    None where the fold has not one way back in it, or where names from inside would be needed.
    """
    inside = set(edge.target.nodes)
    ways: list[tuple[Node, int]] = []
    before: Any = node
    while len(ways) <= MOST_STEPS_IN_A_FOLD:
        found = [
            (other, position)
            for other in edge.target.nodes
            for position, x in enumerate(other.inputs)
            if x is before
        ]
        if not found:
            break
        if len(found) > 1:
            return None
        ways += found
        before = found[0][0]
    trial = replace(n, used={})
    form, shapes = above, ""
    for other, position in reversed(ways):
        if other.operation.rules[position] is None:  # type: ignore[union-attr]
            return None
        form, shapes = in_matrices(trial, other, position, form)
    hidden = [x for x in trial.used.values() if type(x) is Node and x is not before and x in inside]
    outside = not any(n.called(x) in form.text for x in hidden)
    return (form, shapes) if ways and outside and form.loose != WORDS else None
