"""What all layers share: calling, stepping by hand, parameters, modes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from autograd_core import Node
from autograd_core.modes import in_scope, is_recording

from ..checks import cut, refuse_complex
from ..constraints import Constraint, constraints_of, hold
from ..finite import quiet, warn
from ..formulas import WithFormulas
from ..registry import Configurable
from ..regularization import Regularizer
from .buffers import Buffer
from .parameters import INSIDE, Holder, count_as_batch, kind_of, known_kind

__all__ = ["Layer"]

Batch = Any
"""What a layer takes: a Node or an array, with the samples along the first axis."""


_ndarray = np.ndarray

_SEEDS_BY_HAND = itertools.count()

_mode: ContextVar[bool | None] = ContextVar("nn.training_mode", default=None)
"""Whether the call that runs is one of training; None outside of such calls.

A context variable, because one thread may predict with a network while another trains it.
"""


class training_mode:
    """Let all layers compute as during training, or as when it is over, in a with block alone."""

    # A generator would take twice as long, and every step comes here.
    __slots__ = ("_before", "_training")

    def __init__(self, training: bool) -> None:
        self._training = training

    def __enter__(self) -> None:
        self._before = _mode.get()
        _mode.set(self._training)

    def __exit__(self, *exception: object) -> None:
        _mode.set(self._before)


_INSTEAD = {
    "register_buffer": "self.mean = Buffer(np.zeros(4))",
    "register_parameter": "self.gamma = Node(np.ones(4))",
    "add_weight": "self.gamma = Node(np.ones(4))",
    "requires_grad_": "layer.trainable = False",
    "freeze": "layer.trainable = False",
    "unfreeze": "layer.trainable = True",
    "fit": "NeuralNetwork(model).fit(...)",
    "predict": "NeuralNetwork(model).predict(x)",
    "state_dict": "NeuralNetwork(model).state_dict()",
    "weights": "layer.weight, or layer.parameters()",
    "append": "NeuralNetwork([*layers, another])",
    "add": "NeuralNetwork([*layers, another])",
}
"""What others call it, and what serves instead."""


class NotMadeError(AttributeError):
    """A parameter is read that nothing has made yet: a network makes them when it gets the layer.

    Examples
    --------
    >>> from nn import FullyConnected, NeuralNetwork
    >>> layer = FullyConnected(2, 3)
    >>> hasattr(layer, "weight")
    False
    >>> network = NeuralNetwork([layer])
    >>> network.layers[0].weight.shape
    (2, 3)
    """


class Layer(WithFormulas, Holder):
    """One function in a network.

    Calling a layer records its operations in a scope of the layer's name. A subclass says in
    `apply` what it computes; its gradient follows from the operations.

    A layer can also be stepped by hand on plain arrays, as in lecture 000: `forward`, then
    `backward` with the error from the layer behind.

    Attributes
    ----------
    name : str or None
        What a diagram calls the layer; its class name where None.
    training : bool
        Whether the layer computes as during training, which makes a difference for `Dropout`.
        Inside of a network's `predict` and `evaluate` it is False and inside of `train_step` and
        `fit` True, for that call alone; elsewhere it is what `train` has set, True at first.
    trainable : bool
        Whether the parameters of the layer, and of all layers inside, are learned; True at first.
        False freezes them: their `requires_grad` is False until it is True again, of the layer or
        of one inside.
    optimizer : Optimizer or None
        What changes the parameters of the layer, and of those inside, in place of the network's;
        one is set by ``layer.optimizer = SGD(0.1)``, or by its name.
    regularizers : mapping of str to Regularizer
        What a parameter costs beside the loss, by the parameter's name; none by default.
    constraints : mapping of str to Constraint
        What a network holds a parameter to after each update, by the parameter's name; none by
        default.
    formulas : Formulas or None
        What a diagram writes into the layer's box; see `Formulas`.

    Raises
    ------
    TypeError
        When called: if `apply` returns None.
    NotImplementedError
        When called: if there is no `apply`.

    Notes
    -----
    A network makes the parameters of its layers, from its seed and in its dtype. Those that were
    set before, by ``layer.weight = Node(...)`` or `initialize`, stay as they are. A layer that is
    called or stepped by hand before makes its own: the first such layer of a process from seed 0,
    the next from seed 1 and so on, in float32. So a notebook's cell that is run again gives
    other numbers; ``layer.initialize(np.random.default_rng(0), np.float32)`` before the first step
    gives the same ones. A network that the layer is put into makes them anew, unless one of them
    was changed meanwhile, as by an optimizer: then the values of all go over. They stay the same
    nodes if the dtype is the same; otherwise the layer has new ones, and what was read before is
    stale. Until something has made a parameter, reading it raises an AttributeError.

    A leaf `Node` that is set as an attribute is a parameter, and so is one in a list, tuple or dict
    there, or in a layer inside: it is learned, saved and drawn without another line, under its
    path, such as ``encoder.2.weight``. Names that begin with an underscore are private. What a
    layer remembers without learning it is a `Buffer`. A plain array is a constant, neither learned
    nor saved. A layer that defines `parameters` itself says what is learned of it.

    Examples
    --------
    A layer of your own, with a parameter; what it learns is kept under the layer's number:

    >>> import numpy as np
    >>> from autograd_core import Node
    >>> from nn import SGD, Layer, MeanSquaredError, NeuralNetwork
    >>> class Gain(Layer):
    ...     def __init__(self, features):
    ...         self.features = features
    ...         self.gain = Node(np.ones(features))
    ...
    ...     def apply(self, x):
    ...         return x * self.gain
    >>> network = NeuralNetwork([Gain(2)], loss=MeanSquaredError(), optimizer=SGD(1.0))
    >>> x = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> history = network.fit(x, x * [2.0, 4.0], epochs=3, batch_size=2, progress=False)
    >>> network.state_dict()
    {'0.gain': array([1.875, 3.625], dtype=float32)}
    >>> again = NeuralNetwork([Gain(2)])
    >>> again.load_state_dict(network.state_dict())
    >>> again.predict(x)
    array([[1.875, 0.   ],
           [0.   , 3.625]], dtype=float32)

    One that begins with random numbers, of the network's seed and dtype, makes them in
    `initialize`, and says which:

    >>> class Offset(Layer):
    ...     made_by_initialize = ("offset",)
    ...
    ...     def __init__(self, features):
    ...         self.features = features
    ...
    ...     def initialize(self, generator, dtype):
    ...         self.offset = Node(generator.normal(size=self.features).astype(dtype))
    ...
    ...     def apply(self, x):
    ...         return x + self.offset
    >>> NeuralNetwork([Gain(2), Offset(2)], seed=0).parameters().keys()
    dict_keys(['0.gain', '1.offset'])

    One without parameters:

    >>> class Square(Layer):
    ...     def apply(self, x):
    ...         return x * x
    >>> Square().forward(np.array([[1.0, 3.0]]))
    array([[1., 9.]])
    """

    kind: ClassVar[str] = "layer"
    name: str | None = None
    _training: bool = True
    regularizers: Mapping[str, Regularizer] = MappingProxyType({})
    optimizer: Any = None
    constraints: Mapping[str, Constraint] = MappingProxyType({})

    in_features: int | None = None
    """How long the last axis of a sample must be; None where the layer takes any."""
    sample_axes: tuple[int | str, ...] | None = None
    """The shape of a sample, with letters for sizes that are open; None where it may have any."""
    in_a_row: Sequence[Any] | None = None
    """Layers inside that a sample passes one behind the other; others take what the layer takes.

    None where it is not known what they take.
    """
    takes_indices: ClassVar[bool] = False
    """Whether it takes whole numbers, which a network then keeps: `as_indices` checks them."""
    takes_sequences: ClassVar[bool] = False
    """Whether it takes (samples, steps, features), of which nobody knows the steps before."""
    rectifies: ClassVar[bool] = False
    """Whether it flattens what is below 0: weights before it then start as `He` says."""
    units_can_die: ClassVar[bool] = False
    """Whether a unit that is 0 for all samples passes no gradient, so that it stays so."""
    gives_scores: ClassVar[bool] = False
    """Whether its results can be outside of 0 to 1, so that they are no probabilities."""
    applies_softmax: ClassVar[bool] = False
    """Whether it makes probabilities of scores by softmax."""
    joins_units: ClassVar[str | None] = None
    """The parameter by which units mix: all zero, it keeps them equal for ever."""
    slides: ClassVar[bool] = False
    """Whether that parameter holds kernels, (outputs, inputs, ...), and not (inputs, outputs)."""
    linear: ClassVar[bool] = False
    """Whether two such layers, one behind the other, could be one; not where `apply` is another."""
    saturates_at: ClassVar[tuple[float, float] | None] = None
    """The bounds at which its slope is next to 0, lower and upper."""

    runs_functions: ClassVar[bool] = False
    """Whether it calls a function that users have written; see `Lambda`."""
    swapped_in_pytorch: ClassVar[tuple[str, ...]] = ()
    """Matrices among its parameters whose two axes PyTorch keeps in the other order."""
    named_in_pytorch: ClassVar[Mapping[str, str | None]] = MappingProxyType({})
    """What PyTorch calls parameters and buffers, with our name; None for what is not kept here."""

    _made_by_itself: dict[str, tuple[Any, list[npt.NDArray[Any]]]]
    """What the layer made when it was stepped by hand, with the values of the beginning."""
    made_by_initialize: tuple[str, ...] = ()
    """Attributes that `initialize` makes; it is called where one of them is missing.

    Where none is named, it is called if there are layers inside, and nothing of them is made.
    """

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "apply" in vars(cls):
            for name in ("linear", "saturates_at", "ways"):
                if name not in vars(cls):
                    setattr(cls, name, getattr(Layer, name))

    def __setattr__(self, name: str, value: Any) -> None:
        held = self.__dict__.get(name)
        if type(held) is Buffer and value is not None and type(value) is not Buffer:
            held.update(value)
            return
        if name == "requires_grad":
            raise AttributeError(
                f"{type(self).__name__}.requires_grad is not there: a parameter has it. Write "
                f"layer.trainable = {bool(value)}, which is for all that the layer learns"
            )
        super().__setattr__(name, value)

    def __call__(self, x: Batch = None, *others: Batch, **named: Batch) -> Node:
        """Record the layer on a batch, or on as many as its `apply` takes."""
        if others or named:
            return self._of_several((x, *others) if x is not None else (), named)
        if type(x) is not Node and type(x) is not _ndarray:
            x = np.asarray(x)
        elif type(x) is Node and x.operation is None and x.scope is None:
            count_as_batch(x)
        name = self.name or type(self).__name__
        formulas: Any = self.formulas
        if formulas is None:
            formulas = ()
        try:
            result = in_scope(name, formulas, self.apply, x)
        except NotMadeError:
            if not self._make_by_itself():
                raise  # it is about a layer from elsewhere
            result = in_scope(name, formulas, self.apply, x)
        return result if type(result) is Node else self._not_recorded(result)

    @property
    def called(self) -> Any:
        """What is called on the inputs: whose arguments they are."""
        return self.apply

    def _of_several(self, inputs: tuple[Batch, ...], named: dict[str, Batch]) -> Node:
        def apply() -> Node:
            return self.apply(*inputs, **named)

        for x in (*inputs, *named.values()):
            if type(x) is Node and x.operation is None and x.scope is None:
                count_as_batch(x)
        name, formulas = self.name or type(self).__name__, self.formulas or ()
        try:
            result = in_scope(name, formulas, apply)
        except NotMadeError:
            if not self._make_by_itself():
                raise
            result = in_scope(name, formulas, apply)
        return result if type(result) is Node else self._not_recorded(result)

    def _not_recorded(self, result: Any) -> Any:
        """What a call returns that is no node: one of an array, for which nothing was recorded.

        A layer inside of another may return several, as a tuple.
        """
        if type(result) is tuple:
            return result
        if result is None:
            raise TypeError(f"{type(self).__name__}.apply() returns None: write return before it")
        if is_recording() and any(node.requires_grad for node in self.parameters().values()):
            warn(
                f"{self!r} returns a plain array, through which no gradient passes. Leave out "
                ".value and np.asarray() in its apply()"
            )
        return Node(result, requires_grad=False)

    def apply(self, x: Batch) -> Node:
        """Compute the layer with graph operations.

        Parameters
        ----------
        x : Node or ndarray
            The batch, samples along the first axis. A layer of several inputs takes several:
            ``def apply(self, left, right)``.

        Returns
        -------
        Node
            The result.
        """
        kind = type(self)
        others = [name for name in ("forward", "call") if name in vars(kind)]
        written = f", in place of {others[0]}(self, x)" if others else ""
        raise NotImplementedError(f"{kind.__name__} must define apply(self, x){written}")

    def configuration(self) -> dict[str, Any]:
        """Return the class name and the constructor's arguments as plain data.

        An optimizer of its own and what `trainable` was set to stand beside them.
        """
        plain = super().configuration()
        if isinstance(own := vars(self).get("optimizer"), Configurable):
            plain.setdefault("optimizer", own.configuration())
        return plain if self._trainable is None else {**plain, "trainable": self._trainable}

    # --- parameters and modes -----------------------------------------------------------------

    def initialize(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> None:
        """Make the parameters from a random generator; by default those of the layers inside."""
        for layer in layers_below(self):
            layer.initialize(generator, dtype)

    def _complete(self, generator: np.random.Generator, dtype: npt.DTypeLike) -> dict[str, Any]:
        """Make what is missing, or what the layer has made by itself; return that by name."""
        changed, parts = self._is_changed_by_hand(), self.__dict__
        by_itself = parts.pop("_made_by_itself", {})
        own = {
            name: part
            for name, (part, _) in by_itself.items()
            if part is not None and parts.get(name) is part
        }
        there = [name for name in self.made_by_initialize if name in parts]
        kept = {name: parts[name] for name in there if name not in own}
        missing = len(kept) < len(self.made_by_initialize)
        if missing or self._makes_its_layers():
            self.initialize(generator, dtype)
            for name, part in own.items():
                parts[name] = _renewed(part, parts[name], keep_value=changed)
            parts |= kept
        return {name: parts[name] for name in self.made_by_initialize if name not in kept}

    def _makes_its_layers(self) -> bool:
        """Whether its `initialize` is to make the layers inside, none of which is for good."""
        if self.made_by_initialize or type(self).initialize is Layer.initialize:
            return False
        inside = [layer for layer in layers_in(vars(self)) if layer.made_by_initialize]
        return bool(inside) and not any(
            layer._is_changed_by_hand() if "_made_by_itself" in vars(layer) else layer.initialized
            for layer in inside
        )

    def _is_changed_by_hand(self) -> bool:
        """Whether what the layer has made by itself has other values by now."""
        return any(
            not np.array_equal(node.value, value)
            for part, values in self.__dict__.get("_made_by_itself", {}).values()
            for node, value in zip(nodes_of(part), values, strict=False)
        )

    def _make_by_itself(self) -> bool:
        """Make what is missing here and in the layers inside; return whether that is anything."""
        made = [
            (layer, layer._complete(np.random.default_rng(next(_SEEDS_BY_HAND)), np.float32))
            for layer in layers_in(self)
            if not layer.initialized
        ]
        for layer, parts in made:
            layer._made_by_itself = {
                name: (part, [np.array(node.value) for node in nodes_of(part)])
                for name, part in parts.items()
            }
        return bool(made)

    @property
    def initialized(self) -> bool:
        """Whether `initialize` has made what it makes; True where that is nothing."""
        return all(name in self.__dict__ for name in self.made_by_initialize)

    if not TYPE_CHECKING:  # for a type checker, a misspelled attribute stays an error

        def __getattr__(self, name: str) -> Any:
            # Called only for what is not there yet, and for a property that met such a thing.
            if name in self.made_by_initialize:
                raise NotMadeError(
                    f"{self!r} has no {name} yet: a network makes it, from its seed and in its "
                    "dtype. Put the layer in a NeuralNetwork([...]) first, or in an attribute of a "
                    "layer there, or write layer.initialize(np.random.default_rng(0), np.float32)"
                )
            if hasattr(type(self), name):
                return object.__getattribute__(self, name)  # once more, for its own error
            advice = ""
            if name in _INSTEAD:
                advice = f". Write {_INSTEAD[name]}"
            elif type(self).initialize is not Layer.initialize and not self.made_by_initialize:
                advice = f". If initialize makes it, write made_by_initialize = ({name!r},)"
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}{advice}")

    def penalty(self) -> Node | None:
        """Record what the `regularizers` add to the loss, a scalar; None where there are none.

        Raises
        ------
        ValueError
            If a regularizer is meant for a parameter that the layer does not have.

        Examples
        --------
        >>> import numpy as np
        >>> from nn import L2, Constant, FullyConnected
        >>> layer = FullyConnected(
        ...     2, 3, weight_initializer=Constant(2.0), weight_regularizer=L2(0.1)
        ... )
        >>> layer.initialize(np.random.default_rng(0), np.float32)
        >>> round(layer.penalty().item(), 6)
        1.2
        """
        if not self.regularizers:
            return None
        parameters = self.parameters()
        total: Node | None = None
        for name, regularizer in self.regularizers.items():
            if name not in parameters:
                raise ValueError(
                    f"{self!r} has a regularizer for {name!r}, expected one of its parameters: "
                    f"{', '.join(parameters) or 'it has none'}"
                )
            cost = regularizer(parameters[name])
            total = cost if total is None else total + cost
        return total

    @property
    def training(self) -> bool:
        """Whether the layer computes as during training; see `Layer`."""
        mode = _mode.get()
        return self._training if mode is None else mode

    @training.setter
    def training(self, mode: bool) -> None:
        self._training = bool(mode)

    def train(self, mode: bool = True) -> None:
        """Compute as during training from here on; ``train(False)`` as when it is over.

        The layers inside of it do the same. It is for steps by hand: `predict` and `train_step` of
        a network say it for themselves.
        """
        for layer in layers_in(self):
            layer.training = mode

    def random_state(self) -> dict[str, Any] | None:
        """Return the state of the layer's random generator as plain data; None without one.

        Of a layer made of layers, those of all that have one, by their number.
        """
        states = {
            str(number): state
            for number, layer in enumerate(layers_in(self))
            if _draws(layer) and (state := layer.random_state()) is not None
        }
        return states or None

    def set_random_state(self, state: Mapping[str, Any]) -> None:
        """Continue the random numbers where `random_state` was read.

        Raises
        ------
        ValueError
            If it is not what `random_state` of such a layer returned.
        """
        layers = {str(number): layer for number, layer in enumerate(layers_in(self))}
        drawing = {number: layer for number, layer in layers.items() if _draws(layer)}
        if not drawing:
            raise ValueError(f"{type(self).__name__} draws no random numbers, so it has no state")
        if not isinstance(state, Mapping) or state.keys() != drawing.keys():
            raise ValueError(
                f"{type(self).__name__}.set_random_state(state) expects the states of its layers "
                f"{', '.join(drawing)}, got {cut(state)}"
            )
        for number, layer in drawing.items():
            layer.set_random_state(state[number])

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one sample behind the layer, given the one before it."""
        return shape

    def ways(self) -> tuple[Sequence[Sequence[Layer]], str] | None:
        """Return what an open box of a diagram shows; None where it stays closed.

        Rows of layers side by side, and the operation that joins what they give.
        """
        return None

    # --- by hand ------------------------------------------------------------------------------

    def forward(self, x: npt.ArrayLike) -> npt.NDArray[Any]:
        """Step forward by hand: from an array to an array, remembering what `backward` needs.

        Parameters
        ----------
        x : array_like
            The batch.

        Returns
        -------
        ndarray
            The layer's output.

        Examples
        --------
        Equations (7) and (8) of lecture 000, and the update of the weights:

        >>> import numpy as np
        >>> from nn import SGD, Constant, FullyConnected
        >>> layer = FullyConnected(2, 1, weight_initializer=Constant(0.5))
        >>> layer.optimizer = SGD(0.1)
        >>> layer.forward(np.array([[1.0, 2.0]]))
        array([[1.5]])
        >>> layer.backward(np.array([[1.0]]))
        array([[0.5, 0.5]])
        >>> layer.weight.grad
        array([[1.],
               [2.]], dtype=float32)
        >>> layer.weight.value
        array([[0.4],
               [0.3]], dtype=float32)
        """
        array = np.asarray(x)
        refuse_complex(type(self).__name__, array)
        self._stepped_input = Node(array if array.dtype.kind == "f" else array.astype(np.float64))
        with quiet():
            self._stepped_output = self(self._stepped_input)
        return self._stepped_output.value.copy()

    def backward(self, error: npt.ArrayLike) -> npt.NDArray[Any]:
        """Step backward by hand: from the error behind the layer to the error before it.

        The gradients of the parameters are then in their ``.grad``, what regularizers cost counted
        in. Those of a layer that has an `optimizer` of its own are changed by it, as in lecture
        000, and held to their constraints.

        Parameters
        ----------
        error : array_like
            E_n, the gradient of the loss for the layer's output, in its shape.

        Returns
        -------
        ndarray
            E_(n-1), the gradient of the loss for the layer's input.

        Raises
        ------
        RuntimeError
            If `forward` was not called before.
        ValueError
            If the error has another shape than the output.

        References
        ----------
        Lecture 000, eqs. (7) to (9) and (11).
        """
        if "_stepped_output" not in self.__dict__:
            raise RuntimeError(
                f"{type(self).__name__}.backward(error) expects forward(x) before it: "
                "the rules need the input. Call layer.forward(x) first"
            )
        output, x = self._stepped_output, self._stepped_input
        if np.shape(error) != output.shape:
            raise ValueError(
                f"{type(self).__name__}.backward(error) expects the error in the shape of the "
                f"output, {output.shape}, got shape {np.shape(error)}"
            )
        with quiet():
            output.backward(error)
            for layer in layers_in(self):
                if (cost := layer.penalty()) is not None and cost.requires_grad:
                    cost.backward(accumulate=True)
        before = np.zeros_like(x.value) if x.grad is None else x.grad.copy()
        self._update_by_own_optimizers()
        return before

    def _update_by_own_optimizers(self) -> None:
        parameters = self.parameters()
        changed: dict[Any, dict[str, Node]] = {}
        for name, optimizer in own_optimizers(layers_in(self), parameters).items():
            if parameters[name].grad is not None:
                changed.setdefault(optimizer, {})[name] = parameters[name]
        for optimizer, own in changed.items():
            optimizer.step(own)
            held = [layer for layer in layers_in(self) if layer.constraints]
            of_own = constraints_of(held, parameters)
            hold(own, {name: each for name, each in of_own.items() if name in own})


