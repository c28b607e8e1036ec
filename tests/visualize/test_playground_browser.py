"""The playground in a real browser: every control, by pointer, keyboard and touch."""

from __future__ import annotations

import re
from itertools import islice

import numpy as np
import pytest
from pages import DARK, SMALL

from nn import (
    SGD,
    Adam,
    CrossEntropyLoss,
    FullyConnected,
    MeanSquaredError,
    NeuralNetwork,
    ReLU,
    SigmoidCrossEntropyLoss,
    StepDecay,
    Tanh,
    load_dataset,
)
from visualize import playground

RANDOM = np.random.default_rng(1)
X = RANDOM.normal(size=(60, 2))
CLASSES = (X[:, 0] * X[:, 1] > 0).astype(int)
READY = "() => document.querySelector('.network-playground')?.playground"
TRAINER = "document.querySelector('.network-playground').playground.trainer"


def network(outputs=2, **options):
    layers = [FullyConnected(2, 6), ReLU(), FullyConnected(6, outputs)]
    return NeuralNetwork(layers, dtype="float64", **{"optimizer": SGD(0.3), **options})


def small(**options):
    return playground(network(), X, CLASSES, **{"batch_size": 16, **options})


def opened(window, page):
    shown = window.show(page.html())
    shown.wait_for_function(READY)
    return shown


def counts(page):
    return page.locator(".counts").inner_text()


def weights(page, name="0.weight"):
    return page.evaluate(f"[...{TRAINER}.parameter('{name}')]")


def test_a_hundred_steps_are_those_of_python(window):
    trained = network(optimizer=SGD(0.1, momentum=0.9))
    made = playground(trained, X, CLASSES, batch_size=16)
    page = opened(window, made)
    for _ in range(3):
        page.get_by_role("button", name="One step").click()
    page.evaluate(f"() => {{ for (let i = 0; i < 97; i += 1) {TRAINER}.learn(); }}")
    for batch in islice(made.batches(), 100):
        trained.train_step(X[batch], CLASSES[batch])
    for name, node in trained.parameters().items():
        np.testing.assert_allclose(weights(page, name), np.ravel(node.value), atol=1e-9)


def test_play_pause_step_and_rewind(window):
    page = opened(window, small())
    start = weights(page)
    assert counts(page) == "0 steps · epoch 1"
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"() => {TRAINER}.made > 50")
    page.get_by_role("button", name="Pause").click()
    stopped = counts(page)
    assert weights(page) != start
    page.get_by_role("button", name="One step").click()
    assert counts(page) != stopped
    page.get_by_role("button", name="Rewind").click()
    assert counts(page) == "0 steps · epoch 1"
    assert weights(page) == start


def test_keys(window):
    page = opened(window, small())
    page.keyboard.press("ArrowRight")  # nothing has the focus
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert counts(page).startswith("2 steps")
    page.keyboard.press("Home")
    assert counts(page).startswith("0 steps")
    for _ in range(2):
        page.keyboard.press("Tab")
    focused = "document.querySelector('.network-playground').shadowRoot.activeElement"
    assert page.evaluate(f"{focused}.getAttribute('aria-label')") == "Play"
    page.keyboard.press("Space")
    page.wait_for_function(f"() => {TRAINER}.made > 10")
    page.keyboard.press("Space")
    assert page.evaluate(f"{focused}.getAttribute('aria-label')") == "Play"


@pytest.mark.parametrize("window", [SMALL], indirect=True)
def test_touch_on_a_small_screen(window):
    page = opened(window, small())
    page.get_by_role("button", name="One step").tap()
    assert counts(page).startswith("1 step ")
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    page.get_by_role("button", name="FullyConnected").first.tap()
    assert page.locator(".inside:not([hidden]) .formula").first.is_visible()


def test_rate_batch_size_and_shuffle(window):
    page = opened(window, small())
    page.get_by_label("rate").fill("0.001")
    page.get_by_label("rate").press("Enter")
    page.get_by_label("batch").select_option("48")
    page.get_by_role("button", name="New shuffle").click()
    assert page.get_by_label("seed").input_value() == "1"
    page.get_by_label("seed").fill("7")
    page.get_by_label("seed").press("Enter")
    trainer = page.evaluate(f"(({{ rate, size, seed }}) => ({{ rate, size, seed }}))({TRAINER})")
    assert trainer == {"rate": 0.001, "size": 48, "seed": 7}
    page.get_by_label("seed").fill("-7")
    page.get_by_label("seed").press("Enter")
    assert page.get_by_label("seed").input_value() == "7"


