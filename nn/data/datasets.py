"""Data sets: found, or downloaded on request, read and prepared."""

from __future__ import annotations

import contextlib
import difflib
import math
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core.files import expanded, shown

from ..checks import cut
from . import cifar
from .catalogue import DATASETS, DatasetInfo
from .download import cache_folder
from .download import download as download_file
from .idx import DataError, read_idx
from .preparation import scale_pixels

__all__ = ["Dataset", "find_dataset", "load_dataset", "prepare_samples", "read_images_and_labels"]

DATA_VARIABLE = "AUTOGRAD_CORE_DATA"

_FILES = Path(__file__).parent / "files"


class Dataset(NamedTuple):
    """Samples and labels to train with, and others to test with.

    Attributes
    ----------
    x_train, x_test : ndarray, shape (samples, features)
        One row per sample.
    y_train, y_test : ndarray of int64, shape (samples,)
        Class numbers; of texts (samples, places), the number of each next character, and -1
        behind the end.

    Examples
    --------
    >>> from nn import load_dataset
    >>> data = load_dataset("iris")
    >>> data.x_train.shape, data.y_train.shape, data.x_test.shape
    ((100, 4), (100,), (50, 4))
    """

    x_train: npt.NDArray[Any]
    y_train: npt.NDArray[np.int64]
    x_test: npt.NDArray[Any]
    y_test: npt.NDArray[np.int64]

    def __repr__(self) -> str:
        parts = (f"{name}: {part.shape} {part.dtype}" for name, part in self._asdict().items())
        return f"Dataset({', '.join(parts)})"


