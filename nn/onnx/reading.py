"""Networks read from ONNX files, ours and others'."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core.files import IrregularFileError, expanded, opened, shown

from ..initializers import only_zeros
from ..losses import CrossEntropyLoss
from ..model_file import MOST_LAYERS, rebuilt_parts
from ..network import NeuralNetwork
from ..tensor_file import DamagedFileError, ModelFileError, plain
from .chain import Call, Chain
from .description import DESCRIPTION, FORMAT, structure
from .installed import require_onnx
from .nodes import read_node
from .tensors import Tensors
from .weighing import check_weight

__all__ = ["load"]

_MOST_BYTES = 2**31 - 1
"""Of a protobuf message."""

_OLDEST_OPSET = 7
_MOST_NODES = 10 * MOST_LAYERS

_WRONG = (ValueError, TypeError, AttributeError, LookupError, RecursionError, OverflowError)
"""What code raises that meets something else than it expects."""


def load(path: str | os.PathLike[str]) -> NeuralNetwork:
    """Read a network from an ONNX file; nothing in it is run.

    A file that `save` wrote gives back the network with its loss and its optimizer, as long as its
    nodes are what was written. Any other is followed node by node: a chain of Gemm, or of MatMul
    and Add, activations, Softmax, Flatten, Reshape and so on becomes layers, with the default
    loss, or behind a Softmax with `CrossEntropyLoss`.

    Parameters
    ----------
    path : path-like
        The file; tensors in files of their own are read if they lie in its folder.

    Returns
    -------
    NeuralNetwork
        The network, ready to predict and to train on.

    Raises
    ------
    ModelFileError
        If the file is damaged, or has a node that no layer stands for; says which node, where.
    ImportError
        If onnx is not installed.
    OSError
        If a file can't be opened.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from nn import FullyConnected, NeuralNetwork, ReLU, onnx
    >>> network = NeuralNetwork([FullyConnected(2, 8), ReLU(), FullyConnected(8, 3)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = onnx.load(onnx.save(network, f"{folder}/m.onnx"))
    >>> again.layers
    (FullyConnected(2, 8), ReLU(), FullyConnected(8, 3))
    """
    require_onnx("read")
    with _explaining(path):
        content = _bytes_of(path)
        check_weight(content)
        model = _parsed(content)
        tensors = Tensors(expanded(path).parent)
        constants = _constants(model.graph, tensors)
        found = _described(model, constants) or _followed(model, constants, tensors)
        numbers = sum(array.size for array in found.state.values())
        with only_zeros(2 * numbers + 4096):  # so that a few too many are told by their names
            network = NeuralNetwork(**found.arguments)
        network.load_state_dict(found.state)
    return network


class _Contents(NamedTuple):
    """What a file says of a network: its arguments, and its parameters."""

    arguments: dict[str, Any]
    state: dict[str, npt.NDArray[Any]]


# --- the file -------------------------------------------------------------------------------------


def _bytes_of(path: str | os.PathLike[str]) -> bytes:
    try:
        with opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > _MOST_BYTES:
                raise ModelFileError(
                    f"expected at most {_MOST_BYTES} bytes, which is what a file of ONNX's can "
                    f"hold; found {size}"
                )
            return file.read(size)
    except IrregularFileError as error:
        raise DamagedFileError(f"it is {error.found}") from None


def _parsed(content: bytes) -> Any:
    """Return the ModelProto, if it is one."""
    from google.protobuf.message import DecodeError
    from onnx import ModelProto

    try:
        model = ModelProto.FromString(content)
    except DecodeError as error:
        raise DamagedFileError(str(error)) from None
    if not model.ir_version or not model.HasField("graph") or not model.opset_import:
        raise DamagedFileError("expected a version, operators and a graph, found not all of them")
    versions = [each.version for each in model.opset_import if each.domain in ("", "ai.onnx")]
    if len(versions) != 1 or versions[0] < _OLDEST_OPSET:
        raise ModelFileError(
            f"expected ONNX's operators of version {_OLDEST_OPSET} or newer, found "
            f"{versions[0] if versions else 'none'}. Export it again with a newer opset"
        )
    if model.functions:
        raise ModelFileError(
            "expected operators of ONNX's own, found functions that the file defines. Write it "
            "once more with onnx.inliner.inline_local_functions(model)"
        )
    return model


def _constants(graph: Any, tensors: Tensors) -> dict[str, npt.NDArray[Any]]:
    """Return the initializers by name."""
    if graph.sparse_initializer:
        raise ModelFileError("expected dense tensors, found sparse ones")
    constants: dict[str, npt.NDArray[Any]] = {}
    for tensor in graph.initializer:
        if tensor.name in constants:
            raise DamagedFileError(f"found two tensors {shown(repr(tensor.name[:80]))}")
        constants[tensor.name] = tensors.read(tensor)
    return constants


@contextmanager
def _explaining(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what is wrong with a file into a `ModelFileError` that names it."""
    name = shown(path)
    try:
        yield
    except DamagedFileError as error:
        raise DamagedFileError(
            f"{name}: expected an ONNX file, found a damaged one or another kind ({shown(error)})"
        ) from None
    except MemoryError as error:
        raise ModelFileError(f"{name}: not enough memory for what it holds ({error})") from None
    except _WRONG as error:
        raise ModelFileError(f"{name}: {shown(error)}") from None


# --- ours -----------------------------------------------------------------------------------------


def _described(model: Any, constants: dict[str, npt.NDArray[Any]]) -> _Contents | None:
    """Return what our own description says, where it still fits the nodes; else None."""
    texts = [entry.value for entry in model.metadata_props if entry.key == DESCRIPTION]
    if not texts:
        return None
    description = plain(texts[0], "the description")
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        return None
    names = description.get("parameters")
    if not isinstance(names, list) or not all(name in constants for name in names):
        return None
    if description.get("structure") != structure(model.graph, frozenset(names)):
        return None  # somebody has changed the nodes since, and they count
    arguments = rebuilt_parts(description.get("configuration"), complete=False)
    del arguments["frozen"]  # a file for others says nothing of training
    layers = arguments["layers"]  # or one model
    _name(layers if isinstance(layers, list) else [layers], description.get("names"))
    return _Contents(arguments, {name: constants[name] for name in names})


def _name(layers: list[Any], names: Any) -> None:
    """Give layers the names that they had in diagrams."""
    if not isinstance(names, list) or len(names) != len(layers):
        raise ValueError(f"expected names of {len(layers)} layers in the description")
    for layer, name in zip(layers, names, strict=True):
        if isinstance(name, str):
            layer.name = name


# --- others' --------------------------------------------------------------------------------------


def _followed(model: Any, constants: dict[str, npt.NDArray[Any]], tensors: Tensors) -> _Contents:
    """Return the chain of layers that the nodes are."""
    graph = model.graph
    if len(graph.node) > _MOST_NODES:
        raise ModelFileError(f"expected at most {_MOST_NODES} nodes, found {len(graph.node)}")
    start = _only("input", [each for each in graph.input if each.name not in constants])
    end = _only("output", list(graph.output))
    opset = next(each.version for each in model.opset_import if each.domain in ("", "ai.onnx"))
    chain = Chain(start.name, _shape_of(start), constants, opset, tensors)
    for position, node in enumerate(graph.node):
        call = Call(node, position, chain)
        try:
            read_node(call, chain)
        except _WRONG as error:
            raise ModelFileError(f"{call.place}: {error}") from None
    if end.name != chain.latest:
        raise ModelFileError(
            f"expected the output to be the result of the last node, {shown(repr(chain.latest))}; "
            f"found {shown(repr(end.name[:80]))}"
        )
    if not chain.layers:
        raise ModelFileError("expected at least one node that is a layer, found none")
    if len(chain.layers) > MOST_LAYERS:
        raise ModelFileError(f"expected at most {MOST_LAYERS} layers, found {len(chain.layers)}")
    double = any(array.dtype == np.float64 for array in chain.state.values())
    dtype = "float64" if double or _is_double(start) else "float32"
    arguments: dict[str, Any] = {"layers": chain.layers, "dtype": dtype}
    if chain.layers[-1].applies_softmax:  # in which case the default loss would apply it twice
        arguments["loss"] = CrossEntropyLoss("mean")
    return _Contents(arguments, chain.state)


def _only(what: str, found: list[Any]) -> Any:
    if len(found) != 1:
        raise ModelFileError(
            f"expected one {what}, found {len(found)}: "
            f"{shown(', '.join(each.name[:40] for each in found[:10])) or 'none'}"
        )
    return found[0]


def _shape_of(value: Any) -> tuple[int | None, ...] | None:
    """Return the shape that the graph declares; None for an axis of any length."""
    tensor = value.type.tensor_type
    if not value.type.HasField("tensor_type") or not tensor.HasField("shape"):
        return None
    if len(tensor.shape.dim) > 64:
        raise DamagedFileError(f"expected at most 64 axes, found {len(tensor.shape.dim)}")
    return tuple(
        axis.dim_value if axis.HasField("dim_value") and axis.dim_value > 0 else None
        for axis in tensor.shape.dim
    )


def _is_double(value: Any) -> bool:
    from onnx import TensorProto

    return bool(value.type.tensor_type.elem_type == TensorProto.DOUBLE)
