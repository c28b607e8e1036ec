"""Networks written as ONNX files: the operations of a forward pass, and our description."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core import Program, __version__
from autograd_core.files import write_atomically
from autograd_core.program.drawn import Draw
from autograd_core.program.errors import UnsupportedOperationError
from autograd_core.program.value import Value

from ..layers import Layer, Reshape
from ..network import NeuralNetwork
from ..stages import stages_of
from .batched import Batched, Samples, recorded
from .description import DESCRIPTION, FORMAT, structure
from .graph import BATCH, INPUT, OUTPUT, Graph
from .image_operators import is_bias_of
from .installed import require_onnx
from .operators import OPERATORS, affine_parts, gemm, written
from .tensors import from_array, type_number

__all__ = ["save"]

OPSET, IR_VERSION = 23, 11
"""Those of ONNX 1.18 of May 2025."""

_MOST_BYTES = 2**31 - 1
"""Of a protobuf message."""


def save(
    network: NeuralNetwork,
    path: str | os.PathLike[str],
    *,
    shape: Sequence[Any] | Mapping[str, Sequence[int]] | None = None,
) -> Path:
    """Write a network as an ONNX file, as it predicts: completely or not at all.

    What is written are the operations of a forward pass, as other engines know them. So a layer
    of your own is written, too, if it is made of operations that ONNX has. Our own description
    stands beside it in the metadata, and `NeuralNetwork.load` gives back layers, loss and
    optimizer; where a layer can't be described, the file does without.

    Parameters
    ----------
    network : NeuralNetwork
        The network. Its loss is not written as operations.
    path : path-like
        The file, by custom ``*.onnx``.
    shape : sequence of int, optional
        The shape of one sample. By default what the layers say, so that a network that begins with
        `Flatten` takes rows, and images with ``shape=(28, 28)``; where they leave it open, as
        convolutions do, the shape of the samples that the network saw last. Of a model with
        several inputs those of each, in order or by name: ``{"left": (2,), "right": (3,)}``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UnsupportedOperationError
        If a layer has an operation for which there is no form in ONNX.
    RecordingError
        If a layer reads a number to decide what it computes.
    ValueError
        If the shape of a sample is not known, or the parameters are beyond the 2 GiB that an ONNX
        file can hold.
    ImportError
        If onnx is not installed.

    References
    ----------
    The ONNX specification, operators of version 23.

    Examples
    --------
    >>> import tempfile
    >>> from nn import Flatten, FullyConnected, NeuralNetwork, onnx
    >>> network = NeuralNetwork([Flatten(), FullyConnected(784, 10)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     onnx.save(network, f"{folder}/images.onnx", shape=(28, 28)).name
    'images.onnx'
    """
    require_onnx("write")
    state = _state(network)
    size = sum(array.nbytes for array in state.values())
    if size > _MOST_BYTES:
        raise ValueError(
            f"an ONNX file holds at most {_MOST_BYTES} bytes, got parameters of {size}. Write a "
            ".safetensors file"
        )
    batched = recorded(network, _sample_shapes(network, shape), known=OPERATORS)
    tensors = _named(network, batched.program)
    found = {tensor.name for tensor in tensors.values()}
    graph = graph_of(batched, tensors, network.input_names)
    graph.initializer.extend(  # what the layers have, but don't use when training is over
        from_array(name, array) for name, array in state.items() if name not in found
    )
    model = model_of(graph)
    description = _description(network, graph)
    if description is not None:
        model.metadata_props.add(key=DESCRIPTION, value=description)
    return write_atomically(path, model.SerializeToString(deterministic=True))


def _sample_shapes(network: NeuralNetwork, given: Any) -> list[tuple[int, ...]]:
    """Return the shape of a sample of each input."""
    names = network.input_names
    if names is None:
        return [_sample_shape(network) if given is None else tuple(map(int, given))]
    if isinstance(given, Mapping) and given.keys() == set(names):
        given = [given[name] for name in names]
    given = network.sample_shape if given is None else given
    if given is None or isinstance(given, Mapping) or len(given) != len(names):
        by_name = ", ".join(f"{name!r}: (2,)" for name in names)
        raise ValueError(
            f"an ONNX file of a model that takes {', '.join(names)} expects the shape of one "
            f"sample of each, got {given}. Write nn.onnx.save(network, path, shape={{{by_name}}})"
        )
    return [tuple(map(int, shape)) for shape in given]


def _sample_shape(network: NeuralNetwork) -> tuple[int, ...]:
    """Return the shape of a sample that the layers take, or the one that they have met."""
    said = _said(network.layers)
    found = network.sample_shape if said is None else said
    if found is None:
        raise ValueError(
            "an ONNX file expects a network with inputs of a known shape, got layers that take "
            "any, and no sample so far. Give the shape of one: nn.onnx.save(network, path, "
            "shape=(28, 28)), of images their channels, too, of a sequence its steps and features"
        )
    return found


def _said(layers: Sequence[Layer]) -> tuple[int, ...] | None:
    """Return the shape of a sample that the first layer which says so takes, if all fit to it.

    Layers before it are taken for such that take what they give: activations, or `Flatten`.
    """
    for layer in layers:
        if layer.takes_sequences or layer.takes_indices:
            return None
        entries = layer.in_features
        if isinstance(layer, Reshape) and -1 not in layer.shape:
            entries = math.prod(layer.shape)
        if entries is not None:
            try:
                stages_of(layers, (entries,))
            except ValueError:
                return None
            return (entries,)
    return None


def _state(network: NeuralNetwork) -> dict[str, npt.NDArray[Any]]:
    """Return what the layers learn and remember, by name; not copied."""
    parts: dict[str, Any] = {**network.parameters(), **network.buffers()}
    return {name: np.asarray(part.value) for name, part in parts.items()}


def _named(network: NeuralNetwork, program: Program) -> dict[int, Tensor]:
    """Return names and values of the inputs that are kept in the file, by the input's number."""
    names = {id(array): name for name, array in _state(network).items()}
    tensors: dict[int, Tensor] = {}
    for number, source in program.sources.items():
        if isinstance(source, Draw):
            raise UnsupportedOperationError(
                "an ONNX file expects a network that draws no random numbers when training is "
                "over, got one that does"
            )
        array = source()
        tensors[number] = Tensor(names.get(id(array), f"captured_{number}"), np.asarray(array))
    return tensors


class Tensor(NamedTuple):
    """An array that is kept in a file."""

    name: str
    array: npt.NDArray[Any]


def graph_of(
    batched: Batched, tensors: Mapping[int, Tensor], called: Sequence[str] | None = None
) -> Any:
    """Return a program as a GraphProto.

    Parameters
    ----------
    batched : Batched
        The program; its first result is that of the graph.
    tensors : mapping of int to Tensor
        Inputs that are kept in the file, by their number. The others are called "input", or
        "input_1" and so on where there are several.
    called : sequence of str, optional
        What the others are called instead.

    Raises
    ------
    UnsupportedOperationError
        If ONNX has no operator for what it computes.
    """
    from onnx import helper

    program = batched.program
    free = [number for number in range(len(program.inputs)) if number not in tensors]
    names = [INPUT if len(free) == 1 else f"{INPUT}_{place}" for place in range(1, len(free) + 1)]
    if called is not None and len(called) == len(free):
        names = list(called)
    graph = Graph(batched, names[0])
    for number, name in zip(free, names, strict=True):
        graph.name(program.inputs[number], name)
    for number, tensor in tensors.items():
        graph.name(program.inputs[number], tensor.name)
        graph.constant(tensor.array, tensor.name)
    _write_values(program, graph)
    inputs = [
        _declared(name, program.inputs[number], batched)
        for number, name in zip(free, names, strict=True)
    ]
    output = _declared(OUTPUT, program.outputs[0], batched)
    return helper.make_graph(graph.nodes, "network", inputs, [output], graph.tensors)


def model_of(graph: Any) -> Any:
    """Return a graph with the versions of what it is made of, a ModelProto."""
    from onnx import helper

    return helper.make_model(
        graph,
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="autograd-core",
        producer_version=__version__,
    )


def _write_values(program: Program, graph: Graph) -> None:
    """Write all that the output needs, and call it by its name."""
    values = program.values()
    uses = Counter(id(x) for value in values for x in value.inputs)
    uses.update(map(id, program.outputs))
    whole = {}
    for value in values:
        parts = affine_parts(value)
        if parts is not None and uses[id(parts[0])] == 1:
            whole[id(value)] = parts
    inside = {id(product) for product, _ in whole.values()}
    inside |= {  # of a convolution, whose bias is arranged for the sum alone
        id(bias)
        for product, bias in whole.values()
        if is_bias_of(product, bias) and uses[id(bias)] == 1
    }
    for value in values:
        if value.operation is None or id(value) in inside:
            continue
        graph.enter(value)
        if id(value) in whole:
            graph.name(value, gemm(graph, *whole[id(value)]))
        else:
            graph.name(value, written(graph, value))
    graph.end(program.outputs[0])


def _declared(name: str, value: Any, batched: Batched) -> Any:
    from onnx import helper

    lengths = batched.shape(value) if type(value) is Value else np.shape(value)
    shape = [
        (BATCH if length.each == 1 else f"{length.each} {BATCH}")
        if isinstance(length, Samples)
        else length
        for length in lengths
    ]
    return helper.make_tensor_value_info(name, type_number(value.dtype), shape)


def _description(network: NeuralNetwork, graph: Any) -> str | None:
    """Return in JSON what gives back the network; None where a part can't be described."""
    names = [*network.parameters(), *network.buffers()]
    try:
        description: Mapping[str, Any] = {
            "format": FORMAT,
            "structure": structure(graph, frozenset(names)),
            "parameters": names,
            "names": [layer.name for layer in network.layers],
            "configuration": network.configuration(),
        }
        return json.dumps(description, allow_nan=False)
    except (ValueError, TypeError, AttributeError):  # such as a layer of a private class
        return None