def load_dataset(
    name: str,
    *,
    path: str | os.PathLike[str] | None = None,
    download: bool = False,
    mirror: str | None = None,
    progress: bool = True,
    flatten: bool = True,
    low: float = 0.0,
    high: float = 1.0,
    dtype: npt.DTypeLike = np.float32,
) -> Dataset:
    """Load a data set.

    Parameters
    ----------
    name : str
        One of `dataset_names`.
        "mnist-sample": the first 2,000 training and 500 test images of MNIST, 28 x 28.
        "digits": 1,437 and 360 digits of the UCI set, 8 x 8, split in file order.
        "iris": 100 and 50 flowers, sepal length and width, petal length and width in cm; the
        species take turns, setosa (0), versicolor (1), virginica (2), each in the order of
        Fisher's table, and the first 100 are for training, so that the classes have 34, 33, 33
        flowers there and 16, 17, 17 in the test.
        "moons", "circles", "spirals", "blobs", "xor": points in the plane, 200 and 100 of each
        class, see the functions of these names.
        "names": 4,663 and 500 given names, 12 characters each, as numbers; see `Characters`,
        and `load_names` for the names themselves. Start and end are one token, 0.
        "mnist": 60,000 and 10,000 handwritten digits, 28 x 28.
        "fashion-mnist": as many pictures of clothes.
        "cifar-10": 50,000 and 10,000 colour photographs, 3 x 32 x 32.
        All but the last three ship with the package.
    path : path-like, optional
        Folder with the files: itself, or its subfolder of the set's name. Of "mnist" and
        "fashion-mnist" IDX files; .gz or not; ``-idx3-`` or ``.idx3-`` in their names. Of
        "cifar-10" those that `read_cifar10` reads, also the archive itself. Without, the folder
        that the environment variable AUTOGRAD_CORE_DATA names, then the cache folder (see
        `nn.data.cache_folder`).
    download : bool, default False
        Whether a set that does not ship may be downloaded if it isn't there: into `path` where
        given, else into the cache folder. The files are checked against published checksums.
    mirror : str, optional
        Address of a folder to download from in place of the known ones.
    progress : bool, default True
        Whether a download shows a progress bar.
    flatten : bool, default True
        One row of pixels per image; False keeps rows and columns, and channels in front of them.
    low, high : float, default 0 and 1
        The pixel range: what black and white become. Iris is left in cm, see `standardize`.
    dtype : dtype, default float32
        Type of the samples; texts are whole numbers in any case.

    Returns
    -------
    Dataset
        x_train, y_train, x_test, y_test.

    Raises
    ------
    ValueError
        If the name is unknown, or an argument makes no sense for the set.
    DataError
        If the files are missing or damaged, or the download fails.

    Notes
    -----
    MNIST is by Yann LeCun and Corinna Cortes (CC BY-SA 3.0), the UCI digits by E. Alpaydin and
    C. Kaynak (CC BY 4.0), iris by R. A. Fisher (CC BY 4.0), Fashion-MNIST by Zalando SE (MIT),
    CIFAR-10 by A. Krizhevsky, the names are from the US Census of 1990 (public domain); see
    LICENSE.

    Examples
    --------
    >>> from nn import load_dataset
    >>> data = load_dataset("mnist-sample")
    >>> data.x_train.shape, data.y_test[:3]
    ((2000, 784), array([7, 2, 1]))
    >>> load_dataset("iris").x_train[0]
    array([5.1, 3.5, 1.4, 0.2], dtype=float32)
    """
    info = _info(name)
    if info.ships and (path is not None or download or mirror is not None):
        raise ValueError(
            f"load_dataset({name!r}) expects neither path, download nor mirror: the set comes "
            "with the package"
        )
    if info.make is not None:
        train_samples, train_labels, test_samples, test_labels = info.make()
    else:
        place = (
            _FILES / name if info.ships else _place(name, info, path, download, mirror, progress)
        )
        parts = cifar.read_cifar10(place) if _is_cifar(info) else _read(name, info, place)
        (train_samples, train_labels), (test_samples, test_labels) = parts

    def prepared(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return prepare_samples(name, samples, flatten=flatten, low=low, high=high, dtype=dtype)

    return Dataset(
        prepared(train_samples),
        train_labels.astype(np.int64),
        prepared(test_samples),
        test_labels.astype(np.int64),
    )


def _is_cifar(info: DatasetInfo) -> bool:
    return info.files == (cifar.ARCHIVE,)


def _read(
    name: str, info: DatasetInfo, folder: Path
) -> tuple[tuple[npt.NDArray[Any], npt.NDArray[Any]], ...]:
    """Read IDX files: training samples and labels, test samples and labels."""

    def part(samples_file: str, labels_file: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        samples_path = _find_file(folder, samples_file) or folder / samples_file
        labels_path = _find_file(folder, labels_file) or folder / labels_file
        axes = len(info.shape) + 1
        samples, labels = read_images_and_labels(samples_path, labels_path, axes=axes)
        if samples.shape[1:] != info.shape:
            raise DataError(
                f"{shown(samples_path)}: expected samples of shape {info.shape} in {name}, "
                f"found {samples.shape[1:]}"
            )
        if labels.size and not 0 <= labels.min() <= labels.max() < info.classes:
            raise DataError(
                f"{shown(labels_path)}: expected labels from 0 to {info.classes - 1} in {name}, "
                f"found {labels.min()} to {labels.max()}"
            )
        if not info.ships:
            _require_own_labels(name, labels, labels_path)
        return samples, labels

    train_samples, train_labels, test_samples, test_labels = info.files
    return part(train_samples, train_labels), part(test_samples, test_labels)


def _info(name: str) -> DatasetInfo:
    if not isinstance(name, str) or name not in DATASETS:
        known = ", ".join(repr(known) for known in DATASETS)
        near = difflib.get_close_matches(str(name)[:40].lower(), DATASETS, n=1)
        meant = f". Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"load_dataset() expects one of {known}, got {cut(name)}{meant}")
    return DATASETS[name]


def _require_own_labels(name: str, labels: npt.NDArray[Any], path: Path) -> None:
    """Raise if the labels are those of another set, whose files have the same names."""
    for other, info in DATASETS.items():
        begins = info.test_labels_begin
        if other != name and begins and labels[: len(begins)].tolist() == list(begins):
            raise DataError(
                f"{shown(path)}: expected {name}, found the labels of {other}. Put each set into a "
                f"folder named after it, {path.parent / name} and {path.parent / other}"
            )


def prepare_samples(
    name: str,
    samples: npt.NDArray[Any],
    *,
    flatten: bool = True,
    low: float = 0.0,
    high: float = 1.0,
    dtype: npt.DTypeLike = np.float32,
) -> npt.NDArray[Any]:
    """Prepare samples as `load_dataset` prepares those of a data set.

    Parameters
    ----------
    name : str
        The data set whose kind they are.
    samples : ndarray
        As read from an IDX file: images (n, rows, columns), for iris (n, 4), for CIFAR-10
        (n, 3, 32, 32).
    flatten : bool, default True
        One row of pixels per image; False keeps rows and columns, and channels in front of them.
    low, high : float, default 0 and 1
        The pixel range: what black and white become. Iris is left in cm, see `standardize`.
    dtype : dtype, default float32
        Type of the samples; texts are whole numbers in any case.

    Returns
    -------
    ndarray
        The samples, ready for a network.

    Raises
    ------
    ValueError
        If the name is unknown, or a pixel range is asked for where there are no pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import prepare_samples
    >>> prepare_samples("digits", np.array([[[0, 16]]], np.uint8))
    array([[0., 1.]], dtype=float32)
    """
    info = _info(name)
    if info.white is None:
        if (low, high) != (0.0, 1.0):
            advice = (
                "To bring them to a common scale, write standardize(data.x_train, data.x_test)"
                if info.kind == "measurements"
                else "They are numbers of characters, which an Embedding takes"
            )
            raise ValueError(
                f"load_dataset({name!r}) expects no low and high: its samples are no pixels. "
                f"{advice}"
            )
        return samples if info.kind == "text" else samples.astype(dtype)
    x = scale_pixels(samples, low, high, white=info.white, dtype=dtype)
    return x.reshape(len(x), math.prod(x.shape[1:])) if flatten else x


# --- finding and downloading ---------------------------------------------------------------------


def find_dataset(name: str, path: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the folder that `load_dataset` would read a data set from.

    Parameters
    ----------
    name : str
        The data set.
    path : path-like, optional
        As for `load_dataset`.

    Returns
    -------
    Path or None
        The folder, of CIFAR-10 maybe the archive; None where the set is not on this machine.

    Raises
    ------
    ValueError
        If there is no data set of that name.

    Examples
    --------
    >>> from nn.data import find_dataset
    >>> find_dataset("digits").name
    'digits'
    """
    info = _info(name)
    if info.ships:
        return _FILES / name if info.make is None else _FILES
    return next((folder for folder in _places(name, path) if not _missing(folder, info)), None)


def _places(name: str, path: str | os.PathLike[str] | None) -> list[Path]:
    """Where a data set may be, in the order of preference."""
    if path is not None:
        roots = [expanded(path)]
    else:
        variable = os.environ.get(DATA_VARIABLE)
        roots = [expanded(variable)] if variable else []
    # Sets share their file names: a folder that is named after the set comes first.
    places = [place for root in roots for place in (root / name, root)]
    if path is None:
        with contextlib.suppress(DataError):  # no home folder: nothing was downloaded either
            places.append(cache_folder() / name)
    return places


def _missing(folder: Path, info: DatasetInfo) -> list[str]:
    if _is_cifar(info):
        return [] if cifar.found_in(folder) is not None else list(info.files)
    return [file for file in info.files if _find_file(folder, file) is None]


def _find_file(folder: Path, name: str) -> Path | None:
    """Find an IDX file by its name, in any of the spellings that are about."""
    for spelling in (name, name.replace("-idx", ".idx")):
        for ending in (".gz", ""):
            if (found := folder / (spelling + ending)).is_file():
                return found
    return None


def _place(
    name: str,
    info: DatasetInfo,
    path: str | os.PathLike[str] | None,
    may_download: bool,
    mirror: str | None,
    progress: bool,
) -> Path:
    if (found := find_dataset(name, path)) is not None:
        return found
    if not may_download:
        places = _places(name, path)
        for place in places:
            if _is_cifar(info) and (advice := cifar.pickled_in(place)):
                raise DataError(f"{shown(place)}: {advice}")
        raise DataError(_how_to_get(name, info, places))
    target = cache_folder() / name if path is None else expanded(path) / name
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"{shown(target)}: expected a folder to download {name} into, but it can't be made "
            f"({error.strerror or error})"
        ) from None
    mirrors = info.mirrors if mirror is None else (mirror,)
    for file in info.remote:
        if _find_file(target, file.name.removesuffix(".gz")) is None:
            download_file(file, mirrors, target, progress=progress)
    return target


def _how_to_get(name: str, info: DatasetInfo, places: list[Path]) -> str:
    looked = "; ".join(f"{shown(place)} {_what_is_there(place, info)}" for place in places)
    files = ", ".join(file.removesuffix(".gz") + ".gz" for file in info.files)
    return (
        f"{name} does not come with the package, and it is not here. Three ways to get it: "
        f'(1) load_dataset("{name}", path="FOLDER"), where FOLDER holds {files}, unpacked or not; '
        f"(2) the environment variable {DATA_VARIABLE} set to that FOLDER; "
        f'(3) load_dataset("{name}", download=True), from {info.mirrors[0]}. On the command line: '
        "python -m nn train --set data_path=FOLDER, or --set download=true. "
        f"Looked at: {looked}"
    )


def _what_is_there(place: Path, info: DatasetInfo) -> str:
    if not place.exists():
        return "(no such folder)"
    if not place.is_dir():
        return "(a file, not a folder)"
    if _is_cifar(info):
        return f"({cifar.missing_in(place)})"
    missing = _missing(place, info)
    if len(missing) == len(info.files):
        return "(none of the files)"
    return f"(without {', '.join(missing)})"


# --- reading -------------------------------------------------------------------------------------


def read_images_and_labels(
    images_path: str | os.PathLike[str], labels_path: str | os.PathLike[str], *, axes: int = 3
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Read images and their labels from two IDX files.

    Parameters
    ----------
    images_path, labels_path : path-like
        Files with three axes and with one.
    axes : int, default 3
        How many axes the first file has, where its samples are no images.

    Returns
    -------
    images, labels : ndarray
        Shapes (n, rows, columns) and (n,).

    Raises
    ------
    DataError
        If a file is damaged, or the two don't fit together.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from nn import write_idx
    >>> from nn.data import read_images_and_labels
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     images, labels = Path(folder, "images.idx"), Path(folder, "labels.idx")
    ...     write_idx(images, np.zeros((2, 8, 8), np.uint8))
    ...     write_idx(labels, np.array([3, 5], np.uint8))
    ...     read_images_and_labels(images, labels)[1]
    array([3, 5], dtype=uint8)
    """
    images, labels = read_idx(images_path), read_idx(labels_path)
    images_path, labels_path = shown(images_path), shown(labels_path)
    if images.ndim != axes:
        what = "images with 3 axes (images, rows, columns)" if axes == 3 else f"{axes} axes"
        raise DataError(f"{images_path}: expected {what}, found shape {images.shape}")
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(
            f"{labels_path}: expected labels with 1 axis of integers, found shape {labels.shape} "
            f"of {labels.dtype}"
        )
    if len(images) != len(labels):
        raise DataError(
            f"{labels_path}: expected {len(images)} labels, one per image of {images_path}, "
            f"found {len(labels)}"
        )
    return images, labels
