"""Functions recorded as programs: what may stand in them, and what is an input."""

from __future__ import annotations

import copy
import gc
import math
import threading
import warnings
import weakref

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import (
    Node,
    Program,
    compile,
    drawn,
    grad,
    hessian,
    jacobian,
    jvp,
    no_grad,
    recorded,
    scope,
    value_and_grad,
    vjp,
)
from autograd_core.containers import leaves
from autograd_core.node import constant, raw
from autograd_core.program import RecordingError, recording
from autograd_core.program import reading as readings
from autograd_core.program.compiling import eagerly

X = np.array([1.0, 2.0, 3.0])
OTHER = np.array([-3.0, 0.5, 2.0])
TABLE = np.arange(12.0).reshape(4, 3)
ROWS = np.array([0, 2, 2])
OTHER_ROWS = np.array([3, 1, 0])


def other(x):
    """Other numbers in place of an example."""
    return {"f": OTHER, "i": OTHER_ROWS}[x.dtype.kind][: len(x)]


def assert_recorded(function, *examples):
    """A program does with other numbers what the function does with them."""
    program = Program.record(function, *examples)
    given = tuple(map(other, examples))
    found, expected = leaves(program(*given)), leaves(eagerly(function, given))
    assert len(found) == len(expected)
    for x, y in zip(found, expected, strict=True):
        np.testing.assert_array_equal(x, y)
        assert np.asarray(x).dtype == np.asarray(y).dtype
    return program


# --- derivatives in a program ---------------------------------------------------------------------


def wave(x):
    return np.sum(np.sin(x) * x * TABLE[0])


@no_grad
def without_history(x):
    doubled = x * 2.0
    return np.sum(doubled), doubled


def with_a_part_without_gradient(x):
    with no_grad():
        doubled = x * 2.0
        slope = grad(lambda v: np.sum(v**3))(x)
    return doubled * x, slope, grad(lambda v: np.sum(v * doubled * slope))(x)


def by_backward(x):
    loss = np.sum(x * x * TABLE[1])
    loss.backward()
    return loss, x.grad, np.sum(x.grad * x.grad)


DERIVATIVES = {
    "grad": grad(wave),
    "value_and_grad": value_and_grad(wave),
    "second order": grad(lambda x: np.sum(grad(wave)(x) ** 2)),
    "hessian": hessian(wave),
    "jacobian": jacobian(lambda x: x**2 * TABLE[1]),
    "jvp": lambda x: jvp(wave, (x,), (TABLE[2],)),
    "jvp along an input": lambda x: jvp(wave, (x,), (2.0 * x,)),
    "vjp": lambda x: vjp(lambda v: v * x, x)[1](x),
    "for a constant": lambda x: grad(lambda v: np.sum(v * v * x))(np.ones(3)),
    "backward": by_backward,
    "no_grad": without_history,
    "no_grad inside": with_a_part_without_gradient,
    "detach": lambda x: grad(lambda v: np.sum(v.detach() * v))(x),
    "detach outside": lambda x: grad(lambda v: np.sum(v * x.detach()))(x),
    "constant": lambda x: grad(lambda v: np.sum(constant(v) * v))(x),
    "copy": lambda x: grad(lambda v: np.sum(v.copy() * v))(x),
}


@pytest.mark.parametrize("function", DERIVATIVES.values(), ids=DERIVATIVES)
def test_derivatives_are_recorded(function):
    assert_recorded(function, X)


def test_detach_and_no_grad_stop_the_gradient():
    program = Program.record(DERIVATIVES["detach"], X)
    np.testing.assert_array_equal(program(OTHER), OTHER)
    slope = grad(lambda x: np.sum(without_history(x)[1] * x))
    np.testing.assert_array_equal(Program.record(slope, X)(OTHER), 2.0 * OTHER)
    inside = grad(lambda x: np.sum(with_a_part_without_gradient(x)[1] * x))
    np.testing.assert_array_equal(Program.record(inside, X)(OTHER), 3.0 * OTHER**2)


