"""Normalisation: forward and all gradients, beside PyTorch."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from autograd_core import Node
from nn import BatchNorm, GroupNorm, Layer, LayerNorm, RMSNorm

from .figures import Figure, print_figures, print_times
from .timing import compare, ratio
from .workloads import Step

CASES: dict[str, tuple[tuple[int, ...], Callable[[], Layer], str, tuple[int, ...], float | None]]
CASES = {
    "batch, 64 x 16 x 14 x 14": (
        (64, 16, 14, 14), lambda: BatchNorm(16), "BatchNorm2d", (16,), 1.1,
    ),
    "batch, 128 x 512": ((128, 512), lambda: BatchNorm(512), "BatchNorm1d", (512,), None),
    "layer, 64 x 12 x 32": ((64, 12, 32), lambda: LayerNorm(32), "LayerNorm", (32,), None),
    "root mean square, 64 x 12 x 32": (
        (64, 12, 32), lambda: RMSNorm(32), "RMSNorm", (32,), None,
    ),
    "group, 64 x 16 x 14 x 14": (
        (64, 16, 14, 14), lambda: GroupNorm(4, 16), "GroupNorm", (4, 16), None,
    ),
}  # fmt: skip
"""The shape of a batch, our layer, PyTorch's with its arguments, and the target of the ratio."""


def run(rounds: int) -> list[Figure]:
    """Print a table and the ratios for each case."""
    figures: list[Figure] = []
    for title, (shape, layer, peer, arguments, target) in CASES.items():
        random = np.random.default_rng(0)
        x, g = (random.standard_normal(shape).astype(np.float32) for _ in range(2))
        contenders = dict(_contenders(layer(), peer, arguments, x, g))
        times = compare(contenders, rounds)
        print_times(title, times)
        figures += print_figures(
            Figure(title, f"eager / {name}", ratio(times, "eager", name), target)
            for name in times
            if name != "eager"
        )
    return figures


def _contenders(
    layer: Layer, peer: str, arguments: tuple[int, ...], x: Any, g: Any
) -> Iterator[tuple[str, Step]]:
    layer.initialize(np.random.default_rng(0), np.float32)
    batch = Node(x)

    def eager() -> None:
        layer(batch).backward(g, keep_intermediate=False)

    eager()
    yield "eager", eager
    if find_spec("torch"):
        import torch

        torch.set_num_threads(1)
        module = getattr(torch.nn, peer)(*arguments)
        tensor, error = torch.tensor(x, requires_grad=True), torch.tensor(g)

        def step() -> None:
            tensor.grad = None
            module.zero_grad()
            module(tensor).backward(error)

        step()
        np.testing.assert_allclose(batch.grad, tensor.grad.numpy(), rtol=1e-3, atol=1e-4)
        yield "PyTorch", step
