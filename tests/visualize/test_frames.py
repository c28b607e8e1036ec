"""Frames: one picture per step, in which nothing moves; pages of a PDF, a GIF."""

from __future__ import annotations

import base64
import io
import math
import os
import re
import struct
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from test_hostile_names import NAMES, hostile
from test_hostile_names import registry as registry  # a fixture for the operations made there
from test_worked_examples import EXAMPLES, GRAPHS, graph

import autograd_core as ac
import visualize.diagram
import visualize.formats.images
from autograd_core import Node, scope
from visualize import THEMES, draw, neuron
from visualize.formats.frames import Deck
from visualize.formats.timeline import MOST_ROWS, text_width

SVG = "{http://www.w3.org/2000/svg}"
FRAMES = {"sum_times": 9, "sigmoid_neuron": 23, "neural_chain": 18}


def texts(frame):
    """What is written in a frame, with its place and colour."""
    return {
        ("".join(text.itertext()), text.get("x"), text.get("y"), text.get("fill"))
        for text in ET.fromstring(frame.svg()).iter(f"{SVG}text")
    }


def halves(frame, half):
    """The numbers of one half of the wires, by the id of the wire."""
    found = {}
    for shape in frame._deck.timeline.at(frame.index).shapes:
        if shape.kind == "text" and shape.half == half:
            found.setdefault(shape.part, []).append(shape.text)
    return found


@pytest.mark.parametrize("name", GRAPHS)
def test_number_of_frames(name):
    frames = draw(graph(name)).frames()
    assert len(frames) == FRAMES[name]
    assert repr(frames[-1]).startswith(f"step {len(frames)} of {len(frames)}: ∂")


@pytest.mark.parametrize("name", GRAPHS)
def test_numbers_appear_in_order(name):
    example = EXAMPLES[name]
    frames = draw(graph(name)).frames()
    assert halves(frames[0], "value") == halves(frames[0], "gradient") == {}
    assert {text for parts in halves(frames[1], "value").values() for text in parts} == {
        f"{value:.4g}" for value in example["inputs"].values()
    }
    for before, frame in pairwise(frames[1:]):
        both = [(halves(before, half), halves(frame, half)) for half in ("value", "gradient")]
        assert all(old.items() <= new.items() for old, new in both)
        # One number more in every frame.
        assert sum(len(new) - len(old) for old, new in both) == 1
        (number,) = [new[part] for old, new in both for part in new.keys() - old.keys()]
        assert frame.text.endswith(f"= {number[0]}")


@pytest.mark.parametrize("theme", THEMES)
def test_values_come_first_in_every_theme(theme):
    frames = draw(graph("sum_times"), theme=theme).frames()
    assert sorted(halves(frames[1], "value").values()) == [["-2"], ["1"], ["3"]]
    assert halves(frames[3], "gradient") == {}
    assert [*halves(frames[4], "gradient").values()] == [["1"]]
    assert len(halves(frames[-1], "value")) == len(halves(frames[-1], "gradient")) == 5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
@pytest.mark.parametrize("local_gradients", [False, True])
def test_nothing_moves(theme, rankdir, local_gradients):
    frames = draw(
        graph("sum_times"), theme=theme, rankdir=rankdir, local_gradients=local_gradients
    ).frames()
    boxes = {ET.fromstring(frame.svg()).get("viewBox") for frame in frames}
    assert len(boxes) == 1
    symbols = {text for text in texts(frames[0]) if "operations" not in text[0]}
    assert {"x", "y", "z", "+", "*"} <= {text[0] for text in symbols}
    for before, frame in pairwise(frames):
        assert symbols <= texts(frame)
        gone = texts(before) - texts(frame)
        # Only written lines go: that of the step before, and all when the gradients begin.
        assert {text[0] for text in gone} <= {f.text for f in frames} | {"written out"}
    last = {text[0] for text in texts(frames[-1])}
    assert {"3", "1", "-2", "4", "-8"} <= last


