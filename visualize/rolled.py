"""A graph with its repetitions rolled up: one body, how often it runs, and the loop's wires."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from autograd_core import Node
from autograd_core.backpropagation import ancestors

from .drawing import PlacedDrawing
from .graph.folding import Fold
from .graph.picture import Constant, Picture, Wire, picture_of
from .graph.rolling import Loop, rolled, with_ends
from .graph.words import description_of, table_of
from .layout.detours import cut_long_wires
from .layout.laid_out import LaidOut, lay_out
from .layout.loops import Body, with_loops
from .layout.sheet import Sheet
from .style import LECTURE, Look

NUMBERS = "the numbers of the last time"


class RolledDrawing(PlacedDrawing):
    """A graph in which what repeats stands once; see `draw`.

    The numbers are those of the last repetition.

    Examples
    --------
    >>> from autograd_core import scope
    >>> h, w = Node(1.0, name="h_0"), Node(0.5, name="w")
    >>> for step in range(1, 11):
    ...     with scope("step"):
    ...         h = h * w
    ...     h.name = f"h_{step}"
    >>> RolledDrawing(h).description
    'Computational graph of h_t: 10 operations, result 0.0009766. Rolled up: step × 10'
    """

    def __init__(self, root: Node, fold: Fold = None, look: Look = LECTURE) -> None:
        operations = _count(root)
        once, loops = rolled(root)
        picture = picture_of(once, fold, look)
        cut_long_wires(picture)
        picture.operations = operations
        self.picture = picture
        self.look = look
        self.bodies = _bodies(picture, loops)
        self.parts = picture.parts
        self.words = words = ", ".join(loop.words for loop in loops)
        self.description = f"{description_of(picture)}. Rolled up: {words}"
        self.table = f"{table_of(picture)}\n{words}: {NUMBERS}"
        self.references = {}
        self.steps = []
        self.no_steps = (
            "a rolled-up graph has no steps: each number would be that of one repetition alone. "
            "Write draw(root).frames()"
        )

    def _lay_out(self) -> LaidOut:
        return lay_out(self.picture)

    @cached_property
    def sheet(self) -> Sheet:  # type: ignore[override]
        """All shapes, with the frames of the bodies and the wires back."""
        return with_loops(self.laid_out, self.bodies, f"{self.words}: {NUMBERS}")


def _count(root: Node) -> int:
    return sum(node.operation is not None for node in ancestors(root))


def _bodies(picture: Picture, loops: Sequence[Loop]) -> list[Body]:
    """The parts of a picture that each loop goes through."""
    found = []
    for loop in loops:
        joints = {joint for _, joint in loop.back}
        inside = {
            box for box in picture.boxes if all(n in loop.nodes or n in joints for n in box.nodes)
        }
        ends = with_ends(picture, loop)
        ids = {box.id for box in inside}
        leaves: list[Wire | Constant] = [w for w in picture.wires if w.source is None]
        for leaf in [*leaves, *picture.constants]:
            targets = [edge.target for edge in picture.edges if edge.source is leaf]
            started = any(t.nodes[0] in joints for t in targets)
            if targets and all(t in inside for t in targets) and not started:
                ids.add(leaf.id)
        found.append(Body(loop.words, frozenset(ids), tuple(ends)))
    return found


__all__ = ["RolledDrawing"]
