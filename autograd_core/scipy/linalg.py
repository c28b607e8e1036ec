"""``scipy.linalg`` on nodes: functions of matrices, triangles, bands, and what NumPy has too."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as _scipy

from .. import operations
from ..node import constant, raw
from ..operation import Operation, Rule, as_operand
from ..operations.complex_numbers import conjugated
from ..recorded import depends
from ..values import is_complex
from .rows import falls_back_on, row

__all__ = [
    "block_diag", "cho_factor", "cho_solve", "cholesky", "circulant", "coshm", "det", "eigh",
    "eigvalsh", "expm", "hankel", "inv", "logm", "lstsq", "norm", "pinv", "qr", "sinhm",
    "solve", "solve_banded", "solve_sylvester", "solve_triangular", "sqrtm", "svd", "svdvals",
    "tanhm", "toeplitz",
]  # fmt: skip

__getattr__ = falls_back_on(_scipy, __name__)


def _for_each(function: Any, *matrices: Any) -> Any:
    """The results for each matrix of the stacks, which SciPy did not take in older versions."""
    stack = np.broadcast_shapes(*(x.shape[:-2] for x in matrices))
    if not stack:
        return function(*matrices)
    each = [np.broadcast_to(x, stack + x.shape[-2:]) for x in matrices]
    found = [function(*(x[index] for x in each)) for index in np.ndindex(stack)]
    if not found:
        return np.zeros(each[-1].shape, each[-1].dtype)
    return np.reshape(np.stack(found), stack + found[0].shape)


# --- functions of matrices ------------------------------------------------------------------------


def _of_matrix(name: str, doc: str, special_rule: Rule | None = None) -> Operation:
    """A function f of a square matrix that has a power series.

    f([[a, e], [0, a]]) has the derivative of f along e in the upper right corner. Its transpose is
    the same at a^T, so f itself gives the gradient, to every order.
    """
    function = getattr(_scipy, name)

    def rule(g: Any, out: Any, a: Any) -> Any:
        if is_complex(out) and not is_complex(a):
            raise ValueError(
                f"scipy.linalg.{name} of a matrix with negative eigenvalues is on the edge of its "
                "domain: the derivative is not covered there. Add a small imaginary part"
            )
        n = a.shape[-1]
        upper = np.concatenate([a.mT, g], axis=-1)
        lower = np.concatenate([np.zeros_like(g), a.mT], axis=-1)
        return operation(np.concatenate([upper, lower], axis=-2))[..., :n, n:]

    def forward(a: Any) -> Any:
        a = np.asarray(a)
        _require_square(name, a)
        found = _for_each(function, a.astype(np.result_type(a, np.float64)))
        if a.dtype.kind != "c":  # rounding leaves imaginary parts in what is real
            found = np.real_if_close(found, tol=1e4)
        single = a.dtype == np.float32 and found.dtype == np.float64
        return found.astype(np.float32) if single else found

    operation = row(_scipy, name, forward, (special_rule or rule,), doc=doc)
    return operation


def _require_square(name: str, a: Any) -> None:
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError("the last two axes have to be equal, a square matrix or a stack of them")


expm = _of_matrix(
    "expm",
    """The exponential of a matrix, 1 + a + a a / 2 + ... Gradient: the
    upper right corner of expm([[a^T, g], [0, a^T]]).

    Parameters
    ----------
    a : Node or array_like
        Square matrices of shape (..., n, n).

    Returns
    -------
    Node or ndarray
        In the shape of a.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
    ValueError
        If the matrices are not square.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node([[0.0, 1.0], [0.0, 0.0]])  # of which all powers are 0
    >>> y = linalg.expm(a)
    >>> y.trace().backward()
    >>> y.value.round(6), a.grad.round(6)
    (array([[1., 1.],
           [0., 1.]]), array([[1., 0.],
           [1., 1.]]))
    """,
)
_logm = _of_matrix("logm", "The logarithm of a matrix.")
_sqrtm = _of_matrix(
    "sqrtm",
    "The matrix whose product with itself is the given one.",
    # d(s s) = s ds + ds s, also where negative eigenvalues make s complex.
    lambda g, out, a: solve_sylvester(out.mT, out.mT, g),
)


def _refuse_disp(function: str, disp: bool) -> None:
    if not disp:
        raise TypeError(
            f"scipy.linalg.{function}(disp=False) returns an estimate of the error, too, which has "
            f"no derivative here. Write {function}(A)"
        )


def logm(A: Any, disp: bool = True) -> Any:  # noqa: N803
    """The logarithm of a matrix: `expm` of it is the matrix.

    Parameters
    ----------
    A : Node or array_like
        Square matrices of shape (..., n, n), whose eigenvalues are no negative numbers.
    disp : bool, default True
        As in SciPy; False, which returns an estimate of the error too, is not for nodes.

    Returns
    -------
    Node or ndarray
        In the shape of A; complex where there are negative eigenvalues.

    Raises
    ------
    TypeError
        If disp is False.
    ValueError
        If the matrices are not square; in ``backward()``, if a real one has negative eigenvalues.

    See Also
    --------
    scipy.linalg.logm : the same on plain numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node(np.diag([1.0, 4.0]))
    >>> linalg.logm(a).trace().backward()  # the trace is log(det(a)), whose gradient is inv(a)
    >>> np.diag(a.grad).round(6)
    array([1.  , 0.25])
    """
    _refuse_disp("logm", disp)
    return _logm(A)


def sqrtm(A: Any, disp: bool = True, blocksize: int = 64) -> Any:  # noqa: N803
    """The square root of a matrix: its product with itself is the matrix.

    Parameters
    ----------
    A : Node or array_like
        Square matrices of shape (..., n, n).
    disp : bool, default True
        As in SciPy; False, which returns an estimate of the error too, is not for nodes.
    blocksize : int, default 64
        As in SciPy, for speed: it changes nothing here.

    Returns
    -------
    Node or ndarray
        In the shape of A; complex where there are negative eigenvalues.

    Raises
    ------
    TypeError
        If disp is False.
    ValueError
        If the matrices are not square.

    See Also
    --------
    scipy.linalg.sqrtm : the same on plain numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node(np.diag([1.0, 4.0]))
    >>> linalg.sqrtm(a).trace().backward()
    >>> np.diag(a.grad).round(6)  # 1 / (2 sqrt(a))
    array([0.5 , 0.25])
    """
    _refuse_disp("sqrtm", disp)
    return _sqrtm(A)


def coshm(A: Any) -> Any:  # noqa: N803
    """The hyperbolic cosine of a matrix, (expm(A) + expm(-A)) / 2.

    Parameters
    ----------
    A : Node or array_like
        Square matrices of shape (..., n, n).

    Returns
    -------
    Node or ndarray
        In the shape of A.

    Raises
    ------
    ValueError
        If the matrices are not square.

    See Also
    --------
    scipy.linalg.coshm : the same on plain numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node(np.diag([0.0, 1.0]))
    >>> linalg.coshm(a).trace().backward()
    >>> np.diag(a.grad).round(6)  # the hyperbolic sine of the diagonal
    array([0.      , 1.175201])
    """
    a = as_operand(A)
    return 0.5 * (expm(a) + expm(-a))


def sinhm(A: Any) -> Any:  # noqa: N803
    """The hyperbolic sine of a matrix, (expm(A) - expm(-A)) / 2.

    Parameters
    ----------
    A : Node or array_like
        Square matrices of shape (..., n, n).

    Returns
    -------
    Node or ndarray
        In the shape of A.

    Raises
    ------
    ValueError
        If the matrices are not square.

    See Also
    --------
    scipy.linalg.sinhm : the same on plain numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node(np.diag([0.0, 1.0]))
    >>> linalg.sinhm(a).trace().backward()
    >>> np.diag(a.grad).round(6)  # the hyperbolic cosine of the diagonal
    array([1.      , 1.543081])
    """
    a = as_operand(A)
    return 0.5 * (expm(a) - expm(-a))


def tanhm(A: Any) -> Any:  # noqa: N803
    """The hyperbolic tangent of a matrix: the cosine's inverse times the sine.

    Parameters
    ----------
    A : Node or array_like
        Square matrices of shape (..., n, n).

    Returns
    -------
    Node or ndarray
        In the shape of A.

    Raises
    ------
    ValueError
        If the matrices are not square.

    See Also
    --------
    scipy.linalg.tanhm : the same on plain numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node(np.diag([0.0, 1.0]))
    >>> linalg.tanhm(a).trace().backward()
    >>> np.diag(a.grad).round(6)  # 1 - tanh**2 of the diagonal
    array([1.      , 0.419974])
    """
    return operations.solve(coshm(A), sinhm(A))


# --- triangles ------------------------------------------------------------------------------------

_TRANSPOSED = {0: 1, "N": 1, 1: 0, "T": 0, 2: 0, "C": 0}


def _as_columns(x: Any, like: Any) -> Any:
    """A right side as a matrix: a vector is one column."""
    return x[..., None] if np.ndim(like) == 1 else x


def _solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    check_finite: bool = True,
) -> Any:
    a, b = np.asarray(a), np.asarray(b)

    def one(a: Any, b: Any) -> Any:
        return _scipy.solve_triangular(
            a, b, trans, lower, unit_diagonal=unit_diagonal, check_finite=check_finite
        )

    if b.ndim == 1:
        return one(a, b) if a.ndim == 2 else _for_each(one, a, b[:, None])[..., 0]
    return _for_each(one, a, b)


def _triangular_right(
    g: Any, out: Any, a: Any, b: Any, trans: Any, lower: bool, unit_diagonal: bool, **_: Any
) -> Any:
    columns = g if np.ndim(g) == np.ndim(b) or np.ndim(b) > 1 else g[..., None]
    found = _triangular(a, columns, _TRANSPOSED[trans], lower, unit_diagonal, check_finite=False)
    return found if columns is g else found[..., 0]


def _triangular_matrix(
    g: Any, out: Any, a: Any, b: Any, trans: Any, lower: bool, unit_diagonal: bool, **_: Any
) -> Any:
    part = _triangular_right(g, out, a, b, trans, lower, unit_diagonal)
    part, out = _as_columns(part, b), _as_columns(out, b)
    full = -(part @ out.mT) if _TRANSPOSED[trans] else -(out @ part.mT)
    offset = 1 if unit_diagonal else 0
    return np.tril(full, -offset) if lower else np.triu(full, offset)


_triangular = row(
    _scipy,
    "solve_triangular",
    _solve_triangular,
    (_triangular_matrix, _triangular_right),
    doc="The solution of a triangular system. The gradient for the matrix stands in its triangle.",
)


def solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """The solution x of a x = b, where a is a triangle.

    Gradients: s, the solution of a^T s = g, for b, and -s x^T in the triangle for a.

    Parameters
    ----------
    a : Node or array_like
        Matrices of shape (..., n, n); one triangle is read, and gets the gradient.
    b : Node or array_like
        A vector of shape (n,), or right sides of shape (..., n, k).
    trans : {0, 1, 2, "N", "T", "C"}, default 0
        Whether to solve with the matrix (0, "N"), the transposed one (1, "T") or, for complex ones,
        its conjugate (2, "C").
    lower : bool, default False
        Which triangle.
    unit_diagonal : bool, default False
        Whether the diagonal counts as ones, and is not read.
    overwrite_b : bool, default False
        Nothing is overwritten here.
    check_finite : bool, default True
        Whether to raise at inf and nan.

    Returns
    -------
    Node or ndarray
        x, in the shape of b.

    Raises
    ------
    ValueError
        If trans is none of these, the shapes don't fit, or numbers are not finite.
    numpy.linalg.LinAlgError
        If there is a 0 on the diagonal.

    See Also
    --------
    scipy.linalg.solve_triangular : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a, b = Node([[2.0, 0.0], [1.0, 4.0]]), Node([2.0, 9.0])
    >>> x = linalg.solve_triangular(a, b, lower=True)
    >>> x[1].backward()
    >>> x.value, b.grad
    (array([1., 2.]), array([-0.125,  0.25 ]))
    >>> a.grad  # above the diagonal nothing is read
    array([[ 0.125,  0.   ],
           [-0.25 , -0.5  ]])
    """
    if trans not in _TRANSPOSED:
        raise ValueError(f"solve_triangular expects trans to be 0, 1, 2, N, T or C, got {trans!r}")
    return _triangular(a, b, trans, bool(lower), bool(unit_diagonal), check_finite)


def _refuse_not_finite(function: str, check_finite: bool, *arrays: Any) -> None:
    known = [raw(x) for x in arrays if not depends(x)]
    if check_finite and not all(np.isfinite(x).all() for x in known):
        raise ValueError(f"scipy.linalg.{function} expects numbers that are finite, not inf or nan")


def cholesky(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Any:
    """The triangle whose product with its transpose is a symmetric positive matrix.

    Parameters
    ----------
    a : Node or array_like
        Matrices of shape (..., n, n); that triangle of them is read, and gets the gradient.
    lower : bool, default False
        Which triangle; SciPy's default is the upper one, NumPy's the lower one.
    overwrite_a : bool, default False
        Nothing is overwritten here.
    check_finite : bool, default True
        Whether to raise at inf and nan.

    Returns
    -------
    Node or ndarray
        The triangle, in the shape of a, with zeros in the other one.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a is not positive definite, or not square.
    ValueError
        If numbers are not finite.

    See Also
    --------
    scipy.linalg.cholesky : the same on plain numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node([[4.0, 2.0], [2.0, 5.0]])
    >>> u = linalg.cholesky(a)
    >>> np.log(np.diagonal(u)).sum().backward()  # half of log(det(a))
    >>> u.value
    array([[2., 1.],
           [0., 2.]])
    >>> a.grad.round(6)
    array([[ 0.15625, -0.125  ],
           [ 0.     ,  0.125  ]])
    """
    _refuse_not_finite("cholesky", check_finite, a)
    return operations.cholesky(a, upper=not lower)


def cho_factor(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Any, bool]:
    """What `cho_solve` takes: the triangle of `cholesky`, and whether it is the lower one.

    Parameters
    ----------
    a : Node or array_like
        A symmetric, positive definite matrix of shape (n, n); one triangle is read.
    lower : bool, default False
        Which triangle.
    overwrite_a : bool, default False
        Nothing is overwritten here.
    check_finite : bool, default True
        Whether to raise at inf and nan.

    Returns
    -------
    tuple
        The triangle, a Node or ndarray of shape (n, n), and `lower`. The other triangle is 0 here.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a is not positive definite, or not square.
    ValueError
        If numbers are not finite.

    See Also
    --------
    scipy.linalg.cho_factor : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core.scipy import linalg
    >>> c, lower = linalg.cho_factor([[4.0, 2.0], [2.0, 5.0]])
    >>> c, lower
    (array([[2., 1.],
           [0., 2.]]), False)
    """
    return cholesky(a, lower, overwrite_a, check_finite), lower


def cho_solve(
    c_and_lower: tuple[Any, bool], b: Any, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    """The solution x of a x = b, where a is given by its `cho_factor`.

    Parameters
    ----------
    c_and_lower : tuple
        The triangle, a Node or array_like of shape (n, n), and whether it is the lower one.
    b : Node or array_like
        A vector of shape (n,), or right sides of shape (n, k).
    overwrite_b : bool, default False
        Nothing is overwritten here.
    check_finite : bool, default True
        Whether to raise at inf and nan.

    Returns
    -------
    Node or ndarray
        x, in the shape of b.

    Raises
    ------
    ValueError
        If the shapes don't fit, or numbers are not finite.

    See Also
    --------
    scipy.linalg.cho_solve : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> b = Node([8.0, 4.0])
    >>> x = linalg.cho_solve(linalg.cho_factor([[4.0, 0.0], [0.0, 2.0]]), b)
    >>> x.sum().backward()
    >>> x.value.round(6), b.grad.round(6)
    (array([2., 2.]), array([0.25, 0.5 ]))
    """
    c, lower = c_and_lower
    first, second = (0, 1) if lower else (1, 0)
    half = solve_triangular(c, b, first, lower, check_finite=check_finite)
    return solve_triangular(c, half, second, lower, check_finite=check_finite)


# --- other equations ------------------------------------------------------------------------------


def _sylvester(a: Any, b: Any, q: Any) -> Any:
    arrays = [np.asarray(x) for x in (a, b, q)]
    common = np.result_type(*arrays, np.float32)
    return _for_each(_scipy.solve_sylvester, *arrays).astype(common, copy=False)


solve_sylvester: Operation = row(
    _scipy,
    "solve_sylvester",
    _sylvester,
    (
        lambda g, out, a, b, q: -(solve_sylvester(a.mT, b.mT, g) @ out.mT),
        lambda g, out, a, b, q: -(out.mT @ solve_sylvester(a.mT, b.mT, g)),
        lambda g, out, a, b, q: solve_sylvester(a.mT, b.mT, g),
    ),
    doc="""The solution x of a x + x b = q. Gradients: s = solve_sylvester(a^T, b^T, g) for q,
    -s x^T for a and -x^T s for b.

    Parameters
    ----------
    a : Node or array_like
        Square matrices of shape (..., m, m).
    b : Node or array_like
        Square matrices of shape (..., n, n); no eigenvalue may be minus one of a.
    q : Node or array_like
        Matrices of shape (..., m, n).

    Returns
    -------
    Node or ndarray
        x, in the shape of q.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
    ValueError
        If the shapes don't fit together.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a, b, q = Node([[1.0]]), Node([[3.0]]), Node([[8.0]])  # of numbers, x is q / (a + b)
    >>> x = linalg.solve_sylvester(a, b, q)
    >>> x.backward(np.ones((1, 1)))
    >>> x.value.round(6), q.grad.round(6), a.grad.round(6)
    (array([[2.]]), array([[0.25]]), array([[-0.5]]))
    """,
)


def _band(ab: Any, lower: int, upper: int) -> tuple[Any, Any, Any, Any]:
    """Of the places in a band: their row and column in the matrix, and which of them it has."""
    n = np.shape(ab)[-1]
    offsets = np.arange(-upper, lower + 1)[:, None]
    columns = np.arange(n)[None, :] + 0 * offsets
    rows = columns + offsets
    return offsets, np.clip(rows, 0, n - 1), columns, (rows >= 0) & (rows < n)


def _transposed_band(ab: Any, lower: int, upper: int) -> Any:
    """The band of the transposed matrix: each diagonal moves along by its distance."""
    n = np.shape(ab)[-1]
    offsets = np.arange(lower, -upper - 1, -1)[:, None]
    columns = np.arange(n)[None, :] - offsets
    there = (columns >= 0) & (columns < n)
    return np.where(there, ab[upper + offsets, np.clip(columns, 0, n - 1)], 0.0)


def _banded_matrix_rule(g: Any, out: Any, ab: Any, b: Any, lower: int, upper: int, **_: Any) -> Any:
    part = _banded(_transposed_band(ab, lower, upper), g, upper, lower, check_finite=False)
    _, rows, columns, there = _band(ab, lower, upper)
    part, out = _as_columns(part, b), _as_columns(out, b)
    return np.where(there, -np.sum(part[rows] * out[columns], axis=-1), 0.0)


_banded: Operation = row(
    _scipy,
    "solve_banded",
    lambda ab, b, lower=0, upper=0, check_finite=True: _scipy.solve_banded(
        (lower, upper), ab, b, check_finite=check_finite
    ),
    (
        _banded_matrix_rule,
        lambda g, out, ab, b, lower, upper, **_: _banded(
            _transposed_band(ab, lower, upper), g, upper, lower, check_finite=False
        ),
    ),
    doc="The solution of a banded system.",
)


def solve_banded(
    l_and_u: tuple[int, int],
    ab: Any,
    b: Any,
    overwrite_ab: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """The solution x of a x = b, where a has few diagonals.

    Parameters
    ----------
    l_and_u : tuple of int
        How many diagonals there are below the main one, and how many above.
    ab : Node or array_like
        The l + u + 1 diagonals, of shape (l + u + 1, n), with ``ab[u + i - j, j] == a[i, j]``; what
        stands outside of the matrix gets the gradient 0.
    b : Node or array_like
        A vector of shape (n,), or right sides of shape (n, k).
    overwrite_ab, overwrite_b : bool, default False
        Nothing is overwritten here.
    check_finite : bool, default True
        Whether to raise at inf and nan.

    Returns
    -------
    Node or ndarray
        x, in the shape of b.

    Raises
    ------
    ValueError
        If the shapes don't fit, or numbers are not finite.
    numpy.linalg.LinAlgError
        If the matrix is singular.

    See Also
    --------
    scipy.linalg.solve_banded : the same on plain numbers.

    Examples
    --------
    The matrix [[2, 1], [0, 4]] has one diagonal above the main one:

    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> ab, b = Node([[0.0, 1.0], [2.0, 4.0]]), Node([5.0, 4.0])
    >>> x = linalg.solve_banded((0, 1), ab, b)
    >>> x[0].backward()
    >>> x.value, b.grad
    (array([2., 1.]), array([ 0.5  , -0.125]))
    >>> ab.grad
    array([[ 0.   , -0.5  ],
           [-1.   ,  0.125]])
    """
    lower, upper = l_and_u
    return _banded(ab, b, int(lower), int(upper), check_finite)


def solve(
    a: Any,
    b: Any,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    assume_a: str | None = None,
    transposed: bool = False,
) -> Any:
    """The solution x of a x = b. Gradients: s, the solution of a^T s = g, for b, and -s x^T for a.

    Parameters
    ----------
    a : Node or array_like
        Matrices of shape (..., n, n). All of it gets the gradient, whatever `assume_a` says.
    b : Node or array_like
        A vector of shape (n,), or right sides of shape (..., n, k).
    lower, overwrite_a, overwrite_b : bool, default False
        As in SciPy, for speed: they change nothing here, where all of a is read.
    check_finite : bool, default True
        Whether to raise at inf and nan.
    assume_a : str, optional
        As in SciPy, for speed: it changes nothing here.
    transposed : bool, default False
        Whether to solve with the transposed matrix.

    Returns
    -------
    Node or ndarray
        x, in the shape of b.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a is singular, or not square.
    ValueError
        If the shapes don't fit, or numbers are not finite.

    See Also
    --------
    scipy.linalg.solve : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a, b = Node([[2.0, 0.0], [1.0, 4.0]]), Node([2.0, 9.0])
    >>> x = linalg.solve(a, b)
    >>> x.sum().backward()
    >>> x.value, b.grad
    (array([1., 2.]), array([0.375, 0.25 ]))
    >>> a.grad
    array([[-0.375, -0.75 ],
           [-0.25 , -0.5  ]])
    """
    _refuse_not_finite("solve", check_finite, a, b)
    return operations.solve(as_operand(a).mT if transposed else a, b)


# --- NumPy has these, too -------------------------------------------------------------------------


def inv(a: Any, overwrite_a: bool = False, check_finite: bool = True, **_: Any) -> Any:
    """The inverse of a matrix; as `autograd_core.inv`. Gradient: -inv(a)^T g inv(a)^T.

    Parameters
    ----------
    a : Node or array_like
        Square matrices of shape (..., n, n).
    overwrite_a : bool, default False
        Nothing is overwritten here.
    check_finite : bool, default True
        Whether to raise at inf and nan.

    Returns
    -------
    Node or ndarray
        In the shape of a.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a is singular, or not square.
    ValueError
        If numbers are not finite.

    See Also
    --------
    scipy.linalg.inv : the same on plain numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node([[2.0, 0.0], [0.0, 4.0]])
    >>> linalg.inv(a).trace().backward()
    >>> np.diag(a.grad)  # -1 / a**2
    array([-0.25  , -0.0625])
    """
    _refuse_not_finite("inv", check_finite, a)
    return operations.inv(a)


def det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The determinant; as `autograd_core.det`. Gradient: g times the cofactors.

    Parameters
    ----------
    a : Node or array_like
        Square matrices of shape (..., n, n).
    overwrite_a : bool, default False
        Nothing is overwritten here.
    check_finite : bool, default True
        Whether to raise at inf and nan.

    Returns
    -------
    Node, scalar or ndarray
        One number per matrix, of shape (...).

    Raises
    ------
    numpy.linalg.LinAlgError
        If a is not square.
    ValueError
        If numbers are not finite.

    See Also
    --------
    scipy.linalg.det : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node([[1.0, 2.0], [3.0, 5.0]])
    >>> linalg.det(a).backward()
    >>> a.grad.round(6)
    array([[ 5., -3.],
           [-2.,  1.]])
    """
    _refuse_not_finite("det", check_finite, a)
    return operations.det(a)


