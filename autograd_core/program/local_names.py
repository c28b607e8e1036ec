"""What a recorded function calls its results: its variables, and names for what has none.

A value that a variable of the function holds is called like the variable; what goes into an
activation is z1 and what comes out a1, as in pictures; and the gradient of z1 is dz1.
"""

from __future__ import annotations

import os
import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextvars import Token
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

from .. import backpropagation
from ..node import Node, next_serial

_HERE = Path(__file__).resolve().parents[2]
_NOT_USERS = (
    *(f"{_HERE / name}{os.sep}" for name in ("autograd_core", "nn", "visualize")),
    f"{Path(np.__file__).resolve().parent}{os.sep}",
    "<frozen ",
)
"""Where files begin whose variables are no names that a user gave."""

_COMPREHENSIONS = {"<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"}

ACTIVATIONS = {
    "elu", "gelu", "leaky_relu", "relu", "selu", "sigmoid", "silu", "softplus", "tanh",
}  # fmt: skip
TAKE_SCORES = {"log_softmax", "sigmoid_cross_entropy", "softmax", "softmax_cross_entropy"}
"""Operations whose input is called z1, as that of an activation is."""


Heard = list[tuple[int, Node, Any]]
"""Of each node that a walk back has met: the serial number that was next, it, its gradient."""


class LearntNames:
    """A manager in which names of variables are learnt; `give` hands them to the nodes.

    A profiler that is set already goes on being called; one of C, which can't be, stays alone, and
    no variables are learnt.
    """

    def __init__(self) -> None:
        self._since = next_serial()
        self._variables: dict[Node, str] = {}
        self._users: dict[CodeType, frozenset[str] | None] = {}
        self._heard: Heard = []

    def __enter__(self) -> None:
        self._before = sys.getprofile()
        self._token: Token[Any] = backpropagation.listener.set(self._hear)
        if self._before is None or callable(self._before):
            sys.setprofile(self._look)

    def __exit__(self, *exception: object) -> None:
        if self._before is None or callable(self._before):
            sys.setprofile(self._before)
        backpropagation.listener.reset(self._token)

    def _look(self, frame: FrameType, event: Any, argument: Any) -> None:
        if event == "return":
            arguments = self._arguments_of(frame.f_code)
            if arguments is not None:
                for name, x in frame.f_locals.items():
                    if type(x) is Node and name not in arguments and x.serial >= self._since:
                        self._variables[x] = name  # that of the outermost function comes last
        if self._before is not None:
            self._before(frame, event, argument)

    def _arguments_of(self, code: CodeType) -> frozenset[str] | None:
        """Names in a user's function that are its arguments'; None for all other functions."""
        if code not in self._users:
            count = code.co_argcount + code.co_kwonlyargcount
            own = code.co_name in _COMPREHENSIONS  # of which the last round would be left
            users = not own and not code.co_filename.startswith(_NOT_USERS)
            self._users[code] = frozenset(code.co_varnames[:count]) if users else None
        return self._users[code]

    def _hear(self, node: Node, gradient: Any) -> None:
        self._heard.append((next_serial(), node, gradient))

    def give(self, nodes: Iterable[Node]) -> None:
        """Name nodes that have no name, among them the gradients of named ones.

        Parameters
        ----------
        nodes : iterable of Node
            All nodes of the program, each behind what it was made of.
        """
        order = list(nodes)
        gradients = {gradient for _, _, gradient in self._heard if type(gradient) is Node}
        self._name_variables(gradients)
        backward_since = self._heard[0][0] if self._heard else None
        name_activations(
            order if backward_since is None else (x for x in order if x.serial < backward_since)
        )
        name_gradients(self._heard, order)
        self._name_variables(set())

    def _name_variables(self, without: set[Node]) -> None:
        for node, name in self._variables.items():
            inner = node.name is None and node.operation is not None and node not in without
            if inner and not name.startswith("_"):
                node.name = name


