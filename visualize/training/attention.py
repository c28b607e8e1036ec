"""Which step of a sequence looks at which: the weights of attention as matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .figure import class_names, label_ticks, new_grid, sequential, size_in_points

__all__ = ["plot_attention"]

_CELL, _LEAST, _MOST = 0.3, 2.4, 5.0
"""Inches: of a step, and the least and most of a matrix."""


def plot_attention(
    weights: npt.ArrayLike,
    *,
    steps: Sequence[Any] | None = None,
    source: Sequence[Any] | None = None,
    ax: Any = None,
) -> npt.NDArray[Any]:
    """Draw the weights of attention: each row is a step that looks, each column what it looks at.

    Parameters
    ----------
    weights : array_like, shape (steps, source steps) or (heads, steps, source steps)
        Of one sequence, as ``MultiHeadAttention.attention_weights(x)[0]`` gives them.
    steps : sequence, optional
        What the steps are called, such as a text with one letter for each; their numbers by
        default.
    source : sequence, optional
        What those are called at which they look, where that is another sequence.
    ax : array of matplotlib Axes, optional
        Where to draw, one for each head; a new figure by default.

    Returns
    -------
    ndarray of Axes
        One for each head.

    Raises
    ------
    ValueError
        If the weights are no matrices of shares from 0 to 1, or names are missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> axes = plot_attention([[1.0, 0.0], [0.3, 0.7]], steps="no", ax=Figure().add_subplot())
    >>> [label.get_text() for label in axes[0].get_yticklabels()]
    ['n', 'o']
    """
    owner = "plot_attention"
    shares = np.asarray(weights, np.float64)
    heads = shares[None] if shares.ndim == 2 else shares
    if heads.ndim != 3 or not heads.size:
        raise ValueError(
            f"{owner}(weights) expects those of one sequence, shape (steps, source steps) or "
            f"(heads, steps, source steps), got {shares.shape}. Write weights[0] for the first "
            "sequence"
        )
    if not (heads.min() >= 0.0 and heads.max() <= 1.0 + 1e-6):
        raise ValueError(
            f"{owner}(weights) expects shares from 0 to 1, got {heads.min()} to {heads.max()}. "
            "Write layer.attention_weights(x)[0]"
        )
    number, rows, columns = heads.shape
    names = class_names(steps, rows, owner)
    source_names = (
        names if source is None and rows == columns else class_names(source, columns, owner)
    )
    width, height = (min(max(_CELL * n, _LEAST), _MOST) for n in (columns, rows))
    axes = new_grid(ax, number, owner, 4 if width < 3.0 else 2, size=(width, height + 0.3))
    for head, (each, matrix) in enumerate(zip(axes, heads, strict=True)):
        image = each.imshow(matrix, cmap=sequential(each), vmin=0.0, vmax=1.0)
        label_ticks(each, "x", source_names[:columns], size_in_points(each)[0])
        label_ticks(each, "y", names[:rows], size_in_points(each)[1])
        each.set_title(f"head {head}" if number > 1 else "attention", fontsize="medium")
    axes[0].set_ylabel("step")
    axes[0].set_xlabel("looks at")
    axes[0].figure.colorbar(image, ax=list(axes), label="weight", shrink=0.8)
    return axes
