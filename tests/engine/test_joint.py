"""Joint rules: one pass for all gradients, and the composed form behind it."""

from __future__ import annotations

import numpy as np
import pytest
from backends import NAMES, equal, run

from autograd_core import JointRule, Node, Operation, Program, check_gradients, grad, value_and_grad
from autograd_core.operation import LOADED
from autograd_core.program.interpreter import run as interpreted
from autograd_core.program.passes.composed import composed

X = np.random.default_rng(0).standard_normal((3, 4))
W = np.random.default_rng(1).standard_normal((4, 2))
SCALE = np.array([1.0, 2.0])


def backward(g, out, x, w, scale, kept):
    """Array code: it writes into an array of its own."""
    passes.append(1)
    slope = np.empty_like(kept)
    np.multiply(kept, kept, out=slope)
    np.subtract(1.0, slope, out=slope)
    slope *= g * scale
    return slope @ w.T, x.T @ slope, None


passes: list[int] = []


@pytest.fixture(scope="module")
def cell():
    """tanh(x @ w) * scale, of which the backward pass reads the tanh as a residual."""

    def filled(x, w):
        out = np.empty((x.shape[0], w.shape[1]), np.result_type(x, w))
        np.matmul(x, w, out=out)
        np.tanh(out, out=out)
        return out

    kept = Operation("cell_tanh", filled, (None, None), composed=lambda x, w: np.tanh(x @ w))
    row = Operation(
        "cell",
        lambda x, w, scale, kept: np.multiply(kept, scale, out=np.empty_like(kept)),
        JointRule(backward, inputs=3, constant={2}, residuals=1),
        composed=lambda x, w, scale: np.tanh(x @ w) * scale,
    )
    yield lambda x, w, scale=SCALE: row(x, w, scale, kept(x, w))
    del LOADED["cell"], LOADED["cell_tanh"]


def plain(x, w, scale=SCALE):
    return np.tanh(x @ w) * scale


@pytest.mark.parametrize("order", [1, 2])
def test_gradients_are_the_difference_quotient(cell, order):
    check_gradients(cell, X, W, order=order)


def test_third_order_is_that_of_the_composed_form(cell):
    def third(f):
        first = grad(lambda x: (f(x, W) ** 3).sum())
        second = grad(lambda x: (first(x) ** 2).sum())
        return grad(lambda x: (second(x) ** 2).sum())(X)

    np.testing.assert_allclose(third(cell), third(plain), rtol=1e-9)


def test_one_pass_serves_all_inputs(cell):
    x, w = Node(X), Node(W)
    passes.clear()
    cell(x, w).sum().backward()
    assert len(passes) == 1
    assert x.grad.shape == X.shape and w.grad.shape == W.shape


def test_constant_inputs_and_residuals_have_no_gradient(cell):
    scale = Node(SCALE)
    root = cell(Node(X), Node(W), scale)
    assert [rule is None for rule in root.operation.rules] == [False, False, True, True]
    root.sum().backward()
    assert scale.grad is None or not scale.grad.any()


@pytest.mark.parametrize("factors", [(1.001, 1.0), (1.0, 1.001)])
def test_a_pass_that_is_off_by_a_thousandth_fails_the_check(cell, monkeypatch, factors):
    rules = cell(Node(X), W).operation.rules

    def scaled(*given):
        dx, dw, _ = backward(*given)
        return factors[0] * dx, factors[1] * dw, None

    monkeypatch.setattr(rules, "backward", scaled)
    with pytest.raises(AssertionError, match="analytic"):
        check_gradients(cell, X, W)


def test_a_composed_form_that_is_another_function_fails_the_second_order(cell, monkeypatch):
    row = cell(Node(X), W).operation
    monkeypatch.setattr(row, "composed", lambda x, w, scale: np.tanh(1.001 * (x @ w)) * scale)
    monkeypatch.setattr(row.rules, "_gradients", None)
    with pytest.raises(AssertionError, match="analytic"):
        check_gradients(cell, X, W, order=2)


@pytest.fixture
def made():
    """Operations of two inputs with a joint rule, multiplication if nothing else is said."""

    def make(rule, function=np.multiply):
        return Operation("pair", function, JointRule(rule, inputs=2), composed=function)

    yield make
    LOADED.pop("pair", None)


def test_parts_may_have_the_shape_of_the_result(made):
    pair = made(lambda g, out, x, y: (g * y, g * x))
    check_gradients(lambda x, y: pair(x, y) ** 3, X, X[:, :1] + 2.0, order=2)
    check_gradients(lambda x, y: pair(x, y) ** 3, 1.5, X, order=2)


@pytest.mark.parametrize(
    ("returned", "got"),
    [(lambda g: (g,), "1"), (lambda g: (g, g, g), "3"), (lambda g: g, "ndarray")],
)
def test_a_pass_that_returns_no_tuple_of_all_gradients_is_refused(made, returned, got):
    pair = made(lambda g, out, x, y: returned(g))
    with pytest.raises(TypeError, match=f"'pair' must return a tuple of 2 gradients.*got {got}"):
        grad(lambda x: pair(x, x).sum())(np.ones(2))


def test_float32_stays(cell):
    x = Node(X.astype(np.float32))
    cell(x, W.astype(np.float32), SCALE.astype(np.float32)).sum().backward()
    assert x.grad.dtype == np.float32


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("order", [1, 2])
def test_back_ends_run_it(cell, name, order):
    def function(x, w):
        def of(f):
            first = value_and_grad(lambda x, w: (f(x, w) ** 2).sum(), (0, 1))
            if order == 1:
                return first
            return value_and_grad(lambda x, w: (first(x, w)[1][0] ** 2).sum(), (0, 1))

        return of(cell)(x, w)

    program = Program.record(function, X, W)
    found = run(name, program, program.input_arrays((2 * X, W + 1)))
    expected = function(2 * X, W + 1)
    for x, y in zip(found, [expected[0], *expected[1]], strict=True):
        equal("native" if name != "interpreter" else name, x, y)


def test_composed_leaves_nothing_but_ordinary_operations(cell):
    program = Program.record(value_and_grad(lambda x, w: cell(x, w).sum(), (0, 1)), X, W)
    after = composed(program)
    names = {value.operation.name for value in after.values() if value.operation}
    assert names <= {"matmul", "tanh", "multiply", "subtract", "sum", "transpose", "broadcast_to"}
    given = program.input_arrays((2 * X, W + 1))
    for found, wanted in zip(interpreted(after, given), interpreted(program, given), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
    assert composed(after) is after


def test_source_writes_the_composed_form(cell):
    code = Program.record(lambda x, w: cell(x, w).sum(), X, W).source()
    assert "np.tanh(x @ w)" in code
    assert "cell" not in code
