"""Sheets put together in the page's script: what opens makes room, and moves nothing else apart."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from importlib.resources import files

import pytest

SCRIPT = (files("visualize.page") / "compose.js").read_text(encoding="utf-8")

LOOKS = [
    {"kind": "path", "stroke": "line", "wire": True},
    {"kind": "text", "fill": "value", "anchor": "middle", "half": "v"},
    {"kind": "rectangle", "stroke": "line"},
]


@pytest.fixture(scope="session")
def run(request):
    """Run an expression behind the script, with `data` at hand; in node, else in the browser."""
    if shutil.which("node"):

        def in_node(data, expression):
            code = f"const data = {json.dumps(data)};\n{SCRIPT}\n{REPORT}\n"
            code += f"console.log(JSON.stringify({expression}))"
            done = subprocess.run(
                ["node", "-"], input=code, capture_output=True, text=True, timeout=60, check=True
            )
            return json.loads(done.stdout)

        return in_node
    page = request.getfixturevalue("browser").new_page()

    def in_browser(data, expression):
        return page.evaluate(f"(data) => {{ {SCRIPT}\n{REPORT}\nreturn {expression}; }}", data)

    return in_browser


REPORT = """
data.sheets = filled(data.sheets);
function draw(open) {
    const drawn = new Composition(data).draw("", new Set(open));
    const wires = {};
    const texts = {};
    for (const { part, look, commands, at, runs } of drawn.shapes) {
        if (look.wire) (wires[part] ??= []).push(...commands);
        if (runs) texts[runs] = at;
    }
    const frames = Object.fromEntries(drawn.frames.map(({ box, rect }) => [box, rect]));
    return {
        width: drawn.width, height: drawn.height, wires, texts, frames,
        units: Object.fromEntries(drawn.units),
    };
}
"""


def inside(label, wide=60, high=40, port="w1", result="w2"):
    """What is in a box: one circle."""
    return {
        "bounds": [0, 0, wide, high],
        "ports": {port: high / 2},
        "results": {result: high / 2},
        "shapes": [
            [port, [0, f"M0 {high / 2}L20 {high / 2}"]],
            [result, [0, f"M40 {high / 2}L{wide} {high / 2}"]],
            [f"o {label}", [1, 30, high / 2, f"in {label}"]],
        ],
        "units": {f"o {label}": [20, high / 2 - 10, wide, high / 2 + 10]},
        "boxes": {},
        "wires": {result: f"o {label}"},
        "edges": {f"e {label}": [port, f"o {label}"]},
    }


def chain():
    """x into box s1, on to box s2, whose result is below a leaf that stands above all."""
    two_inputs = inside("b", high=80)
    two_inputs["ports"]["w9"] = 60
    two_inputs["shapes"].append(["w9", [0, "M0 60L15 60L20 44"]])
    return {
        "rankdir": "LR",
        "looks": LOOKS,
        "scopes": {"s1": ["a", ""], "s2": ["b", ""], "s3": ["c", "s2"]},
        "sheets": {
            "": {
                "bounds": [0, 0, 260, 120],
                "shapes": [
                    ["w0", [0, "M10 60L40 60L60 60"]],
                    ["w1", [0, "M100 60L130 60L150 60"]],
                    ["w2", [0, "M190 60L250 60"]],
                    ["w9", [0, "M10 100L40 100C50 100 140 70 150 70"]],
                    ["w0", [1, 25, 55, "x"]],
                    ["w1", [1, 115, 55, "y"]],
                    ["w2", [1, 220, 55, "z"]],
                    ["w9", [1, 25, 95, "b"]],
                ],
                "units": {
                    "w0": [10, 40, 40, 80], "w9": [10, 85, 40, 115],
                    "s1": [60, 40, 130, 80], "s2": [150, 40, 250, 80],
                },
                "boxes": {"s1": [60, 45, 100, 75], "s2": [150, 45, 190, 75]},
                "wires": {"w0": "", "w9": "", "w1": "s1", "w2": "s2"},
                "edges": {"e0": ["w0", "s1"], "e1": ["w1", "s2"], "e2": ["w9", "s2"]},
            },
            "s1": inside("a", port="w0", result="w1"),
            "s2": two_inputs,
        },
    }  # fmt: skip


def is_whole(commands):
    """Whether all pieces of a wire hang together, on all sheets that it runs over."""
    pieces = []
    for letter, points in commands:
        if letter == "M":
            pieces.append(set())
        pieces[-1] |= {(round(x, 3), round(y, 3)) for x, y in points[-1:]}
    joined = pieces.pop(0)
    while pieces:
        nearby = [piece for piece in pieces if piece & joined]
        if not nearby:
            return False
        for piece in nearby:
            joined |= piece
            pieces.remove(piece)
    return True


def test_a_closed_picture_is_as_it_was(run):
    drawn = run(chain(), "draw([])")
    assert (drawn["width"], drawn["height"]) == (260, 120)
    assert drawn["wires"]["w0"] == [["M", [[10, 60]]], ["L", [[40, 60]]], ["L", [[60, 60]]]]
    assert drawn["frames"] == {}


def test_what_lies_behind_an_open_box_moves_on_and_nothing_else(run):
    closed, opened = run(chain(), "[draw([]), draw(['s1'])]")
    assert opened["texts"]["x"][0] == closed["texts"]["x"][0]
    more = opened["texts"]["y"][0] - closed["texts"]["y"][0]
    assert more > 40
    assert opened["texts"]["z"][0] - closed["texts"]["z"][0] == pytest.approx(more)
    assert opened["width"] - closed["width"] == pytest.approx(more)


@pytest.mark.parametrize("opened", [["s1"], ["s2"], ["s1", "s2"]])
def test_wires_run_to_the_ports_of_the_frame(run, opened):
    drawn = run(chain(), f"draw({opened})")
    assert all(is_whole(commands) for commands in drawn["wires"].values())
    incoming = {"s1": ["w0"], "s2": ["w1", "w9"]}
    for box, wires in incoming.items():
        left = drawn["frames"].get(box, {}).get("x")
        for wire in wires:
            crosses = any(points[-1][0] == left for _, points in drawn["wires"][wire])
            assert crosses == (box in opened)


def test_boxes_of_one_row_share_the_height(run):
    one, other, both = run(chain(), "[draw(['s1']), draw(['s2']), draw(['s1', 's2'])]")
    assert both["height"] == pytest.approx(max(one["height"], other["height"]))
    closed = run(chain(), "draw([])")
    for name in ("s1", "s2"):
        assert both["frames"][name]["height"] > 40
    assert both["width"] - closed["width"] == pytest.approx(
        one["width"] + other["width"] - 2 * closed["width"]
    )


def test_a_wire_that_passes_an_open_box_stays_level_over_all_of_it(run):
    data = chain()
    sheet = data["sheets"][""]
    sheet["shapes"].append(["w8", [0, "M10 20L60 20L130 20C140 20 140 48 150 48"]])
    sheet["units"]["w8"] = [10, 10, 40, 30]
    sheet["wires"]["w8"] = ""
    sheet["edges"]["e8"] = ["w8", "s2"]
    closed, opened = run(data, "[draw([]), draw(['s1'])]")
    frame = opened["frames"]["s1"]
    more = opened["width"] - closed["width"]
    ends = [points[-1] for _, points in opened["wires"]["w8"]]
    assert [x for x, _ in ends] == pytest.approx([10, 60, 130 + more, 150 + more])
    assert ends[1][1] == ends[2][1] < frame["y"]


def test_wires_of_closed_boxes_run_to_the_end_of_their_column(run):
    drawn = run(grid(3, 2), "draw(['s0_0'])")

    def end_of_column(wire):
        return next(points[-1][0] for letter, points in drawn["wires"][wire] if letter == "L")

    starts = [points[0][0] for letter, points in drawn["wires"]["w0_1"] if letter == "M"]
    assert end_of_column("w0_1") == starts[1] > drawn["units"]["s0_1"]["x"] + 80
    frame = drawn["frames"]["s0_0"]
    assert end_of_column("w0_1") > frame["x"] + frame["width"]


def test_a_box_in_a_box(run):
    data = chain()
    inner = data["sheets"]["s2"]
    inner["units"]["s3"] = inner["units"].pop("o b")
    inner["boxes"] = {"s3": [20, 30, 40, 50]}
    inner["wires"] = {"w2": "s3"}
    inner["edges"] = {"e b": ["w1", "s3"]}
    data["sheets"]["s3"] = inside("c")
    outer, both = run(data, "[draw(['s2']), draw(['s2', 's3'])]")
    assert set(both["frames"]) == {"s2", "s3"}
    around, within = both["frames"]["s2"], both["frames"]["s3"]
    assert around["x"] < within["x"]
    assert within["x"] + within["width"] < around["x"] + around["width"]
    assert around["y"] < within["y"]
    assert within["y"] + within["height"] < around["y"] + around["height"]
    assert around["width"] > outer["frames"]["s2"]["width"]
    assert run(data, "draw(['s3'])") == run(data, "draw([])")  # nothing of it is in sight


@pytest.mark.parametrize("rankdir", ["RL", "TB", "BT"])
def test_all_directions_are_alike(run, rankdir):
    def turned(x, y):
        return {"RL": (-x, y), "TB": (y, x), "BT": (y, -x)}[rankdir]

    def turn_path(path):
        def turn(found):
            return " ".join(f"{n:g}" for n in turned(*map(float, found[0].split())))

        return re.sub(r"-?[\d.]+ -?[\d.]+", turn, path)

    def turn_rect(rect):
        (a, b), (c, d) = turned(*rect[:2]), turned(*rect[2:])
        return [min(a, c), min(b, d), max(a, c), max(b, d)]

    data = chain() | {"rankdir": rankdir}
    for sheet in data["sheets"].values():
        for name in ("units", "boxes"):
            sheet[name] = {part: turn_rect(rect) for part, rect in sheet[name].items()}
        sheet["bounds"] = turn_rect(sheet["bounds"])
        for _, *shapes in sheet["shapes"]:
            for shape in shapes:
                if shape[0] == 0:
                    shape[1] = turn_path(shape[1])
                else:
                    shape[1:3] = turned(*shape[1:3])
    level = run(chain(), "draw(['s1', 's2'])")
    here = run(data, "draw(['s1', 's2'])")
    assert all(is_whole(commands) for commands in here["wires"].values())
    assert set(here["frames"]) == {"s1", "s2"}
    if rankdir == "RL":
        for text, (x, y) in level["texts"].items():
            assert here["texts"][text] == pytest.approx([level["width"] - x, y])
    else:  # titles stand above in all of them, so they take their room along the flow
        assert here["height"] == pytest.approx(level["width"], abs=60)


def grid(columns, rows):
    """Boxes in columns and rows, each of which opens to a sheet of its own size."""
    shapes, units, boxes, wires, edges = [], {}, {}, {}, {}
    sheets = {}
    for column, row in itertools.product(range(columns), range(rows)):
        name, wire = f"s{column}_{row}", f"w{column}_{row}"
        x, y = 100 * column, 60 * row + 7 * (column % 3)
        units[name] = [x, y, x + 80, y + 40]
        boxes[name] = [x, y + 5, x + 40, y + 35]
        wires[wire] = name
        following = [f"s{column + 1}_{other}" for other in (row, (row + 1) % rows)]
        path = f"M{x + 40} {y + 20}L{x + 80} {y + 20}"
        if column + 1 < columns:
            for place, other in enumerate(following):
                edges[f"e{len(edges)}"] = [wire, other]
                end = 60 * ((row + place) % rows) + 7 * ((column + 1) % 3) + 15 + 10 * place
                if place:
                    path += f"M{x + 80} {y + 20}"
                path += f"C{x + 90} {y + 20} {x + 90} {end} {x + 100} {end}"
        shapes.append([wire, [0, path]])
        sheets[name] = inside(name, 50 + 10 * row, 30 + 20 * column, f"in {name}", wire)
    sheets[""] = {
        "bounds": [0, 0, 100 * columns, 60 * rows + 20],
        "shapes": shapes, "units": units, "boxes": boxes, "wires": wires, "edges": edges,
    }  # fmt: skip
    return {
        "rankdir": "LR", "looks": LOOKS, "sheets": sheets,
        "scopes": {name: [name, ""] for name in boxes},
    }  # fmt: skip


@pytest.mark.parametrize("rows_end", [[], [62]], ids=["one row", "two rows"])
def test_nothing_ever_stands_on_something_else(run, rows_end):
    data = grid(4, 3)
    data["sheets"][""]["rows"] = rows_end
    names = sorted(data["scopes"])
    subsets = [[n for k, n in enumerate(names) if seed >> k & 1] for seed in range(1, 4096, 173)]
    for opened, drawn in zip(subsets, run(data, f"{subsets}.map(draw)"), strict=True):
        assert set(drawn["frames"]) == set(opened)
        rects = [*drawn["frames"].values()]
        rects += [rect for name, rect in drawn["units"].items() if not name.startswith("o ")]
        for a, b in itertools.combinations(rects, 2):
            apart = (
                a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
                or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]
            )  # fmt: skip
            assert apart, (opened, a, b)
        assert all(is_whole(commands) for commands in drawn["wires"].values())
        for rect in rects:
            assert rect["x"] >= 0
            assert rect["x"] + rect["width"] <= drawn["width"] + 1e-6
            assert rect["y"] + rect["height"] <= drawn["height"] + 1e-6


def test_steps_of_what_is_open_take_the_place_of_the_boxs_own(run):
    outer = {"steps": [
        ["structure", "", 0, 0, 0], ["inputs", "", 1, 0, 1], ["value", "w1", 2, 0, 3],
        ["value", "w2", 3, 0, 5], ["seed", "w2", 4, 0, 6], ["gradient", "w1", 5, 0, 7],
    ]}  # fmt: skip
    inner = {"steps": [
        ["value", "w8", 10, 0, 4], ["value", "w2", 11, 0, 5], ["gradient", "w8", 12, 0, 7],
        ["gradient", "w1", 13, 0, 8],
    ]}  # fmt: skip
    texts = run({"sheets": {"": outer, "s": inner}}, """
        [mergedSteps([data.sheets[""]]), mergedSteps([data.sheets[""], data.sheets["s"]])]
            .map((steps) => steps.map((step) => step[2]))
    """)  # fmt: skip
    assert texts == [[0, 1, 2, 3, 4, 5], [0, 1, 2, 10, 11, 4, 12, 13]]
