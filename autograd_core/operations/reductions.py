"""Reductions: sum, mean, product, the largest and the smallest entry, variance."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..node import Node
from ..numpy_protocol import existing, stands_in_for
from ..operation import Operation
from ..short_sums import total
from .complex_numbers import conjugated
from .guards import may_hold

__all__ = ["max", "mean", "min", "prod", "ptp", "std", "sum", "var"]


OVER_AXES: dict[str, Any] = {"options": {"axis": None}, "keyword_options": {"keepdims": False}}
"""The options of an operation that goes over all entries, or along some axes."""


def kept_shape(x: Any, axis: Any) -> tuple[int, ...]:
    """The shape of a reduction of `x` with ``keepdims=True``."""
    shape = np.shape(x)
    if axis is None or not shape:  # NumPy lets a scalar be reduced along axis 0
        return (1,) * len(shape)
    axes = {a % len(shape) for a in (axis if isinstance(axis, tuple) else (axis,))}
    return tuple(1 if a in axes else n for a, n in enumerate(shape))


def spread(g: Any, x: Any, axis: Any) -> Any:
    """Give every entry of `x` the gradient of the entry that it was reduced to."""
    if axis is not None and g.ndim != x.ndim:
        g = g.reshape(kept_shape(x, axis))
    if type(g) is not Node and x.size <= _SMALL:
        return np.zeros(x.shape, g.dtype) + g
    return np.broadcast_to(g, x.shape)


_SMALL = 1024
"""Up to so many entries it is faster to write them than to set up a view that repeats one."""


def widened(x: Any) -> Any:
    """Half precision as float32: counts end at 65,504 there, and squares soon.

    What a rule returns is brought back into its input's dtype by the engine.
    """
    return x.astype(np.float32) if x.dtype == np.float16 else x


def count(x: Any, axis: Any) -> float:
    """How many entries of `x` become one."""
    shape = np.shape(x)
    return float(math.prod(n for n, m in zip(shape, kept_shape(x, axis), strict=True) if m != n))


# Not np.sum and np.max: they go through layers of Python, which cost more than small arrays do.
sum = Operation(
    "sum",
    total,
    rules=(lambda g, out, x, axis, keepdims: spread(g, x, axis),),
    **OVER_AXES,
    symbol="Σ",
    numpy=(np.sum, np.add.reduce),
    doc="""Sum over all entries, or over `axis`. Every entry gets the gradient.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int or tuple of int, optional
        Along which axes; by default along all.
    dtype : dtype, optional
        In which data type to add them up.
    keepdims : bool, default False
        Whether the axes stay, with length 1.
    initial : Node or number, optional
        What to begin with.
    where : array_like of bool, default True
        Which entries take part, broadcast against a.

    Returns
    -------
    Node, scalar or ndarray
        One number for each place along the other axes.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    AxisError
        If there is no such axis.

    See Also
    --------
    numpy.sum, numpy.add.reduce : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> x = Node([[1.0, 2.0], [3.0, 4.0]])
    >>> rows = np.sum(x, axis=1)
    >>> rows.value
    array([3., 7.])
    >>> rows.backward([1.0, 10.0])  # the gradient of each row's sum
    >>> x.grad
    array([[ 1.,  1.],
           [10., 10.]])
    """,
)


mean = Operation(
    "mean",
    np.mean,
    rules=(
        lambda g, out, x, axis, keepdims: spread(widened(g) / (count(x, axis) or 1.0), x, axis),
    ),
    **OVER_AXES,
    numpy=(np.mean,),
    doc="""Mean of all entries, or over `axis`. Every entry gets the gradient over their number.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int or tuple of int, optional
        Along which axes; by default along all.
    dtype : dtype, optional
        In which data type to add them up.
    keepdims : bool, default False
        Whether the axes stay, with length 1.
    where : array_like of bool, default True
        Which entries take part, broadcast against a.

    Returns
    -------
    Node, scalar or ndarray
        One number for each place along the other axes.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    AxisError
        If there is no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.mean)(np.array([1.0, 2.0, 6.0, 7.0]))
    (np.float64(4.0), array([0.25, 0.25, 0.25, 0.25]))
    """,
)


def _extreme_rule(g: Any, out: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    # Tied entries share the gradient evenly. nan is taken before all, and has no derivative.
    shape = kept_shape(x, axis)
    chosen = x == np.reshape(out, shape)
    g = widened(g)
    if may_hold(np.isnan, out):
        chosen = chosen | np.isnan(x)
        g = np.where(np.isnan(out), math.nan, g)
    ties = np.sum(chosen, axis=axis, keepdims=True)
    return np.where(chosen, np.reshape(g, shape) / np.maximum(ties, 1).astype(g.dtype), 0.0)


max = Operation(
    "max",
    np.maximum.reduce,
    rules=(_extreme_rule,),
    **OVER_AXES,
    numpy=existing("max", "amax", "maximum.reduce"),
    real_only=True,
    doc="""The largest entry, of all or along `axis`. It gets the gradient; ties share it evenly.

    Parameters
    ----------
    a : Node or array_like
        Real numbers.
    axis : int or tuple of int, optional
        Along which axes; by default along all.
    keepdims : bool, default False
        Whether the axes stay, with length 1.
    initial : Node or number, optional
        The result where no entry is larger.
    where : array_like of bool, default True
        Which entries take part, broadcast against a; then `initial` has to be given.

    Returns
    -------
    Node, scalar or ndarray
        One number for each place along the other axes; nan where an entry is.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    ValueError
        If there is no entry and no `initial`, `where` without it, or no such axis.

    See Also
    --------
    numpy.max, numpy.amax, numpy.maximum.reduce : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.max)(np.array([1.0, 3.0, 3.0]))  # a tie
    (np.float64(3.0), array([0. , 0.5, 0.5]))
    """,
)
min = Operation(
    "min",
    np.minimum.reduce,
    rules=(_extreme_rule,),
    **OVER_AXES,
    numpy=existing("min", "amin", "minimum.reduce"),
    real_only=True,
    doc="""The smallest entry, of all or along `axis`. It gets the gradient; ties share it evenly.

    Parameters
    ----------
    a : Node or array_like
        Real numbers.
    axis : int or tuple of int, optional
        Along which axes; by default along all.
    keepdims : bool, default False
        Whether the axes stay, with length 1.
    initial : Node or number, optional
        The result where no entry is smaller.
    where : array_like of bool, default True
        Which entries take part, broadcast against a; then `initial` has to be given.

    Returns
    -------
    Node, scalar or ndarray
        One number for each place along the other axes; nan where an entry is.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    ValueError
        If there is no entry and no `initial`, `where` without it, or no such axis.

    See Also
    --------
    numpy.min, numpy.amin, numpy.minimum.reduce : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.min)(np.array([4.0, 2.0, 3.0]))
    (np.float64(2.0), array([0., 1., 0.]))
    """,
)


@stands_in_for(np.ptp)
def ptp(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The range of the entries: the largest less the smallest, which get g and -g; see `max`.

    Parameters
    ----------
    a : Node or array_like
        Real numbers.
    axis : int or tuple of int, optional
        Along which axes; by default along all.
    keepdims : bool, default False
        Whether the axes stay, with length 1.

    Returns
    -------
    Node, scalar or ndarray
        One number for each place along the other axes.

    Raises
    ------
    TypeError
        If the input does not hold numbers, or holds complex ones.
    ValueError
        If there is no entry, or no such axis.

    See Also
    --------
    numpy.ptp : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.ptp)(np.array([4.0, 2.0, 9.0]))
    (np.float64(7.0), array([ 0., -1.,  1.]))
    """
    return max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims)


