"""Reads texts back from matplotlib's figures: where they stand, and whether they touch."""

from __future__ import annotations

import matplotlib.text


def texts_in(figure):
    """Yield the boxes of all visible texts but tick labels outside the limits."""
    renderer = figure.canvas.get_renderer()
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            ticks = axis.get_major_ticks() + axis.get_minor_ticks()
            shown = axis._update_ticks() if axes.axison and axis.get_visible() else []
            hidden |= {label for tick in ticks for label in (tick.label1, tick.label2)}
            hidden -= {label for tick in shown for label in (tick.label1, tick.label2)}
            if not (axes.axison and axis.get_visible()):
                hidden |= {axis.label, axis.offsetText}
    for text in figure.findobj(matplotlib.text.Text):
        if text.get_visible() and text.get_text().strip() and text not in hidden:
            yield text, text.get_window_extent(renderer)


def texts_stand_apart(figure):
    """Assert that no text is clipped or lies on another, in a figure that was drawn."""
    boxes = list(texts_in(figure))
    for text, box in boxes:
        inside = box.x0 >= -1 and box.y0 >= -1
        inside &= box.x1 <= figure.bbox.width + 1 and box.y1 <= figure.bbox.height + 1
        assert inside, f"{text.get_text()!r} is clipped"
    for index, (text, box) in enumerate(boxes):
        for other, other_box in boxes[:index]:
            across = min(box.x1, other_box.x1) - max(box.x0, other_box.x0)
            down = min(box.y1, other_box.y1) - max(box.y0, other_box.y0)
            assert across < 2 or down < 2, f"{text.get_text()!r} on {other.get_text()!r}"
