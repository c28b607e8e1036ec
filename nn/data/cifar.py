"""CIFAR-10's binary version: from its .bin files, or from the archive without unpacking it.

The format: an image is a byte with its class and 3,072 with red, green and blue, each 32 x 32 row
by row; a file is such images one behind the other. The version for Python holds the same images in
pickles, which run whatever is in them: it is not read.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from autograd_core.files import IrregularFileError, expanded, opened, shown

from .idx import DataError, OneGzipMember

__all__ = ["CifarImages", "read_cifar10"]

ARCHIVE = "cifar-10-binary.tar.gz"
ADDRESS = f"https://www.cs.toronto.edu/~kriz/{ARCHIVE}"
FOLDER = "cifar-10-batches-bin"
TRAINING = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST = "test_batch.bin"
SHAPE = (3, 32, 32)
CLASSES = 10

_FILES = (*TRAINING, TEST)
_RECORD = 1 + 3 * 32 * 32
_MOST_IMAGES = 10_000
"""In a file."""

MOST_BYTES = 256 * 2**20
"""Of the archive, packed or unpacked: it has 162 and 176 MiB."""

_PICKLED = ("cifar-10-python.tar.gz", "cifar-10-batches-py", "data_batch_1", "batches.meta")
"""What is there where somebody has the version for Python."""


class CifarImages(NamedTuple):
    """Images and their classes.

    Attributes
    ----------
    images : ndarray of uint8, shape (n, 3, 32, 32)
        Red, green and blue from 0 to 255.
    labels : ndarray of uint8, shape (n,)
        Classes from 0 to 9.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import CifarImages
    >>> pair = CifarImages(np.zeros((2, 3, 32, 32), np.uint8), np.array([3, 5], np.uint8))
    >>> pair.images.shape, pair.labels.tolist()
    ((2, 3, 32, 32), [3, 5])
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]


def read_cifar10(path: str | os.PathLike[str]) -> tuple[CifarImages, CifarImages]:
    """Read the training and the test images of CIFAR-10's binary version.

    Parameters
    ----------
    path : path-like
        The archive ``cifar-10-binary.tar.gz``, of which nothing is unpacked onto the disk; or the
        folder with its ``.bin`` files, or one with the archive or that folder in it.

    Returns
    -------
    train, test : CifarImages
        50,000 and 10,000 images.

    Raises
    ------
    DataError
        If files are missing, truncated, damaged or of something else; or are the version for
        Python, whose pickles would be run.
    OSError
        If one can't be opened.

    References
    ----------
    A. Krizhevsky (2009), "Learning Multiple Layers of Features from Tiny Images";
    https://www.cs.toronto.edu/~kriz/cifar.html describes the format.

    Examples
    --------
    >>> from nn.data import read_cifar10
    >>> train, test = read_cifar10("~/data/cifar-10-binary.tar.gz")  # doctest: +SKIP
    >>> train.images.shape  # doctest: +SKIP
    (50000, 3, 32, 32)
    """
    place = expanded(path)
    found = found_in(place)
    if found is None:
        raise DataError(f"{shown(place)}: {pickled_in(place) or missing_in(place)}")
    read = _from_folder if found.is_dir() else _from_archive
    parts = read(found)
    lengths = {name: len(parts[name].labels) for name in TRAINING}
    for name, length in lengths.items():
        if length != lengths[TRAINING[0]]:
            raise DataError(
                f"{shown(found)}: expected as many images in {name} as in {TRAINING[0]}, "
                f"{lengths[TRAINING[0]]}, found {length}: one of the files is truncated"
            )
    images, labels = zip(*(parts[name] for name in TRAINING), strict=True)
    return CifarImages(np.concatenate(images), np.concatenate(labels)), parts[TEST]


def found_in(place: Path) -> Path | None:
    """Return the archive, or the folder with all .bin files, at or in a place; None without."""
    if place.is_file():
        return None if place.name in _PICKLED else place
    for folder in (place, place / FOLDER):
        if all((folder / name).is_file() for name in _FILES):
            return folder
    return archive if (archive := place / ARCHIVE).is_file() else None


def pickled_in(place: Path) -> str | None:
    """Say what to do where the version for Python is at or in a place; None where it is not."""
    for name in _PICKLED:
        if place.name == name or (place / name).exists():
            return (
                f"expected CIFAR-10's binary version, found the one for Python ({name}), whose "
                "pickles would run whatever is in them: it is not read. Download the binary "
                f'version, {ADDRESS}, or write load_dataset("cifar-10", download=True)'
            )
    return None