def test_whole_numbers_are_inputs_of_derivatives_too():
    slope = grad(lambda v, i: np.sum(v * v * i))
    program = Program.record(lambda i: slope(np.ones(3), i), ROWS)
    np.testing.assert_array_equal(program(OTHER_ROWS), 2.0 * OTHER_ROWS)


def test_whole_numbers_have_no_derivative_in_a_program_either():
    with pytest.raises(TypeError, match="expects floating-point data"):
        Program.record(lambda x: grad(lambda v: v)(np.argmax(x)), X)


def test_gradients_of_nodes_from_outside_are_left_as_they_were():
    w = Node(np.ones(3))
    w.grad = before = np.zeros(3)

    def step(x):
        loss = np.sum(w * w * x)
        loss.backward()
        return loss, w.grad

    program = Program.record(step, X)
    assert w.grad is before
    np.testing.assert_array_equal(program(OTHER)[1], 2.0 * OTHER)


def test_a_gradient_that_is_added_to_is_an_input():
    w = Node(np.ones(3))
    w.grad = np.array([1.0, 2.0, 3.0])

    def step(x):
        np.sum(w * x).backward(accumulate=True)
        return w.grad

    program = Program.record(step, X)
    w.grad[...] = 10.0
    np.testing.assert_array_equal(program(OTHER), 10.0 + OTHER)


def test_an_overflow_that_nobody_asked_for_leaves_the_structure_alone():
    """The walk that drops what is not finite depends on numbers: a program has one walk."""
    slope = grad(lambda x: np.sum(np.where(x < 100.0, np.exp(x), x)))
    with np.errstate(over="ignore"):
        far = Program.record(slope, np.array([1.0, 1000.0, 2.0]))
    near = Program.record(slope, X)
    assert len(far.values()) == len(near.values())
    np.testing.assert_array_equal(far(X), slope(X))


# --- numbers that pick and compare ----------------------------------------------------------------

PICKING = {
    "an entry": (lambda x: x[np.argmax(x)], X),
    "a sorted row": (lambda x: grad(lambda v: np.sum(v[np.argsort(v)] * TABLE[1]))(x), X),
    "rows": (lambda i: value_and_grad(lambda w: np.sum(w[i] * TABLE[2]))(Node(TABLE)), ROWS),
    "pairs": (lambda i: Node(TABLE)[i, i[::-1] % 3], ROWS),
    "beside a slice": (lambda i: Node(TABLE)[i, None, 1:], ROWS),
    "in a list": (lambda x: Node(TABLE)[[np.argmax(x), 1]], X),
    "take": (lambda i: np.take(Node(TABLE), i, axis=1, mode="clip"), ROWS),
    "take from an array": (lambda i: ac.take(TABLE, i, 0) * 2.0, ROWS),
    "along an axis": (lambda i: np.take_along_axis(Node(TABLE), i[:, None] % 3, 0), ROWS),
    "choose": (lambda i: np.choose(i % 2, [TABLE[0], TABLE[1]]), ROWS),
    "choose in turn": (lambda i: np.choose(i, [TABLE[0], TABLE[1]], mode="wrap"), ROWS),
    "searchsorted": (lambda x: np.searchsorted(TABLE[0], x), X),
    "searchsorted in a node": (lambda x: Node(TABLE[0]).searchsorted(x, side="right"), X),
    "digitize": (lambda x: np.digitize(x, [0.0, 1.0]), X),
    "isclose": (lambda x: np.isclose(x, 2.0, atol=1e-3), X),
    "isin": (lambda x: np.where(np.isin(x, [2.0, 0.5]), x, 0.0), X),
    "count_nonzero": (lambda x: np.count_nonzero(x > 1.0), X),
    "nanargmax": (lambda x: x[np.nanargmax(x)], X),
    "where=": (lambda x: np.sum(x, where=x > 0.0), X),
    "quantile": (lambda x: grad(lambda v: np.quantile(v, 0.3))(x), X),
    "interp": (lambda x: grad(lambda v: np.sum(np.interp(v, TABLE[0], TABLE[1])))(x), X),
    "lstsq": (lambda x: np.linalg.lstsq(TABLE[:3, :2] + x[:, None], TABLE[0])[0], X),
}


