"""check_gradients finds rules that are wrong only for another incoming gradient."""

from __future__ import annotations

import numpy as np
import pytest

from autograd_core import Operation, check_gradients
from autograd_core.node import raw
from autograd_core.operation import REGISTRY


@pytest.fixture
def squared():
    def with_rule(rule):
        return Operation("test_squared", lambda x: x * x, (rule,), elementwise=True)

    yield with_rule
    REGISTRY.pop("test_squared", None)


POINTS = [3.0, np.array([1.0, -2.0])]


@pytest.mark.parametrize("x", POINTS, ids=["number", "array"])
def test_a_right_rule_passes(squared, x):
    check_gradients(squared(lambda g, out, x: g * 2.0 * x), x, order=3)


@pytest.mark.parametrize("x", POINTS, ids=["number", "array"])
@pytest.mark.parametrize(
    "rule",
    [
        lambda g, out, x: raw(g) * 2.0 * x,
        lambda g, out, x: 0.5 * (g + raw(g)) * 2.0 * x,
        lambda g, out, x: np.where(raw(g) > 0, raw(g), g) * 2.0 * x,
    ],
    ids=["g.value", "half of it", "where"],
)
def test_a_rule_that_takes_the_incoming_gradient_for_a_constant_fails(squared, rule, x):
    square = squared(rule)
    check_gradients(square, x)  # nothing is wrong with the first derivatives
    with pytest.raises(AssertionError, match="derivative of order 2 for a random direction"):
        check_gradients(square, x, order=2)


@pytest.mark.parametrize("x", POINTS, ids=["number", "array"])
@pytest.mark.parametrize(
    "rule",
    [
        lambda g, out, x: g * g * 2.0 * x,
        lambda g, out, x: abs(g) * 2.0 * x,
        lambda g, out, x: np.sign(g) * 2.0 * x,
        lambda g, out, x: (g + 1.0) * x,
        lambda g, out, x: 2.0 * x,
    ],
    ids=["square", "abs", "sign", "affine", "not at all"],
)
def test_a_rule_that_is_not_linear_in_the_incoming_gradient_fails(squared, rule, x):
    with pytest.raises(AssertionError, match=r"upstream gradient|analytic"):
        check_gradients(squared(rule), x)


@pytest.mark.parametrize("eps", [0.0, -1e-6, np.nan])
def test_a_step_that_is_none_is_refused(eps):
    with pytest.raises(ValueError, match=r"expects a step above 0, got .*\. Write 1e-6"):
        check_gradients(np.sin, 0.5, eps=eps)
