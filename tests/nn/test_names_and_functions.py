"""Losses and optimizers by name, and plain functions as losses."""

import numpy as np
import pytest

from nn import (
    SGD,
    Adam,
    CrossEntropyLoss,
    FullyConnected,
    LogSoftMax,
    MeanSquaredError,
    NeuralNetwork,
    Sigmoid,
    SoftMax,
    Tanh,
    TrainingWarning,
    load_dataset,
)
from nn.choosing import _LOSSES, _OTHER_NAMES
from nn.registry import known_by_short_name

random = np.random.default_rng(0)
X = random.normal(size=(30, 4))
CLASSES = random.integers(0, 3, 30)
NUMBERS = X @ [1.0, -2.0, 0.5, 0.0]


def network(*last, outputs=3, **options):
    return NeuralNetwork([FullyConnected(4, outputs), *last], dtype=np.float64, **options)


@pytest.mark.parametrize(
    ("name", "last", "made"),
    [
        ("cross_entropy", (), "SoftMaxCrossEntropyLoss(reduction='mean')"),
        ("cross_entropy", (SoftMax(),), "CrossEntropyLoss(reduction='mean')"),
        ("sparse_categorical_crossentropy", (), "SoftMaxCrossEntropyLoss(reduction='mean')"),
        ("binary_cross_entropy", (Sigmoid(),), "BinaryCrossEntropy(reduction='mean')"),
        ("binary_crossentropy", (), "SigmoidCrossEntropyLoss(reduction='mean')"),
        ("binary_cross_entropy", (Tanh(),), "SigmoidCrossEntropyLoss(reduction='mean')"),
        ("cross_entropy", (LogSoftMax(),), "NegativeLogLikelihoodLoss()"),
        ("mse", (), "MeanSquaredError()"),
        ("Huber", (), "HuberLoss()"),
    ],
)
def test_a_name_is_a_loss_that_fits_what_the_network_ends_with(name, last, made):
    assert repr(network(*last, loss=name).loss) == made


@pytest.mark.parametrize("name", ["nll", "kl_div"])
def test_a_loss_of_logarithms_says_so_behind_anything_else(name):
    for last, words in (((), r"Put LogSoftMax\(\) behind"), ((SoftMax(),), "in its place")):
        trained = network(*last, loss=name)
        with pytest.warns(TrainingWarning, match=f"logarithms of probabilities.*{words}"):
            trained.fit(X, CLASSES, epochs=1, batch_size=30, progress=False)


@pytest.mark.parametrize("name", [*_LOSSES, *_OTHER_NAMES])
def test_every_name_trains(name):
    of_numbers = not network(loss=name).loss.classifies
    yes = network(loss=name).loss.one_hot_labels
    y = random.uniform(size=(30, 3)) if of_numbers else CLASSES if yes else np.eye(3)[CLASSES]
    last = (LogSoftMax(),) if name.startswith(("n", "k")) else ()
    trained = network(*last, loss=name)
    first = trained.evaluate(X, y)["loss"]
    trained.fit(X, y, epochs=5, batch_size=10, progress=False)
    assert trained.evaluate(X, y)["loss"] < first


@pytest.mark.parametrize("name", known_by_short_name("optimizer"))
def test_every_optimizer_has_its_usual_rate(name):
    trained = network(optimizer=name.upper())
    kind = known_by_short_name("optimizer")[name]
    assert type(trained.optimizer) is kind
    trained.fit(X, CLASSES, epochs=1, batch_size=10, progress=False)


def test_a_named_part_is_saved_as_what_it_is(tmp_path):
    trained = network(loss="focal", optimizer="adam")
    loaded = NeuralNetwork.load(trained.save(tmp_path / "model"))
    assert (repr(loaded.loss), repr(loaded.optimizer)) == ("FocalLoss()", "Adam()")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"loss": "cros_entropy"}, ValueError, "Write loss='cross_entropy'"),
        ({"loss": "other"}, ValueError, "expects one of cross_entropy, .*got 'other'"),
        ({"optimizer": "adma"}, ValueError, "Write optimizer='adam'"),
        ({"loss": MeanSquaredError}, TypeError, r"Write MeanSquaredError\(...\)"),
        ({"loss": 3}, TypeError, "got 3"),
        ({"optimizer": lambda: Adam()}, TypeError, "instances of Optimizer"),
    ],
)
def test_what_is_no_name_is_refused(options, error, words):
    with pytest.raises(error, match=words):
        network(**options)


# --- functions ------------------------------------------------------------------------------------


def quartic(prediction, label):
    return (prediction - label) ** 4


