"""Formulas between matrices as trees: written as in the lecture, in indices, and computed.

A vector is a column here and a number a matrix of one entry, so that products and transposes are
what they are on paper.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .latex import latex_transposed
from .letters import Letter
from .notation import Notation

ATOM, RAISED, PRODUCT, ENTRYWISE, SUM = range(5)
"""How loosely a formula holds together."""

Index = str | int
Step = tuple["Symbol", int, int]
"""A factor of a sum that is written out: a symbol, and which entry of it."""


class Pen:
    """How the pieces of a formula are put on paper."""

    def __init__(self, n: Notation) -> None:
        self.n = n
        self.brackets = 0

    def symbol(self, symbol: Symbol) -> str:
        """A symbol by its name."""
        return symbol.letter.text(self.n)

    def entry(self, symbol: Symbol, indices: list[str]) -> str:
        """One of its entries."""
        return symbol.letter.indexed(self.n, "".join(indices))

    between = " "

    def transposed(self, part: Matrix) -> str:
        """A piece transposed."""
        text = part.closed(self, ATOM)
        if isinstance(part, Symbol) and part.letter.fraction:
            text = self.bracketed(text)
        return latex_transposed(text) if self.n.latex else f"{text}ᵀ"

    def scaled(self, factor: float, text: str) -> str:
        """A piece times a number."""
        return f"-{text}" if factor == -1 else f"{self.n.number(factor)} {text}"

    @property
    def circle(self) -> str:
        """The sign of products entry by entry."""
        return r" \circ " if self.n.latex else " ∘ "

    def over(self, letter: str) -> str:
        """The sign of a sum over an index."""
        return rf"\sum_{{{letter}}}" if self.n.latex else f"Σ_{letter}"

    def bracketed(self, text: str, *, square: bool = False) -> str:
        """Brackets around a piece; square ones where there are others inside."""
        self.brackets += 1
        left, right = "[]" if square else "()"
        return rf"\left{left}{text}\right{right}" if self.n.latex else f"{left}{text}{right}"


class Brackets(Pen):
    """Writes entries with their indices in square brackets."""

    between = "·"

    def __init__(self, n: Notation) -> None:
        super().__init__(n)
        self.between = n.sign("·") if n.latex else "·"

    def entry(self, symbol: Symbol, indices: list[str]) -> str:
        """One entry of a symbol."""
        return symbol.letter.entry(self.n, ",".join(indices))


class Shapes(Pen):
    """Writes the shape of every symbol in its place."""

    def __init__(self, n: Notation) -> None:
        super().__init__(n)
        self.between = n.sign("·")

    def symbol(self, symbol: Symbol) -> str:
        """The rows and columns of a symbol."""
        return self.shape(symbol)

    def shape(self, matrix: Matrix) -> str:
        """The rows and columns of any piece."""
        return (r"{\times}" if self.n.latex else "×").join(map(str, matrix.shape))

    def transposed(self, part: Matrix) -> str:
        """A symbol has its shape turned, another piece keeps the sign."""
        if isinstance(part, Symbol):
            return self.shape(Transposed(part))
        return super().transposed(part)

    def scaled(self, factor: float, text: str) -> str:
        """A number has no shape."""
        return text


class Matrix(ABC):
    """A piece of a formula."""

    loose: ClassVar[int] = ATOM

    @property
    def pieces(self) -> list[Matrix]:
        """The formulas that it is made of."""
        return [part for part in vars(self).values() if isinstance(part, Matrix)]

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """Its rows and columns."""

    @abstractmethod
    def computed(self) -> Any:
        """What the formula gives, from the values of its symbols alone."""

    @abstractmethod
    def written(self, pen: Pen) -> str:
        """The formula as text."""

    @abstractmethod
    def at(self, pen: Pen, row: Index, column: Index, letters: Iterator[str]) -> str:
        """One entry as text, with one of `letters` for each index that is summed over."""

    @abstractmethod
    def terms(self, row: int, column: int) -> list[tuple[float, list[Step]]]:
        """One entry as a sum of products: a number, and factors."""

    @abstractmethod
    def has(self, axis: str) -> bool:
        """Whether an entry needs an index for its row ("r") or its column ("c")."""

    def closed(self, pen: Pen, loosest: int) -> str:
        """The formula, in brackets where it holds together less than it has to."""
        before = pen.brackets
        text = self.written(pen)
        if self.loose <= loosest:
            return text
        return pen.bracketed(text, square=self.loose >= ENTRYWISE and pen.brackets > before)

    @property
    def transposed(self) -> Matrix:
        """The same with rows and columns exchanged."""
        return Transposed(self)


class Symbol(Matrix):
    """A letter of the formula.

    Parameters
    ----------
    value : ndarray
        What it stands for; see `as_matrix`.
    letter : Letter
        How it is written, and its entries.
    axes : str, default "rc"
        Which indices an entry has: "rc", "r", "c", or none.
    definition : Matrix, optional
        What it stands for, if that is a formula of its own; then `value` follows from it.
    """

    def __init__(
        self, value: Any, letter: Letter, axes: str = "rc", *, definition: Matrix | None = None
    ) -> None:
        self.value = value
        self.letter = letter
        self.axes = axes
        self.definition = definition

    @property
    def pieces(self) -> list[Matrix]:
        """A symbol has none."""
        return []

    @property
    def shape(self) -> tuple[int, int]:
        """Its rows and columns."""
        rows, columns = self.value.shape
        return rows, columns

    def has(self, axis: str) -> bool:
        """Whether it is among its axes."""
        return axis in self.axes

    def computed(self) -> Any:
        """Its value, or that of its definition."""
        return self.value if self.definition is None else self.definition.computed()

    def written(self, pen: Pen) -> str:
        """Its name."""
        return pen.symbol(self)

    def at(self, pen: Pen, row: Index, column: Index, letters: Iterator[str]) -> str:
        """Its entry."""
        indices = [str({"r": row, "c": column}[axis]) for axis in self.axes]
        return pen.entry(self, indices) if indices else pen.symbol(self)

    def terms(self, row: int, column: int) -> list[tuple[float, list[Step]]]:
        """Itself; where it has one row or column, the one that there is."""
        rows, columns = self.shape
        return [(1.0, [(self, row if rows > 1 else 0, column if columns > 1 else 0)])]


@dataclass(eq=False)
class Transposed(Matrix):
    """A matrix with its rows as columns."""

    part: Matrix

    loose = RAISED

    @property
    def shape(self) -> tuple[int, int]:
        """The shape turned round."""
        rows, columns = self.part.shape
        return columns, rows

    def has(self, axis: str) -> bool:
        """The other one of what it was before."""
        return self.part.has("c" if axis == "r" else "r")

    def computed(self) -> Any:
        """The entries turned round."""
        return self.part.computed().T

    def written(self, pen: Pen) -> str:
        """The piece with a sign."""
        return pen.transposed(self.part)

    def at(self, pen: Pen, row: Index, column: Index, letters: Iterator[str]) -> str:
        """The entry on the other side."""
        return self.part.at(pen, column, row, letters)

    def terms(self, row: int, column: int) -> list[tuple[float, list[Step]]]:
        """Those of the entry on the other side."""
        return self.part.terms(column, row)

    @property
    def transposed(self) -> Matrix:
        """What it was before."""
        return self.part


@dataclass(eq=False)
class Product(Matrix):
    """The product of two matrices."""

    left: Matrix
    right: Matrix

    loose = PRODUCT

    @property
    def shape(self) -> tuple[int, int]:
        """Rows of the left, columns of the right."""
        return self.left.shape[0], self.right.shape[1]

    def has(self, axis: str) -> bool:
        """Rows are those of the left, columns those of the right."""
        return (self.left if axis == "r" else self.right).has(axis)

    def computed(self) -> Any:
        """The product."""
        return self.left.computed() @ self.right.computed()

    def written(self, pen: Pen) -> str:
        """One beside the other."""
        return pen.between.join(part.closed(pen, PRODUCT) for part in (self.left, self.right))

    def at(self, pen: Pen, row: Index, column: Index, letters: Iterator[str]) -> str:
        """A sum over the inner index, if there is more than one."""
        if not (self.left.has("c") or self.right.has("r")):
            parts = self.left.at(pen, row, 0, letters), self.right.at(pen, 0, column, letters)
            return pen.between.join(parts)
        letter = next(letters)
        parts = (
            self.left.at(pen, row, letter, letters), self.right.at(pen, letter, column, letters)
        )  # fmt: skip
        return f"{pen.over(letter)} {pen.between.join(parts)}"

    def terms(self, row: int, column: int) -> list[tuple[float, list[Step]]]:
        """A product for each inner index."""
        return [
            (a * b, [*first, *second])
            for inner in range(self.left.shape[1])
            for a, first in self.left.terms(row, inner)
            for b, second in self.right.terms(inner, column)
        ]

    @property
    def transposed(self) -> Matrix:
        """The factors transposed, in the other order."""
        return Product(self.right.transposed, self.left.transposed)


@dataclass(eq=False)
class Entrywise(Matrix):
    """The product entry by entry."""

    left: Matrix
    right: Matrix

    loose = ENTRYWISE

    @property
    def shape(self) -> tuple[int, int]:
        """That of the larger."""
        rows, columns = np.broadcast_shapes(self.left.shape, self.right.shape)
        return rows, columns

    def has(self, axis: str) -> bool:
        """What one of the two has."""
        return self.left.has(axis) or self.right.has(axis)

    def computed(self) -> Any:
        """The product of the entries."""
        return self.left.computed() * self.right.computed()

    def written(self, pen: Pen) -> str:
        """With a sign; a product of matrices in it needs brackets."""
        parts = []
        for part in (self.left, self.right):
            loosest = RAISED if part.loose == PRODUCT else ENTRYWISE
            parts.append(part.closed(pen, loosest))
        return pen.circle.join(parts)

    def at(self, pen: Pen, row: Index, column: Index, letters: Iterator[str]) -> str:
        """The two entries, those that are sums last."""
        parts = [part for whole in (self.left, self.right) for part in _factors(whole)]
        parts.sort(key=lambda part: isinstance(part, Product))
        texts = [part.at(pen, row, column, letters) for part in parts]
        sums = [f"({text})" if isinstance(part, Sum) else text
                for part, text in zip(parts, texts, strict=True)]  # fmt: skip
        return pen.between.join(sums)

    def terms(self, row: int, column: int) -> list[tuple[float, list[Step]]]:
        """Every product of their terms."""
        return [
            (a * b, [*first, *second])
            for a, first in self.left.terms(row, column)
            for b, second in self.right.terms(row, column)
        ]


class Scaled(Matrix):
    """A number times a matrix."""

    loose = PRODUCT

    def __init__(self, factor: float, part: Matrix) -> None:
        self.factor, self.part = factor, part

    @property
    def shape(self) -> tuple[int, int]:
        """That of the matrix."""
        return self.part.shape

    def has(self, axis: str) -> bool:
        """What the matrix has."""
        return self.part.has(axis)

    def computed(self) -> Any:
        """The product."""
        return self.factor * self.part.computed()

    def written(self, pen: Pen) -> str:
        """The number first."""
        return pen.scaled(self.factor, self.part.closed(pen, PRODUCT))

    def at(self, pen: Pen, row: Index, column: Index, letters: Iterator[str]) -> str:
        """The number times the entry."""
        return pen.scaled(self.factor, self.part.at(pen, row, column, letters))

    def terms(self, row: int, column: int) -> list[tuple[float, list[Step]]]:
        """The number in each term."""
        return [(self.factor * a, steps) for a, steps in self.part.terms(row, column)]

    @property
    def transposed(self) -> Matrix:
        """The number stays before it."""
        return Scaled(self.factor, self.part.transposed)


class Sum(Matrix):
    """A sum of matrices."""

    loose = SUM

    def __init__(self, *parts: Matrix) -> None:
        self.parts = parts

    @property
    def pieces(self) -> list[Matrix]:
        """Its parts."""
        return list(self.parts)

    @property
    def shape(self) -> tuple[int, int]:
        """That of its parts."""
        return self.parts[0].shape

    def has(self, axis: str) -> bool:
        """What one of them has."""
        return any(part.has(axis) for part in self.parts)

    def computed(self) -> Any:
        """The sum."""
        first, *others = (part.computed() for part in self.parts)
        return sum(others, start=first)

    def written(self, pen: Pen) -> str:
        """With a plus, or a minus."""
        return " + ".join(part.closed(pen, ENTRYWISE) for part in self.parts).replace("+ -", "- ")

    def at(self, pen: Pen, row: Index, column: Index, letters: Iterator[str]) -> str:
        """The sum of the entries, each with the same letters."""
        texts = [part.at(pen, row, column, copy(letters)) for part in self.parts]
        return " + ".join(texts).replace("+ -", "- ")

    def terms(self, row: int, column: int) -> list[tuple[float, list[Step]]]:
        """The terms of all."""
        return [term for part in self.parts for term in part.terms(row, column)]


@dataclass(eq=False)
class OverRows(Matrix):
    """The sum of all rows, as a column: what broadcasting a bias to all samples passes back."""

    part: Matrix

    loose = PRODUCT

    @property
    def shape(self) -> tuple[int, int]:
        """A column."""
        return self.part.shape[1], 1

    def has(self, axis: str) -> bool:
        """A column has rows."""
        return axis == "r"

    def computed(self) -> Any:
        """The sum over the first axis."""
        return self.part.computed().sum(axis=0)[:, None]

    def written(self, pen: Pen) -> str:
        """With the sign of a sum over n, the number of the row."""
        return f"{pen.over('n')} {self.part.closed(pen, RAISED)}"

    def at(self, pen: Pen, row: Index, column: Index, letters: Iterator[str]) -> str:
        """The sum over a column."""
        letter = next(letters)
        return f"{pen.over(letter)} {self.part.at(pen, letter, row, letters)}"

    def terms(self, row: int, column: int) -> list[tuple[float, list[Step]]]:
        """The entries of a column."""
        return [term for other in range(self.part.shape[0]) for term in self.part.terms(other, row)]


@dataclass(eq=False)
class Total(Matrix):
    """The sum of all entries: what broadcasting a number passes back."""

    part: Matrix

    loose = PRODUCT

    @property
    def shape(self) -> tuple[int, int]:
        """One entry."""
        return 1, 1

    def has(self, axis: str) -> bool:
        """A number has none."""
        return False

    def computed(self) -> Any:
        """The sum."""
        return self.part.computed().sum()[None, None]

    def written(self, pen: Pen) -> str:
        """With the sign of a sum."""
        return f"{pen.over('').rstrip('_{}')} {self.part.closed(pen, RAISED)}"

    def at(self, pen: Pen, row: Index, column: Index, letters: Iterator[str]) -> str:
        """The sum over both indices."""
        one, two = next(letters), next(letters)
        return f"{pen.over(one)} {pen.over(two)} {self.part.at(pen, one, two, letters)}"

    def terms(self, row: int, column: int) -> list[tuple[float, list[Step]]]:
        """All entries."""
        rows, columns = self.part.shape
        return [term for r in range(rows) for c in range(columns) for term in self.part.terms(r, c)]


def _factors(part: Matrix) -> list[Matrix]:
    return [*_factors(part.left), *_factors(part.right)] if isinstance(part, Entrywise) else [part]


def as_matrix(value: Any, *, as_row: bool = False) -> Any:
    """Return a number, vector or matrix with two axes: a vector as a column, or as a row.

    Examples
    --------
    >>> as_matrix(np.ones(3)).shape, as_matrix(np.ones(3), as_row=True).shape, as_matrix(2.0).shape
    ((3, 1), (1, 3), (1, 1))
    """
    array = np.asanyarray(value)
    if array.ndim > 1:
        return array
    return array.reshape((1, -1) if as_row else (-1, 1))
