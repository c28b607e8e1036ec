"""Files: written so that a reader never meets half of one, read so that none can hold us up."""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .locks import try_lock

_MARK = ".autograd-core-"
_TEMPORARY = re.compile(rf"\..*{re.escape(_MARK)}[a-z0-9_]{{8}}", re.DOTALL)
_LONGEST = 100
"""Letters of a file's name in that of its temporary file; file systems take 255 bytes."""

_A_DAY = 24 * 60 * 60


# --- names ----------------------------------------------------------------------------------------


def expanded(path: str | os.PathLike[str]) -> Path:
    """Return a path with ``~`` or ``~user`` at its start replaced by the home folder.

    Raises
    ------
    FileNotFoundError
        If it is not known where home is.
    """
    written = os.fspath(path)
    if not isinstance(written, str) or not written.startswith("~"):
        return Path(path)
    found = os.path.expanduser(written)  # noqa: PTH111  # Path's raises RuntimeError
    if found == written and written[1:2] in ("", "/", os.sep):
        raise FileNotFoundError(
            errno.ENOENT, "~ stands for a home folder, and none is known; write it out", written
        )
    return Path(found)


def shown(text: object) -> str:
    r"""Return a name as a message shows it: letters that would move the cursor are escaped.

    Examples
    --------
    >>> print(shown("a\x1b[2Jb\n"))
    a\x1b[2Jb\n
    """
    written = str(text)
    if written.isprintable():
        return written
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in written
    )


# --- writing --------------------------------------------------------------------------------------


def write_atomically(
    path: str | os.PathLike[str], data: bytes | str, *, keep: str | None = None
) -> Path:
    """Write a file completely or not at all.

    The bytes go to a temporary file beside the target, reach the disk, and then take the target's
    place in one step: whatever fails, an older file of that name stays whole. What killed
    processes have left half written in that folder is deleted.

    Parameters
    ----------
    path : path-like
        Where to; missing folders are made.
    data : bytes or str
        The contents; text is written as UTF-8, its line ends as they are.
    keep : str, optional
        The name, in the same folder, under which an older file stays. (If the process dies just
        then, the older file is there under this name alone.)

    Returns
    -------
    Path
        The path.

    Raises
    ------
    OSError
        If it can't be written, with the name of the file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(f"{folder}/a/log.txt", "done").read_text()
    'done'
    """
    named = expanded(path)
    content = data.encode("utf-8") if isinstance(data, str) else data
    named.parent.mkdir(parents=True, exist_ok=True)
    with _naming(named):
        target = _behind_links(named)
        mode = target.stat().st_mode if target.exists() else None
        if mode is not None and stat.S_ISCHR(mode):  # such as /dev/null, which must stay one
            target.write_bytes(content)
            return named
        if mode is not None and not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, f"expected a file to write, found {kind_of(mode)}")
        remove_leftovers(target.parent)
        descriptor, temporary = _temporary_beside(target)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
                if os.name == "nt":  # where what is open can't be renamed
                    file.close()
                # mkstemp makes it private
                os.chmod(temporary, 0o666 & ~_umask() if mode is None else mode & 0o777)  # noqa: PTH101
                if keep is not None:
                    with suppress(FileNotFoundError):
                        os.replace(target, target.with_name(keep))  # noqa: PTH105
                os.replace(temporary, target)  # noqa: PTH105
        except BaseException:
            with suppress(OSError):
                Path(temporary).unlink(missing_ok=True)
            raise
    return named


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Let errors be about the file that was asked for, not a temporary one or none."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None


def _behind_links(path: Path) -> Path:
    """Return what a link points to, for that is to be replaced, not the link."""
    if not path.is_symlink():
        return path
    try:
        return Path(os.path.realpath(path, strict=True))
    except FileNotFoundError:  # there is nothing yet
        return Path(os.path.realpath(path))


def _temporary_beside(target: Path) -> tuple[int, str]:
    """Make a temporary file that is known to be somebody's as long as it is open."""
    while True:
        descriptor, name = tempfile.mkstemp(
            prefix=f".{target.name[:_LONGEST]}{_MARK}"
            if len(os.fsencode(target.name)) > _LONGEST
            else f".{target.name}{_MARK}",
            dir=target.parent,
        )
        # Before it was locked, another process may have taken it for a leftover.
        if try_lock(descriptor) is not False and os.fstat(descriptor).st_nlink:
            return descriptor, name
        os.close(descriptor)


def remove_leftovers(folder: Path) -> None:
    """Delete what processes that were killed while writing have left half written in a folder."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                remove_unless_held(Path(entry.path))


def remove_unless_held(path: Path) -> None:
    """Delete a temporary file, unless a process is writing it."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
        try:
            locked = try_lock(descriptor)
            age = time.time() - os.fstat(descriptor).st_mtime
            if os.name == "nt":
                os.close(descriptor)
                descriptor = -1
            # Without locks, a file that nobody has touched for a day is nobody's.
            if locked or (locked is None and age > _A_DAY):
                path.unlink()
        finally:
            if descriptor >= 0:
                os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# --- reading --------------------------------------------------------------------------------------


class IrregularFileError(OSError):
    """What is to be read is no file: a folder, a pipe or a device, which might never end."""

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(errno.EINVAL, f"expected a file, found {found}", str(path))
        self.found = found


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file for reading, and nothing else: a pipe or a device is refused, unopened.

    Errors of reading have the file's name.

    Raises
    ------
    IrregularFileError
        If there is a folder, a pipe, a device or a socket.
    OSError
        If it can't be opened.
    """
    place = expanded(path)
    _require_regular(place, place.stat() if "\0" not in str(place) else None)
    # Without waiting, should it have become a pipe since.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(place, flags), "rb") as file:
        _require_regular(place, os.fstat(file.fileno()))
        with _naming(place):
            yield file


def _require_regular(path: Path, found: os.stat_result | None) -> None:
    if found is None:
        raise FileNotFoundError(errno.ENOENT, "no path holds a NUL", shown(path))
    if not stat.S_ISREG(found.st_mode):
        raise IrregularFileError(path, kind_of(found.st_mode))


def kind_at(path: Path) -> str | None:
    """Say what is at a path; None where nothing is."""
    try:
        return kind_of(path.stat().st_mode)
    except (OSError, ValueError):
        return None


def kind_of(mode: int) -> str:
    """Say what stands where a file should be, by its mode.

    Examples
    --------
    >>> kind_of(os.stat("/").st_mode)
    'a folder'
    """
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFREG: "a file",
    }
    return kinds.get(stat.S_IFMT(mode), "a device")
