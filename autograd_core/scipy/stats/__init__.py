"""``scipy.stats`` on nodes: densities and probabilities, by place and by parameters.

>>> from autograd_core import grad
>>> from autograd_core.scipy.stats import norm
>>> grad(norm.logpdf, (1, 2))(3.0, 1.0, 2.0)  # for the mean and the standard deviation
(np.float64(0.5), np.float64(0.0))

What has no gradient here, such as ``rvs``, is SciPy's own. A distribution with its parameters,
``norm(1.0, 2.0)``, has the same functions without them.
"""

import scipy.stats as _scipy

from ..rows import falls_back_on as _falls_back_on
from .continuous import *
from .discrete import *
from .multivariate import *

__getattr__ = _falls_back_on(_scipy, __name__)
