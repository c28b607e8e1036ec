"""Where the shapes of a picture stand: boxes around texts, points on wires, outlines of bodies."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from visualize.layout.sheet import segments
from visualize.lettering import width


def sheet_of(diagram):
    """All shapes of a diagram."""
    return diagram._drawing.sheet


def text_box(shape):
    """The left, upper, right and lower end of a text, in a wide font."""
    ((x, y),) = shape.points
    wide = width(shape.runs, shape.size)
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor] * wide
    return left, y - 0.74 * shape.size, left + wide, y + 0.2 * shape.size


def body_box(shape):
    """The same of a circle or a box."""
    (x, y), (a, b) = shape.points
    return (x - a, y - b, x + a, y + b) if shape.kind == "ellipse" else (x, y, a, b)


def overlap(one, other, air=0.0):
    """By how much two boxes overlap, in the direction in which they do so less."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return min(across, down) + air


def texts(sheet):
    return [shape for shape in sheet.shapes if shape.kind == "text" and shape.text.strip()]


def bodies(sheet):
    """The outline of each operation, by its id."""
    return {
        shape.part: shape
        for shape in reversed(sheet.shapes)
        if shape.part.startswith("o") and shape.kind in ("ellipse", "rectangle") and shape.stroke
    }


def wires(sheet):
    """The path of each wire or constant, by its id."""
    return {
        shape.part: shape
        for shape in reversed(sheet.shapes)
        if shape.kind == "path" and shape.stroke == "line" and shape.part[:1] in ("w", "c")
    }


def subpaths(shape):
    """The branches of a wire, each as points that lie close to each other."""
    found = []
    for command, points in segments(shape):
        if command == "M":
            found.append([points[0]])
            continue
        here = found[-1][-1]
        control = [here, *points]
        steps = 40 if command in "CQ" else max(2, math.ceil(math.dist(here, points[-1])))
        found[-1] += [_between(control, n / steps) for n in range(1, steps + 1)]
    return found


def _between(control, t):
    while len(control) > 1:
        control = [
            (x0 + (x1 - x0) * t, y0 + (y1 - y0) * t) for (x0, y0), (x1, y1) in pairwise(control)
        ]
    return control[0]


def pen_downs(shape):
    """The corners of each branch, without what lies between."""
    found = []
    for command, points in segments(shape):
        if command == "M":
            found.append([])
        found[-1] += points[-1:]
    return found


def from_outline(shape, point):
    """How far a point is from the outline of a circle or a box; negative inside."""
    x, y = point
    if shape.kind == "ellipse":
        (cx, cy), (rx, _) = shape.points
        return math.dist((x, y), (cx, cy)) - rx
    left, top, right, bottom = body_box(shape)
    radius = shape.radius
    dx = abs(x - (left + right) / 2) - (right - left) / 2 + radius
    dy = abs(y - (top + bottom) / 2) - (bottom - top) / 2 + radius
    return math.hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - radius


def from_path(points, others):
    """How far each of some points is from a line through points."""
    others = np.atleast_2d(others)[:, None]
    line = np.asarray(points, float)
    starts, steps = line[None, :-1], np.diff(line, axis=0)[None]
    lengths = np.maximum((steps**2).sum(-1), 1e-12)
    t = np.clip(((others - starts) * steps).sum(-1) / lengths, 0, 1)
    return np.linalg.norm(starts + t[..., None] * steps - others, axis=-1).min(axis=1)


def collisions(sheet):
    """What touches or overlaps: texts with each other, with bodies of others, and with wires."""
    found = []
    written = texts(sheet)
    boxes = [text_box(shape) for shape in written]
    for number, (one, box) in enumerate(zip(written, boxes, strict=True)):
        if box[0] < 0 or box[1] < 0 or box[2] > sheet.width or box[3] > sheet.height:
            found.append(f"{one.text} leaves the sheet")
        for other, its in zip(written[:number], boxes, strict=False):
            if overlap(box, its) > 0:
                found.append(f"{one.text} ({one.part}) on {other.text} ({other.part})")
    for part, body in bodies(sheet).items():
        its = body_box(body)
        for one, box in zip(written, boxes, strict=True):
            inside = its[0] <= box[0] and its[1] <= box[1] and box[2] <= its[2] and box[3] <= its[3]
            if not (inside and one.part == part) and overlap(box, its) > 0:
                found.append(f"{one.text} ({one.part}) on the body of {part}")
    for part, wire in wires(sheet).items():
        points = [point for branch in subpaths(wire) for point in branch]
        for one, (left, top, right, bottom) in zip(written, boxes, strict=True):
            if _in_record(sheet, part, one):
                continue
            if any(left < x < right and top < y < bottom for x, y in points):
                found.append(f"{one.text} ({one.part}) on the wire {part}")
        for other, body in bodies(sheet).items():
            deepest = min(from_outline(body, point) for point in points)
            if deepest < -0.5:
                found.append(f"the wire {part} runs into {other}")
    return found


def _in_record(sheet, part, text):
    """Whether a text stands in a cell on its own wire, as micrograd draws it."""
    return text.part == part and any(
        shape.part == part
        and shape.kind == "rectangle"
        and overlap(body_box(shape), text_box(text)) > 0
        for shape in sheet.shapes
    )
