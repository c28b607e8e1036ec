"""Pictures of training: what is drawn, read back from the axes."""

from __future__ import annotations

import io
import subprocess
import sys
import types

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

matplotlib.use("agg")
from axes_reader import texts_stand_apart
from matplotlib import pyplot

import autograd_core as ac
from nn import (
    ELU,
    SGD,
    Adam,
    CrossEntropyLoss,
    Dropout,
    FullyConnected,
    He,
    History,
    LeakyReLU,
    MeanSquaredError,
    NeuralNetwork,
    Normal,
    ReLU,
    Sigmoid,
    SoftMax,
    Tanh,
    Zeros,
    load_dataset,
)
from visualize import THEMES, training
from visualize.training.figure import palette
from visualize.training.recorder import Histogram, Thinned

LIGHT, DARK = THEMES["lecture"], THEMES["dark"]


@pytest.fixture(autouse=True)
def _no_figure_is_left_open():
    yield
    pyplot.close("all")


@pytest.fixture
def ax():
    return Figure(figsize=(4, 3), layout="constrained").add_subplot()


@pytest.fixture(scope="module")
def digits():
    """A trained network, its history and recorder, and the data."""
    data = load_dataset("digits")
    recorder = training.TrainingRecorder(data.x_test)
    network = NeuralNetwork(
        [FullyConnected(64, 16), ReLU(), FullyConnected(16, 10), SoftMax()],
        loss=CrossEntropyLoss("mean"),
        optimizer=SGD(0.3),
    )
    history = network.fit(
        data.x_train,
        data.y_train,
        epochs=5,
        batch_size=64,
        validation_data=(data.x_test, data.y_test),
        callbacks=[recorder],
        progress=False,
    )
    return types.SimpleNamespace(network=network, history=history, recorder=recorder, data=data)


