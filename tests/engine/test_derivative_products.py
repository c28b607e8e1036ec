"""elementwise_grad, hessian_vector_product, flatten, tree, and what others call ``argument``."""

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import (
    Node,
    check_gradients,
    elementwise_grad,
    flatten,
    grad,
    hessian,
    hessian_vector_product,
    jacobian,
    tree,
    value_and_grad,
)

X, V = np.array([0.5, 1.5, -0.3]), np.array([1.0, -2.0, 3.0])


def curved(x):
    return np.sum(np.sin(x) * x[0]) + x[1] ** 3


# --- entry by entry, along a vector ---------------------------------------------------------------


@pytest.mark.parametrize("x", [X, X.reshape(1, 3), 0.5, X.astype(np.float32)])
def test_the_derivative_of_a_function_entry_by_entry(x):
    slope = elementwise_grad(np.tanh)
    np.testing.assert_allclose(slope(x), 1 - np.tanh(x) ** 2, rtol=1e-6)
    np.testing.assert_allclose(
        elementwise_grad(slope)(x), -2 * np.tanh(x) * (1 - np.tanh(x) ** 2), rtol=1e-5
    )
    assert np.result_type(slope(x)) == np.result_type(x)


def test_of_several_arguments():
    np.testing.assert_array_equal(elementwise_grad(np.multiply, 1)(X, V), X)
    first, second = elementwise_grad(np.multiply, (0, 1))(X, V)
    np.testing.assert_array_equal(first, V)
    np.testing.assert_array_equal(second, X)
    np.testing.assert_array_equal(elementwise_grad(lambda x, *, a: a * x)(X, a=2.0), [2.0] * 3)


def test_second_derivatives_along_a_vector():
    expected = hessian(curved)(X) @ V
    np.testing.assert_allclose(hessian_vector_product(curved)(X, V), expected)
    check_gradients(lambda x: hessian_vector_product(curved)(x, V), X)
    np.testing.assert_array_equal(hessian_vector_product(np.sum)(X, V), np.zeros(3))
    along_second = hessian_vector_product(lambda a, x, *, k: k * a * curved(x), 1)
    np.testing.assert_allclose(along_second(2.0, X, V, k=3.0), 6.0 * expected)


def test_second_derivatives_along_a_container():
    def f(p):
        return p["a"] ** 2 * np.sum(p["b"][0] ** 3)

    found = hessian_vector_product(f)({"a": 2.0, "b": [X]}, {"b": [V], "a": 1.0})
    np.testing.assert_allclose(found["a"], 2 * np.sum(X**3) + 4 * np.sum(3 * X**2 * V))
    np.testing.assert_allclose(found["b"][0], 4 * 3 * X**2 + 4 * 6 * X * V)
    both = hessian_vector_product(lambda x, y: x * y**2, (0, 1))(2.0, 3.0, (1.0, 10.0))
    assert both == (60.0, 46.0)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (
            lambda: hessian_vector_product(curved)(X),
            TypeError,
            r"Write hessian_vector_product\(f\)",
        ),
        (lambda: hessian_vector_product(curved)(X, V[:2]), ValueError, "shaped like the argument"),
        (lambda: hessian_vector_product(curved)(X, (V,)), ValueError, "nested like the argument"),
        (lambda: elementwise_grad(3.0), TypeError, "expects a function"),
    ],
)
def test_what_is_refused(call, error, says):
    with pytest.raises(error, match=says):
        call()


@pytest.mark.parametrize(
    "function",
    [grad, value_and_grad, jacobian, hessian, elementwise_grad, hessian_vector_product],
)
@pytest.mark.parametrize(
    ("name", "value", "instead"),
    [
        ("argnum", 1, "argument=1"), ("argnums", (0, 1), r"argument=\(0, 1\)"),
        ("argnum", [0, 1], r"argument=\(0, 1\)"), ("wrt", "x", r"argument=\.\.\."),
    ],
)  # fmt: skip
def test_what_others_call_argument(function, name, value, instead):
    called = function.__name__
    with pytest.raises(
        TypeError, match=rf"^{called}\(\) has no {name}=.* Write {called}\(f, {instead}"
    ):
        function(np.sum, **{name: value})


# --- containers -----------------------------------------------------------------------------------

NEST = {"w": np.arange(6.0).reshape(2, 3), "b": (1.0, [np.float32(2.0), np.zeros((0, 2))]), "n": 3}


def test_flatten_there_and_back():
    vector, unflatten = flatten(NEST)
    np.testing.assert_array_equal(vector, [0, 1, 2, 3, 4, 5, 1, 2, 3])
    assert vector.dtype == np.float64
    back = unflatten(vector)
    assert list(back) == ["w", "b", "n"]
    assert [type(part) for part in back.values()] == [np.ndarray, tuple, np.float64]
    assert [np.shape(x) for x in tree.leaves(back)] == [(2, 3), (), (), (0, 2), ()]
    assert [x.dtype for x in tree.leaves(back)] == [float, float, np.float32, float, float]
    for found, given in zip(tree.leaves(back), tree.leaves(NEST), strict=True):
        np.testing.assert_array_equal(found, given)


@pytest.mark.parametrize("container", [{}, (), [], [()]])
def test_flatten_of_nothing(container):
    vector, unflatten = flatten(container)
    assert vector.shape == (0,)
    assert unflatten(vector) == container


@pytest.mark.parametrize("container", [2.0, X, [1.0, 2.0], ((1.0,),)])
def test_flatten_of_little(container):
    vector, unflatten = flatten(container)
    assert vector.ndim == 1
    np.testing.assert_array_equal(unflatten(vector), container)


def test_both_ways_are_differentiated():
    def f(nest):
        vector, unflatten = flatten(nest)
        return np.sum(unflatten(vector**2)["w"] * np.arange(3.0)) + vector[0]

    found = grad(f)({"a": 2.0, "w": X})
    assert found["a"] == 1.0
    np.testing.assert_allclose(found["w"], 2 * X * np.arange(3.0))
    check_gradients(lambda v: np.sum(flatten({"a": v[0], "w": v[1:]})[1](v**3)["w"]), X, order=2)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: flatten(NEST)[1](X), ValueError, r"expects a vector of shape \(9,\), got \(3,\)"),
        (lambda: flatten({"name": "w"}), TypeError, "expects numbers, arrays and nodes"),
        (lambda: tree.map(np.add, (1.0, 2.0), (1.0,)), ValueError, "1 parts in place of 2"),
    ],
)
def test_what_is_no_such_container(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_the_tree_of_a_nest():
    assert tree.leaves({"b": 1.0, "a": (2.0, [3.0])}) == [1.0, 2.0, 3.0]
    assert tree.map(lambda x, y: x + y, {"a": 1.0, "b": (2.0,)}, {"b": (20.0,), "a": 10.0}) == {
        "a": 11.0,
        "b": (22.0,),
    }
    found = tree.map(np.exp, [Node(0.0)])
    assert found[0].value == 1.0
    assert ac.tree.flatten is ac.flatten
