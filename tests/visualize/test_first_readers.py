"""What a first reader of the pages stumbled over, in a browser."""

from __future__ import annotations

import re

import numpy as np
import pytest
from graphs_with_blanks import fork, neuron
from pages import visible

from autograd_core import Node
from visualize import draw, exercise
from visualize.expression import expression_page


def parabola(start=1.8):
    w = Node(start, name="w_1")
    loss = w**2
    loss.name = "L"
    loss.backward()
    return loss


def descending(window, root, rate):
    page = window.show(draw(root, live=True).html())
    page.get_by_text("Descend", exact=True).click()
    page.get_by_label("α").fill(str(rate))
    page.get_by_label("α").press("Enter")
    return page, page.locator(".card").nth(1)


def step(page, times=1):
    for _ in range(times):
        page.get_by_role("button", name="Step", exact=True).click()


def axis(card):
    """The numbers of a plot: the highest and lowest loss, the first and last place."""
    texts = card.locator("svg.curve text").all_text_contents()
    return [float(texts[place]) for place in (0, 1, 2, 4)]


# --- descent --------------------------------------------------------------------------------------


def test_everything_follows_while_a_descent_runs(window):
    page, _ = descending(window, parabola(), 0.01)
    page.get_by_role("button", name="Run").click()
    page.wait_for_timeout(1000)
    seen = page.evaluate("""() => {
        const root = document.querySelector(".computational-graph").shadowRoot;
        return ["svg.picture", ".rows + button ~ .status", ".written", ".curve"].map((name) => {
            const found = root.querySelector(name);
            return found.getAttribute("aria-label") ?? found.textContent;
        });
    }""")
    result = re.search(r"= ([\d.]+)", seen[1])[1]
    assert float(result) < 3.2
    assert result in seen[2]
    page.wait_for_timeout(800)
    assert page.get_by_role("button", name="Pause").is_visible()
    label = page.locator('svg.picture [aria-label^="L, "]').get_attribute("aria-label")
    assert float(re.search(r"value ([\d.]+)", label)[1]) < float(result)


def test_a_step_says_its_rule_in_numbers(window):
    page, card = descending(window, parabola(), 0.3)
    assert card.locator(".rules").inner_text() == "w1 ← w1 − α · ∂L/∂w1"
    step(page)
    line = "w1 ← w1 − α · ∂L/∂w1 = 1.8 − 0.3 · 3.6 = 0.72"
    assert card.locator(".rules").inner_text() == line
    assert "w1: 1.8 → 0.72" in card.inner_text()
    below = card.locator(".rules sub, .rules + p sub").all_inner_texts()
    assert below == ["1", "1", "1", "1"]  # and not the line behind it


def test_negative_gradients_stand_in_brackets(window):
    page, card = descending(window, parabola(-1.0), 0.5)
    step(page)
    assert card.locator(".rules").inner_text().endswith("= -1 − 0.5 · (-2) = 0")


@pytest.mark.parametrize("start", [1.8, -0.3, 40.0])
def test_both_sides_of_a_near_valley_are_seen(window, start):
    page, card = descending(window, parabola(start), 0.1)
    step(page, 3)
    highest, lowest, first, last = axis(card)
    assert first < -abs(start) and last > abs(start)
    assert lowest == 0
    assert start**2 < highest < 2 * start**2


def test_where_there_is_no_valley_the_path_is_seen(window):
    x = Node(1.0, name="x")
    f = np.exp(-x)
    f.backward()
    page, card = descending(window, f, 0.1)
    step(page, 3)
    _, _, first, last = axis(card)
    assert first < 1.0 < last


def test_a_descent_that_has_arrived_stops_and_says_so(window):
    page, card = descending(window, parabola(), 0.45)
    page.get_by_role("button", name="Run").click()
    card.get_by_text("changed hardly anything").wait_for()
    assert page.get_by_role("button", name="Run").is_visible()
    page.get_by_role("button", name="Reset descent").click()
    assert card.get_by_text("changed hardly anything").count() == 0


