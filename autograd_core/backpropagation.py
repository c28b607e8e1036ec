"""Backpropagation: one walk back through the graph, in reverse topological order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from operator import attrgetter
from typing import Any

import numpy as np

from . import node as nodes
from . import recorded, unused
from .node import NO_OPTIONS, Node, named, raw
from .operation import Operation, Rule
from .short_sums import sum_over_samples, total
from .unused import has_nan, is_finite_at, start_counting, stop_counting, without_unused
from .values import NUMERIC

_ndarray = np.ndarray
_serial = attrgetter("serial")

Gradients = dict[Node, Any]
"""Gradient per node: raw values, or Nodes where the backward pass is recorded."""

listener: ContextVar[Callable[[Node, Any], object] | None] = ContextVar(
    "autograd_core.backpropagation.listener", default=None
)
"""What hears of every node and its gradient while a backward pass is recorded."""


def ancestors(root: Node) -> list[Node]:
    """Return `root` and every node that it was made of, each once, inputs before their consumers.

    Nodes are numbered as they are made, so the order of their numbers is a topological order, and
    the order in which the user wrote the expression. Nothing recurses.

    Examples
    --------
    >>> x = Node(2.0, name="x")
    >>> y = x * x
    >>> [node.name or node.operation.name for node in ancestors(y)]
    ['x', 'multiply']
    """
    found = {root}
    order = [root]
    for node in order:  # grows while we walk along it
        if node.operation is not None and node.operation.opens is not None:
            node.operation.opens(node)
        for x in node.inputs:
            if type(x) is Node and x not in found:
                found.add(x)
                order.append(x)
    order.sort(key=_serial)
    return order


def backpropagate(
    root: Node,
    seed: Any,
    *,
    keep_intermediate: bool,
    oldest: int = 0,
    towards: Node | None = None,
    ends: Sequence[Node] | None = None,
) -> Gradients:
    """Return d root / d node for the nodes that `root` was made of and that want a gradient.

    Parameters
    ----------
    root : Node
        Where the walk starts; it wants a gradient.
    seed : numpy scalar, ndarray or Node
        The gradient at `root`. A Node makes the backward pass itself a graph.
    keep_intermediate : bool
        Whether the result holds inner nodes too, or leaves alone: then inner nodes lose the
        gradients that they have.
    oldest : int, default 0
        Nodes with a smaller serial number lie outside and are left alone.
    towards : Node, optional
        The only node whose gradient is wanted: what was not made of it is left alone.
    ends : sequence of Node, optional
        The nodes whose gradients must not be nan for the sake of what nobody asked for; see
        `unused`. By default the leaves. Where there are none, only what NumPy finds invalid on the
        way is looked after, which costs next to nothing.

    Returns
    -------
    dict
        Gradients, borrowed: arrays may be shared between entries, or be read-only views; see
        `owned`. None where only operations without a derivative lie between.
    """
    if type(seed) is Node:
        ancestors(root)  # opens what is joined
    order, gradients = _wanting_gradients(root, oldest)
    if towards is not None:
        order, gradients = _made_of(towards, order, gradients)
    if nodes.latest_change:
        _refuse_changed_leaves(order)
    gradients[root] = seed
    before = unused.found_invalid
    counting = start_counting()
    try:
        _walk(order, gradients, keep_intermediate, on_nodes=type(seed) is Node, guarded=False)
        if ends is None or (not ends and unused.found_invalid > before):
            ends = _leaves(gradients)
        if (
            ends
            and has_nan(gradients, ends)
            and not recorded.here()  # a program has one walk, whatever the numbers are
            and is_finite_at(root, seed)
        ):
            ancestors(root)
            order, gradients = _wanting_gradients(root, oldest)
            if towards is not None:
                order, gradients = _made_of(towards, order, gradients)
            gradients[root] = seed
            _walk(order, gradients, keep_intermediate, on_nodes=type(seed) is Node, guarded=True)
    finally:
        stop_counting(counting)
    if not keep_intermediate:
        for node in order:
            node.grad = None  # an earlier pass may have left one
    return gradients


def _leaves(nodes: Iterable[Node]) -> list[Node]:
    return [node for node in nodes if node.operation is None]


def _walk(
    order: list[Node],
    gradients: Gradients,
    keep_intermediate: bool,
    *,
    on_nodes: bool,
    guarded: bool,
) -> None:
    """One walk over the results of operations, consumers before their inputs.

    It fills in the gradients, of which that at the root is there. A `guarded` one takes a little
    longer; see `unused`.
    """
    fit = _fit_node if on_nodes else _fit_array
    heard = listener.get() if on_nodes else None
    plain = not on_nodes and not guarded
    allocated: set[Node] = set()  # nodes whose gradient is an array that we made by summing

    node = None
    try:
        for node in order:
            g = gradients[node] if keep_intermediate else gradients.pop(node)
            if g is None:
                continue
            operation: Any = node.operation
            inputs = node.inputs
            options = node.options
            rules = operation.rules
            arity = len(rules) if plain and type(rules) is tuple else None
            # What the loop at the end does, unrolled for the commonest cases, for speed.
            if arity == 1:
                (x,) = inputs
                (rule,) = rules
                if x not in gradients or rule is None:
                    continue
                a = x._value
                if options is NO_OPTIONS:
                    part = rule(g, node._value, a)
                else:
                    part = rule(g, node._value, a, **options)
                if type(part) is not type(a) or (
                    type(a) is _ndarray and (part.shape != a.shape or part.dtype is not a.dtype)
                ):
                    part = fit(part, x, operation)
                before = gradients[x]
                gradients[x] = part if before is None else _sum(before, part, x, allocated)
                continue
            if arity == 2:
                x, y = inputs
                a = x._value if type(x) is Node else x
                b = y._value if type(y) is Node else y
                first, second = rules
                if type(x) is Node and first is not None and x in gradients:
                    if options is NO_OPTIONS:
                        part = first(g, node._value, a, b)
                    else:
                        part = first(g, node._value, a, b, **options)
                    if type(part) is not type(a) or (
                        type(a) is _ndarray and (part.shape != a.shape or part.dtype is not a.dtype)
                    ):
                        part = fit(part, x, operation)
                    before = gradients[x]
                    gradients[x] = part if before is None else _sum(before, part, x, allocated)
                if type(y) is Node and second is not None and y in gradients:
                    if options is NO_OPTIONS:
                        part = second(g, node._value, a, b)
                    else:
                        part = second(g, node._value, a, b, **options)
                    if type(part) is not type(b) or (
                        type(b) is _ndarray and (part.shape != b.shape or part.dtype is not b.dtype)
                    ):
                        part = fit(part, y, operation)
                    before = gradients[y]
                    gradients[y] = part if before is None else _sum(before, part, y, allocated)
                continue
            if on_nodes:
                out: Any = node
                values = inputs
                if heard is not None:
                    heard(node, g)
            else:
                out = node._value
                values = tuple([x._value if type(x) is Node else x for x in inputs])
            parts = None
            if type(rules) is not tuple and rules.joint:
                parts = iter(rules.parts(g, out, values, options))
            for x, rule in zip(inputs, rules, strict=False):
                found = None if parts is None else next(parts)
                if type(x) is Node and rule is not None and x in gradients:
                    if parts is not None:
                        part = found
                    elif options is NO_OPTIONS:  # which take a while to unpack
                        part = rule(g, out, *values)
                    else:
                        part = rule(g, out, *values, **options)
                    if guarded:
                        part = without_unused(part, g, node, rule, out, values)
                    a = x._value
                    if type(part) is not type(a) or (
                        type(a) is _ndarray and (part.shape != a.shape or part.dtype is not a.dtype)
                    ):
                        part = fit(part, x, operation)
                    before = gradients[x]
                    gradients[x] = part if before is None else _sum(before, part, x, allocated)
    except Exception as error:
        if node is not None:
            name = None if node.operation is None else node.operation.name
            error.add_note(f"while backpropagating through operation {name!r}{named(node)}")
        raise
    if heard is not None:
        for leaf in sorted(_leaves(gradients), key=_serial, reverse=True):
            heard(leaf, gradients[leaf])


def _sum(before: Any, part: Any, x: Node, allocated: set[Node]) -> Any:
    """Add another consumer's contribution. The first is borrowed, so the second allocates."""
    if x in allocated:
        return np.add(before, part, out=before)
    if type(part) is _ndarray:
        allocated.add(x)
    return before + part


