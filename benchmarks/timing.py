"""Timing several contenders in turn, so that a noisy machine hits all of them alike."""

import gc
import statistics
import time
from collections.abc import Callable

MIN_SECONDS = 0.004
"""One timed stretch repeats a short step until it lasts this long."""


def medians(contenders: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median seconds of each contender's step.

    Every round times each contender once, in turn; the garbage collector runs as users have it.
    """
    repeats = {}
    for name, step in contenders.items():
        for _ in range(5):
            step()
        start = time.perf_counter()
        step()
        once = time.perf_counter() - start
        repeats[name] = max(1, int(MIN_SECONDS / max(once, 1e-7)))
    times: dict[str, list[float]] = {name: [] for name in contenders}
    gc.collect()
    for _ in range(rounds):
        for name, step in contenders.items():
            count = repeats[name]
            start = time.perf_counter()
            for _ in range(count):
                step()
            times[name].append((time.perf_counter() - start) / count)
    return {name: statistics.median(values) for name, values in times.items()}
