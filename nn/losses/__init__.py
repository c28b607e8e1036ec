"""Losses: one number that says how far predictions are from the labels."""

from .binary import BinaryCrossEntropy, SigmoidCrossEntropyLoss
from .cross_entropy import CrossEntropyLoss, SoftMaxCrossEntropyLoss
from .loss import Loss
from .regression import MeanAbsoluteError, MeanSquaredError

__all__ = [
    "BinaryCrossEntropy",
    "CrossEntropyLoss",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SigmoidCrossEntropyLoss",
    "SoftMaxCrossEntropyLoss",
]
