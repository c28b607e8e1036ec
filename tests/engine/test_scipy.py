"""SciPy's functions on nodes: how they are reached, corners, what is refused.

Values and gradients at ordinary points are in table_scipy.py.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import subprocess
import sys

import numpy as np
import pytest
from table_scipy import CASES

import autograd_core as ac
from autograd_core import EveryInput, Node, Operation, check_gradients, grad
from autograd_core.backpropagation import ancestors

pytest.importorskip("scipy", reason="SciPy, an optional part, is not installed")
import scipy.fft
import scipy.integrate
import scipy.interpolate
import scipy.linalg
import scipy.signal
import scipy.sparse
import scipy.spatial
import scipy.special
import scipy.stats

import autograd_core.scipy as ours
from autograd_core.scipy.rows import scaled, unknown

sc, st = scipy.special, ours.stats
X, A = Node([0.3, 0.7]), Node([[2.0, 0.5], [0.5, 1.0]])

# --- nothing is missing ---------------------------------------------------------------------------

PARTS = ("integrate", "linalg", "signal", "special", "stats")
MODULES = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(ours.__path__, f"{ours.__name__}.")
]
ROWS = {
    value.name: value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, Operation) and value.name.startswith("scipy.")
}


def _cases_by_row():
    found: dict = {}
    for case in CASES:
        results = case.call(*case.nodes())
        for result in results if isinstance(results, tuple) else [results]:
            for node in ancestors(result) if type(result) is Node else ():
                if node.operation is not None:
                    found.setdefault(node.operation.name, []).append(case)
    return found


CASES_BY_ROW = _cases_by_row()


@pytest.mark.parametrize(
    "name", sorted({*ROWS} - {"scipy.integrate.odeint", "scipy.special.radian"})
)
def test_each_rule_is_felt_by_a_case(name, monkeypatch):
    row = ROWS[name]
    assert name in CASES_BY_ROW, f"add a case for {name} to tests/engine/table_scipy.py"
    assert not isinstance(row.rules, EveryInput)
    rules = row.rules
    for position, rule in enumerate(rules):
        if rule is None or rule.__qualname__.startswith("unknown."):
            continue
        scaled_rules = list(rules)
        scaled_rules[position] = lambda *x, rule=rule, **more: 1.001 * rule(*x, **more)
        monkeypatch.setattr(row, "rules", tuple(scaled_rules))
        failed = False
        for case in CASES_BY_ROW[name]:
            if not failed and case.order:
                function, inputs = case.on_wanted(case.arrays())
                try:
                    check_gradients(function, *inputs, atol=1e-6)
                except AssertionError:
                    failed = True
        monkeypatch.undo()
        assert failed, f"no case of the table feels rule {position} of {name}"


@pytest.mark.parametrize("part", PARTS)
def test_every_function_stands_in_the_table(part):
    listed = {case.name for case in CASES} | {"integrate.odeint"}
    modules = [m for m in MODULES if m.__name__.startswith(f"{ours.__name__}.{part}")]
    names = [name for module in modules for name in getattr(module, "__all__", ())]
    assert names
    for name in names:
        found = any(
            case == f"{part}.{name}" or case.startswith(f"{part}.{name}.") for case in listed
        )
        apart = name in ("cho_factor", "cho_solve") or not hasattr(getattr(scipy, part), name)
        assert found or apart, f"add a case for {part}.{name}"
        assert (getattr(getattr(ours, part), name).__doc__ or "").strip(), name


# --- how they are reached -------------------------------------------------------------------------


def test_nothing_of_scipy_is_imported_before_it_is_needed():
    script = """
