"""Normalisation as ONNX has it, written and read."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_core.program.value import Value, shape_of

from ..layers import BatchNorm, GroupNorm, LayerNorm, RMSNorm
from ..tensor_file import ModelFileError
from .chain import Call, Chain
from .graph import Graph

__all__: list[str] = []

# --- written --------------------------------------------------------------------------------------


def batch_normalization(graph: Graph, value: Value) -> str:
    """Write a normalisation by statistics that are given."""
    parts = [graph.of(part, value.dtype) for part in value.inputs]
    epsilon = float(value.options["epsilon"])
    if "channels" in value.options:
        return graph.node("BatchNormalization", *parts, epsilon=epsilon)
    x, scale, shift, mean, variance = parts
    centered = graph.node("Sub", x, mean)
    return _scaled(graph, value, centered, variance, scale, shift)


def normalize(graph: Graph, value: Value) -> str:
    """Write a normalisation by the statistics of the batch."""
    given, *others = value.inputs
    shape = shape_of(given)
    axes = normalize_axis_tuple(value.options["axis"], len(shape))
    last = tuple(range(len(shape) - len(axes), len(shape)))
    x, scale, shift = (graph.of(part, value.dtype) for part in value.inputs)
    centered = value.options["center"]
    if axes == last and centered and all(shape_of(part) == shape[last[0] :] for part in others):
        epsilon = float(value.options["epsilon"])
        return graph.node("LayerNormalization", x, scale, shift, axis=-len(axes), epsilon=epsilon)
    along = graph.whole_numbers(*axes)
    if centered:
        x = graph.node("Sub", x, graph.node("ReduceMean", x, along, keepdims=1))
    variance = graph.node("ReduceMean", graph.node("Mul", x, x), along, keepdims=1)
    return _scaled(graph, value, x, variance, scale, shift)


def _scaled(
    graph: Graph, value: Value, centered: str, variance: str, scale: str, shift: str
) -> str:
    epsilon = graph.of(value.options["epsilon"], value.dtype)
    deviation = graph.node("Sqrt", graph.node("Add", variance, epsilon))
    scaled = graph.node("Mul", graph.node("Div", centered, deviation), scale)
    return graph.node("Add", scaled, shift)


# --- read -----------------------------------------------------------------------------------------

_EPSILON = 1e-5


def read_batch(call: Call, chain: Chain) -> None:
    """Read a BatchNormalization as it predicts."""
    call.takes_batch()
    if call.attribute("training_mode", 0):
        raise ModelFileError("expected a network for predictions, found training_mode")
    names = ("gamma", "beta", "running_mean", "running_var")
    state = {name: _numbers(call, place) for place, name in enumerate(names, 1)}
    features = state["gamma"].size
    if {array.size for array in state.values()} != {features}:
        raise ModelFileError("expected one scale, shift, mean and variance for each channel")
    layer = BatchNorm(
        features,
        momentum=round(1.0 - call.attribute("momentum", 0.9), 7),
        epsilon=call.attribute("epsilon", _EPSILON),
    )
    chain.add(call, layer, state)


def read_layer(call: Call, chain: Chain) -> None:
    """Read a LayerNormalization."""
    call.takes_batch()
    scale = _of_last_axes(call, chain)
    shift = call.constant(2)
    layer = LayerNorm(_features(scale), epsilon=call.attribute("epsilon", _EPSILON))
    state = {"gamma": scale, "beta": np.zeros_like(scale) if shift is None else shift}
    chain.add(call, layer, state)


def read_root_mean_square(call: Call, chain: Chain) -> None:
    """Read an RMSNormalization."""
    call.takes_batch()
    scale = _of_last_axes(call, chain)
    layer = RMSNorm(_features(scale), epsilon=call.attribute("epsilon", _EPSILON))
    chain.add(call, layer, {"gamma": scale})


def read_groups(call: Call, chain: Chain) -> None:
    """Read a GroupNormalization with a scale for each channel."""
    call.takes_batch()
    if chain.opset < 21:  # where it had one for each group
        raise ModelFileError("expected a GroupNormalization of operators of version 21 or newer")
    scale = _numbers(call, 1)
    groups = call.attribute("num_groups", 0)
    layer = GroupNorm(groups, scale.size, epsilon=call.attribute("epsilon", _EPSILON))
    chain.add(call, layer, {"gamma": scale, "beta": _numbers(call, 2)})


def read_instances(call: Call, chain: Chain) -> None:
    """Read an InstanceNormalization: each channel is a group."""
    call.takes_batch()
    scale = _numbers(call, 1)
    layer = GroupNorm(scale.size, scale.size, epsilon=call.attribute("epsilon", _EPSILON))
    chain.add(call, layer, {"gamma": scale, "beta": _numbers(call, 2)})


def _numbers(call: Call, at: int) -> npt.NDArray[Any]:
    found = call.needed(at)
    if found.ndim != 1 or not found.size:
        raise ModelFileError(f"expected a vector as input {at}, found shape {found.shape}")
    return found


def _of_last_axes(call: Call, chain: Chain) -> npt.NDArray[Any]:
    """The scale of what is normalised along the last axes, which it must span."""
    scale = call.needed(1)
    axis = call.attribute("axis", -1)
    if axis >= 0:
        axis = axis - len(chain.shape) if chain.shape else math.inf
    if not scale.ndim or axis != -scale.ndim:
        raise ModelFileError(
            f"expected a scale for each entry along the axes from {call.attribute('axis', -1)} on, "
            f"found shape {scale.shape}"
        )
    return scale


def _features(scale: npt.NDArray[Any]) -> int | tuple[int, ...]:
    return scale.shape[0] if scale.ndim == 1 else scale.shape
