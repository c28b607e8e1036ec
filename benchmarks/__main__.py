"""The command line of the benchmarks."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

PINNED = "OPENBLAS_CORETYPE"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> int:
    """Run one benchmark in a process that has one thread and the CPU's own kernels."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time the engine beside its peers (pip install -e '.[bench]' for those).",
    )
    parser.add_argument("benchmark", choices=["engine", "training", "pictures"])
    parser.add_argument("--rounds", type=int, help="timed rounds (default: engine 25, training 2)")
    parser.add_argument(
        "--mnist",
        type=Path,
        default=Path(__file__).parents[2] / "shared" / "data" / "mnist",
        help="folder of the four MNIST files, for training",
    )
    arguments = parser.parse_args()
    # NumPy's linear algebra reads these when it is loaded, so they have to be right before.
    environment = {name: value for name, value in os.environ.items() if name != PINNED}
    if environment != dict(os.environ) or any(environment.get(name) != "1" for name in THREADS):
        environment |= dict.fromkeys(THREADS, "1")
        again = [sys.executable, "-m", "benchmarks", *sys.argv[1:]]
        return subprocess.run(again, env=environment, check=False).returncode
    if arguments.benchmark == "engine":
        from . import engine

        engine.run(arguments.rounds or 25)
        return 0
    if arguments.benchmark == "pictures":
        from . import pictures

        pictures.run()
        return 0
    if not arguments.mnist.is_dir():
        parser.error(f"{arguments.mnist}: expected a folder of the four MNIST files, found none")
    from . import training

    training.run(arguments.mnist, arguments.rounds or 2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
