"""Which of SciPy's functions made an array of a node, and what to write in its place.

SciPy's functions, other than those that work entry by entry, call ``np.asarray`` on what they are
given, and nothing tells a node which one it was. So when that fails their names are looked up in
the calls that led there.
"""

from __future__ import annotations

import importlib
import sys
from types import FrameType
from typing import Any

import numpy as np

_OURS = "autograd_core.scipy"
_PARTS = ("integrate", "linalg", "signal", "special", "stats")


def instead_of_scipys(frame: FrameType | None) -> str:
    """What to write in place of the function of SciPy's that `frame` belongs to; or nothing."""
    path = _called(frame)
    if not path:
        return ""
    written = ".".join(path).removesuffix(".__call__")
    if path[0] == "fft" and path[-1] in np.fft.__all__:
        return f"Write np.fft.{path[-1]}(...) in place of scipy.{written}(...)"
    if path[0] in _PARTS and len(path) > 1 and _covered(path):
        return f"Write {_OURS}.{written}(...), with the same arguments, for scipy.{written}(...)"
    if path[0] == "sparse":
        return "Write matrix.toarray() for a sparse matrix beside a node"
    return (
        f"scipy.{written} is not covered for nodes: its gradient is not known here. To compute on "
        "the plain value, without a gradient, pass node.value"
    )


def is_optimizer(frame: FrameType) -> bool:
    """Whether one of SciPy's optimizers asks for the number that an objective returned."""
    current: FrameType | None = frame
    while current is not None:
        module = str(current.f_globals.get("__name__"))
        if not module.startswith(("scipy.", "autograd_core.")):
            return False
        if module.startswith("scipy.optimize."):
            return True
        current = current.f_back
    return False


def _called(frame: FrameType | None) -> list[str]:
    """The outermost of SciPy's public functions, as a path: "linalg", "expm".

    Where none has a public name, the path is that of its part alone.
    """
    found: list[str] = []
    while frame is not None:
        module = frame.f_globals.get("__name__") or ""
        if module.startswith("scipy."):
            found = _public(module, frame) or found or module.split(".")[1:2]
        elif found:
            break  # the user's function, which may be called by another one of SciPy's
        frame = frame.f_back
    return found


def _public(module: str, frame: FrameType) -> list[str]:
    """What a frame of SciPy's runs, if that has a public name."""
    this = frame.f_locals.get("self")
    if this is not None and module.startswith("scipy.stats."):
        family = getattr(this, "name", None) or type(this).__name__.removesuffix("_gen")
        path, name = _found("scipy.stats", str(family)), frame.f_code.co_name
        return [*path, name] if path and hasattr(type(this), name) else []
    # A decorator's wrapper has no name of its own, but the function at hand.
    names: list[tuple[Any, Any]] = [(module, frame.f_code.co_name)]
    names += [
        (getattr(value, "__module__", None), getattr(value, "__name__", None))
        for value in frame.f_locals.values()
        if callable(value)
    ]
    for home, name in names:
        if isinstance(name, str) and isinstance(home, str) and home.startswith("scipy."):
            path = _found(home, name)
            if path:
                return path
    return []


def _found(module: str, name: str) -> list[str]:
    """The path of a name that is public in a module of SciPy's, or in the part around it."""
    parts = module.split(".")[1:]
    for place in (parts[:1], parts):
        library = sys.modules.get(".".join(["scipy", *place]))
        private = any(part.startswith("_") for part in (*place, name))
        if not private and callable(getattr(library, name, None)):
            return [*place, name]
    return []


def _covered(path: list[str]) -> bool:
    """Whether our part has a function of its own, and no gradient is lost by calling it."""
    ours: Any = importlib.import_module(f"{_OURS}.{path[0]}")
    function = vars(ours).get(path[1])
    if len(path) > 2:
        return hasattr(type(function), path[2])
    return callable(function)
