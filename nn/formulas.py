"""What a layer or a loss computes and passes back, as lines for its box in a diagram."""

from __future__ import annotations

from typing import NamedTuple


class Formulas(NamedTuple):
    """The equations of a layer or a loss, in the letters of lecture 000.

    X goes in, Y comes out; E is the error from behind, E′ goes on.

    Attributes
    ----------
    forward : str
        One line for the way forward.
    backward : tuple of str
        Lines for the way back.
    """

    forward: str
    backward: tuple[str, ...] = ()
