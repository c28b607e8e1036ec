"""Preparing data: one-hot labels, ranges, splits, shuffled batches."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..calls import explains_arguments
from ..checks import cut, instance, number, whole_number
from ..finite import cast
from .given import numbers, samples_from
from .several import several_in

_LEAST_SPREAD = 1e-150
"""The square of a smaller standard deviation has lost digits."""

__all__ = ["Split", "batches", "one_hot", "scale_pixels", "split", "standardize"]

_MOST_CLASSES = 2**31 - 1


@explains_arguments
def one_hot(
    labels: npt.ArrayLike, classes: int, dtype: npt.DTypeLike = np.float32
) -> npt.NDArray[Any]:
    """Write each label as a row of zeros with a one at its class.

    Parameters
    ----------
    labels : array_like of int, shape (...)
        Class numbers from 0 to classes - 1; of sequences (samples, steps).
    classes : int
        Number of classes k.
    dtype : dtype, default float32
        Type of the result.

    Returns
    -------
    ndarray, shape (..., classes)
        The rows.

    Raises
    ------
    ValueError
        If a label is no integer in that range.

    References
    ----------
    Lecture 000, "SoftMax Activation Function": labels as one-hot vectors y.

    Examples
    --------
    >>> from nn import one_hot
    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    found = np.asarray(labels)
    if found.dtype.kind not in "iu":
        raise ValueError(
            f"one_hot() expects integer labels, got {found.dtype}. Write labels.astype(int) if "
            "they are whole numbers"
        )
    if not isinstance(classes, bool) and isinstance(classes, (int, np.integer)):
        check_classes(found, classes)
    classes = whole_number("one_hot", "classes", classes, least=0, most=_MOST_CLASSES)
    return hot_rows(found, classes, dtype)


