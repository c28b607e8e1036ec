"""Wires that have to get past other boxes: found, and cut where they are too many to follow."""

from __future__ import annotations

from ..graph.picture import Box, Constant, Edge, Picture, Wire

MOST_DETOURS = 400
"""How many boxes all wires together may pass by; above, long wires are cut.

The layout makes room for a wire beside every box that it passes, and its time grows faster than
the number of those: weights that are shared by 250 steps would take minutes.
"""

LONGEST_WIRES = (12, 6, 3, 1, 0)
"""How many boxes a wire may pass by where wires are cut; the next one where that is not enough."""


def passed_boxes(picture: Picture) -> dict[Edge, int]:
    """Return how many boxes stand between the start and the end of each edge.

    The place of a box is the length of the longest way to it. A leaf stands right before the first
    box that takes it, or before all boxes where leaves stand in one column.
    """
    place: dict[Box, int] = {}
    for edge in picture.edges:  # in the order of consumers, so a source's place is known
        below = _start(edge, place, 0)
        place[edge.target] = max(place.get(edge.target, 0), below + 1)
    first: dict[Wire | Constant, int] = {}
    for edge in picture.edges:
        in_column = picture.look.leaves == "column" and isinstance(edge.source, Wire)
        here = 1 if in_column else place[edge.target]
        first[edge.source] = min(first.get(edge.source, here), here)
    return {
        edge: max(0, place[edge.target] - 1 - _start(edge, place, first[edge.source] - 1))
        for edge in picture.edges
    }


def _start(edge: Edge, place: dict[Box, int], of_leaf: int) -> int:
    source = edge.source.source if isinstance(edge.source, Wire) else None
    return of_leaf if source is None else place.get(source, 0)


def cut_long_wires(picture: Picture) -> None:
    """End the longest wires early, where there are too many: a reference stands at the other end.

    Small graphs are left alone: there every wire can be followed.
    """
    passed = passed_boxes(picture)
    for longest in LONGEST_WIRES:
        if sum(passed.values()) <= MOST_DETOURS:
            return
        for edge in [edge for edge, boxes in passed.items() if boxes > longest]:
            del passed[edge]
            if isinstance(edge.source, Wire):
                reference = Constant(f"c{len(picture.constants)}", None, refers_to=edge.source)
                picture.constants.append(reference)
                edge.source = reference
