"""A picture with boxes in the places of its blanks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from ..graph.picture import Picture
from ..layout.blocks import BASELINE, LINE
from ..layout.sheet import Half, Shape, Sheet, letters
from ..lettering import width
from .blanks import Blank

WIDTH = 4.2
"""A box is so wide, in units of the size of the text: a number of two to four digits."""

SIZE = 13.0
"""Of the text, in proportion to which the numbers at boxes are small."""

Key = tuple[str, Half]
"""A wire's id, and which half of it."""


def halves_of(picture: Picture, blanks: Sequence[Blank]) -> dict[Key, int]:
    """Return which blank hides each half of each part; a wire that is cut has its value twice."""
    found: dict[Key, int] = {
        (blank.wire.id, blank.half): place for place, blank in enumerate(blanks)
    }
    for constant in picture.constants:
        wire = constant.refers_to
        if wire is not None and (wire.id, "value") in found:
            found[constant.id, "value"] = found[wire.id, "value"]
    return found


def covered(
    sheet: Sheet, hidden: Mapping[Key, int], *, numbers: bool = False, open: Collection[int] = ()
) -> Sheet:
    """Return a sheet with a box around each number that is asked for, empty but for those `open`.

    Parameters
    ----------
    sheet : Sheet
        The whole picture.
    hidden : mapping
        Which blank each half of a part is; see `halves_of`.
    numbers : bool, default False
        Whether the boxes are numbered.
    open : collection of int
        The blanks whose boxes hold their numbers.
    """
    return Sheet(sheet.width, sheet.height, [*_covered(sheet, hidden, numbers, open)])


def _covered(
    sheet: Sheet, hidden: Mapping[Key, int], numbers: bool, open: Collection[int]
) -> Iterator[Shape]:
    corners: dict[Key, tuple[float, float]] = {}
    for shape in sheet.shapes:
        key = shape.part, shape.half
        if key not in hidden:
            yield shape
            continue
        there = hidden[key] in open
        made = _box_at(shape, fits=there) if shape.kind == "text" else shape  # else a bracket
        yield made
        if there and made is not shape:
            yield shape
        left, top = (min(lengths) for lengths in zip(*made.points, strict=True))
        before = corners.get(key, (left, top))
        corners[key] = min(left, before[0]), min(top, before[1])
    if numbers:
        size = 0.65 * SIZE
        for key, (left, top) in corners.items():
            # Low enough for the name of a leaf, which stands at the wire.
            at = (left - 3, top + SIZE)
            yield letters(str(hidden[key] + 1), at, size, anchor="end")


def _box_at(shape: Shape, *, fits: bool) -> Shape:
    """The box around the place of a number, of one size whatever the number is unless it `fits`."""
    ((x, y),) = shape.points
    size = shape.size
    wide = max(WIDTH * size, width(shape.runs, size) + 0.3 * size if fits else 0.0)
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor] * wide
    top = y - BASELINE * LINE * size
    corners = ((left, top + 1), (left + wide, top + LINE * size - 1))
    made = Shape("rectangle", corners, "fill", shape.fill, width=0.8, radius=2.5)
    return replace(made, part=shape.part, half=shape.half)
