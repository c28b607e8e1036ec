"""Optimizers: how a gradient changes a parameter."""

from typing import TYPE_CHECKING

from .adam import *
from .adaptive import *
from .clipping import *
from .clipping import Parameters
from .groups import *
from .lion import *
from .lookahead import *
from .minimize import *
from .optimizer import *
from .sgd import *

if not TYPE_CHECKING:  # a type checker reads the lists of the files
    __all__ = [
        name
        for name, part in vars().items()
        if callable(part) and name[0] != "_" and part is not Parameters
    ]
del TYPE_CHECKING  # nothing that `dir` should show
