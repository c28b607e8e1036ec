"""Which numbers of a picture are left blank."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np

from ..chain_rule.notation import notation_of
from ..graph.naming import names_of_wires
from ..graph.picture import Picture, Wire, plain_gradient
from ..layout.units import most_in_full
from ..steps.order import backward_order
from ..text import is_finite, shown

Half = Literal["value", "gradient"]

Blanks = str | Collection[str]
"""``"gradients"``, ``"values"``, ``"both"``, or the names of wires."""

MOST_BLANKS = 200
"""More numbers than that nobody fills in."""

_HALVES: dict[str, tuple[Half, ...]] = {
    "gradients": ("gradient",),
    "values": ("value",),
    "both": ("value", "gradient"),
}


@dataclass(frozen=True, eq=False)
class Blank:
    """The numbers of a wire that are left blank: its value, or its gradient.

    Attributes
    ----------
    wire : Wire
        Of which wire of the picture.
    half : {"value", "gradient"}
        What of it.
    label : str
        What is asked for: ``q``, or ``∂L/∂q``.
    """

    wire: Wire
    half: Half
    label: str

    @property
    def right(self) -> Any:
        """What belongs there."""
        return self.wire.node.value if self.half == "value" else plain_gradient(self.wire.node)


def shows_gradients(blank: Blanks) -> bool:
    """Whether an exercise has gradients in its picture: where only values are asked for, none.

    Examples
    --------
    >>> shows_gradients("values"), shows_gradients("both")
    (False, True)
    """
    return blank != "values"


def blanks_of(picture: Picture, blank: Blanks) -> list[Blank]:
    """Return the blanks in the order in which they are filled in: forward, then back.

    Values are blank of results, not of leaves; gradients of all but the result of the whole graph,
    at which a 1 stands. Of arrays those whose entries the picture shows.

    Parameters
    ----------
    picture : Picture
        Of a graph after ``backward()``.
    blank : str or collection of str
        ``"gradients"``, ``"values"`` or ``"both"`` for all; or names of wires, for their gradients
        and, of results, their values; ``"q.value"`` and ``"q.grad"`` are one of both.

    Raises
    ------
    ValueError
        If there is no such wire, if nothing is left to fill in, or too much.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize.graph.picture import picture_of
    >>> x, y = Node(3.0, name="x"), Node(2.0, name="y")
    >>> f = x * y + x
    >>> f.backward()
    >>> [blank.label for blank in blanks_of(picture_of(f), "both")]
    ['u1', 'f', '∂f/∂u1', '∂f/∂x', '∂f/∂y']
    """
    most = most_in_full(picture.look)
    if picture.parts > most:
        raise ValueError(
            f"exercise() of this graph draws {picture.parts:,} parts, expected up to {most:,}, "
            "which have room for a box. Fold it: exercise(f, fold=1)"
        )
    every = [*_possible(picture)]
    found = every if isinstance(blank, str) and blank in _HALVES else _named(picture, every, blank)
    halves = (
        _HALVES.get(blank, ("value", "gradient")) if isinstance(blank, str) else _HALVES["both"]
    )
    found = [one for one in found if one.half in halves]
    if not found:
        raise ValueError(
            f"exercise(blank={blank!r}) finds nothing to fill in: expected a graph with results, "
            "leaves that want gradients, and arrays of up to 4 by 4 (grid= shows larger ones)"
        )
    entries = sum(np.size(one.right) for one in found)
    if entries > MOST_BLANKS:
        raise ValueError(
            f"exercise(blank={blank!r}) of this graph has {entries:,} numbers to fill in, expected "
            f"at most {MOST_BLANKS}. Name some: exercise(f, blank=[{found[0].label!r}]), or fold "
            "the graph: exercise(f, fold=1)"
        )
    return [*_told_apart(found)]


def _told_apart(blanks: Sequence[Blank]) -> Iterator[Blank]:
    """Blanks with labels of their own: two leaves may have one name."""
    times: Counter[str] = Counter()
    for blank in blanks:
        times[blank.label] += 1
        again = times[blank.label]
        yield replace(blank, label=f"{blank.label} ({again})") if again > 1 else blank


def _possible(picture: Picture) -> Iterator[Blank]:
    n = notation_of(picture)
    seed = plain_gradient(picture.root)
    start = f"∂{n.label(picture.root)}/∂" if seed is not None and np.all(seed == 1) else "grad "
    for wire in picture.wires:
        if wire.source is not None and _is_written(wire.node.value, picture):
            yield Blank(wire, "value", n.called(wire.node))
    for wire in backward_order(picture):
        gradient = picture.gradient(wire.node)
        if gradient is not None and _is_written(gradient, picture):
            yield Blank(wire, "gradient", f"{start}{n.label(wire.node)}")


def _is_written(value: Any, picture: Picture) -> bool:
    """Whether a picture shows every entry, and one can be asked for it."""
    array = np.asarray(value)
    small = array.ndim <= 2 and max(array.shape, default=0) <= picture.look.grid
    return small and array.size > 0 and array.dtype.kind == "f" and is_finite(array)


def _named(picture: Picture, every: list[Blank], blank: Blanks) -> list[Blank]:
    asked = [blank] if isinstance(blank, str) or not isinstance(blank, Collection) else list(blank)
    names = names_of_wires(picture)
    wanted: set[tuple[str, str]] = set()
    for name in asked:
        if not isinstance(name, str):
            raise TypeError(
                f"exercise(blank=...) expects 'gradients', 'values', 'both' or names, got "
                f"{type(name).__name__}. Write for example: exercise(f, blank=['w', 'q'])"
            )
        base, _, half = name.rpartition(".")
        if name in names.values():
            wanted |= {(name, "value"), (name, "gradient")}
        elif base in names.values() and half in ("value", "grad"):
            wanted.add((base, "gradient" if half == "grad" else "value"))
        else:
            known = list(dict.fromkeys(names.values()))
            near = get_close_matches(name, known, 3) or known[:8]
            raise ValueError(
                f"exercise(blank={shown(name)!r}) is no name in this graph; expected 'gradients', "
                f"'values', 'both' or names such as {', '.join(map(repr, map(shown, near)))}"
            )
    return [one for one in every if (names.get(one.wire, ""), one.half) in wanted]
