"""Compiled libraries in the user's own folder: each whole or not there, checked before it loads."""

from __future__ import annotations

import atexit
import ctypes
import functools
import hashlib
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ...files import write_atomically

__all__ = ["cache_folder", "library"]

_SUFFIX = {"nt": ".dll"}.get(os.name, ".so")
_MOST = 512
"""So many libraries are kept; the ones longest unused go."""

_A_DAY = 24 * 60 * 60


def library(key: str, build: Callable[[Path], Path]) -> ctypes.CDLL:
    """Load the library of a key from the cache; build it if it is not there, whole and ours.

    The hash of a library's contents is part of its name, so that one step puts both in place, and
    what was cut short or changed is noticed and built again.

    Parameters
    ----------
    key : str
        The hash of all that the library depends on.
    build : callable
        ``build(folder)`` makes the library in an empty folder, which is deleted afterwards, and
        returns its path.

    Returns
    -------
    ctypes.CDLL
        The loaded library.

    Raises
    ------
    OSError
        If the system refuses to load what was built just now.
    """
    folder = cache_folder()
    found = _whole(folder, key)
    if found is not None:
        with suppress(OSError):
            loaded = ctypes.CDLL(str(found))
            os.utime(found)
            return loaded
    with tempfile.TemporaryDirectory(prefix="build-", dir=folder, ignore_cleanup_errors=True) as at:
        content = build(Path(at)).read_bytes()
    path = folder / f"{key}-{hashlib.sha256(content).hexdigest()}{_SUFFIX}"
    try:
        write_atomically(path, content)
        path.chmod(0o600)
    except OSError:  # the disk is full: this process alone has it
        path = write_atomically(_own_temporary_folder() / path.name, content)
    _forget_oldest(folder)
    return ctypes.CDLL(str(path))


def _whole(folder: Path, key: str) -> Path | None:
    """The library of a key whose contents are those that were written; others are deleted."""
    for path in sorted(folder.glob(f"{key}-*{_SUFFIX}")):
        with suppress(OSError):
            if not path.is_symlink() and path.is_file():
                content = path.read_bytes()
                if path.name == f"{key}-{hashlib.sha256(content).hexdigest()}{_SUFFIX}":
                    return path
            path.unlink()
    return None


def _forget_oldest(folder: Path) -> None:
    """Delete the libraries longest unused, and folders of processes that were killed."""
    with suppress(OSError):
        for path in folder.glob("build-*"):
            if path.stat().st_mtime < time.time() - _A_DAY:
                shutil.rmtree(path, ignore_errors=True)
        files = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime)
        for path in files[:-_MOST]:
            path.unlink(missing_ok=True)


def cache_folder() -> Path:
    """Return the folder for compiled libraries, which only this user can open.

    ``autograd-core/native`` in ``$XDG_CACHE_HOME`` or in the platform's place for caches. Where
    that can't be used (a home that can't be written, a link, another user's folder, one that others
    may open) it is a temporary folder of this process.

    Returns
    -------
    Path
        The folder, which exists.
    """
    try:
        base = _place_for_caches()
        base.mkdir(parents=True, exist_ok=True)
        base = base.resolve(strict=True)
        if any(_open_to_all(level) for level in (base, *base.parents)):
            return _own_temporary_folder()
        folder = base
        for name in ("autograd-core", "native"):
            folder = folder / name
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
            if not _private(folder):
                return _own_temporary_folder()
    except (OSError, RuntimeError):  # RuntimeError: no home is known
        return _own_temporary_folder()
    return folder


def _place_for_caches() -> Path:
    given = os.environ.get("XDG_CACHE_HOME", "")
    if given and Path(given).is_absolute():
        return Path(given)
    if os.name == "nt":
        local = os.environ.get("LOCALAPPDATA", "")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")


def _open_to_all(folder: Path) -> bool:
    """Whether anybody may replace what others have in a folder."""
    mode = folder.stat().st_mode
    return os.name != "nt" and bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX


def _private(folder: Path) -> bool:
    """Whether a folder is one, no link, this user's, closed to all others, and can be written."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        return False
    if os.name != "nt" and (found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077):
        return False
    return os.access(folder, os.R_OK | os.W_OK | os.X_OK)


@functools.cache
def _own_temporary_folder() -> Path:
    """A folder of mode 0700 that goes with this process."""
    folder = tempfile.mkdtemp(prefix="autograd-core-native-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
