"""Wide pictures are cut into rows: what fits where, and wires that run on."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import pytest
from geometry import (
    bodies,
    body_box,
    collisions,
    overlap,
    sheet_of,
    subpaths,
    text_box,
    texts,
    wires,
)
from graphs import ORDERED, branches, loss_of, random_graph, recurrent
from test_worked_examples import GRAPHS, graph

import autograd_core as ac
from autograd_core import Node
from visualize import draw, scalar_network


def chain(operations, name="x"):
    y = Node(0.5, name=name)
    for number in range(operations):
        y = ac.tanh(y) if number % 3 else y * Node(1.5, name=f"w{number}")
    y.backward()
    return y


LONG = {
    "chain": lambda: chain(30),
    "2-3-2": lambda: loss_of(2, 3, 2),
    "784-128-10": lambda: loss_of(784, 128, 10),
    "ten layers": lambda: loss_of(16, 16, 16, 16, 16, 10),
    "random": lambda: random_graph(5, 24),
}
OTHERS = {**ORDERED, **{name: (lambda name=name: graph(name)) for name in GRAPHS}}


def rows(diagram):
    return diagram._drawing.laid_out.rows.rows


def ratio(diagram):
    sheet = sheet_of(diagram)
    return sheet.width / sheet.height


@pytest.mark.parametrize("options", [{}, {"fold": 1}, {"local_gradients": True}], ids=str)
@pytest.mark.parametrize("name", [*LONG, *OTHERS])
def test_nothing_is_wider_than_a_slide(name, options):
    diagram = draw({**LONG, **OTHERS}[name](), **options)
    assert sheet_of(diagram).width <= 1020 or ratio(diagram) <= 2.2


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("aspect", [16 / 9, 4 / 3, 1.0])
def test_a_frame_that_was_asked_for_is_filled(name, aspect):
    """As well as the boxes allow: never twice as wide, nor half as wide, as it."""
    assert 0.5 * aspect < ratio(draw(LONG[name](), aspect=aspect)) < 1.4 * aspect


@pytest.mark.parametrize("name", LONG)
def test_one_row_where_it_was_asked_for(name):
    diagram = draw(LONG[name](), fold=(), aspect=math.inf)
    assert len(rows(diagram)) == 1
    assert ratio(diagram) > 2.2


@pytest.mark.parametrize("rankdir", ["TB", "BT"])
def test_what_runs_down_is_cut_into_columns(rankdir):
    root = chain(30)
    whole, cut = (draw(root, rankdir=rankdir, aspect=aspect) for aspect in (math.inf, None))
    assert ratio(whole) < 0.4 < ratio(cut) < 2.2
    assert len(rows(cut)) > 1


def written(sheet):
    return Counter((shape.part, shape.half, shape.text, shape.fill) for shape in texts(sheet))


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
@pytest.mark.parametrize("name", LONG)
def test_rows_hold_the_same_as_one_row(name, rankdir):
    root = LONG[name]()
    one, cut = (sheet_of(draw(root, rankdir=rankdir, aspect=a)) for a in (math.inf, 1.0))
    assert written(one) == written(cut)
    assert set(bodies(one)) == set(bodies(cut))
    branches = [
        {part: wire.commands.count("M") for part, wire in wires(s).items()} for s in (one, cut)
    ]
    assert branches[0] == branches[1]
    assert collisions(cut) == []


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
@pytest.mark.parametrize("name", LONG)
def test_a_wire_over_a_cut_is_one_path_with_an_arrow_at_each_row(name, rankdir):
    aspect = 1.0 if rankdir in ("LR", "RL") else 3.0
    diagram = draw(LONG[name](), rankdir=rankdir, aspect=aspect, fold=())
    sheet = sheet_of(diagram)
    over = [{output.id for output in row.over} for row in rows(diagram)]
    assert over[-1] == set()
    assert any(over)
    arrows = Counter(s.part for s in sheet.shapes if s.kind == "path" and s.commands == "MLLZ")
    assert arrows == Counter(part for row in over for part in row)
    for part in arrows:
        (path,) = (
            s
            for s in sheet.shapes
            if s.part == part and s.kind == "path" and s.stroke == "line" and "Q" in s.commands
        )
        for branch in subpaths(path):
            gaps = [math.dist(a, b) for a, b in pairwise(branch)]
            assert max(gaps) < 12, "no step in it"


@pytest.mark.parametrize("name", LONG)
def test_wires_that_run_on_keep_apart(name):
    """Beside each other around the ends of rows: none on another, none on a box."""
    diagram = draw(LONG[name](), aspect=1.0)
    sheet = sheet_of(diagram)
    assert collisions(sheet) == []
    lanes = {}
    for part, wire in wires(sheet).items():
        for branch in subpaths(wire):
            for (x0, y0), (x1, y1) in pairwise(branch):
                if abs(x0 - x1) < 0.01 and abs(y0 - y1) > 0.3:  # upright: around an end
                    lanes.setdefault(part, set()).add(round(x0, 1))
    for part, places in lanes.items():
        for other, theirs in lanes.items():
            if other == part:
                continue
            for x in places:
                assert all(
                    abs(x - there) > 5 or not _beside(sheet, part, other, x) for there in theirs
                )


def _beside(sheet, one, other, x):
    """Whether two wires are upright at one place, at the same height."""
    spans = []
    for part in (one, other):
        points = [p for branch in subpaths(wires(sheet)[part]) for p in branch if abs(p[0] - x) < 5]
        spans.append((min(y for _, y in points), max(y for _, y in points)))
    return spans[0][0] < spans[1][1] and spans[1][0] < spans[0][1]


@pytest.mark.parametrize("name", LONG)
def test_rows_are_read_from_left_to_right_and_downwards(name):
    diagram = draw(LONG[name](), aspect=1.0)
    laid_out = diagram._drawing.laid_out.rows
    tops = [row.shift + row.top for row in laid_out.rows]
    bottoms = [row.shift + row.bottom for row in laid_out.rows]
    assert all(bottom < top for bottom, top in zip(bottoms, tops[1:], strict=False))
    for link in laid_out.columns.units.links:
        assert laid_out.of[link.source] <= laid_out.of[link.target]


def test_a_small_picture_stays_in_one_row():
    for name in ("sum_times", "neural_chain"):
        assert len(rows(draw(graph(name)))) == 1


@pytest.mark.parametrize("wrong", [0, -1, "16/9", True, float("nan")])
def test_aspect_is_checked(wrong):
    with pytest.raises(ValueError, match="aspect expects width divided by height, such as 16/9"):
        draw(Node(1.0), aspect=wrong)


def test_frames_have_the_same_rows():
    root = chain(30)
    diagram = draw(root, aspect=4 / 3)
    sheet = sheet_of(diagram)
    frame = diagram.frames()[-1]._deck.timeline.at(0)
    assert {s.commands for s in frame.shapes if s.kind == "path"} >= {
        s.commands for s in sheet.shapes if s.kind == "path" and s.stroke == "line"
    }
    assert frame.width < 2.2 * frame.height


CROWDED = {
    **{f"branches {seed}": (lambda seed=seed: branches(seed)) for seed in (6, 7)},
    "recurrent": lambda: recurrent(3),
}


@pytest.mark.parametrize(
    "options",
    [{}, {"function_boxes": True}, {"local_gradients": True}, {"leaves": "column"}],
    ids=str,
)
@pytest.mark.parametrize("rankdir", ["LR", "TB"])
@pytest.mark.parametrize("name", CROWDED)
def test_wires_keep_off_texts_and_bodies_in_a_crowd(name, rankdir, options):
    assert collisions(sheet_of(draw(CROWDED[name](), rankdir=rankdir, fold=(), **options))) == []


@pytest.mark.parametrize("name", [*LONG, *CROWDED])
def test_wires_come_in_apart_and_off_the_leaves(name):
    for row in rows(draw({**LONG, **CROWDED}[name](), fold=(), aspect=1.0)):
        heights = sorted(row.entering.values())
        assert all(after - before > 6.9 for before, after in pairwise(heights))
        for leaf in (unit for unit in row.units if unit.column < row.first):
            assert all(not leaf.above < v + row.shift < leaf.below for v in heights)


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_no_wire_runs_backwards_between_frames(rankdir):
    links = draw(
        recurrent(5), rankdir=rankdir, fold=(), outlines=True
    )._drawing.laid_out.units.links
    assert all(link.source.column < link.target.column for link in links)


def inside(one, other):
    """Whether a box is in another, or wholly beside it."""
    return overlap(one, other) <= 0 or (
        other[0] <= one[0] and other[1] <= one[1] and one[2] <= other[2] and one[3] <= other[3]
    )


FRAMED = {
    **{str(sizes): (lambda sizes=sizes: scalar_network(sizes)) for sizes in ([1, 1, 1], [2, 2])},
    "branches": lambda: branches(6),
}


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
@pytest.mark.parametrize("name", FRAMED)
def test_frames_stand_in_each_other_and_cut_nothing(name, rankdir):
    sheet = sheet_of(draw(FRAMED[name](), fold=(), outlines=True, rankdir=rankdir))
    frames = [body_box(shape) for shape in sheet.shapes if shape.dashed]
    assert len(frames) > 2
    for number, one in enumerate(frames):
        assert all(inside(one, other) or inside(other, one) for other in frames[:number])
        assert all(inside(text_box(text), one) for text in texts(sheet))
    assert collisions(sheet) == []


def test_wires_around_the_ends_of_rows_keep_off_frames():
    diagram = draw(scalar_network([1, 1, 1]), fold=(), outlines=True)
    sheet = sheet_of(diagram)
    frames = [body_box(shape) for shape in sheet.shapes if shape.dashed]
    ends = max(right for _, _, right, _ in frames), min(left for left, _, _, _ in frames)
    (over,) = diagram._drawing.laid_out.rows.rows[0].over
    across = [x for branch in subpaths(wires(sheet)[over.id]) for x, _ in branch]
    assert max(across) > ends[0] + 5
    assert min(across) < ends[1] - 5
