"""What convolution and pooling have in common: windows that go over images and sequences."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import numpy as np

from autograd_core.convolving import Padding, PerAxis

from ..checks import cut, whole_number
from .layer import Layer

__all__ = ["OverImages"]

_T = TypeVar("_T")

_AXES = {1: "(N, C, T)", 2: "(N, C, H, W)"}
_SAMPLE = {1: "(channels, steps)", 2: "(channels, height, width)"}


class OverImages(Layer):
    """A layer on batches of images (N, C, H, W), or of sequences (N, C, T); see `axes`."""

    kind: ClassVar[str] = "layer"  # nobody makes one
    axes: int = 2
    """How many axes each channel has."""
    in_channels: int | None = None
    """How many channels a sample must have; None where the layer takes any number."""

    @property
    def sample_axes(self) -> tuple[int | str, ...] | None:  # type: ignore[override]
        """Channels, and as many sizes as each has axes."""
        return (self.in_channels or "C", *("T" if self.axes == 1 else "HW"))

    def require_batch(self, shape: tuple[int, ...]) -> None:
        """Raise a ValueError that says what to write where a batch is none of images."""
        channels = self.in_channels
        if len(shape) == self.axes + 2 and channels in (None, shape[1]):
            return
        expected = _AXES[self.axes].replace("C", str(channels or "C"))
        raise ValueError(
            f"{self!r} expects a batch of shape {expected}, got {tuple(shape)}. "
            f"{self._advice(tuple(shape))}"
        )

    def _advice(self, shape: tuple[int, ...]) -> str:
        channels, axes = self.in_channels, self.axes
        if len(shape) == axes + 2:
            if shape[-1] == channels:
                return "Channels come first: write np.moveaxis(x, -1, 1)"
            return f"Change in_channels to {shape[1]}, or the data"
        if len(shape) == axes + 1:
            if channels != 1 and channels in (None, shape[0]):
                return "It looks like one sample without the axis of the batch: write x[None]"
            return "One channel is an axis, too: write x[:, None]"
        if len(shape) == 2:
            size = shape[1] // (channels or 1)
            side = math.isqrt(size)
            sample = (channels or 1, side, side) if axes == 2 else (channels or 1, size)
            if math.prod(sample) == shape[1]:
                return f"Put Reshape({sample}) before it"
        return f"Samples have the shape {_SAMPLE[axes]}: put Reshape(...) before it"

    def _sample(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of a sample, where it fits; else an error about a batch of them."""
        self.require_batch((1, *shape))
        return shape

    def _fitting(self, function: Callable[..., _T], *arguments: Any, **options: Any) -> _T:
        """What a function finds for the layer's window, or its error with the layer's name."""
        try:
            return function(*arguments, **options)
        except ValueError as error:
            raise ValueError(f"{self!r}: {error}") from None


def per_axis(owner: str, name: str, value: Any, axes: int) -> PerAxis:
    """Return one whole number from 1, or one for each axis, or raise a ValueError."""
    if np.ndim(value) == 0:
        return whole_number(owner, name, value)
    each = tuple(whole_number(owner, name, part) for part in value)
    if len(each) != axes:
        raise ValueError(
            f"{owner}({name}) expects a whole number from 1"
            + (f", or {axes} of them" if axes > 1 else "")
            + f", got {cut(value)}"
        )
    return each


def checked_padding(owner: str, value: Any, axes: int) -> Padding:
    """Return "same", "valid", a number, or for each axis a number or a pair; else raise."""
    if isinstance(value, str) and value in ("same", "valid"):
        return "same" if value == "same" else "valid"
    if not isinstance(value, (str, tuple, list)):
        return whole_number(owner, "padding", value, least=0)
    parts = [part if isinstance(part, (tuple, list)) else (part,) for part in value]
    if isinstance(value, str) or len(parts) != axes or any(len(part) > 2 for part in parts):
        each = "a number or a pair (before, after)" + f" for each of {axes} axes" * (axes > 1)
        raise ValueError(
            f"{owner}(padding) expects 'same', 'valid', a whole number from 0, or a tuple with "
            f"{each}, got {cut(value)}"
        )
    numbers = [[whole_number(owner, "padding", n, least=0) for n in part] for part in parts]
    return tuple((n[0], n[1]) if len(n) == 2 else n[0] for n in numbers)


def sizes(value: PerAxis, axes: int) -> tuple[int, ...]:
    """One length for each axis."""
    return value if isinstance(value, tuple) else (value,) * axes
