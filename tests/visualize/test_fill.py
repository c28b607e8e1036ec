"""fill.js: numbers and templates in the page read, letter by letter, as Python writes them."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_reading import (
    computed_anew,
    differences,
    in_all,
    leaves_of,
    other_numbers,
    reader,
    strings,
    texts_of,
)

from autograd_core import Node
from autograd_core.program.javascript import exported, kernel_source
from visualize import lecture_example, lecture_examples
from visualize.live.graph import live_graph
from visualize.live.numbers import Slots
from visualize.style import Look
from visualize.templates import KINDS, bare, filled, group, slot
from visualize.text import constant, number

ANSWERS = """
const read = (x) => Number(Kernel.number(x));
const ASKED = {
  numbers: (cases) => cases.map(([x, how]) => formatted(read(x), how)),
  fill: ([template, texts]) => filledIn(template, (slot) => texts[slot]),
  slots: ([slots, outputs]) => {
    const arrays = outputs.map(([kind, entries]) => globalThis[kind].from(entries, read));
    return slots.map((slot) => formatted(valueOf(slot, arrays), slot[2]));
  },
  page({ program, slots, templates, inputs }) {
    const kernel = Kernel.build(program);
    return inputs.map((arrays) => {
      for (const [place, array] of arrays.entries()) kernel.inputs[place].set(array.map(read));
      kernel.run();
      const texts = slots.map((slot) => formatted(valueOf(slot, kernel.outputs), slot[2]));
      return templates.map((template) => filledIn(template, (slot) => texts[slot]));
    });
  },
};
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const [what, asked] = JSON.parse(line);
  console.log(JSON.stringify(ASKED[what](asked)));
});
"""


@pytest.fixture(scope="module")
def ask():
    """One process that answers line by line."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed: apt install nodejs")
    fill = (files("visualize.page") / "fill.js").read_text("utf-8")
    script = f'"use strict";\n{kernel_source()}\n{fill}\n{ANSWERS}'
    process = subprocess.Popen(
        [node, "-e", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def asked(what, content):
        process.stdin.write(f"{json.dumps([what, content])}\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    yield asked
    process.stdin.close()
    process.wait()
    process.stdout.close()


# --- numbers -----------------------------------------------------------------------------------

EDGES = [
    0.0, -0.0, 0.5, 1.5, 2.5, -2.5, 0.125, 9.5, 99995.0, 999999.5, 1e6, 1e15, 1e16, 1e21, 1e22,
    1e-4, 9.9995e-5, 5e-324, 1.7976931348623157e308, 1 / 3, -2 / 3, 0.1, -1e-9, 123456789.0,
    1234567.891,
    float("nan"), float("inf"), float("-inf"),
]  # fmt: skip

SPECS = st.builds(
    "{}{}{}{}{}{}{}{}{}".format,
    st.sampled_from(["", "", "<", ">", "^", "=", "*<", "0=", "é^", "c>"]),
    st.sampled_from(["", "+", "-", " "]),
    st.sampled_from(["", "z"]),
    st.sampled_from(["", "#"]),
    st.sampled_from(["", "0"]),
    st.sampled_from(["", "3", "9", "14"]),
    st.sampled_from(["", ",", "_"]),
    st.sampled_from(["", ".0", ".1", ".2", ".4", ".9", ".17", ".40"]),
    st.sampled_from(["", *"eEfFgG%"]),
)


def numbers():
    rng = np.random.default_rng(0)
    bits = [struct.unpack("d", rng.bytes(8))[0] for _ in range(60)]
    short = [round(float(x), int(rng.integers(0, 4))) for x in rng.normal(size=60) * 30]
    halves = [float(x) / 64 for x in rng.integers(-(10**6), 10**6, 60)]
    return [*EDGES, *bits, *short, *halves]


@given(spec=SPECS)
def test_numbers_read_as_python_writes_them(ask, spec):
    try:
        format(1.0, spec)
    except ValueError:
        return
    values = numbers()
    cases = [(repr(x), how) for x in values for how in (spec, f"c:{spec}")]
    expected = [write(x, spec) for x in values for write in (number, constant)]
    assert list(zip(cases, ask("numbers", cases), strict=True)) == [
        *zip(cases, expected, strict=True)
    ]


@given(x=st.floats(), digits=st.integers(0, 20), kind=st.sampled_from("efg%"))
def test_any_number(ask, x, digits, kind):
    spec = f".{digits}{kind}"
    assert ask("numbers", [(repr(x), spec)]) == [number(x, spec)]


@pytest.mark.parametrize("spec", ["8.2f", ">8.2f", "<8g", "^9.1e", "08.2f", "=+8g", "_>8g"])
def test_a_zero_has_no_sign_with_blanks_before_it_either(ask, spec):
    cases = [(repr(x), spec) for x in (-0.0, -1e-300)]
    assert number(-0.0, spec) == number(0.0, spec)
    assert ask("numbers", cases) == [number(float(x), spec) for x, _ in cases]


def test_whole_numbers_and_truth_values(ask):
    cases = [(3, "d"), (-1, "d"), (0, "d"), (1, "b"), (0, "b")]
    assert ask("numbers", cases) == ["3", "-1", "0", "True", "False"]


# --- slots -------------------------------------------------------------------------------------

ARRAYS = {
    "Float64Array": np.array([1.0, -2.5, np.nan, np.inf, -np.inf, 1e-3]),
    "Float32Array": np.array([0.1, 1e-3, 7.0], np.float32),
    "Uint8Array": np.array([True, False]),
}


def test_numbers_about_arrays(ask):
    slots, outputs, arrays = Slots(), [], []
    for kind, array in ARRAYS.items():
        for about in ("min", "mean", "max", "std"):
            slots.slots.append((len(outputs), about, ".6g"))
        slots.slots += [(len(outputs), about, "d") for about in ("nan", "inf", "finite")]
        slots.slots += [(len(outputs), entry, ".4g") for entry in range(array.size)]
        outputs.append([kind, [repr(float(x)) for x in array]])
        arrays.append(array.astype(float))
    read = reader(slots, arrays)
    assert ask("slots", [slots.slots, outputs]) == [
        read(place, "") for place in range(len(slots.slots))
    ]


@pytest.mark.parametrize("size", [1, 3, 7, 8, 9, 15, 16, 31, 128, 129, 136, 200, 257, 1000])
def test_means_are_summed_in_the_order_of_numpy(ask, size):
    # To the last digit: rows of gradients add up to 0, or to what was rounded on the way.
    array = np.random.default_rng(size).normal(size=size)
    array -= array.mean()
    slots = [(0, about, ".17g") for about in ("mean", "std")]
    expected = [number(x, ".17g") for x in (array.mean(), array.std())]
    assert ask("slots", [slots, [["Float64Array", [*map(repr, array.tolist())]]]]) == expected


# --- templates ---------------------------------------------------------------------------------

TEXTS = ["1", "-1", "2", "-2.5", "0", "12", "1e+06", "nan", "True"]
SLOTS = st.integers(0, 5).map(lambda place: slot(place, "1"))
PIECES = SLOTS | st.sampled_from(
    ["x", "-x", "1", "", " = ", "·", "∂", "w\ue0012\ue000", "long " * 20]
)


def _group(parts):
    return st.one_of(
        parts.map(lambda part: group("-", part)),
        st.lists(parts, min_size=1, max_size=4).map(lambda some: group("=", " = ", *some)),
        st.lists(parts, min_size=4, max_size=4).map(lambda some: group("?", *some)),
        st.lists(parts, min_size=1, max_size=6).map(lambda some: group("·", "3", *some)),
        parts.map(lambda part: group("^", part)),
        st.lists(parts, min_size=1, max_size=4).map(lambda some: group("+", *some)),
        st.lists(parts, min_size=1, max_size=4).map(
            lambda some: group("|", "9", "  ", "y = ", *some)
        ),
    )


TEMPLATES = st.recursive(
    PIECES, lambda parts: _group(parts) | st.lists(parts, max_size=4).map("".join), max_leaves=12
)


@given(template=TEMPLATES, texts=st.lists(st.sampled_from(TEXTS), min_size=6, max_size=6))
def test_templates_read_as_python_fills_them(ask, template, texts):
    expected = filled(template, lambda place, _: texts[place])
    assert ask("fill", [bare(template), texts]) == expected


def test_every_kind_of_group_is_among_them(ask):
    template = "".join(group(kind, slot(0, "9"), *"1234") for kind in "=·+|")
    template += "".join(group(kind, slot(0, "9")) for kind in "-^") + group(
        "?", slot(0, "9"), *"123"
    )
    assert {piece[0] for piece in template.split("\ue011")[1:]} == set(KINDS)
    expected = filled(template, lambda *_: "-3")
    assert ask("fill", [bare(template), ["-3"]]) == expected


# --- whole pages -------------------------------------------------------------------------------


def a_mask():
    x = Node(np.linspace(-2, 2, 60).reshape(10, 6), name="x")
    y = np.sum(x * (x > 0) * np.floor(x))
    y.backward()
    return y


def graph_named(name):
    return a_mask() if name == "a mask" else lecture_example(name)


def is_graph(name):
    root = graph_named(name)
    return type(root) is Node and bool(leaves_of(root))


LOOK = Look(local_gradients=True, function_boxes=True)


@pytest.mark.parametrize("name", [*filter(is_graph, ["a mask", *lecture_examples()])])
def test_texts_of_a_page_after_other_numbers(ask, name):
    """But for what is left where numbers add up to 0: sums in another order have another rest."""
    root = graph_named(name)
    leaves = leaves_of(root)
    graph = live_graph(root, leaves)
    content = texts_of(graph.root, look=LOOK, entries=True)
    others = [new for _, new in other_numbers(leaves, finite=True)]
    arrays = [[new.get(x, x.value) for x in leaves] for new in others]
    found = ask("page", {
        "program": exported(graph.program()),
        "slots": graph.slots.slots,
        "templates": [*map(bare, strings(content))],
        "inputs": [[[repr(float(y)) for y in np.ravel(x)] for x in some] for some in arrays],
    })  # fmt: skip
    for new, texts in zip(others, found, strict=True):
        filling = iter(texts)
        page = in_all(content, lambda _, filling=filling: next(filling))
        expected = texts_of(computed_anew(root, new), look=LOOK, entries=True)
        assert differences(in_all(page, rounded), in_all(expected, rounded)) == []


def rounded(text):
    text = re.sub(r"std \d(\.\d+)?e-(09|1\d)", "std 0", text)
    return re.sub(r"-?\d(\.\d+)?e-(1[4-9]|[2-9]\d)", "0", text)