import json, sys
import autograd_core as ac
before = [name for name in sys.modules if name.split(".")[0] == "scipy"]
import scipy.special
x = ac.Node(3.0)
scipy.special.xlogy.outer([1.0, 2.0], x[None]).sum().backward()
slope = float(x.grad)
scipy.special.gammaln(x).backward()
assert slope == 1.0
print(json.dumps([before, float(x.grad)]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[], sc.psi(3.0)]


def test_what_has_no_gradient_is_scipys_own():
    assert ours.special.hankel1 is sc.hankel1
    assert ours.linalg.lu is scipy.linalg.lu
    assert st.norm.rvs(size=3, random_state=0).shape == (3,)
    assert ours.stats.zscore is scipy.stats.zscore
    for part in (ours, ours.special, st.norm):
        with pytest.raises(AttributeError):
            part.no_such_function  # noqa: B018


FOURIER = [
    (lambda: scipy.fft.fft(X), "Write np.fft.fft(...) in place of scipy.fft.fft(...)"),
    (lambda: scipy.fft.dct(X), "scipy.fft.dct is not covered for nodes"),
]
if scipy.__version__ < "1.15":
    FOURIER = []  # it asks for the flags of the array first


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: sc.logsumexp(X), "Write autograd_core.scipy.special.logsumexp(...), with"),
        (lambda: sc.polygamma(1, X), "Write autograd_core.scipy.special.polygamma(...), with"),
        (lambda: scipy.linalg.expm(A), "Write autograd_core.scipy.linalg.expm(...), with"),
        (lambda: scipy.linalg.cholesky(A), "Write autograd_core.scipy.linalg.cholesky(...), with"),
        (lambda: scipy.linalg.solve_triangular(A, X), "autograd_core.scipy.linalg.solve_tri"),
        (lambda: scipy.signal.convolve(X, X), "Write autograd_core.scipy.signal.convolve(...)"),
        (lambda: scipy.stats.norm.logpdf(X), "autograd_core.scipy.stats.norm.logpdf(...)"),
        (lambda: scipy.stats.poisson.pmf([1], X), "autograd_core.scipy.stats.poisson.pmf(...)"),
        (
            lambda: scipy.stats.multivariate_normal.logpdf(X, [0.0, 0.0], A),
            "autograd_core.scipy.stats.multivariate_normal.logpdf(...)",
        ),
        (lambda: scipy.stats.dirichlet.logpdf([0.3, 0.7], X), "stats.dirichlet.logpdf(...)"),
        (
            lambda: scipy.integrate.odeint(lambda y, t: -y, X, [0.0, 1.0]),
            "autograd_core.scipy.integrate.odeint(...)",
        ),
        (lambda: scipy.linalg.lu(A), "scipy.linalg.lu is not covered for nodes"),
        (lambda: scipy.stats.gmean(X), "scipy.stats.gmean is not covered for nodes"),
        (lambda: scipy.stats.norm.fit(X), "scipy.stats.norm.fit is not covered for nodes"),
        (lambda: scipy.spatial.distance.cdist(A, A), "scipy.spatial.distance.cdist is not covered"),
        (
            lambda: scipy.interpolate.CubicSpline([0.0, 1.0], X),
            "interpolate.CubicSpline is not cov",
        ),
        *FOURIER,
        (lambda: scipy.sparse.eye(2) @ X, "Write matrix.toarray() for a sparse matrix"),
        (lambda: sc.hankel1(1.0, X), "is not covered for nodes: its gradient is not known here"),
        (lambda: np.asarray(X), "Write np.stack([a, b])"),
    ],
)
def test_what_scipy_would_make_an_array_of_says_what_to_write(call, says):
    with pytest.raises(TypeError) as caught:
        call()
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: sc.gammainc(X, 2.0).sum().backward(), "scipy.special.gammainc with respect to a"),
        (lambda: sc.betainc(1.0, X, 0.3).sum().backward(), "betainc with respect to b is not"),
        (lambda: sc.jv(X, 2.0).sum().backward(), "scipy.special.jv with respect to the order"),
        (lambda: ours.special.zeta(X + 2.0).sum().backward(), "zeta with respect to x"),
        (lambda: st.t.cdf(0.3, X).sum().backward(), "scipy.special.stdtr with respect to df"),
        (lambda: st.gamma.cdf(0.3, X).sum().backward(), "gammainc with respect to a"),
        (lambda: st.poisson.logpmf(X, 1.0), "has no derivative with respect to k. Pass k.value"),
        (lambda: st.norm.logpdf(X, 0.0, 1.0, 2.0), "expects the parameters loc, scale, got 3 by"),
        (lambda: st.norm.logpdf(X, lok=0.0), "expects the parameters loc, scale, got 0 by"),
        (lambda: st.t.pdf(X), "t.pdf expects the parameters df, loc, scale, got 0 by position"),
        (
            lambda: st.multivariate_normal.logpdf(
                [0.0, 0.0], None, Node(np.diag([1.0, 0.0])), allow_singular=True
            ),
            "has no derivative with respect to a singular cov",
        ),
        (lambda: ours.linalg.sqrtm(A, disp=False), "sqrtm(disp=False) returns an estimate"),
        (lambda: ours.linalg.eigh(A, A), "With l = cholesky(b, lower=True) write eigh("),
        (lambda: ours.special.comb(X, 1, exact=True), "counts in whole numbers"),
        (
            lambda: grad(lambda k: ours.integrate.odeint(lambda y, t: -k * y, [1.0], [0, 1])[1, 0])(
                1.0
            ),
            "Write odeint(func, y0, t, args=(node,))",
        ),
    ],
)
def test_what_has_no_derivative_is_refused(call, says):
    with pytest.raises(TypeError) as caught:
        call()
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: st.multivariate_normal.logpdf([0.0, 0.0], None, np.ones((2, 2))),
        lambda: ours.signal.convolve(np.ones((2, 3)), np.ones((3, 2)), "valid"),
        lambda: ours.signal.convolve(X, X, "most"),
        lambda: ours.signal.convolve(X, A),
        lambda: ours.linalg.expm(np.ones((2, 3))),
        lambda: ours.linalg.inv(np.full((2, 2), np.nan)),
        lambda: ours.linalg.solve_triangular(A, X, trans="H"),
        lambda: ours.linalg.qr(A, pivoting=True),
        lambda: st.dirichlet.logpdf([0.3, 0.9], [1.0, 1.0]),
        lambda: ours.integrate.odeint(lambda y, t: [1.0, 2.0], [0.0], [0.0, 1.0]),
        lambda: ours.integrate.cumulative_trapezoid(np.ones(3), [0.0, 1.0]),
    ],
)
def test_wrong_values_are_refused(call):
    with pytest.raises(ValueError, match=r"expect|square|sum|no derivative"):
        call()


