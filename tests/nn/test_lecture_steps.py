"""forward, backward and update of a network from its data source, as in lecture 000."""

import copy

import numpy as np
import pytest

from nn import (
    L2,
    SGD,
    Adam,
    CrossEntropyLoss,
    DataSource,
    FullyConnected,
    NeuralNetwork,
    NonNegative,
    ReLU,
    Sequential,
    SoftMax,
)

X = np.random.default_rng(0).standard_normal((40, 4)).astype(np.float32)
CLASSES = (X[:, 0] > 0).astype(int)


def network():
    layers = [
        FullyConnected(4, 6, weight_regularizer=L2(0.1)),
        ReLU(),
        FullyConnected(6, 2),
        SoftMax(),
    ]
    layers[2].optimizer = Adam(0.01)
    net = NeuralNetwork(layers, loss=CrossEntropyLoss(), optimizer=SGD(0.01))
    net.data_source = DataSource(X, CLASSES, batch_size=10)
    return net


def test_three_calls_are_a_step_of_train():
    by_hand, by_train = network(), network()
    losses = []
    for _ in range(6):
        losses.append(by_hand.forward().item())
        by_hand.backward()
        by_hand.update()
    assert losses == by_train.train(6) == by_hand.losses
    for name, array in by_train.state_dict().items():
        np.testing.assert_array_equal(by_hand.state_dict()[name], array)
    assert [each.updates for each in by_hand.optimizers] == [6, 6]


def test_backward_leaves_gradients_and_changes_nothing():
    net = network()
    before = net.state_dict()
    loss = net.forward()
    net.backward()
    assert loss.grad == 1.0
    assert all(node.grad.any() for node in net.parameters().values())
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(before[name], array)
    copied = copy.deepcopy(net)
    with pytest.raises(RuntimeError, match=r"expects network\.forward\(\) before it"):
        copied.backward()


def test_what_is_missing_is_said():
    net = NeuralNetwork([FullyConnected(4, 2)])
    with pytest.raises(ValueError, match=r"network\.data_source = DataSource\(x, y, batch_size=50"):
        net.forward()
    with pytest.raises(RuntimeError, match=r"loss\.backward\(\)"):
        net.backward()
    with pytest.raises(RuntimeError, match="expects gradients"):
        net.update()


# --- layers stepped by hand -----------------------------------------------------------------------


def test_layers_by_hand_learn_as_their_network_does():
    net, loss = network(), CrossEntropyLoss()
    by_hand = [copy.deepcopy(layer) for layer in net.layers]
    by_hand[0].optimizer = SGD(0.01)
    for start in range(0, 40, 10):
        x, y = X[start : start + 10], CLASSES[start : start + 10]
        net.train_step(x, y)
        for layer in by_hand:
            x = layer.forward(x)
        loss.forward(x, y)
        error = loss.backward()
        for layer in reversed(by_hand):
            error = layer.backward(error)
    for layer, expected in zip(by_hand, net.layers, strict=True):
        for name, node in expected.parameters().items():
            np.testing.assert_allclose(layer.parameters()[name].value, node.value, rtol=1e-5)


def test_what_a_layer_by_hand_is_changed_by_is_the_innermost_and_keeps_constraints():
    inner = FullyConnected(4, 4, weight_constraint=NonNegative())
    block = Sequential(FullyConnected(4, 4), inner)
    block.initialize(np.random.default_rng(0), np.float64)
    block.layers[0].trainable = False
    block.optimizer, inner.optimizer = SGD(0.5), SGD(0.25)
    before = {name: node.value.copy() for name, node in block.parameters().items()}
    block.forward(X)
    block.backward(np.ones((40, 4)))
    np.testing.assert_array_equal(block.layers[0].weight.value, before["0.weight"])
    expected = np.maximum(before["1.weight"] - 0.25 * inner.weight.grad, 0.0)
    np.testing.assert_allclose(inner.weight.value, expected, rtol=1e-12)
