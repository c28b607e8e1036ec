"""What is asked in an exercise, and the program that judges: right answers and usual mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_core import Node, Program
from autograd_core.backpropagation import ancestors, contribution
from autograd_core.modes import recording
from autograd_core.node import raw
from autograd_core.program.passes import optimized
from autograd_core.program.reading import read
from autograd_core.program.value import Value

from ..graph.naming import names_of_graph
from ..live.graph import LiveGraph
from ..live.numbers import is_live
from ..mistakes.gradient import Mistake
from ..mistakes.mistakes import mistakes_of
from ..mistakes.way_back import WayBack, way_back
from .blanks import Blank
from .wrong_values import wrong_values_of

CONSISTENT = "right, but for your answer before it that is not"
"""What is said of an answer that follows from a wrong one, with the numbers written there."""

Half = tuple[Node, str]
"""A node of the graph, and ``"value"`` or ``"gradient"``."""


@dataclass(frozen=True, eq=False)
class Question:
    """One blank, and what answers to it are known.

    Attributes
    ----------
    blank : Blank
        Where it stands.
    right : Node
        The right answer.
    follows : Node
        What is right with the answers that are written elsewhere.
    mistakes : list of Mistake
        What usual mistakes give, the likeliest first.
    """

    blank: Blank
    right: Node
    follows: Node
    mistakes: list[Mistake]


@dataclass(frozen=True, eq=False)
class Questions:
    """All blanks of an exercise, in order, and the program behind them. Made by `questions_of`.

    Attributes
    ----------
    leaves : list of Node
        The leaves of the graph, the first inputs of the program.
    all : list of Question
        The questions. The program has an input for the answer of each, behind the leaves.
    program : Program
        Its outputs are, of each question in turn, what is right, what follows, the mistakes.
    """

    leaves: list[Node]
    all: list[Question]
    program: Program


def questions_of(graph: LiveGraph, blanks: Sequence[Blank]) -> Questions:
    """Return the questions to blanks in the picture of ``graph.root``.

    Examples
    --------
    >>> from visualize.exercises.blanks import blanks_of
    >>> from visualize.graph.picture import picture_of
    >>> from visualize.live.graph import live_graph
    >>> x, y = Node(3.0, name="x"), Node(2.0, name="y")
    >>> f = x * y + x
    >>> f.backward()
    >>> graph = live_graph(f, [x, y])
    >>> asked = questions_of(graph, blanks_of(picture_of(graph.root), "gradients"))
    >>> [question.blank.label for question in asked.all]
    ['∂f/∂u1', '∂f/∂x', '∂f/∂y']
    >>> asked.all[1].mistakes[0].kind, asked.all[1].mistakes[0].value.item()
    ('one path', 2.0)
    """
    with recording(), np.errstate(all="ignore"):
        return _Asked(graph, blanks).questions()


class _Asked:
    def __init__(self, graph: LiveGraph, blanks: Sequence[Blank]) -> None:
        self.graph, self.blanks = graph, blanks
        self.nodes = _nodes_behind(graph.root)
        # Hints call everything as the picture does.
        for copy, name in names_of_graph(graph.root).nodes.items():
            self.nodes[copy].name = name
        self.back = self._way_back()
        self.answers: dict[Half, Node] = {}
        for blank in blanks:
            answer = Node(np.array(blank.right), name=blank.label)
            self.answers[self.nodes[blank.wire.node], blank.half] = answer

    def questions(self) -> Questions:
        follows = dict(self._values_that_follow())
        if self.back is not None:
            follows |= self._gradients_that_follow(follows)
        asked = [self._question(blank, follows) for blank in self.blanks]
        leaves = [*self.graph.leaves.values(), *self.answers.values()]
        given = {x: Value(None, (), {}, x.shape, x.dtype, x.name) for x in leaves}
        outputs = [
            x for one in asked for x in (one.right, one.follows, *(m.value for m in one.mistakes))
        ]
        reading = read(outputs, given, self.graph.since)
        program = Program(given.values(), reading.outputs, name="exercise")
        return Questions([*self.graph.leaves.values()], asked, optimized(program))

    def _way_back(self) -> WayBack | None:
        gradients = {
            node: copy.grad.node for copy, node in self.nodes.items() if is_live(copy.grad)
        }
        if not gradients:
            return None
        return way_back(self.nodes[self.graph.root], gradients)

    def _question(self, blank: Blank, follows: Mapping[Half, Node]) -> Question:
        node = self.nodes[blank.wire.node]
        if blank.half == "value":
            return Question(blank, node, follows[node, "value"], wrong_values_of(node))
        assert self.back is not None
        right = self.back.gradients[node]
        wrong = mistakes_of(node, self.back, everywhere=True)
        mistakes = [replace(m, value=_as_node(m.value)) for m in wrong]
        return Question(blank, right, follows[node, "gradient"], mistakes)

    # --- what follows from the answers that are written ----------------------------------------

    def _values_that_follow(self) -> Iterator[tuple[Half, Node]]:
        """Each value, computed from answers where there are any."""
        written: dict[Node, Node] = {}
        for node in self.nodes.values():
            computed = node
            inputs = tuple([written.get(x, x) if type(x) is Node else x for x in node.inputs])
            if any(a is not b for a, b in zip(inputs, node.inputs, strict=True)):
                assert node.operation is not None
                computed = node.operation(*inputs, **node.options)
            yield (node, "value"), computed
            # Who uses it reads the answer.
            written[node] = self.answers.get((node, "value"), computed)

    def _gradients_that_follow(self, values: Mapping[Half, Node]) -> dict[Half, Node]:
        """Each gradient, computed from answers above and, of values, before."""
        assert self.back is not None
        found: dict[Half, Node] = {}
        for node in reversed([*self.nodes.values()]):
            if node not in self.back.gradients:
                continue
            parts = [
                contribution(
                    values[n, "value"],
                    place,
                    self.answers.get((n, "gradient"), found[n, "gradient"]),
                )
                for n, place in self.back.consumers[node]
            ]
            total = sum(parts[1:], parts[0]) if parts else self.back.gradients[node]
            found[node, "gradient"] = _as_node(total)
        return found


def _nodes_behind(root: Node) -> dict[Node, Node]:
    """Of each node of a live graph the ordinary one that computes it, in topological order."""
    order = ancestors(root)
    found = {root: root.value.node}
    for copy in reversed(order):
        pairs = zip(copy.inputs, found[copy].inputs, strict=True)
        found.update({x: y for x, y in pairs if type(x) is Node})
    return {copy: found[copy] for copy in order}


def _as_node(x: Any) -> Node:
    return x if type(x) is Node else Node(np.array(raw(x)), requires_grad=False)
