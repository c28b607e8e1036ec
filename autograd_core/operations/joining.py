"""Joining arrays, and taking them apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..numpy_protocol import existing, stands_in_for
from ..operation import EveryInput, Operation, as_operand
from ..ufunc_options import cast
from ..values import PYTHON_NUMBERS
from .indexing import along, getitem
from .shaping import atleast_1d, atleast_2d, atleast_3d, expand_dims, ravel

__all__ = [
    "append", "array_split", "block", "column_stack", "concatenate", "dsplit", "dstack", "hsplit",
    "hstack", "split", "stack", "unstack", "vsplit", "vstack",
]  # fmt: skip


def _concatenate_rule(position: int, g: Any, out: Any, *arrays: Any, axis: int) -> Any:
    start = sum(np.shape(x)[axis] for x in arrays[:position])
    stop = start + np.shape(arrays[position])[axis]
    return g[along(axis, slice(start, stop), np.ndim(g))]


_concatenate_row = Operation(
    "concatenate",
    lambda *arrays, axis=0: np.concatenate(arrays, axis=axis),
    EveryInput(_concatenate_rule),
)


@stands_in_for(*existing("concatenate", "concat"), takes_lists=True)
def concatenate(
    arrays: Any, /, axis: int | None = 0, *, dtype: Any = None, casting: str = "same_kind"
) -> Any:
    """Join arrays along an axis that they have. Each gets its part of the gradient.

    Parameters
    ----------
    arrays : sequence of Node or array_like
        They have the same shape but along `axis`.
    axis : int or None, default 0
        Along which axis; None joins the flat arrays.
    dtype : dtype, optional
        The data type of the result.
    casting : str, default "same_kind"
        Which casts to it are allowed.

    Returns
    -------
    Node or ndarray
        Along `axis` as many entries as all of them, else in their shape.

    Raises
    ------
    ValueError
        If there are no arrays, or their shapes differ beside `axis`.
    np.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    numpy.concatenate, numpy.concat : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a, b = Node([1.0]), Node([2.0, 3.0])
    >>> y = np.concatenate([a, b])
    >>> y.value
    array([1., 2., 3.])
    >>> y.backward(np.array([10.0, 20.0, 30.0]))
    >>> a.grad, b.grad
    (array([10.]), array([20., 30.]))
    """
    arrays = _cast_each(arrays, dtype, casting, "concatenate")
    if axis is None:  # where Python's numbers have no say in the data type, as in NumPy
        kind = np.result_type(
            *(x if type(x) in PYTHON_NUMBERS else as_operand(x).dtype for x in arrays)
        )
        arrays = [kind.type(x) if type(x) in PYTHON_NUMBERS else x for x in arrays]
        arrays, axis = [ravel(x) for x in arrays], 0
    return _concatenate_row(*arrays, axis=axis)


def _cast_each(arrays: Any, dtype: Any, casting: str, called: str) -> Any:
    if dtype is None:
        return arrays
    return [cast(x, dtype, casting, called) for x in arrays]


_stack_row = Operation(
    "stack",
    lambda *arrays, axis=0: np.stack(arrays, axis=axis),
    EveryInput(
        lambda position, g, out, *arrays, axis: g[along(axis, position, np.ndim(g))],
    ),
)


@stands_in_for(np.stack, takes_lists=True)
def stack(arrays: Any, axis: int = 0, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """Join arrays of one shape along a new axis. Each gets its part of the gradient.

    Parameters
    ----------
    arrays : sequence of Node or array_like
        What to join.
    axis : int, default 0
        Where the new axis stands.
    dtype, casting : optional
        As of `concatenate`.

    Returns
    -------
    Node or ndarray
        In the shape of the arrays, with `axis` as long as there are arrays.

    Raises
    ------
    ValueError
        If there are no arrays, or their shapes differ.

    See Also
    --------
    numpy.stack : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a, b = Node(1.0), Node(2.0)
    >>> y = np.stack([a, b])
    >>> y.value
    array([1., 2.])
    >>> (y * np.array([10.0, 20.0])).sum().backward()
    >>> a.grad, b.grad
    (np.float64(10.0), np.float64(20.0))
    """
    return _stack_row(*_cast_each(arrays, dtype, casting, "stack"), axis=axis)


def _each(prepare: Any, arrays: Any) -> list[Any]:
    return [prepare(x) for x in arrays]


@stands_in_for(np.hstack, takes_lists=True)
def hstack(tup: Any, **options: Any) -> Any:
    """Join side by side: along the second axis, vectors along their only one.

    The options are those of `concatenate`.

    Parameters
    ----------
    tup : sequence of Node or array_like
        What to join.
    **options : optional
        ``dtype`` and ``casting``, as of `concatenate`.

    Returns
    -------
    Node or ndarray
        As of `concatenate`.

    Raises
    ------
    ValueError
        If there are no arrays, or their shapes differ beside the axis.

    See Also
    --------
    numpy.hstack : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a, b = Node([1.0]), Node([2.0, 3.0])
    >>> y = np.hstack([a, b])
    >>> y.value
    array([1., 2., 3.])
    >>> y.backward(np.array([10.0, 20.0, 30.0]))
    >>> b.grad
    array([20., 30.])
    """
    arrays = _each(atleast_1d, tup)
    return concatenate(arrays, axis=0 if arrays and np.ndim(arrays[0]) == 1 else 1, **options)


@stands_in_for(np.vstack, takes_lists=True)
def vstack(tup: Any, **options: Any) -> Any:
    """Join below each other: along the first axis, vectors as rows.

    The options are those of `concatenate`.

    Parameters
    ----------
    tup : sequence of Node or array_like
        What to join.
    **options : optional
        ``dtype`` and ``casting``, as of `concatenate`.

    Returns
    -------
    Node or ndarray
        As of `concatenate`, of two axes or more.

    Raises
    ------
    ValueError
        If there are no arrays, or their shapes differ beside the axis.

    See Also
    --------
    numpy.vstack : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a, b = Node([1.0, 2.0]), Node([3.0, 4.0])
    >>> y = np.vstack([a, b])
    >>> y.value
    array([[1., 2.],
           [3., 4.]])
    >>> y[1].sum().backward()
    >>> a.grad, b.grad
    (array([0., 0.]), array([1., 1.]))
    """
    return concatenate(_each(atleast_2d, tup), **options)


@stands_in_for(np.dstack, takes_lists=True)
def dstack(tup: Any) -> Any:
    """Join along the third axis; numbers, vectors and matrices get further axes as of `atleast_3d`.

    Parameters
    ----------
    tup : sequence of Node or array_like
        What to join.

    Returns
    -------
    Node or ndarray
        As of `concatenate`, of three axes or more.

    Raises
    ------
    ValueError
        If there are no arrays, or their shapes differ beside the axis.

    See Also
    --------
    numpy.dstack : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a, b = Node([1.0, 2.0]), Node([3.0, 4.0])
    >>> y = np.dstack([a, b])
    >>> y.value
    array([[[1., 3.],
            [2., 4.]]])
    >>> y[0, 1].sum().backward()
    >>> a.grad, b.grad
    (array([0., 1.]), array([0., 1.]))
    """
    return concatenate(_each(atleast_3d, tup), axis=2)


@stands_in_for(np.column_stack, takes_lists=True)
def column_stack(tup: Any) -> Any:
    """Join vectors as the columns of a matrix; matrices side by side.

    Parameters
    ----------
    tup : sequence of Node or array_like
        What to join.

    Returns
    -------
    Node or ndarray
        A matrix of as many rows as the vectors have entries.

    Raises
    ------
    ValueError
        If there are no arrays, or they have not as many rows.

    See Also
    --------
    numpy.column_stack : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a, b = Node([1.0, 2.0]), Node([3.0, 4.0])
    >>> y = np.column_stack([a, b])
    >>> y.value
    array([[1., 3.],
           [2., 4.]])
    >>> y[:, 1].sum().backward()
    >>> a.grad, b.grad
    (array([0., 0.]), array([1., 1.]))
    """
    return concatenate(
        [expand_dims(atleast_1d(x), 1) if x.ndim < 2 else x for x in _each(as_operand, tup)], axis=1
    )


@stands_in_for(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Join two arrays along an axis, or flat. Each gets its part of the gradient.

    Parameters
    ----------
    arr, values : Node or array_like
        What to join.
    axis : int, optional
        Along which axis; the flat arrays by default.

    Returns
    -------
    Node or ndarray
        A vector without `axis`, else as of `concatenate`.

    Raises
    ------
    ValueError
        If the shapes differ beside `axis`.

    See Also
    --------
    numpy.append : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0])
    >>> y = np.append(x, 3.0)
    >>> y.value
    array([1., 2., 3.])
    >>> y.backward(np.array([10.0, 20.0, 30.0]))
    >>> x.grad
    array([10., 20.])
    """
    return concatenate([arr, values], axis)


