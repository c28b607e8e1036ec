"""Passes: functions from a program to one that computes the same with less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .common import common
from .decompose import decompose
from .fold import fold
from .rectified import rectified
from .simplify import simplify

if TYPE_CHECKING:
    from ..program import Program

_ROUNDS = 8
"""One pass may make work for another; so often at most."""


def optimized(program: Program, exact: bool = True) -> Program:
    """Return the program after all passes that back ends share.

    Parameters
    ----------
    program : Program
        As it was recorded.
    exact : bool, default True
        Whether every bit has to stay. False adds `in_parts` and `algebra`, which are right to
        rounding.

    Returns
    -------
    Program

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program, grad
    >>> program = Program.record(grad(lambda x: np.sum(x * x)), np.ones(3))
    >>> len(program.values()), len(optimized(program).values())
    (5, 3)
    """
    from .algebra import algebra
    from .composites import in_parts

    program = decompose(program if exact else in_parts(program))
    for _ in range(_ROUNDS):
        before = program
        program = simplify(fold(program))
        if not exact:
            program = algebra(program)
        program = common(program)
        if program is before:
            break
    return rectified(program)
