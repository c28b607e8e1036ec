"""How NumPy's functions may be called, and what is refused; see table_keywords, too."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cases import NUMPY, find, real

import autograd_core as ac
from autograd_core import Node, check_gradients, grad, logsumexp

RANDOM = np.random.default_rng(8)
X = real(RANDOM, (3, 4))
CUBE = real(RANDOM, (2, 3, 4))
MASK = X > -1.0

# --- dtype=: of the result, not of the gradient ---------------------------------------------------

IN_HALF = [
    lambda x: np.sum(x, axis=0, dtype=np.float32),
    lambda x: np.prod(x, 1, np.float32),
    lambda x: np.mean(x, dtype=np.float32),
    lambda x: np.var(x, dtype=np.float32),
    lambda x: np.std(x, 0, np.float32),
    lambda x: np.nansum(x, dtype=np.float32),
    lambda x: np.nanmean(x, dtype=np.float32, where=MASK),
    lambda x: np.nanstd(x, dtype=np.float32),
    lambda x: np.cumsum(x, dtype=np.float32),
    lambda x: np.cumprod(x, 1, np.float32),
    lambda x: np.nancumsum(x, dtype=np.float32),
    lambda x: np.trace(x, dtype=np.float32),
    lambda x: np.cov(x, dtype=np.float32),
    lambda x: np.corrcoef(x, dtype=np.float32),
    lambda x: np.linspace(x, 2.0, 3, dtype=np.float32),
    lambda x: np.concatenate([x, X], dtype=np.float32),
    lambda x: np.stack([X, x], dtype=np.float32),
    lambda x: np.vstack([x, x], dtype=np.float32),
    lambda x: np.einsum("ij->i", x, dtype=np.float32, casting="same_kind"),
    lambda x: np.clip(x, 0.0, 1.0, dtype=np.float32),
    lambda x: np.exp(x, dtype=np.float32),
    lambda x: np.multiply(x, 2.0, dtype="f4"),
    lambda x: np.add(x, x, signature=(None, None, np.float32)),
    lambda x: np.matmul(x, X.T, dtype=np.float32),
    lambda x: np.maximum.reduce(x, dtype=np.float32),
    lambda x: np.add.reduce(x, 1, np.float32),
    lambda x: np.add.accumulate(x, dtype=np.float32),
    lambda x: np.multiply.outer(x, [1.0, 2.0], dtype=np.float32),
    lambda x: np.divmod(x, 2.0, dtype=np.float32)[1],
    lambda x: x.sum(0, np.float32),
    lambda x: x.mean(dtype=np.float32),
    lambda x: x.std(dtype=np.float32),
    lambda x: x.cumsum(1, np.float32),
    lambda x: x.trace(dtype=np.float32),
]


@pytest.mark.parametrize("call", IN_HALF)
def test_dtype_is_that_of_the_result_and_the_gradient_comes_back_in_the_inputs(call):
    x = Node(X)
    out, expected = call(x), call(X)
    assert out.dtype == expected.dtype == np.float32
    np.testing.assert_allclose(out.value, expected, rtol=1e-5)
    out.backward(np.ones(out.shape, np.float32))
    assert x.grad.dtype == np.float64


def test_whole_numbers_stay_whole():
    whole = np.array([[3, 1], [2, 5]])
    node = Node(whole, requires_grad=False)
    for call in (
        np.nansum, np.nanmax, np.sum, np.cumsum, np.nancumprod, lambda x: np.pad(x, 1, "mean"),
        lambda x: np.pad(x, 2, "linear_ramp", end_values=9),
        lambda x: np.pad(x, 3, "reflect", reflect_type="odd"), lambda x: np.pad(x, 1, "median"),
        lambda x: np.diff(x, prepend=1), lambda x: np.sum(x, initial=2, where=whole > 1),
        lambda x: np.max(x, initial=2, where=whole > 2), lambda x: np.ediff1d(x, to_end=[1]),
    ):  # fmt: skip
        assert call(node).dtype == call(whole).dtype
        np.testing.assert_array_equal(call(node).value, call(whole))


def test_linspace_in_whole_numbers_rounds_down():
    found = np.linspace(Node(-1.7), 4.2, 5, dtype=int)
    np.testing.assert_array_equal(found.value, np.linspace(-1.7, 4.2, 5, dtype=int))


@pytest.mark.parametrize("num", [0, 1, 4])
@pytest.mark.parametrize("endpoint", [True, False])
def test_the_step_of_linspace(num, endpoint):
    found, step = np.linspace(Node(1.0), Node(3.0), num, endpoint, True)
    expected, distance = np.linspace(1.0, 3.0, num, endpoint, True)
    np.testing.assert_allclose(found.value, expected)
    np.testing.assert_allclose(step.value, distance)


# --- where= and initial= --------------------------------------------------------------------------


def test_what_the_mask_hides_gets_no_gradient():
    mask = np.array([True, False, True])
    for f in (np.sum, np.mean, np.prod, np.var):
        slope = grad(lambda x, f=f: f(x, where=mask))(np.array([1.0, np.nan, 3.0]))
        assert slope[1] == 0.0
        assert np.isfinite(slope).all()
    assert grad(lambda x: np.max(x, initial=0.0, where=mask))(np.array([1.0, np.inf, 3.0]))[2] == 1


def test_a_mask_may_be_a_node():
    x = Node(X)
    assert np.sum(x, where=x > 0.0).value == np.sum(X, where=X > 0.0)
    assert np.all(x > -9.0, where=x > 0.0).value


def test_a_mask_does_not_stretch_the_entries():
    with pytest.raises(ValueError, match=r"a mask that fits the shape \(4,\), got \(2, 4\)"):
        np.sum(Node(X[0]), where=np.ones((2, 4), bool))


def test_the_first_value_may_be_a_node():
    check_gradients(lambda x, a: ac.sum(x, initial=a) + ac.prod(x, 1, initial=a), X, 1.5, order=2)
    check_gradients(lambda x, a: ac.max(x, 0, initial=a), X, 0.33)


def test_of_nothing_there_is_the_first_value():
    nothing = np.zeros((0, 3))
    for f in (np.max, np.min, np.sum, np.prod, np.nanmax):
        np.testing.assert_array_equal(f(Node(nothing), axis=0, initial=2.0).value, [2.0, 2.0, 2.0])


# --- the layout in memory -------------------------------------------------------------------------

LAYOUTS = {
    "rows": lambda x: x,
    "columns": np.transpose,
    "in turn": lambda x: np.transpose(x, (1, 2, 0)),
    "every other": lambda x: x[:, ::2],
    "every other, in turn": lambda x: np.transpose(x[:, ::2], (2, 0, 1)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("order", ["C", "F", "A", "K"])
def test_entries_in_the_order_in_which_they_lie(layout, order):
    arrange = LAYOUTS[layout]  # a transposed node is a view, as a transposed array
    calls = [lambda x: np.ravel(arrange(x), order), lambda x: arrange(x).flatten(order)]
    if order != "K":
        calls.append(lambda x: np.reshape(arrange(x), (2, -1), order=order))
    for call in calls:
        np.testing.assert_array_equal(call(Node(CUBE)).value, call(CUBE))
        check_gradients(call, CUBE, order=2)


def test_a_leaf_lies_in_memory_as_its_array():
    columns = np.asfortranarray(CUBE)
    for order in "AK":
        np.testing.assert_array_equal(Node(columns).ravel(order).value, columns.ravel(order))
        x = Node(columns)
        (x.ravel(order) * np.arange(24.0)).sum().backward()
        np.testing.assert_array_equal(x.grad.ravel("F"), np.arange(24.0))


# --- the sum of weighted exponentials -------------------------------------------------------------


def test_logsumexp_with_weights_at_the_ends():
    assert logsumexp(Node([np.inf, 1.0]), b=[0.0, 1.0]).value == 1.0
    assert logsumexp(Node([-np.inf, -np.inf]), b=[1.0, 2.0]).value == -np.inf
    assert np.isnan(logsumexp(Node([1.0, 2.0]), b=[1.0, -1.0]).value)
    size, sign = logsumexp(Node([1000.0, 999.0]), b=[-1.0, 1.0], return_sign=True)
    assert sign.value == -1.0
    np.testing.assert_allclose(size.value, 1000.0 + math.log(1.0 - math.exp(-1.0)))
    weights = np.array([0.5, 0.5])
    slope = grad(lambda x: logsumexp(x, b=weights))(np.array([1e16, 1e16]))
    np.testing.assert_array_equal(slope, weights)


# --- Python's own protocols -----------------------------------------------------------------------


def test_rounding_and_division_with_remainder():
    x = Node(2.567)
    assert round(x) == 3
    assert type(round(x)) is int
    assert round(x, 2).value == 2.57
    assert round(Node([1.26, 2.04]), 1).value.tolist() == [1.3, 2.0]
    assert [part.value for part in divmod(7.0, Node(3.0))] == [2.0, 1.0]
    assert [part.value for part in divmod(Node(7.0), 2)] == [3.0, 1.0]
    assert [part.value.tolist() for part in divmod(np.array([7.0, 5.0]), Node(2.0))] == [
        [3.0, 2.0],
        [1.0, 1.0],
    ]
    assert grad(lambda y: divmod(7.0, y)[1])(2.0) == -3.0
    assert (+x).value == abs(-x).value == 2.567


# --- by name, by place, and refused ---------------------------------------------------------------


def test_inputs_by_their_names():
    x = Node(X)
    for found, expected in (
        (np.sum(a=x, axis=0), np.sum(X, axis=0)), (np.mean(a=x), np.mean(X)),
        (np.transpose(a=x, axes=(1, 0)), X.T), (np.quantile(a=x, q=0.5), np.quantile(X, 0.5)),
        (np.dot(a=x, b=X.T), X @ X.T), (np.squeeze(a=x), X), (np.cumsum(a=x), np.cumsum(X)),
        (np.linalg.pinv(a=x), np.linalg.pinv(X)), (ac.sum(a=x, axis=1), np.sum(X, axis=1)),
    ):  # fmt: skip
        np.testing.assert_allclose(found.value, expected, rtol=1e-12)


HERE = np.zeros(4)

REFUSED = [
    (lambda x: np.sum(x, 0, None, HERE), TypeError, r"sum\(out=...\) can't take nodes"),
    (lambda x: np.sum(x, axis=0, out=HERE), TypeError, r"np.sum\(out=...\) can't take nodes"),
    (lambda x: x.sum(0, out=HERE), TypeError, r"sum\(out=...\) can't take nodes"),
    (lambda x: np.median(x, 0, HERE), TypeError, r"median\(out=...\) can't take nodes"),
    (lambda x: ac.quantile(x, 0.5, 0, HERE), TypeError, r"quantile\(out=...\) can't take nodes"),
    (lambda x: np.round(x, 1, X), TypeError, r"round\(out=...\) can't take nodes"),
    (lambda x: np.cumsum(x, 0, None, X), TypeError, r"cumsum\(out=...\) can't take nodes"),
    (lambda x: np.add.reduce(x, 0, None, HERE), TypeError, r"np.add.reduce\(out=...\) can't"),
    (lambda x: np.exp(X, out=x), TypeError, r"np.exp\(out=...\) can't take nodes"),
    (lambda x: np.exp(x, where=MASK), TypeError, r"np.where\(mask, np.exp\(x\), other\)"),
    (lambda x: np.max(x, where=MASK), ValueError, r"max\(where=...\) expects initial="),
    (lambda x: np.hypot.reduce(x, initial=None, where=MASK, foo=1), TypeError, "foo"),
    (lambda x: np.add(x, x, axis=1), TypeError, "axis"),
    (lambda x: np.matmul(x, X.T, axes=[(0, 1)]), ValueError, r"np.matmul\(axes=...\) expects"),
    (lambda x: np.matmul(x, X.T, axis=0), TypeError, "np.matmul expects axes="),
    (lambda x: np.matmul(x, X.T, keepdims=True), TypeError, r"np.matmul\(keepdims=...\) has no"),
    (lambda x: np.add(x, 1.0, dtype=int), TypeError, "Cannot cast ufunc 'add' input"),
    (lambda x: np.concatenate([x, x], dtype=int), TypeError, r"concatenate\(dtype=int64\) can't"),
    (lambda x: x.astype(int, casting="safe"), TypeError, "casting='safe'"),
    (lambda x: np.sum(x, initial=[1.0, 2.0]), ValueError, "initial= expects a number"),
    (lambda x: np.sort(x, order="name"), TypeError, r"sort\(order=...\) is not covered for nodes"),
    (lambda x: ac.sum(x, of=1), TypeError, r"sum\(\) expects sum\(a, axis=None.*'of'"),
    (lambda x: np.var(x, ddof=1, correction=1), ValueError, "ddof= or correction=, not both"),
    (lambda x: np.pad(x, 1, "empty"), TypeError, "leaves the new entries to chance"),
    (lambda x: np.pad(x, 1, lambda *a: None), TypeError, "is not covered for nodes. Covered are"),
    (lambda x: np.pad(x, 1, "edge", stat_length=2), ValueError, "takes no option, got stat_length"),
    (lambda x: np.pad(x, 1, "mean", stat_length=0), ValueError, "expects 1 or more, got 0"),
    (lambda x: np.pad(x, -1), ValueError, "widths of 0 or more, got -1"),
    (lambda x: np.pad(x, ((1, 2, 3), (1, 2, 3))), ValueError, "for each of the 2 axes"),
    (lambda x: np.pad(x, 1.5), TypeError, "integer"),
    (lambda x: np.quantile(x, 0.5, weights=X), ValueError, 'expects method="inverted_cdf"'),
    (lambda x: np.average(x, weights=X[0]), ValueError, "or in that of the axes axis="),
    (lambda x: np.cov(x, aweights=[1.0]), ValueError, r"cov\(aweights=...\) expects one weight"),
    (lambda x: np.cov(x, fweights=[1.5, 1, 1, 1]), TypeError, "whole numbers"),
    (lambda x: np.cov(x, aweights=[-1.0, 1, 1, 1]), ValueError, "no negative weights"),
    (lambda x: pow(x, 2, 3), TypeError, r"pow\(node, y\) % modulo"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "says"), REFUSED)
def test_what_can_not_be_had_is_refused(call, error, says):
    with pytest.raises(error, match=says):
        call(Node(X))


def test_what_no_one_gave_is_not_there():
    nothing = np._NoValue
    assert np.add.reduce(Node(X), axis=0, initial=nothing).shape == (4,)
    assert np.sum(Node(X), keepdims=nothing, where=nothing).shape == ()
    assert ac.sum(Node(X), None, None, None, nothing).shape == ()


def test_what_loses_no_gradient_may_be_written_into_an_array():
    constant, total = Node(X, requires_grad=False), np.ones((3, 4))
    total += constant
    np.testing.assert_array_equal(total, X + 1.0)
    assert np.sum(constant, axis=0, out=HERE.copy()).tolist() == np.sum(X, axis=0).tolist()
    with pytest.raises(TypeError, match=r"x = x \+ y for x \+= y"):
        total += Node(X)


# --- weights --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["quantile", "percentile", "nanquantile", "nanpercentile"])
@pytest.mark.parametrize(("axis", "of"), [(None, (3, 4)), (1, (3, 4)), (0, (3,)), ((1, 0), (4, 3))])
def test_quantiles_by_weights(name, axis, of):
    function = find(np, name)
    if of != X.shape and ("nan" in name or (type(axis) is tuple and NUMPY < "2.4.0")):
        pytest.skip("NumPy's own fails")
    whole = 100.0 if "percentile" in name else 1.0
    weights = RANDOM.random(of)
    for q in (0.3 * whole, [0.1 * whole, whole]):
        options = {"axis": axis, "weights": weights, "method": "inverted_cdf"}
        found = function(Node(X), q, **options)
        np.testing.assert_array_equal(found.value, function(X, q, **options))
        check_gradients(lambda x, q=q, options=options: function(x, q, **options), X)


def test_a_weighted_quantile_leaves_nan_out_or_is_nan():
    x = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan]])
    options = {"axis": 1, "weights": np.ones((2, 3)), "method": "inverted_cdf"}
    np.testing.assert_array_equal(np.quantile(Node(x), 0.5, **options).value, [np.nan, np.nan])
    np.testing.assert_array_equal(np.nanquantile(Node(x), 0.5, **options).value, [1.0, np.nan])


# --- the method `reduce` of any ufunc -------------------------------------------------------------


@pytest.mark.parametrize(
    ("ufunc", "options"),
    [
        (np.hypot, {}),
        (np.logaddexp, {}),
        (np.fmax, {"initial": -9.0}),
        (np.subtract, {"initial": 1.0}),
    ],
)
@pytest.mark.parametrize("axis", [0, 1])
def test_reduce_with_a_mask(ufunc, options, axis):
    def call(x):
        return ufunc.reduce(x, axis=axis, where=MASK, keepdims=True, **options)

    np.testing.assert_allclose(call(Node(X)).value, call(X))
    check_gradients(call, X, order=2)
