"""The short list of layers in a configuration, such as "conv 8 5 relu pool 2 fc 64 relu"."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..checks import cut
from ..initializers import Initializer
from ..layers import (
    GRU,
    LSTM,
    RNN,
    AveragePool2D,
    BatchNorm,
    Conv2D,
    Dropout,
    Embedding,
    Flatten,
    FullyConnected,
    GlobalAveragePool,
    GroupNorm,
    Layer,
    LayerNorm,
    MaxPool2D,
    MultiHeadAttention,
    PositionalEmbedding,
    Reshape,
    RMSNorm,
    TransformerBlock,
)
from ..registry import known_by_short_name
from .configuration import NUMBER

__all__ = ["LayerListError", "layers_from", "words_known"]

Shape = tuple[int, ...]

_MOST_WORDS = 1000


class LayerListError(ValueError):
    """A list of layers, such as ``"conv 8 5 relu fc 10"``, can't be used; says at which word."""


class _Place(NamedTuple):
    """What a word of the list needs to know of where it stands."""

    shape: Shape
    """Of a sample there."""
    initializer: Initializer
    entries: int | None
    """How many tokens there are, of texts, which have a label at each place; None of all else."""
    keeps_steps: bool
    """Whether what follows wants all steps of a sequence, and not the last one alone."""


class _Word(NamedTuple):
    """A word of the list: the numbers behind it, and the layer that it stands for."""

    numbers: str
    """Their names, those in brackets may be missing."""
    example: str
    make: Callable[..., Layer]
    """Of its place and the numbers."""
    of: str = ""
    """Whether it is for "images", "sequences" or "texts" alone."""


def _conv(place: _Place, channels: int, kernel: int, stride: int = 1) -> Layer:
    return Conv2D(
        place.shape[0],
        channels,
        kernel,
        stride=stride,
        padding="same",
        weight_initializer=place.initializer,
    )


def _fc(place: _Place, units: int) -> Layer:
    return FullyConnected(place.shape[-1], units, weight_initializer=place.initializer)


def _batch_norm(place: _Place) -> Layer:
    if len(place.shape) == 2:
        raise ValueError("batchnorm is for images and rows, and here are sequences: layernorm")
    return BatchNorm(place.shape[0])


def _norm(kind: Callable[[Any], Layer]) -> Callable[[_Place], Layer]:
    """Normalise images as a whole, sequences step by step."""
    return lambda place: kind(place.shape if len(place.shape) == 3 else place.shape[-1])


def _recurrent(kind: Callable[..., Layer]) -> _Word:
    def make(place: _Place, units: int) -> Layer:
        return kind(place.shape[-1], units, return_sequences=place.keeps_steps)

    return _Word("UNITS", f"{kind.__name__.lower()} 64", make, of="sequences")


def _attention(place: _Place, heads: int = 1) -> Layer:
    return MultiHeadAttention(place.shape[-1], heads, causal=place.entries is not None)


def _transformer(place: _Place, heads: int = 1, hidden: int | None = None) -> Layer:
    causal = place.entries is not None
    return TransformerBlock(place.shape[-1], heads, hidden=hidden, causal=causal)


_WORDS = {
    "conv": _Word("CHANNELS KERNEL [STRIDE]", "conv 8 5", _conv, of="images"),
    "pool": _Word(
        "SIZE [STRIDE]",
        "pool 2",
        lambda place, size, stride=None: MaxPool2D(size, stride=stride),
        of="images",
    ),
    "avgpool": _Word(
        "SIZE [STRIDE]",
        "avgpool 2",
        lambda place, size, stride=None: AveragePool2D(size, stride=stride),
        of="images",
    ),
    "globalpool": _Word("", "globalpool", lambda place: GlobalAveragePool(), of="images"),
    "fc": _Word("UNITS", "fc 64", _fc),
    "dropout": _Word("RATE", "dropout 0.5", lambda place, rate: Dropout(rate)),
    "flatten": _Word("", "flatten", lambda place: Flatten()),
    "batchnorm": _Word("", "batchnorm", _batch_norm),
    "layernorm": _Word("", "layernorm", _norm(LayerNorm)),
    "rmsnorm": _Word("", "rmsnorm", _norm(RMSNorm)),
    "groupnorm": _Word(
        "GROUPS",
        "groupnorm 4",
        lambda place, groups: GroupNorm(groups, place.shape[0]),
        of="images",
    ),
    "embedding": _Word(
        "FEATURES",
        "embedding 16",
        lambda place, features: Embedding(place.entries, features),
        of="texts",
    ),
    "positions": _Word(
        "", "positions", lambda place: PositionalEmbedding(*place.shape), of="sequences"
    ),
    "rnn": _recurrent(RNN),
    "lstm": _recurrent(LSTM),
    "gru": _recurrent(GRU),
    "attention": _Word("[HEADS]", "attention 4", _attention, of="sequences"),
    "transformer": _Word("[HEADS] [HIDDEN]", "transformer 4", _transformer, of="sequences"),
}


