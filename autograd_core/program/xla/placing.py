"""On which devices a program runs, and how its inputs get there.

The batch is spread over the devices along its first axis, everything else stands on each of them:
XLA then adds up the gradients over the devices by itself. This decides where numbers lie, never
what they are. A batch that does not divide is filled up with zeros on its way, and cut again before
the first operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..passes.buffers import aligned

if TYPE_CHECKING:
    from ..program import Program

__all__ = ["Placing", "chosen_devices", "imported_jax", "rows_of"]

_AXIS = "batch"
_LARGE = 1 << 14
"""Bytes from which on it is worth a copy of our own."""


def imported_jax() -> Any:
    """Return the module `jax`.

    Raises
    ------
    ImportError
        If it is not installed, with the line that installs it.
    """
    try:
        import jax
    except ImportError as error:
        raise ImportError(
            "backend='xla' needs JAX, which is not installed. Write: pip install "
            "'autograd-core[xla]' (for a GPU: pip install 'jax[cuda13]')"
        ) from error
    return jax


def chosen_devices(devices: int | Sequence[Any] | None) -> list[Any] | None:
    """Return the devices that a user names, or None for JAX's default one alone.

    Where several processes work together (`jax.distributed`), all of them take part.
    """
    jax = imported_jax()
    several = jax.process_count() > 1
    if devices is None:
        return list(jax.devices()) if several else None
    if not isinstance(devices, (int, np.integer)):
        named = list(devices) if isinstance(devices, Iterable) else []
        if not named or not all(isinstance(device, jax.Device) for device in named):
            raise TypeError(
                "devices expects a number, or some of what jax.devices() lists, got "
                f"{str(devices)[:60]!r}"
            )
        return named
    there = jax.devices()
    if isinstance(devices, bool) or not 1 <= devices <= len(there):
        hint = (
            ". To try several on one CPU, set XLA_FLAGS="
            f"--xla_force_host_platform_device_count={devices} before Python starts"
        )
        raise ValueError(
            f"devices expects a number from 1 to {len(there)}, as many as JAX finds here "
            f"({there[0].platform}), got {devices}{hint if devices > len(there) else ''}"
        )
    if several and devices != len(there):
        raise ValueError(
            f"devices expects all {len(there)} devices of the {jax.process_count()} processes "
            f"that work together, got {devices}. Leave devices= out"
        )
    return list(there[: int(devices)])


def rows_of(process: int, processes: int, devices: int, rows: int) -> slice:
    """Which rows of a batch a process has to give.

    Parameters
    ----------
    process, processes : int
        Its number, from 0, and how many there are.
    devices : int
        How many devices all of them have.
    rows : int
        Length of the batch.

    Examples
    --------
    >>> [rows_of(process, 2, 4, 10) for process in range(2)]
    [slice(0, 6, None), slice(6, 10, None)]
    """
    each = -(-rows // devices) * (devices // processes)
    return slice(min(process * each, rows), min((process + 1) * each, rows))


class Placing:
    """Where the inputs of one program go; see the module.

    Attributes
    ----------
    devices : list of jax.Device or None
        Over which the batch is spread; None for JAX's default one alone.
    rows : slice
        The rows of each batch that this process gives; all of them where it works alone.
    """

    def __init__(
        self,
        program: Program,
        free: Sequence[int],
        devices: int | Sequence[Any] | None,
        batched: Sequence[int] | None,
    ) -> None:
        self.devices = chosen_devices(devices)
        self._lengths = {n: (program.inputs[n].shape or (0,))[0] for n in free}
        batch = next((n for n in free if program.inputs[n].ndim), None)
        length = self._lengths.get(batch, 0) if batch is not None else 0
        if batched is None:
            batched = [n for n in free if program.inputs[n].ndim and self._lengths[n] == length]
        self._batched = frozenset(batched if self.devices and length else ())
        self.rows = slice(0, length)
        self._several = False
        import jax

        if self.devices is None:
            on_cpu = jax.default_backend() == "cpu"
            self._aligned = _aligned_buffers(program, free) if on_cpu else {}
            self._numbers = {
                place: _Number() for place, n in enumerate(free) if not program.inputs[n].ndim
            }
            return
        from jax.sharding import Mesh, NamedSharding, PartitionSpec

        mesh = Mesh(np.array(self.devices), (_AXIS,))
        self._spread = NamedSharding(mesh, PartitionSpec(_AXIS))
        self._everywhere = NamedSharding(mesh, PartitionSpec())
        self._several = jax.process_count() > 1
        self.rows = rows_of(jax.process_index(), jax.process_count(), len(self.devices), length)

    def _filled(self, rows: int) -> int:
        """The next length that divides among the devices."""
        assert self.devices is not None
        return -(-rows // len(self.devices)) * len(self.devices)

    def cut(self, number: int, array: Any) -> Any:
        """An input inside of the program, without the rows that filled it up."""
        if number not in self._batched or array.shape[0] == self._lengths[number]:
            return array
        return array[: self._lengths[number]]

    def padded(self, numbers: Sequence[int], shapes: Sequence[Any]) -> list[Any]:
        """The shapes in which inputs arrive."""
        import jax

        return [
            jax.ShapeDtypeStruct((self._filled(x.shape[0]), *x.shape[1:]), x.dtype)
            if number in self._batched
            else x
            for number, x in zip(numbers, shapes, strict=True)
        ]

    def shardings(self, numbers: Sequence[int]) -> dict[str, Any]:
        """What `jax.jit` has to know."""
        if self.devices is None:
            return {}
        inputs = tuple(self._spread if n in self._batched else self._everywhere for n in numbers)
        return {"in_shardings": inputs, "out_shardings": self._everywhere}

    def agreed(self, arrays: list[Any]) -> list[Any]:
        """Make what stands on every device the same everywhere: as it is in process 0.

        Where processes computed it on their own, in eager steps, they may have rounded otherwise.
        """
        if self._several and arrays:
            from jax.experimental.multihost_utils import broadcast_one_to_all

            for array, first in zip(arrays, broadcast_one_to_all(arrays), strict=True):
                np.copyto(array, np.asarray(first))
        return arrays

    def placed(self, numbers: Sequence[int], arrays: Sequence[Any]) -> Sequence[Any]:
        """What is given for inputs, as the compiled function takes it."""
        if self.devices is None:
            arrays = list(arrays)
            for place, buffer in self._aligned.items():
                if type(arrays[place]) is np.ndarray:  # else it is XLA's already
                    np.copyto(buffer, arrays[place])
                    arrays[place] = buffer
            for place, number in self._numbers.items():
                if isinstance(arrays[place], np.generic):
                    arrays[place] = number.placed(arrays[place])
            return arrays
        if not self._batched:
            return arrays
        return [
            self._shared(number, array) if number in self._batched else array
            for number, array in zip(numbers, arrays, strict=True)
        ]

    def _shared(self, number: int, array: Any) -> Any:
        """The rows of a batch, of this process or of all, filled up and on their devices."""
        import jax

        whole = self._filled(self._lengths[number])
        if not self._several:
            return _filled_up(array, whole)
        if len(array) == self._lengths[number] != self.rows.stop - self.rows.start:
            array = array[self.rows]
        own = whole // jax.process_count()
        return jax.make_array_from_process_local_data(
            self._spread, _filled_up(array, own), (whole, *array.shape[1:])
        )


class _Number:
    """A number that is often the same from call to call, as a learning rate: it stays with XLA."""

    __slots__ = ("_bits", "_there")

    def __init__(self) -> None:
        self._bits = b""
        self._there: Any = None

    def placed(self, value: np.generic) -> Any:
        """The number, or XLA's array of it from the second time on."""
        bits = value.tobytes()
        if bits != self._bits:  # not ==, by which -0.0 is 0.0
            self._bits, self._there = bits, None
            return value
        if self._there is None:
            import jax.numpy as jnp

            self._there = jnp.asarray(value)
        return self._there


def _aligned_buffers(program: Program, free: Sequence[int]) -> dict[int, Any]:
    """Memory for large inputs that XLA reads where it is, by their place among those given.

    NumPy's own seldom starts at a multiple of 64 bytes, and XLA makes a new copy of what does not:
    a copy into the same memory each time takes a third of that.
    """
    found = {}
    for place, number in enumerate(free):
        value = program.inputs[number]
        size = value.size * value.dtype.itemsize
        if size >= _LARGE:
            found[place] = aligned(size).view(value.dtype).reshape(value.shape)
    return found


def _filled_up(array: Any, rows: int) -> Any:
    """An array with rows of zeros behind it."""
    missing = rows - len(array)
    if not missing:
        return array
    return np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)])
