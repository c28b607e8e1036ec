"""Which memory each value gets: that of values which nobody needs any more is used again."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence, Set
from dataclasses import dataclass, field

_LINE, _PAGE = 64, 4096
"""Every piece begins where a line of the cache does."""


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
    place: int = -1


def planned(steps: Sequence[Step], kept: Iterable[Hashable] = ()) -> Buffers:
    """Give every piece of memory a place, shared by pieces that are not needed at one time.

    The largest pieces choose first, each the lowest place that is free as long as it is needed.

    Parameters
    ----------
    steps : sequence of Step
        In the order of their execution.
    kept : iterable
        Keys of what is needed after the last step.

    Returns
    -------
    Buffers

    References
    ----------
    Y. Pisarchyk and J. Lee, "Efficient memory management for deep neural net inference", 2020:
    greedy by size for offset calculation.

    Examples
    --------
    >>> steps = [Step({"a": 128}, set()), Step({"b": 128}, {"a"}), Step({"c": 64}, {"b"})]
    >>> planned(steps).places
    {'a': 0, 'b': 128, 'c': 0}
    """
    pieces = _pieces(steps, kept)
    placed: list[_Piece] = []
    for piece in sorted(pieces, key=lambda piece: (-piece.size, piece.first)):
        others = [x for x in placed if x.first <= piece.last and piece.first <= x.last]
        others.sort(key=lambda other: other.place)
        place = 0
        for other in others:
            if other.place - place >= piece.size:
                break
            place = max(place, other.place + other.size)
        piece.place = place
        placed.append(piece)
    size = max([piece.place + piece.size for piece in pieces], default=0)
    return Buffers(size, {key: piece.place for piece in pieces for key in piece.keys})


def _rounded(size: int) -> int:
    """So many bytes, and a gap that keeps large pieces from beginning at one place of their pages.

    Where they do, the processor takes reads of one for reads of what is being written to another.
    """
    return -(-size // _LINE) * _LINE + (5 * _LINE if size >= _PAGE else 0)


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
            rounded = _rounded(size)
            before = next(
                (
                    of_key[old]
                    for old in step.replaces
                    if old in of_key and last[old] == number and of_key[old].size == rounded
                ),
                None,
            )
            if place or before is None:
                before = _Piece([], rounded, number, number)
                pieces.append(before)
            before.keys.append(key)
            before.last = last[key]
            of_key[key] = before
        for key, size in step.brief.items():
            pieces.append(_Piece([key], _rounded(size), number, number))
    return pieces