def own_optimizers(layers: Iterable[Layer], parameters: Mapping[str, Node]) -> dict[str, Any]:
    """Return the optimizers that were set on layers, by the paths of what they change.

    The innermost counts.
    """
    found: dict[str, Any] = {}
    for layer in layers:
        own = vars(layer).get("optimizer")
        if isinstance(own, Configurable) and own.kind == "optimizer":
            inside = set(map(id, layer.parameters().values()))
            found |= {name: own for name, node in parameters.items() if id(node) in inside}
    return found


def layers_in(part: Any) -> Iterator[Layer]:
    """Find a layer, those in its attributes, and those in lists, tuples and dicts, each once.

    An outer layer comes before those inside of it, which it may make before the search goes on.
    """
    seen = set[int]()
    waiting: list[Iterator[Any]] = [iter((part,))]
    while waiting:
        for inner in waiting[-1]:
            kind = known_kind(type(inner))
            if kind is None:
                kind = kind_of(type(inner))
            if kind != INSIDE or id(inner) in seen:
                continue
            seen.add(id(inner))
            if isinstance(inner, Layer):
                yield inner
                inside: Any = vars(inner).values()
            else:
                inside = inner.values() if isinstance(inner, dict) else inner
            if inside and not isinstance(inner, (set, frozenset)):
                waiting.append(iter([*inside]))
                break
        else:
            waiting.pop()


