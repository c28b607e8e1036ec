"""The engine beside its peers: chains of scalars, training steps, memory."""

import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from . import peers
from .timing import medians

WORKLOADS = {
    "4 x (2-8-2)": (4, (2, 8, 2)),
    "100 x (2-16-16-2)": (100, (2, 16, 16, 2)),
    "64 x (784-128-10)": (64, (784, 128, 10)),
    "128 x (784-512-512-10)": (128, (784, 512, 512, 10)),
}

TARGETS = {
    ("chain", "micrograd"): 0.70,
    ("chain", "PyTorch"): 0.36,
    ("chain", "MyGrad"): 0.08,
    ("4 x (2-8-2)", "PyTorch"): 0.43,
    ("100 x (2-16-16-2)", "PyTorch"): 0.55,
    ("64 x (784-128-10)", "PyTorch"): 0.55,
    ("128 x (784-512-512-10)", "PyTorch"): 0.52,
    ("4 x (2-8-2)", "MyGrad"): 0.40,
    ("100 x (2-16-16-2)", "MyGrad"): 0.45,
    ("64 x (784-128-10)", "MyGrad"): 0.80,
    ("128 x (784-512-512-10)", "MyGrad"): 0.95,
    ("4 x (2-8-2)", "HIPS autograd"): 0.16,
    ("100 x (2-16-16-2)", "HIPS autograd"): 0.20,
    ("64 x (784-128-10)", "HIPS autograd"): 0.20,
    ("128 x (784-512-512-10)", "HIPS autograd"): 0.30,
    ("64 x (784-128-10)", "NumPy by hand"): 1.20,
    ("128 x (784-512-512-10)", "NumPy by hand"): 1.10,
}
"""What our time may be, as a share of the peer's."""

SEPARATE = "ours, SoftMax + CrossEntropyLoss"
SEPARATE_TARGETS = dict(zip(WORKLOADS, (0.70, 0.72, 0.62, 0.55), strict=True))
MEMORY_WORKLOAD = (512, (784, 2048, 2048, 10))
MEMORY_TARGET = 1.0


def run(rounds: int) -> None:
    """Print one table: microseconds, our share of each peer's time, and the target."""
    names = ("numpy", "torch", "mygrad", "autograd", "micrograd", "jax")
    print(f"Python {platform.python_version()}, {platform.machine()}, one thread; ", end="")
    print(", ".join(f"{name} {_version(name)}" for name in names))
    print(f"medians of {rounds} rounds, contenders in turn\n")
    print(f"{'work':26}{'contender':36}{'us':>10}{'ours / it':>11}{'at most':>9}")

    times = medians(dict(peers.chains()), rounds)
    _print_rows("chain", f"chain of {peers.CHAIN} scalars", times)
    for name, workload in WORKLOADS.items():
        _print_rows(name, name, medians(dict(peers.training_steps(*workload)), rounds))
    if Path("/proc/self/status").exists():
        _print_memory()


def _print_rows(key: str, title: str, times: dict[str, float]) -> None:
    for contender, seconds in times.items():
        ratio = target = ""
        if contender == SEPARATE and "PyTorch" in times:
            share = seconds / times["PyTorch"]
            ratio, target = f"{share:.2f} *", f"{SEPARATE_TARGETS[key]:.2f}"
        elif not contender.startswith("ours"):
            share = times["ours"] / seconds
            ratio = f"{share:.2f}  "
            target = f"{TARGETS[key, contender]:.2f}" if (key, contender) in TARGETS else ""
        print(f"{title:26}{contender:36}{seconds * 1e6:10.1f}{ratio:>11}{target:>9}", flush=True)
        title = ""
    if SEPARATE in times and "PyTorch" in times:
        print(f"{'':26}* its time / PyTorch's")
    print()


def _print_memory() -> None:
    ours = _peak_megabytes("ours")
    print(f"{'peak memory of a step,':26}{'ours':36}{ours:7.0f} MB")
    line = "512 x (784-2048-2048-10)"
    if find_spec("torch"):
        torch = _peak_megabytes("PyTorch")
        ratio = f"{ours / torch:.2f}  "
        print(f"{line:26}{'PyTorch':36}{torch:7.0f} MB{ratio:>11}{MEMORY_TARGET:9.2f}")


def _peak_megabytes(contender: str) -> float:
    """The peak of a few steps in a fresh process, above what it takes after the imports."""
    code = (
        "import re\n"
        "from pathlib import Path\n"
        "from benchmarks import peers\n"
        # Not getrusage: its peak is inherited from the process that started this one.
        "text = Path('/proc/self/status').read_text\n"
        "taken = lambda which: int(re.search(which + r':\\s+(\\d+)', text()).group(1)) / 1024\n"
        f"make = peers.TRAINERS[{contender!r}][1]\n"
        "make(2, (2, 2, 2))()\n"
        "before = taken('VmRSS')\n"
        f"step = make(*{MEMORY_WORKLOAD!r})\n"
        "Path('/proc/self/clear_refs').write_text('5')\n"  # what building the network took is past
        "for _ in range(3): step()\n"
        "print(taken('VmHWM') - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
