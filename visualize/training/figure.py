"""What all pictures of training share: axes, colours for light and dark, checks of what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ..style import THEMES, Theme
from ..text import literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes
    from matplotlib.axis import Axis
    from matplotlib.colors import Colormap
else:  # matplotlib is imported where it draws
    Axes = Any

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
"""One per curve or class, so that colour is never the only difference."""


@dataclass(frozen=True)
class Palette:
    """Colours that stand out from a background.

    `value` and `gradient` are those of the diagrams; `series` starts with a pair that the
    colour-blind tell apart.
    """

    value: str
    gradient: str
    warning: str
    series: tuple[str, ...]
    neutral: str
    text: str


def _palette(theme: Theme, neutral: str, *series: str) -> Palette:
    return Palette(theme.value, theme.gradient, theme.warning, series, neutral, theme.text)


_LIGHT = _palette(
    THEMES["lecture"], "#666666", THEMES["colour-blind"].value, THEMES["colour-blind"].gradient,
    "#007a5e", "#a8487b", "#666666", "#8a6d00", "#1f4fd8", "#6b3fa0",
)  # fmt: skip
_DARK = _palette(
    THEMES["dark"], "#b0b0b0", "#56b4e9", "#ffa64d", "#3fd0a8", "#f29ac6", "#c8c8c8", "#f0e442",
    "#82aaff", "#c7a6f5",
)  # fmt: skip

PALETTES = {"light": _LIGHT, "dark": _DARK}
"""By what the ground is."""


def is_dark(ax: Axes) -> bool:
    """Return whether the ground of the axes is nearer to black than to white."""
    from matplotlib.colors import to_rgba

    red, green, blue, alpha = to_rgba(ax.get_facecolor())
    if alpha < 0.5 and ax.figure is not None:
        red, green, blue, alpha = to_rgba(ax.figure.get_facecolor())
    return alpha >= 0.5 and 0.299 * red + 0.587 * green + 0.114 * blue < 0.5


def palette(ax: Axes) -> Palette:
    """Return the colours for these axes."""
    return _DARK if is_dark(ax) else _LIGHT


def ground(ax: Axes) -> str:
    """Return the colour on which the axes' drawing stands out: black or white."""
    return "#000000" if is_dark(ax) else "#ffffff"


def readable_on(colour: Any) -> str:
    """Return black or white, whichever stands out more from a colour."""
    from matplotlib.colors import to_rgb

    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return "black" if linear @ [0.2126, 0.7152, 0.0722] > 0.179 else "white"


def curve_colours(ax: Axes, number: int) -> list[Any]:
    """Return one colour per curve; in the order of the layers where they are many."""
    low, high = (0.25, 1.0) if is_dark(ax) else (0.0, 0.8)
    return _colours(ax, number, "viridis", low, high)


def class_colours(ax: Axes, number: int) -> list[Any]:
    """Return one colour per class."""
    return _colours(ax, number, "turbo", 0.05, 0.95)


def _colours(ax: Axes, number: int, many: str, low: float, high: float) -> list[Any]:
    colours = palette(ax).series
    if number <= len(colours):
        return list(colours[:number])
    from matplotlib import colormaps

    return [colormaps[many](share) for share in np.linspace(low, high, number)]


def sequential(ax: Axes) -> Colormap:
    """Return a colour map from the ground of the axes to the first colour."""
    return _colour_map(ground(ax), palette(ax).series[0])


def diverging(ax: Axes) -> Colormap:
    """Return a colour map from the first colour over the ground to the second."""
    first, second = palette(ax).series[:2]
    return _colour_map(first, ground(ax), second)


def _colour_map(*colours: str) -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("between", colours)