def pinv(
    a: Any,
    *,
    atol: float | None = None,
    rtol: float | None = None,
    return_rank: bool = False,
    check_finite: bool = True,
) -> Any:
    """The pseudo-inverse; as `autograd_core.pinv`, with SciPy's limits.

    Parameters
    ----------
    a : Node or array_like
        Matrices of shape (..., m, n); where they want a gradient, the rank has to stay the same
        nearby.
    atol : float, optional
        The absolute part of the limit, 0 by default: singular values up to ``atol + rtol *
        largest`` count as 0.
    rtol : float, optional
        Its relative part; max(m, n) times the rounding error by default, 0 beside an `atol`.
    return_rank : bool, default False
        Whether to return how many do not count as 0, too.
    check_finite : bool, default True
        Whether to raise at inf and nan.

    Returns
    -------
    Node or ndarray
        Of shape (..., n, m). With `return_rank`, a tuple of it and the rank.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a is no matrix.
    ValueError
        If numbers are not finite.

    See Also
    --------
    scipy.linalg.pinv : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node([[1.0], [3.0]])
    >>> found, rank = linalg.pinv(a, return_rank=True)
    >>> found[0, 0].backward()
    >>> found.value.round(6), rank
    (array([[0.1, 0.3]]), 1)
    >>> a.grad.round(6)
    array([[ 0.08],
           [-0.06]])
    """
    _refuse_not_finite("pinv", check_finite, a)
    a = as_operand(a)
    sizes = np.linalg.svd(constant(a), compute_uv=False)
    if rtol is None:
        rtol = max(a.shape) * np.finfo(sizes.dtype).eps if not atol else 0.0
    largest = np.max(sizes, initial=0.0)
    limit = (atol or 0.0) + rtol * largest
    share = float(rtol) if depends(a) and not atol else _share(limit, largest)
    found = operations.pinv(a, share)
    rank = np.sum(sizes > limit)
    return (found, rank if depends(rank) else int(rank)) if return_rank else found


