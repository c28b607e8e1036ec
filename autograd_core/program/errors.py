"""What can't be recorded, and what a back end can't do."""

from __future__ import annotations


class RecordingError(TypeError):
    """A function can't be written down as a program: it reads numbers, or is another every time."""


class UnsupportedOperationError(NotImplementedError):
    """A back end has no way to run an operation; the message names it."""
