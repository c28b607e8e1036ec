"""Decompositions of matrices and stacks of them, as in ``np.linalg``.

Where NumPy reads one triangle of a symmetric matrix (cholesky, eigh), the gradient stands in that
triangle: it is the derivative of what is computed. A symmetric expression in front, such as
``a + a.mT``, gives its own parts of it back.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..node import constant
from ..numpy_protocol import existing, stands_in_for
from ..operation import Operation, as_operand
from ..values import is_complex
from .complex_numbers import adjoint, conjugated
from .guards import away_from_pole

__all__ = ["cholesky", "eig", "eigh", "eigvals", "eigvalsh", "qr", "svd", "svdvals"]


def halved_diagonal(x: Any) -> Any:
    """The lower triangle with half of the diagonal."""
    return np.tril(x) - 0.5 * x * np.eye(x.shape[-1], dtype=bool)


def _cholesky_rule(g: Any, out: Any, a: Any) -> Any:
    middle = halved_diagonal(out.mT @ g)
    both = np.linalg.solve(out.mT, np.linalg.solve(adjoint(out), middle.mT).mT)
    return 2.0 * halved_diagonal(0.5 * (both + adjoint(both)))


_cholesky_row = Operation("cholesky", lambda a: np.linalg.cholesky(a), rules=(_cholesky_rule,))


@stands_in_for(np.linalg.cholesky)
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """The triangular matrix whose product with its adjoint is a symmetric positive matrix.

    Parameters
    ----------
    a : Node or array_like
        Matrices of shape (..., n, n); one triangle is read, and gets the gradient.
    upper : bool, default False
        Whether to read and to return the upper triangle.

    Returns
    -------
    Node or ndarray
        Lower triangles (upper ones if `upper`), in the shape of `a`.

    Raises
    ------
    np.linalg.LinAlgError
        If a matrix is not positive definite, or not square.

    See Also
    --------
    numpy.linalg.cholesky : the same; given a Node, it records, too.

    References
    ----------
    I. Murray, "Differentiation of the Cholesky decomposition", 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([[4.0, 2.0], [2.0, 5.0]])
    >>> y = np.linalg.cholesky(a)
    >>> y.value
    array([[2., 0.],
           [1., 2.]])
    >>> y.sum().backward()
    >>> a.grad
    array([[0.1875, 0.    ],
           [0.25  , 0.25  ]])
    """
    if upper:
        return adjoint(_cholesky_row(adjoint(as_operand(a))))
    return _cholesky_row(a)


# --- several results, packed into one array ----------------------------------------------------


def _packed(*parts: Any) -> Any:
    """Matrices, or vectors, side by side as flat rows."""
    flat = [np.reshape(x, (*x.shape[:k], math.prod(x.shape[k:]))) for x, k in parts]
    return np.concatenate(flat, axis=-1)


def _unpacked(packed: Any, *shapes: tuple[int, ...]) -> list[Any]:
    """The parts again, in their shapes behind the axes of the stack.

    Those that are real may have been packed with complex ones: see `_real`.
    """
    found, start = [], 0
    for shape in shapes:
        stop = start + math.prod(shape)
        found.append(np.reshape(packed[..., start:stop], (*packed.shape[:-1], *shape)))
        start = stop
    return found


def _real(x: Any) -> Any:
    return np.real(x) if is_complex(x) else x


def _off_diagonal_over(numerator: Any, values: Any) -> Any:
    """numerator[i, j] / (values[j] - values[i]) off the diagonal.

    0 where the numerator is: a gradient that reads no vectors is right at equal values.
    """
    numerator = np.where(np.eye(values.shape[-1], dtype=bool), 0.0, numerator)
    gaps = values[..., None, :] - values[..., :, None]
    return numerator / away_from_pole(numerator, gaps)


def _eigh(a: Any, UPLO: Any = "L") -> Any:  # noqa: N803
    values, vectors = np.linalg.eigh(a, UPLO)
    k = values.ndim - 1
    return _packed((values, k), (vectors, k))


def _eigh_rule(g: Any, out: Any, a: Any, UPLO: Any) -> Any:  # noqa: N803
    n = a.shape[-1]
    values, vectors = _unpacked(out, (n,), (n, n))
    g_values, g_vectors = _unpacked(g, (n,), (n, n))
    inner = _off_diagonal_over(vectors.mT @ g_vectors, _real(values))
    inner = inner + np.eye(n, dtype=bool) * g_values[..., None, :]
    full = conjugated(vectors) @ inner @ vectors.mT
    symmetric = 0.5 * (full + adjoint(full))
    lower = 2.0 * halved_diagonal(symmetric)
    return lower if UPLO.upper() == "L" else adjoint(lower)


_eigh_row = Operation("eigh", _eigh, rules=(_eigh_rule,))
_EighResult: Any = type(np.linalg.eigh(np.eye(1)))


@stands_in_for(np.linalg.eigh)
def eigh(a: Any, UPLO: Any = "L") -> Any:  # noqa: N803
    """Eigenvalues and eigenvectors of a symmetric matrix.

    Parameters
    ----------
    a : Node or array_like
        Symmetric (complex: Hermitian) matrices of shape (..., n, n); one triangle is read, and gets
        the gradient.
    UPLO : {"L", "U"}, default "L"
        Which triangle.

    Returns
    -------
    eigenvalues, eigenvectors : Node or ndarray
        As named tuple: values in ascending order, of shape (..., n), and vectors as columns,
        (..., n, n). Where eigenvalues are equal the vectors are not defined, and their gradient is
        infinite or nan; that of the values is right.

    Raises
    ------
    np.linalg.LinAlgError
        If a matrix is not square, or the iteration does not converge.
    ValueError
        If `UPLO` is none of the two.

    See Also
    --------
    numpy.linalg.eigh : the same; given a Node, it records, too.

    References
    ----------
    M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
    differentiation", 2008.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([[2.0, 1.0], [1.0, 2.0]])
    >>> values, vectors = np.linalg.eigh(a)
    >>> values.value.round(3)
    array([1., 3.])
    >>> values[1].backward()
    >>> a.grad.round(3)
    array([[0.5, 0. ],
           [1. , 0.5]])
    """
    n = np.shape(a)[-1]
    values, vectors = _unpacked(_eigh_row(a, UPLO), (n,), (n, n))
    return _EighResult(_real(values), vectors)


@stands_in_for(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: Any = "L") -> Any:  # noqa: N803
    """Eigenvalues of a symmetric matrix; see `eigh`.

    Gradient of one with the vector v: v v^T, both halves of it in the triangle that is read.

    Parameters
    ----------
    a : Node or array_like
        Symmetric (complex: Hermitian) matrices of shape (..., n, n); one triangle is read, and gets
        the gradient.
    UPLO : {"L", "U"}, default "L"
        Which triangle.

    Returns
    -------
    Node or ndarray
        In ascending order, of shape (..., n).

    Raises
    ------
    np.linalg.LinAlgError
        If a matrix is not square, or the iteration does not converge.
    ValueError
        If `UPLO` is none of the two.

    See Also
    --------
    numpy.linalg.eigvalsh : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([[2.0, 1.0], [1.0, 2.0]])
    >>> np.linalg.eigvalsh(a).max().backward()
    >>> a.grad.round(3)
    array([[0.5, 0. ],
           [1. , 0.5]])
    """
    return eigh(a, UPLO)[0]


def _eig(a: Any) -> Any:
    values, vectors = np.linalg.eig(a)
    k = values.ndim - 1
    return _packed((values, k), (vectors, k))


def _eig_rule(g: Any, out: Any, a: Any) -> Any:
    # Of vectors that may have any length: see below.
    n = a.shape[-1]
    values, vectors = _unpacked(out, (n,), (n, n))
    g_values, g_vectors = _unpacked(g, (n,), (n, n))
    inner = _off_diagonal_over(vectors.mT @ g_vectors, values)
    inner = inner + np.eye(n, dtype=bool) * g_values[..., None, :]
    return np.linalg.solve(vectors.mT, inner @ vectors.mT)


_eig_row = Operation("eig", _eig, rules=(_eig_rule,))
_EigResult: Any = type(np.linalg.eig(np.eye(1)))


@stands_in_for(np.linalg.eig)
def eig(a: Any) -> Any:
    """Eigenvalues and eigenvectors of a square matrix; complex where some values are.

    Parameters
    ----------
    a : Node or array_like
        Square matrices of shape (..., n, n).

    Returns
    -------
    eigenvalues, eigenvectors : Node or ndarray
        As named tuple, of shapes (..., n) and (..., n, n); the vectors are columns of length 1
        whose largest entry is real. Where eigenvalues are equal their gradient is not defined:
        infinite or nan.

    Raises
    ------
    np.linalg.LinAlgError
        If a matrix is not square, or the iteration does not converge.

    See Also
    --------
    numpy.linalg.eig : the same; given a Node, it records, too.

    References
    ----------
    M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
    differentiation", 2008.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([[2.0, 1.0], [1.0, 2.0]])
    >>> values, vectors = np.linalg.eig(a)
    >>> values.max().backward()
    >>> a.grad.round(3)
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    n = np.shape(a)[-1]
    values, vectors = _unpacked(_eig_row(a), (n,), (n, n))
    vectors = vectors / np.sqrt(np.sum(np.square(np.abs(vectors)), axis=-2, keepdims=True))
    if is_complex(vectors):
        plain = constant(vectors)
        largest = np.argmax(np.abs(plain), axis=-2, keepdims=True)
        largest, plain = (np.take_along_axis(x, largest, -2) for x in (vectors, plain))
        # NumPy has made it real: that takes the turns out, and leaves the sign.
        vectors = vectors * (np.conjugate(largest) / np.abs(largest)) * np.sign(np.real(plain))
    return _EigResult(values, vectors)


