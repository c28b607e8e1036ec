"""Repetitions rolled up: what is found, what is left, and how the loop is drawn."""

from __future__ import annotations

import time

import numpy as np
import pytest
from test_neurons import troubles

import autograd_core as ac
from autograd_core import Node, scope
from autograd_core.backpropagation import ancestors
from nn import FullyConnected, NeuralNetwork, ReLU
from visualize import Diagram, draw
from visualize.graph.picture import MOST_BOXES_LAID_OUT, MOST_INPUTS, picture_of
from visualize.graph.rolling import rolled
from visualize.rolled import RolledDrawing
from visualize.style import Look


def recurrent(steps=10, *, loss="last", scoped=True, indexed=False, backward=True):
    generator = np.random.default_rng(0)
    W_x = Node(generator.normal(size=(2, 3)), name="W_x")
    W_h = Node(0.3 * generator.normal(size=(3, 3)), name="W_h")
    b, h = Node(np.zeros(3), name="b"), Node(np.zeros((1, 3)), name="h_0")
    X = Node(generator.normal(size=(steps, 1, 2)), name="X")
    losses, states = [], []
    for t in range(steps):
        x = X[t] if indexed else Node(X.value[t], name=f"x_{t + 1}")
        if scoped:
            with scope("step"):
                h = ac.tanh(x @ W_x + h @ W_h + b)
        else:
            h = ac.tanh(x @ W_x + h @ W_h + b)
        h.name = f"h_{t + 1}"
        states.append(h)
        if loss == "sum":
            losses.append(ac.sum((h - 1.0) ** 2))
    if loss == "sum":
        result = sum(losses)
    else:
        result = ac.sum(ac.stack(states) if loss == "stack" else h * h)
    result.name = "L"
    if backward:
        result.backward()
    return result


def deep(layers=10):
    inner = [part for _ in range(layers) for part in (FullyConnected(4, 4), ReLU())]
    network = NeuralNetwork([FullyConnected(5, 4), ReLU(), *inner, FullyConnected(4, 2)])
    loss = network.loss(network.forward(np.ones((2, 5))), np.eye(2))
    loss.backward()
    return loss


def residual():
    x = Node(np.ones((1, 4)), name="x")
    for number in range(1, 7):
        with scope(f"block {number}"):
            x = x + ac.tanh(x @ Node(0.1 * np.eye(4), name=f"W_{number}"))
    return ac.sum(x)


def numbers(steps=50):
    x = Node(1.0, name="x")
    for _ in range(steps):
        x = x * 0.9 + 0.1
    return x


def in_a_network():
    with scope("network"):
        return recurrent(5, backward=False)


CASES = {
    "steps": (recurrent, ["step × 10"], 1),
    "summed losses": (lambda: recurrent(loss="sum"), ["step × 10"], 2),
    "stacked results": (lambda: recurrent(loss="stack"), ["step × 10"], 1),
    "without scopes": (lambda: recurrent(scoped=False), ["× 10"], 1),
    "inputs by index": (lambda: recurrent(indexed=True), ["step × 10"], 1),
    "layers": (deep, ["FullyConnected, ReLU × 10"], 1),
    "numbered blocks": (residual, ["block × 6"], 1),
    "numbers": (numbers, ["× 50"], 1),
    "inside a scope": (in_a_network, ["step × 5"], 1),
}


@pytest.mark.parametrize(("make", "words", "back"), CASES.values(), ids=CASES)
def test_repetitions_are_found(make, words, back):
    root = make()
    once, loops = rolled(root)
    assert [loop.words for loop in loops] == words
    assert sum(len(loop.back) for loop in loops) == back
    assert len(ancestors(once)) <= 20
    np.testing.assert_array_equal(once.value, root.value)
    for loop in loops:
        for made, joint in loop.back:
            assert made in loop.nodes
            assert joint.operation.name == "loop"
            assert made.value.shape == joint.value.shape


def test_the_numbers_are_those_of_the_last_time():
    root = recurrent(4)
    once, (loop,) = rolled(root)
    states = {node.name: node for node in ancestors(root)}
    ((made, joint),) = loop.back
    assert (made.name, joint.name) == ("h_t", "h_{t-1}")
    assert made.value is states["h_4"].value
    assert joint.value is states["h_3"].value
    assert joint.grad is states["h_3"].grad
    names = {node.name for node in ancestors(once)}
    assert {"x_t", "W_x", "W_h", "b", "h_0", "L"} <= names
    assert [node.name for node in ancestors(root) if node.name == "h_t"] == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: Node(1.0) * 2.0,
        lambda: numbers(2),
        lambda: sum(ac.exp(Node(float(i))) for i in range(2)),
        lambda: ac.sum(ac.stack([ac.exp(Node(1.0)) * 2.0 for _ in range(9)])),
    ],
    ids=["one", "two", "few", "side by side"],
)
def test_what_does_not_repeat_says_so(make):
    with pytest.raises(ValueError, match=r"something repeats at least 3 times.*draw\(root\)"):
        rolled(make())