def product_of_the_others(x: Any) -> Any:
    """For every entry the product of the others along the last axis, without a division.

    Pairs are multiplied, the products of the other pairs are found in the same way, and each of a
    pair gets that times its partner. So it is right at zeros too, to every order.
    """
    n = x.shape[-1]
    if n < 2:
        return np.ones_like(x)
    if n % 2:
        x = np.concatenate([x, np.ones_like(x[..., :1])], axis=-1)
    left, right = x[..., 0::2], x[..., 1::2]
    outer = product_of_the_others(left * right)
    both = np.stack([outer * right, outer * left], axis=-1)
    return np.reshape(both, x.shape)[..., :n]


def _prod_rule(g: Any, out: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    kept = kept_shape(x, axis)
    # The reduced axes go last and become one.
    reduced = [a for a, (n, m) in enumerate(zip(x.shape, kept, strict=True)) if n != m]
    order = [a for a in range(x.ndim) if a not in reduced] + reduced
    moved = np.transpose(x, order)
    lengths = moved.shape[: x.ndim - len(reduced)]
    rows = np.reshape(moved, (*lengths, math.prod(moved.shape[len(lengths) :])))
    others = np.reshape(product_of_the_others(rows), moved.shape)
    return np.reshape(g, kept) * np.transpose(others, np.argsort(order).tolist())


prod = Operation(
    "prod",
    np.prod,
    rules=(_prod_rule,),
    **OVER_AXES,
    symbol="Π",
    numpy=(np.prod, np.multiply.reduce),
    doc="""Product of all entries, or over `axis`. Each gets g times the product of the others.

    That is right where entries are 0, too.

    Parameters
    ----------
    a : Node or array_like
        The entries.
    axis : int or tuple of int, optional
        Along which axes; by default along all.
    dtype : dtype, optional
        In which data type to multiply them.
    keepdims : bool, default False
        Whether the axes stay, with length 1.
    initial : Node or number, optional
        What to begin with.
    where : array_like of bool, default True
        Which entries take part, broadcast against a.

    Returns
    -------
    Node, scalar or ndarray
        One number for each place along the other axes.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    AxisError
        If there is no such axis.

    See Also
    --------
    numpy.prod, numpy.multiply.reduce : the same; given a Node, it records, too.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.prod)(np.array([2.0, 0.0, 4.0]))
    (np.float64(0.0), array([0., 8., 0.]))
    """,
)


def _centred(x: Any, axis: Any) -> Any:
    """The deviations from the mean, whose sum is 0.

    Twice, for the mean rounds: of equal entries the deviations are all that is left of it.
    """
    deviations = x - np.mean(x, axis=axis, keepdims=True)
    return deviations - np.mean(deviations, axis=axis, keepdims=True)


def _missing(ddof: float, correction: float | None) -> float:
    """The degrees of freedom to subtract; the array API standard calls `ddof` correction."""
    if correction is None:
        return ddof
    if ddof:
        raise ValueError("var and std expect ddof= or correction=, not both")
    return correction


def _with_correction(function: Callable[..., Any]) -> Callable[..., Any]:
    def forward(
        a: Any,
        axis: Any = None,
        *,
        ddof: float = 0,
        keepdims: bool = False,
        correction: float | None = None,
    ) -> Any:
        found = function(widened(a), axis=axis, ddof=_missing(ddof, correction), keepdims=keepdims)
        return found.astype(a.dtype) if a.dtype == np.float16 else found

    return forward


def _freedom(x: Any, axis: Any, missing: float) -> float:
    """By how much the sum of squares is divided; nan for nothing, as the result is not finite."""
    return builtins.max(count(x, axis) - float(missing), 0.0) or math.nan


def _var_rule(
    g: Any, out: Any, x: Any, axis: Any, ddof: float, keepdims: bool, correction: Any
) -> Any:
    factor = 2.0 / _freedom(x, axis, _missing(ddof, correction))
    return np.reshape(g, kept_shape(x, axis)) * (conjugated(_centred(widened(x), axis)) * factor)


def _std_rule(
    g: Any, out: Any, x: Any, axis: Any, ddof: float, keepdims: bool, correction: Any
) -> Any:
    shape = kept_shape(x, axis)
    deviation = np.reshape(widened(out), shape)
    zero = deviation == 0
    freedom = _freedom(x, axis, _missing(ddof, correction))
    slope = conjugated(_centred(widened(x), axis)) / (freedom * np.where(zero, 1.0, deviation))
    return np.reshape(g, shape) * np.where(zero, 0.0, slope)


var = Operation(
    "var",
    _with_correction(np.var),
    rules=(_var_rule,),
    numpy=(np.var,),
    doc="""Variance of all entries, or over `axis`: the sum of squares over n - ddof.

    Gradient: 2 g (x - mean) / (n - ddof).

    Parameters
    ----------
    a : Node or array_like
        The entries; of complex ones the squared distance from the mean counts.
    axis : int or tuple of int, optional
        Along which axes; by default along all.
    dtype : dtype, optional
        In which data type to add up.
    ddof : float, default 0
        What to subtract from the number n of entries: 1 for a sample of a whole.
    keepdims : bool, default False
        Whether the axes stay, with length 1.
    where : array_like of bool, default True
        Which entries take part, broadcast against a.
    mean : Node or array_like, optional
        The mean, if it is known, with the axes kept: as ``np.mean(a, axis, keepdims=True)``.
    correction : float, optional
        The same as `ddof`, as the array API standard calls it.

    Returns
    -------
    Node, scalar or ndarray
        One real number for each place along the other axes.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    ValueError
        If both `ddof` and `correction` are given, or there is no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node, value_and_grad
    >>> value_and_grad(np.var)(np.array([1.0, 2.0, 6.0, 7.0]))
    (np.float64(6.5), array([-1.5, -1. ,  1. ,  1.5]))
    >>> np.var(Node([1.0, 3.0]), ddof=1).value
    np.float64(2.0)
    """,
)
std = Operation(
    "std",
    _with_correction(np.std),
    rules=(_std_rule,),
    numpy=(np.std,),
    doc="""Standard deviation of all entries, or over `axis`: the root of the variance.

    Gradient: g (x - mean) / ((n - ddof) out); 0 where all entries are equal.

    Parameters
    ----------
    a : Node or array_like
        The entries; of complex ones the distance from the mean counts.
    axis : int or tuple of int, optional
        Along which axes; by default along all.
    dtype : dtype, optional
        In which data type to add up.
    ddof : float, default 0
        What to subtract from the number n of entries: 1 for a sample of a whole.
    keepdims : bool, default False
        Whether the axes stay, with length 1.
    where : array_like of bool, default True
        Which entries take part, broadcast against a.
    mean : Node or array_like, optional
        The mean, if it is known, with the axes kept: as ``np.mean(a, axis, keepdims=True)``.
    correction : float, optional
        The same as `ddof`, as the array API standard calls it.

    Returns
    -------
    Node, scalar or ndarray
        One real number for each place along the other axes.

    Raises
    ------
    TypeError
        If the input does not hold numbers.
    ValueError
        If both `ddof` and `correction` are given, or there is no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import value_and_grad
    >>> value_and_grad(np.std)(np.array([1.0, 3.0, 1.0, 3.0]))
    (np.float64(1.0), array([-0.25,  0.25, -0.25,  0.25]))
    """,
)
