"""The TOML format of a configuration: keys with defaults, those of the README's command."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from ..data import DATASETS, Dataset, dataset_names, load_dataset, standardize
from .configuration import (
    RATE,
    Allowed,
    Configuration,
    Entry,
    is_number,
    lines_of,
    read_text,
    whole_number,
)


def _one_of(*names: str) -> Allowed:
    words = " or ".join(f'"{name}"' for name in names)
    return Allowed(words, lambda value: type(value) is str and value in names)


_SHARE = Allowed("a number from 0 to below 1", lambda value: is_number(value) and 0 <= value < 1)
_TEXT = Allowed("a text in quotes", lambda value: type(value) is str)
_YES_OR_NO = Allowed("true or false", lambda value: type(value) is bool)

_NO_TOML = (ValueError, RecursionError)  # tomllib passes on what int() and deep nesting raise


@dataclasses.dataclass(frozen=True)
class TomlConfiguration(Configuration):
    """What a training run needs to know; the defaults are the README's command.

    Attributes
    ----------
    data : str
        Name of a data set, see `load_dataset`.
    data_path : str
        Folder of the data set's files, relative to the working folder; empty to look in the
        usual places. For sets that do not ship with the package.
    download : bool
        Whether the data set may be downloaded if it isn't there.
    hidden_size : int
        Units of the hidden layer.
    num_epochs : int
        How often all training samples are shown.
    batch_size : int
        Samples per update.
    learning_rate : float
        Step size of SGD on the mean loss of a batch.
    validation_share : float
        Share of the training samples that is held back, every class alike, to evaluate the
        network on after each epoch; 0 for none.
    seed : int
        Source of all randomness.
    dtype : str
        "float32" or "float64".

    Examples
    --------
    >>> print(TomlConfiguration(data="digits").to_text(), end="")
    data = "digits"
    data_path = ""
    download = false
    hidden_size = 128
    num_epochs = 20
    batch_size = 64
    learning_rate = 0.1
    validation_share = 0.0
    seed = 0
    dtype = "float32"
    """

    format_name: ClassVar[str] = "the TOML format"
    endings: ClassVar[tuple[str, ...]] = (".toml",)
    file_name: ClassVar[str] = "configuration.toml"
    keys: ClassVar[Mapping[str, Allowed]] = {
        "data": _one_of(*dataset_names()),
        "data_path": _TEXT,
        "download": _YES_OR_NO,
        "hidden_size": whole_number(1),
        "num_epochs": whole_number(1),
        "batch_size": whole_number(1),
        "learning_rate": RATE,
        "validation_share": _SHARE,
        "seed": whole_number(0),
        "dtype": _one_of("float32", "float64"),
    }
    free_to_change: ClassVar[frozenset[str]] = frozenset({"num_epochs", "data_path", "download"})
    reduction = "mean"

    data: str = "mnist-sample"
    data_path: str = ""
    download: bool = False
    hidden_size: int = 128
    num_epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 0.1
    validation_share: float = 0.0
    seed: int = 0
    dtype: str = "float32"

    def __post_init__(self) -> None:
        for key in ("learning_rate", "validation_share"):
            object.__setattr__(self, key, float(getattr(self, key)))  # 1 is fine as well

    @classmethod
    def entries(cls, path: Path, problems: list[str]) -> Iterator[Entry]:
        """Read a TOML file."""
        text = read_text(path)
        try:
            table = tomllib.loads(text)
        except _NO_TOML as error:
            found = len(problems)
            yield from _lines(path, text, problems)
            if len(problems) == found:  # each line for itself is right
                problems.append(f"{path}: expected TOML, found: {error}")
            return
        for key, value in table.items():
            yield Entry(key, value, f"{path}:{_line_of(key, text)}")

    @classmethod
    def value_of(cls, key: str, written: str) -> Any:
        """Read a value; a text needs no quotes."""
        try:
            table = tomllib.loads(f"value = {written}")
        except _NO_TOML:
            return written
        return table["value"] if len(table) == 1 else written

    @classmethod
    def joint_problems(
        cls, values: Mapping[str, Any], places: Mapping[str, str], check_files: bool
    ) -> list[str]:
        """Return places and downloads that are asked for where a set comes with the package."""
        data = values.get("data", cls.data)
        if not DATASETS[data].ships:
            return []
        return [
            f'{places[key]}: {key} is for data = "mnist" or "fashion-mnist"; '
            f'"{data}" comes with the package'
            for key in ("data_path", "download")
            if values.get(key)
        ]

    @staticmethod
    def written(value: Any) -> str:
        """Write a text, a whole number, a finite float or a boolean as JSON, which TOML reads."""
        return json.dumps(value, ensure_ascii=False)

    @property
    def kind_of_data(self) -> str:
        """The data set itself."""
        return self.data

    def load_data(self, *, progress: bool = False) -> Dataset:
        """Load the data set."""
        data = load_dataset(
            self.data,
            path=self.data_path or None,
            download=self.download,
            progress=progress,
            dtype=self.dtype,
        )
        if DATASETS[self.data].white is not None:
            return data
        x_train, x_test = standardize(data.x_train, data.x_test)
        return data._replace(x_train=x_train, x_test=x_test)

    def run_name(self, path: str | None) -> str:
        """Return the name of the data set."""
        return self.data

    def log_path(self, folder: Path) -> Path:
        """Return the path of a file in the folder."""
        return folder / "predictions.log"


def _lines(path: Path, text: str, problems: list[str]) -> Iterator[Entry]:
    """Read line by line what is not TOML as a whole, to find every wrong line."""
    for number, line in enumerate(lines_of(text), start=1):
        try:
            table = tomllib.loads(line)
        except _NO_TOML:
            problems.append(
                f'{path}:{number}: expected a line like: hidden_size = 128, or: data = "digits"; '
                f"found: {line.strip()}"
            )
            continue
        for key, value in table.items():
            yield Entry(key, value, f"{path}:{number}")


def _line_of(key: str, text: str) -> int:
    """The line in which a key of the top level is set."""
    pattern = re.compile(rf"""\s*(\[+\s*)?["']?{re.escape(key)}["']?\s*[].=]""")
    for number, line in enumerate(lines_of(text), start=1):
        if pattern.match(line):
            return number
    return 1
