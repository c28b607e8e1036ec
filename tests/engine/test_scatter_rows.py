"""Whole rows added where an index says: the bits of np.add.at, by its fast loop for flat arrays."""

import numpy as np
import pytest

from autograd_core import Node, scatter_add
from autograd_core.operations import indexing


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize(
    ("places", "rows"),
    [((7,), (3,)), ((4, 5), (3,)), ((7,), (2, 3)), ((300,), (300,)), ((0,), (3,)), ((7,), (0,))],
)
def test_rows_are_added_as_numpy_adds_them(places, rows, dtype):
    random = np.random.default_rng(0)
    index = random.integers(-5, 5, places)
    x = (random.standard_normal((*places, *rows)) * 9).astype(dtype)
    expected = np.zeros((5, *rows), dtype)
    np.add.at(expected, index, x)
    for given in (index, (index,), index.astype(np.int8)):
        found = scatter_add(x, given, (5, *rows))
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, expected)


def test_a_lookup_in_a_matrix_takes_that_way_back(monkeypatch):
    taken = []
    adds_rows = indexing._adds_rows
    monkeypatch.setattr(indexing, "_adds_rows", lambda *x: taken.append(adds_rows(*x)) or taken[-1])
    weight = Node(np.ones((6, 3)))
    weight[np.array([[0, 5], [5, -1]])].sum().backward()
    np.testing.assert_array_equal(weight.grad[:, 0], [1, 0, 0, 0, 0, 3])
    assert taken == [True]


@pytest.mark.parametrize("place", [6, -7])
def test_a_place_that_is_not_there_is_named(place):
    with pytest.raises(IndexError, match=f"index {place} is out of bounds for axis 0 with size 6"):
        scatter_add(np.ones((1, 2)), np.array([place]), (6, 2))


@pytest.mark.parametrize("x", [1.0, np.ones(3), np.ones((4, 1))])
def test_what_is_repeated_along_the_rows_is_added_all_the_same(x):
    expected = np.zeros((6, 3))
    np.add.at(expected, [0, 5, 5, 1], x)
    np.testing.assert_array_equal(scatter_add(x, np.array([0, 5, 5, 1]), (6, 3)), expected)
