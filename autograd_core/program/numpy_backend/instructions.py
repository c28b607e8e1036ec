"""Instructions: what becomes of one value, and the lines that compute it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..value import Value

if TYPE_CHECKING:
    from .writing import Writer

Lines: TypeAlias = "Callable[[Writer, str, Sequence[str]], list[str]]"
"""Lines of code, from a writer of names, the name of the result and those of the temporaries."""

Temporary: TypeAlias = tuple[tuple[int, ...], np.dtype[Any]]
"""Shape and dtype of an array that an instruction needs for itself."""


class Kind(Enum):
    """Where the result of an instruction lives."""

    NUMBER = auto()
    """In a local variable, without axes."""
    BUFFER = auto()
    """In memory that is planned before the first run; the lines fill it."""
    VIEW = auto()
    """In the memory of another value."""
    CALL = auto()
    """In whatever array the operation's forward function returns."""


@dataclass
class Instruction:
    """How one value is computed.

    Attributes
    ----------
    value : Value
        What it computes.
    kind : Kind
        Where the result lives.
    lines : callable
        Its code: what fills the buffer; of all others one line, an expression.
    in_place : bool
        Whether the result may be written over an operand of the same shape and dtype.
    elementwise : bool
        Whether it may work on a few rows at a time.
    temporaries : sequence
        Arrays that it needs for itself.
    fresh : bool
        Whether the result of a call is known to share no memory with an operand.
    statements : bool
        Whether the lines of a number give it its name themselves.
    """

    value: Value
    kind: Kind
    lines: Lines
    in_place: bool = False
    elementwise: bool = False
    temporaries: Sequence[Temporary] = ()
    fresh: bool = False
    statements: bool = False
