"""The worked examples of the lectures draw, and show their numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from svg_reader import GRADIENT, VALUE, read

import autograd_core as ac
from autograd_core import Node
from visualize import draw

EXAMPLES = json.loads(
    (Path(__file__).parents[1] / "engine" / "lecture_examples.json").read_text(encoding="utf-8")
)


def sum_times(x, y, z):
    q = x + y
    return {"q": q, "v": q * z}


def sigmoid_neuron(x1, w1, x2, w2, w3):
    z = x1 * w1 + x2 * w2 + w3
    with ac.scope("sigmoid"):
        return {"z": z, "f": 1 / (1 + np.exp(-z))}


def neural_chain(x, w1, w2, target):
    z1 = x * w1
    x2 = ac.relu(z1)
    z2 = x2 * w2
    y = z2**2
    return {"z1": z1, "x2": x2, "z2": z2, "y": y, "L": (y - target) ** 2}


GRAPHS = {"sum_times": sum_times, "sigmoid_neuron": sigmoid_neuron, "neural_chain": neural_chain}


def graph(name):
    example = EXAMPLES[name]
    named = GRAPHS[name](**{key: Node(x, name=key) for key, x in example["inputs"].items()})
    for key, node in named.items():
        node.name = key
    root = list(named.values())[-1]
    root.backward()
    return root


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("theme", ["lecture", "dark"])
def test_numbers(name, theme):
    root = graph(name)
    example = EXAMPLES[name]
    drawing = read(draw(root).svg())
    wires = {part.title for part in drawing.parts}
    for key, value in {**example["inputs"], **example["forward"]}.items():
        if key in wires:
            assert drawing.wire(key).colour(VALUE) == [f"{value:.4g}"], key
    for key, gradient in example["gradients"].items():
        if key in wires:
            assert drawing.wire(key).colour(GRADIENT) == [f"{gradient:.4g}"], key
    assert draw(root, theme=theme).png().startswith(b"\x89PNG")


def test_circles_of_the_neuron_read_as_on_the_slides():
    circles = read(draw(graph("sigmoid_neuron")).svg()).circles
    assert circles == ["*", "*", "+", "+", "*-1", "exp", "+1", "1/x"]
    assert {"0.6065", "1.607", "-0.3875", "0.235", "-0.235"} < set(
        read(draw(graph("sigmoid_neuron")).svg()).texts
    )


def test_four_operations_fold_into_one_sigmoid():
    drawing = read(draw(graph("sigmoid_neuron"), fold=["sigmoid"]).svg())
    assert drawing.circles == ["*", "*", "+", "+"]
    assert drawing.wire("z").colour(GRADIENT) == ["0.235"]
    assert drawing.wire("f").colour(VALUE) == ["0.6225"]


def test_gradient_descent():
    example = EXAMPLES["gradient_descent"]
    for w, loss, slope in zip(example["w"], example["L"], example["gradient"], strict=True):
        node = Node(w, name="w")
        root = node**2
        root.backward()
        drawing = read(draw(root).svg())
        assert drawing.circles == ["**2"]
        assert drawing.wire("w").colour(GRADIENT) == [f"{slope:.4g}"]
        assert f"{loss:.4g}" in drawing.texts


def test_fully_connected():
    shapes = EXAMPLES["fully_connected_shapes"]
    x, w, b = (Node(np.ones(shapes[key]), name=key) for key in ("x", "W", "b"))
    drawing = read(draw(x @ w + b).svg())
    assert drawing.circles == ["@", "+"]
    assert drawing.wire("W").colour(VALUE) == ["1"] * 8


def test_softmax_and_cross_entropy():
    example = EXAMPLES["softmax_and_cross_entropy"]
    x, y = Node(example["x"], name="x"), np.array(example["y"], float)
    shifted = ac.exp(x - np.max(x, axis=1, keepdims=True))
    probabilities = shifted / np.sum(shifted, axis=1, keepdims=True)
    probabilities.name = "p"
    loss = -np.sum(y * ac.log(probabilities + np.finfo(float).eps))
    loss.backward()
    drawing = read(draw(loss).svg())
    assert drawing.wire("p").colour(VALUE) == [f"{p:.4g}" for p in np.ravel(example["softmax"])]
    assert drawing.wire("x").colour(GRADIENT) == [
        f"{g:.4g}" for g in np.ravel(example["gradient_x_sum"])
    ]
    assert "1.506" in drawing.texts
