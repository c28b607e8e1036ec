"""The curves while the network is learning."""

from __future__ import annotations

import io
import sys
import time
from typing import Any

from nn import History, NeuralNetwork
from nn.training.callbacks import Callback

from .curves import draw_history
from .figure import Axes, new_axes

__all__ = ["LivePlot"]


class LivePlot(Callback):
    """Draws loss and accuracy again after each epoch of `fit`.

    In a notebook the picture stands below the cell and is replaced in place. Elsewhere it is drawn
    into `ax`, which a window of matplotlib shows.

    Parameters
    ----------
    log : bool, default False
        Whether the loss has a logarithmic scale.
    seconds : float, default 0.5
        How long at least between two pictures, so that drawing does not hold up training; the
        last epoch is always drawn.
    ax : matplotlib Axes, optional
        Where to draw; a figure of its own by default.

    Attributes
    ----------
    ax : Axes or None
        The axes of the loss, from the first epoch on.

    Raises
    ------
    ValueError
        If `seconds` is negative or no number.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from nn import FullyConnected, NeuralNetwork
    >>> live = LivePlot(ax=Figure().add_subplot())
    >>> x, y = np.eye(2), np.array([0, 1])
    >>> network = NeuralNetwork([FullyConnected(2, 2)])
    >>> history = network.fit(x, y, epochs=3, batch_size=2, callbacks=[live], progress=False)
    >>> len(live.ax.lines[0].get_xdata())
    3
    """

    def __init__(self, *, log: bool = False, seconds: float = 0.5, ax: Axes | None = None) -> None:
        if not isinstance(seconds, (int, float)) or not seconds >= 0:
            raise ValueError(f"LivePlot(seconds) expects a number from 0, got {seconds!r}")
        self.log = bool(log)
        self.seconds = float(seconds)
        self.ax: Axes | None = None if ax is None else new_axes(ax, "LivePlot")
        self._given = ax is not None
        self._twins: list[Axes] = []
        self._display: Any = None
        self._drawn = (0, -1e9)  # epochs, time

    def on_train_begin(self, network: NeuralNetwork, epochs: int, batches_per_epoch: int) -> None:
        """Start a picture of its own for this run."""
        self._drawn = (0, -1e9)
        self._display = None
        if not self._given:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure

            # Not by pyplot: a notebook would show that figure once more below the cell.
            figure = Figure(layout="constrained")
            FigureCanvasAgg(figure)
            self.ax, self._twins = figure.add_subplot(), []

    def on_epoch_end(self, network: NeuralNetwork, history: History) -> None:
        """Draw, unless it has just been done."""
        if time.monotonic() - self._drawn[1] >= self.seconds:
            self._draw(history)

    def on_train_end(self, network: NeuralNetwork, history: History) -> None:
        """Draw the last epoch."""
        if len(history) and self._drawn[0] != len(history):
            self._draw(history)

    def _draw(self, history: History) -> None:
        assert self.ax is not None
        for twin in self._twins:
            twin.remove()
        self.ax.clear()
        self._twins = draw_history(history, self.log, True, self.ax)[1:]
        self._show()
        self._drawn = (len(history), time.monotonic())

    def _show(self) -> None:
        assert self.ax is not None
        figure: Any = self.ax.figure
        shell = _notebook()
        if shell is None or self._given:
            figure.canvas.draw_idle()
            return
        import IPython

        display: Any = IPython.display

        png = io.BytesIO()
        figure.savefig(png, format="png")
        picture = display.Image(data=png.getvalue(), format="png")
        if self._display is None:
            self._display = display.display(picture, display_id=True)
        else:
            self._display.update(picture)


def _notebook() -> Any:
    """Return the IPython shell of the notebook that runs this, if any; does not import IPython."""
    module = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    # A terminal would print the picture's type, once per epoch.
    return None if type(shell).__name__ == "TerminalInteractiveShell" else shell
