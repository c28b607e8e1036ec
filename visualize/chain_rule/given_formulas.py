"""Derivatives that users write for their own operations: text, read but never evaluated."""

from __future__ import annotations

import ast
import inspect
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd_core import Node, Operation

from ..text import shown
from .notation import ATOM, WORDS, Notation, Term

LONGEST = 200
"""Longer texts stay as they are."""

_SIGNS = str.maketrans({"·": "*", "⋅": "*", "×": "*", "⊙": "*", "−": "-", "^": "**"})
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_WORD = re.compile(r"(?<![\w.])[^\W\d]\w*(?![\w.]|\s*\()")
_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Gt: ">", ast.Lt: "<", ast.GtE: "≥", ast.LtE: "≤", ast.Eq: "=", ast.NotEq: "≠",
}  # fmt: skip


class _UnreadableError(Exception):
    """The text is no formula of the kind that is read."""


def given_formula(n: Notation, node: Node, text: str, out: Term, operands: Sequence[Term]) -> Term:
    """Return the derivative that a user wrote for an operation, of the operands that it has here.

    What is a formula (numbers, names, ``+ - * / **``, calls, ``a if x > 0 else b``) gets the
    brackets that the operands need, and LaTeX; any other text stays text, with the operands in it.

    Examples
    --------
    >>> z = Node(0.5, name="z1")
    >>> wave = Operation("wave", np.sin, (lambda g, out, x: g * np.cos(x),), derivative="2*cos(x)")
    >>> node = wave(z + 1.0)
    >>> n = Notation({z: ("z1", None)}, ".4g")
    >>> given_formula(n, node, wave.derivative[0], Term("f"), [n.operand(node.inputs[0])]).text
    '2·cos(z1 + 1)'
    """
    operation = node.operation
    assert operation is not None
    terms = _terms(n, operation, node.options, out, operands)
    array = node.size != 1
    try:
        term = _Reader(n, terms).read(_parsed(text))
    except (_UnreadableError, RecursionError):
        return Term(_substituted(n, text, terms), WORDS, array)
    return term._replace(array=term.array or (array and term.loose != ATOM))


def _terms(
    n: Notation,
    operation: Operation,
    options: Mapping[str, Any],
    out: Term,
    operands: Sequence[Term],
) -> dict[str, Term]:
    """What the names in the text stand for: inputs, the result, options."""
    found = {"out": out}
    found.update(zip("xyz" if len(operands) < 4 else (), operands, strict=False))
    # What the functions call their parameters goes before what lectures call them.
    for position, name in _parameters(operation.forward, 0, len(operands)):
        found[name] = operands[position]
    for rule in operation.rules if isinstance(operation.rules, tuple) else ():
        if rule is not None:
            for position, name in _parameters(rule, 1, len(operands) + 1):
                found[name] = operands[position - 1] if position else out
    for name, value in options.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            found[name] = n.constant(value)
    return found


def _parameters(function: Any, start: int, count: int) -> list[tuple[int, str]]:
    """The names of a function's parameters, each with its place behind the first `start`."""
    try:
        names = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a ufunc does not say
        return []
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if isinstance(function, np.ufunc) or any(p.kind not in plain for p in names[: start + count]):
        return []
    return [(place, p.name) for place, p in enumerate(names[start : start + count])]


def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise _UnreadableError
    python = _SUPERSCRIPT.sub(lambda found: f"**{found[0].translate(_DIGITS)}", text)
    python = python.translate(_SIGNS).replace("√(", "sqrt(").strip()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(python, mode="eval").body
    except (SyntaxError, ValueError, MemoryError):
        raise _UnreadableError from None


class _Reader:
    """Writes the tree of an expression in a notation."""

    def __init__(self, n: Notation, terms: Mapping[str, Term]) -> None:
        self.n = n
        self.terms = terms

    def read(self, tree: ast.expr) -> Term:
        """One node of the tree, and what is below it."""
        match tree:
            case ast.Constant(int() | float() as value) if not isinstance(value, bool):
                return self.n.constant(value)
            case ast.Name(name):
                return self.terms.get(name) or Term("π" if name == "pi" and not self.n.latex
                                                    else self.n.name(name))  # fmt: skip
            case ast.UnaryOp(ast.USub(), operand):
                return self.n.negative(self.read(operand))
            case ast.BinOp(left, operator, right):
                return self._joined(operator, self.read(left), self.read(right))
            case ast.IfExp(test, one, other):
                return self._choice(test, one, other)
            case ast.Call(function, [test, one, other], []) if _called(function) == "where":
                return self._choice(test, one, other)
            case ast.Call(function, arguments, []):
                name, terms = _called(function), [self.read(x) for x in arguments]
                if name == "sqrt" and len(terms) == 1:
                    return self.n.root(terms[0])
                return self.n.function(name, *terms)
        raise _UnreadableError

    def _joined(self, operator: ast.operator, left: Term, right: Term) -> Term:
        match operator:
            case ast.Add():
                return self.n.sum(left, right)
            case ast.Sub():
                return self.n.difference(left, right)
            case ast.Mult():
                return self.n.product(left, right)
            case ast.Div():
                return self.n.fraction(left, right)
            case ast.Pow():
                return self.n.power(left, right)
        raise _UnreadableError

    def _choice(self, test: ast.expr, one: ast.expr, other: ast.expr) -> Term:
        match test:
            case ast.Compare(left, [sign], [right]) if type(sign) in _COMPARED:
                words = self.n.words
                parts = [
                    self.read(one).text, words(" where "), self.read(left).text,
                    words(f" {_COMPARED[type(sign)]} "), self.read(right).text,
                    words(", else "), self.read(other).text,
                ]  # fmt: skip
                return Term("".join(parts), WORDS)
        raise _UnreadableError


def _called(function: ast.expr) -> str:
    """The name of a function: ``exp`` of ``exp`` and of ``np.exp``."""
    match function:
        case ast.Name(name) | ast.Attribute(ast.Name(), name):
            return name
    raise _UnreadableError


def _substituted(n: Notation, text: str, terms: Mapping[str, Term]) -> str:
    """Text that is no formula, with the operands in the place of their names."""
    pieces = []
    place = 0
    text = shown(text.strip(), LONGEST)
    for word in _WORD.finditer(text):
        if word[0] in terms:
            alone = text[: word.start()].rstrip().endswith("(") and text[
                word.end() :
            ].lstrip().startswith(")")
            written = n.bracketed(terms[word[0]], WORDS if alone else ATOM)
            pieces += [*_words(n, text[place : word.start()]), written]
            place = word.end()
    return "".join([*pieces, *_words(n, text[place:])])


def _words(n: Notation, text: str) -> list[str]:
    return [n.words(text)] if text else []
