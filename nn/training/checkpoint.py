"""Checkpoints: where a training run stands, in a file, and where it stood before, in another."""

from __future__ import annotations

import contextlib
import copy
import errno
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from autograd_core.files import expanded, remove_leftovers, remove_unless_held, shown
from autograd_core.locks import held_alone

from .. import model_file
from ..distributed import current
from ..tensor_file import DamagedFileError, ModelFileError
from .checkpoint_check import check_description, check_numbers, check_same
from .supervision import TrainingWarning

if TYPE_CHECKING:
    from .loop import TrainingRun

__all__ = ["begun", "check_same", "restore", "write"]

FILE = "checkpoint.safetensors"
PREVIOUS = "checkpoint-before.safetensors"
_LOCK = ".training"
_KIND = "autograd-core checkpoint"
_VERSION = 3
"""Goes up by one where the state of a run changes: what another release wrote can't be read."""

_WITH_CHECKSUM = ("first_rate", "fingerprint", "validation_fingerprint")
"""Keys since which there is a checksum: with one of them, a file without it was changed."""

_OLD_LEFTOVER = re.compile(rf"\.{re.escape(FILE)}\.[a-z0-9_]{{8}}")
"""The temporary files of older releases."""


@contextmanager
def begun(run: TrainingRun, resume: Path | None) -> Iterator[None]:
    """Bring a run to where it is to begin; no other writes into its folder in the with block.

    Parameters
    ----------
    run : TrainingRun
        The run, with a folder for checkpoints.
    resume : Path, optional
        The folder to go on from; see `restore`.

    Raises
    ------
    BlockingIOError
        If another run writes its checkpoints into the folder now. One that was killed holds nobody
        up.
    """
    if resume is not None:
        _require_folder(resume)
    folder = run.folder
    assert folder is not None
    group = current()
    if not group.writes:  # another of the processes that train together does
        run.folder = None
        if resume is not None:
            _read(resume, run)
        group.wait("begun")
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    said = (
        "another training run writes its checkpoints here just now. Wait until it has ended, or "
        "train in another folder"
    )
    with held_alone(folder / _LOCK, said):
        if resume is not None:
            restore(resume, run)
        group.wait("begun")
        yield


def _read(folder: Path, run: TrainingRun) -> None:
    """Do as `restore`, and change nothing in the folder, in which another process writes."""
    for name in (FILE, PREVIOUS):
        with contextlib.suppress(FileNotFoundError, DamagedFileError):
            _load(folder / name, run)
            return


def write(folder: Path, run: TrainingRun) -> Path:
    """Write where a training run stands between two batches, completely or not at all.

    The checkpoint before this one stays beside it, if it is of the same run.
    """
    plain, arrays = run.state_dict()
    description = {"version": _VERSION, **plain}
    if not run.has_checkpoint:
        (folder / PREVIOUS).unlink(missing_ok=True)
    keep = PREVIOUS if run.has_checkpoint else None
    path = model_file.write(folder / FILE, _KIND, description, arrays, keep=keep)
    run.has_checkpoint = True
    return path


def restore(folder: str | os.PathLike[str], run: TrainingRun) -> bool:
    """Bring a training run to where a checkpoint stands.

    Where the last one is damaged or missing, the one before it is taken.

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
        If the files are damaged, or belong to another network, other data or another release;
        nothing is changed then.
    FileNotFoundError
        If there is no such folder.

    Warns
    -----
    TrainingWarning
        If it is the checkpoint before the last that the run goes on from.
    """
    folder = expanded(folder)
    _require_folder(folder)
    _clean(folder)
    last, before = folder / FILE, folder / PREVIOUS
    try:
        _load(last, run)
    except FileNotFoundError:
        if not before.exists():
            return False
        reason = f"{shown(last)} is missing"
    except (DamagedFileError, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EIO:
            raise
        reason = str(error)
        if not before.exists() or last.is_dir():  # whose place no file can take
            raise
    else:
        return True
    try:
        _load(before, run)
    except ModelFileError as error:
        raise type(error)(f"{error}; and {reason}. Start anew in another folder") from None
    os.replace(before, last)  # noqa: PTH105  # or the damaged one would be kept next
    warnings.warn(
        f"the run goes on from the checkpoint before the last: {reason}",
        TrainingWarning,
        stacklevel=4,
    )
    return True


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{shown(folder)}: expected the folder of a run to resume, found none"
        )


def _load(path: Path, run: TrainingRun) -> None:
    with model_file.reading(path, _KIND) as file:
        plain = copy.deepcopy(file.description)  # the file's own is what the checksum is over
        version = plain.pop("version", 1) if isinstance(plain, dict) else None
        if type(version) is not int or version != _VERSION:
            raise ValueError(
                "expected a checkpoint of this release, found one of another. Start anew in "
                "another folder, or go on with the release that wrote it"
            )
        if file.checksum is None and not plain.keys().isdisjoint(_WITH_CHECKSUM):
            raise DamagedFileError("expected a checksum, as every new checkpoint has, found none")
        check_description(plain, file.tensors, run)
        arrays = file.arrays()
        check_numbers(arrays)
        run.load_state_dict(plain, arrays)
        run.has_checkpoint = run.folder == path.parent


def _clean(folder: Path) -> None:
    """Delete what killed processes have left half written."""
    remove_leftovers(folder)
    for path in folder.iterdir():
        if _OLD_LEFTOVER.fullmatch(path.name):
            remove_unless_held(path)