@stands_in_for(np.block, takes_lists=True)
def block(arrays: Any) -> Any:
    """Join nested lists of blocks: the innermost along the last axis, the next before that.

    Each block gets its part of the gradient.

    Parameters
    ----------
    arrays : Node, array_like, or nested list of them
        The blocks; of a matrix a list of its rows of blocks.

    Returns
    -------
    Node or ndarray
        Of as many axes as the lists are deep, or the blocks have.

    Raises
    ------
    ValueError
        If the blocks don't fit together.

    See Also
    --------
    numpy.block : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([[1.0, 2.0]])
    >>> y = np.block([[a], [3.0 * a]])
    >>> y.value
    array([[1., 2.],
           [3., 6.]])
    >>> y.sum().backward()
    >>> a.grad
    array([[4., 4.]])
    """
    ndim = max(_depth(arrays), *_ndims(arrays))
    return _joined(arrays, ndim, axis=ndim - _depth(arrays))


def _joined(part: Any, ndim: int, axis: int) -> Any:
    if isinstance(part, list):
        return concatenate([_joined(inner, ndim, axis + 1) for inner in part], axis=axis)
    part = as_operand(part)
    return part.reshape((1,) * (ndim - part.ndim) + tuple(part.shape))


def _depth(arrays: Any) -> int:
    return 1 + max(_depth(part) for part in arrays) if isinstance(arrays, list) else 0


