"""Makes recurrent.npz: what PyTorch's recurrent layers compute, in float64.

Run it where PyTorch is installed: python tests/nn/references/recurrent.py
"""

from pathlib import Path

import numpy as np
import torch

INPUTS, UNITS, SAMPLES, STEPS = 3, 4, 2, 5


def arrays_of(kind: str, **options: str) -> dict[str, np.ndarray]:
    """State dict, input, states at the start and of all steps, errors, and all gradients."""
    module = getattr(torch.nn, kind)(INPUTS, UNITS, batch_first=True, **options).double()
    x = torch.randn(SAMPLES, STEPS, INPUTS, dtype=torch.float64, requires_grad=True)
    starts = [
        torch.randn(1, SAMPLES, UNITS, dtype=torch.float64, requires_grad=True)
        for _ in range(2 if kind == "LSTM" else 1)
    ]
    y, last = module(x, tuple(starts) if kind == "LSTM" else starts[0])
    lasts = last if kind == "LSTM" else (last,)
    errors = [torch.randn_like(part) for part in (y, *lasts)]
    torch.autograd.backward([y, *lasts], errors)
    found = {"x": x, "x.grad": x.grad, "y": y, "error": errors[0]}
    for number, (start, end, error) in enumerate(zip(starts, lasts, errors[1:], strict=True)):
        found |= {f"start{number}": start[0], f"start{number}.grad": start.grad[0]}
        found |= {f"last{number}": end[0], f"last{number}.error": error[0]}
    for name, parameter in module.named_parameters():
        found |= {f"state/{name}": parameter, f"state.grad/{name}": parameter.grad}
    return {name: value.detach().numpy() for name, value in found.items()}


def main() -> None:
    """Write the file."""
    torch.manual_seed(0)
    cases = {
        "RNN": arrays_of("RNN"),
        "RNN, relu": arrays_of("RNN", nonlinearity="relu"),
        "LSTM": arrays_of("LSTM"),
        "GRU": arrays_of("GRU"),
    }
    arrays = {f"{case}/{name}": a for case, found in cases.items() for name, a in found.items()}
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)


if __name__ == "__main__":
    main()
