"""From what was recorded of torch to a graph of nodes, with torch's values and gradients."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from autograd_core import Node, Operation
from autograd_core.backpropagation import contribution
from autograd_core.modes import mode
from autograd_core.node import next_serial
from autograd_core.operation import REGISTRY

from ..graph.labels import index_text
from ..text import shape_text
from .peers import in_ours
from .recording import (
    Call,
    Entry,
    OwnFunction,
    array_of,
    changed_by,
    is_tensor,
    known,
    parts,
    replaced,
    version_of,
)

TOLERANCE = {"float64": 1e-9, "complex128": 1e-9, "float32": 1e-4, "complex64": 1e-4}
"""How far our operation may be from what torch computed, relative to the largest entry, also of its
inputs; of shorter floats 2e-2. A function that computes something else is not its peer."""


def as_graph(root: Any, called: str) -> Any:
    """Return the graph of a recorded tensor, and anything else as it is.

    Raises
    ------
    ValueError
        If the tensor was not recorded; `called` is the function that errors speak of.
    TypeError
        For a module of torch.
    """
    if is_tensor(root):
        return _Graph(_recorded(root, called)).root
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(root, getattr(torch.nn, "Module", ())):
        raise TypeError(
            f"{called}() expects the result of a module of torch, got the module "
            f"({type(root).__name__}). {_HOW.format(call=f'{called}(loss)')}"
        )
    return root


_HOW = (
    "Write: with visualize.record_torch(x=x, y=y): loss = loss_function(model(x), y); then, after "
    "loss.backward(), {call}"
)


def graph_to(root: Any, wrt: Any) -> tuple[Node, Any]:
    """Return the graph of a recorded tensor, and the node of another one in it; a name stays."""
    graph = _Graph(_recorded(root, "explain"))
    if not is_tensor(wrt):
        return graph.root, wrt
    entry = _recorded(wrt, "explain", "wrt")
    node = graph.nodes.get(entry)
    if node is None:
        name = f" {entry.name!r}" if entry.name else ""
        raise ValueError(
            f"explain() expects wrt to be a tensor that the root was made of, but{name} (shape "
            f"{shape_text(entry.value.shape)}) is not in its graph. Was it made anew, or detached?"
        )
    return graph.root, node


def _recorded(tensor: Any, called: str, argument: str = "") -> Entry:
    entry, version = known().find(tensor)
    what = f"{argument} to be a tensor" if argument else "a tensor"
    got = f"got one of shape {shape_text(tuple(tensor.shape))}"
    if entry is None:
        raise ValueError(
            f"{called}() expects {what} that was recorded, {got} that was not: it was made before "
            "or after the with block, or in torch.no_grad(). "
            + _HOW.format(call=f"{called}(loss{', w' if called == 'explain' else ''})")
        )
    if version != version_of(tensor) and entry.call is not None:
        raise ValueError(
            f"{called}() expects {what} as it was recorded, {got} that was changed in place "
            "afterwards. Change it inside of the block, or draw it before"
        )
    return entry


class _Graph:
    """The nodes of the entries that a root was made of."""

    def __init__(self, root: Entry) -> None:
        order = _ancestors(root)
        self.nodes: dict[Entry, Node] = {}
        self.latest_pass = next(reversed(root.gradients), -1)
        for entry in order:
            self.nodes[entry] = self._node(entry)
        self.root = self.nodes[root]

    def _node(self, entry: Entry) -> Node:
        call, found, first = entry.call, None, next_serial()
        before = mode.get()
        mode.set((True, call.scope if call else None))
        try:
            if call is None:
                node = _new(entry, None, (), {})
            else:
                found = self._peer(entry, call, first)
                node = self._box(entry, call) if found is None else found
        finally:
            mode.set(before)
        node.name = entry.name
        node.requires_grad = entry.requires_grad
        # Of the pass that came through the root, and not of another graph.
        node.grad = entry.gradients.get(self.latest_pass)
        if found is not None:
            _pass_back(found, first)
        return node

    def _peer(self, entry: Entry, call: Call, first: int) -> Node | None:
        """The call in our operations; None where there are none for it, or not the same numbers."""
        take = self._taken
        found = in_ours(
            call.name, take(call.arguments), take(call.options), np.asarray(entry.value).dtype
        )
        if entry.output is not None:
            if not isinstance(found, (list, tuple)) or len(found) <= entry.output:
                return None
            found = found[entry.output]
        if type(found) is not Node or found.serial < first or found.operation is None:
            return None
        if not _agree(found.value, entry, call.entries):
            return None
        found._value = entry.value
        return found

    def _taken(self, x: Any) -> Any:
        return replaced(x, lambda part: self.nodes[part] if type(part) is Entry else part)

    def _box(self, entry: Entry, call: Call) -> Node:
        """A box of torch's name."""
        inputs = tuple([self.nodes[x] for x in call.entries])
        return _new(entry, _operation(entry, call), inputs, _options(call))


def _ancestors(root: Entry) -> list[Entry]:
    """What an entry was made of and itself, inputs before their consumers."""
    found = {root: None}
    for entry in (order := [root]):  # grows while we walk along it
        for x in entry.call.entries if entry.call else ():
            if x not in found:
                found[x] = None
                order.append(x)
    return sorted(order, key=lambda entry: entry.serial)


