"""The usual mistakes in one gradient, each as the number or array that it leads to.

Every mistake is an expression of NumPy calls, as the gradient rules are: of numbers it gives
numbers, and of a recorded backward pass a graph, which a page computes again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core import Node, softmax
from autograd_core.backpropagation import contribution
from autograd_core.node import raw

from ..text import shown
from .way_back import Consumer, WayBack

FACTORS = {"sign", "factor 2", "factor n", "factor 1/n"}
"""Mistakes that multiply a gradient by a number."""

MOST_ENTRIES = 10_000_000
"""The gradients of single samples are not computed where they would be more numbers."""

MOST_BRANCHES = 8
"""At a fork of more, no mistake of a single branch is looked for."""


@dataclass(frozen=True, eq=False)
class Mistake:
    """A mistake, and where it leads.

    Attributes
    ----------
    kind : str
        Which mistake: ``"one path"``, ``"sign"``, ...
    value : number, ndarray or Node
        What comes out in place of the gradient.
    hint : str
        What to think of, in a sentence without its full stop.
    """

    kind: str
    value: Any
    hint: str


def mistakes_of(
    node: Node,
    back: WayBack,
    *,
    any_shape: bool = False,
    carried: bool = True,
    everywhere: bool = False,
) -> list[Mistake]:
    """Return what usual mistakes make of the gradient of a node, the likeliest first.

    Parameters
    ----------
    node : Node
        A node of the graph.
    back : WayBack
        The gradients with their history: ``way_back(root)``.
    any_shape : bool, default False
        Whether those are wanted, too, whose shape is not that of the node.
    carried : bool, default True
        Whether those are wanted, too, that are right but for a mistake one operation above.
    everywhere : bool, default False
        Whether those are wanted, too, that give the right value, or none, with the numbers of now:
        with others they may not.

    Returns
    -------
    list of Mistake
        None has the right value, and all are finite. Different ones may come to the same number.

    Examples
    --------
    >>> from visualize.mistakes.way_back import way_back
    >>> x, w, b = Node(3.0, name="x"), Node(0.5, name="w"), Node(2.0, name="b")
    >>> loss = (x * w + b) ** 2
    >>> for mistake in mistakes_of(w, way_back(loss), carried=False)[:3]:
    ...     print(f"{mistake.kind}: {mistake.value:g}, {mistake.hint}")
    upstream forgotten: 3, the gradient from above is missing: 3 is the local gradient alone
    local forgotten: 7, the local gradient is missing: this is the gradient from above alone
    own value: 3.5, multiplied by its own value: the local gradient of a product is the other factor
    """
    if not back.consumers.get(node):
        return []
    made = _Made(node, back, everywhere)
    with np.errstate(all="ignore"):
        found = list(made.all())
        if carried:
            found += made.carried()
    right = np.asarray(raw(back.gradients[node]))
    said = {
        mistake.hint: mistake
        for mistake in found
        if _tells(mistake.value, right, any_shape, everywhere)
    }
    return list(said.values())


def _tells(value: Any, right: Any, any_shape: bool, everywhere: bool) -> bool:
    """Whether what came out differs from the gradient, and is a number."""
    value = np.asarray(raw(value))
    if everywhere:
        return any_shape or value.shape == right.shape
    if not np.isfinite(value).all():
        return False
    if value.shape != right.shape:
        return any_shape
    rtol = 64 * np.finfo(right.dtype).eps
    return not np.allclose(value, right, rtol=rtol, atol=rtol * np.abs(right).max(initial=0.0))


class _Made:
    """The mistakes in the gradient of one node, or in what one of several paths adds to it."""

    def __init__(
        self,
        node: Node,
        back: WayBack,
        everywhere: bool,
        path: Consumer | None = None,
        part: Any = None,
    ) -> None:
        self.node, self.back, self.everywhere = node, back, everywhere
        self.consumers = back.consumers[node] if path is None else [path]
        self.right = back.gradients[node] if path is None else part

    def all(self) -> Iterator[Mistake]:
        """Those made here, the likeliest first."""
        if len(self.consumers) == 1:
            yield from self._on_the_path()
        elif len(self.consumers) <= MOST_BRANCHES:
            yield from self._at_a_fork()
            yield from self._on_each_path()
        yield from self._of_softmax()
        yield Mistake("sign", -self.right, "the sign is wrong")
        if np.ndim(raw(self.right)) == 2:
            yield Mistake("transposed", np.transpose(self.right), "right, but transposed")
        if len(self.consumers) == 1 and not self.node.ndim:
            ((n, position),) = self.consumers
            local = contribution(n, position, self.one(n))
            hint = "added, where the chain rule multiplies"
            yield Mistake("sum", self.fitted(self.back.gradients[n]) + local, hint)
        yield Mistake("factor 2", self.right * 2.0, "a factor of 2 too much")
        yield Mistake("factor 2", self.right * 0.5, "a factor of 2 is missing")
        for number in self.back.averaged:
            yield Mistake(
                "factor n", self.right * float(number), f"not divided by the {number} entries"
            )

    def _on_the_path(self) -> Iterator[Mistake]:
        """Those of the only path."""
        ((n, position),) = self.consumers
        yield from self._of_chain(n, position)
        name = n.operation.name  # type: ignore[union-attr]
        if name in _OF_OPERATION:
            yield from _OF_OPERATION[name](self, n, position)
        elif n.operation.elementwise and n.operation.arity == 1:  # type: ignore[union-attr]
            yield from self._of_function(n)
        yield from self._of_batch(n, position)

    # --- what the expressions are made of ---------------------------------------------------------

    def value(self, x: Any) -> Any:
        """An operand: as a node where the backward pass is a graph."""
        return x if self.back.on_nodes else raw(x)

    def one(self, n: Node) -> Any:
        """The gradient 1 at a result."""
        ones = np.ones_like(raw(self.back.gradients[n]))[()]
        if not self.back.on_nodes:
            return ones
        # What the gradient at the root follows, this does, too: else it is a constant in a page.
        return Node(ones, requires_grad=False) + 0.0 * np.sum(self.back.gradients[self.back.root])

    def fitted(self, part: Any) -> Any:
        """Summed over what was repeated, so that it has the shape of the node."""
        have, want = np.shape(raw(part)), self.node.shape
        extra = len(have) - len(want)
        if have == want or extra < 0:
            return part
        if extra:
            part = np.sum(part, axis=tuple(range(extra)))
        again = tuple(axis for axis, n in enumerate(want) if n == 1 != have[axis + extra])
        return np.sum(part, axis=again, keepdims=True) if again else part

    # --- forks ------------------------------------------------------------------------------------

    def _at_a_fork(self) -> Iterator[Mistake]:
        """The parts of the branches are added: not one alone, nor all but one, nor multiplied."""
        parts, through = self.back.parts(self.node), self._paths()
        number = len(parts)
        for part, where in zip(parts, through, strict=True):
            yield Mistake(
                "one path",
                part,
                f"only one path of several, that {where}: at a fork the parts of all {number} are "
                "added",
            )
        for left_out, where in enumerate(through) if number > 2 else ():
            others = [part for place, part in enumerate(parts) if place != left_out]
            yield Mistake(
                "path forgotten", sum(others[1:], others[0]), f"the path {where} is missing"
            )
        product = parts[0]
        for part in parts[1:]:
            product = product * part
        yield Mistake("product of paths", product, "at a fork the parts are added, not multiplied")
        local = [contribution(n, place, self.one(n)) for n, place in self.consumers]
        yield Mistake(
            "upstream forgotten",
            sum(local[1:], local[0]),
            "the gradients from above are missing: each local gradient times the one that arrives",
        )

    def _paths(self) -> list[str]:
        """What the paths are called: through what, and of several of one name the number."""
        names = [self.back.called(n) for n, _ in self.consumers]
        return [
            f"through {name}" if names.count(name) == 1 else f"through {name}, number {number}"
            for number, name in enumerate(names, 1)
        ]

    def _on_each_path(self) -> Iterator[Mistake]:
        """A mistake on one path, and the others are right."""
        parts = self.back.parts(self.node)
        for place, where in enumerate(self._paths()):
            path = _Made(self.node, self.back, self.everywhere, self.consumers[place], parts[place])
            others = [part for other, part in enumerate(parts) if other != place]
            wrong = [Mistake("sign", -parts[place], "the sign is wrong"), *path._on_the_path()]
            for mistake in wrong:
                if np.shape(raw(mistake.value)) == self.node.shape:
                    value = sum(others, mistake.value)
                    kind = "factor of a path" if mistake.kind in FACTORS else mistake.kind
                    yield Mistake(kind, value, f"on the path {where}: {mistake.hint}")

    # --- one chain --------------------------------------------------------------------------------

    def _of_chain(self, n: Node, position: int) -> Iterator[Mistake]:
        up, local = self.back.gradients[n], contribution(n, position, self.one(n))
        scalar = not self.everywhere and not np.ndim(raw(local))  # a page has other numbers
        said = f"{raw(local):.4g} is" if scalar else "this is"
        yield Mistake(
            "upstream forgotten",
            local,
            f"the gradient from above is missing: {said} the local gradient alone",
        )
        if (passed := self.fitted(up)) is not up or np.shape(raw(up)) == self.node.shape:
            yield Mistake(
                "local forgotten",
                passed,
                "the local gradient is missing: this is the gradient from above alone",
            )

    def _of_function(self, n: Node) -> Iterator[Mistake]:
        """The value f for f′, and f′ at the wrong place."""
        up, out, name = self.back.gradients[n], self.value(n), shown(n.operation.name)  # type: ignore[union-attr]
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
        x = self.value(self.node)
        hint = f"the derivative of {name} is written with its result, and its input was put in"
        yield Mistake("input for result", rule(up, x, x, **n.options), hint)

    def of_product(self, n: Node, position: int) -> Iterator[Mistake]:
        """The node itself in place of the other factor."""
        other = n.inputs[1 - position]
        if other is not self.node:
            yield Mistake(
                "own value",
                self.fitted(self.back.gradients[n] * self.value(self.node)),
                "multiplied by its own value: the local gradient of a product is the other factor",
            )

    def of_quotient(self, n: Node, position: int) -> Iterator[Mistake]:
        """Of a / b they are 1/b and -a/b²."""
        up, (a, b) = self.back.gradients[n], map(self.value, n.inputs)
        if position == 0:
            hint = "multiplied by the denominator: the derivative of a/b for a is 1/b"
            yield Mistake("turned over", self.fitted(up * b), hint)
            return
        hint = "the denominator is not squared: the derivative of a/b for b is -a/b²"
        yield Mistake("power", self.fitted(-(up * a) / b), hint)
        hint = "the numerator is missing: the derivative of a/b for b is -a/b²"
        yield Mistake("numerator", self.fitted(-up / (b * b)), hint)

    def of_power(self, n: Node, position: int) -> Iterator[Mistake]:
        """Of p·x^(p - 1): without p, or with x^p."""
        if position or type(n.inputs[1]) is Node or np.ndim(n.inputs[1]):
            return
        up, x, p = self.back.gradients[n], self.value(self.node), n.inputs[1]
        hint = f"the exponent {p:g} is missing as a factor"
        yield Mistake("exponent", up * x ** (p - 1), hint)
        hint = "the exponent stays one smaller: the derivative of xᵖ is p·xᵖ⁻¹"
        yield Mistake("power", up * p * self.value(n), hint)
        yield Mistake("f for f′", up * self.value(n), "the power itself in place of its derivative")

    def of_square(self, n: Node, position: int) -> Iterator[Mistake]:
        """Of 2·x: without the 2."""
        up, x = self.back.gradients[n], self.value(self.node)
        yield Mistake("exponent", up * x, "the exponent 2 is missing as a factor")
        yield Mistake("f for f′", up * self.value(n), "the square itself, not its derivative")

    # --- matrices and batches ---------------------------------------------------------------------

    def of_matmul(self, n: Node, position: int) -> Iterator[Mistake]:
        """The factors turned round, or not transposed."""
        up, other = self.back.gradients[n], self.value(n.inputs[1 - position])
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

    def _of_batch(self, n: Node, position: int) -> Iterator[Mistake]:
        """The sum over the samples: missing, only of one, or divided though it is none."""
        up, name = self.back.gradients[n], n.operation.name  # type: ignore[union-attr]
        number = samples_behind(n, position)
        if number < 2:
            return
        if name in ("sum", "mean"):
            of = "entries"
        else:
            of = "samples"
            yield from self._single_samples(n, position, up)
        yield Mistake(
            "factor 1/n", self.right / float(number), f"divided by the {number} {of} once too often"
        )
        yield Mistake("factor n", self.right * float(number), f"not divided by the {number} {of}")

    def _single_samples(self, n: Node, position: int, up: Any) -> Iterator[Mistake]:
        missing = "the sum over the batch is missing"
        first, last = f"{missing}: only the first sample counts", (
            f"{missing}: only the last sample counts (each overwrites the one before)"
        )  # fmt: skip
        if n.operation.name == "matmul":  # type: ignore[union-attr]
            x = self.value(n.inputs[0])
            for rows, hint in ((slice(0, 1), first), (slice(-1, None), last)):
                yield Mistake("one sample", np.transpose(x[rows]) @ up[rows], hint)
            if n.shape[0] * self.node.size <= MOST_ENTRIES:
                each = np.expand_dims(x, -1) * np.expand_dims(up, -2)
                hint = f"{missing}: one gradient for each sample"
                yield Mistake("sum over the batch", each, hint)
            return
        each = self._each(n, position)
        yield Mistake("sum over the batch", each, f"{missing}: one gradient for each sample")
        for row, hint in ((0, first), (-1, last)):
            one = each[row]
            same = np.size(raw(one)) == self.node.size
            value = np.reshape(one, self.node.shape) if same else one
            yield Mistake("one sample", value, hint)
        if np.ndim(raw(each)) == 2:
            hint = "summed over the columns: the sum goes over the samples, the rows"
            yield Mistake("wrong axis", np.sum(each, axis=-1), hint)

    def _each(self, n: Node, position: int) -> Any:
        """What a rule of an operation that repeats an input gives, before it is summed."""
        rule = n.operation.rules[position]  # type: ignore[union-attr]
        assert rule is not None
        part = rule(self.back.gradients[n], self.value(n), *map(self.value, n.inputs), **n.options)
        return part if np.shape(raw(part)) == n.shape else np.broadcast_to(part, n.shape)

    # --- reductions and softmax -------------------------------------------------------------------

    def _of_softmax(self) -> Iterator[Mistake]:
        """Only the diagonal of the softmax's Jacobian: s (1 - s)."""
        diagonal = (
            "the off-diagonal part of the softmax is missing: each score changes every probability"
        )
        for out in softmaxes_of(self.node, self.back):
            s, up = self.value(out), self.back.gradients[out]
            yield Mistake("off-diagonal", up * s * (1.0 - s), diagonal)
            hint = f"{diagonal}; it is s ⊙ (E - Σ E ⊙ s), not s ⊙ E"
            yield Mistake("off-diagonal", up * s, hint)
            total = np.sum(up * s, axis=_axis_of(out), keepdims=True)
            hint = (
                "the targets are missing: behind a logarithm, the probabilities minus the targets"
            )
            yield Mistake("targets", -s * total, hint)

    def of_log_softmax(self, n: Node, position: int) -> Iterator[Mistake]:
        """Of g - p Σ g: without the other classes, or without g."""
        up, axis = self.back.gradients[n], n.options["axis"]
        p = np.exp(self.value(n))
        hint = "the off-diagonal part of the softmax is missing: Σ over the classes"
        yield Mistake("off-diagonal", up - p * up, hint)
        hint = "the targets are missing: the probabilities minus the targets"
        yield Mistake("targets", -p * np.sum(up, axis=axis, keepdims=True), hint)

    def of_cross_entropy(self, n: Node, position: int) -> Iterator[Mistake]:
        """Of p - y: without y, or only the diagonal, -y (1 - p)."""
        if position:
            return
        targets, axis = n.inputs[1], n.options["axis"]
        scores = self.value(self.node)
        up, p = np.expand_dims(self.back.gradients[n], axis), softmax(scores, axis)
        hint = "the targets are missing: the probabilities minus the targets"
        yield Mistake("targets", up * p, hint)
        classes = np.shape(raw(scores))[axis]
        y = self.value(targets)
        if np.ndim(raw(targets)) < np.ndim(raw(scores)):
            y = np.moveaxis(np.eye(classes)[np.asarray(raw(targets))], -1, axis)
        hint = "the off-diagonal part of the softmax is missing: each score changes every class"
        yield Mistake("off-diagonal", -up * y * (1.0 - p), hint)
        hint = "the probabilities are missing: the probabilities minus the targets"
        yield Mistake("probabilities", -up * y, hint)

    # --- above ------------------------------------------------------------------------------------

    def carried(self) -> Iterator[Mistake]:
        """Right here, of a gradient above that a mistake was made in."""
        if len(self.consumers) > MOST_BRANCHES:
            return
        parts = self.back.parts(self.node)
        for place, (n, position) in enumerate(self.consumers):
            if n is self.back.root:
                continue
            others = [part for other, part in enumerate(parts) if other != place]
            for mistake in mistakes_of(n, self.back, carried=False, everywhere=self.everywhere):
                if len(self.consumers) == 1 and mistake.kind in FACTORS:
                    continue  # the same as here
                value = sum(others, contribution(n, position, mistake.value))
                hint = f"right but for a mistake above, at {self.back.called(n)}: {mistake.hint}"
                yield Mistake("carried", value, hint)


_OF_OPERATION: dict[str, Callable[[_Made, Node, int], Iterator[Mistake]]] = {
    "multiply": _Made.of_product,
    "divide": _Made.of_quotient,
    "power": _Made.of_power,
    "square": _Made.of_square,
    "matmul": _Made.of_matmul,
    "log_softmax": _Made.of_log_softmax,
    "softmax_cross_entropy": _Made.of_cross_entropy,
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
