"""Local gradients on the edges of a picture, and what the branches of a fork contribute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_core import Node
from autograd_core.node import raw

from ..chain_rule.formulas import PASSED_ON, formula, picks, place_text
from ..chain_rule.notation import POWER, Notation, Term, notation_of
from ..live import derivatives
from ..text import shown
from .picture import Box, Edge, Picture, Wire, plain_gradient

LARGEST_FOLD = 1000
"""Folds of more operations show no local gradient."""

_OTHER = Term("right"), Term("left")
"""What the other operand of a product is called where it has no name in the picture."""

MOST_STEPS_IN_A_FOLD = 8
"""A way through a fold is followed for so many steps."""


def local_gradients(picture: Picture, boxes: Iterable[Box] | None = None) -> dict[Edge, Any]:
    """Return d result / d input for the edges into all boxes, or into some.

    There is one number per entry only for operations that work entry by entry, and for folds of
    such operations with one result; the others are left out.

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> x = Node(3.0, name="x")
    >>> [*local_gradients(picture_of(x * x)).values()]
    [np.float64(3.0), np.float64(3.0)]
    """
    found = {}
    with np.errstate(all="ignore"):
        for box in picture.boxes if boxes is None else boxes:
            known = _of_fold(box, picture.results[box]) if box.folded else _of_operation(box)
            for edge in picture.inputs[box]:
                if edge.wire is not None:
                    local = known.get(edge.wire.node if box.folded else edge.position)
                    if local is not None and np.shape(local) == edge.wire.node.shape:
                        found[edge] = local
    return found


def local_words(picture: Picture) -> dict[Edge, str]:
    """Return what stands in place of a local gradient that is not one number per entry.

    ``· Wᵀ`` is what the upstream gradient is multiplied by, ``xᵀ ·`` what it is multiplied to;
    an input that is repeated sums up what comes back.

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> x, W = Node(np.ones((4, 3)), name="x"), Node(np.ones((3, 2)), name="W")
    >>> y = np.mean(x @ W + Node(np.ones(2), name="b"))
    >>> [*local_words(picture_of(y)).values()]
    ['· Wᵀ', 'xᵀ ·', 'Σ rows', '1/8 each']
    """
    n = notation_of(picture)
    found = {}
    for box in picture.boxes:
        for edge in picture.inputs[box]:
            wire = edge.wire
            if wire is None or not wire.node.requires_grad:
                continue
            made = _through_fold if box.folded else _at_operation
            trial = replace(n, used={})
            words = made(trial, picture, edge)
            if not picture.look.names and _has_made_name(trial, words):
                words = made(trial, picture, edge, anonymous=True)
            if words:
                found[edge] = words
    return found


def _has_made_name(n: Notation, text: str) -> bool:
    """Whether a name stands in a text that the picture does not show; x and y it does."""
    names = [n.called(x) if type(x) is Node else n.constant(x).text for x in [*n.used.values()]]
    return any(name in text for name in names if name not in ("x", "y"))


def _at_operation(n: Notation, picture: Picture, edge: Edge, *, anonymous: bool = False) -> str:
    return _words(n, edge.node, edge.position, anonymous)


def _words(n: Notation, node: Node, position: int, anonymous: bool = False) -> str:
    operation, x = node.operation, node.inputs[position]
    assert operation is not None
    rules = operation.rules
    if isinstance(rules, tuple) and position < len(rules) and rules[position] is None:
        return ""
    name = operation.name
    if operation.elementwise:
        return "" if node.shape == x.shape else _summed(n, node, position, anonymous)
    if name == "matmul":
        other = node.inputs[1 - position]
        factor = _OTHER[position] if anonymous else n.operand(other)
        ndim = np.ndim(raw(other))
        factor = n.transposed(factor) if ndim > 1 else factor
        sign = "⊗" if ndim == 1 and x.ndim > 1 else "·"
        text = n.bracketed(factor, POWER)
        text = f"{text} {sign}" if position == 1 and node.ndim else f"{sign} {text}"
        return f"Σ {text}" if max(ndim, x.ndim, 2) > max(x.ndim, 2) else text
    if name == "mean":
        return f"1/{x.size // max(node.size, 1)} each"
    if name == "transpose" and x.ndim == 2:
        return "ᵀ"
    if name == "getitem" and picks(node):
        return f"1 at {place_text(node)}"
    if name in PASSED_ON or name in ("sum", "concatenate", "stack", "broadcast_to"):
        return "1 each" if node.size <= x.size else _axes(node, x)
    return f"{shown(name)}′"


def _summed(n: Notation, node: Node, position: int, anonymous: bool) -> str:
    """An operand that was repeated: its gradient is summed up."""
    local = formula(n, node, position)
    axes = _axes(node, node.inputs[position])
    name = node.operation.name  # type: ignore[union-attr]
    if anonymous:
        local = _OTHER[position] if name == "multiply" else None
    if local is not None and local.text in ("1", "-1"):
        return local.text.replace("1", axes)
    if local is None:
        return f"{shown(name)}′, {axes}"
    return f"· {n.bracketed(local, POWER)}, {axes}"


def _axes(node: Node, x: Node) -> str:
    """Over what a gradient is summed to have the shape of an input."""
    more = node.ndim - x.ndim
    axes = [
        axis for axis in range(node.ndim) if axis < more or x.shape[axis - more] < node.shape[axis]
    ]
    if len(axes) == node.ndim or node.ndim > 2:
        return "Σ" if len(axes) == node.ndim else f"Σ axis {', '.join(map(str, axes))}"
    return "Σ columns" if axes == [1] else "Σ rows"


def _through_fold(n: Notation, picture: Picture, edge: Edge, *, anonymous: bool = False) -> str:
    """Of the one way through a fold the only step that is no copy; else the derivative's name."""
    box, node, position = edge.target, edge.node, edge.position
    assert edge.wire is not None
    x = edge.wire.node
    (result, *others) = (wire.node for wire in picture.results[box])
    if others or _is_function(box, result, x):
        return ""
    name = f"{shown(box.label)}′" if anonymous else n.partial(n.label(result), n.label(x))
    found: list[str] = []
    for _ in range(MOST_STEPS_IN_A_FOLD if len(box.nodes) <= LARGEST_FOLD else 0):
        words, local = _words(n, node, position, anonymous), formula(n, node, position)
        if words or local is None or local.text != "1":
            found.append(words)
        following = [(y, at) for y in box.nodes for at, one in enumerate(y.inputs) if one is node]
        if len(following) != 1:
            break
        ((node, position),) = following
    if node is not result or len(found) != 1 or not found[0]:
        return name
    inside = (y for y in box.nodes if y is not result)
    return name if any(n.called(y) in found[0] for y in inside) else found[0]


