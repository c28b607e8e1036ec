"""Names by one transformer block: a step, and what is learned in ten epochs, beside PyTorch."""

import statistics
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from nn import (
    Adam,
    Embedding,
    FullyConnected,
    LayerNorm,
    NeuralNetwork,
    Normal,
    PositionalEmbedding,
    SoftMaxCrossEntropyLoss,
    TransformerBlock,
)
from nn.data import load_dataset

from .figures import Figure, print_figures, print_times
from .ours import backends
from .timing import compare, ratio
from .workloads import Step

TOKENS, PLACES, FEATURES, HEADS, BATCH, RATE, EPOCHS = 27, 12, 32, 4, 64, 3e-3, 10
IGNORED = -1
"""The label behind the end of a name."""

TORCH = "PyTorch, eager"
TIMES: dict[str, float | None] = {"eager": 0.9, "numpy": 0.8, "native": None, "xla": None}
"""What a step may take at most, in PyTorch's time."""

MOST_LOSS = 2.045
"""What the mean loss of a letter of a name held out may be: PyTorch's 2.025, and 0.02 more."""


def network(seed: int = 0) -> NeuralNetwork:
    """One causal block with learned positions, started as GPT-2."""
    small = Normal(0.0, 0.02)
    return NeuralNetwork(
        [
            Embedding(TOKENS, FEATURES, weight_initializer=small),
            PositionalEmbedding(PLACES, FEATURES, weight_initializer=small),
            TransformerBlock(FEATURES, HEADS, causal=True, weight_initializer=small),
            LayerNorm(FEATURES),
            FullyConnected(FEATURES, TOKENS, weight_initializer=small),
        ],
        loss=SoftMaxCrossEntropyLoss("mean", ignore_index=IGNORED),
        optimizer=Adam(RATE),
        seed=seed,
    )


def run(rounds: int) -> list[Figure]:
    """Print the times of a step, then the losses of so many seeds."""
    data = load_dataset("names")
    figures: list[Figure] = []
    times = compare(dict(_steps(data.x_train[:BATCH], data.y_train[:BATCH])), max(rounds, 20))
    title = f"names, transformer, batch {BATCH}"
    print_times(title, times)
    if TORCH in times:
        figures += [
            Figure(title, f"{name} / {TORCH}", ratio(times, name, TORCH), TIMES[name])
            for name in times
            if name != TORCH
        ]
    trainings: dict[str, tuple[Callable[[Any, int], float], float | None]]
    trainings = {"ours": (_trained, MOST_LOSS)}
    if find_spec("torch"):
        trainings["PyTorch"] = (_trained_by_torch, None)
    for name, (train, most) in trainings.items():
        losses = [train(data, seed) for seed in range(rounds)]
        print(f"{name}: losses of seeds 0 to {rounds - 1}: {', '.join(f'{x:.4f}' for x in losses)}")
        mean = statistics.mean(losses)
        figures.append(Figure(title, f"loss after {EPOCHS} epochs, {name}", mean, most))
    return print_figures(figures)


def _steps(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[str, Step]]:
    for backend in backends():
        yield backend, _step_of(network().compile(backend), x, y)
    if find_spec("torch"):
        _, step = _in_torch(0)
        yield TORCH, lambda: step(x, y)


def _step_of(trained: NeuralNetwork, x: np.ndarray, y: np.ndarray) -> Step:
    return lambda: trained.train_step(x, y)


def _trained(data: Any, seed: int) -> float:
    trained = network(seed)
    trained.fit(data.x_train, data.y_train, epochs=EPOCHS, batch_size=BATCH, progress=False)
    return trained.evaluate(data.x_test, data.y_test)["loss"]


# --- PyTorch --------------------------------------------------------------------------------------


def _in_torch(seed: int) -> tuple[Callable[[Any], Any], Callable[[Any, Any], float]]:
    """The same network by PyTorch's functions, its scores and a step.

    `scaled_dot_product_attention` is faster than `torch.nn.MultiheadAttention`.
    """
    import torch
    from torch import nn
    from torch.nn import functional

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    embedding, positions = nn.Embedding(TOKENS, FEATURES), nn.Embedding(PLACES, FEATURES)
    nn.init.normal_(positions.weight, std=0.02)
    norms = [nn.LayerNorm(FEATURES) for _ in range(3)]
    asked, out = nn.Linear(FEATURES, 3 * FEATURES), nn.Linear(FEATURES, FEATURES)
    up, down = nn.Linear(FEATURES, 4 * FEATURES), nn.Linear(4 * FEATURES, FEATURES)
    head = nn.Linear(FEATURES, TOKENS)
    modules = nn.ModuleList([embedding, positions, *norms, asked, out, up, down, head])
    updates = torch.optim.Adam(modules.parameters(), lr=RATE)

    def scores(x: Any) -> Any:
        x = embedding(x) + positions.weight
        by_head = asked(norms[0](x)).reshape(*x.shape[:2], 3, HEADS, FEATURES // HEADS)
        q, k, v = by_head.permute(2, 0, 3, 1, 4)
        found = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + out(found.transpose(1, 2).reshape(x.shape))
        x = x + down(torch.relu(up(norms[1](x))))
        return head(norms[2](x))

    def loss(x: Any, y: Any) -> Any:
        rows = scores(torch.from_numpy(x)).reshape(-1, TOKENS)
        return functional.cross_entropy(rows, torch.from_numpy(y).reshape(-1), ignore_index=IGNORED)

    def step(x: Any, y: Any) -> float:
        updates.zero_grad()
        found = loss(x, y)
        found.backward()
        updates.step()
        return found.item()

    return loss, step


def _trained_by_torch(data: Any, seed: int) -> float:
    import torch

    loss, step = _in_torch(seed)
    random = np.random.default_rng(seed)
    for _ in range(EPOCHS):
        order = random.permutation(len(data.x_train))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            step(data.x_train[chosen], data.y_train[chosen])
    with torch.no_grad():
        return loss(data.x_test, data.y_test).item()
