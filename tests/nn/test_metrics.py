"""Metrics: scikit-learn's numbers, exact over batches, recorded, saved and shown."""

import io
import json
import os
import signal

import numpy as np
import pytest

import nn
from nn import (
    F1,
    R2,
    Accuracy,
    BinaryCrossEntropy,
    ConfusionMatrix,
    EarlyStopping,
    FullyConnected,
    LambdaCallback,
    MeanSquaredError,
    Metric,
    NeuralNetwork,
    Precision,
    Recall,
    SigmoidCrossEntropyLoss,
    SoftMaxCrossEntropyLoss,
    TopKAccuracy,
    load_dataset,
)
from nn.metrics.choosing import metrics_from
from nn.model_file import reading

random = np.random.default_rng(1)
SCORES = random.normal(size=(40, 5))
CLASSES = random.integers(0, 5, 40)
WEIGHTS = random.uniform(0.0, 2.0, 40)
SAID = SCORES.argmax(axis=1)
TARGETS = random.normal(size=(40, 2))
NUMBERS = TARGETS + 0.3 * random.normal(size=(40, 2))
DIGITS = load_dataset("digits")
X, Y = DIGITS.x_train[:150], DIGITS.y_train[:150]


def batched(metric, prediction, label, weight, loss, size=7):
    """The figure of several batches together."""
    counted = None
    for start in range(0, len(label), size):
        rows = slice(start, start + size)
        own = None if weight is None else weight[rows]
        found = metric.counts(prediction[rows], label[rows], own, loss)
        counted = found if counted is None else metric.joined(counted, found)
    return metric.figure(counted)


def of_sklearn():
    metrics = pytest.importorskip("sklearn.metrics")
    for average in ("macro", "micro", "weighted"):
        for make, of in (
            (Precision, metrics.precision_score),
            (Recall, metrics.recall_score),
            (F1, metrics.f1_score),
        ):
            yield (
                make(average),
                lambda w, of=of, a=average: of(
                    CLASSES, SAID, average=a, sample_weight=w, zero_division=0
                ),
            )
    yield Accuracy(), lambda w: metrics.accuracy_score(CLASSES, SAID, sample_weight=w)
    yield ConfusionMatrix(), lambda w: metrics.confusion_matrix(CLASSES, SAID, sample_weight=w)
    for k in (1, 2, 5):
        yield (
            TopKAccuracy(k),
            lambda w, k=k: metrics.top_k_accuracy_score(CLASSES, SCORES, k=k, sample_weight=w),
        )


@pytest.mark.parametrize("weight", [None, WEIGHTS, (WEIGHTS > 1.0).astype(float)])
@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("number", range(13))
def test_metrics_of_classes_are_those_of_scikit_learn(number, rows, weight):
    metric, expected = list(of_sklearn())[number]
    label = np.eye(5)[CLASSES] if rows else CLASSES
    for size in (7, 40):
        found = batched(metric, SCORES, label, weight, SoftMaxCrossEntropyLoss(), size)
        np.testing.assert_allclose(found, expected(weight), rtol=1e-12)


@pytest.mark.parametrize("make", [Precision, Recall, F1])
def test_yes_and_no_have_the_figure_of_yes(make):
    metrics = pytest.importorskip("sklearn.metrics")
    of = {
        Precision: metrics.precision_score, Recall: metrics.recall_score, F1: metrics.f1_score
    }[make]  # fmt: skip
    yes = CLASSES > 2
    for loss, scores in (
        (SigmoidCrossEntropyLoss(), SCORES[:, :1]),
        (BinaryCrossEntropy(), 1.0 / (1.0 + np.exp(-SCORES[:, :1]))),
    ):
        expected = of(yes, SCORES[:, 0] >= 0.0, sample_weight=WEIGHTS)
        for label in (yes, yes[:, None].astype(float)):
            found = batched(make(), scores, label, WEIGHTS, loss)
            assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("weight", [None, WEIGHTS])
@pytest.mark.parametrize("name", ["r2", "mae", "mse"])
def test_metrics_of_numbers_are_those_of_scikit_learn(name, weight):
    metrics = pytest.importorskip("sklearn.metrics")
    of = {
        "r2": metrics.r2_score, "mae": metrics.mean_absolute_error,
        "mse": metrics.mean_squared_error,
    }[name]  # fmt: skip
    (metric,) = metrics_from("fit", [name])
    for shift in (0.0, 1e6):  # far from 0 the spread of labels has few digits
        found = batched(metric, NUMBERS + shift, TARGETS + shift, weight, MeanSquaredError())
        expected = of(TARGETS + shift, NUMBERS + shift, sample_weight=weight)
        assert found == pytest.approx(expected, rel=1e-7 if shift else 1e-12)


