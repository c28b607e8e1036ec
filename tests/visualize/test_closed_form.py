"""The gradient of a weight between matrices: what it says is what the engine computes."""

from __future__ import annotations

import re

import numpy as np
import pytest
from test_explain import HOSTILE

import autograd_core as ac
from autograd_core import Node, Operation, scope
from nn import (
    ELU,
    CrossEntropyLoss,
    Dropout,
    FullyConnected,
    LeakyReLU,
    MeanSquaredError,
    NeuralNetwork,
    ReLU,
    Sigmoid,
    SoftMax,
    SoftMaxCrossEntropyLoss,
    Tanh,
)
from visualize import explain
from visualize.chain_rule.closed_form import ClosedForm, closed_form
from visualize.chain_rule.derivation import Derivation
from visualize.chain_rule.legend import _symbols
from visualize.chain_rule.letters import Name
from visualize.chain_rule.matrices import (
    Entrywise,
    OverRows,
    Pen,
    Product,
    Scaled,
    Sum,
    Symbol,
    Total,
)


def form_of(root, wrt, latex=False) -> ClosedForm:
    rule = explain(root, wrt)
    return closed_form(rule, Derivation(rule, latex=latex).n)


def lines(root, wrt, **options):
    text = str(explain(root, wrt, **options))
    return [line.strip() for line in text.partition("  in matrices:\n")[2].splitlines()]


def named(name, *shape):
    rng = np.random.default_rng(sum(map(ord, name)) + len(shape))
    return Node(rng.normal(size=shape), name=name)


def mean_of_squares(y):
    return np.mean((y - np.linspace(-1, 1, y.size).reshape(y.shape)) ** 2)


def of_network(layers, loss, rows=3):
    net = NeuralNetwork(layers, loss=loss, seed=3)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 2))
    label = np.eye(2)[rng.integers(0, 2, rows)]
    return net.loss(net.forward(x), label), list(net.parameters().values())


# --- every kind of graph -------------------------------------------------------------------------


def columns(*, vector, activation=ac.sigmoid):
    x = named("x", 2) if vector else named("x", 2, 1)
    w1, w2 = named("W1", 2, 3), named("W2", 3, 2)
    y = activation(w2.T @ activation(w1.T @ x))
    y.name = "y"
    loss = mean_of_squares(y)
    loss.name = "L"
    return loss, [w1, w2, x]


def biases_of_columns():
    x, w1, b1 = named("x", 4), named("W", 3, 4), named("b", 3)
    return mean_of_squares(np.tanh(w1 @ x + b1)), [w1, b1, x]


def vectors_in_rows():
    x, w1, w2, b = named("x", 2), named("W1", 2, 3), named("W2", 3, 2), named("b1", 3)
    return mean_of_squares(ac.relu(x @ w1 + b) @ w2), [w1, w2, b, x]


def rolled_out():
    w, u, h = named("W", 2, 3), named("U", 3, 3), np.zeros((1, 3))
    for step in range(3):
        h = np.tanh(np.full((1, 2), 0.3 * step + 0.1) @ w + h @ u)
    return mean_of_squares(h), [w, u]


def residual():
    x, u, w = named("X", 4, 3), named("U", 3, 3), named("W", 2, 3)
    h = x @ u
    return mean_of_squares(h + ac.relu(h @ w.T) @ w), [u, w, x]


def scaled():
    x, w, g, s = named("X", 4, 3), named("W", 3, 2), named("gamma", 2), named("s")
    return mean_of_squares(np.tanh((x @ w) * g * s - 0.5 * (x @ w)) @ named("V", 2, 2)), [w, g, s]


def swish():
    x, w, v = named("X", 4, 3), named("W", 3, 2), named("V", 2, 2)
    z = x @ w
    return mean_of_squares((z * ac.sigmoid(z)) @ v), [w, v, x]


def scoped():
    x, w, v = named("X", 4, 3), named("W", 3, 2), named("V", 2, 2)
    z = x @ w
    with scope("mish"):
        a = z * np.tanh(ac.softplus(z))
    return mean_of_squares(a @ v), [w, v, x]


WAVE = Operation(
    "wave", np.sin, (lambda g, out, x: g * np.cos(x),), derivative="cos(x)", elementwise=True
)