# --- corners --------------------------------------------------------------------------------------

INF, NAN = np.inf, np.nan


@pytest.mark.parametrize(
    ("function", "x", "gradients"),
    [
        (sc.gammaln, (0.0,), (-INF,)),
        (sc.gammaln, (-1.0,), (NAN,)),
        (sc.gamma, (-2.0,), (NAN,)),
        (sc.rgamma, (0.0,), (1.0,)),
        (sc.rgamma, (-1.0,), (-1.0,)),
        (sc.rgamma, (-2.0,), (2.0,)),
        (sc.rgamma, (-3.0,), (-6.0,)),
        (sc.xlogy, (0.0, 0.0), (-INF, 0.0)),
        (sc.xlogy, (0.0, 2.0), (np.log(2.0), 0.0)),
        (sc.xlogy, (1.0, 0.0), (-INF, INF)),
        (sc.xlog1py, (0.0, -1.0), (-INF, 0.0)),
        (sc.entr, (0.0,), (INF,)),
        (sc.rel_entr, (0.0, 2.0), (-INF, 0.0)),
        (sc.rel_entr, (0.0, 0.0), (NAN, 0.0)),
        (sc.kl_div, (0.0, 2.0), (-INF, 1.0)),
        (sc.logit, (0.0,), (INF,)),
        (sc.logit, (1.0,), (INF,)),
        (sc.erfinv, (1.0,), (INF,)),
        (sc.erfinv, (-1.0,), (INF,)),
        (sc.erfcinv, (0.0,), (-INF,)),
        (sc.ndtri, (0.0,), (INF,)),
        (sc.erfc, (40.0,), (0.0,)),
        (sc.log_ndtr, (-40.0,), (40.024968827881711,)),
        (sc.log_ndtr, (-1e10,), (1e10,)),
        (sc.log_ndtr, (50.0,), (0.0,)),
        (sc.expit, (50.0,), (np.exp(-50.0),)),
        (sc.log_expit, (-800.0,), (1.0,)),
        (sc.exprel, (0.0,), (0.5,)),
        (sc.spence, (1.0,), (-1.0,)),
        (sc.boxcox, (2.0, 0.0), (0.5, np.log(2.0) ** 2 / 2)),
        (sc.inv_boxcox, (0.5, 0.0), (np.exp(0.5), -np.exp(0.5) / 8)),
        (sc.huber, (1.0, 1.0), (0.0, 1.0)),
        (sc.huber, (1.0, -3.0), (2.0, -1.0)),
        (sc.i1, (0.0,), (0.5,)),
        (sc.j1, (0.0,), (0.5,)),
        (sc.k0, (0.0,), (-INF,)),
        (sc.y0, (0.0,), (INF,)),
        (lambda d: sc.radian(d, 0.0, 0.0), (1.0,), (np.pi / 180,)),
        (lambda m, s: sc.radian(0.0, m, s), (1.0, 1.0), (np.pi / 10800, np.pi / 648000)),
        (lambda x: sc.gammainc(1.0, x), (0.0,), (1.0,)),
        (lambda x: sc.gammainc(2.0, x), (0.0,), (0.0,)),
        (lambda x: sc.gammainc(0.5, x), (0.0,), (INF,)),
        (lambda x: sc.betainc(1.0, 1.0, x), (0.0,), (1.0,)),
        (ours.special.logsumexp, (1e16,), (1.0,)),
    ],
)  # fmt: skip
def test_gradients_at_the_ends(function, x, gradients):
    nodes = [Node(value) for value in x]
    function(*nodes).backward()
    np.testing.assert_allclose([node.grad for node in nodes], gradients, rtol=1e-6)


