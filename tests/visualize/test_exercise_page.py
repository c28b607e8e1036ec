"""Exercises in a browser: what is written is judged, hinted at, revealed, and told nowhere else."""

from __future__ import annotations

import re

import numpy as np
import pytest
from graphs_with_blanks import GRAPHS, fork, matrix, neuron, softmax_loss
from pages import DARK, SMALL, overlaps

from autograd_core import Node, scope
from visualize import exercise
from visualize.exercises.seeds import outputs_of
from visualize.exercises.tolerance import near


def field(page, label):
    return page.locator(f'input.answer[aria-label="{label}"]')


def hint(page):
    return page.locator(".exercise .hint").inner_text()


def progress(page):
    return page.locator(".exercise .progress").inner_text()


def answer(page, label, text):
    field(page, label).fill(text)
    field(page, label).press("Enter")


def entries(asked):
    """The label of each field, and what is right in it."""
    for label, right in asked.answers().items():
        for index in np.ndindex(np.shape(right)):
            yield f"{label}{list(index) if index else ''}", right[index]


TOLD = """() => {
    const root = document.querySelector(".computational-graph").shadowRoot;
    const seen = (e) => getComputedStyle(e).visibility === "visible";
    const texts = [...root.querySelectorAll("svg.picture text")].filter(seen);
    const labels = [...root.querySelectorAll("[aria-label], [aria-valuetext]")];
    return [
        ...texts.map((t) => t.textContent),
        ...labels.flatMap((e) => [e.getAttribute("aria-label"), e.getAttribute("aria-valuetext")]),
        ...[".written", ".panel", ".exercise"].map((name) => root.querySelector(name).innerText),
    ].join("\\n");
}"""


def told(page):
    """The numbers that can be seen or heard."""
    return set(re.findall(r"\d[\d.e-]*\d", page.evaluate(TOLD).replace("−", "-")))


def test_it_speaks_of_boxes_and_of_no_numbers_to_turn(window):
    page = window.show(exercise(fork()).html())
    assert "Drag" not in page.locator(".panel").inner_text()
    assert "Tab goes to the boxes to fill in." in page.locator(".stage").get_attribute("aria-label")


# --- judging --------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", GRAPHS)
def test_a_whole_exercise_by_keyboard(window, make):
    asked = exercise(make(), "both", seed=1)
    page = window.show(asked.html())
    count = sum(1 for _ in entries(asked))
    assert progress(page) == f"0 of {count} right"
    page.locator("input.answer").first.focus()
    for done, (_, right) in enumerate(entries(asked), 1):
        # The next field in order has the focus.
        page.keyboard.type(f"{right:.2g}")
        page.keyboard.press("Enter")
        assert progress(page) in (f"{done} of {count} right", f"All {count} right")
    assert progress(page) == f"All {count} right"
    assert page.locator("input.answer:visible").count() == 0
    for _, right in entries(asked):
        assert f"{right:.4g}".lstrip("-") in page.evaluate(TOLD)
    assert overlaps(page) == []


FILL = """([label, text]) => {
    const root = document.querySelector(".computational-graph").shadowRoot;
    const input = root.querySelector(`input.answer[aria-label="${label}"]`);
    for (const value of [text, ""]) {
        input.value = value;
        input.dispatchEvent(new Event("input"));
        input.dispatchEvent(new Event("change"));
        if (value) window.said = root.querySelector(".exercise .hint").innerText;
    }
    return window.said;
}"""


