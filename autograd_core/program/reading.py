"""A graph of nodes read off as a program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from ..node import Node, held, named
from ..operations.arithmetic import positive
from .errors import RecordingError
from .value import Value, as_held, same

_serial = attrgetter("serial")


MOST_OPERATIONS = 1_000_000
"""So many operations a program may have; what has more grows without bound."""


class Reading(NamedTuple):
    """What was read: the outputs, and the leaves from outside that turned out to be inputs."""

    outputs: list[Any]
    captured: list[tuple[Node, Value]]


def read(roots: Iterable[Any], given: Mapping[Node, Value], since: int) -> Reading:
    """Write down how nodes were computed.

    Parameters
    ----------
    roots : iterable of Node or constant
        The results.
    given : mapping of Node to Value
        The nodes that are inputs of the program; what they were made of is left out.
    since : int
        The serial number from which nodes were made for this program. An older leaf may have
        another value the next time, so it is an input, too; a newer one is a constant.

    Raises
    ------
    RecordingError
        If a result from outside is used that wants a gradient: its history belongs to no program.
    """
    roots = list(roots)
    values: dict[Node, Any] = dict(given)
    captured: list[tuple[Node, Value]] = []
    order = history(roots, values, since)
    if len(order) > MOST_OPERATIONS:
        raise RecordingError(
            f"a program expects up to {MOST_OPERATIONS:,} operations, got {len(order):,}. "
            "Compute on arrays instead of their entries, or record what one round of a loop does"
        )
    for node in order:
        if node.operation is None:
            if node.serial < since:
                values[node] = leaf = Value(None, (), {}, node.shape, node.dtype, node.name)
                captured.append((node, leaf))
            else:
                values[node] = node._value
        elif node.serial < since:
            if node.requires_grad:
                raise RecordingError(
                    f"a program expects what is made of its inputs, of leaves and constants; got "
                    f"the result of {node.operation.name!r} from outside of the function"
                    f"{named(node)}, whose history would grow with every call. Compute it inside, "
                    "or write node.detach()"
                )
            values[node] = leaf = Value(None, (), {}, node.shape, node.dtype, node.name)
            captured.append((node, leaf))
        elif node.operation is positive and type(node.inputs[0]) is Node:
            values[node] = values[node.inputs[0]]  # what `grad` differentiates in its place
        else:
            inputs = [values[x] if type(x) is Node else x for x in node.inputs]
            if any(isinstance(x, np.ndarray) for x in inputs):
                _refuse_changed(node)
            values[node] = Value(
                node.operation,
                inputs,
                node.options,
                node.shape,
                node.dtype,
                node.name,
                node.scope,
            )
    return Reading([values[x] if type(x) is Node else x for x in roots], captured)


def _refuse_changed(node: Node) -> None:
    """Raise if an array beside a node holds other numbers now than when it was used."""
    operation = node.operation
    assert operation is not None
    if any(type(x) is Node and _is_let_go(x) for x in (node, *node.inputs)):
        return
    with np.errstate(all="ignore"):
        again = as_held(operation.forward(*map(held, node.inputs), **node.options))
    if not _nearly_same(again, node._value):
        raise RecordingError(
            f"an array that {operation.name!r} used{named(node)} was changed behind it, as a "
            "buffer that is filled again: a program holds each array once. Make a new array in its "
            "place, as x = np.where(mask, new, x) does"
        )


def _is_let_go(node: Node) -> bool:
    """Whether one number stands in the place of an array, of which nobody needs the others."""
    return bool(node.ndim) and not any(node._value.strides)


def _nearly_same(x: Any, y: Any) -> bool:
    """Whether results differ by rounding at most: another path to the same product may round."""
    if same(x, y):
        return True
    if np.shape(x) != np.shape(y) or x.dtype != y.dtype or x.dtype.kind not in "fc":
        return False
    size = float(np.max(np.abs(y), initial=0.0, where=np.isfinite(y)))
    return bool(np.allclose(x, y, rtol=1e-3, atol=1e-3 * size, equal_nan=True))


def history(roots: list[Any], given: Mapping[Node, Any], since: int = 0) -> list[Node]:
    """All nodes that the roots were made of, inputs before their consumers, without the given.

    What older nodes than number `since` were made of is left out.
    """
    order = [x for x in dict.fromkeys(x for x in roots if type(x) is Node) if x not in given]
    found = set(order)
    for node in order:  # grows while we walk along it
        for x in node.inputs if node.serial >= since else ():
            if type(x) is Node and x not in found and x not in given:
                found.add(x)
                order.append(x)
    order.sort(key=_serial)
    return order
