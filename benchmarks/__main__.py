"""The command line of the benchmarks."""

import argparse
import os
import subprocess
import sys

PINNED = "OPENBLAS_CORETYPE"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> int:
    """Run one benchmark in a process that has one thread and the CPU's own kernels."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time the engine beside its peers (pip install -e '.[bench]' for those).",
    )
    parser.add_argument("benchmark", choices=["engine"])
    parser.add_argument("--rounds", type=int, default=25, help="timed rounds per workload")
    arguments = parser.parse_args()
    # NumPy's linear algebra reads these when it is loaded, so they have to be right before.
    environment = {name: value for name, value in os.environ.items() if name != PINNED}
    if environment != dict(os.environ) or any(environment.get(name) != "1" for name in THREADS):
        environment |= dict.fromkeys(THREADS, "1")
        again = [sys.executable, "-m", "benchmarks", *sys.argv[1:]]
        return subprocess.run(again, env=environment, check=False).returncode
    from . import engine

    engine.run(arguments.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
