"""Losses: the lectures' equations and numbers."""

import copy
import pickle

import numpy as np
import pytest
from formula_reader import right_side

import nn
from autograd_core import Node, check_gradients
from nn import (
    Adam,
    BinaryCrossEntropy,
    CosineLoss,
    CrossEntropyLoss,
    FocalLoss,
    FullyConnected,
    HingeLoss,
    HuberLoss,
    KullbackLeiblerLoss,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    MultiClassHingeLoss,
    NegativeLogLikelihoodLoss,
    NeuralNetwork,
    Sigmoid,
    SigmoidCrossEntropyLoss,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    Tanh,
)
from nn.registry import rebuild

LOSSES = [
    CrossEntropyLoss(),
    CrossEntropyLoss("mean"),
    SoftMaxCrossEntropyLoss(),
    SoftMaxCrossEntropyLoss("mean"),
    BinaryCrossEntropy(),
    BinaryCrossEntropy("mean"),
    SigmoidCrossEntropyLoss(),
    SigmoidCrossEntropyLoss("mean"),
    MeanSquaredError(),
    MeanAbsoluteError(),
    MeanSquaredError("sum"),
    MeanAbsoluteError("sum"),
    HuberLoss(),
    HuberLoss("sum", delta=0.3),
    HingeLoss(),
    HingeLoss("sum", margin=0.7),
    MultiClassHingeLoss(),
    MultiClassHingeLoss("sum", margin=0.7),
    KullbackLeiblerLoss(),
    KullbackLeiblerLoss("sum"),
    CosineLoss(),
    CosineLoss("sum"),
    NegativeLogLikelihoodLoss(),
    NegativeLogLikelihoodLoss("sum", class_weight=[1.0, 2.0, 0.5]),
    FocalLoss(),
    FocalLoss("sum", gamma=0.5),
    SoftMaxCrossEntropyLoss("mean", label_smoothing=0.1),
    SoftMaxCrossEntropyLoss("mean", class_weight=[1.0, 2.0, 0.5]),
    SoftMaxCrossEntropyLoss(label_smoothing=0.2, ignore_index=1),
    CrossEntropyLoss("mean", label_smoothing=0.1, class_weight=[1.0, 2.0, 0.5], ignore_index=-1),
]

SCORES = np.array([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]])
LABELS = np.array([[0, 0, 1], [1, 0, 0]])
GRADIENT = [
    [0.0900305732, 0.2447284711, -0.3347590442],
    [-0.6666666667, 0.3333333333, 0.3333333333],
]


def test_cross_entropy_of_the_lectures_example():
    softmax, loss = SoftMax(), CrossEntropyLoss()
    assert loss.forward(softmax.forward(SCORES), LABELS) == pytest.approx(1.5062182531, abs=1e-9)
    np.testing.assert_allclose(softmax.backward(loss.backward()), GRADIENT, atol=1e-9)


def test_softmax_cross_entropy_of_the_lectures_example():
    loss = SoftMaxCrossEntropyLoss()
    assert loss.forward(SCORES, LABELS) == pytest.approx(1.5062182531, abs=1e-9)
    np.testing.assert_allclose(loss.backward(), GRADIENT, atol=1e-9)


def test_cross_entropy_of_nine_impossible_labels():
    prediction = np.tile([1.0, 0.0], (9, 1))
    loss = CrossEntropyLoss().forward(prediction, np.ones(9, int))
    assert loss == pytest.approx(324.39288050205437, abs=1e-12)


def test_gradient_of_cross_entropy_keeps_eps():
    loss, prediction = CrossEntropyLoss(), np.array([[0.0, 1.0]], dtype=np.float32)
    loss.forward(prediction, [0])
    error = loss.backward()
    assert error.dtype == np.float32
    assert error[0, 0] == pytest.approx(-1 / np.finfo(np.float32).eps)


@pytest.mark.parametrize("loss", [CrossEntropyLoss, SoftMaxCrossEntropyLoss])
def test_reductions_and_kinds_of_labels_agree(loss):
    prediction = SoftMax().forward(SCORES)
    total, mean = loss("sum"), loss("mean")
    assert loss().reduction == "sum"
    assert total.forward(prediction, LABELS) == 2 * mean.forward(prediction, LABELS)
    assert total.forward(prediction, [2, 0]) == total.forward(prediction, LABELS)
    np.testing.assert_allclose(total.backward(), 2 * mean.backward(), rtol=1e-15)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_gradient_agrees_with_the_difference_quotient(loss):
    prediction = np.random.default_rng(0).uniform(0.1, 0.9, (2, 3))
    check_gradients(lambda p: loss(p, LABELS), prediction, order=2)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("labels", [np.int64, np.uint8, np.float64])
