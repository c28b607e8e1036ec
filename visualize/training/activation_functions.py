"""Activation functions with their derivatives, as in lecture 003."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd_core as ac
from nn.checks import flag
from nn.layers import ELU, LeakyReLU, ReLU, Sigmoid, Tanh

from ..text import literal
from .figure import Axes, filled, finish, font_size, new_axes, new_grid, palette, size_in_points
from .function_words import words_of

__all__ = ["plot_activation", "plot_activations"]

LECTURE_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "Sigmoid": Sigmoid(),
    "Tanh": Tanh(),
    "ReLU": ReLU(),
    "Leaky ReLU, a = 0.1": LeakyReLU(0.1),
    "ELU, a = 1": ELU(1.0),
}
"""Those of lecture 003, by their titles."""

_LETTERS = {"a": ("slope", "alpha", "minimum"), "b": ("maximum",), "λ": ("scale",)}
"""The letters of formulas, and the attributes that they stand for."""

_POINTS = 1001  # odd, so that 0 is one of them
_JUMP = 0.05
"""A change of the derivative from one point to the next by this share of its range."""


def plot_activation(
    function: Callable[[Any], Any],
    *,
    limits: tuple[float, float] = (-5.0, 5.0),
    title: str | None = None,
    formulas: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw a function and its derivative, which the engine computes, with their formulas.

    Parameters
    ----------
    function : callable
        A layer such as ``Sigmoid()``, an operation such as `autograd_core.sigmoid`, or a function
        of your own, of every entry by itself.
    limits : tuple of float, default (-5, 5)
        From where to where.
    title : str, optional
        What stands above; the function's name by default.
    formulas : bool, default True
        Whether the formulas of both stand below, where they are known: those of a layer, or of an
        expression whose derivatives are in the table by which `explain` writes.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
        The function is the first line, the derivative the second. Where the derivative jumps, a
        point shows its value there.

    Raises
    ------
    ValueError
        If the function mixes the entries, as softmax does.
    TypeError
        If `function` is neither a layer nor a function.

    References
    ----------
    Lecture 003, "Activation Functions".

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from nn import Sigmoid
    >>> ax = plot_activation(Sigmoid(), ax=Figure().add_subplot())
    >>> value, derivative = (line.get_ydata() for line in ax.lines[:2])
    >>> float(value.max() > 0.99), float(derivative.max())  # f' = f (1 - f) is 1/4 at 0
    (1.0, 0.25)
    >>> [text.get_text() for text in ax.texts]
    ['f(x) = 1 / (1 + exp(−x))', "f'(x) = f(x) (1 − f(x))"]
    """
    flag("plot_activation", "formulas", formulas)
    if not callable(function):
        raise TypeError(
            f"plot_activation() expects a layer such as Sigmoid() or a function, got {function!r}"
        )
    low, high = _checked_limits(limits)
    x = np.linspace(low, high, _POINTS)
    if low == -high:
        x[_POINTS // 2] = 0.0
    value, derivative = _value_and_derivative(function, x)
    ax = new_axes(ax, "plot_activation")
    colours = palette(ax)
    ax.plot(x, value, color=colours.value, linewidth=2, label="f(x)")
    jumps = _jumps(derivative)
    ax.plot(
        np.insert(x, jumps + 1, x[jumps]),
        np.insert(derivative, jumps + 1, np.nan),  # a gap instead of a steep line
        color=colours.gradient,
        linewidth=2,
        linestyle="--",
        label="f'(x)",
    )
    kinks = np.setdiff1d(jumps, jumps - 1)  # a value between two jumps is one point, not two
    ax.plot(x[kinks], derivative[kinks], "o", color=colours.gradient, markersize=5)
    ax.axhline(0.0, color=colours.neutral, linewidth=0.8, zorder=0)
    ax.axvline(0.0, color=colours.neutral, linewidth=0.8, zorder=0)
    ax.set_xlim(low, high)
    name = _name(function) if title is None else title
    if formulas:
        _write_formulas(ax, function)
    return finish(ax, "x", title=name, legend={"loc": "upper left"})


def _write_formulas(ax: Axes, function: Callable[[Any], Any]) -> None:
    """Write f and f' below the axis, each in the colour of its curve."""
    words = words_of(function)
    value, derivative = words
    for letter, names in _LETTERS.items():
        number = next((getattr(function, name) for name in names if hasattr(function, name)), None)
        if isinstance(number, (int, float)) and re.search(rf"\b{letter}\b", value or ""):
            value = f"{value}, {letter} = {number:.4g}"
    lines = [(f"{name}(x) = {text}", line) for name, text, line in (
        ("f", value, ax.lines[0]), ("f'", derivative, ax.lines[1])
    ) if text is not None]  # fmt: skip
    if not lines:
        return
    width, _ = size_in_points(ax)
    # Below the ticks and the letter x, in the unit of a line of usual text.
    usual = font_size(np.inf)
    size = min(0.95 * usual, font_size(1.15 * width / (0.56 * max(len(text) for text, _ in lines))))
    for place, (text, line) in enumerate(lines):
        ax.annotate(
            literal(text), (0.5, 0.0), (0.0, -(3.1 + 1.35 * place) * usual),
            xycoords="axes fraction", textcoords="offset points", ha="center", va="top",
            fontsize=size, color=line.get_color(), annotation_clip=False,
        )  # fmt: skip


def plot_activations(
    functions: Mapping[str, Callable[[Any], Any]] = LECTURE_FUNCTIONS,
    *,
    limits: tuple[float, float] = (-5.0, 5.0),
    formulas: bool = True,
    ax: Any = None,
) -> npt.NDArray[Any]:
    """Draw several activation functions, each with its derivative.

    Parameters
    ----------
    functions : mapping of str to callable, optional
        Functions by their titles; sigmoid, tanh, ReLU, leaky ReLU and ELU by default.
    limits : tuple of float, default (-5, 5)
        From where to where.
    formulas : bool, default True
        Whether the formulas of both stand below, where they are known: those of a layer, or of an
        expression whose derivatives are in the table by which `explain` writes.
    ax : array of matplotlib Axes, optional
        One per function, which are returned; those of a new figure by default.

    Returns
    -------
    ndarray of Axes
        One for each picture.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from nn import ReLU
    >>> axes = plot_activations({"tanh": np.tanh, "ReLU": ReLU()}, ax=Figure().subplots(1, 2))
    >>> [ax.get_title() for ax in axes]
    ['tanh', 'ReLU']
    """
    filled(functions, "plot_activations", "from titles to functions with at least one entry,")
    axes = new_grid(ax, len(functions), "plot_activations", size=(3.4, 2.9))
    for one, (title, function) in zip(axes, functions.items(), strict=True):
        plot_activation(function, limits=limits, title=title, formulas=formulas, ax=one)
    return axes


def _checked_limits(limits: Any) -> tuple[float, float]:
    array = np.asarray(limits, float)
    if array.shape != (2,) or not np.isfinite(array).all() or array[0] >= array[1]:
        raise ValueError(
            "plot_activation(limits) expects two numbers, the smaller first, such as (-5, 5), "
            f"got {limits!r}"
        )
    return float(array[0]), float(array[1])


def _value_and_derivative(
    function: Callable[[Any], Any], x: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    def total(x: Any) -> Any:
        return ac.sum(function(x))  # entries do not mix, so its gradient is f' at each of them

    # Where a function is not defined nothing is drawn, and nothing said.
    with ac.no_grad(), np.errstate(all="ignore"):
        value = _plain(function(x))
        alone = _plain(function(x[1:2]))
    if (
        value.shape != x.shape
        or alone.shape != (1,)
        or not np.allclose(value[1], alone[0], equal_nan=True)
    ):
        raise ValueError(
            "plot_activation() expects a function of every entry by itself, got "
            f"{_name(function)}, which mixes them. Write lambda x: f(x) with one number in, one out"
        )
    with np.errstate(all="ignore"):
        derivative = _plain(ac.grad(total)(x))
    return value, np.where(np.isnan(value), np.nan, derivative)


def _plain(value: Any) -> npt.NDArray[Any]:
    return np.asarray(value.value if isinstance(value, ac.Node) else value)


def _jumps(derivative: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return the points behind which the derivative jumps; near a pole it is only steep."""
    finite = derivative[np.isfinite(derivative)]
    span = float(np.ptp(finite)) if finite.size else 0.0
    with np.errstate(invalid="ignore"):  # inf - inf
        change = np.abs(np.diff(derivative))
    around = np.pad(change, 2, constant_values=np.inf)  # the next but one: two jumps may touch
    steep = 10.0 * np.fmax(around[:-4], around[4:])
    large = np.isfinite(change) & (change > max(_JUMP * span, 1e-9))
    return np.flatnonzero(large & (change > steep))


def _name(function: Any) -> str:
    name = getattr(function, "name", None) or getattr(function, "__name__", None)
    if name == "<lambda>":
        return "f"
    return str(name) if isinstance(name, str) else repr(function)
