"""Kinks, ties and poles: the conventions of the gradient there, one line per case."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import grad
from autograd_core.operation import REGISTRY

inf, nan = np.inf, np.nan


def second(f):
    return grad(grad(f))


FIRST_ORDER = [
    # relu and its relatives take the left slope
    ("relu at 0", ac.relu, 0.0, 0.0),
    ("leaky_relu at 0", ac.leaky_relu, 0.0, 0.01),
    ("leaky_relu at 0, slope 0.3", lambda x: ac.leaky_relu(x, 0.3), 0.0, 0.3),
    ("elu at 0", lambda x: ac.elu(x, 0.5), 0.0, 0.5),
    ("selu at 0", ac.selu, 0.0, 1.7580993408473766),
    # abs, sign, norm
    ("abs at 0", np.abs, 0.0, 0.0),
    ("abs at -0", np.abs, -0.0, 0.0),
    ("sign at 0", np.sign, 0.0, 0.0),
    ("sign", np.sign, 2.0, 0.0),
    ("floor", np.floor, 1.5, 0.0),
    ("round", np.round, 1.5, 0.0),
    ("copysign at 0", lambda x: np.copysign(x, -1.0), 0.0, 0.0),
    ("norm at 0", np.linalg.norm, [0.0, 0.0], [0.0, 0.0]),
    ("norm at 0, ord 3", lambda x: np.linalg.norm(x, 3), [0.0, 0.0], [0.0, 0.0]),
    ("norm at 0, ord 1", lambda x: np.linalg.norm(x, 1), [0.0, 2.0], [0.0, 1.0]),
    ("norm at 0, ord inf", lambda x: np.linalg.norm(x, inf), [0.0, 0.0], [0.0, 0.0]),
    ("frobenius norm at 0", np.linalg.norm, np.zeros((2, 2)), np.zeros((2, 2))),
    ("norm with a zero entry, ord 1/2", lambda x: np.linalg.norm(x, 0.5), [0.0, 2.0], [0.0, 1.0]),
    ("norm with a zero entry", lambda x: np.linalg.norm(x, 3), [0.0, 2.0], [0.0, 1.0]),
    ("nuclear norm at 0", lambda x: np.linalg.norm(x, "nuc"), np.zeros((2, 2)), np.zeros((2, 2))),
    ("spectral norm at 0", lambda x: np.linalg.norm(x, 2), np.zeros((2, 3)), np.zeros((2, 3))),
    ("nuclear norm, rank 1", lambda x: np.linalg.norm(x, "nuc"), np.ones((2, 3)),
     np.full((2, 3), 6**-0.5)),
    ("hypot at 0", lambda x: np.hypot(x, 0.0), 0.0, 0.0),
    ("std of equal entries", np.std, [1.0, 1.0], [0.0, 0.0]),
    ("nanstd of equal entries", np.nanstd, [1.0, nan, 1.0], [0.0, 0.0, 0.0]),
    # ties
    ("maximum, tie", lambda x: np.maximum(x, 1.0), 1.0, 0.5),
    ("minimum, tie", lambda x: np.minimum(x, 1.0), 1.0, 0.5),
    ("fmax, tie", lambda x: np.fmax(x, 1.0), 1.0, 0.5),
    ("fmin, tie", lambda x: np.fmin(1.0, x), 1.0, 0.5),
    ("fmax, nan", lambda x: np.fmax(x, nan), 1.0, 1.0),
    ("max, two of three", np.max, [1.0, 2.0, 2.0], [0.0, 0.5, 0.5]),
    ("min, all", np.min, [3.0, 3.0, 3.0], [1 / 3] * 3),
    ("max along an axis", lambda x: np.sum(np.max(x, axis=1)), [[1.0, 1.0], [0.0, 2.0]],
     [[0.5, 0.5], [0.0, 1.0]]),
    # clip
    ("clip below", lambda x: np.clip(x, 0.0, 1.0), -1.0, 0.0),
    ("clip at the lower edge", lambda x: np.clip(x, 0.0, 1.0), 0.0, 1.0),
    ("clip at the upper edge", lambda x: np.clip(x, 0.0, 1.0), 1.0, 1.0),
    ("clip above", lambda x: np.clip(x, 0.0, 1.0), 2.0, 0.0),
    # powers and products
    ("x**0 at 0", lambda x: x**0, 0.0, 0.0),
    ("x**0.0 at 0", lambda x: np.power(x, np.array([0.0]))[0], 0.0, 0.0),
    ("x**1 at 0", lambda x: x**1, 0.0, 1.0),
    ("x**2 at 0", lambda x: x**2, 0.0, 0.0),
    ("x**3 at negative x", lambda x: x**3, -2.0, 12.0),
    ("0**y", lambda y: 0.0**y, 2.0, 0.0),
    ("0**y at 0", lambda y: 0.0**y, 0.0, 0.0),
    ("prod with one zero", np.prod, [2.0, 0.0, 3.0], [0.0, 6.0, 0.0]),
    ("prod with two zeros", np.prod, [2.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
    ("cumprod with a zero", lambda x: np.sum(np.cumprod(x)), [2.0, 0.0, 3.0], [1.0, 8.0, 0.0]),
    ("det of a singular matrix", np.linalg.det, [[1.0, 2.0], [2.0, 4.0]],
     [[4.0, -2.0], [-2.0, 1.0]]),
    ("det of a large singular matrix", np.linalg.det, np.diag([2.0, 2.0, 0.0, 1.0, 1.0, 1.0]),
     np.diag([0.0, 0.0, 4.0, 0.0, 0.0, 0.0])),
    ("det of a matrix of rank n - 2", np.linalg.det, np.diag([2.0, 2.0, 0.0, 0.0, 1.0]),
     np.zeros((5, 5))),
    ("sinc at 0", np.sinc, 0.0, 0.0),
    # poles
    ("sqrt at 0", np.sqrt, 0.0, inf),
    ("cbrt at 0", np.cbrt, 0.0, inf),
    ("log at 0", np.log, 0.0, inf),
    ("log1p at -1", np.log1p, -1.0, inf),
    ("x**0.5 at 0", lambda x: x**0.5, 0.0, inf),
    ("reciprocal at 0", np.reciprocal, 0.0, -inf),
    ("arcsin at 1", np.arcsin, 1.0, inf),
    ("arccosh at 1", np.arccosh, 1.0, inf),
    ("arctanh at 1", np.arctanh, 1.0, inf),
    # the far ends
    ("cross entropy, a class ruled out",
     lambda x: ac.softmax_cross_entropy(x, np.array([1.0, 0.0, 0.0])), [0.0, 0.0, -inf],
     [-0.5, 0.5, 0.0]),
    ("arctan at 1e200", np.arctan, 1e200, 0.0),
    ("arccosh at 1e200", np.arccosh, 1e200, 1e-200),
    ("arctan2 far out", lambda y: np.arctan2(y, 1e200), 1e200, 5e-201),
    ("arctan2 close in", lambda y: np.arctan2(y, 1e-200), 1e-200, 5e199),
    ("sigmoid at 1000", ac.sigmoid, 1000.0, 0.0),
    ("sigmoid at -1000", ac.sigmoid, -1000.0, 0.0),
    ("softplus at 1000", ac.softplus, 1000.0, 1.0),
    ("interp at a point", lambda x: np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 5.0]), 1.0, 4.0),
    ("interp at the first point", lambda x: np.interp(x, [0.0, 1.0], [0.0, 3.0]), 0.0, 3.0),
    ("interp at the last point", lambda x: np.interp(x, [0.0, 1.0], [0.0, 3.0]), 1.0, 3.0),
    ("interp outside", lambda x: np.interp(x, [0.0, 1.0], [0.0, 3.0]), 1.5, 0.0),
    ("silu at -1000", ac.silu, -1000.0, 0.0),
    ("elu at 1000", ac.elu, 1000.0, 1.0),
    ("logaddexp at -inf", lambda x: np.logaddexp(x, -inf), -inf, 0.0),
    ("logsumexp at 1000", ac.logsumexp, [1000.0, 1000.0], [0.5, 0.5]),
    ("logsumexp with -inf", ac.logsumexp, [-inf, 1.0], [0.0, 1.0]),
    ("logsumexp of -inf alone", ac.logsumexp, [-inf, -inf], [0.0, 0.0]),
    ("softmax at 1000", lambda x: ac.softmax(x)[0], [1000.0, 0.0], [0.0, 0.0]),
    ("cross entropy at 1000", lambda x: ac.softmax_cross_entropy(x, np.array(1)), [1000.0, 0.0],
     [1.0, -1.0]),
    ("log_softmax at 1000", lambda x: np.sum(ac.log_softmax(x)[1:]), [1000.0, 0.0, -1000.0],
     [-2.0, 1.0, 1.0]),
    ("sinc far to the left", np.sinc, -7.5, -1 / (7.5 * 7.5 * np.pi)),
    ("arctan2 at the origin, for y", lambda y: np.arctan2(y, 0.0), 0.0, nan),
    ("arctan2 at the origin, for x", lambda x: np.arctan2(0.0, x), 0.0, nan),
]  # fmt: skip


@pytest.mark.parametrize(
    ("f", "x", "expected"), [pytest.param(*case[1:], id=case[0]) for case in FIRST_ORDER]
)
def test_first_order(f, x, expected):
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(grad(f)(np.array(x)), expected, rtol=1e-12)


SECOND_ORDER = [
    ("relu at 0", ac.relu, 0.0, 0.0),
    ("leaky_relu at 0", ac.leaky_relu, 0.0, 0.0),
    ("elu at 0", lambda x: ac.elu(x, 0.5), 0.0, 0.5),
    ("abs at 0", np.abs, 0.0, 0.0),
    ("norm at 0", lambda x: np.linalg.norm(np.stack([x, 0.0 * x])), 0.0, 0.0),
    ("hypot at 0", lambda x: np.hypot(x, 0.0), 0.0, 0.0),
    ("std of equal entries", lambda x: np.std(np.stack([x, x])), 1.0, 0.0),
    ("maximum, tie", lambda x: np.maximum(x, 1.0), 1.0, 0.0),
    ("clip at an edge", lambda x: np.clip(x * x, 0.0, 1.0), 1.0, 2.0),
    ("x**0 at 0", lambda x: x**0, 0.0, 0.0),
    ("x**1 at 0", lambda x: x**1, 0.0, 0.0),
    ("x**2 at 0", lambda x: x**2, 0.0, 2.0),
    ("x**2.0 at 0, by power of an array", lambda x: np.power(x, np.array([2.0]))[0], 0.0, 2.0),
    ("prod with zeros", lambda x: np.prod(np.stack([x, x, x + 3.0])), 0.0, 6.0),
    ("cumprod with zeros", lambda x: np.cumprod(np.stack([x, x, x + 3.0]))[2], 0.0, 6.0),
    ("det of a singular matrix", lambda x: np.linalg.det(np.stack([x, x, x, x]).reshape(2, 2)),
     1.0, 0.0),
    ("det of rank n - 2", lambda x: np.linalg.det(np.diag(np.stack([x, x, x + 1.0, x + 1.0]))),
     0.0, 2.0),
    ("sinc at 0", np.sinc, 0.0, -np.pi**2 / 3),
    ("sinc near 0", np.sinc, 1e-9, -np.pi**2 / 3),
    ("sigmoid at 1000", ac.sigmoid, 1000.0, 0.0),
    ("sigmoid at -1000", ac.sigmoid, -1000.0, 0.0),
    ("softplus at 1000", ac.softplus, 1000.0, 0.0),
    ("tanh at 1000", np.tanh, 1000.0, 0.0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("f", "x", "expected"), [pytest.param(*case[1:], id=case[0]) for case in SECOND_ORDER]
)
def test_second_order(f, x, expected):
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(second(f)(x), expected, rtol=1e-12)


# Functions with a pole, or without a value, at 0 or below: guarded by where, nothing of that shows.
GUARDED = {
    "sqrt": (np.sqrt, 0.0),
    "sqrt below": (np.sqrt, -2.0),
    "cbrt": (np.cbrt, 0.0),
    "log": (np.log, 0.0),
    "log below": (np.log, -2.0),
    "log2": (np.log2, 0.0),
    "log10": (np.log10, 0.0),
    "log1p": (lambda x: np.log1p(x - 1.0), 0.0),
    "reciprocal": (np.reciprocal, 0.0),
    "1 / x": (lambda x: 1.0 / x, 0.0),
    "x**0.5": (lambda x: x**0.5, 0.0),
    "x**0.5 below": (lambda x: x**0.5, -2.0),
    "x**1.5 below": (lambda x: x**1.5, -2.0),
    "x**y below": (lambda x: x ** np.array([1.5]), -2.0),
    "2**y": (lambda x: (x - 3.0) ** x, -0.5),
    "0**y": (lambda x: (0.0 * x) ** x, -1.0),
    "x**-1": (lambda x: x**-1, 0.0),
    "x**y": (lambda x: x ** np.array([0.5]), 0.0),
    "float_power": (lambda x: np.float_power(x, -1.0), 0.0),
    "arcsin": (lambda x: np.arcsin(x + 1.0), 0.0),
    "arccos": (lambda x: np.arccos(x - 1.0), 0.0),
    "arccos outside": (lambda x: np.arccos(x - 1.0), -1.0),
    "arccosh": (lambda x: np.arccosh(x + 1.0), 0.0),
    "arctanh": (lambda x: np.arctanh(x + 1.0), 0.0),
    "arctan2": (lambda x: np.arctan2(x, x), 0.0),
    "x / 0": (lambda x: x / 0.0, 0.0),
    "norm": (lambda x: np.linalg.norm(np.stack([x, x])), 0.0),
    "std": (lambda x: np.std(np.stack([x, x])), 0.0),
}


@pytest.mark.parametrize("name", GUARDED)
def test_where_guards_a_pole(name):
    f, x = GUARDED[name]

    def guarded(x):
        return np.sum(np.where(x > 0, f(x), x * x))

    with np.errstate(all="ignore"):
        assert grad(guarded)(x) == 2.0 * x
        assert second(guarded)(x) == 2.0
        assert grad(second(guarded))(x) == 0.0


@pytest.mark.parametrize("unused", [0.0, 2.0])
def test_a_guard_passes_the_gradient_on_where_it_kept_the_entry(unused):
    x = ac.Node([0.0, 3.0])
    REGISTRY["away_from_pole"](np.array([unused, 0.0]), x).backward(np.ones(2))
    np.testing.assert_array_equal(x.grad, [float(unused != 0), 1.0])


def test_power_of_a_negative_number_has_no_gradient_for_the_exponent():
    with np.errstate(invalid="ignore"):
        assert np.isnan(grad(lambda y: (-2.0) ** y)(2.0))


def test_power_of_a_negative_number_does_not_warn_where_the_exponent_is_a_constant():
    assert grad(lambda x: np.sum(x ** np.array([2.0])))(-2.0) == -4.0


@pytest.mark.parametrize("y", [np.inf, np.nan, -np.inf])
def test_power_with_an_exponent_that_is_not_finite_does_not_fail(y):
    with np.errstate(all="ignore"):
        for exponent in (y, np.float64(y), np.array([y])):
            assert not np.isfinite(grad(lambda x, e=exponent: np.sum(x**e))(0.5))


def test_sinc_does_not_overflow_in_half_precision():
    x = np.linspace(-3.0, 3.0, 13)
    found = grad(lambda x: np.sum(np.sinc(x)))(x.astype(np.float16))
    np.testing.assert_allclose(found, grad(lambda x: np.sum(np.sinc(x)))(x), atol=2e-3)


def test_nan_in_nansum_gets_no_gradient():
    np.testing.assert_array_equal(grad(np.nansum)(np.array([1.0, nan])), [1.0, 0.0])


def test_nan_is_not_hidden():
    assert np.isnan(np.max(ac.Node([1.0, nan])).value)
    assert np.isnan(np.median(ac.Node([1.0, nan, 2.0])).value)


def test_eigenvalues_may_be_equal():
    np.testing.assert_allclose(
        grad(lambda a: np.sum(np.linalg.eigvalsh(a) ** 2))(np.eye(3)), 2 * np.eye(3), atol=1e-12
    )


def test_singular_values_may_be_equal():
    np.testing.assert_allclose(
        grad(lambda a: np.linalg.norm(a, "nuc"))(np.eye(3)), np.eye(3), atol=1e-12
    )
