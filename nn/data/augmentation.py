"""Augmentation: images changed at random, so that a network sees more of them than there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..calls import explain_constructor
from ..checks import cut, flag, number, whole_number
from .several import Several

__all__ = ["RandomCrop", "RandomFlip", "RandomNoise", "RandomRotation", "RandomShift"]

Array = npt.NDArray[Any]
Augment = Callable[[Array, np.random.Generator], npt.ArrayLike]


class _OnImages:
    """What all share: images with their rows and columns along the last two axes.

    An instance is called on a batch, an array of shape (n, rows, columns) or (n, channels, rows,
    columns), and a `numpy.random.Generator`; it returns a new batch of the same type. Each image
    is changed in a way of its own, its channels alike.
    """

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        explain_constructor(cls)

    def __call__(self, images: npt.ArrayLike, generator: np.random.Generator) -> Array:
        """Return the changed images of a batch."""
        batch = np.asarray(images)
        if batch.ndim not in (3, 4):
            raise ValueError(
                f"{self!r} expects images of shape (n, rows, columns) or (n, channels, rows, "
                f"columns), got {batch.shape}. Write load_dataset(..., flatten=False), and let "
                "the network begin with Flatten() if it has no convolution"
            )
        return self._changed(batch, generator)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({arguments})"

    def _changed(self, images: Array, generator: np.random.Generator) -> Array:
        raise NotImplementedError


class RandomFlip(_OnImages):
    """Mirrors images, each with a probability.

    Parameters
    ----------
    horizontal : bool, default True
        Whether left and right change places.
    vertical : bool, default False
        Whether top and bottom do.
    probability : float, default 0.5
        Of each of the two, from 0 to 1.

    Raises
    ------
    ValueError
        If the probability is not from 0 to 1; when called, if images are not of shape (n, rows,
        columns) or (n, channels, rows, columns).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import RandomFlip
    >>> RandomFlip(probability=1.0)([[[1, 2, 3]]], np.random.default_rng(0))
    array([[[3, 2, 1]]])
    """

    def __init__(
        self, horizontal: bool = True, vertical: bool = False, *, probability: float = 0.5
    ) -> None:
        self.horizontal = flag("RandomFlip", "horizontal", horizontal)
        self.vertical = flag("RandomFlip", "vertical", vertical)
        self.probability = number("RandomFlip", "probability", probability, least=0, most=1)

    def _changed(self, images: Array, generator: np.random.Generator) -> Array:
        for asked, axis in ((self.horizontal, -1), (self.vertical, -2)):
            if asked:
                chosen = generator.random(len(images)) < self.probability
                chosen = chosen.reshape(-1, *[1] * (images.ndim - 1))
                images = np.where(chosen, np.flip(images, axis), images)
        return images


class RandomShift(_OnImages):
    """Shifts images by whole pixels; what comes in at the edge is filled.

    Parameters
    ----------
    pixels : int or tuple of int
        How far at most, each way; of two numbers the first is for rows, up and down.
    fill : float, default 0
        What comes in.

    Raises
    ------
    ValueError
        If a number is below 0; when called, if images are not of shape (n, rows, columns) or (n,
        channels, rows, columns).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import RandomShift
    >>> image = np.arange(1, 5).reshape(1, 1, 4)
    >>> RandomShift((0, 2))(image, np.random.default_rng(0))
    array([[[3, 4, 0, 0]]])
    """

    def __init__(self, pixels: int | tuple[int, int], *, fill: float = 0.0) -> None:
        self.pixels = _pair("RandomShift", "pixels", pixels, least=0)
        self.fill = number("RandomShift", "fill", fill)

    def _changed(self, images: Array, generator: np.random.Generator) -> Array:
        return _cut(images, images.shape[-2:], self.pixels, self.fill, generator)


class RandomCrop(_OnImages):
    """Cuts pieces out of images at random places.

    Parameters
    ----------
    size : int or tuple of int
        Rows and columns of the pieces.
    padding : int or tuple of int, default 0
        By how many pixels the images are made larger before, at each side.
    fill : float, default 0
        Of these pixels.

    Raises
    ------
    ValueError
        If `size` is below 1, or `padding` below 0; when called, if images are not of shape (n,
        rows, columns) or (n, channels, rows, columns), or smaller than the crop.

    Notes
    -----
    A network that is trained on pieces smaller than the images is to be evaluated on such too.
    ``RandomCrop(32, padding=4)`` leaves images of 32 x 32 as large as they are; it is what CIFAR-10
    is mostly trained with.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import RandomCrop
    >>> image = np.arange(16).reshape(1, 4, 4)
    >>> RandomCrop(2)(image, np.random.default_rng(0))
    array([[[ 9, 10],
            [13, 14]]])
    """

    def __init__(
        self,
        size: int | tuple[int, int],
        *,
        padding: int | tuple[int, int] = 0,
        fill: float = 0.0,
    ) -> None:
        self.size = _pair("RandomCrop", "size", size, least=1)
        self.padding = _pair("RandomCrop", "padding", padding, least=0)
        self.fill = number("RandomCrop", "fill", fill)

    def _changed(self, images: Array, generator: np.random.Generator) -> Array:
        for size, padding, length in zip(self.size, self.padding, images.shape[-2:], strict=True):
            if size > length + 2 * padding:
                raise ValueError(
                    f"RandomCrop(size) expects at most {length + 2 * padding} of images of shape "
                    f"{images.shape[1:]} with a padding of {padding}, got {size}"
                )
        return _cut(images, self.size, self.padding, self.fill, generator)


class RandomRotation(_OnImages):
    """Turns images around their middle, with values between pixels by straight lines.

    Parameters
    ----------
    degrees : float
        How far at most, both ways; 180 for any angle.
    fill : float, default 0
        What comes in at the corners.

    Raises
    ------
    ValueError
        If the angle is not from 0 to 180 degrees; when called, if images are not of shape (n, rows,
        columns) or (n, channels, rows, columns).

    Notes
    -----
    Bilinear interpolation; values of whole-number images are rounded.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import RandomRotation
    >>> image = np.eye(3)[None]
    >>> RandomRotation(10)(image, np.random.default_rng(0))[0, 1].round(2)
    array([0.05, 1.  , 0.05])
    """

    def __init__(self, degrees: float, *, fill: float = 0.0) -> None:
        self.degrees = number("RandomRotation", "degrees", degrees, least=0, most=180)
        self.fill = number("RandomRotation", "fill", fill)

    def _changed(self, images: Array, generator: np.random.Generator) -> Array:
        angle = np.radians(generator.uniform(-self.degrees, self.degrees, len(images)))
        return _turned(images, angle, self.fill)


class RandomNoise(_OnImages):
    """Adds normally distributed numbers to each entry.

    Parameters
    ----------
    std : float
        Their standard deviation.

    Raises
    ------
    ValueError
        If the standard deviation is below 0.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import RandomNoise
    >>> noisy = RandomNoise(0.1)(np.zeros((1, 100, 100)), np.random.default_rng(0))
    >>> round(float(noisy.std()), 3)
    0.1
    """

    def __init__(self, std: float) -> None:
        self.std = number("RandomNoise", "std", std, least=0)

    def __call__(self, images: npt.ArrayLike, generator: np.random.Generator) -> Array:
        """Return a batch, which may be of any shape, with noise."""
        batch = np.asarray(images)
        if batch.dtype.kind != "f":
            raise ValueError(
                f"RandomNoise expects fractions, got {batch.dtype}. Write scale_pixels(images), "
                "and std for a range from 0 to 1"
            )
        noise = generator.standard_normal(batch.shape, np.float32) * np.float32(self.std)
        return batch + noise.astype(batch.dtype)


def _pair(owner: str, name: str, value: Any, least: int) -> tuple[int, int]:
    """Return two whole numbers, of which one may be given for both."""
    both = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(both) != 2:
        raise ValueError(f"{owner}({name}) expects one number or two, got {cut(value)}")
    rows, columns = (whole_number(owner, name, each, least=least) for each in both)
    return rows, columns


def _cut(
    images: Array,
    size: Sequence[int],
    padding: tuple[int, int],
    fill: float,
    generator: np.random.Generator,
) -> Array:
    """Cut a piece out of each image, which is made larger before."""
    edges = [(0, 0)] * (images.ndim - 2) + [(each, each) for each in padding]
    padded = np.pad(images, edges, constant_values=fill)
    windows = np.lib.stride_tricks.sliding_window_view(padded, tuple(size), axis=(-2, -1))
    rows, columns = (
        generator.integers(windows.shape[axis], size=len(images))
        for axis in (images.ndim - 2, images.ndim - 1)
    )
    if images.ndim == 3:
        return windows[np.arange(len(images)), rows, columns]
    return windows[np.arange(len(images)), :, rows, columns]


def _turned(images: Array, angle: npt.NDArray[np.float64], fill: float) -> Array:
    """Turn each image by its angle, counterclockwise."""
    height, width = images.shape[-2:]
    cosine, sine = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    down = np.arange(height)[:, None] - (height - 1) / 2
    right = np.arange(width) - (width - 1) / 2
    # Where in the old image each pixel of the new one lies.
    row = cosine * down + sine * right + (height - 1) / 2
    column = cosine * right - sine * down + (width - 1) / 2
    top, left = np.floor(row).astype(np.intp), np.floor(column).astype(np.intp)
    below, beside = row - top, column - left
    kind = np.float32 if images.dtype.itemsize <= 4 else np.float64
    result = np.zeros(images.shape, kind)
    axes = (slice(None), *[None] * (images.ndim - 3))
    number_of = np.arange(len(images)).reshape(-1, *[1] * (images.ndim - 1))
    channel = np.arange(images.shape[1])[:, None, None]
    for far_down in (0, 1):
        for far_right in (0, 1):
            y, x = top + far_down, left + far_right
            share = np.abs(1 - far_down - below) * np.abs(1 - far_right - beside)
            inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
            places = (y.clip(0, height - 1)[axes], x.clip(0, width - 1)[axes])
            if images.ndim == 3:
                seen = images[number_of, *places]
            else:
                seen = images[number_of, channel, *places]
            result += share[axes].astype(kind) * np.where(inside[axes], seen, kind(fill))
    if images.dtype.kind in "iu":
        result = np.rint(result)
    return result.astype(images.dtype)


# --- used by fit and the loader ------------------------------------------------------------------


def checked_augment(owner: str, augment: Augment | Sequence[Augment]) -> tuple[Augment, ...]:
    """Return what changes the samples as a tuple of callables, or raise TypeError."""
    each = tuple(augment) if isinstance(augment, (list, tuple)) else (augment,)
    for part in each:
        if not callable(part) or isinstance(part, type):
            written = f". Write {part.__name__}(...)" if isinstance(part, type) else ""
            raise TypeError(
                f"{owner}(augment) expects functions of images and a generator, such as "
                f"RandomFlip(), got {cut(part)}{written}"
            )
    return each


def augmented(x: Any, augment: Sequence[Augment], seed: int, number: int) -> Any:
    """Return the samples of a batch, changed one way after the other.

    Parameters
    ----------
    x : ndarray
        The samples.
    augment : sequence of callables
        What changes them.
    seed, number : int
        Of the epoch and of the batch in it: with both the changes are the same again.

    Raises
    ------
    ValueError
        If the samples do not keep their number and shape.
    """
    if not augment:
        return x
    if type(x) is Several:
        raise TypeError(
            f"augment expects samples of one input, got {len(x.arrays)}. Change them where they "
            "are read: in a function that makes batches, DataLoader(function, batches=100)"
        )
    generator = np.random.default_rng([seed, number])
    changed = x
    for each in augment:
        changed = np.asarray(each(changed, generator))
        if changed.shape != x.shape:
            raise ValueError(
                f"augment expects {each!r} to leave samples of shape {x.shape} in their shape, "
                f"for the network is evaluated on such, got {changed.shape}. Write "
                "RandomCrop(32, padding=4) of images of 32 x 32, or crop all data before"
            )
    return changed
