"""Live pages in a browser: every way to change a number, and that all that is said follows."""

from __future__ import annotations

import numpy as np
import pytest
from live_pages import differences, everything, other, set_leaves, still
from live_reading import computed_anew, leaves_of
from pages import DARK, SMALL, fragment, overlaps, part, text, visible

import visualize
from autograd_core import Node, scope
from nn import FullyConnected, NeuralNetwork, SoftMaxCrossEntropyLoss, Tanh
from visualize import draw, explain, lecture_example


def fork():
    x, w = Node(2.0, name="x"), Node(-0.5, name="w_1")
    y = np.tanh(x * w + x)
    y.name = "y"
    y.backward()
    return y


def matrices():
    rng = np.random.default_rng(2)
    x = Node(np.round(rng.normal(size=(2, 3)), 2), name="X")
    w = Node(np.round(rng.normal(size=(3, 2)), 2), name="W")
    b = Node(np.round(rng.normal(size=2), 2), name="b")
    with scope("layer"):
        z = x @ w + b
    f = (np.tanh(z) ** 2).sum()
    f.name = "L"
    f.backward()
    return f


def knob(page, name):
    return page.locator(f'.knob[aria-label="{name}"]')


def field(page, name):
    return page.locator(f'.rows input[aria-label="{name}"]')


def value(page, name):
    return float(knob(page, name).get_attribute("aria-valuenow"))


def drag(page, box, right):
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right, y, steps=4)
    page.mouse.up()


def follows(page, root, **leaves):
    """Whether the numbers in the picture are those of the graph with these leaves."""
    nodes = {node.name: node for node in leaves_of(root)}
    anew = computed_anew(root, {nodes[name]: number for name, number in leaves.items()})
    page.wait_for_timeout(250)
    shown = [*visible(page, "value"), *visible(page, "gradient")]
    sheet = draw(anew, live=True)._drawing.sheet
    wanted = [s.text for s in sheet.shapes if s.kind == "text" and s.fill in ("value", "gradient")]
    return sorted(shown) == sorted(wanted)


# --- every way to change a number -----------------------------------------------------------------


def test_a_number_is_dragged_in_the_picture(window):
    root = fork()
    page = window.show(draw(root, live=True).html())
    drag(page, knob(page, "x").bounding_box(), 52)
    assert value(page, "x") == 3.0
    assert follows(page, root, x=3.0)
    assert field(page, "x").input_value() == "3"
    page.keyboard.down("Shift")
    drag(page, knob(page, "w_1").bounding_box(), -10)
    page.keyboard.up("Shift")
    assert value(page, "w_1") == -2.5
    assert follows(page, root, x=3.0, w_1=-2.5)


def test_dragging_a_number_moves_no_picture(window):
    page = window.show(draw(fork(), live=True).html())
    before = page.locator(".stage > svg").get_attribute("viewBox")
    drag(page, knob(page, "x").bounding_box(), 60)
    assert page.locator(".stage > svg").get_attribute("viewBox") == before
    assert page.locator(".pin").count() == 0


