"""What docs/coming-from/pytorch-or-keras.md says to write runs."""

import re
from pathlib import Path

import numpy as np
import pytest

import nn
from autograd_core import Node

TEXT = (Path(__file__).parents[2] / "docs/coming-from/pytorch-or-keras.md").read_text("utf-8")
ROWS = [row.split(" | ")[-1] for row in re.findall(r"^\| ([`-].* \| .*) \|$", TEXT, re.MULTILINE)]
CODE = [
    code
    for row in ROWS
    for code in re.findall(r"`([^`]*\))`", row)
    if "..." not in code and code[:6] != "class "
]


@pytest.mark.parametrize("code", CODE)
def test_a_row_runs(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    layers = [nn.FullyConnected(4, 3)]
    network = nn.NeuralNetwork(layers, loss="softmax_cross_entropy", optimizer="sgd")
    network.save("network.safetensors")
    own, data = nn.Layer(), nn.load_dataset("iris")
    names = {name: getattr(nn, name) for name in nn.__all__}
    names.update(np=np, Node=Node, DataLoader=nn.data.DataLoader, network=network, self=own)
    names.update(data=data)
    names.update(x=np.ones((2, 5, 16)), images=np.ones((4, 4)), array=np.ones(3))
    names.update(labels=np.arange(4) % 3, backward=Node(1.0).backward)
    exec(code, names)


def test_the_loops_run():
    assert len(CODE) > 30
    names = {}
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(block, names)
    assert names["network"].evaluate(names["data"].x_test, names["data"].y_test)["accuracy"] > 0.5
