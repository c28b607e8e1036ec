"""Leaving the graph: when a node may become a plain number, and what to write where it may not.

The rule. A node that wants no gradient may leave whenever it likes: nothing is lost. One that wants
a gradient never becomes an array silently; and it becomes a number (``float(node)``, ``item()``,
``tolist()``, ``math.exp(node)``) unless it belongs to a function that is being differentiated: then
what follows would be differentiated as if the number were a constant, so it is an error. A node
belongs to such a function if it was made since the outermost `grad`, `vjp` or relative of it called
the function, and not inside `no_grad`. ``node.value`` is always the way to the number alone; and
what has the derivative 0 anyway, such as ``bool(node)``, ``int(node)`` and comparisons, stays.
"""

from __future__ import annotations

import dis
import math
from opcode import opmap
from types import FrameType
from typing import TYPE_CHECKING

import numpy as np

from .modes import differentiated_since, is_recording
from .recorded import refuse

if TYPE_CHECKING:
    from .node import Node

_ASSIGNS_TO_ITEM = opmap["STORE_SUBSCR"]
_FORMATS = opmap["BINARY_OP"]  # "%.3f" % node: nothing else that has two sides asks for a float

_WRITES = frozenset({"fill", "fromiter", "itemset", "put", "setitem"})
"""What NumPy and `operator` call a function that stores a number in an array."""

_ANSWERS = frozenset({"isclose", "isfinite", "isinf", "isnan"})
"""Functions of `math` that answer yes or no, as comparisons do."""

_NUMPY_NAMES = {"fabs": "abs", "fsum": "sum", "dist": "linalg.norm", "erf": "", "gamma": ""}
"""Functions of `math` that have another name in NumPy, or none."""


def belongs_to_a_function(node: Node) -> bool:
    """Whether a node was made by a function that is being differentiated."""
    since = differentiated_since.get()
    return since is not None and node.requires_grad and node.serial >= since and is_recording()


def refuse_in_a_function(node: Node, called: str, name: str) -> None:
    """Raise if a node that is asked for its number belongs to a function being differentiated."""
    if belongs_to_a_function(node):
        raise TypeError(_would_lose(called, name) + _KEEP)


def refuse_as_float(node: Node, name: str, frame: FrameType) -> None:
    """The same for ``float(node)``, for which many ask: `frame` is where.

    NumPy stores ``array[i] = node`` in this way, which is refused everywhere.
    """
    code, last = frame.f_code, frame.f_lasti
    asks = code.co_code[last] if last >= 0 else None
    if asks == _ASSIGNS_TO_ITEM:
        raise TypeError(_would_cut("array[...] = node", name))
    if not _WRITES.isdisjoint(code.co_names):
        called = called_in(frame)
        if called and called[-1] in _WRITES:
            raise TypeError(_would_cut(f"{'.'.join(called)}(...)", name))
    if asks != _FORMATS and belongs_to_a_function(node):
        called = called_in(frame)
        if not called or called[-1] not in _ANSWERS:
            raise TypeError(_would_lose(_described(called), name) + _instead(called))


def refuse_in_a_program(node: Node, frame: FrameType) -> None:
    """Raise where a function of `math` asks for a number that a program being recorded needs."""
    called = called_in(frame)
    there = _in_numpy(called[-1] if called else "")
    if there:
        refuse(node, _described(called), f"Write np.{there}(node), which is recorded")


_KEEP = (
    "Go on computing with the node, which stands for the number everywhere; or, where a constant "
    "is meant, write node.value"
)


def _would_lose(called: str, name: str) -> str:
    return (
        f"{called} takes the number out of a function that is being differentiated{name}: the "
        "gradient of all that is made of it would be lost. "
    )


def _would_cut(called: str, name: str) -> str:
    return (
        f"{called} would cut the gradient{name}. Build the array from nodes, for example "
        "np.stack([a, b]), np.broadcast_to(node, shape) or np.where(mask, node, array), or store "
        "the number alone: node.value in place of node"
    )


def _described(called: tuple[str, ...]) -> str:
    return f"{'.'.join(called)}(node)" if called else "float(node)"


def _instead(called: tuple[str, ...]) -> str:
    """What to write in place of a function of `math`, or of any other."""
    last = called[-1] if called else ""
    if not hasattr(math, last):
        return _KEEP
    there = _in_numpy(last)
    if not there:
        return "math's functions know numbers only. For a constant write node.value"
    return f"Write np.{there}(node), which is differentiated; or, for a constant, node.value"


def _in_numpy(name: str) -> str:
    """What NumPy calls a function of `math`, or nothing."""
    there = _NUMPY_NAMES.get(name, name) if hasattr(math, name) else ""
    return there if there and hasattr(np, there.partition(".")[0]) else ""


def called_in(frame: FrameType) -> tuple[str, ...]:
    """The dotted name of what a frame is calling, such as ``("math", "exp")``; may be empty.

    The call's expression begins where that of its function does.
    """
    instructions = list(dis.get_instructions(frame.f_code))
    current = next((i for i in instructions if i.offset == frame.f_lasti), None)
    if current is None or "CALL" not in current.opname or current.positions is None:
        return ()
    place = current.positions
    names: list[str] = []
    nameless = False
    for instruction in instructions:
        if instruction is current:
            break
        found = instruction.positions
        if found is None or (found.lineno, found.col_offset) != (place.lineno, place.col_offset):
            continue
        if found == place:  # the call itself, in more than one instruction
            continue
        nameless = instruction.opname == "CALL"  # f(y)(x) calls what f returned
        if instruction.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            names.append(str(instruction.argval))
        elif instruction.opname.startswith("LOAD_") and isinstance(instruction.argval, str):
            names = [instruction.argval]
    return () if nameless else tuple(names)
