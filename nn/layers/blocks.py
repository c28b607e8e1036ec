"""Layers made of layers: in a row, around a shortcut, side by side; and a function as a layer."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from autograd_core import Node, concatenate, no_grad
from autograd_core.node import held

from ..checks import choice, cut
from ..finite import quiet, warn
from ..formulas import Formulas
from ..stages import stages_of
from .layer import Batch, Layer, training_mode
from .masking import padding_mask, set_padding_mask

__all__ = ["Lambda", "Parallel", "Residual", "Sequential"]

Shape = tuple[int, ...]


class _Block(Layer):
    """What the blocks share: they check what they are made of, and hold it in order."""

    _held_in: str
    """The attribute of the layers, which stand in paths by their places alone."""
    in_a_row: tuple[Layer, ...]

    @property
    def sample_axes(self) -> tuple[int | str, ...] | None:  # type: ignore[override]
        """What the first layer that says it takes, if those before it pass samples on."""
        return _said_first(self.in_a_row, "sample_axes")

    def _checked(self, given: Sequence[Any], alike: str) -> tuple[Layer, ...]:
        """The layers, given one by one or as one list."""
        owner = type(self).__name__
        if len(given) == 1 and isinstance(given[0], (list, tuple)):
            given = given[0]
        for part in given:
            if not isinstance(part, Layer):
                written = f"{part.__name__}(...)" if isinstance(part, type) else alike
                raise TypeError(f"{owner} expects layers, got {cut(part)}. Write {written}")
        if not given:
            raise ValueError(f"{owner} expects at least one layer, got none. Write {alike}")
        return tuple(given)


def _named_results(count: int) -> list[str]:
    """What each of several layers gives, in letters; of many the first two and the last."""
    index = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
    names = [f"F{str(number).translate(index)}(X)" for number in range(1, count + 1)]
    return names if count <= 4 else [*names[:2], "…", names[-1]]


def _nested(count: int) -> str:
    """Layers one behind the other, in letters, the first of them innermost."""
    return reduce(lambda inside, name: name.replace("X", inside), _named_results(count), "X")


class Sequential(_Block):
    """Layers one behind the other, as one layer.

    Parameters
    ----------
    *layers : Layer
        From the input to the output; or one list of them.

    Attributes
    ----------
    layers : tuple of Layer
        As given; ``block[0]``, ``len(block)`` and ``for layer in block`` work too.

    Raises
    ------
    TypeError
        If a part is no layer.
    ValueError
        If there is none.

    Examples
    --------
    >>> from nn import FullyConnected, NeuralNetwork, ReLU, Sequential
    >>> block = Sequential(FullyConnected(2, 8), ReLU(), FullyConnected(8, 3))
    >>> block.output_shape((2,))
    (3,)
    >>> network = NeuralNetwork([block])
    >>> list(block.parameters())
    ['0.weight', '0.bias', '2.weight', '2.bias']
    """

    _held_in = "layers"

    def __init__(self, *layers: Any) -> None:
        self.layers = self._checked(layers, "Sequential(FullyConnected(784, 10), ReLU())")
        self.formulas = Formulas(f"Y = {_nested(len(self.layers))}")
        _stages(self.layers, None)  # raises where sizes don't fit

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __getitem__(self, index: int) -> Layer:
        return self.layers[index]

    @property
    def in_a_row(self) -> tuple[Layer, ...]:  # type: ignore[override]
        """All layers."""
        return self.layers

    @property
    def in_features(self) -> int | None:  # type: ignore[override]
        """What its first layers expect; None where they take any."""
        return _said_first(self.layers, "in_features")

    @property
    def gives_scores(self) -> bool:  # type: ignore[override]
        """As its last layer says."""
        return self.layers[-1].gives_scores

    @property
    def applies_softmax(self) -> bool:  # type: ignore[override]
        """As its last layer says."""
        return self.layers[-1].applies_softmax

    def ways(self) -> tuple[Sequence[Sequence[Layer]], str]:
        """Return what an open box of a diagram shows."""
        return (self.layers,), ""

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of one sample behind the last layer."""
        return _stages(self.layers, shape)

    def apply(self, x: Batch) -> Node:
        """Pass the batch through the layers."""
        for layer in self.layers:
            x = layer(x)
        return x


