"""What results and inputs are called that nobody named."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Node, scope
from nn import CrossEntropyLoss, FullyConnected, MeanSquaredError, NeuralNetwork, ReLU, SoftMax
from visualize import draw
from visualize.graph.naming import names_of_constants, names_of_graph, names_of_wires
from visualize.graph.picture import picture_of

X, Y = np.ones((4, 3)), np.ones((4, 2))


def leaf(name, value=2.0):
    return Node(value, name=name)


def network(loss, last):
    net = NeuralNetwork(
        [FullyConnected(3, 5), ReLU(), FullyConnected(5, 2), *last], loss=loss, seed=0
    )
    return net.loss(net.forward(X), Y)


def neuron():
    z = leaf("x1") * leaf("w1") + leaf("x2") * leaf("w2") + leaf("b")
    with scope("sigmoid"):
        return 1 / (1 + np.exp(-z))


def own_names(z1):
    hidden = np.tanh(leaf("x") * leaf("w1"))
    (product,) = hidden.inputs
    product.name = z1
    return np.tanh(hidden * leaf("w2"))


NAMES = {
    # a graph, and what all that has no name in it is called, in the order of the graph
    "a sum": (lambda: leaf("x") + leaf("y"), ["f"]),
    "results": (lambda: leaf("x") * leaf("y") + leaf("z") * 2.0, ["u1", "u2", "f"]),
    "f is taken": (lambda: leaf("f") * leaf("x"), ["y"]),
    "f and y are taken": (lambda: leaf("f") * leaf("y"), ["L"]),
    "all are taken": (lambda: sum(leaf(n) for n in ("f", "y", "L", "root"))
                      , ["u1", "u2", "u3", "f1"]),
    "u1 is taken": (lambda: leaf("u1") * leaf("x") + leaf("y"), ["u2", "f"]),
    "a leaf": (lambda: Node(3.0) * leaf("x"), ["u1", "f"]),
    "an activation": (lambda: ac.relu(leaf("x") * leaf("w")) * 2.0, ["z1", "a1", "f"]),
    "of a leaf": (lambda: ac.relu(leaf("x")) * 2.0, ["a1", "f"]),
    "two layers": (lambda: np.tanh(np.tanh(leaf("x") * 2.0) * 3.0) * 1.0,
                   ["z1", "a1", "z2", "a2", "f"]),
    "an activation in a scope": (lambda: neuron() * 1.0,
                                 ["u1", "u2", "u3", "z1", "u4", "u5", "u6", "a1", "f"]),
    "a name of the user's stays": (lambda: own_names("z1"), ["a1", "z2", "f"]),
    "z2 is taken": (lambda: own_names("z2"), ["a1", "z3", "f"]),
    "matrices": (lambda: np.sum(X @ leaf("W", np.ones((3, 2)))), ["u1", "f"]),
    "a network": (lambda: network(CrossEntropyLoss(), [SoftMax()]),
                  ["u1", "z1", "a1", "u2", "z2", "u3", "u4", "u5", "u6", "a2",
                   "u7", "u8", "u9", "u10", "L"]),
    "a network without an activation at the end": (lambda: network(MeanSquaredError(), []),
                                                   ["u1", "z1", "a1", "u2", "a2", "u3", "u4", "L"]),
}  # fmt: skip


@pytest.mark.parametrize(("graph", "expected"), NAMES.values(), ids=NAMES)
def test_names(graph, expected):
    root = graph()
    names = names_of_graph(root)
    made = [name for node, name in names.nodes.items() if not node.name]
    assert made == expected
    assert set(made) <= names.made


@pytest.mark.parametrize("case", NAMES)
def test_no_name_comes_twice_and_every_wire_has_one(case):
    picture = picture_of(NAMES[case][0](), ())
    names = names_of_wires(picture)
    assert list(names) == picture.wires
    assert len(set(names.values())) == len(names)


def test_a_folded_picture_has_the_same_names():
    root = network(CrossEntropyLoss(), [SoftMax()])
    opened = {w.node: name for w, name in names_of_wires(picture_of(root, ())).items()}
    folded = {w.node: name for w, name in names_of_wires(picture_of(root, 1)).items()}
    assert list(folded.values()) == ["W1", "b1", "W2", "b2", "z1", "a1", "z2", "a2", "L"]
    assert folded == {node: opened[node] for node in folded}


ARRAYS = {
    "the inputs of a network": (lambda: network(MeanSquaredError(), []), ["x", "y"]),
    "a batch and its labels": (
        lambda: np.sum((X @ leaf("W", np.ones((3, 2))) - Y) ** 2), ["x", "y"],
    ),
    "of a cross entropy": (
        lambda: -np.sum(Y * ac.log(ac.softmax(X @ leaf("W", np.ones((3, 2)))))), ["x", "y"],
    ),
    "as nodes": (
        lambda: np.sum((Node(X, requires_grad=False) @ leaf("W", np.ones((3, 2)))
                        - Node(Y, requires_grad=False)) ** 2), ["x", "y"],
    ),
    "x is taken": (lambda: X @ leaf("x", np.ones((3, 2))), ["x1"]),
    "a matrix and a vector": (lambda: leaf("W", X) @ np.ones(3), ["x"]),
    "other arrays": (lambda: leaf("w", X) * X + X * 2.0, ["c1", "c2"]),
    "one array twice": (lambda: leaf("w", X) * X + X, ["c1", "c1"]),
    "numbers": (lambda: leaf("w") * 2.0 + np.float64(3.0), []),
}  # fmt: skip


@pytest.mark.parametrize(("graph", "expected"), ARRAYS.values(), ids=ARRAYS)
def test_names_of_arrays_in_the_expression(graph, expected):
    assert list(names_of_constants(picture_of(graph(), ())).values()) == expected


def test_gradients_in_their_own_graph_are_called_after_their_nodes():
    x = leaf("x")
    (x**3).backward(create_graph=True)
    assert "x.grad" in names_of_wires(picture_of(x.grad)).values()


def test_a_large_graph_is_named_in_a_moment():
    x = y = leaf("x")
    for _ in range(20_000):
        y = y * 1.0 + x
    assert names_of_graph(y).nodes[y.inputs[0]] == "u39999"


def test_drawing_gives_the_users_nodes_no_names():
    root = leaf("x") * 2.0
    draw(root).html()
    assert root.name is None


def test_the_table_has_them_on_request():
    root = leaf("x") * 2.0 + 1.0
    assert [line.split()[0] for line in repr(draw(root)).splitlines()[1:]] == ["x", "-", "-"]
    table = repr(draw(root, names=True))
    assert [line.split()[0] for line in table.splitlines()[1:]] == ["x", "u1", "f"]