def test_dtype_is_that_of_the_prediction(loss, dtype, labels):
    prediction = Node(np.random.default_rng(0).uniform(0.1, 0.9, (2, 3)).astype(dtype))
    found = loss(prediction, LABELS.astype(labels))
    found.backward()
    assert (found.shape, found.dtype, prediction.grad.dtype) == ((), dtype, dtype)
    assert str(found.scope) == type(loss).__name__


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_stepping_by_hand_equals_the_recorded_graph(loss):
    values = np.random.default_rng(0).uniform(0.1, 0.9, (2, 3))
    prediction = Node(values)
    recorded = loss(prediction, LABELS)
    recorded.backward()
    assert loss.forward(values, LABELS) == float(recorded)
    np.testing.assert_array_equal(loss.backward(), prediction.grad)
    again = pickle.loads(pickle.dumps(copy.deepcopy(loss)))  # noqa: S301
    assert again.forward(values, LABELS) == float(recorded)


OF_ENTRIES = (MeanSquaredError, MeanAbsoluteError, HuberLoss, HingeLoss)


def cosines(x, y):
    return (x * y).sum(-1, keepdims=True) / np.sqrt((x * x).sum(-1) * (y * y).sum(-1))[:, None]


def rows(loss, label, weight):
    """The letter q: labels smoothed and weighted, over the sum of the weights for a mean."""
    of_classes = np.ones(label.shape[1]) if loss.class_weight is None else loss.class_weight
    s = loss.label_smoothing
    smoothed = (1 - s) * label + s * label.sum(axis=1, keepdims=True) / label.shape[1]
    total = (weight * (label @ of_classes)).sum() if loss.reduction == "mean" else 1.0
    return weight[:, None] * smoothed * of_classes / total


def check_formulas(loss, prediction, label, weight=None):
    found = {"L": loss.forward(prediction, label, weight), "E": loss.backward()}
    n = label.size if isinstance(loss, OF_ENTRIES) else len(label)
    letters = {"X": prediction, "ŷ": prediction, "y": label, "n": n, **found}
    letters["ε"] = np.finfo(prediction.dtype).eps
    letters |= {"δ": getattr(loss, "delta", 0.0), "Δ": getattr(loss, "margin", 0.0)}
    letters |= {"t": np.where(label > 0, 1.0, -1.0), "cos": cosines}
    letters["s"] = (prediction * label).sum(axis=1, keepdims=True)
    weights = np.ones(len(label)) if weight is None else weight
    if hasattr(loss, "label_smoothing"):
        letters["q"] = rows(loss, label, weights)
    else:
        entries = n // len(label)
        divisor = weights.sum() * entries if loss.reduction == "mean" else 1.0
        letters["w"] = weights[:, None] / divisor
    formulas = loss.formulas if weight is None else loss.formulas_of_weighted
    if formulas is None:
        assert getattr(loss, "gamma", 2.0) != 2.0
        return
    lines = (formulas.forward, *formulas.backward)
    for line, (name, value) in zip(lines, found.items(), strict=False):
        assert line.startswith(f"{name} = ")
        np.testing.assert_allclose(right_side(line, letters), value, rtol=1e-12, err_msg=line)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_formulas_say_what_is_computed(loss):
    prediction, label = np.random.default_rng(0).uniform(0.1, 0.9, (2, 4, 3))
    check_formulas(loss, prediction, label / label.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_formulas_of_samples_with_weights_say_what_is_computed(loss):
    prediction, label = np.random.default_rng(0).uniform(0.1, 0.9, (2, 4, 3))
    label /= label.sum(axis=1, keepdims=True)
    check_formulas(loss, prediction, label, np.array([0.5, 2.0, 0.0, 1.0]))


@pytest.mark.parametrize("loss", [CrossEntropyLoss(), BinaryCrossEntropy("mean")], ids=repr)
def test_formulas_have_their_eps_in_the_right_places(loss):
    check_formulas(loss, np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.5, 0.5], [0.0, 1.0]]))


