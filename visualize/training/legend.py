"""Where the legend of curves has room."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .figure import Axes, size_in_points


def place_legend(axes: list[Axes], handles: list[Any]) -> None:
    """Put the legend where the curves of all the axes, one upon the other, leave most room."""
    from matplotlib.font_manager import FontProperties

    size = FontProperties(size="small").get_size_in_points()
    lines = [line for handle in handles for line in handle.get_label().splitlines()]
    letters = max(map(len, lines))
    width, height = size_in_points(axes[0])
    box = (
        min(1.0, (0.6 * letters + 5.5) * size / width),
        min(1.0, (1.35 * len(lines) + 1.6) * size / height),
    )
    places = np.concatenate([_places(one, line) for one in axes for line in one.lines])
    corners: dict[Literal["center right", "lower left", "upper right", "lower right"], Any] = {
        "center right": (1 - box[0], 0.5 - box[1] / 2),
        "lower left": (0.0, 0.0),
        "upper right": (1 - box[0], 1 - box[1]),
        "lower right": (1 - box[0], 0.0),
    }
    covered = {
        name: np.count_nonzero(np.all((places >= low) & (places <= np.add(low, box)), axis=1))
        for name, low in corners.items()
    }
    best = min(corners, key=lambda name: covered[name])
    axes[-1].legend(handles=handles, loc=best, fontsize="small", framealpha=0.85)


def _places(ax: Axes, line: Any) -> npt.NDArray[Any]:
    """Return points along a curve as shares of the axes' width and height."""
    if line.get_linestyle() == ":":
        return np.zeros((0, 2))
    data = np.stack([np.asarray(line.get_xdata()), np.asarray(line.get_ydata())], axis=1)
    data = data[np.isfinite(data).all(axis=1)].astype(float)
    if ax.get_yscale() == "log":
        data = data[data[:, 1] > 0]
    if not len(data):
        return np.zeros((0, 2))
    corners = ax.transAxes.inverted().transform(ax.transData.transform(data))
    between = np.linspace(0, len(corners) - 1, 400)
    return np.stack([np.interp(between, np.arange(len(corners)), c) for c in corners.T], axis=1)