def test_r2_of_labels_that_are_all_the_same():
    assert R2()([[1.0], [1.0]], [[1.0], [1.0]]) == 1.0
    assert R2()([[1.0], [2.0]], [[1.0], [1.0]]) == 0.0


def test_nan_is_never_right():
    scores = np.array([[np.nan, 1.0], [0.0, 1.0]])
    assert Accuracy()(scores, [1, 1]) == 0.5
    assert Accuracy()(scores, [0, 1]) == 0.5
    assert TopKAccuracy(1)(scores, [0, 1]) == 0.5
    assert ConfusionMatrix()(scores, [1, 1]).tolist() == [[0, 0], [0, 1]]


def test_figures_of_nothing_are_0():
    for metric in (Precision(), Recall(), F1(), Accuracy()):
        assert metric([[1.0, 0.0]], [0], [0.0]) == 0.0


# --- in training ----------------------------------------------------------------------------------


def network(**options):
    return NeuralNetwork([FullyConnected(64, 10)], seed=1, dtype=np.float64, **options)


def fit(trained, **options):
    options = {"epochs": 2, "batch_size": 32, "progress": False, **options}
    return trained.fit(X, Y, **options)


def spread(prediction, label):
    """No mean of batches has this figure."""
    return prediction.std() + len(label)


ALL = ["f1", "top_3", "precision", "recall", "confusion", "mean_squared_error", spread]


def test_metrics_of_an_epoch_are_exact_and_recorded():
    trained = network(optimizer=nn.SGD(1e-12))  # so small that all batches have one network
    history = fit(trained, metrics=ALL, validation_data=(X[:50], Y[:50]))
    said, row = trained.predict(X), history.epochs[-1]
    for metric in metrics_from("fit", ALL[:4]):
        assert row[metric.name] == pytest.approx(metric(said, Y), rel=1e-9)
        for prefix, rows in (("evaluated_", slice(None)), ("validation_", slice(50))):
            assert row[prefix + metric.name] == pytest.approx(metric(said[rows], Y[rows]), rel=1e-9)
    assert row["spread"] == pytest.approx(said.std() + len(Y))
    assert row["validation_spread"] == pytest.approx(said[:50].std() + 50)
    assert history["confusion"].shape == history["validation_confusion"].shape == (2, 10, 10)
    np.testing.assert_array_equal(history["confusion"][-1], ConfusionMatrix()(said, Y))
    assert history["confusion"][0].sum() == len(Y)
    figures = trained.evaluate(X, Y, metrics=ALL, batch_size=40)
    assert figures["confusion"].shape == (10, 10)
    assert figures["f1"] == pytest.approx(row["evaluated_f1"])


@pytest.mark.parametrize("batch", [2, 5, 7])
def test_metrics_and_weights_resume_to_the_same_bits(batch, tmp_path):
    def press(trained, loss, accuracy):
        if len(trained.losses) == batch:
            os.kill(os.getpid(), signal.SIGINT)

    options = {"metrics": ALL, "sample_weight": 1.0 + Y, "class_weight": {1: 2.0}, "epochs": 3}
    whole = fit(network(), **options)
    with pytest.raises(KeyboardInterrupt):
        fit(
            network(),
            checkpoint=tmp_path,
            callbacks=[LambdaCallback(on_batch_end=press)],
            **options,
        )
    resumed = fit(network(), resume=tmp_path, **options)
    assert resumed.epochs == whole.epochs


def test_a_resumed_run_has_the_metrics_and_weights_of_its_start(tmp_path):
    fit(network(), metrics=["f1"], sample_weight=1.0 + Y, checkpoint=tmp_path)
    with pytest.raises(nn.ModelFileError, match="metrics"):
        fit(network(), metrics=["recall"], sample_weight=1.0 + Y, resume=tmp_path, epochs=3)
    with pytest.raises(nn.ModelFileError, match="others of the same shape"):
        fit(network(), metrics=["f1"], sample_weight=2.0 + Y, resume=tmp_path, epochs=3)
    fit(network(), metrics=["f1"], sample_weight=1.0 + Y, resume=tmp_path, epochs=3)


