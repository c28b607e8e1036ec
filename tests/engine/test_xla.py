"""The back end xla: what a call returns, what it leaves in bound arrays, and what it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Program, compile, value_and_grad
from autograd_core.program import UnsupportedOperationError
from autograd_core.program.interpreter import build as interpreted
from autograd_core.program.xla import build

jax = pytest.importorskip("jax", reason="the back end xla needs JAX: pip install jax")

ROOT = Path(__file__).parents[2]


def training_step(dtype=np.float32, samples=6):
    """A step of a small network, its parameters aliased, and all it starts from."""
    random = np.random.default_rng(3)
    shapes = [(samples, 4), (4, 5), (5,), (5, 3), (3,)]
    x, *parameters = (random.normal(size=shape).astype(dtype) for shape in shapes)
    y = np.eye(3, dtype=dtype)[random.integers(0, 3, samples)]

    def loss(x, y, w1, b1, w2, b2):
        scores = np.tanh(x @ w1 + b1) @ w2 + b2
        return np.mean(ac.softmax_cross_entropy(scores, y))

    def step(x, y, rate, *parameters):
        value, gradients = value_and_grad(loss, (2, 3, 4, 5))(x, y, *parameters)
        return [value, *(w - rate * g for w, g in zip(parameters, gradients, strict=True))]

    rate = dtype(0.1)
    program = Program.record(step, x, y, rate, *parameters)
    program = program.replaced(aliases={n + 1: n + 3 for n in range(4)}, guard=0)
    return program, (x, y, rate), parameters


def bound_copies(parameters):
    return {n + 3: array.copy() for n, array in enumerate(parameters)}


def started(executable, parameters):
    arrays = bound_copies(parameters)
    executable.bind(arrays)
    return arrays


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_steps_equal_the_interpreters(dtype):
    program, given, parameters = training_step(dtype)
    ours, theirs = build(program, bound=range(3, 7)), interpreted(program, bound=range(3, 7))
    here, there = started(ours, parameters), started(theirs, parameters)
    tolerance = {np.float32: 2e-6, np.float64: 1e-14}[dtype]
    for _ in range(5):
        (found,), (expected,) = ours(*given), theirs(*given)
        assert type(found) is dtype
        np.testing.assert_allclose(found, expected, rtol=tolerance)
        for number in here:
            np.testing.assert_allclose(here[number], there[number], atol=tolerance)


def test_a_resident_state_is_in_the_bound_arrays_after_fetch():
    program, given, parameters = training_step()
    ours, other = build(program, bound=range(3, 7)), build(program, bound=range(3, 7))
    here, there = started(ours, parameters), started(other, parameters)
    ours.resident = True
    for _ in range(3):
        assert ours(*given) == other(*given)
    assert np.array_equal(here[3], parameters[0])  # as bound
    ours.fetch()
    for number in here:
        assert np.array_equal(here[number], there[number])
    here[3][...] = 0.0  # what a callback changes counts from here on
    there[3][...] = 0.0
    assert ours(*given) == other(*given)


def test_bind_fetches_what_was_bound_before():
    program, given, parameters = training_step()
    ours = build(program, bound=range(3, 7))
    first = started(ours, parameters)
    ours.resident = True
    ours(*given)
    second = started(ours, parameters)
    assert not np.array_equal(first[3], parameters[0])
    ours(*given)
    ours.fetch()
    for number in first:
        assert np.array_equal(first[number], second[number])


@pytest.mark.parametrize("resident", [False, True])
def test_nothing_is_written_where_the_loss_is_not_finite(resident):
    program, (x, y, rate), parameters = training_step()
    ours = build(program, bound=range(3, 7))
    here = started(ours, parameters)
    ours.resident = resident
    assert ours(x, y, rate) is not None
    if resident:
        ours.fetch()
    before = [array.copy() for array in here.values()]
    spoilt = x.copy()
    spoilt[0, 0] = np.nan
    assert ours(spoilt, y, rate) is None
    for array, kept in zip(here.values(), before, strict=True):
        assert np.array_equal(array, kept)
    assert ours(x, y, rate) is not None  # and it goes on


def test_the_caller_may_overwrite_a_batch_as_soon_as_a_call_returns():
    program, (x, y, rate), parameters = training_step()
    ours, other = build(program, bound=range(3, 7)), build(program, bound=range(3, 7))
    started(ours, parameters)
    started(other, parameters)
    buffer = np.empty_like(x)
    for step in range(20):
        buffer[...] = x * step
        found = ours(buffer, y, rate)
        buffer[...] = np.nan
        assert found == other(x * step, y, rate)


@pytest.mark.parametrize("offset", [0, 16, 8])
def test_large_inputs_of_any_place_in_memory(offset):
    memory = np.zeros(80_000 + 128, np.uint8)
    start = -memory.ctypes.data % 64 + offset
    x = memory[start : start + 80_000].view(np.float64).reshape(100, 100)
    x[...] = np.arange(10_000.0).reshape(100, 100)
    executable = build(Program.record(lambda x: np.sum(x, axis=0), x))
    for factor in (1.0, 2.0):
        x *= factor
        np.testing.assert_allclose(executable(x)[0], x.sum(axis=0))
        np.testing.assert_allclose(executable(x.T)[0], x.sum(axis=1))
        (found,) = executable(jax.device_put(x.astype(np.float32)))
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, x.sum(0))


def test_a_number_counts_each_time():
    executable = build(Program.record(lambda x, rate: rate / x, np.ones(2), 0.5))
    for rate in (0.5, 0.5, 0.5, 0.25, 0.5, 0.0, -0.0, -0.0, np.nan, np.nan, 1.0):
        (found,) = executable(np.array([2.0, -np.inf]), np.float64(rate))
        expected = np.float64(rate) / np.array([2.0, -np.inf])
        assert found.tobytes() == expected.tobytes()


def test_results_belong_to_the_caller():
    program = Program.record(lambda x: np.exp(x), np.ones(3))
    executable = build(program)
    (first,) = executable(np.zeros(3))
    executable(np.ones(3))
    first += 1.0
    assert np.array_equal(first, [2.0, 2.0, 2.0])
    (kept,) = build(program, reuse=True)(np.zeros(3))
    with pytest.raises(ValueError, match="read-only"):
        kept += 1.0


def test_jax_stays_as_the_user_has_it():
    before = jax.config.jax_enable_x64
    (found,) = build(Program.record(lambda x: x * 2.0, np.ones(2)))(np.ones(2))
    assert found.dtype == np.float64
    assert jax.config.jax_enable_x64 == before
    assert jax.numpy.ones(2).dtype == (np.float64 if before else np.float32)


@pytest.mark.parametrize("whole", [np.int8, np.int16, np.int64, np.uint8])
def test_types_are_numpys(whole):
    def mixed(x, n):  # JAX alone would leave float32 with int64 float32
        return np.where(n > 1, x, 0.5) * n + np.sum(n > 1)

    x, n = np.ones(3, np.float32), np.arange(3, dtype=whole)
    program = Program.record(mixed, x, n)
    (found,), expected = build(program)(x, n), program(x, n)
    assert found.dtype == expected.dtype
    assert np.array_equal(found, expected)


def test_random_numbers_are_drawn_before_each_run():
    def noisy(random):
        return lambda x: x + ac.drawn(lambda: random.random(2))

    ours = compile(noisy(np.random.default_rng(5)), backend="xla")
    theirs = compile(noisy(np.random.default_rng(5)))
    for _ in range(3):
        assert np.array_equal(ours(np.zeros(2)), theirs(np.zeros(2)))


def test_an_operation_without_a_lowering_is_named():
    program = Program.record(lambda x: np.partition(x, 1), np.arange(4.0))
    with pytest.raises(UnsupportedOperationError, match=r"'xla' can't run 'partition'.*'numpy'"):
        build(program)


def test_an_operation_of_the_users_is_lowered_by_its_forward_function():
    cube = ac.Operation("cube", lambda x: x * x * x, rules=(lambda g, out, x: g * 3.0 * x * x,))
    try:
        program = Program.record(value_and_grad(cube), 2.0)
        assert build(program)(3.0) == [27.0, 27.0]
    finally:
        del ac.operation.REGISTRY["cube"]


@pytest.mark.parametrize("name", ["sort", "partition"])  # with a lowering; without one
def test_an_operation_of_the_users_may_have_a_name_of_ours(name):
    ours = ac.operation.REGISTRY[name]
    theirs = ac.Operation(name, lambda x: x * 5.0, rules=(None,))
    try:
        assert build(Program.record(theirs, 2.0))(3.0) == [15.0]
    finally:
        ac.operation.REGISTRY[name] = ours


def test_an_operation_of_the_users_that_reads_numbers_is_named():
    absolute = ac.Operation("my_abs", lambda x: x if x > 0 else -x, rules=(None,))
    try:
        program = Program.record(absolute, 2.0)
        with pytest.raises(UnsupportedOperationError, match=r"'my_abs'.*np\.where"):
            build(program)
    finally:
        del ac.operation.REGISTRY["my_abs"]


def test_a_data_type_that_xla_has_not_is_refused():
    if np.finfo(np.longdouble).bits == 64:
        pytest.skip("long double is float64 here")
    program = Program.record(lambda x: x * 2.0, np.ones(2, np.longdouble))
    with pytest.raises(UnsupportedOperationError, match=r"longdouble|float128|float96"):
        build(program)


def test_more_devices_than_there_are():
    program, _, _ = training_step()
    with pytest.raises(ValueError, match=r"devices expects a number from 1 to .*, got 4096"):
        build(program, bound=range(3, 7), devices=4096)


def test_without_jax_the_message_says_what_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ImportError, match=r"pip install 'autograd-core\[xla\]'"):
        compile(lambda x: x * 2.0, backend="xla")(1.0)


# --- several devices ------------------------------------------------------------------------------

SCRIPT = """
import sys
import numpy as np
sys.path.insert(0, {folder!r})
from test_xla import interpreted, started, training_step
from autograd_core.program.xla import build

