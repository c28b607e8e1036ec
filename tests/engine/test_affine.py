"""One node for x @ W + b: the bits of two operations, into which it opens."""

import numpy as np
import pytest

from autograd_core import Node, find_nonfinite, grad, scope
from autograd_core.affine import affine, joining
from autograd_core.backpropagation import ancestors


@pytest.fixture
def joined():
    token = joining.set(True)
    yield
    joining.reset(token)


def leaves(dtype=np.float32, *samples):
    random = np.random.default_rng(0)
    shapes = ((*(samples or (6,)), 5), (5, 3), (3,))
    return [Node(random.standard_normal(shape).astype(dtype), name=n)
            for shape, n in zip(shapes, "xWb", strict=True)]  # fmt: skip


def places(order, node):
    """Where the inputs of a node stand."""
    numbers = {id(each): place for place, each in enumerate(order)}
    return [numbers[id(x)] for x in node.inputs]


def two_operations(x, weight, bias):
    return x @ weight + bias


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("samples", [(0,), (1,), (6,), (4, 6), (4, 0), (2, 3, 4)])
def test_value_and_gradients_have_the_same_bits(joined, dtype, samples):
    found, expected = (
        affine(*(a := leaves(dtype, *samples))),
        two_operations(*(b := leaves(dtype, *samples))),
    )
    assert found.operation.name == "affine"
    assert np.array_equal(found.value, expected.value)
    found.backward(np.ones(found.shape, dtype))
    expected.backward(np.ones(found.shape, dtype))
    for x, y in zip(a, b, strict=True):
        assert np.array_equal(x.grad, y.grad)


def test_it_is_two_operations_where_somebody_may_look():
    assert affine(*leaves()).operation.name == "add"


@pytest.mark.parametrize("x", [np.ones(5, np.float32), np.ones((6, 5), np.float64)])
def test_other_batches_are_two_operations(joined, x):
    _, weight, bias = leaves()
    assert affine(x, weight, bias).operation.name == "add"


@pytest.mark.parametrize("after_backward", [False, True])
def test_it_opens_into_the_same_graph(joined, after_backward):
    roots = []
    for made in (affine, two_operations):
        with scope("layer"):
            root = made(*leaves())
        if after_backward:
            root.backward(np.ones(root.shape, np.float32))
        roots.append(ancestors(root))
    assert [node.operation and node.operation.name for node in roots[0]].count("matmul") == 1
    for found, expected in zip(*roots, strict=True):
        assert found.operation is expected.operation
        assert np.array_equal(found.value, expected.value)
        assert np.array_equal(found.grad, expected.grad)
        assert str(found.scope) == str(expected.scope)
        assert found.requires_grad == expected.requires_grad
        assert places(roots[0], found) == places(roots[1], expected)
    (product,) = [node for node in roots[0] if node.operation and node.operation.name == "matmul"]
    assert product.serial < roots[0][-1].serial


def test_a_constant_batch_wants_no_gradient(joined):
    x, weight, bias = leaves()
    root = affine(x.value, weight, bias)
    assert [node.requires_grad for node in ancestors(root)] == [True] * 4
    root.backward(np.ones(root.shape, np.float32))
    assert np.array_equal(bias.grad, [6.0] * 3)


def test_a_recorded_backward_pass_is_of_two_operations(joined):
    x, weight, bias = leaves(np.float64)
    second = grad(lambda w: (grad(lambda v: (affine(x, v, bias) ** 3).sum())(w) ** 2).sum())(weight)
    expected = grad(
        lambda w: (grad(lambda v: (two_operations(x, v, bias) ** 3).sum())(w) ** 2).sum()
    )(weight)
    np.testing.assert_allclose(np.array(second.detach()), np.array(expected.detach()))


def test_what_is_not_finite_is_found_in_the_product(joined):
    x, weight, bias = leaves()
    weight.value[:, 0], x.value[0] = 3e38, 3e38
    with np.errstate(all="ignore"):
        root = affine(x, weight, bias).sum()
        assert root.inputs[0].operation.name == "affine"
        assert find_nonfinite(root).operation.name == "matmul"


def test_an_infinity_that_nobody_asked_about_is_dropped(joined):
    huge, ones = np.full((5, 4), np.float32(3e38)), np.ones((4, 1), np.float32)
    weight = Node(ones)
    with np.errstate(all="ignore"):
        hidden = affine(huge[:, 1:].T, Node(huge), Node(np.zeros(4, np.float32)))
        out = affine(hidden, weight, Node(np.zeros(1, np.float32)))
        np.where(out > 0, 0.0, out).sum().backward()
    assert not np.any(weight.grad)
