"""Attention, positions and transformer blocks: PyTorch's numbers, masks, shapes, errors."""

from pathlib import Path

import numpy as np
import pytest

from autograd_core import Node
from nn import (
    MultiHeadAttention,
    TransformerBlock,
)

REFERENCES = np.load(Path(__file__).parent / "references" / "attention.npz")
"""What PyTorch computed; attention.py beside it made it."""


def reference(case):
    """The arrays of a case by name."""
    prefix = f"{case}/"
    return {k.removeprefix(prefix): REFERENCES[k] for k in REFERENCES if k.startswith(prefix)}


def as_ours(arrays, suffix=""):
    """PyTorch's parameters (or, with the suffix, their gradients) under our names."""
    found = {}
    for name, array in arrays.items():
        if name.endswith(".grad") != bool(suffix):
            continue
        name = name.removesuffix(suffix)
        if "in_proj" in name:
            for part, rows in zip(("query", "key", "value"), np.split(array, 3), strict=True):
                found[f"{part}.{'bias' if 'bias' in name else 'weight'}"] = rows.T
        elif "." in name and name != "x":
            layer, _, kind = name.removeprefix("self_attn.").rpartition(".")
            ours = {"out_proj": "out", "linear1": "up", "linear2": "down"}.get(layer, layer)
            if ours.startswith("norm"):
                kind = {"weight": "gamma", "bias": "beta"}[kind]
            found[f"{ours}.{kind}"] = array.T
    return found


def parts_by_name(layer):
    """Our parameters, without the name of the attention in a block."""
    return {name.removeprefix("attention."): node for name, node in layer.parameters().items()}


def with_parameters_of(layer, arrays):
    layer.initialize(np.random.default_rng(0), np.float64)
    values, parameters = as_ours(arrays), parts_by_name(layer)
    assert values.keys() == parameters.keys()
    for name, node in parameters.items():
        node.value = values[name]
    return layer


def require_gradients(layer, x, arrays):
    gradients = as_ours(arrays, ".grad")
    for name, node in parts_by_name(layer).items():
        np.testing.assert_allclose(node.grad, gradients[name], atol=1e-10, err_msg=name)
    np.testing.assert_allclose(x.grad, arrays["x.grad"], atol=1e-10)


REAL = np.arange(4) < np.array([[2], [4]])


@pytest.mark.parametrize("case", ["plain", "causal", "padded", "crossed"])
def test_attention_is_pytorchs(case):
    arrays = reference(case)
    layer = with_parameters_of(MultiHeadAttention(4, 2, causal=case == "causal"), arrays)
    x, more = Node(arrays["x"]), {}
    if case == "padded":
        more["mask"] = REAL[:, None]
    if case == "crossed":
        more["source"] = arrays["source"]
    y = layer(x, **more)
    np.testing.assert_allclose(y.value, arrays["y"], atol=1e-12)
    weights = layer.attention_weights(x, **more)
    np.testing.assert_allclose(weights, arrays["weights"], atol=1e-12)
    y.backward(arrays["error"])
    require_gradients(layer, x, arrays)


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("order", ["first", "last"])
def test_a_block_is_pytorchs(order, activation):
    arrays = reference(f"norm {order}, {activation}")
    if not arrays:
        pytest.skip("not among the references")
    layer = TransformerBlock(
        4, 2, hidden=6, causal=True, norm_first=order == "first", activation=activation
    )
    with_parameters_of(layer, arrays)
    x = Node(arrays["x"])
    y = layer(x)
    np.testing.assert_allclose(y.value, arrays["y"], atol=1e-10)
    y.backward(arrays["error"])
    require_gradients(layer, x, arrays)
