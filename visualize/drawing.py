"""What is drawn, and all that is made of it on the way to a file: each when first asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

from .graph.picture import Picture
from .graph.words import description_of, names_of, table_of
from .layout.dot import MOST_PARTS_IN_FULL, dot_source
from .layout.graphviz import render
from .steps.sequence import Step, steps_of
from .style import Look


class Drawing(ABC):
    """A graph or a network: how it looks, its words, its parts laid out."""

    look: Look
    parts: int
    """How many things there are to lay out."""
    references: dict[str, str]
    """Parts that repeat the value of a wire: the id of each, and of its wire."""

    @property
    @abstractmethod
    def source(self) -> str:
        """The DOT text in `marked` colours."""

    @property
    @abstractmethod
    def table(self) -> str:
        """It in plain text."""

    @property
    @abstractmethod
    def description(self) -> str:
        """One sentence about it, which screen readers read out."""

    @property
    @abstractmethod
    def names(self) -> dict[str, str]:
        """What its parts are called, by their ids in the DOT text."""

    @property
    @abstractmethod
    def steps(self) -> list[Step]:
        """Its steps; none where they could not be read."""

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
        self.references = {
            constant.id: constant.refers_to.id
            for constant in picture.constants
            if constant.refers_to is not None and constant.refers_to.name is None
        }

    @cached_property
    def source(self) -> str:  # noqa: D102
        return dot_source(self.picture)

    @cached_property
    def table(self) -> str:  # noqa: D102
        return table_of(self.picture)

    @cached_property
    def description(self) -> str:  # noqa: D102
        return description_of(self.picture)

    @cached_property
    def names(self) -> dict[str, str]:  # noqa: D102
        return names_of(self.picture)

    @cached_property
    def steps(self) -> list[Step]:  # noqa: D102
        # Without steps where the numbers stand inside the circles, too small to read.
        if self.parts > MOST_PARTS_IN_FULL:
            return []
        look = self.look
        return steps_of(self.picture, number_format=look.number_format, gradients=look.gradients)
