"""Programs written as NumPy code: it says what is computed, and computes it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from cases import joined
from table import TABLE

from autograd_core import (
    Node,
    Operation,
    Program,
    RecordingError,
    UnsupportedOperationError,
    convolution,
    drawn,
    grad,
    log_softmax,
    negative_log_likelihood,
    no_grad,
    relu,
    scope,
    sigmoid,
    softmax,
    softmax_cross_entropy,
    value_and_grad,
)
from autograd_core.containers import leaves
from autograd_core.operation import REGISTRY
from autograd_core.program.printing import helpers
from autograd_core.program.printing.spelling import ROWS

random = np.random.default_rng(0)
F32 = np.float32


def executed(program, backward=None):
    """The function that a program's source defines, with what it takes beside the arguments."""
    space = {}
    source = program.source(backward)
    exec(compile(source, "<source>", "exec"), space)
    function = list(space.values())[-1]
    further = program.further_arguments(backward)
    return lambda *arguments: function(*arguments, **further)


def assert_same(found, expected, rtol=1e-12):
    found, expected = leaves(found), leaves(expected)
    assert len(found) == len(expected)
    for x, y in zip(found, expected, strict=True):
        x, y = np.asarray(x), np.asarray(y)
        assert (x.shape, x.dtype) == (y.shape, y.dtype)
        np.testing.assert_allclose(x, y, rtol=rtol, atol=rtol)


def body(program, backward=None):
    """The lines of the function, without its head and comments."""
    source = program.source(backward)
    lines = source[source.rindex("\ndef ") :].splitlines()[2:]
    return [line.strip() for line in lines if line.strip() and "#" not in line]


# --- the table of operations ----------------------------------------------------------------------


def recorded(case, dtype):
    """A case with its gradients as a program, and other numbers of the same kind."""
    arrays = case.arrays(dtype)
    wanted = tuple(i for i, x in enumerate(arrays) if x.dtype.kind in "fc")

    def total(*arrays):
        out = joined(case.call(*arrays))
        weights = np.cos(np.arange(np.size(out))).reshape(np.shape(out))
        return np.sum(out * weights.astype(np.result_type(out)))

    differentiated = case.order and wanted
    call = value_and_grad(total, wanted) if differentiated else lambda *x: joined(case.call(*x))
    try:
        program = Program.record(call, *arrays)
    except RecordingError as error:
        pytest.skip(f"can't be recorded: {str(error)[:80]}")
    numbers = np.random.default_rng(5)
    other = [
        (x * (1 + 0.01 * numbers.random(x.shape))).astype(x.dtype) if x.dtype.kind in "fc" else x
        for x in arrays
    ]
    return program, [x if x.ndim else x[()] for x in other]


@pytest.mark.filterwarnings("ignore:.*takes an array from outside:RuntimeWarning")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.id)
def test_source_computes_what_the_program_does(case, dtype):
    program, arrays = recorded(case, dtype)
    with np.errstate(all="ignore"):
        found, expected = executed(program, False)(*arrays), program(*arrays)
    assert_same(found, expected, 1e-11 if dtype == np.float64 else 2e-4)
    assert all(len(line) <= 100 for line in program.source(False).splitlines())


def test_every_operation_has_a_row():
    ours = {
        name
        for name, operation in REGISTRY.items()
        if (getattr(operation.forward, "__module__", "") or "").startswith("autograd_core")
        and operation.composed is None  # those are written as what they are composed of
        and not name.endswith("_tape")  # what a scan leaves to its backward pass: in none of those
    }
    in_steps = {"softmax", "log_softmax", "softmax_cross_entropy"}  # written as what they are
    without = {"scipy.integrate.odeint"}  # calls a function of the user's
    scipys = {name for name in ours if name.startswith(("scipy.special.", "scipy.stats."))}
    assert ours - set(ROWS) - scipys == in_steps | (without & ours)


def test_helpers_say_in_one_line_what_they_do():
    for name in vars(helpers):
        function = getattr(helpers, name)
        if callable(function) and getattr(function, "__module__", "") == helpers.__name__:
            assert function.__doc__.count("\n") == 0, name