def _share(limit: Any, largest: Any) -> float:
    return float(limit / largest) if largest else 0.0


def norm(
    a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, check_finite: bool = True
) -> Any:
    """The norm of a vector or matrix; as `autograd_core.norm`.

    Gradient of the usual one: g a / norm(a).

    Parameters
    ----------
    a : Node or array_like
        A vector, or a matrix; with `axis`, of any shape.
    ord : int, float, "fro" or "nuc", optional
        Which norm; by default the root of the sum of squares. For vectors the power, such as 1 or
        inf; for matrices 1, -1, 2, -2, inf, -inf, "fro" or "nuc".
    axis : int or tuple of two int, optional
        Where the vectors, or the matrices, stand; all axes by default.
    keepdims : bool, default False
        Whether the axes stay, with length 1.
    check_finite : bool, default True
        Whether to raise at inf and nan.

    Returns
    -------
    Node, scalar or ndarray
        One number per vector or matrix.

    Raises
    ------
    ValueError
        If there is no such norm, axes are missing, or numbers are not finite.

    See Also
    --------
    scipy.linalg.norm : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node([3.0, 4.0])
    >>> linalg.norm(a).backward()
    >>> a.grad  # a / 5
    array([0.6, 0.8])
    """
    _refuse_not_finite("norm", check_finite, a)
    return operations.norm(a, ord, axis, keepdims)


