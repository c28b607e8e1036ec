"""Programs as C: printed, compiled by the machine's compiler, kept in a cache, called by address."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..executable import Executable
from ..program import Program
from .blas import gemm_pointers
from .c_source import Source
from .cache import library
from .compiler import INSTALL, CompilerError, compilers
from .decomposition import decomposed
from .executable import NativeExecutable
from .plan import Plan
from .products import is_large, is_product

__all__ = ["CompilerError", "NativeExecutable", "build", "compiled", "source"]


def compiled(
    program: Program, *, bound: Sequence[int] = (), reuse: bool = False
) -> NativeExecutable:
    """Return a program compiled to C; see `build` for its parameters.

    Raises
    ------
    CompilerError
        If there is no C compiler, or none makes a library; with what each said.
    """
    plan = planned(program, bound, reuse)
    text = Source(plan)
    return NativeExecutable(plan, text, _library(text.text))


def planned(program: Program, bound: Sequence[int] = (), reuse: bool = False) -> Plan:
    """Return what is decided before C is printed."""
    program = decomposed(program)
    large = any(is_product(value) and is_large(*value.inputs) for value in program.values())
    return Plan(program, bound, reuse, bool(large and gemm_pointers()))


def source(program: Program, *, bound: Sequence[int] = (), reuse: bool = False) -> str:
    """Return the C of a program, as `build` compiles it."""
    return Source(planned(program, bound, reuse)).text


def _library(text: str) -> Any:
    said = []
    for compiler in compilers():
        key = hashlib.sha256(f"{compiler.key}\n{text}".encode()).hexdigest()[:32]

        def make(folder: Path, compiler: Any = compiler) -> Path:
            written = folder / "program.c"
            written.write_text(text, encoding="utf-8")
            compiler.build(written, folder / "program.so")
            return folder / "program.so"

        try:
            return library(key, make)
        except (CompilerError, OSError) as error:
            said.append(str(error))
    if not said:
        said.append(f"there is no C compiler on this machine. Install one: {INSTALL}")
    raise CompilerError("; ".join(said))


def build(program: Program, *, bound: Sequence[int] = (), reuse: bool = False) -> Executable:
    """Return an executable of a program; see `Backend`."""
    return compiled(program, bound=bound, reuse=reuse)