@pytest.mark.parametrize(
    ("function", "pole"),
    [
        (sc.gammaln, 0.0), (sc.gamma, -1.0), (sc.psi, 0.0), (sc.logit, 1.0), (sc.logit, 0.0),
        (sc.erfinv, 1.0), (sc.ndtri, 0.0), (sc.entr, 0.0), (sc.k0, 0.0), (sc.y0, 0.0),
        (sc.exp1, 0.0), (sc.erfcinv, 0.0), (lambda x: sc.xlogy(1.0, x), 0.0),
        (lambda x: sc.rel_entr(x, 0.5), 0.0), (lambda x: sc.boxcox(x, 0.5), 0.0),
    ],
)  # fmt: skip
def test_a_branch_not_taken_at_a_pole_gives_nothing(function, pole):
    assert grad(lambda x: np.where(x == pole, 3.0 * x, function(x)))(pole) == 3.0


def test_a_slope_that_is_not_wanted_is_nothing_to_every_order():
    assert scaled(np.float64(0.0), np.float64(INF)) == 0.0
    assert scaled(np.float64(1.0), np.float64(INF)) == INF
    g = Node([0.0, 0.0, 2.0])
    slope = Node([INF, NAN, 3.0])
    scaled(g, slope).sum().backward()
    np.testing.assert_array_equal(g.grad, [1.0, 1.0, 3.0])
    np.testing.assert_array_equal(slope.grad, [0.0, 0.0, 2.0])


