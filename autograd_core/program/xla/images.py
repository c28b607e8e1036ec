"""Convolution and pooling in JAX's terms; what goes back is the transpose of what goes forward."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from ...convolving import Window
from ...operations.convolutions import as_given, as_images, over
from ...operations.pooling import counts, pool_window
from ...pooling import lowest, unlike

__all__ = ["IMAGES"]


def _transposed(function: Callable[[Any], Any], shape: tuple[int, ...], cotangent: Any) -> Any:
    """What a linear function of an array of `shape` passes back."""
    import jax

    dtype = (cotangent[0] if isinstance(cotangent, list) else cotangent).dtype
    return jax.linear_transpose(function, jax.ShapeDtypeStruct(shape, dtype))(cotangent)[0]


def _convolution(x: Any, w: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    import jax
    import jax.numpy as jnp

    x, w = jnp.asarray(x), jnp.asarray(w)
    how = over(x.shape, w.shape[2:], stride, padding, dilation)
    dtype = jnp.result_type(x, w)
    found = jax.lax.conv_general_dilated(
        as_images(x).astype(dtype),
        as_images(w).astype(dtype),
        how.stride,
        how.padding,
        rhs_dilation=how.dilation,
        feature_group_count=groups,
    )
    return as_given(found, x.ndim)


def _convolution_input(g: Any, w: Any, shape: tuple[int, ...], **how: Any) -> Any:
    return _transposed(lambda x: _convolution(x, w, **how), shape, g)


def _convolution_kernel(x: Any, g: Any, shape: tuple[int, ...], **how: Any) -> Any:
    return _transposed(lambda w: _convolution(x, w, **how), shape, g)


# --- pooling ----------------------------------------------------------------------------------


def _slices(x: Any, how: Window, filling: float = 0.0) -> list[Any]:
    """What stands at each place of all windows."""
    import jax.numpy as jnp

    axes = x.ndim - 2
    around = ((0, 0), (0, 0), *how.padding[2 - axes :])
    x = jnp.pad(x, around, constant_values=filling)
    steps, lengths = how.stride[2 - axes :], how.out[2 - axes :]
    return [
        x[(..., *(slice(i, i + s * (n - 1) + 1, s)
                  for i, s, n in zip(place, steps, lengths, strict=True)))]
        for place in itertools.product(*map(range, how.kernel[2 - axes :]))
    ]  # fmt: skip


def _max_pool(x: Any, **options: Any) -> Any:
    import jax.numpy as jnp

    parts = _slices(x, pool_window(x.shape, **options), lowest(x.dtype))
    found = parts[0]
    for part in parts[1:]:
        found = jnp.maximum(found, part)
    return found


def _chosen(x: Any, out: Any, how: Window, dtype: Any) -> tuple[list[Any], Any]:
    chosen = [(part == out).astype(dtype) for part in _slices(x, how, unlike(x.dtype))]
    return chosen, sum(chosen)


def _pool_spread(g: Any, x: Any, out: Any, **options: Any) -> Any:
    how = pool_window(x.shape, **options)
    chosen, count = _chosen(x, out, how, g.dtype)
    share = g / count
    return _transposed(lambda x: _slices(x, how), x.shape, [share * part for part in chosen])


def _pool_pick(h: Any, x: Any, out: Any, **options: Any) -> Any:
    how = pool_window(x.shape, **options)
    chosen, count = _chosen(x, out, how, h.dtype)
    return sum(part * one for part, one in zip(_slices(h, how), chosen, strict=True)) / count


def _average_pool(x: Any, **options: Any) -> Any:
    how = pool_window(x.shape, **options)
    x = x * 1.0  # whole numbers as floats: the sum of bytes is none
    return sum(_slices(x, how)) / counts(how, x.dtype, x.ndim)


def _average_spread(g: Any, shape: tuple[int, ...], **options: Any) -> Any:
    return _transposed(lambda x: _average_pool(x, **options), shape, g)


IMAGES: dict[str, Callable[..., Any]] = {
    "convolution": _convolution,
    "convolution_input": _convolution_input,
    "convolution_kernel": _convolution_kernel,
    "max_pool": _max_pool,
    "pool_spread": _pool_spread,
    "pool_pick": _pool_pick,
    "average_pool": _average_pool,
    "average_spread": _average_spread,
}
"""Name of an operation -> a function of JAX's arrays and of all options."""
