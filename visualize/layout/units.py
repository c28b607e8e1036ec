"""From a picture to its units, written and measured."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from autograd_core import Scope

from ..graph.picture import Box, Picture
from ..style import Look
from .sizes import measure_all
from .unit import Input, Link, Output, Unit, Units, as_read
from .writing import Writer

MOST_PARTS_IN_FULL = 1200
"""Above this many parts nobody reads the numbers: they stand inside the circles, in one block."""

MOST_PARTS_LIVE = 4000
"""Of a picture whose numbers change: there one follows a number along its wires."""


def most_in_full(look: Look) -> int:
    """Return up to how many parts a picture has wires with numbers beside them."""
    return MOST_PARTS_LIVE if look.room else MOST_PARTS_IN_FULL


def units_of(picture: Picture, *, plain: bool | None = None) -> Units:
    """Return the measured units of a picture.

    Parameters
    ----------
    picture : Picture
        What is drawn.
    plain : bool, optional
        Whether it is so large that numbers stand inside the circles; by default, by its parts.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize.graph.picture import picture_of
    >>> x = Node(3.0, name="x")
    >>> [unit.kind for unit in units_of(picture_of(x * x)).units]
    ['circle', 'leaf']
    """
    plain = picture.parts > most_in_full(picture.look) if plain is None else plain
    writer = Writer(picture, plain=plain)
    units: dict[str, Unit] = {}
    owners = _outputs(writer, units)
    links = _links(writer, owners, units)
    measure_all(units.values(), links, picture.look, plain=plain)
    root = next(wire for wire in picture.wires if wire.node is picture.root)
    ordered = dict.fromkeys([*as_read(owners[root.id][0], links), *units.values()])
    if picture.look.outlines and not plain:
        _frame(picture, units, links)
    leaves = [units[wire.id] for wire in picture.wires if wire.source is None]
    return Units(picture.look, [*ordered], links, plain, leaves)


def _outputs(writer: Writer, units: dict[str, Unit]) -> dict[str, tuple[Unit, Output]]:
    """Make all units with what leaves them; return who owns each wire and constant."""
    picture = writer.picture
    owners: dict[str, tuple[Unit, Output]] = {}
    inside: set[Box] = set()
    if writer.plain:
        inside = {w.source for w in picture.wires if w.source is not None and not w.source.folded}
    for box in picture.boxes:
        units[box.id] = writer.operation(box, numbers_inside=box in inside)
    for wire in picture.wires:
        if wire.source is None:
            unit = units[wire.id] = Unit(wire.id, "leaf")
        else:
            unit = units[wire.source.id]
        output = Output(wire)
        if wire.source not in inside:
            writer.at_wire(wire, unit, output)
        unit.outputs.append(output)
        owners[wire.id] = unit, output
    for constant in picture.constants:
        unit, output = writer.constant(constant)
        units[constant.id] = unit
        unit.outputs.append(output)
        owners[constant.id] = unit, output
    return owners


def _links(
    writer: Writer, owners: Mapping[str, tuple[Unit, Output]], units: Mapping[str, Unit]
) -> list[Link]:
    links = []
    for edge in writer.picture.edges:
        source, output = owners[edge.source.id]
        target = units[edge.target.id]
        input = Input(edge)
        writer.at_edge(edge, input)
        target.inputs.append(input)
        links.append(Link(edge, source, output, target, input))
    return links


def _frame(picture: Picture, units: Mapping[str, Unit], links: Collection[Link]) -> None:
    """Say which open scopes each unit stands in: a leaf in those of all that take it."""
    for box in picture.boxes:
        units[box.id].scopes = tuple(box.scope or ())
    inside: dict[Unit, tuple[Scope, ...]] = {}
    for link in links:
        if not link.source.is_operation:
            scopes = link.target.scopes
            known = inside.get(link.source, scopes)
            inside[link.source] = tuple(
                one for one, other in zip(known, scopes, strict=False) if one is other
            )
    for unit, scopes in inside.items():
        unit.scopes = scopes
