"""What can't be recorded, and what a back end can't do."""

from __future__ import annotations

from ..recorded import RecordingError

__all__ = ["RecordingError", "UnsupportedOperationError"]


class UnsupportedOperationError(NotImplementedError):
    """A back end has no way to run an operation; the message names it.

    Another back end has one: the back end ``"numpy"`` runs all operations.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program, UnsupportedOperationError
    >>> from autograd_core.program.javascript import exported
    >>> program = Program.record(lambda a: np.linalg.svd(a).S, np.eye(2))
    >>> try:
    ...     exported(program)
    ... except UnsupportedOperationError as error:
    ...     print(type(error).__name__)
    UnsupportedOperationError
    """
