"""What the results and inputs of a graph are called that nobody named, as on a lecturer's slide.

Pictures, the lines beside them and `explain` take their names from here, so that they agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from autograd_core import Node, Scope
from autograd_core.backpropagation import ancestors
from autograd_core.node import raw

from .picture import Constant, Picture, Wire

ENTRYWISE = {
    "elu", "gelu", "leaky_relu", "relu", "selu", "sigmoid", "silu", "softplus", "tanh",
}  # fmt: skip
"""Operations that are the function of a layer by themselves, entry by entry."""

ACTIVATIONS = ENTRYWISE | {"softmax", "log_softmax"}
"""Operations whose input is called z1, and whose result a1."""

_TAKES_SCORES = {"softmax_cross_entropy", "sigmoid_cross_entropy"}
"""Losses with an activation in them: their input is called z1."""


@dataclass(frozen=True)
class Names:
    """The names in one graph: the user's, and where there are none, made ones.

    Attributes
    ----------
    nodes : dict of Node to str
        What each node is called; a number that was written into the expression has no name.
    arrays : dict of int to str
        What an array is called that was written into the expression, by its ``id``.
    made : set of str
        The names that are not the user's.
    """

    nodes: dict[Node, str]
    arrays: dict[int, str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)

    def of(self, x: Any) -> str | None:
        """What an input of an operation is called; None for a number."""
        if type(x) is Node:
            return self.nodes.get(x)
        return self.arrays.get(id(x)) if np.ndim(x) else None


def names_of_graph(root: Node) -> Names:
    """Return what everything is called that a node was made of.

    A root without a name is f, or L for a loss; the inputs of a network are x and y; what goes into
    an activation is z1, what comes out of it, or of a layer, a1; other results are u1, u2, ...,
    other arrays c1. No name comes twice.

    Examples
    --------
    >>> x, w = Node(3.0, name="x"), Node(0.5, name="w")
    >>> f = np.tanh(x * w) + x**2
    >>> [*names_of_graph(f).nodes.values()]
    ['x', 'w', 'z1', 'a1', 'u1', 'f']
    """
    return _Namer(ancestors(root), root).names


def names_of_wires(picture: Picture) -> dict[Wire, str]:
    """Return what each wire of a picture is called, folded or not.

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> x = Node(3.0, name="x")
    >>> [*names_of_wires(picture_of(np.exp(x * x) + x)).values()]
    ['x', 'u1', 'u2', 'f']
    """
    names = names_in(picture).nodes
    return {wire: names[wire.node] for wire in picture.wires if wire.node in names}


def names_of_constants(picture: Picture) -> dict[Constant, str]:
    """Return what the arrays are called that stand in a picture without a wire.

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> picture = picture_of(np.ones((4, 3)) @ Node(np.ones((3, 2)), name="W"))
    >>> [*names_of_constants(picture).values()]
    ['x']
    """
    names = names_in(picture)
    owners = {id(node.value): name for node, name in names.nodes.items() if node.operation is None}
    found = {}
    for constant in picture.constants:
        if constant.refers_to is None and np.ndim(constant.value):
            name = names.arrays.get(id(constant.value)) or owners.get(id(constant.value))
            if name is not None:
                found[constant] = name
    return found


def names_in(picture: Picture) -> Names:
    """Return the names of a picture's graph; gradients as nodes are called after their owners."""
    names = _known.get(picture)
    if names is not None:
        return names
    names = _known[picture] = names_of_graph(picture.root)
    for wire in picture.wires:
        if wire.gradient_of is not None and not wire.node.name:
            names.nodes[wire.node] = wire.gradient_of.partition(" = ")[0]
    return names


_known: WeakKeyDictionary[Picture, Names] = WeakKeyDictionary()


def is_loss(scope: Scope | None) -> bool:
    """Whether a scope is a loss of `nn`, or is called so."""
    for one in scope or ():
        forward = one.formulas[0] if isinstance(one.formulas, tuple) and one.formulas else ""
        if str(forward).startswith("L = ") or one.name.lower().endswith("loss"):
            return True
    return False


class _Pair(NamedTuple):
    """An activation: what goes in and what comes out; one of them may be missing."""

    before: Node | None
    after: Node | None

    @property
    def serial(self) -> int:
        node = self.before if self.after is None else self.after
        return node.serial  # type: ignore[union-attr]


