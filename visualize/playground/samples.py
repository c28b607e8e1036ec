"""Samples and labels for a page: checked, as the network takes them, some held out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .packing import is_one_hot, with_fewest_bytes

if TYPE_CHECKING:
    from nn import NeuralNetwork

Arrays = npt.NDArray[Any]

MOST_BYTES = 1_000_000
"""Of all samples and labels, as the page has them before they are compressed."""

SMALLEST_SIDE = 8
"""Rows of so many times so many numbers, or more, are taken for images."""


@dataclass(frozen=True)
class Samples:
    """What is learned from, and what is held out.

    Attributes
    ----------
    x, y : ndarray
        Samples in the network's dtype, and labels as the loss takes them.
    places : ndarray of int
        Where the samples stand in what was given.
    held_x, held_y : ndarray
        Those held out; there may be none.
    """

    x: Arrays
    y: Arrays
    places: npt.NDArray[np.int64]
    held_x: Arrays
    held_y: Arrays


def as_samples(network: NeuralNetwork, x: Any, y: Any, held_out: Any, seed: int) -> Samples:
    """Return the data of a page; see `playground`.

    Raises
    ------
    ValueError
        If samples and labels do not fit each other or the network, are not finite or too large, or
        `held_out` is neither a share nor a pair.
    """
    samples, labels = _checked(network, x, y, "x, y")
    places = np.arange(len(samples))
    if isinstance(held_out, (tuple, list)):
        if len(held_out) != 2:
            raise ValueError(
                "playground(held_out) expects samples and labels, or the share to hold out; got "
                f"{len(held_out)} parts. Write held_out=(x_test, y_test), or held_out=0.2"
            )
        held = _checked(network, held_out[0], held_out[1], "held_out")
    else:
        places, others = _parts(len(samples), held_out, seed)
        held = samples[others], labels[others]
    found = Samples(samples[places], labels[places], places, *held)
    _refuse_large(found)
    return found


def _checked(network: NeuralNetwork, x: Any, y: Any, what: str) -> tuple[Arrays, Arrays]:
    from nn.data.given import labels_from, refuse_nonfinite, samples_from
    from nn.losses.loss import Expected

    samples, labels = samples_from(x), labels_from(y)
    if not len(samples) or labels.ndim == 0 or len(samples) != len(labels):
        raise ValueError(
            f"playground({what}) expects at least one sample, and one label per sample along the "
            f"first axis; got samples of shape {samples.shape} and labels of shape {labels.shape}"
        )
    refuse_nonfinite("x", samples, network.dtype, x)
    samples = network.as_batch(samples)
    outputs = network.predict(samples[:1]).shape[1:]
    network.loss.check_labels(labels, outputs, network.dtype)
    shape = Expected((len(labels), *outputs), network.dtype)
    return samples, np.asarray(network.loss.checked_label(shape, labels))


def _parts(
    count: int, share: Any, seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the places of the samples that are learned from, and of those held out."""
    if isinstance(share, (int, float)) and not isinstance(share, bool) and 0 <= share < 1:
        order = np.random.default_rng(seed).permutation(count)
        held = int(share * count)
        return np.sort(order[held:]), np.sort(order[:held])
    raise ValueError(
        "playground(held_out) expects the share to hold out, from 0 to below 1, or samples and "
        f"labels; got {share!r}. Write held_out=0.2, or held_out=(x_test, y_test)"
    )


def _refuse_large(samples: Samples) -> None:
    size = sum(map(packed_size, (samples.x, samples.held_x)))
    size += sum(len(y) if is_one_hot(y) else packed_size(y) for y in (samples.y, samples.held_y))
    if size <= MOST_BYTES:
        return
    count = len(samples.x) + len(samples.held_x)
    fits = max(1, int(count * MOST_BYTES / size * 0.99))
    raise ValueError(
        f"playground() expects data of at most {MOST_BYTES / 1e6:g} MB, so that the page can be "
        f"mailed; got {count:,} samples of {math.prod(samples.x.shape[1:]):,} numbers, "
        f"{size / 1e6:.3g} MB. Choose some of them: chosen = np.random.default_rng(0).choice("
        f"len(x), {min(fits, len(samples.x))}, replace=False), then x[chosen], y[chosen]"
    )


def packed_size(array: Arrays) -> int:
    """How many bytes an array takes in a page.

    Examples
    --------
    >>> packed_size(np.zeros(1000)), packed_size(np.arange(1000.0))
    (1008, 8000)
    """
    return sum(part.nbytes for part in with_fewest_bytes(array))


def chosen_to_fit(x: Arrays, seed: int, room: float = MOST_BYTES) -> npt.NDArray[np.int64]:
    """Return the places of as many samples as there is room for, drawn where these are not all.

    Examples
    --------
    >>> chosen_to_fit(np.zeros((1000, 50), np.uint8), seed=0, room=20_000).shape
    (388,)
    """
    each = packed_size(x[:1000]) / min(1000, len(x)) + 1  # of the label
    most = int(0.99 * room / each)
    if len(x) <= most:
        return np.arange(len(x))
    return np.sort(np.random.default_rng(seed).choice(len(x), most, replace=False))


def image_shape_of(x: Arrays, given: Sequence[int] | None) -> tuple[int, int] | None:
    """Return height and width of samples that are images of one channel; None of others.

    Examples
    --------
    >>> image_shape_of(np.zeros((5, 784)), None), image_shape_of(np.zeros((5, 4)), None)
    ((28, 28), None)
    """
    size = math.prod(x.shape[1:])
    if given is not None:
        shape = tuple(given)
        if not shape:
            return None
        if len(shape) != 2 or math.prod(shape) != size:
            raise ValueError(
                "playground(image_shape) expects height and width, whose product is the "
                f"{size} numbers of a sample, or () where samples are no images; got {shape}"
            )
        return shape[0], shape[1]
    inner = [axis for axis in x.shape[1:] if axis != 1]
    if len(inner) == 2 and min(inner) >= SMALLEST_SIDE:
        return inner[0], inner[1]
    side = math.isqrt(size)
    return (side, side) if side >= SMALLEST_SIDE and side * side == size else None
