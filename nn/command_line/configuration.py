"""The configuration of a training run: read, checked, written.

Two formats: TOML, and the text format of lecture 002's project, see
`nn.command_line.course_configuration`.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from ..data import DATASETS, dataset_names


class ConfigurationError(ValueError):
    """A configuration can't be used; names every problem at once."""


class Allowed(NamedTuple):
    """What a key may hold, in words and as a test."""

    words: str
    fits: Callable[[Any], bool]


class Entry(NamedTuple):
    """One key with its value, and where it was written, such as ``my.toml:3``."""

    key: str
    value: Any
    place: str


def whole_number(low: int) -> Allowed:
    """Allow whole numbers from a lowest one."""
    return Allowed(f"a whole number from {low}", lambda v: type(v) is int and v >= low)


def _one_of(*names: str) -> Allowed:
    words = " or ".join(f'"{name}"' for name in names)
    return Allowed(words, lambda value: type(value) is str and value in names)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


RATE = Allowed("a number above 0", lambda value: _is_number(value) and value > 0)
_SHARE = Allowed("a number from 0 to below 1", lambda value: _is_number(value) and 0 <= value < 1)
_TEXT = Allowed("a text in quotes", lambda value: type(value) is str)
_YES_OR_NO = Allowed("true or false", lambda value: type(value) is bool)

_NO_TOML = (ValueError, RecursionError)  # tomllib passes on what int() and deep nesting raise

COURSE_PATHS = (
    "rel_path_train_images",
    "rel_path_train_labels",
    "rel_path_test_images",
    "rel_path_test_labels",
    "rel_path_log_file",
)
"""The paths of the course's text format."""

_COURSE_KEYS = dict.fromkeys(
    COURSE_PATHS, ". It is a key of the course's text format: name such a file *.config"
)

