"""A leaf that changes between forward and backward: no gradient of neither value."""

from __future__ import annotations

import numpy as np
import pytest

from autograd_core import Node, grad, vjp
from autograd_core.node import mark_changed
from nn import SGD, Adam, AdamW


def set_value(w):
    w.value = 2.0 * w.value


def subtract(w):
    w.value -= 0.5


def step(optimizer):
    def change(w):
        w.grad = np.ones_like(w.value)
        optimizer.step([w])

    return change


def marked(w):
    w.value[...] = 3.0
    mark_changed([w])


CHANGES = [
    ("value = ...", set_value),
    ("value -= ...", subtract),
    ("SGD", step(SGD(0.5))),
    ("SGD with momentum", step(SGD(0.5, momentum=0.9))),
    ("Adam", step(Adam(0.5))),
    ("AdamW", step(AdamW(0.5))),
    ("marked", marked),
]
RESULTS = [
    ("multiply", lambda w: (w * w).sum()),
    ("power", lambda w: np.sum(w**3)),
    ("exp of a sum", lambda w: np.exp(np.sum(w))),
    ("beside a constant", lambda w: np.sum(Node(np.ones(2), requires_grad=False) * w)),
    ("matmul", lambda w: w @ w),
]

changes = pytest.mark.parametrize("change", [c[1] for c in CHANGES], ids=[c[0] for c in CHANGES])


@changes
@pytest.mark.parametrize("f", [r[1] for r in RESULTS], ids=[r[0] for r in RESULTS])
def test_a_leaf_changed_after_its_use_is_named(change, f):
    w = Node([1.0, 2.0], name="w")
    loss = f(w) * 2.0
    change(w)
    with pytest.raises(RuntimeError, match=r"\(node 'w'\) was changed after"):
        loss.backward()


@changes
def test_what_is_computed_after_the_change_has_its_gradient(change):
    w = Node([1.0, 2.0])
    (w * w).sum().backward()
    change(w)
    (w * w).sum().backward()
    np.testing.assert_array_equal(w.grad, 2 * w.value)


@changes
def test_a_constant_leaf_changed_after_its_use_is_named(change):
    x, w = Node([1.0, 2.0], name="x", requires_grad=False), Node([3.0, 4.0])
    loss = np.sum(x * w)
    change(x)
    with pytest.raises(RuntimeError, match=r"\(node 'x'\) was changed after 'multiply'"):
        loss.backward()


def test_the_second_of_two_losses():
    w = Node([1.0, 1.0], name="w")
    a, b = (w * w).sum(), (w * w * w).sum()
    a.backward()
    SGD(0.5).step([w])
    with pytest.raises(RuntimeError, match="'w'"):
        b.backward()


def test_an_error_leaves_the_gradients_as_they_were():
    w = Node(2.0)
    loss = w * w
    loss.backward()
    w.value = 3.0
    with pytest.raises(RuntimeError, match="changed"):
        loss.backward()
    assert w.grad == 4.0


def test_other_leaves_may_change():
    v, w = Node(2.0), Node(3.0)
    loss = w * w
    v.value = 5.0
    loss.backward()
    assert w.grad == 6.0
    # Nor does what was made of the other before stand in the way.
    kept = v * w
    w.grad = None
    loss.backward()
    assert (w.grad, kept.value) == (6.0, 15.0)


def test_a_gradient_that_was_recorded_before_the_change():
    w = Node(2.0, name="w")
    (w**3).backward(create_graph=True)
    slope = w.grad
    w.value = 5.0
    with pytest.raises(RuntimeError, match="'w'"):
        slope.backward()


def test_a_pull_back_after_the_change():
    w = Node(2.0, name="w")
    _, pull_back = vjp(lambda x: x * w, 3.0)
    w.value = 5.0
    with pytest.raises(RuntimeError, match="'w'"):
        pull_back(1.0)


def test_the_arguments_of_a_pull_back_may_change():
    x = Node(2.0)
    _, pull_back = vjp(lambda x: x * x, np.array(2.0))
    x.value = 5.0
    assert pull_back(1.0) == (4.0,)


def test_a_function_may_set_leaves_of_its_own():
    def f(x):
        running = Node(1.0, requires_grad=False)
        running.value = 2.0
        return x * running

    assert grad(f)(1.0) == 2.0
