"""The artificial neuron: what the slide shows beside the biological one."""

from __future__ import annotations

import math
from typing import Any

from autograd_core import Node
from autograd_core.backpropagation import ancestors

from ..layout.sheet import Point, Shape, Sheet, letters, line
from ..lettering import Runs, formula_runs, name_runs, plain, text_of, width
from ..style import LECTURE, Look
from ..text import number, shown
from .matrices import NotAChainError
from .placing import box_around, without
from .scalars import Neuron, scalar_neurons
from .sheet import EDGE

MOST_INPUTS = 6
"""Of more inputs the first three and the last are drawn."""

RADIUS, BODY, TEXT, SMALL = 19.0, 34.0, 13.0, 11.0
ROW = 62.0


def artificial_neuron(what: int | Node = 3, look: Look = LECTURE) -> Sheet:
    """Draw the artificial neuron: inputs, weights, the sum with the bias, the function, the output.

    Parameters
    ----------
    what : int or Node, default 3
        How many inputs there are; or the result of a neuron of scalars, whose numbers are shown.
    look : Look
        Theme and number format.

    Returns
    -------
    Sheet
        The circles of the inputs at the left, their weights on the lines into the body, and the
        output at the right.

    Raises
    ------
    ValueError
        If the number is below 1, or the graph is none of one neuron.

    References
    ----------
    Lecture 000, "Artificial Neural Networks", y = f(Σ w_i x_i); lecture 003, "Single Neuron".

    Examples
    --------
    >>> sheet = artificial_neuron(2)
    >>> [shape.text for shape in sheet.shapes if shape.kind == "text"]
    ['w1', 'x1', 'w2', 'x2', 'b', 'Σ', 'f', 'y', 'y = f(w1x1 + w2x2 + b)']
    """
    if type(what) is Node:
        return _of_graph(what, look)
    if isinstance(what, bool) or not isinstance(what, int) or what < 1:
        raise ValueError(
            "draw_artificial_neuron() expects a number of inputs from 1, or the Node that a neuron "
            f"of scalars returned, got {shown(repr(what), 60)}. Write for example: "
            "draw_artificial_neuron(3)"
        )
    numbers: list[int | None] = [*range(1, what + 1)]
    if what > MOST_INPUTS:
        numbers = [1, 2, 3, None, what]
    inputs: list[tuple[Runs, Runs, str, str] | None] = [
        None if i is None else (name_runs(_at("x", i)), name_runs(_at("w", i)), "", "")
        for i in numbers
    ]
    if what <= 3:
        total = " + ".join(f"{_at('w', i)} {_at('x', i)}" for i in range(1, what + 1))
    else:
        total = f"{_at('w', 1)} {_at('x', 1)} + … + {_at('w', what)} {_at('x', what)}"
    formula = formula_runs(f"y = f({total} + b)")
    formula = tuple(run._replace(text=run.text.replace(" x", "x")) for run in formula)
    return _sheet(inputs, (name_runs("b"), ""), "f", (name_runs("y"), ""), formula)


def _at(letter: str, index: int) -> str:
    return f"{letter}_{{{index}}}"


def _of_graph(root: Node, look: Look) -> Sheet:
    expected = "draw_artificial_neuron() expects the graph of one neuron"
    order = ancestors(root)
    if any(node.ndim for node in order):
        raise ValueError(
            f"{expected} of scalars, and here are arrays. Write for example: draw(root)"
        )
    try:
        neurons = scalar_neurons(root, order)
    except NotAChainError as error:
        raise ValueError(f"{expected}; {error.why}. Write for example: draw(root)") from None
    if len(neurons) != 1:
        raise ValueError(
            f"{expected}, got one of {len(neurons)}. Write draw(root, style='neurons') for "
            "all of them"
        )
    return _with_numbers(neurons[0], look)