def own():
    x, w, v = named("X", 4, 3), named("W", 3, 2), named("V", 2, 2)
    return mean_of_squares(WAVE(x @ w) @ v), [w, v]


def divided():
    x, w, v = named("X", 4, 3), named("W", 3, 2), named("V", 2, 2)
    q = np.exp(0.1 * (x @ w)) / (1.0 + named("D", 4, 2) ** 2)
    return mean_of_squares(q @ v), [w, v]


def one_number():
    x, w, b = named("x", 3), named("w", 3), Node(0.25, name="b")
    return ac.sigmoid(x @ w + b), [w, b, x]


def row_bias():
    x, w, b, c = named("X", 4, 3), named("W", 3, 2), named("b", 1, 2), Node(0.5, name="c")
    return mean_of_squares(np.tanh(x @ w + b + c)), [w, b, c]


def hidden(*activations):
    return [part for f in activations for part in (FullyConnected(2, 2), f)]


GRAPHS = {
    "two layers": lambda: of_network(
        [FullyConnected(2, 3), ReLU(), FullyConnected(3, 2), Tanh()], MeanSquaredError()
    ),
    "softmax and cross entropy": lambda: of_network(
        [FullyConnected(2, 3), Sigmoid(), FullyConnected(3, 2), SoftMax()], CrossEntropyLoss()
    ),
    "both in one": lambda: of_network(
        [FullyConnected(2, 3), ELU(), FullyConnected(3, 2)], SoftMaxCrossEntropyLoss("mean")
    ),
    "five layers": lambda: of_network(
        [*hidden(ReLU(), Sigmoid(), Tanh(), LeakyReLU()), Dropout(0.5), FullyConnected(2, 2)],
        MeanSquaredError(), rows=6,
    ),
    "twelve layers": lambda: of_network(hidden(*[Tanh()] * 12), MeanSquaredError()),
    "one row": lambda: of_network(hidden(Tanh(), Sigmoid()), MeanSquaredError(), rows=1),
    "columns": lambda: columns(vector=False),
    "vectors": lambda: columns(vector=True),
    "four operations as sigmoid": lambda: columns(
        vector=True, activation=lambda z: 1 / (1 + np.exp(-z))
    ),
    "biases of columns": biases_of_columns,
    "vectors in rows": vectors_in_rows,
    "rolled out": rolled_out,
    "residual": residual,
    "scaled": scaled,
    "two ways": swish,
    "scoped": scoped,
    "own": own,
    "divided": divided,
    "one number": one_number,
    "row bias": row_bias,
}  # fmt: skip


@pytest.mark.parametrize("in_steps", [False, True], ids=["one line", "steps"])
@pytest.mark.parametrize("case", GRAPHS)
def test_the_formula_gives_the_gradient(case, in_steps):
    root, weights = GRAPHS[case]()
    for wrt in weights:
        form = form_of(root, wrt)
        assert form is not None, wrt.name
        tree = form.build(in_steps=in_steps)
        gradient = np.asarray(form.rule.value)
        found = tree.computed()
        assert found.size == gradient.size
        assert tree.shape == found.shape
        np.testing.assert_allclose(found.reshape(gradient.shape), gradient, rtol=1e-5, atol=1e-7)


def as_python(text):
    """A formula in plain text, with a sign for the products without one."""
    text = text.replace("[", "(").replace("]", ")").replace("∘", "*").replace("Σ_n ", "rows @ ")
    text = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?) ", r"\1 * ", text)
    return re.sub(r"(?<=[\w)]) +(?=[\w(])", " @ ", text)


@pytest.mark.parametrize("case", GRAPHS)
def test_the_text_says_so_too(case):
    root, weights = GRAPHS[case]()
    for wrt in weights:
        form = form_of(root, wrt)
        tree = form.build(in_steps=False)
        text = tree.written(Pen(form.n)).replace("ᵀ", ".T")
        if "Σ" in text.replace("Σ_n ", ""):
            continue
        symbols = {symbol.written(Pen(form.n)): symbol for symbol in _symbols(tree)}
        values = {}
        for number, name in enumerate(sorted(symbols, key=len, reverse=True)):
            text = re.sub(rf"(?<![\w/∂]){re.escape(name)}(?![\w(′])", f"s{number}", text)
            values[f"s{number}"] = symbols[name].value
        gradient = np.asarray(form.rule.value)
        product = form.layers.products[-1]
        values["rows"] = np.ones((1, product.shape[0] if product.ndim else 1))
        found = eval(as_python(text), {}, values)
        np.testing.assert_allclose(
            np.reshape(found, gradient.shape), gradient, rtol=1e-5, atol=1e-7, err_msg=text
        )


