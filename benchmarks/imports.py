"""What `import autograd_core` costs beside `import numpy`: whole processes, in turn."""

import statistics
import subprocess
import sys

from .child import FOLDER
from .figures import Figure, print_figures
from .timing import cpu_seconds

LINES = {
    "import numpy": None,
    "import autograd_core": 1.2,
    "import nn": None,
    "import visualize": None,
}
"""What is timed, and how often NumPy's time it may take."""


def run(rounds: int) -> list[Figure]:
    """Print the milliseconds of each process, from its start to its end."""
    times: dict[str, list[float]] = {line: [] for line in LINES}
    for _ in range(rounds):
        for line, found in times.items():
            found.append(_seconds(line))
    print(f"CPU milliseconds of a process, the interpreter's start in it; medians of {rounds}")
    medians = {line: statistics.median(found) for line, found in times.items()}
    for line, seconds in medians.items():
        print(f"  {line:48}{seconds * 1e3:12.1f}")
    numpy = medians.pop("import numpy")
    return print_figures(
        Figure("whole processes", f"{line} / import numpy", seconds / numpy, LINES[line])
        for line, seconds in medians.items()
    )


def _seconds(line: str) -> float:
    """Return the CPU seconds of a process that imports."""
    start = cpu_seconds()
    subprocess.run([sys.executable, "-c", line], cwd=FOLDER, check=True)
    return cpu_seconds() - start
