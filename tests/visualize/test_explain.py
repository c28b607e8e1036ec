"""The chain rule of one gradient, path by path."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_worked_examples import EXAMPLES, GRAPHS, graph

import autograd_core as ac
from autograd_core import Node, scope
from autograd_core.backpropagation import ancestors
from visualize import (
    Explanation,
    explain,
    lecture_example,
    neural_chain,
    neuron,
    scalar_network,
)
from visualize.chain_rule.latex import latex_name


def inner_and_leaves(root):
    return [node for node in ancestors(root) if node.requires_grad]


def total(explanation):
    return sum(path.value for path in explanation.paths)


# --- the lecture ---------------------------------------------------------------------------------


def test_the_neural_chain_reads_as_in_the_lecture():
    assert str(explain(graph("neural_chain"), wrt="w2")).splitlines() == [
        "∂L/∂w2 = ∂L/∂y · f2′(z2) · x2 = -1.5 · (-3) · 1.5 = 6.75",
        "  with ∂L/∂y = 2·(y - target) = 2·(-0.75) = -1.5",
        "       f2′(z2) = 2·z2 = 2·(-1.5) = -3",
    ]
    assert str(explain(graph("neural_chain"), wrt="w1")).splitlines()[0] == (
        "∂L/∂w1 = ∂L/∂y · f2′(z2) · w2 · ReLU′(z1) · x = -1.5 · (-3) · (-1) · 1 · 3 = -13.5"
    )


@pytest.mark.parametrize(("name", "factor"), [("y", "∂y/∂z"), (None, "tanh′(z)")])
def test_the_function_that_ends_a_graph_is_called_after_its_result(name, factor):
    w = Node(0.5, name="w")
    z = 2.0 * w
    z.name = "z"
    y = np.tanh(z)
    y.name = name
    assert str(explain(y, w)).splitlines()[0].split(" = ")[1] == f"{factor} · 2"


def test_a_function_in_a_scope_is_one_factor():
    x, w = Node(3.0, name="x"), Node(0.5, name="w")
    with scope("f1"):
        y = ac.exp(-((x * w) ** 2))
    y.name = "y"
    assert (
        str(explain((y - 1) ** 2, w))
        .splitlines()[0]
        .startswith("∂f/∂w = ∂f/∂y · exp′ · (-1) · f1′ · x = ")
    )
    z = x * w
    z.name = "z"
    with scope("g"):
        y = ac.exp(-z)
    assert str(explain(y * 2.0, w)).splitlines() == [
        "∂f/∂w = 2 · g′(z) · x = 2 · (-0.2231) · 3 = -1.339",
        "  with f = exp(-z)·2",
        "       g′(z) = exp(-z) · (-1) = exp(-1.5) · (-1) = 0.2231 · (-1) = -0.2231",
    ]


def chain():
    return neural_chain(3, [0.5, -1], activations=["relu", "square"], target=3)


SLIDES = {
    "chain: w_2": (chain, "w_2", "∂L/∂y · f2′(z_2) · x_2 = -1.5 · (-3) · 1.5 = 6.75"),
    "chain: w_1": (
        chain, "w_1",
        "∂L/∂y · f2′(z_2) · w_2 · ReLU′(z_1) · x = -1.5 · (-3) · (-1) · 1 · 3 = -13.5",
    ),
    "neuron: w_1": (
        lambda: neuron([-1, -2], [2, -3], bias=-3, target=1), "w_1",
        "∂L/∂y · σ′(z) · x_1 = -0.5379 · 0.1966 · (-1) = 0.1058",
    ),
    "neuron: b": (
        lambda: neuron([-1, -2], [2, -3], bias=-3, target=1), "b",
        "∂L/∂y · σ′(z) = -0.5379 · 0.1966 = -0.1058",
    ),
    "complex example": (
        lambda: lecture_example("sigmoid neuron"), "w_1", "σ′(z) · x_1 = 0.235 · (-1) = -0.235",
    ),
    "network": (
        lambda: scalar_network([2, 2]), "w_{21}",
        "∂L/∂y_1 · σ′(z_1) · x_2 = -0.1824 · 0.1491 · (-1) = 0.02721",
    ),
    "simple": (lambda: lecture_example("simple example"), "x", "z · 1 = -2 · 1 = -2"),
}  # fmt: skip


@pytest.mark.parametrize("slide", SLIDES)
def test_products_read_as_on_the_slides(slide):
    make, name, expected = SLIDES[slide]
    assert str(explain(make(), name)).splitlines()[0].partition(" = ")[2] == expected


def test_a_network_with_a_hidden_layer_reads_as_on_the_slide():
    lines = str(explain(scalar_network([2, 2, 2]), "w_{11}^1")).splitlines()
    assert lines[1:3] == [
        "  path 1: L ← y_1 ← z_1^2 ← f_1^1 ← z_1^1 ← w_{11}^1",
        "    ∂L/∂y_1 · σ′(z_1^2) · w_{11}^2 · σ′(z_1^1) · x_1"
        " = -0.1886 · 0.153 · 1.75 · 0.1491 · 1 = -0.007533",
    ]
    legend = [line.split(" = ")[0].split()[-1] for line in lines[6:]]
    assert legend == ["∂L/∂y_1", "σ′(z_1^2)", "σ′(z_1^1)", "∂L/∂y_2", "σ′(z_2^2)"]


def test_two_functions_of_one_name_and_one_variable_are_told_apart():
    x = Node(2.0, name="x")
    parts = []
    for power in (2, 3):
        with scope("g"):
            parts.append(np.exp(x**power))
    text = str(explain(parts[0] * parts[1], x))
    assert " g′(x) = " in text and " g2′(x) = " in text


def test_a_scope_with_two_ways_through_it_is_no_factor():
    x = Node(0.5, name="x")
    with scope("g"):
        y = np.tanh(x) * x
    assert "g′" not in str(explain(y * 2.0, x))
    assert "path 1: f ← a2 ← a1 ← x" in str(explain(y * 2.0, x))


def test_neurons_in_scopes():
    x = Node(1.0, name="x")
    w = [Node(0.1 * i + 0.3, name=f"w{i}") for i in range(6)]

    def neuron(name, a, b, one, two):
        with scope(name):
            y = np.tanh(a * one + b * two)
        y.name = name
        return y

    h1, h2 = neuron("h1", x, 2.0, w[0], w[1]), neuron("h2", x, -1.0, w[2], w[3])
    loss = (neuron("y", h1, h2, w[4], w[5]) - 1) ** 2
    loss.name = "L"
    lines = str(explain(loss, x)).splitlines()
    assert lines[1] == "  path 1: L ← y ← z3 ← h1 ← z1 ← x"
    assert lines[2].startswith("    ∂L/∂y · tanh′(z3) · w4 · tanh′(z1) · w0 = ")
    assert lines[4].startswith("    ∂L/∂y · tanh′(z3) · w5 · tanh′(z2) · w2 = ")
    (legend,) = (line for line in lines if "tanh′(z3) = " in line)
    assert legend.split(" = ")[1] == "1 - y²"
    slope = 1 - float(loss.inputs[0].inputs[0].value) ** 2
    assert float(legend.split(" = ")[-1]) == pytest.approx(slope, rel=1e-3)


def test_the_sum_over_paths():
    a = Node(3.0, name="a")
    assert str(explain((a + a) * a, a)).splitlines() == [
        "∂f/∂a = 12: the sum over 3 paths",
        "  path 1: f ← u1 ← a",
        "    a · 1 = 3 · 1 = 3",
        "  path 2: f ← u1 ← a",
        "    a · 1 = 3 · 1 = 3",
        "  path 3: f ← a",
        "    a + a = 6",
        "  ∂f/∂a = 3 + 3 + 6 = 12",
        "  with u1 = a + a",
        "       f = u1·a",
    ]
    x = Node(2.0, name="x")
    assert "∂f/∂x = 2 - 3 = -1" in str(explain(x * 2 - x * 3, x))


@pytest.mark.parametrize("name", GRAPHS)
def test_every_gradient_of_the_worked_examples(name):
    root = graph(name)
    for node in inner_and_leaves(root):
        explanation = explain(root, node)
        assert explanation.value == pytest.approx(node.grad)
        assert total(explanation) == pytest.approx(node.grad)
        assert str(explanation).startswith("∂")
        if node.name in EXAMPLES[name]["gradients"]:
            printed = EXAMPLES[name]["gradients"][node.name]
            assert explanation.value == pytest.approx(printed, rel=1e-6)


def test_softmax_and_cross_entropy_of_the_lecture():
    example = EXAMPLES["softmax_and_cross_entropy"]
    x, y = Node(example["x"], name="x"), np.array(example["y"], float)
    exponentials = ac.exp(x - np.max(x, axis=1, keepdims=True))
    p = exponentials / np.sum(exponentials, axis=1, keepdims=True)
    loss = -np.sum(y * ac.log(p + np.finfo(float).eps))
    explanation = explain(loss, x)
    np.testing.assert_allclose(explanation.value, example["gradient_x_sum"], rtol=1e-9)
    np.testing.assert_allclose(total(explanation), explanation.value, atol=1e-9)


# --- any graph -----------------------------------------------------------------------------------

OPERATIONS = [
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: a - 2.0 * b,
    lambda a, b: np.tanh(a),
    lambda a, b: a / (b * b + 1.0),
    lambda a, b: np.maximum(a, b),
    lambda a, b: ac.sigmoid(-a),
]


@st.composite
def recipes(draw):
    pick = st.tuples(
        st.integers(0, len(OPERATIONS) - 1), st.integers(0, 50), st.integers(0, 50), st.booleans()
    )
    return draw(st.lists(pick, min_size=1, max_size=12))


def built(recipe, leaves):
    nodes = list(leaves)
    for operation, i, j, scoped in recipe:
        a, b = nodes[-1 - i % len(nodes)], nodes[-1 - j % len(nodes)]
        if scoped:
            with scope("part"):
                nodes.append(OPERATIONS[operation](a, b))
        else:
            nodes.append(OPERATIONS[operation](a, b))
    return nodes[-1]


@given(recipes(), st.integers(0, 2), st.booleans())
@settings(max_examples=150)
def test_the_paths_sum_to_the_gradient(recipe, which, named):
    leaves = [
        Node(value, name=name if named else None)
        for name, value in zip("xyz", (0.5, -1.25, 2.0), strict=True)
    ]
    root = built(recipe, leaves)
    nodes = ancestors(root)
    leaf = leaves[which]
    if all(node is not leaf for node in nodes):
        return
    explanation = explain(root, leaf)
    assert leaf.grad is None
    root.backward()
    np.testing.assert_allclose(explanation.value, leaf.grad, rtol=1e-9)
    assert str(explanation)
    assert explanation._repr_latex_().startswith("$")
    assert len(explanation.paths) == min(20, explanation.count)
    if explanation.count <= 20:
        np.testing.assert_allclose(total(explanation), leaf.grad, rtol=1e-9, atol=1e-12)


@given(recipes())
@settings(max_examples=60)
def test_the_same_between_arrays(recipe):
    x, y = Node([[0.5, -1.0]], name="x"), Node([[1.5], [0.25]], name="y")
    root = np.sum(built(recipe, [x, y]) * 0.5 + 0.0 * np.sum(x) + y)
    explanation = explain(root, "y")
    root.backward()
    np.testing.assert_allclose(explanation.value, y.grad, rtol=1e-9)
    if explanation.count <= 20:
        np.testing.assert_allclose(total(explanation), y.grad, rtol=1e-9, atol=1e-12)
    assert str(explanation)
    assert explanation._repr_latex_()


def every_path(node, wrt):
    """All products, one after the other: only for small graphs."""
    if node is wrt:
        return [1.0]
    return [
        local * rest
        for x, local in zip(node.inputs, node.local_gradients, strict=True)
        if local is not None
        for rest in every_path(x, wrt)
    ]


def test_of_many_paths_the_largest():
    x = root = Node(0.7, name="x")
    for step in range(7):
        root = root * np.float64(step - 2.5) + np.tanh(root) * x
    explanation = explain(root, x)
    products = every_path(root, x)
    assert explanation.count == len(products) > 100
    largest = sorted(map(abs, products), reverse=True)[:20]
    np.testing.assert_allclose([abs(path.value) for path in explanation.paths], largest)
    first = str(explanation).splitlines()[0]
    assert f"the sum over {len(products)} paths; these 20 contribute most" in first


# --- large graphs --------------------------------------------------------------------------------


def test_more_paths_than_atoms():
    w = root = Node(1.0, name="w")
    for step in range(8_000):
        root = root + root * 0.0 if step % 2 else root * 1.0
    explanation = explain(root, w)
    text = str(explanation)
    assert explanation.count == 2**4_000
    assert "the sum over about 10^1204 paths; these 20 contribute most" in text
    assert explanation.value == 1.0
    assert len(text) < 20_000
    assert "10^{1204}" in explanation._repr_latex_()


# --- matrices ------------------------------------------------------------------------------------


def test_matrices_have_shapes():
    x, w = Node(np.ones((128, 784)), name="X"), Node(np.ones((784, 3)), name="W")
    y = x @ w
    y.name = "Y"
    b = Node(np.zeros(3), name="b")
    loss = np.sum(ac.relu(y + b))
    loss.name = "L"
    steps = [" ".join(line.split()) for line in str(explain(loss, w)).splitlines()]
    assert "∂L/∂W = Xᵀ @ ∂L/∂Y 784×128 @ 128×3 → 784×3" in steps
    assert "= ∂L/∂Y @ Wᵀ" in str(explain(loss, x))
    assert "128×3 @ 3×784 → 128×784" in str(explain(loss, x))
    assert "= Σ ∂L/∂z1" in str(explain(loss, b))
    assert "128×3 → (3,)" in str(explain(loss, b))


@pytest.mark.parametrize(
    "shapes", [((3,), (3, 2)), ((4, 3), (3,)), ((3,), (3,)), ((2, 4, 3), (3, 2))]
)
def test_every_product_of_matrices(shapes):
    a, b = (
        Node(np.arange(1.0, 1 + np.prod(shape)).reshape(shape), name=name)
        for shape, name in zip(shapes, "ab", strict=True)
    )
    root = np.sum(a @ b)
    root.backward()
    for node in (a, b):
        explanation = explain(root, node)
        np.testing.assert_allclose(explanation.paths[0].value, node.grad)
        assert str(explanation)


def test_the_sum_over_paths_of_arrays():
    x = Node(np.ones((2, 2)), name="x")
    assert "∂f/∂x = path 1 + path 2 = [[2, 2], [2, 2]]" in str(explain(np.sum(x * x), x))
    assert "∂f/∂x = path 1 + path 2 + … = [[3, " in str(explain(np.sum(x * x * x), x))


# --- names ---------------------------------------------------------------------------------------

X, Y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])


def leaf(name, shape=()):
    values = np.random.default_rng(len(name)).normal(size=shape)
    return Node(values, name=name)


def layers():
    hidden = ac.sigmoid(X @ leaf("W1", (2, 3)) + leaf("b1", 3))
    return ac.softmax_cross_entropy(hidden @ leaf("W2", (3, 2)), Y).sum()


def bare_sigmoid():
    return 1 / (1 + np.exp(-(leaf("x") * leaf("w") + leaf("b"))))


WITHOUT_NAMES = {
    "a sigmoid": bare_sigmoid,
    "a sigmoid of many": lambda: 1 / (1 + np.exp(-sum(leaf(f"w{i}") * leaf("w") for i in "12345"))),
    "layers": layers,
    "constant matrices": lambda: np.sum(leaf("w", (2, 2)) * X @ Y),
    "a leaf without a name": lambda: np.tanh(Node(2.0) * leaf("w") + 1.0),
    "a fork": lambda: (w := leaf("w")) * w * ac.exp(w * w),
    "f is taken": lambda: leaf("f") * leaf("w") * leaf("u1"),
    "a mean": lambda: np.mean((leaf("w", 3) - np.arange(3.0)) ** 2),
    "no formula": lambda: ac.gelu(leaf("w") * 2.0) * 2.0,
}


@pytest.mark.parametrize("case", WITHOUT_NAMES)
def test_only_names_that_are_the_users_or_defined_once(case):
    root = WITHOUT_NAMES[case]()
    nodes = ancestors(root)
    for node in nodes:
        if not node.requires_grad:
            continue
        lines = str(explain(root, node)).splitlines()
        # What is written in matrices has letters of its own, and says which.
        text = "\n".join(lines).partition("  in matrices:")[0]
        defined = re.findall(r"^(?:  with|      ) (\w+)(?: = |: )", text, re.MULTILINE)
        functions = set(re.findall(r"(\w+)\(", text))  # written with their arguments
        primes = set(re.findall(r"(\w+)′", text))
        known = {x.name for x in nodes} | functions | primes | WORDS_OF_OURS | {*defined}
        used = set(
            re.findall(r"[A-Za-z][A-Za-z0-9_]*", re.sub(r"\d+×[\d×]+|\de[+-]?\d+|min .*", "", text))
        )
        assert used <= known
        assert len(defined) == len(set(defined))
        assert "[2×2]" not in text
        assert not re.search(r"\(\([^()]*\)\)", text)


WORDS_OF_OURS = {
    "with", "the", "sum", "over", "paths", "path", "one", "where", "else", "scalar", "repeated",
    "back", "through", "softmax_cross_entropy", "in", "matrices", "shapes", "z", "n",
}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "wrt", "lines"),
    [
        (
            "a sigmoid",
            "w",
            [
                "  with u4 = exp(-(x·w + b))",
                "       u5 = 1 + u4",
                "       f = 1/u5",
            ],
        ),
        (
            "constant matrices",
            "w",
            ["  with c1 = [[1, 2], [3, 4]]", "       c2 = [[1, 0], [0, 1]]"],
        ),
        ("layers", "W1", ["  with x = [[1, 2], [3, 4]]", "       y = [[1, 0], [0, 1]]"]),
        ("a leaf without a name", "w", ["  with u1 = 2"]),
        ("f is taken", "w", ["  with y = f·w·u1"]),
    ],
)
def test_what_names_stand_for_is_said_first(case, wrt, lines):
    written = str(explain(WITHOUT_NAMES[case](), wrt)).splitlines()
    start = next(number for number, line in enumerate(written) if line.startswith("  with "))
    assert written[start : start + len(lines)] == lines


def test_made_names_can_be_asked_for():
    root = layers()
    assert str(explain(root, "z1")).startswith("∂f/∂z1, 2×3")
    with pytest.raises(ValueError, match="no node named 'z9'"):
        explain(root, "z9")


def test_the_local_derivative_in_symbols_in_numbers_and_its_value():
    z = Node(0.5, name="z")
    assert "f2′ = -1/(1 + exp(-z))² = -1/1.607² = -0.3875" in str(explain(1 / (1 + np.exp(-z)), z))


# --- what is asked for ---------------------------------------------------------------------------


def test_nothing_is_changed():
    root = graph("sum_times")
    before = [node.grad for node in ancestors(root)]
    explain(root, "x")
    assert [node.grad for node in ancestors(root)] == before


def test_of_the_root_itself():
    x = Node(2.0, name="x")
    assert str(explain(x, x)) == "∂x/∂x = 1"


def test_where_nothing_has_a_derivative():
    x = Node(2.0, name="x")
    explanation = explain(np.floor(x) + x, x)
    assert explanation.count == 1
    assert explain(np.floor(x) + Node(1.0, name="one"), x).count == 0
    assert "no path carries a gradient" in str(explain(np.floor(x) + Node(1.0), x))


def test_the_pole_of_a_root():
    x = Node(0.0, name="x")
    with np.errstate(all="ignore"):
        root = np.sqrt(x) * 0.0
        assert explain(root, x).value == 0
        assert total(explain(root, x)) == 0
        assert np.isinf(explain(np.sqrt(x), x).value)
        assert r"\infty" in explain(np.sqrt(x), x)._repr_latex_()


def test_errors():
    w, weight = Node(2.0, name="w"), Node(np.ones(2), name="weight")
    root = np.sum(weight) * w
    with pytest.raises(TypeError, match=r"explain\(\) expects a Node.*got float"):
        explain(2.0, w)
    with pytest.raises(ValueError, match=r"expects a scalar at the root, got shape \(2,\)"):
        explain(weight * 2.0, weight)
    with pytest.raises(ValueError, match=r"no node named 'wieght'. Did you mean 'weight'\?"):
        explain(root, "wieght")
    with pytest.raises(ValueError, match=r"not in its graph. Did you mean 'weight'"):
        explain(root, Node(1.0, name="weights"))
    with pytest.raises(ValueError, match="another node of that name; was 'w' made anew"):
        explain(root, Node(1.0, name="w"))
    with pytest.raises(ValueError, match=r"2 nodes of this graph are named 'w'.*Pass the node"):
        explain(root * Node(1.0, name="w"), "w")
    with pytest.raises(TypeError, match="wrt to be a node of the graph, or its name, got int"):
        explain(root, 1)
    constant = Node(1.0, name="c", requires_grad=False)
    with pytest.raises(ValueError, match="wants a gradient, but 'c' is a constant"):
        explain(root * constant, constant)
    with pytest.raises(ValueError, match="Its nodes have no names"):
        explain(Node(1.0) * 2.0, "w")
    with pytest.raises(ValueError, match="number_format expects"):
        explain(root, w, number_format="x y")


def test_number_format():
    assert "6.750" in str(explain(graph("neural_chain"), "w2", number_format=".3f"))


# --- LaTeX ---------------------------------------------------------------------------------------


def test_names_are_mathematics_in_latex():
    one, alpha = Node(2.0, name="w_{11}^1"), Node(3.0, name="alpha")
    root = one * alpha
    assert r"\partial f}{\partial w_{11}^{1}} &= \alpha" in explain(root, one)._repr_latex_()


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("w_{11}^1", "w_{11}^{1}"),
        ("x_1", "x_{1}"),
        ("W1", "W_{1}"),
        ("alpha", r"\alpha"),
        ("Gamma_2", r"\Gamma_{2}"),
        ("Alpha", r"\mathrm{A}"),
        ("δ", r"\delta"),
        ("y_hat", r"\hat{y}"),
        ("x_1'", "x'_{1}"),
        ("x^2'", "x'^{2}"),
        ("w_{i,j-1}", "w_{i,j-1}"),
        ("loss", r"\mathrm{loss}"),
        ("x_1_2", r"\mathrm{x\_{}1\_{}2}"),
        ("é1", r"\mathrm{\text{é}1}"),
        ("_", r"\mathrm{\_{}}"),
    ],
)
def test_a_name_in_latex(name, latex):
    assert latex_name(name) == latex


def test_a_route_is_whole_where_there_is_room():
    x = root = Node(1.0, name="x")
    for _ in range(15):
        root = root * x
    line = str(explain(root, x)).splitlines()[1]
    assert line == "  path 1: f ← " + " ← ".join(f"u{n}" for n in range(14, 0, -1)) + " ← x"


@pytest.mark.parametrize("name", ["f_1", "x^2", "w1"])
def test_no_letter_has_two_indices_in_latex(name):
    x = Node(2.0, name="x")
    y = x
    for _ in range(2):
        with scope(name):
            y = ac.exp(y)
    latex = explain(y * 2.0, x)._repr_latex_()
    assert not re.search(r"_\{\w+\}'?_|\^\{\w+\}'", latex)
    assert r"'(z_{1})" in latex


def test_latex():
    latex = explain(graph("neural_chain"), "w2")._repr_latex_()
    assert latex.startswith(
        "$\\displaystyle \\begin{aligned}\n\\frac{\\partial L}{\\partial w_{2}}"
    )
    assert r"f'_{2}(z_{2}) \cdot x_{2}" in latex
    assert r"-1.5 \cdot \left(-3\right) \cdot 1.5" in latex
    assert r"2 \cdot \left(y - \mathrm{target}\right)" in latex


HOSTILE = [
    r"\input{/etc/passwd}", "<script>alert(1)</script>", "a$b$", "a_b^c", "100 % & #1", "x{y", "\\",
    "}}}", "é😀", "a\nb\x00", "&lt;b&gt;", "~`'\"", "w" * 20_000, "\\end{aligned}$",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_in_latex(name):
    x = Node(2.0, name=name)
    for root in (ac.relu(x * x) * 3.0, np.sum(Node(np.ones((2, 2)), name="W") * x)):
        latex = explain(root, x)._repr_latex_()
        body = latex.removeprefix("$").removesuffix("$")
        assert not re_unescaped_dollar(body)
        assert "<script" not in latex
        assert "&lt" not in latex
        assert r"\input" not in latex
        plain = body.replace("\\\\", "").replace(r"\{", "").replace(r"\}", "")
        depth = 0
        for letter in plain:
            depth += (letter == "{") - (letter == "}")
            assert depth >= 0
        assert depth == 0
        assert body.count(r"\end{aligned}") == 1
        assert len(str(explain(root, x))) < 5000


def re_unescaped_dollar(text):
    return any(letter == "$" and text[i - 1] != "\\" for i, letter in enumerate(text))


def test_it_says_what_it_is():
    explanation = explain(graph("sum_times"), "x")
    assert isinstance(explanation, Explanation)
    assert repr(explanation) == str(explanation)
    (path,) = explanation.paths
    assert [node.name for node in path.nodes] == ["v", "q", "x"]
    assert path.local_gradients == (-2.0, 1.0)
