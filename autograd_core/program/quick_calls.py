"""Calls like an earlier one: plain floats and arrays, which go to the program straight away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from .executable import Executable

if TYPE_CHECKING:
    from .program import Program

_ndarray = np.ndarray
_FLOATS = {float}


def quick_key(arguments: tuple[Any, ...]) -> tuple[tuple[Any, ...] | None, list[Any]]:
    """What tells calls with floats, arrays and lists of floats apart, and those one by one.

    The key is None where something else is among them.

    Examples
    --------
    >>> quick_key((1.0, [2.0, 3.0]))
    ((<class 'float'>, (<class 'list'>, 2)), [1.0, 2.0, 3.0])
    >>> quick_key((1.0, {"w": 2.0}))[0] is None
    True
    """
    key: list[Any] = []
    flat: list[Any] = []
    for x in arguments:
        kind = type(x)
        if kind is float:
            key.append(kind)
            flat.append(x)
        elif kind is _ndarray and x.ndim and x.dtype.isnative:
            key.append((x.shape, x.dtype))
            flat.append(x)
        elif (kind is list or kind is tuple) and set(map(type, x)) == _FLOATS:
            key.append((kind, len(x)))
            flat += x
        else:
            return None, flat
    return tuple(key), flat


class Again:
    """In place of a result: it holds a nan, so that the function itself has to be called.

    A gradient there may be that of a branch which was not taken: an eager walk back drops it, which
    depends on the numbers, and a program has one walk.
    """

    __slots__ = ("drawn",)

    def __init__(self, drawn: Sequence[Any]) -> None:
        self.drawn = drawn  # for the inputs that have a source, in order


def holds_nan(results: Iterable[Any]) -> bool:
    """Whether any number among results is nan.

    Examples
    --------
    >>> holds_nan([1.0, np.array([1.0, np.nan])]), holds_nan([np.ones(3), np.inf])
    (True, False)
    """
    for x in results:
        if type(x) is not _ndarray:
            if x != x:
                return True
        elif x.dtype.kind in "fc" and x.size:
            entry = x.item(x.argmax())  # which calls nan the largest
            if entry != entry:
                return True
    return False


class QuickCall:
    """A program for arguments that are its inputs, one by one.

    Parameters
    ----------
    program : Program
        Without a guard.
    executable : Executable
        What runs it.
    """

    def __init__(self, program: Program, executable: Executable) -> None:
        inputs = [program.inputs[place] for place in program.given]
        # A Python number raises errors where NumPy's is infinite.
        self._types = [None if value.shape else value.dtype.type for value in inputs]
        self._type = self._types[0] if len(set(self._types)) == 1 else None
        self.program, self._executable = program, executable
        self._sources = list(program.sources.values())
        self._rebuilt = rebuilder(program.returned) or program.rebuilt

    def __call__(self, flat: list[Any]) -> Any:
        """Return what the function would, or `Again`; one thread at a time."""
        if self._type is not None:
            given = list(map(self._type, flat))
        else:
            given = [
                x if kind is None else kind(x) for x, kind in zip(flat, self._types, strict=True)
            ]
        drawn = [source() for source in self._sources] if self._sources else ()
        results = self._executable(*given, *drawn)
        assert results is not None  # there is no guard
        return Again(drawn) if holds_nan(results) else self._rebuilt(results)


def rebuilder(nest: Any) -> Callable[[Sequence[Any]], Any] | None:
    """Return what nests a list of results, each in the place of a ...; None for rarer nests.

    Examples
    --------
    >>> rebuilder((..., [..., {"b": ...}]))([1, 2, 3])
    (1, [2, {'b': 3}])
    """
    try:
        text = _expression(nest, count())
    except TypeError:
        return None
    found: Callable[[Sequence[Any]], Any] = eval(f"lambda results: {text}")
    return found


def _expression(nest: Any, places: count[int]) -> str:
    if nest is ...:
        return f"results[{next(places)}]"
    if type(nest) is tuple:
        return f"({''.join(f'{_expression(part, places)}, ' for part in nest)})"
    if type(nest) is list:
        return f"[{', '.join(_expression(part, places) for part in nest)}]"
    if type(nest) is dict and all(type(key) is str for key in nest):
        return f"{{{', '.join(f'{k!r}: {_expression(v, places)}' for k, v in nest.items())}}}"
    raise TypeError
