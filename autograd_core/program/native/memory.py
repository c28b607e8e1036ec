"""Where values live: one block of memory, whose places are used again when a value is dead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Need", "placed"]

ALIGNMENT = 64
"""Places begin at multiples of so many bytes, a line of the cache."""


class Need(NamedTuple):
    """A place that a value needs: so many bytes, from a first to a last step."""

    size: int
    first: int
    last: int


def placed(needs: Iterable[Need]) -> tuple[list[int], int]:
    """Return where each place begins, and how many bytes all of them take.

    Large ones choose first, each the lowest gap between those that live at the same time.

    Examples
    --------
    >>> placed([Need(64, 0, 1), Need(64, 1, 2), Need(128, 2, 3)])
    ([0, 128, 0], 192)
    """
    needs = list(needs)
    found = [0] * len(needs)
    taken: list[tuple[int, int, int, int]] = []
    total = 0
    for number in sorted(range(len(needs)), key=lambda i: (-needs[i].size, needs[i].first)):
        size, first, last = needs[number]
        size = -(-size // ALIGNMENT) * ALIGNMENT
        begin = 0
        for other, end, since, until in taken:  # in the order of their places
            if since > last or until < first:
                continue
            if other - begin >= size:
                break
            begin = max(begin, end)
        found[number] = begin
        taken.append((begin, begin + size, first, last))
        taken.sort()
        total = max(total, begin + size)
    return found, total
