"""Gradients on their way in and out of a backward pass: the seed, and what a caller may keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import recorded
from .backpropagation import backpropagate, evaluated
from .node import Node, named
from .values import NUMERIC, REAL, numpy_value

_ndarray = np.ndarray
_ONES = {kind: kind(1) for kind in (np.float32, np.float64)}
"""The gradient of the commonest roots, numbers, at themselves."""


def backward(
    root: Node,
    seed: Any = None,
    accumulate: bool = False,
    keep_intermediate: bool = True,
    create_graph: bool = False,
    ends: Sequence[Node] | None = None,
) -> None:
    """`Node.backward`; `ends` are as of `backpropagate`."""
    if not root.requires_grad:
        raise RuntimeError(_nothing_to_differentiate(root))
    recording = recorded.current() if recorded.open_recordings else None
    create_graph = create_graph or recording is not None  # a gradient is a part of the program
    start: Any = _ONES.get(type(root._value)) if seed is None else None
    if start is None:
        start = gradient_seed(root, seed, "backward()")
    if create_graph and type(start) is not Node:
        start = Node(start, requires_grad=False)
    elif type(start) is Node and not create_graph:
        start = start.value
    gradients = backpropagate(root, start, keep_intermediate=keep_intermediate, ends=ends)
    taken: set[int] = {id(start)} if seed is not None else set()
    for node, gradient in gradients.items():
        if type(gradient) is _ndarray and gradient.base is None and id(gradient) not in taken:
            taken.add(id(gradient))  # as `owned` says, without a call
        elif type(gradient) is _ndarray or gradient is None:
            gradients[node] = owned(gradient, node, taken)
        if create_graph and type(gradients[node]) is not Node:
            gradients[node] = Node(gradients[node], requires_grad=False)
        if accumulate and node.grad is not None:
            gradients[node] = node.grad + gradients[node]
    # Only now, when nothing can fail any more: an error leaves no half of the gradients behind.
    for node, gradient in gradients.items():
        if recording is not None:
            recording.keep_gradient(node)
        node.grad = gradient


def owned(gradient: Any, node: Node, taken: set[int]) -> Any:
    """Return a gradient that the caller may keep and change: own memory, shared with no other.

    `taken` holds the ids of the arrays handed out so far; nothing stands for zero.
    """
    if type(gradient) is _ndarray:
        if gradient.base is not None or id(gradient) in taken:
            return gradient.copy("K")
        taken.add(id(gradient))
    elif gradient is None:
        return numpy_value(np.zeros_like(node._value))
    return gradient


def gradient_seed(root: Node, seed: Any, caller: str) -> Any:
    """Return the gradient at the root, checked: `seed`, or 1 for a scalar."""
    if seed is None:
        if root._value.size != 1:
            raise ValueError(
                f"{caller} expects a scalar at the root, got shape {root.shape}{named(root)}. "
                "Reduce it first, for example node.sum().backward(), or give the gradient at the "
                "root: node.backward(seed) with seed of that shape"
            )
        if root.dtype.kind == "c":
            raise TypeError(
                f"{caller} expects a real number at the root, got {root.dtype}{named(root)}: a "
                "complex one has no gradient of its own. Make it real first, for example abs(z)**2 "
                "or z.real (whose gradient is the derivative of a holomorphic function)"
                + _OR_SEED.get(caller, "")
            )
        one = root.dtype.type(1)
        return one if not root.ndim else np.full(root.shape, one)
    given = seed
    if type(seed) is not Node:
        try:
            seed = numpy_value(np.array(seed))
        except ValueError:
            seed = np.array(None)
    if seed.dtype.kind not in (NUMERIC if root.dtype.kind == "c" else REAL):
        numbers = "numbers" if root.dtype.kind == "c" else "real numbers"
        raise TypeError(
            f"{caller} expects a seed of {numbers} in the shape of the root, {root.shape}, "
            f"got {type(given).__name__}: {str(given)[:60]}"
        )
    if seed.shape != root.shape:
        raise ValueError(
            f"{caller} expects a seed in the shape of the root, {root.shape}, got {seed.shape}"
        )
    return seed if seed.dtype == root.dtype else seed.astype(root.dtype)


_OR_SEED = {"backward()": ", or give the gradient at the root: node.backward(seed)"}


def _nothing_to_differentiate(root: Node) -> str:
    if root.operation is None:
        reason = "this one is a constant, or was made inside no_grad() or by detach()"
    else:
        reason = f"no input of its operation {root.operation.name!r} has a derivative to offer"
    return (
        f"backward() expects a node that wants a gradient, but {reason}{named(root)}. "
        "Make the leaves with Node(value) and compute outside no_grad()"
    )


def local_gradients(node: Node) -> tuple[Any, ...]:
    """`Node.local_gradients`."""
    operation = node.operation
    if operation is None:
        return ()
    if not operation.elementwise:
        return (None,) * len(node.inputs)
    one = numpy_value(np.ones_like(node._value))
    return tuple(
        # A copy of its own: what a rule returns may be the value of an input.
        numpy_value(np.array(np.broadcast_to(evaluated(rule, node, one), node.shape)))
        if type(x) is Node and x.requires_grad and rule is not None
        else None
        for x, rule in zip(node.inputs, operation.rules, strict=False)
    )
