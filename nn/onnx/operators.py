"""The operations of a program as ONNX's operators."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from autograd_core.program.errors import UnsupportedOperationError
from autograd_core.program.value import Value, dtype_of, own_name, shape_of

from .graph import Graph
from .image_operators import OF_IMAGES, convolution_with, is_bias_of
from .normalization import batch_normalization, normalize
from .tensors import type_number

__all__ = ["OPERATORS", "written"]

Form: TypeAlias = Callable[[Graph, Value], str]


def written(graph: Graph, value: Value) -> str:
    """Write what makes a value, and return the name of the result.

    Raises
    ------
    UnsupportedOperationError
        If ONNX has no operator for it.
    """
    name = own_name(value)
    if name not in OPERATORS:
        raise _unsupported(value, "has no form in ONNX here")
    return OPERATORS[name](graph, value)


def _unsupported(value: Value, why: str) -> UnsupportedOperationError:
    assert value.operation is not None
    where = "" if value.scope is None else f" in {value.scope}"
    return UnsupportedOperationError(
        f"the operation {value.operation.name!r}{where} {why}. Write the layer with others, or "
        "keep the network in a .safetensors file. Those with a form are "
        f"{', '.join(sorted(OPERATORS))}"
    )


# --- entry by entry -------------------------------------------------------------------------------


def _unary(operator: str) -> Form:
    """An operator of one input; what it needs to be of the result's dtype is turned into it."""

    def form(graph: Graph, value: Value) -> str:
        return graph.node(operator, graph.of(value.inputs[0], value.dtype))

    return form


def _test(operator: str) -> Form:
    """An operator of one input that says True or False."""
    return lambda graph, value: graph.node(operator, graph.of(value.inputs[0]))


def _arithmetic(operator: str) -> Form:
    """An operator of inputs of the result's dtype."""

    def form(graph: Graph, value: Value) -> str:
        return graph.node(operator, *(graph.of(x, value.dtype) for x in value.inputs))

    return form


def _comparison(operator: str) -> Form:
    """An operator of inputs of one dtype that says True or False."""

    def form(graph: Graph, value: Value) -> str:
        dtype = np.result_type(*(x.dtype if type(x) is Value else x for x in value.inputs))
        return graph.node(operator, *(graph.of(x, dtype) for x in value.inputs))

    return form


def _logical(operator: str) -> Form:
    return lambda graph, value: graph.node(operator, *(graph.of(x, bool) for x in value.inputs))


def _bitwise(logical: str, operator: str) -> Form:
    """An operator on truth values, and the one on the bits of whole numbers."""

    def form(graph: Graph, value: Value) -> str:
        found = logical if value.dtype == bool else operator
        return graph.node(found, *(graph.of(x, value.dtype) for x in value.inputs))

    return form


def _not_equal(graph: Graph, value: Value) -> str:
    return graph.node("Not", _comparison("Equal")(graph, value))


def _where(graph: Graph, value: Value) -> str:
    condition, x, y = value.inputs
    chosen = (graph.of(each, value.dtype) for each in (x, y))
    return graph.node("Where", graph.of(condition, bool), *chosen)


def _positive(graph: Graph, value: Value) -> str:
    return graph.of(value.inputs[0], value.dtype)


def _clip(graph: Graph, value: Value) -> str:
    x, low, high = (graph.of(each, value.dtype) for each in value.inputs)
    if shape_of(value.inputs[1]) == shape_of(value.inputs[2]) == ():
        return graph.node("Clip", x, low, high)
    return graph.node("Min", graph.node("Max", x, low), high)


def _leaky_relu(graph: Graph, value: Value) -> str:
    slope = value.options["negative_slope"]
    return graph.node("LeakyRelu", graph.of(value.inputs[0], value.dtype), alpha=float(slope))


def _elu(graph: Graph, value: Value) -> str:
    alpha = value.options["alpha"]
    return graph.node("Elu", graph.of(value.inputs[0], value.dtype), alpha=float(alpha))


