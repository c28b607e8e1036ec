"""Each trouble has its own sentence, which names the cause that is there; health has none."""

import re
import warnings

import numpy as np
import pytest

from nn import (
    ELU,
    L1,
    L1L2,
    L2,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Constant,
    CrossEntropyLoss,
    Dropout,
    Flatten,
    FullyConnected,
    He,
    Layer,
    LeakyReLU,
    MeanSquaredError,
    NeuralNetwork,
    Normal,
    ReLU,
    RMSprop,
    Sigmoid,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    Tanh,
    TrainingWarning,
    Uniform,
    UniformFanIn,
    Xavier,
    Zeros,
    load_dataset,
)
from nn.training.causes import Start, without_nonlinearity

DIGITS = load_dataset("digits")
X, Y = DIGITS.x_train[:600], DIGITS.y_train[:600]
RANDOM = np.random.default_rng(0)
NUMBERS = RANDOM.standard_normal((300, 3))
TARGETS = NUMBERS @ [[1.0], [2.0], [3.0]]
SUM = SoftMaxCrossEntropyLoss("sum")
ACTIVATIONS = [ReLU, Sigmoid, Tanh]


def mlp(activation=ReLU, start=None, rate=0.1, bias=None, **parts):
    weights = {} if start is None else {"weight_initializer": start}
    first = weights if bias is None else weights | {"bias_initializer": Constant(bias)}
    layers = [FullyConnected(64, 32, **first), activation(), FullyConnected(32, 10, **weights)]
    return NeuralNetwork(layers, **{"optimizer": SGD(rate)} | parts)


def deep(activation, start):
    layers = []
    for _ in range(9):
        layers += [FullyConnected(64, 64, weight_initializer=start), activation()]
    return NeuralNetwork([*layers, FullyConnected(64, 10)])


def regression(rate=0.01):
    layers = [FullyConnected(3, 16), ReLU(), FullyConnected(16, 1)]
    return NeuralNetwork(layers, loss=MeanSquaredError(), optimizer=SGD(rate))


def frozen(network, *positions):
    for position in positions:
        for node in network.layers[position].parameters().values():
            node.requires_grad = False
    return network


def said_of(network, x=X, y=Y, epochs=6, batch_size=32):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        network.fit(x, y, epochs=epochs, batch_size=batch_size, progress=False)
    assert all(warning.category is TrainingWarning for warning in said)
    return [str(warning.message) for warning in said]


INPUTS, RATE, SUMMED = (
    "The cause: the inputs go from",
    "learning rate, .*too large",
    "is summed over",
)
SMALL, ALIKE, ZERO = "start so small and alike", "stay equal for ever", "weights that are all zero"
SATURATED, NONE_BETWEEN, DEAD = "are saturated: at", "no nonlinearity between", "bias or LeakyReLU"
VANISHES, TARGETS_FAR, SLOW = (
    "ReLU instead of sigmoid",
    "the targets go from",
    "is so small that no",
)

TROUBLE = {
    **{f"{name} {activation.__name__}": (make, words, {})
       for activation in ACTIVATIONS
       for name, make, words in [
           ("rate 100", lambda a=activation: mlp(a, rate=100.0), RATE),
           ("rate 1000", lambda a=activation: mlp(a, rate=1000.0), RATE),
           ("small", lambda a=activation: mlp(a, Normal(0, 1e-6)), SMALL),
           ("small uniform", lambda a=activation: mlp(a, Uniform(-1e-4, 1e-4)), SMALL),
           ("constant", lambda a=activation: mlp(a, Constant(0.01)), ALIKE),
           ("next to constant", lambda a=activation: mlp(a, Normal(0.01, 1e-9)), ALIKE),
           ("zeros", lambda a=activation: mlp(a, Zeros()), ZERO),
           ("tiny rate", lambda a=activation: mlp(a, rate=1e-9), SLOW),
       ]},
    **{f"pixels {activation.__name__} {rate}": (lambda a=activation, r=rate: mlp(a, rate=r), INPUTS,
                                               {"x": X * 255})
       for activation in ACTIVATIONS for rate in (0.1, 0.01)},
    "pixels as integers": (mlp, "from 0 to 255", {"x": (X * 255).astype(np.uint8)}),
    "summed ReLU": (lambda: mlp(loss=SUM), SUMMED, {"batch_size": 256}),
    "summed Tanh": (lambda: mlp(Tanh, loss=SUM), SUMMED, {"batch_size": 256}),
    "summed whole": (lambda: mlp(loss=SUM), "summed over the 600 samples", {"batch_size": 600}),
    "summed Sigmoid": (lambda: mlp(Sigmoid, loss=SUM), SUMMED, {"batch_size": 600}),
    "Adam 1": (lambda: mlp(optimizer=Adam(1.0)), "1, is too large.*such as 0.001", {}),
    "rate 1e308": (lambda: mlp(rate=1e308), RATE, {}),
    "dead from the start": (lambda: mlp(bias=-50.0), DEAD, {}),
    "saturated Sigmoid": (lambda: mlp(Sigmoid, Normal(0, 50.0)), SATURATED, {}),
    "saturated Tanh": (lambda: mlp(Tanh, Normal(0, 50.0)), SATURATED, {}),
    "linear": (lambda: NeuralNetwork([FullyConnected(64, 32), FullyConnected(32, 10)]),
               "between the layers 0 and 1", {}),
    "linear dropout": (lambda: NeuralNetwork([FullyConnected(64, 32), Dropout(0.1),
                                              FullyConnected(32, 10)]), NONE_BETWEEN, {}),
    "targets": (lambda: regression(0.1), TARGETS_FAR,
                {"x": NUMBERS, "y": TARGETS * 1e5}),
    "features": (regression, INPUTS, {"x": NUMBERS * 1000, "y": TARGETS}),
    "tiny features": (lambda: regression(0.1), INPUTS, {"x": NUMBERS * 1e-6, "y": TARGETS}),
    "regression rate": (lambda: regression(100.0), RATE, {"x": NUMBERS, "y": TARGETS}),
}  # fmt: skip