@pytest.mark.parametrize(
    ("call", "gradient"),
    [
        (lambda x: ours.special.logsumexp(x, b=np.array([1.0, 1.0])), [0.5, 0.5]),
        (lambda x: ours.special.logsumexp(x, b=np.array([1.0, 0.0])), [1.0, 0.0]),
        (lambda x: ours.special.logsumexp(x, b=np.array([3.0, -1.0])), [1.5, -0.5]),
        (lambda x: ours.special.logsumexp(x, b=np.array([1.0, -3.0]), return_sign=True)[0],
         [-0.5, 1.5]),
    ],
)  # fmt: skip
def test_weighted_sums_at_large_magnitudes(call, gradient):
    np.testing.assert_allclose(grad(call)(np.full(2, 1e16)), gradient)


@pytest.mark.parametrize("name", sorted(st.continuous.__all__))
def test_densities_outside_of_where_they_stand(name):
    family, theirs = getattr(st, name), getattr(scipy.stats, name)
    places = np.array([-3.0, -0.5, 0.0, 1.0, 2.0, 40.0, NAN])
    for shapes in ([0.7, 2.3], [-1.0, 2.0]):
        given = shapes[: len(family.parameters) - 2]
        for more in ((), (0.3, 2.0), (0.3, -1.0), (0.3, 0.0)):
            for function in ("pdf", "logpdf", "cdf", "sf", "logcdf", "logsf"):
                with np.errstate(all="ignore"):
                    expected = getattr(theirs, function)(places, *given, *more)
                found = getattr(family, function)(places, *given, *more)
                np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)
    assert grad(lambda x: np.sum(family.pdf(x, *[2.0] * (len(family.parameters) - 2))))(
        places
    ).shape == (7,)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("poisson", (2.3,)), ("poisson", (0.0,)), ("poisson", (-1.0,)), ("bernoulli", (0.3,)),
        ("bernoulli", (0.0,)), ("bernoulli", (1.2,)), ("binom", (4, 0.3)), ("binom", (4, 1.0)),
        ("binom", (3.5, 0.3)), ("geom", (0.3,)), ("geom", (0.0,)), ("nbinom", (2.5, 0.3)),
    ],
)  # fmt: skip
def test_probabilities_of_what_is_no_whole_number(name, parameters):
    numbers = np.array([-INF, -1.0, 0.0, 0.5, 1.0, 3.0, 4.0, 5.0, 5.5, 100.0, INF, NAN])
    for function in ("pmf", "logpmf", "cdf", "sf"):
        for loc in ((), (1,)):
            with np.errstate(all="ignore"):
                expected = getattr(getattr(scipy.stats, name), function)(numbers, *parameters, *loc)
            found = getattr(getattr(st, name), function)(numbers, *parameters, *loc)
            np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(
    ("x", "mean", "cov"),
    [
        (np.ones(3), None, np.diag([1.0, 2.0, 3.0])), (np.ones(3), np.zeros(3), 2.0),
        (np.ones(3), np.zeros(3), np.array([1.0, 2.0, 3.0])), (np.ones(5), None, 1.0),
        (0.3, None, 1.0), (np.ones((2, 5, 3)), None, np.eye(3)), (np.ones((5, 1)), [0.2], [[2.0]]),
    ],
)  # fmt: skip
def test_multivariate_normal_takes_what_scipys_takes(x, mean, cov):
    found = st.multivariate_normal.logpdf(x, mean, cov)
    expected = scipy.stats.multivariate_normal.logpdf(x, mean, cov)
    np.testing.assert_allclose(found, expected)
    assert np.shape(found) == np.shape(expected)


def test_multivariate_normal_within_a_subspace():
    cov, x = np.diag([1.0, 2.0, 0.0]), np.array([[0.3, 0.2, 0.0], [0.3, 0.2, 1.0]])
    theirs = scipy.stats.multivariate_normal.logpdf(x, None, cov, allow_singular=True)
    found = st.multivariate_normal.logpdf(Node(x), None, cov, allow_singular=True)
    np.testing.assert_allclose(found.value, theirs)
    found[0].backward()
    check_gradients(
        lambda x: st.multivariate_normal.logpdf(np.append(x, 0.0), None, cov, allow_singular=True),
        x[0, :2],
        order=2,
    )


