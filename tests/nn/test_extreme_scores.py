"""Losses and activations of scores that are infinite or as large as the precision allows."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_core as ac
import nn
from autograd_core import grad

inf = np.inf
DTYPES = (np.float16, np.float32, np.float64)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize(
    ("scores", "label", "loss", "gradient"),
    [
        ([-inf, 1.0, 1.0], 1, np.log(2.0), [0.0, -0.5, 0.5]),
        ([-inf, -inf, 1.0], 2, 0.0, [0.0, 0.0, 0.0]),
        ([-inf, 0.0, -inf], 0, inf, [-1.0, 1.0, 0.0]),
        ([inf, 1.0, 0.0], 0, 0.0, [0.0, 0.0, 0.0]),
        ([inf, 1.0, 0.0], 1, inf, [1.0, -1.0, 0.0]),
        (["max", "-max", 0.0], 0, 0.0, [0.0, 0.0, 0.0]),
        (["max", "max", "-max"], 0, np.log(2.0), [-0.5, 0.5, 0.0]),
        ([1e4, -1e4, 0.0], 2, 1e4, [1.0, 0.0, -1.0]),
    ],
)
def test_softmax_cross_entropy(scores, label, loss, gradient, reduction, dtype):
    ends = {"max": np.finfo(dtype).max, "-max": -np.finfo(dtype).max}
    row = np.array([[ends.get(x, x) for x in scores]], dtype)
    criterion = nn.SoftMaxCrossEntropyLoss(reduction)
    assert criterion.forward(row, [label]) == pytest.approx(loss, rel=2e-3)
    np.testing.assert_allclose(criterion.backward(), [gradient], rtol=2e-3)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("score", "label", "loss", "gradient"),
    [
        (inf, 1.0, 0.0, 0.0), (inf, 0.0, inf, 1.0), (-inf, 0.0, 0.0, 0.0), (-inf, 1.0, inf, -1.0),
        (1e4, 1.0, 0.0, 0.0), (-1e4, 0.0, 0.0, 0.0), (1e4, 0.25, 7500.0, 0.75),
    ],
)  # fmt: skip
def test_sigmoid_cross_entropy(score, label, loss, gradient, dtype):
    criterion = nn.SigmoidCrossEntropyLoss()
    scores = np.array([[score]], dtype)
    assert criterion.forward(scores, np.array([[label]], dtype)) == pytest.approx(loss, rel=1e-3)
    assert criterion.backward() == gradient


def test_a_small_loss_of_sigmoid_cross_entropy_is_exact():
    criterion = nn.SigmoidCrossEntropyLoss()
    assert criterion.forward(np.array([[50.0]]), [1]) == pytest.approx(np.exp(-50.0))
    assert criterion.backward() == pytest.approx(-np.exp(-50.0))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("end", ["inf", "max", "1e4"])
@pytest.mark.parametrize(
    ("f", "right"),
    [
        (ac.silu, 1.0), (ac.gelu, 1.0), (lambda x: ac.gelu(x, approximate=True), 1.0),
        (ac.erf, 0.0), (ac.sigmoid, 0.0), (ac.softplus, 1.0), (ac.elu, 1.0), (ac.relu, 1.0),
        (np.tanh, 0.0), (np.arctan, 0.0),
    ],
)  # fmt: skip
def test_activations_far_out(f, right, end, dtype):
    x = dtype(np.finfo(dtype).max if end == "max" else float(end))
    slope = 0.0 if end != "1e4" or f is not np.arctan else pytest.approx(1e-8, rel=1.0)
    assert grad(f)(x) == (right or slope)
    assert grad(f)(-x) == slope
    assert grad(grad(f))(x) == grad(grad(f))(-x) == 0.0 or f is np.arctan
    assert f(-x) == (0.0 if right and f is not ac.elu else f(-x))
