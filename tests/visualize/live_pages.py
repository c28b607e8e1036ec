"""Live pages for tests: the same graph with other numbers, and all that a page says."""

from __future__ import annotations

import re

import numpy as np

from visualize import draw
from visualize.diagram import Diagram


def other(value, seed):
    """Numbers some way from those that are there, of both signs."""
    rng = np.random.default_rng(seed)
    return np.round(np.asarray(value) + rng.uniform(-1.5, 1.5, np.shape(value)), 2)


EVERYTHING = """() => {
    const root = document.querySelector(".computational-graph").shadowRoot;
    const slider = root.querySelector("input[type=range]");
    const texts = () => [...root.querySelectorAll("svg.picture text")].map(
        (text) => text.textContent);
    const labels = () => [...root.querySelectorAll("svg.picture [data-part][role=button]")].map(
        (part) => part.getAttribute("aria-label"));
    const steps = [];
    for (let step = 0; step <= Number(slider.max); step += 1) {
        slider.value = String(step);
        slider.dispatchEvent(new Event("input"));
        steps.push(root.querySelector(".written").innerText);
    }
    const panels = [];
    for (const part of root.querySelectorAll('.node[data-part][role="button"]')) {
        part.dispatchEvent(new PointerEvent("pointerover", { bubbles: true, composed: true }));
        const panel = root.querySelector(".panel").cloneNode(true);
        for (const button of panel.querySelectorAll("button")) button.remove();
        panels.push(panel.textContent);
    }
    return { stage: root.querySelector(".stage").getAttribute("aria-label").split(". Arrow")[0],
             texts: texts(), labels: labels(), steps, panels };
}"""
"""All texts of a page: of the picture, of every step, of the panel about each part."""


def everything(page):
    """All that a page says; what is not in sight is written when nothing changes for a while."""
    page.wait_for_timeout(250)
    return page.evaluate(EVERYTHING)


NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?")


def differences(found, wanted):
    """What two pages say differently.

    Numbers may differ in the last digit, where sums in another order round a half to either side.
    """

    def alike(a, b):
        if NUMBER.sub("0", a) != NUMBER.sub("0", b):
            return False
        numbers = ([float(x) for x in NUMBER.findall(text)] for text in (a, b))
        return np.allclose(*numbers, rtol=2e-3, atol=1e-12)

    return [
        (name, a, b)
        for name in wanted
        for a, b in zip(_texts(found[name]), _texts(wanted[name]), strict=True)
        if not alike(a, b)
    ]


def _texts(said):
    return [said] if isinstance(said, str) else said


def still(root, **options):
    """The page of a graph as Python writes it, with the room that live pages have."""
    return Diagram(draw(root, live=True, **options)._drawing).html()


def set_leaves(page, values):
    """Change leaves as a script around the page does."""
    plain = {name: np.asarray(value).tolist() for name, value in values.items()}
    page.evaluate(
        "values => document.querySelector('.computational-graph').live.setValues(values)", plain
    )
