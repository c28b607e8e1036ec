"""What `draw` and `draw_artificial_neuron` say of arguments that are none."""

from __future__ import annotations

import re

import numpy as np
import pytest

from autograd_core import Node
from nn import FullyConnected, NeuralNetwork
from visualize import draw, draw_artificial_neuron


def graph():
    return Node(3.0, name="x") * 2.0


def network():
    return NeuralNetwork([FullyConnected(2, 2)], seed=1)


@pytest.mark.parametrize(
    ("argument", "value", "expected"),
    [
        ("fold", -1, "fold expects a depth of 0 or more, got -1"),
        ("fold", 1.5, "fold expects None (automatic), an int"),
        ("fold", "f", "fold expects names of scopes in this graph, got 'f'; there are: none"),
        ("gradients", None, "gradients expects True or False, got None"),
        ("local_gradients", "yes", "local_gradients expects True or False, got 'yes'"),
        ("names", {"z": 1}, "names expects True or False, got {'z': 1}. Write for example: names="),
        ("symbolic", 2, "symbolic expects True or False, got 2"),
        ("function_boxes", "relu", "function_boxes expects True or False, got 'relu'"),
        ("outlines", 0.5, "outlines expects True or False, got 0.5"),
        ("rolled", True, "rolled=True expects a graph in which something repeats at least 3 times"),
        ("number_format", "zz", "number_format expects a format for floats such as '.4g'"),
        ("theme", "night", "theme expects one of 'lecture', 'colour-blind', 'dark', 'micrograd'"),
        ("rankdir", "RT", "rankdir expects one of LR, RL, TB, BT, got 'RT'"),
        ("leaves", "far", "leaves expects 'near' or 'column', got 'far'"),
        ("aspect", "16:9", "aspect expects width divided by height, such as 16/9"),
        ("aspect", 0, "such as 16/9, math.inf for one row, or None, got 0"),
        ("grid", True, "grid expects how many rows and columns of an array are shown, such as 8"),
        ("grid", -1, "of an array are shown, such as 8, got -1"),
        ("grid", 2.5, "of an array are shown, such as 8, got 2.5"),
        ("style", "neuron", "style expects 'graph' or 'neurons', got 'neuron'"),
        ("edges", "gradient", "edges= and x= are for neurons, got style='graph'"),
        ("x", [1.0], "Write for example: draw(network, style='neurons', x=[1.0, 2.0])"),
    ],
)
def test_draw_says_what_an_argument_is(argument, value, expected):
    with pytest.raises((TypeError, ValueError), match=re.escape(expected)):
        draw(graph(), **{argument: value})


@pytest.mark.parametrize(
    ("argument", "value"),
    [("grid", np.int64(8)), ("aspect", np.float32(1.5)), ("names", np.True_), ("outlines", 1)],
)
def test_numbers_of_numpy_are_arguments(argument, value):
    assert draw(graph(), **{argument: value}).svg()


@pytest.mark.parametrize("keywords", [{}, {"style": "neurons"}])
def test_only_graphs_are_rolled(keywords):
    with pytest.raises(TypeError, match="rolled=True expects a graph, the result of running"):
        draw(network(), rolled=True, **keywords)


@pytest.mark.parametrize("thing", [None, 3.0, [graph()], np.ones(2)])
def test_draw_says_what_it_draws(thing):
    with pytest.raises(TypeError, match=r"expects a Node, .* or a NeuralNetwork, got "):
        draw(thing)


def two_neurons():
    x, w, u = Node(1.0, name="x"), Node(2.0, name="w"), Node(3.0, name="u")
    return np.tanh(np.tanh(x * w) * u)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (0, "expects a number of inputs from 1, or the Node"),
        ("3", "scalars returned, got '3'. Write for example: draw_artificial_neuron(3)"),
        (Node(np.ones(2)) * 2.0, "expects the graph of one neuron of scalars, and here are arrays"),
        (np.exp(Node(1.0)), "one neuron; there is no product with a weight"),
        (two_neurons(), "got one of 2. Write draw(root, style='neurons')"),
    ],
)
def test_artificial_neuron_says_what_it_draws(what, expected):
    message = re.escape("draw_artificial_neuron() ") + ".*" + re.escape(expected)
    with pytest.raises(ValueError, match=message):
        draw_artificial_neuron(what)