@pytest.fixture(scope="module")
def plane():
    """A network with two inputs, samples, and a recorder of its boundary."""
    x = np.random.default_rng(0).normal(size=(60, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    recorder = training.BoundaryRecorder(x, y, resolution=20, at_most=8)
    network = NeuralNetwork(
        [FullyConnected(2, 16), Tanh(), FullyConnected(16, 2)], optimizer=Adam(0.03)
    )
    network.fit(x, y, epochs=20, batch_size=20, callbacks=[recorder], progress=False)
    return types.SimpleNamespace(network=network, x=x, y=y, recorder=recorder)


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def is_drawn(ax):
    """Render, as saving does: a warning would be an error."""
    ax.figure.savefig(io.BytesIO(), format="png")
    return True


# --- every picture -------------------------------------------------------------------------------


def bowl(w):
    return w[0] ** 2 + 4 * w[1] ** 2


def said(digits):
    return digits.network.predict(digits.data.x_test)


PICTURES = {
    "history": lambda ax, d, _: training.plot_history(d.history, ax=ax),
    "history, log": lambda ax, d, _: training.plot_history(d.history, log=True, ax=ax),
    "metric": lambda ax, d, _: training.plot_metric(d.history, "accuracy", ax=ax),
    "iterations": lambda ax, d, _: training.plot_iterations(d.history, ax=ax),
    "gradient flow": lambda ax, d, _: training.plot_gradient_flow(d.network, ax=ax),
    "gradient norms": lambda ax, d, _: training.plot_gradient_norms(d.history, ax=ax),
    "update ratios": lambda ax, d, _: training.plot_update_ratios(d.history, ax=ax),
    "dead units": lambda ax, d, _: training.plot_dead_units(d.history, ax=ax),
    "histogram": lambda ax, *_: training.plot_histogram({1: [1.0, 2.0], 3: [2.0, 5.0]}, ax=ax),
    "boundary": lambda ax, _, plane: training.plot_decision_boundary(
        plane.network, plane.x, plane.y, resolution=20, ax=ax
    ),
    "confusion": lambda ax, d, _: training.plot_confusion_matrix(d.data.y_test, said(d), ax=ax),
    "most wrong": lambda ax, d, _: training.plot_most_wrong(
        d.data.x_test, d.data.y_test, said(d), ax=ax
    ),
    "first layer": lambda ax, d, _: training.plot_first_layer(d.network, ax=ax),
    "activation": lambda ax, *_: training.plot_activation(ELU(), ax=ax),
    "descent": lambda ax, *_: training.plot_descent(ax=ax),
    "surface": lambda ax, *_: training.plot_surface_descent(bowl, [2.0, 1.0], steps=5, ax=ax),
    "initializers": lambda ax, *_: training.plot_initializers(layers=3, units=20, ax=ax),
    "activation spread": lambda ax, d, _: training.plot_activation_spread(
        d.network, d.data.x_test, ax=ax
    ),
    "batch paths": lambda ax, *_: training.plot_batch_sizes(epochs=2, ax=ax),
    "batch losses": lambda ax, *_: training.plot_batch_sizes(epochs=2, show="loss", ax=ax),
}


@pytest.fixture(params=PICTURES)
def picture(request, digits, plane):
    """A function that draws into axes, or a new figure."""
    return lambda ax: PICTURES[request.param](ax, digits, plane)


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_no_text_is_clipped_or_lies_on_another(picture, style):
    with pyplot.style.context(style):
        figure, ax = pyplot.subplots(figsize=(4, 3), layout="constrained")
        assert picture(ax) is ax
        figure.canvas.draw()
    texts_stand_apart(figure)


def test_given_axes_are_used_and_nothing_else_changes(picture, ax):
    before = dict(matplotlib.rcParams)
    assert picture(ax) is ax
    assert is_drawn(ax)
    assert not pyplot.get_fignums()
    assert dict(matplotlib.rcParams) == before


def test_without_axes_there_is_a_new_figure(picture):
    ax = picture(None)
    assert [ax.figure.number] == pyplot.get_fignums()
    assert ax.figure.get_layout_engine() is not None


def test_several_axes_in_one_call_are_refused_with_advice():
    with pytest.raises(TypeError, match=r"one matplotlib Axes, got ndarray. Write figure, ax ="):
        training.plot_descent(ax=np.array([1, 2]))


def test_importing_the_pictures_does_not_import_matplotlib():
    code = "import sys, visualize.training; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_history_draws_itself_by_these(digits, ax):
    assert digits.history.plot(ax=ax) is ax


def contrast(first, second):
    """Return the contrast of two colours as WCAG defines it."""

    def luminance(colour):
        channels = np.array(matplotlib.colors.to_rgb(colour))
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("ground", "theme"), [("white", LIGHT), ("black", DARK)])
def test_colours_are_those_of_the_diagrams_and_stand_out(ground, theme, ax):
    ax.set_facecolor(ground)
    colours = palette(ax)
    assert (colours.value, colours.gradient) == (theme.value, theme.gradient)
    for colour in (colours.value, colours.gradient, colours.warning, colours.neutral):
        assert contrast(colour, ground) > 4.5
    assert all(contrast(colour, ground) > 3 for colour in colours.series)


def test_transparent_axes_look_at_the_figure(ax):
    ax.set_facecolor("none")
    ax.figure.set_facecolor("black")
    assert palette(ax).value == DARK.value


# --- curves --------------------------------------------------------------------------------------

COLUMNS = {
    "loss": [0.9, 0.4, 0.2, 0.1],
    "accuracy": [0.5, 0.7, 0.8, 0.9],
    "validation_loss": [0.8, 0.5, 0.6, 0.7],
    "validation_accuracy": [0.5, 0.6, 0.75, 0.7],
}


def test_history_has_training_and_validation_of_loss_and_accuracy(ax):
    training.plot_history(COLUMNS, ax=ax)
    (right,) = (axes for axes in ax.figure.axes if axes is not ax)
    lines = {line.get_label(): line for line in (*ax.lines, *right.lines)}
    for name, label in (
        ("loss", "loss while training"),
        ("validation_loss", "loss on validation data"),
        ("accuracy", "accuracy while training"),
        ("validation_accuracy", "accuracy on validation data"),
    ):
        assert lines[label].get_ydata().tolist() == COLUMNS[name]
        assert lines[label].get_xdata().tolist() == [1, 2, 3, 4]
        assert lines[label].get_linestyle() == ("--" if "validation" in name else "-")
    assert lines["loss while training"].get_color() == LIGHT.gradient
    assert lines["accuracy while training"].get_color() == LIGHT.value
    assert (ax.get_xlabel(), ax.get_ylabel(), right.get_ylabel()) == ("epoch", "loss", "accuracy")


@pytest.mark.parametrize(
    ("metric", "columns", "said"),
    [
        ("loss", COLUMNS, "best: epoch 2\n(loss 0.5)"),
        ("accuracy", COLUMNS, "best: epoch 3\n(accuracy 75.0%)"),
        ("loss", {"loss": [2.0, 1.0, 3.0]}, "best: epoch 2\n(loss 1)"),
        ("loss", {"loss": [2.0, np.nan, 3.0]}, "best: epoch 1\n(loss 2)"),
        ("loss", {"loss": [np.inf, 4.0]}, "best: epoch 2\n(loss 4)"),
        ("loss", {"epoch": [7, 8], "loss": [2.0, 1.0]}, "best: epoch 8\n(loss 1)"),
        ("accuracy", {"accuracy": [np.nan, 0.5]}, "best: epoch 2\n(accuracy 50.0%)"),
    ],
)
def test_best_epoch_is_marked(metric, columns, said, ax):
    training.plot_metric(columns, metric, ax=ax)
    assert legend(ax)[-1] == said
    (mark,) = (line for line in ax.lines if line.get_marker() == "*")
    assert f"epoch {mark.get_xdata()[0]:g}" in said
    assert is_drawn(ax)


def test_best_epoch_can_be_left_out(ax):
    training.plot_history(COLUMNS, best=False, ax=ax)
    assert not any(line.get_marker() == "*" for line in ax.lines)


@pytest.mark.parametrize("losses", [[np.nan, np.nan], [np.inf, np.nan], [0.0, 0.0], [-1.0, -2.0]])
def test_strange_losses_are_drawn(losses, ax):
    assert is_drawn(training.plot_history({"loss": losses}, ax=ax))


def test_a_single_epoch_has_a_point(ax):
    training.plot_history({"loss": [0.5]}, ax=ax)
    assert ax.lines[0].get_marker() == "o"
    assert is_drawn(ax)


@pytest.mark.parametrize("picture", [training.plot_history, training.plot_metric])
def test_log_option(picture, ax):
    assert picture(COLUMNS, log=True, ax=ax).get_yscale() == "log"
    assert is_drawn(ax)


def test_log_of_losses_that_are_not_above_0_is_refused(ax):
    with pytest.raises(ValueError, match="a loss above 0 somewhere"):
        training.plot_metric({"loss": [0.0, -1.0]}, log=True, ax=ax)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_iterations_and_their_running_mean(dtype, ax):
    training.plot_iterations(np.array([4, 2, 3, 1, 5], dtype), window=3, ax=ax)
    assert ax.lines[0].get_ydata().tolist() == [4, 2, 3, 1, 5]
    assert ax.lines[1].get_xdata().tolist() == [3, 4, 5]
    np.testing.assert_allclose(ax.lines[1].get_ydata(), [3, 2, 3])


def test_iterations_of_a_history_are_its_batches(digits, ax):
    training.plot_iterations(digits.history, ax=ax)
    losses = digits.history.iteration_loss
    assert len(losses) == 5 * -(-len(digits.data.x_train) // 64)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), losses)
    assert legend(ax) == ["each batch", f"mean of {len(losses) // 20} batches"]


@pytest.mark.parametrize("losses", [[1.0, 0.6, 0.3, 0.1], [0.1, 0.3, 0.6, 1.0], [0.1, 1, 1, 1]])
def test_the_legend_stands_where_no_curve_is(losses, ax):
    training.plot_metric({"loss": losses}, best=False, ax=ax)
    ax.figure.canvas.draw()
    (line,) = ax.lines
    box = ax.get_legend().get_window_extent()
    assert not box.count_contains(ax.transData.transform(line.get_xydata()))


@pytest.mark.parametrize(
    ("history", "error", "words"),
    [
        (History(), ValueError, r"at least one epoch, got none. Write history = network.fit"),
        ({}, ValueError, "at least one epoch, got none"),
        ({"loss": []}, ValueError, "at least one epoch, got none"),
        ({"accuracy": [1.0]}, ValueError, r"with 'loss', got epoch, accuracy"),
        ({"loss": [1.0], "accuracy": [1.0, 2.0]}, ValueError, r"one length, got loss \(1,\)"),
        ([1.0, 2.0], TypeError, "a History, as fit.. returns it, or a dict of arrays, got list"),
    ],
)
def test_histories_that_can_not_be_drawn(history, error, words, ax):
    with pytest.raises(error, match=words):
        training.plot_history(history, ax=ax)


# --- live ----------------------------------------------------------------------------------------


def fit_or(callback, epochs=3):
    """Train on the OR of lecture 003."""
    x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float), np.array([0, 1, 1, 1])
    network = NeuralNetwork([FullyConnected(2, 2)])
    return network.fit(x, y, epochs=epochs, batch_size=2, callbacks=[callback], progress=False)


def test_live_plot_draws_into_given_axes_again_and_again(ax):
    seen = []
    live = training.LivePlot(ax=ax, seconds=0)
    draw = live.on_epoch_end

    def counting(network, history):
        draw(network, history)
        seen.append(len(ax.lines[0].get_xdata()))

    live.on_epoch_end = counting
    fit_or(live)
    assert seen == [1, 2, 3]
    assert len(ax.figure.axes) == 2  # the axis at the right is not drawn upon the last one
    fit_or(live, epochs=2)
    assert len(ax.lines[0].get_xdata()) == 2


def test_live_plot_spares_time_but_shows_the_end():
    live = training.LivePlot(seconds=1000)
    fit_or(live, epochs=7)
    assert len(live.ax.lines[0].get_xdata()) == 7
    assert not pyplot.get_fignums()  # else a notebook would show the figure twice


def test_live_plot_replaces_one_picture_in_a_notebook(monkeypatch):
    IPython = pytest.importorskip("IPython")
    shown, updated = [], []

    def display(picture, display_id):
        shown.append(picture.data)
        return types.SimpleNamespace(update=lambda picture: updated.append(picture.data))

    monkeypatch.setattr(IPython, "get_ipython", object)
    monkeypatch.setattr(IPython.display, "display", display)
    fit_or(training.LivePlot(seconds=0))
    assert (len(shown), len(updated)) == (1, 2)
    assert all(png.startswith(b"\x89PNG") for png in shown + updated)


def test_live_plot_shows_nothing_in_a_terminal(monkeypatch):
    IPython = pytest.importorskip("IPython")
    shell = type("TerminalInteractiveShell", (), {})
    monkeypatch.setattr(IPython, "get_ipython", shell)
    monkeypatch.setattr(IPython.display, "display", None)
    fit_or(training.LivePlot(seconds=0))


def test_live_plot_of_a_run_that_fails_at_once_draws_nothing(ax):
    live = training.LivePlot(ax=ax)
    live.on_train_end(None, History())
    assert not ax.lines


# --- layers --------------------------------------------------------------------------------------


def test_gradient_flow_of_a_network(digits, ax):
    said = digits.network.forward(digits.data.x_train[:8])
    digits.network.loss(said, digits.data.y_train[:8]).backward()
    training.plot_gradient_flow(digits.network, ax=ax)
    layer = digits.network.layers[0]
    sizes = np.abs(np.concatenate([layer.weight.grad.ravel(), layer.bias.grad]))
    means, largest = ax.patches[:2], ax.patches[2:4]
    assert means[0].get_height() == pytest.approx(sizes.mean(), rel=1e-5)
    assert largest[0].get_height() == pytest.approx(sizes.max(), rel=1e-5)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "2"]
    assert (ax.get_yscale(), legend(ax)) == ("log", ["mean", "largest"])