def test_the_table_has_every_loss():
    exported = {getattr(nn, name) for name in nn.__all__} - {Loss}
    losses = {part for part in exported if isinstance(part, type) and issubclass(part, Loss)}
    losses -= {nn.FunctionLoss}  # of a plain function: test_names_and_functions.py
    assert losses == {type(loss) for loss in LOSSES}


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_loss_survives_its_description(loss):
    assert repr(rebuild("loss", loss.configuration())) == repr(loss)


def test_softmax_cross_entropy_of_huge_scores_is_exact():
    assert SoftMaxCrossEntropyLoss().forward(np.array([[1e4, 0.0]]), [1]) == 1e4


def test_mean_squared_error_averages_over_all_entries():
    assert MeanSquaredError().forward([[1.0, 2.0]], [[3.0, 2.0]]) == 2.0


def test_mean_absolute_error_and_its_gradient():
    loss = MeanAbsoluteError()
    assert loss.forward([[1.0, 2.0], [5.0, 0.0]], [[3.0, 2.0], [1.0, 2.0]]) == 2.0
    np.testing.assert_array_equal(loss.backward(), [[-0.25, 0.0], [0.25, -0.25]])


# --- yes or no ------------------------------------------------------------------------------------

SCORE = np.array([[2.0, -1.0], [0.0, 3.0], [-4.0, 0.5]])
YES = np.array([[1, 0], [0, 0], [0, 1]])


def test_binary_cross_entropy_is_equation_12_for_two_classes():
    p = Sigmoid().forward(SCORE[:, :1])
    both = np.concatenate([1 - p, p], axis=1)
    binary, over_classes = BinaryCrossEntropy(), CrossEntropyLoss()
    expected = over_classes.forward(both, YES[:, 0])
    assert binary.forward(p, YES[:, 0]) == pytest.approx(expected, rel=1e-14)
    eps = np.finfo(np.float64).eps
    y = YES[:, :1]
    gradient = -y / (p + eps) + (1 - y) / (1 - p + eps)
    np.testing.assert_allclose(binary.backward(), gradient, rtol=1e-14)


def test_binary_cross_entropy_of_an_impossible_label_is_finite():
    for dtype in (np.float32, np.float64):
        eps = np.finfo(dtype).eps
        loss = BinaryCrossEntropy()
        assert loss.forward(np.array([[0.0]], dtype), [1]) == pytest.approx(-np.log(eps))
        assert loss.backward()[0, 0] == pytest.approx(-1 / eps)
        assert loss.forward(np.array([[1.0]], dtype), [0]) == pytest.approx(-np.log(eps))
        assert loss.backward()[0, 0] == pytest.approx(1 / eps)


def test_from_scores_it_is_the_same_loss_with_the_gradient_sigmoid_less_label():
    sigmoid, composed, fused = Sigmoid(), BinaryCrossEntropy(), SigmoidCrossEntropyLoss()
    expected = composed.forward(sigmoid.forward(SCORE), YES)
    assert fused.forward(SCORE, YES) == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(fused.backward(), sigmoid.forward(SCORE) - YES, rtol=1e-14)
    np.testing.assert_allclose(sigmoid.backward(composed.backward()), fused.backward(), rtol=1e-12)


@pytest.mark.parametrize(
    ("score", "label", "expected"),
    [
        (1e4, 0, 1e4),
        (-1e4, 1, 1e4),
        (1e4, 1, 0.0),
        (40.0, 1, np.log1p(np.exp(-40.0))),
        (-40.0, 0, np.log1p(np.exp(-40.0))),
        (0.0, 1, np.log(2.0)),
    ],
)
def test_from_scores_it_is_exact_at_both_ends(score, label, expected):
    found = SigmoidCrossEntropyLoss().forward(np.array([[score]]), [label])
    assert found == pytest.approx(expected, rel=1e-14, abs=0.0)


@pytest.mark.parametrize("make", [BinaryCrossEntropy, SigmoidCrossEntropyLoss])
def test_samples_are_averaged_and_outputs_summed(make):
    p = Sigmoid().forward(SCORE)
    one = sum(make().forward(p[:, [k]], YES[:, k]) for k in range(2))
    assert make("sum").forward(p, YES) == pytest.approx(one, rel=1e-14)
    assert make("mean").forward(p, YES) == pytest.approx(one / 3, rel=1e-14)


