"""Errors of forward functions, said again with the operation and what it was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .node import Node
from .recorded import RecordingError
from .values import is_complex


def explained(
    error: Exception, name: str, inputs: Sequence[Any], options: Mapping[str, Any]
) -> Exception:
    """The error of a forward function again, with the operation and what it was given."""
    received = ", ".join(_described(x) for x in inputs)
    if options:
        received += "".join(f", {key}={str(value)[:80]}" for key, value in options.items())
    advice = ADVICE.get(name, "")
    if isinstance(error, TypeError) and any(is_complex(x) for x in inputs):
        if str(error).endswith(_REAL_PARTS):
            return TypeError(str(error))
        advice = _REAL_PARTS
    reason = str(error).splitlines()[0].rstrip(". ")
    message = f"{name} can't work on {received}: {reason}. {advice}"
    # Some of NumPy's errors want other arguments than a message: then the kind that is caught.
    kind = type(error) if type(error) in _WITH_MESSAGE else _kind_caught(error)
    return kind(message.rstrip())


def refused_complex(name: str, inputs: Sequence[Any]) -> TypeError:
    """The error of an operation that works on real numbers alone."""
    received = ", ".join(_described(x) for x in inputs if is_complex(x))
    advice = "Write z / np.abs(z)." if name == "sign" else _REAL_PARTS
    return TypeError(f"{name} is for real numbers, got {received}. {advice}")


def refuse_complex(name: str, *inputs: Any) -> None:
    """Raise if any input is complex, for what works on real numbers alone."""
    if any(is_complex(x) for x in inputs):
        raise refused_complex(name, inputs)


_REAL_PARTS = "Write z.real, z.imag or np.abs(z), whichever is meant."


_WITH_MESSAGE = {
    *(ValueError, TypeError, IndexError, RecordingError),
    *(np.linalg.LinAlgError, np.exceptions.AxisError),
}


def _kind_caught(error: Exception) -> type[Exception]:
    return next(kind for kind in (TypeError, ValueError, IndexError) if isinstance(error, kind))


ADVICE = {
    "matmul": (
        "It expects (..., n, k) @ (..., k, m): the last axis of the first must equal the "
        "second-last axis of the second. For rows of samples write x @ W with x of shape "
        "(batch, in) and W of shape (in, out); x.T transposes."
    ),
}
"""What to write instead, for operations whose NumPy message does not say it."""


def _described(x: Any) -> str:
    if type(x) is Node:
        name = "" if x.name is None else f" {x.name!r}"
        return f"Node{name} of shape {x.shape} and dtype {x.dtype}"
    if isinstance(x, np.ndarray):
        return f"array of shape {x.shape} and dtype {x.dtype}"
    return f"{type(x).__name__} {x!r}"
