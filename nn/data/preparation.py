"""Preparing data: one-hot labels, pixel ranges, shuffled batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt


def one_hot(
    labels: npt.ArrayLike, classes: int, dtype: npt.DTypeLike = np.float32
) -> npt.NDArray[Any]:
    """Write each label as a row of zeros with a one at its class.

    Parameters
    ----------
    labels : array_like of int, shape (n,)
        Class numbers from 0 to classes - 1.
    classes : int
        Number of classes k.
    dtype : dtype, default float32
        Type of the result.

    Returns
    -------
    ndarray, shape (n, classes)
        The rows.

    Raises
    ------
    ValueError
        If a label is no integer in that range, or there is more than one axis.

    References
    ----------
    Lecture 000, "SoftMax Activation Function": labels as one-hot vectors y.

    Examples
    --------
    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    found = np.asarray(labels)
    if found.ndim != 1 or found.dtype.kind not in "iu":
        raise ValueError(
            f"one_hot() expects one axis of integer labels, got shape {found.shape} of "
            f"{found.dtype}. Write labels.astype(int).ravel() if they are whole numbers"
        )
    if found.size and not 0 <= found.min() <= found.max() < classes:
        raise ValueError(
            f"one_hot() expects labels from 0 to {classes - 1} (classes={classes}), got values "
            f"from {found.min()} to {found.max()}"
        )
    rows = np.zeros((found.size, classes), dtype)
    rows[np.arange(found.size), found] = 1
    return rows


def scale_pixels(
    images: npt.ArrayLike,
    low: float = 0.0,
    high: float = 1.0,
    *,
    white: float = 255.0,
    dtype: npt.DTypeLike = np.float32,
) -> npt.NDArray[Any]:
    """Map grey levels from 0..white to low..high by a straight line.

    Parameters
    ----------
    images : array_like
        Grey levels, of any shape.
    low, high : float, default 0 and 1
        What black and white become.
    white : float, default 255
        The level of white.
    dtype : dtype, default float32
        Type of the result.

    Returns
    -------
    ndarray
        The mapped levels, in the same shape.

    References
    ----------
    Lecture 002, "Initialization": normalise pixel data by a linear mapping.

    Examples
    --------
    >>> scale_pixels([0, 255], -1.0, 1.0)
    array([-1.,  1.], dtype=float32)
    """
    scaled = np.asarray(images).astype(dtype)
    scaled *= (high - low) / white
    if low:
        scaled += low
    return scaled


def batches(
    x: npt.NDArray[Any],
    y: npt.NDArray[Any],
    batch_size: int,
    generator: np.random.Generator | None = None,
) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """Yield (x, y) in batches, the last one smaller where the number does not come out even.

    Parameters
    ----------
    x, y : ndarray
        Samples and labels, with the samples along the first axis.
    batch_size : int
        Samples per batch; 1 is stochastic, len(x) batch gradient descent (lecture 003).
    generator : numpy.random.Generator, optional
        Shuffles the samples; in their order without.

    Yields
    ------
    tuple of ndarray
        The rows of one batch.

    Raises
    ------
    ValueError
        If the lengths differ, or the batch size is no whole number from 1.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.arange(5.0), np.arange(5)
    >>> [len(labels) for _, labels in batches(x, y, 2)]
    [2, 2, 1]
    """
    checked_batch_size(batch_size)
    if len(x) != len(y):
        raise ValueError(f"expected as many labels as samples, got {len(y)} and {len(x)}")
    return _batches(x, y, batch_size, generator)


def checked_batch_size(batch_size: int) -> None:
    """Raise where a batch size is no whole number from 1."""
    if not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise ValueError(f"batch_size expects a whole number from 1, got {batch_size!r}")


def _batches(
    x: npt.NDArray[Any],
    y: npt.NDArray[Any],
    batch_size: int,
    generator: np.random.Generator | None,
) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    order = None if generator is None else generator.permutation(len(x))
    for start in range(0, len(x), batch_size):
        stop = start + batch_size
        rows = slice(start, stop) if order is None else order[start:stop]
        yield x[rows], y[rows]
