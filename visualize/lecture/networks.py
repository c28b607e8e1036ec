"""A network of scalar neurons in one line, and the same network as matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from autograd_core import Node, mean, scope, stack

from .parts import (
    BIASES,
    INPUTS,
    TARGETS,
    WEIGHTS,
    Activation,
    Names,
    Number,
    activated,
    activations_of,
    checked_seed,
    cut,
    drawn,
    indexed,
    leaf,
    numbers,
    pair,
    ready,
    squared_error,
    weighted_sum,
)

__all__ = ["matrix_network", "scalar_network"]


def scalar_network(
    sizes: Sequence[int],
    *,
    x: Sequence[Number] | None = None,
    weights: Sequence[Any] | None = None,
    biases: Sequence[Any] | bool | None = None,
    activations: Activation | Sequence[Activation] = "sigmoid",
    target: Sequence[Number] | Number | None = None,
    loss: bool = True,
    seed: int = 0,
    names: Mapping[str, str | None] | None = None,
) -> Node:
    """Build a fully connected network neuron by neuron, ready to draw.

    It is named as on the slides: ``w_{ij}^l`` leads from input i to unit j of layer l, with the
    bias ``b_j^l``, the weighted sum ``z_j^l`` and the result ``f_j^l``; inputs are ``x_i``, outputs
    ``y_j``, targets ``yhat_j``, the loss ``L``. A network of one layer has no upper index.

    It folds level by level: ``draw(L, fold=1)`` shows the network as one box, ``fold=2`` its
    layers, ``fold=3`` its neurons and ``fold=4`` their weighted sums Σ; without, every operation is
    seen.

    Parameters
    ----------
    sizes : sequence of int
        The number of inputs, then that of units in each layer: ``[2, 3, 2]``.
    x : sequence of float or Node, optional
        The inputs; by default drawn, whole numbers.
    weights : sequence of array_like, optional
        One matrix for each layer, of shape (inputs, units); entries may be nodes. By default drawn,
        quarters.
    biases : sequence of array_like or bool, optional
        One vector for each layer, or whether there are biases. By default they are drawn where the
        weights are.
    activations : str, callable, None or a sequence of these, default "sigmoid"
        One for all layers, or one for each, as in `neuron`; here each is one operation. What a
        function of yours does is more, and folds: ``lambda z: 1 / (1 + np.exp(-z))``.
    target : sequence of float or Node, or one of them, optional
        The targets; by default drawn, each 0 or 1.
    loss : bool, default True
        Whether the graph ends in the loss, the mean of (y_j - ŷ_j)^2 over the outputs.
    seed : int, default 0
        What the numbers that are drawn follow from.
    names : mapping of str to str or None, optional
        Other names, such as ``{"w_{11}^1": "alpha"}``. Nodes that are given keep theirs.

    Returns
    -------
    Node
        The loss L; without it the output y, of several a vector of them. ``backward()`` has run.

    See Also
    --------
    matrix_network : the same network, with the same numbers, as matrices
    named_nodes : its nodes by their names

    References
    ----------
    Lecture 003, "Neural Network" and "Neural Network, one hidden layer".

    Examples
    --------
    >>> from visualize import draw, named_nodes, scalar_network
    >>> L = scalar_network([2, 2, 1], seed=3)
    >>> nodes = named_nodes(L)
    >>> nodes["w_{12}^1"].value, round(nodes["w_{12}^1"].grad, 5)
    (np.float64(-1.75), np.float64(0.01012))
    >>> diagram = draw(L, fold=3)  # a box for each neuron
    """
    plan = _Plan.of("scalar_network", sizes, activations, seed, names)
    called = plan.names
    given = drawn(plan.seed, INPUTS, 0, (plan.sizes[0],)) if x is None else x
    inputs = numbers(plan.owner, "x", given, (plan.sizes[0],))
    values = [
        leaf(value, called(indexed("x", i, alone=len(inputs) == 1)))
        for i, value in enumerate(inputs, 1)
    ]
    goals = _targets(plan, target, called) if loss else []
    layers = _per_layer(plan, "weights", weights)
    offsets = _offsets(plan, biases, drawn_too=weights is None)
    with scope("network"):
        for number, offset in enumerate(offsets):
            with scope(f"layer {number + 1}"):
                values = _neurons(plan, number, values, None if layers is None else layers[number],
                                  offset)  # fmt: skip
    if loss:
        return ready(squared_error(values, goals, called), called)
    if len(values) == 1:
        return ready(values[0], called)
    y = stack(values)
    y.name = called("y")
    return ready(y, called)


def _neurons(
    plan: _Plan, number: int, inputs: Sequence[Node], weights: Any, biases: Any
) -> list[Node]:
    """Return the results of one layer, neuron by neuron."""
    owner, called = plan.owner, plan.names
    fan_in, fan_out, level = plan.layers[number]
    last = number == len(plan.layers) - 1
    if weights is None:
        weights = drawn(plan.seed, WEIGHTS, number, (fan_in, fan_out))
    matrix = numbers(owner, f"weights[{number}]", weights, (fan_in, fan_out))
    vector: Sequence[Any] = [None] * fan_out
    if biases is not None:
        vector = numbers(owner, f"biases[{number}]", biases, (fan_out,)).tolist()
    results = []
    for j, (column, bias) in enumerate(zip(matrix.T, vector, strict=True), 1):
        ws = [
            leaf(weight, called(indexed("w", pair(i, j), level)))
            for i, weight in enumerate(column, 1)
        ]
        b = None if bias is None else leaf(bias, called(indexed("b", j, level)))
        name = indexed("y", j, alone=fan_out == 1) if last else indexed("f", j, level)
        with scope(f"neuron {j}"):
            z = weighted_sum(inputs, ws, b, called(indexed("z", j, level)))
            results.append(activated(owner, z, plan.activations[number], called, name))
    return results


def matrix_network(
    sizes: Sequence[int],
    *,
    x: Any = None,
    weights: Sequence[Any] | None = None,
    biases: Sequence[Any] | bool | None = None,
    activations: Activation | Sequence[Activation] = "sigmoid",
    target: Any = None,
    loss: bool = True,
    batch: int = 1,
    columns: bool = False,
    seed: int = 0,
    names: Mapping[str, str | None] | None = None,
) -> Node:
    """Build a fully connected network of matrices, f(x W + b) layer by layer, ready to draw.

    From the same arguments it has the numbers of `scalar_network`: its values and gradients are
    equal, entry by entry. Names are ``W^l``, ``b^l``, ``z^l``, ``f^l``, ``x``, ``y``, ``yhat`` and
    ``L``; a network of one layer has no upper index. ``draw(L, fold=1)`` shows the network as one
    box, ``fold=2`` its layers.

    Parameters
    ----------
    sizes : sequence of int
        The number of inputs, then that of units in each layer: ``[2, 3, 2]``.
    x : array_like or Node, shape (inputs,) or (samples, inputs), optional
        One sample, which becomes a row, or several; by default drawn.
    weights : sequence of array_like or Node, each of shape (inputs, units), optional
        The matrix of each layer.
    biases : sequence of array_like or Node, each of shape (units,), or bool, optional
        The bias of each layer, shared by all samples.
    activations : str, callable, None or a sequence of these, default "sigmoid"
        One for all layers, or one for each, as in `neuron`; here each is one operation. What a
        function of yours does is more, and folds: ``lambda z: 1 / (1 + np.exp(-z))``.
    target : array_like or Node, optional
        The targets, in the shape of the outputs.
    loss : bool, default True
        Whether the graph ends in the loss, the mean of (y_j - ŷ_j)^2 over the outputs.
    batch : int, default 1
        How many samples are drawn where no x is given.
    columns : bool, default False
        Whether a sample is a column, f(W x + b). What is given then has the shapes of that formula:
        weights (units, inputs), biases (units, 1), x and target one column for each sample.
    seed : int, default 0
        What the numbers that are drawn follow from.
    names : mapping of str to str or None, optional
        Other names, such as ``{"w_{11}^1": "alpha"}``. Nodes that are given keep theirs.

    Returns
    -------
    Node
        The loss L, the mean of (y - ŷ)^2 over all entries; without it the outputs y.
        ``backward()`` has run.

    Raises
    ------
    ValueError
        If shapes or numbers of layers don't fit, or `batch` is no number of samples.

    References
    ----------
    Lecture 003, "Fully Connected Layer Dimensions". Its slide on batches gives each sample weights
    of its own; they are shared.

    Examples
    --------
    >>> from visualize import matrix_network, named_nodes, scalar_network
    >>> L = matrix_network([2, 2, 1], seed=3)
    >>> round(L.value, 5), round(scalar_network([2, 2, 1], seed=3).value, 5)
    (np.float64(0.01974), np.float64(0.01974))
    >>> named_nodes(L)["W^1"].grad.round(5)  # its entry [0, 1] is that of w_{12}^1
    array([[-0.00044,  0.01012],
           [ 0.00044, -0.01012]])
    """
    plan = _Plan.of("matrix_network", sizes, activations, seed, names)
    owner, called = plan.owner, plan.names
    if isinstance(batch, bool) or not isinstance(batch, int | np.integer) or batch < 1:
        raise ValueError(f"{owner}(batch) expects a whole number of 1 or more, got {cut(batch)}")

    def turned(array: Any) -> Any:
        return array.T if columns else array

    if x is None:
        x = turned(drawn(plan.seed, INPUTS, 0, (batch, plan.sizes[0])))
    value = _array(owner, "x", x, (plan.sizes[0], None) if columns else (None, plan.sizes[0]),
                   columns, called("x"))  # fmt: skip
    samples = value.shape[1 if columns else 0]
    layers = _per_layer(plan, "weights", weights)
    offsets = _offsets(plan, biases, drawn_too=weights is None)
    goal = None
    if loss:
        if target is None:
            target = turned(drawn(plan.seed, TARGETS, 0, (samples, plan.sizes[-1])))
        shape = (plan.sizes[-1], samples) if columns else (samples, plan.sizes[-1])
        goal = _array(owner, "target", target, shape, columns, called("yhat"), wanted=False)
    with scope("network"):
        for number, (fan_in, fan_out, level) in enumerate(plan.layers):
            shape = (fan_out, fan_in) if columns else (fan_in, fan_out)
            matrix = layers[number] if layers is not None else (
                turned(drawn(plan.seed, WEIGHTS, number, (fan_in, fan_out))))  # fmt: skip
            w = _array(
                owner, f"weights[{number}]", matrix, shape, columns, called(_upper("W", level))
            )
            vector = offsets[number]
            with scope(f"layer {number + 1}"):
                z = w @ value if columns else value @ w
                if vector is not None:
                    if columns and type(vector) is not Node and np.ndim(vector) == 1:
                        vector = np.reshape(vector, (-1, 1))
                    tall = (fan_out, 1) if columns else (fan_out,)
                    name = called(_upper("b", level))
                    z = z + _array(owner, f"biases[{number}]", vector, tall, columns, name)
                z.name = called(_upper("z", level))
                name = "y" if number == len(plan.layers) - 1 else _upper("f", level)
                value = activated(owner, z, plan.activations[number], called, name)
    if goal is None:
        return ready(value, called)
    with scope("loss"):
        root = mean((value - goal) ** 2)
    root.name = called("L")
    return ready(root, called)


class _Plan(NamedTuple):
    """What both kinds of network are told, checked."""

    owner: str
    sizes: list[int]
    activations: list[Activation]
    seed: int
    names: Names

    @classmethod
    def of(
        cls,
        owner: str,
        sizes: Any,
        activations: Any,
        seed: Any,
        names: Mapping[str, str | None] | None,
    ) -> _Plan:
        try:
            found = [_size(size) for size in sizes]
        except TypeError:
            found = []
        if len(found) < 2:
            raise ValueError(
                f"{owner}(sizes) expects the number of inputs and that of units in each layer, "
                f"such as [2, 3, 2], got {cut(sizes)}"
            )
        functions = activations_of(owner, activations, len(found) - 1)
        return cls(owner, found, functions, checked_seed(owner, seed), Names(owner, names))

    @property
    def layers(self) -> list[tuple[int, int, int | str]]:
        """Inputs, units and upper index of each layer; a single one has none."""
        pairs = list(zip(self.sizes, self.sizes[1:], strict=False))
        if len(pairs) == 1:
            return [(*pairs[0], "")]
        return [(*both, level) for level, both in enumerate(pairs, 1)]


def _size(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int | np.integer) or given < 1:
        raise TypeError("no size")
    return int(given)


def _upper(letter: str, level: int | str) -> str:
    return f"{letter}^{level}" if level != "" else letter


def _per_layer(plan: _Plan, what: str, given: Any) -> Sequence[Any] | None:
    layers = len(plan.layers)
    if given is None:
        return None
    if not isinstance(given, Sequence | np.ndarray) or len(given) != layers:
        raise ValueError(
            f"{plan.owner}({what}) expects a list of {layers}, one for each layer, got {cut(given)}"
        )
    return given  # type: ignore[return-value]


def _offsets(plan: _Plan, biases: Any, *, drawn_too: bool) -> Sequence[Any]:
    """Return the bias of each layer, as given or drawn; None for a layer without."""
    if biases is None:
        biases = drawn_too
    if isinstance(biases, bool):
        if not biases:
            return [None] * len(plan.layers)
        return [drawn(plan.seed, BIASES, number, (fan_out,))
                for number, (_, fan_out, _) in enumerate(plan.layers)]  # fmt: skip
    found = _per_layer(plan, "biases", biases)
    assert found is not None
    return found


def _targets(plan: _Plan, target: Any, called: Names) -> list[Node]:
    many = plan.sizes[-1]
    if target is None:
        target = drawn(plan.seed, TARGETS, 0, (many,))
    elif many == 1 and np.ndim(target) == 0:
        target = [target]
    return [
        leaf(value, called(indexed("yhat", j, alone=many == 1)), wanted=False)
        for j, value in enumerate(numbers(plan.owner, "target", target, (many,)), 1)
    ]


def _array(
    owner: str,
    what: str,
    given: Any,
    shape: tuple[int | None, ...],
    columns: bool,
    name: str | None,
    *,
    wanted: bool = True,
) -> Node:
    """Return a node of an array of the shape; one that is a node stays, with the name it has."""
    values: npt.NDArray[Any] | Node
    if type(given) is Node:
        values = given
    else:
        try:
            values = np.array(given, float)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"{owner}({what}) expects an array of numbers, or a node of one, got {cut(given)}"
            ) from error
        if len(shape) == 2 and values.ndim < 2:
            values = values.reshape((-1, 1) if columns else (1, -1))
    many = " x ".join("n" if size is None else str(size) for size in shape)
    if len(shape) != values.ndim or any(
        size not in (None, there) for size, there in zip(shape, values.shape, strict=True)
    ):
        raise ValueError(f"{owner}({what}) expects the shape {many}, got {np.shape(given)}")
    if type(values) is Node:
        if values.name is None:
            values.name = name
        return values
    return Node(values, name=name, requires_grad=wanted)
