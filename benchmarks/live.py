"""How long a live page takes to follow a leaf, as the page itself measures it."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

import numpy as np

from autograd_core import Node
from visualize import draw

OPERATIONS = (10, 50, 100, 200, 500)
FRAME = 16.7
"""Milliseconds."""

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


def run(rounds: int) -> None:
    """Print the time of the script, and from frame to frame, while a leaf changes in each frame."""
    from playwright.sync_api import sync_playwright

    print(f"{'operations':>10} {'parts':>6} {'script ms':>10} {'frame ms':>9}   of {FRAME}")
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        for operations in OPERATIONS:
            diagram = draw(chain(operations), fold=(), live=True)
            path = Path(folder) / f"{operations}.html"
            diagram.save(path)
            page.goto(path.as_uri())
            for whole in (False, True):
                if whole:
                    page.locator("button.fit").click()
                found = page.evaluate(MEASURED, rounds)
                script, frames = (statistics.median(found[name]) for name in ("script", "frames"))
                print(
                    f"{operations:10} {diagram._drawing.parts:6} {script:10.2f} {frames:9.1f}   "
                    f"{'all in sight' if whole else 'the first part in sight'}"
                )
        browser.close()


def chain(operations: int) -> Node:
    """So many operations on eight numbers, and their gradients."""
    rng = np.random.default_rng(3)
    leaves = [Node(float(np.round(x, 3)), name=f"a_{i}") for i, x in enumerate(rng.uniform(0.5, 1.5, 8))]
    result, made = leaves[0], 0
    while made < operations:
        leaf = leaves[made % 8]
        result = (result * leaf, result + leaf, np.tanh(result))[made % 3]
        made += 1
    result.name = "y"
    result.backward()
    return result
