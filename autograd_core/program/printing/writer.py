"""From values to lines of code: what stands inside of what, and what each line is called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...modes import Scope
from ...operation import Operation
from ..errors import UnsupportedOperationError
from ..value import Value
from . import helpers
from .extracted import extracted
from .identifiers import Names, comment
from .literals import Literals, NoCodeError, number, scalar, shortest
from .order import Order, is_cheap, is_view, memory_of
from .spelling import (
    HELPED,
    NAMED_INPUTS,
    ROWS,
    Call,
    in_precision_of,
    library_function,
    promotes_alike,
    special,
)
from .terms import ATOM, Term, call

if TYPE_CHECKING:
    from ..program import Program

LONGEST = 88
"""A line gets no longer where a part of it can stand in a line of its own."""

LONGEST_PART, DEEPEST_PART = 60, 5
"""What is longer, or holds more operations within each other, gets a line of its own."""

HELPERS = [name for name, x in vars(helpers).items() if type(x) is FunctionType]

OPERATORS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "mod": "remainder",
    "floordiv": "floor_divide", "matmul": "matmul", "pow": "power", "neg": "negative",
    "pos": "positive", "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal",
    "gt": "greater", "ge": "greater_equal",
}  # fmt: skip
"""Python's functions for operators, and the operations that have their rows."""


class Line(NamedTuple):
    """A line of the function, without its indentation."""

    text: str
    scope: Scope | None = None


@dataclass
class Sections:
    """The lines of a function."""

    forward: list[Line] = field(default_factory=list)
    backward: list[Line] = field(default_factory=list)
    update: list[Line] = field(default_factory=list)


