"""Several processes, on one machine or on many, that train one network together.

Each runs the same program on the same data with the same seed, so that all agree on the order of
the samples. Of each batch a process reads its own rows, XLA adds up the gradients of all of them,
and every process ends a step with the same parameters and the same loss. JAX does the talking
(`jax.distributed`); so this needs ``pip install "autograd-core[xla]"``.

What `fit` and the command line do with it:

- ``join(coordinator, processes, process)`` at the start, before anything else uses JAX;
- ``group = current()``; ``group.rows(len(batch))`` are the rows of a batch that this process reads.
  An executable of the back end xla takes these rows or the whole batch, and returns what belongs to
  the whole batch to every process;
- ``group.writes`` says whether this process writes the run's folder, prints and shows progress;
- ``group.wait("trained")`` before the processes part: the first to leave would end the others;
  after an error or Ctrl-C ``group.leave(code)``, so that it does.

Examples
--------
>>> current()
Group(number=0, processes=1, devices=1)
"""

from __future__ import annotations

import atexit
import os
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .checks import whole_number

__all__ = ["Group", "Share", "current", "join", "share"]


@dataclass(frozen=True)
class Group:
    """The processes that work together, seen from one of them.

    Parameters
    ----------
    number : int
        Of this process, from 0.
    processes : int
        How many there are.
    devices : int
        How many devices all of them have.

    Examples
    --------
    Ten samples for four devices in two processes: three for each device, the last gets one.

    >>> from nn.distributed import Group
    >>> [Group(number, 2, 4).rows(10) for number in range(2)]
    [slice(0, 6, None), slice(6, 10, None)]
    """

    number: int
    processes: int
    devices: int

    @property
    def writes(self) -> bool:
        """Whether this is the one process that writes files and prints."""
        return self.number == 0

    def rows(self, batch: int) -> slice:
        """Return which rows of a batch of so many samples this process reads."""
        each = -(-batch // self.devices) * (self.devices // self.processes)
        return slice(min(self.number * each, batch), min((self.number + 1) * each, batch))

    def wait(self, reason: str) -> None:
        """Wait until all processes have come here; `reason` names the place in errors."""
        if self.processes > 1:
            from jax.experimental.multihost_utils import sync_global_devices

            sync_global_devices(reason)

    def leave(self, code: int) -> None:
        """Let this process end with an exit code as soon as it can, without waiting for the others.

        Those end when they miss it. Without this, JAX waits minutes at the end of a process for
        others, which wait for it in the middle of a step.
        """
        if self.processes > 1:
            atexit.register(_end, code)  # before what JAX has registered


def _end(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class Share:
    """The samples of a batch, of which a process reads its own rows alone.

    Parameters
    ----------
    samples : ndarray
        All samples, maybe a memory map.
    places : ndarray of int
        Where those of the batch are.
    group : Group
        The processes that share them.

    Attributes
    ----------
    shape, dtype, ndim
        Of the whole batch.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.distributed import Group, Share
    >>> share = Share(np.arange(10.0)[:, None], np.array([7, 3, 5]), Group(1, 2, 2))
    >>> share.shape, share.own(), share.whole()[:, 0]
    ((3, 1), array([[5.]]), array([7., 3., 5.]))
    """

    def __init__(
        self, samples: npt.NDArray[Any], places: npt.NDArray[np.intp], group: Group
    ) -> None:
        self._samples, self._places, self._group = samples, places, group
        self.shape = (len(places), *samples.shape[1:])
        self.dtype, self.ndim = samples.dtype, samples.ndim

    def own(self) -> npt.NDArray[Any]:
        """Read the rows of this process."""
        return self._samples[self._places[self._group.rows(len(self._places))]]

    def whole(self) -> npt.NDArray[Any]:
        """Read all rows."""
        return self._samples[self._places]


def share(samples: npt.NDArray[Any], places: npt.NDArray[np.intp], group: Group) -> Any:
    """Return the samples of a batch: all of them to a process that is alone, else a `Share`.

    Parameters
    ----------
    samples : ndarray, shape (samples, ...)
        All samples, or their labels.
    places : ndarray of int, shape (batch,)
        The numbers of those of a batch.
    group : Group
        The processes.

    Returns
    -------
    Share or ndarray
        What this process reads of it.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.distributed import current, share
    >>> share(np.arange(4.0), np.array([2, 0]), current())
    array([2., 0.])
    """
    found = Share(samples, places, group)
    return found if group.processes > 1 else found.whole()


def current() -> Group:
    """Return the group that this process belongs to; it is alone unless it has joined one.

    Returns
    -------
    Group
        The processes that were joined, or one alone.

    Examples
    --------
    >>> from nn.distributed import current
    >>> current().processes
    1
    """
    if "jax" in sys.modules:
        import jax

        if jax.distributed.is_initialized():
            return Group(jax.process_index(), jax.process_count(), len(jax.devices()))
    return Group(0, 1, 1)


def join(
    coordinator: str | None = None, processes: int | None = None, process: int | None = None
) -> Group:
    """Join the processes that train together, and wait until all are there.

    Parameters
    ----------
    coordinator : str, optional
        ``HOST:PORT`` of process 0, the same for all. Without it, and without the others, JAX finds
        all three where Slurm, Open MPI or Kubernetes started the processes, and on Cloud TPUs.
    processes : int, optional
        How many there are.
    process : int, optional
        The number of this one, from 0.

    Returns
    -------
    Group
        The processes together.

    Raises
    ------
    ImportError
        If JAX is not installed; the message says what to write.
    ValueError
        If one of the three is given without the others, or they do not fit.
    RuntimeError
        If JAX finds nothing about other processes, can't reach them, or was used before.

    Examples
    --------
    >>> from nn.distributed import join
    >>> try:
    ...     join("10.0.0.1:1234")
    ... except (ImportError, ValueError) as error:
    ...     print(type(error) is ImportError or "all three or none of them" in str(error))
    True
    """
    from autograd_core.program.xla.placing import imported_jax

    jax = imported_jax()
    given = (coordinator, processes, process)
    if any(part is None for part in given) != all(part is None for part in given):
        raise ValueError(
            "join expects coordinator, processes and process, all three or none of them, got "
            f"coordinator={coordinator!r}, processes={processes!r}, process={process!r}. Write for "
            "example: --coordinator 10.0.0.1:1234 --processes 2 --process-id 0"
        )
    if coordinator is not None:
        _check_address(coordinator)
        processes = whole_number("join", "processes", processes)
        process = whole_number("join", "process", process, least=0, most=processes - 1)
    if not jax.distributed.is_initialized():
        try:
            jax.distributed.initialize(
                coordinator, processes, process, coordinator_bind_address=_own(coordinator)
            )
        except (ValueError, RuntimeError) as error:
            raise RuntimeError(
                f"the processes could not be brought together: {error} Start each with the same "
                "coordinator (HOST:PORT of process 0) and number of processes, before anything "
                "uses JAX"
            ) from error
    group = current()
    if group.devices % group.processes:
        raise RuntimeError(
            f"expected as many devices in each of the {group.processes} processes, got "
            f"{group.devices} devices together"
        )
    return group


def _own(coordinator: str | None) -> str | None:
    """Where process 0 listens: on this machine alone if its address is; else as JAX does."""
    host = (coordinator or "").rpartition(":")[0]
    return coordinator if host in ("127.0.0.1", "localhost", "[::1]") else None


def _check_address(coordinator: str) -> None:
    host, _, port = coordinator.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(
            "coordinator expects HOST:PORT of process 0, such as 10.0.0.1:1234, got "
            f"{coordinator!r}"
        )
