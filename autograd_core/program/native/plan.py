"""What runs in which order, and where each value lives: all that is decided before C is printed."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from ...operations.arithmetic import positive
from ..passes.accumulate import accumulate, product_subtracted
from ..passes.buffers import Need, placed
from ..passes.fusion import Kernel, Kind, fused
from ..passes.order import ordered
from ..passes.rewriting import rewritten
from ..program import Program
from ..value import Value, dtype_of, shape_of
from .assembling import Piece, pieces_of
from .expressions import Expression, expression_of
from .products import is_large, is_product, suits_blas
from .reductions import is_reduction
from .views import Access, Views

__all__ = ["Place", "Plan", "Step"]

STAGED = 2048
"""Inputs of up to so many bytes are copied, which takes less time than asking for their address."""

FRESH = 32_768
"""Results of more bytes are written into the array that is returned; smaller ones are copied."""

SMALL_UPDATE = 4096
"""Updates of up to so many entries are made beside the parameter, and copied when all is well."""


class Place(NamedTuple):
    """Where a value lives: at `at` bytes in the arena, or at the pointer of number `at`."""

    kind: Literal["arena", "pointer"]
    at: int


class Output(NamedTuple):
    """A result that is returned, and whether each call has an array of its own for it."""

    value: Value
    fresh: bool


@dataclass
class Step:
    """A kernel, and how it is run."""

    kernel: Kernel
    how: Literal["loop", "product", "pieces", "call"]
    update: bool
    """Whether it writes over what a next run reads."""


class Plan:
    """A program cut into kernels, with a place for every value that is kept between two of them.

    Parameters
    ----------
    program : Program
        With composites in parts.
    bound : sequence of int
        Numbers of the inputs that stay.
    reuse : bool
        Whether results may be overwritten by the next call.
    blas : bool
        Whether C can call BLAS.

    Attributes
    ----------
    program : Program
        As it is run.
    steps : list of Step
        In order; those that update come last.
    places : dict
        Of what is kept, by the identity of the value or constant.
    pointers : list
        What has a pointer of its own: values and arrays. Pointer 0 is that of the arena.
    copies : list of (Value, Value)
        Results that are copied over an input at the end, and that input.
    outputs : list of Output
        The results that are returned.
    size : int
        Bytes of the arena.
    """

    def __init__(self, program: Program, bound: Sequence[int], reuse: bool, blas: bool) -> None:
        self.views = Views()
        self.blas = blas
        self.reuse = reuse
        self._pieces: dict[int, tuple[Value, list[Piece] | None]] = {}
        self._expressions: dict[int, tuple[Value, Expression | None]] = {}
        program = rewritten(program, self._laid_out)
        program = program.replaced(outputs=_own_outputs(program.outputs, self.views))
        if blas:  # NumPy's own product can't be added to what is there
            program = accumulate(program, lambda value: is_product(value) and is_large(value))
        self.program = program
        self.bound = frozenset(bound)
        direct = self._direct_updates()
        self.steps = self._ordered(direct)
        while demoted := self._unfit(direct):
            direct = {n: value for n, value in direct.items() if n not in demoted}
            self.steps = self._ordered(direct)
        self._owners = {id(v): program.inputs[program.aliases[n]] for n, v in direct.items()}
        aliased = ((n, place) for n, place in program.aliases.items() if n not in direct)
        self.copies = [(program.outputs[n], program.inputs[place]) for n, place in aliased]
        self.outputs = [
            Output(x, not reuse and x.size * x.dtype.itemsize > FRESH)
            for n, x in enumerate(program.outputs)
            if n not in program.aliases
        ]
        self.places: dict[int, Place] = {}
        self.pointers: list[Any] = [None]
        self._place_all()

    # --- what each value is -------------------------------------------------------------------

    def kind(self, value: Value) -> Kind:
        """How a value takes part in fusion."""
        if value.operation is None:
            return "alone"
        if self.views.is_view(value):
            return "view"
        if self.expression(value) is not None:
            return "element-wise"
        return "reduction" if is_reduction(value) else "alone"

    def expression(self, value: Value) -> Expression | None:
        """How an entry is written in C."""
        if id(value) not in self._expressions:
            self._expressions[id(value)] = value, expression_of(value)
        return self._expressions[id(value)][1]

    def owner(self, x: Any) -> Any:
        """Return the input over which a value is written, or what it is given."""
        return self._owners.get(id(x), x)

    def access(self, x: Any) -> Access:
        """Where the entries of a value or of a constant array lie."""
        if type(x) is Value:
            return self.views.access(x)
        step = x.itemsize
        return Access(x, 0, tuple(s // step for s in np.empty_like(x, order="C").strides))

    def _laid_out(self, value: Value) -> Any:
        """Give an operation its inputs in an order in which it can read them."""
        if value.operation is None or type(value.inputs[0]) is not Value:
            return None
        inputs = value.inputs
        if value.operation.name in ("reshape", "ravel") and self.views.is_view(inputs[0]):
            if not self.views.is_view(value):
                return value.with_inputs([_copied(inputs[0])])
        elif self.blas and is_product(value) and is_large(value):
            new = [
                x if x.ndim < 2 or suits_blas(x.shape, self.views.access(x).strides) else _copied(x)
                for x in inputs
            ]
            if any(x is not y for x, y in zip(new, inputs, strict=True)):
                return value.with_inputs(new)
        return None

    # --- in which order -------------------------------------------------------------------------

    def _direct_updates(self) -> dict[int, Value]:
        """The results that are written over their input as they are computed."""
        found = {}
        for number in self.program.aliases:
            value = self.program.outputs[number]
            added = value.operation is product_subtracted
            large = value.size > SMALL_UPDATE and id(value) in self._rules
            if added or large:
                found[number] = value
        return found

    def _ordered(self, direct: dict[int, Value]) -> list[Step]:
        updating = self._only_for(direct)
        values = ordered(self.program)
        before = [value for value in values if id(value) not in updating]
        after = [value for value in values if id(value) in updating]
        return [
            Step(kernel, self._how(kernel), update)
            for update, some in ((False, before), (True, after))
            for kernel in fused(some, self.kind)
        ]

    @functools.cached_property
    def _rules(self) -> set[int]:
        """Identities of what may be arithmetic of an update, not of a gradient.

        It is made of an input that is written over, entry by entry; or one of its operands is a
        single number; or it has no two different operands. The product of two other arrays may be
        0 * inf, which has to be met before anything is written.
        """
        found: set[int] = set()
        old = {id(self.program.inputs[place]) for place in self.program.aliases.values()}
        for value in self.program.values():
            if value.operation is None or self.kind(value) != "element-wise":
                continue
            if any(id(x) in old for x in value.inputs):
                old.add(id(value))
            single = any(shape_of(x) == () for x in value.inputs)
            alone = len({id(x) for x in value.inputs}) == 1
            if single or alone or id(value) in old:
                found.add(id(value))
        return found

    def _only_for(self, direct: dict[int, Value]) -> set[int]:
        """What is computed for direct updates alone, in the same loops."""
        found = {id(value) for value in direct.values()}
        others = {id(x) for n, x in enumerate(self.program.outputs) if n not in direct}
        users: dict[int, list[Value]] = {}
        for value in reversed(self.program.values()):
            mine = users.get(id(value), [])
            if id(value) not in found and id(value) not in others and mine:
                loops = all(id(user) in found and user.shape == value.shape for user in mine)
                if loops and id(value) in self._rules:
                    found.add(id(value))
            for x in value.inputs:
                if type(x) is Value:
                    users.setdefault(id(x), []).append(value)
        return found

    def _unfit(self, direct: dict[int, Value]) -> set[int]:
        """Numbers of direct updates that are read too early, or whose input is read too late.

        An entry of the input may be read in the very turn of the loop that writes it, and no later.
        """
        numbers = {id(value): number for number, value in direct.items()}
        old = {id(self.program.inputs[self.program.aliases[n]]): n for n in direct}
        found = set()
        for step in self.steps:
            inside = {id(value) for value in step.kernel.values}
            for value in step.kernel.values:
                for x in (x for x in value.inputs if type(x) is Value):
                    root = self.views.access(x).root
                    if not step.update and id(root) in numbers:
                        found.add(numbers[id(root)])
                    if step.update and id(root) in old:
                        number = old[id(root)]
                        same = x is root and x.shape == value.shape
                        if not same or id(direct[number]) not in inside:
                            found.add(number)
        return found

    def pieces(self, value: Value) -> list[Piece] | None:
        """From which pieces a value is put together, if it is."""
        if id(value) not in self._pieces:
            self._pieces[id(value)] = value, pieces_of(value)
        return self._pieces[id(value)][1]

    def _how(self, kernel: Kernel) -> Literal["loop", "product", "pieces", "call"]:
        if kernel.shape is not None:
            return "loop"
        value = kernel.values[0]
        if not is_product(value):
            return "call" if self.pieces(value) is None else "pieces"
        if value.operation is product_subtracted or self.blas or not is_large(value):
            return "product"
        return "call"

    # --- where ----------------------------------------------------------------------------------

    @functools.cached_property
    def kept(self) -> dict[int, Value]:
        """The values that another kernel, or the caller, reads."""
        found = {id(x): x for x in self.program.outputs}
        for step in self.steps:
            inside = {id(value) for value in step.kernel.values}
            for value in step.kernel.values:
                if step.how != "loop" or self.kind(value) == "reduction":
                    found[id(value)] = value
                for x in value.inputs:
                    if type(x) is Value:
                        root = self.access(x).root
                        if root.operation is not None and (root is not x or id(x) not in inside):
                            found[id(root)] = root
        return found

    def _place_all(self) -> None:
        for number, value in enumerate(self.program.inputs):
            size = value.size * value.dtype.itemsize
            if number in self.bound or size > STAGED:
                self._point_at(value)
        for x in self._constants():
            self._point_at(x)
        for output in self.outputs:
            if output.fresh:
                self._point_at(output.value)
        for result, owner in self._owners.items():
            self.places[result] = self.places[id(owner)]
        self._place_in_arena(len(self.steps))

    def _point_at(self, x: Any) -> None:
        self.places[id(x)] = Place("pointer", len(self.pointers))
        self.pointers.append(x)

    def _constants(self) -> Iterable[Any]:
        found: dict[int, Any] = {}
        for step in self.steps:
            for value in step.kernel.values if step.how != "call" else ():
                for x in value.inputs:
                    if type(x) is not Value and not is_one_number(x):
                        found[id(x)] = x
        return found.values()

    def _place_in_arena(self, end: int) -> None:
        kept = self.kept
        first = {id(v): n for n, step in enumerate(self.steps) for v in step.kernel.values}
        last = dict(first)
        for number, step in enumerate(self.steps):
            for value in step.kernel.values:
                for x in value.inputs:
                    if type(x) is Value:
                        last[id(self.access(x).root)] = number
        outputs = {id(x) for x in self.program.outputs}
        needs, whose = [], []
        for value in [*self.program.inputs, *kept.values()]:
            if id(value) not in self.places:
                stays = value.operation is None or id(value) in outputs
                span = (0, end) if stays else (first[id(value)], last[id(value)])
                needs.append(Need(value.size * value.dtype.itemsize, *span))
                whose.append(value)
        begins, self.size = placed(needs)
        for value, begin in zip(whose, begins, strict=True):
            self.places[id(value)] = Place("arena", begin)


def is_one_number(x: Any) -> bool:
    """Whether an input is a constant, all of whose entries are one number in memory."""
    if type(x) is Value:
        return False
    steps = zip(np.shape(x), getattr(x, "strides", ()), strict=False)
    return np.size(x) > 0 and all(n == 1 or not step for n, step in steps)


def _copied(x: Any) -> Value:
    return Value(positive, (x,), {}, shape_of(x), dtype_of(x))


def _own_outputs(outputs: Iterable[Any], views: Views) -> list[Value]:
    """The outputs, each a value of its own that has been computed, with memory of its own."""
    found: list[Value] = []
    seen: set[int] = set()
    for x in outputs:
        if type(x) is not Value or x.operation is None or id(x) in seen or views.is_view(x):
            x = _copied(x)
        seen.add(id(x))
        found.append(x)
    return found
