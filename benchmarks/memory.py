"""Peak memory of training steps on a large network, a process for each contender."""

import statistics
from collections.abc import Iterator
from importlib.util import find_spec
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

CODE = """
import re
from benchmarks import memory
from pathlib import Path
text = memory.STATUS.read_text
taken = lambda which: int(re.search(which + r":\\s+(\\d+)", text()).group(1)) / 1024
make = memory.MAKERS[{name!r}]
small = make(2, (2, 2, 2))
for _ in range(3): small()
before = taken("VmRSS")
step = make(*memory.WORKLOAD)
Path("/proc/self/clear_refs").write_text("5")  # what building the network took is past
for _ in range(4): step()
print(taken("VmHWM") - before)
"""
# Not getrusage: its peak is inherited from the process that started this one.


def run(rounds: int) -> list[Figure]:
    """Print the peak of each contender, and each back end's share of PyTorch's."""
    if not STATUS.exists():
        print("memory: left out, this system has no /proc/self/status\n")
        return []
    print(
        f"peak memory of a step of {NAME}, SGD: the largest resident set (VmHWM) during four\n"
        "steps, the parameters and the compiled step in it, above what the process takes after "
        f"a\nstep of a tiny network; median of {rounds} processes"
    )
    peaks = {
        name: statistics.median(answer(CODE.format(name=name)) for _ in range(rounds))
        for name in _contenders()
    }
    for name, megabytes in peaks.items():
        print(f"  {name:44}{megabytes:9.0f} MB")
    return print_figures(
        Figure(f"peak memory: {name} / PyTorch", megabytes / peaks["PyTorch"], target)
        for name, target in {"eager": 1.0, "numpy": 1.0, "native": 1.0, "xla": None}.items()
        for megabytes in [peaks.get(name)]
        if megabytes is not None and "PyTorch" in peaks
    )


def _contenders() -> Iterator[str]:
    yield "NumPy by hand"
    yield from ours.backends()
    if find_spec("torch"):
        yield "PyTorch"
