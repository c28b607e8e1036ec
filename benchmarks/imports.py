"""What `import autograd_core` costs beside `import numpy`: whole processes, in turn."""

import statistics
import subprocess
import sys

from .child import FOLDER
from .figures import Figure, print_figures
from .timing import cpu_seconds

LINES = {
    "import numpy": 1.0,
    "import autograd_core": 1.2,
    "import nn": None,
    "import visualize": None,
    "import torch": None,
    "import jax": None,
}
"""What is timed, and how often NumPy's time it may take."""


def run(rounds: int) -> list[Figure]:
    """Print the milliseconds of each process, from its start to its end."""
    lines = [line for line in LINES if _seconds(line) is not None]
    times: dict[str, list[float]] = {line: [] for line in lines}
    for _ in range(rounds):
        for line in lines:
            times[line].append(_seconds(line) or 0.0)
    print(f"CPU milliseconds of a process, the interpreter's start in it; medians of {rounds}")
    medians = {line: statistics.median(found) for line, found in times.items()}
    for line, seconds in medians.items():
        print(f"  {line:44}{seconds * 1e3:12.1f}")
    return print_figures(
        Figure(
            "whole processes",
            f"{line} / import numpy",
            seconds / medians["import numpy"],
            LINES[line],
        )
        for line, seconds in medians.items()
        if line != "import numpy"
    )


def _seconds(line: str) -> float | None:
    """Return the CPU seconds of a process that imports; None if it can't."""
    start = cpu_seconds()
    done = subprocess.run(
        [sys.executable, "-c", line], cwd=FOLDER, capture_output=True, check=False
    )
    return None if done.returncode else cpu_seconds() - start
