"""The layout of our own, which steps in where Graphviz is missing."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from geometry import collisions, sheet_of
from graphs import ORDERED, differentiated, loss_of, random_graph
from test_order import MODES
from test_rendering import assert_all_formats, hide, needs_library, no_dot
from test_wires import CASES, assert_whole

import autograd_core as ac
import nn
import visualize.layout.graphviz
import visualize.layout.layered
from autograd_core import Node, scope
from visualize import draw
from visualize.graph.picture import picture_of
from visualize.layout.layered import layered
from visualize.layout.order import _swaps as swaps
from visualize.layout.order import crossings, disorder, inversions
from visualize.layout.units import units_of
from visualize.style import Look


@pytest.fixture(autouse=True)
def without(monkeypatch, tmp_path):
    """Neither the program nor the library."""
    visualize.layout.graphviz.kept.clear()
    with monkeypatch.context() as hidden:
        no_dot(hidden, tmp_path)
        hide(hidden, "pygraphviz")
        yield hidden


def columns_of(diagram):
    return diagram._drawing.laid_out.rows.columns


def recurrent(steps=3):
    w, u, h = Node(0.5, name="w"), Node(-0.5, name="u"), Node(0.0, name="h0")
    for step in range(steps):
        with scope("step"):
            h = ac.tanh(Node(float(step), name=f"x{step}") * w + h * u)
    return differentiated(h)


NETWORKS = {
    "784-128-10": lambda: loss_of(784, 128, 10),
    "ten layers": lambda: loss_of(*[16] * 10),
    "recurrent": recurrent,
}
LOOKS = {
    "LR": {},
    "TB": {"rankdir": "TB"},
    "open": {"fold": ()},
    "open, TB": {"fold": (), "rankdir": "TB"},
    "local": {"local_gradients": True},
    "column": {"leaves": "column"},
    "one row": {"aspect": math.inf},
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ORDERED)
def test_operands_are_in_order(name, mode):
    assert inversions(columns_of(draw(ORDERED[name](), **MODES[mode]))) == 0


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", [*CASES, *NETWORKS])
def test_wires_are_whole_and_nothing_stands_on_anything(name, look):
    diagram = draw({**CASES, **NETWORKS}[name](), **LOOKS[look])
    sheet = sheet_of(diagram)
    assert_whole(diagram._drawing.picture, sheet)
    assert collisions(sheet) == []
    assert "layout" in diagram.note


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("leaves", ["near", "column"])
@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_units_of_a_layer_keep_apart(seed, leaves, rankdir):
    units = units_of(picture_of(random_graph(seed, 40), (), Look(leaves=leaves, rankdir=rankdir)))
    placement = layered(units)
    layers = {}
    for unit in units.units:
        u, v = placement.nodes[unit.id][:: 1 if units.across else -1]
        layers.setdefault(u, []).append((v - unit.across / 2, v + unit.across / 2, unit.along))
    for layer in layers.values():
        for (_, end, _), (start, _, _) in pairwise(sorted(layer)):
            assert start - end > 9.9
    for (u, layer), (right, following) in pairwise(sorted(layers.items())):
        assert right - u > max(part[2] for part in layer) / 2 + max(p[2] for p in following) / 2
    if leaves == "column":
        u = 0 if units.across else 1
        first = {id for id, place in placement.nodes.items() if place[u] == min(layers)}
        assert first == {leaf.id for leaf in units.leaves}


def test_a_branch_stands_before_what_takes_it():
    x, y = Node(0.5, name="x"), Node(2.0, name="y")
    long = ac.exp(ac.exp(ac.exp(ac.exp(x))))
    columns = columns_of(draw(long + ac.tanh(y * y)))
    assert all(len(knots) == 2 for knots in columns.knots.values())
    column = {unit.id: unit.column for unit in columns.units.units}
    assert list(column.values()) == [5, 4, 3, 2, 1, 0, 4, 3, 2]


def test_a_chain_is_straight():
    x = ac.tanh(ac.exp(ac.exp(Node(0.1, name="x") + Node(1.0, name="b"))))
    columns = columns_of(draw(ac.exp(x * 2.0) - Node(1.0)))
    heights = {unit.v for unit in columns.units.units if unit.is_operation}
    assert max(heights) - min(heights) < 10
    assert max(abs(a - b) for knots in columns.knots.values() for a, b in pairwise(knots)) < 40


@pytest.mark.parametrize("sizes", [(2, 3, 2), (784, 128, 10), (16, 16, 16, 16, 16, 10)])
@pytest.mark.parametrize("fold", [1, ()])
@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_networks_are_in_order(sizes, fold, rankdir):
    assert disorder(columns_of(draw(loss_of(*sizes), fold=fold, rankdir=rankdir))) == 0


def test_the_spine_of_a_network_is_straight():
    nodes = layered(units_of(picture_of(loss_of(2, 3, 2), ()))).nodes
    heights = {unit: v for unit, (_, v) in nodes.items()}
    # Ports of a circle stand 9 pt from its middle; a large matrix below pushes no operation away.
    assert heights["o2"] == pytest.approx(heights["o1"], abs=0.1)
    assert heights["o5"] == pytest.approx(heights["o4"], abs=0.1)
    assert heights["o1"] == pytest.approx(heights["o0"] + 8.97, abs=0.1)


def test_sorting_never_makes_it_worse(monkeypatch):
    def found():
        drawn = [columns_of(draw(random_graph(seed, 25))) for seed in range(20)]
        return [crossings(columns) + swaps(columns) / 2 for columns in drawn]

    after = found()
    monkeypatch.setattr(visualize.layout.layered, "TURNS", 0)
    before = found()
    assert all(one <= other for one, other in zip(after, before, strict=True))
    assert sum(after) < 0.8 * sum(before)


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_in_one_column_stand_the_leaves_alone(rankdir):
    x = Node(2.0, name="x")
    units = units_of(picture_of(3.0 - ac.exp(x), (), Look(leaves="column", rankdir=rankdir)))
    placement = layered(units)
    u = {id: place[0 if units.across else 1] for id, place in placement.nodes.items()}
    assert len([id for id in u if u[id] == min(u.values())]) == 1
    units = units_of(picture_of(np.array([3.0, 1.0]) - x, (), Look(leaves="column")))
    u = {id: place[0] for id, place in layered(units).nodes.items()}
    assert u["w0"] < u["c0"] < u["o0"]


@needs_library
def test_hardly_more_wires_cross_than_with_graphviz(without):
    def crossed():
        diagrams = (draw(ORDERED[name](), **mode) for name in ORDERED for mode in MODES.values())
        return sum(crossings(columns_of(diagram)) for diagram in diagrams)

    ours = crossed()
    without.undo()
    assert 0 < ours <= 1.1 * crossed()


def test_operands_that_contradict_each_other():
    a, b = Node(2.0, name="a"), Node(5.0, name="b")
    diagram = draw(differentiated((a - b) * (b - a) + np.einsum(",,->", a, b, a)))
    assert_whole(diagram._drawing.picture, sheet_of(diagram))


def test_one_graph_gives_one_picture():
    first, second = (draw(random_graph(3, 30)).svg() for _ in "ab")
    assert first == second


def test_a_deep_and_a_wide_graph():
    x = Node(0.5, name="x")
    for _ in range(3000):
        x = ac.tanh(x)
    units = units_of(picture_of(x, ()))
    assert len({x for x, _ in layered(units).nodes.values()}) == 3001
    wide = np.sum(np.stack([Node(float(n)) for n in range(600)]))
    units = units_of(picture_of(wide, ()))
    heights = [layered(units).nodes[unit.id][1] for unit in units.units if not unit.is_operation]
    assert heights == sorted(heights)


# --- what is made of it ---------------------------------------------------------------------------


def test_all_formats(tmp_path):
    diagram = draw(CASES["sigmoid_neuron"]())
    assert_all_formats(diagram)
    for file in ("a.svg", "a.png", "a.pdf", "a.html", "a.dot", "a.gif", "a.tex"):
        diagram.save(tmp_path / file)
        assert (tmp_path / file).stat().st_size > 500
    assert diagram.frames()[-1].png().startswith(b"\x89PNG")
    diagram.save(tmp_path / "b.pdf", frames=True)
    assert draw(loss_of(2, 3, 2)).html().startswith("<!DOCTYPE html>")
    assert set(diagram._repr_mimebundle_()) == {"text/plain", "text/html", "image/png"}
    assert diagram.source.startswith("digraph")


def test_other_pictures():
    network = nn.NeuralNetwork([nn.FullyConnected(4, 3), nn.ReLU(), nn.FullyConnected(3, 2)])
    for diagram in (
        draw(network), draw(Node(1.0)), draw(recurrent(), rolled=True),
        draw(loss_of(2, 3, 2), outlines=True, fold=()), draw(recurrent(40)),
        draw(recurrent(), theme="micrograd"), draw(recurrent(), symbolic=True),
    ):  # fmt: skip
        assert "<svg" in diagram.svg()
        assert "Graphviz is missing" in diagram.note
