"""Complex numbers: every line of the table is right for them, or refuses them at once."""

from __future__ import annotations

import operator
import re
import zlib
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pytest
from cases import Case, as_nodes, joined
from table import TABLE

import autograd_core as ac
from autograd_core import Node, check_gradients, grad, jacobian, jvp, vjp
from autograd_core.node import raw
from autograd_core.operation import REGISTRY
from autograd_core.operations import guards

WHICH = {"all": slice(None), "first": slice(1), "rest": slice(1, None)}
"""Which of several floating-point inputs become complex."""


def cases():
    for case in {case.id: case for case in TABLE if not hasattr(guards, case.name)}.values():
        wanted = [i for i, x in enumerate(case.arrays()) if x.dtype.kind == "f"]
        if case.name == "special.hyp1f1" and version("scipy").startswith("1.13."):
            continue  # SciPy's own is 1 for all complex numbers
        for name, which in WHICH.items():
            if wanted and (len(wanted) > 1 or name == "all"):
                yield pytest.param(case, wanted[which], id=f"{case.id}-{name}")


def made_complex(case: Case, positions: list[int]) -> list[Any]:
    """The inputs of a case, some with an imaginary part."""
    random = np.random.default_rng(zlib.crc32(case.id.encode()))
    arrays = case.arrays()
    for i in positions:
        arrays[i] = arrays[i] + 1j * random.uniform(0.2, 0.5, arrays[i].shape)
    return arrays


def without_phases(case: Case, results: Any) -> Any:
    """What is defined of vectors that may be turned in the complex plane."""
    name = case.name.rpartition(".")[2]
    if name == "svd" and isinstance(results, tuple):
        u, s, vh = results
        return np.abs(u) ** 2, s, np.abs(vh) ** 2, (u * np.cos(s)[..., None, :]) @ vh
    if name == "eigh" and isinstance(results, tuple):
        values, v = results
        return values, np.abs(v) ** 2, (v * np.cos(values)[..., None, :]) @ np.conj(v).mT
    return results


def twins(case: Case, arrays: list[Any]) -> Any:
    """NumPy's or SciPy's results; ours where they are not made."""
    try:
        return case.twin(*arrays)
    except (NotImplementedError, TypeError, np.exceptions.ComplexWarning):
        if case.name not in ("special.exp2", "linalg.solve", "integrate.trapezoid", "pad"):
            raise
        return case.call(*arrays)


def each(results: Any) -> list[Any]:
    return list(results) if isinstance(results, (tuple, list)) else [results]


@pytest.mark.parametrize(("case", "positions"), list(cases()))
def test_complex_numbers_are_differentiated_or_refused(case, positions):
    arrays = made_complex(case, positions)
    try:
        results = case.call(*as_nodes(arrays))
    except TypeError as error:
        assert re.search(
            "real|complex|not supported for the input types", str(error)
        )  # refused at once
        return
    found, expected = (without_phases(case, x) for x in (results, twins(case, arrays)))
    for result, value in zip(each(found), each(expected), strict=True):
        np.testing.assert_allclose(raw(result), value, rtol=1e-10, atol=1e-12)

    def function(*inputs):
        return joined(without_phases(case, case.call(*inputs)))

    if any(type(result) is Node and result.requires_grad for result in each(results)):
        if case.order:
            of_wanted, inputs = replace(case, call=function).on_wanted(arrays)
            check_gradients(of_wanted, *inputs, atol=1e-5, order=min(case.order, 2))
    else:  # it is flat
        for i in positions:
            arrays[i] = arrays[i] * (1 + 1e-9j)
        for result, value in zip(each(results), each(case.call(*arrays)), strict=True):
            np.testing.assert_array_equal(raw(result), value)


# --- the convention, and where real and complex numbers meet --------------------------------------


def squared_size(z):
    return np.abs(z) ** 2


def test_the_gradient_is_that_of_x_less_i_times_that_of_y():
    x, y, z = Node(1.0), Node(2.0), Node(1.0 + 2.0j)
    (x**2 * 3.0 + x * y).backward()
    (z.real**2 * 3.0 + z.real * z.imag).backward()
    assert z.grad == x.grad - 1j * y.grad
    assert z.grad.dtype == np.complex128


@pytest.mark.parametrize(
    "f", [np.exp, np.sin, np.sqrt, np.log, np.tanh, np.arcsinh, lambda z: z**3]
)
def test_the_real_part_of_a_holomorphic_function_has_its_derivative(f):
    z, step = 0.7 - 0.4j, 1e-6
    found = grad(lambda z: np.real(f(z)))(z)
    for h in (step, 1j * step):
        np.testing.assert_allclose(found, (f(z + h) - f(z - h)) / (2 * h), rtol=1e-8)


