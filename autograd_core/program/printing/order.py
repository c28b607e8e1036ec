"""In which order the values of a program are written, and which are written in place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..passes.fusion import VIEWS
from ..value import Value, own_name

if TYPE_CHECKING:
    from ..program import Program


class Order:
    """The values of a program in the order of the code: forward, backward, update.

    Gradients stand where they can first be computed, as they do on a slide: those of the last
    layer come before those of the first. What is written over an input comes last.

    Parameters
    ----------
    program : Program
        The program.

    Attributes
    ----------
    values : list of Value
        All that have an operation, each behind what it needs.
    forward, backward : int
        How many belong to the first result; and to the results that replace no input.
    in_place : dict of int to Value
        The inputs that can be written over as soon as a value is known, by the ``id`` of that.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        outputs = program.outputs
        aliased = [place for place in program.aliases if type(outputs[place]) is Value]
        others = [place for place in range(len(outputs)) if place not in program.aliases]
        depth = _depths(program)
        replaced = {id(outputs[place]) for place in aliased}
        first, rest = others[:1], [outputs[place] for place in others[1:]]
        self.values: list[Value] = []
        self._done = {id(value) for value in program.inputs}
        self._add([outputs[place] for place in first])
        self.forward = len(self.values)
        rest += self._before_updates([outputs[place] for place in aliased], replaced)
        rest = [x for x in rest if type(x) is Value]
        self._add(sorted(rest, key=lambda value: depth[id(value)]))
        self.backward = len(self.values)
        self._add(sorted((outputs[p] for p in aliased), key=lambda value: depth[id(value)]))
        self.in_place = self._written_over(aliased)

    def _add(self, roots: list[object]) -> None:
        for root in roots:
            if type(root) is not Value:
                continue
            waiting: list[tuple[Value, bool]] = [(root, False)]
            while waiting:
                value, ready = waiting.pop()
                if ready:
                    self.values.append(value)
                elif id(value) not in self._done:
                    self._done.add(id(value))
                    waiting.append((value, True))
                    waiting += [(x, False) for x in reversed(value.inputs) if type(x) is Value]

    def _before_updates(self, updates: list[Value], replaced: set[int]) -> list[Value]:
        """The gradients that the updates are made of: values with a name, or used by several."""
        found: dict[int, Value] = {}
        seen: set[int] = set()
        waiting = [x for value in updates for x in value.inputs if type(x) is Value]
        while waiting:
            value = waiting.pop()
            if id(value) in seen or id(value) in replaced or value.operation is None:
                continue
            seen.add(id(value))
            if value.name is not None:
                found[id(value)] = value
            else:
                waiting += [x for x in value.inputs if type(x) is Value]
        return [value for value in self.program.values() if id(value) in found]

    def _written_over(self, aliased: list[int]) -> dict[int, Value]:
        """Outputs that may go into the memory of their input: nobody reads that afterwards."""
        outputs, aliases = self.program.outputs, self.program.aliases
        shown = {id(x) for x in outputs}
        place_of = {id(value): place for place, value in enumerate(self.values)}
        users = users_of(self.values)
        last: dict[int, float] = {}  # the last line in which the memory of a value is read
        for value in reversed(self.values):
            own = place_of[id(value)]
            if id(value) in shown and is_view(value):  # read at the very end
                last[id(value)] = math.inf
            elif is_view(value) or not (id(value) in shown or stands_alone(value, users)):
                readers = [last[id(reader)] for reader in users.get(id(value), ())]
                last[id(value)] = max([own, *readers])
            else:
                last[id(value)] = own
        found: dict[int, Value] = {}
        for place in aliased:
            new, old = outputs[place], self.program.inputs[aliases[place]]
            if id(new) not in place_of or id(new) in found or id(old) in shown or is_view(new):
                continue
            readers = [last[id(value)] for value in users.get(id(old), ()) if value is not new]
            if max(readers, default=0) <= place_of[id(new)]:
                found[id(new)] = old
        return found


def users_of(values: list[Value]) -> dict[int, list[Value]]:
    """For each value, by its ``id``, those that are made of it."""
    users: dict[int, list[Value]] = {}
    for value in values:
        for x in value.inputs:
            if type(x) is Value:
                users.setdefault(id(x), []).append(value)
    return users


def is_view(value: Value) -> bool:
    """Whether a value may share the memory of its input."""
    return own_name(value) in _VIEWS


_VIEWS = VIEWS | {"flip", "getitem", "imag", "real", "rot90"}


def memory_of(x: object) -> object:
    """The value whose memory a value is in: itself, or behind views what they show."""
    while type(x) is Value and is_view(x):
        x = x.inputs[0]
    return x


def is_cheap(value: Value) -> bool:
    """Whether a value may be written again wherever it is used."""
    return own_name(value) in ("expand_dims", "transpose")


def stands_alone(value: Value, users: dict[int, list[Value]]) -> bool:
    """Whether a value has a line of its own, whatever stands around it."""
    return value.name is not None or (len(users.get(id(value), ())) > 1 and not is_cheap(value))


def _depths(program: Program) -> dict[int, int]:
    depth: dict[int, int] = {}
    for value in program.values():
        below = [depth[id(x)] for x in value.inputs if type(x) is Value]
        depth[id(value)] = 1 + max(below, default=0) if value.operation is not None else 0
    return depth
