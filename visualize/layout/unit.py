"""The units that Graphviz places: each an operation with its wires' numbers, or a leaf.

A unit runs along the flow: rows of local gradients, the body with its label, the rule with the
value above it and the gradient below. All have fixed sizes, measured in a wide font, so that two
versions of Graphviz give the same picture.

Lengths along the flow are called u, across it v; from left to right that is x and y.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from autograd_core import Scope

from ..graph.picture import Constant, Edge, Wire
from ..style import Look
from .blocks import NOTHING, Block

Kind = Literal["circle", "pill", "box", "function", "leaf", "constant", "port"]


@dataclass(eq=False, slots=True)
class Output:
    """A wire where it leaves its unit: its rule, with the value above and the gradient below."""

    source: Wire | Constant
    port: bool = False
    """Whether it goes on, or comes from, outside of the sheet, where its numbers stand."""
    above: Block = NOTHING
    below: Block = NOTHING
    name: Block = NOTHING
    remark: Block = NOTHING
    record: Block = NOTHING
    """A box with cells on the rule, as micrograd draws it."""
    along: float = 0.0
    across: float = 0.0
    over: float | None = None
    """How much of `across` lies above the wire, where that is not half of it."""
    v: float = 0.0
    """Its height, from the middle of the unit."""
    start: float = 0.0
    end: float = 0.0

    @property
    def id(self) -> str:
        """The id of the wire."""
        return self.source.id


@dataclass(eq=False, slots=True)
class Input:
    """A wire where it comes in: through the row of its local gradient, if there is one."""

    edge: Edge
    above: Block = NOTHING
    below: Block = NOTHING
    along: float = 0.0
    across: float = 0.0
    v: float = 0.0
    """The height at which it reaches the unit."""
    port: float = 0.0
    """The height at which it meets the body."""


@dataclass(eq=False, slots=True)
class Unit:
    """One thing to place; `u` and `v` are its middle as Graphviz placed it."""

    id: str
    kind: Kind
    body: Block = NOTHING
    title: Block = NOTHING
    """Above the body, of a function box."""
    marked: bool = False
    scopes: tuple[Scope, ...] = ()
    """The open scopes around it that are framed, from the outermost."""
    body_along: float = 0.0
    body_across: float = 0.0
    rows: float = 0.0
    """How far the rows of local gradients reach before the body."""
    run_in: float = 0.0
    """How far before the body they end, where wires turn to their ports."""
    lead: float = 0.0
    """How far the name reaches before the rule of a leaf."""
    after: float = 0.0
    """How far the rules reach behind the body."""
    along: int = 0
    across: int = 0
    inputs: list[Input] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    u: float = 0.0
    v: float = 0.0
    column: int = 0
    left: float = 0.0
    middle: float = 0.0
    right: float = 0.0

    @property
    def is_operation(self) -> bool:
        """Whether it has a body that wires run into."""
        return self.kind in ("circle", "pill", "box", "function")

    @property
    def above(self) -> float:
        """Its upper end, or its left one where the flow runs down."""
        return self.v - self.across / 2

    @property
    def below(self) -> float:
        """The other end."""
        return self.v + self.across / 2

    def face(self, v: float) -> float:
        """How far before, or behind, its middle the outline of the body is met at a height."""
        if self.kind == "circle":
            radius = self.body_along / 2
            return math.sqrt(max(radius**2 - v**2, 0.0))
        if self.kind == "pill":
            radius = min(self.body_along, self.body_across) / 2
            flat = self.body_across / 2 - radius
            over = max(0.0, abs(v) - flat)
            return self.body_along / 2 - radius + math.sqrt(max(radius**2 - over**2, 0.0))
        return self.body_along / 2


@dataclass(eq=False)
class Link:
    """An edge of the picture between two units."""

    edge: Edge
    source: Unit
    output: Output
    target: Unit
    input: Input


@dataclass(eq=False)
class Units:
    """All units of a picture, as a walk from the result meets them, and the links between them."""

    look: Look
    units: list[Unit]
    links: list[Link]
    plain: bool
    leaves: list[Unit]

    @property
    def across(self) -> bool:
        """Whether the flow runs from left to right, or back."""
        return self.look.across


def as_read(start: Unit, links: Sequence[Link]) -> list[Unit]:
    """Return the units behind one in the order in which one reads the expression."""
    into: dict[Unit, list[Unit]] = {}
    for link in links:
        into.setdefault(link.target, []).append(link.source)
    found: dict[Unit, None] = {}
    waiting = [start]
    while waiting:
        unit = waiting.pop()
        if unit not in found:
            found[unit] = None
            waiting += reversed(into.get(unit, []))
    return [*found]