def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any:
    """U, s and Vh of the singular value decomposition; as `autograd_core.svd`.

    Parameters
    ----------
    a : Node or array_like
        Matrices of shape (..., m, n), with k = min(m, n).
    full_matrices : bool, default True
        Whether U and Vh are square; False leaves k columns of U and k rows of Vh, and is needed
        for matrices that are not square.
    compute_uv : bool, default True
        Whether to return U and Vh, too.
    overwrite_a : bool, default False
        Nothing is overwritten here.
    check_finite : bool, default True
        Whether to raise at inf and nan.
    lapack_driver : str, default "gesdd"
        As in SciPy: it changes nothing here.

    Returns
    -------
    tuple of Nodes or ndarrays
        U of shape (..., m, m) or (..., m, k), s of shape (..., k), the largest first, and Vh of
        shape (..., n, n) or (..., k, n). Without `compute_uv`, s alone.

    Raises
    ------
    ValueError
        If a is not square and full_matrices is True, or numbers are not finite.
    numpy.linalg.LinAlgError
        If a is no matrix.

    See Also
    --------
    scipy.linalg.svd : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node([[3.0], [4.0]])
    >>> u, s, vh = linalg.svd(a, full_matrices=False)
    >>> s[0].backward()  # the outer product of its vectors
    >>> s.value.round(6), a.grad.round(6)
    (array([5.]), array([[0.6],
           [0.8]]))
    """
    _refuse_not_finite("svd", check_finite, a)
    found = operations.svd(a, full_matrices, compute_uv)
    return tuple(found) if compute_uv else found


