"""The way of a gradient followed back to where it was lost, spoilt or blown up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_core import Node, find_nonfinite
from autograd_core.backpropagation import backpropagate, contribution
from autograd_core.modes import recording
from autograd_core.node import raw

from ..graph.calling import Calling, amount
from ..mistakes.way_back import WayBack
from ..text import number
from .words import Mask, why_closed, why_not_finite

CANCELLED = 1e-6
"""A step that passes on less may be a sum of parts that cancel."""

MOST_CAUSES = 3
MOST_BRANCHES = 100
"""At a fork so many branches are followed."""


@dataclass(frozen=True, eq=False)
class Found:
    """A cause: where it is, in words, and the nodes from there to the one that was asked about."""

    at: Node
    reason: str
    chain: tuple[Node, ...]


def lost(node: Node, mask: Mask, back: WayBack) -> list[Found]:
    """Return where the gradient of entries of a node, which is 0, was lost: on each way to them.

    At each operation it is asked which entries of its result the entries below depend on. Where
    there are none, the operation passed nothing; where no gradient arrived at those, one goes on.

    Examples
    --------
    >>> from visualize.mistakes.way_back import way_back
    >>> x = Node(-2.0, name="x")
    >>> y = np.maximum(x, 0.0)
    >>> [found.reason for found in lost(x, np.array(True), way_back(y))]
    ['maximum(x, 0) took the other one: x is -2, 0 is 0']
    """
    calling = back.calling
    waiting: list[tuple[Node, Mask, tuple[Node, ...]]] = [(node, mask, (node,))]
    seen = {node}
    found: dict[str, Found] = {}
    for x, entries, chain in waiting:  # grows while we walk along it
        if len(found) == MOST_CAUSES:
            break
        consumers = back.consumers[x][:MOST_BRANCHES]
        parts = [np.asarray(raw(contribution(n, i, back.gradients[n]))) for n, i in consumers]
        # An infinite slope times a gradient of 0 is nan there, and nothing comes of it.
        if any(np.any(part[entries] != 0, where=~np.isnan(part[entries])) for part in parts):
            said = _cancelled(calling, x, parts, entries)
            found.setdefault(said, Found(x, said, chain))
            continue
        for n, position in consumers:
            up = np.asarray(raw(back.gradients[n]))
            # What is lost twice was lost first nearer to the output.
            nothing = np.ones(n.shape, np.bool_)
            reached = depends_on(n, position, entries) if up.any() else nothing
            if not reached.any():
                said = why_closed(calling, n, position, entries)
                found.setdefault(said, Found(n, said, (n, *chain)))
            elif not up[reached].any():
                if n not in seen:
                    seen.add(n)
                    waiting.append((n, reached, (n, *chain)))
            else:
                said = _lost_in(calling, n, position, up, reached)
                found.setdefault(said, Found(n, said, (n, *chain)))
    return list(found.values())


def depends_on(n: Node, position: int, entries: Mask) -> Mask:
    """Return the entries of a result through which a gradient comes to entries of an input.

    A rule is linear in the upstream gradient, so that one reverse pass through the rule itself
    tells: weighted at random, nothing cancels.

    Examples
    --------
    >>> x = Node([1.0, 2.0, 3.0])
    >>> depends_on(x * [1.0, 0.0, 2.0], 0, np.array([True, True, False]))
    array([ True, False, False])
    """
    weights = np.random.default_rng(0).uniform(1.0, 2.0, entries.shape) * entries
    with recording():
        up = Node(np.ones_like(n.value))
        part = contribution(n, position, up)
        if type(part) is not Node or not part.requires_grad:
            return np.zeros(n.shape, np.bool_)
        total = np.sum(part * weights.astype(part.dtype))
    # An infinite slope times a weight of 0 is nan, and depends on nothing.
    slopes = backpropagate(total, total.dtype.type(1), keep_intermediate=False, towards=up)[up]
    return np.asarray(slopes != 0) & ~np.isnan(slopes)


def _cancelled(calling: Calling, x: Node, parts: list[Any], entries: Mask) -> str:
    shares = [np.asarray(part)[entries].ravel()[0] for part in parts]
    if len(parts) == 1:
        return f"what comes to {calling.name(x)} is summed over its entries, and cancels to 0"
    written = " + ".join(_bracketed(number(share, ".4g")) for share in shares[:4])
    more = " + …" if len(shares) > 4 else ""
    return f"the parts of {len(parts)} paths to {calling.name(x)} cancel: {written}{more} = 0"


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


def _lost_in(calling: Calling, n: Node, position: int, up: Any, reached: Mask) -> str:
    """Something arrived that something depends on, and nothing comes out: too small, or sums."""
    arriving = np.abs(up[reached]).max()
    scaled = contribution(n, position, (up / arriving).astype(n.dtype)[()])
    size = float(np.abs(np.asarray(raw(scaled))).max())
    name = calling.name(n.inputs[position])
    if size > 0.0 and size * arriving < np.finfo(n.dtype).tiny:
        return f"it is too small for {n.dtype} to go on: times {number(size, '.3g')} it rounds to 0"
    return f"what {calling.definition(n)} passes to {name} cancels: a sum of parts that is 0"


# --- not finite -----------------------------------------------------------------------------------


def spoilt(node: Node, back: WayBack) -> Found:
    """Return where a gradient that is not finite first was not: from the output to the node.

    Examples
    --------
    >>> from visualize.mistakes.way_back import way_back
    >>> x = Node(0.0, name="x")
    >>> with np.errstate(divide="ignore"):
    ...     spoilt(x, way_back(np.sqrt(x))).reason
    'the slope of sqrt(x) is inf at x = 0'
    """
    calling = back.calling
    x = node
    chain: tuple[Node, ...] = (node,)
    while True:
        bad = [
            (n, position, part)
            for n, position in back.consumers[x]
            if not _finite(part := contribution(n, position, back.gradients[n]))
        ]
        if not bad:
            return Found(x, f"the sum of the paths to {calling.name(x)} overflows", chain)
        n, position, _ = next((one for one in bad if not _finite(back.gradients[one[0]])), bad[0])
        chain = (n, *chain)
        if _finite(back.gradients[n]):
            return _made_in(calling, n, position, back, chain)
        x = n


def _made_in(
    calling: Calling, n: Node, position: int, back: WayBack, chain: tuple[Node, ...]
) -> Found:
    """A finite gradient arrived at a result, and what was passed on is not finite."""
    values = [n.value, *map(raw, n.inputs)]
    if not all(np.all(np.isfinite(value)) for value in values if value is not None):
        first = find_nonfinite(n)
        assert first is not None
        return Found(first, why_not_finite(calling, first), chain)
    one = np.ones_like(n.value)[()]
    local = np.asarray(raw(contribution(n, position, one)))
    if not _finite(local):
        bad = ~np.isfinite(local)
        slope = local[bad].ravel()[0]
        where = calling.at(n.inputs[position], bad)
        said = f"the slope of {calling.expression(n)} is {number(slope, '.4g')} at {where}"
        return Found(n, said, chain)
    up = amount(np.asarray(raw(back.gradients[n])))
    return Found(
        n,
        f"the product overflows at {calling.definition(n)}: the upstream gradient is {up}, the "
        f"local one {amount(local)}",
        chain,
    )


def _finite(value: Any) -> bool:
    return bool(np.all(np.isfinite(raw(value))))


# --- huge and tiny --------------------------------------------------------------------------------


def scaled(node: Node, back: WayBack, *, up: bool) -> Found:
    """Return the operation that makes a gradient grow most (or shrink), on its strongest way.

    Examples
    --------
    >>> from visualize.mistakes.way_back import way_back
    >>> x = Node(2.0, name="x")
    >>> scaled(x, way_back(x * 1e6), up=True).reason
    'most at f = x * 1e+06: times 1e+06 on the way to x'
    """
    calling = back.calling
    steps = list(_strongest(node, back))
    if not steps:
        return Found(node, f"{calling.name(node)} is the output itself", (node,))
    chain = (*(n for n, _, _ in reversed(steps)), node)
    pick = max if up else min
    n, position, factor = pick(steps, key=lambda step: step[2])
    total = float(np.prod([factor for _, _, factor in steps]))
    x = n.inputs[position]
    others = [
        calling.at(one)
        for place, one in enumerate(n.inputs)
        if (place != position or not _is_product(n)) and (type(one) is Node or np.ndim(one))
    ]
    with_what = f", with {' and '.join(others[:2])}" if others else ""
    if not up and _cancels(n, position, back.gradients[n], factor):
        said = f"to 0, up to rounding, at {calling.definition(n)}, where its parts cancel"
        return Found(n, f"{said}{with_what}", chain)
    said = (
        f"most at {calling.definition(n)}: times {number(factor, '.3g')} on the way to "
        f"{calling.name(x)}{with_what}"
    )
    if len(steps) > 1:
        said += f"; the {len(steps)} steps together times {number(total, '.3g')}"
    return Found(n, said, chain)


def _is_product(n: Node) -> bool:
    return n.operation is not None and n.operation.name in ("multiply", "matmul")


def _cancels(n: Node, position: int, up: Any, factor: float) -> bool:
    """Whether next to nothing is passed on because parts of a sum cancel: other signs tell."""
    signs = np.random.default_rng(0).uniform(-1.0, 1.0, n.shape)
    other = _size(contribution(n, position, (raw(up) * signs).astype(n.dtype)[()]))
    return factor < CANCELLED and other > 1e3 * factor * _size(up)


def _strongest(node: Node, back: WayBack) -> Iterator[tuple[Node, int, float]]:
    """The steps from a node up to the root, each by the consumer that contributes most."""
    x = node
    while back.consumers[x]:
        n, position = max(
            back.consumers[x][:MOST_BRANCHES],
            key=lambda one: _size(contribution(one[0], one[1], back.gradients[one[0]])),
        )
        above = _size(back.gradients[n])
        part = _size(contribution(n, position, back.gradients[n]))
        yield n, position, part / above if above else 0.0
        x = n


def _size(value: Any) -> float:
    return float(np.abs(np.asarray(raw(value))).max(initial=0.0))
