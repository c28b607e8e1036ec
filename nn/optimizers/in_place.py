"""Rules of optimizers as NumPy code that changes its arrays in place, as one would by hand.

The back end numpy writes code for the arrays of one program; this code is for arrays of any shape,
so that one piece of it serves all parameters of eager steps, and blocks of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_core.program.value import Value, own_name

from ..finite import quiet
from .rules import Rule, checked_update

if TYPE_CHECKING:
    from autograd_core.program import Program

__all__ = ["in_place", "source_in_place"]

_OPERATORS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
_UNRECORDED = (TypeError, ValueError, AttributeError, LookupError, NotImplementedError)
"""What a rule raises that can't run on nodes. On arrays it may; else it raises there."""

_MAY_SWAP = ("add", "multiply")


def in_place(
    rule: Rule, state: Sequence[str], numbers: Sequence[str], dtype: np.dtype[Any]
) -> Callable[..., None] | None:
    """Compile an element-wise rule for arrays of any shape.

    Parameters
    ----------
    rule : callable
        See `Optimizer.rule`.
    state, numbers : sequence of str
        The keys that it finds there.
    dtype : dtype
        Of all arrays.

    Returns
    -------
    callable or None
        Called with parameters, each with its gradient and the arrays of its state, and with the
        numbers that are for all of them, it changes the parameters and their states, to the bits
        that the rule returns.
        None where the rule can't be recorded, as it decides by the entries that it gets.

    Raises
    ------
    ValueError
        If the rule uses an operation that is not element-wise.
    """
    from autograd_core.program import Program

    def updated(value: Any, gradient: Any, remembered: Any, given: Any) -> Any:
        new, new_state = checked_update(rule(value, gradient, remembered, given), state)
        return new, [new_state[key] for key in state]

    example, number = np.ones(2, dtype), dtype.type(1)
    try:
        with quiet():
            program = Program.record(
                updated,
                example,
                example,
                dict.fromkeys(state, example),
                dict.fromkeys(numbers, number),
            )
    except _UNRECORDED:
        return None
    if program.sources:
        return None
    source, constants = source_in_place(program, len(state))
    exec(source, constants)
    function: Callable[..., None] = constants["update"]
    return function


def source_in_place(program: Program, remembered: int) -> tuple[str, dict[str, Any]]:
    """Print a recorded rule as NumPy code, with the constants that it names.

    An operation writes over an operand that nothing needs any more.

    Parameters
    ----------
    program : Program
        Its inputs are the parameter, the gradient, the arrays of the state and the numbers; its
        outputs the new parameter and the new state.
    remembered : int
        How many arrays the state has.

    Returns
    -------
    str
        A function ``update``.
    dict
        Its global variables.
    """
    printer = _Printer(program, remembered)
    lines = printer.state()
    lines += [printer.line(value) for value in program.values() if value.operation is not None]
    lines += printer.results(program.outputs)
    head = ["def update(parameters, n):", *printer.numbers(), "for w, g, s in parameters:"]
    return "\n        ".join(["\n    ".join(head), *lines]) + "\n", printer.constants


class _Printer:
    """Where each value of a program stands, line by line."""

    def __init__(self, program: Program, remembered: int) -> None:
        state = [f"s{place}" for place in range(remembered)]
        numbers = [f"n{place}" for place in range(len(program.inputs) - remembered - 2)]
        self.names = dict(zip(program.inputs, ["w", "g", *state, *numbers], strict=True))
        self.constants: dict[str, Any] = {}
        self._targets, self._numbers = ["w", *state], numbers
        self._free = {*self._targets}
        """The arrays that may be written over."""
        self._uses = Counter(
            x
            for operands in (*(v.inputs for v in program.values()), program.outputs)
            for x in operands
            if type(x) is Value
        )
        self._temporaries = 0

    def numbers(self) -> list[str]:
        """Unpack the numbers."""
        return [f"{', '.join(self._numbers)}, = n"] if self._numbers else []

    def state(self) -> list[str]:
        """Unpack the state of a parameter."""
        return [f"{', '.join(self._targets[1:])}, = s"] if self._targets[1:] else []

    def line(self, value: Value) -> str:
        """Compute a value, in place of an operand where that is possible."""
        operation = value.operation
        assert operation is not None
        if not operation.elementwise:
            raise ValueError(
                "an element-wise rule expects operations on the entries of each place alone, got "
                f"{operation.name!r}. Leave elementwise = True out of the class"
            )
        names = [self._named(x) for x in value.inputs]
        for x in value.inputs:
            if type(x) is Value:
                self._uses[x] -= 1
        name = own_name(value)  # a user's operation may have one of these
        sign = _OPERATORS.get(name)
        if sign is not None:
            for place in (0, 1) if name in _MAY_SWAP else (0,):
                if self._dies(value.inputs[place], value):
                    self.names[value] = names[place]
                    return f"{names[place]} {sign}= {names[1 - place]}"
        self.names[value] = new = f"t{self._temporaries}"
        self._temporaries += 1
        self._free.add(new)
        if sign is not None:
            return f"{new} = {names[0]} {sign} {names[1]}"
        arguments = [*names, *(f"{k}={self._named(v)}" for k, v in value.options.items())]
        made = f"{self._constant(operation.forward)}({', '.join(arguments)})"
        if not isinstance(operation.forward, np.ufunc):  # it may return an operand as it is
            made = f"{self._constant(np.array)}({made})"
        return f"{new} = {made}"

    def _dies(self, x: Any, value: Value) -> bool:
        return (
            type(x) is Value
            and not self._uses[x]
            and self.names[x] in self._free
            and (x.shape, x.dtype) == (value.shape, value.dtype)
        )

    def results(self, outputs: Sequence[Any]) -> list[str]:
        """Leave the outputs in their arrays; first aside what stands in an array of another."""
        aside: list[str] = []
        moves: list[str] = []
        for target, output in zip(self._targets, outputs, strict=True):
            name = self._named(output)
            if name == target:
                continue
            if name in self._targets:
                aside.append(f"m{len(aside)} = {name}.copy()")
                name = f"m{len(aside) - 1}"
            moves.append(f"{target}[...] = {name}")
        return aside + moves

    def _named(self, x: Any) -> str:
        if type(x) is Value:
            return self.names[x]
        if type(x) in (int, float) and math.isfinite(x):
            return repr(x)
        return self._constant(x)

    def _constant(self, x: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = x
        return name
