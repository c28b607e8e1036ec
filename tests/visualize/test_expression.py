"""The expression page without a browser: what the script reads, computes and says."""

from __future__ import annotations

import re

import numpy as np
import pytest
from expressions import read, twin

import autograd_core
from autograd_core import Node
from autograd_core.backpropagation import ancestors
from visualize.drawing import GraphDrawing
from visualize.expression import expression_page
from visualize.expression.functions import BINARY, UNARY
from visualize.expression.messages import MESSAGES
from visualize.graph.picture import picture_of
from visualize.graph.words import description_of
from visualize.lettering import formula_runs, marked
from visualize.live.graph import live_graph
from visualize.page.facts import facts_of
from visualize.page.sheets import Tables, packed
from visualize.page.views import Views
from visualize.steps.sequence import steps_of
from visualize.templates import now

LEAVES = ("x", "w", "b", "x1", "t", "z1", "u1")


def random_expression(generator, depth):
    """A text of operators, functions, names and numbers."""
    kind = generator.random()
    if depth == 0 or kind < 0.12:
        if generator.random() < 0.3:
            return str(generator.choice(["2.0", "0.5", "3.0", "1.25", "1e-1", "7.0"]))
        return str(generator.choice(LEAVES))
    one, other = (random_expression(generator, depth - 1) for _ in range(2))
    if kind < 0.4:
        return f"{generator.choice([name for name in UNARY if name != 'negative'])}({one})"
    if kind < 0.5:
        return f"{generator.choice(BINARY[5:])}({one}, {other})"
    if kind < 0.58:
        return f"-({one})"
    if kind < 0.68:
        exponents = ["2", "3", "-1", "0.5", "-2", "1.5", "x", "1", "5"]
        return f"({one})**{generator.choice(exponents)}"
    return f"({one}) {generator.choice(['+', '-', '*', '/'])} ({other})"


def close(ours, theirs):
    """Equal to 1e-12, and to what rounding of sums of larger parts leaves."""
    ours, theirs = float(ours.replace("Infinity", "inf")), float(theirs)
    if np.isnan(theirs) or np.isinf(theirs):
        return str(ours) == str(theirs)
    return abs(ours - theirs) <= 1e-12 * max(1.0, abs(theirs))


def samples(count):
    generator = np.random.default_rng(12)
    while count:
        text = random_expression(generator, 4)
        values = {name: round(float(generator.uniform(-2, 2)), 3) for name in LEAVES}
        if any(name in text for name in LEAVES) and text not in LEAVES:
            try:
                root, leaves = twin(text, values)
            except (ArithmeticError, AttributeError, TypeError, ValueError):  # numbers alone
                continue
            count -= 1
            yield text, values, root, leaves


def test_random_expressions_have_the_values_and_gradients_of_python(tmp_path):
    expected = list(samples(400))
    found = read(tmp_path, *((text, values) for text, values, _, _ in expected))
    wrong = []
    for (text, _, root, leaves), ours in zip(expected, found, strict=True):
        if "value" not in ours or not close(ours["value"], root.value):
            wrong.append((text, ours.get("value", ours.get("key")), root.value))
            continue
        for name, gradient in ours["gradients"].items():
            if not close(gradient, leaves[name].grad):
                wrong.append((text, name, gradient, leaves[name].grad))
    assert wrong == []


# --- what it says ---------------------------------------------------------------------------------


def said_by_python(root):
    """Steps, facts, labels and description of a graph, as a page of Python's has them."""
    picture = picture_of(
        live_graph(root, [n for n in ancestors(root) if n.name and n.operation is None]).root
    )
    steps = [
        (step.kind, *(now(marked(formula_runs(text))) for text in (step.text, step.chain)))
        for step in steps_of(picture)
    ]
    facts = facts_of(picture)
    parts = [picture.wires, picture.boxes, picture.constants]
    return {
        "steps": steps,
        "parts": [sorted(str(plainly(facts[part.id])) for part in some) for some in parts],
        "labels": [now(box.label) for box in picture.boxes],
        "description": now(description_of(picture)),
    }


def plainly(facts):
    """Facts as text, without the ids of wires."""
    if isinstance(facts, dict):
        return {key: plainly(facts[key]) for key in sorted(facts) if key != "warning"}
    if isinstance(facts, list):
        return [plainly(part) for part in facts if not is_id(part)]
    return now(facts) if isinstance(facts, str) else facts


def is_id(part):
    return isinstance(part, str) and bool(re.fullmatch(r"w\d+|", part))


def said_by_script(found):
    by_kind = [
        sorted(str(plainly(facts)) for id, facts in found["parts"].items() if id[0] == letter)
        for letter in "woc"
    ]
    return {
        "steps": [tuple(step) for step in found["steps"]],
        "parts": by_kind,
        "labels": found["labels"],
        "description": found["description"],
    }


