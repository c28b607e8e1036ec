"""A program as one function of JAX's, compiled at its first run, and the arrays that stay with it.

What is bound stays where XLA computes. `XlaExecutable.resident` says how long: by default each call
copies what it replaced back into the bound arrays, so that whoever reads a parameter finds its
value; a training loop sets it, and calls `fetch` before it hands control to somebody else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import UnsupportedOperationError
from ..passes.composed import composed
from ..value import Value
from .lowering import LOWERINGS, lowered
from .placing import Placing, imported_jax

if TYPE_CHECKING:
    from ..program import Program

__all__ = ["XlaExecutable"]


class XlaExecutable:
    """A program, ready for XLA; see `Executable` and `build`.

    Attributes
    ----------
    resident : bool
        False, the default: each call leaves its results in the bound arrays. True: they stay on
        the device until `fetch`, and what others write into the bound arrays meanwhile is lost.
    placing : Placing
        On which devices, and which rows of a batch this process has to give.
    """

    def __init__(
        self,
        program: Program,
        bound: Sequence[int],
        reuse: bool,
        devices: int | Sequence[Any] | None,
        batched: Sequence[int] | None,
    ) -> None:
        jax = imported_jax()
        program = composed(program, keep=LOWERINGS)
        self.resident = False
        self._x64 = jax.enable_x64
        self._reuse = reuse
        self._bound: dict[int, Any] = dict.fromkeys(bound)
        self._aliased = list(program.aliases.values())
        self._fixed = [number for number in bound if number not in program.aliases.values()]
        self._free = [n for n in range(len(program.inputs)) if n not in self._bound]
        self._guard = _among_the_returned(program)
        self._state: list[Any] = []
        """What the aliased inputs are now: the bound arrays themselves, or XLA's."""
        self._on_device = False
        self.placing = Placing(program, self._free, devices, batched)
        with self._x64(True):
            self._run = self._compiled(program)

    def _compiled(self, program: Program) -> Any:
        import jax

        order = [value for value in program.values() if value.operation is not None]
        given = [*self._aliased, *self._fixed, *self._free]
        cut = self.placing.cut
        aliased, guard = len(self._aliased), program.guard

        def run(*arrays: Any) -> Any:
            import jax.numpy as jnp

            found: dict[int, Any] = {}
            for number, array in zip(given, arrays, strict=True):
                value = program.inputs[number]
                found[id(value)] = cut(number, jnp.asarray(array, value.dtype))

            def of(x: Any) -> Any:
                return found[id(x)] if type(x) is Value else x

            for value in order:
                found[id(value)] = lowered(value, [of(x) for x in value.inputs])
            outputs = [jnp.asarray(of(output)) for output in program.outputs]
            new = [outputs[number] for number in program.aliases]
            if guard is not None:  # else everything stays as it is
                fine = jnp.all(jnp.isfinite(outputs[guard]))
                new = [jnp.where(fine, x, y) for x, y in zip(new, arrays, strict=False)]
            rest = [x for number, x in enumerate(outputs) if number not in program.aliases]
            return new, rest

        shapes = [
            jax.ShapeDtypeStruct(program.inputs[n].shape, program.inputs[n].dtype) for n in given
        ]
        _refuse_what_jax_has_not(program)
        jax.eval_shape(run, *self.placing.padded(given, shapes))  # what can't be lowered shows now
        return jax.jit(run, donate_argnums=tuple(range(aliased)), **self.placing.shardings(given))

    def bind(self, arrays: Mapping[int, npt.NDArray[Any]]) -> None:
        """Let inputs be these arrays from here on; see `Executable`."""
        if self._on_device:
            self.fetch()
        self._bound.update(arrays)
        self._state = []

    def fetch(self) -> None:
        """Copy what is on the device into the bound arrays; the next call starts from these."""
        if self._on_device:
            for number, array in zip(self._aliased, self._state, strict=True):
                np.copyto(self._bound[number], np.asarray(array))
            self._on_device = False
        self._state = []

    def __call__(self, *free: Any) -> list[Any] | None:
        """Run; see `Executable`. With `resident`, what is aliased is written by `fetch`."""
        bound = self._bound
        fixed = [bound[number] for number in self._fixed]
        with self._x64(True):
            if not self._state:
                self._state = self.placing.agreed([bound[number] for number in self._aliased])
            new, rest = self._run(*self._state, *fixed, *self.placing.placed(self._free, free))
        self._state, self._on_device = new, bool(new)
        # XLA may read the caller's own memory: nothing returns before it has finished.
        found = [np.asarray(x) for x in rest]
        if not found and new:
            new[0].block_until_ready()
        fine = self._guard is None or _is_finite(found[self._guard])
        if not (fine and self.resident):
            self.fetch()
        if not fine:
            return None
        return [x[()] if self._reuse or not x.ndim else x.copy() for x in found]

    def compiled_text(self, *free: Any) -> str:
        """What XLA made of the program for such inputs, as text: to see what it fused."""
        arrays = [self._bound[number] for number in (*self._aliased, *self._fixed)]
        with self._x64(True):
            made = self._run.lower(*arrays, *self.placing.placed(self._free, free)).compile()
        return str(made.as_text())


def _is_finite(x: npt.NDArray[Any]) -> bool:
    return bool(np.isfinite(x).all()) if x.ndim else math.isfinite(x)


def _among_the_returned(program: Program) -> int | None:
    """Where the guarded output stands among those that replace no input."""
    if program.guard is None:
        return None
    return sum(number not in program.aliases for number in range(program.guard))


def _refuse_what_jax_has_not(program: Program) -> None:
    """Raise for data types that XLA has not, by the name of who makes them."""
    for value in program.values():
        if value.dtype.kind in "fc" and value.dtype.itemsize > (
            8 if value.dtype.kind == "f" else 16
        ):
            made = value.operation.name if value.operation else f"input {value.name}"
            raise UnsupportedOperationError(
                f"the back end 'xla' can't run {made!r}: it has no {value.dtype}. Choose "
                "backend='numpy'"
            )
