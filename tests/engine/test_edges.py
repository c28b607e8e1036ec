"""Edges where right numbers are easily missed: infinities, counts, equal entries, short dtypes.

One line per case. Nothing here may warn.
"""

from __future__ import annotations

import numpy as np
import pytest
from cases import NUMPY

import autograd_core as ac
from autograd_core import Node, grad
from autograd_core.operations.interpolation import PLACES

inf, nan = np.inf, np.nan


def both(f):
    return lambda x, y: grad(f, (0, 1))(x, y)


# --- weights of what is infinite or large ---------------------------------------------------------

PAIRS = [
    (np.logaddexp, inf, 0.0, (1.0, 0.0)),
    (np.logaddexp, -2.0, inf, (0.0, 1.0)),
    (np.logaddexp, inf, -inf, (1.0, 0.0)),
    (np.logaddexp, inf, inf, (0.5, 0.5)),
    (np.logaddexp, 1e16, 1e16, (0.5, 0.5)),
    (np.logaddexp, 1e300, 1e300, (0.5, 0.5)),
    (np.logaddexp, -1e17, -1e17, (0.5, 0.5)),
    (np.logaddexp2, inf, 0.0, (1.0, 0.0)),
    (np.logaddexp2, -inf, inf, (0.0, 1.0)),
    (np.logaddexp2, 1e16, 1e16, (0.5, 0.5)),
    (np.logaddexp2, 1e16, 1e16 + 2.0, (0.2, 0.8)),
    (np.hypot, inf, 1.0, (1.0, 0.0)),
    (np.hypot, 2.0, -inf, (0.0, -1.0)),
    (np.hypot, -inf, inf, (-(0.5**0.5), 0.5**0.5)),
    (np.arctan2, inf, 1.0, (0.0, 0.0)),
    (np.arctan2, 1.0, -inf, (0.0, 0.0)),
    (np.arctan2, inf, inf, (0.0, 0.0)),
    (np.maximum, nan, 1.0, (nan, 0.0)),
    (np.minimum, 1.0, nan, (0.0, nan)),
    (np.fmax, nan, 1.0, (0.0, 1.0)),
    (np.fmin, nan, nan, (nan, nan)),
    (np.maximum, inf, inf, (0.5, 0.5)),
    (np.power, inf, -1.0, (0.0, 0.0)),
    (np.remainder, 2.0, inf, (1.0, 0.0)),
    (np.remainder, -2.0, inf, (1.0, 1.0)),
    (np.remainder, 2.0, -inf, (1.0, 1.0)),
    (np.fmod, -2.0, inf, (1.0, 0.0)),
]


@pytest.mark.parametrize(
    ("f", "x", "y", "expected"), PAIRS, ids=lambda part: getattr(part, "__name__", str(part))
)
def test_of_two(f, x, y, expected):
    np.testing.assert_allclose(both(f)(x, y), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("y", "expected"), [(-1.0, -inf), (-0.5, -inf), (0.0, 0.0), (0.5, 0.0), (2.0, 0.0)]
)
def test_a_power_of_0_with_respect_to_the_exponent(y, expected):
    with np.errstate(divide="ignore"):  # 0**-1 itself warns
        assert grad(lambda y: np.power(0.0, y))(y) == expected
        assert grad(lambda y: np.float_power(np.array([0.0]), y)[0])(y) == expected


@pytest.mark.parametrize("f", [np.remainder, np.fmod])
def test_what_is_left_of_infinity(f):
    with np.errstate(invalid="ignore"):
        assert np.isnan(grad(f, 1)(inf, -inf))


def test_a_power_of_a_negative_number_does_not_warn():
    assert np.isnan(grad(lambda y: np.power(-2.0, y))(2.0))