@pytest.mark.parametrize("name", GRAPHS)
def test_products_stay_and_grow(name):
    frames = draw(graph(name)).frames()
    gradients = [frame for frame in frames if frame.step.kind in ("seed", "gradient")]
    for number, frame in enumerate(gradients):
        written = {text[0] for text in texts(frame)}
        assert {other.text for other in gradients[: number + 1]} <= written
        assert not {other.text for other in gradients[number + 1 :]} & written


def test_the_whole_product_is_written_out():
    frames = draw(graph("neural_chain")).frames()
    (frame,) = [frame for frame in frames if frame.text.startswith("∂L/∂w2")]
    assert "written out: -1.5 · (-3) · 1.5 = 6.75" in {text[0] for text in texts(frame)}


def test_written_lines_do_not_overlap():
    for name in GRAPHS:
        for frame in draw(graph(name)).frames():
            sheet = frame._deck.timeline.at(frame.index)
            places = []
            for line in (s for s in sheet.shapes if s.kind == "text" and not s.part):
                ((x, y),), size = line.points, line.size
                places.append((x, y - size, x + text_width(line.text, size), y + 0.2 * size))
                assert 0 < x < places[-1][2] < sheet.width
                assert places[-1][3] < sheet.height
            assert places
            for i, one in enumerate(places):
                for other in places[:i]:
                    apart = one[2] < other[0] or other[2] < one[0]
                    assert apart or one[3] < other[1] + 3 or other[3] < one[1] + 3


def test_what_is_new_stands_out():
    frame = draw(graph("sum_times")).frames()[-1]
    root = ET.fromstring(frame.svg())
    halos = [shape for shape in root.iter(f"{SVG}rect") if shape.get("opacity")]
    assert [shape.get("fill") for shape in halos] == [THEMES["lecture"].gradient]
    rings = [e for e in root.iter(f"{SVG}circle") if e.get("stroke") == "#d00000"]
    assert len(rings) == 1


def test_before_backward_frames_end_with_the_values():
    x = Node(3.0, name="x")
    y = x * x
    assert [frame.step.kind for frame in draw(y).frames()] == ["structure", "inputs", "value"]
    y.backward()
    assert len(draw(y, gradients=False).frames()) == 3


def test_a_plus_a():
    a = Node(3.0, name="a")
    b = a + a
    b.name = "b"
    b.backward()
    *_, last = draw(b).frames()
    assert last.text == "∂b/∂a = 1 + 1 = 2"
    assert {"2", "written out: 1 · 1 + 1 · 1 = 2"} <= {text[0] for text in texts(last)}


def test_local_gradients_come_with_the_values():
    frames = draw(graph("sum_times"), local_gradients=True).frames()
    assert halves(frames[2], "value").keys() - halves(frames[1], "value").keys() == {
        "w2", "e0", "e1"
    }  # fmt: skip


def test_contributions_come_with_the_gradient_of_the_fork():
    a = Node(3.0, name="a")
    b = (a * a) * Node(5.0, name="c")
    b.backward()
    frames = draw(b, local_gradients=True).frames()
    of_a = next(n for n, frame in enumerate(frames) if "/∂a = " in frame.text)
    before, after = (halves(frame, "gradient") for frame in frames[of_a - 1 : of_a + 1])
    assert {part: after[part] for part in after.keys() - before.keys()} == {
        "w0": ["30"], "e0": ["15"], "e1": ["15"]
    }  # fmt: skip


def test_matrices_appear_with_their_brackets():
    x = Node(np.ones((2, 2)), name="x")
    y = np.sum(x * 2.0)
    y.backward()
    frames = draw(y).frames()
    brackets = [
        sum(s.kind == "path" and s.half != "" for s in frame._deck.timeline.at(n).shapes)
        for n, frame in enumerate(frames)
    ]
    assert brackets == [0, 2, 4, 4, 4, 6, 8]


def test_the_numbers_are_those_at_the_time_of_drawing():
    x = Node(3.0, name="x")
    y = x * x
    y.backward()
    diagram = draw(y)
    (y * 5.0).backward()
    assert diagram.frames()[-1].text.endswith("= 6")


