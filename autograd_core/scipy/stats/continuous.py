"""Continuous distributions of one number, each a line: its density, and what else is known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ...operations import where
from ..special import (
    betainc,
    betaincc,
    betaincinv,
    betaln,
    expit,
    gammainc,
    gammaincc,
    gammainccinv,
    gammaincinv,
    gammaln,
    log_expit,
    log_ndtr,
    logit,
    ndtr,
    ndtri,
    stdtr,
    stdtrit,
    xlog1py,
    xlogy,
)
from .distribution import Distribution, Function, chosen, described, nan_unless

__all__ = [
    "beta", "cauchy", "chi2", "expon", "gamma", "gumbel_r", "halfnorm", "invgamma", "laplace",
    "logistic", "lognorm", "norm", "pareto", "t", "uniform", "weibull_min",
]  # fmt: skip


class Continuous(Distribution):
    """A distribution with a density, in its standard form: at 0, of scale 1.

    Parameters
    ----------
    name : str
        The name in ``scipy.stats``.
    shapes : dict of str to str
        What the parameters beside loc and scale are, by their names; they have to be above 0.
    log_density : callable
        Of the place and the shapes.
    doc : str
        What the distribution is, and what is not differentiable.
    example : str
        A doctest; see `described`.
    support : tuple of float
        Where the density is not 0.
    middle : float
        A place where everything is finite.
    cdf, sf, logcdf, logsf, ppf : callable
        Of the place (ppf: of the probability) and the shapes: `cdf` and `ppf`, and those of the
        others that are known more exactly.
    """

    placed: ClassVar = {
        "loc": "Node or array_like, default 0",
        "scale": "Node or array_like, default 1",
    }

    def __init__(
        self,
        name: str,
        shapes: Mapping[str, str],
        log_density: Function,
        *,
        doc: str,
        example: str,
        support: tuple[float, float] = (-math.inf, math.inf),
        middle: float = 0.5,
        **functions: Function,
    ) -> None:
        parameters: dict[str, float | None] = dict.fromkeys(shapes)
        super().__init__(
            name,
            {**parameters, "loc": 0.0, "scale": 1.0},
            described(name, doc, shapes, Continuous, example),
        )
        self._support = support
        self._middle = middle
        self._log_density = log_density
        self._functions = functions

    @np.errstate(all="ignore")  # SciPy gives no warnings, either
    def _at(self, function: str, x: Any, arguments: Any, named: Any, below: Any, above: Any) -> Any:
        """What a function of the standard form gives at x, and the scale."""
        place, *shapes, loc, scale = self.bound(function, x, arguments, named)
        valid = scale > 0
        for shape in shapes:
            valid = valid & (shape > 0)
        scale, *shapes = (chosen((valid, value), otherwise=1.0) for value in (scale, *shapes))
        z = (place - loc) / scale
        low, high = self._support
        computed = self._functions.get(function, self._log_density)
        if (low, high) == (-math.inf, math.inf):
            return nan_unless(valid, computed(z, *shapes)), scale
        inside = (z >= low) & (z <= high) & (z < math.inf)
        value = computed(where(inside, z, self._middle), *shapes)
        outside = below if below == above else where(z < low, below, above).astype(value.dtype)
        value = where(inside, value, outside)
        return nan_unless(valid & (z == z), value), scale

    def _log_of_pdf(self, called: str, x: Any, arguments: Any, named: Any) -> Any:
        found, scale = self._at(called, x, arguments, named, -math.inf, -math.inf)
        return found if _is_one(scale) else found - np.log(scale)

    def logpdf(self, x: Any, *arguments: Any, **named: Any) -> Any:
        """The logarithm of the density at x."""
        return self._log_of_pdf("logpdf", x, arguments, named)

    def pdf(self, x: Any, *arguments: Any, **named: Any) -> Any:
        """The density at x."""
        return np.exp(self._log_of_pdf("pdf", x, arguments, named))

    def _one_of(self, function: str, x: Any, arguments: Any, named: Any) -> Any:
        has = self._functions
        below, above = (0.0, 1.0) if function.endswith("cdf") else (1.0, 0.0)
        if function in has:
            if function.startswith("log"):
                below, above = (math.log(p) if p else -math.inf for p in (below, above))
            return self._at(function, x, arguments, named, below, above)[0]
        if function == "sf":
            return 1.0 - self.cdf(x, *arguments, **named)
        return xlogy(1.0, self._one_of(function.replace("log", ""), x, arguments, named))

    def cdf(self, x: Any, *arguments: Any, **named: Any) -> Any:
        """The probability of a place up to x."""
        return self._one_of("cdf", x, arguments, named)

    def sf(self, x: Any, *arguments: Any, **named: Any) -> Any:
        """The probability of a place beyond x."""
        return self._one_of("sf", x, arguments, named)

    def logcdf(self, x: Any, *arguments: Any, **named: Any) -> Any:
        """The logarithm of `cdf`."""
        return self._one_of("logcdf", x, arguments, named)

    def logsf(self, x: Any, *arguments: Any, **named: Any) -> Any:
        """The logarithm of `sf`."""
        return self._one_of("logsf", x, arguments, named)

    @np.errstate(all="ignore")
    def ppf(self, q: Any, *arguments: Any, **named: Any) -> Any:
        """The place up to which the probability is q."""
        share, *shapes, loc, scale = self.bound("ppf", q, arguments, named)
        valid = (scale > 0) & (share >= 0) & (share <= 1)
        for shape in shapes:
            valid = valid & (shape > 0)
        return nan_unless(valid, loc + scale * self._functions["ppf"](share, *shapes))


def _is_one(scale: Any) -> bool:
    return type(scale) is np.ndarray and scale.ndim == 0 and scale == 1.0


_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
_TINY = float(np.finfo(np.float64).tiny)
"""The smallest place above 0, for densities that are 0 there."""

norm = Continuous(
    "norm",
    {},
    lambda z: -0.5 * z * z - _HALF_LOG_2PI,
    cdf=ndtr,
    sf=lambda z: ndtr(-z),
    logcdf=log_ndtr,
    logsf=lambda z: log_ndtr(-z),
    ppf=ndtri,
    doc="""The normal distribution of mean loc and standard deviation scale: density exp(-x**2 / 2)
    / sqrt(2 pi) in its standard form.

    Functions of the place x, loc and scale, differentiable for all of them.
    """,
    example="""
    >>> grad(stats.norm.logpdf, (1, 2))(3.0, 1.0, 2.0)  # for the mean and the standard deviation
    (np.float64(0.5), np.float64(0.0))
    >>> grad(stats.norm(1.0, 2.0).logpdf)(3.0)  # -(3 - 1) / 2**2
    np.float64(-0.5)
    """,
)
t = Continuous(
    "t",
    {"df": "The degrees of freedom, above 0; nan otherwise."},
    lambda z, df: (
        -betaln(0.5, 0.5 * df) - 0.5 * np.log(df) - 0.5 * (df + 1.0) * np.log1p(z * z / df)
    ),
    cdf=lambda z, df: stdtr(df, z),
    sf=lambda z, df: stdtr(df, -z),
    ppf=lambda q, df: stdtrit(df, q),
    doc="""Student's t distribution: density in proportion to (1 + x**2 / df)**(-(df + 1) / 2).

    Functions of the place x, of df, loc and scale, differentiable. cdf, sf and ppf have no
    derivative for df.
    """,
    example="""
    >>> grad(stats.t.logpdf)(1.0, 3.0).round(6)  # -(df + 1) x / (df + x**2)
    np.float64(-1.0)
    """,
)
gamma = Continuous(
    "gamma",
    {"a": "The shape, above 0; nan otherwise."},
    lambda z, a: xlogy(a - 1.0, z) - z - gammaln(a),
    support=(0.0, math.inf),
    cdf=lambda z, a: gammainc(a, z),
    sf=lambda z, a: gammaincc(a, z),
    ppf=lambda q, a: gammaincinv(a, q),
    doc="""The gamma distribution: density x**(a - 1) exp(-x) / gamma(a) from 0 on.

    Functions of the place x, of a, loc and scale, differentiable. cdf, sf and ppf have no
    derivative for a.
    """,
    example="""
    >>> grad(stats.gamma.logpdf)(1.0, 3.0).round(6)  # (a - 1) / x - 1
    np.float64(1.0)
    """,
)
chi2 = Continuous(
    "chi2",
    {"df": "The degrees of freedom, above 0; nan otherwise."},
    lambda z, df: (
        xlogy(0.5 * df - 1.0, z) - 0.5 * z - gammaln(0.5 * df) - (0.5 * math.log(2.0)) * df
    ),
    support=(0.0, math.inf),
    cdf=lambda z, df: gammainc(0.5 * df, 0.5 * z),
    sf=lambda z, df: gammaincc(0.5 * df, 0.5 * z),
    ppf=lambda q, df: 2.0 * gammaincinv(0.5 * df, q),
    doc="""The chi-square distribution, of the sum of df squares of standard normal numbers.

    Functions of the place x, of df, loc and scale, differentiable. cdf, sf and ppf have no
    derivative for df.
    """,
    example="""
    >>> grad(stats.chi2.logpdf)(1.0, 4.0).round(6)  # (df / 2 - 1) / x - 1 / 2
    np.float64(0.5)
    """,
)
invgamma = Continuous(
    "invgamma",
    {"a": "The shape, above 0; nan otherwise."},
    lambda z, a: -(a + 1.0) * np.log(z) - gammaln(a) - 1.0 / z,
    support=(_TINY, math.inf),
    cdf=lambda z, a: gammaincc(a, 1.0 / z),
    sf=lambda z, a: gammainc(a, 1.0 / z),
    ppf=lambda q, a: 1.0 / gammainccinv(a, q),
    doc="""The inverse gamma distribution: density x**(-a - 1) exp(-1 / x) / gamma(a) above 0.

    Functions of the place x, of a, loc and scale, differentiable. cdf, sf and ppf have no
    derivative for a.
    """,
    example="""
    >>> grad(stats.invgamma.logpdf)(1.0, 2.0).round(6)  # 1 / x**2 - (a + 1) / x
    np.float64(-2.0)
    """,
)
beta = Continuous(
    "beta",
    {
        "a": "The first shape, above 0; nan otherwise.",
        "b": "The second shape, above 0; nan otherwise.",
    },
    lambda z, a, b: xlogy(a - 1.0, z) + xlog1py(b - 1.0, -z) - betaln(a, b),
    support=(0.0, 1.0),
    cdf=lambda z, a, b: betainc(a, b, z),
    sf=lambda z, a, b: betaincc(a, b, z),
    ppf=lambda q, a, b: betaincinv(a, b, q),
    doc="""The beta distribution: density in proportion to x**(a - 1) (1 - x)**(b - 1) from 0 to 1.

    Functions of the place x, of a, b, loc and scale, differentiable. cdf, sf and ppf have no
    derivative for a and b.
    """,
    example="""
    >>> grad(stats.beta.logpdf)(0.5, 2.0, 1.0).round(6)  # (a - 1) / x - (b - 1) / (1 - x)
    np.float64(2.0)
    """,
)
expon = Continuous(
    "expon",
    {},
    lambda z: -z,
    support=(0.0, math.inf),
    cdf=lambda z: -np.expm1(-z),
    sf=lambda z: np.exp(-z),
    logsf=lambda z: -z,
    ppf=lambda q: -np.log1p(-q),
    doc="""The exponential distribution of mean scale: density exp(-x) from 0 on in its standard
    form.

    Functions of the place x, loc and scale, differentiable for all of them.
    """,
    example="""
    >>> grad(stats.expon.logpdf, 2)(3.0, 0.0, 1.0)  # for the scale: x / scale**2 - 1 / scale
    np.float64(2.0)
    """,
)
uniform = Continuous(
    "uniform",
    {},
    lambda z: 0.0 * z,
    support=(0.0, 1.0),
    cdf=lambda z: z,
    sf=lambda z: 1.0 - z,
    ppf=lambda q: q,
    doc="""The uniform distribution from loc to loc + scale.

    Functions of the place x, loc and scale, differentiable for all of them.
    """,
    example="""
    >>> grad(stats.uniform.cdf)(3.0, 2.0, 4.0)  # the density, 1 / scale
    np.float64(0.25)
    """,
)
laplace = Continuous(
    "laplace",
    {},
    lambda z: -np.abs(z) - math.log(2.0),
    cdf=lambda z: _laplace_cdf(z),
    sf=lambda z: _laplace_cdf(-z),
    ppf=lambda q: where(q > 0.5, -np.log(2.0 * (1.0 - q)), np.log(2.0 * q)),
    doc="""The Laplace distribution: density exp(-|x|) / 2 in its standard form.

    Functions of the place x, loc and scale, differentiable for all of them.
    """,
    example="""
    >>> grad(stats.laplace.logpdf)(2.0)
    np.float64(-1.0)
    """,
)
cauchy = Continuous(
    "cauchy",
    {},
    lambda z: -math.log(math.pi) - np.log1p(z * z),
    cdf=lambda z: 0.5 + np.arctan(z) / math.pi,
    sf=lambda z: 0.5 - np.arctan(z) / math.pi,
    ppf=lambda q: _between(q, np.tan(math.pi * (q - 0.5))),
    doc="""The Cauchy distribution: density 1 / (pi (1 + x**2)) in its standard form.

    Functions of the place x, loc and scale, differentiable for all of them.
    """,
    example="""
    >>> grad(stats.cauchy.logpdf)(1.0).round(6)  # -2 x / (1 + x**2)
    np.float64(-1.0)
    """,
)
logistic = Continuous(
    "logistic",
    {},
    lambda z: log_expit(z) + log_expit(-z),
    cdf=expit,
    sf=lambda z: expit(-z),
    logcdf=log_expit,
    logsf=lambda z: log_expit(-z),
    ppf=logit,
    doc="""The logistic distribution, whose cdf is 1 / (1 + exp(-x)) in its standard form.

    Functions of the place x, loc and scale, differentiable for all of them.
    """,
    example="""
    >>> grad(stats.logistic.cdf)(0.0).round(6)
    np.float64(0.25)
    """,
)
gumbel_r = Continuous(
    "gumbel_r",
    {},
    lambda z: -z - np.exp(-z),
    support=(-700.0, math.inf),  # below, the density is 0
    cdf=lambda z: np.exp(-np.exp(-z)),
    sf=lambda z: -np.expm1(-np.exp(-z)),
    logcdf=lambda z: -np.exp(-z),
    ppf=lambda q: -np.log(-np.log(q)),
    doc="""The Gumbel distribution of largest values: cdf exp(-exp(-x)) in its standard form.

    Functions of the place x, loc and scale, differentiable for all of them.
    """,
    example="""
    >>> grad(stats.gumbel_r.logcdf)(0.0).round(6)  # exp(-x)
    np.float64(1.0)
    """,
)
lognorm = Continuous(
    "lognorm",
    {"s": "The standard deviation of the logarithm, above 0; nan otherwise."},
    lambda z, s: -0.5 * (np.log(z) / s) ** 2 - np.log(s * z) - _HALF_LOG_2PI,
    support=(_TINY, math.inf),
    cdf=lambda z, s: ndtr(np.log(z) / s),
    sf=lambda z, s: ndtr(-np.log(z) / s),
    logcdf=lambda z, s: log_ndtr(np.log(z) / s),
    logsf=lambda z, s: log_ndtr(-np.log(z) / s),
    ppf=lambda q, s: np.exp(s * ndtri(q)),
    doc="""The lognormal distribution, of exp(s y) for a standard normal y; scale is its median.

    Functions of the place x, of s, loc and scale, differentiable for all of them.
    """,
    example="""
    >>> grad(stats.lognorm.logpdf)(1.0, 0.5).round(6)  # -(log(x) / s**2 + 1) / x
    np.float64(-1.0)
    """,
)
halfnorm = Continuous(
    "halfnorm",
    {},
    lambda z: 0.5 * math.log(2.0 / math.pi) - 0.5 * z * z,
    support=(0.0, math.inf),
    cdf=lambda z: 2.0 * ndtr(z) - 1.0,
    sf=lambda z: 2.0 * ndtr(-z),
    ppf=lambda q: ndtri(0.5 * (1.0 + q)),
    doc="""The half-normal distribution, of the size |y| of a standard normal y.

    Functions of the place x, loc and scale, differentiable for all of them.
    """,
    example="""
    >>> grad(stats.halfnorm.logpdf)(2.0)
    np.float64(-2.0)
    """,
)
weibull_min = Continuous(
    "weibull_min",
    {"c": "The shape, above 0; nan otherwise."},
    lambda z, c: np.log(c) + xlogy(c - 1.0, z) - z**c,
    support=(0.0, math.inf),
    cdf=lambda z, c: -np.expm1(-(z**c)),
    sf=lambda z, c: np.exp(-(z**c)),
    logsf=lambda z, c: -(z**c),
    ppf=lambda q, c: (-np.log1p(-q)) ** (1.0 / c),
    doc="""The Weibull distribution of smallest values: sf exp(-x**c) from 0 on in its standard
    form.

    Functions of the place x, of c, loc and scale, differentiable for all of them.
    """,
    example="""
    >>> grad(stats.weibull_min.logsf)(3.0, 2.0).round(6)  # -c x**(c - 1)
    np.float64(-6.0)
    """,
)
pareto = Continuous(
    "pareto",
    {"b": "The shape, above 0; nan otherwise."},
    lambda z, b: np.log(b) - (b + 1.0) * np.log(z),
    support=(1.0, math.inf),
    middle=2.0,
    cdf=lambda z, b: 1.0 - z**-b,
    sf=lambda z, b: z**-b,
    logsf=lambda z, b: -b * np.log(z),
    ppf=lambda q, b: (1.0 - q) ** (-1.0 / b),
    doc="""The Pareto distribution: sf x**-b from 1 on in its standard form.

    Functions of the place x, of b, loc and scale, differentiable for all of them.
    """,
    example="""
    >>> grad(stats.pareto.logpdf)(2.0, 3.0).round(6)  # -(b + 1) / x
    np.float64(-2.0)
    """,
)


def _laplace_cdf(z: Any) -> Any:
    tail = 0.5 * np.exp(-np.abs(z))
    return where(z > 0, 1.0 - tail, tail)


def _between(q: Any, place: Any) -> Any:
    """The place of a probability, which is infinite for 0 and 1."""
    return where(q <= 0, -math.inf, where(q >= 1, math.inf, place))