class Writer:
    """Writes the lines of a program.

    Attributes
    ----------
    sections : Sections
        The lines.
    names : Names
        All names that the function uses.
    inputs : list of str
        What the inputs are called.
    literals : Literals
        With the large arrays that the code names.
    helpers : set of str
        Functions of `helpers` that are called.
    definitions : dict of str to str
        Functions of users' operations, by name.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.names = Names(HELPERS)
        self.literals = Literals(self.names.new)
        self.helpers: set[str] = set()
        self.definitions: dict[str, str] = {}
        self._operations: dict[Operation, str] = {}
        self.sections = Sections()
        self.inputs = [self.names.new(value.name or "x1") for value in program.inputs]
        self._terms = {
            id(value): Term(name) for value, name in zip(program.inputs, self.inputs, strict=True)
        }
        self._before: dict[int, Term] = {}  # outputs that are written over, by their place
        self._inside: set[int] = set()  # values that have no line yet
        self._order = Order(program)
        self._uses = _uses(self._order.values, program.outputs)
        self._write()

    def _write(self) -> None:
        order = self._order
        sections = self.sections
        for place, value in enumerate(order.values):
            self._lines = (
                sections.forward if place < order.forward
                else sections.backward if place < order.backward
                else sections.update
            )  # fmt: skip
            self._add(value)
        self._lines = sections.update
        self._write_the_rest_over()

    def _add(self, value: Value) -> None:
        term = self._written(value)
        while len(term.text) > LONGEST and (part := self._longest_inside(value)) is not None:
            self._give_line(part)
            term = self._written(value)
        self._terms[id(value)] = term
        self._inside.add(id(value))
        if self._needs_line(value, term):
            self._give_line(value)

    def _written(self, value: Value) -> Term:
        operation = value.operation
        assert operation is not None
        for place in NAMED_INPUTS.get(operation.name, ()):
            x = value.inputs[place]
            if type(x) is Value and self._terms[id(x)].level < ATOM:
                self._give_line(x)
        terms = [self.term(x, value) for x in value.inputs]
        try:
            return self._spelled(operation, Call(value, terms, self.literals, self.helpers))
        except NoCodeError as error:
            raise UnsupportedOperationError(
                f"source() can't write the operation {operation.name!r} as code: {error}"
            ) from None

    def _spelled(self, operation: Operation, c: Call) -> Term:
        forward, name = operation.forward, operation.name
        if isinstance(forward, BuiltinFunctionType) and forward.__name__ in OPERATORS:
            return ROWS[OPERATORS[forward.__name__]](c)
        if type(forward) is not FunctionType or forward.__module__.startswith("autograd_core."):
            if name.startswith("scipy.special."):
                return special(c)
            found = library_function(forward)
            if name in ROWS and found in (None, f"np.{name}", f"np.linalg.{name}"):
                return ROWS[name](c)
            if found is not None:
                return call(found, *c.terms, **c.options())
            raise _unsupported(operation)
        called = self._operations.get(operation) or self._define(operation)
        options = {key: self.literals.option(x) for key, x in c.value.options.items()}
        return call(called, *c.terms, **options)

    def _define(self, operation: Operation) -> str:
        called = self._operations[operation] = self.names.new(operation.name)
        definition = extracted(operation.forward, called)
        if definition is None:
            raise _unsupported(operation)
        self.definitions[called] = definition
        return called

    def result(self, place: int) -> Term:
        """An output as code that stands at the end."""
        if place in self.program.aliases:  # whoever gets it shall not hold the memory of an input
            return call("np.copy", self.term(self.program.outputs[place]))
        return self._before.get(place) or self.term(self.program.outputs[place])

    def term(self, x: Any, beside: Value | None = None) -> Term:
        """A value or constant as code, beside other inputs of an operation."""
        if type(x) is Value:
            return self._terms[id(x)]
        if isinstance(x, np.ndarray):
            if x.ndim:
                return self.literals.array(x)
            x = x[()]
        if isinstance(x, np.generic):
            if beside is not None and _takes_python_numbers(beside):
                others = [y for y in beside.inputs if y is not x]
                if promotes_alike(x, others):
                    return number(shortest(x) if in_precision_of(x, others) else x.item())
            return scalar(x)
        return number(x)

    # --- lines ------------------------------------------------------------------------------------

    def _needs_line(self, value: Value, term: Term) -> bool:
        outputs, aliases = self.program.outputs, self.program.aliases
        if value.name is not None or id(value) in self._order.in_place:
            return True
        if any(x is value for x in outputs) and (aliases or self.program.guard is not None):
            return True
        if value is outputs[0] and len(outputs) > 1 and not value.shape:
            return True  # the result stands before its gradients
        if self._uses[id(value)] > 1:
            return not (is_cheap(value) and len(term.text) < 24)
        return len(term.text) > LONGEST_PART or term.depth > DEEPEST_PART

    def _longest_inside(self, value: Value) -> Value | None:
        parts = [x for x in value.inputs if type(x) is Value and id(x) in self._inside]
        parts = [x for x in parts if not is_cheap(x) or len(self._terms[id(x)].text) > 24]
        return max(parts, key=lambda x: len(self._terms[id(x)].text), default=None)

    def _give_line(self, value: Value) -> None:
        old = self._order.in_place.get(id(value))
        if old is not None:
            self._lines.append(Line(self._update(value, old), value.scope))
            self._terms[id(value)] = self._terms[id(old)]
        else:
            name = self.names.new(self._wish(value))
            self._lines.append(Line(f"{name} = {self._terms[id(value)].text}", value.scope))
            self._terms[id(value)] = Term(name)
        self._inside.discard(id(value))

    def _wish(self, value: Value) -> str:
        if value.name is not None:
            return value.name
        for place, old in self.program.aliases.items():
            if value is self.program.outputs[place]:
                return f"{self.inputs[old]}_new"
        if value is self.program.outputs[0]:
            return "out" if value.shape or len(self.program.outputs) == 1 else "L"
        return "t1"

    def _update(self, value: Value, old: Value) -> str:
        """A line that writes a value over an input."""
        assert value.operation is not None
        name, kind = self._terms[id(old)].text, value.operation.name
        symbols = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
        if kind in symbols:
            x, y = value.inputs
            if x is old and y is not old:
                return f"{name} {symbols[kind]}= {self.term(y, value).text}"
            if y is old and x is not old and kind in ("add", "multiply"):
                return f"{name} {symbols[kind]}= {self.term(x, value).text}"
        return f"{name}[...] = {self._terms[id(value)].text}"

    def _write_the_rest_over(self) -> None:
        """What could not go into the memory of its input at once, since that was still read."""
        program, waiting = self.program, []
        written = {id(program.inputs[number]) for number in program.aliases.values()}
        for place, x in enumerate(program.outputs):  # returned as it was before
            if place not in program.aliases and id(memory_of(x)) in written:
                kept = self.names.new(f"{x.name or 'out'}_before")
                self._lines.append(Line(f"{kept} = {call('np.copy', self.term(x)).text}"))
                self._before[place] = Term(kept)
        for place, number_of_input in program.aliases.items():
            new, old = program.outputs[place], program.inputs[number_of_input]
            if new is old or self._order.in_place.get(id(new)) is old:
                continue
            name, term = self._terms[id(old)].text, self.term(new)
            if type(new) is Value and (new.operation is None or is_view(new)):
                kept = self.names.new(f"{name}_new")
                self._lines.append(Line(f"{kept} = {call('np.copy', term).text}"))
                term = Term(kept)
            waiting.append(Line(f"{name}[...] = {term.text}"))
        self._lines += waiting


def _takes_python_numbers(value: Value) -> bool:
    """Whether NumPy leaves the dtype to the others where an input is a Python number."""
    assert value.operation is not None
    return value.operation.elementwise and value.operation.name not in HELPED


def _uses(values: list[Value], outputs: Iterable[Any]) -> dict[int, int]:
    uses = {id(value): 0 for value in values}
    for x in _all_inputs(values, outputs):
        if type(x) is Value and id(x) in uses:
            uses[id(x)] += 1
    return uses


def _all_inputs(values: list[Value], outputs: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        yield from value.inputs
    yield from outputs


def _unsupported(operation: Operation) -> UnsupportedOperationError:
    return UnsupportedOperationError(
        f"source() can't write the operation {operation.name!r}: expected one of this package, or "
        "one whose forward function uses nothing but its arguments, np, math and numbers from "
        f"around it. Write the function that is recorded without {comment(operation.name)!r}, or "
        "run the program by compile() instead"
    )
