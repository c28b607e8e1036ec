"""Hypergeometric functions, and what is written with them: smooth everywhere, to every order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special as sc

from ...operation import Operation
from ..rows import row, scaled, unknown

__all__ = [
    "boxcox", "boxcox1p", "ellipe", "ellipk", "exprel", "hyp0f1", "hyp1f1", "hyp2f1", "inv_boxcox",
    "inv_boxcox1p",
]  # fmt: skip


def _unknown(name: str, *arguments: str) -> list[Any]:
    return [unknown(f"scipy.special.{name}", argument) for argument in arguments]


hyp0f1: Operation = row(
    sc,
    "hyp0f1",
    sc.hyp0f1,
    [
        *_unknown("hyp0f1", "v"),
        lambda g, out, v, z: scaled(g, hyp0f1(v + 1.0, z) / v),
    ],
    doc="""The hypergeometric function 0F1. Gradient for z: g hyp0f1(v + 1, z) / v.

    Parameters
    ----------
    v : array_like
        The parameter, not 0, -1, ...; a constant.
    z : Node or array_like
        The place. The shapes broadcast.

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
    >>> grad(scipy.special.hyp0f1, 1)(2.0, 0.0)  # 1 / v
    np.float64(0.5)
    """,
)
hyp1f1: Operation = row(
    sc,
    "hyp1f1",
    sc.hyp1f1,
    [
        *_unknown("hyp1f1", "a", "b"),
        lambda g, out, a, b, x: scaled(g, a / b * hyp1f1(a + 1.0, b + 1.0, x)),
    ],
    doc="""Kummer's function 1F1. Gradient for x: g a / b hyp1f1(a + 1, b + 1, x).

    Parameters
    ----------
    a, b : array_like
        The parameters, b not 0, -1, ...; constants.
    x : Node or array_like
        The place. The shapes broadcast.

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
    >>> grad(scipy.special.hyp1f1, 2)(1.0, 2.0, 0.0)  # a / b
    np.float64(0.5)
    """,
)
hyp2f1: Operation = row(
    sc,
    "hyp2f1",
    sc.hyp2f1,
    [
        *_unknown("hyp2f1", "a", "b", "c"),
        lambda g, out, a, b, c, z: scaled(g, a * b / c * hyp2f1(a + 1.0, b + 1.0, c + 1.0, z)),
    ],
    doc="""Gauss' function 2F1. Gradient for z: g a b / c hyp2f1(a + 1, b + 1, c + 1, z).

    Parameters
    ----------
    a, b, c : array_like
        The parameters, c not 0, -1, ...; constants.
    z : Node or array_like
        The place, real ones up to 1. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `a`, `b` or `c` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.hyp2f1, 3)(1.0, 1.0, 2.0, 0.0)  # a b / c
    np.float64(0.5)
    """,
)


def _exprel_slope(x: Any) -> Any:
    return 0.5 * hyp1f1(2.0, 3.0, x)


exprel = row(
    sc,
    "exprel",
    sc.exprel,
    (lambda g, out, x: scaled(g, _exprel_slope(x)),),
    doc="""(exp(x) - 1) / x, and 1 at 0. Gradient: g hyp1f1(2, 3, x) / 2, without cancellation.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.exprel)(0.0)
    np.float64(0.5)
    """,
)
ellipk = row(
    sc,
    "ellipk",
    sc.ellipk,
    (lambda g, out, m: scaled(g, math.pi / 8.0 * hyp2f1(1.5, 1.5, 2.0, m)),),
    doc="""The complete elliptic integral of the first kind. Gradient:
    g hyp2f1(3/2, 3/2, 2, x) pi / 8.

    Parameters
    ----------
    x : Node or array_like
        The parameter m, k**2 by the modulus k: inf at 1, nan above.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.ellipk)(0.0).round(6)  # pi / 8
    np.float64(0.392699)
    """,
)
ellipe = row(
    sc,
    "ellipe",
    sc.ellipe,
    (lambda g, out, m: scaled(g, -math.pi / 8.0 * hyp2f1(0.5, 1.5, 2.0, m)),),
    doc="""The complete elliptic integral of the second kind. Gradient:
    -g hyp2f1(1/2, 3/2, 2, x) pi / 8.

    Parameters
    ----------
    x : Node or array_like
        The parameter m, k**2 by the modulus k: 1 at 1, nan above.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.ellipe)(0.0).round(6)  # -pi / 8
    np.float64(-0.392699)
    """,
)

# --- powers that become logarithms: log(x) exprel(lambda log(x)) ----------------------------------


def _boxcox_slope(logarithm: Any, lmbda: Any) -> Any:
    return logarithm * logarithm * _exprel_slope(lmbda * logarithm)


boxcox = row(
    sc,
    "boxcox",
    sc.boxcox,
    (
        lambda g, out, x, lmbda: scaled(g, x ** (lmbda - 1.0)),
        lambda g, out, x, lmbda: scaled(g, _boxcox_slope(np.log(x), lmbda)),
    ),
    doc="""(x**lmbda - 1) / lmbda, and log(x) where lmbda is 0. Gradient for x: g x**(lmbda - 1);
    that for lmbda is exact at 0, too.

    Parameters
    ----------
    x : Node or array_like
        Numbers from 0 on; nan below.
    lmbda : Node or array_like
        The power. The shapes broadcast.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> np.round(grad(scipy.special.boxcox, (0, 1))(4.0, 0.5), 6)
    array([0.5     , 1.545177])
    >>> np.round(grad(scipy.special.boxcox, (0, 1))(4.0, 0.0), 6)
    array([0.25    , 0.960906])
    """,
)
boxcox1p = row(
    sc,
    "boxcox1p",
    sc.boxcox1p,
    (
        lambda g, out, x, lmbda: scaled(g, (1.0 + x) ** (lmbda - 1.0)),
        lambda g, out, x, lmbda: scaled(g, _boxcox_slope(np.log1p(x), lmbda)),
    ),
    doc="""boxcox(1 + x, lmbda), exact for small x too. Gradient for x: g (1 + x)**(lmbda - 1); that
    for lmbda is exact at 0, too.

    Parameters
    ----------
    x : Node or array_like
        Numbers from -1 on; nan below.
    lmbda : Node or array_like
        The power. The shapes broadcast.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> np.round(grad(scipy.special.boxcox1p, (0, 1))(3.0, 0.5), 6)
    array([0.5     , 1.545177])
    """,
)


def _inv_boxcox_rules(base: Any) -> Any:
    # The power is exp(y log1p(t) / t) with t = lmbda y, and log1p(t) / t is 2F1(1, 1; 2; -t).
    return (
        lambda g, out, y, lmbda: scaled(g, base(out) ** (1.0 - lmbda)),
        lambda g, out, y, lmbda: scaled(
            g, -0.5 * base(out) * y * y * hyp2f1(2.0, 2.0, 3.0, -lmbda * y)
        ),
    )


inv_boxcox = row(
    sc,
    "inv_boxcox",
    sc.inv_boxcox,
    _inv_boxcox_rules(lambda out: out),
    doc="""The x at which boxcox(x, lmbda) is y. Gradient for y: g out**(1 - lmbda); that for lmbda
    is exact at 0, too.

    Parameters
    ----------
    y : Node or array_like
        Numbers for which 1 + lmbda y is not below 0.
    lmbda : Node or array_like
        The power. The shapes broadcast.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> scipy.special.inv_boxcox(2.0, 0.5).round(6)
    np.float64(4.0)
    >>> grad(scipy.special.inv_boxcox)(2.0, 0.5).round(6)
    np.float64(2.0)
    """,
)
inv_boxcox1p = row(
    sc,
    "inv_boxcox1p",
    sc.inv_boxcox1p,
    _inv_boxcox_rules(lambda out: 1.0 + out),
    doc="""The x at which boxcox1p(x, lmbda) is y. Gradient for y: g (1 + out)**(1 - lmbda); that
    for lmbda is exact at 0, too.

    Parameters
    ----------
    y : Node or array_like
        Numbers for which 1 + lmbda y is not below 0.
    lmbda : Node or array_like
        The power. The shapes broadcast.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> scipy.special.inv_boxcox1p(2.0, 0.5).round(6)
    np.float64(3.0)
    >>> grad(scipy.special.inv_boxcox1p)(2.0, 0.5).round(6)
    np.float64(2.0)
    """,
)