def name_activations(nodes: Iterable[Node]) -> None:
    """Call what goes into an activation z1, and what comes out, or out of a layer, a1.

    Examples
    --------
    >>> x, w = Node(3.0, name="x"), Node(0.5, name="w")
    >>> a = np.tanh(x * w)
    >>> name_activations([x, w, a.inputs[0], a])
    >>> a.name, a.inputs[0].name
    ('a1', 'z1')
    """
    order = list(nodes)
    taken = {node.name for node in order}
    number = 0
    for pair in sorted(_pairs(order), key=_serial_of):
        free = {
            letter: node
            for letter, node in pair.items()
            if node.name is None and node.operation is not None
        }
        known = [match for node in pair.values() if (match := _NUMBERED.fullmatch(node.name or ""))]
        if known:  # what belongs to the user's a2 is z2
            names = {f"{letter}{known[0][1]}": node for letter, node in free.items()}
        if not known or taken & names.keys():
            number += bool(free)
            while any(f"{letter}{number}" in taken for letter in free):
                number += 1
            names = {f"{letter}{number}": node for letter, node in free.items()}
        for name, node in names.items():
            node.name = name
            taken.add(name)


_NUMBERED = re.compile(r"[az](\d+)")


def _serial_of(pair: dict[str, Node]) -> int:
    return next(iter(pair.values())).serial


def _pairs(order: list[Node]) -> Iterator[dict[str, Node]]:
    """What is to be called z, and what a: the two sides of an activation, or a layer's result."""
    sides: set[Node] = set()
    sums = []
    for node in order:
        if node.operation is None:
            continue
        name, first = node.operation.name, node.inputs[0] if node.inputs else None
        if type(first) is Node and (name in ACTIVATIONS or _is_rectifier(node)):
            sides |= {first, node}
            yield {"z": first, "a": node}
        elif (scores := _of_softmax(node)) is not None:
            sides |= {scores, node}
            yield {"z": scores, "a": node}
        elif type(first) is Node and name in TAKE_SCORES:
            sides.add(first)
            yield {"z": first}
        elif (
            name == "add"
            and node.scope is not None
            and any(_made_by(x, "matmul") for x in node.inputs)
        ):
            sums.append(node)
    yield from ({"a": node} for node in sums if node not in sides)


def _of_softmax(node: Node) -> Node | None:
    """The scores, if a node is exp(z - max(z)) over its sum."""
    if _made_by(node, "divide"):
        powers, total = node.inputs
        if _made_by(powers, "exp") and _made_by(total, "sum") and total.inputs[0] is powers:
            below = powers.inputs[0]
            scores = below.inputs[0] if _made_by(below, "subtract") else below
            return scores if type(scores) is Node else None
    return None


def _made_by(x: Any, name: str) -> bool:
    return type(x) is Node and x.operation is not None and x.operation.name == name


def _is_rectifier(node: Node) -> bool:
    """Whether a node is max(x, 0)."""
    assert node.operation is not None
    return node.operation.name == "maximum" and any(
        type(x) is not Node and not np.any(x) for x in node.inputs
    )


def name_gradients(heard: Heard, nodes: Iterable[Node]) -> None:
    """Call the gradient of z1 dz1, and put what rules have made into the scope of their operation.

    Parameters
    ----------
    heard : list of (int, Node, gradient)
        What walks back have met, in order: a serial number that was next, a node, its gradient.
    nodes : iterable of Node
        The nodes that the rules have made are among them.
    """
    for _, node, gradient in heard:
        if node.name is not None and type(gradient) is Node and gradient.operation is not None:
            gradient.name = gradient.name or f"d{node.name}"
    starts = [start for start, _, _ in heard]
    for node in nodes:
        place = bisect_right(starts, node.serial) - 1  # by the rules of which operation
        if place >= 0 and node.scope is None and node.operation is not None:
            node.scope = heard[place][1].scope
