"""A computational-graph engine on NumPy.

Write an expression of Nodes, read its value, call ``backward()`` and read the gradients:

>>> from autograd_core import Node, exp
>>> x = Node(0.5, name="x")
>>> f = 1 / (1 + exp(-x))
>>> f.backward()
>>> x.grad
np.float64(0.2350037122015945)

See `Node` for graphs, `grad` for derivatives of functions, `Operation` for operations of your own.
"""

import builtins
from typing import TYPE_CHECKING, Any

from . import array_api, einops_backend, operations, scipy, tree
from .checking import check_gradients, find_nonfinite
from .derivative_products import elementwise_grad, hessian_vector_product
from .differentiation import grad, hessian, jacobian, jvp, value_and_grad, vjp
from .flattening import flatten
from .modes import Scope, no_grad, scope
from .node import Node
from .operation import EveryInput, Operation
from .operations import *
from .shadowing import warn_of_others

if TYPE_CHECKING:
    from .program import Program, RecordingError, UnsupportedOperationError, compile, drawn

__version__ = "0.1.0"

_OF_PROGRAMS = ("Program", "RecordingError", "UnsupportedOperationError", "compile", "drawn")

__all__ = [
    "EveryInput",
    "Node",
    "Operation",
    "Program",
    "Scope",
    "check_gradients",
    "drawn",
    "elementwise_grad",
    "find_nonfinite",
    "flatten",
    "grad",
    "hessian",
    "hessian_vector_product",
    "jacobian",
    "jvp",
    "no_grad",
    "scope",
    "tree",
    "value_and_grad",
    "vjp",
]
# As NumPy does, a star import leaves Python's own sum, max, all and their like alone.
__all__ += [name for name in operations.__all__ if not hasattr(builtins, name)]  # type: ignore[attr-defined]

warn_of_others()


def __getattr__(name: str) -> Any:
    """Programs are loaded when they are asked for."""
    if name in _OF_PROGRAMS:
        from . import program

        return getattr(program, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