@pytest.mark.parametrize("name", TROUBLE)
def test_a_trouble_has_its_own_sentence_and_no_other(name):
    make, words, options = TROUBLE[name]
    said = said_of(make(), **options)
    assert len(said) == 1, said
    assert re.search(words, said[0]), said
    assert (VANISHES in said[0]) == (words == VANISHES)


@pytest.mark.parametrize("activation", [Sigmoid, Tanh])
def test_a_gradient_that_vanishes_in_the_depth_is_called_that(activation):
    said = said_of(deep(activation, Normal(0.0, 0.01)))
    assert said
    assert all(VANISHES in message for message in said)
    assert "layer 0" in said[0]


@pytest.mark.parametrize("positions", [(0,), (2,)])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_layer_that_is_frozen_on_purpose_is_no_trouble(positions, activation):
    network = frozen(mlp(activation), *positions)
    before = network.layers[positions[0]].weight.value.copy()
    assert not said_of(network)
    np.testing.assert_array_equal(network.layers[positions[0]].weight.value, before)


def test_a_frozen_layer_is_named_where_the_loss_stands_still():
    network = frozen(mlp(), 0)
    network.optimizer.learning_rate = 1e-12
    (said,) = said_of(network)
    assert "has not moved" in said
    assert "layer 0 is frozen" in said


def test_a_network_with_nothing_to_learn_is_refused():
    with pytest.raises(ValueError, match=r"all of its parameters are frozen.*requires_grad = True"):
        frozen(mlp(), 0, 2).fit(X, Y, epochs=1, batch_size=32, progress=False)


def test_labels_that_are_all_the_same_are_named_where_the_loss_stands_still():
    start = Start(mlp(), X, np.full(600, 4), 32)
    assert "all 600 labels are the same" in start.cause_of_standstill([1e-3])
    assert Start(mlp(), X, Y, 32).cause_of_standstill([1e-3]) is None


STARTS = [
    He(), He("uniform"), Xavier(), Normal(0, 0.1), Normal(), Normal(0, 0.01), Uniform(-0.1, 0.1),
    UniformFanIn(),
]  # fmt: skip


@pytest.mark.parametrize("activation", [*ACTIVATIONS, LeakyReLU, ELU])
@pytest.mark.parametrize("start", STARTS, ids=repr)
def test_health_has_no_sentence_however_it_starts(activation, start):
    assert not said_of(mlp(activation, start))


