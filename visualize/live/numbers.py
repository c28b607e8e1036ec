"""Numbers that know how they are computed, so that what is written of them can be written again.

A `Live` array stands in a graph in the place of a plain one. It has the numbers of now, and a node
of an ordinary graph from which they come. What adds and multiplies it makes another one; what
writes it (`visualize.text`) leaves a slot in the text, and the node becomes an output of the
program that the page runs (`Slots`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core.backpropagation import ancestors
from autograd_core.modes import recording

from ..templates import MOST_SLOTS, slot


class Slots:
    """The slots of all texts about one graph, and the nodes whose numbers they show.

    Attributes
    ----------
    changing : frozenset of Node
        The leaves whose numbers may change.
    outputs : dict of Node to int
        Every node of which something is written, and which output of the program it is.
    slots : list of (int, int or str, str)
        Of each slot the output, which entry of it (or ``"min"``, ``"mean"``, ``"max"``, ``"std"``
        of its finite entries, or how many are ``"nan"``, ``"inf"`` or ``"finite"``), and the
        format: as Python's `format` takes it, behind ``c:`` for constants (1 for 1.0), ``d`` for
        whole numbers, ``b`` for truth values.

    Parameters
    ----------
    changing : iterable of Node
        The leaves whose numbers may change. What does not follow them needs no slot.
    everything : bool, default False
        Whether that has one, too: then no number can be read in the page that computes it.
    """

    def __init__(self, changing: Iterable[Node] = (), *, everything: bool = False) -> None:
        self._everything = everything
        self.changing = frozenset(changing)
        self.outputs: dict[Node, int] = {}
        self.slots: list[tuple[int, int | str, str]] = []
        self._known: dict[tuple[int, int | str, str], int] = {}
        self._follows: dict[Node, bool] = dict.fromkeys(self.changing, True)

    def follows(self, node: Node) -> bool:
        """Whether a node is made of a leaf that may change."""
        if self._everything:
            return True
        known = self._follows
        waiting = [] if node in known else [node]
        while waiting:
            one = waiting[-1]
            inputs = [x for x in one.inputs if type(x) is Node]
            unknown = [x for x in inputs if x not in known]
            if one in known or not unknown:
                known.setdefault(one, any(known.get(x) for x in inputs))
                waiting.pop()
            else:
                waiting += unknown
        return known[node]

    def slot(self, node: Node, entry: int | str, how: str, text: str) -> str:
        """Return a slot for a number of a node."""
        if how.endswith("n"):
            raise ValueError(
                f"a live page writes numbers alike everywhere, got number_format={how!r}, which "
                f"asks the locale. Write for example: number_format={how[:-1] + 'g'!r}"
            )
        output = self.outputs.setdefault(node, len(self.outputs))
        key = (output, entry, how)
        if key not in self._known:
            if len(self.slots) == MOST_SLOTS:
                raise ValueError(
                    f"a live page shows up to {MOST_SLOTS:,} numbers, and this graph has more. "
                    "Fold it, draw(root, fold=1, live=True), or draw a part of it"
                )
            self._known[key] = len(self.slots)
            self.slots.append(key)
        return slot(self._known[key], text)


class Live(np.ndarray[Any, Any]):
    """A number or an array that knows how it is computed. Make one with `live`.

    Attributes
    ----------
    node : Node or None
        Whose numbers these are; None of what NumPy made of it otherwise: plain numbers.
    places : ndarray of int
        Which entries of the node, in the shape of the array.
    registry : Slots
        Where slots are counted.
    """

    node: Node | None = None
    places: npt.NDArray[np.intp]
    registry: Slots

    # An array is compared entry by entry, and so has no hash; this one is told by what it is.
    __hash__ = object.__hash__  # type: ignore[assignment]

    def _part(self, places: npt.NDArray[np.intp]) -> Live:
        assert self.node is not None
        return _of(self.node, np.asarray(places), self.registry)

    def __getitem__(self, index: Any) -> Any:
        if self.node is None:
            return np.asarray(self)[index]
        return self._part(self.places[index])

    def __iter__(self) -> Iterator[Any]:
        return (self[place] for place in range(len(self)))

    def reshape(self, *shape: Any, **options: Any) -> Any:
        """The same numbers in another shape."""
        if self.node is None:
            return np.asarray(self).reshape(*shape, **options)
        return self._part(self.places.reshape(*shape, **options))

    def item(self, *index: Any) -> Any:
        """The one number, still live."""
        return self.reshape(()) if not index and self.size == 1 else np.asarray(self).item(*index)

    def unless_zero(self, other: Live) -> Live:
        """Other numbers, and 0 where these are 0."""
        with recording():
            made: Any = np.where(np.equal(node_of(self), 0.0), 0.0, node_of(other))
            return live(made, self.registry)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [np.asarray(x) if isinstance(x, Live) else x for x in inputs]
        if method != "__call__" or options or ufunc not in _FOLLOWED:
            return getattr(ufunc, method)(*plain, **options)
        with recording(), np.errstate(all="ignore"):
            return live(ufunc(*map(_as_operand, inputs)), self.registry)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        return function(*_plain(arguments), **_plain(options))

    def written(self, how: str, text: str, entry: int | str | None = None) -> str:
        """Return the slot of the one number, or of a number about all entries; or just the text."""
        assert self.node is not None
        if not self.registry.follows(self.node):
            return text
        if entry is None:
            return self.registry.slot(self.node, int(self.places.reshape(())), how, text)
        return self.registry.slot(node_of(self), entry, how, text)


_FOLLOWED = {np.add, np.subtract, np.multiply, np.divide, np.negative}
"""What texts do with numbers before they write them."""


def live(node: Node, registry: Slots) -> Live:
    """Return the numbers of a node as ones that know where they come from.

    Examples
    --------
    >>> x = live(Node(3.0), Slots())
    >>> (x * 2.0).node.operation.name
    'multiply'
    """
    places = np.arange(node.size, dtype=np.intp).reshape(node.shape)
    return _of(node, places, registry)


def _of(node: Node, places: npt.NDArray[np.intp], registry: Slots) -> Live:
    made = np.asarray(np.ravel(node.value)[places]).view(Live)
    made.node, made.places, made.registry = node, places, registry
    return made


def elsewhere(numbers: Sequence[Any], draws: int = 4) -> Iterator[list[Any]]:
    """Yield what numbers are with other leaves, of both signs; nothing where none is live.

    What a text says once for all must hold there, too.

    Examples
    --------
    >>> x = Node(3.0)
    >>> slots = Slots([x])
    >>> numbers = live(x, slots), live(x * 2.0, slots)
    >>> [bool(double == 2.0 * one) for one, double in elsewhere(numbers)]
    [True, True, True, True]
    """
    alive = [x for x in numbers if is_live(x)]
    if not alive:
        return
    changing = alive[0].registry.changing
    order = {node: None for x in alive for node in ancestors(x.node)}
    for draw in range(draws):
        random, sign = np.random.default_rng(draw // 2), (-1) ** draw
        known: dict[Any, Any] = {}
        with np.errstate(all="ignore"):
            for node in order:
                if node.operation is not None:
                    inputs = [known[x] if type(x) is Node else x for x in node.inputs]
                    known[node] = node.operation.forward(*inputs, **node.options)
                elif node in changing:
                    size = sign * (1.0 + np.abs(node.value))
                    known[node] = size * random.normal(size=node.shape)
                else:
                    known[node] = node.value
        yield [np.ravel(known[x.node])[x.places] if is_live(x) else x for x in numbers]


def is_live(value: Any) -> bool:
    """Whether a value knows how it is computed.

    Examples
    --------
    >>> is_live(live(Node(3.0), Slots())), is_live(3.0)
    (True, False)
    """
    return isinstance(value, Live) and value.node is not None


def node_of(value: Live) -> Node:
    """Return a node with just these numbers.

    Examples
    --------
    >>> x = live(Node([1.0, 2.0]), Slots())
    >>> node_of(x[1]).value
    np.float64(2.0)
    """
    node = value.node
    assert node is not None
    with recording():
        if value.size == node.size and np.all(np.diff(value.places.ravel()) == 1):
            return node if value.shape == node.shape else node.reshape(value.shape)
        return node.reshape(-1)[value.places]


def _as_operand(x: Any) -> Any:
    return node_of(x) if is_live(x) else x


def _plain(x: Any) -> Any:
    if isinstance(x, Live):
        return np.asarray(x)
    if isinstance(x, (tuple, list)):
        return type(x)(map(_plain, x))
    if isinstance(x, dict):
        return {name: _plain(part) for name, part in x.items()}
    return x
