"""The error function, its relatives, and the normal distribution made of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sc

from ..rows import row, scaled

__all__ = [
    "dawsn", "erf", "erfc", "erfcinv", "erfcx", "erfi", "erfinv", "log_ndtr", "ndtr", "ndtri",
    "ndtri_exp",
]  # fmt: skip

_TOP = 2.0 / math.sqrt(math.pi)
"""The slope of erf at 0."""

erf = row(
    sc,
    "erf",
    sc.erf,
    (lambda g, out, x: g * (_TOP * np.exp(-x * x)),),
    doc="""The error function, the integral of 2 exp(-t**2) / sqrt(pi) from 0 to x. Gradient:
    g 2 exp(-x**2) / sqrt(pi).

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.erf)(0.0).round(6)  # 2 / sqrt(pi)
    np.float64(1.128379)
    """,
)
erfc = row(
    sc,
    "erfc",
    sc.erfc,
    (lambda g, out, x: g * (-_TOP * np.exp(-x * x)),),
    doc="""1 - erf(x), without cancellation. Gradient: -g 2 exp(-x**2) / sqrt(pi).

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import Node, grad
    >>> scipy.special.erfc(Node(10.0)).value > 0.0, 1.0 - scipy.special.erf(10.0)
    (np.True_, np.float64(0.0))
    >>> grad(scipy.special.erfc)(0.0).round(6)  # -2 / sqrt(pi)
    np.float64(-1.128379)
    """,
)
erfcx = row(
    sc,
    "erfcx",
    sc.erfcx,
    (lambda g, out, x: scaled(g, 2.0 * x * out - _TOP),),
    doc="""exp(x**2) erfc(x), which does not round to 0 for large x. Gradient:
    g (2 x out - 2 / sqrt(pi)).

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.erfcx)(0.0).round(6)  # -2 / sqrt(pi)
    np.float64(-1.128379)
    """,
)
erfi = row(
    sc,
    "erfi",
    sc.erfi,
    (lambda g, out, x: scaled(g, _TOP * np.exp(x * x)),),
    doc="""The imaginary error function, -i erf(i x). Gradient: g 2 exp(x**2) / sqrt(pi).

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.erfi)(0.0).round(6)  # 2 / sqrt(pi)
    np.float64(1.128379)
    """,
)
dawsn = row(
    sc,
    "dawsn",
    sc.dawsn,
    (lambda g, out, x: g * (1.0 - 2.0 * x * out),),
    doc="""Dawson's integral, exp(-x**2) erfi(x) sqrt(pi) / 2. Gradient: g (1 - 2 x out).

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.dawsn)(0.0)
    np.float64(1.0)
    """,
)
erfinv = row(
    sc,
    "erfinv",
    sc.erfinv,
    (lambda g, out, y: scaled(g, np.exp(out * out) / _TOP),),
    doc="""The inverse of `erf`: the place at which it is x. Gradient: g exp(out**2) sqrt(pi) / 2;
    inf at -1 and 1.

    Parameters
    ----------
    x : Node or array_like
        From -1 to 1: -inf and inf there, nan outside.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.erfinv)(0.0).round(6)  # sqrt(pi) / 2
    np.float64(0.886227)
    """,
)
erfcinv = row(
    sc,
    "erfcinv",
    sc.erfcinv,
    (lambda g, out, y: scaled(g, -np.exp(out * out) / _TOP),),
    doc="""The inverse of `erfc`: the place at which it is x. Gradient: -g exp(out**2) sqrt(pi) / 2;
    -inf at 0 and 2.

    Parameters
    ----------
    x : Node or array_like
        From 0 to 2: inf and -inf there, nan outside.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.erfcinv)(1.0).round(6)  # -sqrt(pi) / 2
    np.float64(-0.886227)
    """,
)

# --- the normal distribution ----------------------------------------------------------------------

ndtr = row(
    sc,
    "ndtr",
    sc.ndtr,
    (lambda g, out, x: g * (np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)),),
    doc="""The standard normal distribution function. Gradient: g times its density.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.ndtr)(0.0).round(6)  # 1 / sqrt(2 pi)
    np.float64(0.398942)
    """,
)


def _log_ndtr_rule(g: Any, out: Any, x: Any) -> Any:
    # Density over probability, which both underflow far to the left.
    return g * (math.sqrt(2.0 / math.pi) / erfcx(x * (-1.0 / math.sqrt(2.0))))


log_ndtr = row(
    sc,
    "log_ndtr",
    sc.log_ndtr,
    (_log_ndtr_rule,),
    real_only=True,
    doc="""log(ndtr(x)), exact far to the left too. Gradient: g density / probability.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import Node
    >>> x = Node(-40.0)  # ndtr(-40) rounds to 0
    >>> scipy.special.log_ndtr(x).backward()
    >>> x.grad.round(3)
    np.float64(40.025)
    """,
)
ndtri = row(
    sc,
    "ndtri",
    sc.ndtri,
    (lambda g, out, y: scaled(g, math.sqrt(2.0 * math.pi) * np.exp(0.5 * out * out)),),
    doc="""The inverse of `ndtr`: the place up to which the probability is x. Gradient: g / density;
    inf at 0 and 1.

    Parameters
    ----------
    x : Node or array_like
        Probabilities: -inf at 0, inf at 1, nan outside.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.ndtri)(0.5).round(6)  # sqrt(2 pi)
    np.float64(2.506628)
    """,
)
ndtri_exp = row(
    sc,
    "ndtri_exp",
    sc.ndtri_exp,
    (lambda g, out, y: scaled(g, math.sqrt(math.pi / 2.0) * erfcx(out * (-1.0 / math.sqrt(2.0)))),),
    doc="""The inverse of `log_ndtr`: the place at which it is x. Gradient: g probability / density.

    Parameters
    ----------
    x : Node or array_like
        Logarithms of probabilities, up to 0; nan above.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.ndtri_exp)(np.log(0.5)).round(6)  # sqrt(pi / 2)
    np.float64(1.253314)
    """,
)
