"""How compiled functions are called: keywords, methods, copies, odd arguments, odd sources."""

from __future__ import annotations

import copy
import functools
import pickle

import numpy as np
import pytest

from autograd_core import Program, compile, drawn, grad

X = np.array([1.0, 2.0, 3.0])


@compile
def scaled(x, factor=2.0, power=1):
    return x**power * factor


class Model:
    def __init__(self, rate):
        self.rate = rate

    @compile
    def forward(self, x):
        return x * self.rate


def test_arguments_by_keyword():
    assert np.array_equal(scaled(X, power=2), 2.0 * X**2)
    assert np.array_equal(scaled(factor=3.0, x=X), 3.0 * X)
    assert np.array_equal(scaled(X), 2.0 * X)
    assert len(scaled.programs) == 3  # scaled(X) has one input
    slope = compile(grad(lambda x, y: np.sum(x * y)))
    assert np.array_equal(slope(X, y=2.0), np.full(3, 2.0))


def test_keywords_that_cannot_be_arguments_of_a_program():
    def flagged(x, *, flag=False):
        return 2.0 * x if flag else x

    with pytest.raises(TypeError, match=r"compile\(functools.partial\(f, flag=...\)\)"):
        compile(flagged)(X, flag=True)
    assert np.array_equal(compile(functools.partial(flagged, flag=True))(X), 2.0 * X)
    with pytest.raises(TypeError, match="unexpected keyword argument 'facto'"):
        scaled(X, facto=3.0)


def test_methods():
    assert np.array_equal(Model(2.0).forward(X), 2.0 * X)
    assert np.array_equal(Model(3.0).forward(X), 3.0 * X)


def test_copies():
    assert pickle.loads(pickle.dumps(scaled)) is scaled  # noqa: S301
    assert pickle.loads(pickle.dumps(Model.forward)) is Model.forward  # noqa: S301
    sine = compile(np.sin, backend="native")
    again = pickle.loads(pickle.dumps(sine))  # noqa: S301
    assert again is not sine and again.backend == "native"
    double = compile(lambda x: 2.0 * x)
    double(X)
    assert copy.deepcopy({"f": double})["f"](1.0) == 2.0


@pytest.mark.parametrize("bad", [{1, 2}, np.array(["a"]), np.array([1, None]), bytearray()])
def test_arguments_that_may_change(bad):
    with pytest.raises(TypeError, match="can be hashed.* got " + type(bad).__name__):
        compile(lambda x, other: x)(X, bad)


def test_a_list_of_back_ends():
    with pytest.raises(ValueError, match="expected a back end"):
        compile(np.sin, ["numpy"])


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_other_byte_order(backend):
    double = compile(lambda x: x * 2.0, backend)
    for array in (X.astype(">f8"), X.astype(">f8"), X):
        assert np.array_equal(double(array), 2.0 * X) and double(array).dtype.isnative
    program = Program.record(lambda x: x * 2.0, X.astype(">f8"))
    assert np.array_equal(program(X.astype(">f8")), 2.0 * X)


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("other", [np.ones(1), np.ones(3, np.float32), 1.0, [1, 2, 3]])
def test_drawn_numbers_keep_their_shape_and_dtype(backend, other):
    numbers = iter([np.ones(3), other, np.full(3, 2.0).astype(">f8")])
    noisy = compile(lambda x: x * drawn(lambda: next(numbers)), backend)
    noisy(X)
    with pytest.raises(ValueError, match=r"drawn\(draw\) expects the same shape and dtype"):
        noisy(X)
    assert np.array_equal(noisy(X), 2.0 * X)


def test_drawn_python_numbers_have_a_dtype_everywhere():
    single = X.astype(np.float32)

    def noisy(x):
        return x * drawn(lambda: 0.1)

    compiled = compile(noisy)
    assert noisy(single).dtype == compiled(single).dtype == compiled(single).dtype


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_an_array_from_outside_is_a_result(backend):
    state = np.ones(3)
    both = compile(lambda x: (x + 1.0, state), backend)
    first = both(1.0)[1]
    state[0] = 9.0
    assert np.array_equal(both(1.0)[1], [9.0, 1.0, 1.0]) and np.array_equal(first, np.ones(3))


@pytest.mark.parametrize("bad", [None, 1j, "a", [1.0]])
def test_what_is_no_such_number(bad):
    program = Program.record(lambda x: 2.0 * x, 1.0)
    with pytest.raises(TypeError, match=r"expects x of shape \(\) and dtype float64"):
        program(bad)


def test_numbers_that_a_dtype_cannot_hold():
    program = Program.record(lambda n, x: n * x, np.array(3), np.float32(2.0))
    assert program(4, 3) == 12.0 and program(4, 3).dtype == np.float64
    with pytest.raises(TypeError, match=r"expects n of shape .* and dtype int64"):
        program(3.7, 2.0)


def test_a_copy_of_what_has_no_name():
    double = compile(functools.partial(np.multiply, 2.0))
    assert copy.deepcopy(double)(3.0) == 6.0


@pytest.mark.parametrize("new", [np.float64(1.0) * np.ones(3), np.ones(1, np.float32)])
def test_what_replaces_an_input_lies_in_its_memory(new):
    program = Program.record(lambda w: w * new, np.ones(3, np.float32) if new.size > 1 else 1.0)
    with pytest.raises(ValueError, match="expects what replaces an input to have its shape"):
        program.replaced(aliases={0: 0})
