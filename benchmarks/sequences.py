"""Names by recurrent layers: a step, and what is learned in ten epochs, beside PyTorch.

And the gradient of an embedding, beside ``np.add.at`` on rows.
"""

import statistics
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from autograd_core import scatter_add
from nn import (
    GRU,
    LSTM,
    RNN,
    Adam,
    Embedding,
    FullyConnected,
    NeuralNetwork,
    SoftMaxCrossEntropyLoss,
    Xavier,
)
from nn.data import load_dataset

from .figures import Figure, print_figures, print_times
from .ours import backends
from .timing import compare, ratio
from .transformer import BATCH, EPOCHS, IGNORED, RATE, TOKENS, TORCH
from .workloads import Step

FEATURES, WIDTH = 16, 64
KINDS = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}

TIMES: dict[str, dict[str, float | None]] = {
    "RNN": {"eager": 0.7, "numpy": 0.6, "native": None, "xla": None},
    "LSTM": {"eager": 1.2, "numpy": 1.05, "native": None, "xla": None},
    "GRU": {"eager": 0.7, "numpy": 0.6, "native": None, "xla": None},
}
"""What a step may take at most, in PyTorch's time."""

LOSSES = {"RNN": 2.030, "LSTM": 1.996, "GRU": 1.977}
"""What the mean loss of a letter of a name held out may be: PyTorch's figure, and 0.02 more."""

VOCABULARIES = (27, 1000, 10000)
"""For the gradient of an embedding of so many entries: of 8,192 places, 256 numbers each."""
PLACES, LENGTH, MOST_OF_ADD_AT = 8192, 256, 0.3


def network(kind: str, seed: int = 0) -> NeuralNetwork:
    """An embedding, a recurrent layer, and the scores of the next letter at each step."""
    return NeuralNetwork(
        [
            Embedding(TOKENS, FEATURES),
            KINDS[kind](FEATURES, WIDTH, return_sequences=True),
            FullyConnected(WIDTH, TOKENS, weight_initializer=Xavier()),
        ],
        loss=SoftMaxCrossEntropyLoss("mean", ignore_index=IGNORED),
        optimizer=Adam(RATE),
        seed=seed,
    )


def run(rounds: int) -> list[Figure]:
    """Print the times of a step, then the losses of so many seeds."""
    figures = _embedding(max(rounds, 20))
    data = load_dataset("names")
    for kind in KINDS:
        times = compare(dict(_steps(kind, data)), max(rounds, 20))
        title = f"names, {kind}, batch {BATCH}"
        print_times(title, times)
        if TORCH in times:
            figures += print_figures(
                Figure(title, f"{name} / {TORCH}", ratio(times, name, TORCH), TIMES[kind][name])
                for name in times
                if name != TORCH
            )
        trainings: dict[str, tuple[Callable[..., float], float | None]]
        trainings = {"ours": (_trained, LOSSES[kind])}
        if find_spec("torch"):
            trainings["PyTorch"] = (_trained_by_torch, None)
        for name, (train, most) in trainings.items():
            losses = [train(kind, data, seed) for seed in range(rounds)]
            print(f"{name}: seeds 0 to {rounds - 1}: {', '.join(f'{x:.4f}' for x in losses)}")
            mean = statistics.mean(losses)
            figures += print_figures(
                [Figure(title, f"loss after {EPOCHS} epochs, {name}", mean, most)]
            )
    return figures


def _embedding(rounds: int) -> list[Figure]:
    random = np.random.default_rng(0)
    figures = []
    for entries in VOCABULARIES:
        places = random.integers(0, entries, PLACES)
        errors = random.standard_normal((PLACES, LENGTH), np.float32)
        shape = entries, LENGTH

        def add_at(places: Any = places, errors: Any = errors, shape: Any = shape) -> object:
            found = np.zeros(shape, np.float32)
            np.add.at(found, places, errors)
            return found

        def ours(places: Any = places, errors: Any = errors, shape: Any = shape) -> object:
            return scatter_add(errors, places, shape)

        title = f"gradient of an embedding, {entries} entries"
        times = compare({"ours": ours, "np.add.at": add_at}, rounds)
        print_times(title, times)
        name = "ours / np.add.at on rows"
        figures += print_figures(
            [Figure(title, name, ratio(times, "ours", "np.add.at"), MOST_OF_ADD_AT)]
        )
    return figures


def _steps(kind: str, data: Any) -> Iterator[tuple[str, Step]]:
    x, y = data.x_train[:BATCH], data.y_train[:BATCH]
    for backend in backends():
        yield backend, _step_of(network(kind).compile(backend), x, y)
    if find_spec("torch"):
        _, step = _in_torch(kind, 0)
        yield TORCH, lambda: step(x, y)


def _step_of(trained: NeuralNetwork, x: np.ndarray, y: np.ndarray) -> Step:
    return lambda: trained.train_step(x, y)


def _trained(kind: str, data: Any, seed: int) -> float:
    trained = network(kind, seed)
    trained.fit(data.x_train, data.y_train, epochs=EPOCHS, batch_size=BATCH, progress=False)
    return trained.evaluate(data.x_test, data.y_test)["loss"]


# --- PyTorch --------------------------------------------------------------------------------------


def _in_torch(kind: str, seed: int) -> tuple[Callable[[Any, Any], Any], Callable[..., float]]:
    """The same network by PyTorch: its loss, and a step."""
    import torch
    from torch import nn
    from torch.nn import functional

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    embedding, head = nn.Embedding(TOKENS, FEATURES), nn.Linear(WIDTH, TOKENS)
    recurrent = getattr(nn, kind)(FEATURES, WIDTH, batch_first=True)
    modules = nn.ModuleList([embedding, recurrent, head])
    updates = torch.optim.Adam(modules.parameters(), lr=RATE)

    def loss(x: Any, y: Any) -> Any:
        states, _ = recurrent(embedding(torch.from_numpy(x)))
        rows = head(states).reshape(-1, TOKENS)
        return functional.cross_entropy(rows, torch.from_numpy(y).reshape(-1), ignore_index=IGNORED)

    def step(x: Any, y: Any) -> float:
        updates.zero_grad()
        found = loss(x, y)
        found.backward()
        updates.step()
        return float(found.item())

    return loss, step


def _trained_by_torch(kind: str, data: Any, seed: int) -> float:
    import torch

    loss, step = _in_torch(kind, seed)
    random = np.random.default_rng(seed)
    for _ in range(EPOCHS):
        order = random.permutation(len(data.x_train))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            step(data.x_train[chosen], data.y_train[chosen])
    with torch.no_grad():
        return float(loss(data.x_test, data.y_test).item())