ROWS = [
    ("logsumexp", ac.logsumexp, [inf, 1.0], [1.0, 0.0]),
    ("logsumexp", ac.logsumexp, [-inf, inf, inf], [0.0, 0.5, 0.5]),
    ("logsumexp", ac.logsumexp, [1e16, 1e16], [0.5, 0.5]),
    ("logsumexp", ac.logsumexp, [-1e300, -1e300, -inf], [0.5, 0.5, 0.0]),
    ("logsumexp", ac.logsumexp, [1e308, -1e308], [1.0, 0.0]),
    ("logsumexp", ac.logsumexp, [-inf, -inf], [0.0, 0.0]),
    ("logsumexp", lambda x: np.sum(ac.logsumexp(x, axis=1, keepdims=True)[1:]),
     [[inf, 1.0], [-inf, -inf], [2.0, -inf]], [[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]]),
    ("softmax", lambda x: ac.softmax(x)[0], [inf, 1.0], [0.0, 0.0]),
    ("softmax", lambda x: ac.softmax(x)[0], [inf, inf], [0.25, -0.25]),
    ("log_softmax", lambda x: ac.log_softmax(x)[0], [inf, inf, 1.0], [0.5, -0.5, 0.0]),
    ("log_softmax", lambda x: ac.log_softmax(x)[0], [1e308, -1e308], [0.0, 0.0]),
    ("norm", np.linalg.norm, [inf, 1.0], [1.0, 0.0]),
    ("norm", np.linalg.norm, [-inf, inf], [-(0.5**0.5), 0.5**0.5]),
    ("norm, order 3", lambda x: np.linalg.norm(x, 3), [-inf, 1.0], [-1.0, 0.0]),
    ("norm of a matrix", np.linalg.norm, [[inf, 1.0]], [[1.0, 0.0]]),
    ("norm inf", lambda x: np.linalg.norm(x, inf), [-inf, 1.0], [-1.0, 0.0]),
    ("cumprod", lambda x: np.sum(np.cumprod(x)), [2.0, inf, 3.0], [inf, 8.0, inf]),
    ("cumprod", lambda x: np.sum(np.cumprod(x)), [2.0, 3.0, inf], [inf, inf, 6.0]),
    ("cumprod", lambda x: np.sum(np.cumprod(x)), [inf, 1.0, 1.0, 1.0, 1.0], [5.0, *[inf] * 4]),
    ("max with nan", np.max, [1.0, nan, 2.0], [0.0, nan, 0.0]),
    ("min with two nan", np.min, [nan, 1.0, nan], [nan, 0.0, nan]),
    ("max along an axis", lambda x: np.sum(np.max(x, axis=1)), [[nan, 1.0], [1.0, 2.0]],
     [[nan, 0.0], [0.0, 1.0]]),
    ("max of another row", lambda x: np.sum(np.max(x, axis=1)[1:]), [[nan, 1.0], [1.0, 2.0]],
     [[0.0, 0.0], [0.0, 1.0]]),
    ("nanmax", np.nanmax, [1.0, nan, 2.0], [0.0, 0.0, 1.0]),
    ("median with nan", np.median, [1.0, nan, 2.0], [0.0, nan, 0.0]),
    ("median beside inf", np.median, [1.0, 2.0, inf], [0.0, 1.0, 0.0]),
    ("median beside -inf", np.median, [-inf, 2.0, 3.0], [0.0, 1.0, 0.0]),
    ("median with inf", np.median, [1.0, 2.0, 3.0, inf], [0.0, 0.5, 0.5, 0.0]),
    ("median with and of inf", np.median, [inf, 2.0, 3.0, inf], [0.5, 0.0, 0.5, 0.0]),
    ("median of inf", np.median, [inf, inf, 1.0], [1.0, 0.0, 0.0]),
    ("nanmedian beside inf", np.nanmedian, [1.0, nan, 2.0, inf], [0.0, 0.0, 1.0, 0.0]),
    ("nanmedian of rows", lambda x: np.sum(np.nanmedian(x, axis=1)),
     [[1.0, inf, nan], [-inf, 2.0, inf]], [[0.5, 0.5, 0.0], [0.0, 1.0, 0.0]]),
    ("quantile of 2 of 5", lambda x: np.quantile(x, 0.25), [-inf, 1.0, 5.0, 6.0, inf],
     [0.0, 1.0, 0.0, 0.0, 0.0]),
    ("std of equal entries whose mean rounds", np.std, [0.1] * 3, [0.0] * 3),
    ("var of equal entries whose mean rounds", np.var, [1e8 + 0.1] * 3, [0.0] * 3),
    ("nanstd of equal entries whose mean rounds", np.nanstd, [0.1, nan, 0.1, 0.1], [0.0] * 4),
    ("matrix_power 0", lambda x: np.sum(np.linalg.matrix_power(x, 0)), [[inf, 1.0], [nan, 2.0]],
     [[0.0, 0.0], [0.0, 0.0]]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("f", "x", "expected"), [pytest.param(*r[1:], id=f"{r[0]} {r[2]}") for r in ROWS]
)
def test_of_several(f, x, expected):
    np.testing.assert_allclose(grad(f)(np.array(x)), expected, rtol=1e-12, atol=1e-12)


VALUES = [
    ("median", lambda x: np.median(x), [1.0, 2.0, inf], 2.0),
    ("nanmedian", lambda x: np.nanmedian(x), [-inf, 2.0, nan, 3.0], 2.0),
    ("softmax", lambda x: ac.softmax(x), [inf, 1.0], [1.0, 0.0]),
    ("softmax of nothing but -inf", lambda x: ac.softmax(x), [-inf, -inf], [nan, nan]),
    ("log_softmax", lambda x: ac.log_softmax(x), [inf, 1.0], [0.0, -inf]),
    ("matrix_power", lambda x: np.linalg.matrix_power(x, 0), [[inf, nan], [1.0, 2.0]], np.eye(2)),
    ("equal ends of quantiles", lambda x: np.quantile(x, 0.3), [inf, inf, inf], inf),
    ("interp", lambda x: np.interp(1.0, [0.0, 1.0, 2.0], x), [inf, 5.0, inf], 5.0),
    ("interp at the last", lambda x: np.interp(2.0, [0.0, 1.0, 2.0], x), [-inf, inf, 5.0], 5.0),
]


@pytest.mark.parametrize(
    ("f", "x", "expected"), [pytest.param(*value[1:], id=value[0]) for value in VALUES]
)
def test_values(f, x, expected):
    np.testing.assert_array_equal(f(Node(x)).value, expected)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.uint64])
