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


expm = _of_matrix("expm", "The exponential of a matrix, 1 + a + a a / 2 + ...")
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
    A : array_like or Node
        A square matrix, or a stack of them, whose eigenvalues are no negative numbers.
    disp : bool, default True
        As in SciPy; False, which returns an estimate of the error too, is not for nodes.
    """
    _refuse_disp("logm", disp)
    return _logm(A)


def sqrtm(A: Any, disp: bool = True, blocksize: int = 64) -> Any:  # noqa: N803
    """The square root of a matrix: its product with itself is the matrix.

    Parameters
    ----------
    A : array_like or Node
        A square matrix, or a stack of them, whose eigenvalues are no negative numbers.
    disp, blocksize
        As in SciPy; ``disp=False``, which returns an estimate of the error too, is not for nodes.
    """
    _refuse_disp("sqrtm", disp)
    return _sqrtm(A)


def coshm(A: Any) -> Any:  # noqa: N803
    """The hyperbolic cosine of a matrix, of `expm`."""
    a = as_operand(A)
    return 0.5 * (expm(a) + expm(-a))


def sinhm(A: Any) -> Any:  # noqa: N803
    """The hyperbolic sine of a matrix, of `expm`."""
    a = as_operand(A)
    return 0.5 * (expm(a) - expm(-a))


def tanhm(A: Any) -> Any:  # noqa: N803
    """The hyperbolic tangent of a matrix: the cosine's inverse times the sine."""
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

    Parameters
    ----------
    a : array_like or Node
        The matrix, or a stack of them; one triangle is read, and gets the gradient.
    b : array_like or Node
        A vector, or a matrix of right sides.
    trans : {0, 1, 2, "N", "T", "C"}
        Whether to solve with the transposed matrix.
    lower : bool, default False
        Which triangle.
    unit_diagonal : bool, default False
        Whether the diagonal counts as ones, and is not read.
    overwrite_b : bool
        Nothing is overwritten here.
    check_finite : bool, default True
        Whether to raise at inf and nan.
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
    a : array_like or Node
        The matrix; that triangle of it is read, and gets the gradient.
    lower : bool, default False
        Which triangle; SciPy's default is the upper one, NumPy's the lower one.
    overwrite_a : bool
        Nothing is overwritten here.
    check_finite : bool, default True
        Whether to raise at inf and nan.
    """
    _refuse_not_finite("cholesky", check_finite, a)
    return operations.cholesky(a, upper=not lower)


def cho_factor(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Any, bool]:
    """What `cho_solve` takes: the triangle of `cholesky`, and whether it is the lower one."""
    return cholesky(a, lower, overwrite_a, check_finite), lower


def cho_solve(
    c_and_lower: tuple[Any, bool], b: Any, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    """The solution x of a x = b, where a is given by its `cho_factor`.

    Parameters
    ----------
    c_and_lower : tuple
        The triangle, and whether it is the lower one.
    b : array_like or Node
        A vector, or a matrix of right sides.
    overwrite_b : bool
        Nothing is overwritten here.
    check_finite : bool, default True
        Whether to raise at inf and nan.
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
    doc="The solution x of a x + x b = q. Gradients: s = solve_sylvester(a^T, b^T, g) for q.",
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
    ab : array_like or Node
        The diagonals, ``ab[u + i - j, j] == a[i, j]``; what stands outside of the matrix gets the
        gradient 0.
    b : array_like or Node
        A vector, or a matrix of right sides.
    overwrite_ab, overwrite_b : bool
        Nothing is overwritten here.
    check_finite : bool, default True
        Whether to raise at inf and nan.
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
    """The solution x of a x = b.

    Parameters
    ----------
    a : array_like or Node
        The matrix, or a stack of them. All of it gets the gradient, whatever `assume_a` says.
    b : array_like or Node
        A vector, or a matrix of right sides.
    lower, overwrite_a, overwrite_b, assume_a
        As in SciPy, for speed: they change nothing here.
    check_finite : bool, default True
        Whether to raise at inf and nan.
    transposed : bool, default False
        Whether to solve with the transposed matrix.
    """
    _refuse_not_finite("solve", check_finite, a, b)
    return operations.solve(as_operand(a).mT if transposed else a, b)


# --- NumPy has these, too -------------------------------------------------------------------------


def inv(a: Any, overwrite_a: bool = False, check_finite: bool = True, **_: Any) -> Any:
    """The inverse of a matrix; as `autograd_core.inv`."""
    _refuse_not_finite("inv", check_finite, a)
    return operations.inv(a)


