"""Checkpoints: all that the next batch of a training run depends on, in one file."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .. import model_file

if TYPE_CHECKING:
    from .callbacks import Callback
    from .loop import TrainingRun

FILE = "checkpoint.safetensors"
_KIND = "autograd-core checkpoint"


def write(folder: Path, run: TrainingRun) -> Path:
    """Write where a training run stands, completely or not at all.

    Parameters
    ----------
    folder : Path
        The file `FILE` in it is replaced.
    run : TrainingRun
        The run, between two batches.

    Returns
    -------
    Path
        The file.
    """
    network = run.network
    arrays: dict[str, npt.NDArray[Any]] = {}
    for kind, state in (
        ("parameters", network.state_dict()),
        ("optimizer", network.optimizer.state_dict()),
        ("iterations", {k: np.array(v) for k, v in run.history.iterations.items()}),
        ("losses", {"all": np.array(network.losses)}),
        *((name, each.state_dict()) for name, each in _named_callbacks(run)),
    ):
        arrays |= {f"{kind}:{name}": np.asarray(array) for name, array in state.items()}
    description = {
        "network": network.configuration(),
        "data": _data_description(run),
        "finished_epochs": run.finished_epochs,
        "finished_batches": run.finished_batches,
        "totals": [run.totals.sum, run.totals.samples, run.totals.right],
        "history": run.history.epochs,
        "columns": list(run.history.iterations),
        "shuffle_state": run.shuffle_state,
        "layer_states": [layer.random_state() for layer in network.layers],
    }
    return model_file.write(folder / FILE, _KIND, description, arrays)


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
        If the file is damaged, or belongs to another network or other data.
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
    description, arrays = model_file.read(path, _KIND)
    network = run.network
    with model_file.explaining(path):
        # The learning rate may have been changed on the way, by a callback.
        rate = description["network"]["optimizer"].pop("learning_rate", None)
        expected = network.configuration()
        expected["optimizer"].pop("learning_rate", None)
        _check_same("network", description["network"], expected)
        _check_same("data and batches", description["data"], _data_description(run))
        if description["finished_epochs"] > run.epochs:
            raise ValueError(
                f"the run has finished {description['finished_epochs']} epochs; expected as many "
                f"or more to go on to, got epochs={run.epochs}"
            )
        parts: dict[str, dict[str, npt.NDArray[Any]]] = {}
        for path_in_file, array in arrays.items():
            kind, _, name = path_in_file.partition(":")
            parts.setdefault(kind, {})[name] = array
        network.load_state_dict(parts["parameters"])
        network.optimizer.load_state_dict(parts.get("optimizer", {}))
        if isinstance(rate, float) and network.optimizer.schedule is None:
            network.optimizer.learning_rate = rate
        network.losses[:] = parts["losses"]["all"].tolist()
        run.history.iterations = {
            column: parts["iterations"][column].tolist() for column in description["columns"]
        }
        run.history.epochs = description["history"]
        run.finished_epochs = description["finished_epochs"]
        run.finished_batches = description["finished_batches"]
        run.totals.sum, run.totals.samples, run.totals.right = description["totals"]
        run.shuffle_state = description["shuffle_state"]
        network.sampling.bit_generator.state = run.shuffle_state
        run.callback_states = [
            (callback, parts[name]) for name, callback in _named_callbacks(run) if name in parts
        ]
        for layer, state in zip(network.layers, description["layer_states"], strict=True):
            if state is not None:
                layer.set_random_state(state)
    return True


def _named_callbacks(run: TrainingRun) -> Iterator[tuple[str, Callback]]:
    """Callbacks by their class, and a number where there are several of it."""
    seen: Counter[str] = Counter()
    for callback in run.callbacks:
        kind = type(callback).__name__
        yield f"callback {kind} {seen[kind]}", callback
        seen[kind] += 1


def _data_description(run: TrainingRun) -> dict[str, Any]:
    return {
        "samples": list(run.samples.shape),
        "labels": list(run.labels.shape),
        "batch_size": int(run.batch_size),
    }


def _check_same(what: str, found: Any, expected: Any) -> None:
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