def test_gradient_flow_of_a_recorder_is_that_of_the_last_epoch(digits, ax):
    training.plot_gradient_flow(digits.recorder, ax=ax)
    last = digits.recorder.moments[5].gradients
    assert ax.patches[0].get_height() == pytest.approx(last[0].mean_size)


@pytest.mark.parametrize(("gradient", "word"), [(0.0, "0"), (np.nan, "nan"), (np.inf, "inf")])
def test_gradients_without_a_bar_are_written(gradient, word, ax):
    training.plot_gradient_flow({"a": [gradient], "b": [1.0]}, ax=ax)
    assert [text.get_text() for text in ax.texts] == [word]
    assert is_drawn(ax)
    assert is_drawn(training.plot_gradient_flow({"a": [gradient]}))


def test_gradient_flow_of_many_layers_names_some(ax):
    training.plot_gradient_flow({str(layer): [0.5**layer] for layer in range(30)}, ax=ax)
    names = [label.get_text() for label in ax.get_xticklabels()]
    assert names[:3] == ["0", "5", "10"]
    assert len(ax.patches) == 60


def test_gradient_flow_before_backward_says_what_to_write(ax):
    with pytest.raises(ValueError, match=r"none yet. Write network.loss\(.*backward\(\) first"):
        training.plot_gradient_flow(NeuralNetwork([FullyConnected(2, 2)]), ax=ax)
    with pytest.raises(ValueError, match=r"callbacks=\[recorder\]"):
        training.plot_gradient_flow(training.TrainingRecorder(), ax=ax)


@pytest.mark.parametrize(
    ("picture", "figure", "lines"),
    [
        (training.plot_gradient_norms, "gradient_norm", 2),
        (training.plot_update_ratios, "update_ratio", 3),
        (training.plot_dead_units, "dead_units", 2),
    ],
)
def test_figures_of_layers_over_epochs(picture, figure, lines, digits, ax):
    picture(digits.history, ax=ax)
    assert len(ax.lines) == lines
    columns = [name for name in digits.history.to_dict() if name.startswith(figure)]
    for line, name in zip(ax.lines, columns, strict=False):
        assert line.get_label() == f"layer {name.partition('/')[2]}"
        np.testing.assert_array_equal(line.get_ydata(), digits.history[name])
    with pytest.raises(ValueError, match=f"columns such as '{figure}/0', got epoch, loss"):
        picture({"loss": [1.0]}, ax=ax)


