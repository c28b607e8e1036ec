"""The network: a list of layers, a loss and an optimizer."""

from __future__ import annotations

import math
import operator
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
import numpy.typing as npt

from autograd_core import Node, no_grad
from autograd_core.affine import joining
from autograd_core.files import expanded
from autograd_core.gradients import backward
from autograd_core.node import raw
from autograd_core.program import Program
from autograd_core.unused import start_counting, stop_counting

from . import model_file
from .calls import NEEDED, MissingArgumentError, explains_arguments
from .checks import (
    checked_path,
    cut,
    flag,
    float_type,
    refuse_complex,
    refuse_masked,
    whole_number,
)
from .choosing import loss_from, optimizer_from
from .constraints import Constraint, constraints_of, hold
from .data.augmentation import Augment, checked_augment
from .data.given import labels_from, refuse_nonfinite, samples_from
from .data.loader import DataLoader, loader_from
from .data.preparation import batches
from .data.several import Several, arrays_of, inputs_of, several_from, several_in
from .distributed import Share
from .finite import cast, is_finite, quiet, say_not_finite, warn
from .initializers import only_zeros
from .layers import Buffer, Lambda, Layer, Sequential
from .layers.layer import (
    NotMadeError,
    is_from_elsewhere,
    layers_in,
    nodes_of,
    own_optimizers,
    training_mode,
)
from .layers.masking import mask_of_call, masked_call
from .layers.parameters import Found, found_both, give_names
from .losses import Loss, SoftMaxCrossEntropyLoss
from .losses.function import FunctionLoss
from .metrics.choosing import metrics_from
from .optimizers import SGD, Optimizer
from .registry import changes
from .stages import Stage, lettered, says_nothing, stages_of, table_of
from .state_dict import Expected, read_state
from .training.accumulation import Part, parts_of_group, scaled, weight_of
from .training.callbacks import Callback, ProgressBar
from .training.checkpoint import begun
from .training.compiled_steps import CompiledSteps, step_aside
from .training.history import History
from .training.loop import TrainingRun
from .training.ready_step import Learned, Repeat
from .training.supervision import (
    made_by,
    require_something_to_learn,
    warn_about_end,
    warn_about_leaves,
)
from .training.totals import Totals
from .training.weighing import class_weights, held_back, sample_weights, together

__all__ = ["NeuralNetwork"]

_EVALUATION_BATCH = 1024
"""Samples at a time where nothing is learned: bounds the memory, changes no result."""

_BESIDE_LOADER = {
    "sample_weight": "Let its source make (x, y, weight)",
    "class_weight": "Write a number for each class: class_weight={0: 1.0, 1: 5.0}",
    "validation_split": "Hold samples back before: validation_data=DataLoader(...)",
}
"""What to write instead of an argument that needs all samples."""


class _Result(NamedTuple):
    value: float
    prediction: Node
    loss: Node


class BatchResult(_Result):
    """The loss of one batch as a number, and the graph of the prediction and of the loss."""

    mask: Any = None
    """Which steps of sequences are real, as an array; None where all are."""


class _Known(NamedTuple):
    """What was found in the layers when so many attributes had been set."""

    of: Any
    changed: int
    parameters: Found
    buffers: Found
    layers: list[Layer]
    optimizers: dict[str, Optimizer]
    """Those of layers, by the paths of their parameters."""


_NOTHING = _Known(None, -1, {}, {}, [], {})


