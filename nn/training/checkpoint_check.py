"""Is what a checkpoint says what a run can go on with? Answered before anything is changed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from autograd_core.files import shown

from ..checks import MOST, cut, generator_in
from ..model_file import check_parameters
from ..optimizers.optimizer import PACE
from ..tensor_file import Tensor

if TYPE_CHECKING:
    from ..optimizers import Optimizer
    from .loop import TrainingRun

Plain = Mapping[str, Any]

_NEEDED = {
    "network", "data", "finished_epochs", "finished_batches", "totals", "epochs", "columns",
    "shared_losses", "shuffle_state", "layer_states",
}  # fmt: skip
_OF_EACH_EPOCH = {"loss", "accuracy", "learning_rate", "validation_loss", "validation_accuracy"}
"""Figures that all epochs have, or none."""

_NEW_IN_CALLBACKS = {"monitor"}
"""What callbacks of older releases do not keep."""


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
    elif type(found) is not type(expected) or found != expected:
        yield f"{place}: expected {expected}, found {cut(found)}"


def check_description(plain: Any, tensors: Mapping[str, Tensor], run: TrainingRun) -> None:
    """Raise a ValueError where a run can't go on with a checkpoint; its numbers are not read yet.

    Parameters
    ----------
    plain : plain data
        The description.
    tensors : mapping of str to Tensor
        What the header says of the arrays.
    run : TrainingRun
        The run that is to go on.
    """
    own, own_arrays = run.state_dict()
    if not isinstance(plain, dict) or not _NEEDED <= plain.keys() <= own.keys() | _NEEDED:
        raise ValueError(f"expected a description with {', '.join(own)}")
    _check_network(plain["network"], run)
    rates: Any = plain.get("layer_rates", {})
    pairs = rates.values() if isinstance(rates, dict) else [rates]
    if not all(isinstance(each, list) and len(each) == 2 for each in pairs):
        raise ValueError(f"expected two rates of each layer's optimizer, found {cut(rates)}")
    check_same("data and batches", plain["data"], own["data"])
    batches_per_epoch = run.batches_per_epoch
    epochs = _count(plain, "finished_epochs")
    batches = _count(plain, "finished_batches", batches_per_epoch - 1)
    if epochs > run.epochs:
        raise ValueError(
            f"the run has finished {epochs} epochs; expected as many or more to go on to, got "
            f"epochs={run.epochs}"
        )
    # Whole batches that somebody makes may differ in their size.
    _check_totals(plain["totals"], batches * run.batch_size if run.loader is None else None)
    _check_epochs(plain["epochs"], epochs)
    length = epochs * batches_per_epoch + batches
    _count(plain, "shared_losses", length)
    generator_in("shuffle_state", plain["shuffle_state"], run.shuffle_state["bit_generator"])
    _check_layers(plain["layer_states"], run)

    parts: dict[str, dict[str, Tensor]] = {"parameters": {}, "optimizer": {}, "losses": {}}
    for path, tensor in tensors.items():
        kind, colon, name = path.partition(":")
        known = kind in ("iterations", "metrics", *parts)
        known = known or kind.startswith(("callback ", "optimizer "))
        if not colon or not known:
            raise ValueError(f"expected no array {cut(path)}")
        parts.setdefault(kind, {})[name] = tensor
    network = run.network
    check_parameters(network.parameters(), parts["parameters"], network.buffers())
    optimizers = dict(network.named_optimizers())
    for name in parts:
        if name.startswith("optimizer ") and name not in optimizers:
            raise ValueError(f"expected no array {cut(name)}")
    for name, optimizer in optimizers.items():
        _check_optimizer(parts.get(name, {}), optimizer, run)
    _check_columns(plain["columns"], parts.get("iterations", {}), length)
    if parts["losses"].keys() != {""} or not _is_row(parts["losses"][""]):
        raise ValueError("expected one row of numbers under 'losses:'")
    for kind in own_arrays.keys() - tensors.keys():
        name, _, key = kind.partition(":")
        if name in parts and name.startswith("callback ") and key not in _NEW_IN_CALLBACKS:
            raise ValueError(f"expected also an array {kind!r}, found none")
    for path, array in own_arrays.items():
        if path.startswith("callback ") and path in tensors:
            found = tensors[path]
            if (found.dtype.kind, len(found.shape)) != (array.dtype.kind, array.ndim):
                raise ValueError(
                    f"expected {path!r} of {array.dtype} with {array.ndim} axes, found "
                    f"{found.dtype} of shape {found.shape}"
                )


def check_numbers(arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Raise a ValueError where a number of a checkpoint that counts something is below 0."""
    for path, array in arrays.items():
        kind = path.partition(":")[0]
        counts = kind.startswith(("optimizer", "callback "))
        if counts and array.dtype.kind == "i" and array.size and array.min() < 0:
            raise ValueError(f"expected whole numbers from 0 under {path!r}, found {array.min()}")


def _check_network(found: Any, run: TrainingRun) -> None:
    """The same network, but for the learning rate, which may have been changed on the way."""
    expected = run.network.configuration()
    if not isinstance(found, dict) or not isinstance(found.get("optimizer"), dict):
        raise ValueError("expected a description of the network, found something else")
    rate, _ = rate_in(found["optimizer"])
    check_same("network", without_rates(found), without_rates(expected))
    if not isinstance(rate, dict | None) and not (_is_number(rate) and 0 < rate < math.inf):
        raise ValueError(f"expected a learning_rate above 0, found {cut(rate)}")


