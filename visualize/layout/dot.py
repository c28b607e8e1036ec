"""From a picture to DOT text, in the look of a theme."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph.contributions import contributions, local_gradients
from ..graph.picture import Box, Constant, Edge, Picture, Wire, plain_gradient
from ..style import Theme
from ..text import (
    BACKSLASH_GRAPH,
    LONGEST_TOOLTIP,
    in_line,
    quoted,
    quoted_tooltip,
    shape_text,
    shown,
)
from .cells import Cells
from .wires import passed_boxes

MOST_PARTS_IN_FULL = 1200
"""Above this many parts nobody reads the numbers: plain labels, and a quick layout."""

MOST_PARTS_AT_LEISURE = 200
"""Above this many parts, and boxes that wires pass by, the layout searches less for the best."""

RANKDIRS = ("LR", "RL", "TB", "BT")


def dot_source(
    picture: Picture,
    theme: Theme,
    *,
    gradients: bool = True,
    local_gradients: bool = False,
    number_format: str = ".4g",
    rankdir: str = "LR",
) -> str:
    """Return the DOT text of a picture.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize.graph.picture import picture_of
    >>> from visualize.style import THEMES
    >>> x = Node(3.0, name="x")
    >>> print(dot_source(picture_of(x * x), THEMES["lecture"]).splitlines()[0])
    digraph {
    """
    writer = _Writer(picture, theme, gradients, local_gradients, number_format, rankdir)
    return "\n".join(writer.lines()) + "\n"


class _Writer:
    """Writes one picture; `plain` is the quick look for graphs too large to read."""

    def __init__(
        self,
        picture: Picture,
        theme: Theme,
        gradients: bool,
        show_local: bool,
        number_format: str,
        rankdir: str,
    ) -> None:
        self.picture = picture
        self.theme = theme
        self.gradients = gradients
        self.format = number_format
        self.rankdir = rankdir
        self.across = rankdir in ("LR", "RL")
        self.plain = picture.parts > MOST_PARTS_IN_FULL
        shows_local = show_local and not self.plain
        self.local = local_gradients(picture) if shows_local else {}
        self.parts = contributions(picture, self.local) if shows_local else {}
        self.detours = sum(passed_boxes(picture).values())
        self.cells = Cells(theme, number_format)
        self.start, self.end = {
            "LR": ("w", "e"), "RL": ("e", "w"), "TB": ("n", "s"), "BT": ("s", "n")
        }[rankdir]  # fmt: skip

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
        if picture.leaves == "column":
            leaves = " ".join(wire.id for wire in picture.wires if wire.source is None)
            lines.append(f"{{rank=source {leaves}}}")
        opening = BACKSLASH_GRAPH if any(r"\G" in line for line in lines) else "digraph {"
        return [opening, *lines, "}"]

    # --- the graph ----------------------------------------------------------------------------

    def _defaults(self) -> list[str]:
        picture, theme = self.picture, self.theme
        size = theme.font_size
        graph = {
            "rankdir": self.rankdir,
            "bgcolor": theme.background,
            "pad": "0.15",
            "nodesep": "0.22",
            "ranksep": "0.28",
            "splines": self._splines(),
        }
        if picture.parts + self.detours > MOST_PARTS_AT_LEISURE:
            # Bounds the time of the layout: fewer rounds of the network simplex and of the search
            # for few crossings.
            graph |= {"nslimit": "1", "nslimit1": "1", "mclimit": "0.1", "searchsize": "10"}
        node = {
            "fontname": theme.font,
            "fontsize": f"{size:g}",
            "fontcolor": theme.text,
            "color": theme.line,
            "fillcolor": theme.fill,
            "style": "filled",
            "shape": "ellipse",
            "height": f"{size / 26:.3g}",
            "width": f"{size / 26:.3g}",
            "margin": "0.06,0.02",
        }
        edge = {"arrowhead": "none", "color": theme.line, "fontname": theme.font}
        return [
            f"{kind} [{' '.join(f'{key}={quoted(value)}' for key, value in attributes.items())}]"
            for kind, attributes in (("graph", graph), ("node", node), ("edge", edge))
        ]

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
        gradient = plain_gradient(node) if self.gradients else None
        remark = self.picture.nonfinite if wire.marked else None
        tooltip = quoted_tooltip(self._wire_tooltip(wire, gradient))
        if self.plain:
            text = quoted(self._numbers(wire))
            return f"{wire.id} [shape=plain style=solid label={text} tooltip={tooltip}]"
        if self.theme.wires == "record":
            label = self.cells.record(wire.name, node.value, gradient, remark)
        elif self.across:
            label = self.cells.line(
                wire.name, node.value, gradient, remark, leaf=wire.source is None,
                name_first=self.rankdir == "LR",
            )  # fmt: skip
        else:
            label = self.cells.column(wire.name, node.value, gradient, remark)
        return f"{wire.id} [shape=plain style=solid label=<{label}> tooltip={tooltip}]"

    def _numbers(self, wire: Wire) -> str:
        gradient = plain_gradient(wire.node) if self.gradients else None
        numbers = [wire.node.value] + ([gradient] if gradient is not None else [])
        name = [shown(wire.name)] if wire.name is not None else []
        return "\n".join(name + [in_line(value, self.format) for value in numbers])

    def _wire_tooltip(self, wire: Wire, gradient: Any) -> str:
        node = wire.node
        value = np.asarray(node.value)
        lines = [] if wire.name is None else [f"name: {shown(wire.name, 300)}"]
        if wire.marked:
            lines.append(f"{self.picture.nonfinite}")
        if node.operation is not None:
            lines.append(f"operation: {shown(node.operation.name, 100)}")
        lines.append(f"shape: {shape_text(value.shape)}   dtype: {value.dtype}")
        lines.append(f"value: {in_line(node.value, self.format)}")
        if gradient is not None:
            lines.append(f"gradient: {in_line(gradient, self.format)}")
        if node.scope is not None:
            lines.append(f"scope: {shown(str(node.scope), 300)}")
        return "\n".join(lines)[:LONGEST_TOOLTIP]

    def _constant(self, constant: Constant) -> str:
        if constant.text is not None:
            label, tooltip = quoted(constant.text), constant.text
        elif constant.refers_to is not None:
            wire = constant.refers_to
            text = shown(wire.name) if wire.name else in_line(wire.node.value, self.format)
            colour = self.theme.text if wire.name else self.theme.value
            label, tooltip = f'{quoted(text)} fontcolor="{colour}"', f"continued: {text}"
        elif self.plain:
            label, tooltip = quoted(in_line(constant.value, self.format)), "constant"
        else:
            label = f"<{self.cells.constant(constant.value)}>"
            tooltip = f"constant\nvalue: {in_line(constant.value, self.format)}"
        tooltip = quoted_tooltip(tooltip)
        return f"{constant.id} [shape=plain style=solid label={label} tooltip={tooltip}]"

    # --- boxes --------------------------------------------------------------------------------

    def _box(self, box: Box) -> str:
        attributes = {"label": box.label if not box.folded else shown(box.label)}
        if box in self.inside:
            attributes["label"] += "\n" + self._numbers(self.inside[box])
        elif box.formulas is not None and not self.plain:
            forward, backward = box.formulas
            label = self.cells.fold(attributes.pop("label"), [forward], backward)
            attributes |= {"shape": "box", "margin": "0.08,0.03"}
        elif box.folded:
            attributes |= {"shape": "box", "margin": "0.14,0.08"}
        elif _fits_in_circle(box.label):
            attributes |= {"shape": "circle", "fixedsize": "true"}
        if box.marked:
            attributes |= {"color": self.theme.warning, "penwidth": "3"}
        written = " ".join(f"{key}={quoted(value)}" for key, value in attributes.items())
        if "label" not in attributes:
            written += f" label=<{label}>"
        return f"{box.id} [{written} tooltip={quoted_tooltip(self._box_tooltip(box))}]"

    def _box_tooltip(self, box: Box) -> str:
        if box.folded:
            names: dict[str, int] = {}
            for node in box.nodes:
                name = node.operation.name if node.operation else ""
                names[name] = names.get(name, 0) + 1
            inside = ", ".join(f"{count} {shown(name, 100)}" for name, count in names.items())
            lines = [shown(box.label, 300), f"holds {inside}"]
        else:
            (node,) = box.nodes
            assert node.operation is not None
            lines = [f"operation: {shown(node.operation.name, 100)}"]
            lines += [
                f"{key}: {shown(str(value), 100)}"
                for key, value in node.options.items()
                if value is not None
            ]
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
        label = self.cells.branch(local, self.parts.get(edge), across=self.across)
        branch = edge.id
        return (
            f"{branch} [shape=plain style=solid label=<{label}>]\n"
            f"{source} -> {branch}:line:{self.start} [id=to_{branch}]\n"
            f"{branch}:line:{self.end} -> {target} [id=from_{branch}]"
        )


def _fits_in_circle(label: str) -> bool:
    return len(label) <= (3 if label.isascii() else 1)
