"""Formulas written twice: as plain text, and as LaTeX that every user's string passes escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np

from autograd_core import Node

from ..text import constant, grid, in_line, number, shape_text, shown
from .latex import latex_name, latex_number, latex_text

MOST_INPUTS = 4
"""Of an operation with more inputs the first are written."""

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

_LATEX_SIGNS = {"·": r"\cdot", "⊙": r"\odot", "@": r"\cdot", "⊗": r"\otimes", "→": r"\to"}

_KNOWN_TO_LATEX = {"exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min"}


ATOM, POWER, PRODUCT, SHAPE, NEGATIVE, SUM, WORDS = range(7)
"""How loosely a piece of a formula holds together."""


class Term(NamedTuple):
    """A piece of a formula, how loosely it holds together, and whether it stands for an array."""

    text: str
    loose: int = ATOM
    array: bool = False


def _made(text: str, loose: int, terms: Iterable[Term]) -> Term:
    return Term(text, loose, any(term.array for term in terms))


def looseness(name: str) -> int:
    """How loosely a user's name holds together: several words, or a minus, need brackets."""
    return WORDS if " " in name or name.startswith("-") else ATOM


def first_of(inputs: Sequence[Any], write: Callable[[Any], Term]) -> list[Term]:
    """Write the inputs of an operation; of very many the first ones, and dots."""
    terms = [write(x) for x in inputs[:MOST_INPUTS]]
    return [*terms, Term("…")] if len(inputs) > MOST_INPUTS else terms


def _looseness_of_number(text: str) -> int:
    if text.endswith("j"):
        return SUM
    return NEGATIVE if text.startswith("-") else ATOM


class Label(NamedTuple):
    """What a node is called: a name of the user's, or a symbol with a number."""

    name: str
    number: int | None = None


def numbered(names: Sequence[str], taken: Collection[str] = ()) -> list[Label]:
    """Return a label for each name, with a number where it comes again.

    Examples
    --------
    >>> [tuple(label) for label in numbered(["add", "exp", "add"], taken={"x"})]
    [('add', 1), ('exp', None), ('add', 2)]
    """
    times = Counter([*names, *taken])
    seen: Counter[str] = Counter()
    labels = []
    for name in names:
        seen[name] += 1
        labels.append(Label(name, seen[name] if times[name] > 1 else None))
    return labels


def labels_of(nodes: Iterable[Node], root: Node) -> dict[Node, Label]:
    """Return a label for every node: its name, or its operation, numbered where that repeats.

    Examples
    --------
    >>> x = Node(2.0, name="x")
    >>> root = x * x + x * 3
    >>> [(label.name, label.number) for label in labels_of([x, *root.inputs], root).values()]
    [('x', None), ('multiply', 1), ('multiply', 2)]
    """
    labels = {node: Label(node.name or "") for node in nodes}
    taken = {node.name for node in labels if node.name}
    free = [name for name in ("f", "L", "y", "root") if name not in taken]
    if root in labels and not root.name and free:
        labels[root] = Label(free[0])
    unnamed = [node for node, label in labels.items() if not label.name]
    symbols = ["u" if node.operation is None else node.operation.name for node in unnamed]
    return labels | dict(zip(unnamed, numbered(symbols, taken), strict=True))


