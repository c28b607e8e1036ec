"""What can't be recorded, and what a back end can't do."""

from __future__ import annotations

from ..recorded import RecordingError

__all__ = ["RecordingError", "UnsupportedOperationError"]


class UnsupportedOperationError(NotImplementedError):
    """A back end has no way to run an operation; the message names it."""
