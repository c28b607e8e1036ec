"""The letters of a formula between matrices: names, gradients, derivatives, and their entries."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from autograd_core import Node

from .formulas import formula_of
from .notation import ATOM, Notation, Term

WITH_NUMBER = re.compile(r"([^\W\d_])([_^]?)\{?(\d{1,3})\}?")
"""A name such as W1, W_1 or W^1."""


def term_of(n: Notation, x: Any) -> Term:
    """Return what a node or an array of the expression is called; a number as it is."""
    return n.label_term(x) if type(x) is Node else n.constant(x)


def name_of(n: Notation, x: Any) -> str:
    """Return the same as plain text, before it is written as mathematics."""
    label = n.labels.get(x) if type(x) is Node else None
    return label.name if label is not None else n.arrays.get(id(x), "")


def _written(n: Notation, x: Any) -> str:
    return n.bracketed(term_of(n, x), ATOM)


def _indexed(n: Notation, x: Any, indices: str) -> str:
    """An entry of what has a name: ``w_{ij}^1`` of W1."""
    written = _written(n, x)
    name = name_of(n, x)
    found = WITH_NUMBER.fullmatch(name)
    if found is not None:
        above = f"^{{{found[3]}}}" if n.latex else f"^{found[3]}"
        return f"{found[1].lower()}_{{{indices}}}{above}"
    if len(name) == 1 and name.isalpha():
        return f"{n.name(name.lower())}_{{{indices}}}"
    return f"{{{written}}}_{{{indices}}}" if n.latex else f"{written}_{{{indices}}}"


class Letter(ABC):
    """How a symbol is written."""

    fraction: ClassVar[bool] = False
    """Whether it has to be in brackets where it is transposed, as ∂L/∂y."""

    @abstractmethod
    def text(self, n: Notation) -> str:
        """By itself."""

    @abstractmethod
    def entry(self, n: Notation, indices: str) -> str:
        """One of its entries, with the indices in square brackets: ``W1[0,1]``."""

    @abstractmethod
    def indexed(self, n: Notation, indices: str) -> str:
        """One of its entries, with the indices below: ``w_{ij}^1``."""


@dataclass(frozen=True, eq=False)
class Name(Letter):
    """A node, or an array of the expression, by its name."""

    x: Any

    def text(self, n: Notation) -> str:
        """By itself."""
        return _written(n, self.x)

    def entry(self, n: Notation, indices: str) -> str:
        """With indices in square brackets."""
        return f"{self.text(n)}[{indices}]"

    def indexed(self, n: Notation, indices: str) -> str:
        """With indices below."""
        return _indexed(n, self.x, indices)


@dataclass(frozen=True)
class Delta(Letter):
    """The gradient before the function of a layer: δ1."""

    number: str

    def text(self, n: Notation) -> str:
        """By itself."""
        if n.latex:
            return rf"\delta_{{{self.number}}}" if self.number else r"\delta"
        return f"δ{self.number}"

    def entry(self, n: Notation, indices: str) -> str:
        """With indices in square brackets."""
        return f"{self.text(n)}[{indices}]"

    def indexed(self, n: Notation, indices: str) -> str:
        """With indices below."""
        letter = r"\delta" if n.latex else "δ"
        above = f"^{{{self.number}}}" if n.latex else f"^{self.number}"
        return f"{letter}_{{{indices}}}{above if self.number else ''}"


@dataclass(frozen=True, eq=False)
class Partial(Letter):
    """The gradient at a node: ∂L/∂y."""

    root: Node
    x: Node
    fraction = True

    def _of(self, n: Notation, below: str) -> str:
        return n.partial(n.label(self.root), below)

    def text(self, n: Notation) -> str:
        """By itself."""
        return self._of(n, _written(n, self.x))

    def entry(self, n: Notation, indices: str) -> str:
        """With indices in square brackets."""
        return self._of(n, f"{_written(n, self.x)}[{indices}]")

    def indexed(self, n: Notation, indices: str) -> str:
        """With indices below."""
        return self._of(n, _indexed(n, self.x, indices))


@dataclass(frozen=True, eq=False)
class Prime(Letter):
    """The derivative of a function: f1′(Z1); of columns f1′ alone, as on the slide."""

    function: str
    x: Node
    alone: bool

    def prime(self, n: Notation) -> str:
        """f1′, without what it is taken at."""
        written = n.name(self.function)
        return f"{{{written}}}'" if n.latex else f"{written}′"

    def full(self, n: Notation, argument: str | None = None) -> str:
        """f1′(Z1)."""
        if argument is None:
            argument = term_of(n, self.x).text
        return f"{self.prime(n)}({argument})"

    def text(self, n: Notation) -> str:
        """By itself."""
        return self.prime(n) if self.alone else self.full(n)

    def entry(self, n: Notation, indices: str) -> str:
        """With indices in square brackets."""
        return self.full(n, f"{_written(n, self.x)}[{indices}]")

    def indexed(self, n: Notation, indices: str) -> str:
        """With indices below."""
        return self.full(n, _indexed(n, self.x, indices))


@dataclass(frozen=True, eq=False)
class Local(Letter):
    """The derivative of an operation entry by entry, as its formula."""

    node: Node
    position: int
    fraction = True

    def _term(self, n: Notation) -> Term:
        terms = [term_of(n, x) for x in self.node.inputs]
        found = formula_of(n, self.node, self.position, term_of(n, self.node), terms)
        return found or n.partial_term(n.label(self.node), self.node.inputs[self.position])

    def text(self, n: Notation) -> str:
        """By itself."""
        return n.bracketed(self._term(n), ATOM)

    def entry(self, n: Notation, indices: str) -> str:
        """With indices in square brackets."""
        return f"({self._term(n).text})[{indices}]"

    def indexed(self, n: Notation, indices: str) -> str:
        """With indices below."""
        return f"({self._term(n).text})_{{{indices}}}"
