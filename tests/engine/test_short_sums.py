"""Sums and maxima on the shortest way: right, and the same bits wherever they are computed."""

import numpy as np
import pytest

from autograd_core import (
    Node,
    compile,
    log_softmax,
    negative_log_likelihood,
    relu,
    softmax,
    vjp,
)
from autograd_core import sum as total_of
from autograd_core.short_sums import is_summed_by_blas, largest_kept, leading, ones, total

SHAPES = [(1, 1), (1, 7), (7, 1), (4, 2), (100, 2), (64, 10), (20, 17), (0, 3), (3, 0), (5000, 3)]

STACKS = [(3, 4, 2), (4, 2, 12, 12), (2, 0, 3), (2, 3, 0), (50, 100, 3)]


def entries(shape, dtype=np.float32):
    return np.random.default_rng(3).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64, np.complex64])
@pytest.mark.parametrize("shape", [*SHAPES, *STACKS, (5,)], ids=str)
@pytest.mark.parametrize(("axis", "keepdims"), [((0,), False), (-1, True), (0, True), (None, 0)])
def test_sums_are_those_of_numpy_to_rounding(shape, dtype, axis, keepdims):
    x = entries(shape, dtype)
    found, expected = total(x, axis, keepdims), np.sum(x, axis, keepdims=bool(keepdims))
    assert found.dtype == np.add.reduce(x, axis).dtype
    assert found.shape == expected.shape
    tolerance = 1e-2 if dtype is np.float16 else 1e-4
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("shape", STACKS, ids=str)
@pytest.mark.parametrize("turned", [False, True])
def test_the_rows_of_a_stack_are_summed_as_those_of_one_matrix(shape, turned):
    x = entries(shape)
    x = x.swapaxes(0, 1) if turned else x
    rows = np.ascontiguousarray(x).reshape(-1, shape[-1]) if x.size else np.zeros((0, shape[-1]))
    axes = tuple(range(x.ndim - 1))
    assert leading(x.ndim) == axes
    if x.size:
        assert np.array_equal(total(x, axes), total(rows, (0,)))
        assert np.array_equal(total(x, -1, True).ravel(), total(rows, -1, True).ravel())
        assert np.array_equal(largest_kept(x, -1).ravel(), rows.max(axis=-1))
    np.testing.assert_allclose(total(x, axes), x.sum(axes), rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(total(entries(5), ()), entries(5))


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


@pytest.mark.parametrize("order", ["C", "F", "turned"])
def test_a_program_sums_stacks_to_the_same_bits(order):
    def function(x, w):
        y = np.swapaxes(x, 0, 1) if order == "turned" else x
        scores = softmax(y) + log_softmax(y * 2.0) + y.sum(axis=-1, keepdims=True)
        return scores.sum(axis=(0, 1)) * w + y.sum(axis=(0, 1))

    def with_gradients(x, w):
        return vjp(function, x, w)[1](np.ones(5, np.float32))

    run = compile(with_gradients, backend="numpy")
    for seed in range(3):
        x = np.random.default_rng(seed).standard_normal((6, 40, 5)).astype(np.float32)
        x, w = np.asarray(x, order="F" if order == "F" else "C"), x[0, 0] * 3
        for found, expected in zip(run(x, w), with_gradients(x, w), strict=True):
            assert np.array_equal(found, expected)


def test_a_program_sums_a_slice_anew_in_each_run():
    def function(x):
        return (x * 2.0)[:, ::2].sum(axis=(0, 1))

    run = compile(function, backend="numpy")
    for seed in range(3):
        x = np.random.default_rng(seed).standard_normal((6, 40, 5)).astype(np.float32)
        assert np.array_equal(run(x), function(Node(x)).value)