def _new(
    entry: Entry, operation: Operation | None, inputs: tuple[Any, ...], options: Mapping[str, Any]
) -> Node:
    node = Node(entry.value, requires_grad=False)
    node.operation, node.inputs, node.options = operation, inputs, options
    node.scope = mode.get()[1]
    node.requires_grad = entry.requires_grad
    return node


def _agree(value: Any, entry: Entry, inputs: list[Entry]) -> bool:
    """Whether a value is what torch computed."""
    theirs = np.asarray(entry.value)
    if np.shape(value) != theirs.shape:
        return False
    largest = max(_largest(x.value) for x in (entry, *inputs))
    tolerance = TOLERANCE.get(entry.dtype, 2e-2) * largest
    with np.errstate(all="ignore"):
        return bool(np.allclose(value, theirs, rtol=0.0, atol=tolerance, equal_nan=True))


def _largest(value: Any) -> float:
    finite = np.abs(value)[np.isfinite(value)]
    return float(np.max(finite, initial=0.0))


def _pass_back(node: Node, first: int) -> None:
    """Give nodes that torch does not know, inside of what is one call there, their gradients."""
    found = {node}
    inner = [node]
    for made in inner:  # grows while we walk along it
        for x in made.inputs:
            if type(x) is Node and x.serial > first and x.operation is not None and x not in found:
                found.add(x)
                inner.append(x)
    for made in sorted(inner, key=lambda made: made.serial, reverse=True):
        for position, x in enumerate(made.inputs if made.grad is not None else ()):
            if type(x) is Node and x in found and x.requires_grad:
                part = contribution(made, position, made.grad)
                x.grad = part if x.grad is None else x.grad + part


# --- boxes ----------------------------------------------------------------------------------------


def _options(call: Call) -> dict[str, Any]:
    """What the panel says of a box: the arguments that are no tensors."""
    arguments = {f"argument {n}": x for n, x in enumerate(call.arguments, 1)} | call.options
    return {
        name: x
        for name, x in arguments.items()
        if x is not None and name != "places" and not any(type(y) is Entry for y in parts(x))
    }


def _operation(entry: Entry, call: Call) -> Operation:
    """An operation of this one call; for its gradient torch calls it again, and differentiates."""
    name = f"torch.{call.name}" if call.name in REGISTRY else call.name
    symbol = call.name
    if call.name == "setitem":
        symbol = f"[{index_text(_shown_index(call.arguments[1]))}] ="
    dtypes = [x.dtype for x in call.entries]

    def forward(*inputs: Any) -> Any:
        return array_of(_again(call, dtypes, inputs, None, entry.output)[0])

    def rule(position: int, g: Any, out: Any, *inputs: Any, **options: Any) -> Any:
        import torch

        try:
            result, wanted = _again(call, dtypes, inputs, position, entry.output)
        except Exception:
            if type(call.function) is not OwnFunction:
                raise
            return np.full_like(inputs[position], np.nan)  # it has other arguments, too
        if not result.requires_grad:
            return np.zeros_like(inputs[position])
        upstream = torch.as_tensor(np.asarray(g)).to(result.dtype)
        (found,) = torch.autograd.grad(result, wanted, upstream, allow_unused=True)
        return np.zeros_like(inputs[position]) if found is None else array_of(found)

    if call.function is changed_by:
        name = symbol = "changed"
        forward, rule = _changed(call)
    before = REGISTRY.get(name)
    rules = [partial(rule, position) for position in range(len(dtypes))]
    operation = Operation(name, forward, rules, symbol=symbol)
    if before is None:  # it is of this picture alone
        del REGISTRY[name]
    else:
        REGISTRY[name] = before
    return operation


def _shown_index(index: Any) -> Any:
    return replaced(index, lambda part: part.value if type(part) is Entry else part)


def _again(
    call: Call, dtypes: list[str], inputs: tuple[Any, ...], position: int | None, output: Any
) -> tuple[Any, Any]:
    """Call the function of torch again; return the result and the tensor at `position`."""
    import torch

    with torch.enable_grad(), torch.random.fork_rng(devices=[]):
        leaves = [
            torch.as_tensor(np.array(x)).to(getattr(torch, dtype)).requires_grad_(n == position)
            for n, (x, dtype) in enumerate(zip(inputs, dtypes, strict=True))
        ]
        fresh = iter([x.clone() for x in leaves])  # a function may change them in place
        arguments, options = replaced(
            (call.arguments, call.options),
            lambda part: next(fresh) if type(part) is Entry else part,
        )
        if call.random is not None:
            torch.set_rng_state(call.random)
        result = call.function(*arguments, **options)
    if result is None:
        result = arguments[0]
    if output is not None:
        result = [x for x in parts(result) if isinstance(x, torch.Tensor)][output]
    return result, leaves[position] if position is not None else None


def _changed(call: Call) -> tuple[Any, Any]:
    places = call.options["places"]

    def forward(*both: Any) -> Any:
        return changed_by(*both, places=places)

    def rule(position: int, g: Any, out: Any, x: Any, change: Any, **options: Any) -> Any:
        # Each entry of the result comes from one of both: follow numbers that say from where.
        mine = np.arange(np.size(x)).reshape(np.shape(x))
        theirs = np.arange(np.size(x), np.size(x) + np.size(change)).reshape(np.shape(change))
        source = np.ravel(changed_by(mine, theirs, places=places))
        both = np.bincount(source, np.ravel(g), np.size(x) + np.size(change))
        part = both[: np.size(x)] if position == 0 else both[np.size(x) :]
        return part.reshape(np.shape(x if position == 0 else change))

    return forward, rule
