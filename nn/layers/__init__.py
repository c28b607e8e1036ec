"""Layers: functions of a batch, made of graph operations, each call in a scope of its own."""

from typing import TYPE_CHECKING

from .activations import *
from .buffers import *
from .clip import *
from .convolution import *
from .dropout import *
from .fully_connected import *
from .layer import *
from .layer import Batch
from .pooling import *
from .shaping import *

if not TYPE_CHECKING:  # a type checker reads the lists of the files
    __all__ = [
        name
        for name, part in vars().items()
        if callable(part) and name[0] != "_" and part is not Batch
    ]
del TYPE_CHECKING  # nothing that `dir` should show
