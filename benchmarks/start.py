"""What the first call costs: recording, passes, building, and the first run."""

import os
import statistics
import tempfile

from .child import answer
from .figures import Figure, print_figures
from .ours import backends
from .workloads import WORKLOADS

CODE = """
from benchmarks import ours, start, timing, workloads
import time
samples, sizes = workloads.WORKLOADS[{workload!r}]
step = ours.by_train_step({backend!r})(samples, sizes)
cpu, wall = timing.cpu_seconds(), time.perf_counter()
step()
cpu, wall = timing.cpu_seconds() - cpu, time.perf_counter() - wall
step()
again = timing.cpu_seconds()
step()
again = timing.cpu_seconds() - again
print([1000 * (cpu - again), 1000 * (wall - again)])
"""

TARGETS = {"numpy": 15.0, "native": 600.0, "native, from the cache": 30.0}
"""Milliseconds that the first call may take."""

WORKLOAD = "64 x (784-128-10)"


def run(rounds: int) -> list[Figure]:
    """Print the milliseconds of the first call on each network, and of one the targets."""
    print(
        "first call of train_step, less a later one: recording, passes, building, and the imports\n"
        "that these need. CPU milliseconds of the process and of the compiler that it starts, "
        f"and\nthose that passed; medians of {rounds} fresh processes"
    )
    print(f"{'':46}{'CPU ms':>12}{'ms passed':>12}")
    figures = []
    for workload in WORKLOADS:
        for name, (cpu, wall) in _starts(workload, rounds).items():
            print(f"  {name + ', ' + workload:44}{cpu:12.1f}{wall:12.1f}", flush=True)
            if workload == WORKLOAD and name in TARGETS:
                figures.append(Figure(f"first call, {workload}", name, cpu, TARGETS[name], "ms"))
    return print_figures(figures)


def _starts(workload: str, rounds: int) -> dict[str, tuple[float, float]]:
    found = {"numpy": [_start("numpy", workload) for _ in range(rounds)]}
    if "native" in backends():
        with tempfile.TemporaryDirectory() as filled:
            found["native"] = []
            for _ in range(rounds):
                with tempfile.TemporaryDirectory() as empty:
                    found["native"].append(_start("native", workload, empty))
            _start("native", workload, filled)
            cached = [_start("native", workload, filled) for _ in range(rounds)]
            found["native, from the cache"] = cached
    if "xla" in backends():
        found["xla"] = [_start("xla", workload) for _ in range(rounds)]
    return {
        name: (statistics.median(cpu), statistics.median(wall))
        for name, times in found.items()
        for cpu, wall in [zip(*times, strict=True)]
    }


def _start(backend: str, workload: str, cache: str | None = None) -> tuple[float, float]:
    environment = dict(os.environ)
    if cache is not None:
        environment["XDG_CACHE_HOME"] = environment["LOCALAPPDATA"] = cache
    cpu, wall = answer(CODE.format(backend=backend, workload=workload), environment)
    return cpu, wall
