"""Where each back end pays off, and what a second process brings: the figures of docs/scaling.md.

``python -m benchmarks.scaling backends`` times a training step by each back end that is installed,
through `train_step` as `fit` calls it, beside JAX's jit by hand; one core for all.
``python -m benchmarks.scaling processes`` trains on one core, and on two by two processes.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np

WORKLOADS = {
    "4 x (2-8-2)": (4, (2, 8, 2)),
    "100 x (2-16-16-2)": (100, (2, 16, 16, 2)),
    "64 x (784-128-10)": (64, (784, 128, 10)),
    "128 x (784-512-512-10)": (128, (784, 512, 512, 10)),
    "1024 x (784-2048-2048-10)": (1024, (784, 2048, 2048, 10)),
}
TOGETHER = (4096, (784, 512, 512, 10))
"""What two processes share: batch and widths."""

SLICE = 0.002
"""Seconds in which a short step is repeated; so short that other work often spares it."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


_STAYING = ExitStack()
"""Lets parameters stay where they are computed for as long as the process lasts, as in `fit`."""


def network(sizes: tuple[int, ...]) -> "object":
    """The network of `peers.ours`, with its weights."""
    from nn import SGD, FullyConnected, NeuralNetwork, ReLU

    from .peers import RATE, make_weights

    layers: list[object] = []
    for n, m in pairwise(sizes):
        layers += [FullyConnected(n, m), ReLU()]
    made = NeuralNetwork(layers[:-1], optimizer=SGD(RATE))
    state = {}
    for position, (weight, bias) in enumerate(make_weights(sizes)):
        state[f"{2 * position}.weight"], state[f"{2 * position}.bias"] = weight, bias
    made.load_state_dict(state)
    return made


def ours(backend: str, samples: int, sizes: tuple[int, ...]) -> Callable[[], float]:
    """A step of `fit` on a back end: parameters stay where they are computed."""
    from nn import one_hot

    from .peers import make_batch

    made = network(sizes).compile(backend=backend)
    x, labels = make_batch(samples, sizes)
    y = one_hot(labels, sizes[-1])
    _STAYING.enter_context(made.staying())
    return lambda: made.step(x, y).value


def jax_by_hand(samples: int, sizes: tuple[int, ...]) -> Callable[[], float]:
    """The same step in JAX; the batch is an argument and comes from NumPy, as in `fit`."""
    import jax
    import jax.numpy as jnp

    from .peers import RATE, Weights, make_batch, make_weights

    x, labels = make_batch(samples, sizes)
    labels = labels.astype(np.int32)

    def objective(weights: Weights, x: object, labels: object) -> object:
        a = x
        for position, (weight, bias) in enumerate(weights):
            a = a @ weight + bias
            if position < len(weights) - 1:
                a = jax.nn.relu(a)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(a), labels[:, None], 1))

    @jax.jit
    def update(weights: Weights, x: object, labels: object) -> tuple[object, Weights]:
        loss, gradients = jax.value_and_grad(objective)(weights, x, labels)
        return loss, jax.tree.map(lambda w, g: w - RATE * g, weights, gradients)

    state = {"weights": [tuple(map(jnp.asarray, pair)) for pair in make_weights(sizes)]}

    def step() -> float:
        loss, state["weights"] = update(state["weights"], x, labels)
        return float(loss)

    return step


def least(contenders: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The least seconds of each contender's step: other work on the machine only adds to them."""
    repeats, found = {}, dict.fromkeys(contenders, np.inf)
    for name, step in contenders.items():
        for _ in range(5):
            step()
        start = time.perf_counter()
        step()
        repeats[name] = max(1, int(SLICE / (time.perf_counter() - start)))
    for _ in range(rounds):
        for name, step in contenders.items():
            step()
            start = time.perf_counter()
            for _ in range(repeats[name]):
                step()
            found[name] = min(found[name], (time.perf_counter() - start) / repeats[name])
    return found


def compare_backends(rounds: int) -> None:
    """Print microseconds a step, and XLA's against JAX by hand."""
    names = ["eager", "numpy", "native", *(["xla"] if find_spec("jax") else [])]
    print(f"{'microseconds a step':28}" + "".join(f"{name:>10}" for name in [*names, "JAX"]))
    for title, (samples, sizes) in WORKLOADS.items():
        contenders: dict[str, Callable[[], object]] = {
            name: ours(name, samples, sizes) for name in names
        }
        if "xla" in contenders:
            contenders["JAX"] = jax_by_hand(samples, sizes)
        found = least(contenders, rounds)
        cells = [f"{found[name] * 1e6:10.1f}" for name in names]
        by_hand = found.get("JAX")
        last = f"{by_hand * 1e6:10.1f}   xla / JAX {found['xla'] / by_hand:.2f}" if by_hand else ""
        print(f"{title:28}{''.join(cells)}{last}", flush=True)


# --- processes ------------------------------------------------------------------------------------


def train(coordinator: str, processes: int, number: int, steps: int) -> None:
    """Do steps in one of several processes, and print how long one took."""
    from nn.distributed import Share, current, join

    from .peers import make_batch

    if processes > 1:
        join(coordinator, processes, number)
    samples, sizes = TOGETHER
    made = network(sizes).compile(backend="xla")
    x, labels = make_batch(samples, sizes)
    group = current()
    batch = Share(x, np.arange(samples), group)
    times, busy = [], 0.0
    with made.staying():
        for number_of_step in range(steps + 3):
            if number_of_step == 3:
                busy = time.process_time()
            start = time.perf_counter()
            made.step(batch if processes > 1 else batch.whole(), labels)
            times.append(time.perf_counter() - start)
        busy = (time.process_time() - busy) / steps
    if group.writes:
        print(min(times[3:]), busy)
    group.wait("timed")


def compare_processes(rounds: int) -> None:
    """Print how much more two processes do than one, each on a core of its own."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        print("two processes want two cores, and there is one")
        return
    one, two = (
        np.min([_timed(processes, cores) for _ in range(rounds)], axis=0) * 1e3
        for processes in (1, 2)
    )
    samples, sizes = TOGETHER
    print(f"least milliseconds a step, {samples} x ({'-'.join(map(str, sizes))})")
    for title, alone, together in zip(("by the clock", "of a core's time"), one, two, strict=True):
        print(
            f"{title:18} one process {alone:.1f}, two {together:.1f}: {alone / together:.2f} times"
        )


def _timed(processes: int, cores: list[int]) -> list[float]:
    """The seconds of a step that so many processes do together, and how long the first computes."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listening.getsockname()[1]}"
    environment = {**os.environ, **dict.fromkeys(THREADS, "1"), "JAX_PLATFORMS": "cpu"}
    started = [
        subprocess.Popen(
            [
                *("taskset", "-c", str(cores[number]), sys.executable, "-m", "benchmarks.scaling"),
                *("one-of", address, str(processes), str(number)),
            ],
            env=environment,
            cwd=Path(__file__).parents[1],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    written = [process.communicate()[0] for process in started]
    return [float(seconds) for seconds in written[0].split()[-2:]]


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling")
    parser.add_argument("what", choices=["backends", "processes", "one-of"])
    parser.add_argument("of", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    if arguments.what == "one-of":
        coordinator, processes, number = arguments.of
        train(coordinator, int(processes), int(number), steps=30)
    elif arguments.what == "processes":
        compare_processes(arguments.rounds)
    else:
        compare_backends(arguments.rounds)


if __name__ == "__main__":
    main()