@pytest.mark.parametrize("window", [SMALL], indirect=True)
def test_a_number_is_dragged_by_touch(window):
    root = fork()
    page = window.show(draw(root, live=True).html())
    box = knob(page, "x").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    for kind, at in [
        ("touchStart", x),
        ("touchMove", x + 20),
        ("touchMove", x + 50),
        ("touchEnd", 0),
    ]:
        points = [] if kind == "touchEnd" else [{"x": at, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert value(page, "x") == 3.0
    assert follows(page, root, x=3.0)


@pytest.mark.parametrize("window", [SMALL], indirect=True)
def test_a_tap_opens_a_field(window):
    page = window.show(draw(fork(), live=True).html())
    knob(page, "x").tap()
    page.locator("input.over").fill("0.75")
    page.locator("input.over").press("Enter")
    assert value(page, "x") == 0.75


def test_a_click_or_enter_opens_a_field_in_the_place_of_the_number(window):
    root = fork()
    page = window.show(draw(root, live=True).html())
    knob(page, "x").click()
    page.keyboard.type("0.25")
    page.keyboard.press("Enter")
    assert value(page, "x") == 0.25
    assert follows(page, root, x=0.25)
    assert knob(page, "x").evaluate("knob => knob.matches(':focus')")
    page.keyboard.press("Enter")
    page.keyboard.type("7")
    page.keyboard.press("Escape")
    assert value(page, "x") == 0.25
    page.keyboard.type("-3")  # a digit begins, too
    page.keyboard.press("Enter")
    assert value(page, "x") == -3.0
    assert page.locator("input.over").count() == 0


def test_arrow_keys_change_a_number_and_do_not_step(window):
    root = fork()
    page = window.show(draw(root, live=True).html())
    count = page.locator(".count").inner_text()
    knob(page, "x").focus()
    page.keyboard.press("ArrowUp")
    assert value(page, "x") == 2.1
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Alt+ArrowDown")
    assert value(page, "x") == 3.09
    assert follows(page, root, x=3.09)
    assert page.locator(".count").inner_text() == count
    page.keyboard.press("Escape")
    assert value(page, "x") == 2.0


def test_a_field_takes_what_is_typed_and_refuses_what_is_no_number(window):
    root = fork()
    page = window.show(draw(root, live=True).html())
    box = field(page, "w_1")
    box.fill("1,5")
    box.press("Enter")
    assert value(page, "w_1") == 1.5
    assert follows(page, root, w_1=1.5)
    box.fill("0.5 apples")
    box.press("Enter")
    assert box.get_attribute("aria-invalid") == "true"
    assert "0.5 apples is no number" in box.get_attribute("title")
    box.press("Escape")
    assert box.input_value() == "1.5"
    assert box.get_attribute("aria-invalid") == "false"
    box.press("ArrowUp")
    assert value(page, "w_1") == 1.6
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Reset leaves").click()
    assert (value(page, "x"), value(page, "w_1")) == (2.0, -0.5)
    assert follows(page, root)


def test_a_field_shows_all_digits_to_who_is_in_it(window):
    page = window.show(draw(fork(), live=True).html())
    set_leaves(page, {"x": 1 / 3})
    assert field(page, "x").input_value() == "0.333333"
    field(page, "x").focus()
    assert field(page, "x").input_value() == "0.333333333333"


def test_by_the_keyboard_alone(window):
    page = window.show(draw(fork(), live=True).html())
    seen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                """() => {
                    const host = document.querySelector(".computational-graph");
                    const at = host.shadowRoot.activeElement;
                    return at?.getAttribute("aria-label") ?? at?.textContent ?? "";
                }"""
            )
        )
    order = ["x", "w_1", "Play", "Leaves", "x", "w_1", "Reset leaves", "Descend", "Compare"]
    places, start = [], 0
    for name in order:
        start = seen.index(name, start)
        places.append(start)
    assert places == sorted(places)


def test_numbers_of_a_matrix_are_whole_in_their_fields(window):
    w = Node([[-1.23456e-10, -123456.789], [-0.001234567, 1 / 3]], name="W")
    page = window.show(draw((w * w).sum(), live=True).html())
    fields = page.locator(".grid input")
    assert fields.evaluate_all("all => all.map((one) => one.value)") == [
        "-1.235e-10", "-1.235e+05", "-0.001235", "0.3333",
    ]  # fmt: skip
    beyond = "all => all.filter((one) => one.scrollWidth > one.clientWidth).length"
    assert fields.evaluate_all(beyond) == 0


