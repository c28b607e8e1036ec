"""From measured units to DOT text: boxes of fixed size with ports, which Graphviz places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from autograd_core import Scope

from .unit import Unit, Units

MOST_AT_LEISURE = 200
"""Above this many units the layout searches less for the best."""

_TABLE = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
_PORT = 2
"""The length of a port, in points."""


def dot_source(units: Units, order: Sequence[Unit] | None = None) -> str:
    """Return DOT text, in which units stand for what is drawn later.

    Parameters
    ----------
    units : Units
        What is to be placed.
    order : sequence of Unit, optional
        In which order they are declared, which decides where Graphviz starts its search.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize.graph.picture import picture_of
    >>> from visualize.layout.units import units_of
    >>> x = Node(3.0, name="x")
    >>> print(dot_source(units_of(picture_of(x * x))).splitlines()[0])
    digraph {
    """
    look = units.look
    graph = {"rankdir": "LR" if look.across else "TB", "nodesep": "0.14", "ranksep": "0.3",
             "splines": "line"}  # fmt: skip
    if any(unit.scopes for unit in units.units):
        # Else each frame gets columns of its own, and a wire may run back.
        graph["newrank"] = "true"
    if len(units.units) > MOST_AT_LEISURE:
        # Bounds the time: fewer rounds of the network simplex and of the search for crossings.
        graph |= {"nslimit": "1", "nslimit1": "1", "mclimit": "0.1", "searchsize": "10"}
    lines = [
        f"graph [{' '.join(f'{key}={value}' for key, value in graph.items())}]",
        # Operands stay in the order of the expression.
        'node [shape=plain ordering=in label=""]',
        "edge [arrowhead=none]",
    ]
    lines += _nodes(units, order or units.units)
    lines += _edges(units)
    if look.leaves == "column":
        lines.append(f"{{rank=source {' '.join(unit.id for unit in units.leaves)}}}")
    return "\n".join(["digraph {", *lines, "}"]) + "\n"


def _nodes(units: Units, order: Sequence[Unit]) -> list[str]:
    """The statements of all units, those of a framed scope together."""
    lines: list[str] = []
    clusters: dict[Scope, list[Unit]] = {}
    for unit in order:
        lines.append(_node(unit, across=units.look.across))
        for scope in unit.scopes if unit.is_operation else ():
            clusters.setdefault(scope, []).append(unit)
    for scope, members in clusters.items():
        opening = [f"subgraph cluster_{one} {{ margin=22" for one in _around(scope, clusters)]
        inside = " ".join(unit.id for unit in members)
        lines.append(f"{' '.join(opening)} {inside} {'}' * len(opening)}")
    return lines


def _around(scope: Scope, clusters: Mapping[Scope, list[Unit]]) -> list[int]:
    """The numbers of the frames around a scope, and its own."""
    numbers = {one: number for number, one in enumerate(clusters)}
    return [numbers[one] for one in scope if one in numbers]


def _node(unit: Unit, *, across: bool) -> str:
    if _is_simple(unit):
        sides = (unit.along, unit.across) if across else (unit.across, unit.along)
        return (
            f"{unit.id} [shape=box fixedsize=true width={sides[0] / 72:.4f} "
            f"height={sides[1] / 72:.4f}{_comment(unit)}]"
        )
    before = unit.along // 2
    first = _strip([input.v for input in unit.inputs], "i", unit.across, before, across=across)
    second = _strip(
        [output.v for output in unit.outputs], "o", unit.across, unit.along - before, across=across
    )
    both = f"<TD>{first}</TD>", f"<TD>{second}</TD>"
    rows = "".join(both) if across else "</TR><TR>".join(both)
    return f"{unit.id} [label=<{_TABLE}<TR>{rows}</TR></TABLE>>{_comment(unit)}]"


def _comment(unit: Unit) -> str:
    """For who reads the text: what stands in the box, and the names at its wires.

    Numbers are left out: a graph with other numbers, as wide as these, is not laid out again.
    """
    blocks = [unit.title if unit.kind == "function" else unit.body]
    blocks += [output.name for output in unit.outputs]
    words = " ".join(shape.text for block in blocks for shape in block.shapes if shape.runs)
    # In quotes DOT reads \\ and \" alone.
    escaped = words.replace("\\", "\\\\").replace('"', '\\"')
    return f' comment="{escaped}"' if words else ""


def _is_simple(unit: Unit) -> bool:
    """Whether its wires come and leave in the middle, where a box has ports by nature."""
    ends = [input.v for input in unit.inputs] + [output.v for output in unit.outputs]
    return len(unit.inputs) < 2 and len(unit.outputs) < 2 and not any(ends)


def _strip(heights: list[float], port: str, total: int, length: int, *, across: bool) -> str:
    """Cells below each other: a narrow one at each height, with a port."""
    cells: list[tuple[str, int]] = []
    place = -total // 2
    for number, height in enumerate(heights):
        gap = round(height - _PORT / 2) - place
        if gap > 0:
            cells.append(("", gap))
            place += gap
        cells.append((f' PORT="{port}{number}"', _PORT))
        place += _PORT
    if total // 2 > place:
        cells.append(("", total // 2 - place))
    written = [
        f'<TD{name} FIXEDSIZE="TRUE" WIDTH="{length if across else side}" '
        f'HEIGHT="{side if across else length}"></TD>'
        for name, side in cells
    ]
    rows = "</TR><TR>".join(written) if across else "".join(written)
    return f"{_TABLE}<TR>{rows}</TR></TABLE>"


def _edges(units: Units) -> list[str]:
    start, end = ("w", "e") if units.look.across else ("n", "s")
    uses = Counter(link.output for link in units.links)
    lines = []
    for number, link in enumerate(units.links):
        tail, head = f"{link.source.id}:{end}", f"{link.target.id}:{start}"
        if not _is_simple(link.source):
            tail = f"{link.source.id}:o{link.source.outputs.index(link.output)}:{end}"
        if not _is_simple(link.target):
            head = f"{link.target.id}:i{link.target.inputs.index(link.input)}:{start}"
        # The spine of the graph runs straight; a leaf of many uses stands among them.
        weight = 4 if link.source.inputs else 6 if uses[link.output] > 1 else 1
        lines.append(f"{tail} -> {head} [id={number} weight={weight}]")
    return lines
