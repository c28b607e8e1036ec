"""The order in which the lecture fills in the gradients of a picture."""

from __future__ import annotations

from ..graph.picture import Picture, Wire


def backward_order(picture: Picture) -> list[Wire]:
    """Return the wires but the root's as their gradients are written: nearest to the output first.

    Of one operation leaves come first, and then the operands in the order of the formula. A
    gradient is complete when the consumer that was made first has sent its part back.

    References
    ----------
    Lecture 003, "Simple example, with numbers", "Neural Chain".

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize.graph.picture import picture_of
    >>> x, y, z = Node(3.0, name="x"), Node(1.0, name="y"), Node(-2.0, name="z")
    >>> [wire.name for wire in backward_order(picture_of((x + y) * z))]
    ['z', None, 'x', 'y']
    """
    places = {edge: place for place, edge in enumerate(picture.edges)}
    newest = {box: max(node.serial for node in box.nodes) for box in picture.boxes}

    def completed(wire: Wire) -> tuple[int, bool, int]:
        inner = wire.source is not None
        return max(
            ((-newest[edge.target], inner, places[edge]) for edge in picture.consumers[wire]),
            default=(0, inner, 0),
        )

    return sorted((wire for wire in picture.wires if wire.node is not picture.root), key=completed)
