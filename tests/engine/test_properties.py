"""Random shapes, axes and indices: value as NumPy's, gradient as worked out in another way."""

from __future__ import annotations

import numpy as np
import pytest
from cases import real
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd_core as ac
from autograd_core import Node, check_gradients

shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)


def numbers(shape):
    if 0 in shape:
        return np.zeros(shape)
    return real(np.random.default_rng(11), shape)


def axes_of(data, ndim, one=False):
    """None, an axis, or several of them, counted from either end."""
    if ndim == 0:
        return None
    each = st.integers(-ndim, ndim - 1)
    several = st.lists(each, max_size=ndim, unique_by=lambda a: a % ndim).map(tuple)
    return data.draw(st.none() | each if one else st.none() | each | several)


@pytest.mark.parametrize(
    "name", ["sum", "mean", "prod", "max", "min", "var", "std", "ptp", "logsumexp", "norm"]
)
@settings(max_examples=25)
@given(data=st.data())
def test_reductions(name, data):
    x = numbers(data.draw(shapes))
    axis, keepdims = axes_of(data, x.ndim), data.draw(st.booleans())
    options = {"axis": axis, "keepdims": keepdims}
    if name == "logsumexp":
        ours = lambda x: ac.logsumexp(x, **options)  # noqa: E731
        twin = lambda x: np.log(np.sum(np.exp(x), **options))  # noqa: E731
    elif name == "norm":
        ours = lambda x: np.linalg.vector_norm(x, **options)  # noqa: E731
        twin = ours
    else:
        ours = twin = lambda x: getattr(np, name)(x, **options)
    try:
        with np.errstate(divide="raise", invalid="raise"):
            expected = twin(x)
    except (ValueError, FloatingPointError, RuntimeWarning):  # nothing to reduce
        return
    node = Node(x)
    out = ours(node)
    np.testing.assert_allclose(out.value, expected, rtol=1e-12, atol=1e-14)
    assert out.shape == np.shape(expected)
    out.backward(np.ones(out.shape))
    assert node.grad.shape == x.shape
    if name == "std":  # a single entry never deviates: 0 by convention, and a kink
        return
    check_gradients(ours, x, directions=1, atol=1e-6)


@pytest.mark.parametrize("name", ["cumsum", "cumprod", "sort", "flip"])
@settings(max_examples=25)
@given(data=st.data())
def test_along_an_axis(name, data):
    x = numbers(data.draw(shapes.filter(len)))
    axis = axes_of(data, x.ndim, one=True)

    def f(x):
        return getattr(np, name)(x, axis=axis)

    np.testing.assert_allclose(f(Node(x)).value, f(x), rtol=1e-12)
    check_gradients(f, x, directions=1)


def assert_picks(x, index):
    node = Node(x)
    out = node[index]
    np.testing.assert_array_equal(out.value, x[index])
    seed = np.cos(np.arange(out.size)).reshape(out.shape)
    out.backward(seed)
    expected = np.zeros_like(x)
    np.add.at(expected, index, seed)
    np.testing.assert_allclose(node.grad, expected)
    assert node.grad.flags.owndata and node.grad.flags.writeable


@settings(max_examples=150)
@given(data=st.data())
def test_basic_indices(data):
    x = numbers(data.draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4)))
    assert_picks(x, data.draw(hnp.basic_indices(x.shape, allow_newaxis=True)))


@settings(max_examples=100)
@given(data=st.data())
def test_integer_array_indices(data):
    x = numbers(data.draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4)))
    assert_picks(x, data.draw(hnp.integer_array_indices(x.shape)))


@settings(max_examples=50)
@given(data=st.data())
def test_mask_indices(data):
    x = numbers(data.draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4)))
    covered = data.draw(st.integers(1, x.ndim))
    assert_picks(x, data.draw(hnp.arrays(bool, x.shape[:covered])))


@settings(max_examples=60)
@given(shapes=hnp.mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=2))
def test_matmul(shapes):
    x, y = (numbers(shape) for shape in shapes.input_shapes)
    if 0 not in x.shape and 0 not in y.shape:
        y = y[..., ::-1] * 0.7 + 0.1
    np.testing.assert_allclose((Node(x) @ Node(y)).value, x @ y, rtol=1e-12, atol=1e-14)
    check_gradients(np.matmul, x, y, directions=1, atol=1e-6)


@settings(max_examples=60)
@given(data=st.data())
def test_reshape_and_transpose(data):
    x = numbers(data.draw(shapes))
    order = tuple(data.draw(st.permutations(range(x.ndim))))
    flat = np.transpose(Node(x), order).reshape(-1)
    np.testing.assert_array_equal(flat.value, np.transpose(x, order).reshape(-1))
    node = Node(x)
    seed = np.cos(np.arange(x.size))
    np.transpose(node, order).reshape(-1).backward(seed)
    lengths = [x.shape[a] for a in order]
    np.testing.assert_array_equal(
        node.grad, np.transpose(seed.reshape(lengths), np.argsort(order).astype(int))
    )


@settings(max_examples=80)
@given(data=st.data())
def test_einsum(data):
    lengths = {"i": 2, "j": 3, "k": 1}
    letters = st.text("ijk", max_size=3)
    terms = data.draw(st.lists(letters, min_size=1, max_size=3))
    known = sorted(set("".join(terms)))
    output = "".join(data.draw(st.permutations(known)))[: data.draw(st.integers(0, 3))]
    subscripts = f"{','.join(terms)}->{output}"
    inputs = [numbers(tuple(lengths[a] for a in term)) for term in terms]
    np.testing.assert_allclose(
        np.einsum(subscripts, *[Node(x) for x in inputs]).value,
        np.einsum(subscripts, *inputs),
        rtol=1e-12,
        atol=1e-13,
    )
    check_gradients(lambda *x: np.einsum(subscripts, *x), *inputs, directions=1, atol=1e-5)


@settings(max_examples=60)
@given(data=st.data())
def test_scalar_chain_rule(data):
    """A random expression of smooth functions, against its derivative along the way."""
    x = 0.3
    value, slope = x, 1.0
    node = start = Node(x)
    steps = {
        "sin": (np.sin, np.cos),
        "tanh": (np.tanh, lambda v: 1 - np.tanh(v) ** 2),
        "exp(-v)": (lambda v: np.exp(-v), lambda v: -np.exp(-v)),
        "v * v": (lambda v: v * v, lambda v: 2 * v),
        "1 / (2 + v)": (lambda v: 1 / (2.5 + v), lambda v: -1 / (2.5 + v) ** 2),
        "sigmoid": (ac.sigmoid, lambda v: ac.sigmoid(v) * (1 - ac.sigmoid(v))),
    }
    for name in data.draw(st.lists(st.sampled_from(sorted(steps)), max_size=12)):
        f, df = steps[name]
        slope *= df(value)
        value, node = f(value), f(node)
    node.backward()
    assert node.value == pytest.approx(value, rel=1e-13)
    assert start.grad == pytest.approx(slope, rel=1e-10, abs=1e-300)