def test_a_result_used_in_between_keeps_its_steps():
    h, kept = Node(1.0, name="h"), []
    for _ in range(6):
        with scope("step"):
            h = ac.tanh(h * 0.5)
        kept.append(h)
    with pytest.raises(ValueError, match="repeats"):
        rolled(h + kept[1])


def test_shapes_that_change_are_no_repetition():
    x = Node(np.ones((1, 2)))
    for size in range(2, 8):
        with scope("layer"):
            x = ac.tanh(x @ Node(np.ones((size, size + 1))))
    with pytest.raises(ValueError, match="repeats"):
        rolled(ac.sum(x))


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
@pytest.mark.parametrize("fold", [None, 1], ids=["open", "folded"])
@pytest.mark.parametrize("case", CASES)
def test_the_loop_is_drawn(case, fold, rankdir):
    make, words, back = CASES[case]
    drawing = RolledDrawing(make(), fold, Look(rankdir=rankdir))
    sheet = drawing.sheet
    dashed = [shape for shape in sheet.shapes if shape.dashed]
    expected = back if case != "inside a scope" or fold is None else 0
    assert len(dashed) == expected
    texts = [shape.text for shape in sheet.shapes if shape.kind == "text"]
    assert f"{', '.join(words)}: the numbers of the last time" in texts
    for shape in sheet.shapes:
        if shape.kind == "path":
            assert all(0 <= x <= sheet.width for x, _ in shape.points)
            assert all(0 <= y <= sheet.height for _, y in shape.points)


@pytest.mark.parametrize("case", ["steps", "layers", "numbers", "numbered blocks"])
def test_no_text_under_the_wires_back(case):
    sheet = RolledDrawing(CASES[case][0](), 1).sheet
    texts = [shape for shape in sheet.shapes if shape.kind == "text"]
    loops = [shape for shape in sheet.shapes if shape.dashed]
    only = type(sheet)(sheet.width, sheet.height, [*texts, *loops])
    assert [trouble for trouble in troubles(only) if "line" in trouble] == []


def test_files_and_words():
    diagram = Diagram(RolledDrawing(recurrent()))
    assert diagram.svg().count("step × 10") >= 1
    assert diagram.png()[:4] == b"\x89PNG"
    assert "step × 10: the numbers of the last time" in repr(diagram)
    assert diagram.description.endswith("Rolled up: step × 10")
    with pytest.raises(ValueError, match="no steps"):
        diagram.frames()


def test_a_long_loop_is_rolled_up_in_time():
    x, w = Node(1.0, name="x"), Node(0.5, name="w")
    for _ in range(20_000):
        with scope("step"):
            x = x * w + 1.0
    start = time.perf_counter()
    _, (loop,) = rolled(x)
    assert loop.count == 20_000
    assert time.perf_counter() - start < 20


# --- what is too large ---------------------------------------------------------------------------


def test_a_graph_that_cannot_be_shown_says_so():
    x = Node(1.0)
    for _ in range(MOST_BOXES_LAID_OUT + 1):
        with scope("step"):
            x = x * 0.5 + 1.0
    with pytest.raises(ValueError, match=r"fold=1.*10,001 boxes.*at most 10,000.*rolled=True"):
        draw(x, fold=1)
    assert len(picture_of(x).boxes) < 200


@pytest.mark.parametrize("many", [MOST_INPUTS, MOST_INPUTS + 1])
def test_of_many_inputs_a_few_are_drawn(many):
    leaves = [Node(float(number), name=f"x_{number}") for number in range(many)]
    picture = picture_of(ac.sum(ac.stack(leaves)))
    words = [constant.text for constant in picture.constants]
    if many > MOST_INPUTS:
        assert words == [f"… {many - 3} more inputs"]
        assert len(picture.wires) == 3 + 2
    else:
        assert words == []
        assert len(picture.wires) == many + 2


def test_of_many_wires_out_of_one_fold_a_few_are_drawn():
    x = Node(1.0, name="x")
    with scope("units"):
        made = [x * float(number) for number in range(300)]
    picture = picture_of(ac.sum(ac.stack(made)), fold=1)
    assert [constant.text for constant in picture.constants] == ["… 297 more from units"]
