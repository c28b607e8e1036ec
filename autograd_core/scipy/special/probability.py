"""Distribution functions of what `scipy.stats` knows, as functions of one probability or place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sc

from ..rows import row, scaled, unknown
from .gamma_functions import betaln, gammaln
from .information import xlog1py, xlogy

__all__ = ["chdtr", "chdtrc", "fdtr", "fdtrc", "pdtr", "pdtrc", "stdtr", "stdtrit"]


def _t_density(df: Any, t: Any) -> Any:
    logs = gammaln(0.5 * (df + 1.0)) - gammaln(0.5 * df) - 0.5 * np.log(math.pi * df)
    return np.exp(logs - 0.5 * (df + 1.0) * np.log1p(t * t / df))


stdtr = row(
    sc,
    "stdtr",
    sc.stdtr,
    (unknown("scipy.special.stdtr", "df"), lambda g, out, df, t: g * _t_density(df, t)),
    doc="""Student's t distribution function. Differentiable for t, not for df.

    Parameters
    ----------
    df : array_like
        The degrees of freedom, above 0; a constant.
    t : Node or array_like
        The place. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `df` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.stdtr, 1)(1.0, 0.0).round(6)  # 1 / pi
    np.float64(0.31831)
    """,
)

stdtrit = row(
    sc,
    "stdtrit",
    sc.stdtrit,
    (unknown("scipy.special.stdtrit", "df"), lambda g, out, df, p: g / _t_density(df, out)),
    doc="""The t at which stdtr(df, t) is p. Differentiable for p, not for df.

    Parameters
    ----------
    df : array_like
        The degrees of freedom, above 0; a constant.
    p : Node or array_like
        Probabilities, from 0 to 1. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `df` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.stdtrit, 1)(1.0, 0.5).round(6)  # pi
    np.float64(3.141593)
    """,
)


def _poisson(k: Any, m: Any) -> Any:
    k = np.floor(k)
    return np.exp(xlogy(k, m) - gammaln(k + 1.0) - m)


pdtr = row(
    sc,
    "pdtr",
    sc.pdtr,
    (None, lambda g, out, k, m: g * -_poisson(k, m)),
    doc="""The Poisson distribution function, of steps in k. Gradient for m: -g probability of k.

    Parameters
    ----------
    k : array_like
        The number up to which, from 0 on, rounded down; a constant.
    m : Node or array_like
        The mean, from 0 on. The shapes broadcast.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.pdtr, 1)(0, 1.0).round(6)  # pdtr(0, m) is exp(-m)
    np.float64(-0.367879)
    """,
)
pdtrc = row(
    sc,
    "pdtrc",
    sc.pdtrc,
    (None, lambda g, out, k, m: g * _poisson(k, m)),
    doc="""1 - pdtr(k, m), without cancellation. Gradient for m: g probability of k.

    Parameters
    ----------
    k : array_like
        The number beyond which, from 0 on, rounded down; a constant.
    m : Node or array_like
        The mean, from 0 on. The shapes broadcast.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.pdtrc, 1)(0, 1.0).round(6)
    np.float64(0.367879)
    """,
)


def _chi2_density(v: Any, x: Any) -> Any:
    half = 0.5 * v
    return np.exp(xlogy(half - 1.0, 0.5 * x) - 0.5 * x - gammaln(half) - math.log(2.0))


chdtr = row(
    sc,
    "chdtr",
    sc.chdtr,
    (
        unknown("scipy.special.chdtr", "v"),
        lambda g, out, v, x: scaled(g, _chi2_density(v, x)),
    ),
    doc="""The chi-square distribution function. Differentiable for x, not for v.

    Parameters
    ----------
    v : array_like
        The degrees of freedom, above 0; a constant.
    x : Node or array_like
        The place, from 0 on. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `v` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.chdtr, 1)(2.0, 0.0).round(6)  # chdtr(2, x) is 1 - exp(-x / 2)
    np.float64(0.5)
    """,
)
chdtrc = row(
    sc,
    "chdtrc",
    sc.chdtrc,
    (
        unknown("scipy.special.chdtrc", "v"),
        lambda g, out, v, x: scaled(g, -_chi2_density(v, x)),
    ),
    doc="""1 - chdtr(v, x), without cancellation. Differentiable for x, not for v.

    Parameters
    ----------
    v : array_like
        The degrees of freedom, above 0; a constant.
    x : Node or array_like
        The place, from 0 on. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `v` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.chdtrc, 1)(2.0, 0.0).round(6)
    np.float64(-0.5)
    """,
)


def _f_density(dfn: Any, dfd: Any, x: Any) -> Any:
    a, b = 0.5 * dfn, 0.5 * dfd
    ratio = dfn / dfd
    logs = xlogy(a - 1.0, ratio * x) - xlog1py(a + b, ratio * x) - betaln(a, b)
    return ratio * np.exp(logs)


def _fdtr_rules(name: str, sign: float) -> list[Any]:
    called = f"scipy.special.{name}"
    return [
        unknown(called, "dfn"),
        unknown(called, "dfd"),
        lambda g, out, dfn, dfd, x: scaled(g, sign * _f_density(dfn, dfd, x)),
    ]


fdtr = row(
    sc,
    "fdtr",
    sc.fdtr,
    _fdtr_rules("fdtr", 1.0),
    doc="""The F distribution function. Differentiable for x, not for the degrees of freedom.

    Parameters
    ----------
    dfn, dfd : array_like
        The degrees of freedom of the numerator and of the denominator; constants.
    x : Node or array_like
        The place, from 0 on. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `dfn` or `dfd` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.fdtr, 2)(2.0, 2.0, 1.0).round(6)  # fdtr(2, 2, x) is x / (1 + x)
    np.float64(0.25)
    """,
)
fdtrc = row(
    sc,
    "fdtrc",
    sc.fdtrc,
    _fdtr_rules("fdtrc", -1.0),
    doc="""1 - fdtr(dfn, dfd, x). Differentiable for x, not for the degrees of freedom.

    Parameters
    ----------
    dfn, dfd : array_like
        The degrees of freedom of the numerator and of the denominator; constants.
    x : Node or array_like
        The place, from 0 on. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `dfn` or `dfd` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.fdtrc, 2)(2.0, 2.0, 1.0).round(6)
    np.float64(-0.25)
    """,
)
