"""Reductions that leave nan out, made of other operations. A nan gets the gradient 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..errors import refuse_complex
from ..numpy_protocol import stands_in_for
from ..operation import as_operand
from .comparisons import isnan
from .indexing import sort, take_along_axis
from .interpolation import lerp, neighbours
from .reduction_options import deviation_of, missing_freedom
from .reductions import kept_shape, max, mean, min, prod, sum, var
from .shaping import reshape
from .statistics import axes_last, shares, weighted_quantile

__all__ = [
    "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmedian", "nanmin", "nanpercentile",
    "nanprod", "nanquantile", "nanstd", "nansum", "nanvar",
]  # fmt: skip


@stands_in_for(np.nansum)
def nansum(
    a: Any,
    axis: Any = None,
    *,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The sum of the entries that are numbers, of all or over `axis`; see `sum`.

    The others get the gradient 0.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int or tuple of int, optional
        Over which axes; over all by default.
    dtype : dtype, optional
        The data type in which to sum.
    keepdims : bool, default False
        Whether to keep the reduced axes with length 1.
    initial : float, optional
        What to add.
    where : array_like of bool, default True
        Which entries take part; it broadcasts.

    Returns
    -------
    Node, scalar or ndarray
        One number for each row of entries; 0 where none is a number.

    See Also
    --------
    numpy.nansum : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.nansum)(np.array([1.0, np.nan, 2.0]))
    array([1., 0., 1.])
    """
    options = {"dtype": dtype, "initial": initial, "where": where}
    return sum(np.where(isnan(a), 0, a), axis, keepdims=keepdims, **options)


