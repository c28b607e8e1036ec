"""What comes from other libraries and meets a node: a constant, or a sentence on what to write.

None of them is imported here: a value tells its library by the module of its type.
"""

from __future__ import annotations

from types import FrameType
from typing import Any

import numpy as np

_AS_AN_ARRAY = {
    "cupy": "array.get()",
    "dask": "array.compute()",
    "jax": "np.asarray(array)",
    "jaxlib": "np.asarray(array)",
    "polars": "series.to_numpy()",
    "tensorflow": "tensor.numpy()",
    "torch": "tensor.detach().numpy()",
    "xarray": "data.to_numpy()",
}
"""Libraries with gradients, labels or memory of their own, and how their values become arrays."""

_ASKS_FOR_AN_ARRAY = {
    "matplotlib": "Matplotlib draws plain numbers: write node.value",
    "pandas": (
        "pandas computes with plain numbers here: write df.to_numpy() @ node for df @ node, or "
        "node.value for the numbers alone"
    ),
    "xarray": (
        "xarray computes with plain numbers: write data.to_numpy() beside the node, or node.value "
        "for the numbers alone"
    ),
}
"""Libraries that turn a node into an array before it can take part, and what to write."""


def library_of(value: Any) -> str:
    """The name of the library that a value's type belongs to.

    Examples
    --------
    >>> import numpy as np
    >>> library_of(np.zeros(2))
    'numpy'
    """
    return type(value).__module__.partition(".")[0]


def is_foreign(value: Any) -> bool:
    """Whether a value belongs to one of the libraries that are known here."""
    library = library_of(value)
    return library == "pandas" or library in _AS_AN_ARRAY


def as_plain(value: Any, called: str) -> Any:
    """Return a Series, an Index or a DataFrame of pandas as an array, and others as they are.

    Raises
    ------
    TypeError
        For what has gradients or labels that would be lost, with the name of what was `called`.
    """
    library = library_of(value)
    if library in _AS_AN_ARRAY:
        raise TypeError(
            f"{called} can't take a {type(value).__name__} of {library} beside nodes: what it "
            f"carries besides numbers would be lost. Write {_AS_AN_ARRAY[library]} for a constant"
        )
    if library != "pandas":
        return value
    found = np.asarray(value)
    if found.dtype.kind == "O":  # some of its types have a value of their own for what is missing
        try:
            return value.to_numpy(dtype=float, na_value=np.nan)
        except (TypeError, ValueError):  # words
            return found
    return found


def refused_by_torch(function: Any) -> TypeError:
    """The error of a function of PyTorch that was given a node."""
    called = f"torch.{getattr(function, '__name__', function)}"
    return TypeError(
        f"{called} can't take nodes: the two compute gradients each in its own way. Write "
        "torch.tensor(node.value) for a tensor, or tensor.detach().numpy() beside the node"
    )


def advice_for_caller(frame: FrameType | None) -> str:
    """What to write where a node was asked for its numbers in a frame; empty if the user asked.

    It may be asked behind what NumPy and `copy` do on the way.
    """
    while frame is not None:
        library = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if library not in ("autograd_core", "copy", "numpy"):
            return _ASKS_FOR_AN_ARRAY.get(library, "")
        frame = frame.f_back
    return ""
