"""Sums and maxima of small matrices, on the shortest way that NumPy has.

A small network spends its time in calls, not in numbers. BLAS adds up columns and rows in a quarter
of the time that ``np.add.reduce`` takes, but in another order, to other last bits. So it is done
by shape and dtype alone, in one place, from which the engine and whatever has to come to the same
bits take it: forward as backward, on arrays as in a recorded program.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

_ndarray = np.ndarray
_add_reduce: Any = np.add.reduce  # by position where it is called often: keywords cost time
_maximum_reduce: Any = np.maximum.reduce

_MOST_SUMMED, _LARGEST = 4096, 2**21
"""Sums of so many entries, or of larger matrices, are left to NumPy, which takes no copy."""

_SHORT_ROW = 16
"""Up to so many columns, and from so many rows on, maxima are found faster along the columns."""


@lru_cache(maxsize=64)
def ones(shape: tuple[int, ...] | int, dtype: np.dtype[Any]) -> Any:
    """Ones that nobody can change, made once.

    Examples
    --------
    >>> ones(3, np.dtype(np.float32))
    array([1., 1., 1.], dtype=float32)
    """
    array = np.ones(shape, dtype)
    array.flags.writeable = False
    return array


def is_summed_by_blas(shape: tuple[int, ...], dtype: np.dtype[Any], axis: int) -> bool:
    """Whether `total` multiplies a matrix with ones to sum it along an axis.

    Parameters
    ----------
    shape, dtype
        Of the array: a matrix, or a stack of them, whose rows count as those of one.
    axis : {0, 1}
        Along which axis of the matrix.

    Examples
    --------
    >>> is_summed_by_blas((64, 10), np.dtype(np.float32), 0)
    True
    >>> is_summed_by_blas((64, 10), np.dtype(np.int64), 0)
    False
    """
    if len(shape) < 2 or dtype.char not in "fd":
        return False
    matrix = as_matrix(shape)
    return matrix[axis] < _MOST_SUMMED and matrix[0] * matrix[1] <= _LARGEST


def as_matrix(shape: tuple[int, ...]) -> tuple[int, int]:
    """The shape of all rows of a stack of matrices, one below the other.

    Examples
    --------
    >>> as_matrix((64, 12, 32))
    (768, 32)
    """
    return math.prod(shape[:-1]), shape[-1]


@lru_cache(maxsize=128)
def _factor(shape: tuple[int, ...], dtype: np.dtype[Any], axis: int) -> Any:
    """The ones that sum such an array along an axis; None where NumPy does it."""
    if len(shape) != 2 or not is_summed_by_blas(shape, dtype, axis):
        return None
    return ones(shape[0] if axis == 0 else (shape[1], 1), dtype)


def total(x: Any, /, axis: Any = None, keepdims: bool = False) -> Any:
    """``x.sum(axis, keepdims=keepdims)``: the operation `sum` on arrays.

    BLAS computes what the engine itself sums: over the samples (and the steps of sequences), which
    it writes as ``axis=(0,)`` (as ``axis=(0, 1)``), and over the classes, as
    ``axis=-1, keepdims=True``. What users sum along an axis has the bits that NumPy gives it.

    Parameters
    ----------
    x : number or ndarray
        What is summed.
    axis : int, tuple of int or None
        Along which axes.
    keepdims : bool, default False
        Whether they stay, with length 1.

    Examples
    --------
    >>> total(np.array([[1.0, 2.0], [3.0, 4.0]]), (0,))
    array([4., 6.])
    """
    if type(x) is _ndarray:
        if type(axis) is tuple and axis and not keepdims and axis == leading(x.ndim):
            return sum_over_samples(x if x.ndim == 2 else x.reshape(as_matrix(x.shape)))
        if axis == -1 and keepdims:
            return sum_kept(x, axis)
    return _add_reduce(x, axis, None, None, keepdims)


@lru_cache(maxsize=64)
def leading(ndim: int) -> tuple[int, ...]:
    """All axes but the last.

    Examples
    --------
    >>> leading(3)
    (0, 1)
    """
    return tuple(range(ndim - 1))


def sum_over_samples(x: Any) -> Any:
    """The sum of an array along its first axis: what a bias gets of a batch.

    Examples
    --------
    >>> sum_over_samples(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([4., 6.])
    """
    row = _factor(x.shape, x.dtype, 0)
    return np.add.reduce(x, axis=0) if row is None else row.dot(x)


def sum_kept(x: Any, axis: Any) -> Any:
    """The sums of an array or a node along an axis, which stays with length 1.

    Examples
    --------
    >>> sum_kept(np.array([[1.0, 2.0], [3.0, 4.0]]), -1)
    array([[3.],
           [7.]])
    """
    if axis == -1 and type(x) is _ndarray and x.ndim > 1:
        rows = x if x.ndim == 2 else x.reshape(as_matrix(x.shape))
        column = _factor(rows.shape, x.dtype, 1)
        if column is not None:
            sums = rows.dot(column)
            return sums if rows is x else sums.reshape(*x.shape[:-1], 1)
    return np.add.reduce(x, axis=axis, keepdims=True)


def takes_columns(shape: tuple[int, ...]) -> bool:
    """Whether `largest_kept` goes along the columns of a matrix of this shape.

    Examples
    --------
    >>> takes_columns((64, 10)), takes_columns((64, 784))
    (True, False)
    """
    if len(shape) < 2:
        return False
    rows, columns = as_matrix(shape)
    return columns <= _SHORT_ROW <= rows


def largest_kept(x: Any, axis: Any) -> Any:
    """The largest entries of an array along an axis, which stays with length 1.

    Examples
    --------
    >>> largest_kept(np.array([[1.0, 2.0], [4.0, 3.0]]), -1)
    array([[2.],
           [4.]])
    """
    if axis == -1 and type(x) is _ndarray and takes_columns(x.shape):
        if x.ndim == 2:
            return _maximum_reduce(x.T.copy(), 0)[:, None]
        columns = x.reshape(as_matrix(x.shape)).T.copy()
        return _maximum_reduce(columns, 0).reshape(*x.shape[:-1], 1)
    return _maximum_reduce(x, axis, None, None, True)
