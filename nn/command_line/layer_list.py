"""The short list of layers in a configuration, such as "conv 8 5 relu pool 2 fc 64 relu"."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..checks import cut
from ..initializers import Initializer
from ..layers import (
    AveragePool2D,
    Conv2D,
    Dropout,
    Flatten,
    FullyConnected,
    GlobalAveragePool,
    Layer,
    MaxPool2D,
    Reshape,
)
from ..registry import known_by_short_name
from .configuration import NUMBER

__all__ = ["LayerListError", "layers_from", "words_known"]

Shape = tuple[int, ...]

_MOST_WORDS = 1000


class LayerListError(ValueError):
    """A list of layers can't be used; says at which word."""


class _Word(NamedTuple):
    """A word of the list: the numbers behind it, and the layer that it stands for."""

    numbers: str
    """Their names, those in brackets may be missing."""
    example: str
    make: Callable[..., Layer]
    """Of the shape of a sample, the initializer and the numbers."""
    images: bool = False
    """Whether it is for images alone."""


def _conv(
    shape: Shape, initializer: Initializer, channels: int, kernel: int, stride: int = 1
) -> Layer:
    return Conv2D(
        shape[0], channels, kernel, stride=stride, padding="same", weight_initializer=initializer
    )


def _fc(shape: Shape, initializer: Initializer, units: int) -> Layer:
    return FullyConnected(shape[-1], units, weight_initializer=initializer)


_WORDS = {
    "conv": _Word("CHANNELS KERNEL [STRIDE]", "conv 8 5", _conv, images=True),
    "pool": _Word(
        "SIZE [STRIDE]",
        "pool 2",
        lambda shape, initializer, size, stride=None: MaxPool2D(size, stride=stride),
        images=True,
    ),
    "avgpool": _Word(
        "SIZE [STRIDE]",
        "avgpool 2",
        lambda shape, initializer, size, stride=None: AveragePool2D(size, stride=stride),
        images=True,
    ),
    "globalpool": _Word(
        "", "globalpool", lambda shape, initializer: GlobalAveragePool(), images=True
    ),
    "fc": _Word("UNITS", "fc 64", _fc),
    "dropout": _Word("RATE", "dropout 0.5", lambda shape, initializer, rate: Dropout(rate)),
    "flatten": _Word("", "flatten", lambda shape, initializer: Flatten()),
}


def _words() -> dict[str, _Word]:
    """All words: those above, and the layers that have a short name."""

    def plain(layer: type[Layer]) -> _Word:
        return _Word("", layer.short_name or "", lambda shape, initializer: layer())

    short = known_by_short_name("layer")
    return _WORDS | {name: plain(layer) for name, layer in short.items()}


def words_known() -> str:
    """Return the words, each with its numbers, for people."""
    return ", ".join(f"{name} {word.numbers}".strip() for name, word in _words().items())


def layers_from(text: str, shape: Shape, outputs: int, initializer: Initializer) -> list[Layer]:
    """Make the layers of a list, from rows of a sample's entries to one number per class.

    Behind what the list names follow, on their own, `Flatten` where it is needed and the
    `FullyConnected` of the outputs.

    Parameters
    ----------
    text : str
        Words with their numbers, separated by blanks, as `words_known` lists them. Convolutions
        keep the size of an image ("same" padding).
    shape : tuple of int
        Of one sample: (height, width), or (channels, height, width) of images.
    outputs : int
        How many classes there are.
    initializer : Initializer
        Of all weights.

    Raises
    ------
    LayerListError
        If a word is not known, its numbers are missing or wrong, or it does not fit there.

    Examples
    --------
    >>> from nn import He
    >>> for layer in layers_from("conv 8 5 relu pool 2 fc 64 relu", (28, 28), 10, He()):
    ...     print(layer)
    Reshape((1, 28, 28))
    Conv2D(1, 8, 5, padding='same')
    ReLU()
    MaxPool2D()
    Flatten()
    FullyConnected(1568, 64)
    ReLU()
    FullyConnected(64, 10)
    """
    images = (1, *shape) if len(shape) == 2 else shape
    words, known = text.split(), _words()
    if len(words) > _MOST_WORDS:
        raise LayerListError(f"expects at most {_MOST_WORDS} words, found {len(words)}")
    layers: list[Layer] = []
    now: Shape = (math.prod(shape),)

    def add(layer: Layer) -> None:
        nonlocal now
        now = layer.output_shape(now)
        layers.append(layer)

    place = 0
    while place < len(words):
        name, start = words[place], place
        word = known.get(name.lower())
        if word is None:
            raise LayerListError(_unknown(start, name, known))
        place += 1
        most = len(word.numbers.split())
        while place < len(words) and place - start <= most and NUMBER.fullmatch(words[place]):
            place += 1
        given = words[start + 1 : place]
        try:
            numbers = _numbers(name, word, given, words[place : place + 1])
            if word.images and not layers and len(images) == 3:
                add(Reshape(images))
            if word.images and len(now) != 3:
                raise ValueError(f"{name} is for images, and here samples are rows of {now[0]}")
            if name.lower() == "fc" and len(now) > 1:
                add(Flatten())
            add(word.make(now, initializer, *numbers))
        except (ValueError, TypeError) as error:
            raise LayerListError(f"word {start + 1}, {cut(name)}: {error}") from None
    if len(now) > 1:
        add(Flatten())
    add(_fc(now, initializer, outputs))
    return layers


def _numbers(name: str, word: _Word, given: Sequence[str], following: Sequence[str]) -> list[Any]:
    needed = len([each for each in word.numbers.split() if each[0] != "["])
    further = bool(following) and NUMBER.fullmatch(following[0])
    if len(given) < needed or further:
        found = " ".join([name, *given, *following])
        raise ValueError(
            f"expects {word.numbers or 'no number'}, such as {word.example!r}, found {cut(found)}"
        )
    return [int(each) if each.isdecimal() else float(each) for each in given]


def _unknown(place: int, name: str, known: dict[str, _Word]) -> str:
    near = difflib.get_close_matches(name.lower()[:40], known, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else "."
    if NUMBER.fullmatch(name):
        meant = ", behind which word? A list begins with a layer."
    return f"word {place + 1}: expected a layer, found {cut(name)}{meant} Known: {words_known()}"