@pytest.mark.parametrize("backend", ["eager", "numpy", "native"])
def test_a_function_is_a_loss(backend):
    trained = network(outputs=1, loss=quartic).compile(backend)
    expected = np.mean((trained.predict(X)[:, 0] - NUMBERS) ** 4)
    assert trained.train_step(X, NUMBERS) == pytest.approx(expected)
    assert str(trained.loss) == "quartic"
    before = trained.evaluate(X, NUMBERS)
    assert list(before) == ["loss"]
    trained.fit(X, NUMBERS, epochs=20, batch_size=10, progress=False, sample_weight=np.ones(30))
    assert trained.evaluate(X, NUMBERS)["loss"] < before["loss"]


def test_functions_of_one_number_of_numpy_and_of_keras_order():
    for function in (
        lambda p, y: ((p - y) ** 2).mean(),
        lambda p, y: np.mean(np.square(p - y)),
        lambda y_true, y_pred: (y_pred - y_true) ** 2,
    ):
        one, other = network(outputs=1, loss=function), network(outputs=1, loss="mse")
        for _ in range(3):
            expected = other.train_step(X, NUMBERS[:, None])
            assert one.train_step(X, NUMBERS) == pytest.approx(expected, rel=1e-12)

    def pinball(y_true, y_pred):
        return np.maximum(0.9 * (y_true - y_pred), 0.1 * (y_pred - y_true))

    trained = network(outputs=1, loss=pinball, optimizer=SGD(0.05))
    trained.fit(X, NUMBERS, epochs=300, batch_size=30, progress=False)
    assert np.mean(trained.predict(X)[:, 0] >= NUMBERS - 0.05) > 0.8  # the 90 % quantile


def test_a_function_may_take_classes():
    def margin(scores, classes):
        return -scores[np.arange(len(classes)), classes]

    trained = network(loss=margin)
    expected = -trained.predict(X)[np.arange(30), CLASSES].mean()
    assert trained.train_step(X, CLASSES) == pytest.approx(expected)


def fourth_power(p, y):
    return (p - y) ** 4


def test_a_network_with_a_function_as_loss_is_saved_and_resumed(tmp_path):
    def trained(epochs, **options):
        one = network(outputs=1, loss=fourth_power)
        one.fit(X, NUMBERS, epochs=epochs, batch_size=10, progress=False, **options)
        return one

    whole = trained(4)
    trained(2, checkpoint=tmp_path / "run")
    resumed = trained(4, resume=tmp_path / "run")
    assert (resumed.predict(X) == whole.predict(X)).all()
    again = NeuralNetwork.load(whole.save(tmp_path / "model"))
    assert (again.predict(X) == whole.predict(X)).all()
    for use in (again.train_step, again.evaluate):
        with pytest.raises(
            ValueError, match=r"files hold none\. Write network\.loss = fourth_power"
        ):
            use(X, NUMBERS)
    again.loss = fourth_power
    assert again.evaluate(X, NUMBERS) == whole.evaluate(X, NUMBERS)


def test_functions_that_are_no_losses_are_refused():
    with pytest.raises(TypeError, match="made of the prediction by operations"):
        network(outputs=1, loss=lambda p, y: 1.0).train_step(X, NUMBERS)
    one = network(outputs=1, loss=lambda p, y: ((p - y) ** 2).mean())
    with pytest.raises(ValueError, match="Let it return what each sample costs"):
        one.train_step(X, NUMBERS, np.ones(30))
    with pytest.raises(ValueError, match="one label per sample, 30"):
        one.train_step(X, NUMBERS[:29])


# --- a summed loss --------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "batch_size"), [(0.05, 32), (0.1, 200), (1.0, 32), (10.0, 200)])
def test_where_a_summed_loss_is_too_large_for_the_rate_the_warning_names_it(rate, batch_size):
    data = load_dataset("digits")
    layers = [FullyConnected(64, 32), Tanh(), FullyConnected(32, 10), SoftMax()]
    trained = NeuralNetwork(layers, loss=CrossEntropyLoss(), optimizer=SGD(rate))
    with pytest.warns(TrainingWarning) as said:
        trained.fit(data.x_train, data.y_train, epochs=6, batch_size=batch_size, progress=False)
    words = " ".join(str(warning.message) for warning in said)
    assert f"summed over the {batch_size} samples of a batch" in words
    assert "Write CrossEntropyLoss('mean')" in words


def test_a_summed_loss_is_no_cause_for_an_optimizer_that_scales_it_away():
    data = load_dataset("digits")
    layers = [FullyConnected(64, 32), Tanh(), FullyConnected(32, 10), SoftMax()]
    trained = NeuralNetwork(layers, loss=CrossEntropyLoss(), optimizer=Adam(3.0))
    with pytest.warns(TrainingWarning) as said:
        trained.fit(data.x_train, data.y_train, epochs=6, batch_size=32, progress=False)
    assert "summed" not in " ".join(str(warning.message) for warning in said)