def test_a_checkpoint_holds_what_metrics_have_counted(tmp_path):
    def press(trained, loss, accuracy):
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        fit(
            network(), metrics=["confusion"], checkpoint=tmp_path,
            callbacks=[LambdaCallback(on_batch_end=press)],
        )  # fmt: skip
    with reading(tmp_path / "checkpoint.safetensors", "autograd-core checkpoint") as file:
        assert file.arrays()["metrics:confusion"].sum() == 32
        json.dumps(file.description)


def test_functions_see_the_whole_epoch_in_whichever_order_they_name():
    seen = []

    def swapped(y_true, y_pred):
        seen.append((y_true.shape, y_pred.shape))
        return 1.0

    fit(
        network(), metrics=[swapped], epochs=1, sample_weight=(np.arange(150) % 3 > 0).astype(float)
    )
    assert seen == [((100,), (100, 10))]


def test_a_metric_of_ones_own():
    class Largest(Metric):
        name = "largest"
        grows = False

        def counts(self, prediction, label, weight, loss):
            return np.array([np.abs(prediction).max()])

        def joined(self, one, other):
            return np.maximum(one, other)

        def figure(self, counted):
            return float(counted[0])

    trained = network()
    figures = trained.evaluate(X, Y, metrics=[Largest()], batch_size=10)
    assert figures["largest"] == np.abs(trained.predict(X)).max()
    assert not fit(trained, metrics=[Largest()]).grows("validation_largest")
    with pytest.raises(NotImplementedError, match="must define counts"):
        Metric()([[1.0]], [0])


def test_accuracy_is_not_there_twice():
    assert list(network().evaluate(X, Y, metrics=["accuracy"])) == ["loss", "accuracy"]
    of_numbers = network(loss=MeanSquaredError())
    figures = of_numbers.evaluate(X, np.eye(10)[Y], metrics=["accuracy"])
    assert figures["accuracy"] == (of_numbers.predict(X).argmax(axis=1) == Y).mean()


def test_early_stopping_follows_a_metric_that_grows():
    history = fit(
        network(), epochs=40, metrics=["f1"], callbacks=[stop := EarlyStopping("f1", patience=1)]
    )
    figures = history["evaluated_f1"]
    assert stop.best == figures.max() > figures[0]
    assert history.grows("validation_f1")
    assert not history.grows("loss")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["f2"], "names out of accuracy, .*got 'f2'"),
        ([F1], r"Write F1\(\)"),
        (3, "expects a list"),
        (["f1", "f1"], "'f1' twice"),
        ([3], "got 3"),
        ([TopKAccuracy(2), "top_2"], "twice"),
    ],
)
def test_metrics_that_are_none_are_refused(given, words):
    with pytest.raises((ValueError, TypeError), match=words):
        network().evaluate(X, Y, metrics=given)


def test_what_a_metric_can_not_say_is_refused():
    with pytest.raises(ValueError, match=r"Write F1\('macro'\)"):
        F1("binary")(SCORES, CLASSES)
    with pytest.raises(ValueError, match="an output per class"):
        TopKAccuracy()([[1.0]], [1])
    with pytest.raises(ValueError, match="'auto' or 'binary'"):
        F1("mean")
    with pytest.raises(TypeError, match="is to return a number"):
        network().evaluate(X, Y, metrics=[lambda prediction, label: "good"])


# --- what belongs to which parameters -------------------------------------------------------------


def test_with_validation_data_both_figures_are_of_the_end_of_the_epoch():
    trained = network()
    history = fit(trained, validation_data=(X, Y), metrics=["f1"])
    row = history.epochs[-1]
    after = trained.evaluate(X, Y, metrics=["f1"])
    for name, figure in after.items():
        assert row[f"evaluated_{name}"] == row[f"validation_{name}"] == figure != row[name]
    assert history.measured_during == ("loss", "accuracy", "f1")


def test_what_was_measured_during_the_epoch_is_the_mean_before_the_updates():
    history = fit(network(), epochs=1)
    sizes = [32] * 4 + [22]
    assert history["loss"][0] == pytest.approx(np.average(history.iteration_loss, weights=sizes))
    assert "during the epoch: loss=" in repr(history)