def missing_in(place: Path) -> str:
    """Say what of CIFAR-10 a place lacks."""
    if not place.exists():
        return f"expected {ARCHIVE} or a folder with it, found nothing there"
    missing = [
        name for name in _FILES if not any((f / name).is_file() for f in (place, place / FOLDER))
    ]
    return f"expected {ARCHIVE} or its files, found neither the archive nor {', '.join(missing)}"


def _from_folder(folder: Path) -> dict[str, CifarImages]:
    parts = {}
    for name in _FILES:
        path = folder / name
        try:
            with opened(path) as file:
                parts[name] = _images(file.read, os.fstat(file.fileno()).st_size, shown(path))
        except IrregularFileError as error:
            raise DataError(f"{shown(path)}: expected a file, found {error.found}") from None
    return parts


def _from_archive(path: Path) -> dict[str, CifarImages]:
    """Read the known files out of the archive as it streams by; nothing else is looked at."""
    parts: dict[str, CifarImages] = {}
    try:
        with opened(path) as raw:
            unpacked = _Bounded(OneGzipMember(raw, path), path)
            with tarfile.open(fileobj=cast(Any, unpacked), mode="r|") as archive:
                for member in archive:
                    name = member.name.rpartition("/")[2]
                    if name not in _FILES:
                        continue
                    owner = f"{shown(path)}, {name}"
                    # One that says to be sparse unpacks to what it does not hold.
                    content = archive.extractfile(member) if member.isreg() else None
                    if content is None or member.sparse or name in parts:
                        kind = "it twice" if name in parts else "something else"
                        raise DataError(f"{owner}: expected one ordinary file, found {kind}")
                    parts[name] = _images(content.read, member.size, owner)
            while unpacked.read(2**20):  # to the end, where the checksum stands
                pass
    except IrregularFileError as error:
        raise DataError(f"{shown(path)}: expected an archive, found {error.found}") from None
    except tarfile.TarError as error:
        raise DataError(
            f"{shown(path)}: expected {ARCHIVE}, found no such archive or a damaged one: {error}"
        ) from None
    if missing := [name for name in _FILES if name not in parts]:
        raise DataError(
            f"{shown(path)}: expected {ARCHIVE}, found an archive without {', '.join(missing)}. "
            f"The binary version is at {ADDRESS}"
        )
    return parts


class _Bounded:
    """A stream that ends in an error where it is longer than the archive can be."""

    def __init__(self, stream: OneGzipMember, path: Path) -> None:
        self._stream, self._path, self._size = stream, path, 0

    def read(self, size: int) -> bytes:
        """Read up to so many bytes."""
        block = self._stream.read(size)
        self._size += len(block)
        if self._size > MOST_BYTES:
            raise DataError(
                f"{shown(self._path)}: expected at most {MOST_BYTES} bytes unpacked, found more"
            )
        return block


def _images(read: Callable[[int], bytes], size: int, owner: str) -> CifarImages:
    """Read a file of so many bytes."""
    if not size or size % _RECORD or size > _MOST_IMAGES * _RECORD:
        raise DataError(
            f"{owner}: expected {_MOST_IMAGES * _RECORD} bytes, {_MOST_IMAGES} images of {_RECORD} "
            f"bytes, found {size}: the file is truncated, or is not one of CIFAR-10's binary "
            "version"
        )
    records = np.empty(size, np.uint8)
    start = 0
    while start < size:
        if not (block := read(min(size - start, 2**20))):
            raise DataError(f"{owner}: expected {size} bytes, found {start}: it is truncated")
        records[start : start + len(block)] = np.frombuffer(block, np.uint8)
        start += len(block)
    images = records.reshape(-1, _RECORD)
    labels = images[:, 0].copy()
    if labels.max() >= CLASSES:
        wrong = int(np.argmax(labels >= CLASSES))
        raise DataError(
            f"{owner}: expected classes from 0 to {CLASSES - 1}, found {labels[wrong]} for image "
            f"{wrong}: it is not one of CIFAR-10's binary version"
        )
    return CifarImages(images[:, 1:].reshape(-1, *SHAPE), labels)
