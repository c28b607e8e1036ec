"""NumPy's calls as steps of the kernel."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import UnsupportedOperationError
from ..lifting import REDUCTIONS, WEAK, lift, lower
from .functions import CONSTANT, ENTRIES, MOVES
from .joining import JOINING
from .products import PRODUCTS
from .queries import QUERIES
from .scalars import SCALARS
from .special import SPECIAL
from .tables import table_of
from .tape import Symbol, Tape

__all__ = ["JavaScript"]

FUNCTIONS = {**ENTRIES, **JOINING, **PRODUCTS, **QUERIES, **SPECIAL}

_OF_TRUTH = {
    "add": "logical_or",
    "multiply": "logical_and",
    "maximum": "logical_or",
    "minimum": "logical_and",
    "invert": "logical_not",
    "bitwise_and": "logical_and",
    "bitwise_or": "logical_or",
    "bitwise_xor": "logical_xor",
}
"""What a ufunc is on truth values, where it is something else."""

_SEVERAL = {
    "modf": ("fraction", "trunc"),
    "frexp": ("mantissa", "exponent"),
    "divmod": ("floor_divide", "remainder"),
}
"""What the results of ufuncs with two of them are."""


class JavaScript:
    """The kernel as a `Library`: arrays are symbols on a tape.

    Examples
    --------
    >>> library = JavaScript()
    >>> x = lift(library.tape.value(float, (2, 3)), library)
    >>> np.exp(x.T).shape, [step.name for step in library.tape.steps]
    ((3, 2), ['take', 'exp'])
    """

    name = "JavaScript"

    def __init__(self) -> None:
        self.tape = Tape()

    def is_array(self, x: Any) -> bool:
        """Whether `x` is a symbol."""
        return type(x) is Symbol

    # --- the three ways in which NumPy calls ----------------------------------------------------

    def ufunc(
        self, ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: Mapping[str, Any]
    ) -> Any:
        """A ufunc, or one of its methods."""
        if method == "__call__":
            return self._called(ufunc, inputs, dict(options))
        if method == "reduceat":
            return lower(self._of_parts(ufunc, *inputs, **options))
        kind = REDUCTIONS.get(ufunc)
        if kind is not None and method == "reduce":
            return self.reduced(kind, *inputs, **{"axis": 0, **options})
        if kind in ("sum", "prod", "max", "min") and method == "accumulate":
            return self.along("scan", *inputs, options.get("axis", 0), None, kind)
        raise UnsupportedOperationError(f"the kernel has no {ufunc.__name__}.{method}")

    def function(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any]
    ) -> Any:
        """A function of NumPy's, by its name."""
        name = function.__name__
        if name in CONSTANT:
            return CONSTANT[name](*arguments, **options)
        if name in FUNCTIONS:
            options = {key: self.lifted(x) for key, x in options.items()}
            return lower(FUNCTIONS[name](self, *map(self.lifted, arguments), **options))
        if name in MOVES and type(arguments[0]) is Symbol:
            return arguments[0].moved(lambda places: function(places, *arguments[1:], **options))
        raise UnsupportedOperationError(f"the kernel has no np.{name}")

    def getitem(self, array: Symbol, index: Any) -> Any:
        """``array[index]``."""
        parts = index if isinstance(index, tuple) else (index,)
        if any(type(part) is Symbol for part in parts):
            return self.gathered(array, parts)
        return array.moved(lambda places: places[index])

    # --- what functions and lowerings are made of -----------------------------------------------

    def lifted(self, x: Any) -> Any:
        """`x`, with NumPy's protocols where it is a symbol or holds some."""
        return lift(x, self)

    def symbol(self, x: Any, dtype: Any = None) -> Symbol:
        """`x` as a symbol, also where it is lifted or a constant."""
        x = lower(x)
        return x if type(x) is Symbol else self.tape.constant(x, dtype)

    def entrywise(self, name: str, inputs: tuple[Any, ...], dtype: Any) -> Symbol:
        """What a function of the kernel makes of each entry; its inputs have their types."""
        symbols = [self.symbol(x) for x in inputs]
        shape = np.broadcast_shapes(*(x.shape for x in symbols))
        return self.tape.made(name, map(self.tape.spread, symbols), dtype, shape)

    def cast(self, x: Any, dtype: Any) -> Symbol:
        """The entries in another data type."""
        dtype = np.dtype(dtype)
        if type(x) is not Symbol:
            return self.tape.constant(x, dtype)
        if x.dtype == dtype:
            return x
        if dtype.kind == "b":
            return self.entrywise("not_equal", (x, self.symbol(0, x.dtype)), dtype)
        return self.entrywise(
            "trunc" if x.dtype.kind == "f" and dtype.kind in "iu" else "positive", (x,), dtype
        )

    def reduced(
        self,
        kind: str,
        x: Any,
        axis: Any = None,
        keepdims: bool = False,
        dtype: Any = None,
        initial: Any = None,
        where: Any = True,
    ) -> Symbol:
        """All entries along axes made one."""
        x = self.symbol(x)
        out = _type_of_reduced(kind, x.dtype, dtype)
        if where is not True:
            neutral = _NEUTRAL[kind] if initial is None else initial
            x = lower(np.where(self.lifted(where), self.lifted(x), neutral))
        axes = _axes(axis, len(x.shape))
        if initial is None and kind in _OF_SOME and any(x.shape[a] == 0 for a in axes):
            raise UnsupportedOperationError(f"the {kind} of no entries")
        outer, inner = self._apart(x, axes)
        if outer is None or inner is None:
            x = Symbol(self.tape.whole(x), None, x.shape, x.dtype)
            outer, inner = self._apart(x, axes)
        assert outer is not None and inner is not None
        lengths = [1 if a in axes else n for a, n in enumerate(x.shape)]
        shape = lengths if keepdims else [n for a, n in enumerate(lengths) if a not in axes]
        found = self.tape.made(kind, (x.base,), out, shape, table_of(outer), table_of(inner))
        if initial is None:
            return found
        with_it = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}[kind]
        return lower(with_it(self.lifted(found), initial))

    def along(self, name: str, x: Any, axis: int, dtype: Any = None, *more: Any) -> Symbol:
        """What becomes of each line of entries along an axis: running sums, an order."""
        x = self.symbol(x)
        if name == "scan":
            dtype = _type_of_reduced(more[0], x.dtype, dtype)
        x = Symbol(self.tape.whole(x), None, x.shape, x.dtype)
        outer, inner = self._apart(x, _axes(axis, len(x.shape)))
        assert outer is not None and inner is not None
        return self.tape.made(
            name, (x.base,), dtype or x.dtype, x.shape, table_of(outer), table_of(inner), *more
        )

    def _apart(self, x: Symbol, axes: tuple[int, ...]) -> tuple[Any, Any]:
        """Where each line of entries begins, and how far its entries are from there; or None."""
        kept = [a for a in range(len(x.shape)) if a not in axes]
        moved = x.all_places().transpose([*kept, *axes])
        lengths = moved.shape[: len(kept)]
        lines = moved.reshape(math.prod(lengths), math.prod(moved.shape[len(kept) :]))
        if not lines.size:
            return np.zeros(lengths, np.intp), np.zeros(lines.shape[1], np.intp)
        outer, inner = lines[:, 0], lines[0] - lines[0, 0]
        if not np.array_equal(np.add.outer(outer, inner), lines):
            return None, None
        return outer.reshape(lengths), inner.reshape(moved.shape[len(kept) :])

    def product(self, x: Any, y: Any) -> Symbol:
        """The product of matrices, of vectors, and of stacks of them."""
        dtype = np.result_type(*(_type_of(part) for part in (lower(x), lower(y))))
        if dtype.kind == "b":
            raise UnsupportedOperationError("the product of matrices of truth values")
        a, b = self.symbol(x), self.symbol(y)
        row, column = len(a.shape) == 1, len(b.shape) == 1
        a = a.moved(lambda p: p[None]) if row else a
        b = b.moved(lambda p: p[:, None]) if column else b
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        (n, k), m = a.shape[-2:], b.shape[-1]
        first, second = self._matrices(a, batch), self._matrices(b, batch)
        shape = (*batch, n, m)
        out = self.tape.made(
            "matmul", (first[0], second[0]), dtype, shape, [n, k, m], *first[1:], *second[1:]
        )
        if row:
            out = out.moved(lambda p: p[..., 0, :])
        return out.moved(lambda p: p[..., 0]) if column else out

    def _matrices(self, x: Symbol, batch: tuple[int, ...]) -> tuple[int, Any, int, int]:
        """Where matrices of a stack begin, and the steps to the next row and to the next column."""
        shape = (*batch, *x.shape[-2:])
        places = np.broadcast_to(x.all_places(), shape)
        if not places.size:
            return x.base, [0, [math.prod(batch)], [0]], 0, 0
        starts = places[..., 0, 0]
        rows, columns = (places[(0,) * len(batch)] for _ in range(2))
        down = int(rows[1, 0] - rows[0, 0]) if shape[-2] > 1 else 0
        right = int(columns[0, 1] - columns[0, 0]) if shape[-1] > 1 else 0
        one = np.arange(shape[-2])[:, None] * down + np.arange(shape[-1]) * right
        if np.array_equal(starts[..., None, None] + one, places):
            return x.base, table_of(starts), down, right
        return self._matrices(Symbol(self.tape.whole(x), None, x.shape, x.dtype), batch)

    def scattered(self, x: Any, places: Any, shape: tuple[int, ...]) -> Symbol:
        """Zeros, with entries added where a table says."""
        x = self.symbol(x)
        x = x.moved(lambda p: np.broadcast_to(p, np.shape(places)))
        return self.tape.made(
            "scatter", (self.tape.whole(x),), x.dtype, shape, table_of(np.asarray(places))
        )

    def joined(self, parts: list[Symbol], move: Callable[..., Any], dtype: Any) -> Symbol:
        """Arrays put together as a function of NumPy's puts lists of places."""
        start, lists = 0, []
        for x in parts:
            lists.append(start + np.arange(x.size).reshape(x.shape))
            start += x.size
        order = np.asarray(move(lists))
        back = np.empty(start, np.intp)
        back[order.ravel()] = np.arange(start)
        tables = [table_of(back[part.ravel()].reshape(part.shape)) for part in lists]
        return self.tape.made("join", map(self.tape.whole, parts), dtype, order.shape, *tables)

    def picked(self, index: tuple[Any, ...], shape: tuple[int, ...]) -> Symbol:
        """Where in an array of a shape the entries stand that an index with symbols picks."""
        parts = [lower(part) for part in index]
        known: list[Any] = [
            np.zeros(part.shape, np.intp) if type(part) is Symbol else part for part in parts
        ]
        places: Any = np.arange(math.prod(shape)).reshape(shape)[tuple(known)]
        for at, part in enumerate(parts):
            if type(part) is not Symbol:
                continue
            axis = _axis_of(parts, at, len(shape))
            # An array that says of each entry along the axis which entry of the part picks it.
            numbers = np.arange(max(part.size, 1)).reshape(
                [-1 if a == axis else 1 for a in range(len(shape))]
            )
            lengths = [part.size if a == axis else n for a, n in enumerate(shape)]
            which = list(known)
            which[at] = np.arange(part.size).reshape(part.shape)
            order = np.broadcast_to(numbers, lengths)[tuple(which)]
            steps = math.prod(shape[axis + 1 :])
            number = self.lifted(_in_order(part, order))
            number = np.where(number < 0, number + shape[axis], number)
            places = places + number.astype(np.int64) * steps
        return self.symbol(places)

    def gathered(self, x: Any, index: tuple[Any, ...]) -> Symbol:
        """``x[index]``, where numbers say which entries."""
        x = self.symbol(x)
        places = self.picked(index, x.shape)
        return self.tape.made(
            "gather", (self.tape.whole(x), self.tape.whole(places)), x.dtype, places.shape
        )

    def put(self, x: Any, index: tuple[Any, ...], shape: tuple[int, ...]) -> Symbol:
        """Zeros, with entries added where numbers say."""
        x, places = self.symbol(x), self.picked(index, shape)
        x = x.moved(lambda p: np.broadcast_to(p, places.shape))
        return self.tape.made("put", (self.tape.whole(x), self.tape.whole(places)), x.dtype, shape)

    # --- ufuncs ---------------------------------------------------------------------------------

    def _called(self, ufunc: np.ufunc, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
        for said_by_types in ("casting", "subok", "order"):
            options.pop(said_by_types, None)
        asked = options.pop("dtype", None)
        name = ufunc.__name__
        if ufunc.signature is not None and name in FUNCTIONS:  # matmul and its relatives
            return self.function(ufunc, inputs, options)
        if options:
            raise UnsupportedOperationError(f"np.{name} with {', '.join(options)}=")
        said: dict[str, Any] = {}
        if asked is not None:
            outputs = (np.dtype(asked),) * ufunc.nout
            said = {"signature": (None,) * ufunc.nin + outputs, "casting": "unsafe"}
        types = tuple(_type_of(x) for x in inputs)
        found = ufunc.resolve_dtypes((*types, *(None,) * ufunc.nout), **said)
        given = []
        for x, dtype in zip(inputs, found, strict=False):
            safe = type(x) is Symbol and np.can_cast(x.dtype, dtype)
            given.append(x if safe else self.cast(x, dtype))
        if name in FUNCTIONS:  # of SciPy
            typed = map(self.cast, given, found)
            return lower(FUNCTIONS[name](self, *map(self.lifted, typed)))
        if name in ("positive", "conjugate"):
            return self.cast(given[0], found[-1])
        truth = all(dtype.kind == "b" for dtype in found[: ufunc.nin])
        names = _SEVERAL.get(name, (_OF_TRUTH.get(name, name) if truth else name,))
        for one in names:
            if one not in SCALARS:
                raise UnsupportedOperationError(f"the kernel has no np.{name}")
        parts = [
            self.entrywise(one, tuple(given), dtype)
            for one, dtype in zip(names, found[ufunc.nin :], strict=True)
        ]
        return parts[0] if len(parts) == 1 else tuple(parts)

    def _of_parts(self, ufunc: np.ufunc, x: Any, indices: Any, axis: int = 0, **_: Any) -> Any:
        kind = REDUCTIONS.get(ufunc)
        if kind is None or type(lower(indices)) is Symbol:
            raise UnsupportedOperationError(f"{ufunc.__name__}.reduceat of numbers not known yet")
        x = np.moveaxis(self.lifted(self.symbol(x)), axis, 0)
        starts = np.asarray(indices).tolist()
        parts = []
        for start, stop in zip(starts, [*starts[1:], x.shape[0]], strict=True):
            rows = x[start:stop] if start < stop else x[start][None]
            parts.append(self.lifted(self.reduced(kind, rows, 0)))
        return np.moveaxis(np.stack(parts), 0, axis)


def _in_order(x: Symbol, order: Any) -> Symbol:
    return x.moved(lambda places: places.ravel()[order])


_OF_SOME = ("max", "min", "argmax", "argmin")
_NEUTRAL = {"sum": 0, "prod": 1, "max": -math.inf, "min": math.inf, "all": True, "any": False}


def _type_of(x: Any) -> Any:
    if type(x) in WEAK:
        return type(x)
    return x.dtype if type(x) is Symbol else np.asarray(x).dtype


def _type_of_reduced(kind: str, dtype: np.dtype[Any], asked: Any) -> np.dtype[Any]:
    if kind in ("all", "any"):
        return np.dtype(bool)
    if kind in ("argmax", "argmin"):
        return np.dtype(np.int64)
    function = getattr(np, kind)
    said = {} if asked is None else {"dtype": asked}
    return np.dtype(function(np.ones(1, dtype), **said).dtype)


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None or not ndim:
        return tuple(range(ndim))
    return tuple(int(a) % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))


def _axis_of(parts: list[Any], at: int, ndim: int) -> int:
    """Which axis of an array the part of an index at a place is for."""

    def taken(part: Any) -> int:
        if part is None or part is Ellipsis:
            return 0
        array = None if type(part) is Symbol or isinstance(part, slice) else np.asarray(part)
        return array.ndim if array is not None and array.dtype.kind == "b" else 1

    before = parts[:at]
    if any(part is Ellipsis for part in before):
        return ndim - sum(map(taken, parts[at:]))
    return sum(map(taken, before))
