"""Which wires pass by boxes, and which are cut where they are too many."""

from __future__ import annotations

import pytest

import visualize.layout.detours
from autograd_core import Node, tanh
from visualize.graph.picture import picture_of
from visualize.layout.detours import cut_long_wires, passed_boxes
from visualize.style import Look


def with_uses(*uses):
    """A chain of tanh, and w that is multiplied in after so many of them."""
    w = Node(0.5, name="w")
    y = Node(1.0, name="x")
    for number in range(max(uses) + 1):
        y = y * w if number in uses else tanh(y)
    return y


def from_w(picture):
    """How many boxes the wires from w pass by, the nearest first."""
    passed = passed_boxes(picture)
    return [boxes for edge, boxes in passed.items() if edge.wire.name == "w"]


@pytest.mark.parametrize(
    ("uses", "near", "column"),
    [
        ((0,), [0], [0]),
        ((5,), [0], [5]),  # a leaf stands right before its first use
        ((0, 1), [0, 1], [0, 1]),
        ((2, 3, 9), [0, 1, 7], [2, 3, 9]),
    ],
)
def test_boxes_that_a_wire_passes(uses, near, column):
    root = with_uses(*uses)
    assert from_w(picture_of(root)) == near
    assert from_w(picture_of(root, look=Look(leaves="column"))) == column
    chain = [edge for edge in passed_boxes(picture_of(root)).items() if edge[0].wire.name != "w"]
    assert all(boxes == 0 for _, boxes in chain)


@pytest.mark.parametrize(
    ("most", "left"),
    [
        # Wires from w pass by 0, 1, 3, 6, 7, 12 and 13 boxes: 42 in all.
        (42, [0, 1, 3, 6, 7, 12, 13]),
        (41, [0, 1, 3, 6, 7, 12]),
        (29, [0, 1, 3, 6, 7, 12]),
        (28, [0, 1, 3, 6]),
        (9, [0, 1, 3]),
        (3, [0, 1]),
        (0, [0]),
    ],
)
def test_the_longest_wires_are_cut_first(monkeypatch, most, left):
    monkeypatch.setattr(visualize.layout.detours, "MOST_DETOURS", most)
    picture = picture_of(with_uses(0, 1, 3, 6, 7, 12, 13))
    before = len(picture.edges)
    cut_long_wires(picture)
    uncut = passed_boxes(picture)
    assert sorted(n for edge, n in uncut.items() if edge.source is edge.wire and n) == left[1:]
    assert len(picture.edges) == before
    assert [constant.refers_to.name for constant in picture.constants] == ["w"] * (7 - len(left))
    (w,) = (wire for wire in picture.wires if wire.name == "w")
    assert len(picture.consumers[w]) == 7
