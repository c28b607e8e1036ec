"""Norms of vectors and matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..numpy_protocol import existing, stands_in_for
from ..operation import Operation, as_operand
from ..values import DIFFERENTIABLE, is_complex
from .arithmetic import direction
from .decompositions import svdvals
from .guards import may_hold
from .reductions import kept_shape, widened
from .shaping import reshape

__all__ = ["cond", "matrix_norm", "norm", "vector_norm"]


def _vector_norm(x: Any, ord: float = 2, axis: Any = None, *, keepdims: bool = False) -> Any:
    if x.dtype == np.float16:  # whose squares overflow
        return _vector_norm(widened(x), ord, axis, keepdims=keepdims).astype(np.float16)
    if ord == 2:
        return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))
    return np.sum(np.abs(x) ** ord, axis=axis, keepdims=keepdims) ** (1.0 / ord)


def _vector_norm_rule(g: Any, out: Any, x: Any, ord: float, axis: Any, keepdims: bool) -> Any:
    """G sign(x) (|x| / norm)**(ord - 1), and 0 at 0."""
    shape = kept_shape(x, axis)
    x, norm = widened(x), np.reshape(widened(out), shape)
    if ord > 1 and may_hold(np.isinf, norm):  # seen from far away only infinite entries count
        far = np.isinf(norm)
        x = direction(far, x)
        norm = np.where(far, _vector_norm_row(x, ord, axis, keepdims=True), norm)
    zero = norm == 0
    share = x / np.where(zero, 1.0, norm)
    if ord != 2:
        flat = x == 0
        size = np.where(flat, 1.0, np.abs(share))
        share = np.where(flat, 0.0, np.sign(x) * size ** (ord - 1))
    return np.reshape(g, shape) * np.where(zero, 0.0, share)


_vector_norm_row = Operation(
    "norm", _vector_norm, rules=(_vector_norm_rule,), symbol="‖ ‖", real_only=True
)


def _norm_over(x: Any, ord: float = 2, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The norm over some axes; of complex entries that of their real and imaginary parts."""
    x = as_operand(x)
    if not is_complex(x):
        return _vector_norm_row(x, ord, axis, keepdims=keepdims)
    if ord != 2:
        return _vector_norm_row(np.abs(x), ord, axis, keepdims=keepdims)
    parts = np.stack([np.real(x), np.imag(x)])
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    found = _vector_norm_row(parts, ord, (0, *(1 + a % x.ndim for a in axes)), keepdims=keepdims)
    return found[0] if keepdims else found


@stands_in_for(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of a vector or a matrix; its gradient at 0 is 0.

    Parameters
    ----------
    x : Node or array_like
        The entries.
    ord : float or str, optional
        Which norm: for vectors a number, inf or -inf; for matrices "fro", "nuc", 1, -1, 2, -2, inf
        or -inf. By default the square root of the sum of squares.
    axis : int or pair of int, optional
        An int takes vectors along that axis, a pair matrices. By default `x` is one vector or one
        matrix.
    keepdims : bool, default False
        Whether to keep the reduced axes with length 1.

    Returns
    -------
    Node, scalar or ndarray
        One number for each vector or matrix.

    Raises
    ------
    ValueError
        If `ord` is no norm of what is given, or `axis` names more than two axes; or if `x` has more
        than two and `ord` is given without `axis`.

    See Also
    --------
    numpy.linalg.norm : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.linalg.norm)(np.array([3.0, 4.0]))
    array([0.6, 0.8])
    """
    x = _floats(x)
    ndim = np.ndim(x)
    if ord is None and axis is None:
        return _norm_over(x, keepdims=keepdims)
    if axis is None:
        if ndim not in (1, 2):
            raise ValueError(f"norm(ord={ord!r}) expects axis= for an array of shape {np.shape(x)}")
        axis = tuple(range(ndim))
    elif not isinstance(axis, tuple):
        axis = (int(axis),)
    if len(axis) == 1:
        return vector_norm(x, axis=axis[0], ord=2 if ord is None else ord, keepdims=keepdims)
    if len(axis) != 2:
        raise ValueError(f"norm(axis=...) expects one axis or two, got {axis}")
    return _matrix_norm(x, ord, axis, keepdims)


@stands_in_for(*existing("linalg.vector_norm"))
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: float = 2) -> Any:
    """The norm of vectors, along one axis or over several.

    Parameters
    ----------
    x : Node or array_like
        The entries.
    axis : int or tuple of int, optional
        Over which; over all by default.
    keepdims : bool, default False
        Whether to keep the reduced axes with length 1.
    ord : float, default 2
        A number, inf (the largest absolute value), -inf (the smallest) or 0 (how many are not 0).

    Returns
    -------
    Node, scalar or ndarray
        One number for each vector.

    Raises
    ------
    ValueError
        If `ord` is a norm of matrices, such as "fro".

    See Also
    --------
    numpy.linalg.vector_norm : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.linalg.vector_norm)(np.array([3.0, 4.0]))
    array([0.6, 0.8])
    >>> grad(lambda x: np.linalg.vector_norm(x, ord=np.inf))(np.array([3.0, 4.0]))
    array([0., 1.])
    """
    if isinstance(ord, str):
        raise ValueError(f"norm(ord={ord!r}) is a norm of matrices, got vectors")
    x = _floats(x)
    if ord == math.inf:
        return _largest(np.abs(x), axis, keepdims)
    if ord == -math.inf:
        return np.min(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum(np.not_equal(x, 0), axis=axis, keepdims=keepdims).astype(
            np.finfo(np.result_type(x, np.float16)).dtype
        )
    if ord == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    return _norm_over(x, ord, axis, keepdims=keepdims)


def _floats(x: Any) -> Any:
    """Whole numbers as floats: the squares of small ones overflow."""
    x = as_operand(x)
    return x if x.dtype.kind in DIFFERENTIABLE else x.astype(np.float64)


def _largest(sizes: Any, axis: Any, keepdims: bool) -> Any:
    """The largest of numbers that are not negative; 0 where there are none."""
    reduce = np.max if sizes.size else np.sum
    return reduce(sizes, axis=axis, keepdims=keepdims)


@stands_in_for(*existing("linalg.matrix_norm"))
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of matrices, in the last two axes; see `norm`.

    Parameters
    ----------
    x : Node or array_like
        Matrices of shape (..., m, n).
    keepdims : bool, default False
        Whether to keep the reduced axes with length 1.
    ord : {"fro", "nuc", 1, -1, 2, -2, inf, -inf}, default "fro"
        Which norm: the root of the sum of squares, the sum of the singular values, the largest or
        smallest sum of a column, singular value, or sum of a row.

    Returns
    -------
    Node, scalar or ndarray
        One number for each matrix.

    Raises
    ------
    ValueError
        If `ord` is no norm of matrices.

    See Also
    --------
    numpy.linalg.matrix_norm : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.linalg.matrix_norm)(np.array([[3.0, 0.0], [0.0, 4.0]]))
    array([[0.6, 0. ],
           [0. , 0.8]])
    """
    return _matrix_norm(x, ord, (-2, -1), keepdims)


