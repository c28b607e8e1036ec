"""The back end that is always there: generated NumPy code with planned buffers.

It has the same bits as the operations one by one: the same functions of NumPy's, in the same order,
on arrays that lie in memory alike. What it spares is memory and the way there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .executable import NumpyExecutable

if TYPE_CHECKING:
    from ..program import Program

__all__ = ["NumpyExecutable", "build"]


def build(program: Program, *, bound: Sequence[int] = (), reuse: bool = False) -> NumpyExecutable:
    """Return an executable of a program; see `Backend`.

    Parameters
    ----------
    program : Program
        As it was recorded.
    bound : sequence of int
        Numbers of the inputs that `NumpyExecutable.bind` gives; all aliased inputs are among them.
    reuse : bool, default False
        Whether arrays that a call returns may be overwritten by the next.

    Returns
    -------
    NumpyExecutable
        With the code in its attribute `source`. Its buffers are its own: two threads may not call
        it at once.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program
    >>> w = np.ones(3)
    >>> program = Program.record(lambda w, g: w - 0.1 * g, w, w)
    >>> step = build(program.replaced(aliases={0: 0}), bound=[0])
    >>> step.bind({0: w})
    >>> step(np.array([1.0, 2.0, 3.0]))
    []
    >>> w
    array([0.9, 0.8, 0.7])
    """
    return NumpyExecutable(program, bound, reuse)
