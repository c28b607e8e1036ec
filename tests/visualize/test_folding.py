"""Scopes as boxes, large graphs, and wires that are cut."""

from __future__ import annotations

import numpy as np
import pytest
from svg_reader import GRADIENT, LOCAL, WARNING, read

import autograd_core as ac
from autograd_core import Node, scope
from visualize import draw
from visualize.graph.folding import MOST_BOXES
from visualize.graph.picture import picture_of


def network(layers=2):
    """A small network with layers in scopes, after backward."""
    x = Node(np.ones((2, 3)), name="x", requires_grad=False)
    for number in range(layers):
        with scope(f"layer {number}"):
            x = x @ Node(np.ones((3, 3)), name=f"W{number}") + Node(np.zeros(3), name=f"b{number}")
            with scope("activation"):
                x = 1 / (1 + ac.exp(-x))
    root = np.sum(x)
    root.name = "total"
    root.backward()
    return root


def chain(operations, size=1):
    y = Node(0.5, name="x")
    for number in range(operations // size):
        with scope(f"step {number}"):
            for _ in range(size):
                y = y * 1.0001
    return y


def boxes(diagram):
    """Labels of the folded boxes."""
    return read(diagram.svg()).boxes


def test_depths():
    root = network()
    assert boxes(draw(root)) == []
    assert boxes(draw(root, fold=2)) == ["activation", "activation"]
    assert boxes(draw(root, fold=1)) == ["layer 0", "layer 1"]
    assert boxes(draw(root, fold=0)) == ["13 operations"]
    assert read(draw(root, fold=1).svg()).circles == ["Σ"]
    assert read(draw(root, fold=0).svg()).circles == []


def test_a_fold_shows_its_inputs_and_outputs():
    drawing = read(draw(network(), fold=1).svg())
    assert {"x", "W0", "b0", "W1", "b1", "total"} <= {part.title for part in drawing.parts}
    # x, W0, b0, W1, b1, the results of both layers and the sum; none forks
    assert drawing.branches == 5 + 3
    assert drawing.wire("total").colour(GRADIENT) == ["1"]


def test_names_and_paths():
    root = network()
    assert boxes(draw(root, fold=["layer 1"])) == ["layer 1"]
    assert boxes(draw(root, fold="activation")) == ["activation"] * 2
    assert boxes(draw(root, fold={"layer 0/activation"})) == ["activation"]
    assert boxes(draw(root, fold=["layer 0", "activation"])) == ["layer 0", "activation"]
    assert boxes(draw(root, fold=())) == []


def test_two_entries_of_one_scope_are_two_boxes():
    layer = scope("layer")
    x = Node(2.0, name="x")
    with layer:
        y = x * 2.0 + 1.0
    with layer:
        z = y * 2.0 + 1.0
    assert boxes(draw(z, fold=1)) == ["layer", "layer"]


def test_what_fold_does_not_take():
    root = network(1)
    with pytest.raises(ValueError, match="got 'sigmod'; there are: 'layer 0', 'activation'"):
        draw(root, fold=["sigmod"])
    with pytest.raises(ValueError, match="depth of 0 or more, got -1"):
        draw(root, fold=-1)
    for wrong in (True, 1.5):
        with pytest.raises(TypeError, match="fold expects None"):
            draw(root, fold=wrong)


def test_a_fold_is_one_function_of_each_input():
    a = Node(3.0, name="a")
    with scope("cube"):
        b = a * a * a
    assert read(draw(b).svg()).branches == 3 + 2
    assert read(draw(b, fold=1).svg()).branches == 1 + 1


def test_data_stays_at_a_fold_and_numbers_of_its_own_go():
    with scope("layer"):
        y = 2.0 * (np.array([[3.0, 4.0]]) @ Node(np.ones((2, 1)), name="W")) + 1.0
    drawing = read(draw(y, fold=1).svg())
    assert [part.title for part in drawing.parts].count("constant") == 1
    assert {"3", "4"} <= set(drawing.texts)


def test_many_inputs_of_a_fold_are_counted():
    with scope("sum"):
        total = sum((Node(float(n), name=f"x{n}") for n in range(50)), start=Node(0.0, name="x"))
    drawing = read(draw(total, fold=1).svg())
    assert "… 48 more inputs" in drawing.texts
    assert len(drawing.parts) == 1 + 1 + 3 + 1


def test_a_marked_node_inside_a_fold_marks_the_box():
    x = Node(-1.0, name="x")
    with np.errstate(invalid="ignore"), scope("inner"):
        y = ac.log(x) * 2.0
    (box,) = (part for part in read(draw(y, fold=1).svg()).parts if part.box)
    assert box.outline == WARNING


def test_automatic_fold_keeps_what_fits():
    small = chain(MOST_BOXES, size=10)
    assert len(picture_of(small).boxes) == MOST_BOXES
    larger = chain(MOST_BOXES + 10, size=10)
    assert len(picture_of(larger).boxes) == 16


def test_automatic_fold_opens_levels():
    # 3 outer scopes of 10 inner ones of 10 operations: 300 operations, 30 boxes, 3 boxes.
    y = Node(1.0, name="x")
    for _ in range(3):
        with scope("outer"):
            for _ in range(10):
                with scope("inner"):
                    for _ in range(10):
                        y = y * 1.0
    assert len(picture_of(y).boxes) == 30


@pytest.mark.parametrize("size", [1, 20])
def test_20_000_operations(size):
    diagram = draw(chain(20_000, size))
    drawing = read(diagram.svg())
    assert len(drawing.parts) < 2 * MOST_BOXES
    assert "… 19,960 operations …" in drawing.texts or size > 1


def test_20_000_operations_without_scopes_keep_both_ends():
    y = Node(0.5, name="x")
    for _ in range(20_000):
        y = ac.tanh(y)
    drawing = read(draw(y).svg())
    assert drawing.circles == ["tanh"] * 40
    assert "… 19,960 operations …" in drawing.texts
    assert drawing.branches == 1 + 41


def test_a_fold_of_a_graph_too_large_to_read_is_still_drawn():
    y = chain(1500)
    drawing = read(draw(y, fold=()).svg())
    assert len(drawing.circles) == 1500
    assert drawing.wire("x").texts[0].content == "x"


def test_wires_shared_by_many_steps_are_cut():
    shared = Node(1.01, name="w")
    y = Node(1.0, name="x")
    for _ in range(140):
        y = ac.tanh(y * shared)
    picture = read(draw(y, fold=()).svg())
    assert picture.texts.count("w") > 100
    assert len(picture.circles) == 280
    few = Node(1.0, name="x")
    for _ in range(10):
        few = ac.tanh(few * shared)
    assert read(draw(few).svg()).texts.count("w") == 1


def test_local_gradient_of_a_folded_sigmoid():
    z = Node(0.5, name="z")
    with scope("sigmoid"):
        f = 1 / (1 + ac.exp(-z))
    both = f * z
    both.backward()
    parts = read(draw(both, fold=1, local_gradients=True).svg()).parts
    branches = {
        part.colour(LOCAL)[0]: part.colour(GRADIENT) for part in parts if part.colour(LOCAL)
    }
    # f (1 - f) into the fold; at the fork of z it contributes 0.5 f (1 - f), the product f.
    assert branches == {"0.235": ["0.1175"], "0.6225": ["0.6225"], "0.5": []}


def test_folds_that_mix_entries_have_a_word_for_the_local_gradient():
    x = Node(np.ones((2, 2)), name="x")
    with scope("mean"):
        y = np.mean(x * 2.0)
    parts = read(draw(y, fold=1, local_gradients=True).svg()).parts
    assert [part.colour(LOCAL) for part in parts if part.colour(LOCAL)] == [["mean′"]]


def test_automatic_fold_opens_a_level_that_just_fits():
    y = Node(1.0, name="x")
    with scope("outer"):
        for number in range(MOST_BOXES):
            with scope("inner"):
                for _ in range(2 if number < 10 else 1):
                    y = y * 1.0
    assert len(picture_of(y).boxes) == MOST_BOXES


@pytest.mark.parametrize(("inputs", "shown"), [(8, 8), (9, 3)])
def test_few_inputs_of_a_fold_are_all_shown(inputs, shown):
    with scope("sum"):
        total = sum((Node(float(n), name=f"x{n}") for n in range(1, inputs)), Node(0.0, name="x0"))
    texts = read(draw(total, fold=1).svg()).texts
    assert sum(f"x{n}" in texts for n in range(inputs)) == shown


def test_inputs_of_a_fold_stand_in_the_order_of_its_operations():
    a, b, c = (ac.exp(Node(n, name=name)) for n, name in ((1.0, "a"), (2.0, "b"), (3.0, "c")))
    with scope("fold"):
        y = c * a + b
    picture = picture_of(y, fold=1)
    (fold,) = (box for box in picture.boxes if box.folded)
    assert [edge.wire.node for edge in picture.inputs[fold]] == [c, a, b]
