"""Sums and maxima on the shortest way: right, and the same bits wherever they are computed."""

import numpy as np
import pytest

from autograd_core import Node, log_softmax, negative_log_likelihood, relu, softmax
from autograd_core import sum as total_of
from autograd_core.short_sums import is_summed_by_blas, largest_kept, ones, total

SHAPES = [(1, 1), (1, 7), (7, 1), (4, 2), (100, 2), (64, 10), (20, 17), (0, 3), (3, 0), (5000, 3)]


def entries(shape, dtype=np.float32):
    return np.random.default_rng(3).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64, np.complex64])
@pytest.mark.parametrize("shape", [*SHAPES, (3, 4, 2), (5,)], ids=str)
@pytest.mark.parametrize(("axis", "keepdims"), [((0,), False), (-1, True), (0, True), (None, 0)])
def test_sums_are_those_of_numpy_to_rounding(shape, dtype, axis, keepdims):
    x = entries(shape, dtype)
    found, expected = total(x, axis, keepdims), np.sum(x, axis, keepdims=bool(keepdims))
    assert found.dtype == np.add.reduce(x, axis).dtype
    assert found.shape == expected.shape
    tolerance = 1e-2 if dtype is np.float16 else 1e-4
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
def test_what_users_sum_has_the_bits_that_numpy_gives_it(axis):
    x = entries((100, 9))
    assert np.array_equal(total_of(Node(x), axis).value, x.sum(axis))


@pytest.mark.parametrize("shape", [s for s in SHAPES if s[1]], ids=str)
def test_largest_entries_are_those_of_numpy(shape):
    x = entries(shape)
    x[: len(x) // 2, 0] = np.nan
    x[len(x) // 2 :, -1] = np.inf
    found = largest_kept(x, -1)
    assert np.array_equal(found, np.max(x, axis=-1, keepdims=True), equal_nan=True)


def test_ones_are_made_once_and_stay_what_they_are():
    assert ones(5, np.dtype("f4")) is ones(5, np.dtype("f4"))
    with pytest.raises(ValueError, match="read-only"):
        ones(5, np.dtype("f4"))[0] = 2.0


def test_the_sum_of_many_samples_is_left_to_numpy():
    assert is_summed_by_blas((4095, 2), np.dtype("f4"), 0)
    assert not is_summed_by_blas((4096, 2), np.dtype("f4"), 0)
    assert not is_summed_by_blas((2048, 2048), np.dtype("f4"), 0)


def test_a_bias_owns_its_gradient():
    b, x = Node(np.zeros(3)), Node(np.ones((4, 3)))
    for _ in range(2):
        (x + b).backward(np.ones((4, 3)))
        b.grad += 1.0
    assert b.grad.tolist() == [5.0, 5.0, 5.0]
    assert ones(4, np.dtype("f8")).tolist() == [1.0] * 4


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("samples", [1, 4, 100])
@pytest.mark.parametrize("loss", ["log_softmax", "softmax"])
def test_a_recorded_backward_pass_has_the_same_bits(samples, dtype, loss):
    x, y = entries((samples, 5), dtype), entries((samples, 3), dtype)
    leaves = [Node(entries(shape, dtype)) for shape in ((5, 6), (6,), (6, 3), (3,))]
    first, a, second, b = leaves
    scores = relu(x @ first + a) @ second + b
    if loss == "softmax":
        root = (softmax(scores) * y).sum()
    else:
        root = negative_log_likelihood(log_softmax(scores), y, 7.0)
    root.backward()
    plain = [leaf.grad for leaf in leaves]
    root.backward(create_graph=True)
    recorded = [leaf.grad.value for leaf in leaves]
    for leaf, gradient, again in zip(leaves, plain, recorded, strict=True):
        assert gradient.dtype == dtype
        assert np.array_equal(gradient, again)
        leaf.grad = None  # it refers to the graph


@pytest.mark.parametrize("n", [1, 2, 17, 64])
@pytest.mark.parametrize("k", [1, 3, 100])
@pytest.mark.parametrize("m", [1, 2, 10])
def test_rules_multiply_matrices_to_the_bits_of_the_operator(n, k, m):
    x, w, g = entries((n, k)), entries((k, m)), entries((n, m))
    x_node, w_node = Node(x), Node(w)
    (x_node @ w_node).backward(g)
    assert np.array_equal(x_node.grad, g @ w.T)
    assert np.array_equal(w_node.grad, x.T @ g)
