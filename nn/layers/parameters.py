"""What a layer learns and what it remembers, found where it was set: no list is kept twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from weakref import ref

from numpy import ndarray

from autograd_core import Node

from ..checks import flag
from .buffers import Buffer

__all__: list[str] = []

Found = dict[str, Any]
"""Parameters or buffers by their paths."""

_batches: dict[int, ref[Node]] = {}
"""Leaves that were given to layers as batches, by identity, as long as they live."""


def count_as_batch(x: Node) -> None:
    """Say that a leaf is a batch: a layer that keeps it, ``self.x = x``, does not learn it."""
    key = id(x)
    _batches[key] = ref(x, lambda _: _batches.pop(key, None))


def is_batch(x: Node) -> bool:
    """Whether a leaf was given to a layer as a batch."""
    return id(x) in _batches


class Holder:
    """What the walk looks into, beside lists, tuples and dicts: a layer."""

    made_by_initialize: tuple[str, ...] = ()
    _trainable: bool | None = None
    """What was said here, if anything was: it holds for what is inside too, as far as nothing else
    was said there afterwards."""
    _held_in: str | None = None
    """An attribute whose entries stand in paths by their places alone: ``0.weight``."""

    def parameters(self) -> dict[str, Node]:
        """Return the parameters by path: the leaves in its attributes, and in layers inside.

        Those that are frozen are among them; their `requires_grad` is False.
        """
        return found(self, Node)

    def buffers(self) -> dict[str, Buffer]:
        """Return what is remembered here and not learned, by path."""
        return found(self, Buffer)

    @property
    def trainable(self) -> bool:
        """Whether the parameters of this layer, and of those inside, are learned; see `Layer`."""
        return self._trainable is not False

    @trainable.setter
    def trainable(self, learn: bool) -> None:
        self._trainable = flag(type(self).__name__, "trainable", learn)
        if not learn:
            for each in _holders_in(self):
                each._trainable = None if each._trainable else each._trainable
            with suppress(AttributeError):  # what is made later is met by the next walk
                self.parameters()
        else:
            for each in _holders_in(self):
                for node in each.__dict__.pop("_switched_off", ()):
                    node.requires_grad = True


def _holders_in(part: Any) -> Iterator[Holder]:
    """The layer, and all inside but those for which something else was said, each once."""
    seen, waiting = {id(part)}, [part]
    learned = part._trainable
    while waiting:
        each = waiting.pop()
        if isinstance(each, Holder):
            yield each
            each = {name: value for name, value in vars(each).items() if not _is_private(name)}
        for value in each.values() if isinstance(each, dict) else each:
            if isinstance(value, (Holder, *_CONTAINERS)) and id(value) not in seen:
                seen.add(id(value))
                if not (learned and isinstance(value, Holder) and value._trainable is False):
                    waiting.append(value)


_CONTAINERS = (list, tuple, dict)
_SETS = (set, frozenset)


NOTHING, LEAF, INSIDE = 0, 1, 2
_KINDS: dict[type, int] = {Node: LEAF, Buffer: LEAF}
known_kind = _KINDS.get
"""Whether a value is a leaf or a buffer, may hold some, or neither: by its type, if it was met."""


def kind_of(met: type) -> int:
    """Return the same for a type that is met for the first time."""
    inside = issubclass(met, (Holder, *_CONTAINERS, *_SETS))
    return _KINDS.setdefault(met, INSIDE if inside else NOTHING)


def found(part: Any, kind: type[Node] | type[Buffer]) -> Found:
    """Find the leaves, or the buffers, in the attributes of layers, and in lists and dicts there.

    Each is found once, under the path at which it was met first, in the order in which the
    attributes were set. Names that begin with an underscore are private. Results of operations
    that were kept are no parameters, and neither are batches. A layer that defines `parameters`
    itself says what is learned there.

    Parameters
    ----------
    part : layer, list, tuple or dict
        Where to look.
    kind : type
        `Node` or `Buffer`.

    Raises
    ------
    TypeError
        If a set holds a node or a layer: sets have no order.
    ValueError
        If two things have the same path.
    AttributeError
        If a layer's parameters are not made yet.

    Examples
    --------
    >>> from nn import Layer
    >>> layer = Layer()
    >>> layer.scale, layer.parts = Node(2.0), [{"a": Node(3.0)}, Layer()]
    >>> list(found(layer, Node))
    ['scale', 'parts.0.a']
    """
    result: Found = {}
    _walk(part, "", {kind: result}, {id(part)}, frozen=False)
    return result


def found_both(part: Any) -> tuple[Found, Found]:
    """Find the leaves and the buffers as `found` does, in one walk where no layer forbids it."""
    both: dict[type, Found] = {Node: {}, Buffer: {}}
    try:
        _walk(part, "", both, {id(part)}, frozen=False)
    except _SaysItselfError:
        return found(part, Node), found(part, Buffer)
    return both[Node], both[Buffer]


class _SaysItselfError(Exception):
    """A layer says itself what its parameters are, and where its buffers are has to be looked."""


def _walk(
    part: Any,
    prefix: str,
    results: dict[type, Found],
    seen: set[int],
    frozen: bool,
    switched_off: list[Node] | None = None,
) -> None:
    entries: Any
    held_in = None
    if isinstance(part, dict):
        entries = part.items()
    elif isinstance(part, _CONTAINERS):
        entries = enumerate(part)
    else:
        own, held_in = part.__dict__, part._held_in
        for name in part.made_by_initialize:
            if name not in own:
                getattr(part, name)  # raises, and says who makes it
            elif type(own[name]) is ndarray:
                raise TypeError(
                    f"{type(part).__name__}.{name} is a parameter, which an array can't stand for. "
                    f"Write layer.{name}.value = ..., or layer.{name} = Node(...)"
                )
        if part._trainable is not None:
            frozen = not part._trainable
        if frozen:
            switched_off = own.setdefault("_switched_off", [])
        # What a class says itself counts, but not in place of a walk that has begun in it.
        says = prefix and Node in results and type(part).parameters is not Holder.parameters
        if says and len(results) > 1:
            raise _SaysItselfError
        entries = (part.parameters() if says else own).items()
    for name, value in entries:
        of = type(value)
        kind = known_kind(of)
        if kind is None:
            kind = kind_of(of)
        if not kind:
            continue
        if kind == LEAF:
            result = results.get(of)
            if result is None or id(value) in seen or _is_private(name):
                continue
            if of is Node:
                # What has a scope was computed, if without recording.
                if value.operation or value.scope or id(value) in _batches:
                    continue
                if switched_off is not None and frozen and value.requires_grad:
                    value.requires_grad = False
                    switched_off.append(value)
            seen.add(id(value))
            path = f"{prefix}{name}"
            if path in result:
                raise ValueError(f"two parameters are called {path!r}: give one another name")
            result[path] = value
        elif not _is_private(name) and (value or isinstance(value, Holder)):
            if isinstance(value, _SETS):
                _refuse_set(name, value)
            elif id(value) not in seen:
                seen.add(id(value))
                inside = prefix if name == held_in else f"{prefix}{name}."
                _walk(value, inside, results, seen, frozen, switched_off)


def give_names(parts: Found) -> None:
    """Call what has no name, for diagrams and programs, as its attribute, or by its whole path.

    Examples
    --------
    >>> parts = {"0.gamma": Node(1.0), "1.a": Node(1.0), "2.a": Node(1.0), "3.W": Node(1.0)}
    >>> parts["3.W"].name = "W1"
    >>> give_names(parts)
    >>> [node.name for node in parts.values()]
    ['gamma', '1.a', '2.a', 'W1']
    """
    unnamed = {path: part for path, part in parts.items() if part.name is None}
    if not unnamed:
        return
    short = {path: path.rpartition(".")[2] for path in unnamed}
    count = Counter([*short.values(), *(part.name for part in parts.values())])
    for path, part in unnamed.items():
        name = short[path]
        part.name = path if name.isdecimal() or count[name] > 1 else name


def _is_private(name: Any) -> bool:
    return type(name) is str and name[:1] == "_"


def _refuse_set(name: Any, values: Any) -> None:
    if any(isinstance(value, (Node, Holder)) for value in values):
        raise TypeError(
            f"{name} is a set that holds nodes or layers, which have an order in no set, and so no "
            f"names: write a list, {name} = [...], or a dict, {name} = {{'first': ...}}"
        )
