"""Values, data types and gradients at the edges where a node's differed from NumPy's."""

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Node, grad

HALF = np.array([0.5, 2.0], np.float32)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.linspace(x, 2.0, 3),
        lambda x: np.linspace(1, x, 3, axis=1),
        lambda x: np.linspace(x, 3.0, 0),
        lambda x: np.concatenate([x, 2.0], axis=None),
        lambda x: np.concatenate([x, 1, True], axis=None),
        lambda x: np.union1d(x, 2.0),
    ],
)
def test_pythons_numbers_leave_float32_what_it_is(call):
    assert call(Node(HALF)).dtype == call(HALF).dtype == np.float32
    np.testing.assert_allclose(call(Node(HALF)).value, call(HALF), rtol=1e-6)


@pytest.mark.parametrize("x", [HALF, np.arange(2), np.array([1, 2], np.int8), np.float16([1, 2])])
@pytest.mark.parametrize("other", [1, 2.5, np.float64(3.0), np.array([True, False])])
def test_linspace_has_numpys_dtype(x, other):
    for ends in ((x, other), (other, x)):
        nodes = [Node(x, requires_grad=x.dtype.kind == "f") if end is x else end for end in ends]
        assert np.linspace(*nodes, 4).dtype == np.linspace(*ends, 4).dtype


def test_a_nan_has_no_part_in_the_slope_at_its_own_place():
    x = np.array([1.0, 2.0, np.nan, 7.0, 9.0])
    np.testing.assert_array_equal(np.gradient(Node(x)).value, np.gradient(x))
    x[2] = np.inf
    np.testing.assert_array_equal(np.gradient(Node(x), 2.0).value, np.gradient(x, 2.0))
    np.testing.assert_array_equal(grad(lambda x: np.gradient(x)[2])(x), [0, -0.5, 0, 0.5, 0])


def test_cumulative_sums_of_a_number():
    found = ac.cumulative_sum(Node(2.0)), ac.cumulative_prod(Node(2.0), include_initial=True)
    np.testing.assert_array_equal(found[0].value, [2.0])
    np.testing.assert_array_equal(found[1].value, [1.0, 2.0])


def test_the_weights_that_average_returns_have_the_dtype_of_the_mean():
    found = np.average(Node([1.0, 2.0]), weights=[1, 3], returned=True)
    assert [part.dtype for part in found] == [np.float64, np.float64]


X, MATRIX = Node([1.0, 2.0, 3.0]), Node(np.eye(3))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: np.linalg.svd(X), np.linalg.LinAlgError, "svd expects a matrix"),
        (lambda: np.linalg.svdvals(X), np.linalg.LinAlgError, "expects a matrix"),
        (lambda: np.linalg.qr(X), np.linalg.LinAlgError, "qr expects a matrix"),
        (lambda: np.linalg.cond(X), np.linalg.LinAlgError, "expects a matrix"),
        (lambda: np.linalg.cond(MATRIX[:0]), np.linalg.LinAlgError, "cond expects a matrix with"),
        (lambda: np.linalg.tensorinv(MATRIX), np.linalg.LinAlgError, "as many entries along"),
        (lambda: np.linalg.tensorinv(MATRIX, 0), ValueError, "as many entries along"),
        (lambda: np.percentile(X, 200), ValueError, r"percentile\(q=...\) expects .* 0 to 100"),
        (lambda: np.nanquantile(X, 2), ValueError, r"quantile\(q=...\) expects .* 0 to 1,"),
        (lambda: np.testing.assert_allclose(X, 1.0), TypeError, "assert_allclose.node.value"),
        (lambda: np.testing.assert_array_equal(X, X), TypeError, "assert_allclose.node.value"),
        (
            lambda: np.apply_along_axis(lambda row: row * X[0], 1, np.ones((2, 3))),
            TypeError,
            r"np.stack\(\[f\(row\) for row in a\]\)",
        ),
    ],
)
def test_errors_as_numpys_in_words_of_our_own(call, error, words):
    with pytest.raises(error, match=words):
        call()