def test_a_layer_opens_to_its_formula_and_its_matrices(window):
    trained = network()
    made = playground(trained, X, CLASSES, batch_size=16)
    page = opened(window, made)
    opener = page.get_by_role("button", name="FullyConnected").nth(1)
    opener.click()
    assert opener.get_attribute("aria-expanded") == "true"
    inside = page.locator(".inside:not([hidden])")
    assert inside.locator(".formula").all_inner_texts() == [
        "Y = X W + b", "E′ = E Wᵀ", "∂W = Xᵀ E", "∂b = Σ E",
    ]  # fmt: skip
    page.get_by_role("button", name="One step").click()
    (batch,) = islice(made.batches(), 1)
    before = trained.layers[2].bias.value.copy()
    trained.compile("eager").train_step(X[batch], CLASSES[batch])

    def shown(caption):
        figure = inside.locator("figure").filter(has_text=re.compile(f"^{caption} "))
        texts = figure.locator("td").all_inner_texts()
        return [float(text.replace("−", "-")) for text in texts]

    node = trained.layers[2].bias
    np.testing.assert_allclose(shown("b2 before"), before, rtol=1e-2)
    np.testing.assert_allclose(shown("∂b2"), node.grad, rtol=1e-2)
    np.testing.assert_allclose(shown("b2 after"), node.value, rtol=1e-2)
    assert len(shown("W2 before")) == 12
    opener.click()
    assert not inside.count()


def test_curves_say_their_numbers(window):
    trained = network()
    made = playground(trained, X, CLASSES, batch_size=16)
    page = opened(window, made)
    page.get_by_role("button", name="One step").click()
    (batch,) = islice(made.batches(), 1)
    trained.train_step(X[batch], CLASSES[batch])
    places = made._data.places
    learned = trained.evaluate(X[places], CLASSES[places])
    label = page.locator(".curves canvas").nth(1).get_attribute("aria-label")
    share = f"{100 * learned['accuracy']:.1f} %"
    assert label.startswith(f"Accuracy after 1 step: training {share}, held out ")


def test_the_plane_shows_what_the_network_says(window):
    trained = network(optimizer=Adam(0.05))
    for _ in range(300):
        trained.train_step(X, CLASSES)
    page = opened(window, playground(trained, X, CLASSES, classes=["differ", "agree"]))
    canvas = page.locator("canvas.plane")
    canvas.scroll_into_view_if_needed()
    corners = canvas.evaluate(
        """canvas => {
            const { width } = canvas, [near, far] = [0.05, 0.95].map((x) => Math.round(x * width));
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, width);
            return [near, far].map((x) => [...data.slice(4 * (near * width + x)).slice(0, 3)]);
        }"""
    )
    said = trained.predict(np.array([[-3.0, 3.0], [3.0, 3.0]])).argmax(axis=1)
    assert said.tolist() == [0, 1]
    blue, orange = corners
    assert blue[2] > blue[0]
    assert orange[0] > orange[2]
    assert page.locator(".legend").last.inner_text().split("\n")[0].startswith("differ")


@pytest.fixture(scope="module")
def digits():
    data = load_dataset("mnist-sample")
    layers = [FullyConnected(784, 32), ReLU(), FullyConnected(32, 10)]
    trained = NeuralNetwork(layers, optimizer=SGD(0.1))
    trained.fit(data.x_train, data.y_train, epochs=8, batch_size=32, progress=False)
    return playground(
        trained,
        data.x_train[:200],
        data.y_train[:200],
        held_out=(data.x_test[:50], data.y_test[:50]),
    )


