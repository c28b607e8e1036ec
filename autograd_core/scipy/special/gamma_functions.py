"""Gamma and beta functions, whole, incomplete and inverse; zeta; combinations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sc

from ...numpy_protocol import stands_in_for
from ...operation import Operation, as_operand
from ...operations import where
from ..rows import row, scaled, unknown
from .information import xlog1py, xlogy

__all__ = [
    "beta", "betainc", "betaincc", "betainccinv", "betaincinv", "betaln", "binom", "comb",
    "digamma", "factorial", "gamma", "gammainc", "gammaincc", "gammainccinv", "gammaincinv",
    "gammaln", "gammasgn", "loggamma", "multigammaln", "perm", "poch", "polygamma", "psi", "rgamma",
    "zeta",
]  # fmt: skip


def _polygamma(n: Any, x: Any) -> Any:
    return np.asarray(sc.polygamma(n, x)).astype(np.result_type(x, np.float16), copy=False)


polygamma: Operation = row(
    sc,
    "polygamma",
    _polygamma,
    (None, lambda g, out, n, x: scaled(g, polygamma(n + 1, x))),
    elementwise=True,
    doc="The n-th derivative of `psi`. Gradient for x: g polygamma(n + 1, x).",
)
psi = digamma = row(
    sc,
    "psi",
    sc.psi,
    (lambda g, out, x: scaled(g, polygamma(1, x)),),
    real_only=True,
    doc="The derivative of `gammaln`. Gradient: g polygamma(1, x).",
)
gamma = row(
    sc,
    "gamma",
    sc.gamma,
    (lambda g, out, x: scaled(g, out * psi(x)),),
    real_only=True,
    doc="The gamma function, (x - 1)! at whole numbers. Gradient: g gamma(x) psi(x).",
)
gammaln = row(
    sc,
    "gammaln",
    sc.gammaln,
    (lambda g, out, x: scaled(g, psi(x)),),
    doc="log |gamma(x)|. Gradient: g psi(x); infinite at 0, nan at -1, -2, ...",
)
loggamma = row(
    sc,
    "loggamma",
    sc.loggamma,
    (lambda g, out, x: scaled(g, psi(x)),),
    real_only=True,
    doc="log gamma(x), nan where x < 0. Gradient: g psi(x).",
)
gammasgn = row(sc, "gammasgn", sc.gammasgn, (None,), doc="The sign of gamma(x): steps.")


def _rgamma_rule(g: Any, out: Any, x: Any) -> Any:
    # 1/gamma is smooth everywhere; where gamma has poles the reflected form is used.
    left = x < 0.5
    below, above = np.where(left, x, 0.0), np.where(left, 1.0, x)
    angle = math.pi * below
    reflected = np.cos(angle) - np.sin(angle) * psi(1.0 - below) / math.pi
    return g * np.where(left, gamma(1.0 - below) * reflected, -psi(above) * rgamma(above))


rgamma = row(
    sc,
    "rgamma",
    sc.rgamma,
    (_rgamma_rule,),
    real_only=True,
    doc="1 / gamma(x). Gradient: -g psi(x) / gamma(x).",
)


def _multigammaln_terms(a: Any, d: int) -> Any:
    return np.expand_dims(a, -1) - 0.5 * np.arange(d, dtype=np.result_type(a, np.float16))


def multigammaln(a: Any, d: int) -> Any:
    """The logarithm of the multivariate gamma function.

    Parameters
    ----------
    a : array_like or Node
        Above (d - 1) / 2.
    d : int
        The dimension.
    """
    return _multigammaln(a, int(d))


_multigammaln = row(
    sc,
    "multigammaln",
    lambda a, d: np.asarray(sc.multigammaln(a, d)).astype(
        np.result_type(a, np.float16), copy=False
    ),
    (lambda g, out, a, d: g * np.sum(psi(_multigammaln_terms(a, d)), axis=-1),),
    options={"d": 1},
    elementwise=True,
    doc="The logarithm of the multivariate gamma function.",
)

# --- beta -----------------------------------------------------------------------------------------

beta = row(
    sc,
    "beta",
    sc.beta,
    (
        lambda g, out, a, b: scaled(g, out * (psi(a) - psi(a + b))),
        lambda g, out, a, b: scaled(g, out * (psi(b) - psi(a + b))),
    ),
    doc="gamma(a) gamma(b) / gamma(a + b).",
)
betaln = row(
    sc,
    "betaln",
    sc.betaln,
    (
        lambda g, out, a, b: scaled(g, psi(a) - psi(a + b)),
        lambda g, out, a, b: scaled(g, psi(b) - psi(a + b)),
    ),
    doc="log |beta(a, b)|. Gradients: g (psi(a) - psi(a + b)), and the same for b.",
)

# --- incomplete: probabilities, whose derivative is the density -----------------------------------


def _gamma_density(a: Any, x: Any) -> Any:
    return np.exp(xlogy(a - 1.0, x) - x - gammaln(a))


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    return np.exp(xlogy(a - 1.0, x) + xlog1py(b - 1.0, -x) - betaln(a, b))


def _gamma_row(name: str, rule: Any, doc: str) -> Operation:
    return row(sc, name, getattr(sc, name), (unknown(f"scipy.special.{name}", "a"), rule), doc=doc)


gammainc = _gamma_row(
    "gammainc",
    lambda g, out, a, x: scaled(g, _gamma_density(a, x)),
    "The lower incomplete gamma function, from 0 to 1. Differentiable for x, not for a.",
)
gammaincc = _gamma_row(
    "gammaincc",
    lambda g, out, a, x: scaled(g, -_gamma_density(a, x)),
    "1 - gammainc(a, x), without cancellation. Differentiable for x, not for a.",
)
gammaincinv = _gamma_row(
    "gammaincinv",
    lambda g, out, a, y: scaled(g, 1.0 / _gamma_density(a, out)),
    "The x at which gammainc(a, x) is y. Differentiable for y, not for a.",
)
gammainccinv = _gamma_row(
    "gammainccinv",
    lambda g, out, a, y: scaled(g, -1.0 / _gamma_density(a, out)),
    "The x at which gammaincc(a, x) is y. Differentiable for y, not for a.",
)


def _beta_row(name: str, rule: Any, doc: str) -> Operation:
    called = f"scipy.special.{name}"
    return row(
        sc, name, getattr(sc, name), (unknown(called, "a"), unknown(called, "b"), rule), doc=doc
    )


betainc = _beta_row(
    "betainc",
    lambda g, out, a, b, x: scaled(g, _beta_density(a, b, x)),
    "The incomplete beta function, from 0 to 1. Differentiable for x, not for a and b.",
)
betaincc = _beta_row(
    "betaincc",
    lambda g, out, a, b, x: scaled(g, -_beta_density(a, b, x)),
    "1 - betainc(a, b, x), without cancellation. Differentiable for x, not for a and b.",
)
betaincinv = _beta_row(
    "betaincinv",
    lambda g, out, a, b, y: scaled(g, 1.0 / _beta_density(a, b, out)),
    "The x at which betainc(a, b, x) is y. Differentiable for y, not for a and b.",
)
betainccinv = _beta_row(
    "betainccinv",
    lambda g, out, a, b, y: scaled(g, -1.0 / _beta_density(a, b, out)),
    "The x at which betaincc(a, b, x) is y. Differentiable for y, not for a and b.",
)

# --- zeta, and what counts ------------------------------------------------------------------------


def _zeta_forward(x: Any, q: Any, riemann: bool = False) -> Any:
    # Riemann's function goes on below x = 1, where the sum does not.
    return np.asarray(sc.zeta(x) if riemann else sc.zeta(x, q)).astype(
        np.result_type(x, q, np.float16), copy=False
    )


_zeta: Operation = row(
    sc,
    "zeta",
    _zeta_forward,
    (
        unknown("scipy.special.zeta", "x"),
        lambda g, out, x, q, riemann: scaled(g, -x * _zeta(x + 1.0, q)),
    ),
    elementwise=True,
)


@stands_in_for(*(u for u in map(vars(sc._ufuncs).get, ("_zeta", "_riemann_zeta")) if u))
def zeta(x: Any, q: Any = None, out: None = None) -> Any:
    """The Hurwitz zeta function, the sum of 1 / (k + q)**x from k = 0.

    Parameters
    ----------
    x : array_like
        A constant: the derivative with respect to it is not known here.
    q : array_like or Node, optional
        1 by default, which is Riemann's function.
    out : None
        Not for nodes.
    """
    return _zeta(x, 1.0, riemann=True) if q is None else _zeta(x, q)


poch = row(
    sc,
    "poch",
    sc.poch,
    (
        lambda g, out, x, m: scaled(g, out * (psi(x + m) - psi(x))),
        lambda g, out, x, m: scaled(g, out * psi(x + m)),
    ),
    doc="gamma(x + m) / gamma(x).",
)
binom = row(
    sc,
    "binom",
    sc.binom,
    (
        lambda g, out, n, k: scaled(g, out * (psi(n + 1.0) - psi(n - k + 1.0))),
        lambda g, out, n, k: scaled(g, out * (psi(n - k + 1.0) - psi(k + 1.0))),
    ),
    doc="n! / (k! (n - k)!), for real n and k too.",
)


def _count_only(function: str, exact: bool) -> None:
    if exact:
        raise TypeError(
            f"scipy.special.{function}(exact=True) counts in whole numbers, which have no "
            "derivative. Write exact=False, or pass node.value"
        )


def comb(N: Any, k: Any, *, exact: bool = False, repetition: bool = False) -> Any:  # noqa: N803
    """How many ways there are to take k of N things, 0 where there are none; see `binom`.

    Parameters
    ----------
    N, k : array_like or Node
        How many there are, and how many are taken.
    exact : bool, default False
        Whole numbers, which nodes do not have.
    repetition : bool, default False
        Whether a thing may be taken again.
    """
    _count_only("comb", exact)
    N, k = as_operand(N), as_operand(k)  # noqa: N806
    if repetition:
        N = N + k - 1.0  # noqa: N806
    possible = (k <= N) & (N >= 0) & (k >= 0)
    return where(possible, binom(N, k), 0.0)


def perm(N: Any, k: Any, exact: bool = False) -> Any:  # noqa: N803
    """How many ordered choices of k of N things there are, 0 where there are none; see `poch`.

    Parameters
    ----------
    N, k : array_like or Node
        How many there are, and how many are taken.
    exact : bool, default False
        Whole numbers, which nodes do not have.
    """
    _count_only("perm", exact)
    N, k = as_operand(N), as_operand(k)  # noqa: N806
    possible = (k <= N) & (N >= 0) & (k >= 0)
    return where(possible, poch(N - k + 1.0, k), 0.0)


def factorial(n: Any, exact: bool = False) -> Any:
    """n!, which is gamma(n + 1), and 0 where n is negative.

    Parameters
    ----------
    n : array_like or Node
        For real numbers too.
    exact : bool, default False
        Whole numbers, which nodes do not have.
    """
    _count_only("factorial", exact)
    return where(np.greater_equal(n, 0), gamma(np.add(n, 1.0)), 0.0)
