"""Neural networks on the graph engine: layers, losses, optimizers, training, data.

>>> from nn import CrossEntropyLoss, FullyConnected, NeuralNetwork, ReLU, SGD, SoftMax
>>> network = NeuralNetwork(
...     [FullyConnected(784, 128), ReLU(), FullyConnected(128, 10), SoftMax()],
...     loss=CrossEntropyLoss("mean"),
...     optimizer=SGD(learning_rate=0.1),
... )

See `NeuralNetwork.fit`, or run ``python -m nn train``.
"""

from . import starting  # first, before anything that takes time

# isort: split

from typing import TYPE_CHECKING

from . import data
from .command_line.prediction_log import *
from .constraints import *
from .data import (
    DataError,
    Dataset,
    DataSource,
    batches,
    load_dataset,
    one_hot,
    read_idx,
    split,
    standardize,
    write_idx,
)
from .formulas import *
from .generation import *
from .initializers import *
from .layers import *
from .losses import *
from .metrics import *
from .model_file import *
from .network import *
from .optimizers import *
from .regularization import *
from .schedules import *
from .training.averaging import *
from .training.callbacks import *
from .training.history import *
from .training.supervision import *

# Of the data, which have more to them.
__all__ = [
    "DataError",
    "DataSource",
    "Dataset",
    "batches",
    "data",
    "load_dataset",
    "one_hot",
    "read_idx",
    "split",
    "standardize",
    "write_idx",
]
if not TYPE_CHECKING:  # a type checker reads the lists of the files
    __all__ += [
        name
        for name, part in vars().items()
        if callable(part) and name[0] != "_" and name not in __all__
    ]


def __getattr__(name: str) -> object:
    """Load what needs another package when it is asked for: ``nn.onnx.save``."""
    if name in ("distributed", "onnx", "sklearn"):
        from importlib import import_module

        return import_module(f"{__name__}.{name}")
    from .other_names import ours

    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{ours(name)}")


del TYPE_CHECKING, starting  # nothing that `dir` should show
