"""Checkpoints: where a training run stands, in a file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import model_file

if TYPE_CHECKING:
    from .loop import TrainingRun

FILE = "checkpoint.safetensors"
_KIND = "autograd-core checkpoint"
_VERSION = 2
"""Goes up by one where the state of a run changes: what another release wrote can't be read."""


def write(folder: Path, run: TrainingRun) -> Path:
    """Write where a training run stands between two batches, completely or not at all."""
    plain, arrays = run.state_dict()
    return model_file.write(folder / FILE, _KIND, {"version": _VERSION, **plain}, arrays)


def restore(folder: str | os.PathLike[str], run: TrainingRun) -> bool:
    """Bring a training run to where a checkpoint stands.

    Parameters
    ----------
    folder : path-like
        Where `write` wrote.
    run : TrainingRun
        A run with the same network and data, not begun yet.

    Returns
    -------
    bool
        False where the folder holds no checkpoint yet: the run was stopped before the first.

    Raises
    ------
    ModelFileError
        If the file is damaged, or belongs to another network, other data or another release.
    FileNotFoundError
        If there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: expected the folder of a run to resume, found none")
    for leftover in folder.glob(f".{FILE}.*"):
        leftover.unlink()  # of a process that was killed while writing
    path = folder / FILE
    if not path.exists():
        return False
    plain, arrays = model_file.read(path, _KIND)
    with model_file.explaining(path):
        if plain.pop("version", 1) != _VERSION:
            raise ValueError(
                "expected a checkpoint of this release, found one of another. Start anew in "
                "another folder, or go on with the release that wrote it"
            )
        run.load_state_dict(plain, arrays)
    return True


def check_same(what: str, found: Any, expected: Any) -> None:
    """Raise a ValueError where plain data from a checkpoint are not those of the run at hand."""
    # Through JSON, as the file's side has been: tuples become lists.
    if differing := list(_differences(found, json.loads(json.dumps(expected)), "")):
        raise ValueError(f"expected a checkpoint of the same {what}; {'; '.join(differing)}")


def _differences(found: Any, expected: Any, place: str) -> Iterator[str]:
    """Say where two pieces of plain data differ."""
    if isinstance(found, dict) and isinstance(expected, dict) and found.keys() == expected.keys():
        for key in expected:
            yield from _differences(found[key], expected[key], f"{place}.{key}" if place else key)
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for index, (one, other) in enumerate(zip(found, expected, strict=True)):
            yield from _differences(one, other, f"{place}[{index}]")
    elif found != expected:
        yield f"{place}: expected {expected}, found {found}"
