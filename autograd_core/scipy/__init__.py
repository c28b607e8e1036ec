"""SciPy's functions on nodes, with gradients: the optional part of the table of operations.

SciPy's element-wise functions reach it by themselves: ``scipy.special.gammaln(node)`` records. Its
other functions turn what they are given into plain arrays, so they stand here again under the same
names and with the same arguments:

>>> from autograd_core import Node
>>> from autograd_core.scipy.linalg import expm
>>> x = Node([[0.0, 1.0], [0.0, 0.0]])
>>> expm(x).sum().backward()
>>> x.grad
array([[1.5       , 1.        ],
       [2.16666667, 1.5       ]])

What has no gradient here is SciPy's own: it takes plain numbers, and raises on nodes. SciPy is
imported when one of the parts is: `special`, `linalg`, `signal`, `integrate`, `stats`.
"""

import importlib
from types import ModuleType

__all__ = ["integrate", "linalg", "signal", "special", "stats"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(
        f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}"
    )


def __dir__() -> list[str]:
    return [*globals(), *__all__]
