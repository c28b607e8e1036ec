"""L1 and L2: formulas, gradients, which parameters they are for."""

import numpy as np
import pytest

from autograd_core import Node, check_gradients
from nn import L1, L1L2, L2, SGD, FullyConnected, LeakyReLU, ReLU
from nn.registry import rebuild
from nn.regularization import Regularizer

W = np.array([[3.0, -2.0], [0.0, 0.5]])


@pytest.mark.parametrize(
    ("regularizer", "cost", "gradient"),
    [
        (L1(0.1), 0.1 * np.abs(W).sum(), 0.1 * np.sign(W)),
        (L2(0.1), 0.05 * (W**2).sum(), 0.1 * W),
        (
            L1L2(0.1, 0.2),
            0.1 * np.abs(W).sum() + 0.1 * (W**2).sum(),
            0.1 * np.sign(W) + 0.2 * W,
        ),
    ],
    ids=repr,
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cost_and_gradient_are_the_formulas(regularizer, cost, gradient, dtype):
    w = Node(W.astype(dtype))
    found = regularizer(w)
    found.backward()
    assert (found.dtype, w.grad.dtype) == (dtype, dtype)
    assert float(found) == pytest.approx(cost, rel=1e-6)
    np.testing.assert_allclose(w.grad, gradient, rtol=1e-6)
    assert str(found.scope) == type(regularizer).__name__


@pytest.mark.parametrize("regularizer", [L1(0.3), L2(0.3), L1L2(0.3, 0.2)], ids=repr)
def test_gradient_agrees_with_the_difference_quotient(regularizer):
    check_gradients(regularizer, np.array([[1.5, -0.7, 0.2]]), order=2)


def test_l2_is_weight_decay_under_plain_sgd():
    by_cost, by_decay = Node(W), Node(W)
    L2(0.1)(by_cost).backward()
    SGD(0.5).step([by_cost])
    by_decay.grad = np.zeros_like(W)
    SGD(0.5, weight_decay=0.1).step([by_decay])
    np.testing.assert_allclose(by_cost.value, by_decay.value, rtol=1e-15)


def test_penalty_is_the_sum_over_weights_and_leaves_biases_out():
    first = FullyConnected(2, 3, weight_regularizer=L2(0.1))
    second = FullyConnected(3, 1, weight_regularizer=L1(0.2), bias_regularizer=L2(0.3))
    for layer in (first, second):
        layer.initialize(np.random.default_rng(0), np.float64)
        layer.bias.value[...] = 1.0
    total = first.penalty() + second.penalty()
    expected = 0.05 * (first.weight.value**2).sum() + 0.2 * np.abs(second.weight.value).sum() + 0.15
    assert float(total) == pytest.approx(expected, rel=1e-14)
    total.backward()
    assert first.bias.grad is None
    np.testing.assert_allclose(second.bias.grad, [0.3])


def test_penalty_of_layers_without_regularizers_costs_nothing():
    assert (FullyConnected(2, 3).penalty(), ReLU().penalty()) == (None, None)


def test_any_parameter_of_any_layer_can_have_one():
    layer = LeakyReLU(0.5, learned=True)
    layer.regularizers = {"slope": L2(2.0)}
    layer.initialize(np.random.default_rng(0), np.float32)
    assert float(layer.penalty()) == 0.25


@pytest.mark.parametrize("regularizer", [L1(), L2(0.3), L1L2(0.1)], ids=repr)
def test_regularizer_survives_its_description(regularizer):
    assert repr(rebuild("regularizer", regularizer.configuration())) == repr(regularizer)
    layer = FullyConnected(2, 2, weight_regularizer=regularizer)
    assert repr(rebuild("layer", layer.configuration())) == repr(layer)


def nobody_home():
    layer = ReLU()
    layer.regularizers = {"weight": L2()}
    return layer.penalty()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: L1(-1.0), "strength.*from 0, got -1.0"),
        (lambda: L2("strong"), "got 'strong'"),
        (lambda: L1L2(l2=np.inf), "l2.*finite"),
        (lambda: FullyConnected(2, 2, weight_regularizer=L2), r"Write weight_regularizer=L2\("),
        (nobody_home, "ReLU.*for 'weight'.*it has none"),
        (lambda: Regularizer()(Node(1.0)), "must define apply"),
    ],
)
def test_wrong_use_says_what_is_expected(make, words):
    with pytest.raises((ValueError, TypeError, NotImplementedError), match=words):
        make()
