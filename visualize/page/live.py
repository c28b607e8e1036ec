"""What a live page needs beside its sheets: the program behind the numbers, and its leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.program.javascript.tables import written

from ..chain_rule.explain import explain
from ..graph.naming import names_in
from ..graph.picture import Picture
from ..lettering import marked, name_runs
from ..live.graph import LiveGraph
from ..live.numbers import is_live, node_of
from ..text import shape_text, shown
from .shell import program_data
from .views import Views

MOST_EXPLAINED = 60
"""Graphs of up to so many operations carry the lines of `explain` for every wire."""

MOST_LETTERS_EXPLAINED = 200_000

Parts = Mapping[Node, str]
"""What the page calls the wires of nodes."""

WORDS = {
    "leaf": "{name} = {value}",
    "entry": "{name}{index}",
    "result": "{name} = {value}",
    "before": "before: {value}",
    "quotient": "({root}({leaf} + h) − {root}({leaf})) / h = ({after} − {now}) / {h} = {quotient}",
    "gradient": "gradient ∂{root}/∂{leaf} = {gradient}",
    "difference": "difference {difference}",
    "no gradient": "no gradient to compare with: backward() was not called",
    "step": "step {step}: {root} = {value}",
    "path": "{leaf}: {path}",
    "loss curve": "{root} over {steps} steps of descent, from {first} to {last}",
    "loss landscape": "{root} over {leaf}, with the path of {steps} steps of descent",
    "rate": "learning rate α",
    "rule": "{leaf} ← {leaf} − α · ∂{root}/∂{leaf}",
    "rule in numbers": "{rule} = {before} − {rate} · {gradient} = {after}",
    "more": "… {count} more",
    "arrived": (
        "Step {step} changed hardly anything (less than a millionth): this is the bottom, where "
        "the gradient is nearly 0, or α = {rate} is too small."
    ),
    "growing": "{root} grows from step to step: α = {rate} is too large here.",
    "diverged": (
        "Step {step} made {root} = {value}: α = {rate} is too large here. Reset, and try a "
        "smaller one."
    ),
    "number": "{text} is no number: write for example 0.5 or -2e-3.",
    "idle": "No leaf is ticked, so nothing learns.",
    "nowhere": "{root} = {value}: from there nothing descends. Change a leaf.",
    "parameter": "{name} expects a number above 0, got {text}: it stays {value}.",
    "broken": "{remark}: {name}",
    "value": "first value that is not finite",
    "slope": "first gradient that is not finite",
}
"""The sentences of the page that carry numbers."""


def live_data(graph: LiveGraph, views: Views, *, explains: bool = True) -> dict[str, Any]:
    """Return what the script of a live page computes with.

    Asked for last: the program computes what has been written until then.

    Parameters
    ----------
    graph : LiveGraph
        The graph whose texts stand in the page.
    views : Views
        The sheets of the page.
    explains : bool, default True
        Whether the lines of `explain` are wanted.

    Raises
    ------
    UnsupportedOperationError
        If an operation can't run in a page; it is named.
    """
    picture, root = views.drawing.picture, graph.root
    nodes = {wire.node: None for picture in views.pictures for wire in picture.wires}
    parts = {node: views.names.wire(node) for node in sorted(nodes, key=lambda x: x.serial)}
    found = {
        "leaves": [*_leaves(graph, picture, parts)],
        "root": _output(graph, root.value) if root.size == 1 else None,
        "name": _title(_name(picture, root) or "f"),
        "wires": [
            [part, _output(graph, node.value), _output(graph, node.grad)]
            for node, part in parts.items()
        ],
        "explained": _explained(graph, picture, parts) if explains else {},
        "format": picture.look.number_format,
        "room": picture.look.room,
        "words": WORDS,
    }
    instead = "Write draw(root): its numbers stay as they are"
    return found | {
        "program": program_data(graph.program(), instead),
        "slots": graph.slots.slots,
    }


def legend_of(picture: Picture) -> list[list[str]]:
    """Return what stands where in a picture, in pieces: a text, and what has its colour.

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> w = Node(1.8, name="w")
    >>> "".join(text for text, _ in legend_of(picture_of(w**2)))
    'Above each wire: its value.'
    """
    look = picture.look
    if not look.across or look.theme.wires != "line":
        return []
    pieces = [["Above each wire: its ", ""], ["value", "value"]]
    if picture.gradient(picture.root) is not None:
        name = _title(_name(picture, picture.root) or "f")
        pieces += [
            ["; below it: the ", ""],
            ["gradient", "gradient"],
            [f" of {name}\ue000 with respect to it", ""],
        ]
    return [*pieces, [".", ""]]


def _output(graph: LiveGraph, value: Any) -> int | None:
    """Which output of the program a value is; None of what does not change."""
    if not is_live(value):
        return None
    outputs = graph.slots.outputs
    return outputs.setdefault(node_of(value), len(outputs))


def _leaves(graph: LiveGraph, picture: Picture, parts: Parts) -> Iterator[dict[str, Any]]:
    grid = max(picture.look.grid, 1)
    times: Counter[str] = Counter()
    for place, leaf in enumerate(graph.leaves):
        value = np.asarray(leaf.value)
        rows = value.reshape(-1, value.shape[-1]) if value.ndim else value.reshape(1, 1)
        name = _name(picture, leaf) or f"leaf {place + 1}"
        times[name] += 1
        yield {
            "name": name,
            "key": name if times[name] == 1 else f"{name} ({times[name]})",
            "title": _title(name),
            "part": parts.get(leaf, ""),
            "input": place,
            "shape": list(value.shape),
            "size": shape_text(value.shape),
            "start": written(value),
            "output": _output(graph, leaf.value),
            "gradient": _output(graph, leaf.grad),
            "entries": value.ndim <= 2 and value.size > 0 and max(rows.shape) <= grid,
        }


def _name(picture: Picture, node: Node) -> str:
    return shown(node.name or names_in(picture).of(node) or "")


def _title(name: str) -> str:
    """A name as mathematics."""
    return marked(name_runs(name))


def _explained(graph: LiveGraph, picture: Picture, parts: Parts) -> dict[str, list[str]]:
    """The lines of `explain` for each wire that the root depends on, by its part."""
    root = graph.root
    if picture.operations > MOST_EXPLAINED or root.size != 1:
        return {}
    found: dict[str, list[str]] = {}
    room = MOST_LETTERS_EXPLAINED
    for node, part in parts.items():
        if not node.requires_grad or node is root:
            continue
        lines = str(explain(root, node, number_format=picture.look.number_format)).split("\n")
        room -= sum(map(len, lines))
        if room < 0:
            break
        found[part] = lines
    return found