@pytest.mark.parametrize(("function", "example"), PICKING.values(), ids=PICKING)
def test_numbers_that_pick_are_inputs_of_operations(function, example):
    assert_recorded(function, example)


def test_outside_of_a_recording_answers_are_plain():
    x = Node(X)
    assert type(np.searchsorted(TABLE[0], x)) is np.ndarray
    assert type(np.isclose(x, 2.0)) is np.ndarray
    assert x[Node(ROWS % 3, requires_grad=False)].operation.name == "getitem"


# --- reading --------------------------------------------------------------------------------------


def doubled_until_large(x):
    while np.sum(x) < 10.0:
        x = x * 2.0
    return x


READING = {
    "if": (lambda x: x if np.sum(x) > 0.0 else -x, "bool(node)", "np.where(condition, a, b)"),
    "while": (doubled_until_large, "bool(node)", "np.where(condition, a, b)"),
    "max": (lambda x: max(x[0], x[1]) * x, "bool(node)", "np.where(condition, a, b)"),
    "allclose": (lambda x: x if np.allclose(x, 1.0) else -x, "bool(node)", "np.where"),
    "float": (lambda x: float(x[0]) * x, "float(node)", "Go on computing with the node"),
    "complex": (lambda x: complex(x[0]) * x, "complex(node)", "Go on computing with the node"),
    "math": (lambda x: math.exp(x[0]) * x, "math.exp(node)", "np.exp(node)"),
    "floor": (lambda x: math.floor(x[0]) * x, "floor(node)", "np.floor(node)"),
    "int": (lambda x: int(x[0]) * x, "int(node)", "x[node]"),
    "round": (lambda x: round(x[0]) * x, "int(node)", "x[node]"),
    "item": (lambda x: x[0].item() * x, "node.item()", "Go on computing with the node"),
    "tolist": (lambda x: x.tolist()[0] * x, "node.tolist()", "Go on computing with the node"),
    "value": (lambda x: x.value * x, "node.value", "Go on computing with the node"),
    "index": (lambda x: [1.0, 2.0, 3.0][np.argmax(x)] * x, "node as an index", "x[node]"),
    "of an array": (lambda x: X[np.argmax(x)] * x, "array[node]", "take(array, node, axis)"),
    "np.take": (lambda x: np.take(X, np.argsort(x)) * x, "np.take", "take(array, node, axis)"),
    "asarray": (lambda x: np.asarray(x.detach()) * x, "array[node]", "take(array, node, axis)"),
    "array": (lambda x: np.array([x[0], x[1]]), "array[node]", "np.stack([a, b])"),
    "full": (lambda x: np.full(3, x[0]), "np.full", "np.broadcast_to(x, shape)"),
    "arange": (lambda x: np.arange(x[0]), "np.arange", "np.linspace(start, stop, n)"),
    "a shape": (lambda x: x.reshape((np.argmax(x) + 3,)), "node as an index", "stay Python's"),
    "mask": (lambda x: x[x > 0.0], "x[mask]", "np.where(mask, x, 0.0)"),
    "slice": (lambda x: x[: np.argmax(x)], "x[start:stop]", "start + np.arange(n)"),
    "nonzero": (lambda x: np.nonzero(x), "np.nonzero", "np.where(mask, x, 0.0)"),
    "method": (lambda x: x.nonzero(), "nonzero", "np.where(mask, x, 0.0)"),
    "where": (lambda x: np.where(x > 0.0)[0], "np.where", "np.where(mask, x, 0.0)"),
    "unique": (lambda x: np.unique(x), "np.unique", "np.where(mask, x, 0.0)"),
    "repeat": (lambda x: np.repeat(x, x.astype(int)), "np.repeat", "np.where(mask, x, 0.0)"),
    "an option": (lambda x: np.sum(x, axis=np.argmax(x)), "np.sum", "pass it as an argument"),
    "deepcopy": (lambda x: copy.deepcopy(x) * x, "a copy or pickle", "pass it as an argument"),
    "emath": (lambda x: np.emath.sqrt(x), "np.emath.sqrt", "np.sqrt(x + 0j)"),
}