def test_a_distribution_with_its_parameters():
    mean = Node(1.0)
    st.norm(mean, scale=2.0).logpdf(3.0).backward()
    assert mean.grad == 0.5
    np.testing.assert_array_equal(
        st.norm(1.0, 2.0).rvs(size=3, random_state=0),
        scipy.stats.norm(1.0, 2.0).rvs(size=3, random_state=0),
    )
    assert st.beta(2.0, b=3.0).mean() == 0.4
    assert "stats.norm" in repr(st.norm)


# --- linalg, signal, integrate --------------------------------------------------------------------


def test_cho_solve_is_the_way_back_from_cho_factor():
    for lower in (False, True):
        check_gradients(
            lambda a, b, lower=lower: ours.linalg.cho_solve(
                ours.linalg.cho_factor(a + a.T, lower), b
            ),
            A.value,
            np.ones((2, 3)),
            order=2,
        )


def test_stacks_of_matrices_broadcast():
    a = np.eye(3) + 0.1 * np.arange(18.0).reshape(2, 3, 3) / 9
    for b in (np.ones(3), np.ones((3, 2)), np.ones((2, 3, 2))):
        for trans in (0, 1):
            check_gradients(
                lambda a, b, trans=trans: ours.linalg.solve_triangular(a, b, trans), a, b, order=2
            )
    for f in (ours.linalg.expm, ours.linalg.sqrtm, ours.linalg.logm):
        np.testing.assert_allclose(f(a)[1], f(a[1]))
        assert f(np.zeros((0, 3, 3))).shape == (0, 3, 3)


@pytest.mark.parametrize("mode", ["full", "valid", "same"])
@pytest.mark.parametrize(
    ("shapes", "axes", "dot_axes"),
    [
        (((4, 3), (3, 2)), ([0], [0]), ((), ())),
        (((4, 3), (3, 2)), ([1], [0]), ((), ())),
        (((4, 3), (3, 2)), ([1, 0], [1, 0]), ((), ())),
        (((3, 4), (3, 2)), ([], []), ([0], [0])),
        (((3, 4, 2), (3, 2, 3)), ([1], [1]), ([0], [2])),
        (((2, 3, 5, 4), (4, 3, 2, 2)), ([2, 3], [2, 3]), ([1], [1])),
    ],
)
def test_convolution_along_some_axes(shapes, axes, dot_axes, mode):
    a, b = (np.cos(np.arange(np.prod(s))).reshape(s) for s in shapes)

    def call(a, b):
        return ours.signal.convolve(a, b, mode, axes=axes, dot_axes=dot_axes)

    kept_a, kept_b = (
        [i for i in range(len(s)) if i not in (*along, *dots)]
        for s, along, dots in zip(shapes, axes, dot_axes, strict=True)
    )
    found = call(a, b)
    lengths = [shapes[0][i] for i in kept_a] + [shapes[1][i] for i in kept_b]
    assert found.shape[: len(lengths)] == tuple(lengths)
    for at in np.ndindex(*lengths):
        expected = 0.0
        for dots in np.ndindex(*(shapes[0][i] for i in dot_axes[0])):
            parts = []
            for x, kept, place, dot, along in (
                (a, kept_a, at[: len(kept_a)], dot_axes[0], axes[0]),
                (b, kept_b, at[len(kept_a) :], dot_axes[1], axes[1]),
            ):
                x = np.moveaxis(x, [*kept, *dot, *along], range(x.ndim))
                parts.append(x[place + dots])
            expected = expected + scipy.signal.convolve(*map(np.atleast_1d, parts), mode)
        np.testing.assert_allclose(np.atleast_1d(found[at]), expected, atol=1e-12)
    check_gradients(call, a, b, order=2)


def decay(y, t, rate, shift):
    return -np.sqrt(t) - rate * y + np.mean((y + shift["by"]) ** 2)