TEXTS = [
    "x*w + b", "1/(1 + exp(-(x*w + b)))", "x**2 + w**3 - b**0.5", "-x - -w", "x*x*x",
    "x - 3 + w*(-2)", "2**x * x**w", "sigmoid(x*w)*tanh(b)", "x/w/b - (x - w)",
    "hypot(x, 2.0) + maximum(w, 0.5) + minimum(3, b)", "relu(x*w)*relu(w)*softplus(x1)",
    "x + x + x + x + x + x + x + x + x", "x + x + x + x + x + x", "x*w + x*b + x*t + x*x1",
    "exp(exp(exp(x)))*(x*w*b)*t*x1*x*w", "(x + w)*(x + w)",
    "1 - x", "x**-2 + x**1 + x**1.5 + x**7", "log(x1) + sqrt(t)", "x*0.1 + 1e-3*w + 1e6*b",
    "arctan2(x, w)*logaddexp(2.0, x)", "gelu(silu(elu(x)))", "x**0 + w**0.25",
    "tanh(z1*2.0 + u1)*x*w*sigmoid(b*t)",
]  # fmt: skip


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_it_says_what_python_says(tmp_path, sign):
    values = dict(zip(LEAVES, sign * np.array([1.3, -0.7, 0.37, 2.0, 1.0, 0.6, -1.4]), strict=True))
    random = [text for text, *_ in samples(60)]
    texts = TEXTS + random
    found = read(tmp_path, *((text, values) for text in texts))
    for text, ours in zip(texts, found, strict=True):
        words = re.findall(r"[A-Za-z_]\w*", text)
        root, _ = twin(text, {word: values[word] for word in words if word in values})
        theirs, ours = said_by_python(root), said_by_script(ours)
        for what, said in theirs.items():
            assert ours[what] == said, text


# --- what can't be read ---------------------------------------------------------------------------

WRONG = {
    "": ("empty", 0), "# nothing": ("empty", 9), "2x": ("operator", 1), "x y": ("operator", 2),
    "x^2": ("caret", 1), "(x + 1": ("close", 0), "x + 1)": ("open", 5), "x +": ("operand end", 3),
    "x * / y": ("operand", 4), "foo(x)": ("unknown", 0), "expp(x)": ("unknown near", 0),
    "sigmoit(x)": ("unknown near", 0), "np.dot(x, y)": ("unknown", 0), "x.T": ("unknown", 0),
    "exp(x, y)": ("one operand", 0), "maximum(x)": ("two operands", 0), "exp()": ("one operand", 0),
    "exp + 1": ("no call", 0), "x*w(2)": ("unknown", 2), "x + x(2)": ("no function", 4),
    "x @ w": ("matrix", 2), "x[0]": ("letter", 1), "x // 2": ("whole", 2), "x < 2": ("compare", 2),
    "x == 2": ("compare", 2), "x if x >= 0": ("compare", 2), "x >= 0": ("compare", 2),
    "1 + 2": ("constant", 0), "x": ("leaf alone", 0), "x = 3": ("no result", 5),
    "f = x*w\nf = x": ("again", 8), "f = x*w\nx = w*2": ("before", 8), "exp = x*2": ("taken", 0),
    "x + 1 = 2": ("assign", 0), "f(x) = x*2": ("definition", 0), "f = x*2 = w": ("assign", 8),
    "2j*x": ("complex", 0), "x*(x > 0)": ("compare", 5), "not x": ("compare", 0),
    "x and w": ("compare", 2), "0x10*x": ("number", 0),
    "1__0*x": ("number", 0), "x*'w'": ("letter", 2), "x*w; $": ("letter", 5),
    "(x, w)": ("comma", 2), "x\n* w": ("operand", 2), "lambda x: x": ("letter", 8),
    "-" * 300 + "x": ("deep", 200), "(" * 300 + "x": ("deep", 200),
    "x" + "+x" * 1500: ("many", 2001), "x*" * 12000: ("long", 20000),
    "__import__('os')": ("letter", 11), "x\u0000": ("letter", 1), "x + \U0001f600": ("letter", 4),
}  # fmt: skip


def test_what_is_wrong_and_where(tmp_path):
    found = read(tmp_path, *WRONG)
    assert {
        text: (one.get("key"), one.get("at")) for text, one in zip(WRONG, found, strict=True)
    } == WRONG
    for one in found:
        words = re.findall(r"{(\w+)}", MESSAGES[one["key"]])
        assert set(words) <= set(one["words"]), one


def test_every_message_is_for_some_mistake():
    assert {key for key, _ in WRONG.values()} == set(MESSAGES)


