"""Convolution and pooling as ONNX's operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from autograd_core.convolving import Window
from autograd_core.operations.convolutions import over
from autograd_core.operations.pooling import pool_window
from autograd_core.program.errors import UnsupportedOperationError
from autograd_core.program.value import Value, own_name, shape_of

from .graph import Graph

__all__ = ["OF_IMAGES", "convolution_with", "is_bias_of"]


def _window(how: Window, axes: int) -> dict[str, list[int]]:
    """What all of these operators are told of their window."""
    before, after = zip(*how.padding[2 - axes :], strict=True)
    return {
        "kernel_shape": list(how.kernel[2 - axes :]),
        "strides": list(how.stride[2 - axes :]),
        "pads": [*before, *after],
    }


def is_bias_of(product: Any, bias: Any) -> bool:
    """Whether this is a convolution, and that one number for each of its channels."""
    return (
        own_name(product) in _CONVOLUTIONS
        and own_name(bias) == "reshape"
        and shape_of(bias) == (product.shape[1], *(1,) * (product.ndim - 2))
        and shape_of(bias.inputs[0]) == product.shape[1:2]
        and bias.dtype == product.dtype
    )


def convolution_with(graph: Graph, value: Value, *bias: Any) -> str:
    """Write a convolution or its transpose, with or without a bias."""
    x, w = value.inputs
    back = own_name(value) == "convolution_input"
    options = {name: value.options[name] for name in ("stride", "padding", "dilation")}
    how = over(value.shape if back else shape_of(x), shape_of(w)[2:], **options)
    axes = value.ndim - 2
    more = {}
    if back:  # there may be rows and columns behind that no window reaches
        rest = [
            n - ((m - 1) * s + d * (k - 1) + 1 - sum(width))
            for n, m, s, d, k, width in zip(
                how.size, how.out, how.stride, how.dilation, how.kernel, how.padding, strict=True
            )
        ]
        more = {"output_padding": rest[2 - axes :]} if any(rest) else {}
    return graph.node(
        _CONVOLUTIONS[own_name(value)],
        *(graph.of(each, value.dtype) for each in (x, w, *bias)),
        **_window(how, axes),
        dilations=list(how.dilation[2 - axes :]),
        group=int(value.options["groups"]),
        **more,
    )


_CONVOLUTIONS = {"convolution": "Conv", "convolution_input": "ConvTranspose"}


def _pool(operator: str) -> Callable[[Graph, Value], str]:
    def form(graph: Graph, value: Value) -> str:
        (x,) = value.inputs
        how = pool_window(shape_of(x), **value.options)
        return graph.node(operator, graph.of(x, value.dtype), **_window(how, value.ndim - 2))

    return form


def _of_numbers(form: Callable[[Graph, Value], str]) -> Callable[[Graph, Value], str]:
    """The form of an operation that ONNX has for floating-point numbers alone."""

    def refusing(graph: Graph, value: Value) -> str:
        if value.dtype.kind != "f":
            raise UnsupportedOperationError(
                f"{value!r} has a form in ONNX for floating-point numbers alone"
            )
        return form(graph, value)

    return refusing


OF_IMAGES: Mapping[str, Callable[[Graph, Value], str]] = MappingProxyType(
    {
        "average_pool": _of_numbers(_pool("AveragePool")),
        "convolution": _of_numbers(convolution_with),
        "convolution_input": _of_numbers(convolution_with),
        "max_pool": _of_numbers(_pool("MaxPool")),
    }
)
"""By the name of the operation."""
