"""The configuration of a training run: what all formats of it share.

There are two: TOML (`toml_configuration`) and the text format of lecture 002's project
(`course_configuration`); `reading` finds out which one a file is in.
"""

from __future__ import annotations

import copy
import difflib
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from autograd_core.files import IrregularFileError, expanded, opened, shown

from ..checks import cut
from ..data import Dataset

MOST_BYTES = 2**18
"""Of a configuration file."""

_MOST_PROBLEMS = 50
"""That are told one by one."""


class ConfigurationError(ValueError):
    """A configuration can't be used; names every problem at once, with its line.

    Examples
    --------
    >>> from nn.command_line.configuration import ConfigurationError
    >>> from nn.command_line.reading import read_configuration
    >>> try:
    ...     read_configuration(None, ["batchsize=50"])
    ... except ConfigurationError as error:
    ...     print("did you mean 'batch_size'?" in str(error))
    True
    """


class Problems(list[str]):
    """What is wrong, one sentence each; those beyond a number are counted only."""

    more = 0

    @property
    def are_many(self) -> bool:
        """Whether further ones are counted only."""
        return len(self) >= _MOST_PROBLEMS

    def append(self, problem: str) -> None:
        """Add one."""
        if self.are_many:
            self.more += 1
        else:
            super().append(problem)

    def __str__(self) -> str:
        more = [f"and {self.more} more"] if self.more else []
        return "\n".join([*self, *more])


class Allowed(NamedTuple):
    """What a key may hold, in words and as a test; numbers up to the highest one."""

    words: str
    fits: Callable[[Any], bool]
    highest: float | None = None
    names: tuple[str, ...] = ()
    """All that there are, of a name."""
    advice: str = ""
    """What helps who means none of them."""

    def expected(self, value: Any) -> str | None:
        """Return what was expected in place of a value that does not fit; None where it does."""
        if self.highest is not None and _as_number(value) > self.highest:
            return f"{self.words} to {self.highest}"
        return None if self.fits(value) else self.words


class Entry(NamedTuple):
    """One key with its value, and where it was written, such as ``my.toml:3``."""

    key: str
    value: Any
    place: str


class Configuration:
    """What a training run needs to know, in whichever format it was written.

    A format is a frozen dataclass of its keys; what a run needs beside them are attributes of the
    class.

    Attributes
    ----------
    hidden_size, num_epochs, batch_size, learning_rate, validation_share, seed, dtype, backend
        As in `TomlConfiguration`.
    layers, initializer, optimizer, loss, schedule, classes
        As in `TomlConfiguration`.
    reduction : str
        How the loss puts the samples of a batch together.
    kind_of_data : str
        The data set whose kind of samples and classes the run is about.
    """

    format_name: ClassVar[str]
    """How people call the format."""
    endings: ClassVar[tuple[str, ...]]
    """Of its files, the usual one first."""
    file_name: ClassVar[str]
    """Under which a run's folder keeps it."""
    keys: ClassVar[Mapping[str, Allowed]]
    """The keys, and what they may hold."""
    needed: ClassVar[frozenset[str]] = frozenset()
    """Those that have no default."""
    free_to_change: ClassVar[frozenset[str]]
    """Keys that may change when a run goes on."""

    hidden_size: int
    num_epochs: int
    batch_size: int
    learning_rate: float
    validation_share: float
    seed: int
    dtype: str
    backend: str
    reduction: str
    layers: str
    initializer: str
    optimizer: str
    loss: str
    schedule: str
    classes: int

    def on(self, backend: str) -> Configuration:
        """Return the same configuration on another back end."""
        other = copy.copy(self)
        object.__setattr__(other, "backend", backend)
        return other

    @classmethod
    def read(
        cls, path: Path | None, changes: list[str], hints: Mapping[str, str], check_files: bool
    ) -> Configuration:
        """Read a file of this format and apply changes to it; see `read_configuration`.

        `hints` holds keys of other formats, with what to say of them.
        """
        problems = Problems()
        entries: list[Entry] = []
        lines: dict[str, str] = {}
        for entry in () if path is None else cls.entries(path, problems):
            if entry.key in lines:
                line = lines[entry.key]
                problems.append(
                    f"{entry.place}: {line_shown(entry.key)} is set already in line {line}"
                )
            else:
                lines[entry.key] = entry.place.rpartition(":")[2]
                entries.append(entry)
        for change in changes:
            key, equals, written = (part.strip() for part in change.partition("="))
            if equals and key:
                entries.append(Entry(key, cls.value_of(key, written), _place_of(change)))
            else:
                problems.append(
                    f"{_place_of(change)}: expected key=value, for example: --set hidden_size=64"
                )
        values: dict[str, Any] = {}
        places: dict[str, str] = {}
        for key, value, place in entries:
            if key not in cls.keys:
                said = "" if problems.are_many else _unknown(key, cls.keys)
                problems.append(f"{place}: {said}{hints.get(key, '')}")
            elif (expected := cls.keys[key].expected(value)) is not None:
                meant = _meant(value, cls.keys[key].names) or cls.keys[key].advice
                problems.append(f"{place}: {key} expects {expected}, found {_shown(value)}{meant}")
            else:
                values[key], places[key] = value, place
        if missing := cls.needed - {entry.key for entry in entries}:
            keys = ", ".join(key for key in cls.keys if key in missing)
            problems.append(f"{shown(path)}: expected also lines for {keys}, found none")
        for problem in cls.joint_problems(values, places, check_files):
            problems.append(problem)
        if problems:
            raise ConfigurationError(str(problems))
        return cls(**values)

    @classmethod
    def entries(cls, path: Path, problems: Problems) -> Iterator[Entry]:
        """Read what stands in a file; what is wrong with a line is added to the problems."""
        raise NotImplementedError

    @classmethod
    def value_of(cls, key: str, written: str) -> Any:
        """Read the value of a key as it is written behind ``--set KEY=``."""
        raise NotImplementedError

    @classmethod
    def joint_problems(
        cls, values: Mapping[str, Any], places: Mapping[str, str], check_files: bool
    ) -> list[str]:
        """Return what is wrong with values taken together, or with the files that they name."""
        raise NotImplementedError

    def to_text(self) -> str:
        """Return the configuration in the form that `read` reads."""
        return "".join(
            f"{key} = {self.written(getattr(self, key))}\n" for key in self.keys if self.says(key)
        )

    def says(self, key: str) -> bool:
        """Whether a key is worth writing; `hidden_size` is not where layers are listed."""
        return key != "hidden_size" or not self.layers

    @staticmethod
    def written(value: Any) -> str:
        """Write a value so that `read` reads it."""
        raise NotImplementedError

    @property
    def kind_of_data(self) -> str:
        """The data set whose kind of samples and classes the run is about."""
        raise NotImplementedError

    def load_data(self, *, progress: bool = False) -> Dataset:
        """Load the data that the run is about; a download can show its progress.

        Samples are rows, pixels go from 0 to 1, measurements are standardized; labels are class
        numbers, of which the loss makes one-hot rows.
        """
        raise NotImplementedError

    def run_name(self, path: str | None) -> str:
        """Return how a run is called that was configured in a file."""
        raise NotImplementedError

    def log_path(self, folder: Path) -> Path:
        """Return where the prediction log of a run in a folder is."""
        raise NotImplementedError


