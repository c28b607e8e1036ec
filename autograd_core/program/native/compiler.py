"""The machine's C compiler: which one there is, and a library made by it, in bounded time."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

__all__ = ["Compiler", "CompilerError", "CompilerTimeoutError", "compilers"]

INSTALL = 'pip install "autograd-core[native]"'
"""The one command that brings a compiler along where the machine has none."""

TIMEOUT = 120.0
"""Seconds that one run of a compiler may take. ziglang's first run takes 5 to 30."""

_WORDS = 8192
"""So many bytes are read of what a compiler says."""

_NAMES = ("cc", "clang", "gcc")
_STRICT = (
    "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off", "-fwrapv", "-fopenmp-simd", "-w",
)  # fmt: skip
"""Strict floating point, as NumPy has it. No fast-math; and no product and sum in one rounding
where the program has two: ``x * y - x * y`` would not be 0. Integers wrap as NumPy's do. Loops that
are marked may become vectors, their sums in any order. Given up are errno, which nobody reads, and
that flags are raised by nothing but what is used: a choice of two entries may compute both."""

_OPTIMIZED = ("-O2", "-ftree-vectorize")
"""-O3 gains little and takes longer."""

_SMALL_MASKS = ("-mno-avx512vl",)
"""GCC 12 mixes up masks of two or four lanes: ``where(isnan(x), 0, y)`` took the wrong entries."""


class CompilerError(RuntimeError):
    """No C compiler was found, or none of those found made a library; the message says why.

    Raised by ``autograd_core.program.native`` alone: `compile` and ``fit`` say it in a warning, and
    run by NumPy. ``pip install "autograd-core[native]"`` brings a compiler.
    """


class CompilerTimeoutError(CompilerError):
    """A compiler did not come to an end."""


@dataclass(frozen=True)
class Compiler:
    """A command that compiles C.

    Parameters
    ----------
    command : tuple of str
        The command and the arguments that always belong to it.
    version : str
        What tells it from another one: what it says of itself, or of which package it is.
    flags : tuple of str
        The flags for a shared library, for this machine's processor.

    Examples
    --------
    >>> from autograd_core.program.native.compiler import Compiler
    >>> Compiler(("cc",), "12.2.0", ("-O3",)).key == Compiler(("cc",), "13.1.0", ("-O3",)).key
    False
    """

    command: tuple[str, ...]
    version: str
    flags: tuple[str, ...]

    @property
    def key(self) -> str:
        """What a library depends on besides its source: compiler, flags and processor."""
        return "\n".join((*self.command, self.version, *self.flags, processor()))

    def build(self, source: Path, library: Path) -> None:
        """Compile a file of C into a shared library.

        Parameters
        ----------
        source : Path
            The C. Temporary files of the compiler go into the same folder.
        library : Path
            Where to, in the same folder.

        Raises
        ------
        CompilerError
            If it fails, with the first lines of what it said; a CompilerTimeoutError if it has not
            ended after `TIMEOUT` seconds. Then all processes that it started are ended, too.
        """
        where = [*self.command, *self.flags, "-o", library.name, source.name]
        if os.name != "nt":
            where.append("-lm")
        code, said = _run(where, source.parent, TIMEOUT)
        if code is None:
            raise CompilerTimeoutError(f"{self} did not finish within {TIMEOUT:g} s and was ended")
        if code or not library.is_file():
            first = "\n".join(said.strip().splitlines()[:12]) or "it said nothing"
            raise CompilerError(f"{self} failed with status {code}: {first}")

    def __str__(self) -> str:
        return shlex.join(self.command)


def compilers() -> Iterator[Compiler]:
    """Yield the compilers that there are, the one to try first first.

    ``$CC`` if it is set, else ``cc``, ``clang`` and ``gcc`` on the path, then the ``ziglang``
    package. Of two names of one program the second is left out.

    Yields
    ------
    Compiler
        Whether it works shows when it is used.
    """
    seen: set[str] = set()
    wanted = _wanted()
    for words in [wanted] if wanted else [[name] for name in _NAMES]:
        found = shutil.which(words[0])
        if found is None or os.path.realpath(found) in seen:
            continue
        seen.add(os.path.realpath(found))
        command = (found, *words[1:])
        said = _version(command, _stamp(found))
        yield Compiler(command, said, _flags("clang" if "clang" in said else "gcc"))
    if util.find_spec("ziglang") is not None:
        command = (sys.executable, "-m", "ziglang", "cc")
        yield Compiler(command, f"ziglang {metadata.version('ziglang')}", _flags("zig"))


def _wanted() -> list[str]:
    """The words of ``$CC``; none on Windows."""
    try:
        return shlex.split(os.environ.get("CC", "")) if os.name != "nt" else []
    except ValueError as error:
        given = os.environ["CC"]
        raise CompilerError(f"$CC can't be read, {error}: {given!r}. Write CC=gcc") from None


def _flags(kind: str) -> tuple[str, ...]:
    x86 = platform.machine().lower() in ("x86_64", "amd64", "i686", "x86")
    native = "-march=native" if x86 and kind != "zig" else "-mcpu=native"
    flags = ("-shared", "-fPIC", "-std=gnu11", *_OPTIMIZED, native, *_STRICT)
    if kind == "gcc":
        flags += ("-fvect-cost-model=dynamic", *(_SMALL_MASKS if x86 else ()))
    return flags


def _stamp(path: str) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116
    return found.st_size, found.st_mtime_ns


@functools.cache
def _version(command: tuple[str, ...], stamp: tuple[int, int]) -> str:
    """What a compiler says of itself: asked once in a process, as long as the file is the same."""
    code, said = _run([*command, "--version"], None, 10.0)
    return said.partition("\n\n")[0].strip() if code == 0 else f"unknown {stamp}"


@functools.cache
def processor() -> str:
    """What tells this processor's instructions from another's, as one line.

    Returns
    -------
    str
        Of a home folder that several machines share, each takes the libraries made for it.
    """
    told = [platform.machine(), platform.processor(), sys.platform]
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        told.append(os.environ.get("PROCESSOR_IDENTIFIER", ""))
    else:
        kinds = ("model name", "flags", "Features", "CPU part")
        told += sorted({line for line in lines if line.startswith(kinds)})
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _run(command: list[str], folder: Path | None, timeout: float) -> tuple[int | None, str]:
    """Run a command to its end, or end it: its status, None if it took too long, and what it said.

    It reads nothing, and writes into a file: a pipe could fill up, or be held open by its children.
    """
    environment = dict(os.environ)
    if folder is not None:  # so that what an interrupted compiler leaves goes with the folder
        environment.update(TMPDIR=str(folder), ZIG_LOCAL_CACHE_DIR=str(folder))
    with tempfile.TemporaryFile() as words:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return error.errno or 1, f"it can't be started: {error.strerror or error}"
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None, ""
        finally:
            _end(process)
        words.seek(0)
        return code, words.read(_WORDS).decode("utf-8", "replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a compiler and the processes that it started, if it still runs."""
    if process.poll() is None:
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
