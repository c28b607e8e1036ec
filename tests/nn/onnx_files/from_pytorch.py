"""Makes the files of this folder: networks of PyTorch by both of its exporters.

Run it where torch, onnx and onnxscript are; those that are here were made by torch 2.13.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

FOLDER = Path(__file__).parent


class Viewed(nn.Module):
    """A network that computes a shape."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(12, 5)
        self.second = nn.Linear(5, 3, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = x.view(x.size(0), -1)
        return torch.softmax(self.second(torch.relu(self.first(rows))), 1)


NETWORKS = {
    "viewed": Viewed,
    "sequential": lambda: nn.Sequential(
        nn.Flatten(),
        nn.Linear(12, 6),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(6, 6),
        nn.LeakyReLU(0.2),
        nn.ELU(0.7),
        nn.Sigmoid(),
        nn.Tanh(),
        nn.PReLU(),
        nn.Hardtanh(-0.5, 0.4),
        nn.ReLU6(),
        nn.Linear(6, 4),
        nn.Softmax(dim=1),
    ),
}

for name, make in NETWORKS.items():
    torch.manual_seed(0)
    network = make().eval()
    x = torch.randn(3, 3, 4)
    np.savez(FOLDER / f"{name}.npz", x=x.numpy(), y=network(x).detach().numpy())
    torch.onnx.export(
        network,
        (x,),
        FOLDER / f"{name}_torchscript.onnx",
        dynamo=False,
        input_names=["x"],
        dynamic_axes={"x": {0: "n"}},
    )
    path = FOLDER / f"{name}_dynamo.onnx"
    shapes = ({0: torch.export.Dim("batch")},)
    torch.onnx.export(network, (x,), path, dynamo=True, dynamic_shapes=shapes)
    model = onnx.load(path, load_external_data=False)
    for node in model.graph.node:
        del node.metadata_props[:]  # the names of folders on the machine
    path.write_bytes(model.SerializeToString())
    data = path.with_name(f"{path.name}.data")
    if not data.stat().st_size:
        data.unlink()
