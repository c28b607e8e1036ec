"""Each wire is one continuous path, from its source to the outline of all that takes it."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from geometry import bodies, from_outline, from_path, pen_downs, sheet_of, subpaths, wires
from graphs import ORDERED, loss_of, random_graph
from test_worked_examples import GRAPHS, graph

import autograd_core as ac
from autograd_core import Node, scope
from visualize import draw
from visualize.layout.sheet import segments

MODES = {
    "LR": {},
    "RL": {"rankdir": "RL"},
    "TB": {"rankdir": "TB"},
    "BT": {"rankdir": "BT", "local_gradients": True},
    "local": {"local_gradients": True},
    "column": {"leaves": "column"},
    "folded": {"fold": 1},
    "rows": {"aspect": 1.0},
    "rows, TB": {"aspect": 4.0, "rankdir": "TB"},
    "rows, local": {"aspect": 1.0, "local_gradients": True, "rankdir": "RL"},
    "records": {"theme": "micrograd"},
}


def two_results():
    x = Node(2.0, name="x")
    with scope("fold"):
        y = x * x
        z = ac.exp(y)
    return y * z + x


CASES = {
    **ORDERED,
    **{name: (lambda name=name: graph(name)) for name in GRAPHS},
    "two_results": two_results,
    "2-3-2": lambda: loss_of(2, 3, 2),
    **{f"random {seed}": (lambda seed=seed: random_graph(seed)) for seed in range(4)},
}


@cache
def drawn_as(name, mode):
    """What several tests look at."""
    diagram = draw(CASES[name](), **MODES[mode])
    return diagram._drawing.picture, sheet_of(diagram)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_a_wire_runs_from_its_source_to_all_that_takes_it(name, mode):
    assert_whole(*drawn_as(name, mode))


def assert_whole(picture, sheet):
    outlines, drawn = bodies(sheet), wires(sheet)
    taken = {wire.id: [] for wire in picture.wires}
    for edge in picture.edges:
        taken.setdefault(edge.source.id, []).append(edge.target.id)
    assert set(drawn) == set(taken)
    sources = {wire.id: wire.source.id for wire in picture.wires if wire.source is not None}
    for part, wire in drawn.items():
        branches = subpaths(wire)
        if part in sources:
            assert abs(from_outline(outlines[sources[part]], branches[0][0])) < 0.1
        for number, branch in enumerate(branches[1:], start=1):
            before = [from_path(other, branch[0])[0] for other in branches[:number]]
            assert min(before) < 0.01, "it begins on what is there"
        ends = [branch[-1] for branch in branches] if taken[part] else []
        assert len(ends) == len(taken[part])
        for target in set(taken[part]):
            there = [end for end in ends if abs(from_outline(outlines[target], end)) < 0.1]
            assert len(there) == taken[part].count(target)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_a_dot_stands_where_a_wire_forks_and_nowhere_else(name, mode):
    _, sheet = drawn_as(name, mode)
    for part, wire in wires(sheet).items():
        dots = [
            shape.points[0]
            for shape in sheet.shapes
            if shape.part == part and shape.kind == "ellipse" and shape.stroke is None
        ]
        forks = forks_of(subpaths(wire))
        for fork in forks:
            assert any(math.dist(fork, dot) < 14 for dot in dots), part
        for dot in dots:
            assert any(math.dist(fork, dot) < 14 for fork in forks), part
            assert min(from_path(branch, dot)[0] for branch in subpaths(wire)) < 0.1


def forks_of(branches):
    """Where branches leave those before; a curve leaves slowly."""
    found = []
    for number, branch in enumerate(branches[1:], start=1):
        away = np.min([from_path(other, branch) for other in branches[:number]], axis=0)
        found.append(branch[int(np.argmax(away > 0.5))])
    return found


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
@pytest.mark.parametrize("local_gradients", [False, True])
@pytest.mark.parametrize("fold", [(), 1])
def test_no_wire_runs_back(name, rankdir, local_gradients, fold):
    options = {"rankdir": rankdir, "local_gradients": local_gradients, "fold": fold}
    diagram = draw(CASES[name](), aspect=math.inf, **options)
    u, forward = 0 if rankdir in ("LR", "RL") else 1, 1 if rankdir in ("LR", "TB") else -1
    for part, wire in wires(sheet_of(diagram)).items():
        for branch in subpaths(wire):
            steps = forward * np.diff([point[u] for point in branch])
            assert steps.min(initial=0) > -0.01, part


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_all_wires_of_a_picture_are_of_one_style(name, mode):
    _, sheet = drawn_as(name, mode)
    curves = oblique = 0
    for wire in wires(sheet).values():
        here = None
        for command, points in segments(wire):
            curves += command == "C"
            if command == "L":
                right, down = points[-1][0] - here[0], points[-1][1] - here[1]
                oblique += min(abs(right), abs(down)) > 0.1
            here = points[-1]
    assert not (curves and oblique)


def test_lines_where_few_wires_are_and_curves_where_they_can_be_followed_better():
    x = Node(1.0, name="x")
    lines = [graph("sigmoid_neuron"), x + x, x * Node(2.0) * Node(3.0), np.einsum(",,->", x, x, x)]
    curves = [loss_of(2, 3, 2), np.einsum(",,,->", x, x, x, x), np.sum(x * np.ones(2))]
    assert not any("C" in w.commands for r in lines for w in wires(sheet_of(draw(r))).values())
    for root in curves:
        assert any("C" in wire.commands for wire in wires(sheet_of(draw(root))).values())


@pytest.mark.parametrize("count", [2, 3, 5, 9])
@pytest.mark.parametrize("folded", [True, False])
@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_many_wires_into_one_box_end_apart(count, folded, rankdir):
    made = [Node(float(n), name=f"x{n}") for n in reversed(range(count))][::-1]
    with scope("f"):
        y = np.einsum(",".join([""] * count) + "->", *made) * 1.0
    diagram = draw(y, fold=1 if folded else (), rankdir=rankdir)
    (box, *_), sheet = diagram._drawing.picture.boxes, sheet_of(diagram)
    v = 1 if rankdir == "LR" else 0
    leaves = [edge.source.id for edge in diagram._drawing.picture.inputs[box]]
    shown = count if count <= 8 or not folded else 4
    assert len(leaves) == shown
    ends = [pen_downs(wires(sheet)[leaf])[0][-1] for leaf in leaves]
    assert all(abs(from_outline(bodies(sheet)[box.id], end)) < 0.1 for end in ends)
    heights = [end[v] for end in ends]
    assert all(below - above > 4 for above, below in pairwise(heights))


def test_a_wire_that_goes_nowhere_ends_with_its_numbers():
    v = graph("sum_times")
    sheet = sheet_of(draw(v))
    wire = wires(sheet)["w4"]
    (branch,) = subpaths(wire)
    numbers = [s for s in sheet.shapes if s.part == "w4" and s.kind == "text" and s.half]
    right = max(x for shape in numbers for x, _ in shape.points)
    assert branch[0][0] < right < branch[-1][0] < sheet.width
