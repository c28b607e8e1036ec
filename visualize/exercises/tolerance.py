"""When an answer counts: what is rounded to two digits does."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

DIGITS = 2
"""So many significant digits are enough."""


def near(answer: Any, right: Any) -> npt.NDArray[np.bool_]:
    """Return for each entry whether an answer is right to two significant digits.

    Right is, too, what is right to two decimals and not 0. ``exercise.js`` has the same.

    Examples
    --------
    >>> near([0.2, 0.19, -0.2, 0.03], [0.1966, 0.1966, 0.1966, 0.0349]).tolist()
    [True, False, False, True]
    """
    answer, right = np.broadcast_arrays(np.asarray(answer, float), np.asarray(right, float))
    size = np.abs(right)
    with np.errstate(all="ignore"):
        unit = 10.0 ** (np.floor(np.log10(size)) - (DIGITS - 1))
        off = np.abs(answer - right)
        significant = off <= 0.5 * unit * (1 + 1e-9)
        # Written out: 0.03 for 0.0349, not for 0.027 and not 0 for 0.001.
        decimals = (answer * right > 0) & (off <= 0.005 * (1 + 1e-9)) & _is_hundredths(answer)
    return np.where(right == 0, np.abs(answer) < 0.005, significant | decimals)


def _is_hundredths(x: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    hundred: npt.NDArray[np.bool_] = np.abs(100 * x - np.round(100 * x)) < 1e-9
    return hundred
