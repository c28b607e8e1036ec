"""The text format of lecture 002's project: lines ``key = value``, in any order.

``#`` and ``//`` begin a comment, at the start of a line or behind a blank, so that paths may
contain them; a value in quotes is taken as it is. The run is the lecture's, whatever the file
says: see `CourseConfiguration`.
"""

from __future__ import annotations

import dataclasses
import difflib
import itertools
import math
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from autograd_core.files import kind_at, shown

from ..checks import cut
from ..data import DATASETS, DataError, Dataset, prepare_samples, read_images_and_labels
from .configuration import (
    BATCH_SIZE,
    HIDDEN_SIZE,
    NUM_EPOCHS,
    NUMBER,
    PARTS,
    RATE,
    Allowed,
    Configuration,
    Entry,
    Problems,
    line_shown,
    lines_of,
    named_path,
    read_text,
    whole_number,
)
from .named_parts import part_problems

_PATHS = (
    "rel_path_train_images",
    "rel_path_train_labels",
    "rel_path_test_images",
    "rel_path_test_labels",
    "rel_path_log_file",
)
_PATH = Allowed(
    "a path", lambda value: type(value) is str and bool(value) and not re.search("[\r\n\0]", value)
)

_COMMENT = re.compile(r"(^|\s)(#|//).*")
_END_OF_QUOTED = {quote: re.compile(rf"{quote}\s*(?:\Z|#|//)") for quote in "\"'"}

_IMAGE_SHAPE = (28, 28)

_MOST_NEIGHBOURS = 1000
"""Files of a folder that are looked at for a name that was meant."""


@dataclasses.dataclass(frozen=True)
class CourseConfiguration(Configuration):
    """What the course's text format says of a training run.

    All else is fixed: 784 inputs, FullyConnected, ReLU, FullyConnected, SoftMax with 10 outputs,
    cross entropy summed over the batch, SGD, float64, pixels mapped to [0, 1], one-hot labels, He
    initialisation, and the seed. Lines for `layers`, `initializer`, `optimizer`, `loss`,
    `schedule` and `classes` may say otherwise; without them the run is the lecture's.

    Attributes
    ----------
    rel_path_train_images, rel_path_train_labels, rel_path_test_images, rel_path_test_labels : str
        IDX files, relative to the working folder.
    rel_path_log_file : str
        Where the prediction log goes, relative to the working folder.
    num_epochs : int
        How often all training images are shown.
    batch_size : int
        Images per update and per batch of the log.
    hidden_size : int
        Units of the hidden layer.
    learning_rate : float
        Step size on the summed loss of a batch.
    layers, initializer, optimizer, loss, schedule : str
        As in `TomlConfiguration`.
    classes : int, default 10
        Labels go from 0 to one less.

    References
    ----------
    Lecture 002.
    """

    format_name: ClassVar[str] = "the course's text format"
    endings: ClassVar[tuple[str, ...]] = (".config", ".txt", ".cfg", ".conf")
    file_name: ClassVar[str] = "configuration.config"
    keys: ClassVar[Mapping[str, Allowed]] = {
        **dict.fromkeys(_PATHS, _PATH),
        "num_epochs": NUM_EPOCHS,
        "batch_size": BATCH_SIZE,
        "hidden_size": HIDDEN_SIZE,
        "learning_rate": RATE,
        **PARTS,
        "classes": whole_number(2, 256),
    }
    needed: ClassVar[frozenset[str]] = frozenset(keys) - {*PARTS, "classes"}
    free_to_change: ClassVar[frozenset[str]] = frozenset({"num_epochs", *_PATHS})
    reduction = "sum"
    seed = 0
    dtype = "float64"
    backend = "auto"
    validation_share = 0.0
    kind_of_data = "mnist"

    rel_path_train_images: str
    rel_path_train_labels: str
    rel_path_test_images: str
    rel_path_test_labels: str
    rel_path_log_file: str
    num_epochs: int
    batch_size: int
    hidden_size: int
    learning_rate: float
    layers: str = ""
    initializer: str = "he"
    optimizer: str = "sgd"
    loss: str = "cross_entropy"
    schedule: str = ""
    classes: int = 10

    def says(self, key: str) -> bool:
        """Whether a key is worth writing: those of the lecture are, others where they differ."""
        return key in self.needed or getattr(self, key) != getattr(type(self), key)

    @classmethod
    def entries(cls, path: Path, problems: Problems) -> Iterator[Entry]:
        """Read a file line by line."""
        for number, line in enumerate(lines_of(read_text(path)), start=1):
            if line.lstrip().startswith(("#", "//")):
                continue
            key, equals, value = map(str.strip, line.partition("="))
            if (quoted := _in_quotes(value)) is not None:
                value = quoted
            else:
                key, equals, value = map(str.strip, _COMMENT.sub("", line).partition("="))
            place = f"{shown(path)}:{number}"
            if key and equals:
                yield Entry(key, cls.value_of(key, value), place)
            elif key or equals:
                problems.append(
                    f"{place}: expected a line like: hidden_size = 500, or a comment behind # "
                    f"or //; found: {line_shown(line)}"
                )

    @classmethod
    def value_of(cls, key: str, written: str) -> Any:
        """Read a number where the key holds one; what is none stays as it is written."""
        if key in (*_PATHS, *PARTS) or key not in cls.keys:
            return written
        number = re.split("#|//", written, maxsplit=1)[0].strip()
        if re.fullmatch(r"[+-]?[0-9]{1,18}", number):
            return float(number) if key == "learning_rate" else int(number)
        if key == "learning_rate" and NUMBER.fullmatch(number):
            value = float(number)
            return value if math.isfinite(value) else written
        return written

    @classmethod
    def joint_problems(
        cls, values: Mapping[str, Any], places: Mapping[str, str], check_files: bool
    ) -> list[str]:
        """Return what would keep a training run from its files."""
        of_parts = part_problems(
            values, places, DATASETS[cls.kind_of_data], values.get("classes", cls.classes)
        )
        if not check_files:
            return of_parts
        *read, log_key = _PATHS
        inputs = {key: named_path(values[key]) for key in read if key in values}
        problems = [
            f"{places[key]}: {key} expects a file to read, found {_what_is_at(path)}"
            for key, path in inputs.items()
            if kind_at(path) != "a file"
        ]
        if log_key in values:
            log, expected = (
                named_path(values[log_key]),
                f"{places[log_key]}: {log_key} expects a file",
            )
            kind = kind_at(log)
            if kind == "a folder":
                problems.append(f"{expected} to write, found the folder {_shown(log)}")
            elif any(_same_file(log, path) for path in inputs.values()):
                problems.append(f"{expected} of its own, but {_shown(log)} is read as data")
            elif kind not in (None, "a file") and not log.is_char_device():
                problems.append(f"{expected} to write, found {kind}, {_shown(log)}")
            elif (reason := _not_writable(log)) is not None:
                problems.append(f"{expected} to write, but {reason}")
        return problems + of_parts

    @staticmethod
    def written(value: Any) -> str:
        """Write a value, in quotes where it would be read as something else."""
        text = str(value)
        if _COMMENT.search(text) or text != text.strip() or text[0] in "\"'":
            quote = "'" if '"' in text else '"'
            return f"{quote}{text}{quote}"
        return text

    def load_data(self, *, progress: bool = False) -> Dataset:
        """Read the four files."""
        return Dataset(
            *_part(self.rel_path_train_images, self.rel_path_train_labels, self.classes),
            *_part(self.rel_path_test_images, self.rel_path_test_labels, self.classes),
        )

    def run_name(self, path: str | None) -> str:
        """Return the name of the file."""
        return Path(path or "").stem

    def log_path(self, folder: Path) -> Path:
        """Return the path that the file says."""
        return named_path(self.rel_path_log_file)


