"""Programs as C: printed, compiled by the machine's compiler, cached, called by address."""

from __future__ import annotations

import ctypes
import hashlib
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ..executable import Executable
from ..passes import optimized
from ..passes.images import batch_last
from ..program import Program
from .blas import gemm_pointers
from .c_source import Source
from .cache import library
from .compiler import INSTALL, Compiler, CompilerError, CompilerTimeoutError, compilers
from .executable import NativeExecutable
from .plan import Plan
from .products import is_large, is_product

__all__ = ["CompilerError", "NativeExecutable", "Replaced", "build", "compiled", "source"]


def build(
    program: Program, *, bound: Sequence[int] = (), reuse: bool = False
) -> NativeExecutable | Replaced:
    """Return a program compiled to C, or, where no compiler makes a library of it, run by NumPy.

    Parameters
    ----------
    program : Program
        As it was recorded.
    bound : sequence of int
        Numbers of the inputs that `Executable.bind` gives; all aliased inputs are among them.
    reuse : bool, default False
        Whether arrays that a call returns may be overwritten by the next.

    Returns
    -------
    NativeExecutable or Replaced
        A `Replaced` has the `reason`, which a RuntimeWarning says once.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program
    >>> program = Program.record(lambda x: np.sum(x * x), np.ones(3))
    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):  # where there is no compiler
    ...     executable = build(program)
    >>> executable(np.array([1.0, 2.0, 3.0]))
    [np.float64(14.0)]
    """
    try:
        return compiled(program, bound=bound, reuse=reuse)
    except CompilerError as error:
        reason = str(error)
    if reason not in _said:
        _said.add(reason)
        warnings.warn(
            f"the native back end is not there, NumPy runs its programs: {reason}",
            RuntimeWarning,
            stacklevel=2,
        )
    return Replaced(program, bound, reuse, reason)


_said: set[str] = set()


class Replaced:
    """A program that the numpy back end runs, since it could not be compiled.

    Attributes
    ----------
    backend : str
        "numpy".
    reason : str
        Why it was not compiled: what each compiler said, or that there is none.
    """

    backend = "numpy"

    def __init__(self, program: Program, bound: Sequence[int], reuse: bool, reason: str) -> None:
        from ..compiling import backend_named

        self.reason = reason
        self._run: Executable = backend_named("numpy").build(program, bound=bound, reuse=reuse)

    def bind(self, arrays: Mapping[int, npt.NDArray[Any]]) -> None:
        """Let inputs, by their numbers, be these arrays from here on."""
        self._run.bind(arrays)

    def __call__(self, *free: Any) -> list[Any] | None:
        """Run; see `autograd_core.program.executable.Executable`."""
        return self._run(*free)


def compiled(
    program: Program, *, bound: Sequence[int] = (), reuse: bool = False
) -> NativeExecutable:
    """Return a program compiled to C; the parameters are those of `build`.

    Raises
    ------
    CompilerError
        If there is no C compiler, or none makes a library; with what each said.
    """
    plan = _planned(program, bound, reuse)
    printed = Source(plan)
    return NativeExecutable(plan, printed, _library(printed.text))


def source(program: Program, *, bound: Sequence[int] = (), reuse: bool = False) -> str:
    """Return the C of a program, as `build` compiles it; the parameters are those of `build`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Program
    >>> program = Program.record(lambda x: np.maximum(2.0 * x, 0.0), np.ones(8, np.float32))
    >>> loop = source(program).partition("static void kernel_0")[2].partition("int segment")[0]
    >>> print(loop)
    (const float *restrict x, float *restrict a1) {
    #pragma omp simd
      for (ptrdiff_t i = 0; i < 8; i++) {
        float z1_ = (2.0f * x[i]);
        float a1_ = maximum_f32(z1_, 0.0f);
        a1[i] = a1_;
      }
    }
    <BLANKLINE>
    """
    return Source(_planned(program, bound, reuse)).text


def _planned(program: Program, bound: Sequence[int], reuse: bool) -> Plan:
    program = optimized(batch_last(program), exact=False)
    large = any(is_product(value) and is_large(value) for value in program.values())
    return Plan(program, bound, reuse, bool(large and gemm_pointers()))


def _library(text: str) -> ctypes.CDLL:
    """The library of some C, from the cache or by the first compiler that makes one."""
    said = []
    for compiler in compilers():
        if compiler.key in _hanging:
            said.append(_hanging[compiler.key])
            continue
        key = hashlib.sha256(f"{compiler.key}\n{text}".encode()).hexdigest()[:32]

        def make(folder: Path, compiler: Compiler = compiler) -> Path:
            written, made = folder / "program.c", folder / "program.so"
            written.write_text(text, encoding="utf-8")
            compiler.build(written, made)
            return made

        try:
            return library(key, make)
        except (CompilerError, OSError) as error:
            said.append(str(error))
            if isinstance(error, CompilerTimeoutError):
                _hanging[compiler.key] = str(error)
    if not said:
        wanted = os.environ.get("CC")
        whose = (
            f"the compiler of $CC={wanted!r} is not there"
            if wanted
            else ("this machine has no C compiler")
        )
        said.append(f"{whose}. Install one: {INSTALL}")
    raise CompilerError("; ".join(said))


_hanging: dict[str, str] = {}
"""Compilers that did not come to an end in this process, by their key: they are not waited for
again."""
