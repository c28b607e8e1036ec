"""Pictures that lectures 000, 002 and 003 show: the numbers in them, read back from the axes."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

matplotlib.use("agg")
from axes_reader import texts_stand_apart
from matplotlib import pyplot

import autograd_core as ac
from autograd_core import Node
from nn import ELU, Constant, He, LeakyReLU, Normal, Sigmoid, SoftMax, Tanh, Xavier, Zeros
from nn.layers import Layer
from nn.losses import SoftMaxCrossEntropyLoss
from visualize import THEMES, training
from visualize.text import literal
from visualize.training.function_words import words_of
from visualize.training.memory_layout import OrderTimes

EXAMPLES = json.loads(
    (Path(__file__).parents[1] / "engine" / "lecture_examples.json").read_text(encoding="utf-8")
)


@pytest.fixture(autouse=True)
def _no_figure_is_left_open():
    yield
    pyplot.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def subplots(number):
    figure = Figure(figsize=(4 * number, 3.5), layout="constrained")
    return np.atleast_1d(figure.subplots(1, number))


def measured():
    return OrderTimes(0.002, 0.02, (64, 100_000))


# --- every picture -------------------------------------------------------------------------------

PICTURES = {
    "memory layout": lambda: training.plot_memory_layout(measure=measured),
    "memory layout of images": lambda: training.plot_memory_layout(
        np.arange(12, dtype=np.float32).reshape(2, 2, 3), measure=measured
    ),
    "memory layout, 24 long entries": lambda: training.plot_memory_layout(
        -111.5 * np.arange(24).reshape(4, 6), measure=measured
    ),
    "folded bias": lambda: training.plot_folded_bias(),
    "folded bias in columns": lambda: training.plot_folded_bias(samples_in_rows=False),
    "folded bias in letters": lambda: training.plot_folded_bias(
        [[1, 2]], np.ones((2, 4)), np.ones(4), symbolic=True
    ),
    "folded bias, long entries": lambda: training.plot_folded_bias(
        np.random.default_rng(0).normal(size=(3, 4))
    ),
    "folded bias in small axes": lambda: training.plot_folded_bias(
        ax=pyplot.subplots(figsize=(4, 3), layout="constrained")[1]
    ),
    "flattened image in small axes": lambda: training.plot_flattening(
        ax=pyplot.subplots(figsize=(4, 3), layout="constrained")[1]
    ),
    "flattened image": lambda: training.plot_flattening(),
    "flattened images": lambda: training.plot_flattening(np.arange(32).reshape(2, 4, 4)),
    "flattened digit": lambda: training.plot_flattening(np.arange(784.0).reshape(28, 28)),
    "softmax": lambda: training.plot_softmax([1.0, 2.0, 3.0], 2),
    "softmax of ten classes": lambda: training.plot_softmax(
        4 * np.random.default_rng(0).normal(size=10), 4, shifted=True
    ),
    "softmax with names": lambda: training.plot_softmax(
        [-1.0, 2.5, 0.3], 0, classes=["a cat", "a dog", "$x"]
    ),
    "initial weights": lambda: training.plot_initial_weights(),
    "initial weights of a wide layer": lambda: training.plot_initial_weights(
        {"He": He(), "Xavier": Xavier("uniform")}, shape=(8, 8)
    ),
    "derivative": lambda: training.plot_derivative_ways(),
    "derivative of a sigmoid": lambda: training.plot_derivative_ways(
        lambda x: 1 / (1 + np.exp(-x)), 0.5, h=(2.0, 0.01), variable="x"
    ),
    "derivative of a long formula": lambda: training.plot_derivative_ways(
        lambda w: ac.sigmoid(-1.0 * w + 2.5), 2.0
    ),
    "memory layout of a column": lambda: training.plot_memory_layout(
        np.arange(8)[:, None], measure=measured
    ),
    "wide initial weights": lambda: training.plot_initial_weights({"He": He()}, shape=(30, 40)),
    "batch losses": lambda: training.plot_batch_losses(),
    "batch losses of three samples": lambda: training.plot_batch_losses([1, 2, 1.5], [1, 5, 2]),
    "activations": lambda: training.plot_activations(),
    "activation of one's own": lambda: training.plot_activation(lambda x: np.exp(-(x**2))),
    "summed loss": lambda: training.plot_summed_loss(
        {
            "loss": [90.0, 40.0, 20.0],
            "validation_loss": [9.0, 7.0, 6.0],
            "accuracy": [0.5, 0.7, 0.8],
        },
        100,
        validation_samples=20,
    ),
}


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("picture", PICTURES)
def test_no_text_is_clipped_or_lies_on_another(picture, style):
    with pyplot.style.context(style):
        figure = np.ravel(np.asarray(PICTURES[picture](), object))[0].figure
        figure.canvas.draw()
        texts_stand_apart(figure)
        if style == "default":
            figure.savefig(io.BytesIO(), format="svg")


def test_all_are_exported():
    assert {
        "plot_batch_losses", "plot_derivative_ways", "plot_flattening", "plot_folded_bias",
        "plot_initial_weights", "plot_memory_layout", "plot_softmax", "plot_summed_loss",
    } <= set(training.__all__)  # fmt: skip


@pytest.mark.parametrize(
    "picture",
    [
        training.plot_memory_layout,
        training.plot_folded_bias,
        training.plot_flattening,
        training.plot_softmax,
        training.plot_initial_weights,
        training.plot_derivative_ways,
    ],
)
def test_a_number_format_that_is_none_is_named(picture):
    with pytest.raises(ValueError, match="number_format expects a format for floats"):
        picture(number_format="nonsense")


@pytest.mark.parametrize("name", ["$x$", "_x", "a\\$b", "<b>", "\x07"])
def test_names_of_users_are_shown_as_they_are(name):
    pictures = (
        training.plot_softmax([1.0, 2.0], 1, classes=["one", name])[0],
        training.plot_initial_weights({name: He()})[0, 0],
        training.plot_derivative_ways(variable=name)[2],
    )
    for ax in pictures:
        ax.figure.canvas.draw()  # a warning would be an error
        texts = ax.figure.findobj(matplotlib.text.Text)
        assert any(literal(name).strip() in text.get_text() for text in texts)


# --- memory layout -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16"])
@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (2, 2, 3), (1, 4), (4, 1)])
def test_memory_layout_is_numpys(shape, dtype):
    array = np.arange(math.prod(shape)).reshape(shape).astype(dtype)
    ax = training.plot_memory_layout(array, measure=measured, ax=subplots(2))[0]
    said = texts(ax)
    names = {"C": "C order (NumPy)", "F": "Fortran order"}
    for order, name in names.items():
        laid = np.array(array, order=order)
        start = said.index(f"{name}: strides {laid.strides} bytes") + 1
        entries = said[start : start + array.size]
        assert entries == [f"{entry:g}" for entry in np.frombuffer(laid.tobytes("A"), dtype)]
        addresses = said[start + array.size : start + 2 * array.size]
        assert addresses == [str(place * laid.itemsize) for place in range(array.size)]
        steps = {text for text in said[start:] if text == f"next sample: {laid.strides[0]} bytes"}
        assert bool(steps) == (shape[0] > 1)


def test_arrows_are_as_long_as_the_strides():
    array = np.zeros((2, 3), np.float32)
    ax = training.plot_memory_layout(array, measure=measured, ax=subplots(2))[0]
    arrows = [note for note in ax.texts if getattr(note, "arrow_patch", None)]
    lengths = [round(note.xy[0] - note.xyann[0], 9) for note in arrows]
    assert lengths == [1, 3, 1, 2]  # C order: feature, sample; Fortran order: sample, feature


def test_cells_of_one_sample_have_one_colour():
    ax = training.plot_memory_layout([[1, 2], [3, 4]], measure=measured, ax=subplots(2))[0]
    faces = np.array([patch.get_facecolor() for patch in ax.patches])
    array, c_order, fortran = np.split(faces, 3)
    np.testing.assert_array_equal(c_order, array)
    np.testing.assert_array_equal(fortran, array[[0, 2, 1, 3]])
    assert (array[0] != array[2]).any()


def test_times_of_both_orders_are_the_bars():
    ax = training.plot_memory_layout(measure=measured, ax=subplots(2))[1]
    assert [patch.get_height() for patch in ax.patches] == [2.0, 20.0]
    assert texts(ax) == ["2 ms", "20 ms\n(10 times)"]
    assert ax.get_title().startswith("Measured here: sum each of 64 samples\nof 100,000 numbers")


def test_times_are_measured():
    times = training.measure_orders(3, 5, repetitions=1)
    assert times.shape == (3, 5)
    assert 0 < times.contiguous < 1 > times.strided > 0


@pytest.mark.parametrize("array", [[1, 2, 3], np.ones((5, 5)), np.ones((2, 0)), [["a", "b"]]])
def test_arrays_that_can_not_be_laid_out(array):
    with pytest.raises(ValueError, match="at most 24 of them to be drawn one by one; got shape"):
        training.plot_memory_layout(array, measure=measured)


# --- folded bias ---------------------------------------------------------------------------------


def matrices(ax):
    """The matrices of a picture by their names, as they are read from left to right."""
    cells = {}
    for patch in ax.patches:
        middle = (patch.get_x() + patch.get_width() / 2, patch.get_y() + 0.5)
        cells[np.round(middle, 6).tolist()[0], np.round(middle, 6).tolist()[1]] = patch
    found, rows = [], {}
    for text in ax.texts:
        place = tuple(np.round(text.get_position(), 6).tolist())
        if place in cells:
            rows.setdefault(place[1], []).append(text.get_text())
            found[-1][1] = list(rows.values())
        elif text.get_text().startswith("$"):
            rows = {}
            found.append([text.get_text(), []])
    return found


@pytest.mark.parametrize("in_rows", [True, False])
@pytest.mark.parametrize("sizes", [(2, 2, 3), (1, 2, 4), (3, 1, 1), (1, 3, 2)])
def test_folded_bias_gives_what_the_layer_gives(sizes, in_rows):
    samples, inputs, outputs = sizes
    generator = np.random.default_rng(0)
    x, w, b = (
        generator.integers(-9, 10, shape).astype(float)
        for shape in ((samples, inputs), (inputs, outputs), outputs)
    )
    ax = training.plot_folded_bias(
        x, Node(w), b, samples_in_rows=in_rows, ax=Figure().add_subplot()
    )
    drawn = [np.array(entries, float) for _, entries in matrices(ax)]
    if not in_rows:
        drawn = [matrix.T for matrix in drawn]
        drawn[:2], drawn[4:6] = drawn[1::-1], drawn[5:3:-1]
    for matrix, expected in zip(
        drawn,
        [x, w, b[None], x @ w + b, np.c_[x, np.ones(samples)], np.r_[w, b[None]], x @ w + b],
        strict=True,
    ):
        np.testing.assert_array_equal(matrix, expected)
    np.testing.assert_array_equal(drawn[4] @ drawn[5], drawn[6])


def test_folded_bias_in_letters_has_the_lectures_indices():
    ax = training.plot_folded_bias(symbolic=True, ax=Figure().add_subplot())
    by_name = dict(matrices(ax))
    assert by_name["$[W;\\ b]$"][1] == ["$w_{21}$", "$w_{22}$", "$w_{23}$", "$w_{24}$"]
    assert by_name["$[W;\\ b]$"][2] == ["$b_{1}$", "$b_{2}$", "$b_{3}$", "$b_{4}$"]
    assert by_name["$[X\\ 1]$"] == [["$x_{11}$", "$x_{12}$", "1"], ["$x_{21}$", "$x_{22}$", "1"]]


def test_ones_and_bias_stand_out_in_one_colour():
    ax = training.plot_folded_bias(ax=Figure().add_subplot())
    faces = [patch.get_facecolor() for patch in ax.patches]
    before = 4 + 8 + 4 + 8  # X, W, b and the result of the first line
    assert faces[before + 2] == faces[before + 5] == faces[4 + 8]
    assert faces.count(faces[4 + 8]) == 2 + 4 + 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[1, 2]], [[1.0]]), r"got \(1, 2\) and \(1, 1\)"),
        (([1, 2], [1, 2]), "weight of shape"),
        (([1], [[1, 2]], [1, 2, 3]), r"one number per output, 2, got shape \(3,\)"),
        ((np.ones((13, 2)),), "at most 12 rows and columns"),
    ],
)
def test_folded_biases_that_do_not_fit(arguments, words):
    with pytest.raises(ValueError, match=words):
        training.plot_folded_bias(*arguments)


# --- flattened images ----------------------------------------------------------------------------


def test_the_lectures_image_is_flattened():
    ax = training.plot_flattening(ax=Figure().add_subplot())
    image, row = (np.asarray(image.get_array()) for image in ax.images)
    example = EXAMPLES["fully_connected_shapes"]["image"]
    assert [[1, *image.shape], list(row.shape)] == [example["from"], example["to"]]
    np.testing.assert_array_equal(image.ravel(), row[0])
    said = texts(ax)
    assert "row by row: (1 × 3 × 3) → (1 × 9)" in said
    assert said[-1] == "fully connected: (1 × 9) · (9 × 4) → (1 × 4)"
    assert said[1:10] == said[11:20] == [f"{pixel:g}" for pixel in row[0]]


@pytest.mark.parametrize("shape", [(2, 5), (3, 2, 2), (1, 1), (4, 1, 3)])
def test_each_image_is_a_row(shape):
    images = np.arange(math.prod(shape)).reshape(shape)
    ax = training.plot_flattening(images, units=None, ax=Figure().add_subplot())
    stack = images if images.ndim == 3 else images[None]
    drawn = [np.asarray(image.get_array()) for image in ax.images]
    for before, after, image in zip(drawn, drawn[len(stack) :], stack, strict=False):
        np.testing.assert_array_equal(before, image)
        np.testing.assert_array_equal(after, image.reshape(1, -1))
    assert len(drawn) == 2 * len(stack)
    assert not any("fully" in text for text in texts(ax))


def test_pixels_without_room_have_no_numbers():
    ax = training.plot_flattening(np.zeros((28, 28)), ax=Figure().add_subplot())
    assert len(texts(ax)) == 3


@pytest.mark.parametrize("images", [[1, 2], np.ones((5, 2, 2)), np.ones((1, 1, 0)), [[np.nan]]])
def test_images_that_can_not_be_flattened(images):
    with pytest.raises(ValueError, match=r"plot_flattening\(images\) expects"):
        training.plot_flattening(images)


# --- softmax -------------------------------------------------------------------------------------


def heights(ax):
    return [bar.get_height() for bar in ax.patches]


@pytest.mark.parametrize("row", [0, 1])
def test_softmax_bars_are_the_lectures_numbers(row):
    example = EXAMPLES["softmax_and_cross_entropy"]
    scores, target = example["x"][row], int(np.argmax(example["y"][row]))
    axes = training.plot_softmax(scores, target, number_format=".6f", ax=subplots(3))
    np.testing.assert_allclose(heights(axes[0]), scores)
    np.testing.assert_allclose(heights(axes[1]), np.exp(scores))
    np.testing.assert_allclose(heights(axes[2]), example["softmax"][row], atol=1e-9)
    share = example["softmax"][row][target]
    title = f"probabilities\nloss −ln {share:.6f} = {-math.log(share):.6f}"
    assert axes[2].get_title() == title
    assert texts(axes[2]) == [f"{share:.6f}" for share in example["softmax"][row]]


def test_losses_of_the_bars_sum_to_the_lectures_loss():
    example = EXAMPLES["softmax_and_cross_entropy"]
    losses = []
    for scores, target in zip(example["x"], np.argmax(example["y"], axis=1), strict=True):
        ax = training.plot_softmax(scores, target, number_format=".12f", ax=subplots(3))[2]
        losses.append(float(ax.get_title().rpartition("= ")[2]))
    assert sum(losses) == pytest.approx(example["loss_sum"], abs=1e-11)


@pytest.mark.parametrize("scores", [[-3.0, 0.5], [0.0], [5.0, 5.0, 5.0, 5.0], [800.0, 801.0]])
def test_shifted_scores_give_the_same_probabilities(scores):
    axes = training.plot_softmax(scores, 0, shifted=True, ax=subplots(3))
    expected = SoftMax().forward(np.array([scores]))[0]
    np.testing.assert_allclose(heights(axes[2]), expected)
    np.testing.assert_allclose(heights(axes[1]), np.exp(np.subtract(scores, max(scores))))
    loss = SoftMaxCrossEntropyLoss("sum").forward(np.array([scores]), np.array([0]))
    assert float(axes[2].get_title().rpartition("= ")[2]) == pytest.approx(float(loss), rel=6e-3)


def test_the_target_is_marked():
    axes = training.plot_softmax([1.0, 2.0], 1, classes=["no", "yes"], ax=subplots(3))
    for ax in axes:
        assert [bool(bar.get_hatch()) for bar in ax.patches] == [False, True]
        assert ax.get_xlabel() == "class (hatched: the target, yes)"
    assert "sum 1" in training.plot_softmax([1.0, 2.0], ax=subplots(3))[2].get_title()


@pytest.mark.parametrize(
    ("scores", "options", "words"),
    [
        ([800.0, 1.0], {}, r"the largest is 800. Write plot_softmax\(..., shifted=True\)"),
        ([[1.0], [2.0]], {}, r"one sample, of shape \(classes,\), got shape \(2, 1\)"),
        ([], {}, "the scores of one sample"),
        ([1.0, np.nan], {}, "finite scores"),
        ([1.0, 2.0], {"target": 2}, "from 0 to 1, got 2"),
        ([1.0, 2.0], {"target": True}, "from 0 to 1, got True"),
        ([1.0, 2.0], {"classes": ["a"]}, "a name for each of 2 classes, got 1"),
    ],
)
def test_scores_that_can_not_be_drawn(scores, options, words):
    with pytest.raises(ValueError, match=words):
        training.plot_softmax(scores, **options)


def test_scores_may_be_a_node():
    axes = training.plot_softmax(Node(np.ones((1, 3))))
    np.testing.assert_allclose(heights(axes[2]), np.full(3, 1 / 3))


# --- initial weights -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("initializer", "shape", "spread"),
    [
        (Zeros(), (3, 3), 0.0),
        (Normal(0.0, 0.4), (3, 3), 0.4),
        (He(), (2, 3), EXAMPLES["he_initialisation"]["sigma"]),
        (He(), (3, 3), math.sqrt(2 / 3)),
        (Xavier(), (2, 4), math.sqrt(2 / 6)),
    ],
)
def test_histogram_and_matrix_are_what_the_initializer_makes(initializer, shape, spread):
    axes = training.plot_initial_weights(
        {"mine": initializer}, shape=shape, seed=3, ax=Figure().subplots(2, 1)
    )
    first = initializer(shape, np.random.default_rng(3), np.float64)
    matrix = axes[1, 0]
    np.testing.assert_array_equal(matrix.images[0].get_array(), first)
    assert texts(matrix) == [f"{weight:.2f}" for weight in first.ravel()]
    assert sum(heights(axes[0, 0])) == pytest.approx(1.0)
    name, said = axes[0, 0].get_title().split("\nσ = ")
    assert (name, float(said)) == ("mine", pytest.approx(spread, rel=0.03))
    middles = [bar.get_x() + bar.get_width() / 2 for bar in axes[0, 0].patches]
    drawn = math.sqrt(np.average(np.square(middles), weights=heights(axes[0, 0])))
    assert drawn == pytest.approx(spread, rel=0.03, abs=1e-9)


def test_entries_without_room_are_colours_alone():
    axes = training.plot_initial_weights({"He": He()}, shape=(30, 40))
    assert not texts(axes[1, 0])
    assert axes[1, 0].images[0].get_array().shape == (30, 40)


def test_equal_weights_have_no_spread():
    axes = training.plot_initial_weights({"constant": Constant(0.1)})
    assert axes[0, 0].get_title() == "constant\nσ = 0"


def test_initial_weights_have_one_scale_and_one_seed():
    first, again = (training.plot_initial_weights() for _ in range(2))
    assert first.shape == (2, 4)
    assert len({ax.get_xlim() for ax in first[0]}) == 1
    assert len({ax.images[0].get_clim() for ax in first[1]}) == 1
    for one, other in zip(first[1], again[1], strict=True):
        np.testing.assert_array_equal(one.images[0].get_array(), other.images[0].get_array())


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (({},), ValueError, "such as {'He': He.*}; got {}"),
        (({"He": 3},), TypeError, "an initializer such as He.*, got 3"),
        (({"He": He()}, 3), ValueError, r"expects \(inputs, outputs\), got 3"),
        (({"He": He()}, (0, 3)), ValueError, "from 1, got 0"),
        (({"He": He()}, (3, 65)), ValueError, "at most 64 inputs and outputs"),
    ],
)
def test_initial_weights_that_can_not_be_drawn(arguments, error, words):
    initializers, *shape = arguments
    with pytest.raises(error, match=words):
        training.plot_initial_weights(initializers, **({"shape": shape[0]} if shape else {}))


# --- three ways to a derivative ------------------------------------------------------------------

FUNCTIONS = [
    (lambda w: w**2, lambda w: 2 * w, 1.8),
    (lambda x: 1 / (1 + np.exp(-x)), lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2, 0.5),
    (lambda x: np.sin(x) * x, lambda x: np.cos(x) * x + np.sin(x), -0.7),
    (lambda x: (x - 3) ** 2 + 1, lambda x: 2 * (x - 3), 3.0),
]


@pytest.mark.parametrize(("function", "derivative", "at"), FUNCTIONS)
def test_three_ways_meet(function, derivative, at):
    ways = training.derivative_ways(function, at, h=(0.5, 1e-6))
    assert ways.graph == pytest.approx(derivative(at), abs=1e-12)
    assert ways.analytic == pytest.approx(derivative(at), abs=1e-12)
    by_hand = training.derivative_ways(function, at, derivative=derivative)
    assert by_hand.analytic == derivative(at)
    assert ways.quotients[0.5] == pytest.approx((function(at + 0.5) - function(at)) / 0.5)
    assert ways.quotients[1e-6] == pytest.approx(derivative(at), abs=1e-5)


def test_the_table_has_the_lectures_numbers():
    axes = training.plot_derivative_ways(ax=subplots(3))
    said = texts(axes[2])
    assert dict(zip(said[::2], said[1::2], strict=True)) == {
        "analytic: 2·w": "3.6",
        "difference quotient, h = 1": "4.6",
        "difference quotient, h = 0.1": "3.7",
        "difference quotient, h = 0.001": "3.601",
        "graph, backward()": "3.6",
    }
    assert EXAMPLES["gradient_descent"]["gradient"][0] == 3.6


@pytest.mark.parametrize(("function", "derivative", "at"), FUNCTIONS)
def test_tangent_and_secants_have_their_slopes(function, derivative, at):
    ax = training.plot_derivative_ways(function, at, h=(1.0, -0.5), ax=subplots(3))[0]
    lines = {line.get_label().partition(":")[0]: line for line in ax.lines}
    for name, slope in {
        "tangent": derivative(at),
        "secant, h = 1": function(at + 1) - function(at),
        "secant, h = -0.5": (function(at - 0.5) - function(at)) / -0.5,
    }.items():
        x, y = lines[name].get_data()
        assert np.diff(y) / np.diff(x) == pytest.approx(slope, abs=1e-9)
        assert np.interp(at, x, y) == pytest.approx(function(at))
    x, y = ax.lines[0].get_data()
    np.testing.assert_allclose(y, function(x))


def test_the_graph_is_the_one_that_draw_makes(monkeypatch):
    drawn = []
    from visualize.training import derivatives

    original = derivatives.draw
    monkeypatch.setattr(
        derivatives,
        "draw",
        lambda root, **look: drawn.append((root, look)) or original(root, **look),
    )
    with pyplot.style.context("dark_background"):
        training.plot_derivative_ways()
    ((root, look),) = drawn
    assert (root.name, float(root.value), float(root.inputs[0].grad)) == ("L", 3.24, 3.6)
    assert look["theme"].text == THEMES["dark"].text


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"function": lambda w: 3.0}, ValueError, "such as lambda w: w..2; got float"),
        ({"function": lambda w: w * np.ones(2)}, ValueError, r"got shape \(2,\)"),
        ({"at": np.nan}, ValueError, "a finite number, got nan"),
        ({"h": (1.0, 0.0)}, ValueError, "steps other than 0"),
        ({"number_format": "x"}, ValueError, "a format for floats"),
    ],
)
def test_derivatives_that_can_not_be(arguments, error, words):
    with pytest.raises(error, match=words):
        training.derivative_ways(**arguments)


# --- each batch's loss ---------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 5])
def test_each_batch_has_its_curve_and_its_minimum(size):
    generator = np.random.default_rng(1)
    x, y = generator.normal(size=5), generator.normal(size=5)
    (ax,) = training.plot_batch_losses(x, y, batch_sizes=size, ax=Figure().add_subplot())
    batches = [np.arange(5)[first : first + size] for first in range(0, 5, size)]
    expected = [*batches, np.arange(5)] if size < 5 else batches
    points = ax.collections[0].get_offsets().data
    assert len(ax.lines) == len(points) == len(expected)
    for line, (at, lowest), batch in zip(ax.lines, points, expected, strict=True):
        w, loss = line.get_data()
        np.testing.assert_allclose(loss, [np.mean((x[batch] * v - y[batch]) ** 2) for v in w])
        v = Node(float(at))
        error = ac.mean((x[batch] * v - y[batch]) ** 2)
        error.backward()
        assert float(v.grad) == pytest.approx(0.0, abs=1e-12)
        assert lowest == pytest.approx(float(error.value))
        assert lowest <= loss.min() + 1e-12


def test_the_mean_of_the_batches_is_the_loss_over_all():
    axes = training.plot_batch_losses(batch_sizes=[4])
    *batches, whole = (line.get_ydata() for line in axes[0].lines)
    np.testing.assert_allclose(np.mean(batches, axis=0), whole)


def test_batch_against_stochastic():
    axes = training.plot_batch_losses()
    titles = [ax.get_title().partition(":")[0] for ax in axes]
    assert titles == ["stochastic", "batches", "all samples"]
    spreads = [np.ptp(ax.collections[0].get_offsets().data[:, 0]) for ax in axes]
    assert spreads[0] > spreads[1] > spreads[2] == 0
    assert len({ax.get_ylim() for ax in axes}) == 1


def test_a_long_formula_has_a_line_of_its_own():
    ax = training.plot_derivative_ways(lambda w: ac.sigmoid(-1.0 * w + 2.5), 2.0)[2]
    said = texts(ax)
    assert said[0] == "analytic"
    assert said[2].count("sigmoid(") == 2


def test_a_batch_that_does_not_depend_on_the_weight_has_no_minimum():
    (ax,) = training.plot_batch_losses([0, 1], [1, 2], batch_sizes=[1], ax=Figure().add_subplot())
    np.testing.assert_allclose(ax.collections[0].get_offsets().data[:, 0], [2, 2])
    (ax,) = training.plot_batch_losses([0], [1], ax=Figure().add_subplot())
    assert not ax.collections


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"x": [1.0]}, "both x and y"),
        ({"x": np.ones((2, 2)), "y": [1, 2]}, "write plot_batch_sizes"),
        ({"x": [np.inf], "y": [1]}, "finite numbers"),
        ({"batch_sizes": []}, "at least one"),
        ({"batch_sizes": [0]}, "from 1, got 0"),
        ({"limits": (2, 1)}, "the smaller first"),
    ],
)
def test_batches_without_losses(arguments, words):
    with pytest.raises(ValueError, match=words):
        training.plot_batch_losses(**arguments)


# --- formulas of activation functions ------------------------------------------------------------


class Twice(Layer):
    formulas = None

    def apply(self, x):
        return x * 2


BUMP = ac.Operation(
    "bump",
    lambda x: np.exp(-x * x),
    rules=(lambda g, out, x: -2.0 * g * out * x,),
    elementwise=True,
)


def with_where(x):
    return ac.where(x > 0, x, 0.1 * x)


@pytest.mark.parametrize(
    ("function", "value", "derivative"),
    [
        (Sigmoid(), "1 / (1 + exp(−x))", "f(x) (1 − f(x))"),
        (Tanh(), "tanh(x)", "1 − f(x)²"),
        (ac.relu, "max(0, x)", "1 where x > 0, else 0"),
        (LeakyReLU(0.1), "x where x > 0, else a x", "1 where x > 0, else a"),
        (ELU(), "x where x > 0, else a (exp(x) − 1)", "1 where x > 0, else f(x) + a"),
        (Twice(), "x·2", "2"),
        (lambda x: x**3, "x³", "3·x²"),
        (lambda x: np.exp(-(x**2)), "exp(-x²)", "-exp(-x²)·2·x"),
        (lambda x: 1 / (1 + np.exp(-x)), "1/(1 + exp(-x))", "1/(1 + exp(-x))²·exp(-x)"),
        (lambda x: (x - 2) ** 2 + 3 * x, "(x - 2)² + 3·x", "2·(x - 2) + 3"),
        (BUMP, "bump(x)", None),
        (with_where, None, None),
        (lambda x: 3.0, None, None),
    ],
)
def test_formulas_of_functions(function, value, derivative):
    assert words_of(function) == (value, derivative)


NAMES = {"exp": np.exp, "tanh": np.tanh, "max": np.maximum, "sin": np.sin, "cos": np.cos}


@pytest.mark.parametrize(
    "function",
    [
        *training.activation_functions.LECTURE_FUNCTIONS.values(),
        lambda x: np.exp(-(x**2)),
        lambda x: x * np.sin(x) / (7 - x),
        lambda x: -np.cos(3 - x) - x**3,
        lambda x: 1 / (1 + np.exp(-x)),
    ],
)
def test_written_formulas_say_what_is_drawn(function):
    """Read as Python, the formulas give the curves."""
    ax = training.plot_activation(function, ax=Figure().add_subplot())
    x = ax.lines[0].get_xdata()
    parameter = float(getattr(function, "slope", getattr(function, "alpha", 1.0)))
    letters = {**NAMES, "a": parameter, "x": x, "f": lambda _: ax.lines[0].get_ydata()}
    for text, line in zip(ax.texts, ax.lines[:2], strict=True):
        right = text.get_text().partition(" = ")[2].partition(", a = ")[0]
        first, where, other = right.partition(" where x > 0, else ")
        sides = [eval(as_python(side), {}, letters) for side in (first, other) if side]
        drawn = np.where(x > 0, *sides) if where else sides[0]
        np.testing.assert_allclose(drawn, np.interp(x, *finite(line)), atol=1e-9)


def finite(line):
    x, y = line.get_data()
    return x[np.isfinite(y)], y[np.isfinite(y)]


def as_python(side):
    for sign, written in {
        "−": "-",
        "·": "*",
        "²": "**2",
        "³": "**3",
        " (": "*(",
        "a x": "a*x",
    }.items():
        side = side.replace(sign, written)
    for sign in "/+-*=":
        side = side.replace(f"{sign}*(", f"{sign} (")
    return side


def test_formulas_stand_in_the_colours_of_their_curves():
    ax = training.plot_activation(LeakyReLU(0.1), ax=Figure().add_subplot())
    assert texts(ax) == ["f(x) = x where x > 0, else a x, a = 0.1", "f'(x) = 1 where x > 0, else a"]
    assert [text.get_color() for text in ax.texts] == [line.get_color() for line in ax.lines[:2]]
    assert not texts(training.plot_activation(Tanh(), formulas=False, ax=Figure().add_subplot()))


# --- summed losses -------------------------------------------------------------------------------


def test_loss_per_sample_stands_beside_the_sum():
    columns = {"loss": [200.0, 50.0], "validation_loss": [30.0, 10.0], "accuracy": [0.5, 0.9]}
    axes = training.plot_summed_loss(columns, 100, validation_samples=20, ax=subplots(2))
    np.testing.assert_array_equal(axes[0].lines[0].get_ydata(), [200, 50])
    np.testing.assert_array_equal(axes[0].lines[1].get_ydata(), [30, 10])
    np.testing.assert_array_equal(axes[1].lines[0].get_ydata(), [2, 0.5])
    np.testing.assert_array_equal(axes[1].lines[1].get_ydata(), [1.5, 0.5])
    assert axes[0].get_ylabel() == "loss, sum over 100 samples\n(dashed: over 20)"
    assert axes[1].get_ylabel() == "loss per sample"
    assert [ax.get_ylabel() for ax in axes[0].figure.axes][2] == "accuracy"


@pytest.mark.parametrize(
    ("columns", "samples", "words"),
    [
        ({"loss": [1.0], "validation_loss": [1.0]}, 3, "Write validation_samples=len"),
        ({"loss": [1.0]}, 0, "from 1, got 0"),
        ({"accuracy": [1.0]}, 3, "a history with 'loss'"),
    ],
)
def test_sums_that_can_not_be_shared(columns, samples, words):
    with pytest.raises(ValueError, match=words):
        training.plot_summed_loss(columns, samples)
