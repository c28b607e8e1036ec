"""A network's parameters by name: ours, or those that PyTorch wrote."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core import Node

from .checks import checked_path, cut
from .finite import cast
from .layers import Buffer
from .model_file import NETWORK, ModelFile, ending_of, explaining
from .pytorch_names import in_our_names
from .tensor_file import MOST_IN_HEADER, Tensor, opened_tensors

Arrays = dict[str, npt.NDArray[Any]]

_OWNER = "load_state_dict()"
_MOST_TOLD = 10


class Expected(NamedTuple):
    """What a network has.

    Attributes
    ----------
    parameters : mapping of str to Node or Buffer
        By name.
    swapped : collection of str
        Which of them are matrices that PyTorch keeps with their two axes swapped.
    optional : collection of str
        Which of them may be missing.
    renamed : mapping of str to str or None
        Their names in PyTorch where these are others, each with ours; None for what PyTorch keeps
        beside them.
    """

    parameters: Mapping[str, Node | Buffer]
    swapped: Collection[str]
    optional: Collection[str] = ()
    renamed: Mapping[str, str | None] = MappingProxyType({})


def read_state(expected: Expected, state: Any, transposed: bool | None) -> Arrays:
    """Return the values of a network's parameters from arrays by name, or from a file of them.

    Those that are optional and missing are left out.

    Parameters
    ----------
    expected : Expected
        What the network has.
    state : mapping of str to array_like, or path-like
        Where the values are.
    transposed : bool or None
        Whether `swapped` come with their axes swapped; None where nobody has said so.

    Raises
    ------
    TypeError, ValueError
        As `NeuralNetwork.load_state_dict` does.
    """
    if isinstance(state, (str, os.PathLike)):
        return _from_file(expected, checked_path("load_state_dict", "state", state), transposed)
    if not isinstance(state, Mapping):
        raise TypeError(
            f"{_OWNER} expects what state_dict() returned, arrays by name, or the path of a "
            f"safetensors file, got {cut(state)}"
        )
    arrays = {name: np.asarray(value) for name, value in state.items()}
    return _fitted(expected, arrays, arrays.__getitem__, bool(transposed))


def _from_file(expected: Expected, path: Path, transposed: bool | None) -> Arrays:
    ending_of("load_state_dict", path, known=(".safetensors",))
    with explaining(path), opened_tensors(path, MOST_IN_HEADER) as file:
        if NETWORK in file.metadata:
            ModelFile(file, NETWORK).verify()
        elif transposed is None:
            _refuse_to_guess(expected, path)
        return _fitted(expected, file.tensors, file.read, bool(transposed))


def _refuse_to_guess(expected: Expected, path: Path) -> None:
    """Raise where the shapes could not tell that another library wrote transposed matrices."""
    shapes = [expected.parameters[name].shape for name in expected.swapped]
    if shapes and all(rows == columns for rows, columns in shapes):
        raise ValueError(
            f"{_OWNER} can't tell how the square weights in {path.name!r} lie, which is no file of "
            f"ours. Write load_state_dict({path.name!r}, transposed=True) if PyTorch wrote it, "
            "whose Linear keeps (outputs, inputs); transposed=False if they are (inputs, outputs)"
        )


def _fitted(
    expected: Expected,
    found: Mapping[str, Tensor | npt.NDArray[Any]],
    read: Callable[[str], npt.NDArray[Any]],
    transposed: bool,
) -> Arrays:
    """Return copies in the parameters' types, or raise with all that does not fit."""
    parameters = expected.parameters
    if transposed:
        found, read = in_our_names(found, read)
    names = _by_our_names(expected, found)
    sources = {name: names[each] for name, each in _without_prefix(expected, names).items()}
    shapes = {name: found[source].shape for name, source in sources.items()}
    if transposed:
        shapes |= {name: shapes[name][::-1] for name in expected.swapped if name in shapes}
    missing = parameters.keys() - sources.keys() - set(expected.optional)
    problems = [f"missing {name!r}" for name in missing]
    problems += [f"unknown {name!r}" for name in sources.keys() - parameters.keys()]
    problems += [
        f"{name!r} of shape {shapes[name]} instead of {node.shape}"
        for name, node in parameters.items()
        if name in shapes and shapes[name] != node.shape
    ]
    problems += [
        f"{name!r} of {found[source].dtype}"
        for name, source in sources.items()
        if found[source].dtype.kind not in "fiub"
    ]
    if problems:
        more = f" and {len(problems) - _MOST_TOLD} more" if len(problems) > _MOST_TOLD else ""
        raise ValueError(
            f"{_OWNER} expects the parameters {', '.join(parameters)}; "
            f"got {', '.join(sorted(problems)[:_MOST_TOLD])}{more}"
            f"{_about_axes(expected, shapes, transposed)}"
        )
    values: Arrays = {}
    for name, source in sources.items():
        array = read(source)
        turned = array.T if transposed and name in expected.swapped else array
        values[name] = cast(f"{_OWNER}: {name!r}", turned, parameters[name].dtype)
    return values


def _by_our_names(expected: Expected, found: Collection[str]) -> dict[str, str]:
    """The names with the end that they have here, each with that under which it is found."""
    names: dict[str, str] = {}
    for source in found:
        name: str | None = source
        for theirs, ours in expected.renamed.items():
            if source not in expected.parameters and f".{source}".endswith(f".{theirs}"):
                name = None if ours is None else source.removesuffix(theirs) + ours
        if name is not None:
            names[name] = source
    return names


def _without_prefix(expected: Expected, found: Collection[str]) -> dict[str, str]:
    """The names, each with that under which it is found: ``net.0.weight`` for ``0.weight``.

    Only a prefix that all have in common is left out, and only where nothing is missing then.
    """
    known, first = expected.parameters.keys(), next(iter(found), "")
    needed = known - set(expected.optional)
    for name in known:
        if first.endswith(f".{name}"):
            prefix = first.removesuffix(name)
            short = {source.removeprefix(prefix): source for source in found}
            if needed <= short.keys() <= known and len(short) == len(found):
                return short
    return {name: name for name in found}


def _about_axes(expected: Expected, shapes: Mapping[str, tuple[int, ...]], transposed: bool) -> str:
    """A sentence for matrices that would fit if their axes were swapped."""
    pairs = [
        (shapes[name], expected.parameters[name].shape)
        for name in expected.swapped
        if name in shapes
    ]
    if not any(shape != there and shape[::-1] == there for shape, there in pairs):
        return ""
    if transposed:
        return (
            ". Weights are (inputs, outputs) here, and so are these before they are transposed: "
            "write load_state_dict(state)"
        )
    return (
        ". Weights are (inputs, outputs) here, and these lie the other way, as in PyTorch's "
        "Linear: write load_state_dict(state, transposed=True)"
    )