def test_update_ratios_have_the_line_of_a_thousandth(digits, ax):
    line = training.plot_update_ratios(digits.history, ax=ax).lines[-1]
    assert (line.get_label(), list(line.get_ydata())) == ("1e-3", [1e-3, 1e-3])


def test_layers_come_in_their_order(ax):
    history = {f"gradient_norm/{layer}": [1.0] for layer in (10, 2, 0)}
    training.plot_gradient_norms(history, ax=ax)
    assert legend(ax) == ["layer 0", "layer 2", "layer 10"]


@pytest.mark.parametrize("figure", [0.0, np.nan])
def test_update_ratios_without_scale_are_drawn(figure, ax):
    assert is_drawn(training.plot_update_ratios({"update_ratio/0": [figure, figure]}, ax=ax))


def test_many_layers_have_colours_of_their_own(ax):
    history = {f"gradient_norm/{2 * layer}": [1.0, 0.5**layer] for layer in range(14)}
    training.plot_gradient_norms(history, ax=ax)
    assert len({line.get_color() for line in ax.lines}) == 14
    assert is_drawn(ax)


# --- what is recorded ----------------------------------------------------------------------------


def test_recorder_counts_all_weights_gradients_and_activations(digits):
    moment = digits.recorder.moments[5]
    assert list(digits.recorder.moments) == [1, 2, 3, 4, 5]
    assert moment.weights[0].counts.sum() == 64 * 16 + 16
    assert moment.gradients[2].counts.sum() == 16 * 10 + 10
    assert list(moment.activations) == [0, 1, 2, 3]
    assert moment.activations[1].edges[0] == 0  # behind ReLU


def test_recorder_looks_as_after_training_and_changes_nothing():
    layers = [FullyConnected(2, 4), Dropout(0.5), FullyConnected(4, 2)]
    recorder = training.TrainingRecorder(np.ones((3, 2)))
    network = NeuralNetwork(layers)
    state = layers[1].random_state()
    recorder.on_train_begin(network, 1, 1)
    recorder.on_epoch_end(network, types.SimpleNamespace(epochs=[{"epoch": 1}]))
    moment = recorder.moments[1]
    assert moment.activations[0].counts.tolist() == moment.activations[1].counts.tolist()
    assert (layers[1].training, layers[1].random_state()) == (True, state)


@pytest.mark.parametrize("moments", [1, 5, 16, 17, 100, 1000])
def test_memory_is_bounded_and_the_last_one_is_kept(moments):
    kept = Thinned(at_most=16)
    for moment in range(1, moments + 1):
        kept.add(moment, moment)
        assert len(kept.entries) <= 16
        assert next(reversed(kept.entries)) == moment
    assert next(iter(kept.entries)) == 1
    assert len(kept.entries) >= min(moments, 8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_histogram_of_dtypes(dtype):
    histogram = Histogram.of(np.array([-1, 0, 0, 3], dtype), bins=4)
    assert histogram.counts.tolist() == [1, 2, 0, 1]
    assert (histogram.mean_size, histogram.largest_size) == (1.0, 3.0)


@pytest.mark.parametrize("value", [0.0, 1.0, -1e30, 1e-300, 1e300])
def test_histogram_of_equal_values(value):
    histogram = Histogram.of(np.full(5, value))
    assert histogram.counts.sum() == 5
    assert np.all(np.diff(histogram.edges) > 0)


def test_histogram_keeps_values_that_are_not_finite_apart():
    histogram = Histogram.of([1.0, np.nan, np.inf, 2.0])
    assert (histogram.counts.sum(), histogram.not_finite) == (2, 2)
    assert Histogram.of([np.nan]).counts.sum() == 0


def test_histogram_in_other_bins_keeps_the_counts():
    values = np.random.default_rng(0).normal(size=1000)
    histogram = Histogram.of(values)
    assert histogram.counts_between(np.linspace(-9, 9, 50)).sum() == pytest.approx(1000)
    uneven = Histogram.of([0.0, 0.0, 0.0, 1.0], bins=2)
    assert uneven.counts_between(np.array([0.0, 0.25, 0.5, 1.0])).tolist() == [1.5, 1.5, 1.0]


@pytest.mark.parametrize(
    ("what", "layers"), [("weights", [0, 2]), ("gradients", [0, 2]), ("activations", [0, 1, 2, 3])]
)
def test_histograms_over_time(what, layers, digits):
    axes = training.plot_histograms(digits.recorder, what)
    kinds = [type(digits.network.layers[layer]).__name__ for layer in layers]
    titles = [f"{layer}: {kind}" for layer, kind in zip(layers, kinds, strict=True)]
    assert [ax.get_title() for ax in axes] == titles
    (mesh,) = axes[0].collections
    shares = mesh.get_array()
    np.testing.assert_allclose(shares.sum(axis=0), np.ones(5))  # per epoch
    assert {ax.get_ylabel() for ax in axes} == {what}
    assert is_drawn(axes[0])


def test_a_histogram_over_time_has_each_value_at_its_place(ax):
    training.plot_histogram({1: [0.0, 0.0, 3.0], 2: [-1.0, 5.0]}, ax=ax)
    (mesh,) = ax.collections
    bounds = mesh.get_coordinates()
    epochs, values = bounds[0, :, 0], bounds[:, 0, 1]
    assert epochs.tolist() == [0.5, 1.5, 2.5]
    assert (values[0], values[-1]) == pytest.approx((-1, 5))
    found = [
        [float(values[row]) <= value <= float(values[row + 1]) for row in np.flatnonzero(column)]
        for column, value in zip(mesh.get_array().T, (0.0, 5.0), strict=True)
    ]
    assert [any(inside) for inside in found] == [True, True]
    np.testing.assert_allclose(mesh.get_array().sum(axis=0), [1, 1])


def test_histogram_says_how_many_values_are_not_finite(ax):
    training.plot_histogram({1: [1.0, np.nan], 2: [np.inf, 2.0]}, ax=ax)
    assert [text.get_text() for text in ax.texts] == ["2 nan or inf"]
    assert is_drawn(ax)


def test_histograms_that_were_not_recorded(digits, ax):
    recorder = training.TrainingRecorder()
    with pytest.raises(ValueError, match=r"callbacks=\[recorder\]"):
        training.plot_histograms(recorder)
    fit_or(recorder)
    with pytest.raises(ValueError, match=r"activations, got none. Write TrainingRecorder\(x_test"):
        training.plot_histograms(recorder, "activations")
    with pytest.raises(ValueError, match="'weights' or 'gradients' or 'activations', got 'w'"):
        training.plot_histograms(recorder, "w")
    with pytest.raises(ValueError, match=r"expects 2 matplotlib Axes, got 1 .*subplots\(1, 2\)"):
        training.plot_histograms(digits.recorder, ax=ax)


# --- the plane -----------------------------------------------------------------------------------


def test_boundary_is_what_the_network_says(plane, ax):
    training.plot_decision_boundary(plane.network, plane.x, plane.y, resolution=30, ax=ax)
    (image,) = ax.images
    left, right, bottom, top = image.get_extent()
    seen = image.get_array()
    points = [
        [left + (right - left) * (column + 0.5) / 30, bottom + (top - bottom) * (row + 0.5) / 30]
        for row, column in np.ndindex(30, 30)
    ]
    assert seen.ravel().tolist() == plane.network.predict(points).argmax(axis=1).tolist()
    points = sum(len(points.get_offsets()) for points in ax.collections)
    assert (points, legend(ax)) == (60, ["class 0", "class 1"])
    assert left < plane.x[:, 0].min() < plane.x[:, 0].max() < right
    for number, drawn in enumerate(ax.collections):
        np.testing.assert_array_equal(drawn.get_offsets(), plane.x[plane.y == number])


def test_boundary_of_one_output_is_at_a_half(ax):
    x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), [[0.0], [1.0], [1.0], [1.0]]
    network = NeuralNetwork([FullyConnected(2, 1), Sigmoid()], loss=MeanSquaredError())
    network.fit(x, y, epochs=2, batch_size=4, progress=False)
    training.plot_decision_boundary(network, x, y, resolution=10, ax=ax)
    assert set(np.unique(ax.images[0].get_array())) <= {0, 1}
    ax.clear()
    training.plot_decision_boundary(lambda points: points[:, 0], x, y, resolution=10, ax=ax)
    (image,) = ax.images
    left, right, *_ = image.get_extent()
    middles = left + (right - left) * (np.arange(10) + 0.5) / 10
    assert (image.get_array() == (middles > 0.5)).all()
    assert (image.get_array() == 0).sum() == 50


