"""Composite operations in terms of simpler ones, to rounding: one NumPy expression each."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..value import Value, dtype_of, own_name, shape_of
from .rewriting import expressed, rewritten

if TYPE_CHECKING:
    from ..program import Program


def in_parts(program: Program) -> Program:
    """Write softmax, the cross entropy, variances and their like as what they are made of.

    What `decompose` takes apart keeps its bits; these are right to rounding.

    Examples
    --------
    >>> from autograd_core import Program, softmax
    >>> program = Program.record(softmax, np.ones(3))
    >>> sorted({v.operation.name for v in in_parts(program).values() if v.operation})
    ['divide', 'equal', 'exp', 'max', 'subtract', 'sum', 'where']
    """
    return rewritten(program, _parts)


def _parts(value: Value) -> Any:
    find = PARTS.get(own_name(value))
    if find is None:
        return None
    if any(dtype_of(x).kind not in "fiub" or dtype_of(x).itemsize < 4 for x in value.inputs):
        return None
    parts = find(value)
    if parts is None or shape_of(parts) != value.shape or dtype_of(parts) != value.dtype:
        return None  # NumPy takes another way there, for example through another dtype
    return parts


def _axes(value: Value) -> tuple[int, ...]:
    axis, ndim = value.options["axis"], len(shape_of(value.inputs[0]))
    if axis is None:
        return tuple(range(ndim))
    return tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))


def _count(value: Value) -> int:
    shape = shape_of(value.inputs[0])
    return math.prod(shape[a] for a in _axes(value))


def _mean(value: Value) -> Any:
    if value.dtype.kind != "f" or not _count(value):
        return None
    n, options = float(_count(value)), dict(value.options)
    return expressed(lambda x: np.sum(x, **options) / n, value.inputs[0])


def _squared_deviations(value: Value) -> Any:
    options = dict(value.options)
    correction = options.pop("correction")
    ddof = options.pop("ddof") if correction is None else correction
    options.pop("ddof", None)
    n = float(_count(value))
    if value.dtype.kind != "f" or n <= ddof:
        return None

    def expression(x: Any) -> Any:
        mean = np.sum(x, axis=options["axis"], keepdims=True) / n
        gap = x - mean
        return np.sum(gap * gap, **options) / (n - ddof)

    return expression


def _var(value: Value) -> Any:
    expression = _squared_deviations(value)
    return None if expression is None else expressed(expression, value.inputs[0])


def _std(value: Value) -> Any:
    expression = _squared_deviations(value)
    if expression is None:
        return None
    return expressed(lambda x: np.sqrt(expression(x)), value.inputs[0])


def _below(x: Any, axis: Any) -> Any:
    """`x` less its largest entry; infinite entries share all, rows of nothing but -inf are nan."""
    largest = np.max(x, axis=axis, keepdims=True)
    return np.where(x == np.inf, 0.0, x - largest)


def _softmax(value: Value) -> Any:
    axis = value.options["axis"]

    def expression(x: Any) -> Any:
        parts = np.exp(_below(x, axis))
        return parts / np.sum(parts, axis=axis, keepdims=True)

    return expressed(expression, value.inputs[0]) if value.size else None


def _log_of_softmax(x: Any, axis: Any) -> Any:
    below = _below(x, axis)
    return below - np.log(np.sum(np.exp(below), axis=axis, keepdims=True))


def _log_softmax(value: Value) -> Any:
    axis = value.options["axis"]
    return expressed(lambda x: _log_of_softmax(x, axis), value.inputs[0]) if value.size else None


def _logsumexp(value: Value) -> Any:
    x = value.inputs[0]
    axis, keepdims, shape = value.options["axis"], value.options["keepdims"], value.shape
    if not _count(value) or dtype_of(x).kind != "f":
        return None

    def expression(x: Any) -> Any:
        largest = np.max(x, axis=axis, keepdims=True)
        largest = np.where(np.isfinite(largest), largest, 0.0)
        out = np.log(np.sum(np.exp(x - largest), axis=axis, keepdims=True)) + largest
        return out if keepdims else np.reshape(out, shape)

    return expressed(expression, x)


def _weighed(logs: Any, targets: Any) -> Any:
    """What has no weight costs nothing: 0 * -inf is nan."""
    return targets * np.where(targets == 0, 0.0, logs)


def _negative_log_likelihood(value: Value) -> Any:
    divisor = value.options["divisor"]
    return expressed(
        lambda logs, targets: -np.sum(_weighed(logs, targets)) / divisor, *value.inputs
    )


def _softmax_cross_entropy(value: Value) -> Any:
    logits, targets = value.inputs
    axis = value.options["axis"]
    if shape_of(targets) != shape_of(logits) or dtype_of(targets).kind != "f" or not value.size:
        return None
    return expressed(
        lambda x, y: -np.sum(_weighed(_log_of_softmax(x, axis), y), axis=axis), logits, targets
    )


def _triangle(value: Value) -> Any:
    k = value.options["k"]
    keep = getattr(np, value.operation.name)(np.ones(value.shape[-2:], bool), k)  # type: ignore[union-attr]
    if len(shape_of(value.inputs[0])) < 2:
        return None
    return expressed(lambda x: np.where(keep, x, 0), value.inputs[0])


PARTS: dict[str, Callable[[Value], Any]] = {
    "mean": _mean,
    "var": _var,
    "std": _std,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "negative_log_likelihood": _negative_log_likelihood,
    "softmax_cross_entropy": _softmax_cross_entropy,
    "tril": _triangle,
    "triu": _triangle,
}
"""What gives the parts of each composite, by its name; None where only NumPy does the same."""
