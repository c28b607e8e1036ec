"""grad and its relatives, check_gradients and find_nonfinite."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import (
    Node,
    check_gradients,
    find_nonfinite,
    grad,
    hessian,
    jacobian,
    jvp,
    no_grad,
    scope,
    value_and_grad,
    vjp,
)
from autograd_core.operation import REGISTRY

A = np.array([[1.0, 2.0, 0.5], [0.3, -1.0, 2.0], [1.5, 0.2, 0.7]])
X = np.array([0.5, -1.0, 2.0])


class Layer(NamedTuple):
    weight: object
    bias: object


def test_grad_of_numbers_arrays_and_nodes():
    assert grad(lambda x: x**3)(2.0) == 12.0
    np.testing.assert_array_equal(grad(lambda x: np.sum(x**2))(X), 2 * X)
    assert type(grad(lambda x: x**3)(Node(2.0))) is Node


def test_any_order_by_nesting():
    f = np.sin
    for expected in (np.cos(0.7), -np.sin(0.7), -np.cos(0.7), np.sin(0.7), np.cos(0.7)):
        f = grad(f)
        assert f(0.7) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("argument", [0, 1, -1, (0, 1), (1,)])
def test_several_arguments(argument):
    def f(x, y, *, z=3.0):
        return np.sum(x * x * y) * z

    each = {0: 2 * X * 2.0 * 3.0, 1: np.sum(X * X) * 3.0}
    found = grad(f, argument)(X, 2.0, z=3.0)
    if isinstance(argument, tuple):
        assert isinstance(found, tuple)
        for position, gradient in zip(argument, found, strict=True):
            np.testing.assert_allclose(gradient, each[position])
    else:
        np.testing.assert_allclose(found, each[argument % 2])


def test_nested_containers():
    parameters = {"layers": [Layer(A, X), Layer(2.0, (1.0, 3.0))], "scale": 0.5}

    def f(p):
        first, second = p["layers"]
        return p["scale"] * np.sum(first.weight @ first.bias) * second.weight * second.bias[1]

    value, found = value_and_grad(f)(parameters)
    assert value == pytest.approx(0.5 * np.sum(A @ X) * 6.0)
    assert isinstance(found["layers"][0], Layer)
    assert found["layers"][1].bias[0] == 0.0
    assert found["scale"] == pytest.approx(np.sum(A @ X) * 6.0)
    np.testing.assert_allclose(found["layers"][0].weight, np.tile(3.0 * X, (3, 1)))
    check_gradients(f, parameters, order=2)


def test_perturbations_are_not_confused():
    # d/dx (x * d/dy (x + y)) = 1, not 2.
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert jvp(lambda x: x * jvp(lambda y: x + y, (1.0,), (1.0,))[1], (1.0,), (1.0,))[1] == 1.0
    assert grad(lambda x: grad(lambda y: grad(lambda z: x * y * z)(1.0) * x)(1.0))(3.0) == 6.0


def test_inner_derivative_at_the_outer_variable():
    # d/dx f'(x) where the inner function is taken at the node itself.
    assert grad(lambda x: grad(lambda y: y**3)(x))(2.0) == 12.0
    assert grad(lambda x: x * grad(np.sin)(x))(0.5) == pytest.approx(
        np.cos(0.5) - 0.5 * np.sin(0.5)
    )


def test_a_constant_result_has_gradient_zero():
    assert grad(lambda x: 3.0)(2.0) == 0.0
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.floor(x)))(X), np.zeros(3))
    np.testing.assert_array_equal(jacobian(lambda x: np.ones(2))(X), np.zeros((2, 3)))


def test_gradients_are_the_callers():
    x = X.copy()
    g = grad(lambda x: np.sum(x))(x)
    g[:] = 7.0
    h = grad(lambda x: np.sum(x))(x)
    np.testing.assert_array_equal(h, np.ones(3))
    np.testing.assert_array_equal(x, X)
    one, two = grad(lambda x, y: np.sum(x + y), (0, 1))(X, X)
    assert not np.shares_memory(one, two)


def test_grad_under_no_grad():
    with no_grad():
        assert grad(grad(lambda x: x**3))(2.0) == 12.0
        assert not (Node(1.0) * 2).requires_grad


def test_vjp():
    value, pull_back = vjp(lambda x, w: np.tanh(w @ x), X, A)
    np.testing.assert_allclose(value, np.tanh(A @ X))
    for v in (np.ones(3), np.array([1.0, -2.0, 0.5])):
        gx, gw = pull_back(v)
        inner = v * (1 - value**2)
        np.testing.assert_allclose(gx, A.T @ inner)
        np.testing.assert_allclose(gw, np.outer(inner, X))
    with pytest.raises(ValueError, match="seed in the shape of the root"):
        pull_back(np.ones(2))


def test_jvp():
    t = np.array([0.1, 0.2, -0.3])
    value, tangent = jvp(lambda x: np.tanh(A @ x), (X,), (t,))
    np.testing.assert_allclose(value, np.tanh(A @ X))
    np.testing.assert_allclose(tangent, (1 - value**2) * (A @ t))
    with pytest.raises(TypeError, match=r"jvp\(f, \(x,\), \(t,\)\)"):
        jvp(np.exp, 1.0, 1.0)
    with pytest.raises(ValueError, match="tangents shaped like the primals"):
        jvp(np.exp, (X,), (1.0,))


def test_a_pull_back_takes_nodes_and_keeps_its_value():
    value, pull_back = vjp(np.exp, X)
    expected = value.copy()
    value[:] = 0.0
    np.testing.assert_array_equal(pull_back(np.ones(3))[0], expected)
    cotangent = Node(np.ones(3))
    np.sum(pull_back(cotangent)[0]).backward()
    np.testing.assert_array_equal(cotangent.grad, expected)
    unused = vjp(lambda x, y: 2.0 * x, 1.0, 1.0)[1](Node(1.0))[1]
    assert (type(unused), unused.value) == (Node, 0.0)


def test_jvp_can_be_differentiated_for_the_direction():
    assert grad(lambda t: jvp(np.sin, (0.0,), (t * t,))[1])(3.0) == 6.0


def test_jvp_matches_tangents_by_key():
    primals, tangents = {"a": 1.0, "b": 2.0}, {"b": 10.0, "a": 1.0}
    assert jvp(lambda p: 2.0 * p["a"] + p["b"], (primals,), (tangents,))[1] == 12.0
    for wrong in ({"a": 1.0, "c": 1.0}, {"a": 1.0}, (1.0, 1.0), 1.0):
        with pytest.raises(ValueError, match="nested like the primals"):
            jvp(lambda p: p["a"] * p["b"], (primals,), (wrong,))


def test_jvp_takes_no_second_derivative():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert jvp(lambda x: x**1.5, (0.0,), (1.0,))[1] == 0.0


def test_jvp_at_a_pole_and_beside():
    with np.errstate(divide="ignore"):
        assert jvp(np.sqrt, (0.0,), (1.0,))[1] == np.inf
    assert jvp(np.log, (2.0,), (1.0,))[1] == 0.5


def test_hessian_at_the_minimum_of_a_squared_error():
    assert hessian(lambda x: (np.log(x) - np.log(2.0)) ** 2)(2.0) == pytest.approx(0.5)
    np.testing.assert_allclose(
        hessian(lambda w: (w[0] / w[1] - 2.0) ** 2)(np.array([4.0, 2.0])), [[0.5, -1], [-1, 2]]
    )


def test_jvp_of_containers_and_of_a_constant():
    _, tangent = jvp(
        lambda p: p["a"] * p["b"][0], ({"a": 2.0, "b": [3.0]},), ({"a": 1.0, "b": [10.0]},)
    )
    assert tangent == 23.0
    assert jvp(lambda x: np.ones(2), (X,), (X,))[1].tolist() == [0.0, 0.0]


def test_jacobian():
    found = jacobian(lambda x: np.tanh(A @ x))(X)
    np.testing.assert_allclose(found, (1 - np.tanh(A @ X) ** 2)[:, None] * A)
    assert jacobian(lambda x: np.outer(x, x))(X).shape == (3, 3, 3)
    assert jacobian(np.sum)(X).shape == (3,)
    assert jacobian(lambda x: x)(np.zeros((0,))).shape == (0, 0)
    one, two = jacobian(lambda x, y: x * y, (0, 1))(X, X)
    np.testing.assert_array_equal(one, np.diag(X))
    np.testing.assert_array_equal(two, np.diag(X))


def test_jacobian_and_hessian_of_containers():
    found = jacobian(lambda p: {"sum": p["a"] + p["b"], "all": [p["a"] * X]})({"a": 2.0, "b": X})
    np.testing.assert_array_equal(found["sum"]["a"], np.ones(3))
    np.testing.assert_array_equal(found["sum"]["b"], np.eye(3))
    np.testing.assert_array_equal(found["all"][0]["a"], X)
    np.testing.assert_array_equal(found["all"][0]["b"], np.zeros((3, 3)))
    second = hessian(lambda p: p["a"] ** 2 * p["b"])({"a": 3.0, "b": 2.0})
    assert second == {"a": {"a": 4.0, "b": 6.0}, "b": {"a": 6.0, "b": 0.0}}
    assert type(second["a"]["a"]) is np.float64


def test_jacobian_of_a_jacobian():
    found = jacobian(jacobian(lambda x: x**3))(X)
    expected = np.zeros((3, 3, 3))
    expected[range(3), range(3), range(3)] = 6 * X
    np.testing.assert_allclose(found, expected)


def test_grad_keeps_the_scope_and_the_names():
    def f(x):
        made.append(x * x)
        return made[-1]

    made = []
    with scope("outer"):
        grad(f)(Node(2.0, name="w"))
    assert str(made[0].scope) == "outer"
    assert made[0].inputs[0].name == "w"


def test_grad_inside_no_grad_gives_plain_gradients():
    with no_grad():
        assert type(grad(lambda x: x**2)(Node(2.0))) is np.float64


def test_hessian_and_hessian_vector_products():
    def f(x):
        return np.sum(np.exp(A @ x) * x)

    full = hessian(f)(X)
    np.testing.assert_allclose(full, full.T)
    v = np.array([1.0, 0.5, -2.0])
    np.testing.assert_allclose(jvp(grad(f), (X,), (v,))[1], full @ v, rtol=1e-12)
    np.testing.assert_allclose(grad(lambda x: np.sum(grad(f)(x) * v))(X), full @ v, rtol=1e-12)
    np.testing.assert_allclose(vjp(grad(f), X)[1](v)[0], full @ v, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: grad(lambda x: x)(X), ValueError, r"scalar, got a result of shape \(3,\)"),
        (lambda: grad(lambda x: x, 1)(1.0), ValueError, "1 positional arguments"),
        (lambda: grad(lambda x: x)(1), TypeError, "integers have no derivative"),
        (lambda: grad(3)(1.0), TypeError, "expects a function, got int"),
        (lambda: grad(lambda x: x, (0, -1))(1.0), ValueError, "names an argument twice"),
        (lambda: find_nonfinite(1.0), TypeError, "expects a Node, got float"),
        (lambda: grad(lambda x: "text")(1.0), TypeError, "got str"),
        (lambda: grad(lambda x: (x, x))(1.0), TypeError, "got tuple"),
        (lambda: grad(lambda x: None)(1.0), TypeError, "got NoneType"),
        (lambda: vjp(lambda x: (x, x), 1.0), TypeError, "vjp.* got tuple"),
        (lambda: jvp(lambda x: (x, x), (1.0,), (1.0,)), TypeError, "jvp.* got tuple"),
        (lambda: jvp(sum, ([1.0, 2.0],), ([1.0],)), ValueError, "1 parts in place of 2"),
        (lambda: jvp(np.exp, (1.0,), ((1.0,),)), ValueError, "a tuple stands where an array is"),
        (lambda: jvp(sum, ([1.0, 2.0],), (1.0,)), ValueError, "a float stands where a list is"),
        (lambda: jacobian(lambda x: None)(1.0), TypeError, "jacobian.* got NoneType"),
    ],
)
def test_errors(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_float32_stays_float32():
    x = X.astype(np.float32)
    value, gradient = value_and_grad(lambda x: np.sum(np.sin(x) / 2.0 + x**2))(x)
    assert value.dtype == gradient.dtype == np.float32
    assert hessian(lambda x: np.sum(x**3))(x).dtype == np.float32


# --- check_gradients ------------------------------------------------------------------------------


def test_check_gradients_names_input_index_and_values(monkeypatch):
    rule = ac.multiply.rules[1]
    monkeypatch.setattr(ac.multiply, "rules", (rule, rule))
    with pytest.raises(AssertionError, match=r"input \d, index \[\d\]: analytic .*, numeric .*"):
        check_gradients(lambda x, y: x * y, X, X + 1.0)


def test_check_gradients_finds_an_error_of_second_order_alone(monkeypatch):
    # The rule of square is right, and what it is made of is not: only order 2 can see it.
    wrong = ac.Operation("test_wrong", lambda x: 2.0 * x, (lambda g, out, x: 2.002 * g,))
    monkeypatch.setattr(ac.square, "rules", (lambda g, out, x: g * wrong(x),))
    try:
        check_gradients(np.square, X)
        with pytest.raises(AssertionError, match="derivative of order 2"):
            check_gradients(np.square, X, order=2)
    finally:
        del ac.operation.REGISTRY["test_wrong"]


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (ac.relu, 0.0),
        (ac.leaky_relu, 1e-8),
        (lambda x: np.abs(x) * 3.0, -4e-7),
        (np.max, np.array([1.0, 1.0 + 1e-7])),
        (lambda x: np.clip(x, 0.0, 1.0), 1.0),
        (lambda x: 5.0 * x + ac.relu(x - 1.0) + x**2, 1.0),
    ],
)
def test_check_gradients_recognises_a_kink(f, x):
    with pytest.warns(UserWarning, match="kink within"):
        check_gradients(f, x)


LOW_RANK = np.outer([1.0, 2.0, -1.0], [0.5, 1.0])


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (np.linalg.pinv, LOW_RANK),
        (np.linalg.pinv, np.zeros((2, 3))),
        (lambda a: np.linalg.lstsq(a, np.ones(3))[0], LOW_RANK),
        (lambda x: np.floor(x) + x, 2.0),
    ],
)
@pytest.mark.parametrize("order", [1, 2])
def test_check_gradients_recognises_a_jump(f, x, order):
    with pytest.warns(UserWarning, match="jumps within .* can't be compared there"):
        check_gradients(f, x, order=order)


def test_check_gradients_of_a_pseudo_inverse_of_constant_rank():
    check_gradients(
        lambda u, v: np.linalg.pinv(np.outer(u, v)), LOW_RANK[:, 0], LOW_RANK[0], order=2
    )


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (np.abs, 0.0),  # the rule says 0, and so does the quotient
        (lambda x: np.maximum(x, 1.0), 1.0),
        (np.max, np.array([1.0, 1.0])),
        (lambda x: np.exp(30.0 * x), 0.1),  # curved, and smooth
        (np.square, 1e9),  # large: the step grows with it, in random directions too
    ],
)
def test_check_gradients_raises_no_false_alarm(f, x):
    check_gradients(f, x)


def test_check_gradients_finds_an_error_spread_thinly():
    flat = ac.Operation("test_flat", lambda x: 0.0 * x, (lambda g, out, x: 0.9e-7 * g,))
    try:
        with pytest.raises(AssertionError, match="a random direction"):
            check_gradients(lambda x: np.sum(flat(x)), np.zeros(400))
    finally:
        del REGISTRY["test_flat"]


@pytest.mark.parametrize(("size", "kink"), [(0.8, False), (2.2, True)])
def test_check_gradients_tells_a_kink_from_a_curve(size, kink):
    # Of all the change of the slope, 2 * size + 3.75, so much falls on two parts side by side:
    # 2 * size + 0.5, which is 0.39 and 0.60. From a half on it is a kink.
    def f(x):
        return size * np.abs(x - 0.01) + x**2

    if kink:
        with pytest.warns(UserWarning, match="kink within"):
            check_gradients(f, 0.0, eps=1.0, directions=0)
    else:
        with pytest.raises(AssertionError, match="analytic"):
            check_gradients(f, 0.0, eps=1.0, directions=0)


def test_check_gradients_is_not_fooled_at_a_kink(monkeypatch):
    monkeypatch.setattr(ac.relu, "rules", (lambda g, out, x: g * 3.0 * (x >= 0),))
    with pytest.raises(AssertionError, match="analytic"):
        check_gradients(ac.relu, 0.0)


def test_check_gradients_takes_containers_and_converts_to_float64():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_gradients(lambda p, x: p["w"] @ x + p["b"], {"w": A, "b": 1}, X.astype(np.float32))


def test_check_gradients_order():
    with pytest.raises(ValueError, match="order"):
        check_gradients(np.sin, 1.0, order=0)


# --- find_nonfinite -------------------------------------------------------------------------------


def test_find_nonfinite_in_values():
    x = Node([1.0, 0.0], name="x")
    with np.errstate(all="ignore"):
        y = np.sum(np.log(x) * 0.0 + np.exp(x))
    found = find_nonfinite(y)
    assert found.operation.name == "log"
    assert find_nonfinite(np.sum(np.exp(x))) is None


def test_find_nonfinite_names_a_leaf():
    x = Node([1.0, np.nan], name="x")
    assert find_nonfinite(np.sum(x * 2.0)) is x


def test_find_nonfinite_in_gradients():
    x = Node([1.0, 0.0], name="x")
    root = np.sum(np.sqrt(x) * 2.0)
    assert find_nonfinite(root) is None
    with np.errstate(all="ignore"):
        root.backward()
    assert find_nonfinite(root).operation.name == "sqrt"


@pytest.mark.parametrize("make", [ac.grad, ac.value_and_grad, ac.jacobian, ac.hessian])
def test_what_is_no_function_is_refused_at_once(make):
    with pytest.raises(TypeError, match="expects a function, got int"):
        make(3)


def test_check_gradients_says_when_it_compares_a_combination():
    wrong = ac.Operation("wrong", lambda x: x * x, rules=(lambda g, out, x: g * x,))
    try:
        with pytest.raises(AssertionError, match="derivative for input 0"):
            ac.check_gradients(wrong, 2.0)
        with pytest.raises(AssertionError, match="of a fixed random combination of the results"):
            ac.check_gradients(wrong, np.ones(2))
    finally:
        del REGISTRY["wrong"]


def test_find_nonfinite_blames_the_root_for_a_gradient_that_came_from_outside():
    x = Node([1.0, 2.0])
    root = 2.0 * x
    root.backward(np.array([np.nan, 1.0]))
    assert find_nonfinite(root) is root
