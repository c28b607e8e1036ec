"""The array API standard on nodes: every name, called as the standard writes it; and einops."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from cases import spread_matrix

from autograd_core import Node, array_api, check_gradients
from autograd_core.array_api import as_nodes

X = np.array([[0.3, -1.2, 0.8], [1.4, 0.6, -0.5]])
Y = np.array([[0.9, 0.7, -1.1], [-0.4, 1.3, 0.2]])
P = np.abs(X) + 0.2
INSIDE = X / 2
S = spread_matrix(np.random.default_rng(0), (2, 3, 3))
D = np.eye(3) * 3 + S @ S.mT
N, M = np.array([3, 1, 2]), np.array([5, 0, 1])

# Name, and how the standard writes its calls: positional-only inputs, the rest by keyword.
DIFFERENTIABLE = {
    **{name: (lambda f, x: f(x), X) for name in (
        *("abs", "asinh", "atan", "cos", "cosh", "exp", "expm1", "negative", "positive", "sin"),
        *("sinh", "square", "tan", "tanh", "reciprocal"))},
    **{name: (lambda f, x: f(x), INSIDE) for name in ("acos", "asin", "atanh", "log1p")},
    **{name: (lambda f, x: f(x), P) for name in ("log", "log2", "log10", "sqrt")},
    "acosh": (lambda f, x: f(x), P + 1.0),
    **{name: (lambda f, x, y: f(x, y), X, Y) for name in (
        *("add", "atan2", "copysign", "divide", "hypot", "logaddexp", "maximum", "minimum"),
        *("multiply", "subtract"))},
    "pow": (lambda f, x, y: f(x, y), P, Y),
    "remainder": (lambda f, x, y: f(x, y), P, P + 0.3),
    "clip": (lambda f, x: f(x, min=-0.7, max=1.0), X),
    "astype": (lambda f, x: f(x, np.float64, copy=True), X),
    "asarray": (lambda f, x: f(x, dtype=np.float64, copy=True), X),
    "broadcast_to": (lambda f, x: f(x, (2, 2, 3)), X),
    "broadcast_arrays": (lambda f, x: f(x, x[0])[1], X),
    "concat": (lambda f, x, y: f((x, y), axis=1), X, Y),
    "expand_dims": (lambda f, x: f(x, axis=0), X),
    "flip": (lambda f, x: f(x, axis=1), X),
    "moveaxis": (lambda f, x: f(x, 0, 1), X),
    "permute_dims": (lambda f, x: f(x, axes=(1, 0)), X),
    "repeat": (lambda f, x: f(x, 2, axis=1), X),
    "reshape": (lambda f, x: f(x, shape=(3, 2), copy=None), X),
    "roll": (lambda f, x: f(x, shift=1, axis=0), X),
    "squeeze": (lambda f, x: f(x[None], axis=0), X),
    "stack": (lambda f, x, y: f([x, y], axis=-1), X, Y),
    "tile": (lambda f, x: f(x, (2, 1)), X),
    "unstack": (lambda f, x: f(x, axis=1)[2], X),
    "tril": (lambda f, x: f(x, k=-1), X),
    "triu": (lambda f, x: f(x, k=1), X),
    "meshgrid": (lambda f, x, y: f(x[0], y[0], indexing="ij")[1], X, Y),
    "linspace": (lambda f, x, y: f(x[0], y[0], num=4, endpoint=False), X, Y),
    "matmul": (lambda f, x, y: f(x, y.mT if hasattr(y, "mT") else y.T), X, Y),
    "matrix_transpose": (lambda f, x: f(x), X),
    "tensordot": (lambda f, x, y: f(x, y, axes=((1,), (1,))), X, Y),
    "vecdot": (lambda f, x, y: f(x, y, axis=0), X, Y),
    **{name: (lambda f, x: f(x, axis=1, keepdims=True), X) for name in (
        "max", "min", "mean", "prod", "sum")},
    **{name: (lambda f, x: f(x, axis=0, correction=1), X) for name in ("std", "var")},
    **{name: (lambda f, x: f(x, axis=1, include_initial=True), X) for name in (
        "cumulative_sum", "cumulative_prod")},
    "diff": (lambda f, x: f(x, axis=1, n=1), X),
    "sort": (lambda f, x: f(x, axis=0, descending=True, stable=True), X),
    "take": (lambda f, x: f(x, np.array([2, 0]), axis=1), X),
    "take_along_axis": (lambda f, x: f(x, np.array([[0, 0, 2]]), axis=1), X),
    "where": (lambda f, x, y: f(x > 0, x, y), X, Y),
    "full": (lambda f, x: f((2, 3), x[0, 0]), X),
    "full_like": (lambda f, x: f(X, x[0, 0]), X),
    "linalg.cholesky": (lambda f, x: f(x, upper=True), D),
    "linalg.cross": (lambda f, x, y: f(x, y, axis=-1), X, Y),
    "linalg.det": (lambda f, x: f(x), S),
    "linalg.diagonal": (lambda f, x: f(x, offset=1), S),
    "linalg.eigh": (lambda f, x: f(x)[0], D),
    "linalg.eigvalsh": (lambda f, x: f(x), D),
    "linalg.inv": (lambda f, x: f(x), S),
    "linalg.matmul": (lambda f, x: f(x, x), S),
    "linalg.matrix_norm": (lambda f, x: f(x, keepdims=True, ord="fro"), S),
    "linalg.matrix_power": (lambda f, x: f(x, 3), S),
    "linalg.matrix_transpose": (lambda f, x: f(x), S),
    "linalg.outer": (lambda f, x, y: f(x[0], y[0]), X, Y),
    "linalg.pinv": (lambda f, x: f(x), S),
    "linalg.qr": (lambda f, x: f(x, mode="reduced")[1], S),
    "linalg.slogdet": (lambda f, x: f(x)[1], S),
    "linalg.solve": (lambda f, x, y: f(x, y.mT if hasattr(y, "mT") else y.T), S[0], X),
    "linalg.svd": (lambda f, x: f(x, full_matrices=False)[1], S),
    "linalg.svdvals": (lambda f, x: f(x), S),
    "linalg.tensordot": (lambda f, x, y: f(x, y, axes=((0, 1), (0, 1))), X, Y),
    "linalg.trace": (lambda f, x: f(x, offset=0), S),
    "linalg.vecdot": (lambda f, x, y: f(x, y), X, Y),
    "linalg.vector_norm": (lambda f, x: f(x, axis=1, keepdims=True, ord=3), X),
}  # fmt: skip

FLAT = {
    **{name: (lambda f, x: f(x), X) for name in (
        *("ceil", "floor", "isfinite", "isinf", "isnan", "round", "sign", "signbit", "trunc"),
        *("all", "any", "count_nonzero", "logical_not"))},
    **{name: (lambda f, x, y: f(x, y), X, Y) for name in (
        *("equal", "floor_divide", "greater", "greater_equal", "less", "less_equal", "not_equal"),
        *("logical_and", "logical_or", "logical_xor", "nextafter"))},
    **{name: (lambda f, x, y: f(x, y), N, M) for name in (
        *("bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift"),
        "bitwise_xor")},
    "bitwise_invert": (lambda f, x: f(x), N),
    **{name: (lambda f, x: f(x, axis=1, keepdims=True), X) for name in ("argmax", "argmin")},
    "argsort": (lambda f, x: f(x, axis=1, descending=True, stable=True), X),
    "nonzero": (lambda f, x: f(x)[0], X),
    "searchsorted": (lambda f, x: f(x, np.array([0.1]), side="right"), np.sort(X[0])),
    "isin": (lambda f, x: f(x, np.array([1, 7])), N),
    "unique_all": (lambda f, x: f(x)[0], X),
    "unique_counts": (lambda f, x: f(x)[1], X),
    "unique_inverse": (lambda f, x: f(x)[1], X),
    "unique_values": (lambda f, x: f(x), X),
    "empty_like": (lambda f, x: f(x, dtype=np.float32) * 0, P),
    "ones_like": (lambda f, x: f(x, device=None), X),
    "zeros_like": (lambda f, x: f(x), X),
    "linalg.matrix_rank": (lambda f, x: f(x), S),
    "arange": (lambda f, x: f(2, 9, 3, dtype=np.float32), X),
    "empty": (lambda f, x: f((2, 3), dtype=np.float64) * 0, X),
    "eye": (lambda f, x: f(2, 3, k=1), X),
    "ones": (lambda f, x: f(3, dtype=np.int8), X),
    "zeros": (lambda f, x: f((2,), device="cpu"), X),
    "from_dlpack": (lambda f, x: f(np.ones(2)), X),
}  # fmt: skip

OF_TYPES = {"broadcast_shapes", "can_cast", "finfo", "iinfo", "isdtype", "result_type"}
LATER = {"conj", "imag", "real", "linalg.eig", "linalg.eigvals"}  # complex numbers: test_complex.py


def found_in(place, name):
    for part in name.split("."):
        place = getattr(place, part, None)
    return place


def numpys(name):
    return {
        "sort": lambda x, axis, **_: np.flip(np.sort(x, axis=axis), axis),
        "argsort": lambda x, axis, **_: np.argsort(-x, axis=axis),
        "reshape": lambda x, shape, **_: np.reshape(x, shape),
        "clip": lambda x, min, max: np.clip(x, min, max),
    }.get(name) or found_in(np, name)


def test_every_function_is_called():
    here = {
        *array_api.SAME,
        *array_api.MAKING,
        *array_api.LIKE,
        *(
            "asarray",
            "astype",
            "full",
            "full_like",
            "reshape",
            "clip",
            "sort",
            "argsort",
            "count_nonzero",
        ),
        *(f"linalg.{name}" for name in array_api.LINALG),
    }
    assert here - LATER == DIFFERENTIABLE.keys() | FLAT.keys()
    assert all(hasattr(array_api, name) for name in OF_TYPES)


@pytest.mark.parametrize("name", [*DIFFERENTIABLE, *FLAT])
def test_a_function_of_the_standard(name):
    call, *inputs = {**DIFFERENTIABLE, **FLAT}[name]
    function, twin = found_in(array_api, name), numpys(name)
    if function is None or twin is None:
        pytest.skip("the installed NumPy does not have it")
    wanted = [x.dtype.kind == "f" for x in inputs]
    nodes = [Node(x, requires_grad=w) for x, w in zip(inputs, wanted, strict=True)]
    out, expected = call(function, *nodes), call(twin, *inputs)
    assert type(out) is Node
    np.testing.assert_allclose(out.value, expected, rtol=1e-12)
    assert out.dtype == np.asarray(expected).dtype
    assert out.__array_namespace__() is array_api
    if name in DIFFERENTIABLE:
        assert out.requires_grad
        check_gradients(lambda *x: call(function, *x), *inputs, order=2, atol=1e-6)
    elif name != "nextafter":
        assert not out.requires_grad or name.startswith("unique")


def test_types_and_constants():
    xp = Node(X).__array_namespace__(api_version="2023.12")
    assert xp.pi == np.pi and np.isnan(xp.nan) and xp.inf == np.inf and xp.newaxis is None
    assert xp.float32 is np.float32 and xp.bool is np.bool
    assert xp.finfo(Node(X)).bits == 64 and xp.iinfo(xp.int8).max == 127
    assert xp.isdtype(Node(X).dtype, "real floating")
    assert xp.result_type(Node(X), xp.float32) == np.float64
    assert xp.can_cast(Node(X), xp.float64) and not xp.can_cast(xp.float64, xp.int8)
    assert xp.broadcast_shapes((2, 1), (3,)) == (2, 3)
    if hasattr(np, "__array_namespace_info__"):
        assert xp.__array_namespace_info__().default_device() == "cpu"
    with pytest.raises(ValueError, match=r"'1999.12' is not known; known are"):
        Node(X).__array_namespace__(api_version="1999.12")


def test_an_equal_entry_keeps_its_place_in_descending_order():
    order = array_api.argsort(Node([1.0, 2.0, 1.0, 2.0]), descending=True)
    np.testing.assert_array_equal(order.value, [1, 3, 0, 2])


def test_what_is_made_of_plain_numbers_wants_no_gradient():
    out = array_api.asarray([1.0, 2.0])
    assert type(out) is Node and not out.requires_grad
    assert as_nodes((np.ones(1), "a", 2))[1:] == ("a", 2)
    mixed = array_api.asarray([Node(1.0), 2.0])
    assert mixed.requires_grad and mixed.shape == (2,)


def test_the_device_is_the_cpu():
    x = Node(X)
    assert x.device == "cpu" and x.to_device("cpu") is x
    with pytest.raises(ValueError, match="nodes live on the device 'cpu', got 'gpu'"):
        x.to_device("gpu")
    assert x.__dlpack_device__() == X.__dlpack_device__()
    with pytest.raises(TypeError, match="without losing its gradient"):
        np.from_dlpack(x)


def test_shifts_as_operators():
    n = Node(N, requires_grad=False)
    for found, expected in [(n << 2, N << 2), (2 << n, 2 << N), (n >> 1, N >> 1), (9 >> n, 9 >> N)]:
        np.testing.assert_array_equal(found.value, expected)


# --- einops ---------------------------------------------------------------------------------------

T = np.arange(24.0).reshape(2, 3, 4) / 24 + 0.5
EINOPS = {
    "rearrange": lambda m, x: m.rearrange(x, "a b c -> (c a) b"),
    "mean": lambda m, x: m.reduce(x, "a (b d) c -> a c d", "mean", d=3),
    "max": lambda m, x: m.reduce(x, "a b c -> b 1", "max"),
    "prod": lambda m, x: m.reduce(x, "a b c -> a", "prod"),
    "repeat": lambda m, x: m.repeat(x, "a b c -> a b r c", r=2),
    "pack": lambda m, x: m.pack([x, x[..., 0]], "a b *")[0],
    "unpack": lambda m, x: m.unpack(x, [(2,), (1, 2)], "a b *")[1],
    "list": lambda m, x: m.rearrange([x[0], x[1]], "a b c -> b a c"),
}


@pytest.mark.parametrize("place", ["einops", "einops.array_api"])
@pytest.mark.parametrize("name", EINOPS)
def test_einops(name, place):
    einops = pytest.importorskip("einops")
    module = pytest.importorskip(place)
    out = EINOPS[name](module, Node(T))
    np.testing.assert_allclose(out.value, EINOPS[name](einops, T), rtol=1e-12)
    check_gradients(lambda x: EINOPS[name](module, x), T, order=2, atol=1e-6)


def test_einops_einsum():
    einops = pytest.importorskip("einops")
    call = lambda x: einops.einsum(x, x, "a b c, a d c -> b d")  # noqa: E731
    np.testing.assert_allclose(call(Node(T)).value, call(T))
    check_gradients(call, T, order=2)


@pytest.mark.parametrize(
    "imports", ["import autograd_core, einops", "import einops, autograd_core"]
)
def test_einops_in_any_order_of_imports(imports):
    pytest.importorskip("einops")
    code = f"{imports}\nn = autograd_core.Node([[1.0]])\nprint(einops.rearrange(n, 'a b -> (a b)'))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "Node([1.], operation='reshape')\n"


def test_the_import_of_anything_else_is_left_alone():
    from autograd_core.einops_backend import _WhenImported

    assert _WhenImported().find_spec("einops", None) is None
