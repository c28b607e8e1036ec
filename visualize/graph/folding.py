"""Which operations a diagram draws as one box: by scopes, and by position where there are none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from autograd_core import Node, Scope

from ..text import shown

Fold = int | str | Collection[str] | None

MOST_BOXES = 150
"""Above this many boxes a diagram folds by itself."""

KEPT_AT_THE_ENDS = 20
"""How many boxes stay at either end where a graph without scopes has to fold."""


@dataclass(eq=False)
class Group:
    """Operations that are drawn as one box."""

    name: str
    scope: Scope | None = None
    members: list[Node] = field(default_factory=list)


def fold_groups(operations: Sequence[Node], fold: Fold) -> dict[Node, Group]:
    """Return the group of every node that is folded away; the others are drawn one by one.

    `operations` have inputs before their consumers; `fold` is that of `draw`.
    """
    if fold is None:
        return _automatic(operations)
    levels_or_names = checked_fold(fold)
    if isinstance(levels_or_names, int):
        return _to_depth(operations, levels_or_names)
    return _by_name(operations, levels_or_names)


def checked_fold(fold: Fold) -> int | set[str]:
    """Return how many levels stay open, or the names of what is folded, or raise."""
    if isinstance(fold, bool) or not isinstance(fold, (int, str, Collection)):
        raise TypeError(
            "fold expects None (automatic), an int (how many levels of scopes stay open) or a "
            f"collection of scope names, got {type(fold).__name__}: {fold!r}"
        )
    if isinstance(fold, int):
        if fold < 0:
            raise ValueError(f"fold expects a depth of 0 or more, got {fold}")
        return fold
    return {fold} if isinstance(fold, str) else set(fold)


def _to_depth(operations: Sequence[Node], depth: int) -> dict[Node, Group]:
    if depth == 0:
        return _one_group(operations)
    chosen: dict[Scope, Scope | None] = {}
    for scope in _scopes(operations):
        chain = list(scope)
        chosen[scope] = chain[depth - 1] if len(chain) >= depth else None
    return _collected(operations, chosen)


def _by_name(operations: Sequence[Node], names: set[str]) -> dict[Node, Group]:
    chosen: dict[Scope, Scope | None] = {}
    known: dict[str, None] = {}
    for scope in _scopes(operations):
        chosen[scope] = None
        path = ""
        for outer in scope:
            path = f"{path}/{outer.name}" if path else outer.name
            known.update(dict.fromkeys((outer.name, path)))
            if chosen[scope] is None and (outer.name in names or path in names):
                chosen[scope] = outer
    unknown = sorted(map(str, names - known.keys()))
    if unknown:
        there = ", ".join(repr(shown(name)) for name in list(known)[:20]) or "none"
        raise ValueError(
            f"fold expects names of scopes in this graph, got {', '.join(map(repr, unknown))}; "
            f'there are: {there}. Make one with: with scope("sigmoid"): ...'
        )
    return _collected(operations, chosen)


def _one_group(operations: Sequence[Node]) -> dict[Node, Group]:
    scopes = {next(iter(node.scope)) if node.scope else None for node in operations}
    only = scopes.pop() if len(scopes) == 1 else None
    group = Group(only.name if only else counted(len(operations)), only, list(operations))
    return dict.fromkeys(operations, group)


def counted(number: int) -> str:
    """``1,234 operations``."""
    return f"{number:,} operation{'s' if number != 1 else ''}"


def _collected(operations: Iterable[Node], chosen: dict[Scope, Scope | None]) -> dict[Node, Group]:
    """The groups, where `chosen` holds the scope that folds each scope away."""
    groups: dict[Scope, Group] = {}
    found: dict[Node, Group] = {}
    for node in operations:
        scope = chosen[node.scope] if node.scope is not None else None
        if scope is not None:
            group = groups.get(scope)
            if group is None:
                group = groups[scope] = Group(scope.name, scope)
            group.members.append(node)
            found[node] = group
    return found


def _scopes(operations: Iterable[Node]) -> dict[Scope, int]:
    """Every scope in which an operation was made directly, and how many were."""
    counts: dict[Scope, int] = defaultdict(int)
    for node in operations:
        if node.scope is not None:
            counts[node.scope] += 1
    return counts


# --- automatic -----------------------------------------------------------------------------------


def _automatic(operations: Sequence[Node]) -> dict[Node, Group]:
    """Fold a network to its layers; of other graphs keep as much open as there is room for."""
    layers = {scope: _layer_around(scope) for scope in _scopes(operations)}
    count = len({layer for layer in layers.values() if layer is not None})
    if count > 1:
        groups = _collected(operations, layers)
        if len(operations) - len(groups) + count <= MOST_BOXES:
            return groups
    if len(operations) <= MOST_BOXES:
        return {}
    counts = _scopes(operations)
    chains = {scope: list(scope) for scope in counts}
    depth = 1 + max(map(len, chains.values()), default=0)
    while depth > 1 and _boxes(operations, counts, chains, depth) > MOST_BOXES:
        depth -= 1
    return _fold_middle(operations, _to_depth(operations, depth))


def _layer_around(scope: Scope) -> Scope | None:
    """The outermost layer or loss of a network that a scope lies in."""
    return next((outer for outer in scope if outer.formulas is not None), None)


def _boxes(
    operations: Sequence[Node],
    counts: dict[Scope, int],
    chains: dict[Scope, list[Scope]],
    depth: int,
) -> int:
    """How many boxes there are when scopes fold from a depth on."""
    folded = {scope: chain[depth - 1] for scope, chain in chains.items() if len(chain) >= depth}
    return len(operations) - sum(counts[scope] for scope in folded) + len(set(folded.values()))


def _fold_middle(operations: Sequence[Node], groups: dict[Node, Group]) -> dict[Node, Group]:
    """Keep the boxes at both ends, where scopes alone don't make the graph small enough.

    Operations are sorted topologically and a scope's follow one another, so what lies between is
    never both before and after a box that stays.
    """
    boxes: dict[Node | Group, None] = dict.fromkeys(groups.get(node, node) for node in operations)
    if len(boxes) <= MOST_BOXES:
        return groups
    middle = Group("")
    for box in list(boxes)[KEPT_AT_THE_ENDS:-KEPT_AT_THE_ENDS]:
        middle.members += box.members if isinstance(box, Group) else [box]
    middle.members.sort(key=lambda node: node.serial)
    middle.name = f"… {counted(len(middle.members))} …"
    return groups | dict.fromkeys(middle.members, middle)
