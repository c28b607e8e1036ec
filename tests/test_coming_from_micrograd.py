"""What docs/coming-from/micrograd.md shows runs, on both sides where the libraries are there."""

import re
from pathlib import Path

import numpy as np
import pytest

import autograd_core
import nn
import visualize
from autograd_core import Node
from autograd_core.operation import REGISTRY

TEXT = (Path(__file__).parents[1] / "docs/coming-from/micrograd.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.*) \| (.*) \|$", TEXT, re.MULTILINE)
ROWS = [row for row in ROWS if "`" in row[1]]
IN_MYGRAD = [left for left, _ in ROWS].index("`x = mg.tensor([1.0, 2.0])`")


def codes(cells):
    return [code for cell in cells for code in re.findall(r"`([^`]+)`", cell)]


HERE = codes(right for _, right in ROWS)
MICROGRAD = codes(left for left, _ in ROWS[:IN_MYGRAD] if "draw_dot" not in left)
MYGRAD = codes(left for left, _ in ROWS[IN_MYGRAD:])


@pytest.mark.parametrize("code", HERE)
def test_here(code):
    modules = (autograd_core, nn, visualize)
    names = {name: getattr(module, name) for module in modules for name in module.__all__}
    a, b, x = Node(2.0, name="a"), Node(-3.0, name="b"), Node(np.array([1.0, 2.0]), name="x")
    loss = (a * b) ** 2
    loss.backward()
    model = nn.NeuralNetwork([nn.FullyConnected(2, 1)], loss="mse")
    model.loss(model.forward(np.ones((1, 2))), np.ones((1, 1))).backward()
    exec(
        code,
        names
        | {"np": np, "a": a, "b": b, "x": x, "loss": loss, "model": model, "p": x}
        | {"backward": loss.backward},
    )
    REGISTRY.pop("cube", None)


@pytest.mark.parametrize("code", MICROGRAD)
def test_in_micrograd(code):
    engine = pytest.importorskip("micrograd.engine", reason="micrograd is not installed")
    from micrograd.nn import MLP

    a, b = engine.Value(2.0), engine.Value(-3.0)
    names = {"Value": engine.Value, "MLP": MLP, "a": a, "b": b, "loss": a * b}
    exec(code, names | {"model": MLP(2, [16, 16, 1])})


@pytest.mark.parametrize("code", MYGRAD)
def test_in_mygrad(code):
    mg = pytest.importorskip("mygrad", reason="MyGrad is not installed")
    import mygrad.operation_base  # noqa: F401  (a row names it)

    exec(code, {"mg": mg, "np": np, "x": mg.tensor([1.0, 2.0])})


def test_there_are_rows():
    assert len(HERE) > 20
    assert len(MICROGRAD) > 8
    assert len(MYGRAD) > 8
