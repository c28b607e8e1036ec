"""Peak memory of training steps on a large network, a process for each contender."""

import statistics
from collections.abc import Iterator
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path

from . import ours, peers
from .by_hand import by_hand
from .child import answer
from .figures import Figure, print_figures

NAME = "512 x (784-2048-2048-10)"
WORKLOAD = (512, (784, 2048, 2048, 10))
STATUS = Path("/proc/self/status")

MAKERS = {backend: ours.by_train_step(backend) for backend in ("eager", "numpy", "native", "xla")}
MAKERS |= {"NumPy by hand": by_hand, "PyTorch": peers.pytorch}

TARGETS = {"eager": 1.0, "numpy": 1.0, "native": 1.0, "xla": None}
"""What the peak may be at most, as a share of PyTorch's."""

CODE = """
import re
from benchmarks import memory
from pathlib import Path
text = memory.STATUS.read_text
taken = lambda which: int(re.search(which + r":\\s+(\\d+)", text()).group(1)) / 1024
forget = lambda: Path("/proc/self/clear_refs").write_text("5")
make = memory.MAKERS[{name!r}]
small = make(2, (2, 2, 2))
for _ in range(3): small()
before = taken("VmRSS")
step = make(*memory.WORKLOAD)
forget()
step()
first = taken("VmHWM") - before
forget()
for _ in range(4): step()
print([first, taken("VmHWM") - before])
"""
# Not getrusage: its peak is inherited from the process that started this one.


def run(rounds: int) -> list[Figure]:
    """Print the peak of each contender, and each back end's share of PyTorch's."""
    if not STATUS.exists():
        print("memory: left out, this system has no /proc/self/status\n")
        return []
    print(
        f"peak memory of a step of {NAME}, SGD: the largest resident set (VmHWM), parameters\n"
        "and compiled step in it, above what the process takes after steps of a tiny network; "
        f"median of {rounds}\nprocesses. The first step also records and builds what is compiled"
    )
    peaks = {name: _peaks(name, rounds) for name in _contenders()}
    print(f"{'':50}{'first step MB':>16}{'later steps MB':>16}")
    for name, (first, later) in peaks.items():
        print(f"  {name:48}{first:16.0f}{later:16.0f}")
    if "PyTorch" not in peaks:
        return []
    return print_figures(
        Figure("peak memory", f"{name} / PyTorch, {which}", of(peaks[name]) / torch, target)
        for which, of in (("later steps", itemgetter(1)), ("all steps", max))
        for torch in [of(peaks["PyTorch"])]
        for name, target in TARGETS.items()
        if name in peaks
    )


def _contenders() -> Iterator[str]:
    yield "NumPy by hand"
    yield from ours.backends()
    if find_spec("torch"):
        yield "PyTorch"


def _peaks(name: str, rounds: int) -> tuple[float, float]:
    """Return the megabytes of the first step and of the later ones."""
    first, later = zip(*(answer(CODE.format(name=name)) for _ in range(rounds)), strict=True)
    return statistics.median(first), statistics.median(later)
