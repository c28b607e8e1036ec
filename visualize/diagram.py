"""`draw`, and the diagram that it returns: shown in a notebook, rendered, saved."""

from __future__ import annotations

import base64
import html
import math
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd_core import Node
from autograd_core.files import write_atomically

from .formats.frames import MOST_FRAMES, Deck, Frame, Story
from .graph.folding import Fold, counted
from .graph.picture import Leaves, Picture, picture_of, plain_gradient
from .layout.dot import MOST_PARTS_IN_FULL, RANKDIRS, dot_source
from .layout.graphviz import render
from .layout.marked_svg import ROLES, marked
from .layout.wires import cut_long_wires
from .page.html import Page
from .steps.sequence import steps_of
from .style import Theme, as_theme
from .text import check_number_format, in_line, shown

if TYPE_CHECKING:
    from nn import NeuralNetwork

MOST_ROWS = 60
"""The table in plain text lists this many nodes, and counts the others."""

MOST_PIXELS = 24_000_000
LONGEST_SIDE = 30_000
"""What a PNG may take; Graphviz can draw 32,767 pixels in a row, and viewers refuse large ones."""

LARGEST_INLINE_PNG = 1000
"""Up to this many parts a notebook gets a PNG beside the SVG."""


def draw(
    root: Node | NeuralNetwork,
    *,
    fold: Fold = None,
    gradients: bool = True,
    local_gradients: bool = False,
    number_format: str = ".4g",
    theme: str | Theme = "lecture",
    rankdir: str = "LR",
    leaves: Leaves = "near",
) -> Diagram:
    """Draw the graph of everything that a node was made of, as on the lecture's slides.

    Operations stand in circles. After every leaf and operation runs a wire, with the forward
    value above it and, after ``backward()``, the gradient below. A network without data is drawn
    as its chain of layers, with shapes, numbers of parameters and formulas.

    Parameters
    ----------
    root : Node or NeuralNetwork
        The result, such as the loss; or a network.
    fold : int, str or collection of str, optional
        Which scopes become one box. By default as few as needed, and only above 150 boxes. An int
        is the number of levels that stay open: 0 draws the whole graph as one box, 1 each
        outermost scope as one. Names fold the scopes called so.
    gradients : bool, default True
        Whether gradients are shown where there are any.
    local_gradients : bool, default False
        Whether each input of an operation shows d result / d input.
    number_format : str, default ".4g"
        How numbers are written, as in Python's `format`.
    theme : str or Theme, default "lecture"
        ``"lecture"``, ``"colour-blind"``, ``"dark"``, ``"micrograd"``, or a look of your own.
    rankdir : {"LR", "RL", "TB", "BT"}, default "LR"
        The direction in which values flow: left to right, top to bottom, ...
    leaves : {"near", "column"}, default "near"
        Where inputs and parameters stand: near their use, or all in one column at the start.

    Returns
    -------
    Diagram
        It shows itself in a notebook; ``.save("graph.svg")`` writes a file.

    References
    ----------
    Lecture 003, "Computational Graph".

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize import draw
    >>> x, y, z = Node(3.0, name="x"), Node(1.0, name="y"), Node(-2.0, name="z")
    >>> v = (x + y) * z
    >>> v.backward()
    >>> draw(v)
    name  operation  value  gradient
    x     -          3      -2
    y     -          1      -2
    z     -          -2     4
    -     add        4      -2
    -     multiply   -8     1
    >>> draw(v).svg().count("<ellipse")
    2
    """
    if rankdir not in RANKDIRS:
        raise ValueError(f"rankdir expects one of {', '.join(RANKDIRS)}, got {rankdir!r}")
    if type(root) is not Node:
        from .network import draw_network, is_network

        if is_network(root):
            return draw_network(root, as_theme(theme), rankdir)
        raise TypeError(
            f"draw() expects a Node, the result of an expression of nodes, got "
            f"{type(root).__name__}. Write for example: x = Node(2.0, name='x'); draw(x * x)"
        )
    check_number_format(number_format)
    look = as_theme(theme)
    if leaves not in ("near", "column"):
        raise ValueError(f"leaves expects 'near' or 'column', got {leaves!r}")
    picture = picture_of(root, fold, number_format, leaves)
    if picture.backward and root.grad is None:
        gradients = False  # those that are there are of another root, and wires of this graph
    cut_long_wires(picture)
    # In colours that say what everything is: from those the frames know what to hide.
    source = dot_source(
        picture,
        marked(look),
        gradients=gradients,
        local_gradients=local_gradients,
        number_format=number_format,
        rankdir=rankdir,
    )
    description = _description(picture, number_format)
    story = None
    if picture.parts <= MOST_PARTS_IN_FULL:
        steps = steps_of(picture, number_format=number_format, gradients=gradients)
        references = {
            constant.id: constant.refers_to.id
            for constant in picture.constants
            if constant.refers_to is not None and constant.refers_to.name is None
        }
        story = Story(source, steps, look, rankdir, references, description)
    page = Page(
        picture,
        look,
        gradients=gradients,
        local_gradients=local_gradients,
        number_format=number_format,
        rankdir=rankdir,
        source=source,
        steps=[] if story is None else steps,
    )
    return Diagram(
        _coloured(source, look),
        table=_table(picture, gradients, number_format),
        description=description,
        names=_names(picture),
        parts=picture.parts,
        page=page,
        story=story,
    )


