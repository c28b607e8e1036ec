"""Networks without data: layers, shapes, parameter counts and the formulas of lecture 000."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from svg_reader import GRADIENT, VALUE, read, tooltips

import nn
from nn import (
    ELU,
    BinaryCrossEntropy,
    CrossEntropyLoss,
    Dropout,
    Flatten,
    FullyConnected,
    Layer,
    LeakyReLU,
    MeanAbsoluteError,
    MeanSquaredError,
    NeuralNetwork,
    ReLU,
    Reshape,
    Sigmoid,
    SigmoidCrossEntropyLoss,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    Tanh,
)
from visualize import THEMES, draw
from visualize.chain_rule.layer_formulas import formulas_of


def classifier():
    return NeuralNetwork(
        [FullyConnected(784, 128), ReLU(), FullyConnected(128, 10), SoftMax()],
        loss=CrossEntropyLoss(),
    )


def test_layers_shapes_and_counts():
    drawing = read(draw(classifier()).svg())
    for text in (
        "FullyConnected(784, 128)", "ReLU()", "SoftMax()", "100,480 parameters",
        "1,290 parameters", "(784,)", "(128,)", "(10,)",
    ):  # fmt: skip
        assert text in drawing.texts
    assert drawing.texts.count("(128,)") == 2
    # Each layer, the loss, and the wires between: the chain, the labels.
    assert len(drawing.parts) == 4 + 1 + 7
    assert drawing.lines == 2 * 5 + 1
    assert "Neural network: 4 layers, 101,770 parameters" in draw(classifier()).svg()


def test_forward_above_and_backward_below():
    layer = read(draw(classifier()).svg()).wire("FullyConnected(784, 128)")
    assert layer.colour(VALUE) == ["Y = X W + b"]
    assert layer.colour(GRADIENT) == ["E′ = E Wᵀ", "∂W = Xᵀ E", "∂b = Σ E"]
    heights = [text.y for text in layer.texts]
    assert heights == sorted(heights)
    assert layer.texts[0].colour == VALUE
    assert "weight: 784×128" in "\n".join(tooltips(draw(classifier()).svg()))


def test_its_text_is_the_summary():
    network = classifier()
    assert repr(draw(network)) == network.summary()


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
@pytest.mark.parametrize("theme", THEMES)
def test_every_direction_in_every_theme(rankdir, theme):
    drawing = read(draw(classifier(), rankdir=rankdir, theme=theme).svg())
    look = THEMES[theme]
    assert drawing.wire("ReLU()").colour(look.value) == ["Y = max(0, X)"]


def test_formats(tmp_path):
    diagram = draw(classifier())
    assert diagram.png().startswith(b"\x89PNG")
    assert diagram.pdf().startswith(b"%PDF")
    assert diagram.html().count("<img ") == 1
    assert set(diagram._repr_mimebundle_()) == {"text/plain", "text/html", "image/png"}
    diagram.save(tmp_path / "network.svg")
    with pytest.raises(ValueError, match=r"has no steps. Draw its graph on a batch"):
        diagram.frames()
    with pytest.raises(ValueError, match="has no steps"):
        diagram.save(tmp_path / "network.gif")


def test_shapes_that_are_not_known():
    texts = read(draw(NeuralNetwork([ReLU(), Flatten(), FullyConnected(9, 2)])).svg()).texts
    assert texts.count("?") == 2
    assert "(9,)" in texts
    images = NeuralNetwork([FullyConnected(6, 4), Reshape((2, 2))])
    assert "2×2" in read(draw(images).svg()).texts


def test_names_of_the_users_and_layers_of_their_own():
    class Square(Layer):
        def apply(self, x):
            return x * x

    layer = FullyConnected(2, 3)
    layer.name = r'<b>&"\N' + "\x00" + "w" * 200
    drawing = read(draw(NeuralNetwork([layer, Square()], loss=MeanSquaredError())).svg())
    assert any(text.startswith('<b>&"\\N␀www') for text in drawing.texts)
    assert any("Square" in text for text in drawing.texts)


@pytest.mark.parametrize("part", [
    ReLU(), Sigmoid(), Tanh(), LeakyReLU(0.1), ELU(0.5), SoftMax(), Flatten(), Reshape(4),
    Dropout(), FullyConnected(2, 3), FullyConnected(2, 3, bias=False), LeakyReLU(learned=True),
    CrossEntropyLoss(), CrossEntropyLoss("mean"), SoftMaxCrossEntropyLoss(), MeanSquaredError(),
    MeanAbsoluteError(), BinaryCrossEntropy(), SigmoidCrossEntropyLoss("mean"),
])  # fmt: skip
def test_every_layer_and_loss_has_formulas(part):
    formulas = formulas_of(part)
    assert formulas.forward
    assert formulas.backward


def test_no_layer_of_the_package_is_left_out():
    parts = {
        name
        for name in nn.__all__
        if isinstance(getattr(nn, name), type)
        and issubclass(getattr(nn, name), (nn.Layer, nn.Loss))
    } - {"Layer", "Loss"}
    from visualize.chain_rule.layer_formulas import LAYERS

    assert parts <= LAYERS.keys()


RULES = {
    # layer: the error before it, from x, y and the error behind it, as the formula says
    ReLU(): lambda x, y, e: np.where(x > 0, e, 0),
    Sigmoid(): lambda x, y, e: e * y * (1 - y),
    Tanh(): lambda x, y, e: e * (1 - y**2),
    LeakyReLU(0.1): lambda x, y, e: np.where(x > 0, e, 0.1 * e),
    ELU(0.5): lambda x, y, e: np.where(x > 0, e, e * (y + 0.5)),
    SoftMax(): lambda x, y, e: y * (e - np.sum(e * y, axis=-1, keepdims=True)),
}


@pytest.mark.parametrize("layer", RULES, ids=repr)
def test_the_formulas_are_right(layer):
    generator = np.random.default_rng(0)
    x, error = generator.normal(size=(2, 4, 3))
    y = layer.forward(x)
    np.testing.assert_allclose(layer.backward(error), RULES[layer](x, y, error), rtol=1e-9)


LOSSES = {
    CrossEntropyLoss(): lambda p, y: -y / (p + np.finfo(float).eps),
    CrossEntropyLoss("mean"): lambda p, y: -y / (p + np.finfo(float).eps) / len(y),
    SoftMaxCrossEntropyLoss(): lambda p, y: np.exp(p) / np.exp(p).sum(1, keepdims=True) - y,
    MeanSquaredError(): lambda p, y: 2 * (p - y) / y.size,
    MeanAbsoluteError(): lambda p, y: np.sign(p - y) / y.size,
    BinaryCrossEntropy(): lambda p, y: (1 - y) / (1 - p) - y / p,
    SigmoidCrossEntropyLoss("mean"): lambda p, y: (1 / (1 + np.exp(-p)) - y) / len(y),
}


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_the_formulas_of_losses_are_right(loss):
    prediction = np.array([[0.2, 0.8], [0.6, 0.4], [0.5, 0.5]])
    label = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    loss.forward(prediction, label)
    np.testing.assert_allclose(loss.backward(), LOSSES[loss](prediction, label), atol=1e-9)


def test_a_folded_layer_of_a_graph_shows_its_formulas():
    network = NeuralNetwork(
        [FullyConnected(3, 2, bias=False), ReLU()], loss=CrossEntropyLoss("mean")
    )
    loss = network.loss(network.forward(np.ones((4, 3))), [0, 1, 0, 1])
    loss.backward()
    diagram = draw(loss, fold=1)
    layer = read(diagram.svg()).wire("FullyConnected")
    assert [text.content for text in layer.texts] == [
        "Y = X W", "FullyConnected", "E′ = E Wᵀ", "∂W = Xᵀ E"
    ]  # fmt: skip
    assert "E = −y / (ŷ + ε) / n" in read(diagram.svg()).texts
    assert "Y = X W" in diagram.frames()[0].svg()
    assert "Y = X W" in diagram.html()


def test_nn_is_imported_only_for_networks():
    code = (
        "import sys; from autograd_core import Node; from visualize import draw; "
        "draw(Node(1.0)).source; assert 'nn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