class Residual(_Block):
    """Layers one behind the other, and what goes in is added to what comes out: y = F(x) + x.

    Parameters
    ----------
    *layers : Layer
        F, or one list of its layers.
    shortcut : Layer, optional
        What x passes through where F changes its shape: y = F(x) + shortcut(x).

    Raises
    ------
    TypeError
        If a part is no layer.
    ValueError
        If there is none; when called, if the layers change the shape and no `shortcut` does so,
        too.

    References
    ----------
    K. He et al., "Deep residual learning for image recognition", CVPR 2016, eqs. (1) and (2).

    Examples
    --------
    >>> from nn import FullyConnected, ReLU, Residual
    >>> Residual(FullyConnected(4, 4), ReLU()).output_shape((4,))
    (4,)
    >>> wider = Residual(FullyConnected(4, 8), ReLU(), shortcut=FullyConnected(4, 8, bias=False))
    >>> wider.output_shape((4,))
    (8,)
    """

    _held_in = "layers"

    def __init__(self, *layers: Any, shortcut: Layer | None = None) -> None:
        self.layers = self._checked(layers, "Residual(FullyConnected(64, 64), ReLU())")
        self.shortcut = None
        if shortcut is not None:
            (self.shortcut,) = self._checked([shortcut], "shortcut=FullyConnected(64, 128)")
        self.formulas = Formulas("Y = F(X) + X" if shortcut is None else "Y = F(X) + S(X)")
        if self.in_features is not None:
            self.output_shape((self.in_features,))  # raises where sizes don't fit

    @property
    def in_a_row(self) -> tuple[Layer, ...]:  # type: ignore[override]
        """F; the shortcut stands beside it."""
        return self.layers

    @property
    def in_features(self) -> int | None:  # type: ignore[override]
        """What its first layers, or the shortcut, expect; None where they take any."""
        found = _said_first(self.layers, "in_features")
        return found if found or self.shortcut is None else self.shortcut.in_features

    def ways(self) -> tuple[Sequence[Sequence[Layer]], str]:
        """Return what an open box of a diagram shows."""
        return (self.layers, () if self.shortcut is None else (self.shortcut,)), "+"

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of one sample behind the sum."""
        behind = _stages(self.layers, shape)
        beside = shape if self.shortcut is None else self.shortcut.output_shape(shape)
        if behind != beside:
            raise ValueError(self._misfit(behind, beside))
        return behind

    def apply(self, x: Batch) -> Node:
        """Compute F(x) + x, or F(x) + shortcut(x)."""
        y = x
        for layer in self.layers:
            y = layer(y)
        beside = x if self.shortcut is None else self.shortcut(x)
        if y.shape != beside.shape:
            raise ValueError(self._misfit(y.shape[1:], beside.shape[1:]))
        return y + beside

    def _misfit(self, behind: Shape, beside: Shape) -> str:
        given = "what goes in is" if self.shortcut is None else "the shortcut gives"
        advice = "Let both end alike"
        if beside and beside[:-1] == behind[:-1]:
            advice = f"Write Residual(..., shortcut=FullyConnected({beside[-1]}, {behind[-1]}))"
        elif beside[1:] == behind[1:] and len(beside) == 3:
            advice = f"Write Residual(..., shortcut=Conv2D({beside[0]}, {behind[0]}, 1))"
        elif len(beside) == len(behind) == 3:
            advice = (
                "Write padding='same' in its convolutions, or a shortcut that makes images of the "
                f"same size, such as Conv2D({beside[0]}, {behind[0]}, 1, stride=2)"
            )
        return (
            f"{self!r} expects layers that give the shape that is added to them, but {given} "
            f"{beside}, and they give {behind}. {advice}"
        )


class Parallel(_Block):
    """Layers side by side: all get the same batch, and their results are joined.

    Parameters
    ----------
    *branches : Layer or list of Layer
        A list stands for its layers one behind the other.
    join : {"sum", "concatenate"}, default "sum"
        How the results become one.
    axis : int, default -1
        Along which axis, the batch being axis 0, they are concatenated: the last one holds the
        features of vectors and sequences; the channels of images are axis 1.

    Raises
    ------
    ValueError
        If `axis` is that of the batch, or the branches don't fit together.

    Examples
    --------
    >>> from nn import FullyConnected, Parallel, Tanh
    >>> both = Parallel(FullyConnected(4, 3), [FullyConnected(4, 5), Tanh()], join="concatenate")
    >>> both.output_shape((4,))
    (8,)
    """

    _held_in = "branches"
    in_a_row = ()

    def __init__(self, *branches: Any, join: str = "sum", axis: int = -1) -> None:
        if len(branches) == 1 and isinstance(branches[0], (list, tuple)):
            (branches,) = branches
        given = [Sequential(*part) if isinstance(part, list) else part for part in branches]
        self.branches = self._checked(given, "Parallel(FullyConnected(64, 32), [...])")
        self.join = choice("Parallel", "join", join, ("sum", "concatenate"))
        results = _named_results(len(self.branches))
        joined = " + ".join(results) if join == "sum" else f"concat({', '.join(results)})"
        self.formulas = Formulas(f"Y = {joined}")
        try:
            self.axis = 0 if isinstance(axis, bool) else operator.index(axis)
        except TypeError:
            self.axis = 0
        if self.axis == 0:
            raise ValueError(
                "Parallel(axis) expects a whole number but 0, which is the axis of the batch; "
                f"got {cut(axis)}. Write axis=1 for the channels of images, or leave it out"
            )
        if self.in_features is not None:
            self.output_shape((self.in_features,)) if abs(self.axis) == 1 else None

    @property
    def sample_axes(self) -> tuple[int | str, ...] | None:  # type: ignore[override]
        """What a branch takes; the branch that says it first."""
        return next((branch.sample_axes for branch in self.branches if branch.sample_axes), None)

    @property
    def in_features(self) -> int | None:  # type: ignore[override]
        """What the branches expect; None where they take any."""
        found = {branch.in_features for branch in self.branches} - {None}
        if len(found) > 1:
            raise ValueError(
                f"{self!r} expects branches for the same samples, but they take "
                f"{' and '.join(map(str, sorted(found, key=str)))} features"
            )
        return next(iter(found), None)

    def ways(self) -> tuple[Sequence[Sequence[Layer]], str]:
        """Return what an open box of a diagram shows."""
        rows = [
            each.layers if type(each) is Sequential and not each.name else (each,)
            for each in self.branches
        ]
        return rows, "+" if self.join == "sum" else "concat"

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of one sample behind the join."""
        shapes = [branch.output_shape(shape) for branch in self.branches]
        if None in shapes:
            return None  # type: ignore[return-value]  # a branch from elsewhere does not say
        first = list(shapes[0])
        if self.join == "sum":
            fits = all(list(each) == first for each in shapes)
        else:
            place = self.axis if self.axis < 0 else self.axis - 1
            fits = -len(first) <= place < len(first) and all(
                _without(each, place) == _without(shapes[0], place) for each in shapes
            )
            if fits:
                first[place] = sum(each[place] for each in shapes)
        if not fits:
            raise ValueError(self._misfit(shapes))
        return tuple(first)

    def apply(self, x: Batch) -> Node:
        """Add or concatenate what the branches give."""
        mask, results = padding_mask(), []
        for branch in self.branches:
            set_padding_mask(mask)  # the branch before may have left no steps
            results.append(branch(x))
        if self.join == "concatenate":
            joined: Node = concatenate(results, axis=self.axis)
            return joined
        if len({each.shape for each in results}) > 1:
            raise ValueError(self._misfit([each.shape[1:] for each in results]))
        return reduce(operator.add, results)

    def _misfit(self, shapes: Sequence[Shape]) -> str:
        how = (
            'one shape to add. Write join="concatenate", or branches that end alike'
            if self.join == "sum"
            else f"shapes that differ along axis {self.axis} alone"
        )
        return (
            f"{self!r} gets {' and '.join(map(str, shapes))} from its branches, and expects {how}"
        )


