"""The TOML format of a configuration: keys with defaults, those of the README's command."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from autograd_core.files import shown

from ..data import DATASETS, Dataset, load_dataset, standardize
from ..training.compiled_steps import BACKEND_NAMES
from .configuration import (
    BATCH_SIZE,
    HIDDEN_SIZE,
    NUM_EPOCHS,
    PARTS,
    RATE,
    Allowed,
    Configuration,
    Entry,
    Problems,
    is_number,
    line_shown,
    lines_of,
    one_of,
    read_text,
    whole_number,
)
from .named_parts import part_problems

_OWN_DATA = ". Tables and folders of images of your own are read in Python: see docs/data.md"
_CLASSES = Allowed(
    "0 or a whole number from 2", lambda value: type(value) is int and (not value or value >= 2)
)
_SHARE = Allowed("a number from 0 to below 1", lambda value: is_number(value) and 0 <= value < 1)
_PATH = Allowed(
    r"""a path in quotes (in "..." a backslash begins an escape, such as \t: write '...', or /)""",
    # Where backslashes were escaped, so may be what stands beside them.
    lambda value: (
        type(value) is str
        and "\0" not in value
        and ("\\" in value or not re.search("[\x01-\x1f\x7f]", value))
    ),
)
_YES_OR_NO = Allowed("true or false", lambda value: type(value) is bool)

_NO_TOML = (ValueError, RecursionError)  # tomllib passes on what int() and deep nesting raise

_LONGEST_LINE = 4096
_MOST_DOTS = 20
"""In a line, outside of quotes: tomllib takes the square of their number for a key."""

_IN_QUOTES = re.compile("\"[^\"]*\"|'[^']*'")
_BEGIN = re.compile(r"""\s*(?:\[+\s*)?(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*[].=]""")
"""Of a line that sets a key."""


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
    layers : str
        The layers before the last one, such as "conv 8 5 relu pool 2 fc 64 relu"; empty for one
        hidden layer with ReLU, of texts a GRU. The last one, with an output for each class, and
        its SoftMax follow on their own.
    hidden_size : int
        Units of the hidden layer, where no layers are listed.
    initializer : str
        How the weights of full connections and convolutions start: "he", "xavier", "normal
        std=0.1", ...
    optimizer : str
        "sgd", "sgd momentum=0.9", "adam", ...
    loss : str
        "cross_entropy" of what SoftMax gives, "softmax_cross_entropy" of scores without one,
        "focal gamma=1", "mse", ...: the names that `NeuralNetwork` takes.
    schedule : str
        How the learning rate changes: "step epochs=10 factor=0.5", "cosine epochs=20", "warmup
        epochs=1 then cosine epochs=19"; empty for not at all.
    classes : int
        How many classes there are: the samples of the first so many; 0 for all of the data set.
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
    backend : str
        What runs the training steps, see `NeuralNetwork.compile`.

    Examples
    --------
    >>> print(TomlConfiguration(data="digits").to_text(), end="")
    data = "digits"
    data_path = ""
    download = false
    layers = ""
    hidden_size = 128
    initializer = "he"
    optimizer = "sgd"
    loss = "cross_entropy"
    schedule = ""
    classes = 0
    num_epochs = 20
    batch_size = 64
    learning_rate = 0.1
    validation_share = 0.0
    seed = 0
    dtype = "float32"
    backend = "auto"
    """

    format_name: ClassVar[str] = "the TOML format"
    endings: ClassVar[tuple[str, ...]] = (".toml",)
    file_name: ClassVar[str] = "configuration.toml"
    keys: ClassVar[Mapping[str, Allowed]] = {
        "data": one_of(*DATASETS)._replace(advice=_OWN_DATA),
        "data_path": _PATH,
        "download": _YES_OR_NO,
        "layers": PARTS["layers"],
        "hidden_size": HIDDEN_SIZE,
        **{key: PARTS[key] for key in ("initializer", "optimizer", "loss", "schedule")},
        "classes": _CLASSES,
        "num_epochs": NUM_EPOCHS,
        "batch_size": BATCH_SIZE,
        "learning_rate": RATE,
        "validation_share": _SHARE,
        "seed": whole_number(0, 2**63 - 1),
        "dtype": one_of("float32", "float64"),
        "backend": one_of(*BACKEND_NAMES),
    }
    free_to_change: ClassVar[frozenset[str]] = frozenset({"num_epochs", "data_path", "download"})
    reduction = "mean"

    data: str = "mnist-sample"
    data_path: str = ""
    download: bool = False
    layers: str = ""
    hidden_size: int = 128
    initializer: str = "he"
    optimizer: str = "sgd"
    loss: str = "cross_entropy"
    schedule: str = ""
    classes: int = 0
    num_epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 0.1
    validation_share: float = 0.0
    seed: int = 0
    dtype: str = "float32"
    backend: str = "auto"

    def __post_init__(self) -> None:
        for key in ("learning_rate", "validation_share"):
            object.__setattr__(self, key, float(getattr(self, key)))  # 1 is fine as well

    @classmethod
    def entries(cls, path: Path, problems: Problems) -> Iterator[Entry]:
        """Read a TOML file."""
        text = read_text(path)
        lines = lines_of(text)
        found = len(problems)
        for number, line in enumerate(lines, start=1):
            if len(line) > _LONGEST_LINE or _dots(line) > _MOST_DOTS:
                problems.append(_not_read(path, number, line))
        if len(problems) > found:
            return
        try:
            table = tomllib.loads(text)
        except _NO_TOML as error:
            yield from _lines(path, lines, problems)
            if len(problems) == found:  # each line for itself is right
                problems.append(f"{shown(path)}: expected TOML, found: {line_shown(str(error))}")
            return
        numbers = _numbers_of(lines)
        for key, value in table.items():
            yield Entry(key, value, f"{shown(path)}:{numbers.get(key, 1)}")

    @classmethod
    def value_of(cls, key: str, written: str) -> Any:
        """Read a value; a text needs no quotes."""
        if len(written) > _LONGEST_LINE or _dots(written) > _MOST_DOTS:
            return written
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
        known = DATASETS[data]
        problems = part_problems(values, places, known, values.get("classes") or known.classes)
        if values.get("layers") and "hidden_size" in values:
            problems.append(
                f"{places['hidden_size']}: hidden_size is for a network without layers = ...: "
                "leave one of them out"
            )
        if known.kind == "text" and values.get("classes"):
            problems.append(
                f'{places["classes"]}: classes is for samples of a class each, and "{data}" has '
                "texts: leave it out"
            )
        elif values.get("classes", 0) > known.classes:
            problems.append(
                f"{places['classes']}: classes expects at most {known.classes}, as many as "
                f'"{data}" has, found {values["classes"]}'
            )
        if not known.ships:
            return problems
        others = " or ".join(f'"{name}"' for name, info in DATASETS.items() if not info.ships)
        return problems + [
            f'{places[key]}: {key} is for data = {others}; "{data}" comes with the package'
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
        if DATASETS[self.data].kind == "measurements":
            x_train, x_test = standardize(data.x_train, data.x_test)
            data = data._replace(x_train=x_train, x_test=x_test)
        if not self.classes:
            return data
        train, test = data.y_train < self.classes, data.y_test < self.classes
        return Dataset(
            data.x_train[train], data.y_train[train], data.x_test[test], data.y_test[test]
        )

    def run_name(self, path: str | None) -> str:
        """Return the name of the data set."""
        return self.data

    def log_path(self, folder: Path) -> Path:
        """Return the path of a file in the folder."""
        return folder / "predictions.log"


def _lines(path: Path, lines: list[str], problems: Problems) -> Iterator[Entry]:
    """Read line by line what is not TOML as a whole, to find every wrong line."""
    for number, line in enumerate(lines, start=1):
        if not line or line.isspace():
            continue
        try:
            table = tomllib.loads(line)
        except _NO_TOML:
            problems.append(_not_read(path, number, line))
            if problems.are_many:
                return
            continue
        for key, value in table.items():
            yield Entry(key, value, f"{shown(path)}:{number}")


def _not_read(path: Path, number: int, line: str) -> str:
    advice = ""
    if "\\" in line and '"' in line:
        advice = ". In \"...\" a backslash begins an escape: write '...', or / in its place"
    return (
        f'{shown(path)}:{number}: expected a line like: hidden_size = 128, or: data = "digits"; '
        f"found: {line_shown(line)}{advice}"
    )


def _dots(line: str) -> int:
    return _IN_QUOTES.sub("", line).partition("#")[0].count(".")


def _numbers_of(lines: list[str]) -> dict[str, int]:
    """The number of the line in which each key of the top level is set first."""
    numbers: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if begin := _BEGIN.match(line):
            numbers.setdefault(begin[1] or begin[2] or begin[3] or "", number)
    return numbers