def _with_numbers(neuron: Neuron, look: Look) -> Sheet:
    def text(node: Any) -> str:
        return number(node.value if type(node) is Node else node, look.number_format)

    def name(node: Any, otherwise: str) -> Runs:
        given = node.name if type(node) is Node else None
        return name_runs(shown(given, 20) if given else otherwise)

    pairs = [*enumerate(neuron.inputs, 1)]
    kept = [*pairs[:3], None, pairs[-1]] if len(pairs) > MOST_INPUTS else pairs
    inputs: list[tuple[Runs, Runs, str, str] | None] = []
    for pair in kept:
        if pair is None:
            inputs.append(None)
        else:
            i, (x, w) = pair
            inputs.append((name(x, _at("x", i)), name(w, _at("w", i)), text(x), text(w)))
    bias = None if neuron.bias is None else (name(neuron.bias, "b"), text(neuron.bias))
    function = neuron.functions[0] if neuron.functions else ""
    assert neuron.output is not None
    output = (name(neuron.output, "y"), text(neuron.output))
    return _sheet(inputs, bias, "σ" if function.lower() == "sigmoid" else function, output, ())


def _sheet(
    inputs: list[tuple[Runs, Runs, str, str] | None],
    bias: tuple[Runs, str] | None,
    function: str,
    output: tuple[Runs, str],
    formula: Runs,
) -> Sheet:
    names = [pair[0] for pair in inputs if pair is not None]
    valued = any(pair is not None and pair[2] for pair in inputs)
    left = max(width(name, TEXT) for name in names) + 6 if valued else 0.0
    x = EDGE + left + RADIUS
    labels = [_label(pair[1], pair[3]) for pair in inputs if pair is not None]
    span = max(120.0, 2.0 * max(width(label, SMALL) for label in labels) + 40)
    rows = len(inputs)
    top = EDGE + max(rows * ROW / 2, BODY + 44.0)
    middle = (x + RADIUS + span + BODY, top)
    shapes: list[Shape] = []
    titles = {}
    places = [(x, top + (row - (rows - 1) / 2) * ROW) for row in range(rows)]
    # The wires end side by side, not all in one point.
    spread = min(0.22, 20 / max(ROW, top - places[0][1]))
    for row, (pair, at) in enumerate(zip(inputs, places, strict=True)):
        if pair is None:
            shapes += [
                Shape("ellipse", ((x, at[1] + down), (1.8, 1.8)), "text") for down in (-8, 0, 8)
            ]
            continue
        name, weight, value, strength = pair
        part = f"u{row}"
        end = (top - at[1]) * spread
        shapes += _wire(at, middle, end, _label(weight, strength), f"e{row}")
        shapes.append(Shape("ellipse", (at, (RADIUS, RADIUS)), "fill", "line", part=part))
        if value:
            size = min(TEXT, (2 * RADIUS - 6) / width(value))
            shapes.append(letters(value, (x, at[1] + 0.36 * size), size, "value", part=part))
            beside = (x - RADIUS - 5, at[1] + 0.36 * TEXT)
            shapes.append(letters(name, beside, TEXT, anchor="end", part=part))
        else:
            size = min(TEXT, (2 * RADIUS - 6) / width(name))
            shapes.append(letters(name, (x, at[1] + 0.36 * size), size, part=part))
        titles[part] = text_of(name) + (f" = {value}" if value else "")
        titles[f"e{row}"] = text_of(weight) + (f" = {strength}" if strength else "")
    if bias is not None:
        shapes += _bias(middle, _label(*bias), bias[1])
        titles["b"] = text_of(bias[0]) + (f" = {bias[1]}" if bias[1] else "")
    shapes += _body(middle, function)
    titles["body"] = f"the weighted sum, and {function or 'nothing'} of it"
    arrow, right = _output(middle, output)
    shapes += arrow
    titles["y"] = text_of(output[0]) + (f" = {output[1]}" if output[1] else "")
    bottom = max(places[-1][1] + RADIUS, middle[1] + BODY) + EDGE
    if formula:
        size = TEXT
        wide = width(formula, size)
        bottom += size * 1.5
        right = max(right, wide + EDGE)
        shapes.append(letters(formula, ((right + EDGE) / 2, bottom - EDGE), size))
    return Sheet(right + EDGE, bottom, shapes, titles)