# --- how it reads ---------------------------------------------------------------------------------


def loss(x, y, W1, b1, W2, b2):
    with scope("hidden"):
        z1 = x @ W1 + b1
        a1 = relu(z1)
    with scope("output"):
        z2 = a1 @ W2 + b2
    return negative_log_likelihood(log_softmax(z2), y, float(len(y)))


def two_layers(dtype=np.float64):
    x, y = random.normal(size=(4, 2)), np.eye(3)[[0, 1, 2, 0]]
    parameters = [random.normal(size=shape) for shape in ((2, 8), 8, (8, 3), 3)]
    x, y, *parameters = (x.astype(dtype) for x in (x, y, *parameters))
    return [Node(x, requires_grad=False), Node(y, requires_grad=False), *parameters]


def test_a_network_reads_as_in_the_lecture():
    assert (
        Program.record(loss, *two_layers()).source()
        == """\
import numpy as np


def loss(x, y, W1, b1, W2, b2):
    # forward
    # hidden
    z1 = x @ W1 + b1
    a1 = np.maximum(z1, 0)
    # output
    z2 = a1 @ W2 + b2
    shifted = z2 - z2.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    L = -np.sum(y * log_p) / 4

    # backward
    p = np.exp(log_p)
    dz2 = (p * y.sum(axis=-1, keepdims=True) - y) / 4
    # output
    dW2 = a1.T @ dz2
    db2 = dz2.sum(axis=0)
    da1 = dz2 @ W2.T
    # hidden
    dz1 = da1 * (z1 > 0)
    dW1 = x.T @ dz1
    db1 = dz1.sum(axis=0)
    return L, dW1, db1, dW2, db2"""
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_network_computes_what_eager_does(dtype):
    x, y, *parameters = two_layers(dtype)
    other = [p + dtype(0.1) for p in parameters]
    value, gradients = value_and_grad(loss, (2, 3, 4, 5))(x.value, y.value, *other)
    found = executed(Program.record(loss, x, y, *parameters))(x.value, y.value, *other)
    assert_same(found, [value, *gradients], 1e-12 if dtype == np.float64 else 1e-5)


def test_names_by_convention_where_the_function_has_none():
    def net(x, W, b):
        with scope("layer"):
            return np.sum(sigmoid(x @ W + b) @ W)

    lines = body(Program.record(net, np.ones((3, 2)), np.ones((2, 2)), np.ones(2)))
    assert lines[0] == "z1 = x @ W + b"
    assert "a1 = sigmoid(z1)" in lines
    assert "dz1 = da1 * a1 * (1.0 - a1)" in lines


def test_labels_give_probabilities_less_one_at_the_label():
    def loss(z, labels):
        return np.mean(softmax_cross_entropy(z, labels))

    lines = body(Program.record(loss, np.ones((4, 5)), np.array([0, 1, 2, 0])))
    assert "dz = (p - (labels[:, None] == np.arange(5))) / 4" in lines


def test_softmax_and_its_logarithm_share_their_steps():
    def both(z):
        return np.sum(log_softmax(z) * softmax(z))

    source = Program.record(both, np.ones((4, 5))).source(False)
    assert source.count("np.exp(shifted)") == 1
    assert "p = np.exp(log_p)" in source


def test_a_negative_term_is_subtracted():
    lines = body(Program.record(lambda x: np.sum(x / np.exp(x)), np.ones(3)))
    assert not any("+ -" in line or "- -" in line for line in lines)


def test_a_name_stays_with_its_sign():
    def f(p, y):
        loss = -np.sum(np.log(p + 1.0) * y)
        return loss * 1.0

    lines = body(Program.record(f, np.ones(3), np.ones(3)))
    assert "dp = -y / away_from_pole(-y, t1)" in lines


def test_guards_stand_only_where_something_may_be_0():
    def guarded(x):
        return np.sum(x * np.log(x))

    def safe(x):
        p = np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x)))
        return np.sum(np.log(p + 1e-9)) + np.sum(np.sqrt(x * x + 1.0) / (2.0 + np.abs(x)))

    x = np.array([0.5, 2.0])
    for function, there in ((guarded, True), (safe, False)):
        program = Program.record(function, x)
        assert ("away_from_pole" in program.source()) is there
        assert_same(executed(program)(x + 1.0), value_and_grad(function)(x + 1.0), 1e-11)