def test_matrices_change_entry_by_entry(window):
    root = matrices()
    page = window.show(draw(root, live=True, fold=()).html())
    knob(page, "W[1, 0]").focus()
    page.keyboard.press("Shift+ArrowUp")
    w = np.array(next(leaf for leaf in leaves_of(root) if leaf.name == "W").value)
    w[1, 0] = round(w[1, 0] + 1, 12)
    assert value(page, "W[1, 0]") == w[1, 0]
    assert follows(page, root, W=w)
    field(page, "X[0, 2]").fill("4")
    field(page, "X[0, 2]").press("Enter")
    assert value(page, "X[0, 2]") == 4.0


@pytest.mark.parametrize("options", [{"theme": "micrograd"}, {"rankdir": "TB"}, {"rankdir": "RL"}])
def test_numbers_change_in_any_look(window, options):
    root = fork()
    page = window.show(draw(root, live=True, **options).html())
    drag(page, knob(page, "x").bounding_box(), 52)
    assert value(page, "x") == 3.0
    page.wait_for_timeout(200)
    assert "0.9051" in visible(page, "value")
    assert overlaps(page) == []


def test_a_graph_without_gradients_has_no_descent(window):
    x = Node(2.0, name="x")
    page = window.show(draw(x * x, live=True).html())
    knob(page, "x").focus()
    page.keyboard.press("Shift+ArrowUp")
    assert "9" in visible(page, "value")
    assert not page.get_by_text("Descend", exact=True).is_visible()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_keep_their_type(window, dtype):
    x = Node(np.array([0.1, 0.7], dtype), name="x")
    f = (x * x).sum()
    f.name = "f"
    f.backward()
    page = window.show(draw(f, live=True, number_format=".17g").html())
    set_leaves(page, {"x": [0.3, 0.6]})
    anew = computed_anew(f, {leaves_of(f)[0]: np.array([0.3, 0.6], dtype)})
    page.locator('.node[aria-label^="f, result"]').hover()
    shown = float(page.locator(".panel .value p").inner_text())
    assert shown == pytest.approx(float(anew.value), rel=1e-6 if dtype is np.float32 else 1e-15)


# --- everything follows ---------------------------------------------------------------------------

WORKED = (
    "sum times", "abstract function", "sigmoid neuron", "neural chain", "fully connected shapes",
    "softmax and cross entropy",
)  # fmt: skip


@pytest.mark.parametrize("options", [{}, {"local_gradients": True, "function_boxes": True}])
@pytest.mark.parametrize("name", WORKED)
def test_all_that_a_page_says_is_what_python_writes_for_the_new_numbers(window, name, options):
    root = lecture_example(name)
    if root.grad is None:
        root.backward()
    page = window.show(draw(root, live=True, **options).html())
    leaves = leaves_of(root)
    names = page.evaluate(
        "() => document.querySelector('.computational-graph').live.leaves.map((leaf) => leaf.key)"
    )
    new = {}
    for place, leaf in enumerate(leaves):
        new[leaf] = other(leaf.value, place)
        set_leaves(page, {names[place]: new[leaf]})
    found = everything(page)
    page = window.show(still(computed_anew(root, new), **options))
    assert differences(found, everything(page)) == []


def test_what_is_in_folds_follows_when_it_is_opened(window):
    root = matrices()
    page = window.show(draw(root, live=True, fold=1).html())
    x = np.array([[1.0, 0.5, -1.0], [0.25, 2.0, 0.0]])
    set_leaves(page, {"X": x})
    part(page, "layer").click()
    assert page.locator(".frame").count() == 1
    set_leaves(page, {"b": np.array([0.5, 0.125])})
    assert follows(page, root, X=x, b=np.array([0.5, 0.125]))


def test_a_network_on_a_batch_follows(window):
    layers = [FullyConnected(2, 3), Tanh(), FullyConnected(3, 2)]
    network = NeuralNetwork(layers, loss=SoftMaxCrossEntropyLoss(), seed=3)
    x, y = np.array([[0.5, -1.0], [2.0, 0.25]]), np.eye(2)
    root = network.loss(network.forward(x), y)
    root.backward()
    page = window.show(draw(root, live=True).html())
    leaf = next(leaf for leaf in leaves_of(root) if leaf.name and leaf.name.startswith("W"))
    new = other(leaf.value, 1).astype(leaf.dtype)
    set_leaves(page, {leaf.name: new})
    found = everything(page)
    page = window.show(still(computed_anew(root, {leaf: new})))
    assert differences(found, everything(page)) == []


