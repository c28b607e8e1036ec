"""Weights of samples, of steps and of classes: as if a sample were there more than once."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
from test_losses import LOSSES

import nn
from autograd_core import Node, check_gradients
from nn import (
    SGD,
    Adam,
    BinaryCrossEntropy,
    CrossEntropyLoss,
    FullyConnected,
    HingeLoss,
    Layer,
    Loss,
    MeanSquaredError,
    NeuralNetwork,
    Sigmoid,
    SigmoidCrossEntropyLoss,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    Tanh,
)
from nn.layers.masking import set_padding_mask

REFERENCES = json.loads(
    (Path(__file__).parent / "references" / "losses.json").read_text(encoding="utf-8")
)["cases"]

random = np.random.default_rng(0)
X = random.normal(size=(12, 5))
CLASSES = random.integers(0, 3, 12)
TIMES = np.array([0, 1, 2, 3, 0, 1, 2, 1, 1, 3, 0, 2])
TWICE = np.repeat(np.arange(12), TIMES)
OF_YES = (BinaryCrossEntropy, SigmoidCrossEntropyLoss, HingeLoss)


@pytest.mark.parametrize("case", REFERENCES, ids=lambda case: f"{case['loss']}{case['options']}")
def test_losses_and_gradients_are_those_of_pytorch(case):
    loss = getattr(nn, case["loss"])(**case["options"])
    value = loss.forward(np.array(case["prediction"]), np.array(case["label"]))
    assert value == pytest.approx(case["value"], rel=1e-12)
    np.testing.assert_allclose(loss.backward(), case["gradient"], rtol=1e-10, atol=1e-14)


def labels_for(loss):
    rows = np.eye(3)[CLASSES]
    return rows if isinstance(loss, OF_YES) or not loss.classifies else CLASSES


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_a_weight_of_2_is_the_sample_twice_and_0_leaves_it_out(loss):
    prediction, label = random.uniform(0.1, 0.9, (12, 3)), labels_for(loss)
    expected = loss.forward(prediction[TWICE], label[TWICE])
    gradient = loss.backward()
    assert loss.forward(prediction, label, TIMES) == pytest.approx(expected, rel=1e-13)
    found = np.zeros_like(prediction)
    np.add.at(found, TWICE, gradient)
    np.testing.assert_allclose(loss.backward(), found, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_gradients_of_weighted_samples(loss):
    prediction = random.uniform(0.1, 0.9, (12, 3))
    check_gradients(lambda p: loss(p, labels_for(loss), TIMES * 0.5), prediction, order=2)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_keep_the_dtype_and_what_weighs_nothing_costs_nothing(loss, dtype):
    values = random.uniform(0.1, 0.9, (12, 3)).astype(dtype)
    prediction = Node(values)
    found = loss(prediction, labels_for(loss), np.zeros(12))
    found.backward()
    assert (found.dtype, prediction.grad.dtype, float(found.value)) == (dtype, dtype, 0.0)
    assert not prediction.grad.any()


@pytest.mark.parametrize("loss", [SoftMaxCrossEntropyLoss("mean"), MeanSquaredError()], ids=repr)
def test_an_infinite_prediction_without_weight_costs_nothing(loss):
    prediction = np.zeros((2, 3))
    prediction[1] = [np.inf, 0.0, 0.0]
    assert np.isfinite(loss.forward(prediction, np.eye(3)[:2], [1.0, 0.0]))


# --- steps of sequences ---------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize(
    "make", [SoftMaxCrossEntropyLoss, CrossEntropyLoss, nn.FocalLoss, nn.MultiClassHingeLoss]
)
def test_steps_of_sequences_are_as_many_samples(make, reduction):
    prediction, label = random.uniform(0.1, 0.9, (4, 5, 3)), random.integers(0, 3, (4, 5))
    weight = random.uniform(size=(4, 5))
    loss = make(reduction)
    for weights in (None, weight):
        flat = None if weights is None else weights.ravel()
        expected = loss.forward(prediction.reshape(20, 3), label.ravel(), flat)
        gradient = loss.backward().reshape(4, 5, 3)
        assert loss.forward(prediction, label, weights) == pytest.approx(expected, rel=1e-13)
        np.testing.assert_allclose(loss.backward(), gradient, rtol=1e-12)
    of_samples = np.arange(4.0)
    expected = loss.forward(prediction, label, np.repeat(of_samples[:, None], 5, axis=1))
    assert loss.forward(prediction, label, of_samples) == pytest.approx(expected, rel=1e-13)


def test_an_ignored_index_leaves_steps_out_of_loss_accuracy_and_gradient():
    prediction, label = random.normal(size=(4, 5, 3)), random.integers(0, 3, (4, 5))
    kept = random.uniform(size=(4, 5)) > 0.4
    marked = np.where(kept, label, -100)
    loss, plain = (
        SoftMaxCrossEntropyLoss("mean", ignore_index=-100),
        SoftMaxCrossEntropyLoss("mean"),
    )
    assert loss.forward(prediction, marked) == pytest.approx(
        plain.forward(prediction[kept], label[kept]), rel=1e-13
    )
    assert not loss.backward()[~kept].any()
    network = NeuralNetwork([Same(), FullyConnected(3, 3)], loss=loss, dtype=np.float64)
    said = network.predict(prediction)
    figures = network.evaluate(prediction, marked, batch_size=3)
    assert figures["accuracy"] == (said.argmax(axis=-1) == label)[kept].mean()
    assert figures["loss"] == pytest.approx(plain.forward(said[kept], label[kept]), rel=1e-13)


class Same(Layer):
    """Passes its input on."""

    def apply(self, x):
        return x + 0.0


class Masks(Layer):
    """Says that steps of nothing but 0 only fill sequences up."""

    def apply(self, x):
        set_padding_mask((x * x).sum(axis=-1) > 0.0)
        return x


@pytest.mark.parametrize("backend", ["eager", "numpy", "native"])
def test_padded_steps_are_left_out_of_every_figure(backend):
    x, y = random.normal(size=(10, 4, 5)), random.integers(0, 3, (10, 4))
    x[3:, 2:] = 0.0
    real = x.any(axis=-1)
    network = NeuralNetwork([Masks(), FullyConnected(5, 3)], optimizer=SGD(1e-12), dtype=np.float64)
    history = network.fit(
        x, y, epochs=1, batch_size=4, progress=False, backend=backend, metrics=["f1", "top_2"]
    )
    said = network.predict(x)[real]
    expected = {
        "loss": SoftMaxCrossEntropyLoss("mean").forward(said, y[real]),
        "accuracy": (said.argmax(axis=-1) == y[real]).mean(),
        "f1": nn.F1()(said, y[real]),
        "top_2_accuracy": nn.TopKAccuracy(2)(said, y[real]),
    }
    figures = network.evaluate(x, y, batch_size=3, metrics=["f1", "top_2"])
    row = {name: history.epochs[0][name] for name in expected}
    assert figures == pytest.approx(expected, rel=1e-9)
    assert row == pytest.approx(expected, rel=1e-9)


# --- training -------------------------------------------------------------------------------------


def network(loss=None, outputs=3, **options):
    layers = [FullyConnected(5, 8), Tanh(), FullyConnected(8, outputs)]
    if type(loss) in (CrossEntropyLoss, BinaryCrossEntropy):
        layers.append(SoftMax() if type(loss) is CrossEntropyLoss else Sigmoid())
    return NeuralNetwork(layers, loss=copy.deepcopy(loss), dtype=np.float64, **options)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("weight", [None, TIMES * 0.5], ids=["plain", "weighted"])
def test_compiled_steps_are_the_eager_ones(loss, weight):
    found = []
    for backend in ("eager", "numpy", "native"):
        trained = network(loss, optimizer=Adam(0.01)).compile(backend)
        losses = [trained.train_step(X, labels_for(loss), weight) for _ in range(4)]
        found.append((losses, trained.state_dict()))
    (eager, state), (same, its_state), (near, _) = found
    assert eager == same
    assert all(np.array_equal(state[name], its_state[name]) for name in state)
    assert near == pytest.approx(eager, rel=1e-10)


def test_the_xla_back_end_takes_weights():
    pytest.importorskip("jax")
    losses = []
    for backend in ("eager", "xla"):
        trained = network().compile(backend)
        losses.append([trained.train_step(X, CLASSES, TIMES) for _ in range(3)])
    assert losses[1] == pytest.approx(losses[0], rel=1e-9)


def test_steps_with_and_without_weights_take_turns():
    losses = []
    for backend in ("eager", "numpy"):
        trained = network(optimizer=Adam(0.01)).compile(backend)
        weights = (None, TIMES, None, np.ones(12), TIMES, None)
        losses.append([trained.train_step(X, CLASSES, weight) for weight in weights])
    assert losses[0] == losses[1]


def fitted(**options):
    trained = network(options.pop("loss", None))
    x, y = options.pop("x", X), options.pop("y", CLASSES)
    history = trained.fit(
        x, y, epochs=3, batch_size=options.pop("size", 12), progress=False, **options
    )
    return trained, history


def same_parameters(one, other):
    for name, array in one.state_dict().items():
        np.testing.assert_allclose(array, other.state_dict()[name], rtol=1e-10, atol=1e-14)


def test_fit_with_weights_is_fit_on_repeated_samples():
    weighted, history = fitted(sample_weight=TIMES, metrics=["precision"])
    repeated, expected = fitted(
        x=X[TWICE], y=CLASSES[TWICE], size=len(TWICE), metrics=["precision"]
    )
    same_parameters(weighted, repeated)
    assert history.epochs[-1] == pytest.approx(expected.epochs[-1], rel=1e-9)


def test_class_weights_are_those_of_the_samples_but_not_in_accuracy():
    weights = {0: 0.5, 2: 3.0}
    by_class, history = fitted(class_weight=weights)
    each = np.array([0.5, 1.0, 3.0])[CLASSES]
    by_sample, of_samples = fitted(sample_weight=each)
    same_parameters(by_class, by_sample)
    same_parameters(by_class, fitted(class_weight=[0.5, 1.0, 3.0])[0])
    same_parameters(by_class, fitted(class_weight=weights, y=np.eye(3)[CLASSES])[0])
    in_loss = SoftMaxCrossEntropyLoss("mean", class_weight=[0.5, 1.0, 3.0])
    same_parameters(by_class, fitted(loss=in_loss)[0])
    np.testing.assert_allclose(history["loss"], of_samples["loss"], rtol=1e-12)
    said = network().predict(X).argmax(axis=1)  # before the only update of the epoch
    assert history["accuracy"][0] == np.mean(said == CLASSES) != of_samples["accuracy"][0]


def test_balanced_classes_count_the_same_together():
    counts = np.bincount(CLASSES)
    same_parameters(fitted(class_weight="balanced")[0], fitted(class_weight=12 / (3 * counts))[0])


def test_yes_and_no_have_class_weights_too():
    yes = (CLASSES == 1).astype(int)
    for y in (yes, yes[:, None]):
        found = [
            NeuralNetwork([FullyConnected(5, 1)], loss="binary_cross_entropy", dtype=np.float64)
            for _ in range(2)
        ]
        found[0].fit(X, y, epochs=2, batch_size=5, progress=False, class_weight={1: 5.0})
        each = np.where(yes, 5.0, 1.0)
        found[1].fit(X, y, epochs=2, batch_size=5, progress=False, sample_weight=each)
        same_parameters(*found)


def test_weights_of_classes_and_samples_are_multiplied():
    same_parameters(
        fitted(class_weight=[1.0, 2.0, 3.0], sample_weight=TIMES)[0],
        fitted(sample_weight=TIMES * np.array([1.0, 2.0, 3.0])[CLASSES])[0],
    )


def test_the_loss_over_batches_is_exact_though_they_weigh_differently():
    trained, _ = fitted()
    expected = SoftMaxCrossEntropyLoss("mean").forward(trained.predict(X), CLASSES, TIMES)
    for size in (1, 5, 12):
        figures = trained.evaluate(X, CLASSES, batch_size=size, sample_weight=TIMES)
        assert figures["loss"] == pytest.approx(expected, rel=1e-13)
    right = trained.predict(X).argmax(axis=1) == CLASSES
    assert figures["accuracy"] == pytest.approx(np.average(right, weights=TIMES), rel=1e-13)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sample_weight": np.ones(11)}, r"fit\(sample_weight\).*\(12,\).*got shape \(11,\)"),
        ({"sample_weight": np.ones((12, 2))}, "one weight per sample"),
        ({"sample_weight": -np.ones(12)}, "from 0, got -1.0 at index 0"),
        ({"sample_weight": np.full(12, np.nan)}, "got nan at index 0"),
        ({"sample_weight": np.zeros(12)}, "above 0 somewhere"),
        ({"sample_weight": ["a"] * 12}, "one weight per sample"),
        ({"class_weight": {3: 1.0}}, "classes from 0 to 2.*got 3"),
        ({"class_weight": {"a": 1.0}}, "classes from 0 to 2.*got 'a'"),
        ({"class_weight": [1.0, 2.0]}, "one weight per class, 3 of them"),
        ({"class_weight": {0: -1.0}}, "from 0, got -1"),
        ({"class_weight": "equal"}, "'balanced', a dict or a list"),
        ({"validation_split": 1.5}, "above 0 and below 1"),
        ({"validation_split": 0.2, "validation_data": (X, CLASSES)}, "not both"),
        ({"validation_data": (X, CLASSES, np.ones(3))}, r"validation_data.*\(12,\)"),
    ],
)
def test_weights_that_do_not_fit_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        fitted(**options)


def test_numbers_have_no_class_weights():
    with pytest.raises(ValueError, match=r"compares numbers\. Write sample_weight="):
        fitted(loss=MeanSquaredError(), y=np.eye(3)[CLASSES], class_weight={0: 1.0})


def test_a_loss_that_is_one_number_has_no_weights():
    class Cubic(Loss):
        def apply(self, prediction, label):
            return (abs(prediction - label) ** 3).mean()

    assert Cubic().forward([[2.0]], [[0.0]]) == 8.0
    with pytest.raises(ValueError, match=r"Define terms\(self, prediction, label\)"):
        Cubic().forward([[2.0]], [[0.0]], [1.0])


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ([0, -1], r"from 0 to 2.*got -1 at index 1.*ignore_index=-1"),
        ([[0, 5], [1, 2]], r"got 5 at index \(0, 1\)"),
    ],
)
def test_unknown_classes_are_named(label, words):
    label = np.array(label)
    with pytest.raises(ValueError, match=words):
        SoftMaxCrossEntropyLoss().check_labels(label, (*label.shape[1:], 3), np.float64)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"class_weight": {0: 1.0}}, "list of one number per class"),
        ({"class_weight": [1.0, -1.0]}, r"class_weight\[1\]"),
        ({"label_smoothing": 1.5}, "label_smoothing"),
        ({"ignore_index": 0.5}, "whole number"),
    ],
)
def test_options_of_losses_are_checked(options, words):
    with pytest.raises(ValueError, match=words):
        SoftMaxCrossEntropyLoss(**options)
    with pytest.raises(ValueError, match="3 weights, one per class, got 2"):
        SoftMaxCrossEntropyLoss(class_weight=[1.0, 2.0]).forward(np.ones((1, 3)), [0])


# --- held back ------------------------------------------------------------------------------------


def test_a_split_is_the_same_in_each_fit_and_has_all_classes():
    seen = []

    class Spy(NeuralNetwork):
        def evaluate(self, x, y, **options):
            seen.append((x.tobytes(), np.bincount(y).tolist()))
            return super().evaluate(x, y, **options)

    y = np.repeat([0, 1, 2], 4)
    trained = Spy([FullyConnected(5, 3)])
    for _ in range(2):
        history = trained.fit(
            X, y, epochs=1, batch_size=3, progress=False, validation_split=0.25,
            evaluate_training=False,
        )  # fmt: skip
        assert "validation_loss" in history.epochs[0]
    assert seen[0] == seen[1]
    assert seen[0][1] == [1, 1, 1]


def test_what_is_held_back_is_never_learned():
    held = []

    class Spy(NeuralNetwork):
        def evaluate(self, x, y, **options):
            held.append(x)
            return super().evaluate(x, y, **options)

        def differentiate(self, x, *others):
            learned.extend(row.tobytes() for row in x)
            return super().differentiate(x, *others)

    learned = []
    trained = Spy([FullyConnected(5, 3)], dtype=np.float64)
    trained.fit(
        X, CLASSES, epochs=2, batch_size=3, progress=False, validation_split=0.25,
        evaluate_training=False, sample_weight=np.ones(12),
    )  # fmt: skip
    of_validation = {row.tobytes() for row in held[0]}
    assert len(of_validation) == 3
    assert len(set(learned)) == 9
    assert of_validation.isdisjoint(learned)