def test_training_data_are_evaluated_as_one_wishes(tmp_path):
    def columns(**options):
        names = fit(network(), epochs=1, **options).epochs[0]
        return any(name.startswith("evaluated") for name in names)

    both = {"validation_data": (X, Y)}
    assert [columns(), columns(**both)] == [False, True]
    assert columns(evaluate_training=True)
    assert not columns(evaluate_training=False, **both)
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    row = network().fit(mapped, Y, epochs=1, batch_size=50, progress=False, **both).epochs[0]
    assert "evaluated_loss" not in row  # all of it would be read once more
    with pytest.raises(ValueError, match=r"evaluate_training\) expects True or False"):
        columns(evaluate_training="yes")
    with pytest.raises(ValueError, match="copy a memory map"):
        network().fit(mapped, Y, epochs=1, batch_size=50, validation_split=0.2)


def test_the_progress_bar_marks_running_figures(capsys):
    fit(network(), progress=True, metrics=["f1"], validation_data=(X, Y))
    said = capsys.readouterr().err
    last = said.rpartition("\r")[2]
    assert "running loss=" in last
    assert "validation f1=" in last
    assert "running accuracy=" in last


def test_curves_of_both_stand_in_the_picture():
    figure = pytest.importorskip("matplotlib.figure")
    from visualize.training import plot_metric

    history = fit(network(), epochs=4, metrics=["f1", "r2"], validation_data=(X[:40], Y[:40]))
    for name, limit in (("f1", 1.02), ("loss", None)):
        ax = plot_metric(history, name, ax=figure.Figure().add_subplot())
        lines = {line.get_label(): line for line in ax.lines}
        assert lines[f"{name} while training"].get_linestyle() == ":"
        on_training = lines[f"{name} on training data"]
        assert on_training.get_linestyle() == "-"
        np.testing.assert_array_equal(on_training.get_ydata(), history[f"evaluated_{name}"])
        best = history[f"validation_{name}"]
        star = next(line for line in ax.lines if line.get_marker() == "*")
        assert star.get_xdata()[0] == 1 + (best.argmax() if name == "f1" else best.argmin())
        assert limit is None or ax.get_ylim()[1] == limit
    file = io.BytesIO()
    history.plot(figure.Figure().add_subplot()).figure.savefig(file)
    assert file.tell()


# --- what users write -----------------------------------------------------------------------------


def test_names_are_read_as_others_write_them():
    found = metrics_from("fit", ["ACC", "top-3", "f1_macro", "Precision_weighted", "R2", "top_k"])
    names = ["accuracy", "top_3_accuracy", "f1_macro", "precision_weighted", "r2", "top_5_accuracy"]
    assert [metric.name for metric in found] == names
    assert found[2](SCORES, CLASSES) == F1("macro")(SCORES, CLASSES)
    assert metrics_from("fit", None) == []


def test_metrics_of_classes_refuse_numbers():
    with pytest.raises(ValueError, match=r"labels from -.* Of numbers write metrics=\['r2'"):
        F1()(NUMBERS[:, :1], TARGETS[:, :1], loss=MeanSquaredError())
    assert F1()([[0.9], [-0.3]], [[1], [-1]]) == 1.0


def test_weights_of_steps_behind_layers_that_know_no_steps():
    ids = np.where(np.arange(6) < random.integers(2, 7, (20, 1)), random.integers(1, 5, (20, 6)), 0)
    weights, real = random.random((20, 6)), ids != 0
    network = NeuralNetwork([
        nn.Embedding(5, 4, padding=0), nn.RNN(4, 6, return_sequences=True), FullyConnected(6, 3),
    ])  # fmt: skip
    right = network.predict(ids).argmax(axis=-1) == ids % 3
    found = network.evaluate(ids, ids % 3, sample_weight=weights)
    assert found["accuracy"] == pytest.approx(np.average(right[real], weights=weights[real]))
    network.fit(ids, ids % 3, sample_weight=weights, epochs=1, batch_size=8, progress=False)


def test_a_function_that_fails_says_what_it_gets():
    def of_classes(label, prediction):
        raise ValueError("no classes")

    network = NeuralNetwork([FullyConnected(64, 10)])
    with pytest.raises(ValueError, match="no classes") as caught:
        network.evaluate(X, Y, metrics=[of_classes])
    assert "of shape (150, 10)" in caught.value.__notes__[0]


def test_columns_are_found_by_the_names_of_keras():
    network = NeuralNetwork([FullyConnected(64, 10)])
    stopping = EarlyStopping("val_accuracy")
    history = network.fit(
        X, Y, epochs=2, batch_size=50, progress=False, validation_split=0.2, callbacks=[stopping]
    )
    assert (history["val_loss"] == history["validation_loss"]).all()
    assert stopping.monitor == "validation_accuracy"
