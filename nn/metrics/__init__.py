"""Metrics: figures of predictions that are looked at, and not made small."""

from typing import TYPE_CHECKING

from .classes import *
from .metric import *
from .numbers import *

if not TYPE_CHECKING:  # a type checker reads the lists of the files
    __all__ = [name for name, part in vars().items() if callable(part) and name[0] != "_"]
del TYPE_CHECKING  # nothing that `dir` should show
