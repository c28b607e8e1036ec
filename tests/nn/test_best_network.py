"""The best network: its figure and its parameters belong together, and nan is never the best."""

import numpy as np
import pytest

from nn import (
    SGD,
    BinaryCrossEntropy,
    CrossEntropyLoss,
    Dropout,
    EarlyStopping,
    FullyConnected,
    LambdaCallback,
    MeanSquaredError,
    ModelCheckpoint,
    NeuralNetwork,
    ReLU,
    SigmoidCrossEntropyLoss,
    SoftMaxCrossEntropyLoss,
    TrainingWarning,
    load_dataset,
)
from nn.command_line.prediction_log import classes_of, prediction_log

DIGITS = load_dataset("digits")
X, Y = DIGITS.x_train[:200], DIGITS.y_train[:200]
NAN = np.nan


def network_of(*more, rate=0.5, **parts):
    layers = [FullyConnected(64, 16), ReLU(), *more, FullyConnected(16, 10)]
    return NeuralNetwork(layers, optimizer=SGD(rate), **parts)


def fit(network, batch_size=200, epochs=12, **options):
    return network.fit(X, Y, epochs=epochs, batch_size=batch_size, progress=False, **options)


@pytest.mark.filterwarnings("ignore::nn.TrainingWarning")
@pytest.mark.parametrize("rate", [0.5, 3.0])  # the second leaps about
@pytest.mark.parametrize("batch_size", [200, 32])
@pytest.mark.parametrize("monitor", ["loss", "accuracy", "evaluated_loss", "validation_loss"])
@pytest.mark.parametrize("layers", [(), (Dropout(0.3),)], ids=["plain", "dropout"])
def test_the_best_figure_is_that_of_the_network_that_is_kept(
    monitor, rate, batch_size, layers, tmp_path
):
    network = network_of(*layers, rate=rate)
    stop = EarlyStopping(monitor, patience=4)
    keep = ModelCheckpoint(tmp_path / "best", monitor)
    after = []
    look = LambdaCallback(on_epoch_end=lambda network, _: after.append(network.evaluate(X, Y)))
    fit(network, batch_size, validation_data=(X, Y), callbacks=[stop, keep, look])
    name = monitor.rpartition("_")[2]
    figures = [figure[name] for figure in after]
    best = max(figures) if name == "accuracy" else min(figures)
    assert stop.best == keep.best == best
    assert network.evaluate(X, Y)[name] == best
    assert NeuralNetwork.load(tmp_path / "best").evaluate(X, Y)[name] == best


def test_training_data_are_evaluated_only_where_somebody_follows_them():
    def columns(*callbacks, **options):
        return set(fit(network_of(), epochs=1, callbacks=callbacks, **options).epochs[-1])

    plain = columns()
    assert not {name for name in plain if name.startswith("evaluated")}
    assert columns(EarlyStopping("gradient_norm/0")) == plain
    assert columns(EarlyStopping("loss")) - plain == {"evaluated_loss", "evaluated_accuracy"}
    assert not ModelCheckpoint("x", "loss", save_best_only=False).evaluates


def spoil(epoch, value=NAN):
    """Spoil the parameters after an epoch."""

    def at_the_end(network, history):
        if len(history) == epoch:
            network.layers[0].weight.value[...] = value

    return LambdaCallback(on_epoch_end=at_the_end)


@pytest.mark.filterwarnings("ignore::nn.TrainingWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("monitor", ["loss", "accuracy", "validation_loss", "validation_accuracy"])
@pytest.mark.parametrize("value", [NAN, np.inf])
@pytest.mark.parametrize("epoch", [1, 3])
def test_a_spoilt_network_is_never_the_best_and_ends_training(monitor, value, epoch, tmp_path):
    network, path = network_of(), tmp_path / "best"
    callbacks = [spoil(epoch, value), EarlyStopping(monitor), ModelCheckpoint(path, monitor)]
    history = fit(network, validation_data=(X, Y), callbacks=callbacks)
    assert len(history) == epoch  # not after five epochs more
    if epoch == 1:
        assert not path.exists()
    else:
        assert np.isfinite(network.predict(X)).all()
        assert np.isfinite(NeuralNetwork.load(path).predict(X)).all()
        assert network.evaluate(X, Y)[monitor.rpartition("_")[2]] == callbacks[1].best


@pytest.mark.filterwarnings("ignore::nn.TrainingWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: EarlyStopping("loss"), "EarlyStopping: after none of 1 epochs loss"),
        (lambda path: ModelCheckpoint(path, "accuracy"), "so nothing was saved to"),
    ],
)
def test_that_no_epoch_was_the_best_is_said(make, words, tmp_path):
    with pytest.warns(TrainingWarning, match=words):
        fit(network_of(), epochs=1, callbacks=[spoil(1), make(tmp_path / "best")])


def test_a_figure_that_stays_nan_ends_training_after_the_patience():
    network = network_of()
    replace = LambdaCallback(
        on_epoch_end=lambda network, history: history.epochs[-1].update(validation_loss=NAN)
    )
    with pytest.warns(TrainingWarning, match="after none of 4 epochs validation_loss"):
        history = fit(network, callbacks=[replace, EarlyStopping(patience=3)])
    assert len(history) == 4


