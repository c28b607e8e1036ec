"""The configuration of a training run: read, checked, written."""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .data import dataset_names


class ConfigurationError(ValueError):
    """A configuration can't be used; names every problem at once."""


def _whole(low: int) -> tuple[str, Callable[[Any], bool]]:
    def fits(value: Any) -> bool:
        return type(value) is int and value >= low

    return f"a whole number from {low}", fits


def _one_of(*names: str) -> tuple[str, Callable[[Any], bool]]:
    return " or ".join(f'"{name}"' for name in names), lambda value: value in names


def _is_rate(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and value > 0


_ALLOWED: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "data": _one_of(*dataset_names()),
    "hidden_size": _whole(1),
    "num_epochs": _whole(1),
    "batch_size": _whole(1),
    "learning_rate": ("a number above 0", _is_rate),
    "seed": _whole(0),
    "dtype": _one_of("float32", "float64"),
}
"""What each key may hold, in words and as a test."""


@dataclasses.dataclass(frozen=True)
class Configuration:
    """What a training run needs to know; the defaults are the README's command.

    Attributes
    ----------
    data : str
        Name of a data set, see `load_dataset`.
    hidden_size : int
        Units of the hidden layer.
    num_epochs : int
        How often all training images are shown.
    batch_size : int
        Images per update.
    learning_rate : float
        Step size of SGD on the mean loss of a batch.
    seed : int
        Source of all randomness.
    dtype : str
        "float32" or "float64".
    """

    data: str = "mnist-sample"
    hidden_size: int = 128
    num_epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 0.1
    seed: int = 0
    dtype: str = "float32"

    def to_toml(self) -> str:
        """Return the configuration in the form that `read_configuration` reads."""
        # Strings, whole numbers and finite floats read the same in JSON and in TOML.
        values = dataclasses.asdict(self).items()
        return "".join(f"{key} = {json.dumps(value)}\n" for key, value in values)


def read_configuration(path: str | os.PathLike[str] | None, changes: list[str]) -> Configuration:
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
    >>> read_configuration(None, ["hidden_size=32"]).hidden_size
    32
    """
    problems: list[str] = []
    values: dict[str, Any] = {}
    if path is not None:
        text = _read(Path(path))
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigurationError(
                f"{path}: expected TOML, lines like: hidden_size = 128. Found: {error}"
            ) from None
        for key, value in table.items():
            _check(key, value, f"{path}:{_line_of(key, text)}", values, problems)
    for change in changes:
        key, equals, written = change.partition("=")
        key = key.strip()
        if not equals:
            problems.append(f"--set {change}: expected key=value, for example hidden_size=64")
            continue
        try:
            value = tomllib.loads(f"value = {written}")["value"]
        except tomllib.TOMLDecodeError:
            value = written.strip()  # a string without quotes
        _check(key, value, f"--set {change}", values, problems)
    if problems:
        raise ConfigurationError("\n".join(problems))
    return Configuration(**values)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        found = "no such file"
    except IsADirectoryError:
        found = "a folder"
    except UnicodeDecodeError:
        found = "a file that is not UTF-8 text"
    except OSError as error:
        found = error.strerror or str(error)
    raise ConfigurationError(
        f"{path}: expected a configuration file with lines like: hidden_size = 128. "
        f"Found: {found}. To train with the defaults, name no file: python -m nn train"
    )


def _check(key: str, value: Any, place: str, values: dict[str, Any], problems: list[str]) -> None:
    if key not in _ALLOWED:
        near = difflib.get_close_matches(key, _ALLOWED, n=1, cutoff=0.0)[0]
        problems.append(
            f"{place}: unknown key {key!r}; did you mean {near!r}? Known: {', '.join(_ALLOWED)}"
        )
        return
    words, fits = _ALLOWED[key]
    if not fits(value):
        problems.append(f"{place}: {key} expects {words}, found {value!r}")
        return
    values[key] = float(value) if key == "learning_rate" else value


def _line_of(key: str, text: str) -> int:
    """The line in which a key of the top level is set."""
    pattern = re.compile(rf"""\s*(\[+\s*)?["']?{re.escape(key)}["']?\s*[].=]""")
    for number, line in enumerate(text.splitlines(), start=1):
        if pattern.match(line):
            return number
    return 1
