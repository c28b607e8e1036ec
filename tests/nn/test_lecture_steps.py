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
    ReLU,
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
