"""Bessel functions. The derivative of one is made of its neighbours; orders have none."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sc

from ...operation import Operation, Rule
from ..rows import row, scaled, unknown

__all__ = [
    "i0", "i0e", "i1", "i1e", "iv", "ive", "j0", "j1", "jn", "jv", "jve", "k0", "k0e", "k1", "k1e",
    "kn", "kv", "kve", "y0", "y1", "yn", "yv", "yve",
]  # fmt: skip


def _of_order(name: str, slope: Any, doc: str) -> Operation:
    """A function of an order and of x; `slope` is its derivative for x."""
    rule: Rule = lambda g, out, v, x: scaled(g, slope(out, v, x))  # noqa: E731
    whole_order = name in ("kn", "yn")
    order: Rule | None = None if whole_order else unknown(f"scipy.special.{name}", "the order")
    scaled_by_size = name in ("ive", "jve", "yve")  # which is not holomorphic
    return row(sc, name, getattr(sc, name), (order, rule), doc=doc, real_only=scaled_by_size)


def _of_x(name: str, slope: Any, doc: str) -> Operation:
    """The same of a fixed order."""
    return row(sc, name, getattr(sc, name), (lambda g, out, x: scaled(g, slope(out, x)),), doc=doc)


jv: Operation = _of_order(
    "jv",
    lambda out, v, x: 0.5 * (jv(v - 1, x) - jv(v + 1, x)),
    """The Bessel function of the first kind. Gradient for x: half the difference of neighbours.

    Parameters
    ----------
    v : array_like
        The order, any real number; a constant.
    x : Node or array_like
        The place; negative ones only for whole orders. The shapes broadcast.

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
    >>> grad(scipy.special.jv, 1)(1, 0.0)  # half of jv(0, 0) - jv(2, 0)
    np.float64(0.5)
    """,
)
jn = jv
j0 = _of_x(
    "j0",
    lambda out, x: -j1(x),
    """`jv` of order 0. Gradient: -g j1(x).

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.j0)(2.0).round(6)  # -j1(2)
    np.float64(-0.576725)
    """,
)
j1: Operation = _of_x(
    "j1",
    lambda out, x: 0.5 * (j0(x) - jv(2, x)),
    """`jv` of order 1. Gradient: g (j0(x) - jv(2, x)) / 2.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.j1)(0.0)
    np.float64(0.5)
    """,
)
jve: Operation = _of_order(
    "jve",  # scaled by the imaginary part, which real numbers do not have
    lambda out, v, x: 0.5 * (jve(v - 1, x) - jve(v + 1, x)),
    """`jv` of real numbers. Gradient for x: half the difference of neighbours.

    Parameters
    ----------
    v : array_like
        The order, any real number; a constant.
    x : Node or array_like
        The place; negative ones only for whole orders. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers, or holds complex ones.
        In ``backward()``, if `v` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Notes
    -----
    SciPy's factor exp(-|imag(x)|) is 1 for them; complex places are refused.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.jve, 1)(1, 0.0)
    np.float64(0.5)
    """,
)

yv: Operation = _of_order(
    "yv",
    lambda out, v, x: 0.5 * (yv(v - 1, x) - yv(v + 1, x)),
    """The Bessel function of the second kind. Gradient for x: half the difference of neighbours.

    Parameters
    ----------
    v : array_like
        The order, any real number; a constant.
    x : Node or array_like
        The place, above 0: -inf at 0, nan below. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `v` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> # yv(0.5, x) is -sqrt(2 / (pi x)) cos(x)
    >>> grad(scipy.special.yv, 1)(0.5, np.pi / 2).round(6)
    np.float64(0.63662)
    """,
)
yn: Operation = _of_order(
    "yn",
    lambda out, n, x: 0.5 * (yn(n - 1, x) - yn(n + 1, x)),
    """`yv` of a whole order. Gradient for x: half the difference of neighbours.

    Parameters
    ----------
    v : array_like of int
        The order, a constant.
    x : Node or array_like
        The place, above 0: -inf at 0, nan below. The shapes broadcast.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.yn, 1)(2, 1.0).round(6)
    np.float64(2.520152)
    """,
)
y0 = _of_x(
    "y0",
    lambda out, x: -y1(x),
    """`yv` of order 0. Gradient: -g y1(x).

    Parameters
    ----------
    x : Node or array_like
        The place, above 0: -inf at 0, nan below.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.y0)(1.0).round(6)  # -y1(1)
    np.float64(0.781213)
    """,
)
y1: Operation = _of_x(
    "y1",
    lambda out, x: 0.5 * (y0(x) - yn(2, x)),
    """`yv` of order 1. Gradient: g (y0(x) - yn(2, x)) / 2.

    Parameters
    ----------
    x : Node or array_like
        The place, above 0: -inf at 0, nan below.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.y1)(1.0).round(6)
    np.float64(0.86947)
    """,
)
yve: Operation = _of_order(
    "yve",
    lambda out, v, x: 0.5 * (yve(v - 1, x) - yve(v + 1, x)),
    """`yv` of real numbers. Gradient for x: half the difference of neighbours.

    Parameters
    ----------
    v : array_like
        The order, any real number; a constant.
    x : Node or array_like
        The place, above 0; nan elsewhere. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers, or holds complex ones.
        In ``backward()``, if `v` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Notes
    -----
    SciPy's factor exp(-|imag(x)|) is 1 for them; complex places are refused.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.yve, 1)(0.5, np.pi / 2).round(6)
    np.float64(0.63662)
    """,
)

iv: Operation = _of_order(
    "iv",
    lambda out, v, x: 0.5 * (iv(v - 1, x) + iv(v + 1, x)),
    """The modified Bessel function of the first kind. Gradient for x: the mean of neighbours.

    Parameters
    ----------
    v : array_like
        The order, any real number; a constant.
    x : Node or array_like
        The place; negative ones only for whole orders. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `v` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Notes
    -----
    From about x = 710 on it overflows; `ive` does not.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.iv, 1)(1, 0.0)
    np.float64(0.5)
    """,
)
i0 = _of_x(
    "i0",
    lambda out, x: i1(x),
    """`iv` of order 0. Gradient: g i1(x).

    Notes
    -----
    From about x = 710 on it overflows; `i0e` does not.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> # how concentrated angles of a von Mises distribution are, by its kappa
    >>> grad(lambda kappa: np.log(scipy.special.i0(kappa)))(2.0).round(4)
    np.float64(0.6978)
    """,
)
i1: Operation = _of_x(
    "i1",
    lambda out, x: 0.5 * (i0(x) + iv(2, x)),
    """`iv` of order 1. Gradient: g (i0(x) + iv(2, x)) / 2.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.i1)(0.0)
    np.float64(0.5)
    """,
)
ive: Operation = _of_order(
    "ive",
    lambda out, v, x: 0.5 * (ive(v - 1, x) + ive(v + 1, x)) - np.sign(x) * out,
    """exp(-|x|) iv(v, x), finite for large x. Gradient for x: g (mean of neighbours - sign(x) out).

    Parameters
    ----------
    v : array_like
        The order, any real number; a constant.
    x : Node or array_like
        The place, real; negative ones only for whole orders. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers, or holds complex ones.
        In ``backward()``, if `v` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(lambda x: np.log(scipy.special.ive(0.5, x)))(1000.0).round(6)  # iv is inf there
    np.float64(-0.0005)
    """,
)
i0e = _of_x(
    "i0e",
    lambda out, x: i1e(x) - np.sign(x) * out,
    """exp(-|x|) i0(x), finite for large x. Gradient: g (i1e(x) - sign(x) i0e(x)).

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(lambda x: np.log(scipy.special.i0e(x)))(1000.0).round(4)  # i0(1000) is inf
    np.float64(-0.0005)
    """,
)
i1e: Operation = _of_x(
    "i1e",
    lambda out, x: 0.5 * (i0e(x) + ive(2, x)) - np.sign(x) * out,
    """exp(-|x|) i1(x), finite for large x. Gradient: g ((i0e(x) + ive(2, x)) / 2 - sign(x) i1e(x)).

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.i1e)(0.0)
    np.float64(0.5)
    """,
)

kv: Operation = _of_order(
    "kv",
    lambda out, v, x: -0.5 * (kv(v - 1, x) + kv(v + 1, x)),
    """The modified Bessel function of the second kind. Gradient for x: -g mean of neighbours.

    Parameters
    ----------
    v : array_like
        The order, any real number; a constant.
    x : Node or array_like
        The place, above 0: inf at 0, nan below. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `v` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> # kv(0.5, x) is sqrt(pi / (2 x)) exp(-x)
    >>> grad(lambda x: np.log(scipy.special.kv(0.5, x)))(1.0).round(6)
    np.float64(-1.5)
    """,
)
kn: Operation = _of_order(
    "kn",
    lambda out, n, x: -0.5 * (kn(np.abs(n - 1), x) + kn(n + 1, x)),
    """`kv` of a whole order. Gradient for x: -g mean of neighbours.

    Parameters
    ----------
    v : array_like of int
        The order, a constant.
    x : Node or array_like
        The place, above 0: inf at 0, nan below. The shapes broadcast.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.kn, 1)(0, 1.0).round(6)  # -kn(1, 1)
    np.float64(-0.601907)
    """,
)
k0 = _of_x(
    "k0",
    lambda out, x: -k1(x),
    """`kv` of order 0. Gradient: -g k1(x).

    Parameters
    ----------
    x : Node or array_like
        The place, above 0: inf at 0, nan below.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.k0)(1.0).round(6)  # -k1(1)
    np.float64(-0.601907)
    """,
)
k1: Operation = _of_x(
    "k1",
    lambda out, x: -0.5 * (k0(x) + kn(2, x)),
    """`kv` of order 1. Gradient: -g (k0(x) + kn(2, x)) / 2.

    Parameters
    ----------
    x : Node or array_like
        The place, above 0: inf at 0, nan below.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.k1)(1.0).round(6)
    np.float64(-1.022932)
    """,
)
kve: Operation = _of_order(
    "kve",
    lambda out, v, x: out - 0.5 * (kve(v - 1, x) + kve(v + 1, x)),
    """exp(x) kv(v, x), not 0 for large x. Gradient for x: g (out - mean of neighbours).

    Parameters
    ----------
    v : array_like
        The order, any real number; a constant.
    x : Node or array_like
        The place, above 0: inf at 0, nan below. The shapes broadcast.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
        In ``backward()``, if `v` wants a gradient.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> # kve(0.5, x) is sqrt(pi / (2 x)), and kv(0.5, 1000) rounds to 0
    >>> grad(lambda x: np.log(scipy.special.kve(0.5, x)))(1000.0).round(6)
    np.float64(-0.0005)
    """,
)
k0e = _of_x(
    "k0e",
    lambda out, x: out - k1e(x),
    """exp(x) k0(x), not 0 for large x. Gradient: g (k0e(x) - k1e(x)).

    Parameters
    ----------
    x : Node or array_like
        The place, above 0: inf at 0, nan below.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.k0e)(1.0).round(6)  # k0e(1) - k1e(1)
    np.float64(-0.49169)
    """,
)
k1e: Operation = _of_x(
    "k1e",
    lambda out, x: out - 0.5 * (k0e(x) + kve(2, x)),
    """exp(x) k1(x), not 0 for large x. Gradient: g (k1e(x) - (k0e(x) + kve(2, x)) / 2).

    Parameters
    ----------
    x : Node or array_like
        The place, above 0: inf at 0, nan below.

    Examples
    --------
    >>> import scipy.special
    >>> from autograd_core import grad
    >>> grad(scipy.special.k1e)(1.0).round(6)
    np.float64(-1.144463)
    """,
)