def test_steps_against_the_conjugate_gradient_lead_to_the_minimum():
    z, aim = Node(5.0 - 1.0j), 1.0 + 2.0j
    for _ in range(60):
        squared_size(z - aim).backward()
        z.value -= 0.25 * np.conj(z.grad)
    np.testing.assert_allclose(z.value, aim)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: squared_size(x * (1 + 2j)),
        lambda x: np.real(np.exp(1j * x)),
        lambda x: np.imag((x + 1j) ** 3),
        lambda x: np.sum(squared_size(np.fft.fft(np.stack([x, x * x, 1.0 / x])))),
        lambda x: np.real(np.sqrt(np.where(x > 0, -x, x) + 0j) * 1j),
        lambda x: np.angle(x + 2j),
    ],
)
def test_what_comes_back_to_a_real_number_is_real(f):
    assert grad(f)(0.8).dtype == np.float64
    check_gradients(f, 0.8, order=3)
    x = Node(0.8)
    f(x).backward(create_graph=True)
    assert x.grad.dtype == np.float64


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "operator", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
)
def test_operators_beside_pythons_complex_numbers(operator, dtype):
    number = dtype(0.5)
    for call in (lambda x: operator(x, 2j), lambda x: operator(2j, x)):
        found, expected = call(Node(number)), np.asarray(call(np.array([number])))[0]
        assert type(found.value) is type(expected)
        np.testing.assert_allclose(found.value, expected, rtol=1e-6)
        check_gradients(lambda x, call=call: np.imag(call(x)), 0.5, order=2)


def test_recorded_gradients_of_complex_numbers_are_differentiated():
    check_gradients(
        lambda z, w: np.sum(np.real(z * np.conj(w)) ** 2 + np.abs(np.fft.ifft(z * w))),
        np.array([1 + 2j, 0.5 - 1j]),
        np.array([2 - 1j, 1j]),
        order=3,
    )


def test_check_gradients_varies_the_imaginary_part():
    def forgets(z):
        return np.real(z) ** 2 + np.imag(z.detach() if type(z) is Node else z) ** 2

    with pytest.raises(AssertionError, match="input 0, imaginary part: analytic"):
        check_gradients(forgets, 1 + 2j, directions=0)


@pytest.mark.parametrize("real", [np.float32, np.float64])
def test_precision_is_kept(real):
    x = Node(np.linspace(1, 2, 6, dtype=real))
    kind = np.result_type(real, np.complex64)
    spectrum = np.fft.rfft(x) * 2.0 + 1j
    assert spectrum.dtype == kind
    assert squared_size(spectrum).dtype == real
    np.sum(squared_size(spectrum)).backward()
    assert (spectrum.grad.dtype, x.grad.dtype) == (kind, real)


def test_a_norm_and_a_size_are_flat_at_0():
    np.testing.assert_array_equal(grad(np.linalg.norm)(np.zeros(2, complex)), [0.0, 0.0])
    assert grad(np.abs)(0j) == 0.0
    assert grad(lambda z: np.sum(np.std(z)))(np.ones(3, complex)).tolist() == [0.0] * 3


def test_the_branch_not_taken_adds_nothing_at_a_pole():
    def f(z):
        return np.real(np.sum(np.where(z == 0, z, np.sqrt(z) + np.log(z) + z**0.5 + 1 / z)))

    with np.errstate(all="ignore"):
        np.testing.assert_allclose(grad(f)(np.array([0j, 1.0]))[0], 1.0)


# --- derivatives of functions ---------------------------------------------------------------------


def test_jacobian_of_complex_results():
    np.testing.assert_allclose(jacobian(np.fft.fft)(np.arange(3.0)), np.fft.fft(np.eye(3)))
    found = jacobian(lambda x: np.fft.fft(x) ** 2)(np.arange(3.0))
    expected = 2 * np.fft.fft(np.arange(3.0))[:, None] * np.fft.fft(np.eye(3))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_jacobian_for_complex_arguments():
    z = np.array([1 + 1j, 2.0])
    np.testing.assert_allclose(jacobian(squared_size)(z), np.diag(2 * z.conj()))
    np.testing.assert_allclose(jacobian(lambda z: np.real(z**2))(z), np.diag(2 * z))
    with pytest.raises(TypeError, match=r"jacobian.*holomorphic.*np\.real"):
        jacobian(lambda z: z**2)(z)