def rate_in(optimizer: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the learning rate in the description of an optimizer, and the rest of it.

    Examples
    --------
    >>> rate_in({"type": "SGD", "learning_rate": 0.1, "momentum": 0.9})
    (0.1, {'type': 'SGD', 'momentum': 0.9})
    """
    rest = dict(optimizer)
    if isinstance(rest.get("optimizer"), dict):  # it makes the steps of another
        rate, rest["optimizer"] = rate_in(rest["optimizer"])
        return rate, rest
    if isinstance(groups := rest.get("groups"), list):  # their rates follow
        rest["groups"] = [
            each if not isinstance(each, dict) else each | {"learning_rate": None}
            for each in groups
        ]
    return rest.pop("learning_rate", None), rest


def without_rates(description: Any) -> Any:
    """Return the description of a network without the learning rates of optimizers.

    Examples
    --------
    >>> without_rates([{"optimizer": {"type": "SGD", "learning_rate": 0.1}}])
    [{'optimizer': {'type': 'SGD'}}]
    """
    if isinstance(description, list):
        return [*map(without_rates, description)]
    if not isinstance(description, dict):
        return description
    return {
        key: rate_in(part)[1]
        if key == "optimizer" and isinstance(part, dict)
        else without_rates(part)
        for key, part in description.items()
    }


def _check_totals(totals: Any, samples: int | None) -> None:
    good = (
        isinstance(totals, list)
        and len(totals) == 5
        and all(map(_is_number, totals))
        and (totals[1] == samples or (samples is None and 0 <= totals[1] <= MOST))
        and all(0 <= total < math.inf for total in totals[2:])
    )
    if not good:
        expected = "a number of" if samples is None else samples
        raise ValueError(
            f"expected totals of a number, {expected} samples and three numbers from 0, found "
            f"{cut(totals)}"
        )


def _check_epochs(rows: Any, epochs: int) -> None:
    if not isinstance(rows, list) or len(rows) != epochs:
        raise ValueError(f"expected figures of {epochs} epochs, as many as are finished")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or not all(map(_is_number, row.values())):
            raise ValueError(f"expected numbers as figures of epoch {number}")
        if type(row.get("epoch")) is not int or row["epoch"] != number:
            raise ValueError(f"expected epoch {number} in its row, found {cut(row.get('epoch'))}")
        if "loss" not in row or row.keys() & _OF_EACH_EPOCH != rows[0].keys() & _OF_EACH_EPOCH:
            raise ValueError(f"expected the same figures of epoch {number} as of the first")
        for name, figure in row.items():
            if name.endswith("accuracy") and (figure < 0 or figure > 1):
                raise ValueError(f"expected 0 to 1 as {name} of epoch {number}, found {figure}")
        if not 0 <= row.get("learning_rate", 0) < math.inf:
            raise ValueError(f"expected a learning_rate from 0 in the row of epoch {number}")


def _check_columns(columns: Any, found: Mapping[str, Tensor], length: int) -> None:
    if not isinstance(columns, list) or not all(type(name) is str for name in columns):
        raise ValueError("expected a list of names as columns")
    if len(set(columns)) != len(columns) or set(columns) != found.keys():
        raise ValueError("expected an array for each of the columns, and no other")
    for name, column in found.items():
        if column.dtype.kind != "f" or column.shape != (length,):
            raise ValueError(
                f"expected {length} numbers in the column {shown(name)!r}, one for each batch; "
                f"found {column.dtype} of shape {column.shape}"
            )


def _check_optimizer(found: Mapping[str, Tensor], optimizer: Optimizer, run: TrainingRun) -> None:
    """What is remembered of a parameter has its shape, or counts something."""
    parameters = run.network.parameters()
    for path, array in found.items():
        name, _, key = path.rpartition("/")
        counts = array.dtype.kind == "i" and array.shape == ()
        if path == "updates":
            good = counts
        elif path == PACE:
            good = array.dtype.kind == "i" and array.shape == (2,)
        else:
            same = name in parameters and array.shape == parameters[name].shape
            good = (same and array.dtype.kind == "f") or (counts and name in parameters)
            good = name in parameters if optimizer.remembers is None else good
            good = good and optimizer.may_remember(key)
        if not good:
            raise ValueError(
                f"expected no {shown(path)!r} of {array.dtype} and shape {array.shape} among what "
                "the optimizer remembers"
            )
    if "updates" not in found:
        raise ValueError("expected also 'updates' of the optimizer, found none")


def _check_layers(states: Any, run: TrainingRun) -> None:
    layers = run.network.layers
    if not isinstance(states, list) or len(states) != len(layers):
        raise ValueError(f"expected layer_states of {len(layers)} layers")
    for position, (state, layer) in enumerate(zip(states, layers, strict=True)):
        place, own = f"layer_states[{position}]", layer.random_state()
        if (state is None) != (own is None):
            raise ValueError(f"{place}: expected {'nothing' if own is None else 'a state'}")
        _check_states(place, state, own)


def _check_states(place: str, state: Any, own: Any) -> None:
    """The state of a generator, or by number those of the layers inside of one."""
    if isinstance(own, dict) and "bit_generator" in own:
        generator_in(place, state, own["bit_generator"])
    elif isinstance(own, dict) and all(isinstance(inner, dict) for inner in own.values()):
        if not isinstance(state, dict) or state.keys() != own.keys():
            raise ValueError(f"{place}: expected the states of {', '.join(own)}")
        for number, inner in own.items():
            _check_states(f"{place}.{number}", state[number], inner)


def _count(plain: Plain, key: str, most: int = MOST) -> int:
    value: Any = plain[key]
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{key} expects a whole number from 0 to {most}, found {cut(value)}")
    return value


def _is_number(value: Any) -> bool:
    return type(value) is float or (type(value) is int and abs(value) <= MOST)


def _is_row(array: Tensor) -> bool:
    return array.dtype.kind == "f" and len(array.shape) == 1
