"""What one operation does to a gradient, in words: why nothing passes, or what is not finite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core.node import raw

from ..graph.calling import Calling, amount
from ..text import number, shown

Mask = npt.NDArray[np.bool_]
"""Which entries of an input are looked at."""

Sentence = Callable[[Calling, Node, int, Any, Mask], str]
"""``sentence(calling, n, position, x, mask)``: about n, whose input x passes nothing back."""


def why_closed(calling: Calling, n: Node, position: int, mask: Mask) -> str:
    """Say why no gradient passes from the result of an operation to entries of an input.

    Examples
    --------
    >>> from autograd_core import relu
    >>> x = Node(-2.0, name="x")
    >>> why_closed(Calling({x: "x"}), relu(x), 0, np.array(True))
    'the relu was closed: x is -2, not above 0'
    """
    x = np.asarray(raw(n.inputs[position]))
    name = n.operation.name  # type: ignore[union-attr]
    sentence = _CLOSED.get(name)
    if sentence is not None and (said := sentence(calling, n, position, x[mask], mask)):
        return said
    return f"the slope of {shown(name)} is 0 at {calling.at(n.inputs[position], mask)}"


def _relu(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    name = calling.name(n.inputs[position])
    if x.size == 1 and mask.size == 1:
        return f"the relu was closed: {name} is {amount(x)}, not above 0"
    which = f"all {x.size} entries"
    if x.size < mask.size:
        which = f"the {x.size} (of {mask.size}) entries that count"
    if x.size == 1:
        which = f"entry {_index(mask)}"
        return f"the relu was closed: {which} of {name} is {amount(x)}, not above 0"
    return f"the relu was closed: {which} of {name} are ≤ 0, {amount(x)}"


def _product(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    other = n.inputs[1 - position]
    name, product = calling.name(other), f"the product {calling.expression(n)} had a zero factor"
    if np.ndim(raw(other)) and np.any(raw(other)):
        return f"{product}: the entries of {name} that count are 0"
    return f"{product}: {name} is 0" if type(other) is Node else product


def _matrix_product(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    other = n.inputs[1 - position]
    name, values = calling.name(other), np.asarray(raw(other))
    which = f"all of {name} is"
    if values.any():
        which = f"the entries of {name} it is multiplied by are all"
        index = _index(mask) if int(np.count_nonzero(mask)) == 1 else []
        if position == 1 and values.ndim == 2 and index and len(index) <= 2:
            which = f"column {index[0]} of {name} is"
        elif position == 0 and values.ndim == 2 and index:
            which = f"row {index[-1]} of {name} is"
    return f"the product {calling.expression(n)} had a zero factor: {which} 0"


def _quotient(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    numerator, denominator = map(calling.name, n.inputs)
    if position == 1:
        return f"the numerator of {calling.expression(n)}, {numerator}, was 0"
    return f"the denominator of {calling.expression(n)}, {denominator}, is too large"


def _power(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    base, exponent = n.inputs
    if position == 0 and np.all(np.equal(raw(exponent), 0)):
        return f"the exponent of {calling.expression(n)} is 0"
    if position == 0:
        return f"the slope of {calling.expression(n)} is 0 at {calling.name(base)} = 0"
    return f"the slope of {calling.expression(n)} for its exponent is 0"


def _saturated(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    name = shown(n.operation.name)  # type: ignore[union-attr]
    where = calling.at(n.inputs[position], mask)
    return f"the {name} was saturated: at {where} its slope rounds to 0"


def _underflow(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    where = calling.at(n.inputs[position], mask)
    return f"{calling.expression(n)} rounds to 0 at {where}, and so does its slope"


def _larger(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    other = n.inputs[1 - position]
    return (
        f"{calling.expression(n)} took the other one: {calling.name(n.inputs[position])} is "
        f"{amount(x)}, {calling.name(other)} is {amount(np.asarray(raw(other)))}"
    )


def _choice(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    name = calling.name(n.inputs[position])
    holds = "true" if position == 2 else "false"
    return f"where() took the other branch: the condition is {holds} where {name} stands"


def _reduction(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    name = n.operation.name  # type: ignore[union-attr]
    which = "the largest" if name == "max" else "the smallest"
    return (
        f"{calling.expression(n)} picked another entry: {amount(x)} is not {which}, "
        f"{amount(np.asarray(n.value))}"
    )


def _clip(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    name = calling.name(n.inputs[position])
    limits = " and ".join(calling.name(limit) for limit in n.inputs[1:] if limit is not None)
    return f"clip cut it: {name} is {amount(x)}, outside of {limits or 'its limits'}"


def _index_of(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    return f"the index of {calling.expression(n)} does not select it"


def _certain(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    return (
        f"the softmax was saturated: a probability of 1 and all others 0, at scores "
        f"{amount(np.asarray(raw(n.inputs[position])))}"
    )


def _certain_loss(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    return f"the probabilities are the targets already: p - y is 0 in {calling.expression(n)}"


def _square(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    return f"{calling.name(n.inputs[position])} is 0, and so is the slope of its square, 2·0"


def _kink(calling: Calling, n: Node, position: int, x: Any, mask: Mask) -> str:
    return f"abs has a kink at {calling.name(n.inputs[position])} = 0, where its gradient is 0"


_CLOSED: dict[str, Sentence] = {
    "relu": _relu,
    "multiply": _product,
    "matmul": _matrix_product,
    "divide": _quotient,
    "power": _power,
    "square": _square,
    "absolute": _kink,
    "sigmoid": _saturated,
    "tanh": _saturated,
    "softplus": _saturated,
    "erf": _saturated,
    "silu": _saturated,
    "gelu": _saturated,
    "elu": _saturated,
    "selu": _saturated,
    "exp": _underflow,
    "maximum": _larger,
    "minimum": _larger,
    "fmax": _larger,
    "fmin": _larger,
    "where": _choice,
    "max": _reduction,
    "min": _reduction,
    "clip": _clip,
    "getitem": _index_of,
    "take_along_axis": _index_of,
    "gather": _index_of,
    "softmax": _certain,
    "log_softmax": _certain_loss,
    "softmax_cross_entropy": _certain_loss,
    "sigmoid_cross_entropy": _certain_loss,
}


def _index(mask: Mask) -> list[int]:
    return [int(place) for place in np.argwhere(mask)[0]] if mask.ndim else []


# --- what is not finite ---------------------------------------------------------------------------


def why_not_finite(calling: Calling, node: Node) -> str:
    """Say how the value of a node came to be not finite, though its inputs are.

    Examples
    --------
    >>> x = Node(0.0, name="x")
    >>> with np.errstate(divide="ignore"):
    ...     why_not_finite(Calling({x: "x"}), np.log(x))
    'log(x) is -inf, at x = 0'
    """
    value = np.asarray(node.value)
    bad = ~np.isfinite(value)
    entry = value[bad][0]
    if node.operation is None:
        return f"the leaf {calling.name(node)} holds {_kind(entry)} from the start{_where(bad)}"
    said = f"{calling.expression(node)} is {_kind(entry)}"
    for x in node.inputs:
        if type(x) is not Node and not np.all(np.isfinite(x)):
            return f"{said}{_where(bad)}: the data that went in are not finite"
    divides = node.operation.name == "divide" and _there(node.inputs[1], bad) == 0
    overflows = np.isinf(entry) and not divides and not _has_pole(node, bad)
    if overflows:
        said = f"{calling.expression(node)} overflows to {_kind(entry)}"
    at = [
        f"{calling.name(x)} = {number(there, '.4g')}"
        for x in node.inputs
        if type(x) is Node and (there := _there(x, bad)) is not None
    ]
    said = f"{said}, at {' and '.join(at)}{_where(bad)}" if at else f"{said}{_where(bad)}"
    if divides:
        return f"{said}: a division by 0"
    return f"{said}: {node.dtype} ends at {_largest(node)}" if overflows else said


def _has_pole(node: Node, bad: npt.NDArray[np.bool_]) -> bool:
    """Whether the result is infinite there without any number growing too large."""
    at_0 = any(_there(x, bad) == 0 for x in node.inputs)
    return at_0 or node.operation.name in ("arctanh", "log1p")  # type: ignore[union-attr]


def _largest(node: Node) -> str:
    return f"{np.finfo(node.dtype).max:.1e}" if node.dtype.kind in "fc" else "smaller"


def _there(x: Any, bad: npt.NDArray[np.bool_]) -> Any:
    """The entry of an input at the first bad entry of the result; None where that is not one."""
    value = np.asarray(raw(x))
    try:
        return np.broadcast_to(value, bad.shape)[bad][0]
    except ValueError:
        return None


def _kind(entry: Any) -> str:
    return number(entry, ".4g")


def _where(bad: npt.NDArray[np.bool_]) -> str:
    if bad.size == 1:
        return ""
    several = int(np.count_nonzero(bad))
    more = f", {several} in all" if several > 1 else ""
    return f" (entry {_index(bad)}{more})"
