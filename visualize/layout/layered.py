"""A layout of our own, where Graphviz is missing: units in layers, few crossings, straight wires.

Each thing wants to stand at the height of what it is joined to. From one layer to the next, to and
fro, things are sorted by what they want, as far as the operands of an operation stay in order, and
then stand as near to it as there is room.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Any

from .graphviz import Placement
from .unit import Link, Output, Unit, Units

AIR = 10.0
"""Between two things of a layer, in points; Graphviz's nodesep=0.14."""

BETWEEN = 22.0
"""Between two layers; Graphviz's ranksep=0.3."""

TURNS = 16
"""How often layers are sorted from one end to the other, at most."""

VAIN = 4
"""After so many turns that were no better it ends."""

CALM = 6
"""How often things move, at the end, without a change of their order."""


@dataclass(eq=False, slots=True)
class Place:
    """A unit in its layer, or a long wire where it passes one."""

    layer: int
    half: float = 2.0
    """Half of its height."""
    unit: Unit | None = None
    v: float = 0.0
    at: int = 0
    """Which it is in its layer, from above."""
    before: list[Joint] = field(default_factory=list)
    behind: list[Joint] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Joint:
    """A piece of a wire between two layers, and how far from the middles of its ends it runs."""

    source: Place
    leaves: float
    target: Place
    arrives: float
    weight: float


def layered(units: Units) -> Placement:
    """Return where units stand, in the steps of Sugiyama and others.

    Each operation stands in the layer behind the last of its operands, a leaf before the first
    operation that takes it; wires pass the layers between. The time grows with the number of units
    and of layers that wires pass.

    References
    ----------
    K. Sugiyama, S. Tagawa, M. Toda, "Methods for Visual Understanding of Hierarchical System
    Structures", IEEE Transactions on Systems, Man, and Cybernetics 11(2), 1981: layers, sorted by
    barycentres, from one end to the other.

    E. R. Gansner, E. Koutsofios, S. C. North, K.-P. Vo, "A Technique for Drawing Directed Graphs",
    IEEE Transactions on Software Engineering 19(3), 1993: medians, and heavier long wires.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize.graph.picture import picture_of
    >>> from visualize.layout.units import units_of
    >>> x, y = Node(3.0, name="x"), Node(2.0, name="y")
    >>> layered(units_of(picture_of(x * y))).nodes
    {'o0': (127.0, 4.0), 'w0': (27.0, -21.0), 'w1': (27.0, 21.0)}
    """
    return _Layout(units).placement()


