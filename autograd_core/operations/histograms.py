"""Histograms: differentiable by the weights, and by the edges that lie where the data ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..containers import map_leaves
from ..errors import refuse_complex
from ..node import Node, raw
from ..numpy_protocol import stands_in_for
from ..operation import as_operand
from .indexing import getitem, scatter_add
from .joining import stack
from .scans import linspace
from .shaping import astype, ravel

__all__ = ["histogram", "histogram2d", "histogram_bin_edges", "histogramdd"]


@stands_in_for(np.histogram_bin_edges)
def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    """The edges of the bins of a histogram.

    The outermost are the least and the largest entry, or `range`, and get the gradient.

    Parameters
    ----------
    a : Node or array_like
        The data.
    bins : int, str or array_like, default 10
        How many bins of one width, the name of a rule for their number, or the edges themselves.
    range : pair of float or Node, optional
        The outermost edges.
    weights : Node or array_like, optional
        What each entry counts; some rules look at it.

    Returns
    -------
    Node or ndarray
        One edge more than bins, in ascending order.

    Raises
    ------
    TypeError
        If the data is complex.
    ValueError
        If there are not one or more bins, or edges don't ascend.

    See Also
    --------
    numpy.histogram_bin_edges : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([0.0, 1.0, 4.0])
    >>> edges = np.histogram_bin_edges(a, bins=2)
    >>> edges.value
    array([0., 2., 4.])
    >>> edges[1].backward()
    >>> a.grad
    array([0.5, 0. , 0.5])
    """
    refuse_complex("histogram_bin_edges", a)
    plain = np.histogram_bin_edges(*map_leaves(raw, (a, bins, range, weights)))
    if not isinstance(bins, str) and np.ndim(bins) == 1:
        return _as_row(bins)
    if range is None and not np.size(a):
        return plain
    return _edges(a, range, plain)


def _edges(a: Any, range: Any, plain: Any) -> Any:
    """Edges of equal distances: as NumPy has them, unless the outermost are nodes."""
    first, last = (np.min(a), np.max(a)) if range is None else range
    if type(first) is not Node and type(last) is not Node:
        return plain
    if raw(first) == raw(last):
        first, last = first - 0.5, last + 0.5
    edges = linspace(1.0 * first, 1.0 * last, len(plain))
    return edges if edges.dtype == plain.dtype else astype(edges, plain.dtype)


def _as_row(numbers: Any) -> Any:
    """Numbers of which some may be nodes as one row."""
    if isinstance(numbers, Sequence) and any(type(x) is Node for x in numbers):
        return stack(numbers)
    return as_operand(numbers)


@stands_in_for(np.histogram)
def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Any, Any]:
    """How many entries fall in each bin, or the sum of their weights; and the edges.

    The counts change in steps; sums are differentiated for the weights, and a density for the
    edges too.

    Parameters
    ----------
    a : Node or array_like
        The data.
    bins, range : optional
        The bins, 10 of one width by default; see `histogram_bin_edges`.
    density : bool, optional
        Whether to divide by the widths of the bins and by the sum.
    weights : Node or array_like, optional
        What each entry counts, in the shape of `a`.

    Returns
    -------
    counts, edges : Node or ndarray
        One number per bin, and one edge more. The last bin holds its upper edge too.

    Raises
    ------
    TypeError
        If the data or the weights are complex.
    ValueError
        If the weights have another shape, there are not one or more bins, or edges don't ascend.

    See Also
    --------
    numpy.histogram : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> w = Node([1.0, 2.0, 4.0])
    >>> sums, edges = np.histogram([0.5, 1.5, 1.6], bins=2, range=(0.0, 2.0), weights=w)
    >>> sums.value, edges
    (array([1., 6.]), array([0., 1., 2.]))
    >>> sums[1].backward()
    >>> w.grad
    array([0., 1., 1.])
    """
    refuse_complex("histogram", a, _as_row(weights))
    plain, _ = np.histogram(*map_leaves(raw, (a, bins, range, False, weights)))
    edges = histogram_bin_edges(a, bins, range, weights)
    found = plain
    if weights is not None:
        found = _sums([as_operand(a).reshape(-1)], [edges], weights, plain)
    if density:
        found = found / np.diff(edges) / np.sum(found)
    return found, edges


def _sums(columns: list[Any], edges: list[Any], weights: Any, plain: Any) -> Any:
    """The weights summed over the bins in which the entries of all columns lie."""
    if type(_as_row(weights)) is not Node:
        return plain
    inside: Any = True
    index = []
    for column, row in zip(map(raw, columns), map(raw, edges), strict=True):
        place = np.searchsorted(row, column, side="right") - 1
        place[column == row[-1]] -= 1  # the last bin is closed
        inside = inside & (place >= 0) & (place < len(row) - 1)
        index.append(place)
    taken = getitem(ravel(_as_row(weights)), np.flatnonzero(inside))
    sums = scatter_add(taken, index=tuple(part[inside] for part in index), shape=plain.shape)
    return sums if sums.dtype == plain.dtype else astype(sums, plain.dtype)


@stands_in_for(np.histogramdd, takes_lists=True)
def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Any, tuple[Any, ...]]:
    """The histogram of points, with one axis per coordinate; and the edges of each.

    Parameters
    ----------
    sample : Node or array_like of shape (points, coordinates), or a sequence of the coordinates
        The points.
    bins : int or sequence, default 10
        How many bins for each coordinate, or for each in turn how many or which edges.
    range : sequence of pairs, optional
        The outermost edges for each coordinate.
    density, weights : optional
        As of `histogram`.

    Returns
    -------
    counts, edges : Node or ndarray, and tuple of them
        One axis of the counts for each coordinate, and as many vectors of edges.

    Raises
    ------
    TypeError
        If the data or the weights are complex.
    ValueError
        If there are not bins for each coordinate, or edges don't ascend.

    See Also
    --------
    numpy.histogramdd : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> points, w = np.array([[0.5, 0.5], [0.5, 1.5]]), Node([1.0, 2.0])
    >>> sums, edges = np.histogramdd(points, bins=2, range=[(0.0, 2.0)] * 2, weights=w)
    >>> sums.value
    array([[1., 2.],
           [0., 0.]])
    >>> sums[0, 1].backward()
    >>> w.grad
    array([0., 1.])
    """
    if hasattr(sample, "shape"):
        points = as_operand(sample)
        columns = [points[:, k] for k in np.arange(points.shape[1])]
    else:
        columns = [as_operand(column) for column in sample]
    refuse_complex("histogramdd", *columns, _as_row(weights))
    plain, plain_edges = np.histogramdd(
        [raw(column) for column in columns], *map_leaves(raw, (bins, range, False, weights))
    )
    given = list(bins) if hasattr(bins, "__len__") else [bins] * len(columns)
    ranges = [None] * len(columns) if range is None else list(range)
    edges = [
        _as_row(own) if np.ndim(own) else _edges(column, limits, row)
        for column, own, limits, row in zip(columns, given, ranges, plain_edges, strict=True)
    ]
    found = plain if weights is None else _sums(columns, edges, weights, plain)
    if density:
        total = np.sum(found)
        for axis, row in enumerate(edges):
            others = tuple(k for k in np.arange(len(edges)) if k != axis)
            found = found / np.expand_dims(np.diff(row), others)
        found = found / total
    return found, tuple(edges)


@stands_in_for(np.histogram2d, takes_lists=True)
def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Any, Any, Any]:
    """The histogram of points in the plane, and the edges of both axes; see `histogramdd`.

    Parameters
    ----------
    x, y : Node or array_like
        The coordinates.
    bins : int, array_like, or a pair of those, default 10
        How many bins or which edges, for both or for each.
    range, density, weights : optional
        As of `histogramdd`.

    Returns
    -------
    counts, x_edges, y_edges : Node or ndarray
        The first axis of the counts is that of `x`; and the edges of both.

    Raises
    ------
    TypeError
        If the data or the weights are complex.
    ValueError
        If `x` and `y` have not as many entries, or edges don't ascend.

    See Also
    --------
    numpy.histogram2d : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> w = Node([1.0, 2.0])
    >>> sums, x_edges, y_edges = np.histogram2d(
    ...     [0.5, 0.5], [0.5, 1.5], bins=2, range=[(0.0, 2.0)] * 2, weights=w
    ... )
    >>> sums.value
    array([[1., 2.],
           [0., 0.]])
    >>> sums[0, 1].backward()
    >>> w.grad
    array([0., 1.])
    """
    if hasattr(bins, "__len__") and len(bins) not in (1, 2):
        bins = [bins, bins]  # one array of edges is for both
    found, edges = histogramdd([x, y], bins, range, density, weights)
    return found, *edges
