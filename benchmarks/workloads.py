"""What is trained in all comparisons: sizes, starting values, batches."""

from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import numpy as np

Step = Callable[[], object]
Sizes = tuple[int, ...]
Weights = list[tuple[np.ndarray, np.ndarray]]
Optimizer = Literal["SGD", "Adam"]

WORKLOADS: dict[str, tuple[int, Sizes]] = {
    "4 x (2-8-2)": (4, (2, 8, 2)),
    "100 x (2-16-16-2)": (100, (2, 16, 16, 2)),
    "64 x (784-128-10)": (64, (784, 128, 10)),
    "128 x (784-512-512-10)": (128, (784, 512, 512, 10)),
}
"""Samples in a batch, and units of each layer."""

RATES = {"SGD": 0.01, "Adam": 1e-6}
"""Adam's is small, so that gradients stay what they are over many steps on one batch: numbers near
zero, below what float32 holds in full, would take times of their own."""


def make_weights(sizes: Sizes) -> Weights:
    """Starting values, the same for every contender."""
    random = np.random.default_rng(0)
    return [
        (
            (random.standard_normal((n, m)) * np.sqrt(2 / n)).astype(np.float32),
            np.zeros(m, np.float32),
        )
        for n, m in pairwise(sizes)
    ]


def make_batch(samples: int, sizes: Sizes) -> tuple[np.ndarray, np.ndarray]:
    """Samples and integer labels."""
    random = np.random.default_rng(1)
    x = random.standard_normal((samples, sizes[0])).astype(np.float32)
    return x, random.integers(0, sizes[-1], samples)
