"""Whether the package onnx is there."""

from __future__ import annotations

import importlib.util

__all__ = ["require_onnx"]


def require_onnx(what: str) -> None:
    """Raise an ImportError that says what to install, unless the package onnx is there.

    Parameters
    ----------
    what : str
        What it is needed for: "read" or "write".
    """
    if importlib.util.find_spec("onnx") is None:
        raise ImportError(
            f"ONNX files need the package onnx to {what} them. Install it: "
            'pip install "autograd-core[onnx]"',
            name="onnx",
        )