@pytest.mark.parametrize("case", GRAPHS)
def test_every_explanation_can_be_written(case):
    root, weights = GRAPHS[case]()
    for wrt in weights:
        explanation = explain(root, wrt, index_form=True)
        assert "in matrices:" in str(explanation)
        latex = explanation._repr_latex_()
        assert latex.count(r"\begin{aligned}") == latex.count(r"\end{aligned}") == 1
        assert latex.count(r"\left") == latex.count(r"\right")
        for letter in "ᵀ∘Σδ′·−":
            assert letter not in latex, letter


# --- how it reads --------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", [True, False])
def test_the_line_of_the_lecture(vector):
    root, (w1, w2, x) = columns(vector=vector)
    assert "ΔW1 = −α x [(W2 (∂L/∂y ∘ f2′)) ∘ f1′]ᵀ" in lines(root, w1)
    assert "∂L/∂W1 = x [(W2 (∂L/∂y ∘ f2′)) ∘ f1′]ᵀ" in lines(root, w1)
    assert lines(root, w1)[-1] == "shapes: 2×1 · [(3×2 · (2×1 ∘ 2×1)) ∘ 3×1]ᵀ → 2×3"
    assert "∂L/∂x = W1 [(W2 (∂L/∂y ∘ f2′)) ∘ f1′]" in lines(root, x)
    assert not any(line.startswith("Δ") for line in lines(root, x))
    assert lines(root, w2)[-2].startswith("ΔW2 = −α ")


def test_the_slide_s_superscripts():
    w1, w2 = named("W^1", 2, 3), named("W^2", 3, 2)
    y = ac.sigmoid(w2.T @ ac.sigmoid(w1.T @ named("x", 2)))
    y.name = "y"
    loss = mean_of_squares(y)
    loss.name = "L"
    assert "ΔW^1 = −α x [(W^2 (∂L/∂y ∘ f^2′)) ∘ f^1′]ᵀ" in lines(loss, w1)


def batch():
    x, w1, b1 = named("X", 5, 2), named("W1", 2, 3), named("b1", 3)
    y = np.tanh(ac.sigmoid(x @ w1 + b1) @ named("W2", 3, 2))
    loss = mean_of_squares(y)
    loss.name = "L"
    return loss, w1, b1


def test_a_batch():
    loss, w1, b1 = batch()
    assert lines(loss, w1) == [
        "a1 = f1(z1)",
        "a2 = f2(z2)",
        "f1(z) = σ(z) = 1/(1 + exp(-z))",
        "f1′(z) = σ(z)·(1 - σ(z))",
        "f2(z) = tanh(z)",
        "f2′(z) = 1 - tanh(z)²",
        "∂L/∂a2 = 2·(a2 - y)/10",
        "∂L/∂W1 = Xᵀ [((∂L/∂a2 ∘ f2′(z2)) W2ᵀ) ∘ f1′(z1)]",
        "ΔW1 = −α Xᵀ [((∂L/∂a2 ∘ f2′(z2)) W2ᵀ) ∘ f1′(z1)]",
        "shapes: 2×5 · [((5×2 ∘ 5×2) · 2×3) ∘ 5×3] → 2×3",
    ]
    assert "∂L/∂b1 = Σ_n [((∂L/∂a2 ∘ f2′(z2)) W2ᵀ) ∘ f1′(z1)]" in lines(loss, b1)


def test_in_indices():
    loss, w1, b1 = batch()
    assert lines(loss, w1, index_form=True)[-4:] == [
        "in indices:",
        "∂L/∂w_{ij}^1 = Σ_n x_{ni} δ_{nj}^1",
        "δ_{nj}^1 = f1′(z_{nj}^1) Σ_k δ_{nk}^2 w_{jk}^2",
        "δ_{nj}^2 = ∂L/∂a_{nj}^2 f2′(z_{nj}^2)",
    ]
    assert "∂L/∂b_{j}^1 = Σ_n δ_{nj}^1" in lines(loss, b1, index_form=True)
    assert "in indices:" not in lines(loss, w1)
    x, w = named("x", 3), named("W", 3, 2)
    root = mean_of_squares(np.tanh(x @ w))
    assert "∂f/∂w_{ij} = x_{i} δ_{j}" in lines(root, w, index_form=True)
    assert "∂f/∂x_{i} = Σ_k w_{ik} δ_{k}" in lines(root, x, index_form=True)


