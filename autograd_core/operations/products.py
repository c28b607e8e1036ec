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

    Gradients of X @ W: E W^T and X^T E (lecture 000, eqs. 7 and 8).

    Parameters
    ----------
    x, y : Node or array_like
        Vectors of n entries, or matrices of shapes (..., m, n) and (..., n, k); the leading axes
        broadcast.

    Returns
    -------
    Node, scalar or ndarray
        Of shape (..., m, k); without m where `x` is a vector, without k where `y` is one.

    Raises
    ------
    TypeError
        If an input does not hold numbers.
    ValueError
        If the shapes don't fit together, or an input is a single number.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x, w = Node([[1.0, 2.0]]), Node([[3.0], [4.0]])
    >>> (x @ w).backward()
    >>> x.grad
    array([[3., 4.]])
    >>> w.grad
    array([[1.],
           [2.]])
    """,
)

# --- made of matmul and multiply ------------------------------------------------------------------


@stands_in_for(np.dot)
def dot(a: Any, b: Any) -> Any:
    """The dot product: of vectors, the matrix product, or over the last and second-last axes.

    Gradient of a dot product of vectors: g b for a, and g a for b.

    Parameters
    ----------
    a, b : Node or array_like
        What to multiply; a single number scales the other.

    Returns
    -------
    Node, scalar or ndarray
        A number for vectors; of shape (m, k) for matrices of shapes (m, n) and (n, k).

    Raises
    ------
    ValueError
        If the shapes don't fit together.

    See Also
    --------
    numpy.dot : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> w, x = Node([1.0, 2.0]), Node([3.0, 4.0])
    >>> y = np.dot(w, x)
    >>> y.backward()
    >>> float(y.value), w.grad, x.grad
    (11.0, array([3., 4.]), array([1., 2.]))
    """
    a, b = as_operand(a), as_operand(b)
    if not a.ndim or not b.ndim:
        return multiply(a, b)
    if a.ndim <= 2 and b.ndim <= 2:
        return matmul(a, b)
    return tensordot(a, b, (-1, -1 if b.ndim == 1 else -2))


@stands_in_for(np.vdot)
def vdot(a: Any, b: Any) -> Any:
    """The dot product of the flat arrays; of complex ones the first is conjugated.

    Parameters
    ----------
    a, b : Node or array_like
        As many entries each.

    Returns
    -------
    Node or scalar
        The sum of the products.

    Raises
    ------
    ValueError
        If they have not as many entries.

    See Also
    --------
    numpy.vdot : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0, 2.0]])
    >>> np.vdot(x, np.array([[3.0, 4.0]])).backward()
    >>> x.grad
    array([[3., 4.]])
    """
    return matmul(ravel(conjugated(as_operand(a))), ravel(b))


@stands_in_for(np.inner)
def inner(a: Any, b: Any) -> Any:
    """Sums of products over the last axes.

    Gradient for a matrix `a` and a vector `b`: the outer product of g and b for a, and a^T g for b.

    Parameters
    ----------
    a, b : Node or array_like
        Of shapes (..., n) and (..., n); a single number scales the other.

    Returns
    -------
    Node, scalar or ndarray
        Of shape a.shape[:-1] + b.shape[:-1]: for matrices ``a @ b.T``.

    Raises
    ------
    ValueError
        If the last axes differ in length.

    See Also
    --------
    numpy.inner : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0, 2.0], [3.0, 4.0]])
    >>> y = np.inner(x, np.array([10.0, 1.0]))
    >>> y.value
    array([12., 34.])
    >>> y.sum().backward()
    >>> x.grad
    array([[10.,  1.],
           [10.,  1.]])
    """
    a, b = as_operand(a), as_operand(b)
    if not a.ndim or not b.ndim:
        return multiply(a, b)
    return tensordot(a, b, (-1, -1))


@stands_in_for(*existing("outer", "linalg.outer"))
def outer(a: Any, b: Any) -> Any:
    """Every entry of the one times every entry of the other. Gradients: g b for a, and g^T a for b.

    Parameters
    ----------
    a, b : Node or array_like
        Of m and n entries; other shapes than vectors are read flat.

    Returns
    -------
    Node or ndarray
        Of shape (m, n).

    See Also
    --------
    numpy.outer, numpy.linalg.outer : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a, b = Node([1.0, 2.0]), Node([10.0, 20.0, 30.0])
    >>> y = np.outer(a, b)
    >>> y.shape
    (2, 3)
    >>> y.sum().backward()
    >>> a.grad, b.grad
    (array([60., 60.]), array([3., 3., 3.]))
    """
    return multiply(expand_dims(ravel(a), 1), ravel(b))


@stands_in_for(*existing("tensordot", "linalg.tensordot"))
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sums of products over any axes.

    Parameters
    ----------
    a, b : Node or array_like
        What to multiply.
    axes : int or pair of (sequences of) int, default 2
        Over the last so many axes of `a` and the first of `b`; or over which of each.

    Returns
    -------
    Node, scalar or ndarray
        The axes of `a` that were not summed over, then those of `b`.

    Raises
    ------
    ValueError
        If the lengths of the axes to sum over differ.
    np.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    numpy.tensordot, numpy.linalg.tensordot : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a, b = Node(np.ones((2, 3, 4))), Node(np.full((3, 4, 5), 2.0))
    >>> y = np.tensordot(a, b)
    >>> y.shape, float(y.value[0, 0])
    ((2, 5), 24.0)
    >>> y.sum().backward()
    >>> a.grad[0, 0]
    array([10., 10., 10., 10.])
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
    """The Kronecker product: blocks of `b`, one for each entry of `a`.

    The gradient of an entry of `a` is the sum of g times `b` over its block.

    Parameters
    ----------
    a, b : Node or array_like
        Of shapes (m, n) and (p, q), or with other numbers of axes.

    Returns
    -------
    Node or ndarray
        Of shape (m p, n q): along each axis the lengths multiplied.

    See Also
    --------
    numpy.kron : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([[1.0, 2.0]])
    >>> y = np.kron(a, np.array([[1.0, 10.0]]))
    >>> y.value
    array([[ 1., 10.,  2., 20.]])
    >>> y.sum().backward()
    >>> a.grad
    array([[11., 11.]])
    """
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
    """The cross product of vectors of length 3. Gradients: b x g for a, and g x a for b.

    Parameters
    ----------
    a, b : Node or array_like
        The vectors, or stacks of them.
    axisa, axisb, axisc : int, default -1
        Along which axes the vectors lie: of `a`, of `b`, and of the result.
    axis : int, optional
        The same for all three.

    Returns
    -------
    Node or ndarray
        The products, along `axisc`.

    Raises
    ------
    ValueError
        If the vectors don't have length 3, or the other axes don't fit together.

    See Also
    --------
    numpy.cross : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([1.0, 0.0, 0.0])
    >>> y = np.cross(a, np.array([0.0, 1.0, 0.0]))
    >>> y.value
    array([0., 0., 1.])
    >>> y.backward(np.array([0.0, 0.0, 1.0]))
    >>> a.grad
    array([1., 0., 0.])
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
    x1, x2 : Node or array_like
        The vectors.
    axis : int, default -1
        Along which axis they lie.

    Returns
    -------
    Node, scalar or ndarray
        One number for each pair of vectors, in the shape of the other axes.

    Raises
    ------
    ValueError
        If the vectors have not one length, or the other axes don't fit together.

    See Also
    --------
    numpy.vecdot, numpy.linalg.vecdot : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0, 2.0], [3.0, 4.0]])
    >>> y = np.vecdot(x, np.array([10.0, 1.0]))
    >>> y.value
    array([12., 34.])
    >>> y.sum().backward()
    >>> x.grad
    array([[10.,  1.],
           [10.,  1.]])
    """
    x1, x2 = (np.moveaxis(as_operand(x), axis, -1) for x in (x1, x2))
    if x1.shape[-1] != x2.shape[-1]:
        raise ValueError(f"vecdot expects vectors of one length, got {x1.shape} and {x2.shape}")
    return np.sum(conjugated(x1) * x2, axis=-1)


@stands_in_for(*existing("matvec"))
def matvec(x1: Any, x2: Any) -> Any:
    """Matrices times vectors, the stacks broadcast: ``x1 @ x2[..., None]`` without that axis.

    Parameters
    ----------
    x1 : Node or array_like
        Matrices of shape (..., m, n).
    x2 : Node or array_like
        Vectors of shape (..., n).

    Returns
    -------
    Node or ndarray
        Vectors of shape (..., m).

    Raises
    ------
    ValueError
        If the shapes don't fit together.

    See Also
    --------
    numpy.matvec : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node, matvec
    >>> x = Node([1.0, 1.0])
    >>> y = matvec(np.array([[1.0, 2.0], [3.0, 4.0]]), x)
    >>> y.sum().backward()
    >>> y.value, x.grad
    (array([3., 7.]), array([4., 6.]))
    """
    return matmul(x1, expand_dims(x2, -1))[..., 0]


@stands_in_for(*existing("vecmat"))
def vecmat(x1: Any, x2: Any) -> Any:
    """Vectors times matrices, the stacks broadcast: ``x1[..., None, :] @ x2``.

    Complex vectors are conjugated.

    Parameters
    ----------
    x1 : Node or array_like
        Vectors of shape (..., m).
    x2 : Node or array_like
        Matrices of shape (..., m, n).

    Returns
    -------
    Node or ndarray
        Vectors of shape (..., n).

    Raises
    ------
    ValueError
        If the shapes don't fit together.

    See Also
    --------
    numpy.vecmat : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node, vecmat
    >>> x = Node([1.0, 1.0])
    >>> y = vecmat(x, np.array([[1.0, 2.0], [3.0, 4.0]]))
    >>> y.sum().backward()
    >>> y.value, x.grad
    (array([4., 6.]), array([3., 7.]))
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
    """The convolution of two sequences. Gradient: g correlated with the other sequence.

    Parameters
    ----------
    a, v : Node or array_like
        Vectors of n and m entries.
    mode : {"full", "same", "valid"}, default "full"
        Every overlap; as many entries as the longer has; or complete overlaps alone.

    Returns
    -------
    Node or ndarray
        A vector of n + m - 1, max(n, m), or max(n, m) - min(n, m) + 1 entries.

    Raises
    ------
    ValueError
        If an input is no vector or has no entries, or `mode` is none of the three.

    See Also
    --------
    numpy.convolve : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> v = Node([1.0, 2.0])
    >>> y = np.convolve(np.array([1.0, 10.0, 100.0]), v)
    >>> y.value
    array([  1.,  12., 120., 200.])
    >>> y.backward(np.array([0.0, 0.0, 1.0, 0.0]))
    >>> v.grad
    array([100.,  10.])
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

    Parameters
    ----------
    a, v : Node or array_like
        Vectors of n and m entries; `v` is slid along `a`.
    mode : {"full", "same", "valid"}, default "valid"
        Every overlap; as many entries as the longer has; or complete overlaps alone.

    Returns
    -------
    Node or ndarray
        A vector of as many entries as of `convolve`; for "valid" max(n, m) - min(n, m) + 1.

    Raises
    ------
    ValueError
        If an input is no vector or has no entries, or `mode` is none of the three.

    See Also
    --------
    numpy.correlate : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> v = Node([1.0, 10.0])
    >>> y = np.correlate(np.array([1.0, 2.0, 3.0]), v)
    >>> y.value
    array([21., 32.])
    >>> y.backward(np.array([1.0, 0.0]))
    >>> v.grad
    array([1., 2.])
    """
    return convolve(a, flip(conjugated(as_operand(v))), mode)


