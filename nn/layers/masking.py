"""Which steps of padded sequences are real: it belongs to the call, not to a layer."""

from __future__ import annotations

from contextvars import ContextVar
from types import TracebackType
from typing import Any

import numpy as np

from autograd_core import Node, any, not_equal
from autograd_core.node import raw

from ..checks import number
from ..formulas import Formulas
from .layer import Batch, Layer

__all__ = ["Masking"]


class _Call:
    """What the layers of one call of a network tell each other."""

    __slots__ = ("mask",)

    def __init__(self, mask: Any) -> None:
        self.mask = mask


_call: ContextVar[_Call | None] = ContextVar("nn.masked_call", default=None)


class masked_call:
    """Let layers and losses in a with block know which steps are real.

    A network opens one for each batch, from its first layer to the loss; `Embedding` with a
    `padding` tells it the mask. Inside of one that is open already it is the same call, unless a
    mask is given.

    Parameters
    ----------
    mask : Node or ndarray of bool, shape (samples, steps), optional
        True where there is a real entry, for layers called by hand.

    Examples
    --------
    >>> import numpy as np
    >>> with masked_call(np.array([[True, False]])):
    ...     padding_mask()
    array([[ True, False]])
    >>> padding_mask() is None
    True
    """

    # A generator would take twice as long, and every step comes here.
    __slots__ = ("_before", "_mask")

    def __init__(self, mask: Any = None) -> None:
        self._mask = mask

    def __enter__(self) -> None:
        self._before = before = _call.get()
        if before is None or self._mask is not None:
            _call.set(_Call(self._mask))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _call.set(self._before)


def padding_mask() -> Any:
    """Return the mask of the call that runs: a node or an array of bool, (samples, steps).

    True stands where there is a real entry. None where nothing is padded, or no call runs.
    """
    call = _call.get()
    return None if call is None else call.mask


def mask_of_call() -> Any:
    """Return the mask of the call that runs as an array, or None."""
    call = _call.get()
    return None if call is None or call.mask is None else np.asarray(raw(call.mask))


def set_padding_mask(mask: Any) -> None:
    """Tell the layers and the loss behind which steps are real; None: there are no steps any more.

    Where no call runs, it does nothing: a layer that is called alone leaves nothing behind.

    Parameters
    ----------
    mask : Node or ndarray of bool, shape (samples, steps), or None
        True where there is a real entry.
    """
    call = _call.get()
    if call is not None:
        call.mask = mask


class Masking(Layer):
    """Says that steps in which all numbers are `value` are padding; it returns what it gets.

    From (samples, steps, features) to the same.

    For sequences of numbers; `Embedding` says it of whole numbers.

    Parameters
    ----------
    value : float, default 0.0
        With what short sequences are filled up.

    Raises
    ------
    ValueError
        If the value is not finite; when called, if the batch is not of shape (samples, steps,
        numbers).

    Examples
    --------
    >>> import numpy as np
    >>> from nn import RNN, Masking, NeuralNetwork
    >>> network = NeuralNetwork([Masking(), RNN(2, 4)])
    >>> short, filled = np.ones((1, 2, 2)), np.zeros((1, 5, 2))
    >>> filled[:, :2] = short
    >>> bool((network.predict(filled) == network.predict(short)).all())
    True
    """

    linear = True
    formulas = Formulas("Y = X", ("E′ = E",))

    def __init__(self, value: float = 0.0) -> None:
        self.value = number("Masking", "value", value)

    def apply(self, x: Batch) -> Node:
        """Tell the layers behind which steps are real."""
        if x.ndim < 3:
            raise ValueError(
                f"{self!r} expects a batch of shape (samples, steps, numbers), got {x.shape}. "
                "Write x[:, :, None] for steps of one number each"
            )
        set_padding_mask(any(not_equal(x, self.value), axis=tuple(range(2, x.ndim))))
        return x
