"""A neuron and a chain of neurons, each in one line, as on the slides of lecture 003."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograd_core import Node, scope

from .parts import (
    BIASES,
    WEIGHTS,
    Activation,
    Names,
    Number,
    activated,
    activations_of,
    checked_seed,
    drawn,
    indexed,
    leaf,
    numbers,
    one_number,
    ready,
    sigmoid_in_steps,
    squared_error,
    weighted_sum,
)

__all__ = ["neural_chain", "neuron"]


def neuron(
    x: Sequence[Number],
    weights: Sequence[Number] | None = None,
    bias: Number | bool | None = None,
    *,
    activation: Activation = "sigmoid",
    target: Number | None = None,
    seed: int = 0,
    names: Mapping[str, str | None] | None = None,
) -> Node:
    """Build the graph of one neuron, y = f(x_1 w_1 + x_2 w_2 + ... + b), ready to draw.

    Its operations fold: ``draw(y, fold=1)`` shows the neuron as one box, ``fold=2`` its weighted
    sum Σ and its activation, ``fold="sigmoid"`` the activation alone as one.

    Parameters
    ----------
    x : sequence of float or Node
        The inputs x_1, x_2, ...
    weights : sequence of float or Node, optional
        The weights w_1, w_2, ...; by default drawn, quarters.
    bias : float, Node or bool, optional
        The bias b, or whether there is one. By default one is drawn where the weights are.
    activation : str, callable or None, default "sigmoid"
        ``"sigmoid"`` (its four operations, as on the slide), ``"tanh"``, ``"relu"``,
        ``"leaky relu"``, ``"elu"``, ``"square"``, an operation or a function of a node; None
        for the weighted sum itself.
    target : float or Node, optional
        The target ŷ; with it the graph ends in the loss L = (y - ŷ)^2.
    seed : int, default 0
        What the numbers that are drawn follow from.
    names : mapping of str to str or None, optional
        Other names: ``{"b": "w_3"}``; None for no name. Nodes that are given keep theirs.

    Returns
    -------
    Node
        The output y, or with a target the loss L. ``backward()`` has run.

    Raises
    ------
    ValueError
        If there are no inputs, or not as many weights as inputs.

    References
    ----------
    Lecture 003, "Computational Graph, Neuron".

    Examples
    --------
    >>> from visualize import named_nodes, neuron
    >>> f = neuron([-1, -2], [2, -3], bias=-3.5, names={"b": "w_3", "y": "f"})
    >>> print(f.value, named_nodes(f)["x_1"].grad)
    0.6224593312018546 0.470007424403189
    """
    owner = "neuron"
    called = Names(owner, names)
    seed = checked_seed(owner, seed)
    inputs = numbers(owner, "x", x, (-1,))
    if not len(inputs):
        raise ValueError("neuron(x) expects at least one input, got none")
    many = len(inputs)
    given = drawn(seed, WEIGHTS, 1, (many,)) if weights is None else (
        numbers(owner, "weights", weights, (many,)))  # fmt: skip
    xs = [leaf(value, called(indexed("x", i))) for i, value in enumerate(inputs, 1)]
    ws = [leaf(value, called(indexed("w", i))) for i, value in enumerate(given, 1)]
    if bias is None:
        bias = weights is None
    offset = None
    if bias is not False:
        value = drawn(seed, BIASES, 1, (1,))[0] if bias is True else (
            one_number(owner, "bias", bias))  # fmt: skip
        offset = leaf(value, called("b"))
    goal = None
    if target is not None:
        goal = leaf(one_number(owner, "target", target), called("yhat"), wanted=False)
    if isinstance(activation, str) and activation.lower() == "sigmoid":
        activation = sigmoid_in_steps
    with scope("neuron"):
        z = weighted_sum(xs, ws, offset, called("z"))
        y = activated(owner, z, activation, called, "y")
    return ready(y if goal is None else squared_error([y], [goal], called), called)


def neural_chain(
    x: Number,
    weights: Sequence[Number],
    *,
    activations: Activation | Sequence[Activation] = "relu",
    biases: Sequence[Number] | None = None,
    target: Number | None = None,
    names: Mapping[str, str | None] | None = None,
) -> Node:
    """Build the graph of neurons in a row, each with one input, ready to draw.

    Parameters
    ----------
    x : float or Node
        The input.
    weights : sequence of float or Node
        One weight for each neuron, w_1, w_2, ...
    activations : str, callable, None or a sequence of these, default "relu"
        One for all neurons, or one for each, as in `neuron`; here each is one operation.
    biases : sequence of float or Node, optional
        One bias for each neuron, b_1, b_2, ...
    target : float or Node, optional
        The target ŷ; with it the graph ends in the loss L = (y - ŷ)^2.
    names : mapping of str to str or None, optional
        Other names, such as ``{"x": "x_1"}``. Nodes that are given keep theirs.

    Returns
    -------
    Node
        The output y, or with a target the loss L. ``backward()`` has run. The neurons are scopes:
        ``draw(L, fold=1)`` shows each as one box.

    Raises
    ------
    ValueError
        If there are no weights, or not as many biases or activations as weights.

    References
    ----------
    Lecture 003, "Neural Chain".

    Examples
    --------
    >>> from visualize import draw, neural_chain
    >>> draw(neural_chain(3, [0.5, -1], activations=["relu", "square"], target=3))
    name  operation  value   gradient
    x     -          3       -2.25
    yhat  -          3       -
    w_1   -          0.5     -13.5
    z_1   multiply   1.5     -4.5
    x_2   relu       1.5     -4.5
    w_2   -          -1      6.75
    z_2   multiply   -1.5    4.5
    y     power      2.25    -1.5
    -     subtract   -0.75   -1.5
    L     power      0.5625  1
    """
    owner = "neural_chain"
    called = Names(owner, names)
    ws = numbers(owner, "weights", weights, (-1,))
    if not len(ws):
        raise ValueError("neural_chain(weights) expects at least one weight, got none")
    offsets: list[Any] = [None] * len(ws)
    if biases is not None:
        offsets = list(numbers(owner, "biases", biases, (len(ws),)))
    functions = activations_of(owner, activations, len(ws))
    value = leaf(one_number(owner, "x", x), called("x"))
    goal = None
    if target is not None:
        goal = leaf(one_number(owner, "target", target), called("yhat"), wanted=False)
    for i, (weight, bias, function) in enumerate(zip(ws, offsets, functions, strict=True), 1):
        w = leaf(weight, called(indexed("w", i)))
        b = None if bias is None else leaf(bias, called(indexed("b", i)))
        with scope(f"neuron {i}"):
            z = weighted_sum([value], [w], b, called(indexed("z", i)))
            name = "y" if i == len(ws) else indexed("x", i + 1)
            value = activated(owner, z, function, called, name)
    return ready(value if goal is None else squared_error([value], [goal], called), called)
