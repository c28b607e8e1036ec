"""Losses: one number that says how far predictions are from the labels."""

from typing import TYPE_CHECKING

from .binary import *
from .cross_entropy import *
from .divergence import *
from .function import *
from .hinge import *
from .loss import *
from .regression import *

if not TYPE_CHECKING:  # a type checker reads the lists of the files
    __all__ = [name for name, part in vars().items() if callable(part) and name[0] != "_"]
del TYPE_CHECKING  # nothing that `dir` should show