def _wanting_gradients(root: Node, oldest: int) -> tuple[list[Node], Gradients]:
    """The nodes to which a gradient flows from `root`, each with None for its gradient.

    Before them, in a list, those that operations made, consumers before their inputs.
    """
    gradients: Gradients = {root: None}
    if root.operation is None:
        return [], gradients
    order = [root]
    for node in order:  # grows while we walk along it
        for x in node.inputs:
            if type(x) is Node and x.requires_grad and x not in gradients and x.serial >= oldest:
                gradients[x] = None
                if x.operation is not None:
                    order.append(x)
    order.sort(key=_serial, reverse=True)
    return order, gradients


def _refuse_changed_leaves(order: list[Node]) -> None:
    """Raise if a leaf has another value now than when an operation of the walk used it."""
    latest = nodes.latest_change
    if not order or order[-1].serial > latest:
        return
    for node in order:
        for x in node.inputs if node.serial < latest else ():
            if type(x) is Node and x.operation is None and _changed(x) > node.serial:
                operation = node.operation
                assert operation is not None
                raise RuntimeError(
                    f"the value of a leaf{named(x)} was changed after "
                    f"{operation.name!r} had used it: the gradient would be "
                    "neither that of the old value nor that of the new. Call backward() before the "
                    "leaf changes, as by optimizer.step(), or compute the result again after it"
                )


def _changed(leaf: Node) -> int:
    return getattr(leaf, "changed", 0)  # it is set when a value is