SAME = {
    "x × w": "x*w", "x·w − 1": "x*w - 1", "x ÷ w": "x/w", "x²": "x**2", "x⁻¹": "x**-1",
    "np.exp(x)": "exp(x)", "math.log(x)": "log(x)", "ln(x)": "log(x)", "σ(x)": "sigmoid(x)",
    "x**2**w": "x**(2**w)", "-x**2": "-(x**2)", "(-x)**2": "(-x)*(-x)", "2**-x": "2**(-x)",
    "1_000*x": "1000*x", ".5*x": "0.5*x", "5.*x": "5*x", "x*1e-3": "x*0.001",
    "+x*w": "x*w", "x - -w": "x + w", "x₁*2": "x1*2", "π*x": "np.pi*x", "abs(x)": "absolute(x)",
    "x * (\n w + 1 # half\n)": "x*(w + 1)", "x \\\n * w": "x*w", "pow(x, 2)": "x**2",
    "import numpy as np\nnp.tanh(x)": "tanh(x)", "z = x*w; f = z + z": "(x*w) + (x*w)",
    "a = x\na*a": "x*x", "x / 2 / w": "(x/2)/w", "x - w - b": "(x - w) - b",
    "\tx *  w  ": "x*w", "x*(2 + 3*4 - 1)/(2**3)": "x*13/8", "sin(pi/2)*x": "1.0*x",
}  # fmt: skip


def test_ways_to_write_the_same(tmp_path):
    values = {"x": 1.3, "w": -0.7, "b": 0.37, "x1": 1.3}
    ours = read(tmp_path, *((text, values) for text in SAME))
    theirs = read(tmp_path, *((text, values) for text in SAME.values()))
    for text, one, other in zip(SAME, ours, theirs, strict=True):
        assert close(one["value"], float(other["value"])), text
        for name, gradient in other["gradients"].items():
            assert close(one["gradients"][name], float(gradient)), text


def test_lines_name_wires_and_give_leaves_their_numbers(tmp_path):
    (found,) = read(tmp_path, "q = x + y\nv = q*z\nx = 3; y = 1; z = -2")
    assert (found["value"], found["gradients"]) == ("-8", {"x": "-2", "y": "-2", "z": "4"})
    said = [line for _, line, _ in found["steps"]]
    assert said[1:4] == ["x = 3, y = 1, z = -2", "q = 3 + 1 = 4", "v = 4·(-2) = -8"]
    assert said[0] == "the graph of v: 2 operations"


def test_hostile_names_are_only_names(tmp_path):
    names = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype", "é"]
    (found,) = read(tmp_path, " + ".join(f"{name}*{name}" for name in names))
    assert found["value"] == str(len(names))
    assert [
        facts["title"] for id, facts in found["parts"].items() if facts["kind"] == "leaf"
    ] == names


def test_a_number_alone_is_computed_by_the_rules_of_the_table(tmp_path):
    (found,) = read(tmp_path, ("x*logaddexp(1, 2)", {"x": 2.0}))
    assert close(found["value"], 2 * np.logaddexp(1, 2))


# --- the drawing ----------------------------------------------------------------------------------


def test_units_have_room_and_operands_their_order(tmp_path):
    texts = [*TEXTS, *(text for text, *_ in samples(40)), "+".join(f"x{i}*w{i}" for i in range(30))]
    for text, found in zip(texts, read(tmp_path, *texts), strict=True):
        sheet = found["sheet"]
        rects = [*sheet["units"].values()]
        for place, (x0, y0, x1, y1) in enumerate(rects):
            assert 0 <= x0 <= x1 <= sheet["bounds"][2], text
            assert 0 <= y0 <= y1 <= sheet["bounds"][3], text
            for a0, b0, a1, b1 in rects[place + 1 :]:
                assert x1 <= a0 or a1 <= x0 or y1 <= b0 or b1 <= y0, text


def test_shapes_look_as_those_of_python(tmp_path):
    leaves = [Node(2.0, name=name) for name in ("x", "w")]
    root = autograd_core.hypot(np.arctanh(leaves[0] / 3.0), 2.0) * leaves[1] + leaves[0]
    root.backward()
    tables = Tables()
    (view,) = Views(GraphDrawing(picture_of(root))).sheets.values()
    packed(view, tables, {})
    (found,) = read(tmp_path, "hypot(arctanh(x/3), 2)*w + x")
    for look in found["looks"]:
        assert look in tables.looks or look["kind"] == "rectangle"
    assert len(found["looks"]) == len(tables.looks)


def test_a_long_wire_is_cut_where_it_could_not_be_followed(tmp_path):
    text = "x"
    for place in range(60):
        text = f"({text})*w + b{place}"
    (found,) = read(tmp_path, text)
    same = found["sheet"]["same"]
    assert same
    assert {found["parts"][wire]["title"] for wire in same.values()} == {"w"}


def test_it_is_one_file_that_asks_for_nothing():
    page = expression_page("x*w + b")
    assert len(page.encode()) < 400_000
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href)=["']?(?!data:)""", page)
    assert "eval(" not in page
    with pytest.raises(TypeError, match="expects a string"):
        expression_page(3)
