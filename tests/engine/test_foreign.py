"""What comes from other libraries and meets a node."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Node, grad

DATA = np.array([1.0, 2.0, 4.0])
BOTH_WAYS = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.floordiv,
    operator.mod, operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
    np.add, np.multiply, np.maximum, np.arctan2, np.hypot, ac.multiply, np.less,
]  # fmt: skip


@pytest.mark.parametrize("function", BOTH_WAYS, ids=lambda f: f.__name__)
def test_pandas_beside_a_node_is_a_constant(function):
    pandas = pytest.importorskip("pandas")
    x = np.array([0.5, 3.0, 2.0])
    frame = pandas.DataFrame(np.stack([DATA, DATA + 1.0]))
    index = (
        () if isinstance(function, np.ufunc) else (pandas.Index(DATA),)
    )  # keeps ufuncs to itself
    for other in (pandas.Series(DATA), frame, pandas.Series([1, 2, 4]), *index):
        for found, expected in (
            (function(other, Node(x)), function(np.asarray(other), x)),
            (function(Node(x), other), function(x, np.asarray(other))),
        ):
            assert type(found) is Node
            np.testing.assert_allclose(found.value, expected)


def test_gradients_beside_pandas():
    pandas = pytest.importorskip("pandas")
    series = pandas.Series(DATA, index=["a", "b", "c"])
    frame = pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0], "c": [5.0, 6.0]})
    x = np.array([0.5, 3.0, 2.0])
    np.testing.assert_array_equal(grad(lambda x: (x * series).sum())(x), DATA)
    np.testing.assert_array_equal(grad(lambda x: (series * x).sum())(x), DATA)
    np.testing.assert_array_equal(grad(lambda x: np.sum(x @ frame.T))(x), [3.0, 7.0, 11.0])
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.dot(frame, x)))(x), [3.0, 7.0, 11.0])
    np.testing.assert_array_equal(grad(lambda x: np.dot(series, x))(x), DATA)
    np.testing.assert_array_equal(grad(lambda x: (2.0 * x - frame).sum())(x), [4.0, 4.0, 4.0])


def test_missing_values_of_pandas_are_nan():
    pandas = pytest.importorskip("pandas")
    whole = pandas.Series([1, None, 3], dtype="Int64")
    np.testing.assert_array_equal((Node(DATA) * whole).value, [1.0, np.nan, 12.0])
    np.testing.assert_array_equal((pandas.array([1, 2, 3]) * Node(DATA)).value, [1.0, 4.0, 12.0])
    answers = pandas.Series([True, False, True], dtype="boolean")
    np.testing.assert_array_equal((Node(DATA) * answers).value, [1.0, 0.0, 4.0])
    with pytest.raises(TypeError, match="multiply expects nodes, numbers"):
        Node(DATA) * pandas.Series(["a", "b", "c"])


def test_where_pandas_does_not_ask_it_is_said_what_to_write():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(np.eye(3))
    for call in (lambda x: frame @ x, lambda x: np.matmul(frame, x), pandas.Series):
        with pytest.raises(TypeError, match=r"write df.to_numpy\(\) @ node for df @ node, or"):
            call(Node(DATA))


def _of(library, **fields):
    """A value of a library that need not be there."""
    return type("Data", (), {"__module__": f"{library}.core", **fields})()


@pytest.mark.parametrize(
    ("library", "says"),
    [
        ("torch", r"Write tensor.detach\(\).numpy\(\) for a constant"),
        ("xarray", r"Write data.to_numpy\(\) for a constant"),
        ("jax", r"Write np.asarray\(array\) for a constant"),
        ("polars", r"Write series.to_numpy\(\) for a constant"),
    ],
)
def test_what_carries_more_than_numbers_is_refused(library, says):
    other = _of(library, __array__=lambda self, dtype=None, copy=None: DATA)
    for call in (
        lambda x: x * other, lambda x: other + x, lambda x: x @ other, lambda x: x < other,
        lambda x: ac.multiply(x, other), lambda x: np.where([True, False, True], x, other),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=says):
            call(Node(DATA))


def test_functions_of_torch_say_what_to_write():
    def exp(tensor):
        return type(tensor).__torch_function__(exp, (type(tensor),), (tensor,))

    with pytest.raises(TypeError, match=r"torch.exp can't take nodes.* torch.tensor\(node.value\)"):
        exp(Node(DATA))


@pytest.mark.parametrize(
    "draw",
    [
        lambda axes, x: axes.plot(x), lambda axes, x: axes.plot([1, 2, 3], x),
        lambda axes, x: axes.scatter(x, x), lambda axes, x: axes.bar([1, 2, 3], x),
        lambda axes, x: axes.hist(x), lambda axes, x: axes.imshow(x[None]),
        lambda axes, x: axes.fill_between([1, 2, 3], x), lambda axes, x: axes.semilogy(x),
        lambda axes, x: axes.errorbar([1, 2, 3], DATA, yerr=x), lambda axes, x: axes.boxplot(x),
    ],
)  # fmt: skip
def test_pictures_are_drawn_of_plain_numbers(draw):
    figure = pytest.importorskip("matplotlib.figure")
    with pytest.raises(TypeError, match=r"Matplotlib draws plain numbers: write node\.value"):
        draw(figure.Figure().subplots(), Node(DATA))


def test_functions_of_ones_own_are_not_called_numpys():
    for function in (np.frompyfunc(lambda x: 2.0 * x, 1, 1), np.frompyfunc(max, 2, 1).reduce):
        with pytest.raises(TypeError, match="is a function of your own, made for plain numbers"):
            function(Node(DATA))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda s, x: s.pdtri(2.0, x),
            "^scipy.special.pdtri is .*function is scipy.special.pdtr[.]",
        ),
        (lambda s, x: s.zetac(x), "^scipy.special.zetac is .*function is scipy.special.zeta[.]"),
        (lambda s, x: s.kolmogorov(x), "^scipy.special.kolmogorov is .* known here. To compute"),
    ],
)
def test_scipys_functions_are_called_scipys(call, says):
    special = pytest.importorskip("scipy.special")
    with pytest.raises(TypeError, match=says):
        call(special, Node(DATA))


@pytest.mark.parametrize("name", ["save", "busday_count", "datetime_as_string", "isnat"])
def test_nothing_is_near_where_nothing_is(name):
    from autograd_core.numpy_protocol import _nearest

    assert _nearest(getattr(np, name)) == ""
