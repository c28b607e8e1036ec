"""How fast networks train in a page, drawing included, and how large the pages are."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nn import SGD, Adam, FullyConnected, NeuralNetwork, ReLU, Tanh, load_dataset
from visualize import Playground, playground

from . import one_core
from .figures import Figure, print_figures

SECONDS = 3.0
"""So long each page plays at a time, of which the first half is left out."""

PLAYED = """async (seconds) => {
    const { trainer, play } = document.querySelector(".network-playground").playground;
    const wait = (part) => new Promise((done) => setTimeout(done, 500 * part));
    play.click();
    await wait(seconds);
    const [start, made] = [performance.now(), trainer.made];
    await wait(seconds);
    const speed = (1000 * (trainer.made - made)) / (performance.now() - start);
    play.click();
    return speed;
}"""


def spirals() -> Playground:
    """Three arms of a hundred samples, 2-16-16-3, a batch of 100."""
    random = np.random.default_rng(0)
    radius = np.linspace(0.0, 1.0, 100)
    angles = [4.0 * (arm + radius) + random.normal(0.0, 0.2, 100) for arm in range(3)]
    x = np.concatenate([np.stack([radius * np.sin(a), radius * np.cos(a)], 1) for a in angles])
    layers = [FullyConnected(2, 16), Tanh(), FullyConnected(16, 16), Tanh(), FullyConnected(16, 3)]
    network = NeuralNetwork(layers, optimizer=SGD(0.3, momentum=0.9))
    return playground(network, x, np.repeat([0, 1, 2], 100), held_out=0, batch_size=100)


def digits(optimizer: Any) -> Playground:
    """784-128-10 on 1,000 digits, a batch of 32."""
    data = load_dataset("mnist-sample")
    layers = [FullyConnected(784, 128), ReLU(), FullyConnected(128, 10)]
    network = NeuralNetwork(layers, optimizer=optimizer)
    held = data.x_test[:200], data.y_test[:200]
    return playground(network, data.x_train[:1000], data.y_train[:1000], held_out=held)


def run(rounds: int) -> list[Figure]:
    """Play each page in a Chromium without a window; without one there is nothing to measure."""
    pages = [
        ("2-16-16-3 on spirals, SGD", spirals(), 2500.0),
        ("784-128-10, SGD", digits(SGD(0.1)), 120.0),
        ("784-128-10, Adam", digits(Adam(0.001)), 80.0),
    ]
    one_core.release()  # a browser draws in another process than it computes
    print(f"Playgrounds in a browser, drawing included; the fastest of {rounds} stretches")
    figures = [
        Figure("playground", f"{name}: steps a second", speed, target, at_least=True)
        for (name, _, target), speed in zip(pages, _speeds(pages, rounds), strict=False)
    ]
    size = len(pages[1][1].html().encode()) / 1e6
    figures.append(Figure("playground", "1,000 digits: size of the page", size, 2.0, "MB"))
    return print_figures(figures)


def _speeds(pages: list[tuple[str, Playground, float]], rounds: int) -> Iterator[float]:
    """The speed of each page in its fastest stretch: what others do is in the rest."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("  left out: pip install playwright")
        return
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        own = driver.chromium.executable_path
        path = own if Path(own).exists() else shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for _, page, _ in pages:
            page.save(f"{folder}/page.html")
            window = browser.new_page(viewport={"width": 1280, "height": 900})
            window.goto(f"file://{folder}/page.html")
            window.wait_for_selector(".playground")
            speeds = [window.evaluate(PLAYED, SECONDS) for _ in range(rounds)]
            window.close()
            yield max(speeds)
