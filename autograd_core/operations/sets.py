"""Sets of entries: what two arrays share, or not. The entries that are taken get the gradient."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..node import raw
from ..numpy_protocol import existing, stands_in_for
from ..operation import as_operand
from .indexing import take
from .joining import concatenate
from .shaping import ravel

__all__ = [
    "intersect1d", "setdiff1d", "setxor1d", "union1d", "unique_all", "unique_counts",
    "unique_inverse", "unique_values",
]  # fmt: skip


def _first_places(x: Any, assume_unique: bool) -> Any:
    """Where each value stands first in a vector, in ascending order of the values."""
    return np.arange(x.shape[0]) if assume_unique else np.unique(raw(x), return_index=True)[1]


@stands_in_for(np.union1d)
def union1d(ar1: Any, ar2: Any) -> Any:
    """The values of both arrays, each once, in ascending order.

    Parameters
    ----------
    ar1, ar2 : Node or array_like
        The arrays, read flat.

    Returns
    -------
    Node or ndarray
        A vector. Of equal entries the first gets the gradient.

    See Also
    --------
    numpy.union1d : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([3.0, 1.0])
    >>> y = np.union1d(x, np.array([2.0, 3.0]))
    >>> y.value
    array([1., 2., 3.])
    >>> y.backward(np.array([10.0, 20.0, 30.0]))
    >>> x.grad
    array([30., 10.])
    """
    both = concatenate([ar1, ar2], axis=None)
    return take(both, _first_places(both, False))


@stands_in_for(np.intersect1d)
def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    """The values that both arrays hold, in ascending order; those of the first are taken.

    Parameters
    ----------
    ar1, ar2 : Node or array_like
        The arrays.
    assume_unique : bool, default False
        Whether each holds a value only once.
    return_indices : bool, default False
        Whether to return where they stand in both, too.

    Returns
    -------
    Node, ndarray or tuple of them
        A vector; with `return_indices` followed by the places in `ar1` and in `ar2`.

    See Also
    --------
    numpy.intersect1d : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([3.0, 1.0, 2.0])
    >>> y = np.intersect1d(x, np.array([2.0, 3.0, 4.0]))
    >>> y.value
    array([2., 3.])
    >>> y.backward(np.array([20.0, 30.0]))
    >>> x.grad
    array([30.,  0., 20.])
    """
    x, y = raw(as_operand(ar1)), raw(as_operand(ar2))
    found = np.intersect1d(x, y, assume_unique, return_indices=True)
    picked = take(ravel(ar1), found[1])
    return (picked, *found[1:]) if return_indices else picked


@stands_in_for(np.setdiff1d)
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """The values of the first array that the second does not hold.

    Parameters
    ----------
    ar1, ar2 : Node or array_like
        The arrays, read flat.
    assume_unique : bool, default False
        Whether each holds a value only once: then the order of the first is kept.

    Returns
    -------
    Node or ndarray
        A vector, in ascending order.

    See Also
    --------
    numpy.setdiff1d : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([3.0, 1.0, 2.0])
    >>> y = np.setdiff1d(x, np.array([2.0]))
    >>> y.value
    array([1., 3.])
    >>> y.backward(np.array([10.0, 30.0]))
    >>> x.grad
    array([30., 10.,  0.])
    """
    x = ravel(as_operand(ar1))
    places = _first_places(x, assume_unique)
    return take(x, places[~np.isin(raw(x)[places], raw(as_operand(ar2)))])


@stands_in_for(np.setxor1d)
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """The values that one of the arrays holds and the other does not, in ascending order.

    Parameters
    ----------
    ar1, ar2 : Node or array_like
        The arrays, read flat.
    assume_unique : bool, default False
        Whether each holds a value only once.

    Returns
    -------
    Node or ndarray
        A vector.

    See Also
    --------
    numpy.setxor1d : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([3.0, 1.0])
    >>> y = np.setxor1d(x, np.array([3.0, 2.0]))
    >>> y.value
    array([1., 2.])
    >>> y.backward(np.array([10.0, 20.0]))
    >>> x.grad
    array([ 0., 10.])
    """
    x, y = ravel(as_operand(ar1)), ravel(as_operand(ar2))
    apart = [
        take(a, places[~np.isin(raw(a)[places], raw(b))])
        for a, b in ((x, y), (y, x))
        for places in [_first_places(a, assume_unique)]
    ]
    both = concatenate(apart)
    return take(both, np.argsort(raw(both), kind="stable"))


class UniqueAll(NamedTuple):
    """What `unique_all` returns."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCounts(NamedTuple):
    """What `unique_counts` returns."""

    values: Any
    counts: Any