class Lambda(Layer):
    """A function of nodes as a layer.

    Parameters
    ----------
    function : callable
        From a batch (or several) to a node.
    parameters : mapping of str to Node or Layer, or sequence of them, optional
        What the function uses that is to be learned. It is not looked for in the function; of an
        object that is called, its public attributes are searched as a layer's are.

    Raises
    ------
    TypeError
        If `function` can't be called, or `parameters` are no nodes.

    Notes
    -----
    A file keeps no code: a network with a Lambda has checkpoints, which are loaded into the same
    network, but `NeuralNetwork.save` refuses it. A subclass of `Layer` can be saved.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from nn import Lambda
    >>> layer = Lambda(lambda x: x * x)
    >>> layer.forward(np.array([[1.0, 3.0]]))
    array([[1., 9.]])
    >>> scale = Node(np.ones(2), name="scale")
    >>> list(Lambda(lambda x: x * scale, parameters={"scale": scale}).parameters())
    ['scale']
    """

    _held_in = "given"
    runs_functions = True
    gives_scores = True

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        parameters: Mapping[str, Any] | Sequence[Any] | None = None,
    ) -> None:
        if not callable(function):
            raise TypeError(
                f"Lambda(function) expects a function of nodes, got {cut(function)}. Write for "
                "example Lambda(lambda x: x * x)"
            )
        if isinstance(parameters, (Node, Layer)):
            parameters = [parameters]
        if parameters is not None and not isinstance(parameters, (Mapping, Iterable)):
            raise TypeError(
                f"Lambda(parameters) expects nodes by name, such as {{'w': w}}, got "
                f"{cut(parameters)}"
            )
        self.function = function
        self.given: Any = [*(parameters or ())]
        if isinstance(parameters, Mapping):
            self.given = dict(parameters)
        elif parameters is None and _has_attributes(function):
            self.given = vars(function)  # as it is at any time
        name = getattr(function, "__name__", type(function).__name__)
        self.name = None if name == "<lambda>" else name
        self._warn_of_what_is_not_given()

    def arguments(self) -> dict[str, Any]:
        """Return what says which function it is, not the function."""
        function: Any = self.function
        name = getattr(function, "__qualname__", type(function).__qualname__)
        return {"function": f"{getattr(function, '__module__', '?')}.{name}"}

    @property
    def called(self) -> Any:
        """The function."""
        return self.function

    def apply(self, *inputs: Batch, **named: Batch) -> Any:
        """Call the function."""
        return self.function(*inputs, **named)

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of one sample behind the function, which is called on zeros.

        None where it takes something else than such a sample.
        """
        try:
            with no_grad(), training_mode(False), quiet():
                result = self.function(np.zeros((1, *shape), np.float32))
        except Exception:  # it shows where the function is called on data
            return None  # type: ignore[return-value]
        return np.shape(held(result))[1:]

    def __repr__(self) -> str:
        return f"Lambda({self.name or 'lambda'})"

    def _warn_of_what_is_not_given(self) -> None:
        """Say which leaves and layers the function uses that will not be learned."""
        learned = {id(node) for node in _nodes_below(self.given)}
        for name, value in _seen_by(self.function):
            loose = [node for node in _nodes_below(value) if id(node) not in learned]
            unmade = isinstance(value, Layer) and not _holds(self.given, value)
            if unmade or any(node.requires_grad and node.operation is None for node in loose):
                warn(
                    f"the function of {self!r} uses {name!r}, which is not learned. Write "
                    f"Lambda(..., parameters={{{name!r}: {name}}}), or {name}.detach() for a "
                    "constant"
                )


def _has_attributes(function: Any) -> bool:
    """Whether it is an object of a class, and no function."""
    return not inspect.isroutine(function) and hasattr(function, "__dict__")


def _seen_by(function: Any) -> Iterator[tuple[str, Any]]:
    """The variables from outside that a function names."""
    code = getattr(function, "__code__", None)
    if code is None:
        return
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not set yet
            continue
    for name in code.co_names:
        if name in function.__globals__:
            yield name, function.__globals__[name]


def _nodes_below(part: Any) -> Iterator[Node]:
    if type(part) is Node:
        yield part
    elif isinstance(part, (list, tuple, dict)):
        for each in part.values() if isinstance(part, dict) else part:
            yield from _nodes_below(each)
    elif isinstance(part, Layer) and part.initialized:
        try:
            yield from part.parameters().values()
        except AttributeError:  # of a layer inside, which a network makes
            return


def _holds(given: Any, part: Layer) -> bool:
    parts = given.values() if isinstance(given, dict) else given
    return any(each is part for each in parts)


def _without(shape: Shape, place: int) -> list[int]:
    rest = list(shape)
    del rest[place]
    return rest


def _stages(layers: Iterable[Layer], shape: Shape | None) -> Any:
    """The shape behind layers, or an error where neighbours don't fit."""
    return stages_of(layers, shape)[-1].behind


def _said_first(layers: Iterable[Layer], name: str) -> Any:
    """What the first layer that says so expects, if those before it pass samples on as they are."""
    for layer in layers:
        said = getattr(layer, name)
        if said is not None:
            return said
        if type(layer).output_shape is not Layer.output_shape:
            return None
    return None
