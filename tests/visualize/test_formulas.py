"""The local gradients that are shown in symbols: what they say is what the engine computes."""

from __future__ import annotations

import numpy as np
import pytest
from written_formulas import evaluated, from_latex

import autograd_core as ac
from autograd_core import Node
from autograd_core.backpropagation import ancestors, contribution
from autograd_core.operation import REGISTRY
from visualize.chain_rule.formulas import FORMULAS, formula, in_matrices
from visualize.chain_rule.notation import Label, Notation, Term, labels_of
from visualize.graph.naming import names_of_graph

IN_LECTURES = [
    "add", "subtract", "multiply", "divide", "power", "negative", "positive", "square", "sqrt",
    "reciprocal", "exp", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "sinh", "cosh",
    "tanh", "sigmoid", "arctan", "relu", "absolute", "leaky_relu", "elu", "softplus",
]  # fmt: skip
"""Operations whose local gradients are written out; any other is shown as f'."""

POINTS = np.array([-2.3, -1.1, -0.6, -0.2, 0.3, 0.8, 1.4, 2.2])

OPERANDS = {
    "a name": lambda x, w: x,
    "a sum": lambda x, w: x + w,
    "a difference": lambda x, w: w - x,
    "a negative": lambda x, w: -x,
    "a product": lambda x, w: x * w,
    "a quotient": lambda x, w: x / w,
    "a power": lambda x, w: x**2,
    "a function": lambda x, w: np.tanh(x),
}


def shown(node, position, latex=False):
    labels = labels_of(ancestors(node), node)
    found = formula(Notation(labels, ".17g", latex), node, position)
    return from_latex(found.text) if latex else found.text


def named(values):
    return {name: Node(value, name=name) for name, value in values.items()}


def in_domain(name, x, w):
    """Whether an operation and its derivatives are finite there."""
    with np.errstate(all="ignore"):
        node = applied(name, Node(x), Node(w))
        return np.isfinite(node.value) and all(np.isfinite(node.local_gradients))


def applied(name, *inputs):
    operation = REGISTRY[name]
    return operation(*inputs[: operation.arity])


def test_what_the_lectures_meet_has_a_formula():
    inputs = named({"x": 0.5, "w": 0.7})
    labels = {node: Label(name) for name, node in inputs.items()}
    without = [
        name
        for name in IN_LECTURES
        if formula(Notation(labels, ".4g"), applied(name, *inputs.values()), 0) is None
    ]
    assert not without
    assert FORMULAS.keys() <= set(IN_LECTURES)


@pytest.mark.parametrize("latex", [False, True], ids=["text", "latex"])
@pytest.mark.parametrize("operand", OPERANDS)
@pytest.mark.parametrize("name", IN_LECTURES)
def test_a_formula_says_the_local_gradient(name, operand, latex):
    tried = 0
    for x, w in zip(POINTS, POINTS[[5, 2, 4, 7, 6, 3, 1, 0]], strict=True):
        inputs = named({"x": x, "w": w})
        first = OPERANDS[operand](**inputs)
        if not in_domain(name, first.value, w):
            continue
        tried += 1
        for out in (None, "out"):  # a result with a name is called by it
            for operands in ((first, inputs["w"]), (inputs["w"], first)):
                if not in_domain(name, *(operand.value for operand in operands)):
                    continue
                node = applied(name, *operands)
                node.name = out
                values = {"x": x, "w": w, "out": node.value}
                for position, local in enumerate(node.local_gradients):
                    text = shown(node, position, latex)
                    assert evaluated(text, values) == pytest.approx(local, rel=1e-9), text
    assert tried >= 2


@pytest.mark.parametrize("latex", [False, True], ids=["text", "latex"])
@pytest.mark.parametrize("name", IN_LECTURES)
def test_the_same_between_arrays(name, latex):
    where = [x for x in POINTS if in_domain(name, x, 1.3)]
    inputs = named({"x": np.array(where), "w": np.linspace(1.2, 1.4, len(where))})
    node = applied(name, *inputs.values())
    for position, local in enumerate(node.local_gradients):
        text = shown(node, position, latex)
        values = {name: x.value for name, x in inputs.items()}
        np.testing.assert_allclose(
            np.broadcast_to(evaluated(text, values), node.shape), local, rtol=1e-9, err_msg=text
        )


