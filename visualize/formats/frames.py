"""The frames of a diagram: one picture per step, all of one size, in which nothing moves."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from autograd_core.files import write_atomically

from ..drawing import Drawing
from ..notebook import mime_bundle
from ..steps.sequence import Step
from .images import pdf_of, png_of
from .svg import image_tag, svg_of
from .timeline import Timeline, timeline_of

MOST_FRAMES = 200
"""Of more steps, several go into one frame."""

Made = TypeVar("Made")


class Deck:
    """What the frames of a diagram have in common; laid out when the first is looked at.

    Of more steps than `most`, neighbours go into one frame, evenly.
    """

    def __init__(self, drawing: Drawing, most: int, *, symbols: bool = False) -> None:
        if not drawing.steps:
            raise ValueError(drawing.no_steps)
        if isinstance(most, bool) or not isinstance(most, int) or most < 5:
            raise ValueError(f"frames expects most, the number of frames, from 5 on, got {most!r}")
        if symbols:
            drawing = drawing.from_symbols()
        self.drawing = drawing
        self.steps = condensed(drawing.steps, most)

    @cached_property
    def timeline(self) -> Timeline:
        """The shapes of all steps."""
        drawing = self.drawing
        return timeline_of(drawing.sheet, self.steps, drawing.look, drawing.references)

    def frames(self) -> list[Frame]:
        """One frame per step; nothing is drawn yet."""
        return [Frame(self, step, index) for index, step in enumerate(self.steps)]


class Frame:
    """One step of a diagram. Make them with `Diagram.frames`.

    Attributes
    ----------
    step : Step
        What is new in this frame.
    text : str
        The line that is written below the picture, or beside a tall one, such as
        ``∂L/∂z2 = -1.5 · (-3) = 4.5``.
    index : int
        Which frame it is; the first is 0.
    """

    def __init__(self, deck: Deck, step: Step, index: int) -> None:
        self.step = step
        self.text = step.text
        self.index = index
        self._deck = deck

    def __repr__(self) -> str:
        return f"step {self.index + 1} of {len(self._deck.steps)}: {self.text}"

    def svg(self) -> str:
        """The frame as SVG text."""
        timeline = self._deck.timeline
        return svg_of(timeline.at(self.index), timeline.theme, self._description)

    @property
    def _description(self) -> str:
        return f"{self._deck.drawing.description}; {self!r}"

    def png(self) -> bytes:
        """The frame as a PNG."""
        return png_of(self._deck.timeline, self.index)

    def pdf(self) -> bytes:
        """The frame as a PDF with one page."""
        return pdf_of(self._deck.timeline, [self.index])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the frame to a file that ends with ``.svg``, ``.png`` or ``.pdf``.

        The file appears complete or not at all.
        """
        makers = {".svg": lambda: self.svg().encode(), ".png": self.png, ".pdf": self.pdf}
        expected = "save() of a frame expects a file ending in .svg, .png or .pdf"
        save(Path(path), makers, expected, "frame.save({})")

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        """What a notebook shows: the SVG inside an image, a PNG for paper, the line for text."""
        return mime_bundle(
            repr(self),
            lambda: image_tag(self.svg(), self._description),
            self.png,
            include,
            exclude,
            svg=self.svg,
        )


def save(
    target: Path, makers: Mapping[str, Callable[[], bytes]], expected: str, example: str
) -> None:
    """Write a file in the way that its ending says."""
    write_atomically(target, maker_for(target, makers, expected, example)())


def save_each(
    target: Path, makers: Mapping[str, Callable[[], list[bytes]]], expected: str, example: str
) -> None:
    """Write a file for each step, numbered; all are made before the first is written."""
    contents = maker_for(target, makers, expected, example)()
    for path, content in zip(numbered(target, len(contents)), contents, strict=True):
        write_atomically(path, content)


def maker_for(target: Path, makers: Mapping[str, Made], expected: str, example: str) -> Made:
    """Return what makes files of an ending; the error says which there are."""
    ending = target.suffix.lower()
    if ending not in makers:
        came = repr(ending) if ending else "a name without an ending"
        known = ".svg" if ".svg" in makers else next(iter(makers))
        instead = example.format(repr(target.stem + known))
        raise ValueError(f"{expected}, got {came} ({str(target)!r}). Write for example: {instead}")
    return makers[ending]


def numbered(target: Path, count: int) -> list[Path]:
    """Return so many names, which sort in their order.

    Examples
    --------
    >>> [path.name for path in numbered(Path("frames/step.png"), 2)]
    ['step-01.png', 'step-02.png']
    """
    digits = max(2, len(str(count)))
    return [
        target.with_name(f"{target.stem}-{number:0{digits}}{target.suffix}")
        for number in range(1, count + 1)
    ]


def condensed(steps: Sequence[Step], most: int) -> list[Step]:
    """Return at most so many steps: neighbours of one kind go together, evenly.

    The text of several steps is that of the last, and a count.

    Examples
    --------
    >>> steps = [Step("structure", "the graph")] + [Step("value", f"v{n}") for n in range(6)]
    >>> [step.text for step in condensed(steps, 5)]
    ['the graph', 'v1 (and 1 more)', 'v3 (and 1 more)', 'v5 (and 1 more)']
    """
    if len(steps) <= most:
        return list(steps)
    runs = [list(run) for _, run in groupby(steps, key=lambda step: step.kind)]
    size = 2
    while sum(-(-len(run) // size) for run in runs) > max(most, len(runs)):
        size += 1
    return [_together(run[at : at + size]) for run in runs for at in range(0, len(run), size)]


def _together(group: list[Step]) -> Step:
    last = group[-1]
    if len(group) == 1:
        return last

    def all_of(field: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part for step in group for part in getattr(step, field)))

    parts = ("values", "gradients", "locals", "contributions", "highlighted")
    return replace(
        last,
        text=f"{last.text} (and {len(group) - 1:,} more)",
        chain="",
        **{field: all_of(field) for field in parts},  # type: ignore[arg-type]
    )