@stands_in_for(np.nanprod)
def nanprod(
    a: Any,
    axis: Any = None,
    *,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The product of the entries that are numbers; see `nansum`.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int or tuple of int, optional
        Over which axes; over all by default.
    dtype : dtype, optional
        The data type in which to multiply.
    keepdims : bool, default False
        Whether to keep the reduced axes with length 1.
    initial : float, optional
        What to multiply by.
    where : array_like of bool, default True
        Which entries take part; it broadcasts.

    Returns
    -------
    Node, scalar or ndarray
        One number for each row of entries; 1 where none is a number.

    See Also
    --------
    numpy.nanprod : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.nanprod)(np.array([2.0, np.nan, 5.0]))
    array([5., 0., 2.])
    """
    options = {"dtype": dtype, "initial": initial, "where": where}
    return prod(np.where(isnan(a), 1, a), axis, keepdims=keepdims, **options)


@stands_in_for(np.nanmean)
def nanmean(
    a: Any, axis: Any = None, *, dtype: Any = None, keepdims: bool = False, where: Any = True
) -> Any:
    """The mean of the entries that are numbers; see `nansum`.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int or tuple of int, optional
        Over which axes; over all by default.
    dtype : dtype, optional
        The data type in which to sum.
    keepdims : bool, default False
        Whether to keep the reduced axes with length 1.
    where : array_like of bool, default True
        Which entries take part; it broadcasts.

    Returns
    -------
    Node, scalar or ndarray
        One number for each row of entries; nan where none is a number.

    See Also
    --------
    numpy.nanmean : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.nanmean)(np.array([1.0, np.nan, 3.0]))
    array([0.5, 0. , 0.5])
    """
    return mean(a, axis, dtype=dtype, keepdims=keepdims, where=_numbers(a, where))


def _numbers(a: Any, where: Any) -> Any:
    """Which entries are numbers, and take part."""
    return np.logical_and(np.logical_not(isnan(a)), where)


@stands_in_for(np.nanvar)
def nanvar(
    a: Any,
    axis: Any = None,
    *,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = True,
    mean: Any = None,
    correction: float | None = None,
) -> Any:
    """The variance of the entries that are numbers; see `var` and `nansum`.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int or tuple of int, optional
        Over which axes; over all by default.
    dtype : dtype, optional
        The data type in which to sum.
    ddof : float, default 0
        What is taken from the number of entries before dividing by it.
    keepdims : bool, default False
        Whether to keep the reduced axes with length 1.
    where : array_like of bool, default True
        Which entries take part; it broadcasts.
    mean : Node or array_like, optional
        The mean, where it is known, with the reduced axes of length 1.
    correction : float, optional
        Another name of `ddof`.

    Returns
    -------
    Node, scalar or ndarray
        One number for each row of entries; nan where not more than `ddof` are numbers.

    See Also
    --------
    numpy.nanvar : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.nanvar)(np.array([1.0, np.nan, 3.0]))
    array([-1.,  0.,  1.])
    """
    ddof = missing_freedom(ddof, correction)
    there = _numbers(a, where)
    options = {"dtype": dtype, "where": there, "mean": mean}
    found = var(a, axis, ddof=ddof, keepdims=keepdims, **options)
    return np.where(sum(there, axis, keepdims=keepdims) > ddof, found, math.nan)


@stands_in_for(np.nanstd)
def nanstd(
    a: Any,
    axis: Any = None,
    *,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = True,
    mean: Any = None,
    correction: float | None = None,
) -> Any:
    """The standard deviation of the entries that are numbers; see `std` and `nansum`.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int or tuple of int, optional
        Over which axes; over all by default.
    dtype : dtype, optional
        The data type in which to sum.
    ddof : float, default 0
        What is taken from the number of entries before dividing by it.
    keepdims : bool, default False
        Whether to keep the reduced axes with length 1.
    where : array_like of bool, default True
        Which entries take part; it broadcasts.
    mean : Node or array_like, optional
        The mean, where it is known, with the reduced axes of length 1.
    correction : float, optional
        Another name of `ddof`.

    Returns
    -------
    Node, scalar or ndarray
        One number for each row of entries; nan where not more than `ddof` are numbers.

    See Also
    --------
    numpy.nanstd : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.nanstd)(np.array([1.0, np.nan, 3.0]))
    array([-0.5,  0. ,  0.5])
    """
    options = {"dtype": dtype, "where": where, "mean": mean, "correction": correction}
    return deviation_of(nanvar(a, axis, ddof=ddof, keepdims=keepdims, **options))


@stands_in_for(np.nancumsum)
def nancumsum(a: Any, axis: Any = None, *, dtype: Any = None) -> Any:
    """Running sums of the entries that are numbers; see `cumsum`.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int, optional
        Along which axis; the flat array by default.
    dtype : dtype, optional
        The data type in which to sum.

    Returns
    -------
    Node or ndarray
        In the shape of the input, flat without `axis`; at a nan the sum of what came before.

    See Also
    --------
    numpy.nancumsum : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, np.nan, 2.0])
    >>> y = np.nancumsum(x)
    >>> y.sum().backward()
    >>> y.value, x.grad
    (array([1., 1., 3.]), array([3., 0., 1.]))
    """
    return np.cumsum(np.where(isnan(a), 0, a), axis, dtype)


@stands_in_for(np.nancumprod)
def nancumprod(a: Any, axis: Any = None, *, dtype: Any = None) -> Any:
    """Running products of the entries that are numbers; see `cumprod`.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int, optional
        Along which axis; the flat array by default.
    dtype : dtype, optional
        The data type in which to multiply.

    Returns
    -------
    Node or ndarray
        In the shape of the input, flat without `axis`; at a nan the product of what came before.

    See Also
    --------
    numpy.nancumprod : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([2.0, np.nan, 5.0])
    >>> y = np.nancumprod(x)
    >>> y.sum().backward()
    >>> y.value, x.grad
    (array([ 2.,  2., 10.]), array([7., 0., 2.]))
    """
    return np.cumprod(np.where(isnan(a), 1, a), axis, dtype)


@stands_in_for(np.nanmax)
def nanmax(
    a: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """The largest entry that is a number; see `max`.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int or tuple of int, optional
        Over which axes; over all by default.
    keepdims : bool, default False
        Whether to keep the reduced axes with length 1.
    initial : float, optional
        A number that counts like an entry.
    where : array_like of bool, default True
        Which entries take part; it broadcasts.

    Returns
    -------
    Node, scalar or ndarray
        One number for each row of entries; nan where none is a number.

    Raises
    ------
    TypeError
        If the entries are complex.
    ValueError
        If there are no entries, and no `initial`.

    See Also
    --------
    numpy.nanmax : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.nanmax)(np.array([1.0, np.nan, 3.0]))
    array([0., 0., 1.])
    """
    return _nan_extreme(max, -math.inf, a, axis, keepdims, initial, where)


@stands_in_for(np.nanmin)
def nanmin(
    a: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """The smallest entry that is a number; see `min`.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int or tuple of int, optional
        Over which axes; over all by default.
    keepdims : bool, default False
        Whether to keep the reduced axes with length 1.
    initial : float, optional
        A number that counts like an entry.
    where : array_like of bool, default True
        Which entries take part; it broadcasts.

    Returns
    -------
    Node, scalar or ndarray
        One number for each row of entries; nan where none is a number.

    Raises
    ------
    TypeError
        If the entries are complex.
    ValueError
        If there are no entries, and no `initial`.

    See Also
    --------
    numpy.nanmin : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.nanmin)(np.array([1.0, np.nan, 3.0]))
    array([1., 0., 0.])
    """
    return _nan_extreme(min, math.inf, a, axis, keepdims, initial, where)


def _nan_extreme(
    extreme: Any, last: float, a: Any, axis: Any, keepdims: bool, initial: Any, mask: Any
) -> Any:
    refuse_complex("nanmax and nanmin", a)
    missing = isnan(a)
    real = as_operand(a).dtype.kind == "f"  # others have none, and stay what they are
    shown = np.where(missing, last, a) if real else a
    found = extreme(shown, axis, keepdims=keepdims, initial=initial, where=mask)
    if initial is not None or not real:
        return found
    return np.where(np.all(missing, axis=axis, keepdims=keepdims), math.nan, found)


@stands_in_for(np.nanquantile)
def nanquantile(
    a: Any,
    q: Any,
    axis: Any = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
    weights: Any = None,
) -> Any:
    """The value below which a share of the entries that are numbers lies.

    The parameters are those of `quantile`.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    q : float, Node or array_like
        Which shares, from 0 to 1. Of several, the first axis of the result runs over them.
    axis : int or tuple of int, optional
        Over which axes; over all by default.
    method : str, default "linear"
        Where a share lies among the sorted entries: any of NumPy's methods.
    keepdims : bool, default False
        Whether to keep the reduced axes with length 1.
    weights : array_like, optional
        How much each entry counts; for the method "inverted_cdf" alone.

    Returns
    -------
    Node, scalar or ndarray
        Of shape q.shape and then that of the axes that are left; nan where no entry is a number.

    Raises
    ------
    TypeError
        If the entries are complex.
    ValueError
        If a share is not in 0 to 1, `method` is not known, or weights are given for another method
        than "inverted_cdf".

    See Also
    --------
    numpy.nanquantile : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(lambda x: np.nanquantile(x, 0.25))(np.array([1.0, np.nan, 3.0]))
    array([0.75, 0.  , 0.25])
    """
    q = shares(q)
    if weights is not None:
        return weighted_quantile(a, q, axis, method, keepdims, weights, leave_nan=True)
    rows = sort(axes_last(a, axis))  # nan is sorted to the end
    if not rows.shape[-1]:
        return mean(a, axis, keepdims=keepdims)  # nan with NumPy's warning
    numbers = np.sum(np.logical_not(isnan(rows)), axis=-1, keepdims=True)
    low, high, weight = neighbours(method, numbers, reshape(q, (-1,)), rows.dtype)
    found = lerp(take_along_axis(rows, low), take_along_axis(rows, high), weight)
    kept = kept_shape(a, axis) if keepdims else found.shape[:-1]
    return reshape(np.moveaxis(found, -1, 0), q.shape + kept)


@stands_in_for(np.nanpercentile)
def nanpercentile(
    a: Any,
    q: Any,
    axis: Any = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
    weights: Any = None,
) -> Any:
    """`nanquantile`, with the share in percent.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    q : float, Node or array_like
        Which shares in percent, from 0 to 100. Of several, the first axis of the result runs over
        them.
    axis : int or tuple of int, optional
        Over which axes; over all by default.
    method : str, default "linear"
        Where a share lies among the sorted entries: any of NumPy's methods.
    keepdims : bool, default False
        Whether to keep the reduced axes with length 1.
    weights : array_like, optional
        How much each entry counts; for the method "inverted_cdf" alone.

    Returns
    -------
    Node, scalar or ndarray
        Of shape q.shape and then that of the axes that are left; nan where no entry is a number.

    Raises
    ------
    TypeError
        If the entries are complex.
    ValueError
        If a share is not in 0 to 100, `method` is not known, or weights are given for another
        method than "inverted_cdf".

    See Also
    --------
    numpy.nanpercentile : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(lambda x: np.nanpercentile(x, 25))(np.array([1.0, np.nan, 3.0]))
    array([0.75, 0.  , 0.25])
    """
    q = shares(q, 100.0)
    return nanquantile(a, q, axis, method=method, keepdims=keepdims, weights=weights)


@stands_in_for(np.nanmedian)
def nanmedian(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The median of the entries that are numbers; see `median`.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int or tuple of int, optional
        Over which axes; over all by default.
    keepdims : bool, default False
        Whether to keep the reduced axes with length 1.

    Returns
    -------
    Node, scalar or ndarray
        One number for each row of entries; nan where none is a number.

    Raises
    ------
    TypeError
        If the entries are complex.

    See Also
    --------
    numpy.nanmedian : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.nanmedian)(np.array([1.0, np.nan, 3.0, 2.0]))
    array([0., 0., 0., 1.])
    """
    return nanquantile(a, 0.5, axis, keepdims=keepdims)
