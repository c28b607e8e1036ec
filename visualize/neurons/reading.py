"""From a network, or a graph of one, to the columns that the neuron view shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_core import Node
from autograd_core.backpropagation import ancestors
from autograd_core.modes import recording

from ..network import is_network
from .columns import Column, finished
from .matrices import NotAChainError, matrix_columns, products_of
from .scalars import scalar_columns

if TYPE_CHECKING:
    from nn import NeuralNetwork


def columns_of(thing: NeuralNetwork | Node, x: Any = None) -> list[Column]:
    """Return the columns of a network, from its inputs to its outputs.

    Parameters
    ----------
    thing : NeuralNetwork or Node
        A network, or the result of one: a graph of products with weight matrices, or of scalar
        neurons. A loss behind it is left out.
    x : array_like, optional
        For a network: the sample whose activations are shown, alone or as the first of a batch.

    Raises
    ------
    ValueError
        If the layers are no chain of fully connected ones.

    Examples
    --------
    >>> from nn import FullyConnected, NeuralNetwork, ReLU
    >>> network = NeuralNetwork([FullyConnected(2, 3), ReLU(), FullyConnected(3, 1)])
    >>> [(column.title, column.size, column.functions) for column in columns_of(network)]
    [('inputs', 2, ()), ('hidden layer', 3, ('ReLU',)), ('outputs', 1, ())]
    """
    if is_network(thing):
        return finished(_of_network(thing, x))
    if type(thing) is not Node:
        raise TypeError(
            "style='neurons' expects a NeuralNetwork, or the Node that one returned, got "
            f"{type(thing).__name__}. Write for example: draw(network, style='neurons')"
        )
    if x is not None:
        raise ValueError(
            "x= is for a network; a graph has its numbers already. Write draw(root, "
            "style='neurons')"
        )
    return finished(_of_graph(thing))


def _of_graph(root: Node) -> list[Column]:
    order = ancestors(root)
    products = products_of(order)
    columns = matrix_columns(root, order, products) if products else None
    if columns is None:
        if any(node.ndim for node in order):
            raise NotAChainError("there is no product of inputs and weights (x @ W) in this graph")
        columns = scalar_columns(root, order)
    for column in columns:
        links = column.links
        if links is not None and np.iscomplexobj(links.weights):
            raise NotAChainError("here the weights are complex numbers, which no line can show")
    return columns


def _of_network(network: NeuralNetwork, x: Any) -> list[Column]:
    width = next((layer.in_features for layer in network.layers if layer.in_features), None)
    if width is None:
        raise NotAChainError("this network has no layer with weights")
    given = x is not None
    batch = _batch(x.value if type(x) is Node else x, width) if given else np.zeros((1, width))
    with recording(), network.evaluating():
        columns = _of_graph(network.forward(Node(batch.astype(network.dtype), requires_grad=False)))
    learned = [node for layer in network.layers for node in layer.parameters().values()]
    shown = sum(
        part.size
        for column in columns
        if column.links is not None
        for part in (column.links.weights, column.links.biases)
        if part is not None
    )
    scalars = sum(node.size for node in learned if node.size == 1)
    if not sum(node.size for node in learned) - scalars <= shown:
        raise NotAChainError("this network has parameters that are no weights or biases of units")
    for column in columns:
        column.gradients = None
        if not given:
            column.values = None
    return columns


def _batch(x: Any, width: int) -> Any:
    """A sample, or the first of a batch, with the axis of the batch."""
    array = np.asarray(x)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"x expects the numbers of one sample, got {array.dtype} data")
    if array.size == width and (array.ndim <= 1 or array.shape[0] != 1):
        return array[np.newaxis] if array.ndim else array.reshape(1, 1)
    sample = array[:1]
    if not array.ndim or sample.size != width:
        raise ValueError(
            f"x expects one sample with {width} numbers, or a batch of such, got an array of "
            f"shape {array.shape}"
        )
    return sample
