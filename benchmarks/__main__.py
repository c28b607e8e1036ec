"""The command line of the benchmarks."""

import argparse
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from . import one_core

COMMANDS = {
    "steps": ("training steps on four networks, SGD and Adam", 40),
    "scalars": ("graphs of scalar operations", 25),
    "normalization": ("layers that normalise, forward and backward", 40),
    "convolution": ("convolution and pooling, forward and backward", 25),
    "memory": ("peak memory of a training step", 3),
    "start": ("the first call, with a cold and a warm cache", 5),
    "training": ("full MNIST, ten epochs", 3),
    "lenet": ("LeNet on full MNIST, three epochs", 3),
    "cifar": ("CIFAR-10, ten epochs; where its files are", 1),
    "processes": ("two processes on XLA beside one", 8),
    "sequences": ("names by RNN, LSTM and GRU: times and losses", 3),
    "transformer": ("names by a transformer block: times and losses", 3),
    "javascript": ("programs as data in a browser", 5),
    "live": ("a page that follows a leaf, in a browser", 100),
    "parameters": ("collecting the parameters of ten layers", 9),
    "import": ("what importing costs", 25),
    "playground": ("networks that train in a page", 8),
    "pictures": ("diagrams of large graphs", 1),
    "features": ("what can be done with each library, by doing it", 1),
    "all": ("all but pictures, features and cifar, and which targets were missed", None),
}
"""What can be measured, and in how many rounds."""


def main() -> int:
    """Run benchmarks in a process that has one core, one thread and the CPU's own kernels."""
    arguments = _parsed()
    environment = one_core.environment()
    if environment != dict(os.environ):
        # What computes reads these when it is loaded, so they have to be right before.
        again = [sys.executable, "-m", "benchmarks", *sys.argv[1:]]
        return subprocess.run(again, env=environment, check=False).returncode
    one_core.pin()
    one_core.print_machine()
    missing = [name for module, name in one_core.PEERS.items() if not find_spec(module)]
    if missing:
        print(f"left out: {', '.join(missing)}; pip install -e '.[bench]' has all of them\n")
    names = [name for name in COMMANDS if name not in ("pictures", "features", "cifar", "all")]
    figures = []
    for name in names if arguments.benchmark == "all" else [arguments.benchmark]:
        figures += _run(name, arguments)
    if figures:
        from .figures import print_missed

        print_missed(figures)
    return 0


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time the engine beside its peers (pip install -e '.[bench]' for those).",
        epilog="; ".join(f"{name}: {words}" for name, (words, _) in COMMANDS.items()),
    )
    parser.add_argument("benchmark", choices=COMMANDS)
    parser.add_argument("--rounds", type=int, help="how often everything is measured")
    parser.add_argument("--epochs", type=int, default=10, help="of training")
    parser.add_argument(
        "--mnist",
        type=Path,
        default=Path(__file__).parents[2] / "shared" / "data" / "mnist",
        help="folder of the four MNIST files, for training",
    )
    parser.add_argument("--cifar", type=Path, help="folder of CIFAR-10's binary version")
    arguments = parser.parse_args()
    if arguments.benchmark in ("training", "lenet", "all") and not arguments.mnist.is_dir():
        parser.error(f"{arguments.mnist}: expected a folder of the four MNIST files, found none")
    return arguments


def _run(name: str, arguments: argparse.Namespace) -> list:
    """Import a benchmark, now that the environment is right, and run it."""
    rounds = arguments.rounds or COMMANDS[name][1]
    if name == "training":
        from . import training

        return training.run(arguments.mnist, rounds, arguments.epochs)
    if name == "lenet":
        from . import lenet

        return lenet.run(arguments.mnist, rounds)
    if name == "cifar":
        from . import cifar

        return cifar.run(arguments.cifar, rounds, arguments.epochs)
    if name == "pictures":
        from . import pictures

        pictures.run()
        return []
    from importlib import import_module

    module = import_module(f".{'imports' if name == 'import' else name}", __package__)
    return module.run(rounds)


if __name__ == "__main__":
    sys.exit(main())
