"""Optimizers: how a gradient changes a parameter."""

from .adam import Adam, AdamW
from .adaptive import Adagrad, RMSprop
from .clipping import Parameters, clip_gradients
from .optimizer import Optimizer
from .sgd import SGD

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Optimizer",
    "Parameters",
    "RMSprop",
    "clip_gradients",
]