@pytest.mark.parametrize(
    "f",
    [
        ac.softmax, ac.log_softmax, ac.logsumexp, np.linalg.norm, ac.sigmoid, ac.silu, ac.elu,
        ac.selu, ac.gelu, ac.softplus, ac.moments,
        lambda x: ac.normalize(x, 1.0, 0.0, ac.moments(x)),
        lambda x: ac.average_pool(x[None, None], 3, 1, 1),
    ],
)  # fmt: skip
def test_whole_numbers(f, dtype):
    x = np.array([0, 1, 200, 201]).astype(dtype)
    np.testing.assert_allclose(f(x), f(x.astype(np.float64)), strict=True)
    np.testing.assert_allclose(f(Node(x, requires_grad=False)).value, f(x.astype(np.float64)))


@pytest.mark.parametrize("method", sorted(PLACES))
@pytest.mark.parametrize("q", [0.0, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("f", [np.quantile, np.nanquantile])
def test_quantiles_beside_infinities(method, q, f):
    """The gradient is that of finite entries in their places."""
    far, near = np.array([3.0, inf, -inf, 1.0, 2.0]), np.array([3.0, 9.0, -9.0, 1.0, 2.0])
    found = grad(lambda x: f(x, q, method=method))(far)
    np.testing.assert_allclose(found, grad(lambda x: f(x, q, method=method))(near))
    if method != "closest_observation" or NUMPY >= "2.1.0":  # before, it took the next one
        assert f(Node(near), q, method=method).value == pytest.approx(f(near, q, method=method))
    expected = np.sum(far[found != 0] * found[found != 0])
    assert f(Node(far), q, method=method).value == pytest.approx(expected)


# --- half precision -------------------------------------------------------------------------------

MANY = 70_000
HALF = {
    "mean": np.mean, "max": np.max, "min": np.min, "average": np.average, "std": np.std,
    "var": np.var, "ptp": np.ptp, "norm": np.linalg.norm, "cov": np.cov, "median": np.median,
    "norm inf": lambda x: np.linalg.norm(x, inf), "norm 3": lambda x: np.linalg.norm(x, 3),
    "nanmean": np.nanmean, "nanmax": np.nanmax, "nanmin": np.nanmin, "nanstd": np.nanstd,
    "nanvar": np.nanvar, "nanmedian": np.nanmedian, "logsumexp": ac.logsumexp,
    "average with weights": lambda x: np.average(x, weights=np.ones(MANY, np.float16)),
    "softmax": lambda x: 1000.0 * ac.softmax(x)[7], "log_softmax": lambda x: ac.log_softmax(x)[7],
}  # fmt: skip


@pytest.mark.parametrize("entries", ["equal", "various"])
@pytest.mark.parametrize("name", HALF)
def test_more_entries_than_half_precision_counts(name, entries):
    x = np.ones(MANY, np.float16)
    if entries == "various":
        x = np.random.default_rng(0).normal(size=MANY).astype(np.float16)
    f, wide = HALF[name], x.astype(np.float64)
    np.testing.assert_allclose(f(Node(x)).value, f(Node(wide)).value, rtol=2e-3, atol=1e-5)
    found, expected = grad(f)(x), grad(f)(wide)
    assert found.dtype == np.float16
    np.testing.assert_allclose(found, expected, rtol=5e-3, atol=1e-7)


@pytest.mark.parametrize("f", [np.std, np.var, np.nanstd, np.linalg.norm], ids=lambda f: f.__name__)
def test_squares_beyond_half_precision(f):
    x = np.array([300.0, -200.0, 250.0], np.float16)
    if f is np.var:
        x /= 2
    found = f(Node(x))
    assert found.dtype == np.float16
    np.testing.assert_allclose(found.value, f(x.astype(float)), rtol=1e-3)
    np.testing.assert_allclose(grad(f)(x), grad(f)(x.astype(float)), rtol=2e-3)


# --- dtypes of heights, counts and indices --------------------------------------------------------

HEIGHTS = [
    np.array([200, 100, 250], np.uint8),
    np.array([100, -100, 127], np.int8),
    np.array([30000, -30000, 5], np.int16),
    np.array([2**63, 1, 2**40], np.uint64),
    np.array([True, False, True]),
    np.array([6e4, -6e4, 1.0], np.float16),
]


@pytest.mark.parametrize("period", [None, 5.0])
@pytest.mark.parametrize("heights", HEIGHTS, ids=lambda heights: heights.dtype.name)
def test_interp_with_heights_of_any_type(heights, period):
    at, points = np.array([0.25, 1.5, 1.0, -3.0, 7.0]), [0.0, 1.0, 3.0]

    def f(x, heights):
        return np.interp(x, points, heights, period=period)

    np.testing.assert_allclose(f(Node(at), heights).value, f(at, heights))
    wide = heights.astype(np.float64)
    np.testing.assert_array_equal(
        grad(lambda x: np.sum(f(x, heights)))(at), grad(lambda x: np.sum(f(x, wide)))(at)
    )


@pytest.mark.parametrize(
    ("heights", "x", "slope", "shares"),
    [
        ([inf, 5.0, 7.0], 1.5, 2.0, [0.0, 0.5, 0.5]),
        ([inf, 5.0, inf], 1.0, inf, [0.0, 1.0, 0.0]),
        ([inf, 5.0, 7.0], 0.5, -inf, [0.5, 0.5, 0.0]),
        ([inf, inf, 7.0], 0.5, 0.0, [0.5, 0.5, 0.0]),
        ([inf, 5.0, -inf], -1.0, 0.0, [1.0, 0.0, 0.0]),
        ([inf, 5.0, -inf], 9.0, 0.0, [0.0, 0.0, 1.0]),
    ],
)
def test_interp_between_infinite_heights(heights, x, slope, shares):
    points, heights = [0.0, 1.0, 2.0], np.array(heights)
    assert np.interp(Node(x), points, heights).value == np.interp(x, points, heights)
    assert grad(lambda x: np.interp(x, points, heights))(x) == slope
    np.testing.assert_array_equal(grad(lambda y: np.interp(x, points, y))(heights), shares)


COUNTS = {
    "roll": lambda x, n: np.roll(x, n),
    "roll, axis": lambda x, n: np.roll(x, n, axis=1),
    "roll, both axes": lambda x, n: np.roll(x, (n, n), axis=(0, 1)),
    "repeat": lambda x, n: np.repeat(x, n),
    "repeat, axis": lambda x, n: np.repeat(x, n, axis=1),
    "repeat each": lambda x, n: np.repeat(x, [n, n, n], axis=0),
    "tile": lambda x, n: np.tile(x, n),
    "tile, both axes": lambda x, n: np.tile(x, (n, n)),
    "diag": lambda x, n: np.diag(x, n),
    "diag of a vector": lambda x, n: np.diag(x[0], n),
    "diagflat": lambda x, n: np.diagflat(x, n),
    "diagonal": lambda x, n: np.diagonal(x, n),
    "trace": lambda x, n: np.trace(x, n),
    "tril": lambda x, n: np.tril(x, n),
    "triu": lambda x, n: np.triu(x, n),
    "rot90": lambda x, n: np.rot90(x, n),
    "take": lambda x, n: np.take(x, n),
    "take, wrap": lambda x, n: np.take(x, n, axis=1, mode="wrap"),
    "take, clip": lambda x, n: np.take(x, [n, n], axis=0, mode="clip"),
    "pad": lambda x, n: np.pad(x, n),
    "diff": lambda x, n: np.diff(x, n),
    "sum": lambda x, n: np.sum(x, n),
    "max": lambda x, n: np.max(x, axis=n),
    "cumsum": lambda x, n: np.cumsum(x, n),
    "moveaxis": lambda x, n: np.moveaxis(x, n, 0),
    "swapaxes": lambda x, n: np.swapaxes(x, n, 0),
    "expand_dims": lambda x, n: np.expand_dims(x, n),
    "split": lambda x, n: np.split(x, [n])[1],
    "array_split": lambda x, n: np.array_split(x, n)[0],
    "matrix_power": lambda x, n: np.linalg.matrix_power(x, int(n)),
    "linspace": lambda x, n: np.linspace(x[0], 1.0, n),
    "vander": lambda x, n: np.vander(x[0], n),
    "index": lambda x, n: x[n:],
}


@pytest.mark.parametrize(
    "n", [np.uint8(1), np.uint64(1), np.int8(1), np.array(1, np.uint16)], ids=repr
)
@pytest.mark.parametrize("name", COUNTS)
def test_counts_of_any_type(name, n):
    f, x = COUNTS[name], np.arange(9.0).reshape(3, 3) ** 2

    weights = np.cos(np.arange(np.size(f(x, 1)))).reshape(np.shape(f(x, 1)))

    def summed(n):
        return grad(lambda x: np.sum(f(x, n) * weights))(x)

    np.testing.assert_array_equal(f(Node(x), n).value, f(x, 1))
    np.testing.assert_array_equal(summed(n), summed(1))


LARGE = {
    "roll": lambda x, n: np.roll(x, n),
    "repeat": lambda x, n: np.repeat(x, n),
    "tile": lambda x, n: np.tile(x, n),
    "take, wrap": lambda x, n: np.take(x, [n], mode="wrap"),
    "take, clip": lambda x, n: np.take(x, [n], mode="clip"),
    "diag": lambda x, n: np.diag(x, n)[:3],
    "rot90": lambda x, n: np.rot90(x[None], n),
    "tril": lambda x, n: np.tril(x[None], n),
}


@pytest.mark.parametrize("n", [np.uint8(200), np.int8(100), np.uint8(255)], ids=repr)
@pytest.mark.parametrize("name", LARGE)
def test_large_counts_of_short_types(name, n):
    f, x = LARGE[name], np.arange(300.0 if "take" in name else 3.0)
    np.testing.assert_array_equal(f(Node(x), n).value, f(x, int(n)))
    found = grad(lambda x: np.sum(f(x, n) ** 2))(x)
    np.testing.assert_array_equal(found, grad(lambda x: np.sum(f(x, int(n)) ** 2))(x))


@pytest.mark.parametrize(
    "shift", [True, False, np.True_, [True, True], (np.uint8(1), True)], ids=repr
)
def test_roll_by_bools(shift):
    axis = 0 if np.ndim(shift) == 0 else (0, 1)
    x = np.arange(6.0).reshape(2, 3)
    f = lambda x: np.sum(np.roll(x, shift, axis) * np.arange(6.0).reshape(2, 3))  # noqa: E731
    np.testing.assert_array_equal(
        grad(f)(x), np.roll(np.arange(6.0).reshape(2, 3), -np.array(shift, int), axis)
    )


@pytest.mark.parametrize("mode", ["raise", "wrap", "clip"])
@pytest.mark.parametrize(
    "indices", [[True, False, True], np.array([[True], [False]]), True, np.False_], ids=repr
)
def test_take_reads_bools_as_places(indices, mode):
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    for axis in (None, 0, 1):
        expected = np.take(x, indices, axis, mode=mode)
        np.testing.assert_array_equal(np.take(Node(x), indices, axis, mode=mode).value, expected)
    np.testing.assert_array_equal(Node(x).take(indices, 1).value, np.take(x, indices, 1))


@pytest.mark.parametrize("mode", ["raise", "wrap", "clip"])
def test_take_from_nothing(mode):
    assert np.take(Node(np.zeros((2, 0))), [], 1, mode=mode).shape == (2, 0)
    with pytest.raises(IndexError, match=r"take finds nothing along axis 1 of shape \(2, 0\)"):
        np.take(Node(np.zeros((2, 0))), [0], 1, mode=mode)


def test_vander_of_few_columns():
    for n in (0, 1):
        found = np.vander(Node([2.0, np.inf]), n)
        np.testing.assert_array_equal(found.value, np.vander([2.0, 0.0], n), strict=True)


def test_a_share_in_half_precision():
    x = Node(np.arange(70_001.0))
    assert np.quantile(x, np.float16(0.5)).value == 35_000.0
    assert np.percentile(x, np.array(25, np.float16)).value == 17_500.0


# --- numbers where arrays are expected, and arrays without entries --------------------------------

OF_NUMBERS = {
    "repeat": lambda x: np.repeat(x, 2, axis=0),
    "repeat from the end": lambda x: np.repeat(x, [2], axis=-1),
    "take": lambda x: np.take(x, 0, axis=0),
    "take several": lambda x: np.take(x, [0, 0], axis=-1),
    "compress": lambda x: np.compress([True], x, axis=0),
    "cumsum": lambda x: np.cumsum(x, axis=0),
    "cumprod": lambda x: np.cumprod(x, axis=-1),
    "transpose": lambda x: np.transpose(x, ()),
    "sum": lambda x: np.sum(x, axis=0),
    "max": lambda x: np.max(x, axis=-1),
    "sort": lambda x: np.sort(x, axis=None),
    "squeeze": lambda x: np.squeeze(x, axis=0),
    "roll": lambda x: np.roll(x, 1),
    "tile": lambda x: np.tile(x, 2),
    "norm": np.linalg.norm,
    "ptp": lambda x: np.ptp(x, axis=0) + x,
    "nanmean": lambda x: np.nanmean(x, axis=0),
    "append": lambda x: np.append(x, x),
    "diagflat": np.diagflat,
    "pad": lambda x: np.pad(x, 1),
}


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_numbers_as_arrays(name):
    f = OF_NUMBERS[name]
    found = f(Node(3.0))
    np.testing.assert_array_equal(found.value, f(np.float64(3.0)), strict=True)
    assert grad(lambda x: np.sum(f(x)))(3.0) == np.sum(f(np.float64(3.0))) / 3.0


@pytest.mark.parametrize("axes", [0, -1, (0,), [0], np.array(0), np.uint8(0)], ids=repr)
def test_transpose_of_a_vector(axes):
    x = np.arange(3.0)
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.transpose(x, axes) * x))(x), 2 * x)
    np.testing.assert_array_equal(Node(x).transpose(axes).value, x)