# --- what keys may hold --------------------------------------------------------------------------


def one_of(*names: str) -> Allowed:
    """Allow some names."""
    words = " or ".join(f'"{name}"' for name in names)
    return Allowed(words, lambda value: type(value) is str and value in names, names=names)


def whole_number(low: int, high: int) -> Allowed:
    """Allow whole numbers from a lowest to a highest one."""
    return Allowed(f"a whole number from {low}", lambda v: type(v) is int and v >= low, high)


def is_number(value: Any) -> bool:
    """Whether a value is a number, and finite as a float."""
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


def _as_number(value: Any) -> float:
    """Return a number, also where it is still text, as wide ones are; nan for all else."""
    if type(value) in (int, float):
        return value
    if type(value) is str and NUMBER.fullmatch(value):
        return float(value)
    return math.nan


NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

PARTS = {
    key: Allowed(words, lambda value: type(value) is str and "\n" not in value)
    for key, words in {
        "layers": 'a list of layers such as "conv 8 5 relu pool 2 fc 64 relu"',
        "initializer": 'a name such as "he" or "normal std=0.1"',
        "optimizer": 'a name such as "adam" or "sgd momentum=0.9"',
        "loss": 'a name such as "cross_entropy"',
        "schedule": 'a name such as "step epochs=10 factor=0.5"',
    }.items()
}
HIDDEN_SIZE = whole_number(1, 10**12)
NUM_EPOCHS = BATCH_SIZE = whole_number(1, 10**9)
RATE = Allowed("a number above 0", lambda value: is_number(value) and value > 0, 1e308)


# --- reading -------------------------------------------------------------------------------------


def read_text(path: Path) -> str:
    """Read a configuration file, with or without a byte-order mark, or say what is wrong.

    What is no file is not opened, and of a large one no more is read than a configuration takes.
    """
    try:
        with opened(path) as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) <= MOST_BYTES:
            return content.decode("utf-8-sig")
        found = f"a file of more than {MOST_BYTES} bytes"
    except FileNotFoundError:
        found = "no such file"
    except IrregularFileError as error:
        found = error.found
    except UnicodeDecodeError:
        found = "a file that is not UTF-8 text"
    except OSError as error:
        # Windows says "permission denied" of a folder.
        found = "a folder" if path.is_dir() else error.strerror or str(error)
    raise ConfigurationError(
        f"{shown(path)}: expected a configuration file with lines like: hidden_size = 128. "
        f"Found: {found}. To train with the defaults, name no file: python -m nn train"
    )


def named_path(written: str) -> Path:
    """Return the path of a file that a configuration names."""
    try:
        return expanded(written)
    except FileNotFoundError:  # no home is known: it won't be found there either
        return Path(written)


def lines_of(text: str) -> list[str]:
    """Split text at the line ends of every system, and nowhere else."""
    return re.split(r"\r\n|\n|\r", text)


def line_shown(line: str) -> str:
    """Return a line of a file as a message shows it."""
    line = shown(line.strip())
    return line if len(line) <= 80 else f"{line[:80]}..."


def _place_of(change: str) -> str:
    lines = "\n".join(map(shown, change[:200].split("\n")))
    return f"--set {lines}{'...' * (len(change) > 200)}"


def _unknown(key: str, allowed: Mapping[str, Allowed]) -> str:
    meant = _meant(_OTHER_KEYS.get(key.lower(), key), allowed) or "."
    return f"unknown key {cut(key, 80)}{meant} Known: {', '.join(allowed)}"


_OTHER_KEYS = {
    "lr": "learning_rate",
    "rate": "learning_rate",
    "units": "hidden_size",
    "network": "layers",
    "model": "layers",
    "dataset": "data",
    "validation_split": "validation_share",
}
"""What people write, or other programs, for keys that do not look like it."""


def _meant(written: Any, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(str(written)[:40].lower(), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _shown(value: Any) -> str:
    return "nothing" if value == "" else cut(value, 80)
