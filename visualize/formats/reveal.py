"""A reveal.js page whose fragments are the steps: one file that asks no network for anything."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import groupby

from ..layout.sheet import colour_of
from .document import document
from .svg import elements_of
from .timeline import Timed, Timeline

SLIDE = (1280, 720)
"""The size of a slide, which a browser scales to that of its window."""

LARGEST_SCALE = 2.5
"""A small picture is drawn no larger: letters of 13 points are then 32 of the slide's 720."""


def reveal_of(timeline: Timeline, description: str) -> str:
    """Return a page of its own: a slide that starts with the structure; each key adds a step.

    There is one picture, in which each shape is a fragment of reveal.js: it appears with its step,
    and goes after its last. Left and right keys, swipes and the arrows at the edges step through.

    Examples
    --------
    >>> from visualize.layout.sheet import Sheet, letters
    >>> from visualize.steps.sequence import Step
    >>> from visualize.style import THEMES
    >>> word = Timed(letters("3", (10, 10), 13, "value"), first=1)
    >>> steps = (Step("structure", ""), Step("inputs", ""))
    >>> page = reveal_of(Timeline(THEMES["lecture"], 20, 20, (word,), steps), "a test")
    >>> page.count('class="fragment" data-fragment-index="0"')
    1
    """
    theme = timeline.theme
    last = len(timeline.steps) - 1
    label = html.escape(description, quote=True)
    scale = min(SLIDE[0] / timeline.width, SLIDE[1] / timeline.height, LARGEST_SCALE)
    ground = colour_of("background", theme)
    style = _asset("reveal.css") + _filled(
        "steps.css", GROUND="transparent" if ground == "none" else ground, TEXT=theme.text
    )
    script = _asset("reveal.js") + _filled(
        "steps.js", LAST=last, WIDTH=SLIDE[0], HEIGHT=SLIDE[1]
    )  # fmt: skip
    head = (
        f"<!-- reveal.js:\n{_asset('LICENSE')}\n-->\n"
        f"<style>\n{style}</style>\n<noscript><style>{_WITHOUT_SCRIPT}</style></noscript>"
    )
    body = (
        '<div class="reveal"><div class="slides"><section>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" '
        f'width="{timeline.width * scale:.1f}" height="{timeline.height * scale:.1f}" '
        f'viewBox="0 0 {timeline.width:g} {timeline.height:g}" '
        f'font-family="{html.escape(theme.font, quote=True)}" font-size="{theme.font_size:g}" '
        f'stroke-linejoin="round">\n{_ground(ground)}{_fragments(timeline, last)}</svg>\n'
        '</section></div><div class="step" aria-hidden="true"></div></div>'
    )
    return document(description, head, body, script)


_WITHOUT_SCRIPT = (
    ".reveal .slides > section { display: block } "
    ".reveal .slides .fragment { opacity: 1 !important; visibility: visible !important } "
    ".reveal .slides .ends { display: none }"
)
"""The last step, where scripts may not run."""


def _ground(colour: str) -> str:
    # On paper too: a dark theme's letters are light.
    return "" if colour == "none" else f'<rect width="100%" height="100%" fill="{colour}"/>\n'


def _fragments(timeline: Timeline, last: int) -> str:
    """The shapes in their order; neighbours that come and go together in one group."""
    written = []
    begun = {0}
    for (first, end), group in groupby(timeline.shapes, lambda timed: _when(timed, last)):
        begun.add(first)
        written.append(_group(first, end, _elements(group, timeline)))
    # Nothing may be new in a step; it is one all the same.
    written += [_group(step, None, "") for step in range(1, last + 1) if step not in begun]
    return "".join(written)


def _elements(group: Iterable[Timed], timeline: Timeline) -> str:
    return elements_of([timed.shape for timed in group], timeline.theme)


def _when(timed: Timed, last: int) -> tuple[int, int | None]:
    ends = timed.last is not None and timed.last < last
    return timed.first, timed.last if ends else None


def _group(first: int, end: int | None, elements: str) -> str:
    """A group that is there from one step to another; fragment 0 comes with step 1."""
    if end is not None and end == first > 0:
        return (
            f'<g class="fragment fade-in-then-out ends" data-fragment-index="{first - 1}">'
            f"{elements}</g>\n"
        )
    if end is not None:
        elements = f'<g class="fragment fade-out ends" data-fragment-index="{end}">{elements}</g>'
    if first > 0:
        return f'<g class="fragment" data-fragment-index="{first - 1}">{elements}</g>\n'
    return f"<g>{elements}</g>\n"


@cache
def _asset(name: str) -> str:
    text = (files(__package__) / "reveal_js" / name).read_text(encoding="utf-8")
    # Developer tools would ask for a file that is not there.
    return re.sub(r"\n//# sourceMappingURL=.*", "", text)


def _filled(name: str, **values: object) -> str:
    return re.sub("%([A-Z]+)%", lambda found: str(values[found[1]]), _asset(name))
