"""Exponentials, logarithms and angles, and integrals of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sc

from ... import operations
from ...numpy_protocol import stands_in_for
from ...operation import Operation
from ...operations.guards import away_from_pole
from ..rows import row, scaled, silently
from .hypergeometric import hyp0f1

__all__ = [
    "cbrt", "cosdg", "cosm1", "cotdg", "exp1", "exp2", "exp10", "expi", "expit", "expm1", "expn",
    "fresnel", "log1p", "log_expit", "logit", "powm1", "radian", "shichi", "sici", "sindg",
    "softplus", "spence", "tandg", "wrightomega",
]  # fmt: skip

# NumPy has these, too.
cbrt = stands_in_for(sc.cbrt)(operations.cbrt)
exp2 = stands_in_for(sc.exp2)(operations.exp2)
expm1 = stands_in_for(sc.expm1)(operations.expm1)
log1p = stands_in_for(sc.log1p)(operations.log1p)

exp10 = row(
    sc,
    "exp10",
    sc.exp10,
    (lambda g, out, x: scaled(g, math.log(10.0) * out),),
    doc="10**x. Gradient: g 10**x log(10).",
)
cosm1 = row(
    sc,
    "cosm1",
    sc.cosm1,
    (lambda g, out, x: -g * np.sin(x),),
    doc="cos(x) - 1. Gradient: -g sin(x).",
)
powm1 = row(
    sc,
    "powm1",
    sc.powm1,
    (
        lambda g, out, x, y: scaled(g, y * x ** (y - 1.0)),
        lambda g, out, x, y: scaled(g, (out + 1.0) * np.log(x)),
    ),
    doc="x**y - 1, exact near 0 too.",
)

# --- the logistic function ------------------------------------------------------------------------

expit: Operation = row(
    sc,
    "expit",
    sc.expit,
    (lambda g, out, x: g * (out * expit(-x)),),
    doc="1 / (1 + exp(-x)). Gradient: g out (1 - out), the difference without cancellation.",
)
logit = row(
    sc,
    "logit",
    sc.logit,
    (lambda g, out, x: g / away_from_pole(g, x * (1.0 - x)),),
    doc="log(x / (1 - x)). Gradient: g / (x (1 - x)); inf at 0 and 1.",
)
log_expit = row(
    sc,
    "log_expit",
    sc.log_expit,
    (lambda g, out, x: g * expit(-x),),
    doc="log(expit(x)), exact far to the left too. Gradient: g expit(-x).",
)
softplus = operations.softplus

# --- angles in degrees ----------------------------------------------------------------------------

_DEGREE = math.pi / 180.0

sindg = row(
    sc, "sindg", sc.sindg, (lambda g, out, x: g * (_DEGREE * cosdg(x)),), doc="sin, degrees."
)
cosdg: Operation = row(
    sc, "cosdg", sc.cosdg, (lambda g, out, x: g * (-_DEGREE * sindg(x)),), doc="cos, degrees."
)
tandg = row(
    sc,
    "tandg",
    sc.tandg,
    (lambda g, out, x: scaled(g, _DEGREE * (1.0 + out * out)),),
    doc="tan of degrees. Gradient: g (1 + out**2) pi / 180.",
)
cotdg = row(
    sc,
    "cotdg",
    sc.cotdg,
    (lambda g, out, x: scaled(g, -_DEGREE * (1.0 + out * out)),),
    doc="cot of degrees. Gradient: -g (1 + out**2) pi / 180.",
)
radian = row(
    sc,
    "radian",
    sc.radian,
    (
        lambda g, out, d, m, s: g * _DEGREE,
        lambda g, out, d, m, s: g * (_DEGREE / 60.0),
        lambda g, out, d, m, s: g * (_DEGREE / 3600.0),
    ),
    doc="Radians of degrees, minutes and seconds.",
)

# --- integrals ------------------------------------------------------------------------------------

exp1 = row(
    sc, "exp1", sc.exp1, (lambda g, out, x: scaled(g, -np.exp(-x) / x),),
    doc="The integral of exp(-t) / t from x on.",
)  # fmt: skip
expi = row(
    sc, "expi", sc.expi, (lambda g, out, x: scaled(g, np.exp(x) / x),),
    doc="The integral of exp(t) / t up to x.",
)  # fmt: skip


def _expn_slope(n: Any, x: Any) -> Any:
    below = -np.exp(-x) * (1.0 + 1.0 / x) / x  # of order 0; SciPy has no negative ones
    return np.where(np.greater_equal(n, 1), -expn(np.maximum(n - 1, 0), x), below)


expn = row(
    sc,
    "expn",
    sc.expn,
    (None, lambda g, out, n, x: scaled(g, _expn_slope(n, x))),
    doc="The integral of exp(-x t) / t**n from 1 on. Gradient for x: -g expn(n - 1, x).",
)
spence = row(
    sc, "spence", sc.spence, (lambda g, out, x: scaled(g, np.log(x) / (1.0 - x)),),
    doc="The integral of log(t) / (1 - t) from 1 to x.",
)  # fmt: skip
wrightomega = row(
    sc, "wrightomega", sc.wrightomega, (lambda g, out, x: scaled(g, out / (1.0 + out)),),
    doc="The w at which w + log(w) is x. Gradient: g w / (1 + w).",
)  # fmt: skip


def _part(name: str, position: int, slope: Any) -> Operation:
    """One result of a function that SciPy gives two results of."""
    function = getattr(sc, name)
    return Operation(
        f"scipy.special.{name}[{position}]",
        lambda x: function(x)[position],
        [silently(lambda g, out, x: scaled(g, slope(x)))],
        symbol=name,
        elementwise=True,
    )


def _half_turns(x: Any) -> Any:
    return 0.5 * math.pi * x * x


_fresnel = (
    _part("fresnel", 0, lambda x: np.sin(_half_turns(x))),
    _part("fresnel", 1, lambda x: np.cos(_half_turns(x))),
)
_sici = (
    _part("sici", 0, lambda x: np.sinc(x / math.pi)),
    _part("sici", 1, lambda x: np.cos(x) / x),
)
_shichi = (
    _part("shichi", 0, lambda x: hyp0f1(1.5, 0.25 * x * x)),
    _part("shichi", 1, lambda x: np.cosh(x) / x),
)


@stands_in_for(sc.fresnel)
def fresnel(x: Any) -> tuple[Any, Any]:
    """The integrals of sin(pi t**2 / 2) and of cos(pi t**2 / 2) from 0 to x."""
    return _fresnel[0](x), _fresnel[1](x)


@stands_in_for(sc.sici)
def sici(x: Any) -> tuple[Any, Any]:
    """The sine integral, of sin(t) / t from 0 to x, and the cosine integral."""
    return _sici[0](x), _sici[1](x)


@stands_in_for(sc.shichi)
def shichi(x: Any) -> tuple[Any, Any]:
    """The same with sinh and cosh."""
    return _shichi[0](x), _shichi[1](x)
