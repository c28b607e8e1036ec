"""The expression page in a real browser."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest
from pages import DARK, SMALL, overlaps, part, text, visible

from visualize.expression import expression_page
from visualize.expression.page import EXAMPLES


@pytest.fixture
def page(window):
    window.show(expression_page())
    return window.page


def write(page, expression):
    """Type an expression and wait until it was read."""
    page.get_by_label("Expression").fill(expression)
    page.wait_for_timeout(350)


def field(page, name):
    return page.locator(".cards").get_by_role("spinbutton", name=name, exact=True)


def fragment(page):
    found = parse_qs(page.url.partition("#")[2])
    return found["e"][0], json.loads(found["v"][0])


def test_the_lecturers_neuron_is_there_at_first(page):
    assert visible(page, "value")[-5:] == ["0.5", "-0.5", "0.6065", "1.607", "0.6225"]
    assert visible(page, "gradient")[-5:] == ["0.235", "-0.235", "-0.3875", "-0.3875", "1"]
    assert text(page).startswith("Computational graph")


def test_type_see_change_step(page):
    write(page, "L = w**2\nw = 1.8")
    assert visible(page, "value") == ["1.8", "3.24"]
    assert visible(page, "gradient") == ["3.6", "1"]
    field(page, "w").fill("-3")
    page.keyboard.press("Enter")
    assert visible(page, "value") == ["-3", "9"]
    assert visible(page, "gradient") == ["-6", "1"]
    page.locator("button.first").click()
    assert visible(page, "value") == visible(page, "gradient") == []
    assert text(page) == "the graph of L: 1 operation"
    for _ in range(4):
        page.locator("button.forward").click()
    assert text(page) == "∂L/∂w = 1 · (-6) = -6"
    assert visible(page, "gradient") == ["-6", "1"]


def test_the_panel_says_how_a_number_comes_about(page):
    write(page, "y = sigmoid(x*w)\nx = 2; w = 0.5")
    part(page, "σ").click()
    panel = page.locator(".panel").inner_text()
    assert "operation sigmoid" in panel
    assert "y·(1 - y) = 0.7311·(1 - 0.7311) = 0.1966" in panel


def test_a_number_turned_follows_into_the_text_and_the_address(page):
    write(page, "f = x*w\nx = 3; w = 2")
    field(page, "x").fill("4.5")
    page.keyboard.press("Enter")
    page.wait_for_timeout(350)
    assert page.get_by_label("Expression").input_value() == "f = x*w\nx = 4.5; w = 2"
    assert fragment(page) == ("f = x*w\nx = 4.5; w = 2", {"x": 4.5, "w": 2})


def test_numbers_stay_while_one_types(page):
    write(page, "x*w")
    field(page, "w").fill("7")
    page.keyboard.press("Enter")
    write(page, "x*w + b")
    assert field(page, "w").input_value() == "7"
    write(page, "x*w + w")
    assert field(page, "w").input_value() == "7"


def test_arrow_keys_turn_a_number_in_the_picture(page):
    write(page, "f = x*x\nx = 3")
    page.locator('.knob[aria-label="x"]').focus()
    page.keyboard.press("ArrowUp")
    assert visible(page, "value") == ["3.1", "9.61"]
    page.keyboard.press("Shift+ArrowDown")
    assert visible(page, "value") == ["2.1", "4.41"]


def test_what_is_wrong_stands_below_and_the_graph_stays(page):
    write(page, "x*w")
    write(page, "f = 2x")
    said = page.locator("#mistake").inner_text()
    assert said.split("\n")[:2] == ["f = 2x", "     ^"]
    assert "write 2*x for a product" in said
    assert page.get_by_label("Expression").get_attribute("aria-invalid") == "true"
    assert len(visible(page, "value")) == 3
    write(page, "a = 1\nb*^c")
    assert "Line 2: ^ is no power" in page.locator("#mistake").inner_text()
    write(page, "f = 2*x +")
    page.get_by_text("something is missing behind +").wait_for()
    write(page, "f = 2*x")
    assert page.locator("#mistake").inner_text() == ""
    assert len(visible(page, "value")) == 2


def test_the_address_brings_back_expression_and_numbers(window):
    page = window.show(expression_page())
    write(page, "g = u**2 * v")
    field(page, "u").fill("-0.25")
    page.keyboard.press("Enter")
    page.wait_for_timeout(350)
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    assert page.get_by_label("Expression").input_value() == "g = u**2 * v"
    assert field(page, "u").input_value() == "-0.25"
    page.evaluate("location.hash = 'e=a*b&v=%7B%22a%22%3A6%7D'")
    page.wait_for_timeout(350)
    assert field(page, "a").input_value() == "6"


ADDRESSES = [
    "#e=%", "#e=x*w&v=%7B", "#v=1", "#e=x*w&v=[1]", "#e=x*w&v=null", "#e=" + "(" * 3000,
    "#e=x*w&v=%7B%22x%22%3A%22alert(1)%22%7D", "#e=%3Cimg%20src=x%20onerror=alert(1)%3E",
]  # fmt: skip


def test_nothing_of_the_address_is_trusted(window):
    window.show(expression_page())
    page = window.page
    for address in ADDRESSES:
        page.goto("about:blank")
        page.goto(f"http://page.test/{address}")
        write(page, "x*w")
        assert len(visible(page, "value")) == 3, address


def test_examples(page):
    for name, expression in EXAMPLES.items():
        page.get_by_label("Examples").select_option(label=name)
        assert page.get_by_label("Expression").input_value() == expression
        assert page.locator("#mistake").inner_text() == ""
        assert overlaps(page) == []
        assert not {"nan", "inf"} & {*visible(page, "value"), *visible(page, "gradient")}


def test_numbers_that_nobody_chose_give_a_result(page):
    write(page, "log(x) + sqrt(y) + log(w)")
    assert "nan" not in visible(page, "value")


@pytest.mark.parametrize("window", [DARK, SMALL], indirect=True)
def test_dark_and_small(page):
    write(page, "x*w + b")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    colour = page.evaluate(
        "getComputedStyle(document.querySelector('.expression-page').shadowRoot.querySelector('.head')).backgroundColor"
    )
    below = page.evaluate(
        "getComputedStyle(document.querySelector('.computational-graph').shadowRoot.querySelector('.display')).backgroundColor"
    )
    assert colour == below


def test_the_choice_of_dark_stays(page):
    page.locator("button.scheme").click()
    write(page, "x*w + b")
    write(page, "x*w")
    assert page.locator(".display").get_attribute("data-scheme") == "dark"
    assert page.locator(".head").get_attribute("data-scheme") == "dark"


def test_a_graph_that_was_replaced_listens_no_more(page):
    page.evaluate("""() => {
        window.listening = 0;
        const outside = (target) => target === window || target instanceof MediaQueryList;
        for (const [name, change] of [["addEventListener", 1], ["removeEventListener", -1]]) {
            const original = EventTarget.prototype[name];
            EventTarget.prototype[name] = function (...given) {
                if (outside(this)) window.listening += change;
                return original.apply(this, given);
            };
        }
    }""")
    for expression in ("x*w", "x*w + b", "x*w - b"):
        write(page, expression)
    assert page.evaluate("window.listening") == 0  # the first one's ended, the last one's is there


def test_hostile_names_and_expressions(page):
    for expression in (
        "__proto__*constructor + toString",
        "x" * 300 + "*w",
        "alert(1)",
        "x*<b>",
        "f\u202e*w",
    ):
        write(page, expression)
        assert page.locator(".computational-graph").count() == 1
    write(page, "__proto__*constructor")
    assert field(page, "__proto__").count() == 1
    assert len(visible(page, "value")) == 3


def test_five_hundred_operations(page):
    write(page, " + ".join(f"x{place}*w{place % 7}" for place in range(250)) + "+x0")
    assert page.locator("#mistake").inner_text() == ""
    assert "500 operations" in text(page)
    field(page, "x0").fill("5")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert field(page, "x0").input_value() == "5"
