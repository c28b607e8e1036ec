"""Reading a configuration in whichever format it is written."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from autograd_core.files import expanded, shown

from .configuration import Configuration, ConfigurationError, lines_of, named_path, read_text
from .course_configuration import CourseConfiguration
from .toml_configuration import TomlConfiguration

FORMATS: tuple[type[Configuration], ...] = (CourseConfiguration, TomlConfiguration)


def read_configuration(
    path: str | os.PathLike[str] | None, changes: list[str], *, check_files: bool = False
) -> Configuration:
    """Read a configuration in either format and apply changes to it.

    Parameters
    ----------
    path : path-like or None
        The file; None for the defaults alone. ``*.toml`` is TOML; ``*.config``, ``*.txt``,
        ``*.cfg`` and ``*.conf`` are in the course's text format; of others the contents decide.
    changes : list of str
        ``key=value``, each in place of what the file says.
    check_files : bool, default False
        Whether the files must be there that the course's text format names.

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
    >>> read_configuration(None, ["num_epochs=3"]).num_epochs
    3
    """
    path = None if path is None else named_path(os.fspath(path))
    chosen = TomlConfiguration if path is None else _format_of(path)
    hints = {
        key: f". It is a key of {other.format_name}: name such a file *{other.endings[0]}"
        for other in FORMATS
        if other is not chosen
        for key in other.keys
    }
    return chosen.read(path, changes, hints, check_files)


def _format_of(path: Path) -> type[Configuration]:
    for each in FORMATS:
        if path.suffix.lower() in each.endings:
            return each
    course_key = re.compile(r"\s*rel_path_\w+\s*=")
    is_course = any(map(course_key.match, lines_of(read_text(path))))
    return CourseConfiguration if is_course else TomlConfiguration


def configuration_of(folder: Path, changes: Sequence[str] = ()) -> Configuration:
    """Read the configuration in a run's folder, with changes of the form ``key=value``."""
    folder = expanded(folder)
    for each in FORMATS:
        if (path := folder / each.file_name).is_file():
            return read_configuration(path, list(changes))
    raise ConfigurationError(
        f"{shown(folder)}: expected the folder of a run, with a {TomlConfiguration.file_name} in "
        "it. Make one with: python -m nn train"
    )