@pytest.mark.parametrize(("function", "called", "instead"), READING.values(), ids=READING)
def test_what_reads_a_number_names_itself_and_what_to_write(function, called, instead):
    with pytest.raises(RecordingError) as error:
        Program.record(function, X)
    assert called in str(error.value)
    assert instead in str(error.value)
    assert "while a program is recorded" in str(error.value)


def test_the_error_names_the_node_and_the_operation():
    with pytest.raises(RecordingError, match=r"\(node 'x'\), while"):
        Program.record(lambda x: x.value, X)
    with pytest.raises(RecordingError, match="the result of 'greater', while"):
        Program.record(lambda x: x if x[0] > 0.0 else -x, X)


def test_a_number_that_depends_on_no_input_may_be_read():
    def scaled(x):
        unit = Node(2.0)
        assert unit.value == float(unit) == raw(unit) == unit.item() == 2.0
        assert unit > 1.0
        return x * (float(unit * unit) if unit * 3.0 > 5.0 else 1.0)

    np.testing.assert_array_equal(Program.record(scaled, X)(OTHER), 4.0 * OTHER)


def test_shapes_and_texts_may_be_read():
    def scaled(x):
        assert x.shape == np.shape(x) == np.zeros_like(x).shape == (len(x),)
        assert x.dtype == np.result_type(x) and not np.iscomplexobj(x) and x.size == 3
        assert "2." in f"{x}" and "2." in repr(x) and "2." in np.array_str(x)
        return x * len(x)

    assert_recorded(scaled, X.astype(np.float64))


def test_leaves_from_outside_are_inputs_and_can_not_be_read():
    w = Node(np.ones(3), name="w")
    with pytest.raises(RecordingError, match=r"\(node 'w'\)"):
        Program.record(lambda x: x * w.value, X)
    program = Program.record(lambda x: x * w, X)
    w.value = OTHER
    np.testing.assert_array_equal(program(X), X * OTHER)


def test_random_numbers_can_not_be_read():
    random = np.random.default_rng(0)
    with pytest.raises(RecordingError, match=r"bool\(node\)"):
        Program.record(lambda x: x if drawn(random.random) > 0.5 else -x, X)


def test_values_can_not_be_set():
    w = Node(np.ones(3), name="w")

    def step(x):
        w.value = np.zeros(3)
        return w * x

    with pytest.raises(RecordingError, match=r"a value is set .*\(node 'w'\).* set it outside"):
        Program.record(step, X)
    np.testing.assert_array_equal(w.value, np.ones(3))


def test_other_threads_and_later_calls_read_as_they_like():
    x = Node(2.0)
    found = []

    def function(y):
        thread = threading.Thread(target=lambda: found.append(float(x) + x.value))
        thread.start()
        thread.join()
        return y * x

    Program.record(function, 1.0)
    assert found == [4.0, 4.0]
    assert recorded.open_recordings == 0
    with pytest.raises(RecordingError):
        Program.record(lambda y: y.value, 1.0)
    assert recorded.open_recordings == 0
    assert float(x) == 2.0


# --- what is not the same at every run ------------------------------------------------------------

RANDOM = np.random.default_rng(0)


def changing(change):
    """A function that computes something else at every call."""
    calls = []

    def function(x):
        calls.append(None)
        return change(x, len(calls))

    return function


EVERY_TIME_ANOTHER = {
    "operations": (changing(lambda x, n: x * 2.0 if n % 2 else x + 2.0), "something else at its"),
    "number of operations": (changing(lambda x, n: sum([x] * n)), "something else at its"),
    "numbers": (changing(lambda x, n: x * float(n)), "the number 1.0, then 2.0"),
    "options": (changing(lambda x, n: np.roll(x, n)), "an option of 'roll'"),
    "order": (changing(lambda x, n: [x, x * 2.0][:: 1 if n % 2 else -1]), "something else at its"),
    "results": (changing(lambda x, n: (x, float(n))), "a result that is no node"),
    "random arrays": (lambda x: x * RANDOM.normal(size=3), "drawn(lambda:"),
    "random numbers": (lambda x: x * RANDOM.normal(), "drawn(lambda:"),
    "random nodes": (lambda x: x * Node(RANDOM.normal(size=3)), "drawn(lambda:"),
    "nan": (changing(lambda x, n: x * (math.nan if n % 2 else 1.0)), "the number nan"),
}


