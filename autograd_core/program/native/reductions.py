"""Reductions in C: where each begins, how an entry is added, and in which dtype."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..passes.fusion import REDUCTIONS
from ..value import Value, dtype_of, own_name
from .c_types import C_NAMES, c_name, literal

__all__ = ["Reduction", "is_reduction", "reduced_axes", "reduction_of"]


class Reduction(NamedTuple):
    """How entries become one, in C.

    `begin` is the first value and `c_type` its type, `step` what an entry ``{1}`` makes of ``{0}``,
    and `clause` the reduction as OpenMP calls it. With `marks` nan counts apart: whether there was
    one, in ``{0}nan``.
    """

    begin: str
    step: str
    clause: str
    c_type: str
    marks: bool = False


def is_reduction(value: Value) -> bool:
    """Whether a value is a reduction that is printed."""
    if own_name(value) not in REDUCTIONS:
        return False
    given = dtype_of(value.inputs[0])
    if given not in C_NAMES or value.dtype not in C_NAMES:
        return False
    return type(value.inputs[0]) is Value


def reduced_axes(value: Value) -> tuple[bool, ...]:
    """Return which axes of the input are gone.

    Examples
    --------
    >>> from autograd_core import sum
    >>> x = Value(None, (), {}, (2, 3), np.float32, "x")
    >>> reduced_axes(Value(sum, (x,), {"axis": -1, "keepdims": False}, (2,), np.float32))
    (False, True)
    """
    axis, ndim = value.options["axis"], len(value.inputs[0].shape)
    if axis is None or not ndim:
        return (True,) * ndim
    axes = {a % ndim for a in (axis if isinstance(axis, tuple) else (axis,))}
    return tuple(a in axes for a in range(ndim))


def reduction_of(value: Value) -> Reduction:
    """Return how a reduction is written.

    Sums and products of floats are made in double, so that no order of adding matters much.
    """
    assert value.operation is not None
    name, dtype = value.operation.name, value.dtype
    wide = "double" if dtype.kind == "f" else c_name(dtype)
    if name == "sum":
        return Reduction("0", "{0} += {1};", "+", wide)
    if name == "prod":
        return Reduction("1", "{0} *= {1};", "*", wide)
    if name in ("all", "any"):
        return (
            Reduction("1", "{0} &= ({1} != 0);", "&", "int")
            if name == "all"
            else Reduction("0", "{0} |= ({1} != 0);", "|", "int")
        )
    return _extreme(name, dtype)


def _extreme(name: str, dtype: np.dtype[Any]) -> Reduction:
    sign = ">" if name == "max" else "<"
    step = f"{{0}} = {{1}} {sign} {{0}} ? {{1}} : {{0}};"
    if dtype.kind == "f":
        begin = "-INFINITY" if name == "max" else "INFINITY"
        return Reduction(begin, step, name, c_name(dtype), marks=True)
    limits = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    return Reduction(literal(limits[name == "min"], dtype), step, name, c_name(dtype))
