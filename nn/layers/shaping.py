"""Layers that arrange the entries of each sample anew."""

from __future__ import annotations

import math
from collections.abc import Iterable

from autograd_core import Node, reshape

from ..checks import cut, whole_number
from ..formulas import Formulas
from .layer import Batch, Layer

__all__ = ["Flatten", "Reshape"]

_MOST_AXES = 64
"""Of NumPy's arrays, one of which is that of the batch."""


class Flatten(Layer):
    """Each sample's entries in one row, such as the pixels of an image.

    Raises
    ------
    ValueError
        When called: if the batch is a single number.

    References
    ----------
    Lecture 003, "Fully Connected Layer, Image Data": (1 x 3 x 3) -> (1 x 9).

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Flatten
    >>> Flatten()(np.ones((1, 3, 3))).shape
    (1, 9)
    """

    linear = True
    formulas = Formulas("Y = X, each sample in a row", ("E′ = E in the shape of X",))

    def apply(self, x: Batch) -> Node:
        """Reshape to (samples, entries)."""
        shape = _with_samples(self, x)
        return reshape(x, (shape[0], math.prod(shape[1:])))

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        return (math.prod(shape),)


class Reshape(Layer):
    """Each sample's entries in another shape, in the same order.

    Parameters
    ----------
    shape : tuple of int, or int
        Shape of one sample, without the axis of the batch; one entry may be -1 and follows from
        the others.

    Raises
    ------
    ValueError
        If `shape` is not made of whole numbers from 1 and at most one -1; when called, if the
        entries of a sample don't fit.

    References
    ----------
    Lecture 003, "Fully Connected Layer, Image Data", and its way back.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Reshape
    >>> Reshape((28, 28))(np.ones((5, 784))).shape
    (5, 28, 28)
    >>> Reshape((4, -1)).output_shape((784,))
    (4, 196)
    """

    linear = True
    formulas = Formulas("Y = X in another shape", ("E′ = E in the shape of X",))

    def __init__(self, shape: int | Iterable[int]) -> None:
        try:
            axes = tuple(shape) if isinstance(shape, Iterable) else (shape,)
            if len(axes) >= _MOST_AXES:
                raise ValueError
            self.shape = tuple(
                -1 if axis == -1 else whole_number("Reshape", "shape", axis) for axis in axes
            )
        except ValueError:
            self.shape = (-1, -1)  # what is refused next
        if self.shape.count(-1) > 1:
            raise ValueError(
                "Reshape(shape) expects whole numbers from 1, of which one may be -1, fewer than "
                f"{_MOST_AXES}; got {cut(shape)}. Write for example Reshape((28, 28)), without the "
                "batch"
            )

    def apply(self, x: Batch) -> Node:
        """Reshape to ``(samples, *shape)``."""
        samples, *shape = _with_samples(self, x)
        return reshape(x, (samples, *self.output_shape(tuple(shape))))

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer."""
        entries = math.prod(shape)
        known = math.prod(axis for axis in self.shape if axis != -1)
        if entries % known if -1 in self.shape else entries != known:
            raise ValueError(
                f"{self!r} expects samples with {known} entries{' times n' * (-1 in self.shape)}, "
                f"got samples of shape {shape}, which have {entries}"
            )
        return tuple(entries // known if axis == -1 else axis for axis in self.shape)


def _with_samples(layer: Layer, x: Batch) -> tuple[int, ...]:
    """Return the shape of a batch, or raise where it has no axis of samples."""
    if not x.shape:
        raise ValueError(f"{layer!r} expects samples along the first axis, got a single number")
    return tuple(x.shape)