@pytest.mark.parametrize(("function", "said"), EVERY_TIME_ANOTHER.values(), ids=EVERY_TIME_ANOTHER)
def test_what_changes_from_call_to_call_is_refused(function, said):
    with pytest.raises(RecordingError) as error:
        Program.record(function, X)
    assert said in str(error.value)


def test_nan_is_the_same_as_nan():
    program = Program.record(lambda x: x * math.nan + np.array([np.nan, 1.0, 2.0]), X)
    assert np.isnan(program(OTHER)).all()


def test_an_array_from_outside_is_an_input_and_a_read_only_one_is_not():
    table, frozen = TABLE.copy(), TABLE.copy()
    frozen.flags.writeable = False
    program = Program.record(lambda x: x * table[1] + frozen[0] + frozen.T[:, 2], X)
    assert [value.name for value in program.inputs] == ["x", "captured1"]
    table[1] = 7.0
    np.testing.assert_array_equal(program(OTHER), OTHER * 7.0 + TABLE[0] + TABLE[2])


def test_so_is_an_array_that_a_node_is_made_of():
    table = TABLE[1].copy()
    program = Program.record(lambda x: x * Node(table, requires_grad=False), X)
    assert len(program.inputs) == 2
    table[...] = 7.0
    np.testing.assert_array_equal(program(OTHER), OTHER * 7.0)


def test_arrays_made_inside_are_constants():
    program = Program.record(lambda x: x * Node(np.arange(3.0)) + np.arange(3.0), X)
    assert len(program.inputs) == 1
    np.testing.assert_array_equal(program(OTHER), OTHER * np.arange(3.0) + np.arange(3.0))


def test_an_array_from_outside_among_the_options_is_warned_about_once():
    rows = np.array([2, 0])
    with pytest.warns(RuntimeWarning, match="an option of 'getitem'") as warned:
        Program.record(lambda x: x[rows] * x[rows], X)
    assert len(warned) == 1
    rows.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Program.record(lambda x: x[rows] * x[np.array([0, 2])], X)


def counting(state):
    def function(x):
        state[...] += 1.0
        return x * state

    return function


def counting_in_a_node(state):
    def function(x):
        result = x * Node(state)
        state[...] += 1.0
        return result

    return function


@pytest.mark.parametrize("makes", [counting, counting_in_a_node])
def test_writing_into_an_array_from_outside_is_refused(makes):
    with pytest.raises(RecordingError, match=r"writes into an array of shape \(3,\).*write it out"):
        Program.record(makes(np.zeros(3)), X)


def test_a_buffer_that_is_filled_again_is_refused():
    def function(x):
        buffer = np.ones(3)
        first = x * buffer
        buffer[...] = 2.0
        return first + x * buffer

    with pytest.raises(RecordingError, match=r"array that 'multiply' used .*was changed behind it"):
        Program.record(function, X)


def test_a_history_that_grows_with_every_call_is_refused():
    before = []

    def function(x):
        before.append(x + (before[-1] if before else 0.0))
        return before[-1]

    with pytest.raises(RecordingError, match=r"result of 'add' from outside.*node\.detach\(\)"):
        Program.record(function, X)


def test_what_a_call_leaves_for_the_next_is_refused():
    state = [Node(np.zeros(3), name="state", requires_grad=False)]

    def function(x):
        state[0] = (state[0] * 0.9 + x).detach()
        return state[0] * x

    with pytest.raises(RecordingError, match="takes another node from outside at its second call"):
        Program.record(function, X)


