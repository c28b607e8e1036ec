"""A program compiled to C, called from Python: addresses, the few calls of NumPy, the results."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..passes.buffers import aligned
from ..value import Value, shape_of
from .blas import gemm_pointers
from .c_source import Source
from .plan import Place, Plan, Step
from .products import is_product
from .views import address_of

__all__ = ["NativeExecutable"]


class NativeExecutable:
    """A program as C, ready to run; see `autograd_core.program.executable.Executable`.

    Parameters
    ----------
    plan : Plan
        What was decided.
    source : Source
        The C.
    library : ctypes.CDLL
        What a compiler made of it.

    Attributes
    ----------
    backend : str
        "native".
    source : str
        The C that runs.
    """

    backend = "native"

    def __init__(self, plan: Plan, source: Source, library: ctypes.CDLL) -> None:
        self.source = source.text
        self._plan, self._library = plan, library
        count = len(plan.pointers) + len(source.gemms)
        self._pointers = (ctypes.c_void_p * count)()
        self._arena = aligned(plan.size)
        self._pointers[0] = address_of(self._arena)
        self._arrays: list[Any] = [None] * count  # what the pointers point to, so that it stays
        for number, x in enumerate(plan.pointers):
            if isinstance(x, np.ndarray):
                self._point(number, np.array(x, order="C"))
        for number, dtype in enumerate(source.gemms):
            self._pointers[len(plan.pointers) + number] = gemm_pointers()[dtype]
        self._ready: Callable[..., Any] = _Caller(self, plan, source).function()
        self._missing = set(plan.bound)
        self._run = self._refuse if plan.bound else self._ready
        plan.views.release()

    def bind(self, arrays: Mapping[int, npt.NDArray[Any]]) -> None:
        """Let inputs, by their numbers, be these arrays from here on."""
        for number, array in arrays.items():
            value = self._plan.program.inputs[number]
            if number not in self._plan.bound:
                raise ValueError(
                    f"bind() expects the inputs that build(bound=...) named, "
                    f"{sorted(self._plan.bound)}, got {number}"
                )
            _require(value, array)
            if number in self._plan.program.aliases.values() and not array.flags.writeable:
                raise ValueError(
                    f"bind() expects arrays that can be written into where the program leaves "
                    f"results, got a read-only one for input {number}. Write x.copy()"
                )
            if not array.flags.c_contiguous:
                raise ValueError(
                    f"bind() expects arrays whose rows lie together, got strides {array.strides} "
                    f"for input {number}. Write np.ascontiguousarray(x)"
                )
            self._point(self._plan.places[id(value)].at, array)
            self._missing.discard(number)
        if not self._missing:
            self._run = self._ready

    def __call__(self, *free: Any) -> list[Any] | None:
        """Run; None where the guarded output is not finite, or floating point met trouble."""
        return self._run(*free)

    def _refuse(self, *free: Any) -> list[Any] | None:
        raise RuntimeError(
            f"the program expects arrays for its bound inputs {sorted(self._missing)} before it "
            "runs. Write executable.bind({number: array, ...})"
        )

    # --- what generated code calls ------------------------------------------------------------

    def _point(self, number: int, array: npt.NDArray[Any]) -> None:
        self._arrays[number] = array
        self._pointers[number] = address_of(array)

    def _place_of(self, place: Place, value: Value) -> npt.NDArray[Any]:
        """The entries of a value in the arena, as an array."""
        return np.ndarray(value.shape, value.dtype, self._arena.data, place.at)


class _Caller:
    """Writes the Python function that runs the parts of a program in order."""

    def __init__(self, executable: NativeExecutable, plan: Plan, source: Source) -> None:
        self._executable, self._plan, self._source = executable, plan, source
        self._names: dict[str, Any] = {
            "p": executable._pointers,
            "address": ctypes.addressof(executable._pointers),
            "arrays": executable._arrays,
            "point": executable._point,
            "empty": np.empty,
            "as_rows": np.ascontiguousarray,
            "errstate": np.errstate,
        }
        self._lines: list[str] = []

    def function(self) -> Callable[..., Any]:
        """Return the function."""
        plan = self._plan
        given = [
            self._input(number, value)
            for number, value in enumerate(plan.program.inputs)
            if number not in plan.bound
        ]
        for output in plan.outputs:
            if output.fresh:
                shape, dtype = self._name(output.value.shape), self._name(output.value.dtype)
                at = plan.places[id(output.value)].at
                self._lines.append(f"point({at}, empty({shape}, {dtype}))")
        for part in self._source.parts:
            if isinstance(part, Step):
                self._call(part)
            else:
                function = getattr(self._executable._library, part)
                function.argtypes, function.restype = [ctypes.c_void_p], ctypes.c_int
                self._lines.append(f"if {self._name(function)}(address): return None")
        results = ", ".join(self._result(output.value, output.fresh) for output in plan.outputs)
        self._lines.append(f"return [{results}]")
        text = f"def run({', '.join(given)}):\n  " + "\n  ".join(self._lines)
        # The text holds nothing but names made here.
        exec(compile(text, "<native call>", "exec"), self._names)
        return self._names["run"]

    def _name(self, x: Any) -> str:
        name = f"c{len(self._names)}"
        self._names[name] = x
        return name

    def _input(self, number: int, value: Value) -> str:
        name, place = f"a{number}", self._plan.places[id(value)]
        shape, dtype = self._name(value.shape), self._name(value.dtype)
        refuse = f"{self._name(_require)}({self._name(value)}, {name})"
        check = f"if {name}.shape != {shape} or {name}.dtype != {dtype}: {refuse}"
        if place.kind == "pointer":
            self._lines += [
                f"if {name} is not arrays[{place.at}]:",
                f"  {check}",
                f"  point({place.at}, as_rows({name}))",
            ]
        else:
            if value.shape:
                self._lines.append(check)
            cell = self._name(self._executable._place_of(place, value))
            self._lines.append(f"{cell}[...] = {name}")
        return name

    def _result(self, value: Value, fresh: bool) -> str:
        place = self._plan.places[id(value)]
        if fresh:
            return f"arrays[{place.at}]"
        array = self._name(self._executable._place_of(place, value))
        if not value.shape:
            return f"{array}[()]"
        return array if self._plan.reuse else f"{array}.copy()"

    def _call(self, step: Step) -> None:
        """Run an operation by its forward function."""
        (value,) = step.kernel.values
        assert value.operation is not None
        inputs = [self._operand(x) for x in value.inputs]
        place = self._plan.places[id(value)]
        if place.kind == "arena":
            target = self._name(self._executable._place_of(place, value))
        else:
            target = f"arrays[{place.at}]"
        function = _with_out(value)
        if function is not None:
            line = f"{self._name(function)}({', '.join(inputs)}, out={target})"
        else:
            options = f", **{self._name(dict(value.options))}" if value.options else ""
            forward = self._name(value.operation.forward)
            line = f"{target}[...] = {forward}({', '.join(inputs)}{options})"
        if self._plan.program.guard is None:
            self._lines.append(line)
        else:
            self._lines += [
                "try:",
                f'  with errstate(invalid="raise", over="raise", divide="raise"): {line}',
                "except FloatingPointError: return None",
            ]

    def _operand(self, x: Any) -> str:
        if type(x) is not Value:
            return self._name(x)
        access = self._plan.access(x)
        place = self._plan.places[id(self._plan.owner(access.root))]
        if place.kind == "pointer":
            text = self._seen(x, access.root, f"arrays[{place.at}]")
        else:
            array = np.ndarray(
                x.shape,
                x.dtype,
                self._executable._arena.data,
                place.at + access.offset * x.dtype.itemsize,
                tuple(step * x.dtype.itemsize for step in access.strides),
            )
            text = self._name(array)
        return text if x.shape else f"{text}[()]"

    def _seen(self, x: Value, root: Value, text: str) -> str:
        """The expression of a view of an array that changes from run to run."""
        way: list[Value] = []
        while x is not root:
            way.append(x)
            x = x.inputs[0]
        for value in reversed(way):
            assert value.operation is not None
            forward, options = self._name(value.operation.forward), self._name(dict(value.options))
            text = f"{forward}({text}, **{options})"
        return text


def _with_out(value: Value) -> Any:
    """The NumPy function that writes a result into memory that is given, where there is one."""
    assert value.operation is not None
    if is_product(value):
        return np.dot if all(x.ndim == 2 for x in value.inputs) else np.matmul
    forward = value.operation.forward
    plain = isinstance(forward, np.ufunc) and forward.nin == len(value.inputs)
    return forward if plain and value.shape and not value.options else None


def _require(value: Value, array: Any) -> None:
    """Refuse an array that is not what the program was recorded with."""
    dtype = getattr(array, "dtype", None)
    if shape_of(array) != value.shape or dtype != value.dtype:
        name = "" if value.name is None else f" {value.name!r}"
        raise TypeError(
            f"the program expects an input{name} of shape {value.shape} and dtype {value.dtype}, "
            f"got shape {shape_of(array)} and dtype {dtype}. Record it again for others"
        )
