"""Writes normalization.json: what PyTorch's layers compute. It needs PyTorch; the tests do not.

python tests/nn/references/normalization.py
"""

import json
from pathlib import Path

import numpy as np
import torch

CASES = {
    "BatchNorm1d": (lambda: torch.nn.BatchNorm1d(3), (5, 3)),
    "BatchNorm2d": (lambda: torch.nn.BatchNorm2d(2, momentum=0.3, eps=1e-3), (3, 2, 2, 3)),
    "LayerNorm": (lambda: torch.nn.LayerNorm(4), (2, 3, 4)),
    "LayerNorm of two axes": (lambda: torch.nn.LayerNorm((2, 3)), (2, 2, 3)),
    "RMSNorm": (lambda: torch.nn.RMSNorm(4, eps=1e-5), (2, 3, 4)),
    "GroupNorm": (lambda: torch.nn.GroupNorm(2, 4), (2, 4, 2, 2)),
    "InstanceNorm": (lambda: torch.nn.InstanceNorm2d(2, affine=True), (2, 2, 2, 3)),
    "PReLU": (lambda: torch.nn.PReLU(2), (2, 2, 3)),
    "SELU": (torch.nn.SELU, (2, 3)),
    "GELU": (torch.nn.GELU, (2, 3)),
    "GELU by tanh": (lambda: torch.nn.GELU("tanh"), (2, 3)),
    "SiLU": (torch.nn.SiLU, (2, 3)),
    "Softplus": (torch.nn.Softplus, (2, 3)),
    "Softsign": (torch.nn.Softsign, (2, 3)),
    "Hardtanh": (torch.nn.Hardtanh, (2, 3)),
    "Hardsigmoid": (torch.nn.Hardsigmoid, (2, 3)),
    "LogSoftmax": (lambda: torch.nn.LogSoftmax(-1), (2, 3)),
}


def record(make, shape):
    """Batches in training, each with its gradients, and one when training is over."""
    random = np.random.default_rng(0)
    layer = make().double()
    for parameter in layer.parameters():
        parameter.data = torch.tensor(random.standard_normal(tuple(parameter.shape)))
    found = {"start": plain(layer.state_dict()), "steps": []}
    for _ in range(3 if "running_mean" in found["start"] else 1):
        x = torch.tensor(2.0 * random.standard_normal(shape) + 1.0, requires_grad=True)
        g = torch.tensor(random.standard_normal(shape))
        layer.zero_grad()
        y = layer(x)
        y.backward(g)
        gradients = {name: p.grad for name, p in layer.named_parameters()}
        step = {"x": x, "g": g, "y": y, "of_x": x.grad}
        found["steps"].append(plain(step) | {"gradients": plain(gradients)})
    found["end"] = plain(layer.state_dict())
    layer.eval()
    x = torch.tensor(random.standard_normal(shape))
    found["evaluated"] = plain({"x": x, "y": layer(x)})
    return found


def plain(tensors):
    return {name: tensor.detach().tolist() for name, tensor in tensors.items()}


if __name__ == "__main__":
    written = {name: record(*case) for name, case in CASES.items()}
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"torch": torch.__version__, "layers": written}) + "\n")