def test_boundary_snapshots(plane):
    axes = training.plot_boundary_snapshots(plane.recorder, number=3)
    titles = [ax.get_title() for ax in axes]
    assert (titles[0], titles[-1]) == ("epoch 1", "epoch 20")
    assert len(plane.recorder.snapshots) <= 8
    last = axes[-1].images[0].get_array()
    np.testing.assert_array_equal(last, plane.recorder.snapshots[20])


def test_boundary_animation_has_a_frame_per_epoch(plane, tmp_path):
    from PIL import Image

    animation = training.animate_boundary(plane.recorder)
    animation.save(tmp_path / "learning.gif", writer="pillow", dpi=40)
    with Image.open(tmp_path / "learning.gif") as gif:
        assert gif.n_frames == len(plane.recorder.snapshots)
    assert animation._fig.axes[0].get_title() == "epoch 20"


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.ones((4, 3)), [0, 1, 0, 1], r"2 features, .* got shape \(4, 3\). Choose two columns"),
        (np.ones((0, 2)), [], r"got shape \(0, 2\)"),
        (np.full((1, 2), np.nan), [0], "finite numbers"),
        (np.ones((2, 2)), [0, 1, 1], "2 samples and 3 classes"),
        (np.ones((2, 2)), [0.5, 1.5], "classes as whole numbers from 0"),
    ],
)
def test_samples_that_have_no_plane(x, y, words, plane, ax):
    with pytest.raises(ValueError, match=words):
        training.plot_decision_boundary(plane.network, x, y, ax=ax)


def test_networks_that_have_no_plane(plane, digits, ax):
    words = r"a network with 2 inputs, got one with 64. Write FullyConnected\(2, ...\)"
    with pytest.raises(ValueError, match=words):
        training.plot_decision_boundary(digits.network, plane.x, plane.y, ax=ax)
    with pytest.raises(ValueError, match="one row of scores per sample, got shape"):
        training.plot_decision_boundary(lambda points: 1.0, plane.x, plane.y, ax=ax)
    with pytest.raises(ValueError, match="has seen an epoch, got none"):
        training.animate_boundary(training.BoundaryRecorder(plane.x, plane.y))


# --- mistakes ------------------------------------------------------------------------------------


def test_confusion_matrix_counts():
    counts = training.confusion_matrix(
        [0, 0, 1, 2], [[0.9, 0.1, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]]
    )
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert training.confusion_matrix([0], [1], number_of_classes=4).shape == (4, 4)


