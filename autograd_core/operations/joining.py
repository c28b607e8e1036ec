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
    """Join arrays along an axis that they have.

    Parameters
    ----------
    arrays : sequence of array_like or Node
        They have the same shape but along `axis`.
    axis : int or None, default 0
        Along which axis; None joins the flat arrays.
    dtype : dtype, optional
        The data type of the result.
    casting : str, default "same_kind"
        Which casts to it are allowed.
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
    """Join arrays of one shape along a new axis.

    Parameters
    ----------
    arrays : sequence of array_like or Node
        What to join.
    axis : int, default 0
        Where the new axis stands.
    dtype, casting : optional
        As of `concatenate`.

    Examples
    --------
    >>> from autograd_core import Node, stack
    >>> stack([Node(1.0), Node(2.0)]).value
    array([1., 2.])
    """
    return _stack_row(*_cast_each(arrays, dtype, casting, "stack"), axis=axis)


def _each(prepare: Any, arrays: Any) -> list[Any]:
    return [prepare(x) for x in arrays]


@stands_in_for(np.hstack, takes_lists=True)
def hstack(tup: Any, **options: Any) -> Any:
    """Join side by side: along the second axis, vectors along their only one.

    The options are those of `concatenate`.
    """
    arrays = _each(atleast_1d, tup)
    return concatenate(arrays, axis=0 if np.ndim(arrays[0]) == 1 else 1, **options)


@stands_in_for(np.vstack, takes_lists=True)
def vstack(tup: Any, **options: Any) -> Any:
    """Join below each other: along the first axis, vectors as rows; options of `concatenate`."""
    return concatenate(_each(atleast_2d, tup), **options)


@stands_in_for(np.dstack, takes_lists=True)
def dstack(tup: Any) -> Any:
    """Join along the third axis."""
    return concatenate(_each(atleast_3d, tup), axis=2)


@stands_in_for(np.column_stack, takes_lists=True)
def column_stack(tup: Any) -> Any:
    """Join vectors as the columns of a matrix; matrices side by side."""
    return concatenate(
        [expand_dims(atleast_1d(x), 1) if x.ndim < 2 else x for x in _each(as_operand, tup)], axis=1
    )


@stands_in_for(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Join two arrays along an axis, or flat."""
    return concatenate([arr, values], axis)


@stands_in_for(np.block, takes_lists=True)
def block(arrays: Any) -> Any:
    """Join nested lists of blocks: the innermost along the last axis, the next before that."""
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
    """Take an array apart along an axis, which vanishes."""
    axis = normalize_axis_index(axis, np.ndim(x))
    return tuple(getitem(x, along(axis, i, np.ndim(x))) for i in range(np.shape(x)[axis]))


@stands_in_for(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Take an array apart into pieces along an axis.

    Parameters
    ----------
    ary : array_like or Node
        What to take apart.
    indices_or_sections : int or sequence of int
        The number of pieces, as equal as they can be; or where to cut.
    axis : int, default 0
        Along which axis.
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
    """Take an array apart into equal pieces, or at given places; see `array_split`."""
    axis = normalize_axis_index(axis, np.ndim(ary))
    if np.ndim(indices_or_sections) == 0 and np.shape(ary)[axis] % indices_or_sections:
        raise ValueError(
            f"split can't take {np.shape(ary)[axis]} entries apart into {indices_or_sections} "
            "equal pieces; array_split can do with unequal ones"
        )
    return array_split(ary, indices_or_sections, axis)


@stands_in_for(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Take apart along the second axis, a vector along its only one."""
    return split(ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)


@stands_in_for(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Take apart along the first axis."""
    return split(ary, indices_or_sections, 0)


@stands_in_for(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Take apart along the third axis."""
    return split(ary, indices_or_sections, 2)
