"""The gradient of the usual losses at the network's output, in letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_core
from autograd_core import Node
from autograd_core.node import raw

from ..live.numbers import elsewhere
from .letters import Partial, term_of
from .matrix_gradient import MatrixGradient
from .notation import Notation, Term

_SQUARES = {"multiply", "square", "power"}
_SOFTMAX = {"softmax", "log_softmax", "exp", "softmax_cross_entropy"}

_Gradient = tuple[set[str], Callable[[Any, Any], Any], Callable[[Notation, Term, Term], Term]]

_LOSSES: tuple[_Gradient, ...] = (
    (_SOFTMAX, lambda y, t: autograd_core.softmax(y, axis=-1) - t,
     lambda n, y, t: n.difference(n.function("softmax", y), t)),
    ({"sigmoid_cross_entropy"}, lambda y, t: autograd_core.sigmoid(y) - t,
     lambda n, y, t: n.difference(n.function("σ", y), t)),
    ({"log"}, lambda y, t: -t / y, lambda n, y, t: n.negative(n.fraction(t, y))),
    ({"log"}, lambda y, t: (1 - t) / (1 - y) - t / y,
     lambda n, y, t: n.difference(
         n.fraction(n.difference(Term("1"), t), n.difference(Term("1"), y)), n.fraction(t, y))),
    ({"absolute"}, lambda y, t: np.sign(y - t),
     lambda n, y, t: n.function("sign", n.difference(y, t))),
    (_SQUARES, lambda y, t: y - t, lambda n, y, t: n.difference(y, t)),
)  # fmt: skip
"""By an operation that stands in the loss: its gradient but for a number, computed and written.

Lecture 000, eq. (13), and lecture 003, "Gradient Descent"."""


def loss_gradient(form: MatrixGradient) -> list[tuple[str, str]]:
    """Return the line that says the gradient at the network's output; none for other losses.

    What is written has been compared with the gradient; in a live page with other numbers, too.
    """
    head, root = form.head, form.rule.root
    if head is None or head is root:
        return []
    place = form.layers.place
    after = [node for node in form.rule.ways if place[node] > place[head]]
    operations = {node.operation.name for node in after if node.operation is not None}
    ways = set(form.rule.ways)
    targets = {
        id(x): x for node in after for x in node.inputs
        if np.shape(raw(x)) == head.shape and head.ndim and not (type(x) is Node and x in ways)
        and (type(x) is not Node or x.operation is None)
    }  # fmt: skip
    if len(targets) != 1:
        return []
    (target,) = targets.values()
    now = form.gradients[head], head.value, raw(target)
    draws = [[np.asarray(x, np.float64) for x in some] for some in (now, *elsewhere(now))]
    for needed, value, write in _LOSSES:
        if not needed & operations:
            continue
        with np.errstate(all="ignore"):
            pairs = [(gradient, np.asarray(value(y, t))) for gradient, y, t in draws]
        for factor, count in _factors(head, needed is _SQUARES):
            if all(_equal(gradient, factor / count * expected) for gradient, expected in pairs):
                return [_written(form, target, write, factor, count)]
    return []


def _equal(gradient: Any, expected: Any) -> bool:
    there = np.isfinite(gradient)  # where a graph leaves its domain nothing is known
    return bool(np.allclose(gradient[there], expected[there], rtol=1e-4, atol=1e-7))


def _factors(head: Node, of_squares: bool) -> list[tuple[int, int]]:
    """A number before the gradient, and one below it: entries or samples of a mean."""
    counts = dict.fromkeys((1, len(head.value) if head.ndim > 1 else 1, head.size))
    found = [(factor, count) for factor in (1, 2) for count in counts]
    # The derivative of a mean of squares is 2 (y - t)/6, also where that is (y - t)/3.
    return [(2, head.size), *found] if of_squares else found


def _written(
    form: MatrixGradient, target: Any, write: Any, factor: int, count: int
) -> tuple[str, str]:
    n, head = form.n, form.head
    assert head is not None
    term = write(n, term_of(n, head), term_of(n, target))
    if factor != 1:
        term = n.product(Term(str(factor)), term)
    if count != 1:
        term = n.fraction(term, Term(str(count)))
    return Partial(form.rule.root, head).text(n), term.text
