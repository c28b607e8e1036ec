"""Numbers, arrays and options as code that gives the same ones again, to the last bit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .terms import ATOM, POSTFIX, SIGN, Term

MOST_ENTRIES = 12
"""Arrays of more entries are not written out."""


def number(x: Any) -> Term:
    """A Python number as code.

    Examples
    --------
    >>> number(0.1).text, number(-2).text, number(float("inf")).text
    ('0.1', '-2', 'np.inf')
    """
    if isinstance(x, complex):
        if x.real == 0 and math.copysign(1.0, x.real) > 0 and math.isfinite(x.imag):
            return _signed(repr(x))
        return Term(f"complex({_real(x.real)}, {_real(x.imag)})", POSTFIX)
    return _signed(_real(x))


def _real(x: Any) -> str:
    if isinstance(x, float) and not math.isfinite(x):
        return "np.nan" if math.isnan(x) else "np.inf" if x > 0 else "-np.inf"
    return repr(x)


def _signed(text: str) -> Term:
    return Term(text, SIGN if text.startswith("-") else ATOM)


def shortest(x: np.generic) -> Any:
    """A Python number that is this one again in its precision; float32's 0.1 is 0.1.

    Examples
    --------
    >>> shortest(np.float32(0.1)), shortest(np.int8(3))
    (0.1, 3)
    """
    plain = x.item()
    if isinstance(x, np.floating) and np.isfinite(x):
        short = float(str(x)) if not isinstance(x, np.longdouble) else plain
        return short if type(x)(short) == x else plain
    return plain


def scalar(x: np.generic) -> Term:
    """A NumPy number with its type.

    Examples
    --------
    >>> scalar(np.float32(0.1)).text, scalar(np.bool_(True)).text
    ('np.float32(0.1)', 'np.True_')
    """
    if isinstance(x, np.bool_):
        return Term("np.True_" if x else "np.False_", POSTFIX)
    if type(x) is np.longdouble:
        return Term(f"np.longdouble({str(x)!r})", POSTFIX)
    return Term(f"{dtype_code(x.dtype)}({number(shortest(x)).text})", POSTFIX)


def dtype_code(dtype: Any) -> str:
    """A dtype as code.

    Examples
    --------
    >>> dtype_code(np.float32), dtype_code(bool), dtype_code(np.dtype(">f8"))
    ('np.float32', 'np.bool_', "np.dtype('>f8')")
    """
    dtype = np.dtype(dtype)
    if not dtype.isnative:
        return f"np.dtype({dtype.str!r})"
    return f"np.{dtype.type.__name__.rstrip('_')}" + ("_" if dtype.kind == "b" else "")


def array(x: np.ndarray[Any, Any]) -> Term | None:
    """An array as code, or None if that would be long.

    Examples
    --------
    >>> array(np.arange(3)).text, array(np.zeros((20, 30), np.float32)).text
    ('np.arange(3)', 'np.zeros((20, 30), np.float32)')
    >>> array(np.linspace(0.0, 1.0, 100)) is None
    True
    """
    dtype = () if x.dtype == np.float64 else (dtype_code(x.dtype),)
    if not x.size:
        return _call("np.zeros", shape_code(x.shape), *dtype)
    if x.dtype.kind not in "fiubc":
        return None
    first = x.reshape(-1)[0]
    if x.size > 1 and _all_are(x, first):
        if first == 0 or first == 1:
            return _call("np.ones" if first else "np.zeros", shape_code(x.shape), *dtype)
        return _call("np.full", shape_code(x.shape), scalar(first).text)
    if x.dtype == np.int64 and x.ndim == 1 and x.size > 2 and np.array_equal(x, np.arange(x.size)):
        return _call("np.arange", str(x.size))
    if x.dtype.kind == "f" and x.size > 4 and x.ndim == 2 and np.array_equal(x, np.eye(*x.shape)):
        return _call("np.eye", *map(str, x.shape[: 1 + (x.shape[0] != x.shape[1])]), *(
            (f"dtype={dtype[0]}",) if dtype else ()
        ))  # fmt: skip
    if x.size > MOST_ENTRIES:
        return None
    entries = _nested([number(shortest(entry)).text for entry in x.reshape(-1)], x.shape)
    plain = x.dtype in (np.float64, np.int64, np.bool_, np.complex128)
    return _call("np.array", entries, *(() if plain else (dtype_code(x.dtype),)))


def steps(x: np.ndarray[Any, Any]) -> str | None:
    """Whole numbers in even steps along each axis as code; None if they are none.

    Examples
    --------
    >>> steps(2 * np.arange(3)[:, None] + np.arange(5))
    '2 * np.arange(3)[:, None] + np.arange(5)'
    >>> steps(np.ones((2, 2), int)) is None
    True
    """
    axes = [axis for axis, length in enumerate(x.shape) if length > 1]
    if x.dtype != np.int64 or not x.size or not axes:
        return None
    first = int(x.flat[0])
    found = np.full(x.shape, first)
    parts: list[str] = []
    for axis in axes:
        step = int(np.moveaxis(x, axis, 0)[1].flat[0]) - first
        if step <= 0:
            return None
        behind = x.ndim - 1 - axis
        found += step * np.arange(x.shape[axis]).reshape(-1, *[1] * behind)
        before = 0 if parts else axis  # a sum has the axes of its longest part
        place = ", ".join(["None"] * before + [":"] + ["None"] * behind)
        parts.append(
            f"{f'{step} * ' if step > 1 else ''}np.arange({x.shape[axis]})"
            + (f"[{place}]" if before or behind else "")
        )
    if not np.array_equal(found, x):
        return None
    return " + ".join([*([str(first)] if first else []), *parts])


def _all_are(x: Any, first: Any) -> bool:
    if x.dtype.kind in "fc" and first == 0 and np.signbit(x.real).any():
        return False
    return bool((x == first).all())


def _call(function: str, *arguments: str) -> Term:
    return Term(f"{function}({', '.join(arguments)})", POSTFIX)


def _nested(entries: list[str], shape: tuple[int, ...]) -> str:
    for length in reversed(shape):
        entries = [
            f"[{', '.join(entries[i : i + length])}]" for i in range(0, len(entries), length)
        ]
    return entries[0]


def shape_code(shape: Any) -> str:
    """A shape as one hands it to ``np.zeros``.

    Examples
    --------
    >>> shape_code((3,)), shape_code((2, 3))
    ('3', '(2, 3)')
    """
    lengths = [int(n) for n in np.atleast_1d(np.asarray(shape, dtype=int))] if shape != () else []
    return str(lengths[0]) if len(lengths) == 1 else repr(tuple(lengths))


class NoCodeError(Exception):
    """A program can't be written as code by ``source()``; the message says at what, and why."""


