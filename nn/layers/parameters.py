"""What a layer learns and what it remembers, found where it was set: no list is kept twice."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any
from weakref import ref

import numpy as np

from autograd_core import Node

from ..checks import flag
from ..registry import is_ours
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


class Holder:
    """What the walk looks into, beside lists, tuples and dicts: a layer."""

    made_by_initialize: tuple[str, ...] = ()
    _trainable: bool = True
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
        return self._trainable

    @trainable.setter
    def trainable(self, learn: bool) -> None:
        self._trainable = flag(type(self).__name__, "trainable", learn)
        if not learn:
            with suppress(AttributeError):  # what is made later is met by the next walk
                self.parameters()
        else:
            for node in self.__dict__.pop("_switched_off", ()):
                node.requires_grad = True


_PLAIN = frozenset({int, float, bool, str, type(None)})
_CONTAINERS = (list, tuple, dict)
_SETS = (set, frozenset)
_LOOKED_INTO = (Holder, *_CONTAINERS, *_SETS)


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
    _walk(part, "", kind, result, {id(part)}, None)
    return result


def _walk(
    part: Any, prefix: str, kind: type, result: Found, seen: set[int], frozen: list[Node] | None
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
            elif isinstance(own[name], (np.ndarray, list)) and is_ours(type(part)):
                raise TypeError(
                    f"{part!r}.{name} expects a Node, got {type(own[name]).__name__}: a plain "
                    f"array is not learned. Write layer.{name}.value = array, or = Node(array)"
                )
        if frozen is None and not part.trainable:
            frozen = own.setdefault("_switched_off", [])
        # What a class says itself counts, but not in place of a walk that has begun in it.
        says = prefix and kind is Node and type(part).parameters is not Holder.parameters
        entries = (part.parameters() if says else own).items()
    for name, value in entries:
        of = type(value)
        if of in _PLAIN:
            continue
        if of is Node or of is Buffer:
            if of is not kind or id(value) in seen or _is_private(name):
                continue
            if of is Node:
                # What has a scope was computed, if without recording.
                if value.operation or value.scope or id(value) in _batches:
                    continue
                if frozen is not None and value.requires_grad:
                    value.requires_grad = False
                    frozen.append(value)
            seen.add(id(value))
            path = f"{prefix}{name}"
            if path in result:
                raise ValueError(f"two parameters are called {path!r}: give one another name")
            result[path] = value
        elif isinstance(value, _LOOKED_INTO) and not _is_private(name):
            if isinstance(value, _SETS):
                _refuse_set(name, value)
            elif id(value) not in seen:
                seen.add(id(value))
                inside = prefix if name == held_in else f"{prefix}{name}."
                _walk(value, inside, kind, result, seen, frozen)


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
