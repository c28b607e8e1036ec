"""What stands in a page about a graph, as plain data; and live texts filled with other numbers."""

from __future__ import annotations

import dataclasses

import numpy as np

from autograd_core import Node
from autograd_core.backpropagation import ancestors
from autograd_core.operation import record
from autograd_core.program.interpreter import run
from visualize.chain_rule.explain import explain
from visualize.graph.picture import picture_of, plain_gradient
from visualize.graph.words import description_of
from visualize.layout.blocks import Block
from visualize.layout.units import units_of
from visualize.live.graph import live_graph
from visualize.page.facts import facts_of
from visualize.steps.sequence import steps_of
from visualize.style import LECTURE
from visualize.templates import filled
from visualize.text import constant, number

MOST_EXPLAINED = 12


def texts_of(root, fold=None, look=LECTURE, entries=False):
    """Every string of a page about a graph."""
    picture = picture_of(root, fold, look)
    facts = facts_of(picture)
    for about in facts.values():
        about.pop("remark", None)  # the page finds the first number that is not finite
        for number_facts in about.values():
            if isinstance(number_facts, dict) and number_facts.get("warning") is True:
                number_facts["warning"] = "!"
            elif isinstance(number_facts, dict):
                number_facts.setdefault("warning", "")
    return {
        "facts": facts,
        "steps": [[step.text, step.chain] for step in steps_of(picture)],
        "description": description_of(picture),
        "picture": _in_picture(picture),
        "explained": _explained(picture, look, entries),
    }


def _in_picture(picture):
    return [
        [shape.text for block in _blocks(part) for shape in block.shapes if shape.kind == "text"]
        for unit in units_of(picture).units
        for part in (unit, *unit.inputs, *unit.outputs)
    ]


def _blocks(part):
    names = (field.name for field in dataclasses.fields(part) if field.name != "remark")
    values = (getattr(part, name) for name in names)
    return [value for value in values if isinstance(value, Block)]


def _explained(picture, look, entries):
    root, nodes = picture.root, [wire.node for wire in picture.wires if wire.node.requires_grad]
    if root.size != 1 or not root.requires_grad:
        return []
    found = []
    for node in nodes[:MOST_EXPLAINED]:
        found.append(str(explain(root, node, number_format=look.number_format)))
        if entries and node.ndim:
            found.append(str(explain(root, node, entry=(0,) * node.ndim)))
    return found


def reader(slots, outputs):
    """What reads each slot when the program has given these outputs: the twin of fill.js."""

    def read(place, _):
        output, entry, how = slots.slots[place]
        array = np.ravel(np.asarray(outputs[output]))
        value = array[entry] if isinstance(entry, int) else _about(array, entry)
        if how.startswith("c:"):
            return constant(value, how[2:])
        return number(value, "" if how in ("b", "d") else how)

    return read


def _about(array, what):
    finite = array[np.isfinite(array)]
    match what:
        case "finite":
            return finite.size
        case "nan" | "inf":
            return int(np.count_nonzero({"nan": np.isnan, "inf": np.isinf}[what](array)))
    if not finite.size:
        return 0.0
    options = {"dtype": np.float64} if what in ("mean", "std") else {}
    with np.errstate(all="ignore"):
        return getattr(np, what)(finite, **options)


def filled_with(content, graph, program, arrays):
    """Templates of a live graph, filled with what its program gives for other leaves."""
    with np.errstate(all="ignore"):
        read = reader(graph.slots, run(program, arrays))
    return in_all(content, lambda template: filled(template, read))


def in_all(content, change):
    """The same content with every string of it changed."""
    if isinstance(content, dict):
        return {name: in_all(part, change) for name, part in content.items()}
    if isinstance(content, (list, tuple)):
        return [in_all(part, change) for part in content]
    return change(content) if isinstance(content, str) else content


def strings(content):
    """Every string of a content."""
    found = []
    in_all(content, found.append)
    return found


def leaves_of(root):
    """The leaves that a page may change."""
    leaves = [node for node in ancestors(root) if node.operation is None]
    return [x for x in leaves if x.dtype.kind == "f" and (x.name or x.requires_grad)]


def other_numbers(leaves, *, finite=False):
    """Other numbers for leaves, under a word that says which."""
    rng = np.random.default_rng(0)

    def each(make):
        with np.errstate(over="ignore"):
            return {x: np.asarray(make(x), x.dtype)[()] for x in leaves}

    yield "the same", {}
    yield "others", each(lambda x: rng.normal(size=x.shape) * 2)
    yield "other signs", each(lambda x: -x.value)
    yield "whole", each(lambda x: rng.integers(-3, 4, x.shape))
    for size in (0.0, 1.0, -1.0, 1e6, -1000.0, 1e-6):
        yield f"{size:g}", each(lambda x, size=size: np.full(x.shape, size))
    for leaf in leaves[:3]:
        yield f"{leaf.name} alone", {leaf: np.asarray(rng.normal(size=leaf.shape), leaf.dtype)[()]}
    if not finite:
        yield "infinite", each(lambda x: np.full(x.shape, 1e200))
        yield "nan", {leaves[0]: np.full_like(leaves[0].value, np.nan)[()]}


def check_texts(root, *, finite=False, **options):
    """Check every text of a page about a graph, filled with other numbers, against Python's."""
    leaves = leaves_of(root)
    graph = live_graph(root, leaves)
    content = texts_of(graph.root, **options)
    program = graph.program()
    for word, new in other_numbers(leaves, finite=finite):
        arrays = [new.get(leaf, leaf.value) for leaf in leaves]
        found = filled_with(content, graph, program, arrays)
        assert differences(found, texts_of(computed_anew(root, new), **options)) == [], word


def computed_anew(root, arrays):
    """The same graph, computed from other leaves."""
    nodes = {}
    with np.errstate(all="ignore"):
        for node in ancestors(root):
            if node.operation is None:
                value = np.asarray(arrays.get(node, node.value), node.dtype)[()]
                made = Node(value, requires_grad=node.requires_grad)
            else:
                inputs = tuple(nodes[x] if type(x) is Node else x for x in node.inputs)
                values = [x.value if type(x) is Node else x for x in inputs]
                value = node.operation.forward(*values, **node.options)
                value = np.asarray(value, node.dtype)[()]
                made = record(node.operation, inputs, value, node.options, node.requires_grad)
            made.name, made.scope = node.name, node.scope
            nodes[node] = made
        if plain_gradient(root) is not None:
            nodes[root].backward(plain_gradient(root))
        elif any(node.grad is not None for node in nodes):
            nodes[root].backward(keep_intermediate=False)
    return nodes[root]


def differences(one, other, path=""):
    """Where two contents differ."""
    if isinstance(other, dict) and isinstance(one, dict):
        if one.keys() != other.keys():
            return [(path, sorted(one), sorted(other))]
        return [d for name in one for d in differences(one[name], other[name], f"{path}/{name}")]
    if isinstance(other, (list, tuple)) and isinstance(one, (list, tuple)):
        if len(one) != len(other):
            return [(path, one, other)]
        pairs = enumerate(zip(one, other, strict=True))
        return [d for place, (a, b) in pairs for d in differences(a, b, f"{path}/{place}")]
    return [] if one == other else [(path, one, other)]
