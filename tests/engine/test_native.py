"""Programs as C: what they compute, where they write, and when they leave all as it was."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Operation, Program, value_and_grad
from autograd_core.operation import REGISTRY
from autograd_core.program import native
from autograd_core.program.interpreter import run
from autograd_core.program.native import compiler, expressions
from autograd_core.program.native.executable import NativeExecutable
from autograd_core.program.native.products import SMALL
from autograd_core.program.passes import composites
from autograd_core.program.value import is_own

pytestmark = pytest.mark.skipif(
    not list(compiler.compilers()), reason="there is no C compiler on this machine"
)

RANDOM = np.random.default_rng(0)


def numbers(*shape: int, dtype: Any = np.float64) -> Any:
    found = RANDOM.normal(size=shape) * 2
    return found.astype(dtype) if shape else np.dtype(dtype).type(found)


def compared(f: Callable[..., Any], *examples: Any, others: Any = None, rtol: float = 1e-12) -> str:
    """Compile a function, compare it with the interpreter on other numbers, and return the C."""
    program = Program.record(f, *examples)
    given = program.input_arrays(tuple(examples if others is None else others))
    executable = native.compiled(program)
    with np.errstate(all="ignore"):
        want = run(program, given)
    for _ in range(2):  # nothing of the first call may be left
        got = executable(*given)
        assert got is not None
        for x, y in zip(got, want, strict=True):
            assert type(x) is type(y)
            assert (x.dtype, x.shape) == (y.dtype, y.shape)
            largest = np.max(np.abs(y), initial=1.0, where=np.isfinite(y)) if y.dtype != bool else 1
            np.testing.assert_allclose(x, y, rtol=rtol, atol=rtol * largest)
    return executable.source


# --- kernels --------------------------------------------------------------------------------------


def network(x: Any, w: Any, b: Any, v: Any) -> Any:
    hidden = np.maximum(x @ w + b, 0.0)
    return -np.mean(ac.log_softmax(np.tanh(hidden) @ v)[:, 0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_and_its_gradients(dtype: Any) -> None:
    shapes = [(5, 3), (3, 4), (4,), (4, 2)]
    f = value_and_grad(network, argument=(1, 2, 3))
    examples, others = ([numbers(*s, dtype=dtype) for s in shapes] for _ in range(2))
    source = compared(f, *examples, others=others, rtol=1e-5 if dtype == np.float32 else 1e-12)
    assert "matmul" in source
    assert source.count("static void kernel_") < 20


# OpenBLAS reads beyond the end of short float32 rows, and what lies there may set the flag.
@pytest.mark.filterwarnings("ignore:invalid value encountered in matmul")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_products_and_small_ones_in_any_order(dtype: Any) -> None:
    n = round(SMALL ** (1 / 3)) + 8
    rtol = 1e-4 if dtype == np.float32 else 1e-11
    for m, k in ((n, n), (3, 5), (1, 300), (17, 1), (70, 600)):
        x, y = numbers(m, k, dtype=dtype), numbers(m, k, dtype=dtype)
        compared(lambda x, y: (x @ y.T, x.T @ y, (x[:, ::-1] @ y.T[::-1]).T @ x), x, y, rtol=rtol)
        z = numbers(2, 3, m, k, dtype=dtype)
        compared(lambda z, y: (z @ y.T, y @ np.swapaxes(z, 2, 3)), z, y, rtol=rtol)
        compared(lambda x, y: (x @ y[0], x[:, 0] @ y, x[0] @ y[0]), x, y, rtol=rtol)


def test_products_without_the_pointers_of_scipy(monkeypatch: Any) -> None:
    monkeypatch.setattr(native, "gemm_pointers", dict)
    x = numbers(40, 50)
    source = compared(lambda x: np.exp(x @ x.T * 0.01) @ x, x, rtol=1e-11)
    assert "gemm" not in source
    assert source.count("int segment_") == 1  # a product of NumPy's stands at both ends


@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 4), (2, 3, 40), (0,), (3, 0), (1, 1)])
def test_reductions_and_broadcasts(shape: tuple[int, ...]) -> None:
    def f(x: Any) -> Any:
        found = [np.sum(x * x), np.mean(x, keepdims=True) if x.size else x, np.exp(x) - 1.0]
        for axis in range(x.ndim):
            found += [np.sum(x, axis=axis, keepdims=True) * x, np.prod(x, axis=axis)]
            if x.size:
                found += [np.max(x, axis=axis), np.min(x, axis=(axis, 0) if axis else 0)]
            found += [np.all(x > -1, axis=axis), np.any(x > 1, axis=axis)]
        return tuple(found)

    compared(f, numbers(*shape), others=[numbers(*shape)])


def test_nan_is_the_largest_and_the_smallest() -> None:
    x = numbers(6, 40)
    x[1, 3], x[2, 39], x[4, :] = np.nan, np.inf, -np.inf
    compared(
        lambda x: tuple(f(x, axis=a) for f in (np.max, np.min) for a in (0, 1, None)),
        np.ones_like(x),
        others=[x],
    )
    compared(lambda x: (np.maximum(x, 0.5), np.minimum(0.5, x), ac.relu(x)), x)


def test_views_are_no_work() -> None:
    def f(x: Any) -> Any:
        y = np.exp(x)
        return (
            np.sum(y.T * 2.0, axis=0), y[1:, ::-2] + 1.0, np.reshape(y.T, (2, 6)) * 3.0,
            np.ravel(y)[::-1], y[0, 1] * y[:, 2], np.broadcast_to(y[0], (5, 4)) - 1.0,
            np.flip(y)[None, :, 1:3] * 2.0, np.reshape(y[:, 1:3], (3, 2)), y.T,
        )  # fmt: skip

    source = compared(f, numbers(3, 4), others=[numbers(3, 4)])
    assert source.count("exp_f64(x") == 1


def test_inputs_may_lie_in_any_order() -> None:
    program = Program.record(lambda x, y: x * 2.0 + y, np.ones((40, 30)), np.ones((40, 30)))
    executable = native.compiled(program)
    x, y = numbers(30, 40).T, numbers(40, 60)[:, ::-2]
    (got,) = executable(x, y)
    np.testing.assert_array_equal(got, x * 2.0 + y)
    x = np.asfortranarray(x)
    x[3, 4] = 5.0  # the same array with another number
    np.testing.assert_array_equal(executable(x, y)[0], x * 2.0 + y)


def test_integers_have_numpys_signs_and_wrap() -> None:
    x = np.array([7, -7, 7, -7, 0, 5, -128, 127], np.int8)
    y = np.array([2, 2, -2, -2, 3, 0, -1, 1], np.int8)

    def f(scale: Any, x: Any, y: Any) -> Any:
        return (
            x // y, x % y, x + y, x - y, x * y, -x, np.abs(x), np.sign(x), x < y, x & y, ~x, x ^ y,
            np.maximum(x, y), x // 3, x % 5, np.sum(x), np.sum(x > y), x * scale, x / y, ~(x > y),
        )  # fmt: skip

    with np.errstate(all="ignore"):
        for dtype in (np.int8, np.int16, np.int32, np.int64, np.uint8):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                a, b = x.astype(dtype), y.astype(dtype)
                compared(lambda s, a=a, b=b: f(s, ac.Node(a, requires_grad=False), b), 2.0)


def test_floats_have_numpys_signs() -> None:
    x = np.array([5.5, -5.5, 5.5, -5.5, 0.0, -0.0, 1e300, 3.0, 4.0, -4.0])
    y = np.array([2.0, 2.0, -2.0, -2.0, 3.0, 3.0, 1e-300, 0.1, -2.0, 2.0])
    with np.errstate(all="ignore"):
        source = compared(lambda x, y: (x // y, x % y, np.copysign(x, y), np.fmod(x, y)), x, y)
        assert "floor_divide_f64(x" in source
        program = Program.record(lambda x, y: (-x, x * y, x % y, np.round(x), x // y), x, y)
        wants = run(program, [x, y])
    for got, want in zip(native.compiled(program)(x, y), wants, strict=True):
        np.testing.assert_array_equal(np.signbit(got), np.signbit(want))


def test_a_product_and_a_sum_are_rounded_one_by_one() -> None:
    x, y = numbers(64, dtype=np.float32), numbers(64, dtype=np.float32)
    program = Program.record(lambda x, y, z: x * y - z, x, y, x)
    np.testing.assert_array_equal(native.compiled(program)(x, y, x * y)[0], np.zeros(64))


def test_small_masks_choose_the_right_entries() -> None:
    # GCC 12 at -O3 for AVX-512 took 0 for 5 of these 6 entries.
    for rows in range(1, 6):
        for columns in range(1, 9):
            x = numbers(rows, columns)
            x[rows - 1, columns // 2] = np.nan

            def f(x: Any) -> Any:
                kept = np.where(np.isnan(x), 0.0, x)
                return np.sum(kept, axis=1), np.where(np.isnan(x), 0.0, x * 2.0), kept

            compared(f, x)


EDGES = [
    0.0,
    -0.0,
    np.inf,
    -np.inf,
    np.nan,
    5e-324,
    -1e-310,
    1e-20,
    0.5,
    -1.0,
    709.7,
    710.0,
    -745.2,
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "name", ["exp", "expm1", "log", "tanh", "sigmoid", "softplus", "silu", "gelu", "sqrt"]
)
def test_functions_of_our_own_at_their_edges(name: str, dtype: Any) -> None:
    random = np.random.default_rng(1)
    scales = 10.0 ** random.uniform(-20, 2, 500)
    x = np.concatenate([EDGES, random.normal(size=500), scales, -scales]).astype(dtype)
    f = getattr(ac, name)
    with np.errstate(all="ignore"):
        program = Program.record(f, x)
        (want,) = run(program, [x])
    (got,) = native.compiled(program)(x)
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
    few = 8 * np.finfo(dtype).eps
    if name in ("silu", "gelu", "softplus"):
        few *= 8
    np.testing.assert_allclose(got, want, rtol=few, atol=np.finfo(dtype).tiny)
    kept = ~np.isnan(want)
    np.testing.assert_array_equal(np.signbit(got)[kept], np.signbit(want)[kept])


def test_infinite_scores_share_a_softmax() -> None:
    x = np.array([[0.0, np.inf, np.inf], [-np.inf, 1.0, 2.0], [1e308, -1e308, 0.0]])
    with np.errstate(all="ignore"):
        compared(lambda x: (ac.softmax(x), ac.log_softmax(x)), np.ones_like(x), others=[x])


def test_dtypes_are_those_of_numpy() -> None:
    x, n = numbers(5, dtype=np.float32), np.arange(5)

    def f(x: Any) -> Any:
        return (
            x * 2, x + np.float64(1), x > 0.1, np.where(x > 0, 1, x), (x > 0) * x,
            (x > 0) | (x < 1), x.astype(np.float64), ac.sum(x > 0), x / 3, x * n,
            np.power(x, 2), np.square(n * x),
        )  # fmt: skip

    compared(f, x, rtol=1e-6)


def test_a_chain_of_a_thousand_numbers() -> None:
    def f(x: Any, y: Any) -> Any:
        for _ in range(250):
            x, y = np.tanh(x * y + 0.1), x - 0.5 * y
        return x * y

    compared(value_and_grad(f, argument=(0, 1)), 0.3, 0.2, others=[0.1, 0.7], rtol=1e-9)


# --- what C can't do ------------------------------------------------------------------------------


def test_other_operations_run_between_kernels() -> None:
    cube = Operation("cube of a test", lambda x: x**3, (lambda g, out, x: g * 3.0 * x * x,))
    x = numbers(4, 4)

    def f(x: Any) -> Any:
        y = np.sort(np.exp(x), axis=1)
        return np.sum(cube(y.T) * np.cumsum(x, axis=0)), np.linalg.inv(x + 9.0 * np.eye(4))[1]

    try:
        source = compared(f, x, others=[numbers(4, 4)], rtol=1e-10)
        assert source.count("int segment_") > 1
    finally:
        del REGISTRY["cube of a test"]


@pytest.mark.parametrize(
    "name", ["exp", "relu", "sum", "softmax", "mean", "matmul", "getitem", "reshape", "concatenate"]
)
def test_an_operation_of_the_user_with_a_name_of_ours(name: str) -> None:
    ours = REGISTRY[name]
    try:
        theirs = Operation(name, lambda x: x + 1.0, (lambda g, out, x: g,), elementwise=True)
        compared(lambda x: theirs(x) * 2.0, numbers(3))
    finally:
        REGISTRY[name] = ours


def test_all_that_the_tables_name_is_there() -> None:
    for table in (expressions.EXPRESSIONS, composites.PARTS):
        assert all(is_own(REGISTRY.get(name)) for name in table)


def test_half_precision_and_complex_numbers_are_numpys() -> None:
    compared(lambda x: np.exp(x) * 2 + x, numbers(3, dtype=np.float16), rtol=1e-3)
    compared(lambda x: np.real(x * 1j) + np.abs(x), numbers(3) + 1j)


# --- memory ---------------------------------------------------------------------------------------


def updating(guard: int | None = 0) -> Program:
    def step(x: Any, rate: Any, w: Any, m: Any) -> Any:
        loss, g = value_and_grad(lambda w: np.sum(np.log(x @ w)))(w)
        kept = 0.9 * m + g
        return loss, w - rate * kept, kept

    shape = (100, 50)
    program = Program.record(step, np.ones((4, 100)), 0.1, np.ones(shape), np.ones(shape))
    return program.replaced(aliases={1: 2, 2: 3}, guard=guard)


def test_parameters_and_state_are_written_in_place() -> None:
    program = updating()
    executable = native.compiled(program, bound=[2, 3], reuse=True)
    w, m = np.abs(numbers(100, 50)) + 0.5, np.zeros((100, 50))
    executable.bind({2: w, 3: m})
    mine, state = w.copy(), m.copy()
    for _ in range(3):
        x = np.abs(numbers(4, 100)) + 0.1
        want = run(program, [x, 0.01, mine, state])
        (loss,) = executable(x, 0.01)
        mine, state = want[1], want[2]
        np.testing.assert_allclose(loss, want[0], rtol=1e-12)
        np.testing.assert_allclose(w, mine, rtol=1e-12)
        np.testing.assert_allclose(m, state, rtol=1e-12)
    assert "memcpy" not in executable.source.split("int segment_0")[1]  # they are large


def test_nothing_is_written_where_the_loss_is_not_finite() -> None:
    for bad in (-1.0, 0.0, np.inf, np.nan):
        executable = native.compiled(updating(), bound=[2, 3])
        w, m = np.ones((100, 50)), np.ones((100, 50))
        executable.bind({2: w, 3: m})
        assert executable(np.full((4, 100), bad), 0.1) is None
        assert (w == 1).all()
        assert (m == 1).all()
        assert executable(np.ones((4, 100)), 0.1) is not None
        assert not (w == 1).any()


@pytest.mark.parametrize("size", [4, 5000])
def test_nothing_is_written_where_a_gradient_meets_trouble(size: int) -> None:
    # The loss is finite: 0 * inf stands in the gradient alone.
    def step(x: Any, w: Any) -> Any:
        loss, g = value_and_grad(lambda w: np.sum(np.where(x < 5, w * x, 1.0)))(w)
        return loss, w - 0.1 * g

    program = Program.record(step, np.ones(size), np.ones(size))
    program = program.replaced(aliases={1: 1}, guard=0)
    executable = native.compiled(program, bound=[1])
    w = np.ones(size)
    executable.bind({1: w})
    assert executable(np.ones(size)) is not None
    before = w.copy()
    with np.errstate(invalid="ignore"):
        assert not np.isfinite(run(program, [np.full(size, np.inf), w])[1]).all()
    assert executable(np.full(size, np.inf)) is None
    np.testing.assert_array_equal(w, before)


def test_nor_where_nothing_but_the_loss_shows_it() -> None:
    # A nan that came in raises no flag.
    program = Program.record(lambda x, w: (np.sum(x * w), w - x), np.ones(3), np.ones(3))
    executable = native.compiled(program.replaced(aliases={1: 1}, guard=0), bound=[1])
    w = np.ones(3)
    executable.bind({1: w})
    assert executable(np.full(3, np.nan)) is None
    assert (w == 1).all()


def test_trouble_in_an_operation_of_numpys_counts_too() -> None:
    def step(x: Any, w: Any) -> Any:
        return np.sum(np.where(w > 9, np.cumsum(np.sort(x) / w), 1.0)), w - x

    program = Program.record(step, np.ones(3), np.ones(3)).replaced(aliases={1: 1}, guard=0)
    executable = native.compiled(program, bound=[1])
    w = np.ones(3)
    executable.bind({1: w})
    assert executable(np.full(3, 1e308)) is None
    assert (w == 1).all()


def test_two_parameters_that_need_each_others_old_value() -> None:
    def step(x: Any, v: Any, w: Any) -> Any:
        return np.sum(x), v - x * w, w.T - x * v.T, v

    n = 80  # large enough to be written directly
    program = Program.record(step, 1.0, np.ones((n, n)), np.ones((n, n)))
    program = program.replaced(aliases={1: 1, 2: 2}, guard=0)
    executable = native.compiled(program, bound=[1, 2])
    v, w = numbers(n, n), numbers(n, n)
    want = run(program, [0.5, v.copy(), w.copy()])
    executable.bind({1: v, 2: w})
    got = executable(0.5)
    for x, y in zip([got[0], v, w, got[1]], want, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12)


def test_a_gradient_that_is_a_result_too_is_not_lost() -> None:
    def step(x: Any, w: Any) -> Any:
        g = x.T @ x
        return np.sum(x @ w), w - 0.1 * g, g, w - 0.1 * g

    n = 64
    program = Program.record(step, np.ones((n, n)), np.ones((n, n))).replaced(aliases={1: 1})
    executable = native.compiled(program, bound=[1])
    x, w = numbers(n, n), numbers(n, n)
    want = run(program, [x, w])
    executable.bind({1: w})
    loss, g, again = executable(x)
    for a, b in zip([loss, w, g, again], want, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10)


def test_blas_adds_a_gradient_to_its_parameter() -> None:
    pytest.importorskip("scipy")
    n = 64
    program = Program.record(
        lambda x, r, w: w - r * (x.T @ x), *[np.ones((n, n)), 0.1, np.ones((n, n))]
    )
    executable = native.compiled(program.replaced(aliases={0: 2}), bound=[2])
    x, w = numbers(n, n), numbers(n, n)
    want = w - 0.2 * (x.T @ x)
    executable.bind({2: w})
    assert executable(x, 0.2) == []
    np.testing.assert_allclose(w, want, rtol=1e-10, atol=1e-10)
    assert "-r[0]" in executable.source


@pytest.mark.parametrize("size", [3, 20_000])
def test_results_are_fresh_or_used_again(size: int) -> None:
    program = Program.record(lambda x: (x * 2.0, x, np.sum(x)), np.ones(size))
    fresh, again = (native.compiled(program, reuse=reuse) for reuse in (False, True))
    x = numbers(size)
    first, second = fresh(x), fresh(x + 1.0)
    np.testing.assert_array_equal(first[0], x * 2.0)
    np.testing.assert_array_equal(first[1], x)
    assert not np.shares_memory(first[1], x)
    assert not np.shares_memory(first[0], second[0])
    first, second = again(x), again(x + 1.0)
    assert first[0] is second[0]


def test_inputs_that_do_not_fit_are_refused() -> None:
    for n in (3, 3000):
        program = Program.record(lambda x, w: x * w, np.ones(n), np.ones(n))
        executable = native.compiled(program, bound=[1])
        executable.bind({1: np.ones(n)})
        for wrong in (np.ones(n + 1), np.ones(n, np.float32), np.ones((n, 1))):
            with pytest.raises(TypeError, match="expects an input 'x' of shape"):
                executable(wrong)
            with pytest.raises(TypeError, match="expects an input 'w' of shape"):
                executable.bind({1: wrong})
        with pytest.raises(ValueError, match="rows lie together"):
            executable.bind({1: np.ones(2 * n)[::2]})
        with pytest.raises(ValueError, match="expects the inputs that"):
            executable.bind({0: np.ones(n)})


def test_what_is_bound_has_to_be_there() -> None:
    program = Program.record(lambda x, w, v: x * w + v, 1.0, 1.0, 1.0)
    executable = native.compiled(program, bound=[1, 2])
    executable.bind({1: np.array(2.0)})
    with pytest.raises(RuntimeError, match=r"bound inputs \[2\]"):
        executable(1.0)
    executable.bind({2: np.array(3.0)})
    assert executable(1.0) == [5.0]


def test_names_of_the_user_are_no_code() -> None:
    for name in ("int", "*/ }", "x", "i", "a\\b??/\n", "é", "", "arena", "p", "exp_f64", "x_"):
        program = Program.record(lambda x, n=name: ac.exp(x * ac.Node(2.0, name=n)), np.ones(3))
        program.values()[-1].name = name
        program.inputs[0].name = name
        executable = native.compiled(program)
        np.testing.assert_allclose(executable(np.ones(3))[0], np.exp(2.0 * np.ones(3)))


def test_the_source_names_what_the_graph_does() -> None:
    source = native.source(
        Program.record(network, *[np.ones(s) for s in [(5, 3), (3, 4), (4,), (4, 2)]])
    )
    for name in ("const double *restrict x", "const double *restrict w", "/* matmul"):
        assert name in source


def test_build_gives_what_the_interface_says() -> None:
    executable = native.build(Program.record(lambda x: x * 2.0, 1.0))
    assert isinstance(executable, NativeExecutable)
    assert executable.backend == "native"
    assert executable(4.0) == [8.0]


def test_results_are_put_together_in_c() -> None:
    def f(x: Any, y: Any) -> Any:
        z = np.exp(x)
        return (
            np.concatenate([z, y.T, z[:, :1], np.zeros((3, 2))], axis=1),
            np.stack([z, y.T], axis=1), np.concatenate([x > 0, y.T > 0]),
            np.pad(z.T, ((1, 2), (0, 1))), np.stack([x > 0, x]),
            np.concatenate([np.arange(3), x[0]]),
        )  # fmt: skip

    x, y = numbers(3, 4), numbers(4, 3)
    source = compared(f, x, y, others=[numbers(3, 4), numbers(4, 3)])
    assert source.count("int segment_") == 1
    compared(lambda a, b: (np.stack([a, b]), np.stack([b, b, a]) * 2.0), 0.5, 0.25)
    g = ac.grad(lambda x: np.sum(np.exp(x[1:, ::2]) * x[0, 1]) + x[2, -1] ** 2 + np.sum(x[:, None]))
    assert compared(g, x, others=[y.T]).count("int segment_") == 1