def test_a_function_of_one_line():
    program = Program.record(lambda x, w: x * w + 1.0, 2.0, 3.0)
    assert body(program, False) == ["return x * w + 1.0"]


def test_the_default_is_backward_for_one_real_number():
    x = np.ones(3)
    assert "return L, dx" in Program.record(lambda x: np.sum(x**2), x).source()
    assert "dx" not in Program.record(lambda x: x**2, x).source()
    assert Program.record(grad(lambda x: x**3), 2.0).source().endswith("return dx")


def test_only_inputs_that_want_one_get_a_gradient():
    def f(x, n, w):
        return np.sum(x * n * w)

    x, n, w = Node(np.ones(3), requires_grad=False), np.arange(3), Node(np.ones(3))
    assert body(Program.record(f, x, n, w))[-1] == "return L, dw"


def test_a_leaf_that_the_function_holds_gets_a_gradient():
    w = Node(np.ones(3), name="w")
    program = Program.record(lambda x: np.sum(x * w), Node(np.ones(3), requires_grad=False))
    assert "def f(x, *, w):" in program.source()
    assert body(program)[-1] == "return L, x"
    assert_same(executed(program)(np.arange(3.0)), [np.float64(3.0), np.arange(3.0)])


def test_an_input_without_influence_gets_zeros():
    program = Program.record(lambda x, y: np.sum(x), np.ones(3), np.ones(2))
    assert_same(executed(program)(np.ones(3), np.ones(2)), program_gradients(program))


def program_gradients(program):
    return [np.float64(3.0), np.ones(3), np.zeros(2)]


def test_gradients_of_another_result_than_one_number():
    with pytest.raises(TypeError, match=r"one real number.*Write source\(backward=False\)"):
        Program.record(lambda x: x * 2.0, np.ones(3)).source(True)
    with pytest.raises(TypeError, match="expects an input that wants a gradient"):
        Program.record(lambda x: np.sum(x), Node(1.0, requires_grad=False)).source(True)
    with pytest.raises(TypeError, match="expects True, False or None, got 'yes'"):
        Program.record(lambda x: x * 2.0, 1.0).source("yes")


def test_matrices_of_linear_algebra_are_differentiated():
    program = Program.record(lambda a: np.sum(np.linalg.cholesky(a)), np.eye(3) * 2.0)
    a = np.eye(3) * 3.0 + 0.1
    expected = value_and_grad(lambda a: np.sum(np.linalg.cholesky(a)))(a)
    assert_same(executed(program)(a), expected)


# --- names ----------------------------------------------------------------------------------------


def test_names_that_are_no_identifiers():
    nodes = [
        Node(1.0, name=name)
        for name in ("np", "lambda", "0.weight", "x\n; import os", "print", "x y", "x_y", "θ", "")
    ]

    def total(*nodes):
        return sum(node * float(place + 2) for place, node in enumerate(nodes))

    source = Program.record(total, *nodes).source(False)
    head = next(line for line in source.splitlines() if line.startswith("def"))
    assert head == ("def total(np_, lambda_, x0_weight, x_import_os, print_, x_y, x_y2, θ, x9):")
    values = [float(place) for place in range(9)]
    assert executed(Program.record(total, *nodes), False)(*values) == sum(
        value * (place + 2) for place, value in enumerate(values)
    )


def test_a_function_called_as_what_it_calls():
    call = sigmoid

    def sigmoid_(x):
        return call(x) * 2.0

    sigmoid_.__name__ = "sigmoid"
    program = Program.record(sigmoid_, 1.0)
    assert "def sigmoid_(x):" in program.source(False)
    assert_same(executed(program, False)(0.0), np.float64(1.0))