@stands_in_for(np.linalg.eigvals)
def eigvals(a: Any) -> Any:
    """Eigenvalues of a square matrix; see `eig`.

    Parameters
    ----------
    a : Node or array_like
        Square matrices of shape (..., n, n).

    Returns
    -------
    Node or ndarray
        In the order of `eig`, of shape (..., n).

    Raises
    ------
    np.linalg.LinAlgError
        If a matrix is not square, or the iteration does not converge.

    See Also
    --------
    numpy.linalg.eigvals : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([[2.0, 1.0], [1.0, 2.0]])
    >>> np.linalg.eigvals(a).max().backward()
    >>> a.grad.round(3)
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    return eig(a)[0]


def _svd(a: Any) -> Any:
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    k = s.ndim - 1
    return _packed((u, k), (s, k), (vh, k))


def _svd_rule(g: Any, out: Any, a: Any) -> Any:
    m, n = a.shape[-2:]
    k = min(m, n)
    u, s, vh = _unpacked(out, (m, k), (k,), (k, n))
    g_u, g_s, g_vh = _unpacked(g, (m, k), (k,), (k, n))
    s = _real(s)
    row = s[..., None, :]
    squares = s * s
    of_u, of_v = u.mT @ g_u, vh @ g_vh.mT
    twist = of_u - adjoint(of_u)
    turned = _off_diagonal_over(twist, squares) * row
    turned = turned + s[..., :, None] * _off_diagonal_over(conjugated(of_v) - of_v.mT, squares)
    diagonal = np.eye(k, dtype=bool)
    if is_complex(u):  # the phase of each pair of vectors is free: let u have all of it
        twist = diagonal * (0.5 * twist)
        turned = turned + twist / away_from_pole(twist, row)
    ut, v = conjugated(u), conjugated(vh)
    found = ut @ (turned + diagonal * g_s[..., None, :]) @ v
    # What turns the vectors out of the space that they span.
    if m > k:
        rest = g_u - ut @ of_u
        found = found + (rest / away_from_pole(rest, row)) @ v
    if n > k:
        rest = g_vh.mT - adjoint(vh) @ of_v
        found = found + ut @ (rest / away_from_pole(rest, row)).mT
    return found


def matrix_shape(function: str, a: Any) -> tuple[int, int]:
    """The numbers of rows and columns of a matrix, or of those in a stack."""
    shape = np.shape(a)
    if len(shape) < 2:
        raise np.linalg.LinAlgError(f"{function} expects a matrix, got shape {shape}")
    return shape[-2:]


_svd_row = Operation("svd", _svd, rules=(_svd_rule,))
_SVDResult: Any = type(np.linalg.svd(np.eye(1)))


@stands_in_for(np.linalg.svd)
def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """The singular value decomposition, a = U diag(S) Vh.

    Parameters
    ----------
    a : Node or array_like
        Matrices of shape (..., m, n); k is the smaller of the two lengths.
    full_matrices : bool, default True
        False gives as many vectors as values. The further ones are not defined by `a` and have no
        derivative, so True needs a square matrix.
    compute_uv : bool, default True
        False gives the values alone.
    hermitian : bool, default False
        Whether the matrix is symmetric: then its lower triangle is read, and gets the gradient.

    Returns
    -------
    U, S, Vh : Node or ndarray
        As named tuple, of shapes (..., m, k), (..., k) and (..., k, n); the values in descending
        order, alone if `compute_uv` is False. Where values are equal or 0 the vectors are not
        defined, and their gradient is infinite or nan; that of the values is right where they are
        not 0.

    Raises
    ------
    ValueError
        If vectors beyond the first k are asked for: `full_matrices` with a matrix that is not
        square.
    np.linalg.LinAlgError
        If `a` is no matrix, or the iteration does not converge.

    See Also
    --------
    numpy.linalg.svd : the same; given a Node, it records, too.

    References
    ----------
    J. Townsend, "Differentiating the singular value decomposition", 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([[2.0, 1.0], [1.0, 2.0]])
    >>> u, s, vh = np.linalg.svd(a)
    >>> s.value.round(3)
    array([3., 1.])
    >>> s[0].backward()
    >>> a.grad.round(3)
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    if hermitian:
        return _svd_of_symmetric(a, compute_uv)
    m, n = matrix_shape("svd", a)
    k = min(m, n)
    if full_matrices and compute_uv and m != n:
        raise ValueError(
            f"svd of shape {np.shape(a)}: the vectors beyond the first {k} are not defined by the "
            "matrix and have no derivative. Write np.linalg.svd(a, full_matrices=False)"
        )
    u, s, vh = _unpacked(_svd_row(a), (m, k), (k,), (k, n))
    s = _real(s)
    return _SVDResult(u, s, vh) if compute_uv else s