@pytest.mark.parametrize("make", GRAPHS)
def test_every_mistake_gets_its_hint(window, make):
    asked = exercise(make(), "both", seed=1)
    page = window.show(asked.html())
    questions = asked._task.questions
    kinds = set()
    found = outputs_of(questions, [leaf.value for leaf in questions.leaves])
    for one, rows in zip(questions.all, found, strict=True):
        right, wrong = rows[0], rows[1:]
        for number, mistake in enumerate(one.mistakes):
            index = next(
                (
                    i
                    for i in np.ndindex(right.shape)
                    if np.isfinite(wrong[number][i]) and not near(wrong[number][i], right[i])
                ),
                None,
            )
            if index is None:
                continue
            label = f"{one.blank.label}{list(index) if index else ''}"
            said = page.evaluate(FILL, [label, f"{wrong[number][index]:.4g}"])
            fitting = [
                m.hint
                for m, value in zip(one.mistakes, wrong, strict=True)
                if near(wrong[number][index], value[index])
            ]
            first = list(dict.fromkeys(fitting))[:2]
            assert mistake.hint in fitting
            for words in first:
                assert words.replace("_", "") in said, (label, said)
            kinds.add(mistake.kind)
    assert {"sign", "upstream forgotten", "other operation", "carried", "factor 2"} <= kinds
    assert progress(page).startswith("0 of")


def test_the_kinds_of_mistakes_that_are_known():
    kinds = set()
    for make in GRAPHS:
        for one in exercise(make(), "both")._task.questions.all:
            kinds |= {mistake.kind for mistake in one.mistakes}
    assert {
        "one path", "path forgotten", "upstream forgotten", "local forgotten", "sign", "own value",
        "transposed", "f for f′", "f′ for f", "carried", "factor n", "factor 1/n", "factor 2",
        "other operation", "one operand", "order",
    } <= kinds  # fmt: skip


def test_a_wrong_answer_stays_and_is_said_to_be_wrong(window):
    page = window.show(exercise(fork()).html())
    answer(page, "∂f/∂u2", "-1")
    assert hint(page) == "∂f/∂u2 is not -1: the sign is wrong."
    assert field(page, "∂f/∂u2").get_attribute("aria-invalid") == "true"
    assert field(page, "∂f/∂u2").evaluate("e => e.getRootNode().activeElement === e")
    answer(page, "∂f/∂u2", "1")
    assert hint(page) == "Right: ∂f/∂u2 = 1 · 1 = 1"
    assert not field(page, "∂f/∂u2").is_visible()


def test_two_mistakes_that_fit_are_both_named(window):
    x = Node(3.0, name="x")
    page = window.show(exercise(x * Node(5.0, name="y") + x, ["x"]).html())
    answer(page, "∂f/∂x", "5")
    assert "; or " in hint(page)


def test_what_follows_from_a_wrong_answer_is_told(window):
    asked = exercise(neuron(), seed=1)
    page = window.show(asked.html())
    upstream, x1, w1 = (asked.answers()[f"∂f/∂{name}"] for name in ("u1", "x1", "w1"))
    wrong = 3.7
    answer(page, "∂f/∂u1", str(wrong))
    assert "is not 3.7: it is the upstream gradient times the local gradient." in hint(page)
    answer(page, "∂f/∂x1", f"{wrong * x1 / upstream:.3g}")
    assert "right, but for your answer before it that is not" in hint(page)
    answer(page, "∂f/∂w1", f"{w1:.3g}")  # what is right is right all the same
    assert hint(page).startswith("Right")


def test_numbers_as_people_type_them(window):
    asked = exercise(Node(3.0, name="x") / Node(7.0, name="y"))
    page = window.show(asked.html())
    answer(page, "∂f/∂x", "what")
    assert hint(page).startswith("what is no number")
    answer(page, "∂f/∂x", "1/7")
    assert hint(page).startswith("Right")
    answer(page, "∂f/∂y", "−0,061")
    assert hint(page).startswith("Right")


def test_an_empty_field_is_no_answer(window):
    page = window.show(exercise(fork()).html())
    answer(page, "∂f/∂u2", "7")
    answer(page, "∂f/∂u2", "")
    assert field(page, "∂f/∂u2").get_attribute("aria-invalid") == "false"
    assert hint(page).startswith("Fill in the boxes")


# --- reveal and reset -----------------------------------------------------------------------------


def test_reveal_goes_in_the_order_of_the_chain_rule(window):
    asked = exercise(neuron(), seed=1)
    page = window.show(asked.html())
    answer(page, asked.questions[1], f"{asked.answers()[asked.questions[1]]:.3g}")
    for number, label in enumerate([asked.questions[0], *asked.questions[2:]], 1):
        page.get_by_role("button", name="Reveal the next").click()
        assert hint(page).startswith(f"Revealed: {label} = ")
        assert progress(page) == f"1 of 12 right, {number} revealed"
    assert page.get_by_role("button", name="Reveal the next").is_disabled()


