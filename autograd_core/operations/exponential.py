"""Exponentials and logarithms."""

from __future__ import annotations

import numpy as np

from ..operation import Operation
from .arithmetic import away_from_pole

exp = Operation("exp", np.exp, rules=(lambda g, out, x: g * out,), numpy=(np.exp,))
log = Operation("log", np.log, rules=(lambda g, out, x: g / away_from_pole(g, x),), numpy=(np.log,))
tanh = Operation(
    "tanh", np.tanh, rules=(lambda g, out, x: g * (1.0 - out * out),), numpy=(np.tanh,)
)
