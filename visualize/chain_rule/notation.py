"""Formulas written twice: as plain text, and as LaTeX that every user's string passes escaped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from autograd_core import Node

from ..text import constant, grid, in_line, number, shape_text, shown

LONGEST_OPERAND = 28
"""An operand without a name is written out up to this many letters, else it gets a symbol."""

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

_KNOWN_TO_LATEX = {"exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min"}


ATOM, PRODUCT, NEGATIVE, SUM, WORDS = range(5)
"""How loosely a piece of a formula holds together."""


class Term(NamedTuple):
    """A piece of a formula, and how loosely it holds together."""

    text: str
    loose: int = ATOM


class Label(NamedTuple):
    """What a node is called: a name of the user's, or a symbol with a number."""

    name: str
    number: int | None = None


def labels_of(nodes: Iterable[Node], root: Node) -> dict[Node, Label]:
    """Return a label for every node: its name, or its operation, numbered where that repeats.

    Examples
    --------
    >>> x = Node(2.0, name="x")
    >>> root = x * x + x * 3
    >>> [(label.name, label.number) for label in labels_of([x, *root.inputs], root).values()]
    [('x', None), ('multiply', 1), ('multiply', 2)]
    """
    nodes = list(nodes)
    taken = {node.name for node in nodes if node.name}
    free = [name for name in ("f", "L", "y", "root") if name not in taken]
    labels: dict[Node, Label] = {}
    unnamed: dict[str, list[Node]] = {}
    for node in nodes:
        if node.name:
            labels[node] = Label(node.name)
        elif node is root and free:
            labels[node] = Label(free[0])
        else:
            symbol = "u" if node.operation is None else node.operation.name
            unnamed.setdefault(symbol, []).append(node)
            labels[node] = Label(symbol)
    for symbol, same in unnamed.items():
        if len(same) > 1 or symbol in taken:
            labels |= {node: Label(symbol, index) for index, node in enumerate(same, 1)}
    return labels


class Notation:
    """Writes formulas about one graph, in plain text or in LaTeX.

    Parameters
    ----------
    labels : dict
        What the nodes are called.
    number_format : str
        How numbers are written.
    latex : bool
        Whether in LaTeX, for math mode.
    arrays : bool, default False
        Whether products are between arrays, entry by entry.
    """

    def __init__(
        self,
        labels: dict[Node, Label],
        number_format: str,
        latex: bool,
        *,
        arrays: bool = False,
    ) -> None:
        self.labels = labels
        self.format = number_format
        self.latex = latex
        self.arrays = arrays
        self.times = r" \cdot " if latex else " · "
        self.entrywise = r" \odot " if latex else " ⊙ "

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
        return _latex_number(text) if self.latex else text

    def value(self, value: Any) -> str:
        """A number, a small array with its entries, or a line about a large one."""
        if not np.ndim(value):
            return self.number(value)
        if not self.latex:
            return in_line(value, self.format)
        rows = grid(value, self.format)
        if rows is None:
            return latex_text(in_line(value, self.format))
        lines = r" \\ ".join(" & ".join(map(_latex_number, row)) for row in rows)
        return rf"\begin{{pmatrix}} {lines} \end{{pmatrix}}"

    def shape(self, shape: tuple[int, ...]) -> str:
        """A shape in brackets."""
        text = shape_text(shape)
        if not shape:
            return self.words(f"({text})")
        text = text if text.startswith("(") else f"({text})"
        return text.replace("×", r" \times ") if self.latex else text

    def words(self, text: str) -> str:
        """Words of ours beside a formula."""
        return latex_text(text) if self.latex else text

    # --- derivatives --------------------------------------------------------------------------

    def partial(self, above: str, below: str) -> str:
        """A partial derivative."""
        if self.latex:
            return rf"\frac{{\partial {above}}}{{\partial {below}}}"
        return f"∂{above}/∂{below}"

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

    def transposed(self, text: str) -> str:
        """A matrix transposed."""
        return f"{text}^\\top" if self.latex else f"{text}ᵀ"

    def total(self, text: str) -> str:
        """A sum over axes."""
        return rf"\sum {text}" if self.latex else f"Σ {text}"

    # --- pieces of formulas -------------------------------------------------------------------

    def bracketed(self, term: Term, loosest: int) -> str:
        """A term, in brackets where it holds together less than it has to."""
        if term.loose <= loosest:
            return term.text
        return rf"\left({term.text}\right)" if self.latex else f"({term.text})"

    def product(self, *terms: Term) -> Term:
        """Factors in one term."""
        dot = r" \cdot " if self.latex else "·"
        first, *others = terms
        if self.arrays and not any(_NUMBER.fullmatch(term.text) for term in terms):
            dot = self.entrywise
        return Term(
            dot.join(
                [self.bracketed(first, NEGATIVE), *(self.bracketed(t, PRODUCT) for t in others)]
            ),
            PRODUCT,
        )

    def sum(self, left: Term, right: Term, sign: str = "+") -> Term:
        """A sum or a difference."""
        minus = sign == "-" or right.text.startswith("-")
        last = self.bracketed(right, PRODUCT if minus else SUM)
        return Term(f"{left.text} {sign} {last}", SUM)

    def negative(self, term: Term) -> Term:
        """A term with a minus before it."""
        return Term(f"-{self.bracketed(term, PRODUCT)}", NEGATIVE)

    def fraction(self, above: Term, below: Term) -> Term:
        """A quotient."""
        if self.latex:
            return Term(rf"\frac{{{above.text}}}{{{below.text}}}", PRODUCT)
        return Term(f"{self.bracketed(above, PRODUCT)}/{self.bracketed(below, ATOM)}", PRODUCT)

    def power(self, base: Term, exponent: Term) -> Term:
        """A power."""
        below = self.bracketed(base, ATOM)
        if self.latex:
            return Term(f"{{{below}}}^{{{exponent.text}}}")
        if exponent.text.isdecimal():
            return Term(below + exponent.text.translate(_SUPERSCRIPTS))
        return Term(f"{below}^{self.bracketed(exponent, ATOM)}")

    def root(self, term: Term) -> Term:
        """A square root."""
        if self.latex:
            return Term(rf"\sqrt{{{term.text}}}")
        return Term(f"√{self.bracketed(term, ATOM)}")

    def function(self, name: str, *terms: Term) -> Term:
        """A function of something."""
        inside = ", ".join(term.text for term in terms)
        if not self.latex:
            return Term(f"{shown(name)}({inside})")
        written = f"\\{name}" if name in _KNOWN_TO_LATEX else latex_name(name)
        return Term(rf"{written}\left({inside}\right)")

    # --- operands -----------------------------------------------------------------------------

    def operand(self, x: Any) -> Term:
        """An input of an operation: its name or number, or how it was made, if that is short."""
        plain = Notation(self.labels, self.format, False, arrays=self.arrays)
        for depth in (3, 2, 1):
            if len(plain._operand(x, depth).text) <= LONGEST_OPERAND:
                return self._operand(x, depth)
        return self._operand(x, 0)

    def _operand(self, x: Any, depth: int) -> Term:
        if type(x) is not Node:
            return self._constant(x)
        operation = x.operation
        if x.name or (operation is None and x.requires_grad):
            return Term(self.label(x))
        if operation is None:
            return self._constant(x.value)
        if depth == 0 or len(x.inputs) > 2:
            return Term(self.label(x))
        terms = [self._operand(y, depth - 1) for y in x.inputs]
        made_by = operation.name
        if made_by in ("add", "subtract"):
            return self.sum(terms[0], terms[1], "+" if made_by == "add" else "-")
        if made_by == "multiply":
            return self.product(*terms)
        if made_by == "divide":
            return self.fraction(*terms)
        if made_by == "power":
            return self.power(*terms)
        if made_by == "negative":
            return self.negative(*terms)
        if operation.elementwise and not x.options:
            return self.function(made_by, *terms)
        return Term(self.label(x))

    def _constant(self, value: Any) -> Term:
        if np.ndim(value):
            return Term(self.words(f"[{shape_text(np.shape(value))}]"))
        text = constant(value, self.format)
        written = _latex_number(text) if self.latex else text
        return Term(written, NEGATIVE if text.startswith("-") else ATOM)


