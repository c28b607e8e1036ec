"""Linear algebra on matrices and stacks of them, as in ``np.linalg``: solving and inverting."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..node import constant
from ..numpy_protocol import existing, stands_in_for
from ..operation import Operation, as_operand
from ..recorded import depends
from ..values import is_complex
from .complex_numbers import adjoint, conjugated
from .decompositions import svdvals
from .indexing import diagonal, trace
from .products import matmul
from .reductions import product_of_the_others
from .shaping import reshape

__all__ = [
    "cofactors", "det", "inv", "lstsq", "matrix_power", "multi_dot", "pinv", "slogdet", "solve",
    "tensorinv", "tensorsolve",
]  # fmt: skip

inv = Operation(
    "inv",
    lambda a: np.linalg.inv(a),
    rules=(lambda g, out, a: -(out.mT @ g @ out.mT),),
    symbol="inv",
    numpy=(np.linalg.inv,),
    doc="""The inverse of a matrix. Gradient: -out^T g out^T.

    Parameters
    ----------
    a : Node or array_like
        Square matrices of shape (..., n, n).

    Returns
    -------
    Node or ndarray
        In the shape of the input.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    np.linalg.LinAlgError
        If a matrix is singular or not square.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([[2.0, 0.0], [0.0, 4.0]])
    >>> np.linalg.inv(a).sum().backward()
    >>> a.grad
    array([[-0.25  , -0.125 ],
           [-0.125 , -0.0625]])
    """,
)


def per_matrix(g: Any) -> Any:
    """A number per matrix, to be multiplied with every entry of it."""
    return np.expand_dims(g, (-2, -1))


def _cofactors_one_by_one(a: Any) -> Any:
    """The gradient of the determinant, as determinants with one row and one column left out.

    It is a polynomial, so it is right for singular matrices too, to every order.
    """
    n = a.shape[-1]
    if n == 1:
        return np.ones_like(a)
    others = [[j for j in range(n) if j != i] for i in range(n)]
    rows = np.array(others)[:, None, :, None]
    columns = np.array(others)[None, :, None, :]
    precision = np.finfo(np.result_type(a)).dtype
    signs = (-1.0) ** np.add.outer(np.arange(n), np.arange(n)).astype(precision)
    return signs * np.linalg.det(a[..., rows, columns])


def _cofactors(a: Any) -> Any:
    """The same for large matrices: in the base of the singular vectors it is diagonal."""
    u, s, vh = np.linalg.svd(a)
    turned = np.linalg.det(u) * np.linalg.det(vh)
    others = product_of_the_others(s)[..., None, :]
    return (conjugated(u) * others) @ conjugated(vh) * per_matrix(turned)


def _cofactors_rule(g: Any, out: Any, a: Any) -> Any:
    inverse = np.linalg.inv(a).mT
    inner = np.sum(g * out, axis=(-2, -1), keepdims=True)
    return inner * inverse - inverse @ g.mT @ out


cofactors = Operation(
    "cofactors",
    _cofactors,
    rules=(_cofactors_rule,),
    doc="""det(a) inv(a)^T, of singular matrices too; its own gradient needs a regular one.

    Parameters
    ----------
    a : Node or array_like
        Square matrices of shape (..., n, n).

    Returns
    -------
    Node or ndarray
        In the shape of the input.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    ValueError
        If a matrix is not square.

    See Also
    --------
    det : Has them as gradient.

    References
    ----------
    M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
    differentiation", 2008.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import cofactors
    >>> np.round(cofactors(np.array([[1.0, 2.0], [3.0, 6.0]])), 3)  # of a singular matrix
    array([[ 6., -3.],
           [-2.,  1.]])
    """,
)


def _det_rule(g: Any, out: Any, a: Any) -> Any:
    n = a.shape[-1]
    if n == 0:
        return np.zeros_like(a)
    return per_matrix(g) * (_cofactors_one_by_one(a) if n <= 4 else cofactors(a))


det = Operation(
    "det",
    lambda a: np.linalg.det(a),
    rules=(_det_rule,),
    numpy=(np.linalg.det,),
    doc="""The determinant. Gradient: g times the cofactors, det(a) inv(a)^T.

    Right for singular matrices too: to every order up to 4 x 4, to the first beyond.

    Parameters
    ----------
    a : Node or array_like
        Square matrices of shape (..., n, n).

    Returns
    -------
    Node, scalar or ndarray
        One number for each matrix.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    np.linalg.LinAlgError
        If a matrix is not square.

    See Also
    --------
    numpy.linalg.det : the same; given a Node, it records, too.
    slogdet : Its logarithm, which does not overflow.

    References
    ----------
    M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
    differentiation", 2008.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.linalg.det)(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[ 4., -3.],
           [-2.,  1.]])
    """,
)

_sign_of_det = Operation(
    "sign_of_det", lambda a: np.linalg.slogdet(a)[0], rules=(None,), symbol="sign det"
)


def _phase_of_det_rule(g: Any, out: Any, a: Any) -> Any:
    # The phase turns by the imaginary part of the change of log det.
    return per_matrix(np.real(g * out * 1j)) * (np.linalg.inv(a).mT * -1j)


_phase_of_det = Operation(
    "phase_of_det", lambda a: np.linalg.slogdet(a)[0], (_phase_of_det_rule,), symbol="sign det"
)
_log_abs_det = Operation(
    "log_abs_det",
    lambda a: np.linalg.slogdet(a)[1],
    rules=(lambda g, out, a: per_matrix(g) * np.linalg.inv(a).mT,),
    symbol="log |det|",
)
_SlogdetResult: Any = type(np.linalg.slogdet(np.eye(1)))


@stands_in_for(np.linalg.slogdet)
def slogdet(a: Any) -> Any:
    """The sign of the determinant and the logarithm of its absolute value, without overflow.

    Parameters
    ----------
    a : Node or array_like
        Square matrices of shape (..., n, n).

    Returns
    -------
    sign, logabsdet : Node, scalar or ndarray
        As named tuple, one number each for each matrix. The gradient of the logarithm is inv(a)^T.
        The sign has no derivative, unless it is complex.

    Raises
    ------
    np.linalg.LinAlgError
        If a matrix is not square; and, when the gradient is computed, if one is singular.

    See Also
    --------
    numpy.linalg.slogdet : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([[2.0, 0.0], [0.0, 4.0]])
    >>> sign, logarithm = np.linalg.slogdet(a)
    >>> logarithm.backward()
    >>> np.diagonal(a.grad)
    array([0.5 , 0.25])
    """
    a = as_operand(a)
    sign = _phase_of_det if is_complex(a) else _sign_of_det
    return _SlogdetResult(sign(a), _log_abs_det(a))


def _solve_matrix_rule(g: Any, out: Any, a: Any, b: Any) -> Any:
    part = _solved_transposed(g, a, b)
    if np.ndim(b) == 1:
        return -part[..., :, None] * out[..., None, :]
    return -(part @ out.mT)


solve = Operation(
    "solve",
    lambda a, b: np.linalg.solve(a, b),
    rules=(_solve_matrix_rule, lambda g, out, a, b: _solved_transposed(g, a, b)),
    numpy=(np.linalg.solve,),
    doc="""The solution x of a x = b. Gradients: s = solve(a^T, g) for b, and -s x^T for a.

    Parameters
    ----------
    a : Node or array_like
        Square matrices of shape (..., n, n).
    b : Node or array_like
        One vector of n entries, or right sides as columns: matrices of shape (..., n, k).

    Returns
    -------
    Node or ndarray
        The solutions, in the shape of `b`, broadcast with the stack of `a`.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
    np.linalg.LinAlgError
        If a matrix is singular or not square.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a, b = Node([[2.0, 0.0], [0.0, 4.0]]), Node([2.0, 4.0])
    >>> x = np.linalg.solve(a, b)
    >>> x.sum().backward()
    >>> x.value, b.grad
    (array([1., 1.]), array([0.5 , 0.25]))
    >>> a.grad
    array([[-0.5 , -0.5 ],
           [-0.25, -0.25]])
    """,
)


def _solved_transposed(g: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) == 1 < np.ndim(g):  # one right side for a stack of matrices
        return np.linalg.solve(a.mT, g[..., None])[..., 0]
    return np.linalg.solve(a.mT, g)


# --- the pseudo-inverse, and what is made of other operations -------------------------------------


def _pinv(a: Any, rcond: Any = None, *, rtol: Any = None) -> Any:
    tolerance = {"rtol": rtol} if rtol is not None else {}
    return np.linalg.pinv(a, rcond, **tolerance)


def _pinv_rule(g: Any, out: Any, a: Any, **options: Any) -> Any:
    # G. Golub and V. Pereyra, "The differentiation of pseudo-inverses", 1973: for constant rank.
    gt = g.mT
    found = -(out.mT @ g @ out.mT)
    left = gt @ out @ adjoint(out)
    right = adjoint(out) @ out @ gt
    return found + conjugated((left - a @ (out @ left)) + (right - (right @ out) @ a))


pinv = Operation(
    "pinv",
    _pinv,
    rules=(_pinv_rule,),
    numpy=(np.linalg.pinv,),
    doc="""The pseudo-inverse. The gradient holds where the rank does not change.

    Parameters
    ----------
    a : Node or array_like
        Matrices of shape (..., m, n).
    rcond : float or array_like, optional
        Singular values up to so much of the largest count as 0; 1e-15 by default.
    hermitian : bool, default False
        Whether the matrices are symmetric: then the lower triangle is read, and gets the gradient.
    rtol : float or array_like, optional
        The same as `rcond`; only one of the two.

    Returns
    -------
    Node or ndarray
        Matrices of shape (..., n, m).

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    ValueError
        If both `rcond` and `rtol` are given.
    np.linalg.LinAlgError
        If the input has less than two axes.

    References
    ----------
    G. Golub and V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares
    problems whose variables separate", 1973.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([[1.0], [1.0]])
    >>> np.linalg.pinv(a).sum().backward()
    >>> a.grad.round(3)
    array([[-0.5],
           [-0.5]])
    """,
)


@pinv.wider
def _pinv_of_symmetric(
    a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None
) -> Any:
    if hermitian:  # NumPy reads the lower triangle, and of the diagonal what is real
        a = as_operand(a)
        lower = np.tril(a, -1)
        diagonal = np.where(np.eye(a.shape[-1], dtype=bool), np.real(a), 0.0)
        a = lower + adjoint(lower) + diagonal
    return pinv(a, rcond, rtol=rtol)


@stands_in_for(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Any, Any, Any, Any]:
    """The x for which a x comes nearest to b (least squares).

    Parameters
    ----------
    a, b : Node or array_like
        The matrix, of shape (m, n), and right sides: a vector of m entries, or a matrix (m, k).
    rcond : float, optional
        Singular values below so much of the largest count as 0; by default the data type's rounding
        times the longer length.

    Returns
    -------
    x, residuals, rank, s
        As in NumPy: the solution of shape (n,) or (n, k), sums of squares, an int, and the singular
        values. Rank has no derivative, and the residuals are empty where the rank is not full or
        `a` has no more rows than columns. In a program that is recorded they are those of full
        rank, whatever the numbers are.

    Raises
    ------
    np.linalg.LinAlgError
        If `a` is no matrix, or `b` has not as many rows.

    See Also
    --------
    numpy.linalg.lstsq : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> b = Node([1.0, 2.0, 3.0, 6.0])
    >>> x, residuals, rank, s = np.linalg.lstsq(np.ones((4, 1)), b)
    >>> x.value.round(3), residuals.value.round(3), rank
    (array([3.]), array([14.]), 1)
    >>> x.backward(np.ones(1))
    >>> b.grad.round(3)
    array([0.25, 0.25, 0.25, 0.25])
    """
    a, b = as_operand(a), as_operand(b)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        raise np.linalg.LinAlgError(
            f"lstsq expects a matrix and as many right sides as it has rows, got {a.shape} and "
            f"{b.shape}. For a stack of matrices write np.linalg.pinv(a) @ b"
        )
    m, n = a.shape
    if rcond is None:
        rcond = np.finfo(np.result_type(a)).eps * max(m, n)
    x = matmul(pinv(a, rcond), b)
    s = svdvals(a)
    values = constant(s)
    rank = np.sum(values > rcond * np.max(values, initial=0.0))
    full = depends(rank) or rank == n
    residuals: Any = np.empty(0, np.result_type(x))
    if full and n < m:
        misses = matmul(a, x) - b
        squares = misses * misses
        if is_complex(misses):
            squares = np.real(misses * np.conjugate(misses))
        residuals = np.sum(squares, axis=0, keepdims=b.ndim == 1)
    return x, residuals, rank if depends(rank) else int(rank), s


@stands_in_for(np.linalg.matrix_power)
def matrix_power(a: Any, n: int) -> Any:
    """A square matrix to a whole power, by repeated squaring.

    Parameters
    ----------
    a : Node or array_like
        Square matrices of shape (..., n, n).
    n : int
        The power; a negative one inverts first.

    Returns
    -------
    Node or ndarray
        In the shape of `a`.

    Raises
    ------
    np.linalg.LinAlgError
        If a matrix is not square, or the power is negative and one is singular.
    TypeError
        If the power is no whole number.

    See Also
    --------
    numpy.linalg.matrix_power : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([[1.0, 1.0], [0.0, 1.0]])
    >>> y = np.linalg.matrix_power(a, 3)
    >>> y.value
    array([[1., 3.],
           [0., 1.]])
    >>> y[0, 1].backward()
    >>> a.grad
    array([[3., 3.],
           [1., 3.]])
    """
    a = as_operand(a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(f"matrix_power expects square matrices, got shape {a.shape}")
    n = operator.index(n)
    if n < 0:
        a, n = inv(a), -n
    if n == 0:
        return np.where(True, np.eye(a.shape[-1], dtype=a.dtype), a)  # whatever the entries are
    found = None
    while n:
        if n % 2:
            found = a if found is None else found @ a
        n //= 2
        if n:
            a = a @ a
    return found


@stands_in_for(np.linalg.multi_dot, takes_lists=True)
def multi_dot(arrays: Any) -> Any:
    """The product of several matrices, in the order of brackets that costs least.

    Parameters
    ----------
    arrays : sequence of Node or array_like
        Matrices; the first and the last may be vectors.

    Returns
    -------
    Node, scalar or ndarray
        The matrix; a vector or a number where the first or the last is a vector.

    Raises
    ------
    ValueError
        If there are less than two arrays, or their shapes don't fit together.

    See Also
    --------
    numpy.linalg.multi_dot : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 1.0])
    >>> y = np.linalg.multi_dot([x, np.array([[1.0, 2.0], [3.0, 4.0]]), x])
    >>> y.backward()
    >>> float(y.value), x.grad
    (10.0, array([ 7., 13.]))
    """
    parts = [as_operand(x) for x in arrays]
    if len(parts) < 2:
        raise ValueError(f"multi_dot expects at least two arrays, got {len(parts)}")
    lengths = [1 if parts[0].ndim == 1 else parts[0].shape[0]]
    lengths += [x.shape[0] for x in parts[1:]]
    lengths.append(1 if parts[-1].ndim == 1 else parts[-1].shape[1])
    best: _Cuts = {(i, i): (0, i) for i in range(len(parts))}
    for width in range(1, len(parts)):
        for first in range(len(parts) - width):
            last = first + width
            best[first, last] = min(
                (
                    best[first, cut][0]
                    + best[cut + 1, last][0]
                    + lengths[first] * lengths[cut + 1] * lengths[last + 1],
                    cut,
                )
                for cut in range(first, last)
            )
    return _product(parts, best, 0, len(parts) - 1)


_Cuts = dict[tuple[int, int], tuple[int, int]]
"""For the factors from the first to the last: what their product costs, and where to cut."""


def _product(parts: list[Any], best: _Cuts, first: int, last: int) -> Any:
    if first == last:
        return parts[first]
    cut = best[first, last][1]
    return _product(parts, best, first, cut) @ _product(parts, best, cut + 1, last)


@stands_in_for(*existing("linalg.diagonal"))
def _linalg_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    return diagonal(x, offset, -2, -1)


@stands_in_for(*existing("linalg.trace"))
def _linalg_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    return trace(x, offset, -2, -1, dtype)


@stands_in_for(*existing("linalg.tensorinv"))
def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of an array as a map from its last axes to its first `ind`.

    Parameters
    ----------
    a : Node or array_like
        Of a shape whose first `ind` axes have as many entries as the others.
    ind : int, default 2
        How many of the axes are those that the inverse maps from.

    Returns
    -------
    Node or ndarray
        Of shape a.shape[ind:] + a.shape[:ind].

    Raises
    ------
    ValueError
        If `ind` is not positive.
    np.linalg.LinAlgError
        If the two groups of axes have not as many entries, or there is no inverse.

    See Also
    --------
    numpy.linalg.tensorinv : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node(2.0 * np.eye(4).reshape(4, 2, 2))
    >>> y = np.linalg.tensorinv(a, ind=1)
    >>> y.shape
    (2, 2, 4)
    >>> y.sum().backward()
    >>> a.grad[0]
    array([[-0.25, -0.25],
           [-0.25, -0.25]])
    """
    shape = np.shape(a)
    n = math.prod(shape[ind:])
    if ind < 1 or math.prod(shape[:ind]) != n:
        error = ValueError if ind < 1 else np.linalg.LinAlgError
        raise error(
            f"tensorinv(ind={ind}) expects as many entries along the first {ind} axes as along the "
            f"others, got shape {shape}"
        )
    return reshape(inv(reshape(a, (n, n))), shape[ind:] + shape[:ind])