def _silu(graph: Graph, value: Value) -> str:
    x = graph.of(value.inputs[0], value.dtype)
    return graph.node("Mul", x, graph.node("Sigmoid", x))


def _gelu(graph: Graph, value: Value) -> str:
    kind = "tanh" if value.options["approximate"] else "none"
    return graph.node("Gelu", graph.of(value.inputs[0], value.dtype), approximate=kind)


def _astype(graph: Graph, value: Value) -> str:
    return graph.of(value.inputs[0], value.dtype)


# --- products -------------------------------------------------------------------------------------


def affine_parts(value: Value) -> tuple[Value, Any] | None:
    """Return the product and the bias of an ``x @ W + b`` that Gemm computes, else None.

    Or the convolution and the bias that Conv computes.
    """
    if own_name(value) != "add":
        return None
    for product, bias in (value.inputs, value.inputs[::-1]):
        if is_bias_of(product, bias) and value.dtype == product.dtype:
            return product, bias
        if (
            own_name(product) == "matmul"
            and [len(shape_of(x)) for x in product.inputs] == [2, 2]
            and shape_of(bias) == product.shape[1:]
            and dtype_of(bias) == product.dtype == value.dtype
        ):
            return product, bias
    return None


def gemm(graph: Graph, product: Value, bias: Any) -> str:
    """Write a product, or a convolution, with its bias."""
    if own_name(product) != "matmul":
        return convolution_with(graph, product, bias.inputs[0])
    x, weight = (graph.of(each, product.dtype) for each in product.inputs)
    return graph.node("Gemm", x, weight, graph.of(bias))


def _einsum(graph: Graph, value: Value) -> str:
    terms, output = value.options["terms"], value.options["output"]
    if set("".join(terms) + output) - set(string.ascii_letters):
        raise _unsupported(value, "names axes by other letters than ONNX knows")
    operands = (graph.of(x, value.dtype) for x in value.inputs)
    return graph.node("Einsum", *operands, equation=f"{','.join(terms)}->{output}")


# --- along axes -----------------------------------------------------------------------------------


def _axes(value: Value, axis: Any) -> list[int]:
    if axis is None:
        return list(range(len(shape_of(value.inputs[0]))))
    return [int(each) for each in axis] if isinstance(axis, tuple) else [int(axis)]


def _reduction(operator: str) -> Form:
    """An operator that goes over all entries, or along some axes."""

    def form(graph: Graph, value: Value) -> str:
        x = graph.of(value.inputs[0], value.dtype)
        axes = _axes(value, value.options["axis"])
        if not axes:  # ONNX would take none for all
            return x
        keepdims = int(bool(value.options["keepdims"]))
        return graph.node(operator, x, graph.whole_numbers(*axes), keepdims=keepdims)

    return form


def _all_or_any(operator: str) -> Form:
    """Whether all entries are True, or any: the least, or the largest, of 0 and 1."""

    def form(graph: Graph, value: Value) -> str:
        whole = graph.node("Cast", graph.of(value.inputs[0], bool), to=type_number(np.int32))
        axes = _axes(value, value.options["axis"])
        keepdims = int(bool(value.options["keepdims"]))
        if axes:
            whole = graph.node(operator, whole, graph.whole_numbers(*axes), keepdims=keepdims)
        return graph.node("Cast", whole, to=type_number(bool))

    return form


def _norm(graph: Graph, value: Value) -> str:
    order = value.options["ord"]
    if order not in (1, 2):
        raise _unsupported(value, f"has a form in ONNX for ord 1 and 2, not for {order!r}")
    return _reduction(f"ReduceL{order}")(graph, value)


