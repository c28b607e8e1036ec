"""The diagram that `draw` returns: shown in a notebook, rendered, saved."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd_core.files import expanded

from .drawing import Drawing, GraphDrawing, graph_drawing
from .formats.frames import MOST_FRAMES, Deck, Frame, save, save_each
from .formats.images import MOST_IN_A_GIF, gif_of, pdf_of, png_of, pngs_of
from .formats.reveal import reveal_of
from .formats.svg import image_tag, svg_of
from .formats.tikz import MOST_OVERLAYS, tikz_of
from .formats.timeline import still
from .live.graph import live_graph
from .live.leaves import WhichLeaves, changing_leaves
from .notebook import mime_bundle
from .page.html import Page
from .style import ROOM

if TYPE_CHECKING:
    from .widget import GraphWidget

LARGEST_INLINE_PNG = 1000
"""Up to this many parts a notebook gets a PNG beside the SVG."""


class Diagram:
    """A drawn graph. Make one with `draw`.

    The numbers are those at the time of drawing. Each format is laid out once, when first asked
    for.

    Parameters
    ----------
    drawing : Drawing
        What is made on the way to a file, each part when asked for.

    Attributes
    ----------
    source : str
        The DOT text whose boxes Graphviz places; all else is drawn here.
    description : str
        One sentence about the graph, which screen readers read out.
    note : str or None
        What is wrong with Graphviz, where something else stepped in: the library in pygraphviz for
        the program `dot`, or, where neither works, a simpler layout of our own.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize import draw
    >>> diagram = draw(Node(2.0, name="x") * 3.0)
    >>> diagram.description
    'Computational graph: 1 operation, result 6'
    >>> "<svg" in diagram.svg()
    True
    """

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self._page = Page(drawing)

    def live(self, leaves: WhichLeaves = True) -> Diagram:
        """Return the diagram with numbers that change in its page.

        Parameters
        ----------
        leaves : True, str or collection of str
            The leaves that can be changed: all of floating point numbers, or those of these names.

        Raises
        ------
        TypeError
            If it is no diagram of a graph with numbers, or a leaf that is named has other numbers.
        ValueError
            If there is no such leaf, or the graph is too large.

        Examples
        --------
        >>> from autograd_core import Node
        >>> from visualize import draw
        >>> x = Node(3.0, name="x")
        >>> diagram = draw(x * x).live("x")
        >>> diagram.description
        'Computational graph: 1 operation, result 9'
        """
        drawing = self._drawing
        if not isinstance(drawing, GraphDrawing) or drawing.look.symbolic:
            raise TypeError(
                "a live page expects the diagram of a graph with its numbers. Write for example: "
                "draw(loss, live=True), where loss = network.forward(x)"
            )
        root, look = drawing.picture.root, replace(drawing.look, room=ROOM)
        graph = live_graph(root, changing_leaves(root, leaves))
        diagram = Diagram(graph_drawing(graph.still(), drawing.fold, look))
        diagram._page = Page(graph_drawing(graph.root, drawing.fold, look), graph)
        return diagram

    @property
    def source(self) -> str:  # noqa: D102
        return self._drawing.source

    @property
    def note(self) -> str | None:  # noqa: D102
        return self._drawing.note

    @property
    def description(self) -> str:  # noqa: D102
        return self._drawing.description

    def __repr__(self) -> str:
        return self._drawing.table

    def read_numbers(self) -> None:
        """Read all numbers of the graph now; what is written later does not look at it again."""
        drawing = self._drawing
        _ = drawing.table, drawing.description, drawing.source
        self._page.read_numbers()

    # --- formats ------------------------------------------------------------------------------

    def svg(self) -> str:
        """The picture as SVG text."""
        return self._svg

    def png(self) -> bytes:
        """The picture as a PNG."""
        return self._png

    def pdf(self) -> bytes:
        """The picture as a PDF with one page."""
        return self._pdf

    @cached_property
    def _svg(self) -> str:
        drawing = self._drawing
        return svg_of(drawing.sheet, drawing.look.theme, drawing.description)

    @cached_property
    def _png(self) -> bytes:
        return png_of(still(self._drawing.sheet, self._drawing.look.theme), 0)

    @cached_property
    def _pdf(self) -> bytes:
        return pdf_of(still(self._drawing.sheet, self._drawing.look.theme), [0])

    def html(self) -> str:
        """The picture as an interactive page, a file of its own that asks no network for anything.

        Play it or step through it with buttons, slider and arrow keys; the product of each step
        stands below. Point at a wire or a circle, tap it, or walk to it with the arrow keys, for
        its value, gradient and chain rule. Each fold opens at a click, and closes at one on the
        name of its frame, by itself. Drag to move, pinch or turn the wheel to zoom.

        Of a live diagram, see `live`, the numbers of the leaves can be dragged or typed, or changed
        by arrow keys: Shift makes ten steps, Alt a tenth. All that is written follows. Gradient
        descent goes step by step, with the loss as a curve; the difference quotient stands beside
        the gradient of a leaf; and graphs of up to 60 operations carry the lines of `explain`.

        Examples
        --------
        >>> from autograd_core import Node
        >>> from visualize import draw
        >>> draw(Node(3.0, name="x") * 2.0).html().startswith("<!DOCTYPE html>")
        True
        """
        return self._page.document(self.svg())

    # --- steps --------------------------------------------------------------------------------

    def frames(self, *, most: int = MOST_FRAMES, symbols: bool = False) -> list[Frame]:
        """The steps of the lecture, one picture each, in which nothing moves.

        First the graph with its symbols, then the values of the leaves, the forward values in the
        order in which they were computed, the 1 at the output, and the gradients in the order in
        which backpropagation makes them. The product of each step is written below the picture,
        or beside a tall one, under it those before. Without gradients the frames end with the
        forward values.

        Parameters
        ----------
        most : int, default 200
            Of more steps than this, neighbours go into one frame, evenly.
        symbols : bool, default False
            Whether the frames begin with symbols, ``q = x + y`` and ``∂v/∂q = z``, in whose places
            the numbers follow.

        Returns
        -------
        list of Frame
            Each shows itself in a notebook, and has ``.text``, ``.svg()``, ``.png()``, ``.pdf()``
            and ``.save()``. They share one layout, which is made when the first is drawn.

        Raises
        ------
        ValueError
            If the graph is drawn with more than 1,200 parts, too small to read: fold it. With
            `symbols`, if the picture is no graph with numbers.

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
        return Deck(self._drawing, most, symbols=symbols).frames()

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        frames: bool = False,
        seconds: float = 1.5,
        live: WhichLeaves = False,
    ) -> None:
        """Write the picture, or its steps, to a file; the ending says how.

        A file appears complete or not at all.

        Parameters
        ----------
        path : str or path-like
            Ends with ``.svg``, ``.png``, ``.pdf``, ``.html`` or ``.dot`` for the picture; for all
            the steps of `frames` with ``.gif``, or ``.tex``: a beamer document in TikZ whose
            overlays are the steps. Missing folders are made.
        frames : bool, default False
            Whether to write the steps. A ``.pdf`` then has a page for each; ``.html`` is a
            presentation with reveal.js, in which each key press shows one more, and which asks no
            network for anything (with ``?print-pdf`` behind its address it prints a page for
            each); of ``.png`` and ``.svg`` there is a file for each: ``steps/a.png`` stands for
            ``steps/a-01.png`` and so on, a folder for ``step-01.png`` and so on in it.
        seconds : float, default 1.5
            How long a ``.gif`` shows each step; the last stays three times as long.
        live : bool, str or collection of str, default False
            For ``.html``: whether the leaves, or those of these names, can be changed in the page,
            by dragging a number, typing or arrow keys. Everything that the page shows follows, the
            loss goes down step by step, and a difference quotient stands beside each gradient.
            A diagram that was drawn with ``live=`` is saved so anyway.

        Raises
        ------
        ValueError
            If the ending is another, or with `live` if there is no such leaf.
        TypeError
            With `live` if it is no diagram of a graph with numbers.

        Examples
        --------
        >>> import os, tempfile
        >>> from autograd_core import Node
        >>> from visualize import draw
        >>> diagram = draw(Node(3.0, name="x") * 2.0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     diagram.save(f"{folder}/picture.svg")
        ...     diagram.save(f"{folder}/steps.png", frames=True)
        ...     sorted(os.listdir(folder))
        ['picture.svg', 'steps-01.png', 'steps-02.png', 'steps-03.png']
        """
        if live is not False:
            if frames or Path(path).suffix.lower() != ".html":
                raise ValueError(
                    "save(live=...) expects a file ending in .html for the picture, got "
                    f"{'the steps' if frames else str(path)!r}. Write: diagram.save('graph.html', "
                    "live=True)"
                )
            self.live(live).save(path)
            return
        if frames:
            self._save_frames(expanded(path), seconds)
            return
        makers = {
            ".svg": lambda: self.svg().encode(),
            ".png": self.png,
            ".pdf": self.pdf,
            ".html": lambda: self.html().encode(),
            ".dot": lambda: self.source.encode(),
            ".gif": lambda: self._loop(seconds),
            ".tex": lambda: self._overlays().encode(),
        }
        expected = (
            "save() expects a file ending in .svg, .png, .pdf, .html or .dot, or in .gif or .tex "
            "for the steps"
        )
        save(Path(path), makers, expected, "diagram.save({})")

    def _save_frames(self, target: Path, seconds: float) -> None:
        if not target.suffix or target.is_dir():
            target /= "step.png"
        expected = (
            "save(frames=True) expects a file ending in .pdf, .html, .tex or .gif, or for a file "
            "per step in .png or .svg, or a folder"
        )
        example = "diagram.save({}, frames=True)"
        sequences = {".png": self._pngs, ".svg": self._svgs}
        if target.suffix.lower() in sequences:
            save_each(target, sequences, expected, example)
            return
        makers = {
            ".pdf": self._pages,
            ".html": lambda: self._slide().encode(),
            ".tex": lambda: self._overlays().encode(),
            ".gif": lambda: self._loop(seconds),
        }
        save(target, makers, expected, example)

    def _pages(self) -> bytes:
        timeline = Deck(self._drawing, MOST_FRAMES).timeline
        return pdf_of(timeline, range(len(timeline.steps)))

    def _pngs(self) -> list[bytes]:
        return pngs_of(Deck(self._drawing, MOST_FRAMES).timeline)

    def _svgs(self) -> list[bytes]:
        return [frame.svg().encode() for frame in self.frames()]

    def _slide(self) -> str:
        return reveal_of(Deck(self._drawing, MOST_FRAMES).timeline, self.description)

    def _loop(self, seconds: float) -> bytes:
        if not 0.02 <= seconds <= 60:
            raise ValueError(f"save(seconds=...) expects 0.02 to 60, got {seconds!r}")
        return gif_of(Deck(self._drawing, MOST_IN_A_GIF).timeline, seconds)

    def _overlays(self) -> str:
        return tikz_of(Deck(self._drawing, MOST_OVERLAYS).timeline, self.description)

    # --- notebooks ----------------------------------------------------------------------------

    def widget(self) -> GraphWidget:
        """The page as a widget: in marimo, Colab and VS Code, which run no scripts of outputs.

        JupyterLab and Notebook show it too; the diagram itself shows the same page there, and in
        nbconvert's HTML, where a widget needs a network. It needs anywidget: ``pip install
        "autograd-core[widget]"``.

        Returns
        -------
        GraphWidget
            Of a live diagram its ``values`` are the leaves, by name: they change with the page,
            and ``widget.values = {"x": 3.0}`` moves the page. In marimo,
            ``w = mo.ui.anywidget(widget)`` runs the cells again that read ``w.values``.

        Raises
        ------
        ImportError
            If anywidget is not installed.

        Examples
        --------
        >>> from autograd_core import Node
        >>> from visualize import draw
        >>> x = Node(3.0, name="x")
        >>> widget = draw(x * x, live=True).widget()  # doctest: +SKIP
        >>> widget.values  # doctest: +SKIP
        {'x': 3.0}
        """
        try:
            from .widget import GraphWidget
        except ModuleNotFoundError as error:
            if error.name != "anywidget":
                raise
            raise ImportError(
                "widget() needs the package anywidget, which is not installed. Write: pip install "
                '"autograd-core[widget]". Without it, display the diagram itself, or save a page: '
                'diagram.save("graph.html")',
                name="anywidget",
            ) from None
        return GraphWidget(self._page, image_tag(self.svg(), self.description))

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        """What a notebook shows: an interactive page, a PNG for paper, a table for text.

        The page starts with the SVG inside an image, which is what stays where scripts may not run.
        """
        return mime_bundle(
            repr(self),
            lambda: self._page.fragment(self.svg()),
            self.png if self._drawing.parts <= LARGEST_INLINE_PNG else None,
            include,
            exclude,
            svg=self.svg,
        )
