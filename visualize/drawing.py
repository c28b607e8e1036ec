"""What is drawn, and all that is made of it on the way to a file: each when first asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from autograd_core import Node

from .graph.folding import Fold
from .graph.picture import Box, Picture, picture_of
from .graph.words import description_of, table_of
from .layout.detours import cut_long_wires
from .layout.laid_out import LaidOut, lay_out
from .layout.sheet import Sheet
from .layout.units import most_in_full
from .steps.sequence import Step, steps_of
from .steps.symbolic import steps_from_symbols, symbolic_steps
from .style import Look


class Drawing:
    """A graph or a network: how it looks, its words, its shapes."""

    look: Look
    parts: int
    """How many things there are to lay out."""
    source: str
    """The DOT text that is laid out; empty where Graphviz has no part in it."""
    sheet: Sheet
    """All shapes: every format and every step is written from them."""
    note: str | None = None
    """What is wrong with Graphviz, where something else stepped in."""
    table: str
    """It in plain text."""
    description: str
    """One sentence about it, which screen readers read out."""
    steps: list[Step]
    no_steps: str
    """What to say where there are none."""
    references: dict[str, str]
    """Parts that repeat the value of a wire: the id of each, and of its wire."""

    def from_symbols(self) -> Drawing:
        """The same with steps that begin with symbols."""
        raise ValueError(
            "frames(symbols=True) expects the drawing of a graph with its numbers. Write "
            "draw(root).frames(symbols=True)"
        )


class PlacedDrawing(Drawing):
    """What Graphviz places, once it is asked for."""

    def _lay_out(self) -> LaidOut:
        raise NotImplementedError

    @cached_property
    def laid_out(self) -> LaidOut:
        """It with all its parts in their places."""
        found = self._lay_out()
        self.note = found.note
        return found

    @cached_property
    def source(self) -> str:  # type: ignore[override]
        """The DOT text that is laid out."""
        return self.laid_out.source

    @property
    def sheet(self) -> Sheet:  # type: ignore[override]
        """All shapes."""
        return self.laid_out.sheet


class GraphDrawing(PlacedDrawing):
    """The drawing of a graph with its numbers."""

    def __init__(self, picture: Picture, fold: Fold = None) -> None:
        self.picture, self.fold = picture, fold
        self.look = picture.look
        self.parts = picture.parts
        self.no_steps = (
            f"the steps of a picture with {self.parts:,} parts could not be read (up to "
            f"{most_in_full(self.look):,} can). Fold it: draw(root) without fold=, or "
            "draw(root, fold=1).frames()"
        )
        self.references = {
            constant.id: constant.refers_to.id
            for constant in picture.constants
            if constant.refers_to is not None and constant.refers_to.name is None
        }

    def _lay_out(self) -> LaidOut:
        return lay_out(self.picture)

    table = cached_property(lambda self: table_of(self.picture))
    description = cached_property(lambda self: description_of(self.picture))

    # In larger pictures the numbers stand inside the circles, too small to read.
    @cached_property
    def steps(self) -> list[Step]:  # type: ignore[override]
        """The steps in which it is filled in, with numbers or with symbols."""
        if self.parts > most_in_full(self.look):
            return []
        if self.look.symbolic:
            return symbolic_steps(self.picture)
        if self.look.symbols_first:
            return steps_from_symbols(self.picture)
        return steps_of(self.picture)

    def from_symbols(self) -> Drawing:
        """The same with steps that begin with symbols, for which there is room at each wire."""
        look = replace(self.look, symbols_first=True)
        return GraphDrawing(replace(self.picture, look=look), self.fold)


def graph_drawing(root: Node, fold: Fold, look: Look) -> GraphDrawing:
    """Return the drawing of everything that a node was made of.

    Examples
    --------
    >>> graph_drawing(Node(3.0, name="x") * 2.0, None, Look()).parts
    3
    """
    picture = picture_of(root, fold, look)
    if look.local_gradients and any(map(_multiplies_matrices, picture.boxes)):
        # Their local gradients are written with names, such as a1ᵀ ·: they have to stand there.
        picture.look = replace(picture.look, names=True)
    cut_long_wires(picture)
    return GraphDrawing(picture, fold)


def _multiplies_matrices(box: Box) -> bool:
    operation = box.nodes[0].operation
    return not box.folded and operation is not None and operation.name == "matmul"
