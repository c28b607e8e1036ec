"""Two processes that train one network on XLA, each on its own core, beside one process."""

import json
import os
import socket
import subprocess
import sys
import time
from importlib.util import find_spec

import numpy as np

from nn import Callback, History, NeuralNetwork, distributed

from . import one_core, ours
from .child import FOLDER
from .figures import Figure, print_figures
from .workloads import Sizes

BATCH = 4096
BATCHES = 15
"""In an epoch, as MNIST has; the epoch is what is timed."""

NETWORKS: dict[str, tuple[Sizes, float | None]] = {
    "784-512-512-10": ((784, 512, 512, 10), 1.7),
    "784-128-10": ((784, 128, 10), None),
}
"""Units of each layer, and how many times as fast two processes are at least."""

SAYS = "seconds of the epochs:"


def run(rounds: int) -> list[Figure]:
    """Print the seconds of an epoch by one and by two processes, and the ratio."""
    if len(one_core.CORES) < 2 or not find_spec("jax"):
        print("processes: left out; they take two cores that a process can be kept on, and JAX\n")
        return []
    print(
        f"fit(backend='xla'), batches of {BATCH}, an epoch of {BATCHES}, each process on a core\n"
        f"of its own, talking by loopback; medians of {rounds} epochs. The time that passes\n"
        "counts; where others compute at the same time, look at the CPU's, in which nothing waits"
    )
    print(f"{'':30}{'one: s passed':>14}{'CPU s':>8}{'two: s passed':>16}{'CPU s each':>12}")
    figures = []
    for name, (sizes, target) in NETWORKS.items():
        one, two = (_epoch(sizes, count, rounds) for count in (1, 2))
        print(f"  {name:28}{one[0]:14.3f}{one[1]:8.3f}{two[0]:16.3f}{two[1]:12.3f}")
        group = f"batch {BATCH}"
        figures += [
            Figure(group, f"{name}: one process / two", one[0] / two[0], target, at_least=True),
            Figure(group, f"{name}: the same of CPU times", one[1] / two[1]),
        ]
    return print_figures(figures)


def _epoch(sizes: Sizes, processes: int, rounds: int) -> tuple[float, float]:
    """Return the seconds of an epoch by the first of the processes: passed, and computed."""
    port = _free_port()
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.processes", json.dumps(given)],
            cwd=FOLDER,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
        for given in [[one_core.CORES[number], port, processes, number, sizes, rounds]]
    ]
    said = [process.communicate() for process in started]
    for process, (_, errors) in zip(started, said, strict=True):
        if process.returncode:
            raise RuntimeError(f"a process that trains failed with\n{errors}")
    line = next(line for line in said[0][0].splitlines() if line.startswith(SAYS))
    passed, computed = np.median(json.loads(line.removeprefix(SAYS)), axis=0)
    return passed, computed


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


class Clock(Callback):
    """Notes when epochs end."""

    wants_graph = False  # else the last step of each would be eager

    def __init__(self) -> None:
        self.ends: list[tuple[float, float]] = []

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """Note the time that has passed, and that of the CPU."""
        self.ends.append((time.perf_counter(), time.process_time()))


def train(
    core: int, port: int, processes: int, number: int, sizes: Sizes, rounds: int
) -> list[list[float]]:
    """Train as one of the processes, and return seconds, passed and computed, of each epoch.

    The first two are left out.
    """
    one_core.pin(core)
    if processes > 1:
        distributed.join(f"127.0.0.1:{port}", processes, number)
    random = np.random.default_rng(0)
    x = random.standard_normal((BATCH * BATCHES, sizes[0])).astype(np.float32)
    y = random.integers(0, sizes[-1], len(x))
    clock = Clock()
    ours.network(tuple(sizes)).fit(
        x,
        y,
        epochs=rounds + 2,
        batch_size=BATCH,
        callbacks=[clock],
        progress=False,
        backend="xla",
    )
    distributed.current().wait("trained")
    return np.diff(clock.ends, axis=0)[1:].tolist()


if __name__ == "__main__":
    print(SAYS, json.dumps(train(*json.loads(sys.argv[1]))), flush=True)
    os._exit(0)  # whoever leaves first would else be waited for
