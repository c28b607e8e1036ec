"""Downloading data sets: into a cache folder, checked, and whole or not at all."""

from __future__ import annotations

import hashlib
import http.client
import io
import os
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from autograd_core.files import write_atomically

from .idx import DataError, OneGzipMember

__all__ = ["cache_folder"]

CACHE_VARIABLE = "AUTOGRAD_CORE_CACHE"

MOST_BYTES = 64 * 2**20
"""Of a file, packed or unpacked, unless more is said of it."""

_ATTEMPTS = 5
"""How often a broken connection to one server is taken up again."""

_BLOCK = 2**16

LONGEST = 1800.0
"""Seconds that `MOST_BYTES` may take from one server, however busily it sends."""


class RemoteFile(NamedTuple):
    """A gzip file that can be downloaded, and how it is known to be the right one.

    Attributes
    ----------
    name : str
        Name of the file, the last part of its address.
    algorithm : str
        Of the checksum, as `hashlib` calls it.
    checksum : str
        Published checksum, in hexadecimal.
    of_unpacked : bool
        Whether the checksum is that of the unpacked bytes, which no server's way of packing
        changes, or that of the gzip file.
    most : int, default 64 MiB
        No more bytes are read of it, packed or unpacked.
    """

    name: str
    algorithm: str
    checksum: str
    of_unpacked: bool = True
    most: int = MOST_BYTES


def cache_folder() -> Path:
    """Return the folder that downloads go to.

    Returns
    -------
    Path
        What the environment variable AUTOGRAD_CORE_CACHE says, else the platform's folder for
        such files: ``$XDG_CACHE_HOME`` or ``~/.cache`` on Linux, ``~/Library/Caches`` on macOS,
        ``%LOCALAPPDATA%`` on Windows, and in it ``autograd-core``.

    Raises
    ------
    DataError
        If there is no home folder; says what to set.

    Examples
    --------
    >>> import os
    >>> from unittest.mock import patch
    >>> from nn.data import cache_folder
    >>> with patch.dict(os.environ, AUTOGRAD_CORE_CACHE="/data/cache"):
    ...     cache_folder().as_posix()
    '/data/cache'
    """
    try:
        return _cache_folder()
    except RuntimeError as error:  # neither a HOME nor an entry in the list of users
        raise DataError(
            f"downloads go into the home folder, and there is none ({error}). Set the environment "
            f"variable {CACHE_VARIABLE} to a folder"
        ) from None


def _cache_folder() -> Path:
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        parent = Path(local) if local else Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        parent = Path.home() / "Library" / "Caches"
    else:
        xdg = os.environ.get("XDG_CACHE_HOME", "")
        # The XDG specification wants relative paths to be ignored.
        parent = Path(xdg) if Path(xdg).is_absolute() else Path.home() / ".cache"
    return parent / "autograd-core"


def download(
    file: RemoteFile,
    mirrors: Sequence[str],
    folder: Path,
    *,
    timeout: float = 30.0,
    longest: float | None = None,
    progress: bool = True,
) -> Path:
    """Download one file, from the first server that has the right one.

    A broken connection is taken up again where it broke off, if the server can do that. The bytes
    are written when all have come and their checksum is right: whatever fails, nothing is left.

    Parameters
    ----------
    file : RemoteFile
        Which file.
    mirrors : sequence of str
        Addresses of the folders that have it, http or https, in the order in which they are
        tried.
    folder : Path
        Where the file goes.
    timeout : float, default 30
        Seconds without a byte after which a server is given up.
    longest : float, optional
        Seconds after which a server is given up that has not sent all. By default 1800, and for
        files that may be larger than 64 MiB as much longer as they are larger.
    progress : bool, default True
        Whether a progress bar is shown.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    DataError
        If no server has the file, each with its reason, or if it can't be written.
    """
    if longest is None:
        longest = LONGEST * max(1.0, file.most / MOST_BYTES)
    reasons = []
    for mirror in mirrors:
        url = f"{mirror.rstrip('/')}/{file.name}"
        try:
            fetch = partial(_fetch, url, timeout, progress, file.most)
            content = _within(longest, fetch)
            _check(content, file, url)
        except urllib.error.HTTPError as error:
            reasons.append(f"{url}: the server says {error.code} {error.reason}")
            error.close()
        except urllib.error.URLError as error:
            reasons.append(f"{url}: {error.reason}")
        except TimeoutError:
            reasons.append(f"{url}: nothing came for {timeout:g} seconds")
        except (OSError, http.client.HTTPException, ValueError) as error:
            text = str(error) or type(error).__name__
            reasons.append(text if text.startswith(url) else f"{url}: {text}")
        else:
            return _written(folder / file.name, content)
    raise DataError(f"{file.name}: expected to download it, but " + "; ".join(reasons))


