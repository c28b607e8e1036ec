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
    doc="The error function. Gradient: g 2 exp(-x**2) / sqrt(pi).",
)
erfc = row(
    sc,
    "erfc",
    sc.erfc,
    (lambda g, out, x: g * (-_TOP * np.exp(-x * x)),),
    doc="1 - erf(x), without cancellation. Gradient: -g 2 exp(-x**2) / sqrt(pi).",
)
erfcx = row(
    sc,
    "erfcx",
    sc.erfcx,
    (lambda g, out, x: scaled(g, 2.0 * x * out - _TOP),),
    doc="exp(x**2) erfc(x). Gradient: g (2 x out - 2 / sqrt(pi)).",
)
erfi = row(
    sc,
    "erfi",
    sc.erfi,
    (lambda g, out, x: scaled(g, _TOP * np.exp(x * x)),),
    doc="-i erf(i x). Gradient: g 2 exp(x**2) / sqrt(pi).",
)
dawsn = row(
    sc,
    "dawsn",
    sc.dawsn,
    (lambda g, out, x: g * (1.0 - 2.0 * x * out),),
    doc="Dawson's integral, exp(-x**2) erfi(x) sqrt(pi) / 2. Gradient: g (1 - 2 x out).",
)
erfinv = row(
    sc,
    "erfinv",
    sc.erfinv,
    (lambda g, out, y: scaled(g, np.exp(out * out) / _TOP),),
    doc="The x at which erf(x) is y. Gradient: g exp(out**2) sqrt(pi) / 2; inf at -1 and 1.",
)
erfcinv = row(
    sc,
    "erfcinv",
    sc.erfcinv,
    (lambda g, out, y: scaled(g, -np.exp(out * out) / _TOP),),
    doc="The x at which erfc(x) is y. Gradient: -g exp(out**2) sqrt(pi) / 2; -inf at 0 and 2.",
)

# --- the normal distribution ----------------------------------------------------------------------

ndtr = row(
    sc,
    "ndtr",
    sc.ndtr,
    (lambda g, out, x: g * (np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)),),
    doc="The standard normal distribution function. Gradient: g times its density.",
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
    doc="log(ndtr(x)), exact far to the left too. Gradient: g density / probability.",
)
ndtri = row(
    sc,
    "ndtri",
    sc.ndtri,
    (lambda g, out, y: scaled(g, math.sqrt(2.0 * math.pi) * np.exp(0.5 * out * out)),),
    doc="The x at which ndtr(x) is y. Gradient: g / density; inf at 0 and 1.",
)
ndtri_exp = row(
    sc,
    "ndtri_exp",
    sc.ndtri_exp,
    (lambda g, out, y: scaled(g, math.sqrt(math.pi / 2.0) * erfcx(out * (-1.0 / math.sqrt(2.0)))),),
    doc="The x at which log_ndtr(x) is y.",
)
