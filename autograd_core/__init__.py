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
from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import einops_backend, operations
from .modes import Scope, no_grad, scope
from .node import Node
from .operation import EveryInput, Operation
from .shadowing import warn_of_others

if TYPE_CHECKING:
    from . import array_api, scipy, tree
    from .checking import check_gradients, find_nonfinite
    from .derivative_products import elementwise_grad, hessian_vector_product
    from .differentiation import grad, hessian, jacobian, jvp, value_and_grad, vjp
    from .flattening import flatten
    from .joint import JointRule
    from .operations import *
    from .program import Program, RecordingError, UnsupportedOperationError, compile, drawn

__version__ = "0.1.0"

_LATER = {
    **dict.fromkeys(("check_gradients", "find_nonfinite"), "checking"),
    **dict.fromkeys(("elementwise_grad", "hessian_vector_product"), "derivative_products"),
    **dict.fromkeys(
        ("grad", "hessian", "jacobian", "jvp", "value_and_grad", "vjp"), "differentiation"
    ),
    "flatten": "flattening",
    "JointRule": "joint",
    **dict.fromkeys(
        ("Program", "RecordingError", "UnsupportedOperationError", "compile", "drawn"),
        "program",
    ),
}
"""Name -> the module that is loaded for it."""
_MODULES = ("array_api", "scipy", "tree")

__all__ = [
    "EveryInput",
    "JointRule",
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
_public = __all__
del __all__  # with the operations, when somebody asks

globals().update(operations.loaded())
warn_of_others()


def __getattr__(name: str) -> Any:
    """What is loaded when it is asked for: most of the package."""
    if name in _LATER:
        found = getattr(import_module(f".{_LATER[name]}", __name__), name)
        globals()[name] = found
        return found
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name == "__all__":
        # As NumPy does, a star import leaves Python's own sum, max, all and their like alone.
        return _public + [other for other in operations.__all__ if not hasattr(builtins, other)]
    if name[:2] != "__":
        operations.load_rest()
        globals().update(operations.loaded())
        if name in globals():
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    operations.load_rest()
    return sorted({*globals(), *operations.loaded(), *_LATER, *_MODULES, "__all__"})
