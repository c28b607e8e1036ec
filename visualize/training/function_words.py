"""A function of one variable and its derivative, written as formulas."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd_core import Node, Operation
from nn.layers import ELU, SELU, Layer, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh

from ..chain_rule.formulas import ONE, formula
from ..chain_rule.notation import NEGATIVE, PRODUCT, Label, Notation, Term

MOST_LETTERS = 60
MOST_NODES = 20
"""Longer formulas, and those of larger graphs, say nothing at a glance."""

_MOST_OF_A_LAYER = 80
"""Of a layer, whose formula somebody has written to be read."""

_LEFT_OUT = "…"

_OF_OPERATIONS = {
    str(layer.short_name): layer.formulas
    for layer in (ELU, LeakyReLU, ReLU, SELU, Sigmoid, SiLU, Softplus, Tanh)
}
"""A layer's formulas hold for the operation that it applies."""


class FunctionWords(NamedTuple):
    """The right sides of f(x) = ... and f'(x) = ...; None where there is no formula."""

    value: str | None = None
    derivative: str | None = None


class _WrittenOut(Notation):
    """Writes the whole of a function in its variable, with no names in between."""

    deepest = 8
    longest = 10 * MOST_LETTERS


class _NoFormulaError(Exception):
    """An operation is not in the table."""


def words_of(function: Callable[[Any], Any], variable: str = "x") -> FunctionWords:
    """Return the formulas of a function: a layer's own, or those of the operations it is made of.

    Examples
    --------
    >>> from nn import Sigmoid
    >>> words_of(Sigmoid())
    FunctionWords(value='1 / (1 + exp(−x))', derivative='f(x) (1 − f(x))')
    >>> words_of(lambda x: np.exp(-(x**2)))
    FunctionWords(value='exp(-x²)', derivative='-exp(-x²)·2·x')
    """
    # Most of matplotlib's fonts have no picture for control characters.
    variable = "".join(letter if letter.isprintable() else "\ufffd" for letter in variable)
    formulas = function.formulas if isinstance(function, Layer) else None
    if isinstance(function, Operation):
        formulas = _OF_OPERATIONS.get(function.name)
    if formulas is not None and formulas.backward:
        sides = (formulas.forward, formulas.backward[0])
        right, slope = (line.partition(" = ")[2] for line in sides)
        found = (_in_letters(text, variable) for text in (right, _without_error(slope)))
        return FunctionWords(*(text if len(text) <= _MOST_OF_A_LAYER else None for text in found))
    x = Node(np.array([0.5]), name=variable)
    with np.errstate(all="ignore"):
        y = function(x)
    if type(y) is not Node or y.operation is None:
        return FunctionWords()
    nodes = _nodes_of(y)
    if len(nodes) > MOST_NODES:
        return FunctionWords()
    n = _WrittenOut({node: Label(node.name) for node in nodes if node.name}, ".4g")
    try:
        derivative = _derivative(n, y, x, {})
    except _NoFormulaError:
        derivative = None
    return FunctionWords(_short(n.operand(y)), _short(derivative))


def _nodes_of(root: Node) -> list[Node]:
    """Return the nodes that a root was made of, or the first ones of very many."""
    found, waiting = {root}, [root]
    while waiting and len(found) <= MOST_NODES:
        for x in waiting.pop().inputs:
            if type(x) is Node and x not in found:
                found.add(x)
                waiting.append(x)
    return list(found)


def _derivative(n: Notation, node: Node, x: Node, known: dict[Node, Term | None]) -> Term | None:
    """Write d node / dx; None where the node does not depend on it."""
    if node is x:
        return ONE
    if node not in known:
        terms = []
        for position, y in enumerate(node.inputs):
            inner = _derivative(n, y, x, known) if type(y) is Node else None
            if inner is not None:
                local = formula(n, node, position)
                if local is None:
                    raise _NoFormulaError
                terms.append(_times(n, local, inner))
        total = terms[0] if terms else None
        for term in terms[1:]:
            total = n.sum(total, term)  # type: ignore[arg-type]
        known[node] = total
    return known[node]


def _times(n: Notation, local: Term, inner: Term) -> Term:
    (minus, left), (other_minus, right) = _signed(local), _signed(inner)
    if ONE in (left, right):
        product = right if left == ONE else left
    else:
        product = n.product(left, right)
    return product if minus == other_minus else n.negative(product)


def _signed(term: Term) -> tuple[bool, Term]:
    """Return whether a minus stands before a term, and the term without it."""
    if term.loose != NEGATIVE or not term.text.startswith("-"):
        return False, term
    bare = term.text[1:]
    return True, ONE if bare == "1" else Term(bare, PRODUCT, term.array)


def _short(term: Term | None) -> str | None:
    if term is None or _LEFT_OUT in term.text or len(term.text) > MOST_LETTERS:
        return None
    return term.text


def _letter(letter: str) -> str:
    """Return a pattern for a letter that stands alone; a superscript may follow it."""
    return rf"(?<![A-Za-z∂]){letter}(?![A-Za-z′])"


def _without_error(line: str) -> str:
    """Return a layer's E′ for an error E of 1."""
    line = re.sub(rf"{_letter('E')} ⊙ ", "", line)
    line = re.sub(rf"(?<=[\w)])(?<!else) {_letter('E')}", "", line)
    line = re.sub(_letter("E"), "1", line)
    return re.sub(r"(^|else )\(((?:[^()]|\([^()]*\))*)\)$", r"\1\2", line)


def _in_letters(line: str, variable: str) -> str:
    """Return a line about a batch as one about each of its entries, in the lecture's letters."""
    line = re.sub(_letter("X"), variable, line.replace(" ⊙ ", " "))
    return re.sub(_letter("Y"), f"f({variable})", line).replace("α", "a")
