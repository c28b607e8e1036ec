"""Arrays that are only written down: what makes them, and where their entries stand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .tables import code_of, regular, table_of, written

__all__ = ["Step", "Symbol", "Tape"]

Places = npt.NDArray[np.intp]


class Step(NamedTuple):
    """One instruction of the kernel: its name, the values it makes and reads, and what it needs."""

    name: str
    out: int
    inputs: tuple[int, ...]
    more: tuple[Any, ...]


class Symbol:
    """An array without numbers: entries of a value on a tape.

    Parameters
    ----------
    base : int
        Number of the value whose entries they are.
    places : ndarray of intp or None
        Where in it each entry stands, so that moving entries takes no step; None for all of them
        in their order.
    shape : tuple of int
        The lengths of the axes.
    dtype : dtype
        The data type of the entries.

    Examples
    --------
    >>> x = Tape().value(float, (2, 3))
    >>> x.moved(np.transpose).places.tolist()
    [[0, 3], [1, 4], [2, 5]]
    """

    __slots__ = ("base", "dtype", "places", "shape")

    def __init__(
        self, base: int, places: Places | None, shape: tuple[int, ...], dtype: np.dtype[Any]
    ) -> None:
        self.base = base
        self.places = places
        self.shape = shape
        self.dtype = dtype

    @property
    def size(self) -> int:
        """The number of entries."""
        return math.prod(self.shape)

    def all_places(self) -> Places:
        """Where each entry stands, in the symbol's shape."""
        if self.places is None:
            return np.arange(self.size).reshape(self.shape)
        return self.places

    def moved(self, move: Callable[[Places], Any]) -> Symbol:
        """The entries as a function of NumPy's puts them: it runs on their places."""
        places = np.asarray(move(self.all_places()))
        base_order = self.places is None and places.size == self.size
        if base_order and np.array_equal(places.ravel(), np.arange(places.size)):
            return Symbol(self.base, None, places.shape, self.dtype)
        return Symbol(self.base, places, places.shape, self.dtype)


class Tape:
    """The steps that a program is made of, each once.

    Attributes
    ----------
    values : list of (dtype, shape)
        What each step makes, by its number.
    steps : list of Step
        In an order in which they can run.

    Examples
    --------
    >>> tape = Tape()
    >>> x = tape.value(float, (3,))
    >>> tape.made("exp", [x.base], float, (3,)).base, tape.made("exp", [x.base], float, (3,)).base
    (1, 1)
    >>> tape.steps
    [Step(name='exp', out=1, inputs=(0,), more=())]
    """

    def __init__(self) -> None:
        self.values: list[tuple[np.dtype[Any], tuple[int, ...]]] = []
        self.steps: list[Step] = []
        self._known: dict[Any, int] = {}
        self._seen: dict[int, int] = {}
        """The value that a view shows."""

    def value(self, dtype: Any, shape: Iterable[int]) -> Symbol:
        """A new value, which nothing makes yet.

        Raises
        ------
        TypeError
            If the kernel has no such numbers.
        """
        dtype, shape = np.dtype(dtype), tuple(shape)
        if code_of(dtype) is None:
            raise TypeError(f"the kernel has no {dtype} numbers")
        self.values.append((dtype, shape))
        return Symbol(len(self.values) - 1, None, shape, dtype)

    def made(
        self, name: str, inputs: Iterable[int], dtype: Any, shape: Iterable[int], *more: Any
    ) -> Symbol:
        """What a step makes; the same step is taken once."""
        dtype, shape, inputs = np.dtype(dtype), tuple(shape), tuple(inputs)
        key = (name, inputs, dtype, shape, repr(more))
        if key not in self._known:
            out = self.value(dtype, shape)
            self.steps.append(Step(name, out.base, inputs, more))
            self._known[key] = out.base
        return Symbol(self._known[key], None, shape, dtype)

    def constant(self, array: Any, dtype: Any = None) -> Symbol:
        """An array of known numbers."""
        array = np.asarray(array, dtype)
        if code_of(array.dtype) is None:
            raise TypeError(f"the kernel has no {array.dtype} numbers")
        return self.made("constant", (), array.dtype, array.shape, written(array))

    def whole(self, x: Symbol) -> int:
        """The number of a value that has just these entries, in their order and shape."""
        own_shape = self.values[x.base][1]
        if x.places is None and own_shape == x.shape:
            return x.base
        total = math.prod(own_shape)
        table = [0, [total], [1]] if x.places is None else table_of(x.places)
        if x.size == total and table in ([0, [total], [1]], [0, [], []]):
            view = self.made("view", (x.base,), x.dtype, x.shape).base
            self._seen[view] = x.base
            return view
        return self.made("take", (x.base,), x.dtype, x.shape, table).base

    def owner(self, number: int) -> int:
        """The number of the value in whose memory a value lies."""
        while number in self._seen:
            number = self._seen[number]
        return number

    def spread(self, x: Symbol) -> int:
        """The number of a value that is `x` after broadcasting, which the kernel does itself."""
        found = None if x.places is None else regular(x.places)
        if x.places is None or found is None:
            return self.whole(x)
        once = x.places[tuple(slice(0, 1) if step == 0 else slice(None) for step in found[1])]
        return self.whole(Symbol(x.base, once, once.shape, x.dtype))
