"""The usual mistakes in one forward value, as expressions of nodes, which a page computes again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.node import raw

from ..mistakes.gradient import Mistake
from ..text import shown

Made = tuple[str, Any, str]
"""A mistake's kind, value and hint."""

MOST_CARRIED = 4
"""So many mistakes in an operand are followed on."""


def wrong_values_of(node: Node, *, carried: bool = True) -> list[Mistake]:
    """Return what usual mistakes make of the value of a node, the likeliest first.

    Those that give the right value with the numbers of now are among them: with others they do not.

    Parameters
    ----------
    node : Node
        The result of an operation.
    carried : bool, default True
        Whether those are wanted, too, that are right but for a mistake in an operand.

    Examples
    --------
    >>> x, y = Node(3.0, name="x"), Node(2.0, name="y")
    >>> for mistake in wrong_values_of(x - y)[:3]:
    ...     print(f"{mistake.kind}: {mistake.value.item():g}, {mistake.hint}")
    order: -1, the wrong way round: the second operand is to be taken from the first
    other operation: 5, added in place of subtracted
    one operand: 3, this is the first operand alone
    """
    operation = node.operation
    if operation is None:
        return []
    with np.errstate(all="ignore"):
        found = [Mistake(*made) for made in _made_here(node)]
        if carried:
            found += _carried(node)
    fits = (mistake for mistake in found if np.shape(raw(mistake.value)) == node.shape)
    return list({mistake.hint: mistake for mistake in fits}.values())


def _made_here(node: Node) -> Iterator[Made]:
    operation, inputs = node.operation, node.inputs
    assert operation is not None
    name = operation.name
    if name == "divide" and type(inputs[0]) is not Node:  # drawn as one circle, 1/x
        yield from _of_reciprocal(inputs[1])
        yield "argument", inputs[1], "this is the denominator"
    elif name in _OF_TWO:
        yield from _OF_TWO[name](*inputs[:2])
    elif name in _OF_ONE:
        yield from _OF_ONE[name](inputs[0])
    elif name in _OF_ARRAYS:
        yield from _OF_ARRAYS[name](node)
    if operation.elementwise and len(inputs) == 1:
        yield from _of_function(node)
    if name in ("add", "subtract", "multiply", "divide", "maximum", "minimum"):
        for x, which in zip(inputs, ("first", "second"), strict=True):
            if type(x) is Node and all(type(one) is Node for one in inputs):
                yield "one operand", x, f"this is the {which} operand alone"
    yield "sign", -node, "the sign is wrong"


def _of_function(node: Node) -> Iterator[Made]:
    (x,), operation = node.inputs, node.operation
    assert operation is not None
    name = shown(operation.name)
    if name != "negative":
        yield "argument", x, f"this is what goes into {name}, not what comes out"
        yield "sign", operation(-x, **node.options), "the sign of what goes in is wrong"
    rule = operation.rules[0]
    if rule is not None and name not in ("negative", "positive"):
        one = Node(np.ones_like(node.value)[()], requires_grad=False)
        slope = rule(one, node, x, **node.options)
        yield "f′ for f", slope, f"the derivative of {name} in place of {name} itself"


def _carried(node: Node) -> Iterator[Mistake]:
    """Right here, of an operand that a mistake was made in."""
    operation = node.operation
    assert operation is not None
    for place, x in enumerate(node.inputs):
        for mistake in wrong_values_of(x, carried=False)[:MOST_CARRIED] if type(x) is Node else ():
            inputs = [*node.inputs]
            inputs[place] = mistake.value
            where = f"at {shown(x.name)}" if x.name else "before"
            hint = f"right but for a mistake {where}: {mistake.hint}"
            yield Mistake("carried", operation(*inputs, **node.options), hint)


# --- of each operation ---------------------------------------------------------------------------


def _of_add(a: Any, b: Any) -> Iterator[Made]:
    yield "other operation", a * b, "multiplied in place of added"
    yield "sign", a - b, "the sign of the second operand is wrong"
    yield "sign", b - a, "the sign of the first operand is wrong"


def _of_subtract(a: Any, b: Any) -> Iterator[Made]:
    yield "order", b - a, "the wrong way round: the second operand is to be taken from the first"
    yield "other operation", a + b, "added in place of subtracted"


def _of_multiply(a: Any, b: Any) -> Iterator[Made]:
    yield "other operation", a + b, "added in place of multiplied"
    yield "other operation", a / b, "divided in place of multiplied"


def _of_divide(a: Any, b: Any) -> Iterator[Made]:
    yield "order", b / a, "the wrong way round: the first operand is to be divided by the second"
    yield "other operation", a * b, "multiplied in place of divided"
    yield "other operation", a - b, "subtracted in place of divided"


def _of_power(x: Any, p: Any) -> Iterator[Made]:
    yield "other operation", x * p, "multiplied by the exponent: a power multiplies x by itself"
    if type(p) is not Node:
        yield "f′ for f", p * x ** (p - 1), "the derivative of the power in place of itself"
        yield "sign", x**-p, "the sign of the exponent is wrong"
        yield "argument", x, "the exponent is missing"


def _of_larger(a: Any, b: Any) -> Iterator[Made]:
    yield "other operation", np.minimum(a, b), "the smaller one: the larger one is asked for"
    yield "other operation", a + b, "added, where the larger one is asked for"


