"""What a layer remembers and does not learn, such as the mean of all batches so far."""

from __future__ import annotations

import operator
from contextvars import ContextVar
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd_core import Node, recorded
from autograd_core.node import held, raw

__all__ = ["Buffer"]

Recorded = dict["Buffer", Any]
"""What stands for each buffer in a step that is recorded: an input, then what it becomes."""

_step: ContextVar[Recorded | None] = ContextVar("nn.recorded_buffers", default=None)


class Buffer:
    """An array that a layer remembers from step to step, without learning it.

    Set as an attribute of a layer (or in a list or dict there), it is in `state_dict`, model files
    and checkpoints, is brought into the network's dtype, and a compiled step changes it as an
    eager one does.

    Parameters
    ----------
    value : array_like
        Where it starts; copied. It is real, and keeps its shape and dtype.
    name : str, optional
        What diagrams call it.

    Raises
    ------
    TypeError
        If the value is not made of real numbers.

    Notes
    -----
    In expressions a buffer stands for its `node`: ``x - self.mean``, ``np.sqrt(self.var)``. Setting
    the attribute of a layer in which one stands, ``self.mean = 0.9 * self.mean + 0.1 * new``,
    updates it.

    Examples
    --------
    A layer that subtracts the mean of all batches so far:

    >>> import numpy as np
    >>> from nn import Buffer, Layer
    >>> class Centred(Layer):
    ...     def __init__(self, features):
    ...         self.features = features
    ...         self.mean = Buffer(np.zeros(features))
    ...
    ...     def apply(self, x):
    ...         if self.training:
    ...             self.mean.update(0.5 * self.mean + 0.5 * x.mean(axis=0))
    ...         return x - self.mean
    >>> layer = Centred(2)
    >>> layer.forward(np.array([[1.0, 2.0], [3.0, 6.0]]))
    array([[0., 0.],
           [2., 4.]])
    >>> layer.mean.value
    array([1., 2.])
    """

    __slots__ = ("_live", "_seen")

    def __init__(self, value: npt.ArrayLike, *, name: str | None = None) -> None:
        array = np.array(value, order="C")
        if array.dtype.kind not in "fiub":
            raise TypeError(
                f"Buffer(value) expects an array of real numbers, got {array.dtype}. Write for "
                "example Buffer(np.zeros(8))"
            )
        self._hold(array, name)

    def _hold(self, array: npt.NDArray[Any], name: str | None) -> None:
        self._live = Node(array, name=name, requires_grad=False)
        self._live._value = array  # changed in place: programs read it in each run
        self._seen: Node | None = None

    @property
    def value(self) -> npt.NDArray[Any]:
        """What is remembered now. It can be set, to numbers of the same shape."""
        array: npt.NDArray[Any] = self._live._value
        return array

    @value.setter
    def value(self, value: npt.ArrayLike) -> None:
        self._keep(np.asarray(raw(_as_node(value))), "value = ...")

    @property
    def name(self) -> str | None:
        """What diagrams call it; a network gives a name to what has none."""
        return self._live.name

    @name.setter
    def name(self, name: str | None) -> None:
        self._live.name, self._seen = name, None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return self.value.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Data type of the value."""
        return self.value.dtype

    @property
    def node(self) -> Node:
        """What is remembered now, as a leaf to compute with; what comes later leaves it alone."""
        step = _step.get()
        if step is not None and self in step:
            found: Node = step[self]
            return found
        if recorded.here():
            return self._live
        if self._seen is None:
            self._seen = Node(self.value, name=self.name, requires_grad=False)
        return self._seen

    def update(self, value: Any) -> None:
        """Remember something else from here on.

        Parameters
        ----------
        value : Node or array_like, in the shape of the buffer
            Its numbers; no gradient passes to what it was made of.

        Raises
        ------
        ValueError
            If the shape is another.
        RecordingError
            If a program is recorded that is no training step: a run of it would remember nothing.

        Examples
        --------
        >>> from nn import Buffer
        >>> steps = Buffer(0.0)
        >>> steps.update(steps + 1.0)
        >>> float(steps.value)
        1.0
        """
        value = _as_node(value)
        step = _step.get()
        if step is not None and self in step:
            self._check_shape(np.shape(held(value)), "update(...)")
            step[self] = value.detach() if type(value) is Node else np.asarray(value)
            return
        if recorded.here():
            from autograd_core.program import RecordingError

            raise RecordingError(
                "Buffer.update() changes what is left behind a call, which a program of the call "
                "alone can't. Record it as when training is over, with network.evaluating(): ..., "
                "or the whole step: network.program(x, y)"
            )
        self._keep(np.asarray(raw(value)), "update(...)")

    def convert(self, dtype: np.dtype[Any]) -> None:
        """Go on in another floating-point type; whole numbers stay what they are."""
        if self.dtype.kind == "f" and self.dtype != dtype:
            self._hold(self.value.astype(dtype), self.name)

    def forget_copy(self) -> None:
        """Let `node` give a new leaf: a program has changed the array."""
        self._seen = None

    def _keep(self, array: npt.NDArray[Any], called: str) -> None:
        self._check_shape(array.shape, called)
        try:
            np.copyto(self.value, array, casting="same_kind")
        except TypeError:
            raise TypeError(
                f"Buffer.{called} expects what {self.dtype} holds, got {array.dtype}. Make the "
                f"buffer of floating-point numbers: Buffer(np.zeros({self.shape}))"
            ) from None
        self._seen = None

    def _check_shape(self, shape: tuple[int, ...], called: str) -> None:
        if shape != self.shape:
            raise ValueError(
                f"Buffer.{called} expects the shape of the buffer, {self.shape}, got {shape}. "
                f"Make it of that shape: Buffer(np.zeros({shape}))"
            )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        return getattr(ufunc, method)(*map(_as_node, inputs), **options)

    def __array_function__(
        self, function: Any, types: Any, arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        return function(*map(_as_node, arguments), **options)

    def __repr__(self) -> str:
        return f"Buffer(shape={self.shape}, dtype={self.dtype})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.value.copy(), self.name)


def _as_node(part: Any) -> Any:
    if type(part) in (list, tuple):
        return [*map(_as_node, part)]
    return part.node if type(part) is Buffer else part


def _bind(name: str, *, both_sides: bool) -> None:
    """Let a buffer stand for its node beside an operator."""
    function = getattr(operator, name)
    setattr(
        Buffer, f"__{name}__", lambda self, *others: function(self.node, *map(_as_node, others))
    )
    if both_sides:
        setattr(Buffer, f"__r{name}__", lambda self, other: function(other, self.node))


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
    _bind(_name, both_sides=True)
for _name in ("neg", "abs", "getitem", "lt", "le", "gt", "ge"):
    _bind(_name, both_sides=False)


def _restored(value: npt.NDArray[Any], name: str | None) -> Buffer:
    return Buffer(value, name=name)


class recording_buffers:
    """Let nodes stand for buffers in a with block, in which a step is recorded.

    Parameters
    ----------
    nodes : dict of Buffer to Node
        The inputs of the program; `Buffer.update` puts in their place what they become.
    """

    def __init__(self, nodes: Recorded) -> None:
        self._nodes = nodes

    def __enter__(self) -> None:
        self._token = _step.set(self._nodes)

    def __exit__(self, *exception: object) -> None:
        _step.reset(self._token)
