"""Boxes f | f′, as on the neuron slides: the value at the left, the derivative at the right."""

from __future__ import annotations

import numpy as np
import pytest
from svg_reader import LOCAL, VALUE, read

import autograd_core as ac
from autograd_core import Node, Operation, scope
from visualize import draw, matrix_network, neuron


def halves(root, **options):
    """What stands in the boxes: the names above, the values, the derivatives."""
    parts = read(draw(root, function_boxes=True, **options).svg()).parts
    boxes = [part for part in parts if any("|" in text.content for text in part.texts)]
    return [
        (
            next(t.content for t in box.texts if "|" in t.content),
            *box.colour(VALUE),
            *box.colour(LOCAL),
        )
        for box in boxes
    ]


def sigmoid(z):
    with scope("sigmoid"):
        return 1 / (1 + np.exp(-z))


cube = Operation(
    "cube", lambda x: x * x * x, rules=(lambda g, out, x: g * 3.0 * x * x,), elementwise=True
)


@pytest.mark.parametrize(
    ("root", "fold", "expected"),
    [
        (np.tanh(Node(0.5, name="z")), None, ("tanh | tanh′", "0.4621", "0.7864")),
        (ac.relu(Node(-2.0, name="z")), None, ("ReLU | ReLU′", "0", "0")),
        (cube(Node(2.0, name="z")), None, ("cube | cube′", "8", "12")),
        (sigmoid(Node(0.5, name="z")), "sigmoid", ("σ | σ′", "0.6225", "0.235")),
        (neuron([-1, -2], [2, -3], bias=-3), "neuron", ("σ | σ′", "0.7311", "0.1966")),
    ],
    ids=["activation", "relu", "of one's own", "fold", "whole neuron"],
)
def test_value_and_derivative(root, fold, expected):
    assert halves(root, fold=fold) == [expected]


def test_the_halves_stand_beside_each_other():
    sheet = draw(np.tanh(Node(0.5, name="z")), function_boxes=True)._drawing.sheet
    inside = [shape for shape in sheet.shapes if shape.part == "o0"]
    (box,) = [shape for shape in inside if shape.kind == "rectangle"]
    (between,) = [shape for shape in inside if shape.kind == "path"]
    (left, _), (right, _) = sorted(box.points)
    x = {text.text: text.points[0][0] for text in inside if text.kind == "text"}
    assert left < x["0.4621"] < between.points[0][0] < x["0.7864"] < right


def test_arithmetic_keeps_its_circles():
    x = Node(3.0, name="x")
    root = 1 / (2 * -(x**2) + 1)
    assert halves(root) == []
    assert len(read(draw(root, function_boxes=True).svg()).circles) == 5


def test_entries_of_an_array():
    (found,) = halves(np.tanh(Node([0.0, 1.0], name="z")))
    assert found == ("tanh | tanh′", "0", "0.7616", "1", "0.42")


def test_layers_of_different_widths():
    assert len(halves(matrix_network([2, 3, 2]), fold=1)) == 1


def test_letters_in_place_of_numbers():
    assert halves(np.tanh(Node(0.5, name="z_1")), symbolic=True) == [
        ("tanh | tanh′", "tanh(z1)", "tanh′(z1)")
    ]


def test_not_unless_asked_for():
    svg = draw(np.tanh(Node(0.5, name="z"))).svg()
    assert "|" not in "".join(read(svg).texts)
