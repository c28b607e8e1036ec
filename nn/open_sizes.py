"""Shapes with letters where layers take samples of any size, found by trying sizes."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .layers import Layer

Shape = tuple[int, ...]

_TRIED = 96
"""A multiple of what strides usually make of each other; small, for functions are called on it."""


class Open(NamedTuple):
    """Shapes that a sample can have at one place of a network."""

    letters: tuple[str, ...]
    """The sizes that are open where samples come in."""
    shapes: tuple[Shape, ...]
    """With each of them as tried, then with each in turn twice as large."""

    def behind(self, layer: Layer) -> Open | None:
        """Return what is behind a layer; None where it does not say, or takes no such samples."""
        try:
            found = tuple(layer.output_shape(shape) for shape in self.shapes)
        except ValueError:
            return None
        alike = None not in found and len({len(shape) for shape in found}) == 1
        return Open(self.letters, found) if alike else None

    def written(self) -> str | None:
        """Return the shape with its letters; None where an axis is no such size and a number.

        A size is what it is where all strides divide: ``H/2`` is rounded otherwise.

        Examples
        --------
        >>> from nn import Conv2D
        >>> opened((3, "H", "W")).behind(Conv2D(3, 8, 5, stride=2)).written()
        '(8, H/2 - 2, W/2 - 2)'
        """
        axes = [self._axis(*sizes) for sizes in zip(*self.shapes, strict=True)]
        known = [axis for axis in axes if axis is not None]
        if len(known) < len(axes):
            return None
        return f"({', '.join(known)}{',' * (len(known) == 1)})"

    def _axis(self, first: int, *others: int) -> str | None:
        changed = [
            (letter, size)
            for letter, size in zip(self.letters, others, strict=True)
            if size != first
        ]
        if not changed:
            return str(first)
        if len(changed) > 1:
            return None
        letter, size = changed[0]
        slope = Fraction(size - first, _TRIED)
        offset = first - slope * _TRIED
        if offset.denominator != 1:
            return None
        times = f"{slope.numerator}{letter}" if slope.numerator != 1 else letter
        over = f"/{slope.denominator}" if slope.denominator != 1 else ""
        rest = f" {'+' if offset > 0 else '-'} {abs(offset)}" if offset else ""
        return f"{times}{over}{rest}"


def opened(sample: tuple[int | str, ...]) -> Open:
    """Return the shapes to try of a sample in which letters stand for what is open."""
    letters = tuple(axis for axis in sample if isinstance(axis, str))
    return Open(
        letters,
        tuple(
            tuple(
                axis if isinstance(axis, int) else _TRIED * (2 if axis == twice else 1)
                for axis in sample
            )
            for twice in ("", *letters)
        ),
    )
