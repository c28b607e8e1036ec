"""The table of operations: normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np
from cases import Case, made, positive, real

import autograd_core as ac


def _normalized(*, axis: Any, center: bool = True, epsilon: float = 1e-5) -> Any:
    """What `normalize` computes behind `moments`, in NumPy."""

    def twin(x: Any, scale: Any, shift: Any) -> Any:
        centered = x - np.mean(x, axis, keepdims=True) if center else x
        variance = np.mean(centered**2, axis, keepdims=True)
        return centered / np.sqrt(variance + epsilon) * scale + shift

    return twin


def _normalize(*shapes: tuple[int, ...], **options: Any) -> Case:
    statistics = {name: options[name] for name in ("axis", "center") if name in options}
    return Case(
        "normalize",
        lambda x, scale, shift: ac.normalize(
            x, scale, shift, ac.moments(x, **statistics), **options
        ),
        _normalized(**options),
        shapes,
        note=",".join(f"{name}={value}" for name, value in options.items()).replace(" ", ""),
    )


def _of_moments(axis: Any, center: bool) -> Any:
    def twin(x: Any) -> Any:
        mean, variance = np.mean(x, axis, keepdims=True), np.var(x, axis, keepdims=True)
        return np.stack([mean, variance] if center else [0.0 * mean, variance + mean**2])

    return twin


CASES = [
    _normalize((4, 3), (3,), (3,), axis=0),
    _normalize((4, 3), (3,), (3,), axis=-1, epsilon=0.1),
    _normalize((4, 3), (3,), (3,), axis=-1, center=False),
    _normalize((2, 3, 2, 2), (3, 1, 1), (3, 1, 1), axis=(0, 2, 3)),
    _normalize((2, 2, 3, 2), (2, 3, 1), (2, 3, 1), axis=(2, 3)),
    _normalize((3, 4), (), (4,), axis=0, center=False),
    made("moments", _of_moments(-1, True), (2, 3), order=0),
    made("moments", _of_moments((0, 2), True), (2, 3, 2), order=0, axis=(0, 2)),
    made("moments", _of_moments(0, False), (2, 3), order=0, axis=0, center=False),
    made(
        "batch_normalization",
        lambda x, scale, shift, mean, variance: (
            (x - mean) / np.sqrt(variance + 1e-5) * scale + shift
        ),
        (4, 3),
        (3,),
        (3,),
        (3,),
        (3,),
        domains=(real, real, real, real, positive),
        elementwise=True,
    ),
]
