"""The steps of the lecture, and what is written in each."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from test_worked_examples import EXAMPLES, GRAPHS, graph

import autograd_core as ac
from autograd_core import Node, scope
from visualize import draw, explain
from visualize.chain_rule.notation import notation_of
from visualize.graph.picture import picture_of
from visualize.lettering import formula_runs, text_of
from visualize.steps.lines import LONGEST_SUM
from visualize.steps.sequence import MOST_BRANCHES, MOST_FACTORS, MOST_LEAVES, steps_of
from visualize.style import Look


def texts(steps, kind="gradient"):
    return [step.text for step in steps if step.kind == kind]


def named(**nodes):
    for name, node in nodes.items():
        node.name = name


@pytest.mark.parametrize("name", GRAPHS)
def test_kinds_in_order(name):
    root = graph(name)
    picture = picture_of(root)
    kinds = [step.kind for step in steps_of(picture)]
    operations = len(picture.boxes)
    gradients = len(picture.wires) - 1
    expected = ["structure", "inputs", *["value"] * operations, "seed", *["gradient"] * gradients]
    assert kinds == expected


@pytest.mark.parametrize("name", GRAPHS)
def test_every_number_appears_once(name):
    picture = picture_of(graph(name))
    steps = steps_of(picture)
    wires = sorted(wire.id for wire in picture.wires)
    assert sorted(part for step in steps for part in step.values) == wires
    assert sorted(part for step in steps for part in step.gradients) == wires


@pytest.mark.parametrize("name", GRAPHS)
def test_numbers_of_the_lecture(name):
    example = EXAMPLES[name]
    steps = steps_of(graph(name))
    inputs, *_ = texts(steps, "inputs")
    for key, value in example["inputs"].items():
        assert f"{key} = {value:.4g}" in inputs
    root = list(GRAPHS[name](**{key: Node(x) for key, x in example["inputs"].items()}))[-1]
    for key, gradient in example["gradients"].items():
        lines = [step.text for step in steps if step.text.startswith(f"∂{root}/∂{key} = ")]
        if key == "1+exp(-z)":
            (made,) = (text for text in texts(steps, "value") if " = 1 + " in text)
            start = f"∂{root}/∂{made.partition(' = ')[0]} = "
            lines = [step.text for step in steps if step.text.startswith(start)]
        (line,) = lines
        assert line.endswith(f"= {gradient:.4g}")


@pytest.mark.parametrize("name", GRAPHS)
def test_a_line_is_about_what_its_step_adds(name):
    picture = picture_of(graph(name))
    wires = {wire.id: wire.node for wire in picture.wires}
    n = notation_of(picture)
    for step in steps_of(picture):
        if step.kind == "value":
            assert step.text.startswith(f"{n.called(wires[step.values[0]])} = ")
        if step.gradients:
            assert step.text.partition(" = ")[0].endswith(f"/∂{n.label(wires[step.gradients[0]])}")


@pytest.mark.parametrize("name", GRAPHS)
def test_a_line_is_written_in_its_step_and_stays(name):
    frames = draw(graph(name)).frames()
    phases = {"value": "values", "seed": "gradients", "gradient": "gradients"}
    for index, frame in enumerate(frames):
        phase = phases.get(frame.step.kind, frame.text)
        before = [f.text for f in frames[: index + 1] if phases.get(f.step.kind, f.text) == phase]
        texts = ET.fromstring(frame.svg()).iter("{http://www.w3.org/2000/svg}text")
        written = {"".join(text.itertext()) for text in texts}
        assert {text_of(formula_runs(line)) for line in before} <= written
        later = {text_of(formula_runs(f.text)) for f in frames[index + 1 :]}
        assert not written & later


def test_simple_example_with_numbers():
    steps = steps_of(graph("sum_times"))
    assert texts(steps, "value") == ["q = 3 + 1 = 4", "v = 4·(-2) = -8"]
    assert texts(steps, "seed") == ["∂v/∂v = 1"]
    assert texts(steps) == [
        "∂v/∂z = 1 · 4 = 4",
        "∂v/∂q = 1 · (-2) = -2",
        "∂v/∂x = -2 · 1 = -2",
        "∂v/∂y = -2 · 1 = -2",
    ]


def test_neural_chain():
    steps = steps_of(graph("neural_chain"))
    assert "∂L/∂z2 = -1.5 · (-3) = 4.5" in texts(steps)
    chains = {step.text.partition(" = ")[0]: step.chain for step in steps}
    # As printed, 1.5 * -3 * -1.5 and 3 * 1 * -4.5, from the output on and without ones.
    assert chains["∂L/∂w2"] == "-1.5 · (-3) · 1.5 = 6.75"
    assert chains["∂L/∂w1"] == "-1.5 · (-3) · (-1) · 3 = -13.5"


@pytest.mark.parametrize(
    ("function", "chain"),
    [
        (lambda x: 1 / x, "1 · (-0.16) = -0.16, with -1/x² = -1/2.5² = -0.16"),
        (lambda x: x**3, "1 · 18.75 = 18.75, with 3·x² = 3·2.5² = 18.75"),
        (np.exp, "1 · 12.18 = 12.18, with exp(x) = exp(2.5) = 12.18"),
        (np.log, "1 · 0.4 = 0.4, with 1/x = 1/2.5 = 0.4"),
        (np.tanh, "1 · 0.02659 = 0.02659, with 1 - f² = 1 - 0.9866² = 0.02659"),
        (ac.sigmoid, "1 · 0.0701 = 0.0701, with f·(1 - f) = 0.9241·(1 - 0.9241) = 0.0701"),
        (ac.relu, "1 · 1 = 1, with (1 where x > 0, else 0) = 1"),
        (ac.gelu, ""),
        (lambda x: x * 3.0, ""),
        (lambda x: 3.0 - x, ""),
    ],
)
def test_the_derivative_of_a_function_in_symbols_in_numbers_and_its_value(function, chain):
    y = function(Node(2.5, name="x"))
    y.backward()
    *_, last = steps_of(y)
    assert last.chain == chain


def test_folded_sigmoid():
    steps = steps_of(picture_of(graph("sigmoid_neuron"), fold=["sigmoid"]))
    assert texts(steps, "value")[-1] == "f = sigmoid(0.5) = 0.6225"
    assert texts(steps)[0] == "∂f/∂z = 1 · 0.235 = 0.235"


ORDERS = {
    # lecture 003: "Simple example, with numbers", "Complex Example", "Neural Chain"
    "sum_times": ["z", "q", "x", "y"],
    "sigmoid_neuron": ["u6", "u5", "u4", "z", "w3", "u3", "u1", "u2", "x2", "w2", "x1", "w1"],
    "neural_chain": ["u1", "target", "y", "z2", "w2", "x2", "z1", "x", "w1"],
}


@pytest.mark.parametrize("name", ORDERS)
def test_the_order_is_that_of_the_slides(name):
    lines = texts(steps_of(graph(name)))
    assert [re.match(r"∂\w+/∂(\w+) ", line)[1] for line in lines] == ORDERS[name]


@pytest.mark.parametrize("fold", [None, 1], ids=["open", "folded"])
def test_leaves_first_in_the_order_of_the_formula(fold):
    x, W = Node(np.ones((2, 3)), name="x"), Node(np.ones((3, 2)), name="W")
    V, b, c = Node(np.ones((2, 2)), name="V"), Node(np.zeros(2), name="b"), Node(1.0, name="c")
    with scope("one"):
        h = ac.tanh(x @ W + b)
    with scope("two"):
        y = np.sum((h @ V) * c)
    named(h=h, y=y)
    y.backward()
    order = [
        line.partition(" ")[0].removeprefix("∂y/∂") for line in texts(steps_of(picture_of(y, fold)))
    ]
    shown = [name for name in order if name in "xWVbch"]
    assert (
        shown == ["c", "V", "h", "b", "x", "W"] if fold is None else ["V", "c", "h", "x", "W", "b"]
    )


def test_the_order_is_that_of_backpropagation():
    x = Node(2.0, name="x")
    a, b = x * 3.0, ac.exp(x)
    y = a * b
    named(a=a, b=b, y=y)
    y.backward()
    lines = texts(steps_of(y))
    # x is complete when its first consumer, made before b, has sent its part back.
    assert [line.split(" ")[0] for line in lines] == ["∂y/∂a", "∂y/∂b", "∂y/∂x"]


def test_a_plus_a():
    a = Node(3.0, name="a")
    b = a + a
    b.name = "b"
    b.backward()
    *_, last = steps_of(b)
    assert last.text == "∂b/∂a = 1 + 1 = 2"
    assert last.chain == "1 · 1 + 1 · 1 = 2"
    assert last.contributions == ("e0", "e1")


def test_sum_at_a_fork():
    x = Node(3.0, name="x")
    y = x * x - 2.0 * x
    y.name = "y"
    y.backward()
    *_, last = steps_of(y)
    assert last.text == "∂y/∂x = 3 + 3 + (-2) = 4"
    assert last.chain == "1 · 3 + 1 · 3 + (-1 · 2) = 4"


def test_a_fork_of_many_branches_is_counted():
    x = Node(1.0, name="x")
    y = x + x
    for _ in range(18):
        y = y + x
    y.name = "y"
    y.backward()
    *_, last = steps_of(y)
    assert last.text.count("1 + ") == MOST_BRANCHES
    assert last.text.endswith("+ … 14 more = 20")


def test_long_products_show_their_end():
    y = x = Node(2.0, name="x")
    for _ in range(15):
        y = y * 0.5
    y.backward()
    *_, last = steps_of(y)
    assert last.chain.startswith("… · 0.5")
    assert last.chain.count("0.5") == MOST_FACTORS
    assert [step.chain.count("0.5") for step in steps_of(y) if step.kind == "gradient"] == [
        0, *range(2, MOST_FACTORS + 1), *[MOST_FACTORS] * (15 - MOST_FACTORS)
    ]  # fmt: skip
    assert [step.chain.startswith("…") for step in steps_of(y)].count(True) == 15 - MOST_FACTORS
    assert x.grad == 0.5**15
    y = x
    for factor in range(2, 12):
        y = y * float(factor)
    y.backward()
    assert steps_of(y)[-1].chain.startswith("… · 9 · 8 · 7 · 6 · 5 · 4 · 3 · 2 = ")


def test_before_backward_there_are_only_values():
    x = Node(3.0, name="x")
    y = x * x
    assert [step.kind for step in steps_of(y)] == ["structure", "inputs", "value"]
    y.backward()
    assert len(steps_of(y)) == 5
    assert len(steps_of(picture_of(y, look=Look(gradients=False)))) == 3


def test_inside_a_larger_graph():
    x = Node(3.0, name="x")
    z = x * 2.0
    z.name = "z"
    loss = z**2
    loss.backward()
    # The gradients are those of the loss, so nothing here may say d z.
    assert texts(steps_of(z), "seed") == ["grad z = 12"]
    assert texts(steps_of(z)) == ["grad x = 12 · 2 = 24"]
    assert steps_of(z)[-1].chain == "12 · 2 = 24"


def test_accumulated_gradients_are_not_written_as_a_product():
    x = Node(3.0, name="x")
    y = x * 2.0
    y.name = "y"
    y.backward()
    (x * 0.25).backward(accumulate=True)
    (line,) = texts(steps_of(y))
    assert line == "∂y/∂x = 2.25 (accumulated with other gradients)"


def test_a_constant_has_no_gradient():
    x, c = Node(3.0, name="x"), Node(2.0, name="c", requires_grad=False)
    y = x * c
    y.name = "y"
    y.backward()
    assert texts(steps_of(y)) == ["∂y/∂x = 1 · 2 = 2"]
    assert texts(steps_of(y), "value") == ["y = 3·2 = 6"]


def test_arrays_in_matrix_form():
    x = Node(np.ones((4, 3)), name="x", requires_grad=False)
    w, b = Node(np.ones((3, 2)), name="W"), Node(np.zeros(2), name="b")
    z = x @ w + b
    h = ac.relu(z)
    loss = np.sum(h * h)
    named(z=z, h=h, L=loss)
    loss.backward()
    steps = steps_of(loss)
    assert texts(steps, "inputs") == ["x: 4×3, W: 3×2, b: (2,)"]
    assert texts(steps, "value") == [
        "u1 = x @ W: 4×3 @ 3×2 → 4×2",
        "z: 4×2 + (2,) → 4×2",
        "h: relu(4×2) → 4×2",
        "u2 = h ⊙ h: 4×2 ⊙ 4×2 → 4×2",
        "L: sum(4×2) → 72",
    ]
    assert texts(steps) == [
        "∂L/∂u2 = ∂L/∂L: scalar → 4×2 repeated",
        "∂L/∂h = ∂L/∂u2 ⊙ h + ∂L/∂u2 ⊙ h: 4×2",
        "∂L/∂z = ∂L/∂h ⊙ (1 where z > 0, else 0): 4×2",
        "∂L/∂b = Σ ∂L/∂z: 4×2 → (2,)",
        "∂L/∂u1 = ∂L/∂z: 4×2",
        "∂L/∂W = xᵀ @ ∂L/∂u1: 3×4 @ 4×2 → 3×2",
    ]


def test_a_root_without_a_name_is_f():
    y = np.exp(Node(3.0, name="x") * 2.0)
    y.backward()
    steps = steps_of(y)
    assert texts(steps, "value") == ["u1 = x·2 = 3·2 = 6", "f = exp(u1) = exp(6) = 403.4"]
    assert texts(steps, "seed") == ["∂f/∂f = 1"]


def test_long_lines_name_the_operation():
    x = Node(np.ones((2, 3)), name="x")
    y = np.sum(ac.softmax(x @ Node(np.ones((3, 4)), name="W"), axis=1)[:, 0])
    y.name = "loss"
    y.backward()
    lines = texts(steps_of(y))
    assert "∂loss/∂z1 = a1 ⊙ (∂loss/∂a1 - Σ ∂loss/∂a1 ⊙ a1): 2×4" in lines
    assert max(map(len, lines)) < 120


def test_names_of_several_words_have_brackets():
    x, w = Node(np.ones((2, 3)), name="-x"), Node(np.ones((3, 4)), name="the weights")
    y = np.sum(x @ w - x @ w)
    y.name = "y"
    y.backward()
    steps = steps_of(y)
    assert texts(steps, "value")[0] == "u1 = (-x) @ (the weights): 2×3 @ 3×4 → 2×4"
    assert "∂y/∂(the weights)" in texts(steps)[-1]
    assert "@ (the weights)ᵀ" in str(explain(y, x))


@pytest.mark.parametrize(
    ("root", "line"),
    [
        (lambda v, w, M: (v - 1.0) ** 2, "f = u1²: (2,)² → (2,)"),
        (lambda v, w, M: v / v, "f = v/v: (2,)/(2,) → (2,)"),
        (lambda v, w, M: v * 3.0, "f = v·3: (2,) · 3 → (2,)"),
        (lambda v, w, M: M**2, "f = M²: (2×2)² → 2×2"),
        (lambda v, w, M: np.broadcast_to(w, (2,)) * v, "f = u1 ⊙ v: (2,) ⊙ (2,) → (2,)"),
        (lambda v, w, M: np.sum(v) * M, "f = u1·M: 3 · 2×2 → 2×2"),
        (lambda v, w, M: M @ (M * M), "f = M @ u1: 2×2 @ 2×2 → 2×2"),
        (lambda v, w, M: (M @ M) * M, "f = u1 ⊙ M: 2×2 ⊙ 2×2 → 2×2"),
        (lambda v, w, M: 1.0 * (3.0 * w**2), "f = 1·u2 = 1·12 = 12"),
        (lambda v, w, M: (w * 0.1) * (w * 0.2), "f = u1·u2 = 0.2·0.4 = 0.08"),
        (lambda v, w, M: w * (w / 4.0), "f = w·u1 = 2·0.5 = 1"),
        (lambda v, w, M: w + (w + 1.0), "f = w + u1 = 2 + 3 = 5"),
        (lambda v, w, M: ac.relu(v), "f = relu(v): relu(2,) → (2,)"),
        (lambda v, w, M: w - (-w), "f = w - u1 = 2 - (-2) = 4"),
        (lambda v, w, M: w + w * 3.0, "f = w + u1 = 2 + 6 = 8"),
    ],
)
def test_brackets_and_signs_say_what_the_operands_are(root, line):
    nodes = Node([1.0, 2.0], name="v"), Node(2.0, name="w"), Node(np.ones((2, 2)), name="M")
    assert texts(steps_of(root(*nodes)), "value")[-1] == line


@pytest.mark.parametrize("more", [0, 1])
def test_the_branches_of_a_fork_are_added_up_to_a_width(more):
    w, x = (Node(np.ones((2, 3)), name=name) for name in ("w", "x"))
    h, k = w * x, w * x
    y = np.sum(h * k)
    h.name, k.name, x.name, y.name = "h" * 12, "k" * (13 + more), "x" * 14, "y"
    y.backward()
    (line,) = (text for text in texts(steps_of(y)) if text.startswith("∂y/∂w = "))
    added = f"∂y/∂{h.name} ⊙ {x.name} + ∂y/∂{k.name} ⊙ {x.name}"
    assert len(added) == LONGEST_SUM + more
    assert line == f"∂y/∂w = {'sum of 2 branches (*)' if more else added}: 2×3"


def test_the_branches_of_a_wide_fork_are_named():
    x = Node(np.ones((2, 3)), name="x")
    functions = (ac.exp, ac.relu, np.tanh, np.sin, np.cos)
    for some, listed in ((functions, "exp, relu, tanh, …"), (functions[:3], "exp, relu, tanh")):
        y = sum(np.sum(function(x)) for function in some)
        y.name = "y"
        y.backward()
        count = len(some)
        assert texts(steps_of(y))[-1] == f"∂y/∂x = sum of {count} branches ({listed}): 2×3"


def test_small_arrays_are_arrays():
    x, w = Node(np.ones(2), name="x"), Node(np.ones(2), name="w")
    h = x * w
    y = np.sum(h * h)
    named(h=h, y=y)
    y.backward()
    assert texts(steps_of(y))[-1] == "∂y/∂w = ∂y/∂h ⊙ x: (2,)"


def test_an_array_as_seed():
    x = Node(np.ones(2), name="x")
    y = -x
    y.name = "y"
    y.backward([1.0, 1.0])
    steps = steps_of(y)
    assert texts(steps, "seed") == ["∂y/∂y = 1 in every entry: (2,)"]
    assert texts(steps) == ["∂y/∂x = -∂y/∂y: (2,)"]


def test_many_leaves_are_counted():
    total = sum((Node(float(n), name=f"x{n}") for n in range(20)), start=Node(0.0, name="x"))
    line = texts(steps_of(total), "inputs")[0]
    assert line.count("=") == MOST_LEAVES
    assert line.startswith("x = 0, x0 = 0, x1 = 1, ")
    assert line.endswith("… 13 more")


def test_second_order():
    x = Node(2.0, name="x")
    y = x**3
    y.backward(create_graph=True)
    first = x.grad
    first.backward()
    assert steps_of(first)[-1].kind == "gradient"
    assert x.grad == 12.0


@pytest.mark.parametrize("fold", [None, 0, 1])
def test_folds(fold):
    with scope("layer"):
        x = Node(np.ones((2, 3)), name="x")
        y = np.sum(ac.tanh(x @ Node(np.ones((3, 3)), name="W")))
    y.name = "y"
    y.backward()
    steps = steps_of(picture_of(y, fold))
    assert texts(steps, "value")[-1].startswith("y: ")
    assert any("∂y/∂W" in line for line in texts(steps))


def test_a_fold_without_a_name_is_called_like_a_layer():
    x = Node(np.ones((2, 3)), name="x", requires_grad=False)
    with scope("layer"):
        h = -ac.tanh(x @ Node(np.ones((3, 3)), name="W"))
    y = np.sum(h * 2.0)
    y.name = "y"
    y.backward()
    steps = steps_of(picture_of(y, 1))
    assert texts(steps, "value")[:2] == [
        "a2 = layer(x, W): layer(2×3, 3×3) → 2×3",
        "u1 = a2·2: 2×3 · 2 → 2×3",
    ]
    assert texts(steps)[1:] == [
        "∂y/∂a2 = ∂y/∂u1 · 2: 2×3",
        "∂y/∂W = ∂y/∂a2 back through layer: 3×3",
    ]
    assert "-(2×3) → 2×3" in texts(steps_of(y), "value")[2]


def test_a_gradient_through_a_folded_layer_is_written_in_names_that_stand_in_the_picture():
    x = Node(np.ones((2, 3)), name="x", requires_grad=False)
    W, b = Node(np.ones((3, 4)), name="W"), Node(np.ones(4), name="b")
    with scope("layer"):
        z = x @ W + b
    y = np.sum(np.tanh(z))
    y.name = "y"
    y.backward()
    assert texts(steps_of(picture_of(y, 1)))[1:] == [
        "∂y/∂z1 = ∂y/∂a1 ⊙ (1 - a1²): 2×4",
        "∂y/∂W = xᵀ @ ∂y/∂z1: 3×2 @ 2×4 → 3×4",
        "∂y/∂b = Σ ∂y/∂z1: 2×4 → (4,)",
    ]


WITHOUT_NAMES = {
    "numbers": lambda: np.tanh(Node(2.0) * Node(3.0, name="w") + 1.0) ** 2,
    "a fork": lambda: (w := Node(3.0, name="w")) * w * ac.exp(w * w),
    "arrays": lambda: np.mean(
        (np.ones((4, 3)) @ Node(np.ones((3, 2)), name="W") - np.eye(4, 2)) ** 2
    ),
    "softmax": lambda: -np.sum(
        np.eye(2) * ac.log(ac.softmax(np.ones((2, 3)) @ Node(np.ones((3, 2)), name="W"), axis=1))
    ),
    "folds": lambda: np.sum(layer(layer(Node(np.ones((2, 2)), name="x"), "W1"), "W2")),
    "other arrays": lambda: np.sum(Node(np.ones(3), name="w") * np.ones(3)),
}  # fmt: skip


def layer(x, name):
    with scope("layer"):
        return ac.relu(x @ Node(np.ones((2, 2)), name=name) + np.ones(2))


@pytest.mark.parametrize("fold", [(), 1], ids=["open", "folded"])
@pytest.mark.parametrize("case", WITHOUT_NAMES)
def test_only_names_that_are_the_users_or_defined_in_a_step_before(case, fold):
    root = WITHOUT_NAMES[case]()
    root.backward()
    picture = picture_of(root, fold)
    known = {"w", "W", "W1", "W2", "x"} & {w.node.name for w in picture.wires}
    known |= {
        "where",
        "else",
        "sum",
        "of",
        "back",
        "through",
        "scalar",
        "repeated",
        "with",
        "layer",
    }
    for step in steps_of(picture)[1:]:
        if step.kind == "inputs":
            known |= set(re.findall(r"([a-z]\w*)(?: = |: )", step.text))
        elif step.kind == "value":
            known |= set(re.findall(r"^(\w+) = ", step.text))
        for text in (step.text, step.chain):
            text = re.sub(r"\w+\(|\d×[\d×]+|\de[+-]\d+", "(", text)
            assert set(re.findall(r"[A-Za-z][A-Za-z0-9_]*", text)) <= known
            assert "…" not in text
            assert not re.search(r"\(\([^()]*\)\)", text)


def test_cut_wires_still_have_their_factors():
    from visualize.layout.detours import cut_long_wires

    shared = Node(1.01, name="w")
    y = Node(1.0, name="x")
    for _ in range(140):
        y = ac.tanh(y * shared)
    y.name = "y"
    y.backward()
    picture = picture_of(y, ())
    cut_long_wires(picture)
    (line,) = [step for step in steps_of(picture) if step.text.startswith("∂y/∂w ")]
    assert line.text.count(" + ") == MOST_BRANCHES
    assert len(line.contributions) == 140


def test_nan_is_written():
    u = Node(-1.0, name="u")
    with np.errstate(all="ignore"):
        v = ac.log(u) * 2.0
    v.name = "v"
    v.backward()
    assert "u1 = log(u) = log(-1) = nan" in texts(steps_of(v), "value")


def test_drawing_steps_changes_nothing():
    root = graph("neural_chain")
    before = {node: node.grad for node in root.inputs if isinstance(node, Node)}
    steps_of(root)
    assert {node: node.grad for node in before} == before


def used_inside_and_outside(x):
    with scope("inner"):
        with scope("deep"):
            h = np.sin(x)
        g = h * x
    h.name, k = "h", g**2 - h
    k.name = "k"
    return k


def test_what_comes_back_inside_a_fold_is_part_of_the_sum():
    k = used_inside_and_outside(Node(1.5, name="x"))
    k.backward()
    line = next(line for line in texts(steps_of(picture_of(k, 1))) if line.startswith("∂k/∂h"))
    assert line == "∂k/∂h = -1 + 4.489 = 3.489, in part from inside inner"
    (line,) = (line for line in texts(steps_of(k)) if line.startswith("∂k/∂h"))
    assert line == "∂k/∂h = 4.489 + (-1) = 3.489"


def test_of_arrays_too():
    k = used_inside_and_outside(Node([1.5, 2.0], name="x"))
    k.backward(np.ones(2))
    line = next(line for line in texts(steps_of(picture_of(k, 1))) if line.startswith("∂k/∂h"))
    assert line == "∂k/∂h = -∂k/∂k + what comes back inside inner: (2,)"