class _Layout:
    def __init__(self, units: Units) -> None:
        self.units = units
        self.into: dict[Unit, list[Link]] = defaultdict(list)
        self.onward: dict[Unit, list[Link]] = defaultdict(list)
        for link in sorted(units.links, key=lambda link: link.input.v):
            self.into[link.target].append(link)
        for link in units.links:
            self.onward[link.source].append(link)
        self.uses: dict[Output, list[Link]] = defaultdict(list)
        for unit in units.units:
            for link in self.into[unit]:
                self.uses[link.output].append(link)
        self.passing: dict[tuple[Output, int], Place] = {}
        self._make_places(self._layer_of_units())
        self._read()
        self._sort()
        self._stand()

    def placement(self) -> Placement:
        """The middles of units, and the points of long wires."""
        middles, end = [], 0.0
        for layer in self.layers:
            long = max((place.unit.along for place in layer if place.unit), default=0)
            middles.append(end + long / 2)
            end += long + BETWEEN

        def point(place: Place) -> tuple[float, float]:
            at = middles[place.layer], place.v
            return at if self.units.across else at[::-1]

        nodes = {unit.id: point(self.places[unit]) for unit in self.units.units}
        edges = {
            number: [point(place) for place in self._way(link)]
            for number, link in enumerate(self.units.links)
        }
        return Placement(nodes, {number: way for number, way in edges.items() if len(way) > 2})

    # --- layers -------------------------------------------------------------------------------

    def _weight(self, link: Link) -> float:
        """How much its wire wants to be short and straight: a leaf's, to the first of its uses."""
        if link.source.inputs:
            return 4.0
        uses = self.uses[link.output]
        return 6.0 if len(uses) > 1 and uses[0] is link else 1.0

    def _layer_of_units(self) -> dict[Unit, int]:
        """As far to the left as operands allow; then to the right, where wires become shorter."""
        missing = {unit: len(self.into[unit]) for unit in self.units.units}
        fixed = set(self.units.leaves if self.units.look.leaves == "column" else ())
        layer = {
            unit: int(unit.is_operation or (bool(fixed) and unit not in fixed))
            for unit in self.units.units
        }
        ready = [unit for unit in self.units.units if not missing[unit]]
        for unit in ready:  # grows
            for link in self.onward[unit]:
                layer[link.target] = max(layer[link.target], layer[unit] + 1)
                missing[link.target] -= 1
                if not missing[link.target]:
                    ready.append(link.target)
        for unit in reversed(ready):
            links = self.onward[unit]
            if unit in fixed or not links:
                continue
            # What is used here alone comes along.
            stays = (
                link for link in self.into[unit]
                if link.source in fixed or (link.source.inputs and len(self.uses[link.output]) > 1)
            )  # fmt: skip
            if sum(map(self._weight, links)) > sum(map(self._weight, stays)):
                layer[unit] = min(layer[link.target] for link in links) - 1
        return layer

    def _make_places(self, layer: Mapping[Unit, int]) -> None:
        self.places = {unit: Place(layer[unit], unit.across / 2, unit) for unit in layer}
        joints: dict[tuple[Place, float, Place, float], Joint] = {}
        for unit in self.units.units:
            for link in self.into[unit]:
                way = self._way(link)
                weight = self._weight(link)
                for source, target in pairwise(way):
                    leaves = link.output.v if source is way[0] else 0.0
                    arrives = link.input.v if target is way[-1] else 0.0
                    # The longer a wire, the straighter.
                    times = {0: 8.0, 1: 2.0, 2: 1.0}[(source is way[0]) + (target is way[-1])]
                    key = source, leaves, target, arrives
                    if key not in joints:
                        joints[key] = joint = Joint(source, leaves, target, arrives, 0.0)
                        source.behind.append(joint)
                        target.before.append(joint)
                    joints[key].weight += times * weight
        self.layers: list[list[Place]] = [[] for _ in range(max(layer.values()) + 1)]

    def _way(self, link: Link) -> list[Place]:
        """The places of a wire, from its source to its target; all its branches share them."""
        first, last = self.places[link.source], self.places[link.target]
        between = [
            self.passing.setdefault((link.output, layer), Place(layer))
            for layer in range(first.layer + 1, last.layer)
        ]
        return [first, *between, last]

    # --- order --------------------------------------------------------------------------------

    def _read(self) -> None:
        """Fill the layers in the order in which one reads the expression."""
        found: set[Place] = set()
        for unit in self.units.units:
            waiting = [self.places[unit]]
            while waiting:
                place = waiting.pop()
                if place not in found:
                    found.add(place)
                    self.layers[place.layer].append(place)
                    waiting += [joint.source for joint in reversed(place.before)]
        self.pairs: list[list[tuple[int, int]]] = []
        for layer in self.layers:
            for number, place in enumerate(layer):
                place.at = number
        for layer, following in pairwise([*self.layers, []]):
            operands = [[joint.source.at for joint in place.before] for place in following]
            self.pairs.append(_without_circles(operands, len(layer)))
        self.reading = {place: place.at for layer in self.layers for place in layer}
        for number, layer in enumerate(self.layers):
            self._put(number, _in_order([float(place.at) for place in layer], self.pairs[number]))
            _settle(layer, [0.0] * len(layer), [1.0] * len(layer))

    def _put(self, number: int, order: Iterable[int]) -> None:
        """Order a layer; `order` has the numbers of its places as they are read."""
        layer = self.layers[number]
        as_read = sorted(layer, key=self.reading.__getitem__)
        layer[:] = [as_read[one] for one in order]
        for at, place in enumerate(layer):
            place.at = at

    def _sort(self) -> None:
        """Sort layers by what they want, to and fro, and keep what has least out of order."""
        best, kept, vain = self._disorder(), [layer[:] for layer in self.layers], 0
        for turn in range(TURNS):
            if not best or vain == VAIN:
                break
            both = turn % 4 > 1
            for number in self._towards(turn):
                as_read = sorted(self.layers[number], key=self.reading.__getitem__)
                wanted = [_mean(self._wishes(place, turn, both=both)) for place in as_read]
                self._put(number, _in_order(wanted, self.pairs[number]))
                self._move(number, turn, both=both)
            found = self._disorder()
            vain += 1
            if found < best:
                best, kept, vain = found, [layer[:] for layer in self.layers], 0
        self.layers = kept
        for layer in self.layers:
            for at, place in enumerate(layer):
                place.at = at

    def _disorder(self) -> float:
        """Crossings of wires, and half of the pairs of units that are not as one reads them."""
        wrong = 0.0
        for layer in self.layers:
            wrong += _inversions([self.reading[place] for place in layer if place.unit]) / 2
            ends = sorted(
                (place.at, joint.leaves, joint.target.at, joint.arrives)
                for place in layer
                for joint in place.behind
            )
            wrong += _inversions([end[2:] for end in ends])
        return wrong

    # --- heights ------------------------------------------------------------------------------

    def _towards(self, turn: int) -> Sequence[int]:
        numbers = range(len(self.layers))
        return numbers if turn % 2 else numbers[::-1]

    def _stand(self) -> None:
        for layer in self.layers:
            _settle(layer, [0.0] * len(layer), [1.0] * len(layer))
        best, kept = float("inf"), {}
        for turn in range(2 * CALM):
            both = turn >= CALM
            for number in self._towards(turn):
                self._move(number, turn, both=both)
            found = self._bends()
            if found <= best + 1e-6:
                best, kept = found, {place: place.v for layer in self.layers for place in layer}
        for place, v in kept.items():
            place.v = v

    def _bends(self) -> float:
        return sum(
            joint.weight * abs(place.v + joint.leaves - joint.target.v - joint.arrives)
            for layer in self.layers
            for place in layer
            for joint in place.behind
        )

    def _move(self, number: int, turn: int, *, both: bool) -> None:
        """Let each place of a layer stand as near to where it wants to as there is room."""
        layer = self.layers[number]
        wanted = [_median(self._wishes(place, turn, both=both)) for place in layer]
        # Of two that would overlap, it is nearly alone the lighter one that yields.
        weights = [sum(j.weight for j in (*p.before, *p.behind)) ** 4 or 1e-3 for p in layer]
        _settle(layer, wanted, weights)

    def _wishes(self, place: Place, turn: int, *, both: bool) -> list[tuple[float, float]]:
        """The heights at which its wires run straight, those of one side or both, with weights."""
        # At last, where either side would do, a wire runs straight from what comes before.
        times = 1.01 if turn == 2 * CALM - 1 else 1.0
        before = [(j.source.v + j.leaves - j.arrives, times * j.weight) for j in place.before]
        behind = [(j.target.v + j.arrives - j.leaves, j.weight) for j in place.behind]
        one_side = (before or behind) if turn % 2 else (behind or before)
        return (before + behind if both else one_side) or [(place.v, 1.0)]


