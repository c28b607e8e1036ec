"""What a back end makes of a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy.typing as npt

from .program import Program


class Executable(Protocol):
    """A program ready to run. Its buffers are its own: two threads may not call it at once."""

    def bind(self, arrays: Mapping[int, npt.NDArray[Any]]) -> None:
        """Let inputs, by their numbers, be these arrays from here on.

        They are C-contiguous and have the shapes and dtypes of the program. What the program
        aliases is written into them.
        """

    def __call__(self, *free: Any) -> list[Any] | None:
        """Run with values for the inputs that are not bound, in order.

        Returns
        -------
        list or None
            The outputs that replace no input, in order. None where the guarded output is not
            finite, or floating point met something invalid on the way: then nothing was written.
        """


class Backend(Protocol):
    """A module that makes executables."""

    def build(
        self, program: Program, *, bound: Sequence[int] = (), reuse: bool = False
    ) -> Executable:
        """Return an executable of a program.

        Parameters
        ----------
        program : Program
            As it was recorded; the back end chooses its passes.
        bound : sequence of int
            Numbers of the inputs that `Executable.bind` gives; all aliased inputs are among them.
        reuse : bool, default False
            Whether arrays that a call returns may be overwritten by the next.
        """
