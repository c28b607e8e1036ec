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
from .hypergeometric import hyp0f1, hyp2f1

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
    doc="""10**x. Gradient: g 10**x log(10).

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.exp10)(0.0).round(6)  # log(10)
    np.float64(2.302585)
    """,
)
cosm1 = row(
    sc,
    "cosm1",
    sc.cosm1,
    (lambda g, out, x: -g * np.sin(x),),
    doc="""cos(x) - 1, without cancellation near 0; x in radians. Gradient: -g sin(x).

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> scipy.special.cosm1(1e-9) < 0.0, np.cos(1e-9) < 1.0
    (np.True_, np.False_)
    >>> grad(scipy.special.cosm1)(1e-9)
    np.float64(-1e-09)
    """,
)
powm1 = row(
    sc,
    "powm1",
    sc.powm1,
    (
        lambda g, out, x, y: scaled(g, y * x ** (y - 1.0)),
        lambda g, out, x, y: scaled(g, (out + 1.0) * np.log(x)),
    ),
    doc="""x**y - 1, exact near 0 too. Gradients: g y x**(y - 1) and g x**y log(x).

    Parameters
    ----------
    x, y : Node or array_like
        The base, above 0 for a gradient for y, and the exponent; they broadcast.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.powm1, (0, 1))(1.0, 3.0)
    (np.float64(3.0), np.float64(0.0))
    """,
)

# --- the logistic function ------------------------------------------------------------------------

expit: Operation = row(
    sc,
    "expit",
    sc.expit,
    (lambda g, out, x: g * (out * expit(-x)),),
    doc="""The logistic function 1 / (1 + exp(-x)). Gradient: g out (1 - out), the difference
    without cancellation.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.expit)(0.0)
    np.float64(0.25)
    """,
)
logit = row(
    sc,
    "logit",
    sc.logit,
    (lambda g, out, x: g / away_from_pole(g, x * (1.0 - x)),),
    doc="""log(x / (1 - x)). Gradient: g / (x (1 - x)); inf at 0 and 1.

    Parameters
    ----------
    x : Node or array_like
        Probabilities: -inf at 0, inf at 1, nan outside.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.logit)(0.5)
    np.float64(4.0)
    """,
)
log_expit = row(
    sc,
    "log_expit",
    sc.log_expit,
    (lambda g, out, x: g * expit(-x),),
    doc="""log(expit(x)), exact far to the left too. Gradient: g expit(-x).

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import Node
    >>> x = Node([-800.0, 0.0])  # expit(-800) rounds to 0
    >>> scipy.special.log_expit(x).sum().backward()
    >>> x.grad
    array([1. , 0.5])
    """,
)
softplus = operations.softplus

# --- angles in degrees ----------------------------------------------------------------------------

_DEGREE = math.pi / 180.0

sindg = row(
    sc,
    "sindg",
    sc.sindg,
    (lambda g, out, x: g * (_DEGREE * cosdg(x)),),
    doc="""sin of degrees. Gradient: g cosdg(x) pi / 180.

    Parameters
    ----------
    x : Node or array_like
        Angles in degrees.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.sindg)(60.0).round(6)  # pi / 360
    np.float64(0.008727)
    """,
)
cosdg: Operation = row(
    sc,
    "cosdg",
    sc.cosdg,
    (lambda g, out, x: g * (-_DEGREE * sindg(x)),),
    doc="""cos of degrees. Gradient: -g sindg(x) pi / 180.

    Parameters
    ----------
    x : Node or array_like
        Angles in degrees.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.cosdg)(30.0).round(6)  # -pi / 360
    np.float64(-0.008727)
    """,
)
tandg = row(
    sc,
    "tandg",
    sc.tandg,
    (lambda g, out, x: scaled(g, _DEGREE * (1.0 + out * out)),),
    doc="""tan of degrees. Gradient: g (1 + out**2) pi / 180.

    Parameters
    ----------
    x : Node or array_like
        Angles in degrees.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.tandg)(45.0).round(6)  # pi / 90
    np.float64(0.034907)
    """,
)
cotdg = row(
    sc,
    "cotdg",
    sc.cotdg,
    (lambda g, out, x: scaled(g, -_DEGREE * (1.0 + out * out)),),
    doc="""cot of degrees. Gradient: -g (1 + out**2) pi / 180.

    Parameters
    ----------
    x : Node or array_like
        Angles in degrees.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.cotdg)(45.0).round(6)  # -pi / 90
    np.float64(-0.034907)
    """,
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
    doc="""Radians of degrees, minutes and seconds. Gradients: g pi / 180, and 1/60 and
    1/3600 of it.

    Parameters
    ----------
    d, m, s : Node or array_like
        Degrees, minutes and seconds of arc, all of the same sign; they broadcast.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> scipy.special.radian(45.0, 30.0, 0.0).round(6)
    np.float64(0.794125)
    >>> grad(scipy.special.radian, 1)(45.0, 30.0, 0.0).round(6)  # pi / 180 / 60
    np.float64(0.000291)
    """,
)

# --- integrals ------------------------------------------------------------------------------------

