"""Standard output and error that hold up: closed, full, or without the letters of a name."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

_STREAMS = (0, 1, 2)


def printable(text: str) -> str:
    r"""Return text that a terminal only shows: control characters are written out.

    A name of a file may hold such as clear the screen, or turn the direction of writing.

    Examples
    --------
    >>> printable("evil\x1b[2J.toml")
    'evil\\x1b[2J.toml'
    """
    return "".join(
        letter
        if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cf", "Zl", "Zp", "Cs")
        else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


class _Sturdy:
    """A text stream whose failures are remembered and end no run.

    The run is what its folder holds; what is said of it on the way is not worth losing it.

    Attributes
    ----------
    failure : OSError or None
        The first error of writing.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.failure: OSError | None = None

    def write(self, text: str) -> int:
        """Write, unless an earlier attempt failed."""
        self._attempt(self.stream.write, text)
        return len(text)

    def flush(self) -> None:
        """Flush, unless an earlier attempt failed."""
        self._attempt(self.stream.flush)

    def _attempt(self, action: Any, *arguments: Any) -> None:
        if self.failure is not None:
            return
        try:
            action(*arguments)
        except BrokenPipeError:  # nobody reads on
            raise
        except OSError as error:
            self.failure = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextlib.contextmanager
def sturdy_streams() -> Iterator[_Sturdy]:
    """Make standard output and error hold up inside; returns that of output.

    A closed one is replaced by the null device, so that no file that is opened later takes its
    place; letters that an encoding lacks are written as escapes; an error of writing is remembered.
    """
    _fill_closed_descriptors()
    before = sys.stdout, sys.stderr
    with contextlib.ExitStack() as opened:

        def sturdy(stream: Any) -> _Sturdy:
            if stream is None:  # closed when Python started
                null = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
                stream = opened.enter_context(null)
            elif hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
            return _Sturdy(stream)

        output, error = sturdy(sys.stdout), sturdy(sys.stderr)
        sys.stdout, sys.stderr = output, error
        try:
            yield output
        finally:
            sys.stdout, sys.stderr = before
            for number, stream in enumerate((output, error), start=1):
                if stream.failure is not None:
                    forget(number)


def run_sturdily(command: Callable[[], int]) -> int:
    """Run a command and return its exit code, or 1 where its result could not be printed.

    Examples
    --------
    >>> run_sturdily(lambda: 2)
    2
    """
    with sturdy_streams() as output:
        try:
            code = command()
            output.flush()
        except BrokenPipeError:  # whoever was reading has seen enough, for example: | head
            forget(output.fileno())
            return 1
        if output.failure is not None:
            complain(f"error: {explained(output.failure)}")
            return code or 1
        return code


def complain(text: str) -> None:
    """Say on standard error what went wrong."""
    print(printable(text), file=sys.stderr)


def forget(number: int) -> None:
    """Let a stream end at the null device: what is left in its buffer fails no second time."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, number)
    os.close(null)


def explained(failure: OSError) -> str:
    """What went wrong in writing to standard output."""
    reason = "no space left" if failure.errno == errno.ENOSPC else failure.strerror
    return f"standard output: {reason}; the result could not be printed"


def _fill_closed_descriptors() -> None:
    for number in _STREAMS:
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