def _position(operator: str) -> Form:
    """An operator that finds where along an axis an entry stands."""

    def form(graph: Graph, value: Value) -> str:
        axis, x = value.options["axis"], graph.of(value.inputs[0])
        keepdims = bool(value.options["keepdims"])
        if axis is None:
            if keepdims:
                raise _unsupported(value, "has a form in ONNX over all entries without keepdims")
            x, axis = graph.node("Reshape", x, graph.whole_numbers(-1)), 0
        return graph.node(operator, x, axis=int(axis), keepdims=int(keepdims))

    return form


def _cumsum(graph: Graph, value: Value) -> str:
    axis, x = value.options["axis"], graph.of(value.inputs[0], value.dtype)
    if axis is None:
        x, axis = graph.node("Reshape", x, graph.whole_numbers(-1)), 0
    return graph.node("CumSum", x, graph.constant(np.array(int(axis), np.int64)))


def _softmax(operator: str) -> Form:
    def form(graph: Graph, value: Value) -> str:
        axis = value.options["axis"]
        if not isinstance(axis, (int, np.integer)):
            raise _unsupported(value, f"has a form in ONNX along one axis, not along {axis!r}")
        return graph.node(operator, graph.of(value.inputs[0], value.dtype), axis=int(axis))

    return form


# --- shapes ---------------------------------------------------------------------------------------


def _reshape(graph: Graph, value: Value) -> str:
    if value.options.get("order", "C") not in ("C", "A", "K"):
        raise _unsupported(value, "has a form in ONNX for order 'C' alone")
    shape = graph.shape(value, inferred=True)
    empty = {"allowzero": 1} if 0 in value.shape else {}  # where 0 would mean "as before"
    return graph.node("Reshape", graph.of(value.inputs[0]), shape, **empty)


def _transpose(graph: Graph, value: Value) -> str:
    axes = value.options["axes"]
    order = [int(axis) % value.ndim for axis in axes or range(value.ndim)[::-1]]
    return graph.node("Transpose", graph.of(value.inputs[0]), perm=order)


def _broadcast_to(graph: Graph, value: Value) -> str:
    return graph.node("Expand", graph.of(value.inputs[0]), graph.shape(value))


def _concatenate(graph: Graph, value: Value) -> str:
    axis = value.options["axis"]
    parts = [graph.of(x, value.dtype) for x in value.inputs]
    if axis is None:
        parts = [graph.node("Reshape", x, graph.whole_numbers(-1)) for x in parts]
    return graph.node("Concat", *parts, axis=int(axis or 0))


def _stack(graph: Graph, value: Value) -> str:
    axis = int(value.options["axis"])
    axes = graph.whole_numbers(axis)
    parts = [graph.node("Unsqueeze", graph.of(x, value.dtype), axes) for x in value.inputs]
    return graph.node("Concat", *parts, axis=axis)


def _getitem(graph: Graph, value: Value) -> str:
    x, index = value.inputs[0], value.options["index"]
    parts = list(index) if isinstance(index, tuple) else [index]
    name, axes = graph.of(x), len(shape_of(x))
    if parts and _is_list(parts[-1]) and all(_is_all(part) for part in parts[:-1]):
        places = graph.constant(np.asarray(parts[-1], np.int64))
        return graph.node("Gather", name, places, axis=len(parts) - 1)
    if not all(_is_basic(part) for part in parts):
        raise _unsupported(value, "has a form in ONNX for slices, numbers and one list of numbers")
    taken = sum(part is not None and part is not Ellipsis for part in parts)
    rest = [slice(None)] * (axes - taken)
    if Ellipsis in parts:
        place = parts.index(Ellipsis)
        parts[place : place + 1] = rest
    return _sliced(graph, name, parts)


def _is_list(part: Any) -> bool:
    """Whether a part of an index is a list of whole numbers."""
    return isinstance(part, (list, np.ndarray)) and np.asarray(part).dtype.kind in "iu"


def _is_all(part: Any) -> bool:
    return isinstance(part, slice) and part == slice(None)


def _is_basic(part: Any) -> bool:
    return part is None or part is Ellipsis or isinstance(part, (int, np.integer, slice))