def test_a_result_from_outside_without_a_gradient_is_an_input():
    outside = (Node(TABLE[1]) * 2.0).detach()
    np.testing.assert_array_equal(Program.record(lambda x: x * outside, X)(X), X * 2.0 * TABLE[1])


def test_too_many_operations_are_refused(monkeypatch):
    monkeypatch.setattr(readings, "MOST_OPERATIONS", 50)
    with pytest.raises(RecordingError, match="up to 50 operations, got 60"):
        Program.record(lambda x: sum([x] * 60), X)


NO_PROGRAM = {
    "a number": (lambda x: 1.0, (X,), "returns no node: .* got float"),
    "an array": (lambda x: np.ones(3), (X,), "returns no node: .* got ndarray"),
    "nothing": (lambda x: None, (X,), "returns no node: .* got NoneType"),
    "no argument": (lambda: Node(1.0) * 2.0, (), "has no input"),
    "whole numbers": (lambda n: Node(1.0) * n, (3,), "has no input"),
}


@pytest.mark.parametrize(("function", "examples", "said"), NO_PROGRAM.values(), ids=NO_PROGRAM)
def test_what_is_no_program_is_refused(function, examples, said):
    with pytest.raises(RecordingError, match=said):
        Program.record(function, *examples)


def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError, match="expects a function, got float"):
        Program.record(1.0, X)


# --- what recording leaves behind -----------------------------------------------------------------


def test_scopes_and_names_are_recorded():
    def function(x):
        with scope("layer"):
            y = x * 2.0
        y.name = "y"
        return y

    (value,) = [v for v in Program.record(function, X).values() if v.operation]
    assert (value.name, str(value.scope)) == ("y", "layer")


def test_nothing_of_the_recorded_graph_stays_alive():
    met = []

    def function(x):
        y = x * 2.0
        met.append(weakref.ref(y))
        np.sum(y * y).backward()
        return y.grad

    gc.collect()
    gc.disable()
    try:
        program = Program.record(function, X)
        assert [ref() for ref in met] == [None, None]
    finally:
        gc.enable()
    assert program(OTHER).shape == (3,)


def test_a_recorder_can_be_used_again_after_an_error():
    recorder = recording.Recorder()
    x = Node(X)
    with pytest.raises(RecordingError):
        recorder.call(lambda: x.value)
    with no_grad():
        y = recorder.call(lambda: x * 2.0)
    assert y.operation.name == "multiply"
    assert (x.value == X).all()


# --- compile beside other things ------------------------------------------------------------------


def test_a_compiled_function_in_a_recorded_one_is_a_part_of_it():
    inner = compile(lambda x: np.sum(x * x))
    program = Program.record(lambda x: grad(inner)(x) * inner(x), X)
    assert {v.operation.name for v in program.values() if v.operation} >= {"multiply", "sum"}
    assert inner.programs == []


def test_a_compiled_function_is_differentiated_by_running_it():
    np.testing.assert_array_equal(grad(compile(lambda x: np.sum(x * x)))(X), 2.0 * X)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
def test_what_overflows_in_a_branch_that_was_not_taken_is_dropped_in_compiled_functions_too():
    drew = []

    def draw():
        drew.append(RANDOM.random(3))
        return drew[-1]

    def slope(x):
        return grad(lambda v: np.sum(np.where(v < 100.0, np.exp(v), 2.0 * v * drawn(draw))))(x)

    compiled = compile(slope)
    for far in (1000.0, 2000.0, 3000.0):
        found = compiled(np.array([1.0, far, 2.0]))
        expected = [np.exp(1.0), 2.0 * drew[-1][1], np.exp(2.0)]
        np.testing.assert_allclose(found, expected, rtol=1e-15)
    assert len(drew) == 3
    assert np.isnan(compile(lambda x: np.log(x))(-1.0))


def test_a_function_that_catches_the_error_is_refused_all_the_same():
    def careless(x):
        try:
            return x if x > 0 else -x
        except TypeError:
            return 2.0 * x

    with pytest.raises(RecordingError, match=r"np\.where"):
        Program.record(careless, 1.0)
