"""An image as a row of numbers, pixel by pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nn.checks import whole_number

from ..text import check_number_format, literal, number
from .board import WIDE, Board
from .figure import Axes, font_size, is_dark, new_axes, readable_on

__all__ = ["plot_flattening"]

MOST_PIXELS = 4096
MOST_IMAGES = 4


def plot_flattening(
    images: npt.ArrayLike | None = None,
    *,
    units: int | None = 4,
    number_format: str = ".4g",
    ax: Axes | None = None,
) -> Axes:
    """Show how images become the rows that a fully connected layer takes: (1 × 3 × 3) → (1 × 9).

    Parameters
    ----------
    images : array_like, shape (samples, rows, columns) or (rows, columns), optional
        Up to 4 images of one size; one of 3 x 3 pixels by default. Entries that have room are
        written into their pixels.
    units : int or None, default 4
        Units of the layer behind, for the line about its shapes; None leaves that out.
    number_format : str, default ".4g"
        How numbers are written.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        Its images are the given ones, and below them their rows.

    Raises
    ------
    ValueError
        If the image has not two or three axes, or too many pixels to be drawn one by one.

    References
    ----------
    Lecture 003, "Fully Connected Layer: Image Data".

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_flattening(ax=Figure().add_subplot())
    >>> [image.get_array().shape for image in ax.images]
    [(3, 3), (1, 9)]
    """
    owner = "plot_flattening"
    check_number_format(number_format)
    given = np.asarray(_EXAMPLE if images is None else images)
    if units is not None:
        whole_number(owner, "units", units)
    stack = given[None] if given.ndim == 2 else given
    if (
        stack.ndim != 3
        or not 1 <= len(stack) <= MOST_IMAGES
        or not 1 <= stack[0].size <= MOST_PIXELS
    ):
        raise ValueError(
            f"{owner}(images) expects 1 to {MOST_IMAGES} images of shape (samples, rows, columns), "
            f"each of 1 to {MOST_PIXELS} pixels; got shape {given.shape}. Write images[:1], "
            "of colour images images[..., 0]"
        )
    if stack.dtype.kind not in "biuf" or not np.isfinite(stack.astype(float)).all():
        raise ValueError(f"{owner}(images) expects finite real numbers, got {stack.dtype}")
    return _draw(stack, units, number_format, ax, owner)


_EXAMPLE = [[[0.0, 0.9, 0.1], [0.2, 0.8, 0.0], [0.1, 1.0, 0.3]]]
"""A stroke from the top to the bottom."""


def _draw(
    stack: npt.NDArray[Any], units: int | None, number_format: str, ax: Axes | None, owner: str
) -> Axes:
    samples, rows, columns = stack.shape
    pixels = rows * columns
    # Both in units of a pixel of the row; the image is as wide as a third of it at most.
    side = min(1.0, 3.0 / columns, 3.0 / rows) * max(1.0, pixels / 9)
    thick = max(1.0, pixels / 18)
    gap, line = 0.45 * thick, 0.8 * max(1.0, pixels / 14)
    wide = max(float(pixels), samples * (columns * side + gap))
    height = (
        line + rows * side + 1.2 * line + samples * (thick + gap) + (0.9 * line if units else 0)
    )
    if ax is None:
        ax = new_axes(None, owner, (7.0, min(9.0, 7.0 * height / wide + 0.1)))
    ax = new_axes(ax, owner)
    entries = [[literal(number(v, number_format)) for v in image.ravel()] for image in stack]
    letters = max(len(entry) for image in entries for entry in image)
    board = Board(ax, wide, height, letters)
    words = font_size(0.6 * line * board.points) / board.size
    low, high = float(stack.min()), float(stack.max())
    look: dict[str, Any] = {
        "cmap": "gray" if is_dark(ax) else "gray_r", "vmin": low,
        "vmax": high if high > low else low + 1.0, "interpolation": "nearest",
    }  # fmt: skip
    text: dict[str, Any] = {"ha": "left", "size": words}
    shape = f"({samples} × {rows} × {columns})"
    board.text(0, 0.5 * line, f"image{'s' * (samples > 1)}: {shape}", **text)
    for sample, image in enumerate(stack):
        left = sample * (columns * side + gap)
        _block(board, image, entries[sample], left, line, side, side, letters, look)
    top = line + rows * side
    board.text(0, top + 0.6 * line, f"row by row: {shape} → ({samples} × {pixels})", **text)
    top += 1.2 * line
    for sample, image in enumerate(stack):
        row = image.reshape(1, -1)
        _block(board, row, entries[sample], 0.0, top, 1.0, thick, letters, look)
        top += thick + gap
    if units:
        words_of = f"({samples} × {pixels}) · ({pixels} × {units}) → ({samples} × {units})"
        board.text(0, top - gap + 0.7 * line, f"fully connected: {words_of}", **text)
    ax.set_xlim(-0.01 * wide, 1.01 * wide)
    ax.set_ylim(height, 0)
    ax.set_aspect("equal")
    return ax


def _block(
    board: Board,
    image: npt.NDArray[Any],
    entries: list[str],
    left: float,
    top: float,
    across: float,
    down: float,
    letters: int,
    look: dict[str, Any],
) -> None:
    """Draw an image, its pixels' borders, and their entries where they have room."""
    from matplotlib.patches import Rectangle

    rows, columns = image.shape
    extent = (left, left + columns * across, top + rows * down, top)
    picture = board.ax.imshow(image.astype(float), extent=extent, **look)
    size = min(
        0.55 * down * board.points, 0.9 * across * board.points / (WIDE * letters), board.size
    )
    numbered = size >= 4.5
    for place, entry in enumerate(entries if numbered else []):
        i, j = divmod(place, columns)
        shade = picture.cmap(picture.norm(image[i, j]))
        board.text(
            left + (j + 0.5) * across, top + (i + 0.5) * down, entry, size=size / board.size,
            color=readable_on(shade),
        )  # fmt: skip
    edge = board.colours.neutral
    for i in range(rows if numbered else 1):
        for j in range(columns if numbered else 1):
            corner = (left + j * across, top + i * down)
            box = (across, down) if numbered else (columns * across, rows * down)
            board.ax.add_patch(Rectangle(corner, *box, facecolor="none", edgecolor=edge, lw=0.8))
