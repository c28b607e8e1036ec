"""Networks as circles and lines, and the artificial neuron."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Node, scope
from nn import (
    Dropout,
    Flatten,
    FullyConnected,
    Layer,
    LeakyReLU,
    MeanSquaredError,
    NeuralNetwork,
    Normal,
    ReLU,
    Reshape,
    Sigmoid,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    Tanh,
)
from visualize import Diagram, draw_artificial_neuron
from visualize.layout.sheet import segments
from visualize.lettering import width
from visualize.neurons.drawing import ArtificialNeuronDrawing, NeuronDrawing
from visualize.neurons.placing import inside
from visualize.neurons.reading import columns_of
from visualize.neurons.sheet import NEGATIVE, POSITIVE, sheet_of
from visualize.neurons.single import artificial_neuron
from visualize.style import LECTURE, Look, as_theme


def neuron_sheet(thing, look=LECTURE, *, edges="weight", x=None):
    return sheet_of(columns_of(thing, x), look, edges)


def network_of(*sizes, function=Sigmoid, **keywords):
    layers = []
    for before, behind in itertools.pairwise(sizes):
        layers += [FullyConnected(before, behind, bias_initializer=Normal(0.5)), function()]
    return NeuralNetwork(layers[:-1], seed=1, **keywords)


def neuron(function=True):
    values = (("x_1", -1.0), ("w_1", 2.0), ("x_2", -2.0), ("w_2", -3.0), ("b", -3.0))
    x1, w1, x2, w2, b = (Node(value, name=name) for name, value in values)
    total = x1 * w1 + x2 * w2 + b
    if function:
        with scope("sigmoid"):
            total = 1 / (1 + ac.exp(-total))
        total.name = "f"
    return total


def scalar_network(sizes, seed=0):
    generator = np.random.default_rng(seed)
    signals = [Node(generator.normal(), name=f"x_{i + 1}") for i in range(sizes[0])]
    for layer, size in enumerate(sizes[1:], 1):
        outputs = []
        with scope(f"layer {layer}"):
            for j in range(1, size + 1):
                with scope(f"neuron {j}"):
                    total = Node(generator.normal(), name=f"b_{j}^{layer}")
                    for i, x in enumerate(signals, 1):
                        total = total + x * Node(generator.normal(), name=f"w_{{{i}{j}}}^{layer}")
                    outputs.append(ac.tanh(total))
        signals = outputs
    with scope("loss"):
        loss = sum((y - 1.0) ** 2 for y in signals)
    loss.backward()
    return loss


# --- what is measured on a sheet -----------------------------------------------------------------


def box_of(text):
    (x, y), wide = text.points[0], width(text.runs, text.size)
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor] * wide
    return left, y - 0.74 * text.size, left + wide, y + 0.2 * text.size


def straight_pieces(shape):
    at = None
    for command, points in segments(shape):
        if command == "L":
            yield at, points[-1]
        at = points[-1] if points else at


def troubles(sheet):
    """What a reader would stumble over: texts on texts or under wires, or cut by the edge."""
    texts = [shape for shape in sheet.shapes if shape.kind == "text"]
    boxes = [box_of(text) for text in texts]
    found = []
    for (one, a), (other, b) in itertools.combinations(zip(texts, boxes, strict=True), 2):
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
            found.append(f"{one.text!r} on {other.text!r}")
    for text, box in zip(texts, boxes, strict=True):
        if box[0] < 0 or box[1] < 0 or box[2] > sheet.width or box[3] > sheet.height:
            found.append(f"{text.text!r} is cut")
        if any(
            inside(piece, box)
            for shape in sheet.shapes
            if shape.kind == "path" and shape.fill is None
            for piece in straight_pieces(shape)
        ):
            found.append(f"a line through {text.text!r}")
    return found


def texts_of(sheet):
    return [shape.text for shape in sheet.shapes if shape.kind == "text"]


def lines_of(sheet):
    """The first shape of each weight, by its part."""
    return {s.part: s for s in sheet.shapes if s.kind == "path" and s.part.startswith("e")}


# --- the picture ---------------------------------------------------------------------------------

SIZES = [
    (1, 1), (1, 1, 1), (2, 1), (2, 3, 2), (3, 4, 2), (4, 4, 4), (3, 5, 3), (8, 12, 4), (10, 2, 10),
    (64, 32, 10), (784, 128, 10), (8, 30, 30, 4), (30, 31), (2, 2, 2, 2, 2), (3,) * 11, (1, 16, 1),
]  # fmt: skip


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("with_values", [True, False])
def test_no_text_touches_another_or_a_line(sizes, with_values):
    x = np.linspace(-2.0, 2.0, sizes[0]) if with_values else None
    sheet = neuron_sheet(network_of(*sizes), x=x)
    assert troubles(sheet) == []
    assert sheet.width <= 16 / 9 * sheet.height + 0.01


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_no_line_runs_through_a_circle(sizes):
    sheet = neuron_sheet(network_of(*sizes))
    circles = [s.points for s in sheet.shapes if s.kind == "ellipse" and s.part]
    for shape in lines_of(sheet).values():
        for (x0, y0), (x1, y1) in straight_pieces(shape):
            for (x, y), (radius, _) in circles:
                across = abs((x1 - x0) * (y0 - y) - (x0 - x) * (y1 - y0))
                if min(x0, x1) < x < max(x0, x1):
                    assert across / math.dist((x0, y0), (x1, y1)) >= radius - 0.01


@pytest.mark.parametrize("sizes", [(2, 3, 2), (3, 4, 2), (4, 4, 1)], ids=str)
def test_small_networks_show_the_number_of_every_weight(sizes):
    network = network_of(*sizes)
    sheet = neuron_sheet(network)
    for layer in network.layers[::2]:
        for weight in layer.weight.value.ravel():
            assert f"{weight:.3f}" in texts_of(sheet)


def test_symbols_in_place_of_the_numbers():
    texts = texts_of(neuron_sheet(network_of(2, 3, 2), Look(symbolic=True), x=[1.0, 2.0]))
    for name in ("w111", "w231", "w322", "x1", "f3", "y2"):
        assert name in texts


def test_text_is_large_enough_on_a_slide():
    for sizes in ((2, 3, 2), (3, 5, 3), (784, 128, 10), (64, 32, 10)):
        sheet = neuron_sheet(network_of(*sizes))
        fills = min(960 / sheet.width, 540 / sheet.height)
        weights = [s for s in sheet.shapes if s.kind == "text" and s.part.startswith("e")]
        assert all(fills * text.size >= 9 for text in weights)
        assert fills > 0.7


def test_colour_and_width_say_sign_and_size_and_the_strongest_is_on_top():
    network = network_of(2, 2)
    network.layers[0].weight.value[:] = [[1.0, -4.0], [0.5, 2.0]]
    sheet = neuron_sheet(network)
    lines = lines_of(sheet)
    assert [*lines] == ["e1_1_0", "e1_0_0", "e1_1_1", "e1_0_1"]
    assert {part: line.stroke for part, line in lines.items()} == {
        "e1_0_0": POSITIVE, "e1_0_1": NEGATIVE, "e1_1_0": POSITIVE, "e1_1_1": POSITIVE,
    }  # fmt: skip
    widths = [line.width for line in lines.values()]
    assert widths == sorted(widths)
    assert lines["e1_0_1"].opacity == 1.0


def test_values_of_the_sample_and_biases_stand_in_the_circles():
    network = network_of(2, 3, 2)
    texts = texts_of(neuron_sheet(network, x=[1.0, -2.0]))
    hidden = network.layers[1](network.layers[0](np.array([[1.0, -2.0]]))).value
    for value in (*hidden[0], *network.predict([[1.0, -2.0]])[0]):
        assert f"{value:.3f}" in texts
    for bias in network.layers[0].bias.value:
        assert f"{bias:+.2f}" in texts


@pytest.mark.parametrize(("units", "digits"), [(16, 3), (17, 2)])
def test_numbers_have_the_digits_that_there_is_room_for(units, digits):
    texts = texts_of(neuron_sheet(network_of(2, units, 1), x=[1.0, 2.0]))
    assert {len(text.partition(".")[2]) for text in texts if text.startswith("0.")} == {digits}


def test_a_function_is_called_in_one_line():
    x, w = Node(1.0, name="x"), Node(2.0, name="w")
    total = x * w + 1.0
    with scope("f\n" * 20):
        y = np.tanh(total)
    assert columns_of(y)[-1].functions == ("f␊" * 11 + "f…",)


def test_without_a_sample_the_circles_have_names():
    texts = texts_of(neuron_sheet(network_of(2, 3, 2)))
    assert {"x1", "x2", "f1", "f2", "f3", "y1", "y2"} <= {*texts}


def test_large_columns_say_how_many_are_left_out():
    texts = texts_of(neuron_sheet(network_of(784, 128, 10)))
    assert {"774", "118", "784 units", "128 units", "10 units"} <= {*texts}
    assert "y10" in texts


def test_thirty_units_are_all_shown():
    sheet = neuron_sheet(network_of(3, 30))
    assert sum(s.kind == "ellipse" for s in sheet.shapes) == 33
    assert "more" not in texts_of(sheet)


def test_labels_of_the_layers_and_the_scale():
    network = network_of(2, 3, 2, function=Tanh)
    network.layers[0].name = "first"
    texts = texts_of(neuron_sheet(network))
    strongest = max(np.abs(layer.weight.value).max() for layer in network.layers[::2])
    for text in ("inputs", "first", "Tanh", "outputs", "2 units", "3 units", "W1", "2×3", "weight"):
        assert text in texts
    assert {f"{strongest:.3f}", f"-{strongest:.3f}", "0"} <= {*texts}


def test_the_pointer_tells_weight_and_gradient():
    network = network_of(2, 2)
    network.train_step([[1.0, 2.0]], [[0.0, 1.0]])
    weight = network.layers[0].weight
    title = neuron_sheet(network).titles["e1_1_0"]
    assert title == f"w211 = {weight.value[1, 0]:.4g}, gradient {weight.grad[1, 0]:.4g}"


def test_edges_can_show_the_gradient():
    network = network_of(2, 2, loss=MeanSquaredError())
    loss = network.loss(network.forward([[1.0, 2.0]]), [[0.0, 1.0]])
    loss.backward()
    gradient = network.layers[0].weight.grad
    lines = lines_of(neuron_sheet(loss, edges="gradient"))
    for i, j in itertools.product(range(2), repeat=2):
        expected = POSITIVE if gradient[i, j] >= 0 else NEGATIVE
        assert lines[f"e1_{i}_{j}"].stroke == expected
    assert any(
        f"{gradient[0, 1]:.3f}" == text for text in texts_of(neuron_sheet(loss, edges="gradient"))
    )


def test_numbers_that_are_not_finite_are_marked():
    network = network_of(2, 2)
    network.layers[0].weight.value[0, 0] = np.nan
    sheet = neuron_sheet(network)
    assert lines_of(sheet)["e1_0_0"].stroke == "warning"
    assert troubles(sheet) == []


def test_weights_that_are_all_zero_have_a_scale_too():
    network = network_of(2, 2)
    network.layers[0].weight.value[:] = 0.0
    assert texts_of(neuron_sheet(network)).count("0") >= 5


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["lecture", "dark"])
@pytest.mark.parametrize(
    "drawing",
    [
        lambda look: NeuronDrawing(network_of(2, 3, 2), look),
        lambda look: ArtificialNeuronDrawing(3, look),
    ],
    ids=["network", "neuron"],
)
def test_every_format(drawing, theme, tmp_path):
    diagram = Diagram(drawing(Look(as_theme(theme))))
    for ending in ("svg", "png", "pdf", "html"):
        diagram.save(tmp_path / f"picture.{ending}")
        assert (tmp_path / f"picture.{ending}").stat().st_size > 1000
    with pytest.raises(ValueError, match="no steps"):
        diagram.frames()
    assert ("inputs" in repr(diagram)) != ("Artificial neuron" in repr(diagram))


def test_a_drawing_keeps_the_numbers_as_they_are():
    network = network_of(2, 2)
    drawing = NeuronDrawing(network)
    before = f"{network.layers[0].weight.value[0, 0]:.3f}"
    network.layers[0].weight.value[:] = 7.0
    assert before in texts_of(drawing.sheet)


# --- what is read off a network or a graph -------------------------------------------------------


def sizes_of(columns):
    return [column.size for column in columns]


def test_layers_without_weights_fold_into_the_units():
    layers = [
        Flatten(),
        FullyConnected(4, 3),
        LeakyReLU(),
        Dropout(),
        FullyConnected(3, 2),
        SoftMax(),
    ]
    columns = columns_of(NeuralNetwork(layers), np.ones((2, 2)))
    assert sizes_of(columns) == [4, 3, 2]
    assert [column.functions for column in columns] == [(), ("LeakyReLU",), ("SoftMax",)]


def test_reshape_passes():
    layers = [FullyConnected(2, 4), Reshape((2, 2)), Flatten(), FullyConnected(4, 1)]
    assert sizes_of(columns_of(NeuralNetwork(layers))) == [2, 4, 1]


def test_a_learned_slope_is_no_weight():
    layers = [FullyConnected(2, 3), LeakyReLU(learned=True), FullyConnected(3, 1)]
    assert sizes_of(columns_of(NeuralNetwork(layers))) == [2, 3, 1]


@pytest.mark.parametrize("loss", [MeanSquaredError(), SoftMaxCrossEntropyLoss()])
@pytest.mark.parametrize("function", [ReLU, Sigmoid, Tanh, SoftMax])
def test_a_loss_behind_is_left_out(loss, function):
    layers = [FullyConnected(2, 3), function(), FullyConnected(3, 2), function()]
    network = NeuralNetwork(layers)
    output = network.forward(np.ones((4, 2)))
    columns = columns_of(loss(output, np.eye(2)[[0, 1, 1, 0]]))
    assert sizes_of(columns) == [2, 3, 2]
    np.testing.assert_array_equal(columns[-1].values, output.value[0])
    assert columns[-1].functions == (function.__name__,)


def test_expressions_without_layers():
    x, t = Node([[1.0, 2.0]], name="x"), Node([[3.0]], name="t")
    weights = [Node(np.ones(shape), name=f"W{i}") for i, shape in enumerate([(2, 3), (3, 1)], 1)]
    b = Node([1.0, 2.0, 3.0], name="b1")
    y = ac.tanh(x @ weights[0] + b) @ weights[1]
    columns = columns_of(ac.sum((y - t) ** 2))
    assert sizes_of(columns) == [2, 3, 1]
    assert columns[1].functions == ("tanh",)
    assert columns[1].links.biases.tolist() == [1.0, 2.0, 3.0]
    assert columns[2].values.tolist() == y.value[0].tolist()


def test_columns_of_samples_as_the_lecture_writes_them():
    x, W, b = (
        Node([1.0, 2.0], name="x"),
        Node(np.arange(6.0).reshape(3, 2), name="W"),
        Node(np.ones(3)),
    )
    columns = columns_of(ac.relu(W @ x + b))
    assert sizes_of(columns) == [2, 3]
    assert columns[1].links.weights.tolist() == [[0.0, 2.0, 4.0], [1.0, 3.0, 5.0]]
    assert columns[1].values.tolist() == [3.0, 9.0, 15.0]


def test_one_unit_with_a_vector_of_weights():
    columns = columns_of(ac.sigmoid(Node([1.0, 2.0]) @ Node([0.5, 0.5], name="w") + Node(1.0)))
    assert sizes_of(columns) == [2, 1]
    assert columns[1].functions == ("sigmoid",)


@pytest.mark.parametrize("sizes", [(1, 1), (2, 3, 2), (3, 2, 2, 1)], ids=str)
def test_networks_of_scalars(sizes):
    columns = columns_of(scalar_network(sizes))
    assert sizes_of(columns) == [*sizes]
    assert columns[1].links.names[0, 0] == "w_{11}^1"
    assert all(column.functions == ("tanh",) for column in columns[1:])
    hidden = columns[0].values @ columns[1].links.weights + columns[1].links.biases
    np.testing.assert_allclose(columns[1].values, np.tanh(hidden))
    assert columns[1].links.gradients is not None


def test_the_same_picture_from_scalars_and_from_matrices():
    root = scalar_network((2, 3, 2))
    columns = columns_of(root)
    x = Node(columns[0].values, name="x")
    for column in columns[1:]:
        x = ac.tanh(x @ Node(column.links.weights) + Node(column.links.biases))
    ours, theirs = neuron_sheet(root), neuron_sheet(x)
    assert lines_of(ours).keys() == lines_of(theirs).keys()
    for part, line in lines_of(ours).items():
        assert line.points == lines_of(theirs)[part].points
        assert line.stroke == lines_of(theirs)[part].stroke


def test_the_neuron_of_the_lecture():
    columns = columns_of(neuron())
    assert sizes_of(columns) == [2, 1]
    assert columns[0].names == ("x_1", "x_2")
    assert columns[1].links.weights.ravel().tolist() == [2.0, -3.0]
    assert columns[1].links.biases.tolist() == [-3.0]
    assert columns[1].names == ("f",)
    assert columns[1].functions == ("sigmoid",)
    assert columns[1].values.tolist() == [neuron().value]


# --- what can't be drawn so ----------------------------------------------------------------------


class Mixing(Layer):
    made_by_initialize = ("own",)

    def initialize(self, generator, dtype):
        self.own = Node(np.ones((3, 2, 2), dtype))

    def parameters(self):
        return {"own": self.own}

    def apply(self, x):
        return x * ac.sum(self.own)


def shared():
    W = Node(np.eye(2), name="W")
    return ac.tanh(ac.tanh(Node([[1.0, 2.0]]) @ W) @ W)


def skipping():
    x = Node([[1.0, 2.0]], name="x")
    hidden = x @ Node(np.eye(2), name="W1")
    return (hidden + x) @ Node(np.eye(2), name="W2")


REFUSED = {
    "x comes in again": skipping,
    "W is used more than once": shared,
    "nothing behind W1 goes on": lambda: ac.add(
        Node([[1.0, 2.0]]) @ Node(np.eye(2), name="W1"),
        Node([[1.0]]) @ Node(np.ones((1, 2)), name="W2"),
    ),
    "no product of inputs and weights": lambda: ac.exp(Node([1.0, 2.0])),
    "no product with a weight": lambda: ac.exp(Node(1.0)),
    "complex numbers": lambda: Node([[1.0, 2.0]]) @ Node(np.eye(2) * 1j),
    "parameters that are no weights": lambda: NeuralNetwork([FullyConnected(2, 3), Mixing()]),
    "no layer with weights": lambda: NeuralNetwork([ReLU()]),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_no_chain_of_layers_says_so(why):
    with pytest.raises(ValueError, match=f"fully connected.*{why}.*draw\\(root"):
        neuron_sheet(REFUSED[why]())


def test_bad_arguments():
    network = network_of(2, 2)
    with pytest.raises(ValueError, match="edges expects 'weight' or 'gradient', got 'bias'"):
        neuron_sheet(network, edges="bias")
    with pytest.raises(ValueError, match=r"edges='gradient'.*loss.backward\(\)"):
        neuron_sheet(network, edges="gradient")
    with pytest.raises(ValueError, match=r"one sample with 2 numbers.*of shape \(3,\)"):
        neuron_sheet(network, x=[1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="numbers of one sample"):
        neuron_sheet(network, x="ab")
    with pytest.raises(TypeError, match=r"expects a NeuralNetwork.*got list"):
        neuron_sheet([1.0])
    with pytest.raises(ValueError, match="x= is for a network"):
        neuron_sheet(neuron(), x=[1.0])


# --- the artificial neuron -----------------------------------------------------------------------


@pytest.mark.parametrize("inputs", [1, 2, 3, 4, 5, 6, 7, 100])
def test_an_artificial_neuron_in_symbols(inputs):
    sheet = artificial_neuron(inputs)
    assert troubles(sheet) == []
    texts = texts_of(sheet)
    assert {"x1", "w1", f"x{inputs}", f"w{inputs}", "b", "Σ", "f", "y"} <= {*texts}
    assert sum(s.kind == "ellipse" and bool(s.part) for s in sheet.shapes) == 1 + min(
        inputs, 4 if inputs > 6 else 6
    )


@pytest.mark.parametrize("make", [neuron, lambda: neuron(False), lambda: Node(2.0) * Node(3.0)])
def test_an_artificial_neuron_with_the_numbers_of_a_graph(make):
    root = make()
    sheet = artificial_neuron(root)
    assert troubles(sheet) == []
    assert f"{root.value:.4g}" in texts_of(sheet)


def test_its_numbers():
    texts = texts_of(artificial_neuron(neuron()))
    for text in ("x1", "-1", "w1 = 2", "w2 = -3", "b = -3", "σ", "f", "0.7311"):
        assert text in texts


def test_the_look_of_one_neuron():
    svg = draw_artificial_neuron(neuron(), number_format=".3f", theme="dark").svg()
    assert as_theme("dark").background in svg
    assert "2.000<" in svg


def test_what_is_no_neuron():
    with pytest.raises(ValueError, match="one neuron, got one of 4"):
        artificial_neuron(scalar_network((2, 2, 2)))
    with pytest.raises(ValueError, match="of scalars, and here are arrays"):
        artificial_neuron(Node([1.0]) * Node([2.0]))
    for wrong in (0, -1, True, 2.5, "x"):
        with pytest.raises(ValueError, match="a number of inputs from 1"):
            artificial_neuron(wrong)
