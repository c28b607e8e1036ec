"""What is not finite is an error or a sentence; no warning of NumPy's reaches the user."""

import subprocess
import sys
import warnings
from functools import partial

import numpy as np
import pytest

from nn import (
    ELU,
    SGD,
    Adagrad,
    Adam,
    BinaryCrossEntropy,
    Constant,
    CrossEntropyLoss,
    EarlyStopping,
    FullyConnected,
    LeakyReLU,
    MeanAbsoluteError,
    MeanSquaredError,
    NeuralNetwork,
    Normal,
    ReLU,
    RMSprop,
    Sigmoid,
    SigmoidCrossEntropyLoss,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    Tanh,
    TrainingWarning,
    Uniform,
)
from nn.data import scale_pixels

X, Y = np.random.default_rng(0).standard_normal((40, 4)), np.arange(40) % 3
HUGE = np.full((5, 4), 3e38, np.float32) * np.array([1, -1, 1, 1, 1])[:, None]


def network_of(activation=ReLU, loss=None, **parts):
    layers = [FullyConnected(4, 8), activation(), FullyConnected(8, 3)]
    if isinstance(loss, (CrossEntropyLoss, BinaryCrossEntropy)):
        layers.append(SoftMax() if isinstance(loss, CrossEntropyLoss) else Sigmoid())
    return NeuralNetwork(layers, loss=loss, **parts)