@pytest.mark.parametrize("exponent", [3, 2, 1, 0.5, -1, -2.5])
def test_powers(exponent):
    x = Node(1.7, name="x")
    node = x**exponent
    assert evaluated(shown(node, 0), {"x": 1.7}) == pytest.approx(node.local_gradients[0])


def test_kinks():
    x = Node(np.array([-1.0, 0.0, 2.0]), name="x")
    for node in (ac.relu(x), np.abs(x)):
        text = shown(node, 0)
        np.testing.assert_array_equal(evaluated(text, {"x": x.value}), node.local_gradients[0])


def test_a_power_of_a_power_has_brackets():
    x = Node(1.3, name="x")
    assert shown((x**2) ** 3, 0) == "3·(x²)²"


# --- between arrays ------------------------------------------------------------------------------

A = np.random.default_rng(0).normal(size=(4, 3))
B = np.random.default_rng(1).normal(size=(3, 2))
V = np.array([0.5, -1.5, 2.0])
SCALAR = np.float64(1.5)

IN_MATRICES = {
    "a product of matrices": lambda: Node(A, name="a") @ Node(B, name="b"),
    "of many": lambda: Node(np.stack([A, -A]), name="a") @ Node(np.stack([B, B + 1]), name="b"),
    "of many with one": lambda: Node(np.stack([A, -A]), name="a") @ Node(B, name="b"),
    "a vector and a matrix": lambda: Node(V, name="a") @ Node(B, name="b"),
    "a matrix and a vector": lambda: Node(A, name="a") @ Node(V, name="b"),
    "two vectors": lambda: Node(V, name="a") @ Node(V + 1, name="b"),
    "of a sum": lambda: (Node(A, name="a") + 1.5) @ (-Node(B, name="b")),
    "a bias": lambda: Node(A, name="a") + Node(V, name="b"),
    "a difference": lambda: Node(A, name="a") - Node(A * 2, name="b"),
    "entry by entry": lambda: Node(A, name="a") * Node(A + 1, name="b"),
    "by a number": lambda: Node(A, name="a") * 3.0,
    "by a node": lambda: Node(A, name="a") * Node(SCALAR, name="b"),
    "by a quotient": lambda: Node(A, name="a") / Node(SCALAR, name="b"),
    "a function": lambda: np.tanh(Node(A, name="a")),
    "a kink": lambda: ac.relu(Node(A, name="a")),
    "a sum over all": lambda: np.sum(Node(A, name="a")),
    "a mean over an axis": lambda: np.mean(Node(A, name="a"), axis=0),
    "a mean over all": lambda: np.mean(Node(A, name="a")),
    "transposed": lambda: Node(A, name="a").T,
    "softmax": lambda: ac.softmax(Node(A, name="a"), axis=-1),
    "log_softmax": lambda: ac.log_softmax(Node(A, name="a"), axis=-1),
}


@pytest.mark.parametrize("latex", [False, True], ids=["text", "latex"])
@pytest.mark.parametrize("case", IN_MATRICES)
def test_what_is_passed_back_between_arrays(case, latex):
    node = IN_MATRICES[case]()
    node.name = "out"
    nodes = ancestors(node)
    values = {x.name: x.value for x in nodes if x.name}
    for upstream in ["g"] if node.ndim else ["g", "1"]:
        g = (
            np.cos(np.arange(node.size)).reshape(node.shape)[()]
            if upstream == "g"
            else np.float64(1.0)
        )
        for position, x in enumerate(node.inputs):
            if type(x) is not Node:
                continue
            text = passed_on(nodes, position, upstream, latex)
            found = np.asarray(evaluated(text.removeprefix("Σ "), values | {"g": g}))
            if text.startswith("Σ"):
                found = found.sum(axis=tuple(range(found.ndim - x.ndim)) or None)
            expected = contribution(node, position, g)
            np.testing.assert_allclose(np.broadcast_to(found, x.shape), expected, err_msg=text)


def passed_on(nodes, position, upstream, latex):
    *_, node = nodes
    n = Notation(labels_of(nodes, node), ".17g", latex)
    text = in_matrices(n, node, position, Term(upstream, array=node.ndim > 0))[0].text
    if not latex:
        return text
    text = from_latex(text)  # where one dot is for products of matrices too
    return text.replace("·", "@") if node.operation.name == "matmul" and node.ndim else text