def svdvals(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """Singular values, the largest first; as `autograd_core.svdvals`.

    Parameters
    ----------
    a : Node or array_like
        Matrices of shape (..., m, n).
    overwrite_a : bool, default False
        Nothing is overwritten here.
    check_finite : bool, default True
        Whether to raise at inf and nan.

    Returns
    -------
    Node or ndarray
        Of shape (..., min(m, n)).

    Raises
    ------
    numpy.linalg.LinAlgError
        If a is no matrix.
    ValueError
        If numbers are not finite.

    See Also
    --------
    scipy.linalg.svdvals : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node([[3.0], [4.0]])
    >>> s = linalg.svdvals(a)
    >>> s[0].backward()
    >>> s.value.round(6), a.grad.round(6)
    (array([5.]), array([[0.6],
           [0.8]]))
    """
    _refuse_not_finite("svdvals", check_finite, a)
    return operations.svdvals(a)


def eigh(a: Any, b: Any = None, *, lower: bool = True, eigvals_only: bool = False) -> Any:
    """Eigenvalues and eigenvectors of a symmetric matrix; as `autograd_core.eigh`.

    Parameters
    ----------
    a : Node or array_like
        Matrices of shape (..., n, n); one triangle is read, and gets the gradient.
    b : None, optional
        Generalized problems are not for nodes.
    lower : bool, default True
        Which triangle.
    eigvals_only : bool, default False
        Whether to return the values alone.

    Returns
    -------
    tuple of Nodes or ndarrays
        The values, of shape (..., n), the smallest first, and the vectors, the columns of matrices
        of shape (..., n, n). With `eigvals_only`, the values alone.

    Raises
    ------
    TypeError
        If b is given.
    numpy.linalg.LinAlgError
        If a is not square.

    See Also
    --------
    scipy.linalg.eigh : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node([[2.0, 1.0], [1.0, 2.0]])
    >>> values, vectors = linalg.eigh(a)
    >>> values[1].backward()  # the outer product of its vector with itself, folded
    >>> values.value.round(6), a.grad.round(6)
    (array([1., 3.]), array([[0.5, 0. ],
           [1. , 0.5]]))
    """
    if b is not None:
        raise TypeError(
            "scipy.linalg.eigh(a, b) has no derivative here. With l = cholesky(b, lower=True) "
            "write eigh(solve_triangular(l, solve_triangular(l, a, lower=True).T, lower=True))"
        )
    values, vectors = operations.eigh(a, "L" if lower else "U")
    return values if eigvals_only else (values, vectors)


def eigvalsh(a: Any, b: Any = None, *, lower: bool = True) -> Any:
    """Eigenvalues of a symmetric matrix; see `eigh`.

    Parameters
    ----------
    a : Node or array_like
        Matrices of shape (..., n, n); one triangle is read, and gets the gradient.
    b : None, optional
        Generalized problems are not for nodes.
    lower : bool, default True
        Which triangle.

    Returns
    -------
    Node or ndarray
        The values, of shape (..., n), the smallest first.

    Raises
    ------
    TypeError
        If b is given.
    numpy.linalg.LinAlgError
        If a is not square.

    See Also
    --------
    scipy.linalg.eigvalsh : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node([[2.0, 1.0], [1.0, 2.0]])
    >>> linalg.eigvalsh(a)[0].backward()
    >>> a.grad.round(6)
    array([[ 0.5,  0. ],
           [-1. ,  0.5]])
    """
    return eigh(a, b, lower=lower, eigvals_only=True)


def qr(
    a: Any,
    overwrite_a: bool = False,
    lwork: int | None = None,
    mode: str = "full",
    pivoting: bool = False,
    check_finite: bool = True,
) -> Any:
    """Orthonormal columns and a triangle; as `autograd_core.qr`.

    Parameters
    ----------
    a : Node or array_like
        Matrices of shape (..., m, n) of full rank, with k = min(m, n).
    overwrite_a : bool, default False
        Nothing is overwritten here.
    lwork : int, optional
        As in SciPy, for speed: it changes nothing here.
    mode : {"full", "economic", "r"}, default "full"
        "full" needs at most as many rows as columns: further columns are not defined by `a`.
    pivoting : bool, default False
        Only False has a derivative here.
    check_finite : bool, default True
        Whether to raise at inf and nan.

    Returns
    -------
    tuple of Nodes or ndarrays
        Q of shape (..., m, k) and R of shape (..., k, n); with the mode "r", R alone, in a tuple.

    Raises
    ------
    ValueError
        If the mode is another one, pivoting is True, a "full" Q would have more columns
        than it, or numbers are not finite.

    See Also
    --------
    scipy.linalg.qr : the same on plain numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node([[3.0, 0.0], [4.0, 5.0]])
    >>> q, r = linalg.qr(a, mode="economic")
    >>> np.abs(r[0, 0]).backward()  # the length of the first column
    >>> a.grad[:, 0].round(6)
    array([0.6, 0.8])
    """
    _refuse_not_finite("qr", check_finite, a)
    names = {"full": "complete", "economic": "reduced", "r": "r"}
    if mode not in names or pivoting:
        raise ValueError(
            f"scipy.linalg.qr(mode={mode!r}, pivoting={pivoting}) has no derivative here. Write "
            "qr(a, mode='economic')"
        )
    found = operations.qr(a, names[mode])
    return (found,) if mode == "r" else tuple(found)


def lstsq(a: Any, b: Any, cond: float | None = None, **_: Any) -> tuple[Any, Any, Any, Any]:
    """The x for which a x comes nearest to b; as `autograd_core.lstsq`.

    Parameters
    ----------
    a : Node or array_like
        A matrix of shape (m, n).
    b : Node or array_like
        A vector of shape (m,), or right sides of shape (m, k).
    cond : float, optional
        Singular values up to this share of the largest count as 0; max(m, n) times the rounding
        error by default.

    Returns
    -------
    x : Node or ndarray
        Of shape (n,) or (n, k); the shortest, if there are several.
    residues : Node, scalar or ndarray
        The sum of squares of a x - b for each right side; empty where m <= n or the rank is below
        n.
    rank : int
        How many singular values do not count as 0.
    s : Node or ndarray
        The singular values of a.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a is no matrix, or b has not as many rows.

    See Also
    --------
    scipy.linalg.lstsq : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a, b = [[1.0], [1.0], [1.0]], Node([1.0, 2.0, 6.0])
    >>> x, *_ = linalg.lstsq(a, b)  # of a column of ones, the mean
    >>> x[0].backward()
    >>> x.value.round(6), b.grad.round(6)
    (array([3.]), array([0.333333, 0.333333, 0.333333]))
    """
    x, residues, rank, s = operations.lstsq(a, b, cond)
    if np.ndim(b) == 1 and residues.size:
        residues = np.sum(residues)
    return x, residues, rank, s


# --- matrices put together ------------------------------------------------------------------------


def block_diag(*arrs: Any) -> Any:
    """A matrix with the given ones along its diagonal, and zeros elsewhere.

    Each gets its block of the gradient.

    Parameters
    ----------
    *arrs : Node or array_like
        Matrices, or stacks of them; vectors count as rows, numbers as matrices of one entry.

    Returns
    -------
    Node or ndarray
        Of shape (..., sum of rows, sum of columns).

    Raises
    ------
    ValueError
        If the stacks don't broadcast.

    See Also
    --------
    scipy.linalg.block_diag : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> a = Node([[1.0, 2.0]])
    >>> m = linalg.block_diag(a, 3.0)
    >>> m.value
    array([[1., 2., 0.],
           [0., 0., 3.]])
    >>> (m @ m.mT).trace().backward()  # the sum of squares
    >>> a.grad
    array([[2., 4.]])
    """
    blocks = [operations.atleast_2d(as_operand(x)) for x in arrs]
    stack = np.broadcast_shapes(*(x.shape[:-2] for x in blocks))
    width = sum(x.shape[-1] for x in blocks)
    found, left = [], 0
    for x in blocks:
        beside = [(0, 0)] * len(stack) + [(0, 0), (left, width - left - x.shape[-1])]
        found.append(np.pad(np.broadcast_to(x, (*stack, *x.shape[-2:])), beside))
        left += x.shape[-1]
    return np.concatenate(found, axis=-2) if found else np.zeros((1, 0))


def toeplitz(c: Any, r: Any = None) -> Any:
    """A matrix with constant diagonals.

    Each entry of c and r gets the sum of the gradient along its diagonal.

    Parameters
    ----------
    c : Node or array_like
        Its first column, of shape (..., m): one matrix for each along the last axis.
    r : Node or array_like, optional
        Its first row, of shape (..., n), by default the column's conjugate; the first entry is not
        read.

    Returns
    -------
    Node or ndarray
        Of shape (..., m, n).

    Raises
    ------
    ValueError
        If the stacks don't broadcast.

    See Also
    --------
    scipy.linalg.toeplitz : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> c = Node([1.0, 2.0, 3.0])
    >>> m = linalg.toeplitz(c)
    >>> m.value
    array([[1., 2., 3.],
           [2., 1., 2.],
           [3., 2., 1.]])
    >>> m.sum().backward()
    >>> c.grad  # how often each stands there
    array([3., 4., 2.])
    """
    c = operations.atleast_1d(as_operand(c))
    r = conjugated(c) if r is None else operations.atleast_1d(as_operand(r))
    stack, m, n = np.broadcast_shapes(c.shape[:-1], r.shape[:-1]), c.shape[-1], r.shape[-1]
    parts = [np.broadcast_to(x, (*stack, x.shape[-1])) for x in (r[..., :0:-1], c)]
    along = np.concatenate(parts, axis=-1)  # from the upper right corner to the lower left one
    rows, columns = np.ogrid[:m, :n]
    return along[..., n - 1 + rows - columns]


def circulant(c: Any) -> Any:
    """A square matrix whose columns are the given one, each turned by one more.

    Parameters
    ----------
    c : Node or array_like
        The first column, of shape (..., n): one matrix for each along the last axis.

    Returns
    -------
    Node or ndarray
        Of shape (..., n, n).

    Raises
    ------
    IndexError
        If c is a number.

    See Also
    --------
    scipy.linalg.circulant : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> c = Node([1.0, 2.0, 3.0])
    >>> m = linalg.circulant(c)
    >>> m.value
    array([[1., 3., 2.],
           [2., 1., 3.],
           [3., 2., 1.]])
    >>> (m @ [1.0, 0.0, 0.0])[2].backward()  # the first column's last entry
    >>> c.grad
    array([0., 0., 1.])
    """
    c = as_operand(c)
    n = c.shape[-1]
    return c[..., (np.arange(n)[:, None] - np.arange(n)) % n]


def hankel(c: Any, r: Any = None) -> Any:
    """A matrix with constant diagonals from the lower left to the upper right.

    Parameters
    ----------
    c : Node or array_like
        Its first column, of m numbers.
    r : Node or array_like, optional
        Its last row, of n numbers, m zeros by default; the first entry is not read.

    Returns
    -------
    Node or ndarray
        Of shape (m, n).

    Raises
    ------
    TypeError
        If c or r does not hold numbers.

    See Also
    --------
    scipy.linalg.hankel : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import linalg
    >>> c = Node([1.0, 2.0, 3.0])
    >>> m = linalg.hankel(c)
    >>> m.value
    array([[1., 2., 3.],
           [2., 3., 0.],
           [3., 0., 0.]])
    >>> m.sum().backward()
    >>> c.grad  # how often each stands there
    array([1., 2., 3.])
    """
    c = operations.ravel(c)
    r = np.zeros_like(c) if r is None else operations.ravel(r)
    along = np.concatenate([c, r[1:]])
    rows, columns = np.ogrid[: c.shape[0], : r.shape[0]]
    return along[rows + columns]