def _ndims(arrays: Any) -> list[int]:
    if not isinstance(arrays, list):
        return [np.ndim(arrays)]
    return [ndim for part in arrays for ndim in _ndims(part)]


@stands_in_for(*existing("unstack"))
def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """Take an array apart along an axis, which vanishes. The gradients of the parts are joined.

    Parameters
    ----------
    x : Node or array_like
        The entries.
    axis : int, default 0
        Along which axis.

    Returns
    -------
    tuple of Node or ndarray
        As many as the axis is long.

    Raises
    ------
    np.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    numpy.unstack : the same; given a Node, it records, too.

    Examples
    --------
    >>> from autograd_core import Node, unstack
    >>> x = Node([[1.0, 2.0], [3.0, 4.0]])
    >>> first, second = unstack(x)
    >>> second.sum().backward()
    >>> x.grad
    array([[0., 0.],
           [1., 1.]])
    """
    axis = normalize_axis_index(axis, np.ndim(x))
    return tuple(getitem(x, along(axis, i, np.ndim(x))) for i in range(np.shape(x)[axis]))


@stands_in_for(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Take an array apart into pieces along an axis. The gradients of the pieces are joined.

    Parameters
    ----------
    ary : Node or array_like
        What to take apart.
    indices_or_sections : int or sequence of int
        The number of pieces, as equal as they can be; or where to cut.
    axis : int, default 0
        Along which axis.

    Returns
    -------
    list of Node or ndarray
        The pieces; of n entries in k pieces n % k have one entry more than the others.

    Raises
    ------
    ValueError
        If the number of pieces is not positive.
    np.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    numpy.array_split : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0, 3.0])
    >>> first, second = np.array_split(x, 2)
    >>> first.value, second.value
    (array([1., 2.]), array([3.]))
    >>> first.sum().backward()
    >>> x.grad
    array([1., 1., 0.])
    """
    axis = normalize_axis_index(axis, np.ndim(ary))
    cuts = indices_or_sections
    if np.ndim(cuts) == 0:
        pieces = np.array_split(np.arange(np.shape(ary)[axis]), cuts)
        cuts = np.cumsum([len(piece) for piece in pieces[:-1]], dtype=int).tolist()
    parts = zip([0, *cuts], [*cuts, None], strict=True)
    return [getitem(ary, along(axis, slice(a, b), np.ndim(ary))) for a, b in parts]


@stands_in_for(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Take an array apart into equal pieces, or at given places; see `array_split`.

    Parameters
    ----------
    ary : Node or array_like
        What to take apart.
    indices_or_sections : int or sequence of int
        The number of pieces; or where to cut.
    axis : int, default 0
        Along which axis.

    Returns
    -------
    list of Node or ndarray
        The pieces.

    Raises
    ------
    ValueError
        If the number of pieces does not divide the number of entries.
    np.exceptions.AxisError
        If there is no such axis.

    See Also
    --------
    numpy.split : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 2.0, 3.0, 4.0])
    >>> [part.value for part in np.split(x, 2)]
    [array([1., 2.]), array([3., 4.])]
    >>> [part.value for part in np.split(x, [1, 3])]
    [array([1.]), array([2., 3.]), array([4.])]
    """
    axis = normalize_axis_index(axis, np.ndim(ary))
    if np.ndim(indices_or_sections) == 0 and np.shape(ary)[axis] % indices_or_sections:
        raise ValueError(
            f"split can't take {np.shape(ary)[axis]} entries apart into {indices_or_sections} "
            "equal pieces; array_split can do with unequal ones"
        )
    return array_split(ary, indices_or_sections, axis)


