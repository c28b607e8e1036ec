"""The array API standard (data-apis.org) for nodes: ``node.__array_namespace__()`` returns this.

The functions are NumPy's of the same names, which record where a node takes part. All results are
nodes, as code written to the standard expects of one namespace; what it makes from plain numbers
wants no gradient. Nodes are never overwritten: ``x[index] = ...`` is refused.

Examples
--------
>>> from autograd_core import Node
>>> x = Node([1.0, 2.0])
>>> xp = x.__array_namespace__()
>>> xp.sum(x * xp.asarray([3.0, 4.0])).value
np.float64(11.0)
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import operations
from .containers import map_leaves
from .lists import stacked
from .node import Node, held

__array_api_version__ = "2024.12"

e, inf, nan, newaxis, pi = np.e, np.inf, np.nan, None, np.pi

DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float32", "float64", "complex64", "complex128"),
)
SAME = (
    *("abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and"),
    *("bitwise_left_shift", "bitwise_invert", "bitwise_or", "bitwise_right_shift", "bitwise_xor"),
    *("ceil", "conj", "copysign", "cos", "cosh", "divide", "equal", "exp", "expm1", "floor"),
    *("floor_divide", "greater", "greater_equal", "hypot", "imag", "isfinite", "isinf", "isnan"),
    *("less", "less_equal", "log", "log1p", "log2", "log10", "logaddexp", "logical_and"),
    *("logical_not", "logical_or", "logical_xor", "maximum", "minimum", "multiply", "negative"),
    *("nextafter", "not_equal", "positive", "pow", "real", "reciprocal", "remainder", "round"),
    *("sign", "signbit", "sin", "sinh", "sqrt", "square", "subtract", "tan", "tanh", "trunc"),
    *("all", "any", "argmax", "argmin", "broadcast_arrays", "broadcast_to", "concat"),
    *("cumulative_prod", "cumulative_sum", "diff", "expand_dims", "flip", "isin"),
    *("matmul", "matrix_transpose", "max", "mean", "meshgrid", "min", "moveaxis", "nonzero"),
    *("permute_dims", "prod", "repeat", "roll", "searchsorted", "squeeze", "stack", "std", "sum"),
    *("take", "take_along_axis", "tensordot", "tile", "tril", "triu", "unique_all"),
    *("unique_counts", "unique_inverse", "unique_values", "unstack", "var", "vecdot", "where"),
)
"""Functions that NumPy has under the standard's name, or, before NumPy 2.1, this package."""