def test_a_scope_cannot_end_its_comment():
    def f(x):
        with scope("layer\nraise SystemExit\r\x00"):
            y = x * 2.0 + x
        return y * 1.5

    program = Program.record(f, 1.0)
    assert "# layer raise SystemExit ?" in program.source(False)
    assert executed(program, False)(2.0) == 9.0
    assert not re.search(r"^\s*raise", program.source(False), flags=re.MULTILINE)


def test_nested_arguments_and_results():
    def f(x, parameters):
        return {"sum": x + parameters["b"], "parts": [x * parameters["w"][0], ("text", None)]}

    example = 2.0, {"w": [3.0], "b": 4.0}
    program = Program.record(f, *example)
    source = program.source(False)
    assert "def f(x, parameters_w_0, parameters_b):" in source
    found = executed(program, False)(2.0, 3.0, 4.0)
    assert found == {"sum": 6.0, "parts": [6.0, ("text", None)]}


def test_a_key_is_no_code():
    class Key(str):
        def __repr__(self):
            return "__import__('os')"

    program = Program.record(lambda x: {Key("k"): x * 2.0}, 1.0)
    assert "__import__" not in program.source(False)
    assert executed(program, False)(1.0) == {"k": 2.0}


# --- constants ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "constant",
    [0.1, -2.0, 1e-300, float("inf"), float("-inf"), 3, -7, 2 + 3j, complex(0.0, -1.0),
     np.float64(0.1), np.int32(4), np.array([1.5, -0.0]), np.array([[1, 2], [3, 4]]),
     np.array([np.nan, np.inf]), np.zeros((30, 2)), np.ones((1, 2)), np.full((40, 2), 0.25),
     np.eye(2), np.arange(2), np.array([True, False]), np.array([0.1, 0.2], F32),
     np.zeros((2, 2), np.complex64), np.linspace(0.0, 1.0, 60).reshape(30, 2)],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_constants_are_the_same_to_the_last_bit(constant, dtype):
    if isinstance(constant, np.ndarray):
        constant.flags.writeable = False  # else it is an input of the program
    program = Program.record(lambda x: x + constant, np.zeros(2, dtype))
    found, expected = executed(program, False)(np.zeros(2, dtype)), program(np.zeros(2, dtype))
    assert found.dtype == expected.dtype
    assert np.array_equal(found, expected, equal_nan=True)


@pytest.mark.parametrize("number", random.normal(size=20) * 10.0 ** random.integers(-30, 30, 20))
def test_a_number_of_single_precision_is_the_same_in_double(number):
    constant = F32(number)
    for x in (np.zeros(2, F32), np.zeros(2)):
        program = Program.record(lambda x: x + constant, x)
        assert np.array_equal(executed(program, False)(x), program(x))


def test_large_arrays_are_further_arguments():
    places = np.linspace(0.0, 1.0, 100).copy()
    places.flags.writeable = False
    program = Program.record(lambda x: np.sum(x * places), 2.0)
    assert "def f(x, *, constant1):" in program.source()
    assert "constant1: float64[100]" in program.source()
    assert program.further_arguments()["constant1"] is places
    assert_same(executed(program)(3.0), [np.sum(3.0 * places), places.sum()])


@pytest.mark.parametrize("size", [7, 28])
def test_windows_of_kernels_are_written_as_what_they_are(size):
    x, w = random.normal(size=(2, 1, size, size)), random.normal(size=(3, 1, 3, 3))

    def total(x, w):
        return np.sum(convolution(x, w, stride=2) ** 2)

    program = Program.record(value_and_grad(total, (0, 1)), x, w)
    lines = body(program)
    out = (size - 3) // 2 + 1
    assert lines[:2] == [
        f"rows = 2 * np.arange({out})[:, None, None, None] + np.arange(3)[:, None]",
        f"columns = 2 * np.arange({out})[None, :, None, None] + np.arange(3)",
    ]
    assert sum("rows, columns]" in line for line in lines) == 2  # forward and backward
    assert not program.further_arguments()
    assert_same(executed(program)(x, w), value_and_grad(total, (0, 1))(x, w))