def test_confusion_matrix_picture(ax):
    training.plot_confusion_matrix(
        [0, 0, 0, 1], [0, 0, 1, 1], classes=["cat", "a long dog"], shares=True, ax=ax
    )
    assert [text.get_text() for text in ax.texts] == ["67", "33", "0", "100"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cat", "a long dog"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
    assert ax.get_title().startswith("75.0% right")


@pytest.mark.parametrize("ground", ["white", "black"])
def test_numbers_of_the_confusion_matrix_stand_out(ground, ax):
    ax.set_facecolor(ground)
    training.plot_confusion_matrix([0, 0, 0, 1, 1], [0, 0, 1, 1, 1], ax=ax)
    (image,) = ax.images
    for text in ax.texts:
        column, row = text.get_position()
        behind = image.cmap(image.norm(image.get_array()[row, column]))
        assert contrast(text.get_color(), behind[:3]) > 4.5


def test_many_classes_have_a_colour_bar_instead_of_numbers(ax):
    classes = np.arange(100)
    training.plot_confusion_matrix(classes, classes, ax=ax)
    assert not ax.texts
    assert len(ax.figure.axes) == 2
    assert is_drawn(ax)


@pytest.mark.parametrize(
    ("true", "predicted", "words"),
    [
        ([], [], "at least one sample"),
        ([0, 1], [0], "as many predictions, got 2 and 1"),
        ([0.5], [0], "classes as whole numbers from 0"),
        ([-1], [0], "classes as whole numbers from 0, .* the smallest -1"),
        (np.zeros((1, 2, 2), int), [0], r"got shape \(1, 2, 2\) of int64"),
    ],
)
def test_classes_that_can_not_be_compared(true, predicted, words, ax):
    with pytest.raises(ValueError, match=words):
        training.plot_confusion_matrix(true, predicted, ax=ax)


def test_most_wrong_images_come_first(ax):
    said = np.array([[0.6, 0.4], [0.9, 0.1], [0.2, 0.8], [0.99, 0.01]], np.float32)
    images = np.arange(16.0).reshape(4, 2, 2)
    training.plot_most_wrong(images, [1, 1, 1, 1], said, classes=["cat", "dog"], ax=ax)
    captions = [text.get_text() for text in ax.texts]
    assert captions == [
        "cat: 99 %\nnot dog: 1 %",
        "cat: 90 %\nnot dog: 10 %",
        "cat: 60 %\nnot dog: 40 %",
    ]
    assert [image.get_array().tolist() for image in ax.images] == images[[3, 1, 0]].tolist()
    assert ax.get_title() == "most wrong of 3 mistakes in 4"
    assert {image.get_clim() for image in ax.images} == {(0.0, 15.0)}  # one scale of greys


def test_nothing_wrong_is_said(ax):
    training.plot_most_wrong(np.ones((1, 2, 2)), [0], [[1.0, 0.0]], ax=ax)
    assert ax.texts[0].get_text() == "all 1 right"


@pytest.mark.parametrize(
    ("shape", "shown"),
    [((3, 16), (4, 4)), ((3, 4, 5), (4, 5)), ((3, 4, 5, 1), (4, 5)), ((3, 4, 5, 3), (4, 5, 3))],
)
def test_images_come_in_many_shapes(shape, shown, ax):
    training.plot_most_wrong(np.ones(shape), [1, 1, 1], [[0.9, 0.1]] * 3, ax=ax)
    assert ax.images[0].get_array().shape == shown
    assert is_drawn(ax)


@pytest.mark.parametrize(
    ("images", "said", "words"),
    [
        (np.ones((1, 12)), [[1.0, 0.0]], r"784 = 28 x 28 pixels; got 12. Write shape=\(height"),
        (np.ones((1, 2, 2, 7)), [[1.0, 0.0]], "1, 3 or 4 channels"),
        (np.ones((1, 4)), [[3.0, -1.0]], r"sum to 1, got scores. Write autograd_core.softmax\("),
        (np.ones((2, 4)), [[1.0, 0.0]], "got 2 images, 1 classes and probabilities of shape"),
        (np.ones((1, 4)), [[1.0]], "classes below 1"),
    ],
)
def test_images_and_probabilities_that_do_not_fit(images, said, words, ax):
    with pytest.raises(ValueError, match=words):
        training.plot_most_wrong(images, [1], said, ax=ax)


def test_first_layer_shows_the_largest_weights(ax):
    weights = np.arange(1.0, 6.0) * np.ones((9, 1))  # unit 4 has the largest
    training.plot_first_layer(weights, number=2, ax=ax)
    assert [image.get_array()[0, 0] for image in ax.images] == [4.0, 5.0]
    assert ax.images[0].get_array().shape == (3, 3)
    assert ax.images[0].get_clim() == (-5.0, 5.0)  # 0 is the colour of the ground
    assert ax.get_title() == "2 of 5 units"


def test_first_layer_of_a_network_that_has_none(ax):
    with pytest.raises(ValueError, match="a network with a FullyConnected layer, got NeuralNetw"):
        training.plot_first_layer(NeuralNetwork([ReLU()]), ax=ax)


# --- lecture 003 ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "at", "value", "derivative"),
    [
        (Sigmoid(), 2.0, 0.880797078, 0.1049935854),
        (Tanh(), -1.0, -0.761594156, 0.4199743416),
        (ReLU(), 0.0, 0.0, 0.0),
        (ReLU(), 2.0, 2.0, 1.0),
        (LeakyReLU(0.01), -2.0, -0.02, 0.01),
        (ELU(), -1.0, -0.6321205588, 0.3678794412),
        (LeakyReLU(0.25, learned=True), -2.0, -0.5, 0.25),
        (ac.sigmoid, 0.0, 0.5, 0.25),
        (lambda x: x**3, 2.0, 8.0, 12.0),
    ],
)
def test_activation_functions_and_their_derivatives(function, at, value, derivative, ax):
    training.plot_activation(function, ax=ax)
    for line, expected in zip(ax.lines, (value, derivative), strict=False):
        (place,) = np.flatnonzero(np.isclose(line.get_xdata(), at) & np.isfinite(line.get_ydata()))
        assert line.get_ydata()[place] == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert legend(ax) == ["f(x)", "f'(x)"]
    assert (ax.lines[0].get_color(), ax.lines[1].get_color()) == (LIGHT.value, LIGHT.gradient)


@pytest.mark.parametrize(
    ("function", "points"),
    [(ReLU(), [(0.0, 0.0)]), (LeakyReLU(0.1), [(0.0, 0.1)]), (np.abs, [(0.0, 0.0)]), (Tanh(), [])],
)
def test_derivative_has_a_gap_and_a_point_where_it_jumps(function, points, ax):
    training.plot_activation(function, ax=ax)
    assert np.isnan(ax.lines[1].get_ydata()).any() == bool(points)
    marks = ax.lines[2]
    assert list(zip(marks.get_xdata(), marks.get_ydata(), strict=True)) == points


