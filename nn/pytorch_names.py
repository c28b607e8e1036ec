"""Recurrent layers and transformers as PyTorch keeps them, under the names that ours have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]

_FIRST = "weight_ih_l0"
_OTHERS = ("weight_hh_l0", "bias_ih_l0", "bias_hh_l0")


def in_our_names(
    found: Mapping[str, Any], read: Callable[[str], npt.NDArray[Any]]
) -> tuple[Mapping[str, Any], Callable[[str], npt.NDArray[Any]]]:
    """Return arrays with those of RNN, LSTM, GRU and attention named as here; others stay.

    PyTorch has two biases of which the sum counts, but for what the reset gate of a GRU multiplies;
    and one matrix for queries, keys and values.

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
    _recurrent(found, read, ours, used)
    _attention(found, read, ours, used)
    if not used:
        return found, read
    others = {name: part for name, part in found.items() if name not in used}
    return {**others, **ours}, lambda name: ours[name] if name in ours else read(name)


def _recurrent(
    found: Mapping[str, Any], read: Callable[[str], npt.NDArray[Any]], ours: Arrays, used: set[str]
) -> None:
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


_IN = "in_proj_weight"
_BLOCK = {"linear1": "up", "linear2": "down"}
"""Layers of a `TransformerEncoderLayer` by their names here."""


def _attention(
    found: Mapping[str, Any], read: Callable[[str], npt.NDArray[Any]], ours: Arrays, used: set[str]
) -> None:
    for first in found:
        prefix = first.removesuffix(_IN)
        if prefix == first or found[first].shape[0] % 3:
            continue
        block = prefix.removesuffix("self_attn.")
        layers = {f"{prefix}out_proj": f"{prefix}out"}
        if block != prefix:
            layers = {f"{prefix}out_proj": f"{block}attention.out"}
            layers |= {f"{block}{theirs}": f"{block}{name}" for theirs, name in _BLOCK.items()}
        for kind in ("weight", "bias"):
            whole = f"{prefix}in_proj_{kind}"
            if whole in found:
                used.add(whole)
                attention = layers[f"{prefix}out_proj"].removesuffix("out")
                parts = np.split(read(whole), 3)
                for part, rows in zip(("query", "key", "value"), parts, strict=True):
                    ours[f"{attention}{part}.{kind}"] = rows
            for theirs, name in layers.items():
                if (source := f"{theirs}.{kind}") in found:
                    used.add(source)
                    ours[f"{name}.{kind}"] = read(source)