def _gather(graph: Graph, value: Value) -> str:
    """x[places], with what the network computes or takes as places, such as an embedding's rows."""
    x, *places = value.inputs
    index, at = value.options["index"], value.options["at"]
    if len(places) != 1 or at[0] + 1 != len(index) or not all(map(_is_all, index[:-1])):
        raise _unsupported(value, "has a form in ONNX for places along one axis")
    return graph.node("Gather", graph.of(x), graph.of(places[0], np.int64), axis=at[0])


def _sliced(graph: Graph, name: str, parts: list[Any]) -> str:
    """Write an index of slices, whole numbers and new axes, one part for each axis."""
    old = [part for part in parts if part is not None]
    slices = [
        (axis, *_bounds(part))
        for axis, part in enumerate(old)
        if not isinstance(part, slice) or part != slice(None)
    ]
    if slices:
        axes, starts, ends, steps = zip(*slices, strict=True)
        places = (graph.whole_numbers(*each) for each in (starts, ends, axes, steps))
        name = graph.node("Slice", name, *places)
    single = [axis for axis, part in enumerate(old) if not isinstance(part, slice)]
    if single:
        name = graph.node("Squeeze", name, graph.whole_numbers(*single))
    kept = [part for part in parts if part is None or isinstance(part, slice)]
    new = [axis for axis, part in enumerate(kept) if part is None]
    return graph.node("Unsqueeze", name, graph.whole_numbers(*new)) if new else name


_FAR = 2**31 - 1
"""Behind the end of any axis: ONNX has no open end."""


def _bounds(part: Any) -> tuple[int, int, int]:
    if not isinstance(part, slice):
        return int(part), _FAR if part == -1 else int(part) + 1, 1
    step = 1 if part.step is None else int(part.step)
    start = (0 if step > 0 else _FAR) if part.start is None else int(part.start)
    stop = (_FAR if step > 0 else -_FAR) if part.stop is None else int(part.stop)
    return start, stop, step


def _flip(graph: Graph, value: Value) -> str:
    axes = _axes(value, value.options["axis"])
    if not axes:
        return graph.of(value.inputs[0])
    bounds = ([each] * len(axes) for each in (_FAR, -_FAR))
    starts, ends = (graph.whole_numbers(*each) for each in bounds)
    steps = graph.whole_numbers(*[-1] * len(axes))
    return graph.node(
        "Slice", graph.of(value.inputs[0]), starts, ends, graph.whole_numbers(*axes), steps
    )


def _pad(graph: Graph, value: Value) -> str:
    filling = value.options["constant_values"]
    if np.ndim(filling):
        raise _unsupported(value, "has a form in ONNX for one constant value")
    before, after = zip(*value.options["width"], strict=True)
    widths = graph.whole_numbers(*before, *after)
    return graph.node("Pad", graph.of(value.inputs[0]), widths, graph.of(filling, value.dtype))


def _triangle(upper: int) -> Form:
    def form(graph: Graph, value: Value) -> str:
        if len(shape_of(value.inputs[0])) < 2:
            raise _unsupported(value, "has a form in ONNX for matrices")
        k = graph.constant(np.array(int(value.options["k"]), np.int64))
        return graph.node("Trilu", graph.of(value.inputs[0]), k, upper=upper)

    return form


def _take_along_axis(graph: Graph, value: Value) -> str:
    x, places = value.inputs
    axis, (shape, wanted) = value.options["axis"], map(shape_of, (x, places))
    along = None if axis is None else int(axis) % len(shape)
    if len(shape) != len(wanted) or any(
        length != other and place != along
        for place, (length, other) in enumerate(zip(shape, wanted, strict=False))
    ):
        raise _unsupported(value, "has a form in ONNX where only that axis has another length")
    return graph.node("GatherElements", graph.of(x), graph.of(places, np.int64), axis=along)


# --- the table ------------------------------------------------------------------------------------

