"""Builders of the slides' graphs and the worked examples: numbers, names, folds, errors."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

import autograd_core as ac
from autograd_core import Node
from visualize import (
    Diagram,
    Explanation,
    draw,
    lecture_example,
    lecture_examples,
    matrix_network,
    named_nodes,
    neural_chain,
    neuron,
    scalar_network,
)
from visualize.graph.picture import picture_of
from visualize.lecture import IMPORTS, SLIDES
from visualize.lettering import name_runs
from visualize.style import Look

EXAMPLES = json.loads(
    (Path(__file__).parents[1] / "engine" / "lecture_examples.json").read_text(encoding="utf-8")
)


def numbers_of(root):
    return {name: (node.value, node.grad) for name, node in named_nodes(root).items()}


# --- a neuron -------------------------------------------------------------------------------------


def test_neuron_computes_and_has_run_backward():
    y = neuron([-1, -2], [2, -3], bias=-3)
    assert float(y.value) == pytest.approx(1 / (1 + np.exp(-1.0)), abs=1e-15)
    nodes = named_nodes(y)
    assert list(nodes) == ["x_1", "x_2", "w_1", "w_2", "b", "z", "y"]
    slope = y.value * (1 - y.value)
    expected = {"x_1": 2 * slope, "w_1": -slope, "w_2": -2 * slope, "b": slope, "y": 1.0}
    for name, gradient in expected.items():
        assert nodes[name].grad == pytest.approx(gradient, abs=1e-15), name


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("sigmoid", 1 / (1 + np.exp(1.5))),
        ("tanh", np.tanh(-1.5)),
        ("relu", 0.0),
        ("leaky relu", -0.015),
        ("Leaky_ReLU", -0.015),
        ("elu", np.expm1(-1.5)),
        ("square", 2.25),
        ("identity", -1.5),
        (None, -1.5),
        (ac.sigmoid, 1 / (1 + np.exp(1.5))),
        (np.sin, np.sin(-1.5)),
        (lambda z: z * z + 1, 3.25),
    ],
)
def test_neuron_activation(activation, expected):
    y = neuron([1.0, 2.0], [0.5, -1.0], activation=activation)
    assert y.name == "y"
    assert float(y.value) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ["x_1", "x_2", "w_1", "w_2", "b", "z", "y"]),
        ({"weights": [1, 2]}, ["x_1", "x_2", "w_1", "w_2", "z", "y"]),
        ({"weights": [1, 2], "bias": True}, ["x_1", "x_2", "w_1", "w_2", "b", "z", "y"]),
        ({"bias": False}, ["x_1", "x_2", "w_1", "w_2", "z", "y"]),
        ({"bias": 0}, ["x_1", "x_2", "w_1", "w_2", "b", "z", "y"]),
        ({"target": 1}, ["x_1", "x_2", "w_1", "w_2", "b", "yhat", "z", "y", "L"]),
        ({"names": {"b": "w_3", "z": None}}, ["x_1", "x_2", "w_1", "w_2", "w_3", "y"]),
        ({"weights": [Node(1.0, name="p"), Node(2.0)]}, ["x_1", "x_2", "w_2", "p", "z", "y"]),
    ],
)
def test_neuron_names(options, names):
    assert sorted(named_nodes(neuron([1, 2], **options))) == sorted(names)


def test_nodes_that_are_given_are_part_of_the_graph():
    x, w = Node(3.0, name="input"), Node(0.5)
    y = neuron([x], [w], activation=None)
    assert (x.grad, w.grad, x.name, w.name) == (0.5, 3.0, "input", "w_1")
    assert y.inputs == (x, w)


def test_target_ends_in_the_loss_and_wants_no_gradient():
    loss = neuron([1], [2], activation=None, target=3)
    assert (loss.value, named_nodes(loss)["w_1"].grad) == (1.0, -2.0)
    assert named_nodes(loss)["yhat"].grad is None


def test_inside_no_grad_there_are_values_alone():
    with ac.no_grad():
        y = neuron([1], [2], activation=None)
    assert (y.value, y.grad) == (2.0, None)


# --- a chain --------------------------------------------------------------------------------------


def test_chain_with_biases():
    y = neural_chain(2, [1, 3], biases=[1, -1], activations=["square", None])
    assert y.value == 26.0
    gradients = {"x": 18.0, "w_1": 36.0, "b_1": 18.0, "z_1": 18.0, "x_2": 3.0, "w_2": 9.0}
    assert {n: g for n, (_, g) in numbers_of(y).items()} == gradients | {"b_2": 1.0, "y": 1.0}


def test_chain_takes_one_activation_for_all():
    assert neural_chain(1, [1, 1, 1], activations="square").value == 1.0
    assert named_nodes(neural_chain(-1, [1, -1])).keys() >= {"x_2", "y"}


# --- networks -------------------------------------------------------------------------------------

NETWORKS = [
    ([2, 3, 2], {}),
    ([2, 2], {"seed": 5}),
    ([3, 1], {"activations": "tanh"}),
    ([1, 1], {"activations": None}),
    ([2, 12, 11, 1], {"activations": ["relu", "elu", None], "seed": 1}),
    ([2, 2, 2], {"biases": False}),
    ([2, 2, 2], {"loss": False}),
    ([2, 1], {"loss": False}),
    ([2, 2], {"x": [0.5, -1], "weights": [[[1, 2], [3, 4]]], "target": [0.5, 1]}),
    ([2, 2], {"weights": np.ones((1, 2, 2)), "biases": [[1, -1]], "activations": ac.sigmoid}),
]


@pytest.mark.parametrize(("sizes", "options"), NETWORKS)
def test_the_matrices_have_the_same_values_and_gradients(sizes, options):
    scalars, matrices = scalar_network(sizes, **options), matrix_network(sizes, **options)
    one, many = numbers_of(scalars), numbers_of(matrices)
    assert np.ravel(scalars.value) == pytest.approx(np.ravel(matrices.value), rel=1e-13)
    several = len(sizes) > 2
    compared = 0

    def compare(name, array, entry):
        nonlocal compared
        for x, y in zip(one[name], many[array], strict=True):
            assert (x is None) == (y is None), name
            if x is not None:
                assert x == pytest.approx(y[entry], rel=1e-13, abs=1e-15), name
        compared += 1

    def lower(letter, j, size):
        return letter if size == 1 else f"{letter}_{j + 1}" if j < 9 else f"{letter}_{{{j + 1}}}"

    for i in range(sizes[0]):
        compare(lower("x", i, sizes[0]), "x", (0, i))
    for level, (fan_in, fan_out) in enumerate(pairwise(sizes), 1):
        upper = f"^{level}" if several else ""
        for j in range(fan_out):
            for i in range(fan_in):
                comma = "," if i > 8 or j > 8 else ""
                compare(f"w_{{{i + 1}{comma}{j + 1}}}{upper}", f"W{upper}", (i, j))
            if f"b{upper}" in many:
                compare(lower("b", j, 2) + upper, f"b{upper}", (j,))
            if level < len(sizes) - 1:
                compare(lower("f", j, 2) + upper, f"f{upper}", (0, j))
            else:
                compare(lower("y", j, fan_out), "y", (0, j))
                if "yhat" in many:
                    compare(lower("yhat", j, fan_out), "yhat", (0, j))
    leaves = [node for node in named_nodes(scalars).values() if node.operation is None]
    assert compared > len(leaves)  # all leaves, and the results of the units


def test_columns_are_the_same_network():
    rows, columns = (
        matrix_network([2, 3, 1], batch=4),
        matrix_network([2, 3, 1], batch=4, columns=True),
    )
    assert columns.value == pytest.approx(rows.value, abs=1e-15)
    turned = numbers_of(columns)
    for name, (value, gradient) in numbers_of(rows).items():
        there = turned[name]
        assert np.ravel(there[0].T) == pytest.approx(np.ravel(value), abs=1e-15), name
        if gradient is not None:
            assert np.ravel(there[1].T) == pytest.approx(np.ravel(gradient), abs=1e-15), name
    assert turned["W^1"][0].shape == (3, 2)


def test_a_batch_shares_weights_and_averages_the_loss():
    x, target = np.array([[1.0, 2.0], [-1.0, 1.0], [0.5, -2.0]]), np.array([[1.0], [0.0], [1.0]])
    options = {"weights": [[[0.5], [1.0]]], "biases": [[0.25]]}
    loss = matrix_network([2, 1], x=x, target=target, **options)
    alone = [
        scalar_network([2, 1], x=row, target=float(goal[0]), **options)
        for row, goal in zip(x, target, strict=True)
    ]
    assert loss.value == pytest.approx(np.mean([one.value for one in alone]), abs=1e-15)
    gradient = np.mean([named_nodes(one)["w_{11}"].grad for one in alone])
    assert named_nodes(loss)["W"].grad[0, 0] == pytest.approx(gradient, abs=1e-15)


def test_gradients_of_a_network_are_those_of_the_difference_quotient():
    def loss(w):
        return matrix_network([2, 3, 2], weights=[w, np.ones((3, 2))], activations="tanh")

    ac.check_gradients(loss, np.array([[0.5, -1.0, 0.25], [1.0, 0.75, -0.5]]))


def test_numbers_follow_from_the_seed_and_who_gives_some_keeps_the_others():
    first, again = (numbers_of(scalar_network([2, 2], seed=4)) for _ in range(2))
    assert first == again
    assert first != numbers_of(scalar_network([2, 2], seed=5))
    given = numbers_of(scalar_network([2, 2], seed=4, x=[7, 7]))
    assert given["w_{12}"][0] == first["w_{12}"][0]
    assert given["b_2"][0] == first["b_2"][0]


@pytest.mark.parametrize("seed", range(20))
def test_drawn_numbers_are_short_and_none_is_zero(seed):
    for name, node in named_nodes(scalar_network([3, 4, 2], seed=seed)).items():
        if node.operation is None:
            assert len(f"{node.value:g}") <= 5, name
            assert node.value != 0 or name.startswith("yhat"), name


def test_every_name_is_set_as_mathematics():
    for root in (scalar_network([2, 11, 12]), matrix_network([2, 3, 2]), neuron([1], target=0)):
        for name in named_nodes(root):
            runs = name_runs(name)
            assert len(runs) > 1 or len(name) == 1 or name == "yhat", name
            assert not {*"_^{}"} & set("".join(run.text for run in runs)), name


# --- folds ----------------------------------------------------------------------------------------


def scopes_of(root):
    paths, todo, seen = set(), [root], set()
    while todo:
        node = todo.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.operation is not None:
            paths.add("/".join(scope.name for scope in node.scope or ()))
        todo += [x for x in node.inputs if type(x) is Node]
    return paths


@pytest.mark.parametrize(
    ("root", "paths"),
    [
        (neuron([1, 2], activation="sigmoid"), {"neuron/Σ", "neuron/sigmoid"}),
        (neuron([1, 2], activation="relu", target=1), {"neuron/Σ", "neuron", "loss"}),
        (neural_chain(1, [1, 2]), {"neuron 1", "neuron 2"}),
        (
            scalar_network([2, 1, 1]),
            {
                "network/layer 1/neuron 1/Σ", "network/layer 1/neuron 1",
                "network/layer 2/neuron 1/Σ", "network/layer 2/neuron 1", "loss",
            },
        ),
        (matrix_network([2, 1]), {"network/layer 1", "loss"}),
        (
            matrix_network([2, 1], activations=lambda z: z * z + z),
            {"network/layer 1", "network/layer 1/f", "loss"},
        ),
        (neural_chain(1, [1], activations="sigmoid"), {"neuron 1"}),
    ],
)  # fmt: skip
def test_scopes(root, paths):
    assert scopes_of(root) == paths


@pytest.mark.parametrize(
    ("fold", "folded"),
    [
        (0, {"35 operations": 1}),
        (1, {"network": 1, "loss": 1}),
        (2, {"layer 1": 1, "layer 2": 1}),  # the loss has one level, and is open
        (3, {"neuron 1": 2, "neuron 2": 2, "neuron 3": 1}),
        (4, {"Σ": 5}),
        ("network/layer 1", {"layer 1": 1}),
    ],
)
def test_a_network_folds_level_by_level(fold, folded):
    picture = picture_of(scalar_network([2, 3, 2]), fold, Look())
    labels = Counter(box.label for box in picture.boxes if box.folded)
    assert labels == folded


# --- the worked examples --------------------------------------------------------------------------

GRAPHS = ["sum_times", "sigmoid_neuron", "neural_chain"]
NAMES = {"sigmoid_neuron": {"x1": "x_1", "w1": "w_1", "x2": "x_2", "w2": "w_2", "w3": "w_3"},
         "neural_chain": {"w1": "w_1", "w2": "w_2", "z1": "z_1", "x2": "x_2", "z2": "z_2",
                          "target": "yhat"}}  # fmt: skip


def node_of(example, name):
    """The node of a name in the file; unnamed ones by their operation."""
    root = lecture_example(example)
    operation = {"exp(-z)": "exp", "1+exp(-z)": "add"}.get(name)
    if operation is None:
        return named_nodes(root)[NAMES.get(example, {}).get(name, name)]
    node = root.inputs[1]  # 1 + exp(-z)
    return node if operation == "add" else node.inputs[1]


@pytest.mark.parametrize(
    ("example", "part", "name"),
    [
        (example, part, name)
        for example in GRAPHS
        for part in ("inputs", "forward", "gradients")
        for name in EXAMPLES[example][part]
    ],
)
def test_example_has_the_numbers_of_the_lecture(example, part, name):
    node = node_of(example, name)
    given = EXAMPLES[example][part][name]
    assert (node.grad if part == "gradients" else node.value) == pytest.approx(given, abs=1e-9)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "elu", "leaky relu"])
def test_example_of_an_activation(name):
    given = EXAMPLES["activations_at"]
    nodes = named_nodes(lecture_example(name))
    key = {"elu": "elu_a1", "leaky relu": "leaky_relu_a0.01"}.get(name, name)
    assert list(nodes["x"].value) == given["x"]
    assert nodes["f"].value == pytest.approx(given[key], abs=1e-9)
    if f"{key}_derivative" in given:
        assert nodes["x"].grad == pytest.approx(given[f"{key}_derivative"], abs=1e-9)


def test_example_of_relu_has_the_left_slope_at_0():
    assert list(named_nodes(lecture_example("ReLU"))["x"].grad) == [0, 0, 0, 1, 1]


def test_example_of_softmax_and_cross_entropy():
    given = EXAMPLES["softmax_and_cross_entropy"]
    loss = lecture_example("softmax and cross entropy")
    nodes = named_nodes(loss)
    assert nodes["x"].value.tolist() == given["x"]
    assert nodes["y"].value.tolist() == given["y"]
    assert np.ravel(nodes["yhat"].value) == pytest.approx(np.ravel(given["softmax"]), abs=1e-9)
    assert loss.value == pytest.approx(given["loss_sum"], abs=1e-9)
    assert np.ravel(nodes["x"].grad) == pytest.approx(np.ravel(given["gradient_x_sum"]), abs=1e-9)


@pytest.mark.parametrize(
    "root",
    [
        neuron([1.0], [2.0], names={"x_1": "a", "y": None}),
        neural_chain(1.0, [2.0], names={"x": "a", "y": None}),
    ],
)
def test_other_names(root):
    assert root.name is None
    assert "a" in named_nodes(root)
    assert not {"x", "x_1"} & named_nodes(root).keys()


def test_example_of_the_worst_case():
    given = EXAMPLES["cross_entropy_worst_case"]["loss_sum"]
    root = lecture_example("cross entropy worst case")
    assert root.value == pytest.approx(given, abs=1e-9)
    np.testing.assert_array_equal(named_nodes(root)["yhat"].value.sum(axis=1), np.ones(9))


def test_example_of_gradient_descent():
    given = EXAMPLES["gradient_descent"]
    w = named_nodes(loss := lecture_example("gradient descent"))["w"]
    assert (w.value, loss.value, w.grad) == (given["w0"], given["L"][0], given["gradient"][0])


def test_example_of_shapes():
    given = EXAMPLES["fully_connected_shapes"]
    nodes = named_nodes(lecture_example("fully connected shapes"))
    for name in ("x", "W", "b", "y"):
        assert list(nodes[name].shape) == given[name], name
    nodes = named_nodes(lecture_example("image data"))
    assert list(nodes["image"].shape) == given["image"]["from"]
    assert list(nodes["x"].shape) == given["image"]["to"]


def test_example_of_he():
    given = EXAMPLES["he_initialisation"]
    nodes = named_nodes(lecture_example("he initialisation"))
    assert (nodes["n_i"].value, nodes["sigma"].value) == (given["n_i"], given["sigma"])


def test_every_example_of_the_file_has_a_name():
    inside = {"activations_at": "sigmoid"}
    for key in EXAMPLES:
        lecture_example(inside.get(key, key))


@pytest.mark.parametrize("name", lecture_examples())
def test_example_is_ready_to_draw(name):
    root = lecture_example(name)
    assert root.grad is not None
    assert root.name is not None
    assert all(node.grad is not None for node in named_nodes(root).values() if node.requires_grad)
    assert draw(root).svg().endswith("</svg>\n")
    assert lecture_example(name.upper()).value == pytest.approx(root.value)


# --- the slides -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def imported():
    namespace = {}
    exec(IMPORTS, namespace)
    return namespace


@pytest.mark.parametrize("title", SLIDES)
def test_slide_in_two_lines(title, imported):
    lines = SLIDES[title].splitlines()
    assert 1 <= len(lines) <= 2
    assert max(map(len, lines)) <= 100
    namespace = dict(imported)
    exec("\n".join(lines[:-1]), namespace)
    with matplotlib.rc_context({"figure.max_open_warning": 0}):
        shown = eval(lines[-1], namespace)
    plt.close("all")
    if isinstance(shown, Diagram):
        assert shown.svg().endswith("</svg>\n")
        assert b"PNG" in shown.png()[:8]
    elif isinstance(shown, list):  # the steps
        assert len(shown) > 4
    elif isinstance(shown, Explanation):
        assert "=" in str(shown)
        assert shown._repr_latex_().startswith("$")
    else:
        axes = np.ravel(np.array(shown, dtype=object))
        assert all(isinstance(ax, Axes) for ax in axes) or hasattr(shown, "_repr_html_")


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: lecture_example("sigmoid nuron"), ValueError, "near it: 'sigmoid neuron'"),
        (lambda: lecture_example("chain"), ValueError, "near it: .*'neural chain'"),
        (lambda: lecture_example("?"), ValueError, "There are: 'sum times', "),
        (lambda: lecture_example(3), TypeError, "expects a name such as .* got int: 3"),
        (lambda: named_nodes(3), TypeError, "expects a Node, got int: 3"),
        (lambda: neuron(3), TypeError, r"neuron\(x\) expects a list of numbers .* got 3"),
        (lambda: neuron([]), ValueError, "at least one input"),
        (lambda: neuron("12"), TypeError, r"neuron\(x\) expects"),
        (lambda: neuron([1, True]), TypeError, r"neuron\(x\) expects"),
        (lambda: neuron([1, 2], [1]), ValueError, r"weights\) expects 2 numbers .* shape \(1,\)"),
        (lambda: neuron([1], [1], [1]), TypeError, r"bias\) expects a number"),
        (lambda: neuron(Node([1.0])), TypeError, r"node of shape \(1,\).* \.value"),
        (lambda: neuron([1], activation="sigmod"), ValueError, "Write 'sigmoid'"),
        (lambda: neuron([1], activation=3), TypeError, "expects an activation .* got int: 3"),
        (lambda: neuron([1], activation=lambda z: 1.0), TypeError, "makes a node of a node"),
        (lambda: neuron([1], names={"c": "d"}), ValueError, "got 'c'; there are: x_1, w_1, b"),
        (lambda: neuron([1], names=["c"]), TypeError, "expects a mapping"),
        (lambda: neuron([1], seed=-1), TypeError, "whole number of 0 or more, got -1"),
        (lambda: neural_chain(1, []), ValueError, "at least one weight"),
        (lambda: neural_chain([1], [1]), TypeError, r"neural_chain\(x\) expects a number"),
        (lambda: neural_chain(1, [1], biases=[1, 2]), ValueError, r"biases\) expects 1 numbers"),
        (lambda: neural_chain(1, [1], activations=["relu"] * 2), ValueError, "a list of 1"),
        (lambda: scalar_network([2]), ValueError, r"such as \[2, 3, 2\], got \[2\]"),
        (lambda: scalar_network(3), ValueError, "got 3"),
        (lambda: scalar_network([2, 0]), ValueError, r"got \[2, 0\]"),
        (lambda: scalar_network([2, 2.0]), ValueError, r"got \[2, 2.0\]"),
        (lambda: scalar_network([2, 2], x=[1]), ValueError, r"x\) expects 2 numbers"),
        (lambda: scalar_network([2, 2], weights=np.ones((2, 2))), ValueError, "a list of 1"),
        (lambda: scalar_network([2, 3], weights=[np.ones((3, 2))]), ValueError, "expects 2 x 3"),
        (lambda: scalar_network([2, 2], weights=[Node(np.ones((2, 2)))]), TypeError, "matrix_net"),
        (lambda: scalar_network([2, 2], weights=[[[1, 2], [3]]]), TypeError, "expects 2 x 2"),
        (lambda: scalar_network([2, 2], biases=[[1]]), ValueError, r"biases\[0\]\) expects 2"),
        (lambda: scalar_network([2, 2], target=[1]), ValueError, r"target\) expects 2"),
        (lambda: scalar_network([2, 2], activations=["relu"] * 2), ValueError, "a list of 1"),
        (lambda: matrix_network([2, 2], x=[1, 2, 3]), ValueError, r"n x 2, got \(3,\)"),
        (lambda: matrix_network([2, 3], weights=[np.ones((3, 2))]), ValueError, "shape 2 x 3"),
        (lambda: matrix_network([2, 2], x=["a", "b"]), TypeError, "array of numbers"),
        (lambda: matrix_network([2, 2], target=[[1, 2], [3, 4]]), ValueError, "shape 1 x 2"),
        (lambda: matrix_network([2, 2], batch=0), ValueError, "of 1 or more, got 0"),
        (lambda: matrix_network([2, 2], names={"W^1": "V"}), ValueError, "there are: x, yhat, W"),
    ],
)
def test_error(call, error, words):
    with pytest.raises(error, match=words):
        call()
