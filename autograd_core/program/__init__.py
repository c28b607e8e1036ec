"""The graph as a program: recorded, read, run, compiled."""

from .compiling import CompiledFunction, compile
from .drawn import drawn
from .errors import RecordingError, UnsupportedOperationError
from .program import Program
from .value import Value

__all__ = [
    "CompiledFunction", "Program", "RecordingError", "UnsupportedOperationError", "Value",
    "compile", "drawn",
]  # fmt: skip