MAKING = ("arange", "empty", "eye", "from_dlpack", "linspace", "ones", "zeros")
LIKE = ("empty_like", "ones_like", "zeros_like")
LINALG = (
    *("cholesky", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv"),
    *("matmul", "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "outer", "pinv"),
    *("qr", "slogdet", "solve", "svd", "svdvals", "tensordot", "trace", "vecdot", "vector_norm"),
)
FFT = (
    *("fft", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifftn", "ifftshift", "ihfft"),
    *("irfft", "irfftn", "rfft", "rfftfreq", "rfftn"),
)


def as_nodes(results: Any) -> Any:
    """Return what NumPy's functions returned, with nodes in place of arrays.

    Examples
    --------
    >>> as_nodes((np.float32(1.0), True))
    (Node(1.0, dtype=float32, requires_grad=False), True)
    """
    return map_leaves(
        lambda x: Node(x, requires_grad=False) if isinstance(x, (np.ndarray, np.generic)) else x,
        results,
    )


def returns_nodes(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, whose results are nodes then (decorator)."""

    @functools.wraps(function)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        return as_nodes(function(*arguments, **options))

    return wrapped


def _own_or_numpys(name: str) -> Callable[..., Any]:
    return getattr(np, name, None) or getattr(operations, name)


def _like(function: Callable[..., Any]) -> Callable[..., Any]:
    return returns_nodes(lambda x, /, **options: function(held(x), **options))


for _name in DTYPES:
    globals()[_name] = getattr(np, _name)
for _name in SAME:
    globals()[_name] = returns_nodes(_own_or_numpys(_name))
for _name in MAKING:
    globals()[_name] = returns_nodes(getattr(np, _name))
for _name in LIKE:
    globals()[_name] = _like(getattr(np, _name))
linalg = SimpleNamespace(
    **{n: returns_nodes(getattr(np.linalg, n)) for n in LINALG if hasattr(np.linalg, n)}
)
fft = SimpleNamespace(**{n: returns_nodes(getattr(np.fft, n)) for n in FFT})


# --- those that NumPy calls otherwise -------------------------------------------------------------


@returns_nodes
def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: Any = None) -> Any:
    """The node itself, lists that hold nodes stacked, or a node that wants no gradient."""
    obj = stacked(obj)
    if type(obj) is not Node:
        return np.asarray(obj, dtype)
    if dtype is not None and np.dtype(dtype) != obj.dtype:
        return obj.astype(dtype)
    return obj.copy() if copy else obj


@returns_nodes
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """The same entries in another data type."""
    return x if not copy and x.dtype == dtype else x.astype(dtype)


@returns_nodes
def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """An array filled with one number, which may be a node."""
    if type(fill_value) is not Node:
        return np.full(shape, fill_value, dtype)
    return np.broadcast_to(asarray(fill_value, dtype=dtype), shape)


@returns_nodes
def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """An array in the shape and, unless given, the data type of another, filled with one number."""
    return full(np.shape(x), fill_value, dtype=x.dtype if dtype is None else dtype)


@returns_nodes
def reshape(x: Any, /, shape: Any, *, copy: bool | None = None) -> Any:
    """The same entries in another shape."""
    return np.reshape(x, shape)


@returns_nodes
def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """The entries limited to a range."""
    return np.clip(x, min, max)


@returns_nodes
def count_nonzero(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """How many entries are not 0."""
    found: Any = np.count_nonzero(x, axis=axis, keepdims=keepdims)
    return found if type(found) is Node else np.asarray(found)


@returns_nodes
def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The entries in order along an axis."""
    found = np.sort(x, axis=axis, stable=stable)
    return np.flip(found, axis) if descending else found


@returns_nodes
def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The order that sorts the entries along an axis."""
    if not descending:
        return np.argsort(x, axis=axis, stable=stable)
    # Read from behind, equal entries keep their order.
    order = np.argsort(np.flip(x, axis), axis=axis, stable=stable)
    return np.flip(np.shape(x)[axis] - 1 - order, axis)


def _data_type(x: Any) -> Any:
    return x.dtype if isinstance(x, (Node, np.ndarray, np.generic)) else x


def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that arrays of these shapes broadcast to."""
    return np.broadcast_shapes(*shapes)


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether a data type, or that of an array, can be cast to another without loss."""
    return np.can_cast(_data_type(from_), to)


def finfo(type: Any, /) -> Any:
    """The limits of a floating-point data type, or of that of an array."""
    return np.finfo(_data_type(type))


def iinfo(type: Any, /) -> Any:
    """The limits of a data type of whole numbers, or of that of an array."""
    return np.iinfo(_data_type(type))


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether a data type is of a kind, such as "real floating"."""
    return np.isdtype(dtype, kind)


def result_type(*arrays_and_dtypes: Any) -> np.dtype[Any]:
    """The data type that arrays, numbers and data types have together."""
    return np.result_type(*[held(x) for x in arrays_and_dtypes])


def __array_namespace_info__() -> Any:  # noqa: N807  # the standard's name
    """What the namespace can do: as NumPy, from 2.1 on, says."""
    return np.__array_namespace_info__()


def namespace(api_version: str | None = None) -> Any:
    """The module of the standard's functions, if it knows the version."""
    known = ("2021.12", "2022.12", "2023.12", "2024.12")
    if api_version not in (None, *known):
        raise ValueError(f"array API version {api_version!r} is not known; known are {known}")
    return sys.modules[__name__]
