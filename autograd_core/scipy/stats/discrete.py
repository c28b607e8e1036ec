"""Distributions of whole numbers, differentiable for their parameters, not for the number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ...node import Node, constant
from ...operations import where
from ..special import betainc, gammaln, pdtr, pdtrc, xlog1py, xlogy
from .distribution import Distribution, Function, described, nan_unless

__all__ = ["bernoulli", "binom", "geom", "nbinom", "poisson"]


class Discrete(Distribution):
    """A distribution of whole numbers.

    Parameters
    ----------
    name : str
        The name in ``scipy.stats``.
    parameters : dict of str to str
        What the parameters beside loc are, by their names.
    log_probability, cdf : callable
        Of the number and the parameters.
    valid : callable
        Of the parameters: whether they are allowed.
    doc : str
        What the distribution is, and what is not differentiable.
    example : str
        A doctest; see `described`.
    first : int
        The smallest number.
    last : callable, optional
        Of the parameters: the largest number.
    sf : callable, optional
        1 - cdf, where it is known more exactly.
    """

    placed: ClassVar = {"loc": "array_like, default 0"}

    def __init__(
        self,
        name: str,
        parameters: Mapping[str, str],
        log_probability: Function,
        cdf: Function,
        valid: Function,
        *,
        doc: str,
        example: str,
        first: int = 0,
        last: Function | None = None,
        sf: Function | None = None,
    ) -> None:
        given: dict[str, float | None] = dict.fromkeys(parameters)
        super().__init__(
            name,
            {**given, "loc": 0.0},
            described(name, doc, parameters, Discrete, example),
        )
        self._log_probability, self._cdf, self._valid = log_probability, cdf, valid
        self._first, self._last, self._sf = first, last, sf

    def _bound(self, function: str, k: Any, arguments: Any, named: Any) -> tuple[Any, list[Any]]:
        number, *parameters, loc = self.bound(function, k, arguments, named)
        for called, x in (("k", number), ("loc", loc)):
            if type(x) is Node and x.requires_grad:
                raise TypeError(
                    f"{self.name}.{function} is defined for whole numbers {called}, so it has no "
                    f"derivative with respect to {called}. Pass {called}.value"
                )
        return constant(number) - constant(loc), parameters

    @np.errstate(all="ignore")  # SciPy gives no warnings, either
    def logpmf(self, k: Any, *arguments: Any, **named: Any) -> Any:
        """The logarithm of the probability of k."""
        k, parameters = self._bound("logpmf", k, arguments, named)
        there = (k >= self._first) & (np.floor(k) == k)
        if self._last is not None:
            there = there & (k <= constant(self._last(*parameters)))
        valid = self._valid(*parameters) & (k == k)
        value = self._log_probability(np.where(there, k, self._first), *parameters)
        return nan_unless(valid, where(there, value, -math.inf))

    def pmf(self, k: Any, *arguments: Any, **named: Any) -> Any:
        """The probability of k."""
        return np.exp(self.logpmf(k, *arguments, **named))

    @np.errstate(all="ignore")
    def _up_to(self, k: Any, arguments: Any, named: Any, upper: bool) -> Any:
        k, parameters = self._bound("sf" if upper else "cdf", k, arguments, named)
        valid = self._valid(*parameters) & (k == k)
        known = upper and self._sf is not None
        function = self._sf if known else self._cdf
        k = np.floor(k)
        last = math.inf if self._last is None else constant(self._last(*parameters))
        above = k >= last
        inside = (k >= self._first) & ~above
        value = function(np.where(inside, k, self._first), *parameters)  # type: ignore[misc]
        value = 1.0 - value if upper and not known else value
        low, high = (1.0, 0.0) if upper else (0.0, 1.0)
        outside = np.where(above, high, low).astype(value.dtype)
        return nan_unless(valid, where(inside, value, outside))

    def cdf(self, k: Any, *arguments: Any, **named: Any) -> Any:
        """The probability of a number up to k."""
        return self._up_to(k, arguments, named, False)

    def sf(self, k: Any, *arguments: Any, **named: Any) -> Any:
        """The probability of a number beyond k."""
        return self._up_to(k, arguments, named, True)

    def logcdf(self, k: Any, *arguments: Any, **named: Any) -> Any:
        """The logarithm of `cdf`."""
        return xlogy(1.0, self.cdf(k, *arguments, **named))

    def logsf(self, k: Any, *arguments: Any, **named: Any) -> Any:
        """The logarithm of `sf`."""
        return xlogy(1.0, self.sf(k, *arguments, **named))


def _share(p: Any) -> Any:
    return (p >= 0) & (p <= 1)


def _log_choices(n: Any, k: Any) -> Any:
    return gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)


poisson = Discrete(
    "poisson",
    {"mu": "The mean, from 0 on; nan otherwise."},
    lambda k, mu: xlogy(k, mu) - gammaln(k + 1.0) - mu,
    lambda k, mu: pdtr(k, mu),
    lambda mu: mu >= 0,
    sf=lambda k, mu: pdtrc(k, mu),
    doc="""The Poisson distribution: probability mu**k exp(-mu) / k! for k from 0 on.

    Functions of the number k, differentiable for mu, not for k and loc.
    """,
    example="""
    >>> grad(stats.poisson.logpmf, 1)(6, 2.0).round(6)  # k / mu - 1
    np.float64(2.0)
    """,
)
bernoulli = Discrete(
    "bernoulli",
    {"p": "The probability of 1, from 0 to 1; nan otherwise."},
    lambda k, p: xlogy(k, p) + xlog1py(1.0 - k, -p),
    lambda k, p: 1.0 - p + 0.0 * k,
    _share,
    last=lambda p: 1.0,
    sf=lambda k, p: p + 0.0 * k,
    doc="""The Bernoulli distribution: probability p for 1, 1 - p for 0.

    Functions of the number k, differentiable for p, not for k and loc.
    """,
    example="""
    >>> grad(stats.bernoulli.logpmf, 1)(1, 0.25).round(6)  # 1 / p
    np.float64(4.0)
    """,
)
binom = Discrete(
    "binom",
    {
        "n": "How many there are, a whole number from 0 on; nan otherwise.",
        "p": "The probability of each, from 0 to 1; nan otherwise.",
    },
    lambda k, n, p: _log_choices(n, k) + xlogy(k, p) + xlog1py(n - k, -p),
    lambda k, n, p: betainc(n - k, k + 1.0, 1.0 - p),
    lambda n, p: (n >= 0) & (np.floor(n) == n) & _share(p),
    last=lambda n, p: n,
    sf=lambda k, n, p: betainc(k + 1.0, n - k, p),
    doc="""The binomial distribution: probability n! / (k! (n - k)!) p**k (1 - p)**(n - k).

    Functions of the number k, differentiable for n and p, not for k and loc. cdf and sf have no
    derivative for n.
    """,
    example="""
    >>> grad(stats.binom.logpmf, 2)(3, 4, 0.5).round(6)  # k / p - (n - k) / (1 - p)
    np.float64(4.0)
    """,
)
geom = Discrete(
    "geom",
    {"p": "The probability of success, above 0 up to 1; nan otherwise."},
    lambda k, p: np.log(p) + xlog1py(k - 1.0, -p),
    lambda k, p: -np.expm1(np.log1p(-p) * k),
    lambda p: (p > 0) & (p <= 1),
    first=1,
    sf=lambda k, p: np.exp(np.log1p(-p) * k),
    doc="""The geometric distribution, of the first success: probability (1 - p)**(k - 1) p for k
    from 1 on.

    Functions of the number k, differentiable for p, not for k and loc.
    """,
    example="""
    >>> grad(stats.geom.logpmf, 1)(3, 0.5).round(6)  # 1 / p - (k - 1) / (1 - p)
    np.float64(-2.0)
    """,
)
nbinom = Discrete(
    "nbinom",
    {
        "n": "How many successes, above 0; nan otherwise.",
        "p": "The probability of success, above 0 up to 1; nan otherwise.",
    },
    lambda k, n, p: gammaln(n + k) - gammaln(k + 1.0) - gammaln(n) + n * np.log(p) + xlog1py(k, -p),
    lambda k, n, p: betainc(n, k + 1.0, p),
    lambda n, p: (n > 0) & (p > 0) & (p <= 1),
    sf=lambda k, n, p: betainc(k + 1.0, n, 1.0 - p),
    doc="""The negative binomial distribution, of the failures k before n successes.

    Functions of the number k, differentiable for n and p, not for k and loc. cdf and sf have no
    derivative for n.
    """,
    example="""
    >>> grad(stats.nbinom.logpmf, 2)(1, 2.0, 0.5).round(6)  # n / p - k / (1 - p)
    np.float64(2.0)
    """,
)
