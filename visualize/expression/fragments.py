"""What the writers of this package say about one operation, and the program behind it, as data.

An operation is recorded between operands with placeholders for names, and live numbers. Steps and
facts are written as for any graph; what they wrote are templates, which the page fills with the
names and numbers of the graph that was typed. In pictures operands are called by their names, so
what is said about one operation does not depend on the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import autograd_core
from autograd_core import Node
from autograd_core.program.javascript import exported

from ..chain_rule.notation import notation_of
from ..graph.contributions import local_gradients
from ..graph.labels import circle_label
from ..graph.naming import names_of_wires
from ..graph.picture import picture_of
from ..lettering import marked, name_runs
from ..live.graph import live_graph
from ..live.numbers import Slots
from ..page.facts import facts_of
from ..steps.lines import computed
from ..steps.sequence import Step, steps_of
from ..templates import SUPERSCRIPTS, with_slots
from ..text import constant, number
from .functions import AT, BINARY, UNARY

X, Y, OUT, ROOT, GATE = "ᚠᚢᚦᚱᚷ"
"""Placeholders for names: letters that no text of ours has."""

EXPONENT, LESS, RAISED, RAISED_LESS = "ᛖᛚᛊᛏ"
"""An exponent that the page puts in, and 1 less; each on the line or raised."""

WITH = ", with "
"""What stands between the factors of a gradient and how the last of them comes about."""

EXPONENTS = {
    "0": 0.0, "1": 1.0, "2": 2.0, "whole": 1987.0, "part": 0.625, "other": 19.75, "minus": -1987.0
}  # fmt: skip
"""Exponents whose formulas differ; those behind 2 stand for all of their kind."""

Fragment = dict[str, Any]


class Variant(NamedTuple):
    """An operation, and which of its operands are numbers of the expression ("c"), not nodes."""

    name: str
    kinds: str
    exponent: str = ""

    @property
    def key(self) -> str:
        """What the page calls it."""
        return f"{self.name}:{self.exponent or self.kinds}"


def variants() -> Iterator[Variant]:
    """Yield all operations with all kinds of operands.

    Examples
    --------
    >>> [variant.key for variant in variants()][-3:]
    ['logaddexp:nn', 'logaddexp:nc', 'logaddexp:cn']
    """
    yield from (Variant(name, "n") for name in UNARY)
    for name in BINARY:
        for kinds in ("nn", "nc", "cn"):
            if name == "power" and kinds == "nc":
                yield from (Variant(name, kinds, exponent) for exponent in EXPONENTS)
            else:
                yield Variant(name, kinds)


def fragment(variant: Variant) -> Fragment:
    """Return all that is said about an operation, and how its numbers are computed.

    Returns
    -------
    dict
        "label" of the circle, and the place of the operand in it ("folded", or None); "kind",
        "about" and "rows" for the panel; "title" and "result" of its wire; "value", the line of
        its value without and with a name of the user's; for each operand that is a node "lines",
        that of its gradient and how the derivative comes about, "factors" (the local gradient)
        and "parts" (what goes back to it); "slots" as in `Slots`, and the "program" from the
        operands and the upstream gradient to the outputs of those.

    Examples
    --------
    >>> made = fragment(Variant("multiply", "nn"))
    >>> made["title"], made["kind"], made["result"]
    ('ᚦ = ᚠ·ᚢ', 'operation multiply', 'result of multiply')
    """
    return _Recorded(variant).fragment()


class _Recorded:
    """The operation in a graph of its own: what it gives, times the upstream gradient."""

    def __init__(self, variant: Variant) -> None:
        values = [AT.get(variant.name, 0.7), 0.4][: len(variant.kinds)]
        if variant.exponent:
            values = [1.001, EXPONENTS[variant.exponent]]
        self.exponent = values[1] if len(variant.exponent) > 1 else None
        leaves = [
            Node(value, name=name if kind == "n" else None, requires_grad=kind == "n")
            for value, name, kind in zip(values, (X, Y), variant.kinds, strict=False)
        ]
        gate = Node(2.5, name=GATE)
        root = getattr(autograd_core, variant.name)(*leaves) * gate
        root.name = ROOT
        root.backward()
        self.graph = live_graph(root, [*leaves, gate])
        self.out: Node = self.graph.root.inputs[0]
        # A number of the expression is no node; formulas look at what an exponent is.
        self.out.inputs = tuple(
            x if kind == "n" else value if variant.exponent else x.value
            for x, kind, value in zip(self.out.inputs, variant.kinds, values, strict=True)
        )
        self.picture = picture_of(self.graph.root)
        self.format = self.picture.look.number_format
        self.box = next(box for box in self.picture.boxes if self.out in box.nodes)
        self.wires = {wire.node: wire.id for wire in self.picture.wires}
        self.edges = self.picture.inputs[self.box]

    def fragment(self) -> Fragment:
        said = self._said()
        # The picture calls the result u1, or a1.
        name = names_of_wires(self.picture)[self.picture.results[self.box][0]]
        letter = marked(name_runs(name))
        slots = Slots(self.graph.leaves.values())
        nodes = list(self.graph.slots.outputs)

        def ours(slot: int, _: str) -> str:
            output, entry, how = self.graph.slots.slots[slot]
            return slots.slot(nodes[output], entry, how, "")[0]

        def packed(text: str) -> str:
            for written in (f"{letter}\ue000", letter, name):
                text = text.replace(written, OUT)
            return self._with_any_exponent(with_slots(text, ours))

        found: Fragment = {key: _each(packed, part) for key, part in said.items()}
        slots.outputs.setdefault(self.graph.root.value.node, len(slots.outputs))
        data = exported(replace(self.graph, slots=slots).program())
        return found | {"slots": slots.slots, "program": _in_few_letters(data)}

    def _said(self) -> Fragment:
        facts, steps = facts_of(self.picture), steps_of(self.picture)
        box, wire = facts[self.box.id], facts[self.wires[self.out]]
        label, folded = circle_label(self.out, self.format)
        local = local_gradients(self.picture, [self.box])
        said: Fragment = {
            "label": label, "folded": folded, "kind": box["kind"], "about": box["about"],
            "title": wire["title"], "result": wire["kind"], "value": self._values(steps),
            "rows": [row[:3] for row in box.get("inputs", [])],
            "lines": [], "factors": [], "parts": [], "out": number(self.out.value, self.format),
        }  # fmt: skip
        for edge in self.edges:
            if edge.wire is None:
                continue
            x = edge.wire.node
            step = _step(steps, "gradient", self.wires[x])
            made = step.chain.partition(WITH)[2]
            said["lines"].append([step.text, made])
            said["factors"].append(number(local[edge], self.format))
            said["parts"].append(number(x.grad, self.format))
        return said

    def _values(self, steps: list[Step]) -> list[str]:
        """The line of the value, without and with a name of the user's."""
        found = [_step(steps, "value", self.wires[self.out]).text]
        self.out.name = OUT
        found.append(computed(notation_of(self.picture), self.out, self.box, self.edges))
        return found

    def _with_any_exponent(self, text: str) -> str:
        if self.exponent is None:
            return text
        for value, mark, raised in (
            (self.exponent, EXPONENT, RAISED),
            (self.exponent - 1, LESS, RAISED_LESS),
        ):
            written = constant(value, self.format)
            text = text.replace(written, mark).replace(written.translate(SUPERSCRIPTS), raised)
        return text


def _in_few_letters(data: dict[str, Any]) -> dict[str, Any]:
    """A program of numbers: inputs come first, then what each step makes, in their order.

    The last output is the root. Whether it is finite, which a gradient of 0 asks, is a matter of
    the graph that is typed.
    """
    *outputs, root = data["outputs"]
    first = len(data["inputs"])
    assert data["inputs"] == [*range(first)]
    steps = []
    for place, (name, out, inputs, *more) in enumerate(data["steps"]):
        kind, shape = data["values"][out]
        assert out == first + place
        assert not shape
        if name == "isfinite" and inputs == [root]:
            name, inputs = "finite", []
        steps.append([name, kind, inputs, *more])
    return {"steps": steps, "outputs": outputs}


def _step(steps: list[Step], kind: str, wire: str) -> Step:
    return next(
        step for step in steps if step.kind == kind and wire in (*step.values, *step.gradients)
    )


def _each(change: Callable[[str], str], part: Any) -> Any:
    """Change all strings in nested lists."""
    if isinstance(part, list):
        return [_each(change, one) for one in part]
    return change(part) if isinstance(part, str) else part
