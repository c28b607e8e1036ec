"""The expression page without a browser: what the script reads, computes and says."""

from __future__ import annotations

import re

import numpy as np
import pytest
from expressions import read, twin

from autograd_core.backpropagation import ancestors
from visualize.expression import expression_page
from visualize.expression.functions import BINARY, UNARY
from visualize.expression.messages import MESSAGES
from visualize.graph.picture import picture_of
from visualize.graph.words import description_of
from visualize.live.graph import live_graph
from visualize.page.facts import facts_of
from visualize.steps.sequence import steps_of
from visualize.lettering import formula_runs, marked
from visualize.templates import now

LEAVES = ("x", "w", "b", "x1", "t")


def random_expression(generator, depth):
    """A text of operators, functions, names and numbers."""
    kind = generator.random()
    if depth == 0 or kind < 0.12:
        if generator.random() < 0.3:
            return str(generator.choice(["2.0", "0.5", "3.0", "1.25", "1e-1", "7.0"]))
        return str(generator.choice(LEAVES))
    if kind < 0.4:
        name = generator.choice([n for n in UNARY if n != "negative"])
        return f"{name}({random_expression(generator, depth - 1)})"
    if kind < 0.5:
        name = generator.choice(["maximum", "minimum", "hypot", "arctan2", "logaddexp"])
        return f"{name}({random_expression(generator, depth - 1)}, {random_expression(generator, depth - 1)})"
    if kind < 0.58:
        return f"-({random_expression(generator, depth - 1)})"
    if kind < 0.68:
        exponent = generator.choice(["2", "3", "-1", "0.5", "-2", "1.5", "x", "1", "5"])
        return f"({random_expression(generator, depth - 1)})**{exponent}"
    sign = generator.choice(["+", "-", "*", "/"])
    return f"({random_expression(generator, depth - 1)}) {sign} ({random_expression(generator, depth - 1)})"


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
    picture = picture_of(live_graph(root, [n for n in ancestors(root) if n.name and n.operation is None]).root)
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
    "x*w + b", "1/(1 + exp(-(x*w + b)))", "x**2 + w**3 - b**0.5", "-x - -w", "x*x*x", "x - 3 + w*(-2)",
    "2**x * x**w", "sigmoid(x*w)*tanh(b)", "hypot(x, 2.0) + maximum(w, 0.5) + minimum(3, b)",
    "x/w/b - (x - w)", "relu(x*w)*relu(w)*softplus(x1)", "x + x + x + x + x + x + x + x + x",
    "exp(exp(exp(x)))*(x*w*b)*t*x1*x*w", "(x + w)*(x + w)", "1 - x", "x**-2 + x**1 + x**1.5 + x**7",
    "log(x1) + sqrt(t)", "x*0.1 + 1e-3*w + 1e6*b", "arctan2(x, w)*logaddexp(2.0, x)", "gelu(silu(elu(x)))",
]  # fmt: skip


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_it_says_what_python_says(tmp_path, sign):
    values = dict(zip(LEAVES, sign * np.array([1.3, -0.7, 0.4, 2.0, 1.0]), strict=True))
    random = [text for text, *_ in samples(60)]
    texts = TEXTS + random
    found = read(tmp_path, *((text, values) for text in texts))
    for text, ours in zip(texts, found, strict=True):
        words = re.findall(r"[A-Za-z_]\w*", text)
        root, _ = twin(text, {word: values[word] for word in words if word in values})
        theirs, ours = said_by_python(root), said_by_script(ours)
        for what, said in theirs.items():
            assert ours[what] == said, text
