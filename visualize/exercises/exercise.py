"""`exercise`: a page with blanks, which are checked, and whose usual mistakes are known."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from autograd_core import Node

from ..chain_rule.notation import notation_of
from ..drawing import graph_drawing
from ..formats.frames import save
from ..formats.images import png_of
from ..formats.svg import svg_of
from ..formats.timeline import still
from ..graph.folding import Fold
from ..graph.naming import names_in
from ..layout.sheet import Sheet
from ..lettering import formula_runs, marked, name_runs
from ..live.numbers import node_of
from ..notebook import mime_bundle
from ..page.html import Addition, Page
from ..page.shell import asset, program_data
from ..page.views import Views
from ..style import ROOM, Look, Theme, as_theme
from ..text import LARGEST_GRID
from .blanks import Blank, Blanks, shows_gradients
from .covered import WIDTH, covered, halves_of
from .questions import CONSISTENT
from .reminders import reminder_of
from .task import Asked, Task, task_of

WORDS = {
    "task": "Fill in the boxes; two digits are enough. {start} Enter checks and goes on.",
    "start": "Start at {root}, whose gradient is 1, and go back.",
    "start of values": "Start at the leaves.",
    "progress": "{right} of {all} right",
    "progress revealed": "{right} of {all} right, {revealed} revealed",
    "done": "All {all} right",
    "right": "Right: {line}",
    "revealed": "Revealed: {line}",
    "wrong": "{label} is not {answer}: {first}.",
    "either": "{label} is not {answer}: {first}; or {second}.",
    "follows": CONSISTENT,
    "v": "{label} is not {answer}: compute it once more from what comes in.",
    "g": "{label} is not {answer}: it is the upstream gradient times the local gradient.",
    "g of a fork": (
        "{label} is not {answer}: its wire forks, so it is a sum, over the branches, of the "
        "upstream gradient times the local gradient."
    ),
    "reminder": "Remember: {reminder}.",
    "asked": "to fill in",
    "product": "upstream gradient · local gradient",
    "number": "{text} is no number: write for example 0.5, -2e-3 or 1/3.",
}
"""What the page says."""


def exercise(
    f: Node,
    blank: Blanks = "gradients",
    *,
    seed: int | None = None,
    fold: Fold = None,
    number_format: str = ".4g",
    theme: str | Theme = "lecture",
    rankdir: str = "LR",
    aspect: float | None = None,
    grid: int = LARGEST_GRID,
    names: bool = True,
) -> Exercise:
    """Make a page of a graph with blanks on its wires, which it checks as they are filled in.

    An answer counts that is right to two digits. One that is not gets the hint that fits it: the
    page computes what the usual mistakes lead to, such as a branch of a fork forgotten, the
    upstream gradient forgotten, a sign, a factor, a matrix not transposed, the value of a
    function in place of its derivative, or all right but for a wrong answer one wire above.

    Parameters
    ----------
    f : Node
        The result of the graph, such as the loss. It is not changed; ``backward()`` need not have
        run.
    blank : str or collection of str, default "gradients"
        What is left blank. ``"gradients"``: of all wires but the result, at which the 1 stands;
        ``"values"``: of all results; ``"both"``; or names of wires: their gradients and, of
        results, their values. ``"q.grad"`` and ``"q.value"`` are one of both.
    seed : int, optional
        Picks other numbers for the leaves, of few digits and about as large as those given, with
        which no mistake gives the right number, and few give the same wrong one. The same for the
        same seed. By default the numbers stay. Where there are no such numbers, it warns.
    fold : int, str or collection of str, optional
        Which scopes become one box, as in `draw`; what is in a fold is not asked for.
    number_format : str, default ".4g"
        How numbers are written, as in Python's `format`.
    theme : str or Theme, default "lecture"
        ``"lecture"``, ``"colour-blind"``, ``"dark"``, ``"micrograd"``, or a look of your own.
    rankdir : {"LR", "RL", "TB", "BT"}, default "LR"
        The direction in which values flow: left to right, top to bottom, ...
    aspect : float, optional
        Width through height of what the picture is to fill, such as ``4/3``: a longer one is cut
        into rows, in which the wires run on. By default what is wider than 2.2 to 1, and wider
        than a slide, is cut to fill 16 to 9. ``math.inf`` keeps one row.
    grid : int, default 4
        Arrays of up to so many rows and columns show their entries.
    names : bool, default True
        Whether results without a name are given one, by which hints call them.

    Returns
    -------
    Exercise
        It shows itself in a notebook; ``.save("exercise.html")`` writes a page of its own.

    Raises
    ------
    TypeError
        If `f` is no Node, or has complex numbers.
    ValueError
        If nothing is left to fill in, or too much; if a name is not there.
    UnsupportedOperationError
        If an operation of the graph can't run in a page.

    See Also
    --------
    worksheet : the same on paper

    References
    ----------
    Lecture 003, "Computational Graph", "Simple example, with numbers".

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize import exercise
    >>> x, y, z = Node(3.0, name="x"), Node(1.0, name="y"), Node(-2.0, name="z")
    >>> asked = exercise((x + y) * z)
    >>> asked
    Exercise: ∂f/∂z = ?, ∂f/∂u1 = ?, ∂f/∂x = ?, ∂f/∂y = ?
    >>> asked.answers()["∂f/∂z"], exercise((x + y) * z, seed=7).answers()["∂f/∂z"]
    (np.float64(4.0), np.float64(2.3))
    """
    look = Look(
        as_theme(theme), number_format, rankdir=rankdir, aspect=aspect, grid=grid, names=names,
        gradients=shows_gradients(blank), room=ROOM,
    )  # fmt: skip
    return Exercise(task_of("exercise", f, blank, seed, fold, look))


class Exercise(Asked):
    """A page with blanks to fill in. Make one with `exercise`.

    Parameters
    ----------
    task : Task
        The graph, its blanks and their answers.

    Attributes
    ----------
    note : str
        Which mistakes do not show with these numbers; empty where all do.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize import exercise
    >>> sheet = exercise(Node(2.0, name="x") * Node(3.0, name="y"))
    >>> sheet.html().startswith("<!DOCTYPE html>"), sheet.note
    (True, '')
    """

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._program = program_data(
            task.questions.program, "Write worksheet(f): paper asks for it, too"
        )
        task.drawing.description = task.called
        self._page = Page(
            task.drawing,
            task.graph,
            Addition(
                asset("exercise.js", __package__), asset("exercise.css", __package__), self._data
            ),
        )

    def __repr__(self) -> str:
        return f"Exercise: {self._open}"

    # --- formats ------------------------------------------------------------------------------

    def html(self) -> str:
        """The exercise as a page of its own, which asks no network for anything.

        Examples
        --------
        >>> from autograd_core import Node
        >>> x = Node(3.0, name="x")
        >>> exercise(x * x).html().startswith("<!DOCTYPE html>")
        True
        """
        return self._page.document(self._svg)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the exercise to a file.

        Parameters
        ----------
        path : str or path-like
            Ends with ``.html``. Missing folders are made.

        Raises
        ------
        ValueError
            If the ending is another.
        """
        makers = {".html": lambda: self.html().encode()}
        expected = "save() expects a file ending in .html (worksheet(f) has .pdf and .tex)"
        save(Path(path), makers, expected, "exercise.save({})")

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        """What a notebook shows: the page, the picture with empty boxes for paper, and the text."""
        return mime_bundle(
            repr(self),
            lambda: self._page.fragment(self._svg),
            self._png,
            include,
            exclude,
            svg=lambda: self._svg,
        )

    @cached_property
    def _sheet(self) -> Sheet:
        """The picture with empty boxes, as it stands where no script may run."""
        task = self._task
        drawing = graph_drawing(task.root, task.fold, task.look)
        return covered(drawing.sheet, halves_of(drawing.picture, task.blanks))

    @property
    def _svg(self) -> str:
        return svg_of(self._sheet, self._task.look.theme, self._task.called)

    def _png(self) -> bytes:
        return png_of(still(self._sheet, self._task.look.theme), 0)

    # --- what the script judges with ----------------------------------------------------------

    def _data(self, views: Views) -> dict[str, Any]:
        hidden = self._hidden_outputs()
        picture = self._task.drawing.picture
        n = notation_of(picture)
        hints: dict[str, int] = {}
        questions = []
        for one in self._task.questions.all:
            blank = one.blank
            written = [self._with_names(mistake.hint) for mistake in one.mistakes]
            questions.append(
                {
                    "part": views.names.wire(blank.wire.node),
                    "half": blank.half[0],
                    "label": marked(formula_runs(blank.label)),
                    "shape": list(np.shape(blank.right)),
                    "size": int(np.size(blank.right)),
                    "output": hidden.get(one.right),
                    "hint": self._hint_to(blank),
                    "reminder": marked(formula_runs(reminder_of(picture, n, blank))),
                    "wrong": [hints.setdefault(hint, len(hints)) for hint in written],
                }
            )
        return {
            "program": self._program,
            "questions": questions,
            "hints": list(hints),
            "words": WORDS | {"task": WORDS["task"].replace("{start}", self._start())},
            "width": WIDTH,
        }

    def _start(self) -> str:
        """Where one begins."""
        task = self._task
        if all(blank.half == "value" for blank in task.blanks):
            return WORDS["start of values"]
        root = names_in(task.drawing.picture).nodes[task.graph.root]
        return WORDS["start"].replace("{root}", f"{marked(name_runs(root))}\ue000")

    def _hint_to(self, blank: Blank) -> str:
        """What is said of an answer that no known mistake fits."""
        forks = len(self._task.drawing.picture.consumers[blank.wire]) > 1
        return blank.half[0] + " of a fork" * (forks and blank.half == "gradient")

    def _with_names(self, hint: str) -> str:
        """A sentence, with the names in it as mathematics; no other word is a name."""
        return re.sub(r"[^\W²]+", lambda found: self._names.get(found[0], found[0]), hint)

    @cached_property
    def _names(self) -> dict[str, str]:
        names = names_in(self._task.drawing.picture).nodes.values()
        return {name: f"{marked(name_runs(name))}\ue000" for name in names if name.isidentifier()}

    def _hidden_outputs(self) -> dict[Node, int]:
        """Of what is asked for, which output of the page's program; the 1 at the result is none.

        A sum passes its gradient on as it is, so that one number may stand at several wires.
        """
        task = self._task
        asked = {(blank.wire, blank.half) for blank in task.blanks}
        shown = {
            node_of(number)
            for wire in task.drawing.picture.wires
            for half, number in (("value", wire.node.value), ("gradient", wire.node.grad))
            if number is not None and (wire, half) not in asked
        }
        outputs = task.graph.slots.outputs
        return {node: output for node, output in outputs.items() if node not in shown}
