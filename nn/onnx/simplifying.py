"""Programs in terms of what engines of ONNX have: operations found, others taken apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from autograd_core import Program, erf, softmax
from autograd_core.program.passes.rewriting import expressed, rewritten
from autograd_core.program.value import Value, own_name, shape_of

__all__ = ["simplified"]


def simplified(program: Program) -> Program:
    """Return the program with the operators that ONNX's engines have.

    Examples
    --------
    >>> from nn import SoftMax
    >>> program = simplified(Program.record(SoftMax(), np.ones((1, 3))))
    >>> [value.operation.name for value in program.values() if value.operation]
    ['softmax']
    """
    return rewritten(program, _rule)


def _rule(value: Value) -> Any:
    name = own_name(value)
    if name == "divide":
        return _softmax(value)
    if name in _REARRANGED:
        return _REARRANGED[name](value)
    if name in _PARTS:
        return _apart(value, _PARTS[name])
    # What most engines have in single precision alone.
    if name in _PARTS_OF_DOUBLE and value.dtype == np.float64:
        return _apart(value, _PARTS_OF_DOUBLE[name])
    return None


def _apart(value: Value, parts: Callable[..., Any]) -> Any:
    """Return a value in terms of other operations, in the dtype that it has."""
    dtypes = {x.dtype for x in value.inputs if type(x) is Value}
    if value.dtype.kind == "c" or any(dtype.kind == "c" for dtype in dtypes):
        return None
    found = expressed(parts, *value.inputs, **value.options)
    return found if found.dtype == value.dtype else None


def _softmax(value: Value) -> Value | None:
    """Return exp(x - max(x)) / sum(exp(x - max(x))) as what it is."""
    exponentials, total = value.inputs
    if own_name(total) != "sum" or own_name(exponentials) != "exp":
        return None
    if total.inputs[0] is not exponentials:
        return None
    axis, below = total.options["axis"], exponentials.inputs[0]
    if own_name(below) != "subtract" or own_name(below.inputs[1]) != "max":
        return None
    x, largest = below.inputs
    kept = total.options["keepdims"] and largest.options["keepdims"]
    if not kept or largest.inputs[0] is not x or largest.options["axis"] != axis:
        return None
    if type(axis) is not int or type(x) is not Value or x.shape != value.shape:
        return None
    options = {"axis": axis}
    return Value(softmax, (x,), options, value.shape, value.dtype, value.name, value.scope)


# --- normalisation -------------------------------------------------------------------------------


def _without_moments(value: Value) -> Value | None:
    """Leave out of a `normalize` what its forward pass leaves to the backward pass."""
    return None if len(value.inputs) == 3 else _with(value, value.inputs[:3])


def _by_channel(value: Value) -> Value | None:
    """Give a `batch_normalization` of channels what it is given as vectors, as ONNX does."""
    x = value.inputs[0]
    if "channels" in value.options or type(x) is not Value or x.ndim < 2:
        return None
    vectors = [_vector(part, x) for part in value.inputs[1:]]
    if any(vector is None for vector in vectors):
        return None
    return _with(value, (x, *vectors), channels=True)


def _vector(part: Any, x: Value) -> Any:
    """One number for each channel of x, as a vector; None if it is something else."""
    channels, shape = x.shape[1], shape_of(part)
    if shape == ():
        return None if type(part) is Value else np.full(channels, part, x.dtype)
    if shape == (channels,) and x.ndim == 2:
        return part
    inner = part.inputs[0] if own_name(part) == "reshape" else None
    along = (channels, *[1] * (x.ndim - 2))
    return inner if shape == along and shape_of(inner) == (channels,) else None


def _with(value: Value, inputs: tuple[Any, ...], **options: Any) -> Value:
    options = {**value.options, **options}
    return Value(
        value.operation, inputs, options, value.shape, value.dtype, value.name, value.scope
    )


_REARRANGED: Mapping[str, Callable[[Value], Value | None]] = MappingProxyType(
    {"batch_normalization": _by_channel, "normalize": _without_moments}
)
"""Operations whose inputs are others in ONNX."""

# --- operations in terms of others ----------------------------------------------------------------


def _var(
    x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False, correction: Any = None
) -> Any:
    missing = ddof if correction is None else correction
    deviations = x - np.mean(x, axis=axis, keepdims=True)
    mean = np.mean(deviations * deviations, axis=axis, keepdims=keepdims)
    if not missing:
        return mean
    entries = x.size / max(mean.size, 1)
    return mean * (entries / (entries - missing))


def _logaddexp(x: Any, y: Any) -> Any:
    return np.maximum(x, y) + np.log(np.exp(-np.abs(x - y)) + 1.0)


def _fmax(x: Any, y: Any) -> Any:
    return np.where(np.isnan(x), y, np.where(np.isnan(y), x, np.maximum(x, y)))


def _fmin(x: Any, y: Any) -> Any:
    return np.where(np.isnan(x), y, np.where(np.isnan(y), x, np.minimum(x, y)))


_PARTS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "deg2rad": lambda x: x * (math.pi / 180.0),
        "exp2": lambda x: np.exp(x * math.log(2.0)),
        "expm1": lambda x: np.exp(x) - 1.0,
        "fmax": _fmax,
        "fmin": _fmin,
        "hypot": lambda x, y: np.sqrt(x * x + y * y),
        "isfinite": lambda x: np.logical_not(np.logical_or(np.isnan(x), np.isinf(x))),
        "lerp": lambda x, y, t: x + (y - x) * t,
        "log10": lambda x: np.log(x) * (1.0 / math.log(10.0)),
        "log1p": lambda x: np.log(x + 1.0),
        "log2": lambda x: np.log(x) * (1.0 / math.log(2.0)),
        "logaddexp": _logaddexp,
        "rad2deg": lambda x: x * (180.0 / math.pi),
        "remainder": lambda x, y: x - y * np.floor(x / y),
        "square": lambda x: x * x,
        "std": lambda x, **options: np.sqrt(_var(x, **options)),
        "trunc": lambda x: np.sign(x) * np.floor(np.abs(x)),
        "var": _var,
    }
)
"""For every dtype."""


def _elu(x: Any, alpha: float) -> Any:
    return np.where(x > 0, x, (np.exp(np.minimum(x, 0)) - 1.0) * alpha)


def _selu(x: Any) -> Any:
    return _elu(x, 1.6732632423543772) * 1.0507009873554805


def _gelu(x: Any, approximate: bool) -> Any:
    if approximate:
        inner = (x + x * x * x * 0.044715) * math.sqrt(2.0 / math.pi)
        return x * (np.tanh(inner) + 1.0) * 0.5
    return x * (erf(x * math.sqrt(0.5)) + 1.0) * 0.5


_PARTS_OF_DOUBLE: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "arccosh": lambda x: np.log(x + np.sqrt(x * x - 1.0)),
        "arcsinh": lambda x: np.sign(x) * np.log(np.abs(x) + np.sqrt(x * x + 1.0)),
        "arctanh": lambda x: np.log((x + 1.0) / (1.0 - x)) * 0.5,
        "cosh": lambda x: (np.exp(x) + np.exp(-x)) * 0.5,
        "elu": _elu,
        "gelu": _gelu,
        "leaky_relu": lambda x, negative_slope: np.where(x > 0, x, x * negative_slope),
        "selu": _selu,
        "sinh": lambda x: (np.exp(x) - np.exp(-x)) * 0.5,
        "softplus": lambda x: _logaddexp(x, 0.0),
        "tan": lambda x: np.sin(x) / np.cos(x),
    }
)
"""For float64: operators that onnxruntime has in single precision alone."""
