"""Networks without data: layers, shapes, parameter counts and the formulas of lecture 000."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from svg_reader import GRADIENT, VALUE, read, tooltips

from autograd_core import Node
from nn import (
    CrossEntropyLoss,
    Flatten,
    Formulas,
    FullyConnected,
    Layer,
    MeanSquaredError,
    NeuralNetwork,
    Parallel,
    ReLU,
    Reshape,
    Residual,
    Sequential,
    SoftMax,
    TransformerBlock,
)
from visualize import THEMES, draw
from visualize.lettering import width


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
    assert drawing.branches == 7
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


def test_a_folded_layer_with_a_name_or_of_ones_own_shows_its_formulas():
    class Square(Layer):
        formulas = Formulas("Y = X²", ("E′ = 2 E ⊙ X",))

        def apply(self, x):
            return x * x

    hidden, square = FullyConnected(3, 2), Square()
    hidden.name = "hidden"
    network = NeuralNetwork([hidden, square])
    pictures = (draw(network(np.ones((4, 3))), fold=1), draw(network))
    for drawing in (read(picture.svg()) for picture in pictures):
        assert {"Y = X W + b", "∂b = Σ E", "Y = X²", "E′ = 2 E ⊙ X"} <= set(drawing.texts)


@pytest.mark.parametrize("own", [0.5, "Y = 2 X", (1.0, 2.0), ("Y = X", (1,)), np.ones(2)])
def test_what_a_layer_of_ones_own_calls_formulas_may_be_anything(own):
    class Own(Layer):
        def __init__(self):
            self.formulas = own

        def apply(self, x):
            return x * x

    network = NeuralNetwork([Own()])
    y = network.forward(Node(np.ones((1, 2))))
    assert "Own()" in read(draw(network).svg()).texts
    assert "Own" in read(draw(y, fold=1).svg()).texts


def test_nn_is_imported_only_for_networks():
    code = (
        "import sys; from autograd_core import Node; from visualize import draw; "
        "draw(Node(1.0)).source; assert 'nn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
def test_formulas_stand_in_the_box_of_their_layer(rankdir):
    diagram = draw(classifier(), rankdir=rankdir)
    layer = read(diagram.svg()).wire("FullyConnected(784, 128)")
    box = next(s for s in diagram._drawing.sheet.shapes if s.kind == "rectangle" and s.part == "o1")
    (left, top), (right, bottom) = box.points
    assert len(layer.texts) == 6
    for text in layer.texts:
        half = width(text.content, 13) / 2
        assert left < text.x - half < text.x + half < right
        assert top + 9 < text.y < bottom - 2
    heights = {text.content: text.y for text in layer.texts}
    assert heights["Y = X W + b"] < heights["FullyConnected(784, 128)"] < heights["E′ = E Wᵀ"]


def test_the_source_is_what_was_laid_out():
    drawing = draw(classifier())._drawing
    assert drawing.source == drawing.laid_out.source


def blocks():
    inner = Residual(FullyConnected(4, 4), ReLU())
    inner.name = 'in & "out" <b>'
    sides = Parallel([FullyConnected(4, 2), ReLU()], FullyConnected(4, 3), join="concatenate")
    return NeuralNetwork(
        [Sequential(FullyConnected(2, 4), inner), sides, TransformerBlock(5, norm_first=False)]
    )


@pytest.mark.parametrize(
    ("fold", "boxes", "joins"),
    [
        (None, 3, []),
        (2, 2 + 3 + 4, ["concat"]),
        (3, 3 + 3 + 6, ["+", "+", "+", "concat"]),
        ((), 3 + 3 + 6, ["+", "+", "+", "concat"]),
        (["Residual", "Parallel"], 2 + 1 + 4, []),
    ],
)
def test_blocks_open_as_far_as_asked(fold, boxes, joins):
    network = blocks()
    before = network.summary()
    drawing = read(draw(network, fold=fold).svg())
    assert sorted(drawing.circles) == joins
    assert len(drawing.boxes) == boxes + 1  # and the loss
    assert network.summary() == before


def test_both_ways_of_an_open_block_begin_and_end_together():
    network = NeuralNetwork([Residual(FullyConnected(4, 4), shortcut=FullyConnected(4, 4))])
    svg = draw(network, fold=()).svg()
    drawing = read(svg)
    # From x to both, from both to the sum, from there and from y to the loss, and on.
    assert drawing.branches == 7
    assert svg.count(">Residual</text>") == 1  # the name of the frame


def test_names_that_no_layer_has():
    with pytest.raises(ValueError, match=r"got 'Residul'; there are: 'Sequential', 'Full"):
        draw(blocks(), fold="Residul")
    with pytest.raises(TypeError, match="fold expects"):
        draw(blocks(), fold=True)
