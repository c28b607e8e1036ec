"""The table of operations, by kind. Each row is the function that users call.

Arithmetic and what nodes themselves can do is loaded at once; the rest, half of the time of an
import, when a name of it is asked for or a NumPy function that has no stand-in yet meets a node.
"""

from _thread import RLock  # of which threading, which nothing else needs, would load much
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .. import numpy_protocol, operation
from . import (
    arithmetic,
    asking,  # these four bind what nodes can do
    choices,
    comparisons,
    complex_numbers,
    indexing,
    methods,
    products,
    queries,
    reductions,
    refusals,
    shaping,
    trigonometric,
)
from .arithmetic import *
from .choices import *
from .comparisons import *
from .complex_numbers import *
from .indexing import *
from .products import *
from .reductions import *
from .shaping import *
from .trigonometric import *

if TYPE_CHECKING:
    from .activations import *
    from .applying import *
    from .convolutions import *
    from .decompositions import *
    from .einsum import *
    from .exponential import *
    from .floats import *
    from .fourier import *
    from .histograms import *
    from .interpolation import *
    from .joining import *
    from .linalg import *
    from .nan_reductions import *
    from .normalizing import *
    from .norms import *
    from .padding import *
    from .polynomials import *
    from .pooling import *
    from .rearranging import *
    from .recurrent import *
    from .scans import *
    from .sets import *
    from .signals import *
    from .softmax import *
    from .statistics import *
    from .ufunc_methods import *

_names = [
    name
    for module in (
        arithmetic, choices, comparisons, complex_numbers, indexing, products, reductions, shaping,
        trigonometric,
    )
    for name in module.__all__
]  # fmt: skip
_rest = [
    "activations", "applying", "convolutions", "decompositions", "einsum", "exponential", "floats",
    "fourier", "histograms", "interpolation", "joining", "linalg", "nan_reductions", "normalizing",
    "norms", "padding", "polynomials", "pooling", "rearranging", "recurrent", "reduction_options",
    "scans", "sets", "signals", "softmax", "statistics", "ufunc_methods",
]  # fmt: skip
"""The modules that are not loaded yet."""
_loading = RLock()


def load_rest() -> None:
    """Load the modules that nobody has needed yet.

    What users have registered in the meantime under a name of theirs stays theirs.
    """
    if not _rest:
        return
    with _loading:
        named, standing_in = dict(operation.LOADED), dict(numpy_protocol.LOADED)
        while _rest:
            module = import_module(f".{_rest[0]}", __name__)
            globals().update({name: getattr(module, name) for name in module.__all__})
            _names.extend(module.__all__)
            del _rest[0]
        operation.LOADED.update(named)
        numpy_protocol.LOADED.update(standing_in)


def loaded() -> dict[str, Any]:
    """The operations that are loaded, by the name under which users call them."""
    return {name: globals()[name] for name in _names}


def __getattr__(name: str) -> Any:
    if name == "__all__":
        load_rest()
        return [*_names]
    if _rest and name[:2] != "__":
        load_rest()
        if name in globals():
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
