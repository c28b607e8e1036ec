"""Networks in safetensors files: arrays, and a description in the header, with a checksum."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core.files import shown, write_atomically

from .layers.buffers import Buffer
from .registry import rebuild
from .tensor_file import (
    MOST_IN_HEADER,
    DamagedFileError,
    ModelFileError,
    Tensor,
    TensorFile,
    opened_tensors,
    plain,
)

__all__ = ["ModelFileError"]

NETWORK = "autograd-core network"
_FORMAT = 1
_CHECKSUM = "sha256"

MOST_LAYERS = 10_000
"""In a file of a network."""

_MOST_IN_HEADER = {NETWORK: 16 * 2**20}
"""Bytes, by the kind of file; so many layers take less."""

Arrays = dict[str, npt.NDArray[Any]]

_WRONG = (ValueError, TypeError, AttributeError, LookupError, RecursionError, OverflowError)
"""What code raises that meets something else than it expects."""


_ENDINGS = (".safetensors", ".onnx")

_PICKLES = (".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle", ".joblib")

_FILES = (*_ENDINGS, *_PICKLES, ".h5", ".hdf5", ".keras", ".npz", ".tflite", ".msgpack")
"""What somebody ends a name with who means a file of a network."""


def ending_of(owner: str, path: Path, known: tuple[str, ...] = _ENDINGS) -> str:
    """Return which of our endings a file has; ``.safetensors`` where it has none.

    Raises
    ------
    ModelFileError
        If it has another.
    """
    ending = path.suffix.lower() or ".safetensors"
    if ending not in known:
        pickled = (
            ". It may be a pickle, which can run anything when it is read; where it was made, "
            "write safetensors.torch.save_file(model.state_dict(), 'model.safetensors')"
            if ending in _PICKLES and owner.startswith("load")
            else ""
        )
        raise ModelFileError(
            f"{owner}() expects a file that ends in {' or '.join(known)}, got "
            f"{shown(repr(path.name))}"
            + (pickled or f". Write for example {shown(repr(f'{path.stem}.safetensors'))}")
        )
    return ending


def refuse_file_name(owner: str, name: str, folder: Path) -> None:
    """Raise a ValueError where a path that shall be a folder is called as a network's file is."""
    if folder.suffix.lower() in _FILES and not folder.is_dir():
        raise ValueError(
            f"{owner}({name}) expects a folder, got {shown(repr(folder.name))}, the name of a "
            f"file. Write for example {shown(repr(folder.stem))}; networks alone are saved by "
            f"ModelCheckpoint({shown(repr(f'{folder.stem}.safetensors'))})"
        )


# --- writing --------------------------------------------------------------------------------------


def write(
    path: str | os.PathLike[str],
    kind: str,
    description: Mapping[str, Any],
    state: Mapping[str, npt.NDArray[Any]],
    *,
    keep: str | None = None,
) -> Path:
    """Write arrays with a description of plain data, completely or not at all.

    An older file stays under the name `keep`, where one is given.
    """
    from safetensors.numpy import save

    # In C order, which safetensors takes for granted. (ascontiguousarray would add an axis to 0-d.)
    arrays = {name: np.asarray(array, order="C") for name, array in state.items()}
    if kind == NETWORK and (layers := _layers_in(description["layers"])) > MOST_LAYERS:
        raise ValueError(f"{shown(path)}: a file holds at most {MOST_LAYERS} layers, got {layers}")
    text = json.dumps(description)
    checksum = _checksum(text, arrays, lambda name: [_bytes_of(arrays[name])])
    # One entry alone: safetensors writes several in an order that changes from run to run.
    entry = f'{{"format": {_FORMAT}, "{_CHECKSUM}": "{checksum}", "configuration": {text}}}'
    content = save(arrays, metadata={kind: entry})
    length, most = int.from_bytes(content[:8], "little"), _most_in_header(kind)
    if length > most:
        raise ValueError(
            f"{shown(path)}: expected a description of at most {most} bytes, which is what is "
            f"read again; got {length}"
        )
    return write_atomically(path, content, keep=keep)


