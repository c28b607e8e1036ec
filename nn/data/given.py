"""What users give as samples and labels, as plain arrays; or what is wrong with it, and where."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.node import raw

from ..checks import refuse_masked
from .several import Several

Array = npt.NDArray[Any]


def samples_from(x: Any) -> Array:
    """Return samples as a numeric array, memory maps as they are, tables column by column.

    Raises
    ------
    ValueError
        If they are no numbers, or there is no axis of samples; of a table the column is named.
    """
    if type(x) is Several:
        raise TypeError(
            f"the model takes one input, got {len(x.arrays)}, of shapes {x.shape}. Put them into "
            "one array, or write a model that takes several: def apply(self, left, right)"
        )
    x = raw(x)
    refuse_masked(x)
    if _is_table(x):
        return _numbers_of(x)
    samples = _arranged(x)
    if samples.dtype.kind == "O" and samples.ndim:
        samples = _without_missing(samples, lambda place: f"the entry at index {place} is missing")
    if samples.ndim == 0 or samples.dtype.kind not in "fiub":
        advice = "" if samples.dtype.kind not in "OUS" else ". Write x.astype(float) of numbers"
        raise ValueError(
            "expected samples along the first axis of a numeric array, got shape "
            f"{samples.shape} of {samples.dtype}{advice}"
        )
    return samples


def labels_from(y: Any) -> Array:
    """Return labels as a numeric array, or raise ValueError."""
    y = raw(y)
    refuse_masked(y)
    if _is_table(y):
        return _numbers_of(y)
    labels = np.asarray(_arranged(y))
    if labels.dtype.kind == "O":
        labels = _without_missing(labels, lambda row: f"the label at index {row} is missing (NA)")
    if labels.dtype.kind not in "fiub":
        raise ValueError(
            f"expected labels that are numbers, got {labels.dtype}. From names of classes "
            "write: names, y = np.unique(y, return_inverse=True)"
        )
    return labels


def refuse_nonfinite(what: str, array: Array, dtype: np.dtype[Any], table: Any = None) -> None:
    """Raise ValueError where numbers are nan, infinite, or beyond what a type of floats holds.

    Of a memory map nothing is read: that waits for its batches.
    """
    if isinstance(array, np.memmap) or not array.size or array.dtype.kind not in "fiu":
        return
    largest = float(np.finfo(dtype).max)
    in_one_pass = array.dtype.kind == "f" and array.itemsize >= 4 and array.flags.c_contiguous
    # No entry is larger than the norm of all of them.
    if in_one_pass and math.sqrt(float(np.vdot(array, array))) <= largest:
        return
    lowest, highest = float(array.min()), float(array.max())
    if -largest <= lowest and highest <= largest:
        return
    place = np.unravel_index(int(np.argmax(~(np.abs(array) <= np.float64(largest)))), array.shape)
    value = array[place]
    where = f"index {place[0]}" if array.ndim == 1 else f"index {tuple(map(int, place))}"
    if _is_table(table) and array.ndim == 2:
        where = f"row {place[0]}, column {list(table.columns)[int(place[1])]!r}"
    if not np.isfinite(value):
        advice = f". Leave it out or fill it in, such as np.nan_to_num({what[0]})"
    else:
        advice = (
            f", which is beyond {largest:.3g}, the largest {dtype}. Scale the data, as "
            "standardize() does, or write NeuralNetwork(..., dtype=np.float64)"
        )
    raise ValueError(f"expected finite {what}, got {value} at {where}{advice}")


# --- tables, such as pandas' DataFrame -----------------------------------------------------------


def _is_table(data: Any) -> bool:
    return hasattr(data, "columns") and hasattr(data, "dtypes") and hasattr(data, "shape")


def _numbers_of(table: Any) -> Array:
    """Return the columns side by side, in float64 unless all are of one type."""
    columns = [
        _numbers_in(table.iloc[:, place] if hasattr(table, "iloc") else table[name], name)
        for place, name in enumerate(table.columns)
    ]
    if not columns:
        raise ValueError(f"expected a table with at least one column, got shape {table.shape}")
    kinds = {column.dtype for column in columns}
    if len(kinds) == 1:
        return np.stack(columns, axis=1)
    return np.stack([column.astype(np.float64) for column in columns], axis=1)


def _numbers_in(column: Any, name: Any) -> Array:
    """Return the numbers in a column, or raise a ValueError that names it."""
    owner = f"column {name!r}"
    kind = str(column.dtype)
    values = np.asarray(column)
    if "categor" in kind.lower() or "enum" in kind.lower():
        values = np.empty(0, "U")  # their numbers are names
    if not isinstance(column.dtype, np.dtype) and values.dtype.kind == "f":
        values = values.astype(object)  # there nan stands for a missing number
    if values.dtype.kind == "O":
        values = _without_missing(values, lambda row: f"{owner} has none in row {row} (NA)")
    if values.dtype.kind not in "fiub":
        raise ValueError(
            f"expected columns of numbers, got {owner} of {kind}. Leave it out, or turn it into "
            "numbers: pandas.get_dummies(table, dtype=float) makes a column of 0 and 1 per category"
        )
    return values


def _place(position: int, shape: tuple[int, ...]) -> Any:
    return position if len(shape) == 1 else tuple(map(int, np.unravel_index(position, shape)))


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and value != value


def _arranged(data: Any) -> Array:
    """Return an array, a memory map as it is; raise where the rows are not equally long."""
    try:
        return np.asanyarray(data)
    except ValueError as error:
        if not isinstance(data, (list, tuple)):
            raise
        shapes = [np.shape(row) if not isinstance(row, list) else (len(row),) for row in data]
        odd = next((place for place, shape in enumerate(shapes) if shape != shapes[0]), None)
        if odd is None:
            raise ValueError(f"expected a rectangular array of numbers: {error}") from None
        raise ValueError(
            f"expected rows that are equally long, got {shapes[odd]} at index {odd} after "
            f"{shapes[0]}. Fill the short ones up, or leave them out; sequences "
            "batch by batch: fit(DataLoader(list(zip(x, y)), batch_size=32, collate=Padded()))"
        ) from None


def numbers(data: Any) -> Any:
    """Return a table's columns as one array; anything else as it is."""
    return _numbers_of(data) if _is_table(data) else data


def _without_missing(values: Array, missing: Callable[[Any], str]) -> Array:
    """Return objects that are all numbers as those; raise where one is missing."""
    plain = values.ravel().tolist()
    for row, value in enumerate(plain):
        if value is None or type(value).__name__ in ("NAType", "NaTType") or _is_nan(value):
            place = _place(row, values.shape)
            raise ValueError(
                f"expected numbers, {missing(place)}. Fill it in, such as by .fillna(0), or leave "
                "those rows out by .dropna()"
            )
    if all(isinstance(value, (int, float, np.number, np.bool_)) for value in plain):
        return np.array(plain).reshape(values.shape)
    return values