def _matrix_norm(x: Any, ord: Any, axis: tuple[int, int], keepdims: bool) -> Any:
    if ord in (None, "fro"):
        return _norm_over(_floats(x), 2, axis, keepdims=keepdims)
    if ord not in ("nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise ValueError(f"norm(ord={ord!r}) is not a norm of matrices")
    matrices = np.moveaxis(_floats(x), axis, (-2, -1))
    if ord in ("nuc", 2, -2):
        values = svdvals(matrices)
        # What is 0 up to rounding has no direction: norms are flat there, see the conventions.
        rounding = np.finfo(values.dtype).eps * max(matrices.shape[-2:])
        values = np.where(values > rounding * values[..., :1], values, 0.0)
        if ord == "nuc" or (ord == 2 and not values.shape[-1]):
            found = np.sum(values, axis=-1)
        else:
            found = values[..., 0 if ord == 2 else -1]
    else:
        sums = np.sum(np.abs(matrices), axis=-2 if abs(ord) == 1 else -1)
        found = _largest(sums, -1, False) if ord > 0 else np.min(sums, axis=-1)
    return reshape(found, kept_shape(x, axis)) if keepdims else found


@stands_in_for(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """The condition number of a matrix: its norm times that of its inverse.

    Parameters
    ----------
    x : Node or array_like
        Matrices of shape (..., m, n); square ones for other norms than 2 and -2.
    p : {None, 1, -1, 2, -2, inf, -inf, "fro", "nuc"}, optional
        Which norm, see `norm`; by default the largest singular value over the smallest.

    Returns
    -------
    Node, scalar or ndarray
        One number for each matrix.

    Raises
    ------
    np.linalg.LinAlgError
        If `x` has no entries or is no matrix; for other norms than 2 and -2 if it has no inverse.

    See Also
    --------
    numpy.linalg.cond : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([4.0, 2.0])
    >>> y = np.linalg.cond(np.diag(x))
    >>> y.value.round(3)
    np.float64(2.0)
    >>> y.backward()
    >>> x.grad.round(3)
    array([ 0.5, -1. ])
    """
    if not np.size(x):
        raise np.linalg.LinAlgError(f"cond expects a matrix with entries, got shape {np.shape(x)}")
    if p in (None, 2, -2):
        values = svdvals(x)
        first, last = (-1, 0) if p == -2 else (0, -1)
        return values[..., first] / values[..., last]
    return norm(x, p, axis=(-2, -1)) * norm(np.linalg.inv(x), p, axis=(-2, -1))
