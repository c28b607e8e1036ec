"""A picture with boxes in the places of its blanks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from ..graph.picture import Picture
from ..layout.blocks import BASELINE, LINE
from ..layout.sheet import Half, Shape, Sheet, letters
from ..lettering import width
from .blanks import Blank

ROOM = 8
"""For so many letters each number has room, whatever it is: a box tells nothing."""

WIDTH = 4.2
"""A box is so wide, in units of the size of the text: a number of two to four digits."""

Key = tuple[str, Half]
"""A wire's id, and which half of it."""


def halves_of(picture: Picture, blanks: Sequence[Blank]) -> dict[Key, int]:
    """Return which blank hides each half of each part: where a wire is cut, its value comes again."""
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
    numbered: set[str] = set()
    for shape in sheet.shapes:
        place = hidden.get((shape.part, shape.half))
        if place is None:
            yield shape
            continue
        if shape.kind != "text":  # a bracket of a matrix
            yield shape
            continue
        box = box_at(shape)
        yield box
        if place in open:
            yield shape
        if numbers and shape.part not in numbered:
            numbered.add(shape.part)
            (left, top), _ = box.points
            size = 0.62 * shape.size
            at = (left - 1, top + 0.75 * size)
            yield letters(str(place + 1), at, size, anchor="end", part=shape.part)


def box_at(shape: Shape) -> Shape:
    """Return the box around the place of a number."""
    ((x, y),) = shape.points
    wide = max(WIDTH * shape.size, fits * (width(shape.runs, shape.size) + 0.3 * shape.size))
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor] * wide
    top = y - BASELINE * LINE * shape.size
    corners = ((left, top + 1), (left + wide, top + LINE * shape.size - 1))
    made = Shape("rectangle", corners, "fill", shape.fill, width=0.8, radius=2.5)
    return replace(made, part=shape.part, half=shape.half)