def test_one_output_takes_labels_without_its_axis():
    p = np.array([[0.2], [0.9]])
    for labels in ([0, 1], [False, True], [[0.0], [1.0]]):
        assert BinaryCrossEntropy().forward(p, labels) == pytest.approx(0.328504, abs=1e-6)
    assert BinaryCrossEntropy().forward(p[:, 0], [0, 1]) == pytest.approx(0.328504, abs=1e-6)


@pytest.mark.parametrize(
    ("loss", "prediction", "label", "right"),
    [
        (SoftMaxCrossEntropyLoss(), [[0.1, 3.0], [2.0, 1.0]], [1, 1], 1),
        (SoftMaxCrossEntropyLoss(), [[0.1, 3.0], [2.0, 1.0]], [[0, 1], [1, 0]], 2),
        (BinaryCrossEntropy(), [[0.1], [0.7], [0.6]], [0, 1, 0], 2),
        (BinaryCrossEntropy(), [[0.1, 0.9], [0.7, 0.9]], [[0, 1], [0, 1]], 1),
        (BinaryCrossEntropy(), [[0.5], [0.49]], [1, 0], 2),
        (SigmoidCrossEntropyLoss(), [[-0.1], [0.1]], [[0], [1]], 2),
        (SigmoidCrossEntropyLoss(), [[0.0], [-0.01]], [1, 0], 2),
    ],
)
def test_right_samples_are_counted(loss, prediction, label, right):
    assert loss.count_right(np.array(prediction), np.array(label)) == right


@pytest.mark.parametrize(
    ("layers", "loss"),
    [
        ([FullyConnected(1, 1), Sigmoid()], BinaryCrossEntropy("mean")),
        ([FullyConnected(1, 1)], SigmoidCrossEntropyLoss("mean")),
        ([FullyConnected(1, 8), Tanh(), FullyConnected(8, 1)], MeanAbsoluteError()),
    ],
)
def test_networks_learn_with_it_and_are_saved_and_loaded(layers, loss, tmp_path):
    x = np.linspace(-1, 1, 40)[:, None]
    y = (x > 0.2).astype(float)
    network = NeuralNetwork(layers, loss=loss, optimizer=Adam(0.1))
    before = network.evaluate(x, y)["loss"]
    for _ in range(150):
        network.train_step(x, y)
    after = network.evaluate(x, y)["loss"]
    assert after < 0.4 * before
    loaded = NeuralNetwork.load(network.save(tmp_path / "model.safetensors"))
    assert loaded.evaluate(x, y)["loss"] == after


# --- wrong use ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "prediction", "label", "words"),
    [
        (CrossEntropyLoss(), np.ones((2, 3)), np.ones((2, 2)), r"\(2, 3\).*got shape \(2, 2\)"),
        (CrossEntropyLoss(), np.ones((2, 3)), [0, 3], "from 0 to 2"),
        (CrossEntropyLoss(), np.ones((2, 3)), [0.0, 1.0], "one_hot"),
        (MeanSquaredError(), np.ones((2, 1)), np.ones(2), r"y\[:, None\]"),
        (MeanAbsoluteError(), np.ones((2, 1)), np.ones(2), r"y\[:, None\]"),
        (BinaryCrossEntropy(), np.full((2, 1), 0.5), [1, 2], "labels from 0.*to 2"),
        (BinaryCrossEntropy(), np.full((2, 3), 0.5), [1, 0], r"\(2, 3\).*got shape \(2,\)"),
        (BinaryCrossEntropy(), np.full((1, 1), 1.5), [1], r"End the network with Sigmoid\(\)"),
        (SigmoidCrossEntropyLoss(), np.ones((1, 1)), [-1], "labels from 0.*from -1"),
    ],
)
def test_labels_that_do_not_fit_are_refused(loss, prediction, label, words):
    with pytest.raises(ValueError, match=words):
        loss.forward(prediction, label)


@pytest.mark.parametrize("make", [CrossEntropyLoss, BinaryCrossEntropy, SigmoidCrossEntropyLoss])
def test_unknown_reduction_is_refused(make):
    with pytest.raises(ValueError, match="'sum' or 'mean', got 'average'"):
        make("average")


def test_backward_before_forward_is_refused():
    with pytest.raises(RuntimeError, match=r"Call loss\.forward"):
        MeanSquaredError().backward()
    with pytest.raises(NotImplementedError, match="must define apply"):
        Loss().forward(np.ones(2), np.ones(2))
