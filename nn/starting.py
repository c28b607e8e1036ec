"""Ctrl-C while the command line is still being imported: one word, no traceback."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

SCRIPT = "autograd-core"
"""The command that installing the package puts on the path."""


def _begin_of_start() -> None:
    if (
        _is_command_line()
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    ):
        signal.signal(signal.SIGINT, _stop)


def end_of_start() -> None:
    """Give Ctrl-C its ordinary meaning again."""
    if signal.getsignal(signal.SIGINT) is _stop:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _is_command_line() -> bool:
    if sys.argv[:1] == ["-m"]:  # Python is looking for the module that it will run
        words = sys.orig_argv
        return "-m" in words and words[words.index("-m") + 1 :][:1] == ["nn"]
    return bool(sys.argv) and os.path.basename(sys.argv[0]) == SCRIPT  # noqa: PTH119


def _stop(number: int, frame: FrameType | None) -> None:
    # Nothing is open yet, and an exception would be shown with the lines of some library.
    os.write(2, b"stopped\n")
    os._exit(1)


_begin_of_start()  # the import of this module, the first of all, is the moment