def _part(
    images_path: str, labels_path: str, classes: int
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    images, labels = read_images_and_labels(images_path, labels_path)
    images_path, labels_path = shown(images_path), shown(labels_path)
    if images.shape[1:] != _IMAGE_SHAPE or images.dtype != np.uint8 or not len(images):
        raise DataError(
            f"{images_path}: expected images of 28 x 28 pixels from 0 to 255 (uint8), found shape "
            f"{images.shape} of {images.dtype}"
        )
    if labels.max() >= classes or labels.min() < 0:
        raise DataError(
            f"{labels_path}: expected labels from 0 to {classes - 1}, found {labels.min()} to "
            f"{labels.max()}"
        )
    x = prepare_samples("mnist", images, dtype=CourseConfiguration.dtype)
    return x, labels.astype(np.int64)


def _in_quotes(value: str) -> str | None:
    """Return what stands in quotes, with nothing but a comment behind; None where nothing does."""
    if value[:1] not in _END_OF_QUOTED:
        return None
    end = _END_OF_QUOTED[value[0]].search(value, 1)
    return None if end is None else value[1 : end.start()]


def _what_is_at(path: Path) -> str:
    kind = kind_at(path)
    if kind is not None:
        return f"the folder {_shown(path)}" if kind == "a folder" else f"{kind}, {_shown(path)}"
    said = f"no file {_shown(path)} (paths are relative to the working folder, {shown(Path.cwd())})"
    try:
        some = itertools.islice(path.parent.iterdir(), _MOST_NEIGHBOURS)
        there = [other.name for other in some if other.is_file()]
    except OSError:
        return said
    near = difflib.get_close_matches(path.name, there, n=1)
    return f"{said}; did you mean {_shown(path.parent / near[0])}?" if near else said


def _shown(path: Path) -> str:
    return cut(str(path))


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _not_writable(path: Path) -> str | None:
    if kind_at(path) is not None and not os.access(path, os.W_OK):
        return f"{_shown(path)} is read-only"
    around = (parent for parent in path.absolute().parents if kind_at(parent) is not None)
    folder = next(around, Path.cwd())
    if not folder.is_dir():
        return f"{_shown(folder)} is a file, not a folder"
    return None if os.access(folder, os.W_OK) else f"the folder {_shown(folder)} is read-only"
