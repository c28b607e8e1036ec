"""The data sets that `load_dataset` knows: what they are, whose, and where they come from."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy.typing as npt

from . import cifar, points
from .download import RemoteFile
from .text import names_as_samples

__all__ = ["DATASETS", "DatasetInfo", "dataset_names"]


class DatasetInfo(NamedTuple):
    """What is known of a data set before it is read.

    Attributes
    ----------
    train, test : int
        Numbers of samples.
    shape : tuple of int
        Of one sample.
    classes : int
        Number of classes.
    about : str
        What it is, in a few words.
    licence : str
        Under which it may be used.
    white : float or None
        Grey level of white; None where the samples are no images and are left as they are.
    files : tuple of str
        Training samples, training labels, test samples, test labels.
    mirrors : tuple of str, default ()
        Where the files can be downloaded, in the order to try; empty for sets that ship.
    remote : tuple of RemoteFile, default ()
        What to download.
    test_labels_begin : tuple of int, default ()
        The first test labels, to tell apart sets whose files have the same names.
    kind : {"images", "measurements", "text"}, default "images"
        What a sample is. In a text each place has a label: its next character.
    class_names : tuple of str, default ()
        What the classes are called, where that is more than a number.
    make : callable or None
        Returns training samples and labels, test samples and labels; None where they are read.

    Examples
    --------
    >>> from nn.data import DATASETS
    >>> DATASETS["mnist-sample"].shape, DATASETS["mnist-sample"].classes
    ((28, 28), 10)
    """

    train: int
    test: int
    shape: tuple[int, ...]
    classes: int
    about: str
    licence: str
    white: float | None
    files: tuple[str, ...]
    mirrors: tuple[str, ...] = ()
    remote: tuple[RemoteFile, ...] = ()
    test_labels_begin: tuple[int, ...] = ()
    kind: str = "images"
    class_names: tuple[str, ...] = ()
    make: Callable[[], tuple[npt.NDArray[Any], ...]] | None = None

    @property
    def ships(self) -> bool:
        """Whether the set comes with the package."""
        return not self.mirrors


_IMAGE_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def _remote(algorithm: str, *digests: str, of_unpacked: bool = True) -> tuple[RemoteFile, ...]:
    return tuple(
        RemoteFile(f"{name}.gz", algorithm, digest, of_unpacked=of_unpacked)
        for name, digest in zip(_IMAGE_FILES, digests, strict=True)
    )


def _points(
    draw: Callable[..., points.Points], train: int, test: int
) -> tuple[npt.NDArray[Any], ...]:
    x, y = draw(train + test)
    return x[:train], y[:train], x[train:], y[train:]


def _plane(draw: Callable[..., points.Points], about: str, classes: int = 2) -> DatasetInfo:
    train, test = 200 * classes, 100 * classes
    return DatasetInfo(
        train=train,
        test=test,
        shape=(2,),
        classes=classes,
        about=f"made up: {about}",
        licence="none: drawn by formula",
        white=None,
        files=(),
        kind="measurements",
        make=partial(_points, draw, train, test),
    )


_SAMPLE = DatasetInfo(
    train=2_000,
    test=500,
    shape=(28, 28),
    classes=10,
    about="handwritten digits: the first images of MNIST",
    licence="CC BY-SA 3.0, Y. LeCun and C. Cortes",
    white=255.0,
    files=_IMAGE_FILES,
)

_CLOTHES = (
    "t-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
    "ankle boot",
)  # fmt: skip
_PHOTOGRAPHED = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip

DATASETS: dict[str, DatasetInfo] = {
    "mnist-sample": _SAMPLE,
    "digits": _SAMPLE._replace(
        train=1_437,
        test=360,
        shape=(8, 8),
        about="handwritten digits of the UCI repository",
        licence="CC BY 4.0, E. Alpaydin and C. Kaynak",
        white=16.0,
    ),
    "iris": DatasetInfo(
        train=100,
        test=50,
        shape=(4,),
        classes=3,
        about="sepal and petal length and width of three species of iris, in cm",
        licence="CC BY 4.0, R. A. Fisher",
        white=None,
        files=(
            "train-measurements-idx2-double",
            "train-labels-idx1-ubyte",
            "test-measurements-idx2-double",
            "test-labels-idx1-ubyte",
        ),
        kind="measurements",
        class_names=("setosa", "versicolor", "virginica"),
    ),
    "moons": _plane(points.moons, "two half circles that reach into each other"),
    "circles": _plane(points.circles, "two circles, one inside the other"),
    "spirals": _plane(points.spirals, "three arms of a spiral", classes=3),
    "blobs": _plane(points.blobs, "three clouds of points", classes=3),
    "xor": _plane(points.xor, "four clouds of points, one class where the signs differ"),
    "names": DatasetInfo(
        train=4_663,
        test=500,
        shape=(12,),
        classes=27,
        about="given names by characters; the label of each is the next",
        licence="public domain, US Census 1990",
        white=None,
        files=(),
        kind="text",
        class_names=tuple(".abcdefghijklmnopqrstuvwxyz"),
        make=names_as_samples,
    ),
    "mnist": _SAMPLE._replace(
        train=60_000,
        test=10_000,
        about="handwritten digits",
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        # The gzip files with these contents have the sha256 that Keras and TensorFlow publish.
        remote=_remote(
            "sha256",
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
        test_labels_begin=(7, 2, 1, 0, 4, 1, 4, 9, 5, 9),
    ),
    "fashion-mnist": _SAMPLE._replace(
        train=60_000,
        test=10_000,
        about="pictures of clothes, shoes and bags",
        licence="MIT, Zalando SE",
        mirrors=(
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        # Its authors publish the md5 of the gzip files, and nothing of their contents.
        remote=_remote(
            "md5",
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310",
            of_unpacked=False,
        ),
        test_labels_begin=(9, 2, 1, 1, 6, 1, 4, 6, 5, 7),
        class_names=_CLOTHES,
    ),
    "cifar-10": DatasetInfo(
        train=50_000,
        test=10_000,
        shape=cifar.SHAPE,
        classes=cifar.CLASSES,
        about="small colour photographs of animals and vehicles",
        licence="none given; A. Krizhevsky asks to be cited",
        white=255.0,
        files=(cifar.ARCHIVE,),
        mirrors=(cifar.ADDRESS.removesuffix(cifar.ARCHIVE),),
        remote=(
            RemoteFile(
                cifar.ARCHIVE,
                "md5",
                "c32a1d4ab5d03f1284b67883e8d87530",
                of_unpacked=False,
                most=cifar.MOST_BYTES,
            ),
        ),
        class_names=_PHOTOGRAPHED,
    ),
}
"""The data sets by name."""


def dataset_names() -> tuple[str, ...]:
    """Return the names that `load_dataset` knows.

    Returns
    -------
    tuple of str
        In the order in which ``python -m nn datasets`` lists them.

    Examples
    --------
    >>> from nn.data import dataset_names
    >>> "mnist-sample" in dataset_names()
    True
    """
    return tuple(DATASETS)
