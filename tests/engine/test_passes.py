"""Passes keep what a program computes; exact ones keep every bit."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st
from random_programs import assert_same_bits, random_arrays, random_program

import autograd_core as ac
from autograd_core import Program
from autograd_core.program import Value
from autograd_core.program.interpreter import run
from autograd_core.program.passes import (
    common,
    decompose,
    fold,
    optimized,
    rectified,
    simplify,
)
from autograd_core.program.passes.accumulate import accumulate
from autograd_core.program.passes.algebra import algebra
from autograd_core.program.passes.buffers import LINE, Need, Step, placed, planned
from autograd_core.program.passes.order import ordered

EXACT = [decompose, fold, simplify, common, rectified, optimized]


def names(program: Program) -> list[str]:
    return [value.operation.name for value in program.values() if value.operation is not None]


def of(function: Callable[..., Any], *examples: Any, by: Callable[..., Any]) -> list[str]:
    """The operations that are left of a function, which then computes the same bits."""
    program = Program.record(function, *examples)
    after = by(program)
    given = program.input_arrays(examples)
    for found, wanted in zip(run(after, given), run(program, given), strict=True):
        assert_same_bits(found, wanted)
    return names(after)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("one", EXACT, ids=lambda f: f.__name__)
@pytest.mark.parametrize("seed", range(60))
def test_exact_passes_keep_all_bits(one: Callable[[Program], Program], seed: int) -> None:
    program = random_program(seed)
    after = one(program)
    assert (after.inputs, after.aliases) == (program.inputs, program.aliases)
    for ends in (False, True):
        arrays = random_arrays(program, seed, ends)
        for found, wanted in zip(run(after, arrays), run(program, arrays), strict=True):
            assert_same_bits(found, wanted)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", range(0, 120, 2))
def test_algebra_is_right_to_rounding(seed: int) -> None:
    program = random_program(seed, length=8)
    after = optimized(program, exact=False)
    arrays = random_arrays(program, seed)
    for found, wanted in zip(run(after, arrays), run(program, arrays), strict=True):
        assert found.shape == wanted.shape
        assert found.dtype == wanted.dtype
        np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-3)


def test_passes_leave_what_they_cannot_better() -> None:
    program = Program.record(lambda x: np.exp(x) + 1.0, 1.0)
    for one in [*EXACT, algebra, accumulate]:
        assert one(program) is program


# --- one by one -----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("function", "left"),
    [
        (lambda x: x * 1.0, []),
        (lambda x: 1 * x, []),
        (lambda x: x / 1.0, []),
        (lambda x: x**1, []),
        (lambda x: x - 0.0, []),
        (lambda x: x + -0.0, []),
        (lambda x: x + 0.0, ["add"]),  # -0.0 becomes 0.0
        (lambda x: x - -0.0, ["subtract"]),
        (lambda x: x * np.float64(1.0), []),
        (lambda x: 1.0 / x, ["divide"]),
        (lambda x: 1.0 - x, ["subtract"]),
        (lambda x: np.negative(-x), []),
        (lambda x: +x, []),
        (lambda x: x.T.T, []),
        (lambda x: x.reshape(2, 3), []),
        (lambda x: np.broadcast_to(x, (2, 3)), []),
        (lambda x: x.astype(np.float64), []),
        (lambda x: np.transpose(x, (0, 1)), []),
        (lambda x: x.T, ["transpose"]),
        (lambda x: x.reshape(3, 2), ["reshape"]),
        (lambda x: x[:, ::2] * 1.0, ["getitem", "multiply"]),  # a copy lies otherwise in memory
    ],
)
def test_simplify(function: Callable[..., Any], left: list[str]) -> None:
    x = np.array([[1.0, -0.0, np.nan], [-np.inf, 0.0, -2.0]])
    program = Program.record(lambda x: (function(x), np.exp(x)), x)
    after = simplify(program)
    assert [name for name in names(after) if name != "exp"] == left
    for found, wanted in zip(run(after, [x]), run(program, [x]), strict=True):
        assert_same_bits(found, wanted)


def test_simplify_keeps_dtypes_and_shapes() -> None:
    assert of(lambda x: (x > 0) * 1, np.ones(3), by=simplify) == ["greater", "multiply"]
    assert of(lambda x: x * np.float64(1.0), np.ones(3, "f"), by=simplify) == ["multiply"]
    assert of(lambda x: np.exp(x * 1.0), np.ones(3, "f"), by=simplify) == ["exp"]
    assert of(lambda x: x * np.ones((2, 1)), np.ones(3), by=simplify) == ["multiply"]


@pytest.mark.parametrize(
    ("function", "made_of"),
    [
        (ac.relu, ["maximum"]),
        (np.square, ["multiply"]),
        (lambda x: x**2, ["multiply"]),
        (lambda x: x**2.0, ["multiply"]),
        (lambda x: x**3, ["power"]),
        (lambda x: np.expand_dims(x, 0), ["reshape"]),
        (np.ravel, ["reshape"]),
        (lambda x: np.ravel(x, order="F"), ["ravel"]),
        (lambda x: np.squeeze(x[:, :1]), ["getitem", "reshape"]),
    ],
)
@pytest.mark.parametrize("dtype", ["f", "d"])
def test_decompose(function: Callable[..., Any], made_of: list[str], dtype: str) -> None:
    x = np.random.default_rng(0).standard_normal((50, 30)).astype(dtype)
    assert of(function, x, by=decompose) == made_of


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, 1, -1, -2, (0,), (1,), (-1,), (0, 1), (1, 0)])
@pytest.mark.parametrize("dtype", ["f", "d"])
def test_a_mean_is_a_sum_that_numpy_adds_up(axis: Any, keepdims: bool, dtype: str) -> None:
    x = np.random.default_rng(0).standard_normal((50, 30)).astype(dtype)
    left = of(lambda x: np.mean(x, axis=axis, keepdims=keepdims), x, by=decompose)
    assert left == ["sum", "divide"]


def test_numbers_are_squared_by_pow() -> None:
    assert of(lambda x: x**2, 1.1, by=decompose) == ["power"]


def test_whole_numbers_have_means_of_their_own() -> None:
    program = Program.record(lambda x, n: np.mean(n) * x, 1.0, np.arange(4))
    assert "mean" in names(decompose(program))


def test_names_and_scopes_stay() -> None:
    def f(x: Any) -> Any:
        with ac.scope("layer"):
            y = ac.relu(x)
        y.name = "y"
        return y

    (value,) = decompose(Program.record(f, np.ones(3))).outputs
    assert value.operation is ac.maximum
    assert (value.name, value.scope.name) == ("y", "layer")


def test_fold() -> None:
    ones = np.ones(3)
    ones.flags.writeable = False

    def f(x: Any) -> Any:
        return x * np.exp(ac.Node(ones) + 1.0)

    assert of(f, ones, by=fold) == ["multiply"]


def test_fold_leaves_large_results_of_small_constants() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.cumsum(np.broadcast_to(ac.Node(1.0), (300, 300))) * x)

    assert "broadcast_to" in names(fold(Program.record(f, 1.0)))


def test_fold_leaves_what_fails_to_the_run() -> None:
    value = Value(ac.divide, (1, 0), {}, (), np.float64)
    x = Value(None, (), {}, (), np.float64, "x")
    program = Program([x], [Value(ac.add, (x, value), {}, (), np.float64)])
    assert names(fold(program)) == ["divide", "add"]


def test_common() -> None:
    assert of(lambda x: np.exp(x) + np.exp(x), 1.0, by=common) == ["exp", "add"]
    assert of(lambda x: x * 2.0 + x * 2.0, 1.0, by=common) == ["multiply", "add"]
    row = np.ones(3)
    assert of(lambda x: (x + row) * (x + row), row, by=common) == ["add", "multiply"]


@pytest.mark.parametrize(
    ("a", "b"), [(0.0, -0.0), (1, 1.0), (1, True), (np.float32(1), np.float64(1)), (2.0, 3.0)]
)
def test_common_tells_numbers_apart(a: Any, b: Any) -> None:
    left = of(lambda x: (x + a, x + b), np.array([-0.0, 1.0], "f"), by=common)
    assert left == ["add", "add"]


def test_common_tells_options_apart() -> None:
    x = np.arange(6.0).reshape(2, 3)
    functions = [
        lambda x: x[0], lambda x: x[1], lambda x: x[0:1], lambda x: x[[0]], lambda x: x[[1]],
        lambda x: np.sum(x, axis=0), lambda x: np.sum(x, axis=(0,)), lambda x: np.sum(x),
        lambda x: np.sum(x, axis=0, keepdims=True),
    ]  # fmt: skip
    assert len(of(lambda x: [f(x) for f in functions * 2], x, by=common)) == len(functions)
    program = common(Program.record(lambda x: [f(x) for f in functions], x))
    assert len(program.values()) == 1 + len(functions)


def test_rectified_asks_the_result() -> None:
    program = rectified(decompose(Program.record(ac.value_and_grad(_relus), np.ones(3))))
    asked = [v.inputs[0] for v in program.values() if v.operation is ac.greater]
    assert asked
    assert all(value.operation is ac.maximum for value in asked)
    plain = Program.record(lambda x: (x > 0, np.maximum(x, 1.0)), np.ones(3))
    assert rectified(plain) is plain


def _relus(x: Any) -> Any:
    return np.sum(ac.relu(2.0 * ac.relu(x * 3.0)))


@pytest.mark.parametrize(
    ("function", "example", "expected"),
    [
        (lambda x: np.sum(np.broadcast_to(x, (3, 4))), 2.0, ["multiply"]),
        (lambda x: np.sum(np.broadcast_to(x, (3, 2))), np.ones(2), ["broadcast_to", "sum"]),
        (lambda x: x * -1.0, np.ones(3), ["negative"]),
        (lambda x: x / 4.0, np.ones(3), ["multiply"]),
        (lambda x: x / 1e-300, np.ones(3), ["divide"]),
        (lambda x: np.exp(x - np.log(np.sum(np.exp(x)))), np.ones(3), ["exp", "sum", "divide"]),
        (lambda x: np.exp(x - np.log(np.sum(np.exp2(x)))), np.ones(3), None),
    ],
)
def test_algebra(function: Any, example: Any, expected: list[str] | None) -> None:
    program = Program.record(function, example)
    after = algebra(program)
    assert names(after) == (names(program) if expected is None else expected)
    example = np.asarray(example) * 1.5
    np.testing.assert_allclose(after(example), program(example), rtol=1e-14)


def test_algebra_takes_the_exponentials_that_are_there() -> None:
    def loss(x: Any) -> Any:
        targets = np.eye(3)
        targets.flags.writeable = False
        return ac.negative_log_likelihood(ac.log_softmax(x), targets, 3.0)

    program = optimized(Program.record(ac.value_and_grad(loss), np.ones((3, 3))), exact=False)
    assert names(program).count("exp") == 1


def test_accumulate_needs_the_gradient_for_nothing_else() -> None:
    w = np.ones((2, 2))

    def step(w: Any, x: Any, y: Any) -> Any:
        gradient = x @ y
        return w - 0.5 * gradient, gradient

    program = Program.record(step, w, w, w).replaced(aliases={0: 0})
    assert accumulate(program) is program
    alone = program.replaced(outputs=program.outputs[:1])
    assert names(accumulate(alone)) == ["product_subtracted"]
    random = np.random.default_rng(0)
    arrays = [random.standard_normal((2, 2)) for _ in range(3)]
    np.testing.assert_allclose(run(accumulate(alone), arrays)[0], run(alone, arrays)[0])
    assert accumulate(alone.replaced(aliases={})).outputs == alone.outputs


# --- order and memory -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_ordered_has_all_operations_behind_what_they_need(seed: int) -> None:
    program = random_program(seed)
    order = ordered(program)
    place = {id(value): n for n, value in enumerate(order)}
    made = [value for value in program.values() if value.operation is not None]
    assert len(place) == len(order)
    assert set(place) == {id(value) for value in made}
    for value in order:
        for x in value.inputs:
            if type(x) is Value and x.operation is not None:
                assert place[id(x)] < place[id(value)]


def test_gradients_come_right_behind_what_they_are_made_of() -> None:
    """Layer by layer, from the last to the first."""

    def loss(w1: Any, w2: Any, w3: Any) -> Any:
        return np.sum(np.tanh(np.tanh(w1 @ w2) @ w3))

    square = np.ones((2, 2))
    program = Program.record(ac.grad(loss, (0, 1, 2)), square, square, square)
    place = {id(value): n for n, value in enumerate(ordered(program))}
    first, second, third = (place[id(x)] for x in program.outputs)
    assert third < min(first, second)


needs = st.builds(
    lambda size, first, length: Need(size, first, first + length),
    st.integers(0, 1000),
    st.integers(0, 10),
    st.integers(0, 5),
)


@hypothesis_given(st.lists(needs, max_size=30))
def test_places_do_not_overlap_while_they_are_needed(some: list[Need]) -> None:
    begins, total = placed(some)
    for i, (x, begin) in enumerate(zip(some, begins, strict=True)):
        assert begin % LINE == 0
        assert begin + x.size <= total
        for y, other in zip(some[:i], begins[:i], strict=True):
            if x.first <= y.last and y.first <= x.last:
                assert begin + x.size <= other or other + y.size <= begin


def test_memory_is_used_again() -> None:
    chain = [Need(1000, n, n + 1) for n in range(20)]
    assert placed(chain)[1] <= 2 * 1024


@pytest.mark.parametrize("seed", range(40))
def test_pieces_of_memory_that_are_needed_at_one_time_lie_apart(seed: int) -> None:
    random = np.random.default_rng(seed)
    steps: list[Step] = []
    for number in range(40):
        needs = {f"m{n}" for n in range(max(0, number - 6), number) if random.random() < 0.4}
        size = int(random.integers(1, 10_000))
        replaces = sorted(needs)[:1] if random.random() < 0.5 else []
        brief = {f"b{number}": 500} if random.random() < 0.3 else {}
        steps.append(Step({f"m{number}": size}, needs, brief, replaces))
    sizes = {
        key: size for step in steps for key, size in [*step.makes.items(), *step.brief.items()]
    }
    plan = planned(steps, kept=["m3"])
    last = {
        key: max(
            n for n, step in enumerate(steps) if key in {*step.makes, *step.needs, *step.brief}
        )
        for key in sizes
    }
    last["m3"] = len(steps)
    first = {key: n for n, step in enumerate(steps) for key in [*step.makes, *step.brief]}
    for a, b in itertools.combinations(sizes, 2):
        early, late = sorted((a, b), key=first.__getitem__)
        apart = (
            plan.places[a] + sizes[a] <= plan.places[b]
            or plan.places[b] + sizes[b] <= plan.places[a]
        )
        replaced = early in steps[first[late]].replaces and last[early] == first[late]
        assert apart or last[early] < first[late] or replaced
    assert plan.size < sum(sizes.values())
    assert all(place % LINE == 0 for place in plan.places.values())


def test_a_chain_needs_two_pieces_or_one_in_place() -> None:
    chain = [Step({n: 64}, {n - 1} if n else set()) for n in range(10)]
    assert planned(chain).size == 128
    in_place = [Step({n: 64}, {n - 1} if n else set(), replaces=[n - 1]) for n in range(10)]
    assert planned(in_place).size == 64
    assert planned(in_place, kept=range(10)).size == 640