def _of_smaller(a: Any, b: Any) -> Iterator[Made]:
    yield "other operation", np.maximum(a, b), "the larger one: the smaller one is asked for"
    yield "other operation", a + b, "added, where the smaller one is asked for"


_OF_TWO: dict[str, Callable[[Any, Any], Iterator[Made]]] = {
    "add": _of_add,
    "subtract": _of_subtract,
    "multiply": _of_multiply,
    "divide": _of_divide,
    "power": _of_power,
    "maximum": _of_larger,
    "minimum": _of_smaller,
}


def _of_negative(x: Node) -> Iterator[Made]:
    yield "sign", x, "the sign is forgotten"
    yield "other operation", 1.0 / x, "the reciprocal in place of the negative"


def _of_reciprocal(x: Node) -> Iterator[Made]:
    yield "sign", -x, "the negative in place of the reciprocal"


def _of_square(x: Node) -> Iterator[Made]:
    yield "other operation", 2.0 * x, "doubled in place of squared"


def _of_sqrt(x: Node) -> Iterator[Made]:
    yield "other operation", x * 0.5, "halved: the square root is asked for"
    yield "other operation", x**2, "squared: the square root is asked for"


def _of_exp(x: Node) -> Iterator[Made]:
    yield "other operation", np.e * x, "multiplied by e in place of e to the power of it"
    yield "other operation", x**2, "squared in place of e to the power of it"


def _of_log(x: Node) -> Iterator[Made]:
    yield "other operation", np.log10(x), "the logarithm to base 10: the natural one is asked for"
    yield "other operation", np.log2(x), "the logarithm to base 2: the natural one is asked for"
    yield "other operation", np.exp(x), "exp in place of log"


def _of_relu(x: Node) -> Iterator[Made]:
    yield "other operation", x * 0.0, "closed: above 0 the ReLU passes the value on"
    yield "other operation", np.abs(x), "the absolute value: below 0 the ReLU gives 0"
    yield "other operation", np.minimum(x, 0.0), "the wrong side: the ReLU keeps what is above 0"


def _of_tanh(x: Node) -> Iterator[Made]:
    yield "other operation", 1.0 / (1.0 + np.exp(-x)), "the sigmoid in place of tanh"


def _of_sigmoid(x: Node) -> Iterator[Made]:
    yield "other operation", np.tanh(x), "tanh in place of the sigmoid"
    yield "one operand", np.exp(-x), "exp(-x) alone: the sigmoid is 1 / (1 + exp(-x))"
    yield "one operand", 1.0 + np.exp(-x), "the reciprocal is missing"


_OF_ONE: dict[str, Callable[[Node], Iterator[Made]]] = {
    "negative": _of_negative,
    "reciprocal": _of_reciprocal,
    "square": _of_square,
    "sqrt": _of_sqrt,
    "exp": _of_exp,
    "log": _of_log,
    "relu": _of_relu,
    "tanh": _of_tanh,
    "sigmoid": _of_sigmoid,
}


# --- of arrays -----------------------------------------------------------------------------------


def _of_matmul(node: Node) -> Iterator[Made]:
    a, b = node.inputs
    orders: Sequence[tuple[str, Callable[[], Any], str]] = (
        ("order", lambda: b @ a, "the product is the wrong way round"),
        ("transposed", lambda: a @ np.transpose(b), "the second matrix is transposed"),
        ("transposed", lambda: np.transpose(a) @ b, "the first matrix is transposed"),
        ("other operation", lambda: a * b, "entry by entry: a row times a column is asked for"),
    )
    for kind, make, hint in orders:
        try:
            yield kind, make(), hint
        except ValueError:  # shapes that do not fit
            continue


def _of_sum(node: Node) -> Iterator[Made]:
    x = node.inputs[0]
    yield "factor 1/n", np.mean(x, **node.options), "the mean in place of the sum"
    yield from _of_other_axis(np.sum, node)


def _of_mean(node: Node) -> Iterator[Made]:
    x = node.inputs[0]
    yield "factor n", np.sum(x, **node.options), "not divided by the number of entries"
    yield from _of_other_axis(np.mean, node)


def _of_max(node: Node) -> Iterator[Made]:
    yield "other operation", np.min(node.inputs[0], **node.options), "the smallest, not the largest"


def _of_min(node: Node) -> Iterator[Made]:
    yield "other operation", np.max(node.inputs[0], **node.options), "the largest, not the smallest"


def _of_other_axis(function: Callable[..., Any], node: Node) -> Iterator[Made]:
    x = node.inputs[0]
    if np.ndim(raw(x)) == 2 and node.options.get("axis") in (0, 1):
        options = {**node.options, "axis": 1 - node.options["axis"]}
        yield "wrong axis", function(x, **options), "over the other axis"


def _of_softmax(node: Node) -> Iterator[Made]:
    x, axis = node.inputs[0], node.options["axis"]
    e = np.exp(x)
    yield "normalization", e, "not divided by the sum: the probabilities add up to 1"
    share = x / np.sum(x, axis=axis, keepdims=True)
    yield "other operation", share, "exp is missing: exp of each, divided by the sum of them"


_OF_ARRAYS: dict[str, Callable[[Node], Iterator[Made]]] = {
    "matmul": _of_matmul,
    "sum": _of_sum,
    "mean": _of_mean,
    "max": _of_max,
    "min": _of_min,
    "softmax": _of_softmax,
}