def test_a_run_is_gone_on_with_by_the_figure_that_it_followed(tmp_path):
    def go(network, monitor, epochs, **options):
        return fit(network, epochs=epochs, validation_data=(X, Y),
                   callbacks=[EarlyStopping(monitor)], **options)  # fmt: skip

    go(network_of(), "loss", 2, checkpoint=tmp_path)
    with pytest.raises(ValueError, match=r"EarlyStopping\(monitor\) expects 'loss'.*'accuracy'"):
        go(network_of(), "accuracy", 4, resume=tmp_path)
    assert len(go(network_of(), "loss", 4, resume=tmp_path)) == 4


SCORES = np.array([[0.9, 0.1], [NAN, 0.5], [0.5, NAN], [NAN, NAN], [0.1, 0.9]])


@pytest.mark.parametrize("loss", [SoftMaxCrossEntropyLoss(), CrossEntropyLoss()])
@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("one_hot", [False, True])
def test_a_row_with_nan_is_no_class(loss, label, one_hot):
    labels = np.full(5, label)
    assert loss.count_right(SCORES, np.eye(2)[labels] if one_hot else labels) == 1


@pytest.mark.parametrize("loss", [BinaryCrossEntropy(), SigmoidCrossEntropyLoss()])
@pytest.mark.parametrize("label", [0, 1])
def test_nan_is_neither_yes_nor_no(loss, label):
    assert loss.count_right(np.full((3, 1), NAN), np.full(3, label)) == 0
    assert loss.count_right(SCORES[1:4], np.full((3, 2), label)) == 0


@pytest.mark.filterwarnings("ignore::nn.TrainingWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_accuracy_of_a_network_that_gives_nan_is_zero():
    network = network_of()
    network.layers[2].weight.value[...] = NAN
    assert network.evaluate(X, 0 * Y)["accuracy"] == 0
    assert fit(network, epochs=1)["accuracy"].tolist() == [0]


def test_infinite_scores_are_classes_as_others():
    scores = np.array([[np.inf, 0.0], [-np.inf, 0.0]])
    assert SoftMaxCrossEntropyLoss().count_right(scores, np.array([0, 1])) == 2


def test_numbers_have_no_accuracy():
    assert "accuracy" not in NeuralNetwork(
        [FullyConnected(64, 1)], loss=MeanSquaredError()
    ).evaluate(X, Y[:, None])


def test_the_log_names_no_class_for_nan():
    assert classes_of(SCORES).tolist() == [0, -1, -1, -1, 1]
    assert "image 0: Prediction=-1. Label=0" in prediction_log(classes_of(SCORES[1:2]), [0], 1)


@pytest.mark.parametrize("outputs", [SCORES, SCORES[:, :1]], ids=["classes", "one score"])
def test_pictures_of_classes_refuse_nan(outputs):
    pytest.importorskip("matplotlib")
    from visualize.training import confusion_matrix, plot_decision_boundary

    if outputs.shape[1] > 1:
        with pytest.raises(ValueError, match=r"\(predicted\).*nan in 3 of 5 rows, the first at 1"):
            confusion_matrix([0, 1, 0, 1, 0], outputs)
        with pytest.raises(ValueError, match=r"\(true\).*nan in 3 of 5 rows"):
            confusion_matrix(outputs, [0, 1, 0, 1, 0])
    with pytest.raises(ValueError, match="expects scores that are numbers, got nan"):
        plot_decision_boundary(
            lambda x: np.resize(outputs, (len(x), outputs.shape[1])), X[:, :2], Y % 2
        )


@pytest.mark.filterwarnings("ignore::nn.TrainingWarning")
@pytest.mark.parametrize("kind", ["NeuralNetworkClassifier", "NeuralNetworkRegressor"])
def test_estimators_refuse_to_make_something_of_nan(kind):
    estimators = pytest.importorskip("nn.sklearn")
    estimator = getattr(estimators, kind)((8,), epochs=1, random_state=0).fit(X, Y)
    estimator.network_.layers[2].weight.value[...] = NAN
    for method in ("predict", "predict_proba", "predict_log_proba", "score"):
        if hasattr(estimator, method):
            with pytest.raises(ValueError, match="gives nan or infinity for 200 of 200 samples"):
                getattr(estimator, method)(*((X, Y) if method == "score" else (X,)))


def test_a_generator_of_sizes_is_kept():
    estimators = pytest.importorskip("nn.sklearn")
    from sklearn.base import clone

    estimator = estimators.NeuralNetworkClassifier(
        (size for size in (8, 4)), epochs=1, random_state=0
    )
    for each in (estimator, estimator, clone(estimator)):
        each.fit(X, Y)
        assert [layer.out_features for layer in each.network_.layers[::2]] == [8, 4, 10]
    estimator.set_params(hidden_layer_sizes=map(int, [3])).fit(X, Y)
    assert estimator.fit(X, Y).network_.layers[0].out_features == 3