class Literals:
    """Options and constants as code. Large arrays get names, under which they have to be given.

    Parameters
    ----------
    new_name : callable
        From a wish to a name that nothing else has.

    Attributes
    ----------
    named : dict of str to ndarray
        The large arrays.
    places : dict of str to str
        Arrays of even steps that pick entries, as those of a kernel's windows, as code.
    """

    def __init__(self, new_name: Callable[[str], str]) -> None:
        self._new_name = new_name
        self._names: dict[int, str] = {}
        self.named: dict[str, np.ndarray[Any, Any]] = {}
        self.places: dict[str, str] = {}
        self._called: dict[str, str] = {}

    def array(self, x: np.ndarray[Any, Any]) -> Term:
        """An array as code, or the name of a large one."""
        written = array(x)
        if written is not None:
            return written
        name = self._names.get(id(x))
        if name is None:
            name = self._names[id(x)] = self._new_name("constant1")
            self.named[name] = x
        return Term(name)

    def option(self, x: Any) -> str:
        """An option of an operation as code.

        Raises
        ------
        NoCodeError
            If it is nothing that can be written down.

        Examples
        --------
        >>> literals = Literals(str)
        >>> literals.option((0, np.int64(1))), literals.option(np.dtype(np.float32))
        ('(0, 1)', 'np.float32')
        """
        if x is None or isinstance(x, (bool, str)):
            return repr(x)
        if x is Ellipsis:
            return "..."
        if isinstance(x, np.generic):
            return repr(bool(x)) if isinstance(x, np.bool_) else number(shortest(x)).text
        if isinstance(x, (int, float, complex)):
            return number(x).text
        if isinstance(x, tuple):
            return f"({', '.join(map(self.option, x))}{',' if len(x) == 1 else ''})"
        if isinstance(x, list):
            return f"[{', '.join(map(self.option, x))}]"
        if isinstance(x, slice):
            return f"slice({', '.join(map(self.option, (x.start, x.stop, x.step)))})"
        if isinstance(x, np.dtype) or (isinstance(x, type) and issubclass(x, np.generic)):
            return dtype_code(x)
        if isinstance(x, type) and x in (float, int, bool, complex):
            return x.__name__
        if isinstance(x, np.ndarray):
            return self.array(x).text
        raise NoCodeError(
            f"an option is {str(x)[:40]!r} of type {type(x).__name__}; expected numbers, texts, "
            "arrays, and tuples of them"
        )

    def index(self, x: Any) -> str:
        """An index as it stands between square brackets.

        Examples
        --------
        >>> literals = Literals(str)
        >>> literals.index((slice(1, None), None, 0)), literals.index(slice(None, None, -1))
        ('1:, None, 0', '::-1')
        """
        if isinstance(x, tuple):
            if not x:
                return "()"
            arrays = [part for part in x if isinstance(part, np.ndarray)]
            wishes = iter(("rows", "columns") if len(arrays) == 2 else ["places"] * len(arrays))
            parts = [
                self._places(part, next(wishes)) if isinstance(part, np.ndarray)
                else self.index(part)
                for part in x
            ]  # fmt: skip
            return ", ".join(parts) + ("," if len(x) == 1 else "")
        if isinstance(x, slice):
            start, stop, step = (
                "" if part is None else self.option(part) for part in (x.start, x.stop, x.step)
            )
            return f"{start}:{stop}" + (f":{step}" if step else "")
        if type(x) is np.ndarray and x.ndim == 1 and x.dtype == np.int64 and 0 < x.size <= 6:
            return f"[{', '.join(map(str, x.tolist()))}]"
        return self.option(x)

    def _places(self, x: np.ndarray[Any, Any], wish: str) -> str:
        """The name of an array of even steps along several axes; others as any index."""
        code = steps(x) if x.ndim > 1 else None
        if code is None:
            return self.index(x)
        name = self._called.get(code)
        if name is None:
            name = self._called[code] = self._new_name(wish)
            self.places[name] = code
        return name
