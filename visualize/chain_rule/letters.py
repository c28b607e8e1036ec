"""The letters of a formula between matrices: names, gradients, derivatives, and their entries."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from autograd_core import Node

from .formulas import formula_of
from .notation import Notation, Term

WITH_NUMBER = re.compile(r"([^\W\d_])([_^]?)\{?(\d{1,3})\}?")
"""A name such as W1, W_1 or W^1."""


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


def _indexed(n: Notation, name: str, indices: str) -> str:
    """An entry of what has a name: ``w_{ij}^1`` of W1."""
    found = WITH_NUMBER.fullmatch(name)
    if found is not None:
        letter, number = found[1].lower(), found[3]
        return (
            f"{letter}_{{{indices}}}^{{{number}}}"
            if n.latex
            else f"{letter}_{{{indices}}}^{number}"
        )
    written = n.name(name.lower() if len(name) == 1 else name)
    return (
        f"{{{written}}}_{{{indices}}}" if n.latex and len(name) > 1 else f"{written}_{{{indices}}}"
    )


@dataclass(frozen=True)
class Name(Letter):
    """A node by its name."""

    name: str

    def text(self, n: Notation) -> str:
        """By itself."""
        return n.name(self.name)

    def entry(self, n: Notation, indices: str) -> str:
        """With indices in square brackets."""
        return f"{self.text(n)}[{indices}]"

    def indexed(self, n: Notation, indices: str) -> str:
        """With indices below."""
        return _indexed(n, self.name, indices)


@dataclass(frozen=True)
class Delta(Letter):
    """The gradient before the function of a layer: δ1."""

    number: str

    def text(self, n: Notation) -> str:
        """By itself."""
        return rf"\delta_{{{self.number}}}" if n.latex else f"δ{self.number}"

    def entry(self, n: Notation, indices: str) -> str:
        """With indices in square brackets."""
        return f"{self.text(n)}[{indices}]"

    def indexed(self, n: Notation, indices: str) -> str:
        """With indices below."""
        letter = r"\delta" if n.latex else "δ"
        above = f"^{{{self.number}}}" if n.latex else f"^{self.number}"
        return f"{letter}_{{{indices}}}{above if self.number else ''}"


@dataclass(frozen=True)
class Partial(Letter):
    """The gradient at a node: ∂L/∂Y."""

    root: str
    name: str
    fraction = True

    def _of(self, n: Notation, below: str) -> str:
        return n.partial(n.name(self.root), below)

    def text(self, n: Notation) -> str:
        """By itself."""
        return self._of(n, n.name(self.name))

    def entry(self, n: Notation, indices: str) -> str:
        """With indices in square brackets."""
        return self._of(n, f"{n.name(self.name)}[{indices}]")

    def indexed(self, n: Notation, indices: str) -> str:
        """With indices below."""
        return self._of(n, _indexed(n, self.name, indices))


@dataclass(frozen=True)
class Prime(Letter):
    """The derivative of a function: f1′(Z1); of columns f1′ alone, as on the slide."""

    function: str
    argument: str
    alone: bool

    def prime(self, n: Notation) -> str:
        """f1′, without what it is taken at."""
        written = n.name(self.function)
        return f"{{{written}}}'" if n.latex else f"{written}′"

    def full(self, n: Notation, argument: str | None = None) -> str:
        """f1′(Z1)."""
        argument = n.name(self.argument) if argument is None else argument
        return f"{self.prime(n)}({argument})"

    def text(self, n: Notation) -> str:
        """By itself."""
        return self.prime(n) if self.alone else self.full(n)

    def entry(self, n: Notation, indices: str) -> str:
        """With indices in square brackets."""
        return self.full(n, f"{n.name(self.argument)}[{indices}]")

    def indexed(self, n: Notation, indices: str) -> str:
        """With indices below."""
        return self.full(n, _indexed(n, self.argument, indices))


@dataclass(frozen=True, eq=False)
class Local(Letter):
    """The derivative of an operation entry by entry, as its formula."""

    node: Node
    position: int
    name: str
    operands: tuple[str | None, ...]
    fraction = True

    def _written(self, n: Notation) -> Term:
        pairs = zip(self.node.inputs, self.operands, strict=True)
        terms = [n.operand(x) if name is None else Term(n.name(name)) for x, name in pairs]
        found = formula_of(n, self.node, self.position, Term(n.name(self.name)), terms)
        below = self.operands[self.position] or ""
        return found or Term(n.partial(n.name(self.name), n.name(below)))

    def text(self, n: Notation) -> str:
        """By itself."""
        return n.bracketed(self._written(n), 0)

    def entry(self, n: Notation, indices: str) -> str:
        """With indices in square brackets."""
        return f"({self._written(n).text})[{indices}]"

    def indexed(self, n: Notation, indices: str) -> str:
        """With indices below."""
        return f"({self._written(n).text})_{{{indices}}}"