def _is_function(box: Box, result: Node, x: Node) -> bool:
    """Whether a fold works entry by entry, so that `local_gradients` has numbers."""
    return x.shape == result.shape and all(
        node.operation is not None and node.operation.elementwise and node.shape == result.shape
        for node in box.nodes
    )


def contributions(picture: Picture, local: Mapping[Edge, Any]) -> dict[Edge, Any]:
    """Return what each branch of a fork adds to the gradient of its wire, where it is known.

    `local` are the picture's `local_gradients`, and may hold its `local_words` too.

    Examples
    --------
    >>> from visualize.graph.picture import picture_of
    >>> x = Node(3.0, name="x")
    >>> y = x * x
    >>> y.backward()
    >>> picture = picture_of(y)
    >>> [*contributions(picture, local_gradients(picture)).values()]
    [np.float64(3.0), np.float64(3.0)]
    """
    found = {}
    with np.errstate(all="ignore"):
        for source, branches in picture.consumers.items():
            for edge in branches if isinstance(source, Wire) and len(branches) > 1 else ():
                above = plain_gradient(picture.results[edge.target][0].node)
                part = _contribution(edge, above, local.get(edge))
                if part is not None:
                    found[edge] = part
    return found


def _of_operation(box: Box) -> dict[Any, Any]:
    """The local gradient for each position of an operation's inputs."""
    return dict(enumerate(derivatives.local_gradients(box.nodes[0])))


def _of_fold(box: Box, results: list[Wire]) -> dict[Any, Any]:
    """The local gradient for each input of a fold, f' for a function f: backpropagation inside.

    Empty where the fold has several results, or an operation in it mixes entries.
    """
    if len(results) != 1 or len(box.nodes) > LARGEST_FOLD:
        return {}
    result = results[0].node
    found: dict[Any, Any] = {result: np.ones_like(result.value)}
    for node in reversed(box.nodes):
        upstream = found.pop(node, None)
        if upstream is None:
            continue
        for x, local in zip(node.inputs, derivatives.local_gradients(node), strict=True):
            if type(x) is not Node or not x.requires_grad:
                continue
            if local is None or x.shape != result.shape:
                return {}
            part = upstream * local
            found[x] = found[x] + part if x in found else part
    return found


def _contribution(edge: Edge, upstream: Any, local: Any) -> Any:
    """What one branch adds to the gradient of a wire; None where it is not known."""
    if upstream is None:
        return None
    if edge.target.folded:
        return None if local is None or isinstance(local, str) else upstream * local
    if not edge.node.inputs[edge.position].requires_grad:
        return None
    return derivatives.contribution(edge.node, edge.position, upstream)