def test_arrays_that_may_change_and_drawn_numbers_are_further_arguments():
    weights = np.ones(3)
    generator = np.random.default_rng(1)
    program = Program.record(
        lambda x: x * weights + drawn(lambda: generator.random(3)), np.zeros(3)
    )
    assert "def f(x, *, drawn1, captured1):" in program.source()
    first, second = program.further_arguments(), program.further_arguments()
    assert first["captured1"] is weights
    assert not np.array_equal(first["drawn1"], second["drawn1"])


# --- what is written over inputs ------------------------------------------------------------------


def gradient_step(x, y, W1, b1, W2, b2, rate):
    L, gradients = value_and_grad(loss, (2, 3, 4, 5))(x, y, W1, b1, W2, b2)
    return L, [w - rate * g for w, g in zip((W1, b1, W2, b2), gradients, strict=True)]


def test_a_training_step_updates_in_place():
    arguments = [*two_layers(F32), Node(F32(0.5), requires_grad=False)]
    step = Program.record(gradient_step, *arguments)
    step = step.replaced(aliases={1: 2, 2: 3, 3: 4, 4: 5}, guard=0, returned=None)
    lines = body(step)
    at = lines.index("if not np.isfinite(L):")
    assert lines[at : at + 2] == ["if not np.isfinite(L):", "return None"]
    assert sorted(lines[at + 2 : -1]) == [
        f"{name} -= rate * d{name}" for name in ("W1", "W2", "b1", "b2")
    ]
    assert lines[-1] == "return L"
    arrays = [np.array(x.value if type(x) is Node else x) for x in arguments]
    expected = step(*[array.copy() for array in arrays])
    found = executed(step)(*arrays)
    assert_same([found, *arrays[2:6]], expected, 1e-5)


def test_a_step_that_is_not_finite_changes_nothing():
    def step(x, w):
        return np.sum(x * w), w - x

    program = Program.record(step, np.ones(2), np.ones(2)).replaced(aliases={1: 1}, guard=0)
    w = np.ones(2)
    assert executed(program)(np.array([np.inf, 1.0]), w) is None
    assert w.tolist() == [1.0, 1.0]


def test_what_an_optimizer_remembers_is_written_first():
    def momentum(w, g, v):
        v = 0.9 * v + g
        return w - 0.1 * v, v

    program = Program.record(momentum, *[random.normal(size=3) for _ in range(3)])
    program = program.replaced(aliases={0: 0, 1: 2}, returned=None)
    assert body(program) == ["v[...] = 0.9 * v + g", "w -= 0.1 * v"]


@pytest.mark.parametrize(
    ("step", "aliases"),
    [
        (lambda a, b: (b * 1.0, a * 1.0), {0: 0, 1: 1}),
        (lambda a, b: (b, a), {0: 0, 1: 1}),
        (lambda a, b: (a + b, a - b), {0: 0, 1: 1}),
        (lambda a, b: (a.T, b + a.T), {0: 0, 1: 1}),
        (lambda a, b: (2.0 * a, b[::-1] @ a), {0: 0, 1: 1}),
        (lambda a, b: (a * b, a + 1.0, a), {0: 0, 1: 1}),
        (lambda a, b: (a.T @ b, a * a, (a + b).T), {1: 0, 2: 1}),
        (lambda a, b: (a.T, a * 2.0), {1: 0}),
        (lambda a, b: (a / b, a.T + a), {0: 0}),
        (lambda a, b: (3.0 - a, np.exp(a)), {0: 0}),
        (lambda a, b: (a * 2.0, 5.0 * np.ones((2, 2))), {0: 0, 1: 1}),
    ],
)
def test_updates_that_read_each_other(step, aliases):
    arrays = [random.normal(size=(2, 2)) + 3.0 for _ in range(2)]
    program = Program.record(step, *arrays).replaced(aliases=aliases, returned=None)
    expected = program(*[array.copy() for array in arrays])
    found = executed(program)(*arrays)
    others = [x for place, x in enumerate(expected) if place not in aliases]
    if others:
        assert_same(found, others[0] if len(others) == 1 else others)
    for place, into in aliases.items():
        assert_same(arrays[into], expected[place])


