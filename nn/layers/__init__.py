"""Layers: functions of a batch, made of graph operations, each call in a scope of its own."""

from .activations import ELU, LeakyReLU, ReLU, Sigmoid, SoftMax, Tanh
from .dropout import Dropout
from .fully_connected import FullyConnected
from .layer import Batch, Layer
from .shaping import Flatten, Reshape

__all__ = [
    "ELU",
    "Batch",
    "Dropout",
    "Flatten",
    "FullyConnected",
    "Layer",
    "LeakyReLU",
    "ReLU",
    "Reshape",
    "Sigmoid",
    "SoftMax",
    "Tanh",
]
