"""The commonest slips of a first course: an error, or a warning, that says what to write."""

import copy
import warnings

import numpy as np
import pytest

from autograd_core import Node
from nn import (
    LSTM,
    SGD,
    Adam,
    Embedding,
    FullyConnected,
    Layer,
    MultiHeadAttention,
    NeuralNetwork,
    ReLU,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    TrainingWarning,
    load_dataset,
)

X, Y = np.random.default_rng(0).random((40, 4)), np.arange(40) % 3
TOKENS = np.arange(40 * 5).reshape(40, 5) % 7


class Cuts(Layer):
    def __init__(self):
        self.inner = FullyConnected(4, 3)

    def apply(self, x):
        return self.inner(x).value


class Forgets(Cuts):
    def apply(self, x):
        self.inner(x)


class OfTorch(Layer):
    def forward(self, x):
        return x


def fit(layers, x=X, y=Y, **keywords):
    network = NeuralNetwork(layers, **keywords)
    network.fit(x, y, epochs=1, batch_size=8, progress=False)
    return network


def sequences(*behind):
    return [Embedding(7, 4), LSTM(4, 6, return_sequences=True), *behind]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fit([FullyConnected(4, 2)]), "End the network with 3 outputs"),
        (lambda: fit([FullyConnected(4, 1)], y=Y % 2), "with 2 outputs.*binary_cross_entropy"),
        (lambda: fit([FullyConnected(4, 1), SoftMax()], y=X[:, 0].round(), loss="cross_entropy"),
         "MeanSquaredError.*SigmoidCrossEntropyLoss.*None"),
        (lambda: fit(sequences(FullyConnected(6, 3)), TOKENS), "behind sequences return_seq"),
        (lambda: fit([Embedding(7, 4), LSTM(4, 6), LSTM(6, 3)], TOKENS), "let that one have"),
        (lambda: fit([Forgets()]), r"Forgets.apply\(\) returns None: write return"),
        (lambda: fit([OfTorch(), FullyConnected(4, 3)]), "forward"),
        (lambda: NeuralNetwork([ReLU()]).layers.append(ReLU()), r"\*network.layers\[:-1\], Fully"),
        (lambda: SGD().step(NeuralNetwork([FullyConnected(4, 3)])), r"step\(network.parameters"),
        (lambda: MultiHeadAttention(4)(X[None], mask=np.ones((3, 3), bool)), r"\(1, 40, 40\)"),
        (lambda: SoftMaxCrossEntropyLoss()(Y, Node(X)), r"first: loss\(prediction, label\)"),
    ],
)  # fmt: skip
def test_errors_say_what_to_write(call, words):
    with pytest.raises((ValueError, TypeError, NotImplementedError), match=words):
        call()


def test_an_array_in_place_of_a_parameter():
    network = NeuralNetwork([FullyConnected(4, 3)])
    network.layers[0].weight = np.ones((4, 3))
    with pytest.raises(TypeError, match=r"Write layer\.weight\.value = "):
        network.fit(X, Y, epochs=1, batch_size=8, progress=False)


def test_a_layer_that_leaves_the_graph_is_named_at_the_line_of_the_call():
    with pytest.raises(RuntimeError), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit([Cuts()])
    assert "Cuts() returns a plain array" in str(caught[0].message)
    assert caught[0].category is TrainingWarning and caught[0].filename == __file__


def test_an_optimizer_that_remembers_serves_one_network():
    adam, plain = Adam(), SGD(0.1)
    one, other = (NeuralNetwork([FullyConnected(4, 3)], optimizer=adam) for _ in range(2))
    again = {"epochs": 1, "batch_size": 8, "progress": False}
    one.fit(X, Y, **again)
    with pytest.raises(ValueError, match=r"Make a new Adam\(\.\.\.\) for each network"):
        other.fit(X, Y, **again)
    copy.deepcopy(one).fit(X, Y, **again)
    one.fit(X, Y, **again)
    for _ in range(2):  # this one remembers nothing
        fit([FullyConnected(4, 3)], optimizer=plain)


def test_a_column_under_the_name_that_keras_gives_it():
    network = NeuralNetwork([FullyConnected(4, 3)])
    history = network.fit(X, Y, epochs=1, batch_size=8, validation_split=0.2, progress=False)
    with pytest.raises(KeyError, match=r"Write history\['validation_accuracy'\]"):
        history["val_acc"]


def test_a_data_set_shows_its_shapes():
    shown = repr(load_dataset("digits", flatten=False))
    assert shown.startswith("Dataset(x_train: (1437, 8, 8) float32, y_train: (1437,) int64")
