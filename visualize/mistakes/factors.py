"""A gradient that is right but for a number: which one, and what it means."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .operations import samples_behind
from .way_back import WayBack


def factor_between(hand: npt.NDArray[Any], right: npt.NDArray[Any], within: float) -> float | None:
    """Return the number that the right gradient was multiplied by, if there is one.

    Examples
    --------
    >>> right = np.array([1.0, -2.0])
    >>> factor_between(3 * right, right, 1e-6), factor_between(right + 1, right, 1e-6)
    (3.0, None)
    """
    square = float(np.vdot(right, right).real)
    if not square:
        return None
    factor = float(np.vdot(right, hand).real) / square
    size = np.abs(hand).max()
    met = np.abs(hand - factor * right).max() <= within * size
    return factor if met and factor else None


def meaning_of(factor: float, entries: int, back: WayBack | None) -> str:
    """Say what a factor means that a gradient was multiplied by; nothing of an odd one.

    Parameters
    ----------
    factor : float
        The number.
    entries : int
        How many the gradient has: of a single one a sign and a number may be chance.
    back : WayBack or None
        Where the gradient comes from, if that is known: of how many samples.

    Examples
    --------
    >>> meaning_of(-1.0, 6, None), meaning_of(2.0, 6, None), meaning_of(0.7, 6, None)
    ('the sign is wrong', 'a factor of 2 too much', '')
    """
    if _near(factor, -1.0):
        return "the sign is wrong"
    sign = "the sign is wrong, and " if factor < 0 else ""
    size = abs(factor)
    if entries == 1 and sign:
        return ""
    divided = _divided(back)
    twos = {2.0: "a factor of 2 too much", 0.5: "a factor of 2 is missing"}
    for n, said in [*divided.items(), *twos.items()]:
        if _near(size, n):
            return f"{sign}{said}"
    for two, said in twos.items():
        for n, other in divided.items():
            if _near(size / two, n):
                return f"{sign}{other}, and {said}"
    rounded = round(max(size, 1 / size))
    if back is None and rounded > 2 and _near(max(size, 1 / size), rounded):
        times = f"it is {rounded} times" if size > 1 else f"{rounded} times it is"
        return f"{sign}{times} the gradient: is {rounded} the number of samples?"
    return ""


def _divided(back: WayBack | None) -> dict[float, str]:
    """By what a gradient was divided too often or not at all: samples, or entries."""
    found: dict[float, str] = {}
    for of in ("samples", "entries"):
        for n in _numbers(back, of):
            found.setdefault(n, f"not divided by the {n} {of}: {n} times the gradient")
            said = f"divided by the {n} {of} once more than the loss is: the gradient over {n}"
            found.setdefault(1 / n, said)
    return found


def _numbers(back: WayBack | None, of: str) -> set[int]:
    """The numbers of samples, or of entries that are summed up to one number or averaged."""
    numbers = set()
    for consumers in back.consumers.values() if back is not None else ():
        for n, position in consumers:
            name = n.operation.name  # type: ignore[union-attr]
            reduces = name in ("sum", "mean")
            whole = name == "mean" or n.size == 1
            if reduces == (of == "entries") and (whole or not reduces):
                numbers.add(samples_behind(n, position))
    return numbers - {1}


def _near(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-4 * abs(b)
