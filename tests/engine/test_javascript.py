"""The back end javascript beyond the table in float64: in float32, in a browser, and its data."""

from __future__ import annotations

import json
import re

import backends
import numpy as np
import pytest
from backends import ANSWER, answered, asked, in_node, run_in_node
from random_programs import random_arrays, random_program
from test_backends import RECORDED, Recording, can_run, recording

import autograd_core as ac
from autograd_core import Node, Operation, Program, drawn, value_and_grad
from autograd_core.operation import REGISTRY
from autograd_core.program import UnsupportedOperationError, interpreter
from autograd_core.program.javascript import exported, kernel_source
from autograd_core.program.javascript.scalars import SCALARS


def jobs_of(recordings):
    return [(one.program, exported(one.program), one.arrays) for one in recordings]


def run(program, *arrays):
    return in_node([(program, exported(program), arrays)])[0]


# --- the table ------------------------------------------------------------------------------------


def test_the_table_in_float32():
    own = [Recording(case, np.float32) for case in RECORDED]
    own = [one for one in own if can_run("javascript", one.program)]
    for one, found in zip(own, in_node(jobs_of(own)), strict=True):
        for x, y in zip(found, one.expected(), strict=True):
            assert x.dtype == y.dtype
            single = np.float32 if y.dtype.kind == "f" else y.dtype  # as its inputs are
            backends.equal("javascript", x.astype(single), np.asarray(y, single))


def test_the_table_in_a_browser(browser):
    own = [recording(case) for case in RECORDED]
    own = [one for one in own if can_run("javascript", one.program)]
    jobs = jobs_of(own)
    page = browser.new_page()
    page.set_content(f"<script>{kernel_source()}{ANSWER}</script>")
    found = answered(jobs, page.evaluate("jobs => answer(jobs)", asked(jobs)))
    page.close()
    for one, outputs in zip(own, found, strict=True):
        one.check("javascript", outputs)


def test_nearly_all_real_cases_of_the_table_run():
    real = [recording(case) for case in RECORDED]
    real = [one for one in real if all(value.dtype.kind != "c" for value in one.program.values())]
    assert sum(can_run("javascript", one.program) for one in real) > 0.85 * len(real)


def test_a_rule_that_is_off_by_a_thousandth_shows(monkeypatch):
    case = next(case for case in RECORDED if case.name == "tanh")
    own = Recording(case)
    expected = own.expected()
    (rule,) = REGISTRY["tanh"].rules
    monkeypatch.setattr(REGISTRY["tanh"], "rules", (lambda *a: 1.001 * rule(*a),))
    (found,) = in_node(jobs_of([Recording(case)]))
    backends.equal("javascript", found[0], expected[0])
    with pytest.raises(AssertionError):
        backends.equal("javascript", found[1], expected[1])


STEPS = {
    "relu": lambda x: ac.relu(x),
    "abs": lambda x: np.abs(x),
    "max": lambda x: np.max(x),
    "sorted": lambda x: np.sort(x) * np.arange(4.0),
    "floor": lambda x: x * np.floor(x),
    "clip": lambda x: np.clip(x, -0.5, 0.5),
    "choice": lambda x: np.where(x > 0.2, x * x, -x),
    "median": lambda x: np.median(x),
    "place": lambda x: x[np.argmax(x)] * x,
    "from the end": lambda x: x[np.argmax(x) - 4] * x,
    "labels": lambda x: ac.softmax_cross_entropy(x[None] * 1.0, np.argmax(x)[None]),
}
"""Functions whose masks and places depend on the numbers."""


def test_masks_and_places_are_asked_anew_at_each_run():
    random = np.random.default_rng(3)
    jobs, expected = [], []
    for f in STEPS.values():
        both = value_and_grad(lambda x, f=f: np.sum(f(x)))
        program = Program.record(both, np.array([0.3, -0.1, 2.0, -3.0]))
        data = exported(program)
        for _ in range(4):
            x = random.normal(size=4)
            jobs.append((program, data, [x]))
            expected.append(both(x))
    for found, pair in zip(in_node(jobs), expected, strict=True):
        for x, y in zip(found, pair, strict=True):
            backends.equal("javascript", x, y)


# --- the data -------------------------------------------------------------------------------------


def test_the_data_is_json_without_numbers_that_json_has_not():
    program = Program.record(
        lambda x: np.where(x > 0.0, x, -np.inf) + np.array([np.nan, 1.0]), np.ones(2)
    )
    data = json.loads(json.dumps(exported(program), allow_nan=False))
    assert data["names"] == ["x"]
    assert [data["values"][n] for n in data["outputs"]] == [["d", [2]]]
    (found,) = run(program, np.array([1.0, -1.0]))
    np.testing.assert_array_equal(found, [np.nan, -np.inf])


