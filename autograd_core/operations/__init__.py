"""The table of operations, by kind. Each row is the function that users call."""

from typing import TYPE_CHECKING

from . import asking, methods, queries, reduction_options, refusals  # bind what nodes can do
from .activations import *
from .applying import *
from .arithmetic import *
from .choices import *
from .comparisons import *
from .complex_numbers import *
from .decompositions import *
from .einsum import *
from .exponential import *
from .floats import *
from .fourier import *
from .histograms import *
from .indexing import *
from .interpolation import *
from .joining import *
from .linalg import *
from .nan_reductions import *
from .norms import *
from .padding import *
from .polynomials import *
from .products import *
from .rearranging import *
from .reductions import *
from .scans import *
from .sets import *
from .shaping import *
from .signals import *
from .softmax import *
from .statistics import *
from .trigonometric import *
from .ufunc_methods import *

if not TYPE_CHECKING:  # a type checker follows the stars by itself
    __all__ = [name for name, value in globals().items() if name[0] != "_" and callable(value)]
