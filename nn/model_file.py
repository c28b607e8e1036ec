"""Networks in safetensors files: arrays, and a description in the header."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core.files import write_atomically

from .registry import rebuild

__all__ = ["ModelFileError"]

NETWORK = "autograd-core network"
_FORMAT = 1


class ModelFileError(ValueError):
    """A model file is damaged or not one of ours; says what was expected and what found."""


def write(
    path: str | os.PathLike[str],
    kind: str,
    description: Mapping[str, Any],
    state: Mapping[str, npt.NDArray[Any]],
) -> Path:
    """Write arrays with a description of plain data, completely or not at all."""
    from safetensors.numpy import save

    # One entry alone: safetensors writes several in an order that changes from run to run.
    header = {kind: json.dumps({"format": _FORMAT, "configuration": description})}
    # In C order, which safetensors takes for granted. (ascontiguousarray would add an axis to 0-d.)
    arrays = {name: np.asarray(array, order="C") for name, array in state.items()}
    return write_atomically(path, save(arrays, metadata=header))


def read(path: str | os.PathLike[str], kind: str) -> tuple[Any, dict[str, npt.NDArray[Any]]]:
    """Read what `write` wrote of that kind: the description and the arrays."""
    from safetensors import SafetensorError, safe_open

    with Path(path).open("rb"):
        pass  # a file that can't be opened gives Python's own error, with the path
    try:
        with safe_open(str(path), framework="numpy") as file:  # type: ignore[no-untyped-call]
            description = (file.metadata() or {}).get(kind)
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ModelFileError(
            f"{path}: expected a safetensors file, found a damaged one or another kind ({error})"
        ) from None
    with explaining(path):
        if description is None:
            raise ValueError(f"expected a description under {kind!r} in the header, found none")
        header = json.loads(description)
        if not isinstance(header, dict) or header.get("format") != _FORMAT:
            raise ValueError(
                f"expected a description in format {_FORMAT}, found {description[:80]}"
            )
        return header.get("configuration"), state


def rebuilt_parts(configuration: Any) -> dict[str, Any]:
    """Make the arguments of a network from its description; known names only."""
    expected = {"layers", "loss", "optimizer", "seed", "dtype"}
    if not isinstance(configuration, dict) or configuration.keys() != expected:
        raise ValueError(f"expected a description with {', '.join(sorted(expected))}")
    if not isinstance(configuration["layers"], list):
        raise ValueError("expected a list of layers")
    return {
        "layers": [rebuild("layer", layer) for layer in configuration["layers"]],
        "loss": rebuild("loss", configuration["loss"]),
        "optimizer": rebuild("optimizer", configuration["optimizer"]),
        "seed": configuration["seed"],
        "dtype": configuration["dtype"],
    }


@contextmanager
def explaining(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what is wrong with a description into a `ModelFileError` that names the file."""
    try:
        yield
    except ModelFileError as error:
        raise ModelFileError(
            f"{path}: {error}" if str(path) not in str(error) else str(error)
        ) from None
    except KeyError as error:
        raise ModelFileError(f"{path}: expected an entry {error} in the description") from None
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ModelFileError(f"{path}: {error}") from None