# --- operations of users --------------------------------------------------------------------------


@pytest.fixture
def added():
    """What a test adds to the table is taken out again."""
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


SCALE = 2.5


def _scaled(x, power=2):
    """Raised, and scaled."""
    return SCALE * x**power


def test_a_users_operation_stands_above(added):
    shift = 0.25
    operations = [
        Operation("scaled", _scaled, (lambda g, out, x, power: g,)),
        Operation("shifted by", lambda x: np.abs(x) + shift, rules=(lambda g, out, x: g,)),
        Operation("relu", lambda x: x * 3.0, rules=(lambda g, out, x: g * 3.0,)),
        Operation("opposite", np.negative, rules=(lambda g, out, x: -g,)),
    ]
    x = np.array([1.0, -2.0])
    for operation in operations:
        program = Program.record(lambda x, operation=operation: operation(x) + 1.0, x)
        assert_same(executed(program, False)(x), program(x))
    program = Program.record(lambda x: operations[0](x, power=3), x)
    assert "def scaled(x, power=2):\n    SCALE = 2.5" in program.source(False)
    assert_same(executed(program, False)(x), 2.5 * x**3)


@pytest.mark.parametrize(
    "name", ["negative", "broadcast_to", "transpose", "softmax", "exp", "multiply"]
)
def test_a_users_operation_of_a_name_of_ours_is_written_as_it_is(added, name):
    theirs = Operation(name, lambda x: 5.0 * x, rules=(lambda g, out, x: g * 5.0,))
    x = np.array([1.0, -2.0])
    program = Program.record(lambda x: 1.0 + theirs(theirs(x)), x)
    assert_same(executed(program, False)(x), program(x))


def test_a_users_operation_that_cannot_stand_alone_is_named(added):
    table = {"one": 1.0}
    looked_up = Operation("looked up", lambda x: x + table["one"], (lambda g, out, x: g,))
    with pytest.raises(UnsupportedOperationError, match=r"can't write the operation 'looked up'"):
        Program.record(lambda x: looked_up(x), 1.0).source(False)
    optional = Operation("with text", lambda x, how=None: x, (lambda g, out, x, how: g,))
    with pytest.raises(UnsupportedOperationError, match="'with text' as code: an option"):
        Program.record(lambda x: optional(x, how=table), 1.0).source(False)


# --- anything at all ------------------------------------------------------------------------------

BINARY = (
    lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / (y * y + 1.0),
    lambda x, y: x**2 - -y, lambda x, y: np.where(x > y, x, -y), lambda x, y: (x < y) == (y < x),
    lambda x, y: np.maximum(x, y), lambda x, y: x @ y, lambda x, y: -x - (y - x),
)  # fmt: skip
UNARY = (
    lambda x: -x, lambda x: x.T, lambda x: (-x) ** 2, lambda x: -(x**2), lambda x: x[::-1],
    lambda x: x.sum(axis=0), lambda x: np.sum(x, axis=(1,), keepdims=True), lambda x: 2.0 - x,
    lambda x: np.exp(np.minimum(x, 1.0)), lambda x: x.reshape(-1).reshape(x.shape),
    lambda x: x / 2.0 * 3.0, lambda x: 1.0 * x, lambda x: x[None, 0],
)  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_expressions_keep_their_meaning(seed):
    choose = np.random.default_rng(seed)

    def anything(x, y):
        numbers = np.random.default_rng(seed)
        found = [x, y]
        for _ in range(12):
            if numbers.random() < 0.5:
                function = UNARY[numbers.integers(len(UNARY))]
                made = function(found[numbers.integers(len(found))])
            else:
                function = BINARY[numbers.integers(len(BINARY))]
                made = function(*(found[i] for i in numbers.integers(len(found), size=2)))
            found.append(np.broadcast_to(np.tanh(made * 1.0), (3, 3)))
        return found[-1], found[numbers.integers(len(found))], np.sum(found[-2])

    x, y = choose.normal(size=(2, 3, 3))
    program = Program.record(anything, x, y)
    x, y = choose.normal(size=(2, 3, 3))
    assert_same(executed(program, False)(x, y), program(x, y), 1e-10)


