"""A picture in words: a table in plain text, and one sentence."""

from __future__ import annotations

from ..templates import now
from ..text import in_line, shown
from .folding import counted
from .naming import names_of_wires
from .picture import Picture

MOST_ROWS = 60
"""The table in plain text lists this many nodes, and counts the others."""


def table_of(picture: Picture) -> str:
    """Return the nodes of a picture as a table: name, operation, value and gradient of now."""
    number_format = picture.look.number_format
    rows = [("name", "operation", "value", "gradient")]
    made = names_of_wires(picture) if picture.look.names else {}
    shown_wires = picture.wires
    if len(shown_wires) > MOST_ROWS:
        shown_wires = shown_wires[: MOST_ROWS // 2] + shown_wires[-MOST_ROWS // 2 :]
    for wire in shown_wires:
        node = wire.node
        gradient = picture.gradient(node)
        rows.append(
            (
                shown(wire.name or made.get(wire, "-")),
                "-" if node.operation is None else shown(node.operation.name),
                now(in_line(node.value, number_format)),
                "-" if gradient is None else now(in_line(gradient, number_format)),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(text.ljust(n) for text, n in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
    left_out = len(picture.wires) - len(shown_wires)
    if left_out:
        lines.insert(1 + MOST_ROWS // 2, f"… {left_out:,} more …")
    return "\n".join(lines)


def description_of(picture: Picture) -> str:
    """Return one sentence about a graph."""
    root = picture.root
    name = f" of {shown(root.name)}" if root.name else ""
    result = in_line(root.value, picture.look.number_format)
    return f"Computational graph{name}: {counted(picture.operations)}, result {result}"