def _label(name: Runs, value: str) -> Runs:
    return (*name, *plain(f" = {value}")) if value else name


def _wire(start: Point, body: Point, up: float, label: Runs, part: str) -> list[Shape]:
    """From an input to the body, where it ends so far up, with its weight on the way."""
    (x0, y0), (x1, y1) = start, body
    end = (x1 - math.sqrt(BODY**2 - up**2), y1 - up)
    far = math.dist(start, end)
    begin = (x0 + RADIUS * (end[0] - x0) / far, y0 + RADIUS * (end[1] - y0) / far)
    at = (begin[0] + 0.45 * (end[0] - begin[0]), begin[1] + 0.45 * (end[1] - begin[1]))
    pieces = without((begin, end), [box_around(at, width(label, SMALL), SMALL)])
    points = tuple(point for piece in pieces for point in piece)
    return [
        Shape("path", points, None, "line", commands="ML" * len(pieces), part=part),
        *_arrow(begin, end, part),
        letters(label, (at[0], at[1] + 0.36 * SMALL), SMALL, part=part),
    ]


def _arrow(start: Point, end: Point, part: str) -> list[Shape]:
    """The head of an arrow."""
    (x0, y0), (x1, y1) = start, end
    far = math.dist(start, end)
    right, down = (x1 - x0) / far, (y1 - y0) / far
    back = (x1 - 8 * right, y1 - 8 * down)
    points = (
        end,
        (back[0] - 3.2 * down, back[1] + 3.2 * right),
        (back[0] + 3.2 * down, back[1] - 3.2 * right),
    )
    return [Shape("path", points, "line", None, commands="MLLZ", part=part)]


def _bias(body: Point, label: Runs, value: str) -> list[Shape]:
    """The bias comes into the sum from above."""
    x = body[0] - BODY / 2
    start, end = (x, body[1] - BODY - 22), (x, body[1] - BODY * 0.866)
    return [
        line(start, end, part="b"),
        *_arrow(start, end, "b"),
        letters(label, (x, start[1] - 5), SMALL, part="b"),
    ]


def _body(at: Point, function: str) -> list[Shape]:
    """The sum in the left half, the function in the right."""
    x, y = at
    circle = Shape("ellipse", (at, (BODY, BODY)), "fill", "line", 1.4, part="body")
    if not function:
        return [circle, letters("Σ", (x, y + 8), 22, part="body")]
    size = min(18.0, (BODY - 8) / width(function))
    return [
        circle,
        line((x, y - BODY), (x, y + BODY), part="body"),
        letters("Σ", (x - BODY * 0.47, y + 7), 20, part="body"),
        letters(function, (x + BODY * 0.45, y + 0.36 * size), size, part="body"),
    ]


def _output(body: Point, output: tuple[Runs, str]) -> tuple[list[Shape], float]:
    """The arrow to what comes out; and where that ends."""
    name, value = output
    start, end = (body[0] + BODY, body[1]), (body[0] + BODY + 44, body[1])
    at = (end[0] + 7, end[1] + 0.36 * TEXT)
    shapes = [
        line(start, end, part="y"),
        *_arrow(start, end, "y"),
        letters(name, at, TEXT, anchor="start", part="y"),
    ]
    right = at[0] + width(name, TEXT)
    if value:
        sign = letters("=", (right + 5, at[1]), TEXT, anchor="start", part="y")
        place = right + 10 + width("=", TEXT)
        shapes += [sign, letters(value, (place, at[1]), TEXT, "value", "start", part="y")]
        right = place + width(value, TEXT)
    return shapes, right


__all__ = ["artificial_neuron"]
