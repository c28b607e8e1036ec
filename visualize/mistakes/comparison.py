"""One comparison of two gradients: what is tested, in which order, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core.backpropagation import backpropagate
from autograd_core.node import raw

from ..text import number, shape_text
from .factors import factor_between, meaning_of
from .gradient import FACTORS, Mistake
from .mistakes import mistakes_of
from .way_back import WayBack

ULPS = 64
"""Within so many roundings of the largest entry two gradients are equal."""

CLOSE = 1e-4
"""A relative error up to it is that of a difference quotient, or of few digits."""

MATCH = 1e-6
"""A mistake is recognised where its numbers are met this well; or `CLOSE`, if none is."""

SMALL = 1e-5
"""So little is added in a logarithm to keep it finite; who derives by hand lets it cancel."""

MOST_EPSILON = 1e-2
"""Up to that size of its effect a mistake is still told from another."""

MOST_NODES = 200
MOST_CARRIED = 2000
MOST_STEPS = 1_000_000
"""In so many nodes above, so many mistakes are looked for, in so many steps back in all."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """What `compare` found. As text it is one sentence, and the worst entry with both values.

    It is true unless the verdict is "wrong", so that ``assert compare(dW, W)`` stands in tests.

    Attributes
    ----------
    verdict : {"exact", "close", "wrong"}
        Equal up to rounding; within 1e-4, or rounded to a few digits; or neither.
    reason : str
        What was done wrong, or how close it is.
    hint : str
        What else would give these numbers, or what to look at; may be empty.
    worst : tuple of int or None
        The index of the entry that differs most; None where the shapes differ.
    by_hand, gradient : number or None
        The two values there.
    relative_error : float
        The largest difference, over the largest entry of the gradient; nan where the shapes differ.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize import compare
    >>> w = Node(1.5, name="w")
    >>> f = w**2
    >>> f.backward()
    >>> found = compare(1.5, w)
    >>> bool(found), found.verdict, found.reason
    (False, 'wrong', 'a factor of 2 is missing')
    """

    verdict: Literal["exact", "close", "wrong"]
    reason: str
    hint: str = ""
    worst: tuple[int, ...] | None = None
    by_hand: Any = None
    gradient: Any = None
    relative_error: float = float("nan")

    def __bool__(self) -> bool:
        return self.verdict != "wrong"

    def __str__(self) -> str:
        said = _sentence(f"{self.verdict}: {self.reason}")
        if self.hint:
            said += f" {_sentence(self.hint)}"
        if self.worst is None:
            return said
        where = f"The worst entry is {list(self.worst)}: " if self.worst else ""
        values = f"{_digits(self.by_hand)} by hand, {_digits(self.gradient)} in the graph"
        return f"{said}\n{where}{values}, a relative error of {self.relative_error:.1e}."

    __repr__ = __str__


class Compared:
    """One comparison; the tests stand in the order in which they are made."""

    def __init__(
        self,
        hand: npt.NDArray[Any],
        right: npt.NDArray[Any],
        node: Node | None,
        back: WayBack | None,
    ) -> None:
        self.hand, self.right, self.node, self.back = hand, right, node, back
        self.eps = float(max(np.finfo(hand.dtype).eps, np.finfo(right.dtype).eps))
        self.size = float(np.abs(right[np.isfinite(right)]).max(initial=0.0))
        self.without: npt.NDArray[Any] | None = None

    def comparison(self) -> Comparison:
        """Test one thing after the other, until one says how the gradients stand."""
        hand, right = self.hand, self.right
        self.without = self._without_epsilon()
        if hand.shape != right.shape:
            return self._of_other_shape()
        if not right.size:
            return Comparison("exact", "neither gradient has entries")
        if not np.isfinite(right).all():
            return self._of_nonfinite()
        broken = np.argwhere(~np.isfinite(hand))
        if len(broken):
            what = "is" if len(broken) == 1 else "are"
            reason = f"{len(broken)} of {hand.size} entries by hand {what} not finite"
            return self._said("wrong", reason, at=tuple(map(int, broken[0])))
        difference = float(np.abs(hand - right).max())
        if difference <= ULPS * self.eps * self.size:
            return self._said("exact", "the gradient by hand is equal up to rounding")
        if np.allclose(hand, right, rtol=CLOSE, atol=MATCH * self.size):
            return self._said("close", "the gradient by hand is right to about 4 digits or more")
        if (decimals := self._rounded_to()) is not None:
            return self._said("close", f"the gradient by hand is right, rounded to {decimals}")
        if self.without is not None and self._meets(self.without, CLOSE):
            reason = "the gradient by hand is right, but for what is added in the logarithm"
            return self._said("close", reason, "In the graph it is -y / (ŷ + ε), not -y / ŷ")
        reasons = self._reasons()
        if not reasons and difference <= CLOSE * self.size:
            reason = "the gradient by hand is right to about 4 digits of its largest entry"
            return self._said("close", reason)
        if not reasons and difference <= ULPS * self.eps * self._size_above():
            reason = "both are 0 up to rounding, beside the gradients that they are made of"
            return self._said("close", reason)
        if not reasons:
            return self._said("wrong", *self._unknown())
        hint = f"Or: {reasons[1]}" if len(reasons) > 1 else ""
        return self._said("wrong", reasons[0], hint)

    def _said(
        self,
        verdict: Literal["exact", "close", "wrong"],
        reason: str,
        hint: str = "",
        at: tuple[int, ...] | None = None,
    ) -> Comparison:
        """The finding, with the worst entry."""
        off = np.abs(self.hand - self.right)
        if at is None:
            where = int(np.argmax(np.where(np.isnan(off), -1.0, off)))
            at = tuple(map(int, np.unravel_index(where, off.shape)))
        relative = float(off[at] / self.size) if self.size else float(off[at] and np.inf)
        return Comparison(verdict, reason, hint, at, self.hand[at], self.right[at], relative)

    def _rounded_to(self) -> str | None:
        """To how many decimals the right gradient was rounded by hand, if it was."""
        if self.hand.dtype.kind == "c" or self.right.dtype.kind == "c":
            return None
        for decimals in range(1, 7):
            half = 0.5001 * 10.0**-decimals
            written = np.array_equal(np.round(self.hand, decimals), self.hand)
            if written and np.abs(self.hand - self.right).max() <= half < 0.05 * self.size:
                return f"{decimals} decimal{'s' if decimals > 1 else ''}"
        return None

    def _size_above(self) -> float:
        """The largest gradient above, of which the rounding comes."""
        if self.back is None:
            return max(1.0, self.size)
        sizes = (float(np.abs(raw(g)).max(initial=0.0)) for g in self.back.gradients.values())
        return max((size for size in sizes if np.isfinite(size)), default=1.0)

    def _of_nonfinite(self) -> Comparison:
        """The graph's own gradient is not finite: what is, is compared."""
        bad = ~np.isfinite(self.right)
        where = tuple(map(int, np.argwhere(bad)[0]))
        same = np.array_equal(self.hand[bad], self.right[bad], equal_nan=True)
        good = self.right[~bad]
        room = ULPS * self.eps * self.size
        if same and np.abs(self.hand[~bad] - good).max(initial=0.0) <= room:
            reason = "both are the same, and hold what is not finite"
            return self._said("exact", reason, "See why(W) for the cause", at=where)
        reason = f"the gradient in the graph is {number(self.right[where], '.4g')} there"
        return self._said("wrong", reason, "See why(W) for the cause", at=where)

    # --- other shapes ---------------------------------------------------------------------------

    def _of_other_shape(self) -> Comparison:
        hand, right = self.hand, self.right
        shapes = (
            f"the shape by hand is {shape_text(hand.shape)}, that of the gradient "
            f"{shape_text(right.shape)}"
        )
        for reason in self._reasons_of_shape():
            return Comparison("wrong", f"{shapes}: {reason}")
        return Comparison("wrong", shapes, "A gradient has the shape of what it is of")

    def _reasons_of_shape(self) -> Iterator[str]:
        hand, right = self.hand, self.right
        if self.back is not None and self.node is not None:
            for mistake in self._here(any_shape=True):
                if self._meets(np.asarray(raw(mistake.value))):
                    yield mistake.hint
        if hand.ndim == 2 and hand.T.shape == right.shape:
            turned = Compared(hand.T, right, self.node, self.back).comparison()
            if turned:
                yield "it is right, but transposed"
            else:
                yield f"it is transposed, and then: {turned.reason}"
        same = hand.size == right.size
        if same and self._is_right(hand.reshape(right.shape)):
            yield f"its entries are right: reshape it to {right.shape}"
        for axis in range(hand.ndim):
            for keep in (False, True):
                summed = hand.sum(axis=axis, keepdims=keep)
                if summed.shape == right.shape and self._is_right(summed):
                    yield (
                        f"the sum over the batch is missing: .sum(axis={axis}"
                        f"{', keepdims=True' if keep else ''}) of it is right"
                    )
        fits = all(n in (1, m) for n, m in zip(hand.shape[::-1], right.shape[::-1], strict=False))
        if fits and hand.ndim <= right.ndim and self._is_right(hand + np.zeros_like(right)):
            yield f"its entries have to be repeated: np.broadcast_to(dW, {right.shape})"

    def _is_right(self, found: npt.NDArray[Any]) -> bool:
        rights = (self.right,) if self.without is None else (self.right, self.without)
        room = MATCH * self.size
        return any(np.allclose(found, right, rtol=CLOSE, atol=room) for right in rights)

    # --- mistakes -------------------------------------------------------------------------------

    def _meets(self, value: npt.NDArray[Any], within: float = MATCH) -> bool:
        """Whether a mistake has the numbers by hand."""
        if value.shape != self.hand.shape or not np.isfinite(value).all():
            return False
        room = max(within, ULPS * self.eps)
        size = np.abs(value).max(initial=0.0)
        return bool(np.abs(self.hand - value).max(initial=0.0) <= room * size)

    def _reasons(self) -> list[str]:
        """Which mistakes lead to the numbers by hand, the likeliest first; two at most."""
        if not self.hand.any():
            return ["the gradient by hand is 0 everywhere"] if self.size else []
        for within in (MATCH, CLOSE, *self._epsilon()):
            found: dict[str, None] = {}
            for reason in self._likeliest(within):
                found[reason] = None
                if len(found) == 2:
                    break
            if found:
                return list(found)
        return []

    def _epsilon(self) -> Iterator[float]:
        """How much else mistakes may differ, made where nothing is added in the logarithm."""
        if self.without is not None and self.size:
            off = 2.0 * float(np.abs(self.without - self.right).max()) / self.size
            if CLOSE < off <= MOST_EPSILON:
                yield off

    def _without_epsilon(self) -> npt.NDArray[Any] | None:
        """The gradient if nothing were added in any logarithm; None if nothing is."""
        if self.back is None or self.node is None:
            return None
        found = None
        for node, g in self.back.gradients.items():
            if not (parts := _in_logarithm(node, self.back)):
                continue
            probability, epsilon = parts
            # g is y / (ŷ + ε), and 0 where no sample has that class.
            change = np.where(raw(g) == 0, 0, raw(g) * (epsilon / probability))
            passed = self._passed_on(node, change)
            if passed is not None:
                found = (self.right if found is None else found) + raw(passed)
        return None if found is None else np.asarray(found)

    def _likeliest(self, within: float) -> Iterator[str]:
        room = max(within, ULPS * self.eps)
        factor = factor_between(self.hand, self.right, room)
        if self.without is not None and (other := factor_between(self.hand, self.without, room)):
            factor = other if factor is None or self._about(other) else factor
        if factor is not None and (said := self._about(factor)):
            yield said
        if self.back is None or self.node is None:
            yield from self._without_graph(factor, within)
            return
        here = [mistake for mistake in self._here() if mistake.kind not in FACTORS]
        fit = [each.hint for each in here if self._meets(np.asarray(raw(each.value)), within)]
        yield from fit
        if fit or (factor is not None and self._about(factor)):
            return  # a mistake here is likelier than one above
        above = []
        for mistake in self._above():
            if self._meets(mistake.value, within):
                yield mistake.hint
                fit.append(mistake.hint)
            above.append(mistake)
        if factor is not None and self.right.size > 1:
            yield f"every entry is {factor:.4g} times the gradient"
        elif not fit:
            yield from self._with_factor([*here, *above], within)

    def _without_graph(self, factor: float | None, within: float) -> Iterator[str]:
        """What the two gradients alone tell."""
        if self.right.ndim == 2 and self._meets(self.right.T, within):
            yield "right, but transposed"
        if np.iscomplexobj(self.right) and self._meets(self.right.conj(), within):
            yield "right, but conjugate"
        if factor is not None and self.right.size > 1 and not self._about(factor):
            yield f"every entry is {factor:.4g} times the gradient"

    def _with_factor(self, mistakes: list[Mistake], within: float) -> Iterator[str]:
        """Two mistakes at once: one of those, and a factor."""
        for mistake in mistakes:
            value = np.asarray(raw(mistake.value))
            if value.shape != self.hand.shape or value.size < 2:
                continue
            factor = factor_between(self.hand, value, max(within, ULPS * self.eps))
            if factor is not None and (said := self._about(factor)):
                yield f"{mistake.hint}; and {said}"

    def _here(self, *, any_shape: bool = False) -> list[Mistake]:
        assert self.node is not None and self.back is not None
        return mistakes_of(self.node, self.back, any_shape=any_shape, carried=False)

    def _above(self) -> Iterator[Mistake]:
        """Mistakes made nearer to the loss and carried on rightly, the nearest first."""
        assert self.node is not None and self.back is not None
        back, carried = self.back, 0
        most = min(MOST_CARRIED, MOST_STEPS // len(back.gradients))
        for above in _way_up(self.node, back):
            forks = len(back.consumers[above]) > 1
            for mistake in mistakes_of(above, back, carried=False):
                if mistake.kind in FACTORS and not forks:
                    continue
                if carried == most:
                    return
                carried += 1
                change = raw(mistake.value) - raw(back.gradients[above])
                passed = self._passed_on(above, change)
                if passed is None:
                    continue
                value = np.asarray(self.right + raw(passed))
                # Only multiplied by a number: that is said without saying where.
                if value.size < 2 or factor_between(value, self.right, MATCH) is None:
                    where = back.called(above)
                    hint = f"right but for a mistake upstream, at {where}: {mistake.hint}"
                    yield Mistake(mistake.kind, value, hint)

    def _passed_on(self, above: Node, change: Any) -> Any:
        """What another gradient above changes here; None where nothing comes."""
        assert self.node is not None
        return backpropagate(above, change, keep_intermediate=True, towards=self.node, ends=[]).get(
            self.node
        )

    def _about(self, factor: float) -> str:
        return meaning_of(factor, self.right.size, self.back)

    def _unknown(self) -> tuple[str, str]:
        """Where the difference is, if it is not everywhere."""
        wrong = ~np.isclose(self.hand, self.right, rtol=CLOSE, atol=MATCH * self.size)
        number_wrong = int(np.count_nonzero(wrong))
        reason = f"{number_wrong} of {wrong.size} entries differ"
        if wrong.size == 1:
            reason = "the number differs"
        elif number_wrong < wrong.size:
            for axis, name in ((0, "row"), (1, "column")) if wrong.ndim == 2 else ():
                lines = np.flatnonzero(wrong.any(axis=1 - axis))
                if len(lines) == 1 and wrong.shape[axis] > 1:
                    reason += f", all in {name} {lines[0]}"
                    break
        hint = "See explain(loss, W), step by step"
        if not self.size:
            return "the gradient in the graph is 0", "See why(W) for the cause"
        if self.back is None and self.node is not None:
            hint = "With the loss more can be told: compare(dW, W, loss)"
        return f"{reason}, as by none of the usual mistakes", hint


def _in_logarithm(node: Node, back: WayBack) -> tuple[Any, float] | None:
    """The parts of ŷ + ε, of which nothing but logarithms are taken."""
    consumers = back.consumers[node]
    if node.operation is None or node.operation.name != "add" or not consumers:
        return None
    if any(n.operation.name != "log" for n, _ in consumers):  # type: ignore[union-attr]
        return None
    for one, other in (node.inputs, node.inputs[::-1]):
        if np.size(raw(other)) == 1 and 0 < float(raw(other)) <= SMALL:
            return raw(one), float(raw(other))
    return None


def _way_up(node: Node, back: WayBack) -> list[Node]:
    """The nodes between a node and the root, the nearest first."""
    found = {node}
    order = [node]
    for x in order:  # grows while we walk along it
        for n, _ in back.consumers[x]:
            if n not in found and n is not back.root:
                found.add(n)
                order.append(n)
        if len(order) > MOST_NODES:
            break
    return sorted(order[1 : MOST_NODES + 1], key=lambda n: n.serial)


def _sentence(text: str) -> str:
    return text if text.endswith("?") else f"{text}."


def _digits(value: Any) -> str:
    return number(value, ".6g")