def _checksum(text: str, tensors: Mapping[str, Any], blocks: Callable[[str], Iterable[Any]]) -> str:
    """Return a checksum over a description in JSON, and names, types, shapes and bytes."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        digest.update(f"\n{name} {tensors[name].dtype.name} {tensors[name].shape}\n".encode())
        for block in blocks(name):
            digest.update(block)
    return digest.hexdigest()


def _bytes_of(array: npt.NDArray[Any]) -> memoryview:
    """The bytes of an array in C order, as the file holds them."""
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return little.reshape(-1).view(np.uint8).data


def _most_in_header(kind: str) -> int:
    return _MOST_IN_HEADER.get(kind, MOST_IN_HEADER)


# --- reading --------------------------------------------------------------------------------------


class ModelFile:
    """An open file of ours: its description, and what it holds; no number is read yet.

    Attributes
    ----------
    description : plain data
        What was written with the arrays.
    tensors : mapping of str to Tensor
        Dtype and shape of each array.
    checksum : str or None
        Over all of it; None where an older release wrote the file.
    """

    def __init__(self, file: TensorFile, kind: str) -> None:
        self._file = file
        self.tensors = file.tensors
        text = file.metadata.get(kind)
        if text is None:
            raise DamagedFileError(
                f"expected a description under {kind!r} in the header, found none"
            )
        header = plain(text, "the description")
        version = header.get("format") if isinstance(header, dict) else None
        if type(version) is not int or version != _FORMAT:
            raise DamagedFileError(
                f"expected a description in format {_FORMAT}, found {shown(text[:80])}"
            )
        keys = {"format", "configuration"}
        if not keys <= header.keys() <= keys | {_CHECKSUM}:
            raise DamagedFileError(
                f"expected format, {_CHECKSUM} and configuration in the description, found "
                f"{shown(', '.join(header)[:200])}"
            )
        self.description = header["configuration"]
        self.checksum = header.get(_CHECKSUM)

    def arrays(self) -> Arrays:
        """Read all arrays, if they are what was written."""
        self.verify()
        return {name: self._file.read(name) for name in self.tensors}

    def verify(self) -> None:
        """Raise where the checksum says that the contents are not what was written."""
        if self.checksum is None:
            return
        text = json.dumps(self.description)
        if _checksum(text, self.tensors, self._file.blocks) != self.checksum:
            raise DamagedFileError(
                "expected the contents that were written, found others: the file has been damaged "
                "or changed since, for its checksum does not fit"
            )


@contextmanager
def reading(path: str | os.PathLike[str], kind: str) -> Iterator[ModelFile]:
    """Open a file that `write` wrote; what is wrong with it is a `ModelFileError` with its name.

    What goes wrong in the with block is damage, too, where the checksum does not fit.

    Raises
    ------
    DamagedFileError
        If the contents are not what was written.
    ModelFileError
        If they are not what the with block expects.
    OSError
        If the file can't be opened.
    """
    with explaining(path), opened_tensors(path, _most_in_header(kind)) as tensors:
        file = ModelFile(tensors, kind)
        try:
            yield file
        except _WRONG:
            file.verify()
            raise


def rebuilt_parts(configuration: Any, *, complete: bool) -> dict[str, Any]:
    """Make the arguments of a network from its description; known names only.

    `complete` says whether every argument of every part must be there; see `rebuild`.
    """
    expected = {"layers", "loss", "optimizer", "seed", "dtype"}
    if not isinstance(configuration, dict) or configuration.keys() - {"frozen"} != expected:
        raise ValueError(f"expected a description with {', '.join(sorted(expected))}")
    layers, dtype = configuration["layers"], configuration["dtype"]
    if not isinstance(layers, (list, dict)):
        raise ValueError("expected a list of layers, or one")
    if (number := _layers_in(layers)) > MOST_LAYERS:
        raise ValueError(f"expected at most {MOST_LAYERS} layers in a file, found {number}")
    frozen = configuration.get("frozen", [])
    if not isinstance(frozen, list) or not all(isinstance(name, str) for name in frozen):
        raise ValueError(f"expected a list of names as frozen, found {shown(frozen)[:80]}")
    if dtype not in ("float32", "float64"):
        raise ValueError(f"expected a dtype of float32 or float64, found {shown(dtype)[:80]}")
    return {
        "layers": rebuild("layer", layers, complete=complete)
        if isinstance(layers, dict)
        else [rebuild("layer", layer, complete=complete) for layer in layers],
        "loss": rebuild("loss", configuration["loss"], complete=complete),
        "optimizer": rebuild("optimizer", configuration["optimizer"], complete=complete),
        "seed": configuration["seed"],
        "dtype": dtype,
        "frozen": frozen,
    }


def _layers_in(description: Any) -> int:
    """How many layers a description holds, those inside of others too."""
    number, waiting = 0, [description]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            number += sum(isinstance(each, dict) for each in part)
        if isinstance(part, (list, dict)):
            waiting += part if isinstance(part, list) else part.values()
    return number


def check_parameters(
    parameters: Mapping[str, Node],
    found: Mapping[str, Tensor],
    buffers: Mapping[str, Buffer] = MappingProxyType({}),
) -> None:
    """Raise a ValueError where a file does not hold numbers for exactly these parameters.

    Buffers may be missing: a file of an older release has none.
    """
    expected: dict[str, Any] = {**parameters, **buffers}
    problems = [f"missing {name!r}" for name in parameters.keys() - found.keys()]
    problems += [f"unknown {shown(repr(name))}" for name in found.keys() - expected.keys()]
    for name, part in expected.items():
        if name in found and found[name].shape != part.shape:
            problems.append(f"{name!r} of shape {found[name].shape} instead of {part.shape}")
        if name in found and found[name].dtype.kind != part.dtype.kind:
            problems.append(f"{name!r} of {found[name].dtype.name} instead of {part.dtype}")
    if problems:
        more = f" and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise ValueError(
            f"expected the parameters of its layers; found {', '.join(sorted(problems)[:10])}{more}"
        )


@contextmanager
def explaining(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what is wrong with a description into a `ModelFileError` that names the file."""
    name = shown(path)
    try:
        yield
    except DamagedFileError as error:
        raise DamagedFileError(
            f"{name}: expected a safetensors file, found a damaged one or another kind "
            f"({shown(error)})"
        ) from None
    except ModelFileError as error:
        raise ModelFileError(f"{name}: {shown(error)}") from None
    except KeyError as error:
        raise ModelFileError(
            f"{name}: expected an entry {shown(error)} in the description"
        ) from None
    except MemoryError as error:
        raise ModelFileError(f"{name}: not enough memory for what it holds ({error})") from None
    except _WRONG as error:
        raise ModelFileError(f"{name}: {shown(error)}") from None
