"""Order statistics, weighted means and covariances. Made of other operations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..node import raw
from ..numpy_protocol import stands_in_for
from ..operation import as_operand
from ..recorded import depends
from ..ufunc_options import cast
from ..values import is_complex
from .choices import where
from .complex_numbers import adjoint
from .indexing import sort
from .interpolation import lerp, neighbours
from .reductions import kept_shape, mean, sum, widened
from .shaping import reshape

__all__ = ["average", "corrcoef", "cov", "median", "percentile", "quantile"]


def axes_last(a: Any, axis: Any) -> Any:
    """The reduced axes as one, the last."""
    a = as_operand(a)
    if axis is None:
        return a.reshape(-1)
    axes = tuple(axis) if isinstance(axis, tuple) else (axis,)
    moved = np.moveaxis(a, axes, range(-len(axes), 0))
    kept = moved.shape[: moved.ndim - len(axes)]
    return moved.reshape((*kept, math.prod(moved.shape[len(kept) :])))


@stands_in_for(np.median)
def median(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The middle of the sorted entries, or the mean of the two in the middle; see `quantile`.

    The gradient goes to the entry in the middle, half of it to each of two.

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
        One number for each row of entries; nan where one is nan.

    Raises
    ------
    TypeError
        If the entries are complex.

    See Also
    --------
    numpy.median : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import grad
    >>> grad(np.median)(np.array([10.0, 1.0, 2.0, 3.0]))
    array([0. , 0. , 0.5, 0.5])
    """
    rows = axes_last(a, axis)
    if not rows.shape[-1]:
        return mean(a, axis, keepdims=keepdims)  # nan with NumPy's warning
    return quantile(a, 0.5, axis, keepdims=keepdims)


def shares(q: Any, whole: float = 1.0) -> Any:
    """Shares of 1 of the shares of a `whole` that a user gave."""
    q = as_operand(q)
    if q.size and not depends(q) and not (raw(q).min() >= 0 and raw(q).max() <= whole):
        called = "quantile" if whole == 1.0 else "percentile"
        raise ValueError(f"{called}(q=...) expects numbers from 0 to {whole:g}, got {raw(q)}")
    if q.dtype == np.float16:
        q = q.astype(np.float64)  # times the number of entries it overflows
    return q / whole


@stands_in_for(np.quantile)
def quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
    weights: Any = None,
) -> Any:
    """The value below which a share of the entries lies.

    Gradients: g (1 - w) and g w for the two entries that it lies between, at the share w of the
    way.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    q : float, Node or array_like
        Which shares, from 0 to 1. Of several, the first axis of the result runs over them.
    axis : int or tuple of int, optional
        Along which axis; of all entries by default.
    method : str, default "linear"
        Where a share lies among the sorted entries: any of NumPy's methods.
    keepdims : bool, default False
        Whether to keep the reduced axes with length 1.
    weights : array_like, optional
        How much each entry counts, as of `average`; for the method "inverted_cdf" alone. The
        result is one of the entries, so that they have no derivative.

    Returns
    -------
    Node, scalar or ndarray
        Of shape q.shape and then that of the axes that are left; nan where an entry is nan.

    Raises
    ------
    TypeError
        If the entries are complex.
    ValueError
        If a share is not in 0 to 1, `method` is not known, or weights are given for another method
        than "inverted_cdf".

    See Also
    --------
    numpy.quantile : the same; given a Node, it records, too.

    References
    ----------
    R. Hyndman and Y. Fan, "Sample quantiles in statistical packages", 1996.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a, q = Node([4.0, 1.0, 2.0, 3.0]), Node(0.25)
    >>> y = np.quantile(a, q)
    >>> y.backward()
    >>> y.value, a.grad, q.grad
    (np.float64(1.75), array([0.  , 0.25, 0.75, 0.  ]), np.float64(3.0))
    """
    q = shares(q)
    if weights is not None:
        return weighted_quantile(a, q, axis, method, keepdims, weights)
    rows = sort(axes_last(a, axis))
    low, high, weight = neighbours(method, rows.shape[-1], q, rows.dtype)
    found = lerp(rows[..., low], rows[..., high], weight)
    # nan is sorted to the end. It is what is taken then, and has no derivative.
    last = reshape(rows[..., -1], rows.shape[:-1] + (1,) * q.ndim)
    missing = np.isnan(last)
    nan = where(missing, math.nan, 1.0).astype(found.dtype)
    found = where(missing, where(missing, last, 0.0) * nan, found)
    if q.ndim:
        found = np.moveaxis(found, range(-q.ndim, 0), range(q.ndim))
    return reshape(found, q.shape + kept_shape(a, axis)) if keepdims else found