def test_reset_begins_anew(window):
    asked = exercise(matrix(), seed=1)
    page = window.show(asked.html())
    page.get_by_role("button", name="Reveal the next").click()
    answer(page, "∂f/∂b[0]", "7")
    page.get_by_role("button", name="Reset").click()
    assert progress(page).startswith("0 of 26 right")
    assert field(page, "∂f/∂b[0]").input_value() == ""
    assert page.locator("input.answer:visible").count() == 26


# --- what is told ---------------------------------------------------------------------------------


@pytest.mark.parametrize("blank", ["gradients", "values", "both"])
@pytest.mark.parametrize("make", [neuron, fork, softmax_loss])
def test_no_step_and_no_panel_tells_an_answer(window, make, blank):
    asked = exercise(make(), blank, seed=1)
    page = window.show(asked.html())
    answers = {f"{right:.4g}".lstrip("-") for _, right in entries(asked)}
    leaves = [np.ravel(leaf.value) for leaf in asked._task.questions.leaves]
    known = {f"{x:.4g}".lstrip("-") for values in leaves for x in values}
    if blank == "gradients":  # the values may be seen
        nodes = [wire.node for wire in asked._task.drawing.picture.wires]
        known |= {f"{float(x):.4g}".lstrip("-") for node in nodes for x in np.ravel(node.value)}
    secret = {x for x in answers - known if len(x.replace(".", "").strip("0")) > 1}
    assert secret
    page.locator(".stage").focus()
    page.keyboard.press("Home")
    for _ in range(30):
        page.keyboard.press("ArrowRight")
        assert not secret & told(page)
    parts = page.locator('.stage [data-part][role="button"]').count()
    for _ in range(parts):
        page.keyboard.press("ArrowDown")
        assert not secret & told(page)


def test_what_is_solved_is_told_everywhere(window):
    asked = exercise(neuron(), seed=1)
    page = window.show(asked.html())
    right = asked.answers()["∂f/∂u7"]
    answer(page, "∂f/∂u7", f"{right:.2g}")
    page.locator('[data-part][aria-label^="u7"]').first.focus()
    page.keyboard.press("Enter")
    assert f"{right:.4g}" in page.locator(".panel").inner_text()
    label = page.locator('[data-part][aria-label^="u7"]').first.get_attribute("aria-label")
    assert f"gradient {right:.4g}" in label


def test_a_number_that_is_solved_does_not_tell_those_that_it_is_made_of(window):
    asked = exercise(neuron(), "both", seed=1)
    page = window.show(asked.html())
    answers = asked.answers()
    answer(page, "u3", f"{answers['u3']:.3g}")
    assert hint(page) == f"Right: u3 = u1 + u2 = ? + ? = {answers['u3']:.4g}"
    answer(page, "∂f/∂w1", f"{answers['∂f/∂w1']:.3g}")
    assert re.search(r"∂f/∂w1 = \? · \(?-?[\d.]+\)? = ", hint(page))


def test_of_a_matrix_each_entry_is_told_when_it_is_solved(window):
    asked = exercise(matrix(), ["W"], seed=1)
    page = window.show(asked.html())
    right = asked.answers()["∂f/∂W"]
    answer(page, "∂f/∂W[1, 0]", f"{right[1, 0]:.3g}")
    seen = page.locator('[data-part][aria-label^="W"] text.gradient:not(.asked)')
    assert seen.all_text_contents() == [f"{right[1, 0]:.4g}"]
    hidden = page.locator('[data-part][aria-label^="W"] text.gradient.asked')
    assert set(hidden.all_text_contents()) == {"?"}


def test_the_gradient_at_the_result_stands_there(window):
    page = window.show(exercise(fork(), "both").html())
    assert page.locator("svg text.gradient:not(.asked)").all_text_contents() == ["1"]


