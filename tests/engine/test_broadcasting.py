"""Every broadcasting operation on every pair of shapes, against the same on arrays made full."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from cases import Case
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes
from table import TABLE

from autograd_core import Node

SHAPES = [(), (1,), (3,), (1, 3), (2, 1), (2, 3), (0,), (0, 3)]
BROADCASTING = [case for case in TABLE if case.elementwise and len(case.shapes) > 1 and case.order]
every_case = pytest.mark.parametrize("case", BROADCASTING, ids=lambda case: case.id)


def arrays_of(case: Case, shapes):
    """Inputs in the domains of the case, and other shapes."""
    random = np.random.default_rng(7)
    domains = case.domains * (len(shapes) if len(case.domains) == 1 else 1)
    found = []
    for domain, shape in zip(domains, shapes, strict=True):
        # Distinct over all inputs, so that nothing ties.
        x = domain(random, (max(1, int(np.prod(shape))),))
        if x.dtype.kind == "f":
            x = x + random.uniform(-0.01, 0.01, x.shape)
        found.append(x[: int(np.prod(shape))].reshape(shape))
    return found


def gradients_on(case: Case, arrays):
    nodes = [Node(x, requires_grad=x.dtype.kind == "f") for x in arrays]
    out = case.call(*nodes)
    seed = np.cos(np.arange(out.size)).reshape(out.shape)
    out.backward(seed)
    return out.value, [x.grad for x in nodes]


def summed_to(gradient, shape):
    """What broadcasting repeated, summed up again: the straightforward way."""
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    for axis, n in enumerate(shape):
        if n == 1:
            gradient = gradient.sum(axis=axis, keepdims=True)
    return gradient


def assert_broadcasts(case: Case, shapes):
    arrays = arrays_of(case, shapes)
    full = np.broadcast_shapes(*shapes)
    value, found = gradients_on(case, arrays)
    full_value, expected = gradients_on(case, [np.broadcast_to(x, full) for x in arrays])
    assert value.shape == full
    np.testing.assert_allclose(value, full_value, rtol=1e-12)
    np.testing.assert_allclose(value, case.twin(*arrays), rtol=1e-12)
    for x, gradient, whole in zip(arrays, found, expected, strict=True):
        if whole is not None:
            assert gradient.shape == x.shape
            np.testing.assert_allclose(gradient, summed_to(whole, x.shape), rtol=1e-9, atol=1e-12)


def fit_together(shapes):
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


@every_case
def test_shapes_against_each_other(case):
    for shapes in itertools.product(SHAPES, repeat=len(case.shapes)):
        if fit_together(shapes):
            assert_broadcasts(case, shapes)


@every_case
@settings(max_examples=15)
@given(data=st.data())
def test_any_shapes_that_fit_together(case, data):
    shapes = mutually_broadcastable_shapes(
        num_shapes=len(case.shapes), min_side=0, max_side=3, max_dims=4
    )
    assert_broadcasts(case, data.draw(shapes).input_shapes)


@every_case
def test_shapes_that_do_not_fit_raise(case):
    arrays = arrays_of(case, [(2,), (3,), *[(1,)] * len(case.shapes)][: len(case.shapes)])
    with pytest.raises(ValueError, match=rf"{case.name} can't work on .*\(2,\).*\(3,\)"):
        case.call(*[Node(x, requires_grad=x.dtype.kind == "f") for x in arrays])


@pytest.mark.parametrize("value", [2.5, np.float32(2.5), np.float64(2.5), 2, True, [1.0, 2.0]])
@pytest.mark.parametrize(
    "case",
    [case for case in BROADCASTING if len(case.shapes) == 2 and case.name != "ldexp"],
    ids=lambda case: case.id,
)
def test_constants_keep_what_they_are_beside_a_node(case, value):
    x = Node(np.array([0.7, 0.9]))
    with np.errstate(all="ignore"):
        for out in (case.call(x, value), case.call(value, x)):
            if out.requires_grad:
                out.backward(np.ones(out.shape))
                assert x.grad.shape == (2,)
