"""Training steps on four networks: each back end beside NumPy by hand and the peers."""

from collections.abc import Iterator
from importlib.util import find_spec

from . import ours, peers
from .by_hand import by_hand
from .figures import Figure, print_figures, print_times
from .timing import Times, compare, ratio
from .workloads import WORKLOADS, Optimizer, Sizes, Step

HAND, JAX, TORCH = "NumPy by hand", "JAX, jit by hand", "PyTorch, eager"
IN_FIT, ALONE = "xla, as in fit", "native, the executable alone"
SEPARATE = "eager, SoftMax + CrossEntropyLoss"

TARGETS: dict[tuple[str, str], tuple[float | None, ...]] = {
    ("eager", HAND): (2.3, 1.6, 1.15, 1.04),
    ("eager", TORCH): (0.28, 0.35, None, None),
    ("numpy", HAND): (0.85, 0.78, 0.98, 1.00),
    ("native", JAX): (0.10, 0.22, 0.80, 0.93),
    (ALONE, JAX): (None, None, None, None),
    ("native", HAND): (0.14, 0.32, 0.84, 0.91),
    (ALONE, HAND): (None, None, None, None),
    (IN_FIT, JAX): (1.2, 1.05, 1.05, 1.03),
    ("xla", JAX): (None, None, None, None),
}
"""A ratio of times, and what it may be at most on each of `WORKLOADS`, by SGD; by Adam it is
printed beside the same numbers."""

SGD_TARGETS: dict[tuple[str, str], tuple[float | None, ...]] = {
    ("eager", "MyGrad"): (0.40, 0.45, 0.80, 0.95),
    ("eager", "HIPS autograd"): (0.16, 0.20, 0.20, 0.30),
    (SEPARATE, TORCH): (0.70, 0.72, None, None),
}
"""The same of what has no Adam of its own. PyTorch's large products run at NumPy's speed or at half
of it, depending on the CPU: nothing is promised there."""

LEGEND = """\
eager, numpy, native, xla: NeuralNetwork.train_step on that back end, given NumPy arrays; xla brings
the parameters back after each. as in fit: they stay with XLA between the steps. JAX's batch and
parameters are on its device all the time. Times are those of the process's CPU, all threads.
"""


def run(rounds: int) -> list[Figure]:
    """Print a table for each optimizer and network, and the ratios below it."""
    print(LEGEND)
    figures = []
    optimizers: tuple[Optimizer, ...] = ("SGD", "Adam")
    for optimizer in optimizers:
        for place, (name, (samples, sizes)) in enumerate(WORKLOADS.items()):
            steps = dict(contenders(samples, sizes, optimizer))
            check_alike(steps)
            times = compare(steps, rounds)
            title = f"{optimizer}, {name}"
            print_times(title, times)
            figures += print_figures(_figures(title, optimizer, place, times))
    return figures


def contenders(samples: int, sizes: Sizes, optimizer: Optimizer) -> Iterator[tuple[str, Step]]:
    """A step of each contender that is installed."""
    yield HAND, by_hand(samples, sizes, optimizer)
    for backend in ours.backends():
        yield backend, ours.by_train_step(backend)(samples, sizes, optimizer)
        if backend == "native":
            yield ALONE, ours.executable_alone(backend)(samples, sizes, optimizer)
        if backend == "xla":
            yield IN_FIT, ours.as_in_fit(backend)(samples, sizes, optimizer)
    if find_spec("torch"):
        yield TORCH, peers.pytorch(samples, sizes, optimizer)
    if find_spec("jax"):
        yield JAX, peers.jax_by_hand(samples, sizes, optimizer)
    if optimizer == "SGD":
        yield SEPARATE, ours.by_train_step("eager", separate=True)(samples, sizes)
        if find_spec("mygrad"):
            yield "MyGrad", peers.mygrad(samples, sizes)
        if find_spec("autograd"):
            yield "HIPS autograd", peers.hips_autograd(samples, sizes)


def check_alike(steps: dict[str, Step]) -> None:
    """Raise if contenders do not learn the same: then their times could not be compared."""
    losses = {name: [float(step()) for _ in range(3)][-1] for name, step in steps.items()}  # type: ignore[arg-type]
    for name, loss in losses.items():
        if abs(loss - losses[HAND]) > 1e-4 * abs(losses[HAND]):
            raise AssertionError(
                f"the third loss of {name} is {loss}, expected that by hand, {losses[HAND]}"
            )


def _figures(title: str, optimizer: Optimizer, place: int, times: Times) -> Iterator[Figure]:
    for (one, other), limits in (TARGETS | SGD_TARGETS).items():
        if one in times and other in times:
            yield Figure(title, f"{one} / {other}", ratio(times, one, other), limits[place])
