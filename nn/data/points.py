"""Points in the plane, in classes that no straight line tells apart, or that one does."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..calls import explains_arguments
from ..checks import cut, number, whole_number

__all__ = ["Points", "blobs", "circles", "moons", "spirals", "xor"]

Floats = npt.NDArray[np.float64]


class Points(NamedTuple):
    """Points and their classes, in random order.

    Attributes
    ----------
    x : ndarray of float32, shape (n, 2)
        The points.
    y : ndarray of int64, shape (n,)
        Their classes, from 0; of each as many, or one more.

    Examples
    --------
    >>> from nn.data import moons
    >>> points = moons(4, seed=0)
    >>> points.x.shape, points.y.shape
    ((4, 2), (4,))
    """

    x: npt.NDArray[np.float32]
    y: npt.NDArray[np.int64]


@explains_arguments
def moons(n: int = 200, *, noise: float = 0.1, seed: int | np.random.Generator = 0) -> Points:
    """Draw points on two half circles that reach into each other.

    Parameters
    ----------
    n : int, default 200
        How many points.
    noise : float, default 0.1
        Standard deviation of what is added to both coordinates.
    seed : int or numpy.random.Generator, default 0
        Source of the numbers.

    Returns
    -------
    Points
        x and y.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    References
    ----------
    `sklearn.datasets.make_moons` has the same half circles.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import moons
    >>> x, y = moons(100, noise=0.05)
    >>> x.shape, np.bincount(y).tolist()
    ((100, 2), [50, 50])
    """
    generator, noise, y = _begun("moons", n, 2, noise, seed)
    angle = generator.uniform(0.0, math.pi, len(y))
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return _points(np.where(y[:, None] == 0, upper, lower), y, noise, generator)


@explains_arguments
def circles(
    n: int = 200,
    *,
    classes: int = 2,
    noise: float = 0.1,
    seed: int | np.random.Generator = 0,
) -> Points:
    """Draw points on circles around each other, of radius 1/k, 2/k, ..., 1 for k classes.

    Parameters
    ----------
    n : int, default 200
        How many points.
    classes : int, default 2
        How many circles.
    noise : float, default 0.1
        Standard deviation of what is added to both coordinates.
    seed : int or numpy.random.Generator, default 0
        Source of the numbers.

    Returns
    -------
    Points
        x and y.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import circles
    >>> x, y = circles(100, noise=0.0)
    >>> np.allclose(np.hypot(*x.T), (y + 1) / 2)
    True
    """
    generator, noise, y = _begun("circles", n, classes, noise, seed)
    angle = generator.uniform(0.0, 2.0 * math.pi, len(y))
    return _points(_polar((y + 1) / classes, angle), y, noise, generator)


@explains_arguments
def spirals(
    n: int = 300,
    *,
    classes: int = 3,
    turns: float = 0.64,
    noise: float = 0.02,
    seed: int | np.random.Generator = 0,
) -> Points:
    """Draw points on the arms of a spiral.

    Parameters
    ----------
    n : int, default 300
        How many points.
    classes : int, default 3
        How many arms.
    turns : float, default 0.64
        How often an arm goes round on its way from the middle to the radius 1; that of CS231n
        is 4 radians.
    noise : float, default 0.02
        Standard deviation of what is added to both coordinates.
    seed : int or numpy.random.Generator, default 0
        Source of the numbers.

    Returns
    -------
    Points
        x and y.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    References
    ----------
    Stanford CS231n, "Putting it together: Minimal Neural Network Case Study".

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import spirals
    >>> x, y = spirals(300)
    >>> x.shape, np.bincount(y).tolist()
    ((300, 2), [100, 100, 100])
    """
    generator, noise, y = _begun("spirals", n, classes, noise, seed)
    turns = number("spirals", "turns", turns, above=0)
    radius = generator.uniform(0.0, 1.0, len(y))
    angle = 2.0 * math.pi * (turns * radius + y / classes)
    return _points(_polar(radius, angle), y, noise, generator)


@explains_arguments
def blobs(
    n: int = 300,
    *,
    classes: int = 3,
    noise: float = 0.25,
    seed: int | np.random.Generator = 0,
) -> Points:
    """Draw points around centres that stand evenly on a circle of radius 1.

    Parameters
    ----------
    n : int, default 300
        How many points.
    classes : int, default 3
        How many centres.
    noise : float, default 0.25
        Standard deviation of both coordinates around them.
    seed : int or numpy.random.Generator, default 0
        Source of the numbers.

    Returns
    -------
    Points
        x and y.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import blobs
    >>> np.unique(blobs(8, classes=4, noise=0.0).x.round(6) + 0.0, axis=0)
    array([[-1.,  0.],
           [ 0., -1.],
           [ 0.,  1.],
           [ 1.,  0.]], dtype=float32)
    """
    generator, noise, y = _begun("blobs", n, classes, noise, seed)
    angle = 2.0 * math.pi * y / classes
    return _points(_polar(np.ones(len(y)), angle), y, noise, generator)


@explains_arguments
def xor(n: int = 200, *, noise: float = 0.25, seed: int | np.random.Generator = 0) -> Points:
    """Draw points around the corners of a square: class 1 where the signs differ.

    Parameters
    ----------
    n : int, default 200
        How many points.
    noise : float, default 0.25
        Standard deviation of both coordinates around the corners (±1, ±1).
    seed : int or numpy.random.Generator, default 0
        Source of the numbers.

    Returns
    -------
    Points
        x and y.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import xor
    >>> x, y = xor(4, noise=0.0)
    >>> np.array_equal(y, x[:, 0] * x[:, 1] < 0)
    True
    >>> len(np.unique(x, axis=0))
    4
    """
    generator, noise, y = _begun("xor", n, 2, noise, seed)
    # Within each class the two corners take turns, so that both have as many points.
    place = np.empty(len(y), np.int64)
    for label in (0, 1):
        place[y == label] = np.arange(np.sum(y == label)) % 2
    first = 2.0 * place - 1.0
    corners = np.stack([first, np.where(y == 1, -first, first)], axis=1)
    return _points(corners, y, noise, generator)


def _begun(
    owner: str, n: int, classes: int, noise: float, seed: int | np.random.Generator
) -> tuple[np.random.Generator, float, npt.NDArray[np.int64]]:
    """Return the generator, the noise, and the classes in random order."""
    classes = whole_number(owner, "classes", classes)
    n = whole_number(owner, "n", n, least=classes)
    noise = number(owner, "noise", noise, least=0)
    if not isinstance(seed, np.random.Generator):
        try:
            seed = np.random.default_rng(whole_number(owner, "seed", seed, least=0))
        except ValueError:
            raise ValueError(
                f"{owner}(seed) expects a whole number from 0 or a numpy.random.Generator, got "
                f"{cut(seed)}"
            ) from None
    return seed, noise, seed.permutation(np.arange(n) % classes)


def _polar(radius: Floats, angle: Floats) -> Floats:
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _points(
    exact: Floats, y: npt.NDArray[np.int64], noise: float, generator: np.random.Generator
) -> Points:
    return Points((exact + noise * generator.standard_normal(exact.shape)).astype(np.float32), y)
