"""What tests read from a page, as a person sees it."""

from __future__ import annotations

from visualize import draw

DARK = {"color_scheme": "dark"}
SMALL = {"viewport": {"width": 420, "height": 700}, "has_touch": True}


def text(page):
    return page.locator(".written .text").inner_text()


def count(page):
    return page.locator(".count").inner_text()


def visible(page, colour):
    """The numbers of one colour that can be seen, from left to right."""
    return page.locator(f"svg text.{colour}").evaluate_all(
        """texts => texts.filter(t => getComputedStyle(t).visibility === "visible")
            .sort((a, b) => a.getBoundingClientRect().x - b.getBoundingClientRect().x)
            .map(t => t.textContent)"""
    )


def part(page, label):
    """The part that a screen reader calls so."""
    return page.locator(f'[data-part][aria-label^="{label}"]').first


def viewbox(page):
    return [float(n) for n in page.locator(".stage > svg").get_attribute("viewBox").split()]


def fragment(root, **options):
    """What a notebook shows."""
    return draw(root, **options)._repr_mimebundle_()["text/html"]


OVERLAPS = """() => {
    const root = document.querySelector(".computational-graph").shadowRoot;
    const seen = (e) => getComputedStyle(e).visibility === "visible";
    const texts = [...root.querySelectorAll("svg.picture text")].filter(
        (t) => seen(t) && t.textContent.trim());
    const boxes = texts.map((t) => {
        // The box of a line of text has air above and below the letters.
        const b = t.getBoundingClientRect(), air = 0.22 * b.height;
        return { text: t.textContent, left: b.left, right: b.right,
                 top: b.top + air, bottom: b.bottom - air };
    });
    const found = [];
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
        if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) {
            found.push(`${a.text} / ${b.text}`);
        }
    }));
    // Bodies and cells are painted over what runs behind them.
    const covers = [...root.querySelectorAll("svg.picture .f-fill")].map(
        (e) => e.getBoundingClientRect());
    const inside = (p, b) => p.x > b.left && p.x < b.right && p.y > b.top && p.y < b.bottom;
    for (const wire of root.querySelectorAll("svg.picture .wire")) {
        const matrix = wire.getScreenCTM(), length = wire.getTotalLength();
        const part = wire.closest("[data-part]")?.getAttribute("aria-label") ?? "";
        const met = new Set();
        for (let at = 0; at <= length; at += 1.5) {
            const p = wire.getPointAtLength(at).matrixTransform(matrix);
            if (covers.some((b) => inside(p, b))) continue;
            for (const b of boxes) if (inside(p, b)) met.add(b.text);
        }
        found.push(...[...met].map((text) => `${text} / wire ${part}`));
    }
    return found;
}"""
"""Pairs of texts, and of a text and a wire, one of which stands on the other."""


def overlaps(page):
    """What stands on something else, as the browser measures it."""
    return page.evaluate(OVERLAPS)
