"""A plain function as a loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core.node import raw

from ..checks import refuse_masked
from ..data.given import refuse_nonfinite
from ..finite import cast
from ..functions import name_of, of_prediction_and_label
from .loss import Loss

__all__ = ["FunctionLoss"]


class FunctionLoss(Loss):
    """What a plain function of prediction and label says: a number, or one per sample or entry.

    Parameters
    ----------
    function : callable
        ``function(prediction, label)``, written in operations of the engine or of NumPy. What it
        returns per sample or entry is averaged, and may be weighted. Labels that are whole numbers
        stay so, unless they have the shape of the prediction.

    Raises
    ------
    TypeError
        When called: if the function returns no numbers.

    Notes
    -----
    Files hold no function, only its name: a network that was loaded predicts, and is trained and
    evaluated when it is given the function again, ``network.loss = function``.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import FullyConnected, NeuralNetwork
    >>> network = NeuralNetwork([FullyConnected(2, 1)], loss=lambda p, y: (p - y) ** 4)
    >>> network.train_step(np.zeros((3, 2)), [1.0, 1.0, 1.0])
    1.0
    """

    advice_on_terms = "Let it return what each sample costs, and not their mean"

    def __init__(self, function: Callable[..., Any] | str) -> None:
        self.function = function
        if not isinstance(function, str):
            self._function = of_prediction_and_label(function)

    def __repr__(self) -> str:
        return self.called

    @property
    def called(self) -> str:
        """The function's name."""
        function = self.function
        return function if isinstance(function, str) else name_of(function, "loss")

    def apply(self, prediction: Any, label: npt.NDArray[Any]) -> Node:
        """Call the function."""
        if isinstance(self.function, str):
            raise ValueError(
                f"the loss of this network was the function {self.function}, and files hold none. "
                f"Write network.loss = {self.called.rpartition('.')[2]}"
            )
        loss = self._function(prediction, label)
        if not hasattr(loss, "shape") or type(loss) is not Node is type(prediction):
            raise TypeError(
                f"the function {self.called!r} of a loss is to return a number or one per sample, "
                f"made of the prediction by operations, without .value; got {type(loss).__name__}"
            )
        return loss

    def checked_label(self, prediction: Any, label: npt.ArrayLike) -> Any:
        """Return the label as an array, one number per sample in the shape of the prediction."""
        refuse_masked(label)
        shape, dtype = prediction.shape, prediction.dtype
        target = np.asarray(raw(label))
        if shape == (*target.shape, 1):  # else (n, 1) - (n,) is (n, n)
            target = target[..., None]
        if target.shape[:1] != shape[:1]:
            raise ValueError(
                f"{self.called} expects one label per sample, {shape[0]}, got shape {target.shape}"
            )
        if target.dtype != dtype and (target.dtype.kind == "f" or target.shape == shape):
            return cast("y", target, dtype)
        return target

    def check_labels(self, labels: npt.NDArray[Any], outputs: tuple[int, ...], dtype: Any) -> None:
        """Raise where a label is not finite."""
        refuse_nonfinite("y", labels, np.dtype(dtype))

    def arguments(self) -> dict[str, Any]:
        """Return the function's name: what a file can hold."""
        function: Any = self.function
        if isinstance(function, str):
            return {"function": function}
        return {"function": getattr(function, "__qualname__", type(function).__name__)}