def test_a_loss_that_grows_is_said(window):
    page, card = descending(window, parabola(), 1.1)
    step(page, 2)
    assert card.get_by_text("grows from step to step").count() == 0
    step(page)
    assert card.get_by_text("L grows from step to step: α = 1.1 is too large here").is_visible()


# --- the place of things --------------------------------------------------------------------------


def places(page):
    page.evaluate("scrollTo(0, 0)")
    boxes = [page.locator(name).bounding_box() for name in (".stage", ".controls", ".written")]
    return [(box["y"], box["height"]) for box in boxes]


SIZES = [{"viewport": {"width": w, "height": h}} for w, h in ((1200, 760), (800, 1000))]
PAGES = [expression_page, lambda: draw(neuron_with_gradients(), live=True).html()]


def neuron_with_gradients():
    f = neuron()
    f.backward()
    return f


@pytest.mark.parametrize("window", SIZES, indirect=True)
@pytest.mark.parametrize("html", PAGES)
def test_nothing_above_moves_when_a_card_opens_or_steps_go_on(window, html):
    page = window.show(html())
    before = places(page)
    for name in ("Descend", "Compare"):
        page.locator("summary", has_text=name).click()
        assert places(page) == before
    step(page)
    page.wait_for_timeout(800)
    assert places(page) == before
    for _ in range(8):
        page.locator("button.back").click()
        assert places(page) == before
    page.locator('.stage [role="button"]').nth(4).hover()
    assert places(page) == before


def test_boxes_to_tick_stand_level_with_their_names(window):
    page = window.show(draw(neuron_with_gradients(), live=True).html())
    page.get_by_text("Descend", exact=True).click()
    lefts = []
    for label in page.locator(".ticks label").all():
        box, words = label.locator("input").bounding_box(), label.locator("span").bounding_box()
        middle = [part["y"] + part["height"] / 2 for part in (box, words)]
        assert middle[0] == pytest.approx(middle[1], abs=1.0)
        lefts.append(box["x"])
    legend = page.locator(".learn > span").bounding_box()
    assert min(lefts) > legend["x"] + legend["width"]


def test_a_part_that_is_picked_keeps_its_line(window):
    page = window.show(draw(parabola(), live=True).html())
    page.locator('.stage [role="button"]').first.hover()
    hit = page.locator(".picked > .hit")
    assert float(hit.evaluate("e => getComputedStyle(e).fillOpacity")) < 0.2
    inner = page.locator(".picked text").first.bounding_box()
    assert inner["x"] - hit.bounding_box()["x"] >= 3


# --- what is said ---------------------------------------------------------------------------------


def test_the_last_step_gives_way_to_the_whole_when_another_leaf_changes(window):
    page = window.show(draw(neuron_with_gradients(), live=True).html())
    page.locator("button.last").click()
    last = page.locator(".written").inner_text()
    own = re.match(r"∂f/∂(\w+)", last)[1]
    other = "x1" if own != "x1" else "w1"
    page.locator(f'.knob[aria-label="{own}"]').focus()
    page.keyboard.press("ArrowUp")
    assert page.locator(".written").inner_text().startswith(f"∂f/∂{own}")
    assert page.locator("svg .now").count() > 0
    page.locator(f'.knob[aria-label="{other}"]').focus()
    page.keyboard.press("ArrowUp")
    assert page.locator(".written").inner_text().startswith("Computational graph")
    assert page.locator("svg .now").count() == 0
    # Who is on the way there stays at the step.
    page.locator("button.back").click()
    before = page.locator(".written").inner_text()
    page.locator(f'.knob[aria-label="{other}"]').focus()
    page.keyboard.press("ArrowUp")
    assert page.locator(".written").inner_text().split(" = ")[0] == before.split(" = ")[0]


def test_a_page_of_its_own_says_what_stands_where(window):
    page = window.show(draw(parabola(), live=True).html())
    said = "Above each wire: its value; below it: the gradient of L with respect to it."
    assert page.locator(".legend").inner_text() == said
    assert page.title() == "Computational graph of L: 1 operation, result 3.24"
    page = window.show(draw(Node(2.0, name="x") * 3.0, live=True).html())
    assert page.locator(".legend").inner_text() == "Above each wire: its value."
    notebook = draw(parabola(), live=True)._repr_mimebundle_()["text/html"]
    page = window.show(f"<!DOCTYPE html>{notebook}")
    assert page.locator(".legend").count() == 0


