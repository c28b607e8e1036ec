"""The padding mask: set within a call, read by what comes behind, gone when the call is over."""

import numpy as np
import pytest

from nn import FullyConnected, Layer, Loss, NeuralNetwork
from nn.layers.masking import masked_call, padding_mask, set_padding_mask


class Marks(Layer):
    """Says that what is not 0 is real."""

    def apply(self, x):
        set_padding_mask(x != 0)
        return x


class RealLoss(Loss):
    """Counts what is real alone."""

    seen = None

    def apply(self, prediction, label):
        RealLoss.seen = padding_mask()
        return (((prediction - label) ** 2) * padding_mask()).sum()


def network(backend="eager"):
    layers = [Marks(), FullyConnected(3, 3)]
    return NeuralNetwork(layers, loss=RealLoss(), seed=1).compile(backend)


X = np.array([[1.0, 2.0, 0.0], [3.0, 0.0, 0.0]], np.float32)
Y = np.ones((2, 3), np.float32)


@pytest.mark.parametrize("does", ["train_step", "evaluate"])
def test_what_a_layer_says_of_the_batch_reaches_the_loss_and_no_further(does):
    RealLoss.seen = None
    getattr(network(), does)(X, Y)
    np.testing.assert_array_equal(RealLoss.seen, X != 0)
    assert padding_mask() is None


def test_a_network_called_alone_leaves_nothing_behind():
    network()(X)
    assert padding_mask() is None


def test_a_layer_called_alone_leaves_nothing_behind():
    Marks()(X)
    assert padding_mask() is None


def test_a_mask_that_is_given_reaches_what_is_called_by_hand():
    with masked_call(X == 0):
        np.testing.assert_array_equal(padding_mask(), X == 0)
        with masked_call():  # the same call
            np.testing.assert_array_equal(padding_mask(), X == 0)
        with masked_call(X != 0):
            np.testing.assert_array_equal(padding_mask(), X != 0)
        np.testing.assert_array_equal(padding_mask(), X == 0)
    assert padding_mask() is None


def test_an_error_ends_the_call():
    with pytest.raises(KeyError), masked_call(X):
        raise KeyError
    assert padding_mask() is None


def test_a_compiled_step_computes_the_mask_of_each_batch():
    eager, compiled = network(), network("numpy")
    for x in (X, X[::-1].copy(), np.roll(X, 1, axis=1)):
        assert compiled.train_step(x, Y) == eager.train_step(x, Y)