def _within(seconds: float, fetch: Callable[[threading.Event], bytes]) -> bytes:
    """Return what `fetch` returns, or raise what it raises, but wait no longer than that.

    A timeout of the connection starts anew with each byte, so one that comes now and then would
    keep it up for ever, in the headers too.
    """
    given_up = threading.Event()
    found: list[bytes] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(fetch(given_up))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    try:
        thread.start()
        thread.join(seconds)
    finally:
        given_up.set()
    if failed:
        raise failed[0]
    if not found:
        raise ConnectionError(f"it had not sent all after {seconds:g} seconds")
    return found[0]


class _HttpRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https alone."""

    def redirect_request(self, request: Any, file: Any, code: int, *more: Any) -> Any:
        """Return the next request, or raise."""
        url = more[-1]
        if not url.lower().startswith(("http:", "https:")):
            file.close()
            raise urllib.error.URLError(f"it redirects to {url}; only http and https are followed")
        return super().redirect_request(request, file, code, *more)


def _open(request: urllib.request.Request, timeout: float) -> Any:
    """`urllib.request.urlopen`, without the schemes that read files, and others."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler, urllib.request.HTTPHandler, urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler, urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler, _HttpRedirects,
    ):  # fmt: skip
        opener.add_handler(handler())
    return opener.open(request, timeout=timeout)


def _fetch(url: str, timeout: float, progress: bool, most: int, given_up: threading.Event) -> bytes:
    """Download the bytes behind an address; go on where a connection breaks."""
    from tqdm.auto import tqdm

    data = bytearray()
    name = url.rpartition("/")[2]
    with tqdm(desc=name, unit="B", unit_scale=True, unit_divisor=1024, disable=not progress) as bar:
        for attempt in range(1, _ATTEMPTS + 1):
            before = len(data)
            try:
                _fetch_rest(url, data, timeout, bar, given_up, most)
            except (ConnectionError, TimeoutError, http.client.HTTPException):
                if attempt == _ATTEMPTS or len(data) <= before or given_up.is_set():
                    raise
            else:
                break
    return bytes(data)


def _fetch_rest(
    url: str, data: bytearray, timeout: float, bar: Any, given_up: threading.Event, most: int
) -> None:
    """Append what is missing of the bytes behind an address."""
    headers = {"User-Agent": "autograd-core"}
    if data:
        headers["Range"] = f"bytes={len(data)}-"
    with _open(urllib.request.Request(url, headers=headers), timeout) as response:
        found = response.headers.get("Content-Range", "")
        if response.status != 206 or not found.startswith(f"bytes {len(data)}-"):
            data.clear()  # this server gives the whole file or nothing
        declared = response.headers.get("Content-Length", "")
        size = len(data) + int(declared) if declared.isdecimal() else None
        if size is not None and size > most:
            raise DataError(f"{url}: expected at most {most} bytes, found {size} announced")
        bar.total = size
        bar.update(len(data) - bar.n)
        while (block := response.read1(_BLOCK)) and not given_up.is_set():
            data += block
            bar.update(len(block))
            if len(data) > most:
                raise DataError(f"{url}: expected at most {most} bytes, found more")
        if size is not None and len(data) < size:
            raise ConnectionError(f"the connection broke after {len(data)} of {size} bytes")


def _check(content: bytes, file: RemoteFile, url: str) -> None:
    """Raise if the bytes are not those of the file."""
    digest = hashlib.new(file.algorithm, usedforsecurity=False)
    unpacked = OneGzipMember(io.BytesIO(content), url)
    size = 0
    while block := unpacked.read(2**20):
        size += len(block)
        if size > file.most:
            raise DataError(f"{url}: expected at most {file.most} bytes unpacked, found more")
        if file.of_unpacked:
            digest.update(block)
    if not file.of_unpacked:
        digest.update(content)
    if digest.hexdigest() != file.checksum:
        of = "unpacked bytes" if file.of_unpacked else "file"
        raise DataError(
            f"{url}: expected {file.algorithm} {file.checksum} of the {of}, "
            f"found {digest.hexdigest()}: it is another file"
        )


def _written(path: Path, content: bytes) -> Path:
    try:
        return write_atomically(path, content)
    except OSError as error:
        raise DataError(
            f"{path}: downloaded, but it can't be written ({error.strerror or error}). To choose "
            f"another folder, set the environment variable {CACHE_VARIABLE}"
        ) from None