def hot_rows(found: npt.NDArray[Any], classes: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Do what `one_hot` does, of labels that are checked: on the way that every batch takes."""
    rows = np.zeros((found.size, classes), dtype)
    rows[np.arange(found.size), found if found.ndim == 1 else found.ravel()] = 1
    return rows if found.ndim == 1 else rows.reshape(*found.shape, classes)


def are_classes(labels: npt.NDArray[Any], classes: int) -> bool:
    """Whether integers are class numbers, from 0 to classes - 1."""
    # The ufuncs: the methods of small arrays take twice as long, and every batch comes here.
    return not labels.size or bool(
        np.minimum.reduce(labels, None) >= 0 and np.maximum.reduce(labels, None) < classes
    )


def check_classes(labels: npt.NDArray[Any], classes: int, owner: str = "") -> None:
    """Raise ValueError where integers are no class numbers, with the index of the first.

    Parameters
    ----------
    labels : ndarray of int
        The labels.
    classes : int
        How many classes there are; for a loss, how many outputs the network has.
    owner : str, optional
        The loss whose labels they are; else they are those of `one_hot`.
    """
    if are_classes(labels, classes):
        return
    lowest, highest = labels.min(), labels.max()
    wrong = np.argwhere((labels < 0) | (labels >= classes))[0].tolist()
    index = wrong[0] if labels.ndim == 1 else tuple(wrong)
    advice = ""
    if lowest >= 1 and highest == classes:
        advice = ". Classes count from 0: write y - 1"
    elif lowest >= 0 and owner:
        advice = f". End the network with {int(highest) + 1} outputs, one per class"
        if classes == 1:
            advice += ", or for yes and no write loss='binary_cross_entropy' and labels y[:, None]"
    raise ValueError(
        f"{owner or 'one_hot()'} expects labels from 0 to {classes - 1} "
        f"({f'outputs of the network: {classes}' if owner else f'classes={classes}'}), got "
        f"{labels[index]} at index {index}, and values from {lowest} to {highest}{advice}"
    )


@explains_arguments
def scale_pixels(
    images: npt.ArrayLike,
    low: float = 0.0,
    high: float = 1.0,
    *,
    white: float = 255.0,
    dtype: npt.DTypeLike = np.float32,
) -> npt.NDArray[Any]:
    """Map grey levels from 0..white to low..high by a straight line.

    Parameters
    ----------
    images : array_like
        Grey levels, of any shape.
    low, high : float, default 0 and 1
        What black and white become.
    white : float, default 255
        The level of white.
    dtype : dtype, default float32
        Type of the result.

    Returns
    -------
    ndarray
        The mapped levels, in the same shape.

    Raises
    ------
    ValueError
        If the type is not one for fractions.

    References
    ----------
    Lecture 002, "Initialization": normalise pixel data by a linear mapping.

    Examples
    --------
    >>> from nn.data import scale_pixels
    >>> scale_pixels([0, 255], -1.0, 1.0)
    array([-1.,  1.], dtype=float32)
    """
    if np.dtype(dtype).kind != "f":
        raise ValueError(
            f"scale_pixels(dtype) expects a floating-point type, got {np.dtype(dtype)}"
        )
    low, high = number("scale_pixels", "low", low), number("scale_pixels", "high", high)
    white = number("scale_pixels", "white", white, above=0)
    scaled = cast("images", np.asarray(images), dtype)
    scaled *= (high - low) / white
    if low:
        scaled += low
    return scaled


def standardize(x_train: npt.ArrayLike, *others: npt.ArrayLike) -> tuple[npt.NDArray[Any], ...]:
    """Shift and scale every feature to mean 0 and standard deviation 1 in the training data.

    Parameters
    ----------
    x_train : array_like, shape (n, ...)
        The samples that mean and standard deviation are taken from.
    *others : array_like
        Further samples, for testing or validation: changed by the same numbers, for a network
        must see them as it saw the training data.

    Returns
    -------
    tuple of ndarray
        All of them, changed; in the same floating-point type, float32 where it was none. A
        feature that is the same in all training samples is only shifted.

    Raises
    ------
    ValueError
        If there are no samples, the features differ in number, or a feature is not finite.

    Examples
    --------
    >>> from nn import standardize
    >>> x_train, x_test = standardize([[1.0, 5.0], [3.0, 5.0]], [[2.0, 5.0]])
    >>> x_train
    array([[-1.,  0.],
           [ 1.,  0.]])
    >>> x_test
    array([[0., 0.]])
    """
    no_axis = isinstance(x_train, (int, float)) or getattr(x_train, "ndim", 1) == 0
    train = np.asarray(x_train if no_axis else samples_from(x_train))
    if train.ndim == 0 or not len(train):
        raise ValueError(
            f"standardize() expects training samples along the first axis, got shape {train.shape}"
        )
    constant = train.min(axis=0) == train.max(axis=0)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        mean = train.mean(axis=0, dtype=np.float64)
        spread = train.std(axis=0, dtype=np.float64)
        scale = np.ones_like(spread)
        # Squares of what is very large or small are infinite, or 0.
        beyond = ~(np.isfinite(spread) & ((spread > _LEAST_SPREAD) | constant))
        if beyond.any():
            # By powers of 2, which round nothing.
            exponents = np.frexp(np.abs(train).max(axis=0).astype(np.float64))[1]
            scale = np.where(beyond, np.ldexp(0.5, np.clip(-exponents, -1000, 1000)), 1.0)
            scaled = train.astype(np.float64) * scale
            mean = np.where(beyond, scaled.mean(axis=0), mean)
            spread = np.where(beyond, scaled.std(axis=0), spread)
    if not np.isfinite(spread).all():
        features = np.flatnonzero(~np.isfinite(spread)).tolist()
        raise ValueError(
            f"standardize() expects finite training samples, got nan or inf in the features "
            f"{features[:10]}"
        )
    # Not spread == 0: the rounding of the mean leaves a constant feature a spread of 1e-17.
    spread = np.where(constant, 1.0, spread)
    scales = scale if beyond.any() else 1.0

    def changed(samples: npt.ArrayLike) -> npt.NDArray[Any]:
        array = np.asarray(samples_from(samples))
        if array.shape[1:] != train.shape[1:]:
            raise ValueError(
                f"standardize() expects samples of shape {train.shape[1:]} as in the training "
                f"data, got {array.shape[1:]}"
            )
        dtype = array.dtype if array.dtype.kind == "f" else np.dtype(np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            result = np.asarray((array * scales - mean) / spread, dtype)
        _refuse_beyond(array, result)
        return result

    return tuple(changed(samples) for samples in (train, *others))


def _refuse_beyond(array: npt.NDArray[Any], result: npt.NDArray[Any]) -> None:
    """Raise where finite samples were standardized to what their type does not hold."""
    if result.size and not math.isfinite(float(result.max()) - float(result.min())):
        wrong = np.isfinite(array) & ~np.isfinite(result)
        if wrong.any():
            place = tuple(int(index[0]) for index in np.nonzero(wrong))
            raise ValueError(
                f"standardize() expects samples like the training data, got {array[place]} at "
                f"index {place}, which lies beyond what {result.dtype} holds of their spread"
            )


class Split(NamedTuple):
    """Samples and labels in two parts.

    Attributes
    ----------
    x_train, y_train : ndarray
        The part to train on.
    x_validation, y_validation : ndarray
        The part held back.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import split
    >>> parts = split(np.eye(10), np.arange(10) % 2, 0.2, np.random.default_rng(0))
    >>> [len(part) for part in parts]
    [8, 8, 2, 2]
    """

    x_train: npt.NDArray[Any]
    y_train: npt.NDArray[Any]
    x_validation: npt.NDArray[Any]
    y_validation: npt.NDArray[Any]


@explains_arguments
def split(
    x: npt.NDArray[Any],
    y: npt.NDArray[Any],
    share: float,
    generator: np.random.Generator,
    *,
    stratified: bool = False,
) -> Split:
    """Hold back a share of the training data, to validate on.

    Parameters
    ----------
    x, y : ndarray
        Samples and labels, with the samples along the first axis.
    share : float
        How much is held back: above 0 and below 1, rounded to whole samples.
    generator : numpy.random.Generator
        Chooses the samples, and shuffles both parts.
    stratified : bool, default False
        Whether every class has the same share in both parts, as nearly as whole samples allow.
        The labels are then class numbers of shape (n,).

    Returns
    -------
    Split
        x_train, y_train, x_validation, y_validation: copies of the rows.

    Raises
    ------
    ValueError
        If the lengths differ, or one part would be empty.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import split
    >>> x, y = np.arange(10.0), np.repeat([0, 1], 5)
    >>> parts = split(x, y, 0.4, np.random.default_rng(0), stratified=True)
    >>> len(parts.x_train), np.bincount(parts.y_validation).tolist()
    (6, [2, 2])
    """
    _require_generator("split", generator)
    x, y = samples_and_labels(x, y)
    labels = np.asarray(y) if stratified else None
    train, validation = places_of_split("split(share)", len(x), share, generator, labels)
    return Split(x[train], y[train], x[validation], y[validation])


def places_of_split(
    owner: str,
    samples: int,
    share: Any,
    generator: np.random.Generator,
    labels: npt.NDArray[Any] | None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return which samples are trained on and which are held back, both shuffled; see `split`.

    With labels, every class has its share in both.
    """
    proper = isinstance(share, (int, float, np.number)) and 0 < share < 1
    held_back = round(share * samples) if proper else 0
    if not 0 < held_back < samples:
        raise ValueError(
            f"{owner} expects a number above 0 and below 1 that leaves samples in both "
            f"parts, got {cut(share)} of {samples} samples"
        )
    order = generator.permutation(samples)
    if labels is not None:
        order = _spread_evenly(order, labels)
    validation, train = order[:held_back], order[held_back:]
    if labels is not None:  # so far the classes take turns
        validation, train = generator.permutation(validation), generator.permutation(train)
    return train, validation


def _spread_evenly(order: npt.NDArray[np.int64], labels: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Reorder samples so that every beginning has all classes in their shares."""
    if labels.ndim != 1:
        raise ValueError(
            f"split(stratified=True) expects class numbers of shape (n,), got shape "
            f"{labels.shape}. From one-hot rows write y.argmax(axis=1)"
        )
    place = np.empty(len(order))
    for label in np.unique(labels):
        (members,) = np.nonzero(labels[order] == label)
        # The k-th of m members belongs at the share (k + 1/2) / m of the whole.
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return order[np.argsort(place, kind="stable")]


@explains_arguments
def batches(
    x: npt.NDArray[Any],
    y: npt.NDArray[Any],
    batch_size: int,
    generator: np.random.Generator | None = None,
) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """Yield (x, y) in batches, the last one smaller where the number does not come out even.

    Parameters
    ----------
    x, y : ndarray
        Samples and labels, with the samples along the first axis. Of a memory map no more is
        read than the rows of the batch.
    batch_size : int
        Samples per batch; 1 is stochastic, len(x) batch gradient descent (lecture 003).
    generator : numpy.random.Generator, optional
        Shuffles the samples; in their order without.

    Yields
    ------
    tuple of ndarray
        The rows of one batch.

    Raises
    ------
    ValueError
        If the lengths differ, or the batch size is no whole number from 1.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import batches
    >>> x, y = np.arange(5.0), np.arange(5)
    >>> [len(labels) for _, labels in batches(x, y, 2)]
    [2, 2, 1]
    """
    batch_size = whole_number("batches", "batch_size", batch_size)
    if generator is not None:
        _require_generator("batches", generator)
    x, y = samples_and_labels(x, y)
    return _batches(x, y, batch_size, generator)


def samples_and_labels(
    x: npt.ArrayLike, y: npt.ArrayLike
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return both as arrays, memory maps as they are; raise where they differ in length."""
    labels = np.asanyarray(numbers(y))
    samples: Any = several_in(x, len(labels) if labels.ndim else 0)
    samples = np.asanyarray(numbers(x)) if samples is None else samples
    if samples.ndim == 0 or labels.ndim == 0 or len(samples) != len(labels):
        raise ValueError(
            "expected as many labels as samples, got samples of shape "
            f"{samples.shape} and labels of shape {labels.shape}"
        )
    return samples, labels


def _require_generator(owner: str, generator: Any) -> None:
    instance(owner, "generator", generator, np.random.Generator, "np.random.default_rng(0)")


def _batches(
    x: npt.NDArray[Any],
    y: npt.NDArray[Any],
    batch_size: int,
    generator: np.random.Generator | None,
) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    order = None if generator is None else generator.permutation(len(x))
    for start in range(0, len(x), batch_size):
        stop = start + batch_size
        rows = slice(start, stop) if order is None else order[start:stop]
        yield x[rows], y[rows]