def test_index_letters_are_never_used_twice():
    for make in GRAPHS.values():
        root, weights = make()
        for wrt in weights:
            for line in lines(root, wrt, index_form=True):
                for part in line.partition(" = ")[2].split(" + "):
                    sums = re.findall(r"Σ_([a-z])\b", part)
                    assert len(sums) == len(set(sums)), line
                    free = "".join(re.findall(r"_\{([a-z]+)\}", line.partition(" = ")[0]))
                    if "_{" in line.partition(" = ")[0]:
                        assert not set(sums) & set(free), line
                        used = set("".join(re.findall(r"_\{([a-z]+)\}", part)))
                        assert used <= set(free) | set(sums), line


def test_deep_networks_are_written_in_steps():
    root, (w1, *_) = GRAPHS["twelve layers"]()
    text = lines(root, w1)
    assert "∂L/∂W1 = xᵀ δ1" in text
    assert "δ1 = (δ2 W2ᵀ) ∘ f1′(z1)" in text
    assert "… 3 more of this form …" in text
    assert "δ12 = ∂L/∂a12 ∘ f12′(z12)" in text


def test_a_weight_that_is_used_again_gathers_a_term_for_each_use():
    root, (w, _) = rolled_out()
    assert lines(root, w)[-6:-1] == [
        "∂f/∂W = xᵀ δ1 + c2ᵀ δ2 + c3ᵀ δ3",
        "δ1 = (δ2 Uᵀ) ∘ f1′(z1)",
        "δ2 = (δ3 Uᵀ) ∘ f2′(z2)",
        "δ3 = ∂f/∂a3 ∘ f3′(z3)",
        "ΔW = −α (xᵀ δ1 + c2ᵀ δ2 + c3ᵀ δ3)",
    ]


def test_in_latex():
    loss, w1, _ = batch()
    latex = explain(loss, w1, index_form=True)._repr_latex_()
    assert (
        r"\Delta W_{1} &= -\alpha X^\top \left[\left(\left(\frac{\partial L}{\partial a_{2}} \circ "
        r"{f_{2}}'(z_{2})\right) W_{2}^\top\right) \circ {f_{1}}'(z_{1})\right]"
    ) in latex
    assert r"\frac{\partial L}{\partial w_{ij}^{1}} &= \sum_{n} x_{ni} \delta_{nj}^{1}" in latex


@pytest.mark.parametrize(
    ("case", "line"),
    [
        ("softmax and cross entropy", "∂L/∂z2 = softmax(z2) - y"),
        ("both in one", "∂L/∂z2 = (softmax(z2) - y)/3"),
        ("two layers", "∂L/∂a2 = 2·(a2 - y)/6"),
    ],
)
def test_the_gradient_of_usual_losses(case, line):
    root, (w1, *_) = GRAPHS[case]()
    assert line in lines(root, w1)


def test_of_a_loss_that_is_not_known_nothing_is_said():
    x, w = named("X", 4, 3), named("W", 3, 2)
    y = np.tanh(x @ w)
    target = np.linspace(0.2, 0.9, 8).reshape(4, 2)
    assert not any(line.startswith("∂f/∂a1 =") for line in lines(np.sum((y - target) ** 4), w))


def test_names_of_the_graph_stay():
    x, w = named("X", 4, 3), named("W", 3, 2)
    z = x @ w
    z.name = "scores"
    y = np.tanh(z)
    y.name = "my y"
    text = lines(np.sum(y * named("a", 4, 2)), w)
    assert "∂f/∂W = Xᵀ (∂f/∂(my y) ∘ f1′(scores))" in text
    assert "my y = f1(scores)" in text


def test_an_own_function_is_written_as_its_derivative_says():
    root, (w, _) = own()
    assert "f1(z) = wave(z)" in lines(root, w)
    assert "f1′(z) = cos(z)" in lines(root, w)