EMPTY = {
    **{f"softmax {a}": lambda x, a=a: ac.softmax(x, a) for a in (0, 1)},
    **{f"log_softmax {a}": lambda x, a=a: ac.log_softmax(x, a) for a in (0, 1)},
    **{
        name: getattr(np, name)
        for name in ("sum", "prod", "cumsum", "cumprod", "nansum", "nanprod", "sort", "flip",
                     "ravel", "transpose", "diff", "tril", "square", "nancumsum")
    },
    "norm": np.linalg.norm,
    "norm 1": lambda x: np.linalg.norm(x, 1),
    "norm inf": lambda x: np.linalg.norm(x, inf),
    "logsumexp": lambda x: ac.logsumexp(x, 1),
    "repeat": lambda x: np.repeat(x, 2, 1),
    "take": lambda x: np.take(x, [], 1) if x.shape[1] else np.take(x, np.zeros(0, int)),
}  # fmt: skip


@pytest.mark.parametrize("shape", [(5, 0), (0, 5), (0, 0)], ids=str)
@pytest.mark.parametrize("name", EMPTY)
def test_without_entries(name, shape):
    f = EMPTY[name]
    x = Node(np.zeros(shape))
    out = f(x)
    if hasattr(np, name):
        np.testing.assert_array_equal(out.value, f(x.value), strict=True)
    out.backward(np.ones(out.shape))
    assert x.grad.shape == shape