HEALTHY = {
    **{repr(optimizer): (lambda o=optimizer: mlp(optimizer=o), {}) for optimizer in [
        Adam(), Adam(0.01), RMSprop(), Adagrad(), SGD(0.5), SGD(1.0), SGD(0.1, momentum=0.9),
        AdamW(), SGD(0.1, clip_norm=1.0)]},
    "summed": (lambda: mlp(loss=SUM, rate=0.003), {}),
    "summed, one batch": (lambda: mlp(loss=SUM, rate=0.0005), {"batch_size": 600, "epochs": 20}),
    "regression": (regression, {"x": NUMBERS, "y": TARGETS, "epochs": 30}),
    "zeros in the only layer": (
        lambda: NeuralNetwork([FullyConnected(64, 10, weight_initializer=Zeros())]), {}),
    "zeros in the last layer": (
        lambda: NeuralNetwork([FullyConnected(64, 32), ReLU(),
                               FullyConnected(32, 10, weight_initializer=Zeros())]), {}),
    "dropout": (lambda: NeuralNetwork([Flatten(), FullyConnected(64, 32), ReLU(), Dropout(0.3),
                                       FullyConnected(32, 10)]), {"x": X.reshape(-1, 8, 8)}),
    "iris": (lambda: NeuralNetwork([FullyConnected(4, 16), Tanh(), FullyConnected(16, 3)]),
             {"x": np.abs(NUMBERS[:150, [0, 1, 2, 0]] * 1.5 + 3.5), "y": np.arange(150) % 3}),
    "deep": (lambda: deep(ReLU, He()), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY)
def test_health_has_no_sentence(name):
    make, options = HEALTHY[name]
    assert not said_of(make(), **options)


class Bent(FullyConnected):
    """A fully connected layer with a nonlinearity inside."""

    def apply(self, x):
        return super().apply(x) ** 2


class Own(Layer):
    """What nobody knows."""

    def apply(self, x):
        return abs(x)


@pytest.mark.parametrize(
    ("middle", "pairs"),
    [
        ([], [(0, 1)]),
        ([Dropout(0.5), Dropout(0.1)], [(0, 3)]),
        ([ReLU()], []),
        ([Own()], []),
        ([Dropout(0.5), Sigmoid()], []),
    ],
)
def test_only_linear_layers_count_as_nothing_in_between(middle, pairs):
    layers = [FullyConnected(4, 4), *middle, FullyConnected(4, 4)]
    assert without_nonlinearity(NeuralNetwork(layers)) == pairs
    assert without_nonlinearity(NeuralNetwork([Bent(4, 4), *middle, Bent(4, 4)])) == []


def test_a_softmax_that_is_certain_and_wrong_is_the_cause():
    iris = load_dataset("iris")
    network = NeuralNetwork(
        [FullyConnected(4, 64), ReLU(), FullyConnected(64, 3), SoftMax()],
        loss=CrossEntropyLoss("mean"), seed=1,
    )  # fmt: skip
    with pytest.warns(TrainingWarning) as said:
        network.fit(iris.x_train, iris.y_train, epochs=10, batch_size=32, progress=False)
    [sentence] = [str(each.message) for each in said]
    assert "hardly learns" in sentence
    assert "gives one class all the probability" in sentence
    assert "SoftMaxCrossEntropyLoss()" in sentence
    assert "sigmoid" not in sentence


def test_parameters_that_were_nan_before_are_not_blamed_on_the_rate():
    network = NeuralNetwork([FullyConnected(4, 3)], optimizer=SGD(0.05))
    network.load_state_dict({"0.weight": np.full((4, 3), np.nan), "0.bias": np.zeros(3)})
    with pytest.warns(TrainingWarning, match=r"'0.weight' was not finite before the first step"):
        network.fit(np.ones((8, 4)), np.arange(8) % 3, epochs=1, batch_size=4, progress=False)


def told(network, x=X, y=Y, **options):
    options = {"epochs": 2, "batch_size": 50, "progress": False} | options
    with pytest.warns(TrainingWarning) as said:
        network.fit(x, y, **options)
    return [str(each.message) for each in said]


def test_clipping_to_next_to_nothing_is_the_cause():
    network = NeuralNetwork([FullyConnected(64, 10)], optimizer=SGD(0.1, clip_norm=1e-8))
    assert "The cause: clip_norm, 1e-08, cuts all gradients" in told(network)[0]


def test_inputs_of_zeros_are_the_cause():
    network = NeuralNetwork([FullyConnected(64, 8), ReLU(), FullyConnected(8, 10)])
    [sentence] = told(network, np.zeros_like(X))
    assert "The cause: the inputs are all 0" in sentence


@pytest.mark.parametrize("penalty", [L1(1e4), L2(1e300), L2(1e3), L1L2(0.0, 1e3)])
def test_a_regularizer_that_throws_the_weights_is_the_cause(penalty):
    network = NeuralNetwork([FullyConnected(64, 10, weight_regularizer=penalty)])
    sentences = told(network, epochs=4)
    assert f"The cause: {penalty!r} of layer 0, times the learning rate" in sentences[0]
    assert "learning rate, 0.1, is too large" not in " ".join(sentences)
