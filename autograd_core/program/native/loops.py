"""A kernel over one shape in C: nested loops, with reductions at their ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..passes.fusion import Kernel
from ..value import Value, dtype_of, shape_of
from .c_types import LETTERS, c_name, literal
from .plan import Plan, is_one_number
from .reductions import Reduction, reduced_axes, reduction_of
from .views import row_by_row

__all__ = ["LoopPrinter"]

VECTOR = 4
"""Loops of at least so many turns are offered to the compiler as vectors."""


class _Reduced(NamedTuple):
    value: Value
    how: Reduction
    axes: tuple[bool, ...]
    strides: tuple[int, ...]


class LoopPrinter:
    """Prints one kernel.

    Parameters
    ----------
    plan : Plan
        Where values live.
    kernel : Kernel
        The operations.
    kept : set of int
        Identities of the values that others read.
    name_of : callable
        The C name of a value or a constant array.
    """

    def __init__(
        self, plan: Plan, kernel: Kernel, kept: set[int], name_of: Callable[[Any], str]
    ) -> None:
        assert kernel.shape is not None
        self._plan, self._kernel, self._kept, self._name_of = plan, kernel, kept, name_of
        self._shape = kernel.shape
        self._inside = {id(v) for v in kernel.values if plan.kind(v) == "element-wise"}
        self.roots: dict[int, Any] = {}
        """What the function reads and writes, by identity."""
        self.written: set[int] = set()
        self._reduced = [self._reduction(v) for v in kernel.values if id(v) not in self._inside]
        self._lengths, self._groups = self._merged_axes()

    # --- axes -----------------------------------------------------------------------------------

    def _reduction(self, value: Value) -> _Reduced:
        axes = reduced_axes(value)
        steps = iter(row_by_row([n for n, gone in zip(self._shape, axes, strict=True) if not gone]))
        strides = tuple(0 if gone else next(steps) for gone in axes)
        return _Reduced(value, reduction_of(value), axes, strides)

    def _strides(self, x: Any) -> tuple[int, ...]:
        """The strides of an operand along the axes of the loops."""
        steps = self._plan.access(x).strides
        lengths = shape_of(x)
        steps = tuple(0 if n == 1 else step for n, step in zip(lengths, steps, strict=True))
        return (0,) * (len(self._shape) - len(steps)) + steps

    def _accesses(self) -> list[tuple[int, ...]]:
        found = [row_by_row(self._shape)]
        for value in self._kernel.values:
            outside = (x for x in value.inputs if id(x) not in self._inside)
            found += [self._strides(x) for x in outside if not is_one_number(x)]
        return found + [reduced.strides for reduced in self._reduced]

    def _merged_axes(self) -> tuple[list[int], list[int]]:
        """Axes that all operands walk through as if they were one, made one.

        Their lengths, and of each the number of its innermost axis.
        """
        accesses = self._accesses()
        flags = [reduced.axes for reduced in self._reduced]
        lengths: list[int] = []
        groups: list[int] = []
        for axis, n in enumerate(self._shape):
            if n == 1:
                continue
            together = bool(groups) and all(
                strides[groups[-1]] == strides[axis] * n for strides in accesses
            )
            if together and all(gone[groups[-1]] == gone[axis] for gone in flags):
                lengths[-1] *= n
                groups[-1] = axis
            else:
                lengths.append(n)
                groups.append(axis)
        return lengths, groups

    # --- places in memory -----------------------------------------------------------------------

    def _index(self, strides: Sequence[int], offset: int = 0) -> str:
        parts = [str(offset)] if offset else []
        for letter, axis in zip(LETTERS, self._groups, strict=False):
            step = strides[axis]
            if step:
                parts.append(letter if step == 1 else f"{letter} * {step}")
        return " + ".join(parts).replace("+ -", "- ") or "0"

    def _pointer(self, x: Any, *, written: bool = False) -> str:
        x = self._plan.owner(x)
        self.roots[id(x)] = x
        if written:
            self.written.add(id(x))
        return self._name_of(x)

    def _operand(self, x: Any, dtype: np.dtype[Any]) -> str:
        """An entry of an input, in the dtype in which it is needed."""
        if is_one_number(x):
            return literal(np.asarray(x).flat[0], dtype)
        if id(x) in self._inside:
            text = f"{self._name_of(x)}_"
        else:
            access = self._plan.access(x)
            index = self._index(self._strides(x), access.offset)
            text = f"{self._pointer(access.root)}[{index}]"
        given = dtype_of(x)
        if given == dtype:
            return text
        return f"({text} != 0)" if dtype.kind == "b" else f"({c_name(dtype)}){text}"

    # --- what is printed ------------------------------------------------------------------------

    def lines(self) -> list[str]:
        """Return the body of the function."""
        depth = len(self._lengths)
        body = self._statements()
        levels = [self._level(reduced) for reduced in self._reduced]
        lines = self._beginnings(levels)
        indent = ""
        for level in range(depth + 1):
            lines += [indent + text for text in self._sums(levels, level)]
            if level < depth:
                if level == depth - 1:
                    lines += [indent + text for text in self._pragma(levels)]
                letter, n = LETTERS[level], self._lengths[level]
                lines.append(f"{indent}for (ptrdiff_t {letter} = 0; {letter} < {n}; {letter}++) {{")
                indent += "  "
        lines += [indent + text for text in body]
        for level in reversed(range(depth + 1)):
            lines += [indent + text for text in self._ends(levels, level)]
            if level:
                indent = indent[2:]
                lines.append(indent + "}")
        return lines

    def _statements(self) -> list[str]:
        lines = []
        own = row_by_row(self._shape)
        reduced = {id(r.value): r for r in self._reduced}
        for value in self._kernel.values:
            if id(value) in reduced:
                how = reduced[id(value)].how
                given = value.inputs[0]
                entry = self._operand(given, dtype_of(given))
                if how.step.count("{1}") > 1:
                    name = f"{self._name_of(value)}___"
                    lines.append(f"{c_name(dtype_of(given))} {name} = {entry};")
                    entry = name
                lines.append(self._added(reduced[id(value)], entry))
                continue
            expression = self._plan.expression(value)
            assert expression is not None
            inputs = map(self._operand, value.inputs, expression.dtypes)
            text = expression.template.format(*inputs)
            if expression.dtype != value.dtype:
                to = c_name(value.dtype)
                text = f"({text} != 0)" if value.dtype.kind == "b" else f"({to}){text}"
            made = "_Bool" if value.dtype.kind == "b" else c_name(value.dtype)
            lines.append(f"{made} {self._name_of(value)}_ = {text};")
            if id(value) in self._kept:
                target = f"{self._pointer(value, written=True)}[{self._index(own)}]"
                lines.append(f"{target} = {self._name_of(value)}_;")
        return lines

    def _level(self, reduced: _Reduced) -> int:
        """From which loop on inwards all axes are reduced."""
        level = len(self._groups)
        while level and reduced.axes[self._groups[level - 1]]:
            level -= 1
        return level

    def _whole(self, reduced: _Reduced, level: int) -> bool:
        """Whether the sum of the inner loops is all of it."""
        return not any(reduced.axes[axis] for axis in self._groups[:level])

    def _added(self, reduced: _Reduced, entry: str) -> str:
        """What an entry does to the sum of the inner loops, or to what is in memory."""
        total = self._total(reduced)
        line = reduced.how.step.format(total, entry)
        if not reduced.how.marks:
            return line
        if self._in_memory(reduced):  # nan stays
            return f"if (!({total} != {total})) {{ {line} if ({entry} != {entry}) {total} = NAN; }}"
        return f"{line} {total}nan |= {entry} != {entry};"

    def _in_memory(self, reduced: _Reduced) -> bool:
        level = self._level(reduced)
        return level == len(self._groups) and not self._whole(reduced, level)

    def _total(self, reduced: _Reduced) -> str:
        if not self._in_memory(reduced):
            return f"{self._name_of(reduced.value)}__"
        return f"{self._pointer(reduced.value, written=True)}[{self._index(reduced.strides)}]"

    def _beginnings(self, levels: list[int]) -> list[str]:
        """What is added to in memory begins there."""
        lines = []
        for reduced, level in zip(self._reduced, levels, strict=True):
            if not self._whole(reduced, level):
                pointer = self._pointer(reduced.value, written=True)
                lines.append(
                    f"for (ptrdiff_t i = 0; i < {reduced.value.size}; i++) "
                    f"{pointer}[i] = {reduced.how.begin};"
                )
        return lines

    def _sums(self, levels: list[int], level: int) -> list[str]:
        lines = []
        for reduced, at in zip(self._reduced, levels, strict=True):
            if at == level and not self._in_memory(reduced):
                total = self._total(reduced)
                mark = f" int {total}nan = 0;" if reduced.how.marks else ""
                lines.append(f"{reduced.how.c_type} {total} = {reduced.how.begin};{mark}")
        return lines

    def _ends(self, levels: list[int], level: int) -> list[str]:
        lines = []
        for reduced, at in zip(self._reduced, levels, strict=True):
            if at != level or self._in_memory(reduced):
                continue
            target = self._pointer(reduced.value, written=True)
            target = f"{target}[{self._index(reduced.strides)}]"
            total = self._total(reduced)
            if reduced.how.marks:
                lines.append(f"{total} = {total}nan ? NAN : {total};")
            if self._whole(reduced, at):
                lines.append(f"{target} = {total};")
            else:
                lines.append(reduced.how.step.format(target, total))
                if reduced.how.marks:
                    lines.append(f"if ({total} != {total} || {target} != {target}) {target} = NAN;")
        return lines

    def _pragma(self, levels: list[int]) -> list[str]:
        depth = len(self._groups)
        if self._lengths[-1] < VECTOR:
            return []
        clauses = []
        for reduced, level in zip(self._reduced, levels, strict=True):
            if level < depth:
                total = self._total(reduced)
                clauses.append(f" reduction({reduced.how.clause} : {total})")
                if reduced.how.marks:
                    clauses.append(f" reduction(| : {total}nan)")
        return [f"#pragma omp simd{''.join(clauses)}"]