for samples in (8, 6, 1):  # of four devices: divides, does not, fewer than devices
    program, given, parameters = training_step(samples=samples)
    ours = build(program, bound=range(3, 7), devices={devices})
    theirs = interpreted(program, bound=range(3, 7))
    here, there = started(ours, parameters), started(theirs, parameters)
    for _ in range(4):
        np.testing.assert_allclose(ours(*given), theirs(*given), rtol=2e-6, atol=1e-6)
    for number in here:
        np.testing.assert_allclose(here[number], there[number], atol=2e-6)
text = ours.compiled_text(*given)
print("all-reduce" in text, len(ours.placing.devices))
"""


def run_in_another_process(script, **environment):
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu", **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("devices", ["4", "__import__('jax').devices()[:3]"])
def test_a_batch_is_spread_over_devices(devices):
    done = run_in_another_process(
        SCRIPT.format(folder=str(Path(__file__).parent), devices=devices),
        XLA_FLAGS="--xla_force_host_platform_device_count=4",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[:1] == ["True"]
    assert done.stdout.split()[1] == ("4" if devices == "4" else "3")


@pytest.mark.parametrize("devices", ["a", 1.5, [], [0]])
def test_devices_that_are_none(devices):
    program = Program.record(lambda x: 2.0 * x, 1.0)
    with pytest.raises(TypeError, match=r"a number, or some of what jax.devices\(\) lists, got"):
        build(program, devices=devices)
    assert build(program, devices=jax.devices()[:1])(3.0) == [6.0]
