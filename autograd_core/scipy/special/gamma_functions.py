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
    doc="""The n-th derivative of `psi`. Gradient for x: g polygamma(n + 1, x).

    Parameters
    ----------
    n : array_like of int
        Which derivative, from 0 on; a constant.
    x : Node or array_like
        The place, with poles at 0, -1, -2, ... The shapes broadcast.

    Examples
    --------
    >>> from autograd_core import grad
    >>> from autograd_core.scipy import special
    >>> grad(special.polygamma, 1)(0, 1.0).round(6)  # pi**2 / 6
    np.float64(1.644934)
    """,
)
psi = digamma = row(
    sc,
    "psi",
    sc.psi,
    (lambda g, out, x: scaled(g, polygamma(1, x)),),
    real_only=True,
    doc="""The derivative of `gammaln`, under both names: digamma and psi. Gradient:
    g polygamma(1, x).

    Parameters
    ----------
    x : Node or array_like
        The place, real; there are poles at 0, -1, -2, ...

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.digamma)(1.0).round(6)  # pi**2 / 6
    np.float64(1.644934)
    """,
)
gamma = row(
    sc,
    "gamma",
    sc.gamma,
    (lambda g, out, x: scaled(g, out * psi(x)),),
    real_only=True,
    doc="""The gamma function, (x - 1)! at whole numbers. Gradient: g gamma(x) psi(x).

    Parameters
    ----------
    x : Node or array_like
        The place, real; there are poles at 0, -1, -2, ...

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import Node
    >>> x = Node(4.0)
    >>> y = scipy.special.gamma(x)
    >>> y.backward()
    >>> y.value, x.grad.round(4)  # 3!, and 3! psi(4)
    (np.float64(6.0), np.float64(7.5367))
    """,
)
gammaln = row(
    sc,
    "gammaln",
    sc.gammaln,
    (lambda g, out, x: scaled(g, psi(x)),),
    doc="""log |gamma(x)|. Gradient: g psi(x); infinite at 0, nan at -1, -2, ...

    Parameters
    ----------
    x : Node or array_like
        The place; inf at 0, -1, -2, ...

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.gammaln)(1.0).round(6)  # minus Euler's constant
    np.float64(-0.577216)
    """,
)
loggamma = row(
    sc,
    "loggamma",
    sc.loggamma,
    (lambda g, out, x: scaled(g, psi(x)),),
    real_only=True,
    doc="""log gamma(x), nan where x < 0. Gradient: g psi(x).

    Parameters
    ----------
    x : Node or array_like
        The place, real; SciPy's complex values below 0 are not for nodes.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.loggamma)(1.0).round(6)
    np.float64(-0.577216)
    """,
)
gammasgn = row(
    sc,
    "gammasgn",
    sc.gammasgn,
    (None,),
    doc="""The sign of gamma(x): steps, so it passes no gradient on.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import Node
    >>> scipy.special.gammasgn(Node([-1.5, -0.5, 2.0])).value
    array([ 1., -1.,  1.])
    """,
)


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
    doc="""1 / gamma(x). Gradient: -g psi(x) / gamma(x).

    Parameters
    ----------
    x : Node or array_like
        The place, real; 0 at 0, -1, -2, ..., where gamma has poles.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.rgamma)(0.0)
    np.float64(1.0)
    """,
)


def _multigammaln_terms(a: Any, d: int) -> Any:
    return np.expand_dims(a, -1) - 0.5 * np.arange(d, dtype=np.result_type(a, np.float16))


