"""Data sets that ship with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .idx import DataError, read_idx
from .preparation import scale_pixels

_FILES = Path(__file__).parent / "files"

_WHITE = {"mnist-sample": 255.0, "digits": 16.0}
"""The data sets, with the grey level of white."""


class Dataset(NamedTuple):
    """Samples and labels to train with, and others to test with.

    Attributes
    ----------
    x_train, x_test : ndarray, shape (samples, features)
        One row per sample.
    y_train, y_test : ndarray of int64, shape (samples,)
        Class numbers.
    """

    x_train: npt.NDArray[Any]
    y_train: npt.NDArray[np.int64]
    x_test: npt.NDArray[Any]
    y_test: npt.NDArray[np.int64]


def dataset_names() -> tuple[str, ...]:
    """Return the names that `load_dataset` knows."""
    return tuple(_WHITE)


def load_dataset(
    name: str,
    *,
    flatten: bool = True,
    low: float = 0.0,
    high: float = 1.0,
    dtype: npt.DTypeLike = np.float32,
) -> Dataset:
    """Load a data set of handwritten digits that ships with the package.

    Parameters
    ----------
    name : {"mnist-sample", "digits"}
        "mnist-sample": the first 2,000 training and 500 test images of MNIST, 28 x 28.
        "digits": 1,437 and 360 digits of the UCI set, 8 x 8.
    flatten : bool, default True
        One row of pixels per image; False keeps rows and columns.
    low, high : float, default 0 and 1
        The pixel range: what black and white become.
    dtype : dtype, default float32
        Type of the pixels.

    Returns
    -------
    Dataset
        x_train, y_train, x_test, y_test.

    Raises
    ------
    ValueError
        If the name is unknown.
    DataError
        If the files are damaged.

    Notes
    -----
    MNIST is by Yann LeCun and Corinna Cortes (CC BY-SA 3.0), the UCI digits by E. Alpaydin and
    C. Kaynak (CC BY 4.0); see LICENSE.

    Examples
    --------
    >>> data = load_dataset("mnist-sample")
    >>> data.x_train.shape, data.y_test[:3]
    ((2000, 784), array([7, 2, 1]))
    """
    if name not in _WHITE:
        known = ", ".join(repr(known) for known in _WHITE)
        raise ValueError(f"load_dataset() expects one of {known}, got {name!r}")

    def part(prefix: str) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
        images, labels = read_images_and_labels(
            _FILES / name / f"{prefix}-images-idx3-ubyte.gz",
            _FILES / name / f"{prefix}-labels-idx1-ubyte.gz",
        )
        x = scale_pixels(images, low, high, white=_WHITE[name], dtype=dtype)
        return (x.reshape(len(x), -1) if flatten else x), labels.astype(np.int64)

    return Dataset(*part("train"), *part("t10k"))


def read_images_and_labels(
    images_path: str | Path, labels_path: str | Path
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Read images and their labels from two IDX files.

    Parameters
    ----------
    images_path, labels_path : path-like
        Files with three axes and with one.

    Returns
    -------
    images, labels : ndarray
        Shapes (n, rows, columns) and (n,).

    Raises
    ------
    DataError
        If a file is damaged, or the two don't fit together.
    """
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.ndim != 3:
        raise DataError(
            f"{images_path}: expected images with 3 axes (images, rows, columns), "
            f"found shape {images.shape}"
        )
    if labels.ndim != 1:
        raise DataError(f"{labels_path}: expected labels with 1 axis, found shape {labels.shape}")
    if len(images) != len(labels):
        raise DataError(
            f"{labels_path}: expected {len(images)} labels, one per image of {images_path}, "
            f"found {len(labels)}"
        )
    return images, labels
