"""What an exercise reminds of who was wrong twice: how a number is made, and its derivative."""

from __future__ import annotations

from ..chain_rule.formulas import formula
from ..chain_rule.notation import Notation
from ..graph.picture import Picture
from ..steps.lines import definition
from ..templates import now
from .blanks import Blank

MOST_BRANCHES = 3
"""At a fork of more, only the first branches are spelled out."""


def reminder_of(picture: Picture, n: Notation, blank: Blank) -> str:
    """Return a hint in symbols, without a number that is asked for; empty where there is none.

    Examples
    --------
    >>> from autograd_core import Node
    >>> from visualize.chain_rule.notation import notation_of
    >>> from visualize.exercises.blanks import blanks_of
    >>> from visualize.graph.picture import picture_of
    >>> x, y = Node(3.0, name="x"), Node(2.0, name="y")
    >>> f = x / y + x
    >>> f.backward()
    >>> picture = picture_of(f)
    >>> for blank in blanks_of(picture, "both"):
    ...     print(reminder_of(picture, notation_of(picture), blank))
    u1 = x/y
    f = u1 + x
    f = u1 + x, with the local gradient 1
    u1 = x/y, with the local gradient 1/y; f = u1 + x, with the local gradient 1
    u1 = x/y, with the local gradient -x/y²
    """
    if blank.half == "value":
        source = blank.wire.source
        assert source is not None
        return now(definition(n, blank.wire.node, source, picture.inputs[source]))
    said = []
    for edge in picture.consumers[blank.wire][:MOST_BRANCHES]:
        if edge.target.folded or (local := formula(n, edge.node, edge.position)) is None:
            return ""
        made = definition(n, edge.node, edge.target, picture.inputs[edge.target])
        said.append(now(f"{made}, with the local gradient {local.text}"))
    return "; ".join(said)