def test_a_digit_of_ones_own_is_recognized(window, digits):
    page = opened(window, digits)
    pad = page.locator("canvas.pad")
    pad.scroll_into_view_if_needed()
    says = page.locator(".own .says")
    assert says.inner_text() == "nothing is drawn"
    box = pad.bounding_box()

    def at(x, y):
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    # A seven in a corner: it is brought to the middle.
    page.mouse.move(*at(0.1, 0.1))
    page.mouse.down()
    for x, y in ((0.3, 0.1), (0.45, 0.1), (0.36, 0.3), (0.3, 0.5)):
        page.mouse.move(*at(x, y), steps=5)
    page.mouse.up()
    assert says.inner_text() == "the network says 7"
    ink = page.locator("canvas.seen").evaluate(
        """canvas => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, 28, 28);
            let [mass, x, y] = [0, 0, 0];
            for (let i = 0; i < 784; i += 1) {
                const dark = 255 - data[4 * i];
                mass += dark; x += dark * (i % 28 + .5); y += dark * (Math.floor(i / 28) + .5);
            }
            return [x / mass, y / mass];
        }"""
    )
    assert ink == pytest.approx([14, 14], abs=0.7)
    page.get_by_role("button", name="Clear").click()
    assert says.inner_text() == "nothing is drawn"
    pad.focus()
    page.keyboard.press("ArrowUp")
    assert says.inner_text() == "nothing is drawn"
    for _ in range(10):
        page.keyboard.press("Shift+ArrowDown")
    assert says.inner_text().startswith("the network says ")
    page.keyboard.press("Delete")
    assert says.inner_text() == "nothing is drawn"


def test_samples_of_the_batch_and_what_the_network_says_of_them(window, digits):
    page = opened(window, digits)
    page.get_by_role("button", name="One step").click()
    thumbs = page.locator(".thumb")
    assert thumbs.count() == 12
    data = load_dataset("mnist-sample")
    (batch,) = islice(digits.batches(), 1)
    for place in range(12):
        label = thumbs.nth(place).get_attribute("aria-label")
        assert label.endswith(f"right is {data.y_train[batch[place]]}")
    thumbs.nth(5).click()
    assert thumbs.nth(5).get_attribute("aria-pressed") == "true"
    right = page.locator(".sample .says").inner_text()
    assert right == f"right: {data.y_train[batch[5]]}"
    assert page.locator("canvas.weights").get_attribute("aria-label").startswith("Weights of 32")


def test_regression_has_no_accuracy(window):
    trained = network(1, loss=MeanSquaredError(), optimizer=SGD(0.01))
    page = opened(window, playground(trained, X, X[:, :1] * X[:, 1:]))
    page.get_by_role("button", name="One step").click()
    assert page.locator(".curves h3").all_inner_texts() == ["Loss"]


def test_yes_or_no(window):
    trained = network(1, loss=SigmoidCrossEntropyLoss("mean"))
    page = opened(window, playground(trained, X, CLASSES.astype(float), classes=["no", "yes"]))
    page.get_by_role("button", name="One step").click()
    assert "held out" in page.locator(".curves canvas").nth(1).get_attribute("aria-label")


def test_images_that_are_something_or_not(window):
    data = load_dataset("digits")
    layers = [FullyConnected(64, 8), Tanh(), FullyConnected(8, 1)]
    trained = NeuralNetwork(layers, loss=SigmoidCrossEntropyLoss("mean"))
    y = (data.y_train == 3).astype(float)
    page = opened(window, playground(trained, data.x_train, y, classes=["other", "three"]))
    page.get_by_role("button", name="One step").click()
    shares = page.locator(".sample .outcome small").all_inner_texts()
    assert sum(map(float, shares)) == pytest.approx(1.0, abs=0.02)
    names = page.locator(".sample .outcome > span:first-child").all_inner_texts()
    assert names == ["other", "three"]


def test_the_rate_follows_a_schedule_until_it_is_chosen(window):
    schedule = StepDecay(0.4, every=2, factor=0.5)
    page = opened(window, playground(network(optimizer=SGD(schedule)), X, CLASSES))
    rate, step = page.get_by_label("rate"), page.get_by_role("button", name="One step")
    found = [rate.input_value()]
    for _ in range(3):
        step.click()
        found.append(rate.input_value())
    assert found == ["0.4", "0.4", "0.2", "0.2"]
    rate.fill("0.3")
    rate.press("Enter")
    step.click()
    assert rate.input_value() == "0.3"
    rate.fill("")
    rate.press("Enter")
    assert rate.input_value() == "0.1"


