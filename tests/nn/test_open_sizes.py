"""Shapes with letters say what comes out once the letters are numbers."""

import numpy as np
import pytest

from nn import (
    LSTM,
    RNN,
    BatchNorm,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Embedding,
    Flatten,
    FullyConnected,
    GlobalAveragePool,
    Lambda,
    Layer,
    MaxPool1D,
    MaxPool2D,
    NeuralNetwork,
    Parallel,
    PositionalEmbedding,
    ReLU,
    Residual,
    Sequential,
    TransformerBlock,
    ZeroPad,
)  # fmt: skip
from nn.stages import shapes_between
from visualize import draw

SIZES = {"H": 48, "W": 24, "T": 36, "C": 3}
IMAGES, TEXTS = (2, 3, 48, 24), (2, 36)

BRANCHES = (
    Conv2D(3, 4, 1),
    [MaxPool2D(3, stride=1, padding=1), Conv2D(3, 5, 5, padding="same"), ReLU()],
)
NETWORKS = {
    "valid": ([Conv2D(3, 6, 5), ReLU(), MaxPool2D(2), Conv2D(6, 4, 5), MaxPool2D(2)], IMAGES),
    "residual": (
        [
            Conv2D(3, 8, 3, stride=2, padding=1),
            BatchNorm(8),
            Residual(Sequential(Conv2D(8, 4, 3, padding="same"), ReLU()), shortcut=Conv2D(8, 4, 1)),
            GlobalAveragePool(),
            FullyConnected(4, 10),
        ],
        IMAGES,
    ),
    "inception": ([Parallel(*BRANCHES, join="concatenate", axis=1), ZeroPad(((1, 2), 3))], IMAGES),
    "autoencoder": (
        [Conv2D(3, 2, 2, stride=2), ConvTranspose2D(2, 3, 2, stride=2), ReLU()],
        IMAGES,
    ),
    "sound": ([Conv1D(3, 2, 3, padding="same"), ReLU(), MaxPool1D(3)], (2, 3, 36)),
    "texts": ([Embedding(9, 4), LSTM(4, 5, return_sequences=True), RNN(5, 3)], TEXTS),
    "windows": ([Embedding(9, 4), Flatten(), FullyConnected(144, 3)], TEXTS),
    "transformer": (
        [
            Embedding(9, 8),
            PositionalEmbedding(36, 8),
            TransformerBlock(8, 2, dropout=0.1),
            FullyConnected(8, 9),
        ],
        TEXTS,
    ),
    "function": ([Conv2D(3, 2, 3), Lambda(lambda x: x[:, :, ::2])], IMAGES),
}


def evaluated(written: str) -> tuple:
    """The shape that is written, with numbers in place of its letters."""
    spaced = "".join(f"*{each}" if each in SIZES else each for each in written)
    return eval(spaced.replace("(*", "(").replace(", *", ", "), {"__builtins__": {}}, SIZES)


@pytest.mark.parametrize("name", NETWORKS)
def test_letters_are_what_comes_out(name):
    layers, shape = NETWORKS[name]
    network = NeuralNetwork(layers)
    shapes = shapes_between(network.stages())[1:]
    unknown = [line for line in network.summary().splitlines() if "?" in line]
    assert all("Dropout" in line for line in unknown)  # the one of the weights of attention

    x = np.ones(shape, np.float32)
    for layer, written in zip(layers, shapes, strict=True):
        x = layer(x)
        assert evaluated(written) == x.shape[1:]


def test_what_was_seen_takes_the_place_of_letters():
    network = NeuralNetwork([Conv2D(1, 2, 3), MaxPool2D(2)])
    assert "(2, H/2 - 1, W/2 - 1)" in network.summary()
    assert ">(2, H/2 - 1, W/2 - 1)<" in draw(network).svg()
    network.predict(np.zeros((1, 1, 8, 6), np.float32))
    assert "(2, 3, 2)" in network.summary()


def test_functions_are_not_called_to_build_a_network():
    calls = []
    NeuralNetwork([Conv2D(1, 2, 3), Lambda(lambda x: calls.append(1) or x)])
    assert not calls


class Sampled(Layer):
    def sample(self, x):
        """A name that people use."""

    def apply(self, x):
        return x


def test_own_layers_leave_shapes_unknown():
    summary = NeuralNetwork([Conv2D(1, 2, 3), Sampled(), ReLU()]).summary().splitlines()
    assert [line.split()[-2] for line in summary[3:5]] == ["?", "?"]


def test_a_layer_is_one_row_whatever_it_is_called():
    layer = ReLU()
    layer.name = "two\nlines"
    assert NeuralNetwork([layer]).summary().splitlines()[2].startswith("two lines: ReLU()")