def test_an_equation_is_differentiated_by_all_that_it_is_given():
    y0, t = np.array([1.0, 0.5]), np.array([0.1, 0.3, 0.4])
    rate, shift = np.array([0.5, 0.2]), {"by": np.array([0.1, -0.2])}
    options = {"rtol": 1e-11, "atol": 1e-11}

    def solved(y0, t, rate, by):
        return ours.integrate.odeint(decay, y0, t, (rate, {"by": by}), **options)

    expected = scipy.integrate.odeint(decay, y0, t, (rate, shift), **options)
    np.testing.assert_array_equal(solved(y0, t, rate, shift["by"]), expected)
    check_gradients(solved, y0, t, rate, shift["by"], atol=1e-6)
    check_gradients(solved, y0, t[:2], rate, shift["by"], order=2, atol=1e-5)
    turned = ours.integrate.odeint(
        lambda t, y, *more: decay(y, t, *more), y0, t, (rate, shift), tfirst=True, **options
    )
    np.testing.assert_array_equal(turned, expected)


def test_an_equation_may_be_written_as_a_list_and_have_one_parameter():
    def circle(y, t, k):
        return [y[1], -k * y[0]]

    def solved(k):
        return ours.integrate.odeint(circle, [1, 0], [0, 1, 2], k, rtol=1e-10, atol=1e-10)

    np.testing.assert_allclose(solved(4.0)[:, 0], np.cos([0.0, 2.0, 4.0]), atol=1e-8)
    check_gradients(solved, 4.0, atol=1e-6)
    assert ours.integrate.odeint(circle, [1, 0], [0, 1, 2], (4.0,)).shape == (3, 2)
    with pytest.raises(TypeError, match="Dfun"):
        ours.integrate.odeint(circle, [1, 0], [0, 1], (4.0,), Dfun=circle)


def test_help_calls_inputs_by_their_names():
    assert str(inspect.signature(ours.special.iv)) == "(v, x, /)"
    assert str(inspect.signature(ours.special.pdtr)) == "(k, m, /)"
    assert str(inspect.signature(ours.special.betainc)) == "(a, b, x, /)"
    assert str(inspect.signature(st.gamma)) == "(a, loc=0.0, scale=1.0)"
    assert "\nppf(q, a, loc, scale)\n" in st.gamma.__doc__
    assert st.multivariate_normal.__doc__.startswith("multivariate_normal(mean=None, cov=1.0, ")


def test_an_unknown_derivative_names_the_argument():
    with pytest.raises(TypeError, match=r"derivative of f with respect to a is not known here"):
        unknown("f", "a")(1.0, 2.0)
    assert ac.scipy is ours


# --- as SciPy has it ------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [-2.5, 0.3, 1.0, 3.0])
def test_riemanns_zeta_goes_on_below_1(x):
    assert sc.zeta(Node(x)).value == sc.zeta(x)


@pytest.mark.parametrize(
    ("call", "shape"),
    [
        (lambda x: ours.linalg.block_diag(x, np.ones((4, 1))), (2, 6, 4)),
        (lambda x: ours.linalg.toeplitz(x), (2, 2, 3, 3)),
        (lambda x: ours.linalg.toeplitz(x, np.ones(4)), (2, 2, 3, 4)),
    ],
)
def test_stacks_of_matrices(call, shape):
    found = call(Node(np.arange(12.0).reshape(2, 2, 3)))
    assert found.shape == shape
    check_gradients(call, np.arange(12.0).reshape(2, 2, 3))


@pytest.mark.parametrize("q", [-0.1, 0.0, 1.0, 1.1, np.nan])
@pytest.mark.parametrize("name", ["norm", "expon", "uniform", "laplace", "cauchy", "gumbel_r"])
def test_places_of_a_probability_at_the_ends(name, q):
    got, expected = (
        getattr(m, name).ppf(x, 1.0, 2.0) for m, x in ((st, Node(q)), (scipy.stats, q))
    )
    assert np.allclose(got.value, expected, rtol=1e-12, atol=1e15, equal_nan=True)
