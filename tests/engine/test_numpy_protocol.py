"""NumPy's functions on nodes: every spelling arrives, and what is not covered says so."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from cases import find, real, spread_matrix

from autograd_core import Node, grad, softmax_cross_entropy

RANDOM = np.random.default_rng(5)
MATRIX = spread_matrix(RANDOM, (3, 3))
OTHER = spread_matrix(RANDOM, (3, 3))
VECTOR = real(RANDOM, (3,))
SMALL = RANDOM.uniform(0.1, 0.8, (2, 3))

# The second spellings, those of the array API standard, and the ones in np.linalg.
SPELLINGS = {
    "concat": lambda f, x, y: f([x, y]),
    "permute_dims": lambda f, x, y: f(x, (1, 0)),
    "matrix_transpose": lambda f, x, y: f(x),
    "pow": lambda f, x, y: f(x, 2.0),
    "true_divide": lambda f, x, y: f(x, y),
    "mod": lambda f, x, y: f(x, y),
    "fabs": lambda f, x, y: f(x),
    "amax": lambda f, x, y: f(x, axis=0),
    "amin": lambda f, x, y: f(x, axis=0),
    "around": lambda f, x, y: f(x, 1),
    "radians": lambda f, x, y: f(x),
    "degrees": lambda f, x, y: f(x),
    "bitwise_not": lambda f, x, y: f(x > 0),
    "bitwise_invert": lambda f, x, y: f(x > 0),
    "astype": lambda f, x, y: f(x, np.float32),
    "linalg.matmul": lambda f, x, y: f(x, y),
    "linalg.outer": lambda f, x, y: f(x[0], y[0]),
    "linalg.tensordot": lambda f, x, y: f(x, y, axes=1),
    "linalg.cross": lambda f, x, y: f(x, y),
    "linalg.vecdot": lambda f, x, y: f(x, y),
    "linalg.matrix_transpose": lambda f, x, y: f(x),
    "linalg.diagonal": lambda f, x, y: f(np.stack([x, y]), offset=1),
    "linalg.trace": lambda f, x, y: f(np.stack([x, y])),
    "linalg.svdvals": lambda f, x, y: f(x),
    "linalg.vector_norm": lambda f, x, y: f(x),
    "linalg.matrix_norm": lambda f, x, y: f(x),
    **{name: lambda f, x, y: f(np.abs(x) / 9) for name in ("asin", "acos", "atan", "atanh")},
    **{name: lambda f, x, y: f(np.abs(x) + 1.1) for name in ("acosh", "asinh")},
    "atan2": lambda f, x, y: f(x, y),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_arrives(name):
    function = find(np, name)
    if function is None:
        pytest.skip("not in the installed NumPy")
    found = SPELLINGS[name](function, Node(MATRIX), Node(OTHER))
    assert type(found) is Node
    expected = SPELLINGS[name](function, MATRIX, OTHER)
    np.testing.assert_allclose(found.value, expected, rtol=1e-12, atol=1e-14)
    assert found.dtype == np.asarray(expected).dtype


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.1.0", reason="new in NumPy 2.1")
def test_keywords_of_newer_numpy_arrive():
    x = Node(MATRIX)
    assert np.reshape(x, shape=(9,)).shape == (9,)
    np.testing.assert_array_equal(np.clip(x, min=0.0, max=1.0).value, np.clip(MATRIX, 0.0, 1.0))


def test_plain_arguments_beside_a_node_take_part():
    x = Node(VECTOR)
    out = np.concatenate([[1.0, 2.0], x, (3.0,)])
    out.backward(np.arange(6.0))
    np.testing.assert_array_equal(x.grad, [2.0, 3.0, 4.0])


def test_node_in_any_argument_is_seen():
    w = Node(np.abs(VECTOR))
    out = np.average(np.ones(3), weights=w)
    assert type(out) is Node
    index = np.argmax(Node(VECTOR))
    assert VECTOR[index.value] == np.max(VECTOR)
    assert Node(VECTOR)[index].value == np.max(VECTOR)


def test_where_of_a_condition_alone_tells_the_places():
    (places,) = np.where(Node(VECTOR) > 0)
    np.testing.assert_array_equal(places, np.flatnonzero(VECTOR > 0))


def test_a_node_as_index_is_read_for_its_value():
    x = Node(MATRIX)
    order = np.argsort(x[:, 0])
    np.testing.assert_array_equal(x[order].value, MATRIX[np.argsort(MATRIX[:, 0])])
    np.testing.assert_array_equal(x[x > 0.0].value, MATRIX[MATRIX > 0.0])
    np.testing.assert_array_equal(x[order, 1].value, MATRIX[np.argsort(MATRIX[:, 0]), 1])


def test_ufunc_at_says_what_to_write():
    with pytest.raises(TypeError, match=r"np.add.at can't take nodes: .*scatter_add\(b, index"):
        np.add.at(Node(VECTOR), [0], [1.0])


@pytest.mark.parametrize(
    ("call", "x"),
    [
        (np.median, np.zeros(0)), (lambda x: np.median(x, axis=0), np.zeros((0, 3))),
        (lambda x: np.pad(x, 1), 2.0), (lambda x: np.prod(x, axis=0), 2.0),
        (lambda x: np.std(x, axis=None), 2.0), (lambda x: np.convolve(x, x), 2.0),
        (np.cov, np.zeros(0)), (np.cov, np.zeros((2, 1))),
        (lambda x: np.sum(x, axis=()), np.ones((2, 3))),
        (lambda x: np.max(x, axis=()), np.ones((2, 3))),
    ],
)  # fmt: skip
def test_nothing_and_scalars_are_taken_as_numpy_takes_them(call, x):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        node = Node(x)
        out = call(node)
        np.testing.assert_array_equal(out.value, call(np.array(x)))
        out.backward(np.ones(out.shape))
    assert node.grad.shape == node.shape


def test_norms_of_nothing_are_0():
    for x in (np.zeros((0, 3)), np.zeros((3, 0))):
        assert np.linalg.norm(Node(x), 1).value == np.linalg.norm(Node(x), np.inf).value == 0.0
    assert np.linalg.norm(Node(np.zeros(0)), np.inf).value == 0.0


def test_matrices_are_expected():
    for shape in ((3,), (2, 3)):
        with pytest.raises(np.linalg.LinAlgError, match="square matrices"):
            np.linalg.matrix_power(Node(np.ones(shape)), 2)
    with pytest.raises(ValueError, match="a vector or a matrix"):
        np.cov(Node(np.ones((2, 2, 2))))


def test_a_class_ruled_out_costs_nothing():
    loss = softmax_cross_entropy(Node([0.0, -np.inf]), np.array([1.0, 0.0]))
    assert loss.value == 0.0


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.repeat(x, 2, axis=5), lambda x: np.take(x, 0, axis=5),
        lambda x: np.diff(x, axis=5), lambda x: np.array_split(x, 2, axis=5),
        lambda x: np.delete(x, 0, axis=5), lambda x: np.swapaxes(x, 0, 5),
        lambda x: np.tensordot(x, x, axes=([2], [2])), lambda x: np.split(x, 1, axis=5),
        lambda x: np.quantile(x, 0.5, axis=5), lambda x: np.linalg.norm(x, axis=5),
    ],
)  # fmt: skip
def test_an_axis_that_is_not_there_is_refused(call):
    with pytest.raises(np.exceptions.AxisError, match=r"axis [25] is out of bounds"):
        call(Node(np.ones((2, 3))))


def test_lstsq_of_a_stack_says_what_to_write():
    with pytest.raises(np.linalg.LinAlgError, match=r"np.linalg.pinv\(a\) @ b"):
        np.linalg.lstsq(Node(np.ones((2, 3, 2))), np.ones((2, 3)))


def test_correction_is_ddof():
    x = np.array([1.0, 2.0, 4.0])
    for f in (np.var, np.std):
        assert f(Node(x), correction=1).value == f(x, ddof=1)
        np.testing.assert_array_equal(
            grad(lambda x: f(x, correction=1))(x),  # noqa: B023
            grad(lambda x: f(x, ddof=1))(x),  # noqa: B023
        )