def test_jvp_and_vjp():
    z, t = np.array([1 + 1j, 2.0]), np.array([1j, 3.0])
    value, tangent = jvp(lambda z: z * np.conj(z) * 1j, (z,), (t,))
    np.testing.assert_allclose(value, np.abs(z) ** 2 * 1j)
    np.testing.assert_allclose(tangent, 2j * np.real(t * np.conj(z)))
    value, pull_back = vjp(np.fft.fft, np.arange(2.0))
    np.testing.assert_allclose(pull_back(np.array([1.0, 1j]))[0], [1.0, 1.0])
    with pytest.raises(TypeError, match="real tangents for a primal of float64"):
        jvp(np.sin, (1.0,), (1j,))


# --- what nodes can do ----------------------------------------------------------------------------


def test_parts_and_conjugate_of_a_node():
    z = Node(np.array([1 + 2j, 3 - 1j]))
    assert z.real.value.tolist() == [1.0, 3.0]
    assert z.imag.value.tolist() == [2.0, -1.0]
    assert z.conj().value.tolist() == z.conjugate().value.tolist() == [1 - 2j, 3 + 1j]
    assert complex(z[0]) == z[0].item() == 1 + 2j
    assert np.iscomplexobj(z) and not np.isrealobj(z)
    assert repr(z[0]) == "Node((1+2j), dtype=complex128, operation='getitem')"
    assert not Node(1.0).imag.value
    assert Node(1j, requires_grad=False).detach().value == 1j


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda z: z.backward(), r"real number at the root, got complex128.*z.real.*seed\)$"),
        (lambda z: grad(lambda z: z * z)(1j), "real number at the root.*function\\)$"),
        (lambda z: (z * 2.0).real.backward(1j), "seed of real numbers"),
        (lambda z: z < 1.0, "less is for real numbers"),
        (lambda z: Node(1.0) >= z, "greater_equal is for real numbers"),
        (lambda z: Node(1.0) > 1j, "greater is for real numbers"),
        (lambda z: np.maximum(z, 1.0), "maximum is for real numbers"),
        (lambda z: np.sign(z), r"sign is for real numbers.*z / np.abs\(z\)"),
        (lambda z: np.floor(z), "floor can't work on .*complex128.*Write z.real"),
        (lambda z: z % 2.0, "remainder can't work on .*complex128.*Write z.real"),
        (lambda z: np.sort(np.stack([z, z])), "sort is for real numbers"),
        (lambda z: np.median(np.stack([z, z])), "sort is for real numbers"),
        (lambda z: np.fft.rfft(np.stack([z, z])), "rfft can't work on .*complex128.*Write z.real"),
        (lambda z: ac.sigmoid(z), "sigmoid is for real numbers"),
        (lambda z: ac.relu(z), "relu is for real numbers"),
        (float, r"float\(\) expects a real number, got complex128.*float\(node.real\)"),
        (int, r"int\(\) expects a real number, got complex128"),
        (lambda z: z.astype(float), "imaginary part would be lost.*Write z.real"),
        (lambda z: np.interp(z, [0.0, 1.0], [0.0, 1.0]), "interp is for real numbers"),
        (
            lambda z: setattr(Node(1.0), "value", 1j),
            r"value = ... expects real numbers.*value.real",
        ),
    ],
)
def test_what_has_no_meaning_for_complex_numbers_says_so(call, says):
    with pytest.raises(TypeError, match=says):
        call(Node(1 + 2j))


def test_real_operations_of_a_users_own_can_refuse_complex_numbers():
    rules = (lambda g, out, x: g,)
    mine = ac.Operation("test_mine", lambda x: x * 1.0, rules, real_only=True)
    try:
        assert mine(Node(2.0)).value == 2.0
        with pytest.raises(TypeError, match="test_mine is for real numbers, got Node 'z' of shape"):
            mine(Node(1j, name="z"))
    finally:
        del REGISTRY["test_mine"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        *((name, [-0.7, 0.4]) for name in ("sqrt", "log", "log2", "log10")),
        *((name, [-0.7, 0.4]) for name in ("arccos", "arcsin", "arctanh")),
        *((name, [-1.7, 1.4]) for name in ("arccos", "arcsin", "arctanh")),
        *((name, [0.7, 0.4]) for name in ("sqrt", "log")),
    ],
)
def test_emath_leads_real_numbers_out_of_the_domain(name, values):
    function, x = getattr(np.emath, name), np.array(values)
    found = function(Node(x))
    assert found.dtype == function(x).dtype
    np.testing.assert_allclose(found.value, function(x))
    check_gradients(function, x, order=2)


