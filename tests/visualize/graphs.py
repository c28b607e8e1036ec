"""Graphs that several tests draw: expressions whose operands were made in reverse, and networks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

import autograd_core as ac
import nn
from autograd_core import Node, scope


def differentiated(root):
    root.backward() if root.ndim == 0 else root.backward(np.ones(root.shape))
    return root


def leaves(*names):
    """Leaves, the last made first, in the order of their names."""
    made = {
        name: Node(0.25 * len(name) + number, name=name) for number, name in enumerate(names[::-1])
    }
    return [made[name] for name in names]


def difference():
    b, a = leaves("b", "a")
    return differentiated(b - a)


def quotient():
    b, a = leaves("b", "a")
    return differentiated(b / a)


def product_of_matrices():
    weight = Node([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], name="W")
    x = Node([[1.0, -1.0]], name="x")
    return differentiated(x @ weight)


def neuron():
    x1, w1, x2, w2, b = leaves("x1", "w1", "x2", "w2", "b")
    z = x1 * w1 + x2 * w2 + b
    with scope("sigmoid"):
        f = 1 / (1 + ac.exp(-z))
    f.name = "f"
    return differentiated(f)


def scalar_network():
    """Two neurons on two inputs, and one on both; every weight was made before its input."""
    x1, x2, w11, w12, w21, w22, v1, v2 = leaves("x1", "x2", "w11", "w12", "w21", "w22", "v1", "v2")
    hidden = []
    for unit, (first, second) in enumerate([(w11, w21), (w12, w22)], start=1):
        with scope(f"h{unit}"):
            z = x1 * first + x2 * second
            with scope("sigmoid"):
                hidden.append(1 / (1 + ac.exp(-z)))
        hidden[-1].name = f"a{unit}"
    with scope("out"):
        y = hidden[0] * v1 + hidden[1] * v2
    y.name = "y"
    return differentiated(y)


def layers():
    """Two layers of matrices: X W + b, where b and W were made before X."""
    b1, w1 = Node(np.zeros(3), name="b1"), Node(np.full((2, 3), 0.5), name="W1")
    b2, w2 = Node(np.zeros(1), name="b2"), Node(np.full((3, 1), 0.25), name="W2")
    x = Node([[1.0, -1.0]], name="X", requires_grad=False)
    with scope("first"):
        hidden = ac.relu(x @ w1 + b1)
    with scope("second"):
        y = hidden @ w2 + b2
    return differentiated(np.sum(y))


def skipping():
    """A wire that runs past other operations, and one that comes in twice."""
    x, w = leaves("x", "w")
    a = x * w
    a.name = "a"
    return differentiated(ac.exp(a * a) - a - x)


def of_many():
    """One operation of four operands, the last of which was made first."""
    p, q, r, s = leaves("p", "q", "r", "s")
    return differentiated(np.einsum(",,,->", p, q, r, s))


ORDERED = {
    function.__name__: function
    for function in (
        difference, quotient, product_of_matrices, neuron, scalar_network, layers, skipping,
        of_many,
    )
}  # fmt: skip


def loss_of(*sizes, batch=4):
    """The loss of a network with ReLU between its layers, after a backward pass."""
    rng = np.random.default_rng(0)
    parts = []
    for number, (before, behind) in enumerate(pairwise(sizes)):
        parts += [nn.ReLU()] if number else []
        parts.append(nn.FullyConnected(before, behind))
    network = nn.NeuralNetwork(parts, loss=nn.SoftMaxCrossEntropyLoss())
    x = rng.normal(size=(batch, sizes[0]))
    y = np.eye(sizes[-1])[rng.integers(0, sizes[-1], batch)]
    return differentiated(network.loss(network.forward(x), y))


def random_graph(seed, operations=12):
    """A graph of operations on what was made before, some in a scope."""
    rng = np.random.default_rng(seed)
    nodes = [Node(round(float(rng.normal()), 2), name=f"x{number}") for number in range(4)]
    for number in range(operations):
        one, other = (nodes[int(rng.integers(max(0, len(nodes) - 6), len(nodes)))] for _ in "ab")
        with scope(f"s{number // 4}") if rng.random() < 0.5 else ac.scope("t"):
            made = [one + other, one * other, ac.tanh(one), one - other, -one, one * 2.5]
        nodes.append(made[int(rng.integers(len(made)))])
        if rng.random() < 0.3:
            nodes[-1].name = f"z_{number}"
    return differentiated(nodes[-1] + nodes[-2])


def branches(seed):
    """One input in many branches, and another in some: wires run past much."""
    rng = np.random.default_rng(seed)
    x, y = Node(0.5, name="x"), Node(1.5, name="y")
    ends = []
    for number in range(int(rng.integers(3, 9))):
        with scope(f"branch{number}"):
            z = x * float(number + 1)
            for _ in range(int(rng.integers(0, 4))):
                z = ac.tanh(z)
            ends.append(z * y if rng.random() < 0.4 else z)
    total = ends[0]
    for end in ends[1:]:
        total = total + end if rng.random() < 0.7 else total * end
    return differentiated(total * x)


def recurrent(steps, seed=4):
    """A recurrent network, whose weights are taken at each step, each step in its scope."""
    rng = np.random.default_rng(seed)
    w, u = (Node(rng.normal(size=(3, 3)).round(2), name=name) for name in ("W_h", "W_x"))
    b, h = Node(np.zeros(3), name="b"), Node(np.zeros((1, 3)), name="h_0")
    for step in range(1, steps + 1):
        with scope(f"step {step}"):
            h = ac.tanh(Node(rng.normal(size=(1, 3)).round(2), name=f"x_{step}") @ u + h @ w + b)
    return differentiated(np.sum(h))
