"""Products of vectors, matrices and stacks of them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..numpy_protocol import existing, stands_in_for
from ..operation import Operation, as_operand, symmetric
from .arithmetic import multiply
from .choices import where
from .complex_numbers import conjugated
from .shaping import atleast_1d, expand_dims, flip, ravel, reshape, transpose

__all__ = [
    "convolve", "correlate", "cross", "dot", "inner", "kron", "matmul", "matvec", "outer",
    "polyval", "tensordot", "vander", "vdot", "vecdot", "vecmat",
]  # fmt: skip

_ndarray = np.ndarray

if np.lib.NumpyVersion(np.__version__) >= "2.3.0":
    times: Callable[[Any, Any], Any] = _ndarray.dot
else:
    times = operator.matmul
"""The product of two matrices: by `dot` it takes half the time and has the same bits.

Before NumPy 2.3 `dot` does not say where something overflows or is invalid, and `unused` asks.
"""


def _matmul(x: Any, y: Any, /) -> Any:
    if type(x) is type(y) is _ndarray and x.ndim == y.ndim == 2:
        return times(x, y)
    return x @ y


def _matmul_left_rule(g: Any, out: Any, x: Any, y: Any) -> Any:
    """Lecture 000, eq. (7): E W^T; and the same for vectors and stacks."""
    if g.ndim == y.ndim == 2:
        return times(g, y.T) if type(g) is type(y) is _ndarray else g @ y.T
    if y.ndim == 1:
        return g * y if x.ndim == 1 else g[..., None] * y
    if x.ndim == 1:
        return (y @ g[..., None])[..., 0]
    if y.ndim == 2 < g.ndim:  # one matrix for all samples: one product instead of a stack
        rows = g.reshape(math.prod(g.shape[:-1]), g.shape[-1]) @ y.mT
        return rows.reshape(x.shape)
    return g @ y.mT


def _matmul_right_rule(g: Any, out: Any, x: Any, y: Any) -> Any:
    """Lecture 000, eq. (8): X^T E; and the same for vectors and stacks."""
    if g.ndim == x.ndim == 2:
        return times(x.T, g) if type(g) is type(x) is _ndarray else x.T @ g
    if x.ndim == 1:
        return g * x if y.ndim == 1 else x[:, None] * g[..., None, :]
    if y.ndim == 1:
        return (x.mT @ g[..., None])[..., 0]
    if y.ndim == 2 < x.ndim:  # one matrix for all samples: one product instead of a stack to sum
        rows = math.prod(x.shape[:-1])
        return x.reshape(rows, x.shape[-1]).T @ g.reshape(rows, g.shape[-1])
    return x.mT @ g


matmul = Operation(
    "matmul",
    _matmul,
    rules=(_matmul_left_rule, _matmul_right_rule),
    symbol="@",
    numpy=existing("matmul", "linalg.matmul"),
    doc="""The matrix product x @ y, of vectors, matrices and stacks of matrices.

    Gradients of X @ W: E W^T and X^T E (lecture 000, eqs. 7 and 8).""",
)

# --- made of matmul and multiply ------------------------------------------------------------------


@stands_in_for(np.dot)
def dot(a: Any, b: Any) -> Any:
    """The dot product: of vectors, the matrix product, or over the last and second-last axes.

    Parameters
    ----------
    a, b : array_like or Node
        What to multiply.
    """
    a, b = as_operand(a), as_operand(b)
    if not a.ndim or not b.ndim:
        return multiply(a, b)
    if a.ndim <= 2 and b.ndim <= 2:
        return matmul(a, b)
    return tensordot(a, b, (-1, -1 if b.ndim == 1 else -2))


@stands_in_for(np.vdot)
def vdot(a: Any, b: Any) -> Any:
    """The dot product of the flat arrays; of complex ones the first is conjugated."""
    return matmul(ravel(conjugated(as_operand(a))), ravel(b))


@stands_in_for(np.inner)
def inner(a: Any, b: Any) -> Any:
    """Sums of products over the last axes."""
    a, b = as_operand(a), as_operand(b)
    if not a.ndim or not b.ndim:
        return multiply(a, b)
    return tensordot(a, b, (-1, -1))


@stands_in_for(*existing("outer", "linalg.outer"))
def outer(a: Any, b: Any) -> Any:
    """Every entry of the one times every entry of the other."""
    return multiply(expand_dims(ravel(a), 1), ravel(b))


@stands_in_for(*existing("tensordot", "linalg.tensordot"))
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sums of products over any axes.

    Parameters
    ----------
    a, b : array_like or Node
        What to multiply.
    axes : int or pair of (sequences of) int, default 2
        Over the last so many axes of `a` and the first of `b`; or over which of each.
    """
    a, b = as_operand(a), as_operand(b)
    if isinstance(axes, Sequence):
        of_a, of_b = ([int(x) for x in np.atleast_1d(part)] for part in axes)
    else:
        of_a, of_b = list(range(-int(axes), 0)), list(range(int(axes)))
    of_a = [normalize_axis_index(x, a.ndim) for x in of_a]
    of_b = [normalize_axis_index(x, b.ndim) for x in of_b]
    lengths, other_lengths = [a.shape[x] for x in of_a], [b.shape[x] for x in of_b]
    if lengths != other_lengths:
        raise ValueError(
            f"tensordot can't sum over axes {of_a} of shape {a.shape} with axes {of_b} of shape "
            f"{b.shape}: their lengths {lengths} and {other_lengths} differ"
        )
    free_a = [x for x in range(a.ndim) if x not in of_a]
    free_b = [x for x in range(b.ndim) if x not in of_b]
    rows, columns = [a.shape[x] for x in free_a], [b.shape[x] for x in free_b]
    left = reshape(transpose(a, (*free_a, *of_a)), (math.prod(rows), math.prod(lengths)))
    right = reshape(transpose(b, (*of_b, *free_b)), (math.prod(lengths), math.prod(columns)))
    return reshape(matmul(left, right), (*rows, *columns))