def test_the_panel_keeps_up_and_explains(window):
    root = fork()
    page = window.show(draw(root, live=True).html())
    page.locator('.node[aria-label^="x, leaf"]').click(position={"x": 6, "y": 30})
    button = page.get_by_role("button", name="Explain")
    button.focus()
    page.keyboard.press("Enter")
    set_leaves(page, {"x": -1.25, "w_1": 0.75})
    nodes = {leaf.name: leaf for leaf in leaves_of(root)}
    anew = computed_anew(root, {nodes["x"]: -1.25, nodes["w_1"]: 0.75})
    lines = page.locator(".explained p").all_text_contents()
    assert lines == str(explain(anew, "x")).split("\n")
    assert page.locator(".panel .value p").inner_text() == "-1.25"
    # Who has the focus keeps it, while the words around change.
    assert page.get_by_role("button", name="Hide the explanation").evaluate(
        "b => b.matches(':focus')"
    )


def test_the_step_on_view_keeps_up(window):
    root = lecture_example("sum times")
    page = window.show(draw(root, live=True).html())
    page.get_by_role("button", name="First step").click()
    for _ in range(2):
        page.get_by_role("button", name="Step forward").click()
    set_leaves(page, {"x": -4.0})
    nodes = {leaf.name: leaf for leaf in leaves_of(root)}
    frames = draw(computed_anew(root, {nodes["x"]: -4.0})).frames()
    assert text(page) in [frame.text for frame in frames]
    assert text(page) == "q = -4 + 1 = -3"


def test_there_is_no_number_to_change_before_the_leaves_are_shown(window):
    page = window.show(draw(fork(), live=True).html())
    page.get_by_role("button", name="First step").click()
    assert not knob(page, "x").is_visible()
    page.get_by_role("button", name="Step forward").click()
    assert knob(page, "x").is_visible()


def test_what_is_out_of_sight_is_written_when_it_is_calm(window):
    x = Node(1.5, name="x")
    f = x
    for _ in range(120):
        f = np.sin(f) + x
    f.backward()
    page = window.show(draw(f, live=True, fold=()).html())
    set_leaves(page, {"x": 0.5})
    leaf = leaves_of(f)[0]
    anew = computed_anew(f, {leaf: 0.5})
    sheet = draw(anew, live=True, fold=())._drawing.sheet
    wanted = [s.text for s in sheet.shapes if s.kind == "text" and s.fill == "value"]
    page.wait_for_timeout(1500)
    assert sorted(visible(page, "value")) == sorted(wanted)


def test_pictures_too_large_for_wires_follow_too(window, monkeypatch):
    monkeypatch.setattr(visualize.layout.units, "MOST_PARTS_LIVE", 0)
    root = fork()
    page = window.show(draw(root, live=True).html())
    assert page.locator("svg path.wire").count() > 0
    knob(page, "x").click()
    page.keyboard.type("0.5")
    page.keyboard.press("Enter")
    assert follows(page, root, x=0.5)


# --- texts have their room ------------------------------------------------------------------------

EXTREME = (1e-300, -1.2345e100, 123456.789, -0.000123456, -1e-7, 1e22)


@pytest.mark.parametrize("number_format", [".4g", ".3f", "+.6e"])
def test_no_number_reaches_into_another(window, number_format):
    root = fork()
    page = window.show(draw(root, live=True, number_format=number_format).html())
    assert overlaps(page) == []
    for first in EXTREME:
        set_leaves(page, {"x": first, "w_1": -first})
        page.wait_for_timeout(200)
        assert overlaps(page) == []
        assert page.locator("svg text[textLength]").count() == 0


