"""Which memory each value gets: that of values which nobody needs any more is used again."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

LINE = 64
"""Every piece begins where a line of the cache does: at a multiple of so many bytes."""

_PAGE = 4096


class Need(NamedTuple):
    """A piece of memory that is needed: so many bytes, from a first to a last step."""

    size: int
    first: int
    last: int


def placed(needs: Iterable[Need]) -> tuple[list[int], int]:
    """Return where in one block each piece begins, and how many bytes the block has.

    Pieces that are not needed at one time may lie in the same place. The largest choose first, each
    the lowest gap that is free as long as it is needed.

    References
    ----------
    Y. Pisarchyk and J. Lee, "Efficient memory management for deep neural net inference", 2020:
    greedy by size for offset calculation.

    Examples
    --------
    >>> placed([Need(64, 0, 1), Need(64, 1, 2), Need(128, 2, 3)])
    ([0, 128, 0], 192)
    """
    needs = [need._replace(size=_rounded(need.size)) for need in needs]
    begins = [0] * len(needs)
    taken: list[tuple[int, int, int, int]] = []
    total = 0
    for number in sorted(
        range(len(needs)), key=lambda i: (-_rounded(needs[i].size), needs[i].first)
    ):
        size, first, last = needs[number]
        begin = 0
        for other, end, since, until in taken:  # in the order of their places
            if since > last or until < first:
                continue
            if other - begin >= size:
                break
            begin = max(begin, end)
        begins[number] = begin
        taken.append((begin, begin + size, first, last))
        taken.sort()
        total = max(total, begin + size)
    return begins, total


def aligned(size: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return so many bytes of memory that begin at a line of the cache.

    Examples
    --------
    >>> memory = aligned(100)
    >>> memory.nbytes, memory.ctypes.data % LINE
    (100, 0)
    """
    memory = np.empty(size + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    return memory[start : start + size]


@dataclass
class Step:
    """One instruction, as far as memory is concerned.

    Attributes
    ----------
    makes : dict
        Key of each piece of memory that the step fills, and its bytes.
    needs : set
        Keys of the pieces that it reads.
    brief : dict
        Key and bytes of what it needs for itself alone.
    replaces : sequence
        Keys of the pieces in which its first result may be left if the step is their last reader.
    """

    makes: dict[Hashable, int]
    needs: Set[Hashable]
    brief: dict[Hashable, int] = field(default_factory=dict)
    replaces: Sequence[Hashable] = ()


@dataclass
class Buffers:
    """A plan: where in one block of memory each piece begins, and how many bytes the block has."""

    size: int
    places: dict[Hashable, int]


@dataclass
class _Piece:
    keys: list[Hashable]
    size: int
    first: int
    last: int


def planned(steps: Sequence[Step], kept: Iterable[Hashable] = ()) -> Buffers:
    """Give every piece of memory that steps fill a place; see `placed`.

    Parameters
    ----------
    steps : sequence of Step
        In the order of their execution.
    kept : iterable
        Keys of what is needed after the last step.

    Returns
    -------
    Buffers

    Examples
    --------
    >>> steps = [Step({"a": 128}, set()), Step({"b": 128}, {"a"}), Step({"c": 64}, {"b"})]
    >>> planned(steps).places
    {'a': 0, 'b': 128, 'c': 0}
    """
    pieces = _pieces(steps, kept)
    begins, size = placed(Need(piece.size, piece.first, piece.last) for piece in pieces)
    places = zip(pieces, begins, strict=True)
    return Buffers(size, {key: begin for piece, begin in places for key in piece.keys})


def _rounded(size: int) -> int:
    """So many bytes, and a gap that keeps large pieces from beginning at one place of their pages.

    Where they do, the processor takes reads of one for reads of what is being written to another.
    """
    return -(-size // LINE) * LINE + (5 * LINE if size >= _PAGE else 0)


def _pieces(steps: Sequence[Step], kept: Iterable[Hashable]) -> list[_Piece]:
    """The pieces, with the first and the last step that needs them; what is replaced goes on."""
    last: dict[Hashable, int] = {}
    for number, step in enumerate(steps):
        for key in (*step.makes, *step.needs):
            last[key] = number
    last.update(dict.fromkeys(kept, len(steps)))
    pieces: list[_Piece] = []
    of_key: dict[Hashable, _Piece] = {}
    for number, step in enumerate(steps):
        for place, (key, size) in enumerate(step.makes.items()):
            before = next(
                (
                    of_key[old]
                    for old in step.replaces
                    if old in of_key
                    and last[old] == number
                    and _rounded(of_key[old].size) == _rounded(size)
                ),
                None,
            )
            if place or before is None:
                before = _Piece([], size, number, number)
                pieces.append(before)
            before.keys.append(key)
            before.last = last[key]
            of_key[key] = before
        for key, size in step.brief.items():
            pieces.append(_Piece([key], size, number, number))
    return pieces
