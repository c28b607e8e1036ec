"""What the page says that is not about one operation alone, as templates with placeholders.

It is written by the writers of this package about graphs of the same form; which number stands
where is found by its text, as all numbers in them are different.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from autograd_core import Node, hypot
from autograd_core.backpropagation import ancestors

from ..graph.picture import Picture, picture_of
from ..graph.words import description_of
from ..live.graph import live_graph
from ..page.facts import facts_of
from ..steps.sequence import MOST_BRANCHES, MOST_LEAVES, Step, steps_of
from ..templates import NEXT, with_slots
from .fragments import ROOT, WITH, X

UPSTREAM, LOCAL, PRODUCT, FACTOR, TOTAL, WRITTEN = range(0xE020, 0xE080, 0x10)
"""The first placeholder of each kind of number: those of a fork's branches, and of a chain."""

COUNT = "ᛒ"
"""The placeholder of a count."""

_NUMBER = re.compile(r"(?<![\w.])\d+\.\d+")


def sentences() -> dict[str, Any]:
    """Return all templates, by what they are about.

    Returns
    -------
    dict
        "chain" and "chain with": the product of two factors, in whose place any number stands, and
        the same before a remark; "forks": the lines of a gradient with 2, 3, ... branches, the last
        with a count of those that are left out; "title", of one and of several operations;
        "leaf" and "more", of the list of leaves; "seed"; "kind" of a leaf, and what a "constant" is
        called.

    Examples
    --------
    >>> found = sentences()
    >>> found["title"][1], found["more"]
    (['the graph of ᚱ: 1 operation', 'the graph of ᚱ: ᛒ operations'], '… ᛒ more')
    """
    return {
        **_chains(),
        "forks": [_fork(branches) for branches in range(2, MOST_BRANCHES + 2)],
        "with": WITH,
        "leaves": MOST_LEAVES,
        **_of_a_graph(),
    }


def _chains() -> dict[str, str]:
    """The product of two local gradients, and what it says where it has a remark behind it."""
    x = Node(1.0625, name=X)
    gates = [Node(1.25 + 0.5 * place, name="ᚷ") for place in range(2)]
    root = reduce(lambda product, gate: product * gate, gates, x)
    marks = {gate: FACTOR + place for place, gate in enumerate(reversed(gates))}
    chain = _gradient(x, root, marks).chain
    # Of a product that says nothing the step itself is repeated before a remark.
    before, nothing, behind = chain.partition(3 * NEXT)
    assert nothing
    return {"chain": chain, "chain with": f"{before}{2 * NEXT}{chr(WRITTEN)}{NEXT}{behind}"}


def _fork(branches: int) -> list[str]:
    """The sum at a fork, and the same with each branch as a product."""
    x = Node(1.0625, name=X)
    marks: dict[Node, int] = {}
    parts = []
    for place in range(branches):
        local, above = Node(1.25 + place, name="ᚷ"), Node(1.375 + 2 * place, name="ᚷ")
        parts.append((x * local) * above)
        product = Node(local.value * above.value)
        marks |= {local: LOCAL + place, above: UPSTREAM + place, product: PRODUCT + place}
    step = _gradient(x, reduce(lambda total, part: total + part, parts), marks)
    return [step.text, step.chain]


def _gradient(x: Node, root: Node, marks: Mapping[Node, int]) -> Step:
    """The step of a leaf's gradient, with placeholders for numbers."""
    picture = _live(root)
    wire = next(wire for wire in picture.wires if wire.name == X)
    (step,) = (s for s in steps_of(picture) if s.kind == "gradient" and wire.id in s.gradients)
    texts = {f"{node.value:.4g}": chr(mark) for node, mark in marks.items()}
    texts[f"{x.grad:.4g}"] = chr(TOTAL)
    return Step("gradient", _placed(step.text, texts.get), _placed(step.chain, texts.get))


def _live(root: Node, name: str | None = ROOT) -> Picture:
    root.name = name
    root.backward()
    leaves = [node for node in ancestors(root) if node.operation is None]
    return picture_of(live_graph(root, leaves).root)


def _placed(text: str, mark: Callable[[str], str | None]) -> str:
    text = with_slots(text, lambda _, number: mark(number) or number)
    text = _NUMBER.sub(lambda found: mark(found[0]) or found[0], text)
    return text.replace("… 1 more", f"… {COUNT} more")


def _of_a_graph() -> dict[str, Any]:
    """What is said about a whole graph, its leaves and its constants."""
    x = Node(1.0625, name=X)
    one, two = x * 1.25, x * 1.25 + 1.75
    titles = [[_title(_live(root, name)) for root in (one, two)] for name in (None, ROOT)]
    about = [[_description(_live(root, name)) for root in (one, two)] for name in (None, ROOT)]
    many = _live(
        reduce(lambda total, leaf: total + leaf, [Node(1.0) for _ in range(MOST_LEAVES + 2)])
    )
    picture = _live(one)
    _, leaves, *_, seed, _ = steps_of(picture)
    facts = facts_of(picture)
    leaf = next(facts[wire.id] for wire in picture.wires if wire.name == X)
    return {
        "title": titles,
        "description": about,
        "leaf": _placed(leaves.text, lambda _: chr(TOTAL)),
        "more": _counted(steps_of(many)[1].text.rpartition(", ")[2]),
        "seed": seed.text,
        "kind": leaf["kind"],
        "constant": _name_of_constant(),
    }


def _title(picture: Picture) -> str:
    return _counted(steps_of(picture)[0].text)


def _description(picture: Picture) -> str:
    return _counted(_placed(description_of(picture), lambda _: chr(TOTAL)))


def _counted(text: str) -> str:
    return re.sub(r"\b2\b", COUNT, text)


def _name_of_constant() -> str:
    """What a number of an expression is called in the panel."""
    hypotenuse = hypot(Node(1.0625, name=X), 1.25)
    picture = picture_of(hypotenuse)
    (constant,) = picture.constants
    title: str = facts_of(picture)[constant.id]["title"]
    return title
