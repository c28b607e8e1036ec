"""Locks on files, which the system takes from a process that dies."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:

    def _lock(descriptor: int) -> None:
        try:
            import fcntl
        except ImportError:  # in a browser
            raise OSError(errno.ENOSYS, "no locks") from None
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_HELD = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}


def try_lock(descriptor: int) -> bool | None:
    """Lock an open file, until it is closed or the process ends.

    Returns
    -------
    bool or None
        False where it is locked already, by whomever; None where the file system has no locks.
    """
    try:
        _lock(descriptor)
    except OSError as error:
        return False if error.errno in _HELD else None
    return True


@contextmanager
def held_alone(path: Path, said: str) -> Iterator[None]:
    """Hold a lock file for the time of a with block; it is there no longer than that.

    One that a killed process left behind holds nobody up.

    Parameters
    ----------
    path : Path
        The lock file.
    said : str
        The error's sentence where another holds it.

    Raises
    ------
    BlockingIOError
        If it is held already, by another process or another thread; about the file's folder.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if try_lock(descriptor) is False:
                raise BlockingIOError(errno.EAGAIN, said, str(path.parent))
            # Who held it before may have deleted it in the meantime: then it is nobody's door.
            if _is_at(path, descriptor):
                break
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
    try:
        yield
    finally:
        if sys.platform == "win32":  # where what is open can't be deleted
            os.close(descriptor)
        with suppress(OSError):
            path.unlink()
        if sys.platform != "win32":
            os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
