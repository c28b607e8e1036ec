"""The frames of a diagram: one picture per step, all of one size, in which nothing moves."""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from autograd_core.files import write_atomically

from ..layout.graphviz import render
from ..layout.shapes import Shape
from ..steps.sequence import Step
from ..style import Theme
from .timeline import Sheet, sheet_of

MOST_FRAMES = 200
"""Of more steps, several go into one frame."""


class Story:
    """What the frames of a diagram are made from; kept with it, so that the numbers stay the same.

    Parameters
    ----------
    source : str
        The DOT text in `marked` colours.
    steps : sequence of Step
        All steps of the picture.
    theme : Theme
        The look.
    rankdir : str
        The direction in which values flow.
    references : dict
        Constants that repeat the value of a wire: the id of each, and of its wire.
    description : str
        One sentence about the graph.
    """

    def __init__(
        self,
        source: str,
        steps: Sequence[Step],
        theme: Theme,
        rankdir: str,
        references: dict[str, str],
        description: str,
    ) -> None:
        self.source = source
        self.steps = steps
        self.theme = theme
        self.rankdir = rankdir
        self.references = references
        self.description = description

    @cached_property
    def layout(self) -> bytes:
        """The SVG that all frames share."""
        return render(self.source, "svg")[0]

    def deck(self, most: int) -> Deck:
        """Return what at most so many frames have in common."""
        if isinstance(most, bool) or not isinstance(most, int) or most < 5:
            raise ValueError(f"frames expects most, the number of frames, from 5 on, got {most!r}")
        return Deck(self, condensed(self.steps, most))


class Deck:
    """What the frames of a diagram have in common; laid out when the first is looked at."""

    def __init__(self, story: Story, steps: Sequence[Step]) -> None:
        self.story = story
        self.steps = steps
        self.theme = story.theme

    @cached_property
    def sheet(self) -> Sheet:
        """The shapes of all steps."""
        story = self.story
        return sheet_of(
            story.layout, self.steps, self.theme,
            rankdir=story.rankdir, references=story.references,
        )  # fmt: skip

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
        The line that is written below the picture, such as ``∂L/∂z2 = -1.5 · (-3) = 4.5``.
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
        deck = self._deck
        label = f"{deck.story.description}; {self!r}"
        sheet = deck.sheet
        return svg_of(sheet.at(self.index), sheet.width, sheet.height, deck.theme, label)

    def png(self) -> bytes:
        """The frame as a PNG."""
        from .images import png_of

        return png_of(self._deck.sheet, self.index, self._deck.theme)

    def pdf(self) -> bytes:
        """The frame as a PDF with one page."""
        from .images import pdf_of

        return pdf_of(self._deck.sheet, [self.index], self._deck.theme)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the frame to a file that ends with ``.svg``, ``.png`` or ``.pdf``.

        The file appears complete or not at all.
        """
        target = Path(path)
        ending = target.suffix.lower()
        if ending == ".svg":
            content = self.svg().encode()
        elif ending == ".png":
            content = self.png()
        elif ending == ".pdf":
            content = self.pdf()
        else:
            came = repr(ending) if ending else "a name without an ending"
            raise ValueError(
                f"save() of a frame expects a file ending in .svg, .png or .pdf, got {came} "
                f"({str(target)!r}). Write for example: frame.save({target.stem + '.svg'!r})"
            )
        write_atomically(target, content)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        """What a notebook shows: the SVG inside an image, a PNG for paper, the line for text."""

        def wanted(kind: str) -> bool:
            return (include is None or kind in include) and kind not in (exclude or ())

        bundle: dict[str, Any] = {"text/plain": repr(self)} if wanted("text/plain") else {}
        try:
            if wanted("text/html"):
                bundle["text/html"] = self._image()
            if wanted("image/png"):
                bundle["image/png"] = base64.b64encode(self.png()).decode()
        except RuntimeError as error:
            bundle["text/plain"] = f"{self!r}\n({error})"
        return bundle

    def _image(self) -> str:
        data = base64.b64encode(self.svg().encode()).decode()
        alt = html.escape(f"{self._deck.story.description}; {self!r}", quote=True)
        return (
            f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" '
            f'style="max-width:100%;height:auto">'
        )


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
    several = [step for step in steps if step.kind in ("value", "gradient")]
    size = 2
    while True:
        made = _grouped(steps, size)
        if len(made) <= most or size >= len(several):
            return made
        size += 1


def _grouped(steps: Sequence[Step], size: int) -> list[Step]:
    made: list[Step] = []
    group: list[Step] = []
    for index, step in enumerate(steps):
        group.append(step)
        follows = steps[index + 1].kind if index + 1 < len(steps) else None
        if follows != step.kind or len(group) == size:
            made.append(_together(group))
            group = []
    return made


def _together(group: list[Step]) -> Step:
    last = group[-1]
    if len(group) == 1:
        return last

    def all_of(field: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part for step in group for part in getattr(step, field)))

    return replace(
        last,
        text=f"{last.text} (and {len(group) - 1:,} more)",
        chain="",
        values=all_of("values"),
        gradients=all_of("gradients"),
        locals=all_of("locals"),
        contributions=all_of("contributions"),
        highlighted=all_of("highlighted"),
    )


# --- SVG -----------------------------------------------------------------------------------------


def svg_of(
    shapes: Sequence[Shape], width: float, height: float, theme: Theme, description: str
) -> str:
    """Return shapes as an SVG; every part is a group of its own, with its id as class."""
    label = html.escape(description, quote=True)
    font = html.escape(theme.font, quote=True)
    lines = [
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
        f'<svg role="img" aria-label="{label}" width="{width:g}pt" height="{height:g}pt" '
        f'viewBox="0 0 {width:g} {height:g}" xmlns="http://www.w3.org/2000/svg">',
    ]
    if theme.background != "transparent":
        lines.append(f'<rect width="100%" height="100%" fill="{theme.background}"/>')
    lines.append(f'<g font-family="{font}">')
    lines += [_svg_shape(shape, theme) for shape in shapes]
    return "\n".join([*lines, "</g>", "</svg>\n"])


def _svg_shape(shape: Shape, theme: Theme) -> str:
    fill = getattr(theme, shape.fill) if shape.fill else "none"
    named = f' class="{" ".join(filter(None, (shape.part, shape.half)))}"' if shape.part else ""
    if shape.kind == "text":
        ((x, y),) = shape.points
        middle = ' text-anchor="middle"' if shape.middle else ""
        return (
            f'<text{named} xml:space="preserve" x="{x:.2f}" y="{y:.2f}"{middle} '
            f'font-size="{shape.size:g}" fill="{fill}">{html.escape(shape.text)}</text>'
        )
    look = f'{named} fill="{fill}"'
    if shape.stroke:
        look += f' stroke="{getattr(theme, shape.stroke)}"'
        look += f' stroke-width="{shape.width:g}"' if shape.width != 1 else ""
    if shape.opacity < 1:
        look += f' opacity="{shape.opacity:g}"'
    if shape.kind == "ellipse":
        (x, y), (rx, ry) = shape.points
        return f'<ellipse{look} cx="{x:.2f}" cy="{y:.2f}" rx="{rx:.2f}" ry="{ry:.2f}"/>'
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in shape.points)
    if shape.kind == "path":
        start, _, curves = points.partition(" ")
        return f'<path{look} d="M{start} C{curves}"/>'
    return f'<{shape.kind}{look} points="{points}"/>'