exp1 = row(
    sc, "exp1", sc.exp1, (lambda g, out, x: scaled(g, -np.exp(-x) / x),),
    doc="""The exponential integral of exp(-t) / t from x on. Gradient: -g exp(-x) / x.

    Parameters
    ----------
    x : Node or array_like
        Where it begins: inf at 0, nan below.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.exp1)(1.0).round(6)  # -exp(-1)
    np.float64(-0.367879)
    """,
)  # fmt: skip
expi = row(
    sc, "expi", sc.expi, (lambda g, out, x: scaled(g, np.exp(x) / x),),
    doc="""The exponential integral of exp(t) / t up to x. Gradient: g exp(x) / x.

    Parameters
    ----------
    x : Node or array_like
        Where it ends: -inf at 0, where its principal value goes on to the right.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.expi)(1.0).round(6)  # e
    np.float64(2.718282)
    """,
)  # fmt: skip


def _expn_slope(n: Any, x: Any) -> Any:
    below = -np.exp(-x) * (1.0 + 1.0 / x) / x  # of order 0; SciPy has no negative ones
    return np.where(np.greater_equal(n, 1), -expn(np.maximum(n - 1, 0), x), below)


expn = row(
    sc,
    "expn",
    sc.expn,
    (None, lambda g, out, n, x: scaled(g, _expn_slope(n, x))),
    doc="""The integral of exp(-x t) / t**n from 1 on. Gradient for x: -g expn(n - 1, x).

    Parameters
    ----------
    n : array_like of int
        The order, from 0 on; a constant.
    x : Node or array_like
        From 0 on, nan below. The shapes broadcast.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.expn, 1)(2, 1.0).round(6)  # -expn(1, 1)
    np.float64(-0.219384)
    """,
)


def _spence_slope(x: Any) -> Any:
    near = np.abs(x - 1.0) < 0.5  # where 0 / 0 is -1
    around = -hyp2f1(1.0, 1.0, 2.0, np.where(near, 1.0 - x, 0.0))
    away = np.where(near, 2.0, x)
    return np.where(near, around, np.log(away) / (1.0 - away))


spence = row(
    sc, "spence", sc.spence, (lambda g, out, x: scaled(g, _spence_slope(x)),),
    doc="""The integral of log(t) / (1 - t) from 1 to x. Gradient: g log(x) / (1 - x), -g at 1.

    Parameters
    ----------
    x : Node or array_like
        Where it ends: from 0 on, nan below.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.spence)(1.0)
    np.float64(-1.0)
    """,
)  # fmt: skip
wrightomega = row(
    sc, "wrightomega", sc.wrightomega, (lambda g, out, x: scaled(g, out / (1.0 + out)),),
    doc="""The w at which w + log(w) is x. Gradient: g w / (1 + w).

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> scipy.special.wrightomega(1.0).round(6), grad(scipy.special.wrightomega)(1.0).round(6)
    (np.float64(1.0), np.float64(0.5))
    """,
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
    """The integrals of sin(pi t**2 / 2) and of cos(pi t**2 / 2) from 0 to x.

    Parameters
    ----------
    x : Node or array_like
        Where they end, of any shape.

    Returns
    -------
    tuple of two Nodes, scalars or ndarrays
        S(x) and C(x), each in the shape of x. Gradients: g sin(pi x**2 / 2) and g cos(pi x**2 / 2).

    Raises
    ------
    TypeError
        If x does not hold numbers.

    See Also
    --------
    scipy.special.fresnel : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> import scipy.special
    >>> x = Node(1.0)
    >>> s, c = scipy.special.fresnel(x)
    >>> s.backward()
    >>> x.grad  # sin(pi / 2)
    np.float64(1.0)
    """
    return _fresnel[0](x), _fresnel[1](x)


@stands_in_for(sc.sici)
def sici(x: Any) -> tuple[Any, Any]:
    """The sine integral, of sin(t) / t from 0 to x, and the cosine integral.

    The latter is the integral of (cos(t) - 1) / t, plus log(x) and Euler's constant.

    Parameters
    ----------
    x : Node or array_like
        Where they end, of any shape.

    Returns
    -------
    tuple of two Nodes, scalars or ndarrays
        Si(x) and Ci(x), each in the shape of x; Ci is -inf at 0. Gradients: g sin(x) / x, which is
        g at 0, and g cos(x) / x.

    Raises
    ------
    TypeError
        If x does not hold numbers.

    See Also
    --------
    scipy.special.sici : the same on plain numbers.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import Node
    >>> x = Node(0.0)
    >>> scipy.special.sici(x)[0].backward()
    >>> x.grad
    np.float64(1.0)
    """
    return _sici[0](x), _sici[1](x)


@stands_in_for(sc.shichi)
def shichi(x: Any) -> tuple[Any, Any]:
    """The sine and cosine integrals of `sici`, with sinh and cosh.

    Parameters
    ----------
    x : Node or array_like
        Where they end, of any shape.

    Returns
    -------
    tuple of two Nodes, scalars or ndarrays
        Shi(x) and Chi(x), each in the shape of x; Chi is -inf at 0. Gradients: g sinh(x) / x, which
        is g at 0, and g cosh(x) / x.

    Raises
    ------
    TypeError
        If x does not hold numbers.

    See Also
    --------
    scipy.special.shichi : the same on plain numbers.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import Node
    >>> x = Node(0.0)
    >>> scipy.special.shichi(x)[0].backward()
    >>> x.grad
    np.float64(1.0)
    """
    return _shichi[0](x), _shichi[1](x)