@pytest.mark.parametrize(
    ("name", "point"),
    [
        *((name, x) for name in ("arcsin", "arccos", "arctanh") for x in (1.4, -1.4)),
        *((name, x) for name in ("sqrt", "log", "arccosh") for x in (-1.7, -0.4)),
        *((name, x) for name in ("arcsinh", "arctan") for x in (1.4j, -1.4j)),
    ],
)
@pytest.mark.parametrize("side", [0.0, -0.0])
def test_a_branch_cut_has_two_sides(name, point, side):
    """The derivative is that on the side of the cut to which the sign of the zero points."""
    function = getattr(np, name)
    on_real_axis = isinstance(point, float)

    def at(step):
        there = (point + step, side) if on_real_axis else (side, point.imag + step)
        return function(np.complex128(complex(*there)))

    numeric = (at(1e-6) - at(-1e-6)) / (2e-6 if on_real_axis else 2e-6j)
    z = np.complex128(complex(point, side) if on_real_axis else complex(side, point.imag))
    found = grad(lambda z: np.real(function(z)))(z)
    np.testing.assert_allclose(found, numeric, rtol=1e-7)


def test_emath_of_two():
    x = np.array([-2.0, 3.0])
    for f in (lambda x: np.emath.power(x, 0.5), lambda x: np.emath.logn(2.0, x)):
        np.testing.assert_allclose(f(Node(x)).value, f(x))
        check_gradients(f, x, order=2)


# --- Fourier transforms ---------------------------------------------------------------------------


def test_a_power_spectrum_has_the_gradient_of_the_sum_of_squares():
    x = np.array([1.0, -2.0, 0.5, 3.0])
    for norm, factor in (("backward", 4.0), ("ortho", 1.0), ("forward", 0.25)):
        found = grad(lambda x, norm=norm: np.sum(squared_size(np.fft.fft(x, norm=norm))))(x)
        np.testing.assert_allclose(found, 2 * factor * x)


def test_a_filter_is_learned_through_the_frequencies():
    random = np.random.default_rng(0)
    signal, kernel = random.standard_normal(16), np.array([1.0, 0.5, -0.25])
    aim = np.fft.irfft(np.fft.rfft(signal) * np.fft.rfft(kernel, 16))

    def error(w):
        return np.sum((np.fft.irfft(np.fft.rfft(signal) * np.fft.rfft(w, 16)) - aim) ** 2)

    w = np.zeros(3)
    for _ in range(200):
        w -= 0.02 * grad(error)(w)
    np.testing.assert_allclose(w, kernel, atol=1e-6)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.fft.fft(x, 0),
        lambda x: np.fft.fft(x, axis=3),
        lambda x: np.fft.hfft(x, norm="none"),
        lambda x: np.fft.fftn(x, s=(2, 2), axes=(0,)),
    ],
)
def test_transforms_refuse_what_numpy_does(call):
    for x in (np.ones((2, 2)), Node(np.ones((2, 2)))):
        with pytest.raises((ValueError, IndexError)):
            call(x)


def test_frequencies_take_no_part():
    np.testing.assert_array_equal(
        np.fft.fftshift(Node(np.fft.fftfreq(3))).value, [-1 / 3, 0, 1 / 3]
    )


# --- SciPy's functions, where real numbers lead to complex ones -----------------------------------

INDEFINITE = np.array([[1.0, 0.3], [0.3, -2.0]])


def test_sqrtm_of_negative_eigenvalues():
    linalg = pytest.importorskip("autograd_core.scipy.linalg")
    check_gradients(linalg.sqrtm, INDEFINITE, order=2)


def test_logm_of_negative_eigenvalues_is_refused():
    linalg = pytest.importorskip("autograd_core.scipy.linalg")
    with pytest.raises(ValueError, match="logm of a matrix with negative eigenvalues"):
        grad(lambda a: np.sum(np.abs(linalg.logm(a))))(INDEFINITE)


def test_a_convolution_along_no_axis_is_a_product():
    signal = pytest.importorskip("autograd_core.scipy.signal")
    a, b = np.arange(6.0).reshape(2, 3), np.arange(4.0).reshape(2, 2)
    for mode in ("full", "valid"):
        found = signal.convolve(Node(a), b, mode, axes=([], []), dot_axes=([0], [0]))
        np.testing.assert_array_equal(found.value, a.T @ b)
