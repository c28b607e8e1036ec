"""`compare`: each usual mistake is named, and a right gradient is never called wrong."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_core import Node, log_softmax, no_grad, relu, sigmoid, softmax_cross_entropy, tanh
from autograd_core.backpropagation import ancestors
from nn import (
    SGD,
    CrossEntropyLoss,
    FullyConnected,
    NeuralNetwork,
    ReLU,
    SoftMax,
    SoftMaxCrossEntropyLoss,
)
from visualize import compare
from visualize.mistakes.mistakes import mistakes_of
from visualize.mistakes.way_back import way_back

SAMPLES, INPUTS, HIDDEN, CLASSES = 6, 3, 5, 4


class ByHand:
    """relu(x W + b) V + c, softmax, cross entropy: the graph, and each gradient in NumPy."""

    def __init__(self, seed: int, *, mean: bool = True, dtype: str = "float64") -> None:
        random = np.random.default_rng(seed)

        def leaf(name, *shape):
            return Node(random.normal(size=shape).astype(dtype), name=name)

        self.x = random.normal(size=(SAMPLES, INPUTS)).astype(dtype)
        self.t = np.eye(CLASSES, dtype=dtype)[random.integers(0, CLASSES, SAMPLES)]
        self.W, self.b = leaf("W", INPUTS, HIDDEN), leaf("b", HIDDEN)
        self.V, self.c = leaf("V", HIDDEN, CLASSES), leaf("c", CLASSES)
        self.a = self.x @ self.W + self.b
        self.h = relu(self.a)
        self.z = self.h @ self.V + self.c
        e = np.exp(self.z - self.z.value.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        self.loss = -(np.log(self.p) * self.t).sum()
        self.n = float(SAMPLES) if mean else 1.0
        self.loss = self.loss / self.n
        self.loss.backward()
        p = self.p.value
        self.dp = -self.t / p / self.n
        self.dz = p * (self.dp - (self.dp * p).sum(axis=1, keepdims=True))
        self.dh = self.dz @ self.V.value.T
        self.da = self.dh * (self.h.value > 0)
        self.dW, self.db = self.x.T @ self.da, self.da.sum(axis=0)
        self.dV, self.dc = self.h.value.T @ self.dz, self.dz.sum(axis=0)


MISTAKES = {
    "sign": (lambda m: (-m.dW, m.W), "sign is wrong"),
    "transposed": (lambda m: (m.dW.T, m.W), "right, but transposed"),
    "transposed and the sign": (lambda m: (-m.dW.T, m.W), "transposed, and then: the sign"),
    "not divided by n": (lambda m: (m.dW * SAMPLES, m.W), "not divided by the 6 samples"),
    "divided by n twice": (lambda m: (m.dW / SAMPLES, m.W), "divided by the 6 samples once more"),
    "mean for the sum": (lambda m: (m.da.mean(axis=0), m.b), "divided by the 6 samples once more"),
    "twice": (lambda m: (2 * m.dW, m.W), "factor of 2 too much"),
    "half": (lambda m: (m.dW / 2, m.W), "factor of 2 is missing"),
    "odd factor": (lambda m: (m.dW * 1.7, m.W), "every entry is 1.7 times the gradient"),
    "no sum over the batch": (lambda m: (m.da, m.b), "the sum over the batch is missing"),
    "each sample": (
        lambda m: (m.x[:, :, None] * m.da[:, None, :], m.W),
        "the sum over the batch is missing",
    ),
    "first sample": (lambda m: (np.outer(m.x[0], m.da[0]), m.W), "only the first sample"),
    "last sample": (lambda m: (m.da[-1], m.b), "only the last sample"),
    "wrong axis": (lambda m: (m.da.sum(axis=1), m.b), "summed over the columns"),
    "kept axis": (lambda m: (m.db[None], m.b), "reshape it to (5,)"),
    "relu forgotten": (
        lambda m: (m.x.T @ m.dh, m.W),
        "at … + b: the local gradient",
    ),
    "f for f'": (lambda m: (m.x.T @ (m.dh * m.h.value), m.W), "relu itself in place of its"),
    "off-diagonal": (
        lambda m: (m.h.value.T @ (m.dp * m.p.value * (1 - m.p.value)), m.V),
        "off-diagonal part of the softmax",
    ),
    "off-diagonal, far below": (
        lambda m: (
            m.x.T @ (((m.dp * m.p.value * (1 - m.p.value)) @ m.V.value.T) * (m.h.value > 0)),
            m.W,
        ),
        "off-diagonal part of the softmax",
    ),
    "only the numerator": (
        lambda m: (m.h.value.T @ (m.dp * m.p.value), m.V),
        "it is s ⊙ (E - Σ E ⊙ s), not s ⊙ E",
    ),
    "targets forgotten": (lambda m: (m.h.value.T @ m.p.value / m.n, m.V), "targets are missing"),
    "off-diagonal and the sign": (
        lambda m: (-m.h.value.T @ (m.dp * m.p.value * (1 - m.p.value)), m.V),
        "and the sign is wrong",
    ),
    "nothing": (lambda m: (np.zeros_like(m.dW), m.W), "0 everywhere"),
    "one row": (lambda m: (m.dW + np.eye(INPUTS)[:, [1]], m.W), "all in row 1"),
    "nan": (lambda m: (m.dW + np.array([[0], [np.nan], [0]]), m.W), "5 of 15 entries by hand"),
}


@pytest.mark.usefixtures("few_objects")
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_named(mistake, seed):
    make, said = MISTAKES[mistake]
    made = ByHand(seed)  # the loss has to live on
    found = compare(*make(made))
    assert found.verdict == "wrong"
    assert said in str(found), str(found)


@pytest.mark.usefixtures("few_objects")
@pytest.mark.parametrize("mean", [True, False])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("seed", range(8))
def test_what_is_right_is_exact(seed, dtype, mean):
    made = ByHand(seed, mean=mean, dtype=dtype)
    for by_hand, node in ((made.dW, made.W), (made.db, made.b), (made.dV, made.V)):
        assert compare(by_hand, node).verdict == "exact", str(compare(by_hand, node))


def test_a_sum_is_not_divided_by_the_samples():
    made = ByHand(0, mean=False)
    assert "divided by the 6 samples once more" in str(compare(made.dW / SAMPLES, made.W))


def test_two_ways_of_a_scalar():
    w = Node(0.7, name="w")
    loss = w * w * 3.0 + np.sin(w)
    loss.name = "L"
    loss.backward()
    right = 6 * 0.7 + np.cos(0.7)
    assert compare(right, w).verdict == "exact"
    assert "only one path of several, that through sin(w)" in str(compare(np.cos(0.7), w))
    assert "the path through sin(w) is missing" in str(compare(6 * 0.7, w))


def test_the_slope_of_a_sigmoid():
    z, up = Node([0.5, 1.5, -2.0], name="z"), np.array([2.0, -3.0, 5.0])
    loss = (sigmoid(z) * up).sum()
    a = 1 / (1 + np.exp(-z.value))
    assert compare(up * a * (1 - a), z, loss).verdict == "exact"
    assert "its input was put in" in str(compare(up * z.value * (1 - z.value), z, loss))
    b = 1 / (1 + np.exp(-a))
    assert "at its result" in str(compare(up * b * (1 - b), z, loss))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda x, up: up * x**3, "the power itself"),
        (lambda x, up: up * x**2, "the exponent 3 is missing"),
        (lambda x, up: 3 * x**2, "the upstream gradient is missing"),
        (lambda x, up: up, "this is the upstream gradient alone"),
        (lambda x, up: up * 3 * x**3, "the exponent stays one smaller"),
    ],
)
def test_powers(wrong, said):
    x = Node([0.5, 1.5, -2.0], name="x")
    up = np.array([2.0, -3.0, 5.0])
    loss = (x**3 * up).sum()
    found = compare(wrong(x.value, up), x, loss)
    assert said in str(found), str(found)


def test_one_path_of_matrices():
    random = np.random.default_rng(0)
    x, W = random.normal(size=(4, 3)), Node(random.normal(size=(3, 3)), name="W")
    h = tanh(x @ W)
    y = h @ W
    loss = y.sum()
    loss.backward()
    through_the_second = h.value.T @ np.ones((4, 3))
    assert compare(W.grad.copy(), W)
    assert "only one path of several" in str(compare(through_the_second, W))


def test_a_mistake_on_one_path_of_two():
    random = np.random.default_rng(0)
    x, W = random.normal(size=(4, 3)), Node(random.normal(size=(3, 2)), name="W")
    loss = sigmoid(x @ W).sum() + 0.1 * (W**2).sum()
    loss.backward()
    s = 1 / (1 + np.exp(-(x @ W.value)))
    of_data = x.T @ (s * (1 - s))
    assert compare(of_data + 0.2 * W.value, W).verdict == "exact"
    assert "that through an array @ W" in str(compare(of_data, W))
    found = str(compare(of_data + 0.1 * W.value, W))
    assert "on the path through W ** 2: the exponent 2 is missing" in found
    assert "on the path through W ** 2: the sign" in str(compare(of_data - 0.2 * W.value, W))


def test_a_mean_of_squares():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(8, 3)), random.normal(size=(8, 1))
    w = Node(random.normal(size=(3, 1)), name="w")
    off = x @ w - y
    loss = (off**2).mean()
    by_hand = x.T @ off.value
    assert compare(by_hand * 2 / 8, w, loss).verdict == "exact"
    found = compare(by_hand, w, loss)
    assert "not divided by the 8 samples" in found.reason
    assert "a factor of 2 is missing" in found.reason


def test_steps_of_a_recurrent_network_are_numbered():
    random = np.random.default_rng(0)
    W, h = Node(random.normal(size=(3, 3)), name="W"), random.normal(size=(2, 3))
    states = []
    for _ in range(3):
        states.append(h)
        h = tanh(h @ W)
    loss = h.sum()
    last = states[-1].value.T @ (1 - h.value**2)
    assert "through … @ W, number 3: at a fork the parts of all 3" in str(compare(last, W, loss))


def test_layers_and_losses():
    for loss in (CrossEntropyLoss("mean"), SoftMaxCrossEntropyLoss("mean")):
        layers = [FullyConnected(3, 4), ReLU(), FullyConnected(4, 3)]
        if isinstance(loss, CrossEntropyLoss):
            layers.append(SoftMax())
        network = NeuralNetwork(layers, loss=loss, optimizer=SGD(0.1), seed=1)
        x = np.random.default_rng(2).normal(size=(5, 3)).astype(np.float32)
        t = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1]]
        root = loss(network.forward(x), t)
        weight = network.layers[2].weight
        back = way_back(root)
        right = np.array(back.gradients[weight])
        assert compare(right, weight, root).verdict == "exact"
        assert "sign" in compare(-right, weight, root).reason
        hidden = np.maximum(0, x @ network.layers[0].weight.value)
        scores = hidden @ weight.value
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        diagonal = hidden.T @ (-t * (1 - p)) / 5
        found = compare(diagonal, weight, root)
        assert "off-diagonal" in str(found), str(found)


# --- close ----------------------------------------------------------------------------------------


def test_a_difference_quotient_is_close():
    W = Node([[0.5, -1.0], [2.0, 0.1]], name="W")
    loss = sigmoid(W).sum()
    loss.backward()

    def f(t):
        return (1 / (1 + np.exp(-(W.value + t)))).sum()

    quotient = np.zeros((2, 2))
    for index in np.ndindex(2, 2):
        step = np.zeros((2, 2))
        step[index] = 1e-5
        quotient[index] = (f(step) - f(0 * step)) / 1e-5
    found = compare(quotient, W)
    assert found.verdict == "close"
    assert 0 < found.relative_error < 1e-4


def test_an_error_that_is_small_beside_the_largest_entry_is_close():
    W = Node(np.array([1.0, 1e-3]), name="W")
    (W * W).sum().backward()
    found = compare(2 * W.value + 4e-6, W)
    assert found.verdict == "close"
    assert "4 digits of its largest entry" in found.reason


def test_rounded_numbers_are_close():
    w = Node([1.234, -0.567], name="w")
    loss = (w**3).sum()
    loss.backward()
    found = compare(np.round(w.grad, 2), w)
    assert (found.verdict, "rounded to 2 decimals" in found.reason) == ("close", True)
    assert compare(w.grad + 0.005, w).verdict == "wrong"  # not written with two decimals


def test_rounding_of_a_zero():
    made = ByHand(0)
    # A bias before a softmax of equal rows: its gradient sums up to 0 but for rounding.
    shift = Node(0.3, name="shift")
    z = made.z.value + shift
    loss = log_softmax(z)[:, 0].sum()
    loss.backward()
    assert abs(shift.grad) < 1e-14
    assert compare(0.0, shift)


# --- what is compared -----------------------------------------------------------------------------


def test_the_worst_entry_and_both_values():
    made = ByHand(0)
    off = made.dW.copy()
    off[1, 2] += 1.0
    found = compare(off, made.W)
    assert found.worst == (1, 2)
    assert found.by_hand == off[1, 2]
    assert found.gradient == made.W.grad[1, 2]
    assert f"[1, 2]: {off[1, 2]:.6g} by hand, {made.W.grad[1, 2]:.6g} in the graph" in str(found)


def test_a_gradient_that_is_zero():
    x = Node(-1.0, name="x")
    assert "the gradient in the graph is 0. See why(W)" in str(compare(0.5, x, relu(x) * 3.0))
    assert compare(0.0, x, relu(x)).verdict == "exact"


def test_two_arrays_alone():
    right = np.random.default_rng(0).normal(size=(3, 3))
    assert compare(right, right).verdict == "exact"
    assert "sign" in compare(-right, right).reason
    assert "transposed" in compare(right.T, right).reason
    assert "is 32 the number of samples?" in str(compare(32 * right, right))
    assert "32 times it is the gradient" in str(compare(right / 32, right))


def test_the_graph_stays_as_it_is():
    made = ByHand(0)
    made.W.grad = before = made.W.grad.copy()
    compare(-made.dV, made.V)
    compare(-made.dW, made.W, made.loss)
    assert made.W.grad is before


def test_without_the_loss_less_is_told_and_said_so():
    made = ByHand(0)
    wrong = made.h.value.T @ (made.dp * made.p.value * (1 - made.p.value))
    V = made.V
    del made
    gc.collect()
    found = compare(wrong, V)
    assert "compare(dW, W, loss)" in found.hint


def test_nan_in_the_graph():
    x = Node([0.0, 1.0], name="x")
    with np.errstate(divide="ignore"):
        loss = np.log(x).sum()
    loss.backward()
    assert compare([np.inf, 1.0], x).verdict == "exact"
    assert "inf there" in compare([1.0, 1.0], x).reason


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda w: compare(1.0, w), ValueError, r"Call loss.backward\(\)"),
        (lambda w: compare("a", w, w * w), TypeError, "an array of numbers, got str"),
        (lambda w: compare(None, w, w * w), TypeError, "NoneType"),
        (lambda w: compare(1.0, w, "loss"), TypeError, "expects a Node .* got str"),
        (lambda w: compare(1.0, w, Node(2.0) * 2.0), ValueError, "no gradient comes"),
        (lambda w: compare(1.0, w, w * [1.0, 2.0]), ValueError, r"Reduce it first"),
        (lambda w: compare(1.0, 2.0, w), TypeError, r"compare\(dW, W, loss\)"),
    ],
)
def test_errors(call, error, said):
    with pytest.raises(error, match=said):
        call(Node(1.5, name="w"))


def test_inside_no_grad():
    made = ByHand(0)
    with no_grad():
        assert compare(made.dW, made.W).verdict == "exact"
        assert "off-diagonal" in str(compare(*MISTAKES["off-diagonal"][0](made)))


# --- random graphs --------------------------------------------------------------------------------

STEPS = [
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: a - 2.0 * b,
    lambda a, b: tanh(a),
    lambda a, b: sigmoid(a) * b,
    lambda a, b: np.exp(-a * a),
    lambda a, b: relu(a),
    lambda a, b: a / (1.0 + b * b),
    lambda a, b: a @ np.transpose(b) @ b,
    lambda a, b: a - np.mean(b, axis=0),
]


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    steps=st.lists(
        st.tuples(st.integers(0, len(STEPS) - 1), st.integers(0, 9), st.integers(0, 9)),
        min_size=1,
        max_size=6,
    ),
)
def test_right_gradients_of_random_graphs_are_never_wrong(seed, steps):
    random = np.random.default_rng(seed)
    leaves = [Node(random.normal(size=(3, 2)), name=name) for name in "xyz"]
    nodes = list(leaves)
    for step, first, second in steps:
        nodes.append(STEPS[step](nodes[first % len(nodes)], nodes[second % len(nodes)]))
    loss = nodes[-1].sum()
    loss.backward()
    for leaf in leaves:
        if leaf.grad is None:
            continue
        back = way_back(loss)
        noise = 1 + 4e-16 * random.normal(size=leaf.shape)
        found = compare(leaf.grad * noise, leaf, loss)
        assert found.verdict == "exact", str(found)
        right = back.gradients[leaf]
        for mistake in mistakes_of(leaf, back)[::5]:
            off = np.abs(mistake.value - right).max()
            if off > 1e-3 * np.abs(right).max():
                assert compare(mistake.value, leaf, loss).verdict == "wrong"


@pytest.mark.parametrize("seed", range(3))
def test_mistakes_are_the_same_as_graphs(seed):
    """On a recorded backward pass every mistake is a node, of the same value."""
    random = np.random.default_rng(seed)
    x, t = random.normal(size=(4, 3)), np.array([0, 1, 1, 0])
    W, b = Node(random.normal(size=(3, 2)), name="W"), Node(random.normal(size=2), name="b")
    w = Node(0.4, name="w")
    scores = tanh(x @ W + b) * w / (1.0 + w**2)
    for loss in (
        softmax_cross_entropy(scores, t).mean(),
        -(log_softmax(scores) * np.eye(2)[t]).sum(),
    ):
        plain = way_back(loss)
        loss.backward(create_graph=True)
        graph = way_back(loss, {node: node.grad for node in ancestors(loss)})
        for node in plain.consumers:
            for one, other in zip(
                mistakes_of(node, plain, any_shape=True),
                mistakes_of(node, graph, any_shape=True),
                strict=True,
            ):
                assert (one.kind, one.hint) == (other.kind, other.hint)
                assert type(other.value) is Node
                np.testing.assert_allclose(other.value.value, one.value, rtol=1e-9, atol=1e-12)


def test_no_mistake_has_the_right_value():
    made = ByHand(3)
    back = way_back(made.loss)
    for node in back.consumers:
        right = back.gradients[node]
        for mistake in mistakes_of(node, back):
            assert np.abs(mistake.value - right).max() > 0


LECTURE = {
    "right": (lambda x, dz: x.T @ dz, "close", "right, but for what is added in the logarithm"),
    "sign": (lambda x, dz: -x.T @ dz, "wrong", "the sign is wrong"),
    "not divided": (lambda x, dz: 3 * x.T @ dz, "wrong", "not divided by the 3 samples"),
    "transposed": (lambda x, dz: dz.T @ x, "wrong", "it is right, but transposed"),
}


@pytest.mark.parametrize("case", LECTURE)
def test_the_lectures_gradient_is_right_where_the_true_class_is_improbable(case):
    """There ε cancels out; in float32, beside a probability of 1e-4, it is more than 4 digits."""
    layers = [FullyConnected(2, 3, bias=False), SoftMax()]
    network = NeuralNetwork(layers, loss=CrossEntropyLoss("mean"), dtype="float32")
    x, y = np.eye(3, 2, dtype=np.float32) + 1, np.eye(3)[[0, 0, 1]]
    W = network.layers[0].weight
    W.value = np.array([[-3.0, 1.0, 0.5], [0.2, 1.0, 0.0]], np.float32)
    p = network.forward(x)
    loss = network.loss(p, y)
    loss.backward()
    make, verdict, said = LECTURE[case]
    found = compare(make(x, (p.value - y) / 3), W)
    assert (found.verdict, said in str(found)) == (verdict, True), str(found)


def test_a_mean_far_above_divides_every_gradient():
    x, W = np.arange(6.0).reshape(3, 2), Node([[1.0, 2.0], [0.5, -1.0]], name="W")
    loss = np.mean((x @ W) ** 2)
    found = mistakes_of(W, way_back(loss), carried=False)
    (mistake,) = (one for one in found if one.hint == "not divided by the 6 entries")
    np.testing.assert_allclose(mistake.value, 2 * x.T @ (x @ W.value))