def test_numbers_of_matrices_keep_apart(window):
    root = matrices()
    page = window.show(draw(root, live=True, fold=()).html())
    for first in EXTREME:
        set_leaves(page, {"X": np.full((2, 3), first), "b": np.array([first, -first])})
        page.wait_for_timeout(200)
        assert overlaps(page) == []


def test_a_shortened_number_is_whole_in_the_panel(window):
    page = window.show(draw(fork(), live=True, number_format=".8g").html())
    set_leaves(page, {"x": -1.2345678e-100})
    page.locator('.node[aria-label^="x, leaf"]').hover(position={"x": 6, "y": 30})
    assert page.locator(".panel .value p").inner_text() == "-1.2345678e-100"
    assert "-1.23e-100" in visible(page, "value")


def test_what_is_not_finite_stands_out(window):
    x = Node(2.0, name="x")
    f = np.log(x) * x
    f.name = "f"
    f.backward()
    page = window.show(draw(f, live=True).html())
    assert visible(page, "warning") == []
    set_leaves(page, {"x": -1.0})
    page.wait_for_timeout(250)
    assert "nan" in visible(page, "warning")
    assert "first value that is not finite" in page.locator(".card .problem").first.inner_text()
    assert page.locator("svg .node.broken").count() >= 1
    set_leaves(page, {"x": 3.0})
    page.wait_for_timeout(250)
    assert visible(page, "warning") == []
    assert page.locator("svg .broken").count() == 0


# --- descend and compare --------------------------------------------------------------------------


def descend(page, rate):
    page.get_by_text("Descend", exact=True).click()
    page.get_by_label("α").fill(str(rate))
    page.get_by_label("α").press("Enter")


def test_descent_walks_as_in_the_lecture(window):
    page = window.show(draw(lecture_example("gradient descent"), live=True).html())
    descend(page, 0.3)
    step = page.get_by_role("button", name="Step", exact=True)
    step.click()
    step.click()
    card = page.locator(".card").nth(1)
    assert "w: 1.8 → 0.72 → 0.288" in card.inner_text()
    assert "step 2: L = 0.08294" in card.inner_text()
    label = card.locator("svg.curve").get_attribute("aria-label")
    assert label == "L over w, with the path of 2 steps of descent"
    assert card.locator("svg.curve circle").count() == 3
    assert value(page, "w") == 0.288
    page.get_by_role("button", name="Reset descent").click()
    assert value(page, "w") == 1.8
    assert "step 0: L = 3.24" in card.inner_text()


def test_descent_runs_and_pauses(window):
    page = window.show(draw(lecture_example("gradient descent"), live=True).html())
    descend(page, 0.01)
    page.get_by_role("button", name="Run").click()
    page.wait_for_timeout(700)
    page.get_by_role("button", name="Pause").click()
    stopped = value(page, "w")
    assert stopped < 1.8
    page.wait_for_timeout(400)
    assert value(page, "w") == stopped


def test_no_result_stays_behind_while_a_descent_runs(window):
    page = window.show(draw(lecture_example("gradient descent"), live=True).html())
    descend(page, 0.3)
    results = page.get_by_role("button", name="Step", exact=True).evaluate(
        """step => {
            step.click();
            const said = [...step.closest(".cards").querySelectorAll(".status")];
            return said.map((one) => one.innerText);
        }"""
    )
    assert results == ["L = 0.5184", "step 1: L = 0.5184"]


@pytest.mark.parametrize("typed", ["-1", "0", "fast", ""])
def test_a_rate_that_is_none_is_said_and_does_not_count(window, typed):
    page = window.show(draw(lecture_example("gradient descent"), live=True).html())
    descend(page, typed)
    rate = page.get_by_label("α", exact=True)
    assert rate.get_attribute("aria-invalid") == "true"
    said = f"α expects a number above 0, got {typed or 'nothing'}: it stays 0.1."
    assert rate.get_attribute("title") == said
    page.get_by_role("button", name="Step", exact=True).click()
    assert value(page, "w") == 1.44
    rate.fill("0.5")
    rate.press("Enter")
    assert rate.get_attribute("aria-invalid") == "false"


