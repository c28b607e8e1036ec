"""Checks of constructor arguments: what was expected, what came, what to write."""

from __future__ import annotations

import copy
import math
import operator
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

Part = TypeVar("Part")

MOST = 2**63 - 1
"""What counts something fits into 64 bits."""

_MOST_DIGITS = 40


def cut(value: Any, most: int = 200) -> str:
    """Show a value in a message, however long it is.

    Examples
    --------
    >>> cut(10**400), cut("a" * 99, 5)
    ('a number of 401 digits', "'aaaa...")
    """
    if type(value) is int and abs(value) >= 10**_MOST_DIGITS:
        digits = int(math.log10(abs(value))) + 1  # Python writes none with more than 4,300
        return f"a {'negative ' * (value < 0)}number of {digits} digits"
    try:
        written = repr(value)
    except ValueError:  # of such a number inside
        return f"a {type(value).__name__} with a number of more digits than can be written"
    except RecursionError:
        return f"a {type(value).__name__} nested too deep to be written"
    return written if len(written) <= most else f"{written[:most]}..."


def number(
    owner: str,
    name: str,
    value: Any,
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
) -> float:
    """Return a finite number in a range as a Python float, or raise ValueError.

    A NumPy float64 among float32 weights would turn them into float64.

    Examples
    --------
    >>> number("SGD", "momentum", 0.9, least=0, below=1)
    0.9
    """
    found = _as_float(value)
    fits = (
        math.isfinite(found)
        and (above is None or found > above)
        and (least is None or found >= least)
        and (below is None or found < below)
        and (most is None or found <= most)
    )
    if not fits:
        top = sys.float_info.max if found == math.inf and below is most is None else most
        bounds = [
            f"{word} {bound:g}"
            for word, bound in (("above", above), ("from", least), ("below", below), ("to", top))
            if bound is not None
        ]
        expected = " ".join(["a finite number", *bounds])
        raise ValueError(f"{owner}({name}) expects {expected}, got {cut(value)}")
    return found


def _as_float(value: Any) -> float:
    if isinstance(value, (str, bytes, bool, np.bool_)):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError):
        return math.nan


def whole_number(owner: str, name: str, value: Any, *, least: int = 1, most: int = MOST) -> int:
    """Return a whole number from `least` to `most` as a Python int, or raise ValueError.

    Examples
    --------
    >>> whole_number("FullyConnected", "in_features", 784)
    784
    """
    try:
        found = least - 1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        found = least - 1
    if not least <= found <= most:
        bound = f" to {most}" if found > most else ""
        raise ValueError(
            f"{owner}({name}) expects a whole number from {least}{bound}, got {cut(value)}"
        )
    return found


def flag(owner: str, name: str, value: Any) -> bool:
    """Return True or False, or raise ValueError where something else is given.

    Examples
    --------
    >>> flag("FullyConnected", "bias", 0)
    False
    """
    if not isinstance(value, (bool, np.bool_, int)) or value not in (0, 1):
        raise ValueError(f"{owner}({name}) expects True or False, got {cut(value)}")
    return bool(value)


def float_type(owner: str, value: Any) -> np.dtype[Any]:
    """Return float32 or float64 as a dtype, or raise ValueError where another is given."""
    with suppress(TypeError, ValueError, SyntaxError):  # of what names no type
        if (found := np.dtype(value)) in (np.float32, np.float64):
            return found
    raise ValueError(f"{owner}(dtype) expects float32 or float64, got {cut(value)}")


def checked_path(owner: str, name: str, value: Any) -> Path:
    """Return a path, or raise TypeError or ValueError where something else is given."""
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{owner}({name}) expects a path such as 'runs/first', got {cut(value)}")
    if "\0" in str(value):
        raise ValueError(f"{owner}({name}) expects a path, and none holds a NUL; got {cut(value)}")
    return Path(value)


def generator_in(owner: str, state: Any, kind: str) -> np.random.BitGenerator:
    """Return a bit generator that stands in a state, or raise ValueError where none can.

    Parameters
    ----------
    owner : str
        What the message begins with.
    state : mapping
        What the ``state`` of such a generator gave.
    kind : str
        Its name in `numpy.random`, such as "PCG64".
    """
    generator: np.random.BitGenerator = getattr(np.random, kind)(0)
    try:
        generator.state = copy.deepcopy(state)
        # What is too wide is cut without a word, and what PCG64 never is is taken all the same.
        fits = _is_same(state, generator.state) and state.get("has_uint32", 0) in (0, 1)
        fits = fits and (not kind.startswith("PCG64") or state["state"]["inc"] % 2 == 1)
    except (TypeError, ValueError, LookupError, OverflowError, AttributeError) as error:
        raise ValueError(
            f"{owner} expects the state of a {kind} generator, got {cut(state)} ({error})"
        ) from None
    if not fits:
        raise ValueError(f"{owner} expects the state of a {kind} generator, got {cut(state)}")
    return generator


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        same_keys = one.keys() == other.keys()
        return same_keys and all(_is_same(one[key], other[key]) for key in other)
    if isinstance(other, int):
        return type(one) is int and one == other
    return np.array_equal(one, other)


def refuse_masked(data: Any) -> None:
    """Raise where data are a masked array: what the mask hides would be learned from."""
    if isinstance(data, np.ma.MaskedArray):
        raise TypeError(
            "expected plain arrays, got a masked array: what the mask hides would take part. "
            "Write data.filled(0) with the value that counts there, or leave those samples out"
        )


def refuse_complex(owner: str, data: Any) -> None:
    """Raise where data are complex: a network learns from real numbers."""
    if isinstance(data, (np.ndarray, np.generic)) and data.dtype.kind == "c":
        raise TypeError(
            f"{owner} expects real numbers, got {data.dtype}. Write np.abs(data), or both parts "
            "side by side: np.concatenate([data.real, data.imag], axis=-1)"
        )


def choice(owner: str, name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """Return one of the allowed words, or raise ValueError."""
    if not isinstance(value, str) or value not in allowed:
        words = " or ".join(map(repr, allowed))
        raise ValueError(f"{owner}({name}) expects {words}, got {cut(value)}")
    return value


def instance(owner: str, name: str, value: Any, kind: type[Part], example: str) -> Part:
    """Return an instance of a class, or raise TypeError; a class in its place is the usual slip."""
    if not isinstance(value, kind):
        written = f"{value.__name__}(...)" if isinstance(value, type) else example
        raise TypeError(
            f"{owner}({name}) expects {_article(kind.__name__.lower())} such as {example}, "
            f"got {cut(value)}. Write {name}={written}"
        )
    return value


def instances(
    owner: str, what: str, given: Mapping[str, Any], kind: type[Part], example: str
) -> dict[str, Part]:
    """Return those of a layer's parts, such as its regularizers by parameter, that are given.

    Examples
    --------
    >>> from nn import L2, Regularizer
    >>> given = {"weight": L2(0.1), "bias": None}
    >>> instances("FullyConnected", "regularizer", given, Regularizer, "L2(1e-4)")
    {'weight': L2(strength=0.1)}
    """
    return {
        name: instance(owner, f"{name}_{what}", part, kind, example)
        for name, part in given.items()
        if part is not None
    }


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