class Diagram:
    """A drawn graph. Make one with `draw`.

    The numbers are those at the time of drawing. Each format is laid out once, when first asked
    for.

    Attributes
    ----------
    source : str
        The DOT text; it needs no Graphviz.
    description : str
        One sentence about the graph, which screen readers read out.
    note : str or None
        What went wrong with the program `dot`, where the library in pygraphviz stepped in.
    """

    def __init__(
        self,
        source: str,
        *,
        table: str,
        description: str,
        names: dict[str, str],
        parts: int,
        page: Page,
        story: Story | None = None,
    ) -> None:
        self.source = source
        self.description = description
        self.note: str | None = None
        self._table = table
        self._names = names
        self._parts = parts
        self._page = page
        self._story = story
        self._rendered: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return self._table

    # --- formats ------------------------------------------------------------------------------

    def svg(self) -> str:
        """The picture as SVG text."""
        if "svg" not in self._rendered:
            self._rendered["svg"] = _readable(self._render("svg"), self._names, self.description)
        return self._rendered["svg"].decode()

    def png(self) -> bytes:
        """The picture as a PNG."""
        if "png" not in self._rendered:
            self._rendered["png"] = self._render("png", dpi=_resolution(self.svg()))
        return self._rendered["png"]

    def pdf(self) -> bytes:
        """The picture as a PDF with one page."""
        if "pdf" not in self._rendered:
            self._rendered["pdf"] = self._render("pdf")
        return self._rendered["pdf"]

    def html(self) -> str:
        """The picture as an interactive page, a file of its own that asks no network for anything.

        Play it or step through it with buttons, slider and arrow keys; the product of each step
        stands below. Point at a wire or a circle, tap it, or walk to it with the arrow keys, for
        its value, gradient and chain rule; click a fold to open it, and a frame to close it; drag
        to move, pinch or hold Ctrl and turn the wheel to zoom.

        Examples
        --------
        >>> from autograd_core import Node
        >>> from visualize import draw
        >>> draw(Node(3.0, name="x") * 2.0).html().startswith("<!DOCTYPE html>")
        True
        """
        return self._page.document(self.description, self.svg())

    def _render(self, format: str, dpi: int | None = None) -> bytes:
        image, note = render(self.source, format, dpi)
        self.note = note or self.note
        return image

    # --- steps --------------------------------------------------------------------------------

    def frames(self, *, most: int = MOST_FRAMES) -> list[Frame]:
        """The steps of the lecture, one picture each, in which nothing moves.

        First the graph with its symbols, then the values of the leaves, the forward values in the
        order in which they were computed, the 1 at the output, and the gradients in the order in
        which backpropagation makes them. The product of each step is written below the picture,
        under it those before. Without gradients the frames end with the forward values.

        Parameters
        ----------
        most : int, default 200
            Of more steps than this, neighbours go into one frame, evenly.

        Returns
        -------
        list of Frame
            Each shows itself in a notebook, and has ``.text``, ``.svg()``, ``.png()``, ``.pdf()``
            and ``.save()``. They share one layout, which is made when the first is drawn.

        Raises
        ------
        ValueError
            If the graph is drawn with more than 1,200 parts, too small to read: fold it.

        References
        ----------
        Lecture 003, "Computational Graph" and "Neural Chain".

        Examples
        --------
        >>> from autograd_core import Node
        >>> from visualize import draw
        >>> a = Node(3.0, name="a")
        >>> b = a + a
        >>> b.name = "b"
        >>> b.backward()
        >>> for frame in draw(b).frames():
        ...     print(frame)
        step 1 of 5: the graph of b: 1 operation
        step 2 of 5: a = 3
        step 3 of 5: b = 3 + 3 = 6
        step 4 of 5: ∂b/∂b = 1
        step 5 of 5: ∂b/∂a = 1 + 1 = 2
        """
        return self._deck(most).frames()

    def _deck(self, most: int) -> Deck:
        if self._story is None and self._parts <= MOST_PARTS_IN_FULL:
            raise ValueError("this diagram has no steps: it shows no values. Draw a result instead")
        if self._story is None:
            raise ValueError(
                f"the steps of a picture with {self._parts:,} parts could not be read (up to "
                f"{MOST_PARTS_IN_FULL:,} can). Fold it: draw(root) without fold=, or "
                "draw(root, fold=1).frames()"
            )
        return self._story.deck(most)

    def save(
        self, path: str | os.PathLike[str], *, frames: bool = False, seconds: float = 1.5
    ) -> None:
        """Write the picture to a file; its ending says how.

        The file appears complete or not at all.

        Parameters
        ----------
        path : str or path-like
            Ends with ``.svg``, ``.png``, ``.pdf``, ``.html`` or ``.dot``; or, for all the steps of
            `frames`, with ``.gif``, or ``.tex``: a beamer document in TikZ whose overlays are the
            steps. Missing folders are made.
        frames : bool, default False
            Whether a ``.pdf`` has one page per step.
        seconds : float, default 1.5
            How long a ``.gif`` shows each step; the last stays three times as long.

        Raises
        ------
        ValueError
            If the ending is another.
        """
        target = Path(path)
        ending = target.suffix.lower()
        if frames and ending not in (".pdf", ".gif", ".tex"):
            raise ValueError(
                f"save(frames=True) expects a file ending in .pdf, .gif or .tex, got "
                f"{str(target)!r}. For one file per step write: "
                f"for frame in diagram.frames(): frame.save(...)"
            )
        if ending == ".svg":
            content = self.svg().encode()
        elif ending == ".png":
            content = self.png()
        elif ending == ".pdf":
            content = self._pages() if frames else self.pdf()
        elif ending == ".html":
            content = self.html().encode()
        elif ending == ".dot":
            content = self.source.encode()
        elif ending == ".gif":
            content = self._loop(seconds)
        elif ending == ".tex":
            content = self._overlays().encode()
        else:
            came = repr(ending) if ending else "a name without an ending"
            raise ValueError(
                f"save() expects a file ending in .svg, .png, .pdf, .html or .dot, or in .gif or "
                f".tex for the steps, got {came} "
                f"({str(target)!r}). Write for example: diagram.save({target.stem + '.svg'!r})"
            )
        write_atomically(target, content)

    def _pages(self) -> bytes:
        from .formats.images import pdf_of

        deck = self._deck(MOST_FRAMES)
        return pdf_of(deck.sheet, range(len(deck.steps)), deck.theme)

    def _loop(self, seconds: float) -> bytes:
        from .formats.images import MOST_IN_A_GIF, gif_of

        if not 0.02 <= seconds <= 60:
            raise ValueError(f"save(seconds=...) expects 0.02 to 60, got {seconds!r}")
        deck = self._deck(MOST_IN_A_GIF)
        return gif_of(deck.sheet, range(len(deck.steps)), deck.theme, seconds)

    def _overlays(self) -> str:
        from .formats.tikz import MOST_OVERLAYS, tikz_of

        deck = self._deck(MOST_OVERLAYS)
        return tikz_of(deck.sheet, deck.theme, self.description)

    # --- notebooks ----------------------------------------------------------------------------

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        """What a notebook shows: an interactive page, a PNG for paper, a table for text.

        The page starts with the SVG inside an image, which is what stays where scripts may not run.
        """

        def wanted(kind: str) -> bool:
            return (include is None or kind in include) and kind not in (exclude or ())

        bundle: dict[str, Any] = {"text/plain": self._table} if wanted("text/plain") else {}
        try:
            if wanted("text/html"):
                bundle["text/html"] = self._page.fragment(self.description, self.svg())
            if wanted("image/png") and self._parts <= LARGEST_INLINE_PNG:
                bundle["image/png"] = base64.b64encode(self.png()).decode()
        except RuntimeError as error:
            bundle["text/plain"] = f"{self._table}\n({error})"
        return bundle


