"""Python source of a program: one function, made once for the arrays that stay."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import unused
from ..value import Value, as_held
from .instructions import Instruction, Kind
from .memory import Memory
from .rows import in_rows
from .runs import Run, grouped
from .schedule import Schedule, scheduled
from .writing import Writer

if TYPE_CHECKING:
    from ..program import Program

_LARGE = 2**18
"""Arrays of more bytes that NumPy makes during a run are let go as soon as nothing needs them."""


@dataclass
class Source:
    """The text of a program, and what it refers to.

    Attributes
    ----------
    text : str
        A function ``make`` of the constants and of the bound arrays, which returns the step.
    constants : dict
        What it refers to by name, the buffers among them.
    bound : dict of int to str
        The name of each bound input, by its number.
    nbytes : int
        Size of all buffers together.
    """

    text: str
    constants: dict[str, Any]
    bound: dict[int, str]
    nbytes: int

    @property
    def code(self) -> CodeType:
        """The text compiled; of one text once."""
        return _compiled(self.text)


@lru_cache(maxsize=128)
def _compiled(text: str) -> CodeType:
    return compile(text, "<program>", "exec")


def source_of(program: Program, bound: Sequence[int], reuse: bool) -> Source:
    """Write a program as the source of a function.

    Parameters
    ----------
    program : Program
        After all passes.
    bound : sequence of int
        Numbers of the inputs that stay the same arrays.
    reuse : bool
        Whether what it returns may be overwritten by its next run.

    Returns
    -------
    Source
    """
    return _Printer(program, bound, reuse).source()


class _Printer:
    def __init__(self, program: Program, bound: Sequence[int], reuse: bool) -> None:
        self._program = program
        self._reuse = reuse
        self._schedule: Schedule = scheduled(program)
        self._writer = Writer()
        self._writer.constants["inf"] = math.inf
        self._writer.fixed.add("inf")
        self._second = grouped(
            self._schedule.second, {id(x) for x in program.outputs}, self._schedule.roots
        )
        self._returned = [
            (number, x) for number, x in enumerate(program.outputs) if number not in program.aliases
        ]
        self._own = self._owned()
        self._memory = Memory(
            [*self._schedule.first, *self._second],
            self._schedule.roots,
            self._own | self._schedule.written.keys(),
            self._kept(),
        )
        self._free: list[str] = []
        self._bound: dict[int, str] = {}
        self._opening: list[str] = []
        self._name_inputs(set(bound))

    def _owned(self) -> set[int]:
        """The results that are returned as arrays of their own, made anew in each run."""
        if self._reuse:
            return set()
        count = Counter(id(x) for x in self._program.outputs)
        returned = {id(x) for _, x in self._returned if count[id(x)] == 1}
        return {
            id(step.value)
            for step in self._schedule.first
            if step.kind is Kind.BUFFER and id(step.value) in returned
        }

    def _kept(self) -> set[int]:
        kept: set[int] = set()
        for x in self._program.outputs:
            if type(x) is Value:
                kept |= self._schedule.roots[id(x)]
        return kept

    # --- names --------------------------------------------------------------------------------

    def _name_inputs(self, bound: set[int]) -> None:
        writer = self._writer
        for number, value in enumerate(self._program.inputs):
            name = f"{'p' if number in bound else 'x'}{number}"
            writer.names[id(value)] = name
            if number not in bound:
                self._free.append(name)
                continue
            self._bound[number] = name
            writer.fixed.add(name)
            if not value.shape:
                writer.in_box(value, name)
                writer.names[id(value)] = f"x{number}"
                self._opening.append(f"x{number} = {name}[()]")

    def _name_results(self) -> None:
        writer = self._writer
        steps = [*self._schedule.first, *self._schedule.second]
        inner = {key for item in self._second if isinstance(item, Run) for key in item.inner}
        for number, step in enumerate(steps):
            value, key = step.value, id(step.value)
            name = f"v{number}"
            if step.elementwise and not step.temporaries:
                for x in value.inputs:
                    if type(x) is Value and not x.shape:
                        writer.needs_box(x)
            if key in self._schedule.written:
                name = writer.names[id(self._schedule.written[key])]
            elif step.kind is Kind.BUFFER and key not in self._own and key not in inner:
                name = writer.constant(self._memory.of(value), "b")
            writer.names[key] = name

    # --- lines --------------------------------------------------------------------------------

    def source(self) -> Source:
        self._name_results()
        program, writer = self._program, self._writer
        body = [*self._opening, *self._boxed(program.inputs)]
        body += self._steps(self._schedule.first)
        returned = self._results(body)
        if program.guard is not None:
            body += self._guarded(program.outputs[program.guard])
        for item in self._second:
            body += self._run(item) if isinstance(item, Run) else self._lines(item)
        body += self._copies()
        body.append(f"return [{', '.join(returned)}]")
        if program.guard is not None:
            body = self._counting(body)
        body = [*self._other_layouts(), *body]
        lines = [
            f"def make({', '.join([*writer.constants, *self._bound.values()])}):",
            *[f"    {line}" for line in writer.before],
            f"    def step({', '.join(self._free)}):",
            *[f"        {line}" for line in body],
            "    return step",
            "",
        ]
        return Source("\n".join(lines), writer.constants, self._bound, self._memory.nbytes)

    def _boxed(self, values: Iterable[Value]) -> list[str]:
        found = []
        for value in values:
            box = self._writer.box(value)
            if box is not None and box not in self._bound.values():
                found.append(f"{box}[()] = {self._writer.names[id(value)]}")
        return found

    def _steps(self, steps: Sequence[Instruction]) -> list[str]:
        """The lines of the first part; large arrays of NumPy's go when nothing needs them."""
        last: dict[int, int] = {}
        for number, step in enumerate(steps):
            last.update(dict.fromkeys(self._schedule.read_by(step), number))
        needed = self._kept().union(*map(self._schedule.read_by, self._schedule.second))
        dying: dict[int, list[str]] = {}
        for step in steps:
            key = id(step.value)
            size = step.value.size * step.value.dtype.itemsize
            unneeded = key in last and key not in needed
            if step.kind is Kind.CALL and size > _LARGE and unneeded:
                dying.setdefault(last[key], []).append(self._writer.names[key])
        lines = []
        for number, step in enumerate(steps):
            lines += self._lines(step)
            lines += [f"{name} = None" for name in dying.get(number, ())]
        return lines

    def _lines(self, step: Instruction) -> list[str]:
        writer, value = self._writer, step.value
        name = writer.names[id(value)]
        if step.kind is Kind.BUFFER:
            temporaries = [writer.constant(x, "t") for x in self._memory.temporaries(step)]
            lines = step.lines(writer, name, temporaries)
            if id(value) in self._own:
                dtype = writer.constant(value.dtype, "dtype")
                lines = [f"{name} = {writer.function(np.empty)}({value.shape!r}, {dtype})", *lines]
            return lines
        lines = step.lines(writer, name, ())
        if step.kind is Kind.VIEW:
            found = writer.once(lines[0], writer.names[id(value.inputs[0])])
            if found in writer.fixed:
                writer.names[id(value)] = found
                return []
        if not step.statements:
            lines = [f"{name} = {lines[0]}"]
        return [*lines, *self._boxed([value])]

    def _run(self, run: Run) -> list[str]:
        """A loop over blocks of rows; inside of it the names are those of the rows."""
        writer, memory = self._writer, self._memory
        outer = dict(writer.names)
        for step in run.steps:
            if id(step.value) in run.inner:
                outer[id(step.value)] = writer.constant(memory.of_rows(run, step.value), "t")
        arrays: dict[str, str] = {}
        lines = []
        writer.in_rows = True
        for step in run.steps:
            for x in (*step.value.inputs, step.value):
                if type(x) is Value and x.shape:
                    name = outer[id(x)]
                    writer.names[id(x)] = arrays.setdefault(name, f"r{len(arrays)}")
            lines += step.lines(writer, writer.names[id(step.value)], ())
        writer.in_rows = False
        writer.names.update(outer)
        of_rows = writer.function(in_rows)
        blocks = writer.once(f"{of_rows}(({', '.join(arrays)},), {run.rows})", *arrays)
        return [f"for {', '.join(arrays.values())}, in {blocks}:", *[f"    {x}" for x in lines]]

    # --- around the instructions --------------------------------------------------------------

    def _results(self, body: list[str]) -> list[str]:
        """What is returned: copies of what would be overwritten, or is somebody else's."""
        writer, roots = self._writer, self._schedule.roots
        inputs = {id(value) for value in self._program.inputs}
        count = Counter(id(x) for x in self._program.outputs)
        found = []
        for number, x in self._returned:
            if type(x) is not Value:
                held = as_held(x)
                name = writer.constant(held)
                found.append(f"{name}.copy()" if np.ndim(held) else name)
                continue
            name = writer.names[id(x)]
            if x.shape and not self._is_own(x, roots[id(x)], inputs, count[id(x)]):
                body.append(f"y{number} = {writer.function(np.array)}({name})")
                name = f"y{number}"
            found.append(name)
        return found

    def _is_own(self, x: Value, roots: set[int], inputs: set[int], count: int) -> bool:
        """Whether a result may be returned as it is."""
        if id(x) in self._own:
            return True
        if count > 1 or roots & inputs:
            return False
        buffers = {id(step.value) for step in self._schedule.first if step.kind is Kind.BUFFER}
        return self._reuse or (roots == {id(x)} and id(x) not in buffers)

    def _guarded(self, x: Any) -> list[str]:
        writer = self._writer
        name = writer.operand(x)
        if type(x) is Value and not x.shape and x.dtype.kind == "f":
            finite = f"{writer.function(math.isfinite)}({name})"
        else:
            finite = f"{writer.function(np.isfinite)}({name}).all()"
        counter = writer.constant(unused, "unused")
        return [f"if {counter}.found_invalid != before or not {finite}:", "    return None"]

    def _counting(self, body: list[str]) -> list[str]:
        writer = self._writer
        return [
            f"before = {writer.constant(unused, 'unused')}.found_invalid",
            f"counting = {writer.function(unused.start_counting)}()",
            "try:",
            *[f"    {line}" for line in body],
            "finally:",
            f"    {writer.function(unused.stop_counting)}(counting)",
        ]

    def _other_layouts(self) -> list[str]:
        """Arrays whose rows don't follow each other have other last bits: those go another way."""
        names = [
            self._writer.names[id(value)]
            for number, value in enumerate(self._program.inputs)
            if number not in self._bound and value.ndim > 1
        ]
        if not names:
            return []
        self._writer.constants.setdefault("slowly", None)
        plain = " and ".join(f"{name}.flags.c_contiguous" for name in names)
        return [f"if not ({plain}):", f"    return slowly({', '.join(self._free)})"]

    def _copies(self) -> list[str]:
        """What replaces an input and could not be left there at once."""
        program, roots = self._program, self._schedule.roots
        targets = {id(program.inputs[place]) for _, place in self._schedule.copied}
        aside, moves = [], []
        for number, place in self._schedule.copied:
            x = program.outputs[number]
            name = self._writer.operand(x)
            if type(x) is Value and x.shape and roots[id(x)] & targets:
                aside.append(f"z{number} = {self._writer.function(np.array)}({name})")
                name = f"z{number}"
            moves.append(f"{self._bound[place]}[...] = {name}")
        return aside + moves
