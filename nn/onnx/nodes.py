"""Which nodes of ONNX's are layers, and how they are read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.files import shown

from ..layers import (
    ELU,
    GELU,
    SELU,
    Clip,
    Dropout,
    Flatten,
    FullyConnected,
    HardSigmoid,
    Layer,
    LeakyReLU,
    LogSoftMax,
    PReLU,
    ReLU,
    Reshape,
    Sigmoid,
    SoftMax,
    Softplus,
    Softsign,
    Tanh,
)
from ..tensor_file import ModelFileError
from .chain import BATCH, Call, Chain
from .folding import fold
from .image_nodes import OF_IMAGES, Row
from .normalization import (
    read_batch,
    read_groups,
    read_instances,
    read_layer,
    read_root_mean_square,
)

__all__ = ["SUPPORTED", "read_node"]


def read_node(call: Call, chain: Chain) -> None:
    """Append the layer that a node is to the chain, or what it computes without a batch.

    Raises
    ------
    ModelFileError
        If there is no layer for it; says which nodes there are.
    """
    if call.domain not in ("", "ai.onnx"):
        raise ModelFileError(f"expected an operator of ONNX's own, found {shown(call.domain[:80])}")
    if not call.outputs or not call.outputs[0]:
        raise ModelFileError("expected a result, found none")
    if call.outputs[0] in chain.seen or call.outputs[0] in chain.constants:
        raise ModelFileError(f"makes {shown(repr(call.outputs[0][:80]))}, which is there already")
    if fold(call, chain):
        return
    if call.type not in _ROWS:
        raise ModelFileError(f"no layer does this. Supported are {', '.join(SUPPORTED)}")
    row = _ROWS[call.type]
    call.check_attributes(row.attributes)
    row.read(call, chain)


# --- full connections -----------------------------------------------------------------------------


def _gemm(call: Call, chain: Chain) -> None:
    call.takes_batch()
    weight = _matrix(call.needed(1))
    if call.attribute("transA", 0):
        raise ModelFileError("expected transA = 0, for the samples lie along the first axis")
    if call.attribute("transB", 0):
        weight = weight.T
    weight = _times(weight, call.attribute("alpha", 1.0))
    bias = call.constant(2)
    if bias is not None:
        bias = _times(_bias(bias, weight.shape[1]), call.attribute("beta", 1.0))
    _fully_connected(call, chain, weight, bias, (chain.batch, weight.shape[1]))


def _matmul(call: Call, chain: Chain) -> None:
    call.takes_batch()
    weight = _matrix(call.needed(1))
    behind = None if chain.shape is None else (*chain.shape[:-1], weight.shape[1])
    _fully_connected(call, chain, weight, None, behind)


def _add(call: Call, chain: Chain) -> None:
    first = call.inputs[:1] != [chain.latest]
    call.takes_batch(at=int(first))
    last = chain.layers[-1] if chain.layers else None
    position = len(chain.layers) - 1
    if type(last) is not FullyConnected or f"{position}.bias" in chain.state:
        raise ModelFileError("expected it behind a MatMul, as its bias")
    bias = _bias(call.needed(int(not first)), last.out_features)
    chain.layers[-1] = FullyConnected(last.in_features, last.out_features)
    chain.keep(position, "bias", bias)
    chain.pass_on(call)


def _fully_connected(
    call: Call,
    chain: Chain,
    weight: npt.NDArray[Any],
    bias: npt.NDArray[Any] | None,
    behind: tuple[int | None, ...] | None,
) -> None:
    last = None if chain.shape is None else chain.shape[-1]
    if last not in (None, weight.shape[0]):
        raise ModelFileError(f"expected {weight.shape[0]} inputs, found {last} of the node before")
    parameters = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
    layer = FullyConnected(*weight.shape, bias=bias is not None)
    chain.add(call, layer, parameters, behind=behind)


def _matrix(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if array.ndim != 2 or array.dtype.kind != "f":
        raise ModelFileError(
            f"expected a matrix of weights, found {array.dtype} of shape {array.shape}"
        )
    return array


def _bias(array: npt.NDArray[Any], units: int) -> npt.NDArray[Any]:
    row = array.size == units and array.shape[-1:] == (units,)
    if not (row or array.size == 1) or array.dtype.kind != "f":
        raise ModelFileError(
            f"expected a bias for {units} units, found {array.dtype} of shape {array.shape}"
        )
    return np.array(np.broadcast_to(array.reshape(-1), (units,)))


def _times(array: npt.NDArray[Any], factor: float) -> npt.NDArray[Any]:
    return array if factor == 1.0 else array * factor


# --- activations ----------------------------------------------------------------------------------


def _plain(make: Callable[[], Layer]) -> Callable[[Call, Chain], None]:
    """The reader of a node without options."""

    def read(call: Call, chain: Chain) -> None:
        call.takes_batch()
        chain.add(call, make())

    return read


def _leaky_relu(call: Call, chain: Chain) -> None:
    call.takes_batch()
    chain.add(call, LeakyReLU(call.attribute("alpha", 0.01)))


def _prelu(call: Call, chain: Chain) -> None:
    call.takes_batch()
    slope = call.needed(1)
    if slope.size == 1:
        layer: Layer = LeakyReLU(call.number(1, 0.0), learned=True)
    elif slope.size == slope.shape[0]:
        layer = PReLU(slope.size)
    else:
        raise ModelFileError(
            f"expected one slope for each channel, or one for all; found shape {slope.shape}"
        )
    chain.add(call, layer, {"slope": slope.reshape(-1)})


def _elu(call: Call, chain: Chain) -> None:
    call.takes_batch()
    chain.add(call, ELU(call.attribute("alpha", 1.0)))


def _gelu(call: Call, chain: Chain) -> None:
    call.takes_batch()
    chain.add(call, GELU(approximate=call.word("approximate", ("none", "tanh")) == "tanh"))


def _selu(call: Call, chain: Chain) -> None:
    call.takes_batch()
    alpha, scale = call.attribute("alpha", SELU.alpha), call.attribute("gamma", SELU.scale)
    if not np.allclose((alpha, scale), (SELU.alpha, SELU.scale), rtol=1e-6):
        raise ModelFileError(f"expected the numbers of SELU, found alpha {alpha}, gamma {scale}")
    chain.add(call, SELU())


def _hard_sigmoid(call: Call, chain: Chain) -> None:
    call.takes_batch()
    alpha, beta = call.attribute("alpha", 0.2), call.attribute("beta", 0.5)
    if not np.allclose((alpha, beta), (1 / 6, 0.5), rtol=1e-6):
        raise ModelFileError(f"expected alpha = 1/6 and beta = 0.5, found {alpha} and {beta}")
    chain.add(call, HardSigmoid())


def _clip(call: Call, chain: Chain) -> None:
    call.takes_batch()
    if chain.opset < 11:
        low, high = call.attribute("min", -math.inf), call.attribute("max", math.inf)
    else:
        low, high = call.number(1, -math.inf), call.number(2, math.inf)
    largest = float(np.finfo(np.float32).max) / 2  # what exporters write for none
    minimum, maximum = low if low > -largest else None, high if high < largest else None
    if minimum == 0 and maximum is None:
        chain.add(call, ReLU())
    elif minimum is maximum is None:
        chain.pass_on(call)
    else:
        chain.add(call, Clip(minimum, maximum))


def _softmax(make: Callable[[], Layer]) -> Callable[[Call, Chain], None]:
    def read(call: Call, chain: Chain) -> None:
        call.takes_batch()
        axis = call.attribute("axis", -1 if chain.opset >= 13 else 1)
        axes = None if chain.shape is None else len(chain.shape)
        if axis != -1 and (axes is None or axis != axes - 1):
            raise ModelFileError(
                f"expected the last axis, found axis {axis} of a batch "
                f"{f'of {axes} axes' if axes else 'of a shape that is not known'}"
            )
        chain.add(call, make())

    return read


# --- what changes no number, or their places alone ------------------------------------------------


def _dropout(call: Call, chain: Chain) -> None:
    call.takes_batch()
    training = call.constant(2)
    if training is not None and training.any():
        raise ModelFileError("expected a network for predictions, found training_mode")
    rate = call.number(1, 0.5) if chain.opset >= 12 else call.attribute("ratio", 0.5)
    chain.add(call, Dropout(rate))


def _identity(call: Call, chain: Chain) -> None:
    call.takes_batch()
    chain.pass_on(call)


def _cast(call: Call, chain: Chain) -> None:
    call.takes_batch()
    if call.attribute("to", 0) not in (1, 10, 11):
        raise ModelFileError("expected floating-point numbers in a network, found another type")
    chain.pass_on(call)


def _flatten(call: Call, chain: Chain) -> None:
    call.takes_batch()
    axis = call.attribute("axis", 1)
    if axis != 1 and (chain.shape is None or axis + len(chain.shape) != 1):
        raise ModelFileError(f"expected axis 1, behind that of the samples; found {axis}")
    chain.add(call, Flatten(), behind=(chain.batch, None))


def _reshape(call: Call, chain: Chain) -> None:
    call.takes_batch()
    computed = call.inputs[1] in chain.shapes if len(call.inputs) > 1 else False
    samples, *axes = call.whole_numbers(1) or [0]
    keeps = not call.attribute("allowzero", 0)
    is_batch = samples == BATCH or (samples == 0 and keeps) or samples == chain.batch
    if not is_batch or not axes:
        raise ModelFileError(
            f"expected a shape that leaves the axis of the samples, found {[samples, *axes]}"
        )
    if keeps:
        axes = [_kept(chain, place) if axis == 0 else axis for place, axis in enumerate(axes, 1)]
    if samples == BATCH and BATCH in axes and not computed:
        raise ModelFileError(f"expected one -1 in a shape, found {[samples, *axes]}")
    size = None if chain.sample is None else math.prod(chain.sample)
    layer = Flatten() if len(axes) == 1 and axes[0] in (BATCH, size) else Reshape(axes)
    behind = tuple(None if axis == BATCH else axis for axis in axes)
    chain.add(call, layer, behind=(chain.batch, *behind))


def _kept(chain: Chain, place: int) -> int:
    """The length of an axis that a Reshape leaves as it is."""
    length = chain.shape[place] if chain.shape and place < len(chain.shape) else None
    if length is None:
        raise ModelFileError(f"expected the length of axis {place} to be known, found that not")
    return length


# --- the table ------------------------------------------------------------------------------------


_ROWS: Mapping[str, Row] = MappingProxyType(
    {
        **OF_IMAGES,
        "Add": Row(_add),
        "BatchNormalization": Row(read_batch, frozenset({"epsilon", "momentum", "training_mode"})),
        "Cast": Row(_cast, frozenset({"to", "saturate"})),
        "Clip": Row(_clip, frozenset({"min", "max"})),
        "Dropout": Row(_dropout, frozenset({"ratio", "seed"})),
        "Elu": Row(_elu, frozenset({"alpha"})),
        "Flatten": Row(_flatten, frozenset({"axis"})),
        "Gelu": Row(_gelu, frozenset({"approximate"})),
        "Gemm": Row(_gemm, frozenset({"alpha", "beta", "transA", "transB"})),
        "GroupNormalization": Row(read_groups, frozenset({"epsilon", "num_groups", "stash_type"})),
        "HardSigmoid": Row(_hard_sigmoid, frozenset({"alpha", "beta"})),
        "Identity": Row(_identity),
        "InstanceNormalization": Row(read_instances, frozenset({"epsilon"})),
        "LayerNormalization": Row(read_layer, frozenset({"axis", "epsilon", "stash_type"})),
        "LeakyRelu": Row(_leaky_relu, frozenset({"alpha"})),
        "LogSoftmax": Row(_softmax(LogSoftMax), frozenset({"axis"})),
        "MatMul": Row(_matmul),
        "PRelu": Row(_prelu),
        "RMSNormalization": Row(
            read_root_mean_square, frozenset({"axis", "epsilon", "stash_type"})
        ),
        "Relu": Row(_plain(ReLU)),
        "Reshape": Row(_reshape, frozenset({"allowzero"})),
        "Selu": Row(_selu, frozenset({"alpha", "gamma"})),
        "Sigmoid": Row(_plain(Sigmoid)),
        "Softmax": Row(_softmax(SoftMax), frozenset({"axis"})),
        "Softplus": Row(_plain(Softplus)),
        "Softsign": Row(_plain(Softsign)),
        "Tanh": Row(_plain(Tanh)),
    }
)

SUPPORTED = sorted([*_ROWS, "Constant"])
"""The nodes that are read."""
