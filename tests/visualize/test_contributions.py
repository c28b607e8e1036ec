"""Local gradients of operations and folds, and what the branches of a fork contribute."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import Node, scope
from visualize.graph.contributions import contributions, local_gradients, local_words
from visualize.graph.picture import picture_of
from visualize.style import Look

FOLDS = {
    # what stands inside the fold, its input, and d result / d input
    "one way": (lambda x: ac.exp(x * 2.0), 0.5, 2 * np.e),
    "two ways add up": (lambda x: x * x + x, 3.0, 7.0),
    "a fork inside": (lambda x: (y := ac.exp(x)) * y + y, 0.0, 3.0),
    "three ways": (lambda x: x * x * x, 2.0, 12.0),
    "an array": (lambda x: x * x + x, [1.0, 2.0], [3.0, 5.0]),
}


@pytest.mark.parametrize(("inside", "at", "expected"), FOLDS.values(), ids=FOLDS)
def test_a_fold_is_differentiated_through_all_ways(inside, at, expected):
    x = Node(at, name="x")
    with scope("fold"):
        y = inside(x)
    picture = picture_of(y, fold=1)
    (local,) = local_gradients(picture).values()
    np.testing.assert_allclose(local, expected)
    assert np.shape(local) == np.shape(expected)


def mixes(x):
    return np.sum(x * x)


def repeats(x):
    return x * np.ones((3, 2))


@pytest.mark.parametrize("inside", [mixes, repeats])
def test_a_fold_that_is_no_function_entry_by_entry_has_no_local_gradient(inside):
    x = Node([1.0, 2.0], name="x")
    with scope("fold"):
        y = inside(x) * 1.0
    assert local_gradients(picture_of(y, fold=1)) == {}


X, W, B = np.ones((4, 3)), np.ones((3, 2)), np.ones(2)


def leaf(name, value):
    return Node(value, name=name)


WORDS = {
    # an operation, and what stands at its inputs
    "a product of matrices": (lambda: leaf("X", X) @ leaf("W", W), ["· Wᵀ", "Xᵀ ·"]),
    "a matrix and a vector": (lambda: leaf("W", X) @ leaf("x", W[:, 0]), ["⊗ x", "Wᵀ ·"]),
    "a vector and a matrix": (lambda: leaf("x", W[:, 0]) @ leaf("W", W), ["· Wᵀ", "x ⊗"]),
    "two vectors": (lambda: leaf("x", B) @ leaf("w", B), ["· w", "· x"]),
    "a constant": (lambda: leaf("X", X) @ W, ["· rightᵀ"]),
    "what has no name": (lambda: ac.tanh(leaf("X", X)) @ leaf("W", W), ["· Wᵀ", "leftᵀ ·"]),
    "a factor of what has no name": (lambda: ac.tanh(leaf("X", X)) * leaf("s", X[0]),
                                     ["· left, Σ rows"]),
    "a divisor of what has no name": (lambda: ac.tanh(leaf("X", X)) / leaf("s", X[0]),
                                      ["divide′, Σ rows"]),
    "the input of a network": (lambda: X @ leaf("W", W), ["xᵀ ·"]),
    "a stack with one matrix": (
        lambda: leaf("X", np.stack([X, X])) @ leaf("W", W), ["· Wᵀ", "Σ Xᵀ ·"],
    ),
    "a sum": (lambda: np.sum(leaf("X", X)), ["1 each"]),
    "a sum over an axis": (lambda: np.sum(leaf("X", X), axis=0), ["1 each"]),
    "a mean": (lambda: np.mean(leaf("X", X)), ["1/12 each"]),
    "a mean over an axis": (lambda: np.mean(leaf("X", X), axis=0), ["1/4 each"]),
    "a reshape": (lambda: leaf("X", X).reshape(2, 6), ["1 each"]),
    "a transpose": (lambda: leaf("X", X).T, ["ᵀ"]),
    "softmax": (lambda: ac.softmax(leaf("X", X), axis=1), ["softmax′"]),
    "a bias": (lambda: leaf("X", X) + leaf("b", X[0]), ["Σ rows"]),
    "a bias that is subtracted": (lambda: leaf("X", X) - leaf("b", X[0]), ["-Σ rows"]),
    "a column": (lambda: leaf("X", X) + leaf("b", X[:, :1]), ["Σ columns"]),
    "a number": (lambda: leaf("X", X) + leaf("b", 2.0), ["Σ"]),
    "a factor": (lambda: leaf("X", X) * leaf("s", X[0]), ["· X, Σ rows"]),
    "a divisor": (lambda: leaf("X", X) / leaf("s", X[:, :1]), ["· (-X/s²), Σ columns"]),
    "of a stack": (lambda: leaf("X", np.stack([X, X])) + leaf("b", X[0]), ["Σ axis 0, 1"]),
    "a constant that is repeated": (lambda: leaf("X", X) + X[0], []),
    "entry by entry": (lambda: leaf("X", X) * leaf("Y", X), []),
    "without a derivative": (lambda: np.floor(leaf("X", X)), []),
}  # fmt: skip


@pytest.mark.parametrize(("graph", "expected"), WORDS.values(), ids=WORDS)
def test_words_where_there_is_no_number_per_entry(graph, expected):
    root = graph()
    picture = picture_of(root)
    words = local_words(picture)
    boxes = {box for box in picture.boxes if box.nodes[0] is root}
    assert [text for edge, text in words.items() if edge.target in boxes] == expected
    assert not words.keys() & local_gradients(picture).keys()


def test_every_input_has_a_number_or_a_word():
    x, w, b = leaf("x", X), leaf("W", W), leaf("b", B)
    with scope("layer"):
        z = x @ w + b
    with scope("activation"):
        a = ac.tanh(z * 2.0)
    with scope("norm"):
        h = a - np.mean(a)
    root = np.sum(h)
    for fold in ((), 1):
        picture = picture_of(root, fold)
        known = local_gradients(picture).keys() | local_words(picture).keys()
        assert known == {edge for edge in picture.edges if edge.wire is not None}
    assert list(local_words(picture).values()) == ["· Wᵀ", "xᵀ ·", "Σ rows", "norm′", "1 each"]
    picture = picture_of(root, 1, Look(names=True))
    assert list(local_words(picture).values()) == ["· Wᵀ", "xᵀ ·", "Σ rows", "∂a3/∂a2", "1 each"]


def test_a_fold_with_two_results_has_no_local_gradient():
    x = Node(2.0, name="x")
    with scope("fold"):
        y = x * x
        z = ac.exp(y)
    picture = picture_of(y + z, fold=1)
    assert [edge.target.label for edge in local_gradients(picture)] == ["+", "+"]


FORKS = {
    # a graph of x, folded or not, and what each branch adds to the gradient of x
    "an operation twice": (lambda x: x * x, (), [3.0, 3.0]),
    "no fork": (lambda x: ac.exp(x), (), []),
    "two folds": (lambda x: folded(x) * folded(x), 1, [7 * 12.0, 7 * 12.0]),
    "a fold and an operation": (lambda x: folded(x) * x, 1, [7 * 3.0, 12.0]),
    "a constant too": (lambda x: x * 2.0 + x, (), [2.0, 1.0]),
}


def folded(x):
    with scope("fold"):
        return x * x + x


@pytest.mark.parametrize(("graph", "fold", "expected"), FORKS.values(), ids=FORKS)
def test_branches_contribute_and_add_up(graph, fold, expected):
    x = Node(3.0, name="x")
    y = graph(x)
    y.backward()
    picture = picture_of(y, fold)
    found = contributions(picture, local_gradients(picture))
    of_x = [part for edge, part in found.items() if edge.wire.node is x]
    np.testing.assert_allclose(sorted(of_x), sorted(expected))
    if expected:
        np.testing.assert_allclose(sum(of_x), x.grad)


def test_before_backward_nothing_is_contributed():
    x = Node(3.0, name="x")
    picture = picture_of(x * x)
    local = local_gradients(picture)
    assert list(local.values()) == [3.0, 3.0]
    assert contributions(picture, local) == {}


def test_boxes_can_be_chosen():
    picture = picture_of(ac.exp(Node(0.0, name="x") * 2.0))
    first, second = picture.boxes
    assert list(local_gradients(picture, [first]).values()) == [2.0]
    assert list(local_gradients(picture, [second]).values()) == [1.0]
