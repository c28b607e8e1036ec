"""Frames around open scopes in pictures: around all of a scope, and nothing else."""

from __future__ import annotations

import graphs
import pytest

from visualize import draw, lecture_example, neuron, scalar_network


def frames(root, **options):
    """The frames by the scope's name, and the sheet."""
    sheet = draw(root, outlines=True, aspect=float("inf"), **options)._drawing.sheet
    boxes = [shape for shape in sheet.shapes if shape.kind == "rectangle" and shape.dashed]
    found = []
    for box in boxes:
        (left, top), _ = box.points
        names = [
            shape.text for shape in sheet.shapes
            if shape.kind == "text" and not shape.part
            and left < shape.points[0][0] < left + 8 and top < shape.points[0][1] < top + 20
        ]  # fmt: skip
        found.append((names[0], box.points))
    return found, sheet


def inside(sheet, corners):
    """The operations whose circles lie in a frame, and those that its line cuts."""
    (left, top), (right, bottom) = corners
    within, cut = set(), set()
    for shape in sheet.shapes:
        if shape.kind == "ellipse" and shape.part.startswith("o"):
            (x, y), (rx, ry) = shape.points
            across = left < x - rx and x + rx < right and top < y - ry and y + ry < bottom
            apart = x + rx < left or right < x - rx or y + ry < top or bottom < y - ry
            if across:
                within.add(shape.part)
            elif not apart:
                cut.add(shape.part)
    return within, cut


@pytest.mark.parametrize("rankdir", ["LR", "TB", "RL", "BT"])
def test_a_frame_holds_its_scope_and_nothing_else(rankdir):
    root = graphs.neuron()
    (frame,), sheet = frames(root, rankdir=rankdir)
    name, corners = frame
    within, cut = inside(sheet, corners)
    picture = draw(root)._drawing.picture
    expected = {box.id for box in picture.boxes if box.scope is not None}
    assert (name, within, cut) == ("sigmoid", expected, set())


def test_frames_of_two_neurons_stand_apart():
    found, sheet = frames(graphs.scalar_network())
    names = [name for name, _ in found]
    assert names.count("sigmoid") == 2
    assert {"h1", "h2"} <= set(names)
    both = [corners for name, corners in found if name in ("h1", "h2")]
    assert not inside(sheet, both[0])[0] & inside(sheet, both[1])[0]


def test_frames_lie_in_each_other():
    found, _ = frames(graphs.scalar_network())
    outer = {name: corners for name, corners in found if name.startswith("h")}
    for name, ((left, top), (right, bottom)) in found:
        if name == "sigmoid":
            around = [
                1
                for (a, b), (c, d) in outer.values()
                if a < left and b < top and right < c and bottom < d
            ]
            assert len(around) == 1


def test_none_unless_asked_for_or_without_scopes():
    assert frames(lecture_example("sum times"))[0] == []
    shapes = draw(neuron([1], [1]))._drawing.sheet.shapes
    assert not any(shape.dashed for shape in shapes)


def test_all_on_the_sheet():
    found, sheet = frames(scalar_network([2, 2, 1]), fold=["sigmoid"] if False else ())
    for _, ((left, top), (right, bottom)) in found:
        assert min(left, top) >= 0
        assert right <= sheet.width
        assert bottom <= sheet.height