@dataclass(frozen=True)
class Notation:
    """Writes formulas about one graph, in plain text or in LaTeX.

    Products of numbers are written with a dot, between arrays with ⊙, products of matrices with @.

    Parameters
    ----------
    labels : mapping of Node to Label
        What the nodes are called.
    format : str
        How numbers are written.
    latex : bool
        Whether in LaTeX, for math mode.
    """

    labels: Mapping[Node, Label]
    format: str
    latex: bool = False

    deepest: ClassVar[int] = 3
    shallowest: ClassVar[int] = 0
    longest: ClassVar[int] = 28
    """An operand without a name is written out so many operations back, up to so many letters."""

    @property
    def dots(self) -> str:
        """Where something is left out."""
        return r"\cdots" if self.latex else "…"

    def sign(self, sign: str) -> str:
        """A sign between two pieces."""
        return f" {_LATEX_SIGNS[sign] if self.latex else sign} "

    # --- names and numbers --------------------------------------------------------------------

    def name(self, name: str, number: int | None = None) -> str:
        """A name, with a number where there are several."""
        if not self.latex:
            return shown(name) + ("" if number is None else str(number))
        return latex_name(name) + ("" if number is None else f"_{{{number}}}")

    def label(self, node: Node) -> str:
        """What a node is called."""
        return self.name(*self.labels[node])

    def number(self, value: Any) -> str:
        """A number."""
        text = number(value, self.format)
        return latex_number(text) if self.latex else text

    def number_term(self, value: Any) -> Term:
        """A number, as a term."""
        text = self.number(value)
        return Term(text, _looseness_of_number(text))

    def value(self, value: Any) -> str:
        """A number, a small array with its entries, or a line about a large one."""
        if not np.ndim(value):
            return self.number(value)
        if not self.latex:
            return in_line(value, self.format)
        rows = grid(value, self.format)
        if rows is None:
            return latex_text(in_line(value, self.format))
        lines = r" \\ ".join(" & ".join(map(latex_number, row)) for row in rows)
        return rf"\begin{{pmatrix}} {lines} \end{{pmatrix}}"

    def shape(self, shape: tuple[int, ...]) -> str:
        """A shape."""
        text = shape_text(shape)
        if not (self.latex and shape):
            return self.words(text)
        text = text if text.startswith("(") else f"({text})"
        return text.replace("×", r" \times ")

    def words(self, text: str) -> str:
        """Words of ours beside a formula."""
        return latex_text(text) if self.latex else text

    # --- derivatives --------------------------------------------------------------------------

    def partial(self, above: str, below: str) -> str:
        """A partial derivative."""
        if self.latex:
            return rf"\frac{{\partial {above}}}{{\partial {below}}}"
        return f"∂{above}/∂{below}"

    def partial_term(self, above: str, below: Node) -> Term:
        """A partial derivative with respect to a node."""
        return Term(self.partial(above, self.label(below)), POWER, below.size != 1)

    def slot(self, position: int, function: str) -> str:
        """The derivative of a function for one of its places."""
        if self.latex:
            return rf"\partial_{{{position + 1}}} {function}"
        return f"∂{str(position + 1).translate(_SUBSCRIPTS)}{function}"

    def prime(self, name: str, number: int | None = None) -> str:
        """The derivative of a function of one variable: f'."""
        if not self.latex:
            return f"{self.name(name, number)}'"
        return f"{self.name(name)}'" + ("" if number is None else f"_{{{number}}}")

    # --- pieces of formulas -------------------------------------------------------------------

    def bracketed(self, term: Term, loosest: int) -> str:
        """A term, in brackets where it holds together less than it has to."""
        text = term.text
        closed = text.startswith("(") and text.find(")") == len(text) - 1  # the shape (2,)
        if term.loose <= loosest or closed:
            return text
        return rf"\left({term.text}\right)" if self.latex else f"({term.text})"

    def product(self, *terms: Term) -> Term:
        """Factors in one term."""
        apart = self.latex or any(term.loose == SHAPE for term in terms)
        return self._joined(terms, self.sign("·") if apart else "·")

    def chain(self, *terms: Term) -> Term:
        """Factors of the chain rule."""
        return self._joined(terms, self.sign("·"))

    def _joined(self, terms: Sequence[Term], dot: str) -> Term:
        first, *others = terms
        if not others:
            return first
        sign = self.sign("⊙") if all(term.array for term in terms) else dot
        parts = [self.bracketed(first, NEGATIVE), *(self.bracketed(t, SHAPE) for t in others)]
        return _made(sign.join(parts), max(PRODUCT, first.loose), terms)

    def matrix_product(self, *terms: Term, sign: str = "@") -> Term:
        """A product of matrices; with ⊗ all products of an entry of each."""
        # Without brackets the product with a sign of its own is the outer one: x @ W ⊙ y.
        loosest = [POWER if term.loose == PRODUCT else SHAPE for term in terms]
        text = self.sign(sign).join(map(self.bracketed, terms, loosest))
        return Term(text, NEGATIVE, True)

    def sum(self, left: Term, right: Term, sign: str = "+") -> Term:
        """A sum or a difference."""
        minus = sign == "-" or right.text.startswith("-")
        last = self.bracketed(right, SHAPE if minus else SUM)
        return _made(f"{self.bracketed(left, SUM)} {sign} {last}", SUM, (left, right))

    def difference(self, left: Term, right: Term) -> Term:
        """A difference."""
        return self.sum(left, right, "-")

    def negative(self, term: Term) -> Term:
        """A term with a minus before it."""
        return term._replace(text=f"-{self.bracketed(term, PRODUCT)}", loose=NEGATIVE)

    def fraction(self, above: Term, below: Term) -> Term:
        """A quotient."""
        text = f"{self.bracketed(above, PRODUCT)}/{self.bracketed(below, POWER)}"
        if self.latex:
            text = rf"\frac{{{above.text}}}{{{below.text}}}"
        return _made(text, PRODUCT, (above, below))

    def power(self, base: Term, exponent: Term) -> Term:
        """A power."""
        below = self.bracketed(base, ATOM)
        if self.latex:
            text = f"{{{below}}}^{{{exponent.text}}}"
        elif exponent.text.isdecimal():
            text = below + exponent.text.translate(_SUPERSCRIPTS)
        else:
            text = f"{below}^{self.bracketed(exponent, ATOM)}"
        return _made(text, POWER, (base, exponent))

    def root(self, term: Term) -> Term:
        """A square root."""
        text = rf"\sqrt{{{term.text}}}" if self.latex else f"√{self.bracketed(term, ATOM)}"
        return term._replace(text=text, loose=ATOM)

    def transposed(self, term: Term) -> Term:
        """A matrix transposed."""
        text = self.bracketed(term, ATOM)
        return Term(rf"{text}^\top" if self.latex else f"{text}ᵀ", POWER, True)

    def total(self, term: Term) -> Term:
        """A sum over axes."""
        text = self.bracketed(term, PRODUCT)
        return Term(rf"\sum {text}" if self.latex else f"Σ {text}", PRODUCT, term.array)

    def function(self, name: str, *terms: Term) -> Term:
        """A function of something."""
        inside = ", ".join(term.text for term in terms)
        text = f"{shown(name)}({inside})"
        if self.latex:
            written = f"\\{name}" if name in _KNOWN_TO_LATEX else latex_name(name)
            text = rf"{written}\left({inside}\right)"
        return _made(text, ATOM, terms)

    def where_positive(self, one: Term, term: Term, other: Term) -> Term:
        """One of two, by the sign of a third."""
        words = self.words(" where "), self.words(" > 0, else ")
        return Term(f"{one.text}{words[0]}{term.text}{words[1]}{other.text}", WORDS, term.array)

    # --- operands -----------------------------------------------------------------------------

    def operand(self, x: Any) -> Term:
        """An input of an operation: its name or number, or how it was made, if that is short."""
        plain = replace(self, latex=False) if self.latex else self
        term = Term("")
        for depth in range(self.deepest, self.shallowest, -1):
            term = plain.to_depth(x, depth)
            if len(term.text) <= self.longest:
                return self.to_depth(x, depth) if self.latex else term
        return self.to_depth(x, self.shallowest)

    def to_depth(self, x: Any, depth: int) -> Term:
        """The same, looking so many operations back."""
        if type(x) is not Node:
            return self.constant(x)
        term = self.symbol(x, depth)
        if term is not None:
            return term
        return self.applied(x, first_of(x.inputs, lambda y: self.to_depth(y, depth - 1)))

    def symbol(self, x: Node, depth: int) -> Term | None:
        """What stands for a node instead of how it was made; None where that is written out."""
        operation = x.operation
        if operation is None and not x.name and not x.requires_grad:
            return self.constant(x.value)
        if operation is None or x.name or not depth or len(x.inputs) > 2:
            return self.label_term(x)
        written = operation.name in _SIGNS or (operation.elementwise and not x.options)
        return None if written else self.label_term(x)

    def applied(self, node: Node, terms: Sequence[Term]) -> Term:
        """The operation of a node on terms: ``a + b``, ``exp(a)``."""
        name = node.operation.name  # type: ignore[union-attr]
        write = _SIGNS.get(name)
        made = write(self, *terms) if write else self.function(name, *terms)
        return made._replace(array=node.size != 1)

    def label_term(self, node: Node) -> Term:
        """What a node is called, as a term."""
        return Term(self.label(node), looseness(node.name or ""), node.size != 1)

    def constant(self, value: Any) -> Term:
        """A number of an expression; of an array its shape."""
        if np.ndim(value):
            return Term(self.words(f"[{shape_text(np.shape(value))}]"), ATOM, True)
        text = constant(value, self.format)
        written = latex_number(text) if self.latex else text
        return Term(written, _looseness_of_number(text))


_SIGNS: Mapping[str, Callable[..., Term]] = {
    "add": Notation.sum,
    "subtract": Notation.difference,
    "multiply": Notation.product,
    "divide": Notation.fraction,
    "power": Notation.power,
    "negative": Notation.negative,
    "matmul": Notation.matrix_product,
}
"""Operations that have a sign of their own."""
