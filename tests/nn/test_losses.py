"""Losses: the lectures' equations and numbers."""

import numpy as np
import pytest

from autograd_core import check_gradients
from nn import CrossEntropyLoss, MeanSquaredError, SoftMax, SoftMaxCrossEntropyLoss

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


@pytest.mark.parametrize(
    "loss",
    [CrossEntropyLoss(), CrossEntropyLoss("mean"), SoftMaxCrossEntropyLoss(), MeanSquaredError()],
    ids=repr,
)
def test_gradient_agrees_with_the_difference_quotient(loss):
    prediction = np.random.default_rng(0).uniform(0.1, 0.9, (2, 3))
    check_gradients(lambda p: loss(p, LABELS), prediction, order=2)


def test_softmax_cross_entropy_of_huge_scores_is_exact():
    assert SoftMaxCrossEntropyLoss().forward(np.array([[1e4, 0.0]]), [1]) == 1e4


def test_mean_squared_error_averages_over_all_entries():
    assert MeanSquaredError().forward([[1.0, 2.0]], [[3.0, 2.0]]) == 2.0


@pytest.mark.parametrize(
    ("loss", "prediction", "label", "words"),
    [
        (CrossEntropyLoss(), np.ones((2, 3)), np.ones((2, 2)), r"\(2, 3\).*got shape \(2, 2\)"),
        (CrossEntropyLoss(), np.ones((2, 3)), [0, 3], "from 0 to 2"),
        (CrossEntropyLoss(), np.ones((2, 3)), [0.0, 1.0], "one_hot"),
        (MeanSquaredError(), np.ones((2, 1)), np.ones(2), r"y\[:, None\]"),
    ],
)
def test_labels_that_do_not_fit_are_refused(loss, prediction, label, words):
    with pytest.raises(ValueError, match=words):
        loss.forward(prediction, label)


def test_unknown_reduction_is_refused():
    with pytest.raises(ValueError, match="'sum' or 'mean'"):
        CrossEntropyLoss("average")
