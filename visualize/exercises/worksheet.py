"""`worksheet`: an exercise on paper, and its solution."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from autograd_core import Node

from ..drawing import graph_drawing
from ..formats.frames import save
from ..formats.images import pdf_of, png_of
from ..formats.tikz import tikz_pages_of
from ..formats.timeline import Timed, Timeline, broken
from ..graph.folding import Fold
from ..layout.sheet import Shape, Sheet, letters, line
from ..lettering import Runs, formula_runs, plain, width
from ..steps.sequence import Step
from ..style import ROOM, Look, Theme, as_theme
from ..text import LARGEST_GRID, shown
from .blanks import Blanks, shows_gradients
from .covered import covered, halves_of
from .task import Asked, Task, task_of

PAPER = (595.0, 842.0)
"""Points of a sheet of A4."""

MARGIN = 42.0
SIZE = 10.5
"""Of the text beside the picture, in points."""

LARGEST_SCALE = 1.25
"""A small picture is not blown up further."""

MOST_OF_THE_PAGE = 0.5
"""So much of the height the picture may take, that there is room to write."""

ROW = 27.0
"""The height of a line that one writes on."""

COLUMN = 235.0
"""So long is such a line at least."""


def worksheet(
    f: Node,
    *,
    blank: Blanks = "gradients",
    seed: int | None = None,
    title: str = "Worksheet",
    fold: Fold = None,
    number_format: str = ".4g",
    theme: str | Theme = "lecture",
    grid: int = LARGEST_GRID,
) -> Worksheet:
    """Make a sheet of paper with a graph whose numbers are to be filled in, and its solution.

    Parameters
    ----------
    f : Node
        The result of the graph, such as the loss. It is not changed; ``backward()`` need not have
        run.
    blank : str or collection of str, default "gradients"
        What is left blank: ``"gradients"``, ``"values"``, ``"both"``, or names; see `exercise`.
    seed : int, optional
        Picks other numbers for the leaves, the same for the same seed: a sheet for each student.
    title : str, default "Worksheet"
        What stands above.
    fold : int, str or collection of str, optional
        Which scopes become one box, as in `draw`.
    number_format : str, default ".4g"
        How numbers are written, as in Python's `format`.
    theme : str or Theme, default "lecture"
        ``"lecture"``, ``"colour-blind"``, ``"dark"``, ``"micrograd"``, or a look of your own.
    grid : int, default 4
        Arrays of up to so many rows and columns show their entries.

    Returns
    -------
    Worksheet
        ``.save("sheet.pdf")`` and ``.save("solution.pdf", solution=True)`` write it.

    Raises
    ------
    TypeError, ValueError
        As `exercise`.

    See Also
    --------
    exercise : the same as a page that checks answers

    References
    ----------
    Lecture 003, "Computational Graph".

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize import worksheet
    >>> x, y, z = Node(3.0, name="x"), Node(1.0, name="y"), Node(-2.0, name="z")
    >>> sheet = worksheet((x + y) * z)
    >>> sheet.questions
    ['∂f/∂z', '∂f/∂u1', '∂f/∂x', '∂f/∂y']
    >>> sheet.answers()["∂f/∂z"]
    np.float64(4.0)
    """
    look = Look(
        as_theme(theme), number_format, gradients=shows_gradients(blank), names=True, grid=grid,
        room=ROOM,
    )  # fmt: skip
    return Worksheet(task_of("worksheet", f, blank, seed, fold, look), title, seed)


class Worksheet(Asked):
    """A sheet of paper with blanks, and its solution. Make one with `worksheet`.

    Parameters
    ----------
    task : Task
        The graph, its blanks and their answers.
    title : str
        What stands above.
    seed : int or None
        The seed of the numbers, which is printed at the foot.

    Attributes
    ----------
    note : str
        Which mistakes do not show with these numbers; empty where all do.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize import worksheet
    >>> sheet = worksheet(Node(2.0, name="x") * Node(3.0, name="y"))
    >>> sheet.note
    ''
    """

    def __init__(self, task: Task, title: str, seed: int | None) -> None:
        super().__init__(task)
        self._title, self._seed = title, seed

    def __repr__(self) -> str:
        return f"{shown(self._title)}: {self._open}"

    def save(self, path: str | os.PathLike[str], *, solution: bool = False) -> None:
        """Write the sheet, or its solution, to a file; the ending says how.

        Parameters
        ----------
        path : str or path-like
            Ends with ``.pdf``, which needs no LaTeX, or ``.tex``, a document in TikZ that
            ``pdflatex`` compiles. Missing folders are made.
        solution : bool, default False
            Whether all numbers are filled in, and how each comes about stands below.

        Raises
        ------
        ValueError
            If the ending is another.

        Examples
        --------
        >>> import os, tempfile
        >>> from autograd_core import Node
        >>> x = Node(3.0, name="x")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     worksheet(x * x + x).save(f"{folder}/sheet.pdf")
        ...     worksheet(x * x + x).save(f"{folder}/solution.tex", solution=True)
        ...     sorted(os.listdir(folder))
        ['sheet.pdf', 'solution.tex']
        """
        makers = {".pdf": lambda: self._pdf(solution), ".tex": lambda: self._tex(solution)}
        expected = "save() expects a file ending in .pdf or .tex"
        save(Path(path), makers, expected, "worksheet.save({})")

    def _pdf(self, solution: bool) -> bytes:
        timeline = self._pages(solution)
        return pdf_of(timeline, range(len(timeline.steps)))

    def _tex(self, solution: bool) -> bytes:
        return tikz_pages_of(self._pages(solution), self._task.called).encode()

    def _repr_png_(self) -> bytes:
        """What a notebook shows: the first page."""
        return png_of(self._pages(solution=False), 0)

    # --- pages --------------------------------------------------------------------------------

    def _pages(self, solution: bool) -> Timeline:
        """The pages as the steps of a timeline."""
        paper, scale, picture = self._picture(solution)
        page = _Pages(*paper)
        title = f"{self._title}: solution" if solution else self._title
        page.prose(shown(title, 100), 1.6 * SIZE)
        if not solution:
            page.prose("Name: " + "." * 50 + "   Date: " + "." * 24)
            for sentence in self._sentences():
                page.prose(sentence)
        page.place(picture, scale)
        if solution:
            self._write_solution(page)
        else:
            page.lines_to_write_on([f"{n}  {label} =" for n, label in enumerate(self.questions, 1)])
        foot = "" if self._seed is None else f"numbers of seed {self._seed}"
        return page.timeline(self._task.look.theme, foot)

    def _picture(self, solution: bool) -> tuple[tuple[float, float], float, Sheet]:
        """The paper, upright or across, on which the picture is largest, and the picture."""
        task, (short, long) = self._task, PAPER
        found = []
        for wide, high in ((short, long), (long, short)):
            room = wide - 2 * MARGIN, MOST_OF_THE_PAGE * high
            drawing = graph_drawing(
                task.root, task.fold, replace(task.look, aspect=room[0] / room[1])
            )
            hidden = halves_of(drawing.picture, task.blanks)
            open = range(len(task.blanks)) if solution else ()
            sheet = covered(drawing.sheet, hidden, numbers=True, open=open)
            scale = min(room[0] / sheet.width, room[1] / sheet.height, LARGEST_SCALE)
            found.append(((wide, high), scale, sheet))
        upright, across = found
        return across if across[1] > 1.15 * upright[1] else upright

    def _sentences(self) -> Iterator[str]:
        halves = {blank.half for blank in self._task.blanks}
        if "value" in halves:
            yield "Above the wires: what comes out of each operation."
        if "gradient" in halves:
            yield (
                "Below the wires: the gradients, from the 1 at the result back. Each is the "
                "upstream gradient times the local gradient; where a wire forks, the parts of its "
                "branches are added."
            )
        yield (
            "The numbers at the boxes are an order in which they can be filled in; each has a line "
            "below. Two digits are enough."
        )

    def _write_solution(self, page: _Pages) -> None:
        drawing = graph_drawing(self._task.root, self._task.fold, self._task.look)
        steps = {
            (part, step.kind): step
            for step in drawing.steps
            for part in (*step.values, *step.gradients)
        }
        for number, blank in enumerate(self._task.blanks, 1):
            step = steps.get((blank.wire.id, blank.half))
            if step is None:
                continue
            page.formula(f"{number}  {step.text}", colour=blank.half)
            if step.chain and not step.text.endswith(f" {step.chain}"):
                page.formula(step.chain, 0.9 * SIZE, indent=1.4 * SIZE)


class _Place(NamedTuple):
    page: int
    shape: Shape


@dataclass
class _Pages:
    """Fills pages from above; what does not fit goes on on the next."""

    width: float
    height: float
    down: float = MARGIN
    page: int = 0
    placed: list[_Place] = field(default_factory=list)

    @cached_property
    def room(self) -> float:
        """Between the margins."""
        return self.width - 2 * MARGIN

    def _take(self, high: float) -> float:
        """Make room; return where it begins."""
        if self.down + high > self.height - MARGIN:
            self.page, self.down = self.page + 1, MARGIN
        self.down += high
        return self.down - high

    def _add(self, *shapes: Shape) -> None:
        self.placed += [_Place(self.page, shape) for shape in shapes]

    def prose(self, text: str, size: float = SIZE) -> None:
        """A sentence, in which no word is a name."""
        self._write(text, plain, size, "text", 0.0)

    def formula(
        self, text: str, size: float = SIZE, colour: str = "text", indent: float = 0.0
    ) -> None:
        """A line with names, or as many as it takes."""
        self._write(text, formula_runs, size, colour, indent)

    def _write(
        self, text: str, runs: Callable[[str], Runs], size: float, colour: str, indent: float
    ) -> None:
        for one in broken(text, size, self.room - indent):
            top = self._take(1.45 * size)
            self._add(letters(runs(one), (MARGIN + indent, top + size), size, colour, "start"))

    def place(self, sheet: Sheet, scale: float) -> None:
        """A picture, in the middle."""
        top = self._take(scale * sheet.height + SIZE)
        left = (self.width - scale * sheet.width) / 2
        self._add(*(shape.scaled(scale).moved(left, top) for shape in sheet.shapes))

    def lines_to_write_on(self, labels: list[str]) -> None:
        """A line for each calculation, in columns."""
        longest = max(width(formula_runs(label), SIZE) for label in labels)
        columns = max(1, int(self.room // max(COLUMN, 2.2 * longest)))
        wide = self.room / columns
        rows = -(-len(labels) // columns)
        for row in range(rows):
            top = self._take(ROW)
            for column, label in enumerate(labels[row::rows]):
                x, y = MARGIN + column * wide, top + ROW - 6
                end = x + wide - (14 if column < columns - 1 else 0)
                start = x + width(formula_runs(label), SIZE) + 4
                self._add(
                    letters(formula_runs(label), (x, y), SIZE, anchor="start"),
                    replace(line((start, y + 1.5), (end, y + 1.5)), width=0.5, opacity=0.6),
                )

    def timeline(self, theme: Theme, foot: str) -> Timeline:
        """All pages, each a step, with a line at the foot."""
        pages = self.page + 1
        for page in range(pages):
            count = f"page {page + 1} of {pages}" if pages > 1 else ""
            text = "   ".join(filter(None, (foot, count)))
            at = (self.width - MARGIN, self.height - 0.6 * MARGIN)
            if text:
                self.placed.append(_Place(page, letters(text, at, 0.8 * SIZE, anchor="end")))
        shapes = [Timed(shape, page, page) for page, shape in self.placed]
        steps = [Step("structure", f"page {page + 1}") for page in range(pages)]
        return Timeline(theme, self.width, self.height, tuple(shapes), tuple(steps))