def test_a_frame_is_like_a_diagram(tmp_path):
    frame = draw(graph("sum_times")).frames()[-1]
    bundle = frame._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    assert bundle["text/plain"] == repr(frame) == "step 9 of 9: ∂v/∂y = -2 · 1 = -2"
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert set(frame._repr_mimebundle_(include={"text/plain"})) == {"text/plain"}
    for ending, start in ((".svg", b"<?xml"), (".png", b"\x89PNG"), (".pdf", b"%PDF")):
        frame.save(tmp_path / f"f{ending}")
        assert (tmp_path / f"f{ending}").read_bytes().startswith(start)
    with pytest.raises(
        ValueError, match=r"expects a file ending in .svg, .png or .pdf, got '.gif'"
    ):
        frame.save(tmp_path / "f.gif")


def test_screen_readers_hear_the_step():
    svg = draw(graph("sum_times")).frames()[4].svg()
    label = ET.fromstring(svg).get("aria-label")
    assert label.endswith("2 operations, result -8; step 5 of 9: ∂v/∂v = 1")


# --- many steps ----------------------------------------------------------------------------------


def test_more_steps_than_frames_go_together():
    frames = draw(graph("sigmoid_neuron")).frames(most=10)
    assert len(frames) <= 10
    assert frames[0].step.kind == "structure"
    assert "more)" in frames[-1].text
    assert len(halves(frames[-1], "gradient")) == 13
    for wrong in (0, 4, 7.5, True):
        with pytest.raises(ValueError, match="frames expects most"):
            draw(graph("sum_times")).frames(most=wrong)


def test_large_graphs_fold_first():
    y = Node(0.5, name="x")
    for number in range(3000):
        with scope(f"step {number}"):
            y = ac.tanh(y)
    y.backward()
    frames = draw(y).frames()
    assert 10 < len(frames) <= 200
    assert "operations …" in frames[5].svg()
    with pytest.raises(ValueError, match=r"6,001 parts could not be read .*Fold it"):
        draw(y, fold=()).frames()


def test_written_lines_start_anew_when_there_is_no_room():
    y = Node(1.0, name="x")
    for _ in range(40):
        y = y * 1.5
    frames = draw(y, rankdir="TB").frames()
    heights = [max(float(text[2]) for text in texts(frame)) for frame in frames]
    assert len({ET.fromstring(f.svg()).get("viewBox") for f in frames}) == 1
    assert max(heights) < float(ET.fromstring(frames[0].svg()).get("viewBox").split()[3])
    # One number and one line come, and a page of lines goes.
    counts = [len(texts(frame)) for frame in frames]
    assert min(new - old for old, new in pairwise(counts)) <= 2 - MOST_ROWS


@pytest.mark.parametrize(
    ("rankdir", "beside"), [("LR", False), ("RL", False), ("TB", True), ("BT", True)]
)
def test_lines_stand_where_there_is_room(rankdir, beside):
    diagram = draw(graph("sigmoid_neuron"), rankdir=rankdir)
    sheet, shown = diagram._drawing.sheet, diagram.frames()[0]._deck.timeline
    lines = [
        timed.shape for timed in shown.shapes if timed.shape.text and timed.first == timed.last
    ]
    assert len(lines) > 30
    for line in lines:
        ((x, y),) = line.points
        assert x > sheet.width if beside else y > sheet.height
    # Up to a point more: they are rounded.
    assert (shown.width > sheet.width + 1) == beside
    assert (shown.height > sheet.height + 1) == (not beside)


def test_a_tall_picture_has_all_lines_beside_it():
    shown = draw(graph("sigmoid_neuron"), rankdir="TB").frames()[0]._deck.timeline
    before = [
        timed for timed in shown.shapes if timed.shape.text.startswith("∂") and timed.last is None
    ]
    assert len(before) == 12  # of 13 gradients, no page is turned