def _made_of(source: Node, order: list[Node], gradients: Gradients) -> tuple[list[Node], Gradients]:
    """Of what `_wanting_gradients` returned, the nodes that pass a gradient to `source`."""
    dependent = {source}
    for node in reversed(order):
        operation: Any = node.operation
        if any(
            type(x) is Node and x in dependent and rule is not None
            for x, rule in zip(node.inputs, operation.rules, strict=False)
        ):
            dependent.add(node)
    return (
        [node for node in order if node in dependent],
        {node: None for node in gradients if node in dependent},
    )


def reaches_older(root: Node, oldest: int) -> bool:
    """Whether `root` depends on a node made before number `oldest` that wants a gradient."""
    return any(
        type(x) is Node and x.requires_grad and x.serial < oldest
        for node in _wanting_gradients(root, oldest)[1]
        for x in (node, *node.inputs)
    )


def contribution(
    node: Node, position: int, upstream: Any, mended: Callable[[Any], Any] | None = None
) -> Any:
    """Return what an operation passes to one of its inputs when `upstream` arrives at its result.

    Parameters
    ----------
    node : Node
        The operation's result.
    position : int
        Which of its inputs, a node.
    upstream : numpy scalar, ndarray or Node
        The gradient at `node`, in its shape. For a node the rule runs on nodes, and is recorded.
    mended : callable, optional
        Of what the rule returned on nodes: what is to be brought into the shape of the input.

    Returns
    -------
    numpy scalar, ndarray, Node or None
        In the shape and dtype of the input; None where the operation has no derivative for it.

    Examples
    --------
    >>> b, x = Node([1.0, 2.0]), Node(np.ones((3, 2)))
    >>> contribution(x + b, 1, np.ones((3, 2)))
    array([3., 3.])
    """
    operation = node.operation
    if operation is None or (rule := operation.rules[position]) is None:
        return None
    x = node.inputs[position]
    if type(upstream) is Node:
        part = rule(upstream, node, *node.inputs, **node.options)
        return _fit_node(part if mended is None else mended(part), x, operation)
    return _fit_array(evaluated(rule, node, upstream), x, operation)


def evaluated(rule: Rule, node: Node, upstream: Any) -> Any:
    """What a rule of a node's operation returns, before it fits the input."""
    return rule(upstream, node._value, *[raw(x) for x in node.inputs], **node.options)


# --- the edge: shape and dtype of every contribution ---------------------------------------------


def _fit_array(part: Any, x: Node, operation: Operation) -> Any:
    """Bring what a rule returned into the shape and dtype of the input."""
    value = x._value
    shape = value.shape
    if type(part) is type(value) is _ndarray and part.dtype is value.dtype:
        if part.shape == shape:
            return part
        if part.shape[1:] == shape:
            return sum_over_samples(part)  # a bias: by far the commonest
    array = part if type(part) is _ndarray else np.asarray(part)
    kind = array.dtype.kind
    if kind not in NUMERIC:
        raise TypeError(
            f"a gradient rule of operation {operation.name!r} returned "
            f"{type(part).__name__} (dtype {array.dtype}); it must return numbers"
        )
    if kind == "c" and value.dtype.kind != "c":
        array = array.real  # a real number has no way to go but along the real axis
    if array.shape != shape:
        array = fit_shape(array, shape, operation)
    if array.dtype != value.dtype:
        array = array.astype(value.dtype)
    return array if shape else array[()]


def fit_shape(array: Any, shape: tuple[int, ...], operation: Operation) -> Any:
    """Bring an array that a rule returned into the shape of its input."""
    leading, repeated = _broadcast_axes(array.shape, shape, operation)
    if leading:
        array = total(array, leading)
    if repeated:
        array = total(array, repeated, keepdims=True)
    return np.broadcast_to(array, shape) if array.shape != shape else array


def _fit_node(part: Any, x: Node, operation: Operation) -> Node:
    """The same on nodes: the steps are recorded where there is something to do."""
    node: Any = part
    if type(node) is not Node:
        node = Node(part, requires_grad=False)
    if node.dtype.kind == "c" and x.dtype.kind != "c":
        node = np.real(node)
    shape = x.shape
    if node.shape != shape:
        leading, repeated = _broadcast_axes(node.shape, shape, operation)
        if leading:
            node = np.sum(node, axis=leading)
        if repeated:
            node = np.sum(node, axis=repeated, keepdims=True)
        node = np.broadcast_to(node, shape) if node.shape != shape else node
    return node if node.dtype == x.dtype else node.astype(x.dtype)


def _broadcast_axes(
    have: tuple[int, ...], want: tuple[int, ...], operation: Operation
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes along which the forward pass repeated the input: there the gradient is summed.

    Returns the leading axes that the input does not have, and the axes (counted without those)
    where the input has length 1.
    """
    extra = len(have) - len(want)
    aligned = have[extra:] if extra >= 0 else (1,) * -extra + have
    repeated = []
    for axis, (n, m) in enumerate(zip(aligned, want, strict=True)):
        if n != m == 1:
            repeated.append(axis)
        elif n not in (m, 1):
            raise ValueError(
                f"a gradient rule of operation {operation.name!r} returned shape {have} for an "
                f"input of shape {want}; it must return the shape of the input or of the result"
            )
    return tuple(range(extra)), tuple(repeated)