OPERATORS: Mapping[str, Form] = MappingProxyType(
    {
        **OF_IMAGES,
        "absolute": _unary("Abs"),
        "add": _arithmetic("Add"),
        "arccos": _unary("Acos"),
        "arccosh": _unary("Acosh"),
        "arcsin": _unary("Asin"),
        "arcsinh": _unary("Asinh"),
        "arctan": _unary("Atan"),
        "arctanh": _unary("Atanh"),
        "argmax": _position("ArgMax"),
        "argmin": _position("ArgMin"),
        "astype": _astype,
        "all": _all_or_any("ReduceMin"),
        "any": _all_or_any("ReduceMax"),
        "batch_normalization": batch_normalization,
        "bitwise_and": _bitwise("And", "BitwiseAnd"),
        "bitwise_or": _bitwise("Or", "BitwiseOr"),
        "bitwise_xor": _bitwise("Xor", "BitwiseXor"),
        "broadcast_to": _broadcast_to,
        "ceil": _unary("Ceil"),
        "clip": _clip,
        "concatenate": _concatenate,
        "cos": _unary("Cos"),
        "cosh": _unary("Cosh"),
        "cumsum": _cumsum,
        "divide": _arithmetic("Div"),
        "einsum": _einsum,
        "elu": _elu,
        "equal": _comparison("Equal"),
        "erf": _unary("Erf"),
        "exp": _unary("Exp"),
        "expand_dims": _reshape,
        "flip": _flip,
        "floor": _unary("Floor"),
        "gelu": _gelu,
        "gather": _gather,
        "getitem": _getitem,
        "greater": _comparison("Greater"),
        "greater_equal": _comparison("GreaterOrEqual"),
        "invert": _bitwise("Not", "BitwiseNot"),
        "isinf": _test("IsInf"),
        "isnan": _test("IsNaN"),
        "leaky_relu": _leaky_relu,
        "less": _comparison("Less"),
        "less_equal": _comparison("LessOrEqual"),
        "log": _unary("Log"),
        "log_softmax": _softmax("LogSoftmax"),
        "logical_and": _logical("And"),
        "logical_not": _logical("Not"),
        "logical_or": _logical("Or"),
        "logical_xor": _logical("Xor"),
        "logsumexp": _reduction("ReduceLogSumExp"),
        "matmul": _arithmetic("MatMul"),
        "max": _reduction("ReduceMax"),
        "maximum": _arithmetic("Max"),
        "mean": _reduction("ReduceMean"),
        "min": _reduction("ReduceMin"),
        "minimum": _arithmetic("Min"),
        "multiply": _arithmetic("Mul"),
        "negative": _unary("Neg"),
        "norm": _norm,
        "normalize": normalize,
        "not_equal": _not_equal,
        "pad": _pad,
        "positive": _positive,
        "stop_gradient": _positive,
        "power": _arithmetic("Pow"),
        "prod": _reduction("ReduceProd"),
        "ravel": _reshape,
        "reciprocal": _unary("Reciprocal"),
        "relu": _unary("Relu"),
        "reshape": _reshape,
        "rint": _unary("Round"),
        "selu": _unary("Selu"),
        "sigmoid": _unary("Sigmoid"),
        "sign": _unary("Sign"),
        "silu": _silu,
        "sin": _unary("Sin"),
        "sinh": _unary("Sinh"),
        "softmax": _softmax("Softmax"),
        "softplus": _unary("Softplus"),
        "sqrt": _unary("Sqrt"),
        "squeeze": _reshape,
        "stack": _stack,
        "subtract": _arithmetic("Sub"),
        "sum": _reduction("ReduceSum"),
        "take_along_axis": _take_along_axis,
        "tan": _unary("Tan"),
        "tanh": _unary("Tanh"),
        "transpose": _transpose,
        "tril": _triangle(0),
        "triu": _triangle(1),
        "where": _where,
    }
)
"""By the name of the operation; `nn.onnx.simplifying` takes others apart into these."""
