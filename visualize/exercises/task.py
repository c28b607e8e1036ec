"""What an exercise and a worksheet share: a graph, its numbers, its blanks and questions."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from autograd_core import Node

from ..drawing import GraphDrawing, graph_drawing
from ..graph.folding import Fold
from ..live.graph import LiveGraph, live_graph
from ..live.numbers import is_live
from ..style import Look
from .afresh import afresh
from .blanks import Blank, Blanks, blanks_of
from .questions import Questions, questions_of
from .seeds import chosen, hidden_in, leaves_of

MOST_REMARKS = 3
"""So many answers of which a mistake does not show are named."""


@dataclass(frozen=True, eq=False)
class Task:
    """A graph with blanks. Make one with `task_of`.

    Attributes
    ----------
    root : Node
        The graph with its numbers, after ``backward()``; nobody else has it.
    fold : int, str, collection of str or None
        How it is folded in pictures.
    look : Look
        How it is drawn.
    graph : LiveGraph
        The same with numbers that know how they are computed.
    drawing : GraphDrawing
        The picture of that.
    blanks : list of Blank
        What is asked for, in order.
    questions : Questions
        What answers are known.
    note : str
        Which mistakes do not show with these numbers; empty where all do.
    """

    root: Node
    fold: Fold
    look: Look
    graph: LiveGraph
    drawing: GraphDrawing
    blanks: list[Blank]
    questions: Questions
    note: str

    @property
    def called(self) -> str:
        """It in a few words, without a number that is asked for."""
        count = sum(int(np.size(blank.right)) for blank in self.blanks)
        numbers = "number" if count == 1 else "numbers"
        return f"Exercise on a computational graph: {count} {numbers} to fill in"

    def answers(self) -> dict[str, Any]:
        """The right answer to each question."""
        return {blank.label: np.array(blank.right)[()] for blank in self.blanks}


class Asked:
    """Questions about a graph, on whatever they are put.

    Attributes
    ----------
    note : str
        Which mistakes do not show with these numbers; empty where all do.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self.note = task.note

    @property
    def questions(self) -> list[str]:
        """What is asked for, in the order in which it is filled in."""
        return [blank.label for blank in self._task.blanks]

    def answers(self) -> dict[str, Any]:
        """The right answer to each question."""
        return self._task.answers()

    @property
    def _open(self) -> str:
        """The questions in one line."""
        return ", ".join(f"{label} = ?" for label in self.questions)


def task_of(caller: str, f: Node, blank: Blanks, seed: int | None, fold: Fold, look: Look) -> Task:
    """Return the task on a graph, with its numbers or with those that a seed picks.

    Raises
    ------
    TypeError
        If `f` is no Node.
    ValueError
        If `seed` is no whole number from 0 on, or as `blanks_of`.

    Warns
    -----
    UserWarning
        If the seed's numbers hide a mistake; no better ones were found.
    """
    if type(f) is not Node:
        raise TypeError(
            f"{caller}() expects a Node, the result of an expression of nodes, got "
            f"{type(f).__name__}. Write for example: x = Node(2.0, name='x'); {caller}(x * x)"
        )
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0):
        raise ValueError(f"{caller}(seed=...) expects a whole number from 0 on, got {seed!r}")
    root = afresh(f)
    task = _asked(root, blank, fold, look)
    if seed is not None:
        numbers, _ = chosen(task.questions, int(seed))
        root = afresh(root, dict(zip(leaves_of(root), numbers, strict=True)))
        task = _asked(root, blank, fold, look)
        if task.note:
            warnings.warn(task.note, stacklevel=3)
    return task


def _asked(root: Node, blank: Blanks, fold: Fold, look: Look) -> Task:
    graph = live_graph(root, leaves_of(root), everything=True)  # an answer is never in the page
    drawing = graph_drawing(graph.root, fold, look)
    # A leaf that nothing comes back to has a gradient of 0 that nobody computes.
    found = blanks_of(drawing.picture, blank)
    blanks = [one for one in found if one.half == "value" or is_live(one.wire.node.grad)]
    questions = questions_of(graph, blanks)
    return Task(root, fold, look, graph, drawing, blanks, questions, _note(questions))


def _note(questions: Questions) -> str:
    numbers = [leaf.value for leaf in questions.leaves]
    found: dict[str, None] = dict.fromkeys(_remarks(questions, numbers))
    if not found:
        return ""
    few, more = list(found)[:MOST_REMARKS], len(found) - MOST_REMARKS
    return (
        f"with these numbers not every mistake shows: {'; '.join(few)}"
        f"{f'; and {more} more' if more > 0 else ''}. Another seed= may pick better ones"
    )


def _remarks(questions: Questions, numbers: list[object]) -> Iterator[str]:
    for question, hint in hidden_in(questions, numbers):
        yield f"{question.blank.label} comes out right although {hint}"
