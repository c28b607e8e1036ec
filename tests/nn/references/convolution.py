"""Writes convolution.json beside it: what PyTorch computes, with gradients.

python tests/nn/references/convolution.py, where PyTorch is installed (written by 2.13).
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch.nn import functional

CASES = {
    "conv2d": [(2, 2, 5, 4), (3, 2, 3, 2)],
    "conv2d stride 2, padding (1, 0)": [(1, 2, 6, 5), (2, 2, 3, 3)],
    "conv2d dilation 2, groups 2": [(2, 2, 5, 5), (4, 1, 2, 2)],
    "conv1d padding 2": [(2, 2, 6), (3, 2, 3)],
    "conv_transpose2d": [(2, 2, 3, 3), (2, 3, 4, 4)],
    "max_pool2d": [(2, 2, 6, 5)],
    "avg_pool2d": [(2, 2, 6, 5)],
}
OPTIONS = {
    "conv2d": {},
    "conv2d stride 2, padding (1, 0)": {"stride": 2, "padding": (1, 0)},
    "conv2d dilation 2, groups 2": {"dilation": 2, "groups": 2},
    "conv1d padding 2": {"padding": 2},
    "conv_transpose2d": {"stride": 2, "padding": 1},
    "max_pool2d": {"kernel_size": 3, "stride": 2, "padding": 1},
    "avg_pool2d": {"kernel_size": (2, 3), "stride": (2, 1)},
}


def reference(name: str) -> dict[str, object]:
    options = dict(OPTIONS[name])
    inputs = [
        torch.round(torch.randn(shape, dtype=torch.float64), decimals=3).requires_grad_()
        for shape in CASES[name]
    ]
    result = getattr(functional, name.partition(" ")[0])(*inputs, **options)
    seed = torch.round(torch.randn_like(result), decimals=3)
    result.backward(seed)
    if "kernel_size" in options:
        options["size"] = options.pop("kernel_size")
    return {
        "inputs": [x.tolist() for x in inputs],
        "options": options,
        "result": rounded(result),
        "seed": seed.tolist(),
        "gradients": [rounded(x.grad) for x in inputs],
    }


def rounded(x: torch.Tensor) -> object:
    return torch.round(x, decimals=9).tolist()


torch.manual_seed(0)
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps({name: reference(name) for name in CASES}) + "\n")