def layers_below(part: Any) -> Iterator[Layer]:
    """Find the layers in the public attributes of a layer, not those inside of these, each once."""
    seen = set[int]()
    waiting = [value for name, value in vars(part).items() if name[0] != "_"]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, (list, tuple, dict)):
            waiting = [*(value.values() if isinstance(value, dict) else value), *waiting]
        elif isinstance(value, Layer) and id(value) not in seen:
            seen.add(id(value))
            yield value


def _draws(layer: Layer) -> bool:
    """Whether a layer has a random generator itself."""
    return type(layer).random_state is not Layer.random_state


def is_from_elsewhere(layer: Layer) -> bool:
    """Whether users have written it: then it may remember or draw something in each forward."""
    package = __name__.partition(".")[0]
    return layer.runs_functions or type(layer).__module__.partition(".")[0] != package


def nodes_of(part: Any) -> Iterator[Node]:
    """Find the nodes in what a layer has made: itself, or the parameters of layers."""
    if type(part) is Node:
        yield part
    for layer in layers_in(part):
        yield from layer.parameters().values()


def _renewed(old: Any, new: Any, *, keep_value: bool) -> Any:
    """Return what stands for a part made anew: the old node where it fits, for others hold it."""
    if type(old) is type(new) is Buffer and keep_value and old.shape == new.shape:
        new.value = old.value
    if type(old) is not Node:
        return old if keep_value and list(nodes_of(old)) else new
    if type(new) is not Node or new.shape != old.shape or old.operation is not None:
        return new
    if keep_value:
        new.value = old.value  # in the new dtype
    if old.dtype != new.dtype:
        return new
    old.value, old.grad = new.value, None
    return old