def test_numbers_alone_have_no_matrices():
    x, w = Node(2.0, name="x"), Node(3.0, name="w")
    assert closed_form_of(np.tanh(x * w), w) is None
    assert "in matrices" not in str(explain(np.tanh(x * w), w))


def closed_form_of(root, wrt):
    return form_of(root, wrt)


@pytest.mark.parametrize(
    "make",
    [
        lambda w: np.sum(np.stack([np.ones((4, 3)), np.ones((4, 3))]) @ w),
        lambda w: np.sum(np.cumsum(w, axis=0)),
        lambda w: np.sum(w.reshape(2, 3) @ np.ones((3, 2))),
        lambda w: np.sum(np.einsum("ij,kj->ik", w, np.ones((4, 2)))),
    ],
    ids=["stacks", "no product", "reshaped", "einsum"],
)
def test_where_there_is_no_form_none_is_shown(make):
    w = named("W", 3, 2)
    explanation = explain(make(w), w)
    assert "in matrices" not in str(explanation)
    assert explanation._repr_latex_()


def test_what_lies_behind_the_output_may_be_anything():
    x, w = named("X", 4, 3), named("W", 3, 2)
    root = np.sum(np.sort(np.cumsum(np.tanh(x @ w), axis=0), axis=1)[:, 0])
    assert "∂f/∂W = Xᵀ (∂f/∂a1 ∘ f1′(z1))" in lines(root, w)


# --- the pieces ----------------------------------------------------------------------------------


def symbol(name, *shape):
    value = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    return Symbol(value, Name(Node(value, name=name)))


A, B, C = symbol("A", 2, 3), symbol("B", 3, 2), symbol("C", 2, 2)


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (Product(A, B), "A B"),
        (Product(A, B).transposed, "Bᵀ Aᵀ"),
        (A.transposed.transposed, "A"),
        (Entrywise(Product(A, B), C), "(A B) ∘ C"),
        (Product(Entrywise(C, C), A), "(C ∘ C) A"),
        (Product(Entrywise(Product(A, B), C), A), "[(A B) ∘ C] A"),
        (Entrywise(C, C).transposed, "(C ∘ C)ᵀ"),
        (Scaled(-1, Product(A, B)), "-A B"),
        (Scaled(0.5, Entrywise(C, C)), "0.5 (C ∘ C)"),
        (Product(Sum(C, C), A), "(C + C) A"),
        (Sum(C, Scaled(-1, C)), "C - C"),
        (OverRows(Entrywise(C, C)), "Σ_n (C ∘ C)"),
        (Total(C), "Σ C"),
        (Scaled(-1, A).transposed, "-Aᵀ"),
    ],
)
def test_brackets(tree, text):
    n = form_of(*one_weight()).n
    assert tree.written(Pen(n)) == text
    assert tree.computed().shape == tree.shape
    for row in range(tree.shape[0]):
        for column in range(tree.shape[1]):
            terms = tree.terms(row, column)
            total = sum(
                factor * np.prod([s.value[r, c] for s, r, c in steps]) for factor, steps in terms
            )
            assert total == pytest.approx(tree.computed()[row, column])


def one_weight():
    x, w = named("X", 4, 3), named("W", 3, 2)
    return mean_of_squares(x @ w), w


# --- names are text ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name):
    x, w, v = named("X", 4, 3), Node(np.eye(3), name=name), named("V", 3, 2)
    with scope(name):
        a = np.tanh(x @ w) ** 2
    y = a @ v
    y.name = name + "!"
    explanation = explain(mean_of_squares(np.tanh(y)), w, index_form=True)
    for latex in (
        explanation._repr_latex_(),
        explain(explanation.root, w, entry=(0, 1))._repr_latex_(),
    ):
        body = latex.removeprefix("$").removesuffix("$")
        assert not any(letter == "$" and body[i - 1] != "\\" for i, letter in enumerate(body))
        assert "<script" not in latex
        assert r"\input" not in latex
        plain = body.replace("\\\\", "").replace(r"\{", "").replace(r"\}", "")
        depth = 0
        for letter in plain:
            depth += (letter == "{") - (letter == "}")
            assert depth >= 0
        assert depth == 0
        assert body.count(r"\end{aligned}") == 1
    assert len(str(explanation)) < 20_000
