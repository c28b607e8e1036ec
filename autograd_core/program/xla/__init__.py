"""Programs run by XLA, through JAX: on a CPU, a GPU, a TPU, on several of them, on several hosts.

Every operation is lowered by running its own forward function on traced arrays (see
`program.lifting`), or by an expression from an explicit list (`lowering`). JAX's own settings stay
as they are: 64 bits are switched on for the time of a call, in its thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..program import Program
    from .running import XlaExecutable

__all__ = ["build", "require"]


def require() -> None:
    """Raise ImportError, with the line that installs it, if there is no JAX; import nothing."""
    if find_spec("jax") is None:
        from .placing import imported_jax

        imported_jax()


def build(
    program: Program,
    *,
    bound: Sequence[int] = (),
    reuse: bool = False,
    devices: int | Sequence[Any] | None = None,
    batched: Sequence[int] | None = None,
) -> XlaExecutable:
    """Return an executable of a program; see `Backend`.

    Parameters
    ----------
    program : Program
        As it was recorded.
    bound : sequence of int
        Numbers of the inputs that `bind` gives; all aliased inputs are among them.
    reuse : bool, default False
        True returns arrays that can't be written into, without a copy.
    devices : int or sequence of jax.Device, optional
        Over which devices the batch is spread: so many, or these. By default JAX's default device;
        where several processes work together, all devices of all of them.
    batched : sequence of int, optional
        Numbers of the inputs whose first axis is the batch. By default those that are not bound
        and are as long as the first of them that has an axis. It is a question of time alone: any
        choice gives the same numbers.

    Raises
    ------
    ImportError
        If JAX is not installed; the message says what to write.
    UnsupportedOperationError
        If an operation can't be lowered; the message names it.
    ValueError
        If there are not so many devices.

    Examples
    --------
    >>> from autograd_core import Program
    >>> program = Program.record(lambda x: 2.0 * x + 1.0, 1.0)
    >>> build(program)(3.0)  # doctest: +SKIP
    [np.float64(7.0)]
    """
    from .running import XlaExecutable

    return XlaExecutable(program, bound, reuse, devices, batched)