class NeuralNetwork:
    """A chain of layers, trained on one loss by one optimizer.

    The network knows nothing about what a layer does inside: it passes the batch forward through
    the layers, and backpropagation passes the error back through the graph that they recorded.

    Parameters
    ----------
    layers : sequence of Layer, Layer or callable
        From the input to the output; or one model: a layer of your own, maybe with several inputs,
        a function of nodes, or an object that is called like one, whose public attributes are
        searched for parameters as a layer's are.
    parameters : mapping of str to Node or Layer, or sequence of them, optional
        What a function uses that is to be learned; see `Lambda`.
    loss : Loss, str or callable, default SoftMaxCrossEntropyLoss("mean")
        What is made small: a loss; a name such as "cross_entropy", which fits what the network
        ends with (scores, SoftMax or LogSoftMax), or "mean_squared_error", "huber", ...; or a
        function of (prediction, label) that returns a number, or one per sample.
    optimizer : Optimizer or str, default SGD(0.1)
        How: an optimizer, or a name such as "adam" for one with its usual rate.
    seed : int, default 0
        Source of all randomness: the parameters that the layers have not made yet, and the
        order of the samples.
    dtype : {float32, float64}, default float32
        Precision of data and parameters.

    Attributes
    ----------
    layers : tuple of Layer
        The layers.
    input_names : tuple of str or None
        What the first layer takes, where that is more than one input.
    loss : Loss
        What is made small.
    optimizer : Optimizer
        What changes the parameters. Both can be set, as in the constructor.
    trainable : bool
        Whether any layer is learned; set, it is that of all of them.
    losses : list of float
        The loss of every batch that the network was trained on, before the update.
    sampling : numpy.random.Generator
        Decides the order of the samples.
    data_source : object with next(), or None
        Where `train` takes its batches from, such as a `DataSource`.
    stop_training : bool
        A callback sets it to end `fit` after the current epoch.

    Raises
    ------
    TypeError
        If something else than layers, a loss or an optimizer is given.
    ValueError
        If the sizes of neighbouring layers don't fit, or the optimizer remembers the steps of
        another network.

    References
    ----------
    Lecture 000: a list of layers, one data source, one loss; the loss over iterations is kept.

    Examples
    --------
    >>> from nn import FullyConnected, NeuralNetwork, ReLU, load_dataset
    >>> data = load_dataset("digits")
    >>> network = NeuralNetwork([FullyConnected(64, 32), ReLU(), FullyConnected(32, 10)])
    >>> history = network.fit(
    ...     data.x_train, data.y_train, epochs=20, batch_size=32, progress=False
    ... )
    >>> network.evaluate(data.x_test, data.y_test)["accuracy"] > 0.9
    True

    A model of your own, with two inputs:

    >>> import numpy as np
    >>> from nn import Layer, MeanSquaredError
    >>> class Towers(Layer):
    ...     def __init__(self):
    ...         self.left, self.right = FullyConnected(2, 4), FullyConnected(3, 4)
    ...
    ...     def apply(self, a, b):
    ...         return (self.left(a) * self.right(b)).sum(axis=1, keepdims=True)
    >>> network = NeuralNetwork(Towers(), loss=MeanSquaredError())
    >>> a, b, y = np.ones((8, 2)), np.ones((8, 3)), np.ones((8, 1))
    >>> history = network.fit((a, b), y, epochs=2, batch_size=4, progress=False)
    >>> network.predict({"a": a, "b": b}).shape
    (8, 1)
    >>> list(network.parameters())
    ['left.weight', 'left.bias', 'right.weight', 'right.bias']
    """

    @explains_arguments
    def __init__(
        self,
        layers: Sequence[Layer] | Layer | Callable[..., Any],
        *,
        parameters: Mapping[str, Any] | Sequence[Any] | None = None,
        loss: Loss | str | Callable[[Any, Any], Any] | None = None,
        optimizer: Optimizer | str | None = None,
        seed: int = 0,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        self._model: Layer | None = _model_from(layers, parameters)
        self.layers: tuple[Layer, ...] = _layers_from(layers, self._model)
        for layer in self.layers:
            _require("NeuralNetwork", layer, Layer)
        if not self.layers:
            raise ValueError("NeuralNetwork expects at least one layer, got none")
        self.loss = SoftMaxCrossEntropyLoss("mean") if loss is None else loss
        self.optimizer = SGD(0.1) if optimizer is None else optimizer
        self.optimizer.refuse_past("NeuralNetwork")
        self.seed = whole_number("NeuralNetwork", "seed", seed, least=0, most=2**128 - 1)
        self.dtype = float_type("NeuralNetwork", dtype)
        self.input_names = inputs_of(self.layers[0].called)
        self.sample_shape: tuple[Any, ...] | None = None
        """Of the samples that `forward` saw last; of several inputs that of each."""
        stages_of(self.layers)  # raises where sizes don't fit
        # Streams of their own, so that a further layer does not change the order of the samples.
        for_parameters, for_samples = np.random.SeedSequence(self.seed).spawn(2)
        self._making = np.random.default_rng(for_parameters)
        self._known = _NOTHING
        self._known_constraints: tuple[Any, int, dict[str, Constraint]] = None, -1, {}
        self._numbered = Counter[str | None]()
        self._staying = False
        self._complete()
        before = set[int]()
        for position, layer in enumerate(self.layers):
            if id(layer) in before and layer.parameters():
                raise ValueError(
                    f"layer {position}, {layer!r}, stands in the list twice, which is mostly a "
                    "slip. Make a layer for each place; to share weights, put the layer into a "
                    "layer of your own, and call it there twice"
                )
            before.add(id(layer))
        self.parameters()  # raises where something can't be one
        self.sampling = np.random.default_rng(for_samples)
        self.losses: list[float] = []
        self.compile()
        self.data_source: Any = None
        self._recorded: tuple[Node, Node] | None = None
        self.stop_training = False
        self._looked_at_leaves = False
        """Whether it was said which leaves are not learned."""
        self.said_not_finite: set[str] = set()
        """Which causes of nan and infinity have been warned of, so that each is said once."""

    @property
    def loss(self) -> Loss:
        """What is made small. It can be set: to a loss, a name or a function."""
        return self._loss

    @loss.setter
    def loss(self, given: Loss | str | Callable[[Any, Any], Any]) -> None:
        made = loss_from(given, self.layers[-1])
        _require("NeuralNetwork.loss", made, Loss)
        self._loss: Loss = made

    @property
    def optimizer(self) -> Optimizer:
        """What changes the parameters. It can be set: to an optimizer, or a name."""
        return self._optimizer

    @optimizer.setter
    def optimizer(self, given: Optimizer | str) -> None:
        made = optimizer_from(given)
        _require("NeuralNetwork.optimizer", made, Optimizer)
        self._optimizer: Optimizer = made

    @property
    def trainable(self) -> bool:
        """Whether any of the layers is learned; set, it is that of all of them."""
        return any(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, learn: bool) -> None:
        for layer in self.layers:
            layer.trainable = learn

    def __repr__(self) -> str:
        layers = f"[{', '.join(map(repr, self.layers))}]" if self._model is None else self._model
        return f"NeuralNetwork({layers}, loss={self.loss!r}, optimizer={self.optimizer!r})"

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_recorded": None}  # a graph can't be copied

    # --- forward ------------------------------------------------------------------------------

    def forward(self, x: Any = None, *others: Any) -> Node:
        """Record the network on a batch; without one, on the next of `data_source`, to the loss.

        Parameters
        ----------
        x : Node or array_like, shape (samples, ...), optional
            The batch.
        *others : Node or array_like
            The further inputs of a model with several, which may also be one tuple or dict.

        Returns
        -------
        Node
            The output of the last layer; of a batch from `data_source` the loss, from which
            `backward` starts.

        Raises
        ------
        ValueError
            If there is neither a batch nor a data source.

        Examples
        --------
        The loop of lecture 000 in three lines, which `train` does in one:

        >>> from nn import SGD, DataSource, FullyConnected, NeuralNetwork, load_dataset
        >>> data = load_dataset("digits")
        >>> network = NeuralNetwork([FullyConnected(64, 10)], optimizer=SGD(0.1))
        >>> network.data_source = DataSource(data.x_train, data.y_train, batch_size=50)
        >>> losses = []
        >>> for _ in range(100):
        ...     losses.append(network.forward().item())
        ...     network.backward()
        ...     network.update()
        >>> losses[-1] < losses[0]
        True
        """
        if x is None:
            return self._forward_from_source()
        if others:
            x = (x, *others)
        if type(x) is not Node and (type(x) is not np.ndarray or x.dtype != self.dtype):
            x = self.as_batch(x)
        several = type(x) is Several
        shape = tuple(each[1:] for each in x.shape) if several else x.shape[1:]
        with masked_call():
            for layer in self.layers:
                x = layer(x) if type(x) is not Several else layer(*x.arrays)
        if type(x) is not Node:
            raise TypeError(
                f"a network expects a model that returns one node, got a tuple of {len(x)} from "
                f"{self.layers[-1]!r}. Join them, such as by concatenate([a, b], axis=1), and let "
                "a function as loss take them apart"
            )
        self.sample_shape = shape
        return x

    __call__ = forward

    def _forward_from_source(self) -> Node:
        if not hasattr(self.data_source, "next"):
            raise ValueError(
                "forward() expects a batch, or a data source with next(). Write forward(x), or "
                "first: network.data_source = DataSource(x, y, batch_size=50)"
            )
        x, y = self.data_source.next()
        with masked_call():
            prediction = self.forward(x)
            loss, objective = self.objective(prediction, self.loss.checked_label(prediction, y))
        self._recorded = loss, objective
        return loss

    def backward(self, *, accumulate: bool = False) -> None:
        """Pass the error back from the loss of the last ``forward()`` through all layers.

        Afterwards every parameter has its gradient in ``.grad``, what regularizers cost counted
        in, and so has the loss's whole graph, which can be drawn. `update` changes the parameters.

        Parameters
        ----------
        accumulate : bool, default False
            Whether the gradients are added to those that are there, of batches before: the sum,
            so that of means over n batches a rate / n makes the step of their mean. `train` and
            `fit` have ``accumulate=n``.

        Raises
        ------
        RuntimeError
            If there was no ``forward()`` without arguments since the last update.

        Examples
        --------
        >>> from nn import DataSource, FullyConnected, MeanSquaredError, NeuralNetwork
        >>> network = NeuralNetwork([FullyConnected(2, 1)], loss=MeanSquaredError())
        >>> network.data_source = DataSource([[1.0, 2.0]], [[3.0]], batch_size=1)
        >>> loss = network.forward()
        >>> network.backward()
        >>> weight, error = network.layers[0].weight, network.layers[0].bias.grad
        >>> bool((weight.grad == error * [[1.0], [2.0]]).all())
        True
        """
        if self._recorded is None:
            raise RuntimeError(
                "network.backward() expects network.forward() before it, which takes a batch from "
                "network.data_source and returns its loss. Of a loss of your own write "
                "loss.backward()"
            )
        with quiet():
            backward(self._recorded[1], accumulate=accumulate)

    def update(self) -> None:
        """Let the optimizers change the parameters by the gradients that `backward` left.

        A layer's own optimizer changes its parameters, the network's all others. The loss of the
        last ``forward()`` goes to `losses`.

        Raises
        ------
        RuntimeError
            If no parameter has a gradient.
        """
        self.settle()
        if self._recorded is not None and self.optimizer.updates_per_epoch is None:
            self._tell_length_of_epochs(1)
        self._step(self.parameters())
        if self._recorded is not None:
            self.losses.append(float(self._recorded[0].value))
        self._recorded = None

    def as_batch(self, x: Any) -> npt.NDArray[Any]:
        """Return samples as an array in the network's dtype, or raise.

        Whole numbers stay such where the first layer takes these.
        """
        if self.input_names is not None:
            return several_from(self.input_names, x, self._as_input)  # type: ignore[return-value]
        return self._as_array(x)

    def _as_input(self, x: Any) -> Any:
        """One of several inputs; whole numbers stay such where the model takes some."""
        if type(x) is Node:
            return x
        whole = getattr(x, "dtype", np.asarray(x).dtype).kind in "iu"
        return np.asarray(x) if whole and self.layers[0].takes_indices else self._as_floats(x)

    def _as_array(self, x: Any) -> npt.NDArray[Any]:
        first: Any = self.layers[0]
        if first.takes_indices:
            refuse_complex("NeuralNetwork", x)
            refuse_masked(x)
            indices: npt.NDArray[Any] = first.as_indices(x)
            return indices
        return self._as_floats(x)

    def _as_floats(self, x: Any) -> npt.NDArray[Any]:
        refuse_complex("NeuralNetwork", x)
        refuse_masked(x)
        x = np.asarray(x)
        wider = x.dtype.kind == "f" and x.dtype.itemsize > self.dtype.itemsize
        return cast("x", x, self.dtype) if wider else np.asarray(x, self.dtype)

    def objective(self, prediction: Node, target: Any, weight: Any = None) -> tuple[Node, Node]:
        """Record the loss of a batch, and what is minimized: that and what regularizers cost.

        The labels and weights are those that `Loss.checked_label` and `checked_weight` returned.
        """
        objective = loss = self.loss.compared(prediction, target, weight)
        for layer in self._found().layers:
            if layer.regularizers:
                objective = objective + layer.penalty()
        return loss, objective

    @explains_arguments
    def predict(
        self, x: npt.ArrayLike | DataLoader, *, batch_size: int = _EVALUATION_BATCH
    ) -> npt.NDArray[Any]:
        """Compute the network's output, without recording.

        Parameters
        ----------
        x : array_like, shape (samples, ...), or DataLoader
            The samples; or what reads them, in the order of its source, without `augment`.
        batch_size : int, default 1024
            Samples at a time; it bounds the memory. Those of a loader are its own.

        Returns
        -------
        ndarray, shape (samples, outputs)
            For a classifier, ``predict(x).argmax(axis=1)`` are the classes.

        Raises
        ------
        ValueError
            If the samples have not the shape that the layers take.

        Examples
        --------
        >>> import numpy as np
        >>> from nn import FullyConnected, NeuralNetwork
        >>> network = NeuralNetwork([FullyConnected(2, 2)])
        >>> network.load_state_dict({"0.weight": [[1.0, 0.0], [0.0, 2.0]], "0.bias": [0.0, 0.0]})
        >>> scores = network.predict(np.array([[1.0, 3.0], [5.0, 1.0]]))
        >>> scores
        array([[1., 6.],
               [5., 2.]], dtype=float32)
        >>> scores.argmax(axis=1)
        array([1, 0])
        """
        batch_size = whole_number("predict", "batch_size", batch_size)
        if isinstance(x, DataLoader):
            return np.concatenate([self.predict(batch.x) for batch in x.in_order()])
        samples = self._checked_samples(x)
        with no_grad(), self.evaluating(), quiet():
            parts = [
                self.forward(samples[start : start + batch_size]).value
                for start in range(0, max(len(samples), 1), batch_size)
            ]
            output = parts[0] if len(parts) == 1 else np.concatenate(parts)
            if not is_finite(output):
                say_not_finite(self, "predict", samples, output)
        return output

    @explains_arguments
    def evaluate(
        self,
        x: npt.ArrayLike | DataLoader,
        y: npt.ArrayLike = NEEDED,
        *,
        batch_size: int = _EVALUATION_BATCH,
        sample_weight: npt.ArrayLike | None = None,
        metrics: Iterable[Any] = (),
    ) -> dict[str, Any]:
        """Compute loss and, for classes, accuracy on samples that the network may not have seen.

        Parameters
        ----------
        x, y : array_like, or DataLoader
            Samples and labels; or one that reads both, without `augment`.
        batch_size : int, default 1024
            Samples at a time; those of a loader are its own.
        sample_weight : array_like, optional
            How much each sample counts, in all figures; see `fit`.
        metrics : iterable, default ()
            What else is measured, over all samples together; see `fit`.

        Returns
        -------
        dict
            "loss" over all samples, in the loss's own reduction, and "accuracy", the share of
            samples whose largest output is at the right class; further the metrics, by name.

        Raises
        ------
        ValueError
            If samples and labels differ in number, or don't fit the layers and the loss.

        Examples
        --------
        >>> import numpy as np
        >>> from nn import FullyConnected, NeuralNetwork
        >>> network = NeuralNetwork([FullyConnected(2, 2)])
        >>> network.load_state_dict({"0.weight": [[1.0, 0.0], [0.0, 2.0]], "0.bias": [0.0, 0.0]})
        >>> figures = network.evaluate(10.0 * np.eye(2), [0, 0], metrics=["recall"])
        >>> figures["accuracy"], figures["recall"], round(figures["loss"], 2)
        (0.5, 0.0, 10.0)
        """
        batch_size = whole_number("evaluate", "batch_size", batch_size)
        loader = loader_from("evaluate", x, y)
        labels: Any = None
        weights: Any = None
        found: Iterable[tuple[Any, ...]]
        if loader is not None:
            if sample_weight is not None:
                raise _needs_arrays("evaluate", "sample_weight")
            found = loader.in_order()
        elif y is NEEDED:
            raise MissingArgumentError
        else:
            samples, labels = self._checked_data("evaluate", x, y)
            weights, _ = self._weights("evaluate", labels, sample_weight, None)
            found = batches(samples, np.arange(len(samples)), batch_size)
        total = Totals(self.loss, metrics_from("evaluate", metrics))
        with no_grad(), self.evaluating(), quiet():
            for x_batch, chosen, *of_each in found:
                y_batch = chosen if labels is None else labels[chosen]
                weight = None if weights is None else weights[chosen]
                if of_each:
                    weight, _ = self._weights("evaluate", y_batch, of_each[0], None)
                with masked_call():
                    prediction = self.forward(x_batch)
                    if labels is None or not total.samples:
                        seen = y_batch if labels is None else labels
                        self.loss.check_labels(seen, prediction.shape[1:], prediction.dtype)
                    loss = float(self.loss(prediction, y_batch, weight).value)
                    mask = mask_of_call()
                total.add(loss, prediction.value, y_batch, weight, sample_weight=weight, mask=mask)
                if not math.isfinite(loss):
                    say_not_finite(self, "evaluate", x_batch, prediction.value, loss)
        return total.figures()

    def evaluating(self) -> AbstractContextManager[None]:
        """Let the layers compute as when training is over, for the time of a with block.

        It holds for this thread (or asynchronous task) alone: another may train meanwhile.
        """
        return training_mode(False)

    # --- training -----------------------------------------------------------------------------

    @explains_arguments
    def train(self, iterations: int | None = None, *, accumulate: int = 1) -> list[float]:
        """Let `forward` compute as during training; with a number, learn from so many batches.

        Parameters
        ----------
        iterations : int, optional
            How many batches to take from `data_source` and learn from, as in lecture 000.
        accumulate : int, default 1
            Batches for each update; see `fit`.

        Returns
        -------
        list of float
            The loss of each of these batches, before its update. `losses` keeps them too.

        Raises
        ------
        ValueError
            If there is no data source, or the number is no whole number from 0.

        Examples
        --------
        >>> from nn import DataSource, FullyConnected, NeuralNetwork, load_dataset
        >>> data = load_dataset("digits")
        >>> network = NeuralNetwork([FullyConnected(64, 10)])
        >>> network.data_source = DataSource(data.x_train, data.y_train, batch_size=50)
        >>> losses = network.train(100)
        >>> losses[-1] < losses[0]
        True
        """
        for layer in self.layers:
            layer.train()
        if iterations is None:
            return []
        iterations = whole_number("train", "iterations", iterations, least=0)
        accumulate = whole_number("train", "accumulate", accumulate)
        if not hasattr(self.data_source, "next"):
            raise ValueError(
                "train(iterations) expects a data source with next(). Write first: "
                "network.data_source = DataSource(x, y, batch_size=50)"
            )
        self._tell_length_of_epochs(accumulate)
        if accumulate == 1:
            return [self.train_step(*self.data_source.next()) for _ in range(iterations)]
        losses: list[float] = []
        while len(losses) < iterations:
            number = min(accumulate, iterations - len(losses))
            losses += self._learn_together([self.data_source.next() for _ in range(number)])
        return losses

    def _tell_length_of_epochs(self, accumulate: int) -> None:
        """Tell optimizers what a schedule in epochs wants to know, if the data source says so."""
        if hasattr(self.data_source, "__len__"):
            for optimizer in self.optimizers:
                optimizer.updates_per_epoch = -(-len(self.data_source) // accumulate)

    def _learn_together(self, group: Sequence[tuple[Any, ...]]) -> list[float]:
        """Learn from batches (x, y, maybe weights) by one update, as from one large batch."""
        weights = [weight_of(self, x, labels_from(y), *weight) for x, y, *weight in group]
        return [
            self.step(x, y, sample_weight=weight[0] if weight else None, part=part).value
            for (x, y, *weight), part in zip(group, parts_of_group(weights), strict=True)
        ]

    def eval(self) -> None:
        """Let `forward` compute as when training is over: dropout leaves nothing out.

        `predict` and `evaluate` do so by themselves, and `train_step` and `fit` never do.
        """
        for layer in self.layers:
            layer.train(False)

    def train_step(
        self,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        *,
        accumulate: int = 1,
    ) -> float:
        """Learn from one batch: forward, backward, update.

        Parameters
        ----------
        x, y : array_like
            Samples and labels of the batch.
        sample_weight : array_like, shape (samples,) or (samples, steps), optional
            How much each sample counts; see `fit`.
        accumulate : int, default 1
            In how many parts it goes through the network, one after the other: the same update,
            in the memory that a part takes; see `fit`.

        Returns
        -------
        float
            The loss before the update; what regularizers cost is not counted in.

        Raises
        ------
        ValueError
            If samples and labels differ in number, or don't fit the layers and the loss.

        Examples
        --------
        >>> import numpy as np
        >>> from nn import SGD, Constant, FullyConnected, NeuralNetwork
        >>> layer = FullyConnected(1, 1, weight_initializer=Constant(1.0))
        >>> network = NeuralNetwork([layer], loss="mse", optimizer=SGD(0.25))
        >>> x = np.array([[-1.0], [1.0]])
        >>> [network.train_step(x, 3.0 * x) for _ in range(3)]
        [4.0, 1.0, 0.25]
        """
        if accumulate != 1:
            return self._step_in_parts(x, y, sample_weight, accumulate)
        if self._steps is not None:  # as in `step`, in less time
            learned = self._steps(self, x, y, sample_weight)
            if type(learned) is tuple:
                return learned[0]
            if isinstance(learned, Repeat):
                with learned.again():
                    return self._eagerly(x, y, None, sample_weight).value
        return self._eagerly(x, y, None, sample_weight).value

    def _step_in_parts(self, x: Any, y: Any, sample_weight: Any, number: int) -> float:
        number = whole_number("train_step", "accumulate", number)
        samples, labels = self._checked_data("train_step", x, y)
        whole = sample_weights("train_step", sample_weight, labels, self.declared_outputs())
        rows = [part for part in np.array_split(np.arange(len(labels)), number) if len(part)]
        group = [
            (samples[part], labels[part], *(() if whole is None else (whole[part],)))
            for part in rows
        ]
        losses = self._learn_together(group)
        if self.loss.reduction != "mean":
            return math.fsum(losses)
        counts = [weight_of(self, x, y, *weight) for x, y, *weight in group]
        return math.fsum(map(operator.mul, losses, counts)) / (math.fsum(counts) or 1.0)

    @explains_arguments
    def compile(self, backend: str = "auto", *, devices: Any = None) -> NeuralNetwork:
        """Choose what runs the training steps from here on.

        Parameters
        ----------
        backend : {"auto", "eager", "numpy", "native", "xla"}, default "auto"
            "eager" records a graph in each step. The others record one and run its program; see
            `autograd_core.compile`. "auto" is "numpy" where the layers, the loss and the optimizer
            are the package's own, else "eager".
        devices : int or sequence of jax.Device, optional
            Over which devices "xla" spreads each batch: so many, or these.

        Returns
        -------
        NeuralNetwork
            The network itself.

        Raises
        ------
        ValueError
            If there is no back end of that name.
        ImportError
            If what it needs is not installed.

        Notes
        -----
        "numpy" gives the same bits as "eager" (but for sums over images, which are taken in the
        order of memory), the others the same numbers but for rounding. Only
        eager steps leave gradients in the parameters' ``.grad``.

        Examples
        --------
        >>> from nn import FullyConnected, NeuralNetwork
        >>> network = NeuralNetwork([FullyConnected(2, 3)]).compile(backend="eager")
        >>> network.backend
        'eager'
        """
        if devices is not None and backend != "xla":
            raise ValueError(
                f'devices={cut(devices)} is for backend="xla", got backend={backend!r}'
            )
        self._steps = None if backend == "eager" else CompiledSteps(backend, devices)
        self.backend = backend
        return self

    def program(self, x: npt.ArrayLike, y: npt.ArrayLike) -> Program:
        """Return a training step as a program: to read, to draw, to run elsewhere.

        Parameters
        ----------
        x, y : array_like
            Samples and labels of a batch; their shapes count.

        Returns
        -------
        Program
            Of the samples, the labels as the loss takes them, the optimizer's numbers, the
            parameters, and what the optimizer remembers of them; it returns the loss, the
            prediction, and all that is new.

        Raises
        ------
        RecordingError
            If a layer can't be recorded, as it reads numbers.
        ValueError
            If the optimizer says in `update` what it does, and not in `rule`.

        Examples
        --------
        The whole of backpropagation as NumPy code:

        >>> import numpy as np
        >>> from nn import FullyConnected, MeanSquaredError, NeuralNetwork
        >>> network = NeuralNetwork([FullyConnected(2, 1)], loss=MeanSquaredError())
        >>> program = network.program(np.ones((4, 2)), np.ones((4, 1)))
        >>> "W1 -= rate * dW1" in program.source()
        True
        """
        return step_aside(self, x, y).program

    def step(
        self,
        x: Any,
        y: Any,
        before_update: Callable[[BatchResult], object] | None = None,
        *,
        sample_weight: Any = None,
        eager: bool = False,
        part: Part | None = None,
    ) -> Learned:
        """Do a `train_step` by the chosen back end, and also say what the network predicted.

        Parameters
        ----------
        x, y : array_like
            Samples and labels of the batch.
        before_update : callable, optional
            See `learn`; it is called where the step is eager.
        sample_weight : array_like, optional
            How much each sample counts.
        eager : bool, default False
            Whether a graph is recorded in any case. Else it is where there is no program for such
            a batch, and where something is not finite: that step is done again, and says so.
        part : Part, optional
            Where the batch is one of a group that makes an update together.

        Returns
        -------
        Learned
            The loss before the update, and the prediction as an array.
        """
        if self._steps is not None and eager:
            self._steps.settle()
        elif self._steps is not None:
            learned = self._steps(self, x, y, sample_weight, part)
            if isinstance(learned, Repeat):
                with learned.again():
                    return _told(self._eagerly(x, y, before_update, sample_weight, part))
            if learned is not None:
                return Learned(*learned)
        return _told(self._eagerly(x, y, before_update, sample_weight, part))

    def settle(self) -> None:
        """Bring the parameters into their arrays, if a back end keeps them elsewhere."""
        if self._steps is not None:
            self._steps.settle()

    def look_again(self) -> None:
        """Count what was set inside of a container, such as a list of layers or a regularizer."""
        self._known = _NOTHING
        if self._steps is not None:
            self._steps.look_again()

    @contextmanager
    def staying(self) -> Iterator[None]:
        """Let a back end keep the parameters where it computes, in a with block.

        There `settle` comes before whatever reads or sets them, but steps; and parameters are
        looked for again only where an attribute was set.
        """
        self._staying = True
        try:
            with nullcontext() if self._steps is None else self._steps.staying():
                yield
        finally:
            self._staying = False
            self.look_again()

    def _eagerly(
        self,
        x: Any,
        y: Any,
        before_update: Callable[[BatchResult], object] | None,
        sample_weight: Any,
        part: Part | None = None,
    ) -> BatchResult:
        """Do a step whose graph nobody sees after the update."""
        joined = joining.set(True)
        options = {} if part is None else {"part": part}  # which a subclass may not know
        try:
            x = x.whole() if type(x) is Share else x
            if sample_weight is None:  # a subclass may know of none
                return self.learn(x, y, before_update, **options)
            return self.learn(x, y, before_update, sample_weight, **options)
        finally:
            joining.reset(joined)

    def learn(
        self,
        x: Any,
        y: Any,
        before_update: Callable[[BatchResult], object] | None = None,
        sample_weight: Any = None,
        *,
        part: Part | None = None,
    ) -> BatchResult:
        """Do a `train_step` and return all of it.

        Parameters
        ----------
        x, y : array_like
            Samples and labels of the batch.
        before_update : callable, optional
            Called with the step when the parameters have their gradients in ``.grad``.
        sample_weight : array_like, optional
            How much each sample counts.
        part : Part, optional
            Where the batch is one of a group that makes an update together: gradients are summed
            up until the last.

        Returns
        -------
        BatchResult
            The loss before the update, and the graph.
        """
        parameters = self.parameters()
        silence = start_counting()  # as quiet(), in less time
        try:
            share = {} if part is None else {"share": part.share}
            if sample_weight is None:
                step = self.differentiate(x, y, parameters, **share)
            else:
                step = self.differentiate(x, y, parameters, sample_weight, **share)
            if part is not None:
                for optimizer, own in self.by_optimizer().items():
                    optimizer.gather(own, adds=part.adds, updates=part.updates)
            if type(step) is not BatchResult:  # a subclass may return a plain tuple
                step = BatchResult(*step)
            if before_update is not None:
                before_update(step)
            elif not math.isfinite(step.value):
                self._say_loss_not_finite(step, y)
            if part is None or part.updates:
                self._step(parameters)
        finally:
            stop_counting(silence)
        return step

    def _step(self, parameters: dict[str, Node]) -> None:
        if not self._found().optimizers:
            self.optimizer.step(parameters)
        else:
            for optimizer, own in self.by_optimizer().items():
                if not own or any(node.requires_grad for node in own.values()):
                    optimizer.step(own)
        if constraints := self.constraints():
            hold(parameters, constraints)

    def constraints(self) -> dict[str, Constraint]:
        """Return what parameters are held to after each update, by their paths; see `Layer`.

        Raises
        ------
        ValueError
            If a constraint is meant for a parameter that its layer does not have.
        """
        layers, count, known = self._known_constraints
        if layers is not self.layers or count != changes.count:
            held = [layer for layer in layers_in(self.layers) if layer.constraints]
            known = constraints_of(held, self.parameters()) if held else {}
            self._known_constraints = self.layers, changes.count, known
        return known

    def _say_loss_not_finite(self, step: BatchResult, y: Any) -> None:
        """Raise where it is for the labels, before they spoil the parameters; else warn once."""
        prediction = step.prediction
        self.loss.check_labels(labels_from(y), prediction.shape[1:], prediction.dtype)
        if "loss" not in self.said_not_finite:
            self.said_not_finite.add("loss")
            clause = made_by(step.loss)
            advice = (
                "Leave those samples out, or fill them in"
                if "the data that went" in clause
                else "A smaller learning rate, inputs on a common scale or clipping, such as "
                "SGD(0.1, clip_norm=1.0), help"
            )
            warn(f"the loss is {step.value}{clause}. {advice}")

    def differentiate(
        self,
        x: Any,
        y: Any,
        parameters: Mapping[str, Node],
        sample_weight: Any = None,
        *,
        share: float | None = None,
    ) -> BatchResult:
        """Do the first half of a `train_step`: forward and backward, without the update.

        Parameters
        ----------
        x, y : array_like
            Samples and labels of a batch.
        parameters : mapping of str to Node
            What `parameters` returned.
        sample_weight : array_like, optional
            How much each sample counts.
        share : float, optional
            The batch's share of the samples of a group that makes an update together.

        Returns
        -------
        BatchResult
            The loss, which is also added to `losses`, and the graph: value, prediction, loss. The
            parameters' gradients are in their ``.grad``.
        """
        for parameter in parameters.values():
            parameter.grad = None  # makes room: else old and new gradients stand side by side
        several = self.input_names is not None
        if not several and (x.ndim if type(x) is np.ndarray else np.ndim(x)) < 2:
            self._require_samples(np.asarray(raw(x)))
        with training_mode(True), masked_call():
            prediction = self.forward(x)
            if not prediction.size:
                raise ValueError(f"expected at least one sample to learn from, got {np.shape(x)}")
            target = self.loss.checked_label(prediction, y)
            if sample_weight is None:
                loss, objective = self.objective(prediction, target)
            else:
                weight = self.loss.checked_weight(prediction, sample_weight)
                loss, objective = self.objective(prediction, target, weight)
            mask = mask_of_call()
        if not objective.requires_grad:
            require_something_to_learn(self, "train_step")
        # Data and weights are finite: what is not is found on the way, at no cost.
        seed = None
        if share is not None:
            of_group = objective.dtype.type(share)
            objective, seed = scaled(self.loss, loss, objective, of_group)
        backward(objective, seed, keep_intermediate=False, ends=())
        if not self._looked_at_leaves:
            self._looked_at_leaves = True
            if type(self.loss) is FunctionLoss or any(map(is_from_elsewhere, self._found().layers)):
                warn_about_leaves(self, loss)
                warn_about_end(self, prediction)
        step = BatchResult(float(loss.value), prediction, loss)
        step.mask = mask
        self.losses.append(step.value)
        return step

    @explains_arguments
    def fit(
        self,
        x: npt.ArrayLike | DataLoader,
        y: npt.ArrayLike = NEEDED,
        *,
        epochs: int,
        batch_size: int = NEEDED,
        validation_data: tuple[npt.ArrayLike, ...] | DataLoader | None = None,
        validation_split: float | None = None,
        sample_weight: npt.ArrayLike | None = None,
        class_weight: Mapping[int, float] | npt.ArrayLike | str | None = None,
        metrics: Iterable[Any] = (),
        evaluate_training: bool | None = None,
        augment: Augment | Sequence[Augment] = (),
        callbacks: Iterable[Callback] = (),
        progress: bool = True,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: str | os.PathLike[str] | None = None,
        inspect_every: int | None = None,
        accumulate: int = 1,
        backend: str | None = None,
        devices: Any = None,
    ) -> History:
        """Train on samples and labels, shuffled anew in each epoch.

        Parameters
        ----------
        x : array_like, shape (samples, ...), or DataLoader
            The samples; or, in place of x, y and batch_size, what reads batches of them.
        y : array_like
            The labels: classes as integers of shape (samples,) or as one-hot rows, or whatever
            the loss compares the output with.
        epochs : int
            How often all samples are shown.
        batch_size : int
            Samples per update: 1 is stochastic, len(x) batch gradient descent; the last batch of
            an epoch may be smaller.
        validation_data : tuple of array_like, or DataLoader, optional
            Samples and labels to evaluate after each epoch; a third says how much each counts.
        validation_split : float, optional
            In place of them, the share of the samples that is held back: chosen at random by the
            network's seed, the same ones in each `fit`, and of classes each in its share. (Keras
            takes the last ones as they stand.)
        sample_weight : array_like, shape (samples,) or (samples, steps), optional
            How much each sample counts: 2 as if it were there twice, 0 not at all. A mean over a
            batch is the weighted one. It holds for loss, accuracy and metrics.
        class_weight : mapping, array_like or "balanced", optional
            How much the samples of each class count in the training loss (in no accuracy, no
            metric, and not in validation): a dict, in which what is missing counts 1, or one
            number per class. "balanced" lets all classes count the same together (not of a
            loader, which nobody has seen the whole of).
        metrics : iterable of str, Metric or callable, default ()
            What is measured besides, such as ``["f1", "top_5"]``: "accuracy", "top_k_accuracy"
            (or "top_3", ...), "precision", "recall", "f1" (or "f1_macro", ...), "confusion", "r2",
            "mean_absolute_error", "mean_squared_error", a metric such as ``F1("macro")``, or a
            function of (prediction, label), which sees all of an epoch at once.
        evaluate_training : bool, optional
            Whether loss, accuracy and metrics of the training data, too, are taken at the end of
            each epoch, as columns ``evaluated_loss``, ... Without it, they are where there are
            validation data, so that both belong to the same parameters (but not of a memory map
            or loader).
        augment : callable or sequence of callables, default ()
            Change the samples of each batch that is learned from, such as `nn.data.RandomFlip`:
            each takes them and a `numpy.random.Generator`, which comes from the network's.
        callbacks : iterable of Callback, default ()
            Called along the way.
        progress : bool, default True
            Whether a progress bar is shown.
        checkpoint : path-like, optional
            A folder into which the state of the run is written after epochs (not after each, if
            they are short: writing takes at most a tenth of the time), at the end, and when it is
            interrupted.
        resume : path-like, optional
            The folder of an interrupted run, to go on from its checkpoint up to `epochs` in all.
            The network must be made, and the data be given, as for that run; the result has the
            same bits as without the interruption (on the same machine). Checkpoints go on there.
            If the last one is damaged, the run goes on from the one before it, with a warning.
        inspect_every : int, optional
            Every so many batches the history also gets gradient norms, update ratios and shares of
            dead units per layer (see `nn.training.supervision`); that takes time. They are
            taken at the end of an epoch in any case.
        accumulate : int, default 1
            Batches for each update: their gradients make that of one large batch, in the memory of
            a small one. Schedules count updates; the history has a row for each batch. The last
            update of an epoch is for what is left. Layers that look at a whole batch, such as batch
            normalisation, see the small ones.
        backend : {"auto", "eager", "numpy", "native", "xla"}, optional
            What runs the steps of this run; by default what `compile` has chosen. Steps that are
            inspected, and those after which a callback may read gradients (`Callback.wants_graph`),
            are eager. A resumed run stays on the back end of its checkpoint.
        devices : int or sequence of jax.Device, optional
            Over which devices the back end "xla" spreads each batch; see `nn.distributed` for
            several processes.

        Returns
        -------
        History
            Losses, accuracies and figures per layer, of a resumed run from its start.

        Raises
        ------
        ValueError
            If lengths or numbers don't fit, a label is wrong, or data are not finite (those of a
            memory map are not read for it), before anything is changed.
        ModelFileError
            If the checkpoints are damaged, or of another network or other data.
        BlockingIOError
            If another run writes its checkpoints into that folder at the moment.
        KeyboardInterrupt
            After the current batch, when interrupted (Ctrl-C); a second one interrupts at once.

        Warns
        -----
        TrainingWarning
            In words, for dead units, vanishing or exploding gradients, a loss that does not move,
            grows or is not finite, softmax applied twice, no nonlinearity between layers, and
            weights that start zero, alike or too small. They name the cause where it shows.

        Examples
        --------
        >>> import numpy as np
        >>> from nn import SGD, Constant, FullyConnected, NeuralNetwork
        >>> layer = FullyConnected(1, 1, weight_initializer=Constant(1.0))
        >>> network = NeuralNetwork([layer], loss="mse", optimizer=SGD(0.25))
        >>> x = np.array([[-1.0], [1.0]])
        >>> history = network.fit(x, 3.0 * x, epochs=2, batch_size=2, progress=False)
        >>> history["loss"], network.layers[0].weight.value
        (array([4., 1.]), array([[2.5]], dtype=float32))
        """
        loader = loader_from("fit", x, y)
        if loader is not None:
            if batch_size is not NEEDED or augment != ():
                raise TypeError(
                    "fit(batch_size) and fit(augment) are for samples in arrays: a DataLoader has "
                    "its own. Write DataLoader(..., batch_size=32, augment=[...])"
                )
            for name, given in (
                ("sample_weight", sample_weight),
                ("class_weight", class_weight if isinstance(class_weight, str) else None),
                ("validation_split", validation_split),
            ):
                if given is not None:
                    raise _needs_arrays("fit", name)
            seen = loader.sample()
            x, y, sample_weight = seen.x, seen.y, seen.weight
            batch_size = loader.batch_size
        elif y is NEEDED or batch_size is NEEDED:
            raise MissingArgumentError
        samples, labels = self._checked_data("fit", x, y)
        weights, counted = self._weights("fit", labels, sample_weight, class_weight)
        measured = metrics_from("fit", metrics)
        if evaluate_training is not None:
            evaluate_training = flag("fit", "evaluate_training", evaluate_training)
        if validation_split is not None:
            if validation_data is not None or isinstance(samples, np.memmap):
                raise ValueError(
                    "fit() expects validation_data or validation_split, not both"
                    if validation_data is not None
                    else "fit(validation_split) would copy a memory map. Write validation_data="
                )
            kept, held = held_back(validation_split, labels, self.loss, self.seed)
            validation_data = samples[held], labels[held]
            if counted is not None:
                validation_data += (counted[held],)
            samples, labels = samples[kept], labels[kept]
            weights, counted = (w if w is None else w[kept] for w in (weights, counted))
        epochs = whole_number("fit", "epochs", epochs)
        batch_size = whole_number("fit", "batch_size", batch_size)
        if inspect_every is not None:
            inspect_every = whole_number("fit", "inspect_every", inspect_every)
        accumulate = whole_number("fit", "accumulate", accumulate)
        if isinstance(callbacks, Callback):
            callbacks = (callbacks,)
        if not isinstance(callbacks, Iterable) or isinstance(callbacks, (str, bytes)):
            raise TypeError(
                "fit(callbacks) expects a list of callbacks, such as [EarlyStopping()], got "
                f"{cut(callbacks)}"
            )
        shown = len(samples) if loader is None else loader.samples
        callbacks = [*callbacks, *([ProgressBar(shown, batch_size)] if progress else [])]
        for callback in callbacks:
            _require("fit(callbacks)", callback, Callback)
        if validation_data is not None:
            validation_data = self._checked_validation_data(validation_data)
        if checkpoint is not None:
            checkpoint = checked_path("fit", "checkpoint", checkpoint)
            model_file.refuse_file_name("fit", "checkpoint", checkpoint)
        if resume is not None:
            resume = checked_path("fit", "resume", resume)
        folder = resume if checkpoint is None else checkpoint
        run = TrainingRun(
            self,
            samples,
            labels,
            epochs=epochs,
            batch_size=batch_size,
            validation_data=validation_data,
            callbacks=callbacks,
            folder=None if folder is None else expanded(folder),
            inspect_every=inspect_every,
            accumulate=accumulate,
            backend=backend,
            loader=loader,
            augment=checked_augment("fit", augment),
            weights=weights,
            sample_weight=counted,
            weigh=lambda labels, of_each: self._weights("fit", labels, of_each, class_weight),
            metrics=measured,
            evaluate_training=evaluate_training,
        )
        with self._by(backend, devices):
            if run.folder is None:
                return run.run()
            with begun(run, None if resume is None else expanded(resume)):
                return run.run()

    @contextmanager
    def _by(self, backend: str | None, devices: Any) -> Iterator[None]:
        """Choose a back end for the time of a with block; None leaves the one that there is."""
        before, steps = self.backend, self._steps
        try:
            if backend is not None or devices is not None:
                self.compile(backend or self.backend, devices=devices)
            yield
        finally:
            self.backend, self._steps = before, steps

    def _checked_samples(self, x: Any) -> npt.NDArray[Any]:
        samples = self._samples_from(x)
        self._require_samples(samples)
        return samples

    def _samples_from(self, x: Any) -> Any:
        """Samples as an array, or as several."""
        if self.input_names is None:
            return samples_from(x)
        return several_from(self.input_names, x, samples_from)

    def _require_samples(self, samples: npt.NDArray[Any]) -> None:
        """Raise for numbers in a row, which could be one sample or as many samples."""
        if samples.ndim != 1:
            return
        first = self.layers[0]
        makes_axes = type(first).output_shape is not Layer.output_shape and not first.in_features
        if not makes_axes and not any(each.takes_indices for each in layers_in(first)):
            raise ValueError(
                "expected samples of shape (samples, features), got shape "
                f"{samples.shape}, which could be one sample or {len(samples)}. Write x[None, :] "
                "for one sample, or x[:, None] for samples of one number each"
            )

    def _checked_data(
        self, owner: str, x: Any, y: Any
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        labels = labels_from(y)
        one = self.input_names is None and labels.ndim and not hasattr(x, "columns")
        if one and isinstance(x, (tuple, list, dict)) and len(x) != len(labels):
            several = several_in(x, len(labels))
            x = x if several is None else several  # which is refused, in words
        samples = self._samples_from(x)
        if not len(samples) or labels.ndim == 0 or len(labels) != len(samples):
            raise ValueError(
                "expected at least one sample, and one label per sample along the first axis; got "
                f"samples of shape {samples.shape} and labels of shape {labels.shape}"
            )
        self._require_samples(samples)
        if owner == "fit":  # elsewhere nan gives nan, and spoils nothing
            for name, array in zip(self.input_names or ("x",), arrays_of(samples), strict=True):
                refuse_nonfinite(name, array, self.dtype, x)
            # What doesn't fit shows now, before anything is learned: one sample tells the shapes.
            outputs: tuple[int, ...] | None = None
            if not any(map(is_from_elsewhere, layers_in(self.layers))):
                with no_grad(), self.evaluating(), quiet():
                    outputs = self.forward(samples[:1]).shape[1:]
            else:  # these may remember or draw something, or take no sample alone
                outputs = self.declared_outputs()
                if labels.shape[1:] not in ((), outputs):
                    outputs = None
            if outputs is not None:
                self.loss.check_labels(labels, outputs, self.dtype)
        return samples, labels

    def declared_outputs(self) -> tuple[int, ...] | None:
        """Return the shape of what is said of a sample, if the last layers tell it."""
        for layer in reversed(self.layers):
            if any(map(is_from_elsewhere, layers_in(layer))):
                return None
            if layer.in_features is not None:
                return self.stages()[-1].behind
        return None

    def _weights(
        self, owner: str, labels: npt.NDArray[Any], of_samples: Any, of_classes: Any
    ) -> tuple[npt.NDArray[Any] | None, npt.NDArray[Any] | None]:
        """Return how much each label counts in the loss, and how much in metrics."""
        if of_samples is None and of_classes is None:
            return None, None
        outputs = self.declared_outputs()
        counted = sample_weights(owner, of_samples, labels, outputs)
        by_class = class_weights(owner, of_classes, labels, outputs, self.loss)
        return together(by_class, counted), counted

    def _checked_validation_data(self, data: Any) -> tuple[Any, ...]:
        if isinstance(data, DataLoader):
            self._checked_data("fit", *data.sample()[:2])
            return (data,)
        if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
            raise ValueError(
                "fit(validation_data) expects samples and labels, got "
                f"{type(data).__name__}. Write validation_data=(x, y)"
            )
        try:
            samples, labels = self._checked_data("fit", *data[:2])
            if len(data) == 2:
                return samples, labels
            weights, _ = self._weights("fit", labels, data[2], None)
            return (samples, labels) if weights is None else (samples, labels, weights)
        except ValueError as error:
            raise ValueError(f"fit(validation_data): {error}") from None

    # --- parameters ---------------------------------------------------------------------------

    def parameters(self) -> dict[str, Node]:
        """Return the parameters by path: ``"0.weight"``, ``"1.encoder.2.bias"``, ...

        All leaves that are set in the layers, see `Layer`; a node that stands in two places is
        there once, by its first path. Frozen ones are among them.
        """
        return self._found().parameters.copy()

    def buffers(self) -> dict[str, Buffer]:
        """Return what the layers remember and do not learn, by path; see `Buffer`."""
        return self._found().buffers.copy()

    def _found(self) -> _Known:
        """The parameters and the buffers, all in the network's dtype, and all layers."""
        known = self._known
        if known.changed == changes.count and known.of is self.layers:
            return known
        try:
            parameters, buffers = self._walked()
        except NotMadeError:  # of a layer that was put in later
            self._complete()
            parameters, buffers = self._walked()
        for name, node in parameters.items():
            if node.dtype != self.dtype and node.dtype.kind == "f":
                array = cast(name, node._value, self.dtype)
                node._value, node.grad = array if array.ndim else array[()], None
        for buffer in buffers.values():
            buffer.convert(self.dtype)
        give_names({**parameters, **buffers})
        every = list(layers_in(self.layers))
        optimizers = self._of_layers(every, parameters)
        known = _Known(self.layers, changes.count, parameters, buffers, every, optimizers)
        # A list or dict may grow without any attribute being set.
        if self._staying or not any(map(is_from_elsewhere, every)):
            self._known = known
        return known

    def _walked(self) -> tuple[Found, Found]:
        if self._model is not None:  # whose attributes are named without its place
            return self._model.parameters(), self._model.buffers()
        return found_both(self.layers)

    def _of_layers(self, layers: Iterable[Layer], parameters: Found) -> dict[str, Optimizer]:
        """The optimizers that were set on layers, or their names, by the paths of parameters."""
        for layer in layers:
            own, owner = vars(layer).get("optimizer"), type(layer).__name__
            if isinstance(own, str):
                own = layer.optimizer = optimizer_from(own, owner)
            if own is not None and not is_from_elsewhere(layer):
                _require(f"{owner}.optimizer", own, Optimizer)
        return own_optimizers(layers, parameters)

    def by_optimizer(self) -> dict[Optimizer, dict[str, Node]]:
        """Return the parameters by what changes them: the layer's optimizer, or the network's."""
        known = self._found()
        found: dict[Optimizer, dict[str, Node]] = {self.optimizer: {}}
        for name, node in known.parameters.items():
            found.setdefault(known.optimizers.get(name, self.optimizer), {})[name] = node
        return found

    @property
    def optimizers(self) -> list[Optimizer]:
        """The network's optimizer, and behind it those of layers, each once."""
        return [*dict.fromkeys([self.optimizer, *self._found().optimizers.values()])]

    def named_optimizers(self) -> Iterator[tuple[str, Optimizer]]:
        """The optimizers as checkpoints name them: those of layers by their first parameter."""
        yield "optimizer", self.optimizer
        seen = {self.optimizer}
        for name, optimizer in self._found().optimizers.items():
            if optimizer not in seen:
                seen.add(optimizer)
                yield f"optimizer {name}", optimizer

    def _complete(self) -> None:
        """Make what no layer has made yet, and number it: W1, b1, γ1, W2, ... in diagrams."""
        made = [(each, each._complete(self._making, self.dtype)) for each in layers_in(self.layers)]
        named = set[int]()
        for layer, parts in made:
            nodes = {node for part in parts.values() for node in nodes_of(part)}
            parameters = layer.parameters() if nodes else {}
            new = [(n, x) for n, x in parameters.items() if x in nodes and id(x) not in named]
            letters = {parameter.name for _, parameter in new}
            number = 1 + max((self._numbered[letter] for letter in letters), default=0)
            self._numbered |= dict.fromkeys(letters, number)
            for _, parameter in new:
                named.add(id(parameter))
                parameter.name = f"{parameter.name}{number}"

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Return copies of what the layers learn and remember, named as `parameters`, `buffers`.

        Examples
        --------
        >>> from nn import BatchNorm, FullyConnected, NeuralNetwork
        >>> state = NeuralNetwork([FullyConnected(2, 3), BatchNorm(3)]).state_dict()
        >>> {name: array.shape for name, array in state.items() if name[0] == "0"}
        {'0.weight': (2, 3), '0.bias': (3,)}
        >>> [name for name in state if name[0] == "1"]
        ['1.gamma', '1.beta', '1.running_mean', '1.running_var']
        """
        return {name: np.array(each.value) for name, each in self._state().items()}

    def _state(self) -> dict[str, Any]:
        """The parameters, and behind them the buffers."""
        known = self._found()
        return {**known.parameters, **known.buffers}

    @explains_arguments
    def load_state_dict(
        self,
        state: Mapping[str, npt.ArrayLike] | str | os.PathLike[str],
        *,
        transposed: bool | None = None,
    ) -> None:
        """Set the parameters to what `state_dict` returned, or to those that PyTorch wrote.

        Parameters
        ----------
        state : mapping of str to array_like, or path-like
            One array per parameter, or a safetensors file of them. A prefix that all names have in
            common, such as ``net.``, is left out where they fit then.
        transposed : bool, optional
            Whether the weights of fully connected layers are (outputs, inputs), as PyTorch keeps
            them, and are to be transposed. It has to be said where no shape can tell: for a file
            of others in which all of them are square. For arrays the default is False.

        Raises
        ------
        ValueError
            If a name is missing or unknown, a shape differs, or an entry is no real number or
            beyond the parameters' type; nothing is changed. Buffers may be missing, as they are in
            what was saved before there were any: they stay what they are.
        ModelFileError
            If the file is damaged, or none of safetensors.
        OSError
            If it can't be opened.

        Examples
        --------
        In PyTorch ``safetensors.torch.save_file(model.state_dict(), "model.safetensors")`` writes
        the file, and here ``network.load_state_dict("model.safetensors", transposed=True)`` reads
        it. The same with arrays:

        >>> from nn import FullyConnected, NeuralNetwork
        >>> network = NeuralNetwork([FullyConnected(3, 2)])
        >>> state = {"net.0.weight": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "net.0.bias": [0.0, 1.0]}
        >>> network.load_state_dict(state, transposed=True)
        >>> network.predict([[1.0, 0.0, 0.0]])
        array([[1., 5.]], dtype=float32)
        """
        if transposed is not None:
            transposed = flag("load_state_dict", "transposed", transposed)
        parts, buffers = self._state(), self.buffers()
        # All of them first: where one does not fit, nothing is changed.
        expected = Expected(parts, self._swapped(parts), buffers, self._renamed(parts))
        for name, value in read_state(expected, state, transposed).items():
            parts[name].value = value
        self.said_not_finite.clear()

    def _swapped(self, parameters: Mapping[str, Any]) -> list[str]:
        """Names of the matrices that PyTorch keeps with their axes swapped."""
        nodes = {
            id(getattr(layer, name, None))
            for layer in layers_in(self.layers)
            for name in layer.swapped_in_pytorch
        }
        return [name for name, node in parameters.items() if id(node) in nodes]

    def _renamed(self, parts: Mapping[str, Any]) -> dict[str, str | None]:
        """Names of PyTorch's, each with ours; None for what is not kept here."""
        paths = {id(part): path for path, part in parts.items()}
        renamed: dict[str, str | None] = {}
        for layer in layers_in(self.layers):
            for name, part in vars(layer).items() if layer.named_in_pytorch else ():
                prefix = paths.get(id(part), name).removesuffix(name)
                if prefix:
                    for theirs, ours in layer.named_in_pytorch.items():
                        renamed[f"{prefix}{theirs}"] = None if ours is None else f"{prefix}{ours}"
        return renamed

    def summary(self) -> str:
        """Return a table of the layers, the shape of one sample behind each, and parameters.

        Layers that take images of any size, or sequences of any length, have letters there until
        the network has seen some: ``(8, H/2, W/2)``, where 2 divides.

        Examples
        --------
        >>> from nn import FullyConnected, NeuralNetwork, ReLU
        >>> print(NeuralNetwork([FullyConnected(2, 8), ReLU(), FullyConnected(8, 2)]).summary())
        layer                 output  parameters
        ----------------------------------------
        FullyConnected(2, 8)  (8,)            24
        ReLU()                (8,)             0
        FullyConnected(8, 2)  (2,)            18
        ----------------------------------------
        total                                 42
        """
        return table_of(self.stages())

    def stages(self) -> list[Stage]:
        """Return the layers, each with the shapes of a sample before and behind it.

        Shapes that the layers leave open are those of the samples that the network saw last; before
        that they have letters.
        """
        told = self.sample_shape is not None and self.input_names is None
        if told and not any(map(says_nothing, layers_in(self.layers))):
            with suppress(ValueError):
                return stages_of(self.layers, self.sample_shape)
        return lettered(stages_of(self.layers))

    # --- files --------------------------------------------------------------------------------

    def configuration(self) -> dict[str, Any]:
        """Return what the network is made of, without its parameters, as plain data."""
        plain: dict[str, Any] = {
            "layers": [layer.configuration() for layer in self.layers]
            if self._model is None
            else self._model.configuration(),
            "loss": self.loss.configuration(),
            "optimizer": self.optimizer.configuration(),
            "seed": self.seed,
            "dtype": self.dtype.name,
        }
        if frozen := self._frozen_alone():
            plain["frozen"] = frozen
        return plain

    def _frozen_alone(self) -> list[str]:
        """The parameters that are not learned, though their layers say nothing of it."""
        known = self._found()
        by_layers = {
            id(node) for layer in known.layers for node in vars(layer).get("_switched_off", ())
        }
        return [
            name
            for name, node in known.parameters.items()
            if not node.requires_grad and id(node) not in by_layers
        ]

    def learned(self) -> list[Any]:
        """Return what says which parameters are learned, as plain data, for a checkpoint."""
        return [self._frozen_alone(), [layer._trainable for layer in self._found().layers]]

    def learn_only(self, learned: list[Any]) -> None:
        """Learn what was learned when `learned` was called.

        Raises
        ------
        ValueError
            If it is what such a network never returned.
        """
        layers = self._found().layers
        if (
            not isinstance(learned, list)
            or [type(each) for each in learned] != [list, list]
            or len(learned[1]) != len(layers)
            or any(each not in (None, True, False) for each in learned[1])
        ):
            raise ValueError(f"expected names and {len(layers)} times true or false or null")
        for layer, said in zip(layers, learned[1], strict=True):
            layer._trainable = said
            vars(layer).pop("_switched_off", None)
        for name, node in self.parameters().items():
            node.requires_grad = name not in learned[0]
        self.look_again()
        self._found()  # what layers switch off

    @explains_arguments
    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the network to a file, completely or not at all.

        Parameters
        ----------
        path : path-like
            The file, ``*.safetensors`` or without an ending; it holds at most 10,000 layers. As
            ``*.onnx`` it is written for other programs that predict.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        ModelFileError
            If the file has another ending, or a layer is a `Lambda`, whose code no file keeps.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> from nn import FullyConnected, NeuralNetwork
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     NeuralNetwork([FullyConnected(2, 3)]).save(Path(folder, "model.safetensors")).name
        'model.safetensors'
        """
        place = checked_path("save", "path", path)
        if model_file.ending_of("save", place) == ".onnx":
            written: Path = _onnx().save(self, place)
            return written
        for layer in layers_in(self.layers):
            if isinstance(layer, Lambda):
                raise model_file.ModelFileError(
                    f"save() expects layers that can be made from a file, which keeps no code, got "
                    f"{layer!r}. Write a class: class {_class_name(layer)}(Layer): def apply(self, "
                    "x): ...; or keep the parameters alone: network.state_dict()"
                )
        return model_file.write(place, model_file.NETWORK, self.configuration(), self.state_dict())

    @staticmethod
    @explains_arguments
    def load(path: str | os.PathLike[str]) -> NeuralNetwork:
        """Read a network that `save` wrote.

        Parameters
        ----------
        path : path-like
            The file, ``*.safetensors``, ``*.onnx`` or without an ending.

        Returns
        -------
        NeuralNetwork
            The network, ready to predict and to train on.

        Raises
        ------
        ModelFileError
            If the file is damaged, describes something that is not known here, or has another
            ending. Nothing in the file is run: it holds names from a list, numbers and arrays.
        OSError
            If it can't be opened.

        Examples
        --------
        >>> import tempfile
        >>> import numpy as np
        >>> from nn import FullyConnected, NeuralNetwork
        >>> network, x = NeuralNetwork([FullyConnected(2, 3)]), np.eye(2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     again = NeuralNetwork.load(network.save(f"{folder}/model"))
        >>> again.layers, bool((again.predict(x) == network.predict(x)).all())
        ((FullyConnected(2, 3),), True)
        """
        if model_file.ending_of("load", place := checked_path("load", "path", path)) == ".onnx":
            read: NeuralNetwork = _onnx().load(place)
            return read
        with model_file.reading(path, model_file.NETWORK) as file:
            # A file without a checksum may have lost an argument to chance.
            parts = model_file.rebuilt_parts(file.description, complete=file.checksum is None)
            numbers = sum(tensor.size for tensor in file.tensors.values())
            frozen = parts.pop("frozen")
            with only_zeros(2 * numbers + 4096):  # so that a few too many are told by their names
                network = NeuralNetwork(**parts)
            model_file.check_parameters(network.parameters(), file.tensors, network.buffers())
            network.load_state_dict(file.arrays())
            for name, node in network.parameters().items():
                if name in frozen:
                    node.requires_grad = False
        return network


def _onnx() -> Any:
    # By its name, for it makes networks: what it imports is this file.
    return import_module(f"{__package__}.onnx")


def _model_from(given: Any, parameters: Any) -> Layer | None:
    """The one model that is given in place of a list of layers; None for such a list."""
    if isinstance(given, Layer):
        model = None if isinstance(given, Sequential) else given
    elif callable(given) and not isinstance(given, (type, Iterable)):
        return Lambda(given, parameters=parameters)
    else:
        model = None
    if parameters is not None:
        raise TypeError(
            "NeuralNetwork(parameters) is for a model that is a function; layers hold theirs. "
            "Leave it out"
        )
    return model


def _layers_from(given: Any, model: Layer | None) -> tuple[Layer, ...]:
    if model is not None:
        return (model,)
    if isinstance(given, Sequential):
        return given.layers
    if not isinstance(given, Iterable):
        written = f". Write {given.__name__}(...)" if isinstance(given, type) else ""
        raise TypeError(
            f"NeuralNetwork expects a list of layers, or a model, got {given!r}{written}"
        )
    return _Layers(given)


class _Layers(tuple[Layer, ...]):
    """The layers of a network, which says what to write to whoever would exchange one."""

    __slots__ = ()

    def _stay(self, *_: Any) -> NoReturn:
        raise TypeError(
            "the layers of a network stay what they are. Write a network of old layers, which keep "
            "what they have learned, and new ones: "
            "NeuralNetwork([*network.layers[:-1], FullyConnected(16, 5)])"
        )

    __setitem__ = __delitem__ = append = extend = insert = pop = remove = _stay


def _class_name(layer: Layer) -> str:
    return (layer.name or "Own").title().replace("_", "")


def _told(step: BatchResult) -> Learned:
    return Learned(step.value, step.prediction.value, step.mask)


def _needs_arrays(owner: str, name: str) -> TypeError:
    return TypeError(
        f"{owner}({name}) is for samples in arrays, and a DataLoader reads its own. "
        f"{_BESIDE_LOADER[name]}"
    )


def _require(owner: str, part: Any, kind: type) -> None:
    if not isinstance(part, kind):
        raise TypeError(
            f"{owner} expects instances of {kind.__name__}, got {part!r}"
            + (f". Write {part.__name__}(...)" if isinstance(part, type) else "")
        )
