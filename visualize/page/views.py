"""The levels of folding that a page can switch between, and where a click leads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from autograd_core import Node, Scope

from ..drawing import GraphDrawing
from ..graph.folding import Fold
from ..graph.frozen import MOST_ENTRIES, MOST_OPERATIONS
from ..graph.picture import Box, Constant, Picture, Wire, picture_of
from ..layout.detours import cut_long_wires
from ..layout.units import MOST_PARTS_IN_FULL
from ..text import shown

MOST_SCOPES_IN_ALL_WAYS = 3
"""Up to so many scopes open and close one by one; more open by levels, all of a depth at once."""

MOST_VIEWS = 8
MOST_PARTS = 1500
"""All views together have at most so many parts, so that a page stays below 1 MB."""

MOST_FRAMES = 40


@dataclass
class View:
    """One layout of the page."""

    drawing: GraphDrawing
    opens: dict[str, int] = field(default_factory=dict)
    """The view to which a click on a folded box leads, by the box's id."""
    frames: list[OpenScope] = field(default_factory=list)
    """The scopes that are open here and can be closed."""


@dataclass(frozen=True)
class OpenScope:
    """A scope that is open in a view, and framed."""

    name: str
    parts: list[str]
    """The ids of its operations, and of the wires between them."""
    leaves: list[str]
    """The ids of leaves and constants that nothing else takes: they may stand in or outside."""
    view: int
    """The view in which it is closed."""


def views_of(first: GraphDrawing) -> list[View]:
    """Return the first drawing and its other levels of folding, linked with each other.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import scope
    >>> x = Node(3.0, name="x")
    >>> with scope("sigmoid"):
    ...     y = 1 / (1 + np.exp(-x))
    >>> views = views_of(GraphDrawing(picture_of(y, fold=1)))
    >>> len(views), views[0].opens, [frame.name for frame in views[1].frames]
    (2, {'o0': 1}, ['sigmoid'])
    """
    pictures = _pictures(first.picture)
    views = [View(first), *(View(GraphDrawing(picture)) for picture in pictures[1:])]
    if len(views) > 1:
        folded = [_folded(picture) for picture in pictures]
        boxes = [{frozenset(box.nodes) for box in picture.boxes} for picture in pictures]
        for index, view in enumerate(views):
            # The boxes of each other view that are not there in this one.
            new = [[next(iter(box)) for box in other - boxes[index]] for other in boxes]
            _link(view, folded[index], folded, new)
    return views


# --- which levels --------------------------------------------------------------------------------


def _pictures(first: Picture) -> list[Picture]:
    pictures = [first]
    # Of larger arrays every view would have to sum up the entries.
    entries = sum(wire.node.size for wire in first.wires)
    if (
        first.operations > MOST_OPERATIONS
        or first.parts > MOST_PARTS_IN_FULL
        or entries > MOST_ENTRIES
    ):
        return pictures
    known = {frozenset(_folded(first))}
    parts = first.parts
    operations = [node for box in first.boxes for node in box.nodes]
    for fold in _folds(operations):
        picture = picture_of(first.root, fold, first.look)
        folded = frozenset(_folded(picture))
        if folded in known or picture.parts > MOST_PARTS_IN_FULL:
            continue
        parts += picture.parts
        if parts > MOST_PARTS or len(pictures) == MOST_VIEWS:
            break
        known.add(folded)
        cut_long_wires(picture)
        pictures.append(picture)
    return pictures


def _folds(operations: list[Node]) -> Iterator[Fold]:
    """What to pass to `draw(fold=...)`, coarse first."""
    scopes = {node.scope for node in operations if node.scope is not None}
    chains = [list(scope) for scope in scopes]
    paths = {str(scope): scope for chain in chains for scope in chain}
    if len(paths) <= MOST_SCOPES_IN_ALL_WAYS:
        names = sorted(paths, key=lambda path: path.count("/"))
        for count in range(len(names), -1, -1):
            yield from combinations(names, count)
        return
    yield from range(1, 2 + max(map(len, chains)))


Folded = dict[frozenset[Node], Box]


def _folded(picture: Picture) -> Folded:
    return {frozenset(box.nodes): box for box in picture.boxes if box.folded}


# --- where a click leads -------------------------------------------------------------------------


def _link(view: View, here: Folded, folded: list[Folded], new: list[list[Node]]) -> None:
    for nodes, box in here.items():
        # In a view where the box is open no fold holds all of it.
        able = [n for n, other in enumerate(folded) if not any(nodes <= fold for fold in other)]
        target = _nearest(able, nodes, new)
        if target is not None:
            view.opens[box.id] = target
    picture = view.drawing.picture
    for scope, parts in _open_scopes(picture).items():
        members = _members(picture, scope)
        target = _nearest([n for n, other in enumerate(folded) if members in other], members, new)
        if target is not None and len(view.frames) < MOST_FRAMES:
            leaves = _leaves(picture, scope)
            view.frames.append(OpenScope(shown(scope.name), parts, leaves, target))


def _nearest(able: list[int], nodes: frozenset[Node], new: list[list[Node]]) -> int | None:
    """The view that changes least elsewhere, and of those the one with the fewest new boxes."""

    def change(other: int) -> tuple[int, int]:
        return sum(1 for node in new[other] if node not in nodes), len(new[other])

    return min(able, key=change, default=None)


def _open_scopes(picture: Picture) -> dict[Scope, list[str]]:
    """The parts inside each scope that is open, outermost scopes first."""
    found: dict[Scope, list[str]] = {}
    for box in picture.boxes:
        for scope in box.scope or ():
            found.setdefault(scope, []).append(box.id)
    for wire in picture.wires:
        # The result of a scope stands outside of it.
        for scope in (wire.source.scope if wire.source is not None else None) or ():
            if any(_within(edge.target, scope) for edge in picture.consumers[wire]):
                found[scope].append(wire.id)
    return found


def _leaves(picture: Picture, scope: Scope) -> list[str]:
    leaves: list[Wire | Constant] = [wire for wire in picture.wires if wire.source is None]
    leaves += picture.constants
    return [
        leaf.id
        for leaf in leaves
        if (edges := picture.consumers[leaf]) and all(_within(edge.target, scope) for edge in edges)
    ]


def _within(box: Box, scope: Scope) -> bool:
    return scope in (box.scope or ())


def _members(picture: Picture, scope: Scope) -> frozenset[Node]:
    return frozenset(
        node for box in picture.boxes for node in box.nodes if scope in (node.scope or ())
    )
