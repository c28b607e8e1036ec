"""How much room each unit takes, and at which heights wires reach and leave it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..style import Look
from .blocks import LINE, NOTHING, even
from .unit import Link, Output, Unit

AIR = 3.0
"""Between a wire and the numbers above and below it."""


def measure_all(
    units: Collection[Unit], links: Collection[Link], look: Look, *, plain: bool
) -> None:
    """Measure the units of a picture: what stands at wires is given room by what they leave."""
    for unit in units:
        if not unit.is_operation:
            measure(unit, look, plain=plain)
    _make_rows_as_high_as_leaves(links, look)
    for unit in units:
        if unit.is_operation:
            measure(unit, look, plain=plain)


def measure(unit: Unit, look: Look, *, plain: bool = False) -> None:
    """Find out how much room a unit takes, and at which heights wires reach and leave it."""
    _measure_inputs(unit, look)
    for output in unit.outputs:
        _measure_output(unit, output, look, plain=plain)
    height = sum(output.across for output in unit.outputs)
    at = -height / 2
    for output in unit.outputs:
        output.v = at + (output.across / 2 if output.over is None else output.over)
        at += output.across
    unit.after = max((output.along for output in unit.outputs), default=0.0)
    rows = sum(input.across for input in unit.inputs)
    title = 0.0
    if unit.title:
        title = 2 * ((unit.title.height if look.across else unit.title.width) + 4)
    unit.along = even(unit.rows + unit.body_along + unit.lead + unit.after)
    unit.across = even(max(height, unit.body_across + 2 + title, rows))


def size_box(unit: Unit, look: Look) -> None:
    """Make the body of a box large enough for what stands in it."""
    size = look.theme.font_size
    wide = unit.body.width + 1.3 * size
    high = max(unit.body.height + 0.8 * size, 2.2 * size)
    unit.body_along, unit.body_across = turned(look, wide, high)


def turned(look: Look, wide: float, high: float) -> tuple[float, float]:
    """Width and height as lengths along the flow and across it."""
    return (wide, high) if look.across else (high, wide)


def _make_rows_as_high_as_leaves(links: Iterable[Link], look: Look) -> None:
    """Give rows their heights, so that each stands on the line of its leaf."""
    size = look.theme.font_size
    line = LINE * size
    for link in links:
        if not any(input.above for input in link.target.inputs):
            continue
        above, below = link.input.above, link.input.below
        if look.across:
            along = max(above.width, below.width, 1.8 * size) + 6
            across = 2 * (max(above.height, below.height, 0.6 * line) + AIR)
        else:
            along = max(above.height, below.height, line) + 6
            across = 2 * (max(above.width, below.width, 10.0) + 7)
        if link.source.kind == "leaf" and len(link.target.inputs) > 1:
            across = max(across, link.source.across + 10)
        link.input.along, link.input.across = along, across


def _measure_output(unit: Unit, output: Output, look: Look, *, plain: bool) -> None:
    size = look.theme.font_size
    line = LINE * size
    if unit.kind == "port" or output.port:
        sides = 10.0, 14.0
    elif unit.kind == "constant":
        sides = turned(look, output.above.width + 4, max(output.above.height, line))
    elif plain:
        sides = 8.0, 8.0
        if unit.kind == "leaf":
            sides = turned(look, unit.body.width + 6, unit.body.height + 4)
    elif output.record:
        along, across = turned(look, output.record.width, output.record.height + 6)
        sides = along + (18 if unit.is_operation else 0), across
    elif look.across:
        sides = _beside_a_level_wire(unit, output, size)
    else:
        sides = _beside_an_upright_wire(unit, output, size)
    output.along, output.across = sides


def _beside_a_level_wire(unit: Unit, output: Output, size: float) -> tuple[float, float]:
    above, below, name, remark = output.above, output.below, output.name, output.remark
    wide = max(above.width, below.width, remark.width, 2.3 * size) + 8
    if name and unit.is_operation:
        wide += name.width + 6
    elif name:
        unit.lead = name.width + 8
    high = max(above.height + remark.height, LINE * size)
    if unit.is_operation:
        return wide, 2 * (max(high, below.height, name.height) + AIR)
    output.over = even(max(high, name.height / 2) + AIR)
    return wide, output.over + even(max(below.height, name.height / 2) + AIR)


def _beside_an_upright_wire(unit: Unit, output: Output, size: float) -> tuple[float, float]:
    above, below, name, remark = output.above, output.below, output.name, output.remark
    label = name if unit.is_operation else NOTHING
    if name and not unit.is_operation:
        unit.lead = name.height + 2
    left = max(above.width, remark.width, label.width)
    half = max(left, below.width, 12.0, 0.0 if label else name.width / 2)
    high = above.height + remark.height + label.height
    return max(high, below.height, LINE * size) + 8, 2 * (half + 7)


def _measure_inputs(unit: Unit, look: Look) -> None:
    inputs = unit.inputs
    count = len(inputs)
    if not count:
        return
    if unit.kind == "circle":
        radius = unit.body_across / 2
        step = 0.0 if count < 2 else min(1.24 * radius / (count - 1), radius)
    else:
        least = 11.0 if look.across else 14.0
        unit.body_across = max(unit.body_across, least * count + 6)
        step = unit.body_across / (count + (0 if count > 2 else 1))
    for place, input in enumerate(inputs):
        input.v = input.port = (place - (count - 1) / 2) * step
    if not any(input.above for input in inputs):
        return
    at = -sum(input.across for input in inputs) / 2
    for input in inputs:
        input.v = at + input.across / 2
        at += input.across
    size = look.theme.font_size
    shift = max(abs(input.v - input.port) for input in inputs)
    unit.run_in = min(max(size, 0.35 * shift), 2.5 * size)
    unit.rows = max(input.along for input in inputs) + 0.7 * size + unit.run_in