def test_where_a_function_is_not_defined_nor_is_its_derivative(ax):
    training.plot_activation(lambda x: np.log(x), ax=ax)
    value, derivative, marks = (line.get_ydata() for line in ax.lines[:3])
    np.testing.assert_array_equal(np.isnan(derivative), np.isnan(value))
    assert np.isnan(value).sum() == 500
    assert not len(marks)  # steep at the pole, but no jump


def test_activation_functions_of_the_lecture():
    axes = training.plot_activations()
    titles = [ax.get_title() for ax in axes]
    assert titles == ["Sigmoid", "Tanh", "ReLU", "Leaky ReLU, a = 0.1", "ELU, a = 1"]
    assert is_drawn(axes[0])


@pytest.mark.parametrize("function", [SoftMax(), ac.sum, lambda x: x - ac.mean(x)])
def test_functions_that_mix_entries_are_refused(function, ax):
    with pytest.raises(ValueError, match="of every entry by itself, got"):
        training.plot_activation(function, ax=ax)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (training.plot_activations, "from titles to functions with at least one entry,"),
        (training.plot_histogram, "from epochs to arrays with at least one entry,"),
        (
            training.plot_initializers,
            "from names to initializers with at least one entry, such as {'He': He()};",
        ),
    ],
)
@pytest.mark.parametrize("wrong", [3, {}])
def test_pictures_of_named_things_say_what_they_expect(picture, words, wrong):
    with pytest.raises(ValueError) as error:
        picture(wrong)
    assert str(error.value) == f"{picture.__name__}() expects a dict {words} got {wrong}"


@pytest.mark.parametrize("limits", [(1, 1), (2, 1), (0, np.inf), 3])
def test_limits_that_are_none(limits, ax):
    with pytest.raises(ValueError, match=r"the smaller first, such as \(-5, 5\)"):
        training.plot_activation(ReLU(), limits=limits, ax=ax)


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: training.plot_activation(lambda x: np.log(x), ax=ax),
        lambda ax: training.plot_descent(lambda w: np.log(w), 1.0, learning_rate=0.1, ax=ax),
        lambda ax: training.plot_descent(lambda w: abs(w), 1.0, steps=20, ax=ax),
        lambda ax: training.plot_surface_descent(
            lambda w: ac.sum(w**4), [3.0, 3.0], learning_rate=1.0, ax=ax
        ),
        lambda ax: training.plot_batch_sizes(learning_rate=5.0, epochs=100, ax=ax),
        lambda ax: training.plot_batch_sizes(learning_rate=5.0, epochs=100, show="loss", ax=ax),
    ],
)
def test_what_leaves_the_finite_numbers_is_drawn_without_a_warning(draw, ax):
    assert is_drawn(draw(ax))


W = [1.8, 0.72, 0.288, 0.1152, 0.04608, 0.018432]
L = [3.24, 0.5184, 0.082944, 0.01327104, 0.0021233664, 0.000339738624]
G = [3.6, 1.44, 0.576, 0.2304, 0.09216, 0.036864]


def test_descent_shows_the_numbers_of_the_lecture(ax):
    training.plot_descent(ax=ax)
    curve, path = ax.lines[:2]
    np.testing.assert_allclose(path.get_xdata(), W, rtol=1e-12)
    np.testing.assert_allclose(path.get_ydata(), L, rtol=1e-12)
    np.testing.assert_allclose(curve.get_ydata(), curve.get_xdata() ** 2, rtol=1e-12)
    np.testing.assert_allclose(training.descend().gradients, G, rtol=1e-12)
    assert legend(ax) == ["loss L(w)", "5 steps, learning rate 0.3"]
    assert [text.get_text() for text in ax.texts] == ["1.8", "0.72", "0.288"]


def test_descent_ends_where_steps_are_small_or_numbers_are_not_finite():
    assert training.descend(steps=100, epsilon=0.001).steps == 8
    far = training.descend(lambda w: w**4, 10.0, learning_rate=1.0, steps=50)
    assert far.steps < 50
    assert not np.isfinite(far.losses[-1])


def test_descent_that_diverges_is_drawn(ax):
    assert is_drawn(training.plot_descent(lambda w: w**4, 10.0, learning_rate=1.0, ax=ax))


def test_descent_keeps_float32():
    assert training.descend(lambda w: w**2, np.float32(1.8)).points.dtype == np.float32


def test_descent_by_an_optimizer_takes_its_steps():
    plain = training.descend(lambda w: w**2, 1.8, learning_rate=0.3)
    by_sgd = training.descend(lambda w: w**2, 1.8, optimizer=SGD(0.3))
    np.testing.assert_allclose(by_sgd.points, plain.points, rtol=1e-12)
    assert by_sgd.points.shape == plain.points.shape == (6,)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"loss": lambda w: 3.0}, "a scalar Node, .* such as lambda w: w..2; got float"),
        ({"start": [1.0, 2.0]}, r"got shape \(2,\)"),
        ({"start": [[1.0]]}, "a number, or finite numbers of shape"),
        ({"start": np.nan}, "a number, or finite numbers of shape"),
        ({"steps": 0}, "a whole number from 1, got 0"),
        ({"learning_rate": -1}, "a finite number from 0, got -1"),
        ({"loss": lambda w: ac.Node(2.0)}, "depends on the weights"),
    ],
)
def test_descents_that_can_not_be(arguments, words):
    with pytest.raises(ValueError, match=words):
        training.descend(**arguments)


