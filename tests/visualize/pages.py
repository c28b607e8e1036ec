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
