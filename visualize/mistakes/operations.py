"""What is often got wrong at one operation, each as the number or array that it leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd_core import Node, softmax
from autograd_core.node import raw

from ..text import shown
from .gradient import Gradient, Mistake
from .way_back import WayBack

MOST_ENTRIES = 10_000_000
"""The gradients of single samples are not computed where they would be more numbers."""


def of_operation(at: Gradient, n: Node, position: int) -> Iterator[Mistake]:
    """Return what is often got wrong at the operation that made `n` of the node.

    Examples
    --------
    >>> from visualize.mistakes.way_back import way_back
    >>> x = Node(3.0, name="x")
    >>> y = np.square(x)
    >>> for mistake in of_operation(Gradient(x, way_back(y)), y, 0):
    ...     print(f"{mistake.value:g}, {mistake.hint}")
    3, the exponent 2 is missing as a factor
    9, the square itself, not its derivative
    """
    operation = n.operation
    assert operation is not None
    if operation.name in _OF_OPERATION:
        yield from _OF_OPERATION[operation.name](at, n, position)
    elif operation.elementwise and operation.arity == 1:
        yield from _of_function(at, n)


def _of_function(at: Gradient, n: Node) -> Iterator[Mistake]:
    """The value f for f′, and f′ at the wrong place."""
    up, out, name = at.back.gradients[n], at.value(n), shown(n.operation.name)  # type: ignore[union-attr]
    yield Mistake("f for f′", up * out, f"{name} itself in place of its derivative")
    operation = n.operation
    assert operation is not None
    rule = operation.rules[0]
    assert rule is not None
    try:
        beyond = operation(out, **n.options)
        there = rule(up, beyond, out, **n.options)
    except (ValueError, TypeError, FloatingPointError):
        return
    hint = f"the derivative of {name} at its result, not at its input"
    yield Mistake("at the result", there, hint)
    x = at.value(at.node)
    hint = f"the derivative of {name} is written with its result, and its input was put in"
    yield Mistake("input for result", rule(up, x, x, **n.options), hint)


def _of_product(at: Gradient, n: Node, position: int) -> Iterator[Mistake]:
    """The node itself in place of the other factor."""
    other = n.inputs[1 - position]
    if other is not at.node:
        yield Mistake(
            "own value",
            at.fitted(at.back.gradients[n] * at.value(at.node)),
            "multiplied by its own value: the local gradient of a product is the other factor",
        )


def _of_quotient(at: Gradient, n: Node, position: int) -> Iterator[Mistake]:
    """Of a / b they are 1/b and -a/b²."""
    up, (a, b) = at.back.gradients[n], map(at.value, n.inputs)
    over, under = at.back.operands(n) or ("a", "b")
    if position == 0:
        rule = f"the derivative of {over}/{under} for {over} is 1/{under}"
        hint = f"you multiplied by the denominator: {rule}"
        yield Mistake("turned over", at.fitted(up * b), hint)
        return
    rule = f"the derivative of {over}/{under} for {under} is -{over}/{under}²"
    hint = f"you did not square the denominator: {rule}"
    yield Mistake("power", at.fitted(-(up * a) / b), hint)
    hint = f"you left out the numerator: {rule}"
    yield Mistake("numerator", at.fitted(-up / (b * b)), hint)


def _of_power(at: Gradient, n: Node, position: int) -> Iterator[Mistake]:
    """Of p·x^(p - 1): without p, or with x^p."""
    if position or type(n.inputs[1]) is Node or np.ndim(n.inputs[1]):
        return
    up, x, p = at.back.gradients[n], at.value(at.node), n.inputs[1]
    hint = f"the exponent {p:g} is missing as a factor"
    yield Mistake("exponent", up * x ** (p - 1), hint)
    hint = "the exponent stays one smaller: the derivative of xᵖ is p·xᵖ⁻¹"
    yield Mistake("power", up * p * at.value(n), hint)
    yield Mistake("f for f′", up * at.value(n), "the power itself in place of its derivative")


def _of_square(at: Gradient, n: Node, position: int) -> Iterator[Mistake]:
    """Of 2·x: without the 2."""
    up, x = at.back.gradients[n], at.value(at.node)
    yield Mistake("exponent", up * x, "the exponent 2 is missing as a factor")
    yield Mistake("f for f′", up * at.value(n), "the square itself, not its derivative")


# --- matrices and batches ---------------------------------------------------------------------


def _of_matmul(at: Gradient, n: Node, position: int) -> Iterator[Mistake]:
    """The factors turned round, or not transposed."""
    up, other = at.back.gradients[n], at.value(n.inputs[1 - position])
    if np.ndim(raw(up)) != 2 or np.ndim(raw(other)) != 2:
        return
    turned, not_turned = np.transpose(other), "the other factor has to be transposed"
    order = "the product is the wrong way round"
    pairs = [
        ("not transposed", (up, other), not_turned),
        ("order", (turned, up), order),
        ("not transposed", (other, up), f"{not_turned}, and {order}"),
    ]
    if position == 1:
        pairs = [(kind, (b, a), hint) for kind, (a, b), hint in pairs]
    for kind, (a, b), hint in pairs:
        if np.shape(raw(a))[1] == np.shape(raw(b))[0]:
            yield Mistake(kind, a @ b, hint)


def of_batch(at: Gradient, n: Node, position: int) -> Iterator[Mistake]:
    """The sum over the samples: missing, only of one, or divided though it is none.

    Examples
    --------
    >>> from visualize.mistakes.way_back import way_back
    >>> w = Node([1.0, 3.0], name="w")
    >>> loss = w.mean()
    >>> for mistake in of_batch(Gradient(w, way_back(loss)), loss, 0):
    ...     print(f"{mistake.value}, {mistake.hint}")
    [0.25 0.25], divided by the 2 entries once too often
    [1. 1.], not divided by the 2 entries
    """
    up, name = at.back.gradients[n], n.operation.name  # type: ignore[union-attr]
    number = samples_behind(n, position)
    if number < 2:
        return
    if name in ("sum", "mean"):
        of = "entries"
    else:
        of = "samples"
        yield from _single_samples(at, n, position, up)
    yield Mistake(
        "factor 1/n", at.right / float(number), f"divided by the {number} {of} once too often"
    )
    yield Mistake("factor n", at.right * float(number), f"not divided by the {number} {of}")


def _single_samples(at: Gradient, n: Node, position: int, up: Any) -> Iterator[Mistake]:
    missing = "the sum over the batch is missing"
    first, last = f"{missing}: only the first sample counts", (
        f"{missing}: only the last sample counts (each overwrites the one before)"
    )  # fmt: skip
    if n.operation.name == "matmul":  # type: ignore[union-attr]
        x = at.value(n.inputs[0])
        for rows, hint in ((slice(0, 1), first), (slice(-1, None), last)):
            yield Mistake("one sample", np.transpose(x[rows]) @ up[rows], hint)
        if n.shape[0] * at.node.size <= MOST_ENTRIES:
            each = np.expand_dims(x, -1) * np.expand_dims(up, -2)
            hint = f"{missing}: one gradient for each sample"
            yield Mistake("sum over the batch", each, hint)
        return
    each = _each(at, n, position)
    yield Mistake("sum over the batch", each, f"{missing}: one gradient for each sample")
    for row, hint in ((0, first), (-1, last)):
        one = each[row]
        same = np.size(raw(one)) == at.node.size
        value = np.reshape(one, at.node.shape) if same else one
        yield Mistake("one sample", value, hint)
    if np.ndim(raw(each)) == 2:
        hint = "summed over the columns: the sum goes over the samples, the rows"
        yield Mistake("wrong axis", np.sum(each, axis=-1), hint)


def _each(at: Gradient, n: Node, position: int) -> Any:
    """What a rule of an operation that repeats an input gives, before it is summed."""
    rule = n.operation.rules[position]  # type: ignore[union-attr]
    assert rule is not None
    part = rule(at.back.gradients[n], at.value(n), *map(at.value, n.inputs), **n.options)
    return part if np.shape(raw(part)) == n.shape else np.broadcast_to(part, n.shape)


# --- reductions and softmax -------------------------------------------------------------------


def of_softmax(at: Gradient) -> Iterator[Mistake]:
    """Only the diagonal of the softmax's Jacobian: s (1 - s).

    Examples
    --------
    >>> from visualize.mistakes.way_back import way_back
    >>> x = Node([0.0, 0.0], name="x")
    >>> loss = (softmax(x) * [1.0, 0.0]).sum()
    >>> [mistake.kind for mistake in of_softmax(Gradient(x, way_back(loss)))]
    ['off-diagonal', 'off-diagonal', 'targets']
    """
    diagonal = (
        "the off-diagonal part of the softmax is missing: each score changes every probability"
    )
    for out in softmaxes_of(at.node, at.back):
        s, up = at.value(out), at.back.gradients[out]
        yield Mistake("off-diagonal", up * s * (1.0 - s), diagonal)
        hint = f"{diagonal}; it is s ⊙ (E - Σ E ⊙ s), not s ⊙ E"
        yield Mistake("off-diagonal", up * s, hint)
        total = np.sum(up * s, axis=_axis_of(out), keepdims=True)
        hint = "the targets are missing: behind a logarithm, the probabilities minus the targets"
        yield Mistake("targets", -s * total, hint)


def _of_log_softmax(at: Gradient, n: Node, position: int) -> Iterator[Mistake]:
    """Of g - p Σ g: without the other classes, or without g."""
    up, axis = at.back.gradients[n], n.options["axis"]
    p = np.exp(at.value(n))
    hint = "the off-diagonal part of the softmax is missing: Σ over the classes"
    yield Mistake("off-diagonal", up - p * up, hint)
    hint = "the targets are missing: the probabilities minus the targets"
    yield Mistake("targets", -p * np.sum(up, axis=axis, keepdims=True), hint)


def _of_cross_entropy(at: Gradient, n: Node, position: int) -> Iterator[Mistake]:
    """Of p - y: without y, or only the diagonal, -y (1 - p)."""
    if position:
        return
    targets, axis = n.inputs[1], n.options["axis"]
    scores = at.value(at.node)
    up, p = np.expand_dims(at.back.gradients[n], axis), softmax(scores, axis)
    hint = "the targets are missing: the probabilities minus the targets"
    yield Mistake("targets", up * p, hint)
    classes = np.shape(raw(scores))[axis]
    y = at.value(targets)
    if np.ndim(raw(targets)) < np.ndim(raw(scores)):
        y = np.moveaxis(np.eye(classes)[np.asarray(raw(targets))], -1, axis)
    hint = "the off-diagonal part of the softmax is missing: each score changes every class"
    yield Mistake("off-diagonal", -up * y * (1.0 - p), hint)
    hint = "the probabilities are missing: the probabilities minus the targets"
    yield Mistake("probabilities", -up * y, hint)


_OF_OPERATION: dict[str, Callable[[Gradient, Node, int], Iterator[Mistake]]] = {
    "multiply": _of_product,
    "divide": _of_quotient,
    "power": _of_power,
    "square": _of_square,
    "matmul": _of_matmul,
    "log_softmax": _of_log_softmax,
    "softmax_cross_entropy": _of_cross_entropy,
}
"""What is often got wrong at one operation."""


def samples_behind(n: Node, position: int) -> int:
    """Return over how many samples, or entries, the gradient of an input is summed or averaged.

    Examples
    --------
    >>> b = Node([1.0, 2.0])
    >>> samples_behind(b + np.ones((5, 2)), 0), samples_behind(b * 2.0, 0)
    (5, 1)
    """
    x, name = n.inputs[position], n.operation.name  # type: ignore[union-attr]
    if name in ("sum", "mean"):
        return x.size // max(n.size, 1)
    if name == "matmul":
        return n.shape[0] if position == 1 and n.ndim == 2 == np.ndim(raw(n.inputs[0])) else 1
    if n.operation is not None and n.operation.elementwise and n.ndim and n.shape != x.shape:
        repeated = n.ndim > x.ndim or x.shape[0] == 1 != n.shape[0]
        return n.shape[0] if repeated else 1
    return 1


def softmaxes_of(scores: Node, back: WayBack) -> list[Node]:
    """Return the softmaxes of some scores: one operation, or exp(x) / sum(exp(x)).

    Examples
    --------
    >>> from visualize.mistakes.way_back import way_back
    >>> x = Node([1.0, 2.0], name="x")
    >>> e = np.exp(x)
    >>> s = e / e.sum()
    >>> softmaxes_of(x, way_back((s * [1.0, 0.0]).sum())) == [s]
    True
    """
    found = []
    for n, _ in back.consumers[scores]:
        name = n.operation.name  # type: ignore[union-attr]
        if name == "softmax":
            found.append(n)
        elif name == "exp":
            found += [d for d, place in back.consumers[n] if place == 0 and _shares(d, scores)]
    return found


def _axis_of(out: Node) -> Any:
    """The axis along which the probabilities sum to 1."""
    summed = out if "axis" in out.options else out.inputs[1]
    return summed.options["axis"]


def _shares(d: Node, scores: Node) -> bool:
    """Whether a result is exp(scores) over its sum."""
    if d.operation is None or d.operation.name != "divide":
        return False
    total = d.inputs[1]
    if type(total) is not Node or total.operation is None or total.operation.name != "sum":
        return False
    (summed, *_) = total.inputs
    return (
        type(summed) is Node
        and summed.operation is not None
        and summed.operation.name == "exp"
        and summed.inputs[0] is scores
    )