_ALLOWED: dict[str, Allowed] = {
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


@dataclasses.dataclass(frozen=True)
class Configuration:
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
    >>> print(Configuration(data="digits").to_text(), end="")
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

    reduction: ClassVar[str] = "mean"
    """How the loss puts the samples of a batch together."""

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

    def to_text(self) -> str:
        """Return the configuration in the form that `read_toml` reads."""
        # Strings, whole numbers, finite floats and booleans read the same in JSON and in TOML.
        values = dataclasses.asdict(self).items()
        return "".join(
            f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values
        )


def _joint_problems(values: Mapping[str, Any], places: Mapping[str, str]) -> list[str]:
    """Return what is wrong with values taken together."""
    data = values.get("data", Configuration.data)
    if not DATASETS[data].ships:
        return []
    return [
        f'{places[key]}: {key} is for data = "mnist" or "fashion-mnist"; '
        f'"{data}" comes with the package'
        for key in ("data_path", "download")
        if values.get(key)
    ]


# --- reading TOML --------------------------------------------------------------------------------


def read_toml(path: str | os.PathLike[str] | None, changes: list[str]) -> Configuration:
    """Read a TOML file and apply changes to it.

    Parameters
    ----------
    path : path-like or None
        The file; None for the defaults alone.
    changes : list of str
        ``key=value``, each in place of what the file says.

    Returns
    -------
    Configuration
        The checked configuration.

    Raises
    ------
    ConfigurationError
        If the file can't be read or anything in it is wrong; names all problems with their lines.

    Examples
    --------
    >>> read_toml(None, ["hidden_size=32"]).hidden_size
    32
    """
    problems: list[str] = []
    entries = [] if path is None else list(_toml_entries(Path(path), problems))
    changed = list(change_entries(changes, _toml_value, problems))
    values, places = checked_values(entries, changed, _ALLOWED, problems, _COURSE_KEYS)
    for key in ("learning_rate", "validation_share"):
        if key in values:
            values[key] = float(values[key])  # 1 is fine as well
    problems += _joint_problems(values, places)
    raise_all(problems)
    return Configuration(**values)


TOML_KEYS = dict.fromkeys(_ALLOWED, ". It is a key of the TOML format: name such a file *.toml")
"""What to say of keys that are not those of the course's text format."""


def _toml_entries(path: Path, problems: list[str]) -> Iterator[Entry]:
    text = read_text(path)
    try:
        table = tomllib.loads(text)
    except _NO_TOML as error:
        found = len(problems)
        yield from _toml_lines(path, text, problems)
        if len(problems) == found:  # each line for itself is right
            problems.append(f"{path}: expected TOML, found: {error}")
        return
    for key, value in table.items():
        yield Entry(key, value, f"{path}:{_line_of(key, text)}")


def _toml_lines(path: Path, text: str, problems: list[str]) -> Iterator[Entry]:
    """Read line by line what is not TOML as a whole, to find every wrong line."""
    seen: dict[str, int] = {}
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
            place = f"{path}:{number}"
            if key in seen:
                problems.append(f"{place}: {key} is set already in line {seen[key]}")
                continue
            seen[key] = number
            yield Entry(key, value, place)


def _line_of(key: str, text: str) -> int:
    """The line in which a key of the top level is set."""
    pattern = re.compile(rf"""\s*(\[+\s*)?["']?{re.escape(key)}["']?\s*[].=]""")
    for number, line in enumerate(lines_of(text), start=1):
        if pattern.match(line):
            return number
    return 1


def _toml_value(written: str) -> Any:
    try:
        table = tomllib.loads(f"value = {written}")
    except _NO_TOML:
        return written  # a text without quotes
    return table["value"] if len(table) == 1 else written


# --- what the formats share ----------------------------------------------------------------------


def read_text(path: Path) -> str:
    """Read a configuration file, with or without a byte-order mark, or say what is wrong."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        found = "no such file"
    except IsADirectoryError:
        found = "a folder"
    except UnicodeDecodeError:
        found = "a file that is not UTF-8 text"
    except OSError as error:
        # Windows says "permission denied" of a folder.
        found = "a folder" if path.is_dir() else error.strerror or str(error)
    raise ConfigurationError(
        f"{path}: expected a configuration file with lines like: hidden_size = 128. "
        f"Found: {found}. To train with the defaults, name no file: python -m nn train"
    )


def lines_of(text: str) -> list[str]:
    """Split text at the line ends of every system, and nowhere else."""
    return re.split(r"\r\n|\n|\r", text)


def change_entries(
    changes: list[str], read_value: Callable[[str], Any], problems: list[str]
) -> Iterator[Entry]:
    """Read what ``--set`` was given."""
    for change in changes:
        key, equals, written = change.partition("=")
        if equals and key.strip():
            yield Entry(key.strip(), read_value(written.strip()), f"--set {change}")
        else:
            problems.append(
                f"--set {change}: expected key=value, for example: --set hidden_size=64"
            )


def checked_values(
    entries: list[Entry],
    changes: list[Entry],
    allowed: Mapping[str, Allowed],
    problems: list[str],
    hints: Mapping[str, str],
) -> tuple[dict[str, Any], dict[str, str]]:
    """Check every entry against what its key may hold.

    Parameters
    ----------
    entries, changes : list of Entry
        What the file says, and what is put in its place.
    allowed : mapping of str to Allowed
        The known keys.
    problems : list of str
        Where what is wrong is added.
    hints : mapping of str to str
        Keys of the other format, with what to say of them.

    Returns
    -------
    values, places : dict
        By key, the values that are right, and where they are written.
    """
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    for key, value, place in (*entries, *changes):
        if key not in allowed:
            problems.append(f"{place}: {_unknown(key, allowed)}{hints.get(key, '')}")
        elif not allowed[key].fits(value):
            problems.append(f"{place}: {key} expects {allowed[key].words}, found {_shown(value)}")
        else:
            values[key], places[key] = value, place
    return values, places


def _unknown(key: str, allowed: Mapping[str, Allowed]) -> str:
    near = difflib.get_close_matches(key.lower(), allowed, n=1, cutoff=0.0)[0]
    return f"unknown key {key!r}; did you mean {near!r}? Known: {', '.join(allowed)}"


def _shown(value: Any) -> str:
    return "nothing" if value == "" else repr(value)


def raise_all(problems: list[str]) -> None:
    """Raise one error for all problems, if there are any."""
    if problems:
        raise ConfigurationError("\n".join(problems))
