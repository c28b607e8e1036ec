"""Data: sets that ship with the package or can be had, IDX files, preparation, batches."""

from typing import TYPE_CHECKING

from .augmentation import *
from .catalogue import *
from .cifar import *
from .csv_file import *
from .datasets import *
from .download import *
from .idx import *
from .image_folder import *
from .loader import *
from .padded import *
from .points import *
from .preparation import *
from .source import *
from .text import *

if not TYPE_CHECKING:  # a type checker reads the lists of the files
    __all__ = [name for name, part in vars().items() if callable(part) and name[0] != "_"]
    __all__ += ["DATASETS"]  # noqa: F405
del TYPE_CHECKING  # nothing that `dir` should show
