"""From a picture to DOT text, in colours that say what everything is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..graph.contributions import contributions, local_gradients
from ..graph.picture import Box, Constant, Edge, Picture, Wire
from ..style import Look, marked
from ..text import in_line, shape_text, shown
from .cells import Cells
from .dot_text import (
    LONGEST_TOOLTIP,
    attributes,
    defaults,
    document,
    quoted,
    quoted_tooltip,
    statement,
)
from .wires import passed_boxes

MOST_PARTS_IN_FULL = 1200
"""Above this many parts nobody reads the numbers: plain labels, and a quick layout."""

MOST_PARTS_AT_LEISURE = 200
"""Above this many parts, and boxes that wires pass by, the layout searches less for the best."""


def dot_source(picture: Picture) -> str:
    """Return the DOT text of a picture, in `marked` colours.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize.graph.picture import picture_of
    >>> x = Node(3.0, name="x")
    >>> print(dot_source(picture_of(x * x)).splitlines()[0])
    digraph {
    """
    return document(_PictureInDot(picture).lines())


class _PictureInDot:
    """Writes one picture; `plain` is the quick look for graphs too large to read."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.look: Look = replace(picture.look, theme=marked(picture.look.theme))
        self.theme = self.look.theme
        self.plain = picture.parts > MOST_PARTS_IN_FULL
        shows_local = self.look.local_gradients and not self.plain
        self.local = local_gradients(picture) if shows_local else {}
        self.parts = contributions(picture, self.local) if shows_local else {}
        self.detours = sum(passed_boxes(picture).values())
        self.cells = Cells(self.look)
        self.start, self.end = self.look.sides

    def lines(self) -> list[str]:
        picture = self.picture
        lines = self._defaults()
        # The quick look has the numbers inside the circles, and half as much to lay out.
        self.inside = {
            wire.source: wire
            for wire in picture.wires
            if self.plain and wire.source is not None and not wire.source.folded
        }
        lines += [self._wire(wire) for wire in picture.wires if wire.source not in self.inside]
        lines += [self._constant(constant) for constant in picture.constants]
        lines += [self._box(box) for box in picture.boxes]
        # The ids are those of the parts, so that a page can find what a step or a pointer means.
        lines += [
            f"{wire.source.id} -> {self._port(wire, self.start)} [id=from_{wire.id}]"
            for wire in picture.wires
            if wire.source is not None and wire.source not in self.inside
        ]
        lines += [self._edge(edge) for edge in picture.edges]
        if self.look.leaves == "column":
            leaves = " ".join(wire.id for wire in picture.wires if wire.source is None)
            lines.append(f"{{rank=source {leaves}}}")
        return lines

    # --- the graph ----------------------------------------------------------------------------

    def _defaults(self) -> list[str]:
        size = self.theme.font_size
        graph = {"nodesep": "0.22", "ranksep": "0.28", "splines": self._splines()}
        if self.picture.parts + self.detours > MOST_PARTS_AT_LEISURE:
            # Bounds the time of the layout: fewer rounds of the network simplex and of the search
            # for few crossings.
            graph |= {"nslimit": "1", "nslimit1": "1", "mclimit": "0.1", "searchsize": "10"}
        node = {
            "color": self.theme.line,
            "fillcolor": self.theme.fill,
            "style": "filled",
            "shape": "ellipse",
            "height": f"{size / 26:.3g}",
            "width": f"{size / 26:.3g}",
            "margin": "0.06,0.02",
        }
        return defaults(self.look, graph, node)

    def _splines(self) -> str:
        """Straight lines, unless one could run over a box, or over the numbers of a wider wire."""
        crowded = any(len(edges) > 3 for edges in self.picture.inputs.values())
        wide = any(np.ndim(wire.node.value) for wire in self.picture.wires)
        return "spline" if not self.plain and (self.detours or crowded or wide) else "line"

    # --- wires --------------------------------------------------------------------------------

    def _port(self, wire: Wire, side: str) -> str:
        if self.plain or self.theme.wires == "record":
            inside = wire.source is not None and wire.source in self.inside
            return f"{wire.source.id if inside and wire.source else wire.id}:{side}"
        return f"{wire.id}:line:{side}"

    def _wire(self, wire: Wire) -> str:
        node = wire.node
        gradient = self.picture.gradient(node)
        remark = self.picture.nonfinite if wire.marked else None
        tooltip = self._wire_tooltip(wire, gradient)
        if self.plain:
            return statement(wire.id, quoted(self._numbers(wire)), tooltip)
        if self.theme.wires == "record":
            label = self.cells.record(wire.name, node.value, gradient, remark)
        elif self.look.across:
            label = self.cells.line(
                wire.name, node.value, gradient, remark, leaf=wire.source is None,
                name_first=self.look.rankdir == "LR",
            )  # fmt: skip
        else:
            label = self.cells.column(wire.name, node.value, gradient, remark)
        return statement(wire.id, f"<{label}>", tooltip)

    def _numbers(self, wire: Wire) -> str:
        gradient = self.picture.gradient(wire.node)
        numbers = [wire.node.value] + ([gradient] if gradient is not None else [])
        name = [shown(wire.name)] if wire.name is not None else []
        return "\n".join(name + [in_line(value, self.look.number_format) for value in numbers])

    def _wire_tooltip(self, wire: Wire, gradient: Any) -> str:
        node = wire.node
        value = np.asarray(node.value)
        lines = [] if wire.name is None else [f"name: {shown(wire.name, 300)}"]
        if wire.marked:
            lines.append(f"{self.picture.nonfinite}")
        if node.operation is not None:
            lines.append(f"operation: {shown(node.operation.name, 100)}")
        lines.append(f"shape: {shape_text(value.shape)}   dtype: {value.dtype}")
        lines.append(f"value: {in_line(node.value, self.look.number_format)}")
        if gradient is not None:
            lines.append(f"gradient: {in_line(gradient, self.look.number_format)}")
        if node.scope is not None:
            lines.append(f"scope: {shown(str(node.scope), 300)}")
        return "\n".join(lines)

    def _constant(self, constant: Constant) -> str:
        if constant.text is not None:
            label, tooltip = quoted(constant.text), constant.text
        elif constant.refers_to is not None:
            wire = constant.refers_to
            text = (
                shown(wire.name) if wire.name else in_line(wire.node.value, self.look.number_format)
            )
            colour = self.theme.text if wire.name else self.theme.value
            label, tooltip = f'{quoted(text)} fontcolor="{colour}"', f"continued: {text}"
        elif self.plain:
            label, tooltip = quoted(in_line(constant.value, self.look.number_format)), "constant"
        else:
            label = f"<{self.cells.constant(constant.value)}>"
            tooltip = f"constant\nvalue: {in_line(constant.value, self.look.number_format)}"
        return statement(constant.id, label, tooltip)

    # --- boxes --------------------------------------------------------------------------------

    def _box(self, box: Box) -> str:
        values = {"label": box.label if not box.folded else shown(box.label)}
        if box in self.inside:
            values["label"] += "\n" + self._numbers(self.inside[box])
        elif box.formulas is not None and not self.plain:
            forward, backward = box.formulas
            label = self.cells.fold(values.pop("label"), [forward], backward)
            values |= {"shape": "box", "margin": "0.08,0.03"}
        elif box.folded:
            values |= {"shape": "box", "margin": "0.14,0.08"}
        elif _fits_in_circle(box.label):
            values |= {"shape": "circle", "fixedsize": "true"}
        if box.marked:
            values |= {"color": self.theme.warning, "penwidth": "3"}
        written = attributes(values)
        if "label" not in values:
            written += f" label=<{label}>"
        return f"{box.id} [{written} tooltip={quoted_tooltip(self._box_tooltip(box))}]"

    def _box_tooltip(self, box: Box) -> str:
        if box.folded:
            lines = [shown(box.label, 300), f"holds {', '.join(box.holds)}"]
        else:
            (node,) = box.nodes
            assert node.operation is not None
            lines = [f"operation: {shown(node.operation.name, 100)}"]
            lines += [f"{key}: {value}" for key, value in box.options]
        if box.scope is not None:
            lines.append(f"scope: {shown(str(box.scope), 300)}")
        if box.marked:
            lines.append(f"{self.picture.nonfinite}")
        return "\n".join(lines)[:LONGEST_TOOLTIP]

    # --- edges --------------------------------------------------------------------------------

    def _edge(self, edge: Edge) -> str:
        if isinstance(edge.source, Wire):
            source = self._port(edge.source, self.end)
        else:
            source = f"{edge.source.id}:{self.end}"
        # Into the front of a box, so that no wire comes in from above or below.
        target = edge.target.id + (f":{self.start}" if edge.target.folded else "")
        # Where the drawing cuts a wire there is no room for a local gradient.
        local = self.local.get(edge) if isinstance(edge.source, Wire) else None
        if local is None:
            return f"{source} -> {target} [id={edge.id}]"
        # A node of its own on the way, so that nothing is drawn over it.
        label = self.cells.branch(local, self.parts.get(edge))
        branch = edge.id
        return (
            f"{branch} [shape=plain style=solid label=<{label}>]\n"
            f"{source} -> {branch}:line:{self.start} [id=to_{branch}]\n"
            f"{branch}:line:{self.end} -> {target} [id=from_{branch}]"
        )


def _fits_in_circle(label: str) -> bool:
    return len(label) <= (3 if label.isascii() else 1)