def said_of(call):
    """What is said, if it is nothing but sentences of ours."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        call()
    assert {warning.category for warning in said} <= {TrainingWarning}
    return [str(warning.message) for warning in said]


LOSSES = [
    SoftMaxCrossEntropyLoss(), CrossEntropyLoss(), MeanSquaredError(), MeanAbsoluteError(),
    SigmoidCrossEntropyLoss(), BinaryCrossEntropy(),
]  # fmt: skip
ROWS = np.eye(3)[Y]


@pytest.mark.parametrize("optimizer", [SGD, Adam, RMSprop, Adagrad])
@pytest.mark.parametrize("rate", [1e308, 1e30])
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_a_rate_beyond_all_measure(loss, rate, optimizer):
    for epochs, batch_size in ((1, 40), (3, 10)):
        network = network_of(loss=loss, optimizer=optimizer(rate))
        y = Y if loss.classifies and loss.one_hot_labels else ROWS

        def fit(network=network, y=y, epochs=epochs, batch_size=batch_size):
            network.fit(
                X, y, epochs=epochs, batch_size=batch_size, progress=False,
                validation_data=(X, y), callbacks=[EarlyStopping(patience=9)],
            )  # fmt: skip

        try:
            said = said_of(fit)
        except ValueError as error:  # BinaryCrossEntropy wants probabilities, and nan is none
            assert "expects probabilities" in str(error)
            continue
        assert any("too large" in message for message in said)


@pytest.mark.parametrize("step", ["train_step", "train"])
def test_steps_by_hand_say_it_once(step):
    class Source:
        def next(self):
            return X, Y

    network = network_of(optimizer=SGD(1e308))
    network.data_source = Source()

    def steps():
        for _ in range(4):
            network.train_step(X, Y) if step == "train_step" else network.train(1)

    (said,) = said_of(steps)
    assert "the loss is nan" in said


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_step_on_labels_that_are_not_finite_changes_nothing(value):
    network = network_of(loss=MeanSquaredError())
    labels = ROWS.copy()
    labels[7, 2] = value
    before = network.state_dict()
    with pytest.raises(ValueError, match=rf"got {value} at index \(7, 2\)"):
        network.train_step(X, labels)
    assert all(np.array_equal(before[name], array) for name, array in network.state_dict().items())


@pytest.mark.parametrize("activation", [ReLU, Sigmoid, Tanh, LeakyReLU, ELU, SoftMax])
def test_predictions_from_samples_at_the_edge_of_the_type(activation):
    network = network_of(activation)
    network.layers[0].weight.value *= 10
    said = said_of(lambda: network.predict(HUGE))
    if not np.isfinite(network.predict(HUGE)).all():
        assert "float32 ends at 3.4e+38" in said[0]


@pytest.mark.parametrize("method", ["predict", "evaluate", "forward", "train_step", "fit"])
def test_samples_beyond_the_type_are_refused(method):
    network, x = network_of(), X.copy()
    x[3, 1] = 1e300
    calls = {
        "predict": lambda: network.predict(x),
        "evaluate": lambda: network.evaluate(x, Y),
        "forward": lambda: network.forward(x),
        "train_step": lambda: network.train_step(x, Y),
        "fit": lambda: network.fit(x, Y, epochs=1, batch_size=9, progress=False),
    }
    with pytest.raises(ValueError, match=r"1e\+300 at index \(3, 1\).*float32"):
        calls[method]()
    NeuralNetwork(network_of().layers, dtype=np.float64)


@pytest.mark.parametrize(
    ("spoil", "x", "words"),
    [
        (lambda network: None, np.where(np.eye(40, 4) > 0, np.nan, X), "not finite themselves"),
        (lambda network: network.layers[2].weight.value.fill(np.nan), X, "'2.weight' is not fini"),
        (
            lambda network: network.layers[2].weight.value.fill(3e38),
            X,
            "'2.weight' goes up to 3e+38",
        ),
    ],
)
def test_what_predictions_that_are_not_finite_come_from(spoil, x, words):
    for method in ("predict", "evaluate"):
        network = network_of(loss=MeanSquaredError())
        spoil(network)
        network.layers[0].bias.value[:] = 1.0
        data = (x,) if method == "predict" else (x, ROWS)
        (said,) = said_of(partial(getattr(network, method), *data))
        assert words in said
        assert method in said
        assert "at index 0" in said


def test_a_loss_beyond_the_type_is_said():
    network = network_of(loss=MeanSquaredError())
    network.layers[2].bias.value[:] = 1e30
    (said,) = said_of(lambda: network.evaluate(X, ROWS))
    assert "the loss is inf, though the predictions are finite" in said


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("scores", [[1e308, -1e308, 1e300], [np.inf, 0, 1], [np.nan, 0, 1]])
def test_losses_by_hand_are_quiet(loss, scores):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            loss.forward(np.array([scores]), np.array([[0.0, 0.0, 1.0]]))
            loss.backward()
        except ValueError as error:
            assert "expects probabilities" in str(error)


@pytest.mark.parametrize(
    "layer", [ReLU(), Sigmoid(), Tanh(), LeakyReLU(3.0), ELU(), SoftMax()], ids=repr
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layers_by_hand_are_quiet(layer, dtype):
    largest = np.finfo(dtype).max
    x = np.array([[largest, -largest, 0], [np.inf, -np.inf, np.nan]], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layer.backward(np.ones_like(layer.forward(x)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: network_of().load_state_dict(
            network_of().state_dict() | {"2.weight": np.full((8, 3), 1e300)}
        ),
        lambda: NeuralNetwork([FullyConnected(2, 2, weight_initializer=Constant(1e300))]),
        lambda: NeuralNetwork([FullyConnected(2, 2, weight_initializer=Normal(0, 1e300))]),
        lambda: NeuralNetwork([FullyConnected(2, 2, bias_initializer=Constant(-1e39))]),
        lambda: NeuralNetwork([FullyConnected(2, 2, weight_initializer=Uniform(-1e308, 1.7e308))]),
        lambda: NeuralNetwork([FullyConnected(2, 2), LeakyReLU(1e300, learned=True)]),
        lambda: scale_pixels([1.0, 1e300]),
        lambda: MeanSquaredError().forward(np.zeros((1, 2), np.float32), [[1e300, 0]]) or
        MeanSquaredError()(np.zeros((1, 2), np.float32), np.array([[1e300, 0]])),
    ],
)  # fmt: skip
def test_numbers_beyond_the_type_are_refused_by_name(make):
    with pytest.raises(ValueError, match=r"beyond 3.4e\+38, the largest float32"):
        make()


def test_a_refused_state_changes_nothing():
    network = network_of()
    before = network.state_dict()
    with pytest.raises(ValueError, match=r"'2\.weight' holds 1e"):
        network.load_state_dict({name: array + 1 for name, array in before.items()}
                                | {"2.weight": np.full((8, 3), 1e300)})  # fmt: skip
    assert all(np.array_equal(before[name], array) for name, array in network.state_dict().items())


def test_the_command_says_it_in_words(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "nn", "train", "--set", "data=digits", "--set", "num_epochs=2",
         "--set", "learning_rate=1e308", "--quiet"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "RuntimeWarning" not in done.stderr
    assert "Traceback" not in done.stderr
    assert "too large" in done.stderr
    log = next(tmp_path.glob("runs/*/*.log"), None) or next(tmp_path.glob("runs/*/*log*"))
    assert "Prediction=0" not in log.read_text()


@pytest.mark.parametrize("optimizer", [SGD, Adam, RMSprop, Adagrad])
def test_a_step_by_hand_at_a_rate_beyond_all_measure_is_said(optimizer):
    network = network_of(optimizer=optimizer(1e308))
    network.differentiate(X, Y, network.parameters())
    (said,) = said_of(lambda: network.optimizer.step(network.parameters()))
    assert "1e+308, is too large" in said


def test_a_value_beyond_the_type_of_its_node_is_refused():
    weight = network_of().layers[0].weight
    with pytest.raises(ValueError, match=r"numbers that float32 holds.*'W1'.*1e\+300"):
        weight.value = np.full(weight.shape, 1e300)
    weight.value = np.full(weight.shape, np.inf)
    assert np.isinf(weight.value).all()


@pytest.mark.parametrize("hidden", [FullyConnected(4, 1), FullyConnected(4, 2)], ids=str)
def test_an_infinity_behind_a_flat_unit_spoils_no_weight_in_training(hidden):
    # It is multiplied by a gradient of 0, in a product of matrices.
    layers = [FullyConnected(2, 4), ReLU(), hidden, Sigmoid()]
    network = NeuralNetwork(layers, loss=MeanSquaredError(), optimizer=SGD(0.1))
    for name, node in network.parameters().items():
        node.value = np.abs(node.value) * (1e30 if name == "0.weight" else 1.0) + 0.01
    x = np.full((3, 2), 1e30, np.float32)
    y = np.full((3, hidden.out_features), 0.5, np.float32)
    with np.errstate(all="ignore"):
        network.differentiate(x, y, network.parameters())
    assert not any(np.any(node.grad) for node in network.parameters().values())
    network.train_step(x, y)
    assert all(np.isfinite(node.value).all() for node in network.parameters().values())
