"""The table of operations, by kind. Each row is the function that users call."""

from . import operators  # noqa: F401  # binds Python's operators to Node
from .activations import relu, sigmoid
from .arithmetic import add, divide, maximum, multiply, negative, positive, power, subtract
from .comparisons import equal, greater, greater_equal, less, less_equal, not_equal, where
from .exponential import exp, log, tanh
from .products import matmul
from .reductions import max, mean, sum
from .shaping import astype, broadcast_to, getitem, reshape, scatter_add, transpose

__all__ = [
    "add",
    "astype",
    "broadcast_to",
    "divide",
    "equal",
    "exp",
    "getitem",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "log",
    "matmul",
    "max",
    "maximum",
    "mean",
    "multiply",
    "negative",
    "not_equal",
    "positive",
    "power",
    "relu",
    "reshape",
    "scatter_add",
    "sigmoid",
    "subtract",
    "sum",
    "tanh",
    "transpose",
    "where",
]