@stands_in_for(np.kron)
def kron(a: Any, b: Any) -> Any:
    """The Kronecker product: blocks of `b`, one for each entry of `a`."""
    a, b = as_operand(a), as_operand(b)
    ndim = max(a.ndim, b.ndim)
    rows = (1,) * (ndim - a.ndim) + tuple(a.shape)
    columns = (1,) * (ndim - b.ndim) + tuple(b.shape)
    left = reshape(a, [m for n in rows for m in (n, 1)])
    right = reshape(b, [m for n in columns for m in (1, n)])
    return reshape(left * right, [n * m for n, m in zip(rows, columns, strict=True)])


@stands_in_for(np.cross)
def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None
) -> Any:
    """The cross product of vectors of length 3.

    Parameters
    ----------
    a, b : array_like or Node
        The vectors, or stacks of them.
    axisa, axisb, axisc : int, default -1
        Along which axes the vectors lie: of `a`, of `b`, and of the result.
    axis : int, optional
        The same for all three.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a = np.moveaxis(as_operand(a), axisa, -1)
    b = np.moveaxis(as_operand(b), axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError(
            f"cross expects vectors of length 3, got shapes {a.shape} and {b.shape} with the "
            "vectors along the last axis"
        )
    (a0, a1, a2), (b0, b1, b2) = ([x[..., i] for i in range(3)] for x in (a, b))
    parts = [a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0]
    return np.stack(parts, axis=axisc)


@stands_in_for(*existing("linalg.cross"))
def _linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return cross(x1, x2, axis=axis)


@stands_in_for(*existing("vecdot", "linalg.vecdot"))
def vecdot(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    """Dot products of vectors along an axis; the others broadcast.

    Of complex ones the first is conjugated.

    Parameters
    ----------
    x1, x2 : array_like or Node
        The vectors.
    axis : int, default -1
        Along which axis they lie.
    """
    x1, x2 = (np.moveaxis(as_operand(x), axis, -1) for x in (x1, x2))
    if x1.shape[-1] != x2.shape[-1]:
        raise ValueError(f"vecdot expects vectors of one length, got {x1.shape} and {x2.shape}")
    return np.sum(conjugated(x1) * x2, axis=-1)


@stands_in_for(*existing("matvec"))
def matvec(x1: Any, x2: Any) -> Any:
    """Matrices times vectors, the stacks broadcast: ``x1 @ x2[..., None]`` without that axis."""
    return matmul(x1, expand_dims(x2, -1))[..., 0]


@stands_in_for(*existing("vecmat"))
def vecmat(x1: Any, x2: Any) -> Any:
    """Vectors times matrices, the stacks broadcast: ``x1[..., None, :] @ x2``.

    Complex vectors are conjugated.
    """
    return matmul(expand_dims(conjugated(as_operand(x1)), -2), x2)[..., 0, :]


def _convolve_rule(g: Any, out: Any, a: Any, v: Any) -> Any:
    # g lies where the full convolution does: sliding the other back over it gives this.
    start = np.shape(v)[0] - 1
    return _convolve_row(g, np.flip(v))[start : start + np.shape(a)[0]]


_convolve_row: Operation = Operation(
    "convolve",
    lambda a, v: np.convolve(a, v),
    rules=symmetric(_convolve_rule),
    symbol="∗",
)


@stands_in_for(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """The convolution of two sequences.

    Parameters
    ----------
    a, v : array_like or Node
        Vectors.
    mode : {"full", "same", "valid"}
        Every overlap; as many entries as the longer has; or complete overlaps alone.
    """
    a, v = atleast_1d(as_operand(a), as_operand(v))
    if a.ndim != 1 or v.ndim != 1:
        raise ValueError(f"convolve expects vectors, got shapes {a.shape} and {v.shape}")
    full = _convolve_row(a, v)
    longer, shorter = max(a.size, v.size), min(a.size, v.size)
    if mode == "full":
        return full
    if mode == "same":
        start = (shorter - 1) // 2
        return full[start : start + longer]
    if mode == "valid":
        return full[shorter - 1 : longer]
    raise ValueError(f"convolve(mode=...) expects 'full', 'same' or 'valid', got {mode!r}")


@stands_in_for(np.correlate)
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """The correlation of two sequences: `convolve` with the second one reversed.

    Of complex ones it is conjugated too.
    """
    return convolve(a, flip(conjugated(as_operand(v))), mode)


@stands_in_for(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """The value of a polynomial, by Horner's scheme.

    Parameters
    ----------
    p : array_like or Node
        The coefficients, that of the highest power first.
    x : array_like or Node
        Where.
    """
    p, x = as_operand(p), as_operand(x)
    found = x * 0.0
    for i in range(p.shape[0]):
        found = found * x + p[i]
    return found


@stands_in_for(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:  # noqa: N803
    """The powers of the entries of a vector, as columns.

    Parameters
    ----------
    x : array_like or Node
        A vector.
    N : int, optional
        The number of columns; as many as rows by default.
    increasing : bool, default False
        Whether the powers grow from left to right.
    """
    x = as_operand(x)
    n = x.shape[0] if N is None else operator.index(N)
    if n == 0:
        return x[:, None][:, :0]
    first = where(True, np.ones((1,), x.dtype), x)
    columns = [first]
    for _ in range(n - 1):
        columns.append(multiply(columns[-1], x))
    return np.stack(columns if increasing else columns[::-1], axis=-1)