def _mean(found: list[tuple[float, float]]) -> float:
    return sum(value for value, _ in found) / len(found)


def _median(found: list[tuple[float, float]]) -> float:
    """The middle of weighted numbers; between two of them where both would do."""
    found.sort()
    half = sum(weight for _, weight in found) / 2
    passed = 0.0
    for number, (value, weight) in enumerate(found):
        passed += weight
        if passed > half:
            return value
        if passed == half:
            return (value + found[min(number + 1, len(found) - 1)][0]) / 2
    return found[-1][0]


def _settle(layer: Sequence[Place], wanted: Sequence[float], weights: Sequence[float]) -> None:
    """Place a layer as near to what is wanted as it can be without overlaps.

    What would overlap is pushed together to blocks, each around the mean of what its members
    want: the least squares, by pooling neighbours that violate the order.
    """
    starts, at = [], 0.0
    for place in layer:
        starts.append(at + place.half)
        at += 2 * place.half + AIR
    blocks: list[tuple[float, float, int]] = []  # the sum of weighted starts, of weights, how many
    for start, want, weight in zip(starts, wanted, weights, strict=True):
        total, heavy, count = (want - start) * weight, weight, 1
        while blocks and blocks[-1][0] * heavy >= total * blocks[-1][1]:
            other = blocks.pop()
            total, heavy, count = total + other[0], heavy + other[1], count + other[2]
        blocks.append((total, heavy, count))
    places = iter(zip(layer, starts, strict=True))
    for total, heavy, count in blocks:
        for _ in range(count):
            place, start = next(places)
            place.v = total / heavy + start


def _without_circles(chains: Iterable[Sequence[int]], count: int) -> list[tuple[int, int]]:
    """Return which of `count` things stand above which others; what contradicts that is left out.

    Examples
    --------
    >>> _without_circles([[0, 1], [2, 0], [1, 2]], 3)
    [(0, 1), (2, 0)]
    """
    below: list[list[int]] = [[] for _ in range(count)]
    pairs = []
    for chain in chains:
        for above, one in pairwise(dict.fromkeys(chain)):
            reached, waiting = {one}, [one]
            while waiting and above not in reached:
                new = [other for other in below[waiting.pop()] if other not in reached]
                reached.update(new)
                waiting += new
            if above not in reached:
                below[above].append(one)
                pairs.append((above, one))
    return pairs


def _in_order(keys: Sequence[float], pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Sort numbers by their keys, where `pairs` say which stand above which others.

    Those of a pair that want to stand the other way around meet half way.

    Examples
    --------
    >>> _in_order([0.0, 9.0, 5.0], [(1, 0)])
    [1, 0, 2]
    """
    below: list[list[int]] = [[] for _ in keys]
    missing = [0] * len(keys)
    for above, one in pairs:
        below[above].append(one)
        missing[one] += 1
    ready = [(key, number) for number, key in enumerate(keys) if not missing[number]]
    heapify(ready)
    order = []
    low, high = list(keys), list(keys)
    while ready:
        _, number = heappop(ready)
        order.append(number)
        for one in below[number]:
            low[one] = max(low[one], low[number])
            missing[one] -= 1
            if not missing[one]:
                heappush(ready, (keys[one], one))
    for number in reversed(order):
        high[number] = min([high[number], *(high[one] for one in below[number])])
    return sorted(order, key=lambda number: low[number] + high[number])


def _inversions(values: Iterable[Any]) -> int:
    """How many pairs stand in the wrong order.

    Examples
    --------
    >>> _inversions([2, 0, 1, 1])
    3
    """
    seen: list[Any] = []
    wrong = 0
    for value in values:
        wrong += len(seen) - bisect_right(seen, value)
        insort(seen, value)
    return wrong