def _svd_of_symmetric(a: Any, compute_uv: bool) -> Any:
    """The sizes of the eigenvalues, with their vectors; the signs go to the right ones."""
    values, vectors = eigh(a)
    order = np.flip(np.argsort(np.abs(values), axis=-1), axis=-1)
    sizes = np.take_along_axis(np.abs(values), order, axis=-1)
    if not compute_uv:
        return sizes
    signs = np.take_along_axis(np.sign(values), order, axis=-1)
    vectors = np.take_along_axis(vectors, np.expand_dims(order, -2), axis=-1)
    return _SVDResult(vectors, sizes, adjoint(vectors * np.expand_dims(signs, -2)))


@stands_in_for(*existing("linalg.svdvals"))
def svdvals(x: Any, /) -> Any:
    """Singular values, the largest first; see `svd`.

    Gradient of one with the vectors u and v: u v^T.

    Parameters
    ----------
    x : Node or array_like
        Matrices of shape (..., m, n).

    Returns
    -------
    Node or ndarray
        Of shape (..., min(m, n)).

    Raises
    ------
    np.linalg.LinAlgError
        If `x` is no matrix, or the iteration does not converge.

    See Also
    --------
    numpy.linalg.svdvals : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([[2.0, 1.0], [1.0, 2.0]])
    >>> np.linalg.svdvals(a)[0].backward()
    >>> a.grad.round(3)
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    return svd(x, compute_uv=False)


def _qr(a: Any) -> Any:
    q, r = np.linalg.qr(a)
    k = a.ndim - 2
    return _packed((q, k), (r, k))


def _qr_rule(g: Any, out: Any, a: Any) -> Any:
    m, n = a.shape[-2:]
    q, r = _unpacked(out, (m, n), (n, n))
    g_q, g_r = _unpacked(g, (m, n), (n, n))
    g_r = np.triu(g_r)
    lower = halved_diagonal(r @ g_r.mT - g_q.mT @ q)
    symmetric = lower + adjoint(lower)
    return np.linalg.solve(r, (g_q + conjugated(q @ symmetric)).mT).mT


_qr_row = Operation("qr", _qr, rules=(_qr_rule,))
_QRResult: Any = type(np.linalg.qr(np.eye(1)))


@stands_in_for(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """The decomposition into orthonormal columns and a triangle, a = Q R.

    Parameters
    ----------
    a : Node or array_like
        Matrices of full rank and shape (..., m, n); k is the smaller of the two lengths.
    mode : {"reduced", "r", "complete"}, default "reduced"
        "r" gives R alone; "complete" needs at most as many rows as columns, since further columns
        of Q are not defined by `a`.

    Returns
    -------
    Q, R : Node or ndarray
        As named tuple, of shapes (..., m, k) and (..., k, n); R alone for the mode "r".

    Raises
    ------
    ValueError
        If `mode` is none of the three, or "complete" with more rows than columns.
    np.linalg.LinAlgError
        If `a` is no matrix; and, when the gradient is computed, if its rank is not full.

    See Also
    --------
    numpy.linalg.qr : the same; given a Node, it records, too.

    References
    ----------
    M. Seeger, A. Hetzel, Z. Dai and N. Lawrence, "Auto-differentiating linear algebra", 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([[3.0], [4.0]])
    >>> r = np.linalg.qr(a, mode="r")
    >>> np.abs(r).sum().backward()
    >>> a.grad.round(3)
    array([[0.6],
           [0.8]])
    """
    a = as_operand(a)
    m, n = matrix_shape("qr", a)
    if mode not in ("reduced", "r", "complete") or (mode == "complete" and m > n):
        raise ValueError(
            f"qr(mode={mode!r}) of shape {a.shape} has no derivative here. "
            "Write np.linalg.qr(a) or np.linalg.qr(a, mode='r')"
        )
    k = min(m, n)
    q, r = _unpacked(_qr_row(a[..., :, :k]), (m, k), (k, k))
    if n > k:  # the further columns, in the base that the first ones give
        r = np.concatenate([r, adjoint(q) @ a[..., :, k:]], axis=-1)
    return r if mode == "r" else _QRResult(q, r)
