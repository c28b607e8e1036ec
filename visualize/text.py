"""Text for diagrams: numbers and arrays in few letters, names in one line."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from .live.numbers import is_live
from .templates import MARKS, group

LONGEST_LABEL = 40
"""Longer names are cut in a label; the tooltip has more of them."""

LARGEST_GRID = 4
"""Arrays of up to this many rows and columns show their entries."""

_CONTROL = {code: chr(0x2400 + code) for code in range(0x20)}
_UNSAFE = re.compile(
    # Lone surrogates and non-characters are no XML; bidirectional overrides would reorder the
    # text around them; our own marks would be read as such.
    f"[\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff\ue000-\ue00f{MARKS}]"
)

_NO_LETTER = re.compile(f"[\\x00-\\x08\\x0b-\\x1f]|{_UNSAFE.pattern}")


class Unknown(np.ndarray[Any, Any]):
    """An array of which shape and dtype are known, and the numbers are not."""

    @classmethod
    def of(cls, shape: tuple[int, ...], dtype: Any) -> Unknown:
        """Return one; it takes the memory of a single number.

        Examples
        --------
        >>> in_line(Unknown.of((64, 10), np.float32), ".4g")
        '64×10 float32'
        """
        return np.broadcast_to(np.ones((), dtype), shape).view(cls)

    def __deepcopy__(self, memo: Any) -> Unknown:
        return self


# --- numbers -------------------------------------------------------------------------------------


def check_number_format(number_format: str) -> None:
    """Raise ValueError where Python's `format` does not take `number_format` for a float."""
    try:
        format(1.0, number_format)
        if re.search(f"[{MARKS}]", number_format):
            raise ValueError("a mark of ours would be read as such")
    except (ValueError, TypeError):
        raise ValueError(
            f"number_format expects a format for floats such as '.4g' or '.2f', got "
            f"{number_format!r}"
        ) from None


def number(value: Any, number_format: str) -> str:
    """Return a number as text, a zero as one without a sign. Complex ones are written as in Python.

    Examples
    --------
    >>> number(2 / 3, ".4g"), number(-1e-9, ".2f"), number(3, ".2f"), number(float("nan"), ".4g")
    ('0.6667', '0.00', '3', 'nan')
    >>> number(-0.0, ">8.2f")
    '    0.00'
    >>> number(1 - 2j, ".4g")
    '1-2j'
    """
    if isinstance(value, Unknown):
        return str(value.dtype)
    if is_live(value):
        text = number(np.asarray(value)[()], number_format)
        return value.written(_how(value, number_format), text)
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, (bool, int)):
        return str(plain)
    if isinstance(plain, complex):
        imaginary = number(plain.imag, number_format)
        sign = "" if imaginary.startswith("-") else "+"
        return f"{number(plain.real, number_format)}{sign}{imaginary}j"
    text = format(float(plain), number_format)
    if "-" in text and not text.strip("-0.e+%,_ "):
        text = format(0.0, number_format)
    return text


