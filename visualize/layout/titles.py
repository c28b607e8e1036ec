"""What stands at the pointer over a part of a picture: all of its words and numbers."""

from __future__ import annotations

import numpy as np

from ..graph.picture import Box, Constant, Picture, Wire
from ..templates import now
from ..text import in_line, shape_text, shown

LONGEST = 1000


def titles_of(picture: Picture) -> dict[str, str]:
    """Return the words about each part, by its id.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize.graph.picture import picture_of
    >>> print(titles_of(picture_of(Node(3.0, name="x") + 1.0))["w0"])
    name: x
    shape: scalar   dtype: float64
    value: 3
    """
    titles = {wire.id: _wire(picture, wire) for wire in picture.wires}
    titles |= {box.id: _box(picture, box) for box in picture.boxes}
    titles |= {constant.id: _constant(picture, constant) for constant in picture.constants}
    return {part: now(title)[:LONGEST] for part, title in titles.items()}


def _wire(picture: Picture, wire: Wire) -> str:
    node = wire.node
    value = np.asarray(node.value)
    gradient = picture.gradient(node)
    number_format = picture.look.number_format
    lines = [] if wire.name is None else [f"name: {shown(wire.name, 300)}"]
    if wire.marked:
        lines.append(f"{picture.remark}")
    if node.operation is not None:
        lines.append(f"operation: {shown(node.operation.name, 100)}")
    lines.append(f"shape: {shape_text(value.shape)}   dtype: {value.dtype}")
    lines.append(f"value: {in_line(node.value, number_format)}")
    if gradient is not None:
        lines.append(f"gradient: {in_line(gradient, number_format)}")
    if node.scope is not None:
        lines.append(f"scope: {shown(str(node.scope), 300)}")
    return "\n".join(lines)


def _box(picture: Picture, box: Box) -> str:
    if box.folded:
        lines = [shown(box.label, 300), f"holds {', '.join(box.holds)}"]
        if box.formulas is not None:
            lines += [box.formulas[0], *box.formulas[1]]
    else:
        (node,) = box.nodes
        assert node.operation is not None
        lines = [f"operation: {shown(node.operation.name, 100)}"]
        lines += [f"{key}: {value}" for key, value in box.options]
    if box.scope is not None:
        lines.append(f"scope: {shown(str(box.scope), 300)}")
    if box.marked:
        lines.append(f"{picture.remark}")
    return "\n".join(lines)


def _constant(picture: Picture, constant: Constant) -> str:
    if constant.text is not None:
        return constant.text
    number_format = picture.look.number_format
    wire = constant.refers_to
    if wire is None:
        return f"constant\nvalue: {in_line(constant.value, number_format)}"
    return (
        f"continued: {shown(wire.name) if wire.name else in_line(wire.node.value, number_format)}"
    )
