"""Timing several contenders in turn, so that a noisy machine hits all of them alike."""

import gc
import random
import statistics
import time
from collections.abc import Callable, Mapping

STRETCH = 0.004
"""One timed stretch repeats a short step until it lasts so many seconds."""

Times = dict[str, list[float]]
"""The seconds of each contender, round by round."""


def compare(contenders: Mapping[str, Callable[[], object]], rounds: int) -> Times:
    """Return the seconds of the CPU that a step of each contender takes.

    Every round times each contender once, in an order of its own. The time is that of the process,
    all its threads together: what others do on the machine is not in it. The garbage collector
    runs as users have it.
    """
    clock = time.process_time
    repeats = {}
    for name, step in contenders.items():
        for _ in range(5):
            step()
        once = min(_seconds(step, 1) for _ in range(3))
        repeats[name] = max(1, int(STRETCH / max(once, 1e-7)))
    times: Times = {name: [] for name in contenders}
    order = random.Random(0)
    turns = list(contenders)
    gc.collect()
    for _ in range(rounds):
        order.shuffle(turns)
        for name in turns:
            step = contenders[name]
            step()  # caches and branches are its own
            start = clock()
            for _ in range(repeats[name]):
                step()
            times[name].append((clock() - start) / repeats[name])
    return times


def _seconds(step: Callable[[], object], count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        step()
    return time.process_time() - start


def ratio(times: Times, one: str, other: str) -> float:
    """Return the ratio of two contenders' medians."""
    return statistics.median(times[one]) / statistics.median(times[other])


def cpu_seconds() -> float:
    """Return what this process and those that it started and that ended have computed.

    On Windows, which does not say so of them, it is the time that has passed.
    """
    try:
        import resource
    except ImportError:
        return time.perf_counter()
    taken = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in taken)
