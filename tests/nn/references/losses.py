"""Writes losses.json: losses and gradients by PyTorch, of the numbers that stand in it.

Run where PyTorch is installed: ``python tests/nn/references/losses.py``
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

generator = np.random.default_rng(0)
SCORES = generator.normal(size=(6, 4)).round(3)
STEPS = generator.normal(size=(3, 5, 4)).round(3)
NUMBERS = generator.normal(size=(6, 4)).round(3)
CLASSES = generator.integers(0, 4, 6)
STEP_CLASSES = generator.integers(0, 4, (3, 5))
SHARES = generator.dirichlet(np.ones(4), 6).round(3)
SHARES[:, -1] = 1.0 - SHARES[:, :-1].sum(axis=1)
SHARES[0] = [0.0, 1.0, 0.0, 0.0]
SIGNS = np.where(generator.integers(0, 2, (6, 4)) == 1, 1.0, -1.0)
WEIGHTS = [0.5, 2.0, 1.0, 3.0]


def focal(scores, classes, gamma, weight, reduction):
    logs = torch.log_softmax(scores, -1).gather(1, classes[:, None])[:, 0]
    of_class = weight[classes]
    each = -of_class * (1 - logs.exp()) ** gamma * logs
    return each.sum() if reduction == "sum" else each.sum() / of_class.sum()


def cases(reduction):
    """Name of our class, its options, prediction, label, and the loss in PyTorch."""
    weight = torch.tensor(WEIGHTS, dtype=torch.float64)
    classes, steps = torch.tensor(CLASSES), torch.tensor(STEP_CLASSES)
    numbers, shares, signs = map(torch.tensor, (NUMBERS, SHARES, SIGNS))
    how = {"reduction": reduction}
    many = {
        "plain": {},
        "smoothed": {"label_smoothing": 0.1},
        "weighted": {"weight": weight},
        "ignoring": {"ignore_index": 2},
        "all": {"label_smoothing": 0.2, "weight": weight, "ignore_index": 1},
    }
    for options in many.values():
        ours = dict(options)
        if "weight" in ours:
            ours["class_weight"] = ours.pop("weight").tolist()
        yield (
            "SoftMaxCrossEntropyLoss",
            ours,
            SCORES,
            CLASSES,
            lambda x, o=options: functional.cross_entropy(x, classes, **how, **o),
        )
        yield (
            "SoftMaxCrossEntropyLoss",
            ours,
            STEPS,
            STEP_CLASSES,
            lambda x, o=options: functional.cross_entropy(x.movedim(-1, 1), steps, **how, **o),
        )
        if "label_smoothing" not in options:
            yield (
                "NegativeLogLikelihoodLoss",
                ours,
                SCORES,
                CLASSES,
                lambda x, o=options: functional.nll_loss(x, classes, **how, **o),
            )
            yield (
                "NegativeLogLikelihoodLoss",
                ours,
                STEPS,
                STEP_CLASSES,
                lambda x, o=options: functional.nll_loss(x.movedim(-1, 1), steps, **how, **o),
            )
    yield (
        "SoftMaxCrossEntropyLoss",
        {},
        SCORES,
        SHARES,
        lambda x: functional.cross_entropy(x, shares, **how),
    )
    for delta in (1.0, 0.3):
        yield (
            "HuberLoss",
            {"delta": delta},
            SCORES,
            NUMBERS,
            lambda x, d=delta: functional.huber_loss(x, numbers, delta=d, **how),
        )
    yield "MeanSquaredError", {}, SCORES, NUMBERS, lambda x: functional.mse_loss(x, numbers, **how)
    yield "MeanAbsoluteError", {}, SCORES, NUMBERS, lambda x: functional.l1_loss(x, numbers, **how)
    for margin in (1.0, 0.4):
        yield (
            "MultiClassHingeLoss",
            {"margin": margin},
            SCORES,
            CLASSES,
            lambda x, m=margin: 4 * functional.multi_margin_loss(x, classes, margin=m, **how),
        )
    yield (
        "HingeLoss",
        {},
        SCORES,
        SIGNS,
        lambda x: getattr(torch.relu(1 - signs * x), reduction)(),
    )
    yield (
        "KullbackLeiblerLoss",
        {},
        SCORES,
        SHARES,
        lambda x: functional.kl_div(
            x, shares, reduction="batchmean" if reduction == "mean" else "sum"
        ),
    )
    yield (
        "CosineLoss",
        {},
        SCORES,
        NUMBERS,
        lambda x: functional.cosine_embedding_loss(x, numbers, torch.ones(6), **how),
    )
    yield (
        "SigmoidCrossEntropyLoss",
        {},
        SCORES,
        (SIGNS + 1) / 2,
        lambda x: (
            functional.binary_cross_entropy_with_logits(x, (signs + 1) / 2, reduction="sum")
            / (6 if reduction == "mean" else 1)
        ),
    )
    for gamma in (0.0, 1.0, 2.0, 3.5):
        yield (
            "FocalLoss", {"gamma": gamma, "class_weight": WEIGHTS}, SCORES, CLASSES,
            lambda x, g=gamma: focal(x, classes, g, weight, reduction),
        )  # fmt: skip


def main():
    """Write the file."""
    found = []
    for reduction in ("sum", "mean"):
        for name, options, prediction, label, of in cases(reduction):
            x = torch.tensor(prediction, requires_grad=True)
            loss = of(x)
            loss.backward()
            found.append(
                {
                    "loss": name, "options": {"reduction": reduction, **options},
                    "prediction": prediction.tolist(), "label": label.tolist(),
                    "value": loss.item(), "gradient": x.grad.numpy().tolist(),
                }
            )  # fmt: skip
    text = ",\n".join(json.dumps(case) for case in found)
    file = Path(__file__).with_name("losses.json")
    file.write_text(f'{{"torch": "{torch.__version__}", "cases": [\n{text}\n]}}\n')


if __name__ == "__main__":
    main()