# --- LaTeX ---------------------------------------------------------------------------------------

# Valid in LaTeX's math mode and in MathJax. "<" and "&" never stand before a letter, so that a page
# which takes the text for HTML finds no tag and no entity in it.
_ESCAPES = {
    "\\": r"\backslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\${}",
    "&": r"{\&}",
    "#": r"\#{}",
    "_": r"\_{}",
    "%": r"\%{}",
    "^": r"\hat{\ }",
    "~": r"{\sim}",
    "<": "{<}",
    ">": "{>}",
    " ": r"\ ",
    "-": r"\text{-}",
    "'": r"\text{'}",
    '"': r"\text{''}",
    "`": r"\text{'}",
}
_WITH_INDEX = re.compile(r"([A-Za-z])_?([0-9]{1,4})")
_NUMBER = re.compile(r"-?[\d.]+")
_HAT = re.compile(r"([A-Za-z])_?hat")
_SCIENTIFIC = re.compile(r"(-?[\d.]+)e([+-])0*(\d+)")


def latex_name(name: str) -> str:
    r"""Return a user's name for math mode; nothing in it is a command.

    Examples
    --------
    >>> print(latex_name("w2"), latex_name("target"), latex_name(r"\input{x} & <b>"))
    w_{2} \mathrm{target} \mathrm{\backslash{}input\{x\}\ {\&}\ {<}b{>}}
    """
    if len(name) == 1 and name.isascii() and name.isalpha():
        return name
    if found := _WITH_INDEX.fullmatch(name):
        return f"{found[1]}_{{{found[2]}}}"
    if found := _HAT.fullmatch(name):
        return rf"\hat{{{found[1]}}}"
    return rf"\mathrm{{{_escaped(shown(name))}}}"


def latex_text(text: str) -> str:
    """Return words for math mode."""
    return rf"\mathrm{{{_escaped(text)}}}"


def _escaped(text: str) -> str:
    return "".join(
        _ESCAPES.get(letter, letter if letter.isascii() else rf"\text{{{letter}}}")
        for letter in text
    )


def _latex_number(text: str) -> str:
    if found := _SCIENTIFIC.fullmatch(text):
        sign = "-" if found[2] == "-" else ""
        return rf"{found[1]} \times 10^{{{sign}{found[3]}}}"
    named = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{nan}"}
    if text in named:
        return named[text]
    return text if _NUMBER.fullmatch(text) else latex_text(text)


def repeated(names: Iterable[str]) -> set[str]:
    """The names that come more than once."""
    return {name for name, times in Counter(names).items() if times > 1}
