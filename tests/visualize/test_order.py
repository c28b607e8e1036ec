"""Operands stand in the order of the expression, in every way to draw it."""

from __future__ import annotations

import shutil
from collections import Counter
from itertools import pairwise

import pytest
from geometry import bodies, from_outline, sheet_of, subpaths, texts, wires
from graphs import ORDERED, loss_of, neuron, scalar_network
from test_rendering import hide

import visualize.layout.graphviz
from autograd_core import Node
from visualize import draw
from visualize.layout.order import disorder, inversions

MODES = {
    "near": {},
    "column": {"leaves": "column"},
    "local": {"local_gradients": True},
    "column, local": {"leaves": "column", "local_gradients": True},
    "folded": {"fold": 1},
    "TB": {"rankdir": "TB"},
    "RL": {"rankdir": "RL"},
    "BT": {"rankdir": "BT", "local_gradients": True},
    "rows": {"aspect": 1.0},
}
WAYS = ["library", "program"]


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    """With the library in pygraphviz, or with the program dot."""
    visualize.layout.graphviz.kept.clear()
    if request.param == "program":
        if shutil.which("dot") is None:
            pytest.skip("the program dot is not installed")
        hide(monkeypatch, "pygraphviz")
    yield request.param
    visualize.layout.graphviz.kept.clear()


def arrivals(diagram):
    """Of each input of each operation, in the order of the operands: where its wire stands.

    Twice: right before the operation, and on its outline. Across the flow, so downwards where it
    runs from left to right, and to the right where it runs down.
    """
    drawing = diagram._drawing
    sheet, picture = drawing.sheet, drawing.picture
    drawn = {part: subpaths(wire) for part, wire in wires(sheet).items()}
    outlines = bodies(sheet)
    v = 1 if picture.look.across else 0
    found = {}
    for box, edges in picture.inputs.items():
        taken = Counter()
        for edge in edges:
            branches = [
                points
                for points in drawn[edge.source.id]
                if abs(from_outline(outlines[box.id], points[-1])) < 0.1
            ]
            # One that comes in twice has two ends here, the first operand first.
            points = sorted(branches, key=lambda points: points[-1][v])[taken[edge.source.id]]
            taken[edge.source.id] += 1
            end = points[-1]
            before = next(p for p in points[::-1] if abs(p[1 - v] - end[1 - v]) > 18)
            found.setdefault(box, []).append((before[v], end[v]))
    return found


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ORDERED)
def test_operands_arrive_in_their_order(name, mode, way):
    diagram = draw(ORDERED[name](), **MODES[mode])
    for box, heights in arrivals(diagram).items():
        for (above, first), (below, second) in pairwise(heights):
            assert above <= below, box.label
            assert first < second - 5, box.label
    assert inversions(diagram._drawing.laid_out.rows.columns) == 0


def places(diagram):
    """Where each name stands, across the flow."""
    across = diagram._drawing.look.across
    return {
        shape.text.removesuffix(" ="): shape.points[0][1 if across else 0]
        for shape in texts(sheet_of(diagram))
        if shape.fill == "text"
    }


@pytest.mark.parametrize("options", [*MODES.values()], ids=MODES)
@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("difference", "b a"),
        ("quotient", "b a"),
        ("product_of_matrices", "x W"),
        ("layers", "X W1 b1"),
    ],
    ids=["b - a", "b / a", "x @ W", "X W + b"],
)
def test_what_comes_first_stands_first(name, names, options):
    found = places(draw(ORDERED[name](), **options))
    heights = [found[name] for name in names.split()]
    assert heights == sorted(heights)
    assert len(set(heights)) == len(heights)


@pytest.mark.parametrize("mode", MODES)
def test_a_neuron_stands_as_on_the_slide(mode):
    found = places(draw(neuron(), **MODES[mode]))
    heights = [found[name] for name in ("x1", "w1", "x2", "w2")]
    assert heights == sorted(heights)


@pytest.mark.parametrize("mode", MODES)
def test_whole_units_stand_in_order(mode):
    found = places(draw(scalar_network(), **MODES[mode]))
    assert found["a1"] < found["a2"]
    assert found["v1"] < found["v2"]
    assert found["x1"] < found["x2"]


def test_the_order_in_which_things_were_made_changes_nothing():
    def b_minus_a(*, first):
        made = {name: Node({"a": 2.0, "b": 5.0}[name], name=name) for name in first}
        return draw(made["b"] - made["a"])

    assert places(b_minus_a(first="ab")) == places(b_minus_a(first="ba"))
    a, b = Node(2.0, name="a"), Node(5.0, name="b")
    assert places(draw(a - b))["a"] < places(draw(a - b))["b"]


@pytest.mark.parametrize("fold", [1, ()])
@pytest.mark.parametrize("sizes", [(2, 3, 2), (784, 128, 10), (16, 16, 16, 16, 16, 10)])
@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_networks_are_in_order(sizes, fold, rankdir):
    diagram = draw(loss_of(*sizes), fold=fold, rankdir=rankdir)
    assert disorder(diagram._drawing.laid_out.rows.columns) == 0
    for heights in arrivals(diagram).values():
        assert heights == sorted(heights)
