"""No text touches another, a wire or a body it does not belong to, and all can be read."""

from __future__ import annotations

from functools import cache

import pytest
from geometry import collisions, sheet_of, texts, wires
from graphs import ORDERED, loss_of, random_graph
from test_worked_examples import GRAPHS, graph

from autograd_core import Node
from visualize import draw

LOOKS = {
    "LR": {},
    "TB": {"rankdir": "TB"},
    "RL, BT": {"rankdir": "BT"},
    "no gradients": {"gradients": False},
    "local": {"local_gradients": True},
    "local, TB": {"local_gradients": True, "rankdir": "TB"},
    "local, RL": {"local_gradients": True, "rankdir": "RL"},
    "column": {"leaves": "column"},
    "rows": {"aspect": 1.0},
    "folded": {"fold": 1},
    "folded, TB": {"fold": 1, "rankdir": "TB"},
    "folded, local": {"fold": 1, "local_gradients": True},
    "open": {"fold": ()},
    "names": {"names": True},
}
NETWORKS = {
    "2-3-2": (2, 3, 2),
    "784-128-10": (784, 128, 10),
    "ten layers": (16, 16, 16, 16, 16, 10),
}


@cache
def root_of(name):
    if name in NETWORKS:
        return loss_of(*NETWORKS[name])
    if name.startswith("random"):
        return random_graph(int(name.split()[1]), 20)
    return ORDERED[name]() if name in ORDERED else graph(name)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", [*GRAPHS, *ORDERED, *NETWORKS, "random 0", "random 1", "random 2"])
def test_nothing_is_written_over_anything(name, look):
    assert collisions(sheet_of(draw(root_of(name), **LOOKS[look]))) == []


def font_size(sheet):
    """The size of the smallest text when the picture fills a slide of 960 x 540."""
    smallest = min(shape.size for shape in texts(sheet))
    return smallest * min(960 / sheet.width, 540 / sheet.height)


@pytest.mark.parametrize(
    ("name", "fold", "least"),
    [
        ("2-3-2", (), 9),
        ("2-3-2", 1, 9),
        ("784-128-10", 1, 9),
        ("784-128-10", (), 9),
        ("ten layers", 1, 9),
        ("ten layers", (), 7),
        *[(name, (), 9) for name in (*GRAPHS, *ORDERED)],
    ],
)
def test_texts_can_be_read_on_a_slide(name, fold, least):
    assert font_size(sheet_of(draw(root_of(name), fold=fold))) >= least


def test_a_number_that_is_long_pushes_the_others_away():
    x, w = Node(123456.789, name="MMMMMMMM"), Node(-1e-9, name="漢字漢字")
    root = x * w + 1e30 * x
    root.backward()
    for options in LOOKS.values():
        assert collisions(sheet_of(draw(root, number_format=".12e", **options))) == []


def test_collisions_are_seen():
    """The measure itself: shapes that were moved onto others are found."""
    sheet = sheet_of(draw(root_of("sigmoid_neuron")))
    value = next(shape for shape in texts(sheet) if shape.fill == "value")
    wire = wires(sheet)[value.part]
    ((x, y),) = value.points
    for moved in (value.moved(0, wire.points[0][1] - y + 4), value.moved(-x, 0)):
        shapes = [moved if shape is value else shape for shape in sheet.shapes]
        assert collisions(type(sheet)(sheet.width, sheet.height, shapes))