def test_the_fonts_are_those_of_the_picture():
    def fonts(pdf):
        return set(re.findall(rb"/BaseFont /(?:[A-Z]{6}\+)?([\w-]+)", pdf))

    diagram = draw(graph("sigmoid_neuron"))
    frame = diagram.frames()[-1]
    assert fonts(frame.pdf()) == fonts(diagram.pdf()) != set()
    (family,) = set(re.findall('font-family="([^"]*)"', frame.svg()))
    assert f'font-family="{family}"' in diagram.svg()


# --- files ---------------------------------------------------------------------------------------


def pages(pdf):
    return len(re.findall(rb"/Type /Page\b", pdf))


@pytest.mark.parametrize("name", ["sum_times", "neural_chain"])
def test_a_page_per_step(name, tmp_path):
    path = tmp_path / "steps.pdf"
    diagram = draw(graph(name))
    diagram.save(path, frames=True)
    assert pages(path.read_bytes()) == FRAMES[name]
    boxes = re.findall(rb"/MediaBox \[([^\]]*)\]", path.read_bytes())
    assert len(set(boxes)) == 1
    # Vectors and letters, no pixels.
    assert b"/Subtype /Image" not in path.read_bytes()
    diagram.save(path)
    assert pages(path.read_bytes()) <= 1


def test_a_gif_loops(tmp_path):
    from PIL import Image

    path = tmp_path / "steps.gif"
    draw(graph("sum_times")).save(path, seconds=0.5)
    with Image.open(path) as image:
        assert image.n_frames == 9
        assert image.info["loop"] == 0
        assert max(image.size) <= 1400
        durations = []
        for frame in range(image.n_frames):
            image.seek(frame)
            durations.append(image.info["duration"])
    assert durations == [500] * 8 + [1500]
    for wrong in (0, -1, 1e9, float("nan")):
        with pytest.raises(ValueError, match="seconds"):
            draw(graph("sum_times")).save(path, seconds=wrong)


def test_the_gif_shows_what_the_frames_show(tmp_path, monkeypatch):
    from PIL import Image

    path = tmp_path / "steps.gif"
    diagram = draw(graph("sum_times"))
    diagram.save(path)
    with Image.open(path) as image:
        monkeypatch.setattr(visualize.formats.images, "MOST_PIXELS", math.prod(image.size))
        shown = []
        for number, frame in enumerate(diagram.frames()):
            image.seek(number)
            png = Image.open(io.BytesIO(frame.png())).convert("RGB").resize(image.size)
            shown.append(np.asarray(image.convert("RGB"), float))
            assert np.abs(shown[-1] - np.asarray(png, float)).mean() < 3
        # That is less than between two steps.
        assert all(np.abs(one - other).sum() > 0 for one, other in pairwise(shown))


def test_a_large_picture_fits_on_a_page(monkeypatch):
    y = Node(1.0, name="x")
    for _ in range(45):
        y = y * 1.01
    theme = replace(THEMES["lecture"], font_size=95)
    frame = draw(y, theme=theme, aspect=math.inf).frames()[-1]
    (box,) = re.findall(rb"/MediaBox \[ ?0 0 ([\d.]+)", frame.pdf())
    assert 10_000 < float(box) <= 14_400
    monkeypatch.setattr(visualize.formats.images, "MOST_PIXELS", 1_000_000)
    width, height = struct.unpack(">II", frame.png()[16:24])
    assert 500_000 < width * height <= 1_010_000


@pytest.mark.parametrize("width", [10.0, 700.0, 7_000.0, 70_000.0, 1e6])
@pytest.mark.parametrize("height", [10.0, 700.0, 7_000.0])
def test_a_png_is_sharp_and_can_be_opened(width, height):
    dpi = visualize.formats.images.resolution(width, height, 16_000_000)
    pixels, longest = width * height * (dpi / 72) ** 2, max(width, height) * dpi / 72
    if dpi > 1:
        assert pixels <= 16_000_000
        assert longest <= 30_000
    larger = (dpi + 1) / dpi
    assert dpi == 192 or pixels * larger**2 > 16_000_000 or longest * larger > 30_000


