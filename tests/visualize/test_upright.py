"""Vectors behind a matrix stand upright, as on the slides; with the batch outermost they lie."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Node
from visualize import draw

W = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


def heights(root, name):
    """At how many heights the numbers of a wire stand."""
    drawing = draw(root, names=True)._drawing
    wire = next(wire for wire in drawing.picture.wires if wire.name == name)
    shapes = [s for s in drawing.sheet.shapes if s.part == wire.id and s.kind == "text" and s.half]
    return len({shape.points[0][1] for shape in shapes})


def layer():
    x, weight, b = Node([1.0, -1.0], name="x"), Node(W, name="W"), Node([0.1, 0.2, 0.3], name="b")
    z = weight @ x + b
    z.name = "z"
    y = ac.relu(z)
    y.name = "y"
    y.backward(np.ones(3))
    return y


@pytest.mark.parametrize(("name", "rows"), [("x", 2), ("b", 3), ("z", 3), ("y", 3)])
def test_what_a_matrix_is_multiplied_with_is_a_column(name, rows):
    assert heights(layer(), name) == 2 * rows  # values and gradients


def test_a_row_in_front_of_a_matrix_stays_a_row():
    x, weight = Node([1.0, 2.0, 3.0], name="x"), Node(W, name="W")
    y = x @ weight
    y.name = "y"
    y.backward(np.ones(2))
    assert heights(y, "x") == heights(y, "y") == 2


def test_a_vector_alone_stays_a_row():
    x = Node([1.0, 2.0], name="x")
    y = ac.sum(x * x)
    y.backward()
    assert heights(y, "x") == 2
