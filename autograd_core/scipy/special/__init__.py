"""``scipy.special`` on nodes: each function under its own name, with its own arguments.

>>> from autograd_core import Node
>>> import scipy.special
>>> x = Node(3.0)
>>> scipy.special.gammaln(x).backward()  # element-wise functions need no import from here
>>> x.grad
np.float64(0.9227843350984671)
"""

import scipy.special as _scipy

from ..rows import falls_back_on as _falls_back_on
from .bessel import *
from .elementary import *
from .error_functions import *
from .gamma_functions import *
from .hypergeometric import *
from .information import *
from .probability import *
from .sums import *

__getattr__ = _falls_back_on(_scipy, __name__)
