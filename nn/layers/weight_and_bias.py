"""What layers of weights and a bias do with their arguments, whatever they multiply."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from autograd_core import Node

from ..checks import flag, instance, instances
from ..constraints import Constraint
from ..initializers import Initializer
from ..regularization import Regularizer


class WeightAndBias:
    """The arguments that say how W and b start, what they cost and what they are held to.

    Attributes
    ----------
    weight : Node
        W.
    bias : Node or None
        b.
    """

    weight: Node
    bias: Node | None
    regularizers: Mapping[str, Regularizer]
    constraints: Mapping[str, Constraint]
    made_by_initialize: tuple[str, ...] = ("weight", "bias")
    kept_as: ClassVar[Mapping[str, str]] = MappingProxyType({"bias": "_has_bias"})

    def _take(
        self,
        owner: str,
        bias: bool,
        initializers: tuple[Initializer, Initializer],
        regularizers: tuple[Regularizer | None, Regularizer | None],
        constraints: tuple[Constraint | None, Constraint | None],
    ) -> None:
        """Keep the arguments for W and for b, checked."""
        self._has_bias = flag(owner, "bias", bias)
        weight_initializer, bias_initializer = initializers
        self.weight_initializer = instance(
            owner, "weight_initializer", weight_initializer, Initializer, "He()"
        )
        self.bias_initializer = instance(
            owner, "bias_initializer", bias_initializer, Initializer, "Zeros()"
        )
        self.weight_regularizer, self.bias_regularizer = regularizers
        self.weight_constraint, self.bias_constraint = constraints
        names = ("weight", "bias")
        given: Mapping[str, Any] = dict(zip(names, regularizers, strict=True))
        self.regularizers = instances(owner, "regularizer", given, Regularizer, "L2(1e-4)")
        held: Mapping[str, Any] = dict(zip(names, constraints, strict=True))
        self.constraints = instances(owner, "constraint", held, Constraint, "MaxNorm(2.0)")
        for name in ("regularizer", "constraint"):
            if not self._has_bias and "bias" in getattr(self, f"{name}s"):
                raise ValueError(f"{owner}(bias_{name}) expects bias=True, got bias=False")

    def _make(
        self,
        weight: npt.NDArray[Any],
        outputs: int,
        generator: np.random.Generator,
        dtype: npt.DTypeLike,
    ) -> None:
        """Make the nodes: W of these numbers, and b for so many outputs."""
        self.weight = Node(weight, name="W")
        self.bias = None
        if self._has_bias:
            self.bias = Node(self.bias_initializer((outputs,), generator, dtype), name="b")