def test_surface_descent_draws_paths_over_contour_lines(ax):
    training.plot_surface_descent(bowl, [2.0, 1.0], learning_rate=0.1, steps=2, ax=ax)
    np.testing.assert_allclose(ax.lines[0].get_xdata(), [2, 1.6, 1.28])
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [1, 0.2, 0.04])
    drawn = len(ax.collections)
    training.plot_surface_descent(bowl, [2.0, 1.0], optimizer=Adam(0.1), steps=9, ax=ax)
    assert legend(ax) == ["learning rate 0.1: 2 steps", "Adam: 9 steps"]
    assert len(ax.collections) == drawn + 2  # start and end; the contour lines stay
    assert len({line.get_color() for line in ax.lines}) == 2


def test_surface_that_is_flat_or_of_another_size(ax):
    assert is_drawn(training.plot_surface_descent(lambda w: ac.sum(w * 0), [1.0, 1.0], ax=ax))
    with pytest.raises(ValueError, match=r"two numbers, such as \[2.0, 1.0\], got shape \(3,\)"):
        training.plot_surface_descent(ac.sum, [1.0, 2.0, 3.0], ax=ax)


def test_initializers_vanish_explode_or_keep_the_spread(ax):
    training.plot_initializers(ax=ax)
    lines = {line.get_label(): line.get_ydata() for line in ax.lines}
    assert list(lines) == ["zeros (spread 0)", "N(0, 0.4)", "Xavier", "He"]
    assert lines["zeros (spread 0)"][1:].tolist() == [ax.get_ylim()[0]] * 8
    assert lines["N(0, 0.4)"][-1] > 100 * lines["He"][-1] > 1000 * lines["Xavier"][-1] / 2
    assert 0.5 < lines["He"][-1] / lines["He"][1] < 2
    np.testing.assert_array_equal(training.activation_spreads(Zeros())[1:], np.zeros(8))


def test_spreads_are_those_behind_the_activation_function():
    spreads = training.activation_spreads(Normal(0.0, 100.0), activation=Tanh)
    assert 0.9 < spreads[1:].min() <= spreads[1:].max() <= 1.0


def test_spreads_follow_from_the_seed():
    first, again, other = (training.activation_spreads(He(), seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_activation_spread_has_a_box_per_layer(digits, ax):
    training.plot_activation_spread(digits.network, digits.data.x_test, ax=ax)
    assert len(ax.patches) == 4
    with pytest.raises(ValueError, match=r"such as x_test\[:500\], got shape \(64,\)"):
        training.plot_activation_spread(digits.network, digits.data.x_test[0], ax=ax)


def test_batch_gradient_descent_is_that_of_the_mean_squared_error():
    x, y = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([1.0, 2.0])
    path = training.descend_in_batches(x, y, batch_size=2, epochs=1, learning_rate=0.1)
    w = np.array([-1.0, 2.0])
    np.testing.assert_allclose(path, [w, w - 0.1 * x.T @ (x @ w - y)])


def test_batch_sizes_as_paths_and_losses(ax):
    training.plot_batch_sizes(epochs=3, ax=ax)
    assert legend(ax) == ["all: 3 steps", "8: 24 steps", "1: 192 steps"]
    losses = training.plot_batch_sizes(epochs=3, show="loss")
    assert {line.get_xdata()[-1] for line in losses.lines} == {3 * 64}
    assert losses.get_xlabel() == "samples seen"
    all_of_them = losses.lines[0].get_ydata()
    assert np.all(np.diff(all_of_them) < 0)  # batch descent never goes up here


def test_batch_sizes_that_do_not_divide_the_samples(ax):
    x, y = np.ones((5, 2)), np.ones(5)
    training.plot_batch_sizes(x, y, batch_sizes=[2], epochs=2, show="loss", ax=ax)
    assert ax.lines[0].get_xdata().tolist() == [0, 2, 4, 5, 7, 9, 10]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"show": "x"}, "expects 'path' or 'loss', got 'x'"),
        ({"x": np.ones((3, 2))}, "both x and y, or neither"),
        ({"x": np.ones((3, 3)), "y": np.ones(3), "start": (0, 0, 0)}, "2 columns, one per weight"),
        ({"x": np.ones((3, 2)), "y": np.ones(2)}, r"got \(3, 2\) and \(2,\)"),
        ({"batch_sizes": []}, "at least one"),
    ],
)
def test_batches_that_can_not_be_drawn(arguments, words, ax):
    with pytest.raises(ValueError, match=words):
        training.plot_batch_sizes(**arguments, ax=ax)


# --- text is text ---------------------------------------------------------------------------------

NAMES = [r"$\frac{1}{$", "$x$", "5$ or 6$", "_hidden", "a\\$b", "%s{0}", "<b>&amp;", "a\nb", "\x07"]


def shown(figure):
    """Every text of a picture that is not empty, as it is drawn."""
    figure.savefig(io.BytesIO())
    texts = [text for text in figure.findobj(matplotlib.text.Text) if text.get_text().strip()]
    return [text._preprocess_math(text.get_text()) for text in texts]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_users_are_shown_as_they_are(name, digits, plane):
    classes = [name] * 10
    small = {"values": {1: [0.0, 1.0]}}
    drawings = [
        lambda ax: training.plot_confusion_matrix([0, 1], [0, 1], classes=classes, ax=ax),
        lambda ax: training.plot_most_wrong(
            digits.data.x_test, digits.data.y_test, said(digits), classes=classes, ax=ax
        ),
        lambda ax: training.plot_decision_boundary(
            plane.network, plane.x, plane.y, classes=classes, resolution=5, ax=ax
        ),
        lambda ax: training.plot_activation(np.tanh, title=name, ax=ax),
        lambda ax: training.plot_histogram(small["values"], label=name, ax=ax),
        lambda ax: training.plot_gradient_flow({name: [0.1, 0.2]}, ax=ax),
        lambda ax: training.plot_metric({name: [1.0, 2.0]}, name, ax=ax),
    ]
    wanted = name.replace("\x07", "\ufffd")
    for draw in drawings:
        figure = Figure(figsize=(4, 3), layout="constrained")
        draw(figure.add_subplot())
        found = shown(figure)
        written = wanted.replace("_", " ") if "_" in name else wanted
        assert any(wanted in text or written in text for text, _ in found), found
        assert not any(is_math for text, is_math in found if wanted in text)