@stands_in_for(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """The value of a polynomial, by Horner's scheme.

    Gradients: g x**k for each coefficient, g p'(x) for x.

    Parameters
    ----------
    p : Node or array_like
        The coefficients, that of the highest power first.
    x : Node or array_like
        Where.

    Returns
    -------
    Node, scalar or ndarray
        In the shape of `x`.

    See Also
    --------
    numpy.polyval : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> p, x = Node([1.0, 0.0, 5.0]), Node(3.0)
    >>> y = np.polyval(p, x)
    >>> y.backward()
    >>> float(y.value), p.grad, float(x.grad)
    (14.0, array([9., 3., 1.]), 6.0)
    """
    p, x = as_operand(p), as_operand(x)
    found = x * 0.0
    for i in range(p.shape[0]):
        found = found * x + p[i]
    return found


@stands_in_for(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:  # noqa: N803
    """The powers of the entries of a vector, as columns. Gradient of x**k: g k x**(k - 1).

    Parameters
    ----------
    x : Node or array_like
        A vector.
    N : int, optional
        The number of columns; as many as rows by default.
    increasing : bool, default False
        Whether the powers grow from left to right.

    Returns
    -------
    Node or ndarray
        Of shape (n, N) for a vector of n entries.

    See Also
    --------
    numpy.vander : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([2.0, 3.0])
    >>> np.vander(x, 3).value
    array([[4., 2., 1.],
           [9., 3., 1.]])
    >>> np.vander(x, 3).sum().backward()
    >>> x.grad
    array([5., 7.])
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
