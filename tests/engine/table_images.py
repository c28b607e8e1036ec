"""Convolution and pooling: each beside an expression of slices, one for each entry of a window."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from cases import Case, made, real, whole

import autograd_core as ac


def of(shape, kernel, stride=1, padding=0, dilation=1):
    """Widths of padding, and the slices of a padded image that each entry of a window meets."""
    axes = len(shape) - 2
    strides, steps = (np.broadcast_to(each, axes).tolist() for each in (stride, dilation))
    spans = [d * (k - 1) + 1 for d, k in zip(steps, kernel, strict=True)]
    if padding == "same":
        padding = tuple((span // 2, (span - 1) // 2) for span in spans)
    widths = np.broadcast_to(0, (2, 2)) if padding == "valid" else padding
    if np.ndim(widths) == 1:
        widths = [(each, each) for each in widths]
    widths = np.broadcast_to(widths, (axes, 2)).tolist()
    out = [
        (n + sum(width) - span) // s + 1
        for n, width, span, s in zip(shape[2:], widths, spans, strides, strict=True)
    ]
    places = itertools.product(*map(range, kernel))
    slices = [
        (..., *(slice(i * d, i * d + (n - 1) * s + 1, s)
                for i, d, s, n in zip(place, steps, strides, out, strict=True)))
        for place in places
    ]  # fmt: skip
    return [(0, 0), (0, 0), *widths], slices, out


def windows(x, kernel, filling=0, **how):
    """What stands at each entry of all windows, along a last axis."""
    widths, slices, _ = of(x.shape, kernel, **how)
    x = np.pad(x, widths, constant_values=filling)
    return np.stack([x[part] for part in slices], axis=-1)


def put_back(parts, shape, kernel, **how):
    """The adjoint of `windows`: what stands along the last axis is added where it was taken."""
    widths, slices, _ = of(shape, kernel, **how)
    total: Any = 0.0
    for number, part in enumerate(slices):
        large = tuple(n + sum(width) for n, width in zip(shape, widths, strict=True))
        total = total + ac.scatter_add(parts[..., number], index=part, shape=large)
    inside = tuple(slice(w[0], w[0] + n) for w, n in zip(widths, shape, strict=True))
    return total[inside]


def _grouped(x, groups, axis):
    return np.reshape(x, (*x.shape[:axis], groups, x.shape[axis] // groups, *x.shape[axis + 1 :]))


def _flat(w):
    return np.reshape(w, (*w.shape[:2], -1))


def correlated(x, w, groups=1, **how):
    seen = _grouped(windows(x, w.shape[2:], **how), groups, 1)
    found = np.einsum("ngc...k,gfck->ngf...", seen, _grouped(_flat(w), groups, 0))
    return np.reshape(found, (found.shape[0], -1, *found.shape[3:]))


def at_input(g, w, shape, groups=1, **how):
    parts = np.einsum("ngf...,gfck->ngc...k", _grouped(g, groups, 1), _grouped(_flat(w), groups, 0))
    parts = np.reshape(parts, (*shape[:2], *parts.shape[3:]))
    return put_back(parts, shape, w.shape[2:], **how)


def at_kernel(x, g, shape, groups=1, **how):
    seen = _grouped(windows(x, shape[2:], **how), groups, 1)
    seen = np.reshape(seen, (*seen.shape[:3], -1, seen.shape[-1]))
    behind = np.reshape(_grouped(g, groups, 1), (*seen.shape[:2], -1, seen.shape[3]))
    found = np.einsum("ngcpk,ngfp->gfck", seen, behind)
    return np.reshape(found, shape)


def convolutions(x: Any, w: Any, **how: Any) -> list[Case]:
    """The three products of one convolution."""
    g = ac.convolution(np.ones(x), np.ones(w), **how).shape
    groups = {"groups": how["groups"]} if "groups" in how else {}
    plain = {key: value for key, value in how.items() if key != "groups"}
    note = ",".join(f"{key}={value}" for key, value in how.items()).replace(" ", "")
    note = f"{list(x)}by{list(w)}{note}".replace(" ", "")
    twins: list[tuple[str, Callable[..., Any], Any, dict[str, Any]]] = [
        ("convolution", correlated, (x, w), {}),
        ("convolution_input", at_input, (g, w), {"shape": x}),
        ("convolution_kernel", at_kernel, (x, g), {"shape": w}),
    ]
    return [
        made(
            name,
            lambda a, b, twin=twin, more=more: twin(a, b, **more, **groups, **plain),
            *shapes,
            note=note,
            **more,
            **how,
        )
        for name, twin, shapes, more in twins
    ]


def _of_size(size: Any, x: Any) -> Any:
    return np.broadcast_to(size, len(x) - 2).tolist()


def largest(x, size, **how):
    return np.max(windows(x, _of_size(size, x.shape), -1000, **how), axis=-1)


def shares(x, out, size, **how):
    chosen = windows(x, _of_size(size, x.shape), -1000, **how) == out[..., None]
    return chosen / np.sum(chosen, axis=-1, keepdims=True)


def pools(x: Any, size: Any, **how: Any) -> list[Case]:
    """All operations of pooling with one window."""
    own = {"stride": size, **how}
    kernel = _of_size(size, x)
    out = ac.max_pool(np.ones(x), size=size, **how).shape
    counts = np.sum(windows(np.ones(x), kernel, **own), axis=-1)
    note = f"{list(x)}by{size}" + ",".join(f"{key}={value}" for key, value in how.items())
    note = note.replace(" ", "")

    def pooled(name: str, moved: Any) -> Case:
        def call(a: Any, b: Any) -> Any:
            return getattr(ac, name)(a, b, ac.max_pool(b, size=size, **how), size=size, **how)

        def twin(a: Any, b: Any) -> Any:
            b = b.value if type(b) is ac.Node else b
            share = shares(b, largest(b, size, **own), size, **own).astype(a.dtype)
            if name == "pool_spread":
                return put_back(a[..., None] * share, x, kernel, **own)
            return np.sum(windows(a, kernel, **own) * share, axis=-1)

        return Case(name, call, twin, (moved, x), (real, whole(3)), note=note)

    return [
        made("max_pool", lambda a: largest(a, size, **own), x, size=size, note=note, **how),
        pooled("pool_spread", out),
        pooled("pool_pick", x),
        made(
            "average_pool",
            lambda a: np.sum(windows(a, kernel, **own), axis=-1) / counts.astype(a.dtype),
            x,
            size=size,
            note=note,
            **how,
        ),
        made(
            "average_spread",
            lambda g: put_back(
                (g / counts.astype(g.dtype))[..., None] * np.ones((*out, 1), g.dtype)
                * np.ones(np.prod(kernel), g.dtype),
                x, kernel, **own,
            ),
            out,
            shape=x,
            size=size,
            note=note,
            **how,
        ),
    ]  # fmt: skip


def patches(x: Any, kernel: Any, **how: Any) -> list[Case]:
    out = ac.extract_patches(np.ones(x), kernel=kernel, **how).shape
    note = f"{list(x)}by{kernel}".replace(" ", "")
    return [
        made(
            "extract_patches",
            lambda a: np.reshape(windows(a, kernel, **how), out),
            x,
            kernel=kernel,
            note=note,
            **how,
        ),
        made(
            "scatter_patches",
            lambda p: put_back(
                np.reshape(p, (*out[: len(x)], -1)), x, kernel, **how
            ),
            out,
            shape=x,
            kernel=kernel,
            note=note,
            **how,
        ),
    ]  # fmt: skip


CASES = [
    *convolutions((2, 2, 4, 5), (3, 2, 3, 3)),
    *convolutions((2, 2, 4, 4), (2, 2, 2, 2), padding="same"),
    *convolutions((1, 2, 5, 4), (2, 1, 3, 2), stride=(2, 1), padding=((1, 0), (0, 2)), groups=2),
    *convolutions((1, 1, 5, 6), (2, 1, 2, 2), dilation=(2, 3), padding=1),
    *convolutions((2, 2, 6), (2, 2, 3), stride=3, padding="same"),
    *pools((2, 2, 4, 4), 2),
    *pools((1, 2, 5, 6), (3, 2), stride=(2, 1), padding=(1, 0)),
    *pools((2, 2, 5), 3, stride=2),
    *patches((2, 1, 4, 5), (2, 3), stride=2, padding=1),
    *patches((1, 2, 6), (2,), dilation=3),
]