def test_large_numbers_beside_a_curve_are_whole(window):
    page = window.show(draw(lecture_example("gradient descent"), live=True).html())
    descend(page, 100)
    for _ in range(40):
        page.get_by_role("button", name="Step", exact=True).click()
    left, right = page.locator("svg.curve").evaluate(
        "curve => [...curve.querySelectorAll('text')].map((one) => one.getBBox())"
        ".reduce(([a, b], box) => [Math.min(a, box.x), Math.max(b, box.x + box.width)], [0, 0])"
    )
    assert left >= 0
    assert right <= 280


def test_descent_by_the_keyboard(window):
    page = window.show(draw(fork(), live=True).html())
    page.locator("summary", has_text="Descend").focus()
    for key in ("Enter", "Tab", "Space", "Tab", "Tab"):  # open; x does not learn; past w_1, at α
        page.keyboard.press(key)
    page.keyboard.type("0.5")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert value(page, "x") == 2.0
    w = leaves_of(fork())[1]
    assert value(page, "w_1") == pytest.approx(-0.5 - 0.5 * float(w.grad))


def test_what_is_not_ticked_does_not_learn(window):
    page = window.show(draw(fork(), live=True).html())
    descend(page, 0.1)
    page.get_by_role("checkbox", name="x").uncheck()
    page.get_by_role("button", name="Step", exact=True).click()
    assert value(page, "x") == 2.0
    assert value(page, "w_1") != -0.5


def test_where_nothing_learns_there_is_no_step(window):
    page = window.show(draw(lecture_example("gradient descent"), live=True).html())
    descend(page, 0.3)
    page.get_by_role("checkbox", name="w").uncheck()
    step = page.get_by_role("button", name="Step", exact=True)
    assert step.is_disabled()
    assert "No leaf is ticked" in page.locator(".card").nth(1).inner_text()
    page.get_by_role("checkbox", name="w").check()
    step.click()
    assert value(page, "w") == 0.72
    field(page, "w").fill("1e200")
    field(page, "w").press("Enter")
    assert step.is_disabled()
    assert "L = inf: from there nothing descends" in page.locator(".card").nth(1).inner_text()


def test_a_rate_that_is_too_large_is_said_in_a_sentence(window):
    x = Node(2.0, name="x")
    f = x**4
    f.name = "L"
    f.backward()
    page = window.show(draw(f, live=True).html())
    descend(page, 10)
    page.get_by_role("button", name="Run").click()
    said = page.locator(".card .problem", has_text="α = 10 is too large here")
    said.wait_for()
    assert page.get_by_role("button", name="Run").is_visible()
    page.get_by_role("button", name="Reset descent").click()
    assert said.count() == 0
    assert value(page, "x") == 2.0


def test_the_difference_quotient_stands_beside_the_gradient(window):
    page = window.show(draw(lecture_example("gradient descent"), live=True).html())
    page.get_by_text("Compare", exact=True).click()
    lines = page.locator(".card").nth(2).locator(".lines p")
    assert lines.nth(0).inner_text().endswith("(3.243601 − 3.24) / 0.001 = 3.601")
    assert lines.nth(1).inner_text() == "gradient ∂L/∂w = 3.6"
    assert lines.nth(2).inner_text() == "difference 0.001"
    page.get_by_label("h", exact=True).fill("0.1")
    page.get_by_label("h", exact=True).press("Enter")
    assert lines.nth(0).inner_text().endswith("= 3.7")
    assert visible(page, "value")[0] == "1.8"  # the nudge was taken back