def _coloured(source: str, theme: Theme) -> str:
    """DOT text in `marked` colours, in those of the theme.

    What a user wrote can't be mistaken for a colour, as quotes in it are escaped.
    """
    codes = marked(theme)
    colours = {getattr(codes, role): getattr(theme, role) for role in ROLES}
    return _MARK.sub(lambda found: f'="{colours.get(found[1], found[1])}"', source)


_MARK = re.compile('="(#[0-9a-f]{6})"')
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"')


def _resolution(svg: str) -> int:
    """Dots per inch of a PNG: twice those of a screen, fewer where it would be too large."""
    found = _SIZE.search(svg)
    if found is None:
        return 96
    width, height = float(found[1]) / 72, float(found[2]) / 72
    limit = min(LONGEST_SIDE / max(width, height), math.sqrt(MOST_PIXELS / (width * height)))
    return max(1, min(192, math.floor(limit)))


# --- text about a graph --------------------------------------------------------------------------


def _table(picture: Picture, gradients: bool, number_format: str) -> str:
    rows = [("name", "operation", "value", "gradient")]
    shown_wires = picture.wires
    if len(shown_wires) > MOST_ROWS:
        shown_wires = shown_wires[: MOST_ROWS // 2] + shown_wires[-MOST_ROWS // 2 :]
    for wire in shown_wires:
        node = wire.node
        gradient = plain_gradient(node) if gradients else None
        rows.append(
            (
                "-" if wire.name is None else shown(wire.name),
                "-" if node.operation is None else shown(node.operation.name),
                in_line(node.value, number_format),
                "-" if gradient is None else in_line(gradient, number_format),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(text.ljust(n) for text, n in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
    left_out = len(picture.wires) - len(shown_wires)
    if left_out:
        lines.insert(1 + MOST_ROWS // 2, f"… {left_out:,} more …")
    return "\n".join(lines)


def _description(picture: Picture, number_format: str) -> str:
    root = picture.root
    name = f" of {shown(root.name)}" if root.name else ""
    result = in_line(root.value, number_format)
    return f"Computational graph{name}: {counted(picture.operations)}, result {result}"


def _names(picture: Picture) -> dict[str, str]:
    """What each id of ours stands for, as titles in the SVG say it."""
    names = {box.id: shown(box.label) for box in picture.boxes}
    for wire in picture.wires:
        operation = wire.node.operation
        made_by = "leaf" if operation is None else f"result of {shown(operation.name)}"
        names[wire.id] = made_by if wire.name is None else shown(wire.name)
    return names | {constant.id: "constant" for constant in picture.constants}


_TITLE = re.compile(r"<title>([^<]*)</title>\n?")


def _readable(svg: bytes, names: dict[str, str], description: str) -> bytes:
    """The SVG with words for people where Graphviz put our ids, and without what only dates it."""

    def title(found: re.Match[str]) -> str:
        name = names.get(found[1])
        return "" if name is None else f"<title>{html.escape(name)}</title>\n"

    text = _TITLE.sub(title, svg.decode())
    head, _, rest = text.partition("<svg ")
    label = html.escape(description, quote=True)
    return f'{head}<svg role="img" aria-label="{label}" {rest}'.encode()