@stands_in_for(np.percentile)
def percentile(
    a: Any,
    q: Any,
    axis: Any = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
    weights: Any = None,
) -> Any:
    """`quantile`, with the share in percent.

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
        Of shape q.shape and then that of the axes that are left; nan where an entry is nan.

    Raises
    ------
    TypeError
        If the entries are complex.
    ValueError
        If a share is not in 0 to 100, `method` is not known, or weights are given for another
        method than "inverted_cdf".

    See Also
    --------
    numpy.percentile : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a = Node([4.0, 1.0, 2.0, 3.0])
    >>> y = np.percentile(a, 25)
    >>> y.backward()
    >>> y.value, a.grad
    (np.float64(1.75), array([0.  , 0.25, 0.75, 0.  ]))
    """
    q = shares(q, 100.0)
    return quantile(a, q, axis, method=method, keepdims=keepdims, weights=weights)


def weights_along(weights: Any, a: Any, axis: Any, called: str) -> Any:
    """Weights in the shape of `a`, which may be given for the reduced axes alone."""
    weights = as_operand(weights)
    if weights.shape == a.shape:
        return weights
    axes = () if axis is None else normalize_axis_tuple(axis, a.ndim)
    if axis is None or weights.shape != tuple(a.shape[d] for d in axes):
        raise ValueError(
            f"{called} expects weights in the shape {a.shape}, or in that of the axes axis=, got "
            f"{weights.shape}"
        )
    weights = np.transpose(weights, np.argsort(axes).tolist())
    lengths = [n if d in axes else 1 for d, n in enumerate(a.shape)]
    return np.broadcast_to(np.reshape(weights, lengths), a.shape)


def weighted_quantile(
    a: Any, q: Any, axis: Any, method: str, keepdims: bool, weights: Any, leave_nan: bool = False
) -> Any:
    """The entry below which a share of the weights lies."""
    a, q = as_operand(a), raw(q)
    inverted_cdf: Any = "inverted_cdf"
    if method != inverted_cdf:
        raise ValueError(f'quantile(weights=...) expects method="inverted_cdf", got {method!r}')
    each = axes_last(raw(weights_along(weights, a, axis, "quantile")), axis)
    rows = axes_last(a, axis)
    order = np.argsort(raw(rows), axis=-1, stable=True)  # nan goes to the end
    rows, each = np.take_along_axis(rows, order, -1), np.take_along_axis(each, order, -1)
    missing = np.isnan(raw(rows))
    if leave_nan:
        each = np.where(missing, np.where(missing.all(axis=-1, keepdims=True), 1, 0), each)
    # NumPy tells the places: those are the quantiles of 0, 1, 2 ... with the same weights.
    places: Any = np.broadcast_to(np.arange(rows.shape[-1]), rows.shape)
    places = np.quantile(places, q, axis=-1, weights=each, method=inverted_cdf).astype(np.intp)
    picked = np.moveaxis(places.reshape(-1, *rows.shape[:-1]), 0, -1)
    found = np.take_along_axis(rows, picked, -1)
    unknown = missing.all(axis=-1) if leave_nan else missing.any(axis=-1)
    found = np.where(unknown[..., None], math.nan, found)
    found = np.reshape(np.moveaxis(found, -1, 0), q.shape + rows.shape[:-1])
    return np.reshape(found, q.shape + kept_shape(a, axis)) if keepdims else found


@stands_in_for(np.average)
def average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    """The weighted mean.

    Gradients: g w / sum(w) for the entries, g (a - mean) / sum(w) for the weights.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int or tuple of int, optional
        Along which axis; over all entries by default.
    weights : Node or array_like, optional
        In the shape of `a`, or in that of the axes in `axis`; all alike by default.
    returned : bool, default False
        Whether to return the sum of the weights too.
    keepdims : bool, default False
        Whether to keep the reduced axes with length 1.

    Returns
    -------
    Node, scalar or ndarray
        One number for each row of entries; if `returned` a tuple of it and the sum of the weights.

    Raises
    ------
    ValueError
        If the weights have another shape.

    See Also
    --------
    numpy.average : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> a, w = Node([1.0, 5.0]), Node([3.0, 1.0])
    >>> y = np.average(a, weights=w)
    >>> y.backward()
    >>> y.value, a.grad, w.grad
    (np.float64(2.0), array([0.75, 0.25]), array([-0.25,  0.75]))
    """
    a = as_operand(a)
    if weights is None:
        found = mean(a, axis, keepdims=keepdims)
        total: Any = np.full(found.shape, a.size / max(found.size, 1), widened(found).dtype)
    else:
        weights = weights_along(weights, a, axis, "average")
        dtype = np.result_type(a, weights)
        a, weights = widened(a), widened(weights)
        total = sum(weights, axis, keepdims=keepdims)
        found = sum(a * weights, axis, keepdims=keepdims) / total
        total = total.astype(found.dtype)
        if dtype == np.float16:
            found = found.astype(dtype)
    return (found, total) if returned else found


