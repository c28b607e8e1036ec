"""What the panel beside a diagram says about each of its parts, as plain strings."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from autograd_core.node import raw

from ..chain_rule.notation import notation_of
from ..graph.contributions import local_gradients, local_words
from ..graph.folding import counted
from ..graph.picture import Box, Constant, Edge, Picture, Wire
from ..lettering import formula_runs, marked, name_runs
from ..steps.lines import definition, derivative, multiplied
from ..templates import group
from ..text import in_line, number, shape_text, shown, spread, summary, warning_of

LARGEST_TABLE = 6
"""Arrays show their entries in a table of up to so many rows and columns, from the first on."""

LARGEST_LOCAL = 100
"""Local gradients of larger arrays are not computed for the panel alone."""

LARGEST_SPREAD = 1_000_000
"""Of larger arrays the standard deviation is left out, for the time that it takes."""

LONGEST_TITLE = 120

Facts = dict[str, Any]
"""About one part; numbers in it are text, so that NaN is valid JSON too.

Where numbers may change all texts are templates, and so is ``warning``, which then reads ``!`` or
nothing."""


def facts_of(picture: Picture, known: Collection[str] = ()) -> dict[str, Facts]:
    """Return what there is to say about each wire, box and constant of a picture, by id.

    What is `known` already is left out.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize.graph.picture import picture_of
    >>> x = Node(3.0, name="x")
    >>> picture = picture_of(x * x)
    >>> facts_of(picture)["w0"]["title"]
    'x'
    """
    return _FactsOfPicture(picture, known).all()


class _FactsOfPicture:
    def __init__(self, picture: Picture, known: Collection[str]) -> None:
        self.picture, self.known = picture, known
        self.format = picture.look.number_format
        self.n = notation_of(picture)
        boxes = [box for box in picture.boxes if box.id not in known]
        self.locals = local_gradients(picture, filter(_is_small, boxes))
        self.words = local_words(picture)

    def all(self) -> dict[str, Facts]:
        made: list[tuple[Wire | Box | Constant, Callable[[Any], Facts]]] = [
            *((wire, self._wire) for wire in self.picture.wires),
            *((box, self._box) for box in self.picture.boxes),
            *((constant, self._constant) for constant in self.picture.constants),
        ]
        return {part.id: make(part) for part, make in made if part.id not in self.known}

    # --- parts --------------------------------------------------------------------------------

    def _wire(self, wire: Wire) -> Facts:
        node = wire.node
        made_by = "" if node.operation is None else f"result of {shown(node.operation.name)}"
        leaf = "leaf" if node.requires_grad else "leaf that wants no gradient"
        title = _name(wire.name) if wire.name else _formula(self._defined(wire))
        facts: Facts = {"title": title, "kind": made_by or leaf, "about": self._array(node.value)}
        facts["value"] = self._number(node.value)
        gradient = self.picture.gradient(node)
        if gradient is not None:
            facts["gradient"] = self._number(gradient)
        if wire.marked:
            facts["remark"] = str(self.picture.remark)
        return facts

    def _box(self, box: Box) -> Facts:
        facts: Facts = {"title": _name(box.label), "about": []}
        if box.folded:
            holds = box.holds[:12]
            if len(box.holds) > 12:
                holds.append(f"{len(box.holds) - 12} more kinds")
            facts["kind"] = f"fold of {counted(len(box.nodes))}"
            facts["about"].append(["holds", ", ".join(holds)])
        else:
            (node,) = box.nodes
            facts["kind"] = f"operation {shown(node.operation.name if node.operation else '')}"
            facts["about"] += map(list, box.options)
        if box.marked:
            facts["remark"] = str(self.picture.remark)
        inputs = [self._input(box, edge) for edge in self.picture.inputs[box]]
        if any(local and local != "constant" for _, local, _, _ in inputs):
            facts["inputs"] = inputs
        elif inputs:
            facts["about"].insert(0, ["inputs", ", ".join(name for name, *_ in inputs)])
        for row in inputs:
            row[:3] = map(_formula, row[:3])
        return facts

    def _constant(self, constant: Constant) -> Facts:
        if constant.text is not None:
            return {"title": constant.text, "kind": "", "about": []}
        return {
            "title": _formula(self._named(constant)) if np.ndim(constant.value) else "constant",
            "kind": "",
            "about": self._array(constant.value),
            "value": self._number(constant.value),
        }

    # --- what they hold -----------------------------------------------------------------------

    def _array(self, value: Any) -> list[list[str]]:
        array = np.asarray(value)
        if not array.ndim:
            return [] if array.dtype == np.float64 else [["dtype", str(array.dtype)]]
        return [["shape", shape_text(array.shape)], ["dtype", str(array.dtype)]]

    def _number(self, value: Any) -> Facts:
        """A number as text; an array as a line of statistics and a table of its first entries."""
        array = np.asanyarray(value)
        if not array.ndim:
            facts: Facts = {"text": number(array[()], self.format)}
        else:
            said = [summary(array, self.format, with_shape=False)]
            if 1 < array.size <= LARGEST_SPREAD and array.dtype.kind == "f":
                said.append(spread(array, self.format))
            facts = {"text": group("=", "  ", *said)}
            if array.ndim <= 2 and array.size:
                facts["rows"] = self._entries(array.reshape(-1, array.shape[-1]))
        warning = warning_of(array)
        if warning:
            facts["warning"] = warning
        return facts

    def _defined(self, wire: Wire) -> str:
        """The made name of a wire, and what it stands for."""
        if wire.source is None:
            return self.n.called(wire.node)
        return definition(self.n, wire.node, wire.source, self.picture.inputs[wire.source])

    def _named(self, constant: Constant) -> str:
        """A constant's words or number, or the name of an array."""
        if constant.text is not None or not np.ndim(constant.value):
            return constant.text or in_line(constant.value, self.format)
        return self.n.constant(constant.value).text

    def _entries(self, array: Any) -> list[list[str]]:
        rows = [
            [number(entry, self.format) for entry in row[:LARGEST_TABLE]]
            + ["…"] * (array.shape[1] > LARGEST_TABLE)
            for row in array[:LARGEST_TABLE]
        ]
        return [*rows, ["⋮"]] if len(array) > LARGEST_TABLE else rows

    # --- the chain rule at an operation -------------------------------------------------------

    def _input(self, box: Box, edge: Edge) -> list[str]:
        """Which input, its local gradient, the product that goes back along it, and its wire."""
        wire = edge.wire
        if wire is None:
            constant = edge.source
            assert isinstance(constant, Constant)
            return [self._named(constant), "constant", "", ""]
        name = self.n.called(wire.node)
        local = self.locals.get(edge)
        if local is None or not self.picture.look.gradients:
            return [name, self.words.get(edge, ""), "", wire.id]
        written = in_line(local, self.format)
        if not np.ndim(local):
            written = derivative(self.n, edge) or written
        results = self.picture.results[box]
        upstream = self.picture.gradient(results[0].node) if len(results) == 1 else None
        if upstream is None or np.ndim(upstream) or np.ndim(local):
            return [name, written, "", wire.id]
        with np.errstate(all="ignore"):
            product = number(upstream * local, self.format)
        back = f"{multiplied(upstream, local, self.format)} = {product}"
        return [name, written, back, wire.id]


def _name(name: str) -> str:
    return marked(name_runs(shown(name, LONGEST_TITLE)))


def _formula(text: str) -> str:
    return marked(formula_runs(text))


def _is_small(box: Box) -> bool:
    """Whether local gradients, which take a computation of their own, are worth it."""
    values = (x for node in box.nodes for x in (node, *node.inputs))
    return len(box.nodes) <= LARGEST_LOCAL and all(np.size(raw(x)) <= LARGEST_LOCAL for x in values)
