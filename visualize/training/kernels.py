"""What convolutions learn and see: their kernels, and their results, as images."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import no_grad
from nn import Layer, NeuralNetwork
from nn.checks import whole_number

from .figure import Axes, diverging, new_axes, sequential
from .images import mosaic

__all__ = ["plot_feature_maps", "plot_kernels"]


def plot_kernels(
    layer: Layer | NeuralNetwork | npt.ArrayLike, *, number: int = 64, ax: Axes | None = None
) -> Axes:
    """Show the kernels of a convolution as images: what each of them looks for.

    A kernel has an image for each channel that it reads; those of one kernel stand in a row. The
    colours are scaled to the largest absolute weight.

    Parameters
    ----------
    layer : Layer, NeuralNetwork, or array_like of shape (outputs, inputs, height, width)
        A layer with kernels, a network of which the first such layer is shown, or kernels.
    number : int, default 64
        How many images at most.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If there are no kernels.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from nn import Conv2D, NeuralNetwork
    >>> network = NeuralNetwork([Conv2D(1, 8, 5)])
    >>> ax = plot_kernels(network, ax=Figure().add_subplot())
    >>> ax.get_title()
    '8 kernels, 5 x 5'
    """
    owner = "plot_kernels"
    kernels = _kernels(layer, owner)
    whole_number(owner, "number", number)
    outputs, inputs, height, width = kernels.shape
    shown = max(1, number // inputs)
    pictures = kernels[:shown, :number].reshape(-1, height, width)
    ax = new_axes(ax, owner)
    largest = float(np.max(np.abs(pictures))) or 1.0
    columns = inputs if inputs > 1 else None
    image = _tiles(ax, pictures, diverging(ax), -largest, largest, columns)
    ax.figure.colorbar(image, ax=ax, label="weight", shrink=0.8)
    some = f"{outputs} kernels" if shown >= outputs else f"{shown} of {outputs} kernels"
    many = f"{inputs} x " if inputs > 1 else ""
    ax.set_title(f"{some}, {many}{height} x {width}", fontsize="medium")
    return ax


def _kernels(layer: Any, owner: str) -> npt.NDArray[Any]:
    if isinstance(layer, NeuralNetwork):
        found = [one for one in layer.layers if one.slides]
        if not found:
            raise ValueError(f"{owner}() expects a network with a Conv2D, got {layer!r}")
        layer = found[0]
    if isinstance(layer, Layer):
        if not layer.slides:
            raise ValueError(
                f"{owner}() expects a layer with kernels such as Conv2D, got {layer!r}"
            )
        layer = layer.parameters()["weight"].value
    kernels = np.asarray(layer, float)
    if kernels.ndim == 3:
        kernels = kernels[:, :, None]
    if kernels.ndim != 4 or not kernels.size:
        raise ValueError(
            f"{owner}() expects kernels of shape (outputs, inputs, height, width), got shape "
            f"{kernels.shape}"
        )
    if not np.isfinite(kernels).all():
        raise ValueError(f"{owner}() expects finite weights, got nan or inf")
    return kernels


def plot_feature_maps(
    network: NeuralNetwork,
    x: npt.ArrayLike,
    layer: int | Layer = 0,
    *,
    number: int = 64,
    ax: Axes | None = None,
) -> Axes:
    """Show what a layer makes of one image: an image for each of its channels.

    Parameters
    ----------
    network : NeuralNetwork
        A network on images.
    x : array_like, shape (channels, height, width)
        The image, or a batch of which the first is shown.
    layer : int or Layer, default 0
        Behind which layer to look: its position, or itself.
    number : int, default 64
        How many channels at most.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If the layer gives no images.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from nn import Conv2D, NeuralNetwork, ReLU
    >>> network = NeuralNetwork([Conv2D(1, 8, 5), ReLU()])
    >>> ax = plot_feature_maps(network, np.ones((1, 28, 28)), 1, ax=Figure().add_subplot())
    >>> ax.get_title()
    '8 maps behind ReLU(), 24 x 24'
    """
    owner = "plot_feature_maps"
    whole_number(owner, "number", number)
    position = position_of(network, layer, owner)
    maps = outputs_of(network, x, position, owner)[-1]
    if maps.ndim != 3:
        raise ValueError(
            f"{owner}() expects a layer that gives images, got {network.layers[position]!r}, which "
            f"gives shape {maps.shape}"
        )
    channels, height, width = maps.shape
    pictures = maps[:number]
    ax = new_axes(ax, owner)
    low, high = float(pictures.min()), float(pictures.max())
    largest = max(-low, high) or 1.0
    if low < 0:
        image = _tiles(ax, pictures, diverging(ax), -largest, largest)
    else:
        image = _tiles(ax, pictures, sequential(ax), 0.0, largest)
    ax.figure.colorbar(image, ax=ax, shrink=0.8)
    some = f"{channels} maps" if len(pictures) == channels else f"{number} of {channels} maps"
    name = repr(network.layers[position])
    ax.set_title(f"{some} behind {name}, {height} x {width}", fontsize="medium")
    return ax


def position_of(network: NeuralNetwork, layer: int | Layer, owner: str) -> int:
    """Return where a layer stands in a network, which may be said by number."""
    if isinstance(layer, Layer):
        found = [place for place, one in enumerate(network.layers) if one is layer]
        if not found:
            raise ValueError(f"{owner}(layer) expects a layer of the network, got {layer!r}")
        return found[0]
    count = len(network.layers)
    if not isinstance(layer, (int, np.integer)) or not -count <= layer < count:
        raise ValueError(
            f"{owner}(layer) expects the position of a layer, 0 to {count - 1}, got {layer!r}"
        )
    return int(layer) % count


def outputs_of(
    network: NeuralNetwork, x: npt.ArrayLike, position: int, owner: str
) -> list[npt.NDArray[Any]]:
    """Return one sample, and what each layer makes of it, up to that at a position."""
    sample = np.asarray(x, network.dtype)
    if sample.ndim in (2, 3) and sample.ndim != 4:
        sample = sample[None]
    if not sample.ndim or not len(sample):
        raise ValueError(f"{owner}(x) expects an image, got shape {np.shape(x)}")
    found, batch = [sample[0]], sample[:1]
    with network.evaluating(), no_grad():
        for layer in network.layers[: position + 1]:
            batch = layer(batch).value
            found.append(batch[0])
    return found


def _tiles(
    ax: Axes,
    pictures: npt.NDArray[Any],
    colours: Any,
    low: float,
    high: float,
    columns: int | None = None,
) -> Any:
    """Draw images in rows, as many in each as given, or as fit."""
    if columns is None:
        return mosaic(ax, pictures, [""] * len(pictures), cmap=colours, low=low, high=high)
    count, height, width = pictures.shape
    rows = math.ceil(count / columns)
    canvas = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for place, picture in enumerate(pictures):
        top, left = place // columns * (height + 1), place % columns * (width + 1)
        canvas[top : top + height, left : left + width] = picture
    ax.set_axis_off()
    return ax.imshow(canvas, cmap=colours, vmin=low, vmax=high, interpolation="nearest")