def test_a_loss_that_is_not_finite_says_what_to_do(window):
    page = opened(window, small())
    page.get_by_label("rate").fill("1e300")
    page.get_by_label("rate").press("Enter")
    page.get_by_role("button", name="Play").click()
    message = page.get_by_role("status")
    message.filter(has_text="smaller rate").wait_for()
    page.get_by_label("rate").fill("0.1")
    page.get_by_label("rate").press("Enter")
    page.get_by_role("button", name="Rewind").click()
    assert message.inner_text() == ""
    page.get_by_role("button", name="One step").click()
    assert counts(page).startswith("1 step ")


@pytest.mark.filterwarnings("ignore:CrossEntropyLoss expects")
def test_a_loss_that_never_was_finite_is_no_matter_of_the_rate(window):
    page = opened(window, playground(network(loss=CrossEntropyLoss("mean")), X, CLASSES))
    page.get_by_role("button", name="Play").click()
    page.get_by_role("status").filter(has_text="does it fit the last layer").wait_for()
    assert counts(page).startswith("0 steps ")


HOSTILE = ["<img src=x onerror=alert(1)>", "</script><b>\"'&\u2028"]


def test_hostile_names_stay_text(window):
    trained = network()
    trained.layers[0].name = "</script><script>alert(1)</script>"
    trained.layers[0].weight.name = "<i>W</i>"
    page = opened(window, playground(trained, X, CLASSES, classes=HOSTILE))
    assert page.locator(".opener").first.inner_text() == trained.layers[0].name
    page.locator(".opener").first.click()
    assert "<i>W</i> before" in page.locator(".inside").first.inner_text()
    assert page.locator("img, .network-playground b img, i i").count() == 0
    canvas = page.locator("canvas.plane")
    canvas.scroll_into_view_if_needed()
    assert HOSTILE[0] in page.locator(".legend").last.inner_text()


@pytest.mark.parametrize("window", [DARK], indirect=True)
def test_dark(window):
    page = opened(window, small())
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(22, 24, 29)"
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


# --- in a notebook --------------------------------------------------------------------------------


def fragment(**options):
    return small(**options)._repr_mimebundle_()["text/html"]


def all_ready(page, count):
    page.wait_for_function(
        f"""() => {{
            const hosts = [...document.querySelectorAll(".network-playground")];
            return hosts.length === {count} && hosts.every((host) => host.playground);
        }}"""
    )


def test_two_playgrounds_in_one_notebook(window):
    page = window.show(f"<!DOCTYPE html><meta charset=utf-8>{fragment()}<p>{fragment(seed=1)}")
    all_ready(page, 2)
    page.get_by_role("button", name="One step").nth(1).click()
    assert page.locator(".counts").all_inner_texts() == ["0 steps · epoch 1", "1 step · epoch 1"]
    assert page.get_by_label("seed").nth(1).input_value() == "1"
    page.wait_for_function("() => !document.querySelector('img')")


def test_the_same_output_shown_twice(window):
    html = fragment()
    page = window.show(f"<!DOCTYPE html><meta charset=utf-8><body>{html}{html}</body>")
    all_ready(page, 2)


def test_as_jupyterlab_inserts_it(window):
    """Set as markup, after which each script is replaced by a copy that runs."""
    page = window.show("<!DOCTYPE html><meta charset=utf-8><body><div id=cell></div></body>")
    page.evaluate(
        """(html) => {
            const cell = document.getElementById("cell");
            document.body.dataset.jpThemeLight = "false";
            cell.innerHTML = html;
            for (const script of [...cell.querySelectorAll("script")]) {
                const copy = document.createElement("script");
                for (const { name, value } of script.attributes) copy.setAttribute(name, value);
                copy.textContent = script.textContent;
                script.replaceWith(copy);
            }
        }""",
        fragment(),
    )
    all_ready(page, 1)
    page.evaluate("window.heard = []; addEventListener('keydown', (e) => heard.push(e.key))")
    page.get_by_role("button", name="One step").focus()
    for key in ("ArrowRight", "Home", "ArrowRight", "x"):
        page.keyboard.press(key)
    assert counts(page).startswith("1 step ")
    assert page.evaluate("heard") == ["x"]
    scheme = "document.querySelector('.network-playground').style.colorScheme"
    assert page.evaluate(scheme) == "dark"
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")
    page.wait_for_function(f"() => {scheme} === 'light'")


def test_without_scripts_the_picture_stays(browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(fragment())
    assert page.locator("img").get_attribute("alt").startswith("Playground: 3 layers")
    assert page.locator("img").bounding_box()["width"] > 200
    context.close()
