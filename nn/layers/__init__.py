"""Layers: functions of a batch, made of graph operations, each call in a scope of its own."""

from typing import TYPE_CHECKING

from .activations import *
from .attention import *
from .blocks import *
from .buffers import *
from .clip import *
from .convolution import *
from .dropout import *
from .embedding import *
from .fully_connected import *
from .layer import *
from .layer import Batch
from .masking import *
from .normalization import *
from .pooling import *
from .positions import *
from .recurrent import *
from .shaping import *
from .transformer import *

if not TYPE_CHECKING:  # a type checker reads the lists of the files
    __all__ = [
        name
        for name, part in vars().items()
        if callable(part) and name[0] != "_" and part is not Batch
    ]
del TYPE_CHECKING  # nothing that `dir` should show