RULES = (
    lambda x, y: relu(x) - y, lambda x, y: sigmoid(x) * y, lambda x, y: softmax(x) @ y,
    lambda x, y: log_softmax(x) + softmax(x) * y, lambda x, y: x / np.sum(y * y + 1.0),
    lambda x, y: x - np.mean(x, axis=1, keepdims=True), lambda x, y: np.maximum(x, y),
    lambda x, y: x @ y[0] + y, lambda x, y: x[:, 0] @ y + x.T, lambda x, y: np.std(x) * y,
    lambda x, y: softmax_cross_entropy(x, np.array([0, 1, 2]))[:, None] * y,
    lambda x, y: np.concatenate([x[:1], y[1:] * 2.0]), lambda x, y: np.max(x, axis=0) + y,
    lambda x, y: np.where(x > y, x, 0.5 * y), lambda x, y: np.sqrt(x * x + 0.5) - (y - x),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_gradients_of_anything(seed):
    def anything(x, y, b):
        numbers = np.random.default_rng(seed)
        found = [x, y, x + b]
        for _ in range(6):
            function = RULES[numbers.integers(len(RULES))]
            made = function(*(found[i] for i in numbers.integers(len(found), size=2)))
            found.append(np.tanh(made) if numbers.random() < 0.3 else made * 0.5)
        return np.mean(found[-1] * found[numbers.integers(len(found))])

    numbers = np.random.default_rng(seed)
    shapes = (3, 3), (3, 3), 3
    program = Program.record(anything, *[numbers.normal(size=shape) for shape in shapes])
    arrays = [numbers.normal(size=shape) for shape in shapes]
    value, gradients = value_and_grad(anything, (0, 1, 2))(*arrays)
    assert_same(executed(program)(*arrays), [value, *gradients], 1e-10)


def test_what_has_no_end_is_written():
    def deep(x):
        for _ in range(3000):
            x = np.tanh(x * 1.01 + 0.01)
        return x

    program = Program.record(deep, 0.5)
    expected = value_and_grad(deep)(0.25)
    assert_same(executed(program)(0.25), expected)


def test_an_own_name_in_the_text_of_a_list():
    def f(x):
        inner = x * 2.0
        with scope("layer"):
            return np.sum(inner, axis=0)

    assert str(Program.record(f, np.ones((2, 3), F32))) == (
        "f:\n"
        "  %0 = input  float32[2, 3]  # x\n"
        "  %1 = multiply(%0, 2.0)  float32[2, 3]  # inner\n"
        "  %2 = sum(%1, axis=0)  float32[3]  # layer\n"
        "  return %2"
    )


def test_a_list_says_what_is_written_over():
    step = Program.record(lambda w, g: w - g, 1.0, 2.0).replaced(aliases={0: 0})
    assert str(step).endswith("return %2 in place of %0")
    places = np.arange(20.0)
    program = Program.record(lambda x: x * places, 1.0)
    assert "%1 = input, not given  float64[20]  # captured1" in str(program)


def test_a_list_of_options_with_nests():
    square = np.eye(3) + np.full((3, 3), 0.5)
    program = Program.record(value_and_grad(lambda a: np.linalg.det(a)), square)
    assert "expand_dims(1.0, axis=(-2, -1))" in str(program)
    places = np.arange(10) % 3
    places.flags.writeable = False
    text = str(Program.record(lambda a: a[places, (0,)], square))
    assert "getitem(%0, index=(<int64[10]>, (0,)))" in text or "<int64[10]>, [0])" in text


def test_nothing_is_computed_without_gradients_by_accident():
    with no_grad():
        program = Program.record(lambda x: np.sum(x * x), np.ones(2))
    assert_same(executed(program, False)(np.ones(2)), np.float64(2.0))