def test_moving_entries_takes_few_letters():
    x = np.ones((100, 70))
    data = exported(Program.record(lambda x: (x.T[::2, 5:] * 2.0).reshape(-1), x))
    (take,) = [step for step in data["steps"] if step[0] == "take"]
    assert take[3] == [350, [35, 95], [2, 70]]
    assert len(json.dumps(data)) < 500


def test_a_transposed_factor_is_not_moved():
    program = Program.record(lambda x, y: x.T @ y[:, ::2].T, np.ones((3, 4)), np.ones((5, 6)))
    assert [step[0] for step in exported(program)["steps"]] == ["matmul"]
    random = np.random.default_rng(0)
    x, y = random.normal(size=(3, 4)), random.normal(size=(5, 6))
    backends.equal("javascript", run(program, x, y)[0], x.T @ y[:, ::2].T)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("m", [1, 3, 4, 6])
def test_products_of_all_sizes(n, m):
    random = np.random.default_rng(0)
    program = Program.record(lambda x, y: x @ y, np.ones((2, n, 7)), np.ones((7, m)))
    x, y = random.normal(size=(2, n, 7)), random.normal(size=(7, m))
    backends.equal("javascript", run(program, x, y)[0], x @ y)


def test_the_same_step_is_taken_once():
    data = exported(
        Program.record(lambda x: np.sum(x.T * 2.0) + np.sum(x.T * 3.0), np.ones((2, 3)))
    )
    names = [step[0] for step in data["steps"]]
    assert names.count("take") <= 1


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_arithmetic_keeps_its_bits(dtype):
    def f(x, y):
        return np.sqrt(np.abs(x / 3.0 - y * x)) / (x + 0.1), np.maximum(x, y) / 7.0

    random = np.random.default_rng(0)
    x, y = (random.normal(size=50).astype(dtype) for _ in range(2))
    for found, expected in zip(run(Program.record(f, x, y), x, y), f(x, y), strict=True):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


def test_numbers_of_all_kinds():
    def f(i, j, mask, x):
        return i * 2 + j, i // 3 % 2, mask & (i > 1), x.astype(int), mask * x, ~mask

    given = [np.array([5, -7]), np.array([3, 100], np.int8), np.array([True, False])]
    given.append(np.array([2.7, -2.7], np.float32))
    program = Program.record(f, *[Node(x, requires_grad=False) for x in given])
    for found, expected in zip(run(program, *given), f(*given), strict=True):
        backends.equal("javascript", found, expected)


# --- what can't be done says so -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda x: np.linalg.svd(x, compute_uv=False), "'svd'"),
        (lambda x: np.abs(np.fft.fft(x)), "'fft'"),
        (lambda x: np.sum(x.astype(np.float16)), "'astype'"),
    ],
)
def test_what_can_not_be_run_is_named_when_it_is_exported(function, name):
    program = Program.record(function, np.eye(3))
    with pytest.raises(UnsupportedOperationError, match=rf"the back end 'javascript'.* {name}"):
        exported(program)


def test_ones_own_operation_runs_by_its_forward_function_or_names_itself():
    cube = Operation("cube", lambda x: x * x * x, (lambda g, out, x: g * 3.0 * x * x,))
    program = Program.record(value_and_grad(cube), 1.0)
    assert run(program, 2.0) == [8.0, 12.0]
    counted = Operation("counted", lambda x: x * float(x), (None,))
    with pytest.raises(UnsupportedOperationError, match=r"'counted'.*np\.where"):
        exported(Program.record(lambda x: counted(x), 1.0))


# --- the kernel -----------------------------------------------------------------------------------


def test_the_kernel_is_small_and_asks_for_nothing():
    source = kernel_source()
    assert len(source.encode()) < 60 * 1024
    for word in (
        "eval",
        "Function(",
        "import(",
        "fetch",
        "XMLHttpRequest",
        "document",
        "innerHTML",
    ):
        assert not re.search(rf"\b{re.escape(word)}", source), word


def test_the_names_of_its_functions_are_known():
    asking = "console.log(JSON.stringify(Object.keys(Kernel.scalars)));"
    names = json.loads(run_in_node(kernel_source() + asking))
    assert set(names) == SCALARS


def kernel(program, script):
    """What a script says, in which `k` is a program ready to run."""
    data = json.dumps(exported(program), allow_nan=False)
    asking = f"const k = Kernel.build({data}), say = () => {{{script}}};"
    return json.loads(run_in_node(f"{kernel_source()}{asking}console.log(JSON.stringify(say()));"))


