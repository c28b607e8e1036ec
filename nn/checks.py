"""Checks of constructor arguments: what was expected, what came, what to write."""

from __future__ import annotations

import math
import operator
from typing import Any, TypeVar

import numpy as np

from autograd_core.values import is_complex

Part = TypeVar("Part")


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
        bounds = [
            f"{word} {bound:g}"
            for word, bound in (("above", above), ("from", least), ("below", below), ("to", most))
            if bound is not None
        ]
        expected = " ".join(["a finite number", *bounds])
        raise ValueError(f"{owner}({name}) expects {expected}, got {value!r}")
    return found


def _as_float(value: Any) -> float:
    if isinstance(value, (str, bytes, bool)):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def whole_number(owner: str, name: str, value: Any, *, least: int = 1) -> int:
    """Return a whole number from `least` as a Python int, or raise ValueError.

    Examples
    --------
    >>> whole_number("FullyConnected", "in_features", 784)
    784
    """
    try:
        found = least - 1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        found = least - 1
    if found < least:
        raise ValueError(f"{owner}({name}) expects a whole number from {least}, got {value!r}")
    return found


def refuse_masked(data: Any) -> None:
    """Raise where data are a masked array: what the mask hides would be learned from."""
    if isinstance(data, np.ma.MaskedArray):
        raise TypeError(
            "expected plain arrays, got a masked array: what the mask hides would take part. "
            "Write data.filled(0) with the value that counts there, or leave those samples out"
        )


def refuse_complex(owner: str, data: Any) -> None:
    """Raise where data are complex: a network learns from real numbers."""
    if is_complex(data):
        raise TypeError(
            f"{owner} expects real numbers, got {data.dtype}. Write np.abs(data), or both parts "
            "side by side: np.concatenate([data.real, data.imag], axis=-1)"
        )


def choice(owner: str, name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """Return one of the allowed words, or raise ValueError."""
    if not isinstance(value, str) or value not in allowed:
        words = " or ".join(map(repr, allowed))
        raise ValueError(f"{owner}({name}) expects {words}, got {value!r}")
    return value


def instance(owner: str, name: str, value: Any, kind: type[Part], example: str) -> Part:
    """Return an instance of a class, or raise TypeError; a class in its place is the usual slip."""
    if not isinstance(value, kind):
        written = f"{value.__name__}(...)" if isinstance(value, type) else example
        raise TypeError(
            f"{owner}({name}) expects {_article(kind.__name__.lower())} such as {example}, "
            f"got {value!r}. Write {name}={written}"
        )
    return value


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
