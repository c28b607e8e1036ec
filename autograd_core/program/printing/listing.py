"""A program as a list, one line for each value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..value import Value
from .identifiers import comment

if TYPE_CHECKING:
    from ..program import Program


def listing(program: Program) -> str:
    """`Program.__str__`."""
    values = program.values()
    numbers = {id(value): f"%{number}" for number, value in enumerate(values)}
    lines = [f"{_said_name(program.name)}:"]
    given = set(program.given)
    for number, value in enumerate(values):
        if value.operation is None:
            what = "input" if number in given else "input, not given"
        else:
            what = f"{value.operation.name}({', '.join(_arguments(value, numbers))})"
        notes = [comment(str(note)) for note in (value.name, value.scope) if note is not None]
        about = f"  # {', '.join(notes)}" if notes else ""
        lines.append(f"  %{number} = {what}  {value.dtype}{list(value.shape)}{about}")
    for place, output in enumerate(program.outputs):
        alias = program.aliases.get(place)
        into = "" if alias is None else f" in place of %{alias}"
        lines.append(f"  return {_argument(output, numbers)}{into}")
    return "\n".join(lines)


def _said_name(name: str) -> str:
    return comment(name)


def _arguments(value: Value, numbers: dict[int, str]) -> list[str]:
    assert value.operation is not None
    found = [_argument(x, numbers) for x in value.inputs]
    defaults = value.operation.defaults
    for name, x in value.options.items():
        if name not in defaults or not _alike(x, defaults[name]):
            found.append(f"{name}={_constant(x)}")
    return found


def _alike(x: Any, default: Any) -> bool:
    if x is default:
        return True
    nested = isinstance(x, (tuple, list, dict, np.ndarray))
    return type(x) is type(default) and not nested and bool(x == default)


def _argument(x: Any, numbers: dict[int, str]) -> str:
    return numbers[id(x)] if type(x) is Value else _constant(x)


def _constant(x: Any) -> str:
    if isinstance(x, (tuple, list)):
        parts = ", ".join(map(_constant, x)) + "," * (len(x) == 1 and type(x) is tuple)
        return f"[{parts}]" if isinstance(x, list) else f"({parts})"
    if isinstance(x, np.ndarray) and x.size > 6:
        return f"<{x.dtype}{list(x.shape)}>"
    return comment(np.array2string(x, separator=", ") if isinstance(x, np.ndarray) else str(x))
