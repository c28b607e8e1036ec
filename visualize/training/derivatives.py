"""Three ways to a derivative: the formula, the difference quotient, the computational graph."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd_core as ac
from autograd_core import Node
from nn.checks import number as checked_number

from ..draw import draw
from ..style import THEMES
from ..text import check_number_format, literal, number
from .descent import square
from .figure import Axes, finish, font_size, is_dark, new_grid, palette, size_in_points
from .function_words import words_of

__all__ = ["DerivativeWays", "derivative_ways", "plot_derivative_ways"]

Function = Callable[[Any], Any]


@dataclass(frozen=True)
class DerivativeWays:
    """A derivative, found in three ways. ``str()`` writes it as a table.

    Attributes
    ----------
    at, value : float
        Where, and the function there.
    analytic : float
        By the formula, at this place.
    quotients : dict of float to float
        The difference quotient (L(w + h) - L(w)) / h, by h.
    graph : float
        By backpropagation through the graph.
    formula : str or None
        The formula, where it is known.
    variable : str
        What the variable is called.
    number_format : str
        How numbers are written.

    Examples
    --------
    >>> from visualize.training import derivative_ways
    >>> ways = derivative_ways(lambda w: w**2, 3.0)
    >>> float(ways.graph), round(ways.quotients[0.1], 3)
    (6.0, 6.1)
    """

    at: float
    value: float
    analytic: float
    quotients: dict[float, float]
    graph: float
    formula: str | None = None
    variable: str = "w"
    number_format: str = ".6g"

    def rows(self) -> list[tuple[str, str]]:
        """Return the table: a way, and what it gives."""
        return [
            (
                f"analytic{f': {self.formula}' if self.formula else ''}",
                self._written(self.analytic),
            ),
            *(
                (f"difference quotient, h = {h:g}", self._written(slope))
                for h, slope in self.quotients.items()
            ),
            ("graph, backward()", self._written(self.graph)),
        ]

    def _written(self, value: float) -> str:
        return number(value, self.number_format)

    def __str__(self) -> str:
        rows = [("way", f"dL/d{self.variable} at {self.at:g}"), *self.rows()]
        width = max(len(way) for way, _ in rows)
        return "\n".join(f"{way:{width}}  {value}" for way, value in rows)


def derivative_ways(
    function: Function = square,
    at: float = 1.8,
    *,
    derivative: Function | None = None,
    h: Sequence[float] = (1.0, 0.1, 0.001),
    variable: str = "w",
    number_format: str = ".6g",
) -> DerivativeWays:
    """Compute the derivative of a function of one variable in the three ways of lecture 003.

    Parameters
    ----------
    function : callable, default w ** 2
        From a Node to a scalar Node.
    at : float, default 1.8
        Where.
    derivative : callable, optional
        The derivative as you found it on paper, such as ``lambda w: 2 * w``. By default it is put
        together from the table of formulas, from the variable to the result, and its numbers are
        carried along (in forward mode).
    h : sequence of float, default (1, 0.1, 0.001)
        The steps of difference quotients, of which the slide writes the limit.
    variable : str, default "w"
        What the variable is called.
    number_format : str, default ".6g"
        How numbers are written.

    Returns
    -------
    DerivativeWays
        The numbers; ``print`` shows the table.

    References
    ----------
    Lecture 003, "Computational Graph" ("Options") and "1D Gradient Descent", whose L = w^2 at 1.8
    is the default.

    Examples
    --------
    >>> print(derivative_ways())
    way                             dL/dw at 1.8
    analytic: 2·w                   3.6
    difference quotient, h = 1      4.6
    difference quotient, h = 0.1    3.7
    difference quotient, h = 0.001  3.601
    graph, backward()               3.6
    """
    return _ways(function, at, derivative, h, variable, number_format)[0]


def plot_derivative_ways(
    function: Function = square,
    at: float = 1.8,
    *,
    derivative: Function | None = None,
    h: Sequence[float] = (1.0, 0.1, 0.001),
    variable: str = "w",
    number_format: str = ".6g",
    ax: Any = None,
) -> npt.NDArray[Any]:
    """Draw the three ways to a derivative: the curve with tangent and secants, the graph, a table.

    Parameters
    ----------
    function : callable, default w ** 2
        From a Node to a scalar Node.
    at : float, default 1.8
        Where.
    derivative : callable, optional
        The derivative as you found it on paper, such as ``lambda w: 2 * w``. By default it is put
        together from the table of formulas, from the variable to the result, and its numbers are
        carried along (in forward mode).
    h : sequence of float, default (1, 0.1, 0.001)
        The steps of difference quotients, of which the slide writes the limit.
    variable : str, default "w"
        What the variable is called.
    number_format : str, default ".6g"
        How numbers are written.
    ax : array of 3 matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    ndarray of Axes
        The curve, whose lines are the function, the tangent and the secants in the order of h; the
        graph, drawn by `draw`; and the table.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> axes = plot_derivative_ways(ax=Figure(figsize=(11, 3), layout="constrained").subplots(1, 3))
    >>> [text.get_text() for text in axes[2].texts][-2:]
    ['graph, backward()', '3.6']
    """
    ways, root = _ways(function, at, derivative, h, variable, number_format)
    axes = _new_axes() if ax is None else new_grid(ax, 3, "plot_derivative_ways")
    _draw_curve(axes[0], function, ways)
    _draw_graph(axes[1], root)
    _draw_table(axes[2], ways)
    return axes


# --- numbers -------------------------------------------------------------------------------------


def _ways(
    function: Function,
    at: float,
    derivative: Function | None,
    h: Sequence[float],
    variable: str,
    number_format: str,
) -> tuple[DerivativeWays, Node]:
    owner = "derivative_ways"
    check_number_format(number_format)
    at = checked_number(owner, "at", at)
    steps = [checked_number(owner, "h", step) for step in np.atleast_1d(np.asarray(h, object))]
    if not all(steps):
        raise ValueError(f"{owner}(h) expects steps other than 0, such as (1, 0.1), got {h!r}")
    w = Node(at, name=variable)
    root = _applied(function, w, owner)
    if root.grad is None:
        root.backward()
    if w.grad is None:
        raise ValueError(f"{owner}() expects a function that depends on its variable")
    value = float(root.value)
    quotients = {
        step: (float(_applied(function, Node(at + step), owner).value) - value) / step
        for step in steps
    }
    if derivative is not None:
        found = derivative(at)
        analytic = float(found.value if isinstance(found, Node) else found)
    else:
        analytic = float(ac.jvp(function, (at,), (1.0,))[1])
    text = words_of(function, variable).derivative if derivative is None else None
    return (
        DerivativeWays(
            at, value, analytic, quotients, float(w.grad), text, variable, number_format
        ),
        root,
    )


def _applied(function: Function, w: Node, owner: str) -> Node:
    with np.errstate(all="ignore"):
        root = function(w)
    if type(root) is not Node or root.size != 1 or root is w:
        got = type(root).__name__ if type(root) is not Node else f"shape {root.shape}"
        raise ValueError(
            f"{owner}() expects a function from a Node to a scalar Node, computed from it by graph "
            f"operations, such as lambda w: w**2; got {got}"
        )
    if not root.name:
        root.name = "L"
    return root


# --- pictures ------------------------------------------------------------------------------------


def _new_axes() -> npt.NDArray[Any]:
    """Return axes of a new figure: the graph has the whole width below the two others."""
    from matplotlib import pyplot

    _, axes = pyplot.subplot_mosaic(
        [["curve", "table"], ["graph", "graph"]],
        layout="constrained", figsize=(8.6, 5.0), height_ratios=(2.6, 1.0),
    )  # fmt: skip
    return np.array([axes[name] for name in ("curve", "graph", "table")])


def _draw_curve(ax: Axes, function: Function, ways: DerivativeWays) -> None:
    colours = palette(ax)
    reach = 1.6 * max(1e-3, max(map(abs, ways.quotients), default=1.0))
    around = np.linspace(ways.at - reach, ways.at + reach, 201)
    with ac.no_grad(), np.errstate(all="ignore"):
        curve = [float(np.asarray(function(Node(w)).value)) for w in around]
    ax.plot(around, curve, color=colours.value, linewidth=2, label=f"L({literal(ways.variable)})")
    low, high = ax.get_ylim()
    ends = np.array([around[0], around[-1]])
    ax.plot(
        ends, ways.value + ways.analytic * (ends - ways.at), color=colours.gradient, linewidth=1.6,
        label=f"tangent: {number(ways.analytic, '.4g')}",
    )  # fmt: skip
    for index, (h, slope) in enumerate(ways.quotients.items()):
        shade = colours.series[(index * 2) % len(colours.series)]
        ax.plot(
            ends, ways.value + slope * (ends - ways.at), color=shade, linewidth=1.1,
            linestyle=("--", ":", "-.")[index % 3],
            label=f"secant, h = {h:g}: {number(slope, '.4g')}",
        )  # fmt: skip
        ax.plot(
            [ways.at + h], [ways.value + slope * h], marker="o", color=shade, markersize=4,
            linestyle="none",
        )  # fmt: skip
    ax.plot([ways.at], [ways.value], marker="o", color=colours.text, markersize=5, linestyle="none")
    ax.set_ylim(low, high)
    title = f"{ways.variable} = {ways.at:g}, L = {number(ways.value, '.4g')}"
    place = "upper left" if ways.analytic >= 0 else "upper right"
    finish(ax, ways.variable, "L", title=title, legend={"loc": place})


def _draw_graph(ax: Axes, root: Node) -> None:
    """Show the picture that `draw` makes, as large as it is, or as fits."""
    from matplotlib.image import imread
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    theme = replace(THEMES["dark" if is_dark(ax) else "lecture"], background="transparent")
    pixels = imread(io.BytesIO(draw(root, theme=theme).png()))
    width, height = size_in_points(ax)
    zoom = min(72 / 192, width / pixels.shape[1], 0.9 * height / pixels.shape[0])
    ax.add_artist(
        AnnotationBbox(
            OffsetImage(pixels, zoom=zoom, dpi_cor=True, resample=True), (0.5, 0.5),
            xycoords="axes fraction", frameon=False, pad=0.0,
        )
    )  # fmt: skip
    ax.set_axis_off()
    ax.set_title("graph: value above, gradient below", fontsize="medium")


def _draw_table(ax: Axes, ways: DerivativeWays) -> None:
    rows = [[way, value] for way, value in ways.rows()]
    colours = palette(ax)
    width, _ = size_in_points(ax)
    usual = font_size(np.inf)

    def fitting(letters: int) -> float:
        return font_size(width / (0.56 * letters))

    below = ""
    if fitting(sum(map(len, rows[0])) + 3) < 0.85 * usual:  # the formula has a line of its own
        rows[0][0], below = "analytic", ways.formula or ""
    size = fitting(max(len(way) + len(value) for way, value in rows) + 3)
    ax.set_axis_off()
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    step = 1.0 / (len(rows) + (2.0 if below else 1.0))
    y = 1.0 - 0.8 * step
    for place, (way, value) in enumerate(rows):
        last = place == len(rows) - 1
        ink = colours.gradient if place == 0 or last else colours.text
        ax.text(0.0, y, literal(way), va="center", fontsize=size)
        ax.text(1.0, y, literal(value), va="center", ha="right", fontsize=size, color=ink)
        if below and not place:
            y -= 0.8 * step
            ax.text(0.0, y, literal(below), va="center", fontsize=fitting(len(below) + 2))
        if not last:
            ax.plot([0, 1], [y - step / 2] * 2, color=colours.neutral, linewidth=0.6)
        y -= step
    ax.set_title(
        literal(f"dL/d{ways.variable} at {ways.variable} = {ways.at:g}"), fontsize="medium"
    )
