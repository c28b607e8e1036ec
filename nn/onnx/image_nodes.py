"""Convolution and pooling of ONNX's as layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..layers import (
    AveragePool1D,
    AveragePool2D,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    GlobalAveragePool,
    Layer,
    MaxPool1D,
    MaxPool2D,
    Reshape,
    ZeroPad,
)
from ..tensor_file import ModelFileError
from .chain import Call, Chain

__all__ = ["OF_IMAGES", "Row"]


class Row(NamedTuple):
    """How a node is read, and which attributes it may have."""

    read: Callable[[Call, Chain], None]
    attributes: frozenset[str] = frozenset()


_WINDOW = frozenset({"auto_pad", "kernel_shape", "pads", "strides", "dilations"})


def _axes(call: Call, chain: Chain, axes: int) -> int:
    if axes not in (1, 2):
        raise ModelFileError(f"expected images or sequences, found {axes} axes of places")
    if chain.shape is not None and len(chain.shape) != axes + 2:
        raise ModelFileError(f"expected a batch of {axes + 2} axes, found {len(chain.shape)}")
    return axes


def _padding(call: Call, axes: int, behind: list[int]) -> Any:
    """The padding as layers have it; what is to be there `behind` the result is cut off less."""
    if call.attribute("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise ModelFileError("expected pads as numbers, found auto_pad. Export it with those")
    pads = call.attribute("pads", [0] * 2 * axes)
    if len(pads) != 2 * axes:
        raise ModelFileError(f"expected {2 * axes} pads, found {len(pads)}")
    pairs = tuple(
        (before, after - more)
        for before, after, more in zip(pads[:axes], pads[axes:], behind, strict=True)
    )
    if min(min(pair) for pair in pairs) < 0:
        raise ModelFileError("expected pads from 0, and output_padding within them")
    numbers = {n for pair in pairs for n in pair}
    if len(numbers) > 1:
        return pairs
    return numbers.pop() or "valid"


def _per_axis(call: Call, name: str, axes: int, default: int = 1) -> Any:
    found = call.attribute(name, [default] * axes)
    if len(found) != axes:
        raise ModelFileError(f"expected {axes} numbers in {name}, found {len(found)}")
    return found[0] if len(set(found)) == 1 else tuple(found)


def _convolution(transposed: bool) -> Callable[[Call, Chain], None]:
    def read(call: Call, chain: Chain) -> None:
        call.takes_batch()
        weight, bias = call.needed(1), call.constant(2)
        if weight.dtype.kind != "f":
            raise ModelFileError(f"expected kernels of numbers, found {weight.dtype}")
        axes = _axes(call, chain, weight.ndim - 2)
        groups = call.attribute("group", 1)
        first, second, *kernel = weight.shape
        if call.attribute("kernel_shape", kernel) != kernel or groups < 1:
            raise ModelFileError(f"expected kernels of shape {kernel}, and groups from 1")
        make: Any = ConvTranspose2D if transposed else (Conv1D, Conv2D)[axes - 1]
        if transposed and axes == 1:
            raise ModelFileError("expected images, for there is no ConvTranspose1D")
        inputs, outputs = (first, second * groups) if transposed else (second * groups, first)
        if chain.shape is not None and chain.shape[1] not in (None, inputs):
            raise ModelFileError(f"expected {inputs} channels, found {chain.shape[1]}")
        if bias is not None and (bias.shape != (outputs,) or bias.dtype.kind != "f"):
            raise ModelFileError(f"expected a bias for {outputs} channels, found {bias.shape}")
        layer = make(
            inputs,
            outputs,
            kernel[0] if len(set(kernel)) == 1 else tuple(kernel),
            stride=_per_axis(call, "strides", axes),
            padding=_padding(call, axes, call.attribute("output_padding", [0] * axes)),
            dilation=_per_axis(call, "dilations", axes),
            groups=groups,
            bias=bias is not None,
        )
        parameters = {"weight": weight} | ({} if bias is None else {"bias": bias})
        chain.add(call, layer, parameters, behind=(chain.batch, outputs, *[None] * axes))

    return read


def _pool(*kinds: type[Layer]) -> Callable[[Call, Chain], None]:
    def read(call: Call, chain: Chain) -> None:
        call.takes_batch()
        kernel = call.attribute("kernel_shape", [0])
        axes = _axes(call, chain, len(kernel))
        if call.attribute("ceil_mode", 0) or _per_axis(call, "dilations", axes) != 1:
            raise ModelFileError("expected windows without gaps that lie in the image")
        padding: Any = _padding(call, axes, [0] * axes)
        if padding != "valid" and call.attribute("count_include_pad", 0):
            raise ModelFileError("expected a mean without what is around, found count_include_pad")
        size, stride = _per_axis(call, "kernel_shape", axes), _per_axis(call, "strides", axes)
        make: Any = kinds[axes - 1]
        layer = make(size, stride=None if stride == size else stride, padding=padding)
        channels = None if chain.shape is None else chain.shape[1]
        chain.add(call, layer, behind=(chain.batch, channels, *[None] * axes))

    return read


def _global_average(call: Call, chain: Chain) -> None:
    call.takes_batch()
    axes = 2 if chain.shape is None else len(chain.shape) - 2
    channels = None if chain.shape is None else chain.shape[1]
    chain.add(call, GlobalAveragePool(), behind=(chain.batch, channels))
    chain.add(call, Reshape((-1, *[1] * axes)), behind=(chain.batch, channels, *[1] * axes))


def _pad(call: Call, chain: Chain) -> None:
    call.takes_batch()
    widths = call.whole_numbers(1) if chain.opset >= 11 else call.attribute("pads", [0])
    filling = call.constant(2) if chain.opset >= 11 else np.zeros(1)
    axes = _axes(call, chain, len(widths) // 2 - 2)
    if call.attribute("mode", "constant") != "constant" or (filling is not None and filling.any()):
        raise ModelFileError("expected zeros around")
    pairs = list(zip(widths[: axes + 2], widths[axes + 2 :], strict=True))
    if any(map(any, pairs[:2])):
        raise ModelFileError("expected zeros around images, found some around samples or channels")
    channels = None if chain.shape is None else chain.shape[1]
    chain.add(call, ZeroPad(tuple(pairs[2:])), behind=(chain.batch, channels, *[None] * axes))


OF_IMAGES: Mapping[str, Row] = {
    "AveragePool": Row(
        _pool(AveragePool1D, AveragePool2D), _WINDOW | {"ceil_mode", "count_include_pad"}
    ),
    "Conv": Row(_convolution(transposed=False), _WINDOW | {"group"}),
    "ConvTranspose": Row(_convolution(transposed=True), _WINDOW | {"group", "output_padding"}),
    "GlobalAveragePool": Row(_global_average),
    "MaxPool": Row(_pool(MaxPool1D, MaxPool2D), _WINDOW | {"ceil_mode", "storage_order"}),
    "Pad": Row(_pad, frozenset({"mode", "pads", "value"})),
}
"""By the name of the node."""
