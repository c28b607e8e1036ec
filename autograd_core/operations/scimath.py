"""``np.emath``: functions that give complex numbers where the real ones end, on nodes.

Where all results are real they are NumPy's functions; elsewhere the operands become complex first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..node import raw
from ..numpy_protocol import STAND_INS, existing
from ..operation import as_operand


def _of_any_domain(function: Callable[..., Any], outside: Callable[..., Any]) -> Callable[..., Any]:
    def call(*operands: Any) -> Any:
        nodes = [as_operand(x) for x in operands]
        if np.any(outside(*map(raw, nodes))):
            nodes = [x + 0.0j for x in nodes]
        return function(*nodes)

    return call


def _logn(n: Any, x: Any) -> Any:
    return np.emath.log(x) / np.emath.log(n)


_FUNCTIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "sqrt": (np.sqrt, lambda x: x < 0),
    "log": (np.log, lambda x: x < 0),
    "log2": (np.log2, lambda x: x < 0),
    "log10": (np.log10, lambda x: x < 0),
    "logn": (_logn, lambda n, x: False),
    "power": (np.power, lambda x, p: x < 0),
    "arccos": (np.arccos, lambda x: np.abs(x) > 1),
    "arcsin": (np.arcsin, lambda x: np.abs(x) > 1),
    "arctanh": (np.arctanh, lambda x: np.abs(x) > 1),
}
for _name, (_function, _outside) in _FUNCTIONS.items():
    for _stood_for in existing(f"emath.{_name}"):
        STAND_INS[_stood_for] = _of_any_domain(_function, _outside)