def test_the_first_page_explains_itself_in_four_lines(window):
    page = window.show(expression_page())
    intro = page.locator(".intro")
    line = float(intro.evaluate("e => parseFloat(getComputedStyle(e).lineHeight)"))
    assert intro.bounding_box()["height"] <= 4 * line + 1
    assert "upstream gradient" in intro.inner_text()
    assert "u7 =" in page.locator("svg.picture text").all_text_contents()


def write(page, expression):
    page.get_by_label("Expression").fill(expression)
    page.wait_for_timeout(350)


def test_numbers_that_nobody_chose_are_said_until_they_are_chosen(window):
    page = window.show(expression_page("f = p*q_1 + sin(p)"))
    remark = page.locator(".remark")
    assert remark.inner_text() == "p = 2 and q1 = -1 are made up: drag them."
    page.locator('.knob[aria-label="p"]').focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(350)
    assert remark.inner_text() == "q1 = -1 is made up: drag it."
    write(page, "f = p*q_1\nq_1 = 3")
    assert remark.inner_text() == ""
    write(page, "f = " + "+".join(f"n{place}" for place in range(8)))
    assert remark.inner_text() == "The numbers of 8 names are made up: drag them."


def test_a_mistake_covers_and_moves_nothing(window):
    page = window.show(expression_page("f = x*y"))
    before = places(page)
    write(page, "f = 2x*y")
    assert places(page) == before
    said, stage = page.locator("#mistake").bounding_box(), page.locator(".stage").bounding_box()
    assert said["y"] + said["height"] <= stage["y"]
    assert visible(page, "value")


# --- exercises ------------------------------------------------------------------------------------


def answer(page, label, text):
    field = page.locator(f'input.answer[aria-label="{label}"]')
    field.fill(text)
    field.press("Enter")
    return page.locator(".exercise .hint").inner_text()


def test_an_exercise_says_where_to_start_and_speaks_of_no_drag(window):
    page = window.show(exercise(neuron()).html())
    hint = page.locator(".exercise .hint").inner_text()
    assert "Start at f, whose gradient is 1, and go back." in hint
    assert "Drag the number" not in page.locator(".panel").inner_text()
    page = window.show(exercise(neuron(), "values").html())
    assert "Start at the leaves." in page.locator(".exercise .hint").inner_text()


def test_who_is_wrong_again_is_reminded(window):
    page = window.show(exercise(neuron()).html())
    said = "∂f/∂u7 is not 3.7: it is the upstream gradient times the local gradient."
    assert answer(page, "∂f/∂u7", "3.7") == said
    assert answer(page, "∂f/∂u7", "3.7") == said  # the same once more is no other try
    again = answer(page, "∂f/∂u7", "4.1")
    assert again.endswith("Remember: f = 1/u7, with the local gradient -1/u7².")
    assert "fork" not in again


def test_a_fork_is_spoken_of_where_there_is_one(window):
    page = window.show(exercise(fork()).html())
    assert "its wire forks" in answer(page, "∂f/∂x", "77")
    assert "its wire forks" not in answer(page, "∂f/∂y", "77")


def test_a_hint_calls_things_as_the_graph_does(window):
    asked = exercise(neuron())
    page = window.show(asked.html())
    u7 = asked._task.root.inputs[1].value
    said = answer(page, "∂f/∂u7", f"{-1 / u7:.4g}")
    assert "you did not square the denominator: the derivative of 1/u7 for u7 is -1/u7²" in said


def test_the_panel_of_an_exercise_helps(window):
    page = window.show(exercise(neuron()).html())
    page.locator('.stage [role="button"][aria-label^="*"]').first.hover()
    panel = page.locator(".panel").inner_text()
    assert "upstream gradient · local gradient" in panel
    assert "not yet computed" not in panel
    page.locator('.stage [role="button"][aria-label^="u3"]').first.hover()
    assert "to fill in" in page.locator(".panel").inner_text()
