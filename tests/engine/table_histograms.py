"""Cases of what is sorted into bins, and of what fills an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from cases import Case, positive, row

import autograd_core as ac


def kind(x: Any) -> Any:
    return getattr(x, "dtype", float)


def binned(name: str, *shapes: tuple[int, ...], data: tuple[Any, ...] = (), **more: Any) -> Case:
    """A histogram of fixed data by weights that vary."""
    ours, twin = getattr(ac, name), getattr(np, name)
    note = ",".join(f"{key}={value}" for key, value in more.items())

    def at(function: Any) -> Callable[..., Any]:
        return lambda w: function(
            *(x.astype(kind(w)) if x.dtype.kind == "f" else x for x in data), weights=w, **more
        )[0]

    return Case(
        name,
        at(ours),
        at(twin),
        ((8,),),
        (positive,),
        note=f"weights,{note}".replace(" ", ""),
    )


def _flat(found: Any, edges: Any) -> tuple[Any, ...]:
    return (found, *edges)


DATA = np.array([0.1, 0.4, 0.4, 0.75, 1.0, 1.3, 2.0, 2.6])
ALSO = np.array([3.0, 0.2, 1.4, 1.4, 0.6, 2.2, 0.1, 1.7])

CASES = [
    binned("histogram", data=(DATA,)),
    binned("histogram", data=(DATA,), bins=3, range=(0.4, 2.1)),
    binned("histogram", data=(DATA,), bins=[0.0, 0.4, 1.0, 2.6]),
    binned("histogram", data=(DATA,), bins=4, density=True),
    binned("histogram", data=(np.arange(8) % 3,), bins=2),
    row("histogram", (7,), bins=3, density=True),
    row("histogram_bin_edges", (7,)),
    row("histogram_bin_edges", (2, 3), bins="sturges"),
    row("histogram_bin_edges", (1,), bins=2, note="one entry"),
    Case(
        "histogram_bin_edges",
        lambda x: ac.histogram_bin_edges(DATA.astype(kind(x)), 4, (x[0], x[1])),
        lambda x: np.linspace(x[0], x[1], 5),
        ((2,),),
        (lambda random, shape: np.array([-0.5, 3.0]),),
        note="range of nodes",
    ),
    binned("histogram2d", data=(DATA, ALSO), bins=3),
    binned("histogram2d", data=(DATA, ALSO), bins=[2, [0.0, 1.0, 3.5]], density=True),
    binned("histogram2d", data=(DATA, ALSO), bins=[0.0, 1.0, 1.4, 3.0]),
    row("histogram2d", (6,), (6,), bins=2, density=True),
    binned("histogramdd", data=(np.stack([DATA, ALSO], axis=1),), bins=(2, 4)),
    binned(
        "histogramdd",
        data=(np.stack([DATA, ALSO], axis=1),),
        bins=3,
        range=((0.0, 2.0), (1.0, 3.0)),
    ),
    Case(
        "histogramdd",
        lambda x: _flat(*ac.histogramdd(x, 2, density=True)),
        lambda x: _flat(*np.histogramdd(x, 2, density=True)),
        ((6, 2),),
        note="density by the points",
    ),
    row("unique", (2, 3)),
    row("unique", (2, 3), axis=1),
    Case(
        "unique",
        lambda x: ac.unique(x, True, True, True),
        lambda x: np.unique(x, True, True, True),
        ((5,),),
        (lambda random, shape: np.array([2.0, -1.0, 2.0, 0.5, -1.0]),),
        order=0,
        note="equal entries, with all that is found beside them",
    ),
    Case(
        "full_like",
        lambda x: ac.full_like(np.ones((2, 3), kind(x)), x),
        lambda x: np.broadcast_to(x, (2, 3)) * 1,
        ((),),
    ),
    Case(
        "full_like",
        lambda x: ac.full_like(np.ones(5, int), x, dtype=kind(x), shape=(4, 3)),
        lambda x: np.broadcast_to(x, (4, 3)) * 1,
        ((3,),),
        note="a row, in another shape and dtype",
    ),
]