def det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The determinant; as `autograd_core.det`."""
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
    a : array_like or Node
        The matrix.
    atol, rtol : float, optional
        Singular values below ``atol + rtol * largest`` count as 0.
    return_rank : bool, default False
        Whether to return how many do not, too.
    check_finite : bool, default True
        Whether to raise at inf and nan.
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
    """The norm of a vector or matrix; as `autograd_core.norm`."""
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
    """U, s and Vh of the singular value decomposition; as `autograd_core.svd`."""
    _refuse_not_finite("svd", check_finite, a)
    found = operations.svd(a, full_matrices, compute_uv)
    return tuple(found) if compute_uv else found


def svdvals(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """Singular values, the largest first; as `autograd_core.svdvals`."""
    _refuse_not_finite("svdvals", check_finite, a)
    return operations.svdvals(a)


def eigh(a: Any, b: Any = None, *, lower: bool = True, eigvals_only: bool = False) -> Any:
    """Eigenvalues and eigenvectors of a symmetric matrix; as `autograd_core.eigh`.

    Parameters
    ----------
    a : array_like or Node
        The matrix; one triangle is read, and gets the gradient.
    b : None
        Generalized problems are not for nodes.
    lower : bool, default True
        Which triangle.
    eigvals_only : bool, default False
        Whether to return the values alone.
    """
    if b is not None:
        raise TypeError(
            "scipy.linalg.eigh(a, b) has no derivative here. With l = cholesky(b, lower=True) "
            "write eigh(solve_triangular(l, solve_triangular(l, a, lower=True).T, lower=True))"
        )
    values, vectors = operations.eigh(a, "L" if lower else "U")
    return values if eigvals_only else (values, vectors)


def eigvalsh(a: Any, b: Any = None, *, lower: bool = True) -> Any:
    """Eigenvalues of a symmetric matrix; see `eigh`."""
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
    a : array_like or Node
        A matrix of full rank, or a stack of them.
    overwrite_a, lwork
        As in SciPy, for speed: they change nothing here.
    mode : {"full", "economic", "r"}
        "full" needs at most as many rows as columns: further columns are not defined by `a`.
    pivoting : bool
        Only False has a derivative here.
    check_finite : bool, default True
        Whether to raise at inf and nan.
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
    """The x for which a x comes nearest to b; as `autograd_core.lstsq`."""
    x, residues, rank, s = operations.lstsq(a, b, cond)
    if np.ndim(b) == 1 and residues.size:
        residues = np.sum(residues)
    return x, residues, rank, s


# --- matrices put together ------------------------------------------------------------------------


def block_diag(*arrs: Any) -> Any:
    """A matrix with the given ones along its diagonal, and zeros elsewhere.

    Parameters
    ----------
    *arrs : array_like or Node
        Matrices, or stacks of them; vectors count as rows, numbers as matrices of one entry.
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

    Parameters
    ----------
    c : array_like or Node
        Its first column; of more axes, one matrix for each along the last.
    r : array_like or Node, optional
        Its first row, by default the column's conjugate; the first entry is not read.
    """
    c = operations.atleast_1d(as_operand(c))
    r = conjugated(c) if r is None else operations.atleast_1d(as_operand(r))
    stack, m, n = np.broadcast_shapes(c.shape[:-1], r.shape[:-1]), c.shape[-1], r.shape[-1]
    parts = [np.broadcast_to(x, (*stack, x.shape[-1])) for x in (r[..., :0:-1], c)]
    along = np.concatenate(parts, axis=-1)  # from the upper right corner to the lower left one
    rows, columns = np.ogrid[:m, :n]
    return along[..., n - 1 + rows - columns]


def circulant(c: Any) -> Any:
    """A square matrix whose columns are the given one, each turned by one more."""
    c = as_operand(c)
    n = c.shape[-1]
    return c[..., (np.arange(n)[:, None] - np.arange(n)) % n]


def hankel(c: Any, r: Any = None) -> Any:
    """A matrix with constant diagonals from the lower left to the upper right.

    Parameters
    ----------
    c : array_like or Node
        Its first column.
    r : array_like or Node, optional
        Its last row, zeros by default; the first entry is not read.
    """
    c = operations.ravel(c)
    r = np.zeros_like(c) if r is None else operations.ravel(r)
    along = np.concatenate([c, r[1:]])
    rows, columns = np.ogrid[: c.shape[0], : r.shape[0]]
    return along[rows + columns]
