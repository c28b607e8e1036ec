"""Nested containers as one vector, and back: for optimizers and solvers that want a vector."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .containers import leaves, map_leaves
from .operation import as_operand

__all__ = ["flatten"]


def flatten(container: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Return all numbers of a nest of tuples, lists and dicts as one vector, and the way back.

    Parameters
    ----------
    container : number, array, Node, or nested container of them
        Dicts go by insertion.

    Returns
    -------
    vector : ndarray or Node
        The entries of all arrays, in order; a node if one of them is. Of several dtypes it has
        the one that holds all.
    unflatten : callable
        From such a vector, a node or an array, to the same nest, with the shapes and dtypes as
        they were. Both ways are differentiable. Numbers come back as NumPy's.

    Raises
    ------
    TypeError
        If something in it is neither a number nor an array of numbers.
    ValueError
        Of `unflatten`, if the vector has another length.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import flatten
    >>> vector, unflatten = flatten({"w": np.eye(2), "b": (1.0, 2.0)})
    >>> vector
    array([1., 0., 0., 1., 1., 2.])
    >>> unflatten(10.0 * vector)["b"]
    (np.float64(10.0), np.float64(20.0))
    """
    parts = [as_operand(x) for x in leaves(container)]
    for x in parts:
        if x.dtype.kind not in "fciub":
            raise TypeError(
                f"flatten() expects numbers, arrays and nodes in tuples, lists and dicts, got "
                f"{type(x).__name__} of dtype {x.dtype}"
            )
    vector = np.concatenate([np.ravel(x) for x in parts]) if parts else np.zeros(0)
    shapes = [(x.shape, x.dtype) for x in parts]
    size = sum(math.prod(shape) for shape, _ in shapes)

    def unflatten(vector: Any) -> Any:
        vector = as_operand(vector)
        if vector.shape != (size,):
            raise ValueError(f"unflatten() expects a vector of shape ({size},), got {vector.shape}")
        places = iter(shapes)
        start = 0

        def part(_: Any) -> Any:
            nonlocal start
            shape, dtype = next(places)
            stop = start + math.prod(shape)
            found = vector[start:stop]
            start = stop
            # Whole numbers that became floats in the vector stay so: they may have changed.
            wanted = dtype if dtype.kind in "fc" else found.dtype
            found = np.reshape(found, shape)
            found = found if found.dtype == wanted else found.astype(wanted)
            return found if shape else found[()]

        return map_leaves(part, container)

    return vector, unflatten
