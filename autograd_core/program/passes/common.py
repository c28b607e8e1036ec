"""The same operation on the same values is done once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..value import Value
from .rewriting import rewritten

if TYPE_CHECKING:
    from ..program import Program

_SMALL = 64
"""Constant arrays of so many bytes are compared by what they hold, larger ones by identity."""


def common(program: Program) -> Program:
    """Put the first of equal operations in place of all of them.

    Numbers are equal if their types and bits are: 0.0 is not -0.0, and 1 is not 1.0.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program
    >>> program = common(Program.record(lambda x: np.exp(x) * np.exp(x), 1.0))
    >>> [value.operation.name for value in program.values() if value.operation]
    ['exp', 'multiply']
    """
    first: dict[Any, Value] = {}

    def same(value: Value) -> Value | None:
        found = first.setdefault(key_of(value), value)
        return None if found is value else found

    return rewritten(program, same)


def key_of(value: Value) -> Any:
    """What is the same for two values that are computed alike, and only for those."""
    key = (value.operation, *map(_key, value.inputs), _key(value.options), value.dtype)
    try:
        hash(key)
    except TypeError:  # an option that has no hash
        return id(value)
    return key


def _key(x: Any) -> Any:
    """What two inputs or options have in common where they are the same, and only there."""
    if type(x) is Value:
        return id(x)
    if isinstance(x, np.ndarray):
        if x.nbytes <= _SMALL and x.flags.c_contiguous:
            return (x.dtype, x.shape, x.tobytes())
        return ("array", id(x))
    if isinstance(x, np.generic):
        return (x.dtype, x.tobytes())
    if isinstance(x, (float, complex)):
        return (type(x), np.asarray(x).tobytes())
    if isinstance(x, (tuple, list)):
        return (type(x), *map(_key, x))
    if isinstance(x, Mapping):
        return tuple((name, _key(option)) for name, option in x.items())
    if isinstance(x, slice):
        return (slice, _key(x.start), _key(x.stop), _key(x.step))
    return (type(x), x)