STACKS = [(0, 3, 3), (2, 0, 0), (0, 0), (0, 2, 3), (0, 3, 2), (2, 0, 3, 3)]
DECOMPOSED = {
    "qr": np.linalg.qr,
    "qr, r": lambda x: [np.linalg.qr(x, "r")],
    "svd": lambda x: np.linalg.svd(x, full_matrices=False),
    "svd, values": lambda x: [np.linalg.svd(x, compute_uv=False)],
    "svdvals": lambda x: [ac.svdvals(x)],
    "eigh": np.linalg.eigh,
    "eigvalsh": lambda x: [np.linalg.eigvalsh(x)],
    "cholesky": lambda x: [np.linalg.cholesky(x)],
    "inv": lambda x: [np.linalg.inv(x)],
    "det": lambda x: [np.linalg.det(x)],
    "slogdet": lambda x: [np.linalg.slogdet(x)[1]],
    "pinv": lambda x: [np.linalg.pinv(x)],
    "matrix_power": lambda x: [np.linalg.matrix_power(x, 3)],
}


@pytest.mark.parametrize("shape", STACKS, ids=str)
@pytest.mark.parametrize("name", DECOMPOSED)
def test_stacks_without_matrices(name, shape):
    f = DECOMPOSED[name]
    square = shape[-1] == shape[-2]
    if not square and "qr" not in name and "svd" not in name and name != "pinv":
        pytest.skip("for square matrices")
    x = Node(np.zeros(shape))
    results = f(x)
    for found, expected in zip(results, f(x.value), strict=True):
        assert found.shape == expected.shape
        x.grad = None
        found.backward(np.ones(found.shape))
        assert x.grad.shape == shape


def test_what_numpy_refuses_is_refused():
    with pytest.raises(ValueError, match="a_min and a_max, or min= and max="):
        np.clip(Node([1.0]), 0.0, 1.0, min=0.5)
    with pytest.raises(ValueError, match="expects 0 or more, got -1"):
        np.linspace(Node(0.0), 1.0, -1)