@stands_in_for(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """The solution x of a x = b, where a maps the axes of x, its last ones, to those of b.

    Parameters
    ----------
    a, b : Node or array_like
        The map, of shape b.shape + x.shape, and what it is to give.
    axes : sequence of int, optional
        Axes of `a` to move to its end first.

    Returns
    -------
    Node or ndarray
        The solution, in the shape of the last axes of `a`, as many entries as `b` has.

    Raises
    ------
    np.linalg.LinAlgError
        If the shapes don't fit together, or the map is singular.

    See Also
    --------
    numpy.linalg.tensorsolve : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> b = Node([2.0, 4.0, 6.0, 8.0])
    >>> x = np.linalg.tensorsolve(2.0 * np.eye(4).reshape(4, 2, 2), b)
    >>> x.value
    array([[1., 2.],
           [3., 4.]])
    >>> x.sum().backward()
    >>> b.grad
    array([0.5, 0.5, 0.5, 0.5])
    """
    a, b = as_operand(a), as_operand(b)
    order = list(range(a.ndim))
    for axis in axes or ():
        order.remove(axis)
        order.append(axis)
    a = np.transpose(a, order)
    shape = a.shape[b.ndim :]
    n = math.prod(shape)
    if a.size != n * n or b.size != n:
        raise np.linalg.LinAlgError(
            f"tensorsolve expects a in the shape of b followed by that of x, of as many entries, "
            f"got {a.shape} and {b.shape}"
        )
    return reshape(solve(reshape(a, (n, n)), reshape(b, (n,))), shape)