def test_a_fold_does_not_open(window):
    x = Node(0.7, name="x")
    with scope("sigmoid"):
        s = 1 / (1 + np.exp(-x))
    page = window.show(exercise(s * 2.0, fold=1).html())
    assert page.locator(".fold").count() == 0
    answer(page, "∂f/∂a1", "2")
    assert hint(page).startswith("Right")


def test_keys_of_the_page_are_letters_in_a_field(window):
    page = window.show(exercise(fork()).html())
    before = page.locator(".stage > svg").get_attribute("viewBox")
    field(page, "∂f/∂y").press_sequentially("-0+= 1")
    assert field(page, "∂f/∂y").input_value() == "-0+= 1"
    assert page.locator(".stage > svg").get_attribute("viewBox") == before
    assert page.locator(".player .count").inner_text().split(" / ")[0] != "0"
    field(page, "∂f/∂y").press("Escape")
    assert page.evaluate(
        "document.querySelector('.computational-graph').shadowRoot.activeElement.className"
    ).startswith("stage")


# --- looks ----------------------------------------------------------------------------------------


def test_fields_stand_at_their_wires(window):
    asked = exercise(matrix(), "both", seed=1)
    page = window.show(asked.html())
    boxes = [field(page, label).bounding_box() for label, _ in entries(asked)]
    for i, a in enumerate(boxes):
        assert a["width"] > 25
        for b in boxes[i + 1 :]:
            apart = (
                a["x"] + a["width"] <= b["x"] + 1
                or b["x"] + b["width"] <= a["x"] + 1
                or a["y"] + a["height"] <= b["y"] + 1
                or b["y"] + b["height"] <= a["y"] + 1
            )
            assert apart


@pytest.mark.parametrize("window", [DARK], indirect=True)
def test_dark(window):
    page = window.show(exercise(neuron(), seed=1).html())
    ground = "e => getComputedStyle(e).backgroundColor"
    assert page.locator("input.answer").first.evaluate(ground) == "rgb(22, 24, 29)"


@pytest.mark.parametrize("window", [SMALL], indirect=True)
def test_by_touch(window):
    asked = exercise(fork())
    page = window.show(asked.html())
    place = field(page, "∂f/∂u2")
    place.evaluate("e => e.focus()")
    place.tap()
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Reveal the next").tap()
    assert progress(page) == "1 of 6 right, 1 revealed"


def test_hostile_names_and_two_exercises_at_once(window):
    name = '"><img src=x onerror=alert(1)>\ue010\ue011</script>'
    one = exercise(Node(2.0, name=name) * Node(3.0, name="b"))
    two = exercise(fork())
    page = window.show(
        f"<!DOCTYPE html><body>{one._page.fragment(one._svg)}{two._page.fragment(two._svg)}</body>"
    )
    assert page.locator("input.answer").count() == 2 + 6
    page.locator("input.answer").nth(0).fill("-3")
    page.locator("input.answer").nth(0).press("Enter")
    assert "the sign is wrong" in page.locator(".exercise .hint").nth(0).inner_text()
    assert page.locator(".exercise .progress").nth(1).inner_text() == "0 of 6 right"


def test_the_page_counts_as_python_does(window):
    page = window.show(exercise(fork()).html())
    script = re.search(r"function nearlyRight.*?\n}\n", exercise(fork()).html(), re.DOTALL)[0]
    random = np.random.default_rng(0)
    right = random.normal(size=400) * 10.0 ** random.integers(-4, 5, 400)
    right[:5] = [0.0, 0.1, 1.0, 1000.0, -10.0]
    answers = [
        *(float(f"{x:.2g}") for x in right),
        *(round(x, 2) for x in right),
        *(x * 1.03 for x in right),
        *(-x for x in right),
    ]
    rights = np.tile(right, 4)
    judged = page.evaluate(
        f"(pairs) => {{ {script} return pairs.map(([a, r]) => nearlyRight(a, r)); }}",
        [[a, r] for a, r in zip(answers, rights.tolist(), strict=True)],
    )
    assert judged == near(answers, rights).tolist()