@pytest.mark.parametrize(
    ("case", "position", "shapes"),
    [
        ("a product of matrices", 0, "4×2 @ 2×3 → 4×3"),
        ("a product of matrices", 1, "3×4 @ 4×2 → 3×2"),
        ("of many with one", 1, "2×3×4 @ 2×4×2 → 3×2"),
        ("a vector and a matrix", 1, "(3,) ⊗ (2,) → 3×2"),
        ("a matrix and a vector", 0, "(4,) ⊗ (3,) → 4×3"),
        ("by an array", 0, "4×2 @ 2×3 → 4×3"),
        ("two vectors", 1, "scalar · (3,) → (3,)"),
        ("a bias", 0, "4×3"),
        ("a bias", 1, "4×3 → (3,)"),
        ("a mean over all", 0, "scalar → 4×3 repeated"),
        ("transposed", 0, "3×4 → 4×3"),
        ("softmax", 0, "4×3"),
    ],
)
def test_the_shapes_beside_it(case, position, shapes):
    node = Node(A) @ B if case == "by an array" else IN_MATRICES[case]()
    n = Notation(labels_of(ancestors(node), node), ".4g")
    assert in_matrices(n, node, position, Term("g", array=True))[1] == shapes


def test_what_has_no_matrix_form_is_said_in_words():
    x = Node(A, name="x")
    for node, text in (
        (np.cumsum(x, axis=0), "g back through cumsum"),
        (ac.gelu(x), "g ⊙ gelu′"),
        (np.maximum(x, Node(A + 0.1, name="w")), "g ⊙ ∂maximum/∂x"),
        (x.reshape(3, 4), "g"),
    ):
        node.name = node.operation.name
        n = Notation(labels_of(ancestors(node), node), ".4g")
        assert in_matrices(n, node, 0, Term("g", array=True))[0].text == text
    assert in_matrices(n, np.cumsum(x), 0, Term("1"))[0].text == "back through cumsum"


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (0, "g at [0], 0 elsewhere"),
        ((slice(None), 1), "g at [:, 1], 0 elsewhere"),
        (slice(0, 2), "g at [0:2], 0 elsewhere"),
        ([0, 2], "g at [[0, 2]], 0 elsewhere"),
        ((slice(None), slice(None, None, -1)), "g at [:, ::-1], 0 elsewhere"),
        (A > 0, "g at […], 0 elsewhere"),
        (None, "g"),
        (Ellipsis, "g"),
        ((slice(None), None), "g"),
    ],
)
def test_entries_that_were_taken_get_their_gradient_in_their_places(index, text):
    node = Node(A, name="x")[index]
    n = Notation(labels_of(ancestors(node), node), ".4g")
    assert in_matrices(n, node, 0, Term("g", array=True))[0].text == text


def test_an_entry_is_written_with_its_place():
    x = Node([1.0, 2.0, 3.0], name="x")
    n = Notation(labels_of([x], x), ".4g")
    assert n.operand(x[0] * x[1:2]).text == "x[0]·x[1:2]"


IN_PLACES = {
    "where": (lambda x, w: np.where(A > 0, x, w), 1, "g where c1, else 0"),
    "where, the other": (lambda x, w: np.where(A > 0, x, w), 2, "g where not c1, else 0"),
    "joined": (lambda x, w: np.concatenate([x, w]), 1, "(g)[4:8]"),
    "joined along columns": (lambda x, w: np.concatenate([x, w], axis=-1), 0, "(g)[:, 0:3]"),
    "a sum": (lambda x, w: np.sum(x), 0, "g"),
}


@pytest.mark.parametrize("case", IN_PLACES)
def test_gradients_of_entries_that_were_chosen_or_joined(case):
    make, position, text = IN_PLACES[case]
    node = make(Node(A, name="x"), Node(A + 0.5, name="w"))
    names = names_of_graph(node)
    n = Notation(labels_of(ancestors(node), node), ".4g", arrays=names.arrays)
    assert in_matrices(n, node, position, Term("g", array=True))[0].text == text


def test_a_power_of_one_is_its_base():
    x = Node(2.0, name="x")
    assert Notation(labels_of([x], x), ".4g").operand(x**1).text == "x"
