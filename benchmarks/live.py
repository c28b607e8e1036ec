"""How long a live page takes to follow a leaf, as the page itself measures it."""

import os
import shutil
import statistics
from importlib.util import find_spec

import numpy as np

from autograd_core import Node
from visualize import draw

from . import one_core
from .figures import Figure, print_figures

OPERATIONS = (10, 50, 100, 200, 500)
FRAME = 16.7
"""Milliseconds: 60 frames a second."""

BROWSER = ["--no-sandbox", "--disable-gpu"]

MEASURED = """async (changes) => {
    const live = document.querySelector(".computational-graph").live;
    const leaf = live.leaves[0];
    const frame = () => new Promise(requestAnimationFrame);
    const script = [], frames = [];
    let before = await frame();
    for (let change = 0; change < changes; change += 1) {
        const start = performance.now();
        live.set(leaf, 0, 0.5 + 0.01 * change);
        script.push(performance.now() - start);
        const now = await frame();
        frames.push(now - before);
        before = now;
    }
    return { script, frames };
}"""


def run(rounds: int) -> list[Figure]:
    """Print the time of the script, and from frame to frame, while a leaf changes in each frame."""
    chromium = shutil.which("chromium")
    if chromium is None or not find_spec("playwright"):
        print("left out: Chromium (pip install playwright, apt install chromium) is not there\n")
        return []
    from playwright.sync_api import sync_playwright

    if one_core.CORES:  # a browser is several processes
        os.sched_setaffinity(0, one_core.CORES)
    title = f"a live page follows a leaf; medians of {rounds} changes"
    print(title)
    figures = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=BROWSER)
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        for operations in OPERATIONS:
            page.set_content(draw(_chain(operations), fold=(), live=True).html())
            page.wait_for_timeout(500)
            found = page.evaluate(MEASURED, rounds)
            for name, target in (("script", None), ("frames", FRAME)):
                name, value = f"{operations} operations, {name}", statistics.median(found[name])
                figures.append(Figure(title, name, value, target, "ms"))
        browser.close()
    return print_figures(figures)


def _chain(operations: int) -> Node:
    """So many operations on eight numbers, and their gradients."""
    rng = np.random.default_rng(3)
    numbers = np.round(rng.uniform(0.5, 1.5, 8), 3).tolist()
    leaves = [Node(x, name=f"a_{place}") for place, x in enumerate(numbers)]
    result = leaves[0]
    for place in range(operations):
        leaf = leaves[place % 8]
        result = (result * leaf, result + leaf, np.tanh(result))[place % 3]
    result.backward()
    return result
