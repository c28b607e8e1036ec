"""Polynomials by their coefficients, that of the highest power first, as NumPy's functions."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..errors import refuse_complex
from ..node import raw
from ..numpy_protocol import REFUSED, existing, stands_in_for
from ..operation import Operation, as_operand
from ..recorded import depends
from ..values import is_complex
from .joining import concatenate, stack
from .linalg import inv, lstsq
from .products import convolve, outer, polyval, vander
from .shaping import atleast_1d

__all__ = [
    "poly", "polyadd", "polyder", "polydiv", "polyfit", "polyint", "polymul", "polysub", "roots",
]  # fmt: skip


def _coefficients(p: Any) -> Any:
    """The coefficients as a vector: of a number, an array, a node or a poly1d."""
    return atleast_1d(as_operand(getattr(p, "coef", p) if isinstance(p, np.poly1d) else p))


def _of_one_length(a: Any, b: Any) -> tuple[Any, Any]:
    a, b = _coefficients(a), _coefficients(b)
    n = max(a.shape[0], b.shape[0])
    return tuple(np.pad(p, (n - p.shape[0], 0)) for p in (a, b))  # type: ignore[return-value]


@stands_in_for(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    """The sum of two polynomials. The gradient goes to the coefficients of both.

    Parameters
    ----------
    a1, a2 : Node, array_like or poly1d
        The coefficients, that of the highest power first.

    Returns
    -------
    Node or ndarray
        As many coefficients as the longer has.

    See Also
    --------
    numpy.polyadd : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> p = Node([1.0, 2.0])  # x + 2
    >>> y = np.polyadd(np.array([1.0, 0.0, 0.0]), p)
    >>> y.value
    array([1., 1., 2.])
    >>> y.backward(np.array([10.0, 20.0, 30.0]))
    >>> p.grad
    array([20., 30.])
    """
    a1, a2 = _of_one_length(a1, a2)
    return a1 + a2


@stands_in_for(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    """The difference of two polynomials. The gradient goes to the coefficients of both.

    Parameters
    ----------
    a1, a2 : Node, array_like or poly1d
        The coefficients, that of the highest power first.

    Returns
    -------
    Node or ndarray
        As many coefficients as the longer has.

    See Also
    --------
    numpy.polysub : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> p = Node([1.0, 2.0])  # x + 2
    >>> y = np.polysub(np.array([1.0, 0.0, 0.0]), p)
    >>> y.value
    array([ 1., -1., -2.])
    >>> y.backward(np.array([10.0, 20.0, 30.0]))
    >>> p.grad
    array([-20., -30.])
    """
    a1, a2 = _of_one_length(a1, a2)
    return a1 - a2


@stands_in_for(np.polymul)
def polymul(a1: Any, a2: Any) -> Any:
    """The product of two polynomials; leading zeros are left out, as NumPy does.

    Parameters
    ----------
    a1, a2 : Node, array_like or poly1d
        n and m coefficients, that of the highest power first.

    Returns
    -------
    Node or ndarray
        n + m - 1 coefficients.

    See Also
    --------
    numpy.polymul : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> p = Node([1.0, 2.0])  # x + 2
    >>> y = np.polymul(np.array([1.0, 3.0]), p)
    >>> y.value
    array([1., 5., 6.])
    >>> y[1].backward()
    >>> p.grad
    array([3., 1.])
    """
    return convolve(_without_leading_zeros(a1), _without_leading_zeros(a2))


def _without_leading_zeros(p: Any) -> Any:
    p = _coefficients(p)
    places = np.flatnonzero(raw(p))
    return p[places[0] :] if places.size else p[-1:]


@stands_in_for(np.polydiv)
def polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """The quotient of two polynomials, and what remains.

    The gradient goes to the coefficients of both.

    Parameters
    ----------
    u, v : Node, array_like or poly1d
        The dividend and the divisor, n and m coefficients, that of the highest power first.

    Returns
    -------
    quotient, remainder : Node or ndarray
        n - m + 1 coefficients (a 0 if n is less than m), and less than m.

    See Also
    --------
    numpy.polydiv : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> u = Node([1.0, 5.0, 7.0])  # x^2 + 5 x + 7
    >>> quotient, remainder = np.polydiv(u, np.array([1.0, 2.0]))
    >>> quotient.value, remainder.value
    (array([1., 3.]), array([1.]))
    >>> quotient[1].backward()
    >>> u.grad
    array([-2.,  1.,  0.])
    """
    u, v = _coefficients(u) * 1.0, _coefficients(v) * 1.0
    n = v.shape[0]
    scale = 1.0 / v[0]
    quotient = []
    for k in range(u.shape[0] - n + 1):
        factor = scale * u[k]
        quotient.append(factor)
        u = concatenate([u[:k], u[k : k + n] - factor * v, u[k + n :]])
    first = 0  # what is 0 in front is left out
    while first < u.shape[0] - 1 and np.allclose(raw(u)[first], 0, rtol=1e-14):
        first += 1
    return stack(quotient) if quotient else np.zeros(1, np.result_type(u, v)), u[first:]


@stands_in_for(np.polyder)
def polyder(p: Any, m: int = 1) -> Any:
    """The `m`-th derivative of a polynomial. Gradient of its coefficient n a_n: g n for a_n.

    Parameters
    ----------
    p : Node, array_like or poly1d
        The coefficients, that of the highest power first.
    m : int, default 1
        How often to differentiate.

    Returns
    -------
    Node or ndarray
        By `m` fewer coefficients.

    Raises
    ------
    ValueError
        If `m` is negative.

    See Also
    --------
    numpy.polyder : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> p = Node([1.0, 5.0, 7.0])  # x^2 + 5 x + 7
    >>> y = np.polyder(p)
    >>> y.value
    array([2., 5.])
    >>> y.sum().backward()
    >>> p.grad
    array([2., 1., 0.])
    """
    p = _coefficients(p)
    if m < 0:
        raise ValueError(f"polyder(m=...) expects 0 or more, got {m}. See polyint")
    for _ in range(m):
        n = p.shape[0] - 1
        p = p[:-1] * np.arange(n, 0, -1).astype(np.result_type(p))
    return p


@stands_in_for(np.polyint)
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """The `m`-th integral of a polynomial.

    Gradient of its coefficient a_n / (n + 1): g / (n + 1) for a_n.

    Parameters
    ----------
    p : Node or array_like
        The coefficients, that of the highest power first.
    m : int, default 1
        How many times to integrate.
    k : Node or array_like, optional
        The constants of integration, in the order of integrating; 0 by default.

    Returns
    -------
    Node or ndarray
        By `m` more coefficients.

    Raises
    ------
    ValueError
        If `m` is negative, or there are fewer constants than `m`, but not one for all.

    See Also
    --------
    numpy.polyint : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> p, k = Node([4.0, 3.0]), Node([5.0])  # 4 x + 3
    >>> y = np.polyint(p, k=k)
    >>> y.value
    array([2., 3., 5.])
    >>> y.sum().backward()
    >>> p.grad, k.grad
    (array([0.5, 1. ]), array([1.]))
    """
    p = _coefficients(p)
    if m < 0:
        raise ValueError(f"polyint(m=...) expects 0 or more, got {m}. See polyder")
    kind = np.result_type(p, np.float16)
    if k is None or type(k) in (int, float):
        k = np.full(m, k or 0.0, kind)
    constants = atleast_1d(as_operand(k))
    if constants.shape[0] == 1 and m > 1:
        constants = np.broadcast_to(constants, (m,))
    if constants.shape[0] < m:
        raise ValueError(f"polyint(k=...) expects 1 or {m} constants, got {constants.shape[0]}")
    for i in range(m):
        n = p.shape[0]
        p = concatenate([p / np.arange(n, 0, -1).astype(kind), constants[i : i + 1]])
    return p


@stands_in_for(np.poly)
def poly(seq_of_zeros: Any) -> Any:
    """The polynomial with given roots, or the characteristic polynomial of a matrix.

    Parameters
    ----------
    seq_of_zeros : Node or array_like
        n roots, or a matrix of shape (n, n).

    Returns
    -------
    Node or ndarray
        n + 1 coefficients, that of the highest power, which is 1, first.

    Raises
    ------
    ValueError
        If the input is neither a vector nor a square matrix.

    See Also
    --------
    numpy.poly : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> roots = Node([2.0, 3.0])
    >>> y = np.poly(roots)
    >>> y.value
    array([ 1., -5.,  6.])
    >>> y[2].backward()
    >>> roots.grad
    array([3., 2.])
    """
    zeros = atleast_1d(as_operand(seq_of_zeros))
    if zeros.ndim == 2 and zeros.shape[0] == zeros.shape[1] != 0:
        return _characteristic(zeros)
    if zeros.ndim != 1:
        raise ValueError(f"poly expects a vector or a square matrix, got shape {zeros.shape}")
    one = np.ones(1, np.result_type(zeros, np.float16))
    found: Any = one
    for i in range(zeros.shape[0]):
        found = convolve(found, concatenate([one, -zeros[i : i + 1]]))
    return found


def _characteristic(a: Any) -> Any:
    """The coefficients of det(x - a), of any matrix (D. Faddeev and V. Faddeeva, 1949)."""
    n = a.shape[0]
    identity = np.eye(n, dtype=np.result_type(a, np.float16))
    product, found = identity, [identity[0, :1]]
    for k in range(1, n + 1):
        product = a @ product
        found.append(np.trace(product).reshape(1) / -float(k))
        product = product + found[-1] * identity
    return concatenate(found)


def _roots(p: Any) -> Any:
    found = np.roots(p)
    precision = np.result_type(p, np.float16)
    return found.astype(np.result_type(precision, 1j) if is_complex(found) else precision)


def _roots_rule(g: Any, out: Any, p: Any) -> Any:
    # p(r) = 0 stays 0: dr = -r^k dp_k / p'(r).
    slopes = polyval(polyder(p), out)
    return -np.sum(g[:, None] * vander(out, p.shape[0]) / slopes[:, None], axis=0)


_roots_row = Operation("roots", _roots, rules=(_roots_rule,))


@stands_in_for(np.roots)
def roots(p: Any) -> Any:
    """The roots of a polynomial, complex if any is; the gradient is infinite at double ones.

    Gradient of a root r for the coefficient of x**k: -g r**k / p'(r).

    Parameters
    ----------
    p : Node, array_like or poly1d
        n + 1 coefficients, that of the highest power first; zeros in front don't count.

    Returns
    -------
    Node or ndarray
        n roots, in the order in which NumPy finds them.

    See Also
    --------
    numpy.roots : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> p = Node([1.0, -5.0, 6.0])  # (x - 2) (x - 3)
    >>> y = np.roots(p).max()
    >>> y.backward()
    >>> p.grad.round(3)
    array([-9., -3., -1.])
    """
    p = _coefficients(p)
    places = np.flatnonzero(raw(p))
    if not places.size:
        return np.zeros(0, np.result_type(p))
    p = p[places[0] :]
    return _roots_row(p) if p.shape[0] > 1 else np.zeros(0, np.result_type(p))


@stands_in_for(np.polyfit)
def polyfit(
    x: Any,
    y: Any,
    deg: int,
    rcond: float | None = None,
    full: bool = False,
    w: Any = None,
    cov: bool | str = False,
) -> Any:
    """The polynomial that comes nearest to given points (least squares).

    Parameters
    ----------
    x, y : Node or array_like
        Where the points stand, and their heights: a vector, or a matrix with one set per column.
    deg : int
        The degree.
    rcond : float, optional
        Singular values below so much of the largest count as 0.
    full : bool, default False
        Whether to return what `lstsq` found, too.
    w : Node or array_like, optional
        What each point's deviation counts; 1 by default.
    cov : bool or "unscaled", default False
        Whether to return the covariance of the coefficients, too.

    Returns
    -------
    p : Node or ndarray
        deg + 1 coefficients, that of the highest power first, of as many sets as `y` has columns.
        With ``full=True`` or ``cov=`` a tuple of them and the others, as in NumPy.

    Raises
    ------
    ValueError
        If the shapes don't fit together, the degree is negative, or ``cov=True`` has no more points
        than coefficients.

    See Also
    --------
    numpy.polyfit : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> y = Node([1.0, 3.0, 5.0, 7.0])
    >>> slope, start = np.polyfit(np.arange(4.0), y, 1)
    >>> slope.value.round(3), start.value.round(3)
    (np.float64(2.0), np.float64(1.0))
    >>> slope.backward()
    >>> y.grad.round(3)
    array([-0.3, -0.1,  0.1,  0.3])
    """
    x, y = as_operand(x) * 1.0, as_operand(y) * 1.0
    order = int(deg) + 1
    if deg < 0 or x.ndim != 1 or not x.size or y.ndim not in (1, 2) or len(x) != len(y):
        raise ValueError(
            "polyfit expects a vector x, y of as many heights (a matrix: one set per column) and "
            f"deg >= 0, got shapes {x.shape} and {y.shape} and deg={deg}"
        )
    if rcond is None:
        rcond = float(len(x) * np.finfo(x.dtype).eps)
    powers, heights = vander(x, order), y
    if w is not None:
        w = as_operand(w) * 1.0
        refuse_complex("polyfit(w=...)", w)
        if w.shape != x.shape:
            raise ValueError(f"polyfit(w=...) expects the shape {x.shape}, got {w.shape}")
        powers = powers * w[:, None]
        heights = heights * (w[:, None] if y.ndim == 2 else w)
    scale = np.sqrt(np.sum(powers * powers, axis=0))
    powers = powers / scale
    solution, misses, rank, singular = lstsq(powers, heights, rcond)
    found = solution / (scale[:, None] if y.ndim == 2 else scale)
    if full:
        return found, misses, rank, singular, rcond
    if not depends(rank) and rank != order:
        warnings.warn(
            "polyfit: the points don't determine the polynomial (its equations have rank "
            f"{rank}, not {order})",
            np.exceptions.RankWarning,
            stacklevel=2,
        )
    if not cov:
        return found
    spread = inv(powers.T @ powers) / outer(scale, scale)
    if cov != "unscaled":
        if len(x) <= order:
            raise ValueError(
                f"polyfit(cov=True) expects more points than coefficients, got {len(x)} points "
                f'and {order} coefficients. cov="unscaled" can do with fewer'
            )
        factor = misses / float(len(x) - order)
        spread = spread[:, :, None] * factor if y.ndim == 2 else spread * factor
    elif y.ndim == 2:
        spread = spread[:, :, None]
    return found, spread


for _function in existing("polynomial.polynomial.polyval2d", "polynomial.polynomial.polygrid2d"):
    REFUSED[_function] = (
        "its gradient is not known here. Write np.polyval(c[::-1], x), once for each axis"
    )
