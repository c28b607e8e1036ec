"""`why`: the cause of a gradient is named, followed and marked."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from autograd_core import (
    Node,
    no_grad,
    relu,
    sigmoid,
    softmax,
    softmax_cross_entropy,
    tanh,
)
from nn import SGD, FullyConnected, MeanSquaredError, NeuralNetwork, ReLU
from visualize import draw, why


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


def leaf(value, name, **options):
    return Node(value, name=name, **options)


def is_at(cause, operation):
    return cause.at.operation is not None and cause.at.operation.name == operation


# --- zero -----------------------------------------------------------------------------------------

ZEROS = {
    "relu": (lambda x: relu(x - 5.0) * 3.0, 2.0, "relu", "the relu was closed: z1 is -3"),
    "product": (lambda x: x * Node(0.0, name="w"), 2.0, "multiply", "zero factor: w is 0"),
    "product with a number": (lambda x: x * 0.0 + 1.0, 2.0, "multiply", "had a zero factor"),
    "sigmoid": (lambda x: sigmoid(x) * 2.0, 800.0, "sigmoid", "saturated: at x = 800"),
    "tanh": (lambda x: tanh(x), -50.0, "tanh", "saturated: at x = -50"),
    "overflow behind": (lambda x: tanh(np.exp(x)), 800.0, "tanh", "saturated: at z1 = inf"),
    "composed sigmoid": (lambda x: 1 / (1 + np.exp(-x)), 800.0, "exp", "rounds to 0 at u1 = -800"),
    "maximum": (lambda x: np.maximum(x, Node(5.0, name="y")), 2.0, "maximum", "x is 2, y is 5"),
    "minimum": (lambda x: np.minimum(x, Node(1.0, name="y")), 2.0, "minimum", "x is 2, y is 1"),
    "where": (lambda x: np.where(x.value > 3, x, 1.0), 2.0, "where", "the condition is false"),
    "where not": (lambda x: np.where(x.value < 3, 1.0, x), 2.0, "where", "the condition is true"),
    "clip": (lambda x: np.clip(x, 0.0, 1.0), 2.0, "clip", "x is 2, outside of 0 and 1"),
    "square": (lambda x: x**2, 0.0, "power", "the slope of x ** 2 is 0 at x = 0"),
    "exponent": (lambda x: x**0, 3.0, "power", "the exponent of x ** 0 is 0"),
    "numerator": (lambda x: Node(0.0, name="a") / x, 3.0, "divide", "the numerator of a / x, a"),
    "abs": (lambda x: np.abs(x), 0.0, "absolute", "a kink at x = 0"),
    "cos": (lambda x: np.cos(x), 0.0, "cos", "the slope of cos is 0 at x = 0"),
    "cancellation": (lambda x: x * 2.0 - x * 2.0, 3.0, "x", "cancel: 2 + (-2) = 0"),
    "underflow": (lambda x: x * 1e-200 * 1e-200, 3.0, "multiply", "too small for float64"),
}


@pytest.mark.parametrize("case", ZEROS)
def test_what_made_a_zero(case):
    f, at, operation, said = ZEROS[case]
    x = leaf(at, "x")
    y = f(x)
    found = why(x, y)
    assert (found.kind, y.grad) == ("zero", None)  # it asks without a backward pass
    assert said in str(found), str(found)
    assert found.at is x if operation == "x" else is_at(found, operation)
    y.backward()
    assert x.grad == 0
    assert str(why(x)) == str(found)


ARRAYS = {
    "max": (lambda x: x.max(), "max", "3 is not the largest, 5"),
    "index": (lambda x: x[1] * 2.0, "getitem", "the index of x[1] does not select it"),
    "matmul": (lambda x: (x @ [[0.0], [0.0], [1.0]]).sum(), "matmul", "row 0 of"),
    "entries": (lambda x: (x * [0.0, 1.0, 0.0]).sum(), "multiply", "that count are 0"),
    "certain": (lambda x: (softmax(x * 1000) * [1.0, 2.0, 3.0]).sum(), "softmax", "saturated"),
    "right": (lambda x: softmax_cross_entropy(x * 1000, 1), "softmax_cross_entropy", "p - y is 0"),
}


@pytest.mark.parametrize("case", ARRAYS)
def test_entries_that_are_zero(case):
    f, operation, said = ARRAYS[case]
    x = leaf([3.0, 5.0, 1.0], "x")
    found = why(x, f(x))
    assert found.kind == "zero"
    assert said in str(found), str(found)
    assert is_at(found, operation)


def network(bias):
    random = np.random.default_rng(0)
    x = random.normal(size=(6, 3))
    x[:, 1] = 0.0
    W, b = leaf(random.normal(size=(3, 4)), "W"), leaf(bias, "b")
    V = leaf(random.normal(size=(4, 2)), "V")
    loss = (relu(x @ W + b) @ V).sum()
    loss.name = "L"
    loss.backward()
    return W, b, V, loss


def test_dead_units():
    W, b, V, _loss = network(np.full(4, -20.0))
    for node in (W, b):
        found = why(node)
        assert is_at(found, "relu")
        assert "all 24 entries of z1 are ≤ 0" in str(found)
        assert "From L a gradient arrives at a1 = relu(z1)" in str(found)
    assert str(why(b)).endswith("So nothing comes to z1 and b.")
    assert "all of a1 is 0" in str(why(V))


def test_one_dead_unit_and_an_input_that_is_always_zero():
    W, b, _, _loss = network(np.array([5.0, 5.0, -20.0, 5.0]))
    assert "W[0, 2] is 0, as of 6 of 12 entries" in str(why(W))
    assert "the 6 (of 24) entries that count of z1 are ≤ 0" in str(why(W))
    found = why(W, entry=(1, 0))
    assert is_at(found, "matmul")
    assert "column 1 of x is 0" in str(found)
    assert why(W, entry=(0, 0)).kind == "ordinary"
    assert "b[2] is 0, as of 1 of 4" in str(why(b))


def test_what_is_lost_twice_is_lost_at_the_first():
    x = leaf(-3.0, "x")
    found = why(x, relu(x) * 0.0)
    assert is_at(found, "multiply")
    assert "relu" not in found.reason


def test_every_way_is_followed():
    x = leaf(3.0, "x")
    y = relu(x - 5.0) + relu(x - 7.0)
    found = str(why(x, y))
    assert "lost on each of 2 ways" in found
    assert "z1 is -2" in found
    assert "z2 is -4" in found


def test_a_deep_way():
    x = leaf(-1.0, "x")
    y = relu(x)
    for _ in range(3000):
        y = y + 1.0
    found = why(x, y)
    assert is_at(found, "relu")
    x = leaf(3.0, "x")
    y = x
    for _ in range(3000):
        y = y * 1.0
    y = y * 0.0
    assert len(why(x, y).chain) == 3002


# --- not finite -----------------------------------------------------------------------------------

SPOILT = {
    "overflow": (
        lambda x: np.log(np.exp(x)),
        1000.0,
        "exp",
        "exp(x) overflows to inf, at x = 1000",
    ),
    "log": (lambda x: np.log(x) * 2.0, 0.0, "log", "log(x) is -inf, at x = 0"),
    "log of a negative": (lambda x: np.sqrt(x) * 2, -1.0, "sqrt", "sqrt(x) is nan, at x = -1"),
    "sqrt": (lambda x: np.sqrt(x) * 2.0, 0.0, "sqrt", "the slope of sqrt(x) is inf at x = 0"),
    "division": (lambda x: 1.0 / x, 0.0, "divide", "1 / x is inf, at x = 0: a division by 0"),
    "0/0": (lambda x: (x - 1.0) / (x - 1.0), 1.0, "divide", "a division by 0"),
    "product": (lambda x: x**2 * 1e300, 1e200, "multiply", "overflows"),
    "data": (lambda x: x * np.array([1.0, np.nan]), 1.0, "multiply", "the data that went in"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_what_is_not_finite(case):
    f, at, operation, said = SPOILT[case]
    x = leaf(at, "x")
    found = why(x, f(x).sum())
    assert found.kind == "not finite"
    assert said in str(found), str(found)
    if case != "product":
        assert is_at(found, operation)


def test_a_leaf_that_is_nan():
    x, w = leaf(np.nan, "x"), leaf(1.0, "w")
    found = why(w, w * x)
    assert found.at is x
    assert "the leaf x holds nan from the start" in str(found)


def test_a_branch_that_was_not_taken_is_no_cause():
    x = leaf([4.0, -4.0], "x")
    y = np.where(x.value > 0, np.sqrt(x), x).sum()
    assert why(x, y).kind == "ordinary"


# --- huge and tiny --------------------------------------------------------------------------------


def test_huge():
    x = leaf(1e-3, "x")
    found = why(x, (1 / x) ** 2 * 3.0)
    assert found.kind == "huge"
    assert is_at(found, "divide")
    assert "times 1e+06 on the way to x, with x = 0.001" in str(found)


def test_one_step_alone_needs_no_sum_of_steps():
    x = leaf(1e-3, "x")
    assert "together" not in str(why(x, x * 1e6))


def test_tiny():
    x = y = leaf(0.5, "x")
    for _ in range(20):
        y = sigmoid(y)
    found = why(x, y)
    assert found.kind == "tiny"
    assert "the 20 steps together times 1.14e-13" in str(found)


def test_zero_but_for_rounding():
    x = leaf([1.0, 2.0, 3.0], "x")
    found = why(x, softmax(x).sum())
    if found.kind == "tiny":  # by chance exactly 0 on other machines
        assert "to 0, up to rounding, at a1 = softmax(x), where its parts cancel" in str(found)
    else:
        assert "cancel" in str(found)


def test_ordinary():
    x = leaf(3.0, "x")
    assert "nothing is wrong" in str(why(x, x * 2.0))


def test_the_output_itself():
    loss = leaf(3.0, "x") * 2.0
    loss.backward()
    found = why(loss)
    assert found.kind == "ordinary"
    assert found.root is loss
    assert str(found).endswith("It is the output itself, where backward begins.")


# --- no gradient ----------------------------------------------------------------------------------


def test_backward_was_not_called():
    w = leaf(2.0, "w")
    loss = w * w
    loss.name = "cost"
    found = why(w)
    assert found.kind == "missing"
    assert "backward() was not called on cost" in str(found)
    assert "Write cost.backward()" in str(found)
    del loss, found
    gc.collect()
    assert "nothing that still exists was made of w" in str(why(w))


def test_intermediate_gradients_were_dropped():
    w = leaf(2.0, "w")
    h = w * 3.0
    loss = h + 1.0
    loss.backward(keep_intermediate=False)
    assert "keep_intermediate=False" in str(why(h))
    assert why(h, loss).kind == "ordinary"


def test_a_leaf_that_wants_no_gradient():
    w, x = leaf(2.0, "w"), leaf(1.0, "x", requires_grad=False)
    loss = w * x
    loss.backward()
    assert "the leaf x does not want a gradient" in str(why(x))
    assert "the leaf x does not want a gradient" in str(why(x, loss))
    assert "none does that it was made of: the leaf x" in str(why(x * 2.0))


def cut_by_detach(h):
    return h.detach()


def cut_by_no_grad(h):
    with no_grad():
        result = h * 1.0
        result.name = "h"
        return result


@pytest.mark.parametrize("cut", [cut_by_detach, cut_by_no_grad])
@pytest.mark.parametrize("value", [[1.0, 2.0], 0.5])
def test_where_detach_and_no_grad_cut(cut, value):
    w, v = leaf(value, "w"), leaf(3.0, "v")
    h = tanh(w)
    h.name = "h"
    stopped = cut(h)
    loss = (stopped * v).sum()
    loss.backward()
    for found in (why(w, loss), why(w)):
        assert found.kind == "missing"
        assert "cut off at h = tanh(w): detach() or no_grad()" in str(found)
        assert found.at is stopped


def test_a_result_of_no_grad_that_is_not_known():
    w, v = leaf([1.0, 2.0], "w"), leaf(3.0, "v")
    with no_grad():
        h = w * 2.0
    loss = (h * v).sum()
    found = why(w, loss)
    assert "f was not made of w: if it should be, detach(), .value or no_grad() cut it off" in str(
        found
    )
    assert found.at is h


def test_the_condition_of_where():
    c = leaf([1.0, 0.0], "c")
    assert "no derivative with respect to c" in str(why(c, np.where(c, leaf(1.0, "v"), 0.0).sum()))


def test_where_value_cut():
    W, x = leaf([[1.0, 2.0], [3.0, 4.0]], "W"), leaf([1.0, 1.0], "x")
    loss = (x @ W.value).sum()
    loss.backward()
    for found in (why(W, loss), why(W)):
        assert "was given its .value" in str(found)
        assert is_at(found, "matmul")


def test_a_detached_copy_that_nobody_used_is_no_cause():
    w = leaf([1.0, 2.0], "w")
    h = tanh(w)
    kept = [h.detach(), h.sum()]
    assert "backward() was not called" in str(why(w))
    assert len(kept) == 2


def test_no_derivative():
    x = leaf([1.5, 2.5], "x")
    loss = (np.floor(x) * leaf(2.0, "v")).sum()
    found = why(x, loss)
    assert is_at(found, "floor")
    assert "floor(x) has no derivative" in str(found)
    largest = np.argmax(x)
    assert "its result is int64" in str(why(largest))


def test_another_node_of_that_name():
    w = leaf(2.0, "w")
    loss = w * 3.0
    assert "another node named 'w'" in str(why(leaf(2.0, "w"), loss))


def test_the_root_is_gone():
    w = leaf(2.0, "w")
    loss = w * 3.0
    loss.backward()
    del loss
    gc.collect()
    assert "why(node, loss)" in str(why(w))


def test_an_entry_that_is_not_there():
    with pytest.raises(IndexError, match=r"^why\(\) expects an entry of 'w', of shape \(2,\)"):
        why(leaf([1.0, 2.0], "w"), entry=5)


@pytest.mark.parametrize("arguments", [(1.0,), (Node(1.0), 2.0)])
def test_nodes_are_expected(arguments):
    with pytest.raises(TypeError, match=r"expects a Node.*got float.*why\(W, loss\)"):
        why(*arguments)


# --- the picture ----------------------------------------------------------------------------------


def test_the_cause_is_marked_in_the_picture():
    W, _, _, loss = network(np.full(4, -20.0))
    svg = why(W).diagram().svg()
    assert svg.count(">the gradient is lost here<") == 1
    assert "the gradient is lost here" not in draw(loss).svg()
    folded = why(W).diagram(fold=0).svg()
    assert folded.count("the gradient is lost here") == 1  # in the words about the only box


def test_the_picture_has_gradients_before_backward():
    x = leaf(-3.0, "x")
    y = relu(x) * 7.0
    assert ">7<" in why(x, y).diagram().svg()
    assert y.grad is None


def test_one_mark_at_a_time():
    x = leaf(1000.0, "x")
    svg = why(x, np.log(np.exp(x)) * 0.0).diagram().svg()
    assert "first value that is not finite" not in svg
    assert svg.count(">first not finite<") == 1


def test_in_a_notebook_with_hostile_names():
    x = leaf(-1.0, "<script>alert(1)</script>")
    bundle = why(x, relu(x))._repr_mimebundle_()
    assert "<script>alert" not in bundle["text/html"]
    assert bundle["text/plain"].startswith("The gradient of <script>")


def test_layers():
    made = NeuralNetwork(
        [FullyConnected(2, 3), ReLU(), FullyConnected(3, 1)],
        loss=MeanSquaredError(),
        optimizer=SGD(0.1),
        seed=0,
    )
    made.layers[0].bias.value = np.full(3, -50.0, np.float32)
    x = np.ones((4, 2), np.float32)
    loss = made.loss(made.forward(x), np.ones((4, 1), np.float32))
    loss.backward()
    found = why(made.layers[0].weight)
    assert is_at(found, "relu")
    assert "the relu was closed: all 12 entries" in str(found)
    assert "lost here" in found.diagram().svg()
