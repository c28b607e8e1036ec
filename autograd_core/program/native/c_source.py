"""A plan printed as C: a function per kernel, and one for each run of kernels without NumPy."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from ..passes.accumulate import product_subtracted
from ..value import Value, dtype_of, shape_of
from .assembling import Piece, copy_lines
from .c_types import LETTERS, c_name, literal
from .expressions import LIBRARY
from .loops import LoopPrinter
from .plan import Plan, Step, is_one_number
from .prelude import NAMES, needed
from .products import operand, product_call, product_functions

__all__ = ["Source"]

_HEAD = """\
#include <fenv.h>
#include <math.h>
#include <stddef.h>
#include <string.h>
#define INLINE inline __attribute__((always_inline))
#define TROUBLE (FE_INVALID | FE_OVERFLOW | FE_DIVBYZERO)
"""

_KEYWORDS = (
    "auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while asm typeof arena p main INFINITY NAN "
    "memcpy memset isfinite signbit feclearexcept fetestexcept TROUBLE INLINE ptrdiff_t"
)
_RESERVED = frozenset((*_KEYWORDS.split(), *LETTERS, *NAMES, *LIBRARY))
_OURS = re.compile(r"(kernel|segment|product|blas|gemm|rows|store|vector|LANES|DEPTH)_")


class Source:
    """The C of a plan.

    Attributes
    ----------
    text : str
        The file.
    parts : list of str or Step
        What runs in order: the name of a C function, which returns 0 if all is well, or an
        operation that NumPy computes.
    gemms : list of str
        The dtypes whose matrix product is called; their addresses follow the plan's pointers.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._names: dict[int, str] = {}
        self._used = dict.fromkeys(_RESERVED, 1)
        self._held: list[Any] = []  # what the identities in _names belong to
        self._kept = set(plan.kept)
        self.gemms: list[str] = []
        self.parts: list[str | Step] = []
        functions: list[str] = []
        calls: list[str] = []
        segments: list[str] = []
        for number, step in enumerate(plan.steps):
            if step.how == "call":
                segments += self._segment(calls)
                self.parts.append(step)
            else:
                function, call = self._kernel(number, step)
                functions.append(function)
                if step.update and not any("TROUBLE" in text for text in calls):
                    calls += self._check()
                calls.append(call)
        if not any(step.update for step in plan.steps):
            calls += self._check()
        calls += [self._copy(result, over) for result, over in plan.copies]
        segments += self._segment(calls)
        code = "\n".join((*functions, *segments))
        self.text = "\n".join((_HEAD, needed(code), product_functions(code), *functions, *segments))

    # --- names ----------------------------------------------------------------------------------

    def _name(self, x: Any) -> str:
        if id(x) not in self._names:
            said = (x.name or "") if type(x) is Value else "constant"
            name = re.sub(r"[^A-Za-z0-9_]", "_", said)[:40].strip("_")
            if not name or name[0].isdigit() or _OURS.match(name):
                name = f"v{name}"
            base = name
            while name in self._used:
                self._used[base] += 1
                name = f"{base}{'_' if base[-1].isdigit() else ''}{self._used[base]}"
            self._used[name] = 1
            self._names[id(x)] = name
            self._held.append(x)
        return self._names[id(x)]

    def _where(self, x: Any) -> str:
        """The address of a value or a constant, in a function that is given the pointers."""
        place = self._plan.places[id(x)]
        return f"p[{place.at}]" if place.kind == "pointer" else f"(void *)(arena + {place.at})"

    # --- functions ------------------------------------------------------------------------------

    def _kernel(self, number: int, step: Step) -> tuple[str, str]:
        """The function of a kernel, and its call."""
        if step.how == "loop":
            printer = LoopPrinter(self._plan, step.kernel, self._kept, self._name)
            lines, roots, written = printer.lines(), printer.roots, printer.written
        elif step.how == "pieces":
            lines, roots, written = self._assembled(step.kernel.values[0])
        else:
            lines, roots, written = self._product(step.kernel.values[0])
        parameters, arguments = [], []
        for key, root in roots.items():
            const = "" if key in written else "const "
            parameters.append(f"{const}{c_name(root.dtype)} *restrict {self._name(root)}")
            arguments.append(self._where(root))
        for dtype in self.gemms:
            short = "f32" if dtype == "float32" else "f64"
            if any(f"gemm_{short}," in line for line in lines):
                parameters.append(f"gemm_{short}_t gemm_{short}")
                arguments.append(f"p[{len(self._plan.pointers) + self.gemms.index(dtype)}]")
        body = "".join(f"  {line}\n" if line[0] != "#" else f"{line}\n" for line in lines)
        title = self._title(step)
        function = (
            f"/* {title} */\nstatic void kernel_{number}({', '.join(parameters)}) {{\n{body}}}"
        )
        return function, f"kernel_{number}({', '.join(arguments)});"

    def _title(self, step: Step) -> str:
        """What a kernel computes, in the names of the graph."""
        shown = []
        for value in step.kernel.values[:12]:
            assert value.operation is not None
            name = value.name or value.operation.name
            scope = f"{value.scope.name}: " if value.scope is not None else ""
            shown.append(f"{scope}{name}")
        more = len(step.kernel.values) - len(shown)
        text = ", ".join(dict.fromkeys(shown)) + (f" and {more} more" if more else "")
        text = text.encode("ascii", "replace").decode().replace("*/", "* /").replace("\n", " ")
        text = text.replace("\\", "/").replace("/*", "/ *").replace("??", "? ?")
        return f"{text}  {list(step.kernel.shape or step.kernel.values[0].shape)}"

    def _assembled(self, value: Value) -> tuple[list[str], dict[int, Any], set[int]]:
        plan = self._plan
        pieces = plan.pieces(value)
        assert pieces is not None
        roots: dict[int, Any] = {id(value): value}
        out = self._name(value)
        covered = sum(math.prod(shape_of(piece.source)) for piece in pieces)
        lines = []
        if covered < value.size:
            lines.append(f"memset({out}, 0, {value.size * value.dtype.itemsize});")
        for piece in pieces:
            lines += self._piece(piece, value, roots)
        return lines, roots, {id(value)}

    def _piece(self, piece: Piece, value: Value, roots: dict[int, Any]) -> list[str]:
        x, out = piece.source, self._name(value)
        if is_one_number(x):
            source = literal(np.asarray(x).flat[0], value.dtype)
            return copy_lines(out, np.shape(x), source, (0,) * np.ndim(x), piece)
        access = self._plan.access(x)
        root = self._plan.owner(access.root)
        roots[id(root)] = root
        cast = "" if dtype_of(x) == value.dtype else f"({c_name(value.dtype)})"
        if value.dtype.kind == "b" != dtype_of(x).kind:
            cast = "!!"
        source = f"{cast}{self._name(root)}[{access.offset} + {{}}]"
        return copy_lines(out, shape_of(x), source, access.strides, piece)

    def _product(self, value: Value) -> tuple[list[str], dict[int, Any], set[int]]:
        plan = self._plan
        x, y = value.inputs[-2:]
        target = plan.owner(value)
        roots: dict[int, Any] = {}
        matrices = []
        for side, first in ((x, True), (y, False)):
            access = plan.access(side)
            root = plan.owner(access.root)
            roots[id(root)] = root
            matrices.append(
                operand(self._name(root), access.offset, side.shape, access.strides, first=first)
            )
        scale = None
        if value.operation is product_subtracted:
            rate = value.inputs[1]
            if type(rate) is Value:
                access = plan.access(rate)
                roots[id(access.root)] = access.root
                scale = f"-{self._name(access.root)}[{access.offset}]"
            else:
                scale = f"-({literal(rate, value.dtype)})"
        roots[id(target)] = target
        lines = product_call(value, self._name(target), matrices[0], matrices[1], scale)
        if "blas_" in lines[-1] and value.dtype.name not in self.gemms:
            self.gemms.append(value.dtype.name)
        return lines, roots, {id(target)}

    def _segment(self, calls: list[str]) -> list[str]:
        """A function of the calls that were collected, if there are any."""
        if not calls:
            return []
        name = f"segment_{sum(isinstance(part, str) for part in self.parts)}"
        self.parts.append(name)
        guarded = self._plan.program.guard is not None
        lines = ["  char *arena = p[0];"]
        if guarded:
            lines.append("  feclearexcept(TROUBLE);")
        lines += [f"  {call}" for call in calls]
        ended = any("TROUBLE" in call for call in calls) or not guarded
        lines.append("  return 0;" if ended else "  return fetestexcept(TROUBLE) != 0;")
        calls.clear()
        return [f"int {name}(void **p) {{\n" + "\n".join(lines) + "\n}"]

    def _check(self) -> list[str]:
        """Leave before anything is overwritten if what is guarded is no number, or trouble was."""
        program = self._plan.program
        if program.guard is None:
            return []
        value = program.outputs[program.guard]
        entries = f"(({c_name(value.dtype)} *){self._where(value)})"
        return [
            f"for (ptrdiff_t i = 0; i < {value.size}; i++) if (!isfinite({entries}[i])) return 1;",
            "if (fetestexcept(TROUBLE)) return 1;",
        ]

    def _copy(self, result: Value, over: Value) -> str:
        size = result.size * result.dtype.itemsize
        return f"memcpy({self._where(over)}, {self._where(result)}, {size});"