def _words() -> dict[str, _Word]:
    """All words: those above, and the layers that have a short name."""

    def plain(layer: type[Layer]) -> _Word:
        return _Word("", layer.short_name or "", lambda place: layer())

    short = known_by_short_name("layer")
    return _WORDS | {name: plain(layer) for name, layer in short.items()}


def words_known() -> str:
    """Return the words, each with its numbers, for people."""
    return ", ".join(f"{name} {word.numbers}".strip() for name, word in _words().items())


def layers_from(
    text: str, shape: Shape, outputs: int, initializer: Initializer, *, texts: bool = False
) -> list[Layer]:
    """Make the layers of a list, from rows of a sample's entries to one number per class.

    Behind what the list names follow, on their own, `Flatten` where it is needed and the
    `FullyConnected` of the outputs.

    Parameters
    ----------
    text : str
        Words with their numbers, separated by blanks or commas, as `words_known` lists them.
        Convolutions
        keep the size of an image ("same" padding). What is for sequences takes the rows of a grey
        image as steps; recurrent layers give the last one, unless sequences follow.
    shape : tuple of int
        Of one sample: (height, width), or (channels, height, width) of images, (steps,) of texts.
    outputs : int
        How many classes there are.
    initializer : Initializer
        Of convolutions and full connections; other layers start as they do on their own.
    texts : bool, default False
        Whether samples are texts, as numbers below `outputs`. They begin with an embedding, all
        layers leave the steps where they are, attention looks back only.

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
    >>> layers_from("embedding 16 gru 64", (12,), 27, He(), texts=True)[1:]
    [GRU(16, 64, return_sequences=True), FullyConnected(64, 27)]
    """
    words, known = text.replace(",", " ").split(), _words()
    if len(words) > _MOST_WORDS:
        raise LayerListError(f"expects at most {_MOST_WORDS} words, found {len(words)}")
    layers: list[Layer] = []
    now: Shape = shape if texts else (math.prod(shape),)
    entries = outputs if texts else None
    of_sequences = [n for n, name in enumerate(words) if _is_of("sequences", name, known)]

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
            if not layers and not texts and (seen := _seen_as(word.of, shape)):
                add(Reshape(seen))
            _check_fits(name.lower(), word, now, texts, bool(layers))
            if name.lower() == "fc" and len(now) > 1 and not texts:
                add(Flatten())
            keeps_steps = texts or of_sequences[-1:] > [start]
            add(word.make(_Place(now, initializer, entries, keeps_steps), *numbers))
        except (ValueError, TypeError) as error:
            raise LayerListError(f"word {start + 1}, {cut(name)}: {error}") from None
    if texts and not layers:
        raise LayerListError(_BEGINS_A_TEXT)
    if len(now) > 1 and not texts:
        add(Flatten())
    add(_fc(_Place(now, initializer, entries, texts), outputs))
    return layers


_BEGINS_A_TEXT = "a list for texts begins with an embedding, such as 'embedding 16'"


def _is_of(kind: str, name: str, known: dict[str, _Word]) -> bool:
    return name.lower() in known and known[name.lower()].of == kind


def _seen_as(of: str, shape: Shape) -> Shape | None:
    """Return the shape in which the first word takes samples, where that is not a row."""
    if of == "images" and len(shape) in (2, 3):
        return (1, *shape) if len(shape) == 2 else shape
    return shape if of == "sequences" and len(shape) == 2 else None


def _check_fits(name: str, word: _Word, now: Shape, texts: bool, behind: bool) -> None:
    """Raise where a word is not for samples of such a shape."""
    if texts and not behind and word.of != "texts":
        raise ValueError(_BEGINS_A_TEXT)
    if texts and name == "flatten":
        raise ValueError("a text has a label at each place: leave it out")
    seen = {1: f"rows of {now[0]}", 2: "sequences", 3: "images"}[len(now)]
    if texts and not behind:
        seen = "texts"
    if word.of not in ("", seen):
        raise ValueError(f"{name} is for {word.of}, and here samples are {seen}")


def _numbers(name: str, word: _Word, given: Sequence[str], following: Sequence[str]) -> list[Any]:
    needed = len([each for each in word.numbers.split() if each[0] != "["])
    further = bool(following) and NUMBER.fullmatch(following[0])
    if len(given) < needed or further:
        found = " ".join([name, *given, *following])
        raise ValueError(
            f"expects {word.numbers or 'no number'}, such as {word.example!r}, found {cut(found)}"
        )
    return [int(each) if each.isdecimal() else float(each) for each in given]


_OTHER_WORDS = dict.fromkeys(("dense", "linear", "fullyconnected", "fully_connected"), "fc")


def _unknown(place: int, name: str, known: dict[str, _Word]) -> str:
    if name.lower() == "softmax":
        return f"word {place + 1}: SoftMax follows on its own, as the loss wants it: leave it out"
    meant = _OTHER_WORDS.get(name.lower(), name.lower()[:40])
    near = difflib.get_close_matches(meant, known, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else "."
    if NUMBER.fullmatch(name):
        meant = ", behind which word? A list begins with a layer."
    return f"word {place + 1}: expected a layer, found {cut(name)}{meant} Known: {words_known()}"
