"""The sheets of a page: the picture as it is drawn, the outermost folds, and what is in each fold.

A page shows the first; whoever opens or closes a box sees the outermost folds with, in the place
of each open one, the sheet of what is inside of it: the browser makes room (`compose.js`). So each
fold opens by itself, and the page grows with the graph, not with the ways to fold it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from autograd_core import Node

from ..drawing import GraphDrawing
from ..graph.frozen import MOST_ENTRIES, MOST_OPERATIONS
from ..graph.picture import Box, Constant, Edge, Picture, Wire, picture_of
from ..layout.laid_out import LaidOut, placed
from ..layout.routes import Style, style_of
from ..layout.rows import LONGEST_WITHOUT, SLIDE, WIDEST
from ..layout.unit import Units
from ..layout.units import most_in_full
from ..steps.sequence import Step
from .facts import Facts, facts_of
from .insides import Inside, Level, Names, scope_of
from .outlines import Outline, outlines_of

MOST_PARTS = 4000
"""All sheets together have at most so many parts, for the time that they take."""

MOST_BOXES_INSIDE = 300
"""What holds more does not open: nobody could read it."""

AROUND_ALONG, AROUND_ACROSS = 50.0, 40.0
"""How much longer and higher than its sheet the frame of an open fold is, with its gaps."""

SHORTER = (1.0, 0.6, 0.35, 0.2, 0.1)
"""To which shares of what was asked for sheets are cut, one after the other."""

SHORT = 700.0
"""What is inside of a fold and no longer than this stays in one row."""

MOST_TO_CUT_AGAIN = 60
FAR_TOO_WIDE = 3.0

OUTERMOST, FIRST = "", "first"
"""The ids of two sheets; the others have that of the box whose inside they are."""


Part = Box | Wire | Constant


@dataclass(eq=False)
class View:
    """One sheet of the page: a picture, or what is inside of one fold of it.

    Attributes
    ----------
    ports : dict of str to str
        The units at which wires come in from outside, and what the page calls these.
    ends : dict of str to str
        The edges that end at the border: the id of each, and of its wire on the page.
    steps : list of (Step, str)
        Those that belong here, and of which wire they are, as the page calls it.
    """

    names: Names
    lay_out: Callable[[], LaidOut]
    boxes: Collection[Box]
    wires: Collection[Wire]
    constants: Collection[Constant]
    edges: dict[Edge, str]
    """With what the page calls the source of each."""
    ports: dict[str, str] = field(default_factory=dict)
    ends: dict[str, str] = field(default_factory=dict)
    steps: list[tuple[Step, str]] = field(default_factory=list)
    outlines: list[Outline] = field(default_factory=list)

    @cached_property
    def laid_out(self) -> LaidOut:
        """It with everything in its place."""
        return self.lay_out()

    @property
    def parts(self) -> list[Part]:
        """What stands in it."""
        return [*self.wires, *self.boxes, *self.constants]

    @property
    def folds(self) -> list[Box]:
        """The boxes that hold more than they show."""
        return [box for box in self.boxes if box.folded]

    def id(self, part: str) -> str:
        """What the page calls a part."""
        return self.ports.get(part) or self._ids.get(part, part)

    @cached_property
    def _ids(self) -> dict[str, str]:
        names = self.names
        ids = {edge.source.id: source for edge, source in self.edges.items()}
        ids |= {edge.id: names.edge(edge) for edge in self.edges}
        ids |= {wire.id: names.wire(wire.node) for wire in self.wires}
        return ids | {box.id: names.box(box) for box in self.boxes}


class Views:
    """All sheets of one page; see the module.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import scope
    >>> x = Node(3.0, name="x")
    >>> with scope("sigmoid"):
    ...     y = 1 / (1 + np.exp(-x))
    >>> views = Views(GraphDrawing(picture_of(y, fold=1)))
    >>> [len(view.boxes) for view in views.sheets.values()]
    [1, 4]
    """

    def __init__(self, drawing: GraphDrawing) -> None:
        self.drawing = drawing
        self.names = Names()
        self.sheets: dict[str, View] = {}
        self.first = OUTERMOST
        self.open: list[str] = []
        """The folds that are open in the first view."""
        self._levels: dict[int, Level] = {}
        self._outermost_is_own = True
        self._aspect, self._share = drawing.look.aspect, 1.0
        self._build()

    # --- which sheets -------------------------------------------------------------------------

    def _build(self) -> None:
        drawing, picture = self.drawing, self.drawing.picture
        own = self._own = self._whole(picture, lambda: drawing.laid_out)
        own.steps = self._with_wires(drawing.steps, picture)
        # Of larger arrays every sheet would have to sum up the entries.
        entries = sum(wire.node.size for wire in picture.wires)
        if (
            picture.operations > MOST_OPERATIONS
            or picture.parts > most_in_full(picture.look)
            or entries > MOST_ENTRIES
            or (not self._depth and not any(box.folded for box in picture.boxes))
        ):
            self.sheets[OUTERMOST] = own
            return
        outermost = self._outermost(own)
        self._outermost_is_own = outermost is own
        self.sheets[OUTERMOST] = outermost
        left = MOST_PARTS - len(outermost.parts)
        if outermost is not own:
            left -= len(own.parts)
        waiting = [(outermost, box) for box in outermost.folds]
        while waiting:
            sheet, box = waiting.pop(0)
            inside = self._inside(sheet, box, left)
            if inside is not None:
                left -= len(inside.parts)
                self.sheets[self.names.box(box)] = inside
                waiting += [(inside, one) for one in inside.folds]
        if outermost is not own:
            self._begin_with(own)

    @cached_property
    def style(self) -> Style:
        """One for the wires of all sheets: that which suits the outermost, of wide boxes."""
        alone = self._outermost_is_own or not self._depth
        return style_of(self.drawing.picture if alone else self._level(1).picture)

    @cached_property
    def _operations(self) -> list[Node]:
        return [node for box in self.drawing.picture.boxes for node in box.nodes]

    @cached_property
    def _depth(self) -> int:
        """How deep scopes are nested."""
        scopes = {node.scope for node in self._operations if node.scope is not None}
        return max((len(list(scope)) for scope in scopes), default=0)

    def _outermost(self, own: View) -> View:
        """The drawing itself, if nothing in it is open or it is folded in a way of its own."""
        if any(scope_of(box) is None for box in own.folds) or not self._depth:
            return own
        level = self._level(1)
        if _folded(level.picture) == _folded(self.drawing.picture):
            return own
        view = self._whole(level.picture, lambda: self._placed(level.units))
        view.steps = self._with_wires(level.steps, level.picture)
        return view

    def _begin_with(self, own: View) -> None:
        """Begin with the drawing as it is, where each open scope in it can have its frame."""
        opened = {self.names.scope(scope) for box in own.boxes for scope in (box.scope or ())}
        if not opened <= self.sheets.keys():
            self.leave_alone()
            return
        self.open = sorted(opened, key=lambda name: int(name[1:]))
        own.outlines = outlines_of(own.laid_out, self.drawing.picture, self.names.scope)
        # A frame that would hold what is not in it can't be drawn: then all that is open is put
        # together, where every frame has its room, unless that gets too wide.
        framed = {frame.scope for frame in own.outlines}
        if framed == opened or not self._cut_to_fit(opened):
            self.sheets = {FIRST: own, **self.sheets}
            self.first = FIRST

    def _cut_to_fit(self, opened: set[str]) -> bool:
        """Cut the sheets into shorter rows, until it is not too wide when all of that is open."""
        outermost = self.sheets[OUTERMOST]
        shares = SHORTER if len(opened) <= MOST_TO_CUT_AGAIN else SHORTER[:1]
        found: dict[float, float] = {}
        for share in shares:
            self._cut(share)
            along, across = self._size(outermost, opened)
            found[share] = along / across
            if along <= WIDEST * across or along <= LONGEST_WITHOUT:
                return True
        best = min(found, key=found.__getitem__)
        self._cut(best)
        return found[best] <= FAR_TOO_WIDE

    def _cut(self, share: float) -> None:
        self._share = share
        look = self.drawing.look
        asked = SLIDE if look.aspect is None else look.aspect
        aspect = asked * share if look.across else asked / share
        self._aspect = look.aspect if share == 1 or math.isinf(asked) else aspect
        for view in self.sheets.values():
            view.__dict__.pop("laid_out", None)

    def _size(self, view: View, opened: set[str]) -> tuple[float, float]:
        """About how long and how high a sheet gets with what is open in it."""
        rows = view.laid_out.rows
        units = {unit.id: unit for unit in view.laid_out.units.units}
        longer, higher = [0.0] * len(rows.rows), [0.0] * len(rows.rows)
        for box in view.folds:
            name = self.names.box(box)
            if name in opened:
                unit = units[box.id]
                row = rows.of[unit]
                along, across = self._size(self.sheets[name], opened)
                longer[row] += max(0.0, along + AROUND_ALONG - unit.body_along)
                higher[row] = max(higher[row], across + AROUND_ACROSS - unit.body_across)
        length = max(row.end + more for row, more in zip(rows.rows, longer, strict=True))
        return length, rows.height + sum(higher)

    def leave_alone(self) -> None:
        """Where not all of it has room: the drawing as it is, in which nothing opens or closes."""
        self.sheets = {OUTERMOST: self._own}
        self.first, self.open = OUTERMOST, []

    # --- what is inside a fold ----------------------------------------------------------------

    def _inside(self, sheet: View, box: Box, most: int) -> View | None:
        members = set(box.nodes)
        level = self._level_inside(box, members)
        if level is None or len(level.boxes_of(members)) > MOST_BOXES_INSIDE:
            return None
        outside = [edge for edge in sheet.edges if edge.target is box]
        inside = Inside(level, level.boxes_of(members), outside, self.names)
        view = View(
            self.names,
            lambda: self._placed(inside.units(), inside=True),
            inside.boxes,
            inside.wires,
            inside.constants,
            inside.sources,
            inside.ports,
            inside.ends,
        )
        if len(view.parts) > most:
            return None
        for wire in (*inside.wires, *inside.incoming):
            edges = level.picture.consumers[wire]
            within = bool(edges) and all(edge.target in inside.boxes for edge in edges)
            for step in level.steps_of.get(wire.id, ()):
                if wire.source in inside.boxes if step.kind == "value" else within:
                    view.steps.append((step, self.names.wire(wire.node)))
        return view

    def _placed(self, units: Units, *, inside: bool = False) -> LaidOut:
        """Units in their places; what is inside of a fold is cut only where it is long."""
        if inside:
            asked = math.inf if self.drawing.look.aspect == math.inf else None
            units.look = replace(units.look, aspect=asked)
            found = placed(units, self.style, {})
            if self._share == 1 or found.rows.length < SHORT:
                return found
        units.look = replace(units.look, aspect=self._aspect)
        return placed(units, self.style, {})

    def _whole(self, picture: Picture, lay_out: Callable[[], LaidOut]) -> View:
        edges = {edge: self.names.source(edge) for edge in picture.edges}
        return View(self.names, lay_out, picture.boxes, picture.wires, picture.constants, edges)

    def _level_inside(self, box: Box, members: set[Node]) -> Level | None:
        scope = scope_of(box)
        if scope is not None:
            return self._level(1 + len(list(scope)))
        for depth in range(1, self._depth + 2):
            boxes = self._level(depth).boxes_of(members)
            if len(boxes) > 1 and all(members.issuperset(one.nodes) for one in boxes):
                return self._level(depth)
        return None

    # --- levels of folding, from which the sheets are cut -------------------------------------

    def _level(self, depth: int) -> Level:
        if depth not in self._levels:
            drawn = self.drawing.picture
            # Frames are the page's own.
            look = replace(drawn.look, outlines=False)
            self._levels[depth] = Level(picture_of(drawn.root, depth, look))
        return self._levels[depth]

    def _with_wires(self, steps: Sequence[Step], picture: Picture) -> list[tuple[Step, str]]:
        """Steps with the wire that each is about; those about several have none."""
        nodes = {wire.id: wire.node for wire in picture.wires}
        found = []
        for step in steps:
            ids = step.values or step.gradients
            about = ids and step.kind in ("value", "gradient", "seed")
            found.append((step, self.names.wire(nodes[ids[0]]) if about else ""))
        return found

    @cached_property
    def order(self) -> dict[tuple[str, str], int]:
        """In which order steps stand where sheets are put together: that of the open graph."""
        if len(self.sheets) == 1:
            return {}
        level = self._level(self._depth + 1)
        steps = self._with_wires(level.steps, level.picture)
        return {(step.kind, wire): place for place, (step, wire) in enumerate(steps)}

    @property
    def pictures(self) -> list[Picture]:
        """The drawing, and the levels of folding that the insides of its folds were cut from."""
        single = len(self.sheets) == 1
        levels = () if single else [self._levels[depth] for depth in sorted(self._levels)]
        return [self.drawing.picture, *(level.picture for level in levels)]

    @cached_property
    def facts(self) -> dict[str, Facts]:
        """What there is to say about all parts."""
        found: dict[str, Facts] = {}
        for picture in self.pictures:
            whole = self._whole(picture, lambda: self.drawing.laid_out)
            parts: list[Part] = [*picture.wires, *picture.boxes, *picture.constants]
            # A wire that is cut goes on somewhere else, where it says the same.
            left_out = {x.id for x in picture.constants if x.refers_to is not None}
            left_out |= {part.id for part in parts if whole.id(part.id) in found}
            for part, facts in facts_of(picture, left_out).items():
                found[whole.id(part)] = facts
                for row in facts.get("inputs", ()):
                    row[3] = row[3] and whole.id(row[3])
        return found


def _folded(picture: Picture) -> set[frozenset[Node]]:
    return {frozenset(box.nodes) for box in picture.boxes if box.folded}
