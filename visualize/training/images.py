"""Images side by side, and the weights of the first layer as such."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from nn import NeuralNetwork
from nn.checks import whole_number

from ..text import literal
from .figure import Axes, diverging, font_size, is_dark, new_axes, size_in_points

__all__ = ["plot_first_layer"]

_GAP = 0.12
"""Between images, as a share of their width."""


def plot_first_layer(
    network: NeuralNetwork | npt.ArrayLike,
    *,
    number: int = 24,
    shape: tuple[int, ...] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Show the weights of the first layer as images: what each of its units looks for.

    The colours are scaled to the largest absolute weight.

    Parameters
    ----------
    network : NeuralNetwork, or array_like of shape (inputs, units)
        A network on images, or such weights.
    number : int, default 24
        How many units at most, the ones with the largest weights.
    shape : tuple of int, optional
        Height and width of the images, where they are not square.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If the network has no weights, or the inputs are no image.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from nn import FullyConnected, NeuralNetwork
    >>> network = NeuralNetwork([FullyConnected(64, 6)])
    >>> ax = plot_first_layer(network, ax=Figure().add_subplot())
    >>> len(ax.images)
    6
    """
    owner = "plot_first_layer"
    weights = _first_weights(network, owner)
    whole_number(owner, "number", number)
    size = np.sqrt(np.sum(np.square(weights), axis=0))
    chosen = np.sort(np.argsort(-size, kind="stable")[:number])
    pictures = as_images(weights.T[chosen], owner, shape)
    if pictures.ndim == 4:
        raise ValueError(
            f"{owner}() expects weights for one channel, got images of shape {pictures.shape[1:]}"
        )
    ax = new_axes(ax, owner)
    largest = float(np.max(np.abs(pictures))) or 1.0
    image = mosaic(
        ax, pictures, [""] * len(pictures), cmap=diverging(ax), low=-largest, high=largest
    )
    ax.figure.colorbar(image, ax=ax, label="weight", shrink=0.8)
    units = weights.shape[1]
    ax.set_title(
        f"weights of {units} units" if len(chosen) == units else f"{len(chosen)} of {units} units",
        fontsize="medium",
    )
    return ax


def _first_weights(network: Any, owner: str) -> npt.NDArray[Any]:
    if hasattr(network, "layers"):
        found = (layer.parameters().get("weight") for layer in network.layers)
        node = next((node for node in found if node is not None), None)
        if node is None:
            raise ValueError(
                f"{owner}() expects a network with a FullyConnected layer, got {network!r}"
            )
        network = node.value
    weights = np.asarray(network, float)
    if weights.ndim != 2 or not weights.size:
        raise ValueError(
            f"{owner}() expects weights of shape (inputs, units), got shape {weights.shape}"
        )
    if not np.isfinite(weights).all():
        raise ValueError(f"{owner}() expects finite weights, got nan or inf")
    return weights


def as_images(images: Any, owner: str, shape: tuple[int, ...] | None) -> npt.NDArray[Any]:
    """Return images of shape (number, height, width) or (number, height, width, 3 or 4)."""
    array = np.asarray(images)
    if array.ndim == 2 or shape is not None:
        pixels = math.prod(array.shape[1:])
        side = math.isqrt(pixels)
        if shape is None and side * side != pixels:
            raise ValueError(
                f"{owner}() expects rows that are square images, such as 784 = 28 x 28 pixels; "
                f"got {pixels}. Write shape=(height, width)"
            )
        shape = (side, side) if shape is None else tuple(shape)
        if math.prod(shape) != pixels or len(shape) not in (2, 3):
            raise ValueError(
                f"{owner}(shape) expects height times width to be the {pixels} pixels of an "
                f"image, got {shape}"
            )
        array = array.reshape(len(array), *shape)
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[3] not in (3, 4)):
        raise ValueError(
            f"{owner}() expects images of shape (samples, height, width), with an axis of 1, 3 or "
            f"4 channels behind, or rows of pixels; got shape {array.shape}"
        )
    return array


def mosaic(
    ax: Axes,
    pictures: npt.NDArray[Any],
    captions: list[str],
    *,
    cmap: Any = None,
    low: float | None = None,
    high: float | None = None,
) -> Any:
    """Draw images in rows and columns, with a caption above each; return the last one drawn."""
    number, height, width = pictures.shape[:3]
    points = size_in_points(ax)
    lines = max((caption.count("\n") + 1 if caption else 0) for caption in captions)
    letters = max([1, *(len(line) for caption in captions for line in caption.splitlines())])
    columns, scale, font = max(
        (_layout(n, pictures.shape[:3], points, lines, letters) for n in range(1, number + 1)),
        key=lambda layout: layout[1] * min(1.0, layout[2] / 7.0),  # large images, legible captions
    )
    caption_height = 1.35 * font * lines / scale
    across = width * (1 + _GAP)
    down = height + _GAP * width + caption_height
    rows = -(-number // columns)
    if cmap is None and pictures.ndim == 3:
        cmap = "gray" if is_dark(ax) else "gray_r"
        low, high = float(pictures.min()), float(pictures.max())
    image: Any = None
    for index, picture in enumerate(pictures):
        left, top = index % columns * across, index // columns * down + caption_height
        shown = (
            np.clip(picture, 0, 1) if picture.ndim == 3 and picture.dtype.kind == "f" else picture
        )
        image = ax.imshow(
            shown,
            cmap=cmap,
            vmin=low,
            vmax=high,
            extent=(left, left + width, top + height, top),
            interpolation="nearest",
        )
        if captions[index]:
            ax.text(
                left + width / 2,
                top - 0.2 * font / scale,
                literal(captions[index]),
                ha="center",
                va="bottom",
                fontsize=font,
                linespacing=1.1,
            )
    ax.set_xlim(-_GAP * width, columns * across)
    ax.set_ylim(rows * down, -_GAP * width)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return image


def _layout(
    columns: int, shape: tuple[int, ...], points: tuple[float, float], lines: int, letters: int
) -> tuple[int, float, float]:
    """Return the columns, points per pixel, and the size of the captions that fit."""
    number, height, width = shape
    rows = -(-number // columns)
    scale = points[0] / (columns * width * (1 + _GAP) + _GAP * width)
    for _ in range(20):  # captions and images share the height: settles quickly
        font = font_size(scale * width * (1 + _GAP) / (0.58 * letters))
        space = points[1] / rows - 1.35 * font * lines
        scale = min(scale, max(space, 0.01 * points[1] / rows) / (height + 2 * _GAP * width))
    return columns, scale, font_size(scale * width * (1 + _GAP) / (0.58 * letters))