@stands_in_for(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Take apart along the second axis, a vector along its only one.

    Parameters
    ----------
    ary : Node or array_like
        What to take apart.
    indices_or_sections : int or sequence of int
        The number of pieces; or where to cut.

    Returns
    -------
    list of Node or ndarray
        The pieces.

    Raises
    ------
    ValueError
        If the number of pieces does not divide the number of entries.

    See Also
    --------
    numpy.hsplit : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0, 2.0], [3.0, 4.0]])
    >>> left, right = np.hsplit(x, 2)
    >>> left.value
    array([[1.],
           [3.]])
    >>> left.sum().backward()
    >>> x.grad
    array([[1., 0.],
           [1., 0.]])
    """
    return split(ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)


@stands_in_for(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Take apart along the first axis.

    Parameters
    ----------
    ary : Node or array_like
        What to take apart.
    indices_or_sections : int or sequence of int
        The number of pieces; or where to cut.

    Returns
    -------
    list of Node or ndarray
        The pieces.

    Raises
    ------
    ValueError
        If the number of pieces does not divide the number of entries.

    See Also
    --------
    numpy.vsplit : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0, 2.0], [3.0, 4.0]])
    >>> upper, lower = np.vsplit(x, 2)
    >>> upper.value
    array([[1., 2.]])
    >>> upper.sum().backward()
    >>> x.grad
    array([[1., 1.],
           [0., 0.]])
    """
    return split(ary, indices_or_sections, 0)


@stands_in_for(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Take apart along the third axis.

    Parameters
    ----------
    ary : Node or array_like
        What to take apart, of at least three axes.
    indices_or_sections : int or sequence of int
        The number of pieces; or where to cut.

    Returns
    -------
    list of Node or ndarray
        The pieces.

    Raises
    ------
    ValueError
        If the number of pieces does not divide the number of entries.

    See Also
    --------
    numpy.dsplit : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node(np.ones((1, 2, 3)))
    >>> front, back = np.dsplit(x, [1])
    >>> front.shape, back.shape
    ((1, 2, 1), (1, 2, 2))
    >>> front.sum().backward()
    >>> x.grad
    array([[[1., 0., 0.],
            [1., 0., 0.]]])
    """
    return split(ary, indices_or_sections, 2)