def constant(value: Any, number_format: str) -> str:
    """Return a constant of an expression as one writes it: ``1``, not ``1.0`` or ``1.00``.

    Examples
    --------
    >>> constant(1.0, ".4f"), constant(0.25, ".4f"), constant(-1e6, ".4g")
    ('1', '0.2500', '-1e+06')
    """
    if is_live(value):
        return value.written(f"c:{number_format}", constant(np.asarray(value)[()], number_format))
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, float) and plain.is_integer() and abs(plain) < 1e6:
        return str(int(plain))
    return number(plain, number_format)


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as people write it: ``64×10``.

    Examples
    --------
    >>> shape_text((64, 10)), shape_text((5,)), shape_text(())
    ('64×10', '(5,)', 'scalar')
    """
    if len(shape) == 1:
        return f"({shape[0]},)"
    return "×".join(map(str, shape)) or "scalar"


def grid(value: Any, number_format: str, largest: int = LARGEST_GRID) -> list[list[str]] | None:
    """Return the entries of a small array row by row; None where it is too large to show them.

    `largest` is how many rows and columns are shown.
    """
    if isinstance(value, Unknown):
        return None
    array = np.asanyarray(value)
    if array.ndim > 2 or array.size == 0 or any(n > largest for n in array.shape):
        return None
    rows = array.reshape(-1, array.shape[-1]) if array.ndim else array.reshape(1, 1)
    return [[number(entry, number_format) for entry in row] for row in rows]


def size_and_range(value: Any, number_format: str) -> tuple[str, str]:
    """Return two short lines about an array: its shape, and the range of its entries.

    Two digits tell enough beside a wire, unless a format was asked for.

    Examples
    --------
    >>> size_and_range(np.linspace(-1.234, 5, 100).reshape(20, 5), ".4g")
    ('20×5', '-1.2 … 5')
    >>> size_and_range(np.array([1.0, np.nan]), ".4g"), size_and_range(np.ones(9), ".3f")
    (('(2,)', '1  1 nan'), ('(9,)', '1.000'))
    """
    if isinstance(value, Unknown):
        return shape_text(value.shape), str(value.dtype)
    array = np.asarray(value)
    shape = shape_text(array.shape)
    if array.size == 0:
        return shape, "empty"
    short = ".2g" if number_format == ".4g" else number_format
    if is_live(value):
        extremes = group("=", " … ", _live(value, "min", short), _live(value, "max", short))
        return shape, _with_broken(value, extremes)
    entries, sizes, broken = _finite_entries(array)
    said = []
    if entries.size:
        ends = [number(entry, short) for entry in (entries.min(), entries.max())]
        said.append(sizes + " … ".join(dict.fromkeys(ends)))
    return shape, "  ".join([*said, *broken])


def summary(value: Any, number_format: str, *, with_shape: bool = True) -> str:
    """Return one line about an array: its shape, and the range and mean of its entries.

    Of complex entries those of their sizes.

    Examples
    --------
    >>> summary(np.arange(10.0), ".4g")
    '(10,)  min 0  mean 4.5  max 9'
    """
    if isinstance(value, Unknown):
        return f"{shape_text(value.shape)} {value.dtype}"
    array = np.asarray(value)
    parts = [shape_text(array.shape)] if with_shape else []
    if array.size == 0:
        return "  ".join([*parts, "empty"])
    if is_live(value):
        names = ("min", "mean", "max")
        said = "  ".join(f"{name} {_live(value, name, number_format)}" for name in names)
        return group("=", "  ", *parts, _with_broken(value, said))
    entries, sizes, broken = _finite_entries(array)
    if entries.size:
        with np.errstate(all="ignore"):
            mean = entries.mean(dtype=np.float64)
        for name, entry in (("min", entries.min()), ("mean", mean), ("max", entries.max())):
            parts.append(f"{name} {sizes}{number(entry, number_format)}")
    return "  ".join([*parts, *broken])


def spread(value: Any, number_format: str) -> str:
    """Return the standard deviation of an array; nothing where an entry is not finite.

    Examples
    --------
    >>> spread(np.array([1.0, 3.0]), ".4g"), spread(np.array([1.0, np.inf]), ".4g")
    ('std 1', '')
    """
    if is_live(value):
        said = f"std {_live(value, 'std', number_format)}"
        return group("?", _count(value, "finite"), str(value.size), said, "")
    if not is_finite(value):
        return ""
    with np.errstate(all="ignore"):
        return f"std {number(np.std(value, dtype=np.float64), number_format)}"


_SUMMED_UP: dict[str, Any] = {"min": np.min, "mean": np.mean, "max": np.max, "std": np.std}


def _how(value: Any, number_format: str) -> str:
    """How entries are written, for the slot of one."""
    return {"b": "b", "i": "d", "u": "d"}.get(value.dtype.kind, number_format)


def _live(value: Any, what: str, number_format: str) -> str:
    """The slot of a number about the finite entries of an array."""
    entries, _, _ = _finite_entries(np.asarray(value))
    found = 0.0
    if entries.size:
        options = {"dtype": np.float64} if what in ("mean", "std") else {}
        with np.errstate(all="ignore"):
            found = _SUMMED_UP[what](entries, **options)
    how = _how(value, number_format) if what in ("min", "max") else number_format
    return str(value.written(how, number(found, number_format), what))


def _count(value: Any, kind: str) -> str:
    """The slot of how many entries of a kind there are."""
    array = np.asarray(value)
    counted = {"finite": np.isfinite, "nan": np.isnan, "inf": np.isinf}[kind](array)
    return str(value.written("d", str(np.count_nonzero(counted)), kind))


def _with_broken(value: Any, said: str) -> str:
    """What is said about the finite entries, if there are any, and how many are not."""
    parts = [group("?", _count(value, "finite"), "0", "", said)]
    for kind in ("nan", "inf"):
        count = _count(value, kind)
        parts.append(group("?", count, "0", "", f"{count} {kind}"))
    return group("=", "  ", *parts)


def warning_of(value: Any) -> bool | str:
    """Return whether a value is not finite; of a live one a template that then reads ``!``.

    Examples
    --------
    >>> warning_of(np.array([1.0, np.nan])), warning_of(2.0)
    (True, False)
    """
    if is_live(value):
        return group("?", _count(value, "finite"), str(value.size), "", "!")
    return not is_finite(value)


def _finite_entries(array: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], str, list[str]]:
    """The finite entries, or the sizes of complex ones; a mark of these; how many are not."""
    finite = np.isfinite(array)
    broken = array.size - int(np.count_nonzero(finite))
    entries = array[finite] if broken else array
    mark = ""
    if np.iscomplexobj(array):
        mark = "|z| "
        with np.errstate(all="ignore"):
            entries = np.abs(entries)
    nans = int(np.count_nonzero(np.isnan(array))) if broken else 0
    counts = ((nans, "nan"), (broken - nans, "inf"))
    return entries, mark, [f"{count} {kind}" for count, kind in counts if count]


def in_line(value: Any, number_format: str) -> str:
    """Return a value in one line: a number, the entries of a small array, or a summary.

    Examples
    --------
    >>> in_line(np.array([[1.0, 2.0], [3.0, 4.5]]), ".4g")
    '[[1, 2], [3, 4.5]]'
    """
    if isinstance(value, Unknown):
        return summary(value, number_format)
    array = np.asanyarray(value)
    if not array.ndim:
        return number(array[()], number_format)
    rows = grid(array, number_format)
    if rows is None:
        return summary(array, number_format)
    lines = [f"[{', '.join(row)}]" for row in rows]
    return lines[0] if array.ndim == 1 else f"[{', '.join(lines)}]"


def is_finite(value: Any) -> bool:
    """Whether every entry is a finite number."""
    if isinstance(value, (float, int)):  # np.float64 is a float
        return math.isfinite(value)
    return bool(np.isfinite(value).all())


# --- strings -------------------------------------------------------------------------------------


def shown(string: str, longest: int = LONGEST_LABEL) -> str:
    r"""Return a user's string as one line that can be drawn.

    Control characters become their pictures, so that nothing is lost and nothing breaks the file.

    Examples
    --------
    >>> shown("a\x00b\n"), shown("x" * 50, 5), shown("  ")
    ('a␀b␊', 'xxxx…', '␠␠')
    """
    if len(string) > longest:
        string = string[: longest - 1] + "…"
    string = _UNSAFE.sub("\ufffd", string.translate(_CONTROL))
    # A label of blanks alone would be invisible, and is an error inside DOT's tables.
    return string if string.strip() else "␠" * len(string)


def literal(words: Any) -> str:
    r"""Return text as matplotlib has to be given it, so that it shows just that.

    What stands between two ``$`` would be read as mathematics, a label that starts with ``_``
    would be left out of legends, and most fonts have no picture for control characters.

    Examples
    --------
    >>> literal("5$ or 6$"), literal("_name"), literal("bell\x07")
    ('5\\$ or 6\\$', ' _name', 'bell�')
    """
    text = _NO_LETTER.sub("\ufffd", str(words)).replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text
