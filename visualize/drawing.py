"""What is drawn, and all that is made of it on the way to a file: each when first asked for."""

from __future__ import annotations

from functools import cached_property

from .graph.picture import Picture
from .graph.words import description_of, names_of, table_of
from .layout.dot import MOST_PARTS_IN_FULL, dot_source
from .layout.graphviz import render
from .steps.sequence import Step, steps_of
from .style import Look


class Drawing:
    """A graph or a network: how it looks, its words, its parts laid out."""

    look: Look
    parts: int
    """How many things there are to lay out."""
    source: str
    """The DOT text in `marked` colours."""
    table: str
    """It in plain text."""
    description: str
    """One sentence about it, which screen readers read out."""
    names: dict[str, str]
    """What its parts are called, by their ids in the DOT text."""
    steps: list[Step]
    no_steps: str
    """What to say where there are none."""
    references: dict[str, str]
    """Parts that repeat the value of a wire: the id of each, and of its wire."""

    @cached_property
    def layout(self) -> tuple[bytes, str | None]:
        """The SVG that Graphviz made of it, and its note: all colours and frames share it."""
        return render(self.source, "svg")


class GraphDrawing(Drawing):
    """The drawing of a graph with its numbers."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.look = picture.look
        self.parts = picture.parts
        self.no_steps = (
            f"the steps of a picture with {self.parts:,} parts could not be read (up to "
            f"{MOST_PARTS_IN_FULL:,} can). Fold it: draw(root) without fold=, or "
            "draw(root, fold=1).frames()"
        )
        self.references = {
            constant.id: constant.refers_to.id
            for constant in picture.constants
            if constant.refers_to is not None and constant.refers_to.name is None
        }

    source = cached_property(lambda self: dot_source(self.picture))
    table = cached_property(lambda self: table_of(self.picture))
    description = cached_property(lambda self: description_of(self.picture))
    names = cached_property(lambda self: names_of(self.picture))
    # In larger pictures the numbers stand inside the circles, too small to read.
    steps = cached_property(
        lambda self: steps_of(self.picture) if self.parts <= MOST_PARTS_IN_FULL else []
    )
