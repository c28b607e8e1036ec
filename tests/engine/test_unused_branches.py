"""Where the upstream gradient is exactly 0, an infinite or undefined derivative contributes 0."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Node, grad, hessian, jacobian, jvp, vjp

inf, nan = np.inf, np.nan


def unless_small(f):
    """The example of all: f is computed, but not taken."""
    return lambda v: np.where(v < 1, f(v), 2 * v)


BRANCHES = [
    ("exp", np.exp),
    ("exp2", np.exp2),
    ("expm1", np.expm1),
    ("sinh", np.sinh),
    ("cosh", np.cosh),
    ("v * inf", lambda v: v * inf),
    ("inf / v", lambda v: inf / v),
    ("nan * v", lambda v: v * nan),
    ("v + nan squared", lambda v: np.square(v + nan)),
    ("v**v", lambda v: v**v),
    ("v**300", lambda v: v**300),
    ("power", lambda v: np.power(2.0, v * 10)),
    ("log1p(exp(v))", lambda v: np.log1p(np.exp(v))),
    ("log(exp(v))", lambda v: np.log(np.exp(v))),
    ("exp(v) / (1 + exp(v))", lambda v: np.exp(v) / (1 + np.exp(v))),
    ("exp(exp(v))", lambda v: np.exp(np.exp(v))),
    ("exp(v) - exp(v)", lambda v: np.exp(v) - np.exp(v)),
    ("exp(v)**2 * exp(-v)", lambda v: np.exp(v) ** 2 * np.exp(-v)),
    ("sqrt of a negative number", lambda v: np.sqrt(-v)),
    ("sqrt(exp(v))", lambda v: np.sqrt(np.exp(v))),
    ("log of a negative number", lambda v: np.log(-v)),
    ("arccosh(exp(v))", lambda v: np.arccosh(np.exp(v))),
    ("arcsin", np.arcsin),
    ("1 / (v - v)", lambda v: 1 / (v - v)),
    ("(v - v)**-0.5", lambda v: (v - v) ** -0.5),
    ("tan(inf)", lambda v: np.tan(v * 1e400)),
    ("norm", lambda v: np.sqrt(np.exp(v) ** 2 + np.exp(v) ** 2)),
    ("logaddexp", lambda v: np.logaddexp(np.exp(v), -np.exp(v))),
    ("hypot", lambda v: np.hypot(np.exp(v), 1.0)),
    ("sigmoid(exp(v)) exp(v)", lambda v: ac.sigmoid(np.exp(v)) * np.exp(v)),
    ("sum of products", lambda v: np.vecdot(np.stack([np.exp(v), v], -1), np.stack([v, v], -1))),
]

branches = pytest.mark.parametrize("f", [b[1] for b in BRANCHES], ids=[b[0] for b in BRANCHES])
silent = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of the values


@silent
@branches
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_branch_that_was_not_taken_contributes_nothing(f, dtype):
    value = dtype(1000)
    assert grad(unless_small(f))(value) == 2
    assert jacobian(unless_small(f))(value) == 2
    assert vjp(unless_small(f), value)[1](dtype(3)) == (6,)
    assert jvp(unless_small(f), (value,), (dtype(3),))[1] == 6
    x = Node(value)
    for keep in (True, False):
        unless_small(f)(x).backward(keep_intermediate=keep)
        assert x.grad == 2
        assert x.grad.dtype == dtype


@silent
@branches
def test_second_derivatives_beside_a_branch_that_was_not_taken(f):
    def g(v):
        return np.where(v < 1, f(v), v**3)

    assert grad(grad(g))(1000.0) == pytest.approx(6000.0)
    assert hessian(g)(1000.0) == pytest.approx(6000.0)
    assert grad(grad(grad(g)))(1000.0) == pytest.approx(6.0)


@silent
@branches
def test_single_entries_of_an_array(f):
    x = np.array([[0.5, 1000.0, 0.25], [2000.0, 0.75, 0.5]])
    if not np.isfinite(grad(f)(0.5)):
        x = np.full((2, 3), 1000.0)
    small = np.where(x < 1, 0.0, 2.0)
    found = grad(lambda v: np.sum(unless_small(f)(v)))(x)
    np.testing.assert_array_equal(found[x > 1], small[x > 1])
    assert np.all(np.isfinite(found))
    rows = jacobian(lambda v: unless_small(f)(v) if np.shape(f(v)) else v)(x[0])
    assert np.all(np.isfinite(rows))


SELECTIONS = [
    ("maximum", lambda v: np.minimum(np.exp(v), 5.0) * v, 5.0),
    ("clip", lambda v: np.clip(np.exp(v), 0.0, 5.0) * v, 5.0),
    ("an index", lambda v: np.stack([np.exp(v), 2 * v])[1], 2.0),
    ("select", lambda v: np.select([v < 1, v < 2000], [np.exp(v), 2 * v]), 2.0),
    ("sort", lambda v: np.sort(np.stack([np.exp(v), 2 * v]))[0], 2.0),
    ("min", lambda v: np.min(np.stack([np.exp(v), 2 * v])), 2.0),
    ("relu", lambda v: ac.relu(-np.exp(v)) + 2 * v, 2.0),
    ("nan_to_num", lambda v: np.nan_to_num(np.exp(v), posinf=0.0) + 2 * v, 2.0),
    ("nansum", lambda v: np.nansum(np.stack([np.exp(v) * 0.0, 2 * v])), 2.0),
    ("a product with 0", lambda v: np.where(np.exp(v) < 9, 1.0, 0.0) * v + 2 * v, 2.0),
]


@silent
@pytest.mark.parametrize(
    ("f", "expected"), [s[1:] for s in SELECTIONS], ids=[s[0] for s in SELECTIONS]
)
def test_other_ways_not_to_take_a_branch(f, expected):
    assert grad(f)(1000.0) == expected


WHOLES = [
    ("matmul", lambda x: (x @ np.array([[inf, 1.0], [2.0, 1.0]]))[:, 1], [[1, 1], [1, 1]]),
    ("matmul, nan", lambda x: (np.array([[nan, 1.0], [2.0, 3.0]]) @ x)[1], [[2, 2], [3, 3]]),
    ("einsum", lambda x: np.einsum("ij,jk->ik", x, np.array([[inf, 1.0], [2.0, 1.0]]))[:, 1],
     [[1, 1], [1, 1]]),
    ("convolution",
     lambda x: ac.convolution(np.array([[[inf, 1.0, 2.0, 3.0]]]), x[None, :1])[..., 1:],
     [[3, 5], [0, 0]]),
    ("a vector", lambda x: (x @ np.array([inf, 1.0]))[:0], [[0, 0], [0, 0]]),
    ("prod", lambda x: np.prod(np.exp(1e4 * x), axis=1)[:0], [[0, 0], [0, 0]]),
    ("norm", lambda x: np.linalg.norm(x * inf, axis=1)[:0], [[0, 0], [0, 0]]),
    ("logsumexp of a row", lambda x: ac.logsumexp(x * np.array([[inf], [1.0]]), axis=1)[1],
     [[0, 0], [0.5, 0.5]]),
    ("softmax of a row", lambda x: ac.softmax(x * np.array([[inf], [1.0]]), axis=1)[1, 0] * 4,
     [[0, 0], [1, -1]]),
    ("a masked mean", lambda x: np.mean(np.where([[True, False]] * 2, x, np.exp(1e4 * x))[:, 0]),
     [[0.5, 0], [0.5, 0]]),
]  # fmt: skip


@silent
@pytest.mark.parametrize(("f", "expected"), [w[1:] for w in WHOLES], ids=[w[0] for w in WHOLES])
def test_operations_on_whole_arrays(f, expected):
    found = grad(lambda x: np.sum(f(x)))(np.ones((2, 2)))
    np.testing.assert_allclose(found, np.broadcast_to(expected, (2, 2)))


def test_data_that_is_masked_out_does_not_spoil_the_weights():
    data = np.array([1.0, nan, 3.0])
    assert grad(lambda w: np.sum(np.where(np.isnan(data), 0.0, data * w)))(2.0) == 4.0


def test_nothing_is_said_of_a_gradient_that_is_right(recwarn):
    with np.errstate(all="ignore"):
        y = unless_small(np.exp)(x := Node(1000.0))
    y.backward()
    assert x.grad == 2.0
    assert not recwarn.list


POLES = [
    ("sqrt", np.sqrt, 0.0, inf),
    ("log", np.log, 0.0, inf),
    ("cbrt", np.cbrt, 0.0, inf),
    ("power", lambda x: x**0.5, 0.0, inf),
    ("1/x", lambda x: 1 / x, 0.0, -inf),
    ("nan times", lambda x: x * nan, 1.0, nan),
    ("times inf", lambda x: x * inf, 1.0, inf),
    ("where, taken", lambda x: np.where(x < 1, np.sqrt(x), 2 * x), 0.0, inf),
    # The value itself is no number any more: nothing would tell that a gradient of 0 is none.
    ("log1p(exp(x))", lambda x: np.log1p(np.exp(x)), 1000.0, nan),
    ("exp(x) / (1 + exp(x))", lambda x: np.exp(x) / (1 + np.exp(x)), 1000.0, nan),
]


@silent
@pytest.mark.parametrize(("f", "x", "expected"), [p[1:] for p in POLES], ids=[p[0] for p in POLES])
def test_true_poles_stay(f, x, expected):
    np.testing.assert_equal(grad(f)(x), expected)
    node = Node(x)
    f(node).backward()
    np.testing.assert_equal(node.grad, expected)
