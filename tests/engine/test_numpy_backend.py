"""The NumPy back end has the bits of the operations one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from random_programs import assert_same_bits, random_arrays, random_program

import autograd_core as ac
from autograd_core import Node, Operation, Program, log, log_softmax, negative_log_likelihood
from autograd_core.program import Value, interpreter, numpy_backend
from autograd_core.program.numpy_backend import rows

SEEDS = range(120)


def compared(program: Program, seed: int, reuse: bool, fortran: bool = False) -> None:
    """Run a program three times on two copies of what it replaces."""
    bound = sorted(program.aliases.values())
    ours = numpy_backend.build(program, bound=bound, reuse=reuse)
    reference = interpreter.build(program, bound=bound)
    arrays = random_arrays(program, seed)
    states: list[dict[int, Any]] = [{n: np.array(arrays[n]) for n in bound} for _ in range(2)]
    ours.bind(states[0])
    reference.bind(states[1])
    for turn in range(3):
        given = [x for n, x in enumerate(random_arrays(program, turn, turn == 2)) if n not in bound]
        if fortran:
            given = [np.asfortranarray(x) if x.ndim > 1 else x for x in given]
        found, wanted = ours(*given), reference(*given)
        assert found is not None
        assert wanted is not None
        assert len(found) == len(wanted)
        for x, y in zip(found, wanted, strict=True):
            assert_same_bits(x, y)
        for n in bound:
            assert_same_bits(states[0][n], states[1][n])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("reuse", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_random_programs(seed: int, reuse: bool) -> None:
    compared(random_program(seed), seed, reuse)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", SEEDS)
def test_long_updates_in_blocks_of_rows(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "LONG", 50)
    monkeypatch.setattr(rows, "BLOCK", 190)
    compared(random_program(seed, length=10), seed, True)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", SEEDS)
def test_arrays_with_columns_first(seed: int) -> None:
    compared(random_program(seed), seed, False, fortran=True)


def step_of(weights: Any, x: Any, targets: Any) -> Program:
    """A step of logistic regression; the weights are input 0, and replaced."""

    def step(weights: Any, x: Any, targets: Any) -> Any:
        w = Node(weights) if type(weights) is not Node else weights
        loss = negative_log_likelihood(log_softmax(x @ w), targets, float(len(x)))
        gradient = ac.vjp(
            lambda w: negative_log_likelihood(log_softmax(x @ w), targets, float(len(x))), w
        )[1](1.0)[0]
        return loss, w - 0.1 * gradient

    return Program.record(step, weights, x, targets).replaced(aliases={1: 0}, guard=0)


@pytest.fixture
def step() -> tuple[Program, Any, Any, Any]:
    random = np.random.default_rng(0)
    w = random.standard_normal((5, 3)).astype("f")
    x = random.standard_normal((40, 5)).astype("f")
    targets = np.eye(3, dtype="f")[random.integers(3, size=40)]
    return step_of(w, x, targets), w, x, targets


def bound_to(program: Program, w: Any, reuse: bool = True) -> Any:
    executable = numpy_backend.build(program, bound=[0], reuse=reuse)
    executable.bind({0: w})
    return executable


def test_a_step_learns_in_place(step: Any) -> None:
    program, w, x, targets = step
    before = w.copy()
    reference = interpreter.build(program, bound=[0])
    reference.bind({0: before})
    run = bound_to(program, w)
    losses = [float(run(x, targets)[0]) for _ in range(20)]
    wanted = [float(reference(x, targets)[0]) for _ in range(20)]
    assert losses == wanted
    assert losses[-1] < losses[0]
    assert_same_bits(w, before)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nothing_is_written_where_the_loss_is_not_finite(step: Any, bad: float) -> None:
    program, w, x, targets = step
    run, before = bound_to(program, w), w.copy()
    x[3, 2] = bad
    assert run(x, targets) is None
    assert_same_bits(w, before)
    assert bound_to(program, w)(np.asfortranarray(x), targets) is None  # by the other way
    assert_same_bits(w, before)
    x[3, 2] = 0.0
    assert run(x, targets) is not None


def test_nothing_is_written_where_something_was_invalid_on_the_way() -> None:
    def step(w: Any, x: Any) -> Any:
        return np.sum(np.where(x > 0, log(x), x)), w + 1.0

    w, x = np.zeros(3), np.array([1.0, 2.0, 3.0])
    run = bound_to(Program.record(step, w, x).replaced(aliases={1: 0}, guard=0), w)
    assert run(x) is not None
    assert w.tolist() == [1.0] * 3
    x[0] = -1.0  # the loss is finite
    assert run(x) is None
    assert w.tolist() == [1.0] * 3


def test_a_loss_with_axes_guards_too() -> None:
    w = np.zeros(2)
    program = Program.record(lambda w, x: (x * 2.0, w + 1.0), w, w)
    run = bound_to(program.replaced(aliases={1: 0}, guard=0), w)
    assert run(np.array([1.0, np.inf])) is None
    assert w.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("entry", [np.inf, -np.inf, 1e30, np.nan])
@pytest.mark.parametrize("f", [ac.softmax, ac.log_softmax])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_softmax_at_the_ends(f: Any, entry: float) -> None:
    x = np.ones((20, 4), "f")
    run = numpy_backend.build(Program.record(f, x))
    assert_same_bits(run(x)[0], f(x))
    x[2, 1] = entry
    assert_same_bits(run(x)[0], f(x))


def test_targets_of_zero_beside_infinite_logarithms() -> None:
    logs = np.array([[0.0, -np.inf]])
    targets = np.array([[1.0, 0.0]])
    run = numpy_backend.build(Program.record(negative_log_likelihood, logs, targets))
    with np.errstate(invalid="ignore"):
        assert run(logs, targets)[0] == 0.0


@pytest.mark.parametrize("columns", [1, 2, 3, 10, 40])
def test_softmax_of_short_and_long_rows(columns: int) -> None:
    x = np.random.default_rng(0).standard_normal((33, columns)).astype("f")
    for f in (ac.softmax, ac.log_softmax):
        assert_same_bits(numpy_backend.build(Program.record(f, x))(x)[0], f(x))


def test_results_are_arrays_of_their_own() -> None:
    def f(x: Any) -> Any:
        y = np.exp(x)
        return y, y.T, y, x * 1.0, y[0], np.sum(y, axis=0)

    x = np.ones((3, 2))
    run = numpy_backend.build(Program.record(f, x))
    first = run(x)
    kept = [y.copy() for y in first]
    second = run(2.0 * x)
    arrays = [*first, *second, x]
    assert not any(np.may_share_memory(a, b) for n, a in enumerate(arrays) for b in arrays[n + 1 :])
    for y, z in zip(first, kept, strict=True):
        assert_same_bits(y, z)


def test_results_may_be_overwritten_where_that_is_said() -> None:
    run = numpy_backend.build(Program.record(np.exp, np.ones(3)), reuse=True)
    assert run(np.ones(3))[0] is run(np.ones(3))[0]


def test_two_inputs_that_replace_each_other() -> None:
    program = Program.record(lambda a, b: (b * 1.0, a * 1.0), np.ones(2), np.ones(2))
    run = numpy_backend.build(program.replaced(aliases={0: 0, 1: 1}), bound=[0, 1])
    a, b = np.zeros(2), np.ones(2)
    run.bind({0: a, 1: b})
    assert run() == []
    assert (a.tolist(), b.tolist()) == ([1.0, 1.0], [0.0, 0.0])


def test_two_inputs_that_replace_each_other_beside_columns_first() -> None:
    a, b, x = (Value(None, (), {}, (2, 2), np.float64, name) for name in "abx")
    program = Program([a, b, x], [b, a, Value(ac.exp, (x,), {}, (2, 2), np.float64)], {0: 0, 1: 1})
    run = numpy_backend.build(program, bound=[0, 1])
    first, second = np.zeros((2, 2)), np.ones((2, 2))
    run.bind({0: first, 1: second})
    run(np.zeros((2, 2), order="F"))
    assert (first[0, 0], second[0, 0]) == (1.0, 0.0)
    run(np.zeros((2, 2)))
    assert (first[0, 0], second[0, 0]) == (0.0, 1.0)


@pytest.mark.parametrize(
    "arranged",
    [
        lambda x: x.T,
        lambda x: x[::-1].T,
        lambda x: np.flip(x.T, 0),
        lambda x: np.rot90(x),
        lambda x: np.sort(x.T, axis=0),
        lambda x: np.moveaxis(x.reshape(10, 6, 50), 0, -1).reshape(300, 10),
        lambda x: np.transpose(x.reshape(10, 6, 50), (2, 0, 1)),
        lambda x: np.broadcast_to(x[:, :1], (60, 50)),
    ],
)
@pytest.mark.parametrize(
    "reduced",
    [
        np.sum,
        lambda x: np.sum(x, axis=0),
        lambda x: np.sum(x, axis=-1),
        lambda x: np.sum(x, axis=(0,)),
        lambda x: np.sum(x, axis=-1, keepdims=True),
        lambda x: np.mean(x),
        lambda x: x.reshape(x.shape[0], -1).T @ x.reshape(x.shape[0], -1),
        lambda x: ac.softmax(x),
    ],
)
def test_what_lies_otherwise_is_added_up_as_it_lies(arranged: Any, reduced: Any) -> None:
    x = np.random.default_rng(0).standard_normal((60, 50)).astype("f")

    def f(x: Any) -> Any:
        y = np.exp(arranged(x)) * 0.3 + 0.1
        return reduced(y), reduced(arranged(x) - 0.7), reduced(y * arranged(x))

    program = Program.record(f, x)
    run = numpy_backend.build(program)
    for found, wanted in zip(run(x), interpreter.run(program, [x]), strict=True):
        assert_same_bits(found, wanted)


def test_numbers_that_are_replaced() -> None:
    program = Program.record(lambda n, x: (n + 1.0, x * n), 1.0, np.ones(2))
    run = numpy_backend.build(program.replaced(aliases={0: 0}), bound=[0])
    n = np.array(5.0)
    run.bind({0: n})
    assert run(np.ones(2))[0].tolist() == [5.0, 5.0]
    assert run(np.ones(2))[0].tolist() == [6.0, 6.0]
    assert n == 7.0


def test_other_arrays_may_be_bound_later() -> None:
    program = Program.record(lambda w, x: (w @ x, w + 1.0), np.ones((2, 2)), np.ones((2, 2)))
    run = numpy_backend.build(program.replaced(aliases={1: 0}), bound=[0])
    with pytest.raises(RuntimeError, match=r"bind\(\{number: array\}\)"):
        run(np.ones((2, 2)))
    a, b = np.zeros((2, 2)), np.full((2, 2), 3.0)
    run.bind({0: a})
    run(np.ones((2, 2)))
    run.bind({0: b})
    assert run(np.ones((2, 2)))[0].tolist() == [[6.0, 6.0], [6.0, 6.0]]
    assert (a[0, 0], b[0, 0]) == (1.0, 4.0)


def test_an_operation_of_the_users_that_returns_its_input() -> None:
    """What it returns lies in a buffer, which is not used again before that was read."""
    same = Operation("same_for_test", lambda x: x, (lambda g, out, x: g,))

    def f(x: Any) -> Any:
        y = same(np.exp(x))
        z = np.cos(np.sin(x))  # needs a buffer, too
        return y + z

    x = np.linspace(0.0, 1.0, 7)
    run = numpy_backend.build(Program.record(f, x))
    assert_same_bits(run(x)[0], np.exp(x) + np.cos(np.sin(x)))


@pytest.mark.parametrize("shape", [(4, 5), (300, 400), (200_000,), (1, 100_000)])
@pytest.mark.parametrize("number", [0, 0.5, -0.0, np.inf, 1e300, True, np.float32(2.0)])
@pytest.mark.parametrize("dtype", ["f", "d", "q"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_larger_of_an_array_and_a_number(shape: Any, number: Any, dtype: str) -> None:
    x = (3 * np.random.default_rng(0).standard_normal(shape)).astype(dtype)
    x.reshape(-1)[:2] = [0.0, -0.0]
    program = Program.record(lambda x, y: (np.maximum(x, number), y), x, 1.0)
    found = numpy_backend.build(program)(x, 1.0)[0]
    assert_same_bits(found, np.maximum(x, number))


def test_memory_is_used_again() -> None:
    def f(x: Any) -> Any:
        for _ in range(50):
            x = np.sin(np.cos(x)[::-1])
        return x

    run = numpy_backend.build(Program.record(f, np.ones(10_000)))
    assert run.nbytes < 4 * 80_000


def test_numbers_divide_as_numpy_does() -> None:
    f = ac.compile(lambda x, y: (x / y, np.tanh(x), x**y))
    for _ in range(3):
        with np.errstate(divide="ignore"):
            assert f(1.0, 0.0) == (np.inf, np.tanh(1.0), 1.0)


def test_compiled_calls_of_other_kinds_and_nests() -> None:
    f = ac.compile(lambda x, w: {"sum": x + w["a"], "both": [x, (w["b"] * 2.0,)]})
    g = ac.compile(lambda x, y: [x * y, (x + y, {"less": x - y})])
    for _ in range(3):
        assert f(1.0, {"a": 2.0, "b": 3.0}) == {"sum": 3.0, "both": [1.0, (6.0,)]}
        assert g(3.0, 2.0) == [6.0, (5.0, {"less": 1.0})]
        found = g(np.ones(2, "f"), 2.0)
        assert found[0].tolist() == [2.0, 2.0]
        assert found[0].dtype == np.float32
        assert g(np.float32(3.0), np.array(2.0)) == [6.0, (5.0, {"less": 1.0})]
    assert len(g.programs) == 3


def test_compiled_calls_with_lists_of_numbers() -> None:
    f = ac.compile(lambda xs: (xs[0] * xs[1], [x + 1.0 for x in xs]))
    for _ in range(3):
        assert f([2.0, 3.0]) == (6.0, [3.0, 4.0])
        assert f((2.0, 3.0)) == (6.0, [3.0, 4.0])
        assert f([2.0, 3.0, 4.0]) == (6.0, [3.0, 4.0, 5.0])
        assert f([2.0, 3]) == (6.0, [3.0, 4.0])
    assert len(f.programs) == 4


def test_a_compiled_function_reads_what_changes_at_each_call() -> None:
    scale = np.ones(2)
    f = ac.compile(lambda x: x * scale)
    assert f(np.ones(2)).tolist() == [1.0, 1.0]
    scale *= 3.0
    assert f(np.ones(2)).tolist() == [3.0, 3.0]
