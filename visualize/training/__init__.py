"""Pictures by which people supervise training.

Each function draws with matplotlib into ``ax=``, or a figure of its own, and returns the axes. It
takes what `nn` gives, such as a History, or plain arrays, and follows matplotlib's light and dark
styles.

>>> from matplotlib.figure import Figure
>>> from visualize.training import plot_metric
>>> history = {"loss": [0.9, 0.4, 0.2], "validation_loss": [0.8, 0.5, 0.6]}
>>> ax = plot_metric(history, ax=Figure().add_subplot())  # in a notebook: plot_metric(history)
"""

from typing import TYPE_CHECKING

from .activation_functions import *
from .attention import *
from .batch_losses import *
from .batch_sizes import *
from .boundary import *
from .boundary_over_time import *
from .classification import *
from .curves import *
from .derivatives import *
from .descent import *
from .descent_pictures import *
from .flattening import *
from .folded_bias import *
from .histograms import *
from .images import *
from .initial_weights import *
from .initialization import *
from .layers import *
from .live import *
from .memory_layout import *
from .recorder import *
from .softmax_bars import *

if not TYPE_CHECKING:  # a type checker reads the lists of the files
    __all__ = [name for name, part in vars().items() if callable(part) and name[0] != "_"]
