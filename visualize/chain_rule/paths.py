"""The ways from a root to one node: counted, and the most important ones found, without a list."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from autograd_core import Node
from autograd_core.backpropagation import ancestors

Link = tuple[Node, int, Node]
"""One step of a path: a node, the position of the input that it goes on to, and that input."""

Ways = dict[Node, list[Link]]
"""The steps on from each node that leads to the goal; inputs come before their consumers."""


@dataclass(frozen=True, eq=False)
class Path:
    """One way from the root to the node, along which a gradient flows.

    Attributes
    ----------
    nodes : tuple of Node
        From the root to the node.
    steps : tuple
        For each step the result, the position of the input in its operation, and the input.
    local_gradients : tuple
        The factors of the product, one per step; empty where the nodes are arrays, whose
        gradients pass as in `Explanation`'s matrix form.
    value : numpy scalar or ndarray
        What the path contributes to the gradient.
    """

    nodes: tuple[Node, ...]
    steps: tuple[Link, ...]
    local_gradients: tuple[float, ...]
    value: Any


@dataclass(frozen=True, eq=False)
class ChainRule:
    """One gradient as the sum over paths: what there is to be written."""

    root: Node
    wrt: Node
    paths: tuple[Path, ...]
    count: int
    value: Any
    ways: Ways
    number_format: str
    entry: tuple[int, ...] | None = None
    index_form: bool = False


_LIMIT = 1e9
"""Stands for the logarithm of infinity, so that sums of logarithms stay comparable."""


def ways_to(root: Node, wrt: Node) -> Ways:
    """Return the steps that carry a gradient on the way from `root` to `wrt`.

    Examples
    --------
    >>> x, y = Node(3.0, name="x"), Node(2.0, name="y")
    >>> root = (x + y) * x
    >>> [[position for _, position, _ in found] for found in ways_to(root, x).values()]
    [[], [0], [0, 1]]
    """
    ways: Ways = {wrt: []}
    for node in ancestors(root):
        if node.operation is None or not node.requires_grad or node is wrt:
            continue
        found = [
            (node, position, x)
            for position, (x, rule) in enumerate(
                zip(node.inputs, node.operation.rules, strict=False)
            )
            if type(x) is Node and rule is not None and x in ways and x.requires_grad
        ]
        if found:
            ways[node] = found
    return ways


def count_paths(ways: Ways, root: Node) -> int:
    """Return how many paths there are from `root`, without walking them.

    Examples
    --------
    >>> start = x = Node(1.0)
    >>> for _ in range(70):
    ...     x = x + x
    >>> count_paths(ways_to(x, start), x) == 2**70
    True
    """
    if root not in ways:
        return 0
    # With 100,000 forks a count has 100,000 bits: each is dropped after its last use.
    uses = Counter(x for found in ways.values() for _, _, x in found)
    counts: dict[Node, int] = {}
    for node, found in ways.items():
        counts[node] = sum(counts[x] for _, _, x in found) if found else 1
        for _, _, x in found:
            uses[x] -= 1
            if not uses[x]:
                del counts[x]
    return counts[root]


def logarithm(magnitude: float) -> float:
    """Return the logarithm of a magnitude; zero, infinity and nan give large numbers instead."""
    if magnitude == 0:
        return -_LIMIT
    return math.log(magnitude) if math.isfinite(magnitude) else _LIMIT


def largest_paths(
    ways: Ways, root: Node, weight: Callable[[Node], list[float]], most: int
) -> Iterator[list[Link]]:
    """Yield the paths from `root` whose steps' weights have the largest sums, largest first.

    Parameters
    ----------
    ways : Ways
        Where to go from each node.
    root : Node
        Where every path starts.
    weight : callable
        ``weight(node)``: a number for each way on from a node, such as the logarithm of a factor.
    most : int
        How many paths at most.

    Notes
    -----
    The best continuation from every node is known first; each path then is one that was found
    before, left at one step, and continued in the best way (D. Eppstein, "Finding the k shortest
    paths", 1998).
    """
    if root not in ways:
        return
    behind = _losses(ways, weight)
    best = {node: losses.index(0.0) for node, losses in behind.items()}
    # Entries: what the path loses to the best one, a number that decides ties, a path that was
    # found, after how many steps this one leaves it, at which node, and by which way on.
    waiting: list[tuple[float, int, list[Link], int, Node, int | None]]
    waiting = [(0.0, 0, [], 0, root, None)]
    made = 1
    enough = math.inf
    while waiting and most:
        lost, _, before, common, node, way = heapq.heappop(waiting)
        path = before[:common]
        while ways[node]:
            if way is None:
                way = best[node]
                for other, loss in enumerate(behind[node]):
                    if other != way and lost + loss < enough:
                        heapq.heappush(waiting, (lost + loss, made, path, len(path), node, other))
                        made += 1
                        if len(waiting) > 50 * most:
                            # Of long paths with many branches only what can still come up is kept.
                            waiting = heapq.nsmallest(most, waiting)
                            enough = waiting[-1][0]
            step = ways[node][way]
            path.append(step)
            node, way = step[2], None
        yield path
        most -= 1


def _losses(ways: Ways, weight: Callable[[Node], list[float]]) -> dict[Node, list[float]]:
    """For each way on from a node, what is lost against the best one there."""
    ahead: dict[Node, float] = {}
    behind: dict[Node, list[float]] = {}
    for node, found in ways.items():
        if not found:
            ahead[node] = 0.0
            continue
        sums = [own + ahead[x] for own, (_, _, x) in zip(weight(node), found, strict=True)]
        ahead[node] = largest = max(sums)
        behind[node] = [largest - one for one in sums]
    return behind
