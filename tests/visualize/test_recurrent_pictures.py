"""Recurrent layers in pictures: folded, opened into their steps, and each step drawn once."""

import re

import numpy as np
import pytest

from autograd_core import Node
from autograd_core.backpropagation import ancestors
from nn import GRU, LSTM, RNN, Embedding, FullyConnected, NeuralNetwork
from visualize import draw, explain

KINDS = [RNN, LSTM, GRU]


def loss(kind):
    network = NeuralNetwork([Embedding(7, 3, padding=0), kind(3, 4), FullyConnected(4, 2)])
    found = network.loss(network(np.array([[1, 2, 3, 4, 5, 6], [6, 5, 0, 0, 0, 0]])), [0, 1])
    found.backward()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_opens_the_layer_into_its_steps(kind):
    page = draw(loss(kind)).html()
    assert kind.__name__ in page
    assert page.count("step") >= 6


@pytest.mark.parametrize("kind", KINDS)
def test_rolled_up_a_step_stands_there_once(kind):
    y = kind(2, 3)(Node(np.random.default_rng(0).standard_normal((2, 6, 2)), name="X"))
    y.sum().backward()
    svg = draw(y, rolled=True, fold=9).svg()
    assert "step × 6" in svg
    assert len(re.findall(r"<text[^>]*>tanh<", svg)) == (2 if kind is LSTM else 1)


def test_states_are_called_by_their_step():
    y = LSTM(2, 3)(np.ones((1, 3, 2)))
    names = {node.name for node in ancestors(y)}
    assert {"h_0", "h_1", "h_2", "h_3", "c_0", "c_1", "c_2", "c_3", "W", "U", "b"} <= names


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_is_drawn_with_its_equation(kind):
    network = NeuralNetwork([Embedding(7, 3), kind(3, 4), FullyConnected(4, 2)])
    svg = draw(network).svg()
    assert kind.formulas.forward[:3] in svg and "W[X]" in svg


def test_a_gradient_is_explained_along_its_ways_through_the_steps():
    layer = RNN(2, 3)
    y = layer(np.ones((1, 3, 2))).sum()
    assert "∂f/∂U, 3×3: the sum over 6 paths" in str(explain(y, layer.weight_hidden))
