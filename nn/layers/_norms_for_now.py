from __future__ import annotations

from typing import Any

import numpy as np

from autograd_core import Node, sqrt

from .layer import Layer


class LayerNorm(Layer):
    made_by_initialize = ("gamma", "beta")

    def __init__(self, features: int, eps: float = 1e-5) -> None:
        self.features, self.eps = features, eps

    def initialize(self, generator: Any, dtype: Any) -> None:
        self.gamma = Node(np.ones(self.features, dtype), name="γ")
        self.beta = Node(np.zeros(self.features, dtype), name="β")

    def apply(self, x: Any) -> Any:
        c = x - x.mean(axis=-1, keepdims=True)
        return c / sqrt((c * c).mean(axis=-1, keepdims=True) + self.eps) * self.gamma + self.beta


class RMSNorm(Layer):
    made_by_initialize = ("gamma",)

    def __init__(self, features: int, eps: float = 1e-5) -> None:
        self.features, self.eps = features, eps

    def initialize(self, generator: Any, dtype: Any) -> None:
        self.gamma = Node(np.ones(self.features, dtype), name="γ")

    def apply(self, x: Any) -> Any:
        return x / sqrt((x * x).mean(axis=-1, keepdims=True) + self.eps) * self.gamma

