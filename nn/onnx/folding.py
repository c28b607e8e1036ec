"""Nodes whose result is known before there is a batch: constants, and arithmetic on shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from autograd_core.files import shown

from ..tensor_file import ModelFileError
from .chain import BATCH, Call, Chain

__all__ = ["fold"]

_MOST_ENTRIES = 64
"""Of what is computed: it is about shapes. Larger arrays are seen in another order alone."""

_TYPES = {1: np.float32, 6: np.int32, 7: np.int64, 10: np.float16, 11: np.float64}

Array: TypeAlias = npt.NDArray[Any]


def fold(call: Call, chain: Chain) -> bool:
    """Compute a node that needs no batch; return False if it does need one."""
    if call.type == "Constant":
        chain.constants[call.outputs[0]] = _constant(call, chain)
        return True
    if call.type == "Shape" and call.inputs[:1] == [chain.latest]:
        chain.shapes[call.outputs[0]] = _shape(call, chain)
        return True
    names = [name for name in call.inputs if name]
    about_shapes = any(name in chain.shapes for name in names)
    known = all(name in chain.constants or name in chain.shapes for name in names)
    if call.type not in _FUNCTIONS or not names or not known:
        return False
    function, attributes = _FUNCTIONS[call.type]
    call.check_attributes(attributes)
    arrays = [chain.constants.get(name, chain.shapes.get(name)) for name in names]
    if call.type not in _SEEN_OTHERWISE and any(x.size > _MOST_ENTRIES for x in arrays):  # type: ignore[union-attr]
        raise ModelFileError(f"expected a constant of at most {_MOST_ENTRIES} entries, found more")
    result = np.asarray(function(call, *arrays))
    if call.type not in _SEEN_OTHERWISE and result.size > _MOST_ENTRIES:
        raise ModelFileError(f"expected at most {_MOST_ENTRIES} entries, found {result.size}")
    (chain.shapes if about_shapes else chain.constants)[call.outputs[0]] = result
    return True


def _constant(call: Call, chain: Chain) -> Array:
    name, value = call.only_attribute()
    if name == "value":
        return chain.tensors.read(value)
    if name in ("value_float", "value_floats"):
        return np.asarray(value, np.float32)
    if name in ("value_int", "value_ints"):
        return np.asarray(value, np.int64)
    raise ModelFileError(f"expected numbers in value, found {shown(name[:80])}")


def _shape(call: Call, chain: Chain) -> Array:
    """The shape of the batch, with `BATCH` for the number of samples."""
    call.check_attributes(frozenset({"start", "end"}))
    sample = chain.sample
    if sample is None:
        raise ModelFileError("expected the shape of the graph's input to be known, found that not")
    shape = np.array([BATCH, *sample], np.int64)
    return shape[call.attribute("start", 0) : call.attribute("end", len(shape))]


def _transpose(call: Call, x: Array) -> Array:
    return np.transpose(x, call.attribute("perm", list(range(x.ndim))[::-1]))


def _cast(call: Call, x: Array) -> Array:
    number = call.attribute("to", 0)
    if number not in _TYPES:
        raise ModelFileError(f"expected a float or a whole number, found ONNX's type {number}")
    return x.astype(_TYPES[number])


def _unsqueeze(call: Call, x: Array, axes: Array | None = None) -> Array:
    return np.expand_dims(x, tuple(_axes(call, axes)))


def _squeeze(call: Call, x: Array, axes: Array | None = None) -> Array:
    return np.squeeze(x, tuple(_axes(call, axes)) or None)


def _axes(call: Call, axes: Array | None) -> list[int]:
    """Since opset 13 an input, before that an attribute."""
    return call.attribute("axes", []) if axes is None else [int(axis) for axis in axes]


def _concat(call: Call, *parts: Array) -> Array:
    return np.concatenate(parts, call.attribute("axis", 0))


def _gather(call: Call, x: Array, places: Array) -> Array:
    return np.take(x, places, call.attribute("axis", 0))


def _slice(
    call: Call,
    x: Array,
    starts: Array,
    ends: Array,
    axes: Array | None = None,
    steps: Array | None = None,
) -> Array:
    if x.ndim != 1 or starts.size != 1 or ends.size != 1:
        raise ModelFileError("expected a slice of a list of numbers, found one of more axes")
    step = 1 if steps is None else int(steps.reshape(-1)[0])
    return x[int(starts[0]) : int(ends[0]) : step]


_Function: TypeAlias = Callable[..., Array]

_FUNCTIONS: Mapping[str, tuple[_Function, frozenset[str]]] = MappingProxyType(
    {
        "Cast": (_cast, frozenset({"to", "saturate"})),
        "Concat": (_concat, frozenset({"axis"})),
        "Gather": (_gather, frozenset({"axis"})),
        "Identity": (lambda call, x: x, frozenset()),
        "Slice": (_slice, frozenset()),
        "Squeeze": (_squeeze, frozenset({"axes"})),
        "Transpose": (_transpose, frozenset({"perm"})),
        "Unsqueeze": (_unsqueeze, frozenset({"axes"})),
    }
)

_SEEN_OTHERWISE = frozenset({"Identity", "Transpose"})