class _Namer:
    def __init__(self, order: Sequence[Node], root: Node) -> None:
        self.order, self.root = order, root
        self.names = Names({node: node.name for node in order if node.name})
        self.taken = set(self.names.nodes.values())
        self._name_root()
        self._name_inputs()
        self._name_activations()
        self._name_the_rest()
        named = self.names.nodes
        self.names = replace(
            self.names, nodes={node: named[node] for node in order if node in named}
        )

    def _give(self, x: Any, name: str) -> None:
        self.taken.add(name)
        self.names.made.add(name)
        if type(x) is Node:
            self.names.nodes[x] = name
        else:
            self.names.arrays[id(x)] = name

    def _free(self, letter: str) -> Iterator[str]:
        number = 1
        while True:
            if f"{letter}{number}" not in self.taken:
                yield f"{letter}{number}"
            number += 1

    def _name_root(self) -> None:
        if self.root.name or self.root.operation is None:
            return
        wanted = ("L", "loss", "f") if is_loss(self.root.scope) else ("f", "y", "L", "root")
        free = next((name for name in wanted if name not in self.taken), None)
        self._give(self.root, free or next(self._free("f")))

    # --- inputs -------------------------------------------------------------------------------

    def _name_inputs(self) -> None:
        """Call what goes into the first layer x, and what the loss compares with y."""
        x = y = None
        for node in self.order:
            for position, value in enumerate(node.inputs):
                if not _is_unnamed_array(value) or self.names.of(value):
                    continue
                if x is None and _enters_layer(node, position):
                    x = value
                elif y is None and _is_compared(node, position):
                    y = value
        for value, letter in ((x, "x"), (y, "y")):
            if value is not None:
                name = letter if letter not in self.taken else next(self._free(letter))
                self._give(value, name)

    # --- activations and layers ---------------------------------------------------------------

    def _name_activations(self) -> None:
        pairs = self._pairs()
        known = {node for pair in pairs for node in pair}
        pairs += [_Pair(None, node) for node in self._results_of_layers() if node not in known]
        number = 0
        named: set[Node] = set()
        for before, after in sorted(pairs, key=lambda pair: pair.serial):
            wanted = [
                (letter, node)
                for letter, node in (("z", before), ("a", after))
                if node is not None
                and node.operation is not None
                and node not in self.names.nodes
                and node not in named
            ]
            number += 1
            while any(f"{letter}{number}" in self.taken for letter, _ in wanted):
                number += 1
            for letter, node in wanted:
                named.add(node)
                self._give(node, f"{letter}{number}")

    def _pairs(self) -> list[_Pair]:
        pairs = []
        for node in self.order:
            if node.operation is None:
                continue
            (first, *_) = node.inputs or (None,)
            before = first if type(first) is Node else None
            if node.operation.name in ACTIVATIONS:
                pairs.append(_Pair(before, node))
            elif node.operation.name in _TAKES_SCORES and before is not None:
                pairs.append(_Pair(before, None))
        inside = {pair.after for pair in pairs}
        for scope, result in self._results.items():
            inputs = self._inputs[scope]
            if is_loss(scope) or len(inputs) != 1 or result in inside:
                continue
            (only,) = inputs
            if only.operation is not None and only.shape == result.shape:
                pairs.append(_Pair(only, result))
                inside.add(result)
        return pairs

    def _results_of_layers(self) -> list[Node]:
        return [result for scope, result in self._results.items() if not is_loss(scope)]

    @property
    def _results(self) -> dict[Scope, Node]:
        if not hasattr(self, "_scopes"):
            self._read_scopes()
        return self._scopes

    def _read_scopes(self) -> None:
        """The one result that leaves each scope, and the results and leaves that come in."""
        chains: dict[Scope, list[Scope]] = {}
        leaving: dict[Scope, set[Node]] = {}
        self._inputs: dict[Scope, set[Node]] = {}
        for node in [*self.order, self.root]:
            if node.operation is None:
                continue
            here = chains.setdefault(node.scope, list(node.scope)) if node.scope else []
            for x in node.inputs:
                if type(x) is not Node:
                    continue
                there: list[Scope] = []
                if x.operation is not None and x.scope:
                    there = chains.setdefault(x.scope, list(x.scope))
                for scope in there:
                    if scope not in here:
                        leaving.setdefault(scope, set()).add(x)
                for scope in here:
                    if scope not in there and x.requires_grad:
                        self._inputs.setdefault(scope, set()).add(x)
        for scope in chains.get(self.root.scope, []) if self.root.scope else []:
            leaving.setdefault(scope, set()).add(self.root)
        self._scopes = {
            scope: next(iter(nodes)) for scope, nodes in leaving.items() if len(nodes) == 1
        }
        for scope in self._scopes:
            self._inputs.setdefault(scope, set())

    # --- everything else ----------------------------------------------------------------------

    def _name_the_rest(self) -> None:
        results, arrays = self._free("u"), self._free("c")
        for node in self.order:
            if node not in self.names.nodes and not is_plain(node):
                self._give(node, next(results if node.requires_grad or node.operation else arrays))
            for x in node.inputs:
                if type(x) is not Node and np.ndim(x) and id(x) not in self.names.arrays:
                    self._give(x, next(arrays))


def is_plain(x: Any) -> bool:
    """Whether an input is a number of the expression, which has no name and no gradient."""
    if type(x) is not Node:
        return not np.ndim(x)
    return x.operation is None and not (x.name or x.requires_grad or x.ndim or x.grad is not None)


def _is_unnamed_array(x: Any) -> bool:
    if type(x) is Node:
        return x.operation is None and not x.name and x.ndim > 0
    return np.ndim(x) > 0


def _is_leaf(x: Any) -> bool:
    return type(x) is not Node or x.operation is None


def _enters_layer(node: Node, position: int) -> bool:
    if is_loss(node.scope) or not node.requires_grad:
        return False
    others = [x for place, x in enumerate(node.inputs) if place != position]
    if node.operation is not None and node.operation.name == "matmul":
        # x @ W, or W @ x with a vector; a weight has a gradient of its own.
        (other,) = others
        return type(other) is Node and other.requires_grad and _is_leaf(other) and (
            position == 0 or np.ndim(raw(node.inputs[1])) == 1
        )  # fmt: skip
    return position == 0 and node.scope is not None and node.scope.formulas is not None


def _is_compared(node: Node, position: int) -> bool:
    """Whether a result is compared with this input: in a loss, or as in (f - y)**2, y log f."""
    assert node.operation is not None
    computed = [x for x in node.inputs if type(x) is Node and not _is_leaf(x)]
    if not computed:
        return False
    if is_loss(node.scope) or node.operation.name in ("subtract", *_TAKES_SCORES):
        return True
    made_by = computed[0].operation
    return node.operation.name == "multiply" and made_by is not None and made_by.name == "log"
