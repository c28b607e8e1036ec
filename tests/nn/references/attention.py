"""Makes attention.npz: what PyTorch's attention and transformer layers compute, in float64.

Run it where PyTorch is installed: python tests/nn/references/attention.py
"""

from pathlib import Path

import numpy as np
import torch

FEATURES, HEADS, HIDDEN, STEPS = 4, 2, 6, 4


def arrays_of(module: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> dict[str, np.ndarray]:
    """Parameters, input and output, and the gradients for a given error."""
    error = torch.randn_like(y)
    y.backward(error)
    found = {"x": x, "y": y, "error": error, "x.grad": x.grad}
    for name, parameter in module.named_parameters():
        found |= {name: parameter, f"{name}.grad": parameter.grad}
    return {name: value.detach().numpy() for name, value in found.items()}


def attention(**options: bool) -> dict[str, np.ndarray]:
    """Multi-head attention, causal or with padding."""
    module = torch.nn.MultiheadAttention(FEATURES, HEADS, batch_first=True).double()
    torch.nn.init.normal_(module.in_proj_bias)
    torch.nn.init.normal_(module.out_proj.bias)
    x = torch.randn(2, STEPS, FEATURES, dtype=torch.float64, requires_grad=True)
    source, masks = x, {}
    if options.get("causal"):
        masks["attn_mask"] = torch.ones(STEPS, STEPS).triu(1).bool()
    if options.get("padded"):
        masks["key_padding_mask"] = torch.arange(STEPS) >= torch.tensor([[2], [4]])
    if options.get("crossed"):
        source = torch.randn(2, 3, FEATURES, dtype=torch.float64)
    y, weights = module(x, source, source, average_attn_weights=False, **masks)
    return arrays_of(module, x, y) | {
        "source": source.detach().numpy(),
        "weights": weights.detach().numpy(),
    }


def block(norm_first: bool, activation: str) -> dict[str, np.ndarray]:
    """A whole block, causal."""
    module = torch.nn.TransformerEncoderLayer(
        FEATURES, HEADS, HIDDEN, dropout=0.0, activation=activation, batch_first=True,
        norm_first=norm_first,
    ).double()  # fmt: skip
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    x = torch.randn(2, STEPS, FEATURES, dtype=torch.float64, requires_grad=True)
    y = module(x, src_mask=torch.ones(STEPS, STEPS).triu(1).bool(), is_causal=True)
    return arrays_of(module, x, y)


def main() -> None:
    """Write the file."""
    torch.manual_seed(0)
    cases = {
        "plain": attention(),
        "causal": attention(causal=True),
        "padded": attention(padded=True),
        "crossed": attention(crossed=True),
        "norm first, relu": block(True, "relu"),
        "norm first, gelu": block(True, "gelu"),
        "norm last, relu": block(False, "relu"),
    }
    arrays = {f"{case}/{name}": a for case, found in cases.items() for name, a in found.items()}
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)


if __name__ == "__main__":
    main()
