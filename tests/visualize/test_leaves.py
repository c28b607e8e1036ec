"""Where leaves stand, and backward graphs that can be read."""

from __future__ import annotations

import math

import pytest
from svg_reader import GRADIENT, read
from test_worked_examples import GRAPHS, graph

import autograd_core as ac
from autograd_core import Node, grad
from autograd_core.backpropagation import ancestors
from visualize import THEMES, draw


def middle(part):
    return sum(text.x for text in part.texts) / len(part.texts)


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("theme", THEMES)
def test_leaves_in_one_column(name, theme):
    root = graph(name)
    drawing = read(draw(root, leaves="column", theme=theme, aspect=math.inf).svg())
    leaves = {node.name for node in ancestors(root) if node.operation is None}
    column = [middle(part) for part in drawing.parts if part.title in leaves]
    others = [middle(part) for part in drawing.parts if part.title not in leaves]
    assert max(column) < min(others)
    assert read(draw(root).svg()).branches == drawing.branches


def test_leaves_near_their_use():
    parts = read(draw(graph("neural_chain")).svg()).parts
    position = {part.title: middle(part) for part in parts if part.texts}
    assert position["x"] < position["w2"] < position["target"]


def test_column_from_top_to_bottom():
    parts = read(draw(graph("neural_chain"), leaves="column", rankdir="TB").svg()).parts
    heights = {part.title: part.texts[0].y for part in parts if part.texts}
    leaves = {"x", "w1", "w2", "target"}
    lowest = max(heights[name] for name in leaves)
    assert lowest < min(height for name, height in heights.items() if name not in leaves)


def test_column_in_the_page_and_the_frames():
    diagram = draw(graph("sum_times"), leaves="column")
    assert "rank=source" in diagram.source
    assert diagram.frames()
    assert diagram.html()
    assert draw(Node(1.0, name="x"), leaves="column").svg()


def test_leaves_is_checked():
    with pytest.raises(ValueError, match="leaves expects 'near' or 'column', got 'left'"):
        draw(Node(1.0), leaves="left")


# --- the backward graph --------------------------------------------------------------------------


def recorded(name):
    root = graph(name)
    root.backward(create_graph=True)
    return {node.name: node for node in ancestors(root) if node.name}


def test_gradients_are_called_after_their_nodes():
    drawing = read(draw(recorded("neural_chain")["w1"].grad).svg())
    for name in ("y", "z2", "x2", "z1", "w1"):
        assert f"{name}.grad =" in drawing.texts


def test_one_gradient_of_several_nodes():
    drawing = read(draw(recorded("sigmoid_neuron")["w1"].grad).svg())
    assert "w3.grad = z.grad =" in drawing.texts


def test_a_name_of_the_users_comes_first():
    nodes = recorded("neural_chain")
    nodes["w1"].grad.name = "slope"
    assert "slope =" in read(draw(nodes["w1"].grad).svg()).texts


def test_no_gradients_of_another_root():
    slope = recorded("neural_chain")["w1"].grad
    assert not any(part.colour(GRADIENT) for part in read(draw(slope).svg()).parts)
    slope.backward()
    drawing = read(draw(slope).svg())
    assert drawing.wire("w1").colour(GRADIENT) == ["135"]
    # A root that was left out of backward, whose graph is no backward graph, shows what there is.
    root = graph("neural_chain")
    root.backward(keep_intermediate=False)
    assert read(draw(root).svg()).wire("w1").colour(GRADIENT) == ["-13.5"]


@pytest.mark.parametrize(
    "later",
    [
        lambda x, f: x * 5.0,  # shares a leaf
        lambda x, f: f * 5.0,  # shares a result
        lambda x, f: x * Node(2.0, name="new"),
    ],
)
def test_no_gradients_that_are_left_over(later):
    x = Node(2.0, name="x")
    f = x * 3.0
    f.backward()
    root = later(x, f)
    assert not any(part.colour(GRADIENT) for part in read(draw(root).svg()).parts)
    assert [row.split()[-1] for row in repr(draw(root)).splitlines()[1:]] == ["-"] * (
        len(repr(draw(root)).splitlines()) - 1
    )
    root.backward(keep_intermediate=False)
    assert read(draw(root).svg()).wire("x").colour(GRADIENT) == [f"{float(x.grad):.4g}"]


def test_the_guard_of_a_pole_is_one_box():
    slope = recorded("sigmoid_neuron")["w1"].grad
    texts = read(draw(slope).svg()).texts
    assert texts.count("no 0/0") == 1
    assert not {"where", "&", "=0"} & set(texts)


def test_every_one_stands_at_its_use():
    x = Node(0.5, name="x")
    second = grad(grad(lambda x: ac.exp(x) * ac.sin(x)))(x)
    parts = read(draw(second).svg()).parts
    ones = [part for part in parts if part.title == "constant"]
    assert len(ones) >= 6
    assert all([text.content for text in part.texts] == ["1"] for part in ones)
