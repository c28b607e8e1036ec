"""What a recorded function calls its results."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from autograd_core import Node, Program, grad, scope, tanh, value_and_grad


def named(program):
    """The names of a program's values that are no inputs, in order."""
    return [value.name for value in program.values() if value.operation is not None]


def test_variables_name_what_they_hold_at_the_end():
    def f(x):
        y = x * 2.0
        z = y + 1.0
        y = z * z
        return np.exp(y)

    assert named(Program.record(f, 1.0)) == [None, "z", "y", None]


def test_the_caller_knows_better():
    def inner(a, b):
        out = a * b
        return out  # noqa: RET504

    def f(x):
        first = inner(x, 2.0)
        second = inner(first, 3.0)
        return second + inner(second, 4.0)

    assert named(Program.record(f, 1.0)) == ["first", "second", "out", None]


def test_arguments_of_inner_functions_name_nothing():
    def inner(a):
        return a * a

    assert named(Program.record(lambda x: inner(inner(x * 2.0)), 1.0)) == [None] * 3


def test_a_comprehension_names_nothing():
    def f(x):
        return sum([part * 2.0 for part in [x, x + 1.0]])

    assert "part" not in named(Program.record(f, 1.0))


def test_a_name_that_was_given_stays():
    def f(x):
        y = x * 2.0
        y.name = "mine"
        return y + 1.0

    assert named(Program.record(f, 1.0)) == ["mine", None]


def test_variables_of_our_own_files_are_no_names():
    program = Program.record(lambda x: np.linalg.norm(x, 3), np.ones(3))
    assert set(named(program)) == {None}


def test_gradients_are_called_after_what_they_belong_to():
    def f(x, w):
        z = x * w
        loss = np.sum(z * z)
        loss.backward(create_graph=True)
        return loss, w.grad

    program = Program.record(f, np.ones(3), np.ones(3))
    assert "dz" in named(program)
    assert program.outputs[1].name == "dw"


def test_gradients_within_other_gradients():
    program = Program.record(grad(grad(lambda x: x**3)), 2.0)
    assert program.outputs[0].name == "dx"


def test_a_loop_leaves_gradients_their_names():
    def f(x, a, b):
        value, gradients = value_and_grad(lambda a, b: np.sum(x * a * b), (0, 1))(a, b)
        found = []
        for w, g in zip((a, b), gradients, strict=True):
            found.append(w - g)
        return value, found

    program = Program.record(f, *np.ones((3, 2)))
    assert [x.inputs[1].name for x in program.outputs[1:]] == ["da", "db"]


def test_activations_have_the_names_of_pictures():
    def f(x, W, V):
        with scope("first"):
            hidden = tanh(x @ W)
        with scope("second"):
            return np.maximum(hidden @ V + 1.0, 0)

    assert named(Program.record(f, *np.ones((3, 2, 2)))) == ["z1", "hidden", None, "z2", "a2"]


def test_the_scores_of_a_softmax_in_steps():
    def f(x, W):
        powers = np.exp(x @ W - np.max(x @ W, axis=-1, keepdims=True))
        return powers / np.sum(powers, axis=-1, keepdims=True)

    names = named(Program.record(f, np.ones((2, 2)), np.ones((2, 2))))
    assert (names[0], names[-1]) == ("z1", "a1")


def test_rules_work_in_the_scope_of_their_operation():
    def f(x):
        with scope("layer"):
            y = np.sin(x) * 2.0
        return np.sum(y * y)

    program = Program.record(value_and_grad(f), np.ones(3))
    scopes = {v.operation.name: v.scope and v.scope.name for v in program.values() if v.operation}
    assert scopes["cos"] == "layer"
    assert scopes["sum"] is None


def profile(frame, event, argument):
    profile.events.append(event)


def test_a_profiler_goes_on_and_comes_back():
    profile.events = []

    def f(x):
        y = x * 2.0
        return y + 1.0

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        program = Program.record(f, 1.0)
        assert sys.getprofile() is profile
    finally:
        sys.setprofile(before)
    assert "return" in profile.events
    assert named(program) == ["y", None]


def test_a_profiler_that_cannot_be_called_stays(monkeypatch):
    monkeypatch.setattr(sys, "getprofile", lambda: object())
    monkeypatch.setattr(sys, "setprofile", lambda function: pytest.fail("it was replaced"))
    assert named(Program.record(lambda x: x * 2.0 + 1.0, 1.0)) == [None, None]


def test_an_error_leaves_no_profiler():
    before = sys.getprofile()

    def f(x):
        raise KeyError("broken")

    with pytest.raises(KeyError):
        Program.record(f, 1.0)
    assert sys.getprofile() is before


def test_nodes_from_outside_keep_having_no_name():
    w = Node(2.0)

    def f(x):
        weight = w
        return x * weight

    Program.record(f, 1.0)
    assert w.name is None