class UniqueInverse(NamedTuple):
    """What `unique_inverse` returns."""

    values: Any
    inverse_indices: Any


@stands_in_for(*existing("unique_all"))
def unique_all(x: Any) -> UniqueAll:
    """The values, each once, where they stand first, which of them each entry is, and how often.

    nan equals nothing, so each counts as a value of its own.

    Parameters
    ----------
    x : Node or array_like
        The entries.

    Returns
    -------
    UniqueAll
        A named tuple: ``values`` in ascending order, ``indices``, ``inverse_indices`` in the shape
        of `x`, ``counts``. The first of equal entries gets the gradient.

    See Also
    --------
    numpy.unique_all : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([2.0, 1.0, 2.0])
    >>> found = np.unique_all(x)
    >>> found.values.value, found.indices, found.inverse_indices, found.counts
    (array([1., 2.]), array([1, 0]), array([1, 0, 1]), array([1, 2]))
    >>> found.values.backward(np.array([10.0, 20.0]))
    >>> x.grad
    array([20., 10.,  0.])
    """
    x = as_operand(x)
    _, places, inverse, counts = np.unique(
        raw(x), return_index=True, return_inverse=True, return_counts=True, equal_nan=False
    )
    return UniqueAll(take(x, places), places, inverse.reshape(x.shape), counts)


@stands_in_for(*existing("unique_counts"))
def unique_counts(x: Any) -> UniqueCounts:
    """The values, each once, and how often each stands there; see `unique_all`.

    Parameters
    ----------
    x : Node or array_like
        The entries.

    Returns
    -------
    UniqueCounts
        A named tuple: ``values`` in ascending order, and ``counts``.

    See Also
    --------
    numpy.unique_counts : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([2.0, 1.0, 2.0])
    >>> values, counts = np.unique_counts(x)
    >>> values.value, counts
    (array([1., 2.]), array([1, 2]))
    >>> (values * counts).sum().backward()
    >>> x.grad
    array([2., 1., 0.])
    """
    found = unique_all(x)
    return UniqueCounts(found.values, found.counts)


@stands_in_for(*existing("unique_inverse"))
def unique_inverse(x: Any) -> UniqueInverse:
    """The values, each once, and which of them each entry is; see `unique_all`.

    Parameters
    ----------
    x : Node or array_like
        The entries.

    Returns
    -------
    UniqueInverse
        A named tuple: ``values`` in ascending order, and ``inverse_indices`` in the shape of `x`.

    See Also
    --------
    numpy.unique_inverse : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([2.0, 1.0, 2.0])
    >>> values, places = np.unique_inverse(x)
    >>> values.value, places
    (array([1., 2.]), array([1, 0, 1]))
    >>> values[places].sum().backward()
    >>> x.grad
    array([2., 1., 0.])
    """
    found = unique_all(x)
    return UniqueInverse(found.values, found.inverse_indices)


@stands_in_for(*existing("unique_values"))
def unique_values(x: Any) -> Any:
    """The values, each once, in ascending order; see `unique_all`.

    Parameters
    ----------
    x : Node or array_like
        The entries.

    Returns
    -------
    Node or ndarray
        A vector; the first of equal entries gets the gradient.

    See Also
    --------
    numpy.unique_values : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([2.0, 1.0, 2.0])
    >>> np.unique_values(x).backward(np.array([10.0, 20.0]))
    >>> x.grad
    array([20., 10.,  0.])
    """
    return unique_all(x).values
