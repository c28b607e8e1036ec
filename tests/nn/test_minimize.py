"""Optimizers on functions of nested containers of arrays."""

import numpy as np
import pytest

from autograd_core import Node, tree
from nn import SGD, Adam, minimize

START = {"w": np.array([1.0, -2.0]), "b": (3.0, [np.float32(4.0)])}


def squares(parameters):
    return sum(np.sum(x**2) for x in tree.leaves(parameters))


def test_the_same_containers_come_out_and_the_start_stays():
    found = minimize(squares, START, optimizer=SGD(0.25), steps=2)
    np.testing.assert_array_equal(found["w"], [0.25, -0.5])
    assert found["b"] == (0.75, [1.0])
    assert [x.dtype for x in tree.leaves(found)] == [np.float64, np.float64, np.float32]
    assert type(found["b"][0]) is np.float64
    np.testing.assert_array_equal(START["w"], [1.0, -2.0])
    assert minimize(squares, START, steps=0)["b"] == START["b"]


@pytest.mark.parametrize("start", [2.0, np.ones((2, 3)), [1.0, 2.0], Node([1.0, 2.0])])
def test_what_may_be_changed(start):
    found = minimize(squares, start, optimizer=Adam(0.1), steps=300)
    assert max(np.max(np.abs(x)) for x in tree.leaves(found)) < 1e-3


def test_a_callback_sees_every_step_and_may_end_it():
    seen = []

    def callback(parameters, step, gradient):
        seen.append((parameters["x"], step, gradient["x"]))
        return step == 2

    found = minimize(
        lambda p: p["x"] ** 2, {"x": 8.0}, optimizer=SGD(0.25), steps=9, callback=callback
    )
    assert seen == [(8.0, 0, 16.0), (4.0, 1, 8.0), (2.0, 2, 4.0)]
    assert found == {"x": 2.0}


def test_what_a_callback_keeps_does_not_change():
    kept = []
    minimize(squares, np.ones(2), steps=3, callback=lambda x, step, gradient: kept.append(x))
    assert len({float(x[0]) for x in kept}) == 3


def test_a_function_of_two_gets_the_step():
    batches = np.array([1.0, 3.0])

    def miss(x, step):
        return (x - batches[step % 2]) ** 2

    assert minimize(miss, 0.0, optimizer=SGD(0.5), steps=4) == 3.0
    for one in (lambda x, target=3.0: (x - target) ** 2, lambda x, *more: (x - 3.0) ** 2):
        assert minimize(one, 0.0, optimizer=SGD(0.5), steps=1) == 3.0


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: minimize(squares, 1), TypeError, r"floating-point data, got int of dtype int64"),
        (lambda: minimize(squares, "w"), TypeError, "floating-point data, got str"),
        (
            lambda: minimize(squares, 1.0, optimizer=0.1),
            TypeError,
            r"such as Adam\(0.01\), got 0.1",
        ),
        (lambda: minimize(squares, 1.0, steps=1.5), ValueError, r"minimize\(steps\) expects"),
        (lambda: minimize(1.0, 1.0), TypeError, "expects a function"),
        (lambda: minimize(lambda x: x, np.ones(2)), ValueError, "expects a function to a scalar"),
    ],
)
def test_what_is_refused(call, error, says):
    with pytest.raises(error, match=says):
        call()
