"""The page of a layer on images: its result, and the patch that makes each entry of it."""

from __future__ import annotations

import io
import os
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from autograd_core.convolving import window

from ..formats.frames import save
from ..notebook import mime_bundle
from ..style import Theme, as_theme
from ..text import shown
from .html import FeatureMapsPage

if TYPE_CHECKING:  # nn is loaded when it is used
    from nn import AveragePool2D, Conv2D, Layer, MaxPool2D, NeuralNetwork

__all__ = ["FeatureMaps", "feature_maps"]

MOST_NUMBERS = 200_000
"""So many numbers a page holds at most."""


def feature_maps(
    network: NeuralNetwork,
    x: npt.ArrayLike,
    layer: int | Layer = 0,
    *,
    number: int = 32,
    theme: str | Theme = "lecture",
) -> FeatureMaps:
    """Make a page that shows what a layer makes of an image, entry by entry.

    On the left stands what the layer reads, on the right its result. Who points at an entry there
    sees the patch of the image that makes it, and below the numbers: patch times kernel, added up.

    Parameters
    ----------
    network : NeuralNetwork
        A network on images.
    x : array_like, shape (channels, height, width)
        The image, or a batch of which the first is shown.
    layer : int or Layer, default 0
        Which layer: its position, or itself; a `Conv2D`, a `MaxPool2D` or an `AveragePool2D`.
    number : int, default 32
        How many channels of the result at most.
    theme : str or Theme, default "lecture"
        The look.

    Returns
    -------
    FeatureMaps
        It shows itself in a notebook; ``.save("maps.html")`` writes a file.

    Raises
    ------
    TypeError
        If the layer is another.
    ValueError
        If a page can't hold so many numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Conv2D, NeuralNetwork, ReLU
    >>> from visualize import feature_maps
    >>> network = NeuralNetwork([Conv2D(1, 4, 3, padding="same"), ReLU()])
    >>> page = feature_maps(network, np.ones((1, 8, 8)))
    >>> page
    <FeatureMaps of Conv2D(1, 4, 3, padding='same'): 4 of 8 x 8>
    """
    from nn import AveragePool2D, Conv2D, MaxPool2D
    from nn.checks import whole_number

    from ..training.kernels import outputs_of, position_of

    owner = "feature_maps"
    whole_number(owner, "number", number)
    position = position_of(network, layer, owner)
    found = network.layers[position]
    if not isinstance(found, (Conv2D, MaxPool2D, AveragePool2D)):
        raise TypeError(
            f"{owner}(layer) expects a Conv2D, a MaxPool2D or an AveragePool2D, got {found!r}. "
            "Write plot_feature_maps(network, x, layer), which shows the images of any layer"
        )
    *_, before, behind = outputs_of(network, x, position, owner)
    kept = behind[:number]
    weights = np.asarray(found.weight.value) if isinstance(found, Conv2D) else np.empty(0)
    if before.size + kept.size + weights[:number].size > MOST_NUMBERS:
        raise ValueError(
            f"{owner}() expects at most {MOST_NUMBERS:,} numbers in a page, got an image of "
            f"{before.size:,} and a result of {kept.size:,}. Write a smaller number=, or crop the "
            "image"
        )
    picture = (network, np.asarray(x), position, number)
    return FeatureMaps(found, before, kept, as_theme(theme), picture)


@dataclass(frozen=True, repr=False)
class FeatureMaps:
    """A layer on images, with what it read and what it made; see `feature_maps`.

    Attributes
    ----------
    layer : Conv2D, MaxPool2D or AveragePool2D
        The layer.
    before, behind : ndarray, shape (channels, height, width)
        What it read, and what it made.
    theme : Theme
        The look.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import Conv2D, NeuralNetwork
    >>> from visualize import feature_maps
    >>> shown = feature_maps(NeuralNetwork([Conv2D(1, 4, 3)]), np.ones((1, 8, 8)))
    >>> shown.before.shape, shown.behind.shape
    ((1, 8, 8), (4, 6, 6))
    """

    layer: Conv2D | MaxPool2D | AveragePool2D
    before: npt.NDArray[Any]
    behind: npt.NDArray[Any]
    theme: Theme
    _shown: tuple[NeuralNetwork, npt.NDArray[Any], int, int]

    def __repr__(self) -> str:
        channels, height, width = self.behind.shape
        return f"<FeatureMaps of {self.layer!r}: {channels} of {height} x {width}>"

    def html(self) -> str:
        """The page, a file of its own that asks no network for anything."""
        return self._page.document(self._picture)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file, completely or not at all.

        Parameters
        ----------
        path : str or path-like
            Ends with ``.html``. Missing folders are made.
        """
        expected = "save() of feature maps expects a file ending in .html"
        makers = {".html": lambda: self.html().encode()}
        save(Path(path), makers, expected, "page.save({})")

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        """What a notebook shows: the page."""
        return mime_bundle(
            repr(self),
            lambda: self._page.fragment(self._picture),
            None,
            include,
            exclude,
            svg=lambda: self._picture,
        )

    @cached_property
    def _picture(self) -> str:
        """The result as an image, for readers without scripts."""
        try:
            from matplotlib.figure import Figure
        except ImportError:
            return '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>'
        from ..training.kernels import plot_feature_maps

        network, x, position, number = self._shown
        figure = Figure(figsize=(6, 4))
        ax = figure.add_subplot()
        plot_feature_maps(network, x, position, number=number, ax=ax)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
        return text.getvalue().partition("-->")[2] or text.getvalue()

    @cached_property
    def _page(self) -> FeatureMapsPage:
        from nn import Conv2D, MaxPool2D

        layer = self.layer
        description = f"Feature maps of {shown(repr(layer))}: {len(self.behind)} images"
        content: dict[str, Any] = {
            "description": description,
            "title": repr(layer),
            "before": _numbers(self.before),
            "shape": list(self.before.shape),
            "behind": _numbers(self.behind),
            "maps": list(self.behind.shape),
        }
        how = _how(layer, self.before.shape[1:])
        content |= {
            "kind": "convolution",
            "kernel": list(how.kernel),
            "stride": list(how.stride),
            "dilation": list(how.dilation),
            "before_first": [how.padding[0][0], how.padding[1][0]],
        }
        if isinstance(layer, Conv2D):
            weight = np.asarray(layer.weight.value)
            content |= {
                "weight": _numbers(weight[: len(self.behind)]),
                "inputs": weight.shape[1],
                "per_group": layer.out_channels // layer.groups,
                "bias": None if layer.bias is None else _numbers(np.asarray(layer.bias.value)),
            }
        else:
            content["kind"] = "largest" if isinstance(layer, MaxPool2D) else "mean"
        return FeatureMapsPage(content, self.theme)


def _how(layer: Conv2D | MaxPool2D | AveragePool2D, size: tuple[int, ...]) -> Any:
    from nn import Conv2D

    if isinstance(layer, Conv2D):
        return window(size, _pair(layer.kernel), layer.stride, layer.padding, layer.dilation)
    stride = layer.size if layer.stride is None else layer.stride
    return window(size, _pair(layer.size), stride, layer.padding, 1, even_sides=True)


def _pair(size: int | tuple[int, ...]) -> tuple[int, ...]:
    return size if isinstance(size, tuple) else (size, size)


def _numbers(array: npt.NDArray[Any]) -> list[Any]:
    """The entries in their order, in few letters; what is not finite as text."""
    return [
        float(f"{entry:.5g}") if np.isfinite(entry) else str(entry)
        for entry in array.ravel().tolist()
    ]
