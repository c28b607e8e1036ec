"""Softmax and what belongs to it, with SciPy's arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import operations
from ...node import constant
from ...operation import as_operand

__all__ = ["log_softmax", "logsumexp", "softmax"]


def softmax(x: Any, axis: Any = None) -> Any:
    """exp(x) / sum(exp(x)), over all entries or along `axis`.

    Parameters
    ----------
    x : array_like or Node
        The logits.
    axis : int or tuple of int, optional
        Where they stand; all by default.
    """
    return operations.softmax(x, axis=axis)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """log(softmax(x)), finite where softmax itself rounds to 0.

    Parameters
    ----------
    x : array_like or Node
        The logits.
    axis : int or tuple of int, optional
        Where they stand; all by default.
    """
    return operations.log_softmax(x, axis=axis)


def logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """log(sum(b exp(a))), without overflow.

    Parameters
    ----------
    a : array_like or Node
        The exponents.
    axis : int or tuple of int, optional
        Over which axes; all by default.
    b : array_like or Node, optional
        Factors, 1 by default; negative ones need ``return_sign=True``.
    keepdims : bool, default False
        Whether the axes stay, with length 1.
    return_sign : bool, default False
        Whether the sign of the sum is returned too, and the logarithm of its absolute value.
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