def step(**more):
    """x, w -> loss, w - 0.5 loss', x; the second output replaces w."""
    program = Program.record(lambda x, w: ((w * x) ** 2, w - w * x * x, x), 1.0, 1.0)
    return Program(program.inputs, program.outputs, {1: 1}, **more)


def test_an_output_replaces_an_input_after_a_run():
    found = kernel(
        step(),
        "k.inputs[0][0] = 0.5; k.inputs[1][0] = 4; const w = k.outputs[1], all = [];"
        "for (let i = 0; i < 3; i++) all.push([k.run(), k.outputs[0][0], w[0], k.inputs[1][0]]);"
        "return [all, k.outputs[1] === w, k.outputs[2][0]];",
    )
    assert found == [
        [[True, 4, 3, 3], [True, 2.25, 2.25, 2.25], [True, 1.265625, 1.6875, 1.6875]],
        True,
        0.5,
    ]


def test_nothing_is_replaced_where_the_guarded_output_is_not_finite():
    found = kernel(
        step(guard=0),
        "k.inputs[0][0] = 1e200; k.inputs[1][0] = 4; const first = [k.run(), k.inputs[1][0]];"
        "k.inputs[0][0] = 1; return [first, [k.run(), k.inputs[1][0]]];",
    )
    assert found == [[False, 4], [True, 0]]


def test_inputs_that_are_outputs_change_places():
    program = Program.record(lambda x, y: (y, x, x[::-1].reshape(2, 1)), np.ones(2), np.ones(2))
    program = Program(program.inputs, program.outputs, {0: 0, 1: 1})
    found = kernel(
        program,
        "k.inputs[0].set([1, 2]); k.inputs[1].set([3, 4]); k.run();"
        "return [...k.inputs, ...k.outputs].map((x) => Array.from(x));",
    )
    assert found == [[3, 4], [1, 2], [3, 4], [1, 2], [2, 1]]


def test_arrays_from_outside_are_numbers_to_start_with():
    held = np.arange(12.0)
    program = Program.record(lambda x: x * held, 1.0)
    place = program.inputs.index(next(iter(program.inputs[1:])))
    found = kernel(
        program,
        f"k.inputs[0][0] = 2; k.run(); const x = Array.from(k.outputs[0]);"
        f"k.inputs[{place}][0] = 7; k.run(); return [x, k.outputs[0][0]];",
    )
    assert found == [list(2.0 * held), 14.0]


class Numbers:
    """Draws numbers, and says by which law."""

    def __init__(self, *law):
        self.law = law

    def __call__(self):
        return np.random.default_rng(0).random(4000)


@pytest.mark.parametrize(
    ("law", "mean", "deviation"),
    [
        (("uniform", -1.0, 3.0), 1.0, 4 / 12**0.5),
        (("normal", 2.0, 0.5), 2.0, 0.5),
        (("bernoulli", 0.25, 4.0), 1.0, 12**0.5 / 2),
    ],
)
def test_random_numbers_are_drawn_anew_and_again_by_a_seed(law, mean, deviation):
    program = Program.record(lambda x: x * drawn(Numbers(*law)), 1.0)
    once = "(k.run(), Array.from(k.outputs[0]))"
    found = kernel(
        program,
        f"k.inputs[0][0] = 1; k.seed(5); const x = {once}, y = {once};"
        f"k.seed(5); const z = {once}; k.seed(6); return [x, y, z, {once}];",
    )
    first, second, again, other = map(np.array, found)
    assert (first == again).all()
    assert (first != second).any()
    assert (first != other).any()
    for x in (first, second, other):
        assert abs(x.mean() - mean) < 5 * deviation / 4000**0.5
        assert abs(x.std() / deviation - 1.0) < 0.1


def test_random_numbers_of_no_known_law_are_refused():
    program = Program.record(lambda x: x + drawn(lambda: np.zeros(2)), 1.0)
    with pytest.raises(UnsupportedOperationError, match=r"'drawn'.*draw\.law = "):
        exported(program)


# --- programs made at random ----------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_random_programs_with_ends_and_zeros_of_both_signs():
    jobs = []
    for seed in range(1, 120, 2):  # those in float64
        program = random_program(seed, length=10)
        jobs += [
            (program, exported(program), random_arrays(program, seed, ends))
            for ends in (False, True)
        ]
    for (program, _, arrays), found in zip(jobs, in_node(jobs), strict=True):
        for x, y in zip(found, interpreter.run(program, arrays), strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-9)
