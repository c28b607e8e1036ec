"""Rules that give the gradients of all inputs in one pass, as fast array code may.

The backward pass of a recurrence or a normalisation computes the gradients of all of its inputs
together, and both ways are fastest written into arrays. Such code can't run on nodes. So on nodes
the pass is recorded as an operation of its own, whose result is the gradients, packed into one
vector; and that operation's gradients are those of the same function `composed` of ordinary
operations, which also stands for it where a program runs that can't call array code.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from .backpropagation import fit_shape
from .differentiation import vjp
from .node import Node
from .operation import LOADED, Operation, Rule, Rules
from .values import as_array

__all__ = ["JointRule"]

Backward = Callable[..., Sequence[Any]]


class JointRule(Rules):
    """One rule for several inputs of an operation, in one pass.

    Parameters
    ----------
    backward : callable
        ``backward(g, out, *inputs, **options)`` returns the gradients of the first `inputs` inputs
        in a tuple, each in the shape of its input or of the result, and None for those in
        `constant`. If the operation has a
        `composed` form it may be any array code, and use ``out=``; it never changes its arguments.
        Else it is a NumPy expression that runs on nodes, as other rules are.
    inputs : int
        How many inputs the function has.
    constant : collection of int, default ()
        Which of them have no derivative, such as a mask.
    residuals : int, default 0
        How many further inputs the operation has behind those, without a derivative: what the
        forward pass leaves to the backward pass, computed by an operation without rules. The
        derivative is that of a function of the first inputs alone, on which residuals depend.

    Examples
    --------
    The length of a vector in the plane, with one square root in both ways:

    >>> import numpy as np
    >>> from autograd_core import JointRule, Operation, grad
    >>> def length_gradients(g, out, x, y):
    ...     factor = g / out
    ...     return factor * x, factor * y
    >>> length = Operation(
    ...     "length",
    ...     lambda x, y: np.sqrt(x * x + y * y),
    ...     JointRule(length_gradients, inputs=2),
    ...     composed=lambda x, y: np.sqrt(x * x + y * y),
    ... )
    >>> np.round(grad(length, (0, 1))(3.0, 4.0), 6)
    array([0.6, 0.8])
    >>> grad(grad(length))(3.0, 4.0)
    np.float64(0.128)
    """

    joint = True

    def __init__(
        self,
        backward: Backward,
        inputs: int,
        *,
        constant: Collection[int] = (),
        residuals: int = 0,
    ) -> None:
        self.backward = backward
        self.inputs = inputs
        self.constant = frozenset(constant)
        self.arity = self._count = inputs + residuals
        self._operation: Operation
        self._gradients: Operation | None = None

    def belongs_to(self, operation: Operation) -> None:
        """Learn whose rule it is; see `Operation`."""
        self._operation = operation

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Rule | None]:
        """The rule of each input, which makes the whole pass for it."""
        return map(self.__getitem__, range(self._count))

    def __getitem__(self, position: int) -> Rule | None:
        """The rule for one input."""
        if not -self._count <= position < self._count:
            raise IndexError(position)
        position %= self._count
        return partial(self._one, position) if self._is_differentiable(position) else None

    def _is_differentiable(self, position: int) -> bool:
        return position < self.inputs and position not in self.constant

    def _one(self, position: int, g: Any, out: Any, *inputs: Any, **options: Any) -> Any:
        return self.parts(g, out, inputs, options)[position]

    def parts(
        self, g: Any, out: Any, inputs: Sequence[Any], options: Mapping[str, Any]
    ) -> Sequence[Any]:
        """Return the gradient of each input, None for those without; on nodes they are recorded.

        Parameters
        ----------
        g : number, ndarray or Node
            The gradient at the result.
        out, inputs, options
            The operation's result, inputs and options: nodes if `g` is one.
        """
        if type(g) is not Node or self._operation.composed is None:
            parts = self.backward(g, out, *inputs, **options)
            several = isinstance(parts, (tuple, list))
            if not several or len(parts) != self.inputs:
                raise TypeError(
                    f"the joint rule of operation {self._operation.name!r} must return a tuple of "
                    f"{self.inputs} gradients, one for each input, got "
                    f"{len(parts) if several else type(parts).__name__}"
                )
            if type(g) is not Node:  # such a pass may differentiate, which records in a program
                parts = [x._value if type(x) is Node else x for x in parts]
            return [*parts, *[None] * (self._count - self.inputs)]
        if self._gradients is None:
            self._gradients = _gradients_of(self._operation, self)
        packed = self._gradients(g, out, *inputs, **options)
        found: list[Any] = []
        start = 0
        for position, x in enumerate(inputs):
            if not self._is_differentiable(position):
                found.append(None)
                continue
            shape = np.shape(x)
            stop = start + math.prod(shape)
            found.append(packed[start:stop].reshape(shape))
            start = stop
        return found

    def packed(self, parts: Sequence[Any] | Mapping[int, Any]) -> Any:
        """Return gradients of the inputs as one vector."""
        vectors = [np.ravel(parts[n]) for n in range(self.inputs) if n not in self.constant]
        return vectors[0] if len(vectors) == 1 else np.concatenate(vectors)


def _gradients_of(operation: Operation, rule: JointRule) -> Operation:
    """The backward pass of an operation as an operation, with its result as one vector."""
    composed, count = operation.composed, rule.inputs
    assert composed is not None
    wanted = [n for n in range(count) if n not in rule.constant]

    def forward(g: Any, out: Any, *inputs: Any, **options: Any) -> Any:
        parts = rule.parts(g, out, inputs, options)
        shapes = {n: np.shape(inputs[n]) for n in wanted}
        fitting = {n: fit_shape(as_array(parts[n]), shapes[n], operation) for n in wanted}
        packed = rule.packed(fitting)
        # A vector that is a view would let a program write into what it is a view of.
        return packed if packed.base is None else packed.copy()

    def of_composed(g: Any, out: Any, *inputs: Any, **options: Any) -> Any:
        def function(*differentiated: Any) -> Any:
            given = list(inputs)
            for n, x in zip(wanted, differentiated, strict=True):
                given[n] = x
            return composed(*given, **options)

        _, pull_back = vjp(function, *[inputs[n] for n in wanted])
        found: list[Any] = [None] * count
        for n, part in zip(wanted, pull_back(g), strict=True):
            found[n] = part
        return rule.packed(found)

    def again(h: Any, packed: Any, g: Any, out: Any, *inputs: Any, **options: Any) -> Any:
        inputs = inputs[:count]

        def function(g: Any, *differentiated: Any) -> Any:
            given = list(inputs)
            for n, x in zip(wanted, differentiated, strict=True):
                given[n] = x
            return of_composed(g, out, *given, **options)

        _, pull_back = vjp(function, g, *[inputs[n] for n in wanted])
        found: list[Any] = [None] * (count + 2)
        for n, part in zip([0, *(n + 2 for n in wanted)], pull_back(h), strict=True):
            found[n] = part
        return found

    made = Operation(
        f"{operation.name}_gradients",
        forward,
        JointRule(
            again,
            inputs=count + 2,
            constant={1, *(n + 2 for n in rule.constant)},
            residuals=len(rule) - count,
        ),
        keyword_options=operation.defaults,
        composed=of_composed,
        doc=f"The gradients of all inputs of {operation.name}, as one vector.",
    )
    del LOADED[made.name]  # nobody calls it, so it is not in the table
    return made
