"""Lists that hold nodes stand for arrays."""

from __future__ import annotations

import numpy as np
import pytest
from cases import joined
from table import TABLE

import autograd_core as ac
from autograd_core import Node, grad

# Their calls compare, slice or sort their inputs as arrays.
NEED_ARRAYS = (
    *("block", "select", "piecewise", "getitem", "intersect1d", "setdiff1d", "setxor1d"),
    *("kaiser", "astype", "histogramdd"),
)


def nested(x):
    """An array as lists of scalar nodes."""
    return [nested(row) for row in x] if np.ndim(x) else Node(x)


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in TABLE
        if case.order and any(case.shapes)
        if hasattr(ac, case.name) and case.name not in NEED_ARRAYS
    ],
    ids=lambda case: case.id,
)
def test_lists_of_nodes_do_as_well(case):
    arrays = case.arrays()
    lists = [nested(x) if x.dtype.kind == "f" else x for x in arrays]
    out = joined(case.call(*lists))
    nodes = [Node(x) if x.dtype.kind == "f" else x for x in arrays]
    expected = joined(case.call(*nodes))
    np.testing.assert_allclose(out.value, expected.value, rtol=1e-12, atol=1e-13)
    seed = np.cos(np.arange(out.size)).reshape(out.shape)
    out.backward(seed)
    expected.backward(seed)
    for parts, node in zip(lists, nodes, strict=True):
        if type(node) is Node and node.grad is not None:
            np.testing.assert_allclose(gradients(parts), node.grad, rtol=1e-10, atol=1e-12)


def gradients(parts):
    if isinstance(parts, list):
        return [gradients(part) for part in parts]
    return 0.0 if parts.grad is None else parts.grad


MEAN = {
    "function": lambda a: ac.mean([a, a * a]),
    "tuple": lambda a: ac.mean((a, a * a)),
    "nested": lambda a: ac.mean([[a], [a * a]]),
    "beside a node": lambda a: np.dot([a, a * a], a * np.array([0.5, 0.5])) / a,
    "operator": lambda a: (np.ones(2) * a / a + [a - 1.0, a * a - 1.0]).mean(),
    "reflected": lambda a: ([a, a * a] * (np.full(2, 0.5) * a / a)).sum(),
    "numbers among them": lambda a: ac.sum([a, 0.0, a * a]) / 2,
    "arrays among them": lambda a: ac.sum([a * np.ones(2), np.zeros(2), [a * a, a * a]]) / 4,
}


@pytest.mark.parametrize("name", MEAN)
def test_a_mean_of_two(name):
    assert MEAN[name](Node(3.0)).value == pytest.approx(6.0)
    assert grad(MEAN[name])(3.0) == pytest.approx(3.5)


def test_append_and_norm():
    a, b = Node(3.0), Node(4.0)
    assert ac.append([a], [b, 1.0]).shape == np.append(a, [b, 1.0]).shape == (3,)
    length = ac.norm([a, b])
    length.backward()
    assert (length.value, a.grad, b.grad) == (5.0, 0.6, 0.8)