def outlines(svg):
    """The sizes of all circles and boxes."""
    keys = ("r", "width", "height", "rx")
    return sorted(
        str([shape.get(key) for key in keys])
        for shape in ET.fromstring(svg).iter()
        if shape.get("stroke") and shape.tag != f"{SVG}path"
    )


def test_circles_and_boxes_are_those_of_the_diagram():
    with scope("fold"):
        folded = ac.exp(Node(1.0) * 2.0)
    diagram = draw(np.maximum(folded, 0.5) + Node(1.0), gradients=False, fold=1)
    drawn = outlines(diagram.svg())
    assert len(drawn) == len(set(drawn)) == 3  # a circle, a longer one, a box
    assert outlines(diagram.frames()[0].svg()) == drawn


def test_no_ground():
    theme = replace(THEMES["lecture"], background="transparent")
    diagram = draw(graph("sum_times"), theme=theme)
    assert "transparent" not in diagram.svg()
    frame = diagram.frames()[3]
    assert '<rect width="100%"' not in frame.svg()
    assert frame.png().startswith(b"\x89PNG")


@pytest.mark.parametrize(("path", "written"), [
    ("steps/a.png", "steps/a-{}.png"),
    ("a.svg", "a-{}.svg"),
    ("A.PNG", "A-{}.PNG"),
    ("missing", "missing/step-{}.png"),
    ("there.is", "there.is/step-{}.png"),
])  # fmt: skip
def test_a_file_per_step(path, written, tmp_path):
    (tmp_path / "there.is").mkdir()
    draw(graph("sum_times")).save(tmp_path / path, frames=True)
    files = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.*g")}
    files |= {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.*G")}
    assert files == {written.format(f"{number:02}") for number in range(1, 10)}


def test_the_files_are_the_frames(tmp_path):
    diagram = draw(graph("sum_times"))
    diagram.save(tmp_path / "a.png", frames=True)
    diagram.save(tmp_path / "a.svg", frames=True)
    for number, frame in enumerate(diagram.frames(), start=1):
        assert (tmp_path / f"a-0{number}.png").read_bytes() == frame.png()
        assert (tmp_path / f"a-0{number}.svg").read_text(encoding="utf-8") == frame.svg()


@pytest.mark.parametrize("name", GRAPHS)
def test_files_of_one_size(name, tmp_path):
    draw(graph(name)).save(tmp_path / "a.png", frames=True)
    files = sorted(tmp_path.iterdir())
    assert len(files) == FRAMES[name]
    assert len({struct.unpack(">II", file.read_bytes()[16:24]) for file in files}) == 1


def test_no_file_before_all_are_made(tmp_path, monkeypatch):
    def fail(timeline):
        raise MemoryError

    monkeypatch.setattr(visualize.diagram, "pngs_of", fail)
    with pytest.raises(MemoryError):
        draw(graph("sum_times")).save(tmp_path / "new" / "a.png", frames=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.dot", "a.jpg", "a.PPTX"])
def test_frames_of_other_endings(name, tmp_path):
    message = (
        r"frames=True\) expects a file ending in .pdf, .html, .tex or .gif, or for a file per step "
        rf"in .png or .svg, or a folder, got '{name[1:].lower()}' .*"
        r"Write for example: diagram.save\('a.pdf', frames=True\)"
    )
    with pytest.raises(ValueError, match=message):
        draw(graph("sum_times")).save(tmp_path / name, frames=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.pdf", "a.gif", "a.tex", "a.html"])
def test_all_or_nothing(name, tmp_path, monkeypatch):
    target = tmp_path / name
    target.write_text("before")

    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        draw(graph("sum_times")).save(target, frames=True)
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=lambda text: ascii(text[:20]))
def test_hostile_names_are_text(name, shown):
    frames = draw(hostile(name)).frames()
    for frame in frames:
        root = ET.fromstring(frame.svg())
        elements = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert elements <= {"svg", "g", "rect", "text", "tspan", "ellipse", "circle", "path"}
        assert not any(
            "href" in key or key.startswith("on") for e in root.iter() for key in e.attrib
        )
        assert shown in {text[0] for text in texts(frame)}


def test_hostile_names_in_pixels_and_on_pages():
    graphs = [hostile(name) for name in NAMES]
    root = sum(graphs[1:], start=graphs[0])
    frame = draw(root).frames()[-1]
    assert set(NAMES.values()) <= {text[0] for text in texts(frame)}
    assert frame.png().startswith(b"\x89PNG")
    assert frame.pdf().startswith(b"%PDF")


def test_a_name_that_looks_like_a_colour():
    name = '="#00000b" color="#00000a"'
    diagram = draw(Node(1.5, name=name) * 2.0)
    assert any(text[0] == name for text in texts(diagram.frames()[-1]))
    assert name in {text.text for text in ET.fromstring(diagram.svg()).iter(f"{SVG}text")}


def test_a_gif_of_a_graph_far_too_wide_for_it_is_still_written(tmp_path, monkeypatch):
    monkeypatch.setattr(visualize.diagram, "MOST_IN_A_GIF", 5)
    node = Node(1.0)
    for _ in range(150):
        node = node * 1.01 + 0.1
    draw(node, fold=99).save(tmp_path / "wide.gif")
    assert (tmp_path / "wide.gif").read_bytes().startswith(b"GIF8")


# --- symbols, then numbers -----------------------------------------------------------------------


def kinds_there(timeline, step):
    return Counter(shape.half for shape in timeline.at(step).shapes if shape.half)


def test_frames_from_symbols_are_structure_symbols_forward_backward():
    frames = draw(graph("sum_times")).frames(symbols=True)
    assert [frame.text for frame in frames] == [
        "the graph of v: 2 operations",
        "x, y, z", "q = x + y", "v = q·z",
        "∂v/∂v = 1", "∂v/∂z = q", "∂v/∂q = z", "∂v/∂x = z · 1", "∂v/∂y = z · 1",
        "x = 3, y = 1, z = -2", "q = 3 + 1 = 4", "v = 4·(-2) = -8",
        "∂v/∂v = 1", "∂v/∂z = 1 · 4 = 4", "∂v/∂q = 1 · (-2) = -2", "∂v/∂x = -2 · 1 = -2",
        "∂v/∂y = -2 · 1 = -2",
    ]  # fmt: skip


@pytest.mark.parametrize("look", [{}, {"rankdir": "TB"}, {"local_gradients": True}, {"fold": 0}])
def test_numbers_take_the_places_of_symbols(look):
    drawing = draw(graph("sum_times"), **look)._drawing
    timeline = Deck(drawing, 200, symbols=True).timeline
    kinds = [(step.kind, step.symbols) for step in timeline.steps]
    all_symbols, last = kinds.index(("inputs", False)) - 1, len(kinds) - 1
    assert set(kinds_there(timeline, all_symbols)) == {"value symbol", "gradient symbol"}
    assert set(kinds_there(timeline, last)) == {"value", "gradient"}
    for step in range(len(kinds)):
        places = [(s.half[0], s.part) for s in timeline.at(step).shapes if s.half and "w" in s.part]
        assert len(places) == len(set(places))


def test_symbols_of_a_graph_without_gradients_stay():
    x = Node(3.0, name="x")
    frames = draw(x * 2.0).frames(symbols=True)
    assert frames[-1].text == "f = x·2 = 3·2 = 6"
    assert "∂f/∂x = 2" in frames[-1].svg()


def test_frames_from_symbols_need_a_graph():
    y = neuron([-1, -2], [2, -3], bias=-3)
    with pytest.raises(ValueError, match=r"draw\(root\)\.frames\(symbols=True\)|no steps"):
        draw(y, style="neurons").frames(symbols=True)


def test_frames_from_symbols_of_a_picture_in_letters_are_its_own():
    diagram = draw(graph("sum_times"), symbolic=True)
    assert [f.text for f in diagram.frames(symbols=True)] == [f.text for f in diagram.frames()]
