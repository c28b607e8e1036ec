"""Functions of torch written in our operations, so that a picture shows them as it shows ours."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import autograd_core as ac

PEERS: dict[str, Callable[..., Any]] = {}
"""By the name in torch, without underscores at its ends. Arguments stand as torch has them, with
`axis` for `dim` and the first by its place; a call that doesn't fit raises, and is a named box."""

AXES = {"dim": "axis", "dims": "axis", "keepdim": "keepdims"}
"""What torch calls the options that NumPy calls otherwise."""


def peer(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function under these names, or under its own."""

    def entered(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names or (function.__name__.strip("_"),):
            PEERS[name] = function
        return function

    return entered


# --- entry by entry: those of one name here, then those that torch calls otherwise ----------------

_UNARY = """
    absolute arccos arccosh arcsin arcsinh arctan arctanh ceil cos cosh erf exp exp2 expm1 floor log
    log10 log1p log2 negative positive reciprocal relu rint selu sigmoid sign silu sin sinc sinh
    sqrt square tan tanh trunc
"""
_BINARY = """
    add copysign divide equal float_power floor_divide fmax fmin fmod greater greater_equal hypot
    less less_equal logaddexp logaddexp2 logical_and logical_or logical_xor matmul maximum
    minimum multiply not_equal power remainder subtract
"""
_ALSO = {
    "abs": "absolute", "acos": "arccos", "acosh": "arccosh", "arctan2": "arctan2", "asin": "arcsin",
    "asinh": "arcsinh", "atan": "arctan", "atan2": "arctan2", "atanh": "arctanh", "bmm": "matmul",
    "div": "divide", "eq": "equal", "expit": "sigmoid", "fix": "trunc", "floordiv": "floor_divide",
    "ge": "greater_equal", "gt": "greater", "le": "less_equal", "logical_not": "logical_not",
    "lt": "less", "mm": "matmul", "mod": "remainder", "mul": "multiply", "mv": "matmul",
    "ne": "not_equal", "neg": "negative", "pow": "power", "round": "rint", "sub": "subtract",
    "true_divide": "divide", "truediv": "divide",
}  # fmt: skip
_NAMES = {name: name for name in (_UNARY + _BINARY).split()} | _ALSO


def _row(operation: Any) -> Callable[..., Any]:
    inputs = operation.arity

    def call(*arguments: Any) -> Any:
        if len(arguments) != inputs:
            raise TypeError("options that our operation has not")
        return operation(*arguments)

    return call


for _theirs, _ours in _NAMES.items():
    PEERS[_theirs] = _row(getattr(ac, _ours))


@peer("rsub")
def _rsub(x: Any, other: Any) -> Any:
    return ac.subtract(other, x)


@peer("rdiv", "rtruediv")
def _rdiv(x: Any, other: Any) -> Any:
    return ac.divide(other, x)


@peer("rpow")
def _rpow(x: Any, other: Any) -> Any:
    return ac.power(other, x)


@peer("rmatmul")
def _rmatmul(x: Any, other: Any) -> Any:
    return ac.matmul(other, x)


@peer("rsqrt")
def _rsqrt(x: Any) -> Any:
    return 1 / ac.sqrt(x)


@peer("where")
def _where(condition: Any, x: Any, y: Any) -> Any:
    return ac.where(condition, x, y)


@peer("clamp", "clip")
def _clamp(x: Any, min: Any = None, max: Any = None) -> Any:
    return ac.clip(x, min, max)


@peer("clamp_min")
def _clamp_min(x: Any, min: Any) -> Any:
    return ac.clip(x, min)


@peer("clamp_max")
def _clamp_max(x: Any, max: Any) -> Any:
    return ac.clip(x, None, max)


@peer("relu6")
def _relu6(x: Any) -> Any:
    return ac.clip(x, 0, 6)


@peer("leaky_relu")
def _leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    return ac.leaky_relu(x, negative_slope)


@peer("elu")
def _elu(x: Any, alpha: float = 1.0) -> Any:
    return ac.elu(x, alpha)


@peer("gelu")
def _gelu(x: Any, approximate: str = "none") -> Any:
    return ac.gelu(x, approximate=approximate == "tanh")


@peer("softplus")
def _softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    if beta != 1:
        raise ValueError("our softplus has no beta")
    return ac.softplus(x)


@peer("logsigmoid")
def _logsigmoid(x: Any) -> Any:
    return -ac.softplus(-x)


@peer("lerp")
def _lerp(x: Any, end: Any, weight: Any) -> Any:
    return ac.lerp(x, end, weight)


@peer("addcmul")
def _addcmul(x: Any, first: Any, second: Any, value: float = 1) -> Any:
    product = first * second
    return x + (product if value == 1 else value * product)


# --- products -------------------------------------------------------------------------------------


@peer("dot", "inner", "vdot")
def _dot(x: Any, y: Any) -> Any:
    return ac.matmul(x, y)  # of matrices they differ, which the comparison of values finds


@peer("addmm", "addmv", "baddbmm")
def _addmm(x: Any, first: Any, second: Any, beta: float = 1, alpha: float = 1) -> Any:
    if beta != 1 or alpha != 1:
        raise ValueError("with factors it is another formula")
    return x + first @ second


@peer("linear")
def _linear(x: Any, weight: Any, bias: Any = None) -> Any:
    product = ac.matmul(x, ac.transpose(weight))
    return product if bias is None else product + bias


@peer("outer", "ger")
def _outer(x: Any, y: Any) -> Any:
    return ac.expand_dims(x, 1) * y


# --- reductions -----------------------------------------------------------------------------------


def _reduction(operation: Any) -> Callable[..., Any]:
    def reduce(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        if isinstance(axis, list):
            axis = tuple(axis)
        return operation(x, axis=axis, keepdims=keepdims)

    return reduce


for _theirs, _ours in {
    "sum": "sum", "mean": "mean", "prod": "prod", "amax": "max", "amin": "min",
    "logsumexp": "logsumexp",
}.items():  # fmt: skip
    PEERS[_theirs] = _reduction(getattr(ac, _ours))


def _extreme(reduction: Any, position: Any, of_two: Any) -> Callable[..., Any]:
    def extreme(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        if axis is None:
            return reduction(x)
        if type(axis) is not int:
            return of_two(x, axis)
        return reduction(x, axis=axis, keepdims=keepdims), position(x, axis=axis, keepdims=keepdims)

    return extreme


PEERS["max"] = _extreme(ac.max, ac.argmax, ac.maximum)
PEERS["min"] = _extreme(ac.min, ac.argmin, ac.minimum)


@peer("argmax")
def _argmax(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return ac.argmax(x, axis=axis, keepdims=keepdims)


@peer("argmin")
def _argmin(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return ac.argmin(x, axis=axis, keepdims=keepdims)


def _spread(operation: Any) -> Callable[..., Any]:
    def spread(
        x: Any, axis: Any = None, unbiased: Any = True, keepdims: bool = False, correction: Any = 1
    ) -> Any:
        if isinstance(axis, bool):  # torch.var(x, unbiased)
            axis, unbiased = None, axis
        if isinstance(axis, list):
            axis = tuple(axis)
        return operation(x, axis=axis, ddof=correction if unbiased else 0, keepdims=keepdims)

    return spread


PEERS["var"] = _spread(ac.var)
PEERS["std"] = _spread(ac.std)


@peer("cumsum")
def _cumsum(x: Any, axis: int) -> Any:
    return ac.cumsum(x, axis=axis)


@peer("cumprod")
def _cumprod(x: Any, axis: int) -> Any:
    return ac.cumprod(x, axis=axis)


@peer("sort")
def _sort(x: Any, axis: int = -1, descending: bool = False, stable: bool = False) -> Any:
    return ac.sort(x, axis=axis), ac.argsort(x, axis=axis)


# --- softmax and losses ---------------------------------------------------------------------------


@peer("softmax", "special_softmax")
def _softmax(x: Any, axis: int) -> Any:
    return ac.softmax(x, axis)


@peer("log_softmax")
def _log_softmax(x: Any, axis: int) -> Any:
    return ac.log_softmax(x, axis)


def _reduced(each: Any, reduction: str) -> Any:
    if reduction == "none":
        return each
    return ac.sum(each) if reduction == "sum" else ac.mean(each)


@peer("mse_loss")
def _mse_loss(x: Any, target: Any, reduction: str = "mean") -> Any:
    difference = x - target
    return _reduced(difference * difference, reduction)


@peer("l1_loss")
def _l1_loss(x: Any, target: Any, reduction: str = "mean") -> Any:
    return _reduced(ac.absolute(x - target), reduction)


@peer("cross_entropy")
def _cross_entropy(
    x: Any,
    target: Any,
    reduction: str = "mean",
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Any:
    # Other values of these give another number, which the comparison finds.
    return _reduced(ac.softmax_cross_entropy(x, target, axis=min(1, x.ndim - 1)), reduction)


@peer("nll_loss")
def _nll_loss(x: Any, target: Any, reduction: str = "mean", ignore_index: int = -100) -> Any:
    picked = ac.take_along_axis(x, np.expand_dims(target.value, 1), axis=1)
    return _reduced(-ac.squeeze(picked, axis=1), reduction)


@peer("binary_cross_entropy_with_logits")
def _bce_with_logits(x: Any, target: Any, reduction: str = "mean") -> Any:
    return _reduced(ac.sigmoid_cross_entropy(x, target), reduction)


# --- shapes ---------------------------------------------------------------------------------------


def _whole(counts: tuple[Any, ...]) -> tuple[int, ...]:
    """``x.view(2, 3)`` and ``x.view((2, 3))``."""
    if len(counts) == 1 and isinstance(counts[0], (tuple, list)):
        counts = tuple(counts[0])
    return tuple(int(count) for count in counts)


@peer("view", "reshape", "unflatten")
def _reshape(x: Any, *shape: Any) -> Any:
    return ac.reshape(x, _whole(shape))


@peer("view_as", "reshape_as")
def _reshape_as(x: Any, other: Any) -> Any:
    return ac.reshape(x, other.shape)


@peer("flatten")
def _flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    shape = x.shape or (1,)
    start, end = start_dim % len(shape), end_dim % len(shape)
    joined = math.prod(shape[start : end + 1])
    return ac.reshape(x, (*shape[:start], joined, *shape[end + 1 :]))


@peer("ravel")
def _ravel(x: Any) -> Any:
    return ac.ravel(x)


@peer("t", "T", "mT", "adjoint")
def _transposed(x: Any) -> Any:
    return ac.transpose(x) if x.ndim == 2 else ac.swapaxes(x, -1, -2)


@peer("transpose", "swapaxes", "swapdims")
def _swapped(x: Any, first: int, second: int) -> Any:
    return ac.transpose(x) if x.ndim == 2 and first != second else ac.swapaxes(x, first, second)


@peer("permute")
def _permute(x: Any, *axes: Any) -> Any:
    return ac.transpose(x, _whole(axes))


@peer("squeeze")
def _squeeze(x: Any, axis: Any = None) -> Any:
    if type(axis) is int and x.shape[axis] != 1:
        raise ValueError("torch leaves it as it is")
    return ac.squeeze(x, axis=axis)


@peer("unsqueeze")
def _unsqueeze(x: Any, axis: int) -> Any:
    return ac.expand_dims(x, axis)


@peer("expand", "broadcast_to")
def _expand(x: Any, *shape: Any) -> Any:
    new = _whole(shape)
    old = (1,) * (len(new) - x.ndim) + x.shape
    return ac.broadcast_to(x, tuple(m if n == -1 else n for n, m in zip(new, old, strict=True)))


@peer("expand_as")
def _expand_as(x: Any, other: Any) -> Any:
    return ac.broadcast_to(x, other.shape)


@peer("flip")
def _flip(x: Any, *axes: Any) -> Any:
    return ac.flip(x, axis=_whole(axes))


@peer("tril")
def _tril(x: Any, diagonal: int = 0) -> Any:
    return ac.tril(x, diagonal)


@peer("triu")
def _triu(x: Any, diagonal: int = 0) -> Any:
    return ac.triu(x, diagonal)


# --- parts ----------------------------------------------------------------------------------------


def _plain(index: Any) -> Any:
    """An index with the values of its nodes, so that none becomes an array by itself."""
    if isinstance(index, (tuple, list)):
        return type(index)(map(_plain, index))
    return index.value if type(index) is ac.Node else index


@peer("getitem")
def _getitem(x: Any, index: Any) -> Any:
    return ac.getitem(x, _plain(index))


def _along(x: Any, axis: int, part: Any) -> Any:
    return ac.getitem(x, (slice(None),) * (axis % x.ndim) + (part,))


@peer("select")
def _select(x: Any, axis: int, index: int) -> Any:
    return _along(x, axis, index)


@peer("narrow")
def _narrow(x: Any, axis: int, start: Any, length: int) -> Any:
    return _along(x, axis, slice(int(start), int(start) + length))


@peer("unbind")
def _unbind(x: Any, axis: int = 0) -> Any:
    return [_along(x, axis, number) for number in range(x.shape[axis])]


@peer("split")
def _split(x: Any, sizes: Any, axis: int = 0) -> Any:
    total = x.shape[axis]
    if isinstance(sizes, int):
        sizes = [min(sizes, total - start) for start in range(0, total, sizes)]
    ends = np.cumsum(sizes).tolist()
    return [_along(x, axis, slice(b - n, b)) for n, b in zip(sizes, ends, strict=True)]


@peer("chunk")
def _chunk(x: Any, chunks: int, axis: int = 0) -> Any:
    return _split(x, -(-x.shape[axis] // chunks), axis)


@peer("gather")
def _gather(x: Any, axis: int, index: Any) -> Any:
    return ac.take_along_axis(x, index.value, axis=axis)


@peer("index_select")
def _index_select(x: Any, axis: int, index: Any) -> Any:
    return _along(x, axis, index.value)


@peer("embedding")
def _embedding(indices: Any, weight: Any, *options: Any, **more: Any) -> Any:
    return ac.getitem(weight, indices.value)


@peer("cat", "concat", "concatenate")
def _cat(tensors: Any, axis: int = 0) -> Any:
    return ac.concatenate(tensors, axis=axis)


@peer("stack")
def _stack(tensors: Any, axis: int = 0) -> Any:
    return ac.stack(tensors, axis=axis)


# --- data types -----------------------------------------------------------------------------------

CASTS = frozenset({"to", "type", "type_as", "float", "double", "half", "bfloat16", "int", "long"})
"""What may change the data type, and does nothing else to the numbers."""


def cast(x: Any, like: np.dtype[Any]) -> Any:
    """Return `x` in a data type; of the same one it is no operation."""
    if x.dtype == like:
        raise ValueError("nothing to do")
    return ac.astype(x, like)


# --- calling --------------------------------------------------------------------------------------


def in_ours(
    name: str, arguments: tuple[Any, ...], options: Mapping[str, Any], like: np.dtype[Any]
) -> Any:
    """Return what a call of torch's gives in our operations; None where it has no peer.

    `like` is the data type of what torch computed.

    Examples
    --------
    >>> x = ac.Node([[1.0, 2.0]])
    >>> in_ours("sum", (x,), {"dim": 1, "dtype": None}, x.dtype).value
    array([3.])
    >>> in_ours("conv9d", (x,), {}, x.dtype), in_ours("sum", (x,), {"dtype": 1}, x.dtype)
    (None, None)
    """
    if name in CASTS:
        function: Any = lambda x, *_, **__: cast(x, like)  # noqa: E731
    elif (function := PEERS.get(name)) is None:
        return None
    given = {
        AXES.get(key, key): value
        for key, value in options.items()
        if value is not None and key not in ("inplace", "memory_format", "_stacklevel")
    }
    for first in ("input", "self", "tensors"):
        if first in given and not arguments:
            arguments = (given.pop(first),)
    try:
        with np.errstate(all="ignore"):
            return function(*arguments, **given)
    except Exception:  # whatever doesn't fit is drawn as a box of torch's name
        return None