def multigammaln(a: Any, d: int) -> Any:
    """The logarithm of the multivariate gamma function.

    Gradient: g times the sum of psi(a), psi(a - 1/2), ..., psi(a - (d - 1) / 2).

    Parameters
    ----------
    a : Node or array_like
        Numbers above (d - 1) / 2, of any shape.
    d : int
        The dimension; a constant.

    Returns
    -------
    Node, scalar or ndarray
        One number per entry of a.

    Raises
    ------
    ValueError
        If an a is too small for d.

    See Also
    --------
    scipy.special.multigammaln : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import grad
    >>> from autograd_core.scipy import special
    >>> grad(special.multigammaln)(2.0, 1).round(6)  # of dimension 1 it is gammaln
    np.float64(0.422784)
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
    doc="""gamma(a) gamma(b) / gamma(a + b). Gradients: g out (psi(a) - psi(a + b)), and the same
    for b.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> np.round(grad(scipy.special.beta, (0, 1))(1.0, 2.0), 6)
    array([-0.75, -0.25])
    """,
)
betaln = row(
    sc,
    "betaln",
    sc.betaln,
    (
        lambda g, out, a, b: scaled(g, psi(a) - psi(a + b)),
        lambda g, out, a, b: scaled(g, psi(b) - psi(a + b)),
    ),
    doc="""log |beta(a, b)|. Gradients: g (psi(a) - psi(a + b)), and the same for b.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> np.round(grad(scipy.special.betaln, (0, 1))(1.0, 2.0), 6)
    array([-1.5, -0.5])
    """,
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
    """The lower incomplete gamma function, from 0 to 1. Differentiable for x, not for a.

    Parameters
    ----------
    a : array_like
        The shape parameter, above 0; a constant.
    x : Node or array_like
        Where the integral ends, from 0 on. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `a` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.gammainc, 1)(1.0, 0.0)  # gammainc(1, x) is 1 - exp(-x)
    np.float64(1.0)
    """,
)
gammaincc = _gamma_row(
    "gammaincc",
    lambda g, out, a, x: scaled(g, -_gamma_density(a, x)),
    """1 - gammainc(a, x), without cancellation. Differentiable for x, not for a.

    Parameters
    ----------
    a : array_like
        The shape parameter, above 0; a constant.
    x : Node or array_like
        Where the integral begins, from 0 on. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `a` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.gammaincc, 1)(1.0, 0.0)  # gammaincc(1, x) is exp(-x)
    np.float64(-1.0)
    """,
)
gammaincinv = _gamma_row(
    "gammaincinv",
    lambda g, out, a, y: scaled(g, 1.0 / _gamma_density(a, out)),
    """The x at which gammainc(a, x) is y. Differentiable for y, not for a.

    Parameters
    ----------
    a : array_like
        The shape parameter, above 0; a constant.
    y : Node or array_like
        Probabilities, from 0 to 1. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `a` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.gammaincinv, 1)(1.0, 0.5).round(6)  # of -log(1 - y)
    np.float64(2.0)
    """,
)
gammainccinv = _gamma_row(
    "gammainccinv",
    lambda g, out, a, y: scaled(g, -1.0 / _gamma_density(a, out)),
    """The x at which gammaincc(a, x) is y. Differentiable for y, not for a.

    Parameters
    ----------
    a : array_like
        The shape parameter, above 0; a constant.
    y : Node or array_like
        Probabilities, from 0 to 1. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `a` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.gammainccinv, 1)(1.0, 0.5).round(6)  # of -log(y)
    np.float64(-2.0)
    """,
)


def _beta_row(name: str, rule: Any, doc: str) -> Operation:
    called = f"scipy.special.{name}"
    return row(
        sc, name, getattr(sc, name), (unknown(called, "a"), unknown(called, "b"), rule), doc=doc
    )


betainc = _beta_row(
    "betainc",
    lambda g, out, a, b, x: scaled(g, _beta_density(a, b, x)),
    """The incomplete beta function, from 0 to 1. Differentiable for x, not for a and b.

    Parameters
    ----------
    a, b : array_like
        The shape parameters, above 0; constants.
    x : Node or array_like
        Where the integral ends, from 0 to 1. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `a` or `b` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.betainc, 2)(2.0, 1.0, 0.25).round(6)  # of x**2
    np.float64(0.5)
    """,
)
betaincc = _beta_row(
    "betaincc",
    lambda g, out, a, b, x: scaled(g, -_beta_density(a, b, x)),
    """1 - betainc(a, b, x), without cancellation. Differentiable for x, not for a and b.

    Parameters
    ----------
    a, b : array_like
        The shape parameters, above 0; constants.
    x : Node or array_like
        Where the integral begins, from 0 to 1. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `a` or `b` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.betaincc, 2)(2.0, 1.0, 0.25).round(6)  # of 1 - x**2
    np.float64(-0.5)
    """,
)
betaincinv = _beta_row(
    "betaincinv",
    lambda g, out, a, b, y: scaled(g, 1.0 / _beta_density(a, b, out)),
    """The x at which betainc(a, b, x) is y. Differentiable for y, not for a and b.

    Parameters
    ----------
    a, b : array_like
        The shape parameters, above 0; constants.
    y : Node or array_like
        Probabilities, from 0 to 1. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `a` or `b` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.betaincinv, 2)(2.0, 1.0, 0.25).round(6)  # of sqrt(y)
    np.float64(1.0)
    """,
)
betainccinv = _beta_row(
    "betainccinv",
    lambda g, out, a, b, y: scaled(g, -1.0 / _beta_density(a, b, out)),
    """The x at which betaincc(a, b, x) is y. Differentiable for y, not for a and b.

    Parameters
    ----------
    a, b : array_like
        The shape parameters, above 0; constants.
    y : Node or array_like
        Probabilities, from 0 to 1. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `a` or `b` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.betainccinv, 2)(2.0, 1.0, 0.75).round(6)  # of sqrt(1 - y)
    np.float64(-1.0)
    """,
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
    q : Node or array_like, optional
        1 by default, which is Riemann's function. Gradient: -g x zeta(x + 1, q).
    out : None, optional
        Not for nodes.

    Returns
    -------
    Node, scalar or ndarray
        One number per entry, in the shape that x and q have together.

    Raises
    ------
    TypeError
        In ``backward()``, if x wants a gradient.

    See Also
    --------
    scipy.special.zeta : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import grad
    >>> from autograd_core.scipy import special
    >>> special.zeta(2.0).round(6)  # pi**2 / 6
    np.float64(1.644934)
    >>> grad(special.zeta, 1)(2.0, 1.0).round(6)  # -2 zeta(3)
    np.float64(-2.404114)
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
    doc="""The rising factorial gamma(x + m) / gamma(x), x (x + 1) ... (x + m - 1) for whole m.
    Gradients: g out (psi(x + m) - psi(x)) and g out psi(x + m).

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.poch)(3.0, 2.0).round(6)  # of x (x + 1)
    np.float64(7.0)
    """,
)
binom = row(
    sc,
    "binom",
    sc.binom,
    (
        lambda g, out, n, k: scaled(g, out * (psi(n + 1.0) - psi(n - k + 1.0))),
        lambda g, out, n, k: scaled(g, out * (psi(n - k + 1.0) - psi(k + 1.0))),
    ),
    doc="""n! / (k! (n - k)!), for real n and k too. Gradients: g out (psi(n + 1) - psi(n - k + 1))
    and g out (psi(n - k + 1) - psi(k + 1)).

    Parameters
    ----------
    n, k : Node or array_like
        How many there are, and how many are taken; they broadcast.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.binom)(5.0, 2.0).round(6)  # of n (n - 1) / 2
    np.float64(4.5)
    """,
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
    N, k : Node or array_like
        How many there are, and how many are taken; the shapes broadcast.
    exact : bool, default False
        Whole numbers, which nodes do not have: only False.
    repetition : bool, default False
        Whether a thing may be taken again.

    Returns
    -------
    Node, scalar or ndarray
        One number per entry; the gradient is that of the function of real N and k.

    Raises
    ------
    TypeError
        If exact is True.

    See Also
    --------
    scipy.special.comb : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import grad
    >>> from autograd_core.scipy import special
    >>> special.comb(5, 2), special.comb(2, 5), special.comb(5, 2, repetition=True)
    (np.float64(10.0), np.float64(0.0), np.float64(15.0))
    >>> grad(special.comb)(5.0, 2.0).round(6)  # of N (N - 1) / 2
    np.float64(4.5)
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
    N, k : Node or array_like
        How many there are, and how many are taken; the shapes broadcast.
    exact : bool, default False
        Whole numbers, which nodes do not have: only False.

    Returns
    -------
    Node, scalar or ndarray
        One number per entry; the gradient is that of the function of real N and k.

    Raises
    ------
    TypeError
        If exact is True.

    See Also
    --------
    scipy.special.perm : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import grad
    >>> from autograd_core.scipy import special
    >>> special.perm(5, 2)
    np.float64(20.0)
    >>> grad(special.perm)(5.0, 2.0).round(6)  # of N (N - 1)
    np.float64(9.0)
    """
    _count_only("perm", exact)
    N, k = as_operand(N), as_operand(k)  # noqa: N806
    possible = (k <= N) & (N >= 0) & (k >= 0)
    return where(possible, poch(N - k + 1.0, k), 0.0)


def factorial(n: Any, exact: bool = False) -> Any:
    """n!, which is gamma(n + 1), and 0 where n is negative.

    Parameters
    ----------
    n : Node or array_like
        Numbers of any shape, real ones too.
    exact : bool, default False
        Whole numbers, which nodes do not have: only False.

    Returns
    -------
    Node, scalar or ndarray
        One number per entry. Gradient: g n! psi(n + 1), and 0 where n is negative.

    Raises
    ------
    TypeError
        If exact is True.

    See Also
    --------
    scipy.special.factorial : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import grad
    >>> from autograd_core.scipy import special
    >>> special.factorial(5)
    np.float64(120.0)
    >>> grad(special.factorial)(0.0).round(6)  # minus Euler's constant
    np.float64(-0.577216)
    """
    _count_only("factorial", exact)
    return where(np.greater_equal(n, 0), gamma(np.add(n, 1.0)), 0.0)
