"""Tables in CSV files, as samples and labels."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core.files import IrregularFileError, opened, shown

from ..calls import explains_arguments
from ..checks import checked_path, cut, float_type, number
from .idx import DataError

__all__ = ["Table", "read_csv"]

_MISSING = ("", "na", "n/a", "nan", "null", "none", "?")
"""What stands in cells where a number is not known, in lower case."""

Rows = list[tuple[int, list[str]]]
"""The cells of each row, with its line in the file."""


class Table(NamedTuple):
    r"""Samples and labels of a CSV file.

    Attributes
    ----------
    x : ndarray, shape (rows, features)
        The columns of numbers as they are, the categorical ones as a feature per category.
    y : ndarray of shape (rows,), or None
        The target: whole numbers as int64, other numbers in the type of x, names as class numbers;
        None without a target.
    features : tuple of str
        What the features of x are called: ``"age"``, ``"colour=red"``.
    classes : tuple of str
        The names that the class numbers stand for; empty where the target has numbers.
    columns : dict of str to tuple of str
        The columns of x, each with its categories; empty for numbers.
    target : str or None
        The column of y.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from nn.data import read_csv
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "animals.csv")
    ...     size = path.write_text("age,kind\n3,cat\n5,dog\n")
    ...     table = read_csv(path, target="kind")
    >>> table.features, table.classes, table.y
    (('age',), ('cat', 'dog'), array([0, 1]))
    """

    x: npt.NDArray[Any]
    y: npt.NDArray[Any] | None
    features: tuple[str, ...]
    classes: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    target: str | None


@explains_arguments
def read_csv(
    path: str | os.PathLike[str],
    *,
    target: str | None = None,
    columns: Sequence[str] | None = None,
    categorical: Sequence[str] = (),
    missing: float | None = None,
    delimiter: str = ",",
    like: Table | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Table:
    r"""Read samples and labels from a CSV file whose first line names the columns.

    Parameters
    ----------
    path : path-like
        The file, in UTF-8.
    target : str, optional
        The column with the labels.
    columns : sequence of str, optional
        The columns with the samples; by default all others.
    categorical : sequence of str, default ()
        Those of them that hold categories: each becomes a feature per category that occurs, sorted
        by name, which is 1 in the rows of that category, else 0.
    missing : float, optional
        What stands for numbers that are missing: empty cells, ``NA``, ``NaN``, ``null``, ``?``. By
        default they are an error.
    delimiter : str, default ","
        What stands between cells.
    like : Table, optional
        A table read before, such as that of the training data: columns, target, categories and
        classes are taken from it, so that both have the same features. A file without the target
        is read without it.
    dtype : dtype, default float32
        Type of the samples.

    Returns
    -------
    Table
        x, y, and what stands behind their numbers.

    Raises
    ------
    DataError
        If the file is not such a table, or a cell is no number: says line and column.
    ValueError
        If a column is asked for that is not there.
    OSError
        If the file can't be opened.

    Notes
    -----
    The cells of the whole file are in memory as text on the way. For larger files read parts, such
    as by ``pandas.read_csv(path, chunksize=1000)`` in a function for `DataLoader`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from nn.data import read_csv
    >>> text = "age,colour,kind\n3,red,cat\n5,blue,dog\n4,red,dog\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "animals.csv")
    ...     _ = path.write_text(text)
    ...     table = read_csv(path, target="kind", categorical=["colour"])
    >>> table.features
    ('age', 'colour=blue', 'colour=red')
    >>> table.x
    array([[3., 0., 1.],
           [5., 1., 0.],
           [4., 0., 1.]], dtype=float32)
    >>> table.y, table.classes
    (array([0, 1, 1]), ('cat', 'dog'))
    """
    owner = shown(path)
    names, rows = _cells(path, delimiter, owner)
    kind = float_type("read_csv", dtype)
    if missing is not None:
        missing = number("read_csv", "missing", missing)
    categories = dict[str, tuple[str, ...] | None]()
    if like is not None:
        if target is not None or columns is not None or categorical:
            raise ValueError(
                "read_csv(like) says target, columns and categorical too. Leave them out beside it"
            )
        target = like.target if like.target in names else None
        columns = list(like.columns)
        categories = {name: found for name, found in like.columns.items() if found}
    else:
        if isinstance(columns, str) or isinstance(categorical, str):
            raise ValueError("read_csv expects lists of names. Write columns=['age']")
        categories = dict.fromkeys(categorical)
        if columns is None:
            if "" in names:
                raise DataError(
                    f"{owner}, line 1: expected the names of the columns, found none at place "
                    f"{names.index('') + 1}. Where that is the index of a pandas table, write it "
                    "by to_csv(path, index=False); or say which columns: columns=[...]"
                )
            columns = [name for name in names if name != target]
    for name in [*columns, *categories, *([] if target is None else [target])]:
        if name not in names:
            raise ValueError(f"{owner} has no column {name!r}. It has {cut(names)}")
    for name in categories:
        if name not in columns:
            raise ValueError(
                f"read_csv(categorical) expects columns of samples, got {name!r}, which is none of "
                f"{cut(list(columns))}. A target may hold names anyway"
            )
    if target in columns:
        raise ValueError(f"read_csv(columns) expects columns of samples, got the target {target!r}")
    place = {name: position for position, name in enumerate(names)}
    parts: list[npt.NDArray[Any]] = []
    features: list[str] = []
    found = dict[str, tuple[str, ...]]()
    for name in columns:
        if name in categories:
            where = _Column(owner, rows, place[name], name)
            places, found[name] = where.categories(categories[name])
            parts.append(np.equal.outer(places, np.arange(len(found[name]))).astype(kind))
            features += [f"{name}={category}" for category in found[name]]
        else:
            where = _Column(owner, rows, place[name], name)
            parts.append(where.numbers(kind, missing)[:, None])
            features.append(name)
            found[name] = ()
    x = np.concatenate(parts, axis=1) if parts else np.empty((len(rows), 0), kind)
    y: npt.NDArray[Any] | None = None
    classes: tuple[str, ...] = ()
    if target is not None:
        known = like.classes if like is not None else None
        y, classes = _Column(owner, rows, place[target], target).labels(kind, known)
    return Table(x, y, tuple(features), classes, found, target)


class _Column(NamedTuple):
    """A column of cells."""

    owner: str
    rows: Rows
    place: int
    name: str

    @property
    def texts(self) -> list[str]:
        return [cells[self.place].strip() for _, cells in self.rows]

    def numbers(self, kind: np.dtype[Any], missing: float | None = None) -> npt.NDArray[Any]:
        """Return the cells as numbers, or raise where one is none."""
        values = np.array([_number(text, missing) for text in self.texts], np.float64)
        with np.errstate(over="ignore"):
            found = values.astype(kind)
        if not np.isfinite(found).all():
            raise self._wrong(int(np.argmin(np.isfinite(found))), kind)
        return found

    def _wrong(self, row: int, kind: np.dtype[Any]) -> DataError:
        text = self.texts[row]
        if text.lower() in _MISSING:
            advice = "Write missing=0 for a number that stands there, or leave the row out"
        elif math.isfinite(_number(text.replace(",", "."), None)) and "," in text:
            advice = "Write numbers with a point"
        elif math.isfinite(_number(text, None)):
            advice = f"It is beyond the largest {kind}: write dtype=np.float64"
        elif math.isinf(_number(text, None)):
            advice = "Numbers are finite: leave the row out"
        else:
            advice = (
                f"Write categorical=[{self.name!r}] where they are categories, or name the columns "
                "of numbers: columns=[...]"
            )
        return DataError(
            f"{self.owner}, line {self.rows[row][0]}, column {self.name!r}: expected a number, "
            f"found {cut(text, 60) if text else 'nothing'}. {advice}"
        )

    def categories(
        self, known: tuple[str, ...] | None
    ) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
        """Return each cell as the number of its category, and the categories."""
        texts = self.texts
        names = tuple(sorted(set(texts))) if known is None else known
        numbers = {name: place for place, name in enumerate(names)}
        for row, text in enumerate(texts):
            if text not in numbers:
                raise DataError(
                    f"{self.owner}, line {self.rows[row][0]}, column {self.name!r}: expected one "
                    f"of {cut(list(names))}, as in the table before, found {cut(text, 60)}"
                )
        return np.array([numbers[text] for text in texts], np.int64), names

    def labels(
        self, kind: np.dtype[Any], known: tuple[str, ...] | None
    ) -> tuple[npt.NDArray[Any], tuple[str, ...]]:
        """Return the cells as labels, and the names of classes, if they are names."""
        for row, text in enumerate(self.texts):
            if text.lower() in _MISSING:
                raise DataError(
                    f"{self.owner}, line {self.rows[row][0]}, column {self.name!r}: expected a "
                    f"label, found {cut(text, 60) if text else 'nothing'}. Leave the row out"
                )
        values = np.array([_number(text, None) for text in self.texts], np.float64)
        if known or (known is None and not np.isfinite(values).all()):
            return self.categories(known or None)
        if (np.rint(values) == values).all() and (np.abs(values) < 2**53).all():
            return values.astype(np.int64), ()
        return self.numbers(kind), ()


def _number(text: str, missing: float | None) -> float:
    """Return a number; nan where there is none."""
    if text.lower() in _MISSING:
        return math.nan if missing is None else missing
    try:
        return float(text) if "_" not in text else math.nan
    except ValueError:
        return math.nan


def _cells(path: str | os.PathLike[str], delimiter: str, owner: str) -> tuple[list[str], Rows]:
    """Read the names of the columns, and the cells of each row."""
    if not isinstance(delimiter, str) or len(delimiter) != 1:
        raise ValueError(f"read_csv(delimiter) expects one character, got {cut(delimiter)}")
    try:
        with opened(checked_path("read_csv", "path", path)) as file:
            text = file.read().decode("utf-8-sig")
    except IrregularFileError as error:
        raise DataError(f"{owner}: expected a CSV file, found {error.found}") from None
    except UnicodeDecodeError as error:
        raise DataError(
            f"{owner}: expected a CSV file in UTF-8, found byte {error.object[error.start]:#04x} "
            f"at place {error.start}. Save it as UTF-8"
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: Rows = []
    try:
        rows.extend((reader.line_num, cells) for cells in reader if any(map(str.strip, cells)))
    except csv.Error as error:
        raise DataError(f"{owner}, line {reader.line_num}: expected CSV, found {error}") from None
    if not rows:
        raise DataError(f"{owner}: expected a line with the names of the columns, found nothing")
    (_, header), *rows = rows
    names = [name.strip() for name in header]
    if all(math.isfinite(_number(name, None)) for name in names):
        raise DataError(
            f"{owner}, line 1: expected the names of the columns, found numbers. Write a first "
            "line such as a,b,c, or read it by np.loadtxt(path, delimiter=',')"
        )
    other = next((each for each in ";\t," if each != delimiter and each in header[0]), None)
    if len(names) == 1 and other:
        raise DataError(
            f"{owner}, line 1: expected columns with {delimiter!r} between them, found {other!r}. "
            f"Write delimiter={other!r}"
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"{owner}, line 1: expected each column once, found {twice!r} twice")
    for line, cells in rows:
        if len(cells) != len(names):
            raise DataError(
                f"{owner}, line {line}: expected {len(names)} cells, as many as columns, found "
                f"{len(cells)}"
            )
    if not rows:
        raise DataError(f"{owner}: expected rows below the names of the columns, found none")
    return names, rows
