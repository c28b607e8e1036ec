"""Recurrent layers as PyTorch keeps them, under the names that ours have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]

_FIRST = "weight_ih_l0"
_OTHERS = ("weight_hh_l0", "bias_ih_l0", "bias_hh_l0")


def in_our_names(
    found: Mapping[str, Any], read: Callable[[str], npt.NDArray[Any]]
) -> tuple[Mapping[str, Any], Callable[[str], npt.NDArray[Any]]]:
    """Return arrays with those of RNN, LSTM and GRU named as here; the rest stays as it is.

    PyTorch has two biases of which the sum counts, but for what the reset gate of a GRU multiplies.

    Parameters
    ----------
    found : mapping of str to arrays or tensors
        By PyTorch's names.
    read : callable
        Returns the array of a name.

    Examples
    --------
    >>> import numpy as np
    >>> state = {"0.weight_ih_l0": np.ones((4, 3)), "0.weight_hh_l0": np.ones((4, 4))}
    >>> state |= {"0.bias_ih_l0": np.ones(4), "0.bias_hh_l0": np.ones(4), "1.weight": np.ones(2)}
    >>> found, read = in_our_names(state, state.__getitem__)
    >>> sorted(found)
    ['0.bias', '0.weight_hidden', '0.weight_input', '1.weight']
    >>> read("0.bias")
    array([2., 2., 2., 2.])
    """
    ours: Arrays = {}
    used: set[str] = set()
    for first in found:
        prefix = first.removesuffix(_FIRST)
        names = [first, *(prefix + other for other in _OTHERS)]
        if prefix == first or not all(name in found for name in names):
            continue
        w, u, b, c = map(read, names)
        if b.shape != c.shape or u.ndim != 2 or b.shape != u.shape[:1]:
            continue  # the names that are left say so
        both = b + c
        if len(u) == 3 * u.shape[1]:
            units = u.shape[1]
            both[2 * units :] = b[2 * units :]
            ours[f"{prefix}bias_hidden"] = c[2 * units :]
        ours |= {f"{prefix}weight_input": w, f"{prefix}weight_hidden": u, f"{prefix}bias": both}
        used.update(names)
    if not used:
        return found, read
    others = {name: part for name, part in found.items() if name not in used}
    return {**others, **ours}, lambda name: ours[name] if name in ours else read(name)
