"""Softmax and what belongs to it, with SciPy's arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import operations
from ...node import constant
from ...operation import as_operand

__all__ = ["log_softmax", "logsumexp", "softmax"]


def softmax(x: Any, axis: Any = None) -> Any:
    """exp(x) / sum(exp(x)), over all entries or along `axis`, without overflow.

    Parameters
    ----------
    x : Node or array_like
        The logits.
    axis : int or tuple of int, optional
        Where they stand; all axes by default.

    Returns
    -------
    Node or ndarray
        Probabilities in the shape of x, which sum to 1 along `axis`. Gradient: y (g - sum(g y)) for
        the probabilities y.

    Raises
    ------
    numpy.exceptions.AxisError
        If x has no such axis.

    See Also
    --------
    autograd_core.softmax : the same, along the last axis by default.
    scipy.special.softmax : the same on plain numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import special
    >>> x = Node([0.0, np.log(3.0)])
    >>> y = special.softmax(x)
    >>> y[1].backward()
    >>> y.value, x.grad  # 1/4 and 3/4; the gradient is their product, once with each sign
    (array([0.25, 0.75]), array([-0.1875,  0.1875]))
    """
    return operations.softmax(x, axis=axis)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """log(softmax(x)), finite where softmax itself rounds to 0.

    Parameters
    ----------
    x : Node or array_like
        The logits.
    axis : int or tuple of int, optional
        Where they stand; all axes by default.

    Returns
    -------
    Node or ndarray
        In the shape of x. Gradient: g - softmax(x) sum(g).

    Raises
    ------
    numpy.exceptions.AxisError
        If x has no such axis.

    See Also
    --------
    autograd_core.log_softmax : the same, along the last axis by default.
    scipy.special.log_softmax : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import special
    >>> x = Node([0.0, 1000.0])  # softmax gives 0 and 1
    >>> y = special.log_softmax(x)
    >>> y[0].backward()
    >>> y.value, x.grad
    (array([-1000.,     0.]), array([ 1., -1.]))
    """
    return operations.log_softmax(x, axis=axis)


def logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """log(sum(b exp(a))), without overflow. Gradient for a: g b exp(a) / sum(b exp(a)).

    Parameters
    ----------
    a : Node or array_like
        The exponents.
    axis : int or tuple of int, optional
        Over which axes; all by default.
    b : Node or array_like, optional
        Factors, 1 by default, broadcast against `a`; where the sum is negative they need
        ``return_sign=True``.
    keepdims : bool, default False
        Whether the axes stay, with length 1.
    return_sign : bool, default False
        Whether the sign of the sum is returned too, and the logarithm of its absolute value.

    Returns
    -------
    Node, scalar or ndarray
        The logarithm, without those axes; nan where the sum is negative. With `return_sign`, a
        tuple of it and the sign.

    Raises
    ------
    numpy.exceptions.AxisError
        If a has no such axis.

    See Also
    --------
    autograd_core.logsumexp : the same, along the last axis by default.
    scipy.special.logsumexp : the same on plain numbers.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from autograd_core.scipy import special
    >>> a = Node([1000.0, 1000.0])
    >>> special.logsumexp(a).backward()
    >>> a.grad  # the softmax of a
    array([0.5, 0.5])
    """
    if b is None and not return_sign:
        return operations.logsumexp(a, axis=axis, keepdims=keepdims)
    a, b = np.broadcast_arrays(as_operand(a), as_operand(1.0 if b is None else b))
    b = b.astype(np.result_type(a, np.float16)) if b.dtype.kind != "f" else b
    # What is taken out of the sum and put back changes nothing, so it is a constant.
    counts = constant(b) != 0
    largest = np.max(constant(a), axis=axis, keepdims=True, where=counts, initial=-np.inf)
    largest = np.where(np.isfinite(largest), largest, 0.0).astype(largest.dtype)
    # Where a factor is 0 its exponential may be anything.
    total = np.sum(b * np.exp(np.where(counts, a, largest) - largest), axis=axis, keepdims=keepdims)
    if not keepdims:
        largest = np.reshape(largest, np.shape(total))
    with np.errstate(divide="ignore", invalid="ignore"):
        if return_sign:
            return np.log(np.abs(total)) + largest, np.sign(total)
        return np.log(total) + largest