def test_the_value_before_a_change_stays_on_request(window):
    page = window.show(draw(fork(), live=True).html())
    page.get_by_text("Compare", exact=True).click()
    box = page.get_by_label("show the value before a change")
    box.check()
    knob(page, "x").focus()
    page.keyboard.press("Shift+ArrowUp")
    assert page.locator("svg tspan.before").first.is_visible()
    assert "2 3" in visible(page, "value")
    assert overlaps(page) == []
    box.uncheck()
    assert page.locator("svg tspan.before").count() == 0
    assert "3" in visible(page, "value")


# --- around it ------------------------------------------------------------------------------------


def test_two_pages_at_once_do_not_meet(window):
    one, two = fork(), lecture_example("gradient descent")
    body = f"<body>{fragment(one, live=True)}{fragment(two, live=True)}</body>"
    page = window.show(f"<!DOCTYPE html><html>{body}</html>")
    first, second = (page.locator(".computational-graph").nth(n) for n in (0, 1))
    first.locator('.knob[aria-label="x"]').focus()
    page.keyboard.press("ArrowUp")
    assert first.locator('.knob[aria-label="x"]').get_attribute("aria-valuenow") == "2.1"
    assert second.locator('.knob[aria-label="w"]').get_attribute("aria-valuenow") == "1.8"


@pytest.mark.parametrize("window", [DARK], indirect=True)
def test_a_dark_page_is_dark(window):
    page = window.show(draw(fork(), live=True).html())
    colour = field(page, "x").evaluate("input => getComputedStyle(input).backgroundColor")
    assert colour == "rgb(22, 24, 29)"


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>", "\ue011-\U000f0000\ue010", '"]', "w" * 200, "{name}"]
)
def test_hostile_names_are_names(window, name):
    x = Node(2.0, name=name)
    f = x * x
    f.name = name + "2"
    f.backward()
    page = window.show(draw(f, live=True).html())
    page.locator(".knob").focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(250)
    assert "4.41" in visible(page, "value")
    page.get_by_text("Descend", exact=True).click()
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_text("Compare", exact=True).click()


@pytest.mark.parametrize("name", ["constructor", "__proto__", "valueOf"])
def test_a_leaf_that_is_not_set_stays_whatever_it_is_called(window, name):
    f = Node(2.0, name="x") * Node(3.0, name=name)
    f.backward()
    page = window.show(draw(f, live=True).html())
    set_leaves(page, {"x": 5.0})
    values = page.evaluate(
        "() => Object.entries(document.querySelector('.computational-graph').live.values())"
    )
    assert values == [["x", 5], [name, 3]]


def test_controls_say_what_they_are(window):
    page = window.show(draw(matrices(), live=True).html())
    unnamed = page.evaluate(
        """() => [...document.querySelector(".computational-graph").shadowRoot
            .querySelectorAll("button, input, select, [role=spinbutton]")]
            .filter((e) => !e.getAttribute("aria-label") && !e.textContent && !e.labels?.length)
            .length"""
    )
    assert unnamed == 0
    assert knob(page, "X[0, 0]").get_attribute("role") == "spinbutton"
    assert page.locator('.rows [role="group"]').count() == 3


@pytest.mark.parametrize("window", [{}, SMALL], indirect=True)
def test_long_names_stay_in_their_cards(window):
    root = Node(2.0, name="a" * 300) * 3.0
    root.backward()
    page = window.show(draw(root, live=True).html())
    for title in ("Descend", "Compare"):
        page.get_by_text(title, exact=True).click()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    wide = "card => card.scrollWidth - card.clientWidth"
    assert [card.evaluate(wide) for card in page.locator(".card").all()] == [0, 0, 0]


def test_two_leaves_of_one_name_are_told_apart(window):
    f = Node(3.0, name="x") * Node(4.0, name="x")
    f.backward()
    page = window.show(draw(f, live=True).html())
    values = page.evaluate("() => document.querySelector('.computational-graph').live.values()")
    assert values == {"x": 3, "x (2)": 4}
    set_leaves(page, {"x (2)": -1.0})
    assert "-3" in visible(page, "value")
