"""Repetitions in a graph, such as the steps of a recurrent network: found, and rolled up into one.

A graph is a sequence of operations and scopes, as they were computed. Where a piece of it repeats,
each time on what the time before has made, all but the last time are left out. In their place
stands a joint, at which the loop comes back to its beginning: first with what the first time took,
then with what the time before has made.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from autograd_core import Node, Operation, Scope
from autograd_core.backpropagation import ancestors

from ..text import shown
from .picture import Constant, Edge, Picture

LEAST = 3
"""Fewer repetitions are drawn one by one."""

LONGEST = 64
"""Pieces of up to so many operations and scopes are recognised as repeating."""

MOST_TRIALS = 100
"""So many pieces are tried in each scope, those that cover most first."""

MOST_NEIGHBOURS = 20
"""Up to so many operations beside each repetition are taken to it."""

_NUMBER = re.compile(r"\d+")
_INDEX = re.compile(r"(.*?[^\W\d_])_?\{?(\d{1,9})\}?")


def _joint() -> Operation:
    """The operation of a joint: not in the table, as nobody can call it."""
    joint = object.__new__(Operation)
    joint.name = joint.symbol = "loop"
    joint.rules, joint.arity = (None,), 1
    joint.elementwise = joint.differentiable = joint.real_only = False
    return joint


JOINT = _joint()


@dataclass(eq=False)
class Loop:
    """A piece of a graph that stands for all its repetitions."""

    name: str
    count: int
    nodes: set[Node]
    """The operations of the one that is drawn."""
    back: list[tuple[Node, Node]] = field(default_factory=list)
    """Each result that goes into the next repetition, and the joint at which it arrives there."""

    @property
    def words(self) -> str:
        """``step × 10``."""
        return f"{self.name} × {self.count:,}" if self.name else f"× {self.count:,}"


@dataclass(eq=False)
class _Run:
    """Repetitions: the operations of each, which correspond one by one."""

    blocks: list[list[Node]]
    scopes: list[str]
    carried: dict[Node, Any] = field(default_factory=dict)
    """What the last one takes of the one before, and what the first took in its place."""

    @cached_property
    def last(self) -> set[Node]:
        """The operations of the last one."""
        return {*self.blocks[-1]}


def rolled(root: Node) -> tuple[Node, list[Loop]]:
    """Return a copy of a graph in which each repetition stands once, and its loops.

    The numbers are those of the last repetition.

    Raises
    ------
    ValueError
        If nothing in the graph repeats.

    Examples
    --------
    >>> from autograd_core import scope
    >>> h, w = Node(1.0, name="h_0"), Node(0.5, name="w")
    >>> for step in range(1, 11):
    ...     with scope("step"):
    ...         h = h * w
    ...     h.name = f"h_{step}"
    >>> once, (loop,) = rolled(h)
    >>> loop.words, len(ancestors(once)), once.name, bool(once.value == h.value)
    ('step × 10', 4, 'h_t', True)
    """
    operations = [node for node in ancestors(root) if node.operation is not None]
    runs = [*_runs(root, operations)]
    if not runs:
        raise ValueError(
            f"rolled=True expects a graph in which something repeats at least {LEAST} times, each "
            "time with the same operations on what the time before has made, as in "
            'for x in steps: with scope("step"): h = tanh(x @ W + h @ U). There is nothing such '
            "in this graph. Write draw(root) without rolled=True"
        )
    return _copied(root, runs)


# --- what repeats --------------------------------------------------------------------------------

Token = Node | Scope


def _runs(root: Node, operations: Sequence[Node]) -> Iterator[_Run]:
    """The repetitions of a graph: of its outermost scopes, else of those inside of them."""
    consumers: dict[Node, list[Node]] = defaultdict(list)
    for node in operations:
        for x in {x for x in node.inputs if type(x) is Node}:
            consumers[x].append(node)
    used: set[Node] = set()
    levels = [(operations, 0)]
    for members, depth in levels:
        tokens = _tokens(members, depth)
        taken: set[int] = set()
        repeats = _repeats(_kinds(tokens))
        # A piece begins where its parameters come in.
        repeats.sort(key=lambda r: (-r[1] * r[2], r[1], not _has_leaves(tokens[r[0]][1]), r[0]))
        for start, period, count in repeats[:MOST_TRIALS]:
            if taken & {*range(start, start + period * count)}:
                continue
            run = _checked(root, tokens, start, period, count, consumers)
            if run is None and count > LEAST:  # the first may take what no other does
                start, count = start + period, count - 1
                run = _checked(root, tokens, start, period, count, consumers)
            if run is not None and not any(used & {*block} for block in run.blocks):
                used.update(*run.blocks)
                taken |= {*range(start, start + period * count)}
                yield run
        for place, (token, inside) in enumerate(tokens):
            if place not in taken and isinstance(token, Scope) and len(inside) >= LEAST:
                levels.append((inside, depth + 1))


def _tokens(members: Sequence[Node], depth: int) -> list[tuple[Token, list[Node]]]:
    """Operations of one scope as they were computed, those of a scope in it together."""
    found: dict[Token, list[Node]] = {}
    chains: dict[Scope, list[Scope]] = {}
    for node in members:
        token: Token = node
        if node.scope is not None:
            if node.scope not in chains:
                chains[node.scope] = [*node.scope]
            chain = chains[node.scope]
            token = chain[depth] if len(chain) > depth else node
        found.setdefault(token, []).append(node)
    return [*found.items()]


def _kinds(tokens: Sequence[tuple[Token, list[Node]]]) -> np.ndarray[Any, Any]:
    """A number for each token, the same for those of the same structure."""
    known: dict[Any, int] = {}
    kinds = []
    for token, members in tokens:
        name = _NUMBER.sub("#", token.name) if isinstance(token, Scope) else ""
        kind = (name, tuple([(id(node.operation), node.shape) for node in members]))
        kinds.append(known.setdefault(kind, len(known)))
    return np.array(kinds)


def _repeats(kinds: np.ndarray[Any, Any]) -> list[tuple[int, int, int]]:
    """Where a sequence repeats itself: start, length of one repetition, and how many."""
    found = []
    for period in range(1, min(LONGEST, len(kinds) // LEAST) + 1):
        same = np.concatenate(([False], kinds[period:] == kinds[:-period], [False]))
        ends = np.flatnonzero(same[1:] != same[:-1])
        for start, end in ends.reshape(-1, 2).tolist():
            # The piece may begin at any of its places: try those that lose no repetition first.
            count = (end - start) // period + 1
            spare = (end - start) % period
            if count >= LEAST:
                for shift in range(period):
                    whole = count - (shift > spare)
                    if whole >= LEAST:
                        found.append((start + shift, period, whole))
    return found


def _has_leaves(members: Sequence[Node]) -> bool:
    return any(type(x) is Node and x.operation is None for node in members for x in node.inputs)


# --- whether it is a loop ------------------------------------------------------------------------


def _checked(
    root: Node,
    tokens: Sequence[tuple[Token, list[Node]]],
    start: int,
    period: int,
    count: int,
    consumers: dict[Node, list[Node]],
) -> _Run | None:
    """The run that starts at a token; None where its repetitions are no loop."""
    blocks = []
    scopes = []
    for number in range(count):
        here = tokens[start + number * period : start + (number + 1) * period]
        blocks.append([node for _, members in here for node in members])
    for token, _ in tokens[start + (count - 1) * period : start + count * period]:
        if isinstance(token, Scope):
            scopes.append(_NUMBER.sub("", token.name).strip(" _-") or token.name)
    for _ in range(MOST_NEIGHBOURS):
        run = _Run(blocks, [*dict.fromkeys(scopes)])
        place = {node: (t, k) for t, block in enumerate(blocks) for k, node in enumerate(block)}
        more = _fit(run, place)
        if more is None:
            more = _leak(root, run, place, consumers)
        if more is None:
            return run if _is_loop(run, place) else None
        if not _correspond(more, place):
            return None
        blocks = [[*block, node] for block, node in zip(blocks, more, strict=True)]
    return None


def _correspond(column: Sequence[Any], place: dict[Node, tuple[int, int]]) -> bool:
    """Whether an operation of each repetition stands beside it, and could belong to it."""
    if not column or len({id(x) for x in column}) < len(column):
        return False
    return all(
        type(x) is Node
        and x.operation is not None
        and x.operation is column[0].operation
        and x not in place
        and x.shape == column[0].shape
        for x in column
    )


def _fit(run: _Run, place: dict[Node, tuple[int, int]]) -> list[Any] | None:
    """Find what is carried on; return the inputs that have no common role, None if all have one."""
    blocks = run.blocks
    for k, last in enumerate(blocks[-1]):
        if any(len(block[k].inputs) != len(last.inputs) for block in blocks):
            return []
        for j, x in enumerate(last.inputs):
            column = [block[k].inputs[j] for block in blocks]
            places = [place.get(y) if type(y) is Node else None for y in column]
            if places[-1] is None:
                if any(places) or not (_are_leaves(column) or all(y is x for y in column)):
                    return column if not any(places) else []
                continue
            t, at = places[-1]
            if t == len(blocks) - 1:
                if places != [(n, at) for n in range(len(blocks))]:
                    return []
                continue
            if places[1:] != [(n, at) for n in range(len(blocks) - 1)] or places[0] is not None:
                return []
            if x in run.carried and run.carried[x] is not column[0]:
                return []
            run.carried[x] = column[0]
    return None


def _is_loop(run: _Run, place: dict[Node, tuple[int, int]]) -> bool:
    """Whether something that is carried on is made of what was carried before."""
    follows: set[Node] = set()
    for node in sorted(run.blocks[-1], key=lambda node: node.serial):
        if any(type(x) is Node and (x in run.carried or x in follows) for x in node.inputs):
            follows.add(node)
    return any(run.blocks[-1][place[x][1]] in follows for x in run.carried)


def _are_leaves(column: Sequence[Any]) -> bool:
    """Whether inputs are leaves or constants of one shape."""
    shape = np.shape(column[0])
    return all(
        (type(x) is not Node or x.operation is None) and np.shape(x) == shape for x in column
    )


def _leak(
    root: Node, run: _Run, place: dict[Node, tuple[int, int]], consumers: dict[Node, list[Node]]
) -> list[Any] | None:
    """Return what takes a result of each repetition alone, outside of all; None if nothing does."""
    count = len(run.blocks)
    for k in range(len(run.blocks[0])):
        column = [block[k] for block in run.blocks]
        if any(node is root for node in column[:-1]):
            return []
        outside = [[c for c in consumers[node] if c not in place] for node in column]
        # What takes the results of all, such as stack, takes that of the one that is drawn.
        outside = [
            [c for c in found if len({*column} & {x for x in c.inputs if type(x) is Node}) < count]
            for found in outside
        ]
        if any(outside[:-1]):
            return [found[0] if len(found) == 1 else None for found in outside]
    return None


# --- what is drawn -------------------------------------------------------------------------------


def _copied(root: Node, runs: Sequence[_Run]) -> tuple[Node, list[Loop]]:
    """A copy of a graph without the repetitions but the last."""
    carried = {x: (run, first) for run in runs for x, first in run.carried.items()}
    left_out = {node for run in runs for block in run.blocks[:-1] for node in block}
    names = _names(runs)
    copies: dict[Node, Node] = {}
    joints: dict[Node, Node] = {}
    for node in _reached(root, carried, left_out):
        copy = copies[node] = _copy(node, names)
        if node in carried:
            first = carried[node][1]
            copy.operation, copy.options, copy.scope = JOINT, {}, node.scope and node.scope.parent
            copy.inputs = (copies.get(first, first) if type(first) is Node else first,)
            copy.name = names.get((node, "joint"), None)
            joints[node] = copy
            continue
        inputs = [x for x in node.inputs if not _is_dropped(node, x, carried, left_out)]
        copy.inputs = tuple([copies[x] if type(x) is Node else x for x in inputs])
    for node, copy in copies.items():
        if type(node.grad) is Node:
            copy.grad = copies.get(node.grad, node.grad)
    loops = []
    for run in runs:
        last = run.blocks[-1]
        before = {node: k for k, node in enumerate(run.blocks[-2])}
        back = [
            (copies[last[before[x]]], joints[x])
            for x in run.carried
            if x in joints and last[before[x]] in copies
        ]
        nodes = {copies[node] for node in last if node in copies}
        loops.append(Loop(shown(", ".join(run.scopes), 40), len(run.blocks), nodes, back))
    return copies[root], loops


def _reached(root: Node, carried: dict[Node, Any], left_out: set[Node]) -> list[Node]:
    """What the graph still holds, inputs before their consumers."""
    found, todo = {root}, [root]
    for node in todo:
        inputs = (carried[node][1],) if node in carried else node.inputs
        for x in inputs:
            if type(x) is not Node or x in found or _is_dropped(node, x, carried, left_out):
                continue
            found.add(x)
            todo.append(x)
    todo.sort(key=lambda node: node.serial)
    return todo


def _is_dropped(node: Node, x: Any, carried: dict[Node, Any], left_out: set[Node]) -> bool:
    """Whether an input goes with a repetition that is left out."""
    if type(x) is not Node or x not in left_out:
        return False
    return x not in carried or node not in carried[x][0].last


def _copy(node: Node, names: dict[Any, str]) -> Node:
    copy = Node.__new__(Node)
    for name in ("operation", "options", "scope", "requires_grad", "serial", "grad", "inputs"):
        setattr(copy, name, getattr(node, name))
    copy._value = node.value
    copy.name = names.get(node, node.name)
    return copy


def _names(runs: Sequence[_Run]) -> dict[Any, str]:
    """``x_t`` where the repetitions have x_1, x_2, ...; ``h_{t-1}`` for what comes back."""
    found: dict[Any, str] = {}
    for run in runs:
        last = run.blocks[-1]
        for k, node in enumerate(last):
            columns = [(node, [block[k] for block in run.blocks])]
            columns += [(x, [block[k].inputs[j] for block in run.blocks])
                        for j, x in enumerate(node.inputs)
                        if type(x) is Node and x.operation is None]  # fmt: skip
            for x, column in columns:
                general = _general([y.name if type(y) is Node else None for y in column])
                if general is not None:
                    found[x] = f"{general}_t"
        before = {node: k for k, node in enumerate(run.blocks[-2])}
        for x in run.carried:
            made = last[before[x]]
            name = found.get(made, made.name)
            if name and name.endswith("_t"):
                found[x, "joint"] = f"{name[:-2]}_{{t-1}}"
            elif name:
                found[x, "joint"] = f"{name} before"
    return found


def _general(names: Sequence[str | None]) -> str | None:
    """The part that names share which differ in a number at their end."""
    parts = [_INDEX.fullmatch(name or "") for name in names]
    if any(part is None for part in parts) or len({*names}) < len(names):
        return None
    letters = Counter(part[1] for part in parts if part is not None)
    return next(iter(letters)) if len(letters) == 1 else None


# --- in a picture --------------------------------------------------------------------------------


def with_ends(picture: Picture, loop: Loop) -> list[tuple[str, str]]:
    """Let each joint in a picture have an input for the loop; return its wire and that input's id.

    Of joints that a fold has swallowed there are none.
    """
    wires = {wire.node: wire for wire in picture.wires}
    boxes = {box.nodes[0]: box for box in picture.boxes if not box.folded}
    ends = []
    for made, joint in loop.back:
        if made not in wires or joint not in boxes:
            continue
        box = boxes[joint]
        constant = Constant(f"c{len(picture.constants)}", None, "")
        picture.constants.append(constant)
        edge = Edge(constant, box, joint, 1, f"e{len(picture.edges)}")
        place = min(n for n, e in enumerate(picture.edges) if e.target is box)
        picture.edges.insert(place, edge)
        ends.append((wires[made].id, constant.id))
    return ends