def new_axes(ax: Any, owner: str, size: tuple[float, float] | None = None) -> Axes:
    """Return the given axes, or those of a new figure, of so many inches."""
    if ax is None:
        from matplotlib import pyplot

        _, ax = pyplot.subplots(layout="constrained", figsize=size)
        return ax
    if not hasattr(ax, "get_xlabel"):
        raise TypeError(
            f"{owner}(ax) expects one matplotlib Axes, got {type(ax).__name__}. "
            "Write figure, ax = plt.subplots()"
        )
    return ax


def new_grid(
    ax: Any,
    number: int,
    owner: str,
    columns: int = 3,
    *,
    size: tuple[float, float] = (2.6, 2.3),
    widths: Sequence[float] | None = None,
) -> npt.NDArray[Any]:
    """Return as many axes as asked for, from the given ones or of a new figure.

    `size` is that of each in inches; `widths` is how the columns share the width.
    """
    if ax is not None:
        given = np.atleast_1d(np.asarray(ax, object)).ravel()
        if len(given) != number or not all(hasattr(one, "get_xlabel") for one in given):
            raise ValueError(
                f"{owner}(ax) expects {number} matplotlib Axes, got {len(given)} of "
                f"{type(given[0]).__name__ if len(given) else 'nothing'}. "
                f"Write figure, axes = plt.subplots(1, {number})"
            )
        return given
    from matplotlib import pyplot

    columns = min(columns, number)
    rows = -(-number // columns)
    _, axes = pyplot.subplots(
        rows,
        columns,
        layout="constrained",
        squeeze=False,
        figsize=(max(4.0, size[0] * columns), max(3.0, size[1] * rows)),
        width_ratios=widths,
    )
    for unused in axes.ravel()[number:]:
        unused.set_axis_off()
    return axes.ravel()[:number]


def finish(
    ax: Axes,
    x: str | None = None,
    y: str | None = None,
    *,
    title: str | None = None,
    grid: Literal["both", "y"] = "both",
    legend: Mapping[str, Any] | None = None,
) -> Axes:
    """Name the axes, and draw title, grid and legend in the look that all pictures share."""
    if x is not None:
        ax.set_xlabel(literal(x))
    if y is not None:
        ax.set_ylabel(literal(y))
    if title is not None:
        ax.set_title(literal(title), fontsize="medium")
    ax.grid(axis=grid, alpha=0.3)
    if legend is not None:
        ax.legend(**{"fontsize": "small", "framealpha": 0.85, **legend})
    return ax


def draw_curves(ax: Axes, curves: Mapping[str, npt.ArrayLike], x: Any = None, **style: Any) -> None:
    """Draw a curve per label, each with a colour and a marker of its own."""
    colours = curve_colours(ax, len(curves))
    for index, (label, curve) in enumerate(curves.items()):
        steps = range(len(np.asarray(curve))) if x is None else x
        marker = MARKERS[index % len(MARKERS)]
        ax.plot(steps, curve, color=colours[index], marker=marker, label=literal(label), **style)


def in_percent(axis: Axis) -> None:
    """Write shares from 0 to 1 as percent."""
    from matplotlib.ticker import PercentFormatter

    axis.set_major_formatter(PercentFormatter(1.0))


def columns_of(history: Any, owner: str) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of a history, or of a mapping from names to arrays, with "epoch"."""
    columns: Any = history.to_dict() if hasattr(history, "to_dict") else history
    if not isinstance(columns, Mapping):
        raise TypeError(
            f"{owner}() expects a History, as fit() returns it, or a dict of arrays, "
            f"got {type(history).__name__}"
        )
    columns = {name: np.asarray(column, float) for name, column in columns.items()}
    lengths = {len(column) if column.ndim == 1 else -1 for column in columns.values()}
    if not columns or lengths == {0}:
        raise ValueError(
            f"{owner}() expects a history with at least one epoch, got none. "
            "Write history = network.fit(...) first"
        )
    if len(lengths) > 1 or lengths == {-1}:
        shapes = ", ".join(f"{name} {column.shape}" for name, column in columns.items())
        raise ValueError(f"{owner}() expects columns of one length, got {shapes}")
    (length,) = lengths
    return {"epoch": np.arange(1.0, length + 1), **columns}


def whole_epochs(ax: Axes) -> None:
    """Label the x axis with epochs, which are whole numbers."""
    from matplotlib.ticker import MaxNLocator

    ax.set_xlabel("epoch")
    ax.xaxis.set_major_locator(MaxNLocator(nbins="auto", integer=True, min_n_ticks=1))


def size_in_points(ax: Axes) -> tuple[float, float]:
    """Return width and height of the axes, as they are before the layout, in points."""
    box = ax.get_position()
    width, height = ax.figure.bbox.width, ax.figure.bbox.height
    scale = 72.0 / ax.figure.dpi
    return float(box.width * width * scale), float(box.height * height * scale)


def font_size(points: float, least: float = 4.5) -> float:
    """Return `points`, but neither unreadable nor larger than usual text."""
    from matplotlib import rcParams

    return float(min(max(points, least), float(rcParams["font.size"])))


def label_ticks(ax: Axes, axis: str, names: Sequence[str], points: float) -> None:
    """Name the ticks 0, 1, ... of an axis, or every so many of them as `points` have room for."""
    longest = max(map(len, names))
    slanted = axis == "x" and longest > 3
    across = axis == "x" and not slanted
    room = font_size(np.inf) * (max(1.4, 0.9 * longest) if across else 1.4)
    step = next(n for n in (1, 2, 5, 10, 20, 50, 100, 10**9) if n * points >= room * len(names))
    style = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
    set_ticks = ax.set_xticks if axis == "x" else ax.set_yticks
    shown = [literal(name) for name in names[::step]]
    set_ticks(range(0, len(names), step), shown, **style)  # type: ignore[arg-type]


def as_classes(labels: Any, owner: str, name: str) -> npt.NDArray[np.int64]:
    """Return labels as class numbers: they come as those, one-hot, or as probabilities."""
    array = np.asarray(labels)
    if not array.size:
        raise ValueError(f"{owner}({name}) expects at least one sample, got none")
    if array.ndim == 2 and array.shape[1] > 1:
        refuse_nan(array, owner, name)
        array = array.argmax(axis=1)
    if array.ndim != 1 or array.dtype.kind not in "iub" or (array.size and array.min() < 0):
        raise ValueError(
            f"{owner}({name}) expects classes as whole numbers from 0, of shape (samples,), or "
            f"one row per sample with one column per class; got shape {np.shape(labels)} of "
            f"{np.asarray(labels).dtype}, the smallest {np.asarray(labels).min()!s}"
        )
    return array.astype(np.int64)


def refuse_nan(scores: npt.NDArray[Any], owner: str, name: str) -> None:
    """Raise where scores are nan: such a row stands for no class, and argmax would name one."""
    if scores.dtype.kind == "f" and np.isnan(scores).any():
        rows = np.flatnonzero(np.isnan(scores).any(axis=1))
        raise ValueError(
            f"{owner}({name}) expects scores that are numbers, got nan in {len(rows)} of "
            f"{len(scores)} rows, the first at {rows[0]}: training has diverged, or the samples "
            "hold nan. Write for example a smaller learning rate"
        )


def filled(mapping: Any, owner: str, words: str) -> None:
    """Raise unless there is a mapping with at least one entry."""
    if not isinstance(mapping, Mapping) or not mapping:
        raise ValueError(f"{owner}() expects a dict {words} got {mapping!r}")


def class_names(classes: Sequence[Any] | None, number: int, owner: str) -> list[str]:
    """Return the names of the classes, their numbers where none are given."""
    if classes is None:
        return [str(position) for position in range(number)]
    if len(classes) < number:
        raise ValueError(
            f"{owner}(classes) expects a name for each of {number} classes, got {len(classes)}"
        )
    return [str(name) for name in classes]