@stands_in_for(np.cov)
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """The covariances of variables.

    Gradient of the variance of n observations: 2 g (x - mean) / (n - 1).

    Parameters
    ----------
    m : Node or array_like
        One variable per row, one observation per column.
    y : Node or array_like, optional
        Further variables.
    rowvar : bool, default True
        False takes variables in columns.
    bias : bool, default False
        Whether to divide by n, not by n - 1.
    ddof : int, optional
        Divide by n - ddof.
    fweights : array_like of int, optional
        How often each observation was made.
    aweights : Node or array_like, optional
        How much each observation weighs.
    dtype : dtype, optional
        The data type to compute in, and of the result; that of the variables by default
        (NumPy takes float64 at least).

    Returns
    -------
    Node, scalar or ndarray
        A number for one variable; of k variables a matrix of shape (k, k).

    Raises
    ------
    ValueError
        If `m` has more than two axes, the weights have not one number per observation, or one is
        negative.
    TypeError
        If `fweights` are not whole numbers.

    See Also
    --------
    numpy.cov : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([1.0, 3.0])
    >>> y = np.cov(x)
    >>> y.backward()
    >>> y.value, x.grad
    (np.float64(2.0), array([-2.,  2.]))
    """

    def in_rows(x: Any) -> Any:
        rows = np.atleast_2d(as_operand(x))
        return rows if rowvar or np.ndim(x) < 2 else rows.T

    rows = in_rows(m) if y is None else np.concatenate([in_rows(m), in_rows(y)])
    if rows.ndim > 2:
        raise ValueError(f"cov expects a vector or a matrix, got shape {np.shape(m)}")
    if dtype is not None:
        rows = cast(rows, dtype)
    if ddof is None:
        ddof = 0 if bias else 1
    dtype, rows = rows.dtype, widened(rows)
    if fweights is not None or aweights is not None:
        found = _weighted_covariances(rows, fweights, aweights, ddof)
    else:
        deviations = rows - np.mean(rows, axis=1, keepdims=True)
        found = deviations @ adjoint(deviations) / float(max(rows.shape[1] - ddof, 0))
    if dtype == np.float16:
        found = found.astype(dtype)
    return found[0, 0] if found.shape == (1, 1) else found


def _weighted_covariances(rows: Any, fweights: Any, aweights: Any, ddof: float) -> Any:
    each: Any = 1.0
    for name, part in {"fweights": fweights, "aweights": aweights}.items():
        if part is None:
            continue
        part = as_operand(part)
        if part.shape != rows.shape[1:]:
            raise ValueError(
                f"cov({name}=...) expects one weight per observation, in the shape "
                f"{rows.shape[1:]}, got {part.shape}"
            )
        if not depends(part):
            _check_weights(name, part)
        each = each * cast(part, np.result_type(rows, np.float16))
    total = sum(each)
    missing: Any = ddof
    if ddof and aweights is not None:
        missing = ddof * sum(each * cast(as_operand(aweights), each.dtype)) / total
    deviations = rows - np.sum(rows * each, axis=1, keepdims=True) / total
    return (deviations * each) @ adjoint(deviations) / (total - missing)


def _check_weights(name: str, part: Any) -> None:
    if np.any(part < 0):
        raise ValueError(f"cov({name}=...) expects no negative weights")
    if name == "fweights" and part.dtype.kind not in "iub" and np.any(part != np.round(part)):
        raise TypeError("cov(fweights=...) expects whole numbers: how often each was observed")


@stands_in_for(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """The correlation coefficients of variables; see `cov`.

    Parameters
    ----------
    x : Node or array_like
        One variable per row, one observation per column.
    y : Node or array_like, optional
        Further variables.
    rowvar : bool, default True
        False takes variables in columns.
    dtype : dtype, optional
        The data type to compute in, and of the result; that of the variables by default (NumPy
        takes float64 at least).

    Returns
    -------
    Node, scalar or ndarray
        Of k variables a matrix of shape (k, k), from -1 to 1, with ones on its diagonal; nan for a
        variable that is constant.

    Raises
    ------
    ValueError
        If `x` has more than two axes.

    See Also
    --------
    numpy.corrcoef : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([-1.0, 0.0, 1.0])
    >>> np.corrcoef(x, np.array([1.0, -2.0, 1.0]))[0, 1].backward()
    >>> x.grad.round(3)
    array([ 0.289, -0.577,  0.289])
    """
    found = cov(x, y, rowvar, dtype=dtype)
    if np.ndim(found) == 0:
        return found / found
    deviations = np.sqrt(np.diagonal(np.real(found) if is_complex(found) else found))
    return found / deviations[:, None] / deviations[None, :]
