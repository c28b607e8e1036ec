"""What the letters of a closed form stand for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .functions import function_formulas, function_names
from .layers import Unit
from .letters import Partial, Prime, term_of
from .loss_gradients import loss_gradient
from .matrices import Matrix, Symbol
from .matrix_gradient import MatrixGradient
from .notation import Term


def legend(form: MatrixGradient, tree: Matrix) -> list[tuple[str, str]]:
    """Return the lines that say what the functions and the gradient at the output are."""
    return _Legend(form).rows(tree)


class _Legend:
    """Writes what the letters of one formula mean."""

    def __init__(self, form: MatrixGradient) -> None:
        self.form, self.n, self.layers = form, form.n, form.layers

    def rows(self, tree: Matrix) -> list[tuple[str, str]]:
        """The lines, left and right of their equals signs."""
        letters = [symbol.letter for symbol in _symbols(tree)]
        primed = {letter.function for letter in letters if isinstance(letter, Prime)}
        units = [unit for unit in self.layers.units.values() if unit.letter in primed]
        units.sort(key=lambda unit: self.layers.place[unit.start])
        rows = [
            (term_of(self.n, unit.end).text,
             f"{self.n.name(unit.letter)}({term_of(self.n, unit.start).text})")
            for unit in units
        ]  # fmt: skip
        rows += self._functions(units)
        if any(isinstance(letter, Partial) and letter.x is self.form.head for letter in letters):
            rows += loss_gradient(self.form)
        return rows

    def _functions(self, units: Sequence[Unit]) -> list[tuple[str, str]]:
        """What f and f′ are; functions that are the same stand in one line."""
        n = self.n
        found: dict[tuple[str, str | None], list[Unit]] = {}
        for unit in units:
            only = unit.members[0] if len(unit.members) == 1 else None
            scope = unit.scope.name if unit.scope is not None else unit.letter
            name, _ = function_names(only if only is not None else scope)
            f, slope = function_formulas(n, name, unit.members, unit.start, "z")
            called = n.function(name, Term("z")).text
            if name == unit.letter or not name.isidentifier():
                written = f or called
            else:
                written = called if f in (called, None) else f"{called} = {f}"
            found.setdefault((written, slope), []).append(unit)
        rows = []
        for (written, slope), same in found.items():
            primes = [Prime(unit.letter, unit.start, alone=False) for unit in same]
            rows.append((" = ".join(f"{n.name(unit.letter)}(z)" for unit in same), written))
            if slope is not None:
                rows.append((" = ".join(prime.full(n, "z") for prime in primes), slope))
        for unit in units:
            if not self.layers.is_matrix(unit.start):
                at = Prime(unit.letter, unit.start, alone=True)
                rows.append((at.text(n), at.full(n)))
        return rows


def _symbols(tree: Matrix) -> Iterator[Symbol]:
    """The symbols of a formula, and of those that it is written with."""
    waiting = [tree]
    seen: set[int] = set()
    while waiting:
        part = waiting.pop()
        if isinstance(part, Symbol):
            yield part
            if part.definition is not None and id(part) not in seen:
                seen.add(id(part))
                waiting.append(part.definition)
        waiting += part.pieces
